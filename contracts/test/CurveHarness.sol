// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BabyJubJub} from "../curve/BabyJubJub.sol";
import {Opening} from "../curve/Opening.sol";

/// Exposes the curve libraries to tests. Never deployed.
contract CurveHarness {
    using BabyJubJub for BabyJubJub.Point;

    function addAffine(
        BabyJubJub.Point memory p,
        uint256 x,
        uint256 y
    ) external pure returns (BabyJubJub.Point memory) {
        return p.addAffine(x, y);
    }

    function mul(uint256 x, uint256 y, uint256 k) external pure returns (BabyJubJub.Point memory) {
        return BabyJubJub.mul(x, y, k);
    }

    function equals(BabyJubJub.Point memory p, BabyJubJub.Point memory q) external pure returns (bool) {
        return p.equals(q);
    }

    function isOnCurve(uint256 x, uint256 y) external pure returns (bool) {
        return BabyJubJub.isOnCurve(x, y);
    }

    function isInSubgroup(uint256 x, uint256 y) external pure returns (bool) {
        return BabyJubJub.isInSubgroup(x, y);
    }

    /// @return gasUsed by the library alone
    function checkOpening(
        uint8 firstSlot,
        int256[] memory nets,
        uint256 rho,
        uint256 m,
        BabyJubJub.Point memory sum
    ) external view returns (uint256 gasUsed) {
        uint256 before = gasleft();
        Opening.check(firstSlot, nets, rho, m, sum);
        return before - gasleft();
    }

    /// Gas of two of the curve operations alone.
    function gasOf(uint256 x, uint256 y) external view returns (uint256 gasUsedAdd, uint256 gasUsedSubgroup) {
        BabyJubJub.Point memory p = BabyJubJub.Point(x, y, 1);
        uint256 before = gasleft();
        p = p.addAffine(x, y);
        gasUsedAdd = before - gasleft();
        before = gasleft();
        if (!BabyJubJub.isInSubgroup(x, y)) revert();
        gasUsedSubgroup = before - gasleft();
    }
}
