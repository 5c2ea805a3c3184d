/** Whole-number arithmetic that several parts define results with. Division of bigints truncates towards zero by itself. */

export const sign = (x: bigint): bigint => (x > 0n ? 1n : x < 0n ? -1n : 0n);
export const absolute = (x: bigint): bigint => (x < 0n ? -x : x);
export const clamp = (x: bigint, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : x);
export const least = (first: bigint, ...others: readonly bigint[]): bigint =>
  others.reduce((a, b) => (b < a ? b : a), first);
export const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);

/** The part of x that lies beyond a band of half-width `band` ≥ 0 round 0. */
export const soft = (x: bigint, band: bigint): bigint => x - clamp(x, -band, band);

/** A lane of a packed word: `value`, offset by half the lane if it is signed, is below 2^bits. */
export interface Lane {
  readonly value: bigint;
  readonly bits: number;
  readonly signed?: boolean;
}

const offsetOf = ({ bits, signed }: Pick<Lane, "bits" | "signed">): bigint => (signed ? 1n << BigInt(bits - 1) : 0n);

/** Lanes side by side from the lowest bit. The caller has checked their ranges and that they fit 253 bits. */
export function packLanes(lanes: readonly Lane[]): bigint {
  let word = 0n;
  let at = 0n;
  for (const lane of lanes) {
    word += (lane.value + offsetOf(lane)) << at;
    at += BigInt(lane.bits);
  }
  return word;
}

/** The inverse of `packLanes`; undefined if the word holds more than its lanes. */
export function unpackLanes(word: bigint, lanes: readonly Pick<Lane, "bits" | "signed">[]): bigint[] | undefined {
  let rest = word;
  const values = lanes.map((lane) => {
    const value = BigInt.asUintN(lane.bits, rest) - offsetOf(lane);
    rest >>= BigInt(lane.bits);
    return value;
  });
  return rest === 0n ? values : undefined;
}
