import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { PricePath } from "../../prover/index.ts";
import { DEFAULT_LIMITS } from "../../client/deploy/local/market.ts";
import type { OracleLimits } from "../../client/deploy/local/market.ts";
import { ORDER_CAP, POSITION_CAP, SoakMarket } from "./market.ts";
import type { MarginMove, SoakSlot } from "./market.ts";

/** How the hours of a path come about, and who looks after margin. */
export interface SoakOptions {
  /** Two assets at most. */
  readonly path: PricePath;
  /** How often a keeper looks at the accounts within an hour, a divisor of 4; with 1 it does so between epochs only. */
  readonly looks: number;
  /** Whether an hour's move comes at its beginning, or evenly. */
  readonly jumps: boolean;
  readonly onHour?: (hour: number) => void;
}

export interface SlotResult {
  readonly slot: SoakSlot;
  /** Equity over maintenance before the keeper has looked, bps; under 10,000 the venue liquidates. */
  lowestHealthBps: number;
  /** The hour of the path in which health was lowest. */
  lowestHour: number;
  topUps: number;
  toppedUpUsd: number;
  /** The most of the market's cash that was at the venue at once, less what had come back. */
  mostAtVenueUsd: number;
  /** The hour of the first liquidation. */
  liquidatedHour?: number;
  ended?: boolean;
}

export interface SoakResult {
  readonly hours: number;
  readonly slots: readonly SlotResult[];
  /** Orders that did not clear, by the contract's reason. */
  readonly failures: Record<string, number>;
  cleared: number;
  /** Hours in which the breaker had stopped trading. */
  halted: number;
  /** Times the arbitrageur could not bring a pool to its price. */
  offPrice: number;
  insuranceLowUsd: number;
  /** What all accounts claim beyond what there is, in the end, µUSD. */
  imbalanceMicroUsd: number;
}

const HOUR_SECONDS = 3_600;
/** Epochs at the first price, in which positions are built up. */
const FIRST_EPOCHS = 9;
const VAULTS = 8;
/** A vault holds at least this part of its share of the cap. */
const LEAST_BPS = 7_000;
/**
 * Perps stand this far above spot after an hour in which prices rose, and below after a fall: funding is paid on it.
 */
const PREMIUM_BPS = 30n;
const MICRO = 1e6;

/** Keeps the market's accounts at the venue through the hours of a path, long and short near the position cap. */
export async function soak({ path, looks, jumps, onHour }: SoakOptions): Promise<SoakResult> {
  const market = await SoakMarket.open(pricesAt(path, 0));
  try {
    const results = market.slots.map(
      (slot): SlotResult => ({
        slot,
        lowestHealthBps: Infinity,
        lowestHour: 0,
        topUps: 0,
        toppedUpUsd: 0,
        mostAtVenueUsd: 0,
      }),
    );
    const result: SoakResult = {
      hours: path.hours - 1,
      slots: results,
      failures: {},
      cleared: 0,
      halted: 0,
      offPrice: 0,
      insuranceLowUsd: Infinity,
      imbalanceMicroUsd: 0,
    };
    const atVenue = market.slots.map(() => 0);
    const note = (moves: readonly MarginMove[]): void => {
      for (const { slot, amountMicroUsd } of moves) {
        const [one, usd] = [results[slot]!, Number(amountMicroUsd) / MICRO];
        atVenue[slot]! += usd;
        one.mostAtVenueUsd = Math.max(one.mostAtVenueUsd, atVenue[slot]!);
        if (usd > 0) [one.topUps, one.toppedUpUsd] = [one.topUps + 1, one.toppedUpUsd + usd];
      }
    };
    const running = (): SlotResult[] => results.filter(({ ended }) => !ended);
    const orders = new Orders();
    // Less is cleared with a day's window, and positions stay large.
    const breaker = new Breaker({ ...DEFAULT_LIMITS, moveWindowSeconds: 24 * HOUR_SECONDS });
    const began = await market.now();

    for (let epoch = 0; epoch < FIRST_EPOCHS + path.hours - 1; epoch++) {
      const hour = Math.max(0, epoch - FIRST_EPOCHS + 1);
      const [from, to] = [pricesAt(path, Math.max(0, hour - 1)), pricesAt(path, hour)];
      const steps = [...to].some(([symbol, end]) => isRough(from.get(symbol)!, end)) ? STEPS : 1;
      for (let step = 1; step <= steps; step++) {
        await market.passTo(began + epoch * HOUR_SECONDS + (step * HOUR_SECONDS) / steps);
        const done = jumps ? 1 : step / steps;
        result.offPrice += await market.setPrices(
          new Map([...to].map(([symbol, end]) => [symbol, between(from.get(symbol)!, end, done)])),
        );
        const keeps = step === steps || step % (STEPS / looks) === 0;
        for (const one of running()) {
          const margin = await market.margin(one.slot.slot);
          const health = margin.healthBps === undefined ? Infinity : Number(margin.healthBps);
          if (health < one.lowestHealthBps) [one.lowestHealthBps, one.lowestHour] = [health, hour];
          if (health < NEAR_LIQUIDATION_BPS && (await market.liquidate(one.slot))) one.liquidatedHour ??= hour;
          // A position that the venue has cut short can only be ended.
          else if (keeps && one.liquidatedHour === undefined) note(await market.keepMargin(one.slot, margin));
        }
      }
      await market.openEpoch();
      if (breaker.trips(to)) result.halted++;
      else {
        for (const { slot, liquidatedHour } of running()) {
          if (liquidatedHour !== undefined) continue;
          const net = orders.net(slot, market.held(slot.slot));
          if (net === 0n) continue;
          const { moves, failure } = await market.clear(slot, net);
          note(moves);
          if (failure === undefined) result.cleared++;
          else result.failures[failure] = (result.failures[failure] ?? 0) + 1;
        }
      }
      for (const one of running()) if (one.liquidatedHour !== undefined) one.ended = await market.end(one.slot);
      result.insuranceLowUsd = Math.min(result.insuranceLowUsd, Number(await market.insuranceMicroUsd()) / MICRO);
      if (hour > 0) onHour?.(hour);
    }
    result.imbalanceMicroUsd = Number(await market.imbalanceMicroUsd());
    return result;
  } finally {
    await market.close();
  }
}

/**
 * Prices, arbitrage and liquidators move so often within an hour in which a price moves by a per cent, and once in
 * others.
 */
const STEPS = 4;
const NEAR_LIQUIDATION_BPS = 10_500;

/** Vaults that each hold between some and all of their share of the cap, and change their minds now and then. */
class Orders {
  readonly #random = xoroshiro128plus(7);
  readonly #targets = new Map<number, bigint[]>();

  /** @returns what they order together, lots */
  net({ slot, side }: SoakSlot, held: bigint): bigint {
    const share = POSITION_CAP / BigInt(VAULTS);
    const fresh = (): bigint => (side * share * BigInt(uniformInt(this.#random, LEAST_BPS, 10_000))) / 10_000n;
    const targets = this.#targets.get(slot) ?? Array.from({ length: VAULTS }, fresh);
    this.#targets.set(slot, targets);
    for (let vault = 0; vault < VAULTS; vault++) if (uniformInt(this.#random, 0, 39) === 0) targets[vault] = fresh();
    const wanted = targets.reduce((sum, lots) => sum + lots, 0n) - held;
    return wanted > ORDER_CAP ? ORDER_CAP : wanted < -ORDER_CAP ? -ORDER_CAP : wanted;
  }
}

/**
 * The oracle's breaker on moves of spot and perps, hour by hour: buckets that drain
 * (contracts/oracle/SnapshotOracle.sol).
 */
export class Breaker {
  readonly #limits: Pick<OracleLimits, "moveBps" | "moveWindowSeconds">;
  readonly #levels = new Map<string, { level: number; price: number }>();

  constructor(limits: Pick<OracleLimits, "moveBps" | "moveWindowSeconds">) {
    this.#limits = limits;
  }

  /** @returns whether the epoch on these prices would open halted */
  trips(prices: ReadonlyMap<string, bigint>): boolean {
    const { moveBps, moveWindowSeconds } = this.#limits;
    let tripped = false;
    for (const [symbol, now] of prices) {
      const price = Number(now);
      const before = this.#levels.get(symbol) ?? { level: 0, price };
      const drained = (moveBps * HOUR_SECONDS) / moveWindowSeconds;
      const level = Math.max(0, before.level - drained) + (Math.abs(price - before.price) / before.price) * 1e4;
      tripped ||= level > moveBps;
      this.#levels.set(symbol, { level: Math.min(level, 2 * moveBps), price });
    }
    return tripped;
  }
}

const isRough = (from: bigint, to: bigint): boolean => (to > from ? to - from : from - to) * 100n > from;

export const pricesAt = (path: PricePath, hour: number): Map<string, bigint> =>
  new Map(Object.entries(path.at(hour).prices).map(([symbol, price]) => [symbol, BigInt(Math.round(price * MICRO))]));

/** Index and perp on the way from one hour's price to the next. */
function between(from: bigint, to: bigint, done: number): { index: bigint; perp: bigint } {
  const index = from + ((to - from) * BigInt(Math.round(done * 1e6))) / 1_000_000n;
  const premium = (index * PREMIUM_BPS) / 10_000n;
  return { index, perp: to < from ? index - premium : index + premium };
}
