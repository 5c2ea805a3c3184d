import { SECONDS_PER_HOUR } from "../base/time.ts";
import { ReplayError } from "./errors.ts";
import type { ReplayPlace } from "./errors.ts";
import type { OptionChain } from "../surface/quotes.ts";
import { formatUtc, parseUtc, spanText } from "./time.ts";

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
  /** What of the data was left out of the path, or had to be assumed, a clause each; nothing where left out. */
  notes?: readonly string[];
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
  /** Where a time is written, for messages. */
  placeOf?: (row: number) => ReplayPlace;
}

export interface PathSelection {
  /** First hour: seconds since 1970, or a date such as `2024-01-31` or `2024-01-31T12:00Z`. */
  from?: number | string;
  /** Last hour, as `from`; hours after it are left out. */
  to?: number | string;
  /** At most so many hours. */
  hours?: number;
  /**
   * Hours wanted before the first; as many as there are. Without `from`, the first hour is the first that has them all.
   * 0 when left out.
   */
  history?: number;
}

/**
 * Share of a path's time that prices may be missing for, once it is as long as a week: what trades in sessions is not
 * hourly.
 */
const MOST_MISSING = 0.2;
const HOURS_PER_WEEK = 168;
/** Longest stretch without prices that a path may have: a tenth of the month that its signals look back on. */
const LONGEST_HOLE_SECONDS = 72 * SECONDS_PER_HOUR;

/**
 * Several series on the hours they have in common, in the order given. An hour that one series lacks is left
 * out for all; prices are never filled in. What is left out is in the path's notes.
 * @throws ReplayError `no-series`, `duplicate-asset`, `no-overlap`, `hole`, `bad-option` or `bad-time`.
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
        `the series share ${common.length} hours; it takes more than ${wanted}, which feed what follows: take more data${cuts(
          series,
          rowOf,
        )
          .map((cut) => `; ${cut.text}`)
          .join("")}`,
      );
    throw new ReplayError(
      "no-overlap",
      `no common hour from ${formatUtc(startOf(selection.from))} ${selection.to === undefined ? "on" : `to ${formatUtc(last)}`}${wanted > 0 ? ` with ${wanted} before it` : ""}; the common hours are ${range(common)}`,
    );
  }
  const history = Math.min(wanted, first);
  const known = common.slice(first - history, first + selected.length);
  const begin = selection.from === undefined ? -Infinity : startOf(selection.from) - wanted * SECONDS_PER_HOUR;
  const toTheEnd = first + selected.length === common.length;
  const missed = (cut: Cut): boolean => (cut.side === "begin" ? cut.to >= begin : toTheEnd && cut.from <= last);
  const notes = [
    ...cuts(series, rowOf)
      .filter(missed)
      .map(({ text }) => text),
    ...(toTheEnd && last !== Infinity && last - common.at(-1)! >= SECONDS_PER_HOUR
      ? [`the data ends ${formatUtc(common.at(-1)!)}, before ${formatUtc(last)}, to which it was to be played`]
      : []),
    ...holes(series, rowOf, known),
  ];

  const sources = [...new Set(series.map((one) => one.source))].join(", ");
  return {
    assets,
    hours: selected.length,
    history,
    source: "recorded",
    notes,
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

interface Cut {
  readonly side: "begin" | "end";
  readonly text: string;
  /** The hours that the others have besides. */
  readonly from: number;
  readonly to: number;
}

/** Which series begin last and end first, where the others have more hours in common without them. */
function cuts(series: readonly HourlySeries[], rowOf: readonly Map<number, number>[]): Cut[] {
  const edges = [
    { side: "begin", of: (times: readonly number[]) => times[0]!, sign: 1 },
    { side: "end", of: (times: readonly number[]) => times.at(-1)!, sign: -1 },
  ] as const;
  return edges.flatMap(({ side, of, sign }): Cut[] => {
    const edge = series.reduce(
      (worst, { times }) => (sign * (of(times) - worst) > 0 ? of(times) : worst),
      of(series[0]!.times),
    );
    const short = series.filter(({ times }) => of(times) === edge);
    const rest = series.flatMap((one, i) => (short.includes(one) ? [] : [i]));
    const all =
      rest.length === 0 ? [] : series[rest[0]!]!.times.filter((time) => rest.every((i) => rowOf[i]!.has(time)));
    const more = all.filter((time) => sign * (edge - time) > 0);
    if (more.length === 0) return [];
    const names = rest.map((i) => series[i]!.asset).join(",");
    const who = short.map(({ asset, source }) => `${asset} (${source})`).join(", ");
    return [
      {
        side,
        from: more[0]!,
        to: more.at(-1)!,
        text: `${who} ${side}${short.length === 1 ? "s" : ""} ${formatUtc(edge)}: ${more.length} hours that ${names} ${rest.length === 1 ? "has" : "have"} ${side === "begin" ? "before" : "after"} it are left out (--assets ${names} plays them)`,
      },
    ];
  });
}

/** What is missing between the first and the last hour. @throws ReplayError `hole` */
function holes(
  series: readonly HourlySeries[],
  rowOf: readonly Map<number, number>[],
  known: readonly number[],
): string[] {
  let missing = 0;
  const without = new Set<string>();
  let where = "";
  known.forEach((time, i) => {
    const before = known[i - 1];
    if (before === undefined || time - before === SECONDS_PER_HOUR) return;
    // The series that lacks most of the hours between.
    const lacks = series
      .map((one, k) => {
        const row = rowOf[k]!.get(before)! + 1;
        return { one, row, seconds: one.times[row]! - before };
      })
      .reduce((a, b) => (b.seconds > a.seconds ? b : a));
    const { file, line } = lacks.one.placeOf?.(lacks.row) ?? { file: lacks.one.source };
    if (time - before > LONGEST_HOLE_SECONDS)
      throw new ReplayError(
        "hole",
        `no price of ${lacks.one.asset} from ${formatUtc(before)} to ${formatUtc(time)}, ${spanText(time - before)}; put the missing hours in, play one side of the hole (--from, --to), or leave the asset out (--assets)`,
        { ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) },
      );
    missing += (time - before) / SECONDS_PER_HOUR - 1;
    without.add(lacks.one.asset);
    where ||= `first ${formatUtc(before + SECONDS_PER_HOUR)}, ${file}${line === undefined ? "" : `, before line ${line}`}`;
  });
  if (missing > MOST_MISSING * (known.length + missing) && known.length > HOURS_PER_WEEK)
    throw new ReplayError(
      "hole",
      `${missing} of ${known.length + missing} hours lack a price of ${[...without].join(", ")} (${where}); give prices of all hours`,
    );
  return missing === 0
    ? []
    : [
        `${missing} ${missing === 1 ? "hour that lacks" : "hours that lack"} a price of ${[...without].join(", ")} (${where}): returns reach over them, funding is paid for them`,
      ];
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
