import type { BacktestReport } from "../../../prover/index.ts";
import {
  commitmentText,
  costsTable,
  figuresText,
  fundingText,
  hedgingText,
  impliedVolText,
  inSampleText,
  percent,
  performanceTable,
  periodText,
  ratesText,
  regimesText,
} from "./backtestText.ts";
import { number, wholeUsd } from "../../sdk/format.ts";
import { charts, escaped, htmlPage, table } from "./htmlPage.ts";

const REGIME_NAMES = ["calm", "normal", "lively", "defensive"];

/** A backtest's report as one HTML file that needs nothing else. The same report gives the same bytes. */
export function backtestPage(report: BacktestReport): string {
  const { contestants, windows, strategy, points } = report;
  const name = contestants[0]!.name;
  const x = points.map(({ utc }) => utc);
  const shade = strategy.inSample === null ? {} : { shade: strategy.inSample };
  const lines = (of: (point: (typeof points)[number]) => readonly number[]) =>
    contestants.map((contestant, i) => ({ name: contestant.name, values: points.map((point) => of(point)[i]!) }));
  const nav = lines((point) => point.nav);
  // A logarithmic axis has no place for what is lost to zero and below.
  const logarithmic = nav.every(({ values }) => values.every((value) => value > 0));
  const body = [
    table([
      ["", ""],
      ["played", periodText(report)],
      ["prices", report.data],
      ["perps", fundingText(report)],
      ["volatility index", impliedVolText(report.impliedVolRecorded)],
      ["capital", wholeUsd(report.capitalDollars)],
      ["in-sample", inSampleText(report)],
      ["strategy", `${name}, ${report.profile} profile`],
      ["commitment", commitmentText(report)],
      ["mandate", report.mandateFile ?? "none named: a wide one"],
      ["command", report.command],
    ]),
    charts([
      {
        title: "Net asset value",
        about: `dollars, ${logarithmic ? "logarithmic" : "linear"} axis`,
        unit: "dollars",
        logarithmic,
        x,
        lines: nav,
        ...shade,
      },
      {
        title: "Drawdown",
        about: "below the highest value so far, linear axis",
        unit: "percent",
        x,
        lines: lines(({ drawdown }) => drawdown.map((fall) => 0 - fall)),
        ...shade,
      },
      ...(strategy.networkTrained
        ? [
            {
              title: "Regime",
              about: "that the network finds",
              x,
              values: points.map(({ regime }) => regime),
              regimes: REGIME_NAMES,
            },
          ]
        : []),
    ]),
    table(performanceTable(report)),
    `<p>${escaped(figuresText(report))}.</p>`,
    "<h2>Costs</h2>",
    table(costsTable(report)),
    `<p>${escaped(ratesText(report))}.</p>`,
    "<h2>Years, and months that tried everybody</h2>",
    "<p>Return, and the deepest fall within.</p>",
    table([
      ["", ...contestants.map((c) => c.name)],
      ...windows.map((window) => [
        window.name,
        ...window.results.map((one) => `${percent(one.totalReturn)} (${percent(one.maxDrawdown)})`),
      ]),
    ]),
    "<h2>The strategy</h2>",
    table([
      ["", ""],
      ...(strategy.networkTrained
        ? strategy.timeInRegime.map((share, regime) => [
            `hours in regime ${regime}, ${REGIME_NAMES[regime]!}`,
            percent(share),
          ])
        : [["regime", regimesText(report)]]),
      ["hedging error", hedgingText(report)],
      ["orders held back by the mandate", String(strategy.heldBack)],
      ["hours in defence", String(strategy.defended)],
      ["hours without a valid order", String(strategy.stuck)],
    ]),
    "<h2>The mandate</h2>",
    table([["limit", ""], ...Object.entries(report.mandate).map(([limit, value]) => [limit, number(Number(value))])]),
    "<h2>Slots played</h2>",
    table([
      ["slot", "kind", "asset"],
      ...report.slots.map(({ slot, kind, symbol, isCall }) => [
        String(slot),
        isCall === undefined ? kind : isCall ? "call" : "put",
        symbol,
      ]),
    ]),
    ...(report.leftOut.length === 0
      ? []
      : [
          "<h2>Left out, or assumed</h2>",
          "<ul>",
          ...report.leftOut.map((clause) => `<li>${escaped(clause)}</li>`),
          "</ul>",
        ]),
    "<h2>Beside it</h2>",
    "<ul>",
    ...contestants.slice(1).map((c) => `<li><b>${escaped(c.name)}</b>: ${escaped(c.about)}</li>`),
    "</ul>",
    "<p>An order is filled at the next hour's prices. Spot is priced at the data's own prices, perps at the same with recorded funding where there is any, options by the project's volatility model on realised volatility: their results are a model's.</p>",
  ];
  return htmlPage(`Backtest: ${name}`, body);
}
