// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase, SlotKind, VaultStatus} from "./ITacit.sol";

/// What the market refuses, and what to do about it. One interface, so that the market's ABI has all of them, also those
/// that its libraries raise.
interface MarketErrors {
    // ---- deployment
    /// The named setting is outside its hard bounds.
    error ConfigOutOfRange(bytes32 setting, uint256 value, uint256 min, uint256 max);
    /// The market counts in µUSD: its cash needs 6 decimals.
    error CashNeedsSixDecimals(uint8 decimals);
    /// The profile's sizes don't fit the contracts: at most 16 slots in equal groups of at most 4.
    error ProfileNotSupported();
    /// The Poseidon constants don't give the profile's genesis commitment: deploy the ones for its book words.
    error WrongPoseidonConstants(uint256 genesisCommitment, uint256 computed);

    // ---- epochs
    /// The step belongs to another phase: look at `phase()`.
    error WrongPhase(Phase actual);
    /// The phase ended: push its permissionless next step (`close`, `lapse`).
    error DeadlinePassed(uint64 deadline);
    /// Too early: wait for the deadline.
    error DeadlineNotPassed(uint64 deadline);
    /// Only the market's oracle opens epochs.
    error OnlyOracle(address caller);
    /// The blob does not hold this many words.
    error WrongBlobLength(address pointer, uint256 words);
    /// Not the hash of the words behind the pointer.
    error WrongSnapshotHash(uint256 given);
    error NotHalted();

    // ---- submissions
    /// Only active vaults submit, a challenged one included.
    error VaultNotActive(address vault, VaultStatus status);
    /// Registered during this epoch: submit from `firstEpoch` on.
    error VaultNotYetIn(address vault, uint32 firstEpoch);
    error AlreadySubmitted(address vault, uint32 epoch);
    error AlreadyRegistered(address vault);
    error TooManyVaults(uint256 limit);
    error WrongSealedLength(uint256 given, uint256 wanted);
    /// Word `index` of the transcript is not a reduced field element.
    error WordNotInField(uint256 index);
    /// `h` is not a reduced field element.
    error SignalNotInField(uint256 signal);
    error InsolventNotABit(uint256 insolvent);
    /// The vault's margin limits are looser than this market allows: tighten its mandate.
    error MandateTooLoose(uint256 initialMarginBps, uint256 maintenanceMarginBps);
    /// Shares are redeemed in a dealing epoch of a solvent vault only.
    error NothingDealt(uint256 redeemShares);
    /// A dealing vault's NAV is below 2^50 µUSD and not negative.
    error NavOutOfRange(uint256 navMicroUsd);
    /// The proof does not verify over this transcript: compare with `transcriptWords`.
    error InvalidProof();
    /// The vault's last epoch isn't settled yet.
    error NotSettled(uint32 epoch);

    // ---- clearing
    /// Give between 1 and `untallied` submissions, the latest ones, and 2U order words for each.
    error WrongTally(uint256 untallied);
    /// These are not the submissions that were frozen: read them from `Submitted`, in the order of their index.
    error NotTheBatch();
    /// Say the least to take for a lot; without one the series ends at the market (`endSeries`).
    error NoFloor();
    /// Call again with more gas.
    error ClearingOutOfGas();
    /// Call `tally` first.
    error NotTallied(uint256 untallied);
    /// Halted: groups of this epoch lapse at the deadline.
    error MarketHalted();
    error GroupNotPending(uint8 group);
    error WrongNetCount(uint256 given, uint256 wanted);
    error OnlySelf(address caller);
    /// Nobody can hold an order in a slot that isn't listed.
    error NetInUnlistedSlot(uint8 slot, int256 net);
    /// The slot's feed is silent, stale or not positive: retry when it has updated.
    error ReferenceNotFresh(uint8 slot);
    /// The venue's marginal price is further than ε from the reference: retry when it has come back.
    error VenueOffReference(uint8 slot, uint256 marginalMicroUsd, uint256 referenceMicroUsd);
    /// The snapshot gives the slot no liquidity to trade in.
    error NoLiquidity(uint8 slot);
    /// The adapter spent more, or brought back less, than the band allows.
    error FillOutsideBand(uint8 slot, uint256 cashMicroUsd, uint256 limitMicroUsd);
    /// The adapter moved another amount of the token than was traded.
    error WrongTokensMoved(uint8 slot, uint256 moved, uint256 wanted);
    /// |reference − mark| + charge is above what the proofs allowed for.
    error AboveSlip(
        uint8 slot,
        uint256 referenceMicroUsd,
        int256 markMicroUsd,
        uint256 chargeMicroUsd,
        uint256 slipMicroUsd
    );
    /// The series would be sold for less than the reference by more than slip: wait for the venue to be deeper, or force
    /// the end at a floor.
    error ExitBelowSlip(uint8 slot, int256 exitMicroUsd, uint256 referenceMicroUsd, uint256 slipMicroUsd);

    // ---- perps and options
    /// The venue reverted without a reason or used more gas than it may.
    error VenueFailed(uint8 slot);
    /// The venue's mark, cash or position can't be read, or make no sense: retry when it has come back.
    error VenueSilent(uint8 slot);
    /// The venue holds another position than the market has traded: anyone ends the series (`endSeries`).
    error PositionMismatch(uint8 slot, int256 atVenue, int256 traded);
    /// The venue's position changed by another amount than was traded.
    error WrongFill(uint8 slot, int256 filled, int256 wanted);
    /// The adapter moved other cash of the market's, or credited less, than it was to.
    error WrongCashMoved(uint8 slot, int256 moved, int256 wanted);
    /// Equity at the venue is under the floor: only what makes the position smaller is traded until it is topped up.
    error ReduceOnly(uint8 slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd);
    error OptionExpired(uint8 slot, uint64 expiry);
    /// Wait for the expiry.
    error NotExpired(uint8 slot, uint64 expiry);
    /// An expired option ends by its payoff: call `proposeExit`, then wait until it can't be disputed any more.
    error NoExit(uint8 slot);
    error AlreadyProposed(uint8 slot);
    /// The venue's payoff is more than such an option can pay: governance has to end the series by force.
    error PayoffAboveBound(uint8 slot, uint256 payoffMicroUsd, uint256 boundMicroUsd);
    /// Too late, vetoed before, or not far enough from the feed's payoff.
    error NotDisputable(uint8 slot);
    /// Only a vetoed payoff is set by governance.
    error NotVetoed(uint8 slot);
    /// Not all of the account's cash came back from the venue: retry, or end the series by force.
    error NotWithdrawn(uint8 slot, int256 leftMicroUsd);

    // ---- instruments
    error NoSuchSlot(uint8 slot);
    error SlotAlreadyListed(uint8 slot);
    error SlotNotListed(uint8 slot);
    error KindNotSupported(SlotKind kind);
    /// The named part of the venue rule is out of range.
    error BadVenueRule(bytes32 field);
    error BadSlotTerms(bytes32 field);
    /// Order caps go down only.
    error OnlyTightening(uint32 current, uint32 wanted);

    // ---- recovery
    error NotMissing(address vault, uint32 missed, uint32 limit);
    error NotChallenged(address vault, VaultStatus status);
    /// The owner must have had an epoch to submit in, and the whole window.
    error ChallengeRunning(uint64 challengeEnds, uint32 challengeEpoch);
    /// Books are opened for vaults that no longer submit.
    error BookStaysSealed(address vault, VaultStatus status);
    error NotTheBook(address vault);
    /// Nothing is owed to the vault, or nothing there to pay it with yet: try again when more of what was taken over is
    /// sold.
    error NothingToPay(address vault);
}
