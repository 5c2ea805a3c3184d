import { toPrice } from "../base/units.ts";
import { meanPaidFunding } from "../data/funding.ts";
import type { Funding } from "../data/funding.ts";
import { meanImpliedVol, noImpliedVol } from "../data/impliedVol.ts";
import type { ImpliedVol } from "../data/impliedVol.ts";
import type { PricePath } from "../data/path.ts";
import type { MarketSignals } from "../format/signals.ts";
import { HISTORY_HOURS, SignalHistory } from "./signalHistory.ts";

/** What a market's signals are of. */
export interface SignalSources {
  /** Underlyings, each once; the path's assets when left out. */
  readonly assets?: readonly string[];
  /** Symbol of each sleeve asset, undefined where there is none. */
  readonly sleeve: readonly (string | undefined)[];
  /** Mean hourly funding of perps at an hour, parts per 10^9. */
  readonly fundingPpb?: (hour: number) => bigint;
  /** Mean implied volatility that indices say, parts per 10^6 a year. */
  readonly impliedVolPpm?: (hour: number) => bigint | undefined;
}

/**
 * Signals at the hours of a path from one on, hour by hour; options' days to expiry left out. They depend on the
 * HISTORY_HOURS before it as far as the path has them, and on no others: at an hour they are the same wherever it
 * began.
 */
export function* signalsOfPath(
  path: PricePath,
  { assets = path.assets, sleeve, fundingPpb, impliedVolPpm }: SignalSources,
  from = 0,
): Generator<MarketSignals> {
  const place = sleeve.map((symbol) => {
    const at = symbol === undefined ? -1 : assets.indexOf(symbol);
    return at < 0 ? undefined : at;
  });
  const history = new SignalHistory(assets.length, place);
  for (let hour = Math.max(-path.history, from - HISTORY_HOURS); hour < path.hours; hour++) {
    const { prices } = path.at(hour);
    const implied = hour < from ? undefined : impliedVolPpm?.(hour);
    history.push({
      prices: assets.map((asset) => toPrice(prices[asset]!)),
      ...(fundingPpb === undefined ? {} : { fundingPpb: fundingPpb(hour) }),
      ...(implied === undefined ? {} : { impliedVolPpm: implied }),
    });
    if (hour >= from) yield history.signals();
  }
}

/** The perps whose funding feature 6 shows, where no market says what is listed. */
export const regimePerps = (path: PricePath): string[] =>
  ["ETH", "BTC"].filter((symbol) => path.assets.includes(symbol));

/**
 * What a regime network is trained on: the features of each hour of a path whose windows are full, from hour
 * `HISTORY_HOURS` on.
 */
export function regimeFeatures(
  path: PricePath,
  funding: Funding,
  impliedVol: ImpliedVol = noImpliedVol,
): (readonly bigint[])[] {
  const perps = regimePerps(path);
  const sources: SignalSources = {
    sleeve: [],
    fundingPpb: (hour) => meanPaidFunding(funding, perps, path.at(hour).timeUtc),
    impliedVolPpm: (hour) => meanImpliedVol(impliedVol, path.assets, path.at(hour).timeUtc),
  };
  return [...signalsOfPath(path, sources, HISTORY_HOURS)].map(({ features }) => features);
}
