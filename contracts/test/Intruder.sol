// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Is called in the middle of a step, by a token, a venue or a vault, and tries everything it was prepared with.
contract Intruder {
    struct Attempt {
        address target;
        bytes call;
    }

    event Tried(uint256 indexed attempt, bool succeeded, bytes4 reason);

    Attempt[] private _attempts;

    function prepare(Attempt[] calldata attempts) external {
        delete _attempts;
        for (uint256 i; i < attempts.length; i++) _attempts.push(attempts[i]);
    }

    function enter() external {
        for (uint256 i; i < _attempts.length; i++) {
            (bool succeeded, bytes memory reason) = _attempts[i].target.call(_attempts[i].call);
            emit Tried(i, succeeded, bytes4(reason));
        }
    }
}
