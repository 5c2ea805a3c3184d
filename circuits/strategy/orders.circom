pragma circom 2.2.0;

include "../lib/numeric.circom";
include "../lib/format.circom";
include "./parameters.circom";

// The order of a slot: docs/strategy.md, sections 4.3 to 4.5.
//
// Money is in 10^-4 µUSD, as basis points of µUSD give it. No quotient is computed: the order is the quotient, and the
// remainder is ranged. The sign of a gap is never computed either: the prover names a direction. If there is an order,
// it must go in that direction. If there is none, the gap must lie on that side and reach less than a lot beyond the
// band; the other side then needs no check.

// 128·10^4: a pace of 1/128 and basis points.
function GAP_UNIT() {
    return 1280000;
}

// Order and position of a slot.
bus Move() {
    signal held;                                    // q, lots
    signal {binary} heldIsLong;                     // q >= 0
    signal {natural, maxAbs} heldMagnitude;
    signal order;                                   // Δ, lots
    signal {binary} isBuy;                          // Δ >= 0
    signal {natural, maxAbs} magnitude;             // |Δ|
    signal {binary} isNone;                         // Δ = 0
    signal after;                                   // q + Δ, lots
    signal {binary} afterIsLong;
}

// ------------------------------------------------------------------------------------------------ pace

// floor(speed / 2^halvings), from bits; and 128 / 2^halvings.
template Paces() {
    signal input {binary} speed[8];
    signal input {binary} halvings[3];
    signal output {natural, maxAbs} ordinary;
    signal output {natural, maxAbs} hedging;

    // 1. Shift by 1, by 2, by 4.
    signal shifted[4][8];
    shifted[0] <== speed;
    for (var k = 0; k < 3; k++) {
        for (var b = 0; b < 8; b++) {
            var from = b + 2 ** k;
            if (from < 8) shifted[k + 1][b] <== shifted[k][b] + halvings[k] * (shifted[k][from] - shifted[k][b]);
            else shifted[k + 1][b] <== shifted[k][b] - halvings[k] * shifted[k][b];
        }
    }
    var pace = 0;
    for (var b = 7; b >= 0; b--) pace = 2 * pace + shifted[3][b];
    ordinary.maxAbs = 2 ** 8 - 1;
    ordinary <== pace;

    // 2. 2^(7 - halvings)
    signal low;
    low <== (2 - halvings[0]) * (4 - 3 * halvings[1]);
    hedging.maxAbs = 2 ** 7;
    hedging <== low * (16 - 15 * halvings[2]);
}

// ------------------------------------------------------------------------------------------------ limits

// Limits of an order, and which of them it is at. A claim is worth something only in the direction named.
template Clips() {
    input Move() move;
    signal input {binary} direction;                // 1: buys
    signal input {binary} sellsOnly;
    signal input {natural, maxAbs} allowed;         // participation·liquidity, in bps of lots, < 2^46, >= |Δ|·10^4
    signal input {natural, maxAbs} positionCap;     // lots
    signal input {binary} mayBeShort;
    signal input {binary} chargesLong;
    signal input claims[3];                         // participation, position, cash
    signal output {binary} clipped;
    signal output {binary} atParticipation;

    component claim = AtMostOne(3);
    claim.in <== claims;
    clipped <== claim.out[0] + claim.out[1] + claim.out[2];
    atParticipation <== claim.out[0];

    // 1. Participation: one lot more would be too much. 0 <= allowed - |Δ|·10^4 by the mandate's row.
    component near = Natural(14);
    signal unused;
    unused <== claim.out[0] * (allowed - 10000 * move.magnitude);
    near.in <== 9999 - unused;

    // 2. Position: at the cap; at its negative or, where the slot may not be short, at 0.
    signal barred;
    signal cap;
    signal towards;
    barred <== (1 - direction) * (1 - mayBeShort);
    cap <== (1 - barred) * positionCap;
    towards <== (2 * direction - 1) * move.after;
    claim.out[1] * (towards - cap) === 0;

    // 3. Cash below its floor: only sales of what is held, and none where long lots are charged.
    signal sells;
    signal open;
    signal openNow;
    signal below;
    sells <== (1 - direction) * move.heldIsLong;
    open <== sells * (1 - chargesLong);
    openNow <== sellsOnly * open;
    (sellsOnly - openNow) * move.magnitude === 0;
    openNow * (1 - move.afterIsLong) === 0;
    // At the limit: nothing held any more where sales are open. Elsewhere no order is the limit.
    claim.out[2] * (1 - sellsOnly) === 0;
    below <== claim.out[2] * open;
    below * move.after === 0;
}

// ------------------------------------------------------------------------------------------------ the rule

// Δ is trunc(soft(X, W)·pace / (128·D)) or what a limit leaves of it, or the slot's part of a retreat.
template SlotOrder() {
    input Move() move;
    signal input {binary} direction;
    signal input {binary} clipped;
    signal input {binary} atParticipation;
    signal input {binary} trades;                   // the slot is held at a target
    signal input {binary} retreats;                 // the book shrinks; not both
    signal input part;                              // ρ = part / of, part < 2^31, of <= 2^40
    signal input of;
    signal input notional;                          // n, µUSD per lot, < 2^48
    signal input traded;                            // |Δ|·n, < 2^49
    signal input gap;                               // X·pace
    signal input band;                              // W·pace, >= 0

    // |X| <= (2^15 - 1)·2^50 + 10^4·2^48 < 2^65.2, pace < 2^8; W < 2^64: |gap| < 2^74, band < 2^72.

    // 1. A slot without value has no target.
    signal {binary} worthless;
    signal {binary} weighed;
    worthless <== EqualsZero()(notional);
    weighed <== trades * (1 - worthless);
    (trades - weighed) * move.magnitude === 0;

    // 2. The direction is the order's.
    (direction - move.isBuy) * move.magnitude === 0;

    // 3. rest = (|gap| - band) - |Δ|·128·D is in [0, 128·D), or at least 0 if a limit binds. Without an order: the gap
    //    lies in the direction, and is not a lot.
    signal towards;
    signal rest;
    signal lower;
    signal upper;
    towards <== (2 * direction - 1) * gap;
    rest <== towards - band - GAP_UNIT() * traded;
    lower <== rest + move.isNone * band;
    upper <== GAP_UNIT() * notional - 1 - rest;

    // 4. In a retreat: |Δ| = ceil(|q|·part / of), towards 0, unless the slot can't trade.
    signal {binary} excused;
    signal {binary} shrinks;
    signal share;
    signal closed;
    excused <== move.isNone * atParticipation;
    shrinks <== retreats * (1 - excused);
    share <== move.heldMagnitude * part;
    closed <== move.magnitude * of;
    signal wrongWay;
    wrongWay <== retreats * (move.isBuy + move.heldIsLong - 1);
    wrongWay * move.magnitude === 0;

    // 5. Both remainders. |Δ|·of < 2^31·2^41, |q|·part < 2^40·2^31.
    signal whole;
    signal lowerOfTrade;
    signal lowerOfRetreat;
    signal upperOfTrade;
    signal upperOfRetreat;
    whole <== weighed * (1 - clipped);
    lowerOfTrade <== weighed * lower;
    lowerOfRetreat <== shrinks * (closed - share);
    upperOfTrade <== whole * upper;
    upperOfRetreat <== shrinks * (of - 1 - closed + share);
    component lowerBits = Bits(74);
    lowerBits.in <== lowerOfTrade + lowerOfRetreat;
    component upperBits = Bits(73);
    upperBits.in <== upperOfTrade + upperOfRetreat;
}

// ------------------------------------------------------------------------------------------------ the retreat

// ρ: the pace of defence, or what the slot that is named can trade of its position. That no slot could trade less of
// its own follows from its order: ceil(|q|·ρ) is within its participation.
template RetreatShare(N) {
    signal input retreatBy[N];                      // one-hot; none: the pace of defence
    signal input {natural, maxAbs} magnitudes[N];   // |Δ|
    signal input {binary} isNone[N];
    signal input {binary} atParticipation[N];
    signal input {natural, maxAbs} held[N];         // |q|
    signal input {natural, maxAbs} defencePace;     // 1/128
    signal output part;
    signal output of;

    component named = AtMostOne(N);
    named.in <== retreatBy;
    signal parts[N];
    signal wholes[N];
    var partSum = 0;
    var wholeSum = 0;
    var any = 0;
    for (var i = 0; i < N; i++) {
        // A slot at its participation, which trades.
        named.out[i] * (1 - atParticipation[i] + isNone[i]) === 0;
        parts[i] <== named.out[i] * magnitudes[i];
        wholes[i] <== named.out[i] * held[i];
        partSum += parts[i];
        wholeSum += wholes[i];
        any += named.out[i];
    }
    signal ownPace;
    ownPace <== (1 - any) * defencePace;
    part <== partSum + ownPace;
    of <== wholeSum + 128 * (1 - any);

    // part / of <= defencePace / 128: both products below 2^49.
    signal {maxAbs} a;
    signal {maxAbs} b;
    a.maxAbs = 128 * LARGER(magnitudes.maxAbs, defencePace.maxAbs);
    b.maxAbs = defencePace.maxAbs * held.maxAbs;
    a <== 128 * part;
    b <== defencePace * of;
    AssertAtMost()(a, b);
}
