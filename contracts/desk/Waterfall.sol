// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {IBonds} from "../interfaces/IBonds.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {SlotKind, VenueAccount} from "../interfaces/Types.sol";
import {Haircut, PPB} from "../format/Haircut.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {SnapshotReader, SnapshotSlot} from "../format/SnapshotReader.sol";
import {TradeTerms} from "./VenueTrade.sol";
import {InstrumentTable} from "./InstrumentTable.sol";

/// Who bears what when a vault ends (protocol.md §10): its owner's bond, then the insurance account, then, by one
/// public haircut, everybody who leaves. A linked library; its functions run in the desk and change the desk's table.
///
/// Insurance and inventory are one purse here: the inventory account takes the positions over, and what they earn or
/// lose until they are sold is the insurance account's. Its equity is what both hold in cash, the inventory's lots at
/// the snapshot's value, less what resolved vaults are still owed.
library Waterfall {
    using InstrumentTable for InstrumentTable.Table;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// A basis point: so little may be missing before anybody bears it, and deposits wait. A purse that is a
    /// micro-dollar short must not close all vaults.
    uint32 private constant TOLERATED_PPB = 100_000;

    /// A settled book at the marks of a snapshot, µUSD.
    struct Worth {
        int256 cash;
        int256 nav;
        /// What selling it may cost: each lot's slip.
        uint256 unwinding;
    }

    // ---- the end of a vault

    /// Takes a settled book over: its positions, its cash, and of the bond what unwinding may cost and what the NAV is
    /// below 0. Owed is what then remains of the NAV.
    /// @param lots    by slot
    /// @param cashAdj cash less what carry indices add to it, µUSD
    function takeOver(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        IBonds bonds,
        address vault,
        int256[] calldata lots,
        int256 cashAdj
    ) external {
        Worth memory worth = _takePositions(table, terms, lots, cashAdj);
        uint256 wanted = worth.unwinding + SignedMath.max(-worth.nav, 0).toUint256();
        uint256 taken = bonds.take(vault, wanted);
        uint256 owed = SignedMath.max(worth.nav + taken.toInt256() - worth.unwinding.toInt256(), 0).toUint256();
        table.inventoryMicroUsd += (worth.cash + taken.toInt256()).toInt128();
        table.owed[vault] = owed;
        table.owedMicroUsd += owed;
        // A deficit that this has brought to light is for the next opening to share out: whether deposits are dealt,
        // and so the cash that flows, is in the proofs that are being made for this epoch.
        emit IDesk.VaultResolved(vault, worth.nav, worth.unwinding, taken, owed);
    }

    /// Makes the positions of a book the inventory's.
    function _takePositions(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        int256[] calldata lots,
        int256 cash
    ) private returns (Worth memory worth) {
        for (uint8 i; i < lots.length; i++) {
            if (lots[i] == 0) continue;
            SnapshotSlot memory said = SnapshotReader.slot(terms.snapshot, i, terms.rowWords);
            table.accounts[i].inventoryLots += lots[i].toInt64();
            cash += lots[i] * SnapshotReader.carryIndex(terms.snapshot, i, terms.rowWords);
            worth.nav += lots[i] * said.valueMicroUsd;
            worth.unwinding += SignedMath.abs(lots[i]) * said.slipMicroUsd;
        }
        worth.cash = cash;
        worth.nav += cash;
    }

    /// Pays a resolved vault from the purse's own cash. What short positions would cost to buy back is set aside, and
    /// the vaults' cash counts only as far as a haircut has taken it off their claims.
    function pay(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        address vault
    ) external returns (uint256 paid) {
        (int256 equity, int256 debts) = _equity(table, terms);
        int256 own = int256(table.insuranceMicroUsd) + table.inventoryMicroUsd + debts - SignedMath.min(equity, 0);
        // At the purse of this moment: it may have been filled since the epoch opened, or another book been opened.
        (uint32 haircutPpb, ) = _haircut(table, terms, equity);
        uint256 settled = table.owed[vault];
        paid = Haircut.net(settled, haircutPpb);
        if (own < paid.toInt256()) {
            if (own <= 0) revert DeskErrors.NothingToPay(vault);
            paid = own.toUint256();
            settled = Haircut.gross(paid, haircutPpb);
        }
        if (paid == 0) revert DeskErrors.NothingToPay(vault);
        table.owed[vault] -= settled;
        table.owedMicroUsd -= settled;
        // The inventory account has got the vault's cash and lots. It alone pays for them, so that the insurance
        // account goes on covering small nets.
        table.inventoryMicroUsd -= paid.toInt256().toInt128();
        emit IDesk.ResolvedPaid(vault, settled, paid);
        terms.cash.safeTransfer(vault, paid);
    }

    // ---- the haircut

    /// What claims are paid less so that all are paid alike: what the purse is missing, over all that vaults claim. All
    /// that is claimed is what the market holds, and what is missing.
    function updateHaircut(InstrumentTable.Table storage table, TradeTerms memory terms) external {
        (int256 equity, ) = _equity(table, terms);
        (uint32 haircutPpb, int256 claims) = _haircut(table, terms, equity);
        if (haircutPpb == table.haircutPpb) return;
        table.haircutPpb = haircutPpb;
        emit IDesk.HaircutSet(haircutPpb, equity, claims);
    }

    /// @return haircutPpb parts of 10^9, rounded up; 0 unless more is missing than is tolerated
    /// @return claims     all that is claimed of the market, µUSD; 0 unless equity is negative
    function _haircut(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        int256 equity
    ) private view returns (uint32 haircutPpb, int256 claims) {
        if (equity >= 0) return (0, 0);
        claims = _assets(table, terms) - equity;
        uint256 missing = uint256(-equity);
        haircutPpb =
            claims <= -equity ? uint32(PPB) : uint32(Math.mulDiv(missing, PPB, uint256(claims), Math.Rounding.Ceil));
        if (haircutPpb < TOLERATED_PPB) haircutPpb = 0;
    }

    /// @return equity of the purse, µUSD
    /// @return debts  the part of it that are short positions, not positive
    function _equity(
        InstrumentTable.Table storage table,
        TradeTerms memory terms
    ) private view returns (int256 equity, int256 debts) {
        equity = int256(table.insuranceMicroUsd) + table.inventoryMicroUsd - table.owedMicroUsd.toInt256();
        uint256 listed = table.listed;
        for (uint8 i; listed >> i != 0; i++) {
            if ((listed >> i) & 1 == 0) continue;
            int256 lots = table.accounts[i].inventoryLots;
            if (lots == 0) continue;
            int256 worth = lots * SnapshotReader.slot(terms.snapshot, i, terms.rowWords).valueMicroUsd;
            equity += worth;
            debts += SignedMath.min(worth, 0);
        }
    }

    /// All that the market holds: cash, and its positions and accounts at venues as they are booked.
    function _assets(
        InstrumentTable.Table storage table,
        TradeTerms memory terms
    ) private view returns (int256 assets) {
        assets = terms.cash.balanceOf(address(this)).toInt256();
        uint256 listed = table.listed;
        for (uint8 i; listed >> i != 0; i++) {
            if ((listed >> i) & 1 == 0) continue;
            int256 price = SnapshotReader.slot(terms.snapshot, i, terms.rowWords).valueMicroUsd;
            if (table.slots[i].kind != SlotKind.Spot) {
                VenueAccount memory account = table.venues[i];
                assets += account.cashMicroUsd;
                if (table.slots[i].kind == SlotKind.Perp) price = uint256(account.markMicroUsd).toInt256();
            }
            assets += table.accounts[i].positionLots * price;
        }
    }
}
