import type { CircuitArtifacts } from "../../../circuits/artifacts.ts";
import type { CircuitInputs } from "../../proving/circuitWitness.ts";
import type { Proven } from "../../proving/port.ts";
import type { ProvingErrorCode } from "../../proving/errors.ts";

/** What proving takes of `CircuitArtifacts`; all of it is public. */
export type ProvingArtifacts = Pick<CircuitArtifacts, "wasm" | "zkey" | "verificationKey">;

/** To the proving process: first one `open`, then one job at a time. */
export type Request =
  | { readonly kind: "open"; readonly artifacts: ProvingArtifacts; readonly rapidsnarkPath: string | undefined }
  | { readonly kind: "prove"; readonly inputs: CircuitInputs };

/** From the proving process: the outcome of the job in hand. */
export type Reply =
  | { readonly kind: "proven"; readonly proven: Proven }
  | { readonly kind: "failed"; readonly code: ProvingErrorCode; readonly message: string };
