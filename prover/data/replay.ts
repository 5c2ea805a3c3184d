import { ReplayError } from "./errors.ts";
import type { Funding } from "./funding.ts";
import { noImpliedVol } from "./impliedVol.ts";
import type { ImpliedVol } from "./impliedVol.ts";
import { pathUntil } from "./path.ts";
import type { PricePath } from "./path.ts";
import type { MarketData, Observation } from "./source.ts";

/** When a chain sees the hours of a path: hour h at startTimestamp + h·secondsPerHour. */
export interface ReplayClock {
  /** Chain time, seconds since 1970. */
  readonly startTimestamp: number;
  /** On the chain; the path's own hours may be farther apart. */
  readonly secondsPerHour: number;
}

/** Recorded or modelled hours as market data of a chain that lives at another time. */
export class Replay implements MarketData {
  readonly #path: PricePath;
  readonly #funding: Funding;
  readonly #clock: ReplayClock;
  readonly #impliedVol: ImpliedVol;

  constructor(path: PricePath, funding: Funding, clock: ReplayClock, impliedVol: ImpliedVol = noImpliedVol) {
    this.#impliedVol = impliedVol;
    this.#path = path;
    this.#funding = funding;
    this.#clock = clock;
  }

  get description(): string {
    return this.#path.description;
  }

  /** @throws ReplayError `data-ends` */
  at(time: number): Observation | undefined {
    const { startTimestamp, secondsPerHour } = this.#clock;
    const hour = Math.floor((time - startTimestamp) / secondsPerHour);
    return hour < 0 ? undefined : this.atHour(hour);
  }

  /** @throws ReplayError `data-ends` */
  atHour(hour: number): Observation {
    if (hour >= this.#path.hours)
      throw new ReplayError("data-ends", `the price data ends at hour ${this.#path.hours - 1}: give a longer range`);
    const { startTimestamp, secondsPerHour } = this.#clock;
    return {
      observedAt: startTimestamp + hour * secondsPerHour,
      path: pathUntil(this.#path, hour),
      funding: this.#funding,
      impliedVol: this.#impliedVol,
    };
  }
}
