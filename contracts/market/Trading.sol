// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

import {IMarket, Slot, SlotKind} from "../interfaces/ITacit.sol";
import {BabyJubJub} from "../curve/BabyJubJub.sol";
import {ORDER_BOUND, POSITION_BOUND} from "../format/Format.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {Opening} from "../curve/Opening.sol";
import {SetHash} from "../format/SetHash.sol";
import {Fill, Settlement} from "../format/Settlement.sol";
import {SnapshotReader, SnapshotSlot} from "../format/SnapshotReader.sol";
import {TradeTerms, VenueTrade} from "../desk/VenueTrade.sol";
import {Crossing} from "../desk/Crossing.sol";
import {Derivatives} from "../desk/Derivatives.sol";
import {InstrumentTable, SeriesEnd, SlotAccount} from "../desk/InstrumentTable.sol";

/// Everything the market does with slots, opened nets and venues. A linked library, because the market is at the size limit; its
/// functions run in the market and change the market's table.
library Trading {
    using InstrumentTable for InstrumentTable.Table;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// No venue worth trading at takes more.
    uint16 private constant MAX_FEE_BPS = 300;

    // ---- the table

    /// @param args slot and terms, encoded
    function list(InstrumentTable.Table storage table, bytes calldata args, address cash) external {
        (uint8 i, Slot memory terms) = abi.decode(args, (uint8, Slot));
        if (table.isListed(i)) revert MarketErrors.SlotAlreadyListed(i);
        _checkTerms(terms);
        if (terms.kind == SlotKind.Spot) _checkSpotTerms(terms, cash);
        else Derivatives.open(table, i, terms);
        table.slots[i] = terms;
        table.listed |= uint16(1 << i);
        emit IMarket.SlotListed(i, terms);
    }

    /// `IMarket.slot`, encoded here because the market is short of space.
    function describe(InstrumentTable.Table storage table, uint8 i) external view returns (bytes memory) {
        return abi.encode(table.slots[i]);
    }

    function tightenOrderCap(InstrumentTable.Table storage table, uint8 i, uint32 orderCap) external {
        if (!table.isListed(i)) revert MarketErrors.SlotNotListed(i);
        uint32 current = table.slots[i].orderCap;
        if (orderCap >= current) revert MarketErrors.OnlyTightening(current, orderCap);
        table.slots[i].orderCap = orderCap;
        emit IMarket.OrderCapTightened(i, orderCap);
    }

    /// @param nextEpoch     the epoch to open next, the first after the series
    /// @param floorMicroUsd 0: sell within band and slip of a fresh reference; otherwise the least to take for a lot,
    ///                      whatever feed and pool say
    function endSeries(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        uint32 nextEpoch,
        uint256 floorMicroUsd
    ) external {
        if (!table.isListed(i)) revert MarketErrors.SlotNotListed(i);
        uint32 start = table.seriesStarts[i];
        // If a series has ended since the last epoch, the one listed after it was in no snapshot: nobody holds it, and
        // `nextEpoch` is taken by the exit index of the other.
        if (start != nextEpoch) {
            int256 exitIndex =
                table.slots[i].kind == SlotKind.Spot
                    ? _exit(table, terms, i, floorMicroUsd)
                    : Derivatives.exit(table, terms, i, floorMicroUsd);
            delete table.accounts[i];
            table.ends[i][nextEpoch] = SeriesEnd({exitIndexMicroUsd: exitIndex.toInt64(), firstEpoch: start});
            table.seriesStarts[i] = nextEpoch;
            emit IMarket.SeriesEnded(i, nextEpoch, exitIndex);
        }
        delete table.slots[i];
        table.listed &= ~uint16(1 << i);
    }

    /// Trades the market's spot position away and settles the inventory account's part of it.
    /// @return exitIndex µUSD per lot
    function _exit(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        uint256 floorMicroUsd
    ) private returns (int256 exitIndex) {
        Slot memory slot = table.slots[i];
        SlotAccount memory account = table.accounts[i];
        // Nobody holds a lot (a vault can't be short of spot): no price is needed, and a dead feed is no obstacle.
        if (account.positionLots == 0 && account.inventoryLots == 0) return 0;
        uint256 price = floorMicroUsd == 0 ? VenueTrade.spotReference(terms, i, slot) : floorMicroUsd;
        // Never negative: vaults can't be short of spot, and a trade leaves the inventory empty.
        int256 position = account.positionLots;
        if (position == 0) {
            exitIndex = price.toInt256();
        } else {
            SnapshotSlot memory said = SnapshotReader.slot(terms.snapshot, i, terms.rowWords);
            // At a floor no other bound counts, and the last snapshot may have said that there was no liquidity.
            uint256 tolerance =
                floorMicroUsd == 0
                    ? VenueTrade.tolerance(terms, i, slot.feeBps, position, price, said.liquidityLots)
                    : 0;
            uint256 least = VenueTrade.limit(-position, price, tolerance);
            int256 received = -VenueTrade.spot(terms.cash, i, slot, -position, least);
            exitIndex = received / position;
            // The band is as wide as the position is large: whoever drains the venue just before could have most of it.
            if (floorMicroUsd == 0 && exitIndex + said.slipMicroUsd.toInt256() < price.toInt256()) {
                revert MarketErrors.ExitBelowSlip(i, exitIndex, price, said.slipMicroUsd);
            }
            // What rounding leaves over: the vaults' and the inventory's lots add up to the position.
            table.insuranceMicroUsd += (received - exitIndex * position).toInt128();
        }
        table.inventoryMicroUsd += (exitIndex * account.inventoryLots).toInt128();
    }

    function _checkTerms(Slot memory t) private view {
        if (t.kind == SlotKind.None) revert MarketErrors.KindNotSupported(t.kind);
        if (t.adapter.code.length == 0) revert MarketErrors.BadSlotTerms("adapter");
        if (t.feedHeartbeat == 0) revert MarketErrors.BadSlotTerms("feedHeartbeat");
        if (t.lotSize == 0) revert MarketErrors.BadSlotTerms("lotSize");
        if (t.orderCap >= ORDER_BOUND) revert MarketErrors.BadSlotTerms("orderCap");
        if (t.positionCap == 0 || t.positionCap >= POSITION_BOUND) revert MarketErrors.BadSlotTerms("positionCap");
        if (t.inventoryCap >= POSITION_BOUND) revert MarketErrors.BadSlotTerms("inventoryCap");
        if (t.feeBps > MAX_FEE_BPS) revert MarketErrors.BadSlotTerms("feeBps");
        uint8 feedDecimals = AggregatorV3Interface(t.feed).decimals();
        if (feedDecimals < 6 || feedDecimals > 18) revert MarketErrors.BadSlotTerms("feed decimals");
    }

    function _checkSpotTerms(Slot memory t, address cash) private view {
        if (t.strike != 0 || t.expiry != 0 || t.isCall) revert MarketErrors.BadSlotTerms("option terms");
        if (t.token == cash) revert MarketErrors.BadSlotTerms("token");
        if (IERC20Metadata(t.token).decimals() > 18) revert MarketErrors.BadSlotTerms("token decimals");
    }

    // ---- clearing

    /// Adds the order commitments of consecutive submissions to the sums of their groups.
    /// @param isFirst whether the sums start with these
    /// @param hash    the set hash before them
    /// @param index   of the first of them
    /// @return        the set hash after them
    function addUp(
        BabyJubJub.Point[8] storage sums,
        bool isFirst,
        uint256 groups,
        bytes32 hash,
        uint256 index,
        address[] calldata vaults,
        bytes32[] calldata contents,
        uint256[] calldata orders
    ) external returns (bytes32) {
        BabyJubJub.Point[] memory running = new BabyJubJub.Point[](groups);
        for (uint256 g; g < groups; g++) running[g] = isFirst ? BabyJubJub.identity() : sums[g];
        for (uint256 k; k < vaults.length; k++) {
            uint256[] calldata own = orders[2 * groups * k:2 * groups * (k + 1)];
            hash = SetHash.extend(hash, vaults[k], index + k, contents[k], own);
            _addOrders(running, own);
        }
        for (uint256 g; g < groups; g++) sums[g] = running[g];
        return hash;
    }

    /// Adds a submission's order commitments to running sums.
    function _addOrders(BabyJubJub.Point[] memory running, uint256[] calldata own) private pure {
        for (uint256 g; g < running.length; g++) {
            running[g] = BabyJubJub.addAffine(running[g], own[2 * g], own[2 * g + 1]);
        }
    }

    /// Reverts unless nets and blinding open the sum of the group's `submissions` order commitments.
    function open(
        uint8 firstSlot,
        int256[] memory nets,
        uint256 rho,
        uint256 submissions,
        BabyJubJub.Point memory sum
    ) external pure {
        Opening.check(firstSlot, nets, rho, submissions, sum);
    }

    /// Crosses and trades the opened nets of a group, all its slots or, reverting, none.
    function executeGroup(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint32 epoch,
        uint8 group,
        uint8 firstSlot,
        int256[] memory nets,
        uint256 rho
    ) external {
        uint256[] memory references = new uint256[](nets.length);
        uint256[] memory charges = new uint256[](nets.length);
        for (uint256 k; k < nets.length; k++) {
            uint8 i = uint8(firstSlot + k);
            int256 debit;
            if (table.isListed(i)) (references[k], charges[k], debit) = _cross(table, terms, i, nets[k]);
            else if (nets[k] != 0) revert MarketErrors.NetInUnlistedSlot(i, nets[k]);
            table.fills[i] = Fill(debit.toInt64(), charges[k].toUint64());
        }
        emit IMarket.GroupCleared(epoch, group, nets, rho, references, charges);
    }

    /// Stores the results of an epoch for its vaults to settle by.
    /// @param filled bit g = the orders of group g are filled
    /// @param traded bit g = the table's fills are of this epoch if group g is filled
    function storeFills(
        InstrumentTable.Table storage table,
        uint256 slots,
        uint256 groupSlots,
        uint8 filled,
        uint8 traded
    ) external returns (address pointer) {
        Fill[] memory fills = new Fill[](slots);
        for (uint256 i; i < slots; i++) {
            if (((filled & traded) >> (i / groupSlots)) & 1 != 0) fills[i] = table.fills[i];
        }
        return Settlement.store(filled, fills);
    }

    /// With a part of the inventory, or if that can't be traded without it: what the market has taken over is nobody
    /// else's obstacle.
    function _cross(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        int256 net
    ) private returns (uint256 price, uint256 charge, int256 debit) {
        if (table.accounts[i].inventoryLots == 0) return Crossing.cross(table, terms, i, net, false);
        try Crossing.cross(table, terms, i, net, true) returns (uint256 price_, uint256 charge_, int256 debit_) {
            return (price_, charge_, debit_);
        } catch (bytes memory reason) {
            // Out of gas, as for the group: whoever clears can't choose that nothing is unwound.
            if (reason.length == 0) {
                assembly {
                    revert(0, 0)
                }
            }
            return Crossing.cross(table, terms, i, net, false);
        }
    }
}
