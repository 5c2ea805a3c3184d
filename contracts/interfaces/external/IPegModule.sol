// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Changes cash of six decimals for a stablecoin of 18 decimals and back, one for one and without a fee: what a peg
/// stability module does.
interface IPegModule {
    /// Takes `amountMicroUsd` of the caller's cash by allowance and sends as much of the stablecoin to `to`.
    function toQuote(uint256 amountMicroUsd, address to) external;
    /// Takes `amountMicroUsd` · 1e12 units of the caller's stablecoin by allowance and sends as much cash to `to`.
    function toCash(uint256 amountMicroUsd, address to) external;
}
