// One build at a time for each circuit. The lock is a file that its owner touches every few seconds;
// a lock whose owner has died, or has not touched it for long, is taken over.
import { randomUUID } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface LockTimes {
  readonly heartbeatMs: number;
  /** Long enough for an owner whose event loop is busy, or whose machine sleeps for a moment. */
  readonly staleMs: number;
  readonly pollMs: number;
}

const TIMES: LockTimes = { heartbeatMs: 5_000, staleMs: 120_000, pollMs: 250 };
/** How long the file that guards a takeover may live; a takeover is a few file operations. */
const TAKEOVER_MS = 10_000;

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: (owner: string) => void = () => {},
  times: LockTimes = TIMES,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const owner: Owner = { token: randomUUID(), pid: process.pid, host: hostname() };
  let told = false;
  while (!create(path, owner)) {
    if (isStale(path, times)) {
      takeOver(path, times);
      continue;
    }
    if (!told) {
      told = true;
      const current = readOwner(path);
      onWait(current === undefined ? "another process" : `process ${current.pid}`);
    }
    await sleep(times.pollMs);
  }
  const heartbeat = setInterval(() => {
    if (readOwner(path)?.token !== owner.token) return;
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // taken over in this moment; the work's own renames stay whole, and its record will not match
    }
  }, times.heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readOwner(path)?.token === owner.token) rmSync(path, { force: true });
  }
}

function create(path: string, owner: Owner): boolean {
  let fd: number;
  try {
    fd = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  writeSync(fd, JSON.stringify(owner));
  closeSync(fd);
  return true;
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined; // gone, or its owner has not written it yet
  }
}

function ageMs(path: string): number | undefined {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

function isStale(path: string, times: LockTimes): boolean {
  const age = ageMs(path);
  if (age === undefined) return false; // released: try again
  if (age > times.staleMs) return true;
  const owner = readOwner(path);
  if (owner === undefined) return age > TAKEOVER_MS;
  return owner.host === hostname() && !isAlive(owner.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Removes a stale lock. A second lock makes sure that two who see it stale do not remove a fresh one. */
function takeOver(path: string, times: LockTimes): void {
  const guard = `${path}.takeover`;
  const age = ageMs(guard);
  if (age !== undefined && age > TAKEOVER_MS) rmSync(guard, { force: true });
  try {
    writeFileSync(guard, String(process.pid), { flag: "wx" });
  } catch {
    return; // somebody else is at it
  }
  try {
    if (isStale(path, times)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}
