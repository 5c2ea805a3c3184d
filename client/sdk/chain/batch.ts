import { getAddress, toBeHex } from "ethers";
import { parseSealedWords, contentHash, setHashOf } from "../../../prover/index.ts";
import type { FrozenBatch } from "../../../prover/index.ts";
import type { ContractOf, StepArgs } from "./contract.ts";
import type { MarketChain } from "./reader.ts";

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

/** Submissions that one transaction tallies: well under a block's gas. */
const TALLY_PART = 500;

/** Arguments of the market's next `tally` of a closed batch; undefined once all of it is tallied. */
export async function tallyArgs(
  chain: MarketChain,
  batch: FrozenBatch,
): Promise<StepArgs<ContractOf<"Market">, "tally"> | undefined> {
  const { untallied } = await chain.market.epochState();
  if (untallied === 0n) return undefined;
  const from = Math.max(0, Number(untallied) - TALLY_PART);
  const part = batch.submissions.slice(from, Number(untallied));
  return [
    from,
    setHashOf({ ...batch, submissions: batch.submissions.slice(0, from) }),
    part.map(({ vault }) => getAddress(toBeHex(vault, 20))),
    part.map(contentHash),
    part.flatMap(({ sealed }) => sealed.orderCommitments.flat()),
  ];
}
