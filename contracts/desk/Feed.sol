// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

import {VenueCall} from "./VenueCall.sol";

/// Asks a Chainlink feed in such a way that no feed can make the asker fail: a feed that reverts, answers with too
/// little or nothing, has no code or eats all the gas it gets has not answered, and that is all.
library Feed {
    struct Round {
        uint256 id;
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
        uint256 answeredIn;
    }

    /// Some ten times what Chainlink's proxies take.
    uint256 private constant FEED_GAS = 300_000;

    /// @return answered whether the feed said a round, of which nothing is checked
    function latest(address feed) internal view returns (bool answered, Round memory round) {
        uint256[] memory words = new uint256[](5);
        bytes memory call_ = abi.encodeCall(AggregatorV3Interface.latestRoundData, ());
        answered = VenueCall.read(feed, call_, FEED_GAS, words);
        round = Round(words[0], int256(words[1]), words[2], words[3], words[4]);
    }
}
