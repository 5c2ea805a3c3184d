import type { Signer } from "ethers";
import type { WholeMarket } from "../../test/support/wholeMarket.ts";
import { arenasAtRest, differs, requireExpected } from "./batch.ts";
import type { Arena, Batch, Venues } from "./batch.ts";
import type { Bot, Sent } from "./bot.ts";
import { bestPlay } from "./search.ts";
import { vaultSwap } from "./trades.ts";

/** What wallets propose. */
const SLIPPAGE_BPS = 50n;
const BPS = 10_000n;
const MICRO = 1e6;
const NO_DEADLINE = 2n ** 64n;

export interface NaiveResult {
  readonly botUsd: number;
  /** The size of the orders that were filled, at true prices. */
  readonly filledUsd: number;
}

/** Every order as a swap of its own, all in a block that the bot puts in order. */
export async function playNaive(market: WholeMarket, bot: Bot, venues: Venues, batch: Batch): Promise<NaiveResult> {
  const arenas = await arenasAtRest(market, venues, batch);
  const block: (Sent & { orderUsd: number })[] = [];
  let expectedUsd = 0;
  for (const arena of arenas) {
    const victims = batch.orders
      .map((order, vault) => ({ by: batch.accounts[vault]!, lots: order[arena.slot]! }))
      .filter(({ lots }) => lots !== 0n);
    const swaps = await Promise.all(victims.map(({ by, lots }) => quotedSwap(market, arena, lots, by)));
    const events = victims.map(({ lots }, i) => vaultSwap(arena, Number(lots), swaps[i]!.limitUsd, arena.price));
    const { stages, profitUsd } = bestPlay(arena, arena.truePrice, arena.price, events);
    expectedUsd += profitUsd;
    let { price } = arena;
    for (const stage of stages) {
      if (differs(price, stage.price)) block.push({ ...(await bot.moving(arena.moveTo(stage.price))), orderUsd: 0 });
      ({ price } = stage);
      if (stage.event === undefined) continue;
      block.push({
        ...swaps[stage.event]!.sent,
        orderUsd: Math.abs(Number(victims[stage.event]!.lots)) * arena.truePrice,
      });
      price = events[stage.event]!.at(price)?.price ?? price;
    }
  }
  const beforeUsd = await bot.worthUsd(arenas);
  const receipts = await bot.mine(block);
  const botUsd = (await bot.worthUsd(arenas)) - beforeUsd;
  requireExpected("the naive block", expectedUsd, botUsd);
  return {
    botUsd,
    filledUsd: block.reduce((sum, { orderUsd }, i) => sum + (receipts[i]!.status === 1 ? orderUsd : 0), 0),
  };
}

/** A swap as a wallet makes it: quoted in the pool as it is, with the usual slippage allowed. */
async function quotedSwap(
  market: WholeMarket,
  { pool, lotSize }: Arena,
  lots: bigint,
  by: Signer,
): Promise<{ sent: Sent; limitUsd: number }> {
  const { quoter, router } = market.local.uniswap;
  const buys = lots > 0n;
  const amount = (buys ? lots : -lots) * lotSize;
  const pair = {
    tokenIn: buys ? pool.cash : pool.base,
    tokenOut: buys ? pool.base : pool.cash,
    fee: pool.feePips,
    sqrtPriceLimitX96: 0n,
  };
  const call = { ...pair, recipient: await by.getAddress(), deadline: NO_DEADLINE };
  if (buys) {
    const [quoted] = (await quoter.getFunction("quoteExactOutputSingle").staticCall({ ...pair, amount })) as [bigint];
    const limit = (quoted * (BPS + SLIPPAGE_BPS)) / BPS;
    const transaction = await router
      .getFunction("exactOutputSingle")
      .populateTransaction({ ...call, amountOut: amount, amountInMaximum: limit });
    return { sent: { by, transaction }, limitUsd: Number(limit) / MICRO };
  }
  const [quoted] = (await quoter.getFunction("quoteExactInputSingle").staticCall({ ...pair, amountIn: amount })) as [
    bigint,
  ];
  const limit = (quoted * (BPS - SLIPPAGE_BPS)) / BPS;
  const transaction = await router
    .getFunction("exactInputSingle")
    .populateTransaction({ ...call, amountIn: amount, amountOutMinimum: limit });
  return { sent: { by, transaction }, limitUsd: -Number(limit) / MICRO };
}
