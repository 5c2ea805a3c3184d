import { expect } from "chai";
import fc from "fast-check";
import { soft } from "../../prover/integers.ts";
import { solveSleeve, WEIGHT_SHIFT } from "../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../prover/strategy/meanVariance.ts";
import { regimeOf, regimeScores } from "../../prover/strategy/network.ts";
import { strategyWords } from "../../prover/strategy/parameters.ts";
import { Circuit } from "../support/circuit.ts";
import { arbitraryNetwork, arbitrarySignals, small, standard, strategyOf } from "../support/strategy.ts";
import { bit, integer, list, natural, word, wrap } from "./templates/template.ts";

/** Many cases of each template at the standard size: the circuit takes the prover's result and no neighbour of it. */
const RUNS = process.env["TACIT_SLOW"] === undefined ? 40 : 10_000;
const within = (low: bigint, high: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: low, max: high });

describe("The strategy's templates and the prover", function () {
  this.timeout(RUNS * 200 + 60_000);

  it("find the same regime, from the words that are committed to", () => {
    const circuit = new Circuit({
      includes: ["lib/regime.circom"],
      template: "Harness()",
      inputs: ["words", "features", "chosen"],
      body: `template Harness() {
        signal input words[6];
        signal input features[8];
        signal input chosen[4];
        signal {maxAbs} ranged[8];
        ranged.maxAbs = 2047;
        ranged <== features;
        component network = ReadRegimeNetwork();
        network.words <== words;
        component scores = RegimeScores();
        scores.network <== network.out;
        scores.features <== ranged;
        _ <== FirstLargest(4)(scores.out, chosen);
      }`,
    });
    const features = fc.array(fc.oneof(within(-2_047n, 2_047n), fc.constantFrom(-2_047n, 0n, 2_047n)), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(arbitraryNetwork(), features, fc.nat(3), (network, seen, other) => {
        const words = strategyWords(strategyOf(small, {}, { network })).slice(0, 6);
        const regime = regimeOf(regimeScores(network, seen));
        const inputs = (at: number) => ({ words, features: seen, chosen: [0n, 0n, 0n, 0n].with(at, 1n) });
        circuit.run(inputs(regime));
        if (other !== regime) expect(() => circuit.prove(inputs(other))).to.throw();
      }),
      { numRuns: RUNS, seed: 21 },
    );
  });

  it("hold the same sleeve, and none with a basis point more or less", () => {
    const circuit = new Circuit(
      wrap("lib/sleeve.circom", "Sleeve(8)", {
        volatility: list(8, natural(9)), correlation: list(28, integer(7)), views: list(8, integer(14)), riskTolerance: natural(12), stressMix: natural(3), budgetBps: natural(14),
        weights: list(8, word), price: word,
      }, [["bps", 8]]),
    );
    const problems = fc.tuple(arbitrarySignals(standard), fc.record({
      viewsBps: fc.array(fc.oneof(within(-8_000n, 12_000n), fc.constantFrom(-16_383n, 0n, 16_383n)), { minLength: 8, maxLength: 8 }),
      riskTolerance: fc.oneof(within(0n, 600n), within(0n, 4_095n)), stressMix: within(0n, 7n), budgetBps: fc.oneof(within(0n, 10_000n), fc.constantFrom(0n, 10_000n)),
    }));
    fc.assert(
      fc.property(problems, fc.nat(7), fc.constantFrom(1n, -1n), ([{ volatility, correlation }, terms], at, side) => {
        const problem: SleeveProblem = { volatility, correlation, ...terms };
        const { weights, price } = solveSleeve(problem);
        const inputs = (list: readonly bigint[]) => ({
          volatility, correlation, views: problem.viewsBps, riskTolerance: problem.riskTolerance, stressMix: problem.stressMix, budgetBps: problem.budgetBps, weights: [...list], price,
        });
        expect(circuit.run(inputs(weights)).slice(0, 8)).to.deep.equal(weights.map((w) => w >> WEIGHT_SHIFT));
        expect(() => circuit.prove(inputs(weights.with(at, weights[at]! + side * (1n << WEIGHT_SHIFT))))).to.throw();
      }),
      { numRuns: RUNS, seed: 22 },
    );
  });

  it("close the same gap, and not by a lot more or less", () => {
    const circuit = new Circuit(
      wrap("lib/gap.circom", "CloseGap()", {
        gap: integer(66), band: natural(64), pace: natural(8), divisor: natural(62), order: word, magnitude: natural(31), up: bit, clipped: bit,
      }),
    );
    const cases = fc.record({
      lots: within(-(1n << 30n), 1n << 30n), divisor: fc.oneof(within(1n, 1n << 30n), fc.constant(1n), fc.constant(0n)), rest: within(0n, 1n << 30n),
      band: fc.oneof(within(0n, 1n << 40n), fc.constant(0n)), pace: within(0n, 128n),
    });
    fc.assert(
      fc.property(cases, ({ lots, divisor, rest, band, pace }) => {
        const gap = lots * divisor + (lots < 0n ? -rest - band : rest + band);
        const order = divisor === 0n ? 0n : (soft(gap, band) * pace) / (128n * divisor);
        if (order >= 1n << 31n || order <= -(1n << 31n)) return;
        const inputs = (delta: bigint) => ({ gap, band, pace, divisor, order: delta, magnitude: delta < 0n ? -delta : delta, up: delta < 0n || (delta === 0n && gap < 0n) ? 0n : 1n, clipped: 0n });
        circuit.run(inputs(order));
        for (const forged of [order + 1n, order - 1n]) expect(() => circuit.prove(inputs(forged))).to.throw();
      }),
      { numRuns: RUNS, seed: 23 },
    );
  });
});
