import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

/** What the figures were measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  /** Processes that wanted a core in the last minute before the bench; above 0 something else was running. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const cores = cpus();
  return {
    cpu: cores[0]?.model.trim() ?? arch(),
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
    node: process.versions.node,
    loadBefore: Number(loadavg()[0]!.toFixed(2)),
  };
}

export const machineLine = ({ cpu, cores, memoryGiB, os, node, loadBefore }: Machine): string =>
  `${cores} × ${cpu}, ${memoryGiB} GiB, ${os}, Node ${node}; load before the run ${loadBefore}`;
