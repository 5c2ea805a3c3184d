import { expect } from "chai";
import hre from "hardhat";
import { contractArtifact, deploy, link } from "../../client/deploy/artifacts.ts";
import { addPerpLiquidity, createPerp, deployCurie, fundAccount, movePerpPrice, refreshIndex } from "../../client/deploy/curie.ts";
import type { Curie, Perp } from "../../client/deploy/curie.ts";
import { adapterParts, addOptionLiquidity, createBoard, createOptionVenue, deployLyra, setSpot } from "../../client/deploy/lyra.ts";
import type { OptionVenue } from "../../client/deploy/lyra.ts";
import { deployLibraries, storeWords } from "../../client/deploy/market.ts";
import { profiles } from "../../prover/profile.ts";
import { snapshotWords } from "../../prover/transcript.ts";
import { DAY, derivativeSnapshot, derivativeTerms, OPTION, PERP, VENUE_RULE } from "../support/derivatives.ts";
import { SLOT_KIND, USD } from "../support/market.ts";

/** A lot is a hundredth of an ETH of $2,000: $20. */
const LOT_SIZE = 10n ** 16n;
const ETH = 2_000n * USD;
const START = 1_000_000n * USD;
const abs = (x: bigint): bigint => (x < 0n ? -x : x);

describe("The market's accounts at Curie and Lyra", () => {
  let table: any, cash: any, feed: any, curie: Curie, perp: Perp, lyra: OptionVenue, governor: any, maker: any, time: any;
  let perps: any, options: any, expiry: number;
  let ready: { restore(): Promise<void> };
  /** What vaults have paid and hold, one vault standing for all. */
  const vault = { cashAdj: START, q: [0n, 0n] as [bigint, bigint] };

  before(async () => {
    const { ethers, networkHelpers } = await hre.network.create();
    time = networkHelpers.time;
    [governor, maker] = await ethers.getSigners();
    const named = (name: string, ...args: unknown[]): Promise<any> => deploy(governor, contractArtifact(name), ...args);
    cash = await named("TestToken", "Test dollar", "tUSD", 6);
    feed = await named("TestFeed", 8, ETH * 100n);
    const manager = await named("AccessManager", governor.address);
    const terms = { cash: cash.target, snapshot: ethers.ZeroAddress, rowWords: profiles.small.rowWords, epsilonBps: 50, kappaBps: 1_000 };
    table = await deploy(governor, link(contractArtifact("TableHarness"), await deployLibraries(governor)), terms);
    await cash.mint(table.target, START);
    await cash.mint(maker.address, 200_000_000n * USD);

    curie = await deployCurie(governor, cash.target);
    perp = await createPerp(curie, governor, { symbol: "ETH", feed: feed.target, priceMicroUsd: ETH, feePips: 500 });
    await fundAccount(curie, maker, 50_000_000n * USD);
    await addPerpLiquidity(curie, maker, perp, 5_000_000n * USD);
    perps = await named("CurieAdapter", manager.target, table.target, cash.target, curie.clearingHouse.target);
    await perps.list(PERP, perp.baseToken.target, LOT_SIZE);

    lyra = await createOptionVenue(await deployLyra(governor, cash.target), governor, { symbol: "ETH", priceMicroUsd: ETH });
    await addOptionLiquidity(maker, lyra, 5_000_000n * USD);
    expiry = (await time.latest()) + 30 * DAY;
    const { strikeIds } = await createBoard(governor, lyra, { expiry, strikesMicroUsd: [ETH], vols: [0.8] });
    options = await named("LyraAdapter", manager.target, table.target, cash.target, adapterParts(lyra), 3_600);
    await options.list(OPTION, strikeIds[0], true, LOT_SIZE);

    for (const i of [PERP, OPTION]) await table.setVenueRule(i, { ...VENUE_RULE, clampBps: 1_000n, epsilonBps: 100n });
    const world = { venue: perps, feed };
    await table.list(PERP, derivativeTerms(world, SLOT_KIND.perp, { lotSize: LOT_SIZE }));
    await table.list(OPTION, derivativeTerms({ venue: options, feed }, SLOT_KIND.option, {
      lotSize: LOT_SIZE, strike: 2_000n * 10n ** 18n, expiry: BigInt(expiry), isCall: true,
    }));
    ready = await networkHelpers.takeSnapshot();
  });
  beforeEach(() => {
    vault.cashAdj = START;
    vault.q = [0n, 0n];
  });
  afterEach(() => ready.restore());

  let value = 0n;
  async function open(): Promise<void> {
    await (await table.checkpoint()).wait();
    value = await options.markMicroUsd(OPTION);
    const mark = BigInt((await table.venue(PERP))[1].markMicroUsd);
    const words = snapshotWords(profiles.small, derivativeSnapshot({ mark, value, delta: (mark * 55n) / 100n, slipBps: 500n }));
    await (await table.setSnapshot(await storeWords(governor, words))).wait();
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
    const claims: bigint = vault.cashAdj + vault.q[PERP] * p.carryIndexMicroUsd + vault.q[OPTION] * value + (await table.insuranceMicroUsd());
    const booked: bigint = p.cashMicroUsd + vault.q[PERP] * BigInt(p.markMicroUsd) + o.cashMicroUsd + vault.q[OPTION] * value;
    expect((await cash.balanceOf(table)) + booked - claims).to.equal(0n);
    expect([await perps.positionLots(PERP), await options.positionLots(OPTION)]).to.deep.equal(vault.q);
  }
  async function price(dollars: bigint): Promise<void> {
    await time.increase(60);
    await feed.updateAnswer(dollars * 10n ** 8n);
    await refreshIndex(maker, perp);
    await movePerpPrice(curie, maker, perp, dollars * USD);
    await setSpot(governor, lyra, dollars * USD);
    await time.increase(1_900);
    await refreshIndex(maker, perp);
  }

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
      expect(await perps.cashMicroUsd(PERP) < 10n).to.equal(true);

      await time.increaseTo(expiry + 1);
      await feed.updateAnswer(2_100n * 10n ** 8n);
      await setSpot(governor, lyra, 2_100n * USD);
      await table.proposeExit(OPTION);
      expect(await table.isOver(OPTION)).to.equal(true);
      await table.endSeries(OPTION, 3, 0n);
      expect(await table.exitIndex(OPTION, 3)).to.equal(USD);
      const left = (await cash.balanceOf(table)) - vault.cashAdj - vault.q[OPTION] * USD - (await table.insuranceMicroUsd());
      expect(left).to.equal(0n);
      expect(await options.cashMicroUsd(OPTION)).to.equal(0n);
    });
  }

  it("a perp that Curie has liquidated is ended by anyone", async () => {
    await open();
    await clear([500n, 0n]);
    await table.lowerVenueCap(PERP, 1n);
    for (const dollars of [1_850n, 1_700n]) await price(dollars);
    const holder = await perps.holders(PERP);
    await (curie.clearingHouse.connect(maker) as any)["liquidate(address,address)"](holder, perp.baseToken.target);
    expect(await table.isOver(PERP)).to.equal(true);
    await table.endSeries(PERP, 2, 0n);
    const exit: bigint = await table.exitIndex(PERP, 2);
    expect(exit < -3n * USD).to.equal(true);
    expect((await cash.balanceOf(table)) - (vault.cashAdj + 500n * exit + (await table.insuranceMicroUsd()))).to.equal(0n);
  });
});
