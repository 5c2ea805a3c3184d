import { absolute, ORDER_OFFSET } from "../book.ts";
import type { Settlement } from "../book.ts";
import { clamp, sign } from "../integers.ts";
import { evaluateMandate, limitOf, MandateRefused } from "../mandate.ts";
import type { MandateInputs, MandateReport } from "../mandate.ts";
import { slotsOfGroup } from "../profile.ts";
import type { Profile } from "../profile.ts";
import type { Mandate, Snapshot, SnapshotSlot } from "../transcript.ts";
import { lots, microUsd } from "../units.ts";
import type { Bps, Lots, MicroUsd } from "../units.ts";
import type { ConstantMix } from "./constantMix.ts";

/** All a decision depends on besides the strategy: no clock, no chance, no discretion. */
export type Situation = Omit<MandateInputs, "order"> & {
  /** What redemptions still wait for: exposure is held as if that much of the capital had left already. Public. */
  cashWanted?: MicroUsd;
};

const WHOLE_BPS = 10_000n;
/** How finely an order is scaled before its slots are looked at one by one. */
const ORDER_STEPS = 64n;
/** How finely the book is scaled down while it is outside its mandate. */
const UNWIND_STEPS = 16n;

/**
 * The order a strategy sends: whole lots per slot, integers only, always one the mandate allows.
 *
 * - Halted or insolvent: nothing.
 * - The settled book is inside its mandate: what the strategy wants, cut back as far as the mandate asks. Cash is
 *   counted at the worst prices allowed and without the sales of other groups, which may lapse.
 * - Outside, because the market moved or money left: only reductions, the smallest that would bring the whole book back
 *   inside; if liquidity does not allow that at once, the largest it allows. Where the book can't be closed alike in all
 *   groups, for want of cash to close some, the first group that can be closed by itself.
 *
 * @throws MandateRefused if the mandate allows no order at all, which happens in an epoch that pays redemptions from a
 *   book outside its limits, and where a breach is old and nothing can be traded
 */
export function decide(profile: Profile, strategy: ConstantMix, situation: Situation): Lots[] {
  const { settlement, snapshot, mandate } = situation;
  const hold = settlement.positions.map(() => lots(0n));
  if (situation.halted || settlement.insolvent) return hold;

  const judge = (order: readonly Lots[]): MandateReport => evaluateMandate(profile, { ...situation, order });
  const allows = (order: readonly Lots[]): boolean => refusedRows(judge(order)).length === 0;
  const holding = judge(hold);
  if (holding.clean && allows(hold)) return fit(settlement, wantedOrder(strategy, situation), allows)!;

  const leavesInside = (order: readonly Lots[]): boolean =>
    evaluateMandate(profile, { ...situation, settlement: settlementAfter(settlement, snapshot, order), order: hold }).rows.every(
      (row) => row.verdict === "inside",
    );
  let reduction: Lots[] | undefined;
  for (const wanted of reductions(settlement, snapshot, mandate)) {
    const order = fit(settlement, wanted, allows);
    if (order === undefined) continue;
    reduction = order;
    if (leavesInside(order)) break;
  }
  for (let group = 0; reduction === undefined && group < profile.groups; group++) {
    const own = new Set(slotsOfGroup(profile, group));
    reduction = fit(settlement, closing(settlement, snapshot, mandate).map((delta, i) => lots(own.has(i) ? delta : 0n)), allows);
  }
  if (reduction === undefined) throw new MandateRefused(refusedRows(holding));
  return reduction;
}

const refusedRows = (report: MandateReport): MandateReport["rows"] => report.rows.filter((row) => row.verdict === "refused");

/** What the strategy would send if there were no mandate but its hard caps per slot. */
function wantedOrder(strategy: ConstantMix, { snapshot, mandate, settlement, cashWanted = microUsd(0n) }: Situation): Lots[] {
  const { positions } = settlement;
  const capital = microUsd(clamp(settlement.capital - cashWanted, 0n, settlement.capital));
  const participationBps = strategy.participationBps < mandate.participationBps ? strategy.participationBps : mandate.participationBps;
  return positions.map((q, i) => {
    const { notional, positionCap } = snapshot.slots[i]!;
    if (notional === 0n) return lots(0n);
    const target = (strategy.targetBps[i]! * capital) / WHOLE_BPS;
    const band = limitOf(capital, strategy.bandBps[i]!);
    const exposure = q * notional;
    const nearest = clamp(exposure, target - band, target + band);
    const gapLots = (nearest - exposure) / notional;
    const share = (gapLots * strategy.speedBps) / WHOLE_BPS;
    // A gap of a lot or more always moves, or a slow strategy would stop short of its band for ever.
    const step = share === 0n ? sign(gapLots) : share;
    const held = clamp(q + step, snapshot.mayBeShort[i] ? -positionCap : 0n, positionCap);
    const cap = largestOrder(snapshot.slots[i]!, participationBps);
    return lots(clamp(held - q, -cap, cap));
  });
}

/**
 * Orders that close ever more of the book. First all slots that trade at all in proportion, which shrinks every row
 * alike, as far as the least liquid of them allows; then each slot as far as its own liquidity allows.
 */
function reductions(settlement: Settlement, snapshot: Snapshot, mandate: Mandate): Lots[][] {
  const { positions } = settlement;
  const caps = snapshot.slots.map((slot) => largestOrder(slot, mandate.participationBps));
  const tightest = positions.reduce(
    (least, q, i) => (caps[i]! > 0n && absolute(q) * least.cap > caps[i]! * least.size ? { cap: caps[i]!, size: absolute(q) } : least),
    { cap: 1n, size: 1n },
  );
  const steps = Array.from({ length: Number(UNWIND_STEPS) + 1 }, (_, step) => BigInt(step));
  return [
    ...steps.map((step) => closing(settlement, snapshot, mandate, step * tightest.cap, UNWIND_STEPS * tightest.size)),
    ...steps.map((step) => closing(settlement, snapshot, mandate, step, UNWIND_STEPS)),
  ];
}

/** The order that closes a share of every position, or what its liquidity allows of that. */
function closing({ positions }: Settlement, snapshot: Snapshot, mandate: Mandate, numerator = 1n, denominator = 1n): Lots[] {
  return positions.map((q, i) => {
    const cap = largestOrder(snapshot.slots[i]!, mandate.participationBps);
    return lots(clamp((-q * numerator) / denominator, -cap, cap));
  });
}

/**
 * The order closest to `wanted`, between it and nothing in every slot, that is allowed: all slots in proportion first,
 * so that hedged legs stay together, then each slot on its own as far as it goes, reductions before additions.
 * @returns undefined if no share of `wanted` is allowed
 */
function fit({ positions }: Settlement, wanted: readonly Lots[], allows: (order: readonly Lots[]) => boolean): Lots[] | undefined {
  let order: Lots[] | undefined;
  for (let step = ORDER_STEPS; step >= 0n && order === undefined; step--) {
    const scaled = wanted.map((delta) => lots((delta * step) / ORDER_STEPS));
    if (allows(scaled)) order = scaled;
  }
  if (order === undefined) return undefined;

  const reduces = (i: number): boolean => absolute(positions[i]! + wanted[i]!) < absolute(positions[i]!);
  const slots = [...positions.keys()];
  for (const slot of [...slots.filter(reduces), ...slots.filter((i) => !reduces(i))]) {
    let low = 0n;
    let high = absolute(wanted[slot]! - order[slot]!);
    const grown = (by: bigint): Lots[] => order!.with(slot, lots(order![slot]! + sign(wanted[slot]!) * by));
    while (low < high) {
      const middle = (low + high + 1n) / 2n;
      if (allows(grown(middle))) low = middle;
      else high = middle - 1n;
    }
    order = grown(low);
  }
  return order;
}

/** The settled book once the order is filled in every group at the worst price allowed. */
function settlementAfter(settlement: Settlement, snapshot: Snapshot, order: readonly Lots[]): Settlement {
  let costMicroUsd = 0n;
  let outlayMicroUsd = 0n;
  order.forEach((delta, i) => {
    const { value, slip } = snapshot.slots[i]!;
    costMicroUsd += absolute(delta) * slip;
    outlayMicroUsd += delta * value;
  });
  const capital = settlement.capital - costMicroUsd;
  return {
    ...settlement,
    positions: settlement.positions.map((q, i) => lots(q + order[i]!)),
    cash: microUsd(settlement.cash - outlayMicroUsd - costMicroUsd),
    capital: microUsd(capital > 0n ? capital : 0n),
    baseAge: 0n,
  };
}

/** A share of the slot's liquidity, rounded down, and never more than an order can hold. */
function largestOrder({ liquidity }: SnapshotSlot, participationBps: Bps): bigint {
  const share = (participationBps * liquidity) / WHOLE_BPS;
  return share < ORDER_OFFSET ? share : ORDER_OFFSET - 1n;
}
