import { bit, integer, list, natural, word, wrap } from "./template.ts";
import type { Kind, TemplateCases, Values } from "./template.ts";

const file = "lib/settle.circom";

// ---- Settle(2, 2): two slots, a group each
interface Fills {
  positions: bigint[];
  order: bigint[];
  filled: bigint[];
  keep: bigint[];
  debit: bigint[];
  charge: bigint[];
  exitIndex: bigint[];
  carryIndex: bigint[];
  cashAdj: bigint;
}
const plain: Fills = {
  positions: [100n, -40n],
  order: [-30n, 5n],
  filled: [1n, 0n],
  keep: [1n, 1n],
  debit: [7n, 11n],
  charge: [2n, 3n],
  exitIndex: [500n, 600n],
  carryIndex: [13n, -17n],
  cashAdj: 10_000n,
};
const fillKinds: Record<string, Kind> = {
  "book.positions": list(2, integer(40)),
  "book.order": list(2, integer(31)),
  "book.cashAdj": integer(62),
  "book.nav": integer(50),
  "book.breachSince": natural(32),
  "book.halvings": natural(3),
  "book.salt": word,
  isBuy: list(2, bit),
  filled: list(2, bit),
  carryIndex: list(2, word),
  ...Object.fromEntries(
    [0, 1].flatMap((i) => [
      [`fills[${i}].keep`, bit],
      ...["debit", "charge", "exitIndex"].map((f) => [`fills[${i}].${f}`, word]),
    ]),
  ),
};
const settleInputs = (f: Fills): Values => ({
  book_positions: f.positions,
  book_order: f.order,
  book_cashAdj: f.cashAdj,
  book_nav: 0n,
  book_breachSince: 0n,
  book_halvings: 0n,
  book_salt: 0n,
  isBuy: f.order.map((delta) => (delta < 0n ? 0n : 1n)),
  filled: f.filled,
  carryIndex: f.carryIndex,
  ...Object.fromEntries(
    [0, 1].flatMap((i) =>
      (["keep", "debit", "charge", "exitIndex"] as const).map((name) => [`fills_${i}_${name}`, f[name][i]!]),
    ),
  ),
});
function settled(f: Fills): bigint[] {
  let cashAdj = f.cashAdj;
  const q = f.positions.map((q0, i) => {
    const fill = f.filled[i]! * f.order[i]!;
    cashAdj -= fill * f.debit[i]! + (fill < 0n ? -fill : fill) * f.charge[i]!;
    cashAdj += (1n - f.keep[i]!) * (q0 + fill) * f.exitIndex[i]!;
    return f.keep[i]! * (q0 + fill);
  });
  const cash = q.reduce((sum, x, i) => sum + x * f.carryIndex[i]!, cashAdj);
  return [...q, ...q.map((x) => (x < 0n ? 0n : 1n)), ...q.map((x) => (x < 0n ? -x : x)), cashAdj, cash];
}
const settleCase = (why: string, change: Partial<Fills>) => {
  const fills = { ...plain, ...change };
  return { why, inputs: settleInputs(fills), outputs: settled(fills) };
};

// ---- NetAssetValue
const value = (cash: bigint, positionValue: bigint, cashFlow: bigint, dealing: bigint) => {
  const nav = cash + positionValue + cashFlow;
  const solvent = nav < 0n ? 0n : 1n;
  return {
    inputs: { cash, positionValue, cashFlow, dealing },
    outputs: [nav, solvent * nav, 1n - solvent, dealing * solvent * (cash + positionValue)],
  };
};

export const settle: readonly TemplateCases[] = [
  {
    file,
    template: "Settle",
    main: wrap(file, "Settle(2, 2)", fillKinds, [
      ["positions", 2],
      ["isLong", 2],
      ["magnitudes", 2],
      "cashAdj",
      "cash",
    ]),
    accepts: [
      settleCase("a sale that was filled, a purchase that was not", {}),
      settleCase("a purchase that was filled", { filled: [0n, 1n] }),
      settleCase("nothing filled", { filled: [0n, 0n] }),
      settleCase("a series that ended after the fill", { keep: [0n, 1n] }),
      settleCase("a series that ended without a fill", { filled: [0n, 0n], keep: [1n, 0n] }),
      settleCase("both series ended", { filled: [1n, 1n], keep: [0n, 0n] }),
      settleCase("a position turned from long to short", { order: [-101n, 5n] }),
      settleCase("a position closed", { order: [-100n, 5n] }),
      settleCase("negative debits and exit indices", {
        debit: [-7n, -11n],
        exitIndex: [-500n, -600n],
        keep: [0n, 0n],
        filled: [1n, 1n],
      }),
      settleCase("the largest position", { positions: [(1n << 40n) - 2n, -(1n << 40n)], order: [1n, 0n] }),
    ],
    refuses: [
      {
        why: "a position of 2^40 after the fill",
        inputs: settleInputs({ ...plain, positions: [(1n << 40n) - 1n, 0n], order: [1n, 0n] }),
      },
      {
        why: "a position below -2^40 after the fill",
        inputs: settleInputs({ ...plain, positions: [-(1n << 40n), 0n], order: [-1n, 0n] }),
      },
    ],
  },
  {
    file,
    template: "NetAssetValue",
    main: wrap(file, "NetAssetValue()", { cash: word, positionValue: word, cashFlow: word, dealing: bit }, [
      "nav",
      "capital",
      "insolvent",
      "printed",
    ]),
    accepts: [
      { why: "a solvent vault, printed before the flow", ...value(100n, 50n, 30n, 1n) },
      { why: "a solvent vault, not printed", ...value(100n, 50n, 30n, 0n) },
      { why: "zero is solvent", ...value(-50n, 50n, 0n, 1n) },
      { why: "one micro-dollar below", ...value(-51n, 50n, 0n, 1n) },
      { why: "a deposit makes it solvent; the negative NAV is printed", ...value(-100n, 50n, 60n, 1n) },
      { why: "the largest NAV", ...value((1n << 50n) - 1n, 0n, 0n, 1n) },
      { why: "the lowest NAV", ...value(0n, -(1n << 50n), 0n, 1n) },
    ],
    refuses: [
      { why: "a NAV of 2^50", inputs: value(1n << 50n, 0n, 0n, 1n).inputs },
      { why: "a NAV below -2^50", inputs: value(-(1n << 50n), -1n, 0n, 1n).inputs },
    ],
  },
];
