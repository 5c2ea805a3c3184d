import { BacktestMarket, backtestSlots } from "../../prover/backtest/market.ts";
import type { BacktestSlot, MarketHour } from "../../prover/backtest/market.ts";
import { HISTORY_HOURS, profiles, trainRegimes, usualFunding } from "../../prover/index.ts";
import type { MarketSignals, PricePath, Profile, RegimeNetwork } from "../../prover/index.ts";
import { openReplay } from "../../prover/node.ts";
import { groupOfSlot } from "../../prover/format/profile.ts";
import { noImpliedVol } from "../../prover/data/impliedVol.ts";
import { regimeFeatures, signalsOfPath } from "../../prover/snapshot/signalsOfPath.ts";
import { signalSources } from "../../prover/snapshot/words.ts";
import { regimeOf, regimeScores } from "../../prover/strategy/network.ts";

/** What npm start lists as spot at the standard size. */
const ASSETS = ["ETH", "BTC", "SOL", "BNB"];
const TRAINED_HOURS = 6_000;
/** Where windows of recorded prices begin: falls, calm months and rises of three years, all after the training. */
const STARTS = [
  "2022-02-01",
  "2022-04-20",
  "2022-06-05",
  "2022-08-10",
  "2022-10-25",
  "2023-01-10",
  "2023-03-20",
  "2023-06-10",
  "2023-08-20",
  "2023-10-20",
  "2024-01-05",
  "2024-03-20",
];
export const MOST_WINDOWS = STARTS.length;

/** Some weeks of a market, as everybody sees them. */
export interface LeakMarket {
  readonly profile: Profile;
  readonly slots: readonly BacktestSlot[];
  readonly hours: readonly MarketHour[];
  readonly signals: readonly MarketSignals[];
  /** Slots of spot, in the order of `prices`, and the group of each. */
  readonly spots: readonly number[];
  readonly groups: readonly number[];
  /** Dollars a lot at hour h of spot i: prices[h * spots + i]. */
  readonly prices: Float64Array;
  /** Regime of each hour by the network that all vaults are given, and attackers too. */
  readonly regimes: Uint8Array;
  readonly network: RegimeNetwork;
}

/** The regime network of all windows. @param data folder of hourly prices; the price model's where left out */
export function networkOf(data: string | undefined): RegimeNetwork {
  const path = openReplay({
    assets: ASSETS,
    hours: TRAINED_HOURS,
    ...(data === undefined ? { seed: "training" } : { data }),
  });
  return trainRegimes(regimeFeatures(path, usualFunding), { states: 4, seed: "leak", folds: 0 }).network;
}

/** A window of `hours` hours. */
export function leakMarket(
  data: string | undefined,
  window: number,
  hours: number,
  network: RegimeNetwork,
): LeakMarket {
  const profile = profiles.standard;
  const path: PricePath = openReplay({
    assets: ASSETS,
    history: HISTORY_HOURS,
    hours,
    ...(data === undefined ? { seed: `window ${window}` } : { data, from: STARTS[window]! }),
  });
  const market = new BacktestMarket(profile, path, backtestSlots(profile, path.assets, false));
  const sources = signalSources(profile, market.listed(), { path, funding: usualFunding, impliedVol: noImpliedVol });
  const signals = [...signalsOfPath(path, sources)];
  const all = Array.from({ length: path.hours }, (_, hour) => market.at(hour));
  const spots = market.slots.filter(({ kind }) => kind === "spot").map(({ slot }) => slot);
  const prices = new Float64Array(all.length * spots.length);
  all.forEach(({ snapshot }, hour) =>
    spots.forEach((slot, i) => (prices[hour * spots.length + i] = Number(snapshot.slots[slot]!.value) / 1e6)),
  );
  return {
    profile,
    slots: market.slots,
    hours: all,
    signals,
    spots,
    groups: spots.map((slot) => groupOfSlot(profile, slot)),
    prices,
    regimes: Uint8Array.from(signals, ({ features }) => regimeOf(regimeScores(network, features))),
    network,
  };
}
