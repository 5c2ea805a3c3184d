import { poseidon, transcriptHash } from "../../../prover/crypto/poseidon.ts";
import { profiles } from "../../../prover/format/profile.ts";
import { solveSleeve } from "../../../prover/strategy/meanVariance.ts";
import type { SleeveProblem, SleeveSolution } from "../../../prover/strategy/meanVariance.ts";
import { regimeOf, regimeScores } from "../../../prover/strategy/network.ts";
import type { RegimeNetwork } from "../../../prover/strategy/network.ts";
import { strategyWords } from "../../../prover/strategy/parameters.ts";
import type { RegimeTable, StrategyParameters } from "../../../prover/strategy/parameters.ts";
import { signalWords } from "../../../prover/format/signals.ts";
import type { MarketSignals } from "../../../prover/format/signals.ts";
import { bit, integer, list, natural, toCommitment, word, wrap } from "./template.ts";
import type { Kind, TemplateCases, Values } from "./template.ts";

// Parameters, signals, network and sleeve of a strategy: what is opened, and what follows from it without the prover.

const { small, standard } = profiles;
const parametersFile = "strategy/parameters.circom";
const signalsFile = "strategy/signals.circom";
const regimeFile = "strategy/regime.circom";
const sleeveFile = "strategy/sleeve.circom";
const decisionFile = "strategy/decision.circom";

const numbers = (count: number, of: (k: number) => number): bigint[] =>
  Array.from({ length: count }, (_, k) => BigInt(of(k)));
const rows = (count: number, length: number, of: (k: number) => number): bigint[][] =>
  Array.from({ length: count }, (_, j) => numbers(length, (k) => of(length * j + k)));

/** Every lane its own value, the ends of the ranges among them. */
const network: RegimeNetwork = {
  hidden: rows(12, 8, (k) => ((k * 37) % 256) - 128),
  hiddenBias: numbers(12, (k) => (k % 2 === 0 ? 1 : -1) * (16_383 - 1_000 * k)),
  output: rows(4, 12, (k) => ((k * 91 + 5) % 256) - 128),
  outputBias: [16_383n, -16_383n, 7n, -8n],
};
const table = (r: number): RegimeTable => ({
  weightBps: numbers(4, (i) => (i === 0 ? 16_383 : i === 1 ? -16_383 : 100 * r + i)),
  deltaBps: [BigInt(-r), 16_383n],
  gammaBps: [1n, BigInt(2 + r)],
  vegaBps: [-16_383n, BigInt(3 + r)],
  sleeveBps: BigInt(10_000 - r),
  participationBps: BigInt(9_000 + r),
  riskTolerance: BigInt(4_095 - r),
  stressMix: BigInt(r),
  speed: BigInt(128 - r),
  weightBandBps: [16_383n, BigInt(r)],
  deltaBandBps: [BigInt(10 + r), 11n],
  gammaBandBps: [12n, BigInt(13 + r)],
  vegaBandBps: [14n, 15n],
});
const strategy: StrategyParameters = {
  network,
  regimes: [0, 1, 2, 3].map(table),
  viewsBps: [16_383n, -16_383n, 0n, 5n],
  hedgesDelta: [true, false],
  tradesOptions: [false, true],
  rollDays: 127n,
  defencePace: 128n,
  marginTriggerBps: 10_000n,
};
const words = strategyWords(strategy);
const bits = (list: readonly boolean[]): bigint[] => list.map((one) => (one ? 1n : 0n));

const TABLE_FIELDS: readonly (readonly [string, number])[] = [
  ["weightBps", 4],
  ["deltaBps", 2],
  ["gammaBps", 2],
  ["vegaBps", 2],
  ["sleeveBps", 0],
  ["participationBps", 0],
  ["riskTolerance", 0],
  ["stressMix", 0],
  ["speed", 8],
  ["weightBandBps", 2],
  ["deltaBandBps", 2],
  ["gammaBandBps", 2],
  ["vegaBandBps", 2],
];
const fields = (bus: string, names: readonly (readonly [string, number])[]): (string | readonly [string, number])[] =>
  names.map(([name, size]) => (size === 0 ? `${bus}.${name}` : ([`${bus}.${name}`, size] as const)));
const tableValues = (t: RegimeTable): bigint[] =>
  TABLE_FIELDS.flatMap(([name]) =>
    name === "speed" ? numbers(8, (b) => Number((t.speed >> BigInt(b)) & 1n)) : t[name as keyof RegimeTable],
  ).flat();
const commonFields = fields("out", [
  ["viewsBps", 4],
  ["hedgesDelta", 2],
  ["tradesOptions", 2],
  ["rollDays", 0],
  ["defencePace", 0],
  ["marginTriggerBps", 0],
]);
const commonValues = [
  ...strategy.viewsBps,
  ...bits(strategy.hedgesDelta),
  ...bits(strategy.tradesOptions),
  127n,
  128n,
  10_000n,
];
const beyond = (name: string, word: bigint, width: number): { why: string; inputs: Values }[] => [
  { why: "a bit above the lanes", inputs: { [name]: word + (1n << BigInt(width)) } },
  { why: "a negative word", inputs: { [name]: -word } },
];
const tableWords = words.slice(6, 9);

const signals: MarketSignals = {
  features: [-2_047n, 2_047n, 0n, 1n, -1n, 500n, -500n, 3n],
  daysToExpiry: [],
  volatility: [0n, 511n, 102n, 1n],
  correlation: [-127n, 127n, 0n, 64n, 1n, -1n],
};
const [signalWord, correlationWord] = signalWords(small, signals);
const standardSignals: MarketSignals = {
  features: signals.features,
  daysToExpiry: [0n, 127n, 1n, 64n, 5n, 6n, 7n, 8n],
  volatility: [0n, 511n, 102n, 1n, 2n, 3n, 4n, 5n],
  correlation: numbers(28, (k) => 9 * k - 127),
};
const standardWords = signalWords(standard, standardSignals);

const networkKinds: Record<string, Kind> = {
  "network.hidden": list(96, integer(7)),
  "network.outputs": list(48, integer(7)),
  "network.bias": list(16, integer(14)),
  features: list(8, integer(11)),
};
const networkValues = (n: RegimeNetwork, features: readonly bigint[]): Values => ({
  network_hidden: n.hidden.flat(),
  network_outputs: n.output.flat(),
  network_bias: [...n.hiddenBias, ...n.outputBias],
  features,
});
const oneHot = (r: number): bigint[] => numbers(4, (k) => (k === r ? 1 : 0));
/** Deterministic features over the range. */
const featuresOf = (seed: number): bigint[] =>
  numbers(8, (k) => ((seed * 7_919 + k * 104_729 * (seed + 1)) % 4_095) - 2_047);
const found = (features: readonly bigint[]): number => regimeOf(regimeScores(network, features));
/** Scores are the output biases: any regime, ties included. */
const biased = (outputBias: bigint[]): RegimeNetwork => ({ ...network, output: rows(4, 12, () => 0), outputBias });

const problem: SleeveProblem = {
  volatility: [102n, 115n, 0n, 154n],
  correlation: [40n, 0n, 30n, 0n, 35n, 0n],
  viewsBps: [2_000n, 3_000n, 9_000n, 2_500n],
  riskTolerance: 512n,
  stressMix: 1n,
  budgetBps: 5_000n,
};
const solved = solveSleeve(problem);
const slackBudget: SleeveProblem = { ...problem, riskTolerance: 20n, budgetBps: 10_000n };
const noBudget: SleeveProblem = { ...problem, budgetBps: 0n };
const bearish: SleeveProblem = { ...problem, viewsBps: [-1n, -2_000n, 0n, -5n] };
const sleeveInputs = (
  { volatility, correlation, viewsBps, riskTolerance, stressMix, budgetBps }: SleeveProblem,
  { weights, price }: SleeveSolution,
): Values => ({
  volatility,
  correlation,
  viewsBps,
  riskTolerance,
  stressMix,
  budgetBps,
  weights,
  price,
});
const BP = 1n << 16n;
const shifted = (more: readonly bigint[], price = solved.price): Values =>
  sleeveInputs(problem, { weights: solved.weights.map((w, i) => w + (more[i] ?? 0n)), price });

const salt = 12_345n;
const committed = [...words, salt];
const inForce = (features: readonly bigint[], claimed: readonly bigint[] = committed): Values => ({
  words: claimed,
  commitment: transcriptHash(committed),
  market_features: features,
  market_days: [0n],
  market_volatility: [0n, 0n, 0n, 0n],
  market_correlation: Array<bigint>(6).fill(0n),
});
const otherFeatures = Array.from({ length: 200 }, (_, s) => featuresOf(s)).filter(
  (f, i, all) => all.findIndex((g) => found(g) === found(f)) === i,
);

/** 0b1_110_011_001_01: two bits, lanes of 1, 3 and 6, and one bit more. */
const laneBits = [1n, 0n, 1n, 0n, 0n, 1n, 1n, 0n, 0n, 1n, 1n, 1n];

export const strategyParts: readonly TemplateCases[] = [
  {
    file: parametersFile,
    template: "Lanes",
    main: wrap(parametersFile, "Lanes(12, 2, 3, 3)", { bits: list(12, bit) }, [["out", 3]]),
    accepts: [{ why: "lanes between other bits", inputs: { bits: laneBits }, outputs: [1n, 3n, 6n] }],
    refuses: [],
  },
  {
    file: parametersFile,
    template: "SignedLanes",
    main: wrap(parametersFile, "SignedLanes(12, 2, 3, 3)", { bits: list(12, bit) }, [["out", 3]]),
    accepts: [{ why: "the same less 4", inputs: { bits: laneBits }, outputs: [-3n, -1n, 2n] }],
    refuses: [],
  },
  {
    file: parametersFile,
    template: "ReadNetwork",
    main: wrap(parametersFile, "ReadNetwork()", { words: list(6, word) }, [
      ["out.hidden", 96],
      ["out.outputs", 48],
      ["out.bias", 16],
    ]),
    accepts: [
      {
        why: "every lane as the prover packs it",
        inputs: { words: words.slice(0, 6) },
        outputs: [...network.hidden.flat(), ...network.output.flat(), ...network.hiddenBias, ...network.outputBias],
      },
    ],
    refuses: [0, 4, 5].map((w) => ({
      why: `a bit above the lanes of word ${w}`,
      inputs: {
        words: words.slice(0, 6).map((x, k) => (k === w ? x + (1n << BigInt([248, 248, 248, 248, 160, 240][w]!)) : x)),
      },
    })),
  },
  {
    file: parametersFile,
    template: "ReadTable",
    main: wrap(parametersFile, "ReadTable(4, 2)", { words: list(3, word) }, fields("out", TABLE_FIELDS)),
    accepts: [
      { why: "every lane as the prover packs it", inputs: { words: tableWords }, outputs: tableValues(table(0)) },
    ],
    refuses: [60, 141, 112].map((width, w) => ({
      why: `a bit above the lanes of word ${w}`,
      inputs: { words: tableWords.map((x, k) => (k === w ? x + (1n << BigInt(width)) : x)) },
    })),
  },
  {
    file: parametersFile,
    template: "ReadCommon",
    main: wrap(parametersFile, "ReadCommon(4, 2)", { word }, commonFields),
    accepts: [{ why: "every lane as the prover packs it", inputs: { word: words[18]! }, outputs: commonValues }],
    refuses: beyond("word", words[18]!, 60 + 4 + 29),
  },
  {
    file: parametersFile,
    template: "PickTable",
    main: wrap(
      parametersFile,
      "PickTable()",
      {
        isRegime: list(4, bit),
        "tables[0]": list(3, word),
        "tables[1]": list(3, word),
        "tables[2]": list(3, word),
        "tables[3]": list(3, word),
      },
      [["out", 3]],
    ),
    accepts: [0, 1, 2, 3].map((r) => ({
      why: `regime ${r}`,
      inputs: {
        isRegime: oneHot(r),
        tables_0: [1n, 2n, 3n],
        tables_1: [11n, 12n, 13n],
        tables_2: [21n, 22n, 23n],
        tables_3: [-1n, -2n, -3n],
      },
      outputs: [
        [1n, 2n, 3n],
        [11n, 12n, 13n],
        [21n, 22n, 23n],
        [-1n, -2n, -3n],
      ][r]!,
    })),
    refuses: [],
  },
  {
    file: signalsFile,
    template: "ReadSignals",
    main: wrap(signalsFile, "ReadSignals(4, 2)", { signalWord: word, correlationWord: word }, [
      ["out.features", 8],
      ["out.volatility", 4],
      ["out.correlation", 6],
    ]),
    accepts: [
      {
        why: "every lane as the reporters pack it",
        inputs: { signalWord, correlationWord },
        outputs: [...signals.features, ...signals.volatility, ...signals.correlation],
      },
    ],
    refuses: [
      ...beyond("signalWord", signalWord, 96 + 36).map(({ why, inputs }) => ({
        why,
        inputs: { correlationWord, ...inputs },
      })),
      { why: "a bit above the correlations", inputs: { signalWord, correlationWord: correlationWord + (1n << 48n) } },
    ],
  },
  {
    file: signalsFile,
    template: "ReadSignals",
    main: wrap(signalsFile, "ReadSignals(16, 4)", { signalWord: word, correlationWord: word }, [
      ["out.features", 8],
      ["out.days", 8],
      ["out.volatility", 8],
      ["out.correlation", 28],
    ]),
    accepts: [
      {
        why: "every lane as the reporters pack it, days to expiry among them",
        inputs: { signalWord: standardWords[0]!, correlationWord: standardWords[1]! },
        outputs: [
          ...standardSignals.features,
          ...standardSignals.daysToExpiry,
          ...standardSignals.volatility,
          ...standardSignals.correlation,
        ],
      },
    ],
    refuses: [],
  },
  {
    file: regimeFile,
    template: "Activation",
    main: wrap(regimeFile, "Activation()", { a: word }, ["out"]),
    accepts: [
      [0n, 0n],
      [15n, 0n],
      [16n, 1n],
      [-1n, 0n],
      [-16n, 0n],
      [(1n << 22n) - 1n, (1n << 18n) - 1n],
      [-(1n << 22n), 0n],
    ].map(([a, h]) => ({ why: `${a}`, inputs: { a: a! }, outputs: [h!] })),
    refuses: [
      { why: "a sum of 2^22", inputs: { a: 1n << 22n } },
      { why: "a sum below -2^22", inputs: { a: -(1n << 22n) - 1n } },
      { why: "a sum wrapped round the field", inputs: { a: 1n << 253n } },
    ],
  },
  {
    file: regimeFile,
    template: "FirstLargest",
    main: wrap(regimeFile, "FirstLargest()", { scores: list(4, integer(29)) }, [["out", 4]]),
    accepts: [
      [5n, 3n, 4n, 1n],
      [1n, 9n, 9n, 9n],
      [0n, 0n, 0n, 0n],
      [-5n, -5n, -4n, -4n],
      [-3n, -2n, -1n, 0n],
      [7n, 7n, 6n, 8n],
      [-(1n << 29n), 1n << 29n, 0n, 1n << 29n],
    ].map((scores) => ({
      why: scores.join(", "),
      inputs: { scores },
      outputs: oneHot(regimeOf(scores)),
    })),
    refuses: [
      {
        why: "the later of two equal scores",
        inputs: { scores: [1n, 9n, 9n, 0n] },
        set: { "out_out[1]": 0n, "out_out[2]": 1n },
      },
      { why: "a score that is not the largest", inputs: { scores: [5n, 3n, 4n, 1n] }, set: { "out_out[2]": 1n } },
    ],
  },
  {
    file: regimeFile,
    template: "Regime",
    main: wrap(regimeFile, "Regime()", networkKinds, [["out", 4]]),
    accepts: [
      ...Array.from({ length: 40 }, (_, s) => featuresOf(s)).map((features, s) => ({
        why: `features ${s}`,
        inputs: networkValues(network, features),
        outputs: oneHot(found(features)),
      })),
      ...[
        [1n, 1n, 1n, 1n],
        [0n, 2n, 2n, 1n],
        [-16_383n, -16_383n, -16_383n, 16_383n],
      ].map((bias) => ({
        why: `scores ${bias.join(", ")}`,
        inputs: networkValues(biased(bias), featuresOf(3)),
        outputs: oneHot(regimeOf(bias)),
      })),
    ].filter((_, i) => i < 6 || i % 5 === 0 || i >= 40),
    refuses: [
      {
        why: "another regime than the scores give",
        inputs: networkValues(biased([0n, 2n, 2n, 1n]), featuresOf(3)),
        set: { "out_out[1]": 0n, "out_out[2]": 1n },
      },
    ],
  },
  {
    file: decisionFile,
    template: "StrategyInForce",
    main: wrap(
      decisionFile,
      "StrategyInForce(4, 2)",
      {
        words: list(20, word),
        commitment: word,
        "market.features": list(8, integer(11)),
        "market.days": list(1, natural(7)),
        "market.volatility": list(4, natural(9)),
        "market.correlation": list(6, integer(7)),
      },
      fields("table", TABLE_FIELDS),
    ),
    accepts: otherFeatures.map((features) => ({
      why: `the table of regime ${found(features)}`,
      inputs: inForce(features),
      outputs: tableValues(table(found(features))),
    })),
    refuses: [
      {
        why: "another strategy than the committed one",
        inputs: inForce(otherFeatures[0]!, committed.with(6, words[9]!)),
      },
      { why: "another salt", inputs: inForce(otherFeatures[0]!, committed.with(19, salt + 1n)) },
      {
        why: "a network that finds another regime",
        inputs: inForce(
          otherFeatures[0]!,
          strategyWords({ ...strategy, network: biased(oneHot((found(otherFeatures[0]!) + 1) % 4)) }).concat(
            poseidon([1n]),
          ),
        ),
      },
    ],
    repair: toCommitment,
  },
  {
    file: sleeveFile,
    template: "Sleeve",
    main: wrap(
      sleeveFile,
      "Sleeve(4)",
      {
        volatility: list(4, natural(9)),
        correlation: list(6, integer(7)),
        viewsBps: list(4, integer(14)),
        riskTolerance: natural(12),
        stressMix: natural(3),
        budgetBps: natural(14),
        weights: list(4, word),
        price: word,
      },
      [["wholeBps", 4]],
    ),
    accepts: (
      [
        ["a budget that is used up", problem],
        ["a budget that is not", slackBudget],
        ["no budget", noBudget],
        ["nothing worth holding", bearish],
        ["no market", { ...problem, volatility: [0n, 0n, 0n, 0n] }],
        [
          "the largest of everything",
          {
            volatility: [511n, 511n, 511n, 511n],
            correlation: Array<bigint>(6).fill(127n),
            viewsBps: [16_383n, 16_383n, 16_000n, 100n],
            riskTolerance: 4_095n,
            stressMix: 7n,
            budgetBps: 10_000n,
          },
        ],
        ["the lowest views", { ...problem, viewsBps: Array<bigint>(4).fill(-16_383n), riskTolerance: 4_095n }],
      ] as const
    ).map(([why, one]) => {
      const solution = solveSleeve(one as SleeveProblem);
      return {
        why,
        inputs: sleeveInputs(one as SleeveProblem, solution),
        outputs: solution.weights.map((w) => w >> 16n),
      };
    }),
    refuses: [
      { why: "a basis point moved between two assets", inputs: shifted([BP, -BP]) },
      { why: "a basis point moved the other way", inputs: shifted([-BP, BP]) },
      { why: "a basis point more than the budget", inputs: shifted([0n, BP]) },
      {
        why: "more than the budget, though it has no price",
        inputs: sleeveInputs({ ...slackBudget, budgetBps: 300n }, solveSleeve(slackBudget)),
      },
      { why: "a basis point less, with the price of a budget used up", inputs: shifted([0n, -BP]) },
      {
        why: "the optimum of a smaller budget, at its price",
        inputs: sleeveInputs(problem, solveSleeve({ ...problem, budgetBps: 4_000n })),
      },
      { why: "a basis point less and no price", inputs: shifted([0n, -BP], 0n) },
      { why: "a weight in what is not in the market", inputs: shifted([-BP, 0n, BP]) },
      {
        why: "a weight in what is not in the market, from what is left of the budget",
        inputs: sleeveInputs(slackBudget, { weights: solveSleeve(slackBudget).weights.with(2, BP), price: 0n }),
      },
      { why: "a negative weight", inputs: shifted([0n, solved.weights[3]! + 1n, 0n, -solved.weights[3]! - 1n]) },
      { why: "a negative price", inputs: shifted([], -1n) },
      { why: "a price that is too high", inputs: shifted([], solved.price + (1n << 33n)) },
      {
        why: "nothing held where something is worth it",
        inputs: sleeveInputs(problem, { weights: [0n, 0n, 0n, 0n], price: 0n }),
      },
      {
        why: "nothing held, at a price that no budget left over has",
        inputs: sleeveInputs(problem, { weights: [0n, 0n, 0n, 0n], price: solved.price << 3n }),
      },
      { why: "weights where there is no budget", inputs: sleeveInputs(noBudget, solved) },
      {
        why: "weights where views are negative",
        inputs: sleeveInputs(bearish, { weights: [BP, 0n, 0n, 0n], price: 0n }),
      },
      { why: "a weight wrapped round the field", inputs: shifted([0n, -(solved.weights[1]! + BP)]) },
    ],
  },
];
