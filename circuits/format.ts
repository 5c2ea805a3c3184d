/**
 * The layout of the protocol, as data: which words a submission proves about and in which order, what each may hold,
 * how many bits the lanes of packed words have, and at which sizes. Everything else follows from here:
 *
 *   circuits/lib/format.circom    sizes, buses and readers of the circuit    ┐
 *   contracts/format/Format.sol   offsets, widths and bounds                 ├ written by `npm run generate`
 *   docs/protocol.md              the tables of sections 1 to 3              ┘
 *   prover/format                 imports it
 *
 * A change here is another protocol: another circuit, key and contracts. Nothing here or in `format/` needs Node.
 */

// ------------------------------------------------------------------------------------------------ profiles

export type SizeName = "N" | "U" | "S" | "M" | "T_ORDER" | "T_BOOK";
export type Sizes = Readonly<Record<SizeName, number>>;

export const PROFILE_NAMES = ["small", "standard"] as const;
/** `small` is for tests: the same constraints on fewer slots and members. `standard` is what a market runs. */
export type ProfileName = (typeof PROFILE_NAMES)[number];

export interface ProfileFormat {
  /** In the order in which the circuit's template takes them. */
  readonly sizes: Sizes;
  /** Slots of the assets of the mean-variance sleeve, in the order of their views. */
  readonly sleeveSlots: readonly number[];
}

export const PROFILES: Readonly<Record<ProfileName, ProfileFormat>> = {
  small: { sizes: { N: 4, U: 2, S: 4, M: 3, T_ORDER: 1, T_BOOK: 2 }, sleeveSlots: [0, 1, 2, 3] },
  standard: {
    sizes: { N: 16, U: 4, S: 23, M: 5, T_ORDER: 2, T_BOOK: 3 },
    sleeveSlots: [0, 4, 6, 7, 8, 10, 11, 12],
  },
};

/** Options stand at the last slots of a group of `ofGroup`; groups of another size have none. */
export const OPTION_SLOTS = { ofGroup: 4, first: 2 } as const;

// ------------------------------------------------------------------------------------------------ numbers

/** r, the order of BN254's scalar field: words are below it. */
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** 100 % in basis points. */
export const BPS = 10_000n;

/**
 * How far a reporter lets another's words be from its own and still signs them: a price, in parts of itself, and an
 * option's value, in parts of its notional. The oracle's buckets drain faster than that can fill them.
 */
export const PRICE_TOLERANCE_BPS = 25n;
export const OPTION_TOLERANCE_BPS = 50n;

/** What the chain takes for a price or for the worth of an account: below 2^PRICE_BITS µUSD. */
export const PRICE_BITS = 49;

// ------------------------------------------------------------------------------------------------ lanes

/** What surely fits a word: r is above 2^253. */
const WORD_BITS = 253;

/** A number in a packed word: `value`, plus 2^(bits−1) if it is signed, is below 2^bits. */
export interface LaneFormat {
  readonly bits: number;
  readonly signed?: true;
  /** Bits from this lane to the next, if more than its own. */
  readonly width?: number;
}

export const lanesPerWord = ({ bits, width = bits }: LaneFormat): number => Math.floor(WORD_BITS / width);

/** What a signed lane adds to its value, 0 for others. */
export const laneOffset = ({ bits, signed }: LaneFormat): bigint => (signed ? 1n << BigInt(bits - 1) : 0n);

/** Rows of a lot: this many bits in absolute value, also summed over a group at its caps. */
export const ROW_BITS = 48;
/** Lane of a row word: the sign, and one bit of room for what the circuit adds to a group's total. */
export const ROW_LANE = { bits: ROW_BITS + 2, signed: true } as const satisfies LaneFormat;
/** Lanes of a slot before one for each stress scenario. */
export const ROW_LANES = ["value", "delta", "gamma", "vega"] as const;

/** The book: lots of each slot, the order that waits in each slot, one word of the rest, a salt. */
export const POSITION_LANE = { bits: 41, signed: true } as const satisfies LaneFormat;
export const ORDER_LANE = { bits: 32, signed: true } as const satisfies LaneFormat;
export const MISC_LANES = [
  { name: "cashAdj", bits: 63, signed: true, width: 64 },
  { name: "nav", bits: 51, signed: true, width: 64 },
  { name: "breachSince", bits: 32 },
  { name: "halvings", bits: 3 },
] as const satisfies readonly (LaneFormat & { readonly name: string })[];

/** Most vaults of a market, so that sums of their order words and order commitments stay unique. */
export const VAULT_BITS = 12;
/** Orders of a group as they are sealed: room for the sum over all vaults. */
export const SEALED_ORDER_LANE = {
  ...ORDER_LANE,
  width: ORDER_LANE.bits + VAULT_BITS,
} as const satisfies LaneFormat;

/** What strategies read of the market's history, in the order of its lanes: docs/strategy.md §2. */
export const FEATURES = [
  "shortVol",
  "longVol",
  "volRatio",
  "volOfVol",
  "correlation",
  "drawdown",
  "funding",
  "impliedLessRealised",
] as const;

/** Lanes of the two words of signals. No lane holds the lowest value of a signed one. */
export const SIGNAL_LANES = {
  signals: [
    { name: "features", of: "feature", bits: 12, signed: true },
    { name: "daysToExpiry", of: "option", bits: 7 },
    { name: "volatility", of: "asset", bits: 9 },
  ],
  correlations: [{ name: "correlation", of: "pair", bits: 8, signed: true }],
} as const satisfies Readonly<Record<string, readonly SignalLane[]>>;

export interface SignalLane extends LaneFormat {
  readonly name: string;
  /** There is one for each feature, option slot, sleeve asset, or pair i < j of sleeve assets, row by row. */
  readonly of: "feature" | "option" | "asset" | "pair";
}

// ------------------------------------------------------------------------------------------------ words

/** How often an entry stands in its section. RW, PW, OW, BW are the derived sizes of docs/protocol.md §1. */
export type Times = "N" | "U" | "M" | "RW" | "BW";

/**
 * - `word`: any field element. `address`: 160 bits. `flag`: 0 or 1. `natural`, `signed`: an integer, mod r.
 * - `lanes`: a packed word. `flags`: bits from the lowest. `point`: two words, x and y.
 */
export type Kind = "word" | "address" | "flag" | "natural" | "signed" | "lanes" | "flags" | "point";

export interface WordFormat {
  readonly name: string;
  readonly kind: Kind;
  readonly unit?: "µUSD" | "bps" | "lots" | "shares" | "epochs";
  /** Absolute value below 2^bits. The chain vouches for it; the circuit takes a natural's on trust. */
  readonly bits?: number;
  /** The same of a natural, if the bound is no power of two: the largest value. */
  readonly max?: bigint;
  /** Σ over a group of this word times the named one is below 2^ROW_BITS. */
  readonly groupSumBy?: "positionCap" | "liquidity";
  /** Who brings it, if not the chain. */
  readonly from?: "caller" | "reporters";
  /** The circuit reads it as a bare word: it needs no range of it, or finds the value itself and compares. */
  readonly bare?: true;
  /** For `flags`: one bit for each slot or group, in this order. */
  readonly flags?: readonly FlagFormat[];
  readonly times?: Times;
  /** Number of the first, if not 0. */
  readonly first?: 1;
  /** What the circuit calls it, if not by its name. */
  readonly circuit?: string;
  readonly note?: string;
}

export interface FlagFormat {
  readonly name: string;
  readonly times: "N" | "U";
  readonly circuit?: string;
  /** The record of the same section whose field it is in the circuit. */
  readonly record?: string;
  /** A word of that record as the circuit reads it where the flag is set; 0 elsewhere. */
  readonly gates?: { readonly word: string; readonly name: string; readonly note: string };
  readonly note: string;
}

/** Words that repeat together. */
export interface RecordFormat {
  readonly name: string;
  readonly times: Times;
  /** Number of the first, if not 0. */
  readonly first?: 1;
  readonly words: readonly WordFormat[];
  /** The circuit's bus, and the field that has them. */
  readonly bus: string;
  readonly circuit: string;
}

export const HEADER = [
  { name: "chainId", kind: "natural" },
  { name: "market", kind: "address" },
  { name: "vault", kind: "address" },
  { name: "epoch", kind: "natural", bits: 32 },
  { name: "snapshotHash", kind: "word" },
  { name: "oldCommitment", kind: "word" },
  { name: "newCommitment", kind: "word", from: "caller" },
  { name: "cashFlow", kind: "signed", unit: "µUSD", note: "deposits taken in minus redemptions paid" },
  { name: "redeemShares", kind: "natural", unit: "shares", from: "caller" },
  { name: "outflow", kind: "flag", note: "redemptions are paid in this epoch" },
  { name: "dealing", kind: "flag", note: "NAV is printed in this epoch" },
  {
    name: "nav",
    kind: "signed",
    unit: "µUSD",
    from: "caller",
    note: "before the flow, in a dealing epoch of a solvent vault, else 0",
  },
  { name: "insolvent", kind: "flag", from: "caller", bare: true },
  { name: "halted", kind: "flag" },
  { name: "strategyCommitment", kind: "word" },
  {
    name: "cashWanted",
    kind: "natural",
    unit: "µUSD",
    bits: 50,
    note: "redemption requests that wait, at the last NAV",
  },
] as const satisfies readonly WordFormat[];

/** Limits in basis points of NAV; participation of a slot's liquidity. */
export const MANDATE = [
  { name: "deltaBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "gammaBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "vegaBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "concentrationBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "participationBps", kind: "natural", unit: "bps", max: BPS },
  { name: "grossBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "netBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "cashFloorBps", kind: "natural", unit: "bps", bits: 18, note: "the only minimum: more is tighter" },
  { name: "turnoverBps", kind: "natural", unit: "bps", bits: 18 },
  { name: "initialMarginBps", kind: "natural", unit: "bps", max: BPS, note: "margin an order may build up to" },
  {
    name: "maintenanceMarginBps",
    kind: "natural",
    unit: "bps",
    max: BPS,
    note: "margin above which an order has to reduce it; at least the initial one",
  },
  {
    name: "breachEpochs",
    kind: "natural",
    unit: "epochs",
    bits: 32,
    note: "a row may stay outside before it must shrink",
  },
] as const satisfies readonly WordFormat[];

/** A slot of the snapshot after its row words; per lot. */
export const SLOT = [
  { name: "carryIndex", kind: "signed", unit: "µUSD", bits: 60 },
  {
    name: "notional",
    kind: "natural",
    unit: "µUSD",
    groupSumBy: "positionCap",
    from: "reporters",
    note: "of a perp its mark, the delta lane",
  },
  { name: "slip", kind: "natural", unit: "µUSD", groupSumBy: "liquidity", from: "reporters" },
  {
    name: "contingency",
    kind: "natural",
    unit: "µUSD",
    groupSumBy: "positionCap",
    from: "reporters",
    note: "margin of a short lot for what no scenario covers, 0 for spot",
  },
  {
    name: "liquidity",
    kind: "natural",
    unit: "lots",
    bits: 31,
    from: "reporters",
    note: "at most the slot's order cap",
  },
  { name: "positionCap", kind: "natural", unit: "lots", bits: 40 },
] as const satisfies readonly WordFormat[];

/** What the vault's last order came to in a slot; per lot. */
export const SETTLE_SLOT = [
  { name: "debit", kind: "signed", unit: "µUSD", bits: 60 },
  { name: "charge", kind: "natural", unit: "µUSD", bits: 48, bare: true },
  { name: "exitIndex", kind: "signed", unit: "µUSD", bits: 60 },
] as const satisfies readonly WordFormat[];

export interface SectionFormat {
  readonly name: string;
  readonly title: string;
  /** An entry without a name is called as its section is. */
  readonly entries: readonly (WordFormat | RecordFormat)[];
  /** The circuit's bus of a section of single words, */
  readonly bus?: string;
  /** and the template that reads it, if it is read by one of its own. */
  readonly reader?: string;
}

/** All public data of a submission is one vector of words, in this order. */
export const SECTIONS = [
  { name: "header", title: "header", bus: "Header", entries: HEADER },
  {
    name: "orderCommitments",
    title: "order commitments",
    entries: [{ name: "", kind: "point", times: "U", note: "C_g" }],
  },
  { name: "ephemeral", title: "ephemeral key", entries: [{ name: "", kind: "point", note: "R" }] },
  { name: "mandate", title: "mandate", bus: "Mandate", reader: "ReadMandate", entries: MANDATE },
  {
    name: "snapshot",
    title: "snapshot",
    entries: [
      {
        name: "slot",
        times: "N",
        bus: "Instrument",
        circuit: "instruments",
        words: [{ name: "rows", kind: "lanes", times: "RW" }, ...SLOT],
      },
      {
        name: "slotFlags",
        kind: "flags",
        flags: [
          {
            name: "mayBeShort",
            times: "N",
            record: "instruments",
            note: "the slot may be short, which perps and options may",
          },
          {
            name: "chargesLong",
            times: "N",
            record: "instruments",
            gates: { word: "contingency", name: "longContingency", note: "of a long lot: as much, or nothing" },
            note: "it charges its contingency on long lots too, which perps do",
          },
        ],
      },
      { name: "signals", kind: "lanes", note: "below 2^253, [strategy.md](strategy.md) §2" },
      { name: "correlations", kind: "lanes", note: "below 2^253, [strategy.md](strategy.md) §2" },
    ],
  },
  {
    name: "settle",
    title: "settle",
    entries: [
      {
        name: "flags",
        kind: "flags",
        flags: [
          {
            name: "groupFilled",
            times: "U",
            circuit: "filled",
            note: "the vault's last order was filled in the group",
          },
          { name: "keep", times: "N", record: "fills", note: "the series of the slot still runs" },
        ],
      },
      { name: "slot", times: "N", bus: "Fill", circuit: "fills", words: SETTLE_SLOT },
    ],
  },
  {
    name: "committeeKeys",
    title: "committee keys",
    entries: [{ name: "", kind: "point", times: "M", first: 1, circuit: "memberKeys", note: "PK_j" }],
  },
  {
    name: "payload",
    title: "sealed payload",
    entries: [
      {
        name: "member",
        times: "M",
        first: 1,
        bus: "SealedShares",
        circuit: "shares",
        words: [
          { name: "orderShare", kind: "word", times: "U", circuit: "order" },
          { name: "rhoShare", kind: "word", times: "U", circuit: "rho" },
          { name: "bookKeyShare", kind: "word", circuit: "bookKey" },
        ],
      },
      { name: "book", kind: "word", times: "BW", circuit: "sealedBook", note: "the encrypted book" },
    ],
  },
] as const satisfies readonly SectionFormat[];

// ------------------------------------------------------------------------------------------------ rows of the mandate

/**
 * Rows by which an order can be refused, in the order of their names in the circuit: of each group or slot where `of`
 * says so, upper sides before lower ones.
 */
export const MANDATE_ROWS = [
  { name: "delta", of: "group", sides: 2 },
  { name: "gamma", of: "group", sides: 2 },
  { name: "vega", of: "group", sides: 2 },
  { name: "concentration", of: "slot", sides: 1 },
  { name: "gross", of: "vault", sides: 1 },
  { name: "net", of: "vault", sides: 2 },
  { name: "margin", of: "vault", sides: 1 },
  { name: "cash", of: "vault", sides: 1 },
  { name: "turnover", of: "vault", sides: 1 },
] as const satisfies readonly RowFormat[];

export interface RowFormat {
  readonly name: string;
  readonly of: "group" | "slot" | "vault";
  readonly sides: 1 | 2;
}
