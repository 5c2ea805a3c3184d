import { buildPoseidon } from "circomlibjs";
import { toWord } from "../base/field.ts";
import type { Word } from "../base/units.ts";

// Importing this module waits for the WASM hash once; everything after is synchronous. The instance is private and
// single-threaded: circomlibjs carries its own ffjavascript, which shares the global curve cache with snarkjs's only
// for multi-threaded curves, so nothing here ends up in, or has to be terminated with, the proving curve.
const wasm = await buildPoseidon();

/** Inputs of the widest permutation. */
export const POSEIDON_MAX_INPUTS = 16;

/** Poseidon of 1 to 16 words, as circomlib's `Poseidon(n)`. Signed inputs are taken mod r. */
export function poseidon(inputs: readonly bigint[]): Word {
  return poseidonEx(inputs, 1)[0]!;
}

/** The first `outputs` state words after the permutation, initial state 0: circomlib's `PoseidonEx(n, outputs)`. */
export function poseidonEx(inputs: readonly bigint[], outputs: number): Word[] {
  const result = wasm(inputs.map(toWord), 0n, outputs);
  return (Array.isArray(result) ? result : [result]).map((element) => wasm.F.toObject(element) as Word);
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
