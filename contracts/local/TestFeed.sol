// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MockV3Aggregator} from "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol";

/// Chainlink's mock aggregator, which its package ships as source only.
contract TestFeed is MockV3Aggregator {
    constructor(uint8 decimals_, int256 answer) MockV3Aggregator(decimals_, answer) {}
}
