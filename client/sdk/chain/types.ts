// What a market's chain shows, as this SDK says it.
import type { BlockTag } from "ethers";
import type { Mandate, MicroUsd } from "../../../prover/index.ts";

export const PHASES = ["await snapshot", "submit", "clear"] as const;
export type PhaseName = (typeof PHASES)[number];
export const VAULT_STATUSES = ["unknown", "active", "challenged", "recovering", "insolvent", "resolved"] as const;

/** Something a contract has said, and where. */
export interface ChainEvent<Args> {
  args: Args;
  blockNumber: number;
  blockHash: string;
  /** In its block. */
  index: number;
  transactionHash: string;
}

export interface MarketStatus {
  epoch: number;
  phase: PhaseName;
  /** End of the phase, chain time in seconds. */
  deadlineAt: number;
  /** As the market stands: whether the next epoch takes orders. */
  halted: boolean;
  /** As the epoch was opened: whether it took orders. */
  openedHalted: boolean;
  /** When the data of the last snapshot was seen, seconds since 1970. */
  observedAt: number;
  /** Time of the block to come, seconds since 1970: what is sent now takes place then, or a little later. */
  now: number;
  /** The latest block's. */
  blockHash: string;
}

/** What can halt a market: a breaker on moves, reporters who are late, the guardian's hand. */
export type HaltReason = "breaker" | "no snapshot" | "guardian";

/** All that has halted a market since it last ran. Times are the chain's, seconds since 1970. */
export interface HaltRecord {
  haltedAt: number;
  /** Each once, in the order in which they came. */
  reasons: HaltReason[];
  /**
   * The breakers' findings when one of them last halted the market, and those on the latest snapshot that was shown to
   * it and refused.
   */
  trips: BreakerTrip[];
  /** An epoch has opened with the last of the reasons, or since. */
  openedSince: boolean;
  /** From then on anybody may resume it, governance before. */
  resumableAt: number;
}

/** `BreakerTripped` of contracts/oracle/SnapshotOracle.sol. */
export interface BreakerTrip {
  epoch: number;
  /** None where it is about no slot. */
  slot?: number;
  check: "move" | "deviation" | "feed" | "sequencer";
  /** What a move's bucket would hold, and what it can. */
  movesPpb?: bigint;
  limitPpb?: bigint;
  /** What, of a deviation, the snapshot and what the feed said, a lot. */
  markMicroUsd?: bigint;
  feedMicroUsd?: bigint;
}

/** `EpochOpened` and what it points to. */
export interface EpochOpening {
  epoch: number;
  blockNumber: number;
  snapshotHash: bigint;
  observedAt: number;
  submitBy: number;
  halted: boolean;
  committeeVersion: number;
  /** As stored: docs/protocol.md §2. */
  snapshotWords: bigint[];
}

export interface SubmittedEvent {
  epoch: number;
  /** Position in the epoch's set. */
  index: number;
  vault: string;
  oldCommitment: bigint;
  newCommitment: bigint;
  cashFlow: bigint;
  redeemShares: bigint;
  nav: bigint;
  insolvent: boolean;
  h: bigint;
  sealedWords: bigint[];
  blockNumber: number;
  transactionHash: string;
}

export interface EpochClosing {
  epoch: number;
  submissions: number;
  setHash: string;
  cancelled: boolean;
  blockNumber: number;
}

/** Epochs of a vault that sent no order by what its owner did, which is public: docs/threat-model.md, known limits. */
export interface OwnerRecord {
  submissions: number;
  /** Without a submission, from the first one to the last frozen batch. */
  missedEpochs: number[];
  /** Paid redemptions beyond deposits. */
  payingEpochs: number[];
}

export interface GroupClearing {
  epoch: number;
  group: number;
  nets: bigint[];
  rho: bigint;
  references: bigint[];
  charges: bigint[];
  blockNumber: number;
}

export interface VaultRecord {
  commitment: bigint;
  lastEpoch: number;
  status: (typeof VAULT_STATUSES)[number];
  challengeEnds: number;
  /** The last dealing epoch that it submitted in; at first the epoch it came in during. */
  dealtEpoch: number;
}

/** What the market has of a perp or option slot at its venue. */
export interface VenueRecord {
  /** Equity over what the venue wants for the position, bps: outside of these it is brought back to the target. */
  rule: { lowBps: bigint; highBps: bigint };
  /** `disputeEnds` 0: nothing is proposed. */
  proposal: { disputeEnds: number; disputable: boolean; vetoed: boolean };
  /** As the market has traded. */
  positionLots: bigint;
  /** What of the account's cash has been credited to anyone; with a perp's position at its mark, all that has. */
  bookedMicroUsd: bigint;
  /** Perp: its mark at the last checkpoint. */
  markMicroUsd: bigint;
}

/** Chain times in seconds. */
export interface StrategyHistory {
  changedAt: number[];
  announced?: { strategyCommitment: bigint; effectiveAt: number };
}

export interface TermsQuery {
  redeemShares?: bigint;
  /** Chain time. */
  cutoff?: number;
  blockTag?: BlockTag;
}

export interface TermsInForce {
  strategyCommitment: bigint;
  mandate: Mandate;
  mandateWords: bigint[];
  dealing: boolean;
  cashWanted: MicroUsd;
}
