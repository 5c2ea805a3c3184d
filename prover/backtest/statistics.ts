import { HOURS_PER_DAY, HOURS_PER_YEAR } from "../base/time.ts";

/** Figures of a series of NAVs, one an hour, first to last. Shares are fractions: 0.05 is 5 %. */
export interface Performance {
  /** Last NAV over the first, less one. */
  readonly totalReturn: number;
  /** A year, compounded. */
  readonly annualReturn: number;
  /** Standard deviation of hourly returns, times the root of a year's hours. */
  readonly volatility: number;
  /** Mean hourly return over the root mean square of losses, times the root of a year's hours; null where no hour lost. */
  readonly sortino: number | null;
  readonly maxDrawdown: number;
  /** Mean loss of the worst 5 % and 1 % of days; null where those are less than one day. */
  readonly expectedShortfall95: number | null;
  readonly expectedShortfall99: number | null;
  /** Days that each of them is the mean of. */
  readonly tailDays95: number;
  readonly tailDays99: number;
}

/**
 * @param nav > 0, at least two; the first value that is not above 0 ends the series with a loss of everything
 * @param elapsedHours when each was, in hours since the first; hour after hour where left out
 */
export function performanceOf(
  nav: readonly number[],
  elapsedHours: readonly number[] = nav.map((_, hour) => hour),
): Performance {
  const ruin = nav.findIndex((value) => value <= 0);
  const alive = ruin < 0 ? nav : nav.slice(0, ruin);
  const [first, last] = [nav[0]!, ruin < 0 ? nav.at(-1)! : 0];
  const returns = changes(alive, 1);
  const hours = elapsedHours.at(-1)!;
  // A return over missing hours is one of more than an hour.
  const returnsPerYear = (HOURS_PER_YEAR * (nav.length - 1)) / hours;
  const mean = average(returns);
  const downside = Math.sqrt(average(returns.map((r) => Math.min(0, r) ** 2)));
  // On the day on which NAV is no longer above 0, everything was lost.
  const days = [
    ...changes(
      dayStarts(elapsedHours.slice(0, alive.length)).map((k) => alive[k]!),
      1,
    ),
    ...(ruin < 0 ? [] : [-1]),
  ];
  return {
    totalReturn: last / first - 1,
    annualReturn: (last / first) ** (HOURS_PER_YEAR / hours) - 1,
    volatility: Math.sqrt(average(returns.map((r) => (r - mean) ** 2)) * returnsPerYear),
    sortino: downside === 0 ? null : (mean / downside) * Math.sqrt(returnsPerYear),
    maxDrawdown: ruin < 0 ? drawdowns(nav).reduce((worst, d) => Math.max(worst, d), 0) : 1,
    expectedShortfall95: shortfall(days, 0.05),
    expectedShortfall99: shortfall(days, 0.01),
    tailDays95: tailOf(days, 0.05),
    tailDays99: tailOf(days, 0.01),
  };
}

/** Which of the hours is the first of each day of 24 hours since the first; a day without one has none. */
const dayStarts = (elapsedHours: readonly number[]): number[] => {
  const day = (hours: number): number => Math.floor(hours / HOURS_PER_DAY);
  return elapsedHours.flatMap((hours, k) => (k === 0 || day(hours) > day(elapsedHours[k - 1]!) ? [k] : []));
};

/** How far each value lies below the highest so far, as a fraction of it. */
export function drawdowns(nav: readonly number[]): number[] {
  let highest = -Infinity;
  return nav.map((value) => {
    if (value > highest) highest = value;
    return 1 - value / highest;
  });
}

/** Mean loss of the worst share of returns, rounded down to whole ones; positive is a loss, null where there is not one. */
export function shortfall(returns: readonly number[], share: number): number | null {
  const worst = Float64Array.from(returns).sort().subarray(0, tailOf(returns, share));
  return worst.length === 0 ? null : -worst.reduce((a, b) => a + b, 0) / worst.length;
}

const tailOf = (returns: readonly number[], share: number): number => Math.floor(returns.length * share);
const changes = (values: readonly number[], step: number): number[] =>
  values.slice(step).map((value, i) => value / values[i]! - 1);
const average = (list: readonly number[]): number =>
  list.length === 0 ? 0 : list.reduce((a, b) => a + b, 0) / list.length;
