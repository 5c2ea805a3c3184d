import { fridayAfter, SECONDS_PER_WEEK, SECONDS_PER_YEAR } from "../base/time.ts";
import type { OptionQuote, OptionChain } from "../surface/quotes.ts";
import { impliedVol, volSurface } from "../surface/surface.ts";
import type { SviSlice, VolSurface } from "../surface/surface.ts";
import type { PricePath } from "./path.ts";
import { realisedVol } from "./volatility.ts";

/**
 * Option chains for a replay without option data: what a market maker might quote who has seen these prices.
 *
 *   θ(T) = long²·T + (short² − long²)·(1 − e^{−κT})/κ       total variance at the money: volatility reverts
 *   w(k, T) = θ/2·(1 + ρφk + √((φk + ρ)² + 1 − ρ²)),  φ = η/√(θ(1 + θ))
 *   ρ = −0.2 − 0.3·(short/long − 1), from −0.6 to 0.1       falling markets move more, and skew more
 *
 * `short` is 1.1 times realised volatility of the last week, `long` 1.05 times that of the last 30 days, each
 * from 20 % to 300 %; half the gap between them closes in three weeks. This is SSVI (Gatheral and Jacquier 2014,
 * eq. 4.1) with one ρ, growing θ and η·(1 + |ρ|) ≤ 2: free of butterflies and of calendar arbitrage (their
 * Theorems 4.1 and 4.2), and each expiry is a raw SVI slice.
 *
 * Quoted are the Fridays, 08:00 UTC, that are 1, 2, 4, 8, 13 and 26 weeks away or up to a week more, and at each
 * 15 strikes from −2.2 to 2.2 standard deviations. Volatilities are rounded to 0.01 points, as exchanges print them;
 * half the spread is 0.5 points at the money and grows to 2 in the wings. Forwards are the spot price (r = 0).
 */
export function modelChain(path: PricePath, asset: string, hour: number): OptionChain {
  const { timeUtc, prices } = path.at(hour);
  const surface = modelSurface(path, asset, hour);
  const forwardUsd = prices[asset]!;
  const quotes = surface.expiries.flatMap(({ expiryUtc }) => {
    const deviation =
      impliedVol(surface, forwardUsd, forwardUsd, expiryUtc) * Math.sqrt((expiryUtc - timeUtc) / SECONDS_PER_YEAR);
    return STRIKES.map((x): OptionQuote => {
      const strikeUsd = Number((forwardUsd * Math.exp(x * deviation)).toPrecision(STRIKE_DIGITS));
      const vol = impliedVol(surface, strikeUsd, forwardUsd, expiryUtc);
      const halfSpread = HALF_SPREAD * (1 + 3 * (x / WIDEST) ** 2);
      return {
        strikeUsd,
        expiryUtc,
        isCall: strikeUsd >= forwardUsd,
        forwardUsd,
        unit: "vol",
        bid: rounded(vol - halfSpread),
        ask: rounded(vol + halfSpread),
      };
    });
  });
  return { asset, asOfUtc: timeUtc, quotes };
}

/**
 * The surface behind `modelChain`, before rounding.
 * @throws ReplayError `unknown-asset` or `no-such-hour`
 */
export function modelSurface(path: PricePath, asset: string, hour: number): VolSurface {
  const short = bounded(1.1 * realisedVol(path, asset, hour, { windowHours: WEEK_HOURS }), 0.2, 3);
  const long = bounded(1.05 * realisedVol(path, asset, hour, { windowHours: MONTH_HOURS }), 0.2, 3);
  const rho = bounded(-0.2 - 0.3 * (short / long - 1), -0.6, 0.1);
  const { timeUtc } = path.at(hour);
  return volSurface(
    timeUtc,
    FRIDAYS.map((weeks) => {
      const expiryUtc = fridayAfter(timeUtc + weeks * SECONDS_PER_WEEK);
      const years = (expiryUtc - timeUtc) / SECONDS_PER_YEAR;
      const theta = long ** 2 * years + ((short ** 2 - long ** 2) * -Math.expm1(-REVERSION * years)) / REVERSION;
      return { expiryUtc, slice: ssviSlice(theta, rho) };
    }),
  );
}

const WEEK_HOURS = 168;
const MONTH_HOURS = 720;
/** κ a year: half of a gap closes in 21 days. */
const REVERSION = (Math.LN2 * 365) / 21;
/** η: curvature of every slice; at most 2/(1 + |ρ|). */
const CURVATURE = 1.2;
const FRIDAYS = [1, 2, 4, 8, 13, 26];
const WIDEST = 2.2;
const STRIKES = Array.from({ length: 15 }, (_, i) => WIDEST * (i / 7 - 1));
const STRIKE_DIGITS = 4;
const HALF_SPREAD = 0.005;
const VOL_TICKS = 10_000;

/** SSVI at one θ as a raw SVI slice. */
function ssviSlice(theta: number, rho: number): SviSlice {
  const phi = CURVATURE / Math.sqrt(theta * (1 + theta));
  return {
    a: (theta / 2) * (1 - rho * rho),
    b: (theta * phi) / 2,
    rho,
    m: -rho / phi,
    sigma: Math.sqrt(1 - rho * rho) / phi,
  };
}

function rounded(vol: number): number {
  return Math.round(vol * VOL_TICKS) / VOL_TICKS;
}

function bounded(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
