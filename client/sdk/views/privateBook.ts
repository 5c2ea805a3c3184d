import { emptySettle, evaluateMandate, lots, scenariosOf, settleBook, slotsOfGroup } from "../../../prover/index.ts";
import type {
  Book,
  Lots,
  MandateReport,
  MicroUsd,
  Profile,
  Settlement,
  Snapshot,
  SnapshotSlot,
  PrivateBooks,
} from "../../../prover/index.ts";
import type { MarketChain } from "../chain/reader.ts";

/** What only the owner can see of a vault, at the last snapshot. */
export interface PrivateBook {
  book: Book;
  /** The book with the fills that are known by now, marked at the last snapshot. */
  settlement: Settlement;
  /** The mandate's rows for that book and no order. */
  report: MandateReport;
  /** What it is marked at: the last one. */
  snapshot: Snapshot;
  /** Per slot, the order that is sealed and not settled yet. */
  pendingOrder: Lots[];
}

/** @throws as `books`; TacitError `NO_EPOCH` before the first snapshot */
export async function readPrivateBook(chain: MarketChain, vault: string, books: PrivateBooks): Promise<PrivateBook> {
  const { profile } = chain;
  const status = await chain.status();
  const [book, record, terms, opening] = await Promise.all([
    books.current(),
    chain.vaultRecord(vault),
    chain.terms(vault, status.epoch),
    chain.opening(status.epoch),
  ]);
  const waiting = record.lastEpoch === status.epoch && status.phase !== "await snapshot";
  const settle = waiting ? emptySettle(profile) : await chain.settle(vault);
  const snapshot = chain.parseSnapshot(opening.snapshotWords);
  const settlement = settleBook(profile, book, settle, snapshot, 0n as MicroUsd);
  const nothing = settlement.positions.map(() => lots(0n));
  const report = evaluateMandate(profile, {
    mandate: terms.mandate,
    snapshot,
    settlement,
    order: nothing,
    epoch: BigInt(status.epoch),
    halted: opening.halted,
    outflow: false,
  });
  return { book, settlement, report, snapshot, pendingOrder: waiting ? book.order : nothing };
}

/** First-order risk of a position, µUSD: dollar delta, dollar gamma of a 1 % move, profit per volatility point. */
export interface Greeks {
  delta: bigint;
  gamma: bigint;
  vega: bigint;
}

/** One scenario: what each clearing group would gain (positive) or lose. */
export interface StressLine {
  /** "spot -20 %, vol up" */
  scenario: string;
  byGroupMicroUsd: bigint[];
  /** Groups for which no scenario is worse; the mandate counts these losses, without netting between groups. */
  worstOfGroups: number[];
}

export interface BookRisk {
  bySlot: Greeks[];
  byGroup: Greeks[];
  stress: StressLine[];
}

/** Greeks and stress table of positions. */
export function riskOf(profile: Profile, positions: readonly bigint[], slots: readonly SnapshotSlot[]): BookRisk {
  const bySlot = slots.map(({ delta, gamma, vega }, i) => ({
    delta: positions[i]! * delta,
    gamma: positions[i]! * gamma,
    vega: positions[i]! * vega,
  }));
  const groups = Array.from({ length: profile.groups }, (_, g) => slotsOfGroup(profile, g));
  const total = (members: readonly number[], of: (slot: number) => bigint): bigint =>
    members.reduce((sum, i) => sum + of(i), 0n);
  const byGroup = groups.map((members) => ({
    delta: total(members, (i) => bySlot[i]!.delta),
    gamma: total(members, (i) => bySlot[i]!.gamma),
    vega: total(members, (i) => bySlot[i]!.vega),
  }));
  const scenarios = scenariosOf(profile);
  const profits = scenarios.map((_, s) =>
    groups.map((members) => total(members, (i) => positions[i]! * slots[i]!.stress[s]!)),
  );
  const worst = groups.map((_, g) => profits.reduce((least, line) => (line[g]! < least ? line[g]! : least), 0n));
  const stress = scenarios.map(({ spotShockBps, volShock }, s) => ({
    scenario: `spot ${spotShockBps > 0 ? "+" : ""}${spotShockBps / 100} %, vol ${volShock}`,
    byGroupMicroUsd: profits[s]!,
    worstOfGroups: groups.flatMap((_, g) => (worst[g]! < 0n && profits[s]![g] === worst[g] ? [g] : [])),
  }));
  return { bySlot, byGroup, stress };
}
