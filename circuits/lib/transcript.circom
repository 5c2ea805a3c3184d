pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "./numeric.circom";

// The words of a submission: their order, their digest, and which of them are ranged by the chain.
// docs/protocol.md, section 2.

// ------------------------------------------------------------------------------------------------ sizes

function CEIL_DIV(a, b) {
    return (a + b - 1) \ b;
}

// Row words of a slot: value, delta, gamma, vega and S stress lanes, five to a word.
function ROW_WORDS(S) {
    return CEIL_DIV(4 + S, 5);
}

// Book words: positions six to a word, orders seven to a word, misc, salt.
function BOOK_WORDS(N) {
    return CEIL_DIV(N, 6) + CEIL_DIV(N, 7) + 2;
}

function TRANSCRIPT_WORDS(N, U, S, M) {
    var header = 16;
    var commitments = 2 * U + 2;
    var mandate = 12;
    var snapshot = N * (ROW_WORDS(S) + 6) + 3;
    var settle = 1 + 3 * N;
    var keys = 2 * M;
    var payload = M * (2 * U + 1) + BOOK_WORDS(N);
    return header + commitments + mandate + snapshot + settle + keys + payload;
}

// ------------------------------------------------------------------------------------------------ parts

bus Point() {
    signal x;
    signal y;
}

bus Header() {
    signal chainId;
    signal market;
    signal vault;
    signal epoch;
    signal snapshotHash;
    signal oldCommitment;
    signal newCommitment;
    signal cashFlow;                        // µUSD, signed
    signal redeemShares;
    signal {binary} outflow;                // redemptions are paid in this epoch
    signal {binary} dealing;                // NAV is printed in this epoch
    signal nav;                             // µUSD, signed
    signal insolvent;
    signal {binary} halted;
    signal strategyCommitment;
    signal {natural, maxAbs} cashWanted;    // µUSD, redemption requests that wait, at the last NAV
}

// Basis points of NAV; participation of a slot's liquidity.
bus Mandate() {
    signal {natural, maxAbs} deltaBps;
    signal {natural, maxAbs} gammaBps;
    signal {natural, maxAbs} vegaBps;
    signal {natural, maxAbs} concentrationBps;
    signal {natural, maxAbs} participationBps;
    signal {natural, maxAbs} grossBps;
    signal {natural, maxAbs} netBps;
    signal {natural, maxAbs} cashFloorBps;
    signal {natural, maxAbs} turnoverBps;
    signal {natural, maxAbs} initialMarginBps;
    signal {natural, maxAbs} maintenanceMarginBps;
    signal {natural, maxAbs} breachEpochs;
}

// A slot of the snapshot; per lot.
bus Instrument(S) {
    signal rows[ROW_WORDS(S)];
    signal carryIndex;                      // µUSD, signed, < 2^60
    signal notional;                        // µUSD; Σ positionCap·notional of a group < 2^48
    signal slip;                            // µUSD; Σ liquidity·slip of a group < 2^48
    signal contingency;                     // µUSD of a short lot; Σ positionCap·contingency of a group < 2^48
    signal longContingency;                 // µUSD of a long lot: as much, or nothing
    signal {natural, maxAbs} liquidity;     // lots
    signal {natural, maxAbs} positionCap;   // lots
    signal {binary} mayBeShort;
    signal {binary} chargesLong;            // longContingency is contingency
}

// What the vault's last order came to in a slot; per lot.
bus Fill() {
    signal {binary} keep;                   // the series still runs
    signal debit;                           // µUSD, signed, < 2^60
    signal charge;                          // µUSD, < 2^48
    signal exitIndex;                       // µUSD, signed, < 2^60
}

// What one member gets: shares with its pads on top.
bus SealedShares(U) {
    signal order[U];
    signal rho[U];
    signal bookKey;
}

bus Transcript(N, U, S, M) {
    Header() header;
    Point() orderCommitments[U];
    Point() ephemeral;
    Mandate() mandate;
    Instrument(S) instruments[N];
    signal signals;                         // docs/strategy.md, section 2
    signal correlations;
    signal {binary} filled[U];              // f_g
    Fill() fills[N];
    Point() memberKeys[M];
    SealedShares(U) shares[M];
    signal sealedBook[BOOK_WORDS(N)];
}

// ------------------------------------------------------------------------------------------------ reading

// A word that the chain keeps at or below BOUND (docs/protocol.md, section 1). Adds no constraint.
template TrustedNatural(BOUND) {
    signal input in;
    signal output {natural, maxAbs} out;
    out.maxAbs = BOUND;
    out <== in;
}

template ReadMandate() {
    signal input words[12];
    output Mandate() out;

    var BPS = 2 ** 18 - 1;
    out.deltaBps <== TrustedNatural(BPS)(words[0]);
    out.gammaBps <== TrustedNatural(BPS)(words[1]);
    out.vegaBps <== TrustedNatural(BPS)(words[2]);
    out.concentrationBps <== TrustedNatural(BPS)(words[3]);
    out.participationBps <== TrustedNatural(10000)(words[4]);
    out.grossBps <== TrustedNatural(BPS)(words[5]);
    out.netBps <== TrustedNatural(BPS)(words[6]);
    out.cashFloorBps <== TrustedNatural(BPS)(words[7]);
    out.turnoverBps <== TrustedNatural(BPS)(words[8]);
    out.initialMarginBps <== TrustedNatural(10000)(words[9]);
    out.maintenanceMarginBps <== TrustedNatural(10000)(words[10]);
    out.breachEpochs <== TrustedNatural(2 ** 32 - 1)(words[11]);
}

// The parts of the transcript. Flags are checked to be bits; ranges of chain-held words are taken on trust, here only.
template ReadTranscript(N, U, S, M) {
    signal input words[TRANSCRIPT_WORDS(N, U, S, M)];
    output Transcript(N, U, S, M) out;

    var at = 0;

    // 1. Header
    out.header.chainId <== words[0];
    out.header.market <== words[1];
    out.header.vault <== words[2];
    out.header.epoch <== words[3];
    out.header.snapshotHash <== words[4];
    out.header.oldCommitment <== words[5];
    out.header.newCommitment <== words[6];
    out.header.cashFlow <== words[7];
    out.header.redeemShares <== words[8];
    out.header.outflow <== Bit()(words[9]);
    out.header.dealing <== Bit()(words[10]);
    out.header.nav <== words[11];
    out.header.insolvent <== words[12];
    out.header.halted <== Bit()(words[13]);
    out.header.strategyCommitment <== words[14];
    out.header.cashWanted <== TrustedNatural(2 ** 50 - 1)(words[15]);
    at = 16;

    // 2. Order commitments, ephemeral key
    for (var g = 0; g < U; g++) {
        out.orderCommitments[g].x <== words[at];
        out.orderCommitments[g].y <== words[at + 1];
        at += 2;
    }
    out.ephemeral.x <== words[at];
    out.ephemeral.y <== words[at + 1];
    at += 2;

    // 3. Mandate
    component mandate = ReadMandate();
    for (var i = 0; i < 12; i++) mandate.words[i] <== words[at + i];
    out.mandate <== mandate.out;
    at += 12;

    // 4. Snapshot
    var RW = ROW_WORDS(S);
    for (var i = 0; i < N; i++) {
        for (var w = 0; w < RW; w++) out.instruments[i].rows[w] <== words[at + w];
        at += RW;
        out.instruments[i].carryIndex <== words[at];
        out.instruments[i].notional <== words[at + 1];
        out.instruments[i].slip <== words[at + 2];
        out.instruments[i].contingency <== words[at + 3];
        out.instruments[i].liquidity <== TrustedNatural(2 ** 31 - 1)(words[at + 4]);
        out.instruments[i].positionCap <== TrustedNatural(2 ** 40 - 1)(words[at + 5]);
        at += 6;
    }
    component slotFlags = Bits(2 * N);
    slotFlags.in <== words[at];
    for (var i = 0; i < N; i++) {
        out.instruments[i].mayBeShort <== slotFlags.out[i];
        out.instruments[i].chargesLong <== slotFlags.out[N + i];
        out.instruments[i].longContingency <== slotFlags.out[N + i] * out.instruments[i].contingency;
    }
    at += 1;
    out.signals <== words[at];
    out.correlations <== words[at + 1];
    at += 2;

    // 5. Settle words
    component settleFlags = Bits(U + N);
    settleFlags.in <== words[at];
    for (var g = 0; g < U; g++) out.filled[g] <== settleFlags.out[g];
    for (var i = 0; i < N; i++) out.fills[i].keep <== settleFlags.out[U + i];
    at += 1;
    for (var i = 0; i < N; i++) {
        out.fills[i].debit <== words[at];
        out.fills[i].charge <== words[at + 1];
        out.fills[i].exitIndex <== words[at + 2];
        at += 3;
    }

    // 6. Member keys
    for (var j = 0; j < M; j++) {
        out.memberKeys[j].x <== words[at];
        out.memberKeys[j].y <== words[at + 1];
        at += 2;
    }

    // 7. Sealed payload
    for (var j = 0; j < M; j++) {
        for (var g = 0; g < U; g++) out.shares[j].order[g] <== words[at + g];
        for (var g = 0; g < U; g++) out.shares[j].rho[g] <== words[at + U + g];
        out.shares[j].bookKey <== words[at + 2 * U];
        at += 2 * U + 1;
    }
    for (var w = 0; w < BOOK_WORDS(N); w++) out.sealedBook[w] <== words[at + w];
}

// ------------------------------------------------------------------------------------------------ digest

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
