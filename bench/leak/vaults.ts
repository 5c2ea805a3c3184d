import { BacktestAccount } from "../../prover/backtest/account.ts";
import {
  DEFAULT_COSTS,
  drawStrategy,
  strategyTemplate,
  toMicroUsd,
  usualFunding,
  WIDE_MANDATE,
} from "../../prover/index.ts";
import type { StrategyParameters, Uniform } from "../../prover/index.ts";
import { paceOf, quickened } from "./defences.ts";
import type { Luck } from "./defences.ts";
import type { LeakMarket } from "./market.ts";
import { emptyPaths } from "./model.ts";
import type { Paths, Story } from "./model.ts";

/** Small beside what an hour trades, so that no order of the first hours is clipped. */
const CAPITAL_DOLLARS = 200_000;

/** A vault of the public prior: an allocator as `tacit strategy new` draws it. */
export function drawVault({ profile, spots, network }: LeakMarket, uniform: Uniform): StrategyParameters {
  const strategy = drawStrategy(profile, strategyTemplate(profile, "regime-allocator", spots), uniform);
  return { ...strategy, network };
}

export interface Played extends Paths {
  /** At the last hour: NAV as a proof would prove it, µUSD, and positions in lots, all slots. */
  readonly lastNavMicroUsd: readonly bigint[];
  readonly lastBooks: readonly (readonly bigint[])[];
  /** Spread, impact and fees of all vaults, in capitals. */
  readonly charges: number;
}

/** The vaults themselves, with the decision function, hour by hour. */
export function play(
  market: LeakMarket,
  vaults: readonly { strategy: StrategyParameters; luck: Luck }[],
  { hours, defences, inflows, missed }: Story,
): Played {
  const { profile, spots, groups, prices } = market;
  const n = spots.length;
  const paths = emptyPaths(vaults.length, hours, n);
  const [lastNavMicroUsd, lastBooks]: [bigint[], (readonly bigint[])[]] = [[], []];
  let charges = 0;
  vaults.forEach(({ strategy, luck }, vault) => {
    const account = new BacktestAccount(profile, 0n);
    const quick = {
      ...strategy,
      regimes: strategy.regimes.map((table) => ({
        ...table,
        speed: BigInt(Math.round(128 * quickened(Number(table.speed) / 128, defences))),
      })),
    };
    let order: readonly bigint[] | undefined;
    for (let hour = 0; hour < hours; hour++) {
      const now = market.hours[hour]!;
      if (order !== undefined) {
        account.settlePerps(market.slots, market.hours[hour - 1]!, now, usualFunding);
        const { spread, impact, fees } = account.fill(order, market.slots, now, DEFAULT_COSTS);
        charges += (spread + impact + fees) / CAPITAL_DOLLARS;
      }
      const arrived = inflows.get(hour);
      if (arrived !== undefined) account.cash += toMicroUsd(arrived * CAPITAL_DOLLARS);
      const nav = account.nav(now);
      lastNavMicroUsd[vault] = nav;
      lastBooks[vault] = account.positions;
      paths.nav[vault * hours + hour] = Number(nav) / 1e6 / CAPITAL_DOLLARS;
      const regime = market.regimes[hour]!;
      const speed = Number(quick.regimes[regime]!.speed) / 128;
      const decided =
        nav > 0n ? account.decide(quick, WIDE_MANDATE, hour, now, market.signals[hour]!).order : account.positions;
      order = decided.map((delta, slot) => {
        const i = spots.indexOf(slot);
        if (i < 0 || delta === 0n || missed.includes(hour)) return 0n;
        const chance = paceOf(Number(strategy.regimes[regime]!.speed) / 128, luck, hour, groups[i]!, defences) / speed;
        return chance === 1 ? delta : BigInt(Math.trunc(Number(delta) * chance));
      });
      const at = (vault * hours + hour) * n;
      spots.forEach((slot, i) => {
        const price = prices[hour * n + i]! / CAPITAL_DOLLARS;
        paths.orders[at + i] = Number(order![slot]!) * price;
        paths.weights[at + i] =
          nav > 0n ? (Number(account.positions[slot]!) * price * 1e6 * CAPITAL_DOLLARS) / Number(nav) : 0;
      });
    }
  });
  return { ...paths, lastNavMicroUsd, lastBooks, charges };
}
