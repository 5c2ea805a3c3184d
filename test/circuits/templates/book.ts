import { poseidon } from "../../../prover/crypto/poseidon.ts";
import { integer, list, natural, toCommitment, word, wrap } from "./template.ts";
import type { Kind, TemplateCases, Values } from "./template.ts";

const file = "lib/book.circom";
const SLOTS = 2;

/** The words as docs/protocol.md, section 3, has them. */
function wordsOf(
  book: Readonly<Record<"positions" | "order", readonly bigint[]>> &
    Readonly<Record<"cashAdj" | "nav" | "breachSince" | "halvings" | "salt", bigint>>,
): bigint[] {
  const pack = (lanes: readonly bigint[], perWord: number, offset: bigint, bits: bigint): bigint[] =>
    Array.from({ length: Math.ceil(lanes.length / perWord) }, (_, w) =>
      lanes
        .slice(perWord * w, perWord * (w + 1))
        .reduce((sum, lane, k) => sum + ((lane + offset) << (bits * BigInt(k))), 0n),
    );
  const { positions, order, cashAdj, nav, breachSince, halvings, salt } = book;
  return [
    ...pack(positions, 6, 1n << 40n, 41n),
    ...pack(order, 7, 1n << 31n, 32n),
    cashAdj + (1n << 62n) + ((nav + (1n << 50n)) << 64n) + (breachSince << 128n) + (halvings << 160n),
    salt,
  ];
}

type Book = Parameters<typeof wordsOf>[0];
const plain: Book = {
  positions: [7n, -8n],
  order: [-3n, 4n],
  cashAdj: -1_000n,
  nav: 2_000n,
  breachSince: 3n,
  halvings: 5n,
  salt: 99n,
};
const empty: Book = {
  positions: [0n, 0n],
  order: [0n, 0n],
  cashAdj: 0n,
  nav: 0n,
  breachSince: 0n,
  halvings: 0n,
  salt: 0n,
};
const lowest: Book = {
  positions: [-(1n << 40n), -(1n << 40n)],
  order: [-(1n << 31n), -(1n << 31n)],
  cashAdj: -(1n << 62n),
  nav: -(1n << 50n),
  breachSince: 0n,
  halvings: 0n,
  salt: 1n,
};
const highest: Book = {
  positions: [(1n << 40n) - 1n, (1n << 40n) - 1n],
  order: [(1n << 31n) - 1n, (1n << 31n) - 1n],
  cashAdj: (1n << 62n) - 1n,
  nav: (1n << 50n) - 1n,
  breachSince: (1n << 32n) - 1n,
  halvings: 7n,
  salt: -1n,
};
const many: Book = {
  ...plain,
  positions: Array.from({ length: 8 }, (_, i) => BigInt(i - 4) * 1_000n),
  order: Array.from({ length: 8 }, (_, i) => BigInt(3 - i)),
};

const wordsKinds = (slots: number): Record<string, Kind> => ({
  "book.positions": list(slots, integer(40)),
  "book.order": list(slots, integer(31)),
  "book.cashAdj": integer(62),
  "book.nav": integer(50),
  "book.breachSince": natural(32),
  "book.halvings": natural(3),
  "book.salt": word,
});
const asBook = (book: Book): Values =>
  Object.fromEntries(Object.entries(book).map(([name, value]) => [`book_${name}`, value]));
const opening = (book: Book, claimed: Partial<Book> = {}): Values => ({
  ...book,
  ...claimed,
  commitment: poseidon(wordsOf(book)),
});

/** The word stays what it is if one lane grows by its size and the next shrinks by one. */
const borrow = (book: Book, name: "positions" | "order", bits: bigint): Partial<Book> => ({
  [name]: [book[name][0]! + (1n << bits), book[name][1]! - 1n],
});

export const book: readonly TemplateCases[] = [
  {
    file,
    template: "BookWords",
    main: wrap(file, "BookWords(2)", wordsKinds(2), [["out", 4]]),
    accepts: Object.entries({ empty, plain, lowest, highest }).map(([why, b]) => ({
      why: `the ${why} book`,
      inputs: asBook(b),
      outputs: wordsOf(b),
    })),
    refuses: [],
  },
  {
    file,
    template: "BookWords",
    main: wrap(file, "BookWords(8)", wordsKinds(8), [["out", 6]]),
    accepts: [{ why: "eight slots, in two words each", inputs: asBook(many), outputs: wordsOf(many) }],
    refuses: [],
  },
  {
    file,
    template: "BookCommitment",
    main: wrap(file, "BookCommitment(2)", { words: list(4, word) }, ["out"]),
    accepts: [
      { why: "Poseidon of the words", inputs: { words: [1n, 2n, 3n, 4n] }, outputs: [poseidon([1n, 2n, 3n, 4n])] },
    ],
    refuses: [],
  },
  {
    file,
    template: "OpenBook",
    main: wrap(
      file,
      `OpenBook(${SLOTS})`,
      {
        positions: list(2, word),
        order: list(2, word),
        cashAdj: word,
        nav: word,
        breachSince: word,
        halvings: word,
        salt: word,
        commitment: word,
      },
      [
        ["book.positions", 2],
        ["book.order", 2],
        "book.cashAdj",
        "book.nav",
        "book.breachSince",
        "book.halvings",
        "book.salt",
        ["isBuy", 2],
        ["halvingBits", 3],
      ],
    ),
    accepts: Object.entries({ empty, plain, lowest, highest }).map(([why, b]) => ({
      why: `the ${why} book`,
      inputs: opening(b),
      outputs: [
        ...b.positions,
        ...b.order,
        b.cashAdj,
        b.nav,
        b.breachSince,
        b.halvings,
        b.salt,
        ...b.order.map((delta) => (delta < 0n ? 0n : 1n)),
        ...[0n, 1n, 2n].map((k) => (b.halvings >> k) & 1n),
      ],
    })),
    refuses: [
      { why: "other positions", inputs: opening(plain, { positions: [6n, -9n] }) },
      { why: "other orders", inputs: opening(plain, { order: [-4n, 3n] }) },
      { why: "other cash", inputs: opening(plain, { cashAdj: plain.cashAdj - 1n }) },
      { why: "another NAV", inputs: opening(plain, { nav: plain.nav - 1n }) },
      { why: "another epoch of the breach", inputs: opening(plain, { breachSince: plain.breachSince - 1n }) },
      { why: "no breach", inputs: opening(plain, { breachSince: 0n }) },
      {
        why: "positions that pack to the same word, one out of its lane",
        inputs: opening(plain, borrow(plain, "positions", 41n)),
      },
      {
        why: "orders that pack to the same word, one out of its lane",
        inputs: opening(plain, borrow(plain, "order", 32n)),
      },
      {
        why: "cash and NAV that pack to the same word",
        inputs: opening(plain, { cashAdj: plain.cashAdj + (1n << 64n), nav: plain.nav - 1n }),
      },
      {
        why: "NAV and epoch of the breach that pack to the same word",
        inputs: opening(plain, { nav: plain.nav + (1n << 64n), breachSince: plain.breachSince - 1n }),
      },
      {
        why: "an epoch beyond 32 bits in the place of a halving",
        inputs: opening(plain, { breachSince: plain.breachSince + (1n << 32n), halvings: 4n }),
      },
      { why: "other halvings", inputs: opening(plain, { halvings: 4n }) },
      { why: "eight halvings", inputs: opening({ ...plain, halvings: 8n }) },
      { why: "a breach since epoch 2^32", inputs: opening({ ...plain, breachSince: 1n << 32n }) },
      { why: "cash of 2^62", inputs: opening({ ...plain, cashAdj: 1n << 62n }) },
      { why: "a NAV of 2^50", inputs: opening({ ...plain, nav: 1n << 50n }) },
      { why: "another salt", inputs: opening(plain, { salt: 98n }) },
    ],
    repair: toCommitment,
  },
];
