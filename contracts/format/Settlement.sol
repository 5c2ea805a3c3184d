// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {SETTLE_CHARGE, SETTLE_DEBIT, SETTLE_SLOT_WORDS} from "./Format.sol";
import {Transcript} from "./Transcript.sol";

/// What a filled order in a slot costs, µUSD per lot.
struct Fill {
    /// Reference plus carry index at clearing. |debit| < 2^60.
    int64 debitMicroUsd;
    /// Impact charge, the same for buys and sells. < 2^48.
    uint64 chargeMicroUsd;
}

/// The results of a settled epoch, stored once and read by every vault that submitted in it.
/// Blob: one word of fill flags (bit g = group g was filled), then 16 bytes a slot.
library Settlement {
    uint256 private constant FILL_BYTES = 16;

    /// @param fillFlags bit g = group g was filled
    /// @param fills     one a slot; zeros where nothing was filled
    function store(uint256 fillFlags, Fill[] memory fills) internal returns (address pointer) {
        bytes memory blob = abi.encodePacked(fillFlags);
        for (uint256 i; i < fills.length; i++) {
            blob = abi.encodePacked(blob, fills[i].debitMicroUsd, fills[i].chargeMicroUsd);
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
        bytes memory blob = SSTORE2.read(pointer);
        assembly ("memory-safe") {
            fillFlags := mload(add(blob, 0x20))
        }
        for (uint256 i; i < slots; i++) {
            uint256 fill;
            assembly ("memory-safe") {
                fill := shr(128, mload(add(add(blob, 0x40), mul(i, FILL_BYTES))))
            }
            words[offset + SETTLE_SLOT_WORDS * i + SETTLE_DEBIT] = Transcript.signed(int64(uint64(fill >> 64)));
            words[offset + SETTLE_SLOT_WORDS * i + SETTLE_CHARGE] = uint64(fill);
        }
    }
}
