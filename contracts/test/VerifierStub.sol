// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A verifier that accepts everything and says of its key what it is told to say.
contract VerifierStub {
    enum Says {
        Production,
        Development,
        /// `DEVELOPMENT_KEY()` reverts.
        Nothing,
        /// It answers neither true nor false.
        Nonsense
    }

    Says private immutable says;

    constructor(Says says_) {
        says = says_;
    }

    function DEVELOPMENT_KEY() external view returns (uint256) {
        require(says != Says.Nothing);
        return
            says == Says.Production
                ? 0
                : says == Says.Development
                    ? 1
                    : 2;
    }

    function verifyProof(
        uint256[2] calldata,
        uint256[2][2] calldata,
        uint256[2] calldata,
        uint256[3] calldata
    ) external pure returns (bool) {
        return true;
    }
}

/// Not a verifier of today: it has no `DEVELOPMENT_KEY()` at all, or a fallback that returns nothing.
contract SilentVerifier {
    fallback() external {}
}
