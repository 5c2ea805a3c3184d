import { bit, integer, list, natural, word, wrap } from "./template.ts";
import type { Kind, Refused, TemplateCases, Values } from "./template.ts";

// Orders of slots and options, retreat and refusal: one lot more or less than decided is refused.

const orders = "strategy/orders.circom";
const options = "strategy/options.circom";
const refusal = "strategy/refusal.circom";
const decision = "strategy/decision.circom";

const magnitude = (x: bigint): bigint => (x < 0n ? -x : x);
const soft = (x: bigint, band: bigint): bigint => (x > band ? x - band : x < -band ? x + band : 0n);
const bitsOf = (x: bigint, count: number): bigint[] => Array.from({ length: count }, (_, b) => (x >> BigInt(b)) & 1n);
const flag = (b: boolean): bigint => (b ? 1n : 0n);

// ------------------------------------------------------------------------------------------------ one slot

const moveKinds: Record<string, Kind> = {
  "move.held": word,
  "move.heldIsLong": bit,
  "move.heldMagnitude": natural(40),
  "move.order": word,
  "move.isBuy": bit,
  "move.magnitude": natural(31),
  "move.isNone": bit,
  "move.after": word,
  "move.afterIsLong": bit,
};
const moveOf = (held: bigint, order: bigint): Values => ({
  move_held: held,
  move_heldIsLong: flag(held >= 0n),
  move_heldMagnitude: magnitude(held),
  move_order: order,
  move_isBuy: flag(order >= 0n),
  move_magnitude: magnitude(order),
  move_isNone: flag(order === 0n),
  move_after: held + order,
  move_afterIsLong: flag(held + order >= 0n),
});

interface SlotCase {
  held?: bigint;
  order: bigint;
  notional?: bigint;
  /** 10^-4 µUSD */
  gap?: bigint;
  band?: bigint;
  pace?: bigint;
  towards?: bigint;
  clipped?: bigint;
  atParticipation?: bigint;
  trades?: bigint;
  retreats?: bigint;
  part?: bigint;
  of?: bigint;
}
const slot = ({
  held = 0n,
  order,
  notional = 3n,
  gap = 0n,
  band = 0n,
  pace = 128n,
  towards,
  clipped = 0n,
  atParticipation = clipped,
  trades = 1n,
  retreats = 0n,
  part = 0n,
  of = 0n,
}: SlotCase): Values => ({
  ...moveOf(held, order),
  direction: towards ?? flag(order === 0n ? gap >= 0n : order > 0n),
  clipped,
  atParticipation,
  trades,
  retreats,
  part,
  of,
  notional,
  traded: magnitude(order) * notional,
  gap: gap * pace,
  band: band * pace,
});
/** Lots that close the gap. */
const decided = (gap: bigint, band: bigint, pace: bigint, notional: bigint): bigint =>
  (soft(gap, band) * pace) / (128n * 10_000n * notional);

const LOT = 30_000n;
const gaps: readonly (readonly [why: string, gap: bigint, band: bigint, pace: bigint])[] = [
  ["nothing wanted", 0n, 0n, 128n],
  ["inside the band", 5n * LOT, 5n * LOT, 128n],
  ["inside the band below", -5n * LOT, 5n * LOT, 128n],
  ["a lot beyond the band", 6n * LOT, 5n * LOT, 128n],
  ["a lot beyond the band below", -6n * LOT, 5n * LOT, 128n],
  ["one short of a lot", LOT - 1n, 0n, 128n],
  ["one short of a lot below", 1n - LOT, 0n, 128n],
  ["half of 7 lots", 7n * LOT, 0n, 64n],
  ["half of 7 lots below", -7n * LOT, 0n, 64n],
  ["a pace of 0", 100n * LOT, 0n, 0n],
  ["a band wider than any gap", LOT, (1n << 64n) - 1n, 255n],
];
const RETREAT = { trades: 0n, retreats: 1n, part: 3n, of: 8n };
const slotRefuses: readonly (readonly [why: string, one: SlotCase])[] = [
  ["one lot more than the gap", { order: 8n, gap: 7n * LOT }],
  ["one lot less than the gap", { order: 6n, gap: 7n * LOT }],
  ["one lot more below", { order: -8n, gap: -7n * LOT }],
  ["one lot less below", { order: -6n, gap: -7n * LOT }],
  ["nothing, named as if the gap lay on the other side", { order: 0n, gap: 7n * LOT, towards: 0n }],
  ["nothing, where a lot is wanted", { order: 0n, gap: LOT }],
  ["nothing below, where a lot is wanted", { order: 0n, gap: -LOT }],
  ["a lot for a gap that is not one", { order: 1n, gap: LOT - 1n }],
  ["a lot inside the band", { order: 1n, gap: 2n * LOT, band: 2n * LOT }],
  ["a sale for a gap above", { order: -1n, gap: 7n * LOT }],
  ["a sale named a purchase", { order: -7n, gap: 7n * LOT, towards: 1n }],
  ["more than the gap, though a limit is claimed", { order: 8n, gap: 7n * LOT, clipped: 1n }],
  ["a trade the wrong way, though a limit is claimed", { order: -1n, gap: 7n * LOT, clipped: 1n }],
  ["nothing for a limit on the other side", { order: 0n, gap: 7n * LOT, towards: 0n, clipped: 1n }],
  ["an order in what has no value", { order: 1n, notional: 0n, gap: LOT, clipped: 1n }],
  ["a remainder of a whole lot", { order: 6n, gap: 7n * LOT + LOT - 1n }],
  ["a quotient for the wrapped remainder", { order: 7n, gap: -(1n << 200n) }],
  ["a retreat of one lot less", { held: 16n, order: -5n, ...RETREAT }],
  ["a retreat of one lot more", { held: 16n, order: -7n, ...RETREAT }],
  ["a share rounded down", { held: 15n, order: -5n, ...RETREAT }],
  ["a retreat that grows", { held: 16n, order: 6n, ...RETREAT }],
  ["a short that grows", { held: -16n, order: -6n, ...RETREAT }],
  ["no retreat of what can be traded", { held: 16n, order: 0n, ...RETREAT }],
  ["a retreat at its participation that is not the share", { held: 16n, order: -5n, atParticipation: 1n, ...RETREAT }],
  ["an order where nothing is held", { held: 0n, order: 1n, ...RETREAT }],
];

const clipKinds: Record<string, Kind> = {
  ...moveKinds,
  direction: bit,
  sellsOnly: bit,
  allowed: natural(45),
  positionCap: natural(40),
  mayBeShort: bit,
  chargesLong: bit,
  claims: list(3, word),
};
interface ClipCase {
  held?: bigint;
  order: bigint;
  towards?: bigint;
  allowed?: bigint;
  cap?: bigint;
  mayBeShort?: bigint;
  chargesLong?: bigint;
  sellsOnly?: bigint;
  claim?: "participation" | "position" | "cash";
}
const clip = ({
  held = 0n,
  order,
  towards = flag(order >= 0n),
  allowed = 1n << 40n,
  cap = 100n,
  mayBeShort = 0n,
  chargesLong = 0n,
  sellsOnly = 0n,
  claim,
}: ClipCase): Values => ({
  ...moveOf(held, order),
  direction: towards,
  sellsOnly,
  allowed,
  positionCap: cap,
  mayBeShort,
  chargesLong,
  claims: (["participation", "position", "cash"] as const).map((one) => flag(one === claim)),
});
const clipAccepts: readonly (readonly [why: string, one: ClipCase, clipped: bigint])[] = [
  ["no limit", { order: 5n }, 0n],
  ["at its participation", { order: 5n, allowed: 59_999n, claim: "participation" }, 1n],
  ["exactly at it", { order: 5n, allowed: 50_000n, claim: "participation" }, 1n],
  ["no participation", { order: 0n, allowed: 9_999n, claim: "participation" }, 1n],
  ["at the position cap", { held: 95n, order: 5n, claim: "position" }, 1n],
  ["all sold", { held: 5n, order: -5n, claim: "position" }, 1n],
  ["short at the cap", { held: -95n, order: -5n, mayBeShort: 1n, claim: "position" }, 1n],
  ["nothing to sell", { held: 0n, order: 0n, towards: 0n, claim: "position" }, 1n],
  ["full", { held: 100n, order: 0n, claim: "position" }, 1n],
  ["no purchase without cash", { held: 5n, order: 0n, sellsOnly: 1n, claim: "cash" }, 1n],
  ["a sale without cash", { held: 5n, order: -3n, sellsOnly: 1n }, 0n],
  ["sold out for cash", { held: 5n, order: -5n, mayBeShort: 1n, sellsOnly: 1n, claim: "cash" }, 1n],
  [
    "no short sale without cash",
    { held: -5n, order: 0n, towards: 0n, mayBeShort: 1n, sellsOnly: 1n, claim: "cash" },
    1n,
  ],
  [
    "no perp without cash",
    { held: 5n, order: 0n, towards: 0n, mayBeShort: 1n, chargesLong: 1n, sellsOnly: 1n, claim: "cash" },
    1n,
  ],
];
const clipRefuses: readonly (readonly [why: string, one: ClipCase])[] = [
  ["a lot below its participation", { order: 5n, allowed: 60_000n, claim: "participation" }],
  ["no participation where there is one", { order: 0n, allowed: 10_000n, claim: "participation" }],
  ["a lot below the position cap", { held: 94n, order: 5n, claim: "position" }],
  ["a lot kept", { held: 6n, order: -5n, claim: "position" }],
  [
    "the cap's limit for a sale of everything that may go short",
    { held: 5n, order: -5n, mayBeShort: 1n, claim: "position" },
  ],
  ["the limit of the other side", { held: 100n, order: 0n, towards: 0n, mayBeShort: 1n, claim: "position" }],
  ["a limit of cash where there is cash", { held: 5n, order: 0n, claim: "cash" }],
  ["a purchase without cash", { held: 5n, order: 1n, sellsOnly: 1n }],
  ["a short sale without cash", { held: 5n, order: -6n, mayBeShort: 1n, sellsOnly: 1n }],
  ["more of a short without cash", { held: -5n, order: -1n, mayBeShort: 1n, sellsOnly: 1n }],
  ["a perp without cash", { held: 5n, order: -1n, mayBeShort: 1n, chargesLong: 1n, sellsOnly: 1n }],
  ["a lot kept for want of cash", { held: 5n, order: -4n, mayBeShort: 1n, sellsOnly: 1n, claim: "cash" }],
];

// ------------------------------------------------------------------------------------------------ options

interface Option {
  gamma: bigint;
  vega: bigint;
  delta?: bigint;
  days?: bigint;
  held?: bigint;
}
interface OptionCase {
  options: readonly [Option, Option];
  gamma?: bigint;
  vega?: bigint;
  gammaTarget?: bigint;
  vegaTarget?: bigint;
  gammaBand?: bigint;
  vegaBand?: bigint;
  pace?: bigint;
}
const ROLL_DAYS = 5n;
const rowWord = ({ gamma, vega, delta = 7n }: Option): bigint =>
  -11n + delta * (1n << 50n) + gamma * (1n << 100n) + vega * (1n << 150n) - 13n * (1n << 200n);

/** docs/strategy.md, 4.4, 1., with nothing to clip. */
function wanted({
  options: [a, b],
  gamma = 0n,
  vega = 0n,
  gammaTarget = 0n,
  vegaTarget = 0n,
  gammaBand = 0n,
  vegaBand = 0n,
  pace = 128n,
}: OptionCase): [order: bigint, gapSign: bigint][] {
  const rolls = [a, b].map(({ days = 127n }) => days < ROLL_DAYS);
  const closing = [a, b].map(({ held = 0n }, k) => (rolls[k] ? -held : 0n));
  const total = (lane: "gamma" | "vega", now: bigint): bigint => now + closing[0]! * a[lane] + closing[1]! * b[lane];
  const g = soft(gammaTarget - 10_000n * total("gamma", gamma), gammaBand);
  const v = soft(vegaTarget - 10_000n * total("vega", vega), vegaBand);
  const usable = [a, b].map((one, k) => !rolls[k] && one.gamma > 0n && one.vega > 0n);
  const det = a.gamma * b.vega - b.gamma * a.vega;
  const solved = usable[0]! && usable[1]! && 16n * magnitude(det) >= a.gamma * b.vega + b.gamma * a.vega;
  const quotient = (n: bigint, d: bigint): [bigint, bigint] => [
    (n * pace) / (1_280_000n * d),
    n * pace * d < 0n ? -1n : 1n,
  ];
  return [a, b].map((one, k) => {
    if (rolls[k]) return [closing[k]!, closing[k]! < 0n ? -1n : 1n];
    if (solved) return quotient(k === 0 ? g * b.vega - v * b.gamma : v * a.gamma - g * a.vega, det);
    if (!usable[k] || (k === 1 && usable[0])) return [0n, 1n];
    return quotient(g, one.gamma);
  });
}
const optionInputs = (
  one: OptionCase,
  found: readonly bigint[] = wanted(one).map(([order]) => order),
  more: Values = {},
): Values => {
  const {
    options: both,
    gamma = 0n,
    vega = 0n,
    gammaTarget = 0n,
    vegaTarget = 0n,
    gammaBand = 0n,
    vegaBand = 0n,
    pace = 128n,
  } = one;
  const signs = wanted(one).map(([, sign]) => sign);
  return {
    ...(Object.assign(
      {},
      ...both.map((option, k) => ({
        [`options_${k}_rows`]: rowWord(option),
        [`options_${k}_days`]: option.days ?? 127n,
        [`options_${k}_held`]: option.held ?? 0n,
        [`options_${k}_order`]: found[k]!,
        [`options_${k}_magnitude`]: magnitude(found[k]!),
        [`options_${k}_direction`]: flag(found[k] === 0n ? signs[k]! > 0n : found[k]! > 0n),
        [`options_${k}_clipped`]: 0n,
      })),
    ) as Values),
    gamma,
    vega,
    gammaTarget,
    vegaTarget,
    gammaBand,
    vegaBand,
    pace,
    rollDays: ROLL_DAYS,
    ...more,
  };
};
const near: Option = { gamma: 900n, vega: 200n };
const far: Option = { gamma: 300n, vega: 800n, delta: -5n };
const both: OptionCase = {
  options: [near, far],
  gammaTarget: 10n ** 9n,
  vegaTarget: 5n * 10n ** 8n,
  gammaBand: 10n ** 6n,
  vegaBand: 10n ** 6n,
};
// 16·(15·17·k² …): γ_a·v_b : γ_b·v_a = 17 : 15 is just solved.
const justSolved: OptionCase = {
  ...both,
  options: [
    { gamma: 17n, vega: 3n },
    { gamma: 5n, vega: 1n },
  ],
};
const notSolved: OptionCase = {
  ...both,
  options: [
    { gamma: 1_699n, vega: 300n },
    { gamma: 500n, vega: 100n },
  ],
};
const rolling: OptionCase = {
  ...both,
  options: [{ ...near, days: 4n, held: -40n }, far],
  gamma: -36_000n,
  vega: -8_000n,
};
const optionAccepts: readonly (readonly [why: string, one: OptionCase])[] = [
  ["two options", both],
  ["two options, short", { ...both, gammaTarget: -(10n ** 9n) }],
  ["two options with a negative determinant", { ...both, options: [far, near] }],
  ["two options at half the pace", { ...both, pace: 64n }],
  ["inside the bands", { ...both, gammaBand: 10n ** 12n, vegaBand: 10n ** 12n }],
  ["a pace of 0", { ...both, pace: 0n }],
  ["two that are just not one", justSolved],
  [
    "two that are just not one, the other way",
    { ...justSolved, options: [justSolved.options[1], justSolved.options[0]] },
  ],
  ["two that are one", notSolved],
  ["the first alone", { ...both, options: [near, { gamma: 0n, vega: 5n }] }],
  ["the second alone", { ...both, options: [{ gamma: 5n, vega: 0n }, far] }],
  [
    "none",
    {
      ...both,
      options: [
        { gamma: 0n, vega: 0n },
        { gamma: 0n, vega: -1n },
      ],
    },
  ],
  ["negative gamma serves nothing", { ...both, options: [{ gamma: -900n, vega: 200n }, far] }],
  ["one rolling", rolling],
  ["both rolling", { ...rolling, options: [rolling.options[0], { ...far, days: 0n, held: 9n }] }],
  ["one with as many days as it takes", { ...both, options: [{ ...near, days: 5n, held: 7n }, far] }],
  [
    "the largest lanes",
    {
      options: [
        { gamma: (1n << 48n) - 1n, vega: 1n << 47n },
        { gamma: 1n, vega: (1n << 48n) - 1n },
      ],
      gammaTarget: 1n << 64n,
      vegaTarget: -(1n << 64n),
      gamma: -(1n << 47n),
      vega: 1n << 47n,
      pace: 128n,
    },
  ],
  [
    "nothing in turn",
    {
      options: [
        { gamma: 0n, vega: 0n, delta: 0n, days: 0n },
        { gamma: 0n, vega: 0n, delta: 0n, days: 0n },
      ],
    },
  ],
];
const off = (one: OptionCase, k: number, by: bigint): Values =>
  optionInputs(
    one,
    wanted(one).map(([order], j) => (j === k ? order + by : order)),
  );
const optionRefuses: readonly Refused[] = [
  ...(
    [
      ["two options", both],
      ["an option alone", { ...both, options: [near, { gamma: 0n, vega: 5n }] as const }],
      ["two that are one", notSolved],
      ["two that are just not one", justSolved],
    ] as const
  ).flatMap(([why, one]) =>
    [1n, -1n].map((by) => ({
      why: `${why}: ${by > 0n ? "one lot more" : "one lot less"} of the first`,
      inputs: off(one, 0, by),
    })),
  ),
  { why: "two options: one lot more of the second", inputs: off(both, 1, 1n) },
  { why: "two options: one lot less of the second", inputs: off(both, 1, -1n) },
  { why: "two that are one: an order in the second", inputs: off(notSolved, 1, 1n) },
  {
    why: "the second while the first serves alone",
    inputs: off({ ...both, options: [near, { gamma: 0n, vega: 5n }] }, 1, 1n),
  },
  { why: "an option that rolls left open by a lot", inputs: off(rolling, 0, -1n) },
  { why: "an option that rolls closed and one more", inputs: off(rolling, 0, 1n) },
  {
    why: "a rolled option's gamma forgotten",
    inputs: optionInputs(rolling, [
      40n,
      wanted({ ...rolling, options: [{ ...rolling.options[0], held: 0n }, far] })[1]![0],
    ]),
  },
  {
    why: "nothing, named as if the gap lay on the other side",
    inputs: optionInputs(both, [0n, wanted(both)[1]![0]], { options_0_direction: 0n }),
  },
  {
    why: "nothing, for a limit on the other side",
    inputs: optionInputs(both, [0n, wanted(both)[1]![0]], { options_0_direction: 0n, options_0_clipped: 1n }),
  },
  { why: "more than is wanted, though a limit is claimed", inputs: { ...off(both, 0, 1n), options_0_clipped: 1n } },
  {
    why: "an order with nothing in turn",
    inputs: optionInputs(optionAccepts.at(-1)![1], [1n, 0n], { options_0_clipped: 1n }),
  },
  { why: "a row word that no lanes give", inputs: { ...optionInputs(both), options_0_rows: 1n << 251n } },
];
const optionKinds: Record<string, Kind> = {
  ...Object.fromEntries(
    [0, 1].flatMap((k) =>
      ["rows", "held", "order", "magnitude", "direction", "clipped"].map(
        (name) => [`options[${k}].${name}`, word] as const,
      ),
    ),
  ),
  "options[0].days": natural(7),
  "options[1].days": natural(7),
  gamma: integer(49),
  vega: integer(49),
  gammaTarget: integer(64),
  vegaTarget: integer(64),
  gammaBand: natural(64),
  vegaBand: natural(64),
  pace: natural(8),
  rollDays: natural(7),
};

// ------------------------------------------------------------------------------------------------ retreat and refusal

interface RetreatCase {
  by?: number;
  order: readonly bigint[];
  held: readonly bigint[];
  tight: readonly number[];
  pace: bigint;
}
const retreat = ({ by, order, held, tight, pace }: RetreatCase): Values => ({
  retreatBy: order.map((_, i) => flag(i === by)),
  magnitudes: order,
  isNone: order.map((x) => flag(x === 0n)),
  atParticipation: order.map((_, i) => flag(tight.includes(i))),
  held,
  defencePace: pace,
});

// Two slots, one group of two sides: delta ±, gamma ±, vega ±, two concentrations, gross, net ±, margin, cash,
// turnover.
const NAMES = [
  "delta",
  "delta lower",
  "gamma",
  "gamma lower",
  "vega",
  "vega lower",
  "first slot",
  "second slot",
  "gross",
  "net",
  "net lower",
  "margin",
  "cash",
  "turnover",
] as const;
type Name = (typeof NAMES)[number];
const named = (name?: Name): bigint[] => NAMES.map((one) => flag(one === name));
const rowKinds = (bus: string): Record<string, Kind> => ({
  ...Object.fromEntries(["delta", "gamma", "vega"].map((name) => [`${bus}.${name}`, list(1, word)])),
  [`${bus}.notional`]: list(2, word),
  [`${bus}.net`]: list(2, word),
  ...Object.fromEntries(["gross", "margin", "cash", "turnover"].map((name) => [`${bus}.${name}`, word])),
});
const LIMITS = [
  "delta",
  "gamma",
  "vega",
  "concentration",
  "gross",
  "net",
  "initial",
  "maintenance",
  "turnover",
] as const;
const limitKinds: Record<string, Kind> = {
  ...Object.fromEntries(LIMITS.map((name) => [`limits.${name}`, natural(55)])),
  "limits.cash": integer(55),
};
const limitOf: Readonly<Record<Name, string>> = {
  delta: "delta",
  "delta lower": "delta",
  gamma: "gamma",
  "gamma lower": "gamma",
  vega: "vega",
  "vega lower": "vega",
  "first slot": "concentration",
  "second slot": "concentration",
  gross: "gross",
  net: "net",
  "net lower": "net",
  margin: "initial",
  cash: "cash",
  turnover: "turnover",
};
/** Everything 0, but one row at `value`. */
const values = (bus: string, name: Name | undefined, value: bigint): Values => {
  const at = (one: Name): bigint => (one === name ? value : 0n);
  const side = (one: "delta" | "gamma" | "vega"): bigint[] => [at(one) - at(`${one} lower`)];
  return {
    [`${bus}_delta`]: side("delta"),
    [`${bus}_gamma`]: side("gamma"),
    [`${bus}_vega`]: side("vega"),
    [`${bus}_notional`]: [at("first slot"), at("second slot")],
    [`${bus}_net`]: [at("net"), at("net lower")],
    [`${bus}_gross`]: at("gross"),
    [`${bus}_margin`]: at("margin"),
    [`${bus}_cash`]: at("cash"),
    [`${bus}_turnover`]: at("turnover"),
  };
};
const limits = (name: Name | undefined, limit: bigint, others = 1_000n): Values =>
  Object.fromEntries(
    [...LIMITS, "cash"].map((one) => [`limits_${one}`, name !== undefined && limitOf[name] === one ? limit : others]),
  );
const refusedRow = (
  name: Name | undefined,
  value: bigint,
  floor: bigint,
  limit: bigint,
  claimed: Name | undefined = name,
): Values => ({
  named: named(claimed),
  any: flag(claimed !== undefined),
  ...values("values", name, value),
  ...values("floors", name, floor),
  ...limits(name, limit),
});
export const strategyOrders: readonly TemplateCases[] = [
  {
    file: orders,
    template: "Paces",
    main: wrap(orders, "Paces()", { speed: list(8, bit), halvings: list(3, bit) }, ["ordinary", "hedging"]),
    accepts: [128n, 1n, 77n, 255n, 0n].flatMap((speed) =>
      [0n, 1n, 2n, 5n, 7n].map((h) => ({
        why: `${speed} halved ${h} times`,
        inputs: { speed: bitsOf(speed, 8), halvings: bitsOf(h, 3) },
        outputs: [speed >> h, 128n >> h],
      })),
    ),
    refuses: [],
  },
  {
    file: orders,
    template: "Clips",
    main: wrap(orders, "Clips()", clipKinds, ["clipped", "atParticipation"]),
    accepts: clipAccepts.map(([why, one, clipped]) => ({
      why,
      inputs: clip(one),
      outputs: [clipped, flag(one.claim === "participation")],
    })),
    refuses: [
      ...clipRefuses.map(([why, one]) => ({ why, inputs: clip(one) })),
      {
        why: "two limits at once",
        inputs: { ...clip({ held: 95n, order: 5n, allowed: 50_000n }), claims: [1n, 1n, 0n] },
      },
      { why: "half a limit", inputs: { ...clip({ held: 95n, order: 5n }), claims: [0n, 1n, -1n] } },
    ],
  },
  {
    file: orders,
    template: "SlotOrder",
    main: wrap(orders, "SlotOrder()", {
      ...moveKinds,
      direction: bit,
      clipped: bit,
      atParticipation: bit,
      trades: bit,
      retreats: bit,
      part: word,
      of: word,
      notional: word,
      traded: word,
      gap: word,
      band: word,
    }),
    accepts: [
      ...gaps.map(([why, gap, band, pace]) => ({
        why,
        inputs: slot({ order: decided(gap, band, pace, 3n), gap, band, pace }),
      })),
      {
        why: "the largest gap",
        inputs: slot({ order: 1n << 30n, notional: 1n << 17n, gap: 32_767n * (1n << 50n), pace: 255n, clipped: 1n }),
      },
      {
        why: "the largest lot",
        inputs: slot({ order: 0n, notional: (1n << 48n) - 1n, gap: 10_000n * ((1n << 48n) - 1n) - 1n }),
      },
      { why: "less than the gap at a limit", inputs: slot({ order: 3n, gap: 7n * LOT, clipped: 1n }) },
      { why: "nothing at a limit", inputs: slot({ order: 0n, gap: -7n * LOT, clipped: 1n }) },
      { why: "nothing where there is no value", inputs: slot({ order: 0n, notional: 0n, gap: -7n * LOT }) },
      { why: "any order where the rule is another's", inputs: slot({ order: 9n, trades: 0n }) },
      { why: "three eighths of 16, a short's too", inputs: slot({ held: -16n, order: 6n, ...RETREAT }) },
      { why: "three eighths of 15, rounded up", inputs: slot({ held: 15n, order: -6n, ...RETREAT }) },
      { why: "one of one", inputs: slot({ held: 1n, order: -1n, ...RETREAT }) },
      { why: "nothing of nothing", inputs: slot({ held: 0n, order: 0n, ...RETREAT }) },
      {
        why: "no retreat where nothing can be traded",
        inputs: slot({ held: 16n, order: 0n, atParticipation: 1n, ...RETREAT }),
      },
    ],
    refuses: slotRefuses.map(([why, one]) => ({ why, inputs: slot(one) })),
  },
  {
    file: orders,
    template: "RetreatShare",
    main: wrap(
      orders,
      "RetreatShare(3)",
      {
        retreatBy: list(3, word),
        magnitudes: list(3, natural(31)),
        isNone: list(3, bit),
        atParticipation: list(3, bit),
        held: list(3, natural(40)),
        defencePace: natural(8),
      },
      ["part", "of"],
    ),
    accepts: [
      {
        why: "the pace",
        inputs: retreat({ order: [4n, 0n, 1n], held: [16n, 5n, 2n], tight: [1], pace: 32n }),
        outputs: [32n, 128n],
      },
      {
        why: "the tightest slot",
        inputs: retreat({ by: 2, order: [2n, 0n, 1n], held: [16n, 5n, 8n], tight: [1, 2], pace: 32n }),
        outputs: [1n, 8n],
      },
      {
        why: "a slot as tight as the pace",
        inputs: retreat({ by: 0, order: [4n, 1n, 1n], held: [16n, 4n, 2n], tight: [0], pace: 32n }),
        outputs: [4n, 16n],
      },
    ],
    refuses: [
      {
        why: "a slot that could trade more",
        inputs: retreat({ by: 2, order: [2n, 0n, 1n], held: [16n, 5n, 8n], tight: [1], pace: 32n }),
      },
      {
        why: "a slot that can't trade",
        inputs: retreat({ by: 1, order: [0n, 0n, 0n], held: [16n, 5n, 8n], tight: [1], pace: 32n }),
      },
      {
        why: "a share above the pace",
        inputs: retreat({ by: 0, order: [5n, 1n, 1n], held: [19n, 4n, 2n], tight: [0], pace: 32n }),
      },
      {
        why: "two slots",
        inputs: {
          ...retreat({ by: 0, order: [4n, 1n, 1n], held: [16n, 4n, 4n], tight: [0, 2], pace: 32n }),
          retreatBy: [1n, 0n, 1n],
        },
      },
    ],
  },
  {
    file: options,
    template: "Soft",
    main: wrap(options, "Soft()", { x: integer(65), band: natural(64) }, ["out"]),
    accepts: [
      [5n, 3n],
      [3n, 3n],
      [-3n, 3n],
      [-4n, 3n],
      [0n, 0n],
      [1n, 0n],
      [-(1n << 65n), 1n],
      [1n << 65n, (1n << 64n) - 1n],
    ].map(([x, band]) => ({ why: `${x} beyond ${band}`, inputs: { x: x!, band: band! }, outputs: [soft(x!, band!)] })),
    refuses: [],
  },
  {
    file: options,
    template: "Greeks",
    main: wrap(options, "Greeks()", { rows: word }, ["gamma", "vega", "hasGamma", "hasVega"]),
    accepts: [
      near,
      far,
      { gamma: 0n, vega: -1n },
      { gamma: 1n, vega: 1n },
      { gamma: (1n << 48n) - 1n, vega: 1n - (1n << 48n), delta: 1n - (1n << 48n) },
    ].map((one) => ({
      why: `gamma ${one.gamma}, vega ${one.vega}`,
      inputs: { rows: rowWord(one) },
      outputs: [one.gamma, one.vega, flag(one.gamma > 0n), flag(one.vega > 0n)],
    })),
    refuses: [{ why: "a word beyond the lanes", inputs: { rows: 1n << 250n } }],
  },
  {
    file: options,
    template: "OptionOrders",
    main: wrap(options, "OptionOrders()", optionKinds),
    accepts: optionAccepts
      .map(([why, one]) => ({ why, inputs: optionInputs(one) }))
      .concat([
        {
          why: "less at a limit",
          inputs: optionInputs(both, [1n, 0n], {
            options_0_clipped: 1n,
            options_1_clipped: 1n,
            options_1_direction: flag(wanted(both)[1]![1] > 0n),
          }),
        },
      ]),
    refuses: optionRefuses,
  },
  {
    file: decision,
    template: "CapitalInUse",
    main: wrap(decision, "CapitalInUse()", { capital: natural(50), cashWanted: natural(50) }, ["out"]),
    accepts: [
      [5n, 3n, 2n],
      [3n, 3n, 0n],
      [3n, 4n, 0n],
      [0n, (1n << 50n) - 1n, 0n],
      [(1n << 50n) - 1n, 0n, (1n << 50n) - 1n],
    ].map(([capital, cashWanted, out]) => ({
      why: `${capital} less ${cashWanted}`,
      inputs: { capital: capital!, cashWanted: cashWanted! },
      outputs: [out!],
    })),
    refuses: [],
  },
  {
    file: decision,
    template: "Turn",
    main: wrap(decision, "Turn(4)", { epoch: word }, [["out", 4]]),
    accepts: [0n, 1n, 2n, 3n, 4n, (1n << 32n) - 1n].map((epoch) => ({
      why: `epoch ${epoch}`,
      inputs: { epoch },
      outputs: [0n, 1n, 2n, 3n].map((g) => flag(epoch % 4n === g)),
    })),
    refuses: [{ why: "an epoch of 2^32", inputs: { epoch: 1n << 32n } }],
  },
  {
    file: decision,
    template: "Turn",
    main: wrap(decision, "Turn(2)", { epoch: word }, [["out", 2]]),
    accepts: [0n, 1n, 2n, (1n << 32n) - 1n].map((epoch) => ({
      why: `epoch ${epoch}`,
      inputs: { epoch },
      outputs: [flag(epoch % 2n === 0n), flag(epoch % 2n === 1n)],
    })),
    refuses: [],
  },
  {
    file: decision,
    template: "Chosen",
    main: wrap(decision, "Chosen(3)", { which: list(3, bit), values: list(3, word) }, ["out"]),
    accepts: (
      [
        [[0n, 0n, 0n], 0n],
        [[1n, 0n, 0n], 5n],
        [[0n, 0n, 1n], -7n],
      ] as const
    ).map(([which, out]) => ({
      why: `${out}`,
      inputs: { which, values: [5n, 6n, -7n] },
      outputs: [out],
    })),
    refuses: [],
  },
  {
    file: decision,
    template: "Mode",
    main: wrap(
      decision,
      "Mode()",
      { idle: bit, strict: bit, margin: natural(51), marginTriggerBps: natural(14), capital: natural(50) },
      ["trades", "retreats"],
    ),
    accepts: (
      [
        ["trades at the trigger", 0n, 0n, 50n, 1n, 0n],
        ["retreats one above it", 0n, 0n, 51n, 0n, 1n],
        ["retreats when strict", 0n, 1n, 0n, 0n, 1n],
        ["does nothing when idle", 1n, 0n, 51n, 0n, 0n],
      ] as const
    ).map(([why, idle, strict, margin, trades, retreats]) => ({
      why,
      inputs: { idle, strict, margin, marginTriggerBps: 5_000n, capital: 100n },
      outputs: [trades, retreats],
    })),
    refuses: [],
  },
  {
    file: decision,
    template: "NextHalvings",
    main: wrap(decision, "NextHalvings()", { old: natural(3), bits: list(3, bit), refused: bit, idle: bit }, ["out"]),
    accepts: [0n, 1n, 4n, 6n, 7n].flatMap((h) =>
      (
        [
          ["sent", 0n, 0n, h > 0n ? h - 1n : 0n],
          ["refused", 1n, 0n, h < 7n ? h + 1n : 7n],
          ["idle", 0n, 1n, h],
        ] as const
      ).map(([why, refused, idle, out]) => ({
        why: `${h}, ${why}`,
        inputs: { old: h, bits: bitsOf(h, 3), refused, idle },
        outputs: [out],
      })),
    ),
    refuses: [],
  },
  {
    file: refusal,
    template: "PickRow",
    main: wrap(refusal, "PickRow(2, 1)", { named: list(14, bit), ...rowKinds("values") }, ["out"]),
    accepts: [undefined, ...NAMES].map((name) => ({
      why: name ?? "none",
      inputs: { named: named(name), ...values("values", name, 11n) },
      outputs: [name === undefined ? 0n : 11n],
    })),
    refuses: [],
  },
  {
    file: refusal,
    template: "PickLimit",
    main: wrap(refusal, "PickLimit(2, 1)", { named: list(14, bit), ...limitKinds }, ["out"]),
    accepts: [undefined, ...NAMES].map((name) => ({
      why: name ?? "none",
      inputs: { named: named(name), ...limits(name, 10n) },
      outputs: [name === undefined ? 0n : 10n],
    })),
    refuses: [],
  },
  {
    file: refusal,
    template: "RefusedRow",
    main: wrap(refusal, "RefusedRow(2, 1)", {
      named: list(14, bit),
      any: bit,
      ...rowKinds("values"),
      ...rowKinds("floors"),
      ...limitKinds,
    }),
    accepts: [
      { why: "no row named", inputs: refusedRow(undefined, 0n, 0n, 0n) },
      ...NAMES.map((name) => ({
        why: `${name}, one above limit and book`,
        inputs: refusedRow(name, 11n, name === "cash" || name === "turnover" ? 0n : 10n, 10n),
      })),
      { why: "cash with nothing to spend", inputs: refusedRow("cash", 1n, 0n, -5n) },
      { why: "a book below its limit", inputs: refusedRow("margin", 11n, 3n, 10n) },
    ],
    refuses: [
      ...NAMES.map((name) => ({ why: `${name} at its limit`, inputs: refusedRow(name, 10n, 0n, 10n) })),
      ...NAMES.filter((name) => name !== "cash" && name !== "turnover").map((name) => ({
        why: `${name} above its limit, where it was already`,
        inputs: refusedRow(name, 15n, 15n, 10n),
      })),
      { why: "a row that holds, while another does not", inputs: refusedRow("delta", 11n, 0n, 10n, "gamma") },
      { why: "the lower side for the upper", inputs: refusedRow("delta", 11n, 0n, 10n, "delta lower") },
      { why: "a purchase for nothing though cash is short", inputs: refusedRow("cash", 0n, 0n, -5n) },
      { why: "a refusal without a row", inputs: { ...refusedRow(undefined, 0n, 0n, 0n), any: 1n } },
    ],
  },
  {
    file: refusal,
    template: "NamedRow",
    main: wrap(refusal, "NamedRow(2, 1)", { in: list(14, word) }, [["out", 14], "any"]),
    accepts: [
      { why: "none", inputs: { in: named() }, outputs: [...named(), 0n] },
      { why: "the last", inputs: { in: named("turnover") }, outputs: [...named("turnover"), 1n] },
    ],
    refuses: [
      { why: "two", inputs: { in: named("cash").with(0, 1n) } },
      { why: "one that is no bit", inputs: { in: named("cash").with(0, 2n).with(1, -2n) } },
    ],
  },
];
