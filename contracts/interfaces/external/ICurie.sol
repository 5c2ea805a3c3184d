// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// What is used of Perpetual Protocol v2 ("Curie"). Amounts have 18 decimals, cash those of the settlement token.
/// Parties are told apart by their address.

interface ICurieClearingHouse {
    struct OpenPositionParams {
        address baseToken;
        bool isBaseToQuote;
        bool isExactInput;
        uint256 amount;
        uint256 oppositeAmountBound;
        uint256 deadline;
        /// The trade ends there, without a revert. 0 for none.
        uint160 sqrtPriceLimitX96;
        bytes32 referralCode;
    }

    function getVault() external view returns (address);
    function getExchange() external view returns (address);
    function getAccountBalance() external view returns (address);
    function getClearingHouseConfig() external view returns (address);
    /// @return base  traded
    /// @return quote with fees: paid if buying, received if selling
    function openPosition(OpenPositionParams memory params) external returns (uint256 base, uint256 quote);
    /// Once the base token is closed, for anybody.
    function quitMarket(address trader, address baseToken) external returns (uint256 base, uint256 quote);
}

interface ICurieVault {
    function getSettlementToken() external view returns (address);
    function getBalance(address trader) external view returns (int256);
    function getFreeCollateralByToken(address trader, address token) external view returns (uint256);
    function depositFor(address to, address token, uint256 amount) external;
    function withdraw(address token, uint256 amount) external;
}

interface ICurieExchange {
    function getMarketRegistry() external view returns (address);
    function getPendingFundingPayment(address trader, address baseToken) external view returns (int256);
}

interface ICurieAccountBalance {
    /// 0 below ten wei.
    function getTakerPositionSize(address trader, address baseToken) external view returns (int256);
    function getTakerOpenNotional(address trader, address baseToken) external view returns (int256);
    function getPnlAndPendingFee(
        address trader
    ) external view returns (int256 owedRealizedPnl, int256 unrealizedPnl, uint256 pendingFee);
    function getMarkPrice(address baseToken) external view returns (uint256);
}

interface ICurieConfig {
    /// Millionths.
    function getImRatio() external view returns (uint24);
    function getMmRatio() external view returns (uint24);
}

interface ICurieMarketRegistry {
    /// Reverts for a base token without a pool.
    function getPool(address baseToken) external view returns (address);
}

interface ICurieBaseToken {
    function isOpen() external view returns (bool);
    function isClosed() external view returns (bool);
    function getPausedIndexPrice() external view returns (uint256);
    function getClosedPrice() external view returns (uint256);
}
