// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {Crossing} from "./Crossing.sol";
import {InstrumentTable} from "./InstrumentTable.sol";
import {TradeTerms} from "./VenueTrade.sol";

/// The clearing of a group (protocol.md §7): slot after slot by `Crossing`.
library Clearing {
    using InstrumentTable for InstrumentTable.Table;

    /// See `IDesk.execute`.
    function execute(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 firstSlot,
        int256[] calldata nets
    ) internal returns (uint256[] memory references, uint256[] memory charges, int256[] memory debits) {
        references = new uint256[](nets.length);
        charges = new uint256[](nets.length);
        debits = new int256[](nets.length);
        for (uint256 k; k < nets.length; k++) {
            uint8 i = uint8(firstSlot + k);
            if (table.isListed(i)) (references[k], charges[k], debits[k]) = _cross(table, terms, i, nets[k]);
            else if (nets[k] != 0) revert DeskErrors.NetInUnlistedSlot(i, nets[k]);
        }
    }

    /// With a part of the inventory, or if that can't be traded without it: what the market has taken over is nobody
    /// else's obstacle.
    function _cross(
        InstrumentTable.Table storage table,
        TradeTerms memory terms,
        uint8 i,
        int256 net
    ) private returns (uint256 price, uint256 charge, int256 debit) {
        if (table.accounts[i].inventoryLots == 0) return Crossing.cross(table, terms, i, net, false);
        try Crossing.cross(table, terms, i, net, true) returns (uint256 price_, uint256 charge_, int256 debit_) {
            return (price_, charge_, debit_);
        } catch (bytes memory reason) {
            // Out of gas, as for the group: whoever clears can't choose that nothing is unwound.
            if (reason.length == 0) {
                assembly {
                    revert(0, 0)
                }
            }
            return Crossing.cross(table, terms, i, net, false);
        }
    }
}
