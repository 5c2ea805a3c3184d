// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LANE_DELTA, LANE_VALUE, SLOT_CARRY_INDEX, SLOT_EXTRA_WORDS, SLOT_LIQUIDITY, SLOT_SLIP} from "./Format.sol";
import {SnapshotFormat} from "./SnapshotFormat.sol";
import {Transcript} from "./Transcript.sol";

/// What a stored snapshot says of a slot, per lot.
struct SnapshotSlot {
    /// What one lot adds to NAV; 0 for a perp.
    int256 valueMicroUsd;
    /// Dollar delta: what the underlying's lot is worth times the option's delta, and the mark of spot and perps.
    int256 deltaMicroUsd;
    /// How far reference and charge together may lie from the mark.
    uint256 slipMicroUsd;
    /// Volume per epoch; 0: there can be no orders.
    uint256 liquidityLots;
}

/// Reads a single slot of a stored snapshot (protocol.md §2).
library SnapshotReader {
    /// @param rowWords row words of a slot
    function slot(address pointer, uint256 i, uint256 rowWords) internal view returns (SnapshotSlot memory) {
        uint256 first = i * (rowWords + SLOT_EXTRA_WORDS);
        uint256 row = _word(pointer, first);
        return
            SnapshotSlot({
                valueMicroUsd: SnapshotFormat.lane(row, LANE_VALUE),
                deltaMicroUsd: SnapshotFormat.lane(row, LANE_DELTA),
                slipMicroUsd: _word(pointer, first + rowWords + SLOT_SLIP),
                liquidityLots: _word(pointer, first + rowWords + SLOT_LIQUIDITY)
            });
    }

    /// Carry index of a slot, µUSD per lot.
    function carryIndex(address pointer, uint256 i, uint256 rowWords) internal view returns (int256) {
        return Transcript.toSigned(_word(pointer, i * (rowWords + SLOT_EXTRA_WORDS) + rowWords + SLOT_CARRY_INDEX));
    }

    function _word(address pointer, uint256 index) private view returns (uint256 word) {
        assembly ("memory-safe") {
            extcodecopy(pointer, 0x00, add(1, shl(5, index)), 0x20)
            word := mload(0x00)
        }
    }
}
