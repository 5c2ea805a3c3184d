// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IVault} from "../../interfaces/IVault.sol";

/// A vault as the market sees it: every answer is set from outside, what the market asked for is recorded.
contract ScriptedVault is IVault {
    uint256 public strategyCommitment;
    address public mandatePointer;
    bool public dealing;
    /// Dealing epochs it says there have been since any other.
    uint256 public missedDealings;
    int256 public cashFlow;
    uint256 public cashWanted;
    bool public stopped;
    address public owner;
    bool public resolved;
    uint256 public resolvedMicroUsd;
    /// Arguments of the last `deal`.
    uint256 public dealtNav;
    uint256 public dealtShares;
    uint64 public dealtCutoff;
    uint256 public deals;

    address private _target;
    bytes private _call;

    constructor(IERC20 cash, address desk) {
        owner = msg.sender;
        cash.approve(desk, type(uint256).max);
    }

    function setTerms(uint256 strategyCommitment_, address mandatePointer_, bool dealing_) external {
        (strategyCommitment, mandatePointer, dealing) = (strategyCommitment_, mandatePointer_, dealing_);
    }

    function setMissedDealings(uint256 missedDealings_) external {
        missedDealings = missedDealings_;
    }

    function setCashWanted(uint256 cashWanted_) external {
        cashWanted = cashWanted_;
    }

    function setCashFlow(int256 cashFlow_) external {
        cashFlow = cashFlow_;
    }

    /// What `deal` and `onStopped` call before they do anything else, failing with it.
    function setCallback(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function terms(uint32, uint256, uint64) external view returns (uint256, address, bool, uint256) {
        return (strategyCommitment, mandatePointer, dealing, cashWanted);
    }

    function dealings(uint32, uint32) external view returns (uint256) {
        return missedDealings;
    }

    function deal(uint256 nav, uint256 redeemShares, uint64 cutoff, uint256) external returns (int256) {
        _callBack();
        (dealtNav, dealtShares, dealtCutoff) = (nav, redeemShares, cutoff);
        deals++;
        return cashFlow;
    }

    function previewDeal(uint256, uint256, uint64, uint256) external view returns (int256) {
        return cashFlow;
    }

    function onStopped() external {
        _callBack();
        stopped = true;
    }

    function onResolved(uint256 paid) external {
        _callBack();
        resolved = true;
        resolvedMicroUsd += paid;
    }

    function _callBack() private {
        if (_target == address(0)) return;
        (bool success, bytes memory reason) = _target.call(_call);
        if (!success) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}
