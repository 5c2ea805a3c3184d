import { randomStream } from "../data/model.ts";
import { HIDDEN, HIDDEN_BIAS_SHIFT, HIDDEN_SHIFT, OUTPUT_BIAS_SHIFT, REGIMES } from "../strategy/network.ts";
import type { RegimeNetwork } from "../strategy/network.ts";
import { FEATURES } from "../format/signals.ts";

/** The regime network in floats, on features as they come. */
export interface FloatNetwork {
  readonly hidden: readonly Float64Array[];
  readonly hiddenBias: Float64Array;
  readonly output: readonly Float64Array[];
  readonly outputBias: Float64Array;
}

export interface TrainingOptions {
  /** Starts weights and order of samples: the same seed, the same network. */
  readonly seed: string;
  readonly epochs?: number;
}

const INPUTS = FEATURES.length;
const BATCH = 64;
const RATE = 0.005;
/** Adam's averages (Kingma and Ba 2015). */
const [FIRST, SECOND, TINY] = [0.9, 0.999, 1e-8];
/** Pulls weights towards 0, so that none dwarfs the others of its layer in eight bits. */
const DECAY = 1e-4;

/**
 * Softmax regression with one hidden layer, by Adam on shuffled batches.
 * @param samples features, −2,047 … 2,047 each
 * @param labels regime of each sample, 0 … 3
 */
export function trainNetwork(
  samples: readonly (readonly number[])[],
  labels: readonly number[],
  { seed, epochs = 12 }: TrainingOptions,
): FloatNetwork {
  const random = randomStream(seed, "regime network");
  const centre = column((k) => samples.reduce((sum, x) => sum + x[k]!, 0) / samples.length);
  const scale = column((k) =>
    Math.max(1, Math.sqrt(samples.reduce((sum, x) => sum + (x[k]! - centre[k]!) ** 2, 0) / samples.length)),
  );
  const inputs = samples.map((x) => Float64Array.from(x, (value, k) => (value - centre[k]!) / scale[k]!));

  // All parameters in one row: w1, b1, w2, b2.
  const [b1, w2, b2] = [HIDDEN * INPUTS, HIDDEN * INPUTS + HIDDEN, HIDDEN * INPUTS + HIDDEN + REGIMES * HIDDEN];
  const parameters = new Float64Array(b2 + REGIMES);
  for (let i = 0; i < b1; i++) parameters[i] = random.normal() * Math.sqrt(2 / INPUTS);
  for (let i = w2; i < b2; i++) parameters[i] = random.normal() * Math.sqrt(1 / HIDDEN);
  const gradient = new Float64Array(parameters.length);
  const [first, second] = [new Float64Array(parameters.length), new Float64Array(parameters.length)];
  const [h, z, dh] = [new Float64Array(HIDDEN), new Float64Array(REGIMES), new Float64Array(HIDDEN)];
  const order = Uint32Array.from(samples, (_, i) => i);
  const batches = Math.ceil(samples.length / BATCH);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random.uniform() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (let batch = 0; batch < batches; batch++) {
      gradient.fill(0);
      const members = order.subarray(batch * BATCH, (batch + 1) * BATCH);
      for (const sample of members) accumulate(inputs[sample]!, labels[sample]!);
      step++;
      // The rate falls to nothing, so that the last batches don't shake the result.
      const rate = RATE * (1 - step / (epochs * batches + 1));
      for (let i = 0; i < parameters.length; i++) {
        const g = gradient[i]! / members.length + DECAY * parameters[i]!;
        first[i] = FIRST * first[i]! + (1 - FIRST) * g;
        second[i] = SECOND * second[i]! + (1 - SECOND) * g * g;
        parameters[i]! -=
          (rate * (first[i]! / (1 - FIRST ** step))) / (Math.sqrt(second[i]! / (1 - SECOND ** step)) + TINY);
      }
    }
  }

  function accumulate(x: Float64Array, label: number): void {
    for (let j = 0; j < HIDDEN; j++) {
      let a = parameters[b1 + j]!;
      for (let k = 0; k < INPUTS; k++) a += parameters[j * INPUTS + k]! * x[k]!;
      h[j] = a > 0 ? a : 0;
    }
    let top = -Infinity;
    for (let r = 0; r < REGIMES; r++) {
      let score = parameters[b2 + r]!;
      for (let j = 0; j < HIDDEN; j++) score += parameters[w2 + r * HIDDEN + j]! * h[j]!;
      z[r] = score;
      if (score > top) top = score;
    }
    let total = 0;
    for (let r = 0; r < REGIMES; r++) total += z[r] = Math.exp(z[r]! - top);
    dh.fill(0);
    for (let r = 0; r < REGIMES; r++) {
      const d = z[r]! / total - (r === label ? 1 : 0);
      gradient[b2 + r]! += d;
      for (let j = 0; j < HIDDEN; j++) {
        gradient[w2 + r * HIDDEN + j]! += d * h[j]!;
        dh[j]! += d * parameters[w2 + r * HIDDEN + j]!;
      }
    }
    for (let j = 0; j < HIDDEN; j++) {
      if (h[j]! <= 0) continue;
      gradient[b1 + j]! += dh[j]!;
      for (let k = 0; k < INPUTS; k++) gradient[j * INPUTS + k]! += dh[j]! * x[k]!;
    }
  }

  // Centre and scale go into the first layer.
  const hidden = rows(HIDDEN, INPUTS, 0).map((row) => row.map((w, k) => w / scale[k]!));
  return {
    hidden,
    hiddenBias: Float64Array.from(
      { length: HIDDEN },
      (_, j) => parameters[b1 + j]! - hidden[j]!.reduce((sum, w, k) => sum + w * centre[k]!, 0),
    ),
    output: rows(REGIMES, HIDDEN, w2),
    outputBias: parameters.slice(b2),
  };

  function rows(count: number, width: number, from: number): Float64Array[] {
    return Array.from({ length: count }, (_, i) => parameters.slice(from + i * width, from + (i + 1) * width));
  }
}

const column = (of: (k: number) => number): number[] => FEATURES.map((_, k) => of(k));

/** Regime of the largest score; of equal ones the lowest. */
export const floatRegime = (network: FloatNetwork, features: readonly number[]): number =>
  first(floatScores(network, features));

function floatScores({ hidden, hiddenBias, output, outputBias }: FloatNetwork, features: readonly number[]): number[] {
  const h = hidden.map((row, j) =>
    Math.max(
      0,
      row.reduce((a, w, k) => a + w * features[k]!, hiddenBias[j]!),
    ),
  );
  return output.map((row, r) => row.reduce((a, w, j) => a + w * h[j]!, outputBias[r]!));
}

const first = (scores: readonly number[]): number =>
  scores.reduce((best, score, r) => (score > scores[best]! ? r : best), 0);

const WEIGHT = 127;
const BIAS = 16_383;
const [HIDDEN_UNIT, BIAS_UNIT, SCORE_UNIT] = [HIDDEN_SHIFT, HIDDEN_BIAS_SHIFT, OUTPUT_BIAS_SHIFT].map(
  (shift) => 2 ** Number(shift),
) as [number, number, number];

/**
 * The network in whole numbers. ReLU lets each neuron have a scale of its own, which the output layer takes back; only
 * the output layer has to share one. A neuron's scale is the largest that its weights and bias allow, unless its column
 * of the output layer would then be too small to be seen: there it gives way. Rounded numbers are then moved by one as
 * long as that brings the network closer to its floats on the samples that it finds hardest.
 */
export function quantise(network: FloatNetwork, samples: readonly (readonly number[])[]): RegimeNetwork {
  return polish(rounded(network), network, samples);
}

function rounded({ hidden, hiddenBias, output, outputBias }: FloatNetwork): RegimeNetwork {
  const largest = (list: Iterable<number>): number => [...list].reduce((most, x) => Math.max(most, Math.abs(x)), 1e-12);
  const finest = hidden.map((row, j) =>
    Math.min(WEIGHT / largest(row), (BIAS * BIAS_UNIT) / Math.max(Math.abs(hiddenBias[j]!), 1e-12)),
  );
  const column = (scale: number, j: number): number => (largest(output.map((row) => row[j]!)) * HIDDEN_UNIT) / scale;
  const widest = largest(finest.map(column));
  const scales = finest.map((scale, j) => scale * Math.min(1, Math.max(1 / 4, (8 * column(scale, j)) / widest)));
  const unit = Math.min(WEIGHT / largest(scales.map(column)), (BIAS * SCORE_UNIT) / largest(outputBias));
  const whole = (x: number): bigint => BigInt(Math.round(x));
  return {
    hidden: hidden.map((row, j) => [...row].map((w) => whole(w * scales[j]!))),
    hiddenBias: [...hiddenBias].map((b, j) => whole((b * scales[j]!) / BIAS_UNIT)),
    output: output.map((row) => [...row].map((w, j) => whole((w * HIDDEN_UNIT * unit) / scales[j]!))),
    outputBias: [...outputBias].map((b) => whole((b * unit) / SCORE_UNIT)),
  };
}

/** Samples that the rounded network is fitted to: those whose two best scores are closest. */
const HARDEST = 4_000;
const PASSES = 3;

function polish(network: RegimeNetwork, float: FloatNetwork, samples: readonly (readonly number[])[]): RegimeNetwork {
  const judged = samples.map((x) => {
    const scores = floatScores(float, x);
    const regime = first(scores);
    return { x, regime, margin: scores[regime]! - Math.max(...scores.filter((_, r) => r !== regime)) };
  });
  const hardest = judged.sort((a, b) => a.margin - b.margin).slice(0, HARDEST);
  const count = hardest.length;
  const plain = (list: readonly bigint[]): number[] => list.map(Number);
  const [w1, b1, w2, b2] = [
    network.hidden.map(plain),
    plain(network.hiddenBias),
    network.output.map(plain),
    plain(network.outputBias),
  ];

  // What each sample has in each neuron and score, kept up to date.
  const sums = w1.map((row, j) =>
    Float64Array.from(hardest, ({ x }) => row.reduce((a, w, k) => a + w * x[k]!, b1[j]! * BIAS_UNIT)),
  );
  const relu = (a: number): number => (a > 0 ? Math.floor(a / HIDDEN_UNIT) : 0);
  const scores = w2.map((row, r) =>
    Float64Array.from({ length: count }, (_, i) =>
      row.reduce((z, w, j) => z + w * relu(sums[j]![i]!), b2[r]! * SCORE_UNIT),
    ),
  );

  /** Samples that differ from the float network if score r of sample i changes by change(i, r). */
  const missed = (change: (i: number, r: number) => number): number => {
    let misses = 0;
    for (let i = 0; i < count; i++) {
      let best = 0;
      let top = -Infinity;
      for (let r = 0; r < REGIMES; r++) {
        const score = scores[r]![i]! + change(i, r);
        if (score > top) [best, top] = [r, score];
      }
      if (best !== hardest[i]!.regime) misses++;
    }
    return misses;
  };
  let misses = missed(() => 0);

  /** Moves list[at] by one either way if that helps. */
  const attempt = (
    list: number[],
    at: number,
    bound: number,
    change: (step: number) => (i: number, r: number) => number,
    keep: (step: number) => void,
  ): void => {
    for (const step of [1, -1]) {
      if (misses === 0 || Math.abs(list[at]! + step) > bound) continue;
      const fewer = missed(change(step));
      if (fewer >= misses) continue;
      // Scores first: they are told from the sums as they were.
      const changes = scores.map((_, r) => Float64Array.from({ length: count }, (_, i) => change(step)(i, r)));
      scores.forEach((score, r) => {
        for (let i = 0; i < count; i++) score[i]! += changes[r]![i]!;
      });
      keep(step);
      list[at]! += step;
      misses = fewer;
      return;
    }
  };
  for (let pass = 0; pass < PASSES; pass++) {
    b2.forEach((_, row) =>
      attempt(
        b2,
        row,
        BIAS,
        (step) => (_, r) => (r === row ? step * SCORE_UNIT : 0),
        () => {},
      ),
    );
    w2.forEach((list, row) =>
      list.forEach((_, j) =>
        attempt(
          list,
          j,
          WEIGHT,
          (step) => (i, r) => (r === row ? step * relu(sums[j]![i]!) : 0),
          () => {},
        ),
      ),
    );
    w1.forEach((list, j) => {
      const inner = (values: number[], at: number, bound: number, input: (i: number) => number): void =>
        attempt(
          values,
          at,
          bound,
          (step) => (i, r) => w2[r]![j]! * (relu(sums[j]![i]! + step * input(i)) - relu(sums[j]![i]!)),
          (step) => {
            for (let i = 0; i < count; i++) sums[j]![i]! += step * input(i);
          },
        );
      inner(b1, j, BIAS, () => BIAS_UNIT);
      list.forEach((_, k) => inner(list, k, WEIGHT, (i) => hardest[i]!.x[k]!));
    });
  }
  const whole = (list: readonly number[]): bigint[] => list.map(BigInt);
  return { hidden: w1.map(whole), hiddenBias: whole(b1), output: w2.map(whole), outputBias: whole(b2) };
}
