import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import cliProgress from "cli-progress";
import {
  commitStrategy, DEFAULT_COSTS, formatStrategy, HISTORY_HOURS, openFunding, openReplay, optionSlots, outsideMandate, parseStrategy, profiles, regimeFeatures, reportBacktest,
  runBacktest, strategySchema, strategyTemplate, trainRegimes, WIDE_MANDATE,
} from "../../prover/index.ts";
import type { Checkpoint, Mandate, PricePath, Profile, ProfileName, StrategyParameters, TemplateName } from "../../prover/index.ts";
import { TacitError } from "../sdk/errors.ts";
import { StateFolder } from "../sdk/stateFolder.ts";
import { backtestPage } from "./backtestPage.ts";
import { print } from "./context.ts";
import { grid, instant } from "./format.ts";
import { limitsOf, readMandate, readText, seedOf, writeSecret } from "./files.ts";

interface Output {
  json?: boolean;
}

/** @throws TacitError `FILE_EXISTS`, `BAD_STRATEGY`, `NO_FILE` */
export function newStrategy(options: Output & { out: string; template: TemplateName; profile: ProfileName; mandate?: string }): void {
  const profile = profiles[options.profile];
  if (existsSync(options.out)) throw new TacitError("FILE_EXISTS", `${options.out} is there already: name another file, or move it away`);
  if (options.template === "gamma-vega" && optionSlots(profile).length === 0) throw new TacitError("BAD_STRATEGY", `the ${profile.name} market's groups have no room for two options each: gamma-vega needs the standard profile`);
  const strategy = strategyTemplate(profile, options.template);
  if (options.mandate !== undefined) requireInside(profile, strategy, limitsOf(readMandate(options.mandate)));
  const schema = join(dirname(options.out), `strategy-${profile.name}.schema.json`);
  writeSecret(options.out, formatStrategy(profile, strategy));
  if (!existsSync(schema)) writeFileSync(schema, `${JSON.stringify(strategySchema(profile), null, 2)}\n`);
  print(options.json, { strategy: options.out, schema }, () => `strategy  ${options.out}, secret: edit its tables, then tacit strategy train\nschema    ${schema}`);
}

/** Fits the regime network to price history and writes it into the strategy file. */
export function trainStrategy(options: Output & { strategy: string; data?: string; from?: string; hours?: number; modelSeed: string; funding?: string; states: number; folds: number; seed: string }): void {
  const { parameters, profile } = readParameters(options.strategy);
  const path = openReplay({
    seed: options.modelSeed, ...(options.data ? { data: options.data } : {}), ...(options.from ? { from: options.from } : {}), ...(options.hours ? { hours: options.hours } : {}),
  });
  const features = regimeFeatures(path, openFunding(options.funding));
  const bar = progressBar("training");
  const { network, report } = trainRegimes(features, { states: options.states, seed: options.seed, folds: options.folds, onProgress: bar.update });
  bar.end();
  writeSecret(options.strategy, formatStrategy(profile, { ...parameters, network }));
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  print(options.json, { data: path.description, hours: features.length, ...report }, () =>
    [
      `${path.description}`,
      `${options.states} states, volatility of each ${report.model.means.map((mean) => percent(Math.exp(mean) / 1_000)).join(", ")}; hours in each regime ${report.occupancy.map(percent).join(", ")}`,
      "walk-forward: trained on   tested on   finds the regime: float    int8   a guess   int8 as float",
      ...report.folds.map((fold) => [`${fold.trainedHours} h`.padStart(24), `${fold.testedHours} h`.padStart(11), percent(fold.accuracyFloat).padStart(25), percent(fold.accuracyInt8).padStart(7), percent(fold.baseline).padStart(9), percent(fold.agreement).padStart(15)].join(" ")),
      `int8 as float on all hours: ${(100 * report.agreement).toFixed(2)} %. The network is in ${options.strategy}: the strategy's commitment has changed.`,
    ].join("\n"),
  );
}

/** Prints what the vault's terms would hold. */
export function showCommitment(options: Output & { strategy: string; state: string }): void {
  const { parameters } = readParameters(options.strategy);
  const commitment = commitStrategy(parameters, seedOf(new StateFolder(options.state)));
  print(options.json, { commitment }, () => String(commitment));
}

/** Plays a strategy over history: an HTML page and a JSON file. */
export function backtest(options: Output & { strategy: string; data?: string; from?: string; to?: string; modelSeed: string; funding?: string; mandate?: string; capital: number; out: string }): void {
  const { parameters, profile } = readParameters(options.strategy);
  const mandate = options.mandate === undefined ? WIDE_MANDATE : limitsOf(readMandate(options.mandate));
  const path = openReplay({ seed: options.modelSeed, ...(options.data ? { data: options.data } : {}), ...hoursBetween(options) });
  requireWarmup(path, options.from);
  const input = {
    profile, strategy: parameters, mandate, path, costs: DEFAULT_COSTS, capitalDollars: options.capital, warmupHours: HISTORY_HOURS,
    fundingPpb: openFunding(options.funding),
  };
  makeFolder(options.out);
  const file = (ending: string): string => join(options.out, `backtest.${ending}`);
  const bar = progressBar("backtest");
  const run = runBacktest(input, {
    onProgress: bar.update,
    checkpoint: readCheckpoint(file("checkpoint")),
    onCheckpoint: (checkpoint) => writeSecret(file("checkpoint"), JSON.stringify(checkpoint)),
  });
  bar.end();
  const report = reportBacktest(basename(options.strategy).replace(/\.json$/, ""), input, run);
  // Both tell of the strategy.
  writeSecret(file("json"), `${JSON.stringify(report)}\n`);
  writeSecret(file("html"), backtestPage(report));
  rmSync(file("checkpoint"), { force: true });
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  // A year's figures of less than a month say nothing.
  const aYear = (text: string): string => (report.hours < HISTORY_HOURS ? "·" : text);
  const { heldBack, defended, stuck } = report.strategy;
  print(options.json, { html: file("html"), json: file("json"), hours: report.hours, contestants: report.contestants, strategy: report.strategy }, () =>
    [
      `${report.hours} decisions from ${instant(report.fromUtc)} to ${instant(path.at(path.hours - 1).timeUtc)}`,
      grid([
        ["", "return", "a year", "volatility", "Sortino", "drawdown", "ES 95", "ES 99"],
        ...report.contestants.map((c) => [
          c.name, percent(c.totalReturn), aYear(percent(c.annualReturn)), aYear(percent(c.volatility)), aYear(c.sortino.toFixed(2)), percent(c.maxDrawdown), percent(c.expectedShortfall95),
          percent(c.expectedShortfall99),
        ]),
      ]),
      `orders held back by the mandate in ${heldBack} hours, defence in ${defended}, no valid order in ${stuck}`,
      `${file("html")}, ${file("json")}: they tell of the strategy`,
    ].join("\n"),
  );
}

/** Seconds since 1970. @throws TacitError `BAD_DATE` */
function utc(date: string): number {
  const ms = Date.parse(/Z$/.test(date) ? date : `${date}Z`);
  if (Number.isNaN(ms)) throw new TacitError("BAD_DATE", `"${date}" is no date: write 2021-05-01 or 2021-05-01T12:00Z`);
  return ms / 1_000;
}

/** Warm-up included, so that the first decision falls on `from`; without it, on the hour whose windows are full. */
function hoursBetween({ from, to }: { from?: string; to?: string }): { from?: number; hours?: number } {
  const start = from === undefined ? undefined : utc(from) - HISTORY_HOURS * 3_600;
  if (to === undefined) return start === undefined ? {} : { from: start };
  if (start === undefined) throw new TacitError("BAD_DATE", "--to needs --from");
  if (utc(to) <= utc(from!)) throw new TacitError("BAD_DATE", "--to must be later than --from");
  return { from: start, hours: Math.max(1, Math.floor((utc(to) - start) / 3_600) + 1) };
}

/** @throws TacitError `BAD_DATE` if the data has no month before the first decision asked for */
function requireWarmup(path: PricePath, from: string | undefined): void {
  if (path.hours < HISTORY_HOURS + 2) throw new TacitError("BAD_DATE", `the data has ${path.hours} hours from there on; ${HISTORY_HOURS} before the first decision feed the signals: take an earlier --from or more data`);
  const first = path.at(HISTORY_HOURS).timeUtc;
  if (from === undefined || first <= utc(from)) return;
  throw new TacitError("BAD_DATE", `the signals need ${HISTORY_HOURS} hours of prices before the first decision: with this data --from is ${instant(first)} at the earliest`);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch {
    throw new TacitError("CANT_WRITE", `can't make the folder ${path}: name another one`);
  }
}

function readParameters(file: string): { parameters: StrategyParameters; profile: (typeof profiles)[ProfileName] } {
  const text = readText(file, "strategy");
  const name = /"profile"\s*:\s*"(small|standard)"/.exec(text)?.[1] as ProfileName | undefined;
  const profile = profiles[name ?? "standard"];
  return { parameters: parseStrategy(profile, text), profile };
}

/** @throws TacitError `BAD_STRATEGY` */
export function requireInside(profile: Profile, strategy: StrategyParameters, mandate: Mandate): void {
  const faults = outsideMandate(profile, strategy, mandate);
  if (faults.length > 0) throw new TacitError("BAD_STRATEGY", `targets lie outside the mandate, where the strategy would stand still: ${faults.slice(0, 4).join("; ")}${faults.length > 4 ? `; and ${faults.length - 4} more` : ""}`);
}

function readCheckpoint(file: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  } catch {
    // None, or half of one: the run starts from the beginning.
    return undefined;
  }
}

/** On standard error, where it is a terminal. */
function progressBar(label: string): { update: (done: number, of: number) => void; end: () => void } {
  if (!process.stderr.isTTY) return { update: () => {}, end: () => {} };
  const bar = new cliProgress.SingleBar({ format: `${label} [{bar}] {percentage} %  {eta_formatted} left`, stream: process.stderr, hideCursor: true }, cliProgress.Presets.legacy);
  let started = false;
  return {
    update(done, of) {
      if (!started) bar.start(of, done);
      started = true;
      bar.update(done);
    },
    end: () => { if (started) bar.stop(); },
  };
}
