import { percent } from "../../client/cli/text/backtestText.ts";
import { wholeUsd } from "../../client/sdk/format.ts";
import type { Progress } from "../../circuits/build/progress.ts";
import {
  backtestSpots,
  calmNetwork,
  DEFAULT_COSTS,
  HISTORY_HOURS,
  profiles,
  regimeFeatures,
  reportBacktest,
  runBacktest,
  strategyTemplate,
  TEMPLATES,
  trainRegimes,
  WIDE_MANDATE,
} from "../../prover/index.ts";
import { openFunding, openReplay } from "../../prover/node.ts";
import type { BacktestReport, Funding, PricePath, RegimeNetwork, TemplateName } from "../../prover/index.ts";
import { decimals, rounded, timed } from "../statistics.ts";
import type { Section } from "../section.ts";

/** Hours of the price model, where there is no data: as many as the recorded ones. */
const MODEL_HOURS = 31_973;
const TIMED: TemplateName = "regime-allocator";

/** Networks are trained on the hours before: what a backtest shows of later ones, they have not seen. */
const TRAINED_BEFORE = Date.UTC(2022, 0, 1) / 1_000;

interface Played {
  readonly name: TemplateName;
  readonly hours: number;
  /** Reading data included. */
  readonly seconds: number;
  readonly report: BacktestReport;
}

interface Figures {
  readonly data: string;
  /** Hours that the networks were trained on; 0 if they were not. */
  readonly trainedHours: number;
  readonly strategies: readonly Played[];
}

/** How fast the decision function plays history, and what its templates would have done. */
export const backtest: Section<Figures> = {
  async measure({ brief, data, funding, progress }) {
    const open = (): PricePath =>
      openReplay(data === undefined ? { hours: MODEL_HOURS, assets: ["ETH", "BTC", "SOL", "BNB"] } : { data });
    const path = open();
    const fundingPpb = openFunding(funding, path.assets);
    const { network, hours: trainedHours } = brief
      ? { network: calmNetwork(), hours: 0 }
      : trainOn(path, fundingPpb, progress);
    const task = progress.start("backtest: the templates over price history");
    const names = brief ? [TIMED] : TEMPLATES;
    const strategies: Played[] = [];
    for (const name of names) {
      let report: BacktestReport | undefined;
      const ms = await timed(() => {
        const strategy = {
          ...strategyTemplate(profiles.standard, name, backtestSpots(profiles.standard, path.assets)),
          network,
        };
        const input = {
          profile: profiles.standard,
          strategy,
          mandate: WIDE_MANDATE,
          path: open(),
          costs: DEFAULT_COSTS,
          capitalDollars: 1_000_000,
          fundingPpb,
          warmupHours: HISTORY_HOURS,
        };
        const subject = {
          name,
          strategyCommitment: null,
          mandateFile: null,
          command: "npm run bench -- --only backtest",
          trainedOn: null,
          prices: path.source,
        };
        report = reportBacktest(subject, input, runBacktest(input));
      });
      strategies.push({ name, hours: report!.hours, seconds: rounded(ms / 1_000), report: { ...report!, points: [] } });
      task.update(strategies.length, names.length);
    }
    task.end();
    return { data: path.description, trainedHours, strategies };
  },
  summary({ strategies }) {
    const { hours, seconds } = strategies.find(({ name }) => name === TIMED)!;
    return { hours, seconds };
  },
  tables({ data, trainedHours, strategies }) {
    const fixed = (x: number | null, digits: number): number | string => (x === null ? "·" : decimals(x, digits));
    const [{ report: one }] = strategies as [Played];
    // The benchmarks are the same beside every strategy.
    const contestants = [...strategies.map(({ report }) => report.contestants[0]!), ...one.contestants.slice(1)];
    const inWindow = (window: number, name: string) =>
      [...strategies.map(({ report }) => report), one]
        .flatMap(({ windows }) => windows[window]!.results)
        .find((result) => result.name === name)!;
    return [
      {
        title: `Backtest of the templates, networks ${trainedHours === 0 ? "untrained" : `trained on the first ${trainedHours} hours`}, and benchmarks at the same costs`,
        columns: [
          "",
          "return",
          "a year",
          "volatility",
          "Sortino",
          "max drawdown",
          "ES 95 %",
          "ES 99 %",
          "turnover a year",
        ],
        rows: contestants.map((c) => [
          c.name,
          percent(c.totalReturn),
          percent(c.annualReturn),
          percent(c.volatility),
          fixed(c.sortino, 2),
          percent(c.maxDrawdown),
          percent(c.expectedShortfall95),
          percent(c.expectedShortfall99),
          fixed(c.annualTurnover, 1),
        ]),
        notes: [data],
      },
      {
        title: "Return and deepest fall by period",
        columns: ["", ...one.windows.map(({ name }) => name)],
        rows: contestants.map(({ name }) => [
          name,
          ...one.windows.map((_, w) => {
            const { totalReturn, maxDrawdown } = inWindow(w, name);
            return `${percent(totalReturn)} / ${percent(maxDrawdown)}`;
          }),
        ]),
        notes: [],
      },
      {
        title: "The decisions",
        columns: [
          "strategy",
          "hours",
          "seconds",
          "hours in regime 0",
          "1",
          "2",
          "3",
          "hedging error, bps of NAV (rms)",
          "worst",
          "held back",
          "defended",
          "no valid order",
          "costs",
          "funding paid",
        ],
        rows: strategies.map(({ name, hours, seconds, report: { strategy: s, contestants } }) => {
          const { spreadDollars, impactDollars, feesDollars, fundingDollars } = contestants[0]!.costs;
          return [
            name,
            hours,
            seconds,
            ...s.timeInRegime.map(percent),
            s.hedgingErrorRmsBps ?? "n/a",
            s.hedgingErrorWorstBps ?? "n/a",
            s.heldBack,
            s.defended,
            s.stuck,
            wholeUsd(spreadDollars + impactDollars + feesDollars),
            wholeUsd(fundingDollars),
          ];
        }),
        notes: [],
      },
    ];
  },
};

/** One network for all templates, of the hours before `TRAINED_BEFORE`. */
function trainOn(path: PricePath, fundingPpb: Funding, progress: Progress): { network: RegimeNetwork; hours: number } {
  const task = progress.start("backtest: training the regime network");
  const features = regimeFeatures(path, fundingPpb);
  const before = features.filter((_, hour) => path.at(HISTORY_HOURS + hour).timeUtc < TRAINED_BEFORE);
  // The price model's calendar may begin later.
  const used = before.length > 0 ? before : features.slice(0, Math.floor(path.hours / 3) - HISTORY_HOURS);
  const { network } = trainRegimes(used, {
    states: 4,
    seed: "1",
    folds: 0,
    onProgress: (done, of) => task.update(done, of),
  });
  task.end();
  return { network, hours: used.length };
}
