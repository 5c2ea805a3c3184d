import type { SlotInfo } from "../../client/sdk/deployment.ts";
import { cashIsToken0 } from "../../client/deploy/local/uniswap.ts";
import type { SpotPool } from "../../client/deploy/local/uniswap.ts";
import type { Pool } from "./search.ts";

const MICRO = 1e6;
const Q96 = 2 ** 96;

/** Where the bot's contract is told to bring a pool's price. */
export interface Move {
  readonly pool: string;
  readonly sqrtPriceX96: bigint;
}

/** A pool in which a slot is traded, as it stands: lots and dollars instead of the chain's units. */
export interface SlotPool extends Pool {
  readonly slot: number;
  readonly symbol: string;
  readonly pool: SpotPool;
  /** Smallest units of the base token in a lot. */
  readonly lotSize: bigint;
  /** Dollars a lot. */
  readonly price: number;
  /** Dollars a lot of a price in µUSD a token. */
  perLot(microUsdPerToken: bigint): number;
  /** @param price dollars a lot */
  moveTo(price: number): Move;
}

export async function readPool(slot: number, { symbol, lotSize: size }: SlotInfo, pool: SpotPool): Promise<SlotPool> {
  const { contract, baseDecimals: decimals, feePips } = pool;
  const [liquidity, [sqrtPriceX96]] = (await Promise.all([
    contract.getFunction("liquidity")(),
    contract.getFunction("slot0")(),
  ])) as [bigint, [bigint]];
  const cashFirst = cashIsToken0(pool);
  const lotSize = BigInt(size);
  const unitsPerDollarLot = Number(lotSize) / MICRO;
  const root = Number(sqrtPriceX96) / Q96;
  return {
    slot,
    symbol,
    pool,
    lotSize,
    // Uniswap's is of token units and µUSD.
    liquidity: Number(liquidity) / Math.sqrt(Number(lotSize) * MICRO),
    fee: feePips / 1e6,
    price: (cashFirst ? root ** -2 : root ** 2) * unitsPerDollarLot,
    perLot: (microUsdPerToken) => (Number(microUsdPerToken) * Number(lotSize)) / 10 ** decimals / MICRO,
    moveTo(price) {
      const wanted = Math.sqrt(price / unitsPerDollarLot);
      return {
        pool: String(contract.target),
        sqrtPriceX96: BigInt(Math.round((cashFirst ? 1 / wanted : wanted) * Q96)),
      };
    },
  };
}
