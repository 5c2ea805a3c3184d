import { meanPaidFunding } from "../data/funding.ts";
import type { Funding } from "../data/funding.ts";
import type { PricePath } from "../data/path.ts";
import type { MarketSignals } from "../format/signals.ts";
import { HISTORY_HOURS, SignalHistory } from "./signalHistory.ts";

/** What `signalsOfPath` needs beside prices. */
export interface SignalSources {
  /** Symbol of each sleeve asset, undefined where there is none. */
  readonly sleeve: readonly (string | undefined)[];
  /** Mean hourly funding of perps at an hour, parts per 10^9. */
  readonly fundingPpb?: (hour: number) => bigint;
  /** Mean at-the-money implied volatility of 30 days, parts per 10^6 a year. */
  readonly impliedVolPpm?: (hour: number) => bigint | undefined;
}

/** A price of the data as an integer, the way the snapshot rounds it; at least 1. */
export const priceMicroUsd = (usd: number): bigint => BigInt(Math.max(1, Math.round(usd * 1e6)));

/** Signals at every hour of a path, first hour first; options' days to expiry left out. */
export function* signalsOfPath(
  path: PricePath,
  { sleeve, fundingPpb, impliedVolPpm }: SignalSources,
): Generator<MarketSignals> {
  const place = sleeve.map((symbol) => {
    const at = symbol === undefined ? -1 : path.assets.indexOf(symbol);
    return at < 0 ? undefined : at;
  });
  const history = new SignalHistory(path.assets.length, place);
  for (let hour = 0; hour < path.hours; hour++) {
    const { prices } = path.at(hour);
    const implied = impliedVolPpm?.(hour);
    history.push({
      pricesMicroUsd: path.assets.map((asset) => priceMicroUsd(prices[asset]!)),
      ...(fundingPpb === undefined ? {} : { fundingPpb: fundingPpb(hour) }),
      ...(implied === undefined ? {} : { impliedVolPpm: implied }),
    });
    yield history.signals();
  }
}

/** The perps whose funding feature 6 shows, where no market says what is listed. */
const PERPS = ["ETH", "BTC"];

/** What a regime network is trained on: the features of each hour of a path whose windows are full, from hour `HISTORY_HOURS` on. */
export function regimeFeatures(path: PricePath, funding: Funding): (readonly bigint[])[] {
  const perps = PERPS.filter((symbol) => path.assets.includes(symbol));
  const signals = signalsOfPath(path, {
    sleeve: [],
    fundingPpb: (hour) => meanPaidFunding(funding, perps, path.at(hour).timeUtc),
  });
  return [...signals].slice(HISTORY_HOURS).map(({ features }) => features);
}
