// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {
    ExitProposal,
    IBonds,
    ICommitteeRegistry,
    IMarket,
    IVerifier,
    IVerifierRegistry,
    MarketConfig,
    Phase,
    Profile,
    Slot,
    VaultStatus,
    VenueAccount,
    VenueRule
} from "../interfaces/ITacit.sol";
import {Bonds} from "../vault/Bonds.sol";
import {BabyJubJub} from "../curve/BabyJubJub.sol";
import {BPS, FIELD, Format} from "../format/Format.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {Books} from "./Books.sol";
import {OpeningErrors} from "../curve/Opening.sol";
import {Poseidon} from "../curve/Poseidon.sol";
import {Settlement} from "../format/Settlement.sol";
import {Transcript} from "../format/Transcript.sol";
import {TradeTerms} from "../desk/VenueTrade.sol";
import {Derivatives} from "../desk/Derivatives.sol";
import {InstrumentTable, SlotAccount} from "../desk/InstrumentTable.sol";
import {Trading} from "./Trading.sol";

/// What a market is made of, who it trusts, its storage and its plain views. Every step is in another file.
abstract contract MarketState is IMarket, MarketErrors, OpeningErrors, AccessManaged, ReentrancyGuardTransient {
    using InstrumentTable for InstrumentTable.Table;

    /// The epoch's state: one storage slot, the only one that most steps and every submission write.
    struct EpochState {
        uint32 number;
        Phase phase;
        /// End of the phase, seconds.
        uint40 deadline;
        /// The market as it stands, and as the epoch was opened: the latter is what proofs say.
        bool halted;
        bool openedHalted;
        /// Submissions so far; vaults that may submit in this epoch; vaults that may submit in the next.
        uint16 submissions;
        uint16 expected;
        uint16 active;
        /// Submissions of the closed batch whose order commitments are not added up yet.
        uint16 untallied;
        /// Epochs that were open (not halted) and have closed: heartbeats are counted in these.
        uint32 openEpochs;
        /// Bit g = group g waits to be cleared; bit g = group g counts as filled.
        uint8 pendingGroups;
        uint8 filledGroups;
        /// First epoch after the latest end of a series: vaults that submitted since have no exit to be paid.
        uint32 latestSeriesStart;
    }

    /// What an epoch was opened with.
    struct Frame {
        /// SSTORE2 pointers to the snapshot's and the committee's words.
        address snapshotPointer;
        uint64 observedAt;
        address keysPointer;
        IVerifier verifier;
        /// Part of 10^9 that claims are paid less, since the snapshot or a vault resolved after it.
        uint32 haircutPpb;
    }

    struct VaultRecord {
        uint256 commitment;
        /// Epoch of the last submission; 0 = none yet.
        uint32 lastEpoch;
        /// First epoch the vault may submit in.
        uint32 firstEpoch;
        /// `openEpochs` as it is when the epoch of the last submission has closed.
        uint32 seenOpenEpochs;
        VaultStatus status;
        uint64 challengeEnds;
        /// Epoch in which the challenge started.
        uint32 challengeEpoch;
    }

    uint256 internal constant MAX_GROUPS = 8;
    uint256 internal constant MAX_GROUP_SLOTS = 4;
    /// The length of an encoded `Profile`.
    uint256 private constant PROFILE_BYTES = 160;

    IERC20Metadata internal immutable cashToken;
    address public immutable oracle;
    ICommitteeRegistry public immutable committee;
    IVerifierRegistry public immutable verifiers;
    /// SSTORE2 pointer to the constants of Poseidon over the book words.
    address public immutable poseidonConstants;
    IBonds public immutable bonds;
    /// SSTORE2 pointer to profile and settings as their views return them.
    address private immutable settingsPointer;

    /// See `Transcript`.
    uint256 internal immutable modulus = FIELD;
    uint256 internal immutable slotCount;
    uint256 internal immutable groupCount;
    uint256 internal immutable groupSlots;
    uint256 internal immutable scenarioCount;
    uint256 internal immutable memberCount;
    uint256 internal immutable genesisCommitment;
    uint256 internal immutable rowWords;
    uint256 internal immutable bookWords;
    uint256 internal immutable snapshotWords;
    uint256 internal immutable sealedWordCount;
    uint256 internal immutable transcriptWordCount;

    uint32 internal immutable submitWindow;
    uint32 internal immutable clearWindow;
    uint32 internal immutable snapshotWindow;
    uint32 internal immutable challengeWindow;
    uint32 internal immutable haltCoolDown;
    uint32 internal immutable dealMargin;
    uint32 internal immutable heartbeatLimit;
    uint32 internal immutable minShareBps;
    uint32 internal immutable epsilonBps;
    uint32 internal immutable kappaBps;
    uint32 internal immutable maxInitialMarginBps;
    uint32 internal immutable maxMaintenanceMarginBps;

    EpochState internal _epoch;
    Frame internal _frame;
    /// When a breaker or the guardian last halted the market, or it went without a snapshot for too long.
    uint64 internal _lastTrip;
    /// Chain of the epoch's submissions, see `Submissions`.
    bytes32 public setHash;
    /// `setHash` as it was before the first submission that is tallied, once some but not all are.
    bytes32 internal _tallyHash;
    /// Sum of the tallied order commitments of each group.
    BabyJubJub.Point[MAX_GROUPS] internal _orderSums;
    mapping(uint32 epoch => address) internal _settlePointer;
    mapping(address vault => VaultRecord) internal _vaults;
    InstrumentTable.Table internal _table;

    constructor(
        address authority_,
        IERC20Metadata cash_,
        address oracle_,
        ICommitteeRegistry committee_,
        IVerifierRegistry verifiers_,
        address poseidonConstants_,
        MarketConfig memory c
    ) AccessManaged(authority_) {
        if (cash_.decimals() != 6) revert CashNeedsSixDecimals(cash_.decimals());
        cashToken = cash_;
        oracle = oracle_;
        committee = committee_;
        verifiers = verifiers_;
        poseidonConstants = poseidonConstants_;

        submitWindow = _within("submitWindow", c.submitWindow, 1 minutes, 7 days);
        clearWindow = _within("clearWindow", c.clearWindow, 1 minutes, 7 days);
        snapshotWindow = _within("snapshotWindow", c.snapshotWindow, 1 minutes, 7 days);
        challengeWindow = _within("challengeWindow", c.challengeWindow, 1 hours, 30 days);
        haltCoolDown = _within("haltCoolDown", c.haltCoolDown, 1 minutes, 30 days);
        // Vaults remember one change of terms, and two are at least four epochs apart.
        dealMargin = _within("dealMargin", c.dealMargin, 0, uint256(submitWindow) + clearWindow + snapshotWindow);
        heartbeatLimit = _within("heartbeatLimit", c.heartbeatLimit, 1, 1000);
        minShareBps = _within("minShareBps", c.minShareBps, 1, BPS);
        epsilonBps = _within("epsilonBps", c.epsilonBps, 1, 500);
        kappaBps = _within("kappaBps", c.kappaBps, 0, 5000);
        maxInitialMarginBps = _within("maxInitialMarginBps", c.maxInitialMarginBps, 1, BPS);
        maxMaintenanceMarginBps = _within(
            "maxMaintenanceMarginBps",
            c.maxMaintenanceMarginBps,
            c.maxInitialMarginBps,
            BPS
        );
        bonds = new Bonds(this, cash_, c.minBondMicroUsd);

        Profile memory p = verifiers_.profile();
        if (p.slots > InstrumentTable.MAX_SLOTS || p.groups == 0 || p.groups > MAX_GROUPS || p.members == 0)
            revert ProfileNotSupported();
        if (p.slots == 0 || p.slots % p.groups != 0 || p.slots / p.groups > MAX_GROUP_SLOTS)
            revert ProfileNotSupported();
        slotCount = p.slots;
        groupCount = p.groups;
        groupSlots = p.slots / p.groups;
        scenarioCount = p.scenarios;
        memberCount = p.members;
        genesisCommitment = p.genesisCommitment;
        settingsPointer = SSTORE2.write(abi.encode(p, c));
        rowWords = Format.rowWords(p.scenarios);
        bookWords = Format.bookWords(p.slots);
        snapshotWords = Format.snapshotWords(p.slots, p.scenarios);
        sealedWordCount = Format.sealedWords(p.slots, p.groups, p.members);
        transcriptWordCount = Format.transcriptWords(p.slots, p.groups, p.scenarios, p.members);

        uint256 computed = Poseidon.hash(poseidonConstants_, Books.empty(p.slots));
        if (computed != p.genesisCommitment) revert WrongPoseidonConstants(p.genesisCommitment, computed);
        _epoch.deadline = uint40(block.timestamp + c.snapshotWindow);
    }

    // ---- views

    function profile() external view returns (Profile memory) {
        _returnRaw(SSTORE2.read(settingsPointer, 0, PROFILE_BYTES));
    }

    function config() external view returns (MarketConfig memory) {
        _returnRaw(SSTORE2.read(settingsPointer, PROFILE_BYTES));
    }

    function cash() external view returns (address) {
        return address(cashToken);
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

    function halted() external view returns (bool) {
        return _epoch.halted;
    }

    function epochState() external view returns (EpochState memory) {
        return _epoch;
    }

    function slot(uint8 i) external view returns (Slot memory) {
        _requireSlot(i);
        _returnRaw(Trading.describe(_table, i));
    }

    function slotAccount(uint8 i) external view returns (SlotAccount memory) {
        _requireSlot(i);
        return _table.accounts[i];
    }

    /// Negative: missing from what all accounts claim.
    function insuranceMicroUsd() external view returns (int256) {
        return _table.insuranceMicroUsd;
    }

    function inventoryMicroUsd() external view returns (int256) {
        return _table.inventoryMicroUsd;
    }

    /// Cumulative cash paid per lot since the series opened, µUSD. Only perps pay any.
    function carryIndex(uint8 i) external view returns (int256) {
        _requireSlot(i);
        return _table.venues[i].carryIndexMicroUsd;
    }

    function venue(uint8 i) external view returns (VenueRule memory, VenueAccount memory, ExitProposal memory) {
        _requireSlot(i);
        _returnRaw(Derivatives.describe(_table, i));
    }

    function haircutPpb() external view returns (uint256) {
        return _frame.haircutPpb;
    }

    function owedMicroUsd(address vault) external view returns (uint256) {
        return _table.owed[vault];
    }

    function settleWords(address vault) public view returns (uint256[] memory words) {
        uint32 lastEpoch = _vaults[vault].lastEpoch;
        if (lastEpoch != 0 && lastEpoch == _epoch.number && _epoch.phase != Phase.AwaitSnapshot) {
            revert NotSettled(lastEpoch);
        }
        words = new uint256[](Format.settleWords(slotCount));
        _putSettleWords(words, 0, lastEpoch);
    }

    function snapshotPointer() external view returns (address) {
        return _frame.snapshotPointer;
    }

    /// keccak256 of the snapshot's words mod FIELD.
    function snapshotHash() external view returns (uint256) {
        uint256[] memory words = new uint256[](snapshotWords);
        Transcript.putBlob(words, 0, _frame.snapshotPointer, snapshotWords);
        return Transcript.hash(words, 0, snapshotWords);
    }

    function observedAt() external view returns (uint64) {
        return _frame.observedAt;
    }

    function vaultState(
        address vault
    ) external view returns (uint256 commitment, uint32 lastEpoch, VaultStatus status, uint64 challengeEnds) {
        VaultRecord storage v = _vaults[vault];
        return (v.commitment, v.lastEpoch, v.status, v.challengeEnds);
    }

    // ---- shared by the steps

    /// Ends the call with what a library has encoded: the market has no room to do so itself.
    function _returnRaw(bytes memory encoded) private pure {
        assembly ("memory-safe") {
            return(add(encoded, 0x20), mload(encoded))
        }
    }

    function _requirePhase(Phase wanted) internal view {
        if (_epoch.phase != wanted) revert WrongPhase(_epoch.phase);
    }

    function _requireSlot(uint256 i) internal view {
        if (i >= slotCount) revert NoSuchSlot(uint8(i));
    }

    /// Puts the 1 + 3N settle words of a vault that submitted last in `lastEpoch` (0 = never) to words[offset …],
    /// which must be zeros.
    function _putSettleWords(uint256[] memory words, uint256 offset, uint32 lastEpoch) internal view {
        uint256 filled;
        address pointer = _settlePointer[lastEpoch];
        if (pointer != address(0)) filled = Settlement.load(pointer, words, offset + Format.settleSlot(0), slotCount);
        uint256 keep = (1 << slotCount) - 1;
        if (lastEpoch != 0 && lastEpoch < _epoch.latestSeriesStart) {
            keep = _table.putExits(words, offset + Format.settleSlot(0), slotCount, lastEpoch);
        }
        words[offset] = filled | (keep << groupCount);
    }

    function _tradingTerms() internal view returns (TradeTerms memory) {
        return
            TradeTerms({
                cash: cashToken,
                snapshot: _frame.snapshotPointer,
                rowWords: rowWords,
                epsilonBps: epsilonBps,
                kappaBps: kappaBps
            });
    }

    function _within(bytes32 setting, uint32 value, uint256 min, uint256 max) private pure returns (uint32) {
        if (value < min || value > max) revert ConfigOutOfRange(setting, value, min, max);
        return value;
    }
}
