import { strategyTemplate } from "../../prover/index.ts";
import type { StrategyParameters } from "../../prover/index.ts";
import type { RandomStream } from "../../prover/data/model.ts";
import { FOUNDED } from "./attacks.ts";
import type { Defences } from "./defences.ts";
import type { LeakMarket } from "./market.ts";
import { allocationOf, luckOf, simulate } from "./model.ts";
import { play } from "./vaults.ts";

const WEIGHTS_BPS = { brief: [1_000, 2_000, 3_000], full: [500, 1_000, 1_500, 2_000, 2_500, 3_000] };
const BANDS_BPS = [100, 150, 200];
const SPEEDS = [32, 48, 64, 96];
const MOST_WEIGHT_BPS = 9_700;
/** Coins that are tried for a parameter set: it is excluded if none of them leads to the print. */
const TRIED_COINS = 64;

/** Strategies of round numbers: what people type. */
export function roundStrategies({ profile, spots, network }: LeakMarket, full: boolean): StrategyParameters[] {
  const template = strategyTemplate(profile, "regime-allocator", spots);
  const weights = spots.reduce<number[][]>(
    (lists) => lists.flatMap((list) => WEIGHTS_BPS[full ? "full" : "brief"].map((weight) => [...list, weight])),
    [[]],
  );
  return weights
    .filter((list) => list.reduce((a, b) => a + b) <= MOST_WEIGHT_BPS)
    .flatMap((list) =>
      BANDS_BPS.flatMap((band) =>
        SPEEDS.map((speed): StrategyParameters => {
          const calmest = template.regimes[0]!.weightBps[spots[0]!]!;
          return {
            ...template,
            network,
            regimes: template.regimes.map((table) => ({
              ...table,
              speed: BigInt(speed),
              weightBandBps: table.weightBandBps.map(() => BigInt(band)),
              weightBps: table.weightBps.map((weight, slot) => {
                const asset = spots.indexOf(slot);
                return asset < 0 ? weight : (BigInt(list[asset]!) * weight) / calmest;
              }),
            })),
          };
        }),
      ),
    );
}

/** Share of the parameter sets that the first print of one of them excludes, in the mean over some of them. */
export function excludedByOnePrint(
  market: LeakMarket,
  sets: readonly StrategyParameters[],
  defences: Defences,
  random: RandomStream,
  victims: number,
): number {
  const hours = defences.interval + 1;
  const story = { hours, defences, inflows: FOUNDED, missed: [] };
  const luck = () => luckOf(random.uniform, hours, defences);
  const chosen = Array.from({ length: victims }, () => Math.floor(random.uniform() * sets.length));
  const real = play(
    market,
    chosen.map((set) => ({ strategy: sets[set]!, luck: luck() })),
    story,
  );
  const last = (vault: number, nav: Float64Array): number => Math.log(nav[vault * hours + hours - 1]!);
  // To the micro-dollar only the decision function itself will do; with luck in it, whatever a grid can't tell from it.
  const exact = defences.tradeShare === 1 && defences.navGridBps === 0;
  const step = defences.navGridBps / 1e4;
  const print = (value: number): number => (step === 0 ? value : Math.round(value / step));
  const explained = (): ((victim: number) => number) => {
    if (exact) {
      const all = play(
        market,
        sets.map((strategy) => ({ strategy, luck: luck() })),
        story,
      );
      return (victim) => all.lastNavMicroUsd.filter((nav) => nav === real.lastNavMicroUsd[victim]).length;
    }
    const coins = defences.tradeShare === 1 ? 1 : TRIED_COINS;
    const seen = sets.map((strategy) => {
      const allocation = allocationOf(market, strategy);
      const { nav } = simulate(
        market,
        Array.from({ length: coins }, () => ({ allocation, luck: luck() })),
        story,
      );
      const values = Array.from({ length: coins }, (_, k) => print(last(k, nav)));
      return { low: Math.min(...values), high: Math.max(...values) };
    });
    // Between two coins' NAVs there are others: a set is excluded by a print outside all of them.
    return (victim) => {
      const value = print(last(victim, real.nav));
      return seen.filter(({ low, high }) => value >= low - TINY && value <= high + TINY).length;
    };
  };
  const count = explained();
  return chosen.reduce((sum, _, victim) => sum + 1 - Math.max(1, count(victim)) / sets.length, 0) / victims;
}

/** What the attackers' copy misses of a logarithm of NAV, where there is no grid. */
const TINY = 1e-9;
