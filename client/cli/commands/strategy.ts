import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  backtestSpots,
  drawStrategy,
  formatStrategy,
  formatUtc,
  HISTORY_HOURS,
  lastHour,
  leftOutOfTraining,
  optionSlots,
  outsideMandate,
  profiles,
  randomStream,
  regimeFeatures,
  strategySchema,
  strategyTemplate,
  trainRegimes,
} from "../../../prover/index.ts";
import type { Mandate, Profile, ProfileName, StrategyParameters, TemplateName } from "../../../prover/index.ts";
import { assetsIn, openFunding, openImpliedVol, openReplay } from "../../../prover/node.ts";
import { readDeployment } from "../../node/deploymentFile.ts";
import {
  existingSeed,
  limitsOf,
  readMandate,
  readParameters,
  readStrategy,
  requireInside,
  writeSecret,
} from "../../node/files.ts";
import { makeFolder, StateFolder } from "../../node/stateFolder.ts";
import { TacitError } from "../../sdk/errors.ts";
import { nextCommitment } from "../../sdk/roles/decision.ts";
import { count, hash, percent } from "../../sdk/format.ts";
import { print, withChain } from "../context.ts";
import type { Output, PartyOptions } from "../context.ts";
import { utc } from "../dates.ts";
import { pricesOf } from "../prices.ts";
import { progressBar } from "../progress.ts";
import { impliedVolText, leftOutText } from "../text/backtestText.ts";

interface NewStrategyOptions extends Output {
  out: string;
  template: TemplateName;
  profile: ProfileName;
  mandate?: string;
  data?: string;
  deployment?: string;
  plain?: boolean;
  seed?: string;
}

/** Draws that are tried before a mandate is found too tight. */
const MOST_DRAWS = 100;

/** @throws TacitError `FILE_EXISTS`, `BAD_STRATEGY`, `NO_FILE`, `NO_DEPLOYMENT`, `CANT_WRITE`; ReplayError */
export function newStrategy(options: NewStrategyOptions): void {
  const profile = profiles[options.profile];
  if (existsSync(options.out))
    throw new TacitError("FILE_EXISTS", `${options.out} is there already: name another file, or move it away`);
  if (options.template === "gamma-vega" && optionSlots(profile).length === 0)
    throw new TacitError(
      "BAD_STRATEGY",
      `the ${profile.name} market's groups have no room for two options each: gamma-vega needs the standard profile (npm start --profile small holds a put at 3 % of NAV in its place)`,
    );
  const template = strategyTemplate(profile, options.template, listedSpots(profile, options));
  const mandate = options.mandate === undefined ? undefined : limitsOf(readMandate(options.mandate));
  const strategy = options.plain ? template : drawn(profile, template, mandate, options.seed);
  if (mandate !== undefined) requireInside(profile, strategy, mandate);
  const schema = join(dirname(options.out), `strategy-${profile.name}.schema.json`);
  makeFolder(dirname(options.out));
  writeSecret(options.out, formatStrategy(profile, strategy, { schema: `./${basename(schema)}` }));
  writeFileSync(schema, `${JSON.stringify(strategySchema(profile), null, 2)}\n`);
  print(
    options.json,
    { strategyFile: options.out, schemaFile: schema },
    () =>
      `strategy  ${options.out}, secret: edit its tables, then tacit strategy train\nschema    ${schema}, public: editors that know JSON Schema complete and check the strategy with it`,
  );
}

/** Numbers of its own, so that whoever knows the template does not know the strategy. */
function drawn(
  profile: Profile,
  template: StrategyParameters,
  mandate: Mandate | undefined,
  seed = randomSeed(),
): StrategyParameters {
  const { uniform } = randomStream(seed, "strategy");
  for (let draw = 1; ; draw++) {
    const strategy = drawStrategy(profile, template, uniform);
    if (mandate === undefined || draw === MOST_DRAWS || outsideMandate(profile, strategy, mandate).length === 0)
      return strategy;
  }
}

const randomSeed = (): string => randomBytes(16).toString("hex");

/** Slots of spot in the market that a strategy is for; undefined if none was named. */
function listedSpots(profile: Profile, { data, deployment: path }: NewStrategyOptions): number[] | undefined {
  if (data !== undefined) return backtestSpots(profile, assetsIn(data));
  if (path === undefined) return undefined;
  const deployment = readDeployment(path);
  if (deployment.profile !== profile.name)
    throw new TacitError(
      "BAD_STRATEGY",
      `the market of ${path} is of the ${deployment.profile} profile: add --profile ${deployment.profile}`,
    );
  return deployment.slots.flatMap((slot, i) => (slot?.kind === "spot" ? [i] : []));
}

/**
 * Fits the regime network to price history and writes it into the strategy file.
 * @throws TacitError `TOO_FEW_HOURS`; StrategyError; ReplayError
 */
export function trainStrategy(
  options: Output & {
    strategy: string;
    data?: string;
    from?: string;
    hours?: number;
    modelSeed: string;
    assets?: string[];
    funding?: string;
    volatility?: string;
    states: number;
    folds: number;
    seed?: string;
  },
): void {
  const { parameters, profile, notes } = readParameters(options.strategy);
  const { data, from, hours, folds } = options;
  const path = openReplay({
    seed: options.modelSeed,
    ...(data === undefined ? {} : { data }),
    ...(options.assets === undefined ? {} : { assets: options.assets }),
    ...(from === undefined ? {} : { from: utc("--from", from) }),
    ...(hours === undefined ? {} : { hours }),
  });
  const funding = openFunding(options.funding, path.assets);
  const impliedVol = openImpliedVol(options.volatility, path.assets);
  // A month feeds the signals, a month lies between training and test of each part.
  const least = HISTORY_HOURS + (folds + 1) * (HISTORY_HOURS + 1);
  if (path.hours < least)
    throw new TacitError(
      "TOO_FEW_HOURS",
      `${count(path.hours, "hour")} ${path.hours === 1 ? "is" : "are"} too few: --folds ${folds} takes at least ${least}; take fewer folds, or more hours`,
    );
  const features = regimeFeatures(path, funding, impliedVol);
  const bar = progressBar("training");
  const { network, report } = trainRegimes(features, {
    states: options.states,
    seed: options.seed ?? randomSeed(),
    folds,
    onProgress: bar.update,
  });
  bar.end();
  const trainedOn = {
    prices: pricesOf(options),
    from: formatUtc(path.at(0).timeUtc),
    to: formatUtc(lastHour(path).timeUtc),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  };
  writeSecret(options.strategy, formatStrategy(profile, { ...parameters, network }, { ...notes, trainedOn }));
  const about = {
    data: path.description,
    prices: path.source,
    impliedVolRecorded: impliedVol.recorded,
    leftOut: leftOutOfTraining(path, funding, impliedVol),
  };
  print(options.json, { ...about, hours: features.length, ...report }, () =>
    [
      `${path.description}; ${impliedVolText(impliedVol.recorded)}`,
      ...leftOutText(about),
      `${options.states} states, volatility of each ${report.model.means.map((mean) => percent(Math.exp(mean) / 1_000)).join(", ")}; hours in each regime ${report.occupancy.map((share) => percent(share)).join(", ")}`,
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
      `int8 as float on all hours: ${percent(report.agreement, 2)}. The network is in ${options.strategy}: the strategy's commitment has changed.`,
    ].join("\n"),
  );
}

/** Prints what the next vault of this owner would be bound to, or the next strategy of one that it has. */
export function showCommitment(options: PartyOptions & { strategy: string }): Promise<void> {
  // A file that is wrong is wrong on every market.
  readParameters(options.strategy);
  return withChain(options, async (chain) => {
    const state = StateFolder.existing(options.state);
    const strategy = readStrategy(chain.profile, options.strategy);
    const commitment = await nextCommitment(chain, state.wallet().address, strategy, existingSeed(state));
    print(options.json, { strategyCommitment: commitment }, () => hash(commitment));
  });
}
