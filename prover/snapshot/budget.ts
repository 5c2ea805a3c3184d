import { SnapshotError } from "../base/snapshotErrors.ts";
import { ROW_BOUND, slotLanes } from "../format/lanes.ts";
import type { InstrumentRows } from "./rows.ts";

/** What one slot of a group adds to the budget of the group's lanes. */
export interface SlotBudget {
  rows: InstrumentRows;
  /** Largest position in lots, long or short. */
  positionCap: bigint;
}

/**
 * Makes sure no position within the caps overflows a lane or a sum of a clearing group: for each lane
 * Σ positionCap·|row| < 2^48, Σ positionCap·notional < 2^48, Σ positionCap·contingency < 2^48, Σ liquidity·slip < 2^48
 * (micro-dollars).
 * @throws SnapshotError `over-budget`, naming the lane or sum.
 */
export function checkGroupBudget(group: readonly SlotBudget[]): void {
  const sums = new Map<string, bigint>();
  const add = (name: string, amount: bigint) => sums.set(name, (sums.get(name) ?? 0n) + amount);
  for (const { rows, positionCap } of group) {
    slotLanes(rows).forEach((row, i) => add(`lane ${i}`, positionCap * (row < 0n ? -row : row)));
    add("notional", positionCap * rows.notional);
    add("contingency", positionCap * rows.contingency);
    add("slip", rows.liquidity * rows.slip);
  }
  for (const [name, sum] of sums) {
    if (sum >= ROW_BOUND) {
      throw new SnapshotError(
        "over-budget",
        `${name} of the group can reach ${sum}, its limit is ${ROW_BOUND - 1n}; lower a position cap or make a lot smaller`,
      );
    }
  }
}
