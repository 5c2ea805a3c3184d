import { expect } from "chai";
import { sleeveFaults, sleeveMatrix, solveSleeve } from "../../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../../prover/strategy/meanVariance.ts";

const ASSETS = 8;
const WEIGHT_UNITS = 65_536;

/** x of m·x = b by elimination: m is positive definite. */
function solve(m: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = m.map((row, i) => [...row, b[i]!]);
  for (let i = 0; i < rows.length; i++) {
    for (let j = i + 1; j < rows.length; j++) {
      const factor = rows[j]![i]! / rows[i]![i]!;
      for (let k = i; k <= rows.length; k++) rows[j]![k]! -= factor * rows[i]![k]!;
    }
  }
  const x = b.map(() => 0);
  for (let i = rows.length - 1; i >= 0; i--) {
    x[i] =
      (rows[i]![rows.length]! - rows[i]!.slice(i + 1, -1).reduce((sum, v, k) => sum + v * x[i + 1 + k]!, 0)) /
      rows[i]![i]!;
  }
  return x;
}

/** The weights farthest up for the first asset that the conditions take, where none but the tolerance binds. */
function farthest(problem: SleeveProblem): bigint[] {
  const matrix = sleeveMatrix(problem).map((row) => row.map(Number));
  const columns = matrix.map((_, j) =>
    solve(
      matrix,
      matrix.map((_, i) => (i === j ? 1 : 0)),
    ),
  );
  // The rest is for rounding.
  const tau = problem.volatility.map((sigma) => Number(sigma << 23n) * 0.9);
  return solveSleeve(problem).weights.map(
    (weight, i) =>
      weight + BigInt(Math.round(tau.reduce((sum, t, j) => sum + columns[j]![i]! * t * Math.sign(columns[j]![0]!), 0))),
  );
}

// docs/strategy.md §4.2 states these figures: what is proven of a sleeve, and no more.
describe("The freedom that the tolerance leaves a sleeve's weights", () => {
  for (const [stressMix, offTimesSigma] of [
    [0n, 3.1],
    [4n, 6.2],
    [6n, 12.4],
    [7n, 24.9],
  ] as const) {
    it(`is ${offTimesSigma}/σ basis points at most with stressMix ${stressMix} and eight assets that move as one`, () => {
      for (const sigma of [13n, 40n, 102n]) {
        const problem: SleeveProblem = {
          volatility: Array<bigint>(ASSETS).fill(sigma),
          correlation: Array<bigint>((ASSETS * (ASSETS - 1)) / 2).fill(127n),
          viewsBps: Array<bigint>(ASSETS).fill(75n * sigma),
          riskTolerance: sigma,
          stressMix,
          budgetBps: 16_383n,
        };
        const moved = farthest(problem);
        expect(sleeveFaults(problem, { weights: moved, price: 0n })).to.deep.equal([]);
        const offBps = Number(moved[0]! - solveSleeve(problem).weights[0]!) / WEIGHT_UNITS;
        expect(offBps * Number(sigma)).to.be.within(0.88 * offTimesSigma, offTimesSigma);
        expect(offBps).to.be.at.most((2 ** 8 * Math.sqrt(ASSETS)) / (8 * Number(8n - stressMix) * Number(sigma)));
      }
    });
  }
});
