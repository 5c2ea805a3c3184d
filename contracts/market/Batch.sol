// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BabyJubJub} from "../curve/BabyJubJub.sol";
import {Opening} from "../curve/Opening.sol";
import {SetHash} from "../format/SetHash.sol";
import {Settlement} from "../format/Settlement.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {EpochState} from "../interfaces/Types.sol";

/// A closed batch: its order commitments added up, the sums opened, the nets handed to the desk, and what they cost kept
/// until the epoch is settled. A linked library, so that the market has room for what only it can do; its functions run in
/// the market and change the market's batch.
library Batch {
    uint256 internal constant MAX_GROUPS = 8;
    uint256 internal constant MAX_GROUP_SLOTS = 4;

    struct State {
        /// Chain of the epoch's submissions, see `Submissions`.
        bytes32 setHash;
        /// `setHash` as it was before the first submission that is tallied, once some but not all are.
        bytes32 tallyHash;
        /// Sum of the tallied order commitments of each group.
        BabyJubJub.Point[MAX_GROUPS] orderSums;
        /// Fills of the groups cleared in this epoch, two slots a word.
        uint256[MAX_GROUP_SLOTS / 2][MAX_GROUPS] fills;
    }

    /// See `IMarket.tally`.
    function tally(
        State storage self,
        EpochState storage e,
        uint256 groups,
        uint256 from,
        bytes32 before,
        address[] calldata vaults,
        bytes32[] calldata contents,
        uint256[] calldata orders
    ) external {
        uint256 count = vaults.length;
        uint256 left = e.untallied;
        bool reachesEnd = from < left && count >= left - from && count <= e.submissions - from;
        if (!reachesEnd || contents.length != count || orders.length != 2 * groups * count) {
            revert MarketErrors.WrongTally(left);
        }

        bool isFirst = left == e.submissions;
        bytes32 hash = _addUp(self, isFirst, groups, before, from, vaults[:left - from], contents, orders);
        if (hash != (isFirst ? self.setHash : self.tallyHash)) revert MarketErrors.NotTheBatch();
        self.tallyHash = before;
        e.untallied = uint16(from);
        emit IMarket.BatchTallied(e.number, uint32(from));
    }

    /// Adds the order commitments of consecutive submissions to the sums of their groups.
    /// @param isFirst whether the sums start with these
    /// @param hash    the set hash before them
    /// @param index   of the first of them
    /// @return        the set hash after them
    function _addUp(
        State storage self,
        bool isFirst,
        uint256 groups,
        bytes32 hash,
        uint256 index,
        address[] calldata vaults,
        bytes32[] calldata contents,
        uint256[] calldata orders
    ) private returns (bytes32) {
        BabyJubJub.Point[] memory running = new BabyJubJub.Point[](groups);
        for (uint256 g; g < groups; g++) running[g] = isFirst ? BabyJubJub.identity() : self.orderSums[g];
        for (uint256 k; k < vaults.length; k++) {
            uint256[] calldata own = orders[2 * groups * k:2 * groups * (k + 1)];
            hash = SetHash.extend(hash, vaults[k], index + k, contents[k], own);
            _addOrders(running, own);
        }
        for (uint256 g; g < groups; g++) self.orderSums[g] = running[g];
        return hash;
    }

    /// Adds a submission's order commitments to running sums.
    function _addOrders(BabyJubJub.Point[] memory running, uint256[] calldata own) private pure {
        for (uint256 g; g < running.length; g++) {
            running[g] = BabyJubJub.addAffine(running[g], own[2 * g], own[2 * g + 1]);
        }
    }

    /// Opens a group's sum and has the desk trade its nets; reverts on a wrong opening.
    /// @param nets lots per slot of the group
    /// @return cleared false if a slot could not be traded within its bounds; nothing has changed then
    function clear(
        State storage self,
        EpochState storage e,
        IDesk desk,
        address snapshot,
        uint8 group,
        int256[] calldata nets,
        uint256 rho
    ) external returns (bool cleared) {
        if (e.untallied != 0) revert MarketErrors.NotTallied(e.untallied);
        uint8 firstSlot = uint8(group * nets.length);
        Opening.check(firstSlot, nets, rho, e.submissions, self.orderSums[group]);

        // The desk trades all slots or none: what fails there is undone there.
        try desk.execute(snapshot, firstSlot, nets) returns (
            uint256[] memory references,
            uint256[] memory charges,
            int256[] memory debits
        ) {
            emit IMarket.GroupCleared(e.number, group, nets, rho, references, charges);
            for (uint256 k; k < nets.length; k += 2) {
                uint256 word = Settlement.pack(debits[k], charges[k]) << 128;
                if (k + 1 < nets.length) word |= Settlement.pack(debits[k + 1], charges[k + 1]);
                self.fills[group][k / 2] = word;
            }
            e.filledGroups |= uint8(1 << group);
            return true;
        } catch (bytes memory reason) {
            // Without a reason it ran out of gas: the caller's fault, since venues have bounds of their own.
            if (reason.length == 0) revert MarketErrors.ClearingOutOfGas();
            emit IMarket.GroupFailed(e.number, group, reason);
            return false;
        }
    }

    /// See `IMarket.unwind`.
    function unwind(EpochState storage e, IDesk desk, address snapshot, uint8 group, uint256 groupSlots) external {
        if (group >= MAX_GROUPS || e.unwindGroups & (1 << group) == 0) revert MarketErrors.GroupNotPending(group);
        e.unwindGroups &= ~uint8(1 << group);
        uint8 firstSlot = uint8(group * groupSlots);
        bytes32 before = _inventory(desk, firstSlot, groupSlots);
        desk.execute(snapshot, firstSlot, new int256[](groupSlots));
        if (_inventory(desk, firstSlot, groupSlots) == before) revert MarketErrors.NothingUnwound(group);
        emit IMarket.GroupUnwound(e.number, group);
    }

    /// Hash of the inventory account's lots in consecutive slots.
    function _inventory(IDesk desk, uint8 firstSlot, uint256 count) private view returns (bytes32) {
        int64[] memory lots = new int64[](count);
        for (uint256 k; k < count; k++) lots[k] = desk.slotAccount(uint8(firstSlot + k)).inventoryLots;
        return keccak256(abi.encode(lots));
    }

    /// Stores the results of an epoch for its vaults to settle by.
    /// @param filled bit g = the orders of group g are filled
    /// @param traded bit g = at the fills that were kept of it
    function store(
        State storage self,
        uint8 filled,
        uint8 traded,
        uint256 slots,
        uint256 groupSlots
    ) external returns (address pointer) {
        uint256[] memory fills = new uint256[](slots);
        for (uint256 i; i < slots; i++) {
            (uint256 g, uint256 k) = (i / groupSlots, i % groupSlots);
            if ((traded >> g) & 1 == 0) continue;
            uint256 word = self.fills[g][k / 2];
            fills[i] = k % 2 == 0 ? word >> 128 : uint128(word);
        }
        return Settlement.store(filled, fills);
    }
}
