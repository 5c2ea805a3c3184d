import { black76Vol, HIGHEST_VOL, LOWEST_VOL, yearsToExpiry } from "./black76.ts";
import { GRID_END } from "./noArbitrage.ts";

/**
 * Option quotes as an exchange shows them, and what a surface can be fitted to among them.
 *
 * Only the side that is out of the money counts at each strike: by put-call parity the other side says the same
 * through a price that is mostly intrinsic value, so its volatility is the less exact one.
 */
export interface OptionQuote {
  /** USD per token. */
  strikeUsd: number;
  /** Seconds since 1970. */
  expiryUtc: number;
  isCall: boolean;
  /** Forward of the expiry when the quote was taken, USD per token. */
  forwardUsd: number;
  /** What `bid` and `ask` are: implied volatility a year as a fraction, or USD per token. */
  unit: "vol" | "usd";
  /** 0 where nobody bids. A mark without a market is its own bid and ask. */
  bid: number;
  ask: number;
}

/**
 * Why a quote is not fitted to.
 *
 * - `not-a-number`: a field is not finite, or strike or forward not above zero.
 * - `expired`: its expiry is not after the surface's time.
 * - `far`: a strike below 5 % or above 2,000 % of the forward, where arbitrage is not tested.
 * - `in-the-money`: the other side of the strike is used.
 * - `no-market`: nobody bids or nobody offers.
 * - `crossed`: the bid is above the ask.
 * - `no-vol`: no volatility from 0.1 % to 2,000 % gives its bid or its ask.
 * - `duplicate`: the same series was quoted before.
 */
export type QuoteFault =
  | "not-a-number"
  | "expired"
  | "far"
  | "in-the-money"
  | "no-market"
  | "crossed"
  | "no-vol"
  | "duplicate";

export interface RefusedQuote {
  quote: OptionQuote;
  fault: QuoteFault;
}

/** One strike of one expiry, fit to be fitted. */
export interface VolPoint {
  /** ln(strike/forward). */
  k: number;
  /** Middle of bid and ask, fraction a year. */
  vol: number;
  /** Half the spread, fraction a year, ≥ 0. */
  halfSpread: number;
}

export interface ScreenedQuotes {
  /** By expiry in seconds since 1970, increasing; points by `k`, increasing. */
  expiries: Map<number, VolPoint[]>;
  refused: RefusedQuote[];
}

/** Sorts quotes into points by expiry and refusals. Never throws, whatever numbers the quotes hold. */
export function screenQuotes(asOfUtc: number, quotes: readonly OptionQuote[]): ScreenedQuotes {
  const points = new Map<number, VolPoint[]>();
  const refused: RefusedQuote[] = [];
  const seen = new Set<string>();
  for (const quote of quotes) {
    const point = pointOf(asOfUtc, quote);
    const series = `${quote.expiryUtc} ${quote.strikeUsd} ${quote.isCall}`;
    if (typeof point === "string") {
      refused.push({ quote, fault: point });
    } else if (seen.has(series)) {
      refused.push({ quote, fault: "duplicate" });
    } else {
      seen.add(series);
      points.set(quote.expiryUtc, [...(points.get(quote.expiryUtc) ?? []), point]);
    }
  }
  const expiries = [...points].sort(([a], [b]) => a - b);
  return { expiries: new Map(expiries.map(([expiry, some]) => [expiry, some.sort((a, b) => a.k - b.k)])), refused };
}

function pointOf(asOfUtc: number, quote: OptionQuote): VolPoint | QuoteFault {
  const { strikeUsd, expiryUtc, isCall, forwardUsd, unit, bid, ask } = quote;
  if (![strikeUsd, expiryUtc, forwardUsd, bid, ask].every(Number.isFinite) || strikeUsd <= 0 || forwardUsd <= 0)
    return "not-a-number";
  if (expiryUtc <= asOfUtc) return "expired";
  if (isCall !== strikeUsd >= forwardUsd) return "in-the-money";
  if (bid <= 0 || ask <= 0) return "no-market";
  if (bid > ask) return "crossed";
  const k = Math.log(strikeUsd / forwardUsd);
  if (Math.abs(k) > GRID_END) return "far";
  const years = yearsToExpiry(asOfUtc, expiryUtc);
  const volOf = (side: number) =>
    unit === "vol" ? side : black76Vol({ forward: forwardUsd, strike: strikeUsd, years, isCall, price: side });
  const [low, high] = [volOf(bid), volOf(ask)];
  if (low === undefined || high === undefined || low < LOWEST_VOL || high > HIGHEST_VOL) return "no-vol";
  return { k, vol: (low + high) / 2, halfSpread: (high - low) / 2 };
}

/** The options of one asset, quoted at one instant. */
export interface OptionChain {
  asset: string;
  /** When the quotes were taken, seconds since 1970. */
  asOfUtc: number;
  quotes: OptionQuote[];
}
