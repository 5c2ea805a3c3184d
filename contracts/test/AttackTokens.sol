// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {TestToken} from "../local/TestToken.sol";

/// Keeps one per cent of each transfer.
contract FeeToken is TestToken("Fee", "FEE", 6) {
    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && to != address(0)) {
            super._update(from, address(0), value / 100);
            value -= value / 100;
        }
        super._update(from, to, value);
    }
}

/// Says false instead of reverting, and moves nothing.
contract FalseToken is TestToken("False", "FALSE", 6) {
    function transfer(address, uint256) public pure override returns (bool) {
        return false;
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// Makes one prepared call while it is being transferred.
contract ReentrantToken is TestToken("Reentrant", "RE", 6) {
    address private _target;
    bytes private _call;
    /// For a vault whose market it is.
    uint32 public constant dealMargin = 60;
    uint32 public constant snapshotWindow = 900;

    function prepare(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        (bool success, bytes memory reason) = target.call(_call);
        if (!success) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}
