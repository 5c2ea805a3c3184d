import {
  genesisCommitment,
  bookWords,
  commitBook,
  genesisBook,
  parseBook,
  requireOpening,
} from "../../prover/book/book.ts";
import { expect } from "chai";
import fc from "fast-check";
import { settleBook } from "../../prover/book/settlement.ts";
import type { Book } from "../../prover/book/book.ts";
import type { Settlement } from "../../prover/book/settlement.ts";
import { FIELD_ORDER, toWord } from "../../prover/base/field.ts";
import { poseidon } from "../../prover/crypto/poseidon.ts";
import { profiles } from "../../prover/format/profile.ts";
import { emptySettle } from "../../prover/format/transcript.ts";
import type { Settle, SettleSlot, Snapshot } from "../../prover/format/transcript.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { arbitraryScenario, randomScenario } from "../support/scenario.ts";
import { emptySnapshot } from "../support/snapshot.ts";
import { thrown } from "../support/thrown.ts";

const { small, standard } = profiles;
const signed = (bits: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: 1n - (1n << bits), max: (1n << bits) - 1n });
const arbitraryBook = (slots: number): fc.Arbitrary<Book> =>
  fc.record({
    positions: fc.array(signed(40n).map(lots), { minLength: slots, maxLength: slots }),
    order: fc.array(signed(31n).map(lots), { minLength: slots, maxLength: slots }),
    cashAdj: signed(62n).map(microUsd),
    nav: signed(50n).map(microUsd),
    breachSince: fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }),
    halvings: fc.bigInt({ min: 0n, max: 7n }),
    salt: fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n }).map(toWord),
  });

describe("The book of a vault", () => {
  it("packs into its words and back at both sizes", () => {
    for (const profile of [small, standard]) {
      fc.assert(
        fc.property(arbitraryBook(profile.slots), (book) => {
          const words = bookWords(book);
          expect(words).to.have.length(profile.bookWords);
          expect(parseBook(profile, words)).to.deep.equal(book);
        }),
      );
    }
  });

  it("lays its words out as docs/protocol.md §3 says", () => {
    const book = genesisBook(16);
    book.positions = book.positions.map((_, i) => lots(i === 7 ? 5n : 0n));
    book.order = book.order.map((_, i) => lots(i === 8 ? -3n : 0n));
    Object.assign(book, { cashAdj: -1n, nav: 2n, breachSince: 3n, halvings: 1n, salt: 77n });
    const words = bookWords(book);
    const lanes = (count: number, offset: bigint, bits: bigint): bigint =>
      Array.from({ length: count }, (_, k) => offset << (bits * BigInt(k))).reduce((a, b) => a + b, 0n);
    expect(words[1]).to.equal(lanes(6, 1n << 40n, 41n) + (5n << 41n));
    expect(words[2]).to.equal(lanes(4, 1n << 40n, 41n));
    expect(words[4]).to.equal(lanes(7, 1n << 31n, 32n) - (3n << 32n));
    expect(words[6]).to.equal((1n << 62n) - 1n + (((1n << 50n) + 2n) << 64n) + (3n << 128n) + (1n << 160n));
    expect(words[7]).to.equal(77n);
    expect(commitBook(book)).to.equal(poseidon(words));
  });

  it("starts from a fixed commitment to nothing, the same in circuit, contract and here", () => {
    expect(genesisCommitment(small)).to.equal(
      1522384482182140621211143634768987844576495882339909628153831691383154840138n,
    );
    expect(genesisCommitment(standard)).to.equal(
      19045628392275250630348526981485276702320094043120927404721661685773762150853n,
    );
    expect(commitBook(genesisBook(4))).to.equal(genesisCommitment(small));
  });

  it("refuses amounts at the edge of their lanes, naming them", () => {
    const edges: [Partial<Book>, RegExp][] = [
      [{ positions: [0n, 1n << 40n, 0n, 0n].map(lots) }, /position of slot 1/],
      [{ positions: [0n, -(1n << 40n), 0n, 0n].map(lots) }, /position of slot 1/],
      [{ order: [0n, 0n, 1n << 31n, 0n].map(lots) }, /order of slot 2/],
      [{ order: [0n, 0n, -(1n << 31n), 0n].map(lots) }, /order of slot 2/],
      [{ cashAdj: microUsd(1n << 62n) }, /cashAdj/],
      [{ nav: microUsd(-(1n << 50n)) }, /nav/],
      [{ breachSince: 1n << 32n }, /epoch of the breach/],
    ];
    for (const [change, message] of edges) {
      expect(thrown(() => bookWords({ ...genesisBook(4), ...change })))
        .to.include({ code: "out-of-range" })
        .with.property("message")
        .that.matches(message);
    }
  });

  it("refuses words that are no book's", () => {
    const words = bookWords(genesisBook(4));
    const change = (index: number, by: bigint): bigint[] => words.map((word, i) => (i === index ? word + by : word));
    for (const bad of [
      change(0, 1n << 170n),
      change(0, -(1n << 40n)),
      change(1, 1n << 130n),
      change(2, 1n << 164n),
      change(2, 1n << 126n),
    ]) {
      expect(thrown(() => parseBook(small, bad))).to.include({ code: "not-canonical" });
    }
    expect(thrown(() => parseBook(small, words.slice(1)))).to.include({ code: "wrong-length" });
  });

  it("must open the commitment that stands on chain", () => {
    requireOpening(genesisBook(4), genesisCommitment(small));
    expect(thrown(() => requireOpening({ ...genesisBook(4), breachSince: 1n }, genesisCommitment(small)))).to.include({
      code: "wrong-opening",
    });
  });
});

const slot = (debit: bigint, charge: bigint, exitIndex = 0n): SettleSlot => ({
  debit: microUsd(debit),
  charge: microUsd(charge),
  exitIndex: microUsd(exitIndex),
});

describe("Settling a book", () => {
  const snapshot = emptySnapshot(small, [{ value: 100n, carryIndex: 7n }, { carryIndex: -20n }, { value: 5n }, {}]);
  const book: Book = {
    ...genesisBook(4),
    positions: [10n, -4n, 3n, 6n].map(lots),
    order: [2n, -1n, 5n, -6n].map(lots),
    cashAdj: microUsd(1_000n),
    breachSince: 4n,
  };
  const settle: Settle = {
    groupFilled: [true, false],
    keep: [true, true, true, false],
    slots: [slot(107n, 1n), slot(-21n, 2n), slot(50n, 50n), slot(9n, 9n, 11n)],
  };

  it("pays for filled groups, drops lapsed ones, and closes ended series at their exit index", () => {
    const s = settleBook(small, book, settle, snapshot, microUsd(-100n));
    expect(s.filled).to.deep.equal([2n, -1n, 0n, 0n]);
    expect(s.positions).to.deep.equal([12n, -5n, 3n, 0n]);
    // 1000 − (2·107 + 2·1) − (1·21 + 1·2) + 6·11
    expect(s.cashAdj).to.equal(827n - 100n);
    expect(s.cash).to.equal(827n + 12n * 7n + 5n * 20n);
    expect(s.navBefore).to.equal(s.cash + 12n * 100n + 3n * 5n);
    expect(s).to.include({ nav: s.navBefore - 100n, capital: s.navBefore - 100n, insolvent: false, breachSince: 4n });
  });

  it("pays a series that ended its exit index once and for all, fills of the last order included", () => {
    const all: Settle = { ...settle, groupFilled: [true, true] };
    const s = settleBook(small, { ...book, order: [0n, 0n, 0n, -2n].map(lots) }, all, snapshot, microUsd(0n));
    // sold 2 at 9 (charge 9 each), the remaining 4 paid 11 each
    expect(s.cashAdj).to.equal(1_000n + 2n * 9n - 2n * 9n + 4n * 11n);
    expect(s.positions[3]).to.equal(0n);
  });

  it("calls a vault insolvent exactly when it has less than nothing", () => {
    const empty = emptySnapshot(small);
    for (const [nav, insolvent, capital] of [
      [-1n, true, 0n],
      [0n, false, 0n],
      [1n, false, 1n],
    ] as const) {
      const s = settleBook(
        small,
        { ...genesisBook(4), cashAdj: microUsd(nav) },
        emptySettle(small),
        empty,
        microUsd(0n),
      );
      expect(s).to.include({ insolvent, capital, nav });
    }
  });

  it("makes no money: what one side of a crossing pays the other gets, and only the charge leaves", () => {
    const amount = fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.bigInt({ min: 0n, max: 1_000n }),
        amount,
        fc.boolean(),
        (delta, debit, charge, carry, fill) => {
          const market: Snapshot = emptySnapshot(small, [{ value: 3n, carryIndex: carry }]);
          const words: Settle = {
            ...emptySettle(small),
            groupFilled: [fill, true],
            slots: [slot(debit, charge), slot(0n, 0n), slot(0n, 0n), slot(0n, 0n)],
          };
          const held = (order: bigint): Book => ({
            ...genesisBook(4),
            positions: [50n, 0n, 0n, 0n].map(lots),
            order: [order, 0n, 0n, 0n].map(lots),
            cashAdj: microUsd(0n),
          });
          const nav = (order: bigint): bigint => settleBook(small, held(order), words, market, microUsd(0n)).navBefore;
          const size = delta < 0n ? -delta : delta;
          expect(nav(delta) + nav(-delta)).to.equal(2n * nav(0n) - (fill ? 2n * size * charge : 0n));
        },
      ),
    );
  });

  it("leaves nothing behind: settling a settled book again changes nothing", () => {
    fc.assert(
      fc.property(arbitraryScenario(small), ({ request: { chain, book: old } }) => {
        const once = settleBook(small, old, chain.settle, chain.snapshot, chain.cashFlow);
        const settled: Book = {
          ...old,
          positions: once.positions,
          order: old.order.map(() => lots(0n)),
          cashAdj: once.cashAdj,
        };
        const again = settleBook(small, settled, emptySettle(small), chain.snapshot, microUsd(0n));
        expect(again).to.include({ nav: once.nav, cashAdj: once.cashAdj });
        expect(again.positions).to.deep.equal(once.positions);
      }),
    );
  });

  it("is linear in the cash flow", () => {
    const {
      request: { chain, book: old },
    } = randomScenario(standard, 3, "depositing");
    const [a, b] = [0n, 12_345n].map((flow) =>
      settleBook(standard, old, chain.settle, chain.snapshot, microUsd(flow)),
    ) as [Settlement, Settlement];
    expect([b.nav - a.nav, b.cashAdj - a.cashAdj, b.cash - a.cash, b.navBefore - a.navBefore]).to.deep.equal([
      12_345n,
      12_345n,
      0n,
      0n,
    ]);
  });
});
