// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase} from "./Types.sol";

/// What market and desk both refuse.
interface CommonErrors {
    /// The named setting is outside its hard bounds.
    error ConfigOutOfRange(bytes32 setting, uint256 value, uint256 min, uint256 max);
    /// Two settings contradict each other: this has to hold.
    error SettingsContradict(string rule);
    /// Deployed to work with other contracts than these: deploy it again with what is wanted, or for another market.
    error Miswired(string part, address found, address wanted);
    /// Nothing is deployed at the address of the named part, or can be.
    error NoContract(string part, address found);
    /// The step belongs to another phase: look at `phase()`.
    error WrongPhase(Phase actual);
    /// Another step of the market or the desk is under way, and this is called from inside it.
    error ReentrancyGuardReentrantCall();
}
