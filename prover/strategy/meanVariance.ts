import { SIGNAL_UNIT, pairIndex } from "../format/signals.ts";

/**
 * Mean-variance weights: docs/strategy.md §4.2. The optimum is found in floats and rounded; what counts is `sleeveFaults`, the
 * integer conditions that the circuit checks.
 */
export interface SleeveProblem {
  /** σ_i, 2^−7 a year; 0 where there is no asset. */
  readonly volatility: readonly bigint[];
  /** ρ_ij of i < j, row by row, 2^−7. */
  readonly correlation: readonly bigint[];
  /** μ_i, bps a year. */
  readonly viewsBps: readonly bigint[];
  /** c, 2^−8 of 1/λ. */
  readonly riskTolerance: bigint;
  /** κ, eighths. */
  readonly stressMix: bigint;
  readonly budgetBps: bigint;
}

export interface SleeveSolution {
  /** w_i, 2^−16 bps of NAV. */
  readonly weights: readonly bigint[];
  /** ν */
  readonly price: bigint;
}

/** Weights have 16 binary digits behind the basis point. */
export const WEIGHT_SHIFT = 16n;
const VIEW_SHIFT = 32n;
/** How large e_i may be, per unit of the asset's own volatility: about twice what rounding eight weights can do to it. */
const toleranceOf = (volatility: bigint): bigint => volatility << 23n;
/** One, and a ridge of 1/16. */
const DIAGONAL = 136n;
const EIGHTHS = 8n;

/** V, positive definite over the assets of positive volatility. */
export function sleeveMatrix({ volatility, correlation, stressMix }: SleeveProblem): bigint[][] {
  const n = volatility.length;
  return volatility.map((a, i) =>
    volatility.map((b, j) => {
      const rho = i === j ? DIAGONAL : correlation[pairIndex(n, Math.min(i, j), Math.max(i, j))]!;
      return a * b * ((EIGHTHS - stressMix) * rho + stressMix * SIGNAL_UNIT);
    }),
  );
}

const scaledViews = ({ viewsBps, riskTolerance }: SleeveProblem): bigint[] =>
  viewsBps.map((view) => (riskTolerance * view) << VIEW_SHIFT);

/** e_i */
function residuals(problem: SleeveProblem, { weights, price }: SleeveSolution): bigint[] {
  const views = scaledViews(problem);
  return sleeveMatrix(problem).map((row, i) => row.reduce((e, v, j) => e - v * weights[j]!, views[i]! - price));
}

/** The conditions a solution breaks, in words; none if it is the optimum to the stated tolerance. */
export function sleeveFaults(problem: SleeveProblem, solution: SleeveSolution): string[] {
  const { weights, price } = solution;
  const slack = (problem.budgetBps << WEIGHT_SHIFT) - weights.reduce((a, b) => a + b, 0n);
  const faults: string[] = [];
  if (slack < 0n) faults.push("the weights exceed their budget");
  if (price < 0n) faults.push("the price of the budget is negative");
  if (price !== 0n && slack !== 0n) faults.push("a budget that is not used up has a price");
  residuals(problem, solution).forEach((e, i) => {
    const w = weights[i]!;
    if (w < 0n) faults.push(`weight ${i} is negative`);
    if (problem.volatility[i] === 0n) {
      if (w !== 0n) faults.push(`weight ${i} is of an asset that is not in the market`);
      return;
    }
    const tolerance = toleranceOf(problem.volatility[i]!);
    if (e >= tolerance) faults.push(`weight ${i} is too small`);
    if (w > 0n && e < -tolerance) faults.push(`weight ${i} is too large`);
  });
  return faults;
}

/** The optimum, rounded to whole weights that keep the budget. */
export function solveSleeve(problem: SleeveProblem): SleeveSolution {
  const n = problem.volatility.length;
  const views = scaledViews(problem);
  const live = [...Array(n).keys()].filter((i) => problem.volatility[i]! > 0n);
  const none: bigint[] = Array<bigint>(n).fill(0n);
  const highest = live.reduce((most, i) => (views[i]! > most ? views[i]! : most), 0n);
  if (problem.budgetBps === 0n || highest === 0n)
    return { weights: none, price: problem.budgetBps === 0n ? highest : 0n };

  const matrix = sleeveMatrix(problem);
  const budget = problem.budgetBps << WEIGHT_SHIFT;
  const { weights: found, bound } = optimise(
    live.map((i) => live.map((j) => Number(matrix[i]![j]!))),
    live.map((i) => Number(views[i]!)),
    Number(budget),
  );
  const weights = none.slice();
  live.forEach((i, k) => (weights[i] = BigInt(Math.max(0, Math.round(found[k]!)))));
  const off = budget - weights.reduce((a, b) => a + b, 0n);
  if (bound || off < 0n) {
    const largest = live.reduce((best, i) => (weights[i]! > weights[best]! ? i : best), live[0]!);
    weights[largest]! += off;
  }
  if (!bound) return { weights, price: 0n };
  // ν is put in the middle of the values that leave every asset within its tolerance.
  const residual = residuals(problem, { weights, price: 0n });
  const edges = (assets: readonly number[], side: bigint): bigint[] =>
    assets.map((i) => residual[i]! + side * toleranceOf(problem.volatility[i]!));
  const lowest = edges(live, -1n).reduce((a, b) => (b > a ? b : a));
  const most = edges(
    live.filter((i) => weights[i]! > 0n),
    1n,
  ).reduce((a, b) => (b < a ? b : a));
  const middle = (lowest + most) / 2n;
  return { weights, price: middle > 0n ? middle : 0n };
}

export interface Optimum {
  readonly weights: readonly number[];
  /** The budget is used up. */
  readonly bound: boolean;
  /** What a unit more of it would be worth; 0 unless bound. */
  readonly price: number;
}

/**
 * max viewsᵀw − ½·wᵀVw over w ≥ 0, Σw ≤ budget, for positive definite V: an active set in the manner of Lawson and Hanson. The
 * same on every machine: additions, products, quotients and square roots in a fixed order.
 * @throws RangeError if V is not positive definite
 */
export function optimise(
  covariance: readonly (readonly number[])[],
  views: readonly number[],
  budget: number,
): Optimum {
  const free = activeSet(covariance, views, undefined);
  if (free.weights.reduce((a, b) => a + b, 0) <= budget) return { weights: free.weights, bound: false, price: 0 };
  return { ...activeSet(covariance, views, budget), bound: true };
}

/** Relative size of a gradient that counts as none. */
const FLAT = 1e-12;

function activeSet(
  covariance: readonly (readonly number[])[],
  views: readonly number[],
  total: number | undefined,
): { weights: number[]; price: number } {
  const n = views.length;
  const scale = Math.max(...views.map(Math.abs), 1);
  let weights = Array<number>(n).fill(0);
  let price = 0;
  const held = new Set<number>();
  if (total !== undefined) {
    const first = views.reduce((best, view, i) => (view > views[best]! ? i : best), 0);
    weights[first] = total;
    held.add(first);
    price = views[first]! - covariance[first]![first]! * total;
  }
  for (let round = 0; round < 20 * n; round++) {
    const gradient = views.map((view, i) => view - price - covariance[i]!.reduce((s, v, j) => s + v * weights[j]!, 0));
    const entering = gradient.reduce(
      (best, g, i) => (!held.has(i) && g > FLAT * scale && (best < 0 || g > gradient[best]!) ? i : best),
      -1,
    );
    if (entering < 0) return { weights, price };
    held.add(entering);
    for (;;) {
      const set = [...held].sort((a, b) => a - b);
      const inner = solveHeld(covariance, views, set, total);
      price = inner.price;
      const goal = Array<number>(n).fill(0);
      set.forEach((i, k) => (goal[i] = inner.weights[k]!));
      const blocking = set.filter((i) => goal[i]! <= 0);
      if (blocking.length === 0) {
        weights = goal;
        break;
      }
      const step = Math.min(...blocking.map((i) => (weights[i]! <= 0 ? 0 : weights[i]! / (weights[i]! - goal[i]!))));
      weights = weights.map((w, i) => w + step * (goal[i]! - w));
      for (const i of blocking)
        if (weights[i]! <= FLAT * Math.abs(goal[i]!) || weights[i]! <= 0) {
          weights[i] = 0;
          held.delete(i);
        }
      if (held.size === 0) break;
    }
  }
  return { weights, price };
}

/** Stationary weights of the assets held, whose sum is `total` if given. */
function solveHeld(
  covariance: readonly (readonly number[])[],
  views: readonly number[],
  set: readonly number[],
  total: number | undefined,
): { weights: number[]; price: number } {
  const factor = cholesky(set.map((i) => set.map((j) => covariance[i]![j]!)));
  const a = solveCholesky(
    factor,
    set.map((i) => views[i]!),
  );
  if (total === undefined) return { weights: a, price: 0 };
  const b = solveCholesky(
    factor,
    set.map(() => 1),
  );
  const price = (a.reduce((s, x) => s + x, 0) - total) / b.reduce((s, x) => s + x, 0);
  return { weights: a.map((x, k) => x - price * b[k]!), price };
}

function cholesky(m: readonly (readonly number[])[]): number[][] {
  const factor: number[][] = m.map(() => Array<number>(m.length).fill(0));
  for (let i = 0; i < m.length; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = m[i]![j]!;
      for (let k = 0; k < j; k++) rest -= factor[i]![k]! * factor[j]![k]!;
      if (i !== j) factor[i]![j] = rest / factor[j]![j]!;
      else if (rest > 0) factor[i]![i] = Math.sqrt(rest);
      else throw new RangeError("the covariance matrix is not positive definite; shrink it, or add to its diagonal");
    }
  }
  return factor;
}

function solveCholesky(factor: readonly (readonly number[])[], right: readonly number[]): number[] {
  const y = right.slice();
  for (let i = 0; i < y.length; i++) {
    for (let k = 0; k < i; k++) y[i]! -= factor[i]![k]! * y[k]!;
    y[i]! /= factor[i]![i]!;
  }
  for (let i = y.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < y.length; k++) y[i]! -= factor[k]![i]! * y[k]!;
    y[i]! /= factor[i]![i]!;
  }
  return y;
}
