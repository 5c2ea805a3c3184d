// What must be true of a Groth16 key before anything relies on it.
//
// Two systems lost their funds in 2026 because phase 2 was never run: with gamma = delta anybody can
// write down an accepted proof of anything (A = alpha, B = beta, C = −vk_x). The build, the ceremony
// and the deployment all pass their keys through here.
import { bn254 } from "@noble/curves/bn254.js";
import type { VerificationKey } from "snarkjs";
import { BinFileReader } from "./build/binfile.ts";
import { DEV_ALPHA } from "./build/devkey/trapdoor.ts";
import { Q } from "./build/field.ts";
import { CircuitError } from "./errors.ts";

class UnsoundKeyError extends CircuitError {
  override readonly name = "UnsoundKeyError";
}

export interface Contribution {
  readonly type: "person" | "beacon";
  readonly name: string | undefined;
}

export type G1 = readonly [bigint, bigint];
export type G2 = readonly [readonly [bigint, bigint], readonly [bigint, bigint]];

/** The part of a .zkey that decides whether it is sound, read without loading its points. */
export interface KeyFacts {
  readonly wires: number;
  readonly publics: number;
  readonly domain: number;
  readonly alpha1: G1;
  readonly beta1: G1;
  readonly beta2: G2;
  readonly gamma2: G2;
  readonly delta1: G1;
  readonly delta2: G2;
  readonly contributions: readonly Contribution[];
  /** delta in G1 after the last contribution, as its record says. */
  readonly recordedDelta1: G1 | undefined;
}

const HEADER_SECTION = 2;
const CONTRIBUTIONS_SECTION = 10;
const PTAU_ALPHA_SECTION = 4;
const BEACON = 1;

export function readKeyFacts(zkeyPath: string): KeyFacts {
  const file = new BinFileReader(zkeyPath, "zkey");
  try {
    const header = new Cursor(file.read(HEADER_SECTION));
    header.skip(4 + 32 + 4 + 32);
    return {
      wires: header.u32(),
      publics: header.u32(),
      domain: header.u32(),
      alpha1: header.g1(),
      beta1: header.g1(),
      beta2: header.g2(),
      gamma2: header.g2(),
      delta1: header.g1(),
      delta2: header.g2(),
      ...readContributions(new Cursor(file.read(CONTRIBUTIONS_SECTION))),
    };
  } finally {
    file.close();
  }
}

function readContributions(cursor: Cursor): Pick<KeyFacts, "contributions" | "recordedDelta1"> {
  cursor.skip(64); // hash of the circuit
  const contributions: Contribution[] = [];
  let recordedDelta1: G1 | undefined;
  for (let left = cursor.u32(); left > 0; left--) {
    recordedDelta1 = cursor.g1();
    cursor.skip(64 + 64 + 128 + 64); // proof of knowledge and transcript
    const type = cursor.u32();
    const parameters = new Cursor(cursor.bytes(cursor.u32()));
    let name: string | undefined;
    // Parameters come as {tag, …}: 1 is a name, 2 the beacon's iterations, 3 its hash.
    while (!parameters.atEnd) {
      const tag = parameters.u8();
      if (tag === 1) name = parameters.bytes(parameters.u8()).toString("utf8");
      else if (tag === 2) parameters.skip(1);
      else if (tag === 3) parameters.skip(parameters.u8());
      else throw new Error(`a contribution has an unknown parameter ${tag}`);
    }
    contributions.push({ type: type === BEACON ? "beacon" : "person", name });
  }
  return { contributions, recordedDelta1 };
}

/** Throws unless the key was contributed to. Give the .zkey's path, its facts, or a verification key. */
export function assertKeySound(key: string | KeyFacts | VerificationKey): void {
  if (typeof key === "string") assertFactsSound(readKeyFacts(key));
  else if ("vk_gamma_2" in key) assertVerificationKeySound(key);
  else assertFactsSound(key);
}

function assertFactsSound(key: KeyFacts): void {
  if (key.contributions.length === 0) {
    throw new UnsoundKeyError("the key has no phase-2 contribution: anybody could forge proofs under it");
  }
  assertPointsSound(key.alpha1, key.beta2, key.gamma2, key.delta2);
  if (!sameG1(key.recordedDelta1!, key.delta1)) {
    throw new UnsoundKeyError("the key's delta is not the one its last contribution left");
  }
}

function assertVerificationKeySound(key: VerificationKey): void {
  if (key.protocol !== "groth16" || key.curve !== "bn128") {
    throw new UnsoundKeyError(`the key is for ${key.protocol} over ${key.curve}, not groth16 over bn128`);
  }
  if (key.IC.length !== key.nPublic + 1) {
    throw new UnsoundKeyError(`the key has ${key.IC.length} IC points for ${key.nPublic} public signals`);
  }
  assertPointsSound(g1Of(key.vk_alpha_1), g2Of(key.vk_beta_2), g2Of(key.vk_gamma_2), g2Of(key.vk_delta_2));
  for (const point of key.IC) assertG1(g1Of(point), "IC");
}

function assertPointsSound(alpha: G1, beta: G2, gamma: G2, delta: G2): void {
  assertG1(alpha, "alpha");
  assertG2(beta, "beta");
  assertG2(gamma, "gamma");
  assertG2(delta, "delta");
  const { x, y } = bn254.G2.Point.BASE.toAffine();
  const generator: G2 = [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ];
  if (sameG2(gamma, delta)) throw new UnsoundKeyError("gamma equals delta: anybody could forge proofs under this key");
  if (sameG2(delta, generator)) throw new UnsoundKeyError("delta is the generator: phase 2 was never run");
  const [minusX, minusY] = [delta[0], [(Q - delta[1][0]) % Q, (Q - delta[1][1]) % Q] as const];
  if (sameG2(gamma, [minusX, minusY])) throw new UnsoundKeyError("gamma equals −delta: anybody could forge proofs");
}

function assertG1([x, y]: G1, name: string): void {
  try {
    const point = bn254.G1.Point.fromAffine({ x, y });
    if (point.is0()) throw new Error("it is the point at infinity");
    point.assertValidity();
  } catch (error) {
    throw new UnsoundKeyError(`${name} is not a point of G1: ${(error as Error).message}`);
  }
}

function assertG2([x, y]: G2, name: string): void {
  try {
    const point = bn254.G2.Point.fromAffine({ x: { c0: x[0], c1: x[1] }, y: { c0: y[0], c1: y[1] } });
    if (point.is0()) throw new Error("it is the point at infinity");
    point.assertValidity();
  } catch (error) {
    throw new UnsoundKeyError(`${name} is not a point of G2: ${(error as Error).message}`);
  }
}

/** True if the key descends from the public development trapdoor, however many contributions it has had since. */
export function isDevelopmentKey(key: KeyFacts | VerificationKey): boolean {
  const alpha = "alpha1" in key ? key.alpha1 : g1Of(key.vk_alpha_1);
  return isDevelopmentAlpha(alpha);
}

/** alpha·G of a powers-of-tau file: a file from the development trapdoor is known by it. */
export function readPtauAlpha(path: string): G1 {
  const file = new BinFileReader(path, "ptau");
  try {
    return new Cursor(file.read(PTAU_ALPHA_SECTION, 0, 64)).g1();
  } finally {
    file.close();
  }
}

export function isDevelopmentAlpha(alpha: G1): boolean {
  const { x, y } = bn254.G1.Point.BASE.multiply(DEV_ALPHA).toAffine();
  return sameG1(alpha, [x, y]);
}

function sameG1(a: G1, b: G1): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function sameG2(a: G2, b: G2): boolean {
  return a[0][0] === b[0][0] && a[0][1] === b[0][1] && a[1][0] === b[1][0] && a[1][1] === b[1][1];
}

function g1Of(coordinates: readonly string[]): G1 {
  const [x, y, z] = coordinates;
  if (x === undefined || y === undefined || z !== "1")
    throw new UnsoundKeyError("a G1 point is malformed or at infinity");
  return [BigInt(x), BigInt(y)];
}

function g2Of(coordinates: readonly (readonly string[])[]): G2 {
  const [x, y, z] = coordinates;
  if (x?.length !== 2 || y?.length !== 2 || z?.[0] !== "1" || z[1] !== "0") {
    throw new UnsoundKeyError("a G2 point is malformed or at infinity");
  }
  return [
    [BigInt(x[0]!), BigInt(x[1]!)],
    [BigInt(y[0]!), BigInt(y[1]!)],
  ];
}

/** Coordinates in key files are in Montgomery form: times 2^256. */
const FROM_MONTGOMERY = bn254.fields.Fp.inv((1n << 256n) % Q);

class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(count: number): void {
    this.#at += count;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  u32(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  bytes(count: number): Buffer {
    const value = this.#bytes.subarray(this.#at, this.#at + count);
    if (value.length !== count) throw new Error("the key file is cut short");
    this.#at += count;
    return value;
  }

  #coordinate(): bigint {
    const little = Buffer.from(this.bytes(32)).reverse();
    return (BigInt(`0x${little.toString("hex")}`) * FROM_MONTGOMERY) % Q;
  }

  g1(): G1 {
    return [this.#coordinate(), this.#coordinate()];
  }

  g2(): G2 {
    return [
      [this.#coordinate(), this.#coordinate()],
      [this.#coordinate(), this.#coordinate()],
    ];
  }
}
