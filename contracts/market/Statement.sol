// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {
    FIELD,
    Format,
    HEADER_CASH_FLOW,
    HEADER_CASH_WANTED,
    HEADER_CHAIN_ID,
    HEADER_DEALING,
    HEADER_EPOCH,
    HEADER_HALTED,
    HEADER_INSOLVENT,
    HEADER_MARKET,
    HEADER_NAV,
    HEADER_NEW_COMMITMENT,
    HEADER_OLD_COMMITMENT,
    HEADER_OUTFLOW,
    HEADER_REDEEM_SHARES,
    HEADER_SNAPSHOT_HASH,
    HEADER_STRATEGY_COMMITMENT,
    HEADER_VAULT,
    HEADER_WORDS,
    MANDATE_INITIAL_MARGIN_BPS,
    MANDATE_MAINTENANCE_MARGIN_BPS,
    MANDATE_WORDS,
    NAV_BOUND_MICRO_USD
} from "../format/Format.sol";
import {Transcript} from "../format/Transcript.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IVault} from "../interfaces/IVault.sol";
import {MarketErrors} from "../interfaces/MarketErrors.sol";
import {
    EpochState,
    Frame,
    MarketConfig,
    Phase,
    Profile,
    Submission,
    VaultRecord,
    VaultStatus
} from "../interfaces/Types.sol";
import {SettleWords} from "./SettleWords.sol";

/// What a submission's proof is about, laid down word by word from what the chain knows. The market verifies proofs over
/// it, and the lens shows it to provers and auditors: the same code, so that they see what the market will see.
abstract contract Statement is MarketErrors {
    /// What a vault says of itself for an epoch.
    struct EpochTerms {
        uint256 strategyCommitment;
        address mandatePointer;
        bool dealing;
        uint256 cashWanted;
    }

    /// What the chain knows of a submission.
    struct Given {
        address market;
        uint256 epoch;
        bool halted;
        uint256 commitment;
        int256 cashFlow;
        EpochTerms terms;
        Frame frame;
        SettleWords.Source settle;
    }

    IDesk internal immutable _desk;

    /// See `Transcript`.
    uint256 internal immutable modulus = FIELD;
    uint256 internal immutable slotCount;
    uint256 internal immutable groupCount;
    uint256 internal immutable memberCount;
    uint256 internal immutable snapshotWords;
    uint256 internal immutable sealedWordCount;
    uint256 internal immutable transcriptWordCount;

    uint32 private immutable maxInitialMarginBps;
    uint32 private immutable maxMaintenanceMarginBps;

    constructor(IDesk desk_, Profile memory p, MarketConfig memory c) {
        _desk = desk_;
        (maxInitialMarginBps, maxMaintenanceMarginBps) = (c.maxInitialMarginBps, c.maxMaintenanceMarginBps);
        (slotCount, groupCount, memberCount) = (p.slots, p.groups, p.members);
        snapshotWords = Format.snapshotWords(p.slots, p.scenarios);
        sealedWordCount = Format.sealedWords(p.slots, p.groups, p.members);
        transcriptWordCount = Format.transcriptWords(p.slots, p.groups, p.scenarios, p.members);
    }

    function _requireMaySubmit(Submission calldata s, EpochState memory e, VaultRecord memory v) internal view {
        if (e.phase != Phase.Submit) revert WrongPhase(e.phase);
        if (block.timestamp > e.deadline) revert DeadlinePassed(e.deadline);
        if (v.status != VaultStatus.Active && v.status != VaultStatus.Challenged)
            revert VaultNotActive(s.vault, v.status);
        if (v.firstEpoch > e.number) revert VaultNotYetIn(s.vault, v.firstEpoch);
        if (v.lastEpoch == e.number) revert AlreadySubmitted(s.vault, e.number);
        if (s.sealedWords.length != sealedWordCount) revert WrongSealedLength(s.sealedWords.length, sealedWordCount);
        if (s.insolvent > 1) revert InsolventNotABit(s.insolvent);
        // The other words of the header are the chain's.
        _requireInField(HEADER_NEW_COMMITMENT, s.newCommitment);
        _requireInField(HEADER_REDEEM_SHARES, s.redeemShares);
        _requireInField(HEADER_NAV, s.nav);
    }

    function _requireInField(uint256 index, uint256 word) private pure {
        if (word >= FIELD) revert WordNotInField(index);
    }

    /// @param cutoff requests made after this second wait: their makers may have known the snapshot
    function _termsOf(Submission calldata s, uint32 epoch, uint64 cutoff) internal view returns (EpochTerms memory t) {
        (t.strategyCommitment, t.mandatePointer, t.dealing, t.cashWanted) = IVault(s.vault).terms(
            epoch,
            s.redeemShares,
            cutoff
        );
    }

    /// Whether requests are dealt in this submission; refuses words that only make sense if they are.
    function _dealsNow(Submission calldata s, EpochTerms memory terms) internal pure returns (bool) {
        if (terms.dealing && s.insolvent == 0) {
            if (s.nav >= NAV_BOUND_MICRO_USD) revert NavOutOfRange(s.nav);
            return true;
        }
        if (s.redeemShares != 0) revert NothingDealt(s.redeemShares);
        return false;
    }

    /// The transcript in the order of protocol.md §2. The caller chooses the words taken from `s`; all others are the
    /// chain's.
    function _transcript(Submission calldata s, Given memory g) internal view returns (uint256[] memory words) {
        words = new uint256[](transcriptWordCount);
        words[HEADER_CHAIN_ID] = block.chainid;
        words[HEADER_MARKET] = uint160(g.market);
        words[HEADER_VAULT] = uint160(s.vault);
        words[HEADER_EPOCH] = g.epoch;
        words[HEADER_OLD_COMMITMENT] = g.commitment;
        words[HEADER_NEW_COMMITMENT] = s.newCommitment;
        words[HEADER_CASH_FLOW] = Transcript.signed(g.cashFlow);
        words[HEADER_REDEEM_SHARES] = s.redeemShares;
        words[HEADER_OUTFLOW] = g.cashFlow < 0 ? 1 : 0;
        words[HEADER_DEALING] = g.terms.dealing ? 1 : 0;
        words[HEADER_NAV] = s.nav;
        words[HEADER_INSOLVENT] = s.insolvent;
        words[HEADER_HALTED] = g.halted ? 1 : 0;
        words[HEADER_STRATEGY_COMMITMENT] = g.terms.strategyCommitment;
        words[HEADER_CASH_WANTED] = g.terms.cashWanted;

        // Order commitments and the ephemeral key; the payload after them goes to the end.
        uint256 points = 2 * groupCount + 2;
        uint256 offset = HEADER_WORDS;
        Transcript.putCalldata(words, offset, s.sealedWords, 0, points, modulus);
        offset += points;
        Transcript.putBlob(words, offset, g.terms.mandatePointer, MANDATE_WORDS);
        _requireTight(words[offset + MANDATE_INITIAL_MARGIN_BPS], words[offset + MANDATE_MAINTENANCE_MARGIN_BPS]);
        offset += MANDATE_WORDS;
        Transcript.putBlob(words, offset, g.frame.snapshotPointer, snapshotWords);
        words[HEADER_SNAPSHOT_HASH] = Transcript.hash(words, offset, snapshotWords);
        offset += snapshotWords;
        SettleWords.put(words, offset, g.settle);
        offset += Format.settleWords(slotCount);
        Transcript.putBlob(words, offset, g.frame.keysPointer, 2 * memberCount);
        offset += 2 * memberCount;
        Transcript.putCalldata(words, offset, s.sealedWords, points, sealedWordCount - points, modulus);
    }

    function _source(
        uint32 lastEpoch,
        address fills,
        uint32 latestSeriesStart
    ) internal view returns (SettleWords.Source memory) {
        return
            SettleWords.Source({
                desk: _desk,
                slots: slotCount,
                groups: groupCount,
                lastEpoch: lastEpoch,
                fills: fills,
                latestSeriesStart: latestSeriesStart
            });
    }

    /// What a vault may lose beyond its capital others bear, so its mandate has limits of the market's.
    function _requireTight(uint256 initialMarginBps, uint256 maintenanceMarginBps) private view {
        if (initialMarginBps > maxInitialMarginBps || maintenanceMarginBps > maxMaintenanceMarginBps) {
            revert MandateTooLoose(initialMarginBps, maintenanceMarginBps);
        }
    }

    /// The proof's public signals h, d, x over a transcript.
    function _signals(uint256[] memory words, uint256 h) internal view returns (uint256[3] memory) {
        if (h >= FIELD) revert SignalNotInField(h);
        uint256 x = Transcript.challenge(words, h);
        return [h, Transcript.evaluate(words, x, modulus), x];
    }
}
