import { SECONDS_PER_DAY, SECONDS_PER_YEAR } from "../base/time.ts";
import { BPS, ORDER_LANE } from "../../circuits/format.ts";
import { black76, black76Price } from "../surface/black76.ts";
import { contingencyMicroUsd, DEFAULT_CONTINGENCY, LOT_SCALE, NOTIONAL_SCALE, wholeBps } from "./contingency.ts";
import type { ContingencyParams } from "./contingency.ts";
import { requireNumber, SnapshotError } from "../base/snapshotErrors.ts";
import { MICRO, toPrice } from "../base/units.ts";
import type { Price } from "../base/units.ts";
import { laneRange, requireRow } from "../format/lanes.ts";
import type { LaneRows } from "../format/lanes.ts";
import { DEFAULT_VOL_SHOCK, STANDARD_SCENARIOS, volFactor } from "./scenarios.ts";
import type { StressScenario, VolShockParams } from "./scenarios.ts";
import { impliedVol } from "../surface/surface.ts";
import type { VolSurface } from "../surface/surface.ts";

/**
 * From market data to the public integers of a slot: what one lot is worth and what it risks.
 *
 * Everything here is a function of public data, so anyone can recompute a snapshot and dispute it. Numbers
 * leave this module only as integers, in micro-dollars (µUSD, 1e-6 USD) a lot.
 *
 * Rounding, defined once:
 * - prices come in as USD per token, of which fifteen digits count; what is rounded is the price of a lot;
 * - `value` and each stress row are rounded down (towards −∞): assets down, losses up;
 * - `notional`, `slip` and `contingency` are rounded up; `liquidity` is rounded down to whole lots;
 * - `delta`, `gamma`, `vega` of options go to the nearest, ties away from zero, so that they are odd in their sign;
 *   `delta` of spot and perps is their notional.
 * `value` and stress multiply a short position too, whose liability and loss they understate by less than 1 µUSD a lot
 * each; the contingency of a lot that may be short makes up for both.
 *
 * Spot and perp rows are exact integer arithmetic. Option rows pass through double-precision floats: two
 * implementations can differ by 1 µUSD a lot, which is the tolerance of a dispute.
 *
 * Stress is full revaluation at the same instant: spot and forward jump by the scenario's fraction; an
 * option keeps the volatility of its own strike and expiry (sticky strike), times the scenario's factor. An option
 * that has expired is its payoff at the forward, and moves with it until the series is settled.
 */
export type Instrument = SpotInstrument | PerpInstrument | OptionInstrument;

interface InstrumentBase {
  /** Symbol of the underlying token. */
  underlying: string;
  /** Tokens per lot in units of 1e-18 token, > 0: 10n ** 16n is 0.01 token. */
  lotSize: bigint;
  /** Largest order in lots, > 0. */
  orderCap: bigint;
}

export interface SpotInstrument extends InstrumentBase {
  kind: "spot";
}

export interface PerpInstrument extends InstrumentBase {
  kind: "perp";
}

export interface OptionInstrument extends InstrumentBase {
  kind: "option";
  /** USD per token, > 0. */
  strikeUsd: number;
  /** Seconds since 1970; may be past. */
  expiryUtc: number;
  isCall: boolean;
}

/** What a market shows about one instrument at one instant. */
export interface Quote {
  /** Seconds since 1970. */
  timeUtc: number;
  /** Spot mark of the underlying, USD per token, > 0. */
  spotUsd: number;
  /** Mark of the perp, or forward of the option's expiry, USD per token; the spot mark when left out. */
  forwardUsd?: number;
  /** Needed for options that have not expired; its `asOfUtc` must equal `timeUtc`. */
  surface?: VolSurface;
  /** Tokens of this instrument traded in the last epoch, ≥ 0. */
  volumeTokens: number;
}

export interface RowParams {
  /** One stress lane each, in this order. */
  scenarios: readonly StressScenario[];
  volShock: VolShockParams;
  contingency: ContingencyParams;
  /** Slippage allowance per kind, basis points of notional: covers |reference − mark| + impact charge. */
  slipBps: Readonly<Record<Instrument["kind"], number>>;
  /** Share of the last epoch's volume that counts as liquidity, basis points. */
  liquidityShareBps: number;
}

export const DEFAULT_ROW_PARAMS: RowParams = {
  scenarios: STANDARD_SCENARIOS,
  volShock: DEFAULT_VOL_SHOCK,
  contingency: DEFAULT_CONTINGENCY,
  slipBps: { spot: 50, perp: 50, option: 100 },
  liquidityShareBps: 1_000,
};

/** Integers per lot; µUSD unless said otherwise. Each is below 2^48 in absolute value. */
export interface InstrumentRows extends LaneRows {
  /** Price of the lot's tokens: spot for spot, forward for perps and options. */
  notional: bigint;
  slip: bigint;
  /** Margin of a lot for what no scenario covers: of perps, and of options held short. Not part of the packed lanes. */
  contingency: bigint;
  /** Lots an epoch, at most `orderCap`. */
  liquidity: bigint;
}

const MICRO_TOKENS = LOT_SCALE / 10n ** 6n;

/**
 * The rows of one instrument as it is quoted.
 * @throws SnapshotError `invalid-input`, `stale-surface` or `out-of-range`.
 */
export function instrumentRows(
  instrument: Instrument,
  quote: Quote,
  params: RowParams = DEFAULT_ROW_PARAMS,
): InstrumentRows {
  requireInstrument(instrument);
  requireNumber("market time", quote.timeUtc, 0);
  const price = toPrice(quote.spotUsd, `spot price of ${instrument.underlying}`);
  const forward =
    quote.forwardUsd === undefined ? price : toPrice(quote.forwardUsd, `forward price of ${instrument.underlying}`);

  const mark = instrument.kind === "spot" ? price : forward;
  const notional = divideUp(mark * instrument.lotSize, NOTIONAL_SCALE);
  const shared = {
    notional,
    slip: divideUp(notional * wholeBps("slippage allowance", params.slipBps[instrument.kind]), BPS),
    contingency: contingencyMicroUsd(
      instrument.kind === "option"
        ? { ...instrument, mark, strike: toPrice(instrument.strikeUsd, "strike") }
        : { ...instrument, mark },
      params.contingency,
    ),
    liquidity: liquidity(instrument, quote.volumeTokens, params.liquidityShareBps),
  };
  const risk =
    instrument.kind === "option"
      ? optionRisk(instrument, quote, quote.forwardUsd ?? quote.spotUsd, params)
      : linearRisk(instrument, mark, notional, params.scenarios);

  const rows: InstrumentRows = { ...risk, ...shared };
  for (const [name, row] of Object.entries(rows)) {
    for (const one of Array.isArray(row) ? row : [row]) {
      requireRow(`${name} of one lot of the ${instrument.underlying} ${instrument.kind}`, one);
    }
  }
  return rows;
}

/** Spot and perp: linear in the price, exact, and their delta is their notional. */
function linearRisk(
  instrument: SpotInstrument | PerpInstrument,
  mark: Price,
  notional: bigint,
  scenarios: readonly StressScenario[],
): LaneRows {
  const scaled = mark * instrument.lotSize; // µUSD a lot, times NOTIONAL_SCALE
  return {
    value: instrument.kind === "perp" ? 0n : divideDown(scaled, NOTIONAL_SCALE),
    delta: notional,
    gamma: 0n,
    vega: 0n,
    stress: scenarios.map((scenario) => divideDown(scaled * BigInt(shockBps(scenario)), NOTIONAL_SCALE * BPS)),
  };
}

/** Black-76 on the forward, undiscounted (r = 0). */
function optionRisk(option: OptionInstrument, quote: Quote, forward: number, params: RowParams): LaneRows {
  requireNumber("expiry", option.expiryUtc, 0);
  const strike = option.strikeUsd;
  const seconds = Math.max(0, option.expiryUtc - quote.timeUtc);
  const years = seconds / SECONDS_PER_YEAR;
  const days = seconds / SECONDS_PER_DAY;
  const vol = seconds === 0 ? 0 : volOf(option, quote, forward);
  const contract = { strike, years, isCall: option.isCall };
  const now = black76({ ...contract, forward, vol });
  const scale = (Number(option.lotSize) / Number(LOT_SCALE)) * MICRO; // µUSD a lot per USD a token

  return {
    value: toInteger("value", Math.floor(now.price * scale)),
    delta: toInteger("delta", nearest(now.delta * forward * scale)),
    gamma: toInteger("gamma", nearest(((now.gamma * forward * forward) / 100) * scale)),
    vega: toInteger("vega", nearest(now.vegaPerPoint * scale)),
    stress: params.scenarios.map((scenario) => {
      const shocked = black76Price({
        ...contract,
        forward: forward * (1 + shockBps(scenario) / Number(BPS)),
        vol: vol * volFactor(scenario.volShock, days, params.volShock),
      });
      return toInteger("stress", Math.floor((shocked - now.price) * scale));
    }),
  };
}

function volOf(option: OptionInstrument, { surface, timeUtc }: Quote, forward: number): number {
  if (surface === undefined) {
    throw new SnapshotError("invalid-input", `the ${option.underlying} option needs a volatility surface`);
  }
  if (surface.asOfUtc !== timeUtc) {
    throw new SnapshotError(
      "stale-surface",
      `the surface is of ${surface.asOfUtc}, the market of ${timeUtc}; build both for one instant`,
    );
  }
  return impliedVol(surface, option.strikeUsd, forward, option.expiryUtc);
}

/** Lots: volume × share, rounded down, at most the order cap. */
function liquidity(instrument: Instrument, volumeTokens: number, shareBps: number): bigint {
  requireNumber("traded volume", volumeTokens, 0, Number.MAX_VALUE / MICRO);
  const volume = BigInt(Math.floor(volumeTokens * MICRO)) * MICRO_TOKENS; // 1e-18 tokens
  const lots = (volume * wholeBps("liquidity share", shareBps)) / (BPS * instrument.lotSize);
  return lots < instrument.orderCap ? lots : instrument.orderCap;
}

function requireInstrument(instrument: Instrument): void {
  if (instrument.lotSize <= 0n) {
    throw new SnapshotError(
      "invalid-input",
      `lot size is ${instrument.lotSize}; it must be above zero, in units of 1e-18 token`,
    );
  }
  if (instrument.orderCap <= 0n || instrument.orderCap > laneRange(ORDER_LANE)[1]) {
    throw new SnapshotError("invalid-input", `order cap is ${instrument.orderCap}; it must be from 1 to 2^31 − 1 lots`);
  }
}

function shockBps(scenario: StressScenario): number {
  const bps = scenario.spotShockBps;
  if (!Number.isInteger(bps) || bps <= -Number(BPS)) {
    throw new SnapshotError(
      "invalid-input",
      `a spot shock is ${bps}; it must be a whole number of basis points above −10,000`,
    );
  }
  return bps;
}

function toInteger(name: string, whole: number): bigint {
  if (!Number.isFinite(whole)) {
    throw new SnapshotError("out-of-range", `${name} of one lot is ${whole}; make the lot smaller`);
  }
  return BigInt(whole);
}

/** Nearest whole number, ties away from zero. */
function nearest(x: number): number {
  return Math.sign(x) * Math.round(Math.abs(x));
}

/** Floor of a/b for b > 0. BigInt division truncates. */
function divideDown(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function divideUp(a: bigint, b: bigint): bigint {
  return -divideDown(-a, b);
}
