pragma circom 2.2.0;

include "./lib/numeric.circom";
include "./lib/transcript.circom";
include "./lib/book.circom";
include "./lib/settle.circom";
include "./lib/rows.circom";
include "./lib/mandate.circom";
include "./lib/sealing.circom";

// One submission of a vault: it settles the last order, keeps the mandate and seals a new order.
// docs/protocol.md says what each part means. Public signals, in this order: h, d, x.
//
//   N slots, U clearing groups, S stress scenarios, M committee members,
//   T_ORDER and T_BOOK degrees of the sharing polynomials
template Rebalance(N, U, S, M, T_ORDER, T_BOOK) {
    assert(N % U == 0);
    assert(N <= 16);

    // ------------------------------------------------------------------ public
    signal output h;                                // digest of the words
    signal output d;                                // Σ words_j·x^j
    signal input x;                                 // challenge, fixed by h and the words

    // ------------------------------------------------------------------ private
    signal input words[TRANSCRIPT_WORDS(N, U, S, M)];

    // The old book
    signal input q0[N];                             // lots, signed
    signal input order0[N];                         // lots, signed
    signal input cashAdj0;                          // µUSD, signed
    signal input nav0;                              // µUSD, signed
    signal input age0;                              // epochs
    signal input clean0;                            // bit
    signal input salt0;

    // The decision
    signal input order[N];                          // Δ, lots, signed
    signal input clean;                             // bit: no row leans on a relaxation

    // Secrets of the submission
    signal input salt;
    signal input rho[U];                            // < 2^240
    signal input ephemeral;                         // odd, in [2^249, 2^250)
    signal input bookKey;
    signal input orderCoef[U][T_ORDER];
    signal input rhoCoef[U][T_ORDER];
    signal input bookKeyCoef[T_BOOK];

    // Claims about the mandate
    signal input lossBefore[U];                     // µUSD, bounds of the groups' worst losses
    signal input lossAfter[U];                      // µUSD
    signal input worst[U][S];                       // bit: the scenario whose loss a relaxation is measured by
    signal input relaxDelta[U][2];                  // bits; 0 upper side, 1 lower side
    signal input relaxGamma[U][2];
    signal input relaxVega[U][2];
    signal input relaxConcentration[N];
    signal input relaxGross;
    signal input relaxNet[2];
    signal input relaxMargin;
    signal input relaxCash;

    // ------------------------------------------------------------------ 1. the transcript
    h <== Sponge(TRANSCRIPT_WORDS(N, U, S, M))(words);
    d <== Evaluate(TRANSCRIPT_WORDS(N, U, S, M))(words, x);

    Transcript(N, U, S, M) transcript;
    transcript <== ReadTranscript(N, U, S, M)(words);

    // ------------------------------------------------------------------ 2. the old book, settled
    component old = OpenBook(N);
    old.positions <== q0;
    old.order <== order0;
    old.cashAdj <== cashAdj0;
    old.nav <== nav0;
    old.age <== age0;
    old.clean <== clean0;
    old.salt <== salt0;
    old.commitment <== transcript.header.oldCommitment;

    component settle = Settle(N, U);
    settle.book <== old.book;
    settle.isBuy <== old.isBuy;
    settle.filled <== transcript.filled;
    settle.fills <== transcript.fills;
    for (var i = 0; i < N; i++) settle.carryIndex[i] <== transcript.instruments[i].carryIndex;

    component before = Expose(N, U, S);
    before.positions <== settle.positions;
    before.magnitudes <== settle.magnitudes;
    before.isLong <== settle.isLong;
    before.instruments <== transcript.instruments;
    before.loss <== lossBefore;

    component value = NetAssetValue();
    value.cash <== settle.cash;
    var positionValue = 0;
    for (var g = 0; g < U; g++) positionValue += before.out.value[g];
    value.positionValue <== positionValue;
    value.cashFlow <== transcript.header.cashFlow;
    value.dealing <== transcript.header.dealing;
    value.printed === transcript.header.nav;
    value.insolvent === transcript.header.insolvent;

    // ------------------------------------------------------------------ 3. the order
    component delta[N];
    component deltaMagnitude[N];
    component held[N];
    component heldMagnitude[N];
    signal {binary} orderBits[N][32];
    signal {natural, maxAbs} orderMagnitudes[N];
    signal after[N];
    signal {natural, maxAbs} afterMagnitudes[N];
    signal {binary} afterIsLong[N];
    orderMagnitudes.maxAbs = 2 ** 31;
    afterMagnitudes.maxAbs = 2 ** 40;

    // Halted or insolvent: no order.
    signal {binary} forced;
    forced <== 1 - (1 - transcript.header.halted) * (1 - value.insolvent);

    for (var i = 0; i < N; i++) {
        forced * order[i] === 0;

        delta[i] = Integer(31);
        delta[i].in <== order[i];
        orderBits[i] <== delta[i].bits;
        deltaMagnitude[i] = Magnitude();
        deltaMagnitude[i].in <== delta[i].out;
        deltaMagnitude[i].isNatural <== delta[i].isNatural;
        orderMagnitudes[i] <== deltaMagnitude[i].out;

        // |q| <= 2^40, |Δ| <= 2^31: the sum can't wrap into the range.
        held[i] = Integer(40);
        held[i].in <== settle.positions[i] + order[i];
        after[i] <== held[i].out;
        heldMagnitude[i] = Magnitude();
        heldMagnitude[i].in <== held[i].out;
        heldMagnitude[i].isNatural <== held[i].isNatural;
        afterMagnitudes[i] <== heldMagnitude[i].out;
        afterIsLong[i] <== held[i].isNatural;
    }
    component exposed = Expose(N, U, S);
    exposed.positions <== after;
    exposed.magnitudes <== afterMagnitudes;
    exposed.isLong <== afterIsLong;
    exposed.instruments <== transcript.instruments;
    exposed.loss <== lossAfter;

    // ------------------------------------------------------------------ 4. the mandate
    signal {binary} isClean;
    isClean <== Bit()(clean);

    component age = BreachAge(U);
    age.oldAge <== old.book.age;
    age.oldClean <== old.book.clean;
    age.filled <== transcript.filled;
    age.clean <== isClean;

    component relax = Relax(N, U);
    relax.delta <== relaxDelta;
    relax.gamma <== relaxGamma;
    relax.vega <== relaxVega;
    relax.concentration <== relaxConcentration;
    relax.gross <== relaxGross;
    relax.net <== relaxNet;
    relax.margin <== relaxMargin;
    relax.cash <== relaxCash;
    relax.outflow <== transcript.header.outflow;
    relax.clean <== isClean;

    // Both below 2^32.
    signal {binary} overdue;
    overdue <== IsAbove()(age.base, transcript.mandate.breachEpochs);
    Terms() terms;
    terms.strict <== overdue * (1 - forced);
    terms.outflow <== transcript.header.outflow;

    component mandate = WithinMandate(N, U, S);
    mandate.mandate <== transcript.mandate;
    mandate.instruments <== transcript.instruments;
    mandate.capital <== value.capital;
    mandate.nav <== value.nav;
    mandate.before <== before.out;
    mandate.after <== exposed.out;
    mandate.orderMagnitudes <== orderMagnitudes;
    mandate.afterMagnitudes <== afterMagnitudes;
    mandate.afterIsLong <== afterIsLong;
    mandate.worst <== worst;
    mandate.relax <== relax.out;
    mandate.forced <== forced;
    mandate.terms <== terms;

    // ------------------------------------------------------------------ 5. the new book
    component cashAdj = Integer(62);
    cashAdj.in <== settle.cashAdj + transcript.header.cashFlow;

    Book(N) book;
    book.positions <== settle.positions;
    book.order.maxAbs = 2 ** 31;
    for (var i = 0; i < N; i++) book.order[i] <== delta[i].out;
    book.cashAdj <== cashAdj.out;
    book.nav <== value.nav;
    book.age <== age.age;
    book.clean <== isClean;
    book.salt <== salt;

    signal bookWords[BOOK_WORDS(N)];
    bookWords <== BookWords(N)(book);
    signal newCommitment;
    newCommitment <== BookCommitment(N)(bookWords);
    newCommitment === transcript.header.newCommitment;

    // ------------------------------------------------------------------ 6. the seal
    component seal = Seal(N, U, M, T_ORDER, T_BOOK);
    seal.header <== transcript.header;
    seal.memberKeys <== transcript.memberKeys;
    seal.orderBits <== orderBits;
    seal.rho <== rho;
    seal.ephemeral <== ephemeral;
    seal.bookKey <== bookKey;
    seal.orderCoef <== orderCoef;
    seal.rhoCoef <== rhoCoef;
    seal.bookKeyCoef <== bookKeyCoef;
    seal.bookWords <== bookWords;

    for (var g = 0; g < U; g++) {
        seal.orderCommitments[g].x === transcript.orderCommitments[g].x;
        seal.orderCommitments[g].y === transcript.orderCommitments[g].y;
    }
    seal.ephemeralKey.x === transcript.ephemeral.x;
    seal.ephemeralKey.y === transcript.ephemeral.y;
    for (var j = 0; j < M; j++) {
        for (var g = 0; g < U; g++) {
            seal.shares[j].order[g] === transcript.shares[j].order[g];
            seal.shares[j].rho[g] === transcript.shares[j].rho[g];
        }
        seal.shares[j].bookKey === transcript.shares[j].bookKey;
    }
    for (var w = 0; w < BOOK_WORDS(N); w++) {
        seal.sealedBook[w] === transcript.sealedBook[w];
    }
}
