// npm run bench: what a market costs on this machine. What the figures mean stands in the README here.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { stderrProgress } from "../circuits/build/progress.ts";
import { closeSnarkjs } from "../circuits/build/snarkjs.ts";
import { PROFILES } from "../circuits/manifest.ts";
import type { Profile } from "../circuits/manifest.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { renderTable } from "./table.ts";
import type { Bench, Section } from "./section.ts";
import { circuits } from "./sections/circuits.ts";
import { committee } from "./sections/committee.ts";
import { gas } from "./sections/gas.ts";
import { proving } from "./sections/proving.ts";
import { surface } from "./sections/surface.ts";

/** In the order in which they run. */
const SECTIONS = { circuits, gas, proving, committee, surface };
type SectionName = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as SectionName[];
const RESULTS_FOLDER = join(import.meta.dirname, "results");

interface Options {
  readonly only: readonly SectionName[];
  readonly profile: Profile;
  readonly runs: number;
  readonly json: boolean;
}

const program = new Command("npm run bench --")
  .description("Measure circuits, gas, proving, the committee's work and the fit of volatility surfaces on this machine: a table, and a file in bench/results/.")
  .option("--only <sections>", `some of: ${NAMES.join(",")}`, parseSections, NAMES)
  .addOption(new Option("--profile <name>", "size of the market").choices(PROFILES).default("standard"))
  .option("--runs <number>", "how often a time is taken; medians are reported", parseRuns, 5)
  .option("--json", "print the main figures as one JSON object instead, and write no file", false)
  .exitOverride()
  .showHelpAfterError("(add --help for what it takes)");

function parseSections(text: string): SectionName[] {
  const asked = text.split(",").map((name) => name.trim());
  const unknown = asked.find((name) => !(name in SECTIONS));
  if (unknown !== undefined) throw new InvalidArgumentError(`there is no section "${unknown}"; there are: ${NAMES.join(", ")}`);
  return NAMES.filter((name) => asked.includes(name));
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > 1_000) throw new InvalidArgumentError("a whole number from 1 to 1000.");
  return runs;
}

interface Outcome {
  readonly figures: unknown;
  readonly summary: object;
  readonly text: string;
}

async function run<Figures>(section: Section<Figures>, bench: Bench): Promise<Outcome> {
  const figures = await section.measure(bench);
  return { figures, summary: section.summary(figures), text: section.tables(figures).map(renderTable).join("\n") };
}

try {
  const { only, profile, runs, json } = program.parse().opts<Options>();
  const machine = describeMachine();
  const measuredAt = new Date().toISOString();
  const progress = stderrProgress();
  progress.note(machineLine(machine));
  const outcomes: [SectionName, Outcome][] = [];
  try {
    for (const name of only) outcomes.push([name, await run<never>(SECTIONS[name] as Section<never>, { profile, runs, brief: json, progress })]);
  } finally {
    progress.close();
    await closeSnarkjs();
  }
  const collect = (part: "figures" | "summary") => Object.fromEntries(outcomes.map(([name, outcome]) => [name, outcome[part]]));
  if (json) {
    process.stdout.write(`${JSON.stringify(collect("summary"))}\n`);
  } else {
    mkdirSync(RESULTS_FOLDER, { recursive: true });
    const path = join(RESULTS_FOLDER, `${measuredAt.replaceAll(":", "").replace(/\.\d+/, "")}-${profile}.json`);
    writeFileSync(path, `${JSON.stringify({ measuredAt, machine, ...collect("figures") }, undefined, 2)}\n`);
    process.stdout.write([`${machineLine(machine)}\n`, ...outcomes.map(([, { text }]) => text), `Written to ${path}`, ""].join("\n"));
  }
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`npm run bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
