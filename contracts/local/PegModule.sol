// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IPegModule} from "../interfaces/external/IPegModule.sol";

/// The local stand-in for a real peg module: pays from what it was given of both tokens.
contract PegModule is IPegModule {
    using SafeERC20 for IERC20;

    uint256 private constant QUOTE_PER_MICRO_USD = 1e12;

    IERC20 public immutable cash;
    IERC20 public immutable quote;

    constructor(IERC20 cash_, IERC20 quote_) {
        cash = cash_;
        quote = quote_;
    }

    /// @inheritdoc IPegModule
    function toQuote(uint256 amountMicroUsd, address to) external {
        cash.safeTransferFrom(msg.sender, address(this), amountMicroUsd);
        quote.safeTransfer(to, amountMicroUsd * QUOTE_PER_MICRO_USD);
    }

    /// @inheritdoc IPegModule
    function toCash(uint256 amountMicroUsd, address to) external {
        quote.safeTransferFrom(msg.sender, address(this), amountMicroUsd * QUOTE_PER_MICRO_USD);
        cash.safeTransfer(to, amountMicroUsd);
    }
}
