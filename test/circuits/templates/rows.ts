import { bit, list, natural, word, wrap } from "./template.ts";
import type { TemplateCases, Values } from "./template.ts";

const file = "lib/rows.circom";
const MOST = (1n << 48n) - 1n;

/** Lanes to words, 50 bits apart, signed. */
const pack = (lanes: readonly bigint[]): bigint[] =>
  Array.from({ length: Math.ceil(lanes.length / 5) }, (_, w) =>
    lanes.slice(5 * w, 5 * w + 5).reduce((sum, lane, k) => sum + (lane << BigInt(50 * k)), 0n),
  );

// GroupTotals(2): value, delta, gamma, vega, two stress scenarios; the fifth lane ends the first word.
const totals = (lanes: readonly bigint[], loss: bigint) => ({
  inputs: { words: pack(lanes), loss },
  outputs: [...lanes.slice(0, 4), ...lanes.slice(1, 4).map((total) => (total >= 0n ? 1n : 0n)), loss],
});

/** A slot of which only rows, notional and contingency matter. */
const instrument = (
  i: number,
  lanes: readonly bigint[],
  notional: bigint,
  contingency: bigint,
  longContingency: bigint,
): Record<string, bigint | bigint[]> =>
  Object.fromEntries(
    Object.entries({
      rows: pack(lanes),
      carryIndex: 0n,
      notional,
      slip: 0n,
      contingency,
      longContingency,
      liquidity: 0n,
      positionCap: 100n,
      mayBeShort: 1n,
      chargesLong: 0n,
    }).map(([field, value]) => [`instruments_${i}_${field}`, value]),
  );

/** Two groups of two slots. */
const exposed: Values = {
  positions: [1n, -2n, 3n, 0n],
  magnitudes: [1n, 2n, 3n, 0n],
  isLong: [1n, 0n, 1n, 1n],
  loss: [14n, 9n],
  ...instrument(0, [1n, 2n, 3n, 4n, 6n], 10n, 7n, 7n),
  ...instrument(1, [10n, 20n, 30n, 40n, 10n], 20n, 5n, 0n),
  ...instrument(2, [-1n, -2n, -3n, -4n, -3n], 30n, 9n, 0n),
  ...instrument(3, [7n, 7n, 7n, 7n, 7n], 40n, 1n, 1n),
};

export const rows: readonly TemplateCases[] = [
  {
    file,
    template: "GroupWords",
    main: wrap(
      file,
      "GroupWords(2, 2)",
      { amounts: list(2, word), "rows[0]": list(2, word), "rows[1]": list(2, word) },
      [["out", 2]],
    ),
    accepts: [
      {
        why: "each amount times its words, added",
        inputs: { amounts: [2n, -3n], rows_0: [10n, 20n], rows_1: [100n, -200n] },
        outputs: [-280n, 640n],
      },
    ],
    refuses: [],
  },
  {
    file,
    template: "GroupTotals",
    main: wrap(file, "GroupTotals(2)", { words: list(2, word), loss: word }, [
      "value",
      "delta",
      "gamma",
      "vega",
      "deltaIsNatural",
      "gammaIsNatural",
      "vegaIsNatural",
      "worstLoss",
    ]),
    accepts: [
      { why: "nothing", ...totals([0n, 0n, 0n, 0n, 0n, 0n], 0n) },
      { why: "both signs in neighbouring lanes", ...totals([-1n, 1n, -1n, 1n, -1n, 1n], 1n) },
      { why: "negative lanes next to negative lanes", ...totals([-5n, -4n, -3n, -2n, -1n, -6n], 6n) },
      { why: "the largest totals", ...totals([MOST, MOST, MOST, MOST, MOST, MOST], 0n) },
      { why: "the lowest totals", ...totals([-MOST, -MOST, -MOST, -MOST, -MOST, -MOST], MOST) },
      { why: "no loss", ...totals([1n, 2n, 3n, 4n, 5n, 6n], 0n) },
    ],
    refuses: [
      {
        why: "a loss one micro-dollar above the claim, in the first word",
        inputs: totals([0n, 0n, 0n, 0n, -6n, 0n], 5n).inputs,
      },
      {
        why: "a loss one micro-dollar above the claim, in the last word",
        inputs: totals([0n, 0n, 0n, 0n, 0n, -6n], 5n).inputs,
      },
      { why: "a large loss against a claim of nothing", inputs: totals([0n, 0n, 0n, 0n, -MOST, 0n], 0n).inputs },
      { why: "a loss claimed a micro-dollar larger than it is", inputs: totals([1n, 2n, 3n, 4n, -5n, 6n], 6n).inputs },
      { why: "a loss claimed where there is none", inputs: totals([1n, 2n, 3n, 4n, 5n, 6n], 1n).inputs },
      { why: "a loss claimed as large as a profit", inputs: totals([1n, 2n, 3n, 4n, -5n, 6n], -6n).inputs },
      { why: "a negative claim", inputs: totals([0n, 0n, 0n, 0n, 5n, 5n], -1n).inputs },
      { why: "a claim of 2^48", inputs: totals([0n, 0n, 0n, 0n, 0n, 0n], 1n << 48n).inputs },
      { why: "something in a padding lane", inputs: { words: pack([0n, 0n, 0n, 0n, 0n, 0n, 1n]), loss: 0n } },
    ],
  },
  {
    // Stress lanes with a lane above them, which could lend.
    file,
    template: "GroupTotals",
    main: wrap(file, "GroupTotals(3)", { words: list(2, word), loss: word }, [
      "value",
      "delta",
      "gamma",
      "vega",
      "deltaIsNatural",
      "gammaIsNatural",
      "vegaIsNatural",
      "worstLoss",
    ]),
    accepts: [
      { why: "losses up to the claim below a profit", ...totals([1n, -2n, 3n, -4n, -5n, -5n, 7n], 5n) },
      { why: "the largest loss below the largest profit", ...totals([0n, 0n, 0n, 0n, 0n, -MOST, MOST], MOST) },
    ],
    refuses: [
      {
        why: "a loss one micro-dollar above the claim, borrowed from the profit in the next lane",
        inputs: totals([0n, 0n, 0n, 0n, 0n, -6n, 7n], 5n).inputs,
      },
      {
        why: "a large loss, borrowed from the profit in the next lane",
        inputs: totals([0n, 0n, 0n, 0n, 0n, -MOST, MOST], 0n).inputs,
      },
    ],
  },
  {
    file,
    template: "Notionals",
    main: wrap(file, "Notionals(2)", { magnitudes: list(2, natural(40)), notional: list(2, word) }, [["out", 2]]),
    accepts: [
      { why: "size times notional", inputs: { magnitudes: [3n, 5n], notional: [100n, 10n] }, outputs: [300n, 50n] },
    ],
    refuses: [],
  },
  {
    file,
    template: "Contingencies",
    main: wrap(
      file,
      "Contingencies(4, 2)",
      {
        magnitudes: list(4, natural(40)),
        isLong: list(4, bit),
        contingency: list(4, word),
        longContingency: list(4, word),
      },
      [["out", 2]],
    ),
    accepts: [
      {
        why: "short lots pay, long ones only where they are charged, groups apart",
        inputs: {
          magnitudes: [3n, 5n, 7n, 2n],
          isLong: [0n, 1n, 1n, 0n],
          contingency: [10n, 10n, 100n, 1_000n],
          longContingency: [10n, 10n, 0n, 0n],
        },
        outputs: [80n, 2_000n],
      },
      {
        why: "nothing held",
        inputs: {
          magnitudes: [0n, 0n, 0n, 0n],
          isLong: [1n, 1n, 1n, 1n],
          contingency: [10n, 10n, 10n, 10n],
          longContingency: [10n, 10n, 0n, 0n],
        },
        outputs: [0n, 0n],
      },
    ],
    refuses: [],
  },
  {
    file,
    template: "Expose",
    main: wrap(
      file,
      "Expose(4, 2, 1)",
      {
        positions: list(4, word),
        magnitudes: list(4, natural(40)),
        isLong: list(4, bit),
        loss: list(2, word),
        ...Object.fromEntries(
          [0, 1, 2, 3].flatMap((i) => [
            [`instruments[${i}].rows`, list(1, word)],
            ...["carryIndex", "notional", "slip", "contingency", "longContingency"].map((field) => [
              `instruments[${i}].${field}`,
              word,
            ]),
            ...["liquidity", "positionCap"].map((field) => [`instruments[${i}].${field}`, natural(40)]),
            [`instruments[${i}].mayBeShort`, bit],
            [`instruments[${i}].chargesLong`, bit],
          ]),
        ),
      },
      [
        ["out.value", 2],
        ["out.delta", 2],
        ["out.gamma", 2],
        ["out.vega", 2],
        ["out.worstLoss", 2],
        ["out.contingency", 2],
        ["out.notional", 4],
      ],
    ),
    accepts: [
      {
        why: "two groups of two slots",
        inputs: exposed,
        outputs: [-19n, -3n, -38n, -6n, -57n, -9n, -76n, -12n, 14n, 9n, 17n, 0n, 10n, 40n, 90n, 0n],
      },
      {
        why: "positions that no scenario moves",
        inputs: {
          ...exposed,
          loss: [0n, 0n],
          ...Object.fromEntries([0, 1, 2, 3].map((i) => [`instruments_${i}_rows`, pack([7n, 1n, 1n, 1n, 0n])])),
        },
        outputs: [-7n, 21n, -1n, 3n, -1n, 3n, -1n, 3n, 0n, 0n, 17n, 0n, 10n, 40n, 90n, 0n],
      },
    ],
    refuses: [
      { why: "a loss below the worst one", inputs: { ...exposed, loss: [13n, 9n] } },
      { why: "a loss above the worst one", inputs: { ...exposed, loss: [14n, 10n] } },
    ],
  },
];
