// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

import {IVenueAdapter} from "../interfaces/IVenue.sol";
import {Slot} from "../interfaces/Types.sol";
import {BPS} from "../format/Format.sol";
import {DeskErrors} from "../interfaces/DeskErrors.sol";
import {Reference} from "./Reference.sol";
import {VenueCall} from "./VenueCall.sol";

/// The limits that the market's trades are judged by.
struct TradeTerms {
    IERC20 cash;
    /// The stored snapshot, and the row words of a slot in it.
    address snapshot;
    uint256 rowWords;
    /// Largest distance of a spot venue's marginal price from the reference.
    uint256 epsilonBps;
    uint256 kappaBps;
}

/// The price band of a trade, and a spot trade in it. The adapter is trusted with nothing: it gets an allowance for
/// this trade and no more, and what it did is read from the market's own balances.
library VenueTrade {
    using SafeERC20 for IERC20;

    /// Reverts unless the venue answers with a marginal price at most `most` µUSD a lot away from `price`.
    function requireClose(uint8 i, address adapter, uint256 price, uint256 most) internal view {
        (bool ok, uint256 marginal) = VenueCall.word(adapter, abi.encodeCall(IVenueAdapter.marginalPriceMicroUsd, (i)));
        if (!ok) revert DeskErrors.VenueSilent(i);
        uint256 distance = marginal > price ? marginal - price : price - marginal;
        if (distance > most) revert DeskErrors.VenueOffReference(i, marginal, price);
    }

    /// Fresh reference of a spot slot, µUSD per lot, with the venue's marginal price close to it.
    function spotReference(TradeTerms memory terms, uint8 i, Slot memory slot) internal view returns (uint256 price) {
        bool fresh;
        (fresh, price) = Reference.read(slot);
        if (!fresh) revert DeskErrors.ReferenceNotFresh(i);
        requireClose(i, slot.adapter, price, (price * terms.epsilonBps) / BPS);
    }

    /// How far a fill may lie from the reference: the slot's `feeBps` + `kappaBps`·|lots| / liquidity of `baseMicroUsd`
    /// a lot, which is the reference itself for spot and perps and the underlying's price for options.
    /// @return µUSD for all lots together
    function tolerance(
        TradeTerms memory terms,
        uint8 i,
        uint256 feeBps,
        int256 lots,
        uint256 baseMicroUsd,
        uint256 liquidityLots
    ) internal pure returns (uint256) {
        uint256 size = SignedMath.abs(lots);
        if (liquidityLots == 0) revert DeskErrors.NoLiquidity(i);
        return (size * baseMicroUsd * (feeBps + (terms.kappaBps * size) / liquidityLots)) / BPS;
    }

    /// The most that buying `lots` (> 0) may cost, the least that selling (< 0) may bring.
    function limit(int256 lots, uint256 referenceMicroUsd, uint256 toleranceMicroUsd) internal pure returns (uint256) {
        uint256 worth = SignedMath.abs(lots) * referenceMicroUsd;
        if (lots > 0) return worth + toleranceMicroUsd;
        return toleranceMicroUsd >= worth ? 0 : worth - toleranceMicroUsd;
    }

    /// Trades exactly `lots` (> 0 buys, < 0 sells, not 0) of the spot slot `i`, or reverts.
    /// @param limitMicroUsd the most to spend, the least to receive
    /// @return costMicroUsd negative if received
    function spot(
        IERC20 cash,
        uint8 i,
        Slot memory slot,
        int256 lots,
        uint256 limitMicroUsd
    ) internal returns (int256 costMicroUsd) {
        IERC20 token = IERC20(slot.token);
        uint256 tokens = SignedMath.abs(lots) * slot.lotSize;
        uint256 cashBefore = cash.balanceOf(address(this));
        uint256 tokenBefore = token.balanceOf(address(this));
        if (lots > 0) {
            _trade(cash, limitMicroUsd, i, slot.adapter, lots, limitMicroUsd);
            // If tokens went down or cash up, the subtraction underflows and reverts: no honest venue does that.
            uint256 bought = token.balanceOf(address(this)) - tokenBefore;
            if (bought != tokens) revert DeskErrors.WrongTokensMoved(i, bought, tokens);
            uint256 spent = cashBefore - cash.balanceOf(address(this));
            if (spent > limitMicroUsd) revert DeskErrors.FillOutsideBand(i, spent, limitMicroUsd);
            return int256(spent);
        }
        _trade(token, tokens, i, slot.adapter, lots, limitMicroUsd);
        uint256 sold = tokenBefore - token.balanceOf(address(this));
        if (sold != tokens) revert DeskErrors.WrongTokensMoved(i, sold, tokens);
        uint256 received = cash.balanceOf(address(this)) - cashBefore;
        if (received < limitMicroUsd) revert DeskErrors.FillOutsideBand(i, received, limitMicroUsd);
        return -int256(received);
    }

    function _trade(
        IERC20 pays,
        uint256 allowance,
        uint8 i,
        address adapter,
        int256 lots,
        uint256 limitMicroUsd
    ) private {
        pays.forceApprove(adapter, allowance);
        VenueCall.execute(
            i,
            adapter,
            abi.encodeCall(IVenueAdapter.trade, (i, lots, limitMicroUsd)),
            VenueCall.TRADE_GAS
        );
        pays.forceApprove(adapter, 0);
    }
}
