// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IVerifier} from "./IVerifier.sol";
import {Profile} from "./Types.sol";

interface IVerifierRegistry {
    function profile() external view returns (Profile memory);
    function verifier() external view returns (IVerifier);
}

interface ICommitteeRegistry {
    /// SSTORE2 pointer to the 2M key words of the current committee, and its version. Reverts if it isn't complete.
    function current() external view returns (address keysPointer, uint32 version);
}
