import { SECONDS_PER_YEAR } from "../base/time.ts";
import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { normalDensity } from "./black76.ts";
import { requireNumber } from "../base/snapshotErrors.ts";
import {
  butterflyG,
  calendarFault,
  CHECK_GRID,
  LEE_BOUND,
  quadraticGrid,
  sliceFault,
  wingSlopes,
} from "./noArbitrage.ts";
import type { ArbitrageFault } from "./noArbitrage.ts";
import { screenQuotes } from "./quotes.ts";
import type { OptionQuote, RefusedQuote, VolPoint } from "./quotes.ts";
import { sviTotalVariance, volSurface } from "./surface.ts";
import type { SurfaceExpiry, SviSlice, VolSurface } from "./surface.ts";

/**
 * Fits an implied-volatility surface to one chain of quotes: a raw SVI slice per expiry, nearest first.
 *
 * Minimised is the sum over strikes of ((model vol − mid vol) / max(half-spread, 0.5 points))², by
 * Levenberg and Marquardt from four fixed starts, the best of a grid of vertices (m, σ) for each of which
 * the other three parameters solve a linear problem. A slice is first fitted freely, held only under the total
 * variance that later expiries are quoted at outside its own strikes, where it would be guesswork. If that slice
 * has arbitrage, it is fitted again with penalties on butterflies, wings and on crossing the slice before it, and
 * tested again. What passes both tests and misses its quotes by no more than their half-spread (root mean
 * square) is accepted.
 *
 * Penalties are for the guesswork beyond the quoted strikes, and for noise. Where the free fit itself has negative
 * density *between* its quoted strikes, or one expiry bids more total variance than the next one offers, the quotes are
 * what is wrong, and no second fit makes them right.
 *
 * Same quotes, same bits: no randomness, no clock, a fixed number of steps. The order of the quotes does not
 * count, up to rounding.
 */
export interface SurfaceFit {
  asOfUtc: number;
  /** Undefined if a slice was refused, or none could be fitted. */
  surface: VolSurface | undefined;
  /** Accepted slices, by expiry. */
  slices: SliceFit[];
  /** Expiries whose quotes contradict each other or the expiry before. Any one of them refuses the surface. */
  refused: RefusedExpiry[];
  /** Expiries with too few strikes; the surface goes without them. */
  skipped: RefusedExpiry[];
  refusedQuotes: RefusedQuote[];
}

export interface SliceFit extends SurfaceExpiry, Misfit {
  /** Strikes fitted to. */
  strikes: number;
}

/** How far a slice is from the middle of its quotes. */
export interface Misfit {
  /** Volatility points (0.01), root mean square and largest. */
  rmseVolPoints: number;
  worstVolPoints: number;
  /** Root mean square weighted with the square of vega: what the misses are worth in price. */
  vegaRmseVolPoints: number;
  /** Root mean square in half-spreads, none counted as less than half a point. */
  halfSpreads: number;
  /** Strikes where the slice lies between bid and ask, widened to half a point each way. */
  withinSpread: number;
}

export interface RefusedExpiry {
  expiryUtc: number;
  /** `misfit`: no slice without arbitrage comes close enough to the quotes. */
  reason: "too-few-strikes" | "misfit" | ArbitrageFault["kind"];
  /** A sentence that says what is wrong. */
  message: string;
}

/** A slice has five parameters; one strike more, and a wrong quote can show. */
export const MIN_STRIKES = 6;
/** Half-spread that a quote is believed to have at least, fraction a year. */
const VOL_RESOLUTION = 0.005;
/** Largest `Misfit.halfSpreads` of an accepted slice. */
export const MISFIT_LIMIT = 1;

const STARTS = 4;
const STEPS = 100;
const START_VERTICES = [-2, -1, -0.5, 0, 0.5, 1, 2].flatMap((m) =>
  [-2, -1, 0, 0.7, 1.4].map((logSigma) => ({ m, logSigma })),
);
/**
 * What violations weigh in a fit, and by how much of itself total variance is to stay above that of the slice before.
 */
interface Round {
  readonly penalty: number;
  readonly calendarMargin: number;
}
const CALENDAR_MARGIN = 1e-4;
/**
 * Penalties rise until the slice passes. A wing that nobody quotes may go on crossing the slice before by hundredths of
 * a per cent, however dear that is, because penalties see nothing between the points of their grid: then it is held
 * farther above.
 */
const ROUNDS: readonly Round[] = [
  ...[1, 10, 100].map((penalty) => ({ penalty, calendarMargin: CALENDAR_MARGIN })),
  ...[1e-3, 1e-2].map((calendarMargin) => ({ penalty: 100, calendarMargin })),
];
const FREE: Round = { penalty: 0, calendarMargin: 0 };
const PENALTY_GRID = quadraticGrid(60);
/**
 * Where quotes leave a penalised slice a choice it takes wings like these, which most markets have: without it,
 * wings that nobody quotes run to the bounds and leave no room for the expiries after.
 */
const CALM = [0, -1, 0, 0, 0];
const CALM_WEIGHT = 1e-3;
/** Penalties start a little before the fault does, because they see nothing between the points of their grid. */
const G_MARGIN = 2e-3;

/**
 * @param asOfUtc when the quotes were taken, seconds since 1970
 * @throws SnapshotError `invalid-input` for a time that is none; never for what the quotes hold
 */
export function fitSurface(asOfUtc: number, quotes: readonly OptionQuote[]): SurfaceFit {
  requireNumber("surface time", asOfUtc, 0);
  const { expiries, refused: refusedQuotes } = screenQuotes(asOfUtc, quotes);
  const slices: SliceFit[] = [];
  const refused: RefusedExpiry[] = [];
  const skipped: RefusedExpiry[] = [];
  let before: QuotedExpiry | undefined;
  for (const [expiryUtc, points] of expiries) {
    const strikes = new Set(points.map(({ k }) => k)).size;
    if (strikes < MIN_STRIKES) {
      skipped.push({
        expiryUtc,
        reason: "too-few-strikes",
        message: `${strikes} usable strikes, ${MIN_STRIKES} are needed`,
      });
      continue;
    }
    const later = [...expiries].filter(([expiry]) => expiry > expiryUtc);
    const ceiling = later.flatMap(([expiry, some]) =>
      some.map(({ k, vol }) => ({ k, variance: vol * vol * yearsFrom(asOfUtc, expiry) })),
    );
    const quoted = { points, years: yearsFrom(asOfUtc, expiryUtc) };
    const crossed = before && quotedCrossing(before, quoted);
    before = quoted;
    const found = crossed ?? fitSlice(points, quoted.years, slices.at(-1)?.slice, ceiling);
    if ("reason" in found) refused.push({ expiryUtc, ...found });
    else slices.push({ expiryUtc, strikes, ...found });
  }
  const whole = refused.length === 0 && slices.length > 0;
  const surface = whole
    ? volSurface(
        asOfUtc,
        slices.map(({ expiryUtc, slice }) => ({ expiryUtc, slice })),
      )
    : undefined;
  return { asOfUtc, surface, slices, refused, skipped, refusedQuotes };
}

/** How far `slice` is from points with `years` to expiry. */
export function misfitOf(slice: SviSlice, points: readonly VolPoint[], years: number): Misfit {
  const misses = points.map(({ k, vol }) => Math.abs(Math.sqrt(sviTotalVariance(slice, k) / years) - vol));
  const vegas = points.map(({ k, vol }) => normalDensity(-k / (vol * Math.sqrt(years)) + (vol * Math.sqrt(years)) / 2));
  const spreads = misses.map((miss, i) => miss / toleranceOf(points[i]!));
  return {
    rmseVolPoints: 100 * rootMeanSquare(misses),
    worstVolPoints: 100 * Math.max(...misses),
    vegaRmseVolPoints: 100 * Math.sqrt(sumOfSquares(misses.map((miss, i) => miss * vegas[i]!)) / sumOfSquares(vegas)),
    halfSpreads: rootMeanSquare(spreads),
    withinSpread: spreads.filter((spread) => spread <= 1).length,
  };
}

interface QuotedExpiry {
  points: readonly VolPoint[];
  years: number;
}

/**
 * Calendar arbitrage in the quotes themselves: a strike at which more total variance is bid for than the later expiry
 * offers at the same k. Between two of its strikes it offers what both together do (their prices bend upwards), taken
 * as linear in total variance.
 */
function quotedCrossing(near: QuotedExpiry, far: QuotedExpiry): Pick<RefusedExpiry, "reason" | "message"> | undefined {
  const offers = far.points.map(({ k, vol, halfSpread }) => ({ k, variance: (vol + halfSpread) ** 2 * far.years }));
  for (const { k, vol, halfSpread } of near.points) {
    const right = offers.findIndex((offer) => offer.k >= k);
    const [low, high] = [offers[Math.max(0, right - 1)]!, offers[right]];
    if (high === undefined || (low === high && low.k !== k)) continue;
    const share = low === high ? 0 : (k - low.k) / (high.k - low.k);
    const offered = low.variance + share * (high.variance - low.variance);
    const bid = (vol - halfSpread) ** 2 * near.years;
    if (bid > offered)
      return {
        reason: "calendar",
        message: `the quotes themselves are arbitrage: its total variance is ${((1 - offered / bid) * 100).toFixed(2)} % below that of the expiry before it at log-moneyness ${k.toFixed(3)}, its offers against that one's bids`,
      };
  }
  return undefined;
}

interface Ceiling {
  k: number;
  /** Total variance that a later expiry is quoted at. */
  variance: number;
}

function fitSlice(
  points: readonly VolPoint[],
  years: number,
  near: SviSlice | undefined,
  ceiling: readonly Ceiling[],
): (Misfit & { slice: SviSlice }) | Pick<RefusedExpiry, "reason" | "message"> {
  const problem = new SliceProblem(points, years, near, ceiling);
  const faultOf = (slice: SviSlice) => sliceFault(slice) ?? (near && calendarFault(near, slice));
  let starts = problem.starts();
  const free = problem.solve(starts, FREE);
  let slice = problem.slice(free);
  const cause = faultOf(slice);
  const fits = misfitOf(slice, points, years).halfSpreads <= MISFIT_LIMIT;
  const [low, high] = [points[0]!.k, points.at(-1)!.k];
  if (fits && cause?.kind === "butterfly" && CHECK_GRID.some((k) => k > low && k < high && butterflyG(slice, k) < 0)) {
    return { reason: "butterfly", message: `the quotes themselves are arbitrage: ${cause.message}` };
  }
  let fault = cause;
  starts.unshift(free);
  for (const round of ROUNDS) {
    if (fault === undefined) break;
    starts = [problem.solve(starts, round)];
    slice = problem.slice(starts[0]!);
    fault = faultOf(slice);
  }
  if (fault !== undefined) {
    return { reason: fault.kind, message: fault.message };
  }
  const misfit = misfitOf(slice, points, years);
  if (!(misfit.halfSpreads <= MISFIT_LIMIT)) {
    const reason = cause !== undefined && fits ? cause.kind : "misfit";
    const why =
      reason === "misfit" ? "the closest slice" : `a slice that fits has arbitrage (${cause!.message}), one without`;
    return {
      reason,
      message: `${why} misses the quotes by ${misfit.halfSpreads.toFixed(1)} half-spreads, ${misfit.rmseVolPoints.toFixed(2)} volatility points`,
    };
  }
  return { slice, ...misfit };
}

/** ln of the lowest variance, ln b, artanh ρ, m, ln σ; in units of the variance at the money. */
type Parameters = readonly [number, number, number, number, number];
const LOWEST: Parameters = [-12, -7, -2.6, -5, -3.5];
const HIGHEST: Parameters = [3, 1.5, 2.6, 5, 2];

/**
 * The least-squares problem of one slice. With v the total variance nearest the money, K = k/√v and W = w/v make
 * every market look alike; a raw SVI slice stays one. The lowest variance stands in for a, so that no parameters
 * give negative variance.
 */
class SliceProblem {
  readonly #points: readonly VolPoint[];
  readonly #years: number;
  readonly #near: SviSlice | undefined;
  readonly #ceiling: readonly Ceiling[];
  /** Total variance nearest the money, and its root. */
  readonly #unit: number;
  readonly #root: number;
  /**
   * Each point's weight, 1 over its tolerance, scaled so that a relative error of 1 everywhere has a sum of squares
   * near 1.
   */
  readonly #weights: readonly number[];

  constructor(points: readonly VolPoint[], years: number, near: SviSlice | undefined, ceiling: readonly Ceiling[]) {
    this.#points = points;
    this.#years = years;
    this.#near = near;
    this.#ceiling = ceiling.filter(({ k }) => k < points[0]!.k || k > points.at(-1)!.k);
    const middle = points.reduce((best, point) => (Math.abs(point.k) < Math.abs(best.k) ? point : best));
    this.#unit = middle.vol ** 2 * years;
    this.#root = Math.sqrt(this.#unit);
    const tolerances = points.map(toleranceOf);
    const typical = [...tolerances].sort((a, b) => a - b)[Math.floor(points.length / 2)]!;
    this.#weights = tolerances.map((tolerance) => typical / (tolerance * middle.vol * Math.sqrt(points.length)));
  }

  slice([lowest, logB, slant, m, logSigma]: Parameters): SviSlice {
    const b = Math.exp(logB) * this.#root;
    const rho = Math.tanh(slant);
    const sigma = Math.exp(logSigma) * this.#root;
    return {
      a: this.#unit * Math.exp(lowest) - b * sigma * Math.sqrt(1 - rho * rho),
      b,
      rho,
      m: m * this.#root,
      sigma,
    };
  }

  /** For each vertex of the grid the best a, b, ρ, which are linear in total variance; the best few of these. */
  starts(): Parameters[] {
    const candidates = START_VERTICES.map(({ m, logSigma }) => {
      const sigma = Math.exp(logSigma);
      const rows = this.#points.map(({ k, vol }, i) => {
        const K = k / this.#root - m;
        const W = (vol * vol * this.#years) / this.#unit;
        // an error of W counts as the error of volatility it causes
        const weight = this.#weights[i]! / (2 * vol);
        return { terms: [1, K, Math.hypot(K, sigma)].map((term) => term * weight), target: W * weight };
      });
      const [level, slope, curve] = leastSquares3(rows);
      const b = clamp(curve, 0.02, 4);
      const rho = clamp(slope / b, -0.95, 0.95);
      const lowest = Math.max(1e-3, level + b * sigma * Math.sqrt(1 - rho * rho));
      const parameters: Parameters = [Math.log(lowest), Math.log(b), Math.atanh(rho), m, logSigma];
      return { parameters, error: sumOfSquares(this.#residuals(parameters, FREE)) };
    });
    return candidates
      .sort((a, b) => a.error - b.error)
      .slice(0, STARTS)
      .map(({ parameters }) => parameters);
  }

  solve(starts: readonly Parameters[], round: Round): Parameters {
    const rows = this.#residuals(starts[0]!, round).map((_, row) => row);
    const solutions = starts.map((start) =>
      levenbergMarquardt(
        { x: rows, y: rows.map(() => 0) },
        (parameters) => {
          const residuals = this.#residuals(parameters as unknown as Parameters, round);
          return (row) => residuals[row]!;
        },
        {
          initialValues: [...start],
          minValues: [...LOWEST],
          maxValues: [...HIGHEST],
          damping: 0.1,
          gradientDifference: 1e-6,
          centralDifference: true,
          maxIterations: STEPS,
          errorTolerance: 0, // so that every start takes all its steps
        },
      ),
    );
    const best = solutions.reduce((a, b) => (b.parameterError < a.parameterError ? b : a));
    return best.parameterValues as unknown as Parameters;
  }

  /** The terms that are squared and summed: misses, then the excess over later expiries, then penalties. */
  #residuals(parameters: Parameters, { penalty, calendarMargin }: Round): number[] {
    const slice = this.slice(parameters);
    const residuals = this.#points.map(
      ({ k, vol }, i) => (Math.sqrt(sviTotalVariance(slice, k) / this.#years) - vol) * this.#weights[i]!,
    );
    for (const { k, variance } of this.#ceiling) {
      residuals.push(Math.max(0, sviTotalVariance(slice, k) / variance - 1) / Math.sqrt(this.#ceiling.length));
    }
    if (penalty > 0) {
      const share = penalty / Math.sqrt(PENALTY_GRID.length);
      for (const k of PENALTY_GRID) {
        residuals.push(share * Math.max(0, G_MARGIN - Math.max(-10, butterflyG(slice, k))));
        if (this.#near !== undefined) {
          const before = sviTotalVariance(this.#near, k);
          residuals.push(share * Math.max(0, calendarMargin + 1 - sviTotalVariance(slice, k) / before));
        }
      }
      CALM.forEach((calm, i) => residuals.push(CALM_WEIGHT * (parameters[i]! - calm)));
      for (const slope of wingSlopes(slice)) {
        residuals.push(penalty * Math.max(0, slope - LEE_BOUND + G_MARGIN));
      }
    }
    return residuals;
  }
}

/** Half-spread that counts, fraction a year. */
function toleranceOf({ halfSpread }: VolPoint): number {
  return Math.max(halfSpread, VOL_RESOLUTION);
}

function yearsFrom(asOfUtc: number, expiryUtc: number): number {
  return (expiryUtc - asOfUtc) / SECONDS_PER_YEAR;
}

/** Solves Σ (terms·x − target)² → min for three unknowns by the normal equations, kept regular by a trace of ridge. */
function leastSquares3(rows: readonly { terms: number[]; target: number }[]): [number, number, number] {
  const sum = (f: (row: { terms: number[]; target: number }) => number) =>
    rows.reduce((total, row) => total + f(row), 0);
  const lines = [0, 1, 2].map((i) => [
    ...[0, 1, 2].map((j) => sum(({ terms }) => terms[i]! * terms[j]!) * (i === j ? 1 + 1e-9 : 1)),
    sum(({ terms, target }) => terms[i]! * target),
  ]);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      if (j === i) continue;
      const factor = lines[j]![i]! / lines[i]![i]!;
      lines[j] = lines[j]!.map((value, c) => value - factor * lines[i]![c]!);
    }
  }
  return lines.map((line, i) => line[3]! / line[i]!) as [number, number, number];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Number.isFinite(value) ? value : low));
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(sumOfSquares(values) / values.length);
}
