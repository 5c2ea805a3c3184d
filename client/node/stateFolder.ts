import {
  mkdirSync,
  readFileSync,
  existsSync,
  openSync,
  writeFileSync,
  fsyncSync,
  closeSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { hkdfSync } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { hexlify, Wallet } from "ethers";
import { createSeedFile, readSeedFile } from "../../prover/node.ts";
import type { Seed } from "../../prover/index.ts";
import { TacitError } from "../sdk/errors.ts";
import { toJson } from "../sdk/json.ts";
import type { PartyState } from "../sdk/ports.ts";

/** What the seed makes an account's key for: other keys are made from it in other ways. */
const ACCOUNT = "tacit account 1";
const KEY_BYTES = 32;

/**
 * A party's private folder: its seed, the key of its account, and small JSON records that must survive a crash.
 * A folder made here is 0700, files are 0600 in any. A key that others can read is refused.
 * @throws TacitError `CANT_WRITE` where the path is a file, or no folder can be made
 */
export class StateFolder implements PartyState {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    makeFolder(path, 0o700);
  }

  /** A folder that a party has already: for one that is misspelt no keys are made. @throws TacitError `NO_STATE` */
  static existing(path: string): StateFolder {
    const without = (what: string): TacitError =>
      new TacitError(
        "NO_STATE",
        `${what}: name the one this party has (--state), or make keys in a new one with tacit key --state ${path}`,
      );
    if (!existsSync(path)) throw without(`there is no state folder ${path}`);
    const state = new StateFolder(path);
    if (!existsSync(state.file("seed")) && !existsSync(state.file("key.hex")))
      throw without(`the folder ${path} holds neither a seed nor a key.hex`);
    return state;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** What every key of the party comes from, drawn at first use. @throws SeedFileError */
  seed(): Seed {
    const path = this.file("seed");
    return existsSync(path) ? readSeedFile(path) : createSeedFile(path);
  }

  /**
   * The party's account. Its key is made from the seed at first use, which brings it back too; another may be put there
   * instead.
   */
  wallet(): Wallet {
    const key = this.secret("key.hex", () => this.derivedKey());
    try {
      return new Wallet(key);
    } catch {
      throw new TacitError(
        "BAD_KEY",
        `${this.file("key.hex")} does not hold a private key: it must be 0x and 64 hex digits`,
      );
    }
  }

  /** The private key that the seed makes for the party's account. */
  derivedKey = (): string => hexlify(new Uint8Array(hkdfSync("sha256", this.seed(), "", ACCOUNT, KEY_BYTES)));

  /** Reads a secret file, or makes it with `create`. */
  secret(name: string, create: () => string): string {
    const path = this.file(name);
    if (!existsSync(path)) writePrivate(path, create());
    requirePrivate(path);
    return readFileSync(path, "utf8").trim();
  }

  readJson<T>(name: string): T | undefined {
    const path = this.file(name);
    if (!existsSync(path)) return undefined;
    try {
      return JSON.parse(readFileSync(path, "utf8")) as T;
    } catch {
      throw new TacitError(
        "BAD_STATE",
        `${path} is not JSON: restore it from a backup or delete it to start that record anew`,
      );
    }
  }

  writeJson(name: string, value: unknown): void {
    writePrivate(this.file(name), toJson(value, 2));
  }
}

/**
 * For the owner's eyes only. Written beside, synced and renamed, so that a crash leaves the old file or the new one.
 */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.new`;
  // A file that stands there keeps its mode.
  rmSync(temporary, { force: true });
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}

/** @throws TacitError `SECRET_READABLE` */
export function requirePrivate(path: string): void {
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
    throw new TacitError("SECRET_READABLE", `${path} can be read by others: run chmod 600 on it`);
}

/**
 * With all folders above it. Node's own way never ends on file systems that refuse folders without saying so, like
 * /proc.
 * @throws TacitError `CANT_WRITE`
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory())
      throw new TacitError("CANT_WRITE", `${path} is a file, not a folder: name another`);
    return;
  }
  makeFolder(dirname(resolve(path)), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!existsSync(path))
      throw new TacitError(
        "CANT_WRITE",
        `no folder can be made at ${path} (${(error as NodeJS.ErrnoException).code}): name another`,
      );
  }
}
