// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BPS, FIELD} from "../format/Format.sol";
import {SetHash} from "../format/SetHash.sol";
import {EpochState, Frame, Phase} from "../interfaces/Types.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {Batch} from "./Batch.sol";
import {State} from "./State.sol";

/// The epoch's state machine and the halt:
///
///   AwaitSnapshot ── openEpoch (oracle) ──▶ Submit ── close ──▶ Clear ── tally, clear, lapse ──▶ AwaitSnapshot
///        └── haltStale, after the deadline      └── close, when nothing is to be traded ──▶ ┘
abstract contract Epochs is State {
    /// Before a snapshot is laid down: brings what the desk says of perps and options up to date.
    function checkpoint() external nonReentrant returns (uint64 clearedBy) {
        if (msg.sender != oracle) revert OnlyOracle(msg.sender);
        _requirePhase(Phase.AwaitSnapshot);
        _desk.checkpoint();
        return uint64(block.timestamp + submitWindow + clearWindow);
    }

    /// Opens the next epoch on an accepted snapshot and freezes committee and verifier for it.
    /// @param halt_ a breaker tripped: the epoch takes submissions, but no orders
    function openEpoch(address pointer, uint256 snapshotHash, uint64 observedAt_, bool halt_) external nonReentrant {
        if (msg.sender != oracle) revert OnlyOracle(msg.sender);
        EpochState storage e = _epoch;
        _requirePhase(Phase.AwaitSnapshot);
        if (pointer.code.length != 1 + 32 * snapshotWords) revert WrongBlobLength(pointer, snapshotWords);

        (address keysPointer, uint32 version) = committee.current();
        if (keysPointer.code.length != 1 + 64 * memberCount) revert WrongBlobLength(keysPointer, 2 * memberCount);
        if (halt_) _halt(e, "breaker");
        _frame = Frame({
            snapshotPointer: pointer,
            observedAt: observedAt_,
            keysPointer: keysPointer,
            verifier: verifiers.verifier()
        });
        uint16 listed;
        (listed, e.latestSeriesStart) = _desk.openEpoch(pointer);
        e.liveGroups = _groupsOf(listed);

        e.number++;
        e.phase = Phase.Submit;
        e.deadline = uint40(block.timestamp + submitWindow);
        e.openedHalted = e.halted;
        e.unwindGroups = e.halted ? e.liveGroups : 0;
        e.submissions = 0;
        e.expected = e.active;
        _batch.setHash = SetHash.start(e.number);

        if (uint256(keccak256(SSTORE2.read(pointer))) % FIELD != snapshotHash) revert WrongSnapshotHash(snapshotHash);
        emit EpochOpened(e.number, snapshotHash, pointer, observedAt_, e.deadline, e.halted, version);
    }

    /// Freezes the set of submissions: after the window, or as soon as every vault that may submit has.
    /// A batch of too few is cancelled; with nothing to open, the epoch is settled at once.
    function close() external nonReentrant {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Submit);
        bool complete = e.submissions == e.expected && e.expected != 0;
        if (!complete && block.timestamp <= e.deadline) revert DeadlineNotPassed(e.deadline);

        bool cancelled = uint256(e.submissions) * BPS < uint256(minShareBps) * e.expected;
        emit EpochClosed(e.number, e.submissions, _batch.setHash, cancelled);

        bool opens = !cancelled && !e.openedHalted && e.submissions != 0;
        // A group without a listed slot has no order to fill, and none that could be left open.
        uint8 filled = opens ? uint8((1 << groupCount) - 1) & ~e.liveGroups : 0;
        if (!opens || e.liveGroups == 0) {
            _settle(e, filled);
            return;
        }
        e.filledGroups = filled;
        e.pendingGroups = e.liveGroups;
        e.untallied = e.submissions;
        e.phase = Phase.Clear;
        e.deadline = uint40(block.timestamp + clearWindow);
    }

    /// Adds up the order commitments of the closed batch, group by group: anybody, with what `Submitted` told. A large
    /// batch is tallied in several calls, each the latest submissions that are not tallied yet. Those at the end that
    /// somebody else has tallied meanwhile are left out: a stranger's small tallies can't make a large one fail.
    ///
    /// Adding in `submit` would have every vault write two or three words of storage a group. Here the sums are written
    /// once, and the hash chain lets no wrong entry slip in.
    /// @param from           index in the epoch of the first of these submissions
    /// @param before         `setHash` before it
    /// @param vaults         of the submissions in their order
    /// @param contents       keccak256 of what else they brought: new commitment, ephemeral key, sealed payload
    /// @param orders         their order commitments, 2U words each
    function tally(
        uint256 from,
        bytes32 before,
        address[] calldata vaults,
        bytes32[] calldata contents,
        uint256[] calldata orders
    ) external nonReentrant {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Clear);
        Batch.tally(_batch, e, groupCount, from, before, vaults, contents, orders);
    }

    /// Clears a group with its opened net: anybody, until the deadline, as often as it takes. Reverts on a wrong
    /// opening, so that a liar changes nothing.
    /// @param nets lots per slot of the group, the sum of the batch's orders
    /// @param rho  sum of the batch's blindings of this group
    /// @return cleared false if a slot could not be traded within its bounds; nothing has changed then
    function clear(uint8 group, int256[] calldata nets, uint256 rho) external nonReentrant returns (bool cleared) {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Clear);
        if (block.timestamp > e.deadline) revert DeadlinePassed(e.deadline);
        if (e.halted) revert MarketHalted();
        _requirePending(group);
        if (nets.length != groupSlots) revert WrongNetCount(nets.length, groupSlots);
        cleared = Batch.clear(_batch, e, _desk, _frame.snapshotPointer, group, nets, rho);
        if (cleared) _resolve(group);
    }

    function unwind(uint8 group) external nonReentrant {
        _requireSubmitting();
        Batch.unwind(_epoch, _desk, _frame.snapshotPointer, group, groupSlots);
    }

    /// Gives up on a group that nobody cleared in time: its orders are not filled.
    function lapse(uint8 group) external nonReentrant {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Clear);
        if (block.timestamp <= e.deadline) revert DeadlineNotPassed(e.deadline);
        _requirePending(group);
        emit GroupLapsed(e.number, group);
        _resolve(group);
    }

    function haltStale() external nonReentrant {
        EpochState storage e = _epoch;
        _requirePhase(Phase.AwaitSnapshot);
        if (block.timestamp <= e.deadline) revert DeadlineNotPassed(e.deadline);
        _halt(e, "no snapshot");
        e.deadline = _snapshotDeadline();
    }

    /// Trading stops at once: the orders of this epoch can't be cleared any more, the next epoch takes none.
    function halt() external restricted nonReentrant {
        EpochState storage e = _epoch;
        _halt(e, "guardian");
    }

    /// The running epoch stays as it was opened.
    function resume() external nonReentrant {
        if (!_epoch.halted) revert NotHalted();
        if (block.timestamp < uint256(_lastTrip) + haltCoolDown) _checkCanCall(msg.sender, msg.data);
        _epoch.halted = false;
        emit Resumed();
    }

    function _requirePending(uint8 group) internal view {
        if (group >= Batch.MAX_GROUPS || _epoch.pendingGroups & (1 << group) == 0) revert GroupNotPending(group);
    }

    /// Strikes a cleared or lapsed group off; after the last one the epoch is settled.
    function _resolve(uint8 group) internal {
        EpochState storage e = _epoch;
        e.pendingGroups &= ~uint8(1 << group);
        if (e.pendingGroups == 0) _settle(e, e.filledGroups);
    }

    /// Stores the epoch's results and waits for the next snapshot.
    /// @param filled bit g = the orders of group g are filled; those of a live one at the fills that were kept
    function _settle(EpochState storage e, uint8 filled) private {
        address pointer;
        if (filled != 0) {
            pointer = Batch.store(_batch, filled, filled & e.liveGroups, slotCount, groupSlots);
            settlePointer[e.number] = pointer;
        }
        e.pendingGroups = 0;
        e.phase = Phase.AwaitSnapshot;
        e.deadline = _snapshotDeadline();
        emit EpochSettled(e.number, pointer, filled);
    }

    function _halt(EpochState storage e, bytes32 reason) private {
        e.halted = true;
        _lastTrip = uint64(block.timestamp);
        emit Halted(reason);
    }

    /// Bit g = group g has one of the slots in `listed`.
    function _groupsOf(uint16 listed) private view returns (uint8 groups) {
        for (uint256 g; g < groupCount; g++) {
            if ((listed >> (g * groupSlots)) & ((1 << groupSlots) - 1) != 0) groups |= uint8(1 << g);
        }
    }
}
