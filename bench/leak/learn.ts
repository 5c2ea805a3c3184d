// How attackers learn: from vaults of the public prior that they play themselves, over the prices that everybody knows.
import cdf from "@stdlib/stats-base-dists-normal-cdf";
import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** Strengths of the pull to the mean that are tried, relative to a feature's variance. */
const RIDGES = [1e-8, 1e-6, 1e-4, 1e-2, 1e-1, 1, 10, 100];
/** Share of examples that choose between them. */
const HELD_OUT = 0.2;

/**
 * Linear estimates of some numbers from observations, by ridge regression over examples: of all linear ones the best
 * where there are enough. Rows are examples.
 */
export function learn(
  features: readonly Float64Array[],
  targets: readonly Float64Array[],
): (seen: Float64Array) => Float64Array {
  const width = features[0]!.length;
  const means = column(width, (k) => mean(features, k));
  const scales = column(width, (k) => Math.sqrt(mean(features, k, means[k]!)) || 1);
  const x = (row: Float64Array): Float64Array => row.map((value, k) => (value - means[k]!) / scales[k]!);
  const height = targets[0]!.length;
  const centres = column(height, (k) => mean(targets, k));
  const all = features.map(x);
  const trained = Math.round(all.length * (1 - HELD_OUT));

  const solver = (count: number): ((ridge: number) => Matrix) => {
    const a = new Matrix(all.slice(0, count));
    const b = new Matrix(targets.slice(0, count).map((row) => row.map((value, k) => value - centres[k]!)));
    const transposed = a.transpose();
    const square = transposed.mmul(a);
    const right = transposed.mmul(b);
    return (ridge) => {
      const pulled = square.clone();
      for (let k = 0; k < width; k++) pulled.set(k, k, pulled.get(k, k) + ridge * count);
      return new CholeskyDecomposition(pulled).solve(right);
    };
  };
  const held = new Matrix(all.slice(trained));
  const wanted = targets.slice(trained);
  const trial = solver(trained);
  const error = (ridge: number): number => {
    const found = held.mmul(trial(ridge));
    return wanted.reduce(
      (total, row, r) => total + row.reduce((sum, value, k) => sum + (value - centres[k]! - found.get(r, k)) ** 2, 0),
      0,
    );
  };
  const best = RIDGES.map((ridge) => ({ ridge, error: error(ridge) })).reduce((a, b) => (b.error < a.error ? b : a));
  const weights = solver(all.length)(best.ridge);
  return (seen) => {
    const row = x(seen);
    return centres.map((centre, k) => row.reduce((sum, value, i) => sum + value * weights.get(i, k), centre));
  };
}

/** Where orders begin to depend on a gap, shares of NAV: about the template's bands. */
const HINGES = [0, 0.005, 0.01, 0.015, 0.02, 0.03];

/**
 * Learns twice. What is wanted bends where a band ends, so the second time the features are what the first has found,
 * and how far each gap that it has found lies beyond some widths.
 * @param gaps numbers that are wanted only to bend at; one row per example
 */
export function learnBent(
  features: readonly Float64Array[],
  targets: readonly Float64Array[],
  gaps: readonly Float64Array[],
): (seen: Float64Array) => Float64Array {
  const width = targets[0]!.length;
  const first = learn(
    features,
    targets.map((row, k) => Float64Array.of(...row, ...gaps[k]!)),
  );
  const bent = (seen: Float64Array): Float64Array => {
    const found = first(seen);
    const beyond = [...found.subarray(width)].flatMap((gap) =>
      HINGES.flatMap((hinge) => [Math.max(0, gap - hinge), Math.max(0, -gap - hinge)]),
    );
    return Float64Array.of(...found, ...beyond);
  };
  const second = learn(features.map(bent), targets);
  return (seen) => second(bent(seen));
}

const column = (length: number, of: (k: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, k) => of(k));
/** Mean of a column, or its mean square about `centre`. */
const mean = (rows: readonly Float64Array[], k: number, centre?: number): number =>
  rows.reduce((sum, row) => sum + (centre === undefined ? row[k]! : (row[k]! - centre) ** 2), 0) / rows.length;

/** Weights of the steps of an assimilation: their reciprocals add up to one. */
const STEPS = [9.333, 7, 4, 2];

/** What a played vault shows, and what an attacker wants to know of it. */
export interface Outcome {
  readonly seen: Float64Array;
  readonly wanted: Float64Array;
}

/**
 * Fits what is hidden, all of it standard normal numbers, to what was seen: an ensemble smoother with multiple data
 * assimilation (Emerick and Reynolds 2013). Where the play is smooth this is Gauss and Newton's step, learned from the
 * ensemble; where chance has a part, chance is among the numbers.
 * @param noise standard deviation of each observation
 * @param normal a stream of standard normal numbers
 * @returns the mean of what is wanted over the fitted ensemble
 */
export function assimilate(
  play: (uniforms: readonly Float64Array[]) => readonly Outcome[],
  hidden: number,
  observed: Float64Array,
  noise: Float64Array,
  normal: () => number,
  size: number,
): Float64Array {
  let states = Array.from({ length: size }, () => column(hidden, normal));
  const run = (): readonly Outcome[] =>
    play(states.map((state) => state.map((z) => Math.min(cdf(z, 0, 1), 1 - 1e-12))));
  for (const step of STEPS) {
    const seen = run().map((outcome) => outcome.seen);
    const width = observed.length;
    const means = column(width, (k) => mean(seen, k));
    const deviations = new Matrix(seen.map((row) => row.map((value, k) => (value - means[k]!) / noise[k]!)));
    const covariance = deviations
      .transpose()
      .mmul(deviations)
      .div(size - 1);
    for (let k = 0; k < width; k++) covariance.set(k, k, covariance.get(k, k) + step);
    const misses = new Matrix(
      seen.map((row) => row.map((value, k) => (observed[k]! - value) / noise[k]! + Math.sqrt(step) * normal())),
    ).transpose();
    // A state moves by cov(state, seen)·(cov(seen) + noise)⁻¹·miss: a combination of the ensemble's deviations.
    const weights = deviations.mmul(new CholeskyDecomposition(covariance).solve(misses)).div(size - 1);
    const centre = column(hidden, (k) => mean(states, k));
    const spread = new Matrix(states.map((state) => state.map((z, k) => z - centre[k]!)));
    const moves = weights.transpose().mmul(spread);
    states = states.map((state, member) => state.map((z, k) => z + moves.get(member, k)));
  }
  const wanted = run().map((outcome) => outcome.wanted);
  return column(wanted[0]!.length, (k) => mean(wanted, k));
}
