/**
 * What every error of prover and SDK is, as far as somebody can act on it: the message tells a person what to do,
 * `code` is stable and meant for programs.
 */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
