pragma circom 2.2.0;

include "../lib/numeric.circom";
include "./parameters.circom";

// What strategies read of the market's history: docs/strategy.md, section 2.

// Options stand at the last two slots of every group of four.
function OPTION_SLOTS(N, U) {
    return N \ U == 4 ? 2 * U : 0;
}

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
    var WIDTH = 12 * F + 7 * OPTIONS + 9 * K;
    component bits = Bits(WIDTH);
    bits.in <== signalWord;
    component features = SignedLanes(WIDTH, 0, F, 12);
    features.bits <== bits.out;
    out.features <== features.out;
    if (OPTIONS > 0) {
        component days = Lanes(WIDTH, 12 * F, OPTIONS, 7);
        days.bits <== bits.out;
        out.days <== days.out;
    } else {
        out.days.maxAbs = 0;
        out.days[0] <== 0;
    }
    component volatility = Lanes(WIDTH, 12 * F + 7 * OPTIONS, K, 9);
    volatility.bits <== bits.out;
    out.volatility <== volatility.out;

    component pairBits = Bits(8 * PAIRS);
    pairBits.in <== correlationWord;
    component pairs = SignedLanes(8 * PAIRS, 0, PAIRS, 8);
    pairs.bits <== pairBits.out;
    out.correlation <== pairs.out;
}
