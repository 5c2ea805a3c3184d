import { SECONDS_PER_HOUR } from "../base/time.ts";

/**
 * Implied volatility of 30 days at the money, as an index says that anybody can read: parts per 10^6 a year; undefined
 * where it says nothing. It feeds feature 7, for reporters, backtests and training alike.
 */
export interface ImpliedVol {
  (symbol: string, timeUtc: number): bigint | undefined;
  /** Underlyings that have an index. */
  readonly recorded: readonly string[];
}

/** Where nobody has an index: feature 7 is 0. */
export const noImpliedVol: ImpliedVol = Object.assign(() => undefined, { recorded: [] });

/** How long the last value of an index counts, as long as a surface that no newer chain replaces. */
export const INDEX_MAX_AGE_SECONDS = 6 * SECONDS_PER_HOUR;

/** Mean over the underlyings that have a value at an instant, parts per 10^6 a year; undefined if none has. */
export function meanImpliedVol(
  impliedVol: ImpliedVol,
  symbols: readonly string[],
  timeUtc: number,
): bigint | undefined {
  const known = symbols.flatMap((symbol) => impliedVol(symbol, timeUtc) ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, vol) => sum + vol, 0n) / BigInt(known.length);
}
