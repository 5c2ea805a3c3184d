// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// What is used of Lyra v1 ("Avalon"). Amounts, prices and vols have 18 decimals.

/// Shorts of the kinds used here are backed by quote.
enum OptionKind {
    LongCall,
    LongPut,
    ShortCallBase,
    ShortCall,
    ShortPut
}

enum PositionState {
    Empty,
    Active,
    Closed,
    Liquidated,
    Settled,
    Merged
}

interface ILyraOptionMarket {
    struct Strike {
        uint256 id;
        uint256 strikePrice;
        uint256 skew;
        uint256 longCall;
        uint256 shortCallBase;
        uint256 shortCallQuote;
        uint256 longPut;
        uint256 shortPut;
        uint256 boardId;
    }

    struct OptionBoard {
        uint256 id;
        uint256 expiry;
        uint256 iv;
        bool frozen;
        uint256[] strikeIds;
    }

    struct TradeInputParameters {
        uint256 strikeId;
        /// 0 for a new one.
        uint256 positionId;
        uint256 iterations;
        OptionKind optionType;
        /// 0 changes only the collateral.
        uint256 amount;
        uint256 setCollateralTo;
        uint256 minTotalCost;
        uint256 maxTotalCost;
    }

    struct Result {
        uint256 positionId;
        uint256 totalCost;
        uint256 totalFee;
    }

    function getStrikeAndBoard(uint256 strikeId) external view returns (Strike memory, OptionBoard memory);
    /// `priceAtExpiry` is 0 until the board is settled.
    function getSettlementParameters(
        uint256 strikeId
    ) external view returns (uint256 strikePrice, uint256 priceAtExpiry, uint256 strikeToBaseReturned);
    function openPosition(TradeInputParameters memory params) external returns (Result memory);
    function closePosition(TradeInputParameters memory params) external returns (Result memory);
    /// At a worse price, but near expiry and far from the money too.
    function forceClosePosition(TradeInputParameters memory params) external returns (Result memory);
    function addCollateral(uint256 positionId, uint256 amountCollateral) external;
    function settleExpiredBoard(uint256 boardId) external;
}

interface ILyraOptionToken {
    function positions(
        uint256 positionId
    )
        external
        view
        returns (
            uint256 id,
            uint256 strikeId,
            OptionKind optionType,
            uint256 amount,
            uint256 collateral,
            PositionState state
        );
}

interface ILyraGreekCache {
    struct GreekCacheParameters {
        uint256 maxStrikesPerBoard;
        uint256 acceptableSpotPricePercentMove;
        uint256 staleUpdateDuration;
        uint256 varianceIvGWAVPeriod;
        uint256 varianceSkewGWAVPeriod;
        uint256 optionValueIvGWAVPeriod;
        uint256 optionValueSkewGWAVPeriod;
        uint256 gwavSkewFloor;
        uint256 gwavSkewCap;
        int256 rateAndCarry;
    }

    function getGreekCacheParams() external view returns (GreekCacheParameters memory);
    /// Geometric averages over time.
    function getIvGWAV(uint256 boardId, uint256 secondsAgo) external view returns (uint256);
    function getSkewGWAV(uint256 strikeId, uint256 secondsAgo) external view returns (uint256);
    function getMinCollateral(
        OptionKind optionType,
        uint256 strikePrice,
        uint256 expiry,
        uint256 spotPrice,
        uint256 amount
    ) external view returns (uint256);
}

interface ILyraShortCollateral {
    function settleOptions(uint256[] memory positionIds) external;
}

interface ILyraSynthetixAdapter {
    /// Reverts while the market is paused or the rate is invalid.
    function getSpotPriceForMarket(address optionMarket) external view returns (uint256);
}

/// Lyra's pricing library, which is a contract of its own: a plain call runs its pure functions. Its function
/// `optionPrices(BlackScholes.BlackScholesInputs)` returns the prices of a call and a put.
struct BlackScholesInputs {
    uint256 timeToExpirySec;
    uint256 volatilityDecimal;
    uint256 spotDecimal;
    uint256 strikePriceDecimal;
    int256 rateDecimal;
}
