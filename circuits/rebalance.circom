pragma circom 2.2.0;

include "./lib/numeric.circom";
include "./lib/format.circom";
include "./lib/digest.circom";
include "./lib/book.circom";
include "./lib/settle.circom";
include "./lib/rows.circom";
include "./lib/mandate.circom";
include "./lib/sealing.circom";
include "./strategy/decision.circom";
include "./strategy/refusal.circom";

// One submission of a vault: it settles the last order, sends the order its strategy decides, keeps the mandate and
// seals the order.
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
    signal input breachSince0;                      // epoch, 0 for none
    signal input halvings0;                         // 0 … 7
    signal input salt0;

    // The strategy
    signal input strategyWords[STRATEGY_WORDS()];   // the salt last
    signal input sleeveWeights[SLEEVE_ASSETS(N)];   // 2^-16 bps
    signal input sleevePrice;

    // The decision
    signal input order[N];                          // lots, signed: the one decided, sent or not
    signal input directions[N];                     // bit: towards more; of an order of 0 the side of its gap
    signal input clips[N][3];                       // which limit binds: participation, position, cash
    signal input retreatBy[N];                      // one-hot: the slot that is tightest in a retreat, or none
    signal input refusedRow[ROWS(N, U)];            // one-hot: a row that refuses the order, or none

    // Secrets of the submission
    signal input salt;
    signal input rho[U];                            // < 2^240
    signal input ephemeral;                         // odd, in [2^249, 2^250)
    signal input bookKey;
    signal input orderCoef[U][T_ORDER];
    signal input rhoCoef[U][T_ORDER];
    signal input bookKeyCoef[T_BOOK];

    // Claims about the mandate
    signal input lossBefore[U];                     // µUSD, the groups' worst losses
    signal input lossAfter[U];                      // µUSD

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
    old.breachSince <== breachSince0;
    old.halvings <== halvings0;
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

    // ------------------------------------------------------------------ 3. the strategy
    component market = ReadSignals(N, U);
    market.signalWord <== transcript.signals;
    market.correlationWord <== transcript.correlations;

    component strategy = StrategyInForce(N, U);
    strategy.words <== strategyWords;
    strategy.commitment <== transcript.header.strategyCommitment;
    strategy.market <== market.out;

    component target = TargetWeights(N, U);
    target.table <== strategy.table;
    target.common <== strategy.common;
    target.market <== market.out;
    target.weights <== sleeveWeights;
    target.price <== sleevePrice;

    // ------------------------------------------------------------------ 4. the order
    component delta[N];
    component deltaMagnitude[N];
    component held[N];
    component heldMagnitude[N];
    Move() moves[N];
    signal {binary} orderBits[N][32];
    signal {natural, maxAbs} orderMagnitudes[N];
    signal traded[N];
    signal after[N];
    signal {natural, maxAbs} afterMagnitudes[N];
    signal {binary} afterIsLong[N];
    orderMagnitudes.maxAbs = 2 ** 31;
    afterMagnitudes.maxAbs = 2 ** 40;

    // Halted, insolvent or in an epoch that pays redemptions: no order.
    signal {binary} forced;
    signal {binary} idle;
    forced <== 1 - (1 - transcript.header.halted) * (1 - value.insolvent);
    idle <== 1 - (1 - forced) * (1 - transcript.header.outflow);

    for (var i = 0; i < N; i++) {
        idle * order[i] === 0;

        delta[i] = Integer(31);
        delta[i].in <== order[i];
        orderBits[i] <== delta[i].bits;
        deltaMagnitude[i] = Magnitude();
        deltaMagnitude[i].in <== delta[i].out;
        deltaMagnitude[i].isNatural <== delta[i].isNatural;
        orderMagnitudes[i] <== deltaMagnitude[i].out;
        traded[i] <== orderMagnitudes[i] * transcript.instruments[i].notional;

        // |q| <= 2^40, |Δ| <= 2^31: the sum can't wrap into the range.
        held[i] = Integer(40);
        held[i].in <== settle.positions[i] + order[i];
        after[i] <== held[i].out;
        heldMagnitude[i] = Magnitude();
        heldMagnitude[i].in <== held[i].out;
        heldMagnitude[i].isNatural <== held[i].isNatural;
        afterMagnitudes[i] <== heldMagnitude[i].out;
        afterIsLong[i] <== held[i].isNatural;

        moves[i].held <== settle.positions[i];
        moves[i].heldIsLong <== settle.isLong[i];
        moves[i].heldMagnitude <== settle.magnitudes[i];
        moves[i].order <== order[i];
        moves[i].isBuy <== delta[i].isNatural;
        moves[i].magnitude <== deltaMagnitude[i].out;
        moves[i].isNone <== EqualsZero()(order[i]);
        moves[i].after <== held[i].out;
        moves[i].afterIsLong <== held[i].isNatural;
    }
    component exposed = Expose(N, U, S);
    exposed.positions <== after;
    exposed.magnitudes <== afterMagnitudes;
    exposed.isLong <== afterIsLong;
    exposed.instruments <== transcript.instruments;
    exposed.loss <== lossAfter;

    // ------------------------------------------------------------------ 5. the mandate
    component refused = NamedRow(N, U);
    refused.in <== refusedRow;
    // The smaller of the strategy's and the mandate's, both below 2^14.
    signal {binary} isAbove;
    signal {natural, maxAbs} participationBps;
    isAbove <== IsAbove()(strategy.table.participationBps, transcript.mandate.participationBps);
    participationBps.maxAbs = transcript.mandate.participationBps.maxAbs;
    participationBps <== strategy.table.participationBps
        + isAbove * (transcript.mandate.participationBps - strategy.table.participationBps);

    component mandate = WithinMandate(N, U, S);
    mandate.mandate <== transcript.mandate;
    mandate.instruments <== transcript.instruments;
    mandate.capital <== value.capital;
    mandate.nav <== value.nav;
    mandate.participationBps <== participationBps;
    mandate.before <== before.out;
    mandate.after <== exposed.out;
    mandate.orderMagnitudes <== orderMagnitudes;
    mandate.traded <== traded;
    mandate.afterMagnitudes <== afterMagnitudes;
    mandate.afterIsLong <== afterIsLong;
    mandate.breachSince <== old.book.breachSince;
    mandate.epoch <== transcript.header.epoch;
    mandate.outflow <== transcript.header.outflow;
    mandate.idle <== idle;
    mandate.refused <== refused.any;

    // An order is refused by a row that names it. Where the book has to shrink, or nothing was decided, none is.
    component refusal = RefusedRow(N, U);
    refusal.named <== refused.out;
    refusal.any <== refused.any;
    refusal.values <== mandate.values;
    refusal.floors <== mandate.floors;
    refusal.limits <== mandate.limits;
    refused.any * (mandate.strict + idle) === 0;

    // ------------------------------------------------------------------ 6. the decision
    component mode = Mode();
    mode.idle <== idle;
    mode.strict <== mandate.strict;
    mode.margin <== mandate.margin;
    mode.marginTriggerBps <== strategy.common.marginTriggerBps;
    mode.capital <== value.capital;

    component decide = Decide(N, U, S);
    decide.instruments <== transcript.instruments;
    decide.moves <== moves;
    decide.traded <== traded;
    decide.before <== before.out;
    decide.after <== exposed.out;
    decide.allowed <== mandate.allowed;
    decide.spendable <== mandate.limits.cash;
    decide.trades <== mode.trades;
    decide.retreats <== mode.retreats;
    decide.epoch <== transcript.header.epoch;
    decide.halvings <== old.halvingBits;
    decide.inUse <== CapitalInUse()(value.capital, transcript.header.cashWanted);
    decide.table <== strategy.table;
    decide.common <== strategy.common;
    decide.market <== market.out;
    decide.weightBps <== target.out;
    decide.directions <== directions;
    decide.clips <== clips;
    decide.retreatBy <== retreatBy;

    // What is refused is not sent.
    signal {maxAbs} sent[N];
    sent.maxAbs = 2 ** 31;
    for (var i = 0; i < N; i++) sent[i] <== (1 - refused.any) * order[i];

    // ------------------------------------------------------------------ 7. the new book
    component cashAdj = Integer(62);
    cashAdj.in <== settle.cashAdj + transcript.header.cashFlow;

    Book(N) book;
    book.positions <== settle.positions;
    book.order <== sent;
    book.cashAdj <== cashAdj.out;
    book.nav <== value.nav;
    book.breachSince <== mandate.since;
    component halvings = NextHalvings();
    halvings.old <== old.book.halvings;
    halvings.bits <== old.halvingBits;
    halvings.refused <== refused.any;
    halvings.idle <== idle;
    book.halvings <== halvings.out;
    book.salt <== salt;

    signal bookWords[BOOK_WORDS(N)];
    bookWords <== BookWords(N)(book);
    signal newCommitment;
    newCommitment <== BookCommitment(N)(bookWords);
    newCommitment === transcript.header.newCommitment;

    // ------------------------------------------------------------------ 8. the seal
    component seal = Seal(N, U, M, T_ORDER, T_BOOK);
    seal.header <== transcript.header;
    seal.memberKeys <== transcript.memberKeys;
    seal.orderBits <== orderBits;
    seal.refused <== refused.any;
    seal.order <== sent;
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
