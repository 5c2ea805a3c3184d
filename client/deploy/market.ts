// The market's own parts: market, desk and lens, the libraries they are linked with and the constants that books are
// hashed with.
import { concat, getBytes, getCreateAddress, toBeHex } from "ethers";
import type { Signer } from "ethers";
import { poseidonConstants } from "../../circuits/format/poseidon.ts";
import type { Profile } from "../../prover/index.ts";
import { contractArtifact, deployedAt, deploy, deployContract, link } from "./artifacts.ts";
import type { ContractArtifact, Deployed } from "./artifacts.ts";
import { send } from "../sdk/chain/send.ts";
import { TacitError } from "../sdk/errors.ts";

/** `MarketConfig` and `DeskConfig` of contracts/interfaces/Types.sol: seconds, epochs and basis points. */
export interface MarketConfig {
  submitWindow: number;
  clearWindow: number;
  epochSeconds: number;
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

/** What market and desk are to know: addresses and settings. */
export interface MarketParts {
  authority: string;
  cash: string;
  oracle: string;
  committee: string;
  verifiers: string;
  config: MarketConfig;
}

/** What has to be there before the market. */
export interface PreparedMarket {
  /** Linked with their libraries. */
  readonly market: ContractArtifact;
  readonly desk: ContractArtifact;
  /** Where the constants of Poseidon over the profile's book words are stored. */
  readonly constants: string;
}

export interface MarketContracts {
  readonly market: Deployed<"Market">;
  readonly desk: Deployed<"Desk">;
  readonly lens: Deployed<"Lens">;
}

/** Deploys the libraries of market and desk, and the Poseidon constants for the profile's books. */
export async function prepareMarket(signer: Signer, profile: Profile): Promise<PreparedMarket> {
  const libraries = await deployLibraries(signer);
  return {
    market: link(contractArtifact("Market"), libraries),
    desk: link(contractArtifact("Desk"), libraries),
    constants: await storeWords(signer, poseidonConstants(profile.bookWords)),
  };
}

/** What `deployPrepared` sends. */
const MARKET_TRANSACTIONS = 3;

/**
 * Where the contract will be that the signer deploys right after the market (`deployPrepared`), which must know it
 * before.
 */
export const addressAfterMarket = (signer: Signer): Promise<string> => addressAfter(signer, MARKET_TRANSACTIONS);

const addressAfter = async (signer: Signer, transactions: number): Promise<string> =>
  getCreateAddress({ from: await signer.getAddress(), nonce: (await signer.getNonce()) + transactions });

/**
 * Deploys the desk, the market and its lens. Desk and market name each other: the desk goes first, with the address the
 * market will have.
 */
export async function deployPrepared(
  signer: Signer,
  { market: marketArtifact, desk: deskArtifact, constants }: PreparedMarket,
  { authority, cash, oracle, committee, verifiers, config }: MarketParts,
): Promise<MarketContracts> {
  const address = await addressAfter(signer, 1);
  const desk = await deploy(signer, deskArtifact, authority, address, cash, verifiers, config);
  const market = await deploy(
    signer,
    marketArtifact,
    authority,
    desk.target,
    oracle,
    committee,
    verifiers,
    constants,
    config,
  );
  if (market.target !== address)
    throw new TacitError("NONCE_MOVED", "another transaction of the deployer came in between; deploy again");
  return {
    market: deployedAt("Market", address, signer),
    desk: deployedAt("Desk", String(desk.target), signer),
    lens: await deployContract(signer, "Lens", address),
  };
}

/**
 * Stores words as the code of a contract (SSTORE2: a STOP byte, then the words), at most 767 of them.
 * @returns its address
 */
export async function storeWords(signer: Signer, words: readonly bigint[]): Promise<string> {
  const stored = concat(["0x00", ...words.map((word) => toBeHex(word, 32))]);
  // PUSH2 length, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: the code after these ten bytes.
  const creation = concat(["0x61", toBeHex(getBytes(stored).length, 2), "0x80600a3d393df3", stored]);
  return (await send(signer, "deployment", { data: creation })).contractAddress!;
}

/** Libraries that market and desk are linked with; a later one may need an earlier one. */
export const LIBRARIES = [
  "Absence",
  "Batch",
  "Books",
  "Derivatives",
  "Crossing",
  "Listing",
  "SeriesEnd",
  "Waterfall",
] as const;

/** Libraries that a vault is linked with. */
export interface VaultLibraries {
  readonly Terms: string;
  readonly Requests: string;
}

export const deployVaultLibraries = async (signer: Signer): Promise<VaultLibraries> => ({
  Terms: await (await deploy(signer, contractArtifact("Terms"))).getAddress(),
  Requests: await (await deploy(signer, contractArtifact("Requests"))).getAddress(),
});

/** Creation code of a vault, linked. */
export const linkedVault = (libraries: VaultLibraries): string =>
  link(contractArtifact("Vault"), { ...libraries }).bytecode;

/** @returns addresses by name */
export async function deployLibraries(signer: Signer): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {};
  for (const name of LIBRARIES)
    addresses[name] = await (await deploy(signer, link(contractArtifact(name), addresses))).getAddress();
  return addresses;
}
