// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

interface IBonds {
    /// µUSD posted for the vault and not taken.
    function bondMicroUsd(address vault) external view returns (uint256);
    function minimumMicroUsd() external view returns (uint256);
    function post(address vault, uint256 amountMicroUsd) external;
    /// Reverts unless enough is posted for the vault to be registered.
    function requireMinimum(address vault) external view;
    /// The desk's: sends it as much of a vault's bond as there is, up to `mostMicroUsd`.
    function take(address vault, uint256 mostMicroUsd) external returns (uint256 takenMicroUsd);
}
