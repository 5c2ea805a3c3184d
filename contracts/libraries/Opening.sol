// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BabyJubJub, CURVE_A, CURVE_D} from "./BabyJubJub.sol";
import {FIELD, MAX_VAULTS} from "./Constants.sol";
import {Generators} from "./Generators.sol";

/// Opens the summed order commitments of one clearing group: Σ (net_i + m·2^31)·G_i + ρ·H = C_sum.
///
/// Every scalar is below 2^252 and every base is fixed, so one comb of 44 columns serves them all (Lim and Lee;
/// interleaved as in Straus). A net fills one tooth, 4096·2^32 at most; ρ fills six, with 2^44k·H as the base of
/// tooth k:
///
///   word 1, table 1: teeth 0 … 4 of ρ            word 2, table 2: tooth 5 of ρ, then up to four nets
///
/// A table holds the 32 sums of subsets of its five bases, built in memory; a column costs one doubling and two
/// additions. Points are in extended coordinates (x, y, z, t = x·y / z); a table keeps d·t in the place of t.
library Opening {
    /// The group's batch is larger than sums stay decodable for, or empty.
    error BatchSizeOutOfRange(uint256 submissions);
    /// No set of m orders, each in [−2^31, 2^31), nets to this.
    error NetOutOfRange(uint256 slot, int256 net);
    /// No set of m blindings, each below 2^240, sums to this.
    error BlindingOutOfRange(uint256 rho);
    /// A clearing group has 1 to 4 slots, all of them below 16.
    error SlotsOutOfRange(uint256 firstSlot, uint256 slots);
    /// These nets and this blinding do not open the group's summed commitments: try the sums of other members.
    error NotTheOpening();

    uint256 private constant TEETH = 5;
    uint256 private constant COLUMNS = 44;
    uint256 private constant POINT_BYTES = 128;

    /// @param firstSlot   slot of nets[0]
    /// @param nets        lots per slot of the group
    /// @param rho         sum of the blindings
    /// @param m           number of submissions in the batch
    /// @param sum         sum of the group's commitments
    function check(uint8 firstSlot, int256[] memory nets, uint256 rho, uint256 m, BabyJubJub.Point memory sum)
        internal
        pure
    {
        if (m == 0 || m > MAX_VAULTS) revert BatchSizeOutOfRange(m);
        if (nets.length == 0 || nets.length >= TEETH || firstSlot + nets.length > Generators.H) {
            revert SlotsOutOfRange(firstSlot, nets.length);
        }
        // The group's order is about FIELD / 8: unranged, net + ORDER and ρ + ORDER would open it too.
        if (rho >= m << 240) revert BlindingOutOfRange(rho);

        uint256 word1;
        uint256 table1 = _newTable(TEETH);
        for (uint256 k; k < TEETH; k++) {
            word1 |= _spread((rho >> (COLUMNS * k)) & (2 ** COLUMNS - 1)) << k;
            (uint256 x, uint256 y) = _blindingBase(k);
            _addBase(table1, k, x, y);
        }

        uint256 word2 = _spread(rho >> (COLUMNS * TEETH));
        uint256 table2 = _newTable(1 + nets.length);
        {
            (uint256 x, uint256 y) = _blindingBase(TEETH);
            _addBase(table2, 0, x, y);
        }
        for (uint256 i; i < nets.length; i++) {
            uint256 slot = firstSlot + i;
            uint256 scalar;
            unchecked {
                // A net below −m·2^31 wraps to at least 2^255, which is out of range too.
                scalar = uint256(nets[i]) + (m << 31);
            }
            if (scalar >= m << 32) revert NetOutOfRange(slot, nets[i]);
            word2 |= _spread(scalar) << (i + 1);
            (uint256 x, uint256 y) = Generators.point(slot);
            _addBase(table2, i + 1, x, y);
        }

        if (!BabyJubJub.equals(_comb(word1, table1, word2, table2), sum)) revert NotTheOpening();
    }

    /// Space for the sums of subsets of `bases` bases; so far it holds the identity, the sum of none.
    function _newTable(uint256 bases) private pure returns (uint256 table) {
        assembly ("memory-safe") {
            table := mload(0x40)
            mstore(0x40, add(table, shl(bases, POINT_BYTES)))
            mstore(table, 0)
            mstore(add(table, 0x20), 1)
            mstore(add(table, 0x40), 1)
            mstore(add(table, 0x60), 0)
        }
    }

    /// Given the sums of the first k bases, adds those that contain (x, y), the base of bit k.
    /// EFD, twisted Edwards, extended: madd-2008-hwcd.
    function _addBase(uint256 table, uint256 k, uint256 x, uint256 y) private pure {
        assembly ("memory-safe") {
            let t := mulmod(x, y, FIELD)
            let minusAx := sub(FIELD, mulmod(CURVE_A, x, FIELD))
            let size := shl(k, POINT_BYTES)
            for { let p := table } lt(p, add(table, size)) { p := add(p, POINT_BYTES) } {
                let px := mload(p)
                let py := mload(add(p, 0x20))
                let pz := mload(add(p, 0x40))
                let c := mulmod(mload(add(p, 0x60)), t, FIELD)
                let e := add(mulmod(px, y, FIELD), mulmod(py, x, FIELD))
                let f := add(pz, sub(FIELD, c))
                let g := add(pz, c)
                let h := add(mulmod(py, y, FIELD), mulmod(px, minusAx, FIELD))
                let sum := add(p, size)
                mstore(sum, mulmod(e, f, FIELD))
                mstore(add(sum, 0x20), mulmod(g, h, FIELD))
                mstore(add(sum, 0x40), mulmod(f, g, FIELD))
                mstore(add(sum, 0x60), mulmod(CURVE_D, mulmod(e, h, FIELD), FIELD))
            }
        }
    }

    /// Σ over columns c of 2^c·(table1[digit c of word1] + table2[digit c of word2]).
    function _comb(uint256 word1, uint256 table1, uint256 word2, uint256 table2)
        private
        pure
        returns (BabyJubJub.Point memory)
    {
        uint256 x;
        uint256 y = 1;
        uint256 z = 1;
        assembly ("memory-safe") {
            // EFD, twisted Edwards, extended: dbl-2008-hwcd.
            function double(x1, y1, z1) -> x3, y3, z3, t3 {
                let b := mulmod(y1, y1, FIELD)
                let d := mulmod(CURVE_A, mulmod(x1, x1, FIELD), FIELD)
                let e := shl(1, mulmod(x1, y1, FIELD))
                let g := add(d, b)
                let f := add(g, shl(1, sub(FIELD, mulmod(z1, z1, FIELD))))
                let h := add(d, sub(FIELD, b))
                x3 := mulmod(e, f, FIELD)
                y3 := mulmod(g, h, FIELD)
                z3 := mulmod(f, g, FIELD)
                t3 := mulmod(e, h, FIELD)
            }
            // EFD, twisted Edwards, extended: add-2008-hwcd. `q` points into a table.
            function addEntry(x1, y1, z1, t1, q) -> x3, y3, z3, t3 {
                let x2 := mload(q)
                let y2 := mload(add(q, 0x20))
                let c := mulmod(t1, mload(add(q, 0x60)), FIELD)
                let d := mulmod(z1, mload(add(q, 0x40)), FIELD)
                let e := add(mulmod(x1, y2, FIELD), mulmod(y1, x2, FIELD))
                let f := add(d, sub(FIELD, c))
                let g := add(d, c)
                let h := add(mulmod(y1, y2, FIELD), sub(FIELD, mulmod(CURVE_A, mulmod(x1, x2, FIELD), FIELD)))
                x3 := mulmod(e, f, FIELD)
                y3 := mulmod(g, h, FIELD)
                z3 := mulmod(f, g, FIELD)
                t3 := mulmod(e, h, FIELD)
            }
            for { let shift := mul(TEETH, COLUMNS) } shift {} {
                shift := sub(shift, TEETH)
                let t
                x, y, z, t := double(x, y, z)
                x, y, z, t := addEntry(x, y, z, t, add(table1, mul(POINT_BYTES, and(31, shr(shift, word1)))))
                x, y, z, t := addEntry(x, y, z, t, add(table2, mul(POINT_BYTES, and(31, shr(shift, word2)))))
            }
        }
        return BabyJubJub.Point(x, y, z);
    }

    /// Moves bit i to bit 5i, i < 44, by halving the runs of bits that stay together.
    function _spread(uint256 v) private pure returns (uint256) {
        v = (v | (v << 128)) & ((2 ** 32 - 1) * (2 ** 160 + 1));
        v = (v | (v << 64)) & ((2 ** 16 - 1) * ((2 ** 240 - 1) / (2 ** 80 - 1)));
        v = (v | (v << 32)) & ((2 ** 8 - 1) * ((2 ** 240 - 1) / (2 ** 40 - 1)));
        v = (v | (v << 16)) & ((2 ** 4 - 1) * ((2 ** 240 - 1) / (2 ** 20 - 1)));
        v = (v | (v << 8)) & ((2 ** 2 - 1) * ((2 ** 240 - 1) / (2 ** 10 - 1)));
        return (v | (v << 4)) & ((2 ** 240 - 1) / (2 ** 5 - 1));
    }

    /// 2^44k·H, k ≤ 5.
    function _blindingBase(uint256 k) private pure returns (uint256 x, uint256 y) {
        if (k == 0) return Generators.point(Generators.H);
        if (k == 1) {
            return (
                0x1fe0f6424daf39851bc88ee93aa2f1802b01fd448e8cf37a2830b9f373e2065f,
                0x291b3d6a47337281fcbd91c24688a7faaf64ab1483b2fb3376bd3159031e26f8
            );
        }
        if (k == 2) {
            return (
                0x0395c9ead3138a39c0b8f9898912026d7a97fb59625224ec5766c58cea66e05d,
                0x1154d14b0c25c649c715ac1122f89fa0476d511c90a33058513b53c5f87c0e7c
            );
        }
        if (k == 3) {
            return (
                0x29a7c3b41314030ab582fc7e6c98e3064e96277b6ca65d84d9c3fe10e01efcaa,
                0x14c150098de30e6cb7d8b7eab5043195a09adb70940d592844648df6827ea969
            );
        }
        if (k == 4) {
            return (
                0x1f12462e49dda27be20e2f41851e9a5a97f996607010720bb3fe78e84d401ef8,
                0x03a4bffa21481f532c74cfbfca986b9bc72c3be86d34fa0c4dae40d87b581eef
            );
        }
        return (
            0x080afad994be4ac90b96cf7507e4a12c37744ebd6df2b8b89a59a44157c846de,
            0x03e066a02724f5fc38c2e5d92ad0899daec628477229bd010e2286842e6fbd6b
        );
    }
}
