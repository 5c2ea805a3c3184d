pragma circom 2.2.0;

include "../lib/numeric.circom";
include "../lib/format.circom";

// What a vault's strategy commitment opens to: docs/strategy.md, section 6.
//
// All words are hashed, only those in use are unpacked: the network's, the table of the regime that was found, the
// common word. The range of each lane makes the opening of a word the only one.

function HIDDEN() {
    return 12;
}

function REGIMES() {
    return 4;
}

// Weights of the network, 31 to a word; biases; three words a regime; the common word; the salt.
function NETWORK_WORDS() {
    return CEIL_DIV(FEATURES() * HIDDEN() + HIDDEN() * REGIMES(), 31) + 1;
}

function STRATEGY_WORDS() {
    return NETWORK_WORDS() + 3 * REGIMES() + 2;
}

// ------------------------------------------------------------------------------------------------ lanes

// COUNT lanes of a word's bits, from bit FIRST.
template Lanes(TOTAL, FIRST, COUNT, WIDTH) {
    signal input {binary} bits[TOTAL];
    signal output {natural, maxAbs} out[COUNT];

    out.maxAbs = 2 ** WIDTH - 1;
    for (var k = 0; k < COUNT; k++) {
        var lane = 0;
        for (var b = WIDTH - 1; b >= 0; b--) lane = 2 * lane + bits[FIRST + WIDTH * k + b];
        out[k] <== lane;
    }
}

// The same of lanes that stand as lane + 2^(WIDTH - 1).
template SignedLanes(TOTAL, FIRST, COUNT, WIDTH) {
    signal input {binary} bits[TOTAL];
    signal output {maxAbs} out[COUNT];

    component lanes = Lanes(TOTAL, FIRST, COUNT, WIDTH);
    lanes.bits <== bits;
    out.maxAbs = 2 ** (WIDTH - 1);
    for (var k = 0; k < COUNT; k++) out[k] <== lanes.out[k] - 2 ** (WIDTH - 1);
}

// ------------------------------------------------------------------------------------------------ parts

bus Network() {
    signal {maxAbs} hidden[96];             // w1, row by row
    signal {maxAbs} outputs[48];            // w2, row by row
    signal {maxAbs} bias[16];               // b1, then b2
}

// Basis points of the capital in use; shares in 1/128.
bus Table(N, U) {
    signal {maxAbs} weightBps[N];
    signal {maxAbs} deltaBps[U];
    signal {maxAbs} gammaBps[U];
    signal {maxAbs} vegaBps[U];
    signal {natural, maxAbs} sleeveBps;
    signal {natural, maxAbs} participationBps;
    signal {natural, maxAbs} riskTolerance; // 2^-8
    signal {natural, maxAbs} stressMix;     // eighths
    signal {binary} speed[8];               // bits
    signal {natural, maxAbs} weightBandBps[U];
    signal {natural, maxAbs} deltaBandBps[U];
    signal {natural, maxAbs} gammaBandBps[U];
    signal {natural, maxAbs} vegaBandBps[U];
}

bus Common(N, U) {
    signal {maxAbs} viewsBps[SLEEVE_ASSETS(N)];
    signal {binary} hedgesDelta[U];
    signal {binary} tradesOptions[U];
    signal {natural, maxAbs} rollDays;
    signal {natural, maxAbs} defencePace;   // 1/128
    signal {natural, maxAbs} marginTriggerBps;
}

template ReadNetwork() {
    signal input words[NETWORK_WORDS()];
    output Network() out;

    // 1. Weights
    var COUNT = FEATURES() * HIDDEN() + HIDDEN() * REGIMES();
    component weightBits[NETWORK_WORDS() - 1];
    component weights[NETWORK_WORDS() - 1];
    for (var w = 0; w < NETWORK_WORDS() - 1; w++) {
        var lanes = COUNT - 31 * w < 31 ? COUNT - 31 * w : 31;
        weightBits[w] = Bits(8 * lanes);
        weightBits[w].in <== words[w];
        weights[w] = SignedLanes(8 * lanes, 0, lanes, 8);
        weights[w].bits <== weightBits[w].out;
    }
    out.hidden.maxAbs = 2 ** 7;
    out.outputs.maxAbs = 2 ** 7;
    for (var k = 0; k < 96; k++) out.hidden[k] <== weights[k \ 31].out[k % 31];
    for (var k = 96; k < COUNT; k++) out.outputs[k - 96] <== weights[k \ 31].out[k % 31];

    // 2. Biases
    component biasBits = Bits(15 * 16);
    biasBits.in <== words[NETWORK_WORDS() - 1];
    component biases = SignedLanes(15 * 16, 0, 16, 15);
    biases.bits <== biasBits.out;
    out.bias <== biases.out;
}

template ReadTable(N, U) {
    signal input words[3];
    output Table(N, U) out;

    // 1. Weights
    component weightBits = Bits(15 * N);
    weightBits.in <== words[0];
    component weights = SignedLanes(15 * N, 0, N, 15);
    weights.bits <== weightBits.out;
    out.weightBps <== weights.out;

    // 2. Exposures of the groups, and what is one for all
    var GREEKS = 15 * 3 * U;
    var WIDTH = GREEKS + 14 + 14 + 12 + 3 + 8;
    component bits = Bits(WIDTH);
    bits.in <== words[1];
    component greeks = SignedLanes(WIDTH, 0, 3 * U, 15);
    greeks.bits <== bits.out;
    out.deltaBps.maxAbs = 2 ** 14;
    out.gammaBps.maxAbs = 2 ** 14;
    out.vegaBps.maxAbs = 2 ** 14;
    for (var g = 0; g < U; g++) {
        out.deltaBps[g] <== greeks.out[g];
        out.gammaBps[g] <== greeks.out[U + g];
        out.vegaBps[g] <== greeks.out[2 * U + g];
    }
    component shares = Lanes(WIDTH, GREEKS, 2, 14);
    shares.bits <== bits.out;
    out.sleeveBps.maxAbs = 2 ** 14 - 1;
    out.sleeveBps <== shares.out[0];
    out.participationBps.maxAbs = 2 ** 14 - 1;
    out.participationBps <== shares.out[1];
    component risk = Lanes(WIDTH, GREEKS + 28, 1, 12);
    risk.bits <== bits.out;
    out.riskTolerance.maxAbs = 2 ** 12 - 1;
    out.riskTolerance <== risk.out[0];
    component mix = Lanes(WIDTH, GREEKS + 40, 1, 3);
    mix.bits <== bits.out;
    out.stressMix.maxAbs = 7;
    out.stressMix <== mix.out[0];
    for (var b = 0; b < 8; b++) out.speed[b] <== bits.out[GREEKS + 43 + b];

    // 3. Bands
    component bandBits = Bits(14 * 4 * U);
    bandBits.in <== words[2];
    component bands = Lanes(14 * 4 * U, 0, 4 * U, 14);
    bands.bits <== bandBits.out;
    out.weightBandBps.maxAbs = 2 ** 14 - 1;
    out.deltaBandBps.maxAbs = 2 ** 14 - 1;
    out.gammaBandBps.maxAbs = 2 ** 14 - 1;
    out.vegaBandBps.maxAbs = 2 ** 14 - 1;
    for (var g = 0; g < U; g++) {
        out.weightBandBps[g] <== bands.out[g];
        out.deltaBandBps[g] <== bands.out[U + g];
        out.gammaBandBps[g] <== bands.out[2 * U + g];
        out.vegaBandBps[g] <== bands.out[3 * U + g];
    }
}

template ReadCommon(N, U) {
    signal input word;
    output Common(N, U) out;

    var VIEWS = 15 * SLEEVE_ASSETS(N);
    var WIDTH = VIEWS + 2 * U + 7 + 8 + 14;
    component bits = Bits(WIDTH);
    bits.in <== word;
    component views = SignedLanes(WIDTH, 0, SLEEVE_ASSETS(N), 15);
    views.bits <== bits.out;
    out.viewsBps <== views.out;
    for (var g = 0; g < U; g++) {
        out.hedgesDelta[g] <== bits.out[VIEWS + g];
        out.tradesOptions[g] <== bits.out[VIEWS + U + g];
    }
    component days = Lanes(WIDTH, VIEWS + 2 * U, 1, 7);
    days.bits <== bits.out;
    out.rollDays.maxAbs = 2 ** 7 - 1;
    out.rollDays <== days.out[0];
    component pace = Lanes(WIDTH, VIEWS + 2 * U + 7, 1, 8);
    pace.bits <== bits.out;
    out.defencePace.maxAbs = 2 ** 8 - 1;
    out.defencePace <== pace.out[0];
    component trigger = Lanes(WIDTH, VIEWS + 2 * U + 15, 1, 14);
    trigger.bits <== bits.out;
    out.marginTriggerBps.maxAbs = 2 ** 14 - 1;
    out.marginTriggerBps <== trigger.out[0];
}

// The three words of the regime's table. Exactly one bit of isRegime is set.
template PickTable() {
    signal input {binary} isRegime[REGIMES()];
    signal input tables[REGIMES()][3];
    signal output out[3];

    signal picked[REGIMES()][3];
    for (var w = 0; w < 3; w++) {
        var word = tables[0][w];
        for (var r = 1; r < REGIMES(); r++) {
            picked[r][w] <== isRegime[r] * (tables[r][w] - tables[0][w]);
            word += picked[r][w];
        }
        for (var r = 0; r < 1; r++) picked[r][w] <== 0;
        out[w] <== word;
    }
}
