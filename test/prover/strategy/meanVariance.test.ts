import { expect } from "chai";
import fc from "fast-check";
import highsLoader from "highs";
import type { LegacyHighs } from "highs";
import quadprog from "quadprog";
import {
  optimise,
  sleeveFaults,
  sleeveMatrix,
  solveSleeve,
  WEIGHT_SHIFT,
} from "../../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../../prover/strategy/meanVariance.ts";
import { referenceCsv, referenceJson } from "../../support/sharedData.ts";
import { arbitrarySignals, standard } from "../../support/strategy.ts";
import { closeTo } from "../../support/closeTo.ts";

const within = (low: bigint, high: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: low, max: high });
const problems: fc.Arbitrary<SleeveProblem> = arbitrarySignals(standard).chain(({ volatility, correlation }) =>
  fc.record({
    volatility: fc.constant(volatility),
    correlation: fc.constant(correlation),
    viewsBps: fc.array(within(-8_000n, 12_000n), { minLength: 8, maxLength: 8 }),
    riskTolerance: within(0n, 1_024n),
    stressMix: within(0n, 7n),
    budgetBps: fc.oneof(within(0n, 10_000n), fc.constant(10_000n)),
  }),
);

const bpsOf = (w: bigint): number => Number(w) / 2 ** Number(WEIGHT_SHIFT);

/** The problem in floats: weights as bps of NAV. */
function floats(problem: SleeveProblem) {
  const live = problem.volatility.flatMap((sigma, i) => (sigma > 0n ? [i] : []));
  const v = sleeveMatrix(problem);
  const covariance = live.map((i) => live.map((j) => Number(v[i]![j]!) * 2 ** -24));
  const views = live.map((i) => Number(problem.riskTolerance * problem.viewsBps[i]!) / 256);
  return { live, covariance, views, budget: Number(problem.budgetBps) };
}

describe("the mean-variance sleeve", () => {
  it("meets the conditions of the optimum for any signals and views", () => {
    fc.assert(
      fc.property(problems, (problem) => void expect(sleeveFaults(problem, solveSleeve(problem))).to.deep.equal([])),
      { numRuns: 3_000, seed: 4 },
    );
  });

  it("agrees with quadprog to a twentieth of a basis point", () => {
    fc.assert(
      fc.property(problems, (problem) => {
        const { live, covariance, views, budget } = floats(problem);
        if (live.length === 0 || budget === 0) return;
        // quadprog counts from 1; constraints are columns: wᵢ ≥ 0, −Σw ≥ −B.
        const one = <T>(list: T[]): (T | undefined)[] => [undefined, ...list];
        const n = live.length;
        const a = Array.from({ length: n + 1 }, (_, i) => [
          0,
          ...Array.from({ length: n + 1 }, (_, c) => (c === n ? -1 : c === i - 1 ? 1 : 0)),
        ]);
        const answer = quadprog.solveQP(
          one(covariance.map((row) => one(row))),
          one(views),
          a,
          one([...Array<number>(n).fill(0), -budget]),
        );
        expect(answer.message).to.equal("");
        const { weights } = solveSleeve(problem);
        live.forEach((i, k) =>
          expect(bpsOf(weights[i]!), `weight ${i}`).to.satisfy(closeTo(answer.solution[k + 1]!, 0.05)),
        );
      }),
      { numRuns: 1_000, seed: 5 },
    );
  });

  it("agrees with HiGHS", async () => {
    const highs = await (highsLoader as unknown as () => Promise<LegacyHighs>)();
    for (const problem of fc.sample(problems, { numRuns: 40, seed: 6 })) {
      const { live, covariance, views, budget } = floats(problem);
      if (live.length === 0) continue;
      // Weights in units of 100 bps, which keeps the solver's absolute tolerances meaningful.
      const term = (x: number, name: string): string => `${x < 0 ? "-" : "+"} ${Math.abs(x)} ${name}`;
      const linear = views.map((view, k) => term(view * 100, `w${k}`)).join(" ");
      const quadratic = covariance
        .flatMap((row, i) =>
          row.flatMap((v, j) =>
            j < i ? [] : [term(-v * 1e4 * (i === j ? 1 : 2), i === j ? `w${i} ^ 2` : `w${i} * w${j}`)],
          ),
        )
        .join(" ");
      const { Columns, Status } = highs.solve(
        `Maximize\n obj: ${linear} + [ ${quadratic} ] / 2\nSubject To\n budget: ${views.map((_, k) => `+ w${k}`).join(" ")} <= ${budget / 100}\nEnd\n`,
      );
      expect(Status).to.equal("Optimal");
      const { weights } = solveSleeve(problem);
      live.forEach((i, k) =>
        expect(bpsOf(weights[i]!), `weight ${i}`).to.satisfy(
          closeTo(100 * (Columns[`w${k}`] as { Primal: number }).Primal, 1),
        ),
      );
    }
  });

  it("refuses a weight that is a basis point off, a budget that is passed, and weight on an asset that is not there", () => {
    const problem: SleeveProblem = {
      volatility: [100n, 120n, 0n, 90n, 110n, 130n, 140n, 95n],
      correlation: Array<bigint>(28).fill(90n),
      viewsBps: [3_000n, 5_000n, 9_000n, 500n, 1_000n, 6_000n, -2_000n, 2_500n],
      riskTolerance: 128n,
      stressMix: 0n,
      budgetBps: 6_000n,
    };
    const solution = solveSleeve(problem);
    expect(sleeveFaults(problem, solution)).to.deep.equal([]);
    const bp = 1n << WEIGHT_SHIFT;
    solution.weights.forEach((w, i) => {
      for (const forged of [w + bp, w - bp])
        expect(
          sleeveFaults(problem, { ...solution, weights: solution.weights.with(i, forged) }),
          `${i}`,
        ).to.not.deep.equal([]);
    });
    const [first, second] = solution.weights.flatMap((w, i) => (w > bp ? [i] : []));
    expect(
      sleeveFaults(problem, {
        ...solution,
        weights: solution.weights
          .with(first!, solution.weights[first!]! + bp)
          .with(second!, solution.weights[second!]! - bp),
      }),
    ).to.not.deep.equal([]);
    expect(sleeveFaults(problem, { ...solution, price: solution.price + (1n << 33n) })).to.not.deep.equal([]);
  });

  it("gives nothing without budget, tolerance, views or assets", () => {
    const problem = fc.sample(problems, { numRuns: 1, seed: 7 })[0]!;
    for (const less of [
      { budgetBps: 0n },
      { riskTolerance: 0n },
      { viewsBps: Array<bigint>(8).fill(0n) },
      { viewsBps: Array<bigint>(8).fill(-5n) },
      { volatility: Array<bigint>(8).fill(0n) },
    ]) {
      const one = { ...problem, viewsBps: problem.viewsBps.map((view) => (view < 0n ? -view : view)), ...less };
      const solution = solveSleeve(one);
      expect(solution.weights.every((w) => w === 0n)).to.equal(true);
      expect(sleeveFaults(one, solution)).to.deep.equal([]);
    }
  });

  it("holds less the more of the stress covariance is mixed in, where views are alike", () => {
    const base = {
      volatility: Array<bigint>(8).fill(100n),
      correlation: Array<bigint>(28).fill(40n),
      viewsBps: Array<bigint>(8).fill(2_000n),
      riskTolerance: 64n,
      budgetBps: 10_000n,
    };
    const total = (stressMix: bigint): bigint =>
      solveSleeve({ ...base, stressMix }).weights.reduce((a, b) => a + b, 0n);
    for (let mix = 1n; mix <= 7n; mix++) expect(total(mix) < total(mix - 1n)).to.equal(true);
  });

  describe("Markowitz's critical line (Bailey and López de Prado)", () => {
    type Reference = {
      cla: {
        maxSharpeWeights: number[];
        minVarWeights: number[];
        minVar: number;
        minVarReturn: number;
        maxSharpe: number;
      };
    };
    const load = (test: Mocha.Context) => {
      const { cla } = referenceJson<Reference>(test, "vectors/results.json");
      const rows = referenceCsv(test, "vectors/CLA_Data.csv").map((row) => Object.values(row).map(Number));
      return { cla, mu: rows[0]!, covariance: rows.slice(3) };
    };
    const close = (found: readonly number[], wanted: readonly number[]): void =>
      found.forEach((w, i) => expect(w).to.satisfy(closeTo(wanted[i]!, 1e-7)));

    it("finds the portfolio of the largest Sharpe ratio", function () {
      const { cla, mu, covariance } = load(this);
      const { weights } = optimise(covariance, mu, Infinity);
      const total = weights.reduce((a, b) => a + b, 0);
      close(
        weights.map((w) => w / total),
        cla.maxSharpeWeights,
      );
    });

    it("finds the portfolio of the least variance", function () {
      const { cla, covariance } = load(this);
      const { weights, bound } = optimise(
        covariance,
        covariance.map(() => 1_000),
        1,
      );
      expect(bound).to.equal(true);
      close(weights, cla.minVarWeights);
      expect(
        weights.reduce((v, w, i) => v + w * covariance[i]!.reduce((s, c, j) => s + c * weights[j]!, 0), 0),
      ).to.satisfy(closeTo(cla.minVar, 1e-9));
    });
  });
});
