// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase, VenueRule} from "../interfaces/ITacit.sol";
import {Derivatives} from "../desk/Derivatives.sol";
import {MarketState} from "./MarketState.sol";

/// Perp and option slots as they are called from outside: carry, margin at the venue, an option's exit. What they do is
/// in `Derivatives`.
abstract contract Margin is MarketState {
    function checkpoint() external nonReentrant returns (uint64 clearedBy) {
        if (msg.sender != oracle) revert OnlyOracle(msg.sender);
        _requirePhase(Phase.AwaitSnapshot);
        Derivatives.checkpoint(_table);
        return uint64(block.timestamp + submitWindow + clearWindow);
    }

    function rebalanceMargin(uint8 i) external nonReentrant {
        _requireSlot(i);
        Derivatives.rebalance(_table, cashToken, i);
    }

    function proposeExit(uint8 i) external nonReentrant {
        _requireSlot(i);
        Derivatives.proposeExit(_table, i);
    }

    function vetoExit(uint8 i) external restricted {
        _requireSlot(i);
        Derivatives.vetoExit(_table, i);
    }

    function setExit(uint8 i, uint56 payoffMicroUsd) external restricted {
        _requireSlot(i);
        Derivatives.setExit(_table, i, payoffMicroUsd);
    }

    function setVenueRule(uint8 i, VenueRule calldata) external restricted {
        _requireSlot(i);
        Derivatives.setRule(_table, msg.data[4:]);
    }

    function lowerVenueCap(uint8 i, uint64 capMicroUsd) external restricted {
        _requireSlot(i);
        Derivatives.lowerCap(_table, i, capMicroUsd);
    }
}
