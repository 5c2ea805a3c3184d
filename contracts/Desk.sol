// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Clearing} from "./desk/Clearing.sol";
import {Derivatives} from "./desk/Derivatives.sol";
import {InstrumentTable} from "./desk/InstrumentTable.sol";
import {Listing} from "./desk/Listing.sol";
import {SeriesEnd} from "./desk/SeriesEnd.sol";
import {TradeTerms} from "./desk/VenueTrade.sol";
import {Waterfall} from "./desk/Waterfall.sol";
import {Format} from "./format/Format.sol";
import {Haircut} from "./format/Haircut.sol";
import {setting} from "./governance/Setting.sol";
import {DeskErrors} from "./interfaces/DeskErrors.sol";
import {IBonds} from "./interfaces/IBonds.sol";
import {IDesk} from "./interfaces/IDesk.sol";
import {IMarket} from "./interfaces/IMarket.sol";
import {IVerifierRegistry} from "./interfaces/IRegistries.sol";
import {
    DeskConfig,
    ExitProposal,
    Phase,
    Profile,
    Slot,
    SlotAccount,
    VenueAccount,
    VenueRule
} from "./interfaces/Types.sol";
import {Bonds} from "./vault/Bonds.sol";

/// Custody: the cash and tokens of all vaults, the instrument table, and the desk's own accounts at venues. What vaults
/// own of it stands in their books, which only they know; the desk moves money on the market's word and by its own
/// rules.
///
/// # What it assumes
///
/// Tokens. Cash has six decimals, one unit is one µUSD. Cash and the tokens of listed slots are plain ERC-20: no fee on
/// transfer, no rebasing, no balance that changes without a transfer. They may call back: every step that moves tokens
/// or calls a venue is made under the lock that desk and market share (`Lock`), so nobody who is called in it can enter
/// either. Tokens that are sent here unasked belong to nobody and change no account.
///
/// The market. Nets it hands in were opened, cash flows proven, books opened against their commitments. Nobody else is
/// believed any of that: the steps that act on it are the market's alone.
///
/// Roles, under an AccessManager.
/// - Governance lists slots, sets the rules of their venues, ends series, says what a vetoed payoff is within its
///   bound. It can't touch a trade or an account, and the settings are fixed for good.
/// - The guardian can stop positions at a venue from growing and veto a payoff, not more: margin of what is held goes
///   on being sent.
/// - The oracle, through the market, says what things are worth. It can't move a fill past reference, band and slip:
///   the reference comes from the slot's feed at clearing, or is held to it (perps), or to the venue's own price
///   (options, which start from the snapshot's value).
/// - Adapters are trusted with nothing: see `VenueTrade`, and for perps and options `Derivatives`.
/// - Everybody else may push any step that is due, and gains nothing by when or how it is pushed.
///
/// Money. Cash held, here and as booked at perp and option venues = Σ cash of the vaults' books + insurance + inventory
/// account + charges that can't be booked because the gross volume is hidden (see `Crossing`), which is never negative.
/// The insurance account is negative where venues, or vaults that were taken over, have lost more than it had; what all
/// claim beyond what is there is then taken off every exit alike (`Waterfall`).
///
/// # Where what is
///
/// `InstrumentTable` the storage; `Listing` slots and rules; `Clearing` a group, on `Crossing`; `Derivatives` perps and
/// options, on `VenueAccounts`; `SeriesEnd` what ends; `Waterfall` the end of vaults. The owners' bonds are in `Bonds`.
contract Desk is IDesk, DeskErrors, AccessManaged {
    using InstrumentTable for InstrumentTable.Table;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    IMarket private immutable _market;
    IBonds public immutable bonds;
    IVerifierRegistry public immutable verifiers;
    IERC20 private immutable cashToken;
    uint256 private immutable slotCount;
    uint256 private immutable rowWords;
    uint32 private immutable epsilonBps;
    uint32 private immutable kappaBps;
    uint64 private immutable minBondMicroUsd;

    InstrumentTable.Table private _table;

    /// The market's steps. It holds the lock in each of them.
    modifier onlyMarket() {
        if (msg.sender != address(_market)) revert OnlyMarket(msg.sender);
        _;
    }

    /// For what anybody may call and what calls strangers.
    modifier locked() {
        _market.lock();
        _;
        _market.unlock();
    }

    modifier onSlot(uint8 i) {
        if (i >= slotCount) revert NoSuchSlot(i);
        _;
    }

    /// @param market_ may not be deployed yet: it needs this address as well
    constructor(
        address authority_,
        IMarket market_,
        IERC20Metadata cash_,
        IVerifierRegistry verifiers_,
        DeskConfig memory c
    ) AccessManaged(authority_) {
        if (cash_.decimals() != 6) revert CashNeedsSixDecimals(cash_.decimals());
        _market = market_;
        cashToken = cash_;
        verifiers = verifiers_;
        Profile memory p = verifiers_.profile();
        slotCount = p.slots;
        rowWords = Format.rowWords(p.scenarios);
        epsilonBps = setting("epsilonBps", c.epsilonBps, 1, 500);
        kappaBps = setting("kappaBps", c.kappaBps, 0, 5000);
        minBondMicroUsd = c.minBondMicroUsd;
        bonds = new Bonds(market_, cash_, c.minBondMicroUsd);
    }

    // ---- the market's steps

    function checkpoint() external onlyMarket {
        Derivatives.checkpoint(_table);
    }

    function openEpoch(address snapshot) external onlyMarket returns (uint16 listed, uint32 latestSeriesStart) {
        Waterfall.updateHaircut(_table, _terms(snapshot));
        return (_table.listed, _table.latestSeriesStart);
    }

    function execute(
        address snapshot,
        uint8 firstSlot,
        int256[] calldata nets
    ) external onlyMarket returns (uint256[] memory references, uint256[] memory charges, int256[] memory debits) {
        return Clearing.execute(_table, _terms(snapshot), firstSlot, nets);
    }

    function payIn(address vault, uint256 microUsd) external onlyMarket {
        cashToken.safeTransferFrom(vault, address(this), microUsd);
    }

    /// The whole claim has left the NAV: what a haircut keeps back covers what is missing.
    function payOut(address vault, uint256 claimMicroUsd) external onlyMarket {
        uint256 paid = Haircut.net(claimMicroUsd, _table.haircutPpb);
        if (paid != claimMicroUsd) _table.insuranceMicroUsd += int128(int256(claimMicroUsd - paid));
        cashToken.safeTransfer(vault, paid);
    }

    function takeOver(address vault, int256[] calldata lots, int256 cashAdj, address snapshot) external onlyMarket {
        Waterfall.takeOver(_table, _terms(snapshot), bonds, vault, lots, cashAdj);
    }

    function payResolved(address vault, address snapshot) external onlyMarket returns (uint256 paidMicroUsd) {
        return Waterfall.pay(_table, _terms(snapshot), vault);
    }

    // ---- anybody's steps

    function rebalanceMargin(uint8 i) external onSlot(i) locked {
        Derivatives.rebalance(_table, cashToken, i);
    }

    function proposeExit(uint8 i) external onSlot(i) locked {
        SeriesEnd.proposeExit(_table, i);
    }

    function fundInsurance(uint256 amountMicroUsd) external locked {
        _table.insuranceMicroUsd += amountMicroUsd.toInt256().toInt128();
        cashToken.safeTransferFrom(msg.sender, address(this), amountMicroUsd);
        emit InsuranceFunded(msg.sender, amountMicroUsd);
    }

    /// Ends the series of slot `i` and takes it off the table: the desk's whole position is traded away at the venue
    /// under the same price checks as a batch and for at most slip less than the reference, and what it brings per lot,
    /// rounded against the vaults, is what each vault's position is paid. With nothing to trade away that is the
    /// reference.
    function endSeries(uint8 i) external onSlot(i) locked {
        if (!SeriesEnd.isOver(_table, i)) _checkCanCall(msg.sender, msg.data);
        _endSeries(i, 0);
    }

    // ---- governance

    function forceEndSeries(uint8 i, uint256 floorMicroUsd) external restricted onSlot(i) locked {
        if (floorMicroUsd == 0) revert NoFloor();
        _endSeries(i, floorMicroUsd);
    }

    /// Only between epochs: a snapshot speaks of the table it was made for.
    function list(uint8 i, Slot calldata terms) external restricted onSlot(i) {
        _requireBetweenEpochs();
        Listing.list(_table, i, terms, address(cashToken));
    }

    function renew(uint8 i, uint128 strike, uint64 expiry) external restricted onSlot(i) {
        _requireBetweenEpochs();
        Listing.renew(_table, i, strike, expiry);
    }

    /// Lowers the most that a vault may order in slot `i`, from the next snapshot on.
    function tightenOrderCap(uint8 i, uint32 orderCap) external restricted onSlot(i) {
        Listing.tightenOrderCap(_table, i, orderCap);
    }

    function setVenueRule(uint8 i, VenueRule calldata rule) external restricted onSlot(i) {
        Listing.setRule(_table, i, rule);
    }

    function lowerTradeCap(uint8 i, uint64 tradeCapMicroUsd) external restricted onSlot(i) {
        Listing.lowerTradeCap(_table, i, tradeCapMicroUsd);
    }

    function vetoExit(uint8 i) external restricted onSlot(i) {
        SeriesEnd.vetoExit(_table, i);
    }

    function setExit(uint8 i, uint56 payoffMicroUsd) external restricted onSlot(i) {
        SeriesEnd.setExit(_table, i, payoffMicroUsd);
    }

    // ---- views

    function market() external view returns (address) {
        return address(_market);
    }

    function cash() external view returns (address) {
        return address(cashToken);
    }

    function config() external view returns (DeskConfig memory) {
        return DeskConfig({epsilonBps: epsilonBps, kappaBps: kappaBps, minBondMicroUsd: minBondMicroUsd});
    }

    function slot(uint8 i) external view onSlot(i) returns (Slot memory) {
        return _table.slots[i];
    }

    function listings() external view returns (uint32) {
        return _table.listings;
    }

    function slotAccount(uint8 i) external view onSlot(i) returns (SlotAccount memory) {
        return _table.accounts[i];
    }

    function carryIndex(uint8 i) external view onSlot(i) returns (int256) {
        return _table.venues[i].carryIndexMicroUsd;
    }

    function venue(
        uint8 i
    ) external view onSlot(i) returns (VenueRule memory, VenueAccount memory, ExitProposal memory) {
        return (_table.rules[i], _table.venues[i], _table.proposals[i]);
    }

    function insuranceMicroUsd() external view returns (int256) {
        return _table.insuranceMicroUsd;
    }

    function inventoryMicroUsd() external view returns (int256) {
        return _table.inventoryMicroUsd;
    }

    function haircutPpb() external view returns (uint256) {
        return _table.haircutPpb;
    }

    function owedMicroUsd(address vault) external view returns (uint256) {
        return _table.owed[vault];
    }

    function exits(uint32 lastEpoch) external view returns (uint256 keepFlags, int256[] memory exitIndices) {
        return _table.exits(slotCount, lastEpoch);
    }

    // ---- shared

    function _endSeries(uint8 i, uint256 floorMicroUsd) private {
        _requireBetweenEpochs();
        SeriesEnd.endSeries(_table, _terms(_market.snapshotPointer()), i, _market.epoch() + 1, floorMicroUsd);
    }

    function _requireBetweenEpochs() private view {
        Phase phase = _market.phase();
        if (phase != Phase.AwaitSnapshot) revert WrongPhase(phase);
    }

    function _terms(address snapshot) private view returns (TradeTerms memory) {
        return
            TradeTerms({
                cash: cashToken,
                snapshot: snapshot,
                rowWords: rowWords,
                epsilonBps: epsilonBps,
                kappaBps: kappaBps
            });
    }
}
