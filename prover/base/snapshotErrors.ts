import { CodedError } from "./codedError.ts";

/**
 * What went wrong while a snapshot was computed, packed or unpacked.
 *
 * - `invalid-input`: a number outside the range its docstring gives; the message names it.
 * - `expired`: an option's expiry lies before the snapshot; close the series first.
 * - `stale-surface`: the surface was built for another instant, or is too old to be carried on; rebuild it at the
 *   snapshot's time.
 * - `no-surface`: no chain of quotes has been accepted yet.
 * - `out-of-range`: a row does not fit its word; make the lot smaller.
 * - `bad-lanes`: the wrong number of lanes or words for the profile.
 * - `not-canonical`: a word that no packing of rows produces.
 * - `over-budget`: positions up to the caps could overflow a lane; lower a cap or make the lot smaller.
 */
export type SnapshotErrorCode =
  | "invalid-input"
  | "expired"
  | "stale-surface"
  | "no-surface"
  | "out-of-range"
  | "bad-lanes"
  | "not-canonical"
  | "over-budget";

export class SnapshotError extends CodedError<SnapshotErrorCode> {
  override readonly name: string = "SnapshotError";
}

/** Throws `invalid-input` unless `value` is finite and inside [min, max]. */
export function requireNumber(name: string, value: number, min: number, max = Number.MAX_VALUE): void {
  if (!(Number.isFinite(value) && value >= min && value <= max)) {
    throw new SnapshotError("invalid-input", `${name} is ${value}; it must be a finite number from ${min} to ${max}`);
  }
}

/** Throws `invalid-input` unless `value` is finite and above zero. */
export function requirePositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new SnapshotError("invalid-input", `${name} is ${value}; it must be a finite number above zero`);
  }
}
