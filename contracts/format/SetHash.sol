// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// The hash chain that freezes an epoch's set of submissions (protocol.md §7). It takes in everything a submission
/// sealed, so that members sum, and blame rests on, exactly what was submitted.
library SetHash {
    /// The hash of the empty set.
    function start(uint32 epoch) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), epoch));
    }

    /// @param index   of the submission in the epoch, from 0
    /// @param content keccak256 of new commitment, ephemeral key and sealed payload
    /// @param orders  order commitments, 2U words
    function extend(
        bytes32 hash,
        address vault,
        uint256 index,
        bytes32 content,
        uint256[] calldata orders
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(hash, vault, index, content, keccak256(abi.encodePacked(orders))));
    }
}
