// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ExitProposal, Slot, VenueAccount, VenueRule} from "../interfaces/ITacit.sol";
import {SETTLE_EXIT_INDEX, SETTLE_SLOT_WORDS} from "../format/Format.sol";
import {Fill} from "../format/Settlement.sol";
import {Transcript} from "../format/Transcript.sol";

/// The lots that the market holds in a slot, and whose they are.
struct SlotAccount {
    /// At the venue: all vaults and the inventory together. Lots.
    int64 positionLots;
    /// The part of it, positive or negative, that is the inventory account's.
    int64 inventoryLots;
}

/// End of a series.
struct SeriesEnd {
    int64 exitIndexMicroUsd;
    /// First epoch of the series that ended; 0 for a slot's first.
    uint32 firstEpoch;
}

/// The slots of a market, the money it holds besides the vaults', and how ended series are paid.
library InstrumentTable {
    uint256 internal constant MAX_SLOTS = 16;

    struct Table {
        /// Bit i = slot i is listed.
        uint16 listed;
        /// First epoch of each slot's running series. An unlisted slot has one too, in which nobody holds anything.
        uint32[MAX_SLOTS] seriesStarts;
        /// Ended series, by the first epoch after them.
        mapping(uint256 slot => mapping(uint32 nextStart => SeriesEnd)) ends;
        Slot[MAX_SLOTS] slots;
        SlotAccount[MAX_SLOTS] accounts;
        /// Results of the epoch being cleared, of the groups filled so far.
        Fill[MAX_SLOTS] fills;
        /// µUSD the insurance account owns, negative if venues lost more than it had: that much is missing from what all
        /// accounts claim. And what the inventory account paid (−) or received (+) for its lots and by carry.
        int128 insuranceMicroUsd;
        int128 inventoryMicroUsd;
        /// What resolved vaults are still owed, by vault and in all, µUSD.
        mapping(address vault => uint256) owed;
        uint256 owedMicroUsd;
        /// The three below are used by perps and options only.
        VenueRule[MAX_SLOTS] rules;
        VenueAccount[MAX_SLOTS] venues;
        ExitProposal[MAX_SLOTS] proposals;
    }

    function isListed(Table storage self, uint256 i) internal view returns (bool) {
        return self.listed & (1 << i) != 0;
    }

    /// For a vault that submitted last in `lastEpoch` > 0: puts the exit index of every series that has ended
    /// since behind debit and charge of its slot, words[offset …] being three words a slot.
    /// @return keepFlags bit i = the series of slot i has not ended since
    function putExits(
        Table storage self,
        uint256[] memory words,
        uint256 offset,
        uint256 slots,
        uint32 lastEpoch
    ) internal view returns (uint256 keepFlags) {
        for (uint256 i; i < slots; i++) {
            uint32 start = self.seriesStarts[i];
            if (start <= lastEpoch) keepFlags |= 1 << i;
            else
                words[offset + SETTLE_SLOT_WORDS * i + SETTLE_EXIT_INDEX] = Transcript.signed(
                    _exitIndex(self, i, start, lastEpoch)
                );
        }
    }

    /// Exit index of the series that ran in `lastEpoch`: the first that ended after it, however many ended since. (A
    /// running index would pay a vault that was silent across two ends both of them.)
    function _exitIndex(Table storage self, uint256 i, uint32 start, uint32 lastEpoch) private view returns (int256) {
        SeriesEnd memory end = self.ends[i][start];
        while (end.firstEpoch > lastEpoch) end = self.ends[i][end.firstEpoch];
        return end.exitIndexMicroUsd;
    }
}
