import { SECONDS_PER_HOUR } from "../../base/time.ts";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { ReplayError } from "../../data/errors.ts";
import { alignSeries } from "../../data/path.ts";
import type { HourlySeries, PathSelection, PricePath } from "../../data/path.ts";
import { parseUtc } from "../../data/time.ts";

/**
 * Hourly history from a folder of CSV files, plain (`.csv`) or gzipped (`.csv.gz`), one asset a file.
 *
 * Columns are found by their header; others are ignored:
 * - time: `time` is the instant the price held. `open_time` and `date` are the opening of an hourly candle,
 *   whose close is known only an hour later, so an hour is added: a replay never sees the future.
 * - price: `close`, or a single column ending in `_close`; USD per token, > 0.
 * - volume: `volume`, tokens in the hour, ≥ 0; optional. A `…_volume` column is not read, because in the
 *   public sets that name it so its unit changes half-way.
 *
 * Times have any offset (`parseUtc`), fall on whole hours and increase line by line. Gaps are fine.
 *
 * The asset is read from the file name: what precedes USDT, USDC or USD in one of its parts
 * (`Binance_BTCUSDT_1h.csv.gz` is BTC), otherwise the whole name in capitals (`eth.csv` is ETH).
 */
export function loadFolder(folder: string, assets?: readonly string[], selection: PathSelection = {}): PricePath {
  return alignSeries(loadSeries(folder, assets), selection);
}

/**
 * The folder's series, in the order of `assets`, or all by name.
 * @throws ReplayError naming the file, the line and what to do.
 */
export function loadSeries(folder: string, assets?: readonly string[]): HourlySeries[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new ReplayError("no-folder", `there is no folder ${folder}; give one that holds CSV files`);
  }
  const files = new Map<string, string>();
  for (const file of readdirSync(folder)
    .filter((name) => /\.csv(\.gz)?$/i.test(name))
    .sort()) {
    const asset = assetOf(file);
    const other = files.get(asset);
    if (other !== undefined) {
      throw new ReplayError(
        "duplicate-asset",
        `${other} and ${file} both hold ${asset}; keep one of them in the folder`,
      );
    }
    files.set(asset, file);
  }
  if (files.size === 0) {
    throw new ReplayError("no-series", `${folder} holds no .csv or .csv.gz file`);
  }
  return (assets ?? [...files.keys()]).map((asset) => {
    const file = files.get(asset.toUpperCase());
    if (file === undefined) {
      throw new ReplayError(
        "unknown-asset",
        `${folder} has no file for ${asset}; it has ${[...files.keys()].join(", ")}`,
      );
    }
    return parseHourlyCsv(readText(path.join(folder, file), file), file, asset.toUpperCase());
  });
}

/**
 * One file's text as a series.
 * @param source file name for messages
 * @throws ReplayError `bad-file`, `missing-column`, `bad-time`, `bad-price`, `bad-volume` or `unsorted`.
 */
export function parseHourlyCsv(text: string, source: string, asset: string): HourlySeries {
  const [header, ...lines] = readLines(text, source);
  if (header === undefined) {
    throw new ReplayError("bad-file", "the file is empty; its first line must name the columns", { file: source });
  }
  const names = header.fields.map((name) => name.toLowerCase());
  const timeColumn = findColumn(names, source, "time", (name) => ["time", "open_time", "date"].includes(name));
  const closeColumn = findColumn(names, source, "close", (name) => name === "close" || name.endsWith("_close"));
  const volumeColumn = names.indexOf("volume");
  const shift = names[timeColumn] === "time" ? 0 : SECONDS_PER_HOUR;

  const times: number[] = [];
  const closes: number[] = [];
  const volumes: number[] = [];
  for (const { fields, line } of lines) {
    const place = { file: source, line };
    const time = parseUtc(fields[timeColumn]!, place) + shift;
    if (time % SECONDS_PER_HOUR !== 0) {
      throw new ReplayError(
        "bad-time",
        `"${fields[timeColumn]}" is not a full hour; resample the series to whole hours`,
        place,
      );
    }
    const previous = times.at(-1);
    if (previous !== undefined && time <= previous) {
      const fault = time === previous ? "repeats the hour" : "comes before that";
      throw new ReplayError(
        "unsorted",
        `"${fields[timeColumn]}" ${fault} of the line above; sort by time and keep one line an hour`,
        place,
      );
    }
    times.push(time);
    closes.push(readNumber(fields[closeColumn]!, (x) => x > 0, "bad-price", "a price above zero", place));
    if (volumeColumn >= 0) {
      volumes.push(readNumber(fields[volumeColumn]!, (x) => x >= 0, "bad-volume", "a volume of zero or more", place));
    }
  }
  if (times.length === 0) {
    throw new ReplayError("bad-file", "the file has a header and no prices", { file: source });
  }
  return { asset, source, times, closes, ...(volumeColumn >= 0 ? { volumes } : {}) };
}

interface Line {
  fields: string[];
  line: number;
}

function readLines(text: string, file: string): Line[] {
  const lines: Line[] = [];
  try {
    parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      on_record: (fields: string[], context) => {
        lines.push({ fields, line: context.lines });
        return null;
      },
    });
  } catch (error) {
    const { message, lines: line } = error as Error & { lines?: number };
    throw new ReplayError("bad-file", `not readable as CSV (${message}); correct the line`, {
      file,
      ...(line === undefined ? {} : { line }),
    });
  }
  return lines;
}

/** A file's text, unpacked if it is gzipped. @throws ReplayError `bad-file` */
export function readText(full: string, file: string): string {
  const bytes = readFileSync(full);
  if (!file.toLowerCase().endsWith(".gz")) {
    return bytes.toString("utf8");
  }
  try {
    return gunzipSync(bytes).toString("utf8");
  } catch (error) {
    throw new ReplayError(
      "bad-file",
      `not readable as gzip (${(error as Error).message}); fetch or compress it again`,
      { file },
    );
  }
}

function findColumn(names: string[], file: string, wanted: string, matches: (name: string) => boolean): number {
  const found = names.flatMap((name, i) => (matches(name) ? [i] : []));
  if (found.length !== 1) {
    const count = found.length === 0 ? "no" : "more than one";
    throw new ReplayError(
      "missing-column",
      `${count} ${wanted} column among "${names.join(", ")}"; name the columns time,close[,volume]`,
      { file, line: 1 },
    );
  }
  return found[0]!;
}

function readNumber(
  text: string,
  accepts: (x: number) => boolean,
  code: "bad-price" | "bad-volume",
  wanted: string,
  place: { file: string; line: number },
): number {
  const value = text === "" ? NaN : Number(text);
  if (!Number.isFinite(value) || !accepts(value)) {
    throw new ReplayError(code, `"${text}" is not ${wanted}; correct the line or remove it`, place);
  }
  return value;
}

function assetOf(file: string): string {
  const base = file.replace(/\.csv(\.gz)?$/i, "");
  for (const part of base.split(/[_\-. ]/)) {
    const pair = /^([A-Z0-9]+?)(USDT|USDC|USD)$/i.exec(part);
    if (pair !== null) {
      return pair[1]!.toUpperCase();
    }
  }
  return base.toUpperCase();
}
