import { SECONDS_PER_YEAR } from "../../prover/base/time.ts";
import type { OptionQuote } from "../../prover/surface/quotes.ts";
import { sviTotalVariance } from "../../prover/surface/surface.ts";
import type { SurfaceExpiry, SviSlice } from "../../prover/surface/surface.ts";

/** A time for synthetic chains, seconds since 1970. */
export const CHAIN_TIME = 1_700_000_000;

/** Slices free of arbitrage, a week to a year, shaped like a token's. */
export const SMILES: readonly SurfaceExpiry[] = [
  { days: 7, slice: { a: 0.0018, b: 0.035, rho: -0.2, m: 0.01, sigma: 0.1 } },
  { days: 30, slice: { a: 0.012, b: 0.08, rho: -0.22, m: 0.02, sigma: 0.22 } },
  { days: 91, slice: { a: 0.05, b: 0.14, rho: -0.25, m: 0.03, sigma: 0.4 } },
  { days: 365, slice: { a: 0.22, b: 0.28, rho: -0.3, m: 0.05, sigma: 0.8 } },
].map(({ days, slice }) => ({ expiryUtc: CHAIN_TIME + days * 86_400, slice }));

export interface QuoteOptions {
  /** Strikes an expiry; 15 when left out. */
  strikes?: number;
  /** How far they reach, in standard deviations; 2.5 when left out. */
  reach?: number;
  /** Half-spread, fraction a year; 0 when left out. */
  halfSpread?: number;
  /** What is added to each volatility; nothing when left out. */
  noise?: (index: number) => number;
}

/** Volatility quotes at even steps of log-moneyness, on the side that is out of the money. */
export function quotesOf(expiries: readonly SurfaceExpiry[], options: QuoteOptions = {}): OptionQuote[] {
  const { strikes = 15, reach = 2.5, halfSpread = 0, noise = () => 0 } = options;
  return expiries.flatMap(({ expiryUtc, slice }, e) => {
    const width = reach * Math.sqrt(sviTotalVariance(slice, 0));
    return Array.from({ length: strikes }, (_, i): OptionQuote => {
      const k = width * ((2 * i) / (strikes - 1) - 1);
      const vol = volAt(slice, k, expiryUtc) + noise(e * strikes + i);
      return {
        strikeUsd: 2_000 * Math.exp(k),
        expiryUtc,
        isCall: k >= 0,
        forwardUsd: 2_000,
        unit: "vol",
        bid: vol - halfSpread,
        ask: vol + halfSpread,
      };
    });
  });
}

/** Volatility of a slice for an expiry counted from `CHAIN_TIME`. */
export function volAt(slice: SviSlice, k: number, expiryUtc: number): number {
  return Math.sqrt((sviTotalVariance(slice, k) * SECONDS_PER_YEAR) / (expiryUtc - CHAIN_TIME));
}
