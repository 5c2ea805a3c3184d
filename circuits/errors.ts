/** Something the person at the keyboard can mend; the message says how. Anything else is a bug of ours. */
export class CircuitError extends Error {
  override readonly name: string = "CircuitError";
}
