import { flatSurface } from "../snapshot/surface.ts";
import type { VolSurface } from "../snapshot/surface.ts";
import { ReplayError } from "./errors.ts";
import type { PricePath } from "./path.ts";

/**
 * Volatility of the recent past, and from it a stand-in for implied volatility when a replay has no option
 * data: a flat surface at realised volatility times a premium.
 */
export interface RealisedVolOptions {
  /** Hours that count, ending now; 168 (a week) when left out. */
  windowHours?: number;
  /** Volatility a year believed before any price is seen, as a fraction; 0.7 when left out. */
  priorVol?: number;
  /** How many hours of prices the belief is worth; 24 when left out. */
  priorHours?: number;
}

export interface ImpliedProxyOptions extends RealisedVolOptions {
  /** Implied over realised volatility; 1.1 when left out (sellers of options ask to be paid). */
  premium?: number;
  /** Bounds of the result; 0.2 and 3 when left out. */
  floor?: number;
  cap?: number;
}

const SECONDS_PER_YEAR = 365 * 86_400;
const HOURS_PER_YEAR = 8_760;

/**
 * Realised volatility a year, as a fraction, from closes up to and including `hour`, never later ones:
 *
 *   √((Σ ln²(P_t/P_{t−1}) + priorVol²·p) / (elapsed years + p)),   p = priorHours / 8760
 *
 * The mean return counts as zero. Elapsed time is real, so a gap is one return over a longer time. With a
 * prior it is above zero and defined at the first hour.
 * @throws ReplayError `unknown-asset`, `no-such-hour` or `bad-option`.
 */
export function realisedVol(path: PricePath, asset: string, hour: number, options: RealisedVolOptions = {}): number {
  const { windowHours = 168, priorVol = 0.7, priorHours = 24 } = options;
  if (!(Number.isInteger(windowHours) && windowHours >= 1 && priorVol >= 0 && priorHours > 0)) {
    throw new ReplayError("bad-option", "a volatility window is a whole number of hours from 1, its prior a volatility from 0 with hours above 0");
  }
  if (!path.assets.includes(asset)) {
    throw new ReplayError("unknown-asset", `the path has no ${asset}; it has ${path.assets.join(", ")}`);
  }
  const first = Math.max(0, hour - windowHours);
  let previous = path.at(first);
  const startUtc = previous.timeUtc;
  let squares = 0;
  for (let h = first + 1; h <= hour; h++) {
    const current = path.at(h);
    squares += Math.log(current.prices[asset]! / previous.prices[asset]!) ** 2;
    previous = current;
  }
  const years = (path.at(hour).timeUtc - startUtc) / SECONDS_PER_YEAR;
  const priorYears = priorHours / HOURS_PER_YEAR;
  return Math.sqrt((squares + priorVol ** 2 * priorYears) / (years + priorYears));
}

/**
 * A flat implied-volatility surface as of `hour`: realised volatility times the premium, within the bounds.
 * @throws ReplayError as `realisedVol`.
 */
export function impliedProxy(path: PricePath, asset: string, hour: number, options: ImpliedProxyOptions = {}): VolSurface {
  const { premium = 1.1, floor = 0.2, cap = 3 } = options;
  const vol = realisedVol(path, asset, hour, options) * premium;
  return flatSurface(path.at(hour).timeUtc, Math.min(cap, Math.max(floor, vol)));
}
