// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Format, MANDATE_CASH_FLOOR_BPS, MANDATE_WORDS} from "./Format.sol";

/// The risk limits depositors were promised: the twelve mandate words of a submission, in the order of
/// docs/protocol.md.
library Mandate {
    /// Basis points of NAV, but `participationBps` of a slot's liquidity and `breachEpochs`, a number of epochs.
    struct Limits {
        uint256 deltaBps;
        uint256 gammaBps;
        uint256 vegaBps;
        uint256 concentrationBps;
        uint256 participationBps;
        uint256 grossBps;
        uint256 netBps;
        /// The only row that is a minimum: more is tighter.
        uint256 cashFloorBps;
        uint256 turnoverBps;
        /// Margin, worst losses plus contingency, that an order may build up to.
        uint256 initialMarginBps;
        /// Margin of the settled book above which an order has to reduce it at once.
        uint256 maintenanceMarginBps;
        uint256 breachEpochs;
    }

    /// Row `row` must be at most `max`.
    error LimitTooLarge(uint256 row, uint256 value, uint256 max);
    /// An order could build up a margin that must be reduced at once: raise maintenance or lower initial.
    error MaintenanceBelowInitial(uint256 initialMarginBps, uint256 maintenanceMarginBps);

    /// Checks the limits and stores them as the mandate's words. Each is in the range the circuit relies on
    /// (docs/protocol.md §1). No vault's margin may pass its capital, whatever its owner promises: what it loses beyond
    /// that others bear.
    function store(Limits memory limits) internal returns (address pointer) {
        uint256[MANDATE_WORDS] memory words = toWords(limits);
        for (uint256 row = 0; row < MANDATE_WORDS; row++) {
            uint256 max = Format.mandateBound(row);
            if (words[row] > max) revert LimitTooLarge(row, words[row], max);
        }
        if (limits.maintenanceMarginBps < limits.initialMarginBps) {
            revert MaintenanceBelowInitial(limits.initialMarginBps, limits.maintenanceMarginBps);
        }
        return SSTORE2.write(abi.encode(words));
    }

    function load(address pointer) internal view returns (Limits memory) {
        return abi.decode(SSTORE2.read(pointer), (Limits));
    }

    /// True if `next` allows nothing that `current` forbids.
    function isTighterOrEqual(Limits memory next, Limits memory current) internal pure returns (bool) {
        (uint256[MANDATE_WORDS] memory a, uint256[MANDATE_WORDS] memory b) = (toWords(next), toWords(current));
        for (uint256 row = 0; row < MANDATE_WORDS; row++) {
            if (row == MANDATE_CASH_FLOOR_BPS ? a[row] < b[row] : a[row] > b[row]) return false;
        }
        return true;
    }

    function toWords(Limits memory limits) internal pure returns (uint256[MANDATE_WORDS] memory) {
        return abi.decode(abi.encode(limits), (uint256[12]));
    }
}
