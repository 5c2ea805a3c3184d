import { expect } from "chai";
import { Dice } from "../support/scenario.ts";
import { WholeMarket } from "../support/wholeMarket.ts";
import { INVARIANTS } from "./claims.ts";
import { EVENTS, walk } from "./walk.ts";
import type { EpochEvent, WalkedEpoch } from "./walk.ts";

/**
 * Whole epochs with real proofs. TACIT_WALK_SEED repeats a walk; TACIT_WALK_EPOCHS makes it longer than one epoch of
 * each kind.
 */
const SEED = Number(process.env["TACIT_WALK_SEED"] ?? 1);
const EPOCHS = Number(process.env["TACIT_WALK_EPOCHS"] ?? EVENTS.length);
/** How often each vault deals; the first in every epoch. */
const SCHEDULES = [
  { dealingInterval: 1, dealingOffset: 0 },
  { dealingInterval: 2, dealingOffset: 1 },
  { dealingInterval: 3, dealingOffset: 1 },
];

/** Every kind once, in random order, then any. */
function randomEvents(dice: Dice): EpochEvent[] {
  const once: EpochEvent[] = [];
  for (const left = [...EVENTS]; left.length > 0; ) once.push(...left.splice(dice.index(left.length), 1));
  return Array.from({ length: EPOCHS }, (_, i) => once[i] ?? dice.pick(EVENTS));
}

describe(`Over random epochs (walk ${SEED}),`, function () {
  this.timeout(3_600_000);
  const epochs: WalkedEpoch[] = [];
  let market: WholeMarket;
  before(async () => {
    // Two of three vaults are a batch, one is not.
    market = await WholeMarket.open({ config: { minShareBps: 6_000, heartbeatLimit: 1_000 } });
    for (const schedule of SCHEDULES) await market.addVault(schedule);
    await walk(market, SEED, randomEvents(new Dice(SEED)), (epoch) => epochs.push(epoch));
  });
  after(() => market.close());

  for (const { claim, contradictions } of INVARIANTS) {
    it(claim, () => {
      for (const epoch of epochs)
        expect(contradictions(epoch), `epoch ${epoch.epoch}, ${epoch.event}`).to.deep.equal([]);
    });
  }

  it("everything happened that was meant to: fills, lapses, halts, silence, cancelled batches, dealings both ways", () => {
    const some = (what: string, found: (epoch: WalkedEpoch) => boolean): unknown =>
      expect(epochs.some(found), what).to.equal(true);
    some("a cleared epoch", ({ openings }) => openings.length === market.profile.groups);
    some(
      "one group cleared while another lapsed",
      ({ event, openings }) => event === "pushed" && openings.length === 1,
    );
    some("a halted epoch with submissions", ({ halted, orders }) => halted && orders.size > 0);
    some("a breaker", ({ event, halted }) => event === "tripped" && halted);
    some(
      "a silent vault beside cleared ones",
      ({ event, openings, silent }) => event === "missed" && openings.length > 0 && silent.length > 0,
    );
    some(
      "a cancelled batch",
      ({ event, orders, openings }) => event === "cancelled" && orders.size === 1 && openings.length === 0,
    );
    some(
      "orders that came to nothing",
      ({ orders, openings }) => openings.length === 0 && [...orders.values()].flat().some((delta) => delta !== 0n),
    );
    some("an order crossed", ({ cash }) => cash.crossingCharges > 0n);
    some("shares issued", ({ dealings }) =>
      dealings.some(({ supplyAfter, supplyBefore }) => supplyAfter > supplyBefore),
    );
    some("shares redeemed", ({ dealings }) =>
      dealings.some(({ supplyAfter, supplyBefore }) => supplyAfter < supplyBefore),
    );
    some("claims", ({ claims }) =>
      claims.some(({ cashClaimed, claimedShareUnits }) => cashClaimed > 0n && claimedShareUnits > 0n),
    );
  });
});
