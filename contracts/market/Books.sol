// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {
    BOOK_CASH_ADJ_OFFSET,
    BOOK_NAV_AT,
    BOOK_NAV_OFFSET,
    FIELD,
    Format,
    ORDER_BOUND,
    ORDER_LANE_BITS,
    ORDERS_PER_WORD,
    POSITION_BOUND,
    POSITION_LANE_BITS,
    POSITIONS_PER_WORD,
    SETTLE_CHARGE,
    SETTLE_DEBIT,
    SETTLE_EXIT_INDEX
} from "../format/Format.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {Poseidon} from "../curve/Poseidon.sol";
import {Transcript} from "../format/Transcript.sol";
import {SettleWords} from "./SettleWords.sol";

/// Opened books: against a commitment, and settled as a proof would settle them (protocol.md §3, §4). A linked library,
/// so that the market has room for what only it can do.
library Books {
    /// Settles the book behind a vault's commitment with its last order, and has the desk take it over. Reverts unless
    /// `book` are its words.
    /// @param constants of Poseidon over that many words
    /// @param from      where the vault's settle words come from
    function resolve(
        address vault,
        uint256 commitment,
        address constants,
        uint256[] calldata book,
        SettleWords.Source memory from,
        address snapshot
    ) external {
        _check(vault, commitment, constants, book);
        emit IMarket.BookOpened(vault, book);
        (int256[] memory lots, int256 cashAdj) = settle(book, SettleWords.read(from), from.slots, from.groups);
        from.desk.takeOver(vault, lots, cashAdj, snapshot);
    }

    /// Reverts unless `words` are the book words behind the vault's commitment.
    /// @param constants of Poseidon over that many words
    function _check(address vault, uint256 commitment, address constants, uint256[] calldata words) private view {
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
        cashAdj = int256(uint256(uint64(book[book.length - 2]))) - int256(BOOK_CASH_ADJ_OFFSET);
        for (uint256 i; i < slots; i++) {
            uint256 at = Format.settleSlot(i);
            int256 q = _position(book, i);
            if ((flags >> ((i * groups) / slots)) & 1 != 0) {
                int256 order = _order(book, slots, i);
                q += order;
                cashAdj -=
                    order * Transcript.toSigned(settle_[at + SETTLE_DEBIT]) +
                    int256(SignedMath.abs(order) * settle_[at + SETTLE_CHARGE]);
            }
            if ((flags >> (groups + i)) & 1 != 0) lots[i] = q;
            else cashAdj += q * Transcript.toSigned(settle_[at + SETTLE_EXIT_INDEX]);
        }
    }

    /// Book words of a vault that has nothing and owes nothing: everything 0.
    function empty(uint256 slots) internal pure returns (uint256[] memory book) {
        book = new uint256[](Format.bookWords(slots));
        uint256 orders = Format.positionWords(slots);
        for (uint256 i; i < slots; i++) {
            book[i / POSITIONS_PER_WORD] += POSITION_BOUND << (POSITION_LANE_BITS * (i % POSITIONS_PER_WORD));
            book[orders + i / ORDERS_PER_WORD] += ORDER_BOUND << (ORDER_LANE_BITS * (i % ORDERS_PER_WORD));
        }
        book[book.length - 2] = BOOK_CASH_ADJ_OFFSET + (BOOK_NAV_OFFSET << BOOK_NAV_AT);
    }

    function _position(uint256[] calldata book, uint256 i) private pure returns (int256) {
        uint256 lane = book[i / POSITIONS_PER_WORD] >> (POSITION_LANE_BITS * (i % POSITIONS_PER_WORD));
        return int256(lane & ((1 << POSITION_LANE_BITS) - 1)) - int256(POSITION_BOUND);
    }

    function _order(uint256[] calldata book, uint256 slots, uint256 i) private pure returns (int256) {
        uint256 first = Format.positionWords(slots);
        uint256 lane = book[first + i / ORDERS_PER_WORD] >> (ORDER_LANE_BITS * (i % ORDERS_PER_WORD));
        return int256(lane & ((1 << ORDER_LANE_BITS) - 1)) - int256(ORDER_BOUND);
    }
}
