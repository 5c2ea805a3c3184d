/* decide's options against OptionOrders in the corners: lanes to 2^47, targets to 2^64, det about the condition. Usage: node … [cases] [seed] */
import { absolute } from "../../prover/book.ts";
import { toWord } from "../../prover/field.ts";
import { packSlot } from "../../prover/snapshot/packing.ts";
import { decide } from "../../prover/strategy/decide.ts";
import { noSignals } from "../../prover/strategy/signals.ts";
import { lots, microUsd } from "../../prover/units.ts";
import { Circuit } from "../support/circuit.ts";
import { holding, optionSlot, perpSlot, situationOf, snapshotOf, spotSlot, standard, strategyOf } from "../support/strategy.ts";
import { integer, natural, word, wrap } from "../circuits/templates/template.ts";
let s = BigInt(process.argv[3] ?? 1) * 0x9E3779B97F4A7C15n & ((1n << 64n) - 1n);
const next = (): number => { s ^= (s << 13n) & ((1n << 64n) - 1n); s ^= s >> 7n; s ^= (s << 17n) & ((1n << 64n) - 1n); return Number(s >> 11n) / 2 ** 53; };
const rnd = (lo: bigint, hi: bigint): bigint => lo + (BigInt(Math.floor(next() * 2 ** 53)) * (hi - lo)) / (1n << 53n);
const pick = <T>(...l: T[]): T => l[Math.floor(next() * l.length)]!;
const sgn = (x: bigint): bigint => (next() < 0.5 ? -x : x);
const circuit = new Circuit(wrap("strategy/options.circom", "OptionOrders()", {
  ...Object.fromEntries([0, 1].flatMap((k) => ["rows", "held", "order", "magnitude", "direction", "clipped"].map((name) => [`options[${k}].${name}`, word] as const))),
  "options[0].days": natural(7), "options[1].days": natural(7), gamma: integer(49), vega: integer(49), gammaTarget: integer(64), vegaTarget: integer(64),
  gammaBand: natural(64), vegaBand: natural(64), pace: natural(8), rollDays: natural(7) }, ["delta"]));
const cases = Number(process.argv[2] ?? 100); const seen: Record<string, number> = {}; const count = (k: string) => { seen[k] = (seen[k] ?? 0) + 1; };
for (let c = 0; c < cases; c++) {
  const cap = pick(1n, 2n, 1000n, 1n << 20n, (1n << 39n) - 1n);
  const room = ((1n << 47n) - 1n) / cap / 2n || 1n;
  const base = pick(room, rnd(0n, room + 1n), 1n, 0n, 7n);
  const near = (x: bigint): bigint => pick(() => x, () => x + pick(-1n, 1n), () => (x * 17n) / 15n + pick(-1n, 0n, 1n), () => (x * 15n) / 17n + pick(-1n, 0n, 1n), () => rnd(0n, room + 1n), () => -x)();
  const lane = (x: bigint): bigint => { const y = near(x); return y > room ? room : y < -room ? -room : y; };
  const g = [lane(base), lane(base)], v = [lane(base), lane(base)];
  const slots = [0, 1].map((k) => optionSlot(0n, 0n, { gamma: microUsd(g[k]!), vega: microUsd(v[k]!), delta: microUsd(sgn(rnd(0n, room + 1n))), positionCap: lots(cap), liquidity: lots((1n << 31n) - 1n), value: microUsd(0n), notional: microUsd(1n), contingency: microUsd(0n), slip: microUsd(0n), stress: [0n, 0n, 0n, 0n].map(microUsd) }));
  const held = [0, 1].map(() => sgn(pick(0n, cap, rnd(0n, cap + 1n))));
  const snapshot = { ...snapshotOf(standard, { 0: spotSlot(1n), 1: perpSlot(1n), 2: slots[0]!, 3: slots[1]! }), mayBeShort: Array<boolean>(standard.slots).fill(true) };
  const capital = pick((1n << 50n) - 1n, 1n, rnd(0n, 1n << 50n), rnd(0n, 1n << 30n));
  const settlement = { ...holding(snapshot, { 2: held[0]!, 3: held[1]! }, 0n), capital: microUsd(capital), nav: microUsd(capital), cash: microUsd(capital) };
  const only = (x: bigint): bigint[] => [x, 0n, 0n, 0n];
  const target = () => sgn(pick(0n, 16_383n, rnd(0n, 16_384n))); const band = () => pick(0n, 0n, 16_383n, rnd(0n, 100n));
  const [gt, vt, gb, vb] = [target(), target(), band(), band()]; const speed = pick(0n, 1n, 128n, rnd(0n, 129n));
  const days = [pick(0n, 2n, 3n, 127n), pick(0n, 2n, 3n, 127n)]; const rollDays = pick(0n, 3n, 3n, 127n);
  const strategy = strategyOf(standard, { gammaBps: only(gt), vegaBps: only(vt), gammaBandBps: only(gb), vegaBandBps: only(vb), speed }, { tradesOptions: [true, false, false, false], rollDays });
  const signals = { ...noSignals(standard), daysToExpiry: noSignals(standard).daysToExpiry.with(0, days[0]!).with(1, days[1]!) };
  const { reasons } = decide(standard, { ...strategy, marginTriggerBps: 10_000n }, situationOf(standard, snapshot, settlement, { signals }));
  if (reasons.length === 0) { count("idle"); continue; }
  const orders = [reasons[2]!, reasons[3]!];
  if (orders.some((o) => o.role !== "option")) { count("defends"); continue; }
  const total = (of: bigint[]): bigint => held[0]! * of[0]! + held[1]! * of[1]!;
  const inputs = (list: readonly bigint[], clipped = orders.map((o) => (o.clip ? 1n : 0n))) => ({
    ...Object.assign({}, ...[0, 1].map((k) => ({ [`options_${k}_rows`]: packSlot({ ...slots[k]!, stress: slots[k]!.stress.slice(0, 1) })[0]!, [`options_${k}_days`]: days[k]!, [`options_${k}_held`]: toWord(held[k]!),
      [`options_${k}_order`]: toWord(list[k]!), [`options_${k}_magnitude`]: absolute(list[k]!), [`options_${k}_direction`]: (list[k] === 0n ? orders[k]!.towards : list[k]!) >= 0n ? 1n : 0n, [`options_${k}_clipped`]: clipped[k]! }))) as Record<string, bigint>,
    gamma: toWord(total(g)), vega: toWord(total(v)), gammaTarget: toWord(gt * capital), vegaTarget: toWord(vt * capital), gammaBand: gb * capital, vegaBand: vb * capital, pace: speed, rollDays });
  const decided = orders.map(({ order }) => order);
  count(orders.some((o) => o.clip) ? "clipped" : decided.some((x) => x !== 0n) ? "orders" : "none");
  try { circuit.run(inputs(decided)); count("ok"); } catch (e) { count("REFUSED"); console.log("REFUSED", (e as Error).message.slice(0, 200), { g, v, held, capital, gt, vt, gb, vb, speed, days, rollDays, decided, cap }); }
  const at = pick(0, 1); if (orders[at]!.clip === undefined) { const forged = decided.with(at, pick(decided[at]! + 1n, decided[at]! - 1n, -decided[at]! || 1n)); count("forged"); if (!circuit.refuses(inputs(forged))) { count("FORGERY"); console.log("FORGERY", { g, v, held, decided, forged }); } }
}
console.log(seen);
