pragma circom 2.2.0;

include "./numeric.circom";
include "./transcript.circom";
include "./rows.circom";

// The mandate: docs/protocol.md, section 5. One template per row of its table.
//
// `before` is the settled book, `after` the book if every group of the order fills. A relaxation bit, which nobody
// but the prover sees, trades a row's limit for "no worse than before".

// Which rows lean on a relaxation. Sides: 0 upper, 1 lower.
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

// What every row is judged by.
bus Terms() {
    signal {binary} strict;     // an old breach must shrink
    signal {binary} outflow;    // redemptions are paid: the settled book must be inside too
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

// after <= limit or, relaxed, after <= before - strict. In an epoch with outflow before <= limit too.
template Row() {
    signal input {maxAbs} before;
    signal input {maxAbs} after;
    signal input {maxAbs} limit;
    signal input {binary} relax;
    input Terms() terms;

    // limit and before - 1 are in the larger of the two ranges.
    signal {maxAbs} bound;
    bound.maxAbs = LARGER(limit.maxAbs, before.maxAbs + 1);
    bound <== limit + relax * (before - terms.strict - limit);
    // |after| < 2^50, |bound| < 2^56: the difference stays below 2^57.
    AssertAtMost()(after, bound);

    signal {maxAbs} excess;
    excess.maxAbs = before.maxAbs + limit.maxAbs;
    excess <== terms.outflow * (before - limit);
    signal {maxAbs} none;
    none.maxAbs = 0;
    none <== 0;
    // |excess| <= |before| + |limit| < 2^57.
    AssertAtMost()(excess, none);
}

// Σ_g max(before_g, after_g) <= limit: whichever groups fill. Or, relaxed, Σ_g max(before_g, after_g) <= Σ_g floor_g
// and Σ_g after_g <= Σ_g floor_g - strict, where floor_g <= before_g is what the settled book surely has.
template SpanningRow(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} floor[U];
    signal input {maxAbs} after[U];
    signal input {maxAbs} limit;
    signal input {binary} relax;
    input Terms() terms;

    component highest[U];
    var highestSum = 0;
    var floorSum = 0;
    var afterSum = 0;
    for (var g = 0; g < U; g++) {
        highest[g] = Maximum();
        highest[g].a <== before[g];
        highest[g].b <== after[g];
        highestSum += highest[g].out;
        floorSum += floor[g];
        afterSum += after[g];
    }

    signal {maxAbs} total;
    total.maxAbs = U * LARGER(before.maxAbs, after.maxAbs);
    total <== highestSum;
    signal {maxAbs} bound;
    bound.maxAbs = LARGER(limit.maxAbs, U * floor.maxAbs);
    bound <== limit + relax * (floorSum - limit);
    // U <= 4 and |before|, |after|, |floor| < 2^51, |limit| < 2^56: the difference stays below 2^57.
    AssertAtMost()(total, bound);

    signal {maxAbs} worse;
    worse.maxAbs = U * (after.maxAbs + floor.maxAbs) + 1;
    worse <== relax * (afterSum + terms.strict - floorSum);
    signal {maxAbs} none;
    none.maxAbs = 0;
    none <== 0;
    // |worse| <= U·(|after| + |floor|) + 1 < 2^55.
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

    signal {maxAbs} beforeLower[U];
    signal {maxAbs} afterLower[U];
    beforeLower.maxAbs = before.maxAbs;
    afterLower.maxAbs = after.maxAbs;
    component upper[U];
    component lower[U];
    for (var g = 0; g < U; g++) {
        beforeLower[g] <== -before[g];
        afterLower[g] <== -after[g];

        upper[g] = Row();
        upper[g].before <== before[g];
        upper[g].after <== after[g];
        upper[g].limit <== limit;
        upper[g].relax <== relax[g][0];
        upper[g].terms <== terms;

        lower[g] = Row();
        lower[g].before <== beforeLower[g];
        lower[g].after <== afterLower[g];
        lower[g].limit <== limit;
        lower[g].relax <== relax[g][1];
        lower[g].terms <== terms;
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

    component row[N];
    for (var i = 0; i < N; i++) {
        row[i] = Row();
        row[i].before <== before[i];
        row[i].after <== after[i];
        row[i].limit <== limit;
        row[i].relax <== relax[i];
        row[i].terms <== terms;
    }
}

// |Δ|·10^4 <= participationBps·liquidity
template ParticipationRow(N) {
    signal input {natural, maxAbs} orderMagnitudes[N];      // lots
    signal input {natural, maxAbs} participationBps;
    signal input {natural, maxAbs} liquidity[N];            // lots

    signal {maxAbs} traded[N];
    signal {maxAbs} allowed[N];
    traded.maxAbs = orderMagnitudes.maxAbs * 10000;
    allowed.maxAbs = participationBps.maxAbs * liquidity.maxAbs;
    for (var i = 0; i < N; i++) {
        traded[i] <== orderMagnitudes[i] * 10000;
        allowed[i] <== participationBps * liquidity[i];
        // |Δ|·10^4 < 2^45, participationBps·liquidity < 2^54.
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
    row.floor <== groupBefore;
    row.after <== groupAfter;
    row.limit <== limit;
    row.relax <== relax;
    row.terms <== terms;
}

// Group totals of delta on both sides.
template NetRow(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} after[U];
    signal input {maxAbs} limit;
    signal input {binary} relax[2];
    input Terms() terms;

    signal {maxAbs} beforeLower[U];
    signal {maxAbs} afterLower[U];
    beforeLower.maxAbs = before.maxAbs;
    afterLower.maxAbs = after.maxAbs;
    for (var g = 0; g < U; g++) {
        beforeLower[g] <== -before[g];
        afterLower[g] <== -after[g];
    }

    component upper = SpanningRow(U);
    upper.before <== before;
    upper.floor <== before;
    upper.after <== after;
    upper.limit <== limit;
    upper.relax <== relax[0];
    upper.terms <== terms;

    component lower = SpanningRow(U);
    lower.before <== beforeLower;
    lower.floor <== beforeLower;
    lower.after <== afterLower;
    lower.limit <== limit;
    lower.relax <== relax[1];
    lower.terms <== terms;
}

// Margin of each group: its worst loss and its contingency. The settled book surely has the loss in one chosen scenario,
// or 0, and the contingency. Above the maintenance limit the margin must shrink at once, however young the breach.
template MarginRow(U, S) {
    signal input {natural, maxAbs} lossBefore[U];           // µUSD, bounds from above
    signal input {natural, maxAbs} lossAfter[U];            // µUSD, bounds from above
    signal input {natural, maxAbs} contingencyBefore[U];    // µUSD
    signal input {natural, maxAbs} contingencyAfter[U];     // µUSD
    signal input stressBefore[U][S];                        // µUSD, profit
    signal input worst[U][S];                               // the chosen scenario, or none
    signal input {maxAbs} initial;                          // µUSD, limit of what an order may build up
    signal input {maxAbs} maintenance;                      // µUSD, limit of what may be held without reducing it
    signal input {binary} relax;
    signal input {binary} forced;                           // no order can be sent
    input Terms() terms;                                    // not strict if forced

    // 1. Margins
    component chosen[U];
    signal losses[U][S];
    signal {maxAbs} floor[U];
    signal {natural, maxAbs} before[U];
    signal {natural, maxAbs} after[U];
    // A scenario's loss is a lane's total: below 2^48, or no bits would have been found for its lane.
    floor.maxAbs = 2 ** 49 + contingencyBefore.maxAbs;
    before.maxAbs = lossBefore.maxAbs + contingencyBefore.maxAbs;
    after.maxAbs = lossAfter.maxAbs + contingencyAfter.maxAbs;
    var held = 0;
    for (var g = 0; g < U; g++) {
        chosen[g] = AtMostOne(S);
        chosen[g].in <== worst[g];
        var loss = 0;
        for (var s = 0; s < S; s++) {
            losses[g][s] <== -chosen[g].out[s] * stressBefore[g][s];
            loss += losses[g][s];
        }
        floor[g] <== loss + contingencyBefore[g];
        before[g] <== lossBefore[g] + contingencyBefore[g];
        after[g] <== lossAfter[g] + contingencyAfter[g];
        held += before[g];
    }

    // 2. A bound claimed too high can only make the row strict.
    signal {natural, maxAbs} margin;
    margin.maxAbs = U * before.maxAbs;
    margin <== held;
    // margin <= U·2^49 <= 2^51, maintenance <= 2^50.
    signal {binary} called;
    called <== IsAbove()(margin, maintenance);
    Terms() marginTerms;
    marginTerms.strict <== terms.strict + (1 - forced - terms.strict) * called;
    marginTerms.outflow <== terms.outflow;

    component row = SpanningRow(U);
    row.before <== before;
    row.floor <== floor;
    row.after <== after;
    row.limit <== initial;
    row.relax <== relax;
    row.terms <== marginTerms;
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
    signal {maxAbs} spendable;
    spendable.maxAbs = nav.maxAbs + U * valueBefore.maxAbs + floor.maxAbs;
    spendable <== nav - held - floor;

    component row = SpanningRow(U);
    row.before <== nothing;
    row.floor <== nothing;
    row.after <== outlay;
    row.limit <== spendable;
    row.relax <== relax;
    row.terms <== terms;
}

// Σ |Δ|·notional <= limit
template TurnoverRow(N, U) {
    signal input {natural, maxAbs} orderMagnitudes[N];
    signal input notional[N];                       // µUSD per lot
    signal input {maxAbs} limit;

    signal terms[N];
    var sum = 0;
    for (var i = 0; i < N; i++) {
        terms[i] <== orderMagnitudes[i] * notional[i];
        sum += terms[i];
    }
    signal {maxAbs} turnover;
    // |Δ| <= |q| + |q + Δ| <= 2·positionCap, and Σ positionCap·notional of each of U groups < 2^48.
    turnover.maxAbs = U * 2 ** 49;
    turnover <== sum;
    // turnover <= 2^51, limit < 2^56.
    AssertAtMost()(turnover, limit);
}

// ------------------------------------------------------------------------------------------------ all rows

template WithinMandate(N, U, S) {
    input Mandate() mandate;
    input Instrument(S) instruments[N];
    signal input {natural, maxAbs} capital;         // µUSD
    signal input {maxAbs} nav;                      // µUSD, after the flow of the epoch
    input Exposure(N, U, S) before;
    input Exposure(N, U, S) after;
    signal input {natural, maxAbs} orderMagnitudes[N];
    signal input {natural, maxAbs} afterMagnitudes[N];
    signal input {binary} afterIsLong[N];
    signal input worst[U][S];
    input Relaxations(N, U) relax;
    signal input {binary} forced;                   // no order can be sent
    input Terms() terms;

    // 1. Per group
    component delta = GreekRow(U);
    delta.before <== before.delta;
    delta.after <== after.delta;
    delta.limit <== Limit()(mandate.deltaBps, capital);
    delta.relax <== relax.delta;
    delta.terms <== terms;

    component gamma = GreekRow(U);
    gamma.before <== before.gamma;
    gamma.after <== after.gamma;
    gamma.limit <== Limit()(mandate.gammaBps, capital);
    gamma.relax <== relax.gamma;
    gamma.terms <== terms;

    component vega = GreekRow(U);
    vega.before <== before.vega;
    vega.after <== after.vega;
    vega.limit <== Limit()(mandate.vegaBps, capital);
    vega.relax <== relax.vega;
    vega.terms <== terms;

    // 2. Per slot
    component concentration = ConcentrationRow(N);
    concentration.before <== before.notional;
    concentration.after <== after.notional;
    concentration.limit <== Limit()(mandate.concentrationBps, capital);
    concentration.relax <== relax.concentration;
    concentration.terms <== terms;

    component participation = ParticipationRow(N);
    participation.orderMagnitudes <== orderMagnitudes;
    participation.participationBps <== mandate.participationBps;
    component positionCap = PositionCapRow(N);
    positionCap.magnitudes <== afterMagnitudes;
    positionCap.isLong <== afterIsLong;

    // 3. The vault
    component gross = GrossRow(N, U);
    gross.before <== before.notional;
    gross.after <== after.notional;
    gross.limit <== Limit()(mandate.grossBps, capital);
    gross.relax <== relax.gross;
    gross.terms <== terms;

    component net = NetRow(U);
    net.before <== before.delta;
    net.after <== after.delta;
    net.limit <== Limit()(mandate.netBps, capital);
    net.relax <== relax.net;
    net.terms <== terms;

    component margin = MarginRow(U, S);
    margin.lossBefore <== before.worstLoss;
    margin.lossAfter <== after.worstLoss;
    margin.contingencyBefore <== before.contingency;
    margin.contingencyAfter <== after.contingency;
    margin.stressBefore <== before.stress;
    margin.worst <== worst;
    margin.initial <== Limit()(mandate.initialMarginBps, capital);
    margin.maintenance <== Limit()(mandate.maintenanceMarginBps, capital);
    margin.relax <== relax.margin;
    margin.forced <== forced;
    margin.terms <== terms;

    component cash = CashRow(N, U);
    cash.valueBefore <== before.value;
    cash.valueAfter <== after.value;
    cash.orderMagnitudes <== orderMagnitudes;
    cash.nav <== nav;
    cash.floor <== Limit()(mandate.cashFloorBps, capital);
    cash.relax <== relax.cash;
    cash.terms <== terms;

    component turnover = TurnoverRow(N, U);
    turnover.orderMagnitudes <== orderMagnitudes;
    turnover.limit <== Limit()(mandate.turnoverBps, capital);

    for (var i = 0; i < N; i++) {
        participation.liquidity[i] <== instruments[i].liquidity;
        positionCap.positionCap[i] <== instruments[i].positionCap;
        positionCap.mayBeShort[i] <== instruments[i].mayBeShort;
        cash.slip[i] <== instruments[i].slip;
        turnover.notional[i] <== instruments[i].notional;
    }
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
