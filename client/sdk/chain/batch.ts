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

/**
 * What of a transaction may be submissions. Nodes take none of more than 128 KiB; at 40 gas a byte, which is more than
 * adding up takes, that is a third of what a transaction may use.
 */
const TALLY_BYTES = 126 * 1024;
const WORD_BYTES = 32;

/** Arguments of the market's next `tally` of a closed batch; undefined once all of it is tallied. */
export async function tallyArgs(
  chain: MarketChain,
  batch: FrozenBatch,
): Promise<StepArgs<ContractOf<"Market">, "tally"> | undefined> {
  const { untallied } = await chain.market.epochState();
  if (untallied === 0n) return undefined;
  // Its vault, the hash of its content, and a point a group.
  const most = Math.floor(TALLY_BYTES / (WORD_BYTES * (2 + 2 * chain.profile.groups)));
  const from = Math.max(0, Number(untallied) - most);
  const part = batch.submissions.slice(from, Number(untallied));
  return [
    from,
    setHashOf({ ...batch, submissions: batch.submissions.slice(0, from) }),
    part.map(({ vault }) => getAddress(toBeHex(vault, 20))),
    part.map(contentHash),
    part.flatMap(({ sealed }) => sealed.orderCommitments.flat()),
  ];
}
