import { expect } from "chai";
import fc from "fast-check";
import { soft } from "../../prover/integers.ts";
import { solveSleeve, WEIGHT_SHIFT } from "../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../prover/strategy/meanVariance.ts";
import { regimeOf, regimeScores } from "../../prover/strategy/network.ts";
import { strategyWords } from "../../prover/strategy/parameters.ts";
import { Circuit } from "../support/circuit.ts";
import { packSlot } from "../../prover/snapshot/packing.ts";
import { decideOrder } from "../../prover/strategy/decideOrder.ts";
import { noSignals } from "../../prover/strategy/signals.ts";
import type { SnapshotSlot } from "../../prover/transcript.ts";
import {
  arbitraryNetwork, arbitrarySignals, holding, optionSlot, perpSlot, situationOf, small, snapshotOf, spotSlot, standard, strategyOf,
} from "../support/strategy.ts";
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

  it("trade the same options: the system, one for gamma alone, rolling, at expiry, and not by a lot more or less", () => {
    const circuit = new Circuit(
      wrap("lib/options.circom", "OptionOrders()", {
        total: list(2, integer(48)), target: list(2, integer(64)), band: list(2, natural(64)), pace: natural(8), words: list(2, word), positions: list(2, integer(40)),
        rolling: list(2, bit), order: list(2, word), magnitudes: list(2, natural(31)), up: list(2, bit), clipped: list(2, bit),
      }, [["delta", 2]]),
    );
    const lane = fc.oneof({ weight: 6, arbitrary: within(0n, 40n) }, { weight: 1, arbitrary: fc.constant(0n) });
    const option = fc.record({ gamma: lane, vega: lane, held: within(-2_000n, 2_000n), days: within(0n, 6n) });
    const lanes = fc.record({ gamma: within(-300n, 300n), vega: within(-300n, 300n), gammaBand: within(0n, 200n), vegaBand: within(0n, 200n) });
    fc.assert(
      fc.property(option, option, lanes, within(0n, 128n), fc.constantFrom(0, 1), fc.constantFrom(1n, -1n), (a, b, { gamma, vega, gammaBand, vegaBand }, speed, at, side) => {
        const [first, second] = [a, b].map(({ gamma, vega }) => optionSlot(gamma, vega)) as [SnapshotSlot, SnapshotSlot];
        // Options may be short, those without gamma too.
        const snapshot = { ...snapshotOf(standard, { 0: spotSlot(1_000n), 1: perpSlot(1_000n), 2: first, 3: second }), mayBeShort: Array<boolean>(standard.slots).fill(true) };
        const settlement = holding(snapshot, { 2: a.held, 3: b.held }, 5_000_000n);
        const only = (value: bigint): bigint[] => [value, 0n, 0n, 0n];
        const strategy = strategyOf(standard, { gammaBps: only(gamma), vegaBps: only(vega), gammaBandBps: only(gammaBand), vegaBandBps: only(vegaBand), speed }, { tradesOptions: [true, false, false, false] });
        const signals = { ...noSignals(standard), daysToExpiry: noSignals(standard).daysToExpiry.with(0, a.days).with(1, b.days) };
        const situation = situationOf(standard, snapshot, settlement, { signals });
        const { reasons } = decideOrder(standard, strategy, situation);
        const orders = [reasons[2]!, reasons[3]!];
        const total = (of: "gamma" | "vega"): bigint => a.held * first[of] + b.held * second[of];
        const inputs = (list: readonly bigint[]) => ({
          total: [total("gamma"), total("vega")], target: [gamma * settlement.capital, vega * settlement.capital], band: [gammaBand * settlement.capital, vegaBand * settlement.capital],
          pace: speed, words: [first, second].map((slot) => packSlot({ ...slot, stress: slot.stress.slice(0, 1) })[0]!), positions: [a.held, b.held],
          rolling: [a.days < 3n ? 1n : 0n, b.days < 3n ? 1n : 0n], order: [...list], magnitudes: list.map((x) => (x < 0n ? -x : x)),
          up: list.map((x, j) => (x > 0n || (x === 0n && orders[j]!.wanted >= 0n) ? 1n : 0n)), clipped: orders.map(({ clip }) => (clip === undefined ? 0n : 1n)),
        });
        const decided = orders.map(({ order }) => order);
        expect(circuit.run(inputs(decided)).slice(0, 2)).to.deep.equal([first.delta, second.delta]);
        if (orders.every(({ clip }) => clip === undefined)) expect(() => circuit.prove(inputs(decided.with(at, decided[at]! + side)))).to.throw();
      }),
      { numRuns: RUNS, seed: 24 },
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
