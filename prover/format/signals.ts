import { ProverError, requireLength } from "../base/errors.ts";
import { packLanes, unpackLanes } from "../base/integers.ts";
import type { Lane } from "../base/integers.ts";
import { slotsOfGroup } from "./profile.ts";
import type { Profile } from "./profile.ts";
import { toWord } from "../base/field.ts";
import type { Word } from "../base/units.ts";

/** What strategies read of the market's history: docs/strategy.md §2. Public, signed with the snapshot. */
export interface MarketSignals {
  /** One per name of `FEATURES`, −2,047 … 2,047. */
  readonly features: readonly bigint[];
  /** Per option position, 0 … 127; 127 for more days, or for nothing listed. */
  readonly daysToExpiry: readonly bigint[];
  /** Per sleeve asset, 2^−7 a year, 0 … 511; 0 where there is no asset. */
  readonly volatility: readonly bigint[];
  /** Correlations of sleeve assets i < j, row by row, in units of 2^−7, −127 … 127. */
  readonly correlation: readonly bigint[];
}

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
export const FEATURE_BOUND = 2_047n;
export const MOST_DAYS = 127n;
export const VOLATILITY_BOUND = 511n;
export const CORRELATION_BOUND = 127n;
/** Unit of volatilities and correlations: 2^−7. */
export const SIGNAL_UNIT = 128n;

/** Slots of sleeve assets, in the order of their views. */
export const sleeveSlots = (profile: Profile): readonly number[] =>
  profile.name === "standard" ? [0, 4, 6, 7, 8, 10, 11, 12] : [0, 1, 2, 3];

/** Slots that options can stand at: the last two of every group of four. */
export const optionSlots = (profile: Profile): number[] =>
  profile.groupSlots < 4
    ? []
    : Array.from({ length: profile.groups }, (_, g) => slotsOfGroup(profile, g).slice(2, 4)).flat();

/** Index of the pair i < j of n assets, row by row. */
export const pairIndex = (n: number, i: number, j: number): number => (i * (2 * n - i - 1)) / 2 + (j - i - 1);

/** Signals of a market without history: nothing to tell, nothing in the sleeve. */
export function noSignals(profile: Profile): MarketSignals {
  const n = sleeveSlots(profile).length;
  return {
    features: FEATURES.map(() => 0n),
    daysToExpiry: optionSlots(profile).map(() => MOST_DAYS),
    volatility: Array<bigint>(n).fill(0n),
    correlation: Array<bigint>((n * (n - 1)) / 2).fill(0n),
  };
}

type LaneKind = Pick<Lane, "bits" | "signed"> & {
  readonly field: keyof MarketSignals;
  readonly count: number;
  readonly low: bigint;
  readonly high: bigint;
};

/** Lanes of the two words. */
function layout(profile: Profile): readonly (readonly LaneKind[])[] {
  const n = sleeveSlots(profile).length;
  return [
    [
      { field: "features", count: FEATURES.length, bits: 12, signed: true, low: -FEATURE_BOUND, high: FEATURE_BOUND },
      { field: "daysToExpiry", count: optionSlots(profile).length, bits: 7, low: 0n, high: MOST_DAYS },
      { field: "volatility", count: n, bits: 9, low: 0n, high: VOLATILITY_BOUND },
    ],
    [
      {
        field: "correlation",
        count: (n * (n - 1)) / 2,
        bits: 8,
        signed: true,
        low: -CORRELATION_BOUND,
        high: CORRELATION_BOUND,
      },
    ],
  ];
}

/**
 * The words `signals` and `correlations` of the snapshot.
 * @throws ProverError `wrong-length`, `out-of-range`
 */
export function signalWords(profile: Profile, signals: MarketSignals): [signals: Word, correlations: Word] {
  return layout(profile).map((kinds) =>
    toWord(
      packLanes(
        kinds.flatMap(({ field, count, bits, signed, low, high }) => {
          requireLength(field, signals[field], count);
          return signals[field].map((value): Lane => {
            if (value < low || value > high)
              throw new ProverError(
                "out-of-range",
                `a lane of ${field} is ${value}; it must be from ${low} to ${high}`,
              );
            return { value, bits, signed: signed ?? false };
          });
        }),
      ),
    ),
  ) as [Word, Word];
}

/**
 * The inverse of `signalWords`.
 * @throws ProverError `not-canonical` for words that no signals have
 */
export function parseSignalWords(profile: Profile, words: readonly [bigint, bigint]): MarketSignals {
  const found: Record<string, bigint[]> = {};
  layout(profile).forEach((kinds, w) => {
    const lanes = kinds.flatMap((kind) => Array<LaneKind>(kind.count).fill(kind));
    const values = unpackLanes(words[w]!, lanes);
    if (values === undefined || values.some((value, i) => value < lanes[i]!.low || value > lanes[i]!.high)) {
      throw new ProverError(
        "not-canonical",
        `word ${w} of the signals holds what no signals have; take the words from the snapshot in force`,
      );
    }
    for (const kind of kinds) found[kind.field] = values.splice(0, kind.count);
  });
  return found as unknown as MarketSignals;
}
