// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// Changes that people must be able to leave before: governance announces the exact call, everybody can read it while
/// it waits, then anyone carries it out. Governance can revoke it until then.
///
///   (none) ── announce ──▶ waiting ── delaySeconds ──▶ executable ── the call itself, by anyone ──▶ (none)
///                             └──────────── revoke ────────┘             after EXECUTION_WINDOW: (none)
///
/// Assumption: the authority (an AccessManager) gives `announce` and `revoke` to governance.
abstract contract Announced is AccessManaged {
    /// `call` can be made from `executableAt` until `EXECUTION_WINDOW` later.
    event CallAnnounced(bytes32 indexed callHash, bytes call, uint64 executableAt);
    event CallRevoked(bytes32 indexed callHash);

    /// The wait is outside its hard bounds.
    error DelayOutOfRange(uint32 delaySeconds);
    error AlreadyAnnounced(bytes32 callHash);
    /// Nobody announced exactly this call: governance must, then wait.
    error NotAnnounced(bytes32 callHash);
    error StillWaiting(uint64 executableAt);
    /// Announced too long ago: revoke and announce again.
    error AnnouncementExpired(uint64 executableAt);

    uint32 public constant MIN_DELAY = 1 days;
    uint32 public constant MAX_DELAY = 365 days;
    uint32 public constant EXECUTION_WINDOW = 14 days;

    /// Seconds between announcement and execution.
    uint32 public immutable delaySeconds;
    /// By keccak256 of the calldata; 0 if not announced.
    mapping(bytes32 callHash => uint64 time) public executableAt;

    constructor(address authority_, uint32 delaySeconds_) AccessManaged(authority_) {
        if (delaySeconds_ < MIN_DELAY || delaySeconds_ > MAX_DELAY) revert DelayOutOfRange(delaySeconds_);
        delaySeconds = delaySeconds_;
    }

    /// @param call calldata of a function of this contract that is marked `announced`
    function announce(bytes calldata call) external restricted {
        bytes32 callHash = keccak256(call);
        if (executableAt[callHash] != 0) revert AlreadyAnnounced(callHash);
        uint64 time = uint64(block.timestamp) + delaySeconds;
        executableAt[callHash] = time;
        emit CallAnnounced(callHash, call, time);
    }

    function revoke(bytes calldata call) external restricted {
        bytes32 callHash = keccak256(call);
        if (executableAt[callHash] == 0) revert NotAnnounced(callHash);
        delete executableAt[callHash];
        emit CallRevoked(callHash);
    }

    /// For external functions that anyone may call, with announced calldata, once.
    modifier announced() {
        bytes32 callHash = keccak256(msg.data);
        uint64 time = executableAt[callHash];
        if (time == 0) revert NotAnnounced(callHash);
        if (block.timestamp < time) revert StillWaiting(time);
        if (block.timestamp > time + EXECUTION_WINDOW) revert AnnouncementExpired(time);
        delete executableAt[callHash];
        _;
    }
}
