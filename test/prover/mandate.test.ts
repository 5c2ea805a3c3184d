import { expect } from "chai";
import fc from "fast-check";
import { settleBook } from "../../prover/book/settlement.ts";
import { evaluateMandate, limitOf, MandateRefused, requireMandate } from "../../prover/book/mandate.ts";
import type { MandateInputs, MandateReport, RowName, RowResult, Verdict } from "../../prover/book/mandate.ts";
import { groupOfSlot, profiles } from "../../prover/format/profile.ts";
import type { Mandate, SnapshotSlot } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import { arbitraryScenario } from "../support/scenario.ts";
import { emptySnapshot } from "../support/snapshot.ts";
import type { SlotRows } from "../support/snapshot.ts";
import { thrown } from "../support/thrown.ts";

const profile = profiles.small;

/** One basis point of this is 100 µUSD. Groups: slots 0 and 1, slots 2 and 3. */
const CAPITAL = 1_000_000n;
const LOOSE: Mandate = {
  deltaBps: bps(262_143n),
  gammaBps: bps(262_143n),
  vegaBps: bps(262_143n),
  concentrationBps: bps(262_143n),
  participationBps: bps(10_000n),
  grossBps: bps(262_143n),
  netBps: bps(262_143n),
  cashFloorBps: bps(0n),
  turnoverBps: bps(262_143n),
  initialMarginBps: bps(10_000n),
  maintenanceMarginBps: bps(10_000n),
  breachEpochs: 3n,
};

const EPOCH = 100n;

interface Case {
  rows?: SlotRows[];
  held?: bigint[];
  order: bigint[];
  limits?: Partial<Record<keyof Mandate, bigint>>;
  cash?: bigint;
  cashFlow?: bigint;
  /** Epochs for which the book was outside when it was settled last. */
  age?: bigint;
  outflow?: boolean;
  halted?: boolean;
  insolvent?: boolean;
}

const four = (list: bigint[] = []): bigint[] => Array.from({ length: 4 }, (_, i) => list[i] ?? 0n);

function evaluate(c: Case): MandateReport {
  const rows = Array.from(
    { length: 4 },
    (_, i): SlotRows => ({ positionCap: 10n ** 9n, liquidity: 10n ** 9n, ...c.rows?.[i] }),
  );
  const inputs: MandateInputs = {
    mandate: { ...LOOSE, ...(c.limits as Partial<Mandate>) },
    snapshot: emptySnapshot(profile, rows),
    settlement: {
      filled: four().map(lots),
      positions: four(c.held).map(lots),
      cash: microUsd(c.cash ?? CAPITAL),
      cashFlow: microUsd(c.cashFlow ?? 0n),
      cashAdj: microUsd(0n),
      navBefore: microUsd(CAPITAL),
      nav: microUsd(CAPITAL),
      capital: microUsd(c.insolvent ? 0n : CAPITAL),
      insolvent: c.insolvent ?? false,
      breachSince: c.age === undefined ? 0n : EPOCH - c.age,
    },
    order: four(c.order).map(lots),
    epoch: EPOCH,
    outflow: c.outflow ?? false,
    halted: c.halted ?? false,
  };
  return evaluateMandate(profile, inputs);
}

const find = (c: Case, row: RowName, place: Partial<RowResult> = {}): RowResult => {
  const [found, ...more] = evaluate(c).rows.filter(
    (r) => r.row === row && Object.entries(place).every(([k, v]) => r[k as keyof RowResult] === v),
  );
  if (!found || more.length > 0) throw new Error(`${row} names no single row`);
  return found;
};

const expectRow = (c: Case, row: RowName, place: Partial<RowResult>, verdict: Verdict, excess = 0n): void =>
  void expect(find(c, row, place)).to.include({ verdict, excess });

describe("The mandate: rows of one group or slot", () => {
  const single: { row: RowName; limit: keyof Mandate; slot: SlotRows; place: Partial<RowResult>; sign: bigint }[] = [
    { row: "delta", limit: "deltaBps", slot: { delta: 1n }, place: { group: 1, side: "upper" }, sign: 1n },
    { row: "delta", limit: "deltaBps", slot: { delta: 1n }, place: { group: 1, side: "lower" }, sign: -1n },
    { row: "gamma", limit: "gammaBps", slot: { gamma: 1n }, place: { group: 1, side: "upper" }, sign: 1n },
    { row: "gamma", limit: "gammaBps", slot: { gamma: 1n }, place: { group: 1, side: "lower" }, sign: -1n },
    { row: "vega", limit: "vegaBps", slot: { vega: 1n }, place: { group: 1, side: "upper" }, sign: 1n },
    { row: "vega", limit: "vegaBps", slot: { vega: 1n }, place: { group: 1, side: "lower" }, sign: -1n },
    { row: "concentration", limit: "concentrationBps", slot: { notional: 1n }, place: { slot: 2 }, sign: 1n },
    { row: "concentration", limit: "concentrationBps", slot: { notional: 1n }, place: { slot: 2 }, sign: -1n },
  ];

  for (const { row, limit, slot, place, sign } of single) {
    describe(`${row}${place.side ? `, ${place.side} side` : sign < 0n ? ", held short" : ""}`, () => {
      const at = (held: bigint, order: bigint, more: Partial<Case> = {}): Case => ({
        rows: [{}, {}, slot],
        held: [0n, 0n, sign * held],
        order: [0n, 0n, sign * order],
        limits: { [limit]: 1n },
        ...more,
      });
      const check = (c: Case, verdict: Verdict, excess = 0n): void => expectRow(c, row, place, verdict, excess);

      it("allows exactly its limit and not one micro-dollar more", () => {
        check(at(0n, 100n), "inside");
        check(at(0n, 101n), "refused", 1n);
        check(at(60n, 40n), "inside");
      });

      it("lets a book that the market pushed outside be held or reduced, never worsened", () => {
        check(at(150n, 0n), "relaxed");
        check(at(150n, -10n), "relaxed");
        check(at(150n, 1n), "refused", 1n);
        check(at(150n, -50n), "inside");
      });

      it("wants a strict reduction once the breach is old", () => {
        check(at(150n, 0n, { age: 3n }), "relaxed");
        check(at(150n, 0n, { age: 4n }), "refused", 1n);
        check(at(150n, -1n, { age: 4n }), "relaxed");
        check(at(150n, 0n, { age: 4n, halted: true }), "relaxed");
      });

      it("has no relaxation in an epoch with redemptions, and the settled book must be inside too", () => {
        check(at(150n, -10n, { outflow: true }), "refused", 50n);
        check(at(150n, -50n, { outflow: true }), "refused", 50n);
        check(at(100n, -50n, { outflow: true }), "inside");
        check(at(50n, 50n, { outflow: true }), "inside");
      });
    });
  }

  it("keeps the sides of a Greek apart: long of one side isn't an excuse on the other", () => {
    const c: Case = { rows: [{ delta: 1n }], held: [150n], order: [-251n], limits: { deltaBps: 1n } };
    expectRow(c, "delta", { group: 0, side: "upper" }, "inside");
    expectRow(c, "delta", { group: 0, side: "lower" }, "refused", 1n);
  });

  it("adds up a Greek within a group and not across groups", () => {
    const rows = [{ delta: 1n }, { delta: 1n }, { delta: 1n }];
    expectRow(
      { rows, order: [100n, 0n, 100n], limits: { deltaBps: 1n } },
      "delta",
      { group: 0, side: "upper" },
      "inside",
    );
    expectRow(
      { rows, order: [60n, 41n], limits: { deltaBps: 1n } },
      "delta",
      { group: 0, side: "upper" },
      "refused",
      1n,
    );
    expectRow({ rows, order: [160n, -60n], limits: { deltaBps: 1n } }, "delta", { group: 0, side: "upper" }, "inside");
  });
});

describe("The mandate: rows nothing relaxes", () => {
  it("bounds an order by its share of the slot's liquidity, rounding against it", () => {
    const c = (order: bigint): Case => ({
      rows: [{ liquidity: 1_001n }],
      order: [order],
      limits: { participationBps: 100n },
    });
    expectRow(c(10n), "participation", { slot: 0 }, "inside");
    expectRow(c(-10n), "participation", { slot: 0 }, "inside");
    expectRow(c(11n), "participation", { slot: 0 }, "refused", 110_000n - 100_100n);
  });

  it("bounds a position by the slot's cap, long and short", () => {
    const c = (held: bigint, order: bigint): Case => ({ rows: [{ positionCap: 100n }], held: [held], order: [order] });
    expectRow(c(90n, 10n), "positionCap", { slot: 0 }, "inside");
    expectRow(c(90n, 11n), "positionCap", { slot: 0 }, "refused", 1n);
    expectRow(c(-90n, -11n), "positionCap", { slot: 0 }, "refused", 1n);
  });

  it("lets nobody be short where the slot may not be", () => {
    const c = (order: bigint): Case => ({ rows: [{ mayBeShort: false }], held: [5n], order: [order] });
    expectRow(c(-5n), "shortPosition", { slot: 0 }, "inside");
    expectRow(c(-6n), "shortPosition", { slot: 0 }, "refused", 1n);
  });

  it("bounds turnover over the whole vault", () => {
    const c = (a: bigint, b: bigint): Case => ({
      rows: [{ notional: 1n }, {}, { notional: 2n }],
      order: [a, 0n, b],
      limits: { turnoverBps: 1n },
    });
    expectRow(c(-60n, 20n), "turnover", {}, "inside");
    expectRow(c(61n, -20n), "turnover", {}, "refused", 1n);
  });

  it("lets no order through in a halt or from an insolvent vault", () => {
    for (const state of [{ halted: true }, { insolvent: true }]) {
      expectRow({ order: [0n, 1n], ...state }, "forcedHold", { slot: 1 }, "refused", 1n);
      expectRow({ order: [], ...state }, "forcedHold", { slot: 1 }, "inside");
    }
  });
});

describe("The mandate: rows across groups", () => {
  const spanning: { row: RowName; limit: keyof Mandate; slot: SlotRows; place: Partial<RowResult>; sign: bigint }[] = [
    { row: "gross", limit: "grossBps", slot: { notional: 1n }, place: {}, sign: 1n },
    { row: "net", limit: "netBps", slot: { delta: 1n }, place: { side: "upper" }, sign: 1n },
    { row: "net", limit: "netBps", slot: { delta: 1n }, place: { side: "lower" }, sign: -1n },
    { row: "margin", limit: "initialMarginBps", slot: { stress: [3n, -1n, 0n, 2n] }, place: {}, sign: 1n },
    { row: "margin", limit: "initialMarginBps", slot: { contingency: 1n }, place: {}, sign: -1n },
  ];

  for (const { row, limit, slot, place, sign } of spanning) {
    describe(`${row}${place.side ? `, ${place.side} side` : sign < 0n ? ", held short" : ""}`, () => {
      const at = (held: [bigint, bigint], order: [bigint, bigint], more: Partial<Case> = {}): Case => ({
        rows: [slot, {}, slot],
        held: [sign * held[0], 0n, sign * held[1]],
        order: [sign * order[0], 0n, sign * order[1]],
        limits: { [limit]: 1n },
        ...more,
      });
      const check = (c: Case, verdict: Verdict, excess = 0n): void => expectRow(c, row, place, verdict, excess);

      it("allows exactly its limit and not one micro-dollar more", () => {
        check(at([0n, 0n], [60n, 40n]), "inside");
        check(at([0n, 0n], [60n, 41n]), "refused", 1n);
      });

      it("counts each group at its worse, because the other may lapse", () => {
        check(at([60n, 40n], [10n, -10n]), "refused", 10n);
        check(at([60n, 30n], [10n, -10n]), "inside");
      });

      it("lets a book outside be held or reduced in every group, never worsened in one", () => {
        check(at([100n, 50n], [0n, 0n]), "relaxed");
        check(at([100n, 50n], [-20n, 0n]), "relaxed");
        check(at([100n, 50n], [-20n, 1n]), "refused", 1n);
      });

      it("wants a strict reduction of the total once the breach is old", () => {
        check(at([100n, 50n], [0n, 0n], { age: 4n }), "refused", 1n);
        check(at([100n, 50n], [0n, -1n], { age: 4n }), "relaxed");
        check(at([100n, 50n], [0n, 0n], { age: 4n, halted: true }), "relaxed");
      });

      it("must be inside before and after in an epoch with redemptions", () => {
        check(at([100n, 50n], [-40n, -20n], { outflow: true }), "refused", 50n);
        check(at([60n, 40n], [-40n, -20n], { outflow: true }), "inside");
      });
    });
  }

  it("takes a group's worst scenario, nets nothing across groups and counts no gain", () => {
    const rows = [{ stress: [-5n, 9n, 0n, 0n] }, { stress: [5n, -9n, 0n, 0n] }, { stress: [1n, 1n, 1n, -2n] }];
    const report = evaluate({ rows, held: [10n, 0n, 10n], order: [0n, 10n, -10n] });
    expect(report).to.deep.include({ lossBefore: [50n, 20n], lossAfter: [0n, 0n] });
    expect(evaluate({ rows, held: [0n, 0n, 0n], order: [] })).to.deep.include({ lossBefore: [0n, 0n] });
  });

  describe("margin", () => {
    const both = { stress: [-3n, 1n, 0n, 0n], contingency: 1n, chargesLong: true };
    const short = { stress: [3n, -1n, 0n, 0n], contingency: 2n };
    const at = (rows: SlotRows[], held: bigint[], order: bigint[], more: Partial<Case> = {}): Case => ({
      rows,
      held,
      order,
      limits: { initialMarginBps: 1n },
      ...more,
    });

    it("adds the contingency to the worst loss: of perps on both sides, of options on short lots only", () => {
      expectRow(at([both], [], [25n]), "margin", {}, "inside");
      expectRow(at([both], [], [26n]), "margin", {}, "refused", 4n);
      expectRow(at([both], [], [-50n]), "margin", {}, "inside");
      expectRow(at([both], [], [-51n]), "margin", {}, "refused", 2n);
      expectRow(at([short], [], [100n]), "margin", {}, "inside");
      expectRow(at([short], [], [-20n]), "margin", {}, "inside");
      expectRow(at([short], [], [-21n]), "margin", {}, "refused", 5n);
    });

    it("counts an order spread over two slots of one underlying as one, whatever slots or groups they are in", () => {
      expectRow(at([short, short], [], [-10n, -10n]), "margin", {}, "inside");
      expectRow(at([short, short], [], [-10n, -11n]), "margin", {}, "refused", 5n);
      expectRow(at([short, {}, short], [], [-10n, 0n, -11n]), "margin", {}, "refused", 5n);
    });

    it("nets losses within a group, never contingencies", () => {
      expectRow(at([both, both], [], [50n, -50n]), "margin", {}, "inside");
      expectRow(at([both, both], [], [50n, -51n]), "margin", {}, "refused", 2n);
    });

    it("above the maintenance limit has to shrink at once, up to it may stay", () => {
      const limits = { initialMarginBps: 1n, maintenanceMarginBps: 2n };
      expectRow(at([short], [-40n], [], { limits }), "margin", {}, "relaxed");
      expectRow(at([short], [-41n], [], { limits }), "margin", {}, "refused", 1n);
      expectRow(at([short], [-41n], [1n], { limits }), "margin", {}, "relaxed");
      expectRow(at([short], [-41n], [-1n], { limits }), "margin", {}, "refused", 6n);
      expectRow(at([short], [-41n], [], { limits, halted: true }), "margin", {}, "relaxed");
      expect(evaluate(at([short], [-40n], [], { limits }))).to.include({ margin: 200n, strict: false });
      expect(evaluate(at([short], [-41n], [], { limits }))).to.include({ margin: 205n, strict: true });
    });

    it("above the maintenance limit asks nothing of the other rows, nor do they hurry the margin", () => {
      const limits = { initialMarginBps: 1n, maintenanceMarginBps: 2n, grossBps: 1n };
      const notional = { ...short, notional: 10n };
      expectRow(at([notional, { notional: 200n }], [-41n, 1n], [1n, 0n], { limits }), "gross", {}, "relaxed");
      expectRow(at([notional], [-40n], [0n], { limits, age: 3n }), "margin", {}, "relaxed");
      expectRow(at([notional], [-40n], [0n], { limits, age: 4n }), "margin", {}, "refused", 1n);
    });
  });

  describe("cash", () => {
    it("has the premium of a short option, and counts its value as a debt", () => {
      const option: SlotRows = { value: 10n, slip: 1n };
      expectRow({ rows: [option], order: [-10n], cash: 0n }, "cash", {}, "inside");
      expectRow({ rows: [option], held: [-10n], order: [10n], cash: 110n }, "cash", {}, "inside");
      expectRow({ rows: [option], held: [-10n], order: [10n], cash: 109n }, "cash", {}, "refused", 1n);
    });

    const rows: SlotRows[] = [{ value: 10n, slip: 1n }, {}, { value: 10n, slip: 1n }];
    const at = (order: [bigint, bigint], more: Partial<Case>): Case => ({
      rows,
      held: [50n, 0n, 50n],
      order: [order[0], 0n, order[1]],
      ...more,
    });

    it("covers what the order costs at the worst allowed price, above the floor", () => {
      expectRow(at([10n, 0n], { cash: 110n }), "cash", {}, "inside");
      expectRow(at([10n, 0n], { cash: 109n }), "cash", {}, "refused", 1n);
      expectRow(at([10n, 0n], { cash: 209n, limits: { cashFloorBps: 1n } }), "cash", {}, "refused", 1n);
      expectRow(at([10n, 0n], { cash: 100n, cashFlow: 10n }), "cash", {}, "inside");
      expectRow(at([10n, 0n], { cash: 120n, cashFlow: -11n }), "cash", {}, "refused", 1n);
    });

    it("spends no proceeds of another group, which may lapse", () => {
      expectRow(at([10n, -50n], { cash: 109n }), "cash", {}, "refused", 1n);
    });

    it("lets a vault short of cash sell or wait, not buy", () => {
      expectRow(at([0n, 0n], { cash: -1n }), "cash", {}, "relaxed");
      expectRow(at([0n, -1n], { cash: -1n }), "cash", {}, "relaxed");
      expectRow(at([1n, -5n], { cash: -1n }), "cash", {}, "refused", 11n);
      expectRow(at([0n, 0n], { cash: -1n, age: 4n }), "cash", {}, "refused", 1n);
      expectRow(at([0n, -1n], { cash: -1n, outflow: true }), "cash", {}, "refused", 1n);
    });
  });
});

describe("The mandate as a whole", () => {
  it("rounds limits down", () => {
    expect(limitOf(microUsd(19_999n), bps(1n))).to.equal(1n);
    expect(limitOf(microUsd(9_999n), bps(1n))).to.equal(0n);
  });

  describe("a breach", () => {
    const short = (held: bigint, order: bigint, more: Partial<Case> = {}): MandateReport =>
      evaluate({
        rows: [{}, {}, { delta: 1n }],
        held: [0n, 0n, -held],
        order: [0n, 0n, order],
        limits: { deltaBps: 1n },
        ...more,
      });

    it("begins in the epoch that finds the settled book outside a row, whatever the order makes of it", () => {
      expect(short(100n, 0n)).to.include({ breachSince: 0n, strict: false });
      for (const order of [0n, 1n, 150n])
        expect(short(101n, order), `${order}`).to.include({ breachSince: EPOCH, strict: false });
      expect(short(0n, -101n), "an order that is outside").to.include({ breachSince: 0n });
    });

    it("goes on from its first epoch while the settled book is outside, and is over once it is inside", () => {
      for (const [age, strict] of [
        [1n, false],
        [3n, false],
        [4n, true],
        [99n, true],
      ] as const) {
        expect(short(101n, 1n, { age }), `${age}`).to.include({ breachSince: EPOCH - age, strict });
        expect(short(100n, 0n, { age }), `${age}`).to.include({ breachSince: 0n, strict: false });
      }
    });

    it("asks for nothing while no order can be sent, and is counted all the same", () => {
      expect(short(101n, 0n, { age: 4n, halted: true })).to.include({ breachSince: EPOCH - 4n, strict: false });
      expect(short(101n, 0n, { halted: true })).to.include({ breachSince: EPOCH, strict: false });
    });

    it("is one of cash and of whatever spans groups too, not of what only orders can break", () => {
      expect(evaluate({ order: [], cash: -1n })).to.include({ breachSince: EPOCH });
      const spanning = { rows: [{ notional: 1n }], held: [101n], limits: { grossBps: 1n } };
      expect(evaluate({ ...spanning, order: [] })).to.include({ breachSince: EPOCH });
      expect(evaluate({ ...spanning, held: [100n], order: [] })).to.include({ breachSince: 0n });
      expect(evaluate({ rows: [{ positionCap: 5n }], held: [7n], order: [] })).to.include({ breachSince: 0n });
    });
  });

  it("refuses with the rows and by how much, and without amounts in the message", () => {
    const report = evaluate({
      rows: [{ delta: 1n, notional: 1n }],
      order: [777_123n],
      limits: { deltaBps: 1n, turnoverBps: 2n },
    });
    const error = thrown(() => requireMandate(report));
    if (!(error instanceof MandateRefused)) throw error;
    expect(error.rows.map(({ row, group, side, excess }) => [row, group, side, excess])).to.deep.equal([
      ["delta", 0, "upper", 777_023n],
      ["turnover", undefined, undefined, 776_923n],
    ]);
    expect(error).to.include({ code: "mandate-refused" });
    expect(error.message)
      .to.match(/delta of group 0, upper side; turnover/)
      .and.not.match(/77\d{4}/);
  });

  it("holds for whichever groups fill: no row ends outside unless it already was, and then no worse", () => {
    for (const size of [profiles.small, profiles.standard]) {
      fc.assert(
        fc.property(
          arbitraryScenario(size),
          fc.integer({ min: 0, max: 2 ** size.groups - 1 }),
          ({ request: { chain, book }, decision: { order } }, filled) => {
            const settlement = settleBook(size, book, chain.settle, chain.snapshot, chain.cashFlow);
            const before = settlement.positions;
            const after = before.map((q, i) => ((filled >> groupOfSlot(size, i)) & 1 ? q + order[i]! : q));
            const limit = (name: Exclude<keyof Mandate, "breachEpochs">): bigint =>
              limitOf(settlement.capital, chain.mandate[name]);
            const sum = (book: readonly bigint[], lane: (slot: SnapshotSlot) => bigint, group?: number): bigint =>
              book.reduce(
                (total, q, i) =>
                  group === undefined || groupOfSlot(size, i) === group
                    ? total + q * lane(chain.snapshot.slots[i]!)
                    : total,
                0n,
              );
            const abs = (book: readonly bigint[]): bigint[] => book.map((q) => (q < 0n ? -q : q));
            const allowed = (exposure: (book: readonly bigint[]) => bigint, most: bigint): void => {
              const [was, is] = [exposure(before), exposure(after)];
              expect(is <= (was > most && !chain.outflow ? was : most)).to.equal(true);
            };
            const groups = Array.from({ length: size.groups }, (_, g) => g);
            for (const g of groups) {
              for (const row of ["delta", "gamma", "vega"] as const) {
                allowed((b) => sum(b, (slot) => slot[row], g), limit(`${row}Bps`));
                allowed((b) => -sum(b, (slot) => slot[row], g), limit(`${row}Bps`));
              }
            }
            allowed((b) => sum(abs(b), (slot) => slot.notional), limit("grossBps"));
            allowed((b) => sum(b, (slot) => slot.delta), limit("netBps"));
            allowed((b) => -sum(b, (slot) => slot.delta), limit("netBps"));
            const loss = (b: readonly bigint[], g: number): bigint =>
              Array.from({ length: size.scenarios }, (_, s) => -sum(b, (slot) => slot.stress[s]!, g)).reduce(
                (x, y) => (x > y ? x : y),
                0n,
              );
            const contingency = (b: readonly bigint[]): bigint =>
              b.reduce(
                (total, q, i) =>
                  total + (q < 0n ? -q : chain.snapshot.chargesLong[i] ? q : 0n) * chain.snapshot.slots[i]!.contingency,
                0n,
              );
            allowed((b) => groups.reduce((total, g) => total + loss(b, g), contingency(b)), limit("initialMarginBps"));
          },
        ),
        { numRuns: 150 },
      );
    }
  });
});
