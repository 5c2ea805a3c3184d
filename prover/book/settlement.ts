import { absolute } from "../base/integers.ts";
import { lots, microUsd } from "../base/units.ts";
import type { Lots, MicroUsd } from "../base/units.ts";
import type { Profile } from "../format/profile.ts";
import type { Settle, Snapshot } from "../format/transcript.ts";
import type { Book } from "./book.ts";

/** A book after the chain's settle words and the epoch's cash flow, before a new order. */
export interface Settlement {
  /** Lots of the pending order that were traded, per slot. */
  filled: Lots[];
  /** q: positions after fills and series ends. */
  positions: Lots[];
  /** Cash at the snapshot, before the cash flow. */
  cash: MicroUsd;
  cashFlow: MicroUsd;
  /** Index-adjusted cash after the cash flow. */
  cashAdj: MicroUsd;
  navBefore: MicroUsd;
  /** navBefore + cashFlow */
  nav: MicroUsd;
  /** max(nav, 0): what limits are measured against */
  capital: MicroUsd;
  insolvent: boolean;
  /** What the old book says: the epoch since which it was outside its mandate when it was last settled, 0 if inside. */
  breachSince: bigint;
}

/**
 * Settles the book's pending order: docs/protocol.md §4.
 * @param cashFlow deposits taken in minus redemptions paid; it may depend on `navBefore`, so settle with 0 first
 */
export function settleBook(
  profile: Profile,
  book: Book,
  settle: Settle,
  snapshot: Snapshot,
  cashFlow: MicroUsd,
): Settlement {
  let cashAdj: bigint = book.cashAdj;
  const filled = book.order.map((delta, i) =>
    lots(settle.groupFilled[Math.floor(i / profile.groupSlots)] ? delta : 0n),
  );
  const positions = book.positions.map((q0, i) => {
    const traded = filled[i]!;
    const { debit, charge, exitIndex } = settle.slots[i]!;
    const q1 = q0 + traded;
    cashAdj -= traded * debit + absolute(traded) * charge;
    if (settle.keep[i]) return lots(q1);
    cashAdj += q1 * exitIndex;
    return lots(0n);
  });
  const cash = positions.reduce<bigint>((sum, q, i) => sum + q * snapshot.slots[i]!.carryIndex, cashAdj);
  const navBefore = positions.reduce<bigint>((sum, q, i) => sum + q * snapshot.slots[i]!.value, cash);
  const nav = navBefore + cashFlow;
  return {
    filled,
    positions,
    cash: microUsd(cash),
    cashFlow,
    cashAdj: microUsd(cashAdj + cashFlow),
    navBefore: microUsd(navBefore),
    nav: microUsd(nav),
    capital: microUsd(nav > 0n ? nav : 0n),
    insolvent: nav < 0n,
    breachSince: book.breachSince,
  };
}
