import { openProvingBackend } from "../../prover/node.ts";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { DEPOSIT_DOLLARS, DEMO_MANDATE, spotPlans, spotStrategy } from "../../client/demo/plan.ts";
import { DEFAULT_CONFIG } from "../../client/deploy/local/market.ts";
import { addLiquidity } from "../../client/deploy/local/uniswap.ts";
import type { SpotPool } from "../../client/deploy/local/uniswap.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { toMicroUsd } from "../../prover/index.ts";
import type { PricePath } from "../../prover/index.ts";
import { USD, WholeMarket } from "../../test/support/wholeMarket.ts";
import { Owners } from "../owners.ts";
import type { OwnedVault } from "../owners.ts";
import type { Batch, Venues } from "./batch.ts";
import { Bot, RICH, tokensOf } from "./bot.ts";
import { playNaive } from "./naive.ts";
import type { NaiveResult } from "./naive.ts";
import { playTacit } from "./tacit.ts";
import type { TacitResult } from "./tacit.ts";

/** After a dealing, depositors of each vault add or ask back up to this part of it, at random. */
const LARGEST_FLOW_BPS = 2_500;
const DEALING = { dealingInterval: 2, dealingOffset: 1 };
const SNAPSHOT_WINDOW_SECONDS = 3_600;
const CHANGE_DELAY_SECONDS =
  2 * (DEALING.dealingInterval + 1) * (DEFAULT_CONFIG.epochSeconds + SNAPSHOT_WINDOW_SECONDS);
const HOUR_SECONDS = 3_600;
/** Between the observation and the trade, in which prices go on and feeds do not. */
const LAG_SECONDS = 300;

/** Pools to play in. */
export interface PoolSetting {
  /** Dollars on each side of a pool, over a factor 4 of price. */
  readonly depthUsd: number;
  /** Millionths. */
  readonly feePips: number;
}

export interface MevOptions {
  readonly epochs: number;
  /** At least one hour more than epochs. */
  readonly path: PricePath;
  /** All of one fee: what a fill may cost is a term of the slot, fixed when it is listed. */
  readonly settings: readonly [PoolSetting, ...PoolSetting[]];
  readonly circuit: CircuitArtifacts;
  readonly onEpoch?: (epoch: number) => void;
}

export interface EpochResult {
  readonly epoch: number;
  /** By setting. */
  readonly plays: readonly Play[];
}

/** A batch, played in both ways. */
export interface Play {
  /** The size of all orders, and of what is left of them when they have crossed. */
  readonly grossUsd: number;
  readonly netUsd: number;
  readonly naive: NaiveResult;
  readonly tacit: TacitResult;
}

/**
 * Vaults with the demo's strategies, hour after hour. Each batch is played in each setting in both ways, all from the
 * same state of the chain; then it is cleared with nobody in between, so that the next hour begins alike for all of
 * them.
 */
export async function replayWithBot({ epochs, path, settings, circuit, onEpoch }: MevOptions): Promise<EpochResult[]> {
  const [{ feePips: poolFeePips }] = settings;
  const spots = spotPlans(path).map((plan) => ({ ...plan, poolFeePips }));
  const market = await WholeMarket.open({ circuit, spots, config: { snapshotWindow: SNAPSHOT_WINDOW_SECONDS } });
  const owners = new Owners(market, openProvingBackend(circuit));
  try {
    const bot = await Bot.deploy(market);
    const vaults: OwnedVault[] = [];
    const listed = [...market.local.spots.keys()];
    for (const [v, dollars] of DEPOSIT_DOLLARS.entries()) {
      const vault = await owners.addVault(spotStrategy(v, listed), {
        mandate: DEMO_MANDATE,
        ...DEALING,
        changeDelay: CHANGE_DELAY_SECONDS,
      });
      vaults.push(vault);
      await (await market.depositor(vault)).requestDeposit(BigInt(dollars) * USD);
      await fund(market, vault);
    }
    const flows = xoroshiro128plus(1);
    const began = (await market.chain.status()).now;
    const results: EpochResult[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await market.connection.networkHelpers.time.increaseTo(began + epoch * HOUR_SECONDS);
      for (const [symbol, price] of Object.entries(path.at(epoch - 1).prices))
        market.prices.set(symbol, toMicroUsd(price));
      await market.openEpoch();
      const orders: (readonly bigint[])[] = [];
      for (const { owner } of vaults) orders.push((await owner.step())!.order);
      await market.closeEpoch();

      const sums = await market.sums();
      const openings = await Promise.all(
        (await market.chain.pendingGroups()).map((group) => market.opening(group, sums)),
      );
      const batch: Batch = {
        epoch,
        orders,
        accounts: vaults.map(({ account }) => account),
        openings,
        truth: truthAfter(path, epoch - 1),
      };
      const plays: Play[] = [];
      const back = await market.checkpoint();
      for (const setting of settings) {
        const venues = await useVenues(market, setting);
        const backToVenues = await market.checkpoint();
        const naive = await playNaive(market, bot, venues, batch);
        await backToVenues();
        const tacit = await playTacit(market, bot, venues, batch);
        await back();
        plays.push({ ...sizes(market, batch), naive, tacit });
      }
      results.push({ epoch, plays });
      onEpoch?.(epoch);

      for (const { group } of openings) {
        if (!(await market.clear(group)))
          throw new Error(
            `group ${group} of epoch ${epoch} does not clear even in deep pools: let the vaults begin with less`,
          );
      }
      if (epoch % DEALING.dealingInterval === DEALING.dealingOffset) {
        for (const [v, vault] of vaults.entries())
          await flow(market, vault, DEPOSIT_DOLLARS[v]!, uniformInt(flows, -LARGEST_FLOW_BPS, LARGEST_FLOW_BPS));
      }
    }
    return results;
  } finally {
    await owners.close();
    await market.close();
  }
}

/** Makes the market's pools those of the setting. Governance is their only provider. */
async function useVenues({ local, governance }: WholeMarket, { depthUsd }: PoolSetting): Promise<Venues> {
  const { uniswap } = local;
  const venues = new Map<number, SpotPool>();
  for (const [i, [slot, { pool }]] of [...local.spots].entries()) {
    const tokenId = BigInt(i + 1);
    const { liquidity } = (await uniswap.positions.getFunction("positions")(tokenId)) as { liquidity: bigint };
    await sendStep(uniswap.positions, "decreaseLiquidity", [
      { tokenId, liquidity, amount0Min: 0, amount1Min: 0, deadline: 2n ** 64n },
    ]);
    await addLiquidity(uniswap, governance, pool, BigInt(depthUsd) * USD);
    venues.set(slot, pool);
  }
  return venues;
}

/** What the vault's depositor does after a dealing: claims, then adds or asks back a part. */
async function flow(market: WholeMarket, vault: OwnedVault, dollars: number, bps: number): Promise<void> {
  const depositor = await market.depositor(vault);
  await depositor.claim();
  if (bps > 0) await depositor.requestDeposit((BigInt(dollars) * USD * BigInt(bps)) / 10_000n);
  if (bps < 0) await depositor.requestRedeem(((await depositor.account()).shareUnits * BigInt(-bps)) / 10_000n);
}

/** Plenty of all tokens for the swaps that the vault's owner would send by itself. */
async function fund(market: WholeMarket, { account }: OwnedVault): Promise<void> {
  for (const token of tokensOf(market)) {
    await sendStep(token.connect(account), "mint", [await account.getAddress(), RICH]);
    await sendStep(token.connect(account), "approve", [market.local.uniswap.router.target, RICH]);
  }
}

/** µUSD a token by symbol, a little after an hour of the path: on the straight line to the next. */
function truthAfter(path: PricePath, hour: number): Map<string, bigint> {
  const [now, next] = [path.at(hour).prices, path.at(hour + 1).prices];
  return new Map(
    path.assets.map((symbol) => [
      symbol,
      toMicroUsd(now[symbol]! + ((next[symbol]! - now[symbol]!) * LAG_SECONDS) / HOUR_SECONDS),
    ]),
  );
}

function sizes(market: WholeMarket, { orders, truth }: Batch): { grossUsd: number; netUsd: number } {
  let [grossUsd, netUsd] = [0, 0];
  for (const [slot] of market.local.spots) {
    const { symbol, lotSize } = market.local.deployment.slots[slot]!;
    const lotUsd =
      (Number(truth.get(symbol)) * Number(lotSize)) / 10 ** market.local.spots.get(slot)!.pool.baseDecimals / 1e6;
    const lots = orders.map((order) => Number(order[slot]));
    grossUsd += lots.reduce((sum, one) => sum + Math.abs(one), 0) * lotUsd;
    netUsd += Math.abs(lots.reduce((sum, one) => sum + one, 0)) * lotUsd;
  }
  return { grossUsd, netUsd };
}
