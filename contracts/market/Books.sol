// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD} from "../libraries/Constants.sol";
import {MarketErrors} from "../libraries/MarketErrors.sol";
import {Poseidon} from "../libraries/Poseidon.sol";

/// Checks an opened book against a commitment. A linked library, because the market is at the size limit.
library Books {
    /// Reverts unless `words` are the book words behind the vault's commitment.
    /// @param constants of Poseidon over that many words
    function check(address vault, uint256 commitment, address constants, uint256[] calldata words) external view {
        for (uint256 i; i < words.length; i++) {
            if (words[i] >= FIELD) revert MarketErrors.WordNotInField(i);
        }
        if (Poseidon.hash(constants, words) != commitment) revert MarketErrors.NotTheBook(vault);
    }
}
