// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

// Used in assembly, where the linter does not look.
// solhint-disable-next-line no-unused-import
import {FIELD} from "../format/Format.sol";

/// circomlib's Poseidon over the BN254 scalar field, for any width whose constants fit a contract: 8 inputs are 720
/// words. (The bytecode that circomlibjs generates unrolls every round and stops fitting at 7.)
///
/// The constants are data behind an SSTORE2 pointer: `rounds·t` round constants, then the t×t matrix row by row, in
/// circomlib's order and unoptimised. A wrong blob gives wrong hashes: whoever takes a pointer checks a known one.
library Poseidon {
    /// The blob can't be the constants for this many inputs.
    error WrongConstantsLength(address constants, uint256 inputs);

    /// @param constants pointer to the constants for t = inputs.length + 1; their number gives the number of rounds
    /// @param inputs    field elements, 8 or fewer
    function hash(address constants, uint256[] memory inputs) internal view returns (uint256 digest) {
        uint256 t = inputs.length + 1;
        uint256 words = constants.code.length / 32;
        if (constants.code.length != 1 + 32 * words || words % t != 0 || words <= t * t) {
            revert WrongConstantsLength(constants, inputs.length);
        }
        uint256 rounds = words / t - t;
        uint256 size = 32 * words;

        assembly ("memory-safe") {
            let width := shl(5, t)
            // Free memory: constants, matrix, state, next state. Nothing is kept, so the pointer stays.
            let c := mload(0x40)
            extcodecopy(constants, c, 1, size)
            let matrix := add(c, mul(rounds, width))
            let state := add(c, size)
            let next := add(state, width)
            mstore(state, 0)
            mcopy(add(state, 0x20), add(inputs, 0x20), sub(width, 0x20))

            for {
                let round := 0
            } lt(round, rounds) {
                round := add(round, 1)
            } {
                // Full rounds are the first four and the last four; between them only the first element is raised.
                let full := or(lt(round, 4), iszero(lt(round, sub(rounds, 4))))
                for {
                    let i := 0
                } lt(i, width) {
                    i := add(i, 0x20)
                } {
                    let s := addmod(mload(add(state, i)), mload(c), FIELD)
                    c := add(c, 0x20)
                    if or(full, iszero(i)) {
                        let s2 := mulmod(s, s, FIELD)
                        s := mulmod(mulmod(s2, s2, FIELD), s, FIELD)
                    }
                    mstore(add(state, i), s)
                }
                let m := matrix
                for {
                    let i := 0
                } lt(i, width) {
                    i := add(i, 0x20)
                } {
                    let sum := 0
                    for {
                        let j := 0
                    } lt(j, width) {
                        j := add(j, 0x20)
                    } {
                        // At most nine terms below 2^254 would overflow: reduce as they come.
                        sum := addmod(sum, mulmod(mload(m), mload(add(state, j)), FIELD), FIELD)
                        m := add(m, 0x20)
                    }
                    mstore(add(next, i), sum)
                }
                let swap := state
                state := next
                next := swap
            }
            digest := mload(state)
        }
    }
}
