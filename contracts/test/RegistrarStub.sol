// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {Bonds} from "../vault/Bonds.sol";
import {IMarket} from "../interfaces/IMarket.sol";

/// What of the market the vault factory calls.
contract RegistrarStub is AccessManaged {
    address public immutable cash;
    Bonds public immutable bonds;
    address[] public registered;
    /// For the vaults, whose market it is.
    uint32 public constant dealMargin = 60;
    uint32 public constant snapshotWindow = 900;

    constructor(address authority_, address cash_, uint256 minBondMicroUsd) AccessManaged(authority_) {
        cash = cash_;
        bonds = new Bonds(IMarket(address(this)), IERC20(cash_), minBondMicroUsd);
    }

    /// It is its own market, desk and oracle.
    function market() external view returns (address) {
        return address(this);
    }

    function oracle() external view returns (address) {
        return address(this);
    }

    function desk() external view returns (address) {
        return address(this);
    }

    function register(address vault) external restricted {
        bonds.requireMinimum(vault);
        registered.push(vault);
    }
}
