pragma circom 2.2.0;

include "./numeric.circom";
include "./format.circom";
include "./book.circom";

// The outcome of the last order: docs/protocol.md, section 4.

// Whether a group filled less of the last order than all of what the order asked for there.
template Cut(N, U) {
    signal input {natural, maxAbs} blocks[N];       // of the order, without sign
    signal input fraction[U];                       // sixteenths, 0 … 16
    signal output {binary} out;

    var SLOTS = N \ U;
    // Sums of natural numbers, far below r.
    assert(SLOTS * blocks.maxAbs < 2 ** 64);
    signal {binary} asksNothing[U];
    signal {binary} isWhole[U];
    signal isCut[U];
    var cuts = 0;
    for (var g = 0; g < U; g++) {
        var asked = 0;
        for (var i = g * SLOTS; i < (g + 1) * SLOTS; i++) asked += blocks[i];
        asksNothing[g] <== EqualsZero()(asked);
        isWhole[g] <== EqualsZero()(fraction[g] - BLOCK_LOTS());
        isCut[g] <== (1 - asksNothing[g]) * (1 - isWhole[g]);
        cuts += isCut[g];
    }
    signal {binary} none;
    none <== EqualsZero()(cuts);
    out <== 1 - none;
}

// Positions and cash after the fills of the last order and the ends of series.
template Settle(N, U) {
    input Book(N) book;                             // the old one
    signal input {binary} isBuy[N];                 // sign of its order
    signal input fraction[U];                       // sixteenths of it that are filled, 0 … 16
    input Fill() fills[N];
    signal input carryIndex[N];                     // µUSD per lot, now
    signal output {maxAbs} positions[N];            // q
    signal output {binary} isLong[N];               // q >= 0
    signal output {natural, maxAbs} magnitudes[N];  // |q|
    signal output cashAdj;                          // µUSD, before the flow of the epoch
    signal output cash;                             // µUSD, before the flow of the epoch
    signal output {binary} cut;                     // of its order less than all was filled

    component position[N];
    component positionMagnitude[N];
    signal {natural, maxAbs} blocks[N];             // of its order, without sign
    signal fill[N];                                 // lots
    signal charged[N];                              // lots, without sign
    signal held[N];
    signal debits[N];
    signal charges[N];
    signal exits[N];
    signal carries[N];

    // Positions are below 2^40: the old one by its commitment, the settled one because both the old one and that plus
    // its whole order were within the position cap when they were proven. The range check makes that a proof and gives
    // the sign.
    positions.maxAbs = 2 ** 40;
    magnitudes.maxAbs = 2 ** 40;
    blocks.maxAbs = book.order.maxAbs;
    // Fewer than 2^5 terms under 2^101 each, and none is compared before the NAV's range check.
    var adjusted = book.cashAdj;
    var carried = 0;
    for (var i = 0; i < N; i++) {
        var g = i \ (N \ U);

        // 1. The fill: so many lots of each block
        fill[i] <== fraction[g] * book.order[i];
        debits[i] <== fill[i] * fills[i].debit;
        blocks[i] <== (2 * isBuy[i] - 1) * book.order[i];
        charged[i] <== fraction[g] * blocks[i];
        charges[i] <== charged[i] * fills[i].charge;

        // 2. The end of a series
        held[i] <== fills[i].keep * (book.positions[i] + fill[i]);
        exits[i] <== (book.positions[i] + fill[i] - held[i]) * fills[i].exitIndex;

        adjusted += exits[i] - debits[i] - charges[i];

        // 3. What remains
        position[i] = Integer(40);
        position[i].in <== held[i];
        positions[i] <== position[i].out;
        isLong[i] <== position[i].isNatural;
        positionMagnitude[i] = Magnitude();
        positionMagnitude[i].in <== position[i].out;
        positionMagnitude[i].isNatural <== position[i].isNatural;
        magnitudes[i] <== positionMagnitude[i].out;
        carries[i] <== positions[i] * carryIndex[i];
        carried += carries[i];
    }
    cashAdj <== adjusted;
    cash <== adjusted + carried;
    cut <== Cut(N, U)(blocks, fraction);
}

// NAV before and after the flow of the epoch, and the capital that limits are measured against.
template NetAssetValue() {
    signal input cash;                              // µUSD
    signal input positionValue;                     // µUSD, Σ q·value
    signal input cashFlow;                          // µUSD
    signal input {binary} dealing;
    signal output {maxAbs} nav;
    signal output {natural, maxAbs} capital;        // max(nav, 0)
    signal output {binary} insolvent;               // nav < 0
    signal output printed;                          // dealing·(1 − insolvent)·navBefore

    signal navBefore;
    navBefore <== cash + positionValue;

    // Below 2^110 by the ranges of its terms, so the 2^50 it must keep to is that of the integer.
    component value = Integer(50);
    value.in <== navBefore + cashFlow;
    nav.maxAbs = 2 ** 50;
    nav <== value.out;
    insolvent <== 1 - value.isNatural;
    capital.maxAbs = 2 ** 50;
    capital <== value.isNatural * nav;

    signal shown;
    shown <== dealing * value.isNatural;
    printed <== shown * navBefore;
}
