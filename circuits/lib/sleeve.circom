pragma circom 2.2.0;

include "./numeric.circom";

// The mean-variance sleeve: docs/strategy.md, section 4.2. The weights are the prover's; their optimality is what is checked.

// n assets; correlations of i < j, row by row. Weights in 2^-16 bps of NAV.
template Sleeve(n) {
    signal input {natural, maxAbs} volatility[n];               // 2^-7 a year, < 2^9; 0 where there is no asset
    signal input {maxAbs} correlation[n * (n - 1) \ 2];         // 2^-7, |ρ| <= 2^7
    signal input {maxAbs} views[n];                             // bps a year, |μ| <= 2^14
    signal input {natural, maxAbs} riskTolerance;               // 2^-8, < 2^12
    signal input {natural, maxAbs} stressMix;                   // eighths, < 2^3
    signal input {natural, maxAbs} budgetBps;                   // < 2^14
    signal input weights[n];
    signal input price;                                         // ν
    signal output {natural, maxAbs} bps[n];                     // whole basis points of the weights

    // 1. Weights, and what of the budget is left. A budget that is left has no price.
    signal {binary} weightBits[n][30];
    bps.maxAbs = 2 ** 14 - 1;
    var total = 0;
    for (var i = 0; i < n; i++) {
        weightBits[i] <== Bits(30)(weights[i]);
        var whole = 0;
        for (var b = 16; b < 30; b++) whole += weightBits[i][b] * 2 ** (b - 16);
        bps[i] <== whole;
        total += weights[i];
    }
    // n·2^30 is far below r: a sum above the budget is negative and has no 30 bits.
    signal {natural, maxAbs} slack;
    slack <== Natural(30)(2 ** 16 * budgetBps - total);
    signal {natural, maxAbs} cost;
    cost <== Natural(60)(price);
    cost * slack === 0;

    // 2. Risk. Σ_j V_ij·w_j = σ_i·((8 - κ)·Σ_j ρ_ij·y_j + 128·κ·Σ_j y_j) with y_j = σ_j·w_j and ρ_ii = 136.
    signal y[n];
    var ySum = 0;
    for (var i = 0; i < n; i++) {
        y[i] <== volatility[i] * weights[i];
        ySum += y[i];
    }
    signal stressed <== stressMix * ySum;
    signal correlated[n][n];
    signal mixed[n];
    signal risk[n];
    for (var i = 0; i < n; i++) {
        var sum = 136 * y[i];
        for (var j = 0; j < n; j++) {
            if (j == i) correlated[i][j] <== 0;
            else {
                var low = i < j ? i : j;
                var high = i < j ? j : i;
                correlated[i][j] <== correlation[low * (2 * n - low - 1) \ 2 + high - low - 1] * y[j];
                sum += correlated[i][j];
            }
        }
        mixed[i] <== (8 - stressMix) * sum;
        risk[i] <== volatility[i] * (mixed[i] + 128 * stressed);
    }

    // 3. Optimality. |e| < 2^58 + 2^59 + 2^60 < 2^61: 2^32·2^12·2^14; 2^9·1088·2^39, since Σ w < 2^30; ν < 2^60.
    component absent[n];
    component unheld[n];
    signal scaled[n];
    for (var i = 0; i < n; i++) {
        absent[i] = EqualsZero();
        absent[i].in <== volatility[i];
        unheld[i] = EqualsZero();
        unheld[i].in <== weights[i];
        absent[i].out * weights[i] === 0;

        scaled[i] <== riskTolerance * views[i];
        var e = 2 ** 32 * scaled[i] - risk[i] - cost;
        // Held: -2^31 <= e < 2^31.
        _ <== Natural(32)((1 - unheld[i].out) * (e + 2 ** 31));
        // In the market, not held: e < 2^31. What is absent is unheld.
        _ <== Natural(62)((unheld[i].out - absent[i].out) * (2 ** 31 - 1 - e));
    }
}
