// The Groth16 key of a circuit, made from the development trapdoor.
//
// snarkjs makes a key from a powers-of-tau file by one multi-scalar multiplication for each wire, and
// applies a contribution by one more for each point. With tau, alpha, beta and delta known, each
// point's exponent is a plain number instead, and the point one fixed-base multiplication: the
// standard circuit's key takes seconds, not minutes, and needs no powers-of-tau file at all. The
// bytes are those that snarkjs writes, transcript included, given a powers-of-tau file larger than the
// circuit; tests compare them. (From a file of just the circuit's size snarkjs reads, for the
// transcript, one point past the end of a section.)
import { blake2b } from "@noble/hashes/blake2.js";
import { BinFileWriter } from "../binfile.ts";
import type { DevContribution } from "./contribution.ts";
import { DEV_ALPHA, DEV_BETA, DEV_TAU } from "./trapdoor.ts";
import { inverse, mod, power } from "../../format/field.ts";
import { geometric, lagrangeAt, packScalars, Q, R } from "../field.ts";
import type { FixedBasePool } from "./fixedBase.ts";
import type { Group } from "./fixedBaseWorker.ts";
import { R1csReader } from "../r1cs.ts";

/** Section numbers of snarkjs' Groth16 .zkey format. */
const SECTION = {
  protocol: 1,
  header: 2,
  ic: 3,
  coefficients: 4,
  a: 5,
  b1: 6,
  b2: 7,
  c: 8,
  h: 9,
  contributions: 10,
} as const;
const GROTH16 = 1;
const MATRIX_A = 0;
const MATRIX_B = 1;
const MONOMIALS_PIECE = 2 ** 14;

/**
 * Coefficients are stored times 2^512, so that the prover's first Montgomery product leaves them in Montgomery form.
 */
const STORED = power(2n, 512n);

interface Exponents {
  readonly a: bigint[];
  readonly b: bigint[];
  /** β·a + α·b + c for each wire; the public ones are IC, the others C. */
  readonly l: bigint[];
}

export type DevKeyProgress = (done: number, total: number) => void;

/** Without a contribution the key is the unsound one that a ceremony begins with; only tests want it. */
export async function writeDevKey(
  r1csPath: string,
  path: string,
  contribution: DevContribution | undefined,
  pool: FixedBasePool,
  progress: DevKeyProgress = () => {},
): Promise<void> {
  const r1cs = new R1csReader(r1csPath);
  try {
    await write(r1cs, path, contribution, pool, progress);
  } finally {
    r1cs.close();
  }
}

async function write(
  r1cs: R1csReader,
  path: string,
  contribution: DevContribution | undefined,
  pool: FixedBasePool,
  progress: DevKeyProgress,
): Promise<void> {
  const { wires, publicInputs, publicOutputs, domainLog } = r1cs.header;
  const publics = publicInputs + publicOutputs;
  const domain = 2 ** domainLog;
  const delta = contribution?.delta ?? 1n;
  const deltaInverse = inverse(delta);

  const total = (contribution === undefined ? 4 : 5) * wires + 2 * domain;
  let done = 0;
  const advance = (count: number): void => progress((done += count), total);

  const transcript = blake2b.create({ dkLen: 64 });
  const file = new BinFileWriter(path, "zkey", 1, Object.keys(SECTION).length);

  interface Use {
    /** The section that the points are written to. */
    readonly section?: number;
    /** Whether they go into the transcript, after their number. */
    readonly transcribed?: boolean;
    readonly counted?: number;
  }
  const points = async (
    group: Group,
    scalars: readonly bigint[],
    { section, transcribed = false, counted = scalars.length }: Use,
  ): Promise<void> => {
    if (transcribed) transcript.update(bigEndian(counted));
    if (section !== undefined) file.begin(section);
    await pool.each(
      group,
      scalars,
      (piece, count) => {
        if (section !== undefined) file.write(piece.points);
        if (transcribed) transcript.update(piece.hashable!);
        advance(count);
      },
      transcribed,
    );
    if (section !== undefined) file.end();
  };

  file.begin(SECTION.protocol);
  file.writeU32(GROTH16);
  file.end();

  const g1 = await pool.all("g1", [DEV_ALPHA, DEV_BETA, 1n, delta], true);
  const g2 = await pool.all("g2", [DEV_BETA, 1n, delta], true);
  const [alpha1, beta1, , delta1] = split(g1.points, 64);
  const [beta2, gamma2, delta2] = split(g2.points, 128);
  file.begin(SECTION.header);
  file.writeU32(32);
  file.write(packScalars([Q]));
  file.writeU32(32);
  file.write(packScalars([R]));
  file.writeU32(wires);
  file.writeU32(publics);
  file.writeU32(domain);
  for (const point of [alpha1, beta1, beta2, gamma2, delta1, delta2]) file.write(point!);
  file.end();
  // The transcript is of the key before any contribution, whose gamma and delta are the generator.
  const [alpha1h, beta1h, one1h] = split(g1.hashable!, 64);
  const [beta2h, one2h] = split(g2.hashable!, 128);
  for (const point of [alpha1h, beta1h, beta2h, one2h, one1h, one2h]) transcript.update(point!);

  const { exponents, rows } = await readMatrices(r1cs);
  const ic = exponents.l.slice(0, publics + 1);
  const c = exponents.l.slice(publics + 1);
  // H as the file has it, in the odd half of a domain twice the size, and as the transcript has it,
  // in monomials: τ^i·(τ^domain − 1).
  const h = lagrangeAt(DEV_TAU, domainLog + 1).filter((_, i) => i % 2 === 1);
  // snarkjs hashes these in pieces and takes the last one whole, which is one more than it counts.
  const count = domain > MONOMIALS_PIECE ? domain : domain - 1;
  const monomials = geometric(mod(power(DEV_TAU, BigInt(domain)) - 1n), DEV_TAU, count);
  const overDelta = (scalars: readonly bigint[]): bigint[] => scalars.map((scalar) => (scalar * deltaInverse) % R);

  // The order of the transcript is fixed; the order of the sections is snarkjs' own, which differs
  // between a key that it makes and one that it contributes to.
  if (contribution === undefined) {
    writeCoefficients(file, rows);
    await points("g1", ic, { section: SECTION.ic, transcribed: true });
    await points("g1", h, { section: SECTION.h });
    await points("g1", monomials, { transcribed: true, counted: domain - 1 });
    await points("g1", c, { section: SECTION.c, transcribed: true });
  } else {
    await points("g1", ic, { section: SECTION.ic, transcribed: true });
    writeCoefficients(file, rows);
    await points("g1", monomials, { transcribed: true, counted: domain - 1 });
    await points("g1", c, { transcribed: true });
  }
  await points("g1", exponents.a, { section: SECTION.a, transcribed: true });
  await points("g1", exponents.b, { section: SECTION.b1, transcribed: true });
  await points("g2", exponents.b, { section: SECTION.b2, transcribed: true });
  if (contribution !== undefined) {
    await points("g1", overDelta(c), { section: SECTION.c });
    await points("g1", overDelta(h), { section: SECTION.h });
  }

  const circuitHash = transcript.digest();
  file.begin(SECTION.contributions);
  file.write(circuitHash);
  file.writeU32(contribution === undefined ? 0 : 1);
  if (contribution !== undefined) file.write(contribution.record(circuitHash));
  file.end();
  file.close();
}

function writeCoefficients(file: BinFileWriter, rows: RowWriter): void {
  file.begin(SECTION.coefficients);
  file.writeU32(rows.count);
  for (const bytes of rows.pieces()) file.write(bytes);
  file.end();
}

/** Collects the A and B matrices and adds up, wire by wire, what the key's points are multiples of. */
async function readMatrices(r1cs: R1csReader): Promise<{ readonly exponents: Exponents; readonly rows: RowWriter }> {
  const { wires, constraints, publicInputs, publicOutputs, domainLog } = r1cs.header;
  const publics = publicInputs + publicOutputs;
  const a = new Array<bigint>(wires).fill(0n);
  const b = new Array<bigint>(wires).fill(0n);
  const c = new Array<bigint>(wires).fill(0n);
  const lagrange = lagrangeAt(DEV_TAU, domainLog);
  const rows = new RowWriter();

  let row = 0;
  for (const [left, right, output] of r1cs.constraints()) {
    const weight = lagrange[row]!;
    for (const { wire, coefficient } of left) {
      a[wire]! += coefficient * weight;
      rows.add(MATRIX_A, row, wire, coefficient);
    }
    for (const { wire, coefficient } of right) {
      b[wire]! += coefficient * weight;
      rows.add(MATRIX_B, row, wire, coefficient);
    }
    for (const { wire, coefficient } of output) c[wire]! += coefficient * weight;
    row += 1;
    if (row % 2048 === 0) await new Promise(setImmediate); // let the build's lock and progress breathe
  }
  // One more row for each public signal, so that its A polynomial is independent of the others.
  for (let wire = 0; wire <= publics; wire++) {
    a[wire]! += lagrange[constraints + wire]!;
    rows.add(MATRIX_A, constraints + wire, wire, 1n);
  }

  const l = new Array<bigint>(wires);
  for (let wire = 0; wire < wires; wire++) {
    const aw = (a[wire]! %= R);
    const bw = (b[wire]! %= R);
    l[wire] = (DEV_BETA * aw + DEV_ALPHA * bw + c[wire]!) % R;
  }
  return { exponents: { a, b, l }, rows };
}

/** Rows of {matrix, constraint, wire, coefficient}, 44 bytes each. */
class RowWriter {
  static readonly #PER_PIECE = 1 << 15;
  static readonly #ROW = 44;
  readonly #pieces: Buffer[] = [];
  #filled = RowWriter.#PER_PIECE;
  count = 0;

  add(matrix: number, constraint: number, wire: number, coefficient: bigint): void {
    if (this.#filled === RowWriter.#PER_PIECE) {
      this.#pieces.push(Buffer.alloc(RowWriter.#PER_PIECE * RowWriter.#ROW));
      this.#filled = 0;
    }
    const piece = this.#pieces[this.#pieces.length - 1]!;
    let at = this.#filled * RowWriter.#ROW;
    at = piece.writeUInt32LE(matrix, at);
    at = piece.writeUInt32LE(constraint, at);
    at = piece.writeUInt32LE(wire, at);
    let stored = (coefficient * STORED) % R;
    for (let k = 0; k < 4; k++) {
      at = piece.writeBigUInt64LE(stored & 0xffff_ffff_ffff_ffffn, at);
      stored >>= 64n;
    }
    this.#filled += 1;
    this.count += 1;
  }

  *pieces(): Generator<Buffer> {
    const last = this.#pieces.length - 1;
    for (const [i, piece] of this.#pieces.entries()) {
      yield i < last ? piece : piece.subarray(0, this.#filled * RowWriter.#ROW);
    }
  }
}

function bigEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function split(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: bytes.length / length }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}
