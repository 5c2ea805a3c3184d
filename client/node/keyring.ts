import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { deriveMemberKey } from "../../prover/index.ts";
import type { MemberKey } from "../../prover/index.ts";
import { TacitError } from "../sdk/errors.ts";
import type { Keyring } from "../sdk/ports.ts";
import { makeFolder, requirePrivate, writePrivate } from "./stateFolder.ts";
import type { StateFolder } from "./stateFolder.ts";

const SECRET_BYTES = 32;

/** A member's keys in `committee-keys/` of its folder, a file each, the oldest first. */
export function fileKeyring(state: StateFolder): Keyring & { add(secret?: Uint8Array): MemberKey } {
  const folder = state.file("committee-keys");
  const fileOf = ({ publicKey: [x] }: MemberKey): string => join(folder, `${x.toString(16).padStart(64, "0")}.key`);
  const read = (path: string): MemberKey => {
    requirePrivate(path);
    const text = readFileSync(path, "utf8").trim();
    if (!/^[0-9a-f]{64}$/.test(text))
      throw new TacitError("BAD_KEY", `${path} does not hold a member's key: restore it from a backup`);
    return deriveMemberKey(Uint8Array.from(Buffer.from(text, "hex")), 0n);
  };
  return {
    keys: () =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((name) => name.endsWith(".key"))
            .map((name) => join(folder, name))
            .sort((one, other) => statSync(one).mtimeMs - statSync(other).mtimeMs)
            .map(read)
        : [],
    add(secret = randomBytes(SECRET_BYTES)) {
      makeFolder(folder, 0o700);
      const key = deriveMemberKey(secret, 0n);
      if (!existsSync(fileOf(key))) writePrivate(fileOf(key), Buffer.from(secret).toString("hex"));
      return key;
    },
    // Written over first. A file system or a disk that keeps old blocks has to be told to by its owner.
    erase(key) {
      const path = fileOf(key);
      const file = openSync(path, "r+");
      try {
        writeSync(file, "0".repeat(2 * SECRET_BYTES), 0);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      rmSync(path);
    },
  };
}
