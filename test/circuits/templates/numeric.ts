import { bit, integer, list, natural, word, wrap } from "./template.ts";
import type { TemplateCases } from "./template.ts";

const file = "lib/numeric.circom";
const MOST = (1n << 68n) - 1n;

export const numeric: readonly TemplateCases[] = [
  {
    file,
    template: "Bits",
    main: wrap(file, "Bits(3)", { in: word }, [["out", 3]]),
    accepts: [
      { why: "0", inputs: { in: 0n }, outputs: [0n, 0n, 0n] },
      { why: "6 = 110", inputs: { in: 6n }, outputs: [0n, 1n, 1n] },
      { why: "7, the largest", inputs: { in: 7n }, outputs: [1n, 1n, 1n] },
    ],
    refuses: [
      { why: "8, one too large", inputs: { in: 8n } },
      { why: "-1", inputs: { in: -1n } },
      { why: "a bit of 2", inputs: { in: 4n }, forge: ["(in >> i) & 1", "i == 1 ? 2 : 0"] },
    ],
  },
  {
    file,
    template: "Bit",
    main: wrap(file, "Bit()", { in: word }, ["out"]),
    accepts: [
      { why: "0", inputs: { in: 0n }, outputs: [0n] },
      { why: "1", inputs: { in: 1n }, outputs: [1n] },
    ],
    refuses: [
      { why: "2", inputs: { in: 2n } },
      { why: "-1", inputs: { in: -1n } },
    ],
  },
  {
    file,
    template: "AtMostOne",
    main: wrap(file, "AtMostOne(3)", { in: list(3, word) }, [["out", 3]]),
    accepts: [
      { why: "none", inputs: { in: [0n, 0n, 0n] }, outputs: [0n, 0n, 0n] },
      { why: "the last", inputs: { in: [0n, 0n, 1n] }, outputs: [0n, 0n, 1n] },
    ],
    refuses: [
      { why: "two", inputs: { in: [1n, 0n, 1n] } },
      { why: "three", inputs: { in: [1n, 1n, 1n] } },
      { why: "numbers that add to one but are no bits", inputs: { in: [2n, -1n, 0n] } },
    ],
  },
  {
    file,
    template: "EqualsZero",
    main: wrap(file, "EqualsZero()", { in: word }, ["out"]),
    accepts: [
      { why: "0", inputs: { in: 0n }, outputs: [1n] },
      { why: "1", inputs: { in: 1n }, outputs: [0n] },
      { why: "-7", inputs: { in: -7n }, outputs: [0n] },
    ],
    refuses: [
      { why: "that 5 is zero, with the inverse 0", inputs: { in: 5n }, forge: ["in != 0 ? 1 / in : 0", "0"] },
      { why: "a second inverse of zero", inputs: { in: 0n }, forge: ["in != 0 ? 1 / in : 0", "7"] },
    ],
  },
  {
    file,
    template: "Natural",
    main: wrap(file, "Natural(8)", { in: word }, ["out"]),
    accepts: [0n, 1n, 255n].map((x) => ({ why: `${x}`, inputs: { in: x }, outputs: [x] })),
    refuses: [256n, 257n, -1n, 1n << 252n].map((x) => ({ why: `${x}`, inputs: { in: x } })),
  },
  {
    file,
    template: "Integer",
    main: wrap(file, "Integer(8)", { in: word }, ["out", "isNatural"]),
    accepts: [-256n, -1n, 0n, 255n].map((x) => ({ why: `${x}`, inputs: { in: x }, outputs: [x, x < 0n ? 0n : 1n] })),
    refuses: [-257n, 256n, 1n << 200n].map((x) => ({ why: `${x}`, inputs: { in: x } })),
  },
  {
    file,
    template: "Magnitude",
    main: wrap(file, "Magnitude()", { in: integer(16), isNatural: bit }, ["out"]),
    accepts: [
      { why: "of 5", inputs: { in: 5n, isNatural: 1n }, outputs: [5n] },
      { why: "of -5", inputs: { in: -5n, isNatural: 0n }, outputs: [5n] },
      { why: "of 0", inputs: { in: 0n, isNatural: 1n }, outputs: [0n] },
    ],
    refuses: [],
  },
  {
    file,
    template: "AssertAtMost",
    main: wrap(file, "AssertAtMost()", { a: integer(20), b: integer(20) }),
    accepts: [
      [4n, 5n],
      [5n, 5n],
      [-(1n << 20n), 1n << 20n],
      [-6n, -5n],
    ].map(([a, b]) => ({ why: `${a} <= ${b}`, inputs: { a: a!, b: b! } })),
    refuses: [
      [6n, 5n],
      [0n, -1n],
      [1n << 20n, -(1n << 20n)],
      [-5n, -6n],
    ].map(([a, b]) => ({ why: `${a} <= ${b}`, inputs: { a: a!, b: b! } })),
  },
  {
    file,
    template: "IsAbove",
    main: wrap(file, "IsAbove()", { a: integer(20), b: integer(20) }, ["out"]),
    accepts: [
      [4n, 5n],
      [5n, 5n],
      [6n, 5n],
      [-5n, -6n],
      [-(1n << 20n), 1n << 20n],
      [1n << 20n, -(1n << 20n)],
    ].map(([a, b]) => ({
      why: `${a} > ${b}`,
      inputs: { a: a!, b: b! },
      outputs: [a! > b! ? 1n : 0n],
    })),
    refuses: [],
  },
  {
    file,
    template: "Maximum",
    main: wrap(file, "Maximum()", { a: integer(20), b: integer(20) }, ["out"]),
    accepts: [
      [4n, 5n],
      [5n, 5n],
      [6n, 5n],
      [-5n, -6n],
      [-(1n << 20n), 1n << 20n],
      [1n << 20n, -(1n << 20n)],
    ].map(([a, b]) => ({
      why: `of ${a} and ${b}`,
      inputs: { a: a!, b: b! },
      outputs: [a! > b! ? a! : b!],
    })),
    refuses: [],
  },
  {
    file,
    template: "DivideFloor",
    main: wrap(file, "DivideFloor(10000, 55)", { in: natural(68) }, ["out", ["bits", 55]]),
    accepts: [0n, 9_999n, 10_000n, 10_001n, 19_999n, 123_456_789n, MOST].map((x) => ({
      why: `${x}`,
      inputs: { in: x },
      outputs: [x / 10_000n, ...Array.from({ length: 55 }, (_, b) => ((x / 10_000n) >> BigInt(b)) & 1n)],
    })),
    refuses: ["in \\ DIVISOR - 1", "in \\ DIVISOR + 1", "in / DIVISOR", "0"].map((quotient) => ({
      why: `the quotient ${quotient.replace("\\", "div").replace("DIVISOR", "10^4")}`,
      inputs: { in: 123_450_001n },
      forge: ["in \\ DIVISOR", quotient] as const,
    })),
  },
  {
    file,
    template: "FieldQuotient",
    main: wrap(file, "FieldQuotient()", { a: word, b: word }, ["out"]),
    accepts: [
      { why: "12 / 4", inputs: { a: 12n, b: 4n }, outputs: [3n] },
      { why: "-12 / 4", inputs: { a: -12n, b: 4n }, outputs: [-3n] },
      { why: "0 / 4", inputs: { a: 0n, b: 4n }, outputs: [0n] },
    ],
    refuses: [
      { why: "12 / 0", inputs: { a: 12n, b: 0n } },
      { why: "12 / 4 = 4", inputs: { a: 12n, b: 4n }, forge: ["out <-- a / b", "out <-- 4"] },
    ],
  },
];
