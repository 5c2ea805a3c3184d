// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Format, SETTLE_EXIT_INDEX} from "../format/Format.sol";
import {Settlement} from "../format/Settlement.sol";
import {Transcript} from "../format/Transcript.sol";
import {IDesk} from "../interfaces/IDesk.sol";

/// What a vault's last order and the series it holds are settled by: 1 + 3N words (protocol.md §2).
library SettleWords {
    /// Where they come from.
    struct Source {
        IDesk desk;
        uint256 slots;
        uint256 groups;
        /// Epoch of the vault's last submission; 0 = never.
        uint256 lastEpoch;
        /// Where the results of that epoch are stored; zero if nothing was filled.
        address fills;
        /// First epoch after the latest end of a series.
        uint256 latestSeriesStart;
    }

    /// Puts them to words[offset …], which must be zeros.
    function put(uint256[] memory words, uint256 offset, Source memory from) internal view {
        uint256 filled;
        if (from.fills != address(0))
            filled = Settlement.load(from.fills, words, offset + Format.settleSlot(0), from.slots);
        uint256 keep = (1 << from.slots) - 1;
        if (from.lastEpoch != 0 && from.lastEpoch < from.latestSeriesStart) {
            int256[] memory exitIndices;
            (keep, exitIndices) = from.desk.exits(uint32(from.lastEpoch));
            for (uint256 i; i < from.slots; i++) {
                words[offset + Format.settleSlot(i) + SETTLE_EXIT_INDEX] = Transcript.signed(exitIndices[i]);
            }
        }
        words[offset] = filled | (keep << from.groups);
    }

    function read(Source memory from) internal view returns (uint256[] memory words) {
        words = new uint256[](Format.settleWords(from.slots));
        put(words, 0, from);
    }
}
