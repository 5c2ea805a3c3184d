// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

import {ICommitteeRegistry, IVerifierRegistry, MarketConfig} from "./interfaces/ITacit.sol";
import {Clearing} from "./market/Clearing.sol";
import {Margin} from "./market/Margin.sol";
import {MarketState} from "./market/MarketState.sol";
import {Recovery} from "./market/Recovery.sol";
import {Submissions} from "./market/Submissions.sol";

/// The market: custody of all vaults' cash and tokens, their commitments, and the epochs in which they trade.
///
/// # What it assumes
///
/// Tokens. Cash has six decimals, one unit is one µUSD. Cash and the tokens of listed slots are plain ERC-20: no fee on
/// transfer, no rebasing, no balance that changes without a transfer. They may call back; every step that moves tokens
/// is guarded. Tokens that are sent here unasked belong to nobody and change no account.
///
/// Proofs. A proof that verifies means what docs/protocol.md says: the new commitment follows from the old one, the
/// order keeps the mandate, every lot and µUSD of a book stems from this market's own words. So the market never checks
/// a balance of a vault, and order commitments are points of the curve because the circuit computed them.
///
/// Roles, under an AccessManager.
/// - Governance lists slots, sets the rules of their venues, ends series, says what a vetoed payoff is within its bound,
///   registers vaults. It can't touch a trade, a vault's book or an account, and the settings are fixed for good. A
///   registered vault is an instance of `Vault`: what it says of its terms and its dealing is believed, within the bounds
///   of the proof.
/// - The guardian can halt, lower a venue's cap and veto a payoff, not more; what it halts can go on after
///   `haltCoolDown` without anybody's leave.
/// - The oracle opens epochs with words whose ranges it has checked (`SnapshotFormat`). It can't move a fill past
///   reference, band and slip: the reference comes from the slot's feed at clearing, or is held to it (perps), or to the
///   venue's own price (options, which start from the snapshot's value).
/// - The committee opens nets. A wrong net fails against the commitments; a missing one lets groups lapse.
/// - Adapters are trusted with nothing: see `VenueTrade`, and for perps and options `Derivatives`.
/// - Everybody else may push any step that is due, and gains nothing by when or how it is pushed.
///
/// Liveness. Each phase has a deadline and a way on that anyone can take: no snapshot – `haltStale`; vaults missing –
/// `close`; committee or venue missing – `lapse`; an owner missing – `startRecovery`, `finishChallenge`. A halt stops
/// orders, never settlement, exits or recovery.
///
/// Money. Cash held, here and as booked at perp and option venues = Σ cash of the vaults' books + insurance + inventory
/// account + charges that can't be booked because the gross volume is hidden (see `Crossing`), which is never negative.
/// The insurance account is negative where venues, or vaults that were taken over, have lost more than it had; what all
/// claim beyond what is there is then taken off every exit alike (`Waterfall`).
///
/// # Where what is
///
/// `MarketState` storage and views; `Epochs` phases, tally, halt; `Submissions` proofs; `Clearing` slots and clearing,
/// on `Trading`, `Crossing` and `InstrumentTable`; `Margin` perps and options, on `Derivatives`; `Recovery` the end of
/// vaults, on `Waterfall`; the owners' bonds are in `Bonds`.
contract Market is Submissions, Clearing, Margin, Recovery {
    constructor(
        address authority_,
        IERC20Metadata cash_,
        address oracle_,
        ICommitteeRegistry committee_,
        IVerifierRegistry verifiers_,
        address poseidonConstants_,
        MarketConfig memory config_
    ) MarketState(authority_, cash_, oracle_, committee_, verifiers_, poseidonConstants_, config_) {}
}
