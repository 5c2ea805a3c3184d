// The constants of Poseidon, which circuits, prover and contracts share.
import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants } from "@noble/curves/abstract/poseidon.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { FIELD_ORDER } from "../format.ts";

/** Rounds in which every word is raised, and those, by the number of inputs from one on, in which the first is. */
export const FULL_ROUNDS = 8;
export const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

/** What is added in each round, and the matrix. */
export const poseidonParameters = (inputs: number): { roundConstants: bigint[][]; mds: bigint[][] } =>
  grainGenConstants({
    Fp: Field(FIELD_ORDER),
    t: inputs + 1,
    roundsFull: FULL_ROUNDS,
    roundsPartial: PARTIAL_ROUNDS[inputs - 1]!,
    sboxPower: 5,
  });

/** What is added in each round, then the matrix row by row, as contracts/curve/Poseidon.sol reads them. */
export function poseidonConstants(inputs: number): bigint[] {
  const { roundConstants, mds } = poseidonParameters(inputs);
  return [...roundConstants, ...mds].flat();
}

/** Hash of the code that holds them: a STOP byte, then the words (SSTORE2). */
export function poseidonCodeHash(inputs: number): string {
  const words = poseidonConstants(inputs).map((word) => hexToBytes(word.toString(16).padStart(64, "0")));
  return `0x${bytesToHex(keccak_256(concatBytes(Uint8Array.of(0), ...words)))}`;
}
