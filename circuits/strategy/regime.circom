pragma circom 2.2.0;

include "../lib/numeric.circom";
include "./parameters.circom";

// The regime: docs/strategy.md, section 3. Nothing here is the prover's to choose.

// floor(max(0, a) / 2^4)
template Activation() {
    signal input a;                                 // in [-2^22, 2^22)
    signal output {natural, maxAbs} out;            // < 2^18

    component bits = Integer(22);
    bits.in <== a;
    var shifted = 0;
    for (var b = 21; b >= 4; b--) shifted = 2 * shifted + bits.bits[b];
    out.maxAbs = 2 ** 18 - 1;
    out <== bits.isNatural * shifted;
}

// The largest score; of equal ones the first.
template FirstLargest() {
    signal input {maxAbs} scores[REGIMES()];
    signal output {binary} out[REGIMES()];

    // A later score wins only if it is above all before it.
    assert(REGIMES() == 4);
    signal {maxAbs} best[4];
    signal {binary} wins[4];
    best.maxAbs = scores.maxAbs;
    best[0] <== scores[0];
    wins[0] <== 1;
    for (var r = 1; r < 4; r++) {
        wins[r] <== IsAbove()(scores[r], best[r - 1]);
        best[r] <== best[r - 1] + wins[r] * (scores[r] - best[r - 1]);
    }
    // The last winner.
    out[3] <== wins[3];
    out[2] <== wins[2] * (1 - wins[3]);
    out[1] <== wins[1] * (1 - wins[3] - out[2]);
    out[0] <== 1 - out[1] - out[2] - out[3];
}

template Regime() {
    input Network() network;
    signal input {maxAbs} features[FEATURES()];
    signal output {binary} out[REGIMES()];

    var F = FEATURES();
    var H = HIDDEN();
    assert(network.hidden.maxAbs <= 2 ** 7);
    assert(network.bias.maxAbs <= 2 ** 14);
    assert(features.maxAbs <= 2 ** 11);

    // 1. |a| <= 8·2^7·2^11 + 2^5·2^14 < 2^22
    signal terms[H][F];
    signal {natural, maxAbs} hidden[H];
    hidden.maxAbs = 2 ** 18 - 1;
    for (var j = 0; j < H; j++) {
        var a = network.bias[j] * 2 ** 5;
        for (var k = 0; k < F; k++) {
            terms[j][k] <== network.hidden[F * j + k] * features[k];
            a += terms[j][k];
        }
        hidden[j] <== Activation()(a);
    }

    // 2. |z| <= 12·2^7·2^18 + 2^6·2^14 < 2^29
    signal products[REGIMES()][H];
    signal {maxAbs} scores[REGIMES()];
    scores.maxAbs = H * 2 ** 25 + 2 ** 20;
    for (var r = 0; r < REGIMES(); r++) {
        var z = network.bias[H + r] * 2 ** 6;
        for (var j = 0; j < H; j++) {
            products[r][j] <== network.outputs[H * r + j] * hidden[j];
            z += products[r][j];
        }
        scores[r] <== z;
    }
    out <== FirstLargest()(scores);
}
