pragma circom 2.2.0;

include "./numeric.circom";
include "./format.circom";
include "./book.circom";

// The outcome of the last order: docs/protocol.md, section 4.

// Positions and cash after the fills of the last order and the ends of series.
template Settle(N, U) {
    input Book(N) book;                             // the old one
    signal input {binary} isBuy[N];                 // sign of its order
    signal input {binary} filled[U];
    input Fill() fills[N];
    signal input carryIndex[N];                     // µUSD per lot, now
    signal output {maxAbs} positions[N];            // q
    signal output {binary} isLong[N];               // q >= 0
    signal output {natural, maxAbs} magnitudes[N];  // |q|
    signal output cashAdj;                          // µUSD, before the flow of the epoch
    signal output cash;                             // µUSD, before the flow of the epoch

    component position[N];
    component orderMagnitude[N];
    component positionMagnitude[N];
    signal fill[N];
    signal charged[N];
    signal held[N];
    signal debits[N];
    signal charges[N];
    signal exits[N];
    signal carries[N];

    // Positions are below 2^40: the old one by its commitment, the settled one because the old one plus its order was
    // within the position cap when it was proven. The range check makes that a proof and gives the sign.
    positions.maxAbs = 2 ** 40;
    magnitudes.maxAbs = 2 ** 40;
    // Fewer than 2^5 terms under 2^101 each, and none is compared before the NAV's range check.
    var adjusted = book.cashAdj;
    var carried = 0;
    for (var i = 0; i < N; i++) {
        var g = i \ (N \ U);

        // 1. The fill
        fill[i] <== filled[g] * book.order[i];
        debits[i] <== fill[i] * fills[i].debit;
        charged[i] <== (2 * isBuy[i] - 1) * fill[i];
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
