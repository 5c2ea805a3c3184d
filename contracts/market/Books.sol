// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {FIELD, ORDER_BOUND, POSITION_BOUND, SETTLE_SLOT_WORDS} from "../format/Constants.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {Poseidon} from "../curve/Poseidon.sol";
import {Transcript} from "../format/Transcript.sol";

/// Opened books: against a commitment, and settled as a proof would settle them (protocol.md §3, §4).
library Books {
    uint256 private constant POSITIONS_PER_WORD = 6;
    uint256 private constant POSITION_BITS = 41;
    uint256 private constant ORDERS_PER_WORD = 7;
    uint256 private constant ORDER_BITS = 32;
    int256 private constant CASH_OFFSET = 1 << 62;

    /// Reverts unless `words` are the book words behind the vault's commitment.
    /// @param constants of Poseidon over that many words
    function check(address vault, uint256 commitment, address constants, uint256[] calldata words) internal view {
        for (uint256 i; i < words.length; i++) {
            if (words[i] >= FIELD) revert MarketErrors.WordNotInField(i);
        }
        if (Poseidon.hash(constants, words) != commitment) revert MarketErrors.NotTheBook(vault);
    }

    /// Settles an opened book with its last order.
    /// @param settle_ the vault's settle words
    /// @return lots    by slot
    /// @return cashAdj cash less what carry indices add to it, µUSD
    function settle(
        uint256[] calldata book,
        uint256[] memory settle_,
        uint256 slots,
        uint256 groups
    ) internal pure returns (int256[] memory lots, int256 cashAdj) {
        lots = new int256[](slots);
        uint256 flags = settle_[0];
        cashAdj = int256(uint256(uint64(book[book.length - 2]))) - CASH_OFFSET;
        for (uint256 i; i < slots; i++) {
            uint256 at = 1 + SETTLE_SLOT_WORDS * i;
            int256 q = _position(book, i);
            if ((flags >> ((i * groups) / slots)) & 1 != 0) {
                int256 order = _order(book, slots, i);
                q += order;
                cashAdj -= order * Transcript.toSigned(settle_[at]) + int256(SignedMath.abs(order) * settle_[at + 1]);
            }
            if ((flags >> (groups + i)) & 1 != 0) lots[i] = q;
            else cashAdj += q * Transcript.toSigned(settle_[at + 2]);
        }
    }

    function _position(uint256[] calldata book, uint256 i) private pure returns (int256) {
        uint256 lane = book[i / POSITIONS_PER_WORD] >> (POSITION_BITS * (i % POSITIONS_PER_WORD));
        return int256(lane & ((1 << POSITION_BITS) - 1)) - int256(POSITION_BOUND);
    }

    function _order(uint256[] calldata book, uint256 slots, uint256 i) private pure returns (int256) {
        uint256 first = (slots + POSITIONS_PER_WORD - 1) / POSITIONS_PER_WORD;
        uint256 lane = book[first + i / ORDERS_PER_WORD] >> (ORDER_BITS * (i % ORDERS_PER_WORD));
        return int256(lane & ((1 << ORDER_BITS) - 1)) - int256(ORDER_BOUND);
    }
}
