import type { Mandate } from "../../../prover/index.ts";
import type { MarketChain } from "../chain/reader.ts";
import type { OwnerRecord, StrategyHistory, VaultRecord } from "../chain/types.ts";

/** What everybody can see of a vault. Money in µUSD. */
export interface VaultView {
  vault: string;
  name: string;
  owner: string;
  status: VaultRecord["status"];
  /** The epoch of its last submission. */
  lastEpoch: number;
  bookCommitment: bigint;
  ownerRecord: OwnerRecord;
  /** Every `interval` epochs; `next` is the first that it may still deal in. */
  dealing: { interval: number; offset: number; next: number };
  /** Wait of a looser mandate or another strategy. */
  changeDelaySeconds: number;
  strategyCommitment: bigint;
  strategy: StrategyHistory;
  /** As it was printed last. */
  lastNavMicroUsd: bigint;
  /** All shares there are. */
  totalShareUnits: bigint;
  bondMicroUsd: bigint;
  haircutPpb: bigint;
  /** What the market still owes it, once it has ended. */
  owedMicroUsd: bigint;
  mandate: Mandate;
}

/** @throws TacitError `NOT_A_VAULT` */
export async function readVault(chain: MarketChain, vault: string): Promise<VaultView> {
  const { status, lastEpoch, commitment: bookCommitment } = await chain.requireVault(vault);
  const { epoch, phase } = await chain.status();
  const contract = chain.vault(vault);
  const bonds = await chain.bonds();
  const [
    { strategyCommitment, mandate },
    name,
    totalShareUnits,
    lastNavMicroUsd,
    owner,
    bondMicroUsd,
    haircutPpb,
    owedMicroUsd,
    strategy,
    ownerRecord,
    [interval, offset, changeDelaySeconds],
  ] = await Promise.all([
    chain.terms(vault, epoch),
    contract.name(),
    contract.totalSupply(),
    contract.lastNavMicroUsd(),
    contract.owner(),
    bonds.bondMicroUsd(vault),
    chain.haircutPpb(),
    chain.desk.owedMicroUsd(vault),
    chain.strategyHistory(vault),
    chain.ownerRecord(vault),
    Promise.all(
      [contract.dealingInterval(), contract.dealingOffset(), contract.changeDelay()].map(async (value) =>
        Number(await value),
      ),
    ) as Promise<[number, number, number]>,
  ]);
  const open = phase === "submit" && lastEpoch < epoch ? epoch : epoch + 1;
  return {
    vault,
    name,
    owner,
    status,
    lastEpoch,
    bookCommitment,
    ownerRecord,
    dealing: { interval, offset, next: open + ((((offset - open) % interval) + interval) % interval) },
    changeDelaySeconds,
    strategyCommitment,
    strategy,
    lastNavMicroUsd,
    totalShareUnits,
    bondMicroUsd,
    haircutPpb,
    owedMicroUsd,
    mandate,
  };
}
