// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IDesk} from "./interfaces/IDesk.sol";
import {ICommitteeRegistry, IVerifierRegistry} from "./interfaces/IRegistries.sol";
import {MarketConfig} from "./interfaces/Types.sol";
import {Recovery} from "./market/Recovery.sol";
import {State} from "./market/State.sol";
import {Submissions} from "./market/Submissions.sol";

/// The market: the commitments of all vaults' books, and the epochs in which they trade. It holds and moves no token;
/// custody is the desk's (`Desk`), which does what the market says and nothing on anybody else's word.
///
/// # What it assumes
///
/// Proofs. A proof that verifies means what docs/protocol.md says: the new commitment follows from the old one, the
/// order keeps the mandate, every lot and µUSD of a book stems from this market's own words. So the market never checks
/// a balance of a vault, and order commitments are points of the curve because the circuit computed them.
///
/// Roles, under an AccessManager.
/// - Governance registers vaults. It can't touch a vault's book, and the settings are fixed for good. A registered
///   vault is an instance of `Vault`: what it says of its terms and its dealing is believed, within the bounds of the
///   proof.
/// - The guardian can halt, not more; what it halts can go on after `haltCoolDown` without anybody's leave.
/// - The oracle opens epochs with words whose ranges it has checked (`SnapshotFormat`). What it can't move a fill past,
///   the desk says.
/// - The committee opens nets. A wrong net fails against the commitments; a missing one lets groups lapse.
/// - The desk was deployed for this market alone. It takes the lock that both share, and calls the market for nothing
///   else.
/// - Everybody else may push any step that is due, and gains nothing by when or how it is pushed.
///
/// Liveness. Each phase has a deadline and a way on that anyone can take: no snapshot – `haltStale`; vaults missing –
/// `close`; committee or venue missing – `lapse`; an owner missing – `startRecovery`, `finishChallenge`. A halt stops
/// orders, never settlement, exits, recovery or the unwinding of what was taken over.
///
/// # Where what is
///
/// `Statement` what a proof is about; `State` storage and views; `Lock` the guard shared with the desk; `Epochs`
/// phases, tally, clearing, halt, on `Batch`; `Submissions` proofs and dealing; `Recovery` the end of vaults, on
/// `Books`.
contract Market is Submissions, Recovery {
    constructor(
        address authority_,
        IDesk desk_,
        address oracle_,
        ICommitteeRegistry committee_,
        IVerifierRegistry verifiers_,
        address poseidonConstants_,
        MarketConfig memory config_
    ) State(authority_, desk_, oracle_, committee_, verifiers_, poseidonConstants_, config_) {}
}
