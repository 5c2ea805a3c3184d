/**
 * Portfolio margin once more, from the definitions of docs/margin.md: dollars in floats, position by position and then
 * scenario by scenario, with a normal distribution, a surface and a Black-76 of its own. It shares no code and no
 * rounding with the prover and knows nothing of lanes, words or lots.
 */
export interface ReferencePosition {
  /** Clearing group. */
  group: number;
  kind: "spot" | "perp" | "option";
  /** Negative if short. */
  tokens: number;
  /** USD per token: spot for spot, mark for perps, forward for options. */
  price: number;
  /** Options only. */
  strike?: number;
  daysLeft?: number;
  isCall?: boolean;
}

/** A raw SVI slice [a, b, ρ, m, σ] and the days to its expiry; days increasing. */
export interface ReferenceSlice {
  days: number;
  svi: readonly [a: number, b: number, rho: number, m: number, sigma: number];
}

export type ReferenceScenario = readonly [spotMove: number, volMove: 1 | 0 | -1];

/** docs/margin.md, "Scenarios". */
export const REFERENCE_23: readonly ReferenceScenario[] = [
  [-0.2, 1],
  ...[-0.15, -0.1, -0.05, 0, 0.05, 0.1, 0.15].flatMap((move): ReferenceScenario[] => [
    [move, 1],
    [move, 0],
    [move, -1],
  ]),
  [0.2, 1],
];
export const REFERENCE_4: readonly ReferenceScenario[] = [
  [-0.2, 1],
  [0.2, 1],
  [-0.1, 0],
  [0.1, 0],
];

/** Σ over groups of worst loss and contingency, USD. */
export function referenceMargin(
  book: readonly ReferencePosition[],
  slices: readonly ReferenceSlice[],
  scenarios: readonly ReferenceScenario[],
): number {
  const profits = new Map<number, number[]>();
  let contingency = 0;
  for (const position of book) {
    const sums = profits.get(position.group) ?? scenarios.map(() => 0);
    profits.set(position.group, sums);
    scenarios.forEach(([move, volMove], s) => {
      sums[s]! += position.tokens * (worth(position, slices, move, volMove) - worth(position, slices, 0, 0));
    });
    contingency += Math.abs(position.tokens) * contingencyOfToken(position);
  }
  let worst = 0;
  for (const sums of profits.values()) worst += Math.max(0, -Math.min(...sums));
  return worst + contingency;
}

/** USD per token. */
function contingencyOfToken({ kind, tokens, price, strike = 0, isCall }: ReferencePosition): number {
  if (kind === "perp") return 0.02 * price;
  if (kind === "spot" || tokens >= 0) return 0;
  return Math.max(0.05 * price - Math.max(0, isCall ? strike - price : price - strike), 0.02 * price);
}

/** What a token of the instrument is worth once the underlying has moved; of a perp what it has gained as well. */
function worth(
  { kind, price, strike = 0, daysLeft = 0, isCall = false }: ReferencePosition,
  slices: readonly ReferenceSlice[],
  move: number,
  volMove: number,
): number {
  const moved = price * (1 + move);
  if (kind !== "option") return moved;
  if (daysLeft <= 0) return Math.max(0, isCall ? moved - strike : strike - moved);
  const vol = Math.sqrt(varianceAt(slices, Math.log(strike / price), daysLeft) / (daysLeft / 365));
  const tenor = 30 / Math.max(1, daysLeft);
  const shock = tenor ** (daysLeft < 30 ? 0.3 : 0.13) * (volMove > 0 ? 0.45 : 0.3);
  return option(moved, strike, daysLeft / 365, vol * Math.max(0, 1 + volMove * shock), isCall);
}

/**
 * vol²·years at log-moneyness k: linear in time between expiries, in proportion to time before the first and after the
 * last.
 */
function varianceAt(slices: readonly ReferenceSlice[], k: number, days: number): number {
  const at = ({ svi: [a, b, rho, m, sigma] }: ReferenceSlice): number =>
    a + b * (rho * (k - m) + Math.sqrt((k - m) ** 2 + sigma ** 2));
  const next = slices.findIndex((slice) => slice.days >= days);
  if (next < 0) return (at(slices.at(-1)!) * days) / slices.at(-1)!.days;
  const far = slices[next]!;
  if (next === 0) return (at(far) * days) / far.days;
  const near = slices[next - 1]!;
  const weight = (days - near.days) / (far.days - near.days);
  return (1 - weight) * at(near) + weight * at(far);
}

/** Call by the formula, put by parity. */
function option(forward: number, strike: number, years: number, vol: number, isCall: boolean): number {
  const sd = vol * Math.sqrt(years);
  const call =
    sd === 0
      ? Math.max(0, forward - strike)
      : forward * normal(Math.log(forward / strike) / sd + sd / 2) -
        strike * normal(Math.log(forward / strike) / sd - sd / 2);
  return isCall ? call : call - forward + strike;
}

/** N(x) by its series around 0 (Marsaglia 2004, "Evaluating the normal distribution"). */
function normal(x: number): number {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let sum = x;
  for (let term = x, odd = 3, before = NaN; sum !== before; odd += 2) {
    before = sum;
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
