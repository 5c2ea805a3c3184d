// The second phase of a Groth16 setup: a key from the constraints, contributions from people, and a
// public beacon at the end. Sound if one contributor forgot their secret.
import { randomBytes } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { type Logger, zKey } from "snarkjs";
import { type BuildOptions, type BuildReport, compileCircuit, installCeremonyKey } from "../build/pipeline.ts";
import { readR1csHeader } from "../build/r1cs.ts";
import { verifyAgainstConstraints } from "../build/snarkjs.ts";
import { CircuitError } from "../errors.ts";
import { assertKeySound, type KeyFacts, readKeyFacts } from "../keys.ts";
import type { CircuitSpec } from "../manifest.ts";
import { assertNotDevelopment, type PowersOfTau } from "./powersOfTau.ts";

export interface VerifiedContribution {
  readonly type: "person" | "beacon";
  readonly name: string | undefined;
  /** What its contributor was shown, to be compared with. */
  readonly hash: string;
}

export interface VerifiedKey {
  readonly zkey: string;
  readonly contributions: readonly VerifiedContribution[];
}

/** Makes a key without contributions. Nothing may be proved under it yet. */
export async function newKey(r1cs: string, ptau: PowersOfTau, to: string): Promise<string> {
  const { constraints, domainLog } = readR1csHeader(r1cs);
  if (domainLog > ptau.power) {
    throw new CircuitError(
      `${constraints} constraints need powers of tau up to 2^${domainLog}; this file has them up to 2^${ptau.power}`,
    );
  }
  return writeNew(to, async (temporary) => {
    const hash = await zKey.newZKey(r1cs, ptau.path, temporary, complain);
    if (hash === -1) throw new CircuitError("snarkjs refused the circuit or the powers of tau; see above");
    return hex(hash);
  });
}

/**
 * Adds a contribution and returns its hash. The secret comes from the operating system and is never
 * written; `extra` is mixed in for those who trust their own dice more.
 */
export async function contribute(from: string, to: string, name: string | undefined, extra = ""): Promise<string> {
  assertOpen(facts(from), from);
  const entropy = `${randomBytes(64).toString("hex")} ${extra}`;
  return writeNew(to, async (temporary) => hex(await zKey.contribute(from, temporary, name, entropy, complain)));
}

/** Ends the ceremony with a value that nobody could have known before: a block hash, a drand round. */
export async function applyBeacon(
  from: string,
  to: string,
  name: string | undefined,
  value: string,
  iterationsLog: number,
): Promise<string> {
  if (!/^([0-9a-f]{2}){16,255}$/i.test(value)) {
    throw new CircuitError("the beacon must be 16 to 255 bytes in hexadecimal, without 0x");
  }
  if (!Number.isInteger(iterationsLog) || iterationsLog < 10 || iterationsLog > 63) {
    throw new CircuitError("the beacon's iterations must be a power of two from 2^10 to 2^63: give 10 to 63");
  }
  const key = facts(from);
  assertOpen(key, from);
  if (!key.contributions.some(({ type }) => type === "person")) {
    throw new CircuitError(`${from} has no contribution yet; a beacon alone is known to everybody`);
  }
  return writeNew(to, async (temporary) => {
    const hash = await zKey.beacon(from, temporary, name, value, iterationsLog, complain);
    if (hash === false) throw new CircuitError("snarkjs refused the beacon; see above");
    return hex(hash);
  });
}

/** Checks that the key is for these constraints and these powers of tau, and every contribution to it. */
export async function verifyKey(zkey: string, r1cs: string, ptau: PowersOfTau): Promise<VerifiedKey> {
  const key = facts(zkey);
  assertKeySound(key);
  const hashes = new Map<number, string>();
  const complaints: string[] = [];
  const ignore = (): void => {};
  const listen: Logger = {
    debug: ignore,
    warn: ignore,
    info(message) {
      const [, index, words] = /^contribution #(\d+)[^\n]*\n([\s0-9a-f]+)$/.exec(message) ?? [];
      if (index !== undefined && words !== undefined) hashes.set(Number(index) - 1, words.replace(/\s+/g, ""));
    },
    error: (message) => complaints.push(message),
  };
  let valid: boolean;
  try {
    valid = await verifyAgainstConstraints(r1cs, ptau.path, zkey, listen);
  } catch (error) {
    complaints.push((error as Error).message);
    valid = false;
  }
  if (!valid) {
    throw new CircuitError(
      `${zkey} is not a valid key for these constraints and powers of tau: ${complaints.join("; ")}`,
    );
  }
  return {
    zkey,
    contributions: key.contributions.map(({ type, name }, i) => ({ type, name, hash: hashes.get(i) ?? "" })),
  };
}

/** Makes a finished, verified key the one that the circuit is used with. */
export async function exportKey(
  spec: CircuitSpec,
  zkey: string,
  ptau: PowersOfTau,
  options: BuildOptions = {},
): Promise<BuildReport> {
  assertNotDevelopment(ptau.path);
  const { r1cs } = await compileCircuit(spec, options);
  const { contributions } = await verifyKey(zkey, r1cs, ptau);
  if (!contributions.some(({ type }) => type === "person")) {
    throw new CircuitError(`${zkey} has no contribution by a person; see: ceremony contribute --help`);
  }
  if (contributions.at(-1)?.type !== "beacon") {
    throw new CircuitError(
      `${zkey} does not end with a beacon, so its last contributor could have chosen it; see: ceremony beacon --help`,
    );
  }
  return installCeremonyKey(spec, { zkey, powersOfTau: ptau.sha256 }, options);
}

function facts(zkey: string): KeyFacts {
  if (!existsSync(zkey)) throw new CircuitError(`there is no file ${zkey}`);
  try {
    return readKeyFacts(zkey);
  } catch (error) {
    throw new CircuitError((error as Error).message);
  }
}

function assertOpen({ contributions }: KeyFacts, zkey: string): void {
  if (contributions.at(-1)?.type === "beacon")
    throw new CircuitError(`${zkey} is closed: a beacon was already applied`);
}

/** Never over an existing file, and never half a file. */
async function writeNew<T>(to: string, write: (temporary: string) => Promise<T>): Promise<T> {
  if (existsSync(to)) throw new CircuitError(`${to} exists already; a ceremony's files are never overwritten`);
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    const result = await write(temporary);
    renameSync(temporary, to);
    return result;
  } finally {
    rmSync(temporary, { force: true });
  }
}

const complain: Logger = {
  debug: () => {},
  info: () => {},
  warn: (message) => process.stderr.write(`${message}\n`),
  error: (message) => process.stderr.write(`${message}\n`),
};

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
