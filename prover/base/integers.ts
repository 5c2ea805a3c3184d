/**
 * Whole-number arithmetic that several parts define results with. Division of bigints truncates towards zero by itself.
 */

export const sign = (x: bigint): bigint => (x > 0n ? 1n : x < 0n ? -1n : 0n);
export const absolute = (x: bigint): bigint => (x < 0n ? -x : x);
export const clamp = (x: bigint, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : x);
export const least = (first: bigint, ...others: readonly bigint[]): bigint =>
  others.reduce((a, b) => (b < a ? b : a), first);
/** A flag as a number. */
export const bit = (flag: boolean): bigint => (flag ? 1n : 0n);
export const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);

/** The part of x that lies beyond a band of half-width `band` ≥ 0 round 0. */
export const soft = (x: bigint, band: bigint): bigint => x - clamp(x, -band, band);

/** floor(√x) of 0 ≤ x < 2^1023. `guess`: near the root, if there is a better one than a float's. */
export function squareRoot(x: bigint, guess: bigint = BigInt(Math.floor(Math.sqrt(Number(x))))): bigint {
  if (x === 0n) return 0n;
  // One of Newton's steps leads from any guess to the root or above it, the next ones down to it.
  const start = guess > 0n ? guess : 1n;
  let root = (start + x / start) >> 1n;
  for (;;) {
    const next = (root + x / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
