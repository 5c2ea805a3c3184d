// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Phase, VaultRecord} from "../interfaces/Types.sol";

/// A market as a vault sees it: what a vault asks of it is set from outside.
contract ScriptedMarket {
    uint32 public constant dealMargin = 60;
    uint32 public constant snapshotWindow = 900;

    Phase public phase;
    uint32 public epoch;
    uint64 public deadline;
    uint64 public observedAt;
    /// The epoch that every vault submitted in last.
    uint32 public lastEpoch;

    function set(Phase phase_, uint32 epoch_, uint64 deadline_, uint64 observedAt_, uint32 lastEpoch_) external {
        (phase, epoch, deadline, observedAt, lastEpoch) = (phase_, epoch_, deadline_, observedAt_, lastEpoch_);
    }

    function vaultState(address) external view returns (VaultRecord memory v) {
        v.lastEpoch = lastEpoch;
    }
}
