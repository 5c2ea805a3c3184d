// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IMarket} from "../interfaces/IMarket.sol";
import {Phase} from "../interfaces/Types.sol";

/// What a queue refuses. One interface, so that the vault's ABI has all of it.
interface RequestsErrors {
    /// Wait until some are dealt, cancel them, or use another controller.
    error TooManyOpenRequests(address controller);
    /// Ask for at most `claimable`.
    error ExceedsClaimable(uint256 asked, uint256 claimable);
    /// Deal at most what was requested up to the cut-off.
    error ExceedsRequested(uint256 asked, uint256 requested);
}

/// First-in-first-out requests that are dealt in batches, each batch at one price, and can be cancelled until then.
///
/// All requests lie end to end on one line of cumulative amounts; a request is an interval of it. A dealing moves the
/// mark "dealt up to here" and adds a point (cumulative in, cumulative out) to a piecewise linear curve, whose slope
/// between two points is the price of that dealing. What an interval earns is the rise of the curve over it, so
/// neither a dealing nor a claim ever walks over other people's requests, and a request that is dealt in many parts
/// costs no more to claim than one dealt at once.
///
/// A cancelled request leaves the line, and all behind it move up. Only its own amount is written down, in a tree of
/// sums over the requests in their order: where another one lies now is where it was put, less what was cancelled before
/// it. Once the mark has reached a request nothing before it can be cancelled any more, so that its place is final.
/// Voiding deals at no price: the mark passes, and whoever lay there gets back what they put in.
///
/// Rounding: each claim is rounded down and each charge up, so that the sum of all claims never exceeds what was dealt.
///
/// A linked library, so that the vault has room; what every submission needs is compiled into the vault.
library Requests {
    using Arrays for uint256[];
    using Checkpoints for Checkpoints.Trace160;
    using SafeCast for uint256;

    /// Requests of one controller that are not wholly dealt: so many of their own, and so many that others made in their
    /// name, which therefore can't shut a controller out.
    uint256 internal constant MAX_OPEN = 16;

    /// Indices of requests from 1 on, oldest first: indices[first mod MAX_OPEN] … indices[(next − 1) mod MAX_OPEN].
    struct Open {
        uint32[MAX_OPEN] indices;
        uint64 first;
        uint64 next;
    }

    struct Account {
        Open own;
        Open others;
        /// The mark up to which the open requests are in the totals below.
        uint128 maturedTo;
        /// Dealt and not yet claimed, over all requests of the controller.
        uint128 claimableIn;
        uint128 claimableOut;
        /// Cancelled or voided, and not yet taken back.
        uint128 refundable;
    }

    /// When a vault deals, and by whose clock: seconds.
    struct Schedule {
        address market;
        uint32 dealMargin;
        uint32 snapshotWindow;
        uint32 dealingInterval;
        uint32 dealingOffset;
    }

    struct Queue {
        /// Ends of the line: what was requested and not cancelled, and what of it was dealt. In one word, so that a
        /// queue without anything undealt costs one read.
        uint128 requestedIn;
        uint128 dealtIn;
        uint256 cancelledIn;
        /// By request: time · 2^32 + index → index · 2^128 + amount requested up to and including it, cancelled or not.
        Checkpoints.Trace160 requested;
        /// Sums of what was cancelled: at i, over the requests i − (lowest bit of i) + 1 … i.
        mapping(uint256 index => uint256) cancelled;
        /// The curve: points dealtIn · 2^128 + dealtOut, after an implicit (0, 0). In one word, so that a search by
        /// dealtIn is a search of the words.
        uint256[] curve;
        /// As the curve, of slope 1 where requests were voided and 0 elsewhere.
        uint256[] voided;
        mapping(address controller => Account) accounts;
    }

    // ---- what every submission needs

    /// Deals the next `amountIn` of the line for `amountOut` in all.
    function deal(Queue storage queue, uint256 amountIn, uint256 amountOut) internal {
        if (amountIn == 0) return;
        (uint256 requestedIn, uint256 lastIn) = (queue.requestedIn, queue.dealtIn);
        if (lastIn + amountIn > requestedIn) revert RequestsErrors.ExceedsRequested(amountIn, requestedIn - lastIn);
        queue.dealtIn = _pass(queue.curve, lastIn + amountIn, amountOut);
    }

    /// Requested up to and including the time `cutoff` and not dealt, over all controllers.
    function pendingUpTo(Queue storage queue, uint64 cutoff) internal view returns (uint256) {
        (uint256 requestedIn, uint256 dealtIn) = (queue.requestedIn, queue.dealtIn);
        if (requestedIn == dealtIn) return 0;
        uint256 found = queue.requested.upperLookupRecent((uint96(cutoff) << 32) | type(uint32).max);
        return Math.saturatingSub(uint128(found) - _cancelledUpTo(queue, found >> 128), dealtIn);
    }

    /// Requested and not dealt, over all controllers.
    function pending(Queue storage queue) internal view returns (uint256) {
        return queue.requestedIn - queue.dealtIn;
    }

    // ---- steps

    /// Adds `amount` at the end of the line, stamped with the present time.
    function push(Queue storage queue, address controller, uint256 amount, bool byStranger) external {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        Open storage open = byStranger ? account.others : account.own;
        if (open.next - open.first == MAX_OPEN) revert RequestsErrors.TooManyOpenRequests(controller);
        uint256 index = queue.requested.length() + 1;
        uint256 end = queue.requestedIn + queue.cancelledIn + amount;
        queue.requestedIn = (queue.requestedIn + amount).toUint128();
        queue.requested.push(
            (uint96(block.timestamp) << 32) | uint96(index.toUint32()),
            uint160((index << 128) | end.toUint128())
        );
        open.indices[open.next++ % MAX_OPEN] = uint32(index);
        // The sum that the tree keeps at this index is over requests before it as well.
        uint256 covered = _cancelledUpTo(queue, index - 1) - _cancelledUpTo(queue, index & (index - 1));
        if (covered != 0) queue.cancelled[index] = covered;
    }

    /// Takes the undealt requests of `controller` that were made after the time `keptUpTo` off the line.
    function cancel(Queue storage queue, address controller, uint64 keptUpTo) external returns (uint256 amount) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        amount = _cancel(queue, account.own, keptUpTo) + _cancel(queue, account.others, keptUpTo);
        queue.requestedIn -= amount.toUint128();
        account.refundable += amount.toUint128();
    }

    /// Voids all undealt requests made up to and including the time `cutoff`.
    function void(Queue storage queue, uint64 cutoff) external returns (uint256 amount) {
        amount = pendingUpTo(queue, cutoff);
        if (amount == 0) return 0;
        uint256 from = queue.dealtIn;
        _pass(queue.voided, from, 0);
        _pass(queue.voided, from + amount, amount);
        deal(queue, amount, 0);
    }

    /// Claims exactly `amountIn` of the dealt requests of `controller`; what it earned, rounded down.
    function claimIn(Queue storage queue, address controller, uint256 amountIn) external returns (uint256 amountOut) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        (uint256 totalIn, uint256 totalOut) = (account.claimableIn, account.claimableOut);
        if (amountIn > totalIn) revert RequestsErrors.ExceedsClaimable(amountIn, totalIn);
        if (amountIn != 0) amountOut = Math.mulDiv(totalOut, amountIn, totalIn);
        _take(account, amountIn, amountOut);
    }

    /// Claims exactly `amountOut` of what the requests of `controller` earned; how much of them that uses, rounded up.
    function claimOut(Queue storage queue, address controller, uint256 amountOut) external returns (uint256 amountIn) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        (uint256 totalIn, uint256 totalOut) = (account.claimableIn, account.claimableOut);
        if (amountOut > totalOut) revert RequestsErrors.ExceedsClaimable(amountOut, totalOut);
        if (amountOut != 0) amountIn = Math.mulDiv(totalIn, amountOut, totalOut, Math.Rounding.Ceil);
        _take(account, amountIn, amountOut);
    }

    /// Takes back all that was cancelled or voided of the requests of `controller`.
    function takeBack(Queue storage queue, address controller) external returns (uint256 amount) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        amount = account.refundable;
        account.refundable = 0;
    }

    // ---- views

    /// Requests made up to then stay where they are. Runs in the vault.
    ///
    /// While an epoch takes submissions: its cut-off has taken them in, and the cash they move is in the proof that the
    /// vault's owner may be making; of a deposit in the epochs that deal, of a redemption, for which cash is raised, in all.
    /// While the snapshot of an epoch that deals is awaited: the reporters' observation is due, and whoever knew it could
    /// choose between a dealing at its price and none.
    function takenInUpTo(Schedule memory schedule, bool isDeposit) external view returns (uint64 cutoff) {
        IMarket market = IMarket(schedule.market);
        uint64 deadline = market.deadline();
        if (block.timestamp > deadline) return 0;
        Phase phase = market.phase();
        uint32 epoch = market.epoch();
        if (phase == Phase.Submit) {
            if (market.vaultState(address(this)).lastEpoch == epoch || (isDeposit && !_deals(schedule, epoch)))
                return 0;
            return market.observedAt() - schedule.dealMargin;
        }
        uint64 due = deadline - schedule.snapshotWindow;
        bool isKnown = phase == Phase.AwaitSnapshot && block.timestamp + schedule.dealMargin > due;
        if (!isKnown || !_deals(schedule, epoch + 1)) return 0;
        return uint64(Math.max(block.timestamp, due)) - schedule.dealMargin;
    }

    function _deals(Schedule memory schedule, uint32 epoch) private pure returns (bool) {
        return epoch % schedule.dealingInterval == schedule.dealingOffset;
    }

    /// Not dealt, of one controller.
    function pendingOf(Queue storage queue, address controller) external view returns (uint256) {
        Account storage account = queue.accounts[controller];
        return _pendingOf(queue, account.own) + _pendingOf(queue, account.others);
    }

    /// Dealt and not claimed, of one controller, what it earned, and what of the rest can be taken back.
    function claimableOf(
        Queue storage queue,
        address controller
    ) external view returns (uint256 amountIn, uint256 amountOut, uint256 refundable) {
        Account storage account = queue.accounts[controller];
        Ripe memory own = _ripe(queue, account.own, account.maturedTo);
        Ripe memory others = _ripe(queue, account.others, account.maturedTo);
        amountIn = account.claimableIn + own.amountIn + others.amountIn;
        amountOut = account.claimableOut + own.amountOut + others.amountOut;
        refundable = account.refundable + own.refundable + others.refundable;
    }

    // ---- one account

    /// What has come of open requests since they were last looked at.
    struct Ripe {
        uint256 amountIn;
        uint256 amountOut;
        uint256 refundable;
        /// The first that stays open.
        uint64 first;
    }

    /// Moves what was dealt or voided of the open requests into the totals.
    function _mature(Queue storage queue, Account storage account) private {
        (uint256 from, uint128 mark) = (account.maturedTo, queue.dealtIn);
        if (from == mark) return;
        Ripe memory own = _ripe(queue, account.own, from);
        Ripe memory others = _ripe(queue, account.others, from);
        (account.own.first, account.others.first) = (own.first, others.first);
        account.maturedTo = mark;
        account.claimableIn += (own.amountIn + others.amountIn).toUint128();
        account.claimableOut += (own.amountOut + others.amountOut).toUint128();
        account.refundable += (own.refundable + others.refundable).toUint128();
    }

    /// @param from the mark when they were last looked at
    function _ripe(Queue storage queue, Open storage open, uint256 from) private view returns (Ripe memory ripe) {
        uint256 mark = queue.dealtIn;
        uint64 next = open.next;
        for (ripe.first = open.first; ripe.first < next; ripe.first++) {
            (uint256 start, uint256 end) = _interval(queue, open.indices[ripe.first % MAX_OPEN]);
            start = Math.max(start, from);
            uint256 upTo = Math.min(end, mark);
            if (start < upTo) {
                uint256 voided =
                    _height(queue.voided, upTo, Math.Rounding.Floor) -
                        _height(queue.voided, start, Math.Rounding.Floor);
                ripe.refundable += voided;
                ripe.amountIn += upTo - start - voided;
                ripe.amountOut += Math.saturatingSub(
                    _height(queue.curve, upTo, Math.Rounding.Floor),
                    _height(queue.curve, start, Math.Rounding.Ceil)
                );
            }
            if (mark < end) break;
        }
    }

    function _pendingOf(Queue storage queue, Open storage open) private view returns (uint256 amount) {
        uint256 mark = queue.dealtIn;
        for (uint64 i = open.first; i < open.next; i++) {
            (uint256 start, uint256 end) = _interval(queue, open.indices[i % MAX_OPEN]);
            amount += Math.saturatingSub(end, Math.max(start, mark));
        }
    }

    /// Takes the latest of the open requests off, down to those made up to the time `keptUpTo`.
    function _cancel(Queue storage queue, Open storage open, uint64 keptUpTo) private returns (uint256 amount) {
        uint64 next = open.next;
        for (; open.first < next; next--) {
            uint32 index = open.indices[(next - 1) % MAX_OPEN];
            if (queue.requested.at(index - 1)._key >> 32 <= keptUpTo) break;
            (uint256 start, uint256 end) = _interval(queue, index);
            uint256 part = end - Math.max(start, queue.dealtIn);
            amount += part;
            uint256 count = queue.requested.length();
            for (uint256 i = index; i <= count; i += i & (~i + 1)) queue.cancelled[i] += part;
        }
        open.next = next;
        queue.cancelledIn += amount;
    }

    function _take(Account storage account, uint256 amountIn, uint256 amountOut) private {
        account.claimableIn -= amountIn.toUint128();
        account.claimableOut -= amountOut.toUint128();
    }

    // ---- the line and its curves

    /// Where a request that is not cancelled lies now.
    function _interval(Queue storage queue, uint32 index) private view returns (uint256 start, uint256 end) {
        uint256 before = _cancelledUpTo(queue, index - 1);
        end = uint128(queue.requested.at(index - 1)._value) - before;
        if (index > 1) start = uint128(queue.requested.at(index - 2)._value) - before;
    }

    /// Cancelled of the first `index` requests.
    function _cancelledUpTo(Queue storage queue, uint256 index) private view returns (uint256 sum) {
        if (queue.cancelledIn == 0) return 0;
        for (; index != 0; index &= index - 1) sum += queue.cancelled[index];
    }

    /// Adds a point to a curve, `rise` above the last one.
    function _pass(uint256[] storage curve, uint256 x, uint256 rise) private returns (uint128) {
        (, uint256 y) = _point(curve, curve.length);
        curve.push((uint256(x.toUint128()) << 128) | (y + rise).toUint128());
        return uint128(x);
    }

    /// Height of a curve at `x`; beyond its end it is level.
    function _height(uint256[] storage curve, uint256 x, Math.Rounding rounding) private view returns (uint256) {
        uint256 k = curve.lowerBound(x << 128);
        (uint256 x0, uint256 y0) = _point(curve, k);
        if (k == curve.length) return y0;
        (uint256 x1, uint256 y1) = _point(curve, k + 1);
        if (x == x1) return y1;
        return y0 + Math.mulDiv(y1 - y0, x - x0, x1 - x0, rounding);
    }

    /// A curve after its first `k` points.
    function _point(uint256[] storage curve, uint256 k) private view returns (uint256 x, uint256 y) {
        if (k == 0) return (0, 0);
        uint256 point = curve[k - 1];
        return (point >> 128, uint128(point));
    }
}
