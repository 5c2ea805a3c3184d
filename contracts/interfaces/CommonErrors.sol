// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase} from "./Types.sol";

/// What market and desk both refuse.
interface CommonErrors {
    /// The named setting is outside its hard bounds.
    error ConfigOutOfRange(bytes32 setting, uint256 value, uint256 min, uint256 max);
    /// Two settings contradict each other: this has to hold.
    error SettingsContradict(string rule);
    /// The step belongs to another phase: look at `phase()`.
    error WrongPhase(Phase actual);
    /// Another step of the market or the desk is under way, and this is called from inside it.
    error ReentrancyGuardReentrantCall();
}
