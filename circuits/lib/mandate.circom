pragma circom 2.2.0;

include "./numeric.circom";
include "./format.circom";
include "./rows.circom";

// The mandate: docs/protocol.md, section 5. One template per row of its table.
//
// `before` is the settled book, `after` the book if every group of the order fills. A relaxation bit, which nobody
// but the prover sees, trades a row's limit for "no worse than before".

// The relaxation bit of each row: 1 where the order needs it. Sides: 0 upper, 1 lower.
bus Relaxations(N, U) {
    signal {binary} delta[U][2];
    signal {binary} gamma[U][2];
    signal {binary} vega[U][2];
    signal {binary} concentration[N];
    signal {binary} gross;
    signal {binary} net[2];
    signal {binary} margin;
    signal {binary} cash;
}

// What every row is judged by. An order that is refused is not sent: each row then judges the settled book, as if the
// order were 0.
bus Terms() {
    signal {binary} strict;     // an old breach must shrink; then nothing can be refused
    signal {binary} refused;
}

// What the rows measure; lower sides of delta, gamma and vega are the opposites of the upper ones.
bus RowValues(N, U) {
    signal delta[U];
    signal gamma[U];
    signal vega[U];
    signal notional[N];
    signal gross;
    signal net[2];
    signal margin;
    signal cash;
    signal turnover;
}

bus Limits() {
    signal {natural, maxAbs} delta;
    signal {natural, maxAbs} gamma;
    signal {natural, maxAbs} vega;
    signal {natural, maxAbs} concentration;
    signal {natural, maxAbs} gross;
    signal {natural, maxAbs} net;
    signal {natural, maxAbs} initial;
    signal {natural, maxAbs} maintenance;
    signal {maxAbs} cash;                           // what may be spent
    signal {natural, maxAbs} turnover;
}

// ------------------------------------------------------------------------------------------------ shapes of a row

// floor(bps·capital / 10^4), µUSD
template Limit() {
    signal input {natural, maxAbs} bps;
    signal input {natural, maxAbs} capital;         // µUSD
    signal output {natural, maxAbs} out;

    // bps < 2^18, capital <= 2^50: the product stays below 2^69.
    signal {natural, maxAbs} product;
    product.maxAbs = bps.maxAbs * capital.maxAbs;
    product <== bps * capital;
    out <== DivideFloor(10000)(product);
}

// after <= limit or, relaxed, after <= before - strict. `after` is that of the book that is judged.
template Row() {
    signal input {maxAbs} before;
    signal input {maxAbs} after;
    signal input {maxAbs} limit;
    signal input {binary} relax;
    signal input {binary} strict;

    // limit and before - 1 are in the larger of the two ranges.
    signal {maxAbs} bound;
    bound.maxAbs = LARGER(limit.maxAbs, before.maxAbs + 1);
    bound <== limit + relax * (before - strict - limit);
    // |after| < 2^50, |bound| < 2^56: the difference stays below 2^57.
    AssertAtMost()(after, bound);
}

// The measure that is judged: that of the order, or of the settled book.
template Judged(n) {
    signal input {maxAbs} before[n];
    signal input {maxAbs} after[n];
    signal input {binary} refused;
    signal output {maxAbs} out[n];

    out.maxAbs = LARGER(before.maxAbs, after.maxAbs);
    for (var k = 0; k < n; k++) out[k] <== after[k] + refused * (before[k] - after[k]);
}

// Σ_g max(before_g, after_g) <= limit: whichever groups fill. Or, relaxed, Σ_g max(before_g, after_g) <= Σ_g before_g
// and Σ_g after_g <= Σ_g before_g - strict.
template SpanningRow(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} after[U];
    signal input {maxAbs} limit;
    signal input {binary} relax;
    input Terms() terms;
    signal output {maxAbs} floor;                   // Σ_g before_g
    signal output {maxAbs} total;                   // Σ_g max(before_g, after_g)
    signal output {maxAbs} judged;                  // the one or, of an order that is refused, the other

    component highest[U];
    var highestSum = 0;
    var floorSum = 0;
    var afterSum = 0;
    for (var g = 0; g < U; g++) {
        highest[g] = Maximum();
        highest[g].a <== before[g];
        highest[g].b <== after[g];
        highestSum += highest[g].out;
        floorSum += before[g];
        afterSum += after[g];
    }
    floor.maxAbs = U * before.maxAbs;
    floor <== floorSum;
    total.maxAbs = U * LARGER(before.maxAbs, after.maxAbs);
    total <== highestSum;
    judged.maxAbs = total.maxAbs;
    judged <== total + terms.refused * (floor - total);

    signal {maxAbs} bound;
    bound.maxAbs = LARGER(limit.maxAbs, floor.maxAbs);
    bound <== limit + relax * (floor - limit);
    // U <= 4 and |before|, |after| < 2^51, |limit| < 2^56: the difference stays below 2^57.
    AssertAtMost()(judged, bound);

    // Without strict it follows from the row above.
    signal {binary} shrinks;
    shrinks <== relax * terms.strict;
    signal {maxAbs} worse;
    worse.maxAbs = U * (after.maxAbs + before.maxAbs) + 1;
    worse <== shrinks * (afterSum + 1 - floorSum);
    signal {maxAbs} none;
    none.maxAbs = 0;
    none <== 0;
    // |worse| <= U·(|after| + |before|) + 1 < 2^55.
    AssertAtMost()(worse, none);
}

// ------------------------------------------------------------------------------------------------ rows of a group

// delta, gamma, vega: a group's total on both sides.
template GreekRow(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} after[U];
    signal input {maxAbs} limit;
    signal input {binary} relax[U][2];
    input Terms() terms;
    signal output {maxAbs} judged[U];

    judged <== Judged(U)(before, after, terms.refused);
    signal {maxAbs} beforeLower[U];
    signal {maxAbs} judgedLower[U];
    beforeLower.maxAbs = before.maxAbs;
    judgedLower.maxAbs = judged.maxAbs;
    component upper[U];
    component lower[U];
    for (var g = 0; g < U; g++) {
        beforeLower[g] <== -before[g];
        judgedLower[g] <== -judged[g];

        upper[g] = Row();
        upper[g].before <== before[g];
        upper[g].after <== judged[g];
        upper[g].limit <== limit;
        upper[g].relax <== relax[g][0];
        upper[g].strict <== terms.strict;

        lower[g] = Row();
        lower[g].before <== beforeLower[g];
        lower[g].after <== judgedLower[g];
        lower[g].limit <== limit;
        lower[g].relax <== relax[g][1];
        lower[g].strict <== terms.strict;
    }
}

// ------------------------------------------------------------------------------------------------ rows of a slot

// |position|·notional
template ConcentrationRow(N) {
    signal input {maxAbs} before[N];
    signal input {maxAbs} after[N];
    signal input {maxAbs} limit;
    signal input {binary} relax[N];
    input Terms() terms;
    signal output {maxAbs} judged[N];

    judged <== Judged(N)(before, after, terms.refused);
    component row[N];
    for (var i = 0; i < N; i++) {
        row[i] = Row();
        row[i].before <== before[i];
        row[i].after <== judged[i];
        row[i].limit <== limit;
        row[i].relax <== relax[i];
        row[i].strict <== terms.strict;
    }
}

// |Δ|·10^4 <= participationBps·liquidity, for the decided order, which keeps its limits before the mandate is asked.
template ParticipationRow(N) {
    signal input {natural, maxAbs} orderMagnitudes[N];      // lots
    signal input {natural, maxAbs} participationBps;
    signal input {natural, maxAbs} liquidity[N];            // lots
    signal output {natural, maxAbs} allowed[N];             // 10^-4 lots

    signal {maxAbs} traded[N];
    traded.maxAbs = orderMagnitudes.maxAbs * 10000;
    allowed.maxAbs = participationBps.maxAbs * liquidity.maxAbs;
    for (var i = 0; i < N; i++) {
        traded[i] <== orderMagnitudes[i] * 10000;
        allowed[i] <== participationBps * liquidity[i];
        // |Δ|·10^4 < 2^45, participationBps·liquidity < 2^45.
        AssertAtMost()(traded[i], allowed[i]);
    }
}

// |q + Δ| <= positionCap; q + Δ >= 0 where the slot may not be short.
template PositionCapRow(N) {
    signal input {natural, maxAbs} magnitudes[N];           // |q + Δ|, lots
    signal input {binary} isLong[N];                        // q + Δ >= 0
    signal input {natural, maxAbs} positionCap[N];          // lots
    signal input {binary} mayBeShort[N];

    for (var i = 0; i < N; i++) {
        // Both at most 2^40.
        AssertAtMost()(magnitudes[i], positionCap[i]);
        (1 - mayBeShort[i]) * (1 - isLong[i]) === 0;
    }
}

// ------------------------------------------------------------------------------------------------ rows of the vault

// Σ |position|·notional, by group.
template GrossRow(N, U) {
    signal input {maxAbs} before[N];
    signal input {maxAbs} after[N];
    signal input {maxAbs} limit;
    signal input {binary} relax;
    input Terms() terms;
    signal output {maxAbs} floor;
    signal output {maxAbs} total;
    signal output {maxAbs} judged;

    var SLOTS = N \ U;
    signal {maxAbs} groupBefore[U];
    signal {maxAbs} groupAfter[U];
    // The snapshot bounds a group's sum, Σ positionCap·notional < 2^48, like each of its terms.
    groupBefore.maxAbs = before.maxAbs;
    groupAfter.maxAbs = after.maxAbs;
    for (var g = 0; g < U; g++) {
        var beforeSum = 0;
        var afterSum = 0;
        for (var i = g * SLOTS; i < (g + 1) * SLOTS; i++) {
            beforeSum += before[i];
            afterSum += after[i];
        }
        groupBefore[g] <== beforeSum;
        groupAfter[g] <== afterSum;
    }

    component row = SpanningRow(U);
    row.before <== groupBefore;
    row.after <== groupAfter;
    row.limit <== limit;
    row.relax <== relax;
    row.terms <== terms;
    floor <== row.floor;
    total <== row.total;
    judged <== row.judged;
}

// Group totals of delta on both sides: 0 upper, 1 lower.
template NetRow(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} after[U];
    signal input {maxAbs} limit;
    signal input {binary} relax[2];
    input Terms() terms;
    signal output {maxAbs} floor[2];
    signal output {maxAbs} total[2];
    signal output {maxAbs} judged[2];

    component row[2];
    floor.maxAbs = U * before.maxAbs;
    total.maxAbs = U * LARGER(before.maxAbs, after.maxAbs);
    judged.maxAbs = total.maxAbs;
    signal {maxAbs} sidesBefore[2][U];
    signal {maxAbs} sidesAfter[2][U];
    sidesBefore.maxAbs = before.maxAbs;
    sidesAfter.maxAbs = after.maxAbs;
    for (var side = 0; side < 2; side++) {
        for (var g = 0; g < U; g++) {
            sidesBefore[side][g] <== (1 - 2 * side) * before[g];
            sidesAfter[side][g] <== (1 - 2 * side) * after[g];
        }
        row[side] = SpanningRow(U);
        row[side].before <== sidesBefore[side];
        row[side].after <== sidesAfter[side];
        row[side].limit <== limit;
        row[side].relax <== relax[side];
        row[side].terms <== terms;
        floor[side] <== row[side].floor;
        total[side] <== row[side].total;
        judged[side] <== row[side].judged;
    }
}

// Margin of each group: its worst loss and its contingency. Above the maintenance limit the margin must shrink at once,
// however young the breach, and no order is refused.
template MarginRow(U) {
    signal input {natural, maxAbs} lossBefore[U];           // µUSD
    signal input {natural, maxAbs} lossAfter[U];            // µUSD
    signal input {natural, maxAbs} contingencyBefore[U];    // µUSD
    signal input {natural, maxAbs} contingencyAfter[U];     // µUSD
    signal input {maxAbs} initial;                          // µUSD, limit of what an order may build up
    signal input {maxAbs} maintenance;                      // µUSD, limit of what may be held without reducing it
    signal input {binary} relax;
    signal input {binary} idle;                             // no order can be sent
    input Terms() terms;                                    // not strict if idle
    signal output {binary} strict;                          // for want of margin or any other
    signal output {natural, maxAbs} floor;
    signal output {maxAbs} total;
    signal output {maxAbs} judged;

    // 1. Margins
    signal {natural, maxAbs} before[U];
    signal {natural, maxAbs} after[U];
    before.maxAbs = lossBefore.maxAbs + contingencyBefore.maxAbs;
    after.maxAbs = lossAfter.maxAbs + contingencyAfter.maxAbs;
    var held = 0;
    for (var g = 0; g < U; g++) {
        before[g] <== lossBefore[g] + contingencyBefore[g];
        after[g] <== lossAfter[g] + contingencyAfter[g];
        held += before[g];
    }
    floor.maxAbs = U * before.maxAbs;
    floor <== held;

    // 2. The call: floor <= U·2^49 <= 2^51, maintenance <= 2^50.
    signal {binary} called;
    called <== IsAbove()(floor, maintenance);
    strict <== terms.strict + (1 - idle - terms.strict) * called;
    Terms() marginTerms;
    marginTerms.strict <== strict;
    marginTerms.refused <== terms.refused;

    component row = SpanningRow(U);
    row.before <== before;
    row.after <== after;
    row.limit <== initial;
    row.relax <== relax;
    row.terms <== marginTerms;
    total <== row.total;
    judged <== row.judged;
}

// What each group's order costs at worst, against the cash above the floor. Before the order: nothing.
template CashRow(N, U) {
    signal input {maxAbs} valueBefore[U];           // µUSD
    signal input {maxAbs} valueAfter[U];            // µUSD
    signal input {natural, maxAbs} orderMagnitudes[N];
    signal input slip[N];                           // µUSD per lot
    signal input {maxAbs} nav;                      // µUSD, after the flow of the epoch
    signal input {natural, maxAbs} floor;           // µUSD
    signal input {binary} relax;
    input Terms() terms;
    signal output {maxAbs} spendable;               // µUSD, the limit
    signal output {maxAbs} total;
    signal output {maxAbs} judged;

    // 1. Outlay: Σ Δ·value is what the group's value grows by; Σ |Δ|·slip < 2^48, because |Δ| <= liquidity.
    var SLOTS = N \ U;
    signal slips[N];
    signal {maxAbs} nothing[U];
    signal {maxAbs} outlay[U];
    nothing.maxAbs = 0;
    outlay.maxAbs = valueBefore.maxAbs + valueAfter.maxAbs + 2 ** 48;
    var held = 0;
    for (var g = 0; g < U; g++) {
        var slipSum = 0;
        for (var i = g * SLOTS; i < (g + 1) * SLOTS; i++) {
            slips[i] <== orderMagnitudes[i] * slip[i];
            slipSum += slips[i];
        }
        nothing[g] <== 0;
        outlay[g] <== valueAfter[g] - valueBefore[g] + slipSum;
        held += valueBefore[g];
    }

    // 2. Cash of the settled book and the flow of the epoch are what NAV holds beyond positions.
    spendable.maxAbs = nav.maxAbs + U * valueBefore.maxAbs + floor.maxAbs;
    spendable <== nav - held - floor;

    component row = SpanningRow(U);
    row.before <== nothing;
    row.after <== outlay;
    row.limit <== spendable;
    row.relax <== relax;
    row.terms <== terms;
    total <== row.total;
    judged <== row.judged;
}

// Σ |Δ|·notional <= limit
template TurnoverRow(N, U) {
    signal input traded[N];                         // µUSD, |Δ|·notional
    signal input {maxAbs} limit;
    signal input {binary} refused;
    signal output total;

    var sum = 0;
    for (var i = 0; i < N; i++) sum += traded[i];
    total <== sum;
    signal {maxAbs} turnover;
    // |Δ| <= |q| + |q + Δ| <= 2·positionCap, and Σ positionCap·notional of each of U groups < 2^48.
    turnover.maxAbs = U * 2 ** 49;
    turnover <== (1 - refused) * total;
    // turnover <= 2^51, limit < 2^56.
    AssertAtMost()(turnover, limit);
}

// ------------------------------------------------------------------------------------------------ all rows

template WithinMandate(N, U, S) {
    input Mandate() mandate;
    input Instrument(S) instruments[N];
    signal input {natural, maxAbs} capital;         // µUSD
    signal input {maxAbs} nav;                      // µUSD, after the flow of the epoch
    signal input {natural, maxAbs} participationBps;        // no more than the mandate's
    input Exposure(N, U, S) before;
    input Exposure(N, U, S) after;
    signal input {natural, maxAbs} orderMagnitudes[N];
    signal input traded[N];                         // µUSD, |Δ|·notional
    signal input {natural, maxAbs} afterMagnitudes[N];
    signal input {binary} afterIsLong[N];
    input Relaxations(N, U) relax;
    signal input {binary} idle;                     // no order can be sent
    input Terms() terms;
    signal output {binary} strict;                  // the terms, and a margin call
    signal output {natural, maxAbs} margin;         // µUSD, of the settled book
    signal output {natural, maxAbs} allowed[N];     // 10^-4 lots, participation of each slot
    output RowValues(N, U) floors;                  // of the settled book
    output RowValues(N, U) values;                  // of the order decided
    output RowValues(N, U) judged;                  // of the one or the other
    output Limits() limits;

    limits.delta <== Limit()(mandate.deltaBps, capital);
    limits.gamma <== Limit()(mandate.gammaBps, capital);
    limits.vega <== Limit()(mandate.vegaBps, capital);
    limits.concentration <== Limit()(mandate.concentrationBps, capital);
    limits.gross <== Limit()(mandate.grossBps, capital);
    limits.net <== Limit()(mandate.netBps, capital);
    limits.initial <== Limit()(mandate.initialMarginBps, capital);
    limits.maintenance <== Limit()(mandate.maintenanceMarginBps, capital);
    limits.turnover <== Limit()(mandate.turnoverBps, capital);

    // 1. Per group
    component delta = GreekRow(U);
    delta.before <== before.delta;
    delta.after <== after.delta;
    delta.limit <== limits.delta;
    delta.relax <== relax.delta;
    delta.terms <== terms;

    component gamma = GreekRow(U);
    gamma.before <== before.gamma;
    gamma.after <== after.gamma;
    gamma.limit <== limits.gamma;
    gamma.relax <== relax.gamma;
    gamma.terms <== terms;

    component vega = GreekRow(U);
    vega.before <== before.vega;
    vega.after <== after.vega;
    vega.limit <== limits.vega;
    vega.relax <== relax.vega;
    vega.terms <== terms;

    // 2. Per slot
    component concentration = ConcentrationRow(N);
    concentration.before <== before.notional;
    concentration.after <== after.notional;
    concentration.limit <== limits.concentration;
    concentration.relax <== relax.concentration;
    concentration.terms <== terms;

    component participation = ParticipationRow(N);
    participation.orderMagnitudes <== orderMagnitudes;
    participation.participationBps <== participationBps;
    component positionCap = PositionCapRow(N);
    positionCap.magnitudes <== afterMagnitudes;
    positionCap.isLong <== afterIsLong;

    // 3. The vault
    component gross = GrossRow(N, U);
    gross.before <== before.notional;
    gross.after <== after.notional;
    gross.limit <== limits.gross;
    gross.relax <== relax.gross;
    gross.terms <== terms;

    component net = NetRow(U);
    net.before <== before.delta;
    net.after <== after.delta;
    net.limit <== limits.net;
    net.relax <== relax.net;
    net.terms <== terms;

    component marginRow = MarginRow(U);
    marginRow.lossBefore <== before.worstLoss;
    marginRow.lossAfter <== after.worstLoss;
    marginRow.contingencyBefore <== before.contingency;
    marginRow.contingencyAfter <== after.contingency;
    marginRow.initial <== limits.initial;
    marginRow.maintenance <== limits.maintenance;
    marginRow.relax <== relax.margin;
    marginRow.idle <== idle;
    marginRow.terms <== terms;
    strict <== marginRow.strict;
    margin <== marginRow.floor;

    component cash = CashRow(N, U);
    cash.valueBefore <== before.value;
    cash.valueAfter <== after.value;
    cash.orderMagnitudes <== orderMagnitudes;
    cash.nav <== nav;
    cash.floor <== Limit()(mandate.cashFloorBps, capital);
    cash.relax <== relax.cash;
    cash.terms <== terms;

    component turnover = TurnoverRow(N, U);
    turnover.traded <== traded;
    turnover.limit <== limits.turnover;
    turnover.refused <== terms.refused;

    for (var i = 0; i < N; i++) {
        participation.liquidity[i] <== instruments[i].liquidity;
        positionCap.positionCap[i] <== instruments[i].positionCap;
        positionCap.mayBeShort[i] <== instruments[i].mayBeShort;
        cash.slip[i] <== instruments[i].slip;
    }
    allowed <== participation.allowed;
    limits.cash <== cash.spendable;

    // 4. What was measured
    floors.delta <== before.delta;
    floors.gamma <== before.gamma;
    floors.vega <== before.vega;
    floors.notional <== before.notional;
    floors.gross <== gross.floor;
    floors.net <== net.floor;
    floors.margin <== marginRow.floor;
    floors.cash <== 0;
    floors.turnover <== 0;

    values.delta <== after.delta;
    values.gamma <== after.gamma;
    values.vega <== after.vega;
    values.notional <== after.notional;
    values.gross <== gross.total;
    values.net <== net.total;
    values.margin <== marginRow.total;
    values.cash <== cash.total;
    values.turnover <== turnover.total;

    judged.delta <== delta.judged;
    judged.gamma <== gamma.judged;
    judged.vega <== vega.judged;
    judged.notional <== concentration.judged;
    judged.gross <== gross.judged;
    judged.net <== net.judged;
    judged.margin <== marginRow.judged;
    judged.cash <== cash.judged;
    // Its limit knows no relaxation.
    judged.turnover <== 0;
}

// The relaxation bits, none of which may be set in an epoch with outflow or in a clean order.
template Relax(N, U) {
    signal input delta[U][2];
    signal input gamma[U][2];
    signal input vega[U][2];
    signal input concentration[N];
    signal input gross;
    signal input net[2];
    signal input margin;
    signal input cash;
    signal input {binary} outflow;
    signal input {binary} clean;
    output Relaxations(N, U) out;

    // A sum of bits, far below r: 0 only if all are.
    var used = 0;
    for (var g = 0; g < U; g++) {
        for (var side = 0; side < 2; side++) {
            out.delta[g][side] <== Bit()(delta[g][side]);
            out.gamma[g][side] <== Bit()(gamma[g][side]);
            out.vega[g][side] <== Bit()(vega[g][side]);
            used += delta[g][side] + gamma[g][side] + vega[g][side];
        }
    }
    for (var i = 0; i < N; i++) {
        out.concentration[i] <== Bit()(concentration[i]);
        used += concentration[i];
    }
    out.gross <== Bit()(gross);
    out.net[0] <== Bit()(net[0]);
    out.net[1] <== Bit()(net[1]);
    out.margin <== Bit()(margin);
    out.cash <== Bit()(cash);
    used += gross + net[0] + net[1] + margin + cash;

    outflow * used === 0;
    clean * used === 0;
}
