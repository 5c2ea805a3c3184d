import { expect } from "chai";
import { commitBook } from "../../prover/book/book.ts";
import type { Book } from "../../prover/book/book.ts";
import { bps, lots } from "../../prover/base/units.ts";
import type { Mandate } from "../../prover/format/transcript.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/submission/witness.ts";
import { insistOn, requestFor } from "../support/adherence.ts";
import type { Circuit } from "../support/circuit.ts";
import { SMALL, smallRebalance } from "../support/rebalance.ts";
import { holding, LOOSE, perpSlot, situationOf, snapshotOf, spotSlot, strategyOf } from "../support/strategy.ts";

const EPOCH = 1_000n;

/** A vault of a million dollars, 60 % in one asset, hedged or not, whose mandate bears a breach for five epochs. */
interface Case {
  /** Most of NAV in one asset, bps. */
  mandate?: Partial<Mandate>;
  breachSince?: bigint;
  filled?: boolean[];
  order?: bigint;
  /** Lots that the spot slot offers. */
  liquidity?: bigint;
  weightBps?: bigint;
}
const OUTSIDE = { concentrationBps: bps(5_000n) };

function requestOf({
  mandate = {},
  breachSince = 0n,
  filled = [true, true],
  order = 0n,
  liquidity = 1_000_000n,
  weightBps = 6_000n,
}: Case): SubmissionRequest {
  const snapshot = snapshotOf(SMALL, {
    0: spotSlot(1_000n, { liquidity: lots(liquidity) }),
    1: perpSlot(1_000n),
    2: spotSlot(500n),
    3: perpSlot(500n),
  });
  const request = requestFor(
    SMALL,
    strategyOf(SMALL, { weightBps: [weightBps, 0n, 0n, 0n] }),
    situationOf(SMALL, snapshot, holding(snapshot, { 0: 600n }, 400_000n), {
      epoch: EPOCH,
      mandate: { ...LOOSE, ...mandate },
    }),
  );
  const book: Book = { ...request.book, breachSince, order: request.book.order.with(0, lots(order)) };
  const settle = { ...request.chain.settle, groupFilled: filled };
  return { ...request, book, chain: { ...request.chain, oldCommitment: commitBook(book), settle } };
}

describe("The breach of a mandate", () => {
  let circuit: Circuit;
  before(() => {
    circuit = smallRebalance();
  });
  const submit = (one: Case): BuiltSubmission => {
    const built = buildSubmission(requestOf(one));
    expect(circuit.run(built.inputs)).to.deep.equal([built.signals.h, built.signals.d, built.signals.x]);
    return built;
  };
  /** The honest order, and another word about the breach in the new book. */
  const refuses = (one: Case, breachSince: bigint): void => {
    const request = requestOf(one);
    const { decision } = buildSubmission(request);
    const { inputs } = insistOn(request, decision.order, { report: { ...decision.report, breachSince } });
    expect(circuit.refuses(inputs), `since ${breachSince}`).to.equal(true);
  };

  it("begins with the epoch that finds the settled book outside, and no other is accepted", () => {
    expect(submit({ mandate: OUTSIDE }).newBook.breachSince).to.equal(EPOCH);
    for (const forged of [0n, EPOCH - 1n, EPOCH + 1n]) refuses({ mandate: OUTSIDE }, forged);
  });

  it("goes on from there, and is neither forgotten, nor made younger, nor older", () => {
    const one: Case = { mandate: OUTSIDE, breachSince: EPOCH - 3n };
    expect(submit(one).newBook.breachSince).to.equal(EPOCH - 3n);
    for (const forged of [0n, EPOCH, EPOCH - 2n, EPOCH - 4n]) refuses(one, forged);
  });

  it("does not end with an order that would bring the book inside, but was not filled", () => {
    const one: Case = { mandate: OUTSIDE, breachSince: EPOCH - 3n, order: -200n, weightBps: 4_000n };
    expect(submit({ ...one, filled: [false, true] }).newBook.breachSince).to.equal(EPOCH - 3n);
    refuses({ ...one, filled: [false, true] }, 0n);
    expect(submit(one).newBook.breachSince).to.equal(0n);
    refuses(one, EPOCH - 3n);
    refuses(one, EPOCH);
  });

  it("ends with a settled book that is inside, whatever of the batch was filled", () => {
    for (const filled of [
      [true, true],
      [true, false],
      [false, false],
    ]) {
      const { newBook, decision } = submit({ breachSince: 1n, filled });
      expect(newBook.breachSince).to.equal(0n);
      expect(decision.mode).to.equal("trade");
      refuses({ breachSince: 1n, filled }, 1n);
    }
  });

  it("is counted in epochs: a vault that submits once in a thousand has to sell like one that submits in each", () => {
    for (const [breachSince, mode] of [
      [EPOCH - 5n, "trade"],
      [EPOCH - 6n, "defend"],
      [1n, "defend"],
    ] as const)
      expect(submit({ mandate: OUTSIDE, breachSince }).decision.mode, `since ${breachSince}`).to.equal(mode);
  });

  it("asks nothing of a book inside every row, though it was outside for long: it may hold, and has a submission where it can't trade", () => {
    for (const liquidity of [1_000_000n, 0n]) {
      const built = submit({ breachSince: 1n, filled: [true, false], liquidity });
      expect(built.newBook.order).to.deep.equal([0n, 0n, 0n, 0n]);
    }
    const trades = submit({ breachSince: 1n, filled: [true, false], weightBps: 5_000n });
    expect(trades.newBook.order[0]).to.equal(-100n);
  });

  it("that is old refuses to hold, and takes the retreat that is decided", () => {
    const request = requestOf({ mandate: OUTSIDE, breachSince: EPOCH - 6n });
    const built = submit({ mandate: OUTSIDE, breachSince: EPOCH - 6n });
    expect(built.newBook.order[0]).to.equal(-150n);
    const nothing = built.newBook.order.map(() => lots(0n));
    const { report } = buildSubmission(requestOf({ mandate: OUTSIDE, breachSince: EPOCH - 5n }));
    for (const claims of [{}, { report: { ...report, breachSince: EPOCH } }])
      expect(circuit.refuses(insistOn(request, nothing, claims).inputs)).to.equal(true);
  });

  it("can't be told of another book than the one committed to", () => {
    const { inputs } = buildSubmission(requestOf({ mandate: OUTSIDE, breachSince: EPOCH - 3n }));
    for (const breachSince0 of [0n, EPOCH, EPOCH - 4n])
      expect(circuit.refuses({ ...inputs, breachSince0 }), `since ${breachSince0}`).to.equal(true);
  });

  it("is one of each kind of row, by a micro-dollar and by each side", () => {
    // A spot slot of 600,000 dollars: its delta, concentration, gross and net, and its margin of a fifth.
    for (const [name, exact] of [
      ["deltaBps", 6_000n],
      ["concentrationBps", 6_000n],
      ["grossBps", 6_000n],
      ["netBps", 6_000n],
      ["initialMarginBps", 1_200n],
    ] as const) {
      const at = (limit: bigint): Case => ({ mandate: { [name]: bps(limit) } });
      expect(submit(at(exact)).newBook.breachSince, name).to.equal(0n);
      refuses(at(exact), EPOCH);
      expect(submit(at(exact - 1n)).newBook.breachSince, name).to.equal(EPOCH);
      refuses(at(exact - 1n), 0n);
    }
    const floor = (cashFloorBps: bigint): Case => ({ mandate: { cashFloorBps: bps(cashFloorBps) } });
    expect(submit(floor(4_000n)).newBook.breachSince).to.equal(0n);
    expect(submit(floor(4_001n)).newBook.breachSince).to.equal(EPOCH);
    refuses(floor(4_001n), 0n);
  });
});
