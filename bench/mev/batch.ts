import type { Signer } from "ethers";
import { movePrice } from "../../client/deploy/local/uniswap.ts";
import type { SpotPool } from "../../client/deploy/local/uniswap.ts";
import type { GroupOpening } from "../../prover/index.ts";
import type { WholeMarket } from "../../test/support/wholeMarket.ts";
import { readPool } from "./pool.ts";
import type { SlotPool } from "./pool.ts";
import { restingPrice } from "./search.ts";

/** Pools in which the batch can be traded, by slot. */
export type Venues = ReadonlyMap<number, SpotPool>;

/** A frozen batch, opened. */
export interface Batch {
  readonly epoch: number;
  /** By vault, lots by slot. */
  readonly orders: readonly (readonly bigint[])[];
  /** The accounts of the vaults' owners, with plenty of all tokens. */
  readonly accounts: readonly Signer[];
  readonly openings: readonly GroupOpening[];
  /** µUSD a token by symbol, at the time of trading. Feeds still say the snapshot's. */
  readonly truth: ReadonlyMap<string, bigint>;
}

/** A slot's pool when the bot begins. */
export interface Arena extends SlotPool {
  /** Dollars a lot. */
  readonly truePrice: number;
}

/** Pools where arbitrageurs leave them at the true prices, coming from those of the snapshot. */
export async function arenasAtRest(
  { local, governance, prices }: WholeMarket,
  venues: Venues,
  { truth }: Batch,
): Promise<Arena[]> {
  const { uniswapRouter, slots } = local.deployment;
  return Promise.all(
    [...venues].map(async ([slot, venue]) => {
      const info = slots[slot]!;
      const pool = await readPool(slot, info, venue);
      const now = truth.get(info.symbol)!;
      const truePrice = pool.perLot(now);
      const rest = restingPrice(pool, truePrice, pool.perLot(prices.get(info.symbol)!));
      if (!differs(pool.price, rest)) return { ...pool, truePrice };
      await movePrice(governance, uniswapRouter, venue, BigInt(Math.round((Number(now) * rest) / truePrice)));
      return { ...(await readPool(slot, info, venue)), truePrice };
    }),
  );
}

/** Whether prices are further apart than the chain's rounding. */
export const differs = (one: number, other: number): boolean => Math.abs(one / other - 1) > 1e-9;

/** The search knows pools and market; if the bot earns something else on the chain, it did not. */
export function requireExpected(what: string, expectedUsd: number, earnedUsd: number): void {
  if (Math.abs(expectedUsd - earnedUsd) > 1 + 1e-4 * Math.abs(expectedUsd)) {
    throw new Error(`${what} earned the bot ${earnedUsd} dollars, ${expectedUsd} were expected`);
  }
}
