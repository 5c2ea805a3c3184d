// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {BPS, EXIT_BOUND_MICRO_USD, VALUE_BOUND_MICRO_USD} from "../format/Format.sol";
import {SnapshotReader, SnapshotSlot} from "../format/SnapshotReader.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IDerivativeVenue, IVenueAdapter} from "../interfaces/IVenue.sol";
import {ExitProposal, Slot, SlotAccount, SlotKind, VenueAccount, VenueRule} from "../interfaces/Types.sol";
import {Derivatives} from "./Derivatives.sol";
import {InstrumentTable, EndedSeries, STRIKE_SCALE} from "./InstrumentTable.sol";
import {Reference} from "./Reference.sol";
import {VenueAccounts} from "./VenueAccounts.sol";
import {VenueCall} from "./VenueCall.sol";
import {TradeTerms, VenueTrade} from "./VenueTrade.sol";

/// How a series ends: what its lots are paid, and the desk's own position with it. A linked library; its functions run
/// in the desk and change the desk's table.
library SeriesEnd {
    using InstrumentTable for InstrumentTable.Table;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// What may stay behind at a venue when a series ends, µUSD.
    int256 private constant DUST_MICRO_USD = 10_000;

    // ---- of any slot

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
        if (!table.isListed(i)) revert DeskErrors.SlotNotListed(i);
        _requireFloorInBound(table, i, floorMicroUsd);
        uint32 start = table.seriesStarts[i];
        // If a series has ended since the last epoch, the one listed after it was in no snapshot: nobody holds it,
        // nothing of the market's is at its venue (`Derivatives.rebalance`), and `nextEpoch` is taken by the exit index
        // of the other.
        if (start != nextEpoch) {
            int256 exitIndex =
                table.slots[i].kind == SlotKind.Spot
                    ? _sell(table, terms, i, floorMicroUsd)
                    : _close(table, terms, i, floorMicroUsd);
            if (SignedMath.abs(exitIndex) >= EXIT_BOUND_MICRO_USD) revert DeskErrors.ExitOutOfRange(i, exitIndex);
            delete table.accounts[i];
            table.ends[i][nextEpoch] = EndedSeries({exitIndexMicroUsd: exitIndex.toInt64(), firstEpoch: start});
            table.seriesStarts[i] = nextEpoch;
            table.latestSeriesStart = nextEpoch;
            emit IDesk.SeriesEnded(i, nextEpoch, exitIndex);
        }
        // An option's terms stay for its next series (`Listing.renew`), but for one that had to be ended by force.
        if (floorMicroUsd != 0) delete table.slots[i];
        else table.slots[i].kind = SlotKind.None;
        table.listed &= ~uint16(1 << i);
    }

    /// A floor is typed by a person, and what holders are paid by it nobody can take back.
    function _requireFloorInBound(InstrumentTable.Table storage table, uint8 i, uint256 floorMicroUsd) private view {
        uint256 bound = VALUE_BOUND_MICRO_USD - 1;
        Slot memory slot = table.slots[i];
        if (slot.kind == SlotKind.Option) {
            if (table.proposals[i].disputeEnds != 0) bound = table.proposals[i].boundMicroUsd;
            else if (!slot.isCall) bound = _strike(slot);
        }
        if (floorMicroUsd > bound) revert DeskErrors.FloorAboveBound(i, floorMicroUsd, bound);
    }

    /// What the strike is for a lot, µUSD.
    function _strike(Slot memory slot) private pure returns (uint256) {
        return Math.mulDiv(slot.strike, slot.lotSize, STRIKE_SCALE);
    }

    /// Trades the market's spot position away and settles the inventory account's part of it.
    /// @return exitIndex µUSD per lot
    function _sell(
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
                revert DeskErrors.ExitBelowSlip(i, exitIndex, price, said.slipMicroUsd);
            }
            // What rounding leaves over: the vaults' and the inventory's lots add up to the position.
            table.insuranceMicroUsd += (received - exitIndex * position).toInt128();
        }
        table.inventoryMicroUsd += (exitIndex * account.inventoryLots).toInt128();
    }

    // ---- of perps and options

    /// See `IDesk.proposeExit`. The venue is not needed where the market holds nothing there.
    function proposeExit(InstrumentTable.Table storage table, uint8 i) external {
        Slot memory slot = table.slots[i];
        if (slot.kind != SlotKind.Option) revert DeskErrors.KindNotSupported(slot.kind);
        if (block.timestamp < slot.expiry) revert DeskErrors.NotExpired(i, slot.expiry);
        if (table.proposals[i].disputeEnds != 0) revert DeskErrors.AlreadyProposed(i);
        (bool fresh, uint256 feed) = Reference.read(slot);
        if (!fresh) revert DeskErrors.ReferenceNotFresh(i);

        uint256 strike = _strike(slot);
        uint256 feedPayoff = Math.saturatingSub(slot.isCall ? feed : strike, slot.isCall ? strike : feed);
        uint256 bound = slot.isCall ? 2 * feed : strike;
        (bool settled, uint256 payoff) = VenueCall.attempt(
            slot.adapter,
            abi.encodeCall(IDerivativeVenue.settleExpired, (i)),
            VenueCall.TRADE_GAS
        );
        if (!settled || payoff > bound) {
            if (table.accounts[i].positionLots != 0) {
                if (settled) revert DeskErrors.PayoffAboveBound(i, payoff, bound);
                revert DeskErrors.VenueFailed(i);
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
        emit IDesk.ExitProposed(i, payoff, feedPayoff, disputeEnds);
    }

    function vetoExit(InstrumentTable.Table storage table, uint8 i) external {
        ExitProposal storage p = table.proposals[i];
        if (block.timestamp > p.disputeEnds || !p.disputable || p.vetoed) revert DeskErrors.NotDisputable(i);
        p.vetoed = true;
        emit IDesk.ExitVetoed(i);
    }

    function setExit(InstrumentTable.Table storage table, uint8 i, uint56 payoffMicroUsd) external {
        ExitProposal storage p = table.proposals[i];
        if (!p.vetoed) revert DeskErrors.NotVetoed(i);
        if (payoffMicroUsd > p.boundMicroUsd) revert DeskErrors.PayoffAboveBound(i, payoffMicroUsd, p.boundMicroUsd);
        (p.payoffMicroUsd, p.disputable, p.vetoed) = (payoffMicroUsd, false, false);
        p.disputeEnds = uint40(block.timestamp);
        emit IDesk.ExitSet(i, payoffMicroUsd);
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

    /// Closes the desk's account of a series that ends and settles the inventory's part of it.
    ///
    /// Holders get the payoff, the carry index or the reference; of what the venue fails to bring of that they bear as
    /// much per lot as `clampBps` of the underlying's price, the insurance account the rest, because the market's net
    /// can be far smaller than what they hold on either side. What it brings beyond goes to the insurance account.
    /// @param floorMicroUsd not 0: whatever the venue does, at this price at worst for the closing trade, and for an
    ///                      option as what it is worth
    /// @return exitIndex µUSD per lot
    function _close(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        uint256 floorMicroUsd
    ) private returns (int256 exitIndex) {
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
                    ? _withdrawAll(table, terms, i, slot.adapter, price, base)
                    : _withdrawByForce(terms.cash, i, slot.adapter, floorMicroUsd);
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
        VenueAccount memory left;
        left.earlierMicroUsd = (account.earlierMicroUsd + account.transferredMicroUsd - received).toInt64();
        table.venues[i] = left;
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
            if (!fresh && floor == 0) revert DeskErrors.ReferenceNotFresh(i);
            account = table.venues[i];
            return (account.markMicroUsd, account.markMicroUsd, account.carryIndexMicroUsd);
        }
        ExitProposal memory p = table.proposals[i];
        if (floor != 0) return (floor, account.markMicroUsd, floor.toInt256());
        if (_exitStands(p)) return (p.payoffMicroUsd, account.markMicroUsd, uint256(p.payoffMicroUsd).toInt256());
        if (block.timestamp >= slot.expiry) revert DeskErrors.NoExit(i);
        // Nobody holds lots of a series that no epoch has seen.
        if (account.markMicroUsd == 0 && table.accounts[i].positionLots == 0) return (0, 0, 0);
        return Derivatives.quoteOf(table, terms, i, false);
    }

    /// Trades away what the venue holds and takes everything back.
    /// @return received µUSD
    function _withdrawAll(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        address adapter,
        uint256 price,
        uint256 base
    ) private returns (int256 received) {
        (bool ok, int256 atVenue) = VenueAccounts.position(i, adapter);
        if (!ok) revert DeskErrors.VenueSilent(i);
        if (atVenue != 0) {
            VenueTrade.requireClose(i, adapter, price, (base * table.rules[i].epsilonBps) / BPS);
            // The band is as wide as the position is large: whoever drains the venue just before could have most of it.
            uint256 slip = SnapshotReader.slot(terms.snapshot, i, terms.rowWords).slipMicroUsd;
            uint256 tolerance = Math.min(
                Derivatives.toleranceOf(table, terms, i, atVenue, base),
                slip * SignedMath.abs(atVenue)
            );
            Derivatives.tradeWithin(table, terms, i, adapter, atVenue, -atVenue, price, base, tolerance);
        }
        int256 free = VenueAccounts.requireCash(i, adapter);
        if (free <= 0) return 0;
        received = VenueAccounts.withdraw(table, terms.cash, i, adapter, uint256(free)).toInt256();
        if (free - received > DUST_MICRO_USD) revert DeskErrors.NotWithdrawn(i, free - received);
    }

    /// Does the same at a venue that may be dead: what fails is passed over.
    function _withdrawByForce(IERC20 cash, uint8 i, address adapter, uint256 floor) private returns (int256 received) {
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
