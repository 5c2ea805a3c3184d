import { existsSync } from "node:fs";
import { ReplayError } from "../../data/errors.ts";
import type { ReplayPlace } from "../../data/errors.ts";
import { formatUtc, parseUtc, spanText } from "../../data/time.ts";
import { MIN_STRIKES } from "../../surface/fitSurface.ts";
import type { OptionChain, OptionQuote } from "../../surface/quotes.ts";
import { parseTable, readTable, tablesIn } from "./table.ts";
import type { Table } from "./table.ts";

/** Which prices of a chain are read: the market's bid and ask, or the exchange's mark as both. */
export type ChainSide = "market" | "mark";

/**
 * The newest chain of `chainsOf` a text.
 * @param source file name for messages
 * @param asOf when all of it was taken, where it does not say so
 * @throws ReplayError as `chainsOf`
 */
export const parseDeribitChain = (text: string, source: string, side: ChainSide, asOf?: number | string): OptionChain =>
  chainsOf(parseTable(text, source), side, asOf).at(-1)!;

/**
 * All chains of a folder's files, bid and ask; none where there is no folder.
 * @throws ReplayError as `chainsOf`
 */
export const loadChains = (folder: string): OptionChain[] =>
  existsSync(folder) ? tablesIn(folder, "").flatMap((file) => chainsOf(readTable(folder, file), "market")) : [];

/**
 * Deribit's option chains of one asset, oldest first, one line per option, in either of two sets of columns:
 *
 * - Greeks: `currency, strike, type, expiration_timestamp`, `underlying_price`, and volatilities in percent
 *   `bid_iv, ask_iv, mark_iv`. It does not say when it was taken: give `asOf`, or add a column `as_of`.
 * - Book summary: `base_currency, strike_price, option_type`, `expire_date` (9JAN24 or 2024-01-09, which expires at
 *   08:00 UTC), `underlying_price`, and prices `bid_price, ask_price, mark_price` in what `quote_currency` says, tokens
 *   where there is no such column; `creation_timestamp`.
 *
 * Each line is of the instant it says. Lines of instants close to each other are one chain, of the latest of them;
 * those that come a minute later, or quote a series again, are the next one's. An empty price is 0, no market. Other
 * columns are ignored.
 * @throws ReplayError `bad-file`, `missing-column`, `bad-time` or `bad-option`
 */
function chainsOf(table: Table, side: ChainSide, asOf?: number | string): OptionChain[] {
  const { file, heading, headingPlace, rows } = table;
  if (rows.length === 0) throw new ReplayError("bad-file", "it holds no option", { file });
  const summary = heading.includes("strike_price");
  const columns = summary ? SUMMARY : GREEKS;
  for (const column of [...Object.values(columns), "underlying_price"]) {
    if (!heading.includes(column))
      throw new ReplayError("missing-column", `there is no column "${column}"`, headingPlace);
  }
  const stampColumn = heading.indexOf(summary ? "creation_timestamp" : "as_of");
  const given = typeof asOf === "string" ? parseUtc(asOf, { file }) : asOf;
  if (given === undefined && stampColumn < 0)
    throw new ReplayError("bad-time", "it does not say when it was taken; add a column as_of", headingPlace);
  const [bid, ask] = side === "mark" ? [columns.mark, columns.mark] : [columns.bid, columns.ask];
  const at = (name: string): number => heading.indexOf(name);
  const prices = [columns.bid, columns.ask, columns.mark].map(at);
  const numberOf = table.numbers([...prices, at(columns.strike), at("underlying_price")]);
  const unit = heading.indexOf("quote_currency");

  const lines = rows.map(({ fields, place }): QuotedLine => {
    const of = (name: string): string => fields[at(name)]!;
    const price = (name: string): number => (of(name) === "" ? 0 : numberOf(of(name)));
    const forwardUsd = numberOf(of("underlying_price"));
    const quotedIn = summary ? (unit < 0 ? of(columns.asset) : fields[unit]!).toUpperCase() : undefined;
    const scale = summary ? scaleOf(quotedIn!, of(columns.asset), forwardUsd, place) : 0.01;
    const quote: OptionQuote = {
      strikeUsd: numberOf(of(columns.strike)),
      expiryUtc: summary ? parseExpiryDate(of(columns.expiry), place) : parseUtc(of(columns.expiry), place),
      isCall: isCall(of(columns.type), place),
      forwardUsd,
      unit: summary ? "usd" : "vol",
      bid: price(bid) * scale,
      ask: price(ask) * scale,
    };
    const asOfUtc = given ?? parseUtc(fields[stampColumn]!, place);
    return { asset: of(columns.asset), quotedIn, asOfUtc, quote, place };
  });
  requireOneKind(lines);
  if (!summary) requirePercent(lines, side);
  const snapshots = snapshotsOf(lines);
  const timeOf = (snapshot: readonly QuotedLine[]): number =>
    snapshot.reduce((latest, { asOfUtc }) => Math.max(latest, asOfUtc), 0);
  const [fewest, more] = snapshots.toSorted((a, b) => a.length - b.length);
  if (more !== undefined && fewest!.length < MIN_STRIKES)
    throw new ReplayError(
      "bad-time",
      `it is of ${formatUtc(timeOf(fewest!))}, ${spanText(Math.abs(timeOf(fewest!) - timeOf(more)))} from others, and too few lines are of its time; correct the time, or remove the line`,
      fewest![0]!.place,
    );
  return snapshots.map((snapshot) => ({
    asset: snapshot[0]!.asset,
    asOfUtc: timeOf(snapshot),
    quotes: snapshot.map(({ quote }) => quote),
  }));
}

interface QuotedLine {
  readonly asset: string;
  /** What its prices are in; undefined for volatilities. */
  readonly quotedIn: string | undefined;
  readonly asOfUtc: number;
  readonly quote: OptionQuote;
  readonly place: ReplayPlace;
}

/** A chain's lines come within milliseconds of each other. */
const SNAPSHOT_GAP_SECONDS = 60;

/** Lines as the chains they were taken in, oldest first; within a chain in the file's order. */
function snapshotsOf(lines: readonly QuotedLine[]): QuotedLine[][] {
  const snapshots: QuotedLine[][] = [];
  let seen = new Set<string>();
  let last = -Infinity;
  for (const line of lines.toSorted((a, b) => a.asOfUtc - b.asOfUtc)) {
    const { expiryUtc, strikeUsd, isCall } = line.quote;
    const series = `${expiryUtc} ${strikeUsd} ${isCall}`;
    if (line.asOfUtc - last >= SNAPSHOT_GAP_SECONDS || (seen.has(series) && line.asOfUtc > last)) {
      snapshots.push([]);
      seen = new Set();
    }
    if (seen.has(series))
      throw new ReplayError(
        "bad-option",
        `it quotes the ${isCall ? "call" : "put"} of strike ${strikeUsd} again, at the same time; keep one of the lines`,
        line.place,
      );
    seen.add(series);
    last = line.asOfUtc;
    snapshots.at(-1)!.push(line);
  }
  const order = new Map(lines.map((line, i) => [line, i]));
  return snapshots.map((some) => some.sort((a, b) => order.get(a)! - order.get(b)!));
}

/** One asset a file, quoted in one thing. @throws ReplayError `bad-option` */
function requireOneKind([first, ...rest]: readonly QuotedLine[]): void {
  for (const kind of ["asset", "quotedIn"] as const) {
    const other = rest.find((line) => line[kind] !== first![kind]);
    if (other !== undefined)
      throw new ReplayError(
        "bad-option",
        `it is an option ${kind === "asset" ? "on" : "quoted in"} ${other[kind]}, those above ${first![kind]}; keep one of them a file`,
        other.place,
      );
  }
}

/** Volatilities in per cent are hardly ever below this. */
const LEAST_PERCENT = 0.03;

/** @throws ReplayError `bad-option` for volatilities that look like fractions */
function requirePercent(lines: readonly QuotedLine[], side: ChainSide): void {
  const vols = lines.flatMap(({ quote }) => (quote.ask > 0 ? [quote.ask] : [])).sort((a, b) => a - b);
  if (vols.length > 0 && vols[vols.length >> 1]! < LEAST_PERCENT)
    throw new ReplayError(
      "bad-option",
      `${side === "mark" ? GREEKS.mark : GREEKS.ask} holds fractions; write volatilities in per cent, 65.2`,
      lines[0]!.place,
    );
}

/** Dollars of one unit that a price is quoted in. @throws ReplayError `bad-option` */
function scaleOf(quotedIn: string, asset: string, forwardUsd: number, place: ReplayPlace): number {
  if (quotedIn === asset.toUpperCase()) return forwardUsd;
  if (["USD", "USDC", "USDT"].includes(quotedIn)) return 1;
  throw new ReplayError(
    "bad-option",
    `quote_currency is "${quotedIn}"; prices are read in ${asset} or in dollars: USD, USDC, USDT`,
    place,
  );
}

function isCall(text: string, place: ReplayPlace): boolean {
  if (!/^(c|call|p|put)$/i.test(text))
    throw new ReplayError("bad-option", `"${text}" is neither a call (C) nor a put (P)`, place);
  return /^c/i.test(text);
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

/** `9JAN24` or `2024-01-09`, at 08:00 UTC. */
function parseExpiryDate(text: string, place: ReplayPlace): number {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return parseUtc(`${text}T0${EXPIRY_HOUR}:00Z`, place);
  const [, day, month, year] = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(text.toUpperCase()) ?? [];
  const index = MONTHS.indexOf(month ?? "");
  if (index < 0) {
    throw new ReplayError("bad-option", `"${text}" is not an expiry such as 9JAN24`, place);
  }
  return Date.UTC(2000 + Number(year), index, Number(day), EXPIRY_HOUR) / 1_000;
}
