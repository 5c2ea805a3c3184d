pragma circom 2.2.0;

include "./numeric.circom";
include "./gap.circom";

// The two options of a group: docs/strategy.md, section 4.4.

// x less what of it lies within the band round 0
template Soft() {
    signal input {maxAbs} in;
    signal input {natural, maxAbs} band;
    signal output {maxAbs} out;

    signal {maxAbs} lowest;
    lowest.maxAbs = band.maxAbs;
    lowest <== -band;
    signal {binary} over;
    signal {binary} under;
    over <== IsAbove()(in, band);
    under <== IsAbove()(lowest, in);
    signal high <== over * (in - band);
    out.maxAbs = in.maxAbs;
    out <== high + under * (in + band);
}

// The lanes of an option's first row word that the hedging rule reads: value, delta, gamma, vega and a scenario, 50 bits apart.
template OptionRow() {
    signal input word;
    signal output {maxAbs} delta;           // µUSD per lot
    signal output {maxAbs} gamma;
    signal output {maxAbs} vega;
    signal output {binary} hedges;          // gamma and vega above 0

    // |row| < 2^48: with 2^49 on top a lane is natural, and no lane borrows.
    var offset = 0;
    for (var k = 0; k < 5; k++) offset += 2 ** (50 * k + 49);
    signal {binary} bits[250];
    bits <== Bits(250)(word + offset);
    var lanes[4];
    for (var k = 1; k < 4; k++) {
        lanes[k] = -(2 ** 49);
        for (var b = 0; b < 50; b++) lanes[k] += bits[50 * k + b] * 2 ** b;
    }
    delta.maxAbs = 2 ** 49;
    gamma.maxAbs = 2 ** 49;
    vega.maxAbs = 2 ** 49;
    delta <== lanes[1];
    gamma <== lanes[2];
    vega <== lanes[3];
    signal noGamma <== EqualsZero()(gamma);
    signal noVega <== EqualsZero()(vega);
    signal gammaIsAbove <== bits[149] * (1 - noGamma);
    signal vegaIsAbove <== bits[199] * (1 - noVega);
    hedges <== gammaIsAbove * vegaIsAbove;
}

// Gamma and vega of a group towards their bands. Of each pair gamma comes first, then vega; options in the order of their slots.
template OptionOrders() {
    signal input {maxAbs} total[2];                     // µUSD, of the settled book
    signal input {maxAbs} target[2];                    // 10^-4 µUSD
    signal input {natural, maxAbs} band[2];             // 10^-4 µUSD
    signal input {natural, maxAbs} pace;                // 1/128
    signal input words[2];                              // first row words
    signal input {maxAbs} positions[2];                 // lots
    signal input {binary} rolling[2];                   // about to expire
    signal input order[2];                              // lots
    signal input {natural, maxAbs} magnitudes[2];       // |order|
    signal input {binary} up[2];
    signal input {binary} clipped[2];
    signal output delta[2];                             // µUSD per lot

    component row[2];
    for (var j = 0; j < 2; j++) {
        row[j] = OptionRow();
        row[j].word <== words[j];
        delta[j] <== row[j].delta;
    }

    // 1. What is missing, rolling orders included. Positions and orders stay within caps, whose totals stay below 2^48.
    signal rolled[2];
    signal rolledLane[2][2];
    for (var j = 0; j < 2; j++) {
        rolled[j] <== rolling[j] * order[j];
        rolledLane[0][j] <== rolled[j] * row[j].gamma;
        rolledLane[1][j] <== rolled[j] * row[j].vega;
    }
    component missing[2];
    signal {maxAbs} distance[2];
    distance.maxAbs = target.maxAbs + 10000 * 3 * total.maxAbs;
    for (var l = 0; l < 2; l++) {
        distance[l] <== target[l] - 10000 * (total[l] + rolledLane[l][0] + rolledLane[l][1]);
        missing[l] = Soft();
        missing[l].in <== distance[l];
        missing[l].band <== band[l];
    }

    // 2. The system, and whether it can be solved: 16·|det| >= γ_a·v_b + γ_b·v_a. Products stay below 2^98.
    signal left <== row[0].gamma * row[1].vega;
    signal right <== row[1].gamma * row[0].vega;
    component det = Integer(99);
    det.in <== left - right;
    component size = Magnitude();
    size.in <== det.out;
    size.isNatural <== det.isNatural;
    signal {maxAbs} products;
    signal {maxAbs} weighed;
    products.maxAbs = 2 ** 99;
    weighed.maxAbs = 2 ** 103;
    products <== left + right;
    weighed <== 16 * size.out;
    signal tooClose <== IsAbove()(products, weighed);

    // 3. Both options, or the first that is usable for gamma alone.
    signal usable[2];
    for (var j = 0; j < 2; j++) usable[j] <== (1 - rolling[j]) * row[j].hedges;
    signal pair <== usable[0] * usable[1];
    signal both <== pair * (1 - tooClose);
    signal alone[2];
    alone[0] <== usable[0] * (1 - both);
    alone[1] <== usable[1] * (1 - usable[0]);

    // 4. A gap over a divisor each. One who rolls closes its position: -q over 1 at full pace.
    signal gammaByVega[2];
    signal vegaByGamma[2];
    signal solved[2];
    signal bySolving[2];
    signal byGamma[2];
    signal closing[2];
    signal bySize[2];
    signal byLane[2];
    signal {maxAbs} gap[2];
    signal {natural, maxAbs} divisor[2];
    signal {natural, maxAbs} none;
    signal {natural, maxAbs} speed[2];
    gap.maxAbs = distance.maxAbs * 2 ** 51;
    divisor.maxAbs = 10000 * 2 ** 99;
    none.maxAbs = 0;
    none <== 0;
    speed.maxAbs = 128;
    component close[2];
    for (var j = 0; j < 2; j++) {
        var other = 1 - j;
        gammaByVega[j] <== missing[0].out * row[other].vega;
        vegaByGamma[j] <== missing[1].out * row[other].gamma;
        // Cramer's rule has det for the first and -det for the second in these terms.
        solved[j] <== (2 * det.isNatural - 1) * (1 - 2 * j) * (gammaByVega[j] - vegaByGamma[j]);
        bySolving[j] <== both * solved[j];
        byGamma[j] <== alone[j] * missing[0].out;
        closing[j] <== rolling[j] * positions[j];
        gap[j] <== bySolving[j] + byGamma[j] - closing[j];

        bySize[j] <== both * size.out;
        byLane[j] <== alone[j] * row[j].gamma;
        divisor[j] <== 10000 * (bySize[j] + byLane[j]) + rolling[j];
        speed[j] <== pace + rolling[j] * (128 - pace);

        close[j] = CloseGap();
        close[j].gap <== gap[j];
        close[j].band <== none;
        close[j].pace <== speed[j];
        close[j].divisor <== divisor[j];
        close[j].order <== order[j];
        close[j].magnitude <== magnitudes[j];
        close[j].up <== up[j];
        close[j].clipped <== clipped[j];
    }
}
