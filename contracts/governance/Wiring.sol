// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CommonErrors} from "../interfaces/CommonErrors.sol";

/// Contracts of a market name each other, and half of them are deployed before the others stand: each looks at what it
/// was given as soon as both do.
function requireWired(string memory part, address found, address wanted) pure {
    if (found != wanted) revert CommonErrors.Miswired(part, found, wanted);
}
