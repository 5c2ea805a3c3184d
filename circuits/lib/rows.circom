pragma circom 2.2.0;

include "./numeric.circom";
include "./format.circom";

// Group totals of the risk rows: docs/protocol.md, section 2, "Row words".
//
// Five rows share a word, 50 bits apart, and one multiplication by the position serves all five. The total of a word
// is the words of the lanes' totals; an offset in each lane makes them natural numbers, whose bits are then unique.

// Σ_{i in group} amount_i·rows_i of one group. rows[i][w] are row words.
template GroupWords(SLOTS, RW) {
    signal input amounts[SLOTS];
    signal input rows[SLOTS][RW];
    signal output out[RW];

    signal terms[SLOTS][RW];
    for (var w = 0; w < RW; w++) {
        var total = 0;
        for (var i = 0; i < SLOTS; i++) {
            terms[i][w] <== amounts[i] * rows[i][w];
            total += terms[i][w];
        }
        out[w] <== total;
    }
}

// The lanes of a group's words.
//
// |total of a lane| < 2^48, because |amount_i| <= positionCap_i and the snapshot keeps Σ positionCap·|row| < 2^48.
//   value, delta, gamma, vega: total + 2^49 is in [0, 2^50), 50 bits;
//   stress: total + loss, 0 <= loss < 2^48, must be in [0, 2^49), 49 bits: the loss is no less than that of any
//   scenario. It is the worst of them, or 0, because one of these sums or the loss itself is 0. Were a lane negative,
//   its 49 bits would have to differ from it by a multiple of 2^50, the borrow of the next lane, and can't: they differ
//   by less than 2^48 + 2^49.
// A word of five lanes stays below 2^251.
template GroupTotals(S) {
    signal input words[ROW_WORDS(S)];
    signal input loss;                              // µUSD, claimed: the worst loss, or 0 if there is none
    signal output {maxAbs} value;                   // µUSD
    signal output {maxAbs} delta;                   // µUSD
    signal output {maxAbs} gamma;                   // µUSD per 1 % move
    signal output {maxAbs} vega;                    // µUSD per vol point
    signal output {binary} deltaIsNatural;          // >= 0
    signal output {binary} gammaIsNatural;
    signal output {binary} vegaIsNatural;
    signal output {natural, maxAbs} worstLoss;

    worstLoss.maxAbs = 2 ** ROW_BITS() - 1;
    worstLoss <== Natural(ROW_BITS())(loss);

    var L = LANE_BITS();
    var PER_WORD = LANES_PER_WORD();
    var OFFSET = 2 ** (L - 1);
    value.maxAbs = OFFSET;
    delta.maxAbs = OFFSET;
    gamma.maxAbs = OFFSET;
    vega.maxAbs = OFFSET;

    // Natural numbers: their product is 0 mod r, a prime, only if one of them is 0.
    signal slack[S + 1];
    slack[0] <== worstLoss;

    var LANES = PLAIN_LANES() + S;
    component bits[ROW_WORDS(S)];
    for (var w = 0; w < ROW_WORDS(S); w++) {
        var lanes = LANES - PER_WORD * w < PER_WORD ? LANES - PER_WORD * w : PER_WORD;

        // 1. An offset in each lane
        var shifted = words[w];
        for (var k = 0; k < lanes; k++) {
            if (PER_WORD * w + k < PLAIN_LANES()) shifted += OFFSET * 2 ** (L * k);
            else shifted += worstLoss * 2 ** (L * k);
        }
        bits[w] = Bits(L * lanes);
        bits[w].in <== shifted;

        // 2. The lanes
        for (var k = 0; k < lanes; k++) {
            var lane = 0;
            for (var b = L - 1; b >= 0; b--) lane = 2 * lane + bits[w].out[L * k + b];
            var l = PER_WORD * w + k;
            if (l == 0) value <== lane - OFFSET;
            else if (l == 1) delta <== lane - OFFSET;
            else if (l == 2) gamma <== lane - OFFSET;
            else if (l == 3) vega <== lane - OFFSET;
            else {
                bits[w].out[L * k + L - 1] === 0;
                slack[l - PLAIN_LANES() + 1] <== slack[l - PLAIN_LANES()] * lane;
            }
        }
    }
    slack[S] === 0;

    // 3. The top bit of a lane with its offset
    deltaIsNatural <== bits[0].out[2 * L - 1];
    gammaIsNatural <== bits[0].out[3 * L - 1];
    vegaIsNatural <== bits[0].out[4 * L - 1];
}

// ------------------------------------------------------------------------------------------------ a book's rows

// What the mandate measures of a book.
bus Exposure(N, U, S) {
    signal {maxAbs} value[U];                       // µUSD
    signal {maxAbs} delta[U];                       // µUSD
    signal {maxAbs} gamma[U];                       // µUSD per 1 % move
    signal {maxAbs} vega[U];                        // µUSD per vol point
    signal {binary} deltaIsNatural[U];              // >= 0
    signal {binary} gammaIsNatural[U];
    signal {binary} vegaIsNatural[U];
    signal {natural, maxAbs} worstLoss[U];          // µUSD, of the scenarios, at least 0
    signal {natural, maxAbs} contingency[U];        // µUSD, charged for what no scenario covers
    signal {natural, maxAbs} notional[N];           // µUSD, |position|·notional
}

// |amount_i|·notional_i
template Notionals(N) {
    signal input {natural, maxAbs} magnitudes[N];   // lots, within the position cap
    signal input notional[N];                       // µUSD per lot
    signal output {natural, maxAbs} out[N];

    // The snapshot keeps Σ positionCap·notional of a group under 2^48.
    out.maxAbs = 2 ** 48 - 1;
    for (var i = 0; i < N; i++) out[i] <== magnitudes[i] * notional[i];
}

// Σ |amount_i|·contingency_i of each group: one charge for short lots, another for long ones.
template Contingencies(N, U) {
    signal input {natural, maxAbs} magnitudes[N];   // lots, within the position cap
    signal input {binary} isLong[N];                // amount >= 0
    signal input contingency[N];                    // µUSD per short lot
    signal input longContingency[N];                // µUSD per long lot, no more
    signal output {natural, maxAbs} out[U];

    var SLOTS = N \ U;
    signal rates[N];
    signal charges[N];
    // The snapshot keeps Σ positionCap·contingency of a group under 2^48.
    out.maxAbs = 2 ** 48 - 1;
    for (var g = 0; g < U; g++) {
        var sum = 0;
        for (var i = g * SLOTS; i < (g + 1) * SLOTS; i++) {
            rates[i] <== contingency[i] + isLong[i] * (longContingency[i] - contingency[i]);
            charges[i] <== magnitudes[i] * rates[i];
            sum += charges[i];
        }
        out[g] <== sum;
    }
}

template Expose(N, U, S) {
    input Instrument(S) instruments[N];
    signal input positions[N];                      // lots
    signal input {natural, maxAbs} magnitudes[N];   // their absolute values
    signal input {binary} isLong[N];                // position >= 0
    signal input loss[U];                           // µUSD, claimed
    output Exposure(N, U, S) out;

    var SLOTS = N \ U;
    out.value.maxAbs = 2 ** 49;
    out.delta.maxAbs = 2 ** 49;
    out.gamma.maxAbs = 2 ** 49;
    out.vega.maxAbs = 2 ** 49;
    out.worstLoss.maxAbs = 2 ** 48 - 1;
    component words[U];
    component totals[U];
    for (var g = 0; g < U; g++) {
        words[g] = GroupWords(SLOTS, ROW_WORDS(S));
        for (var i = 0; i < SLOTS; i++) {
            words[g].amounts[i] <== positions[g * SLOTS + i];
            words[g].rows[i] <== instruments[g * SLOTS + i].rows;
        }
        totals[g] = GroupTotals(S);
        totals[g].words <== words[g].out;
        totals[g].loss <== loss[g];
        out.value[g] <== totals[g].value;
        out.delta[g] <== totals[g].delta;
        out.gamma[g] <== totals[g].gamma;
        out.vega[g] <== totals[g].vega;
        out.deltaIsNatural[g] <== totals[g].deltaIsNatural;
        out.gammaIsNatural[g] <== totals[g].gammaIsNatural;
        out.vegaIsNatural[g] <== totals[g].vegaIsNatural;
        out.worstLoss[g] <== totals[g].worstLoss;
    }
    component notionals = Notionals(N);
    notionals.magnitudes <== magnitudes;
    component contingencies = Contingencies(N, U);
    contingencies.magnitudes <== magnitudes;
    contingencies.isLong <== isLong;
    for (var i = 0; i < N; i++) {
        notionals.notional[i] <== instruments[i].notional;
        contingencies.contingency[i] <== instruments[i].contingency;
        contingencies.longContingency[i] <== instruments[i].longContingency;
    }
    out.notional.maxAbs = 2 ** 48 - 1;
    out.notional <== notionals.out;
    out.contingency.maxAbs = 2 ** 48 - 1;
    out.contingency <== contingencies.out;
}
