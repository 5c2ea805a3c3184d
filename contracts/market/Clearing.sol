// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase, Slot} from "../interfaces/ITacit.sol";
import {Derivatives} from "../desk/Derivatives.sol";
import {Epochs} from "./Epochs.sol";
import {Trading} from "./Trading.sol";

/// The instrument table as governance works it, and the clearing of a group (protocol.md §7).
abstract contract Clearing is Epochs {
    /// Lists slot `i`. Only between epochs: a snapshot speaks of the table it was made for.
    function list(uint8 i, Slot calldata) external restricted {
        _requirePhase(Phase.AwaitSnapshot);
        _requireSlot(i);
        // As they came: the market is short of the space to take them apart.
        Trading.list(_table, msg.data[4:], address(cashToken));
    }

    /// Lowers the most that a vault may order in slot `i`, from the next snapshot on.
    function tightenOrderCap(uint8 i, uint32 orderCap) external restricted {
        _requireSlot(i);
        Trading.tightenOrderCap(_table, i, orderCap);
    }

    /// Ends the series of slot `i` and takes it off the table: the market's whole position is traded away at the venue
    /// under the same price checks as a batch and for at most slip less than the reference, and what it brings per lot,
    /// rounded against the vaults, is what each vault's position is paid. With nothing to trade away that is the
    /// reference.
    function endSeries(uint8 i) external nonReentrant {
        _requireSlot(i);
        if (!Derivatives.isOver(_table, i)) _checkCanCall(msg.sender, msg.data);
        _endSeries(i, 0);
    }

    function forceEndSeries(uint8 i, uint256 floorMicroUsd) external restricted nonReentrant {
        if (floorMicroUsd == 0) revert NoFloor();
        _endSeries(i, floorMicroUsd);
    }

    function _endSeries(uint8 i, uint256 floorMicroUsd) private {
        _requirePhase(Phase.AwaitSnapshot);
        _requireSlot(i);
        uint32 nextEpoch = _epoch.number + 1;
        _epoch.latestSeriesStart = nextEpoch;
        Trading.endSeries(_table, _tradingTerms(), i, nextEpoch, floorMicroUsd);
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
        uint8 firstSlot = uint8(group * groupSlots);
        if (e.untallied != 0) revert NotTallied(e.untallied);
        Trading.open(firstSlot, nets, rho, e.submissions, _orderSums[group]);

        // A call of its own, so that a slot that fails takes back the others'.
        try Trading.executeGroup(_table, _tradingTerms(), e.number, group, firstSlot, nets, rho) {
            e.filledGroups |= uint8(1 << group);
            _resolve(group);
            return true;
        } catch (bytes memory reason) {
            // Without a reason it ran out of gas: the caller's fault, since venues have bounds of their own.
            if (reason.length == 0) revert ClearingOutOfGas();
            emit GroupFailed(e.number, group, reason);
            return false;
        }
    }
}
