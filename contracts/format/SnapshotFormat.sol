// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Profile, Slot, SlotKind} from "../interfaces/Types.sol";
import {
    FIELD,
    Format,
    LANE_BITS,
    LANE_DELTA,
    LANE_MASK,
    LANE_OFFSET,
    LANE_VALUE,
    LANES_PER_WORD,
    PLAIN_LANES,
    REPORTED_CONTINGENCY,
    REPORTED_EXTRA_WORDS,
    REPORTED_LIQUIDITY,
    REPORTED_NOTIONAL,
    REPORTED_SLIP,
    ROW_BOUND,
    SIGNAL_WORDS,
    SLOT_CARRY_INDEX,
    SLOT_CONTINGENCY,
    SLOT_EXTRA_WORDS,
    SLOT_LIQUIDITY,
    SLOT_NOTIONAL,
    SLOT_POSITION_CAP,
    SLOT_SLIP,
    SNAPSHOT_TAIL_WORDS,
    TAIL_CORRELATIONS,
    TAIL_SIGNALS,
    TAIL_SLOT_FLAGS
} from "./Format.sol";
import {SignalFormat} from "./SignalFormat.sol";
import {Transcript} from "./Transcript.sol";

/// Puts the reporters' words and the chain's own together to the stored snapshot (protocol.md §2), and checks every
/// range that the circuit relies on (§1). What a price should be is not its business.
///
///   reporters, per slot:  RW row words, notional, slip, contingency, liquidity
///   reporters, at the end: signals, correlations
///   stored, per slot:     RW row words, carryIndex, notional, slip, contingency, liquidity, positionCap
///   stored, at the end:   slotFlags, signals, correlations
///
/// A slot without an instrument has 0 everywhere, and no signals.
library SnapshotFormat {
    error WrongWordCount(uint256 given, uint256 wanted);
    /// A row word is not the sum of five lanes of 50 bits, or not below the field.
    error NotLanes(uint256 slot, uint256 rowWord);
    /// A lane of the word is not below 2^48 in absolute value.
    error LaneOutOfRange(uint256 slot, uint256 rowWord);
    /// Lanes beyond the last stress scenario are 0.
    error PaddingNotZero(uint256 slot);
    /// The value of a lot is not negative, and 0 for a perp.
    error ValueOutOfRange(uint256 slot, int256 value);
    /// Notional and slip are below 2^48.
    error NotionalOutOfRange(uint256 slot, uint256 notional);
    error SlipOutOfRange(uint256 slot, uint256 slip);
    /// The notional of a perp is its mark, the delta lane: what a hedge is measured in.
    error NotionalNotTheMark(uint256 slot, uint256 notional, int256 mark);
    /// Contingency is below 2^48, and 0 for spot.
    error ContingencyOutOfRange(uint256 slot, uint256 contingency);
    /// Liquidity is at most the slot's order cap.
    error LiquidityOutOfRange(uint256 slot, uint256 liquidity);
    /// With this slot, positions up to the caps could overflow one of the word's lanes: make lots smaller or lower
    /// caps.
    error LaneOverflow(uint256 slot, uint256 rowWord);
    /// With this slot, Σ positionCap·notional, Σ liquidity·slip or Σ positionCap·contingency of the group reaches 2^48.
    error NotionalOverflow(uint256 slot);
    error SlipOverflow(uint256 slot);
    error ContingencyOverflow(uint256 slot);

    uint256 private constant OFFSETS =
        LANE_OFFSET * (1 + (1 << LANE_BITS) + (1 << (2 * LANE_BITS)) + (1 << (3 * LANE_BITS)) + (1 << (4 * LANE_BITS)));

    function rowWords(Profile memory p) internal pure returns (uint256) {
        return Format.rowWords(p.scenarios);
    }

    /// Index of the first row word of slot `i` in the stored snapshot.
    function firstWord(Profile memory p, uint256 i) internal pure returns (uint256) {
        return i * (rowWords(p) + SLOT_EXTRA_WORDS);
    }

    /// Lane `k` < 5 of a word that `assemble` has accepted.
    function lane(uint256 word, uint256 k) internal pure returns (int256) {
        uint256 lanes = addmod(word, OFFSETS, FIELD);
        return int256((lanes >> (LANE_BITS * k)) & LANE_MASK) - int256(LANE_OFFSET);
    }

    /// @param slots        the instrument table, kind None where a slot is unused
    /// @param carryIndices µUSD per lot, below 2^60 in absolute value
    /// @param reported     the reporters' words
    /// @return stored  the snapshot
    /// @return leftOut whether they say something of a slot without an instrument, of which nothing is stored
    function assemble(
        Profile memory p,
        Slot[] memory slots,
        int256[] memory carryIndices,
        uint256[] calldata reported
    ) internal pure returns (uint256[] memory stored, bool leftOut) {
        uint256 perSlot = rowWords(p) + REPORTED_EXTRA_WORDS;
        _requireCount(reported.length, p.slots * perSlot + SIGNAL_WORDS);
        stored = new uint256[](Format.snapshotWords(p.slots, p.scenarios));

        uint256 groupSlots = p.slots / p.groups;
        Sums memory sums;
        for (uint256 i; i < p.slots; i++) {
            if (i % groupSlots == 0) sums = Sums(new uint256[](rowWords(p) * LANES_PER_WORD), 0, 0, 0);
            uint256[] calldata words = reported[i * perSlot:(i + 1) * perSlot];
            if (slots[i].kind == SlotKind.None) {
                // A series may have ended since they were signed, which must not void the snapshot.
                for (uint256 w; w < perSlot; w++) {
                    if (words[w] != 0) leftOut = true;
                }
                continue;
            }
            _putRow(p, i, slots[i], words, stored, sums.lanes);
            _putTerms(p, i, slots[i], carryIndices[i], words, stored, sums);
            stored[stored.length - SNAPSHOT_TAIL_WORDS + TAIL_SLOT_FLAGS] |= _flags(p, i, slots[i].kind);
        }
        if (_putSignals(p, slots, reported[reported.length - SIGNAL_WORDS:], stored)) leftOut = true;
    }

    function _requireCount(uint256 given, uint256 wanted) private pure {
        if (given != wanted) revert WrongWordCount(given, wanted);
    }

    function _putSignals(
        Profile memory p,
        Slot[] memory slots,
        uint256[] calldata words,
        uint256[] memory stored
    ) private pure returns (bool leftOut) {
        uint256 tail = stored.length - SNAPSHOT_TAIL_WORDS;
        uint256 accepted = SignalFormat.accept(p, slots, words[0], words[1]);
        stored[tail + TAIL_SIGNALS] = accepted;
        leftOut = accepted != words[0];
        stored[tail + TAIL_CORRELATIONS] = words[1];
    }

    /// Bit i: the slot may be short, which spot may not: the market holds the tokens. Bit N + i: its contingency is
    /// charged on long lots too, as a perp's is; an option's is for short ones.
    function _flags(Profile memory p, uint256 i, SlotKind kind) private pure returns (uint256 flags) {
        if (kind != SlotKind.Spot) flags = 1 << i;
        if (kind == SlotKind.Perp) flags |= 1 << (p.slots + i);
    }

    /// Bounds of what positions up to the caps, or orders up to the liquidity, can add up to in a group.
    struct Sums {
        uint256[] lanes;
        uint256 notional;
        uint256 slip;
        uint256 contingency;
    }

    /// Stores the row words of slot `i` and adds cap·|lane| to the group's lanes.
    function _putRow(
        Profile memory p,
        uint256 i,
        Slot memory slot,
        uint256[] calldata words,
        uint256[] memory stored,
        uint256[] memory sums
    ) private pure {
        uint256 to = firstWord(p, i);
        uint256 rows = rowWords(p);
        uint256 lanes;
        for (uint256 w; w < rows; w++) {
            lanes = addmod(words[w], OFFSETS, FIELD);
            if (words[w] >= FIELD || lanes >> (LANE_BITS * LANES_PER_WORD) != 0) revert NotLanes(i, w);
            (uint256 largest, uint256 largestSum) = _addLanes(sums, w * LANES_PER_WORD, lanes, slot.positionCap);
            if (largest >= ROW_BOUND) revert LaneOutOfRange(i, w);
            if (largestSum >= ROW_BOUND) revert LaneOverflow(i, w);
            stored[to + w] = words[w];
        }
        uint256 padding = LANE_BITS * (PLAIN_LANES + p.scenarios - (rows - 1) * LANES_PER_WORD);
        if (lanes >> padding != OFFSETS >> padding) revert PaddingNotZero(i);
        int256 lotValue = lane(words[0], LANE_VALUE);
        if (lotValue < 0 || (slot.kind == SlotKind.Perp && lotValue != 0)) revert ValueOutOfRange(i, lotValue);
    }

    /// Adds cap·|lane| of the five lanes to sums[at …].
    /// @param lanes with their offsets, below 2^250
    /// @return largest    at least 2^48 exactly if some |lane| is
    /// @return largestSum at least 2^48 exactly if some of the five sums is
    function _addLanes(
        uint256[] memory sums,
        uint256 at,
        uint256 lanes,
        uint256 cap
    ) private pure returns (uint256 largest, uint256 largestSum) {
        assert(at + LANES_PER_WORD <= sums.length);
        assembly ("memory-safe") {
            let p := add(add(sums, 0x20), shl(5, at))
            for {
                let end := add(p, shl(5, LANES_PER_WORD))
            } lt(p, end) {
                p := add(p, 0x20)
            } {
                let value := sub(and(lanes, LANE_MASK), LANE_OFFSET)
                lanes := shr(LANE_BITS, lanes)
                let sign := sar(255, value)
                let size := sub(xor(value, sign), sign)
                // cap < 2^40, size ≤ 2^49, at most 16 slots: no overflow.
                let sum := add(mload(p), mul(cap, size))
                mstore(p, sum)
                largest := or(largest, size)
                largestSum := or(largestSum, sum)
            }
        }
    }

    /// Stores the other words of slot `i` and adds to the group's sums.
    function _putTerms(
        Profile memory p,
        uint256 i,
        Slot memory slot,
        int256 carryIndex,
        uint256[] calldata words,
        uint256[] memory stored,
        Sums memory sums
    ) private pure {
        uint256 rows = rowWords(p);
        int256 mark = lane(words[0], LANE_DELTA);
        words = words[rows:];
        (uint256 notional, uint256 slip) = (words[REPORTED_NOTIONAL], words[REPORTED_SLIP]);
        (uint256 contingency, uint256 liquidity) = (words[REPORTED_CONTINGENCY], words[REPORTED_LIQUIDITY]);
        if (notional >= ROW_BOUND) revert NotionalOutOfRange(i, notional);
        if (slot.kind == SlotKind.Perp && int256(notional) != mark) revert NotionalNotTheMark(i, notional, mark);
        if (slip >= ROW_BOUND) revert SlipOutOfRange(i, slip);
        if (contingency >= ROW_BOUND || (slot.kind == SlotKind.Spot && contingency != 0)) {
            revert ContingencyOutOfRange(i, contingency);
        }
        if (liquidity > slot.orderCap) revert LiquidityOutOfRange(i, liquidity);
        sums.notional += slot.positionCap * notional;
        sums.slip += liquidity * slip;
        sums.contingency += slot.positionCap * contingency;
        if (sums.notional >= ROW_BOUND) revert NotionalOverflow(i);
        if (sums.slip >= ROW_BOUND) revert SlipOverflow(i);
        if (sums.contingency >= ROW_BOUND) revert ContingencyOverflow(i);

        uint256 to = firstWord(p, i) + rows;
        // No sum of places overflows; one beyond the array is refused as such.
        unchecked {
            stored[to + SLOT_CARRY_INDEX] = Transcript.signed(carryIndex);
            stored[to + SLOT_NOTIONAL] = notional;
            stored[to + SLOT_SLIP] = slip;
            stored[to + SLOT_CONTINGENCY] = contingency;
            stored[to + SLOT_LIQUIDITY] = liquidity;
            stored[to + SLOT_POSITION_CAP] = slot.positionCap;
        }
    }
}
