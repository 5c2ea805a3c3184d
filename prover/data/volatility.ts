import { HOURS_PER_YEAR, SECONDS_PER_YEAR } from "../base/time.ts";
import { ReplayError } from "./errors.ts";
import type { PricePath } from "./path.ts";

/** How much of the past counts as recent. */
export interface RealisedVolOptions {
  /** Hours that count, ending now; 168 (a week) when left out. */
  windowHours?: number;
  /** Volatility a year believed before any price is seen, as a fraction; 0.7 when left out. */
  priorVol?: number;
  /** How many hours of prices the belief is worth; 24 when left out. */
  priorHours?: number;
}

/**
 * Realised volatility a year, as a fraction, from closes up to and including `hour`, never later ones:
 *
 *   √((Σ ln²(P_t/P_{t−1}) + priorVol²·p) / (elapsed years + p)),   p = priorHours / 8760
 *
 * The mean return counts as zero. Elapsed time is real, so a gap is one return over a longer time. With a
 * prior it is above zero and defined at the first known hour.
 * @throws ReplayError `unknown-asset`, `no-such-hour` or `bad-option`.
 */
export function realisedVol(path: PricePath, asset: string, hour: number, options: RealisedVolOptions = {}): number {
  const { windowHours = 168, priorVol = 0.7, priorHours = 24 } = options;
  if (!(Number.isInteger(windowHours) && windowHours >= 1 && priorVol >= 0 && priorHours > 0)) {
    throw new ReplayError(
      "bad-option",
      "a volatility window is a whole number of hours from 1, its prior a volatility from 0 with hours above 0",
    );
  }
  if (!path.assets.includes(asset)) {
    throw new ReplayError("unknown-asset", `the path has no ${asset}; it has ${path.assets.join(", ")}`);
  }
  const first = Math.max(-path.history, hour - windowHours);
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
