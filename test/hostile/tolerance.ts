/* Nonsense for `disagreements`: it may never throw, and what it takes has to be canonical and in the oracle's ranges. */
import { disagreements } from "../../prover/features/tolerance.ts";
import { profiles, REPORTED_FIELDS } from "../../prover/profile.ts";
import { packSlot } from "../../prover/snapshot/packing.ts";
import { noSignals, signalWords } from "../../prover/strategy/signals.ts";
const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const profile = profiles.standard; const rnd = (n: number) => Math.floor(Math.random() * n);
const kinds = ["spot", "perp", "option", "option"] as const;
const slots = Array.from({ length: 16 }, (_, i) => (i === 15 ? null : { kind: i < 4 ? kinds[i]! : ("spot" as const), orderCap: 1000 }));
const own = [...slots.flatMap((slot) => {
  if (slot === null) return Array<bigint>(profile.rowWords + REPORTED_FIELDS.length).fill(0n);
  const n = 1_000_000_000n, option = slot.kind === "option";
  const rows = packSlot({ value: slot.kind === "perp" ? 0n : option ? n / 20n : n, delta: option ? n / 2n : n, gamma: option ? 5_000_000n : 0n, vega: option ? 2_000_000n : 0n, stress: Array.from({ length: profile.scenarios }, (_, s) => (BigInt(s - 11) * n) / 100n) } as never);
  return [...rows, n, n / 200n, slot.kind === "spot" ? 0n : n / 50n, 900n];
}), ...signalWords(profile, { ...noSignals(profile), volatility: noSignals(profile).volatility.map((_, i) => (i < 3 ? 100n : 0n)), correlation: noSignals(profile).correlation.map(() => 50n) })];
if (disagreements(profile, slots, own, own).length) throw new Error("own refused");
let took = 0, runs = 60_000, alias = 0;
for (let k = 0; k < runs; k++) {
  const other = [...own];
  for (let e = 0; e <= rnd(3); e++) {
    const at = rnd(other.length); const how = rnd(8);
    other[at] = how === 0 ? other[at]! + R : how === 1 ? BigInt("9".repeat(1 + rnd(78))) : how === 2 ? (1n << BigInt(rnd(259))) : how === 3 ? other[at]! + (1n << BigInt(rnd(256))) : how === 4 ? R - 1n - BigInt(rnd(1000)) : how === 5 ? 0n : how === 6 ? (other[at]! > 1n ? other[at]! - 1n : 1n) : other[at]! + BigInt(rnd(100));
  }
  const words = rnd(50) === 0 ? other.slice(0, rnd(other.length)) : other;
  const far = disagreements(profile, slots, own, words);
  if (far.length === 0) { took++; if (words.some((w) => w >= R)) { alias++; console.log("TAKES A WORD BEYOND THE FIELD"); } }
}
console.log({ runs, took, alias });
