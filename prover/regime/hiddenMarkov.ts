/**
 * A hidden Markov model with Gaussian emissions, fitted by expectation maximisation (Baum and Welch). Calmest state
 * first.
 */
export interface HiddenMarkovModel {
  readonly means: readonly number[];
  readonly variances: readonly number[];
  /** transition[i][j]: from state i to j. The first state is drawn from the stationary distribution. */
  readonly transition: readonly (readonly number[])[];
}

export interface HiddenMarkovFit {
  readonly model: HiddenMarkovModel;
  readonly logLikelihood: number;
  readonly iterations: number;
}

export interface StateProbabilities {
  readonly logLikelihood: number;
  /** [t][state], given what was seen up to t. */
  readonly filtered: readonly Float64Array[];
  /** [t][state], given all. */
  readonly smoothed: readonly Float64Array[];
}

export interface FitOptions {
  /** 2 to 4. */
  readonly states: number;
  /** One variance for all states: only the mean switches. */
  readonly commonVariance?: boolean;
  readonly maxIterations?: number;
  /** Ends once the log-likelihood grows by less, per observation. */
  readonly tolerance?: number;
}

/** Variances below this share of the series' own count as this much: no state collapses onto one value. */
const VARIANCE_FLOOR = 1e-6;

/**
 * The best of two starts, one with means spread over the series' quantiles, one with variances spread round its own;
 * states are ordered by mean, or by variance where variances differ and means hardly do.
 * @throws RangeError for less than ten observations a state, a series without variance or a number of states
 * beyond 2 … 4
 */
export function fitHiddenMarkov(
  series: readonly number[],
  { states, commonVariance = false, maxIterations = 200, tolerance = 1e-9 }: FitOptions,
): HiddenMarkovFit {
  if (!(Number.isInteger(states) && states >= 2 && states <= 4))
    throw new RangeError("a hidden Markov model has 2 to 4 states");
  if (series.length < 10 * states) throw new RangeError(`${states} states need at least ${10 * states} observations`);
  const mean = average(series);
  const variance = average(series.map((y) => (y - mean) ** 2));
  if (!(variance > 0)) throw new RangeError("the series does not vary");
  const sorted = Float64Array.from(series).sort();
  const each = Array.from({ length: states }, (_, k) => k);
  const transition = each.map((i) => each.map((j) => (i === j ? 0.95 : 0.05 / (states - 1))));
  const starts: HiddenMarkovModel[] = [
    {
      means: each.map((k) => sorted[Math.floor(((k + 0.5) / states) * series.length)]!),
      variances: each.map(() => variance / states),
      transition,
    },
    ...(commonVariance
      ? []
      : [
          {
            means: each.map(() => mean),
            variances: each.map((k) => variance * 4 ** (k - (states - 1) / 2)),
            transition,
          },
        ]),
  ];
  const fits = starts.map((start) =>
    climb(series, start, commonVariance, VARIANCE_FLOOR * variance, maxIterations, tolerance * series.length),
  );
  const best = fits.reduce((one, other) => (other.logLikelihood > one.logLikelihood ? other : one));
  return { ...best, model: ordered(best.model) };
}

function climb(
  series: readonly number[],
  start: HiddenMarkovModel,
  commonVariance: boolean,
  floor: number,
  maxIterations: number,
  tolerance: number,
): HiddenMarkovFit {
  let model = start;
  let last = -Infinity;
  for (let iteration = 1; ; iteration++) {
    const { logLikelihood, smoothed, pairs } = forwardBackward(model, series);
    if (logLikelihood - last < tolerance || iteration > maxIterations)
      return { model, logLikelihood, iterations: iteration };
    last = logLikelihood;
    const total = (of: (k: number, t: number) => number): number[] =>
      model.means.map((_, k) => {
        let sum = 0;
        for (let t = 0; t < series.length; t++) sum += smoothed[t]![k]! * of(k, t);
        return sum;
      });
    const weight = total(() => 1);
    const means = total((_, t) => series[t]!).map((sum, k) => sum / weight[k]!);
    const squares = total((k, t) => (series[t]! - means[k]!) ** 2);
    const common = squares.reduce((a, b) => a + b, 0) / series.length;
    model = {
      means,
      variances: squares.map((square, k) => Math.max(floor, commonVariance ? common : square / weight[k]!)),
      transition: pairs.map((row) => {
        const total = row.reduce((a, b) => a + b, 0);
        return row.map((p) => p / total);
      }),
    };
  }
}

/** Probabilities of the states at each time. */
export function inferStates(model: HiddenMarkovModel, series: readonly number[]): StateProbabilities {
  const { logLikelihood, filtered, smoothed } = forwardBackward(model, series);
  return { logLikelihood, filtered, smoothed };
}

/** The most probable state at each time. */
export const mostProbable = (probabilities: readonly Float64Array[]): number[] =>
  probabilities.map((p) => p.indexOf(p.reduce((a, b) => Math.max(a, b))));

function forwardBackward(
  { means, variances, transition }: HiddenMarkovModel,
  series: readonly number[],
): StateProbabilities & { readonly pairs: number[][] } {
  const states = means.length;
  const length = series.length;
  const step = Float64Array.from(transition.flat());
  const [half, constant] = [variances.map((v) => -0.5 / v), variances.map((v) => -0.5 * Math.log(2 * Math.PI * v))];
  const filtered: Float64Array[] = Array(length);
  const smoothed: Float64Array[] = Array(length);
  // Likelihood of each observation by state, over its likelihood given the past.
  const emitted = new Float64Array(length * states);
  const logs = new Float64Array(states);
  let ahead = Float64Array.from(stationary(transition));
  let logLikelihood = 0;
  for (let t = 0; t < length; t++) {
    let top = -Infinity;
    for (let k = 0; k < states; k++) {
      logs[k] = constant[k]! + half[k]! * (series[t]! - means[k]!) ** 2;
      if (logs[k]! > top) top = logs[k]!;
    }
    const now = new Float64Array(states);
    let total = 0;
    for (let k = 0; k < states; k++) {
      // Scaled by the largest, so that an outlier does not underflow in all states.
      const likely = Math.exp(logs[k]! - top);
      emitted[t * states + k] = likely;
      total += now[k] = ahead[k]! * likely;
    }
    logLikelihood += Math.log(total) + top;
    const next = new Float64Array(states);
    for (let k = 0; k < states; k++) {
      now[k]! /= total;
      emitted[t * states + k]! /= total;
      for (let j = 0; j < states; j++) next[j]! += now[k]! * step[k * states + j]!;
    }
    filtered[t] = now;
    ahead = next;
  }
  const pairs = new Float64Array(states * states);
  let behind = new Float64Array(states).fill(1);
  for (let t = length - 1; t >= 0; t--) {
    const now = new Float64Array(states);
    for (let k = 0; k < states; k++) now[k] = filtered[t]![k]! * behind[k]!;
    smoothed[t] = now;
    if (t === 0) break;
    const next = new Float64Array(states);
    for (let i = 0; i < states; i++) {
      for (let j = 0; j < states; j++) {
        const moved = step[i * states + j]! * emitted[t * states + j]! * behind[j]!;
        next[i]! += moved;
        pairs[i * states + j]! += filtered[t - 1]![i]! * moved;
      }
    }
    behind = next;
  }
  return {
    logLikelihood,
    filtered,
    smoothed,
    pairs: means.map((_, i) => [...pairs.subarray(i * states, (i + 1) * states)]),
  };
}

/** The distribution that a transition matrix leaves as it is. */
export function stationary(transition: readonly (readonly number[])[]): number[] {
  const n = transition.length;
  // (Pᵀ − I)x = 0 with Σx = 1 in the place of the last row, by Gauss and Jordan.
  const rows = Array.from({ length: n }, (_, i) => [
    ...Array.from({ length: n }, (_, j) => (i === n - 1 ? 1 : transition[j]![i]! - (i === j ? 1 : 0))),
    i === n - 1 ? 1 : 0,
  ]);
  for (let column = 0; column < n; column++) {
    const pivot = rows
      .slice(column)
      .reduce((best, row, k) => (Math.abs(row[column]!) > Math.abs(rows[best]![column]!) ? column + k : best), column);
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]! / rows[column]![column]!;
      for (let j = column; j <= n; j++) rows[i]![j]! -= factor * rows[column]![j]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

function ordered({ means, variances, transition }: HiddenMarkovModel): HiddenMarkovModel {
  const spread = Math.max(...means) - Math.min(...means);
  const byMean = spread > Math.sqrt(Math.min(...variances)) || variances.every((v) => v === variances[0]);
  const key = byMean ? means : variances;
  const order = means.map((_, k) => k).sort((a, b) => key[a]! - key[b]!);
  return {
    means: order.map((k) => means[k]!),
    variances: order.map((k) => variances[k]!),
    transition: order.map((i) => order.map((j) => transition[i]![j]!)),
  };
}

const average = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
