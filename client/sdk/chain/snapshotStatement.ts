// What reporters sign of a snapshot: docs/protocol.md, section 2.
import { verifyTypedData } from "ethers";
import { keccakWords } from "../../../prover/index.ts";
import type { Deployment } from "../deployment.ts";

/** What a reporter publishes: words and an EIP-712 signature over them. */
export interface SnapshotStatement {
  market: string;
  epoch: number;
  observedAt: number;
  /** How many series the market had listed when the words were made: they say nothing of what they are about. */
  listings: number;
  /** Per slot: RW row words, notional, slip, contingency, liquidity; then the two words of signals. */
  words: bigint[];
  /** Whose statement it says it is; `signerOfStatement` tells whose it is. */
  reporter: string;
  signature: string;
}

export const SNAPSHOT_TYPES = {
  Snapshot: [
    { name: "market", type: "address" },
    { name: "epoch", type: "uint32" },
    { name: "observedAt", type: "uint64" },
    { name: "listings", type: "uint32" },
    { name: "wordsHash", type: "bytes32" },
  ],
};

type Said = Omit<SnapshotStatement, "reporter" | "signature">;

/** What the signature is over. */
export const snapshotMessage = ({ market, epoch, observedAt, listings, words }: Said) => ({
  market,
  epoch,
  observedAt,
  listings,
  wordsHash: keccakWords(words),
});

export const snapshotDomain = (deployment: Deployment) => ({
  name: "Tacit SnapshotOracle",
  version: "1",
  chainId: deployment.chainId,
  verifyingContract: deployment.snapshotOracle,
});

/** Who signed a statement; undefined if the signature is malformed. */
export function signerOfStatement(
  deployment: Deployment,
  { signature, ...said }: Omit<SnapshotStatement, "reporter">,
): string | undefined {
  try {
    return verifyTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, snapshotMessage(said), signature);
  } catch {
    return undefined;
  }
}
