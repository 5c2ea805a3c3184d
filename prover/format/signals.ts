import { ProverError, requireLength } from "../base/errors.ts";
import { FEATURES, OPTION_SLOTS, PROFILES, SIGNAL_LANES } from "../../circuits/format.ts";
import type { SignalLane } from "../../circuits/format.ts";
import { laneRange, packLanes, unpackLanes } from "./lanes.ts";
import type { Lane } from "./lanes.ts";
import { slotsOfGroup } from "./profile.ts";
import type { Profile } from "./profile.ts";
import { toWord } from "../base/field.ts";
import type { Word } from "../base/units.ts";

export { FEATURES };

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

const [features, days, volatility] = SIGNAL_LANES.signals;
export const FEATURE_BOUND = laneRange(features)[1];
export const MOST_DAYS = laneRange(days)[1];
export const VOLATILITY_BOUND = laneRange(volatility)[1];
export const CORRELATION_BOUND = laneRange(SIGNAL_LANES.correlations[0])[1];
/** Unit of volatilities and correlations: 2^−7. */
export const SIGNAL_UNIT = 128n;

/** Slots of sleeve assets, in the order of their views. */
export const sleeveSlots = ({ name }: Profile): readonly number[] => PROFILES[name].sleeveSlots;

/** Slots that options can stand at, where a group has room for them. */
export const optionSlots = (profile: Profile): number[] =>
  profile.groupSlots === OPTION_SLOTS.ofGroup
    ? Array.from({ length: profile.groups }, (_, g) => slotsOfGroup(profile, g).slice(OPTION_SLOTS.first)).flat()
    : [];

/** Index of the pair i < j of n assets, row by row. */
export const pairIndex = (n: number, i: number, j: number): number => (i * (2 * n - i - 1)) / 2 + (j - i - 1);

/** Signals of a market without history: nothing to tell, nothing in the sleeve. */
export function noSignals(profile: Profile): MarketSignals {
  const count = counts(profile);
  return {
    features: Array<bigint>(count.feature).fill(0n),
    daysToExpiry: Array<bigint>(count.option).fill(MOST_DAYS),
    volatility: Array<bigint>(count.asset).fill(0n),
    correlation: Array<bigint>(count.pair).fill(0n),
  };
}

/** How many lanes of a kind there are. */
function counts(profile: Profile): Readonly<Record<SignalLane["of"], number>> {
  const assets = sleeveSlots(profile).length;
  return {
    feature: FEATURES.length,
    option: optionSlots(profile).length,
    asset: assets,
    pair: (assets * (assets - 1)) / 2,
  };
}

/** Kinds of lanes of the two words. */
const KINDS: readonly (readonly (SignalLane & { readonly name: keyof MarketSignals })[])[] = [
  SIGNAL_LANES.signals,
  SIGNAL_LANES.correlations,
];

/**
 * The words `signals` and `correlations` of the snapshot.
 * @throws ProverError `wrong-length`, `out-of-range`
 */
export function signalWords(profile: Profile, signals: MarketSignals): [signals: Word, correlations: Word] {
  const count = counts(profile);
  return KINDS.map((kinds) =>
    toWord(
      packLanes(
        kinds.flatMap((kind) => {
          requireLength(kind.name, signals[kind.name], count[kind.of]);
          const [low, high] = laneRange(kind);
          return signals[kind.name].map((value): Lane => {
            if (value < low || value > high)
              throw new ProverError(
                "out-of-range",
                `a lane of ${kind.name} is ${value}; it must be from ${low} to ${high}`,
              );
            return { ...kind, value };
          });
        }),
      ),
    ),
  ) as [Word, Word];
}

/**
 * Signals as the chain stores them where the series of some slots have ended since: without those of slots that have
 * none.
 */
export const signalsOfListed = (
  profile: Profile,
  signals: MarketSignals,
  isListed: (slot: number) => boolean,
): MarketSignals => ({
  ...signals,
  daysToExpiry: signals.daysToExpiry.map((value, k) => (isListed(optionSlots(profile)[k]!) ? value : MOST_DAYS)),
  volatility: signals.volatility.map((value, k) => (isListed(sleeveSlots(profile)[k]!) ? value : 0n)),
});

/**
 * The inverse of `signalWords`.
 * @throws ProverError `not-canonical` for words that no signals have
 */
export function parseSignalWords(profile: Profile, words: readonly [bigint, bigint]): MarketSignals {
  const count = counts(profile);
  const found: Record<string, bigint[]> = {};
  KINDS.forEach((kinds, w) => {
    const lanes = kinds.flatMap((kind) => Array<SignalLane>(count[kind.of]).fill(kind));
    const values = unpackLanes(words[w]!, lanes);
    if (values === undefined || values.some((value, i) => value < laneRange(lanes[i]!)[0])) {
      throw new ProverError(
        "not-canonical",
        `word ${w} of the signals holds what no signals have; take the words from the snapshot in force`,
      );
    }
    for (const { name, of } of kinds) found[name] = values.splice(0, count[of]);
  });
  return found as unknown as MarketSignals;
}
