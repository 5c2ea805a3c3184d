import { groupOfSlot } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { DEFAULT_ROW_PARAMS, instrumentRows } from "../../prover/snapshot/rows.ts";
import type { Instrument } from "../../prover/snapshot/rows.ts";
import { SMALL_SCENARIOS, STANDARD_SCENARIOS } from "../../prover/snapshot/scenarios.ts";
import { volSurface } from "../../prover/surface/surface.ts";
import type { Snapshot } from "../../prover/format/transcript.ts";
import type { ReferencePosition, ReferenceSlice } from "./marginReference.ts";
import { Dice } from "./scenario.ts";
import { emptySnapshot } from "./snapshot.ts";

const NOW = 1_700_000_000;
const DAY = 86_400;
const TOKENS_PER_LOT = 0.01;
const LOT_SIZE = 10n ** 16n;

/** A market and positions in it, in lots for the prover and in tokens for the reference. */
export interface Portfolio {
  snapshot: Snapshot;
  positions: bigint[];
  reference: ReferencePosition[];
  slices: ReferenceSlice[];
}

/** Any mix of spot, perps and options in the slots of a profile, each group one underlying. */
export function randomPortfolio(profile: Profile, seed: number): Portfolio {
  const dice = new Dice(seed);
  const real = (low: number, high: number): number => low + ((high - low) * dice.index(1_000_001)) / 1_000_000;
  const slices = [3, 21, 45, 170].map((days): ReferenceSlice => {
    const level = real(0.3, 1.2) ** 2 * (days / 365);
    return {
      days,
      svi: [level * real(0.3, 0.9), level * real(0.05, 0.5), real(-0.7, 0.5), real(-0.1, 0.1), real(0.05, 0.4)],
    };
  });
  const surface = volSurface(
    NOW,
    slices.map(({ days, svi: [a, b, rho, m, sigma] }) => ({
      expiryUtc: NOW + days * DAY,
      slice: { a, b, rho, m, sigma },
    })),
  );
  const spots = Array.from({ length: profile.groups }, () => Math.round(real(500, 60_000) * 100) / 100);

  const reference: ReferencePosition[] = [];
  const positions: bigint[] = [];
  const slots = Array.from({ length: profile.slots }, (_, i) => {
    const group = groupOfSlot(profile, i);
    const spotUsd = spots[group]!;
    const kind = dice.oneIn(8) ? undefined : dice.pick(["spot", "perp", "option", "option"] as const);
    positions.push(0n);
    if (kind === undefined) return { rows: {}, kind };
    const forwardUsd = Math.round(spotUsd * real(0.98, 1.02) * 100) / 100;
    const strikeUsd = Math.round(spotUsd * real(0.5, 1.6) * 100) / 100;
    // Under a day, over the last slice, expired already: all are met.
    const seconds = dice.oneIn(6) ? dice.index(2 * DAY) - DAY / 2 : dice.index(400 * DAY);
    const isCall = dice.oneIn(2);
    const common = { underlying: `T${group}`, lotSize: LOT_SIZE, orderCap: 1_000n };
    const instrument: Instrument =
      kind === "option" ? { ...common, kind, strikeUsd, expiryUtc: NOW + seconds, isCall } : { ...common, kind };
    const rows = instrumentRows(
      instrument,
      { timeUtc: NOW, spotUsd, forwardUsd: kind === "spot" ? undefined : forwardUsd, surface, volumeTokens: 1_000 },
      { ...DEFAULT_ROW_PARAMS, scenarios: profile.scenarios === 23 ? STANDARD_SCENARIOS : SMALL_SCENARIOS },
    );
    const size = dice.magnitude(100_000n);
    const q = kind !== "spot" && dice.oneIn(2) ? -size : size;
    positions[i] = q;
    reference.push({
      group,
      kind,
      tokens: Number(q) * TOKENS_PER_LOT,
      price: kind === "spot" ? spotUsd : forwardUsd,
      ...(kind === "option" ? { strike: strikeUsd, daysLeft: seconds / DAY, isCall } : {}),
    });
    return { rows, kind };
  });
  const snapshot = emptySnapshot(
    profile,
    slots.map(({ rows, kind }) => ({
      ...rows,
      positionCap: 1n << 20n,
      mayBeShort: kind !== "spot",
      chargesLong: kind === "perp",
    })),
  );
  return { snapshot, positions, reference, slices };
}
