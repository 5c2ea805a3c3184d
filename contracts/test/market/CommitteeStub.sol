// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ICommitteeRegistry} from "../../interfaces/IRegistries.sol";

/// A registry whose committee is what it was deployed with.
contract CommitteeStub is ICommitteeRegistry {
    address private immutable keysPointer;
    uint32 private immutable version;

    constructor(address keysPointer_, uint32 version_) {
        (keysPointer, version) = (keysPointer_, version_);
    }

    function current() external view returns (address, uint32) {
        return (keysPointer, version);
    }
}
