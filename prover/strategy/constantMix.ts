import { createHmac } from "node:crypto";
import { toWord, wordBytes } from "../field.ts";
import { transcriptHash } from "../poseidon.ts";
import type { Profile } from "../profile.ts";
import type { Seed } from "../randomness.ts";
import { bps } from "../units.ts";
import type { Bps, Word } from "../units.ts";

/**
 * Constant mix with a no-trade band: each slot's exposure, position times notional, is held at a share of NAV. While it
 * stays within the band nothing is traded; outside, it is traded back to the band's edge, which is the cheapest rule
 * where trading costs a share of the amount. Secret: depositors see only its commitment.
 */
export interface ConstantMix {
  readonly kind: "constant-mix";
  /** Per slot, exposure wanted in bps of NAV; negative is short; |target| ≤ 10^5. */
  readonly targetBps: readonly Bps[];
  /** Per slot, half-width of the no-trade band in bps of NAV, 0 … 10^5. */
  readonly bandBps: readonly Bps[];
  /** Share of the way to the band's edge that one epoch's order goes, 1 … 10^4. */
  readonly speedBps: Bps;
  /** Largest share of a slot's liquidity that one order takes, 0 … 10^4. */
  readonly participationBps: Bps;
}

const MAX_EXPOSURE_BPS = 100_000;
const WHOLE_BPS = 10_000;

/** Tells the canonical words of this kind of strategy from those of others. */
const KIND_WORD = 1n;

/** What is wrong with a strategy file, and where. Never quotes a value: the strategy is secret. */
export class StrategyError extends Error {
  override readonly name = "StrategyError";
}

/**
 * Reads a strategy from its JSON text. Slots that are not listed have target 0 and band 0:
 *
 *   { "kind": "constant-mix", "speedBps": 2500, "participationBps": 1000,
 *     "slots": [{ "slot": 0, "targetBps": 4000, "bandBps": 250 }, …] }
 *
 * @throws StrategyError
 */
export function parseStrategy(profile: Profile, json: string): ConstantMix {
  const value = parseJson(json);
  // Before the rest of it: another kind of strategy has other fields.
  if (typeof value === "object" && value !== null && "kind" in value && value.kind !== "constant-mix") {
    throw new StrategyError('kind must be "constant-mix"');
  }
  const root = requireObject("the strategy", value, ["kind", "speedBps", "participationBps", "slots"]);
  if (!Array.isArray(root["slots"])) throw new StrategyError("slots must be a list");
  const targetBps = Array<Bps>(profile.slots).fill(bps(0n));
  const bandBps = Array<Bps>(profile.slots).fill(bps(0n));
  const listed = new Set<number>();
  root["slots"].forEach((value: unknown, i) => {
    const at = `slots[${i}]`;
    const entry = requireObject(at, value, ["slot", "targetBps", "bandBps"]);
    const slot = requireInteger(`${at}.slot`, entry["slot"], 0, profile.slots - 1);
    if (listed.has(slot)) throw new StrategyError(`${at} lists a slot a second time`);
    listed.add(slot);
    targetBps[slot] = bps(BigInt(requireInteger(`${at}.targetBps`, entry["targetBps"], -MAX_EXPOSURE_BPS, MAX_EXPOSURE_BPS)));
    bandBps[slot] = bps(BigInt(requireInteger(`${at}.bandBps`, entry["bandBps"], 0, MAX_EXPOSURE_BPS)));
  });
  return {
    kind: "constant-mix",
    targetBps,
    bandBps,
    speedBps: bps(BigInt(requireInteger("speedBps", root["speedBps"], 1, WHOLE_BPS))),
    participationBps: bps(BigInt(requireInteger("participationBps", root["participationBps"], 0, WHOLE_BPS))),
  };
}

/**
 * Poseidon sponge over the strategy's canonical words and a salt: what the vault's terms hold. The salt is
 * HMAC-SHA512(seed, "tacit/1/strategy" ‖ words) mod r, so that the seed and the strategy file suffice to show it.
 */
export function commitStrategy(strategy: ConstantMix, seed: Seed): Word {
  const words = strategyWords(strategy);
  const mac = createHmac("sha512", seed).update("tacit/1/strategy".padEnd(32, "\0"));
  for (const word of words) mac.update(wordBytes(word));
  return transcriptHash([...words, toWord(BigInt(`0x${mac.digest("hex")}`))]);
}

/** Kind, slots, speed, participation, targets, bands. */
function strategyWords({ targetBps, bandBps, speedBps, participationBps }: ConstantMix): Word[] {
  return [KIND_WORD, BigInt(targetBps.length), speedBps, participationBps, ...targetBps, ...bandBps].map(toWord);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw new StrategyError("the strategy is not valid JSON");
  }
}

function requireObject(at: string, value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new StrategyError(`${at} must be an object`);
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw new StrategyError(`${at} lacks ${missing}`);
  if (Object.keys(value).length > keys.length) throw new StrategyError(`${at} takes ${keys.join(", ")} and nothing else`);
  return value as Record<string, unknown>;
}

function requireInteger(at: string, value: unknown, min: number, max: number): number {
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    throw new StrategyError(`${at} must be a whole number from ${min} to ${max}`);
  }
  return value as number;
}
