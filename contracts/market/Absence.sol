// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarket} from "../interfaces/IMarket.sol";
import {IVault} from "../interfaces/IVault.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {EpochState, Phase, VaultRecord, VaultStatus} from "../interfaces/Types.sol";

/// When a vault counts as left by its owner: after so many epochs in a row without a submission, or after two of its
/// dealings in a row, whatever it submitted between them, since depositors can neither come nor go then. A linked library,
/// so that the market has room; its functions run in the market and change the vault's record.
library Absence {
    /// Dealings in a row that a vault may not miss.
    uint256 private constant MISSED_DEALINGS = 2;

    /// See `IMarket.startRecovery`.
    function challenge(
        VaultRecord storage v,
        EpochState storage e,
        address vault,
        uint32 heartbeatLimit,
        uint32 challengeWindow
    ) external {
        if (v.status != VaultStatus.Active) revert MarketErrors.VaultNotActive(vault, v.status);
        uint32 missed = _missed(v, e);
        if (missed < heartbeatLimit && !_missesDealings(vault, v.dealtEpoch, _closed(e)))
            revert MarketErrors.NotMissing(vault, missed, heartbeatLimit);
        v.status = VaultStatus.Challenged;
        v.challengeEpoch = e.number;
        v.challengeEnds = uint64(block.timestamp + challengeWindow);
        emit IMarket.RecoveryStarted(vault, v.challengeEnds);
    }

    /// Whether a challenged vault that has submitted in `epoch` is back: one that goes on missing its dealings is not.
    function isBack(address vault, uint32 dealtEpoch, uint32 epoch) external view returns (bool) {
        return !_missesDealings(vault, dealtEpoch, epoch);
    }

    /// See `IMarket.finishChallenge`. The owner has had the whole window, and in it an epoch to submit in that opened after
    /// the challenge began: a window in which no epoch opens would be none. If it has only missed dealings, that was one to
    /// deal in.
    function finish(VaultRecord storage v, EpochState storage e, address vault, uint32 heartbeatLimit) external {
        if (v.status != VaultStatus.Challenged) revert MarketErrors.NotChallenged(vault, v.status);
        bool hadAnEpoch =
            _missed(v, e) < heartbeatLimit
                ? IVault(vault).dealings(v.challengeEpoch, e.number) != 0
                : e.number > v.challengeEpoch;
        if (block.timestamp <= v.challengeEnds || !hadAnEpoch || e.phase == Phase.Submit)
            revert MarketErrors.ChallengeRunning(v.challengeEnds, v.challengeEpoch);
        v.status = VaultStatus.Recovering;
        e.active--;
        emit IMarket.RecoveryFinished(vault);
        IVault(vault).onStopped();
    }

    /// Epochs in a row that a vault has missed. Halted ones count: they take submissions, and a crash is no time to be
    /// silent in.
    function _missed(VaultRecord storage v, EpochState storage e) private view returns (uint32) {
        uint32 closed = _closed(e);
        uint32 seen = v.lastEpoch < v.firstEpoch ? v.firstEpoch - 1 : v.lastEpoch;
        // It may have submitted in the running epoch, or come in during it.
        return closed > seen ? closed - seen : 0;
    }

    function _closed(EpochState storage e) private view returns (uint32) {
        return e.phase == Phase.Submit ? e.number - 1 : e.number;
    }

    function _missesDealings(address vault, uint32 dealtEpoch, uint32 upToEpoch) private view returns (bool) {
        return IVault(vault).dealings(dealtEpoch, upToEpoch) >= MISSED_DEALINGS;
    }
}
