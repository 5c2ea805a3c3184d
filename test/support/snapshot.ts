import type { Profile } from "../../prover/format/profile.ts";
import type { Snapshot, SnapshotSlot } from "../../prover/format/transcript.ts";
import { noSignals } from "../../prover/format/signals.ts";
import { lots, microUsd } from "../../prover/base/units.ts";

/** Rows of a slot by name; one number for all stress scenarios will do. */
export type SlotRows = Partial<Record<Exclude<keyof SnapshotSlot, "stress">, bigint>> & {
  stress?: bigint | bigint[];
  mayBeShort?: boolean;
  chargesLong?: boolean;
};

/** A snapshot of zeros, with what is given; every slot may be short, and charges its contingency on short lots
 * only, unless told otherwise. */
export function emptySnapshot(profile: Profile, rows: readonly SlotRows[] = []): Snapshot {
  const slots = Array.from({ length: profile.slots }, (_, i): SnapshotSlot => {
    const { stress = 0n, ...given } = rows[i] ?? {};
    const row = (name: Exclude<keyof SnapshotSlot, "stress">): bigint => given[name] ?? 0n;
    return {
      value: microUsd(row("value")),
      delta: microUsd(row("delta")),
      gamma: microUsd(row("gamma")),
      vega: microUsd(row("vega")),
      stress: (Array.isArray(stress) ? stress : Array<bigint>(profile.scenarios).fill(stress)).map(microUsd),
      carryIndex: microUsd(row("carryIndex")),
      notional: microUsd(row("notional")),
      slip: microUsd(row("slip")),
      contingency: microUsd(row("contingency")),
      liquidity: lots(row("liquidity")),
      positionCap: lots(row("positionCap")),
    };
  });
  return {
    slots,
    mayBeShort: slots.map((_, i) => rows[i]?.mayBeShort ?? true),
    chargesLong: slots.map((_, i) => rows[i]?.chargesLong ?? false),
    signals: noSignals(profile),
  };
}
