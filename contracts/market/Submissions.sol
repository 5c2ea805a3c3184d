// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MAX_VAULTS} from "../format/Format.sol";
import {SetHash} from "../format/SetHash.sol";
import {IVault} from "../interfaces/IVault.sol";
import {EpochState, Frame, Submission, VaultRecord, VaultStatus} from "../interfaces/Types.sol";
import {Absence} from "./Absence.sol";
import {Epochs} from "./Epochs.sol";

/// One transaction a vault and epoch: the proof that the next book follows from the last one, and a sealed order.
abstract contract Submissions is Epochs {
    /// Takes a vault in; it may submit from the next epoch on.
    function register(address vault) external restricted nonReentrant {
        VaultRecord storage v = _vaults[vault];
        if (v.status != VaultStatus.None) revert AlreadyRegistered(vault);
        bonds.requireMinimum(vault);
        EpochState storage e = _epoch;
        if (e.active == MAX_VAULTS) revert TooManyVaults(MAX_VAULTS);
        e.active++;
        v.commitment = genesisCommitment;
        v.status = VaultStatus.Active;
        v.firstEpoch = e.number + 1;
        v.dealtEpoch = e.number;
        emit VaultRegistered(vault, v.firstEpoch);
    }

    function submit(Submission calldata s) external nonReentrant {
        EpochState memory e = _epoch;
        VaultRecord memory v = _vaults[s.vault];
        _requireMaySubmit(s, e, v);

        (int256 cashFlow, bool dealing) = _prove(s, e, v);
        uint256 orderWords = 2 * groupCount;
        bytes32 content = keccak256(abi.encodePacked(s.newCommitment, s.sealedWords[orderWords:]));
        _batch.setHash = SetHash.extend(_batch.setHash, s.vault, e.submissions, content, s.sealedWords[:orderWords]);
        emit Submitted(
            e.number,
            s.vault,
            e.submissions,
            v.commitment,
            s.newCommitment,
            cashFlow,
            s.redeemShares,
            s.nav,
            s.insolvent == 1,
            s.h,
            s.sealedWords
        );

        _epoch.submissions = e.submissions + 1;
        v.commitment = s.newCommitment;
        v.lastEpoch = e.number;
        if (dealing) v.dealtEpoch = e.number;
        if (v.status == VaultStatus.Challenged && Absence.isBack(s.vault, v.dealtEpoch, e.number)) {
            v.status = VaultStatus.Active;
            v.challengeEnds = 0;
            emit RecoveryCancelled(s.vault);
        }
        if (s.insolvent == 1) {
            v.status = VaultStatus.Insolvent;
            _epoch.active--;
            emit VaultInsolvent(s.vault, e.number);
        }
        // Nobody has written to it meanwhile: the vault is ours, and cash can't enter under the lock.
        _vaults[s.vault] = v;

        if (cashFlow > 0) _desk.payIn(s.vault, uint256(cashFlow));
        else if (cashFlow < 0) _desk.payOut(s.vault, uint256(-cashFlow));
        if (s.insolvent == 1) IVault(s.vault).onStopped();
    }

    /// Deals what the vault deals in this epoch and verifies the proof over what follows from it.
    /// @return cashFlow deposits less redemptions, µUSD
    /// @return dealing  whether this is one of the vault's dealing epochs
    function _prove(
        Submission calldata s,
        EpochState memory e,
        VaultRecord memory v
    ) private returns (int256 cashFlow, bool dealing) {
        Frame memory frame_ = _frame;
        uint64 cutoff = frame_.observedAt - dealMargin;
        EpochTerms memory terms = _termsOf(s, e.number, cutoff);
        if (_dealsNow(s, terms)) cashFlow = IVault(s.vault).deal(s.nav, s.redeemShares, cutoff, _desk.haircutPpb());
        uint256[] memory words = _transcript(
            s,
            Given({
                market: address(this),
                epoch: e.number,
                halted: e.openedHalted,
                commitment: v.commitment,
                cashFlow: cashFlow,
                terms: terms,
                frame: frame_,
                settle: _source(v.lastEpoch, settlePointer[v.lastEpoch], e.latestSeriesStart)
            })
        );
        uint256[8] calldata p = s.proof;
        if (
            !frame_.verifier.verifyProof([p[0], p[1]], [[p[2], p[3]], [p[4], p[5]]], [p[6], p[7]], _signals(words, s.h))
        ) revert InvalidProof();
        return (cashFlow, terms.dealing);
    }
}
