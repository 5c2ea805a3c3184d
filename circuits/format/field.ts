// The scalar field of BN254: what numbers of a circuit are, and what formulas of its generators and keys go by.
import { FIELD_ORDER as R } from "../format.ts";

export function mod(value: bigint): bigint {
  const rest = value % R;
  return rest < 0n ? rest + R : rest;
}

export function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % R;
    square = (square * square) % R;
  }
  return result;
}

export function inverse(value: bigint): bigint {
  if (mod(value) === 0n) throw new Error("zero has no inverse");
  return power(value, R - 2n);
}
