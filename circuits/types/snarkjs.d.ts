// The part of snarkjs that this project calls.
declare module "snarkjs" {
  import type { Curve } from "ffjavascript";

  export interface Logger {
    debug(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  }

  /** A file by its path, or its bytes. */
  export type FileLike = string | Uint8Array | { readonly type: "mem"; data?: Uint8Array };
  export type Hash = Uint8Array;

  export interface VerificationKey {
    readonly protocol: string;
    readonly curve: string;
    readonly nPublic: number;
    readonly vk_alpha_1: string[];
    readonly vk_beta_2: string[][];
    readonly vk_gamma_2: string[][];
    readonly vk_delta_2: string[][];
    readonly vk_alphabeta_12: string[][][];
    readonly IC: string[][];
  }

  export interface Groth16Proof {
    readonly pi_a: string[];
    readonly pi_b: string[][];
    readonly pi_c: string[];
    readonly protocol: string;
    readonly curve: string;
  }

  export type SignalValue = bigint | number | string | readonly SignalValue[];
  export type Signals = { readonly [name: string]: SignalValue };

  export const curves: {
    getCurveFromName(name: string, options?: { singleThread?: boolean }): Promise<Curve>;
  };

  export const groth16: {
    prove(
      zkey: FileLike,
      witness: FileLike,
      logger?: Logger,
      options?: { singleThread?: boolean },
    ): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    fullProve(
      input: Signals,
      wasm: FileLike,
      zkey: FileLike,
      logger?: Logger,
    ): Promise<{ proof: Groth16Proof; publicSignals: string[] }>;
    verify(
      key: VerificationKey,
      publicSignals: readonly (string | bigint)[],
      proof: Groth16Proof,
      logger?: Logger,
    ): Promise<boolean>;
    exportSolidityCallData(proof: Groth16Proof, publicSignals: readonly string[]): Promise<string>;
  };

  export const zKey: {
    newZKey(r1cs: FileLike, ptau: FileLike, zkey: FileLike, logger?: Logger): Promise<Hash | -1>;
    contribute(from: FileLike, to: FileLike, name: string | undefined, entropy: string, logger?: Logger): Promise<Hash>;
    beacon(
      from: FileLike,
      to: FileLike,
      name: string | undefined,
      beaconHash: string,
      iterationsExponent: number,
      logger?: Logger,
    ): Promise<Hash | false>;
    verifyFromR1cs(r1cs: FileLike, ptau: FileLike, zkey: FileLike, logger?: Logger): Promise<boolean>;
    verifyFromInit(init: FileLike, ptau: FileLike, zkey: FileLike, logger?: Logger): Promise<boolean>;
    exportVerificationKey(zkey: FileLike, logger?: Logger): Promise<VerificationKey>;
    exportSolidityVerifier(zkey: FileLike, templates: { readonly groth16: string }, logger?: Logger): Promise<string>;
  };

  export const powersOfTau: {
    newAccumulator(curve: Curve, power: number, to: FileLike, logger?: Logger): Promise<Hash>;
    contribute(from: FileLike, to: FileLike, name: string, entropy: string, logger?: Logger): Promise<Hash>;
    beacon(
      from: FileLike,
      to: FileLike,
      name: string,
      beaconHash: string,
      iterationsExponent: number,
      logger?: Logger,
    ): Promise<Hash>;
    preparePhase2(from: FileLike, to: FileLike, logger?: Logger): Promise<void>;
    verify(ptau: FileLike, logger?: Logger): Promise<boolean>;
  };

  export const wtns: {
    calculate(input: Signals, wasm: FileLike, witness: FileLike, options?: object): Promise<void>;
    check(r1cs: FileLike, witness: FileLike, logger?: Logger): Promise<boolean>;
    exportJson(witness: FileLike): Promise<bigint[]>;
  };

  export const r1cs: {
    info(r1cs: FileLike, logger?: Logger): Promise<unknown>;
    exportJson(r1cs: FileLike, logger?: Logger): Promise<unknown>;
  };
}
