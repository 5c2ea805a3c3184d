pragma circom 2.2.0;

include "../lib/numeric.circom";

// The mean-variance sleeve: docs/strategy.md, section 4.2.
//
//   V_ij = σ_i·σ_j·((8 - κ)·ρ_ij + κ·128),  ρ_ii = 136
//   e_i  = 2^32·c·μ_i - Σ_j V_ij·w_j - ν
//   w_i >= 0,  Σ w_i <= B,  ν >= 0,  ν·(B - Σ w_i) = 0,  w_i = 0 where σ_i = 0
//   -τ_i <= e_i < τ_i where w_i > 0,  e_i < τ_i where w_i = 0 and σ_i > 0,  τ_i = 2^23·σ_i
//
// Every claim about weights and price is one of these conditions; V is positive definite, so they leave one optimum, to
// the tolerance.

// Index of the pair i < j of K assets, row by row.
function PAIR(K, i, j) {
    return i * (2 * K - i - 1) \ 2 + j - i - 1;
}

template Sleeve(K) {
    signal input {natural, maxAbs} volatility[K];           // σ, 2^-7 a year, < 2^9
    signal input {maxAbs} correlation[K * (K - 1) \ 2];     // ρ, 2^-7, |ρ| <= 2^7
    signal input {maxAbs} viewsBps[K];                      // μ, |μ| <= 2^14
    signal input {natural, maxAbs} riskTolerance;           // c, < 2^12
    signal input {natural, maxAbs} stressMix;               // κ, <= 7
    signal input {natural, maxAbs} budgetBps;               // < 2^14
    signal input weights[K];                                // w, claimed, 2^-16 bps
    signal input price;                                     // ν, claimed
    signal output {natural, maxAbs} wholeBps[K];            // floor(w / 2^16)

    assert(volatility.maxAbs < 2 ** 9);
    assert(correlation.maxAbs <= 2 ** 7);
    assert(viewsBps.maxAbs <= 2 ** 14);
    assert(riskTolerance.maxAbs < 2 ** 12);
    assert(stressMix.maxAbs <= 7);
    assert(budgetBps.maxAbs < 2 ** 14);

    // 1. Weights within the budget: w_i <= B < 2^30. ν at the optimum is at most the largest view, 2^58.
    component weightBits[K];
    signal {natural, maxAbs} total;
    signal {maxAbs} budget;
    total.maxAbs = K * (2 ** 30 - 1);
    budget.maxAbs = budgetBps.maxAbs * 2 ** 16;
    wholeBps.maxAbs = 2 ** 14 - 1;
    var sum = 0;
    for (var i = 0; i < K; i++) {
        weightBits[i] = Bits(30);
        weightBits[i].in <== weights[i];
        var whole = 0;
        for (var b = 29; b >= 16; b--) whole = 2 * whole + weightBits[i].out[b];
        wholeBps[i] <== whole;
        sum += weights[i];
    }
    total <== sum;
    budget <== budgetBps * 2 ** 16;
    AssertAtMost()(total, budget);
    signal {natural, maxAbs} shadow;
    shadow <== Natural(59)(price);
    shadow * (budget - total) === 0;

    // 2. V·w / σ_i, with y = σ·w < 2^39 and Σ w <= B: below 2^39·1,088 < 2^50.
    signal y[K];
    var ySum = 0;
    for (var i = 0; i < K; i++) {
        y[i] <== volatility[i] * weights[i];
        ySum += y[i];
    }
    signal correlated[K][K];
    signal stressed[K];
    signal risk[K];
    signal view[K];
    signal absent[K];
    signal slack[K];
    signal isEmpty[K];
    signal room[K];
    for (var i = 0; i < K; i++) {
        var plain = 136 * y[i];
        for (var j = 0; j < K; j++) {
            if (j == i) correlated[i][j] <== 0;
            else correlated[i][j] <== correlation[i < j ? PAIR(K, i, j) : PAIR(K, j, i)] * y[j];
            plain += correlated[i][j];
        }
        stressed[i] <== stressMix * (128 * ySum - plain);
        risk[i] <== volatility[i] * (8 * plain + stressed[i]);
        view[i] <== riskTolerance * viewsBps[i];

        // 3. slack = τ - 1 - e >= 0, and at most 2τ - 1 where the weight is not 0. Views below 2^58, risk below 2^59,
        //    ν at the optimum at most 2^58 + 2^32: the sum stays below 2^61 for an honest prover, and far below r for
        //    any. Where σ = 0 a weight would leave room of -1.
        absent[i] <== EqualsZero()(volatility[i]);
        slack[i] <== (1 - absent[i]) * (2 ** 23 * volatility[i] - 1 - 2 ** 32 * view[i] + risk[i] + shadow);
        _ <== Natural(61)(slack[i]);
        isEmpty[i] <== EqualsZero()(weights[i]);
        room[i] <== (1 - isEmpty[i]) * (2 ** 24 * volatility[i] - 1 - slack[i]);
        _ <== Natural(33)(room[i]);
    }
}
