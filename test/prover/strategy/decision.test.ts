import { expect } from "chai";
import fc from "fast-check";
import { evaluateMandate, MandateRefused } from "../../../prover/book/mandate.ts";
import type { Profile } from "../../../prover/format/profile.ts";
import { decide } from "../../../prover/strategy/decide.ts";
import type { Decision, StrategySituation } from "../../../prover/strategy/decide.ts";
import type { StrategyParameters } from "../../../prover/strategy/parameters.ts";
import { noSignals } from "../../../prover/format/signals.ts";
import { bps, lots, microUsd } from "../../../prover/base/units.ts";
import {
  arbitrarySituation,
  arbitraryStrategy,
  DOLLAR,
  holding,
  LOOSE,
  optionSlot,
  perpSlot,
  situationOf,
  small,
  snapshotOf,
  spotSlot,
  standard,
  strategyOf,
} from "../../support/strategy.ts";

const listOf = (length: number, entries: Readonly<Record<number, bigint>>): bigint[] =>
  Array.from({ length }, (_, i) => entries[i] ?? 0n);
const flags = (profile: Profile, ...groups: number[]): boolean[] =>
  Array.from({ length: profile.groups }, (_, g) => groups.includes(g));
const MILLION = 1_000_000n;

/** One spot slot of 10 dollars a lot at slot 0. */
const oneSpot = (held: bigint, cash: bigint, more: Parameters<typeof spotSlot>[1] = {}): StrategySituation => {
  const snapshot = snapshotOf(small, { 0: spotSlot(10n, more) });
  return situationOf(small, snapshot, holding(snapshot, { 0: held }, cash));
};
const weight = (bps: bigint, band = 0n, more: Partial<Parameters<typeof strategyOf>[1]> = {}) =>
  strategyOf(small, { weightBps: listOf(4, { 0: bps }), weightBandBps: [band, 0n], ...more });

describe("the decided order", () => {
  describe("weights", () => {
    it("buys what a target lacks, in whole lots rounded towards nothing", () => {
      // 40 % of a million dollars less one are 39,999.96 lots.
      const { order } = decide(small, weight(4_000n), oneSpot(0n, MILLION - 1n));
      expect(order).to.deep.equal([39_999n, 0n, 0n, 0n]);
    });

    it("sells to the upper edge and buys to the lower edge of the band, not to its middle", () => {
      expect(decide(small, weight(4_000n, 100n), oneSpot(50_000n, MILLION / 2n)).order[0]).to.equal(-9_000n);
      expect(decide(small, weight(4_000n, 100n), oneSpot(10_000n, 900_000n)).order[0]).to.equal(29_000n);
    });

    it("trades nothing at the very edges of the band, and one lot beyond them", () => {
      const strategy = weight(4_000n, 100n);
      for (const held of [39_000n, 40_000n, 41_000n])
        expect(decide(small, strategy, oneSpot(held, MILLION - held * 10n)).order[0], `${held}`).to.equal(0n);
      expect(decide(small, strategy, oneSpot(38_999n, MILLION - 389_990n)).order[0]).to.equal(1n);
      expect(decide(small, strategy, oneSpot(41_001n, MILLION - 410_010n)).order[0]).to.equal(-1n);
    });

    it("goes the stated share of the way, and half of that for each halving", () => {
      const strategy = weight(4_000n, 0n, { speed: 32n });
      expect(decide(small, strategy, oneSpot(0n, MILLION)).order[0]).to.equal(10_000n);
      expect(decide(small, strategy, { ...oneSpot(0n, MILLION), halvings: 2 }).order[0]).to.equal(2_500n);
      expect(decide(small, strategy, { ...oneSpot(0n, MILLION), halvings: 7 }).order[0], "32 >> 7").to.equal(0n);
    });

    it("never takes more than its share of the liquidity, nor the mandate's", () => {
      const situation = oneSpot(0n, MILLION, { liquidity: lots(999n) });
      expect(decide(small, weight(4_000n, 0n, { participationBps: 1_000n }), situation).order[0]).to.equal(99n);
      const mandate = { ...LOOSE, participationBps: bps(500n) };
      const decision = decide(small, weight(4_000n, 0n, { participationBps: 1_000n }), { ...situation, mandate });
      expect(decision.order[0]).to.equal(49n);
      expect(decision.reasons[0]).to.deep.include({ wanted: 40_000n, clip: "participation" });
      expect(
        decide(small, weight(4_000n), oneSpot(0n, MILLION, { liquidity: lots(0n) })).order[0],
        "no liquidity",
      ).to.equal(0n);
    });

    it("stops at the position cap, and spot at nothing", () => {
      expect(decide(small, weight(4_000n), oneSpot(100n, MILLION, { positionCap: lots(150n) })).order[0]).to.equal(50n);
      expect(decide(small, weight(-4_000n), oneSpot(100n, MILLION)).order[0], "spot can't be short").to.equal(-100n);
      const snapshot = snapshotOf(small, { 1: perpSlot(10n) });
      const short = strategyOf(small, { weightBps: listOf(4, { 1: -4_000n }) });
      expect(
        decide(small, short, situationOf(small, snapshot, holding(snapshot, {}, MILLION))).order[1],
        "a perp can",
      ).to.equal(-40_000n);
    });

    it("counts capital without what redemptions wait for", () => {
      expect(
        decide(small, weight(4_000n), { ...oneSpot(0n, MILLION), cashWanted: microUsd(500_000n * DOLLAR) }).order[0],
      ).to.equal(20_000n);
      expect(
        decide(small, weight(4_000n), { ...oneSpot(100n, MILLION), cashWanted: microUsd(5n * MILLION * DOLLAR) })
          .order[0],
        "more than all",
      ).to.equal(-100n);
    });

    it("only sells what it holds while cash is below the floor, so that the sale is not held back with the rest", () => {
      const snapshot = snapshotOf(small, { 0: spotSlot(10n), 1: perpSlot(10n), 2: spotSlot(10n) });
      const strategy = strategyOf(small, { weightBps: listOf(4, { 0: 9_000n, 1: 500n }) });
      const settlement = holding(snapshot, { 0: 80_000n, 2: 19_000n }, 10_000n);
      const decision = decide(
        small,
        strategy,
        situationOf(small, snapshot, settlement, { mandate: { ...LOOSE, cashFloorBps: bps(200n) } }),
      );
      expect(decision.order).to.deep.equal([0n, 0n, -19_000n, 0n]);
      expect(decision.reasons.slice(0, 2).map(({ clip }) => clip)).to.deep.equal(["cash", "cash"]);
      const flush = decide(
        small,
        strategy,
        situationOf(small, snapshot, settlement, { mandate: { ...LOOSE, cashFloorBps: bps(100n) } }),
      );
      expect(flush.reasons[0]!.order, "at the floor exactly").to.equal(10_000n);
    });

    it("leaves an empty slot alone, whatever its weight", () => {
      const snapshot = snapshotOf(small, {});
      expect(
        decide(small, weight(4_000n), situationOf(small, snapshot, holding(snapshot, {}, MILLION))).order,
      ).to.deep.equal([0n, 0n, 0n, 0n]);
    });
  });

  describe("delta hedge", () => {
    const hedged = (band: bigint, target = 0n, more = {}): StrategyParameters =>
      strategyOf(
        small,
        { weightBps: listOf(4, { 0: 4_000n }), deltaBps: [target, 0n], deltaBandBps: [band, 0n], ...more },
        { hedgesDelta: flags(small, 0) },
      );
    const market = (spot: bigint, perp: bigint): StrategySituation => {
      const snapshot = snapshotOf(small, { 0: spotSlot(10n), 1: perpSlot(20n) });
      return situationOf(small, snapshot, holding(snapshot, { 0: spot, 1: perp }, MILLION - spot * 10n));
    };

    it("takes the group's delta, the order's own spot included, to the edge of the band", () => {
      const decision = decide(small, hedged(100n), market(0n, 0n));
      expect(decision.order.slice(0, 2)).to.deep.equal([40_000n, -19_500n]);
      expect(decision.reasons[1]!.role).to.equal("perp");
    });

    it("does nothing within the band, and is not slowed by the strategy's speed", () => {
      expect(decide(small, hedged(100n), market(40_000n, -19_600n)).order[1]).to.equal(0n);
      expect(decide(small, hedged(100n, 0n, { speed: 1n }), market(40_000n, -10_000n)).order[1]).to.equal(-9_500n);
    });

    it("aims at a delta of its own where one is set", () => {
      expect(decide(small, hedged(0n, -1_000n), market(40_000n, -20_000n)).order[1]).to.equal(-5_000n);
    });
  });

  describe("options", () => {
    const table = { gammaBps: [50n, 0n, 0n, 0n], vegaBps: [20n, 0n, 0n, 0n] };
    const strategy = (more = {}, rest: Partial<StrategyParameters> = {}): StrategyParameters =>
      strategyOf(standard, { ...table, ...more }, { tradesOptions: flags(standard, 0), ...rest });
    const market = (
      a = optionSlot(10n, 2n),
      b = optionSlot(2n, 10n),
      held: Readonly<Record<number, bigint>> = {},
      more: Partial<StrategySituation> = {},
      cash = MILLION,
    ): StrategySituation => {
      const snapshot = snapshotOf(standard, { 0: spotSlot(1_000n), 1: perpSlot(1_000n), 2: a, 3: b });
      return situationOf(standard, snapshot, holding(snapshot, held, cash), more);
    };

    it("solves the two gaps with both options", () => {
      // 10a + 2b = 5,000 and 2a + 10b = 2,000.
      expect(decide(standard, strategy(), market()).order.slice(2, 4)).to.deep.equal([479n, 104n]);
    });

    it("trades towards the edge of the band only, and nothing inside both", () => {
      expect(
        decide(
          standard,
          strategy({ gammaBandBps: [50n, 0n, 0n, 0n], vegaBandBps: [20n, 0n, 0n, 0n] }),
          market(),
        ).order.slice(2, 4),
      ).to.deep.equal([0n, 0n]);
      // 10a + 2b = 4,000 and 2a + 10b = 0.
      expect(
        decide(
          standard,
          strategy({ gammaBandBps: [10n, 0n, 0n, 0n], vegaBandBps: [20n, 0n, 0n, 0n] }),
          market(),
        ).order.slice(2, 4),
      ).to.deep.equal([416n, -83n]);
    });

    it("looks at the options of a group in its turn only", () => {
      for (const epoch of [1n, 2n, 3n, 5n])
        expect(
          decide(standard, strategy(), market(undefined, undefined, {}, { epoch })).order.every(
            (delta) => delta === 0n,
          ),
          `${epoch}`,
        ).to.equal(true);
      expect(decide(standard, strategy(), market(undefined, undefined, {}, { epoch: 4n })).order[2]).to.equal(479n);
    });

    it("serves gamma with the first option where the two are one", () => {
      expect(
        decide(standard, strategy(), market(optionSlot(10n, 5n), optionSlot(10n, 5n))).order.slice(2, 4),
        "det = 0",
      ).to.deep.equal([500n, 0n]);
      expect(
        decide(standard, strategy(), market(optionSlot(100n, 50n), optionSlot(99n, 50n))).order.slice(2, 4),
        "det small",
      ).to.deep.equal([50n, 0n]);
    });

    it("counts a condition of exactly a sixteenth as good enough", () => {
      // det = 17·10 − 15·10 = 20, products 320.
      const decision = decide(standard, strategy(), market(optionSlot(17n, 10n), optionSlot(15n, 10n)));
      expect(decision.reasons[3]!.wanted).to.equal((2_000n * 17n - 5_000n * 10n) / 20n);
    });

    it("closes an option that is about to expire and moves its gamma to the other", () => {
      const signals = { ...noSignals(standard), daysToExpiry: noSignals(standard).daysToExpiry.with(0, 2n) };
      const decision = decide(standard, strategy(), market(undefined, undefined, { 2: 500n }, { signals }, 975_000n));
      // Without the 500 lots gamma lacks 5,000 dollars: 2,500 lots of the other.
      expect(decision.order.slice(2, 4)).to.deep.equal([-500n, 2_500n]);
      const later = { ...signals, daysToExpiry: signals.daysToExpiry.with(0, 3n) };
      expect(
        decide(standard, strategy(), market(undefined, undefined, { 2: 500n }, { signals: later })).order[2],
        "three days are enough",
      ).to.not.equal(-500n);
    });

    it("uses no option at expiry, nor an empty slot", () => {
      expect(
        decide(standard, strategy(), market(optionSlot(0n, 0n), optionSlot(2n, 10n))).order.slice(2, 4),
      ).to.deep.equal([0n, 2_500n]);
      expect(
        decide(standard, strategy(), market(optionSlot(0n, 0n), optionSlot(0n, 0n))).order.slice(2, 4),
      ).to.deep.equal([0n, 0n]);
    });

    describe("held at a weight in a group that hedges", () => {
      const PUT = { delta: microUsd(-300n * DOLLAR), value: microUsd(20n * DOLLAR) };
      const listed = (more: Parameters<typeof optionSlot>[2] = PUT, perp = perpSlot(1_000n)) =>
        snapshotOf(standard, { 0: spotSlot(1_000n), 1: perp, 2: optionSlot(10n, 10n, more) });
      const byWeight = (weightBps: bigint): StrategyParameters =>
        strategyOf(
          standard,
          { weightBps: listOf(standard.slots, { 2: weightBps }) },
          { hedgesDelta: flags(standard, 0) },
        );
      /** What a vault worth a million dollars decides. */
      const decided = (strategy: StrategyParameters, snapshot = listed(), held: Record<number, bigint> = {}) => {
        const positions = holding(snapshot, held, 0n).nav / DOLLAR;
        const settlement = holding(snapshot, held, MILLION - positions);
        return decide(standard, strategy, situationOf(standard, snapshot, settlement)).order.slice(0, 4);
      };

      it("are hedged at their delta: a put that is sold with perps sold, a call that is bought with as many of its delta", () => {
        // Puts of 500,000 dollars of notional: 500 lots, each with a delta of −300 dollars.
        expect(decided(byWeight(-5_000n))).to.deep.equal([0n, -150n, -500n, 0n]);
        expect(decided(byWeight(5_000n), listed({ delta: microUsd(250n * DOLLAR) }))).to.deep.equal([
          0n,
          -125n,
          500n,
          0n,
        ]);
      });

      it("need no hedge but for what they change: those held before count at their delta too", () => {
        expect(decided(byWeight(-5_000n), listed(), { 1: -60n, 2: -200n })).to.deep.equal([0n, -90n, -300n, 0n]);
      });

      it("are not hedged by what is no perp: such a slot is held at its weight", () => {
        const call = optionSlot(5n, 5n, { delta: microUsd(400n * DOLLAR) });
        expect(decided(byWeight(-5_000n), listed(PUT, call))).to.deep.equal([0n, 0n, -500n, 0n]);
      });

      it("leave the group's delta within a perp's lot of its target, whatever their deltas", () => {
        fc.assert(
          fc.property(
            fc.array(fc.tuple(fc.bigInt(-1_000n, 1_000n), fc.bigInt(-3_000n, 3_000n)), { minLength: 2, maxLength: 2 }),
            ([first, second]) => {
              const snapshot = snapshotOf(standard, {
                0: spotSlot(1_000n),
                1: perpSlot(1_000n),
                2: optionSlot(1n, 1n, { delta: microUsd(first![0] * DOLLAR) }),
                3: optionSlot(1n, 1n, { delta: microUsd(second![0] * DOLLAR) }),
              });
              const strategy = strategyOf(
                standard,
                { weightBps: listOf(standard.slots, { 2: first![1], 3: second![1] }) },
                { hedgesDelta: flags(standard, 0) },
              );
              const order = decided(strategy, snapshot);
              const left = order.reduce((sum, lots, i) => sum + lots * snapshot.slots[i]!.delta, 0n);
              expect(left > -1_000n * DOLLAR && left < 1_000n * DOLLAR, `${left} µUSD`).to.equal(true);
            },
          ),
        );
      });
    });

    it("hedges the delta that the options bring in the same order", () => {
      const decision = decide(standard, strategy({}, { hedgesDelta: flags(standard, 0) }), market());
      expect(decision.order.slice(0, 4)).to.deep.equal([0n, -291n, 479n, 104n]);
    });
  });

  describe("defence", () => {
    /** Outside its gross limit, for one epoch more than the mandate bears. */
    const overdue = (situation: StrategySituation): StrategySituation => ({
      ...situation,
      mandate: { ...LOOSE, grossBps: bps(10n) },
      settlement: { ...situation.settlement, breachSince: situation.epoch - LOOSE.breachEpochs - 1n },
    });
    const pair = (
      spot: Parameters<typeof spotSlot>[1] = {},
      perp: Parameters<typeof spotSlot>[1] = {},
    ): StrategySituation => {
      const snapshot = snapshotOf(small, { 0: spotSlot(10n, spot), 1: perpSlot(10n, perp) });
      return situationOf(small, snapshot, holding(snapshot, { 0: 1_001n, 1: -1_001n }, MILLION));
    };

    it("closes every position by the same share, rounded up, once a breach is old", () => {
      const decision = decide(small, weight(5_000n), overdue(pair()));
      expect(decision.mode).to.equal("defend");
      expect(decision.order).to.deep.equal([-251n, 251n, 0n, 0n]);
    });

    it("goes no faster than the least liquid slot, so that hedged legs stay hedged", () => {
      expect(decide(small, weight(5_000n), overdue(pair({}, { liquidity: lots(100n) }))).order).to.deep.equal([
        -100n,
        100n,
        0n,
        0n,
      ]);
    });

    it("does not wait for a slot that can't trade at all", () => {
      expect(decide(small, weight(5_000n), overdue(pair({ liquidity: lots(0n) }, {}))).order).to.deep.equal([
        0n,
        251n,
        0n,
        0n,
      ]);
    });

    it("is not for a book that is inside every row, however long it was outside", () => {
      const inside = { ...overdue(pair()), mandate: { ...LOOSE, deltaBps: bps(100n) } };
      expect(decide(small, weight(5_000n), inside)).to.deep.include({ mode: "trade" });
      expect(decide(small, weight(5_000n), inside).report.breachSince).to.equal(0n);
      const stuck = { ...overdue(pair({ liquidity: lots(0n) })), mandate: inside.mandate };
      expect(decide(small, weight(5_000n), stuck).mode).to.equal("trade");
    });

    it("begins with the first epoch that is one too many, counted from the one that found the breach", () => {
      const found = (epochs: bigint): StrategySituation => {
        const situation = overdue(pair());
        const breachSince = epochs === 0n ? 0n : situation.epoch - epochs;
        return { ...situation, settlement: { ...situation.settlement, breachSince } };
      };
      const modes = [0n, 1n, LOOSE.breachEpochs, LOOSE.breachEpochs + 1n, 90n].map(
        (epochs) => decide(small, weight(0n), found(epochs)).mode,
      );
      expect(modes).to.deep.equal(["trade", "trade", "trade", "defend", "defend"]);
    });

    it("starts from the margin the strategy names, before the mandate asks", () => {
      // Spot of 10,010 dollars loses a fifth; the margin is 2,002 of 1,010,010 dollars, 19.8 bps.
      const alone = oneSpot(1_001n, MILLION);
      const trigger = (marginTriggerBps: bigint): StrategyParameters => ({ ...weight(5_000n), marginTriggerBps });
      expect(decide(small, trigger(20n), alone).mode).to.equal("trade");
      const early = decide(small, trigger(19n), alone);
      expect(early.mode).to.equal("defend");
      expect(early.order[0]).to.equal(-251n);
    });

    it("says so where the mandate asks for a reduction that no liquidity allows", () => {
      const stuck = overdue(oneSpot(90_000n, 100_000n, { liquidity: lots(0n) }));
      expect(() =>
        decide(small, weight(0n), { ...stuck, mandate: { ...LOOSE, concentrationBps: bps(5_000n) } }),
      ).to.throw(MandateRefused);
    });
  });

  describe("the mandate's last word", () => {
    const mandate = { ...LOOSE, turnoverBps: bps(1_000n) };

    it("holds an order back that breaks a row, names it, and tries at half the pace next time until it fits", () => {
      let situation: StrategySituation = { ...oneSpot(0n, MILLION), mandate };
      const tried: [bigint, number][] = [];
      for (let i = 0; i < 4; i++) {
        const decision: Decision = decide(small, weight(4_000n), situation);
        tried.push([decision.order[0]!, decision.halvings]);
        if (decision.order[0] === 0n) expect(decision.refused.map(({ row }) => row)).to.deep.equal(["turnover"]);
        situation = { ...situation, halvings: decision.halvings };
      }
      expect(tried).to.deep.equal([
        [0n, 1],
        [0n, 2],
        [10_000n, 1],
        [0n, 2],
      ]);
    });

    it("halves seven times at most, and not at all while nothing may be sent", () => {
      expect(
        decide(small, weight(4_000n), {
          ...oneSpot(0n, MILLION),
          mandate: { ...mandate, turnoverBps: bps(0n) },
          halvings: 7,
        }).halvings,
      ).to.equal(7);
      for (const state of [{ halted: true }, { outflow: true }]) {
        const decision = decide(small, weight(4_000n), { ...oneSpot(0n, MILLION), ...state, halvings: 3 });
        expect(decision).to.deep.include({ mode: "idle", halvings: 3 });
        expect(decision.order.every((delta) => delta === 0n)).to.equal(true);
      }
    });

    it("sends nothing for an insolvent vault", () => {
      const snapshot = snapshotOf(small, { 0: spotSlot(10n) });
      expect(decide(small, weight(4_000n), situationOf(small, snapshot, holding(snapshot, {}, -1n))).mode).to.equal(
        "idle",
      );
    });
  });

  for (const profile of [small, standard]) {
    it(`obeys the mandate in any situation, or refuses with a reason (${profile.name})`, () => {
      fc.assert(
        fc.property(arbitraryStrategy(profile), arbitrarySituation(profile), (strategy, situation) => {
          let decision: Decision;
          try {
            decision = decide(profile, strategy, situation);
          } catch (error) {
            if (!(error instanceof MandateRefused)) throw error;
            const idle = evaluateMandate(profile, {
              ...situation,
              order: situation.settlement.positions.map(() => lots(0n)),
            });
            expect(idle.strict, "only a strict mandate refuses").to.equal(true);
            return;
          }
          expect(
            evaluateMandate(profile, { ...situation, order: decision.order }).rows.filter(
              ({ verdict }) => verdict === "refused",
            ),
          ).to.deep.equal([]);
          // A function: the same again.
          expect(decide(profile, strategy, situation)).to.deep.equal(decision);
          for (const { slot, wanted, order } of decision.reasons) {
            expect(order === 0n || order > 0n === wanted > 0n, `slot ${slot} turns`).to.equal(true);
            expect((order < 0n ? -order : order) <= (wanted < 0n ? -wanted : wanted), `slot ${slot} grows`).to.equal(
              true,
            );
          }
        }),
        { numRuns: profile === small ? 300 : 150, seed: 4 },
      );
    });
  }
});
