// The market's own parts: the libraries it is linked with and the constants its books are hashed with.
import { concat, getBytes, toBeHex } from "ethers";
import type { Signer } from "ethers";
import { poseidonConstants } from "../../prover/index.ts";
import type { Profile } from "../../prover/index.ts";
import { contractArtifact, deploy, link } from "./artifacts.ts";
import type { ContractArtifact } from "./artifacts.ts";

/** `MarketConfig` of contracts/interfaces/ITacit.sol: seconds, epochs and basis points. */
export interface MarketConfig {
  submitWindow: number;
  clearWindow: number;
  snapshotWindow: number;
  challengeWindow: number;
  haltCoolDown: number;
  dealMargin: number;
  heartbeatLimit: number;
  minShareBps: number;
  epsilonBps: number;
  kappaBps: number;
  /** Loosest margin limits of a mandate that may trade here. */
  maxInitialMarginBps: number;
  maxMaintenanceMarginBps: number;
  /** Least bond of a vault's owner, µUSD. */
  minBondMicroUsd: number;
}

/** What the market's constructor takes: addresses and settings. */
export interface MarketParts {
  authority: string;
  cash: string;
  oracle: string;
  committee: string;
  verifiers: string;
  config: MarketConfig;
}

export interface PreparedMarket {
  /** Linked: one transaction deploys it, so its address is known before (the oracle wants it). */
  artifact: ContractArtifact;
  /** In the constructor's order. */
  args(parts: MarketParts): unknown[];
}

/** Deploys the market's libraries and the Poseidon constants for the profile's books. */
export async function prepareMarket(signer: Signer, profile: Profile): Promise<PreparedMarket> {
  const artifact = link(contractArtifact("Market"), await deployLibraries(signer));
  const constants = await storeWords(signer, poseidonConstants(profile.bookWords));
  return {
    artifact,
    args: ({ authority, cash, oracle, committee, verifiers, config }) => [
      authority,
      cash,
      oracle,
      committee,
      verifiers,
      constants,
      config,
    ],
  };
}

/** Stores words as the code of a contract (SSTORE2: a STOP byte, then the words), at most 767 of them. @returns its address */
export async function storeWords(signer: Signer, words: readonly bigint[]): Promise<string> {
  const stored = concat(["0x00", ...words.map((word) => toBeHex(word, 32))]);
  // PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: the code after these ten bytes.
  const creation = concat(["0x61", toBeHex(getBytes(stored).length, 2), "0x80600a3d393df3", stored]);
  const receipt = await (await signer.sendTransaction({ data: creation })).wait();
  return receipt!.contractAddress!;
}

/** Libraries that the market is linked with; a later one may need an earlier one. */
export const LIBRARIES = ["Derivatives", "Crossing", "Trading", "Waterfall"] as const;

/** @returns addresses by name */
export async function deployLibraries(signer: Signer): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {};
  for (const name of LIBRARIES)
    addresses[name] = await (await deploy(signer, link(contractArtifact(name), addresses))).getAddress();
  return addresses;
}
