// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

// A haircut of this many parts leaves nothing.
uint256 constant PPB = 1e9;

/// What a claim is paid while more is claimed of the market than it has (protocol.md §10). Market and vaults reckon
/// with the same function, so that a vault credits what it gets.
library Haircut {
    /// @param haircutPpb at most 10^9
    /// @return µUSD sent for a claim, rounded down
    function net(uint256 claimMicroUsd, uint256 haircutPpb) internal pure returns (uint256) {
        return Math.mulDiv(claimMicroUsd, PPB - haircutPpb, PPB);
    }

    /// The claim that paying `sentMicroUsd` settles, rounded up. The haircut must be below 10^9.
    function gross(uint256 sentMicroUsd, uint256 haircutPpb) internal pure returns (uint256) {
        return Math.mulDiv(sentMicroUsd, PPB, PPB - haircutPpb, Math.Rounding.Ceil);
    }
}
