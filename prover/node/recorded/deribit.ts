import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import type { OptionChain, OptionQuote } from "../../surface/quotes.ts";
import { readText } from "./csv.ts";
import { ReplayError } from "../../data/errors.ts";
import { parseUtc } from "../../data/time.ts";

/** Which prices of a chain are read: the market's bid and ask, or the exchange's mark as both. */
export type ChainSide = "market" | "mark";

/**
 * A Deribit option chain as CSV, one instant, one line per option, in either of two sets of columns:
 *
 * - Greeks: `currency, strike, type, expiration_timestamp` (ms), `underlying_price`, and volatilities in percent
 *   `bid_iv, ask_iv, mark_iv`. It does not say when it was taken: give `asOf`, or add a column `as_of`.
 * - Book summary: `base_currency, strike_price, option_type` (C or P), `expire_date` (9JAN24, which expires at
 *   08:00 UTC), `underlying_price`, and prices in tokens `bid_price, ask_price, mark_price`; the instant is the
 *   latest `creation_timestamp` (ms).
 *
 * An empty field is 0, no market. Other columns are ignored.
 * @param source file name for messages
 * @throws ReplayError `bad-file`, `missing-column`, `bad-time` or `bad-option`
 */
export function parseDeribitChain(text: string, source: string, side: ChainSide, asOf?: number | string): OptionChain {
  let rows: Record<string, string>[];
  try {
    rows = parse<Record<string, string>>(text, { columns: true, bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new ReplayError("bad-file", `not readable as CSV (${(error as Error).message}); correct the line`, {
      file: source,
    });
  }
  const [first] = rows;
  if (first === undefined) {
    throw new ReplayError("bad-file", "it holds no option", { file: source });
  }
  const summary = "strike_price" in first;
  const columns = summary ? SUMMARY : GREEKS;
  for (const column of [...Object.values(columns), "underlying_price"]) {
    if (!(column in first)) {
      throw new ReplayError("missing-column", `there is no column "${column}"`, { file: source, line: 1 });
    }
  }
  const taken = asOf ?? first.as_of;
  const stamps = summary ? rows.map((row) => Number(row.creation_timestamp) / 1_000) : [];
  const asOfUtc =
    taken === undefined ? Math.max(...stamps) : typeof taken === "string" ? parseUtc(taken, { file: source }) : taken;
  if (!Number.isFinite(asOfUtc)) {
    throw new ReplayError("bad-time", "it does not say when it was taken; add a column as_of", { file: source });
  }
  const quotes = rows.map((row, i): OptionQuote => {
    const forwardUsd = Number(row.underlying_price);
    const scale = summary ? forwardUsd : 0.01;
    const [bid, ask] = side === "mark" ? [columns.mark, columns.mark] : [columns.bid, columns.ask];
    return {
      strikeUsd: Number(row[columns.strike]),
      expiryUtc: summary
        ? parseExpiryDate(row[columns.expiry]!, { file: source, line: i + 2 })
        : Number(row[columns.expiry]) / 1_000,
      isCall: /^c/i.test(row[columns.type]!),
      forwardUsd,
      unit: summary ? "usd" : "vol",
      bid: Number(row[bid]) * scale,
      ask: Number(row[ask]) * scale,
    };
  });
  return { asset: first[columns.asset]!, asOfUtc, quotes };
}

/**
 * All chains of a folder, `.csv` or `.csv.gz`, bid and ask; none where there is no folder.
 * @throws ReplayError as `parseDeribitChain`
 */
export function loadChains(folder: string): OptionChain[] {
  if (!existsSync(folder)) {
    return [];
  }
  const files = readdirSync(folder)
    .filter((name) => /\.csv(\.gz)?$/i.test(name))
    .sort();
  return files.map((file) => parseDeribitChain(readText(path.join(folder, file), file), file, "market"));
}

const GREEKS = {
  asset: "currency",
  strike: "strike",
  type: "type",
  expiry: "expiration_timestamp",
  bid: "bid_iv",
  ask: "ask_iv",
  mark: "mark_iv",
};
const SUMMARY = {
  asset: "base_currency",
  strike: "strike_price",
  type: "option_type",
  expiry: "expire_date",
  bid: "bid_price",
  ask: "ask_price",
  mark: "mark_price",
};
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const EXPIRY_HOUR = 8;

/** `9JAN24` at 08:00 UTC. */
function parseExpiryDate(text: string, place: { file: string; line: number }): number {
  const [, day, month, year] = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(text) ?? [];
  const index = MONTHS.indexOf(month ?? "");
  if (index < 0) {
    throw new ReplayError("bad-option", `"${text}" is not an expiry such as 9JAN24`, place);
  }
  return Date.UTC(2000 + Number(year), index, Number(day), EXPIRY_HOUR) / 1_000;
}
