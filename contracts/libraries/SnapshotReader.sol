// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SLOT_EXTRA_WORDS} from "./Constants.sol";
import {SnapshotFormat} from "./SnapshotFormat.sol";

/// Reads a single slot of a stored snapshot (protocol.md §2).
library SnapshotReader {
    /// @param rowWords row words of a slot
    /// @return markMicroUsd  the value lane: what one lot adds to NAV
    /// @return slipMicroUsd  how far reference and charge together may lie from the mark, per lot
    /// @return liquidityLots traded volume per epoch
    function slot(address pointer, uint256 i, uint256 rowWords)
        internal
        view
        returns (int256 markMicroUsd, uint256 slipMicroUsd, uint256 liquidityLots)
    {
        uint256 first = i * (rowWords + SLOT_EXTRA_WORDS);
        markMicroUsd = SnapshotFormat.lane(_word(pointer, first), 0);
        // After the row words: carryIndex, notional, slip, liquidity, positionCap.
        slipMicroUsd = _word(pointer, first + rowWords + 2);
        liquidityLots = _word(pointer, first + rowWords + 3);
    }

    function _word(address pointer, uint256 index) private view returns (uint256 word) {
        assembly ("memory-safe") {
            extcodecopy(pointer, 0x00, add(1, shl(5, index)), 0x20)
            word := mload(0x00)
        }
    }
}
