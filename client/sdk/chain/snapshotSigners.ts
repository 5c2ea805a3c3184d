import { SNAPSHOT_FIELDS, REPORTED_FIELDS } from "../../../prover/index.ts";
import { signerOfStatement } from "./snapshotStatement.ts";
import type { MarketChain } from "./reader.ts";
import type { EpochOpening } from "./types.ts";

/** The snapshot's last words, after the slot flags. */
const SIGNAL_WORDS = 2;

/**
 * Whose signatures over an epoch's snapshot the oracle has shown, each account once: reporters or not, that is for the
 * caller to say. The words are those of the opening, so that a snapshot of other words has no signer.
 */
export async function signersOfSnapshot(chain: MarketChain, opening: EpochOpening): Promise<string[]> {
  const { epoch, observedAt, blockNumber } = opening;
  // The oracle opens the epoch as it accepts.
  const range = { fromBlock: blockNumber, toBlock: blockNumber };
  const [accepted] = await chain.events(chain.oracle, "SnapshotAccepted", { epoch }, range);
  const words = reportedWords(chain, opening);
  const { market } = chain.deployment;
  const signers = (accepted?.args.signatures ?? []).map((signature) =>
    signerOfStatement(chain.deployment, { market, epoch, observedAt, words, signature }),
  );
  return [...new Set(signers.filter((signer) => signer !== undefined))];
}

/** What of a stored snapshot reporters sign: without carry indices, position caps and slot flags. */
function reportedWords({ profile }: MarketChain, { snapshotWords }: EpochOpening): bigint[] {
  const stored = profile.rowWords + SNAPSHOT_FIELDS.length;
  const slots = Array.from({ length: profile.slots }, (_, i) => {
    const slot = snapshotWords.slice(i * stored, (i + 1) * stored);
    return [
      ...slot.slice(0, profile.rowWords),
      ...REPORTED_FIELDS.map((field) => slot[profile.rowWords + SNAPSHOT_FIELDS.indexOf(field)]!),
    ];
  });
  return [...slots.flat(), ...snapshotWords.slice(-SIGNAL_WORDS)];
}
