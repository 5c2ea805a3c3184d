import { regimeOf, regimeScores } from "../../../prover/strategy/network.ts";
import type { RegimeNetwork } from "../../../prover/strategy/network.ts";
import { solveSleeve, WEIGHT_SHIFT } from "../../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../../prover/strategy/meanVariance.ts";
import { strategyWords } from "../../../prover/strategy/parameters.ts";
import { small, strategyOf } from "../../support/strategy.ts";
import { packLanes } from "../../../prover/snapshot/packing.ts";
import { toWord } from "../../../prover/field.ts";
import { bit, integer, list, natural, word, wrap } from "./template.ts";
import type { TemplateCases, Values } from "./template.ts";

const regime = "lib/regime.circom";
const sleeve = "lib/sleeve.circom";
const gap = "lib/gap.circom";
const options = "lib/options.circom";

// Weights that no two places share, biases at the ends of their lanes.
const network: RegimeNetwork = {
  hidden: Array.from({ length: 12 }, (_, j) => Array.from({ length: 8 }, (_, k) => BigInt(((j * 8 + k) * 37) % 256) - 128n)),
  hiddenBias: Array.from({ length: 12 }, (_, j) => (j % 2 === 0 ? 16_383n : -16_383n) + BigInt(j)).map((b) => (b > 16_383n ? 16_383n : b)),
  output: Array.from({ length: 4 }, (_, r) => Array.from({ length: 12 }, (_, j) => BigInt(((r * 12 + j) * 59) % 256) - 128n)),
  outputBias: [16_383n, -16_383n, 7n, 0n],
};
const networkWords = strategyWords(strategyOf(small, {}, { network })).slice(0, 6);
const networkInputs = (features: readonly bigint[]): Values => ({
  ...Object.fromEntries(network.hidden.map((row, j) => [`network_hidden_${j}`, row])), network_hiddenBias: network.hiddenBias,
  ...Object.fromEntries(network.output.map((row, r) => [`network_score_${r}`, row])), network_scoreBias: network.outputBias, features,
});
const ends = [Array<bigint>(8).fill(2_047n), Array<bigint>(8).fill(-2_047n), Array<bigint>(8).fill(0n), [1n, -2n, 300n, -400n, 2_047n, 0n, -2_047n, 5n]];

const problem: SleeveProblem = {
  volatility: [100n, 120n, 0n, 90n], correlation: [90n, 0n, 70n, 0n, 80n, 0n], viewsBps: [3_000n, 5_000n, 9_000n, 500n], riskTolerance: 128n, stressMix: 2n, budgetBps: 6_000n,
};
const inputsOf = (one: SleeveProblem, solution = solveSleeve(one)): Values => ({
  volatility: one.volatility, correlation: one.correlation, views: one.viewsBps, riskTolerance: one.riskTolerance, stressMix: one.stressMix, budgetBps: one.budgetBps,
  weights: solution.weights, price: solution.price,
});
const bpsOf = (one: SleeveProblem): bigint[] => solveSleeve(one).weights.map((w) => w >> WEIGHT_SHIFT);
const best = solveSleeve(problem);
const forged = (weights: readonly bigint[], price = best.price): Values => inputsOf(problem, { weights, price });
const poor: SleeveProblem = { ...problem, budgetBps: 0n };
const modest: SleeveProblem = { ...problem, riskTolerance: 4n };
const BP = 1n << WEIGHT_SHIFT;

// 1,000 a lot; a band of 500; three quarters of the gap.
const closing = (gap: bigint, order: bigint, more: Partial<Record<string, bigint>> = {}): Values => ({
  gap, band: 500n, pace: 96n, divisor: 1_000n, order, magnitude: order < 0n ? -order : order, up: order < 0n || (order === 0n && gap < 0n) ? 0n : 1n, clipped: 0n, ...more,
});

const optionRow = (delta: bigint, gamma: bigint, vega: bigint): bigint => packLanes([50n, delta, gamma, vega, -9n])[0]!;
const HIGHEST = (1n << 48n) - 1n;
// 10a + 2b = 5,000 and 2a + 10b = 2,000, in units of 10^4.
const pair = (order: readonly [bigint, bigint], more: Partial<Record<string, bigint | readonly bigint[]>> = {}): Values => ({
  total: [0n, 0n], target: [50_000_000n, 20_000_000n], band: [0n, 0n], pace: 128n, words: [optionRow(5n, 10n, 2n), optionRow(-7n, 2n, 10n)], positions: [0n, 0n], rolling: [0n, 0n],
  order, magnitudes: order.map((x) => (x < 0n ? -x : x)), up: order.map((x) => (x < 0n ? 0n : 1n)), clipped: [0n, 0n], ...more,
});
const twins = { words: [optionRow(5n, 10n, 5n), optionRow(5n, 10n, 5n)] };
const expired = { words: [optionRow(0n, 0n, 0n), optionRow(-7n, 2n, 10n)] };
// 500 lots of the first are to be closed: gamma then lacks 5,000 of its 5,000, all for the second.
const rolls = { rolling: [1n, 0n], positions: [500n, 0n], total: [5_000n, 1_000n] };

/** Templates of the strategy's statement; the main circuit does not use them yet. */
export const strategy: readonly TemplateCases[] = [
  {
    file: regime, template: "SignedLanes",
    main: wrap(regime, "SignedLanes(3, 4)", { in: word }, [["out", 3]]),
    accepts: [
      { why: "the lowest lanes", inputs: { in: 0n }, outputs: [-8n, -8n, -8n] },
      { why: "0, -1 and 7", inputs: { in: 8n + (7n << 4n) + (15n << 8n) }, outputs: [0n, -1n, 7n] },
    ],
    refuses: [{ why: "a bit beyond the lanes", inputs: { in: 1n << 12n } }, { why: "a borrow", inputs: { in: -1n } }],
  },
  {
    file: regime, template: "ReadRegimeNetwork",
    main: wrap(regime, "ReadRegimeNetwork()", { words: list(6, word) }, [...Array.from({ length: 12 }, (_, j) => [`out.hidden[${j}]`, 8] as const), ["out.hiddenBias", 12], ...Array.from({ length: 4 }, (_, r) => [`out.score[${r}]`, 12] as const), ["out.scoreBias", 4]]),
    accepts: [{ why: "the words that are committed to", inputs: { words: networkWords }, outputs: [...network.hidden.flat(), ...network.hiddenBias, ...network.output.flat(), ...network.outputBias] }],
    refuses: [
      { why: "more than 31 weights in a word", inputs: { words: networkWords.with(2, toWord(networkWords[2]! + (1n << 248n))) } },
      { why: "more than 20 weights in the last word", inputs: { words: networkWords.with(4, toWord(networkWords[4]! + (1n << 160n))) } },
      { why: "more than 16 biases", inputs: { words: networkWords.with(5, toWord(networkWords[5]! + (1n << 240n))) } },
    ],
  },
  {
    file: regime, template: "ShiftedRelu",
    main: wrap(regime, "ShiftedRelu(8, 4)", { in: word }, ["out"]),
    accepts: [
      { why: "0", inputs: { in: 0n }, outputs: [0n] }, { why: "15, below a unit", inputs: { in: 15n }, outputs: [0n] }, { why: "16", inputs: { in: 16n }, outputs: [1n] },
      { why: "255, the largest", inputs: { in: 255n }, outputs: [15n] }, { why: "-1", inputs: { in: -1n }, outputs: [0n] }, { why: "-256, the lowest", inputs: { in: -256n }, outputs: [0n] },
    ],
    refuses: [{ why: "256", inputs: { in: 256n } }, { why: "-257", inputs: { in: -257n } }],
  },
  {
    file: regime, template: "RegimeScores",
    main: wrap(
      regime, "RegimeScores()",
      {
        ...Object.fromEntries(network.hidden.map((_, j) => [`network.hidden[${j}]`, list(8, integer(7))])), "network.hiddenBias": list(12, integer(14)),
        ...Object.fromEntries(network.output.map((_, r) => [`network.score[${r}]`, list(12, integer(7))])), "network.scoreBias": list(4, integer(14)), features: list(8, integer(11)),
      },
      [["out", 4]],
    ),
    accepts: ends.map((features, i) => ({ why: `the prover's scores of features ${i}`, inputs: networkInputs(features), outputs: regimeScores(network, features) })),
    refuses: [{ why: "a neuron of more than its weights can give", inputs: { ...networkInputs(ends[0]!), features: Array<bigint>(8).fill(1n << 13n), network_hidden_0: Array<bigint>(8).fill(127n) } }],
  },
  {
    file: regime, template: "FirstLargest",
    main: wrap(regime, "FirstLargest(4)", { in: list(4, integer(30)), chosen: list(4, word) }, [["out", 4]]),
    accepts: [[5n, 3n, 4n, -9n], [-1n, 7n, 7n, 7n], [-4n, -4n, -4n, -3n], [0n, 0n, 0n, 0n]].map((scores) => {
      const chosen = scores.map((_, r) => (r === regimeOf(scores) ? 1n : 0n));
      return { why: scores.join(", "), inputs: { in: scores, chosen }, outputs: chosen };
    }),
    refuses: [
      { why: "one that is smaller by one", inputs: { in: [5n, 4n, 3n, 2n], chosen: [0n, 1n, 0n, 0n] } },
      { why: "the second of two equal ones", inputs: { in: [1n, 7n, 7n, 2n], chosen: [0n, 0n, 1n, 0n] } },
      { why: "none", inputs: { in: [1n, 7n, 7n, 2n], chosen: [0n, 0n, 0n, 0n] } },
      { why: "two", inputs: { in: [1n, 7n, 7n, 2n], chosen: [0n, 1n, 1n, 0n] } },
      { why: "shares of two that add to one", inputs: { in: [7n, 7n, 0n, 0n], chosen: [2n, -1n, 0n, 0n] } },
    ],
  },
  {
    file: sleeve, template: "Sleeve",
    main: wrap(sleeve, "Sleeve(4)", {
      volatility: list(4, natural(9)), correlation: list(6, integer(7)), views: list(4, integer(14)), riskTolerance: natural(12), stressMix: natural(3), budgetBps: natural(14),
      weights: list(4, word), price: word,
    }, [["bps", 4]]),
    accepts: [
      { why: "the optimum that uses up its budget", inputs: inputsOf(problem), outputs: bpsOf(problem) },
      { why: "an optimum within its budget", inputs: inputsOf(modest), outputs: bpsOf(modest) },
      { why: "nothing where there is no budget", inputs: inputsOf(poor), outputs: [0n, 0n, 0n, 0n] },
      { why: "nothing where nothing is expected", inputs: inputsOf({ ...problem, viewsBps: [0n, 0n, 0n, 0n] }), outputs: [0n, 0n, 0n, 0n] },
    ],
    refuses: [
      { why: "a basis point more of an asset that is held", inputs: forged(best.weights.with(1, best.weights[1]! + BP)) },
      { why: "a basis point less", inputs: forged(best.weights.with(1, best.weights[1]! - BP)) },
      { why: "a basis point moved from one asset to another", inputs: forged(best.weights.with(1, best.weights[1]! - BP).with(0, best.weights[0]! + BP)) },
      { why: "a weight on what is not in the market", inputs: forged(best.weights.with(2, BP).with(1, best.weights[1]! - BP)) },
      { why: "more than the budget", inputs: forged(best.weights.map((w) => w + BP)) },
      { why: "a short weight", inputs: forged(best.weights.with(3, -BP).with(1, best.weights[1]! + BP)) },
      { why: "nothing where the budget could be used", inputs: forged([0n, 0n, 0n, 0n], 0n) },
      { why: "nothing, with a price on a budget that is not used", inputs: forged([0n, 0n, 0n, 0n], 1n << 59n) },
      { why: "a price below nothing", inputs: inputsOf(modest, { ...solveSleeve(modest), price: -(1n << 33n) }) },
    ],
  },
  {
    file: gap, template: "CloseGap",
    main: wrap(gap, "CloseGap()", {
      gap: integer(66), band: natural(65), pace: natural(8), divisor: natural(62), order: word, magnitude: natural(31), up: bit, clipped: bit,
    }),
    accepts: [
      { why: "a gap in the band's middle", inputs: closing(0n, 0n) }, { why: "at its edges", inputs: closing(500n, 0n) }, { why: "both of them", inputs: closing(-500n, 0n) },
      // (1,834 − 500)·96 = 128,064, a lot is 128,000.
      { why: "the first lot", inputs: closing(1_834n, 1n) }, { why: "and the last gap before it", inputs: closing(1_833n, 0n) },
      { why: "a lot the other way", inputs: closing(-1_834n, -1n) }, { why: "many lots, rounded towards nothing", inputs: closing(10_500n, 7n) }, { why: "and as many downwards", inputs: closing(-10_500n, -7n) },
      { why: "less where a limit clips it", inputs: closing(10_500n, 3n, { clipped: 1n }) }, { why: "nothing where a limit leaves nothing", inputs: closing(-10_500n, 0n, { clipped: 1n }) },
      { why: "nothing of an empty slot", inputs: closing(10_500n, 0n, { divisor: 0n }) }, { why: "nothing at no pace", inputs: closing(10_500n, 0n, { pace: 0n }) },
    ],
    refuses: [
      { why: "a lot too much", inputs: closing(10_500n, 8n) }, { why: "a lot too little", inputs: closing(10_500n, 6n) },
      { why: "a lot too much downwards", inputs: closing(-10_500n, -8n) }, { why: "a lot too little downwards", inputs: closing(-10_500n, -6n) },
      { why: "a lot too much behind a limit", inputs: closing(10_500n, 8n, { clipped: 1n }) }, { why: "a lot against the gap behind a limit", inputs: closing(10_500n, -1n, { clipped: 1n }) },
      { why: "nothing where a lot is due", inputs: closing(1_834n, 0n) }, { why: "nothing where a lot is due the other way, said to be wanted up", inputs: closing(-1_834n, 0n, { up: 1n }) },
      { why: "a zero that is clipped in the wrong direction", inputs: closing(-10_500n, 0n, { clipped: 1n, up: 1n }) },
      { why: "a lot inside the band", inputs: closing(400n, 1n) }, { why: "an order in an empty slot", inputs: closing(10_500n, 1n, { divisor: 0n }) },
      { why: "a size that is not the order's", inputs: closing(10_500n, 7n, { magnitude: 8n }) },
    ],
  },
  {
    file: options, template: "Soft",
    main: wrap(options, "Soft()", { in: integer(20), band: natural(19) }, ["out"]),
    accepts: ([[0n, 5n, 0n], [5n, 5n, 0n], [-5n, 5n, 0n], [6n, 5n, 1n], [-6n, 5n, -1n], [7n, 0n, 7n], [-7n, 0n, -7n], [0n, 0n, 0n]] as const).map(([x, band, out]) => ({
      why: `${x} round a band of ${band}`, inputs: { in: x, band }, outputs: [out],
    })),
    refuses: [{ why: "a value beyond its range", inputs: { in: 1n << 60n, band: 0n } }],
  },
  {
    file: options, template: "OptionRow",
    main: wrap(options, "OptionRow()", { word }, ["delta", "gamma", "vega", "hedges"]),
    accepts: ([[5n, 10n, 2n, 1n], [-HIGHEST, HIGHEST, HIGHEST, 1n], [HIGHEST, -HIGHEST, 1n, 0n], [0n, 0n, 1n, 0n], [0n, 1n, 0n, 0n], [0n, 1n, -1n, 0n], [0n, 0n, 0n, 0n]] as const).map(([delta, gamma, vega, hedges]) => ({
      why: `${delta}, ${gamma}, ${vega}`, inputs: { word: toWord(optionRow(delta, gamma, vega)) }, outputs: [delta, gamma, vega, hedges],
    })),
    refuses: [{ why: "a word that is longer than its lanes", inputs: { word: 1n << 250n } }, { why: "one that is below them", inputs: { word: -(1n << 251n) } }],
  },
  {
    file: options, template: "OptionOrders",
    main: wrap(options, "OptionOrders()", {
      total: list(2, integer(48)), target: list(2, integer(64)), band: list(2, natural(64)), pace: natural(8), words: list(2, word), positions: list(2, integer(40)),
      rolling: list(2, bit), order: list(2, word), magnitudes: list(2, natural(31)), up: list(2, bit), clipped: list(2, bit),
    }),
    accepts: [
      { why: "both gaps solved", inputs: pair([479n, 104n]) }, { why: "half of the way", inputs: pair([239n, 52n], { pace: 64n }) },
      { why: "nothing within the bands", inputs: pair([0n, 0n], { band: [50_000_000n, 20_000_000n] }) },
      { why: "gamma by the first of two that are one", inputs: pair([500n, 0n], twins) }, { why: "gamma by the one that has not expired", inputs: pair([0n, 2_500n], expired) },
      { why: "one that is closed, its gamma by the other", inputs: pair([-500n, 2_500n], rolls) }, { why: "less where a limit clips", inputs: pair([100n, 104n], { clipped: [1n, 0n] }) },
    ],
    refuses: [
      { why: "a lot more of the first", inputs: pair([480n, 104n]) }, { why: "a lot less of the second", inputs: pair([479n, 103n]) }, { why: "the two taken for one", inputs: pair([500n, 0n]) },
      { why: "gamma by the second of two that are one", inputs: pair([0n, 500n], twins) }, { why: "an option at expiry that is traded", inputs: pair([1n, 2_500n], expired) },
      { why: "one that is kept though it should be closed", inputs: pair([0n, 0n], rolls) }, { why: "one that is half closed", inputs: pair([-250n, 1_250n], rolls) },
      { why: "nothing where both gaps are open", inputs: pair([0n, 0n]) },
    ],
  },
];
