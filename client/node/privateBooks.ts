import { openPrivateBooks } from "../../prover/node.ts";
import type { Seed, PrivateBooks } from "../../prover/index.ts";
import type { MarketChain } from "../sdk/chain/reader.ts";

/** A vault's books in a folder, encrypted with its owner's seed. */
export const booksIn = (folder: string, chain: MarketChain, vault: string, seed: Seed): PrivateBooks =>
  openPrivateBooks({
    profile: chain.profile,
    seed,
    vault: chain.vaultId(vault),
    chain: chain.stateReader(vault),
    folder,
  });
