import { BPS, OPTION_TOLERANCE_BPS, PRICE_TOLERANCE_BPS } from "../../circuits/format.ts";
import { absolute } from "../base/integers.ts";
import { ProverError } from "../base/errors.ts";
import { REPORTED_FIELDS } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import { SnapshotError } from "../base/snapshotErrors.ts";
import { unpackSlot } from "../format/lanes.ts";
import type { LaneRows } from "../format/lanes.ts";
import type { Instrument } from "./rows.ts";
import { FEATURES, parseSignalWords } from "../format/signals.ts";
import type { MarketSignals } from "../format/signals.ts";

/** By how much each lane may differ between reporters whose prices come from different places: docs/strategy.md §2. */
const FEATURE_TOLERANCE: Readonly<Record<(typeof FEATURES)[number], bigint>> = {
  shortVol: 5n,
  longVol: 5n,
  volRatio: 4n,
  volOfVol: 4n,
  correlation: 8n,
  drawdown: 2n,
  funding: 10n,
  impliedLessRealised: 20n,
};
const TOLERANCE: Readonly<Record<Exclude<keyof MarketSignals, "features">, bigint>> = {
  daysToExpiry: 0n,
  volatility: 1n,
  correlation: 1n,
};

/** How far an option's gamma and vega may differ: as parts of themselves, or of its notional where that is more. */
const GREEK_BPS = 500n;
const GREEK_NOTIONAL_BPS = 1n;
const LIQUIDITY_BPS = 1_000n;
/** How far lanes that follow a price may differ by rounding, µUSD a lot. */
const ROUNDING = 1n;

/** What every reporter knows alike about a listed slot. */
export interface ListedInstrument {
  readonly kind: Instrument["kind"];
  /** Lots. */
  readonly orderCap: number;
}

/** Names of the lanes in which another reporter's signals are farther from one's own than they may be. */
export function signalDisagreements(own: MarketSignals, other: MarketSignals): string[] {
  return [
    ...FEATURES.filter((name, k) => isFar(own.features[k]!, other.features[k]!, FEATURE_TOLERANCE[name])),
    ...(Object.keys(TOLERANCE) as (keyof typeof TOLERANCE)[]).flatMap((field) =>
      // An asset is in the market or not, whoever looks.
      own[field].flatMap((value, i) => {
        const absent = field === "volatility" && (value === 0n) !== (other[field][i] === 0n);
        return absent || isFar(value, other[field][i]!, TOLERANCE[field]) ? [`${field}[${i}]`] : [];
      }),
    ),
  ];
}

/**
 * Names of what in another reporter's words is farther from one's own than it may be, or is in no snapshot:
 * docs/strategy.md §2. None: they may be signed.
 * @param slots as listed, null where nothing is
 * @param own well-formed words, as `snapshotWordsAt` makes them
 * @param other any whole numbers
 */
export function disagreements(
  profile: Profile,
  slots: readonly (ListedInstrument | null)[],
  own: readonly bigint[],
  other: readonly bigint[],
): string[] {
  if (other.length !== own.length) return ["number of words"];
  const perSlot = profile.rowWords + REPORTED_FIELDS.length;
  const far = slots.flatMap((slot, i): string[] => {
    const wordsOf = (words: readonly bigint[]): readonly bigint[] => words.slice(i * perSlot, (i + 1) * perSlot);
    if (slot === null) return wordsOf(other).some((word) => word !== 0n) ? [`slot[${i}]`] : [];
    const theirs = readable(() => lanesOf(profile, wordsOf(other)));
    return theirs === undefined
      ? [`slot[${i}].rows`]
      : slotDisagreements(slot, lanesOf(profile, wordsOf(own)), theirs).map((lane) => `slot[${i}].${lane}`);
  });
  const signalsOf = (words: readonly bigint[]): MarketSignals =>
    parseSignalWords(profile, words.slice(-2) as [bigint, bigint]);
  const theirs = readable(() => signalsOf(other));
  return [...far, ...(theirs === undefined ? ["signals"] : signalDisagreements(signalsOf(own), theirs))];
}

/** µUSD a lot; liquidity in lots. */
type Lanes = LaneRows & Readonly<Record<(typeof REPORTED_FIELDS)[number], bigint>>;

/** @throws SnapshotError for row words that no packing produces */
function lanesOf(profile: Profile, words: readonly bigint[]): Lanes {
  const reported = Object.fromEntries(
    REPORTED_FIELDS.map((field, k) => [field, words[profile.rowWords + k]!]),
  ) as Record<(typeof REPORTED_FIELDS)[number], bigint>;
  return { ...unpackSlot(words.slice(0, profile.rowWords), profile.scenarios), ...reported };
}

/**
 * The rows of spot and perps are multiples of the price. Those of an option move by its delta, which is at most its
 * notional, times what the price moves; its delta by its gamma besides. What the oracle would refuse to publish is not
 * signed either.
 */
function slotDisagreements({ kind, orderCap }: ListedInstrument, own: Lanes, other: Lanes): string[] {
  const ofItself = (lane: bigint): bigint => (lane === 0n ? 0n : part(lane, PRICE_TOLERANCE_BPS) + ROUNDING);
  const risk = (lane: bigint): bigint =>
    kind === "option" ? part(own.notional, OPTION_TOLERANCE_BPS) : ofItself(lane);
  const greek = (lane: bigint): bigint =>
    kind === "option" ? larger(part(lane, GREEK_BPS), part(own.notional, GREEK_NOTIONAL_BPS)) : 0n;
  const far: Readonly<Record<Exclude<keyof Lanes, "stress">, boolean>> = {
    value: isFar(own.value, other.value, risk(own.value)) || other.value < 0n,
    // Gamma is given for a move of 1 %.
    delta: isFar(own.delta, other.delta, risk(own.delta) + (absolute(own.gamma) * PRICE_TOLERANCE_BPS) / 100n),
    gamma: isFar(own.gamma, other.gamma, greek(own.gamma)),
    vega: isFar(own.vega, other.vega, greek(own.vega)),
    notional:
      isFar(own.notional, other.notional, ofItself(own.notional)) ||
      (kind === "perp" && other.notional !== other.delta),
    slip: isFar(own.slip, other.slip, ofItself(own.slip)),
    contingency: isFar(own.contingency, other.contingency, risk(own.contingency)),
    liquidity:
      isFar(own.liquidity, other.liquidity, part(own.liquidity, LIQUIDITY_BPS)) || other.liquidity > BigInt(orderCap),
  };
  return [
    ...(Object.keys(far) as (keyof typeof far)[]).filter((lane) => far[lane]),
    ...own.stress.flatMap((lane, s) => (isFar(lane, other.stress[s]!, risk(lane)) ? [`stress[${s}]`] : [])),
  ];
}

/** Undefined for words that no reporter's program makes. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SnapshotError || error instanceof ProverError) return undefined;
    throw error;
  }
}

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const part = (of: bigint, bps: bigint): bigint => (absolute(of) * bps) / BPS;
const isFar = (a: bigint, b: bigint, tolerance: bigint): boolean => absolute(a - b) > tolerance;
