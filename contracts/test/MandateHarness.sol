// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Mandate} from "../format/Mandate.sol";

contract MandateHarness {
    event Stored(address pointer);

    function store(Mandate.Limits memory limits) external {
        emit Stored(Mandate.store(limits));
    }

    function load(address pointer) external view returns (Mandate.Limits memory) {
        return Mandate.load(pointer);
    }

    function isTighterOrEqual(Mandate.Limits memory next, Mandate.Limits memory current) external pure returns (bool) {
        return Mandate.isTighterOrEqual(next, current);
    }
}
