pragma circom 2.2.0;

include "../lib/numeric.circom";
include "../lib/format.circom";
include "../lib/mandate.circom";

// That a row refuses an order: docs/strategy.md, section 4.6. One row is named; a row that holds can't be.

// A value of the row that is named, 0 if none is.
template PickRow(N, U) {
    signal input {binary} named[ROWS(N, U)];
    input RowValues(N, U) values;
    signal output out;

    signal delta[U];
    signal gamma[U];
    signal vega[U];
    signal notional[N];
    signal rest[6];
    var sum = 0;
    for (var g = 0; g < U; g++) {
        delta[g] <== (named[DELTA_ROW(N, U, 0, g)] - named[DELTA_ROW(N, U, 1, g)]) * values.delta[g];
        gamma[g] <== (named[GAMMA_ROW(N, U, 0, g)] - named[GAMMA_ROW(N, U, 1, g)]) * values.gamma[g];
        vega[g] <== (named[VEGA_ROW(N, U, 0, g)] - named[VEGA_ROW(N, U, 1, g)]) * values.vega[g];
        sum += delta[g] + gamma[g] + vega[g];
    }
    for (var i = 0; i < N; i++) {
        notional[i] <== named[CONCENTRATION_ROW(N, U, i)] * values.notional[i];
        sum += notional[i];
    }
    rest[0] <== named[GROSS_ROW(N, U)] * values.gross;
    rest[1] <== named[NET_ROW(N, U, 0)] * values.net[0];
    rest[2] <== named[NET_ROW(N, U, 1)] * values.net[1];
    rest[3] <== named[MARGIN_ROW(N, U)] * values.margin;
    rest[4] <== named[CASH_ROW(N, U)] * values.cash;
    rest[5] <== named[TURNOVER_ROW(N, U)] * values.turnover;
    for (var k = 0; k < 6; k++) sum += rest[k];
    out <== sum;
}

// The limit of the row that is named, 0 if none is.
template PickLimit(N, U) {
    signal input {binary} named[ROWS(N, U)];
    input Limits() limits;
    signal output out;

    var kinds[5] = [0, 0, 0, 0, 0];
    for (var side = 0; side < 2; side++) {
        for (var g = 0; g < U; g++) {
            kinds[0] += named[DELTA_ROW(N, U, side, g)];
            kinds[1] += named[GAMMA_ROW(N, U, side, g)];
            kinds[2] += named[VEGA_ROW(N, U, side, g)];
        }
    }
    for (var i = 0; i < N; i++) kinds[3] += named[CONCENTRATION_ROW(N, U, i)];
    kinds[4] = named[NET_ROW(N, U, 0)] + named[NET_ROW(N, U, 1)];
    signal parts[9];
    parts[0] <== kinds[0] * limits.delta;
    parts[1] <== kinds[1] * limits.gamma;
    parts[2] <== kinds[2] * limits.vega;
    parts[3] <== kinds[3] * limits.concentration;
    parts[4] <== kinds[4] * limits.net;
    parts[5] <== named[GROSS_ROW(N, U)] * limits.gross;
    parts[6] <== named[MARGIN_ROW(N, U)] * limits.initial;
    parts[7] <== named[CASH_ROW(N, U)] * limits.cash;
    parts[8] <== named[TURNOVER_ROW(N, U)] * limits.turnover;
    var sum = 0;
    for (var k = 0; k < 9; k++) sum += parts[k];
    out <== sum;
}

// The row that is named exceeds its limit and what the settled book would allow: nothing could save the order.
template RefusedRow(N, U) {
    signal input {binary} named[ROWS(N, U)];        // at most one
    signal input {binary} any;                      // whether there is one
    input RowValues(N, U) values;                   // of the order decided
    input RowValues(N, U) floors;                   // of the settled book
    input Limits() limits;

    component pickedValue = PickRow(N, U);
    pickedValue.named <== named;
    pickedValue.values <== values;
    component pickedFloor = PickRow(N, U);
    pickedFloor.named <== named;
    pickedFloor.values <== floors;
    component pickedLimit = PickLimit(N, U);
    pickedLimit.named <== named;
    pickedLimit.limits <== limits;

    // Totals are below 2^53, limits and what cash can be spent below 2^56 in magnitude.
    signal {maxAbs} value;
    signal {maxAbs} overLimit;
    signal {maxAbs} overFloor;
    value.maxAbs = 2 ** 53;
    overLimit.maxAbs = 2 ** 56;
    overFloor.maxAbs = 2 ** 53;
    value <== pickedValue.out;
    overLimit <== pickedLimit.out + any;
    overFloor <== pickedFloor.out + any;
    AssertAtMost()(overLimit, value);
    AssertAtMost()(overFloor, value);
}

// Names of rows, at most one of which is set, and whether one is.
template NamedRow(N, U) {
    signal input in[ROWS(N, U)];
    signal output {binary} out[ROWS(N, U)];
    signal output {binary} any;

    out <== AtMostOne(ROWS(N, U))(in);
    var sum = 0;
    for (var k = 0; k < ROWS(N, U); k++) sum += out[k];
    any <== sum;
}
