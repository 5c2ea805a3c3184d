// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

/// Who governs a market, and how long everybody can watch before it happens. An AccessManager whose waits nobody can
/// take away, its admin included:
///
/// - Once set-up is over, whoever has a role waits `waitSeconds` at least between `schedule` and the call, whatever
///   delay the role was granted with. That holds for the admin's own calls here: new members, other roles for
///   functions.
/// - Roles that act at once are named when set-up ends, and no function can be given to them any more.
/// - A contract can't be moved to another authority. To hand governance over, grant the admin's role.
///
/// The admin can take functions and members away from roles that act at once, and close a contract, after the wait.
contract Authority is AccessManager {
    event SetUpFinished(uint64[] rolesAtOnce);

    /// The wait is outside its hard bounds.
    error WaitOutOfRange(uint32 waitSeconds);
    error SetUpIsOver();
    /// The functions of a role that acts at once are fixed: give this one to a role that waits.
    error RoleActsAtOnce(uint64 role);
    /// Contracts stay with this authority.
    error AuthorityIsFixed();

    uint32 public constant MIN_WAIT = 1 days;
    uint32 public constant MAX_WAIT = 365 days;

    uint32 public immutable waitSeconds;
    bool public isSetUp;
    mapping(uint64 role => bool) public actsAtOnce;

    constructor(address admin, uint32 waitSeconds_) AccessManager(admin) {
        if (waitSeconds_ < MIN_WAIT || waitSeconds_ > MAX_WAIT) revert WaitOutOfRange(waitSeconds_);
        waitSeconds = waitSeconds_;
    }

    /// The admin's, once: from now on everybody waits, but for the members of these roles.
    function finishSetUp(uint64[] calldata rolesAtOnce) external onlyAuthorized {
        if (isSetUp) revert SetUpIsOver();
        isSetUp = true;
        for (uint256 k; k < rolesAtOnce.length; k++) {
            if (rolesAtOnce[k] == ADMIN_ROLE) revert AccessManagerLockedRole(ADMIN_ROLE);
            actsAtOnce[rolesAtOnce[k]] = true;
        }
        emit SetUpFinished(rolesAtOnce);
    }

    /// With the wait that counts, which `getAccess` does not show.
    function hasRole(uint64 role, address account) public view override returns (bool isMember, uint32 executionDelay) {
        (isMember, executionDelay) = super.hasRole(role, account);
        if (isSetUp && !actsAtOnce[role] && executionDelay < waitSeconds) executionDelay = waitSeconds;
    }

    function canCall(
        address caller,
        address target,
        bytes4 selector
    ) public view override returns (bool immediate, uint32 delay) {
        if (isSetUp && selector == IAccessManaged.setAuthority.selector) return (false, 0);
        return super.canCall(caller, target, selector);
    }

    function updateAuthority(address target, address newAuthority) public override {
        if (isSetUp) revert AuthorityIsFixed();
        super.updateAuthority(target, newAuthority);
    }

    function _setTargetFunctionRole(address target, bytes4 selector, uint64 role) internal override {
        if (isSetUp && (actsAtOnce[role] || role == PUBLIC_ROLE)) revert RoleActsAtOnce(role);
        super._setTargetFunctionRole(target, selector, role);
    }
}
