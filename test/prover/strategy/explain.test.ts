import { expect } from "chai";
import fc from "fast-check";
import { MandateRefused } from "../../../prover/book/mandate.ts";
import { type Decision, decide } from "../../../prover/strategy/decide.ts";
import { explain } from "../../../prover/strategy/explain.ts";
import {
  arbitrarySituation,
  arbitraryStrategy,
  holding,
  situationOf,
  small,
  snapshotOf,
  spotSlot,
  standard,
  strategyOf,
} from "../../support/strategy.ts";

const absolute = (x: bigint): bigint => (x < 0n ? -x : x);

describe("What explains a decision", () => {
  it("gives exposures, targets and bands in bps of what may be invested", () => {
    const snapshot = snapshotOf(small, { 0: spotSlot(10n), 1: spotSlot(20n) });
    const strategy = strategyOf(small, { weightBps: [5_000n, 1_000n, 0n, 0n], weightBandBps: [100n, 0n], speed: 64n });
    const situation = situationOf(small, snapshot, holding(snapshot, { 0: 30_000n }, 700_000n));
    const { slots, baseMicroUsd, mode } = explain(small, strategy, situation, decide(small, strategy, situation));
    expect([mode, baseMicroUsd]).to.deep.equal(["trade", 10n ** 12n]);
    expect(slots).to.deep.equal([
      {
        slot: 0,
        role: "weight",
        heldLots: 30_000n,
        exposureBps: 3_000n,
        targetBps: 5_000n,
        bandBps: 100n,
        wantedLots: 9_500n,
        decidedLots: 9_500n,
        sentLots: 9_500n,
      },
      {
        slot: 1,
        role: "weight",
        heldLots: 0n,
        exposureBps: 0n,
        targetBps: 1_000n,
        bandBps: 100n,
        wantedLots: 2_250n,
        decidedLots: 2_250n,
        sentLots: 2_250n,
      },
    ]);
  });

  it("names what is sent, limit by limit: every other order than the wanted one has a reason", () => {
    for (const profile of [small, standard]) {
      fc.assert(
        fc.property(arbitraryStrategy(profile), arbitrarySituation(profile), (strategy, situation) => {
          let decision: Decision;
          try {
            decision = decide(profile, strategy, situation);
          } catch (error) {
            if (error instanceof MandateRefused) return;
            throw error;
          }
          const { slots, refused, mode, greeks } = explain(profile, strategy, situation, decision);
          expect(slots.map(({ slot, sentLots }) => [slot, sentLots])).to.deep.equal(
            decision.order.flatMap((lots, slot) =>
              situation.snapshot.slots[slot]!.notional === 0n && situation.settlement.positions[slot] === 0n
                ? []
                : [[slot, lots]],
            ),
          );
          for (const { wantedLots, decidedLots, sentLots, clip } of slots) {
            if (clip === undefined) expect(decidedLots).to.equal(wantedLots);
            else if (mode === "trade") expect(absolute(decidedLots) < absolute(wantedLots)).to.equal(true);
            if (refused.length === 0) expect(sentLots).to.equal(decidedLots);
            else expect(sentLots).to.equal(0n);
          }
          for (const { nowBps, afterBps } of greeks)
            if (decision.order.every((lots) => lots === 0n)) expect(afterBps).to.equal(nowBps);
        }),
        { numRuns: 150, seed: 11 },
      );
    }
  });
});
