import { FULL_ROUNDS, PARTIAL_ROUNDS, poseidonParameters } from "../../circuits/format/poseidon.ts";
import { FIELD_ORDER, inverse, mod, toWord } from "../base/field.ts";
import type { Word } from "../base/units.ts";

/** Inputs of the widest permutation. */
export const POSEIDON_MAX_INPUTS = 16;

/** Poseidon of 1 to 16 words, as circomlib's `Poseidon(n)`. Signed inputs are taken mod r. */
export function poseidon(inputs: readonly bigint[]): Word {
  return poseidonEx(inputs, 1)[0]!;
}

/** The first `outputs` state words after the permutation, initial state 0: circomlib's `PoseidonEx(n, outputs)`. */
export function poseidonEx(inputs: readonly bigint[], outputs: number): Word[] {
  if (inputs.length < 1 || inputs.length > POSEIDON_MAX_INPUTS) {
    throw new RangeError(`Poseidon takes 1 to ${POSEIDON_MAX_INPUTS} words, got ${inputs.length}`);
  }
  const permute = (permutations[inputs.length] ??= permutation(inputs.length));
  return permute([0n, ...inputs.map(toWord)]).slice(0, outputs) as Word[];
}

/**
 * h of a transcript: carry_0 is the number of words, carry_{b+1} = Poseidon16(carry_b and the next 15 words, zero
 * padded), h the last carry.
 */
export function transcriptHash(words: readonly bigint[]): Word {
  const block = POSEIDON_MAX_INPUTS - 1;
  let carry = toWord(BigInt(words.length));
  for (let first = 0; first < words.length; first += block) {
    const part = words.slice(first, first + block);
    carry = poseidon([carry, ...part, ...Array<bigint>(block - part.length).fill(0n)]);
  }
  return carry;
}

type Vector = readonly bigint[];
type Permutation = (state: Vector) => Vector;

/** By the number of inputs; each is made when it is first asked for, which takes some 30 ms. */
const permutations: Permutation[] = [];

/**
 * A round adds its constants, raises words to the fifth power and multiplies by the matrix M; in a partial round only
 * the first word is raised. So in partial rounds the other words may be kept in other coordinates: with N the matrix M
 * without its first row and column, round r keeps them as N^−r times themselves. In these it takes one row and one
 * column instead of a matrix, and of the constants only what they add to the first word.
 */
function permutation(inputs: number): Permutation {
  const { roundConstants, mds } = poseidonParameters(inputs);
  const width = inputs + 1;
  const partialRounds = PARTIAL_ROUNDS[inputs - 1]!;
  const half = FULL_ROUNDS / 2;
  const opening = roundConstants.slice(0, half);
  const closing = roundConstants.slice(half + partialRounds);

  const corner = mds[0]![0]!;
  const inner = mds.slice(1).map((row) => row.slice(1));
  const back = inverseOf(inner);
  let row: Vector = mds[0]!.slice(1);
  let column: Vector = mds.slice(1).map((line) => line[0]!);
  let added: Vector = Array<bigint>(width).fill(0n);
  const rounds = roundConstants.slice(half, half + partialRounds).map((constants) => {
    const [shift, ...rest] = added.map((word, i) => word + constants[i]!);
    added = times(mds, [0n, ...rest]);
    column = times(back, column);
    const round = { shift: shift!, row, column };
    row = times(transposed(inner), row);
    return round;
  });
  const restored = power(inner, partialRounds);

  const fullRound = (state: Vector, constants: Vector): Vector => {
    return times(mds, plus(state, constants).map(fifthPower));
  };

  return (input) => {
    let [first, ...others] = opening.reduce(fullRound, input);
    for (const { shift, row, column } of rounds) {
      const raised = fifthPower(first! + shift);
      first = (corner * raised + dot(row, others)) % FIELD_ORDER;
      for (let i = 0; i < others.length; i++) others[i]! += column[i]! * raised;
    }
    return closing.reduce(fullRound, plus([first!, ...times(restored, others)], added));
  };
}

function dot(left: Vector, right: Vector): bigint {
  let sum = 0n;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}

function plus(left: Vector, right: Vector): Vector {
  return left.map((word, i) => word + right[i]!);
}

function times(matrix: readonly Vector[], vector: Vector): Vector {
  return matrix.map((row) => dot(row, vector) % FIELD_ORDER);
}

function transposed(matrix: readonly Vector[]): Vector[] {
  return matrix[0]!.map((_, i) => matrix.map((row) => row[i]!));
}

function product(left: readonly Vector[], right: readonly Vector[]): Vector[] {
  const columns = transposed(right);
  return left.map((row) => times(columns, row));
}

function power(matrix: readonly Vector[], exponent: number): readonly Vector[] {
  if (exponent === 1) return matrix;
  const root = power(matrix, Math.floor(exponent / 2));
  const square = product(root, root);
  return exponent % 2 === 0 ? square : product(square, matrix);
}

/** By elimination, without exchanging rows: no leading minor of these matrices is zero. */
function inverseOf(matrix: readonly Vector[]): Vector[] {
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  for (const [i, pivot] of rows.entries()) {
    const factor = inverse(pivot[i]!, FIELD_ORDER);
    const scaled = pivot.map((word) => (word * factor) % FIELD_ORDER);
    for (const [k, row] of rows.entries()) {
      rows[k] = k === i ? scaled : row.map((word, j) => mod(word - row[i]! * scaled[j]!, FIELD_ORDER));
    }
  }
  return rows.map((row) => row.slice(matrix.length));
}

function fifthPower(x: bigint): bigint {
  const square = (x * x) % FIELD_ORDER;
  return (((square * square) % FIELD_ORDER) * x) % FIELD_ORDER;
}
