pragma circom 2.2.0;

// Integers in the field, with their ranges carried in tags.
//
//   {binary}   0 or 1
//   {maxAbs}   an integer x with |x| <= maxAbs, as x mod r
//   {natural}  an integer >= 0; always together with maxAbs
//
// A comparison takes tagged signals only and computes its width from the tags, so it can't be fed a value nobody
// ranged. A tag is earned by a template of this file, follows from tagged operands (the line that sets it says how),
// or is taken on trust where the transcript is read (format.circom), nowhere else.
//
// Every `<--` of the project stands in this file, and each is followed by what makes its value the only one.

// Bits of a natural number known at compile time.
function BIT_LENGTH(x) {
    var n = 0;
    // Not `x > 0`: circom takes what is above r / 2 for negative.
    while (x != 0) {
        n++;
        x = x \ 2;
    }
    return n;
}

// Bits that |b - a| needs where |a| <= maxA and |b| <= maxB: at most 251, so that a negative difference, above
// r - 2^251, fits in no more than that.
function DIFFERENCE_BITS(maxA, maxB) {
    assert(BIT_LENGTH(maxA) <= 250);
    assert(BIT_LENGTH(maxB) <= 250);
    return BIT_LENGTH(maxA + maxB);
}

function LARGER(a, b) {
    return a > b ? a : b;
}

// ------------------------------------------------------------------------------------------------ bits

// The bits of `in`, least significant first: in must be < 2^n.
template Bits(n) {
    // 2^253 < r, so the sum can't wrap and no second decomposition exists.
    assert(n <= 253);

    signal input in;
    signal output {binary} out[n];

    // Bits are added up by Horner here and everywhere: the witness generator would compute 2^i anew for each.
    var sum = 0;
    for (var i = n - 1; i >= 0; i--) {
        out[i] <-- (in >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum = 2 * sum + out[i];
    }
    sum === in;
}

// `in` must be 0 or 1.
template Bit() {
    signal input in;
    signal output {binary} out;

    in * (in - 1) === 0;
    out <== in;
}

// Bits of which at most one is set.
template AtMostOne(n) {
    signal input in[n];
    signal output {binary} out[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        out[i] <== Bit()(in[i]);
        sum += out[i];
    }
    // sum <= n, far below r.
    sum * (sum - 1) === 0;
}

// out = 1 if in = 0, else 0.
template EqualsZero() {
    signal input in;
    signal output {binary} out;

    signal inverse;
    inverse <-- in != 0 ? 1 / in : 0;
    out <== 1 - in * inverse;
    in * out === 0;
    // Pins the inverse where in = 0 leaves it free.
    inverse * out === 0;
}

// ------------------------------------------------------------------------------------------------ ranges

// `in` must be in [0, 2^n).
template Natural(n) {
    signal input in;
    signal output {natural, maxAbs} out;

    component bits = Bits(n);
    bits.in <== in;
    out.maxAbs = 2 ** n - 1;
    out <== in;
}

// `in` must be an integer in [-2^n, 2^n). Offset-encoded: zero has one sign.
template Integer(n) {
    signal input in;
    signal output {maxAbs} out;
    signal output {binary} bits[n + 1];  // of in + 2^n
    signal output {binary} isNatural;    // in >= 0

    bits <== Bits(n + 1)(in + 2 ** n);
    isNatural <== bits[n];
    out.maxAbs = 2 ** n;
    out <== in;
}

// |in|, given its sign as Integer finds it.
template Magnitude() {
    signal input {maxAbs} in;
    signal input {binary} isNatural;
    signal output {natural, maxAbs} out;

    out.maxAbs = in.maxAbs;
    out <== (2 * isNatural - 1) * in;
}

// ------------------------------------------------------------------------------------------------ comparisons

// a <= b must hold.
template AssertAtMost() {
    signal input {maxAbs} a;
    signal input {maxAbs} b;

    // |b - a| <= a.maxAbs + b.maxAbs < 2^n: a negative difference is above r - 2^n, which no n bits give.
    component difference = Natural(DIFFERENCE_BITS(a.maxAbs, b.maxAbs));
    difference.in <== b - a;
}

// out = 1 if a > b, else 0.
template IsAbove() {
    signal input {maxAbs} a;
    signal input {maxAbs} b;
    signal output {binary} out;

    // |b - a| <= a.maxAbs + b.maxAbs < 2^n.
    component difference = Integer(DIFFERENCE_BITS(a.maxAbs, b.maxAbs));
    difference.in <== b - a;
    out <== 1 - difference.isNatural;
}

// The larger of a and b.
template Maximum() {
    signal input {maxAbs} a;
    signal input {maxAbs} b;
    signal output {maxAbs} out;

    out.maxAbs = LARGER(a.maxAbs, b.maxAbs);
    signal {binary} above;
    above <== IsAbove()(a, b);
    out <== b + above * (a - b);
}

// ------------------------------------------------------------------------------------------------ division

// floor(in / DIVISOR), of at most BITS bits
template DivideFloor(DIVISOR, BITS) {
    signal input {natural, maxAbs} in;
    signal output {natural, maxAbs} out;
    signal output {binary} bits[BITS];              // of out

    var remainderBits = BIT_LENGTH(DIVISOR - 1);
    assert(BIT_LENGTH(in.maxAbs \ DIVISOR) <= BITS);
    // quotient * DIVISOR + remainder < 2^(BITS + 2 * remainderBits) can't wrap.
    assert(BITS + 2 * remainderBits <= 252);

    out.maxAbs = in.maxAbs \ DIVISOR;
    out <-- in \ DIVISOR;
    bits <== Bits(BITS)(out);

    signal {natural, maxAbs} remainder;
    remainder <== Natural(remainderBits)(in - out * DIVISOR);
    signal {maxAbs} largest;
    largest.maxAbs = DIVISOR - 1;
    largest <== DIVISOR - 1;
    // remainder < 2^remainderBits, DIVISOR - 1 < 2^remainderBits.
    AssertAtMost()(remainder, largest);
}

// a / b in the field. The caller shows that b is not 0; otherwise the result is free.
template FieldQuotient() {
    signal input a;
    signal input b;
    signal output out;

    out <-- a / b;
    out * b === a;
}
