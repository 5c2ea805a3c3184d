import { R1csReader } from "../../circuits/build/r1cs.ts";
import type { Constraint, LinearCombination } from "../../circuits/build/r1cs.ts";
import { FIELD_ORDER, toWord } from "../../prover/base/field.ts";

/** The constraints A·B = C of a compiled circuit, to be checked against a full assignment of its wires. */
export class R1cs {
  /** Wire 0 is the constant 1; then come outputs, public inputs, private inputs, and what is computed. */
  readonly wires: number;
  readonly outputs: number;
  /** Public and private. */
  readonly inputs: number;
  /** Outputs and public inputs. */
  readonly publicSignals: number;
  readonly constraints: readonly Constraint[];

  constructor(path: string) {
    const reader = new R1csReader(path);
    this.wires = reader.header.wires;
    this.outputs = reader.header.publicOutputs;
    this.inputs = reader.header.publicInputs + reader.header.privateInputs;
    this.publicSignals = reader.header.publicOutputs + reader.header.publicInputs;
    this.constraints = [...reader.constraints()];
    reader.close();
  }

  /** The constraints that an assignment breaks. Wire 0 is the constant 1. */
  violations = (witness: readonly bigint[]): number[] => [...this.#broken(witness)];

  satisfied = (witness: readonly bigint[]): boolean => this.#broken(witness).next().done === true;

  *#broken(witness: readonly bigint[]): Generator<number> {
    if (witness.length !== this.wires)
      throw new Error(`the circuit has ${this.wires} wires, the assignment ${witness.length}`);
    const sum = (terms: LinearCombination): bigint =>
      terms.reduce((total, { wire, coefficient }) => total + coefficient * witness[wire]!, 0n);
    for (const [i, [a, b, c]] of this.constraints.entries()) {
      if ((sum(a) * sum(b) - sum(c)) % FIELD_ORDER !== 0n) yield i;
    }
  }

  /**
   * The wires of a valid assignment that can be changed, each alone, without breaking a constraint.
   * @param others values to try in the place of a wire's own
   */
  loose(witness: readonly bigint[], others: (value: bigint) => readonly bigint[]): number[] {
    const sums = this.constraints.map((sides) =>
      sides.map((terms) => terms.reduce((total, { wire, coefficient }) => total + coefficient * witness[wire]!, 0n)),
    );
    const occurrences = Array.from({ length: this.wires }, (): Map<number, [bigint, bigint, bigint]> => new Map());
    this.constraints.forEach((sides, i) =>
      sides.forEach((terms, side) => {
        for (const { wire, coefficient } of terms) {
          const at = occurrences[wire]!.get(i) ?? [0n, 0n, 0n];
          at[side]! += coefficient;
          occurrences[wire]!.set(i, at);
        }
      }),
    );
    const notices = (wire: number, delta: bigint): boolean =>
      [...occurrences[wire]!].some(([i, [a, b, c]]) => {
        const [sumA, sumB, sumC] = sums[i]! as [bigint, bigint, bigint];
        return ((sumA + a * delta) * (sumB + b * delta) - sumC - c * delta) % FIELD_ORDER !== 0n;
      });
    const found: number[] = [];
    for (let wire = 1; wire < this.wires; wire++) {
      const value = witness[wire]!;
      const deltas = others(value)
        .map((other) => toWord(other - value))
        .filter((delta) => delta !== 0n);
      if (!deltas.every((delta) => notices(wire, delta))) found.push(wire);
    }
    return found;
  }
}
