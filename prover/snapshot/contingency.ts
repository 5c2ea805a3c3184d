import { BPS } from "../../circuits/format.ts";
import { SnapshotError } from "../base/snapshotErrors.ts";
import { PRICE_PER_MICRO } from "../base/units.ts";
import type { Price } from "../base/units.ts";

/**
 * Contingency: the part of a margin that no scenario accounts for, a static charge per lot, added over the slots of a
 * group without netting. docs/margin.md gives the model.
 *
 * - Perps, long and short: `basisBps` of notional. Scenarios move spot and perp as one; their basis moves too.
 * - Options, short lots only: `shortOptionBps` of notional less what the option is out of the money, at least
 *   `shortOptionFloorBps` of notional. Scenarios end at ±20 %, and a short option goes on losing beyond. Every short
 *   lot counts as naked, also next to a long one: what that covers the scenarios already give credit for.
 * - Spot: nothing.
 *
 * In basis points of the notional, which is the price of the lot's tokens at the option's forward or the perp's mark.
 */
export interface ContingencyParams {
  basisBps: number;
  shortOptionBps: number;
  shortOptionFloorBps: number;
}

/** A short straddle pays twice 5 %: its loss from a move of 20 % to one of 30 %. */
export const DEFAULT_CONTINGENCY: ContingencyParams = { basisBps: 200, shortOptionBps: 500, shortOptionFloorBps: 200 };

/** One lot; prices by `toPrice`, `lotSize` in 1e-18 token. */
export type ContingencyLot = LinearLot | OptionLot;
interface LinearLot {
  kind: "spot" | "perp";
  mark: Price;
  lotSize: bigint;
}
interface OptionLot {
  kind: "option";
  /** The forward of its expiry. */
  mark: Price;
  lotSize: bigint;
  strike: Price;
  isCall: boolean;
}

export const LOT_SCALE = 10n ** 18n;
/** What a price times a lot size is divided by to give µUSD. */
export const NOTIONAL_SCALE = LOT_SCALE * PRICE_PER_MICRO;

/** What a short lot's value and stress rows, both rounded down, may hide: less than 1 µUSD each. */
const ROUNDING = 2n;

/**
 * The charge on one lot, µUSD, rounded up.
 * @throws SnapshotError `invalid-input` for a parameter that is no whole number of basis points
 */
export function contingencyMicroUsd(lot: ContingencyLot, params: ContingencyParams): bigint {
  if (lot.kind === "spot") return 0n;
  const rate =
    lot.kind === "option" ? shortOptionRate(lot, params) : lot.mark * wholeBps("basis contingency", params.basisBps);
  const scale = NOTIONAL_SCALE * BPS;
  return (rate * lot.lotSize + scale - 1n) / scale + ROUNDING;
}

/** A price, times 10^4. */
function shortOptionRate({ mark, strike, isCall }: OptionLot, params: ContingencyParams): bigint {
  const outOfTheMoney = isCall ? strike - mark : mark - strike;
  const full = mark * wholeBps("short option contingency", params.shortOptionBps);
  const reduced = outOfTheMoney > 0n ? full - outOfTheMoney * BPS : full;
  const least = mark * wholeBps("floor of the short option contingency", params.shortOptionFloorBps);
  return reduced > least ? reduced : least;
}

/** @throws SnapshotError `invalid-input` unless a whole number from 0 to 10^4 */
export function wholeBps(name: string, bps: number): bigint {
  if (!Number.isInteger(bps) || bps < 0 || bps > Number(BPS)) {
    throw new SnapshotError(
      "invalid-input",
      `${name} is ${bps}; it must be a whole number of basis points from 0 to ${BPS}`,
    );
  }
  return BigInt(bps);
}
