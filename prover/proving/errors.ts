import { CodedError } from "../base/codedError.ts";

/**
 * - `inputs`: a signal is missing, unknown, of the wrong length or not a number
 * - `refused`: the inputs contradict a constraint; the message names template and line
 * - `cancelled`: the caller's AbortSignal fired
 * - `timeout`: the job ran longer than allowed
 * - `crashed`: the proving process died; the next job starts a new one
 * - `unverified`: the prover's proof does not verify under the verification key
 * - `files`: a circuit file or the rapidsnark program can't be read or run
 * - `closed`: the backend was closed
 */
export type ProvingErrorCode =
  | "inputs"
  | "refused"
  | "cancelled"
  | "timeout"
  | "crashed"
  | "unverified"
  | "files"
  | "closed";

/** Why there is no proof. The message never holds a value of a signal. */
export class ProvingError extends CodedError<ProvingErrorCode> {
  override readonly name: string = "ProvingError";
}
