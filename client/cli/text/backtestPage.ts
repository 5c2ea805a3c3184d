import type { BacktestReport } from "../../../prover/index.ts";
import {
  costsTable,
  dollars,
  figuresText,
  hedgingText,
  impliedVolText,
  percent,
  performanceTable,
  ratesText,
  regimesText,
  sourcesText,
} from "./backtestText.ts";
import { escaped, renderLines } from "./lineChart.ts";

const COLOURS = ["#0b4f9e", "#999999", "#e08214", "#4d9221", "#b2182b"];
const REGIME_COLOURS = ["#c7e9c0", "#fff2a8", "#fdb366", "#d7301f"];
const REGIME_NAMES = ["calm", "normal", "lively", "defensive"];

const date = (utc: number): string => new Date(utc * 1_000).toISOString().slice(0, 10);

/** A backtest's report as one HTML file that needs nothing else. The same report gives the same bytes. */
export function backtestPage(report: BacktestReport): string {
  const { contestants, windows, strategy, days } = report;
  const times = days.map(({ utc }) => utc);
  const series = (of: (day: (typeof days)[number]) => readonly number[]) =>
    contestants.map(({ name }, i) => ({
      name,
      colour: COLOURS[i % COLOURS.length]!,
      values: days.map((day) => of(day)[i]!),
    }));
  const strip = { values: days.map(({ regime }) => regime), colours: REGIME_COLOURS, names: REGIME_NAMES };
  const name = contestants[0]!.name;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<title>Backtest: ${escaped(name)}</title>`,
    "<style>body{font:15px/1.45 sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222}table{border-collapse:collapse;margin:1em 0}th,td{padding:.25em .7em;text-align:right;border-bottom:1px solid #ddd}th:first-child,td:first-child{text-align:left}svg{width:100%;height:auto}</style>",
    "</head><body>",
    `<h1>Backtest: ${escaped(name)}</h1>`,
    `<p>${date(report.fromUtc)} to ${date(report.toUtc)}, ${report.hours.toLocaleString("en-US")} hourly decisions of the function that the proof is about. ${escaped(report.data)}; ${escaped(sourcesText(report))}; ${escaped(impliedVolText(report.impliedVolRecorded))}.</p>`,
    renderLines({
      title: "Net asset value",
      times,
      series: series(({ nav }) => nav),
      logarithmic: true,
      show: dollars,
      strip,
    }),
    renderLines({
      title: "Below the highest value so far",
      times,
      series: series(({ drawdown }) => drawdown.map((d) => -d)),
      show: percent,
      strip,
    }),
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
    "</body></html>",
    "",
  ].join("\n");
}

/** @param rows the head first */
function table([head, ...rows]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return [
    "<table>",
    ...(head!.some((cell) => cell !== "") ? [row(head!, "th")] : []),
    ...rows.map((cells) => row(cells, "td")),
    "</table>",
  ].join("\n");
}
