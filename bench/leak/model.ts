import type { StrategyParameters } from "../../prover/index.ts";
import { luckLength, paceOf } from "./defences.ts";
import type { Defences, Inflows, Luck } from "./defences.ts";
import type { LeakMarket } from "./market.ts";

/**
 * The attackers' own copy of the decision: an allocator's weights in floats, a thousand vaults at a time. A test holds
 * it against the decision function.
 */
export interface Allocation {
  /** targets[regime * spots + i], shares of NAV. */
  readonly targets: Float64Array;
  /** Half-width of the no-trade band of each spot. */
  readonly bands: Float64Array;
  /** Share of a gap closed per epoch, per regime. */
  readonly pace: Float64Array;
}

export function allocationOf({ spots, groups }: LeakMarket, { regimes }: StrategyParameters): Allocation {
  return {
    targets: Float64Array.from(
      regimes.flatMap(({ weightBps }) => spots.map((slot) => Number(weightBps[slot]) / 10_000)),
    ),
    bands: Float64Array.from(groups, (group) => Number(regimes[0]!.weightBandBps[group]) / 10_000),
    pace: Float64Array.from(regimes, ({ speed }) => Number(speed) / 128),
  };
}

/** What vaults did, one after the other. Orders are of the hour's prices, in one vault's capital. */
export interface Paths {
  readonly vaults: number;
  readonly hours: number;
  readonly spots: number;
  /** orders[(vault * hours + hour) * spots + i] */
  readonly orders: Float32Array;
  /** Weights before the hour's order, likewise. */
  readonly weights: Float32Array;
  /** Target less weight, likewise; only of vaults that attackers play. */
  readonly gaps: Float32Array;
  /** nav[vault * hours + hour] */
  readonly nav: Float64Array;
}

export function emptyPaths(vaults: number, hours: number, spots: number): Paths {
  const size = vaults * hours * spots;
  return {
    vaults,
    hours,
    spots,
    orders: new Float32Array(size),
    weights: new Float32Array(size),
    gaps: new Float32Array(size),
    nav: new Float64Array(vaults * hours),
  };
}

/** What a traded dollar costs: half a spread and a fee; impact is next to nothing at these sizes. */
const COST = 0.0006;

/** A vault: what it follows, its luck, when its money comes in, and the epoch it misses. */
export interface Simulated {
  readonly allocation: Allocation;
  readonly luck: Luck;
}

export interface Story {
  readonly hours: number;
  readonly defences: Defences;
  readonly inflows: Inflows;
  /** Epochs without a submission. */
  readonly missed: readonly number[];
}

export function simulate(market: LeakMarket, vaults: readonly Simulated[], story: Story): Paths {
  const { prices, groups, regimes } = market;
  const { hours, defences, inflows, missed } = story;
  const n = groups.length;
  const paths = emptyPaths(vaults.length, hours, n);
  const lots = new Float64Array(n);
  const order = new Float64Array(n);
  vaults.forEach(({ allocation: { targets, bands, pace }, luck }, vault) => {
    let cash = 0;
    lots.fill(0);
    order.fill(0);
    for (let hour = 0; hour < hours; hour++) {
      for (let i = 0; i < n; i++) {
        const price = prices[hour * n + i]!;
        cash -= (order[i]! + Math.abs(order[i]!) * COST) * price;
        lots[i]! += order[i]!;
      }
      cash += inflows.get(hour) ?? 0;
      let nav = cash;
      for (let i = 0; i < n; i++) nav += lots[i]! * prices[hour * n + i]!;
      paths.nav[vault * hours + hour] = nav;
      const regime = regimes[hour]!;
      const at = (vault * hours + hour) * n;
      for (let i = 0; i < n; i++) {
        const held = lots[i]! * prices[hour * n + i]!;
        paths.weights[at + i] = nav > 0 ? held / nav : 0;
        const gap = targets[regime * n + i]! * nav - held;
        const beyond = gap - Math.max(-bands[i]! * nav, Math.min(bands[i]! * nav, gap));
        const moved = missed.includes(hour) ? 0 : beyond * paceOf(pace[regime]!, luck, hour, groups[i]!, defences);
        paths.orders[at + i] = moved;
        paths.gaps[at + i] = nav > 0 ? gap / nav : 0;
        order[i] = moved / prices[hour * n + i]!;
      }
    }
  });
  return paths;
}

/** Luck of a vault from a stream. */
export const luckOf = (uniform: () => number, hours: number, defences: Defences): Float64Array =>
  Float64Array.from({ length: luckLength(hours, defences) }, uniform);
