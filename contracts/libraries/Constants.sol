// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// Numbers the contracts share. Each is stated in docs/protocol.md §1, §2 or §5.

// Order of the BN254 scalar field: words and proof signals are below it.
uint256 constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

// 100 % in basis points.
uint256 constant BPS = 10_000;

// Words of the transcript's fixed parts.
uint256 constant HEADER_WORDS = 15;
uint256 constant MANDATE_WORDS = 12;
// Words of a slot in the snapshot besides its row words: carryIndex, notional, slip, contingency, liquidity,
// positionCap.
uint256 constant SLOT_EXTRA_WORDS = 6;
// Words of a slot in the settle part: debit, charge, exitIndex.
uint256 constant SETTLE_SLOT_WORDS = 3;

// A row word holds this many lanes of this many bits.
uint256 constant LANES_PER_WORD = 5;
uint256 constant LANE_BITS = 50;
// Lanes of a slot's row besides the stress scenarios: value, delta, gamma, vega.
uint256 constant PLAIN_LANES = 4;

// Sums of this many order commitments stay below the field (protocol.md §6).
uint256 constant MAX_VAULTS = 4096;

// Exclusive bounds.
uint256 constant ORDER_BOUND = 1 << 31;
uint256 constant POSITION_BOUND = 1 << 40;
uint256 constant NAV_BOUND_MICRO_USD = 1 << 50;
uint256 constant VALUE_BOUND_MICRO_USD = 1 << 49;
