// How much a sandwich bot can take from trades whose order in the block it chooses.

/**
 * A stretch of a Uniswap v3 pool with the same liquidity everywhere. Base is counted in lots, prices in dollars a lot.
 */
export interface Pool {
  /** √(lots · dollars) of the reserves the pool behaves as if it had. */
  readonly liquidity: number;
  /** Part of what is paid in that the pool keeps. */
  readonly fee: number;
}

/** What somebody else does in the pool. */
export interface Event {
  /** Undefined where it does not happen at that price. */
  at(price: number): Outcome | undefined;
  /** The bot plays only where it happens: a clearing that fails takes everything around it back. */
  readonly required: boolean;
  /** By how much of its logarithm it moves the price, about. */
  readonly reach: number;
}

export interface Outcome {
  /** The pool's price afterwards. */
  readonly price: number;
  /** What the bot has of it besides, dollars. */
  readonly bonusUsd: number;
}

/** One stage of a play: the bot brings the pool to a price, then an event is let happen. */
export interface Stage {
  readonly price: number;
  /** Index of the event; undefined at the end. */
  readonly event: number | undefined;
}

export interface Play {
  readonly stages: readonly Stage[];
  /** Cash after less cash before, with lots at their true price. */
  readonly profitUsd: number;
}

interface Swap {
  /** Dollars paid (+) or received (−), the pool's fee included. */
  readonly costUsd: number;
  /** The pool's price afterwards. */
  readonly price: number;
}

/** Buys (+) or sells (−) lots. Undefined if the pool has not so many. */
export function swap({ liquidity, fee }: Pool, price: number, lots: number): Swap | undefined {
  const root = Math.sqrt(price);
  const inverse = 1 / root - (lots > 0 ? lots : lots * (1 - fee)) / liquidity;
  if (inverse <= 0) return undefined;
  const moved = liquidity * (1 / inverse - root);
  return { costUsd: lots > 0 ? moved / (1 - fee) : moved, price: inverse ** -2 };
}

/** What the bot loses, at the true price of a lot, by bringing the pool from one price to another. */
export function costOfMove(pool: Pool, truePrice: number, from: number, to: number): number {
  return to >= from
    ? upTo(pool, truePrice, to) - upTo(pool, truePrice, from)
    : downTo(pool, truePrice, to) - downTo(pool, truePrice, from);
}

// A move costs the difference of a potential, one for each direction.
const upTo = ({ liquidity, fee }: Pool, truePrice: number, price: number): number =>
  (liquidity * Math.sqrt(price)) / (1 - fee) + (truePrice * liquidity) / Math.sqrt(price);
const downTo = ({ liquidity, fee }: Pool, truePrice: number, price: number): number =>
  liquidity * Math.sqrt(price) + (truePrice * liquidity) / Math.sqrt(price) / (1 - fee);

/** Where arbitrageurs leave a pool: nobody gains by trading it at the true price. */
export const restingPrice = ({ fee }: Pool, truePrice: number, price: number): number =>
  Math.min(Math.max(price, truePrice * (1 - fee)), truePrice / (1 - fee));

const GRID_POINTS = 1_500;
/** Beyond what the events move together. */
const GRID_MARGIN = 0.015;
const BISECTIONS = 40;
/** How far from the edge at which an event fails the bot stays, relative: the chain rounds. */
const EDGE = 1e-7;

/**
 * The play that earns most: any order of the events, any price of the pool before each of them and after the last, any
 * events priced out. Exact but for the grid of prices, which holds the edges at which events fail; what the bot is
 * left with is worth its true price. The pool starts at rest, so that without events nothing could be earned.
 */
export function bestPlay(pool: Pool, truePrice: number, startPrice: number, events: readonly Event[]): Play {
  const prices = gridOf(pool, truePrice, startPrice, events);
  const outcomes = events.map((event) => prices.map((price) => event.at(price)));
  const up = prices.map((price) => upTo(pool, truePrice, price));
  const down = prices.map((price) => downTo(pool, truePrice, price));

  // By set of events still to come: the most that can be earned from each price on, before the bot has moved …
  const values: Float64Array[] = [];
  // … and after it has, with the event that is then let happen.
  const settled: { value: Float64Array; event: Int8Array }[] = [];
  for (let set = 0; set < 1 << events.length; set++) {
    const value = new Float64Array(prices.length).fill(set === 0 ? 0 : -Infinity);
    const chosen = new Int8Array(prices.length).fill(-1);
    for (const [i, event] of events.entries()) {
      if ((set & (1 << i)) === 0) continue;
      const rest = values[set ^ (1 << i)]!;
      for (let k = 0; k < prices.length; k++) {
        const outcome = outcomes[i]![k];
        const earned = outcome
          ? outcome.bonusUsd + interpolate(prices, rest, outcome.price)
          : event.required
            ? -Infinity
            : rest[k]!;
        if (earned > value[k]!) [value[k], chosen[k]] = [earned, i];
      }
    }
    settled.push({ value, event: chosen });
    const moved = Float64Array.from(value);
    for (let k = 0, best = -Infinity; k < prices.length; k++) {
      best = Math.max(best, value[k]! - down[k]!);
      moved[k] = Math.max(moved[k]!, best + down[k]!);
    }
    for (let k = prices.length - 1, best = -Infinity; k >= 0; k--) {
      best = Math.max(best, value[k]! - up[k]!);
      moved[k] = Math.max(moved[k]!, best + up[k]!);
    }
    values.push(moved);
  }

  // The most that can be earned from a price on with these events still to come, if the bot does not move there.
  const staying = (set: number, price: number): { usd: number; event: number } => {
    let best = { usd: set === 0 ? 0 : -Infinity, event: -1 };
    for (const [i, event] of events.entries()) {
      if ((set & (1 << i)) === 0) continue;
      const outcome = event.at(price);
      if (!outcome && event.required) continue;
      const usd = (outcome?.bonusUsd ?? 0) + interpolate(prices, values[set ^ (1 << i)]!, outcome?.price ?? price);
      if (usd > best.usd) best = { usd, event: i };
    }
    return best;
  };
  const stages: Stage[] = [];
  let profitUsd = 0;
  let price = startPrice;
  for (let set = (1 << events.length) - 1; ; ) {
    let best = { ...staying(set, price), price };
    for (let k = 0; k < prices.length; k++) {
      const usd = settled[set]!.value[k]! - costOfMove(pool, truePrice, price, prices[k]!);
      if (usd > best.usd) best = { usd, event: settled[set]!.event[k]!, price: prices[k]! };
    }
    if (best.usd === -Infinity) return { stages: [], profitUsd: 0 };
    profitUsd -= costOfMove(pool, truePrice, price, best.price);
    price = best.price;
    if (set === 0) return { stages: [...stages, { price, event: undefined }], profitUsd };
    stages.push({ price, event: best.event });
    const outcome = events[best.event]!.at(price);
    profitUsd += outcome?.bonusUsd ?? 0;
    price = outcome?.price ?? price;
    set ^= 1 << best.event;
  }
}

/** Even steps of the price's logarithm, and the edges at which events begin and cease to happen. */
function gridOf(pool: Pool, truePrice: number, startPrice: number, events: readonly Event[]): number[] {
  const reach = GRID_MARGIN + 1.5 * events.reduce((sum, event) => sum + event.reach, 0);
  const even = Array.from(
    { length: GRID_POINTS },
    (_, k) => truePrice * Math.exp(reach * ((2 * k) / (GRID_POINTS - 1) - 1)),
  );
  const edges = events.flatMap((event) => {
    const happens = even.map((price) => event.at(price) !== undefined);
    return even
      .slice(1)
      .flatMap((price, k) => (happens[k] === happens[k + 1] ? [] : [edgeBetween(event, even[k]!, price)]));
  });
  const special = [startPrice, truePrice * (1 - pool.fee), truePrice / (1 - pool.fee)];
  return [...even, ...edges, ...special].sort((a, b) => a - b);
}

/** The price next to the edge at which the event still happens. */
function edgeBetween(event: Event, low: number, high: number): number {
  let [yes, no] = event.at(low) ? [low, high] : [high, low];
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (yes + no) / 2;
    if (event.at(middle)) yes = middle;
    else no = middle;
  }
  return yes * (1 + (yes > no ? EDGE : -EDGE));
}

/** The value at one point of a function that is given at increasing points; beyond them it is constant. */
function interpolate(points: readonly number[], values: Float64Array, at: number): number {
  let low = 0;
  let high = points.length - 1;
  if (at <= points[low]!) return values[low]!;
  if (at >= points[high]!) return values[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]! <= at) low = middle;
    else high = middle;
  }
  const [from, to] = [values[low]!, values[high]!];
  if (from === -Infinity) return from;
  return from + ((to - from) * (at - points[low]!)) / (points[high]! - points[low]!);
}
