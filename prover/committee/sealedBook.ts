import { requireOpening } from "../book/book.ts";
import type { Book } from "../book/book.ts";
import type { Moment } from "../crypto/randomness.ts";
import type { Profile } from "../format/profile.ts";
import { parseSealedWords } from "../format/transcript.ts";
import { decryptBook, sealingContext } from "./sealing.ts";

/**
 * The owner's private state of one vault: the book behind the commitment that stands on chain.
 *
 * A new book is kept before the submission that commits to it is sent, and older ones stay. Which book counts is then
 * the chain's word alone: a crash at any moment, a submission that never lands, or one that lands late, leaves the
 * right book at hand. If all are lost, the seed and the chain give the book back.
 */
export interface PrivateBooks {
  /**
   * The book behind the commitment that stands on chain now.
   * @throws PrivateBooksError `wrong-seed`, `chain-moved`
   */
  current(): Promise<Book>;
  /** Keeps a book, for good when the promise resolves. Call it before sending the submission that commits to it. */
  keep(book: Book): Promise<void>;
}

export type VaultId = Pick<Moment, "chainId" | "market" | "vault">;

/** What a vault's state needs of the chain; one reader serves one vault. */
export interface VaultChainReader {
  /** The commitment of `IMarket.vaultState(vault)`. */
  commitment(): Promise<bigint>;
  /** The vault's latest `Submitted` event with the snapshot hash of its epoch; undefined if there is none. */
  lastSubmission(): Promise<LastSubmission | undefined>;
}

/** A vault's latest submission, as the chain shows it. */
export interface LastSubmission {
  readonly epoch: bigint;
  readonly snapshotHash: bigint;
  readonly oldCommitment: bigint;
  readonly newCommitment: bigint;
  /** Order commitments, R, sealed payload. */
  readonly sealedWords: readonly bigint[];
}

/** The moment a vault's last submission was sealed for. */
export const momentOfLast = (vault: VaultId, { epoch, snapshotHash, oldCommitment }: LastSubmission): Moment => ({
  ...vault,
  epoch,
  snapshotHash,
  oldCommitment,
});

/**
 * The book that a submission carries encrypted.
 * @throws ProverError if the key does not open it, or what it opens is not what the submission commits to
 */
export function openSealedBook(profile: Profile, vault: VaultId, last: LastSubmission, bookKey: bigint): Book {
  const { orderCommitments, payload } = parseSealedWords(profile, last.sealedWords);
  const book = decryptBook(profile, payload.book, bookKey, sealingContext(momentOfLast(vault, last), orderCommitments));
  requireOpening(book, last.newCommitment);
  return book;
}
