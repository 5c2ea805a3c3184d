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

const row = (before: bigint, after: bigint, limit: bigint, relax: bigint, strict = 0n): Values => ({
  before,
  after,
  limit,
  relax,
  strict,
});
const spanning = (before: bigint[], after: bigint[], limit: bigint, relax: bigint): Values => ({
  before,
  after,
  limit,
  relax,
});

// A greek, net or concentration row with two groups or slots.
const pair = (before: bigint[], after: bigint[], limit: bigint): Values => ({ before, after, limit });
const sides = (a: bigint[] = [0n, 0n], b: bigint[] = [0n, 0n]): Values => ({ relax_0: a, relax_1: b });

const cash = (
  valueBefore: bigint,
  valueAfter: bigint,
  order: bigint,
  slip: bigint,
  nav: bigint,
  floor: bigint,
  relax: bigint,
): Values => ({
  valueBefore: [valueBefore],
  valueAfter: [valueAfter],
  orderMagnitudes: [order],
  slip: [slip],
  nav,
  floor,
  relax,
});
const cashOfTwo = (valueBefore: bigint[], valueAfter: bigint[], nav: bigint): Values => ({
  valueBefore,
  valueAfter,
  orderMagnitudes: [0n, 0n],
  slip: [0n, 0n],
  nav,
  floor: 0n,
  relax: 0n,
});

/** Two groups: losses of 5 and 4 before, contingencies of 3 and 1; margin 13. */
interface MarginCase {
  losses?: bigint[];
  after: bigint[];
  charges?: bigint[];
  chargesAfter?: bigint[];
  initial: bigint;
  maintenance?: bigint;
  relax?: bigint;
  idle?: bigint;
}
const margin = ({
  losses = [5n, 4n],
  after,
  charges = [3n, 1n],
  chargesAfter = charges,
  initial,
  maintenance = 1_000n,
  relax = 0n,
  idle = 0n,
}: MarginCase): Values => ({
  lossBefore: losses,
  lossAfter: after,
  contingencyBefore: charges,
  contingencyAfter: chargesAfter,
  initial,
  maintenance,
  relax,
  idle,
});
const held = { after: [5n, 4n], initial: 0n, relax: 1n };

const RELAXATIONS = ["delta_0", "gamma_0", "vega_0", "concentration", "gross", "net", "margin", "cash"];
const relaxed = (set: string | undefined, value: bigint, at = 0): Values =>
  Object.fromEntries(
    RELAXATIONS.map((name) => {
      const one = name === set ? value : 0n;
      return [name, ["gross", "margin", "cash"].includes(name) ? one : at === 0 ? [one, 0n] : [0n, one]];
    }),
  );

export const mandate: readonly TemplateCases[] = [
  {
    file,
    template: "Limit",
    main: wrap(file, "Limit()", { bps: natural(18), capital: integerNatural(50) }, ["out"]),
    accepts: (
      [
        [10_000n, 123n],
        [1n, 9_999n],
        [1n, 10_000n],
        [3n, 19_999n],
        [0n, 1n << 50n],
        [(1n << 18n) - 1n, 1n << 50n],
      ] as const
    ).map(([bps, capital]) => ({
      why: `${bps} bps of ${capital}`,
      inputs: { bps, capital },
      outputs: [(bps * capital) / 10_000n],
    })),
    refuses: [],
  },
  {
    file,
    template: "Row",
    main: wrap(file, "Row()", { before: integer(49), after: integer(49), limit: natural(55), relax: bit, strict: bit }),
    ...cases(
      [
        ["one below the limit", row(0n, 9n, 10n, 0n)],
        ["at the limit", row(0n, 10n, 10n, 0n)],
        ["back inside from outside", row(99n, 10n, 10n, 0n)],
        ["far below on the other side", row(0n, -(1n << 49n), 0n, 0n)],
        ["relaxed, as far outside as before", row(15n, 15n, 10n, 1n)],
        ["relaxed, strictly less far outside", row(15n, 14n, 10n, 1n, 1n)],
        ["a strict row that needs no relaxation", row(15n, 10n, 10n, 0n, 1n)],
      ],
      [
        ["one above the limit", row(0n, 11n, 10n, 0n)],
        ["outside as before, without relaxation", row(15n, 15n, 10n, 0n)],
        ["relaxed, one worse than before", row(15n, 16n, 10n, 1n)],
        ["relaxed and strict, as far as before", row(15n, 15n, 10n, 1n, 1n)],
        ["relaxed inside the limit, worse than before", row(5n, 8n, 10n, 1n)],
      ],
    ),
  },
  {
    file,
    template: "Judged",
    main: wrap(file, "Judged(2)", { before: list(2, integer(49)), after: list(2, integer(49)), refused: bit }, [
      ["out", 2],
    ]),
    accepts: [
      {
        why: "the order that is sent",
        inputs: { before: [1n, -2n], after: [30n, -40n], refused: 0n },
        outputs: [30n, -40n],
      },
      {
        why: "the settled book of one that is refused",
        inputs: { before: [1n, -2n], after: [30n, -40n], refused: 1n },
        outputs: [1n, -2n],
      },
    ],
    refuses: [],
  },
  {
    file,
    template: "SpanningRow",
    main: wrap(file, "SpanningRow(2)", {
      before: list(2, integer(48)),
      after: list(2, integer(48)),
      limit: integer(55),
      relax: bit,
      ...terms,
    }),
    ...cases(
      [
        ["the larger of each group, at the limit", spanning([5n, 5n], [7n, 3n], 12n, 0n), open],
        ["negative totals", spanning([-5n, -5n], [-7n, -3n], -8n, 0n), open],
        ["relaxed, unchanged", spanning([10n, 5n], [10n, 5n], 0n, 1n), open],
        ["relaxed and strict, one less in all", spanning([10n, 5n], [10n, 4n], 0n, 1n), strict],
        ["refused, the settled book inside", spanning([5n, 5n], [50n, 3n], 10n, 0n), refused],
        ["refused, the settled book outside and relaxed", spanning([5n, 6n], [50n, 3n], 10n, 1n), refused],
        ["a strict row that needs no relaxation", spanning([10n, 5n], [10n, 5n], 15n, 0n), strict],
      ],
      [
        ["refused, the settled book outside and not relaxed", spanning([5n, 6n], [0n, 0n], 10n, 0n), refused],
        ["inside if both groups fill, outside if one does", spanning([5n, 5n], [7n, 3n], 11n, 0n), open],
        ["relaxed, one group worse though the sum is better", spanning([10n, 5n], [11n, 3n], 0n, 1n), open],
        ["relaxed and strict, unchanged", spanning([10n, 5n], [10n, 5n], 0n, 1n), strict],
        ["relaxed, worse in all", spanning([10n, 5n], [10n, 6n], 0n, 1n), open],
        ["relaxed, though the limit would hold", spanning([1n, 1n], [2n, 1n], 9n, 1n), open],
      ],
    ),
  },
  {
    file,
    template: "GreekRow",
    main: wrap(file, "GreekRow(2)", {
      before: list(2, integer(49)),
      after: list(2, integer(49)),
      limit: natural(55),
      "relax[0]": list(2, bit),
      "relax[1]": list(2, bit),
      ...terms,
    }),
    ...cases(
      [
        ["both sides of both groups at the limit", pair([0n, 0n], [10n, -10n], 10n), sides(), open],
        ["groups are not added", pair([0n, 0n], [10n, 10n], 10n), sides(), open],
        ["the upper side of the first group relaxed", pair([15n, 0n], [15n, 10n], 10n), sides([1n, 0n]), open],
        [
          "the lower side of the second group relaxed",
          pair([0n, -15n], [10n, -15n], 10n),
          sides([0n, 0n], [0n, 1n]),
          open,
        ],
        [
          "an order outside that is refused, the settled book inside",
          pair([-10n, 10n], [11n, -11n], 10n),
          sides(),
          refused,
        ],
        [
          "an order that is refused, the settled book outside and relaxed",
          pair([11n, 10n], [99n, 10n], 10n),
          sides([1n, 0n]),
          refused,
        ],
      ],
      [
        ["one above on the upper side of the first group", pair([0n, 0n], [11n, 0n], 10n), sides(), open],
        ["one above on the lower side of the first group", pair([0n, 0n], [-11n, 0n], 10n), sides(), open],
        ["one above on the upper side of the second group", pair([0n, 0n], [0n, 11n], 10n), sides(), open],
        ["one above on the lower side of the second group", pair([0n, 0n], [0n, -11n], 10n), sides(), open],
        [
          "through zero to the other side, relaxed on the first",
          pair([15n, 0n], [-11n, 0n], 10n),
          sides([1n, 0n]),
          open,
        ],
        ["relaxed on the wrong side", pair([15n, 0n], [15n, 0n], 10n), sides([0n, 1n]), open],
        ["relaxed in the wrong group", pair([15n, 0n], [15n, 0n], 10n), sides([0n, 0n], [1n, 0n]), open],
        ["strict and unchanged", pair([0n, -15n], [0n, -15n], 10n), sides([0n, 0n], [0n, 1n]), strict],
        ["strict and unchanged on the upper side", pair([15n, 0n], [15n, 0n], 10n), sides([1n, 0n]), strict],
        [
          "an order inside that is refused, the settled book outside on the lower side",
          pair([-11n, 0n], [0n, 0n], 10n),
          sides(),
          refused,
        ],
        [
          "an order inside that is refused, the settled book outside on the upper side",
          pair([0n, 11n], [0n, 0n], 10n),
          sides(),
          refused,
        ],
      ],
    ),
  },
  {
    file,
    template: "ConcentrationRow",
    main: wrap(file, "ConcentrationRow(2)", {
      before: list(2, natural(48)),
      after: list(2, natural(48)),
      limit: natural(55),
      relax: list(2, bit),
      ...terms,
    }),
    ...cases(
      [
        ["each slot at the limit", pair([0n, 0n], [10n, 10n], 10n), { relax: [0n, 0n] }, open],
        ["the second relaxed", pair([0n, 15n], [10n, 15n], 10n), { relax: [0n, 1n] }, open],
        [
          "an order outside that is refused, the settled book inside",
          pair([10n, 10n], [11n, 11n], 10n),
          { relax: [0n, 0n] },
          refused,
        ],
      ],
      [
        ["the first above", pair([0n, 0n], [11n, 0n], 10n), { relax: [0n, 0n] }, open],
        ["the second above", pair([0n, 0n], [0n, 11n], 10n), { relax: [0n, 0n] }, open],
        ["the first relaxed for the second", pair([0n, 15n], [0n, 15n], 10n), { relax: [1n, 0n] }, open],
        ["strict and unchanged", pair([0n, 15n], [0n, 15n], 10n), { relax: [0n, 1n] }, strict],
        [
          "an order inside that is refused, the settled book outside",
          pair([0n, 11n], [0n, 0n], 10n),
          { relax: [0n, 0n] },
          refused,
        ],
      ],
    ),
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
    template: "GrossRow",
    main: wrap(file, "GrossRow(4, 2)", {
      before: list(4, natural(48)),
      after: list(4, natural(48)),
      limit: natural(55),
      relax: bit,
      ...terms,
    }),
    ...cases(
      [
        ["the larger of each group, at the limit", pair([3n, 2n, 4n, 1n], [4n, 3n, 1n, 2n], 12n), { relax: 0n }, open],
        ["relaxed, unchanged", pair([3n, 2n, 4n, 1n], [2n, 3n, 1n, 4n], 0n), { relax: 1n }, open],
      ],
      [
        ["one above the limit", pair([3n, 2n, 4n, 1n], [4n, 3n, 1n, 2n], 11n), { relax: 0n }, open],
        [
          "moved from one group to the other and relaxed",
          pair([3n, 2n, 4n, 1n], [3n, 1n, 4n, 2n], 0n),
          { relax: 1n },
          open,
        ],
        ["strict and unchanged", pair([3n, 2n, 4n, 1n], [3n, 2n, 4n, 1n], 0n), { relax: 1n }, strict],
      ],
    ),
  },
  {
    file,
    template: "NetRow",
    main: wrap(file, "NetRow(2)", {
      before: list(2, integer(49)),
      after: list(2, integer(49)),
      limit: natural(55),
      relax: list(2, bit),
      ...terms,
    }),
    ...cases(
      [
        [
          "groups that offset each other whichever fills",
          pair([5n, -5n], [3n, -3n], 0n + 2n),
          { relax: [0n, 0n] },
          open,
        ],
        ["the upper side relaxed, unchanged", pair([10n, 0n], [10n, 0n], 5n), { relax: [1n, 0n] }, open],
        ["the lower side relaxed, unchanged", pair([-10n, 0n], [-10n, 0n], 5n), { relax: [0n, 1n] }, open],
      ],
      [
        ["too long if only the second group fills", pair([5n, -5n], [3n, -3n], 1n), { relax: [0n, 1n] }, open],
        ["above on the upper side", pair([0n, 0n], [5n, 1n], 5n), { relax: [0n, 0n] }, open],
        ["above on the lower side", pair([0n, 0n], [-5n, -1n], 5n), { relax: [0n, 0n] }, open],
        ["relaxed on the wrong side, upper", pair([10n, 0n], [10n, 0n], 5n), { relax: [0n, 1n] }, open],
        ["relaxed on the wrong side, lower", pair([-10n, 0n], [-10n, 0n], 5n), { relax: [1n, 0n] }, open],
        ["strict and unchanged on the upper side", pair([10n, 0n], [10n, 0n], 5n), { relax: [1n, 0n] }, strict],
        ["strict and unchanged on the lower side", pair([-10n, 0n], [-10n, 0n], 5n), { relax: [0n, 1n] }, strict],
      ],
    ),
  },
  {
    file,
    template: "MarginRow",
    main: wrap(
      file,
      "MarginRow(2)",
      {
        lossBefore: list(2, natural(48)),
        lossAfter: list(2, natural(48)),
        contingencyBefore: list(2, natural(48)),
        contingencyAfter: list(2, natural(48)),
        initial: natural(50),
        maintenance: natural(50),
        relax: bit,
        idle: bit,
        ...terms,
      },
      ["strict"],
    ),
    ...cases(
      [
        [
          "worst losses and contingencies of each group, at the initial limit",
          margin({ after: [6n, 3n], initial: 14n }),
          open,
        ],
        [
          "a contingency that grows with the order, at the limit",
          margin({ after: [5n, 4n], chargesAfter: [5n, 0n], initial: 15n }),
          open,
        ],
        [
          "a loss traded for a contingency in the same group, at the limit",
          margin({ after: [3n, 4n], chargesAfter: [5n, 1n], initial: 13n }),
          open,
        ],
        ["inside the initial limit, strict", margin({ after: [5n, 4n], initial: 13n }), strict],
        [
          "inside the initial limit, above the maintenance limit",
          margin({ after: [5n, 4n], initial: 13n, maintenance: 12n }),
          open,
        ],
        ["relaxed, unchanged", margin(held), open],
        ["refused, the settled book inside", margin({ after: [99n, 4n], initial: 13n }), refused],
        ["refused, the settled book outside and relaxed", margin({ ...held, after: [99n, 4n] }), refused],
        ["relaxed, a group without a loss", margin({ ...held, losses: [0n, 4n], after: [0n, 4n] }), open],
        ["relaxed at the maintenance limit, unchanged", margin({ ...held, maintenance: 13n }), open],
        [
          "relaxed above the maintenance limit, one less loss",
          margin({ ...held, maintenance: 12n, after: [5n, 3n] }),
          open,
        ],
        [
          "relaxed above the maintenance limit, one less contingency",
          margin({ ...held, maintenance: 12n, chargesAfter: [2n, 1n] }),
          open,
        ],
        [
          "relaxed far above the maintenance limit, but no order can be sent",
          margin({ ...held, maintenance: 0n, idle: 1n }),
          open,
        ],
        ["relaxed and strict, one less", margin({ ...held, after: [5n, 3n] }), strict],
        [
          "the largest losses and contingencies",
          margin({
            losses: [(1n << 48n) - 1n, 0n],
            after: [(1n << 48n) - 1n, 0n],
            charges: [(1n << 48n) - 1n, 0n],
            initial: (1n << 49n) - 2n,
          }),
          open,
        ],
      ],
      [
        ["one above the limit", margin({ after: [6n, 3n], initial: 13n }), open],
        [
          "one above the limit in contingencies",
          margin({ after: [5n, 4n], chargesAfter: [5n, 0n], initial: 14n }),
          open,
        ],
        [
          "a contingency of one group that lapses with the order, in the other",
          margin({ after: [5n, 4n], chargesAfter: [0n, 4n], initial: 13n }),
          open,
        ],
        [
          "a gain in one group against a loss in the other",
          margin({ losses: [0n, 10n], after: [0n, 10n], charges: [0n, 0n], initial: 5n }),
          open,
        ],
        ["relaxed, one more contingency", margin({ ...held, chargesAfter: [4n, 1n] }), open],
        ["relaxed, contingency moved from one group to the other", margin({ ...held, chargesAfter: [2n, 2n] }), open],
        ["strict and unchanged", margin(held), strict],
        ["relaxed above the maintenance limit, unchanged", margin({ ...held, maintenance: 12n }), open],
        [
          "relaxed above the maintenance limit, one less in one group and one more in the other",
          margin({ ...held, maintenance: 12n, after: [4n, 5n] }),
          open,
        ],
        ["strict and above the maintenance limit, unchanged", margin({ ...held, maintenance: 12n }), strict],
        ["refused, the settled book outside and not relaxed", margin({ after: [4n, 4n], initial: 12n }), refused],
      ],
    ),
  },
  {
    file,
    template: "CashRow",
    main: wrap(file, "CashRow(1, 1)", {
      valueBefore: list(1, integer(49)),
      valueAfter: list(1, integer(49)),
      orderMagnitudes: list(1, natural(31)),
      slip: list(1, word),
      nav: integer(50),
      floor: natural(55),
      relax: bit,
      ...terms,
    }),
    ...cases(
      [
        ["all cash above the floor spent, slippage included", cash(100n, 150n, 5n, 2n, 200n, 40n, 0n), open],
        ["a sale brings nothing to spend before it fills", cash(100n, 50n, 5n, 2n, 100n, 0n, 0n), open],
        [
          "no cash, and relaxed: selling at worst prices for no less than nothing",
          cash(100n, 90n, 5n, 2n, 90n, 0n, 1n),
          open,
        ],
        ["no cash, relaxed and strict: one micro-dollar comes in", cash(100n, 89n, 5n, 2n, 90n, 0n, 1n), strict],
      ],
      [
        ["one micro-dollar more than there is", cash(100n, 151n, 5n, 2n, 200n, 40n, 0n), open],
        ["one micro-dollar more for slippage", cash(100n, 150n, 5n, 2n, 199n, 40n, 0n), open],
        ["one micro-dollar of the floor", cash(100n, 150n, 5n, 2n, 200n, 41n, 0n), open],
        ["no cash, relaxed, and one micro-dollar goes out", cash(100n, 91n, 5n, 2n, 90n, 0n, 1n), open],
        ["no cash, relaxed and strict, and nothing comes in", cash(100n, 90n, 5n, 2n, 90n, 0n, 1n), strict],
        ["no cash and no relaxation", cash(100n, 90n, 5n, 2n, 90n, 0n, 0n), open],
      ],
    ),
  },
  {
    file,
    template: "CashRow",
    main: wrap(file, "CashRow(2, 2)", {
      valueBefore: list(2, integer(49)),
      valueAfter: list(2, integer(49)),
      orderMagnitudes: list(2, natural(31)),
      slip: list(2, word),
      nav: integer(50),
      floor: natural(55),
      relax: bit,
      ...terms,
    }),
    ...cases(
      [["what one group spends, the other's sale not counted", cashOfTwo([100n, 100n], [150n, 20n], 250n), open]],
      [
        [
          "a purchase paid by the sale of another group, which may lapse",
          cashOfTwo([100n, 100n], [150n, 20n], 249n),
          open,
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
  {
    file,
    template: "Relax",
    main: wrap(
      file,
      "Relax(2, 1)",
      {
        "delta[0]": list(2, word),
        "gamma[0]": list(2, word),
        "vega[0]": list(2, word),
        concentration: list(2, word),
        gross: word,
        net: list(2, word),
        margin: word,
        cash: word,
        outflow: bit,
        clean: bit,
      },
      [
        ["out.delta[0]", 2],
        ["out.gamma[0]", 2],
        ["out.vega[0]", 2],
        ["out.concentration", 2],
        "out.gross",
        ["out.net", 2],
        "out.margin",
        "out.cash",
      ],
    ),
    ...cases(
      [
        ["none, in a clean order, with outflow", relaxed(undefined, 0n), { outflow: 1n, clean: 1n }],
        ...RELAXATIONS.map((name): [string, ...Values[]] => [
          `${name}, in an order that is not clean`,
          relaxed(name, 1n),
          { outflow: 0n, clean: 0n },
        ]),
      ],
      RELAXATIONS.flatMap((name): [string, ...Values[]][] => [
        [`${name} with outflow`, relaxed(name, 1n), { outflow: 1n, clean: 0n }],
        [`${name} in a clean order`, relaxed(name, 1n), { outflow: 0n, clean: 1n }],
        [`${name}, second, in a clean order`, relaxed(name, 1n, 1), { outflow: 0n, clean: 1n }],
        [`${name} of 2`, relaxed(name, 2n), { outflow: 0n, clean: 0n }],
        [`${name}, second, of 2`, relaxed(name, 2n, 1), { outflow: 0n, clean: 0n }],
      ]),
    ),
  },
];

/** 0 <= x <= 2^bits, as a NAV's natural part. */
function integerNatural(bits: number): Kind {
  return { tags: "{natural, maxAbs} ", maxAbs: 1n << BigInt(bits) };
}
