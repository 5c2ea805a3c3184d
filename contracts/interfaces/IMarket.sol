// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDesk} from "./IDesk.sol";
import {Phase, Profile, Submission, VaultRecord} from "./Types.sol";

/// Epochs, submissions and the end of vaults, as everybody else sees them. Money is the desk's business (`IDesk`).
interface IMarket {
    event EpochOpened(
        uint32 indexed epoch,
        uint256 snapshotHash,
        address snapshotPointer,
        uint64 observedAt,
        uint64 submitBy,
        bool halted,
        uint32 committeeVersion
    );
    /// Everything a submission brought and what it set off: with chain state, all a transcript needs. `sealedWords` is
    /// here because a submission made by another contract has no calldata of its own for the committee to find.
    event Submitted(
        uint32 indexed epoch,
        address indexed vault,
        uint32 index,
        uint256 oldCommitment,
        uint256 newCommitment,
        int256 cashFlow,
        uint256 redeemShares,
        uint256 nav,
        bool insolvent,
        uint256 h,
        uint256[] sealedWords
    );
    event EpochClosed(uint32 indexed epoch, uint32 submissions, bytes32 setHash, bool cancelled);
    event BatchTallied(uint32 indexed epoch, uint32 untallied);
    /// `references` and `charges` per slot, µUSD per lot; 0 where there can be no orders.
    event GroupCleared(
        uint32 indexed epoch,
        uint8 indexed group,
        int256[] nets,
        uint256 rho,
        uint256[] references,
        uint256[] charges
    );
    event GroupFailed(uint32 indexed epoch, uint8 indexed group, bytes reason);
    /// In a halted epoch: a part of what the market took over was sold, or bought back, and no order filled.
    event GroupUnwound(uint32 indexed epoch, uint8 indexed group);
    event GroupLapsed(uint32 indexed epoch, uint8 indexed group);
    event EpochSettled(uint32 indexed epoch, address settlePointer, uint256 fillFlags);
    event Halted(bytes32 reason);
    event Resumed();
    event VaultRegistered(address indexed vault, uint32 firstEpoch);
    event VaultInsolvent(address indexed vault, uint32 epoch);
    event RecoveryStarted(address indexed vault, uint64 challengeEnds);
    event RecoveryCancelled(address indexed vault);
    event RecoveryFinished(address indexed vault);
    /// `words` are the book words of protocol.md §3 behind the vault's commitment.
    event BookOpened(address indexed vault, uint256[] words);

    // ---- views; those that take more than a glance are the lens's (`Lens`)
    function desk() external view returns (IDesk);
    /// The only one that opens epochs.
    function oracle() external view returns (address);
    function profile() external view returns (Profile memory);
    /// SSTORE2 pointer to the encoded `MarketConfig`.
    function settings() external view returns (address);
    function phase() external view returns (Phase);
    function epoch() external view returns (uint32);
    function deadline() external view returns (uint64);
    function snapshotPointer() external view returns (address);
    function observedAt() external view returns (uint64);
    /// Requests made later than so many seconds before `observedAt` are not dealt in the epoch.
    function dealMargin() external view returns (uint32);
    /// While a snapshot is awaited: it is due, by the reporters' pace, so many seconds before the deadline.
    function snapshotWindow() external view returns (uint32);
    function vaultState(address vault) external view returns (VaultRecord memory);

    // ---- steps, all permissionless
    function submit(Submission calldata s) external;
    function close() external;
    /// Adds up the order commitments of the latest submissions of the closed batch that are not tallied yet; once all
    /// are, groups can be cleared. `from`: index of the first of them; `before`: `setHash` before it; `contents`:
    /// keccak256 of new commitment, ephemeral key and sealed payload; `orders`: 2U words each.
    function tally(
        uint256 from,
        bytes32 before,
        address[] calldata vaults,
        bytes32[] calldata contents,
        uint256[] calldata orders
    ) external;
    function clear(uint8 group, int256[] calldata nets, uint256 rho) external returns (bool cleared);
    function lapse(uint8 group) external;
    /// In a halted epoch, while it takes submissions, once a group: unwinds as much of what the market took over as a
    /// clearing without orders would, by the same references and bounds.
    function unwind(uint8 group) external;
    /// After the snapshot deadline without a snapshot: halts, and waits for the reporters' next observation.
    function haltStale() external;
    /// For a vault that missed `heartbeatLimit` epochs in a row, or two dealings in a row whatever else it submitted.
    function startRecovery(address vault) external;
    function finishChallenge(address vault) external;
    /// Publishes the opening of a recovering or insolvent vault's commitment and resolves the vault; `words` are its BW
    /// book words. While an epoch takes submissions: its snapshot is fresh, the vault's last order is settled, and
    /// nobody trades.
    function openBook(address vault, uint256[] calldata words) external;
    /// Pays a resolved vault as much of what it is owed as the insurance account has in cash. While an epoch takes
    /// submissions.
    function payResolved(address vault) external;
    /// Ends a halt: governance at any time, anybody once `haltCoolDown` has passed since the last trip.
    function resume() external;

    // ---- governance (AccessManager roles)
    function register(address vault) external;
    /// The guardian's: stops trading at once.
    function halt() external;

    // ---- called by the oracle
    /// Before it lays down the carry indices: brings marks and funding of perps, and the feeds of options, up to date.
    /// @return clearedBy no group of the epoch that is opened now can be cleared after this time
    function checkpoint() external returns (uint64 clearedBy);
    function openEpoch(address pointer, uint256 snapshotHash, uint64 observedAt_, bool halt_) external;

    // ---- called by the desk
    /// Market and desk share one lock: the desk takes it for each step of its own that calls a stranger. Reverts while
    /// either of them is in such a step.
    function lock() external;
    function unlock() external;
}
