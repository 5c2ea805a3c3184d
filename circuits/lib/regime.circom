pragma circom 2.2.0;

include "./numeric.circom";

// The regime a strategy's network finds: docs/strategy.md, section 3. Eight features, twelve neurons, four scores.

bus RegimeNetwork() {
    signal {maxAbs} hidden[12][8];
    signal {maxAbs} hiddenBias[12];         // unit 2^5
    signal {maxAbs} score[4][12];
    signal {maxAbs} scoreBias[4];           // unit 2^6
}

// COUNT signed lanes of WIDTH bits, from the lowest bit: in is their sum, each with half a lane on top, and no other
// lanes have that sum.
template SignedLanes(COUNT, WIDTH) {
    signal input in;
    signal output {maxAbs} out[COUNT];

    signal {binary} bits[COUNT * WIDTH];
    bits <== Bits(COUNT * WIDTH)(in);
    out.maxAbs = 2 ** (WIDTH - 1);
    for (var i = 0; i < COUNT; i++) {
        var lane = 0;
        for (var b = 0; b < WIDTH; b++) lane += bits[i * WIDTH + b] * 2 ** b;
        out[i] <== lane - 2 ** (WIDTH - 1);
    }
}

// The network's six words: 144 weights in eight bits, 31 a word, then 16 biases.
template ReadRegimeNetwork() {
    signal input words[6];
    output RegimeNetwork() out;

    out.hidden.maxAbs = 2 ** 7;
    out.score.maxAbs = 2 ** 7;
    out.hiddenBias.maxAbs = 2 ** 14;
    out.scoreBias.maxAbs = 2 ** 14;
    component weights[5];
    for (var w = 0; w < 5; w++) {
        // The last word holds 144 - 4·31 = 20.
        var count = w == 4 ? 20 : 31;
        weights[w] = SignedLanes(count, 8);
        weights[w].in <== words[w];
        for (var k = 0; k < count; k++) {
            var place = w * 31 + k;
            if (place < 96) out.hidden[place \ 8][place % 8] <== weights[w].out[k];
            else out.score[(place - 96) \ 12][(place - 96) % 12] <== weights[w].out[k];
        }
    }
    component biases = SignedLanes(16, 15);
    biases.in <== words[5];
    for (var j = 0; j < 12; j++) out.hiddenBias[j] <== biases.out[j];
    for (var r = 0; r < 4; r++) out.scoreBias[r] <== biases.out[12 + r];
}

// floor(max(0, in) / 2^SHIFT) of |in| < 2^n
template ShiftedRelu(n, SHIFT) {
    signal input in;
    signal output {natural, maxAbs} out;

    component sum = Integer(n);
    sum.in <== in;
    // Of a natural number the bits below the top one are its own.
    var shifted = 0;
    for (var b = SHIFT; b < n; b++) shifted += sum.bits[b] * 2 ** (b - SHIFT);
    out.maxAbs = 2 ** (n - SHIFT) - 1;
    out <== sum.isNatural * shifted;
}

template RegimeScores() {
    input RegimeNetwork() network;
    signal input {maxAbs} features[8];      // |x| < 2^11
    signal output {maxAbs} out[4];

    component hidden[12];
    signal weighed[12][8];
    for (var j = 0; j < 12; j++) {
        var sum = 32 * network.hiddenBias[j];
        for (var k = 0; k < 8; k++) {
            weighed[j][k] <== network.hidden[j][k] * features[k];
            sum += weighed[j][k];
        }
        // 8·2^7·2^11 + 2^5·2^14 = 2^21 + 2^19 < 2^22.
        hidden[j] = ShiftedRelu(22, 4);
        hidden[j].in <== sum;
    }
    signal scored[4][12];
    out.maxAbs = 12 * 2 ** 7 * 2 ** 18 + 2 ** 6 * 2 ** 14;
    for (var r = 0; r < 4; r++) {
        var sum = 64 * network.scoreBias[r];
        for (var j = 0; j < 12; j++) {
            scored[r][j] <== network.score[r][j] * hidden[j].out;
            sum += scored[r][j];
        }
        out[r] <== sum;
    }
}

// `chosen` must be the place of the largest of the scores; of equal ones the first.
template FirstLargest(n) {
    signal input {maxAbs} in[n];
    signal input chosen[n];
    signal output {binary} out[n];

    out <== AtMostOne(n)(chosen);
    var count = 0;
    for (var i = 0; i < n; i++) count += out[i];
    count === 1;

    signal part[n];
    var largest = 0;
    for (var i = 0; i < n; i++) {
        part[i] <== out[i] * in[i];
        largest += part[i];
    }
    signal {maxAbs} top;
    top.maxAbs = in.maxAbs;
    top <== largest;
    signal {maxAbs} other[n];
    other.maxAbs = in.maxAbs + 1;
    for (var i = 0; i < n; i++) {
        // 1 where the chosen one stands later: it has to be larger than this one, not equal.
        var later = 0;
        for (var k = i + 1; k < n; k++) later += out[k];
        other[i] <== in[i] + later;
        AssertAtMost()(other[i], top);
    }
}
