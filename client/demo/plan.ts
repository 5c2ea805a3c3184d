import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { profiles } from "../../prover/index.ts";
import type { PricePath, ProfileName } from "../../prover/index.ts";
import type { SpotPlan } from "../deploy/local.ts";

/** What the demo lists, in slot order: two clearing groups of plain spot assets. */
const ASSETS: readonly { symbol: string; decimals: number; dailyVolumeTokens: number }[] = [
  { symbol: "BTC", decimals: 8, dailyVolumeTokens: 150_000 },
  { symbol: "ETH", decimals: 18, dailyVolumeTokens: 1_500_000 },
  { symbol: "SOL", decimals: 9, dailyVolumeTokens: 5_000_000 },
  { symbol: "BNB", decimals: 18, dailyVolumeTokens: 800_000 },
  { symbol: "LINK", decimals: 18, dailyVolumeTokens: 15_000_000 },
  { symbol: "LTC", decimals: 8, dailyVolumeTokens: 3_000_000 },
  { symbol: "AAVE", decimals: 18, dailyVolumeTokens: 700_000 },
  { symbol: "UNI", decimals: 18, dailyVolumeTokens: 9_000_000 },
];

const DATA_BESIDE_THE_PROJECT = fileURLToPath(new URL("../../../shared/data/perp-hourly", import.meta.url));

/** Where hourly prices are if nobody names a folder; undefined if there are none. */
export const defaultData = (): string | undefined => (existsSync(DATA_BESIDE_THE_PROJECT) ? DATA_BESIDE_THE_PROJECT : undefined);

const DOLLAR = 1_000_000n;
/** About ten dollars a lot. */
const LOT_MICRO_USD = 10n * DOLLAR;
/** µUSD on each side, over a factor 4 of price: about the depth of the largest ether pool on a main chain. */
const POOL_DEPTH_MICRO_USD = 400_000_000n * DOLLAR;
const ORDER_CAP_MICRO_USD = 5_000_000n * DOLLAR;
/** Four slots of a group together stay below 2^48 µUSD ($281 million) even if prices rise by three quarters. */
const POSITION_CAP_MICRO_USD = 40_000_000n * DOLLAR;
const HOURS_PER_DAY = 24;

export const demoAssets = (profile: ProfileName): string[] => ASSETS.slice(0, profile === "standard" ? 8 : 4).map(({ symbol }) => symbol);

/** Slots for the path's assets at its first hour: the first half of them in group 0, the others in group 1. */
export function spotPlans(profileName: ProfileName, path: PricePath): SpotPlan[] {
  const profile = profiles[profileName];
  const symbols = demoAssets(profileName);
  const { prices } = path.at(0);
  return symbols.map((symbol, i) => {
    const { decimals, dailyVolumeTokens } = ASSETS.find((asset) => asset.symbol === symbol)!;
    const priceMicroUsd = microUsd(prices[symbol]!);
    const lotSize = (LOT_MICRO_USD * 10n ** BigInt(decimals)) / priceMicroUsd;
    const perGroup = symbols.length / 2;
    return {
      slot: Math.floor(i / perGroup) * profile.groupSlots + (i % perGroup),
      symbol, decimals, lotSize, priceMicroUsd,
      poolDepthMicroUsd: POOL_DEPTH_MICRO_USD,
      orderCap: Number(ORDER_CAP_MICRO_USD / LOT_MICRO_USD),
      positionCap: Number(POSITION_CAP_MICRO_USD / LOT_MICRO_USD),
      threshold: 5,
      inventoryCap: 100,
      assumedVolumeTokens: dailyVolumeTokens / HOURS_PER_DAY,
    };
  });
}

/** A price of the data as an integer, the way the snapshot rounds it. */
export const microUsd = (price: number): bigint => BigInt(Math.round(price * 1e6));

/** Dollars that each vault begins with. */
export const DEPOSIT_DOLLARS = [2_000_000, 1_500_000, 1_000_000, 2_500_000];

/** The demo's mandate: a long-only book of many assets. Basis points of NAV. */
export const MANDATE = {
  deltaBps: 11_000, gammaBps: 1_000, vegaBps: 1_000, concentrationBps: 5_000, participationBps: 5_000, grossBps: 11_000,
  netBps: 11_000, cashFloorBps: 300, turnoverBps: 8_000, initialMarginBps: 4_000, maintenanceMarginBps: 6_000, breachEpochs: 24,
};

/** A constant mix per vault, each with its own taste; weights of the listed slots in bps of NAV. */
export function strategyFile(vault: number, slots: readonly number[]): object {
  const tastes = [
    { weights: [4_000, 2_500, 1_000, 500, 500, 500, 250, 250], bandBps: 20, speedBps: 5_000 },
    { weights: [1_100, 1_100, 1_100, 1_100, 1_100, 1_100, 1_100, 1_100], bandBps: 10, speedBps: 10_000 },
    { weights: [500, 500, 1_500, 1_000, 1_500, 500, 1_000, 1_500], bandBps: 40, speedBps: 2_500 },
    { weights: [2_000, 3_000, 0, 0, 1_000, 0, 0, 500], bandBps: 15, speedBps: 7_500 },
  ];
  const { weights, bandBps, speedBps } = tastes[vault % tastes.length]!;
  return {
    kind: "constant-mix",
    speedBps,
    participationBps: 5_000,
    slots: slots.map((slot, i) => ({ slot, targetBps: weights[i]!, bandBps })),
  };
}
