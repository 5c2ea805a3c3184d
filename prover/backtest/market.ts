import { fridayAfter, SECONDS_PER_DAY } from "../base/time.ts";
import type { Profile } from "../format/profile.ts";
import { modelSurface } from "../data/optionModel.ts";
import { pathUntil } from "../data/path.ts";
import type { PriceHour, PricePath } from "../data/path.ts";
import { formatUtc } from "../data/time.ts";
import { noSignals } from "../format/signals.ts";
import type { Snapshot, SnapshotSlot } from "../format/transcript.ts";
import { lots, MICRO, microUsd, PRICE_PER_MICRO, toPrice } from "../base/units.ts";
import { ReplayError } from "../data/errors.ts";
import { daysToExpiry, eachOnce, slotFlags, slotRows } from "../snapshot/words.ts";
import type { ListedSlot } from "../snapshot/words.ts";

/** A slot of the market that a backtest plays: laid out like the markets of npm start. */
export interface BacktestSlot {
  readonly slot: number;
  readonly kind: "spot" | "perp" | "option";
  readonly symbol: string;
  /** For an option: the fewest days to expiry that a new series has. */
  readonly days?: number;
  readonly isCall?: boolean;
}

/** One hour of the market, as a decision and an account see it. */
export interface MarketHour {
  readonly snapshot: Snapshot;
  readonly daysToExpiry: readonly bigint[];
  readonly prices: PriceHour;
}

/** An option series that is listed now. */
interface Series {
  readonly strikeUsd: number;
  readonly expiryUtc: number;
}

const DOLLAR = 1_000_000n;
const TOKEN = 10n ** 18n;
const NEAR_DAYS = 10;
const FAR_DAYS = 40;
/** Lots an order and a position may have: no bound here, the strategy and the mandate have theirs. */
const ORDER_CAP = 2 ** 31 - 1;
const POSITION_CAP = 1n << 39n;
/** Tokens of options traded an hour; no data has them. */
const OPTION_TOKENS = 800;
const TOKENS_WITHOUT_VOLUME = 1_000;
/** Orders of an hour are filled before the series that end with it: none is kept from an option. */
const FILLED_AT_ONCE = 0;
const DECIMALS = 18;
/** Three digits of a lower strike are no whole µUSD. */
const LEAST_STRUCK_USD = 1e-4;

/**
 * Slots for the assets of a path: the first underlying with its perp and, where wanted, two options; the second with its perp
 * and two more spots; the rest spot.
 */
export function backtestSlots(profile: Profile, assets: readonly string[], withOptions: boolean): BacktestSlot[] {
  const order = ["ETH", "BTC", "SOL", "BNB"].filter((symbol) => assets.includes(symbol));
  const symbols = [...order, ...assets.filter((symbol) => !order.includes(symbol))];
  const [first, second, ...rest] = symbols;
  const slots: BacktestSlot[] = [];
  const add = (
    slot: number,
    kind: BacktestSlot["kind"],
    symbol: string | undefined,
    more: Partial<BacktestSlot> = {},
  ): void => {
    if (symbol !== undefined && slot < profile.slots) slots.push({ slot, kind, symbol, ...more });
  };
  add(0, "spot", first);
  add(1, "perp", first);
  if (withOptions && profile.groupSlots >= 4) {
    add(2, "option", first, { days: NEAR_DAYS, isCall: true });
    add(3, "option", first, { days: FAR_DAYS, isCall: false });
  }
  add(profile.groupSlots, "spot", second);
  add(profile.groupSlots + 1, "perp", second);
  const free = Array.from({ length: profile.slots }, (_, slot) => slot).filter(
    (slot) => slot >= profile.groupSlots + 2,
  );
  rest.forEach((symbol, i) => add(free[i] ?? profile.slots, "spot", symbol));
  return slots;
}

/** Slots in which a backtest of some assets lists spot. */
export const backtestSpots = (profile: Profile, assets: readonly string[]): number[] =>
  backtestSlots(profile, assets, false).flatMap(({ slot, kind }) => (kind === "spot" ? [slot] : []));

/** A path whose hours are looked up once: windows of a month are read at every hour. */
export function inMemory(path: PricePath): PricePath {
  const hours = Array.from({ length: path.hours }, (_, hour) => path.at(hour));
  return { ...path, at: (hour) => hours[hour] ?? path.at(hour) };
}

/** The market of a path, hour by hour; hours are asked for in order. */
export class BacktestMarket {
  readonly #profile: Profile;
  readonly #path: PricePath;
  readonly slots: readonly BacktestSlot[];
  readonly #lotSize: readonly bigint[];
  readonly #series = new Map<number, Series>();
  readonly #empty: SnapshotSlot;

  constructor(profile: Profile, path: PricePath, slots: readonly BacktestSlot[]) {
    this.#profile = profile;
    this.#path = path;
    this.slots = slots;
    const { prices } = path.at(0);
    // A dollar a lot at the first hour.
    this.#lotSize = slots.map(({ symbol }) => (DOLLAR * TOKEN * PRICE_PER_MICRO) / toPrice(prices[symbol]!));
    const none = microUsd(0n);
    this.#empty = {
      value: none,
      delta: none,
      gamma: none,
      vega: none,
      stress: Array(profile.scenarios).fill(none),
      carryIndex: none,
      notional: none,
      slip: none,
      contingency: none,
      liquidity: lots(0n),
      positionCap: lots(0n),
    };
  }

  /** What is listed, slot by slot. */
  listed(): (ListedSlot | null)[] {
    const listed = Array<ListedSlot | null>(this.#profile.slots).fill(null);
    this.slots.forEach(({ slot, kind, symbol, isCall }, k) => {
      const common = { symbol, lotSize: String(this.#lotSize[k]), orderCap: ORDER_CAP };
      if (kind === "option") {
        const { strikeUsd, expiryUtc: expiry } = this.#series.get(slot)!;
        const strikeMicroUsd = String(Math.round(strikeUsd * MICRO));
        const terms = { strikeMicroUsd, expiry, isCall: isCall! };
        listed[slot] = { ...common, kind, ...terms, assumedVolumeTokens: OPTION_TOKENS };
      } else {
        const ofKind = kind === "spot" ? ({ kind, decimals: DECIMALS } as const) : { kind };
        listed[slot] = { ...common, ...ofKind, assumedVolumeTokens: TOKENS_WITHOUT_VOLUME };
      }
    });
    return listed;
  }

  /** The series in force, for a checkpoint. */
  get series(): [slot: number, series: Series][] {
    return [...this.#series];
  }

  set series(entries: readonly [slot: number, series: Series][]) {
    this.#series.clear();
    for (const [slot, series] of entries) this.#series.set(slot, series);
  }

  /** What one lot of each expired series pays, µUSD; its slot takes the next series. */
  expire(hour: number): Map<number, bigint> {
    const { timeUtc, prices } = this.#path.at(hour);
    const payoffs = new Map<number, bigint>();
    this.slots.forEach(({ slot, kind, symbol, isCall, days }, k) => {
      if (kind !== "option") return;
      const series = this.#series.get(slot);
      if (series !== undefined && timeUtc < series.expiryUtc) return;
      const spot = prices[symbol]!;
      if (series !== undefined) {
        const above = toPrice(spot) - toPrice(series.strikeUsd);
        const inside = isCall ? above : -above;
        payoffs.set(slot, inside > 0n ? (inside * this.#lotSize[k]!) / (TOKEN * PRICE_PER_MICRO) : 0n);
      }
      if (spot < LEAST_STRUCK_USD)
        throw new ReplayError(
          "bad-price",
          `${symbol} costs ${spot} USD at ${formatUtc(timeUtc)}, too little for options, whose strikes are whole µUSD: give its prices for a thousand or a million tokens`,
        );
      const expiryUtc = fridayAfter(timeUtc + days! * SECONDS_PER_DAY);
      this.#series.set(slot, { strikeUsd: Number(spot.toPrecision(3)), expiryUtc });
    });
    return payoffs;
  }

  /** Snapshots are those of reporters, but that option prices come off the model's surface itself, which spares fitting. */
  at(hour: number): MarketHour {
    const prices = this.#path.at(hour);
    const observation = { path: pathUntil(this.#path, hour), observedAt: prices.timeUtc };
    const surfaceOf = eachOnce((symbol) => modelSurface(this.#path, symbol, hour));
    const listed = this.listed();
    const rows = slotRows(this.#profile, listed, observation, FILLED_AT_ONCE, surfaceOf);
    const slots = rows.map(
      (row): SnapshotSlot =>
        row === null
          ? this.#empty
          : {
              value: microUsd(row.value),
              delta: microUsd(row.delta),
              gamma: microUsd(row.gamma),
              vega: microUsd(row.vega),
              stress: row.stress.map(microUsd),
              carryIndex: microUsd(0n),
              notional: microUsd(row.notional),
              slip: microUsd(row.slip),
              contingency: microUsd(row.contingency),
              liquidity: lots(row.liquidity),
              positionCap: lots(POSITION_CAP),
            },
    );
    return {
      snapshot: { slots, ...slotFlags(listed), signals: noSignals(this.#profile) },
      daysToExpiry: daysToExpiry(this.#profile, listed, prices.timeUtc),
      prices,
    };
  }
}
