// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {IDerivativeVenue} from "../interfaces/IVenue.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {Slot, SlotAccount, SlotKind, VenueAccount, VenueRule} from "../interfaces/Types.sol";
import {BPS, VALUE_BOUND_MICRO_USD} from "../format/Format.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {Reference} from "./Reference.sol";
import {VenueCall} from "./VenueCall.sol";
import {InstrumentTable} from "./InstrumentTable.sol";

/// The market's account at a venue: what the venue says of it, what of that is credited to whom, and the cash that goes
/// there and back.
///
/// # Carry of a perp
///
/// At a checkpoint every lot, the inventory's too, is paid the move of the mark and its share of what else the
/// account's cash has gained since the last one, which is funding. So the market owes P·Δindex for P·Δmark + Δcash.
///
/// - The mark is the venue's, held within the feed's price ± `clampBps`. A venue that doesn't say one leaves it where
///   it was, but for that bound: exits are never priced further from the feed than the bound.
/// - Funding per lot is rounded against the vaults: P·funding ≤ Δcash. What is left waits in the account for the next
///   checkpoint (booking it away each time would let whoever calls often turn all funding into remainders).
/// - Funding per lot is bounded by `fundingBpsPerDay`. P is the net of hidden positions that can be far larger on
///   either side, so a dollar given to or missing from an account with a small net would else move thousands between
///   the sides. A gain beyond the bound waits like a remainder; a loss beyond it, and any with P = 0, is the insurance
///   account's, which later gains beyond the bound repay first.
/// - An account whose worth falls below nothing counts as worth nothing: what it owes the venue is not the market's
///   debt.
library VenueAccounts {
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    int256 private constant CASH_BOUND = 1 << 60;

    // ---- what the venue says

    function cash(uint8 i, address adapter) internal view returns (bool ok, int256 microUsd) {
        uint256 word;
        (ok, word) = VenueCall.word(adapter, abi.encodeCall(IDerivativeVenue.cashMicroUsd, (i)));
        microUsd = int256(word);
        ok = ok && microUsd > -CASH_BOUND && microUsd < CASH_BOUND;
    }

    function position(uint8 i, address adapter) internal view returns (bool ok, int256 lots) {
        uint256 word;
        (ok, word) = VenueCall.word(adapter, abi.encodeCall(IDerivativeVenue.positionLots, (i)));
        lots = int256(word);
    }

    function mark(uint8 i, address adapter) internal view returns (bool ok, uint256 microUsd) {
        (ok, microUsd) = VenueCall.word(adapter, abi.encodeCall(IDerivativeVenue.markMicroUsd, (i)));
        ok = ok && microUsd < VALUE_BOUND_MICRO_USD;
    }

    function requireCash(uint8 i, address adapter) internal view returns (int256 microUsd) {
        bool ok;
        (ok, microUsd) = cash(i, adapter);
        if (!ok) revert DeskErrors.VenueSilent(i);
    }

    /// Reverts unless the venue holds the market's position.
    function requirePosition(uint8 i, address adapter, int256 traded) internal view {
        (bool ok, int256 atVenue) = position(i, adapter);
        if (!ok) revert DeskErrors.VenueSilent(i);
        if (atVenue != traded) revert DeskErrors.PositionMismatch(i, atVenue, traded);
    }

    /// Equity the venue wants for `lots`, bounded so that it can be reckoned with. It isn't asked for none.
    function requireRequirement(
        uint8 i,
        address adapter,
        int256 lots
    ) internal view returns (uint256 initial, uint256 maintenance) {
        if (lots == 0) return (0, 0);
        bool ok;
        (ok, initial, maintenance) = VenueCall.words(
            adapter,
            abi.encodeCall(IDerivativeVenue.requirementMicroUsd, (i, lots))
        );
        if (!ok || initial >= uint256(CASH_BOUND) || maintenance >= uint256(CASH_BOUND))
            revert DeskErrors.VenueSilent(i);
    }

    /// What backs a position. Long options back nothing: they can't be drawn on.
    function equity(SlotKind kind, int256 cash_, int256 lots, uint256 price) internal pure returns (int256) {
        int256 worth = lots * price.toInt256();
        return cash_ + (kind == SlotKind.Option ? SignedMath.min(worth, 0) : worth);
    }

    // ---- carry

    /// Brings mark and carry index of a perp up to date.
    /// @return fresh    whether the feed is; nothing has changed if not
    /// @return answered whether the venue gave mark, cash and the position that the market has traded
    function checkpoint(InstrumentTable.Table storage table, uint8 i) internal returns (bool fresh, bool answered) {
        Slot memory slot = table.slots[i];
        uint256 feed;
        (fresh, feed) = Reference.read(slot);
        if (!fresh) return (false, false);

        VenueAccount memory account = table.venues[i];
        VenueRule memory rule = table.rules[i];
        SlotAccount memory held = table.accounts[i];
        (bool marked, uint256 newMark) = mark(i, slot.adapter);
        marked = marked && newMark != 0;
        newMark = clamped(marked ? newMark : account.markMicroUsd, feed, rule.clampBps);
        int256 cash_;
        // Without a mark what the account is worth can't be told, so its cash is not read either.
        if (marked) (answered, cash_) = _cashOf(i, slot.adapter, held.positionLots);
        int256 perLot = newMark.toInt256() - uint256(account.markMicroUsd).toInt256();
        account.markMicroUsd = uint56(newMark);
        if (answered) perLot += _bookFunding(table, i, account, rule, held.positionLots, cash_, feed);
        account.carryIndexMicroUsd += perLot.toInt64();
        table.venues[i] = account;
        if (held.inventoryLots != 0) table.inventoryMicroUsd += (perLot * held.inventoryLots).toInt128();
        emit IDesk.Checkpointed(i, newMark, account.carryIndexMicroUsd, answered);
    }

    function clamped(uint256 price, uint256 feed, uint256 clampBps) internal pure returns (uint256) {
        uint256 width = (feed * clampBps) / BPS;
        return Math.max(feed - width, Math.min(feed + width, price));
    }

    /// Cash of an account that holds what the market has traded.
    function _cashOf(uint8 i, address adapter, int256 traded) private view returns (bool ok, int256 microUsd) {
        int256 atVenue;
        (ok, atVenue) = position(i, adapter);
        if (!ok || atVenue != traded) return (false, 0);
        return cash(i, adapter);
    }

    /// Books what the account's cash has gained or lost, beyond trades and transfers, since it was last read.
    /// @return perLot funding, µUSD
    function _bookFunding(
        InstrumentTable.Table storage table,
        uint8 i,
        VenueAccount memory account,
        VenueRule memory rule,
        int256 lots,
        int256 cash_,
        uint256 feed
    ) private returns (int256 perLot) {
        int256 gain = SignedMath.max(cash_, -lots * int256(uint256(account.markMicroUsd))) - account.cashMicroUsd;
        if (lots != 0) {
            uint256 elapsed = block.timestamp - account.checkedAt;
            int256 most = int256((feed * rule.fundingBpsPerDay * elapsed) / (BPS * 1 days));
            perLot = SignedMath.max(-most, SignedMath.min(most, shareDown(gain, lots)));
        }
        account.checkedAt = uint40(block.timestamp);

        int256 rest = gain - lots * perLot;
        int256 loss = rest < 0 ? -rest : -SignedMath.min(rest, int256(uint256(account.advancedMicroUsd)));
        if (loss != 0) {
            account.advancedMicroUsd = uint256(int256(uint256(account.advancedMicroUsd)) + loss).toUint64();
            table.insuranceMicroUsd -= loss.toInt128();
            emit IDesk.VenueLoss(i, loss);
        }
        account.cashMicroUsd = (account.cashMicroUsd + lots * perLot - loss).toInt64();
    }

    /// The largest total that `lots` (not 0) lots can be given evenly without exceeding `total`.
    /// @return share per lot, negative for a long's loss and a short's gain
    function shareDown(int256 total, int256 lots) internal pure returns (int256 share) {
        share = total / lots;
        if (share * lots > total) share -= lots > 0 ? int256(1) : int256(-1);
    }

    // ---- cash there and back

    /// Sends up to `wanted` to the venue, as far as `cap` lets. What earlier series left there counts: a slot that is
    /// listed again and again costs no more than its cap either.
    function deposit(
        InstrumentTable.Table storage table,
        IERC20 token,
        uint8 i,
        address adapter,
        uint256 wanted,
        uint256 cap
    ) internal returns (uint256 sent) {
        VenueAccount memory account = table.venues[i];
        int256 room = cap.toInt256() - account.transferredMicroUsd - account.earlierMicroUsd;
        if (wanted == 0 || room <= 0) return 0;
        sent = Math.min(wanted, uint256(room));

        int256 cashBefore = requireCash(i, adapter);
        uint256 before = token.balanceOf(address(this));
        token.forceApprove(adapter, sent);
        VenueCall.execute(i, adapter, abi.encodeCall(IDerivativeVenue.deposit, (i, sent)), VenueCall.TRANSFER_GAS);
        token.forceApprove(adapter, 0);
        uint256 paid = before - token.balanceOf(address(this));
        if (paid != sent) revert DeskErrors.WrongCashMoved(i, paid.toInt256(), sent.toInt256());
        int256 credited = requireCash(i, adapter) - cashBefore;
        if (credited < sent.toInt256()) revert DeskErrors.WrongCashMoved(i, credited, sent.toInt256());
        _bookTransfer(table.venues[i], sent.toInt256());
    }

    /// Takes up to `most` back.
    function withdraw(
        InstrumentTable.Table storage table,
        IERC20 token,
        uint8 i,
        address adapter,
        uint256 most
    ) internal returns (uint256 received) {
        int256 cashBefore = requireCash(i, adapter);
        uint256 before = token.balanceOf(address(this));
        VenueCall.execute(i, adapter, abi.encodeCall(IDerivativeVenue.withdraw, (i, most)), VenueCall.TRANSFER_GAS);
        received = token.balanceOf(address(this)) - before;
        int256 debited = cashBefore - requireCash(i, adapter);
        if (debited > received.toInt256()) revert DeskErrors.WrongCashMoved(i, debited, received.toInt256());
        _bookTransfer(table.venues[i], -received.toInt256());
    }

    function _bookTransfer(VenueAccount storage account, int256 toVenue) private {
        account.cashMicroUsd += toVenue.toInt64();
        account.transferredMicroUsd += toVenue.toInt64();
    }
}
