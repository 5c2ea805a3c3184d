import type { Profile } from "../format/profile.ts";
import { meanImpliedVol, noImpliedVol } from "../data/impliedVol.ts";
import type { ImpliedVol } from "../data/impliedVol.ts";
import type { Funding } from "../data/funding.ts";
import type { PricePath } from "../data/path.ts";
import { formatUtc } from "../data/time.ts";
import { HISTORY_HOURS } from "../snapshot/signalHistory.ts";
import { regimePerps } from "../snapshot/signalsOfPath.ts";
import type { StrategyParameters } from "../strategy/parameters.ts";
import type { BacktestInput, BacktestRun } from "./run.ts";
import type { BacktestSlot } from "./market.ts";

/** Part of its first price below which a lot, a dollar then, is told in fewer than three digits. */
const WORN_PRICE = 1e-3;

/** What a run left out of its input, or had to assume: for whoever reads its figures. */
export function leftOut(input: BacktestInput, run: BacktestRun, path: PricePath): string[] {
  const { profile, strategy, warmupHours } = input;
  const hours = Array.from({ length: run.hours + 1 }, (_, hour) => warmupHours + hour);
  const perps = run.slots.flatMap(({ kind, symbol }) => (kind === "perp" ? [symbol] : []));
  const symbols = [...new Set(run.slots.map(({ symbol }) => symbol))];
  const unplaced = path.assets.filter((asset) => !symbols.includes(asset));
  return [
    ...ofData(path, input.fundingPpb, perps, input.impliedVol ?? noImpliedVol, symbols, hours),
    ...(unplaced.length > 0
      ? [`no slot is left for ${unplaced.join(", ")}: only the strategies beside hold them`]
      : []),
    ...unlistedWeights(profile, strategy, run.slots),
    ...((path.chains ?? []).length > 0
      ? ["recorded option chains are not played: options have the price model's volatilities"]
      : []),
    ...run.slots.flatMap(({ kind, symbol }) => {
      const least = path.at(0).prices[symbol]! * WORN_PRICE;
      const worn = kind === "option" ? undefined : hours.find((hour) => path.at(hour).prices[symbol]! < least);
      return worn === undefined
        ? []
        : [
            `${symbol} has lost all but a thousandth of its price by ${formatUtc(path.at(worn).timeUtc)}: a lot of it, a dollar at first, is still rounded to a millionth of a dollar`,
          ];
    }),
  ];
}

/** The same of the hours that a regime network is trained on. */
export const leftOutOfTraining = (path: PricePath, funding: Funding, impliedVol: ImpliedVol): string[] =>
  ofData(
    path,
    funding,
    regimePerps(path),
    impliedVol,
    path.assets,
    Array.from({ length: path.hours - HISTORY_HOURS }, (_, hour) => HISTORY_HOURS + hour),
  );

function ofData(
  path: PricePath,
  funding: Funding,
  perps: readonly string[],
  impliedVol: ImpliedVol,
  symbols: readonly string[],
  hours: readonly number[],
): string[] {
  const times = hours.map((hour) => path.at(hour).timeUtc);
  const missing = (what: string, isMissing: (time: number) => boolean, instead: string): string[] => {
    const without = times.filter(isMissing);
    return without.length === 0
      ? []
      : [
          `no ${what} for ${without.length} of ${times.length} hours, from ${formatUtc(without[0]!)} to ${formatUtc(without.at(-1)!)}: ${instead}`,
        ];
  };
  const { recorded = [], has } = funding;
  return [
    ...(path.notes ?? []),
    ...(funding.notes ?? []),
    ...perps.flatMap((symbol) =>
      has === undefined || recorded.length === 0
        ? []
        : missing(`recorded funding of ${symbol}`, (time) => !has(symbol, time), "0.01 % every eight hours counts"),
    ),
    ...(impliedVol.recorded.length === 0
      ? []
      : missing(
          "implied volatility",
          (time) => meanImpliedVol(impliedVol, symbols, time) === undefined,
          "feature 7 is 0",
        )),
  ];
}

/** Weights of slots in which nothing is listed. */
function unlistedWeights(profile: Profile, { regimes }: StrategyParameters, slots: readonly BacktestSlot[]): string[] {
  const listed = new Set(slots.map(({ slot }) => slot));
  const idle = Array.from({ length: profile.slots }, (_, slot) => slot).filter(
    (slot) => !listed.has(slot) && regimes.some(({ weightBps }) => weightBps[slot] !== 0n),
  );
  if (idle.length === 0) return [];
  const most = regimes
    .map(({ weightBps }) =>
      idle.reduce((total, slot) => total + (weightBps[slot]! < 0n ? -weightBps[slot]! : weightBps[slot]!), 0n),
    )
    .reduce((a, b) => (b > a ? b : a));
  return [
    `nothing is listed in slots ${idle.join(", ")}, of which the strategy wants up to ${Number(most) / 100} % of NAV: that stays cash (tacit strategy new --data makes a template for what is listed)`,
  ];
}
