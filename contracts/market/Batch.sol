// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BabyJubJub} from "../curve/BabyJubJub.sol";
import {Opening} from "../curve/Opening.sol";
import {BLOCK_LOTS, FRACTION_BITS} from "../format/Format.sol";
import {SetHash} from "../format/SetHash.sol";
import {Settlement} from "../format/Settlement.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
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

    /// A group whose sum is opened.
    struct Group {
        IDesk desk;
        address snapshot;
        uint8 number;
        uint8 firstSlot;
        int256[] blocks;
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

    /// Opens a group's sum and has the desk trade its nets, or of all of them the same part; reverts on a wrong opening.
    /// @param nets     lots per slot of the group
    /// @param searches whether less than all may be traded: the largest fraction that fits, found by bisection
    /// @return cleared false if no such part could be traded within its bounds; nothing has changed then
    function clear(
        State storage self,
        EpochState storage e,
        IDesk desk,
        address snapshot,
        uint8 group,
        int256[] calldata nets,
        uint256 rho,
        bool searches
    ) external returns (bool cleared) {
        if (e.untallied != 0) revert MarketErrors.NotTallied(e.untallied);
        Group memory g = Group(desk, snapshot, group, uint8(group * nets.length), new int256[](nets.length));
        for (uint256 k; k < nets.length; k++) {
            g.blocks[k] = nets[k] / int256(BLOCK_LOTS);
            if (g.blocks[k] * int256(BLOCK_LOTS) != nets[k]) revert MarketErrors.NotInBlocks(group, nets[k]);
        }
        Opening.check(g.firstSlot, g.blocks, rho, e.submissions, self.orderSums[group]);

        uint256 fraction = BLOCK_LOTS;
        bytes memory reason = _execute(self, e, g, fraction, rho);
        if (reason.length == 0) return true;
        if (searches) {
            fraction = _largest(g);
            if (fraction != 0) reason = _execute(self, e, g, fraction, rho);
            if (reason.length == 0) return true;
        }
        emit IMarket.GroupFailed(e.number, group, reason);
        return false;
    }

    /// So many sixteenths of the opened nets, lots.
    function _part(Group memory g, uint256 fraction) private pure returns (int256[] memory lots) {
        lots = new int256[](g.blocks.length);
        for (uint256 k; k < lots.length; k++) lots[k] = g.blocks[k] * int256(fraction);
    }

    /// The largest fraction below the whole that can be traded, 0 if none can. What is only tried is undone by the desk.
    function _largest(Group memory g) private returns (uint256 fits) {
        uint256 fails = BLOCK_LOTS;
        while (fails - fits > 1) {
            uint256 tried = (fits + fails) / 2;
            try g.desk.rehearse(g.snapshot, g.firstSlot, _part(g, tried)) {
                assert(false);
            } catch (bytes memory reason) {
                _requireReason(reason);
                if (bytes4(reason) == DeskErrors.Rehearsed.selector) fits = tried;
                else fails = tried;
            }
        }
    }

    /// Has the desk trade a part of a group's nets, all slots or none, and keeps what it came to.
    /// @return reason why it can't be traded, empty if it is; what failed is undone by the desk
    function _execute(
        State storage self,
        EpochState storage e,
        Group memory g,
        uint256 fraction,
        uint256 rho
    ) private returns (bytes memory reason) {
        int256[] memory lots = _part(g, fraction);
        try g.desk.execute(g.snapshot, g.firstSlot, lots) returns (
            uint256[] memory references,
            uint256[] memory charges,
            int256[] memory debits
        ) {
            emit IMarket.GroupCleared(e.number, g.number, _part(g, BLOCK_LOTS), rho, fraction, references, charges);
            for (uint256 k; k < lots.length; k += 2) {
                uint256 word = Settlement.pack(debits[k], charges[k]) << 128;
                if (k + 1 < lots.length) word |= Settlement.pack(debits[k + 1], charges[k + 1]);
                self.fills[g.number][k / 2] = word;
            }
            e.fractions |= uint40(fraction << (FRACTION_BITS * g.number));
        } catch (bytes memory why) {
            _requireReason(why);
            return why;
        }
    }

    /// Without a reason it ran out of gas: the caller's fault, since venues have bounds of their own. It must not count as
    /// a part that does not fit.
    function _requireReason(bytes memory reason) private pure {
        if (reason.length == 0) revert MarketErrors.ClearingOutOfGas();
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
    /// @param fractions sixteenths of each group's orders that are filled, five bits a group
    /// @param traded    bit g = at the fills that were kept of it, if any
    function store(
        State storage self,
        uint40 fractions,
        uint8 traded,
        uint256 slots,
        uint256 groupSlots
    ) external returns (address pointer) {
        uint256[] memory fills = new uint256[](slots);
        for (uint256 i; i < slots; i++) {
            (uint256 g, uint256 k) = (i / groupSlots, i % groupSlots);
            bool isFilled = (fractions >> (FRACTION_BITS * g)) & ((1 << FRACTION_BITS) - 1) != 0;
            if (!isFilled || (traded >> g) & 1 == 0) continue;
            uint256 word = self.fills[g][k / 2];
            fills[i] = k % 2 == 0 ? word >> 128 : uint128(word);
        }
        return Settlement.store(fractions, fills);
    }
}
