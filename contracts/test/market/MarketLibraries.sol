// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD} from "../../format/Format.sol";
import {Poseidon} from "../../curve/Poseidon.sol";
import {Slot} from "../../interfaces/Types.sol";
import {Reference} from "../../desk/Reference.sol";
import {Settlement} from "../../format/Settlement.sol";
import {Books} from "../../market/Books.sol";
import {SnapshotReader, SnapshotSlot} from "../../format/SnapshotReader.sol";
import {Transcript} from "../../format/Transcript.sol";

/// The market's libraries from outside.
contract MarketLibraries {
    function challenge(uint256[] memory words, uint256 h) external pure returns (uint256) {
        return Transcript.challenge(words, h);
    }

    function evaluate(uint256[] memory words, uint256 x) external pure returns (uint256) {
        return Transcript.evaluate(words, x, FIELD);
    }

    function signed(int256 value) external pure returns (uint256) {
        return Transcript.signed(value);
    }

    function putCalldata(
        uint256[] memory words,
        uint256 offset,
        uint256[] calldata source,
        uint256 from,
        uint256 count
    ) external pure returns (uint256[] memory) {
        Transcript.putCalldata(words, offset, source, from, count, FIELD);
        return words;
    }

    function putBlob(
        uint256[] memory words,
        uint256 offset,
        address pointer,
        uint256 count
    ) external view returns (uint256[] memory) {
        Transcript.putBlob(words, offset, pointer, count);
        return words;
    }

    struct Fill {
        int64 debitMicroUsd;
        uint64 chargeMicroUsd;
    }

    function storeFills(uint256 fillFlags, Fill[] calldata fills) external returns (address) {
        uint256[] memory packed = new uint256[](fills.length);
        for (uint256 i; i < fills.length; i++) {
            packed[i] = Settlement.pack(fills[i].debitMicroUsd, fills[i].chargeMicroUsd);
        }
        return Settlement.store(fillFlags, packed);
    }

    function loadFills(
        address pointer,
        uint256 slots
    ) external view returns (uint256 fillFlags, uint256[] memory words) {
        words = new uint256[](3 * slots);
        fillFlags = Settlement.load(pointer, words, 0, slots);
    }

    function snapshotSlot(address pointer, uint256 i, uint256 rowWords) external view returns (SnapshotSlot memory) {
        return SnapshotReader.slot(pointer, i, rowWords);
    }

    function settleBook(
        uint256[] calldata book,
        uint256[] calldata settle,
        uint256 slots,
        uint256 groups
    ) external pure returns (int256[] memory lots, int256 cashAdj) {
        return Books.settle(book, settle, slots, groups);
    }

    function poseidon(address constants, uint256[] calldata inputs) external view returns (uint256) {
        return Poseidon.hash(constants, inputs);
    }

    function readReference(Slot memory slot) external view returns (bool fresh, uint256 microUsdPerLot) {
        slot.scaleDecimals = Reference.scaleDecimals(slot);
        return Reference.read(slot);
    }
}
