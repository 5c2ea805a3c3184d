import { CodedError } from "../../prover/base/codedError.ts";

/**
 * An error the person at the keyboard can act on. The CLI prints `message` alone, never a stack.
 * `code` is stable and meant for scripts.
 */
export class TacitError extends CodedError {
  override readonly name: string = "TacitError";
}

/** A contract would refuse a step, or has. */
export class StepReverted extends TacitError {
  /** The name of the contract's error, where it gave one. */
  readonly reason: string | undefined;

  constructor(message: string, reason?: string) {
    super("STEP_REVERTED", message);
    this.reason = reason;
  }
}

/** What a party's server does not do for whoever asks. Only these errors are told to strangers. */
export class Refusal extends TacitError {}

/** What went wrong, for a person: no stack, no calldata. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {
    shortMessage,
    code,
    error: inner,
  } = error as {
    shortMessage?: string;
    code?: string;
    error?: { message?: string };
  };
  // As ethers has it.
  if (code === "BAD_DATA" && inner === undefined)
    return `a contract does not answer as this program expects (${shortMessage}): its market is of another version, or the deployment file of another chain`;
  return inner?.message ?? shortMessage ?? error.message;
}
