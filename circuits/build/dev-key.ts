// The Groth16 key of a circuit before any contribution, made from the development trapdoor.
//
// snarkjs makes the same file from a powers-of-tau file by one multi-scalar multiplication for each
// wire. With tau, alpha and beta known, each point's exponent is a plain number instead, and the
// point one fixed-base multiplication: the standard circuit's key takes seconds, not minutes, and
// needs no powers-of-tau file at all. The bytes are those snarkjs' newZKey writes for the file of
// dev-ptau.ts at the circuit's own size, transcript hash included; a test compares them.
import { blake2b } from "@noble/hashes/blake2.js";
import { BinFileWriter } from "./binfile.ts";
import { DEV_ALPHA, DEV_BETA, DEV_TAU } from "./dev-trapdoor.ts";
import { geometric, lagrangeAt, mod, packScalars, power, Q, R } from "./field.ts";
import type { FixedBasePool } from "./fixed-base.ts";
import type { Group } from "./fixed-base-worker.ts";
import { R1csReader } from "./r1cs.ts";

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

/** Coefficients are stored times 2^512, so that the prover's first Montgomery product leaves them in Montgomery form. */
const STORED = power(2n, 512n);

interface Exponents {
  readonly a: bigint[];
  readonly b: bigint[];
  /** β·a + α·b + c for each wire; the public ones are IC, the others C. */
  readonly l: bigint[];
}

export interface DevKeyProgress {
  (done: number, total: number): void;
}

export async function writeDevKey(
  r1csPath: string,
  path: string,
  pool: FixedBasePool,
  progress: DevKeyProgress = () => {},
): Promise<void> {
  const r1cs = new R1csReader(r1csPath);
  try {
    await write(r1cs, path, pool, progress);
  } finally {
    r1cs.close();
  }
}

async function write(r1cs: R1csReader, path: string, pool: FixedBasePool, progress: DevKeyProgress): Promise<void> {
  const { wires, publicInputs, publicOutputs, domainLog } = r1cs.header;
  const publics = publicInputs + publicOutputs;
  const domain = 2 ** domainLog;

  const total = 4 * wires + 2 * domain;
  let done = 0;
  const advance = (count: number): void => progress((done += count), total);

  const transcript = blake2b.create({ dkLen: 64 });
  const transcribeCount = (count: number): void => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(count);
    transcript.update(bytes);
  };
  const file = new BinFileWriter(path, "zkey", 1, Object.keys(SECTION).length);

  file.begin(SECTION.protocol);
  file.writeU32(GROTH16);
  file.end();

  const g1 = await pool.all("g1", [DEV_ALPHA, DEV_BETA, 1n], true);
  const g2 = await pool.all("g2", [DEV_BETA, 1n], true);
  const [alpha1, beta1, one1] = split(g1.points, 64);
  const [beta2, one2] = split(g2.points, 128);
  const [alpha1h, beta1h, one1h] = split(g1.hashable!, 64);
  const [beta2h, one2h] = split(g2.hashable!, 128);
  file.begin(SECTION.header);
  file.writeU32(32);
  file.write(packScalars([Q]));
  file.writeU32(32);
  file.write(packScalars([R]));
  file.writeU32(wires);
  file.writeU32(publics);
  file.writeU32(domain);
  // gamma and delta both begin as the generator; the first contribution changes delta.
  for (const point of [alpha1, beta1, beta2, one2, one1, one2]) file.write(point!);
  file.end();
  for (const point of [alpha1h, beta1h, beta2h, one2h, one1h, one2h]) transcript.update(point!);

  const exponents = await writeCoefficients(r1cs, file);

  const pointSection = async (id: number, group: Group, scalars: readonly bigint[]): Promise<void> => {
    transcribeCount(scalars.length);
    file.begin(id);
    await pool.each(
      group,
      scalars,
      (piece, count) => {
        file.write(piece.points);
        transcript.update(piece.hashable!);
        advance(count);
      },
      true,
    );
    file.end();
  };
  await pointSection(SECTION.ic, "g1", exponents.l.slice(0, publics + 1));

  // H: the odd half of a domain twice the size.
  const odd = lagrangeAt(DEV_TAU, domainLog + 1, true).filter((_, i) => i % 2 === 1);
  file.begin(SECTION.h);
  await pool.each("g1", odd, (piece, count) => {
    file.write(piece.points);
    advance(count);
  });
  file.end();
  // The transcript has H in the monomial basis: τ^i·(τ^domain − 1).
  transcribeCount(domain - 1);
  const monomial = geometric(mod(power(DEV_TAU, BigInt(domain)) - 1n), DEV_TAU, domain - 1);
  await pool.each(
    "g1",
    monomial,
    (piece, count) => {
      transcript.update(piece.hashable!);
      advance(count);
    },
    true,
  );

  await pointSection(SECTION.c, "g1", exponents.l.slice(publics + 1));
  await pointSection(SECTION.a, "g1", exponents.a);
  await pointSection(SECTION.b1, "g1", exponents.b);
  await pointSection(SECTION.b2, "g2", exponents.b);

  file.begin(SECTION.contributions);
  file.write(transcript.digest());
  file.writeU32(0);
  file.end();
  file.close();
}

/** Writes the A and B matrices and adds up, wire by wire, what the key's points are multiples of. */
async function writeCoefficients(r1cs: R1csReader, file: BinFileWriter): Promise<Exponents> {
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

  file.begin(SECTION.coefficients);
  file.writeU32(rows.count);
  for (const bytes of rows.pieces()) file.write(bytes);
  file.end();

  const l = new Array<bigint>(wires);
  for (let wire = 0; wire < wires; wire++) {
    const aw = (a[wire]! %= R);
    const bw = (b[wire]! %= R);
    l[wire] = (DEV_BETA * aw + DEV_ALPHA * bw + c[wire]!) % R;
  }
  return { a, b, l };
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

function split(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: bytes.length / length }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}
