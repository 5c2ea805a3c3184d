// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBonds} from "../interfaces/IBonds.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {IVault} from "../interfaces/IVault.sol";
import {VaultStatus} from "../interfaces/Types.sol";

/// What stands behind the vaults' owners: cash that is lost before anybody else's if a vault is taken over with less than
/// nothing, or has to be unwound.
///
/// Assumptions:
/// - The desk takes a bond only when it takes the vault over, and only what protocol.md §10 says.
/// - Cash moves exactly the amount asked; tokens sent here unasked belong to nobody.
///
/// Anybody may post for a vault, as often as they like. What is left belongs to the vault's owner, once the vault is
/// resolved, or as long as it was never registered. Nothing else moves it.
contract Bonds is IBonds {
    using SafeERC20 for IERC20;

    event BondPosted(address indexed vault, address indexed from, uint256 amountMicroUsd);
    event BondTaken(address indexed vault, uint256 amountMicroUsd);
    event BondWithdrawn(address indexed vault, address indexed owner, uint256 amountMicroUsd);

    error NotDesk();
    /// Only the vault's owner gets what is left.
    error NotOwner();
    /// The bond of a vault that trades, or is not taken over yet, stays.
    error BondStays(address vault, VaultStatus status);
    /// Post what is missing.
    error BondBelowMinimum(address vault, uint256 postedMicroUsd, uint256 minimumMicroUsd);

    /// Who made this contract.
    address public immutable desk = msg.sender;
    IMarket public immutable market;
    IERC20 public immutable cash;
    /// µUSD a vault is registered with at least.
    uint256 public immutable minimumMicroUsd;
    /// µUSD, by vault.
    mapping(address vault => uint256) public bondMicroUsd;

    constructor(IMarket market_, IERC20 cash_, uint256 minimumMicroUsd_) {
        market = market_;
        cash = cash_;
        minimumMicroUsd = minimumMicroUsd_;
    }

    /// Adds `amountMicroUsd` of the caller's cash to a vault's bond.
    function post(address vault, uint256 amountMicroUsd) external {
        bondMicroUsd[vault] += amountMicroUsd;
        emit BondPosted(vault, msg.sender, amountMicroUsd);
        cash.safeTransferFrom(msg.sender, address(this), amountMicroUsd);
    }

    /// Gives the owner of a resolved, or never registered, vault all that is left.
    function withdraw(address vault) external {
        if (msg.sender != IVault(vault).owner()) revert NotOwner();
        VaultStatus status = market.vaultState(vault).status;
        if (status != VaultStatus.Resolved && status != VaultStatus.None) revert BondStays(vault, status);
        uint256 amount = bondMicroUsd[vault];
        bondMicroUsd[vault] = 0;
        emit BondWithdrawn(vault, msg.sender, amount);
        cash.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IBonds
    function requireMinimum(address vault) external view {
        uint256 posted = bondMicroUsd[vault];
        if (posted < minimumMicroUsd) revert BondBelowMinimum(vault, posted, minimumMicroUsd);
    }

    /// @inheritdoc IBonds
    function take(address vault, uint256 mostMicroUsd) external returns (uint256 takenMicroUsd) {
        if (msg.sender != desk) revert NotDesk();
        takenMicroUsd = Math.min(bondMicroUsd[vault], mostMicroUsd);
        bondMicroUsd[vault] -= takenMicroUsd;
        emit BondTaken(vault, takenMicroUsd);
        cash.safeTransfer(desk, takenMicroUsd);
    }
}
