pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "./numeric.circom";
include "./format.circom";
include "./generators.circom";
include "./curve.circom";

// How an order leaves the vault: docs/protocol.md, section 6.

// ------------------------------------------------------------------------------------------------ commitment

// Σ_{i in group} 2^31·G_i: what a group without an order adds to.
function NO_ORDER(SLOTS, FIRST) {
    var sum[2] = [0, 1];
    for (var s = 0; s < SLOTS; s++) sum = ADD(sum, DOUBLED(SLOT_GENERATOR(FIRST + s), 31));
    return sum;
}

// C_g = Σ_{i in group} (Δ_i + 2^31)·G_i + ρ·H, for the slots FIRST … FIRST + SLOTS - 1, with Δ = 0 if the order is
// refused.
template OrderCommitment(SLOTS, FIRST) {
    signal input {binary} orderBits[SLOTS][32];     // of Δ_i + 2^31
    signal input {binary} refused;
    signal input {binary} rhoBits[240];
    output Point() out;

    // 1. The order
    component amount[SLOTS];
    component sum[SLOTS];
    for (var s = 0; s < SLOTS; s++) {
        amount[s] = FixedBase(32, SLOT_GENERATOR(FIRST + s));
        amount[s].bits <== orderBits[s];
        if (s > 0) {
            sum[s] = AddPoints();
            if (s == 1) sum[s].a <== amount[0].out;
            else sum[s].a <== sum[s - 1].out;
            sum[s].b <== amount[s].out;
        }
    }
    var NOTHING[2] = NO_ORDER(SLOTS, FIRST);
    Point() sent;
    sent.x <== sum[SLOTS - 1].out.x + refused * (NOTHING[0] - sum[SLOTS - 1].out.x);
    sent.y <== sum[SLOTS - 1].out.y + refused * (NOTHING[1] - sum[SLOTS - 1].out.y);

    // 2. Its blinding
    component blinding = FixedBase(240, BLINDING_GENERATOR());
    blinding.bits <== rhoBits;
    component blinded = AddPoints();
    blinded.a <== sent;
    blinded.b <== blinding.out;
    out <== blinded.out;
}

// ctx: binds pads to the moment and the order commitments.
template SealingContext(U) {
    input Header() header;
    input Point() orderCommitments[U];
    signal output out;

    component hash = Poseidon(6 + 2 * U);
    hash.inputs[0] <== header.chainId;
    hash.inputs[1] <== header.market;
    hash.inputs[2] <== header.vault;
    hash.inputs[3] <== header.epoch;
    hash.inputs[4] <== header.snapshotHash;
    hash.inputs[5] <== header.oldCommitment;
    for (var g = 0; g < U; g++) {
        hash.inputs[6 + 2 * g] <== orderCommitments[g].x;
        hash.inputs[7 + 2 * g] <== orderCommitments[g].y;
    }
    out <== hash.out;
}

// ------------------------------------------------------------------------------------------------ shares

// secret + Σ_l coef_l·j^l, for member j = 1 … M
template Share(T, M) {
    signal input secret;
    signal input coef[T];
    signal output out[M];

    for (var j = 1; j <= M; j++) {
        var share = secret;
        for (var l = 0; l < T; l++) share += coef[l] * j ** (l + 1);
        out[j - 1] <== share;
    }
}

// Pads from a permutation of (key, second, third, fourth, 0, …), the key fed forward: the bare permutation could be
// run backwards from its outputs.
template Pads(COUNT) {
    signal input inputs[5];
    signal output out[COUNT];

    component hash = PoseidonEx(16, COUNT);
    hash.initialState <== 0;
    for (var i = 0; i < 16; i++) {
        if (i < 5) hash.inputs[i] <== inputs[i];
        else hash.inputs[i] <== 0;
    }
    for (var k = 0; k < COUNT; k++) out[k] <== hash.out[k] + inputs[0];
}

// ------------------------------------------------------------------------------------------------ all of it

// Commitments, ephemeral key, every member's sealed shares and the encrypted book.
template Seal(N, U, M, T_ORDER, T_BOOK) {
    input Header() header;
    input Point() memberKeys[M];
    signal input {binary} orderBits[N][32];         // of Δ_i + 2^31, as decided
    signal input {binary} refused;                  // nothing is sent of it
    signal input {maxAbs} order[N];                 // as sent, lots, in [-2^31, 2^31)
    signal input rho[U];
    signal input ephemeral;                         // k
    signal input bookKey;
    signal input orderCoef[U][T_ORDER];
    signal input rhoCoef[U][T_ORDER];
    signal input bookKeyCoef[T_BOOK];
    signal input bookWords[BOOK_WORDS(N)];
    output Point() orderCommitments[U];
    output Point() ephemeralKey;                    // R
    output SealedShares(U) shares[M];
    signal output sealedBook[BOOK_WORDS(N)];

    var SLOTS = N \ U;
    // Group words of all vaults of a market add lane by lane, below 2^253.
    assert(SEALED_ORDER_LANE() * SLOTS <= 253);
    assert(order.maxAbs <= 2 ** (ORDER_LANE() - 1));

    // 1. Order commitments, with ρ_g < 2^240
    component rhoBits[U];
    component commitment[U];
    for (var g = 0; g < U; g++) {
        rhoBits[g] = Bits(240);
        rhoBits[g].in <== rho[g];
        commitment[g] = OrderCommitment(SLOTS, g * SLOTS);
        for (var s = 0; s < SLOTS; s++) commitment[g].orderBits[s] <== orderBits[g * SLOTS + s];
        commitment[g].refused <== refused;
        commitment[g].rhoBits <== rhoBits[g].out;
        orderCommitments[g] <== commitment[g].out;
    }
    signal context;
    context <== SealingContext(U)(header, orderCommitments);

    // 2. Ephemeral key: k = 2^249 + 2·(248 bits) + 1
    component keyBits = Bits(248);
    keyBits.in <== (ephemeral - 2 ** 249 - 1) / 2;
    component base = FixedBase(250, BASE8());
    base.bits[0] <== 1;
    for (var i = 0; i < 248; i++) base.bits[i + 1] <== keyBits.out[i];
    base.bits[249] <== 1;
    ephemeralKey <== base.out;

    // 3. Shares
    component orderShare[U];
    component rhoShare[U];
    for (var g = 0; g < U; g++) {
        var word = 0;
        for (var s = 0; s < SLOTS; s++) {
            word += (order[g * SLOTS + s] + 2 ** (ORDER_LANE() - 1)) * 2 ** (SEALED_ORDER_LANE() * s);
        }
        orderShare[g] = Share(T_ORDER, M);
        orderShare[g].secret <== word;
        orderShare[g].coef <== orderCoef[g];
        rhoShare[g] = Share(T_ORDER, M);
        rhoShare[g].secret <== rho[g];
        rhoShare[g].coef <== rhoCoef[g];
    }
    component bookKeyShare = Share(T_BOOK, M);
    bookKeyShare.secret <== bookKey;
    bookKeyShare.coef <== bookKeyCoef;

    // 4. A pad on each
    component shared[M];
    component pads[M];
    for (var j = 0; j < M; j++) {
        shared[j] = OddMultiple(250);
        shared[j].bits <== keyBits.out;
        shared[j].point <== memberKeys[j];
        pads[j] = Pads(2 * U + 1);
        pads[j].inputs <== [shared[j].out.x, shared[j].out.y, context, j + 1, 1];
        for (var g = 0; g < U; g++) {
            shares[j].order[g] <== orderShare[g].out[j] + pads[j].out[g];
            shares[j].rho[g] <== rhoShare[g].out[j] + pads[j].out[U + g];
        }
        shares[j].bookKey <== bookKeyShare.out[j] + pads[j].out[2 * U];
    }

    // 5. The book
    component bookPads = Pads(BOOK_WORDS(N));
    bookPads.inputs <== [bookKey, context, 2, 0, 0];
    for (var w = 0; w < BOOK_WORDS(N); w++) sealedBook[w] <== bookWords[w] + bookPads.out[w];
}
