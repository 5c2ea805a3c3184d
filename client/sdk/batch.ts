import { parseSealedWords } from "../../prover/index.ts";
import type { FrozenBatch } from "../../prover/index.ts";
import type { MarketChain } from "./chain.ts";

/** The submissions an epoch froze, as committee, keeper and auditor read them from the chain. */
export async function readBatch(chain: MarketChain, epoch: number): Promise<FrozenBatch> {
  const { deployment, profile } = chain;
  const [{ snapshotHash }, submitted] = await Promise.all([chain.opening(epoch), chain.submissions({ epoch })]);
  return {
    chainId: BigInt(deployment.chainId),
    market: BigInt(deployment.market),
    epoch: BigInt(epoch),
    snapshotHash,
    submissions: submitted
      .sort((a, b) => a.index - b.index)
      .map(({ vault, oldCommitment, newCommitment, sealedWords }) => ({
        vault: BigInt(vault),
        oldCommitment,
        newCommitment,
        sealed: parseSealedWords(profile, sealedWords),
      })),
  };
}
