// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Arrays} from "@openzeppelin/contracts/utils/Arrays.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// First-in-first-out requests that are dealt in batches, each batch at one price.
///
/// All requests lie end to end on one line of cumulative amounts; a request is an interval of it. A dealing moves the
/// mark "dealt up to here" and adds a point (cumulative in, cumulative out) to a piecewise linear curve, whose slope
/// between two points is the price of that dealing. What an interval earns is the rise of the curve over it, so
/// neither a dealing nor a claim ever walks over other people's requests, and a request that is dealt in many parts
/// costs no more to claim than one dealt at once.
///
/// Rounding: each claim is rounded down and each charge up, so that the sum of all claims never exceeds what was dealt.
library Requests {
    using Arrays for uint256[];
    using Checkpoints for Checkpoints.Trace208;
    using SafeCast for uint256;

    /// Requests of one controller that are not wholly dealt. Strangers may make half of them in somebody's name, so
    /// that dust sent by others can't shut a controller out.
    uint256 internal constant MAX_OPEN = 16;

    /// The part (start, end] of the cumulative line.
    struct Request {
        uint128 start;
        uint128 end;
    }

    struct Account {
        /// open[first] … open[next − 1], oldest first.
        mapping(uint256 => Request) open;
        uint64 first;
        uint64 next;
        /// Dealt and not yet claimed, over all requests of the controller.
        uint128 claimableIn;
        uint128 claimableOut;
    }

    struct Queue {
        /// Ends of the line: what was requested, and what of it was dealt. In one word, so that a queue without anything
        /// undealt costs one read.
        uint128 requestedIn;
        uint128 dealtIn;
        /// Time → amount requested up to and including it.
        Checkpoints.Trace208 requested;
        /// The curve: points dealtIn · 2^128 + dealtOut, after an implicit (0, 0). In one word, so that a search by
        /// dealtIn is a search of the words.
        uint256[] curve;
        mapping(address controller => Account) accounts;
    }

    /// Wait until some are dealt, or use another controller.
    error TooManyOpenRequests(address controller);
    /// Ask for at most `claimable`.
    error ExceedsClaimable(uint256 asked, uint256 claimable);
    /// Deal at most what was requested up to the cut-off.
    error ExceedsRequested(uint256 asked, uint256 requested);

    /// Adds `amount` at the end of the line, stamped with the present time.
    function push(Queue storage queue, address controller, uint256 amount, bool byStranger) internal {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        if (account.next - account.first >= (byStranger ? MAX_OPEN / 2 : MAX_OPEN)) {
            revert TooManyOpenRequests(controller);
        }
        uint256 start = queue.requestedIn;
        uint256 end = start + amount;
        queue.requestedIn = end.toUint128();
        account.open[account.next++] = Request(start.toUint128(), end.toUint128());
        queue.requested.push(uint48(block.timestamp), end.toUint208());
    }

    /// Deals the next `amountIn` of the line for `amountOut` in all.
    function deal(Queue storage queue, uint256 amountIn, uint256 amountOut) internal {
        if (amountIn == 0) return;
        (uint256 requestedIn, uint256 lastIn) = (queue.requestedIn, queue.dealtIn);
        if (lastIn + amountIn > requestedIn) revert ExceedsRequested(amountIn, requestedIn - lastIn);
        (, uint256 lastOut) = _point(queue, queue.curve.length);
        uint128 dealtIn = (lastIn + amountIn).toUint128();
        queue.dealtIn = dealtIn;
        queue.curve.push((uint256(dealtIn) << 128) | (lastOut + amountOut).toUint128());
    }

    /// Claims exactly `amountIn` of the dealt requests of `controller`; what it earned, rounded down.
    function claimIn(Queue storage queue, address controller, uint256 amountIn) internal returns (uint256 amountOut) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        (uint256 totalIn, uint256 totalOut) = (account.claimableIn, account.claimableOut);
        if (amountIn > totalIn) revert ExceedsClaimable(amountIn, totalIn);
        if (amountIn != 0) amountOut = Math.mulDiv(totalOut, amountIn, totalIn);
        _take(account, amountIn, amountOut);
    }

    /// Claims exactly `amountOut` of what the requests of `controller` earned; how much of them that uses, rounded up.
    function claimOut(Queue storage queue, address controller, uint256 amountOut) internal returns (uint256 amountIn) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        (uint256 totalIn, uint256 totalOut) = (account.claimableIn, account.claimableOut);
        if (amountOut > totalOut) revert ExceedsClaimable(amountOut, totalOut);
        if (amountOut != 0) amountIn = Math.mulDiv(totalIn, amountOut, totalOut, Math.Rounding.Ceil);
        _take(account, amountIn, amountOut);
    }

    /// Takes all undealt requests of `controller` off the queue. Only for a queue that is never dealt again: the line
    /// keeps its length.
    function takeBack(Queue storage queue, address controller) internal returns (uint256 amount) {
        Account storage account = queue.accounts[controller];
        _mature(queue, account);
        for (uint256 i = account.first; i < account.next; i++) {
            amount += account.open[i].end - account.open[i].start;
            delete account.open[i];
        }
        account.first = account.next;
    }

    /// Requested up to and including the time `cutoff` and not dealt, over all controllers.
    function pendingUpTo(Queue storage queue, uint64 cutoff) internal view returns (uint256) {
        (uint256 requestedIn, uint256 dealtIn) = (queue.requestedIn, queue.dealtIn);
        if (requestedIn == dealtIn) return 0;
        return
            Math.saturatingSub(
                queue.requested.upperLookupRecent(Math.min(cutoff, type(uint48).max).toUint48()),
                dealtIn
            );
    }

    /// Requested and not dealt, over all controllers.
    function pending(Queue storage queue) internal view returns (uint256) {
        return queue.requestedIn - queue.dealtIn;
    }

    /// Not dealt, of one controller.
    function pendingOf(Queue storage queue, address controller) internal view returns (uint256 amount) {
        Account storage account = queue.accounts[controller];
        uint256 mark = queue.dealtIn;
        for (uint256 i = account.first; i < account.next; i++) {
            Request memory request = account.open[i];
            amount += Math.saturatingSub(request.end, Math.max(request.start, mark));
        }
    }

    /// Dealt and not claimed, of one controller, and what it earned.
    function claimableOf(
        Queue storage queue,
        address controller
    ) internal view returns (uint256 amountIn, uint256 amountOut) {
        Account storage account = queue.accounts[controller];
        (amountIn, amountOut) = (account.claimableIn, account.claimableOut);
        uint256 mark = queue.dealtIn;
        for (uint256 i = account.first; i < account.next; i++) {
            (uint256 partIn, uint256 partOut) = _earned(queue, account.open[i], mark);
            amountIn += partIn;
            amountOut += partOut;
        }
    }

    /// Moves what was dealt of the open requests into the claimable totals.
    function _mature(Queue storage queue, Account storage account) private {
        uint256 mark = queue.dealtIn;
        (uint256 amountIn, uint256 amountOut) = (account.claimableIn, account.claimableOut);
        uint256 first = account.first;
        for (; first < account.next; first++) {
            Request memory request = account.open[first];
            (uint256 partIn, uint256 partOut) = _earned(queue, request, mark);
            amountIn += partIn;
            amountOut += partOut;
            if (mark < request.end) {
                if (partIn != 0) account.open[first].start = mark.toUint128();
                break;
            }
            delete account.open[first];
        }
        account.first = uint64(first);
        (account.claimableIn, account.claimableOut) = (amountIn.toUint128(), amountOut.toUint128());
    }

    function _take(Account storage account, uint256 amountIn, uint256 amountOut) private {
        account.claimableIn -= amountIn.toUint128();
        account.claimableOut -= amountOut.toUint128();
    }

    /// The dealt part of a request and what it earned.
    function _earned(
        Queue storage queue,
        Request memory request,
        uint256 mark
    ) private view returns (uint256 amountIn, uint256 amountOut) {
        uint256 end = Math.min(request.end, mark);
        if (end <= request.start) return (0, 0);
        amountIn = end - request.start;
        amountOut = Math.saturatingSub(
            _curve(queue, end, Math.Rounding.Floor),
            _curve(queue, request.start, Math.Rounding.Ceil)
        );
    }

    /// Height of the curve at `x` ≤ dealt.
    function _curve(Queue storage queue, uint256 x, Math.Rounding rounding) private view returns (uint256) {
        uint256 k = queue.curve.lowerBound(x << 128);
        (uint256 x1, uint256 y1) = _point(queue, k + 1);
        if (x == x1) return y1;
        (uint256 x0, uint256 y0) = _point(queue, k);
        return y0 + Math.mulDiv(y1 - y0, x - x0, x1 - x0, rounding);
    }

    /// The curve after its first `k` dealings.
    function _point(Queue storage queue, uint256 k) private view returns (uint256 dealtIn, uint256 dealtOut) {
        if (k == 0) return (0, 0);
        uint256 point = queue.curve[k - 1];
        return (point >> 128, uint128(point));
    }
}
