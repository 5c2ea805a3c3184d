// Perpetual Protocol v2 ("Curie") on a local chain, from the code its packages ship: the venue of perp slots.
import { Contract, MaxUint256, ZeroHash } from "ethers";
import type { JsonRpcApiProvider, Signer } from "ethers";
import { deployedAt, deploy, packageArtifact, sent } from "../artifacts.ts";
import type { ContractArtifact } from "../artifacts.ts";
import { squareRoot } from "../../../prover/index.ts";

/** One system for all underlyings. Accounts at it are addresses; collateral is cash (six decimals). */
export interface Curie {
  readonly clearingHouse: Contract;
  readonly vault: Contract;
  readonly accountBalance: Contract;
  readonly exchange: Contract;
  readonly marketRegistry: Contract;
  readonly config: Contract;
  readonly quoteToken: Contract;
  readonly uniswapFactory: Contract;
  /** Cash, and how long its prices are averaged, seconds. */
  readonly cash: string;
  readonly twapSeconds: number;
}

/** The perp of one underlying: its base token names it everywhere at Curie. */
export interface Perp {
  readonly baseToken: Contract;
  /** Uniswap v3 pool of the virtual base token (token0) and the virtual quote token, both of 18 decimals. */
  readonly pool: Contract;
  /** Where Curie reads the index. */
  readonly priceFeed: Contract;
  /** Fee in millionths. */
  readonly feePips: number;
}

const ARTIFACTS = "@perp/curie-contract/artifacts/contracts";
const ORACLES = "@perp/perp-oracle-contract/artifacts/contracts";
const UNISWAP = "@uniswap/v3-core/artifacts/contracts";
const NO_DEADLINE = MaxUint256;
/** Curie refuses to go further than 1,000 ticks (ten per cent) from where a pool stood 15 seconds ago. */
const MOST_TICKS = 950;
/** Prices a pool must remember for the averages, and how many fit into a block beside other transactions. */
const OBSERVATIONS = 500;
const OBSERVATIONS_A_STEP = 100;
const FEED_TIMEOUT_SECONDS = 3_600;
const MICRO = 10n ** 12n;

/**
 * Deploys the system with its own default margins (10 % initial, 6.25 % maintenance).
 * @param cash the settlement token
 * @param twapSeconds averaging time of marks and funding; Curie's own is 1,800
 */
export async function deployCurie(signer: Signer, cash: string, twapSeconds = 1_800): Promise<Curie> {
  const make = (name: string): Promise<Contract> => deploy(signer, curieArtifact(name));
  const uniswapFactory = await deploy(signer, packageArtifact(`${UNISWAP}/UniswapV3Factory.sol/UniswapV3Factory.json`));
  const quoteToken = await make("QuoteToken");
  await sent(quoteToken, "initialize", "Virtual dollar", "vUSD");
  const config = await make("ClearingHouseConfig");
  await sent(config, "initialize");
  await sent(config, "setSettlementTokenBalanceCap", MaxUint256);
  for (const interval of ["setTwapInterval", "setMarkPriceMarketTwapInterval", "setMarkPricePremiumInterval"]) {
    await sent(config, interval, twapSeconds);
  }
  const marketRegistry = await make("MarketRegistry");
  await sent(marketRegistry, "initialize", uniswapFactory.target, quoteToken.target);
  const orderBook = await make("OrderBook");
  await sent(orderBook, "initialize", marketRegistry.target);
  const accountBalance = await make("AccountBalance");
  await sent(accountBalance, "initialize", config.target, orderBook.target);
  const exchange = await make("Exchange");
  await sent(exchange, "initialize", marketRegistry.target, orderBook.target, config.target);
  await sent(exchange, "setAccountBalance", accountBalance.target);
  await sent(orderBook, "setExchange", exchange.target);
  const insuranceFund = await make("InsuranceFund");
  await sent(insuranceFund, "initialize", cash);
  const vault = await make("Vault");
  await sent(vault, "initialize", insuranceFund.target, config.target, accountBalance.target, exchange.target);
  await sent(insuranceFund, "setVault", vault.target);
  await sent(accountBalance, "setVault", vault.target);
  const collateralManager = await make("CollateralManager");
  // Only collateral other than cash is governed by these.
  await sent(
    collateralManager,
    "initialize",
    config.target,
    vault.target,
    5,
    750_000,
    500_000,
    2_000,
    30_000,
    10_000_000_000n,
    500_000_000n,
  );
  await sent(vault, "setCollateralManager", collateralManager.target);
  const clearingHouse = await make("ClearingHouse");
  await sent(
    clearingHouse,
    "initialize",
    config.target,
    vault.target,
    quoteToken.target,
    uniswapFactory.target,
    exchange.target,
    accountBalance.target,
    insuranceFund.target,
  );
  for (const part of [marketRegistry, orderBook, exchange, accountBalance, vault])
    await sent(part, "setClearingHouse", clearingHouse.target);
  await sent(quoteToken, "mintMaximumTo", clearingHouse.target);
  await sent(quoteToken, "addWhitelist", clearingHouse.target);
  return {
    clearingHouse,
    vault,
    accountBalance,
    exchange,
    marketRegistry,
    config,
    quoteToken,
    uniswapFactory,
    cash,
    twapSeconds,
  };
}

/**
 * Opens the perp of an underlying, without liquidity. Moves the chain's clock on by the averaging time: until a pool
 * has been there so long, Curie has no mark ("OLD").
 * @param terms.feed AggregatorV3Interface of the index; its updates must have different timestamps
 * @param terms.feePips a fee tier of Uniswap v3, charged by Curie itself
 */
export async function createPerp(
  curie: Curie,
  signer: Signer,
  terms: { symbol: string; feed: string; priceMicroUsd: bigint; feePips: number },
): Promise<Perp> {
  const { symbol, feed, priceMicroUsd, feePips } = terms;
  const chainlink = await deploy(
    signer,
    oracleArtifact("ChainlinkPriceFeedV3"),
    feed,
    FEED_TIMEOUT_SECONDS,
    curie.twapSeconds,
  );
  const priceFeed = await deploy(signer, oracleArtifact("PriceFeedDispatcher"), chainlink.target);
  await sent(priceFeed, "dispatchPrice", 0);
  // Curie takes the base token for token0.
  let baseToken: Contract;
  do baseToken = await deploy(signer, curieArtifact("BaseToken"));
  while (BigInt(baseToken.target as string) >= BigInt(curie.quoteToken.target as string));
  await sent(baseToken, "initialize", `Virtual ${symbol}`, `v${symbol}`, priceFeed.target);

  await sent(curie.uniswapFactory.connect(signer), "createPool", baseToken.target, curie.quoteToken.target, feePips);
  const address = (await curie.uniswapFactory.getFunction("getPool")(
    baseToken.target,
    curie.quoteToken.target,
    feePips,
  )) as string;
  const pool = new Contract(address, packageArtifact(`${UNISWAP}/UniswapV3Pool.sol/UniswapV3Pool.json`).abi, signer);
  await sent(baseToken, "mintMaximumTo", curie.clearingHouse.target);
  for (const holder of [curie.clearingHouse.target, address]) await sent(baseToken, "addWhitelist", holder);
  await sent(curie.quoteToken.connect(signer), "addWhitelist", address);
  await sent(pool, "initialize", sqrtPriceX96(priceMicroUsd));
  for (let grown = OBSERVATIONS_A_STEP; grown <= OBSERVATIONS; grown += OBSERVATIONS_A_STEP) {
    await sent(pool, "increaseObservationCardinalityNext", grown);
  }
  await sent(curie.marketRegistry.connect(signer), "addPool", baseToken.target, feePips);
  await sent(curie.exchange.connect(signer), "setMaxTickCrossedWithinBlock", baseToken.target, 1_000);
  await pass(signer, curie.twapSeconds);
  return { baseToken, pool, priceFeed, feePips };
}

/** Puts the signer's cash into its account: before providing liquidity or trading. */
export async function depositMargin(curie: Curie, signer: Signer, amountMicroUsd: bigint): Promise<void> {
  await sent(deployedAt("TestToken", curie.cash, signer), "approve", curie.vault.target, amountMicroUsd);
  await sent(curie.vault.connect(signer), "deposit", curie.cash, amountMicroUsd);
}

/**
 * Adds liquidity around the present price on the signer's margin: `quoteMicroUsd` of virtual dollars and about as much
 * worth of the base token.
 * @param range how far down and up, as a factor > 1 on the price
 */
export async function addPerpLiquidity(
  curie: Curie,
  signer: Signer,
  perp: Perp,
  quoteMicroUsd: bigint,
  range = 4,
): Promise<void> {
  const [, tick] = (await perp.pool.getFunction("slot0")()) as [bigint, bigint];
  const spacing = Number(await perp.pool.getFunction("tickSpacing")());
  const align = (t: number): number => Math.round(t / spacing) * spacing;
  const width = Math.log(range) / Math.log(1.0001);
  await sent(curie.clearingHouse.connect(signer), "addLiquidity", {
    baseToken: perp.baseToken.target,
    base: (quoteMicroUsd * MICRO * 10n ** 6n) / (await perpPriceMicroUsd(perp)),
    quote: quoteMicroUsd * MICRO,
    lowerTick: align(Number(tick) - width),
    upperTick: align(Number(tick) + width),
    minBase: 0,
    minQuote: 0,
    useTakerBalance: false,
    deadline: NO_DEADLINE,
  });
}

/**
 * Trades on the signer's margin until the perp stands at a price, or as near to it as Curie lets it go at once (ten per
 * cent a quarter of a minute, and no further than ten per cent from the index): an arbitrageur, or an attacker.
 * @returns where it stands, µUSD
 */
export async function movePerpPrice(curie: Curie, signer: Signer, perp: Perp, priceMicroUsd: bigint): Promise<bigint> {
  const [now, tick] = (await perp.pool.getFunction("slot0")()) as [bigint, bigint];
  const furthest = (direction: 1 | -1): bigint =>
    BigInt(Math.floor(1.0001 ** ((Number(tick) + direction * MOST_TICKS) / 2) * 2 ** 48)) << 48n;
  const wanted = sqrtPriceX96(priceMicroUsd);
  const target = wanted < furthest(-1) ? furthest(-1) : wanted > furthest(1) ? furthest(1) : wanted;
  if (target !== now)
    await openPosition(curie, signer, perp, {
      sells: target < now,
      exactInput: true,
      amount: 2n ** 100n,
      sqrtPriceLimitX96: target,
    });
  return perpPriceMicroUsd(perp);
}

/** Trades base tokens (18 decimals) on the signer's margin, whatever the price; negative sells. */
export const tradePerp = (curie: Curie, signer: Signer, perp: Perp, size: bigint): Promise<void> =>
  openPosition(curie, signer, perp, {
    sells: size < 0n,
    exactInput: size < 0n,
    amount: size < 0n ? -size : size,
    sqrtPriceLimitX96: 0n,
  });

/** Lets Curie note the feed's price, for its averages. Its trades do so too. */
export async function refreshIndex(signer: Signer, perp: Perp): Promise<void> {
  await sent(perp.priceFeed.connect(signer), "dispatchPrice", 0);
}

/** µUSD per whole base token, rounded down. */
export async function perpPriceMicroUsd(perp: Pick<Perp, "pool">): Promise<bigint> {
  const [root] = (await perp.pool.getFunction("slot0")()) as [bigint];
  return (root ** 2n * 10n ** 6n) >> 192n;
}

async function openPosition(
  curie: Curie,
  signer: Signer,
  perp: Perp,
  {
    sells,
    exactInput,
    amount,
    sqrtPriceLimitX96,
  }: { sells: boolean; exactInput: boolean; amount: bigint; sqrtPriceLimitX96: bigint },
): Promise<void> {
  await sent(curie.clearingHouse.connect(signer), "openPosition", {
    baseToken: perp.baseToken.target,
    isBaseToQuote: sells,
    isExactInput: exactInput,
    amount,
    oppositeAmountBound: 0,
    deadline: NO_DEADLINE,
    sqrtPriceLimitX96,
    referralCode: ZeroHash,
  });
}

const curieArtifact = (name: string): ContractArtifact => packageArtifact(`${ARTIFACTS}/${name}.sol/${name}.json`);
const oracleArtifact = (name: string): ContractArtifact => packageArtifact(`${ORACLES}/${name}.sol/${name}.json`);
const sqrtPriceX96 = (priceMicroUsd: bigint): bigint => squareRoot((priceMicroUsd << 192n) / 10n ** 6n);

/** Moves the clock of a local chain on. */
async function pass(signer: Signer, seconds: number): Promise<void> {
  const provider = signer.provider as JsonRpcApiProvider;
  await provider.send("evm_increaseTime", [seconds]);
  await provider.send("evm_mine", []);
}
