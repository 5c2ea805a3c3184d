import { defaultFunding } from "../../client/demo/plan.ts";
import { DEFAULT_COSTS, openFunding, openReplay, profiles, reportBacktest, runBacktest, strategyTemplate, TEMPLATES, WARMUP_HOURS, WIDE_MANDATE } from "../../prover/index.ts";
import type { BacktestReport, TemplateName } from "../../prover/index.ts";
import { rounded, timed } from "../statistics.ts";
import type { Section } from "../section.ts";

/** Hours of the price model, where there is no data: as many as the recorded ones. */
const MODEL_HOURS = 31_973;
const TIMED: TemplateName = "regime-allocator";

interface Played {
  readonly name: TemplateName;
  readonly hours: number;
  /** Reading data included. */
  readonly seconds: number;
  readonly report: BacktestReport;
}

interface Figures {
  readonly data: string;
  readonly strategies: readonly Played[];
}

/** How fast the decision function plays history, and what its templates would have done. */
export const backtest: Section<Figures> = {
  async measure({ brief, data, progress }) {
    const fundingPpb = openFunding(defaultFunding());
    const task = progress.start("backtest: the templates over price history");
    const names = brief ? [TIMED] : TEMPLATES;
    const strategies: Played[] = [];
    let description = "";
    for (const name of names) {
      let report: BacktestReport | undefined;
      const ms = await timed(() => {
        const path = openReplay(data === undefined ? { hours: MODEL_HOURS, assets: ["ETH", "BTC", "SOL", "BNB"] } : { data });
        description = path.description;
        const input = { profile: profiles.standard, strategy: strategyTemplate(profiles.standard, name), mandate: WIDE_MANDATE, path, costs: DEFAULT_COSTS, capitalDollars: 1_000_000, fundingPpb, warmupHours: WARMUP_HOURS };
        report = reportBacktest(name, input, runBacktest(input));
      });
      strategies.push({ name, hours: report!.hours, seconds: rounded(ms / 1_000), report: { ...report!, days: [] } });
      task.update(strategies.length, names.length);
    }
    task.end();
    return { data: description, strategies };
  },
  summary({ strategies }) {
    const { hours, seconds } = strategies.find(({ name }) => name === TIMED)!;
    return { hours, seconds };
  },
  tables({ data, strategies }) {
    const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
    return [
      {
        title: "Backtest of the templates, networks untrained",
        columns: ["strategy", "hours", "seconds", "return", "volatility", "Sortino", "max drawdown", "ES 99 %"],
        rows: strategies.map(({ name, hours, seconds, report }) => {
          const own = report.contestants[0]!;
          return [name, hours, seconds, percent(own.totalReturn), percent(own.volatility), Number(own.sortino.toFixed(2)), percent(own.maxDrawdown), percent(own.expectedShortfall99)];
        }),
        notes: [data],
      },
    ];
  },
};
