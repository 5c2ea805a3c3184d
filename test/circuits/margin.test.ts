import { expect } from "chai";
import { FIELD_ORDER, inverse, toWord } from "../../prover/base/field.ts";
import { wordIndex } from "../../prover/format/profile.ts";
import { publicSignals } from "../../prover/format/transcript.ts";
import type { Snapshot } from "../../prover/format/transcript.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import type { Circuit } from "../support/circuit.ts";
import { marginMandate, marginRequest } from "../support/marginBook.ts";
import type { MarginBook } from "../support/marginBook.ts";
import { allowed, insist, judge, SMALL, smallMandate } from "../support/rebalance.ts";
import type { Ordered } from "../support/rebalance.ts";
import { Dice } from "../support/scenario.ts";
import { emptySnapshot } from "../support/snapshot.ts";
import type { SlotRows } from "../support/snapshot.ts";

// Slots 0 and 1 are one underlying, 2 and 3 another.
const ROOM = { positionCap: 1n << 24n, liquidity: 1n << 24n };
/** Loses 3 a short lot in its worst scenario, and is charged 2; a long one loses 1 and is charged nothing. */
const OPTION: SlotRows = {
  ...ROOM,
  value: 10n,
  delta: 5n,
  gamma: 1n,
  vega: 1n,
  stress: [3n, -1n, 2n, 0n],
  notional: 100n,
  slip: 1n,
  contingency: 2n,
};
/** Loses 20 a lot on either side, and is charged 2. */
const PERP: SlotRows = {
  ...ROOM,
  delta: 100n,
  stress: [-20n, 20n, -10n, 10n],
  notional: 100n,
  slip: 1n,
  contingency: 2n,
  chargesLong: true,
};

describe("The margin, proven", () => {
  let circuit: Circuit;
  before(() => {
    circuit = smallMandate();
  });

  const book = (rows: readonly SlotRows[], rest: Omit<MarginBook, "snapshot">): Ordered =>
    marginRequest(SMALL, { snapshot: emptySnapshot(SMALL, rows), ...rest });
  const expectAccepted = (request: Ordered): void => {
    expect(allowed(request)).to.equal(true);
    circuit.run(insist(request).inputs);
  };
  /** The mandate refuses the margin and nothing else, and the circuit whatever is claimed of the settled book. */
  const expectRefused = (request: Ordered): void => {
    expect(
      judge(request)
        .rows.filter(({ verdict }) => verdict === "refused")
        .map(({ row }) => row),
    ).to.deep.equal(["margin"]);
    for (const breachSince of [0n, request.chain.epoch])
      expect(circuit.refuses(insist(request, { breachSince }).inputs)).to.equal(true);
  };

  describe("agrees with the prover's mandate to the micro-dollar", () => {
    /** Rows as wild as the small profile's budget lets them be, capital of exactly the margin. */
    const wild = (dice: Dice): Snapshot =>
      emptySnapshot(
        SMALL,
        Array.from(
          { length: SMALL.slots },
          (): SlotRows => ({
            ...ROOM,
            value: dice.magnitude(999n),
            delta: dice.signed(999n),
            gamma: dice.signed(999n),
            vega: dice.signed(999n),
            stress: Array.from({ length: SMALL.scenarios }, () => dice.signed(999n)),
            notional: dice.magnitude(999n),
            slip: dice.magnitude(9n),
            contingency: dice.magnitude(99n),
            chargesLong: dice.oneIn(2),
          }),
        ),
      );
    const list = (dice: Dice): bigint[] => Array.from({ length: SMALL.slots }, () => dice.signed(10_000n));

    it("of a book held and an order sent, for random books, at one below the limit, at it and one above", () => {
      let met = 0;
      for (let seed = 1; met < 6 && seed < 500; seed++) {
        const dice = new Dice(seed);
        const [snapshot, held] = [wild(dice), list(dice)];
        const order = dice.oneIn(3) ? held.map(() => 0n) : list(dice);
        const at = (nav: bigint): Ordered =>
          marginRequest(SMALL, { snapshot, held, order, nav, mandate: marginMandate(10_000n, 10_000n) });
        const margin = judge(at(1n << 40n)).rows.find(({ row }) => row === "margin")!.after;
        // Only books that nothing but the margin stands against.
        const others = judge(at(margin - 1n)).rows.some(
          ({ row, verdict }) => row !== "margin" && verdict === "refused",
        );
        if (margin < 1_000n || others || allowed(at(margin - 1n))) continue;
        met++;
        expectRefused(at(margin - 1n));
        expectAccepted(at(margin));
        expectAccepted(at(margin + 1n));
      }
      expect(met).to.equal(6);
    });
  });

  describe("of options", () => {
    it("takes a short option with the premium as cash and its contingency in the margin", () => {
      const write = (lots: bigint): Ordered =>
        book([OPTION], {
          held: [0n, 0n, 0n, 0n],
          order: [-lots, 0n, 0n, 0n],
          nav: 1_000n,
          mandate: marginMandate(5_000n, 7_500n),
        });
      expectAccepted(write(100n));
      expectRefused(write(101n));
    });

    it("is not evaded by an order that sits in two slots of one underlying", () => {
      const write = (a: bigint, b: bigint): Ordered =>
        book([OPTION, OPTION], {
          held: [0n, 0n, 0n, 0n],
          order: [-a, -b, 0n, 0n],
          nav: 1_000n,
          mandate: marginMandate(5_000n, 7_500n),
        });
      expectAccepted(write(50n, 50n));
      expectRefused(write(51n, 50n));
      expectRefused(write(50n, 51n));
    });

    it("is not evaded by two clearing groups either: losses add up, whatever their scenarios", () => {
      const other = { ...OPTION, stress: [-1n, 3n, 0n, 2n] };
      const write = (a: bigint, b: bigint): Ordered =>
        book([OPTION, {}, other], {
          held: [0n, 0n, 0n, 0n],
          order: [-a, 0n, -b, 0n],
          nav: 1_000n,
          mandate: marginMandate(5_000n, 7_500n),
        });
      expectAccepted(write(50n, 50n));
      expectRefused(write(50n, 51n));
    });
  });

  describe("of a dishonest prover", () => {
    const short = book([OPTION, OPTION], {
      held: [-60n, 5n, 0n, 0n],
      nav: 1_000n,
      mandate: marginMandate(3_000n, 7_500n),
    });
    const honest = (): BuiltSubmission => insist(short);

    it("can't hide a short option as a zero: no other lanes of the offset encoding open its commitment", () => {
      const { inputs } = honest();
      const q0 = inputs["q0"] as bigint[];
      const lane = 1n << 41n;
      const unit = toWord(inverse(lane, FIELD_ORDER));
      const disguises: bigint[][] = [
        // The short gone, and what it weighed in the word taken off the neighbour's lane.
        [0n, toWord(q0[1]! + q0[0]! * unit), q0[2]!, q0[3]!],
        // The sign bit moved into the next lane: −60 reads as 2^41 − 60, the neighbour as one lot less; and the
        // reverse.
        [toWord(q0[0]! + lane), toWord(q0[1]! - 1n), q0[2]!, q0[3]!],
        [toWord(q0[0]! - lane), toWord(q0[1]! + 1n), q0[2]!, q0[3]!],
        // Nothing at all, or the same lots long.
        [0n, q0[1]!, q0[2]!, q0[3]!],
        [60n, q0[1]!, q0[2]!, q0[3]!],
      ];
      for (const disguise of disguises) expect(circuit.refuses({ ...inputs, q0: disguise })).to.equal(true);
    });

    it("can't seal an order to sell as a zero in the new book and the commitments", () => {
      const selling = book([OPTION, OPTION], {
        held: [0n, 0n, 0n, 0n],
        order: [-60n, 5n, 0n, 0n],
        nav: 1_000n,
        mandate: marginMandate(3_000n, 7_500n),
      });
      const { inputs, words } = insist(selling);
      const order = inputs["order"] as bigint[];
      const unit = toWord(inverse(1n << 32n, FIELD_ORDER));
      const lane = 1n << 32n;
      for (const disguise of [
        [0n, toWord(order[1]! + order[0]! * unit), 0n, 0n],
        [toWord(order[0]! + lane), toWord(order[1]! - 1n), 0n, 0n],
        [0n, order[1]!, 0n, 0n],
      ]) {
        expect(circuit.refuses({ ...inputs, words, order: disguise })).to.equal(true);
      }
    });

    it("can't claim the contingency of a short as that of a long", () => {
      const { inputs } = honest();
      for (const name of ["moves[0].heldIsLong", "moves[0].afterIsLong"])
        expect(circuit.refuses(inputs, { [name]: 1n }), name).to.equal(true);
    });

    it("can't claim less contingency or less loss than there is", () => {
      const { inputs, report } = honest();
      expect(report.lossBefore[0]).to.equal(165n);
      for (const name of ["lossBefore", "lossAfter"]) {
        expect(circuit.refuses({ ...inputs, [name]: [(inputs[name] as bigint[])[0]! - 1n, 0n] }), name).to.equal(true);
      }
      const charges = ["before", "exposed"].flatMap((book) => [
        `${book}.contingencies.rates[0]`,
        `${book}.contingencies.charges[0]`,
      ]);
      for (const name of charges) expect(circuit.refuses(inputs, { [name]: 0n }), name).to.equal(true);
    });

    it("can't use other flags or charges than the contract's", () => {
      const { inputs, words, signals } = honest();
      const flags = wordIndex(SMALL, "snapshot.slotFlags");
      const contingency = wordIndex(SMALL, "snapshot.slot[0].contingency");
      const maintenance = wordIndex(SMALL, "mandate.maintenanceMarginBps");
      for (const [index, value] of [
        [flags, words[flags]! ^ 1n],
        [flags, words[flags]! ^ (1n << BigInt(SMALL.slots))],
        [contingency, 0n],
        [maintenance, 10_000n],
      ] as const) {
        const forged = circuit.forge({ ...inputs, words: words.with(index, toWord(value)) });
        forged[circuit.wire("h")] = signals.h;
        forged[circuit.wire("d")] = signals.d;
        expect(circuit.accepts(forged)).to.equal(false);
      }
    });

    it("can't have a flag beyond the two of each slot, though prover and contract agree on it", () => {
      const { inputs, words } = honest();
      const index = wordIndex(SMALL, "snapshot.slotFlags");
      const others = words.with(index, toWord(words[index]! + (1n << BigInt(2 * SMALL.slots))));
      expect(circuit.refuses({ ...inputs, words: others, x: publicSignals(others).x })).to.equal(true);
    });
  });

  describe("above the maintenance limit", () => {
    // 50 lots lose 1,000 and are charged 100, on 1,000 of capital scaled by the limits.
    const at = (nav: bigint, order: bigint, outflow = false): Ordered =>
      book([PERP], {
        held: [50n, 0n, 0n, 0n],
        order: [order, 0n, 0n, 0n],
        nav,
        mandate: marginMandate(2_500n, 5_000n),
        outflow,
      });

    it("has to be reduced at once, however young the breach: no order, a larger position or the other side are refused", () => {
      const called = (order: bigint): Ordered => at(2_199n, order);
      expectRefused(called(0n));
      expectRefused(called(1n));
      expectRefused(called(-100n));
      expectAccepted(called(-1n));
      expectAccepted(called(-50n));
    });

    it("but not at it: then the book may be held as it is, and not grow", () => {
      expectAccepted(at(2_200n, 0n));
      expectRefused(at(2_200n, 1n));
      expectAccepted(at(2_200n, -1n));
    });

    it("asks nothing of a vault that can't trade: halted, it only settles", () => {
      const request = at(2_199n, 0n);
      const halted = { ...request, chain: { ...request.chain, halted: true } };
      expectAccepted(halted);
    });

    for (const halted of [false, true])
      it(`pays no redemption, nor does it above the initial limit${halted ? ", in a halted epoch neither" : ""}`, () => {
        const paying = (nav: bigint): Ordered => {
          const request = at(nav, 0n, true);
          return { ...request, chain: { ...request.chain, halted } };
        };
        expectRefused(paying(2_199n));
        expectRefused(paying(4_399n));
        expectAccepted(paying(4_400n));
      });
  });
});
