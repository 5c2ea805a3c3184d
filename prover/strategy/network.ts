import { FEATURES } from "../format/signals.ts";

/** The quantised regime model of docs/strategy.md §3: 8 features → 12 ReLU → 4 scores. Secret. */
export interface RegimeNetwork {
  /** w1[j][k], 12 × 8, −128 … 127. */
  readonly hidden: readonly (readonly bigint[])[];
  /** b1[j], ±16,383, unit 2^5. */
  readonly hiddenBias: readonly bigint[];
  /** w2[r][j], 4 × 12, −128 … 127. */
  readonly output: readonly (readonly bigint[])[];
  /** b2[r], ±16,383, unit 2^6. */
  readonly outputBias: readonly bigint[];
}

export const REGIMES = 4;
export const HIDDEN = 12;
export const HIDDEN_BIAS_SHIFT = 5n;
/** Binary digits of a hidden sum that the output layer does without. */
export const HIDDEN_SHIFT = 4n;
export const OUTPUT_BIAS_SHIFT = 6n;

/** A network that always finds regime 0. */
export const calmNetwork = (): RegimeNetwork => ({
  hidden: Array.from({ length: HIDDEN }, () => Array<bigint>(FEATURES.length).fill(0n)),
  hiddenBias: Array<bigint>(HIDDEN).fill(0n),
  output: Array.from({ length: REGIMES }, () => Array<bigint>(HIDDEN).fill(0n)),
  outputBias: Array<bigint>(REGIMES).fill(0n),
});

/** Whether a network can find more than one regime: one of zeros always finds regime 0. */
export const isTrained = ({ hidden, hiddenBias, output, outputBias }: RegimeNetwork): boolean =>
  [...hidden.flat(), ...hiddenBias, ...output.flat(), ...outputBias].some((number) => number !== 0n);

const dot = (a: readonly bigint[], b: readonly bigint[]): bigint => a.reduce((total, x, i) => total + x * b[i]!, 0n);

/** z_r of features −2,047 … 2,047. */
export function regimeScores(
  { hidden, hiddenBias, output, outputBias }: RegimeNetwork,
  features: readonly bigint[],
): bigint[] {
  const h = hidden.map((weights, j) => {
    const a = dot(weights, features) + (hiddenBias[j]! << HIDDEN_BIAS_SHIFT);
    return a > 0n ? a >> HIDDEN_SHIFT : 0n;
  });
  return output.map((weights, r) => dot(weights, h) + (outputBias[r]! << OUTPUT_BIAS_SHIFT));
}

/** The regime with the largest score; of equal ones the lowest. */
export const regimeOf = (scores: readonly bigint[]): number =>
  scores.reduce((best, score, r) => (score > scores[best]! ? r : best), 0);
