import { expect } from "chai";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { lots } from "../../prover/base/units.ts";
import type { Lots } from "../../prover/base/units.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  LOT,
  openEpoch,
  passDeadline,
  priceOf,
  SLOT_KIND,
  slotTerms,
  spotSnapshot,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";

const DEPOSIT = 50_000n * USD;
const PRICE = priceOf(0);

describe("The instrument table", () => {
  let world: World, market: any, desk: any;
  let start: { restore(): Promise<void> };
  before(async () => {
    world = await deployMarket({ slots: [0] });
    ({ market, desk } = world);
    start = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => start.restore());

  it("lists a slot once, with the terms it shows", async () => {
    const terms = slotTerms(world, 1);
    await expect(desk.list(1, terms)).to.emit(desk, "SlotListed");
    expect((await desk.slot(1)).toObject()).to.deep.include({
      token: terms.token,
      kind: 1n,
      lotSize: LOT,
      positionCap: terms.positionCap,
    });
    await expect(desk.list(1, terms)).to.be.revertedWithCustomError(market, "SlotAlreadyListed").withArgs(1);
    await expect(desk.list(4, terms)).to.be.revertedWithCustomError(market, "NoSuchSlot").withArgs(4);
    expect(await desk.carryIndex(1)).to.equal(0n);
    for (const view of [desk.slot(4), desk.slotAccount(4), desk.carryIndex(255)])
      await expect(view).to.be.revertedWithCustomError(market, "NoSuchSlot");
  });

  it("refuses what it can't settle, and terms out of the ranges that proofs rely on", async () => {
    const refused = (changes: object, error: string, ...args: unknown[]) =>
      expect(desk.list(1, slotTerms(world, 1, changes)))
        .to.be.revertedWithCustomError(market, error)
        .withArgs(...args);
    await refused({ kind: SLOT_KIND.none }, "KindNotSupported", SLOT_KIND.none);
    const field = (name: string): string => world.ethers.encodeBytes32String(name);
    for (const kind of [SLOT_KIND.perp, SLOT_KIND.option]) await refused({ kind }, "BadVenueRule", field("not set"));
    await refused({ adapter: world.outsider.address }, "BadSlotTerms", field("adapter"));
    await refused({ token: world.cash.target }, "BadSlotTerms", field("token"));
    await refused({ feedHeartbeat: 0 }, "BadSlotTerms", field("feedHeartbeat"));
    await refused({ lotSize: 0 }, "BadSlotTerms", field("lotSize"));
    await refused({ orderCap: 2n ** 31n }, "BadSlotTerms", field("orderCap"));
    await refused({ positionCap: 0 }, "BadSlotTerms", field("positionCap"));
    await refused({ feeBps: 301 }, "BadSlotTerms", field("feeBps"));
    for (const option of [{ strike: 1n }, { expiry: 1n }, { isCall: true }])
      await refused(option, "BadSlotTerms", field("option terms"));
  });

  it("changes between epochs only", async () => {
    await openEpoch(world);
    await expect(desk.list(1, slotTerms(world, 1))).to.be.revertedWithCustomError(market, "WrongPhase");
    await expect(desk.endSeries(0)).to.be.revertedWithCustomError(market, "WrongPhase");
  });

  it("lets an order cap be tightened, at any time, and never loosened", async () => {
    await openEpoch(world);
    await expect(desk.tightenOrderCap(0, 10_000n))
      .to.be.revertedWithCustomError(market, "OnlyTightening")
      .withArgs(10_000n, 10_000n);
    await expect(desk.tightenOrderCap(1, 5n)).to.be.revertedWithCustomError(market, "SlotNotListed").withArgs(1);
    await expect(desk.tightenOrderCap(0, 9_999n)).to.emit(desk, "OrderCapTightened").withArgs(0, 9_999n);
    await expect(desk.tightenOrderCap(0, 10_000n)).to.be.revertedWithCustomError(market, "OnlyTightening");
    expect((await desk.slot(0)).positionCap).to.equal(1_000_000n);
  });

  it("ends no series of a slot that isn't listed", async () => {
    await expect(desk.endSeries(1)).to.be.revertedWithCustomError(market, "SlotNotListed").withArgs(1);
    await desk.endSeries(0);
    await expect(desk.endSeries(0)).to.be.revertedWithCustomError(market, "SlotNotListed").withArgs(0);
  });
});

describe("A series that ends", () => {
  let world: World, market: any, desk: any, lens: any, venue: any;
  let owners: Owner[];
  let held: { restore(): Promise<void> };

  // Both vaults hold lots of slot 0, 700 and 301, and the epoch is settled.
  before(async () => {
    world = await deployMarket({ slots: [0] });
    ({ market, desk, lens, venue } = world);
    owners = [await addVault(world, 1), await addVault(world, 2)];
    await openEpoch(world);
    const batch = [
      (await submit(world, owners[0]!, { 0: 700n }, { cashFlow: DEPOSIT })).built,
      (await submit(world, owners[1]!, { 0: 301n }, { cashFlow: DEPOSIT })).built,
    ];
    await closeAndTally(world, batch);
    await clear(world, 0, batch);
    held = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => held.restore());
  after(closeProvers);

  const unlisted = () => spotSnapshot(world.profile.slots, world.profile.scenarios, { unlisted: [0, 1, 2, 3] });
  const settle = async (owner: Owner): Promise<bigint[]> => [...(await lens.settleWords(owner.address))];
  const keeps = async (owner: Owner): Promise<boolean> => (((await settle(owner))[0]! >> 2n) & 1n) === 1n;
  const exitIndex = async (owner: Owner): Promise<bigint> => (await settle(owner))[3]!;
  /** An epoch in which nobody does anything. Slot 0 alone is listed, with the liquidity it has or another. */
  const idleEpoch = async (changes: { liquidity?: Lots } = {}) => {
    const snapshot = spotSnapshot(world.profile.slots, world.profile.scenarios, { unlisted: [1, 2, 3] });
    const slots = snapshot.slots.map((slot, i) => (i === 0 ? { ...slot, ...changes } : slot));
    await openEpoch(world, { snapshot: { ...snapshot, slots } });
    await passDeadline(world);
    await market.close();
  };

  it("sells the market's position and pays each lot what the sale brought, rounded against the vaults", async () => {
    await venue.setPrices(0, PRICE, PRICE - 3n);
    await venue.setMarginal(0, PRICE);
    await world.cash.mint(venue.target, 1_000n);
    const before = await world.cash.balanceOf(desk);
    await expect(desk.endSeries(0))
      .to.emit(desk, "SeriesEnded")
      .withArgs(0, 2n, PRICE - 3n);
    expect((await world.cash.balanceOf(desk)) - before).to.equal(1_001n * (PRICE - 3n));
    expect(await world.tokens[0].balanceOf(desk)).to.equal(0n);
    expect([...(await desk.slotAccount(0))]).to.deep.equal([0n, 0n]);
    for (const owner of owners) {
      expect(await keeps(owner)).to.equal(false);
      expect(await exitIndex(owner)).to.equal(PRICE - 3n);
    }
  });

  it("gives the insurance account what the rounding leaves over", async () => {
    await venue.misbehave(0n, 500n);
    await desk.endSeries(0);
    expect(await exitIndex(owners[0]!)).to.equal((1_001n * PRICE - 500n) / 1_001n);
    expect(await desk.insuranceMicroUsd()).to.equal((1_001n * PRICE - 500n) % 1_001n);
  });

  it("is sold within the same bounds as a batch, or not yet", async () => {
    await venue.setMarginal(0, (PRICE * 102n) / 100n);
    await expect(desk.endSeries(0)).to.be.revertedWithCustomError(market, "VenueOffReference");
    await venue.setQuote(0, world.tokens[0].target, LOT, PRICE);
    await venue.setPrices(0, PRICE, (PRICE * 98n) / 100n);
    await expect(desk.endSeries(0)).to.be.revertedWithCustomError(market, "FillOutsideBand");
    await venue.setPrices(0, PRICE, PRICE);
    await world.feeds[0].updateAnswer(0);
    await expect(desk.endSeries(0)).to.be.revertedWithCustomError(market, "ReferenceNotFresh");
    expect(await keeps(owners[0]!)).to.equal(true);
  });

  it("is not sold for less than slip below the reference, however wide the band of so large a position: who drained the venue gets nothing", async () => {
    // The snapshot says how little the venue offers; half the price is then within the band.
    await idleEpoch({ liquidity: lots(200n) });
    for (const part of [55n, 90n]) {
      await venue.setPrices(0, PRICE, (PRICE * part) / 100n);
      await expect(desk.endSeries(0)).to.be.revertedWithCustomError(market, "ExitBelowSlip");
    }
    await venue.setPrices(0, PRICE, (PRICE * 99n) / 100n);
    await world.cash.mint(venue.target, 1_000n * USD);
    await desk.endSeries(0);
    expect(await exitIndex(owners[0]!)).to.equal((PRICE * 99n) / 100n);
  });

  it("can be forced to end although the last snapshot saw no liquidity, so that a dead slot stops nothing", async () => {
    await idleEpoch({ liquidity: lots(0n) });
    await world.feeds[0].updateAnswer(0);
    const floor = PRICE / 2n;
    await venue.setPrices(0, PRICE, floor - 1n);
    await expect(desk.forceEndSeries(0, floor)).to.be.revertedWithCustomError(market, "FillOutsideBand");
    await venue.setPrices(0, PRICE, floor);
    await desk.forceEndSeries(0, floor);
    expect(await exitIndex(owners[0]!)).to.equal(floor);
  });

  it("turns positions into cash in the next proof, which the circuit accepts, and nothing is left in the slot", async () => {
    await desk.endSeries(0);
    await openEpoch(world, { snapshot: unlisted() });
    const { built } = await submit(world, owners[0]!);
    expect(built.settlement.positions).to.deep.equal([0n, 0n, 0n, 0n]);
    expect(built.settlement.cashAdj).to.equal(DEPOSIT);
    expect(owners[0]!.book.cashAdj).to.equal(DEPOSIT);
    await passDeadline(world);
    await market.close();
    expect(await keeps(owners[0]!), "it has been paid").to.equal(true);
    expect(await keeps(owners[1]!), "it is still to be paid").to.equal(false);
  });

  it("pays a vault that is silent across two series the first one's exit only", async () => {
    await venue.setQuote(0, world.tokens[0].target, LOT, PRICE - 5n);
    await desk.endSeries(0);
    await desk.list(0, slotTerms(world, 0));
    await idleEpoch();
    await venue.setQuote(0, world.tokens[0].target, LOT, PRICE + 9n);
    await desk.endSeries(0);
    await desk.list(0, slotTerms(world, 0));
    await idleEpoch();
    await desk.endSeries(0);
    for (const owner of owners) {
      expect(await keeps(owner)).to.equal(false);
      expect(await exitIndex(owner)).to.equal(PRICE - 5n);
    }
    expect((await desk.queryFilter("SeriesEnded")).map(({ args }: any) => args.firstEpoch)).to.deep.equal([2n, 3n, 4n]);
  });

  it("isn't ended twice by a series that was listed and taken off before any epoch saw it", async () => {
    await desk.endSeries(0);
    await desk.list(0, slotTerms(world, 0));
    await venue.setQuote(0, world.tokens[0].target, LOT, PRICE + 9n);
    await expect(desk.endSeries(0)).not.to.emit(desk, "SeriesEnded");
    expect(await exitIndex(owners[0]!)).to.equal(PRICE);
    expect((await desk.slot(0)).kind).to.equal(0n);
  });

  it("leaves a first-time vault alone: it keeps everything and is paid nothing", async () => {
    await desk.endSeries(0);
    const late = await addVault(world, 3);
    const words = await settle(late);
    expect(words[0]).to.equal(0b111100n);
    expect(words.slice(1).every((word) => word === 0n)).to.equal(true);
    expect(words.every((word) => word < FIELD_ORDER)).to.equal(true);
  });
});
