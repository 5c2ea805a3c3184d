// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FIELD} from "../format/Format.sol";
import {Mandate} from "../format/Mandate.sol";

/// What changes of a vault's terms say and refuse. One interface, so that the vault's ABI has all of it.
interface TermsEvents {
    /// Announcements supersede earlier ones of their kind.
    event MandateAnnounced(Mandate.Limits limits, uint64 effectiveAt);
    event MandateChanged(Mandate.Limits limits);
    event LooseningAbdicated();
    event StrategyAnnounced(uint256 commitment, uint64 effectiveAt);
    event StrategyChanged(uint256 commitment);

    error NotAFieldElement(uint256 word);
    /// Nothing is announced.
    error NothingPending();
    error TooEarly(uint64 effectiveAt);
    /// Announce it again: it was to be put into force before `lapsedAt`.
    error TooLate(uint64 lapsedAt);
    /// Deal the redemptions that were requested before the change could take effect.
    error ExitsPending(uint256 shares);
    /// This vault's mandate can only be tightened.
    error LooseningIsAbdicated();
}

/// What a vault promises, mandate and strategy, and how that changes. A linked library, so that the vault has room; its
/// functions run in the vault and change the vault's terms. What counts in an epoch the vault reads by itself
/// (`Vault.terms`), for every submission does.
library Terms {
    using Mandate for Mandate.Limits;

    struct State {
        /// SSTORE2 pointers to the 12 mandate words.
        address mandatePointer;
        /// When announced ones were put into force; 0 for those in force at once. They count in epochs whose requests are
        /// cut off from then on: whoever has seen an epoch's snapshot has no say in what decides on it.
        uint40 mandateSince;
        uint40 strategySince;
        bool looseningAbdicated;
        uint256 strategy;
        /// What counts in earlier epochs.
        address mandateBefore;
        uint256 strategyBefore;
        address pendingPointer;
        uint64 pendingMandateAt;
        uint64 pendingStrategyAt;
        uint256 pendingStrategy;
    }

    /// How soon terms may change, seconds.
    struct Pace {
        uint64 changeDelay;
        /// Undealt shares whose redemption was requested longer ago than a request may take.
        uint256 leavingShares;
    }

    /// The terms a vault is created with.
    function start(State storage self, Mandate.Limits memory limits, uint256 strategy) external {
        _changeMandate(self, limits.store());
        _changeStrategy(self, _checked(strategy));
    }

    function mandate(State storage self) external view returns (Mandate.Limits memory) {
        return Mandate.load(self.mandatePointer);
    }

    function pendingMandate(
        State storage self
    ) external view returns (Mandate.Limits memory limits, uint64 effectiveAt) {
        if (self.pendingMandateAt != 0) limits = Mandate.load(self.pendingPointer);
        return (limits, self.pendingMandateAt);
    }

    /// See `Vault.setMandate`.
    function setMandate(State storage self, Mandate.Limits calldata limits, uint64 changeDelay) external {
        address pointer = limits.store();
        _dropPendingMandate(self);
        if (limits.isTighterOrEqual(Mandate.load(self.mandatePointer))) {
            // Looser than what counts in the open epoch, they wait like those they tighten.
            if (self.mandateSince != 0 && limits.isTighterOrEqual(Mandate.load(self.mandateBefore))) {
                self.mandateSince = 0;
            }
            _changeMandate(self, pointer);
        } else {
            if (self.looseningAbdicated) revert TermsEvents.LooseningIsAbdicated();
            uint64 effectiveAt = uint64(block.timestamp) + changeDelay;
            (self.pendingPointer, self.pendingMandateAt) = (pointer, effectiveAt);
            emit TermsEvents.MandateAnnounced(limits, effectiveAt);
        }
    }

    /// See `Vault.applyMandate`.
    function applyMandate(State storage self, Pace memory pace) external {
        _requireDue(self.pendingMandateAt, pace);
        (self.mandateBefore, self.mandateSince) = (self.mandatePointer, uint40(block.timestamp));
        _changeMandate(self, self.pendingPointer);
        _dropPendingMandate(self);
    }

    /// See `Vault.abdicate`.
    function abdicate(State storage self) external {
        _dropPendingMandate(self);
        self.looseningAbdicated = true;
        emit TermsEvents.LooseningAbdicated();
    }

    /// See `Vault.setStrategy`.
    function setStrategy(State storage self, uint256 commitment, uint64 changeDelay) external {
        if (_checked(commitment) == self.strategy) {
            (self.pendingStrategy, self.pendingStrategyAt) = (0, 0);
            emit TermsEvents.StrategyChanged(commitment);
        } else {
            uint64 effectiveAt = uint64(block.timestamp) + changeDelay;
            (self.pendingStrategy, self.pendingStrategyAt) = (commitment, effectiveAt);
            emit TermsEvents.StrategyAnnounced(commitment, effectiveAt);
        }
    }

    /// See `Vault.applyStrategy`.
    function applyStrategy(State storage self, Pace memory pace) external {
        _requireDue(self.pendingStrategyAt, pace);
        (self.strategyBefore, self.strategySince) = (self.strategy, uint40(block.timestamp));
        _changeStrategy(self, self.pendingStrategy);
        (self.pendingStrategy, self.pendingStrategyAt) = (0, 0);
    }

    function _requireDue(uint64 effectiveAt, Pace memory pace) private view {
        if (effectiveAt == 0) revert TermsEvents.NothingPending();
        if (block.timestamp < effectiveAt) revert TermsEvents.TooEarly(effectiveAt);
        uint64 lapsesAt = effectiveAt + pace.changeDelay;
        if (block.timestamp >= lapsesAt) revert TermsEvents.TooLate(lapsesAt);
        if (pace.leavingShares != 0) revert TermsEvents.ExitsPending(pace.leavingShares);
    }

    function _changeMandate(State storage self, address pointer) private {
        self.mandatePointer = pointer;
        emit TermsEvents.MandateChanged(Mandate.load(pointer));
    }

    function _changeStrategy(State storage self, uint256 commitment) private {
        self.strategy = commitment;
        emit TermsEvents.StrategyChanged(commitment);
    }

    function _dropPendingMandate(State storage self) private {
        (self.pendingPointer, self.pendingMandateAt) = (address(0), 0);
    }

    function _checked(uint256 commitment) private pure returns (uint256) {
        if (commitment >= FIELD) revert TermsEvents.NotAFieldElement(commitment);
        return commitment;
    }
}
