// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IVault, Phase, VaultStatus} from "../interfaces/ITacit.sol";
import {Books} from "./Books.sol";
import {MarketState} from "./MarketState.sol";

/// What happens to a vault whose owner falls silent. A vault in recovery keeps its commitment and its last order, which
/// is binding; unwinding an opened book is a step of its own.
abstract contract Recovery is MarketState {
    /// Starts the challenge of a vault that missed `heartbeatLimit` open epochs in a row.
    function startRecovery(address vault) external {
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
        if (block.timestamp <= v.challengeEnds || !hadAnEpoch) revert ChallengeRunning(v.challengeEnds, v.challengeEpoch);
        v.status = VaultStatus.Recovering;
        e.active--;
        emit RecoveryFinished(vault);
        IVault(vault).onRecovery();
    }

    function openBook(address vault, uint256[] calldata words) external {
        VaultRecord storage v = _vaults[vault];
        if (v.status != VaultStatus.Recovering && v.status != VaultStatus.Insolvent) {
            revert BookStaysSealed(vault, v.status);
        }
        if (words.length != bookWords) revert NotTheBook(vault);
        Books.check(vault, v.commitment, poseidonConstants, words);
        emit BookOpened(vault, words);
    }
}
