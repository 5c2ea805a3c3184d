import { FIELD_ORDER, inverse, toWord } from "../../prover/base/field.ts";
import type { LinearCombination } from "../../circuits/build/r1cs.ts";
import type { R1cs } from "./r1cs.ts";

/**
 * Which wires the inputs determine.
 *
 * Starting from the inputs, a constraint determines
 *   - its only undetermined wire, if that stands in it linearly with a constant factor;
 *   - undetermined wires that are bits and whose factors are each larger than the sum of the smaller ones;
 *   - its only undetermined wire, if that has a determined but variable factor: unless the factor is 0. These wires are
 *     returned as `divided`: for each the circuit has to say why its divisor is not 0;
 *   - y and z in the three constraints x·y = 1 − z, x·z = 0, y·z = 0 with x determined.
 *
 * @param argued wires that are determined for a reason not among these
 */
export function determinism(r1cs: R1cs, argued: readonly number[]): { undetermined: number[]; divided: number[] } {
  const known = new Uint8Array(r1cs.wires);
  known[0] = 1;
  known.fill(1, 1 + r1cs.outputs, 1 + r1cs.outputs + r1cs.inputs);
  for (const wire of argued) known[wire] = 1;
  const divided: number[] = [];
  const isBit = findBits(r1cs);
  const zeroProducts = findZeroProducts(r1cs);

  const uses = Array.from({ length: r1cs.wires }, (): number[] => []);
  r1cs.constraints.forEach((sides, i) => {
    for (const wire of new Set(sides.flatMap((terms) => terms.map((term) => term.wire)))) uses[wire]!.push(i);
  });
  const queue = r1cs.constraints.map((_, i) => i);
  let next = 0;
  const queued = new Uint8Array(r1cs.constraints.length).fill(1);
  const determine = (wires: readonly number[]): void => {
    for (const wire of wires) {
      known[wire] = 1;
      for (const i of uses[wire]!) {
        if (queued[i]) continue;
        queued[i] = 1;
        queue.push(i);
      }
    }
  };
  const unknownIn = (terms: LinearCombination): number[] =>
    terms.filter(({ wire }) => !known[wire]).map(({ wire }) => wire);

  // A division is only used where nothing else goes on.
  for (const allowDivision of [false, true]) {
    if (allowDivision) {
      r1cs.constraints.forEach((_, i) => queue.push(i));
      queued.fill(1);
    }
    for (; next < queue.length; next++) {
      const i = queue[next]!;
      queued[i] = 0;
      const [a, b, c] = r1cs.constraints[i]!;
      const [inA, inB, inC] = [unknownIn(a), unknownIn(b), unknownIn(c)];
      if (inA.length + inB.length + inC.length === 0) continue;

      const linear = linearForm(a, b, c, inA, inB);
      if (linear !== undefined) {
        const unknown = linear.filter(([wire, factor]) => !known[wire] && factor !== 0n);
        if (unknown.length === 1) determine([unknown[0]![0]]);
        else if (unknown.every(([wire]) => isBit[wire]) && isSuperIncreasing(unknown.map(([, factor]) => factor)))
          determine(unknown.map(([wire]) => wire));
        continue;
      }
      const unknown = [...new Set([...inA, ...inB, ...inC])];
      if (unknown.length === 1 && (inA.length === 0 || inB.length === 0) && allowDivision) {
        divided.push(unknown[0]!);
        determine(unknown);
      }
      if (unknown.length === 2 && inC.length === 1 && inA.length + inB.length === 1) {
        const [x, [y]] = inA.length === 0 ? [a, inB] : [b, inA];
        const z = inC[0]!;
        if (x.length === 1 && zeroProducts.has(pair(x[0]!.wire, z)) && zeroProducts.has(pair(y!, z)))
          determine([y!, z]);
      }
    }
  }
  return { undetermined: [...known.keys()].filter((wire) => !known[wire]), divided };
}

const pair = (a: number, b: number): string => (a < b ? `${a},${b}` : `${b},${a}`);
const isConstant = (terms: LinearCombination): boolean => terms.every(({ wire }) => wire === 0);
const constantOf = (terms: LinearCombination): bigint => terms.reduce((sum, { coefficient }) => sum + coefficient, 0n);

/** Factors of the wires where the constraint is linear in what is undetermined, else undefined. */
function linearForm(
  a: LinearCombination,
  b: LinearCombination,
  c: LinearCombination,
  inA: number[],
  inB: number[],
): [number, bigint][] | undefined {
  if (inA.length + inB.length === 0) return c.map(({ wire, coefficient }) => [wire, coefficient]);
  const [factor, other] = isConstant(a) ? [constantOf(a), b] : isConstant(b) ? [constantOf(b), a] : [0n, undefined];
  if (other === undefined) return undefined;
  const sums = new Map<number, bigint>();
  for (const { wire, coefficient } of other) sums.set(wire, (sums.get(wire) ?? 0n) + factor * coefficient);
  for (const { wire, coefficient } of c) sums.set(wire, (sums.get(wire) ?? 0n) - coefficient);
  return [...sums].map(([wire, sum]) => [wire, toWord(sum)]);
}

/** Wires with a constraint x·(x − 1) = 0. */
function findBits({ constraints, wires }: R1cs): Uint8Array {
  const isBit = new Uint8Array(wires);
  for (const [a, b, c] of constraints) {
    const own = new Set([...a, ...b, ...c].filter(({ wire }) => wire !== 0).map(({ wire }) => wire));
    if (own.size !== 1 || isConstant(a) || isConstant(b)) continue;
    const at = (terms: LinearCombination, x: bigint): bigint =>
      terms.reduce((sum, { wire, coefficient }) => sum + coefficient * (wire === 0 ? 1n : x), 0n);
    const holds = (x: bigint): boolean => (at(a, x) * at(b, x) - at(c, x)) % FIELD_ORDER === 0n;
    if (holds(0n) && holds(1n) && !holds(2n)) isBit[[...own][0]!] = 1;
  }
  return isBit;
}

/** Pairs of wires with a constraint x·y = 0. */
function findZeroProducts({ constraints }: R1cs): Set<string> {
  const pairs = new Set<string>();
  for (const [a, b, c] of constraints)
    if (a.length === 1 && b.length === 1 && c.length === 0) pairs.add(pair(a[0]!.wire, b[0]!.wire));
  return pairs;
}

/** Whether, up to a common factor, each is larger than the sum of the smaller ones and no sum wraps. */
function isSuperIncreasing(factors: readonly bigint[]): boolean {
  const size = (x: bigint): bigint => (x > FIELD_ORDER / 2n ? FIELD_ORDER - x : x);
  const least = factors.reduce((best, x) => (size(x) < size(best) ? x : best));
  const unit = inverse(least, FIELD_ORDER);
  const sizes = factors.map((x) => size(toWord(x * unit))).sort((x, y) => (x < y ? -1 : 1));
  let sum = 0n;
  for (const x of sizes) {
    if (x <= sum) return false;
    sum += x;
  }
  return sum < FIELD_ORDER;
}
