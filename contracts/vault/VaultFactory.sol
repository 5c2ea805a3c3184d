// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";

import {requireWired} from "../governance/Wiring.sol";
import {CommonErrors} from "../interfaces/CommonErrors.sol";
import {IBonds} from "../interfaces/IBonds.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {IMarket} from "../interfaces/IMarket.sol";
import {ISnapshotOracle} from "../interfaces/ISnapshotOracle.sol";
import {VaultTerms} from "./Vault.sol";

/// Creates vaults for approved owners and registers them at the market.
///
/// An approval is for a number of vaults, since whoever runs all other vaults of a batch reads the last one's order.
/// The vault's creation code comes with the call and is checked by its hash: a contract that held it would be larger
/// than a contract may be.
///
/// Assumption: the authority has given this contract the market's role for `register`.
contract VaultFactory is AccessManaged {
    using SafeERC20 for IERC20;

    event OwnerApproved(address indexed owner, uint256 vaults);
    event VaultCreated(address indexed vault, address indexed owner);

    /// Ask governance for an approval, and send the transaction from the owner of `terms`.
    error NotApproved(address owner);
    /// Send the creation code of the Vault this factory was deployed for.
    error WrongCode(bytes32 codeHash, bytes32 wanted);

    IMarket public immutable market;
    /// Longest regular length of an epoch; change delays of vaults are measured in it.
    uint32 public immutable epochSeconds;
    /// Libraries that the vault's code is linked with: whoever creates a vault links theirs with them.
    address public immutable termsLibrary;
    address public immutable requestsLibrary;
    bytes32 public immutable vaultCodeHash;
    /// Vaults the owner may still create.
    mapping(address owner => uint256) public approvedVaults;
    /// Vaults created so far.
    uint256 public vaultCount;

    constructor(
        address authority_,
        IMarket market_,
        uint32 epochSeconds_,
        address termsLibrary_,
        address requestsLibrary_,
        bytes32 vaultCodeHash_
    ) AccessManaged(authority_) {
        // No vault comes in before everything it needs to get out again stands: without an oracle no epoch would open.
        address oracle = market_.oracle();
        if (oracle.code.length == 0) revert CommonErrors.NoContract("the market's oracle", oracle);
        requireWired("the oracle's market", address(ISnapshotOracle(oracle).market()), address(market_));
        market = market_;
        epochSeconds = epochSeconds_;
        termsLibrary = termsLibrary_;
        requestsLibrary = requestsLibrary_;
        vaultCodeHash = vaultCodeHash_;
    }

    /// Lets `owner` create `vaults` more vaults (instead of what is left of an earlier approval).
    function approveOwner(address owner, uint256 vaults) external restricted {
        approvedVaults[owner] = vaults;
        emit OwnerApproved(owner, vaults);
    }

    /// Creates and registers a vault of the caller, who pays the market's least bond, by an allowance to this contract.
    /// @param creationCode of Vault.sol, linked with both libraries, without constructor arguments
    function create(bytes calldata creationCode, VaultTerms calldata terms) external returns (address vault) {
        if (msg.sender != terms.owner || approvedVaults[msg.sender] == 0) revert NotApproved(msg.sender);
        bytes32 codeHash = keccak256(creationCode);
        if (codeHash != vaultCodeHash) revert WrongCode(codeHash, vaultCodeHash);

        approvedVaults[msg.sender]--;
        IDesk desk = market.desk();
        IERC20 cash = IERC20(desk.cash());
        bytes memory arguments = abi.encode(market, desk, cash, authority(), epochSeconds, terms);
        vault = Create2.deploy(0, bytes32(vaultCount++), abi.encodePacked(creationCode, arguments));
        IBonds bonds = desk.bonds();
        uint256 bond = bonds.minimumMicroUsd();
        cash.safeTransferFrom(msg.sender, address(this), bond);
        cash.forceApprove(address(bonds), bond);
        bonds.post(vault, bond);
        market.register(vault);
        emit VaultCreated(vault, msg.sender);
    }
}
