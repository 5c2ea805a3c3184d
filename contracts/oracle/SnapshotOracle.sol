// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Announced} from "../governance/Announced.sol";
import {requireWired} from "../governance/Wiring.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {ISnapshotOracle} from "../interfaces/ISnapshotOracle.sol";
import {CommonErrors} from "../interfaces/CommonErrors.sol";
import {MarketConfig, Profile, Slot, SlotKind} from "../interfaces/Types.sol";
import {
    BPS,
    FIELD,
    LANE_DELTA,
    LANE_VALUE,
    OPTION_TOLERANCE_BPS,
    PRICE_TOLERANCE_BPS,
    SLOT_LIQUIDITY
} from "../format/Format.sol";
import {Feed} from "../desk/Feed.sol";
import {Reference} from "../desk/Reference.sol";
import {SnapshotFormat} from "../format/SnapshotFormat.sol";

/// Takes the reporters' snapshot of an epoch to the market, past the circuit breakers.
///
/// Three answers to a snapshot:
/// - It reverts if it is not one: no quorum, wrong epoch, too old, malformed.
/// - It is not accepted (false, `BreakerTripped`) if the chain's own feeds contradict it or can't confirm it. Nothing
///   changes; the market waits, and anybody can halt it once it has waited too long.
/// - It is accepted, but the epoch opens halted (`BreakerTripped`), if marks have moved too far too fast: exits at the
///   new prices go on, orders don't.
///
/// Marks. Spot: the value lane. Perp: the delta lane, which is its mark (its value is cash). Both are compared with the
/// slot's feed, and their moves are counted in parts of the last mark. Option: the value lane; no feed knows it and the
/// vol level is in no word, so a vol jump is caught as what it does to the option: its move, in parts of the
/// underlying's price. An option's first mark of a series has nothing to be compared with but the quorum.
///
/// Moves fill a leaky bucket per slot, so that there is no window whose end resets the count: over any time t the moves
/// of unhalted epochs add up to at most capacity·(1 + t / window). Reporters who see things a little differently move
/// marks too: limits are refused under which that alone could fill a bucket faster than it drains.
///
/// Assumptions: fewer than `quorum` reporters lie; the authority (an AccessManager) gives `tighten`, `removeReporter`
/// and the announcements to governance; the market lists no slot without a feed.
contract SnapshotOracle is ISnapshotOracle, Announced, EIP712 {
    using SafeCast for uint256;

    /// What governance sets: `tighten` at once, `changeLimits` after an announcement.
    struct Limits {
        /// Signatures a snapshot needs.
        uint8 quorum;
        /// Oldest snapshot accepted, seconds since `observedAt`.
        uint32 maxAgeSeconds;
        /// Largest distance of a spot or perp mark from its feed.
        uint16 deviationBps;
        /// Capacity of the bucket of a spot or perp, and of an option.
        uint16 moveBps;
        uint16 optionMoveBps;
        /// Time in which a full bucket drains.
        uint32 moveWindowSeconds;
        /// How long the sequencer must be back before its chain's prices count.
        uint32 sequencerGraceSeconds;
    }

    /// The moves of a slot's mark.
    struct Bucket {
        uint48 markMicroUsd;
        uint40 observedAt;
        /// Moves that have not drained yet, in 1e-9.
        uint40 levelPpb;
        /// Which instrument the mark is of: another one starts anew.
        uint128 series;
    }

    enum ReporterStatus {
        None,
        Active,
        /// Signed two snapshots for one epoch. For good.
        Equivocated
    }

    /// A reporter's signed word on an epoch.
    struct Statement {
        uint64 observedAt;
        bytes32 wordsHash;
        bytes signature;
    }

    event LimitsSet(Limits limits);
    event ReporterAdded(address indexed reporter);
    event ReporterRemoved(address indexed reporter);
    event ReporterEquivocated(address indexed reporter, uint32 indexed epoch);

    /// Snapshots are published in their turn.
    error WrongEpoch(uint32 given, uint32 next);
    /// Not observed later than the last one.
    error NotNewer(uint64 lastObservedAt);
    error FromTheFuture(uint64 observedAt);
    /// Have the reporters observe again.
    error TooOld(uint64 observedAt, uint32 maxAgeSeconds);
    error NotEnoughSignatures(uint256 given, uint256 quorum);
    /// Signatures come in the order of their signers' addresses, each signer once.
    error SignersNotSorted(address signer);
    error NotAReporter(address signer);
    /// The named limit is outside its hard bounds.
    error LimitOutOfRange(bytes32 limit);
    /// Some limit would be looser: announce `changeLimits`.
    error NotTighter();
    /// Limits have changed since the announcement: announce again from what they are now.
    error LimitsHaveChanged();
    /// Zero, a reporter already, or one that equivocated.
    error CannotAddReporter(address reporter);
    error NotAFeed();
    /// The option could expire before the epoch is cleared: report no liquidity for it.
    error ExpiresTooSoon(uint8 slot, uint64 expiry, uint64 clearedBy);
    error SameStatement();
    error DifferentSigners(address first, address second);
    /// The second was signed when the first could no longer be published: that is allowed.
    error StatementsFarApart();

    bytes32 public constant SNAPSHOT_TYPEHASH = keccak256(
        "Snapshot(address market,uint32 epoch,uint64 observedAt,uint32 listings,bytes32 wordsHash)"
    );

    /// Hard bounds of the limits.
    uint32 public constant MAX_STATEMENT_LIFE_SECONDS = 1 days;
    uint16 public constant MAX_DEVIATION_BPS = 1_000;
    uint16 public constant MAX_MOVE_BPS = 5_000;
    uint32 public constant MIN_MOVE_WINDOW_SECONDS = 1 hours;
    uint32 public constant MAX_MOVE_WINDOW_SECONDS = 30 days;
    uint32 public constant MAX_SEQUENCER_GRACE_SECONDS = 1 days;

    /// A slot's number in events that are about no slot.
    uint8 private constant NO_SLOT = type(uint8).max;
    uint256 private constant PPB = 1e9;
    uint256 private constant PPB_PER_BPS = PPB / BPS;

    IMarket public immutable market;
    /// Chainlink's uptime feed of an L2 sequencer; zero on a chain without one.
    AggregatorV3Interface public immutable sequencerFeed;
    /// Bound of `maxAgeSeconds` for good. After so long a reporter may sign again for the same epoch.
    uint32 public immutable statementLifeSeconds;

    /// The market's, from one observation to the next.
    uint32 private immutable epochSeconds;

    Limits private _limits;
    mapping(address => ReporterStatus) public reporterStatus;
    uint256 public reporterCount;
    mapping(uint256 slot => Bucket) public buckets;

    constructor(
        address authority_,
        uint32 delaySeconds_,
        IMarket market_,
        AggregatorV3Interface sequencerFeed_,
        uint32 statementLifeSeconds_,
        Limits memory limits_,
        address[] memory reporters
    ) Announced(authority_, delaySeconds_) EIP712("Tacit SnapshotOracle", "1") {
        market = market_;
        requireWired("the market's oracle", market_.oracle(), address(this));
        MarketConfig memory c = abi.decode(SSTORE2.read(market_.settings()), (MarketConfig));
        epochSeconds = c.epochSeconds;
        if (address(sequencerFeed_) != address(0) && address(sequencerFeed_).code.length == 0) revert NotAFeed();
        sequencerFeed = sequencerFeed_;
        if (statementLifeSeconds_ > MAX_STATEMENT_LIFE_SECONDS) revert LimitOutOfRange("statementLifeSeconds");
        // Else the market can be halted while its snapshot may still come.
        if (statementLifeSeconds_ > c.snapshotWindow)
            revert CommonErrors.SettingsContradict("statementLifeSeconds <= snapshotWindow");
        statementLifeSeconds = statementLifeSeconds_;
        for (uint256 i; i < reporters.length; i++) {
            _addReporter(reporters[i]);
        }
        _setLimits(limits_);
    }

    /// @inheritdoc ISnapshotOracle
    function publish(
        uint32 epoch,
        uint64 observedAt,
        uint256[] calldata words,
        bytes[] calldata signatures
    ) external returns (bool accepted) {
        _requireTurn(epoch, observedAt);
        IDesk desk = market.desk();
        uint32 listings = desk.listings();
        _requireQuorum(_digest(epoch, observedAt, listings, keccak256(abi.encodePacked(words))), signatures);

        uint64 clearedBy = market.checkpoint();
        Profile memory p = market.profile();
        Slot[] memory slots = new Slot[](p.slots);
        int256[] memory carryIndices = new int256[](p.slots);
        for (uint8 i; i < p.slots; i++) {
            slots[i] = desk.slot(i);
            if (slots[i].kind != SlotKind.None) carryIndices[i] = desk.carryIndex(i);
        }
        (uint256[] memory snapshot, bool leftOut) = SnapshotFormat.assemble(p, slots, carryIndices, words);

        bool confirmed = _isSequencerUp(epoch);
        uint256[] memory marks = new uint256[](p.slots);
        uint256[] memory underlyings = new uint256[](p.slots);
        for (uint8 i; i < p.slots; i++) {
            if (slots[i].kind == SlotKind.None) continue;
            _requireNoOrders(p, i, slots[i], snapshot, clearedBy);
            marks[i] = _mark(slots[i].kind, snapshot[SnapshotFormat.firstWord(p, i)]);
            bool ok;
            (ok, underlyings[i]) = _confirm(epoch, i, slots[i], marks[i]);
            confirmed = confirmed && ok;
        }
        if (!confirmed) return false;

        bool halt;
        for (uint8 i; i < p.slots; i++) {
            if (slots[i].kind == SlotKind.None) continue;
            if (_movesTooFar(epoch, observedAt, i, slots[i], marks[i], underlyings[i])) halt = true;
        }

        bytes memory blob = abi.encodePacked(snapshot);
        uint256 snapshotHash = uint256(keccak256(blob)) % FIELD;
        emit SnapshotAccepted(epoch, snapshotHash, observedAt, listings, signatures);
        if (leftOut) emit SlotsLeftOut(epoch, words);
        market.openEpoch(SSTORE2.write(blob), snapshotHash, observedAt, halt);
        return true;
    }

    /// Removes a reporter for good on the evidence of two statements it signed for one epoch while both could be
    /// published: of one table, because one of an earlier table can't be any more. Anyone.
    function reportEquivocation(uint32 epoch, uint32 listings, Statement calldata a, Statement calldata b) external {
        bytes32 digestA = _digest(epoch, a.observedAt, listings, a.wordsHash);
        bytes32 digestB = _digest(epoch, b.observedAt, listings, b.wordsHash);
        if (digestA == digestB) revert SameStatement();
        uint64 apart = a.observedAt > b.observedAt ? a.observedAt - b.observedAt : b.observedAt - a.observedAt;
        if (apart > statementLifeSeconds) revert StatementsFarApart();
        address reporter = ECDSA.recoverCalldata(digestA, a.signature);
        address other = ECDSA.recoverCalldata(digestB, b.signature);
        if (reporter != other) revert DifferentSigners(reporter, other);
        _removeReporter(reporter, ReporterStatus.Equivocated);
        emit ReporterEquivocated(reporter, epoch);
    }

    function limits() external view returns (Limits memory) {
        return _limits;
    }

    // ---- governance

    /// At once; no limit may get looser.
    function tighten(Limits calldata to) external restricted {
        Limits memory from = _limits;
        bool looser =
            to.quorum < from.quorum ||
                to.maxAgeSeconds > from.maxAgeSeconds ||
                to.deviationBps > from.deviationBps ||
                to.moveBps > from.moveBps ||
                to.optionMoveBps > from.optionMoveBps ||
                to.moveWindowSeconds < from.moveWindowSeconds ||
                to.sequencerGraceSeconds < from.sequencerGraceSeconds;
        if (looser) revert NotTighter();
        _setLimits(to);
    }

    /// Anyone, once announced and due.
    /// @param from the limits at the time of the announcement: tightening in between makes it void
    function changeLimits(Limits calldata from, Limits calldata to) external announced {
        if (keccak256(abi.encode(from)) != keccak256(abi.encode(_limits))) revert LimitsHaveChanged();
        _setLimits(to);
    }

    /// Anyone, once announced and due.
    function addReporter(address reporter) external announced {
        _addReporter(reporter);
    }

    /// At once, even below the quorum: no snapshot is better than a forged one.
    function removeReporter(address reporter) external restricted {
        _removeReporter(reporter, ReporterStatus.None);
    }

    function _setLimits(Limits memory l) private {
        if (l.quorum == 0 || l.quorum > reporterCount) revert LimitOutOfRange("quorum");
        if (l.maxAgeSeconds > statementLifeSeconds) revert LimitOutOfRange("maxAgeSeconds");
        if (l.deviationBps > MAX_DEVIATION_BPS) revert LimitOutOfRange("deviationBps");
        if (l.moveBps > MAX_MOVE_BPS) revert LimitOutOfRange("moveBps");
        if (l.optionMoveBps > MAX_MOVE_BPS) revert LimitOutOfRange("optionMoveBps");
        if (l.moveWindowSeconds < MIN_MOVE_WINDOW_SECONDS || l.moveWindowSeconds > MAX_MOVE_WINDOW_SECONDS) {
            revert LimitOutOfRange("moveWindowSeconds");
        }
        if (l.sequencerGraceSeconds > MAX_SEQUENCER_GRACE_SECONDS) revert LimitOutOfRange("sequencerGraceSeconds");
        if (_drainBps(l.moveBps, l.moveWindowSeconds) <= _disagreement(PRICE_TOLERANCE_BPS))
            revert CommonErrors.SettingsContradict(
                "moveBps * epochSeconds / moveWindowSeconds > 3 * PRICE_TOLERANCE_BPS"
            );
        if (_drainBps(l.optionMoveBps, l.moveWindowSeconds) <= _disagreement(OPTION_TOLERANCE_BPS))
            revert CommonErrors.SettingsContradict(
                "optionMoveBps * epochSeconds / moveWindowSeconds > 3 * OPTION_TOLERANCE_BPS"
            );
        _limits = l;
        emit LimitsSet(l);
    }

    /// What of a full bucket drains from one observation to the next, rounded down.
    function _drainBps(uint256 capacityBps, uint256 windowSeconds) private view returns (uint256) {
        return (capacityBps * Math.min(epochSeconds, windowSeconds)) / windowSeconds;
    }

    /// What marks can move between two snapshots while nothing else does: the first as far above one honest reporter's
    /// own as it may be, the second as far below another's, who are as far apart.
    function _disagreement(uint256 toleranceBps) private pure returns (uint256) {
        return 3 * toleranceBps;
    }

    function _addReporter(address reporter) private {
        if (reporter == address(0) || reporterStatus[reporter] != ReporterStatus.None)
            revert CannotAddReporter(reporter);
        reporterStatus[reporter] = ReporterStatus.Active;
        reporterCount++;
        emit ReporterAdded(reporter);
    }

    function _removeReporter(address reporter, ReporterStatus status) private {
        if (reporterStatus[reporter] != ReporterStatus.Active) revert NotAReporter(reporter);
        reporterStatus[reporter] = status;
        reporterCount--;
        emit ReporterRemoved(reporter);
    }

    // ---- is it a snapshot?

    function _requireTurn(uint32 epoch, uint64 observedAt) private view {
        uint32 next = market.epoch() + 1;
        if (epoch != next) revert WrongEpoch(epoch, next);
        uint64 last = market.observedAt();
        if (observedAt <= last) revert NotNewer(last);
        if (observedAt > block.timestamp) revert FromTheFuture(observedAt);
        if (block.timestamp - observedAt > _limits.maxAgeSeconds) revert TooOld(observedAt, _limits.maxAgeSeconds);
    }

    /// An option that expires before its orders are sure to be cleared takes none: its snapshot has no liquidity.
    function _requireNoOrders(
        Profile memory p,
        uint8 i,
        Slot memory slot,
        uint256[] memory snapshot,
        uint64 clearedBy
    ) private pure {
        if (slot.kind != SlotKind.Option || slot.expiry > clearedBy) return;
        uint256 at = SnapshotFormat.firstWord(p, i) + SnapshotFormat.rowWords(p) + SLOT_LIQUIDITY;
        uint256 liquidity = snapshot[at];
        if (liquidity != 0) revert ExpiresTooSoon(i, slot.expiry, clearedBy);
    }

    function _requireQuorum(bytes32 digest, bytes[] calldata signatures) private view {
        if (signatures.length < _limits.quorum) revert NotEnoughSignatures(signatures.length, _limits.quorum);
        address last;
        for (uint256 i; i < signatures.length; i++) {
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (signer <= last) revert SignersNotSorted(signer);
            if (reporterStatus[signer] != ReporterStatus.Active) revert NotAReporter(signer);
            last = signer;
        }
    }

    /// EIP-712. The domain names chain and oracle, the struct market, epoch and instrument table: words say nothing of
    /// what they are about. A series that ends leaves the table as it was signed for but for a slot (`SlotsLeftOut`).
    function _digest(
        uint32 epoch,
        uint64 observedAt,
        uint32 listings,
        bytes32 wordsHash
    ) private view returns (bytes32) {
        return
            _hashTypedDataV4(keccak256(abi.encode(SNAPSHOT_TYPEHASH, market, epoch, observedAt, listings, wordsHash)));
    }

    // ---- is it true? (never reverts)

    /// µUSD per lot.
    function _mark(SlotKind kind, uint256 firstRowWord) private pure returns (uint256) {
        int256 mark = SnapshotFormat.lane(firstRowWord, kind == SlotKind.Perp ? LANE_DELTA : LANE_VALUE);
        // A perp whose delta is negative is off its feed by more than any limit.
        return mark < 0 ? 0 : uint256(mark);
    }

    /// @return ok         whether the slot's feed lives and, but for options, is close to the mark
    /// @return underlying what the feed says a lot's underlying is worth, µUSD; not 0 if ok
    function _confirm(
        uint32 epoch,
        uint8 i,
        Slot memory slot,
        uint256 mark
    ) private returns (bool ok, uint256 underlying) {
        (ok, underlying) = Reference.read(slot);
        if (!ok) {
            emit BreakerTripped(epoch, i, "feed", 0, 0);
            return (false, 0);
        }
        if (slot.kind == SlotKind.Option) return (true, underlying);
        uint256 distance = mark > underlying ? mark - underlying : underlying - mark;
        ok = distance <= Math.mulDiv(underlying, _limits.deviationBps, BPS);
        if (!ok) emit BreakerTripped(epoch, i, "deviation", mark.toInt256(), underlying.toInt256());
    }

    /// Adds the slot's move to its bucket.
    /// @return whether it overflows
    function _movesTooFar(
        uint32 epoch,
        uint64 observedAt,
        uint8 i,
        Slot memory slot,
        uint256 mark,
        uint256 underlying
    ) private returns (bool) {
        Bucket memory b = buckets[i];
        uint128 series = uint128(
            uint256(
                keccak256(
                    abi.encode(slot.kind, slot.token, slot.feed, slot.lotSize, slot.strike, slot.expiry, slot.isCall)
                )
            )
        );
        bool isOption = slot.kind == SlotKind.Option;
        uint256 capacity = (isOption ? _limits.optionMoveBps : _limits.moveBps) * PPB_PER_BPS;
        uint256 level;
        if (b.series == series) {
            uint256 distance = mark > b.markMicroUsd ? mark - b.markMicroUsd : b.markMicroUsd - mark;
            // Marks of spot and perps are not 0: they were close to a feed that was not.
            uint256 move = Math.ceilDiv(distance * PPB, isOption ? underlying : b.markMicroUsd);
            uint256 drained = (capacity * (observedAt - b.observedAt)) / _limits.moveWindowSeconds;
            level = Math.saturatingSub(b.levelPpb, drained) + move;
        }
        bool overflows = level > capacity;
        if (overflows) emit BreakerTripped(epoch, i, "move", level.toInt256(), capacity.toInt256());
        // Held at twice the capacity, so that the last move stops trading for one window at most.
        level = Math.min(level, 2 * capacity);
        buckets[i] = Bucket(uint48(mark), uint40(observedAt), uint40(level), series);
        return overflows;
    }

    function _isSequencerUp(uint32 epoch) private returns (bool up) {
        if (address(sequencerFeed) == address(0)) return true;
        (bool answered, Feed.Round memory round) = Feed.latest(address(sequencerFeed));
        // 0 = up. A round that has not started yet says nothing.
        up =
            answered &&
            round.answer == 0 &&
            round.startedAt != 0 &&
            round.startedAt < block.timestamp &&
            block.timestamp - round.startedAt > _limits.sequencerGraceSeconds;
        if (!up) emit BreakerTripped(epoch, NO_SLOT, "sequencer", 0, 0);
    }
}
