// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {FIELD, SETTLE_CHARGE, SETTLE_DEBIT, SETTLE_SLOT_WORDS} from "./Format.sol";

/// The results of a settled epoch, stored once and read by every vault that submitted in it.
/// Blob: one word of fill flags (bit g = group g was filled), then 16 bytes a slot.
library Settlement {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint256 private constant FILL_BYTES = 16;

    /// What a filled order in a slot costs, µUSD per lot, in the 16 bytes that the blob has for it.
    /// @param debitMicroUsd  reference plus carry index at clearing, below 2^60 in absolute value
    /// @param chargeMicroUsd impact charge, the same for buys and sells, below 2^48
    function pack(int256 debitMicroUsd, uint256 chargeMicroUsd) internal pure returns (uint256) {
        return (uint256(uint64(debitMicroUsd.toInt64())) << 64) | chargeMicroUsd.toUint64();
    }

    /// @param fillFlags bit g = group g was filled
    /// @param fills     one a slot, packed; zeros where nothing was filled
    function store(uint256 fillFlags, uint256[] memory fills) internal returns (address pointer) {
        uint256 size = 32 + FILL_BYTES * fills.length;
        // Each word written runs over into the next one's place; the last into the room for one more.
        bytes memory blob = new bytes(size + FILL_BYTES);
        assembly ("memory-safe") {
            mstore(blob, size)
            mstore(add(blob, 0x20), fillFlags)
        }
        for (uint256 i; i < fills.length; i++) {
            uint256 fill = fills[i];
            assembly ("memory-safe") {
                mstore(add(add(blob, 0x40), mul(i, FILL_BYTES)), shl(128, fill))
            }
        }
        return SSTORE2.write(blob);
    }

    /// Puts debit and charge of each slot to words[offset …], three words a slot, the third left for the exit index.
    /// @return fillFlags bit g = group g was filled
    function load(
        address pointer,
        uint256[] memory words,
        uint256 offset,
        uint256 slots
    ) internal view returns (uint256 fillFlags) {
        assert(offset + SETTLE_SLOT_WORDS * slots <= words.length);
        bytes memory blob = SSTORE2.read(pointer);
        assert(blob.length == 32 + FILL_BYTES * slots);
        // Every submission runs through this: written out, it takes a third of what the compiler makes of it.
        (uint256 stride, uint256 debitAt, uint256 chargeAt) = (
            32 * SETTLE_SLOT_WORDS,
            32 * SETTLE_DEBIT,
            32 * SETTLE_CHARGE
        );
        uint256 modulus = FIELD;
        assembly ("memory-safe") {
            fillFlags := mload(add(blob, 0x20))
            let from := add(blob, 0x40)
            let end := add(from, mul(slots, FILL_BYTES))
            let to := add(add(words, 0x20), shl(5, offset))
            for {} lt(from, end) {
                from := add(from, FILL_BYTES)
                to := add(to, stride)
            } {
                let fill := shr(128, mload(from))
                let debit := signextend(7, shr(64, fill))
                // `Transcript.signed`
                mstore(add(to, debitAt), add(debit, mul(slt(debit, 0), modulus)))
                mstore(add(to, chargeAt), and(fill, 0xffffffffffffffff))
            }
        }
    }
}
