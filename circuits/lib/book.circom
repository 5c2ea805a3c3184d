pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "./numeric.circom";
include "./transcript.circom";

// A vault's book: its words and the commitment to them. docs/protocol.md, section 3.

// Every field is in the range its lane has room for, so the words determine it.
bus Book(N) {
    signal {maxAbs} positions[N];           // lots, in [-2^40, 2^40)
    signal {maxAbs} order[N];               // lots, in [-2^31, 2^31)
    signal {maxAbs} cashAdj;                // µUSD, in [-2^62, 2^62)
    signal {maxAbs} nav;                    // µUSD, in [-2^50, 2^50)
    signal {natural, maxAbs} age;           // epochs, < 2^32
    signal {binary} clean;
    signal {natural, maxAbs} halvings;      // of the strategy's pace, 0 … 7
    signal salt;
}

// The book words: positions in lanes of 41 bits, orders in lanes of 32, misc, salt.
template BookWords(N) {
    input Book(N) book;
    signal output out[BOOK_WORDS(N)];

    var PW = CEIL_DIV(N, 6);
    var OW = CEIL_DIV(N, 7);

    // Lanes of 41 and 32 bits hold what the tags allow.
    assert(book.positions.maxAbs <= 2 ** 40);
    assert(book.order.maxAbs <= 2 ** 31);
    assert(book.cashAdj.maxAbs <= 2 ** 62);
    assert(book.nav.maxAbs <= 2 ** 50);
    assert(book.age.maxAbs < 2 ** 32);
    assert(book.halvings.maxAbs < 2 ** 3);

    for (var w = 0; w < PW; w++) {
        var word = 0;
        for (var k = 0; k < 6 && 6 * w + k < N; k++) word += (book.positions[6 * w + k] + 2 ** 40) * 2 ** (41 * k);
        out[w] <== word;
    }
    for (var w = 0; w < OW; w++) {
        var word = 0;
        for (var k = 0; k < 7 && 7 * w + k < N; k++) word += (book.order[7 * w + k] + 2 ** 31) * 2 ** (32 * k);
        out[PW + w] <== word;
    }
    out[PW + OW] <== (book.cashAdj + 2 ** 62) + (book.nav + 2 ** 50) * 2 ** 64 + book.age * 2 ** 128 + book.clean * 2 ** 160 + book.halvings * 2 ** 161;
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
    signal input age;
    signal input clean;
    signal input halvings;
    signal input salt;
    signal input commitment;
    output Book(N) book;
    signal output {binary} isBuy[N];        // order >= 0
    signal output {binary} halvingBits[3];

    component position[N];
    component orders[N];
    book.positions.maxAbs = 2 ** 40;
    book.order.maxAbs = 2 ** 31;
    for (var i = 0; i < N; i++) {
        position[i] = Integer(40);
        position[i].in <== positions[i];
        book.positions[i] <== position[i].out;

        orders[i] = Integer(31);
        orders[i].in <== order[i];
        book.order[i] <== orders[i].out;
        isBuy[i] <== orders[i].isNatural;
    }
    component cash = Integer(62);
    cash.in <== cashAdj;
    book.cashAdj <== cash.out;
    component value = Integer(50);
    value.in <== nav;
    book.nav <== value.out;
    book.age <== Natural(32)(age);
    book.clean <== Bit()(clean);
    halvingBits <== Bits(3)(halvings);
    book.halvings.maxAbs = 7;
    book.halvings <== halvings;
    book.salt <== salt;

    signal opened <== BookCommitment(N)(BookWords(N)(book));
    opened === commitment;
}
