// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IVerifier} from "./IVerifier.sol";

/// Types shared by the contracts. Units: µUSD for money, lots for positions, bps of NAV for limits.

enum Phase {
    AwaitSnapshot,
    Submit,
    Clear
}

enum VaultStatus {
    None,
    Active,
    /// Recovery was started; until `challengeEnds` a submission cancels it, if no more than one dealing is missed then.
    Challenged,
    /// The challenge window passed without a submission; the vault no longer submits.
    Recovering,
    /// The vault proved NAV < 0.
    Insolvent,
    /// Its book was opened and taken over: the vault has ended, its share holders are paid what is owed to it.
    Resolved
}

enum SlotKind {
    None,
    Spot,
    Perp,
    Option
}

/// One row of the instrument table. `positionCap` can't change while a series is listed.
struct Slot {
    SlotKind kind;
    /// Venue adapter that trades the slot.
    address adapter;
    /// Spot: the ERC-20 the market holds, 18 decimals or fewer. Zero for perps and options.
    address token;
    /// AggregatorV3Interface of the underlying's price and its own heartbeat in seconds.
    address feed;
    uint32 feedHeartbeat;
    /// A lot's price in µUSD is answer · lotSize / 10^scaleDecimals: the feed's decimals and those of a lot, less six.
    /// Read when the slot is listed, whatever is given then, so that nothing but the feed's answer is asked for
    /// afterwards.
    uint8 scaleDecimals;
    /// Smallest token units in one lot (spot), or 1e18-scaled contracts (perp, option).
    uint128 lotSize;
    /// Option terms; zero for others.
    uint128 strike;
    uint64 expiry;
    bool isCall;
    /// Lots. `orderCap` bounds a vault's order: a snapshot's liquidity is at most this. `positionCap` binds every book.
    uint32 orderCap;
    uint40 positionCap;
    /// A net below `threshold` lots may be taken by the inventory account, up to `inventoryCap`.
    uint40 threshold;
    uint40 inventoryCap;
    /// How far a fill may be from the reference besides its impact, in bps: the venue's own fee and a little for the
    /// distance of its price. All of it that the venue doesn't take, who pushes its price may.
    uint16 feeBps;
}

/// The lots that the desk holds in a slot, and whose they are.
struct SlotAccount {
    /// At the venue: all vaults and the inventory together. Lots.
    int64 positionLots;
    /// The part of it, positive or negative, that is the inventory account's.
    int64 inventoryLots;
}

/// How the market trades and keeps its account at the venue of a perp or option slot. Shares in bps.
struct VenueRule {
    /// A perp's mark counts as far as it is within the feed's price ± this. At the end of a series, holders bear at
    /// most this part of the underlying's price for what the venue failed to bring.
    uint16 clampBps;
    /// Most funding a lot can be paid or charged in a day, in parts of the feed's price.
    uint16 fundingBpsPerDay;
    /// Largest distance of the venue's marginal price from the reference before trading, in parts of the underlying's.
    uint16 epsilonBps;
    /// The account's equity, in parts of what the venue wants to open the position: it is brought up to `targetBps`
    /// before a trade or when it is below `lowBps`, and down to it when above `highBps`.
    uint16 lowBps;
    uint16 targetBps;
    uint16 highBps;
    /// Below this, in parts of what the venue wants not to liquidate, orders may only make the position smaller.
    uint16 floorBps;
    /// Most of the market's cash that may lie, or have stayed, at the slot's venues: transfers there less transfers
    /// back, of all series ever, µUSD.
    uint64 capMicroUsd;
    /// The part of the cap with which a position may still be made larger. The guardian lowers it at once; what is held
    /// goes on being kept from liquidation up to the cap.
    uint64 tradeCapMicroUsd;
    /// Options: how long the guardian may veto a payoff, and by how much, in parts of the underlying's price, it must
    /// differ from the feed's to be vetoed.
    uint32 disputeSeconds;
    uint16 toleranceBps;
}

/// The market's account at the venue of a perp or option slot, in the running series.
struct VenueAccount {
    /// Perp: the mark at the latest checkpoint. Option: what a lot's underlying was worth, by the feed, when the epoch
    /// was opened. µUSD.
    uint56 markMicroUsd;
    /// Perp: cash paid per lot since the series opened, µUSD.
    int64 carryIndexMicroUsd;
    /// What of the account's cash is booked, µUSD: with position · mark, all that has been credited to anyone. What the
    /// venue says beyond that waits.
    int64 cashMicroUsd;
    /// When funding was last read off it.
    uint40 checkedAt;
    /// Cash sent to the venue less cash that came back, µUSD; and the same of the slot's series before this one.
    int64 transferredMicroUsd;
    int64 earlierMicroUsd;
    /// Losses the insurance account has borne for this slot and not got back, µUSD.
    uint64 advancedMicroUsd;
}

/// What an expired option is to pay, while it can be disputed. All zero before.
struct ExitProposal {
    uint56 payoffMicroUsd;
    /// What the payoff can't be above, µUSD.
    uint56 boundMicroUsd;
    /// The guardian may veto until then; afterwards anyone ends the series. Not 0 once there is a proposal.
    uint40 disputeEnds;
    /// Whether the payoff is far enough from the feed's to be vetoed.
    bool disputable;
    /// Governance has to say what it pays.
    bool vetoed;
}

/// What the owner hands in. Everything else of the transcript the contract knows itself.
struct Submission {
    address vault;
    uint256 h;
    /// Groth16: A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y (snarkjs calldata order).
    uint256[8] proof;
    uint256 newCommitment;
    uint256 redeemShares;
    uint256 nav;
    uint256 insolvent;
    /// 2U order-commitment words, R.x, R.y, then the sealed payload.
    uint256[] sealedWords;
}

/// Sizes of a circuit profile and its genesis commitment.
struct Profile {
    uint8 slots;
    uint8 groups;
    uint8 scenarios;
    uint8 members;
    uint256 genesisCommitment;
}

/// How a market's epochs run; fixed at deployment. Times in seconds, shares and limits in bps.
struct MarketConfig {
    /// How long an epoch takes submissions.
    uint32 submitWindow;
    /// How long after the close groups may clear before they lapse.
    uint32 clearWindow;
    /// From one observation of the reporters to the next.
    uint32 epochSeconds;
    /// How much longer than that the market waits for a snapshot before anyone may halt it.
    uint32 snapshotWindow;
    /// How long a valid submission can still cancel a recovery.
    uint32 challengeWindow;
    /// After this time since the last trip anyone may resume a halted market.
    uint32 haltCoolDown;
    /// Requests made later than `observedAt` minus this margin are not dealt in the epoch.
    uint32 dealMargin;
    /// Epochs in a row a vault may miss before recovery can start.
    uint32 heartbeatLimit;
    /// Smallest share of the active vaults for a batch to be opened.
    uint32 minShareBps;
    /// Loosest margin limits of a mandate that may trade here: what a vault loses beyond its capital the others bear.
    uint32 maxInitialMarginBps;
    uint32 maxMaintenanceMarginBps;
}

/// How a desk trades; fixed at deployment. Bands in bps.
struct DeskConfig {
    /// Largest distance of the venue's marginal price from the reference before trading.
    uint32 epsilonBps;
    /// A fill must be within reference ± (the slot's feeBps + kappaBps·|trade| / liquidity).
    uint32 kappaBps;
    /// Least bond of a vault's owner, µUSD.
    uint64 minBondMicroUsd;
}

/// The epoch's state: one storage slot, the only one that most steps and every submission write.
struct EpochState {
    uint32 number;
    Phase phase;
    /// End of the phase, seconds.
    uint40 deadline;
    /// The market as it stands, and as the epoch was opened: the latter is what proofs say.
    bool halted;
    bool openedHalted;
    /// Submissions so far; vaults that may submit in this epoch; vaults that may submit in the next.
    uint16 submissions;
    uint16 expected;
    uint16 active;
    /// Submissions of the closed batch whose order commitments are not added up yet.
    uint16 untallied;
    /// Bit g = group g has a listed slot; waits to be cleared; counts as filled.
    uint8 liveGroups;
    uint8 pendingGroups;
    uint8 filledGroups;
    /// Bit g = this is a halted epoch, and nothing of what the market took over in group g has been unwound in it yet.
    uint8 unwindGroups;
    /// First epoch after the latest end of a series before this epoch: vaults that submitted since have no exit to be
    /// paid in it.
    uint32 latestSeriesStart;
}

/// What an epoch was opened with.
struct Frame {
    /// SSTORE2 pointers to the snapshot's and the committee's words.
    address snapshotPointer;
    uint64 observedAt;
    address keysPointer;
    IVerifier verifier;
}

struct VaultRecord {
    uint256 commitment;
    /// Epoch of the last submission; 0 = none yet.
    uint32 lastEpoch;
    VaultStatus status;
    /// End of the challenge window.
    uint64 challengeEnds;
    /// Epoch in which the challenge started.
    uint32 challengeEpoch;
    /// First epoch the vault may submit in.
    uint32 firstEpoch;
    /// The last dealing epoch that the vault submitted in; at first the epoch it came in during.
    uint32 dealtEpoch;
}
