pragma circom 2.2.0;

include "./numeric.circom";

// Written by `npm run generate` from circuits/format.ts: do not edit. docs/protocol.md, sections 1 to 3.

// ------------------------------------------------------------------------------------------------ sizes and lanes

function CEIL_DIV(a, b) {
    return (a + b - 1) \ b;
}

// Row words of a slot: value, delta, gamma, vega and S stress lanes, side by side.
function ROW_BITS() { return 48; }
function LANE_BITS() { return 50; }
function LANES_PER_WORD() { return 5; }
function PLAIN_LANES() { return 4; }
function ROW_WORDS(S) { return CEIL_DIV(PLAIN_LANES() + S, LANES_PER_WORD()); }

// Book words: positions, orders, misc, salt. Bits of a signed field are those of its absolute value.
function POSITION_LANE() { return 41; }
function POSITIONS_PER_WORD() { return 6; }
function ORDER_LANE() { return 32; }
function ORDERS_PER_WORD() { return 7; }
function CASH_ADJ_BITS() { return 62; }
function CASH_ADJ_AT() { return 0; }
function NAV_BITS() { return 50; }
function NAV_AT() { return 64; }
function BREACH_SINCE_BITS() { return 32; }
function BREACH_SINCE_AT() { return 128; }
function HALVINGS_BITS() { return 3; }
function HALVINGS_AT() { return 160; }
function BOOK_WORDS(N) { return CEIL_DIV(N, POSITIONS_PER_WORD()) + CEIL_DIV(N, ORDERS_PER_WORD()) + 2; }

// Orders of a group as they are sealed: sums over all vaults of a market fit.
function SEALED_ORDER_LANE() { return 44; }

// Lanes of the two words of signals.
function FEATURES() { return 8; }
function FEATURES_BITS() { return 12; }
function DAYS_TO_EXPIRY_BITS() { return 7; }
function VOLATILITY_BITS() { return 9; }
function CORRELATION_BITS() { return 8; }

// Options stand at the last slots of every group of 4.
function OPTION_SLOTS(N, U) { return N \ U == 4 ? 2 * U : 0; }
function OPTION_SLOT(g, k) { return 4 * g + 2 + k; }

// Assets of the mean-variance sleeve, and the slot at which each stands.
function SLEEVE_ASSETS(N) {
    assert(N == 4 || N == 16);
    var count = 0;
    if (N == 4) count = 4;
    if (N == 16) count = 8;
    return count;
}

function SLEEVE_SLOT(N, k) {
    assert(N == 4 || N == 16);
    var slot = 0;
    var of4[4] = [0, 1, 2, 3];
    var of16[8] = [0, 4, 6, 7, 8, 10, 11, 12];
    if (N == 4) slot = of4[k];
    if (N == 16) slot = of16[k];
    return slot;
}

// Rows by which an order can be refused, and the number of each: by group or slot where it has a place, sides 0 upper,
// 1 lower.
function ROWS(N, U) { return 2 * U + 2 * U + 2 * U + N + 1 + 2 + 1 + 1 + 1; }
function DELTA_ROW(N, U, side, place) { return side * U + place; }
function GAMMA_ROW(N, U, side, place) { return 2 * U + side * U + place; }
function VEGA_ROW(N, U, side, place) { return 2 * U + 2 * U + side * U + place; }
function CONCENTRATION_ROW(N, U, place) { return 2 * U + 2 * U + 2 * U + place; }
function GROSS_ROW(N, U) { return 2 * U + 2 * U + 2 * U + N; }
function NET_ROW(N, U, side) { return 2 * U + 2 * U + 2 * U + N + 1 + side; }
function MARGIN_ROW(N, U) { return 2 * U + 2 * U + 2 * U + N + 1 + 2; }
function CASH_ROW(N, U) { return 2 * U + 2 * U + 2 * U + N + 1 + 2 + 1; }
function TURNOVER_ROW(N, U) { return 2 * U + 2 * U + 2 * U + N + 1 + 2 + 1 + 1; }

function TRANSCRIPT_WORDS(N, U, S, M) {
    var count = 0;
    count += 16;                                // header
    count += 2 * U;                             // order commitments
    count += 2;                                 // ephemeral key
    count += 12;                                // mandate
    count += N * (ROW_WORDS(S) + 6) + 3;        // snapshot
    count += 3 * N + 1;                         // settle
    count += 2 * M;                             // committee keys
    count += M * (2 * U + 1) + BOOK_WORDS(N);   // sealed payload
    return count;
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
    signal {natural, maxAbs} epoch;             // < 2^32
    signal snapshotHash;
    signal oldCommitment;
    signal newCommitment;
    signal cashFlow;                            // µUSD, signed; deposits taken in minus redemptions paid
    signal redeemShares;                        // shares
    signal {binary} outflow;                    // redemptions are paid in this epoch
    signal {binary} dealing;                    // NAV is printed in this epoch
    // µUSD, signed; before the flow, in a dealing epoch of a solvent vault, else 0
    signal nav;
    signal insolvent;
    signal {binary} halted;
    signal strategyCommitment;
    signal {natural, maxAbs} cashWanted;        // µUSD, < 2^50; redemption requests that wait, at the last NAV
}

bus Mandate() {
    signal {natural, maxAbs} deltaBps;          // bps, < 2^18
    signal {natural, maxAbs} gammaBps;          // bps, < 2^18
    signal {natural, maxAbs} vegaBps;           // bps, < 2^18
    signal {natural, maxAbs} concentrationBps;  // bps, < 2^18
    signal {natural, maxAbs} participationBps;  // bps, at most 10000
    signal {natural, maxAbs} grossBps;          // bps, < 2^18
    signal {natural, maxAbs} netBps;            // bps, < 2^18
    signal {natural, maxAbs} cashFloorBps;      // bps, < 2^18; the only minimum: more is tighter
    signal {natural, maxAbs} turnoverBps;       // bps, < 2^18
    signal {natural, maxAbs} initialMarginBps;  // bps, at most 10000; margin an order may build up to
    // bps, at most 10000; margin above which an order has to reduce it; at least the initial one
    signal {natural, maxAbs} maintenanceMarginBps;
    signal {natural, maxAbs} breachEpochs;      // epochs, < 2^32; a row may stay outside before it must shrink
}

bus Instrument(S) {
    signal rows[ROW_WORDS(S)];
    signal carryIndex;                          // µUSD, signed, < 2^60
    // µUSD; Σ positionCap·notional of a group < 2^48; of a perp its mark, the delta lane
    signal notional;
    signal slip;                                // µUSD; Σ liquidity·slip of a group < 2^48
    // µUSD; Σ positionCap·contingency of a group < 2^48; margin of a short lot for what no scenario covers, 0 for spot
    signal contingency;
    signal longContingency;                     // of a long lot: as much, or nothing
    signal {natural, maxAbs} liquidity;         // lots, < 2^31; at most the slot's order cap
    signal {natural, maxAbs} positionCap;       // lots, < 2^40
    signal {binary} mayBeShort;                 // the slot may be short, which perps and options may
    signal {binary} chargesLong;                // it charges its contingency on long lots too, which perps do
}

bus Fill() {
    signal {binary} keep;                       // the series of the slot still runs
    signal debit;                               // µUSD, signed, < 2^60
    signal charge;                              // µUSD, < 2^48
    signal exitIndex;                           // µUSD, signed, < 2^60
}

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
    signal signals;
    signal correlations;
    signal {binary} filled[U];                  // the vault's last order was filled in the group
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

    out.deltaBps <== TrustedNatural(2 ** 18 - 1)(words[0]);
    out.gammaBps <== TrustedNatural(2 ** 18 - 1)(words[1]);
    out.vegaBps <== TrustedNatural(2 ** 18 - 1)(words[2]);
    out.concentrationBps <== TrustedNatural(2 ** 18 - 1)(words[3]);
    out.participationBps <== TrustedNatural(10000)(words[4]);
    out.grossBps <== TrustedNatural(2 ** 18 - 1)(words[5]);
    out.netBps <== TrustedNatural(2 ** 18 - 1)(words[6]);
    out.cashFloorBps <== TrustedNatural(2 ** 18 - 1)(words[7]);
    out.turnoverBps <== TrustedNatural(2 ** 18 - 1)(words[8]);
    out.initialMarginBps <== TrustedNatural(10000)(words[9]);
    out.maintenanceMarginBps <== TrustedNatural(10000)(words[10]);
    out.breachEpochs <== TrustedNatural(2 ** 32 - 1)(words[11]);
}

// The parts of the transcript. Flags are checked to be bits; ranges of chain-held words are taken on trust, here only.
template ReadTranscript(N, U, S, M) {
    signal input words[TRANSCRIPT_WORDS(N, U, S, M)];
    output Transcript(N, U, S, M) out;

    var at = 0;

    // 1. header
    out.header.chainId <== words[at];
    out.header.market <== words[at + 1];
    out.header.vault <== words[at + 2];
    out.header.epoch <== TrustedNatural(2 ** 32 - 1)(words[at + 3]);
    out.header.snapshotHash <== words[at + 4];
    out.header.oldCommitment <== words[at + 5];
    out.header.newCommitment <== words[at + 6];
    out.header.cashFlow <== words[at + 7];
    out.header.redeemShares <== words[at + 8];
    out.header.outflow <== Bit()(words[at + 9]);
    out.header.dealing <== Bit()(words[at + 10]);
    out.header.nav <== words[at + 11];
    out.header.insolvent <== words[at + 12];
    out.header.halted <== Bit()(words[at + 13]);
    out.header.strategyCommitment <== words[at + 14];
    out.header.cashWanted <== TrustedNatural(2 ** 50 - 1)(words[at + 15]);
    at += 16;

    // 2. order commitments
    for (var g = 0; g < U; g++) {
        out.orderCommitments[g].x <== words[at];
        out.orderCommitments[g].y <== words[at + 1];
        at += 2;
    }

    // 3. ephemeral key
    out.ephemeral.x <== words[at];
    out.ephemeral.y <== words[at + 1];
    at += 2;

    // 4. mandate
    component mandate = ReadMandate();
    for (var i = 0; i < 12; i++) mandate.words[i] <== words[at + i];
    out.mandate <== mandate.out;
    at += 12;

    // 5. snapshot
    for (var i = 0; i < N; i++) {
        for (var w = 0; w < ROW_WORDS(S); w++) out.instruments[i].rows[w] <== words[at + w];
        at += ROW_WORDS(S);
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

    // 6. settle
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

    // 7. committee keys
    for (var j = 0; j < M; j++) {
        out.memberKeys[j].x <== words[at];
        out.memberKeys[j].y <== words[at + 1];
        at += 2;
    }

    // 8. sealed payload
    for (var j = 0; j < M; j++) {
        for (var g = 0; g < U; g++) out.shares[j].order[g] <== words[at + g];
        at += U;
        for (var g = 0; g < U; g++) out.shares[j].rho[g] <== words[at + g];
        at += U;
        out.shares[j].bookKey <== words[at];
        at += 1;
    }
    for (var w = 0; w < BOOK_WORDS(N); w++) out.sealedBook[w] <== words[at + w];
    at += BOOK_WORDS(N);
}
