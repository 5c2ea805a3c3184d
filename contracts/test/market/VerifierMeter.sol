// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IVerifier} from "../../interfaces/IVerifier.sol";

/// Measures what a verification costs its caller.
contract VerifierMeter {
    function gasOf(
        IVerifier verifier,
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[3] calldata signals
    ) external view returns (uint256 used) {
        used = gasleft();
        require(verifier.verifyProof(a, b, c, signals), "the proof must verify");
        used -= gasleft();
    }
}
