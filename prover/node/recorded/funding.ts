import { USUAL_FUNDING_PPB, USUAL_INTERVAL_SECONDS, usualFunding } from "../../data/funding.ts";
import type { Funding } from "../../data/funding.ts";
import { ReplayError } from "../../data/errors.ts";
import type { ReplayPlace } from "../../data/errors.ts";
import { SECONDS_PER_HOUR } from "../../base/time.ts";
import { formatUtc, hasZone, parseUtc, spanText } from "../../data/time.ts";
import { byAsset } from "./fileName.ts";
import { findColumn, readTable, tablesIn } from "./table.ts";
import type { Table } from "./table.ts";

/**
 * Funding as the folder's files have it; the usual rate without a folder.
 * @param assets the assets of the prices it goes with: a folder that has none of them is the wrong one
 * @throws ReplayError
 */
export function openFunding(folder?: string, assets?: readonly string[]): Funding {
  if (folder === undefined) return usualFunding;
  const funding = loadFunding(folder);
  const known = funding.recorded ?? [];
  if (assets !== undefined && !known.some((symbol) => assets.includes(symbol))) {
    throw new ReplayError(
      "unknown-asset",
      `${folder} has funding of ${known.join(", ")}, the prices are of ${assets.join(", ")}; give funding of one of these, in a file such as ${assets[0]}-USDT.csv`,
    );
  }
  return funding;
}

const WANTED = "Date and Funding Rate, a fraction";

/** What was paid at one stamp for the time before it. */
interface Payment {
  readonly end: number;
  readonly seconds: number;
  /** For an hour. */
  readonly ppb: bigint;
}

/**
 * Funding from a folder of CSV files in any dialect (`table.ts`), named after their perp (`fileName.ts`), with a column
 * for the stamp (`Date`, `time`, `calc_time` …) and one for the rate (`Funding Rate`, `last_funding_rate` …): a
 * fraction, paid at its stamp for the time since the stamp before, one to eight hours. Files of a perp that follow each
 * other are joined; of those that say different things of one time the first by name counts. Where there is no rate,
 * the usual one counts.
 *
 * Stamps without an offset are UTC. Exchanges pay at whole intervals since midnight UTC: stamps that all stand some
 * whole hours behind those are taken as of a clock that is ahead by so much.
 * @throws ReplayError naming file and line
 */
export function loadFunding(folder: string): Funding {
  const files = byAsset(tablesIn(folder, " of funding"));
  const notes: string[] = [];
  const payments = new Map<string, readonly Payment[]>();
  for (const [symbol, own] of files) {
    let known: readonly Stamp[] = [];
    const used: string[] = [];
    for (const file of own) {
      const { stamps, clockHours } = stampsOf(readTable(folder, file));
      const rates = new Map(stamps.map(({ end, rate }) => [end, rate]));
      const isOther = ({ end, rate }: Stamp): boolean =>
        end >= stamps[0]!.end && end <= stamps.at(-1)!.end && rates.get(end) !== rate;
      if (known.some(isOther)) {
        notes.push(`${file} is left out: ${symbol}'s funding of the same time is read from ${used.join(", ")}`);
        continue;
      }
      used.push(file);
      known = [...known.filter(({ end }) => !rates.has(end)), ...stamps].sort((a, b) => a.end - b.end);
      if (clockHours > 0)
        notes.push(
          `${file}: its stamps are taken as of a clock ${spanText(clockHours * SECONDS_PER_HOUR)} ahead of UTC, since funding is paid at whole intervals from midnight UTC; if it is another, write the offset behind them`,
        );
    }
    payments.set(symbol, known.map(payment));
  }
  const before = (own: readonly Payment[], timeUtc: number): number => {
    let [low, high] = [0, own.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (own[middle]!.end < timeUtc) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const at = (symbol: string, timeUtc: number): Payment | undefined => {
    const own = payments.get(symbol) ?? [];
    const next = own[before(own, timeUtc)];
    return next !== undefined && next.end - next.seconds < timeUtc ? next : undefined;
  };
  return Object.assign((symbol: string, timeUtc: number): bigint => at(symbol, timeUtc)?.ppb ?? USUAL_FUNDING_PPB, {
    lastPaid(symbol: string, timeUtc: number): bigint {
      const own = payments.get(symbol) ?? [];
      const last = own[before(own, timeUtc + 1) - 1];
      return last !== undefined && timeUtc - last.end < last.seconds ? last.ppb : USUAL_FUNDING_PPB;
    },
    recorded: [...payments.keys()],
    has: (symbol: string, timeUtc: number): boolean => at(symbol, timeUtc) !== undefined,
    notes,
  });
}

/** A line of a funding file. */
interface Stamp {
  readonly end: number;
  readonly rate: number;
  /** Hours it is paid for, where the file says so. */
  readonly hours?: number;
  readonly place: ReplayPlace;
}

const STAMPS = ["date", "time", "timestamp", "datetime", "calc_time", "funding_time", "fundingtime"];
const RATES = ["funding_rate", "fundingrate", "last_funding_rate", "rate"];
const INTERVALS = ["funding_interval_hours", "interval_hours"];
/** What exchanges pay at, hours. */
const USUAL_HOURS = [1, 2, 3, 4, 6, 8];
const LONGEST_HOURS = 8;
/** Exchanges stamp what they pay some milliseconds late. */
const LATE_SECONDS = 60;
/**
 * No exchange lets a rate be higher, and the middle one of a file is a thirtieth of this at most in the wildest months.
 */
const MOST_RATE = 0.05;
const MOST_USUAL_RATE = 0.003;

function stampsOf(table: Table): { stamps: Stamp[]; clockHours: number } {
  const { file, rows } = table;
  const timeColumn = findColumn(table, "stamp", STAMPS, WANTED);
  const rateColumn = findColumn(table, "rate", RATES, WANTED);
  const hoursColumn = table.heading.findIndex((name) => INTERVALS.includes(name));
  if (rows.length === 0)
    throw new ReplayError(
      "bad-file",
      `the file has no rates; it needs a line for each payment, with the columns ${WANTED}`,
      { file },
    );
  const numberOf = table.numbers([rateColumn]);
  const stamps = rows.map(({ fields, place }): Stamp => {
    const [said, text] = [fields[timeColumn]!, fields[rateColumn]!];
    const time = parseUtc(said, place);
    const end = Math.round(time / SECONDS_PER_HOUR) * SECONDS_PER_HOUR;
    if (Math.abs(time - end) > LATE_SECONDS)
      throw new ReplayError(
        "bad-time",
        `"${said}" is not a full hour, at which funding is paid; write its offset behind it (+05:30), or correct it`,
        place,
      );
    const rate = numberOf(text);
    if (!(Math.abs(rate) <= MOST_RATE))
      throw new ReplayError(
        "bad-rate",
        `${text === "" ? "the rate is empty" : `"${text}" is no rate`}: write a fraction, 0.0001 for 0.01 %, at most ${MOST_RATE}; or remove the line, and the usual rate counts`,
        place,
      );
    const hours = hoursColumn < 0 ? NaN : Number(fields[hoursColumn]);
    return { end, rate, place, ...(hours > 0 ? { hours } : {}) };
  });
  const sizes = stamps.map(({ rate }) => Math.abs(rate)).sort((a, b) => a - b);
  const middle = sizes[sizes.length >> 1]!;
  if (middle > MOST_USUAL_RATE)
    throw new ReplayError(
      "bad-rate",
      `half the rates are beyond ${middle}, as if in per cent; write fractions, 0.0001 for 0.01 %`,
      { file },
    );
  const steps = stamps.slice(1).map(({ end }, i) => end - stamps[i]!.end);
  const back = steps.findIndex((step) => step <= 0);
  if (back >= 0)
    throw new ReplayError(
      "unsorted",
      `"${rows[back + 1]!.fields[timeColumn]}" is not later than the line above; sort by time and keep one line a payment`,
      rows[back + 1]!.place,
    );
  const usual = [...steps].sort((a, b) => a - b)[(steps.length - 1) >> 1];
  if (usual !== undefined && usual > LONGEST_HOURS * SECONDS_PER_HOUR)
    throw new ReplayError(
      "bad-time",
      `lines are ${spanText(usual)} apart, funding is paid every ${LONGEST_HOURS} hours at least; give each payment its line`,
      rows[steps.indexOf(usual) + 1]!.place,
    );
  // Among stamps that don't say what they are UTC of, those of all lines stand as far behind whole intervals.
  const interval = steps.length === 0 ? USUAL_INTERVAL_SECONDS : steps.reduce(commonDivisor);
  const behind = new Set(stamps.map(({ end }) => end % interval));
  const [only] = behind;
  const local = behind.size === 1 && rows.every(({ fields }) => !hasZone(fields[timeColumn]!));
  const clockHours = local ? only! / SECONDS_PER_HOUR : 0;
  return { stamps: stamps.map((stamp) => ({ ...stamp, end: stamp.end - clockHours * SECONDS_PER_HOUR })), clockHours };
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** What a stamp pays for, by the stamps about it: a step longer than those on both sides of it has a hole in it. */
function payment({ end, rate, hours, place }: Stamp, i: number, all: readonly Stamp[]): Payment {
  const step = (k: number): number | undefined => {
    const [from, to] = [all[k - 1], all[k]];
    return from === undefined || to === undefined ? undefined : to.end - from.end;
  };
  const own = step(i);
  const [before, after] = [step(i - 1), step(i + 1)];
  const longest = LONGEST_HOURS * SECONDS_PER_HOUR;
  // At an end of the record there is one side only, and an interval that may be counts as one.
  const known =
    own === undefined || own > longest || (before !== undefined && after !== undefined)
      ? Math.min(own ?? Infinity, Math.max(before ?? 0, after ?? 0) || Infinity)
      : own;
  const seconds =
    hours === undefined ? (known === Infinity ? USUAL_INTERVAL_SECONDS : known) : hours * SECONDS_PER_HOUR;
  if (!USUAL_HOURS.includes(seconds / SECONDS_PER_HOUR))
    throw new ReplayError(
      "bad-time",
      `the rate at ${formatUtc(end)} would be of ${spanText(seconds)}, but funding is paid every ${USUAL_HOURS.join(", ")} hours; correct the stamps`,
      place,
    );
  return { end, seconds, ppb: BigInt(Math.round((rate * 1e9 * SECONDS_PER_HOUR) / seconds)) };
}
