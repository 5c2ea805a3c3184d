// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD} from "./Format.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";

/// The vector of words a submission proves about: laid down in memory, bound by `x`, evaluated to `d`
/// (protocol.md §2). What the words mean is the market's business.
///
/// `modulus` is FIELD. The market passes it as an immutable, which the compiler pushes where it is used; of a constant
/// it makes copies in memory that cost eight times as much.
library Transcript {
    /// A signed integer as a word: `value` mod FIELD. |value| < FIELD.
    function signed(int256 value) internal pure returns (uint256) {
        return value >= 0 ? uint256(value) : FIELD - uint256(-value);
    }

    /// The signed integer behind a word that `signed` made of one.
    function toSigned(uint256 word) internal pure returns (int256) {
        return word <= FIELD / 2 ? int256(word) : -int256(FIELD - word);
    }

    /// Copies `count` words of the caller's `source`, from `from` on, to words[offset …]. Reverts unless each is below
    /// FIELD, so that no word has a second form that proves the same.
    ///
    /// The way out at the start keeps the compiler from inlining this, for the reason given at `evaluate`.
    function putCalldata(
        uint256[] memory words,
        uint256 offset,
        uint256[] calldata source,
        uint256 from,
        uint256 count,
        uint256 modulus
    ) internal pure {
        if (count == 0) return;
        assert(offset + count <= words.length && from + count <= source.length);
        bool outside;
        assembly ("memory-safe") {
            let to := add(add(words, 0x20), shl(5, offset))
            let end := add(to, shl(5, count))
            calldatacopy(to, add(source.offset, shl(5, from)), shl(5, count))
            for {} lt(to, end) {
                to := add(to, 0x20)
            } {
                outside := or(outside, iszero(lt(mload(to), modulus)))
            }
        }
        if (outside) {
            while (words[offset] < FIELD) offset++;
            revert MarketErrors.WordNotInField(offset);
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

    /// keccak256 of `count` words from words[offset] on, mod FIELD.
    function hash(uint256[] memory words, uint256 offset, uint256 count) internal pure returns (uint256 digest) {
        assert(offset + count <= words.length);
        assembly ("memory-safe") {
            digest := mod(keccak256(add(add(words, 0x20), shl(5, offset)), shl(5, count)), FIELD)
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

    /// d = Σ words_j·x^j mod FIELD, for words below FIELD: one Horner scheme in x^4 for each residue of j mod 4, which
    /// gives the loop four words a turn without nesting one step in the next.
    ///
    /// The way out in the middle keeps the compiler from inlining this: within a large function the loop would have to
    /// keep its sums in memory, and computes x^4 anew for each word.
    function evaluate(uint256[] memory words, uint256 x, uint256 modulus) internal pure returns (uint256 d) {
        if (words.length == 0) return 0;
        assembly ("memory-safe") {
            let first := add(words, 0x20)
            // Words beyond the last full four.
            let rest := and(mload(words), 3)
            let p := add(first, shl(5, sub(mload(words), rest)))
            let a0 := mul(gt(rest, 0), mload(p))
            let a1 := mul(gt(rest, 1), mload(add(p, 0x20)))
            let a2 := mul(gt(rest, 2), mload(add(p, 0x40)))
            let a3 := 0
            let x2 := mulmod(x, x, modulus)
            let x4 := mulmod(x2, x2, modulus)
            // Sums stay unreduced between steps: mulmod reduces, and modulus + modulus < 2^255.
            for {} gt(p, first) {} {
                p := sub(p, 0x80)
                a0 := add(mulmod(a0, x4, modulus), mload(p))
                a1 := add(mulmod(a1, x4, modulus), mload(add(p, 0x20)))
                a2 := add(mulmod(a2, x4, modulus), mload(add(p, 0x40)))
                a3 := add(mulmod(a3, x4, modulus), mload(add(p, 0x60)))
            }
            d := add(mulmod(a3, x, modulus), a2)
            d := add(mulmod(d, x, modulus), a1)
            d := addmod(mulmod(d, x, modulus), a0, modulus)
        }
    }
}
