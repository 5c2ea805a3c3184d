import { takenByNets } from "../../../prover/index.ts";
import type { MarketChain } from "../chain/reader.ts";
import { readVault } from "./vault.ts";

/** What everybody can tell of a vault without its strategy: its schedule, its company, what it has shown so far. */
export interface VaultLeak {
  readonly vault: string;
  /** Vaults that submit, this one too. */
  readonly company: number;
  /** The most of its next order that nets give away, as a share of what is not known before. */
  readonly takenByNets: number;
  /** Epochs from one print of NAV to the next, and prints so far. */
  readonly dealingInterval: number;
  readonly navPrints: number;
  /** Epochs that it missed: the net without it is known then, and the next one has its order of two. */
  readonly missedEpochs: number;
  /** Epochs in which it paid redemptions, and so sent no order. */
  readonly payingEpochs: number;
}

/** @throws TacitError `NOT_A_VAULT` */
export async function readVaultLeak(chain: MarketChain, vault: string): Promise<VaultLeak> {
  const { dealing, lastNavMicroUsd, ownerRecord } = await readVault(chain, vault);
  const records = await Promise.all(
    (await chain.vaults()).map(async (address) => ({ address, ...(await chain.vaultRecord(address)) })),
  );
  const others = records.filter(
    ({ address, status }) => address.toLowerCase() !== vault.toLowerCase() && status === "active",
  );
  const navs = await Promise.all(others.map(({ address }) => chain.vault(address).lastNavMicroUsd()));
  const submissions = await chain.submissions({ vault });
  return {
    vault,
    company: others.length + 1,
    takenByNets: takenByNets(lastNavMicroUsd, navs),
    dealingInterval: dealing.interval,
    navPrints: submissions.filter(({ epoch }) => epoch % dealing.interval === dealing.offset % dealing.interval).length,
    missedEpochs: ownerRecord.missedEpochs.length,
    payingEpochs: ownerRecord.payingEpochs.length,
  };
}
