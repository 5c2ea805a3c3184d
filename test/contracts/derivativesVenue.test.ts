import { expect } from "chai";
import { SLOT_KIND, USD } from "../support/market.ts";
import {
  DAY,
  deployTable,
  derivativeTerms,
  FAULT,
  FEED,
  open,
  OPTION,
  PERP,
  PREMIUM,
  setFeed,
  VENUE_RULE,
} from "../support/derivatives.ts";
import type { TableWorld } from "../support/derivatives.ts";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import { Interface } from "ethers";

const errors = new Interface(
  ["Desk", "ScriptedDerivatives", "TestToken"]
    .flatMap((name) => (contractArtifact(name).abi as any[]).filter(({ type }) => type === "error" || type === "event"))
    .filter(({ name, type }, i, all) => all.findIndex((other) => other.name === name && other.type === type) === i),
);

/** Why a call reverts: an error's name; "" if without a reason. */
async function reason(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const found = /0x[0-9a-f]{8,}/.exec(
      String(
        (error as any).data ??
          (error as any).info?.error?.data?.data ??
          (error as any).info?.error?.data ??
          (error as Error).message,
      ),
    );
    return found === null ? "" : (errors.parseError(found[0])?.name ?? found[0]);
  }
}

describe("A perp or option venue is trusted with nothing:", () => {
  let world: TableWorld, table: any, venue: any, cash: any;
  let ready: { restore(): Promise<void> };
  before(async () => {
    world = await deployTable();
    ({ table, venue, cash } = world);
    await table.executeGroup(0, [100n, 10n]);
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());

  const fault = (slot: number, name: string, kind: number) =>
    venue.setFault(slot, venue.interface.getFunction(name).selector, kind);
  const accounts = async () => [
    await cash.balanceOf(table),
    await table.insuranceMicroUsd(),
    ...(await table.slotAccount(PERP)),
    ...(await table.slotAccount(OPTION)),
  ];
  const trade = (perp: bigint, option = 0n) => table.executeGroup.staticCall(0, [perp, option]);

  it("each of its calls may fail in any way, and the group fails with a reason, whole", async () => {
    const before = await accounts();
    for (const slot of [PERP, OPTION]) {
      for (const call of [
        "positionLots",
        "cashMicroUsd",
        "marginalPriceMicroUsd",
        "requirementMicroUsd",
        "trade",
        "deposit",
      ]) {
        for (const kind of [FAULT.silent, FAULT.loud, FAULT.eatGas, FAULT.bomb]) {
          await fault(slot, call, kind);
          const said = await reason(trade(slot === PERP ? 2_000n : 0n, slot === OPTION ? 50n : 0n));
          expect(said, `${slot} ${call} ${kind}`).to.be.a("string").with.length.greaterThan(0);
          await fault(slot, call, FAULT.none);
        }
      }
    }
    expect(await accounts()).to.deep.equal(before);
    expect(await reason(trade(2_000n, 50n))).to.equal(undefined);
  });

  it("too little gas for it is its caller's fault and no failure of the venue", async () => {
    await expect(table.executeGroup(0, [10n, 0n], { gasLimit: 3_000_000n })).to.be.revert(world.ethers);
    expect(await reason(table.executeGroup.staticCall(0, [10n, 0n], { gasLimit: 3_000_000n }))).to.not.equal(
      "VenueFailed",
    );
  });

  it("it can't fill another amount, nor take or claim more than the band, nor the market's cash", async () => {
    for (const [lotsOff, cashOff, keeps, grab, error] of [
      [1n, 0n, 0n, 0n, "WrongFill"],
      [-1n, 0n, 0n, 0n, "WrongFill"],
      [-50n, 0n, 0n, 0n, "WrongFill"],
      [0n, 50n * FEED, 0n, 0n, "FillOutsideBand"],
      [0n, -50n * FEED, 0n, 0n, "FillOutsideBand"],
      [0n, 10n ** 17n, 0n, 0n, "FillOutsideBand"],
      [0n, 0n, 0n, 1n, "ERC20InsufficientAllowance"],
    ] as const) {
      await venue.misbehave(lotsOff, cashOff, keeps, grab);
      expect(await reason(trade(50n)), `${lotsOff} ${cashOff} ${grab}`).to.equal(error);
      expect(await reason(trade(-50n))).to.equal(error);
    }
    await venue.misbehave(0n, 0n, 1n, 0n);
    expect(await reason(trade(2_000n))).to.equal("WrongCashMoved");
  });

  it("it can't trade at a price the market does not know of", async () => {
    await venue.setMarginal(PERP, FEED + (FEED * 51n) / 10_000n);
    expect(await reason(trade(1n))).to.equal("VenueOffReference");
    await venue.setMarginal(PERP, FEED + (FEED * 50n) / 10_000n);
    expect(await reason(trade(1n))).to.equal(undefined);
    await venue.setPrices(PERP, FEED + (FEED * 41n) / 10_000n, FEED);
    expect(await reason(trade(100n))).to.equal("OutOfOrder");
  });

  it("what it charges beyond the mark is the charge, and what it gives beyond goes to the insurance account", async () => {
    await venue.setPrices(PERP, FEED + 1_000n, FEED + 500n);
    await table.executeGroup(0, [100n, 0n]);
    expect((await table.fill(PERP)).chargeMicroUsd).to.equal(1_000n);
    expect(await table.insuranceMicroUsd()).to.equal(0n);
    await table.executeGroup(0, [-100n, 0n]);
    expect((await table.fill(PERP)).chargeMicroUsd).to.equal(0n);
    expect(await table.insuranceMicroUsd()).to.equal(50_000n);
  });

  it("it gets no more than the slot's cap in all, however often it steals and asks again", async () => {
    const cap = 500n * USD;
    await table.setVenueRule(PERP, { ...VENUE_RULE, capMicroUsd: cap, tradeCapMicroUsd: cap });
    const held: bigint = await cash.balanceOf(table);
    for (let k = 0; k < 8; k++) {
      await venue.pay(PERP, -1_000n * USD - (await venue.cashMicroUsd(PERP)));
      await world.time.increase(600);
      await table.rebalanceMargin(PERP);
    }
    const already = 200n * USD;
    expect(held - (await cash.balanceOf(table))).to.equal(cap - already);
  });

  it("it gets no more than the cap in all series of its slot together", async () => {
    const cap = 500n * USD;
    await table.setVenueRule(PERP, { ...VENUE_RULE, capMicroUsd: cap, tradeCapMicroUsd: cap });
    const before: bigint = (await cash.balanceOf(table)) + 200n * USD;
    for (let epoch = 2; epoch < 6; epoch++) {
      await venue.steal(world.thief.address, await cash.balanceOf(venue));
      await table.endSeries(PERP, epoch, FEED);
      await venue.reset(PERP);
      await venue.setPrice(PERP, FEED);
      await venue.setMargin(PERP, 1_000n, 500n);
      await table.list(PERP, derivativeTerms(world, SLOT_KIND.perp));
      await open(world);
      const wanted = 200n;
      // The venue wants $200, then what is left of the cap, then there is nothing to open a position with.
      const said = await reason(table.executeGroup(0, [wanted, 0n]));
      expect(said, `series ${epoch}`).to.equal(epoch < 3 ? undefined : "ReduceOnly");
      expect(before - (await cash.balanceOf(table)) <= cap, `series ${epoch}`).to.equal(true);
    }
    expect((await table.venue(PERP))[1].earlierMicroUsd).to.equal(cap);
  });

  it("what comes back of an earlier series is room again", async () => {
    const cap = 200n * USD;
    await table.setVenueRule(PERP, { ...VENUE_RULE, capMicroUsd: cap, tradeCapMicroUsd: cap });
    await table.endSeries(PERP, 2, 0n);
    expect((await table.venue(PERP))[1].earlierMicroUsd).to.equal(0n);
    await table.list(PERP, derivativeTerms(world, SLOT_KIND.perp));
    await open(world);
    await table.executeGroup(0, [100n, 0n]);
    expect((await table.venue(PERP))[1].transferredMicroUsd).to.equal(cap);
  });

  it("it gets no margin for a slot in which nobody holds a lot, whatever it wants", async () => {
    await table.executeGroup(0, [-100n, 0n]);
    await table.rebalanceMargin(PERP);
    expect(await venue.cashMicroUsd(PERP)).to.equal(0n);
    await fault(PERP, "requirementMicroUsd", FAULT.absurd);
    const held = await cash.balanceOf(table);
    await table.connect(world.thief).rebalanceMargin(PERP);
    expect(await cash.balanceOf(table)).to.equal(held);
  });

  it("it gets nothing for a series that no epoch has seen, and none of its debts is the market's", async () => {
    await table.endSeries(PERP, 2, 0n);
    await venue.reset(PERP);
    await venue.setPrice(PERP, FEED);
    await table.list(PERP, derivativeTerms(world, SLOT_KIND.perp));
    const claims = async (): Promise<bigint> => {
      const [insurance, there]: bigint[] = [await table.insuranceMicroUsd(), await cash.balanceOf(table)];
      return insurance! - there!;
    };
    const held: bigint = await cash.balanceOf(table);
    const before = await claims();
    await venue.pay(PERP, -400_000n * USD);
    await table.connect(world.thief).rebalanceMargin(PERP);
    expect(await cash.balanceOf(table)).to.equal(held);
    await venue.liquidate(PERP, 1n, 0n, 0n);
    expect(await table.isOver(PERP)).to.equal(true);
    await table.endSeries(PERP, 2, 0n);
    expect(await claims(), "what cash has lost, and the insurance account has not").to.equal(before);
  });

  it("a thief's loss is the insurance account's and bounded by the cap; the other slot is none the poorer", async () => {
    await venue.steal(world.thief.address, await cash.balanceOf(venue));
    const before: bigint = await table.insuranceMicroUsd();
    const [, option] = await table.venue(OPTION);
    await venue.pay(PERP, -100n * FEED - (await venue.cashMicroUsd(PERP)));
    await table.checkpoint();
    const lost = before - (await table.insuranceMicroUsd());
    expect(lost > 0n && lost <= 200n * USD).to.equal(true);
    expect((await table.venue(OPTION))[1].cashMicroUsd).to.equal(option.cashMicroUsd);
  });

  it("cash that it only claims to have pays holders a day's funding bound at most, and is missing when the series ends", async () => {
    const [sent, hours] = [200n * USD, 24n];
    for (let hour = 0n; hour < hours; hour++) {
      await world.time.increase(3_600);
      await venue.pay(PERP, 1_000n * USD);
      await table.checkpoint();
    }
    const credited = 100n * (await table.venue(PERP))[1].carryIndexMicroUsd;
    const bound = (100n * FEED * VENUE_RULE.fundingBpsPerDay) / 10_000n;
    expect(credited > 0n && credited * 100n <= bound * 101n, `${credited}`).to.equal(true);
    await venue.steal(world.thief.address, await cash.balanceOf(venue));
    const before: bigint = await table.insuranceMicroUsd();
    await table.endSeries(PERP, 2, FEED);
    const holders = 100n * (await table.exitIndex(PERP, 2));
    expect(before - (await table.insuranceMicroUsd()) + credited - holders).to.equal(sent + credited);
  });

  it("a mark that it says at the clearing and did not say at the snapshot fills nothing, not even what cancels", async () => {
    await open(world, { slipBps: 50n });
    for (const [said, error] of [
      [FEED + (FEED * 51n) / 10_000n, "AboveSlip"],
      [FEED - (FEED * 51n) / 10_000n, "AboveSlip"],
      [FEED + (FEED * 50n) / 10_000n, undefined],
    ] as const) {
      await venue.setPrice(PERP, said);
      for (const net of [10n, -10n, 0n]) expect(await reason(trade(net)), `${said} ${net}`).to.equal(error);
    }
  });

  describe("Margin", () => {
    /** Equity by the venue's own books. */
    const equity = async (): Promise<bigint> =>
      (await venue.accounts(PERP)).cashMicroUsd +
      (await venue.accounts(PERP)).positionLots * (await venue.accounts(PERP)).mark;
    const initial = (100n * FEED) / 10n;

    it("goes there with the trade, as much as the rule wants for the new position", async () => {
      expect(await equity()).to.equal(2n * initial);
      await table.executeGroup(0, [100n, 0n]);
      expect(await equity()).to.equal(4n * initial);
      expect((await table.venue(PERP))[1].transferredMicroUsd).to.equal(4n * initial);
    });

    it("is left alone between low and high, topped up below, taken back above, to the target, by anyone", async () => {
      for (const [change, moved] of [
        [-7n, 0n],
        [10n, 0n],
        [-9n, 9n],
        [11n, -11n],
      ] as const) {
        const before = await cash.balanceOf(table);
        await venue.pay(PERP, (change * initial) / 10n);
        await table.connect(world.thief).rebalanceMargin(PERP);
        expect(before - (await cash.balanceOf(table)), `${change}`).to.equal((moved * initial) / 10n);
        await venue.pay(PERP, 2n * initial - (await equity()));
      }
    });

    it("comes back whole when nothing is held", async () => {
      await table.executeGroup(0, [-100n, 0n]);
      await table.rebalanceMargin(PERP);
      expect(await equity()).to.equal(0n);
      expect((await table.venue(PERP))[1].transferredMicroUsd).to.equal(0n);
    });

    it("that can't be brought over the floor leaves only orders that make the position smaller", async () => {
      await table.setVenueRule(PERP, { ...VENUE_RULE, capMicroUsd: 2n * initial, tradeCapMicroUsd: 2n * initial });
      await venue.pay(PERP, -2n * initial + (initial * 54n) / 100n);
      await expect(table.rebalanceMargin(PERP)).to.emit(
        new world.ethers.Contract(table.target, errors, world.governor),
        "MarginLow",
      );
      expect(await reason(trade(1n))).to.equal("ReduceOnly");
      expect(await reason(trade(-201n))).to.equal("ReduceOnly");
      expect(await reason(trade(-50n))).to.equal(undefined);
    });

    it("goes on being sent where the guardian has stopped the position from growing", async () => {
      await table.lowerTradeCap(PERP, 0n);
      await expect(table.lowerTradeCap(PERP, 0n), "it only goes down").to.be.revert(world.ethers);
      await venue.pay(PERP, (-9n * initial) / 10n);
      const before = await cash.balanceOf(table);
      await table.connect(world.thief).rebalanceMargin(PERP);
      expect(before - (await cash.balanceOf(table))).to.equal((9n * initial) / 10n);
      await venue.pay(PERP, -2n * initial + (initial * 54n) / 100n);
      expect(await reason(trade(1n)), "larger").to.equal("ReduceOnly");
      await table.executeGroup(0, [-50n, 0n]);
      expect(await equity()).to.equal(initial);
    });

    it("of an option is its premium when bought, and its requirement when short", async () => {
      const before = await venue.cashMicroUsd(OPTION);
      const free = await cash.balanceOf(table);
      await table.executeGroup(0, [0n, 20n]);
      const sent = free - (await cash.balanceOf(table));
      expect(sent <= 20n * PREMIUM + (20n * FEED * 40n) / 10_000n && sent + before >= 20n * PREMIUM).to.equal(true);
      await table.rebalanceMargin(OPTION);
      expect(await venue.cashMicroUsd(OPTION)).to.equal(0n);
      await venue.setMargin(OPTION, 10_000n, 5_000n);
      await table.executeGroup(0, [0n, -60n]);
      expect((await table.slotAccount(OPTION)).positionLots).to.equal(-30n);
      const { cashMicroUsd } = await venue.accounts(OPTION);
      expect(cashMicroUsd - 30n * PREMIUM >= 2n * 30n * PREMIUM).to.equal(true);
    });
  });

  describe("A position that the venue took away", () => {
    it("ends the series: the rest is traded away, what is lost is the holders' up to the clamp and then the insurance account's", async () => {
      expect(await table.isOver(PERP)).to.equal(false);
      await venue.liquidate(PERP, 60n, FEED, 0n);
      expect(await table.isOver(PERP)).to.equal(true);
      expect(await reason(trade(1n))).to.equal("PositionMismatch");
      expect(await reason(table.rebalanceMargin.staticCall(PERP))).to.equal("PositionMismatch");
      await table.checkpoint();
      await table.endSeries(PERP, 2, 0n);
      expect(await table.exitIndex(PERP, 2)).to.equal(0n);
      expect([...(await table.slotAccount(PERP))]).to.deep.equal([0n, 0n]);
    });

    it("with a penalty: a small one is the holders', of a large one they bear the clamp", async () => {
      for (const [penalty, borne] of [
        [100n * 40_000n, 40_000n],
        [150n * USD, (FEED * 500n) / 10_000n],
      ] as const) {
        await venue.liquidate(PERP, 60n, FEED, penalty);
        const before = await table.insuranceMicroUsd();
        await table.endSeries(PERP, 2, 0n);
        expect(await table.exitIndex(PERP, 2)).to.equal(-borne);
        expect(before - (await table.insuranceMicroUsd())).to.equal(penalty - 100n * borne);
        await ready.restore();
        ready = await world.networkHelpers.takeSnapshot();
      }
    });

    it("at a dead venue is ended by force, and the insurance account says what is missing", async () => {
      for (const call of ["trade", "withdraw", "cashMicroUsd", "markMicroUsd", "positionLots"])
        await fault(PERP, call, FAULT.eatGas);
      expect(await reason(table.endSeries.staticCall(PERP, 2, 0n))).to.equal("VenueSilent");
      await table.endSeries(PERP, 2, 1n);
      expect(await table.exitIndex(PERP, 2)).to.equal(-(FEED * 500n) / 10_000n);
      expect(await table.insuranceMicroUsd()).to.equal(-(200n * USD - (100n * FEED * 500n) / 10_000n));
    });
  });

  it("a series is closed within slip of the mark, however wide the band of so large a position is", async () => {
    const slip = (FEED * 10n) / 10_000n;
    await open(world, { slipBps: 10n });
    await venue.setPrices(PERP, FEED, FEED - slip - 1n);
    expect(await reason(table.endSeries.staticCall(PERP, 2, 0n))).to.equal("OutOfOrder");
    await venue.misbehave(0n, 1n, 0n, 0n);
    expect(await reason(table.endSeries.staticCall(PERP, 2, 0n))).to.equal("FillOutsideBand");
    await venue.misbehave(0n, 0n, 0n, 0n);
    await venue.setPrices(PERP, FEED, FEED - slip);
    await table.endSeries(PERP, 2, 0n);
    expect(await table.exitIndex(PERP, 2)).to.equal(-slip);
  });

  it("is listed with a rule in range, a venue that answers and holds nothing, and a fresh feed", async () => {
    const refused = async (changes: object, error: string, at = 2) => {
      const terms = derivativeTerms(world, SLOT_KIND.perp, changes);
      expect(
        await reason(table.list.staticCall(at, terms)),
        JSON.stringify(changes, (_, x) => String(x)),
      ).to.equal(error);
    };
    await refused({}, "BadVenueRule");
    await table.setVenueRule(2, VENUE_RULE);
    await refused({ token: cash.target }, "BadSlotTerms");
    await refused({ strike: 1n }, "BadSlotTerms");
    await refused({ kind: SLOT_KIND.option }, "BadSlotTerms");
    await refused({ kind: SLOT_KIND.option, strike: FEED, expiry: 1n }, "BadSlotTerms");
    await fault(2, "positionLots", FAULT.silent);
    await refused({}, "VenueSilent");
    await fault(2, "positionLots", FAULT.none);
    await venue.liquidate(2, 1n, 0n, 0n);
    await refused({}, "PositionMismatch");
    for (const wrong of [
      { clampBps: 0n },
      { fundingBpsPerDay: 2_001n },
      { epsilonBps: 0n },
      { lowBps: 9_999n },
      { targetBps: 12_000n },
      { highBps: 20_000n },
      { floorBps: 9_999n },
      { tradeCapMicroUsd: VENUE_RULE.capMicroUsd + 1n },
      { disputeSeconds: 0n },
      { toleranceBps: 2_001n },
    ]) {
      expect(await reason(table.setVenueRule.staticCall(2, { ...VENUE_RULE, ...wrong }))).to.equal("BadVenueRule");
    }
    await setFeed(world, 0n);
    await venue.reset(2);
    await refused({}, "ReferenceNotFresh");
    await open(world);
    await world.time.increase(DAY);
  });
});
