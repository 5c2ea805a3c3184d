import { ReplayError } from "./errors.ts";
import type { OptionChain } from "../surface/quotes.ts";
import { formatUtc, parseUtc } from "./time.ts";

/**
 * A price path: hour after hour, what several assets cost. Snapshots and backtests read this one interface, whether the
 * prices are history from files (`node/recorded/`) or come from the model (`model.ts`).
 */
export interface PricePath {
  assets: string[];
  /** Number of hours; `at` takes −history … hours − 1. */
  hours: number;
  /** Hours that are known before the first. */
  history: number;
  /** @throws ReplayError `no-such-hour`. */
  at(hour: number): PriceHour;
  /** One line that says where the prices come from. */
  description: string;
  /** Whether they are history or the price model's. */
  source: "recorded" | "modelled";
  /** Option chains among the data, of any instants; their expiries are those of the data's own calendar. */
  chains?: readonly OptionChain[];
}

export interface PriceHour {
  /** When these prices held and could be known, seconds since 1970. */
  timeUtc: number;
  /** USD per token, > 0. */
  prices: Record<string, number>;
  /** Tokens traded in the hour that ends now, ≥ 0; an asset whose volume is unknown has no entry. */
  volumes: Record<string, number>;
}

/** Hourly prices of one asset. Times increase; gaps are allowed. */
export interface HourlySeries {
  asset: string;
  /** Where it comes from, for messages. */
  source: string;
  /** Seconds since 1970, whole hours. */
  times: readonly number[];
  /** USD per token, > 0; one per time. */
  closes: readonly number[];
  /** Tokens, ≥ 0; one per time. Left out when unknown. */
  volumes?: readonly number[];
}

export interface PathSelection {
  /** First hour: seconds since 1970, or a date such as `2024-01-31` or `2024-01-31T12:00Z`. */
  from?: number | string;
  /** Last hour, as `from`; hours after it are left out. */
  to?: number | string;
  /** At most so many hours. */
  hours?: number;
  /** Hours wanted before the first; as many as there are. Without `from`, the first hour is the first that has them all. 0 when left out. */
  history?: number;
}

/**
 * Several series on the hours they have in common, in the order given. An hour that one series lacks is left
 * out for all; prices are never filled in.
 * @throws ReplayError `no-series`, `duplicate-asset`, `no-overlap`, `bad-option` or `bad-time`.
 */
export function alignSeries(series: readonly HourlySeries[], selection: PathSelection = {}): PricePath {
  if (series.length === 0) {
    throw new ReplayError("no-series", "there is no price series; name at least one asset");
  }
  const assets = series.map((one) => one.asset);
  const twice = assets.find((asset, i) => assets.indexOf(asset) !== i);
  if (twice !== undefined) {
    throw new ReplayError("duplicate-asset", `${twice} has more than one series; keep one of them`);
  }

  const rowOf = series.map((one) => new Map(one.times.map((time, row) => [time, row])));
  const common = series[0]!.times.filter((time) => rowOf.every((rows) => rows.has(time)));
  if (common.length === 0) {
    const ranges = series.map((one) => `${one.asset} ${range(one.times)}`).join("; ");
    throw new ReplayError("no-overlap", `the series share no hour (${ranges}); choose assets or files that overlap`);
  }
  const wanted = selection.history ?? 0;
  const first = selection.from === undefined ? wanted : common.findIndex((time) => time >= startOf(selection.from));
  const last = selection.to === undefined ? Infinity : startOf(selection.to);
  const selected =
    first < 0 ? [] : common.slice(first, first + countOf(selection.hours)).filter((time) => time <= last);
  if (selected.length === 0) {
    if (selection.from === undefined && common.length <= wanted)
      throw new ReplayError(
        "no-overlap",
        `the series share ${common.length} hours; it takes more than ${wanted}, which feed what follows: take more data`,
      );
    throw new ReplayError(
      "no-overlap",
      `no common hour from ${formatUtc(startOf(selection.from))} ${selection.to === undefined ? "on" : `to ${formatUtc(last)}`}${wanted > 0 ? ` with ${wanted} before it` : ""}; the common hours are ${range(common)}`,
    );
  }
  const history = Math.min(wanted, first);
  const known = common.slice(first - history, first + selected.length);

  const sources = [...new Set(series.map((one) => one.source))].join(", ");
  return {
    assets,
    hours: selected.length,
    history,
    source: "recorded",
    description: `${assets.join(", ")}: ${selected.length} common hours, ${range(selected)}, from ${sources}`,
    at(hour) {
      const timeUtc = requireHour(known, hour, history);
      const prices: Record<string, number> = {};
      const volumes: Record<string, number> = {};
      series.forEach(({ asset, closes, volumes: traded }, i) => {
        const row = rowOf[i]!.get(timeUtc)!;
        prices[asset] = closes[row]!;
        if (traded !== undefined) {
          volumes[asset] = traded[row]!;
        }
      });
      return { timeUtc, prices, volumes };
    },
  };
}

export const lastHour = (path: PricePath): PriceHour => path.at(path.hours - 1);

/** The path as it was known at one of its hours, which becomes its last: no later price is in it. */
export function pathUntil(path: PricePath, last: number): PricePath {
  return {
    ...path,
    hours: last + 1,
    at(hour) {
      if (hour > last) throw noSuchHour(hour, path.history, last);
      return path.at(hour);
    },
  };
}

/** The time of an hour, of which `history` are before the first. @throws ReplayError `no-such-hour`. */
export function requireHour(times: readonly number[], hour: number, history: number): number {
  const time = times[hour + history];
  if (time === undefined) {
    throw noSuchHour(hour, history, times.length - history - 1);
  }
  return time;
}

const noSuchHour = (hour: number, history: number, last: number): ReplayError =>
  new ReplayError("no-such-hour", `hour ${hour} is not one of ${-history} … ${last}`);

/** Checked number of hours; infinite when left out. @throws ReplayError `bad-option`. */
export function countOf(hours: number | undefined): number {
  if (hours === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  if (!Number.isInteger(hours) || hours < 1) {
    throw new ReplayError("bad-option", `hours is ${hours}; it must be a whole number from 1`);
  }
  return hours;
}

/** Start in seconds since 1970; 0 when left out. @throws ReplayError `bad-time`. */
export function startOf(from: number | string | undefined): number {
  return typeof from === "string" ? parseUtc(from) : (from ?? 0);
}

function range(times: readonly number[]): string {
  return times.length === 0 ? "empty" : `${formatUtc(times[0]!)} to ${formatUtc(times.at(-1)!)}`;
}
