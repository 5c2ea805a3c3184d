import { emptySettle, evaluateMandate, lots, openVaultState, settleBook } from "../../prover/index.ts";
import type { Book, Lots, MandateReport, MicroUsd, Seed, Settlement, SnapshotSlot } from "../../prover/index.ts";
import type { MarketChain } from "./chain.ts";

/** What only the owner can see of a vault, at the last snapshot. */
export interface PrivateBook {
  book: Book;
  /** The book with the fills that are known by now, marked at the last snapshot. */
  settlement: Settlement;
  /** The mandate's rows for that book and no order. */
  report: MandateReport;
  /** The snapshot it is marked at. */
  slots: SnapshotSlot[];
  /** Per slot, the order that is sealed and not settled yet. */
  pendingOrder: Lots[];
}

/** @throws VaultStateError, SeedFileError; TacitError `NO_EPOCH` before the first snapshot */
export async function readPrivateBook(chain: MarketChain, vault: string, seed: Seed, folder: string): Promise<PrivateBook> {
  const { profile, deployment } = chain;
  const books = openVaultState({
    profile,
    seed,
    vault: { chainId: BigInt(deployment.chainId), market: BigInt(deployment.market), vault: BigInt(vault) },
    chain: chain.stateReader(vault),
    folder,
  });
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
  const report = evaluateMandate(profile, { mandate: terms.mandate, snapshot, settlement, order: nothing, halted: opening.halted, outflow: false });
  return { book, settlement, report, slots: snapshot.slots, pendingOrder: waiting ? book.order : nothing };
}
