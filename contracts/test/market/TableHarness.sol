// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ExitProposal, Slot, SlotAccount, VenueAccount, VenueRule} from "../../interfaces/Types.sol";
import {TradeTerms} from "../../desk/VenueTrade.sol";
import {Derivatives} from "../../desk/Derivatives.sol";
import {Clearing} from "../../desk/Clearing.sol";
import {InstrumentTable} from "../../desk/InstrumentTable.sol";
import {Listing} from "../../desk/Listing.sol";
import {SeriesEnd} from "../../desk/SeriesEnd.sol";

/// The desk's table and money without epochs, proofs or roles: nets are handed in as if they had been opened.
contract TableHarness {
    struct Fill {
        int256 debitMicroUsd;
        uint256 chargeMicroUsd;
    }

    InstrumentTable.Table private _table;
    mapping(uint8 slot => Fill) public fill;
    TradeTerms private _terms;

    constructor(TradeTerms memory terms_) {
        _terms = terms_;
    }

    function setSnapshot(address pointer) external {
        _terms.snapshot = pointer;
    }

    function setVenueRule(uint8 i, VenueRule calldata rule) external {
        Listing.setRule(_table, i, rule);
    }

    function lowerTradeCap(uint8 i, uint64 cap) external {
        Listing.lowerTradeCap(_table, i, cap);
    }

    function list(uint8 i, Slot calldata terms) external {
        Listing.list(_table, i, terms, address(_terms.cash));
    }

    function renew(uint8 i, uint128 strike, uint64 expiry) external {
        Listing.renew(_table, i, strike, expiry);
    }

    function checkpoint() external {
        Derivatives.checkpoint(_table);
    }

    function executeGroup(uint8 firstSlot, int256[] calldata nets) external {
        (, uint256[] memory charges, int256[] memory debits) = Clearing.execute(_table, _terms, firstSlot, nets);
        for (uint256 k; k < nets.length; k++) fill[uint8(firstSlot + k)] = Fill(debits[k], charges[k]);
    }

    function endSeries(uint8 i, uint32 nextEpoch, uint256 floorMicroUsd) external {
        SeriesEnd.endSeries(_table, _terms, i, nextEpoch, floorMicroUsd);
    }

    function rebalanceMargin(uint8 i) external {
        Derivatives.rebalance(_table, _terms.cash, i);
    }

    function proposeExit(uint8 i) external {
        SeriesEnd.proposeExit(_table, i);
    }

    function vetoExit(uint8 i) external {
        SeriesEnd.vetoExit(_table, i);
    }

    function setExit(uint8 i, uint56 payoff) external {
        SeriesEnd.setExit(_table, i, payoff);
    }

    /// As when a vault that holds these lots is resolved.
    function takeOver(uint8 i, int64 lots) external {
        _table.accounts[i].inventoryLots += lots;
    }

    function fundInsurance(int128 microUsd) external {
        _table.insuranceMicroUsd += microUsd;
    }

    function isOver(uint8 i) external view returns (bool) {
        return SeriesEnd.isOver(_table, i);
    }

    function insuranceMicroUsd() external view returns (int256) {
        return _table.insuranceMicroUsd;
    }

    function inventoryMicroUsd() external view returns (int256) {
        return _table.inventoryMicroUsd;
    }

    function slotAccount(uint8 i) external view returns (SlotAccount memory) {
        return _table.accounts[i];
    }

    function venue(uint8 i) external view returns (VenueRule memory, VenueAccount memory, ExitProposal memory) {
        return (_table.rules[i], _table.venues[i], _table.proposals[i]);
    }

    function exitIndex(uint8 i, uint32 nextEpoch) external view returns (int256) {
        return _table.ends[i][nextEpoch].exitIndexMicroUsd;
    }
}
