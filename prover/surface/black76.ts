import { DAYS_PER_YEAR, SECONDS_PER_YEAR } from "../base/time.ts";
import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import { requirePositive, requireNumber, SnapshotError } from "../base/snapshotErrors.ts";

/**
 * Black (1976), "The pricing of commodity contracts": European options on a forward.
 *
 *   d1 = ln(F/K)/(σ√T) + σ√T/2,  d2 = d1 − σ√T
 *   call = D·(F·N(d1) − K·N(d2)),  put = D·(K·N(−d2) − F·N(−d1))
 *
 * Conventions: T in years of 365 days (ACT/365), r = 0, so a forward keeps its value as time passes and
 * `discount` D is held constant in theta. Greeks are with respect to the forward and carry D.
 *
 * The normal distribution is the library's (error below 1e-15); no constants of our own. The in-the-money
 * price is intrinsic value plus the out-of-the-money option of the same strike (put-call parity), so a price
 * is never below D·intrinsic and keeps its relative accuracy in both wings.
 *
 * Where σ√T is 0 (expiry exactly now, or no volatility) or below 1e-12, everything is the limit, or 0 where
 * there is none: price = D·intrinsic; delta = 0 or ±D, and ±D/2 at F = K; gamma = theta = 0 (at F = K the limits are
 * infinite, and a settled payoff needs no hedge); vega = 0, except D·F·φ(0)·√T at F = K with σ = 0 < T.
 */
export interface Black76Input {
  /** Forward price for the expiry, USD per token, > 0. */
  forward: number;
  /** Strike, USD per token, > 0. */
  strike: number;
  /** Time to expiry in years of 365 days, ≥ 0. See `yearsToExpiry`. */
  years: number;
  /** Volatility a year as a fraction (0.65 = 65 %), ≥ 0. */
  vol: number;
  isCall: boolean;
  /** Discount factor D in (0, 1]; 1 when left out. */
  discount?: number;
}

export interface Black76Result {
  /** USD per token. */
  price: number;
  /** Price change per 1 USD of the forward, in [−1, 1]. */
  delta: number;
  /** Delta change per 1 USD of the forward, ≥ 0. */
  gamma: number;
  /** Price change per 1.00 of volatility (100 points), USD. */
  vegaPerUnit: number;
  /** Price change per volatility point (0.01), USD. */
  vegaPerPoint: number;
  /** Price change per year that passes, USD, ≤ 0. */
  thetaPerYear: number;
  /** Price change per day that passes, a 365th of `thetaPerYear`. */
  thetaPerDay: number;
}

/** Below this σ√T an option is its payoff: its time value is under 4e-13 of the forward. */
const NO_DEVIATION = 1e-12;

const standardNormalCdf = normalCdf.factory(0, 1);
const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);

/** N(x), the standard normal distribution; relative error below 1e-13 down to x = −37. */
export function normalDistribution(x: number): number {
  return standardNormalCdf(x);
}

/** φ(x), the standard normal density. */
export function normalDensity(x: number): number {
  return INVERSE_SQRT_2PI * Math.exp(-0.5 * x * x);
}

/**
 * Years (ACT/365) from `nowUtc` to `expiryUtc`, both in seconds since 1970. Zero when expiry is exactly now.
 * @throws SnapshotError `expired` when expiry lies in the past.
 */
export function yearsToExpiry(nowUtc: number, expiryUtc: number): number {
  requireNumber("now", nowUtc, 0);
  requireNumber("expiry", expiryUtc, 0);
  if (expiryUtc < nowUtc) {
    throw new SnapshotError("expired", `expiry ${expiryUtc} lies before ${nowUtc}; close the series first`);
  }
  return (expiryUtc - nowUtc) / SECONDS_PER_YEAR;
}

/**
 * Price and Greeks.
 * @throws SnapshotError `invalid-input` for a number outside its range.
 */
export function black76(input: Black76Input): Black76Result {
  const { forward, strike, years, vol, isCall, discount = 1 } = input;
  requirePositive("forward", forward);
  requirePositive("strike", strike);
  requireNumber("years to expiry", years, 0);
  requireNumber("volatility", vol, 0);
  requirePositive("discount factor", discount);
  requireNumber("discount factor", discount, 0, 1);

  const side = isCall ? 1 : -1;
  const rootYears = Math.sqrt(years);
  const deviation = vol * rootYears;
  const intrinsic = Math.max(0, side * (forward - strike));

  if (deviation < NO_DEVIATION) {
    const atStrike = forward === strike;
    const inside = atStrike ? 0.5 : intrinsic > 0 ? 1 : 0;
    const vegaPerUnit = atStrike ? discount * forward * normalDensity(0) * rootYears : 0;
    return result(discount * intrinsic, discount * side * inside, 0, vegaPerUnit, 0);
  }

  const distance = Math.log(forward / strike) / deviation;
  const d1 = distance + deviation / 2;
  const d2 = distance - deviation / 2;
  const density = normalDensity(d1);

  const outSide = strike >= forward ? 1 : -1; // the side that is out of the money
  const timeValue = outSide * (forward * standardNormalCdf(outSide * d1) - strike * standardNormalCdf(outSide * d2));

  return result(
    discount * (intrinsic + Math.max(0, timeValue)),
    discount * side * standardNormalCdf(side * d1),
    (discount * density) / (forward * deviation),
    discount * forward * density * rootYears,
    (-discount * forward * density * vol) / (2 * rootYears),
  );
}

/** The price alone, USD per token. Same ranges and errors as `black76`. */
export function black76Price(input: Black76Input): number {
  return black76(input).price;
}

/** Volatilities that `black76Vol` looks between: 0.1 % and 2,000 %. */
export const LOWEST_VOL = 1e-3;
export const HIGHEST_VOL = 20;
/** Halvings of that range, after which it is below the spacing of doubles. */
const HALVINGS = 60;

/**
 * The volatility at which an option costs `price`, fraction a year, by bisection: the price rises with it.
 * @param input an option with time left; `price` in USD per token
 * @returns undefined where no volatility from 0.1 % to 2,000 % gives that price
 * @throws SnapshotError as `black76`
 */
export function black76Vol({ price, ...option }: Omit<Black76Input, "vol"> & { price: number }): number | undefined {
  let low = LOWEST_VOL;
  let high = HIGHEST_VOL;
  const inside = price > black76Price({ ...option, vol: low }) && price < black76Price({ ...option, vol: high });
  if (!inside) {
    return undefined;
  }
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (black76Price({ ...option, vol: middle }) < price) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}

function result(price: number, delta: number, gamma: number, vegaPerUnit: number, thetaPerYear: number): Black76Result {
  return {
    price,
    delta: delta + 0, // −0 becomes 0
    gamma,
    vegaPerUnit,
    vegaPerPoint: vegaPerUnit / 100,
    thetaPerYear: thetaPerYear + 0,
    thetaPerDay: thetaPerYear / DAYS_PER_YEAR + 0,
  };
}
