// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Reference} from "../desk/Reference.sol";
import {MarketConfig, Profile, Slot, SlotKind} from "../interfaces/Types.sol";

/// What the snapshot oracle sees of a market, freely set, and what it does to it, recorded.
contract OracleMarketStub {
    Profile private _profile;
    mapping(uint8 => Slot) private _slots;
    mapping(uint8 => int256) public carryIndex;
    uint32 public epoch;
    uint64 public observedAt;
    address public snapshotPointer;
    uint256 public snapshotHash;
    bool public openedHalted;
    address public settings;
    uint32 public listings;

    constructor(Profile memory profile_) {
        _profile = profile_;
        setPace(1 days, 1 days);
    }

    function setPace(uint32 epochSeconds, uint32 snapshotWindow) public {
        MarketConfig memory c;
        (c.epochSeconds, c.snapshotWindow) = (epochSeconds, snapshotWindow);
        settings = SSTORE2.write(abi.encode(c));
    }

    function setSlot(uint8 i, Slot calldata terms, int256 carryIndex_) external {
        _slots[i] = terms;
        if (terms.kind != SlotKind.None) {
            _slots[i].scaleDecimals = Reference.scaleDecimals(terms);
            listings++;
        }
        carryIndex[i] = carryIndex_;
    }

    /// How long an epoch that is opened now can take until it is cleared.
    uint64 public constant EPOCH_SECONDS = 1200;
    /// What the carry index becomes when perps are brought up to date.
    mapping(uint8 => int256) private _pending;

    function setCarryAtCheckpoint(uint8 i, int256 carryIndex_) external {
        _pending[i] = carryIndex_;
    }

    function checkpoint() external returns (uint64) {
        for (uint8 i; i < _profile.slots; i++) {
            if (_pending[i] != 0) carryIndex[i] = _pending[i];
        }
        return uint64(block.timestamp) + EPOCH_SECONDS;
    }

    function openEpoch(address pointer, uint256 snapshotHash_, uint64 observedAt_, bool halt_) external {
        epoch++;
        (snapshotPointer, snapshotHash, observedAt, openedHalted) = (pointer, snapshotHash_, observedAt_, halt_);
    }

    /// Whoever asks is its oracle.
    function oracle() external view returns (address) {
        return msg.sender;
    }

    /// It is its own desk.
    function desk() external view returns (address) {
        return address(this);
    }

    function profile() external view returns (Profile memory) {
        return _profile;
    }

    function slot(uint8 i) external view returns (Slot memory) {
        return _slots[i];
    }
}
