import { expect } from "chai";
import { refreshIndex } from "../../client/deploy/local/curie.ts";
import type { Curie, Perp } from "../../client/deploy/local/curie.ts";
import { setSpot } from "../../client/deploy/local/lyra.ts";
import type { OptionVenue } from "../../client/deploy/local/lyra.ts";
import { OPTION, PERP } from "../support/derivatives.ts";
import { USD } from "../support/market.ts";
import { deployRealTable, START } from "../support/realVenues.ts";
import type { RealTable } from "../support/realVenues.ts";

const abs = (x: bigint): bigint => (x < 0n ? -x : x);

describe("The market's accounts at Curie and Lyra", () => {
  let world: RealTable;
  let table: any,
    cash: any,
    feed: any,
    curie: Curie,
    perp: Perp,
    lyra: OptionVenue,
    governor: any,
    maker: any,
    time: any;
  let perps: any, options: any, expiry: number;
  let ready: { restore(): Promise<void> };
  /** What vaults have paid and hold, one vault standing for all. */
  const vault = { cashAdj: START, q: [0n, 0n] as [bigint, bigint] };

  before(async () => {
    world = await deployRealTable();
    ({ table, cash, feed, curie, perp, lyra, governor, maker, time, perps, options, expiry } = world);
    ready = await world.networkHelpers.takeSnapshot();
  });
  beforeEach(() => {
    vault.cashAdj = START;
    vault.q = [0n, 0n];
  });
  afterEach(() => ready.restore());

  let value = 0n;
  async function open(): Promise<void> {
    value = await world.open();
  }
  async function clear(orders: readonly [bigint, bigint]): Promise<bigint> {
    const { gasUsed } = await (await table.executeGroup(0, orders)).wait();
    for (const i of [PERP, OPTION] as const) {
      const { debitMicroUsd, chargeMicroUsd } = await table.fill(i);
      vault.q[i] += orders[i];
      vault.cashAdj -= orders[i] * debitMicroUsd + abs(orders[i]) * chargeMicroUsd;
    }
    return gasUsed;
  }
  async function check(): Promise<void> {
    const [, p] = await table.venue(PERP);
    const [, o] = await table.venue(OPTION);
    const claims: bigint =
      vault.cashAdj +
      vault.q[PERP] * p.carryIndexMicroUsd +
      vault.q[OPTION] * value +
      (await table.insuranceMicroUsd());
    const booked: bigint =
      p.cashMicroUsd + vault.q[PERP] * BigInt(p.markMicroUsd) + o.cashMicroUsd + vault.q[OPTION] * value;
    expect((await cash.balanceOf(table)) + booked - claims).to.equal(0n);
    expect([await perps.positionLots(PERP), await options.positionLots(OPTION)]).to.deep.equal(vault.q);
  }
  const price = (dollars: bigint): Promise<void> => world.price(dollars);

  for (const side of [1n, -1n]) {
    it(`${side > 0n ? "long" : "short"}: trades, funding, margin and the end of both series conserve every micro-dollar`, async () => {
      await open();
      const gas = await clear([side * 500n, side * 100n]);
      await check();
      expect(gas < 6_000_000n, `${gas} gas`).to.equal(true);
      await price(2_000n + side * 60n);
      await open();
      await check();
      expect((await table.venue(PERP))[1].carryIndexMicroUsd * side > 0n).to.equal(true);
      for (const i of [PERP, OPTION]) await table.rebalanceMargin(i);
      await check();
      await clear([side * -200n, side * -140n]);
      await check();
      for (let k = 0; k < 4; k++) {
        await time.increase(3 * 3_600);
        await refreshIndex(maker, perp);
        await table.checkpoint();
        await check();
      }
      await price(2_000n - side * 40n);
      await open();
      for (const i of [PERP, OPTION]) await table.rebalanceMargin(i);
      await check();

      await (await table.endSeries(PERP, 2, 0n)).wait();
      vault.cashAdj += vault.q[PERP] * (await table.exitIndex(PERP, 2));
      vault.q[PERP] = 0n;
      await check();
      expect((await perps.cashMicroUsd(PERP)) < 10n).to.equal(true);

      await time.increaseTo(expiry + 1);
      await feed.updateAnswer(2_100n * 10n ** 8n);
      await setSpot(governor, lyra, 2_100n * USD);
      await table.proposeExit(OPTION);
      expect(await table.isOver(OPTION)).to.equal(true);
      await table.endSeries(OPTION, 3, 0n);
      expect(await table.exitIndex(OPTION, 3)).to.equal(USD);
      const left =
        (await cash.balanceOf(table)) - vault.cashAdj - vault.q[OPTION] * USD - (await table.insuranceMicroUsd());
      expect(left).to.equal(0n);
      expect(await options.cashMicroUsd(OPTION)).to.equal(0n);
    });
  }

  it("a perp that Curie has liquidated is ended by anyone", async () => {
    await open();
    await clear([500n, 0n]);
    await table.lowerTradeCap(PERP, 1n);
    for (const dollars of [1_850n, 1_700n]) await price(dollars);
    const holder = await perps.holders(PERP);
    await (curie.clearingHouse.connect(maker) as any)["liquidate(address,address)"](holder, perp.baseToken.target);
    expect(await table.isOver(PERP)).to.equal(true);
    await table.endSeries(PERP, 2, 0n);
    const exit: bigint = await table.exitIndex(PERP, 2);
    expect(exit < -3n * USD).to.equal(true);
    expect((await cash.balanceOf(table)) - (vault.cashAdj + 500n * exit + (await table.insuranceMicroUsd()))).to.equal(
      0n,
    );
  });
});
