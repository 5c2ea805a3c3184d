import { expect } from "chai";
import { fitHiddenMarkov, inferStates, mostProbable, stationary } from "../../../prover/regime/hiddenMarkov.ts";
import { floatRegime, quantise, trainNetwork } from "../../../prover/regime/trainNetwork.ts";
import { trainRegimes } from "../../../prover/regime/walkForward.ts";
import { signalsOfPath } from "../../../prover/snapshot/signalsOfPath.ts";
import { modelPath, randomStream } from "../../../prover/data/model.ts";
import { loadFolder } from "../../../prover/node/recorded/csv.ts";
import { regimeOf, regimeScores } from "../../../prover/strategy/network.ts";
import { largest, referenceJson, referencePath } from "../../support/sharedData.ts";
import { closeTo } from "../../support/closeTo.ts";

interface FedFunds {
  y: number[];
  params: { p00: number; p10: number; mu0: number; mu1: number; sigma2: number };
  llf: number;
  filtered_p0: number[];
  smoothed_p0: number[];
}

describe("the hidden Markov model", () => {
  it("has the published probabilities of the federal funds rate's two regimes", function () {
    const { y, params, llf, filtered_p0, smoothed_p0 } = referenceJson<FedFunds>(this, "vectors/hmm_fedfunds.json");
    const { p00, p10, mu0, mu1, sigma2 } = params;
    const found = inferStates(
      {
        means: [mu0, mu1],
        variances: [sigma2, sigma2],
        transition: [
          [p00, 1 - p00],
          [p10, 1 - p10],
        ],
      },
      y,
    );
    expect(found.logLikelihood).to.satisfy(closeTo(llf, 1e-6));
    expect(largest(found.filtered.map((p, t) => p[0]! - filtered_p0[t]!))).to.be.below(1e-6);
    expect(largest(found.smoothed.map((p, t) => p[0]! - smoothed_p0[t]!))).to.be.below(1e-6);
  });

  it("finds them by expectation maximisation", function () {
    const { y, params, llf } = referenceJson<FedFunds>(this, "vectors/hmm_fedfunds.json");
    const { model, logLikelihood } = fitHiddenMarkov(y, { states: 2, commonVariance: true });
    // EM leaves the stationary start out of its steps, which costs the fifth digit.
    expect(logLikelihood).to.satisfy(closeTo(llf, 0.03));
    expect(model.means[0]).to.satisfy(closeTo(params.mu0, 0.03));
    expect(model.means[1]).to.satisfy(closeTo(params.mu1, 0.05));
    expect(model.variances[0]).to.satisfy(closeTo(params.sigma2, 0.05));
    expect(model.transition[0]![0]).to.satisfy(closeTo(params.p00, 0.003));
    expect(model.transition[1]![0]).to.satisfy(closeTo(params.p10, 0.006));
  });

  it("finds two, three and four states again in series drawn from them", () => {
    for (const states of [2, 3, 4]) {
      const random = randomStream("9", `hmm ${states}`);
      let state = 0;
      const truth: number[] = [];
      const series = Array.from({ length: 6_000 }, () => {
        if (random.uniform() < 0.02) state = Math.floor(random.uniform() * states);
        truth.push(state);
        return 3 * state + random.normal() * (0.5 + 0.2 * state);
      });
      const { model } = fitHiddenMarkov(series, { states });
      model.means.forEach((mean, k) => expect(mean).to.satisfy(closeTo(3 * k, 0.15)));
      const found = mostProbable(inferStates(model, series).smoothed);
      expect(found.filter((s, t) => s === truth[t]).length / found.length).to.be.above(0.98);
    }
  });

  it("tells states by their variance where their means are one", () => {
    const random = randomStream("10", "variance");
    const series = Array.from({ length: 4_000 }, (_, t) => random.normal() * (Math.floor(t / 500) % 2 === 0 ? 1 : 4));
    const { variances } = fitHiddenMarkov(series, { states: 2 }).model;
    expect(variances[0]).to.satisfy(closeTo(1, 0.15));
    expect(variances[1]).to.satisfy(closeTo(16, 2));
  });

  it("refuses what can't be fitted", () => {
    expect(() => fitHiddenMarkov(Array<number>(100).fill(1), { states: 2 })).to.throw("does not vary");
    expect(() => fitHiddenMarkov([1, 2, 3], { states: 2 })).to.throw("20 observations");
    expect(() => fitHiddenMarkov([1, 2, 3], { states: 5 })).to.throw("2 to 4");
  });

  it("starts where its transitions settle", () => {
    const found = stationary([
      [0.9, 0.1, 0],
      [0.2, 0.7, 0.1],
      [0, 0.5, 0.5],
    ]);
    expect(found.reduce((a, b) => a + b)).to.satisfy(closeTo(1, 1e-12));
    expect(found[0]! * 0.1).to.satisfy(closeTo(found[1]! * 0.2, 1e-12));
  });
});

describe("the regime network's training", () => {
  // Four regions of the first two features.
  const random = randomStream("11", "samples");
  const samples = Array.from({ length: 4_000 }, () =>
    Array.from({ length: 8 }, () => Math.round(random.uniform() * 2_000 - 500)),
  );
  const labels = samples.map(([a, b]) => (a! > 600 ? 2 : 0) + (b! > 300 ? 1 : 0));
  const share = (hits: readonly boolean[]): number => hits.filter(Boolean).length / hits.length;

  it("learns what depends on features, and keeps it in eight bits", () => {
    const network = trainNetwork(samples, labels, { seed: "1" });
    expect(share(samples.map((x, i) => floatRegime(network, x) === labels[i]))).to.be.above(0.95);
    const small = quantise(network, samples);
    expect(
      share(samples.map((x) => floatRegime(network, x) === regimeOf(regimeScores(small, x.map(BigInt))))),
    ).to.be.at.least(0.99);
    for (const w of [...small.hidden, ...small.output].flat()) expect(w >= -127n && w <= 127n).to.equal(true);
    for (const b of [...small.hiddenBias, ...small.outputBias]) expect(b >= -16_383n && b <= 16_383n).to.equal(true);
  });

  it("gives the same network for the same seed, another for another", () => {
    const train = (seed: string) =>
      quantise(trainNetwork(samples.slice(0, 500), labels.slice(0, 500), { seed, epochs: 2 }), samples.slice(0, 500));
    expect(train("1")).to.deep.equal(train("1"));
    expect(train("1")).to.not.deep.equal(train("2"));
  });

  it("walks forward: tests each part with what came before it", function () {
    this.timeout(60_000);
    const path = modelPath({ assets: ["BTC", "ETH"], hours: 6_000, seed: "3" });
    const features = [...signalsOfPath(path, { sleeve: [] })].map((signals) => signals.features);
    const { report } = trainRegimes(features, { states: 2, seed: "1", folds: 2 });
    expect(report.folds.map(({ trainedHours, testedHours }) => [trainedHours, testedHours])).to.deep.equal([
      [1_280, 2_000],
      [3_280, 2_000],
    ]);
    // Weeks of training make a poor network, but a faithful one all the same.
    for (const fold of report.folds) expect(fold.agreement).to.be.above(0.95);
    expect(report.occupancy.reduce((a, b) => a + b, 0)).to.satisfy(closeTo(1, 1e-9));
    expect(() => trainRegimes(features.slice(0, 1_000), { states: 2, seed: "1", folds: 4 })).to.throw("fewer folds");
    expect(() => trainRegimes(features.slice(0, 720), { states: 2, seed: "1", folds: 0 })).to.throw(
      "too few to train on",
    );
    expect(() => trainRegimes(features, { states: 5, seed: "1", folds: 1 })).to.throw("from 2 to 4");
    expect(() => trainRegimes(features, { states: 2, seed: "1", folds: -1 })).to.throw("from 0");
  });

  it("agrees in at least 99 of 100 hours with its floats on recorded prices", function () {
    this.timeout(120_000);
    const path = loadFolder(referencePath(this, "perp-hourly"), ["BTC", "ETH"], { from: "2021-01-01", hours: 17_520 });
    const features = [...signalsOfPath(path, { sleeve: [] })].slice(720).map((signals) => signals.features);
    const { report } = trainRegimes(features, { states: 4, seed: "1", folds: 1 });
    expect(report.agreement).to.be.at.least(0.99);
    expect(report.folds[0]!.agreement).to.be.at.least(0.99);
    expect(report.folds[0]!.accuracyInt8).to.be.above(report.folds[0]!.baseline);
  });
});
