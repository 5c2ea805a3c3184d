import { CodedError } from "../base/codedError.ts";
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import type { Seed } from "../crypto/randomness.ts";

/**
 * The owner's seed on disk: one line of 64 hexadecimal digits, readable by its owner alone. Every key and every random
 * number of a vault comes from it, so whoever reads it reads all books and orders, past ones too.
 */
export class SeedFileError extends CodedError<"seed-file"> {
  override readonly name = "SeedFileError";

  constructor(message: string) {
    super("seed-file", message);
  }
}

const SEED_BYTES = 32;
const OTHERS = 0o077;

/**
 * Draws a new seed and writes it to a file that must not exist yet.
 * @throws SeedFileError if there is a file already, or it can't be written
 */
export function createSeedFile(path: string): Seed {
  const seed = randomBytes(SEED_BYTES);
  const fd = open(path, "wx", "write a new seed there: a seed is never overwritten");
  try {
    writeFileSync(fd, `${seed.toString("hex")}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return seed;
}

/** @throws SeedFileError if the file is missing, open to others than its owner, or no seed; never quotes it */
export function readSeedFile(path: string): Seed {
  const fd = open(path, "r", "read it");
  try {
    // Windows keeps access in lists that these bits don't show.
    if (process.platform !== "win32" && (fstatSync(fd).mode & OTHERS) !== 0) {
      throw new SeedFileError(
        `The seed file ${path} is open to other users: run chmod 600 ${path}, and treat the seed as known if they could read it.`,
      );
    }
    const text = readFileSync(fd, "utf8").trim();
    if (!/^[0-9a-f]{64}$/i.test(text))
      throw new SeedFileError(
        `${path} is no seed file: it must hold ${2 * SEED_BYTES} hexadecimal digits and nothing else.`,
      );
    return Buffer.from(text, "hex");
  } finally {
    closeSync(fd);
  }
}

function open(path: string, flags: "r" | "wx", purpose: string): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw new SeedFileError(`Seed file ${path}: can't ${purpose} (${(error as NodeJS.ErrnoException).code}).`);
  }
}
