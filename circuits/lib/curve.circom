pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/escalarmulfix.circom";
include "circomlib/circuits/montgomery.circom";
include "./numeric.circom";
include "./format.circom";

// BabyJubJub in circomlib's chart, a = 168700, d = 168696. l is the order of its prime subgroup, 2^250 < l < 2^251.

// Σ bits_i·2^i · BASE for a constant point of the prime subgroup.
template FixedBase(n, BASE) {
    // circomlib's EscalarMulFix cuts off bits at these widths (issue 138).
    assert(n < 247 || n > 249);

    signal input bits[n];
    output Point() out;

    component product = EscalarMulFix(n, BASE);
    product.e <== bits;
    out.x <== product.out[0];
    out.y <== product.out[1];
}

// At compile time: the sum of two points, and 2^n times a point. The law is complete.
function ADD(a, b) {
    var product = 168696 * a[0] * b[0] * a[1] * b[1];
    return [(a[0] * b[1] + a[1] * b[0]) / (1 + product), (a[1] * b[1] - 168700 * a[0] * b[0]) / (1 - product)];
}

function DOUBLED(point, n) {
    var out[2] = point;
    for (var i = 0; i < n; i++) out = ADD(out, out);
    return out;
}

template AddPoints() {
    input Point() a;
    input Point() b;
    output Point() out;

    // The addition law is complete: d is not a square.
    component sum = BabyAdd();
    sum.x1 <== a.x;
    sum.y1 <== a.y;
    sum.x2 <== b.x;
    sum.y2 <== b.y;
    out.x <== sum.xout;
    out.y <== sum.yout;
}

// 2·acc + digit·point on the Montgomery curve y² = x³ + A·x² + x, as (acc + digit·point) + acc, whose first sum's y is
// never needed. digit is 1 or -1.
//
// With acc = m·point the divisors are 0 only if m = ±1 or 2m + digit = 0 mod l.
template DoubleAndAdd() {
    signal input acc[2];
    signal input point[2];
    signal input digit;
    signal output out[2];

    var A = 168698;

    signal y;
    y <== digit * point[1];

    signal slope;
    slope <== FieldQuotient()(y - acc[1], point[0] - acc[0]);
    signal x;
    x <== slope * slope - A - acc[0] - point[0];

    signal second;
    second <== FieldQuotient()(2 * acc[1], acc[0] - x);
    signal secondSlope;
    secondSlope <== second - slope;
    out[0] <== secondSlope * secondSlope - A - acc[0] - x;
    out[1] <== secondSlope * (acc[0] - out[0]) - acc[1];
}

// k·point for a point of order l and an odd k with its top bit set:
//   k = 2^(n-1) + Σ_{0 < i < n-1} bits_i·2^i + 1 = 2^(n-1) + Σ_{i < n-1} (2·bits_{i+1} - 1)·2^i
// so that acc starts at 3·point = 2·point + point and takes one digit ±1 for each bit below the top.
//
// The multiples m that acc takes are odd, 3 <= m < 2^(n-1) before a step, and 2m ± 1 < 2^n < l: none of m ± 1 and
// 2m ± 1 is 0 mod l, so no step meets its exception.
template OddMultiple(n) {
    assert(n >= 3);
    assert(n <= 250);

    signal input {binary} bits[n - 2];              // bits 1 … n-2 of k
    input Point() point;                            // of order l: the registry of members checks it
    output Point() out;

    // 1. To Montgomery. y = 1 and x = 0 belong to the identity and the point of order 2.
    component montgomery = Edwards2Montgomery();
    montgomery.in <== [point.x, point.y];

    // 2. 3·point. The double of a point of order l is neither it nor its inverse, and y != 0.
    component twice = MontgomeryDouble();
    twice.in <== montgomery.out;
    component thrice = MontgomeryAdd();
    thrice.in1 <== twice.out;
    thrice.in2 <== montgomery.out;

    // 3. A digit for each bit
    component step[n - 2];
    for (var i = n - 3; i >= 0; i--) {
        step[i] = DoubleAndAdd();
        if (i == n - 3) step[i].acc <== thrice.out;
        else step[i].acc <== step[i + 1].out;
        step[i].point <== montgomery.out;
        step[i].digit <== 2 * bits[i] - 1;
    }

    // 4. Back. y = 0 and x = -1 belong to points of even order.
    component edwards = Montgomery2Edwards();
    edwards.in <== step[0].out;
    out.x <== edwards.out[0];
    out.y <== edwards.out[1];
}
