import { squareRoot } from "../base/integers.ts";
import { HOURS_PER_YEAR } from "../base/time.ts";
import { clamp } from "../base/integers.ts";
import { CORRELATION_BOUND, FEATURE_BOUND, VOLATILITY_BOUND } from "../format/signals.ts";
import type { MarketSignals } from "../format/signals.ts";

/**
 * Features, volatilities and correlations from hourly prices: docs/strategy.md §2, to the bit. Whole numbers only. What
 * fits in 2^53 is kept in plain numbers, whose sums and products are exact; the rest in bigints.
 */
export interface HourOfHistory {
  /** Per token, > 0, in the order of the assets; in any unit, the same at all hours. */
  readonly prices: readonly bigint[];
  /** Mean funding over perps that longs pay for this hour, parts per 10^9; 0 when left out. */
  readonly fundingPpb?: bigint;
  /** Implied volatility of 30 days, mean over underlyings, parts per 10^6 a year; undefined where no index says one. */
  readonly impliedVolPpm?: bigint;
}

const MILLION = 1_000_000n;
const RETURN_BOUND = 200_000n;
const DAY = 24;
const WEEK = 168;
const MONTH = 720;
const BLOCKS = MONTH / DAY;
/** How many hours of earlier prices the signals depend on. */
export const HISTORY_HOURS = MONTH;
/** Where the index starts; low enough for a rise of 900 times within a month to stay exact. */
const LEVEL = 10_000_000;
const STEP = 1_000_000;

export class SignalHistory {
  readonly #assets: number;
  /** Place of each sleeve asset among the assets. */
  readonly #sleeve: readonly (number | undefined)[];
  #hours = 0;
  #last: readonly bigint[] | undefined;
  /** Last month's returns, oldest overwritten: of each asset, and of the index. Parts per million. */
  readonly #returns: Float64Array[];
  readonly #index = new Float64Array(MONTH);
  /** Σ of the index's squares over the day that ended at each hour. */
  readonly #daySquares = new Float64Array(MONTH);
  readonly #funding: bigint[] = [];
  #daySum = 0;
  #monthSum = 0;
  /** Σ r_i·r_j over a week and a month, pairs i ≤ j row by row. */
  readonly #weekProducts: Float64Array;
  readonly #monthProducts: Float64Array;
  #impliedVolPpm: bigint | undefined;

  /**
   * @param assets how many prices an hour has; the index is their mean
   * @param sleeve for each sleeve asset its place among them, undefined where there is none
   */
  constructor(assets: number, sleeve: readonly (number | undefined)[]) {
    this.#assets = assets;
    this.#sleeve = sleeve;
    this.#returns = Array.from({ length: assets }, () => new Float64Array(MONTH));
    const pairs = (assets * (assets + 1)) / 2;
    this.#weekProducts = new Float64Array(pairs);
    this.#monthProducts = new Float64Array(pairs);
  }

  push({ prices, fundingPpb = 0n, impliedVolPpm }: HourOfHistory): void {
    const last = this.#last ?? prices;
    const returns = prices.map((price, k) =>
      Number(clamp(((price - last[k]!) * MILLION) / last[k]!, -RETURN_BOUND, RETURN_BOUND)),
    );
    this.#last = prices;
    const index = Math.trunc(returns.reduce((a, b) => a + b, 0) / this.#assets);

    const at = this.#hours % MONTH;
    const ago = (hours: number): number => (this.#hours - hours + 2 * MONTH) % MONTH;
    const fallsOut = (series: Float64Array, hours: number): number => (this.#hours >= hours ? series[ago(hours)]! : 0);
    const dayOut = fallsOut(this.#index, DAY);
    const monthOut = fallsOut(this.#index, MONTH);
    this.#daySum += index * index - dayOut * dayOut;
    this.#monthSum += index * index - monthOut * monthOut;
    let pair = 0;
    for (let i = 0; i < this.#assets; i++) {
      const [mine, weekAgo, monthAgo] = [
        returns[i]!,
        fallsOut(this.#returns[i]!, WEEK),
        fallsOut(this.#returns[i]!, MONTH),
      ];
      for (let j = i; j < this.#assets; j++, pair++) {
        const product = mine * returns[j]!;
        this.#weekProducts[pair]! += product - weekAgo * fallsOut(this.#returns[j]!, WEEK);
        this.#monthProducts[pair]! += product - monthAgo * fallsOut(this.#returns[j]!, MONTH);
      }
    }
    this.#index[at] = index;
    this.#daySquares[at] = this.#daySum;
    returns.forEach((r, k) => (this.#returns[k]![at] = r));
    this.#funding.push(fundingPpb);
    if (this.#funding.length > DAY) this.#funding.shift();
    this.#impliedVolPpm = impliedVolPpm;
    this.#hours++;
  }

  /** @param daysToExpiry per option position, see `MarketSignals` */
  signals(daysToExpiry: readonly bigint[] = []): MarketSignals {
    const short = annual(this.#daySum, DAY);
    const long = annual(this.#monthSum, MONTH);
    const funding = (this.#funding.reduce((a, b) => a + b, 0n) * BigInt(HOURS_PER_YEAR)) / BigInt(DAY);
    const features = [
      short / 1_000n,
      long / 1_000n,
      (short << 8n) / atLeastOne(long),
      this.#volOfVol(),
      mean(this.#correlations(this.#weekProducts, range(this.#assets))),
      this.#drawdown(),
      funding / MILLION,
      this.#impliedVolPpm === undefined ? 0n : (this.#impliedVolPpm - long) / 1_000n,
    ];
    return {
      features: features.map((x) => clamp(x, -FEATURE_BOUND, FEATURE_BOUND)),
      daysToExpiry,
      ...this.#sleeveSignals(),
    };
  }

  #volOfVol(): bigint {
    // A block that ended before history began has moved nothing.
    const blocks = range(BLOCKS).map((j) =>
      this.#hours > j * DAY ? annual(this.#daySquares[(this.#hours - 1 - j * DAY + MONTH) % MONTH]!, DAY) : 0n,
    );
    const average = blocks.reduce((a, b) => a + b, 0n) / BigInt(BLOCKS);
    const variance = blocks.reduce((total, block) => total + (block - average) ** 2n, 0n) / BigInt(BLOCKS);
    return (squareRoot(variance) << 8n) / atLeastOne(average);
  }

  #drawdown(): bigint {
    let level = LEVEL;
    let highest = LEVEL;
    for (let hour = Math.max(0, this.#hours - MONTH); hour < this.#hours; hour++) {
      level = Math.floor((level * (STEP + this.#index[hour % MONTH]!)) / STEP);
      if (level > highest) highest = level;
    }
    return BigInt(Math.trunc(((highest - level) * 1_000) / highest));
  }

  #sleeveSignals(): Pick<MarketSignals, "volatility" | "correlation"> {
    const volatility = this.#sleeve.map((asset) =>
      asset === undefined
        ? 0n
        : clamp((annual(this.#monthProducts[this.#pair(asset, asset)]!, MONTH) * 128n) / MILLION, 1n, VOLATILITY_BOUND),
    );
    const live = this.#sleeve.filter((asset) => asset !== undefined);
    const found = this.#correlations(this.#monthProducts, live);
    const common = mean(found);
    const shrunk = found.map((c) => clamp((3n * c + common) / 4n / 8n, -CORRELATION_BOUND, CORRELATION_BOUND));
    let next = 0;
    const correlation = this.#sleeve.flatMap((one, i) =>
      this.#sleeve.slice(i + 1).map((other) => (one === undefined || other === undefined ? 0n : shrunk[next++]!)),
    );
    return { volatility, correlation };
  }

  /** c_ij of assets i < j, unit 2^−10. */
  #correlations(products: Float64Array, assets: readonly number[]): bigint[] {
    return assets.flatMap((i, k) =>
      assets.slice(k + 1).map((j) => {
        const root = rootOfProduct(products[this.#pair(i, i)]!, products[this.#pair(j, j)]!);
        return root === 0n ? 0n : (BigInt(products[this.#pair(i, j)]!) * 1_024n) / root;
      }),
    );
  }

  #pair(i: number, j: number): number {
    const [low, high] = i < j ? [i, j] : [j, i];
    return low * this.#assets - (low * (low - 1)) / 2 + (high - low);
  }
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const atLeastOne = (x: bigint): bigint => (x > 1n ? x : 1n);
const mean = (list: readonly bigint[]): bigint =>
  list.length === 0 ? 0n : list.reduce((a, b) => a + b, 0n) / BigInt(list.length);

/** sd: parts per million a year from a sum of squares over so many hours. */
const annual = (squares: number, hours: number): bigint =>
  squareRoot((BigInt(squares) * BigInt(HOURS_PER_YEAR)) / BigInt(hours));

/** floor(√(a·b)) of whole numbers below 2^53. */
function rootOfProduct(a: number, b: number): bigint {
  return squareRoot(BigInt(a) * BigInt(b), BigInt(Math.floor(Math.sqrt(a) * Math.sqrt(b))));
}
