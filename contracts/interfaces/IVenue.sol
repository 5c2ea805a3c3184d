// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// A venue behind the desk. The adapter is trusted with nothing: the desk measures its own balances.
interface IVenueAdapter {
    /// Marginal price before trading, µUSD per lot.
    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256);
    /// Buys (lots > 0) or sells (lots < 0) exactly |lots| for the desk, spending at most / receiving at least
    /// `limitMicroUsd`; reverts otherwise. Pulls what it needs from the desk by allowance given for this call.
    function trade(uint8 slot, int256 lots, uint256 limitMicroUsd) external;
}

/// A perp or option venue. The adapter holds one account at the venue for each slot, apart from the other slots': what
/// goes wrong in one takes no collateral of another. Only the desk moves money or trades; views are for anybody.
///
/// The account's money is one number, `cashMicroUsd`: collateral, realised gains and what opening the position cost or
/// brought, funding up to now included, so that cash + position · price is what closing at that price would leave.
/// Trades, transfers and funding are read off its changes. `trade` moves no cash of the desk's: premium and fees leave
/// the slot's account, proceeds stay in it; its limit bounds the fall (buying) or the rise (selling) of `cashMicroUsd`.
///
/// Each call has a bound on its gas, see `VenueCall`.
interface IDerivativeVenue is IVenueAdapter {
    /// Lots of the account, negative if short. 0 after expiry once settled.
    function positionLots(uint8 slot) external view returns (int256);
    /// µUSD, negative if the account owes more than its collateral.
    function cashMicroUsd(uint8 slot) external view returns (int256);
    /// The venue's own price of a lot, averaged over time, µUSD.
    function markMicroUsd(uint8 slot) external view returns (uint256);
    /// Equity (cash + position · mark) the venue wants for `lots`, µUSD: to open them, and not to be liquidated.
    function requirementMicroUsd(uint8 slot, int256 lots) external view returns (uint256 initial, uint256 maintenance);
    /// Takes `amountMicroUsd` of the desk's cash, by allowance, into the slot's account.
    function deposit(uint8 slot, uint256 amountMicroUsd) external;
    /// Sends as much of the account's free collateral to the desk as the venue lets go, at most `mostMicroUsd`.
    /// `cashMicroUsd` falls by no more than what was sent.
    function withdraw(uint8 slot, uint256 mostMicroUsd) external;
    /// After expiry, permissionless: turns the position into cash at the venue's settlement price. Called again, or
    /// without a position, it says the same.
    /// @return payoffMicroUsd µUSD a long lot was paid
    function settleExpired(uint8 slot) external returns (uint256 payoffMicroUsd);
}
