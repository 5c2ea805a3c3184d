// Powers-of-tau files: which one it is, whether it will do, and a place to keep it under its hash.
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { powersOfTau } from "snarkjs";
import { BinFileReader } from "../build/binfile.ts";
import { hashFile } from "../build/hashing.ts";
import { CACHE_FOLDER } from "../build/paths.ts";
import { CircuitError } from "../errors.ts";
import { isDevelopmentAlpha, readPtauAlpha } from "../keys.ts";

export const PTAU_STORE = join(CACHE_FOLDER, "ptau");

export interface PowersOfTau {
  readonly path: string;
  readonly sha256: string;
  /** log2 of the largest domain it serves. */
  readonly power: number;
}

export interface ExpectedHash {
  readonly algorithm: "sha256" | "blake2b512";
  readonly hex: string;
}

const HEADER_SECTION = 1;
const LAGRANGE_SECTION = 12;

/** Reads the file's size and refuses what phase 2 cannot use. */
export function readPowersOfTau(path: string): PowersOfTau {
  if (!existsSync(path)) throw new CircuitError(`there is no file ${path}`);
  const file = open(path);
  try {
    if (!file.has(LAGRANGE_SECTION)) {
      throw new CircuitError(`${path} is not prepared for phase 2; run: npx snarkjs powersoftau prepare phase2`);
    }
    const power = file.read(HEADER_SECTION).readUInt32LE(36);
    return { path, sha256: hashFile(path), power };
  } finally {
    file.close();
  }
}

function open(path: string): BinFileReader {
  try {
    return new BinFileReader(path, "ptau");
  } catch (error) {
    throw new CircuitError((error as Error).message);
  }
}

/** Throws for a file made from the public development trapdoor: everybody knows its tau. */
export function assertNotDevelopment(path: string): void {
  if (isDevelopmentAlpha(readPtauAlpha(path))) {
    throw new CircuitError(`${path} comes from the public development trapdoor: its secrets are known to everybody`);
  }
}

/** Takes a file into the store, if it is the one that was published. */
export function importPowersOfTau(path: string, expected: ExpectedHash, store = PTAU_STORE): PowersOfTau {
  if (!existsSync(path)) throw new CircuitError(`there is no file ${path}`);
  const actual = hashFile(path, expected.algorithm);
  if (actual !== expected.hex.toLowerCase()) {
    throw new CircuitError(`${path} is not the file you expect: its ${expected.algorithm} is ${actual}`);
  }
  const { sha256, power } = readPowersOfTau(path);
  assertNotDevelopment(path);
  const kept = join(store, `${sha256}.ptau`);
  if (existsSync(kept) && hashFile(kept) === sha256) return { path: kept, sha256, power };
  mkdirSync(store, { recursive: true });
  const temporary = `${kept}.${process.pid}.tmp`;
  try {
    copyFileSync(path, temporary, constants.COPYFILE_FICLONE);
    renameSync(temporary, kept);
  } finally {
    rmSync(temporary, { force: true });
  }
  return { path: kept, sha256, power };
}

/** A file by its path, or an imported one by the beginning of its SHA-256. */
export function findPowersOfTau(pathOrHash: string, store = PTAU_STORE): PowersOfTau {
  if (existsSync(pathOrHash)) return readPowersOfTau(pathOrHash);
  const imported = existsSync(store) ? readdirSync(store).filter((name) => name.endsWith(".ptau")) : [];
  const matches = /^[0-9a-f]{6,64}$/i.test(pathOrHash)
    ? imported.filter((name) => name.startsWith(pathOrHash.toLowerCase()))
    : [];
  if (matches.length === 1) {
    const found = readPowersOfTau(join(store, matches[0]!));
    if (`${found.sha256}.ptau` === matches[0]) return found;
    throw new CircuitError(`the imported file ${matches[0]} is damaged; import it again`);
  }
  if (matches.length > 1)
    throw new CircuitError(`${pathOrHash} fits ${matches.length} imported files; give more of the hash`);
  throw new CircuitError(
    `${pathOrHash} is neither a file nor the hash of an imported one; see: ceremony import --help`,
  );
}

/** Checks every point of the file. Hours for a large one; for a published file its hash is enough. */
export async function checkPowersOfTau(path: string): Promise<void> {
  if (!(await powersOfTau.verify(path))) throw new CircuitError(`${path} is not a valid powers-of-tau file`);
}
