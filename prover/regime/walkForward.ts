import { HISTORY_HOURS } from "../snapshot/signalHistory.ts";
import { REGIMES, regimeOf, regimeScores } from "../strategy/network.ts";
import type { RegimeNetwork } from "../strategy/network.ts";
import { fitHiddenMarkov, inferStates, mostProbable } from "./hiddenMarkov.ts";
import type { HiddenMarkovModel } from "./hiddenMarkov.ts";
import { floatRegime, quantise, trainNetwork } from "./trainNetwork.ts";

export interface RegimeTraining {
  /** How many states the hidden Markov model that labels the hours has, 2 to 4. */
  readonly states: number;
  readonly seed: string;
  /** Parts of the history, after the first, that are predicted from what came before them. */
  readonly folds: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/** How well a network does on hours it has not seen. Shares, 0 … 1. */
export interface FoldReport {
  readonly trainedHours: number;
  readonly testedHours: number;
  /** Share of hours in which the network finds the hidden Markov model's regime. */
  readonly accuracyFloat: number;
  readonly accuracyInt8: number;
  /** Share of hours in which the int8 network finds what the float one does. */
  readonly agreement: number;
  /** Share of hours in the regime that most hours had before: what knowing nothing achieves. */
  readonly baseline: number;
}

export interface RegimeReport {
  readonly folds: readonly FoldReport[];
  /** Fitted on all hours; mean and deviation of the logarithm of the short volatility. */
  readonly model: HiddenMarkovModel;
  /** Share of all hours in which the network that is handed out finds as int8 what it finds as float. */
  readonly agreement: number;
  /** Share of hours in each regime. */
  readonly occupancy: readonly number[];
}

/** Hours between training and testing: the longest window of a feature, so that none sees both. */
const EMBARGO_HOURS = HISTORY_HOURS;

/**
 * Labels hours by a hidden Markov model of the short volatility, which looks back and ahead, and trains a network to
 * find the label from what is known at the hour. Nothing of a fold's test is seen by its model or its network.
 * @param features per hour, in the order of `FEATURES`
 * @throws RangeError for too few hours, or states or folds out of range
 */
export function trainRegimes(
  features: readonly (readonly bigint[])[],
  { states, seed, folds, onProgress }: RegimeTraining,
): { network: RegimeNetwork; report: RegimeReport } {
  const samples = features.map((x) => x.map(Number));
  if (!Number.isInteger(states) || states < 2 || states > REGIMES)
    throw new RangeError(`states is ${states}; it must be a whole number from 2 to ${REGIMES}`);
  if (!Number.isInteger(folds) || folds < 0)
    throw new RangeError(`folds is ${folds}; it must be a whole number from 0`);
  if (samples.length <= EMBARGO_HOURS)
    throw new RangeError(
      `${samples.length} hours are too few to train on; it takes more than ${EMBARGO_HOURS}: take more data`,
    );
  const part = Math.floor(samples.length / (folds + 1));
  if (part <= EMBARGO_HOURS)
    throw new RangeError(
      `${folds} folds of ${samples.length} hours leave ${part} hours each; they need more than ${EMBARGO_HOURS}: take fewer folds or more data`,
    );
  const volatility = samples.map((x) => Math.log(Math.max(1, x[0]!)));
  const reports: FoldReport[] = [];
  for (let fold = 1; fold <= folds; fold++) {
    onProgress?.(fold - 1, folds + 1);
    const [from, to] = [fold * part, fold === folds ? samples.length : (fold + 1) * part];
    const known = from - EMBARGO_HOURS;
    const model = fit(volatility.slice(0, known), states);
    const before = labels(model, volatility.slice(0, known));
    const network = trainNetwork(samples.slice(0, known), before, { seed: `${seed} fold ${fold}` });
    const truth = labels(model, volatility.slice(0, to)).slice(from);
    const small = quantise(network, samples.slice(0, known));
    const float = samples.slice(from, to).map((x) => floatRegime(network, x));
    const int8 = features.slice(from, to).map((x) => regimeOf(regimeScores(small, x)));
    const usual = mostFrequent(before);
    reports.push({
      trainedHours: known,
      testedHours: to - from,
      accuracyFloat: equalShare(float, truth),
      accuracyInt8: equalShare(int8, truth),
      agreement: equalShare(float, int8),
      baseline: truth.filter((regime) => regime === usual).length / truth.length,
    });
  }
  onProgress?.(folds, folds + 1);
  const model = fit(volatility, states);
  const float = trainNetwork(samples, labels(model, volatility), { seed });
  const network = quantise(float, samples);
  const found = features.map((x) => regimeOf(regimeScores(network, x)));
  onProgress?.(folds + 1, folds + 1);
  return {
    network,
    report: {
      folds: reports,
      model,
      agreement: equalShare(
        samples.map((x) => floatRegime(float, x)),
        found,
      ),
      occupancy: Array.from(
        { length: REGIMES },
        (_, r) => found.filter((regime) => regime === r).length / found.length,
      ),
    },
  };
}

const fit = (series: readonly number[], states: number): HiddenMarkovModel =>
  fitHiddenMarkov(series, { states, maxIterations: 80, tolerance: 1e-6 }).model;

/** Regimes of the hours: the calmest state is regime 0, the most turbulent one the defensive regime. */
const labels = (model: HiddenMarkovModel, series: readonly number[]): number[] =>
  mostProbable(inferStates(model, series).smoothed).map((state) =>
    Math.round((state * (REGIMES - 1)) / (model.means.length - 1)),
  );

const equalShare = (one: readonly number[], other: readonly number[]): number =>
  one.filter((regime, i) => regime === other[i]).length / one.length;

function mostFrequent(list: readonly number[]): number {
  const counts = Array.from({ length: REGIMES }, (_, r) => list.filter((regime) => regime === r).length);
  return counts.indexOf(Math.max(...counts));
}
