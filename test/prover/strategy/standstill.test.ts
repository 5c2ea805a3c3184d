import { expect } from "chai";
import { MandateRefused } from "../../../prover/book/mandate.ts";
import { decide } from "../../../prover/strategy/decide.ts";
import { solveSleeve } from "../../../prover/strategy/meanVariance.ts";
import { bps } from "../../../prover/base/units.ts";
import {
  holding,
  LOOSE,
  perpSlot,
  situationOf,
  small as SMALL,
  snapshotOf,
  spotSlot,
  strategyOf,
} from "../../support/strategy.ts";

describe("A vault that stands still", () => {
  // A quarter of the book a time is more than the mandate lets it turn over. Halvings do not slow a retreat: nothing is
  // sent, ever.
  it("in defence, for ever: a retreat beyond the turnover limit is refused at every number of halvings", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, {}, { marginTriggerBps: 1_000n, defencePace: 32n });
    for (let halvings = 0; halvings <= 7; halvings++) {
      const situation = situationOf(SMALL, snapshot, holding(snapshot, { 1: 900n }, 1_000_000n), {
        halvings,
        mandate: { ...LOOSE, turnoverBps: bps(2_000n) },
      });
      const { mode, refused, order } = decide(SMALL, strategy, situation);
      expect(mode).to.equal("defend");
      expect(refused.map(({ row }) => row)).to.deep.equal(["turnover"]);
      expect(order.every((delta) => delta === 0n)).to.equal(true);
    }
  });

  it("and once margin is called there is no submission at all, until the book is opened", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, {}, { defencePace: 32n });
    const called = {
      ...LOOSE,
      turnoverBps: bps(2_000n),
      initialMarginBps: bps(1_000n),
      maintenanceMarginBps: bps(1_500n),
    };
    for (let halvings = 0; halvings <= 7; halvings++) {
      const situation = situationOf(SMALL, snapshot, holding(snapshot, { 1: 900n }, 1_000_000n), {
        halvings,
        mandate: called,
      });
      expect(() => decide(SMALL, strategy, situation)).to.throw(MandateRefused);
    }
  });

  // Its spot would pay for it hundreds of times, but stands in another group, which may lapse.
  it("called for margin, under its cash floor, with its perps in one group and its spot in another", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 3: perpSlot(1_000n) });
    const called = {
      ...LOOSE,
      cashFloorBps: bps(500n),
      initialMarginBps: bps(1_000n),
      maintenanceMarginBps: bps(1_500n),
    };
    const at = (cash: bigint) =>
      decide(
        SMALL,
        strategyOf(SMALL),
        situationOf(SMALL, snapshot, holding(snapshot, { 0: 900n, 3: -900n }, cash), { mandate: called }),
      );
    expect(() => at(40_000n)).to.throw(MandateRefused, "cash");
    expect(at(60_000n).mode).to.equal("defend");
  });

  // k reporters could: the oracle takes any lanes of correlation.
  it("where the correlations signed are no correlation matrix: the optimiser gives up and nothing is submitted", () => {
    expect(() =>
      solveSleeve({
        volatility: [80n, 80n, 80n, 80n],
        correlation: Array<bigint>(6).fill(-127n),
        viewsBps: [5_000n, 5_000n, 5_000n, 5_000n],
        riskTolerance: 128n,
        stressMix: 0n,
        budgetBps: 9_000n,
      }),
    ).to.throw(RangeError);
  });
});
