pragma circom 2.2.0;

include "../lib/numeric.circom";
include "../lib/format.circom";
include "./orders.circom";

// Gamma and vega of the group whose turn it is: docs/strategy.md, section 4.4, 1.

// The part of X that lies beyond a band.
template Soft() {
    signal input {maxAbs} x;
    signal input {natural, maxAbs} band;
    signal output out;

    signal {maxAbs} opposite;
    opposite.maxAbs = x.maxAbs;
    opposite <== -x;
    signal {binary} above;
    signal {binary} below;
    above <== IsAbove()(x, band);
    below <== IsAbove()(opposite, band);
    signal over;
    over <== above * (x - band);
    out <== over + below * (x + band);
}

// Gamma and vega of a lot, from the first row word of its slot: value, delta, gamma, vega and a stress lane, 50 bits
// apart, each below 2^48 in magnitude. The offsets are such that the top bit says whether gamma and vega are above 0.
template Greeks() {
    signal input rows;
    signal output {maxAbs} gamma;
    signal output {maxAbs} vega;
    signal output {binary} hasGamma;
    signal output {binary} hasVega;

    var L = LANE_BITS();
    var OFFSET = 2 ** (L - 1);
    component bits = Bits(5 * L);
    bits.in <== rows + OFFSET + OFFSET * 2 ** L + (OFFSET - 1) * 2 ** (2 * L) + (OFFSET - 1) * 2 ** (3 * L)
        + OFFSET * 2 ** (4 * L);
    var lanes[2];
    for (var k = 0; k < 2; k++) {
        lanes[k] = 0;
        for (var b = L - 1; b >= 0; b--) lanes[k] = 2 * lanes[k] + bits.out[L * (k + 2) + b];
    }
    gamma.maxAbs = OFFSET;
    vega.maxAbs = OFFSET;
    gamma <== lanes[0] - (OFFSET - 1);
    vega <== lanes[1] - (OFFSET - 1);
    hasGamma <== bits.out[3 * L - 1];
    hasVega <== bits.out[4 * L - 1];
}

// An option slot of the group in turn.
bus OptionMove() {
    signal rows;                                    // its first row word
    signal {natural, maxAbs} days;                  // to expiry
    signal held;                                    // q, lots
    signal order;                                   // Δ, lots
    signal magnitude;                               // |Δ|
    signal direction;                               // a bit
    signal clipped;                                 // a bit
}

// Orders of the two options of a group: rolled, by the 2 × 2 system, or one for gamma alone. Where nothing is in turn,
// everything that comes in of the group is 0, and so is what is asked for.
template OptionOrders() {
    input OptionMove() options[2];
    signal input {maxAbs} gamma;                    // of the settled group, µUSD
    signal input {maxAbs} vega;
    signal input {maxAbs} gammaTarget;              // bps·A, 10^-4 µUSD, <= 2^64
    signal input {maxAbs} vegaTarget;
    signal input {natural, maxAbs} gammaBand;       // bps·A, < 2^64
    signal input {natural, maxAbs} vegaBand;
    signal input {natural, maxAbs} pace;
    signal input {natural, maxAbs} rollDays;

    component greeks[2];
    signal {binary} rolls[2];
    signal rolled[2];
    signal rolledGamma[2];
    signal rolledVega[2];
    signal {binary} priced[2];
    signal {binary} usable[2];
    for (var k = 0; k < 2; k++) {
        greeks[k] = Greeks();
        greeks[k].rows <== options[k].rows;

        // 1. Rolling: an option near expiry is closed, and takes part in nothing else.
        rolls[k] <== IsAbove()(rollDays, options[k].days);
        rolled[k] <== rolls[k] * options[k].order;
        rolledGamma[k] <== rolled[k] * greeks[k].gamma;
        rolledVega[k] <== rolled[k] * greeks[k].vega;
        priced[k] <== greeks[k].hasGamma * greeks[k].hasVega;
        usable[k] <== priced[k] * (1 - rolls[k]);
    }

    // 2. What lies beyond the bands once they are closed. |Δ| <= |q| there: a total stays below 2^49 in magnitude.
    signal {maxAbs} gammaGap;
    signal {maxAbs} vegaGap;
    gammaGap.maxAbs = gammaTarget.maxAbs + 10000 * 2 ** 49;
    vegaGap.maxAbs = vegaTarget.maxAbs + 10000 * 2 ** 49;
    gammaGap <== gammaTarget - 10000 * (gamma + rolledGamma[0] + rolledGamma[1]);
    vegaGap <== vegaTarget - 10000 * (vega + rolledVega[0] + rolledVega[1]);
    signal gammaBeyond;
    signal vegaBeyond;
    gammaBeyond <== Soft()(gammaGap, gammaBand);
    vegaBeyond <== Soft()(vegaGap, vegaBand);

    // 3. The system γ_a·Δ_a + γ_b·Δ_b = gammaBeyond, v_a·Δ_a + v_b·Δ_b = vegaBeyond is solved if both options are
    //    usable and 16·|det| >= γ_a·v_b + γ_b·v_a: 15·left >= 17·right, or the other way. Products of lanes are below
    //    2^98.
    signal {maxAbs} left;
    signal {maxAbs} right;
    left.maxAbs = 2 ** 98;
    right.maxAbs = 2 ** 98;
    left <== greeks[0].gamma * greeks[1].vega;
    right <== greeks[1].gamma * greeks[0].vega;
    signal {maxAbs} left15;
    signal {maxAbs} left17;
    signal {maxAbs} right15;
    signal {maxAbs} right17;
    left15.maxAbs = 15 * left.maxAbs;
    left17.maxAbs = 17 * left.maxAbs;
    right15.maxAbs = 15 * right.maxAbs;
    right17.maxAbs = 17 * right.maxAbs;
    left15 <== 15 * left;
    left17 <== 17 * left;
    right15 <== 15 * right;
    right17 <== 17 * right;
    signal {binary} rightHeavy;
    signal {binary} leftHeavy;
    signal {binary} bothUsable;
    signal {binary} solvedUp;
    signal {binary} solvedDown;
    bothUsable <== usable[0] * usable[1];
    // Left and right of usable options are above 0, so that not both of these hold.
    rightHeavy <== IsAbove()(right17, left15);
    leftHeavy <== IsAbove()(left17, right15);
    solvedUp <== bothUsable * (1 - rightHeavy);
    solvedDown <== bothUsable * (1 - leftHeavy);
    signal determinant;                             // |det|, 0 if not solved
    determinant <== (solvedUp - solvedDown) * (left - right);

    // 4. What is asked for: numerator·pace / (128·10^4·divisor), the divisor above 0.
    signal gammaParts[2];
    signal vegaParts[2];
    signal solution[2];
    signal alone[2];
    signal {binary} isAlone[2];
    signal divisorAlone[2];
    isAlone[0] <== usable[0] - solvedUp - solvedDown;
    isAlone[1] <== usable[1] - bothUsable;
    signal wanted[2];
    signal closing[2];
    signal divisor[2];
    signal towards[2];
    signal served[2];
    signal upper[2];
    component lowerBits[2];
    component upperBits[2];
    for (var k = 0; k < 2; k++) {
        // a: gammaBeyond·v_b - vegaBeyond·γ_b;  b: vegaBeyond·γ_a - gammaBeyond·v_a
        gammaParts[k] <== gammaBeyond * greeks[1 - k].vega;
        vegaParts[k] <== vegaBeyond * greeks[1 - k].gamma;
        var sign = k == 0 ? 1 : -1;
        solution[k] <== (solvedUp - solvedDown) * sign * (gammaParts[k] - vegaParts[k]);
        alone[k] <== isAlone[k] * gammaBeyond;
        divisorAlone[k] <== isAlone[k] * (greeks[k].gamma - 1);
        // 1 where nothing is solved: one that is alone adds its γ - 1.
        divisor[k] <== determinant + divisorAlone[k] + 1 - solvedUp - solvedDown;
        closing[k] <== rolls[k] * options[k].held;
        wanted[k] <== pace * (solution[k] + alone[k]);

        // 5. The order is the quotient, or less at a limit. Solutions are below 2^65·2^48·2·2^8, divisors below
        //    2^97·2^21.
        towards[k] <== (2 * options[k].direction - 1) * (wanted[k] - GAP_UNIT() * closing[k]);
        served[k] <== GAP_UNIT() * options[k].magnitude * divisor[k];
        upper[k] <== (1 - options[k].clipped) * (GAP_UNIT() * divisor[k] - 1 - towards[k] + served[k]);
        lowerBits[k] = Bits(122);
        lowerBits[k].in <== towards[k] - served[k];
        upperBits[k] = Bits(118);
        upperBits[k].in <== upper[k];
    }
}
