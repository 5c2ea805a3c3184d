// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {IDesk} from "../interfaces/IDesk.sol";
import {IVenueAdapter} from "../interfaces/IVenue.sol";
import {Slot, SlotKind, VenueAccount, VenueRule} from "../interfaces/Types.sol";
import {BPS} from "../format/Format.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {Reference} from "./Reference.sol";
import {SnapshotReader, SnapshotSlot} from "../format/SnapshotReader.sol";
import {VenueCall} from "./VenueCall.sol";
import {TradeTerms, VenueTrade} from "./VenueTrade.sol";
import {InstrumentTable} from "./InstrumentTable.sol";
import {VenueAccounts} from "./VenueAccounts.sol";

/// Perps and options: what they cross and trade at, and margin at their venues. A linked library; its functions run in
/// the desk and change the desk's table. How their series begin and end: `Listing`, `SeriesEnd`.
///
/// # Assumptions
///
/// - Governance lists adapters of venues it has looked at. One that lies can take what the cap of its slot lets the
///   market send there, and can move a perp's mark and funding within the bounds of the slot's rule; nothing of another
///   slot. One that stops working stops trades of its slot, nothing else.
/// - The feed of a slot is honest and lives: it bounds marks, moves the options' reference and judges payoffs.
///
/// # Prices
///
/// A perp crosses at its mark, brought up to date at that moment: so a trade's cost is the carry index alone. An option
/// crosses at the snapshot's value, moved by the snapshot's dollar delta along with the feed since the epoch was
/// opened. The slip bounds what gamma and vega did in between. Where the opened net is not 0, the venue must answer and
/// its marginal price be close; where it is, nothing is traded there and the venue isn't asked.
library Derivatives {
    using InstrumentTable for InstrumentTable.Table;
    using SafeCast for int256;
    using SafeCast for uint256;

    // ---- prices

    /// Before a snapshot: brings perps up to date and notes the feeds of options. No venue can stop it.
    function checkpoint(InstrumentTable.Table storage table) external {
        uint256 listed = table.listed;
        for (uint8 i; listed != 0; i++) {
            if (listed & 1 != 0) {
                SlotKind kind = table.slots[i].kind;
                if (kind == SlotKind.Perp) VenueAccounts.checkpoint(table, i);
                if (kind == SlotKind.Option) {
                    (, uint256 feed) = Reference.read(table.slots[i]);
                    table.venues[i].markMicroUsd = uint56(feed);
                }
            }
            listed >>= 1;
        }
    }

    /// What orders of a slot cross at.
    /// @param asksVenue whether the venue must answer, and with a marginal price close to the reference
    /// @return price µUSD per lot
    /// @return base  what bands are measured in, µUSD per lot: the mark of a perp, the underlying's price of an option
    /// @return debit what a lot costs its buyer in cash: price, or a perp's carry index
    function quote(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        bool asksVenue
    ) external returns (uint256 price, uint256 base, int256 debit) {
        return quoteOf(table, terms, i, asksVenue);
    }

    function quoteOf(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        bool asksVenue
    ) internal returns (uint256 price, uint256 base, int256 debit) {
        Slot memory slot = table.slots[i];
        if (slot.kind == SlotKind.Perp) {
            (bool fresh, bool answered) = VenueAccounts.checkpoint(table, i);
            if (!fresh) revert DeskErrors.ReferenceNotFresh(i);
            if (asksVenue && !answered) _revertMissing(i, slot.adapter, table.accounts[i].positionLots);
            VenueAccount memory account = table.venues[i];
            (price, base, debit) = (account.markMicroUsd, account.markMicroUsd, account.carryIndexMicroUsd);
        } else {
            if (asksVenue && block.timestamp >= slot.expiry) revert DeskErrors.OptionExpired(i, slot.expiry);
            uint256 before = table.venues[i].markMicroUsd;
            bool fresh;
            (fresh, base) = Reference.read(slot);
            if (!fresh || before == 0) revert DeskErrors.ReferenceNotFresh(i);
            SnapshotSlot memory said = SnapshotReader.slot(terms.snapshot, i, terms.rowWords);
            int256 move = (said.deltaMicroUsd * (base.toInt256() - before.toInt256())) / before.toInt256();
            debit = SignedMath.max(said.valueMicroUsd + move, 0);
            price = uint256(debit);
        }
        if (asksVenue) VenueTrade.requireClose(i, slot.adapter, price, (base * table.rules[i].epsilonBps) / BPS);
    }

    function _revertMissing(uint8 i, address adapter, int256 traded) private view {
        VenueAccounts.requirePosition(i, adapter, traded);
        revert DeskErrors.VenueSilent(i);
    }

    // ---- trades

    /// Trades `lots` (not 0) at the venue within the band round `price`, with margin sent first as far as needed.
    /// @return cost µUSD, negative if received
    function trade(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        int256 lots,
        uint256 price,
        uint256 base
    ) external returns (int256 cost) {
        Slot memory slot = table.slots[i];
        int256 held = table.accounts[i].positionLots;
        VenueAccounts.requirePosition(i, slot.adapter, held);
        _margin(table, terms, i, slot, held, lots, price, base);
        return
            tradeWithin(
                table,
                terms,
                i,
                slot.adapter,
                held,
                lots,
                price,
                base,
                toleranceOf(table, terms, i, lots, base)
            );
    }

    /// Before a trade: sends what the new position wants, and a premium at its highest, beyond what is there. Refuses
    /// to make a position larger whose account stays below the floor.
    function _margin(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        Slot memory slot,
        int256 held,
        int256 lots,
        uint256 price,
        uint256 base
    ) private {
        VenueRule memory rule = table.rules[i];
        int256 next = held + lots;
        bool grows = SignedMath.abs(next) > SignedMath.abs(held);
        (uint256 initial, uint256 maintenance) = VenueAccounts.requireRequirement(i, slot.adapter, next);
        uint256 premium;
        if (slot.kind == SlotKind.Option && lots > 0) {
            premium = VenueTrade.limit(lots, price, toleranceOf(table, terms, i, lots, base));
        }
        int256 equity = VenueAccounts.equity(slot.kind, VenueAccounts.requireCash(i, slot.adapter), held, price);
        int256 missing = (Math.ceilDiv(initial * rule.targetBps, BPS) + premium).toInt256() - equity;
        if (missing > 0) {
            uint256 cap = grows ? rule.tradeCapMicroUsd : rule.capMicroUsd;
            uint256 sent = VenueAccounts.deposit(table, terms.cash, i, slot.adapter, uint256(missing), cap);
            equity += sent.toInt256();
            if (sent != 0) emit IDesk.MarginMoved(i, sent.toInt256(), equity);
        }
        if (grows && equity * int256(BPS) < (maintenance * rule.floorBps).toInt256())
            revert DeskErrors.ReduceOnly(i, equity, maintenance);
    }

    function tradeWithin(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        address adapter,
        int256 held,
        int256 lots,
        uint256 price,
        uint256 base,
        uint256 tolerance
    ) internal returns (int256 cost) {
        uint256 limit = VenueTrade.limit(lots, price, tolerance);
        uint256 marketCash = terms.cash.balanceOf(address(this));
        int256 cashBefore = VenueAccounts.requireCash(i, adapter);
        VenueCall.execute(i, adapter, abi.encodeCall(IVenueAdapter.trade, (i, lots, limit)), VenueCall.TRADE_GAS);
        cost = cashBefore - VenueAccounts.requireCash(i, adapter);

        (bool ok, int256 now_) = VenueAccounts.position(i, adapter);
        if (!ok) revert DeskErrors.VenueSilent(i);
        if (now_ != held + lots) revert DeskErrors.WrongFill(i, now_, held + lots);
        int256 moved = terms.cash.balanceOf(address(this)).toInt256() - marketCash.toInt256();
        if (moved != 0) revert DeskErrors.WrongCashMoved(i, moved, 0);
        // Better than the reference is possible by what the venue's price may be off it, and by the band again: more
        // would be a gain that only the adapter claims.
        int256 worth = lots * price.toInt256();
        int256 best = worth - (tolerance + (SignedMath.abs(lots) * base * table.rules[i].epsilonBps) / BPS).toInt256();
        if (cost > worth + tolerance.toInt256() || cost < best) {
            revert DeskErrors.FillOutsideBand(i, SignedMath.abs(cost), limit);
        }
        table.venues[i].cashMicroUsd -= cost.toInt64();
    }

    function toleranceOf(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        int256 lots,
        uint256 base
    ) internal view returns (uint256) {
        uint256 liquidity = SnapshotReader.slot(terms.snapshot, i, terms.rowWords).liquidityLots;
        return VenueTrade.tolerance(terms, i, table.slots[i].feeBps, lots, base, liquidity);
    }

    // ---- margin

    /// See `IDesk.rebalanceMargin`. Nothing to do is no failure.
    function rebalance(InstrumentTable.Table storage table, IERC20 cash, uint8 i) external {
        Slot memory slot = table.slots[i];
        if (slot.kind != SlotKind.Perp && slot.kind != SlotKind.Option) revert DeskErrors.KindNotSupported(slot.kind);
        int256 held = table.accounts[i].positionLots;
        VenueAccounts.requirePosition(i, slot.adapter, held);
        (bool ok, uint256 mark) = VenueAccounts.mark(i, slot.adapter);
        if (!ok) revert DeskErrors.VenueSilent(i);

        VenueRule memory rule = table.rules[i];
        (uint256 initial, uint256 maintenance) = VenueAccounts.requireRequirement(i, slot.adapter, held);
        int256 equity = VenueAccounts.equity(slot.kind, VenueAccounts.requireCash(i, slot.adapter), held, mark);
        int256 scaled = equity * int256(BPS);
        int256 target = Math.ceilDiv(initial * rule.targetBps, BPS).toInt256();
        int256 moved;
        // With no lot there, what the account owes its venue is not the market's debt.
        if (held != 0 && scaled < (initial * rule.lowBps).toInt256()) {
            uint256 missing = uint256(target - equity);
            moved = VenueAccounts.deposit(table, cash, i, slot.adapter, missing, rule.capMicroUsd).toInt256();
        } else if (scaled > (initial * rule.highBps).toInt256()) {
            moved = -VenueAccounts.withdraw(table, cash, i, slot.adapter, uint256(equity - target)).toInt256();
        }
        equity += moved;
        if (moved != 0) emit IDesk.MarginMoved(i, moved, equity);
        if (equity * int256(BPS) < (maintenance * rule.floorBps).toInt256())
            emit IDesk.MarginLow(i, equity, maintenance);
    }
}
