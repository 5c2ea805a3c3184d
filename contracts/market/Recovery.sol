// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IVault} from "../interfaces/IVault.sol";
import {VaultRecord, VaultStatus} from "../interfaces/Types.sol";
import {Absence} from "./Absence.sol";
import {Books} from "./Books.sol";
import {State} from "./State.sol";

/// What happens to a vault whose owner falls silent, or that has lost more than it had. A vault in recovery keeps its
/// commitment and its last order, which is binding. Whoever knows its book opens it, and with that the desk takes the
/// vault over (`Waterfall`): its share holders are owed what it is worth, and its positions are sold in the batches.
abstract contract Recovery is State {
    function startRecovery(address vault) external nonReentrant {
        Absence.challenge(_vaults[vault], _epoch, vault, heartbeatLimit, challengeWindow);
    }

    function finishChallenge(address vault) external nonReentrant {
        Absence.finish(_vaults[vault], _epoch, vault, heartbeatLimit);
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
