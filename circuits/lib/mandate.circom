pragma circom 2.2.0;

include "./numeric.circom";
include "./format.circom";
include "./rows.circom";

// The mandate: docs/protocol.md, section 5. One template per row of its table.
//
// `before` is the settled book, `after` the book if every group of the order fills. Where the settled book is outside
// a row already, an order may leave it there: the row then asks for "no worse than before". Whether it is outside is
// computed, for every row: nothing of it is the prover's choice. What an order that is refused does is no row's
// concern, and the settled book is judged in its place.

bus Terms() {
    signal {binary} strict;     // an old breach must shrink; then nothing can be refused
    signal {binary} refused;    // the order is not sent
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

// floor(bps·capital / 10^4), µUSD, or 2^BITS - 1 if that is less: what is above all that the row measures need not be
// told apart, and comparisons with it are as much narrower.
template Limit(BITS) {
    signal input {natural, maxAbs} bps;
    signal input {natural, maxAbs} capital;         // µUSD
    signal output {natural, maxAbs} out;

    // bps < 2^18, capital <= 2^50: the product stays below 2^69.
    signal {natural, maxAbs} product;
    product.maxAbs = bps.maxAbs * capital.maxAbs;
    product <== bps * capital;
    var WIDTH = BIT_LENGTH(product.maxAbs \ 10000);
    component quotient = DivideFloor(10000, WIDTH);
    quotient.in <== product;

    if (WIDTH <= BITS) {
        out.maxAbs = product.maxAbs \ 10000;
        out <== quotient.out;
    } else {
        var LARGEST = 2 ** BITS - 1;
        var low = 0;
        for (var b = BITS - 1; b >= 0; b--) low = 2 * low + quotient.bits[b];
        var above = 0;
        for (var b = BITS; b < WIDTH; b++) above += quotient.bits[b];
        signal {binary} isLow;
        isLow <== EqualsZero()(above);
        out.maxAbs = LARGEST;
        out <== LARGEST + isLow * (low - LARGEST);
    }
}

// after <= limit or, of a row that the settled book is outside of, after <= before - strict.
template Row() {
    signal input {maxAbs} before;
    signal input {maxAbs} after;
    signal input {maxAbs} limit;
    signal input {binary} relaxed;
    input Terms() terms;

    // limit and before - 1 are in the larger of the two ranges.
    signal {maxAbs} bound;
    bound.maxAbs = LARGER(limit.maxAbs, before.maxAbs + 1);
    bound <== limit + relaxed * (before - terms.strict - limit);
    signal {maxAbs} excess;
    excess.maxAbs = after.maxAbs + bound.maxAbs;
    excess <== (1 - terms.refused) * (after - bound);
    signal {maxAbs} none;
    none.maxAbs = 0;
    none <== 0;
    // |after|, |bound| < 2^50: the difference stays below 2^51.
    AssertAtMost()(excess, none);
}

// Sums over groups, any of which may lapse.
template Spanning(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} after[U];
    signal output {maxAbs} floor;                   // Σ_g before_g
    signal output {maxAbs} filled;                  // Σ_g after_g
    signal output {maxAbs} total;                   // Σ_g max(before_g, after_g)

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
    filled.maxAbs = U * after.maxAbs;
    filled <== afterSum;
    total.maxAbs = U * LARGER(before.maxAbs, after.maxAbs);
    total <== highestSum;
}

// total <= limit: whichever groups fill. Or, where the settled book is outside already, total <= floor, and the two are
// the same then. So one comparison says both: that the order keeps the row, and whether the settled book does.
template SpanningRow() {
    signal input {maxAbs} floor;
    signal input {maxAbs} total;                    // >= floor
    signal input {maxAbs} limit;
    signal input {binary} refused;
    signal output {binary} outside;                 // floor > limit

    signal {maxAbs} judged;
    judged.maxAbs = total.maxAbs;
    judged <== total + refused * (floor - total);
    // |judged| < 2^53, |limit| < 2^56.
    outside <== IsAbove()(judged, limit);
    outside * (judged - floor) === 0;
}

// Σ_g after_g <= Σ_g before_g - 1 where that has to be. (Without strict it follows from total = floor.)
template Shrinks() {
    signal input {maxAbs} floor;
    signal input {maxAbs} filled;
    signal input {binary} outside;
    signal input {binary} strict;

    signal {binary} shrinks;
    shrinks <== outside * strict;
    signal {maxAbs} worse;
    worse.maxAbs = filled.maxAbs + floor.maxAbs + 1;
    worse <== shrinks * (filled + 1 - floor);
    signal {maxAbs} none;
    none.maxAbs = 0;
    none <== 0;
    // |worse| <= U·(|after| + |before|) + 1 < 2^55.
    AssertAtMost()(worse, none);
}

// ------------------------------------------------------------------------------------------------ group, slot rows

// Which measures of the settled book are outside.
template Outside(n) {
    signal input {maxAbs} before[n];
    signal input {maxAbs} limit;
    signal output {binary} out[n];

    // Both below 2^50.
    for (var k = 0; k < n; k++) out[k] <== IsAbove()(before[k], limit);
}

template Rows(n) {
    signal input {maxAbs} before[n];
    signal input {maxAbs} after[n];
    signal input {maxAbs} limit;
    signal input {binary} relaxed[n];
    input Terms() terms;

    component row[n];
    for (var k = 0; k < n; k++) {
        row[k] = Row();
        row[k].before <== before[k];
        row[k].after <== after[k];
        row[k].limit <== limit;
        row[k].relaxed <== relaxed[k];
        row[k].terms <== terms;
    }
}

// Totals of groups that may be outside on either side: delta, gamma, vega. Each is on one side of zero, so its
// magnitude is what counts. A total that changes sides is judged by the limit: on its new side it was not outside.
template TwoSided(U) {
    signal input {maxAbs} before[U];
    signal input {binary} beforeIsNatural[U];
    signal input {maxAbs} after[U];
    signal input {binary} afterIsNatural[U];
    signal input {maxAbs} limit;
    signal output {natural, maxAbs} beforeSize[U];  // |before|
    signal output {natural, maxAbs} afterSize[U];   // |after|
    signal output {binary} outside[U];
    signal output {binary} relaxed[U];

    component beforeMagnitude[U];
    component afterMagnitude[U];
    signal bothNatural[U];
    beforeSize.maxAbs = before.maxAbs;
    afterSize.maxAbs = after.maxAbs;
    for (var g = 0; g < U; g++) {
        beforeMagnitude[g] = Magnitude();
        beforeMagnitude[g].in <== before[g];
        beforeMagnitude[g].isNatural <== beforeIsNatural[g];
        beforeSize[g] <== beforeMagnitude[g].out;
        afterMagnitude[g] = Magnitude();
        afterMagnitude[g].in <== after[g];
        afterMagnitude[g].isNatural <== afterIsNatural[g];
        afterSize[g] <== afterMagnitude[g].out;
    }
    outside <== Outside(U)(beforeSize, limit);
    for (var g = 0; g < U; g++) {
        bothNatural[g] <== beforeIsNatural[g] * afterIsNatural[g];
        relaxed[g] <== outside[g] * (1 - beforeIsNatural[g] - afterIsNatural[g] + 2 * bothNatural[g]);
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
template Gross(N, U) {
    signal input {natural, maxAbs} notional[N];
    signal output {natural, maxAbs} out[U];

    var SLOTS = N \ U;
    // The snapshot bounds a group's sum, Σ positionCap·notional < 2^48, like each of its terms.
    out.maxAbs = notional.maxAbs;
    for (var g = 0; g < U; g++) {
        var sum = 0;
        for (var i = g * SLOTS; i < (g + 1) * SLOTS; i++) sum += notional[i];
        out[g] <== sum;
    }
}

// Group totals of delta on both sides: 0 upper, 1 lower. max(-a, -b) = max(a, b) - a - b.
template Net(U) {
    signal input {maxAbs} before[U];
    signal input {maxAbs} after[U];
    signal output {maxAbs} floor[2];
    signal output {maxAbs} filled[2];
    signal output {maxAbs} total[2];

    component upper = Spanning(U);
    upper.before <== before;
    upper.after <== after;
    floor.maxAbs = upper.floor.maxAbs;
    filled.maxAbs = upper.filled.maxAbs;
    total.maxAbs = upper.total.maxAbs;
    floor[0] <== upper.floor;
    filled[0] <== upper.filled;
    total[0] <== upper.total;
    floor[1] <== -upper.floor;
    filled[1] <== -upper.filled;
    total[1] <== upper.total - upper.floor - upper.filled;
}

// Margin of each group: its worst loss and its contingency.
template Margins(U) {
    signal input {natural, maxAbs} loss[U];         // µUSD
    signal input {natural, maxAbs} contingency[U];  // µUSD
    signal output {natural, maxAbs} out[U];

    out.maxAbs = loss.maxAbs + contingency.maxAbs;
    for (var g = 0; g < U; g++) out[g] <== loss[g] + contingency[g];
}

// What each group's order costs at worst. Before the order: nothing.
template Outlays(N, U) {
    signal input {maxAbs} valueBefore[U];           // µUSD
    signal input {maxAbs} valueAfter[U];            // µUSD
    signal input {natural, maxAbs} orderMagnitudes[N];
    signal input slip[N];                           // µUSD per lot
    signal output {maxAbs} out[U];

    // Σ Δ·value is what the group's value grows by; Σ |Δ|·slip < 2^48, because |Δ| <= liquidity.
    var SLOTS = N \ U;
    signal slips[N];
    out.maxAbs = valueBefore.maxAbs + valueAfter.maxAbs + 2 ** 48;
    for (var g = 0; g < U; g++) {
        var slipSum = 0;
        for (var i = g * SLOTS; i < (g + 1) * SLOTS; i++) {
            slips[i] <== orderMagnitudes[i] * slip[i];
            slipSum += slips[i];
        }
        out[g] <== valueAfter[g] - valueBefore[g] + slipSum;
    }
}

// Cash of the settled book and the flow of the epoch, what NAV holds beyond positions, less the floor.
template Spendable(U) {
    signal input {maxAbs} nav;                      // µUSD, after the flow of the epoch
    signal input {maxAbs} value[U];                 // µUSD
    signal input {natural, maxAbs} floor;           // µUSD
    signal output {maxAbs} out;                     // µUSD

    var held = 0;
    for (var g = 0; g < U; g++) held += value[g];
    out.maxAbs = nav.maxAbs + U * value.maxAbs + floor.maxAbs;
    out <== nav - held - floor;
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

// ------------------------------------------------------------------------------------------------ the breach

// Since when the settled book is outside its mandate: the epoch that first found it so, 0 if it is inside. An epoch
// without a submission counts like any.
template Breach() {
    signal input {natural, maxAbs} oldSince;
    signal input {natural, maxAbs} epoch;           // > 0, >= oldSince
    signal input {natural, maxAbs} breachEpochs;
    signal input {binary} outside;
    signal output {natural, maxAbs} since;
    signal output {binary} isOld;                   // for more epochs than the mandate bears

    signal {binary} isNew;
    isNew <== EqualsZero()(oldSince);
    signal {natural, maxAbs} first;
    first.maxAbs = epoch.maxAbs;
    first <== oldSince + isNew * epoch;
    since.maxAbs = epoch.maxAbs;
    since <== outside * first;

    signal {natural, maxAbs} bearable;
    bearable.maxAbs = epoch.maxAbs + breachEpochs.maxAbs;
    bearable <== first + breachEpochs;
    // epoch < 2^32, bearable < 2^33.
    signal {binary} hasPassed;
    hasPassed <== IsAbove()(epoch, bearable);
    isOld <== outside * hasPassed;
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
    signal input {natural, maxAbs} breachSince;     // of the old book
    signal input {natural, maxAbs} epoch;
    signal input {binary} outflow;
    signal input {binary} idle;                     // no order can be sent; with outflow always
    signal input {binary} refused;                  // the order is not
    signal output {natural, maxAbs} since;          // of the new book
    signal output {binary} strict;                  // an old breach or a margin call: the book must shrink
    signal output {natural, maxAbs} margin;         // µUSD, of the settled book
    signal output {natural, maxAbs} allowed[N];     // 10^-4 lots, participation of each slot
    output RowValues(N, U) floors;                  // of the settled book
    output RowValues(N, U) values;                  // of the order decided
    output Limits() limits;

    // 1. Limits, as wide as what is held against them: totals of a group below 2^49, of all below U·2^49 <= 2^51.
    limits.delta <== Limit(49)(mandate.deltaBps, capital);
    limits.gamma <== Limit(49)(mandate.gammaBps, capital);
    limits.vega <== Limit(49)(mandate.vegaBps, capital);
    limits.concentration <== Limit(49)(mandate.concentrationBps, capital);
    limits.gross <== Limit(51)(mandate.grossBps, capital);
    limits.net <== Limit(51)(mandate.netBps, capital);
    limits.initial <== Limit(51)(mandate.initialMarginBps, capital);
    limits.maintenance <== Limit(51)(mandate.maintenanceMarginBps, capital);
    limits.turnover <== Limit(52)(mandate.turnoverBps, capital);
    component spendable = Spendable(U);
    spendable.nav <== nav;
    spendable.value <== before.value;
    spendable.floor <== Limit(56)(mandate.cashFloorBps, capital);
    limits.cash <== spendable.out;

    // 2. What spans groups
    component gross = Spanning(U);
    gross.before <== Gross(N, U)(before.notional);
    gross.after <== Gross(N, U)(after.notional);
    component net = Net(U);
    net.before <== before.delta;
    net.after <== after.delta;
    component margins = Spanning(U);
    margins.before <== Margins(U)(before.worstLoss, before.contingency);
    margins.after <== Margins(U)(after.worstLoss, after.contingency);
    component outlays = Outlays(N, U);
    outlays.valueBefore <== before.value;
    outlays.valueAfter <== after.value;
    outlays.orderMagnitudes <== orderMagnitudes;
    for (var i = 0; i < N; i++) outlays.slip[i] <== instruments[i].slip;
    signal {maxAbs} nothing[U];
    nothing.maxAbs = 0;
    for (var g = 0; g < U; g++) nothing[g] <== 0;
    component cash = Spanning(U);
    cash.before <== nothing;
    cash.after <== outlays.out;

    // 3. The rows that the settled book is outside of
    component delta = TwoSided(U);
    delta.before <== before.delta;
    delta.beforeIsNatural <== before.deltaIsNatural;
    delta.after <== after.delta;
    delta.afterIsNatural <== after.deltaIsNatural;
    delta.limit <== limits.delta;
    component gamma = TwoSided(U);
    gamma.before <== before.gamma;
    gamma.beforeIsNatural <== before.gammaIsNatural;
    gamma.after <== after.gamma;
    gamma.afterIsNatural <== after.gammaIsNatural;
    gamma.limit <== limits.gamma;
    component vega = TwoSided(U);
    vega.before <== before.vega;
    vega.beforeIsNatural <== before.vegaIsNatural;
    vega.after <== after.vega;
    vega.afterIsNatural <== after.vegaIsNatural;
    vega.limit <== limits.vega;
    signal {binary} concentrated[N];
    concentrated <== Outside(N)(before.notional, limits.concentration);
    component grossRow = SpanningRow();
    grossRow.floor <== gross.floor;
    grossRow.total <== gross.total;
    grossRow.limit <== limits.gross;
    grossRow.refused <== refused;
    component netRow[2];
    for (var side = 0; side < 2; side++) {
        netRow[side] = SpanningRow();
        netRow[side].floor <== net.floor[side];
        netRow[side].total <== net.total[side];
        netRow[side].limit <== limits.net;
        netRow[side].refused <== refused;
    }
    component marginRow = SpanningRow();
    marginRow.floor <== margins.floor;
    marginRow.total <== margins.total;
    marginRow.limit <== limits.initial;
    marginRow.refused <== refused;
    component cashRow = SpanningRow();
    cashRow.floor <== cash.floor;
    cashRow.total <== cash.total;
    cashRow.limit <== limits.cash;
    cashRow.refused <== refused;

    // A sum of bits, far below r.
    var rows = grossRow.outside + netRow[0].outside + netRow[1].outside + marginRow.outside + cashRow.outside;
    for (var g = 0; g < U; g++) rows += delta.outside[g] + gamma.outside[g] + vega.outside[g];
    for (var i = 0; i < N; i++) rows += concentrated[i];
    signal {binary} isInside;
    signal {binary} outside;
    isInside <== EqualsZero()(rows);
    outside <== 1 - isInside;
    outflow * outside === 0;

    // 4. The breach, and the call: floor <= U·2^49 <= 2^51, maintenance <= 2^50.
    component breach = Breach();
    breach.oldSince <== breachSince;
    breach.epoch <== epoch;
    breach.breachEpochs <== mandate.breachEpochs;
    breach.outside <== outside;
    since <== breach.since;
    margin.maxAbs = margins.floor.maxAbs;
    margin <== margins.floor;
    Terms() terms;
    terms.strict <== breach.isOld * (1 - idle);
    terms.refused <== refused;
    signal {binary} called;
    called <== IsAbove()(margin, limits.maintenance);
    // Above the maintenance limit the margin must shrink at once, however young the breach.
    strict <== terms.strict + (1 - idle - terms.strict) * called;

    // 5. The order, group by group and slot by slot
    Rows(U)(delta.beforeSize, delta.afterSize, limits.delta, delta.relaxed, terms);
    Rows(U)(gamma.beforeSize, gamma.afterSize, limits.gamma, gamma.relaxed, terms);
    Rows(U)(vega.beforeSize, vega.afterSize, limits.vega, vega.relaxed, terms);
    Rows(N)(before.notional, after.notional, limits.concentration, concentrated, terms);
    component participation = ParticipationRow(N);
    participation.orderMagnitudes <== orderMagnitudes;
    participation.participationBps <== participationBps;
    component positionCap = PositionCapRow(N);
    positionCap.magnitudes <== afterMagnitudes;
    positionCap.isLong <== afterIsLong;
    for (var i = 0; i < N; i++) {
        participation.liquidity[i] <== instruments[i].liquidity;
        positionCap.positionCap[i] <== instruments[i].positionCap;
        positionCap.mayBeShort[i] <== instruments[i].mayBeShort;
    }
    allowed <== participation.allowed;

    // 6. The order, as a whole
    Shrinks()(gross.floor, gross.filled, grossRow.outside, terms.strict);
    Shrinks()(net.floor[0], net.filled[0], netRow[0].outside, terms.strict);
    Shrinks()(net.floor[1], net.filled[1], netRow[1].outside, terms.strict);
    Shrinks()(margins.floor, margins.filled, marginRow.outside, strict);
    Shrinks()(cash.floor, cash.filled, cashRow.outside, terms.strict);
    component turnover = TurnoverRow(N, U);
    turnover.traded <== traded;
    turnover.limit <== limits.turnover;
    turnover.refused <== refused;

    // 7. What was measured
    floors.delta <== before.delta;
    floors.gamma <== before.gamma;
    floors.vega <== before.vega;
    floors.notional <== before.notional;
    floors.gross <== gross.floor;
    floors.net <== net.floor;
    floors.margin <== margins.floor;
    floors.cash <== 0;
    floors.turnover <== 0;

    values.delta <== after.delta;
    values.gamma <== after.gamma;
    values.vega <== after.vega;
    values.notional <== after.notional;
    values.gross <== gross.total;
    values.net <== net.total;
    values.margin <== margins.total;
    values.cash <== cash.total;
    values.turnover <== turnover.total;
}
