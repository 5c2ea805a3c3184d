// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IDerivativeVenue} from "../interfaces/IVenue.sol";
import {AccountHolder} from "./AccountHolder.sol";

/// What adapters of perp and option venues have in common.
///
/// Assumptions:
/// - Cash has six decimals: one unit is one µUSD.
/// - Each slot's account at the venue has a holder of its own. A slot that is listed again keeps holder and cash.
/// - The adapter keeps nothing between calls, and has no power over the accounts but the desk's orders.
abstract contract DerivativeAdapter is IDerivativeVenue, AccessManaged {
    event Traded(uint8 indexed slot, int256 lots, uint256 amountMicroUsd);
    event Deposited(uint8 indexed slot, uint256 amountMicroUsd);
    event Withdrawn(uint8 indexed slot, uint256 amountMicroUsd);
    /// At the venue's settlement price.
    event Settled(uint8 indexed slot, uint256 payoffMicroUsd);

    /// Only the desk moves money or trades here.
    error NotDesk();
    /// List the slot first.
    error NotListed(uint8 slot);
    /// Close or settle the slot's position before listing it anew.
    error StillOpen(uint8 slot, int256 lots);
    error ZeroLots();
    /// The trade would cost more, or yield less, than the limit.
    error LimitExceeded(uint256 amountMicroUsd, uint256 limitMicroUsd);
    /// The venue has not settled and can't yet.
    error NotExpired(uint8 slot);

    address public immutable desk;
    IERC20 public immutable cash;
    /// Zero until the slot is first listed.
    mapping(uint8 slot => AccountHolder) public holders;

    modifier onlyDesk() {
        if (msg.sender != desk) revert NotDesk();
        _;
    }

    constructor(address authority_, address desk_, IERC20 cash_) AccessManaged(authority_) {
        desk = desk_;
        cash = cash_;
    }

    /// @inheritdoc IDerivativeVenue
    function positionLots(uint8 slot) public view virtual returns (int256);

    /// The slot's holder, made when there is none yet. Reverts while the slot has a position.
    function _holderFor(uint8 slot) internal returns (AccountHolder holder) {
        holder = holders[slot];
        if (address(holder) != address(0)) {
            int256 lots = positionLots(slot);
            if (lots != 0) revert StillOpen(slot, lots);
        } else {
            holder = new AccountHolder();
            holders[slot] = holder;
        }
    }

    /// Whether a trade's cost or proceeds are within its limit, or it reverts.
    function _finish(uint8 slot, int256 lots, uint256 amountMicroUsd, uint256 limitMicroUsd) internal {
        if (lots > 0 ? amountMicroUsd > limitMicroUsd : amountMicroUsd < limitMicroUsd) {
            revert LimitExceeded(amountMicroUsd, limitMicroUsd);
        }
        emit Traded(slot, lots, amountMicroUsd);
    }
}
