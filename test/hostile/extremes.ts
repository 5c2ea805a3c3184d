/* `decide` against the small rebalance circuit in the corners of what the chain allows. Usage: node test/hostile/extremes.ts [cases] [seed] [forge] */
import { MandateRefused } from "../../prover/mandate.ts";
import { profiles } from "../../prover/profile.ts";
import { toWord } from "../../prover/field.ts";
import { calmNetwork } from "../../prover/strategy/network.ts";
import type { StrategyParameters, RegimeTable } from "../../prover/strategy/parameters.ts";
import { bps, lots, microUsd } from "../../prover/units.ts";
import { buildSubmission } from "../../prover/witness.ts";
import { insistOn, requestFor } from "../support/adherence.ts";
import { smallRebalance } from "../support/rebalance.ts";
const P = profiles.small;
let s = BigInt(process.argv[3] ?? 1) * 0x9E3779B97F4A7C15n & ((1n << 64n) - 1n);
const next = (): number => { s ^= (s << 13n) & ((1n << 64n) - 1n); s ^= s >> 7n; s ^= (s << 17n) & ((1n << 64n) - 1n); return Number(s >> 11n) / 2 ** 53; };
const rnd = (lo: bigint, hi: bigint): bigint => lo + BigInt(Math.floor(next() * 2 ** 53)) * (hi - lo) / (1n << 53n);
const pick = <T>(...l: T[]): T => l[Math.floor(next() * l.length)]!;
/** log-uniform below 2^bits, or an edge */
const wide = (bits: number): bigint => pick(() => 0n, () => 1n, () => (1n << BigInt(bits)) - 1n, () => rnd(0n, 1n << BigInt(Math.floor(next() * (bits + 1)))), () => rnd(0n, 1n << BigInt(Math.floor(next() * (bits + 1)))))();
const sgn = (x: bigint): bigint => (next() < 0.5 ? -x : x);
function slotOf(perp: boolean) {
  // Σ over two slots of cap·lane < 2^48: each at most half.
  const capBits = Math.floor(next() * 40);
  const cap = pick((1n << BigInt(capBits)) - 1n, 1n, rnd(1n, 1n << BigInt(capBits + 1)), 0n);
  const budget = ((1n << 47n) - 1n) / (cap || 1n);
  const lane = (): bigint => { const b = budget < (1n << 48n) - 1n ? budget : (1n << 48n) - 1n; return pick(() => b, () => 0n, () => rnd(0n, b + 1n), () => b / 1000n, () => 1n < b ? 1n : b)(); };
  const price = lane();
  const liquidity = pick(() => (1n << 31n) - 1n, () => 0n, () => rnd(0n, 1n << 31n), () => rnd(0n, 100n))();
  const slipCap = ((1n << 47n) - 1n) / (liquidity || 1n);
  const slip = pick(0n, price / 200n < slipCap ? price / 200n : slipCap);
  return { value: microUsd(perp ? 0n : price), delta: microUsd(pick(price, sgn(lane()))), gamma: microUsd(sgn(lane())), vega: microUsd(sgn(lane())),
    stress: [0, 1, 2, 3].map(() => microUsd(next() < 0.9 ? sgn(price / 50n) : sgn(lane()))), carryIndex: microUsd(next() < 0.5 ? 0n : sgn(rnd(0n, 1n << 20n))), notional: microUsd(pick(price, price, 0n, lane())), slip: microUsd(slip),
    contingency: microUsd(perp ? (next() < 0.8 ? price / 50n : lane() / 50n) : 0n), liquidity: lots(liquidity), positionCap: lots(cap) };
}
const small = () => P;
function strategy(schema: boolean): StrategyParameters {
  const w = () => pick(() => 0n, () => sgn(16_383n), () => sgn(rnd(0n, 16_384n)), () => sgn(rnd(0n, 3000n)))();
  const band = () => pick(() => 0n, () => 16_383n, () => rnd(0n, 500n))();
  const per = (f: () => bigint) => Array.from({ length: P.groups }, f);
  const table = (): RegimeTable => ({ weightBps: Array.from({ length: P.slots }, w), deltaBps: per(w), gammaBps: per(w), vegaBps: per(w), sleeveBps: pick(0n, 10_000n, rnd(0n, 10_001n)),
    participationBps: pick(0n, 1n, 10_000n, 2_000n, schema ? 9_999n : 16_383n), riskTolerance: pick(0n, 128n, 4_095n), stressMix: rnd(0n, 8n), speed: pick(0n, 1n, 128n, 64n, schema ? 127n : 255n),
    weightBandBps: per(band), deltaBandBps: per(band), gammaBandBps: per(band), vegaBandBps: per(band) });
  const net = calmNetwork();
  return { network: { ...net, outputBias: net.outputBias.map(() => sgn(rnd(0n, 16_384n))) }, regimes: [table(), table(), table(), table()], viewsBps: Array.from({ length: 4 }, w), hedgesDelta: Array.from({ length: P.groups }, () => next() < 0.5), tradesOptions: [false, false],
    rollDays: rnd(0n, 128n), defencePace: pick(1n, 32n, 128n, schema ? 127n : 255n, schema ? 64n : 0n), marginTriggerBps: pick(0n, 10_000n, 3_500n, schema ? 1n : 16_383n) };
}
const schema = process.argv[5] !== "wild";
function situation() {
  const slots = [slotOf(false), slotOf(true), slotOf(false), slotOf(true)];
  const positions = slots.map(({ positionCap }, i) => { const q = pick(() => 0n, () => positionCap as bigint, () => rnd(0n, positionCap + 1n), () => (positionCap as bigint) / 100n, () => 1n < positionCap ? 1n : positionCap as bigint)(); return lots(i % 2 ? sgn(q) : q); });
  const held = positions.reduce((t: bigint, q, i) => t + q * slots[i]!.value, 0n);
  const gross = positions.reduce((t: bigint, q, i) => t + (q < 0n ? -q : q) * slots[i]!.notional, 0n);
  const near = () => { const n = gross * rnd(50n, 800n) / 100n; return n < 1n << 50n ? n : (1n << 50n) - 1n; };
  const target = pick(near, near, near, near, near, near, () => (1n << 50n) - 1n, () => 0n, () => 1n, () => sgn(wide(50)), () => wide(50), () => rnd(1n << 30n, 1n << 45n), () => rnd(1n << 30n, 1n << 45n))();
  const nav = target, cash = nav - held;
  const mb = () => pick(() => bps((1n << 18n) - 1n), () => bps(200_000n), () => bps(rnd(0n, 20_000n)), () => bps(0n))();
  const initial = rnd(0n, 10_001n);
  const n = 4;
  return { slots, settlement: { filled: positions.map(() => lots(0n)), positions, cash: microUsd(cash), cashFlow: microUsd(0n), cashAdj: microUsd(cash - positions.reduce((t: bigint, q, i) => t + q * slots[i]!.carryIndex, 0n)), navBefore: microUsd(nav), nav: microUsd(nav), capital: microUsd(nav > 0n ? nav : 0n), insolvent: nav < 0n, baseAge: pick(0n, 0n, 1n, 100n, (1n << 32n) - 2n) },
    mandate: { deltaBps: mb(), gammaBps: mb(), vegaBps: mb(), concentrationBps: mb(), participationBps: bps(pick(0n, 1n, 10_000n, 10_000n)), grossBps: mb(), netBps: mb(), cashFloorBps: pick(bps(0n), bps(500n), mb()), turnoverBps: mb(), initialMarginBps: bps(initial), maintenanceMarginBps: bps(rnd(initial, 10_001n)), breachEpochs: pick(0n, 50n, (1n << 32n) - 1n) },
    signals: { features: Array.from({ length: 8 }, () => pick(-2047n, 2047n, 0n, sgn(rnd(0n, 2048n)))), daysToExpiry: [], volatility: Array.from({ length: n }, (_, i) => i % 2 ? 0n : pick(0n, 1n, 511n, rnd(0n, 512n))), correlation: Array.from({ length: 6 }, () => pick(0n, 127n, 100n, rnd(0n, 128n), -40n)) },
    outflow: false, halted: next() < 0.03, epoch: pick(0n, (1n << 32n) - 1n, rnd(0n, 1n << 32n)), cashWanted: microUsd(pick(() => 0n, () => (1n << 50n) - 1n, () => wide(50), () => nav > 0n ? nav / 2n : 0n)()), halvings: pick(0, 0, 1, 3, 7) };
}
const circuit = smallRebalance();
const cases = Number(process.argv[2] ?? 50); const forge = Number(process.argv[4] ?? 0);
const seen: Record<string, number> = {}; const count = (k: string) => { seen[k] = (seen[k] ?? 0) + 1; };
const show = (x: unknown) => JSON.stringify(x, (_, v) => typeof v === "bigint" ? v.toString() : v);
const started = performance.now();
for (let k = 0; k < cases; k++) {
  const { slots, ...raw } = situation();
  const st = strategy(schema);
  const sit = { ...raw, snapshot: { slots, mayBeShort: [false, true, false, true], chargesLong: [false, true, false, true], signals: raw.signals } };
  const request = requestFor(small(), st, sit as never);
  let built;
  try { built = buildSubmission(request); } catch (e) { if (e instanceof MandateRefused) { count("strict refused"); continue; } console.log("DECIDE THREW", (e as Error).stack!.slice(0, 600), show({ st, raw, slots })); count("threw"); continue; }
  count(built.decision.mode + (built.decision.refused.length ? " refused:" + built.decision.refused[0]!.row : ""));
  for (const r of built.decision.reasons) if (r.clip) count("clip " + r.clip);
  if (built.decision.reasons.some((r) => r.order !== 0n)) count("orders");
  try { circuit.run(built.inputs); count("ok"); } catch (e) { count("CIRCUIT REFUSES"); console.log("CIRCUIT REFUSES", (e as Error).message.slice(0, 400), show({ decision: { ...built.decision, report: undefined }, st: { ...st, network: 0 }, raw, slots })); }
  if (forge > 0 && built.decision.mode !== "idle") for (let f = 0; f < forge; f++) {
    // another order in one slot, with any names of limits, direction and tightest slot
    const slot = Math.floor(next() * 4); const base = built.decision.reasons[slot]!.order as bigint; const q = raw.settlement.positions[slot]! as bigint;
    const other = pick(base + 1n, base - 1n, 0n, -base, -q, base / 2n, 2n * base, sgn(rnd(0n, 1n << 31n)), (slots[slot]!.positionCap as bigint) - q);
    if (other === base || other >= 1n << 31n || other < -(1n << 31n)) continue;
    const forged = insistOn(request, built.decision.reasons.map((r, i) => lots(i === slot ? other : r.order)));
    const onehot = (n: number, at: number) => Array.from({ length: n }, (_, i) => (i === at ? 1n : 0n));
    const inputs = { ...forged.inputs, clips: (forged.inputs["clips"] as bigint[][]).with(slot, onehot(3, Math.floor(next() * 4) - 0)), directions: (forged.inputs["directions"] as bigint[]).with(slot, pick(0n, 1n, other >= 0n ? 1n : 0n)), retreatBy: onehot(4, Math.floor(next() * 6)) };
    count("forged"); if (!circuit.refuses(inputs)) { count("FORGERY ACCEPTED"); console.log("FORGERY", show({ slot, base, other, st: { ...st, network: 0 }, raw, slots, decision: { ...built.decision, report: undefined } })); }
  }
}
console.log(seen, Math.round((performance.now() - started) / cases), "ms a case");
void toWord;
