import { SECONDS_PER_YEAR } from "../base/time.ts";
import { requirePositive, SnapshotError } from "../base/snapshotErrors.ts";
import type { SurfaceFit } from "./fitSurface.ts";
import { volSurface } from "./surface.ts";
import type { VolSurface } from "./surface.ts";

/**
 * The surface that snapshots are computed off: the newest one accepted. Where a newer chain is refused, the surface
 * before it stays in force until it reaches its age limit; then there is none, and that is an error.
 */
export class SurfaceInForce {
  readonly #maxAgeSeconds: number;
  #surface: VolSurface | undefined;
  #refused: SurfaceFit | undefined;

  /** @throws SnapshotError `invalid-input` unless the age limit is above zero */
  constructor(maxAgeSeconds: number) {
    requirePositive("age limit of a surface in seconds", maxAgeSeconds);
    this.#maxAgeSeconds = maxAgeSeconds;
  }

  /** When the surface in force was fitted, seconds since 1970; undefined while there is none. */
  get fittedAtUtc(): number | undefined {
    return this.#surface?.asOfUtc;
  }

  /** Takes a fit's surface if it has one and is newer than the one in force; tells whether it did. */
  offer(fit: SurfaceFit): boolean {
    if (fit.surface === undefined) {
      if (fit.asOfUtc >= (this.#refused?.asOfUtc ?? 0)) this.#refused = fit;
      return false;
    }
    if (this.#surface !== undefined && this.#surface.asOfUtc >= fit.asOfUtc) return false;
    this.#surface = fit.surface;
    return true;
  }

  /**
   * The surface in force, carried forward to `timeUtc` at unchanged volatilities.
   * @throws SnapshotError `no-surface`, `stale-surface` (with what was wrong with newer chains), or `invalid-input`
   *   for a time before the fit
   */
  at(timeUtc: number): VolSurface {
    if (this.#surface === undefined) {
      throw new SnapshotError("no-surface", `no chain of option quotes has been accepted yet${this.#whyRefused(0)}`);
    }
    const { asOfUtc } = this.#surface;
    const age = timeUtc - asOfUtc;
    if (!(age <= this.#maxAgeSeconds)) {
      throw new SnapshotError(
        "stale-surface",
        `the surface of ${asOfUtc} is ${age} s old, its limit is ${this.#maxAgeSeconds} s: fit newer quotes${this.#whyRefused(asOfUtc)}`,
      );
    }
    return carriedForward(this.#surface, timeUtc);
  }

  #whyRefused(sinceUtc: number): string {
    if (this.#refused === undefined || this.#refused.asOfUtc <= sinceUtc) return "";
    const { asOfUtc, refused, skipped } = this.#refused;
    const faults = [...refused, ...skipped].map(({ expiryUtc, message }) => `expiry ${expiryUtc}: ${message}`);
    return `; the chain of ${asOfUtc} was refused (${faults.join("; ") || "it holds no usable quote"})`;
  }
}

/**
 * A surface at a later instant: each expiry keeps the volatility of each k, so its total variance shrinks with the
 * time left; expiries reached are dropped.
 *
 * That makes no arbitrage. With total variance r·w, r ≤ 1, g = (1 − k·w'/2w)² − r·w'²/4w − r²·w'²/16 + r·w''/2 is
 * concave in r, at least 0 at r = 0 and at r = 1, so between too. And of two expiries the nearer shrinks more.
 * @throws SnapshotError `invalid-input` for an earlier instant, `stale-surface` if no expiry is left
 */
export function carriedForward(surface: VolSurface, timeUtc: number): VolSurface {
  if (!(timeUtc >= surface.asOfUtc)) {
    throw new SnapshotError("invalid-input", `the surface is of ${surface.asOfUtc}; it says nothing of ${timeUtc}`);
  }
  const left = surface.expiries.filter(({ expiryUtc }) => expiryUtc > timeUtc);
  if (left.length === 0) {
    throw new SnapshotError(
      "stale-surface",
      `every expiry of the surface of ${surface.asOfUtc} has passed at ${timeUtc}: fit newer quotes`,
    );
  }
  return volSurface(
    timeUtc,
    left.map(({ expiryUtc, slice }) => {
      const shrink = years(timeUtc, expiryUtc) / years(surface.asOfUtc, expiryUtc);
      return { expiryUtc, slice: { ...slice, a: slice.a * shrink, b: slice.b * shrink } };
    }),
  );
}

function years(fromUtc: number, toUtc: number): number {
  return (toUtc - fromUtc) / SECONDS_PER_YEAR;
}
