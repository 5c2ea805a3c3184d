// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Announced} from "../governance/Announced.sol";
import {IVerifierRegistry} from "../interfaces/IRegistries.sol";
import {IVerifier} from "../interfaces/IVerifier.sol";
import {Profile} from "../interfaces/Types.sol";

/// The circuit a market is built for, and the contract that verifies its proofs.
///
/// Whoever controls the verification key controls every vault. So a new verifier is announced together with the hash
/// of its code, waits, and is then set by anyone; and a key made from a public trapdoor is refused on any chain that
/// isn't a local one. The sizes and the genesis commitment never change: another circuit profile is another market.
contract VerifierRegistry is IVerifierRegistry, Announced {
    event VerifierSet(address indexed verifier, bytes32 codeHash);

    /// The address has no code, or not the code that was announced.
    error WrongCode(address verifier, bytes32 codeHash);
    /// On a public chain the verifier must answer `DEVELOPMENT_KEY()` with false.
    error DevelopmentKey(address verifier);

    IVerifier public verifier;
    Profile private _profile;

    constructor(
        address authority_,
        uint32 delaySeconds_,
        Profile memory profile_,
        IVerifier verifier_
    ) Announced(authority_, delaySeconds_) {
        _profile = profile_;
        _set(verifier_, address(verifier_).codehash);
    }

    function profile() external view returns (Profile memory) {
        return _profile;
    }

    /// Anyone, once announced and due.
    /// @param codeHash EXTCODEHASH of the verifier, so that what was reviewed is what is set
    function setVerifier(IVerifier verifier_, bytes32 codeHash) external announced {
        _set(verifier_, codeHash);
    }

    function _set(IVerifier verifier_, bytes32 codeHash) private {
        if (address(verifier_).code.length == 0 || address(verifier_).codehash != codeHash) {
            revert WrongCode(address(verifier_), address(verifier_).codehash);
        }
        if (block.chainid != 31337 && block.chainid != 1337 && !_saysProductionKey(verifier_)) {
            revert DevelopmentKey(address(verifier_));
        }
        verifier = verifier_;
        emit VerifierSet(address(verifier_), codeHash);
    }

    /// A call that fails, or an answer that is not a plain false, counts as a development key.
    function _saysProductionKey(IVerifier verifier_) private view returns (bool) {
        (bool ok, bytes memory answer) = address(verifier_).staticcall(abi.encodeWithSignature("DEVELOPMENT_KEY()"));
        return ok && answer.length == 32 && abi.decode(answer, (uint256)) == 0;
    }
}
