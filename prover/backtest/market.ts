import { priceMicroUsd } from "../snapshot/signalsOfPath.ts";
import type { Profile } from "../format/profile.ts";
import { instrumentRows } from "../snapshot/rows.ts";
import type { Instrument, InstrumentRows } from "../snapshot/rows.ts";
import type { VolSurface } from "../surface/surface.ts";
import { modelSurface } from "../data/optionModel.ts";
import type { PriceHour, PricePath } from "../data/path.ts";
import { noSignals, optionSlots, sleeveSlots } from "../format/signals.ts";
import type { Snapshot, SnapshotSlot } from "../format/transcript.ts";
import { lots, microUsd } from "../base/units.ts";

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
const SECONDS_PER_DAY = 86_400;
/** Friday 1970-01-02 08:00 UTC: options expire on Fridays. */
const FIRST_FRIDAY = SECONDS_PER_DAY + 8 * 3_600;
const WEEK = 7 * SECONDS_PER_DAY;
const NEAR_DAYS = 10;
const FAR_DAYS = 40;
/** Lots an order and a position may have: no bound here, the strategy and the mandate have theirs. */
const ORDER_CAP = (1n << 31n) - 1n;
const POSITION_CAP = 1n << 39n;
/** Tokens of options traded an hour; no data has them. */
const OPTION_TOKENS = 800;
const TOKENS_WITHOUT_VOLUME = 1_000;

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
    this.#lotSize = slots.map(({ symbol }) => (DOLLAR * TOKEN) / priceMicroUsd(prices[symbol]!));
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

  /** Symbol of each sleeve asset, for the signals. */
  sleeve(): (string | undefined)[] {
    return sleeveSlots(this.#profile).map(
      (at) => this.slots.find(({ slot, kind }) => slot === at && kind === "spot")?.symbol,
    );
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
        const inside = Math.max(0, isCall ? spot - series.strikeUsd : series.strikeUsd - spot);
        payoffs.set(slot, ((priceMicroUsd(inside + 1e-6) - 1n) * this.#lotSize[k]!) / TOKEN);
      }
      const expiryUtc = FIRST_FRIDAY + Math.ceil((timeUtc + days! * SECONDS_PER_DAY - FIRST_FRIDAY) / WEEK) * WEEK;
      this.#series.set(slot, { strikeUsd: Number(spot.toPrecision(3)), expiryUtc });
    });
    return payoffs;
  }

  at(hour: number): MarketHour {
    const prices = this.#path.at(hour);
    const surfaces = new Map<string, VolSurface>();
    const slots = Array<SnapshotSlot>(this.#profile.slots).fill(this.#empty);
    const days = new Map<number, bigint>();
    this.slots.forEach((listed, k) => {
      const { slot, kind, symbol } = listed;
      const spotUsd = prices.prices[symbol]!;
      const common = { underlying: symbol, lotSize: this.#lotSize[k]!, orderCap: ORDER_CAP };
      let rows: InstrumentRows;
      if (kind === "option") {
        const series = this.#series.get(slot)!;
        const surface = surfaces.get(symbol) ?? modelSurface(this.#path, symbol, hour);
        surfaces.set(symbol, surface);
        const instrument: Instrument = { ...common, kind, ...series, isCall: listed.isCall! };
        rows = instrumentRows(instrument, { timeUtc: prices.timeUtc, spotUsd, surface, volumeTokens: OPTION_TOKENS });
        const left = Math.floor((series.expiryUtc - prices.timeUtc) / SECONDS_PER_DAY);
        days.set(slot, BigInt(Math.min(127, Math.max(0, left))));
      } else {
        rows = instrumentRows(
          { ...common, kind },
          { timeUtc: prices.timeUtc, spotUsd, volumeTokens: prices.volumes[symbol] ?? TOKENS_WITHOUT_VOLUME },
        );
      }
      slots[slot] = {
        value: microUsd(rows.value),
        delta: microUsd(rows.delta),
        gamma: microUsd(rows.gamma),
        vega: microUsd(rows.vega),
        stress: rows.stress.map(microUsd),
        carryIndex: microUsd(0n),
        notional: microUsd(rows.notional),
        slip: microUsd(rows.slip),
        contingency: microUsd(rows.contingency),
        liquidity: lots(rows.liquidity),
        positionCap: lots(POSITION_CAP),
      };
    });
    const kindOf = new Map(this.slots.map(({ slot, kind }) => [slot, kind]));
    return {
      snapshot: {
        slots,
        mayBeShort: slots.map((_, slot) => kindOf.get(slot) === "perp" || kindOf.get(slot) === "option"),
        chargesLong: slots.map((_, slot) => kindOf.get(slot) === "perp"),
        signals: noSignals(this.#profile),
      },
      daysToExpiry: optionSlots(this.#profile).map((slot) => days.get(slot) ?? 127n),
      prices,
    };
  }
}
