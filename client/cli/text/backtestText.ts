import type { BacktestReport } from "../../../prover/index.ts";
import { count, instant, number, percent as percentOf, wholeUsd } from "../../sdk/format.ts";

/** What terminal and page say of a backtest, in the same words and by the same rules. */

/** Stands where there is no figure. */
const ABSENT = "·";

export const percent = (x: number | null): string => (x === null ? ABSENT : percentOf(x));
const fixed = (x: number | null, digits: number, unit = ""): string =>
  x === null ? ABSENT : `${number(x, digits)}${unit}`;

/** What was played. */
export const periodText = ({ hours, fromUtc, toUtc }: BacktestReport): string =>
  `${count(hours, "decision")} from ${instant(fromUtc)} to ${instant(toUtc)}, hour by hour by the function that the proof is about`;

/** Which part of the run the network has seen before. */
export function inSampleText({
  fromUtc,
  toUtc,
  strategy: { networkTrained, trainedOn, inSample },
}: BacktestReport): string {
  if (!networkTrained) return "nothing: the network is untrained";
  if (trainedOn === null) return "not known: the strategy file does not say which hours its network was trained on";
  const trained = `the network was trained on ${trainedOn.prices} prices from ${trainedOn.from} to ${trainedOn.to}`;
  if (inSample === null) return `nothing: ${trained}`;
  if (inSample.fromUtc === fromUtc && inSample.toUtc === toUtc) return `everything: ${trained}`;
  return `from ${instant(inSample.fromUtc)} to ${instant(inSample.toUtc)}: ${trained}`;
}

export const commitmentText = ({ strategyCommitment }: BacktestReport): string =>
  strategyCommitment ?? "depends on the owner's seed and the market: --state FOLDER --deployment FILE show it";

/** Head and a line for each contestant. */
export const performanceTable = ({ contestants }: BacktestReport): string[][] => [
  ["", "return", "a year", "volatility", "Sortino", "max drawdown", "ES 95 %", "ES 99 %", "turnover a year"],
  ...contestants.map((c) => [
    c.name,
    percent(c.totalReturn),
    percent(c.annualReturn),
    percent(c.volatility),
    fixed(c.sortino, 2),
    percent(c.maxDrawdown),
    percent(c.expectedShortfall95),
    percent(c.expectedShortfall99),
    fixed(c.annualTurnover, 1, " × NAV"),
  ]),
];

/** Head and a line for each contestant. */
export const costsTable = ({ contestants }: BacktestReport): string[][] => [
  ["costs", "spread", "impact", "fees", "funding paid"],
  ...contestants.map(({ name, costs: c }) => [
    name,
    wholeUsd(c.spreadDollars),
    wholeUsd(c.impactDollars),
    wholeUsd(c.feesDollars),
    wholeUsd(c.fundingDollars),
  ]),
];

/** Whose implied volatility feature 7 is of. */
export const impliedVolText = (recorded: readonly string[]): string =>
  recorded.length === 0
    ? "implied volatility: none recorded, so feature 7 is 0"
    : `implied volatility: as recorded for ${recorded.join(", ")}`;

export const pricesText = ({ prices }: BacktestReport): string =>
  prices === "modelled" ? "modelled prices, not market data" : "recorded prices";

export const fundingText = ({ fundingRecorded }: BacktestReport): string =>
  fundingRecorded.length === 0
    ? "funding 0.01 % every eight hours, none recorded"
    : `funding as recorded for ${fundingRecorded.join(", ")}, 0.01 % every eight hours where no rate is`;

/** What the run left out or assumed, a line each. */
export const leftOutText = ({ leftOut }: Pick<BacktestReport, "leftOut">): string[] =>
  leftOut.length === 0 ? [] : ["left out, or assumed:", ...leftOut.map((clause) => `  ${clause}`)];

/** What dots of the table of performance mean, and how many days the shortfalls are taken over. */
export function figuresText({ hours, contestants }: BacktestReport): string {
  const { tailDays95, tailDays99 } = contestants[0]!;
  const all = Math.floor(hours / 24);
  const over = (share: string, days: number, least: number): string =>
    days === 0 ? `${share} takes ${least} days` : `${share} over ${count(days, "day")}`;
  const yearly = contestants[0]!.annualReturn === null ? "; figures a year take 30 days" : "";
  return `ES is the mean loss of the worst of ${count(all, "day")}: ${over("95 %", tailDays95, 20)}, ${over("99 %", tailDays99, 100)}${yearly}`;
}

/** The rates that all were charged. */
export function ratesText({
  costModel: { halfSpreadBps, feeBps, optionVolPoints, impactBps },
}: BacktestReport): string {
  const kinds = (rate: Readonly<Record<"spot" | "perp" | "option", number>>): string =>
    `spot ${rate.spot}, perp ${rate.perp}, option ${rate.option} bps`;
  return `half the spread: ${kinds(halfSpreadBps)} and ${optionVolPoints} volatility points; fees: ${kinds(feeBps)}; impact: ${impactBps} bps for a slot's whole liquidity, in proportion below, none for the strategies beside`;
}

export const regimesText = ({ strategy: { networkTrained, timeInRegime } }: BacktestReport): string =>
  networkTrained
    ? `hours in regimes 0 to ${timeInRegime.length - 1}: ${timeInRegime.map(percent).join(", ")}`
    : "network untrained: always regime 0";

/** Root mean square and worst hour. */
export const hedgingText = ({
  strategy: { hedgingErrorRmsBps: rms, hedgingErrorWorstBps: worst },
}: BacktestReport): string =>
  rms === null || worst === null
    ? "not applicable: no group hedges its delta"
    : `${number(rms)} bps of NAV (root mean square), ${number(worst)} in the worst hour`;
