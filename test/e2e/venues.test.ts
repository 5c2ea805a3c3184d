import { expect } from "chai";
import { renewSeries } from "../../client/deploy/local/derivatives.ts";
import type { OptionPlan, PerpPlan } from "../../client/deploy/local/derivatives.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import type { KeeperStep } from "../../client/sdk/roles/keeper.ts";
import { readSlots } from "../../client/sdk/views/market.ts";
import { spotPlan, USD, WholeMarket } from "../support/wholeMarket.ts";
import type { MarketVault } from "../support/wholeMarket.ts";

const ETH = 3_000n * USD;
const DAY = 86_400;
const HOUR = 3_600;
const SPOT = 0;
const PERP = 1;
const CALL = 2;
const PUT = 3;
const common = {
  symbol: "ETH",
  lotSize: 10n ** 16n,
  orderCap: 10_000,
  positionCap: 100_000,
  threshold: 0,
  inventoryCap: 0,
  assumedVolumeTokens: 5_000,
};
const perpPlan: PerpPlan = { ...common, slot: PERP, priceMicroUsd: ETH, poolDepthMicroUsd: 50_000_000n * USD };
const series = (slot: number, expiry: number, isCall: boolean): OptionPlan => ({
  ...common,
  slot,
  expiry,
  isCall,
  strikeMicroUsd: ETH,
  vol: 0.5,
  priceMicroUsd: ETH,
  poolMicroUsd: 20_000_000n * USD,
});

/** Spot, perp and options of one underlying, all venues real, and real proofs. */
describe("A market on Uniswap, Curie and Lyra", function () {
  this.timeout(900_000);
  let market: WholeMarket;
  let vault: MarketVault;
  let keeper: Keeper;
  before(async () => {
    market = await WholeMarket.open({
      spots: [spotPlan(SPOT, { symbol: "ETH" })],
      perps: [perpPlan],
      options: (now) => [series(CALL, now + 30 * DAY, true), series(PUT, now + 6 * HOUR, false)],
    });
    keeper = new Keeper({ chain: market.chain, signer: market.keeper, reporters: [], members: [] });
    vault = await market.addVault();
    await (await market.depositor(vault)).requestDeposit(1_000_000n * USD);
  });
  after(() => market.close());

  const slotsByName = async () => new Map((await readSlots(market.chain)).map((slot) => [slot.name, slot]));

  it("lists all three kinds, with nothing in them", async () => {
    const slots = await readSlots(market.chain);
    expect(slots.map(({ kind, venue, positionLots }) => [kind, venue, positionLots])).to.deep.equal([
      ["spot", "Uniswap v3", 0n],
      ["perp", "Curie", 0n],
      ["option", "Lyra", 0n],
      ["option", "Lyra", 0n],
    ]);
    expect([...(await slotsByName()).keys()].slice(0, 2)).to.deep.equal(["ETH", "ETH-PERP"]);
  });

  it("clears hidden orders in all of them and sends margin to the venues", async () => {
    await market.openEpoch();
    await market.submit(vault, { [SPOT]: 5_000n, [PERP]: -1_000n, [CALL]: 200n, [PUT]: 100n });
    await market.finishEpoch();
    const slots = await readSlots(market.chain);
    expect(slots.map(({ positionLots }) => positionLots)).to.deep.equal([5_000n, -1_000n, 200n, 100n]);
    expect(slots[PERP]!.account!.healthBps! > 11_000n).to.equal(true);
  });

  it("tops up a venue's margin as soon as prices ask for it, also while an epoch takes submissions", async () => {
    market.prices.set("ETH", (ETH * 107n) / 100n);
    await market.openEpoch();
    const health = async (): Promise<bigint> => (await readSlots(market.chain))[PERP]!.account!.healthBps!;
    const before = await health();
    expect((await market.chain.status()).phase).to.equal("submit");
    const steps: KeeperStep[] = [];
    for (let done = await keeper.step(); done !== undefined && steps.length < 8; done = await keeper.step())
      steps.push(done);
    expect(steps.map(({ step }) => step)).to.satisfy(
      (names: string[]) => names.length < 8 && names.every((name) => name === "rebalanceMargin"),
    );
    expect(steps.map(({ detail }) => detail)).to.include("ETH-PERP");
    expect((await health()) > before).to.equal(true);
    await market.submit(vault);
    await market.finishEpoch();
  });

  it("pays an option that expired, through the keeper alone, and lists the next series in its slot", async () => {
    market.prices.set("ETH", (ETH * 97n) / 100n);
    await market.passSeconds(6 * HOUR);
    await market.refreshPrices();
    const steps: string[] = [];
    for (let i = 0; i < 12; i++) {
      const done = await keeper.step();
      if (done === undefined) await market.passSeconds(61);
      else steps.push(done.step);
    }
    expect(steps).to.include.members(["proposeExit", "endSeries"]);
    expect((await market.chain.slots())[PUT]).to.equal(null);

    const next = series(PUT, (await market.chain.status()).now + 7 * DAY, false);
    const { host, derivatives } = market.local;
    derivatives.options.set(PUT, await renewSeries(market.governance, host, derivatives.options.get(PUT)!, next));
    // Six hours without a snapshot have halted the market.
    await market.step("resume", [], market.governance);
    await market.openEpoch();
    const { settlement, state } = await market.settled(vault);
    // A hundred lots of a hundredth of a put, ninety dollars in the money.
    expect(state.settle.slots[PUT]!.exitIndex).to.equal(900_000n);
    expect(settlement.positions).to.deep.equal([5_000n, -1_000n, 200n, 0n]);
    await market.submit(vault, { [PERP]: 1_000n, [PUT]: 50n });
    await market.finishEpoch();
    expect((await readSlots(market.chain)).map(({ positionLots }) => positionLots)).to.deep.equal([
      5_000n,
      0n,
      200n,
      50n,
    ]);
  });
});
