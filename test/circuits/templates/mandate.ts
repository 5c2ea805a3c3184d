import { toWord } from "../../../prover/base/field.ts";
import { bit, integer, list, natural, word, wrap } from "./template.ts";
import type { Accepted, Kind, Refused, TemplateCases, Values } from "./template.ts";

const file = "lib/mandate.circom";
const terms: Record<string, Kind> = { "terms.strict": bit, "terms.refused": bit };
const [open, strict, refused] = (
  [
    [0n, 0n],
    [1n, 0n],
    [0n, 1n],
  ] as const
).map(([s, o]): Values => ({ terms_strict: s, terms_refused: o })) as [Values, Values, Values];

/** Both lists of a template, each case as [why, inputs …]. */
const cases = (
  accepts: readonly (readonly [string, ...Values[]])[],
  refuses: readonly (readonly [string, ...Values[]])[],
): { accepts: Accepted[]; refuses: Refused[] } => {
  const each = ([why, ...parts]: readonly [string, ...Values[]]): { why: string; inputs: Values } => ({
    why,
    inputs: Object.assign({}, ...parts) as Values,
  });
  return { accepts: accepts.map(each), refuses: refuses.map(each) };
};

const row = (before: bigint, after: bigint, limit: bigint, relaxed: bigint): Values => ({
  before,
  after,
  limit,
  relaxed,
});
const rows = (before: bigint[], after: bigint[], limit: bigint, relaxed: bigint[]): Values => ({
  before,
  after,
  limit,
  relaxed,
});
const spanningRow = (floor: bigint, total: bigint, limit: bigint, refused = 0n): Values => ({
  floor,
  total,
  limit,
  refused,
});
const shrinks = (floor: bigint, filled: bigint, outside: bigint, strict: bigint): Values => ({
  floor,
  filled,
  outside,
  strict,
});
/** Accepted with what comes out of it. */
const giving = (why: string, inputs: Values, ...outputs: bigint[]): Accepted => ({ why, inputs, outputs });

// Totals of two groups, with the signs that their range checks find.
const twoSided = (before: bigint[], after: bigint[], limit: bigint): Values => ({
  before,
  beforeIsNatural: before.map((x) => (x >= 0n ? 1n : 0n)),
  after,
  afterIsNatural: after.map((x) => (x >= 0n ? 1n : 0n)),
  limit,
});
const breach = (oldSince: bigint, epoch: bigint, breachEpochs: bigint, outside: bigint): Values => ({
  oldSince,
  epoch,
  breachEpochs,
  outside,
});

export const mandate: readonly TemplateCases[] = [
  {
    file,
    template: "Limit",
    main: wrap(file, "Limit(49)", { bps: natural(18), capital: integerNatural(50) }, ["out"]),
    accepts: (
      [
        [10_000n, 123n],
        [1n, 9_999n],
        [1n, 10_000n],
        [3n, 19_999n],
        [0n, 1n << 50n],
        [10_000n, (1n << 49n) - 1n],
        [10_000n, 1n << 49n],
        [(1n << 18n) - 1n, 1n << 50n],
      ] as const
    ).map(([bps, capital]) => {
      const [exact, most] = [(bps * capital) / 10_000n, (1n << 49n) - 1n];
      return giving(`${bps} bps of ${capital}`, { bps, capital }, exact < most ? exact : most);
    }),
    refuses: [],
  },
  {
    file,
    template: "Limit",
    main: wrap(file, "Limit(56)", { bps: natural(18), capital: integerNatural(50) }, ["out"]),
    accepts: [
      giving(
        "one wider than any",
        { bps: (1n << 18n) - 1n, capital: 1n << 50n },
        (((1n << 18n) - 1n) * (1n << 50n)) / 10_000n,
      ),
    ],
    refuses: [],
  },
  {
    file,
    template: "Row",
    main: wrap(file, "Row()", {
      before: integer(49),
      after: integer(49),
      limit: natural(49),
      relaxed: bit,
      ...terms,
    }),
    ...cases(
      [
        ["one below the limit", row(0n, 9n, 10n, 0n), open],
        ["at the limit", row(0n, 10n, 10n, 0n), open],
        ["far below on the other side", row(0n, -(1n << 49n), 0n, 0n), open],
        ["back inside from outside", row(99n, 10n, 10n, 1n), open],
        ["as far outside as before", row(15n, 15n, 10n, 1n), open],
        ["strictly less far outside", row(15n, 14n, 10n, 1n), strict],
        ["strict, back inside", row(15n, 10n, 10n, 1n), strict],
        ["strict, inside as before", row(10n, 10n, 10n, 0n), strict],
        ["an order outside that is refused", row(0n, 11n, 10n, 0n), refused],
      ],
      [
        ["one above the limit", row(0n, 11n, 10n, 0n), open],
        ["one worse than outside before", row(15n, 16n, 10n, 1n), open],
        ["strict, as far as before", row(15n, 15n, 10n, 1n), strict],
        ["strict, inside before and outside after", row(10n, 11n, 10n, 0n), strict],
      ],
    ),
  },
  {
    file,
    template: "Rows",
    main: wrap(file, "Rows(2)", {
      before: list(2, integer(49)),
      after: list(2, integer(49)),
      limit: natural(49),
      relaxed: list(2, bit),
      ...terms,
    }),
    ...cases(
      [
        ["each at the limit", rows([0n, 0n], [10n, 10n], 10n, [0n, 0n]), open],
        ["the first as far outside as before", rows([15n, 0n], [15n, 10n], 10n, [1n, 0n]), open],
        ["the second as far outside as before", rows([0n, 15n], [10n, 15n], 10n, [0n, 1n]), open],
        ["an order outside that is refused", rows([0n, 0n], [11n, 11n], 10n, [0n, 0n]), refused],
      ],
      [
        ["the first above", rows([0n, 0n], [11n, 0n], 10n, [0n, 0n]), open],
        ["the second above", rows([0n, 0n], [0n, 11n], 10n, [0n, 0n]), open],
        ["the first relaxed, the second worse", rows([15n, 15n], [15n, 16n], 10n, [1n, 1n]), open],
        ["strict and unchanged in the second", rows([0n, 15n], [0n, 15n], 10n, [0n, 1n]), strict],
        ["strict and unchanged in the first", rows([15n, 0n], [15n, 0n], 10n, [1n, 0n]), strict],
      ],
    ),
  },
  {
    file,
    template: "Outside",
    main: wrap(file, "Outside(2)", { before: list(2, natural(49)), limit: natural(49) }, [["out", 2]]),
    accepts: [
      giving("both at the limit", { before: [10n, 10n], limit: 10n }, 0n, 0n),
      giving("the first one above", { before: [11n, 10n], limit: 10n }, 1n, 0n),
      giving("the second one above", { before: [10n, 11n], limit: 10n }, 0n, 1n),
      giving("as far as can be", { before: [(1n << 49n) - 1n, 0n], limit: 0n }, 1n, 0n),
      giving("the widest limit", { before: [(1n << 49n) - 1n, 0n], limit: (1n << 49n) - 1n }, 0n, 0n),
    ],
    refuses: [],
  },
  {
    file,
    template: "TwoSided",
    main: wrap(
      file,
      "TwoSided(2)",
      {
        before: list(2, integer(49)),
        beforeIsNatural: list(2, bit),
        after: list(2, integer(49)),
        afterIsNatural: list(2, bit),
        limit: natural(49),
      },
      [
        ["beforeSize", 2],
        ["afterSize", 2],
        ["outside", 2],
        ["relaxed", 2],
      ],
    ),
    accepts: [
      giving("at the limit on both sides", twoSided([10n, -10n], [3n, 4n], 10n), 10n, 10n, 3n, 4n, 0n, 0n, 0n, 0n),
      giving("outside above and below", twoSided([11n, -11n], [9n, -8n], 10n), 11n, 11n, 9n, 8n, 1n, 1n, 1n, 1n),
      giving(
        "on the other side after the order: no longer what was outside",
        twoSided([11n, -11n], [-9n, 8n], 10n),
        11n,
        11n,
        9n,
        8n,
        1n,
        1n,
        0n,
        0n,
      ),
      giving("nothing left of it", twoSided([11n, -11n], [0n, 0n], 10n), 11n, 11n, 0n, 0n, 1n, 1n, 1n, 0n),
    ],
    refuses: [],
  },
  {
    file,
    template: "Spanning",
    main: wrap(file, "Spanning(2)", { before: list(2, integer(48)), after: list(2, integer(48)) }, [
      "floor",
      "filled",
      "total",
    ]),
    accepts: [
      giving("the larger of each group", { before: [5n, 6n], after: [7n, 3n] }, 11n, 10n, 13n),
      giving("nothing is traded", { before: [5n, 6n], after: [5n, 6n] }, 11n, 11n, 11n),
      giving(
        "what is bought with a sale that may lapse",
        { before: [0n, 0n], after: [50n, -(1n << 48n)] },
        0n,
        toWord(50n - (1n << 48n)),
        50n,
      ),
    ],
    refuses: [],
  },
  {
    file,
    template: "SpanningRow",
    main: wrap(file, "SpanningRow()", { floor: integer(51), total: integer(51), limit: integer(56), refused: bit }, [
      "outside",
    ]),
    accepts: [
      giving("grown to the limit", spanningRow(5n, 10n, 10n), 0n),
      giving("at the limit and not grown", spanningRow(10n, 10n, 10n), 0n),
      giving("outside before, and no group grows", spanningRow(11n, 11n, 10n), 1n),
      giving("cash below its floor, and nothing spent", spanningRow(0n, 0n, -1n), 1n),
      giving("an order outside that is refused, the settled book inside", spanningRow(10n, 99n, 10n, 1n), 0n),
      giving("an order outside that is refused, the settled book outside too", spanningRow(11n, 99n, 10n, 1n), 1n),
    ],
    refuses: [
      { why: "inside before, one above the limit after", inputs: spanningRow(10n, 11n, 10n) },
      { why: "outside before, and a group grows", inputs: spanningRow(11n, 12n, 10n) },
      { why: "cash below its floor, and something spent", inputs: spanningRow(0n, 1n, -1n) },
    ],
  },
  {
    file,
    template: "Shrinks",
    main: wrap(file, "Shrinks()", { floor: integer(51), filled: integer(51), outside: bit, strict: bit }),
    ...cases(
      [
        ["one less where it has to be", shrinks(10n, 9n, 1n, 1n)],
        ["unchanged where the row is inside", shrinks(10n, 10n, 0n, 1n)],
        ["unchanged where the breach is young", shrinks(10n, 10n, 1n, 0n)],
        ["one micro-dollar of cash comes in", shrinks(0n, -1n, 1n, 1n)],
      ],
      [
        ["unchanged where it has to shrink", shrinks(10n, 10n, 1n, 1n)],
        ["grown where it has to shrink", shrinks(10n, 11n, 1n, 1n)],
        ["no cash comes in where it has to", shrinks(0n, 0n, 1n, 1n)],
      ],
    ),
  },
  {
    file,
    template: "Gross",
    main: wrap(file, "Gross(4, 2)", { notional: list(4, natural(48)) }, [["out", 2]]),
    accepts: [giving("the sums of two groups", { notional: [1n, 2n, 30n, 40n] }, 3n, 70n)],
    refuses: [],
  },
  {
    file,
    template: "Net",
    main: wrap(file, "Net(2)", { before: list(2, integer(49)), after: list(2, integer(49)) }, [
      ["floor", 2],
      ["filled", 2],
      ["total", 2],
    ]),
    accepts: (
      [
        ["groups that offset each other, whichever fills", [5n, -5n], [3n, -3n]],
        ["all long", [10n, 0n], [12n, 1n]],
        ["all short", [-10n, 0n], [-12n, -1n]],
        ["changing sides", [5n, -7n], [-6n, 8n]],
      ] as const
    ).map(([why, before, after]) => {
      const side = (sign: bigint): [floor: bigint, filled: bigint, total: bigint] => [
        sign * (before[0] + before[1]),
        sign * (after[0] + after[1]),
        [0, 1].reduce((sum, g) => {
          const [b, a] = [sign * before[g]!, sign * after[g]!];
          return sum + (b > a ? b : a);
        }, 0n),
      ];
      const [upper, lower] = [side(1n), side(-1n)];
      return giving(
        why,
        { before: [...before], after: [...after] },
        ...[0, 1, 2].flatMap((k) => [upper[k]!, lower[k]!].map(toWord)),
      );
    }),
    refuses: [],
  },
  {
    file,
    template: "Margins",
    main: wrap(file, "Margins(2)", { loss: list(2, natural(48)), contingency: list(2, natural(48)) }, [["out", 2]]),
    accepts: [
      giving("worst losses and contingencies, group by group", { loss: [5n, 4n], contingency: [3n, 1n] }, 8n, 5n),
      giving(
        "the largest",
        { loss: [(1n << 48n) - 1n, 0n], contingency: [(1n << 48n) - 1n, 0n] },
        (1n << 49n) - 2n,
        0n,
      ),
    ],
    refuses: [],
  },
  {
    file,
    template: "Outlays",
    main: wrap(
      file,
      "Outlays(4, 2)",
      {
        valueBefore: list(2, integer(49)),
        valueAfter: list(2, integer(49)),
        orderMagnitudes: list(4, natural(31)),
        slip: list(4, word),
      },
      [["out", 2]],
    ),
    accepts: [
      giving(
        "a purchase in one group, a sale in the other, slippage in both",
        {
          valueBefore: [100n, 100n],
          valueAfter: [150n, 20n],
          orderMagnitudes: [5n, 1n, 0n, 2n],
          slip: [2n, 7n, 9n, 3n],
        },
        67n,
        toWord(-74n),
      ),
    ],
    refuses: [],
  },
  {
    file,
    template: "Spendable",
    main: wrap(file, "Spendable(2)", { nav: integer(50), value: list(2, integer(49)), floor: natural(56) }, ["out"]),
    accepts: [
      giving("NAV beyond positions and the floor", { nav: 300n, value: [100n, -20n], floor: 40n }, 180n),
      giving("a floor that is not whole", { nav: 100n, value: [100n, 0n], floor: 1n }, toWord(-1n)),
    ],
    refuses: [],
  },
  {
    file,
    template: "Breach",
    main: wrap(
      file,
      "Breach()",
      { oldSince: natural(32), epoch: natural(32), breachEpochs: natural(32), outside: bit },
      ["since", "isOld"],
    ),
    accepts: [
      giving("inside as before", breach(0n, 7n, 0n, 0n), 0n, 0n),
      giving("inside again ends it, however old it was", breach(3n, 900n, 0n, 0n), 0n, 0n),
      giving("a breach begins, and is young", breach(0n, 7n, 0n, 1n), 7n, 0n),
      giving("one epoch later, where the mandate bears none", breach(7n, 8n, 0n, 1n), 7n, 1n),
      giving("as many epochs as the mandate bears", breach(7n, 12n, 5n, 1n), 7n, 0n),
      giving("one more, though it be the second submission", breach(7n, 13n, 5n, 1n), 7n, 1n),
      giving("the last epochs there are", breach(1n, (1n << 32n) - 1n, (1n << 32n) - 2n, 1n), 1n, 0n),
      giving("the last one, overdue", breach(1n, (1n << 32n) - 1n, (1n << 32n) - 3n, 1n), 1n, 1n),
      giving("a mandate that bears anything", breach(5n, (1n << 32n) - 1n, (1n << 32n) - 1n, 1n), 5n, 0n),
    ],
    refuses: [],
  },
  {
    file,
    template: "ParticipationRow",
    main: wrap(
      file,
      "ParticipationRow(2)",
      { orderMagnitudes: list(2, natural(31)), participationBps: natural(14), liquidity: list(2, natural(31)) },
      [["allowed", 2]],
    ),
    ...cases(
      [
        ["5 % of 1,000 lots", { orderMagnitudes: [50n, 50n], participationBps: 500n, liquidity: [1_000n, 1_000n] }],
        [
          "the whole lots of a share with a fraction",
          { orderMagnitudes: [1n, 0n], participationBps: 500n, liquidity: [39n, 0n] },
        ],
        [
          "nothing where nothing is traded",
          { orderMagnitudes: [0n, 0n], participationBps: 10_000n, liquidity: [0n, 0n] },
        ],
        [
          "the largest order",
          { orderMagnitudes: [(1n << 31n) - 1n, 0n], participationBps: 10_000n, liquidity: [(1n << 31n) - 1n, 0n] },
        ],
      ],
      [
        [
          "one lot too many in the first slot",
          { orderMagnitudes: [51n, 0n], participationBps: 500n, liquidity: [1_000n, 1_000n] },
        ],
        [
          "one lot too many in the second slot",
          { orderMagnitudes: [0n, 51n], participationBps: 500n, liquidity: [1_000n, 1_000n] },
        ],
        ["a lot rounded up", { orderMagnitudes: [2n, 0n], participationBps: 500n, liquidity: [39n, 0n] }],
        ["one lot without liquidity", { orderMagnitudes: [0n, 1n], participationBps: 10_000n, liquidity: [0n, 0n] }],
      ],
    ),
  },
  {
    file,
    template: "PositionCapRow",
    main: wrap(file, "PositionCapRow(2)", {
      magnitudes: list(2, natural(40)),
      isLong: list(2, bit),
      positionCap: list(2, natural(40)),
      mayBeShort: list(2, bit),
    }),
    ...cases(
      [
        [
          "at the cap, long",
          { magnitudes: [10n, 20n], isLong: [1n, 1n], positionCap: [10n, 20n], mayBeShort: [0n, 0n] },
        ],
        [
          "at the cap, short where that is allowed",
          { magnitudes: [10n, 20n], isLong: [0n, 1n], positionCap: [10n, 20n], mayBeShort: [1n, 0n] },
        ],
        [
          "nothing in an unused slot",
          { magnitudes: [0n, 0n], isLong: [1n, 1n], positionCap: [0n, 0n], mayBeShort: [0n, 0n] },
        ],
      ],
      [
        [
          "one lot above the first cap",
          { magnitudes: [11n, 0n], isLong: [1n, 1n], positionCap: [10n, 20n], mayBeShort: [0n, 0n] },
        ],
        [
          "one lot above the second cap",
          { magnitudes: [0n, 21n], isLong: [1n, 1n], positionCap: [10n, 20n], mayBeShort: [0n, 0n] },
        ],
        [
          "one lot in an unused slot",
          { magnitudes: [1n, 0n], isLong: [1n, 1n], positionCap: [0n, 0n], mayBeShort: [0n, 0n] },
        ],
        [
          "short where that is not allowed",
          { magnitudes: [1n, 0n], isLong: [0n, 1n], positionCap: [10n, 20n], mayBeShort: [0n, 1n] },
        ],
      ],
    ),
  },
  {
    file,
    template: "TurnoverRow",
    main: wrap(file, "TurnoverRow(2, 1)", { traded: list(2, word), limit: natural(55), refused: bit }, ["total"]),
    ...cases(
      [
        ["at the limit", { traded: [30n, 20n], limit: 50n, refused: 0n }],
        ["nothing", { traded: [0n, 0n], limit: 0n, refused: 0n }],
        ["an order above the limit that is refused", { traded: [30n, 20n], limit: 0n, refused: 1n }],
      ],
      [["one above", { traded: [30n, 20n], limit: 49n, refused: 0n }]],
    ),
  },
];

/** 0 <= x <= 2^bits, as a NAV's natural part. */
function integerNatural(bits: number): Kind {
  return { tags: "{natural, maxAbs} ", maxAbs: 1n << BigInt(bits) };
}
