import { readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import {
  backtestSteps,
  DEFAULT_COSTS,
  freshCommitment,
  HISTORY_HOURS,
  reportBacktest,
  SECONDS_PER_HOUR,
  WIDE_MANDATE,
} from "../../../prover/index.ts";
import type { BacktestInput, BacktestRun, Checkpoint, PricePath, StrategyParameters } from "../../../prover/index.ts";
import { openFunding, openImpliedVol, openReplay } from "../../../prover/node.ts";
import { readDeployment } from "../../node/deploymentFile.ts";
import { existingSeed, limitsOf, readMandate, readParameters, writeSecret } from "../../node/files.ts";
import { makeFolder, StateFolder } from "../../node/stateFolder.ts";
import { TacitError } from "../../sdk/errors.ts";
import { print } from "../context.ts";
import type { Output } from "../context.ts";
import { utc } from "../dates.ts";
import { pricesOf } from "../prices.ts";
import { progressBar } from "../progress.ts";
import { backtestPage } from "../text/backtestPage.ts";
import {
  costsTable,
  figuresText,
  fundingText,
  hedgingText,
  impliedVolText,
  inSampleText,
  leftOutText,
  performanceTable,
  periodText,
  pricesText,
  ratesText,
  regimesText,
} from "../text/backtestText.ts";
import { count, hash, instant } from "../../sdk/format.ts";
import { grid } from "../text/layout.ts";

interface BacktestOptions extends Output {
  strategy: string;
  data?: string;
  from?: string;
  to?: string;
  modelSeed: string;
  assets?: string[];
  funding?: string;
  volatility?: string;
  mandate?: string;
  state?: string;
  deployment?: string;
  capital: number;
  out: string;
}

/**
 * Plays a strategy over history: an HTML page and a JSON file.
 * @throws TacitError `BAD_DATE`, `CANT_WRITE`, `INTERRUPTED`; StrategyError; ReplayError
 */
export async function backtest(options: BacktestOptions): Promise<void> {
  const { parameters, profile, notes } = readParameters(options.strategy);
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
    impliedVol: openImpliedVol(options.volatility, path.assets),
  };
  makeFolder(options.out);
  const file = (ending: string): string => join(options.out, `backtest.${ending}`);
  const subject = {
    name: basename(options.strategy).replace(/\.json$/, ""),
    strategyCommitment: commitmentOf(parameters, options),
    mandateFile: options.mandate ?? null,
    command: commandOf(options),
    trainedOn: notes.trainedOn ?? null,
    prices: pricesOf(options),
  };
  const report = reportBacktest(subject, input, await play(input, file("checkpoint")));
  // Both files tell of the strategy, so they are written as secrets.
  writeSecret(file("json"), `${JSON.stringify(report)}\n`);
  writeSecret(file("html"), backtestPage(report));
  rmSync(file("checkpoint"), { force: true });
  const { points, windows, schema, ...shown } = report;
  const { heldBack, defended, stuck } = report.strategy;
  print(options.json, { htmlFile: file("html"), jsonFile: file("json"), ...shown }, () =>
    [
      periodText(report),
      `${pricesText(report)}; ${fundingText(report)}${options.data === undefined ? " (--data FOLDER plays your own)" : ""}`,
      impliedVolText(report.impliedVolRecorded),
      ...leftOutText(report),
      grid(performanceTable(report)),
      figuresText(report),
      grid(costsTable(report)),
      ratesText(report),
      regimesText(report),
      `in-sample: ${inSampleText(report)}`,
      `hedging error: ${hedgingText(report)}`,
      `orders held back by the mandate in ${count(heldBack, "hour")}, defence in ${defended}, no valid order in ${stuck}`,
      `${file("html")}, ${file("json")}: they tell of the strategy`,
    ].join("\n"),
  );
}

/** What plays the same again, as a shell takes it. Where its files go changes nothing of what is in them. */
function commandOf(options: BacktestOptions): string {
  const { strategy, data, assets, from, to, modelSeed, funding, volatility, mandate, state, deployment, capital } =
    options;
  const prices = { data, "model-seed": modelSeed, assets };
  const given = { strategy, ...prices, from, to, funding, volatility, mandate, state, deployment, capital };
  const words = Object.entries(given).flatMap(([option, value]) =>
    value === undefined || (option === "model-seed" && data !== undefined)
      ? []
      : [`--${option}`, quoted(String(value))],
  );
  return ["tacit backtest", ...words].join(" ");
}

/** What the owner's first vault that follows the strategy publishes on the market. */
function commitmentOf(parameters: StrategyParameters, { state, deployment }: BacktestOptions): string | null {
  if (state === undefined) return null;
  const folder = StateFolder.existing(state);
  const seed = existingSeed(folder);
  if (deployment === undefined) return null;
  const { chainId, market } = readDeployment(deployment);
  const committer = { chainId: BigInt(chainId), market: BigInt(market), owner: BigInt(folder.wallet().address) };
  return hash(freshCommitment(parameters, seed, committer, new Set()));
}

const quoted = (word: string): string => (/^[\w./:~@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const CHECKPOINT_DECISIONS = 4_000;

/**
 * Plays with a checkpoint every so often and when it is stopped, from which the next run of the same input goes on.
 * @throws TacitError `INTERRUPTED`
 */
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
            ? `going on after ${done} of ${count(of, "decision")}, where an earlier run was stopped`
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
          : `stopped after ${done} of ${count(of, "decision")}: the same command goes on from there (${file})`,
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

/**
 * The prices asked for, with the hours that feed the signals first: without `from`, the first decision falls on the
 * first hour that has them.
 */
function openPlayed({ data, assets, from, to, modelSeed }: BacktestOptions): PricePath {
  const [start, end] = [
    from === undefined ? undefined : utc("--from", from),
    to === undefined ? undefined : utc("--to", to),
  ];
  if (start !== undefined && end !== undefined && end <= start)
    throw new TacitError("BAD_DATE", "--to must be later than --from");
  const source = {
    seed: modelSeed,
    ...(data === undefined ? {} : { data }),
    ...(assets === undefined ? {} : { assets }),
    history: HISTORY_HOURS,
  };
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

function readCheckpoint(file: string): Checkpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Checkpoint;
  } catch {
    // None, or half of one: the run starts from the beginning.
    return undefined;
  }
}
