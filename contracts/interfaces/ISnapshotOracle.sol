// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMarket} from "./IMarket.sol";

interface ISnapshotOracle {
    /// `signatures` are here because a call of another contract's has no calldata of its own for owners and auditors to
    /// find.
    event SnapshotAccepted(
        uint32 indexed epoch,
        uint256 snapshotHash,
        uint64 observedAt,
        uint32 listings,
        bytes[] signatures
    );
    /// The series of a slot ended after the words were signed, and nothing of that slot is stored. `words` as signed.
    event SlotsLeftOut(uint32 indexed epoch, uint256[] words);
    event BreakerTripped(uint32 indexed epoch, uint8 slot, bytes32 check, int256 value, int256 bound);

    function market() external view returns (IMarket);
    /// `words`: per slot RW row words, notional, slip, contingency, liquidity. EIP-712 struct:
    /// Snapshot(address market,uint32 epoch,uint64 observedAt,uint32 listings,bytes32 wordsHash), listings = the desk's
    /// as the words were made, wordsHash = keccak256(words). Signatures sorted by signer address.
    function publish(
        uint32 epoch,
        uint64 observedAt,
        uint256[] calldata words,
        bytes[] calldata signatures
    ) external returns (bool accepted);
}
