// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DeskErrors} from "../interfaces/DeskErrors.sol";

/// Calls of a venue adapter or a feed, with a bound on their gas and on what they may hand back: one that reverts
/// without a reason, eats all the gas it gets or returns a megabyte fails like any other, and what comes after it still
/// runs.
///
/// A caller who sends too little gas can't make an adapter or a feed look as if it had failed: every call is made with
/// its whole allowance of gas left, or the transaction reverts without a reason, which is how the market knows gas ran
/// out.
library VenueCall {
    /// What a call may use: some four times what a trade takes at Curie (0.9 million) or Lyra (1.3 million).
    uint256 internal constant VIEW_GAS = 600_000;
    uint256 internal constant TRANSFER_GAS = 2_000_000;
    uint256 internal constant TRADE_GAS = 5_000_000;

    /// Bytes of an adapter's reason that are passed on.
    uint256 private constant MAX_REASON = 1024;
    /// For reaching the adapter and what comes after the call.
    uint256 private constant RESERVE_GAS = 20_000;

    /// @return ok whether it answered with a word at least
    function word(address adapter, bytes memory call_) internal view returns (bool ok, uint256 first) {
        uint256[] memory answer = new uint256[](1);
        ok = read(adapter, call_, VIEW_GAS, answer);
        first = answer[0];
    }

    /// @return ok whether it answered with two words at least
    function words(address adapter, bytes memory call_) internal view returns (bool ok, uint256 first, uint256 second) {
        uint256[] memory answer = new uint256[](2);
        ok = read(adapter, call_, VIEW_GAS, answer);
        (first, second) = (answer[0], answer[1]);
    }

    /// @return ok    whether it came back
    /// @return first the first word it handed back, 0 if none
    function attempt(address adapter, bytes memory call_, uint256 gasLimit) internal returns (bool ok, uint256 first) {
        _requireGas(gasLimit);
        assembly ("memory-safe") {
            mstore(0x00, 0)
            ok := call(gasLimit, adapter, 0, add(call_, 0x20), mload(call_), 0x00, 0x20)
            first := mload(0x00)
        }
    }

    /// Reverts with the adapter's reason, or with `VenueFailed` if it gave none.
    function execute(uint8 i, address adapter, bytes memory call_, uint256 gasLimit) internal {
        (bool ok, ) = attempt(adapter, call_, gasLimit);
        if (ok) return;
        uint256 size;
        assembly ("memory-safe") {
            size := returndatasize()
        }
        if (size == 0) revert DeskErrors.VenueFailed(i);
        if (size > MAX_REASON) size = MAX_REASON;
        assembly ("memory-safe") {
            let reason := mload(0x40)
            returndatacopy(reason, 0, size)
            revert(reason, size)
        }
    }

    /// Fills `answer` with the first words that come back.
    /// @return ok whether there were as many; what is in `answer` means nothing otherwise
    function read(
        address target,
        bytes memory call_,
        uint256 gasLimit,
        uint256[] memory answer
    ) internal view returns (bool ok) {
        _requireGas(gasLimit);
        assembly ("memory-safe") {
            let size := shl(5, mload(answer))
            ok := staticcall(gasLimit, target, add(call_, 0x20), mload(call_), add(answer, 0x20), size)
            ok := and(ok, iszero(lt(returndatasize(), size)))
        }
    }

    function _requireGas(uint256 gasLimit) private view {
        uint256 left = gasleft();
        if (left - left / 64 >= gasLimit + RESERVE_GAS) return;
        assembly ("memory-safe") {
            revert(0x00, 0x00)
        }
    }
}
