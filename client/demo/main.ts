// npm start: a local market with every party as its own process, replaying hourly prices, and an account of what an
// observer saw beside what the vaults did.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { describeError, TacitError } from "../sdk/errors.ts";
import { answer } from "../cli/answer.ts";
import { runDemo } from "./run.ts";
import type { DemoOptions, DemoReport } from "./model.ts";
import { printReport } from "./report.ts";

/** Exit code of a program that a signal has ended. */
const STOPPED = 130;

const between =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`a whole number from ${min} to ${max}.`);
    return value;
  };

/** An empty folder: keys, logs and books of two runs must not mix. @throws TacitError `FOLDER_IN_USE` */
function newFolder(path: string): string {
  if (existsSync(path) && (!statSync(path).isDirectory() || readdirSync(path).length > 0)) {
    throw new TacitError(
      "FOLDER_IN_USE",
      `${path} is there already and is no empty folder: name a new one with --state, or empty it`,
    );
  }
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

const program = new Command("npm start --")
  .description(
    "Run a private market on a local chain: reporters, committee, keeper, vaults and depositors as separate processes.",
  )
  .option("--epochs <number>", "hours to replay", between(2, 1_000), 6)
  .option("--vaults <number>", "strategy vaults", between(1, 16), 4)
  .option("--data <folder>", "hourly price CSVs (time,close[,volume]); a price model with jumps when left out")
  .option("--from <date>", "first hour of the data, e.g. 2022-11-08")
  .option("--funding <folder>", "CSV files of perps' funding; 0.01 % every eight hours when left out")
  .option("--volatility <folder>", "CSV files of implied volatility indices, for feature 7, which is 0 when left out")
  .option("--model-seed <text>", "seed of the price model", "1")
  .addOption(new Option("--profile <name>", "circuit size").choices(["standard", "small"]).default("standard"))
  .option(
    "--state <folder>",
    "keep the parties' folders and logs there; a temporary folder, removed at the end, when left out",
  )
  .option("--stay", "leave the market running after the report, until Ctrl-C")
  .option("--json", "the report as one JSON object on standard output")
  .exitOverride()
  .showHelpAfterError("(add --help for what it takes)");

try {
  const options = program
    .parse()
    .opts<Omit<DemoOptions, "folder" | "say" | "onReport" | "stop"> & { state?: string; json?: boolean }>();
  const folder =
    options.state === undefined ? mkdtempSync(join(tmpdir(), "tacit-")) : newFolder(resolve(options.state));
  const stopping = new AbortController();
  const clean = (): void => {
    if (options.state === undefined) rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      // A market that stays up after its report ends as it should.
      if (isReported && !stopping.signal.aborted) return stopping.abort();
      process.stderr.write("stopped: the chain and all parties end\n");
      // Its processes end with this one.
      process.once("exit", clean).exit(STOPPED);
    });
  let isReported = false;
  // Standard output is the report's alone.
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const onReport = (report: DemoReport): void => {
    process.stdout.write(options.json ? `${answer(report)}\n` : printReport(report));
    if (options.state !== undefined) writeFileSync(join(folder, "report.json"), answer(report, 2), { mode: 0o600 });
    process.exitCode = report.ok ? 0 : 1;
    isReported = options.stay === true;
  };
  try {
    await runDemo({ ...options, folder, say, onReport, stop: stopping.signal });
  } finally {
    clean();
  }
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`npm start: ${describeError(error)}\n`);
    process.exitCode = 1;
  }
}
process.exit();
