// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase} from "../interfaces/ITacit.sol";
import {BPS} from "../format/Format.sol";
import {SetHash} from "../format/SetHash.sol";
import {MarketState} from "./MarketState.sol";
import {Trading} from "./Trading.sol";
import {Waterfall} from "../desk/Waterfall.sol";

/// The epoch's state machine and the halt:
///
///   AwaitSnapshot ── openEpoch (oracle) ──▶ Submit ── close ──▶ Clear ── tally, clear, lapse ──▶ AwaitSnapshot
///        └── haltStale, after the deadline      └── close, when nothing is to be traded ──▶ ┘
abstract contract Epochs is MarketState {
    /// Opens the next epoch on an accepted snapshot and freezes committee and verifier for it.
    /// @param halt_ a breaker tripped: the epoch takes submissions, but no orders
    function openEpoch(address pointer, uint256 snapshotHash_, uint64 observedAt_, bool halt_) external {
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
            verifier: verifiers.verifier(),
            haircutPpb: _frame.haircutPpb
        });
        _frame.haircutPpb = Waterfall.updateHaircut(_table, _tradingTerms(), _frame.haircutPpb);

        e.number++;
        e.phase = Phase.Submit;
        e.deadline = uint40(block.timestamp + submitWindow);
        e.openedHalted = e.halted;
        e.submissions = 0;
        e.expected = e.active;
        setHash = SetHash.start(e.number);

        if (this.snapshotHash() != snapshotHash_) revert WrongSnapshotHash(snapshotHash_);
        emit EpochOpened(e.number, snapshotHash_, pointer, observedAt_, e.deadline, e.halted, version);
    }

    /// Freezes the set of submissions: after the window, or as soon as every vault that may submit has.
    /// A batch of too few is cancelled; with nothing to open, the epoch is settled at once.
    function close() external {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Submit);
        bool complete = e.submissions == e.expected && e.expected != 0;
        if (!complete && block.timestamp <= e.deadline) revert DeadlineNotPassed(e.deadline);

        bool cancelled = uint256(e.submissions) * BPS < uint256(minShareBps) * e.expected;
        emit EpochClosed(e.number, e.submissions, setHash, cancelled);
        if (!e.openedHalted) e.openEpochs++;

        uint8 live = _liveGroups();
        if (cancelled || e.openedHalted || e.submissions == 0) {
            _settle(e, 0, 0);
            return;
        }
        // A group without a listed slot has no order to fill, and none that could be left open.
        e.filledGroups = uint8((1 << groupCount) - 1) & ~live;
        if (live == 0) {
            _settle(e, e.filledGroups, 0);
            return;
        }
        e.pendingGroups = live;
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
    ) external {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Clear);
        uint256 count = vaults.length;
        uint256 left = e.untallied;
        bool reachesEnd = from < left && count >= left - from && count <= e.submissions - from;
        if (!reachesEnd || contents.length != count || orders.length != 2 * groupCount * count) revert WrongTally(left);

        bool isFirst = left == e.submissions;
        bytes32 hash = Trading.addUp(
            _orderSums,
            isFirst,
            groupCount,
            before,
            from,
            vaults[:left - from],
            contents,
            orders
        );
        if (hash != (isFirst ? setHash : _tallyHash)) revert NotTheBatch();
        _tallyHash = before;
        e.untallied = uint16(from);
        emit BatchTallied(e.number, uint32(from));
    }

    /// Gives up on a group that nobody cleared in time: its orders are not filled.
    function lapse(uint8 group) external {
        EpochState storage e = _epoch;
        _requirePhase(Phase.Clear);
        if (block.timestamp <= e.deadline) revert DeadlineNotPassed(e.deadline);
        _requirePending(group);
        emit GroupLapsed(e.number, group);
        _resolve(group);
    }

    function haltStale() external {
        EpochState storage e = _epoch;
        _requirePhase(Phase.AwaitSnapshot);
        if (block.timestamp <= e.deadline) revert DeadlineNotPassed(e.deadline);
        _halt(e, "no snapshot");
        e.deadline = uint40(block.timestamp + snapshotWindow);
    }

    /// Trading stops at once: the orders of this epoch can't be cleared any more, the next epoch takes none.
    function halt() external restricted {
        EpochState storage e = _epoch;
        _halt(e, "guardian");
    }

    /// The running epoch stays as it was opened.
    function resume() external {
        if (!_epoch.halted) revert NotHalted();
        if (block.timestamp < uint256(_lastTrip) + haltCoolDown) _checkCanCall(msg.sender, msg.data);
        _epoch.halted = false;
        emit Resumed();
    }

    function _requirePending(uint8 group) internal view {
        if (group >= MAX_GROUPS || _epoch.pendingGroups & (1 << group) == 0) revert GroupNotPending(group);
    }

    /// Strikes a cleared or lapsed group off; after the last one the epoch is settled.
    function _resolve(uint8 group) internal {
        EpochState storage e = _epoch;
        e.pendingGroups &= ~uint8(1 << group);
        if (e.pendingGroups == 0) _settle(e, e.filledGroups, _liveGroups());
    }

    /// Stores the epoch's results and waits for the next snapshot.
    /// @param filled  bit g = the orders of group g are filled
    /// @param traded  bit g = the table's fills are of this epoch if group g is filled
    function _settle(EpochState storage e, uint8 filled, uint8 traded) private {
        address pointer;
        if (filled != 0) {
            pointer = Trading.storeFills(_table, slotCount, groupSlots, filled, traded);
            _settlePointer[e.number] = pointer;
        }
        e.pendingGroups = 0;
        e.phase = Phase.AwaitSnapshot;
        e.deadline = uint40(block.timestamp + snapshotWindow);
        emit EpochSettled(e.number, pointer, filled);
    }

    function _halt(EpochState storage e, bytes32 reason) private {
        e.halted = true;
        _lastTrip = uint64(block.timestamp);
        emit Halted(reason);
    }

    /// Bit g = group g has a listed slot.
    function _liveGroups() private view returns (uint8 live) {
        uint256 listed = _table.listed;
        for (uint256 g; g < groupCount; g++) {
            if ((listed >> (g * groupSlots)) & ((1 << groupSlots) - 1) != 0) live |= uint8(1 << g);
        }
    }
}
