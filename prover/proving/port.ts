/** Values of a circuit's input signals by name; arrays are flattened row by row. Negative numbers mean `x mod r`. */
export type CircuitInputs = { readonly [signal: string]: CircuitInput };
export type CircuitInput = bigint | readonly CircuitInput[];

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

/** Makes proofs of one circuit, one at a time, in the order asked for. */
export interface ProvingBackend {
  /**
   * @param options.signal cancels the job, whether it waits or runs
   * @returns a proof that verifies under the circuit's verification key
   * @throws ProvingError (a rejected promise)
   */
  prove(inputs: CircuitInputs, options?: { signal?: AbortSignal }): Promise<Proven>;
  /** Ends the proving process and rejects what is unfinished with "closed". Idempotent. */
  close(): Promise<void>;
}
