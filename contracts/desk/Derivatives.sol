// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {IDerivativeVenue} from "../interfaces/IDerivativeVenue.sol";
import {ExitProposal, IMarket, IVenueAdapter, Slot, SlotKind, VenueAccount, VenueRule} from "../interfaces/ITacit.sol";
import {BPS, VALUE_BOUND_MICRO_USD} from "../format/Format.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {Reference} from "./Reference.sol";
import {SnapshotReader, SnapshotSlot} from "../format/SnapshotReader.sol";
import {VenueCall} from "./VenueCall.sol";
import {TradeTerms, VenueTrade} from "./VenueTrade.sol";
import {InstrumentTable, SlotAccount} from "./InstrumentTable.sol";
import {VenueAccounts} from "./VenueAccounts.sol";

/// Perps and options: what they cross and trade at, margin at their venues, the life and the end of their series. A
/// linked library; its functions run in the market and change the market's table.
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
/// crosses at the snapshot's value, moved by the snapshot's dollar delta along with the feed since the epoch was opened.
/// The slip bounds what gamma and vega did in between. Where the opened net is not 0, the venue must answer and
/// its marginal price be close; where it is, nothing is traded there and the venue isn't asked.
library Derivatives {
    using InstrumentTable for InstrumentTable.Table;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// What may stay behind at a venue when a series ends, µUSD.
    int256 private constant DUST_MICRO_USD = 10_000;
    /// Scale of strikes, and of lots.
    uint256 private constant STRIKE_SCALE = 1e30;

    // ---- listing

    /// @param args slot and rule, encoded
    function setRule(InstrumentTable.Table storage table, bytes calldata args) external {
        (uint8 i, VenueRule memory r) = abi.decode(args, (uint8, VenueRule));
        if (r.clampBps == 0 || r.clampBps > 2_000) revert MarketErrors.BadVenueRule("clampBps");
        if (r.fundingBpsPerDay > 2_000) revert MarketErrors.BadVenueRule("fundingBpsPerDay");
        if (r.epsilonBps == 0 || r.epsilonBps > 2_000) revert MarketErrors.BadVenueRule("epsilonBps");
        if (r.lowBps < BPS || r.targetBps <= r.lowBps || r.highBps <= r.targetBps)
            revert MarketErrors.BadVenueRule("targetBps");
        if (r.floorBps < BPS) revert MarketErrors.BadVenueRule("floorBps");
        if (r.capMicroUsd >= 1 << 60) revert MarketErrors.BadVenueRule("capMicroUsd");
        if (r.disputeSeconds < 1 minutes || r.disputeSeconds > 30 days)
            revert MarketErrors.BadVenueRule("disputeSeconds");
        if (r.toleranceBps > 2_000) revert MarketErrors.BadVenueRule("toleranceBps");
        table.rules[i] = r;
        emit IMarket.VenueRuleSet(i, r);
    }

    function lowerCap(InstrumentTable.Table storage table, uint8 i, uint64 capMicroUsd) external {
        VenueRule storage rule = table.rules[i];
        if (capMicroUsd >= rule.capMicroUsd) revert MarketErrors.BadVenueRule("capMicroUsd");
        rule.capMicroUsd = capMicroUsd;
        emit IMarket.VenueRuleSet(i, rule);
    }

    /// Checks a slot's terms and that its venue answers and holds nothing, and opens the market's account.
    function open(InstrumentTable.Table storage table, uint8 i, Slot calldata t) external {
        VenueRule memory rule = table.rules[i];
        if (rule.targetBps == 0) revert MarketErrors.BadVenueRule("not set");
        if (t.token != address(0)) revert MarketErrors.BadSlotTerms("token");
        if (t.kind == SlotKind.Option) {
            uint256 strike = Math.mulDiv(t.strike, t.lotSize, STRIKE_SCALE);
            if (strike == 0 || strike >= VALUE_BOUND_MICRO_USD) revert MarketErrors.BadSlotTerms("strike");
            if (t.expiry <= block.timestamp || t.expiry > block.timestamp + 1000 days) {
                revert MarketErrors.BadSlotTerms("expiry");
            }
        } else if (t.strike != 0 || t.expiry != 0 || t.isCall) {
            revert MarketErrors.BadSlotTerms("option terms");
        }

        (bool fresh, uint256 feed) = Reference.read(t);
        if (!fresh) revert MarketErrors.ReferenceNotFresh(i);
        VenueAccounts.requirePosition(i, t.adapter, 0);
        (bool answered, uint256 mark) = VenueAccounts.mark(i, t.adapter);
        if (!answered) revert MarketErrors.VenueSilent(i);
        VenueAccount memory account;
        account.checkedAt = uint40(block.timestamp);
        // An option's mark is set when an epoch is opened.
        if (t.kind == SlotKind.Perp) account.markMicroUsd = uint56(VenueAccounts.clamped(mark, feed, rule.clampBps));
        table.venues[i] = account;
        // A series that no epoch saw leaves its proposal behind.
        delete table.proposals[i];
    }

    /// The three structs of `IMarket.venue`, encoded here because the market is short of space.
    function describe(InstrumentTable.Table storage table, uint8 i) external view returns (bytes memory) {
        return abi.encode(table.rules[i], table.venues[i], table.proposals[i]);
    }

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
        return _quote(table, terms, i, asksVenue);
    }

    function _quote(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        bool asksVenue
    ) private returns (uint256 price, uint256 base, int256 debit) {
        Slot memory slot = table.slots[i];
        if (slot.kind == SlotKind.Perp) {
            (bool fresh, bool answered) = VenueAccounts.checkpoint(table, i);
            if (!fresh) revert MarketErrors.ReferenceNotFresh(i);
            if (asksVenue && !answered) _revertMissing(i, slot.adapter, table.accounts[i].positionLots);
            VenueAccount memory account = table.venues[i];
            (price, base, debit) = (account.markMicroUsd, account.markMicroUsd, account.carryIndexMicroUsd);
        } else {
            if (asksVenue && block.timestamp >= slot.expiry) revert MarketErrors.OptionExpired(i, slot.expiry);
            uint256 before = table.venues[i].markMicroUsd;
            bool fresh;
            (fresh, base) = Reference.read(slot);
            if (!fresh || before == 0) revert MarketErrors.ReferenceNotFresh(i);
            SnapshotSlot memory said = SnapshotReader.slot(terms.snapshot, i, terms.rowWords);
            int256 move = (said.deltaMicroUsd * (base.toInt256() - before.toInt256())) / before.toInt256();
            debit = SignedMath.max(said.valueMicroUsd + move, 0);
            price = uint256(debit);
        }
        if (asksVenue) VenueTrade.requireClose(i, slot.adapter, price, (base * table.rules[i].epsilonBps) / BPS);
    }

    function _revertMissing(uint8 i, address adapter, int256 traded) private view {
        VenueAccounts.requirePosition(i, adapter, traded);
        revert MarketErrors.VenueSilent(i);
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
        return _trade(table, terms, i, slot.adapter, held, lots, price, base, _tolerance(table, terms, i, lots, base));
    }

    /// Before a trade: sends what the new position wants, and a premium at its highest, beyond what is there. Refuses to
    /// make a position larger whose account stays below the floor.
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
        (uint256 initial, uint256 maintenance) = VenueAccounts.requireRequirement(i, slot.adapter, next);
        uint256 premium;
        if (slot.kind == SlotKind.Option && lots > 0) {
            premium = VenueTrade.limit(lots, price, _tolerance(table, terms, i, lots, base));
        }
        int256 equity = VenueAccounts.equity(slot.kind, VenueAccounts.requireCash(i, slot.adapter), held, price);
        int256 missing = (Math.ceilDiv(initial * rule.targetBps, BPS) + premium).toInt256() - equity;
        if (missing > 0) {
            uint256 sent = VenueAccounts.deposit(table, terms.cash, i, slot.adapter, uint256(missing));
            equity += sent.toInt256();
            if (sent != 0) emit IMarket.MarginMoved(i, sent.toInt256(), equity);
        }
        if (
            SignedMath.abs(next) > SignedMath.abs(held) &&
            equity * int256(BPS) < (maintenance * rule.floorBps).toInt256()
        ) {
            revert MarketErrors.ReduceOnly(i, equity, maintenance);
        }
    }

    function _trade(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        address adapter,
        int256 held,
        int256 lots,
        uint256 price,
        uint256 base,
        uint256 tolerance
    ) private returns (int256 cost) {
        uint256 limit = VenueTrade.limit(lots, price, tolerance);
        uint256 marketCash = terms.cash.balanceOf(address(this));
        int256 cashBefore = VenueAccounts.requireCash(i, adapter);
        VenueCall.execute(i, adapter, abi.encodeCall(IVenueAdapter.trade, (i, lots, limit)), VenueCall.TRADE_GAS);
        cost = cashBefore - VenueAccounts.requireCash(i, adapter);

        (bool ok, int256 now_) = VenueAccounts.position(i, adapter);
        if (!ok) revert MarketErrors.VenueSilent(i);
        if (now_ != held + lots) revert MarketErrors.WrongFill(i, now_, held + lots);
        int256 moved = terms.cash.balanceOf(address(this)).toInt256() - marketCash.toInt256();
        if (moved != 0) revert MarketErrors.WrongCashMoved(i, moved, 0);
        // Better than the reference is possible by what the venue's price may be off it, and by the band again: more
        // would be a gain that only the adapter claims.
        int256 worth = lots * price.toInt256();
        int256 best = worth - (tolerance + (SignedMath.abs(lots) * base * table.rules[i].epsilonBps) / BPS).toInt256();
        if (cost > worth + tolerance.toInt256() || cost < best) {
            revert MarketErrors.FillOutsideBand(i, SignedMath.abs(cost), limit);
        }
        table.venues[i].cashMicroUsd -= cost.toInt64();
    }

    function _tolerance(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        int256 lots,
        uint256 base
    ) private view returns (uint256) {
        uint256 liquidity = SnapshotReader.slot(terms.snapshot, i, terms.rowWords).liquidityLots;
        return VenueTrade.tolerance(terms, i, table.slots[i].feeBps, lots, base, liquidity);
    }

    // ---- margin

    /// See `IMarket.rebalanceMargin`. Nothing to do is no failure.
    function rebalance(InstrumentTable.Table storage table, IERC20 cash, uint8 i) external {
        Slot memory slot = table.slots[i];
        if (slot.kind != SlotKind.Perp && slot.kind != SlotKind.Option) revert MarketErrors.KindNotSupported(slot.kind);
        int256 held = table.accounts[i].positionLots;
        VenueAccounts.requirePosition(i, slot.adapter, held);
        (bool ok, uint256 mark) = VenueAccounts.mark(i, slot.adapter);
        if (!ok) revert MarketErrors.VenueSilent(i);

        VenueRule memory rule = table.rules[i];
        (uint256 initial, uint256 maintenance) = VenueAccounts.requireRequirement(i, slot.adapter, held);
        int256 equity = VenueAccounts.equity(slot.kind, VenueAccounts.requireCash(i, slot.adapter), held, mark);
        int256 scaled = equity * int256(BPS);
        int256 target = Math.ceilDiv(initial * rule.targetBps, BPS).toInt256();
        int256 moved;
        if (scaled < (initial * rule.lowBps).toInt256()) {
            moved = VenueAccounts.deposit(table, cash, i, slot.adapter, uint256(target - equity)).toInt256();
        } else if (scaled > (initial * rule.highBps).toInt256()) {
            moved = -VenueAccounts.withdraw(table, cash, i, slot.adapter, uint256(equity - target)).toInt256();
        }
        equity += moved;
        if (moved != 0) emit IMarket.MarginMoved(i, moved, equity);
        if (equity * int256(BPS) < (maintenance * rule.floorBps).toInt256())
            emit IMarket.MarginLow(i, equity, maintenance);
    }

    // ---- the end of a series

    /// See `IMarket.proposeExit`. The venue is not needed where the market holds nothing there.
    function proposeExit(InstrumentTable.Table storage table, uint8 i) external {
        Slot memory slot = table.slots[i];
        if (slot.kind != SlotKind.Option) revert MarketErrors.KindNotSupported(slot.kind);
        if (block.timestamp < slot.expiry) revert MarketErrors.NotExpired(i, slot.expiry);
        if (table.proposals[i].disputeEnds != 0) revert MarketErrors.AlreadyProposed(i);
        (bool fresh, uint256 feed) = Reference.read(slot);
        if (!fresh) revert MarketErrors.ReferenceNotFresh(i);

        uint256 strike = Math.mulDiv(slot.strike, slot.lotSize, STRIKE_SCALE);
        uint256 feedPayoff = Math.saturatingSub(slot.isCall ? feed : strike, slot.isCall ? strike : feed);
        uint256 bound = slot.isCall ? 2 * feed : strike;
        (bool settled, uint256 payoff) = VenueCall.attempt(
            slot.adapter,
            abi.encodeCall(IDerivativeVenue.settleExpired, (i)),
            VenueCall.TRADE_GAS
        );
        if (!settled || payoff > bound) {
            if (table.accounts[i].positionLots != 0) {
                if (settled) revert MarketErrors.PayoffAboveBound(i, payoff, bound);
                revert MarketErrors.VenueFailed(i);
            }
            payoff = feedPayoff;
        }
        VenueRule memory rule = table.rules[i];
        uint256 distance = payoff > feedPayoff ? payoff - feedPayoff : feedPayoff - payoff;
        uint40 disputeEnds = uint40(block.timestamp + rule.disputeSeconds);
        table.proposals[i] = ExitProposal({
            payoffMicroUsd: uint56(payoff),
            boundMicroUsd: uint56(bound),
            disputeEnds: disputeEnds,
            disputable: distance > (feed * rule.toleranceBps) / BPS,
            vetoed: false
        });
        emit IMarket.ExitProposed(i, payoff, feedPayoff, disputeEnds);
    }

    function vetoExit(InstrumentTable.Table storage table, uint8 i) external {
        ExitProposal storage p = table.proposals[i];
        if (block.timestamp > p.disputeEnds || !p.disputable || p.vetoed) revert MarketErrors.NotDisputable(i);
        p.vetoed = true;
        emit IMarket.ExitVetoed(i);
    }

    function setExit(InstrumentTable.Table storage table, uint8 i, uint56 payoffMicroUsd) external {
        ExitProposal storage p = table.proposals[i];
        if (!p.vetoed) revert MarketErrors.NotVetoed(i);
        if (payoffMicroUsd > p.boundMicroUsd) revert MarketErrors.PayoffAboveBound(i, payoffMicroUsd, p.boundMicroUsd);
        (p.payoffMicroUsd, p.disputable, p.vetoed) = (payoffMicroUsd, false, false);
        p.disputeEnds = uint40(block.timestamp);
        emit IMarket.ExitSet(i, payoffMicroUsd);
    }

    /// Whether the series has ended by itself: an option's payoff stands, or the venue has taken a position away.
    function isOver(InstrumentTable.Table storage table, uint8 i) external view returns (bool) {
        Slot memory slot = table.slots[i];
        if (slot.kind != SlotKind.Perp && slot.kind != SlotKind.Option) return false;
        if (_exitStands(table.proposals[i])) return true;
        if (slot.kind == SlotKind.Option && block.timestamp >= slot.expiry) return false;
        (bool ok, int256 atVenue) = VenueAccounts.position(i, slot.adapter);
        return ok && atVenue != table.accounts[i].positionLots;
    }

    function _exitStands(ExitProposal memory p) private view returns (bool) {
        return p.disputeEnds != 0 && !p.vetoed && (block.timestamp > p.disputeEnds || !p.disputable);
    }

    /// Closes the market's account of a series that ends and settles the inventory's part of it.
    ///
    /// Holders get the payoff, the carry index or the reference; of what the venue fails to bring of that they bear as
    /// much per lot as `clampBps` of the underlying's price, the insurance account the rest, because the market's net can
    /// be far smaller than what they hold on either side. What it brings beyond goes to the insurance account.
    /// @param floorMicroUsd not 0: whatever the venue does, at this price at worst for the closing trade, and for an
    ///                      option as what it is worth
    /// @return exitIndex µUSD per lot
    function exit(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        uint256 floorMicroUsd
    ) external returns (int256 exitIndex) {
        Slot memory slot = table.slots[i];
        SlotAccount memory held = table.accounts[i];
        uint256 price;
        uint256 base;
        (price, base, exitIndex) = _last(table, terms, i, slot, floorMicroUsd);
        bool isPayoff = slot.kind == SlotKind.Option && floorMicroUsd == 0 && _exitStands(table.proposals[i]);

        VenueAccount memory account = table.venues[i];
        int256 received;
        if (held.positionLots != 0 || account.cashMicroUsd != 0 || account.transferredMicroUsd != 0) {
            received =
                floorMicroUsd == 0
                    ? _close(table, terms, i, slot.adapter, price, base)
                    : _closeByForce(terms.cash, i, slot.adapter, floorMicroUsd);
        }

        int256 gain = received - account.cashMicroUsd - held.positionLots * price.toInt256();
        int256 perLot;
        if (gain < 0 && held.positionLots != 0 && !isPayoff) {
            int256 most = ((base * table.rules[i].clampBps) / BPS).toInt256();
            perLot = SignedMath.max(-most, SignedMath.min(most, VenueAccounts.shareDown(gain, held.positionLots)));
            if (slot.kind == SlotKind.Option) perLot = SignedMath.max(perLot, -exitIndex);
        }
        exitIndex += perLot;
        table.insuranceMicroUsd += (gain - held.positionLots * perLot).toInt128();
        // A perp's inventory has been paid its carry at every checkpoint.
        int256 ofInventory = slot.kind == SlotKind.Perp ? perLot : exitIndex;
        table.inventoryMicroUsd += (held.inventoryLots * ofInventory).toInt128();
        delete table.venues[i];
        delete table.proposals[i];
    }

    /// Value, base and index of a series at its end.
    function _last(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        Slot memory slot,
        uint256 floor
    ) private returns (uint256 price, uint256 base, int256 index) {
        VenueAccount memory account = table.venues[i];
        if (slot.kind == SlotKind.Perp) {
            // Without a venue the mark follows the feed; without a feed it stays.
            (bool fresh, ) = VenueAccounts.checkpoint(table, i);
            if (!fresh && floor == 0) revert MarketErrors.ReferenceNotFresh(i);
            account = table.venues[i];
            return (account.markMicroUsd, account.markMicroUsd, account.carryIndexMicroUsd);
        }
        ExitProposal memory p = table.proposals[i];
        if (floor != 0) return (floor, account.markMicroUsd, floor.toInt256());
        if (_exitStands(p)) return (p.payoffMicroUsd, account.markMicroUsd, uint256(p.payoffMicroUsd).toInt256());
        if (block.timestamp >= slot.expiry) revert MarketErrors.NoExit(i);
        // Nobody holds lots of a series that no epoch has seen.
        if (account.markMicroUsd == 0 && table.accounts[i].positionLots == 0) return (0, 0, 0);
        return _quote(table, terms, i, false);
    }

    /// Trades away what the venue holds and takes everything back.
    /// @return received µUSD
    function _close(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        address adapter,
        uint256 price,
        uint256 base
    ) private returns (int256 received) {
        (bool ok, int256 atVenue) = VenueAccounts.position(i, adapter);
        if (!ok) revert MarketErrors.VenueSilent(i);
        if (atVenue != 0) {
            VenueTrade.requireClose(i, adapter, price, (base * table.rules[i].epsilonBps) / BPS);
            // The band is as wide as the position is large: whoever drains the venue just before could have most of it.
            uint256 slip = SnapshotReader.slot(terms.snapshot, i, terms.rowWords).slipMicroUsd;
            uint256 tolerance = Math.min(_tolerance(table, terms, i, atVenue, base), slip * SignedMath.abs(atVenue));
            _trade(table, terms, i, adapter, atVenue, -atVenue, price, base, tolerance);
        }
        int256 free = VenueAccounts.requireCash(i, adapter);
        if (free <= 0) return 0;
        received = VenueAccounts.withdraw(table, terms.cash, i, adapter, uint256(free)).toInt256();
        if (free - received > DUST_MICRO_USD) revert MarketErrors.NotWithdrawn(i, free - received);
    }

    /// Does the same at a venue that may be dead: what fails is passed over.
    function _closeByForce(IERC20 cash, uint8 i, address adapter, uint256 floor) private returns (int256 received) {
        uint256 before = cash.balanceOf(address(this));
        (bool ok, int256 atVenue) = VenueAccounts.position(i, adapter);
        uint256 size = SignedMath.abs(atVenue);
        if (ok && size != 0 && size < 1 << 64) {
            bytes memory call_ = abi.encodeCall(IVenueAdapter.trade, (i, -atVenue, Math.saturatingMul(size, floor)));
            VenueCall.attempt(adapter, call_, VenueCall.TRADE_GAS);
        }
        int256 free;
        (ok, free) = VenueAccounts.cash(i, adapter);
        if (ok && free > 0) {
            bytes memory call_ = abi.encodeCall(IDerivativeVenue.withdraw, (i, uint256(free)));
            VenueCall.attempt(adapter, call_, VenueCall.TRANSFER_GAS);
        }
        return (cash.balanceOf(address(this)) - before).toInt256();
    }
}
