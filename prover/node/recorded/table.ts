import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { ReplayError } from "../../data/errors.ts";
import type { ReplayPlace } from "../../data/errors.ts";

/** A line of a table. */
export interface Row {
  readonly fields: readonly string[];
  readonly place: ReplayPlace;
}

/** A CSV file as its columns and lines, whatever dialect it is written in. */
export interface Table {
  readonly file: string;
  /** The first line, lower case; also where it is no heading. */
  readonly heading: readonly string[];
  readonly headingPlace: ReplayPlace;
  /** Lines below it. */
  readonly rows: readonly Row[];
  /**
   * Reads numbers of some columns: NaN for a field that holds none. The decimal mark is the one that these columns
   * have.
   * @throws ReplayError `bad-file` where it is not clear which one that is
   */
  numbers(columns: readonly number[]): (text: string) => number;
}

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** Thousands, or three digits behind a decimal mark. */
const GROUPED = /^[+-]?[1-9]\d{0,2}(?:[.,]\d{3})+$/;
const SEPARATORS = [",", ";", "\t", "|"];
/** What people leave beside CSV files that holds data and is no CSV. */
const PACKED = /\.(zip|7z|rar|gz|bz2|xz|zst)$/i;
const SHEET = /\.(xlsx?|ods|parquet|feather|tsv)$/i;
const TABLE = /\.csv(\.gz)?$/i;

/**
 * The CSV files of a folder, plain or gzipped, by name; those that the system hides, or an office program keeps while
 * it is open, are none.
 * @param what the folder should hold, in words
 * @throws ReplayError `no-folder`, `no-series`; `bad-file` for data that was not unpacked
 */
export function tablesIn(folder: string, what: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new ReplayError("no-folder", `there is no folder ${folder}; give one that holds CSV files`);
  const files = readdirSync(folder)
    .filter((name) => !/^[.~]/.test(name) && statSync(path.join(folder, name)).isFile())
    .sort();
  const tables = files.filter((name) => TABLE.test(name));
  const stems = new Set(tables.map((name) => name.replace(TABLE, "").toLowerCase()));
  for (const file of files) {
    if (TABLE.test(file) || stems.has(file.replace(/(\.csv)?\.[^.]+$/i, "").toLowerCase())) continue;
    if (PACKED.test(file))
      throw new ReplayError("bad-file", "it is packed: unpack it, to .csv or .csv.gz, or take it away", { file });
    if (SHEET.test(file)) throw new ReplayError("bad-file", "it is no CSV: save it as CSV, or take it away", { file });
  }
  if (tables.length === 0) throw new ReplayError("no-series", `${folder} holds no .csv or .csv.gz file${what}`);
  return tables;
}

/** A file's table. @throws ReplayError as `parseTable` */
export const readTable = (folder: string, file: string): Table =>
  parseTable(readText(path.join(folder, file), file), file);

/** A file's text, unpacked if it is gzipped, whatever its encoding. @throws ReplayError `bad-file` */
function readText(full: string, file: string): string {
  let bytes: Uint8Array = readFileSync(full);
  if (file.toLowerCase().endsWith(".gz") || (bytes[0] === 0x1f && bytes[1] === 0x8b)) {
    try {
      bytes = gunzipSync(bytes);
    } catch (error) {
      throw new ReplayError(
        "bad-file",
        `not readable as gzip (${(error as Error).message}); fetch or compress it again`,
        { file },
      );
    }
  }
  // Text begins with a letter or digit: a zero byte beside it is the other half of a wide character.
  const [first, second] = bytes;
  const wide =
    (first === 0xff && second === 0xfe) || (first !== 0 && second === 0)
      ? "utf-16le"
      : (first === 0xfe && second === 0xff) || (first === 0 && second !== undefined && second !== 0)
        ? "utf-16be"
        : "utf-8";
  return new TextDecoder(wide).decode(bytes);
}

/**
 * A text as a table. Columns stand apart by commas, semicolons, tabs or bars, whichever the first line has most of; a
 * line `sep=;` before it is believed.
 * @param file its name, for messages
 * @throws ReplayError `bad-file`, with the line
 */
export function parseTable(text: string, file: string): Table {
  const marked = text.replace(/^\uFEFF/, "");
  const zero = marked.indexOf("\0");
  if (zero >= 0)
    throw new ReplayError("bad-file", "it holds bytes that are no text; fetch the file again, or save it as UTF-8", {
      file,
      line: marked.slice(0, zero).split(/\r\n|\r|\n/).length,
    });
  const declared = /^"?sep=(.)"?(?=\r|\n|$)/i.exec(marked);
  // The line stays as an empty one, so that the others keep their numbers.
  const body = declared === null ? marked : marked.slice(declared[0].length);
  const separator = declared?.[1] ?? separatorOf(body);
  const rows: Row[] = [];
  try {
    parse(body, {
      delimiter: separator,
      record_delimiter: ["\r\n", "\n", "\r"],
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      on_record: (fields: string[], { lines: line }) => {
        if (fields.some((field) => field !== "")) rows.push({ fields, place: { file, line } });
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
  const [heading, ...lines] = rows;
  if (heading === undefined)
    throw new ReplayError("bad-file", "the file is empty; its first line must name the columns", { file });
  for (const { fields, place } of lines) {
    if (fields.length !== heading.fields.length)
      throw new ReplayError(
        "bad-file",
        heading.fields.length === 1
          ? `it has ${fields.length} fields, line ${heading.place.line} above it has one; take that off if it is no heading, or correct the line`
          : `it has ${fields.length} of ${heading.fields.length} fields, which stand apart by ${nameOf(separator)}; correct the line${separator === "," ? ", or separate by semicolons if numbers have decimal commas" : ""}`,
        place,
      );
  }
  return {
    file,
    heading: heading.fields.map((name) => name.toLowerCase()),
    headingPlace: heading.place,
    rows: lines,
    numbers: (columns) => numberReader(separator, lines, columns),
  };
}

/**
 * The place of the one column of some names; blanks in names count as underscores.
 * @param what it holds, in a word
 * @param remedy what the heading should be
 * @throws ReplayError `missing-column` for none, or more than one
 */
export function findColumn(
  { heading, headingPlace }: Table,
  what: string,
  names: readonly string[],
  remedy: string,
): number {
  const found = heading.flatMap((name, i) => (names.includes(name.replaceAll(/[\s_]+/g, "_")) ? [i] : []));
  if (found.length !== 1)
    throw new ReplayError(
      "missing-column",
      `${found.length === 0 ? "no" : "more than one"} ${what} column among "${heading.join(", ")}"; the first line must name the columns, ${remedy}`,
      headingPlace,
    );
  return found[0]!;
}

const nameOf = (separator: string): string =>
  ({ ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" })[separator] ?? `"${separator}"`;

function separatorOf(body: string): string {
  const first = /[^\r\n]*\S[^\r\n]*/.exec(body)?.[0].replaceAll(/"[^"]*"/g, "") ?? "";
  const counts = SEPARATORS.map((separator) => first.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}

function numberReader(separator: string, rows: readonly Row[], columns: readonly number[]): (text: string) => number {
  const plain = (text: string): number => (PLAIN.test(text) ? Number(text) : NaN);
  if (separator === ",") return plain;
  // Who separates columns otherwise may write numbers with a decimal comma, and with points between thousands.
  let mark: string | undefined;
  let first: { text: string; place: ReplayPlace } | undefined;
  let grouped = true;
  for (const { fields, place } of rows) {
    for (const column of columns) {
      const text = fields[column]!;
      for (const [found] of text.matchAll(/[.,]/g)) {
        mark ??= found;
        first ??= { text, place };
        grouped &&= GROUPED.test(text);
        if (found !== mark)
          throw new ReplayError(
            "bad-file",
            `"${text}" ${text.includes(mark) ? "has points and commas" : `has another decimal mark than "${first.text}" above`}; write plain numbers, such as 3000.5`,
            place,
          );
      }
    }
  }
  if (first !== undefined && grouped)
    throw new ReplayError(
      "bad-file",
      `"${first.text}" and all numbers like it can be read in two ways, with a decimal mark or with thousands apart; write plain numbers and separate columns by commas`,
      first.place,
    );
  return mark === "," ? (text) => plain(text.replace(",", ".")) : plain;
}
