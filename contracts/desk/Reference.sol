// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

import {Slot} from "../interfaces/Types.sol";
import {VALUE_BOUND_MICRO_USD} from "../format/Format.sol";
import {Feed} from "./Feed.sol";

/// The price of a lot's underlying: the slot's own feed, judged by its own heartbeat. For spot it is the reference.
library Reference {
    /// Never reverts, whatever the feed does: a caller that must pause rather than fail can do so. The token is not
    /// asked.
    /// @return fresh whether the feed answered in its running round, no longer ago than the slot's heartbeat and not in
    /// the future, with a price that a lot can have: above 0 and below 2^49 µUSD
    /// @return microUsdPerLot price of one lot, rounded down; 0 unless fresh
    function read(Slot memory slot) internal view returns (bool fresh, uint256 microUsdPerLot) {
        (bool answered, Feed.Round memory round) = Feed.latest(slot.feed);
        if (!answered || round.answeredIn < round.id) return (false, 0);
        if (round.answer <= 0 || round.updatedAt > block.timestamp) return (false, 0);
        if (block.timestamp - round.updatedAt > slot.feedHeartbeat) return (false, 0);
        if (uint256(round.answer) >= 1 << 128) return (false, 0);
        microUsdPerLot = Math.mulDiv(uint256(round.answer), slot.lotSize, 10 ** slot.scaleDecimals);
        // The lane of a mark holds no larger price, and a band around a price of 0 would be empty.
        fresh = microUsdPerLot != 0 && microUsdPerLot < VALUE_BOUND_MICRO_USD;
        return fresh ? (true, microUsdPerLot) : (false, 0);
    }

    /// See `Slot.scaleDecimals`. Reverts where feed or token don't say theirs, or the feed has fewer than a µUSD.
    function scaleDecimals(Slot memory slot) internal view returns (uint8) {
        // Lots of perps and options are 1e18-scaled.
        uint8 lotDecimals = slot.token == address(0) ? 18 : IERC20Metadata(slot.token).decimals();
        return AggregatorV3Interface(slot.feed).decimals() + lotDecimals - 6;
    }
}
