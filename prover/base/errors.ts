import { CodedError } from "./codedError.ts";

/**
 * What went wrong in the prover. The message says which value and what to do; it never holds a secret.
 *
 * - `out-of-range`: a number outside the range the protocol gives it (docs/protocol.md §1).
 * - `wrong-length`: a list or word vector of the wrong size for the profile.
 * - `not-canonical`: words that no honest packing produces.
 * - `not-on-curve`, `not-in-subgroup`: a point that is no key, commitment or ephemeral key.
 * - `wrong-opening`: a book that does not open the commitment the chain holds.
 * - `mandate-refused`: an order outside its mandate; see `MandateRefused`.
 * - `wrong-key`: a ciphertext opened with a key it was not made for.
 * - `opening-not-found`: no set of members' sums opens the summed commitments, or of their shares the book.
 * - `bad-proof`: a proof of possession or of a shared secret that does not verify.
 * - `blame-limit`: revealing one more member's shares would open single orders.
 */
export type ProverErrorCode =
  | "out-of-range"
  | "wrong-length"
  | "not-canonical"
  | "not-on-curve"
  | "not-in-subgroup"
  | "wrong-opening"
  | "mandate-refused"
  | "wrong-key"
  | "opening-not-found"
  | "bad-proof"
  | "blame-limit";

export class ProverError extends CodedError<ProverErrorCode> {
  override readonly name: string = "ProverError";
}

/** @throws ProverError `out-of-range` unless min ≤ value ≤ max. The message names the range, not the value. */
export function requireRange(name: string, value: bigint, min: bigint, max: bigint): void {
  if (value < min || value > max) throw new ProverError("out-of-range", `${name} must lie in [${min}, ${max}]`);
}

/** @throws ProverError `wrong-length` unless `list` has `length` items. */
export function requireLength(name: string, list: readonly unknown[], length: number): void {
  if (list.length !== length)
    throw new ProverError("wrong-length", `${name} has ${list.length} items; the profile wants ${length}`);
}
