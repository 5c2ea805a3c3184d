import { hexToBytes } from "@noble/hashes/utils.js";
import { FIELD_ORDER } from "../../circuits/format.ts";
import { ProverError } from "./errors.ts";
import type { Word } from "./units.ts";

export { FIELD_ORDER };

/** x mod m in [0, m), for negative x too. */
export function mod(x: bigint, m: bigint): bigint {
  const rest = x % m;
  return rest < 0n ? rest + m : rest;
}

/** The word of a signed integer: x mod r. */
export const toWord = (x: bigint): Word => mod(x, FIELD_ORDER) as Word;

/** The signed integer of least absolute value behind a word: the inverse of `toWord` for |x| < r/2. */
export const fromWord = (word: bigint): bigint => (word > FIELD_ORDER / 2n ? word - FIELD_ORDER : word);

/** @throws ProverError `not-canonical` unless 0 ≤ value < r; the name goes into the message. */
export function requireWord(name: string, value: bigint): Word {
  if (value < 0n || value >= FIELD_ORDER) {
    throw new ProverError("not-canonical", `${name} is not a field element; reduce it mod r`);
  }
  return value as Word;
}

/** 1/x mod the prime m, for x not 0 mod m. */
export function inverse(x: bigint, m: bigint): bigint {
  let [a, b] = [mod(x, m), m];
  let [u, v] = [1n, 0n];
  while (a !== 0n) {
    const q = b / a;
    [a, b] = [b - q * a, a];
    [u, v] = [v - q * u, u];
  }
  return mod(v, m);
}

/** Σ coefficients_j·x^j mod r. */
export function evaluate(coefficients: readonly bigint[], x: bigint): Word {
  let sum = 0n;
  for (let j = coefficients.length - 1; j >= 0; j--) sum = (sum * x + coefficients[j]!) % FIELD_ORDER;
  return toWord(sum);
}

/**
 * The value at 0 of the polynomial of least degree through the points, mod r.
 * @param points distinct x ≠ 0
 */
export function interpolateAtZero(points: readonly { x: bigint; y: bigint }[]): Word {
  let sum = 0n;
  points.forEach((p, i) => {
    let numerator = p.y;
    let denominator = 1n;
    points.forEach((other, j) => {
      if (i === j) return;
      numerator = (numerator * other.x) % FIELD_ORDER;
      denominator = (denominator * (other.x - p.x)) % FIELD_ORDER;
    });
    sum += numerator * inverse(denominator, FIELD_ORDER);
  });
  return toWord(sum);
}

/** A word as 32 big-endian bytes. */
export const wordBytes = (word: bigint): Uint8Array => hexToBytes(word.toString(16).padStart(64, "0"));

/** An address that a word holds, as lower-case hexadecimal. */
export const addressOf = (account: bigint): string => `0x${account.toString(16).padStart(40, "0")}`;
