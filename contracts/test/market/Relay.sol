// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Makes a call that was prepared in an earlier transaction.
contract Relay {
    address private _target;
    bytes private _call;

    function prepare(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function run() external {
        (bool success, bytes memory reason) = _target.call(_call);
        if (!success) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}
