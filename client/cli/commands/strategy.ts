import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import cliProgress from "cli-progress";
import {
  backtestSteps,
  commitStrategy,
  DEFAULT_COSTS,
  formatStrategy,
  HISTORY_HOURS,
  optionSlots,
  outsideMandate,
  parseStrategy,
  parseUtc,
  profiles,
  regimeFeatures,
  reportBacktest,
  strategySchema,
  strategyTemplate,
  trainRegimes,
  WIDE_MANDATE,
} from "../../../prover/index.ts";
import { openFunding, openReplay } from "../../../prover/node.ts";
import type {
  BacktestInput,
  BacktestRun,
  Checkpoint,
  Mandate,
  PricePath,
  Profile,
  ProfileName,
  StrategyParameters,
  TemplateName,
} from "../../../prover/index.ts";
import { TacitError } from "../../sdk/errors.ts";
import { makeFolder, StateFolder } from "../../node/stateFolder.ts";
import { backtestPage } from "../text/backtestPage.ts";
import {
  costsTable,
  figuresText,
  hedgingText,
  performanceTable,
  ratesText,
  regimesText,
  sourcesText,
} from "../text/backtestText.ts";
import { print } from "../context.ts";
import { grid, instant } from "../text/format.ts";
import { limitsOf, readMandate, readStrategyText, seedOf, writeSecret } from "../../node/files.ts";

interface Output {
  json?: boolean;
}

/** @throws TacitError `FILE_EXISTS`, `BAD_STRATEGY`, `NO_FILE`, `CANT_WRITE` */
export function newStrategy(
  options: Output & { out: string; template: TemplateName; profile: ProfileName; mandate?: string },
): void {
  const profile = profiles[options.profile];
  if (existsSync(options.out))
    throw new TacitError("FILE_EXISTS", `${options.out} is there already: name another file, or move it away`);
  if (options.template === "gamma-vega" && optionSlots(profile).length === 0)
    throw new TacitError(
      "BAD_STRATEGY",
      `the ${profile.name} market's groups have no room for two options each: gamma-vega needs the standard profile (npm start --profile small holds a put at 3 % of NAV in its place)`,
    );
  const strategy = strategyTemplate(profile, options.template);
  if (options.mandate !== undefined) requireInside(profile, strategy, limitsOf(readMandate(options.mandate)));
  const schema = join(dirname(options.out), `strategy-${profile.name}.schema.json`);
  makeFolder(dirname(options.out));
  writeSecret(options.out, formatStrategy(profile, strategy, `./${basename(schema)}`));
  writeFileSync(schema, `${JSON.stringify(strategySchema(profile), null, 2)}\n`);
  print(
    options.json,
    { strategy: options.out, schema },
    () => `strategy  ${options.out}, secret: edit its tables, then tacit strategy train\nschema    ${schema}`,
  );
}

/** Fits the regime network to price history and writes it into the strategy file. @throws TacitError `TOO_FEW_HOURS`; StrategyError; ReplayError */
export function trainStrategy(
  options: Output & {
    strategy: string;
    data?: string;
    from?: string;
    hours?: number;
    modelSeed: string;
    funding?: string;
    states: number;
    folds: number;
    seed: string;
  },
): void {
  const { parameters, profile, schema } = readParameters(options.strategy);
  const { data, from, hours, folds } = options;
  const path = openReplay({
    seed: options.modelSeed,
    ...(data === undefined ? {} : { data }),
    ...(from === undefined ? {} : { from: utc("--from", from) }),
    ...(hours === undefined ? {} : { hours }),
  });
  const funding = openFunding(options.funding, path.assets);
  // A month feeds the signals, a month lies between training and test of each part.
  const least = HISTORY_HOURS + (folds + 1) * (HISTORY_HOURS + 1);
  if (path.hours < least)
    throw new TacitError(
      "TOO_FEW_HOURS",
      `${path.hours} hours are too few: --folds ${folds} takes at least ${least}; take fewer folds, or more hours`,
    );
  const features = regimeFeatures(path, funding);
  const bar = progressBar("training");
  const { network, report } = trainRegimes(features, {
    states: options.states,
    seed: options.seed,
    folds,
    onProgress: bar.update,
  });
  bar.end();
  writeSecret(options.strategy, formatStrategy(profile, { ...parameters, network }, schema));
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  print(options.json, { data: path.description, prices: path.source, hours: features.length, ...report }, () =>
    [
      `${path.description}`,
      `${options.states} states, volatility of each ${report.model.means.map((mean) => percent(Math.exp(mean) / 1_000)).join(", ")}; hours in each regime ${report.occupancy.map(percent).join(", ")}`,
      "walk-forward: trained on   tested on   finds the regime: float    int8   a guess   int8 as float",
      ...report.folds.map((fold) =>
        [
          `${fold.trainedHours} h`.padStart(24),
          `${fold.testedHours} h`.padStart(11),
          percent(fold.accuracyFloat).padStart(25),
          percent(fold.accuracyInt8).padStart(7),
          percent(fold.baseline).padStart(9),
          percent(fold.agreement).padStart(15),
        ].join(" "),
      ),
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

interface BacktestOptions extends Output {
  strategy: string;
  data?: string;
  from?: string;
  to?: string;
  modelSeed: string;
  funding?: string;
  mandate?: string;
  capital: number;
  out: string;
}

/**
 * Plays a strategy over history: an HTML page and a JSON file.
 * @throws TacitError `BAD_DATE`, `CANT_WRITE`, `INTERRUPTED`; StrategyError; ReplayError
 */
export async function backtest(options: BacktestOptions): Promise<void> {
  const { parameters, profile } = readParameters(options.strategy);
  const mandate = options.mandate === undefined ? WIDE_MANDATE : limitsOf(readMandate(options.mandate));
  const path = openPlayed(options);
  const input = {
    profile,
    strategy: parameters,
    mandate,
    path,
    costs: DEFAULT_COSTS,
    capitalDollars: options.capital,
    warmupHours: HISTORY_HOURS,
    fundingPpb: openFunding(options.funding, path.assets),
  };
  makeFolder(options.out);
  const file = (ending: string): string => join(options.out, `backtest.${ending}`);
  const report = reportBacktest(
    basename(options.strategy).replace(/\.json$/, ""),
    input,
    await play(input, file("checkpoint")),
  );
  // Both tell of the strategy.
  writeSecret(file("json"), `${JSON.stringify(report)}\n`);
  writeSecret(file("html"), backtestPage(report));
  rmSync(file("checkpoint"), { force: true });
  const { days, windows, schema, ...shown } = report;
  const { heldBack, defended, stuck } = report.strategy;
  print(options.json, { html: file("html"), json: file("json"), ...shown }, () =>
    [
      `${report.hours} decisions from ${instant(report.fromUtc)} to ${instant(report.toUtc)}`,
      `${sourcesText(report)}${options.data === undefined ? " (--data FOLDER plays your own)" : ""}`,
      grid(performanceTable(report)),
      figuresText(report),
      grid(costsTable(report)),
      ratesText(report),
      regimesText(report),
      `hedging error: ${hedgingText(report)}`,
      `orders held back by the mandate in ${heldBack} hours, defence in ${defended}, no valid order in ${stuck}`,
      `${file("html")}, ${file("json")}: they tell of the strategy`,
    ].join("\n"),
  );
}

const CHECKPOINT_DECISIONS = 4_000;

/** Plays with a checkpoint every so often and when it is stopped, from which the next run of the same input goes on. @throws TacitError `INTERRUPTED` */
async function play(input: BacktestInput, file: string): Promise<BacktestRun> {
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  const bar = progressBar("backtest");
  try {
    const found = readCheckpoint(file);
    const steps = backtestSteps(input, found);
    for (let first = true; ; first = false) {
      const { done: over, value } = steps.next();
      if (over === true) return value;
      const { done, of, checkpoint } = value;
      if (first && found !== undefined)
        say(
          done > 0
            ? `going on after ${done} of ${of} decisions, where an earlier run was stopped`
            : `${file} is of another run: starting from the beginning`,
        );
      bar.update(done, of);
      // Signals are heard between two turns of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      if (done > 0 && (stopped || done % CHECKPOINT_DECISIONS === 0)) writeSecret(file, JSON.stringify(checkpoint()));
      if (!stopped) continue;
      process.exitCode = INTERRUPTED_EXIT_CODE;
      throw new TacitError(
        "INTERRUPTED",
        done === 0
          ? "stopped before the first decision"
          : `stopped after ${done} of ${of} decisions: the same command goes on from there (${file})`,
      );
    }
  } finally {
    bar.end();
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

/** What shells expect of a program that Ctrl-C has stopped. */
const INTERRUPTED_EXIT_CODE = 130;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Seconds since 1970. @throws TacitError `BAD_DATE` */
function utc(option: string, date: string): number {
  try {
    return parseUtc(date);
  } catch {
    throw new TacitError(
      "BAD_DATE",
      `${option} "${date}" is no date: write 2021-05-01, its midnight UTC, or 2021-05-01T12:00Z`,
    );
  }
}

/** The prices asked for, with the hours that feed the signals first: without `from`, the first decision falls on the first hour that has them. */
function openPlayed({ data, from, to, modelSeed }: BacktestOptions): PricePath {
  const [start, end] = [
    from === undefined ? undefined : utc("--from", from),
    to === undefined ? undefined : utc("--to", to),
  ];
  if (start !== undefined && end !== undefined && end <= start)
    throw new TacitError("BAD_DATE", "--to must be later than --from");
  const source = { seed: modelSeed, ...(data === undefined ? {} : { data }), history: HISTORY_HOURS };
  const path = openReplay({
    ...source,
    ...(start === undefined ? {} : { from: start }),
    ...(end === undefined ? {} : { to: end }),
  });
  if (path.history < HISTORY_HOURS)
    throw new TacitError(
      "BAD_DATE",
      `the signals need ${HISTORY_HOURS} hours of prices before the first decision: with this data --from is ${instant(openReplay(source).at(0).timeUtc)} at the earliest`,
    );
  if (path.hours < 2)
    throw new TacitError(
      "BAD_DATE",
      `the data has one hour only from --from to --to: an order is filled an hour after its decision, take more`,
    );
  const last = path.at(path.hours - 1).timeUtc;
  if (end !== undefined && end - last >= SECONDS_PER_HOUR)
    say(`played to ${instant(last)}: the data has no later hour up to --to ${to}`);
  return { ...path, hours: path.history + path.hours, history: 0, at: (hour) => path.at(hour - path.history) };
}

const SECONDS_PER_HOUR = 3_600;

/** @returns also where the file says its schema is, which training keeps */
function readParameters(file: string): { parameters: StrategyParameters; profile: Profile; schema?: string } {
  const text = readStrategyText(file);
  const name = /"profile"\s*:\s*"(small|standard)"/.exec(text)?.[1] as ProfileName | undefined;
  const profile = profiles[name ?? "standard"];
  const parameters = parseStrategy(profile, text);
  const { $schema: schema } = JSON.parse(text) as { $schema?: string };
  return { parameters, profile, ...(schema === undefined ? {} : { schema }) };
}

/** @throws TacitError `BAD_STRATEGY` */
export function requireInside(profile: Profile, strategy: StrategyParameters, mandate: Mandate): void {
  const faults = outsideMandate(profile, strategy, mandate);
  if (faults.length > 0)
    throw new TacitError(
      "BAD_STRATEGY",
      `targets lie outside the mandate, where the strategy would stand still: ${faults.slice(0, 4).join("; ")}${faults.length > 4 ? `; and ${faults.length - 4} more` : ""}`,
    );
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
  const bar = new cliProgress.SingleBar(
    { format: `${label} [{bar}] {percentage} %  {eta_formatted} left`, stream: process.stderr, hideCursor: true },
    cliProgress.Presets.legacy,
  );
  let started = false;
  return {
    update(done, of) {
      if (!started) bar.start(of, done);
      started = true;
      bar.update(done);
    },
    end: () => {
      if (started) bar.stop();
    },
  };
}
