import { absolute } from "../../prover/base/integers.ts";

/**
 * A basis of short vectors: Lenstra, Lenstra and Lovász, in whole numbers throughout (Cohen 1993, algorithm 2.6.7).
 * @param basis independent rows
 */
export function reduceLattice(basis: readonly (readonly bigint[])[]): bigint[][] {
  const b = basis.map((row) => [...row]);
  const n = b.length;
  const dot = (x: readonly bigint[], y: readonly bigint[]): bigint =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0n);
  // d[i + 1] is the Gram determinant of the first i + 1 rows, lambda[i][j] is d[j + 1] times the coefficient μ_ij.
  const d: bigint[] = [1n, ...Array<bigint>(n).fill(0n)];
  const lambda = b.map(() => Array<bigint>(n).fill(0n));
  const orthogonalise = (k: number): void => {
    for (let j = 0; j <= k; j++) {
      let u = dot(b[k]!, b[j]!);
      for (let i = 0; i < j; i++) u = (d[i + 1]! * u - lambda[k]![i]! * lambda[j]![i]!) / d[i]!;
      if (j < k) lambda[k]![j] = u;
      else d[k + 1] = u;
    }
  };
  const reduce = (k: number, l: number): void => {
    const twice = 2n * absolute(lambda[k]![l]!);
    if (twice <= d[l + 1]!) return;
    const q = ((absolute(lambda[k]![l]!) * 2n + d[l + 1]!) / (2n * d[l + 1]!)) * (lambda[k]![l]! < 0n ? -1n : 1n);
    b[k] = b[k]!.map((value, i) => value - q * b[l]![i]!);
    lambda[k]![l]! -= q * d[l + 1]!;
    for (let i = 0; i < l; i++) lambda[k]![i]! -= q * lambda[l]![i]!;
  };
  for (let k = 0; k < n; k++) orthogonalise(k);
  for (let k = 1; k < n; ) {
    reduce(k, k - 1);
    const bit = lambda[k]![k - 1]!;
    if (4n * d[k + 1]! * d[k - 1]! < 3n * d[k]! * d[k]! - 4n * bit * bit) {
      [b[k], b[k - 1]] = [b[k - 1]!, b[k]!];
      for (let i = k - 1; i < n; i++) orthogonalise(i);
      k = Math.max(1, k - 1);
    } else {
      for (let l = k - 2; l >= 0; l--) reduce(k, l);
      k++;
    }
  }
  return b;
}

/** Beyond every size of a position; numbers are weighed in its units. */
const UNIT = 1n << 60n;

/**
 * The book of a vault that did not trade, from NAV prints and public values alone: the shortest whole numbers of lots
 * that explain every change of NAV.
 * @param changes of NAV from print to print, µUSD
 * @param moves of each slot's value in the same times, µUSD a lot
 * @param mostLots about how large a position is
 * @param graininess how far a change may be off, µUSD
 */
export function bookFromPrints(
  changes: readonly bigint[],
  moves: readonly (readonly bigint[])[],
  mostLots: bigint,
  graininess: bigint,
): bigint[] {
  const slots = moves[0]!.length;
  const [byLot, byMicroUsd] = [UNIT / mostLots, UNIT / graininess];
  const rows = Array.from({ length: slots }, (_, slot) => [
    ...Array.from({ length: slots }, (_, other) => (other === slot ? byLot : 0n)),
    0n,
    ...moves.map((move) => move[slot]! * byMicroUsd),
  ]);
  rows.push([...Array<bigint>(slots).fill(0n), UNIT, ...changes.map((change) => -change * byMicroUsd)]);
  const found = reduceLattice(rows).find((row) => absolute(row[slots]!) === UNIT);
  if (found === undefined) return Array<bigint>(slots).fill(0n);
  const side = found[slots]! > 0n ? 1n : -1n;
  return found.slice(0, slots).map((value) => (side * value) / byLot);
}
