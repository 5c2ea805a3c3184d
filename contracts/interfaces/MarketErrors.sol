// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CommonErrors} from "./CommonErrors.sol";
import {VaultStatus} from "./Types.sol";

/// What the market refuses, and what to do about it. One interface, so that the market's ABI has all of them, also
/// those that its libraries raise.
interface MarketErrors is CommonErrors {
    // ---- deployment
    /// The profile's sizes don't fit the contracts: at most 16 slots in equal groups of at most 4.
    error ProfileNotSupported();
    /// The code there is not the Poseidon constants for the profile's book words: deploy those.
    error WrongPoseidonConstants(address constants, bytes32 codeHash, bytes32 wanted);
    /// The profile says another commitment to the empty book than it has: deploy verifiers with the right one.
    error WrongGenesisCommitment(uint256 genesisCommitment, uint256 computed);

    // ---- epochs
    /// The phase ended: push its permissionless next step (`close`, `lapse`).
    error DeadlinePassed(uint64 deadline);
    /// Too early: wait for the deadline.
    error DeadlineNotPassed(uint64 deadline);
    /// The desk's own: nobody else takes the lock.
    error OnlyDesk(address caller);
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
    /// Call again with more gas.
    error ClearingOutOfGas();
    /// Call `tally` first.
    error NotTallied(uint256 untallied);
    /// Halted: groups of this epoch lapse at the deadline.
    error MarketHalted();
    error GroupNotPending(uint8 group);
    error WrongNetCount(uint256 given, uint256 wanted);
    /// The market holds nothing of its own in the group, or its venue does not take it within bounds now: try again.
    error NothingUnwound(uint8 group);

    // ---- recovery
    error NotMissing(address vault, uint32 missed, uint32 limit);
    error NotChallenged(address vault, VaultStatus status);
    /// The owner must have had an epoch to submit in, and the whole window.
    error ChallengeRunning(uint64 challengeEnds, uint32 challengeEpoch);
    /// Books are opened for vaults that no longer submit.
    error BookStaysSealed(address vault, VaultStatus status);
    error NotTheBook(address vault);
}
