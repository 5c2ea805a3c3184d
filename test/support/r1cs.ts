import { R1csReader } from "../../circuits/build/r1cs.ts";
import { FIELD_ORDER } from "../../prover/field.ts";

interface Occurrence {
  constraint: number;
  /** Coefficients of the wire in A, B and C. */
  a: bigint;
  b: bigint;
  c: bigint;
}

const mod = (x: bigint): bigint => {
  const rest = x % FIELD_ORDER;
  return rest < 0n ? rest + FIELD_ORDER : rest;
};

/** The constraints A·B = C of a compiled circuit, to be checked against a full assignment of its wires. */
export class R1cs {
  readonly wires: number;
  readonly constraints: number;
  /** Outputs first: wires 1 … publicSignals. */
  readonly publicSignals: number;
  readonly #occurrences: Occurrence[][];

  constructor(path: string) {
    const reader = new R1csReader(path);
    this.wires = reader.header.wires;
    this.constraints = reader.header.constraints;
    this.publicSignals = reader.header.publicOutputs + reader.header.publicInputs;
    const occurrences = Array.from({ length: this.wires }, (): Map<number, Occurrence> => new Map());
    let constraint = 0;
    for (const sides of reader.constraints()) {
      sides.forEach((terms, side) => {
        for (const { wire, coefficient } of terms) {
          const seen = occurrences[wire]!.get(constraint) ?? { constraint, a: 0n, b: 0n, c: 0n };
          seen[(["a", "b", "c"] as const)[side]!] += coefficient;
          occurrences[wire]!.set(constraint, seen);
        }
      });
      constraint++;
    }
    reader.close();
    this.#occurrences = occurrences.map((map) => [...map.values()]);
  }

  /** The constraints that an assignment breaks. Wire 0 is the constant 1. */
  violations(witness: readonly bigint[]): number[] {
    const { a, b, c } = this.#sums(witness);
    return a.flatMap((_, i) => (mod(a[i]! * b[i]! - c[i]!) === 0n ? [] : [i]));
  }

  satisfied = (witness: readonly bigint[]): boolean => this.violations(witness).length === 0;

  /** The wires that can be changed alone, by any of the deltas, without breaking a constraint of a valid assignment. */
  loose(witness: readonly bigint[], deltas: (value: bigint) => readonly bigint[]): number[] {
    const { a, b, c } = this.#sums(witness);
    const notices = (wire: number, delta: bigint): boolean =>
      this.#occurrences[wire]!.some((at) => {
        const i = at.constraint;
        return mod((a[i]! + at.a * delta) * (b[i]! + at.b * delta) - c[i]! - at.c * delta) !== 0n;
      });
    const found: number[] = [];
    for (let wire = 1; wire < this.wires; wire++) {
      if (!deltas(witness[wire]!).every((delta) => notices(wire, delta))) found.push(wire);
    }
    return found;
  }

  #sums(witness: readonly bigint[]): Record<"a" | "b" | "c", bigint[]> {
    if (witness.length !== this.wires) throw new Error(`the circuit has ${this.wires} wires, the assignment ${witness.length}`);
    const zeros = (): bigint[] => Array<bigint>(this.constraints).fill(0n);
    const sums = { a: zeros(), b: zeros(), c: zeros() };
    this.#occurrences.forEach((list, wire) => {
      const value = witness[wire]!;
      if (value === 0n) return;
      for (const { constraint, a, b, c } of list) {
        if (a !== 0n) sums.a[constraint]! += a * value;
        if (b !== 0n) sums.b[constraint]! += b * value;
        if (c !== 0n) sums.c[constraint]! += c * value;
      }
    });
    for (const side of Object.values(sums)) side.forEach((x, i) => (side[i] = mod(x)));
    return sums;
  }
}
