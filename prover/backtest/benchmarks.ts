import { fundingBetween } from "../data/funding.ts";
import type { Funding } from "../data/funding.ts";
import type { PricePath } from "../data/path.ts";
import { NO_COSTS } from "./run.ts";
import type { CostModel } from "./account.ts";
import type { Costs } from "./run.ts";

/** What anybody could have done instead, at the same costs without impact: NAV at each hour. */
export interface Benchmark {
  readonly name: string;
  readonly about: string;
  readonly nav: readonly number[];
  readonly tradedDollars: number;
  readonly costs: Costs;
}

interface Rule {
  readonly name: string;
  readonly about: string;
  /** Share of NAV in each spot and each perp of the path's assets. */
  readonly spot: readonly number[];
  readonly perp: readonly number[];
  /** Traded back to its share once a holding is this far from it, as a share of NAV; never if undefined. */
  readonly band?: number;
}

const BAND = 0.02;

/** Benchmarks over the hours that a backtest played: from `firstHour` to the end. */
export function runBenchmarks(
  path: PricePath,
  firstHour: number,
  capitalDollars: number,
  costs: CostModel,
  fundingPpb: Funding,
): Benchmark[] {
  const n = path.assets.length;
  const each = (share: number): number[] => path.assets.map(() => share / n);
  const none = each(0);
  const underlying = Math.max(0, path.assets.indexOf("ETH"));
  const rules: Rule[] = [
    { name: "buy and hold", about: "all assets in equal parts, bought once", spot: each(1), perp: none },
    {
      name: "constant mix",
      about: "all assets in equal parts, traded back when one is 2 % of NAV off",
      spot: each(1),
      perp: none,
      band: BAND,
    },
    {
      name: "60/40",
      about: "60 % of all assets in equal parts, 40 % cash, traded back when one is 2 % of NAV off",
      spot: each(0.6),
      perp: none,
      band: BAND,
    },
    {
      name: "static delta hedge",
      about: `half in ${path.assets[underlying]}, its perp short against it, traded back when either is 2 % of NAV off`,
      spot: none.with(underlying, 0.5),
      perp: none.with(underlying, -0.5),
      band: BAND,
    },
  ];
  return rules.map((rule) => follow(rule, path, firstHour, capitalDollars, costs, fundingPpb));
}

function follow(
  { name, about, spot, perp, band }: Rule,
  path: PricePath,
  firstHour: number,
  capital: number,
  costs: CostModel,
  fundingPpb: Funding,
): Benchmark {
  const tokens = { spot: spot.map(() => 0), perp: perp.map(() => 0) };
  let cash = capital;
  let traded = 0;
  const paid = { ...NO_COSTS };
  const nav: number[] = [];
  let last = pricesAt(path, firstHour);
  let lastUtc = path.at(firstHour).timeUtc;
  for (let hour = firstHour; hour < path.hours; hour++) {
    const prices = pricesAt(path, hour);
    const { timeUtc } = path.at(hour);
    prices.forEach((price, k) => {
      const held = tokens.perp[k]!;
      if (held === 0 || hour === firstHour) return;
      const funding = (held * price * Number(fundingBetween(fundingPpb, path.assets[k]!, lastUtc, timeUtc))) / 1e9;
      cash += held * (price - last[k]!) - funding;
      paid.fundingDollars += funding;
    });
    last = prices;
    lastUtc = timeUtc;
    const total = cash + prices.reduce((sum, price, k) => sum + tokens.spot[k]! * price, 0);
    nav.push(total);
    // Like the strategy's orders, the first is filled an hour after the first price.
    if (hour === firstHour || (band === undefined && hour > firstHour + 1)) continue;
    const legs = [
      ["spot", tokens.spot, spot],
      ["perp", tokens.perp, perp],
    ] as const;
    for (const [kind, held, shares] of legs) {
      const [spreadBps, feeBps] = [costs.halfSpreadBps[kind], costs.feeBps[kind]];
      prices.forEach((price, k) => {
        const gap = shares[k]! * total - held[k]! * price;
        if (Math.abs(gap) <= (held[k] === 0 ? 0 : band!) * total) return;
        held[k]! += gap / price;
        cash -= (kind === "spot" ? gap : 0) + (Math.abs(gap) * (spreadBps + feeBps)) / 10_000;
        traded += Math.abs(gap);
        paid.spreadDollars += (Math.abs(gap) * spreadBps) / 10_000;
        paid.feesDollars += (Math.abs(gap) * feeBps) / 10_000;
      });
    }
  }
  return { name, about, nav, tradedDollars: traded, costs: paid };
}

const pricesAt = (path: PricePath, hour: number): number[] => {
  const { prices } = path.at(hour);
  return path.assets.map((asset) => prices[asset]!);
};
