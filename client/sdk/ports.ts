// What the roles need of the machine they run on. `client/node` has these for Node; a page brings its own.
import type { Wallet } from "ethers";
import type { MemberKey } from "../../prover/index.ts";

/** A party's account, and small records that must survive a crash. */
export interface PartyState {
  wallet(): Wallet;
  readJson<T>(name: string): T | undefined;
  /** Kept when it returns. Integers that are bigints are written as decimal strings. */
  writeJson(name: string, value: unknown): void;
}

/** A transaction that an account has signed for a nonce. */
export interface SentTransaction {
  /** Hash of the first block of the chain it is for: local chains have the same number and other histories. */
  chain: string;
  nonce: number;
  /** As signed, with rising fees: only one of them can be mined. */
  signed: string[];
  /** Block in which it was last seen, and that whoever sent it has been told. */
  minedIn?: number;
}

/**
 * What an account has sent and may have to send again. Kept until it is certain what became of it, whatever ends the
 * program.
 */
export interface Outbox {
  /** Waits until no other program sends from the account. @returns what lets the next one in */
  lock(signal?: AbortSignal): Promise<() => void>;
  read(): SentTransaction[];
  /** Kept when it returns. */
  write(sent: readonly SentTransaction[]): void;
}

/** A committee member's secret keys, each drawn for itself: nothing that is left gives back one that was erased. */
export interface Keyring {
  /** The oldest first. */
  keys(): MemberKey[];
  erase(key: MemberKey): void;
}
