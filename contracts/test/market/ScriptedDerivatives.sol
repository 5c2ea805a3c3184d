// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IDerivativeVenue} from "../../interfaces/IVenue.sol";

/// A perp or option venue that keeps honest books of one account a slot, against a bottomless counterparty, until it is
/// told to misbehave: any function can fail in any way, fills and cash can be lied about, accounts liquidated.
contract ScriptedDerivatives is IDerivativeVenue {
    struct Account {
        int256 positionLots;
        int256 cashMicroUsd;
        uint256 mark;
        uint256 marginal;
        uint256 buyPrice;
        uint256 sellPrice;
        /// In parts of |lots|·mark.
        uint256 initialBps;
        uint256 maintenanceBps;
        uint256 payoff;
        bool settled;
    }

    enum Fault {
        None,
        Silent,
        Loud,
        EatGas,
        Bomb,
        Zero,
        Absurd
    }

    error OutOfOrder();
    error NotEnoughFree();

    IERC20 public immutable cash;
    mapping(uint8 => Account) public accounts;
    mapping(uint8 => mapping(bytes4 => Fault)) public faults;
    /// What trades fill and take beyond what they say, and what deposits keep.
    int256 public lotsOff;
    int256 public cashOff;
    uint256 public keeps;
    /// Market cash it tries to take in a trade.
    uint256 public grab;
    address private _target;
    bytes private _call;

    constructor(IERC20 cash_) {
        cash = cash_;
    }

    // ---- what the test says

    function setPrice(uint8 slot, uint256 price) external {
        Account storage a = accounts[slot];
        (a.mark, a.marginal, a.buyPrice, a.sellPrice) = (price, price, price, price);
    }

    function setMark(uint8 slot, uint256 mark) external {
        accounts[slot].mark = mark;
    }

    function setMarginal(uint8 slot, uint256 marginal) external {
        accounts[slot].marginal = marginal;
    }

    function setPrices(uint8 slot, uint256 buyPrice, uint256 sellPrice) external {
        (accounts[slot].buyPrice, accounts[slot].sellPrice) = (buyPrice, sellPrice);
    }

    function setMargin(uint8 slot, uint256 initialBps, uint256 maintenanceBps) external {
        (accounts[slot].initialBps, accounts[slot].maintenanceBps) = (initialBps, maintenanceBps);
    }

    /// Funding, or anything else that moves the account's cash.
    function pay(uint8 slot, int256 microUsd) external {
        accounts[slot].cashMicroUsd += microUsd;
    }

    function setPayoff(uint8 slot, uint256 payoff) external {
        (accounts[slot].payoff, accounts[slot].settled) = (payoff, true);
    }

    /// A new series: everything as at first.
    function reset(uint8 slot) external {
        delete accounts[slot];
    }

    /// Takes `lots` of the position away at `price`, keeping `penalty`.
    function liquidate(uint8 slot, int256 lots, int256 price, int256 penalty) external {
        accounts[slot].positionLots -= lots;
        accounts[slot].cashMicroUsd += lots * price - penalty;
    }

    function setFault(uint8 slot, bytes4 selector, Fault fault) external {
        faults[slot][selector] = fault;
    }

    function misbehave(int256 lotsOff_, int256 cashOff_, uint256 keeps_, uint256 grab_) external {
        (lotsOff, cashOff, keeps, grab) = (lotsOff_, cashOff_, keeps_, grab_);
    }

    /// Takes the venue's real cash away; what it says of its accounts stays.
    function steal(address to, uint256 amount) external {
        cash.transfer(to, amount);
    }

    function setCallback(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    // ---- views

    function positionLots(uint8 slot) external view returns (int256) {
        _fault(slot);
        return accounts[slot].positionLots;
    }

    function cashMicroUsd(uint8 slot) external view returns (int256) {
        _fault(slot);
        return accounts[slot].cashMicroUsd;
    }

    function markMicroUsd(uint8 slot) external view returns (uint256) {
        _fault(slot);
        return accounts[slot].mark;
    }

    function marginalPriceMicroUsd(uint8 slot) external view returns (uint256) {
        _fault(slot);
        return accounts[slot].marginal;
    }

    function requirementMicroUsd(uint8 slot, int256 lots) public view returns (uint256 initial, uint256 maintenance) {
        _fault(slot);
        Account storage a = accounts[slot];
        uint256 worth = uint256(lots < 0 ? -lots : lots) * a.mark;
        return ((worth * a.initialBps) / 10_000, (worth * a.maintenanceBps) / 10_000);
    }

    // ---- steps

    function trade(uint8 slot, int256 lots, uint256 limit) external {
        _fault(slot);
        if (_target != address(0)) {
            (bool success, bytes memory reason) = _target.call(_call);
            if (!success) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        Account storage a = accounts[slot];
        int256 cost = lots > 0 ? lots * int256(a.buyPrice) : lots * int256(a.sellPrice);
        if (cashOff == 0 && (lots > 0 ? cost > int256(limit) : -cost < int256(limit))) revert OutOfOrder();
        a.positionLots += lots + lotsOff;
        a.cashMicroUsd -= cost + cashOff;
        if (grab > 0) cash.transferFrom(msg.sender, address(this), grab);
    }

    function deposit(uint8 slot, uint256 amount) external {
        _fault(slot);
        cash.transferFrom(msg.sender, address(this), amount);
        accounts[slot].cashMicroUsd += int256(amount - keeps);
    }

    function withdraw(uint8 slot, uint256 most) external {
        _fault(slot);
        Account storage a = accounts[slot];
        (uint256 initial, ) = requirementMicroUsd(slot, a.positionLots);
        int256 free = a.cashMicroUsd + a.positionLots * int256(a.mark) - int256(initial);
        if (free > int256(most)) free = int256(most);
        if (free <= 0) return;
        a.cashMicroUsd -= free;
        cash.transfer(msg.sender, uint256(free));
    }

    function settleExpired(uint8 slot) external returns (uint256) {
        _fault(slot);
        Account storage a = accounts[slot];
        if (!a.settled) revert OutOfOrder();
        a.cashMicroUsd += a.positionLots * int256(a.payoff);
        a.positionLots = 0;
        return a.payoff;
    }

    function _fault(uint8 slot) private view {
        Fault fault = faults[slot][msg.sig];
        if (fault == Fault.None) return;
        if (fault == Fault.Silent) {
            assembly {
                revert(0, 0)
            }
        }
        if (fault == Fault.EatGas) {
            assembly {
                invalid()
            }
        }
        if (fault == Fault.Bomb) {
            assembly {
                revert(0, 0x80000)
            }
        }
        if (fault == Fault.Loud) revert OutOfOrder();
        uint256 answer = fault == Fault.Absurd ? type(uint256).max >> 1 : 0;
        assembly {
            mstore(0, answer)
            mstore(0x20, answer)
            return(0, 0x40)
        }
    }
}
