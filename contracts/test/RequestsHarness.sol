// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Requests} from "../vault/Requests.sol";

contract RequestsHarness {
    using Requests for Requests.Queue;

    Requests.Queue private _queue;

    event Claimed(uint256 amountIn, uint256 amountOut);

    function push(address controller, uint256 amount, bool byStranger) external {
        _queue.push(controller, amount, byStranger);
    }

    function deal(uint256 amountIn, uint256 amountOut) external {
        _queue.deal(amountIn, amountOut);
    }

    function claimIn(address controller, uint256 amountIn) external returns (uint256 amountOut) {
        amountOut = _queue.claimIn(controller, amountIn);
        emit Claimed(amountIn, amountOut);
    }

    function claimOut(address controller, uint256 amountOut) external returns (uint256 amountIn) {
        amountIn = _queue.claimOut(controller, amountOut);
        emit Claimed(amountIn, amountOut);
    }

    function cancel(address controller, uint64 keptUpTo) external returns (uint256 amount) {
        amount = _queue.cancel(controller, keptUpTo);
        emit Claimed(amount, amount);
    }

    function void(uint64 cutoff) external {
        _queue.void(cutoff);
    }

    function takeBack(address controller) external returns (uint256 amount) {
        amount = _queue.takeBack(controller);
        emit Claimed(amount, amount);
    }

    function pendingUpTo(uint64 cutoff) external view returns (uint256) {
        return _queue.pendingUpTo(cutoff);
    }

    function pending() external view returns (uint256) {
        return _queue.pending();
    }

    function pendingOf(address controller) external view returns (uint256) {
        return _queue.pendingOf(controller);
    }

    function claimableOf(
        address controller
    ) external view returns (uint256 amountIn, uint256 amountOut, uint256 refundable) {
        return _queue.claimableOf(controller);
    }
}
