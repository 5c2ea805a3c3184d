import { requirePositive, SnapshotError } from "./snapshotErrors.ts";

/**
 * Integers with their unit in the type, so that lots don't meet micro-dollars by accident. All are plain bigints at
 * run time: arithmetic gives a bigint, which is given its unit again where it is stored.
 */
declare const unit: unique symbol;
type Quantity<Name extends string> = bigint & { readonly [unit]: Name };

/** Signed micro-dollars, 10^-6 USD. */
export type MicroUsd = Quantity<"µUSD">;
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

/**
 * Dollars as the nearest whole µUSD, at least one: the way every price comes into a snapshot.
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
