// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IVenueAdapter} from "../../interfaces/IVenue.sol";

/// A venue with a bottomless stock, whose adapter does as it is told, honest or not.
contract ScriptedVenue is IVenueAdapter {
    struct Quote {
        IERC20 token;
        uint256 lotSize;
        /// µUSD per lot: what it says its price is, and what it trades at.
        uint256 marginal;
        uint256 buyPrice;
        uint256 sellPrice;
    }

    IERC20 public immutable cash;
    mapping(uint8 => Quote) public quotes;
    /// Tokens it moves beyond (+) or below (−) what was asked for, and cash it keeps from its limit.
    int256 public tokensOff;
    uint256 public grab;
    address private _target;
    bytes private _call;

    constructor(IERC20 cash_) {
        cash = cash_;
    }

    function setQuote(uint8 slot, IERC20 token, uint256 lotSize, uint256 price) external {
        quotes[slot] = Quote(token, lotSize, price, price, price);
    }

    function setMarginal(uint8 slot, uint256 marginal) external {
        quotes[slot].marginal = marginal;
    }

    function setPrices(uint8 slot, uint256 buyPrice, uint256 sellPrice) external {
        (quotes[slot].buyPrice, quotes[slot].sellPrice) = (buyPrice, sellPrice);
    }

    /// Moves `tokensOff_` more tokens than asked for in the trade's direction; pulls `grab_` more cash than it may
    /// cost.
    function misbehave(int256 tokensOff_, uint256 grab_) external {
        (tokensOff, grab) = (tokensOff_, grab_);
    }

    /// What each trade calls first, failing with it.
    function setCallback(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256) {
        return quotes[slot].marginal;
    }

    function trade(uint8 slot, int256 lots, uint256) external {
        if (_target != address(0)) {
            (bool success, bytes memory reason) = _target.call(_call);
            if (!success) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        Quote memory q = quotes[slot];
        uint256 size = uint256(lots > 0 ? lots : -lots);
        uint256 tokens = uint256(int256(size * q.lotSize) + tokensOff);
        if (lots > 0) {
            cash.transferFrom(msg.sender, address(this), size * q.buyPrice + grab);
            q.token.transfer(msg.sender, tokens);
        } else {
            q.token.transferFrom(msg.sender, address(this), tokens);
            cash.transfer(msg.sender, size * q.sellPrice - grab);
        }
    }
}
