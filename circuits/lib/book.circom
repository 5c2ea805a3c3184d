pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "./numeric.circom";
include "./format.circom";

// A vault's book: its words and the commitment to them. docs/protocol.md, section 3.

// Every field is in the range its lane has room for, so the words determine it.
bus Book(N) {
    signal {maxAbs} positions[N];           // lots, in [-2^40, 2^40)
    signal {maxAbs} order[N];               // lots, in [-2^31, 2^31)
    signal {maxAbs} cashAdj;                // µUSD, in [-2^62, 2^62)
    signal {maxAbs} nav;                    // µUSD, in [-2^50, 2^50)
    // The epoch since which the settled book is outside its mandate, 0 if it is inside; < 2^32
    signal {natural, maxAbs} breachSince;
    signal {natural, maxAbs} halvings;      // of the strategy's pace, 0 … 7
    signal salt;
}

// The book words: positions and orders in lanes, misc, salt.
template BookWords(N) {
    input Book(N) book;
    signal output out[BOOK_WORDS(N)];

    var POSITIONS = POSITIONS_PER_WORD();
    var ORDERS = ORDERS_PER_WORD();
    var PW = CEIL_DIV(N, POSITIONS);
    var OW = CEIL_DIV(N, ORDERS);
    // What makes a signed field a natural number.
    var POSITION_OFFSET = 2 ** (POSITION_LANE() - 1);
    var ORDER_OFFSET = 2 ** (ORDER_LANE() - 1);
    var CASH_ADJ_OFFSET = 2 ** CASH_ADJ_BITS();
    var NAV_OFFSET = 2 ** NAV_BITS();

    // The lanes hold what the tags allow.
    assert(book.positions.maxAbs <= POSITION_OFFSET);
    assert(book.order.maxAbs <= ORDER_OFFSET);
    assert(book.cashAdj.maxAbs <= CASH_ADJ_OFFSET);
    assert(book.nav.maxAbs <= NAV_OFFSET);
    assert(book.breachSince.maxAbs < 2 ** BREACH_SINCE_BITS());
    assert(book.halvings.maxAbs < 2 ** HALVINGS_BITS());

    for (var w = 0; w < PW; w++) {
        var word = 0;
        for (var k = 0; k < POSITIONS && POSITIONS * w + k < N; k++) {
            word += (book.positions[POSITIONS * w + k] + POSITION_OFFSET) * 2 ** (POSITION_LANE() * k);
        }
        out[w] <== word;
    }
    for (var w = 0; w < OW; w++) {
        var word = 0;
        for (var k = 0; k < ORDERS && ORDERS * w + k < N; k++) {
            word += (book.order[ORDERS * w + k] + ORDER_OFFSET) * 2 ** (ORDER_LANE() * k);
        }
        out[PW + w] <== word;
    }
    out[PW + OW] <== (book.cashAdj + CASH_ADJ_OFFSET) * 2 ** CASH_ADJ_AT() + (book.nav + NAV_OFFSET) * 2 ** NAV_AT()
        + book.breachSince * 2 ** BREACH_SINCE_AT() + book.halvings * 2 ** HALVINGS_AT();
    out[PW + OW + 1] <== book.salt;
}

template BookCommitment(N) {
    signal input words[BOOK_WORDS(N)];
    signal output out;

    out <== Poseidon(BOOK_WORDS(N))(words);
}

// The book behind a commitment. Ranges every field, so that the commitment has one opening.
template OpenBook(N) {
    signal input positions[N];
    signal input order[N];
    signal input cashAdj;
    signal input nav;
    signal input breachSince;
    signal input halvings;
    signal input salt;
    signal input commitment;
    output Book(N) book;
    signal output {binary} isBuy[N];        // order >= 0
    signal output {binary} halvingBits[HALVINGS_BITS()];

    component position[N];
    component orders[N];
    book.positions.maxAbs = 2 ** (POSITION_LANE() - 1);
    book.order.maxAbs = 2 ** (ORDER_LANE() - 1);
    for (var i = 0; i < N; i++) {
        position[i] = Integer(POSITION_LANE() - 1);
        position[i].in <== positions[i];
        book.positions[i] <== position[i].out;

        orders[i] = Integer(ORDER_LANE() - 1);
        orders[i].in <== order[i];
        book.order[i] <== orders[i].out;
        isBuy[i] <== orders[i].isNatural;
    }
    component cash = Integer(CASH_ADJ_BITS());
    cash.in <== cashAdj;
    book.cashAdj <== cash.out;
    component value = Integer(NAV_BITS());
    value.in <== nav;
    book.nav <== value.out;
    book.breachSince <== Natural(BREACH_SINCE_BITS())(breachSince);
    halvingBits <== Bits(HALVINGS_BITS())(halvings);
    book.halvings.maxAbs = 2 ** HALVINGS_BITS() - 1;
    book.halvings <== halvings;
    book.salt <== salt;

    signal opened <== BookCommitment(N)(BookWords(N)(book));
    opened === commitment;
}
