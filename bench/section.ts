import { spawn } from "node:child_process";
import { loadArtifacts } from "../circuits/artifacts.ts";
import type { CircuitArtifacts } from "../circuits/artifacts.ts";
import { packageFile } from "../circuits/build/paths.ts";
import { buildCircuit } from "../circuits/build/pipeline.ts";
import type { Progress } from "../circuits/build/progress.ts";
import { findCircuit } from "../circuits/manifest.ts";
import type { ProfileName } from "../circuits/format.ts";
import type { Table } from "./table.ts";

/** The circuit every submission is proven with. */
export const MAIN_CIRCUIT = "rebalance";

/** What is asked of a section. */
export interface Bench {
  /** Sizes that times, gas and the committee's work are measured at. */
  readonly profile: ProfileName;
  /** How often a time is taken; what is reported is the median. */
  readonly runs: number;
  /** Only the figures of `summary` are wanted; others that take long may be left out. */
  readonly brief: boolean;
  readonly progress: Progress;
  /** Hours that are replayed for the sandwich bot. */
  readonly epochs: number;
  /** Hours of each crash that the market's accounts at venues are taken through. */
  readonly hours: number;
  /** More windows, vaults and settings of what a section measures by default. */
  readonly full: boolean;
  /** Folder of hourly prices to replay; the price model's where left out. */
  readonly data?: string;
  /** Folder of perps' recorded funding; the usual rate where left out. */
  readonly funding?: string;
}

/** One kind of figures: how they are measured and shown. */
export interface Section<Figures> {
  /** Everything measured, for the results file. */
  measure(bench: Bench): Promise<Figures>;
  /** What `--json` prints under the section's name. */
  summary(figures: Figures): object;
  tables(figures: Figures): Table[];
  /** As HTML, with charts. */
  page?(figures: Figures): string;
}

/** The main circuit with its key at the bench's sizes, built if it has to be. */
export async function builtCircuit({ profile, progress }: Bench): Promise<CircuitArtifacts> {
  await buildCircuit(findCircuit(profile, MAIN_CIRCUIT), { progress });
  return loadArtifacts(profile, MAIN_CIRCUIT);
}

/**
 * Compiles the contracts, in a process of its own: Hardhat says what it compiles on standard output, which here belongs
 * to the figures.
 */
export function buildContracts(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [packageFile("hardhat", "dist/src/cli.js"), "build"], {
      stdio: ["ignore", 2, 2],
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error("the contracts do not compile; see above"))));
  });
}
