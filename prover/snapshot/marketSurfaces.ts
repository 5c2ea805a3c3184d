import { SECONDS_PER_HOUR } from "../base/time.ts";
import { fitSurface } from "../surface/fitSurface.ts";
import type { SurfaceFit } from "../surface/fitSurface.ts";
import { SnapshotError } from "../base/snapshotErrors.ts";
import { carriedForward, SurfaceInForce } from "../surface/surfaceInForce.ts";
import type { VolSurface } from "../surface/surface.ts";
import type { OptionChain } from "../surface/quotes.ts";
import { modelChain, modelSurface } from "../data/optionModel.ts";
import type { PricePath } from "../data/path.ts";

/** Age at which a refused chain can't be bridged any more: six hours. */
export const SURFACE_MAX_AGE_SECONDS = 6 * SECONDS_PER_HOUR;

/**
 * Volatility surfaces at the hours of a price path. An asset with option chains of its own in the data has a surface
 * only while one of them is in force; any other asset's chains are modelled (`modelChain`).
 *
 * The surface in force at an hour is a function of path, chains and hour alone, whoever asks and in whatever order:
 * reporters that start at different times sign the same words.
 */
export class MarketSurfaces {
  readonly #path: PricePath;
  readonly #chains: readonly OptionChain[];
  readonly #fits = new Map<string, SurfaceFit>();

  /** @param chains option data of the path's assets; the path's own when left out */
  constructor(path: PricePath, chains: readonly OptionChain[] = path.chains ?? []) {
    this.#path = path;
    this.#chains = [...chains].sort((a, b) => b.asOfUtc - a.asOfUtc);
  }

  /**
   * The surface in force at an hour, carried forward to it.
   * @throws SnapshotError `stale-surface`, `no-surface`; ReplayError `unknown-asset`, `no-such-hour`
   */
  at(asset: string, hour: number): VolSurface {
    const { timeUtc } = this.#path.at(hour);
    const inForce = new SurfaceInForce(SURFACE_MAX_AGE_SECONDS);
    for (const chain of this.#chainsBefore(asset, hour, timeUtc)) {
      if (inForce.offer(this.#fit(chain()))) break;
    }
    return inForce.at(timeUtc);
  }

  /**
   * The surface that positions are valued off at an hour: the one in force. Without one it is the last that was
   * accepted, however old, or the model's where none was or all its expiries have passed; then it takes no orders.
   * @throws ReplayError `unknown-asset`, `no-such-hour`
   */
  valuing(asset: string, hour: number): VolSurface {
    try {
      return this.at(asset, hour);
    } catch (error) {
      if (!(error instanceof SnapshotError && (error.code === "stale-surface" || error.code === "no-surface")))
        throw error;
    }
    const { timeUtc } = this.#path.at(hour);
    for (const chain of this.#chains) {
      if (chain.asset !== asset || chain.asOfUtc > timeUtc) continue;
      const { surface } = this.#fit(chain);
      if (surface?.expiries.some(({ expiryUtc }) => expiryUtc > timeUtc))
        return { ...carriedForward(surface, timeUtc), valuesOnly: true };
    }
    return { ...modelSurface(this.#path, asset, hour), valuesOnly: true };
  }

  /** Chains no older than the limit, newest first; one older, so that an error can say how old it is. */
  *#chainsBefore(asset: string, hour: number, timeUtc: number): Generator<() => OptionChain> {
    const oldest = timeUtc - SURFACE_MAX_AGE_SECONDS;
    const recorded = this.#chains.filter((chain) => chain.asset === asset);
    for (const chain of recorded.filter(({ asOfUtc }) => asOfUtc <= timeUtc)) {
      yield () => chain;
      if (chain.asOfUtc < oldest) return;
    }
    for (let h = hour; recorded.length === 0 && h >= 0 && this.#path.at(h).timeUtc >= oldest; h--) {
      yield () => modelChain(this.#path, asset, h);
    }
  }

  #fit(chain: OptionChain): SurfaceFit {
    const key = `${chain.asset} ${chain.asOfUtc}`;
    const fit = this.#fits.get(key) ?? fitSurface(chain.asOfUtc, chain.quotes);
    this.#fits.set(key, fit);
    return fit;
  }
}
