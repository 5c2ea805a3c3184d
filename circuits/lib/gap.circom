pragma circom 2.2.0;

include "./numeric.circom";

// How much of a gap an order closes: docs/strategy.md, section 4.3.

// The order is trunc(soft(gap, band)·pace / (128·divisor)), 0 for a divisor of 0; or where it is clipped, no more than that
// and not against it. Who clips it shows why it stands where it does.
template CloseGap() {
    signal input {maxAbs} gap;                      // 10^-4 µUSD
    signal input {natural, maxAbs} band;            // 10^-4 µUSD
    signal input {natural, maxAbs} pace;            // 1/128
    signal input {natural, maxAbs} divisor;         // 10^-4 µUSD a lot
    signal input order;                             // lots
    signal input {natural, maxAbs} magnitude;       // |order|
    signal input {binary} up;                       // its direction; of an order of 0 the one it was wanted in
    signal input {binary} clipped;

    order === (2 * up - 1) * magnitude;

    // What lies beyond the band in the order's direction, and in the other; at most one of them is above 0.
    signal directed <== (2 * up - 1) * gap;
    signal along <== (directed - band) * pace;
    signal against <== (-directed - band) * pace;
    // Of a lot, in the same unit.
    var lot = 128 * divisor;
    signal closed <== magnitude * lot;

    component nothing = EqualsZero();
    nothing.in <== magnitude;
    component empty = EqualsZero();
    empty.in <== divisor;
    empty.out * magnitude === 0;
    signal open <== 1 - empty.out;

    // What an honest order leaves is at most all there is, |along| and |against| <= (gap + band)·pace, and a lot. Any other order
    // leaves a negative number above r - 2^250, which has no such bits.
    var width = BIT_LENGTH((gap.maxAbs + band.maxAbs) * pace.maxAbs + 128 * divisor.maxAbs);
    assert(BIT_LENGTH(128 * divisor.maxAbs * (magnitude.maxAbs + 2)) <= 249);
    assert(width <= 249);
    // An order closes no more than there is; if there is none, a lot the other way would be more than there is.
    signal enough <== (along - closed) + nothing.out * ((lot - 1 - against) - (along - closed));
    _ <== Natural(width)(open * enough);
    // And a lot more would be more than there is, unless a limit stands in the way.
    signal left <== (1 - clipped) * (lot - 1 - (along - closed));
    _ <== Natural(width)(open * left);
}
