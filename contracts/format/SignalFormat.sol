// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Profile, Slot, SlotKind} from "../interfaces/Types.sol";
import {CORRELATION_BITS, DAYS_TO_EXPIRY_BITS, FEATURES, FEATURES_BITS, Format, VOLATILITY_BITS} from "./Format.sol";

/// The two words of signals in a snapshot: their lanes, from the lowest bit, and what each may hold (docs/strategy.md
/// §2). What a signal should be is the reporters' business; that the words have the one form the circuit takes is this
/// one's.
///
///   signals:       8 features of 12 bits, signed; days to expiry of each option position, 7 bits; volatility of each
///                  sleeve asset, 9 bits
///   correlations:  of each pair of sleeve assets, 8 bits, signed
///
/// A signed lane holds its value plus half its range; the lowest value it could hold stands for no signal.
library SignalFormat {
    /// The word has bits beyond its lanes, or a signed lane holds its lowest value.
    error NotSignals(uint256 word);
    /// The asset's slot holds no spot: its volatility must be 0.
    error VolatilityWithoutSpot(uint256 slot);
    /// The slot holds no option: its days to expiry must be 127.
    error DaysWithoutOption(uint256 slot);

    uint256 private constant MOST_DAYS = (1 << DAYS_TO_EXPIRY_BITS) - 1;
    uint256 private constant MOST_VOLATILITY = (1 << VOLATILITY_BITS) - 1;

    /// Reverts unless the words are signals of a market with these slots.
    /// @return accepted the signals, without those of slots that have no instrument (any more)
    function accept(
        Profile memory p,
        Slot[] memory slots,
        uint256 signals,
        uint256 correlations
    ) internal pure returns (uint256 accepted) {
        (uint256 sleeve, uint256 assets) = Format.sleeve(p.slots);
        accepted = signals;
        uint256 rest = _skipSigned(signals, FEATURES, FEATURES_BITS);
        uint256 at = FEATURES * FEATURES_BITS;
        uint256 groupSlots = p.slots / p.groups;
        for (uint256 i; i < p.slots; i++) {
            if (!Format.isOptionSlot(i, groupSlots)) continue;
            if (slots[i].kind == SlotKind.None) accepted |= MOST_DAYS << at;
            else if (slots[i].kind != SlotKind.Option && rest & MOST_DAYS != MOST_DAYS) revert DaysWithoutOption(i);
            rest >>= DAYS_TO_EXPIRY_BITS;
            at += DAYS_TO_EXPIRY_BITS;
        }
        for (uint256 k; k < assets; k++) {
            uint256 i = (sleeve >> (4 * k)) & 15;
            if (slots[i].kind == SlotKind.None) accepted &= ~(MOST_VOLATILITY << at);
            else if (slots[i].kind != SlotKind.Spot && rest & MOST_VOLATILITY != 0) revert VolatilityWithoutSpot(i);
            rest >>= VOLATILITY_BITS;
            at += VOLATILITY_BITS;
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
