import { CodedError } from "../../prover/base/codedError.ts";

/**
 * An error the person at the keyboard can act on. The CLI prints `message` alone, never a stack.
 * `code` is stable and meant for scripts.
 */
export class TacitError extends CodedError {
  override readonly name: string = "TacitError";
}

/** What a party's server does not do for whoever asks. Only these errors are told to strangers. */
export class Refusal extends TacitError {}

/** What went wrong, for a person: no stack, no calldata. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { shortMessage, error: inner } = error as { shortMessage?: string; error?: { message?: string } };
  return inner?.message ?? shortMessage ?? error.message;
}
