import { SECONDS_PER_YEAR } from "../base/time.ts";
import { yearsToExpiry } from "./black76.ts";
import { requirePositive, requireNumber, SnapshotError } from "../base/snapshotErrors.ts";

/**
 * Implied-volatility surface of one underlying at one instant: a raw SVI slice per listed expiry
 * (Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", 2014, eq. 3.1)
 *
 *   w(k) = a + b·(ρ·(k − m) + √((k − m)² + σ²)),   k = ln(strike/forward), w = vol²·T
 *
 * Between expiries w is linear in time at the same k. Before the first and after the last expiry the
 * volatility at that k is held constant (w proportional to T). At T = 0 the volatility is the first slice's.
 *
 * This module evaluates. It does not fit, and it does not test for static arbitrage: a slice may have
 * a negative density (Vogt's example does) and still be evaluated.
 */
export interface SviSlice {
  /** Level of total variance. */
  a: number;
  /** Slope of the wings, ≥ 0. */
  b: number;
  /** Tilt, −1 < ρ < 1. */
  rho: number;
  /** Shift in log-moneyness. */
  m: number;
  /** Roundness of the vertex, > 0. */
  sigma: number;
}

export interface SurfaceExpiry {
  /** Seconds since 1970. */
  expiryUtc: number;
  slice: SviSlice;
}

export interface VolSurface {
  /** The instant that the slices' times to expiry count from, seconds since 1970. */
  asOfUtc: number;
  /** At least one, expiries increasing and after `asOfUtc`. */
  expiries: readonly SurfaceExpiry[];
  /** No longer in force: positions are valued off it for want of a better one, and no order is taken. */
  valuesOnly?: true;
}

/**
 * Checks the parameters and keeps them. Variance is non-negative everywhere: a + b·σ·√(1 − ρ²) ≥ 0.
 * @throws SnapshotError `invalid-input`, naming the parameter.
 */
export function volSurface(asOfUtc: number, expiries: readonly SurfaceExpiry[]): VolSurface {
  requireNumber("surface time", asOfUtc, 0);
  if (expiries.length === 0) {
    throw new SnapshotError("invalid-input", "a surface needs at least one expiry");
  }
  let previous = asOfUtc;
  for (const { expiryUtc, slice } of expiries) {
    if (!(Number.isFinite(expiryUtc) && expiryUtc > previous)) {
      throw new SnapshotError(
        "invalid-input",
        `expiry ${expiryUtc} must come after ${previous}: sort the expiries and drop past ones`,
      );
    }
    previous = expiryUtc;
    requireSlice(slice);
  }
  return { asOfUtc, expiries };
}

/** The same volatility for every strike and expiry. `vol` is a fraction a year, ≥ 0. */
export function flatSurface(asOfUtc: number, vol: number): VolSurface {
  requireNumber("volatility", vol, 0);
  const slice: SviSlice = { a: vol * vol, b: 0, rho: 0, m: 0, sigma: 1 };
  return volSurface(asOfUtc, [{ expiryUtc: asOfUtc + SECONDS_PER_YEAR, slice }]);
}

/** w(k) of one slice, dimensionless, ≥ 0. `k` = ln(strike/forward). */
export function sviTotalVariance(slice: SviSlice, k: number): number {
  const shifted = k - slice.m;
  return Math.max(0, slice.a + slice.b * (slice.rho * shifted + Math.hypot(shifted, slice.sigma)));
}

/**
 * Total variance vol²·T at log-moneyness `k` for an expiry, dimensionless, ≥ 0; 0 when expiry is exactly now.
 * @throws SnapshotError `expired` for an expiry before `surface.asOfUtc`.
 */
export function totalVariance(surface: VolSurface, k: number, expiryUtc: number): number {
  const years = yearsToExpiry(surface.asOfUtc, expiryUtc);
  return varianceRate(surface, k, years) * years;
}

/**
 * Implied volatility of a strike and expiry, fraction a year, ≥ 0.
 * @param strike USD per token, > 0
 * @param forward the expiry's forward, USD per token, > 0
 * @throws SnapshotError `expired` for an expiry before `surface.asOfUtc`.
 */
export function impliedVol(surface: VolSurface, strike: number, forward: number, expiryUtc: number): number {
  requirePositive("strike", strike);
  requirePositive("forward", forward);
  const years = yearsToExpiry(surface.asOfUtc, expiryUtc);
  return Math.sqrt(varianceRate(surface, Math.log(strike / forward), years));
}

/** w(k, T)/T, the squared volatility, finite at T = 0 too. */
function varianceRate(surface: VolSurface, k: number, years: number): number {
  let nearYears = 0;
  let nearVariance = 0;
  for (const { expiryUtc, slice } of surface.expiries) {
    const farYears = yearsToExpiry(surface.asOfUtc, expiryUtc);
    const farVariance = sviTotalVariance(slice, k);
    if (years <= farYears) {
      if (nearYears === 0) {
        return farVariance / farYears;
      }
      const share = (years - nearYears) / (farYears - nearYears);
      return (nearVariance + share * (farVariance - nearVariance)) / years;
    }
    nearYears = farYears;
    nearVariance = farVariance;
  }
  return nearVariance / nearYears;
}

function requireSlice(slice: SviSlice): void {
  const { a, b, rho, m, sigma } = slice;
  requireNumber("SVI a", a, -Number.MAX_VALUE);
  requireNumber("SVI b", b, 0);
  requireNumber("SVI m", m, -Number.MAX_VALUE);
  requirePositive("SVI sigma", sigma);
  if (!(Math.abs(rho) < 1)) {
    throw new SnapshotError("invalid-input", `SVI rho is ${rho}; it must lie between −1 and 1`);
  }
  const lowest = a + b * sigma * Math.sqrt(1 - rho * rho);
  if (lowest < 0) {
    throw new SnapshotError(
      "invalid-input",
      `the SVI slice has negative variance ${lowest} at its lowest point; raise a`,
    );
  }
}
