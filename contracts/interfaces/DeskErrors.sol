// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CommonErrors} from "./CommonErrors.sol";
import {SlotKind} from "./Types.sol";

/// What the desk refuses, and what to do about it. One interface, so that the desk's ABI has all of them, also those
/// that its libraries raise, and the market's, which passes them on.
interface DeskErrors is CommonErrors {
    // ---- deployment
    /// The market counts in µUSD: its cash needs 6 decimals.
    error CashNeedsSixDecimals(uint8 decimals);

    // ---- who may call
    /// The market's step: go through it.
    error OnlyMarket(address caller);

    // ---- clearing
    /// Nobody can hold an order in a slot that isn't listed.
    error NetInUnlistedSlot(uint8 slot, int256 net);
    /// The slot's feed is silent, stale or not positive: retry when it has updated.
    error ReferenceNotFresh(uint8 slot);
    /// The venue's marginal price is further than ε from the reference: retry when it has come back.
    error VenueOffReference(uint8 slot, uint256 marginalMicroUsd, uint256 referenceMicroUsd);
    /// The snapshot gives the slot no liquidity to trade in.
    error NoLiquidity(uint8 slot);
    /// The adapter spent more, or brought back less, than the band allows.
    error FillOutsideBand(uint8 slot, uint256 cashMicroUsd, uint256 limitMicroUsd);
    /// The adapter moved another amount of the token than was traded.
    error WrongTokensMoved(uint8 slot, uint256 moved, uint256 wanted);
    /// |reference − mark| + charge is above what the proofs allowed for.
    error AboveSlip(
        uint8 slot,
        uint256 referenceMicroUsd,
        int256 markMicroUsd,
        uint256 chargeMicroUsd,
        uint256 slipMicroUsd
    );
    /// The series would be sold for less than the reference by more than slip: wait for the venue to be deeper, or
    /// force the end at a floor.
    error ExitBelowSlip(uint8 slot, int256 exitMicroUsd, uint256 referenceMicroUsd, uint256 slipMicroUsd);
    /// Say the least to take for a lot; without one the series ends at the market (`endSeries`).
    error NoFloor();
    /// The floor is more than a lot can be worth, in µUSD: no price reaches 2^49, no option's exit the bound of its
    /// payoff.
    error FloorAboveBound(uint8 slot, uint256 floorMicroUsd, uint256 boundMicroUsd);
    /// The exit index is not below 2^60, so that no book could be settled by it: end the series by force at a lower
    /// floor.
    error ExitOutOfRange(uint8 slot, int256 exitIndexMicroUsd);

    // ---- perps and options
    /// The venue reverted without a reason or used more gas than it may.
    error VenueFailed(uint8 slot);
    /// The venue's mark, cash or position can't be read, or make no sense: retry when it has come back.
    error VenueSilent(uint8 slot);
    /// The venue holds another position than the market has traded: anyone ends the series (`endSeries`).
    error PositionMismatch(uint8 slot, int256 atVenue, int256 traded);
    /// The venue's position changed by another amount than was traded.
    error WrongFill(uint8 slot, int256 filled, int256 wanted);
    /// The adapter moved other cash of the market's, or credited less, than it was to.
    error WrongCashMoved(uint8 slot, int256 moved, int256 wanted);
    /// Equity at the venue is under the floor: only what makes the position smaller is traded until it is topped up.
    error ReduceOnly(uint8 slot, int256 equityMicroUsd, uint256 maintenanceMicroUsd);
    error OptionExpired(uint8 slot, uint64 expiry);
    /// Wait for the expiry.
    error NotExpired(uint8 slot, uint64 expiry);
    /// An expired option ends by its payoff: call `proposeExit`, then wait until it can't be disputed any more.
    error NoExit(uint8 slot);
    error AlreadyProposed(uint8 slot);
    /// The venue's payoff is more than such an option can pay: governance has to end the series by force.
    error PayoffAboveBound(uint8 slot, uint256 payoffMicroUsd, uint256 boundMicroUsd);
    /// Too late, vetoed before, or not far enough from the feed's payoff.
    error NotDisputable(uint8 slot);
    /// Only a vetoed payoff is set by governance.
    error NotVetoed(uint8 slot);
    /// Not all of the account's cash came back from the venue: retry, or end the series by force.
    error NotWithdrawn(uint8 slot, int256 leftMicroUsd);

    // ---- instruments
    error NoSuchSlot(uint8 slot);
    error SlotAlreadyListed(uint8 slot);
    error SlotNotListed(uint8 slot);
    /// The slot's last series was no option, or had to be ended by force: `list` it.
    error NothingToRenew(uint8 slot);
    error KindNotSupported(SlotKind kind);
    /// The named part of the venue rule is out of range.
    error BadVenueRule(bytes32 field);
    error BadSlotTerms(bytes32 field);
    /// Order caps go down only.
    error OnlyTightening(uint32 current, uint32 wanted);

    // ---- recovery
    /// Nothing is owed to the vault, or nothing there to pay it with yet: try again when more of what was taken over is
    /// sold.
    error NothingToPay(address vault);
}
