// Uniswap v3 on a local chain, from the code its packages ship: the venue of spot slots.
import { squareRoot } from "../../../prover/index.ts";
import { Contract, MaxUint256, ZeroAddress } from "ethers";
import type { Signer } from "ethers";
import { deployedAt, deploy, packageArtifact, sent } from "../artifacts.ts";
import type { SpotSlot } from "../../sdk/deployment.ts";

export interface Uniswap {
  readonly factory: Contract;
  readonly router: Contract;
  readonly positions: Contract;
  readonly quoter: Contract;
}

/** A pool of cash (six decimals) and a base token. */
export interface SpotPool {
  readonly contract: Contract;
  readonly cash: string;
  readonly base: string;
  readonly baseDecimals: number;
  /** Fee in millionths. */
  readonly feePips: number;
}

const CORE = "@uniswap/v3-core/artifacts/contracts";
const PERIPHERY = "@uniswap/v3-periphery/artifacts/contracts";
const POOL = `${CORE}/UniswapV3Pool.sol/UniswapV3Pool.json`;
const ROUTER = `${PERIPHERY}/SwapRouter.sol/SwapRouter.json`;
const NO_DEADLINE = 2n ** 64n;

export async function deployUniswap(signer: Signer): Promise<Uniswap> {
  const factory = await deploy(signer, packageArtifact(`${CORE}/UniswapV3Factory.sol/UniswapV3Factory.json`));
  // Only needed by those who pay in ether.
  const noWeth = ZeroAddress;
  const router = await deploy(signer, packageArtifact(ROUTER), factory.target, noWeth);
  const quoter = await deploy(
    signer,
    packageArtifact(`${PERIPHERY}/lens/QuoterV2.sol/QuoterV2.json`),
    factory.target,
    noWeth,
  );
  const positions = await deploy(
    signer,
    packageArtifact(`${PERIPHERY}/NonfungiblePositionManager.sol/NonfungiblePositionManager.json`),
    factory.target,
    noWeth,
    ZeroAddress,
  );
  return { factory, router, positions, quoter };
}

/**
 * A new pool at a price.
 * @param terms.priceMicroUsd µUSD per whole base token
 */
export async function createPool(
  uniswap: Uniswap,
  signer: Signer,
  terms: Omit<SpotPool, "contract"> & { priceMicroUsd: bigint },
): Promise<SpotPool> {
  const { priceMicroUsd, ...pair } = terms;
  const [token0, token1] = cashIsToken0(pair) ? [pair.cash, pair.base] : [pair.base, pair.cash];
  await sent(
    uniswap.positions.connect(signer),
    "createAndInitializePoolIfNecessary",
    token0,
    token1,
    pair.feePips,
    sqrtPriceX96(pair, priceMicroUsd),
  );
  const address = (await uniswap.factory.getFunction("getPool")(token0, token1, pair.feePips)) as string;
  return { ...pair, contract: new Contract(address, packageArtifact(POOL).abi, signer) };
}

/** The pool of a listed slot. */
export const poolAt = (
  signer: Signer,
  cash: string,
  slot: Pick<SpotSlot, "token" | "decimals" | "pool" | "poolFeePips">,
): SpotPool => ({
  contract: new Contract(slot.pool, packageArtifact(POOL).abi, signer),
  cash,
  base: slot.token,
  baseDecimals: slot.decimals,
  feePips: slot.poolFeePips,
});

/**
 * Adds liquidity around the present price from the signer's tokens: `cashMicroUsd` of cash and about as much worth of
 * the base token.
 * @param range how far down and up, as a factor > 1 on the price
 */
export async function addLiquidity(
  uniswap: Uniswap,
  signer: Signer,
  pool: SpotPool,
  cashMicroUsd: bigint,
  range = 4,
): Promise<void> {
  const baseUnits = (cashMicroUsd * 10n ** BigInt(pool.baseDecimals)) / (await poolPriceMicroUsd(pool));
  await approve(signer, pool, uniswap.positions.target as string);
  const [, tick] = (await pool.contract.getFunction("slot0")()) as [bigint, bigint];
  const spacing = Number(await pool.contract.getFunction("tickSpacing")());
  const align = (t: number): number => Math.round(t / spacing) * spacing;
  const width = Math.log(range) / Math.log(1.0001);
  const cashFirst = cashIsToken0(pool);
  const recipient = await signer.getAddress();
  await sent(uniswap.positions.connect(signer), "mint", {
    token0: cashFirst ? pool.cash : pool.base,
    token1: cashFirst ? pool.base : pool.cash,
    fee: pool.feePips,
    tickLower: align(Number(tick) - width),
    tickUpper: align(Number(tick) + width),
    amount0Desired: cashFirst ? cashMicroUsd : baseUnits,
    amount1Desired: cashFirst ? baseUnits : cashMicroUsd,
    amount0Min: 0,
    amount1Min: 0,
    recipient,
    deadline: NO_DEADLINE,
  });
}

/**
 * Trades the signer's tokens until the pool stands at a price: an arbitrageur, or an attacker.
 * @param priceMicroUsd µUSD per whole base token
 */
export async function movePrice(signer: Signer, router: string, pool: SpotPool, priceMicroUsd: bigint): Promise<void> {
  const [now] = (await pool.contract.getFunction("slot0")()) as [bigint];
  const target = sqrtPriceX96(pool, priceMicroUsd);
  if (target === now) return;
  await approve(signer, pool, router);
  // Selling token0 lowers the pool's price.
  const paysCash = target < now === cashIsToken0(pool);
  const { abi } = packageArtifact(ROUTER);
  await sent(new Contract(router, abi, signer), "exactInputSingle", {
    tokenIn: paysCash ? pool.cash : pool.base,
    tokenOut: paysCash ? pool.base : pool.cash,
    fee: pool.feePips,
    recipient: await signer.getAddress(),
    deadline: NO_DEADLINE,
    amountIn: 2n ** 127n,
    amountOutMinimum: 0,
    sqrtPriceLimitX96: target,
  });
}

/** µUSD per whole base token, rounded down. */
export async function poolPriceMicroUsd(pool: SpotPool): Promise<bigint> {
  const [root] = (await pool.contract.getFunction("slot0")()) as [bigint];
  const one = 10n ** BigInt(pool.baseDecimals);
  return cashIsToken0(pool) ? (one << 192n) / root ** 2n : (one * root ** 2n) >> 192n;
}

export const cashIsToken0 = ({ cash, base }: Pick<SpotPool, "cash" | "base">): boolean => BigInt(cash) < BigInt(base);

/** The root of units of token1 per unit of token0, times 2^96. */
function sqrtPriceX96(pool: Pick<SpotPool, "cash" | "base" | "baseDecimals">, priceMicroUsd: bigint): bigint {
  const one = 10n ** BigInt(pool.baseDecimals);
  return squareRoot(cashIsToken0(pool) ? (one << 192n) / priceMicroUsd : (priceMicroUsd << 192n) / one);
}

async function approve(signer: Signer, { cash, base }: SpotPool, spender: string): Promise<void> {
  const owner = await signer.getAddress();
  for (const token of [cash, base].map((address) => deployedAt("TestToken", address, signer))) {
    if ((await token.getFunction("allowance")(owner, spender)) === 0n)
      await sent(token, "approve", spender, MaxUint256);
  }
}
