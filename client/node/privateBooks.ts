import { openPrivateBooks } from "../../prover/node.ts";
import type { Seed } from "../../prover/index.ts";
import type { MarketChain } from "../sdk/chain/reader.ts";
import type { PrivateBooks } from "../sdk/ports.ts";

/** A vault's books in a folder, encrypted with its owner's seed. */
export const booksIn = (folder: string, chain: MarketChain, vault: string, seed: Seed): PrivateBooks =>
  openPrivateBooks({
    profile: chain.profile,
    seed,
    vault: chain.vaultId(vault),
    chain: chain.stateReader(vault),
    folder,
  });
