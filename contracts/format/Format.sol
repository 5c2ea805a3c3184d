// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// Written by `npm run generate` from circuits/format.ts: do not edit. docs/protocol.md, sections 1 to 3.

// Order of the BN254 scalar field: words and proof signals are below it.
uint256 constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

// 100 % in basis points.
uint256 constant BPS = 10000;
// How far a reporter lets another's price of spot or perp, and value of an option, be from its own and still signs.
uint256 constant PRICE_TOLERANCE_BPS = 25;
uint256 constant OPTION_TOLERANCE_BPS = 50;

// Sums over this many vaults stay unique: order words in their lanes, order commitments below the field.
uint256 constant MAX_VAULTS = 1 << 12;

// Exclusive bounds.
uint256 constant ORDER_BOUND = 1 << 31;
uint256 constant POSITION_BOUND = 1 << 40;
uint256 constant NAV_BOUND_MICRO_USD = 1 << 50;
uint256 constant VALUE_BOUND_MICRO_USD = 1 << 49;
uint256 constant EXIT_BOUND_MICRO_USD = 1 << 60;
// Bounds a row of a lot, and the sums of rows, notional, slip and contingency over a group at its caps.
uint256 constant ROW_BOUND = 1 << 48;

// Words of the header, and where each stands.
uint256 constant HEADER_WORDS = 16;
uint256 constant HEADER_CHAIN_ID = 0;
uint256 constant HEADER_MARKET = 1;
uint256 constant HEADER_VAULT = 2;
uint256 constant HEADER_EPOCH = 3;
uint256 constant HEADER_SNAPSHOT_HASH = 4;
uint256 constant HEADER_OLD_COMMITMENT = 5;
uint256 constant HEADER_NEW_COMMITMENT = 6;
uint256 constant HEADER_CASH_FLOW = 7;
uint256 constant HEADER_REDEEM_SHARES = 8;
uint256 constant HEADER_OUTFLOW = 9;
uint256 constant HEADER_DEALING = 10;
uint256 constant HEADER_NAV = 11;
uint256 constant HEADER_INSOLVENT = 12;
uint256 constant HEADER_HALTED = 13;
uint256 constant HEADER_STRATEGY_COMMITMENT = 14;
uint256 constant HEADER_CASH_WANTED = 15;

// Words of the mandate.
uint256 constant MANDATE_WORDS = 12;
uint256 constant MANDATE_DELTA_BPS = 0;
uint256 constant MANDATE_GAMMA_BPS = 1;
uint256 constant MANDATE_VEGA_BPS = 2;
uint256 constant MANDATE_CONCENTRATION_BPS = 3;
uint256 constant MANDATE_PARTICIPATION_BPS = 4;
uint256 constant MANDATE_GROSS_BPS = 5;
uint256 constant MANDATE_NET_BPS = 6;
uint256 constant MANDATE_CASH_FLOOR_BPS = 7;
uint256 constant MANDATE_TURNOVER_BPS = 8;
uint256 constant MANDATE_INITIAL_MARGIN_BPS = 9;
uint256 constant MANDATE_MAINTENANCE_MARGIN_BPS = 10;
uint256 constant MANDATE_BREACH_EPOCHS = 11;

// Words of a slot in the stored snapshot after its row words.
uint256 constant SLOT_EXTRA_WORDS = 6;
uint256 constant SLOT_CARRY_INDEX = 0;
uint256 constant SLOT_NOTIONAL = 1;
uint256 constant SLOT_SLIP = 2;
uint256 constant SLOT_CONTINGENCY = 3;
uint256 constant SLOT_LIQUIDITY = 4;
uint256 constant SLOT_POSITION_CAP = 5;

// Those of them that reporters sign.
uint256 constant REPORTED_EXTRA_WORDS = 4;
uint256 constant REPORTED_NOTIONAL = 0;
uint256 constant REPORTED_SLIP = 1;
uint256 constant REPORTED_CONTINGENCY = 2;
uint256 constant REPORTED_LIQUIDITY = 3;

// Words of the snapshot after the slots'; reporters sign the last of them.
uint256 constant SNAPSHOT_TAIL_WORDS = 3;
uint256 constant TAIL_SLOT_FLAGS = 0;
uint256 constant TAIL_SIGNALS = 1;
uint256 constant TAIL_CORRELATIONS = 2;
uint256 constant SIGNAL_WORDS = 2;

// Words of a slot in the settle part, after its flags.
uint256 constant SETTLE_SLOT_WORDS = 3;
uint256 constant SETTLE_DEBIT = 0;
uint256 constant SETTLE_CHARGE = 1;
uint256 constant SETTLE_EXIT_INDEX = 2;

// Lanes of a row word, and those of a slot before its stress scenarios.
uint256 constant LANE_BITS = 50;
// Half of a lane's range makes what it holds non-negative. Literals, since assembly takes no other constants.
uint256 constant LANE_MASK = 0x3ffffffffffff;
uint256 constant LANE_OFFSET = 0x2000000000000;
uint256 constant LANES_PER_WORD = 5;
uint256 constant PLAIN_LANES = 4;
uint256 constant LANE_VALUE = 0;
uint256 constant LANE_DELTA = 1;
uint256 constant LANE_GAMMA = 2;
uint256 constant LANE_VEGA = 3;

// The book: positions, orders, a word of the rest, a salt. A signed field stands with its offset added.
uint256 constant POSITION_LANE_BITS = 41;
uint256 constant POSITIONS_PER_WORD = 6;
uint256 constant ORDER_LANE_BITS = 32;
uint256 constant ORDERS_PER_WORD = 7;
uint256 constant BOOK_CASH_ADJ_AT = 0;
uint256 constant BOOK_CASH_ADJ_OFFSET = 1 << 62;
uint256 constant BOOK_NAV_AT = 64;
uint256 constant BOOK_NAV_OFFSET = 1 << 50;
uint256 constant BOOK_BREACH_SINCE_AT = 128;
uint256 constant BOOK_HALVINGS_AT = 160;

// Lanes of the two words of signals.
uint256 constant FEATURES = 8;
uint256 constant FEATURES_BITS = 12;
uint256 constant DAYS_TO_EXPIRY_BITS = 7;
uint256 constant VOLATILITY_BITS = 9;
uint256 constant CORRELATION_BITS = 8;

/// What the format says at a market's sizes.
library Format {
    /// Row words of a slot.
    function rowWords(uint256 scenarios) internal pure returns (uint256) {
        return _ceilDiv(PLAIN_LANES + scenarios, LANES_PER_WORD);
    }

    function positionWords(uint256 slots) internal pure returns (uint256) {
        return _ceilDiv(slots, POSITIONS_PER_WORD);
    }

    function bookWords(uint256 slots) internal pure returns (uint256) {
        return positionWords(slots) + _ceilDiv(slots, ORDERS_PER_WORD) + 2;
    }

    /// The stored snapshot.
    function snapshotWords(uint256 slots, uint256 scenarios) internal pure returns (uint256) {
        return slots * (rowWords(scenarios) + 6) + 3;
    }

    function settleWords(uint256 slots) internal pure returns (uint256) {
        return 3 * slots + 1;
    }

    /// First word of slot `i` in the settle part: its flags come before.
    function settleSlot(uint256 i) internal pure returns (uint256) {
        return 1 + SETTLE_SLOT_WORDS * i;
    }

    /// What a submission brings beside its words of the header: order commitments, ephemeral key, payload.
    function sealedWords(uint256 slots, uint256 groups, uint256 members) internal pure returns (uint256) {
        return members * (2 * groups + 1) + 2 * groups + bookWords(slots) + 2;
    }

    function transcriptWords(
        uint256 slots,
        uint256 groups,
        uint256 scenarios,
        uint256 members
    ) internal pure returns (uint256) {
        return
            HEADER_WORDS +
            MANDATE_WORDS +
            snapshotWords(slots, scenarios) +
            settleWords(slots) +
            2 * members +
            sealedWords(slots, groups, members);
    }

    /// The largest value of a row of the mandate that the circuit relies on.
    function mandateBound(uint256 row) internal pure returns (uint256) {
        if (
            row == MANDATE_PARTICIPATION_BPS ||
            row == MANDATE_INITIAL_MARGIN_BPS ||
            row == MANDATE_MAINTENANCE_MARGIN_BPS
        ) return BPS;
        if (row == MANDATE_BREACH_EPOCHS) return (1 << 32) - 1;
        return (1 << 18) - 1;
    }

    /// Whether slot `i` is an option's place: one of the last of every group of 4.
    function isOptionSlot(uint256 i, uint256 groupSlots) internal pure returns (bool) {
        return groupSlots == 4 && i % 4 >= 2;
    }

    /// Slots of the sleeve's assets, four bits each from the lowest.
    function sleeve(uint256 slots) internal pure returns (uint256 packed, uint256 assets) {
        if (slots == 4) return (0x3210, 4);
        if (slots == 16) return (0xcba87640, 8);
    }

    /// keccak256 of the code that holds the constants of Poseidon over the words of a book (curve/Poseidon.sol).
    function poseidonCodeHash(uint256 slots) internal pure returns (bytes32) {
        if (slots == 4) return 0x8b745096626bdcedd22ef78fed6acb93a9180f9b00ef8f79f94750b85bd2a4ef;
        if (slots == 16) return 0xaaee68d06868940900c9b7b200de1be3309648fd4944de89e2feecb81cca264f;
        return 0;
    }

    function _ceilDiv(uint256 a, uint256 b) private pure returns (uint256) {
        return (a + b - 1) / b;
    }
}
