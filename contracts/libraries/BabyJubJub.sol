// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// BabyJubJub in circomlib's chart: a·x² + y² = 1 + d·x²·y² over the BN254 scalar field, a = 168700, d = 168696.
///
/// `a` is a square and `d` is not, so the formulas are complete: right for every pair of points on the curve, the
/// identity (0, 1) and the points of small order included, and z never becomes 0.
///
/// Points taken as arguments must be on the curve with coordinates below `FIELD`; `isOnCurve` tells. Sums of two
/// or three residues are left unreduced where a `mulmod` follows: 5·FIELD < 2^256.
library BabyJubJub {
    /// (x / z, y / z); z = 0 is no point and equals nothing.
    struct Point {
        uint256 x;
        uint256 y;
        uint256 z;
    }

    /// Order of the field of coordinates: the BN254 scalar field, `r`.
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// Order of the prime subgroup, `l`; the cofactor is 8.
    uint256 internal constant ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041;
    uint256 internal constant A = 168700;
    uint256 internal constant D = 168696;
    /// Base point of the prime subgroup.
    uint256 internal constant BASE8_X = 5299619240641551281634865583518297030282874472190772894086521144482721001553;
    uint256 internal constant BASE8_Y = 16950150798460657717958625567821834550301663161624707787222815936182638968203;

    /// The neutral element: start of every sum.
    function identity() internal pure returns (Point memory) {
        return Point(0, 1, 1);
    }

    /// Whether (x, y) are reduced coordinates of a point of the curve (of any order).
    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= FIELD || y >= FIELD) return false;
        uint256 xx = mulmod(x, x, FIELD);
        uint256 yy = mulmod(y, y, FIELD);
        return addmod(mulmod(A, xx, FIELD), yy, FIELD) == addmod(1, mulmod(D, mulmod(xx, yy, FIELD), FIELD), FIELD);
    }

    /// Whether a point of the curve is in the subgroup of prime order, the identity included.
    function isInSubgroup(uint256 x, uint256 y) internal pure returns (bool) {
        return equals(mul(x, y, ORDER), identity());
    }

    /// Whether two projective points are the same point.
    function equals(Point memory p, Point memory q) internal pure returns (bool) {
        return p.z != 0 && q.z != 0 && mulmod(p.x, q.z, FIELD) == mulmod(q.x, p.z, FIELD)
            && mulmod(p.y, q.z, FIELD) == mulmod(q.y, p.z, FIELD);
    }

    /// p + (x, y).
    function addAffine(Point memory p, uint256 x, uint256 y) internal pure returns (Point memory sum) {
        (sum.x, sum.y, sum.z) = _addAffine(p.x, p.y, p.z, x, y);
    }

    /// k·(x, y) for any k: double and add, from the top bit. Not constant-time; for public values only.
    function mul(uint256 x, uint256 y, uint256 k) internal pure returns (Point memory product) {
        uint256 px;
        uint256 py = 1;
        uint256 pz = 1;
        for (uint256 bit = 1 << 255; bit != 0; bit >>= 1) {
            (px, py, pz) = _double(px, py, pz);
            if (k & bit != 0) (px, py, pz) = _addAffine(px, py, pz, x, y);
        }
        return Point(px, py, pz);
    }

    /// EFD, twisted Edwards, projective: dbl-2008-bbjlp. 8 multiplications.
    function _double(uint256 x, uint256 y, uint256 z) private pure returns (uint256 x3, uint256 y3, uint256 z3) {
        assembly ("memory-safe") {
            let yy := mulmod(y, y, FIELD)
            let axx := mulmod(A, mulmod(x, x, FIELD), FIELD)
            let zz := mulmod(z, z, FIELD)
            let f := add(axx, yy)
            let j := add(f, shl(1, sub(FIELD, zz)))
            // (x + y)² − x² − y² is 2·x·y.
            x3 := mulmod(shl(1, mulmod(x, y, FIELD)), j, FIELD)
            y3 := mulmod(f, add(axx, sub(FIELD, yy)), FIELD)
            z3 := mulmod(f, j, FIELD)
        }
    }

    /// EFD, twisted Edwards, projective: madd-2008-bbjlp (second point has z = 1). 12 multiplications.
    function _addAffine(uint256 x1, uint256 y1, uint256 z1, uint256 x2, uint256 y2)
        private
        pure
        returns (uint256 x3, uint256 y3, uint256 z3)
    {
        assembly ("memory-safe") {
            let c := mulmod(x1, x2, FIELD)
            let dd := mulmod(y1, y2, FIELD)
            let e := mulmod(D, mulmod(c, dd, FIELD), FIELD)
            let b := mulmod(z1, z1, FIELD)
            let f := add(b, sub(FIELD, e))
            let g := add(b, e)
            // x1·y2 + y1·x2 is (x1 + y1)·(x2 + y2) − c − d.
            let cross := add(mulmod(x1, y2, FIELD), mulmod(y1, x2, FIELD))
            x3 := mulmod(mulmod(z1, f, FIELD), cross, FIELD)
            y3 := mulmod(mulmod(z1, g, FIELD), add(dd, sub(FIELD, mulmod(A, c, FIELD))), FIELD)
            z3 := mulmod(f, g, FIELD)
        }
    }
}
