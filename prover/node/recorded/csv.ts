import { SECONDS_PER_HOUR } from "../../base/time.ts";
import { ReplayError } from "../../data/errors.ts";
import type { ReplayPlace } from "../../data/errors.ts";
import { alignSeries } from "../../data/path.ts";
import type { HourlySeries, PathSelection, PricePath } from "../../data/path.ts";
import { formatUtc, parseUtc, spanText } from "../../data/time.ts";
import { isPrice, PRICE_RANGE } from "../../base/units.ts";
import { byAsset } from "./fileName.ts";
import { findColumn, parseTable, readTable, tablesIn } from "./table.ts";
import type { Row, Table } from "./table.ts";

/**
 * Hourly history from a folder of CSV files in any dialect (`table.ts`), named after their asset (`fileName.ts`). Files
 * of one asset that follow each other, such as those of months, are joined.
 *
 * Columns are found by their heading; others are ignored:
 * - time: `time`, `timestamp` and `datetime` are the instant the price held, unless the file has an `open` too: then
 *   they are, as `open_time` and `date` always are, the opening of an hourly candle, whose close is known only an hour
 *   later. So an hour is added: a replay never sees the future.
 * - price: `close`, or a single column ending in `_close`; USD per token, > 0.
 * - volume: `volume`, tokens in the hour, ≥ 0; optional. A `…_volume` column is not read, because in the
 *   public sets that name it so its unit changes half-way.
 *
 * A file without a heading is read as what exchanges' archives hold: opening, open, high, low, close, volume, and more.
 *
 * Times have any offset (`parseUtc`), fall on whole hours, increase line by line, and are an hour apart but for gaps.
 */
export function loadFolder(folder: string, assets?: readonly string[], selection: PathSelection = {}): PricePath {
  return alignSeries(loadSeries(folder, assets), selection);
}

/**
 * The assets that a folder's files are named after.
 * @throws ReplayError `no-folder`, `no-series`, `bad-file`, `bad-name`
 */
export const assetsIn = (folder: string): string[] => [...byAsset(tablesIn(folder, "")).keys()];

/**
 * The folder's series, in the order of `assets`, or all by name.
 * @throws ReplayError naming the file, the line and what to do.
 */
export function loadSeries(folder: string, assets?: readonly string[]): HourlySeries[] {
  const files = byAsset(tablesIn(folder, ""));
  return (assets ?? [...files.keys()]).map((asset) => {
    const own = files.get(asset.toUpperCase());
    if (own === undefined) {
      throw new ReplayError(
        "unknown-asset",
        `${folder} has no file for ${asset}; it has ${[...files.keys()].join(", ")}`,
      );
    }
    return joined(own.map((file) => seriesOf(readTable(folder, file), asset.toUpperCase())));
  });
}

/**
 * One file's text as a series.
 * @param source file name for messages
 * @throws ReplayError `bad-file`, `missing-column`, `bad-time`, `bad-price`, `bad-volume`, `unsorted` or `not-hourly`.
 */
export const parseHourlyCsv = (text: string, source: string, asset: string): HourlySeries =>
  seriesOf(parseTable(text, source), asset);

function seriesOf(table: Table, asset: string): HourlySeries {
  const { rows, timeColumn, closeColumn, volumeColumn, candleSeconds, candle } = layoutOf(table);
  const numeric = [closeColumn, ...(volumeColumn >= 0 ? [volumeColumn] : []), ...(candle ?? [])];
  const numberOf = table.numbers(numeric);
  const times = rows.map(({ fields, place }) => parseUtc(fields[timeColumn]!, place) + candleSeconds);
  requireHours(times, rows, timeColumn);
  const closes: number[] = [];
  const volumes: number[] = [];
  for (const { fields, place } of rows) {
    const number = (
      column: number,
      accepts: (x: number) => boolean,
      code: "bad-price" | "bad-volume",
      wanted: string,
    ) => {
      const value = numberOf(fields[column]!);
      if (accepts(value)) return value;
      throw new ReplayError(code, `"${fields[column]}" is not ${wanted}; correct the line or remove it`, place);
    };
    const close = number(closeColumn, isPrice, "bad-price", `a price above zero, ${PRICE_RANGE}`);
    closes.push(close);
    if (volumeColumn >= 0)
      volumes.push(number(volumeColumn, (x) => x >= 0 && Number.isFinite(x), "bad-volume", "a volume of zero or more"));
    if (candle === undefined) continue;
    const [open, high, low] = candle.map((column) => numberOf(fields[column]!)) as [number, number, number];
    if (!(low <= Math.min(open, close) && high >= Math.max(open, close)))
      throw new ReplayError(
        "missing-column",
        `without a heading the columns are taken as ${CANDLE.join(", ")}, which this line does not fit; name the columns on the first line: time,close[,volume]`,
        place,
      );
  }
  return {
    asset,
    source: table.file,
    times,
    closes,
    ...(volumeColumn >= 0 ? { volumes } : {}),
    placeOf: (row) => rows[row]!.place,
  };
}

interface Layout {
  readonly rows: readonly Row[];
  readonly timeColumn: number;
  readonly closeColumn: number;
  /** −1 without volumes. */
  readonly volumeColumn: number;
  /** What is added to a stamp to give the instant at which the close is known. */
  readonly candleSeconds: number;
  /** Where open, high and low must be, in a file that does not say. */
  readonly candle?: readonly number[];
}

const CANDLE = ["open_time", "open", "high", "low", "close", "volume"];
const WANTED = "time,close[,volume], or open_time for the opening of candles";
const OPENINGS = ["open_time", "date"];
const INSTANTS = ["time", "timestamp", "datetime"];

function layoutOf(table: Table): Layout {
  const { file, heading, headingPlace, rows } = table;
  if (heading.every((field) => field !== "" && Number.isFinite(Number(field))) && heading.length >= CANDLE.length) {
    const first: Row = { fields: heading, place: headingPlace };
    return {
      rows: [first, ...rows],
      timeColumn: 0,
      closeColumn: 4,
      volumeColumn: 5,
      candleSeconds: SECONDS_PER_HOUR,
      candle: [1, 2, 3],
    };
  }
  const timeColumn = findColumn(table, "time", [...OPENINGS, ...INSTANTS], WANTED);
  const isOpening = !INSTANTS.includes(heading[timeColumn]!) || heading.includes("open");
  const closes = heading.includes("close") ? ["close"] : heading.filter((name) => name.endsWith("_close"));
  const closeColumn = findColumn(table, "close", closes, WANTED);
  if (rows.length === 0) throw new ReplayError("bad-file", "the file has a header and no prices", { file });
  return {
    rows,
    timeColumn,
    closeColumn,
    volumeColumn: heading.indexOf("volume"),
    candleSeconds: isOpening ? SECONDS_PER_HOUR : 0,
  };
}

/** Whole hours, each later than the one above, an hour apart as a rule. */
function requireHours(times: readonly number[], rows: readonly Row[], timeColumn: number): void {
  const said = (row: number): string => `"${rows[row]!.fields[timeColumn]}"`;
  const steps = times.slice(1).map((time, i) => time - times[i]!);
  const back = steps.findIndex((step) => step <= 0);
  if (back >= 0) {
    const fault = steps[back] === 0 ? "repeats the hour" : "comes before that";
    const order = steps.every((step) => step < 0) ? " (the file has the newest line first)" : "";
    throw new ReplayError(
      "unsorted",
      `${said(back + 1)} ${fault} of the line above${order}; sort by time and keep one line an hour`,
      rows[back + 1]!.place,
    );
  }
  const usual = [...steps].sort((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? SECONDS_PER_HOUR;
  if (usual !== SECONDS_PER_HOUR) {
    const row = steps.indexOf(usual);
    throw new ReplayError(
      "not-hourly",
      `lines are ${spanText(usual)} apart (${said(row)}, then ${said(row + 1)}); give hourly prices`,
      rows[row + 1]!.place,
    );
  }
  const inside = times.findIndex((time) => time % SECONDS_PER_HOUR !== 0);
  if (inside >= 0)
    throw new ReplayError(
      "bad-time",
      `${said(inside)} is not a full hour; resample the series to whole hours`,
      rows[inside]!.place,
    );
}

/** Series of one asset that follow each other, as one. @throws ReplayError `duplicate-asset`, `missing-column` */
function joined(parts: readonly HourlySeries[]): HourlySeries {
  if (parts.length === 1) return parts[0]!;
  const sorted = parts.toSorted((a, b) => a.times[0]! - b.times[0]!);
  for (const [i, next] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined) continue;
    if (next.times[0]! <= before.times.at(-1)!)
      throw new ReplayError(
        "duplicate-asset",
        `${before.source} and ${next.source} both hold ${next.asset} at ${formatUtc(next.times[0]!)}; keep one of them, or cut what both have: files that follow each other are joined`,
      );
    if ((next.volumes === undefined) !== (before.volumes === undefined))
      throw new ReplayError(
        "missing-column",
        `of ${before.source} and ${next.source}, which are joined, one has no volume column; give both one, or neither`,
      );
  }
  const places = sorted.flatMap((one) => one.times.map((_, row): ReplayPlace => one.placeOf?.(row) ?? {}));
  const [first, ...rest] = sorted;
  return {
    asset: first!.asset,
    source: `${first!.source} and ${rest.length} more`,
    times: sorted.flatMap(({ times }) => times),
    closes: sorted.flatMap(({ closes }) => closes),
    ...(first!.volumes === undefined ? {} : { volumes: sorted.flatMap(({ volumes }) => volumes!) }),
    placeOf: (row) => places[row]!,
  };
}
