// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IVault} from "../interfaces/IVault.sol";
import {EpochState, Phase, VaultRecord, VaultStatus} from "../interfaces/Types.sol";
import {Books} from "./Books.sol";
import {State} from "./State.sol";

/// What happens to a vault whose owner falls silent, or that has lost more than it had. A vault in recovery keeps its
/// commitment and its last order, which is binding. Whoever knows its book opens it, and with that the desk takes the
/// vault over (`Waterfall`): its share holders are owed what it is worth, and its positions are sold in the batches.
abstract contract Recovery is State {
    /// Starts the challenge of a vault that missed `heartbeatLimit` open epochs in a row.
    function startRecovery(address vault) external nonReentrant {
        EpochState storage e = _epoch;
        VaultRecord storage v = _vaults[vault];
        if (v.status != VaultStatus.Active) revert VaultNotActive(vault, v.status);
        // A vault that has submitted in the running epoch has seen one more than have closed.
        uint32 missed = v.seenOpenEpochs > e.openEpochs ? 0 : e.openEpochs - v.seenOpenEpochs;
        if (missed < heartbeatLimit) revert NotMissing(vault, missed, heartbeatLimit);
        v.status = VaultStatus.Challenged;
        v.challengeEpoch = e.number;
        v.challengeEnds = uint64(block.timestamp + challengeWindow);
        emit RecoveryStarted(vault, v.challengeEnds);
    }

    /// Puts a challenged vault into recovery. Its owner has had the whole window, and in it an epoch to submit in that
    /// opened after the challenge began: a window in which no epoch opens would be none.
    function finishChallenge(address vault) external nonReentrant {
        EpochState storage e = _epoch;
        VaultRecord storage v = _vaults[vault];
        if (v.status != VaultStatus.Challenged) revert NotChallenged(vault, v.status);
        bool hadAnEpoch = e.number > v.challengeEpoch && e.phase != Phase.Submit;
        if (block.timestamp <= v.challengeEnds || !hadAnEpoch)
            revert ChallengeRunning(v.challengeEnds, v.challengeEpoch);
        v.status = VaultStatus.Recovering;
        e.active--;
        emit RecoveryFinished(vault);
        IVault(vault).onStopped();
    }

    function openBook(address vault, uint256[] calldata words) external nonReentrant {
        VaultRecord storage v = _vaults[vault];
        if (v.status != VaultStatus.Recovering && v.status != VaultStatus.Insolvent) {
            revert BookStaysSealed(vault, v.status);
        }
        if (words.length != bookWords) revert NotTheBook(vault);
        _requireSubmitting();
        if (v.lastEpoch == _epoch.number) revert NotSettled(v.lastEpoch);
        v.status = VaultStatus.Resolved;
        Books.resolve(
            vault,
            v.commitment,
            poseidonConstants,
            words,
            _source(v.lastEpoch, settlePointer[v.lastEpoch], _epoch.latestSeriesStart),
            _frame.snapshotPointer
        );
        IVault(vault).onResolved(0);
    }

    function payResolved(address vault) external nonReentrant {
        _requireSubmitting();
        uint256 paid = _desk.payResolved(vault, _frame.snapshotPointer);
        IVault(vault).onResolved(paid);
    }
}
