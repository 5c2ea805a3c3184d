// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {ICommitteeRegistry, IVerifierRegistry, MarketConfig} from "./interfaces/ITacit.sol";
import {Clearing} from "./market/Clearing.sol";
import {MarketState} from "./market/MarketState.sol";
import {Recovery} from "./market/Recovery.sol";
import {Submissions} from "./market/Submissions.sol";

contract Market is Submissions, Clearing, Recovery {
    constructor(
        address authority_,
        IERC20Metadata cash_,
        address oracle_,
        ICommitteeRegistry committee_,
        IVerifierRegistry verifiers_,
        address poseidonConstants_,
        MarketConfig memory config_
    ) MarketState(authority_, cash_, oracle_, committee_, verifiers_, poseidonConstants_, config_) {}
}
