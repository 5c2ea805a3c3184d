// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {BPS, ORDER_BOUND, POSITION_BOUND, VALUE_BOUND_MICRO_USD} from "../format/Format.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {Slot, SlotKind, VenueAccount, VenueRule} from "../interfaces/Types.sol";
import {InstrumentTable, STRIKE_SCALE} from "./InstrumentTable.sol";
import {Reference} from "./Reference.sol";
import {VenueAccounts} from "./VenueAccounts.sol";

/// What governance puts on the table: slots, and the rules of their venues. A linked library; its functions run in the
/// desk and change the desk's table.
library Listing {
    using InstrumentTable for InstrumentTable.Table;

    /// No venue worth trading at takes more.
    uint16 private constant MAX_FEE_BPS = 300;

    function list(InstrumentTable.Table storage table, uint8 i, Slot memory terms, address cash) external {
        if (table.isListed(i)) revert DeskErrors.SlotAlreadyListed(i);
        _checkTerms(terms);
        terms.scaleDecimals = Reference.scaleDecimals(terms);
        if (terms.kind == SlotKind.Spot) _checkSpotTerms(terms, cash);
        else _open(table, i, terms);
        _put(table, i, terms);
    }

    /// Lists the next series of an option whose last one has ended in its slot, everything but strike and expiry alike.
    function renew(InstrumentTable.Table storage table, uint8 i, uint128 strike, uint64 expiry) external {
        if (table.isListed(i)) revert DeskErrors.SlotAlreadyListed(i);
        Slot memory terms = table.slots[i];
        if (terms.strike == 0) revert DeskErrors.NothingToRenew(i);
        (terms.kind, terms.strike, terms.expiry) = (SlotKind.Option, strike, expiry);
        _open(table, i, terms);
        _put(table, i, terms);
    }

    function _put(InstrumentTable.Table storage table, uint8 i, Slot memory terms) private {
        table.slots[i] = terms;
        table.listed |= uint16(1 << i);
        table.listings++;
        emit IDesk.SlotListed(i, terms);
    }

    function tightenOrderCap(InstrumentTable.Table storage table, uint8 i, uint32 orderCap) external {
        if (!table.isListed(i)) revert DeskErrors.SlotNotListed(i);
        uint32 current = table.slots[i].orderCap;
        if (orderCap >= current) revert DeskErrors.OnlyTightening(current, orderCap);
        table.slots[i].orderCap = orderCap;
        emit IDesk.OrderCapTightened(i, orderCap);
    }

    function setRule(InstrumentTable.Table storage table, uint8 i, VenueRule calldata r) external {
        if (r.clampBps == 0 || r.clampBps > 2_000) revert DeskErrors.BadVenueRule("clampBps");
        if (r.fundingBpsPerDay > 2_000) revert DeskErrors.BadVenueRule("fundingBpsPerDay");
        if (r.epsilonBps == 0 || r.epsilonBps > 2_000) revert DeskErrors.BadVenueRule("epsilonBps");
        if (r.lowBps < BPS || r.targetBps <= r.lowBps || r.highBps <= r.targetBps)
            revert DeskErrors.BadVenueRule("targetBps");
        if (r.floorBps < BPS) revert DeskErrors.BadVenueRule("floorBps");
        if (r.capMicroUsd >= 1 << 60) revert DeskErrors.BadVenueRule("capMicroUsd");
        if (r.tradeCapMicroUsd > r.capMicroUsd) revert DeskErrors.BadVenueRule("tradeCapMicroUsd");
        if (r.disputeSeconds < 1 minutes || r.disputeSeconds > 30 days)
            revert DeskErrors.BadVenueRule("disputeSeconds");
        if (r.toleranceBps > 2_000) revert DeskErrors.BadVenueRule("toleranceBps");
        table.rules[i] = r;
        emit IDesk.VenueRuleSet(i, r);
    }

    function lowerTradeCap(InstrumentTable.Table storage table, uint8 i, uint64 tradeCapMicroUsd) external {
        VenueRule storage rule = table.rules[i];
        if (tradeCapMicroUsd >= rule.tradeCapMicroUsd) revert DeskErrors.BadVenueRule("tradeCapMicroUsd");
        rule.tradeCapMicroUsd = tradeCapMicroUsd;
        emit IDesk.VenueRuleSet(i, rule);
    }

    /// Checks a perp's or option's terms and that its venue answers and holds nothing, and opens the desk's account.
    function _open(InstrumentTable.Table storage table, uint8 i, Slot memory t) private {
        VenueRule memory rule = table.rules[i];
        if (rule.targetBps == 0) revert DeskErrors.BadVenueRule("not set");
        if (t.token != address(0)) revert DeskErrors.BadSlotTerms("token");
        if (t.kind == SlotKind.Option) {
            uint256 strike = Math.mulDiv(t.strike, t.lotSize, STRIKE_SCALE);
            if (strike == 0 || strike >= VALUE_BOUND_MICRO_USD) revert DeskErrors.BadSlotTerms("strike");
            if (t.expiry <= block.timestamp || t.expiry > block.timestamp + 1000 days) {
                revert DeskErrors.BadSlotTerms("expiry");
            }
        } else if (t.strike != 0 || t.expiry != 0 || t.isCall) {
            revert DeskErrors.BadSlotTerms("option terms");
        }

        (bool fresh, uint256 feed) = Reference.read(t);
        if (!fresh) revert DeskErrors.ReferenceNotFresh(i);
        VenueAccounts.requirePosition(i, t.adapter, 0);
        (bool answered, uint256 mark) = VenueAccounts.mark(i, t.adapter);
        if (!answered) revert DeskErrors.VenueSilent(i);
        VenueAccount memory account;
        account.checkedAt = uint40(block.timestamp);
        account.earlierMicroUsd = table.venues[i].earlierMicroUsd;
        // An option's mark is set when an epoch is opened.
        if (t.kind == SlotKind.Perp) account.markMicroUsd = uint56(VenueAccounts.clamped(mark, feed, rule.clampBps));
        table.venues[i] = account;
        // A series that no epoch saw leaves its proposal behind.
        delete table.proposals[i];
    }

    function _checkTerms(Slot memory t) private view {
        if (t.kind == SlotKind.None) revert DeskErrors.KindNotSupported(t.kind);
        if (t.adapter.code.length == 0) revert DeskErrors.BadSlotTerms("adapter");
        if (t.feedHeartbeat == 0) revert DeskErrors.BadSlotTerms("feedHeartbeat");
        if (t.lotSize == 0) revert DeskErrors.BadSlotTerms("lotSize");
        if (t.orderCap >= ORDER_BOUND) revert DeskErrors.BadSlotTerms("orderCap");
        if (t.positionCap == 0 || t.positionCap >= POSITION_BOUND) revert DeskErrors.BadSlotTerms("positionCap");
        if (t.inventoryCap >= POSITION_BOUND) revert DeskErrors.BadSlotTerms("inventoryCap");
        if (t.feeBps > MAX_FEE_BPS) revert DeskErrors.BadSlotTerms("feeBps");
        uint8 feedDecimals = AggregatorV3Interface(t.feed).decimals();
        if (feedDecimals < 6 || feedDecimals > 18) revert DeskErrors.BadSlotTerms("feed decimals");
    }

    function _checkSpotTerms(Slot memory t, address cash) private view {
        if (t.strike != 0 || t.expiry != 0 || t.isCall) revert DeskErrors.BadSlotTerms("option terms");
        if (t.token == cash) revert DeskErrors.BadSlotTerms("token");
        if (IERC20Metadata(t.token).decimals() > 18) revert DeskErrors.BadSlotTerms("token decimals");
    }
}
