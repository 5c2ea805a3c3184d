// What the roles need of the machine they run on. `client/node` has these for Node; a page brings its own.
import type { Wallet } from "ethers";
import type { Book } from "../../prover/index.ts";

/** A party's account, and small records that must survive a crash. */
export interface PartyState {
  wallet(): Wallet;
  readJson<T>(name: string): T | undefined;
  /** Kept when it returns. Integers that are bigints are written as decimal strings. */
  writeJson(name: string, value: unknown): void;
}

/** Where an owner keeps a vault's books. */
export interface PrivateBooks {
  /** The book behind the commitment that stands on chain now. */
  current(): Promise<Book>;
  /** Kept when the promise resolves. */
  keep(book: Book): Promise<void>;
}
