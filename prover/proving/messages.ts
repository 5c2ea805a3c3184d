import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import type { CircuitInputs } from "./circuitWitness.ts";
import type { ProvingErrorCode } from "./errors.ts";

/** What proving takes of `CircuitArtifacts`; all of it is public. */
export type ProvingArtifacts = Pick<CircuitArtifacts, "wasm" | "zkey" | "verificationKey">;

/** A Groth16 proof over BN254, affine coordinates, in the order Solidity verifiers take them. */
export interface Groth16Proof {
  readonly a: readonly [x: bigint, y: bigint];
  readonly b: readonly [x: readonly [x1: bigint, x0: bigint], y: readonly [y1: bigint, y0: bigint]];
  readonly c: readonly [x: bigint, y: bigint];
}

export interface Proven {
  readonly proof: Groth16Proof;
  /** Transcript digest, transcript value and evaluation point (docs/protocol.md §2). */
  readonly signals: readonly [h: bigint, d: bigint, x: bigint];
}

/** To the proving process: first one `open`, then one job at a time. */
export type Request =
  | { readonly kind: "open"; readonly artifacts: ProvingArtifacts; readonly rapidsnarkPath: string | undefined }
  | { readonly kind: "prove"; readonly inputs: CircuitInputs };

/** From the proving process: the outcome of the job in hand. */
export type Reply =
  | { readonly kind: "proven"; readonly proven: Proven }
  | { readonly kind: "failed"; readonly code: ProvingErrorCode; readonly message: string };
