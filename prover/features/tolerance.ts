import { FEATURES } from "../strategy/signals.ts";
import type { MarketSignals } from "../strategy/signals.ts";

/** By how much each lane may differ between reporters whose prices come from different places: docs/strategy.md §2. */
const FEATURE_TOLERANCE: Readonly<Record<(typeof FEATURES)[number], bigint>> = {
  shortVol: 5n, longVol: 5n, volRatio: 4n, volOfVol: 4n, correlation: 8n, drawdown: 2n, funding: 10n, impliedLessRealised: 20n,
};
const TOLERANCE: Readonly<Record<Exclude<keyof MarketSignals, "features">, bigint>> = { daysToExpiry: 0n, volatility: 1n, correlation: 1n };

/** Names of the lanes in which another reporter's signals are farther from one's own than they may be; none: sign them. */
export function disagreements(own: MarketSignals, other: MarketSignals): string[] {
  const far = (a: bigint, b: bigint, tolerance: bigint): boolean => (a > b ? a - b : b - a) > tolerance;
  return [
    ...FEATURES.filter((name, k) => far(own.features[k]!, other.features[k]!, FEATURE_TOLERANCE[name])),
    ...(Object.keys(TOLERANCE) as (keyof typeof TOLERANCE)[]).flatMap((field) =>
      // An asset is in the market or not, whoever looks.
      own[field].flatMap((value, i) => {
        const absent = field === "volatility" && (value === 0n) !== (other[field][i] === 0n);
        return absent || far(value, other[field][i]!, TOLERANCE[field]) ? [`${field}[${i}]`] : [];
      }),
    ),
  ];
}
