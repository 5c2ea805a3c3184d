/* Correlations of honest reporters, and of one within the tolerance of honest followers: do they always leave one optimum? */
import { SignalHistory } from "../../prover/features/signalHistory.ts";
import { sleeveFaults, solveSleeve } from "../../prover/strategy/meanVariance.ts";
const rnd = Math.random; const gauss = () => Math.sqrt(-2 * Math.log(1 - rnd())) * Math.cos(2 * Math.PI * rnd());
const seen = { cases: 0, threw: 0, faults: 0, shifted: 0, shiftedThrew: 0, most: -200, least: 200 };
for (let c = 0; c < Number(process.argv[2] ?? 300); c++) {
  const n = 8, hours = [3, 5, 10, 60, 200][Math.floor(rnd() * 5)]!, kind = Math.floor(rnd() * 5);
  const history = new SignalHistory(n, [...Array(n).keys()]);
  const prices = Array.from({ length: n }, () => 10 ** (rnd() * 8) + 3);
  const scale = Array.from({ length: n }, () => [1e-6, 1e-4, 0.01, 0.05][Math.floor(rnd() * 4)]!);
  for (let h = 0; h < hours; h++) {
    const f = gauss();
    history.push({ pricesMicroUsd: prices.map((p) => BigInt(Math.max(1, Math.round(p)))), fundingPpb: 0n } as never);
    for (let k = 0; k < n; k++) {
      const shock = kind === 0 ? f : kind === 1 ? (k % 2 ? -f : f) : kind === 2 ? f + 0.02 * gauss() : kind === 3 ? (k < 4 ? f : gauss()) : gauss();
      prices[k]! *= Math.max(0.5, 1 + scale[kind < 3 ? 2 : k]! * shock);
    }
  }
  const { volatility, correlation } = history.signals([127n, 127n, 127n, 127n, 127n, 127n, 127n, 127n]);
  for (const r of correlation) { seen.most = Math.max(seen.most, Number(r)); seen.least = Math.min(seen.least, Number(r)); }
  const solve = (correlation: readonly bigint[]): string => {
    for (const [views, budgetBps, stressMix] of [[16_383n, 10_000n, 0n], [300n, 10_000n, 0n], [16_383n, 10_000n, 7n]] as const) {
      const p = { volatility, correlation, viewsBps: Array<bigint>(n).fill(views).map((v, i) => v - BigInt(i)), riskTolerance: 4_095n, stressMix, budgetBps };
      try { if (sleeveFaults(p, solveSleeve(p)).length) return "faults"; } catch { return "threw"; }
    }
    return "ok";
  };
  seen.cases++; const r = solve(correlation); if (r === "threw") seen.threw++; if (r === "faults") seen.faults++;
  for (let t = 0; t < 4; t++) {
    seen.shifted++;
    const sign = Array.from({ length: n }, () => (rnd() < 0.5 ? -1 : 1)); let at = 0; const moved = [...correlation];
    for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++, at++) { const x = Number(moved[at]!) + (t === 0 ? (rnd() < 0.5 ? 1 : -1) : -sign[i]! * sign[j]!); moved[at] = BigInt(Math.max(-127, Math.min(127, x))); }
    if (solve(moved) !== "ok") seen.shiftedThrew++;
  }
}
console.log(seen);
