// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IVault, Phase, Submission, VaultStatus} from "../interfaces/ITacit.sol";
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
    MAX_VAULTS,
    NAV_BOUND_MICRO_USD
} from "../format/Format.sol";
import {Haircut} from "../format/Haircut.sol";
import {SetHash} from "../format/SetHash.sol";
import {Transcript} from "../format/Transcript.sol";
import {Epochs} from "./Epochs.sol";

/// One transaction a vault and epoch: the proof that the next book follows from the last one, and a sealed order.
abstract contract Submissions is Epochs {
    using SafeERC20 for IERC20;

    /// What the vault says of itself for the epoch.
    struct Terms {
        uint256 strategyCommitment;
        address mandatePointer;
        bool dealing;
        uint256 cashWanted;
    }

    /// Takes a vault in; it may submit from the next epoch on.
    function register(address vault) external restricted {
        VaultRecord storage v = _vaults[vault];
        if (v.status != VaultStatus.None) revert AlreadyRegistered(vault);
        bonds.requireMinimum(vault);
        EpochState storage e = _epoch;
        if (e.active == MAX_VAULTS) revert TooManyVaults(MAX_VAULTS);
        e.active++;
        v.commitment = genesisCommitment;
        v.status = VaultStatus.Active;
        v.firstEpoch = e.number + 1;
        v.seenOpenEpochs = _openEpochsAfter(e);
        emit VaultRegistered(vault, v.firstEpoch);
    }

    function submit(Submission calldata s) external nonReentrant {
        EpochState storage e = _epoch;
        VaultRecord storage v = _vaults[s.vault];
        _requireMaySubmit(s, e, v);

        Terms memory terms = _terms(s, e.number);
        int256 cashFlow =
            _dealsNow(s, terms) ? IVault(s.vault).deal(s.nav, s.redeemShares, _cutoff(), _frame.haircutPpb) : int256(0);
        _verify(s, _signals(_assemble(s, e, v, terms, cashFlow), s.h));

        uint256 orderWords = 2 * groupCount;
        bytes32 content = keccak256(abi.encodePacked(s.newCommitment, s.sealedWords[orderWords:]));
        setHash = SetHash.extend(setHash, s.vault, e.submissions, content, s.sealedWords[:orderWords]);
        emit Submitted(
            e.number,
            s.vault,
            e.submissions,
            v.commitment,
            s.newCommitment,
            cashFlow,
            s.redeemShares,
            s.nav,
            s.insolvent == 1,
            s.h,
            s.sealedWords
        );

        e.submissions++;
        v.commitment = s.newCommitment;
        v.lastEpoch = e.number;
        v.seenOpenEpochs = _openEpochsAfter(e);
        if (v.status == VaultStatus.Challenged) {
            v.status = VaultStatus.Active;
            v.challengeEnds = 0;
            emit RecoveryCancelled(s.vault);
        }
        if (s.insolvent == 1) {
            v.status = VaultStatus.Insolvent;
            e.active--;
            emit VaultInsolvent(s.vault, e.number);
        }

        if (cashFlow > 0) IERC20(cashToken).safeTransferFrom(s.vault, address(this), uint256(cashFlow));
        else if (cashFlow < 0) _payOut(s.vault, uint256(-cashFlow));
        if (s.insolvent == 1) IVault(s.vault).onRecovery();
    }

    /// Pays what is redeemed. The whole of it has left the NAV: what a haircut keeps back covers what is missing.
    function _payOut(address vault, uint256 redeemed) private {
        uint256 paid = Haircut.net(redeemed, _frame.haircutPpb);
        if (paid != redeemed) _table.insuranceMicroUsd += int128(int256(redeemed - paid));
        IERC20(cashToken).safeTransfer(vault, paid);
    }

    function transcriptWords(Submission calldata s) public view returns (uint256[] memory) {
        EpochState storage e = _epoch;
        VaultRecord storage v = _vaults[s.vault];
        _requireMaySubmit(s, e, v);
        Terms memory terms = _terms(s, e.number);
        int256 cashFlow =
            _dealsNow(s, terms)
                ? IVault(s.vault).previewDeal(s.nav, s.redeemShares, _cutoff(), _frame.haircutPpb)
                : int256(0);
        return _assemble(s, e, v, terms, cashFlow);
    }

    function publicSignals(Submission calldata s) external view returns (uint256[3] memory) {
        return _signals(transcriptWords(s), s.h);
    }

    function _requireMaySubmit(Submission calldata s, EpochState storage e, VaultRecord storage v) private view {
        _requirePhase(Phase.Submit);
        if (block.timestamp > e.deadline) revert DeadlinePassed(e.deadline);
        if (v.status != VaultStatus.Active && v.status != VaultStatus.Challenged)
            revert VaultNotActive(s.vault, v.status);
        if (v.firstEpoch > e.number) revert VaultNotYetIn(s.vault, v.firstEpoch);
        if (v.lastEpoch == e.number) revert AlreadySubmitted(s.vault, e.number);
        if (s.sealedWords.length != sealedWordCount) revert WrongSealedLength(s.sealedWords.length, sealedWordCount);
        if (s.insolvent > 1) revert InsolventNotABit(s.insolvent);
        // The other words of the header are the chain's.
        if (s.newCommitment >= FIELD) revert WordNotInField(HEADER_NEW_COMMITMENT);
        if (s.redeemShares >= FIELD) revert WordNotInField(HEADER_REDEEM_SHARES);
        if (s.nav >= FIELD) revert WordNotInField(HEADER_NAV);
    }

    function _terms(Submission calldata s, uint32 number) private view returns (Terms memory t) {
        (t.strategyCommitment, t.mandatePointer, t.dealing, t.cashWanted) = IVault(s.vault).terms(
            number,
            s.redeemShares,
            _cutoff()
        );
    }

    /// Whether requests are dealt in this submission; refuses words that only make sense if they are.
    function _dealsNow(Submission calldata s, Terms memory terms) private pure returns (bool) {
        if (terms.dealing && s.insolvent == 0) {
            if (s.nav >= NAV_BOUND_MICRO_USD) revert NavOutOfRange(s.nav);
            return true;
        }
        if (s.redeemShares != 0) revert NothingDealt(s.redeemShares);
        return false;
    }

    /// Requests made after this second wait: their makers may have known the snapshot.
    function _cutoff() private view returns (uint64) {
        return _frame.observedAt - dealMargin;
    }

    /// Lays the transcript down in the order of protocol.md §2. Only the words taken from `s` are the caller's.
    function _assemble(
        Submission calldata s,
        EpochState storage e,
        VaultRecord storage v,
        Terms memory terms,
        int256 cashFlow
    ) private view returns (uint256[] memory words) {
        words = new uint256[](transcriptWordCount);
        words[HEADER_CHAIN_ID] = block.chainid;
        words[HEADER_MARKET] = uint160(address(this));
        words[HEADER_VAULT] = uint160(s.vault);
        words[HEADER_EPOCH] = e.number;
        words[HEADER_OLD_COMMITMENT] = v.commitment;
        words[HEADER_NEW_COMMITMENT] = s.newCommitment;
        words[HEADER_CASH_FLOW] = Transcript.signed(cashFlow);
        words[HEADER_REDEEM_SHARES] = s.redeemShares;
        words[HEADER_OUTFLOW] = cashFlow < 0 ? 1 : 0;
        words[HEADER_DEALING] = terms.dealing ? 1 : 0;
        words[HEADER_NAV] = s.nav;
        words[HEADER_INSOLVENT] = s.insolvent;
        words[HEADER_HALTED] = e.openedHalted ? 1 : 0;
        words[HEADER_STRATEGY_COMMITMENT] = terms.strategyCommitment;
        words[HEADER_CASH_WANTED] = terms.cashWanted;

        // Order commitments and the ephemeral key; the payload after them goes to the end.
        uint256 points = 2 * groupCount + 2;
        uint256 offset = HEADER_WORDS;
        Transcript.putCalldata(words, offset, s.sealedWords, 0, points, modulus);
        offset += points;
        Transcript.putBlob(words, offset, terms.mandatePointer, MANDATE_WORDS);
        uint256 initialMargin = words[offset + MANDATE_INITIAL_MARGIN_BPS];
        uint256 maintenanceMargin = words[offset + MANDATE_MAINTENANCE_MARGIN_BPS];
        if (initialMargin > maxInitialMarginBps || maintenanceMargin > maxMaintenanceMarginBps) {
            revert MandateTooLoose(initialMargin, maintenanceMargin);
        }
        offset += MANDATE_WORDS;
        Transcript.putBlob(words, offset, _frame.snapshotPointer, snapshotWords);
        words[HEADER_SNAPSHOT_HASH] = Transcript.hash(words, offset, snapshotWords);
        offset += snapshotWords;
        _putSettleWords(words, offset, v.lastEpoch);
        offset += Format.settleWords(slotCount);
        Transcript.putBlob(words, offset, _frame.keysPointer, 2 * memberCount);
        offset += 2 * memberCount;
        Transcript.putCalldata(words, offset, s.sealedWords, points, sealedWordCount - points, modulus);
    }

    /// The proof's public signals h, d, x over a transcript.
    function _signals(uint256[] memory words, uint256 h) private view returns (uint256[3] memory) {
        if (h >= FIELD) revert SignalNotInField(h);
        uint256 x = Transcript.challenge(words, h);
        return [h, Transcript.evaluate(words, x, modulus), x];
    }

    function _verify(Submission calldata s, uint256[3] memory signals) private view {
        uint256[8] calldata p = s.proof;
        if (!_frame.verifier.verifyProof([p[0], p[1]], [[p[2], p[3]], [p[4], p[5]]], [p[6], p[7]], signals)) {
            revert InvalidProof();
        }
    }

    /// The count of open epochs once the running one has closed.
    function _openEpochsAfter(EpochState storage e) internal view returns (uint32) {
        return e.phase == Phase.Submit && !e.openedHalted ? e.openEpochs + 1 : e.openEpochs;
    }
}
