import { runBenchmarks } from "./benchmarks.ts";
import type { BacktestInput, BacktestRun } from "./run.ts";
import { inMemory } from "./market.ts";
import { drawdowns, performanceOf } from "./statistics.ts";
import type { Performance } from "./statistics.ts";
import { REGIMES } from "../strategy/network.ts";

/** What one line of the comparison says. */
export interface ContestantReport extends Performance {
  readonly name: string;
  readonly about: string;
  /** Traded a year, in NAVs. */
  readonly annualTurnover: number;
}

/** A stretch of time and what it did to everybody: total return and deepest fall within it. */
export interface WindowReport {
  readonly name: string;
  readonly results: readonly { readonly name: string; readonly totalReturn: number; readonly maxDrawdown: number }[];
}

/** A backtest's outcome: the same input gives the same numbers, and so the same file. */
export interface BacktestReport {
  readonly schema: 1;
  readonly data: string;
  readonly fromUtc: number;
  readonly hours: number;
  readonly contestants: readonly ContestantReport[];
  readonly windows: readonly WindowReport[];
  readonly strategy: {
    /** Share of hours in each regime. */
    readonly timeInRegime: readonly number[];
    /** Bps of NAV; null where nothing is hedged. */
    readonly hedgingErrorRmsBps: number | null;
    readonly hedgingErrorWorstBps: number | null;
    readonly tradingCostDollars: number;
    readonly fundingPaidDollars: number;
    readonly heldBack: number;
    readonly defended: number;
    readonly stuck: number;
  };
  /** One point a day, for the charts. */
  readonly days: readonly { readonly utc: number; readonly regime: number; readonly nav: readonly number[]; readonly drawdown: readonly number[] }[];
}

/** Months that tried everybody. */
const CRISES: readonly { name: string; from: string; to: string }[] = [
  { name: "May 2021", from: "2021-05-01", to: "2021-06-01" },
  { name: "May 2022", from: "2022-05-01", to: "2022-06-01" },
  { name: "November 2022", from: "2022-11-01", to: "2022-12-01" },
];
const SECONDS_PER_HOUR = 3_600;
const DAY = 24;
const HOURS_PER_YEAR = 8_760;

/** @param name of the strategy, for the table */
export function reportBacktest(name: string, input: BacktestInput, run: BacktestRun): BacktestReport {
  const path = inMemory(input.path);
  const contestants = [
    { name, about: "the decision function, hour by hour", nav: run.nav, tradedDollars: run.tradedDollars },
    ...runBenchmarks(path, input.warmupHours, input.capitalDollars, input.costs, input.fundingPpb),
  ];
  const timeOf = (hour: number): number => path.at(input.warmupHours + hour).timeUtc;
  const years = run.hours / HOURS_PER_YEAR;
  const errors = run.hedgingErrorBps;
  const falls = contestants.map(({ nav }) => drawdowns(nav));
  return rounded({
    schema: 1,
    data: path.description,
    fromUtc: run.fromUtc,
    hours: run.hours,
    contestants: contestants.map(({ name, about, nav, tradedDollars }) => ({ name, about, ...performanceOf(nav), annualTurnover: tradedDollars / years / (nav.reduce((a, b) => a + b, 0) / nav.length) })),
    windows: [...CRISES, ...calendarYears(timeOf(0), timeOf(run.hours))].flatMap(({ name, from, to }) => {
      const inside = Array.from({ length: run.hours + 1 }, (_, hour) => hour).filter((hour) => timeOf(hour) >= utc(from) && timeOf(hour) <= utc(to));
      if (inside.length < DAY) return [];
      const [first, last] = [inside[0]!, inside.at(-1)!];
      const results = contestants.map(({ name, nav }) => {
        const part = nav.slice(first, last + 1);
        return { name, totalReturn: part.at(-1)! / part[0]! - 1, maxDrawdown: drawdowns(part).reduce((worst, d) => Math.max(worst, d), 0) };
      });
      return [{ name, results }];
    }),
    strategy: {
      timeInRegime: Array.from({ length: REGIMES }, (_, r) => run.regimes.filter((regime) => regime === r).length / run.hours),
      hedgingErrorRmsBps: errors.length === 0 ? null : Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length),
      hedgingErrorWorstBps: errors.length === 0 ? null : errors.reduce((a, b) => Math.max(a, b), 0),
      tradingCostDollars: run.tradingCostDollars, fundingPaidDollars: run.fundingDollars, heldBack: run.held, defended: run.defended, stuck: run.stuck,
    },
    days: Array.from({ length: Math.floor(run.hours / DAY) + 1 }, (_, day) => day * DAY).map((hour) => ({
      utc: timeOf(hour), regime: run.regimes[Math.min(hour, run.hours - 1)]!, nav: contestants.map(({ nav }) => nav[hour]!), drawdown: falls.map((fall) => fall[hour]!),
    })),
  });
}

const utc = (date: string): number => Date.parse(`${date}T00:00Z`) / 1_000;

function calendarYears(from: number, to: number): { name: string; from: string; to: string }[] {
  const year = (at: number): number => new Date(at * 1_000).getUTCFullYear();
  return Array.from({ length: year(to - SECONDS_PER_HOUR) - year(from) + 1 }, (_, k) => year(from) + k).map((y) => ({ name: String(y), from: `${y}-01-01`, to: `${y + 1}-01-01` }));
}

const DIGITS = 8;

/** Numbers as they are shown: what lies beyond their eighth digit says nothing. */
function rounded<T>(value: T): T {
  if (typeof value === "number") return (Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS))) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one as unknown)])) as T;
  return value;
}
