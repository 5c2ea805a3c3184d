// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A feed that fails in the ways Chainlink's mock can't: it reverts, or repeats the answer of an earlier round.
contract FaultyFeed {
    uint8 public immutable decimals;
    int256 private immutable answer;
    bool public broken;
    uint80 public answeredInRound = 2;

    constructor(uint8 decimals_, int256 answer_) {
        decimals = decimals_;
        answer = answer_;
    }

    function setBroken(bool broken_) external {
        broken = broken_;
    }

    function setAnsweredInRound(uint80 round) external {
        answeredInRound = round;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        require(!broken);
        return (2, answer, block.timestamp, block.timestamp, answeredInRound);
    }
}
