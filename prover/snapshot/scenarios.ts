import type { Profile, ProfileName } from "../format/profile.ts";
import { requireNumber } from "../base/snapshotErrors.ts";

/**
 * Stress scenarios: where the underlying and its volatilities jump at once, and by how much.
 * The shape is that of SPAN and of on-chain portfolio margin (Derive v2, PMRM): each scenario revalues every
 * instrument in full, and the loss that counts is the worst over the scenarios.
 */
export type VolShock = "up" | "unchanged" | "down";

export interface StressScenario {
  /** Jump of spot and of every forward, in basis points: −2000 = −20 %. A whole number above −10,000. */
  spotShockBps: number;
  volShock: VolShock;
}

/**
 * How far "up" and "down" go for an option with `days` left:
 *
 *   factor = 1 ± base·(30 / max(days, floorDays))^power,  power = shortPower up to 30 days, longPower beyond
 *
 * so a short-dated volatility moves more than a long-dated one. "down" never goes below 0.
 */
export interface VolShockParams {
  /** Relative rise at 30 days. */
  baseUp: number;
  /** Relative fall at 30 days. */
  baseDown: number;
  shortPower: number;
  longPower: number;
  floorDays: number;
}

/** Derive v2's published defaults. At one day: ×2.248 and ×0.168; at 30: ×1.45 and ×0.7. */
export const DEFAULT_VOL_SHOCK: VolShockParams = {
  baseUp: 0.45,
  baseDown: 0.3,
  shortPower: 0.3,
  longPower: 0.13,
  floorDays: 1,
};

const REFERENCE_DAYS = 30;
const WIDEST_BPS = 2_000;
const STEP_BPS = 500;

/**
 * The 23 scenarios of the standard profile, in lane order: spot −20 % to +20 % in 5 % steps, each with vol
 * up, unchanged, down; the two ends with vol up only (7·3 + 2).
 */
export const STANDARD_SCENARIOS: readonly StressScenario[] = standardScenarios();

/** The 4 scenarios of the small profile, in lane order; a subset of the standard ones. */
export const SMALL_SCENARIOS: readonly StressScenario[] = [
  { spotShockBps: -2_000, volShock: "up" },
  { spotShockBps: 2_000, volShock: "up" },
  { spotShockBps: -1_000, volShock: "unchanged" },
  { spotShockBps: 1_000, volShock: "unchanged" },
];

const SCENARIOS: Readonly<Record<ProfileName, readonly StressScenario[]>> = {
  standard: STANDARD_SCENARIOS,
  small: SMALL_SCENARIOS,
};

/** The scenarios of a profile, in lane order. */
export const scenariosOf = ({ name }: Profile): readonly StressScenario[] => SCENARIOS[name];

/**
 * What a volatility is multiplied by in a scenario, ≥ 0.
 * @param daysToExpiry days of 86,400 s, ≥ 0
 * @throws SnapshotError `invalid-input` for negative days.
 */
export function volFactor(shock: VolShock, daysToExpiry: number, params: VolShockParams = DEFAULT_VOL_SHOCK): number {
  requireNumber("days to expiry", daysToExpiry, 0);
  if (shock === "unchanged") {
    return 1;
  }
  const days = Math.max(daysToExpiry, params.floorDays);
  const power = days <= REFERENCE_DAYS ? params.shortPower : params.longPower;
  const scale = (REFERENCE_DAYS / days) ** power;
  return shock === "up" ? 1 + params.baseUp * scale : Math.max(0, 1 - params.baseDown * scale);
}

function standardScenarios(): StressScenario[] {
  const scenarios: StressScenario[] = [];
  for (let spotShockBps = -WIDEST_BPS; spotShockBps <= WIDEST_BPS; spotShockBps += STEP_BPS) {
    const shocks: VolShock[] = Math.abs(spotShockBps) === WIDEST_BPS ? ["up"] : ["up", "unchanged", "down"];
    for (const volShock of shocks) {
      scenarios.push({ spotShockBps, volShock });
    }
  }
  return scenarios;
}
