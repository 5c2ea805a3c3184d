// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// The two functions of the market that the vault factory calls.
contract RegistrarStub is AccessManaged {
    address public immutable cash;
    address[] public registered;

    constructor(address authority_, address cash_) AccessManaged(authority_) {
        cash = cash_;
    }

    function register(address vault) external restricted {
        registered.push(vault);
    }
}
