pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "./format.circom";

// What a proof says of the words: their hash, and their value as a polynomial. docs/protocol.md, section 2.

// Poseidon sponge: a carry and 15 words a block. The first carry is the number of words, so no two lengths collide;
// what the last block lacks is the constant 0, which nobody can choose.
template Sponge(W) {
    signal input words[W];
    signal output out;

    var blocks = CEIL_DIV(W, 15);
    component hash[blocks];
    for (var b = 0; b < blocks; b++) {
        hash[b] = Poseidon(16);
        if (b == 0) hash[b].inputs[0] <== W;
        else hash[b].inputs[0] <== hash[b - 1].out;
        for (var i = 0; i < 15; i++) {
            var w = 15 * b + i;
            if (w < W) hash[b].inputs[1 + i] <== words[w];
            else hash[b].inputs[1 + i] <== 0;
        }
    }
    out <== hash[blocks - 1].out;
}

// Σ words_j·x^j
template Evaluate(W) {
    signal input words[W];
    signal input x;
    signal output out;

    signal sums[W];
    sums[W - 1] <== words[W - 1];
    for (var j = W - 2; j >= 0; j--) sums[j] <== words[j] + x * sums[j + 1];
    out <== sums[0];
}
