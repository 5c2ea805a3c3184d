/** Hourly funding of a perp that longs pay, parts per 10^9, at an instant. */
export interface Funding {
  (symbol: string, timeUtc: number): bigint;
  /** Perps whose funding is recorded; left out where no record was given. */
  readonly recorded?: readonly string[];
}

/** What exchanges charge when perp and spot agree: 0.01 % every eight hours. */
export const USUAL_FUNDING_PPB = 12_500n;
export const FUNDING_INTERVAL_SECONDS = 8 * 3_600;

export const usualFunding: Funding = () => USUAL_FUNDING_PPB;

/**
 * What longs of perps paid at the last interval's end: known at an instant, where the running interval's rate is not. Mean over the
 * perps, parts per 10^9 an hour; 0 without perps.
 */
export function meanPaidFunding(funding: Funding, perps: readonly string[], timeUtc: number): bigint {
  const paidAt = timeUtc - (timeUtc % FUNDING_INTERVAL_SECONDS);
  return perps.length === 0
    ? 0n
    : perps.reduce((sum, symbol) => sum + funding(symbol, paidAt), 0n) / BigInt(perps.length);
}
