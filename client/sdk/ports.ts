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

/** A committee member's secret keys, each drawn for itself: nothing that is left gives back one that was erased. */
export interface Keyring {
  /** The oldest first. */
  keys(): MemberKey[];
  erase(key: MemberKey): void;
}
