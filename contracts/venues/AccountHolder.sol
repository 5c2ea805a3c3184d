// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// Holds one slot's account at a venue that tells accounts apart by their address. Does what the adapter that created
/// it says and nothing else.
contract AccountHolder {
    /// Only the adapter acts here.
    error NotAdapter();

    address private immutable _adapter = msg.sender;

    /// Calls a contract; what it reverts with is passed on.
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        if (msg.sender != _adapter) revert NotAdapter();
        return Address.functionCall(target, data);
    }
}
