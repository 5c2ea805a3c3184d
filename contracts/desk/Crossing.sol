// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {Slot, SlotAccount, SlotKind} from "../interfaces/Types.sol";
import {BPS} from "../format/Format.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {SnapshotReader, SnapshotSlot} from "../format/SnapshotReader.sol";
import {TradeTerms, VenueTrade} from "./VenueTrade.sol";
import {Derivatives} from "./Derivatives.sol";
import {InstrumentTable} from "./InstrumentTable.sol";

/// One slot of a group in its clearing. A linked library, so that what can't be traded with the inventory's lots can be
/// taken back and tried without them; it runs in the market and changes the market's table.
///
/// Money. All orders of a slot cross at the reference, so at the reference the vaults together pay net·reference, and
/// every lot pays the charge besides. The inventory account trades T − net lots on the same terms. Of the charges the
/// chain knows only those on |net| and on the inventory's lots: they cover what the trade cost beyond the reference
/// (|net| + |T − net| ≥ |T|), and the rest of them is booked to the insurance account. The charges on orders that
/// crossed each other, (gross − |net|)·charge, can't be booked, because gross is hidden: they stay in the market's
/// cash, above what all accounts add up to.
library Crossing {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// Most of the inventory that one clearing trades away, in parts of the slot's liquidity in the snapshot, which is its
    /// volume of an epoch. A tenth is what a trade can be of a market's volume before it moves the price by more than its
    /// ordinary noise; and it keeps the band of the inventory's own lots at a tenth of kappa.
    uint256 private constant UNWIND_BPS = 1_000;

    /// Crosses the opened net of a listed slot and trades it at the venue, with as much of the inventory as is due.
    /// @param unwinds  whether the inventory is to be made smaller
    /// @return price  what orders cross at, µUSD per lot; 0 where there can be none
    /// @return charge what each lot pays besides, µUSD
    /// @return debit  what a lot costs its buyer in cash without the charge, µUSD
    function cross(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        int256 net,
        bool unwinds
    ) external returns (uint256 price, uint256 charge, int256 debit) {
        Slot memory slot = table.slots[i];
        SnapshotSlot memory said = SnapshotReader.slot(terms.snapshot, i, terms.rowWords);
        if (said.liquidityLots == 0) {
            // Every proof of the batch says that its vault has no order here.
            if (net != 0) revert DeskErrors.NoLiquidity(i);
            return (0, 0, 0);
        }
        SlotAccount memory account = table.accounts[i];
        int256 part = unwinds ? _due(account.inventoryLots, said.liquidityLots) : int256(0);
        // A perp or option venue is left alone where orders cancel and nothing is to be unwound: it may be dead.
        bool isSpot = slot.kind == SlotKind.Spot;
        bool trades = net != 0 || part != 0;
        uint256 base;
        if (isSpot) {
            price = base = VenueTrade.spotReference(terms, i, slot);
            debit = price.toInt256();
        } else {
            (price, base, debit) = Derivatives.quote(table, terms, i, trades);
        }

        int256 lots = net - part;
        if (trades && _inventoryTakes(table, slot, account.inventoryLots - net, base)) lots = 0;
        // Tokens that aren't here can't be sold: what the inventory account is short of it takes from the orders instead.
        if (isSpot) lots = SignedMath.max(lots, -int256(account.positionLots));
        int256 excess;
        if (lots != 0) {
            int256 cost =
                isSpot
                    ? _tradeSpot(terms, i, slot, lots, price, said.liquidityLots)
                    : Derivatives.trade(table, terms, i, lots, price, base);
            excess = cost - lots * price.toInt256();
            if (excess > 0) charge = Math.ceilDiv(uint256(excess), SignedMath.abs(lots));
        }
        bool isPerp = slot.kind == SlotKind.Perp;
        int256 mark = isPerp ? said.deltaMicroUsd : said.valueMicroUsd;
        if (SignedMath.abs(price.toInt256() - mark) + charge > said.slipMicroUsd) {
            revert DeskErrors.AboveSlip(i, price, mark, charge, said.slipMicroUsd);
        }

        int256 ofInventory = lots - net;
        uint256 inventoryCharge = SignedMath.abs(ofInventory) * charge;
        // Lots of a perp cost nothing but the charge: what they gain is carry.
        int256 outlay = isPerp ? int256(0) : ofInventory * price.toInt256();
        table.inventoryMicroUsd -= (outlay + inventoryCharge.toInt256()).toInt128();
        uint256 knownCharges = SignedMath.abs(net) * charge + inventoryCharge;
        table.insuranceMicroUsd += (knownCharges.toInt256() - excess).toInt128();
        account.positionLots += lots.toInt64();
        account.inventoryLots += ofInventory.toInt64();
        table.accounts[i] = account;
    }

    /// How much of the inventory is sold, or bought back, in this clearing.
    function _due(int256 inventoryLots, uint256 liquidityLots) private pure returns (int256) {
        int256 most = Math.ceilDiv(liquidityLots * UNWIND_BPS, BPS).toInt256();
        return SignedMath.max(-most, SignedMath.min(most, inventoryLots));
    }

    /// Whether the inventory account takes a net that leaves it with `inventory` lots, too few to trade. The insurance
    /// account must be able to lose all that they, or an option's underlying, are worth.
    function _inventoryTakes(
        InstrumentTable.Table storage table,
        Slot memory slot,
        int256 inventory,
        uint256 base
    ) private view returns (bool) {
        uint256 size = SignedMath.abs(inventory);
        return
            size < slot.threshold && size <= slot.inventoryCap && (size * base).toInt256() <= table.insuranceMicroUsd;
    }

    /// Trades `lots` (not 0) of a spot slot within the band around the reference.
    /// @return cost µUSD paid, negative if received
    function _tradeSpot(
        TradeTerms memory terms,
        uint8 i,
        Slot memory slot,
        int256 lots,
        uint256 price,
        uint256 liquidity
    ) private returns (int256 cost) {
        uint256 tolerance = VenueTrade.tolerance(terms, i, slot.feeBps, lots, price, liquidity);
        return VenueTrade.spot(terms.cash, i, slot, lots, VenueTrade.limit(lots, price, tolerance));
    }
}
