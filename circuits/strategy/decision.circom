pragma circom 2.2.0;

include "../lib/numeric.circom";
include "../lib/format.circom";
include "../lib/digest.circom";
include "../lib/rows.circom";
include "./parameters.circom";
include "./signals.circom";
include "./regime.circom";
include "./sleeve.circom";
include "./orders.circom";
include "./options.circom";

// Statement 2 of a submission: its order is the one that the committed strategy decides. docs/strategy.md.

// ----------------------------------------------------------------------------------------------- the strategy in force

// What the strategy says of this snapshot: opened, its regime found, its table picked.
template StrategyInForce(N, U) {
    signal input words[STRATEGY_WORDS()];           // the salt last
    signal input commitment;
    input Signals(N, U) market;
    output Table(N, U) table;
    output Common(N, U) common;

    signal opened;
    opened <== Sponge(STRATEGY_WORDS())(words);
    opened === commitment;

    var NW = NETWORK_WORDS();
    component network = ReadNetwork();
    for (var w = 0; w < NW; w++) network.words[w] <== words[w];
    component regime = Regime();
    regime.network <== network.out;
    regime.features <== market.features;

    component pick = PickTable();
    pick.isRegime <== regime.out;
    for (var r = 0; r < REGIMES(); r++) {
        for (var w = 0; w < 3; w++) pick.tables[r][w] <== words[NW + 3 * r + w];
    }
    table <== ReadTable(N, U)(pick.out);
    common <== ReadCommon(N, U)(words[NW + 3 * REGIMES()]);
}

// What a slot's target adds from the sleeve, and the table's: bps of A, at most 2^15 in magnitude.
template TargetWeights(N, U) {
    input Table(N, U) table;
    input Common(N, U) common;
    input Signals(N, U) market;
    signal input weights[SLEEVE_ASSETS(N)];
    signal input price;
    signal output out[N];

    var K = SLEEVE_ASSETS(N);
    component sleeve = Sleeve(K);
    sleeve.volatility <== market.volatility;
    sleeve.correlation <== market.correlation;
    sleeve.viewsBps <== common.viewsBps;
    sleeve.riskTolerance <== table.riskTolerance;
    sleeve.stressMix <== table.stressMix;
    sleeve.budgetBps <== table.sleeveBps;
    sleeve.weights <== weights;
    sleeve.price <== price;
    for (var i = 0; i < N; i++) {
        var weight = table.weightBps[i];
        for (var k = 0; k < K; k++) {
            if (SLEEVE_SLOT(N, k) == i) weight += sleeve.wholeBps[k];
        }
        out[i] <== weight;
    }
}

// ------------------------------------------------------------------------------------------------ what is decided when

// A = max(0, capital - cashWanted)
template CapitalInUse() {
    signal input {natural, maxAbs} capital;         // µUSD
    signal input {natural, maxAbs} cashWanted;      // µUSD
    signal output {natural, maxAbs} out;

    // Both at most 2^50.
    signal {binary} isAbove;
    isAbove <== IsAbove()(capital, cashWanted);
    out.maxAbs = capital.maxAbs;
    out <== isAbove * (capital - cashWanted);
}

// The group whose options are looked at: epoch mod U, one-hot.
template Turn(U) {
    assert(U == 2 || U == 4);
    signal input epoch;                             // < 2^32
    signal output {binary} out[U];

    component bits = Bits(32);
    bits.in <== epoch;
    if (U == 2) {
        out[0] <== 1 - bits.out[0];
        out[1] <== bits.out[0];
    } else {
        out[3] <== bits.out[0] * bits.out[1];
        out[2] <== bits.out[1] - out[3];
        out[1] <== bits.out[0] - out[3];
        out[0] <== 1 - bits.out[0] - out[2];
    }
}

// Whether the book is defended or traded, in an epoch in which an order may be sent.
template Mode() {
    signal input {binary} idle;
    signal input {binary} strict;                   // a breach is old, or margin is called; never if idle
    signal input {natural, maxAbs} margin;          // µUSD
    signal input {natural, maxAbs} marginTriggerBps;
    signal input {natural, maxAbs} capital;         // µUSD
    signal output {binary} trades;
    signal output {binary} retreats;

    // margin·10^4 <= 2^65, marginTriggerBps·capital <= 2^64.
    signal {maxAbs} held;
    signal {maxAbs} trigger;
    held.maxAbs = margin.maxAbs * 10000;
    trigger.maxAbs = marginTriggerBps.maxAbs * capital.maxAbs;
    held <== margin * 10000;
    trigger <== marginTriggerBps * capital;
    signal {binary} pressed;
    signal calm;
    pressed <== IsAbove()(held, trigger);
    calm <== (1 - strict) * (1 - pressed);
    trades <== (1 - idle) * calm;
    retreats <== 1 - idle - trades;
}

// How often the pace is halved from now on: more if the order was refused, less if one was sent.
template NextHalvings() {
    signal input {natural, maxAbs} old;
    signal input {binary} bits[3];                  // of it
    signal input {binary} refused;
    signal input {binary} idle;                     // not both
    signal output {natural, maxAbs} out;

    signal {binary} all;
    signal {binary} high;
    signal {binary} none;
    high <== bits[1] * bits[2];
    all <== high * bits[0];
    none <== (1 - bits[1] - bits[2] + high) * (1 - bits[0]);
    signal up;
    signal down;
    up <== refused * (1 - all);
    down <== (1 - refused - idle) * (1 - none);
    out.maxAbs = 7;
    out <== old + up - down;
}

// ------------------------------------------------------------------------------------------------ options

// The value of the group whose bit is set; 0 if none is.
template Chosen(U) {
    signal input {binary} which[U];
    signal input values[U];
    signal output out;

    signal parts[U];
    var sum = 0;
    for (var g = 0; g < U; g++) {
        parts[g] <== which[g] * values[g];
        sum += parts[g];
    }
    out <== sum;
}

// Options are traded in the group in turn, and nowhere else.
template OptionsInTurn(N, U, S) {
    assert(N \ U == 4);
    input Instrument(S) instruments[N];
    input Move() moves[N];
    input Exposure(N, U, S) before;
    signal input {binary} direction[N];
    signal input {binary} clipped[N];
    signal input {binary} trades;
    signal input epoch;
    signal input {natural, maxAbs} inUse;           // A, µUSD
    signal input {natural, maxAbs} pace;
    input Table(N, U) table;
    input Common(N, U) common;
    input Signals(N, U) market;

    // 1. Whose turn it is
    component turn = Turn(U);
    turn.epoch <== epoch;
    signal {binary} mayTrade[U];
    signal {binary} inTurn[U];
    for (var g = 0; g < U; g++) {
        mayTrade[g] <== trades * common.tradesOptions[g];
        inTurn[g] <== mayTrade[g] * turn.out[g];
        for (var k = 0; k < 2; k++) (mayTrade[g] - inTurn[g]) * moves[OPTION_SLOT(g, k)].magnitude === 0;
    }

    // 2. Its options
    OptionMove() chosen[2];
    chosen.days.maxAbs = market.days.maxAbs;
    component option[2][7];
    for (var k = 0; k < 2; k++) {
        for (var v = 0; v < 7; v++) {
            option[k][v] = Chosen(U);
            option[k][v].which <== inTurn;
        }
        for (var g = 0; g < U; g++) {
            var i = OPTION_SLOT(g, k);
            option[k][0].values[g] <== instruments[i].rows[0];
            option[k][1].values[g] <== market.days[2 * g + k];
            option[k][2].values[g] <== moves[i].held;
            option[k][3].values[g] <== moves[i].order;
            option[k][4].values[g] <== moves[i].magnitude;
            option[k][5].values[g] <== direction[i];
            option[k][6].values[g] <== clipped[i];
        }
        chosen[k].rows <== option[k][0].out;
        chosen[k].days <== option[k][1].out;
        chosen[k].held <== option[k][2].out;
        chosen[k].order <== option[k][3].out;
        chosen[k].magnitude <== option[k][4].out;
        chosen[k].direction <== option[k][5].out;
        chosen[k].clipped <== option[k][6].out;
    }

    // 3. Its totals, targets and bands
    component total[2];
    component target[2];
    component band[2];
    for (var v = 0; v < 2; v++) {
        total[v] = Chosen(U);
        target[v] = Chosen(U);
        band[v] = Chosen(U);
        total[v].which <== inTurn;
        target[v].which <== inTurn;
        band[v].which <== inTurn;
    }
    total[0].values <== before.gamma;
    total[1].values <== before.vega;
    target[0].values <== table.gammaBps;
    target[1].values <== table.vegaBps;
    band[0].values <== table.gammaBandBps;
    band[1].values <== table.vegaBandBps;
    signal {maxAbs} totals[2];
    signal {maxAbs} targets[2];
    signal {natural, maxAbs} bands[2];
    totals.maxAbs = before.gamma.maxAbs;
    targets.maxAbs = table.gammaBps.maxAbs * inUse.maxAbs;
    bands.maxAbs = table.gammaBandBps.maxAbs * inUse.maxAbs;
    for (var v = 0; v < 2; v++) {
        totals[v] <== total[v].out;
        targets[v] <== target[v].out * inUse;
        bands[v] <== band[v].out * inUse;
    }
    component orders = OptionOrders();
    orders.options <== chosen;
    orders.gamma <== totals[0];
    orders.vega <== totals[1];
    orders.gammaTarget <== targets[0];
    orders.vegaTarget <== targets[1];
    orders.gammaBand <== bands[0];
    orders.vegaBand <== bands[1];
    orders.pace <== pace;
    orders.rollDays <== common.rollDays;
}

// ------------------------------------------------------------------------------------------------ the order

// Every slot's order is the decided one: section 4.4 or 4.5, clipped. In neither, the caller keeps orders at 0.
template Decide(N, U, S) {
    input Instrument(S) instruments[N];
    input Move() moves[N];
    signal input traded[N];                         // µUSD, |Δ|·notional
    input Exposure(N, U, S) before;                 // of the settled book
    input Exposure(N, U, S) after;                  // of the book with the order
    signal input {natural, maxAbs} allowed[N];      // 10^-4 lots, participation
    signal input {maxAbs} spendable;                // µUSD, of cash above its floor
    signal input {binary} trades;
    signal input {binary} retreats;
    signal input epoch;
    signal input {binary} halvings[3];
    signal input {natural, maxAbs} inUse;           // A, µUSD
    input Table(N, U) table;
    input Common(N, U) common;
    input Signals(N, U) market;
    signal input weightBps[N];                      // of A, below 2^15 in magnitude
    signal input directions[N];
    signal input clips[N][3];
    signal input retreatBy[N];

    var SLOTS = N \ U;

    // 1. Limits
    signal {maxAbs} nothing;
    nothing.maxAbs = 0;
    nothing <== 0;
    signal {binary} short;
    signal {binary} sellsOnly;
    short <== IsAbove()(nothing, spendable);
    sellsOnly <== trades * short;
    signal {binary} direction[N];
    signal {binary} clipped[N];
    component clip[N];
    for (var i = 0; i < N; i++) {
        direction[i] <== Bit()(directions[i]);
        clip[i] = Clips();
        clip[i].move <== moves[i];
        clip[i].direction <== direction[i];
        clip[i].sellsOnly <== sellsOnly;
        clip[i].allowed <== allowed[i];
        clip[i].positionCap <== instruments[i].positionCap;
        clip[i].mayBeShort <== instruments[i].mayBeShort;
        clip[i].chargesLong <== instruments[i].chargesLong;
        clip[i].claims <== clips[i];
        clipped[i] <== clip[i].clipped;
    }

    // 2. The share of a retreat
    signal {natural, maxAbs} magnitudes[N];
    signal {natural, maxAbs} heldMagnitudes[N];
    magnitudes.maxAbs = moves.magnitude.maxAbs;
    heldMagnitudes.maxAbs = moves.heldMagnitude.maxAbs;
    component share = RetreatShare(N);
    share.retreatBy <== retreatBy;
    share.defencePace <== common.defencePace;
    for (var i = 0; i < N; i++) {
        magnitudes[i] <== moves[i].magnitude;
        heldMagnitudes[i] <== moves[i].heldMagnitude;
        share.isNone[i] <== moves[i].isNone;
        share.atParticipation[i] <== clip[i].atParticipation;
    }
    share.magnitudes <== magnitudes;
    share.held <== heldMagnitudes;

    // 3. Options
    component paces = Paces();
    paces.speed <== table.speed;
    paces.halvings <== halvings;
    signal {binary} weighsOptions[U];               // slots 2 and 3 are held at weights
    if (SLOTS == 4) {
        component options = OptionsInTurn(N, U, S);
        options.instruments <== instruments;
        options.moves <== moves;
        options.before <== before;
        options.direction <== direction;
        options.clipped <== clipped;
        options.trades <== trades;
        options.epoch <== epoch;
        options.inUse <== inUse;
        options.pace <== paces.ordinary;
        options.table <== table;
        options.common <== common;
        options.market <== market;
        for (var g = 0; g < U; g++) weighsOptions[g] <== trades * (1 - common.tradesOptions[g]);
    } else {
        for (var g = 0; g < U; g++) weighsOptions[g] <== trades;
    }

    // 4. Weights, and the perp of a group that hedges. What the other orders change of the group's delta is what the
    //    whole order does less the perp's part, and a perp's delta is its notional.
    component slot[N];
    signal weightBands[U];
    signal deltaBands[U];
    signal weightBand[U];                           // W·pace
    signal deltaBand[U];
    signal weightTarget[N];
    signal exposure[N];
    signal weightGap[N];                            // X·pace
    signal {binary} hedges[U];
    signal perpDelta[U];
    signal deltaTarget[U];
    signal deltaGap[U];
    signal hedgeGap[U];
    signal hedgeBand[U];
    for (var g = 0; g < U; g++) {
        weightBands[g] <== table.weightBandBps[g] * inUse;
        weightBand[g] <== weightBands[g] * paces.ordinary;
        deltaBands[g] <== table.deltaBandBps[g] * inUse;
        deltaBand[g] <== deltaBands[g] * paces.hedging;

        for (var k = 0; k < SLOTS; k++) {
            var i = SLOTS * g + k;
            weightTarget[i] <== weightBps[i] * inUse;
            exposure[i] <== moves[i].held * instruments[i].notional;
            weightGap[i] <== (weightTarget[i] - 10000 * exposure[i]) * paces.ordinary;
        }

        var perp = SLOTS * g + 1;
        hedges[g] <== common.hedgesDelta[g] * instruments[perp].chargesLong;
        perpDelta[g] <== moves[perp].order * instruments[perp].notional;
        deltaTarget[g] <== table.deltaBps[g] * inUse;
        deltaGap[g] <== (deltaTarget[g] - 10000 * (after.delta[g] - perpDelta[g])) * paces.hedging;
        hedgeGap[g] <== weightGap[perp] + hedges[g] * (deltaGap[g] - weightGap[perp]);
        hedgeBand[g] <== weightBand[g] + hedges[g] * (deltaBand[g] - weightBand[g]);

        for (var k = 0; k < SLOTS; k++) {
            var i = SLOTS * g + k;
            slot[i] = SlotOrder();
            slot[i].move <== moves[i];
            slot[i].direction <== direction[i];
            slot[i].clipped <== clipped[i];
            slot[i].atParticipation <== clip[i].atParticipation;
            slot[i].retreats <== retreats;
            slot[i].part <== share.part;
            slot[i].of <== share.of;
            slot[i].notional <== instruments[i].notional;
            slot[i].traded <== traded[i];
            if (k < 2) slot[i].trades <== trades;
            else slot[i].trades <== weighsOptions[g];
            if (k == 1) {
                slot[i].gap <== hedgeGap[g];
                slot[i].band <== hedgeBand[g];
            } else {
                slot[i].gap <== weightGap[i];
                slot[i].band <== weightBand[g];
            }
        }
    }
}
