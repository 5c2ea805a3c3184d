// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD} from "./Constants.sol";
import {MarketErrors} from "./MarketErrors.sol";

/// The vector of words a submission proves about: laid down in memory, bound by `x`, evaluated to `d`
/// (protocol.md §2). What the words mean is the market's business.
library Transcript {
    /// A signed integer as a word: `value` mod FIELD. |value| < FIELD.
    function signed(int256 value) internal pure returns (uint256) {
        return value >= 0 ? uint256(value) : FIELD - uint256(-value);
    }

    /// Copies `count` words of the caller's `source`, from `from` on, to words[offset …].
    function putCalldata(uint256[] memory words, uint256 offset, uint256[] calldata source, uint256 from, uint256 count)
        internal
        pure
    {
        assert(offset + count <= words.length && from + count <= source.length);
        assembly ("memory-safe") {
            calldatacopy(add(add(words, 0x20), shl(5, offset)), add(source.offset, shl(5, from)), shl(5, count))
        }
    }

    /// Copies the `count` words stored behind `pointer` (SSTORE2: one byte, then the words) to words[offset …].
    /// Reverts if the blob has another length.
    function putBlob(uint256[] memory words, uint256 offset, address pointer, uint256 count) internal view {
        assert(offset + count <= words.length);
        if (pointer.code.length != 1 + 32 * count) revert MarketErrors.WrongBlobLength(pointer, count);
        assembly ("memory-safe") {
            extcodecopy(pointer, add(add(words, 0x20), shl(5, offset)), 1, shl(5, count))
        }
    }

    /// x = keccak256(h, keccak256(words)) mod FIELD: known only once `h` has fixed the circuit's words.
    function challenge(uint256[] memory words, uint256 h) internal pure returns (uint256 x) {
        assembly ("memory-safe") {
            mstore(0x00, h)
            mstore(0x20, keccak256(add(words, 0x20), shl(5, mload(words))))
            x := mod(keccak256(0x00, 0x40), FIELD)
        }
    }

    /// d = Σ words_j·x^j mod FIELD, by Horner from the last word. Reverts unless every word is below FIELD, so that no
    /// word has a second form that proves the same.
    function evaluate(uint256[] memory words, uint256 x) internal pure returns (uint256 d) {
        bool outside;
        assembly ("memory-safe") {
            let first := add(words, 0x20)
            let p := add(first, shl(5, mload(words)))
            let max := sub(FIELD, 1)
            // `d` stays unreduced between steps: mulmod reduces, and FIELD + FIELD < 2^255.
            for { let odd := and(mload(words), 7) } odd { odd := sub(odd, 1) } {
                p := sub(p, 0x20)
                let w := mload(p)
                outside := or(outside, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
            }
            // Eight words a turn: a loop a word costs three times as much.
            for {} gt(p, first) {} {
                p := sub(p, 0x100)
                let w := mload(add(p, 0xe0))
                let over := gt(w, max)
                d := add(mulmod(d, x, FIELD), w)
                w := mload(add(p, 0xc0))
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                w := mload(add(p, 0xa0))
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                w := mload(add(p, 0x80))
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                w := mload(add(p, 0x60))
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                w := mload(add(p, 0x40))
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                w := mload(add(p, 0x20))
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                w := mload(p)
                over := or(over, gt(w, max))
                d := add(mulmod(d, x, FIELD), w)
                outside := or(outside, over)
            }
            d := mod(d, FIELD)
        }
        if (outside) _revertOnFirstOutside(words);
    }

    function _revertOnFirstOutside(uint256[] memory words) private pure {
        uint256 i;
        while (words[i] < FIELD) i++;
        revert MarketErrors.WordNotInField(i);
    }
}
