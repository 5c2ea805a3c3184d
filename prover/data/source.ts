import type { Funding } from "./funding.ts";
import type { ImpliedVol } from "./impliedVol.ts";
import type { PricePath } from "./path.ts";

/** What a source knows of the market at one hour, and of the hours before it. */
export interface Observation {
  /** When the chain sees the hour: seconds since 1970, of the chain's time. */
  readonly observedAt: number;
  /**
   * Prices, volumes and option chains of the hours that are known, of which the last is the observed one. Data of
   * another time keeps its own calendar: expiries on the chain are as far from `observedAt` as in the data from that
   * hour.
   */
  readonly path: PricePath;
  /** The perps' funding, at the path's own times. */
  readonly funding: Funding;
  /**
   * Implied volatility, at the path's own times; none where left out. Reporters that are to sign the same words have
   * the same.
   */
  readonly impliedVol?: ImpliedVol;
}

/**
 * A source of market data. Reporters that are to sign the same words ask sources that answer alike: one hour at all
 * instants of it, with the same prices for ever. What is not known is left out, and nothing is filled in:
 *
 * - A gap: an hour that lacks an asset's price is none of the path's hours. Returns reach over it.
 * - Late data: until an hour's prices have come, the answer is the hour before, with the time that one was observed at.
 */
export interface MarketData {
  /** One line that says where the prices come from. */
  readonly description: string;
  /**
   * The latest hour that is known at an instant of the chain's time, and HISTORY_HOURS before it as far as the source
   * has them; undefined while there is none.
   * @throws ReplayError, or what else says why there is no answer
   */
  at(time: number): Observation | undefined | Promise<Observation | undefined>;
}
