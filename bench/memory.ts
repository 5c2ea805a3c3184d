import { existsSync, readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 20;

/**
 * Peak resident memory of the processes that `work` starts, and that they start: each one's own peak, added up. The
 * kernel keeps the peak, so a process's figure is exact as of its last sample, at most 20 ms before it ends; for two
 * processes whose peaks are at different times the sum is too much.
 * @returns bytes; null where there is no /proc
 */
export async function peakMemoryOf(work: () => Promise<unknown>): Promise<number | null> {
  if (!existsSync("/proc/self/status")) {
    await work();
    return null;
  }
  const before = new Set(descendants());
  const peaks = new Map<number, number>();
  const sample = (): void => {
    for (const pid of descendants()) if (!before.has(pid)) peaks.set(pid, Math.max(peakOf(pid), peaks.get(pid) ?? 0));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
}

function descendants(): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const pid of readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    // The command, in brackets, may hold anything; state and parent follow it.
    const parent = Number(/.*\) \S (\d+)/s.exec(read(pid, "stat"))?.[1]);
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), pid]);
  }
  const below = (pid: number): number[] => (childrenOf.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(process.pid);
}

const peakOf = (pid: number): number => 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(read(pid, "status"))?.[1] ?? 0);

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return ""; // it ended meanwhile
  }
}
