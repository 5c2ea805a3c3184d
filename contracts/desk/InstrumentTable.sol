// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ExitProposal, Slot, SlotAccount, VenueAccount, VenueRule} from "../interfaces/Types.sol";

// Scale of strikes, and of lots.
uint256 constant STRIKE_SCALE = 1e30;

/// End of a series.
struct EndedSeries {
    int64 exitIndexMicroUsd;
    /// First epoch of the series that ended; 0 for a slot's first.
    uint32 firstEpoch;
}

/// The slots of a desk, the money it holds besides the vaults', and how ended series are paid.
library InstrumentTable {
    uint256 internal constant MAX_SLOTS = 16;

    struct Table {
        /// Bit i = slot i is listed.
        uint16 listed;
        /// Part of 10^9 that claims are paid less, since the snapshot or a vault resolved after it.
        uint32 haircutPpb;
        /// First epoch after the latest end of a series.
        uint32 latestSeriesStart;
        /// Series that were ever listed.
        uint32 listings;
        /// First epoch of each slot's running series. An unlisted slot has one too, in which nobody holds anything.
        uint32[MAX_SLOTS] seriesStarts;
        /// Ended series, by the first epoch after them.
        mapping(uint256 slot => mapping(uint32 nextStart => EndedSeries)) ends;
        Slot[MAX_SLOTS] slots;
        SlotAccount[MAX_SLOTS] accounts;
        /// µUSD the insurance account owns, negative if venues lost more than it had: that much is missing from what
        /// all accounts claim. And what the inventory account paid (−) or received (+) for its lots and by carry.
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

    /// See `IDesk.exits`.
    function exits(
        Table storage self,
        uint256 slots,
        uint32 lastEpoch
    ) internal view returns (uint256 keepFlags, int256[] memory exitIndices) {
        exitIndices = new int256[](slots);
        for (uint256 i; i < slots; i++) {
            uint32 start = self.seriesStarts[i];
            if (start <= lastEpoch) keepFlags |= 1 << i;
            else exitIndices[i] = _exitIndex(self, i, start, lastEpoch);
        }
    }

    /// Exit index of the series that ran in `lastEpoch`: the first that ended after it, however many ended since. (A
    /// running index would pay a vault that was silent across two ends both of them.)
    function _exitIndex(Table storage self, uint256 i, uint32 start, uint32 lastEpoch) private view returns (int256) {
        EndedSeries memory end = self.ends[i][start];
        while (end.firstEpoch > lastEpoch) end = self.ends[i][end.firstEpoch];
        return end.exitIndexMicroUsd;
    }
}
