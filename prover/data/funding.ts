import { SECONDS_PER_HOUR } from "../base/time.ts";

/** Hourly funding of a perp that longs pay, parts per 10^9, for the hour that ends at an instant. */
export interface Funding {
  (symbol: string, timeUtc: number): bigint;
  /**
   * The same of the interval that was last paid for at an instant; that of eight hours since midnight where left out.
   */
  readonly lastPaid?: (symbol: string, timeUtc: number) => bigint;
  /** Perps whose funding is recorded; left out where no record was given. */
  readonly recorded?: readonly string[];
  /** Whether the record has the rate of the hour that ends at an instant; left out where it has all of `recorded`. */
  readonly has?: (symbol: string, timeUtc: number) => boolean;
  /** What of the record was left out, or had to be assumed. */
  readonly notes?: readonly string[];
}

/** What exchanges charge when perp and spot agree: 0.01 % every eight hours. */
export const USUAL_FUNDING_PPB = 12_500n;
export const USUAL_INTERVAL_SECONDS = 8 * SECONDS_PER_HOUR;

export const usualFunding: Funding = () => USUAL_FUNDING_PPB;

/**
 * What a perp held from one instant to another pays, parts per 10^9: hour by hour, also where prices of some are
 * missing.
 */
export function fundingBetween(funding: Funding, symbol: string, fromUtc: number, toUtc: number): bigint {
  let sum = 0n;
  for (let time = toUtc; time > fromUtc; time -= SECONDS_PER_HOUR) sum += funding(symbol, time);
  return sum;
}

/**
 * What longs of perps paid at the last interval's end: known at an instant, where the running interval's rate is not.
 * Mean over the perps, parts per 10^9 an hour; 0 without perps.
 */
export function meanPaidFunding(funding: Funding, perps: readonly string[], timeUtc: number): bigint {
  const paid = funding.lastPaid ?? ((symbol: string) => funding(symbol, timeUtc - (timeUtc % USUAL_INTERVAL_SECONDS)));
  return perps.length === 0
    ? 0n
    : perps.reduce((sum, symbol) => sum + paid(symbol, timeUtc), 0n) / BigInt(perps.length);
}
