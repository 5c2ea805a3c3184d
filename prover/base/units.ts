import { requirePositive, SnapshotError } from "./snapshotErrors.ts";

/**
 * Integers with their unit in the type, so that lots don't meet micro-dollars by accident. All are plain bigints at
 * run time: arithmetic gives a bigint, which is given its unit again where it is stored.
 */
declare const unit: unique symbol;
type Quantity<Name extends string> = bigint & { readonly [unit]: Name };

/** Signed micro-dollars, 10^-6 USD. */
export type MicroUsd = Quantity<"µUSD">;
/** 10^-30 USD per token. */
export type Price = Quantity<"price">;
/** Signed lots of a slot. */
export type Lots = Quantity<"lots">;
/** Basis points of NAV, 10^-4. */
export type Bps = Quantity<"bps">;
/** An element of the scalar field, 0 ≤ w < r. */
export type Word = Quantity<"word">;

export const microUsd = (x: bigint): MicroUsd => x as MicroUsd;
export const lots = (x: bigint): Lots => x as Lots;
export const bps = (x: bigint): Bps => x as Bps;

/** µUSD in a dollar. */
export const MICRO = 1e6;

/** A dollar in units of `Price`. */
const PRICE_DECIMALS = 30;
/** Units of `Price` in a µUSD. */
export const PRICE_PER_MICRO = 10n ** 24n;
/** Digits of a price that count: all that a price in files has, and none of what a double puts behind them. */
const PRICE_DIGITS = 15;
const LEAST_PRICE_USD = 1e-12;
const MOST_PRICE_USD = 9_007_199_254;

/** Whether a price can be told with all its digits. */
export const isPrice = (usd: number): boolean => usd >= LEAST_PRICE_USD && usd <= MOST_PRICE_USD;
export const PRICE_RANGE = `from ${LEAST_PRICE_USD} to ${MOST_PRICE_USD.toLocaleString("en-US")} USD`;

/**
 * Dollars per token to fifteen digits: the way every price comes into a snapshot. What is rounded to µUSD is the price
 * of a lot, so that a token worth a billionth of a dollar keeps its digits too.
 * @throws SnapshotError `invalid-input`
 */
export function toPrice(usd: number, name = "price"): Price {
  requirePositive(name, usd);
  if (!isPrice(usd))
    throw new SnapshotError("invalid-input", `${name} is ${usd} USD a token; it must be ${PRICE_RANGE}`);
  const [digits, exponent] = usd.toExponential(PRICE_DIGITS - 1).split("e") as [string, string];
  return (BigInt(digits.replace(".", "")) *
    10n ** BigInt(PRICE_DECIMALS + Number(exponent) + 1 - PRICE_DIGITS)) as Price;
}

/**
 * Dollars as the nearest whole µUSD, at least one.
 * @throws SnapshotError `invalid-input`
 */
export function toMicroUsd(usd: number, name = "price"): MicroUsd {
  requirePositive(name, usd);
  const micro = Math.round(usd * MICRO);
  if (micro < 1 || !Number.isSafeInteger(micro)) {
    throw new SnapshotError("invalid-input", `${name} is ${usd} USD; it must lie between 0.000001 and 9,007,199,254`);
  }
  return microUsd(BigInt(micro));
}
