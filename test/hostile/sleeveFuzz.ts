/* Fuzz of solveSleeve against the circuit's whole-number conditions. Usage: node test/hostile/sleeveFuzz.ts [cases] [seed] */
import { sleeveFaults, sleeveMatrix, solveSleeve } from "../../prover/strategy/meanVariance.ts";
import type { SleeveProblem } from "../../prover/strategy/meanVariance.ts";
let s = BigInt(process.argv[3] ?? 1) || 1n;
const next = (): number => { s ^= (s << 13n) & ((1n << 64n) - 1n); s ^= s >> 7n; s ^= (s << 17n) & ((1n << 64n) - 1n); s &= (1n << 64n) - 1n; return Number(s >> 11n) / 2 ** 53; };
const int = (lo: number, hi: number): bigint => BigInt(Math.floor(next() * (hi - lo + 1)) + lo);
const pick = <T>(l: readonly T[]): T => l[Math.floor(next() * l.length)]!;
const gauss = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const clampTo = (x: number): bigint => BigInt(Math.max(-127, Math.min(127, Math.trunc(x))));
function correlations(n: number, kind: string): bigint[] {
  const out: bigint[] = [];
  if (kind === "const") { const c = Number(pick([0n, 60n, 110n, 120n, 125n, 126n, 127n])); for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) out.push(clampTo(c)); return out; }
  // sample correlation of few factors, sometimes twins and opposites, shrunk by a quarter as the spec says
  const T = pick([2, 3, 5, 30]); const x = Array.from({ length: n }, () => Array.from({ length: T }, gauss));
  if (kind === "twins") for (let i = 1; i < n; i++) if (next() < 0.6) { const sgn = next() < 0.3 ? -1 : 1; x[i] = x[0]!.map((v) => sgn * v + 1e-3 * gauss()); }
  const c: number[] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) {
    const d = (a: number[], b: number[]): number => a.reduce((t, v, k) => t + v * b[k]!, 0);
    c.push(Math.trunc((1024 * d(x[i]!, x[j]!)) / Math.sqrt(d(x[i]!, x[i]!) * d(x[j]!, x[j]!))));
  }
  const mean = Math.trunc(c.reduce((a, b) => a + b, 0) / c.length);
  return c.map((v) => clampTo((3 * v + mean) / 4 / 8));
}
const cases = Number(process.argv[2] ?? 100_000);
const seen = { cases: 0, faults: 0, threw: 0, notPd: 0, bound: 0, minEdge: 1 };
const examples: string[] = [];
for (let k = 0; k < cases; k++) {
  const n = pick([8, 8, 4]);
  const vols = pick(["any", "low", "mixed", "high"]);
  const volatility = Array.from({ length: n }, () => { const r = next(); if (r < 0.08) return 0n; return vols === "low" ? int(1, 4) : vols === "high" ? int(480, 511) : vols === "mixed" ? pick([1n, 2n, 511n, 80n]) : int(1, 511); });
  const viewKind = pick(["any", "same", "huge", "tiny"]);
  const problem: SleeveProblem = {
    volatility, correlation: correlations(n, pick(["const", "factor", "twins"])),
    viewsBps: Array.from({ length: n }, () => viewKind === "same" ? 16_383n : viewKind === "huge" ? pick([16_383n, 16_382n, -16_383n, 16_000n]) : viewKind === "tiny" ? int(-2, 3) : int(-16_383, 16_383)),
    riskTolerance: pick([0n, 1n, 128n, 4_095n, int(0, 4_095)]), stressMix: pick([0n, 7n, int(0, 7)]), budgetBps: pick([0n, 1n, 2n, 10_000n, int(0, 10_000)]),
  };
  seen.cases++;
  try {
    const solution = solveSleeve(problem);
    if (solution.price > 0n) seen.bound++;
    const faults = sleeveFaults(problem, solution);
    if (solution.price >= 1n << 59n || solution.weights.some((w) => w >= 1n << 30n)) faults.push("out of the circuit's range");
    // slack and room as the circuit ranges them
    if (faults.length > 0) { seen.faults++; if (examples.length < 5) examples.push(JSON.stringify({ faults, problem, solution }, (_, v) => typeof v === "bigint" ? Number(v) : v)); }
    // how near the edge of the tolerance the honest solution comes
    const V = sleeveMatrix(problem);
    problem.volatility.forEach((sigma, i) => {
      if (sigma === 0n) return;
      const e = ((problem.riskTolerance * problem.viewsBps[i]!) << 32n) - solution.price - V[i]!.reduce((t, v, j) => t + v * solution.weights[j]!, 0n);
      const tau = sigma << 23n; const room = solution.weights[i]! > 0n ? Number(tau - (e < 0n ? -e : e)) / Number(tau) : e > -tau ? Number(tau - e) / Number(tau) : 1;
      if (room < seen.minEdge) seen.minEdge = room;
    });
  } catch (error) { if (error instanceof RangeError) { seen.threw++; if (examples.length < 5) examples.push(JSON.stringify({ threw: error.message, problem }, (_, v) => typeof v === "bigint" ? Number(v) : v)); } else throw error; }
}
console.log(seen); for (const e of examples) console.log(e);
