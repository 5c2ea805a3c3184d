import { expect } from "chai";
import { toWord } from "../../prover/base/field.ts";
import { evaluateMandate } from "../../prover/book/mandate.ts";
import type { MandateReport } from "../../prover/book/mandate.ts";
import { profiles } from "../../prover/format/profile.ts";
import { packSlot } from "../../prover/format/lanes.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import type { SubmissionInputs } from "../../prover/submission/witness.ts";
import { Circuit } from "../support/circuit.ts";
import { marginMandate } from "../support/marginBook.ts";
import { randomPortfolio } from "../support/randomPortfolio.ts";
import type { Portfolio } from "../support/randomPortfolio.ts";
import { Dice } from "../support/scenario.ts";

const profile = profiles.standard;
const { slots: N, groups: U, scenarios: S, rowWords: RW } = profile;

/** What the rebalance circuit does with a book's margin, and nothing else: positions, rows, totals, limits. */
const MARGIN = `
template Held() {
    signal input positions[${N}];
    signal input rows[${N}][${RW}];
    signal input contingency[${N}];
    signal input longContingency[${N}];
    signal input loss[${U}];
    output Exposure(${N}, ${U}, ${S}) out;

    signal {binary} no <== 0;
    component expose = Expose(${N}, ${U}, ${S});
    component position[${N}];
    component magnitude[${N}];
    signal {natural, maxAbs} magnitudes[${N}];
    magnitudes.maxAbs = 2 ** 40;
    for (var i = 0; i < ${N}; i++) {
        position[i] = Integer(40);
        position[i].in <== positions[i];
        magnitude[i] = Magnitude();
        magnitude[i].in <== position[i].out;
        magnitude[i].isNatural <== position[i].isNatural;
        expose.positions[i] <== position[i].out;
        magnitudes[i] <== magnitude[i].out;
        expose.isLong[i] <== position[i].isNatural;
        expose.instruments[i].rows <== rows[i];
        expose.instruments[i].carryIndex <== 0;
        expose.instruments[i].notional <== 0;
        expose.instruments[i].slip <== 0;
        expose.instruments[i].contingency <== contingency[i];
        expose.instruments[i].longContingency <== longContingency[i];
        expose.instruments[i].liquidity <== TrustedNatural(0)(0);
        expose.instruments[i].positionCap <== TrustedNatural(0)(0);
        expose.instruments[i].mayBeShort <== no;
        expose.instruments[i].chargesLong <== no;
    }
    expose.magnitudes <== magnitudes;
    expose.loss <== loss;
    out <== expose.out;
}

template Harness() {
    signal input held[${N}];
    signal input after[${N}];
    signal input rows[${N}][${RW}];
    signal input contingency[${N}];
    signal input longContingency[${N}];
    signal input lossBefore[${U}];
    signal input lossAfter[${U}];
    signal input limit;

    component book[2];
    for (var b = 0; b < 2; b++) {
        book[b] = Held();
        if (b == 0) book[b].positions <== held;
        else book[b].positions <== after;
        book[b].rows <== rows;
        book[b].contingency <== contingency;
        book[b].longContingency <== longContingency;
        if (b == 0) book[b].loss <== lossBefore;
        else book[b].loss <== lossAfter;
    }
    signal {binary} no <== 0;
    signal {natural, maxAbs} bound <== Natural(50)(limit);
    component margins = Spanning(${U});
    margins.before <== Margins(${U})(book[0].out.worstLoss, book[0].out.contingency);
    margins.after <== Margins(${U})(book[1].out.worstLoss, book[1].out.contingency);
    component row = SpanningRow();
    row.floor <== margins.floor;
    row.total <== margins.total;
    row.limit <== bound;
    row.refused <== no;
    // The limit is also that of maintenance: a margin above it has to shrink.
    Shrinks()(margins.floor, margins.filled, row.outside, row.outside);
}`;
const INPUTS = ["held", "after", "rows", "contingency", "longContingency", "lossBefore", "lossAfter", "limit"];

const none = microUsd(0n);

/** The prover's report on an order, with a margin limit of exactly `capital`. */
function judge(
  { snapshot }: Portfolio,
  held: readonly bigint[],
  order: readonly bigint[],
  capital: bigint,
): MandateReport {
  return evaluateMandate(profile, {
    mandate: { ...marginMandate(10_000n, 10_000n), cashFloorBps: bps(0n) },
    snapshot,
    epoch: 1n,
    order: order.map(lots),
    outflow: false,
    halted: false,
    settlement: {
      filled: held.map(() => lots(0n)),
      positions: held.map(lots),
      cash: none,
      cashFlow: none,
      cashAdj: none,
      navBefore: none,
      nav: microUsd(capital),
      capital: microUsd(capital),
      insolvent: false,
      breachSince: 0n,
    },
  });
}

function inputs(
  { snapshot }: Portfolio,
  held: readonly bigint[],
  order: readonly bigint[],
  limit: bigint,
  report: MandateReport,
): SubmissionInputs {
  const contingency = snapshot.slots.map((slot) => slot.contingency);
  return {
    held: held.map(toWord),
    after: held.map((q, i) => toWord(q + order[i]!)),
    rows: snapshot.slots.map(packSlot),
    contingency,
    longContingency: contingency.map((charge, i) => (snapshot.chargesLong[i] ? charge : 0n)),
    lossBefore: [...report.lossBefore],
    lossAfter: [...report.lossAfter],
    limit,
  };
}

describe("The margin of a book of the standard size", () => {
  let circuit: Circuit;
  before(() => {
    circuit = new Circuit({
      includes: ["lib/mandate.circom", "lib/rows.circom"],
      template: "Harness()",
      inputs: INPUTS,
      body: MARGIN,
    });
  });

  for (const kind of ["held", "built up", "reduced", "turned"] as const) {
    it(`${kind}, of spot, perps and options at the market's rows: circuit and prover agree at one micro-dollar below the limit, at it and one above`, () => {
      const verdicts = new Set<string>();
      for (let seed = 1; seed <= 4; seed++) {
        const dice = new Dice(seed);
        const portfolio = randomPortfolio(profile, 4_000 + seed);
        const scaled = (list: readonly bigint[], percent: bigint): bigint[] => list.map((q) => (q * percent) / 100n);
        const held = kind === "built up" ? scaled(portfolio.positions, dice.between(0n, 90n)) : portfolio.positions;
        const after =
          kind === "reduced"
            ? scaled(held, dice.between(10n, 95n))
            : kind === "turned"
              ? held.toReversed()
              : portfolio.positions;
        const order = after.map((q, i) => q - held[i]!);
        const margin = judge(portfolio, held, order, 1n << 49n).rows.find(({ row }) => row === "margin")!.after;
        for (const limit of [margin - 1n, margin, margin + 1n]) {
          const report = judge(portfolio, held, order, limit);
          const { verdict } = report.rows.find(({ row }) => row === "margin")!;
          verdicts.add(verdict);
          if (verdict === "refused") {
            expect(circuit.refuses(inputs(portfolio, held, order, limit, report)), `${seed} at ${limit}`).to.equal(
              true,
            );
          } else {
            circuit.run(inputs(portfolio, held, order, limit, report));
          }
        }
      }
      expect([...verdicts])
        .to.include("inside")
        .and.to.include(kind === "reduced" ? "relaxed" : "refused");
    });
  }
});
