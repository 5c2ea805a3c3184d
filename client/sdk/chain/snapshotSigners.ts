import {
  keccakWords,
  parseSignalWords,
  ProverError,
  REPORTED_FIELDS,
  signalsOfListed,
  signalWords,
  SNAPSHOT_FIELDS,
} from "../../../prover/index.ts";
import type { MarketSignals, Profile } from "../../../prover/index.ts";
import { signerOfStatement } from "./snapshotStatement.ts";
import type { MarketChain } from "./reader.ts";
import type { EpochOpening } from "./types.ts";

/** The snapshot's last words, after the slot flags. */
const SIGNAL_WORDS = 2;

/**
 * Whose signatures over an epoch's snapshot the oracle has shown, each account once: reporters or not, that is for the
 * caller to say. The words are those of the opening, so that a snapshot of other words has no signer; but for slots
 * whose series ended after they were signed, of which nothing is stored and the oracle shows what was signed.
 */
export async function signersOfSnapshot(chain: MarketChain, opening: EpochOpening): Promise<string[]> {
  const { epoch, observedAt, blockNumber } = opening;
  // The oracle opens the epoch as it accepts.
  const range = { fromBlock: blockNumber, toBlock: blockNumber };
  const [[accepted], [leftOut]] = await Promise.all([
    chain.events(chain.oracle, "SnapshotAccepted", { epoch }, range),
    chain.events(chain.oracle, "SlotsLeftOut", { epoch }, range),
  ]);
  const stored = reportedWords(chain, opening);
  const words = leftOut === undefined ? stored : [...leftOut.args.words];
  if (leftOut !== undefined && !leaves(chain, opening, words, stored)) return [];
  if (accepted === undefined) return [];
  const { market } = chain.deployment;
  const { signatures } = accepted.args;
  const listings = Number(accepted.args.listings);
  const signers = signatures.map((signature) =>
    signerOfStatement(chain.deployment, { market, epoch, observedAt, listings, words, signature }),
  );
  return [...new Set(signers.filter((signer) => signer !== undefined))];
}

/** Whether signed words leave what is stored of them, where slots without an instrument are left out. */
function leaves(
  { profile }: MarketChain,
  { snapshotWords }: EpochOpening,
  signed: readonly bigint[],
  stored: readonly bigint[],
): boolean {
  const perSlot = profile.rowWords + SNAPSHOT_FIELDS.length;
  const capAt = profile.rowWords + SNAPSHOT_FIELDS.indexOf("positionCap");
  const isListed = (slot: number): boolean => snapshotWords[slot * perSlot + capAt] !== 0n;
  const signals = signalsIn(profile, signed);
  if (signed.length !== stored.length || signals === undefined) return false;
  const reportedPerSlot = profile.rowWords + REPORTED_FIELDS.length;
  const left = [
    ...signed.slice(0, -SIGNAL_WORDS).map((word, k) => (isListed(Math.floor(k / reportedPerSlot)) ? word : 0n)),
    ...signalWords(profile, signalsOfListed(profile, signals, isListed)),
  ];
  return keccakWords(left) === keccakWords(stored);
}

/** Undefined for words that no signals have. */
function signalsIn(profile: Profile, signed: readonly bigint[]): MarketSignals | undefined {
  try {
    return parseSignalWords(profile, signed.slice(-SIGNAL_WORDS) as [bigint, bigint]);
  } catch (error) {
    if (error instanceof ProverError) return undefined;
    throw error;
  }
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
