import { sviTotalVariance } from "./surface.ts";
import type { SviSlice } from "./surface.ts";

/**
 * Static arbitrage in SVI slices (Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", 2014).
 *
 * - Butterfly (their eq. 2.1 and Lemma 2.2): the density of the underlying at expiry is a positive factor times
 *
 *     g(k) = (1 − k·w'/(2w))² − w'²/4·(1/w + 1/4) + w''/2,
 *
 *   so a slice whose g is negative somewhere sells a butterfly for less than nothing.
 * - Wings (Lee, "The moment formula for implied volatility at extreme strikes", 2004): total variance grows by at
 *   most 2 per unit of |k|. Beyond the grid g tends to (4 − slope²)/16, so below 2 it ends positive.
 * - Calendar (their Lemma 2.1): total variance never falls with expiry at the same k.
 *
 * Butterfly and calendar are tested on grids, not proven between their points: `CHECK_GRID`, 601 points from
 * k = −3 to 3 (strikes of 5 % to 2,000 % of the forward), spaced with the square of their distance from 0, where
 * short expiries have all their shape; for g also those of 161 points m + σ·sinh(t), t from −8 to 8, that lie in
 * that range: they follow the slice's own vertex.
 */
export interface ArbitrageFault {
  kind: "butterfly" | "wing" | "calendar";
  /** Where it is worst, or the side of a wing (±∞). */
  k: number;
  /** One clause with the amount. */
  message: string;
}

const GRID_HALF = 300;
/** Largest |k| that is tested. */
export const GRID_END = 3;
export const CHECK_GRID: readonly number[] = quadraticGrid(GRID_HALF);
export const LEE_BOUND = 2;
const VERTEX_HALF = 80;
const VERTEX_STEP = 0.1;
/** Total variance may fall by so much of itself: what rounding leaves of two slices that touch. */
const CALENDAR_ROUNDING = 1e-12;

/** Points −3 … 3, odd in the index, denser near 0. */
export function quadraticGrid(half: number): number[] {
  return Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = (i - half) / half;
    return GRID_END * x * Math.abs(x);
  });
}

/** g(k), dimensionless; −∞ where total variance is zero. */
export function butterflyG(slice: SviSlice, k: number): number {
  const { b, rho, m, sigma } = slice;
  const root = Math.hypot(k - m, sigma);
  const w = sviTotalVariance(slice, k);
  const first = b * (rho + (k - m) / root);
  const second = (b * sigma * sigma) / (root * root * root);
  return w > 0 ? (1 - (k * first) / (2 * w)) ** 2 - ((first * first) / 4) * (1 / w + 0.25) + second / 2 : -Infinity;
}

/** Growth of total variance per unit of |k| at the ends, left and right, ≥ 0. */
export function wingSlopes({ b, rho }: SviSlice): [left: number, right: number] {
  return [b * (1 - rho), b * (1 + rho)];
}

/** Butterflies and wings of one slice; undefined if there is no fault. */
export function sliceFault(slice: SviSlice): ArbitrageFault | undefined {
  const slopes = wingSlopes(slice);
  const steep = slopes.findIndex((slope) => slope > LEE_BOUND);
  if (steep >= 0) {
    const side = steep === 0 ? "left" : "right";
    return {
      kind: "wing",
      k: steep === 0 ? -Infinity : Infinity,
      message: `its ${side} wing rises by ${slopes[steep]!.toFixed(3)} of total variance per unit of log-moneyness, more than Lee's bound of 2`,
    };
  }
  const own = Array.from(
    { length: 2 * VERTEX_HALF + 1 },
    (_, i) => slice.m + slice.sigma * Math.sinh((i - VERTEX_HALF) * VERTEX_STEP),
  );
  const [k, g] = lowest([...CHECK_GRID, ...own.filter((at) => Math.abs(at) < GRID_END)], (at) => butterflyG(slice, at));
  return g < 0
    ? {
        kind: "butterfly",
        k,
        message: `its density is negative at log-moneyness ${k.toFixed(3)} (g = ${g.toFixed(4)})`,
      }
    : undefined;
}

/** Where an earlier expiry has more total variance than a later one; undefined if nowhere on the grid. */
export function calendarFault(near: SviSlice, far: SviSlice): ArbitrageFault | undefined {
  const [k, rise] = lowest(CHECK_GRID, (at) => sviTotalVariance(far, at) / sviTotalVariance(near, at) - 1);
  return rise < -CALENDAR_ROUNDING
    ? {
        kind: "calendar",
        k,
        message: `its total variance is ${(-rise * 100).toFixed(2)} % below that of the expiry before it at log-moneyness ${k.toFixed(3)}`,
      }
    : undefined;
}

function lowest(points: readonly number[], value: (k: number) => number): [k: number, value: number] {
  let best: [number, number] = [points[0]!, value(points[0]!)];
  for (const k of points) {
    const here = value(k);
    if (here < best[1]) {
      best = [k, here];
    }
  }
  return best;
}
