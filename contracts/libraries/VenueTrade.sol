// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IVenueAdapter, Slot} from "../interfaces/ITacit.sol";
import {BPS} from "./Constants.sol";
import {MarketErrors} from "./MarketErrors.sol";

/// One trade of the market at a venue. The adapter is trusted with nothing: it gets an allowance for this trade and no
/// more, and what it did is read from the market's own balances.
library VenueTrade {
    using SafeERC20 for IERC20;

    /// Width of the price band: `feeBps` + `kappaBps`·|lots| / liquidity.
    struct Band {
        uint256 feeBps;
        uint256 kappaBps;
        uint256 liquidityLots;
    }

    /// Trades exactly `lots` (> 0 buys, < 0 sells, not 0) of slot `i` within the band around the reference, or reverts.
    /// @return cashMicroUsd spent if buying, received if selling
    function execute(IERC20 cash, uint8 i, Slot memory slot, int256 lots, uint256 referenceMicroUsd, Band memory band)
        internal
        returns (uint256 cashMicroUsd)
    {
        uint256 size = uint256(lots > 0 ? lots : -lots);
        if (band.liquidityLots == 0) revert MarketErrors.NoLiquidity(i);
        uint256 bandBps = band.feeBps + band.kappaBps * size / band.liquidityLots;

        IERC20 token = IERC20(slot.token);
        uint256 tokens = size * slot.lotSize;
        uint256 cashBefore = cash.balanceOf(address(this));
        uint256 tokenBefore = token.balanceOf(address(this));

        if (lots > 0) {
            uint256 most = size * referenceMicroUsd * (BPS + bandBps) / BPS;
            _trade(cash, most, i, slot.adapter, lots, most);
            // A falling token balance or a rising cash balance overflows: nobody gives without taking.
            uint256 bought = token.balanceOf(address(this)) - tokenBefore;
            if (bought != tokens) revert MarketErrors.WrongTokensMoved(i, bought, tokens);
            cashMicroUsd = cashBefore - cash.balanceOf(address(this));
            if (cashMicroUsd > most) revert MarketErrors.FillOutsideBand(i, cashMicroUsd, most);
        } else {
            uint256 least = bandBps >= BPS ? 0 : (size * referenceMicroUsd * (BPS - bandBps) + BPS - 1) / BPS;
            _trade(token, tokens, i, slot.adapter, lots, least);
            uint256 sold = tokenBefore - token.balanceOf(address(this));
            if (sold != tokens) revert MarketErrors.WrongTokensMoved(i, sold, tokens);
            cashMicroUsd = cash.balanceOf(address(this)) - cashBefore;
            if (cashMicroUsd < least) revert MarketErrors.FillOutsideBand(i, cashMicroUsd, least);
        }
    }

    function _trade(IERC20 pays, uint256 allowance, uint8 i, address adapter, int256 lots, uint256 limit) private {
        pays.forceApprove(adapter, allowance);
        IVenueAdapter(adapter).trade(i, lots, limit);
        pays.forceApprove(adapter, 0);
    }
}
