// npm run bench: what a market costs on this machine. What the figures mean stands in the README here.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { stderrProgress } from "../circuits/build/progress.ts";
import { closeSnarkjs } from "../circuits/build/snarkjs.ts";
import { PROFILE_NAMES } from "../circuits/format.ts";
import type { ProfileName } from "../circuits/format.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { renderTable } from "./table.ts";
import type { Bench, Section } from "./section.ts";
import { backtest } from "./sections/backtest.ts";
import { circuits } from "./sections/circuits.ts";
import { committee } from "./sections/committee.ts";
import { gas } from "./sections/gas.ts";
import { leak } from "./sections/leak.ts";
import { margin } from "./sections/margin.ts";
import { mev } from "./sections/mev.ts";
import { soak } from "./sections/soak.ts";
import { proving } from "./sections/proving.ts";
import { surface } from "./sections/surface.ts";

/** In the order in which they run. */
const SECTIONS = { circuits, gas, proving, committee, surface, margin, mev, soak, backtest, leak };
type SectionName = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as SectionName[];
const RESULTS_FOLDER = join(import.meta.dirname, "results");

interface Options {
  readonly only: readonly SectionName[];
  readonly profile: ProfileName;
  readonly runs: number;
  readonly epochs: number;
  readonly hours: number;
  readonly data?: string;
  readonly funding?: string;
  readonly full: boolean;
  readonly json: boolean;
}

const program = new Command("npm run bench --")
  .description(
    "Measure circuits, gas, proving, the committee's work, the fit of volatility surfaces and the speed of backtests on this machine, hold margin limits against the worst moves of price data, play a sandwich bot, take the market's accounts at Curie through crashes, and attack what the market prints of strategies: a table, and a file in bench/results/.",
  )
  .option("--only <sections>", `some of: ${NAMES.join(",")}`, parseSections, NAMES)
  .addOption(new Option("--profile <name>", "size of the market").choices(PROFILE_NAMES).default("standard"))
  .option("--runs <number>", "how often a time is taken; medians are reported", parseCount, 5)
  .option("--epochs <number>", "hours that are replayed for the sandwich bot", parseCount, 12)
  .option(
    "--hours <number>",
    "hours of each crash that the market's accounts at Curie are taken through",
    parseCount,
    48,
  )
  .option("--data <folder>", "hourly price CSVs to replay (time,close[,volume]); a price model when left out")
  .option("--funding <folder>", "CSV files of perps' funding for the backtest; 0.01 % every eight hours when left out")
  .option("--full", "attack three years' windows and every kind of chance: an hour instead of minutes", false)
  .option("--json", "print the main figures as one JSON object instead, and write no file", false)
  .exitOverride()
  .showHelpAfterError("(add --help for what it takes)");

function parseSections(text: string): SectionName[] {
  const asked = text.split(",").map((name) => name.trim());
  const unknown = asked.find((name) => !(name in SECTIONS));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`there is no section "${unknown}"; there are: ${NAMES.join(", ")}`);
  return NAMES.filter((name) => asked.includes(name));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1_000)
    throw new InvalidArgumentError("a whole number from 1 to 1000.");
  return count;
}

interface Outcome {
  readonly figures: unknown;
  readonly summary: object;
  readonly text: string;
  /** As HTML. */
  readonly page?: string;
}

async function run<Figures>(section: Section<Figures>, bench: Bench): Promise<Outcome> {
  const figures = await section.measure(bench);
  const page = section.page?.(figures);
  return {
    figures,
    summary: section.summary(figures),
    text: section.tables(figures).map(renderTable).join("\n"),
    ...(page === undefined ? {} : { page }),
  };
}

try {
  const { only, json, ...options } = program.parse().opts<Options>();
  const machine = describeMachine();
  const measuredAt = new Date().toISOString();
  const progress = stderrProgress();
  progress.note(machineLine(machine));
  const outcomes: [SectionName, Outcome][] = [];
  try {
    for (const name of only)
      outcomes.push([name, await run<never>(SECTIONS[name] as Section<never>, { ...options, brief: json, progress })]);
  } finally {
    progress.close();
    await closeSnarkjs();
  }
  const collect = (part: "figures" | "summary") =>
    Object.fromEntries(outcomes.map(([name, outcome]) => [name, outcome[part]]));
  if (json) {
    process.stdout.write(`${JSON.stringify(collect("summary"))}\n`);
  } else {
    mkdirSync(RESULTS_FOLDER, { recursive: true });
    const stem = join(RESULTS_FOLDER, `${measuredAt.replaceAll(":", "").replace(/\.\d+/, "")}-${options.profile}`);
    const files = [
      {
        path: `${stem}.json`,
        text: `${JSON.stringify({ measuredAt, machine, ...collect("figures") }, undefined, 2)}\n`,
      },
      ...outcomes.flatMap(([name, { page }]) =>
        page === undefined ? [] : [{ path: `${stem}-${name}.html`, text: page }],
      ),
    ];
    for (const { path, text } of files) writeFileSync(path, text);
    process.stdout.write(
      [
        `${machineLine(machine)}\n`,
        ...outcomes.map(([, { text }]) => text),
        ...files.map(({ path }) => `Written to ${path}`),
        "",
      ].join("\n"),
    );
  }
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`npm run bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
