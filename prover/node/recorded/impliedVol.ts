import { SECONDS_PER_HOUR } from "../../base/time.ts";
import { INDEX_MAX_AGE_SECONDS, noImpliedVol } from "../../data/impliedVol.ts";
import type { ImpliedVol } from "../../data/impliedVol.ts";
import { ReplayError } from "../../data/errors.ts";
import type { HourlySeries } from "../../data/path.ts";
import { loadSeries } from "./csv.ts";

/** Volatilities in per cent a year lie between these. */
const LEAST_PERCENT = 3;
const MOST_PERCENT = 2_000;

/**
 * Implied volatility from a folder of hourly index files, per cent a year, in the form of price files: `BTC_dvol.csv`
 * with the columns `timestamp,open,high,low,close`. At an hour the last value of the six hours before it counts. None
 * without a folder.
 * @param assets the assets of the prices it goes with: a folder that has none of them is the wrong one
 * @throws ReplayError
 */
export function openImpliedVol(folder?: string, assets?: readonly string[]): ImpliedVol {
  if (folder === undefined) return noImpliedVol;
  const series = new Map(loadSeries(folder).map((one) => [one.asset, one]));
  const recorded = [...series.keys()];
  if (assets !== undefined && !recorded.some((symbol) => assets.includes(symbol)))
    throw new ReplayError(
      "unknown-asset",
      `${folder} has volatility indices of ${recorded.join(", ")}, the prices are of ${assets.join(", ")}; give an index of one of these, in a file such as ${assets[0]}.csv`,
    );
  for (const { closes, placeOf } of series.values()) {
    const bad = closes.findIndex((percent) => percent < LEAST_PERCENT || percent > MOST_PERCENT);
    if (bad >= 0)
      throw new ReplayError(
        "bad-price",
        `${closes[bad]} is no volatility in per cent a year, from ${LEAST_PERCENT} to ${MOST_PERCENT}; write 65.2 for 65.2 %`,
        placeOf?.(bad),
      );
  }
  const rows = new Map(
    [...series].map(([symbol, one]) => [symbol, new Map(one.times.map((time, row) => [time, row]))]),
  );
  const latest = (symbol: string, { closes }: HourlySeries, timeUtc: number): bigint | undefined => {
    for (
      let time = timeUtc - (timeUtc % SECONDS_PER_HOUR);
      timeUtc - time <= INDEX_MAX_AGE_SECONDS;
      time -= SECONDS_PER_HOUR
    ) {
      const row = rows.get(symbol)!.get(time);
      if (row !== undefined) return BigInt(Math.round(closes[row]! * 10_000));
    }
    return undefined;
  };
  return Object.assign(
    (symbol: string, timeUtc: number): bigint | undefined => {
      const own = series.get(symbol);
      return own === undefined ? undefined : latest(symbol, own, timeUtc);
    },
    { recorded },
  );
}
