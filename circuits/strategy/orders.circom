pragma circom 2.2.0;

include "../lib/numeric.circom";
include "../lib/format.circom";
include "./parameters.circom";

// The order of a slot: docs/strategy.md, sections 4.3 to 4.5.
//
// Money is in 10^-4 µUSD, as basis points of µUSD give it. No quotient is computed: the order is the quotient in
// blocks, and the remainder is ranged. The sign of a gap is never computed either: the prover names a direction. If
// there is an order, it must go in that direction. If there is none, the gap must lie on that side and reach less than
// a block beyond the band; the other side then needs no check.

// 128·10^4: a pace of 1/128 and basis points.
function GAP_UNIT() {
    return 1280000;
}

// Order and position of a slot.
bus Move() {
    signal held;                                    // q, lots
    signal {binary} heldIsLong;                     // q >= 0
    signal {natural, maxAbs} heldMagnitude;
    signal order;                                   // Δ, lots, whole blocks
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

// The halvings that this epoch's order is decided at: one more than the old book's where its last order was cut, at
// most 7.
template SlowedByCut() {
    signal input {binary} halvings[3];
    signal input {binary} cut;
    signal output {binary} out[3];

    signal high;
    signal all;
    high <== halvings[1] * halvings[2];
    all <== high * halvings[0];
    signal up;
    signal carry[2];
    up <== cut * (1 - all);
    carry[0] <== halvings[0] * up;
    carry[1] <== halvings[1] * carry[0];
    out[0] <== halvings[0] + up - 2 * carry[0];
    out[1] <== halvings[1] + carry[0] - 2 * carry[1];
    // Were this bit set too, all would be, and nothing carried.
    out[2] <== halvings[2] + carry[1];
}

// ------------------------------------------------------------------------------------------------ limits

// Limits of an order, and which of them it is at: a block more would be beyond. A claim is worth something only in the
// direction named. In a retreat a position's limit is 0: what remains of it is less than a block.
template Clips() {
    input Move() move;
    signal input {binary} direction;                // 1: buys
    signal input {binary} retreats;
    signal input {binary} sellsOnly;
    signal input {natural, maxAbs} allowed;         // participation·liquidity, in bps of lots, < 2^46, >= |Δ|·10^4
    signal input {natural, maxAbs} positionCap;     // lots
    signal input {binary} mayBeShort;
    signal input {binary} chargesLong;
    signal input claims[3];                         // participation, position, cash
    signal output {binary} clipped;
    signal output {binary} atParticipation;
    signal output {binary} atPosition;

    component claim = AtMostOne(3);
    claim.in <== claims;
    clipped <== claim.out[0] + claim.out[1] + claim.out[2];
    atParticipation <== claim.out[0];
    atPosition <== claim.out[1];

    // 1. Participation. 0 <= allowed - |Δ|·10^4 by the mandate's row; what is unused of it is below 2^18.
    component near = Natural(18);
    signal unused;
    unused <== claim.out[0] * (allowed - 10000 * move.magnitude);
    near.in <== 10000 * BLOCK_LOTS() - 1 - unused;

    // 2. Position: the cap; its negative or, where the slot may not be short, 0.
    signal barred;
    signal open;
    signal cap;
    signal towards;
    signal room;
    barred <== (1 - direction) * (1 - mayBeShort);
    open <== (1 - barred) * (1 - retreats);
    cap <== open * positionCap;
    towards <== (2 * direction - 1) * move.after;
    room <== claim.out[1] * (cap - towards);

    // 3. Cash below its floor: only sales of what is held, and none where long lots are charged.
    signal sells;
    signal maySell;
    signal sellsNow;
    signal below;
    signal left;
    sells <== (1 - direction) * move.heldIsLong;
    maySell <== sells * (1 - chargesLong);
    sellsNow <== sellsOnly * maySell;
    (sellsOnly - sellsNow) * move.magnitude === 0;
    sellsNow * (1 - move.afterIsLong) === 0;
    // At the limit: less than a block held where sales are open. Elsewhere no order is the limit.
    claim.out[2] * (1 - sellsOnly) === 0;
    below <== claim.out[2] * maySell;
    left <== below * move.after;

    // Not both claims are made: what is left to the limit is less than a block.
    assert(BLOCK_LOTS() == 2 ** 4);
    _ <== Natural(4)(room + left);
}

// ------------------------------------------------------------------------------------------------ the rule

// Δ is trunc(soft(X, W)·pace / (128·D)) in whole blocks, or what a limit leaves of it, or the slot's part of a retreat.
template SlotOrder() {
    input Move() move;
    signal input {binary} direction;
    signal input {binary} clipped;
    signal input {binary} atParticipation;
    signal input {binary} atPosition;
    signal input {binary} trades;                   // the slot is held at a target
    signal input {binary} retreats;                 // the book shrinks; not both
    signal input part;                              // ρ = part / of, part < 2^35, of <= 2^40
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

    // 3. rest = (|gap| - band) - |Δ|·128·D is in [0, 16·128·D), or at least 0 if a limit binds. Without an order: the
    //    gap lies in the direction, and is not a block.
    signal towards;
    signal rest;
    signal lower;
    signal upper;
    towards <== (2 * direction - 1) * gap;
    rest <== towards - band - GAP_UNIT() * traded;
    lower <== rest + move.isNone * band;
    upper <== BLOCK_LOTS() * GAP_UNIT() * notional - 1 - rest;

    // 4. In a retreat: |Δ| is |q|·part / of rounded up to blocks, or all blocks there are, towards 0 and not beyond,
    //    unless the slot can't trade.
    signal {binary} excused;
    signal {binary} shrinks;
    signal {binary} falls;
    signal share;
    signal closed;
    excused <== move.isNone * atParticipation;
    shrinks <== retreats * (1 - excused);
    falls <== shrinks * (1 - atPosition);
    share <== move.heldMagnitude * part;
    closed <== move.magnitude * of;
    signal wrongWay;
    wrongWay <== retreats * (move.isBuy + move.heldIsLong - 1);
    wrongWay * move.magnitude === 0;
    signal crosses;
    crosses <== retreats * (move.heldIsLong - move.afterIsLong);
    crosses * move.after === 0;

    // 5. Both remainders. |Δ|·of < 2^35·2^41, |q|·part < 2^40·2^35.
    signal whole;
    signal lowerOfTrade;
    signal lowerOfRetreat;
    signal upperOfTrade;
    signal upperOfRetreat;
    whole <== weighed * (1 - clipped);
    lowerOfTrade <== weighed * lower;
    lowerOfRetreat <== falls * (closed - share);
    upperOfTrade <== whole * upper;
    upperOfRetreat <== shrinks * (BLOCK_LOTS() * of - 1 - closed + share);
    component lowerBits = Bits(74);
    lowerBits.in <== lowerOfTrade + lowerOfRetreat;
    component upperBits = Bits(74);
    upperBits.in <== upperOfTrade + upperOfRetreat;
}

// ------------------------------------------------------------------------------------------------ the retreat

// ρ: the pace of defence, halved like any other, or what the slot that is named can trade of its position. That no slot
// could trade less of its own follows from its order: |q|·ρ rounded up to blocks is within its participation.
template RetreatShare(N) {
    signal input retreatBy[N];                      // one-hot; none: the pace of defence
    signal input {natural, maxAbs} magnitudes[N];   // |Δ|
    signal input {binary} isNone[N];
    signal input {binary} atParticipation[N];
    signal input {natural, maxAbs} held[N];         // |q|
    signal input {natural, maxAbs} defencePace;     // 1/128
    signal input {natural, maxAbs} hedging;         // 128 / 2^halvings
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
    // In parts of 2^14.
    signal {natural, maxAbs} pace;
    signal ownPace;
    pace.maxAbs = defencePace.maxAbs * hedging.maxAbs;
    pace <== defencePace * hedging;
    ownPace <== (1 - any) * pace;
    part <== partSum + ownPace;
    of <== wholeSum + 2 ** 14 * (1 - any);

    // part / of <= pace / 2^14: both products below 2^56.
    signal {maxAbs} a;
    signal {maxAbs} b;
    a.maxAbs = 2 ** 14 * LARGER(magnitudes.maxAbs, pace.maxAbs);
    b.maxAbs = pace.maxAbs * held.maxAbs;
    a <== 2 ** 14 * part;
    b <== pace * of;
    AssertAtMost()(a, b);
}
