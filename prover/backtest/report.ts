import { HOURS_PER_DAY, HOURS_PER_YEAR, SECONDS_PER_HOUR } from "../base/time.ts";
import { runBenchmarks } from "./benchmarks.ts";
import type { BacktestInput, BacktestRun, CostModel, Costs } from "./run.ts";
import { inMemory } from "./market.ts";
import type { BacktestSlot } from "./market.ts";
import { drawdowns, performanceOf } from "./statistics.ts";
import type { Performance } from "./statistics.ts";
import { HISTORY_HOURS } from "../snapshot/signalHistory.ts";
import type { PricePath } from "../data/path.ts";
import { isTrained, REGIMES } from "../strategy/network.ts";

/** Figures a year; null where there are fewer than `HISTORY_HOURS` decisions to tell them from. */
type Annual = "annualReturn" | "volatility" | "sortino";

/** What one line of the comparison says. */
export interface ContestantReport extends Omit<Performance, Annual>, Record<Annual, number | null> {
  readonly name: string;
  readonly about: string;
  /** Notional bought and sold a year, in mean NAVs; null as the other figures a year. */
  readonly annualTurnover: number | null;
  readonly costs: Costs;
}

/** A stretch of time and what it did to everybody: total return and deepest fall within it. */
export interface WindowReport {
  readonly name: string;
  readonly results: readonly { readonly name: string; readonly totalReturn: number; readonly maxDrawdown: number }[];
}

/** A backtest's outcome: the same input gives the same numbers, and so the same file. */
export interface BacktestReport {
  readonly schema: 2;
  readonly data: string;
  readonly prices: PricePath["source"];
  /** Perps whose funding is recorded; all others pay the usual rate. */
  readonly fundingRecorded: readonly string[];
  readonly fromUtc: number;
  /** When the last order was filled. */
  readonly toUtc: number;
  /** Decisions. */
  readonly hours: number;
  readonly costModel: CostModel;
  readonly slots: readonly BacktestSlot[];
  readonly contestants: readonly ContestantReport[];
  readonly windows: readonly WindowReport[];
  readonly strategy: {
    /** False for a network of zeros, which finds regime 0 whatever the market does. */
    readonly networkTrained: boolean;
    /** Share of hours in each regime. */
    readonly timeInRegime: readonly number[];
    /** Bps of NAV; null where nothing is hedged. */
    readonly hedgingErrorRmsBps: number | null;
    readonly hedgingErrorWorstBps: number | null;
    readonly heldBack: number;
    readonly defended: number;
    readonly stuck: number;
  };
  /** One point a day, for the charts. */
  readonly days: readonly {
    readonly utc: number;
    readonly regime: number;
    readonly nav: readonly number[];
    readonly drawdown: readonly number[];
  }[];
}

/** Months that tried everybody. */
const CRISES: readonly { name: string; from: string; to: string }[] = [
  { name: "May 2021", from: "2021-05-01", to: "2021-06-01" },
  { name: "May 2022", from: "2022-05-01", to: "2022-06-01" },
  { name: "November 2022", from: "2022-11-01", to: "2022-12-01" },
];

/** @param name of the strategy, for the table */
export function reportBacktest(name: string, input: BacktestInput, run: BacktestRun): BacktestReport {
  const path = inMemory(input.path);
  const contestants = [
    {
      name,
      about: "the decision function, hour by hour",
      nav: run.nav,
      tradedDollars: run.tradedDollars,
      costs: run.costs,
    },
    ...runBenchmarks(path, input.warmupHours, input.capitalDollars, input.costs, input.fundingPpb),
  ];
  const timeOf = (hour: number): number => path.at(input.warmupHours + hour).timeUtc;
  const years = run.hours / HOURS_PER_YEAR;
  const aYear = (figure: number | null): number | null => (run.hours < HISTORY_HOURS ? null : figure);
  const errors = run.hedgingErrorBps;
  const falls = contestants.map(({ nav }) => drawdowns(nav));
  return rounded({
    schema: 2,
    data: path.description,
    prices: path.source,
    fundingRecorded: (input.fundingPpb.recorded ?? []).filter((symbol) =>
      run.slots.some((slot) => slot.kind === "perp" && slot.symbol === symbol),
    ),
    fromUtc: run.fromUtc,
    toUtc: timeOf(run.hours),
    hours: run.hours,
    costModel: input.costs,
    slots: run.slots,
    contestants: contestants.map(({ name, about, nav, tradedDollars, costs }) => {
      const found = performanceOf(nav);
      return {
        name,
        about,
        ...found,
        annualReturn: aYear(found.annualReturn),
        volatility: aYear(found.volatility),
        sortino: aYear(found.sortino),
        annualTurnover: aYear(tradedDollars / years / (nav.reduce((a, b) => a + b, 0) / nav.length)),
        costs,
      };
    }),
    windows: [...CRISES, ...calendarYears(timeOf(0), timeOf(run.hours))].flatMap(({ name, from, to }) => {
      const inside = Array.from({ length: run.hours + 1 }, (_, hour) => hour).filter(
        (hour) => timeOf(hour) >= utc(from) && timeOf(hour) <= utc(to),
      );
      if (inside.length < HOURS_PER_DAY) return [];
      const [first, last] = [inside[0]!, inside.at(-1)!];
      const results = contestants.map(({ name, nav }) => {
        const part = nav.slice(first, last + 1);
        return {
          name,
          totalReturn: part.at(-1)! / part[0]! - 1,
          maxDrawdown: drawdowns(part).reduce((worst, d) => Math.max(worst, d), 0),
        };
      });
      return [{ name, results }];
    }),
    strategy: {
      networkTrained: isTrained(input.strategy.network),
      timeInRegime: Array.from(
        { length: REGIMES },
        (_, r) => run.regimes.filter((regime) => regime === r).length / run.hours,
      ),
      hedgingErrorRmsBps:
        errors.length === 0 ? null : Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length),
      hedgingErrorWorstBps: errors.length === 0 ? null : errors.reduce((a, b) => Math.max(a, b), 0),
      heldBack: run.held,
      defended: run.defended,
      stuck: run.stuck,
    },
    days: Array.from({ length: Math.floor(run.hours / HOURS_PER_DAY) + 1 }, (_, day) => day * HOURS_PER_DAY).map(
      (hour) => ({
        utc: timeOf(hour),
        regime: run.regimes[Math.min(hour, run.hours - 1)]!,
        nav: contestants.map(({ nav }) => nav[hour]!),
        drawdown: falls.map((fall) => fall[hour]!),
      }),
    ),
  });
}

const utc = (date: string): number => Date.parse(`${date}T00:00Z`) / 1_000;

function calendarYears(from: number, to: number): { name: string; from: string; to: string }[] {
  const year = (at: number): number => new Date(at * 1_000).getUTCFullYear();
  return Array.from({ length: year(to - SECONDS_PER_HOUR) - year(from) + 1 }, (_, k) => year(from) + k).map((y) => ({
    name: String(y),
    from: `${y}-01-01`,
    to: `${y + 1}-01-01`,
  }));
}

const DIGITS = 8;

/** Rounds numbers for the report to eight digits: further ones mean nothing. */
function rounded<T>(value: T): T {
  if (typeof value === "number") return (Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS))) as T;
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, rounded(one as unknown)])) as T;
  return value;
}
