// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {OpeningErrors} from "../curve/Opening.sol";
import {Poseidon} from "../curve/Poseidon.sol";
import {BPS, Format} from "../format/Format.sol";
import {setting} from "../governance/Setting.sol";
import {requireWired} from "../governance/Wiring.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {IBonds} from "../interfaces/IBonds.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {ICommitteeRegistry, IVerifierRegistry} from "../interfaces/IRegistries.sol";
import {EpochState, Frame, MarketConfig, Phase, Profile, VaultRecord} from "../interfaces/Types.sol";
import {Batch} from "./Batch.sol";
import {Books} from "./Books.sol";
import {Lock} from "./Lock.sol";
import {Statement} from "./Statement.sol";

/// What a market is made of, who it trusts, its storage and its plain views. Every step is in another file.
abstract contract State is IMarket, DeskErrors, OpeningErrors, AccessManaged, Lock, Statement {
    uint256 internal constant MAX_SLOTS = 16;

    address public immutable oracle;
    ICommitteeRegistry public immutable committee;
    IVerifierRegistry public immutable verifiers;
    /// SSTORE2 pointer to the constants of Poseidon over the book words.
    address public immutable poseidonConstants;
    IBonds internal immutable bonds;
    /// See `Lens.config`.
    address public immutable settings;

    uint256 internal immutable groupSlots;
    uint256 private immutable scenarioCount;
    uint256 internal immutable genesisCommitment;
    uint256 internal immutable bookWords;

    uint32 internal immutable submitWindow;
    uint32 internal immutable clearWindow;
    uint32 internal immutable epochSeconds;
    uint32 public immutable snapshotWindow;
    uint32 internal immutable challengeWindow;
    uint32 internal immutable haltCoolDown;
    uint32 public immutable dealMargin;
    uint32 internal immutable heartbeatLimit;
    uint32 internal immutable minShareBps;

    EpochState internal _epoch;
    Frame internal _frame;
    /// When a breaker or the guardian last halted the market, or it went without a snapshot for too long.
    uint64 internal _lastTrip;
    Batch.State internal _batch;
    /// Where the results of an epoch are stored; zero if nothing was filled.
    mapping(uint32 epoch => address) public settlePointer;
    mapping(address vault => VaultRecord) internal _vaults;

    constructor(
        address authority_,
        IDesk desk_,
        address oracle_,
        ICommitteeRegistry committee_,
        IVerifierRegistry verifiers_,
        address poseidonConstants_,
        MarketConfig memory c
    ) AccessManaged(authority_) Statement(desk_, verifiers_.profile(), c) {
        requireWired("the desk's market", desk_.market(), address(this));
        requireWired("the desk's authority", IAccessManaged(address(desk_)).authority(), authority_);
        requireWired("the desk's verifiers", address(desk_.verifiers()), address(verifiers_));
        // It is deployed after the market, which it looks at, and the factory of vaults looks at it.
        if (oracle_ == address(0)) revert NoContract("the market's oracle", oracle_);
        oracle = oracle_;
        committee = committee_;
        verifiers = verifiers_;
        poseidonConstants = poseidonConstants_;
        bonds = desk_.bonds();

        settings = SSTORE2.write(abi.encode(c));
        submitWindow = setting("submitWindow", c.submitWindow, 1 minutes, 7 days);
        clearWindow = setting("clearWindow", c.clearWindow, 1 minutes, 7 days);
        epochSeconds = setting("epochSeconds", c.epochSeconds, 2 minutes, 30 days);
        // Else an epoch still runs when the next snapshot is due.
        if (uint256(submitWindow) + clearWindow > epochSeconds)
            revert SettingsContradict("submitWindow + clearWindow <= epochSeconds");
        snapshotWindow = setting("snapshotWindow", c.snapshotWindow, 1 minutes, 7 days);
        challengeWindow = setting("challengeWindow", c.challengeWindow, 1 hours, 30 days);
        haltCoolDown = setting("haltCoolDown", c.haltCoolDown, 1 minutes, 30 days);
        // Clocks of reporters and of the chain are some seconds apart, and nobody is to know the snapshot when it asks.
        // Vaults remember one change of terms, and two are at least four epochs apart.
        dealMargin = setting("dealMargin", c.dealMargin, 10, epochSeconds);
        heartbeatLimit = setting("heartbeatLimit", c.heartbeatLimit, 1, 1000);
        minShareBps = setting("minShareBps", c.minShareBps, 1, BPS);
        setting("maxInitialMarginBps", c.maxInitialMarginBps, 1, BPS);
        setting("maxMaintenanceMarginBps", c.maxMaintenanceMarginBps, c.maxInitialMarginBps, BPS);

        Profile memory p = verifiers_.profile();
        if (p.slots > MAX_SLOTS || p.groups == 0 || p.groups > Batch.MAX_GROUPS || p.members == 0)
            revert ProfileNotSupported();
        if (p.slots == 0 || p.slots % p.groups != 0 || p.slots / p.groups > Batch.MAX_GROUP_SLOTS)
            revert ProfileNotSupported();
        groupSlots = p.slots / p.groups;
        scenarioCount = p.scenarios;
        genesisCommitment = p.genesisCommitment;
        bookWords = Format.bookWords(p.slots);
        bytes32 codeHash = Format.poseidonCodeHash(p.slots);
        if (poseidonConstants_.codehash != codeHash)
            revert WrongPoseidonConstants(poseidonConstants_, poseidonConstants_.codehash, codeHash);
        uint256 computed = Poseidon.hash(poseidonConstants_, Books.empty(p.slots));
        if (computed != p.genesisCommitment) revert WrongGenesisCommitment(p.genesisCommitment, computed);
        _epoch.deadline = _snapshotDeadline();
    }

    /// @inheritdoc IMarket
    function lock() external {
        _requireDesk();
        _lock();
    }

    /// @inheritdoc IMarket
    function unlock() external {
        _requireDesk();
        _unlock();
    }

    // ---- views

    function desk() external view returns (IDesk) {
        return _desk;
    }

    function profile() external view returns (Profile memory) {
        return
            Profile({
                slots: uint8(slotCount),
                groups: uint8(groupCount),
                scenarios: uint8(scenarioCount),
                members: uint8(memberCount),
                genesisCommitment: genesisCommitment
            });
    }

    function phase() external view returns (Phase) {
        return _epoch.phase;
    }

    function epoch() external view returns (uint32) {
        return _epoch.number;
    }

    function deadline() external view returns (uint64) {
        return _epoch.deadline;
    }

    function snapshotPointer() external view returns (address) {
        return _frame.snapshotPointer;
    }

    function observedAt() external view returns (uint64) {
        return _frame.observedAt;
    }

    /// Chain of the epoch's submissions.
    function setHash() external view returns (bytes32) {
        return _batch.setHash;
    }

    function epochState() external view returns (EpochState memory) {
        return _epoch;
    }

    function frame() external view returns (Frame memory) {
        return _frame;
    }

    function vaultState(address vault) external view returns (VaultRecord memory) {
        return _vaults[vault];
    }

    // ---- shared by the steps

    function _requirePhase(Phase wanted) internal view {
        if (_epoch.phase != wanted) revert WrongPhase(_epoch.phase);
    }

    /// For what goes by the marks of the running epoch: while it takes submissions, they are fresh.
    function _requireSubmitting() internal view {
        _requirePhase(Phase.Submit);
        if (block.timestamp > _epoch.deadline) revert DeadlinePassed(_epoch.deadline);
    }

    /// Until when the next snapshot may come. Reporters observe at their own pace, however early an epoch is settled;
    /// where an observation was missed they go on with the next one.
    function _snapshotDeadline() internal view returns (uint40) {
        uint256 due = _frame.observedAt + epochSeconds;
        if (due < block.timestamp) due = block.timestamp + epochSeconds;
        return uint40(due + snapshotWindow);
    }

    function _requireDesk() private view {
        if (msg.sender != address(_desk)) revert OnlyDesk(msg.sender);
    }
}
