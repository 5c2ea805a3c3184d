import { expect } from "chai";
import fc from "fast-check";
import { absolute, soft } from "../../prover/base/integers.ts";
import { solveSleeve, WEIGHT_SHIFT } from "../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../prover/strategy/meanVariance.ts";
import { regimeOf, regimeScores } from "../../prover/strategy/network.ts";
import { MandateRefused } from "../../prover/book/mandate.ts";
import { ProvingError } from "../../prover/proving/errors.ts";
import { lots } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import { insistOn, requestFor } from "../support/adherence.ts";
import { Circuit } from "../support/circuit.ts";
import { SMALL, smallDecision } from "../support/rebalance.ts";
import { packSlot } from "../../prover/format/lanes.ts";
import { decide } from "../../prover/strategy/decide.ts";
import { noSignals } from "../../prover/format/signals.ts";
import type { SnapshotSlot } from "../../prover/format/transcript.ts";
import {
  arbitraryNetwork,
  arbitrarySignals,
  arbitrarySituation,
  arbitraryStrategy,
  holding,
  optionSlot,
  perpSlot,
  situationOf,
  snapshotOf,
  spotSlot,
  standard,
  strategyOf,
} from "../support/strategy.ts";
import { bit, integer, list, natural, word, wrap } from "./templates/template.ts";

/** Many cases of each template at the standard size: the circuit takes the prover's result and no neighbour of it. */
const RUNS = process.env["TACIT_SLOW"] === undefined ? 40 : 10_000;
/** Some four in five of these runs have a submission. */
const WHOLE_RUNS = process.env["TACIT_SLOW"] === undefined ? 60 : 13_000;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const within = (low: bigint, high: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: low, max: high });

describe("The strategy's templates and the prover", function () {
  this.timeout((RUNS + WHOLE_RUNS) * 200 + 240_000);

  it("find the same regime", () => {
    const circuit = new Circuit(
      wrap(
        "strategy/regime.circom",
        "Regime()",
        {
          "network.hidden": list(96, integer(7)),
          "network.outputs": list(48, integer(7)),
          "network.bias": list(16, integer(14)),
          features: list(8, integer(11)),
        },
        [["out", 4]],
      ),
    );
    const features = fc.array(fc.oneof(within(-2_047n, 2_047n), fc.constantFrom(-2_047n, 0n, 2_047n)), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(arbitraryNetwork(), features, (network, seen) => {
        const regime = regimeOf(regimeScores(network, seen));
        const inputs = {
          network_hidden: network.hidden.flat(),
          network_outputs: network.output.flat(),
          network_bias: [...network.hiddenBias, ...network.outputBias],
          features: seen,
        };
        expect(circuit.run(inputs).slice(0, 4)).to.deep.equal([0n, 0n, 0n, 0n].with(regime, 1n));
      }),
      { numRuns: RUNS, seed: 21 },
    );
  });

  it("hold the same sleeve, and none with a basis point more or less", () => {
    const circuit = new Circuit(
      wrap(
        "strategy/sleeve.circom",
        "Sleeve(8)",
        {
          volatility: list(8, natural(9)),
          correlation: list(28, integer(7)),
          viewsBps: list(8, integer(14)),
          riskTolerance: natural(12),
          stressMix: natural(3),
          budgetBps: natural(14),
          weights: list(8, word),
          price: word,
        },
        [["wholeBps", 8]],
      ),
    );
    const problems = fc.tuple(
      arbitrarySignals(standard),
      fc.record({
        viewsBps: fc.array(fc.oneof(within(-8_000n, 12_000n), fc.constantFrom(-16_383n, 0n, 16_383n)), {
          minLength: 8,
          maxLength: 8,
        }),
        riskTolerance: fc.oneof(within(0n, 600n), within(0n, 4_095n)),
        stressMix: within(0n, 7n),
        budgetBps: fc.oneof(within(0n, 10_000n), fc.constantFrom(0n, 10_000n)),
      }),
    );
    fc.assert(
      fc.property(problems, fc.nat(7), fc.constantFrom(1n, -1n), ([{ volatility, correlation }, terms], at, side) => {
        const problem: SleeveProblem = { volatility, correlation, ...terms };
        const { weights, price } = solveSleeve(problem);
        const inputs = (list: readonly bigint[]) => ({
          volatility,
          correlation,
          viewsBps: problem.viewsBps,
          riskTolerance: problem.riskTolerance,
          stressMix: problem.stressMix,
          budgetBps: problem.budgetBps,
          weights: [...list],
          price,
        });
        expect(circuit.run(inputs(weights)).slice(0, 8)).to.deep.equal(weights.map((w) => w >> WEIGHT_SHIFT));
        expect(() => circuit.prove(inputs(weights.with(at, weights[at]! + side * (1n << WEIGHT_SHIFT))))).to.throw();
      }),
      { numRuns: RUNS, seed: 22 },
    );
  });

  it("trade the same options: the system, one for gamma alone, rolling, at expiry, and not by a lot more or less", () => {
    const circuit = new Circuit(
      wrap("strategy/options.circom", "OptionOrders()", {
        ...Object.fromEntries(
          [0, 1].flatMap((k) =>
            ["rows", "held", "order", "magnitude", "direction", "clipped"].map(
              (name) => [`options[${k}].${name}`, word] as const,
            ),
          ),
        ),
        "options[0].days": natural(7),
        "options[1].days": natural(7),
        gamma: integer(49),
        vega: integer(49),
        gammaTarget: integer(64),
        vegaTarget: integer(64),
        gammaBand: natural(64),
        vegaBand: natural(64),
        pace: natural(8),
        rollDays: natural(7),
      }),
    );
    const lane = fc.oneof({ weight: 6, arbitrary: within(0n, 40n) }, { weight: 1, arbitrary: fc.constant(0n) });
    const option = fc.record({ gamma: lane, vega: lane, held: within(-2_000n, 2_000n), days: within(0n, 6n) });
    const lanes = fc.record({
      gamma: within(-300n, 300n),
      vega: within(-300n, 300n),
      gammaBand: within(0n, 200n),
      vegaBand: within(0n, 200n),
    });
    fc.assert(
      fc.property(
        option,
        option,
        lanes,
        within(0n, 128n),
        fc.constantFrom(0, 1),
        fc.constantFrom(1n, -1n),
        (a, b, { gamma, vega, gammaBand, vegaBand }, speed, at, side) => {
          const [first, second] = [a, b].map(({ gamma, vega }) => optionSlot(gamma, vega)) as [
            SnapshotSlot,
            SnapshotSlot,
          ];
          // Options may be short, those without gamma too.
          const snapshot = {
            ...snapshotOf(standard, { 0: spotSlot(1_000n), 1: perpSlot(1_000n), 2: first, 3: second }),
            mayBeShort: Array<boolean>(standard.slots).fill(true),
          };
          const settlement = holding(snapshot, { 2: a.held, 3: b.held }, 5_000_000n);
          const only = (value: bigint): bigint[] => [value, 0n, 0n, 0n];
          const strategy = strategyOf(
            standard,
            {
              gammaBps: only(gamma),
              vegaBps: only(vega),
              gammaBandBps: only(gammaBand),
              vegaBandBps: only(vegaBand),
              speed,
            },
            { tradesOptions: [true, false, false, false] },
          );
          const signals = {
            ...noSignals(standard),
            daysToExpiry: noSignals(standard).daysToExpiry.with(0, a.days).with(1, b.days),
          };
          const situation = situationOf(standard, snapshot, settlement, { signals });
          const { reasons } = decide(standard, strategy, situation);
          const orders = [reasons[2]!, reasons[3]!];
          const total = (of: "gamma" | "vega"): bigint => a.held * first[of] + b.held * second[of];
          const inputs = (list: readonly bigint[]) => ({
            ...(Object.assign(
              {},
              ...[a, b].map((one, k) => ({
                [`options_${k}_rows`]: packSlot({
                  ...[first, second][k]!,
                  stress: [first, second][k]!.stress.slice(0, 1),
                })[0]!,
                [`options_${k}_days`]: one.days,
                [`options_${k}_held`]: one.held,
                [`options_${k}_order`]: list[k]!,
                [`options_${k}_magnitude`]: absolute(list[k]!),
                [`options_${k}_direction`]: (list[k] === 0n ? orders[k]!.towards : list[k]!) >= 0n ? 1n : 0n,
                [`options_${k}_clipped`]: orders[k]!.clip === undefined ? 0n : 1n,
              })),
            ) as Record<string, bigint>),
            gamma: total("gamma"),
            vega: total("vega"),
            gammaTarget: gamma * settlement.capital,
            vegaTarget: vega * settlement.capital,
            gammaBand: gammaBand * settlement.capital,
            vegaBand: vegaBand * settlement.capital,
            pace: speed,
            rollDays: 3n,
          });
          const decided = orders.map(({ order }) => order);
          circuit.run(inputs(decided));
          if (orders.every(({ clip }) => clip === undefined))
            expect(() => circuit.prove(inputs(decided.with(at, decided[at]! + side)))).to.throw();
        },
      ),
      { numRuns: RUNS, seed: 24 },
    );
  });

  it("close the same gap, and not by a lot more or less", () => {
    const circuit = new Circuit(
      wrap("strategy/orders.circom", "SlotOrder()", {
        "move.held": word,
        "move.heldIsLong": bit,
        "move.heldMagnitude": natural(40),
        "move.order": word,
        "move.isBuy": bit,
        "move.magnitude": natural(31),
        "move.isNone": bit,
        "move.after": word,
        "move.afterIsLong": bit,
        direction: bit,
        clipped: bit,
        atParticipation: bit,
        trades: bit,
        retreats: bit,
        part: word,
        of: word,
        notional: word,
        traded: word,
        gap: word,
        band: word,
      }),
    );
    const cases = fc.record({
      lots: within(-(1n << 20n), 1n << 20n),
      notional: fc.oneof(within(1n, 1n << 26n), fc.constant(1n), fc.constant(0n)),
      rest: within(0n, 1n << 40n),
      band: fc.oneof(within(0n, 1n << 50n), fc.constant(0n)),
      pace: within(0n, 128n),
    });
    fc.assert(
      fc.property(cases, ({ lots, notional, rest, band, pace }) => {
        const gap = lots * notional * 10_000n + (lots < 0n ? -rest - band : rest + band);
        const order = notional === 0n ? 0n : (soft(gap, band) * pace) / (1_280_000n * notional);
        if (absolute(order) >= 1n << 31n) return;
        const inputs = (delta: bigint) => ({
          move_held: 0n,
          move_heldIsLong: 1n,
          move_heldMagnitude: 0n,
          move_order: delta,
          move_isBuy: delta >= 0n ? 1n : 0n,
          move_magnitude: absolute(delta),
          move_isNone: delta === 0n ? 1n : 0n,
          move_after: delta,
          move_afterIsLong: delta >= 0n ? 1n : 0n,
          direction: (delta === 0n ? gap : delta) >= 0n ? 1n : 0n,
          clipped: 0n,
          atParticipation: 0n,
          trades: 1n,
          retreats: 0n,
          part: 0n,
          of: 0n,
          notional,
          traded: absolute(delta) * notional,
          gap: gap * pace,
          band: band * pace,
        });
        circuit.run(inputs(order));
        for (const forged of [order + 1n, order - 1n]) expect(() => circuit.prove(inputs(forged))).to.throw();
      }),
      { numRuns: RUNS, seed: 23 },
    );
  });

  for (const [name, sleeve] of [
    ["regime table", false],
    ["mean-variance sleeve", true],
  ] as const) {
    it(`decide alike with a ${name}: the whole of a submission's decision, and none with another order`, () => {
      const circuit = smallDecision();
      const { groups, slots } = SMALL;
      const seen = new Set<string>();
      let count = 0;
      const strategies = arbitraryStrategy(SMALL).map((strategy) => ({
        ...strategy,
        regimes: strategy.regimes.map((table) =>
          sleeve
            ? { ...table, sleeveBps: larger(table.sleeveBps, 500n), weightBps: table.weightBps.map(() => 0n) }
            : { ...table, sleeveBps: 0n },
        ),
      }));
      fc.assert(
        fc.property(
          strategies,
          arbitrarySituation(SMALL),
          fc.nat(slots - 1),
          fc.constantFrom(1n, -1n),
          (strategy, situation, slot, by) => {
            const request = requestFor(SMALL, strategy, { ...situation, halted: situation.epoch % 13n === 0n });
            let built: BuiltSubmission;
            try {
              built = buildSubmission(request);
            } catch (error) {
              // A book that has to shrink and can't has no submission.
              if (error instanceof MandateRefused) return;
              throw error;
            }
            count++;
            const { decision, inputs } = built;
            circuit.prove(inputs);
            for (const [k, { clip }] of decision.reasons.entries())
              if (clip !== undefined) seen.add(`${clip}, slot ${k % groups}`);
            seen.add(decision.refused.length > 0 ? `${decision.mode}, refused` : decision.mode);
            const forged = insistOn(request, decision.order.with(slot, lots(decision.order[slot]! + by)));
            expect(() => circuit.prove(forged.inputs)).to.throw(ProvingError);
          },
        ),
        { numRuns: WHOLE_RUNS, seed: 25 },
      );
      expect([...seen], `${count} submissions`).to.include.members(["trade", "defend", "idle"]);
      expect([...seen].some((name) => name.endsWith("refused"))).to.equal(true);
      expect(count).to.be.above(WHOLE_RUNS / 2);
    });
  }
});
