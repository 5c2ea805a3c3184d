// The scalar field of BN254, as far as making keys needs it.
import { FIELD_ORDER } from "../format.ts";
import { inverse, mod, power } from "../format/field.ts";

/** The order of the scalar field, as `circuits/format.ts` has it. */
export const R = FIELD_ORDER;
export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

const TWO_ADICITY = 28n;
const NON_RESIDUE = 5n;

/** first, first·ratio, first·ratio², … */
export function geometric(first: bigint, ratio: bigint, count: number): bigint[] {
  const terms = new Array<bigint>(count);
  let term = first;
  for (let i = 0; i < count; i++) {
    terms[i] = term;
    term = (term * ratio) % R;
  }
  return terms;
}

/** The primitive 2^log-th root of unity that snarkjs uses. */
function rootOfUnity(log: number): bigint {
  if (log > Number(TWO_ADICITY)) throw new Error(`there is no 2^${log}-th root of unity`);
  const root = power(NON_RESIDUE, (R - 1n) >> TWO_ADICITY);
  return power(root, 1n << (TWO_ADICITY - BigInt(log)));
}

/**
 * The Lagrange polynomials of the 2^log-th roots of unity, evaluated at `point`.
 *
 * With `truncated`, each polynomial loses its leading term. That is what the largest block of a
 * powers-of-tau file holds: 2n Lagrange polynomials made from 2n − 1 powers.
 */
export function lagrangeAt(point: bigint, log: number, truncated = false): bigint[] {
  const size = 1 << log;
  const roots = geometric(1n, rootOfUnity(log), size);
  const sizeInverse = inverse(BigInt(size));
  const vanishing = mod(power(point, BigInt(size)) - 1n);
  if (vanishing === 0n) throw new Error("the point is a root of unity");
  const scale = (vanishing * sizeInverse) % R;
  const leading = (power(point, BigInt(size - 1)) * sizeInverse) % R;

  // One inversion for all denominators: prefix products up, then down.
  const prefix = new Array<bigint>(size);
  let product = 1n;
  for (let i = 0; i < size; i++) {
    prefix[i] = product;
    product = (product * mod(point - roots[i]!)) % R;
  }
  let suffix = inverse(product);
  const values = new Array<bigint>(size);
  for (let i = size - 1; i >= 0; i--) {
    const root = roots[i]!;
    const denominatorInverse = (suffix * prefix[i]!) % R;
    suffix = (suffix * mod(point - root)) % R;
    const full = (((scale * root) % R) * denominatorInverse) % R;
    values[i] = truncated ? mod(full - leading * root) : full;
  }
  return values;
}

/** 32 bytes a value, little-endian. */
export function packScalars(values: readonly bigint[], from = 0, to = values.length): Uint8Array<ArrayBuffer> {
  const words = new BigUint64Array((to - from) * 4);
  for (let i = from, w = 0; i < to; i++) {
    let value = values[i]!;
    for (let k = 0; k < 4; k++, w++) {
      words[w] = value;
      value >>= 64n;
    }
  }
  return new Uint8Array(words.buffer);
}
