import type { CircuitInputs, Proven } from "../../proving/port.ts";
import type { ProvingErrorCode } from "../../proving/errors.ts";

/** What proving takes of a built circuit (circuits/artifacts.ts); all of it is public. */
export interface ProvingArtifacts {
  /** Paths of the files. */
  readonly wasm: string;
  readonly zkey: string;
  /** As snarkjs exports it. */
  readonly verificationKey: object;
}

/** To the proving process: first one `open`, then one job at a time. */
export type Request =
  | { readonly kind: "open"; readonly artifacts: ProvingArtifacts; readonly rapidsnarkPath: string | undefined }
  | { readonly kind: "prove"; readonly inputs: CircuitInputs };

/** From the proving process: the outcome of the job in hand. */
export type Reply =
  | { readonly kind: "proven"; readonly proven: Proven }
  | { readonly kind: "failed"; readonly code: ProvingErrorCode; readonly message: string };
