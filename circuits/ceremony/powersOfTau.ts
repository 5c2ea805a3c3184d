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

/**
 * BLAKE2b-512 of the prepared files that were published for the Hermez ceremony's first phase, as snarkjs lists them,
 * of the sizes that the circuits here fit into.
 */
export const PUBLISHED: Readonly<Record<string, string>> = {
  "powersOfTau28_hez_final_15.ptau":
    "982372c867d229c236091f767e703253249a9b432c1710b4f326306bfa2428a17b06240359606cfe4d580b10a5a1f63f" +
    "bed499527069c18ae17060472969ae6e",
  "powersOfTau28_hez_final_16.ptau":
    "6a6277a2f74e1073601b4f9fed6e1e55226917efb0f0db8a07d98ab01df1ccf43eb0e8c3159432acd4960e2f29fe84a4" +
    "198501fa54c8dad9e43297453efec125",
  "powersOfTau28_hez_final_17.ptau":
    "6247a3433948b35fbfae414fa5a9355bfb45f56efa7ab4929e669264a0258976741dfbe3288bfb49828e5df02c2e633d" +
    "f38d2245e30162ae7e3bcca5b8b49345",
};

const HEADER_SECTION = 1;
const LAGRANGE_SECTION = 12;

/** Reads the file's size and refuses what phase 2 cannot use. */
function readPowersOfTau(path: string): PowersOfTau {
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

/**
 * Takes a file into the store, if it is the one that was published.
 * @param expected the hash that its publisher gives; left out, the file has to be one of `PUBLISHED`
 */
export function importPowersOfTau(path: string, expected?: ExpectedHash, store = PTAU_STORE): PowersOfTau {
  if (!existsSync(path)) throw new CircuitError(`there is no file ${path}`);
  if (expected === undefined) requirePublished(path);
  else {
    const actual = hashFile(path, expected.algorithm);
    if (actual !== expected.hex.toLowerCase())
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

/** Whoever made the file may know its secret, unless it is known to be the result of a public ceremony. */
function requirePublished(path: string): void {
  const hash = hashFile(path, "blake2b512");
  if (Object.values(PUBLISHED).includes(hash)) return;
  throw new CircuitError(
    `${path} is none of the published files known here (${Object.keys(PUBLISHED).join(", ")}); its BLAKE2b is ${hash}. If a ceremony that you trust published that hash, name it: ceremony import --blake2b <hash>`,
  );
}

/** An imported file by its path or the beginning of its SHA-256, or any whose published hash is known. */
export function findPowersOfTau(pathOrHash: string, store = PTAU_STORE): PowersOfTau {
  if (existsSync(pathOrHash)) {
    const found = readPowersOfTau(pathOrHash);
    if (!existsSync(join(store, `${found.sha256}.ptau`))) requirePublished(pathOrHash);
    return found;
  }
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
