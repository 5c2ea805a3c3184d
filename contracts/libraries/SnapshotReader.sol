// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD, LANE_BITS, SLOT_EXTRA_WORDS} from "./Constants.sol";

/// Reads single slots of a stored snapshot (protocol.md §2).
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
        uint256 firstWord = i * (rowWords + SLOT_EXTRA_WORDS);
        uint256 row = _word(pointer, firstWord);
        slipMicroUsd = _word(pointer, firstWord + rowWords + 2);
        liquidityLots = _word(pointer, firstWord + rowWords + 3);
        // A negative total of lanes is stored as FIELD − |total|. The lanes above are multiples of 2^50, so the low
        // 50 bits of the two's complement are the value's own.
        uint256 lanes;
        unchecked {
            lanes = row > FIELD / 2 ? row - FIELD : row;
        }
        uint256 unused = 256 - LANE_BITS;
        markMicroUsd = int256(lanes << unused) >> unused;
    }

    function _word(address pointer, uint256 index) private view returns (uint256 word) {
        assembly ("memory-safe") {
            extcodecopy(pointer, 0x00, add(1, shl(5, index)), 0x20)
            word := mload(0x00)
        }
    }
}
