// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Profile, Slot, SlotKind} from "../interfaces/ITacit.sol";

/// The two words of signals in a snapshot: their lanes, from the lowest bit, and what each may hold (docs/strategy.md §2).
/// What a signal should be is the reporters' business; that the words have the one form the circuit takes is this one's.
///
///   signals:       8 features of 12 bits, signed; days to expiry of each option position, 7 bits; volatility of each
///                  sleeve asset, 9 bits
///   correlations:  of each pair of sleeve assets, 8 bits, signed
///
/// A signed lane holds its value plus half its range; its lowest value is nobody's.
library SignalFormat {
    /// The word has bits beyond its lanes, or a signed lane holds its lowest value.
    error NotSignals(uint256 word);
    /// The asset's slot holds no spot: its volatility must be 0.
    error VolatilityWithoutSpot(uint256 slot);
    /// The slot holds no option: its days to expiry must be 127.
    error DaysWithoutOption(uint256 slot);

    uint256 private constant FEATURES = 8;
    uint256 private constant FEATURE_BITS = 12;
    uint256 private constant DAYS_BITS = 7;
    uint256 private constant MOST_DAYS = 127;
    uint256 private constant VOLATILITY_BITS = 9;
    uint256 private constant CORRELATION_BITS = 8;
    /// Slots of the sleeve's assets, four bits each from the lowest: of a market of 16 slots, and of a smaller one.
    uint256 private constant SLEEVE_OF_16 = 0xcba87640;
    uint256 private constant SLEEVE_ASSETS_OF_16 = 8;
    uint256 private constant SLEEVE_OF_4 = 0x3210;
    uint256 private constant SLEEVE_ASSETS_OF_4 = 4;

    /// Reverts unless the words are signals of a market with these slots.
    function check(Profile memory p, Slot[] memory slots, uint256 signals, uint256 correlations) internal pure {
        (uint256 sleeve, uint256 assets) = p.slots == 16
            ? (SLEEVE_OF_16, SLEEVE_ASSETS_OF_16)
            : (SLEEVE_OF_4, SLEEVE_ASSETS_OF_4);
        uint256 rest = _skipSigned(signals, FEATURES, FEATURE_BITS);
        uint256 groupSlots = p.slots / p.groups;
        for (uint256 i; i < p.slots; i++) {
            // Options stand at the last two slots of every group of four.
            if (groupSlots != 4 || i % 4 < 2) continue;
            if (slots[i].kind != SlotKind.Option && rest & MOST_DAYS != MOST_DAYS) revert DaysWithoutOption(i);
            rest >>= DAYS_BITS;
        }
        for (uint256 k; k < assets; k++) {
            uint256 i = (sleeve >> (4 * k)) & 15;
            if (slots[i].kind != SlotKind.Spot && rest & ((1 << VOLATILITY_BITS) - 1) != 0)
                revert VolatilityWithoutSpot(i);
            rest >>= VOLATILITY_BITS;
        }
        if (rest != 0) revert NotSignals(signals);
        if (_skipSigned(correlations, (assets * (assets - 1)) / 2, CORRELATION_BITS) != 0)
            revert NotSignals(correlations);
    }

    /// What is left of a word above `count` signed lanes; reverts if one of them holds its lowest value.
    function _skipSigned(uint256 word, uint256 count, uint256 bits) private pure returns (uint256 rest) {
        rest = word;
        for (uint256 k; k < count; k++) {
            if (rest & ((1 << bits) - 1) == 0) revert NotSignals(word);
            rest >>= bits;
        }
    }
}
