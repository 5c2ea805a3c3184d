import {
  HOURS_PER_DAY,
  SECONDS_PER_HOUR,
  groupOfSlot,
  lastHour,
  optionSlots,
  profiles,
  snapshotVol,
  strategyTemplate,
  TEMPLATES,
  toMicroUsd,
} from "../../prover/index.ts";
import type {
  Observation,
  PriceHour,
  PricePath,
  ProfileName,
  StrategyParameters,
  TemplateName,
} from "../../prover/index.ts";
import type { FairPrices, OptionPlan, PerpPlan, SeriesTerms, SlotPlan } from "../deploy/local/derivatives.ts";
import type { OptionSlot } from "../sdk/deployment.ts";
import type { MarketPlan, SpotPlan } from "../deploy/local/market.ts";

/** What can be listed as spot. */
const ASSETS: readonly { symbol: string; decimals: number; dailyVolumeTokens: number }[] = [
  { symbol: "BTC", decimals: 8, dailyVolumeTokens: 150_000 },
  { symbol: "ETH", decimals: 18, dailyVolumeTokens: 1_500_000 },
  { symbol: "SOL", decimals: 9, dailyVolumeTokens: 5_000_000 },
  { symbol: "BNB", decimals: 18, dailyVolumeTokens: 800_000 },
];

const assetOf = (symbol: string): (typeof ASSETS)[number] => ASSETS.find((asset) => asset.symbol === symbol)!;

type Listed =
  | { kind: "spot"; symbol: string }
  | { kind: "perp"; symbol: string }
  | { kind: "option"; symbol: string; isCall: boolean; expiresInHours: number };

/**
 * How long the first series of short options runs: it trades in the first epoch only, since it could expire before
 * orders of the second are cleared, and the next series takes its slot before the third.
 */
const SHORT_HOURS = 1.25;
const LONG_HOURS = 30 * 24;
const ETH_PERP: Listed = { kind: "perp", symbol: "ETH" };
const ETH_PUT: Listed = { kind: "option", symbol: "ETH", isCall: false, expiresInHours: SHORT_HOURS };
const spot = (symbol: string): Listed => ({ kind: "spot", symbol });

/** What the demo lists, by clearing group: an instrument beside those that hedge it. */
const GROUPS: Readonly<Record<ProfileName, readonly (readonly Listed[])[]>> = {
  standard: [
    [spot("ETH"), ETH_PERP, { kind: "option", symbol: "ETH", isCall: true, expiresInHours: LONG_HOURS }, ETH_PUT],
    [spot("BTC"), { kind: "perp", symbol: "BTC" }, spot("SOL"), spot("BNB")],
  ],
  small: [
    [spot("ETH"), ETH_PERP],
    [spot("BTC"), ETH_PUT],
  ],
};

const DOLLAR = 1_000_000n;
/** About ten dollars a lot. */
const LOT_MICRO_USD = 10n * DOLLAR;
/** µUSD on each side, over a factor 4 of price: about the depth of the largest ether pool on a main chain. */
const POOL_DEPTH_MICRO_USD = 400_000_000n * DOLLAR;
const ORDER_CAP_MICRO_USD = 5_000_000n * DOLLAR;
/** Four slots of a group together stay below 2^48 µUSD ($281 million) even if prices rise by three quarters. */
const POSITION_CAP_MICRO_USD = 40_000_000n * DOLLAR;

/**
 * Perps trade this far above spot after an hour in which prices rose, and below it after a fall: what funding is paid
 * on.
 */
const PERP_PREMIUM_BPS = 10n;
const PERP_DEPTH_MICRO_USD = 100_000_000n * DOLLAR;
const OPTION_POOL_MICRO_USD = 20_000_000n * DOLLAR;
/** What five vaults that all buy may trade in an hour moves the options' pool by less than the slip. */
const OPTION_DAILY_CONTRACTS = 8_000;

/** Underlyings of what the demo lists. */
export const demoAssets = (profile: ProfileName): string[] => [
  ...new Set(GROUPS[profile].flat().map(({ symbol }) => symbol)),
];

/** Slots at an observed hour. */
export function demoPlans(
  profileName: ProfileName,
  first: Observation,
): Required<Pick<MarketPlan, "spots" | "perps" | "options">> {
  const { groupSlots } = profiles[profileName];
  const now = lastHour(first.path);
  const spots: SpotPlan[] = [];
  const perps: PerpPlan[] = [];
  const options: OptionPlan[] = [];
  for (const [group, listed] of GROUPS[profileName].entries()) {
    for (const [k, one] of listed.entries()) {
      const slot = group * groupSlots + k;
      if (one.kind === "spot") spots.push(spotPlan(slot, one.symbol, now));
      else if (one.kind === "perp")
        perps.push({ ...commonPlan(slot, one.symbol, now), poolDepthMicroUsd: PERP_DEPTH_MICRO_USD });
      else {
        const terms = seriesTerms(one.symbol, first, one.expiresInHours, one.isCall);
        const assumedVolumeTokens = OPTION_DAILY_CONTRACTS / HOURS_PER_DAY;
        options.push({
          ...commonPlan(slot, one.symbol, now),
          assumedVolumeTokens,
          ...terms,
          poolMicroUsd: OPTION_POOL_MICRO_USD,
        });
      }
    }
  }
  return { spots, perps, options };
}

/** What plans of all kinds share. @param decimals of what a lot counts; the venues of perps and options count in 18 */
function commonPlan(slot: number, symbol: string, { prices }: PriceHour, decimals = 18): SlotPlan {
  const priceMicroUsd = toMicroUsd(prices[symbol]!);
  return {
    slot,
    symbol,
    priceMicroUsd,
    lotSize: (LOT_MICRO_USD * 10n ** BigInt(decimals)) / priceMicroUsd,
    orderCap: Number(ORDER_CAP_MICRO_USD / LOT_MICRO_USD),
    positionCap: Number(POSITION_CAP_MICRO_USD / LOT_MICRO_USD),
    threshold: 5,
    inventoryCap: 100,
    assumedVolumeTokens: assetOf(symbol).dailyVolumeTokens / HOURS_PER_DAY,
  };
}

function spotPlan(slot: number, symbol: string, now: PriceHour): SpotPlan {
  const { decimals } = assetOf(symbol);
  return { ...commonPlan(slot, symbol, now, decimals), decimals, poolDepthMicroUsd: POOL_DEPTH_MICRO_USD };
}

/** The series that follows an expired one: at the money, for a month. */
export const nextSeries = (slot: OptionSlot, observation: Observation): SeriesTerms =>
  seriesTerms(slot.symbol, observation, LONG_HOURS, slot.isCall);

/** A series at the money, in strikes of whole dollars, at the vol that snapshots will say. */
function seriesTerms(symbol: string, observation: Observation, hoursLeft: number, isCall: boolean): SeriesTerms {
  const expiry = observation.observedAt + hoursLeft * SECONDS_PER_HOUR;
  const strikeMicroUsd = (toMicroUsd(lastHour(observation.path).prices[symbol]!) / DOLLAR) * DOLLAR;
  const terms = { symbol, strikeMicroUsd: strikeMicroUsd.toString(), expiry, isCall };
  return { strikeMicroUsd, expiry, isCall, vol: snapshotVol(terms, observation)! };
}

/** What arbitrageurs believe at an observed hour. */
export function fairPrices(observation: Observation): FairPrices {
  const { path } = observation;
  const hour = path.hours - 1;
  const at = (h: number, symbol: string): bigint => toMicroUsd(path.at(h).prices[symbol]!);
  const now = (symbol: string): bigint => at(hour, symbol);
  return {
    spotMicroUsd: now,
    perpMicroUsd: (symbol) => {
      const before = hour === 0 ? now(symbol) : at(hour - 1, symbol);
      const premium = (now(symbol) * PERP_PREMIUM_BPS) / 10_000n;
      return now(symbol) + (now(symbol) < before ? -premium : premium);
    },
    vol: (slot) => snapshotVol(slot, observation),
  };
}

/** Underlyings of `spotPlans`. */
export const SPOT_ASSETS: readonly string[] = ASSETS.map(({ symbol }) => symbol);

/**
 * Spot alone, as the bench lists it in the small market at the path's first hour: two groups of half the assets each.
 */
export function spotPlans(path: PricePath): SpotPlan[] {
  const { groupSlots } = profiles.small;
  const perGroup = SPOT_ASSETS.length / 2;
  return SPOT_ASSETS.map((symbol, i) =>
    spotPlan(Math.floor(i / perGroup) * groupSlots + (i % perGroup), symbol, path.at(0)),
  );
}

/** Dollars that each vault begins with. */
export const DEPOSIT_DOLLARS = [2_000_000, 1_500_000, 1_000_000, 2_500_000];

/**
 * The demo's mandate: room for spot held against perps, and for an unhedged book of many assets. Basis points of NAV.
 */
export const DEMO_MANDATE = {
  deltaBps: 11_000,
  gammaBps: 1_000,
  vegaBps: 1_000,
  concentrationBps: 9_500,
  participationBps: 5_000,
  grossBps: 18_000,
  netBps: 11_000,
  cashFloorBps: 300,
  turnoverBps: 8_000,
  initialMarginBps: 4_000,
  maintenanceMarginBps: 6_000,
  breachEpochs: 24,
};

/** The option's weight in a market without groups of four, where no options can keep gamma and vega. */
const OPTION_WEIGHT_BPS = 300n;

/** The template of a vault's strategy: those of `tacit strategy new`, in turn. */
export const demoTemplate = (vault: number): TemplateName => TEMPLATES[vault % TEMPLATES.length]!;

/**
 * The demo's vaults follow the templates of `tacit strategy new`, in turn. In the small market, whose groups are of
 * two, options are held at a weight by the strategy that trades them.
 */
export function demoStrategy(profileName: ProfileName, vault: number): StrategyParameters {
  const profile = profiles[profileName];
  const template = demoTemplate(vault);
  const strategy = strategyTemplate(profile, template);
  if (template !== "gamma-vega" || optionSlots(profile).length > 0) return strategy;
  const isOption = (slot: number): boolean =>
    GROUPS[profileName][groupOfSlot(profile, slot)]?.[slot % profile.groupSlots]?.kind === "option";
  const weightOf = (weight: bigint, slot: number): bigint => (isOption(slot) ? OPTION_WEIGHT_BPS : weight);
  return {
    ...strategy,
    regimes: strategy.regimes.map((table) => ({ ...table, weightBps: table.weightBps.map(weightOf) })),
  };
}

/** Weights of slots in bps of NAV, and how a strategy gets there. */
interface Taste {
  weights: readonly number[];
  bandBps: number;
  speedBps: number;
}

/** Long-only tastes for spot. */
const SPOT_TASTES: readonly Taste[] = [
  { weights: [4_000, 2_500, 1_000, 500], bandBps: 20, speedBps: 5_000 },
  { weights: [1_100, 1_100, 1_100, 1_100], bandBps: 10, speedBps: 10_000 },
  { weights: [500, 500, 1_500, 1_000], bandBps: 40, speedBps: 2_500 },
  { weights: [2_000, 3_000, 0, 0], bandBps: 15, speedBps: 7_500 },
];

/** Fixed weights of the slots of `spotPlans` in every regime, each vault with its own taste: what the bench trades. */
export function spotStrategy(vault: number, slots: readonly number[]): StrategyParameters {
  const profile = profiles.small;
  const { weights, bandBps, speedBps } = SPOT_TASTES[vault % SPOT_TASTES.length]!;
  const base = strategyTemplate(profile, "regime-allocator");
  const table = {
    weightBps: Array.from({ length: profile.slots }, (_, slot) => BigInt(weights[slots.indexOf(slot)] ?? 0)),
    weightBandBps: Array<bigint>(profile.groups).fill(BigInt(bandBps)),
    participationBps: 5_000n,
    speed: (BigInt(speedBps) * 128n) / 10_000n,
  };
  return { ...base, regimes: base.regimes.map((regime) => ({ ...regime, ...table })) };
}
