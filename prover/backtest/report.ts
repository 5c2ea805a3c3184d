import { HOURS_PER_DAY, HOURS_PER_YEAR, SECONDS_PER_HOUR } from "../base/time.ts";
import { runBenchmarks } from "./benchmarks.ts";
import type { BacktestInput, BacktestRun, Costs } from "./run.ts";
import type { CostModel } from "./account.ts";
import { inMemory } from "./market.ts";
import type { BacktestSlot } from "./market.ts";
import { leftOut } from "./leftOut.ts";
import { drawdowns, performanceOf } from "./statistics.ts";
import type { Performance } from "./statistics.ts";
import { HISTORY_HOURS } from "../snapshot/signalHistory.ts";
import { noImpliedVol } from "../data/impliedVol.ts";
import type { PricePath } from "../data/path.ts";
import { parseUtc } from "../data/time.ts";
import { isTrained, REGIMES } from "../strategy/network.ts";
import type { TrainedOn } from "../strategy/parameters.ts";
import { MANDATE_FIELDS } from "../format/profile.ts";

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

/** What a report says of its run beside the run's input. */
export interface BacktestSubject {
  /** The strategy's, for the tables. */
  readonly name: string;
  /** What a vault that is bound to the strategy holds; null where the seed was not at hand. */
  readonly strategyCommitment: string | null;
  /** The mandate's file; null where none was named. */
  readonly mandateFile: string | null;
  /** The command that plays the same again. */
  readonly command: string;
  /** Hours that the network was fitted to; null where the file does not say. */
  readonly trainedOn: TrainedOn | null;
  /** Where the prices come from, in the words of `TrainedOn`. */
  readonly prices: string;
}

/** From one hour to another, both included, seconds since 1970. */
export interface Span {
  readonly fromUtc: number;
  readonly toUtc: number;
}

/** A backtest's outcome: the same input gives the same numbers, and so the same file. */
export interface BacktestReport {
  readonly schema: 4;
  readonly profile: string;
  readonly command: string;
  readonly capitalDollars: number;
  readonly strategyCommitment: string | null;
  readonly mandateFile: string | null;
  readonly mandate: Readonly<Record<(typeof MANDATE_FIELDS)[number], number>>;
  readonly data: string;
  readonly prices: PricePath["source"];
  /** Perps whose funding is recorded; all others pay the usual rate. */
  readonly fundingRecorded: readonly string[];
  /** Underlyings whose implied volatility is recorded; without any, feature 7 is 0. */
  readonly impliedVolRecorded: readonly string[];
  /** What the run left out of its input, or had to assume, a clause each. */
  readonly leftOut: readonly string[];
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
    /** What the network was fitted to; null for one that is not trained, or whose file does not say. */
    readonly trainedOn: TrainedOn | null;
    /** What of the run the network was fitted to; null if nothing, or if it is not known. */
    readonly inSample: Span | null;
    /** Share of hours in each regime. */
    readonly timeInRegime: readonly number[];
    /** Bps of NAV; null where nothing is hedged. */
    readonly hedgingErrorRmsBps: number | null;
    readonly hedgingErrorWorstBps: number | null;
    readonly heldBack: number;
    readonly defended: number;
    readonly stuck: number;
  };
  /** What is drawn: a point an hour of a short run, a point a day of a long one, and the end. */
  readonly points: readonly {
    readonly utc: number;
    readonly regime: number;
    readonly nav: readonly number[];
    /** The deepest since the point before. */
    readonly drawdown: readonly number[];
  }[];
}

/** Months that tried everybody. */
const CRISES: readonly { name: string; from: string; to: string }[] = [
  { name: "May 2021", from: "2021-05-01", to: "2021-06-01" },
  { name: "May 2022", from: "2022-05-01", to: "2022-06-01" },
  { name: "November 2022", from: "2022-11-01", to: "2022-12-01" },
];

/** Hours up to which every one is drawn: some three months. */
const HOURLY_POINTS = 2_200;

export function reportBacktest(subject: BacktestSubject, input: BacktestInput, run: BacktestRun): BacktestReport {
  const { name, command, strategyCommitment, mandateFile } = subject;
  const path = inMemory(input.path);
  const { impliedVol = noImpliedVol } = input;
  const symbols = run.slots.map(({ symbol }) => symbol);
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
  const years = run.elapsedHours.at(-1)! / HOURS_PER_YEAR;
  const aYear = (figure: number | null): number | null => (run.hours < HISTORY_HOURS ? null : figure);
  const errors = run.hedgingErrorBps;
  const falls = contestants.map(({ nav }) => drawdowns(nav));
  const trainedOn = isTrained(input.strategy.network) ? subject.trainedOn : null;
  return rounded({
    schema: 4,
    profile: input.profile.name,
    command,
    capitalDollars: input.capitalDollars,
    strategyCommitment,
    mandateFile,
    mandate: Object.fromEntries(
      MANDATE_FIELDS.map((field) => [field, Number(input.mandate[field])]),
    ) as BacktestReport["mandate"],
    data: path.description,
    prices: path.source,
    fundingRecorded: (input.fundingPpb.recorded ?? []).filter((symbol) =>
      run.slots.some((slot) => slot.kind === "perp" && slot.symbol === symbol),
    ),
    impliedVolRecorded: impliedVol.recorded.filter((symbol) => symbols.includes(symbol)),
    leftOut: leftOut(input, run, path),
    fromUtc: run.fromUtc,
    toUtc: timeOf(run.hours),
    hours: run.hours,
    costModel: input.costs,
    slots: run.slots,
    contestants: contestants.map(({ name, about, nav, tradedDollars, costs }) => {
      const found = performanceOf(nav, run.elapsedHours);
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
      trainedOn,
      inSample: overlap(trainedOn, subject.prices, { fromUtc: run.fromUtc, toUtc: timeOf(run.hours) }),
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
    points: pointsOf(run.hours).map((hour, i, all) => ({
      utc: timeOf(hour),
      regime: run.regimes[Math.min(hour, run.hours - 1)]!,
      nav: contestants.map(({ nav }) => nav[hour]!),
      drawdown: falls.map((fall) => fall.slice((all[i - 1] ?? -1) + 1, hour + 1).reduce((a, b) => Math.max(a, b), 0)),
    })),
  });
}

/** Hours that get a point: all, or every day's first, and the last. */
function pointsOf(hours: number): number[] {
  const step = hours <= HOURLY_POINTS ? 1 : HOURS_PER_DAY;
  const before = Array.from({ length: Math.ceil(hours / step) }, (_, i) => i * step);
  return [...before, hours];
}

/** What of the run lies in the hours that the network was fitted to, if these are of the same prices. */
function overlap(trainedOn: TrainedOn | null, prices: string, run: Span): Span | null {
  if (trainedOn === null || trainedOn.prices !== prices) return null;
  const fromUtc = Math.max(run.fromUtc, parseUtc(trainedOn.from));
  const toUtc = Math.min(run.toUtc, parseUtc(trainedOn.to));
  return fromUtc < toUtc ? { fromUtc, toUtc } : null;
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
