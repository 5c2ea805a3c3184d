pragma circom 2.2.0;

include "../lib/numeric.circom";
include "./parameters.circom";

// What strategies read of the market's history: docs/strategy.md, section 2.

bus Signals(N, U) {
    signal {maxAbs} features[FEATURES()];
    // To expiry, by option slot. circom has no empty lists in a bus: without options there is one that nobody reads.
    signal {natural, maxAbs} days[LARGER(OPTION_SLOTS(N, U), 1)];
    signal {natural, maxAbs} volatility[SLEEVE_ASSETS(N)];              // 2^-7 a year
    signal {maxAbs} correlation[SLEEVE_ASSETS(N) * (SLEEVE_ASSETS(N) - 1) \ 2];    // 2^-7, i < j, row by row
}

// The words of the reporters have to be in the one form that lanes in their ranges give.
template ReadSignals(N, U) {
    signal input signalWord;
    signal input correlationWord;
    output Signals(N, U) out;

    var F = FEATURES();
    var OPTIONS = OPTION_SLOTS(N, U);
    var K = SLEEVE_ASSETS(N);
    var PAIRS = K * (K - 1) \ 2;
    var DAYS_FIRST = FEATURES_BITS() * F;
    var VOLATILITY_FIRST = DAYS_FIRST + DAYS_TO_EXPIRY_BITS() * OPTIONS;
    var WIDTH = VOLATILITY_FIRST + VOLATILITY_BITS() * K;
    component bits = Bits(WIDTH);
    bits.in <== signalWord;
    component features = SignedLanes(WIDTH, 0, F, FEATURES_BITS());
    features.bits <== bits.out;
    out.features <== features.out;
    if (OPTIONS > 0) {
        component days = Lanes(WIDTH, DAYS_FIRST, OPTIONS, DAYS_TO_EXPIRY_BITS());
        days.bits <== bits.out;
        out.days <== days.out;
    } else {
        out.days.maxAbs = 0;
        out.days[0] <== 0;
    }
    component volatility = Lanes(WIDTH, VOLATILITY_FIRST, K, VOLATILITY_BITS());
    volatility.bits <== bits.out;
    out.volatility <== volatility.out;

    var PAIR_WIDTH = CORRELATION_BITS() * PAIRS;
    component pairBits = Bits(PAIR_WIDTH);
    pairBits.in <== correlationWord;
    component pairs = SignedLanes(PAIR_WIDTH, 0, PAIRS, CORRELATION_BITS());
    pairs.bits <== pairBits.out;
    out.correlation <== pairs.out;
}
