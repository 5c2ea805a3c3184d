// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CommonErrors} from "../interfaces/CommonErrors.sol";

/// A setting within its hard bounds, which no deployer can pass.
function setting(bytes32 name, uint32 value, uint256 min, uint256 max) pure returns (uint32) {
    if (value < min || value > max) revert CommonErrors.ConfigOutOfRange(name, value, min, max);
    return value;
}
