import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { TacitError } from "../sdk/errors.ts";

/** A program that holds a lock: its number, and when it began, since numbers are used again. */
interface Holder {
  pid: number;
  started: string;
}

/** Locks of this program. */
const held = new Set<string>();
/** A file is written, and a lock that was left removed, in much less. */
const MOMENT_MS = 5_000;
const UNKNOWN = 0;

/**
 * Takes a lock, which is a file, unless a program that runs has it. One that a killed program has left is taken over.
 * @returns what gives it back, or the number of the process that has it
 */
export function tryLock(path: string): (() => void) | number {
  if (held.has(path)) return process.pid;
  while (!create(path)) {
    const holder = readHolder(path);
    if (holder === "unknown") return UNKNOWN;
    if (runs(holder)) return holder.pid;
    if (!removeLeft(path)) return UNKNOWN;
  }
  held.add(path);
  const release = (): void => {
    process.off("exit", release);
    if (held.delete(path)) rmSync(path, { force: true });
  };
  process.once("exit", release);
  return release;
}

function create(path: string): boolean {
  try {
    const holder: Holder = { pid: process.pid, started: startOf(process.pid) };
    writeFileSync(path, JSON.stringify(holder), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a lock whose program is gone: of several that want to, one at a time, and only if it still is that one's.
 * @returns whether it was this one's turn
 */
function removeLeft(path: string): boolean {
  const breaking = `${path}.breaking`;
  if (!create(breaking)) {
    if (isOld(breaking)) rmSync(breaking, { force: true });
    return false;
  }
  const holder = readHolder(path);
  if (holder !== "unknown" && !runs(holder)) rmSync(path, { force: true });
  rmSync(breaking, { force: true });
  return true;
}

/** @returns "unknown" while it is being written, and when it has just been given back */
function readHolder(path: string): Holder | "unknown" {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, "utf8")) as Holder;
    return { pid, started };
  } catch {
    // What a crash has left of it is of no program.
    return isOld(path) ? { pid: process.pid, started: "" } : "unknown";
  }
}

function isOld(path: string): boolean {
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written > MOMENT_MS;
}

function runs({ pid, started }: Holder): boolean {
  // A lock of this program that it does not know is of one that had its number before.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return startOf(pid) === started;
}

/** When a program began, where the system says so: on Linux, ticks since it was booted, and which boot that was. */
function startOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    const FIELDS_BETWEEN_NAME_AND_START = 19;
    const ticks = status.slice(status.lastIndexOf(")") + 2).split(" ")[FIELDS_BETWEEN_NAME_AND_START];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${ticks}`;
  } catch {
    return "";
  }
}

/** A lock for as long as the program runs. @param what the program does. @throws TacitError `FOLDER_BUSY` */
export function requireLock(path: string, what: string): void {
  const holder = tryLock(path);
  if (typeof holder === "number")
    throw new TacitError(
      "FOLDER_BUSY",
      `${holder === UNKNOWN ? "another process" : `process ${holder}`} is ${what} already: stop it first, or name another folder with --state (the lock is ${path})`,
    );
}
