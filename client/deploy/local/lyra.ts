// Lyra v1 ("Avalon") on a local chain, from the code its package ships: the venue of option slots. Market, pricer,
// Greek cache, pool, tokens and hedger are the real contracts; the Synthetix behind them is Lyra's own test double.
import { MaxUint256, ZeroAddress, ZeroHash, encodeBytes32String } from "ethers";
import type { Contract, Signer } from "ethers";
import { TacitError } from "../../sdk/errors.ts";
import { contractArtifact, deployedAt, deploy, link, packageArtifact, sent } from "../artifacts.ts";
import type { ContractArtifact } from "../artifacts.ts";

/** What all option markets share. */
export interface Lyra {
  readonly synthetixAdapter: Contract;
  /** The test double: who holds spot prices, burns and mints what is exchanged. */
  readonly exchangeRates: Contract;
  readonly exchanger: Contract;
  readonly synthetix: Contract;
  readonly collateralShort: Contract;
  /** Libraries: the first prices options for anybody who calls it. */
  readonly blackScholes: Contract;
  readonly gwav: Contract;
  /** What options cost: a dollar of 18 decimals, its issuer, and where cash is changed for it. */
  readonly quote: Contract;
  readonly pegModule: Contract;
  readonly cash: string;
}

/** The options on one underlying. */
export interface OptionVenue {
  readonly lyra: Lyra;
  /** Synthetix's key of the underlying. */
  readonly key: string;
  readonly optionMarket: Contract;
  readonly pricer: Contract;
  readonly greekCache: Contract;
  readonly pool: Contract;
  readonly optionToken: Contract;
  readonly shortCollateral: Contract;
  readonly hedger: Contract;
}

/** Strikes that expire together. Ids are Lyra's. */
export interface OptionBoard {
  readonly boardId: bigint;
  /** In the order they were asked for. */
  readonly strikeIds: readonly bigint[];
}

/** Lyra's kinds of options. Shorts are backed by quote. */
export const OPTION = { longCall: 0, longPut: 1, shortCall: 3, shortPut: 4 } as const;

const ARTIFACTS = "@lyrafinance/protocol/dist/artifacts/contracts";
const QUOTE_KEY = encodeBytes32String("sUSD");
const HOUR = 3_600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MICRO = 10n ** 12n;
const RICH = 10n ** 36n;
/** Where Lyra's fees go that are not the pool's. */
const SECURITY_MODULE = "0x00000000000000000000000000000000000000fe";
/** Trades beyond this many contracts are left for the next time. */
const MOST_CONTRACTS = 10n ** 18n * 1_000n;

/** A decimal number as Lyra's 18-decimal integer. */
const e18 = (x: number): bigint => BigInt(Math.round(x * 1e9)) * 10n ** 9n;

// Lyra's own settings for its tests, but: no interest, since options here are priced off the spot; fees as its markets
// had them; trading until minutes before expiry and far from the money, so that a hedge can be traded when it is
// needed; and deposits that need not wait.
const MARKET_PARAMS = {
  maxBoardExpiry: 365 * DAY,
  securityModule: SECURITY_MODULE,
  feePortionReserved: e18(0.1),
  staticBaseSettlementFee: 0,
};
const POOL_PARAMS = {
  minDepositWithdraw: e18(1),
  depositDelay: 0,
  withdrawalDelay: 0,
  withdrawalFee: 0,
  liquidityCBThreshold: e18(0.01),
  liquidityCBTimeout: 0,
  ivVarianceCBThreshold: e18(0.1),
  skewVarianceCBThreshold: e18(0.35),
  ivVarianceCBTimeout: 0,
  skewVarianceCBTimeout: 0,
  guardianMultisig: ZeroAddress,
  guardianDelay: 0,
  boardSettlementCBTimeout: 0,
  maxFeePaid: e18(0.01),
};
const GREEK_CACHE_PARAMS = {
  maxStrikesPerBoard: 30,
  acceptableSpotPricePercentMove: e18(0.05),
  staleUpdateDuration: 3 * HOUR,
  varianceIvGWAVPeriod: DAY,
  varianceSkewGWAVPeriod: 3 * DAY,
  optionValueIvGWAVPeriod: DAY,
  optionValueSkewGWAVPeriod: 3 * DAY,
  gwavSkewFloor: e18(0.5),
  gwavSkewCap: e18(2),
  rateAndCarry: 0,
};
const MIN_COLLATERAL_PARAMS = {
  minStaticBaseCollateral: e18(0.2),
  minStaticQuoteCollateral: e18(200),
  shockVolA: e18(2.5),
  shockVolPointA: 2 * WEEK,
  shockVolB: e18(1.8),
  shockVolPointB: 8 * WEEK,
  callSpotPriceShock: e18(1.2),
  putSpotPriceShock: e18(0.8),
};
const FORCE_CLOSE_PARAMS = {
  ivGWAVPeriod: 12 * HOUR,
  skewGWAVPeriod: DAY,
  shortVolShock: e18(1.2),
  shortPostCutoffVolShock: e18(1.4),
  longVolShock: e18(0.8),
  longPostCutoffVolShock: e18(0.5),
  liquidateVolShock: e18(1.3),
  liquidatePostCutoffVolShock: e18(1.6),
  shortSpotMin: e18(0.01),
  liquidateSpotMin: e18(0.02),
};
const PRICING_PARAMS = {
  optionPriceFeeCoefficient: e18(0.01),
  optionPriceFee1xPoint: 6 * WEEK,
  optionPriceFee2xPoint: 16 * WEEK,
  spotPriceFeeCoefficient: e18(0.001),
  spotPriceFee1xPoint: 6 * WEEK,
  spotPriceFee2xPoint: 12 * WEEK,
  vegaFeeCoefficient: e18(100),
  standardSize: e18(50),
  skewAdjustmentFactor: e18(0.75),
};
const TRADE_LIMIT_PARAMS = {
  minDelta: e18(0.01),
  minForceCloseDelta: e18(0.25),
  tradingCutoff: 5 * 60,
  minBaseIV: e18(0.1),
  maxBaseIV: e18(5),
  minSkew: e18(0.3),
  maxSkew: e18(3),
  minVol: e18(0.1),
  maxVol: e18(5),
  absMinSkew: e18(0.1),
  absMaxSkew: e18(5),
  capSkewsToAbs: false,
};
const VARIANCE_FEE_PARAMS = {
  defaultVarianceFeeCoefficient: 0,
  forceCloseVarianceFeeCoefficient: 0,
  skewAdjustmentCoefficient: e18(3),
  referenceSkew: e18(1),
  minimumStaticSkewAdjustment: e18(1),
  vegaCoefficient: e18(0.01),
  minimumStaticVega: 0,
  ivVarianceCoefficient: e18(1.5),
  minimumStaticIvVariance: e18(1),
};
const PARTIAL_COLLATERAL_PARAMS = {
  penaltyRatio: e18(0.2),
  liquidatorFeeRatio: e18(0.4),
  smFeeRatio: e18(0.3),
  minLiquidationFee: e18(15),
};
const HEDGER_PARAMS = { interactionDelay: DAY, hedgeCap: MaxUint256 };

/** Deploys what all option markets share, with plenty of both sides in the peg module. The signer issues the quote. */
export async function deployLyra(signer: Signer, cash: string): Promise<Lyra> {
  const make = (name: string, ...args: unknown[]): Promise<Contract> => deploy(signer, lyraArtifact(name), ...args);
  const gwav = await make("libraries/GWAV");
  const blackScholes = await make("libraries/BlackScholes");
  const synthetixAdapter = await make("SynthetixAdapter");
  await sent(synthetixAdapter, "initialize");
  const quote = await make("test-helpers/TestERC20Fail", "Synthetic dollar", "sUSD");
  const exchanger = await make("test-helpers/TestExchanger");
  const exchangeRates = await make("test-helpers/TestExchangeRates");
  const resolver = await make("test-helpers/TestAddressResolver");
  const synthetix = await make("test-helpers/TestSynthetix");
  const collateralShort = await make("test-helpers/TestCollateralShort");
  const delegateApprovals = await make("test-helpers/TestDelegateApprovals");
  await sent(synthetix, "init", synthetixAdapter.target, quote.target, resolver.target);
  await sent(collateralShort, "init", synthetixAdapter.target, quote.target);
  const parts = {
    ProxySynthetix: synthetix,
    Exchanger: exchanger,
    ExchangeRates: exchangeRates,
    CollateralShort: collateralShort,
    DelegateApprovals: delegateApprovals,
  };
  await sent(
    resolver,
    "setAddresses",
    Object.keys(parts).map(encodeBytes32String),
    Object.values(parts).map(({ target }) => target),
  );
  for (const part of [synthetix, collateralShort]) await sent(quote, "permitMint", part.target, true);
  await sent(synthetixAdapter, "setAddressResolver", resolver.target);

  const pegModule = await deploy(signer, contractArtifact("PegModule"), cash, quote.target);
  await sent(quote, "mint", pegModule.target, RICH);
  await sent(deployedAt("TestToken", cash, signer), "mint", pegModule.target, RICH);
  return {
    synthetixAdapter,
    exchangeRates,
    exchanger,
    synthetix,
    collateralShort,
    blackScholes,
    gwav,
    quote,
    pegModule,
    cash,
  };
}

/** Opens a market of options on an underlying, without liquidity and without strikes. The signer becomes its owner. */
export async function createOptionVenue(
  lyra: Lyra,
  signer: Signer,
  terms: { symbol: string; priceMicroUsd: bigint },
): Promise<OptionVenue> {
  const { synthetixAdapter, quote } = lyra;
  const key = encodeBytes32String(`s${terms.symbol}`);
  const make = (name: string, ...args: unknown[]): Promise<Contract> => deploy(signer, lyraArtifact(name), ...args);
  const base = await make("test-helpers/TestERC20Fail", `Synthetic ${terms.symbol}`, `s${terms.symbol}`);
  const optionMarket = await make("OptionMarket");
  const pricer = await make("OptionMarketPricer");
  const libraries = { GWAV: String(lyra.gwav.target), BlackScholes: String(lyra.blackScholes.target) };
  const greekCache = await deploy(signer, link(lyraArtifact("OptionGreekCache"), libraries));
  const pool = await make("LiquidityPool");
  const poolToken = await make("LiquidityToken", `${terms.symbol} option pool`, `p${terms.symbol}`);
  const optionToken = await make("OptionToken", `${terms.symbol} options`, `o${terms.symbol}`);
  const shortCollateral = await make("ShortCollateral");
  const hedger = await make("ShortPoolHedger");

  for (const backend of [lyra.synthetix, lyra.collateralShort]) {
    await sent(base, "permitMint", backend.target, true);
    await sent(backend.connect(signer), "addBaseAsset", key, base.target, optionMarket.target);
  }
  const [sa, om, lp, gc, ph, sc, q, b] = [
    synthetixAdapter,
    optionMarket,
    pool,
    greekCache,
    hedger,
    shortCollateral,
    quote,
    base,
  ].map(({ target }) => target);
  await sent(optionMarket, "init", sa, lp, pricer.target, gc, sc, optionToken.target, q, b);
  await sent(optionMarket, "setOptionMarketParams", MARKET_PARAMS);
  await sent(pricer, "init", om, gc);
  await sent(greekCache, "init", sa, om, pricer.target);
  await sent(pool, "init", sa, om, poolToken.target, gc, ph, sc, q, b);
  await sent(poolToken, "init", lp);
  await sent(hedger, "init", sa, om, gc, lp, q, b);
  await sent(shortCollateral, "init", om, lp, optionToken.target, sa, q, b);
  await sent(optionToken, "init", om, gc, sc, sa);
  await sent(synthetixAdapter.connect(signer), "setGlobalsForContract", om, QUOTE_KEY, key, SECURITY_MODULE, ZeroHash);
  await sent(pool, "setLiquidityPoolParameters", POOL_PARAMS);
  await sent(hedger, "setPoolHedgerParams", HEDGER_PARAMS);
  await sent(hedger, "setShortBuffer", e18(2));
  await sent(greekCache, "setGreekCacheParameters", GREEK_CACHE_PARAMS);
  await sent(greekCache, "setMinCollateralParameters", MIN_COLLATERAL_PARAMS);
  await sent(greekCache, "setForceCloseParameters", FORCE_CLOSE_PARAMS);
  await sent(pricer, "setPricingParams", PRICING_PARAMS);
  await sent(pricer, "setTradeLimitParams", TRADE_LIMIT_PARAMS);
  await sent(pricer, "setVarianceFeeParams", VARIANCE_FEE_PARAMS);
  await sent(optionToken, "setPartialCollateralParams", PARTIAL_COLLATERAL_PARAMS);

  const venue = { lyra, key, optionMarket, pricer, greekCache, pool, optionToken, shortCollateral, hedger };
  await setSpot(signer, venue, terms.priceMicroUsd);
  return venue;
}

/** `LyraParts` of contracts/venues/LyraAdapter.sol. */
export const adapterParts = ({
  lyra,
  optionMarket,
  optionToken,
  greekCache,
  pricer,
  shortCollateral,
}: OptionVenue): Record<string, string> => {
  const { synthetixAdapter, blackScholes, quote, pegModule } = lyra;
  const parts = {
    optionMarket,
    optionToken,
    greekCache,
    pricer,
    shortCollateral,
    synthetixAdapter,
    blackScholes,
    quote,
    pegModule,
  };
  return Object.fromEntries(Object.entries(parts).map(([name, { target }]) => [name, String(target)]));
};

/** Changes the signer's cash into quote and lets the option market take it: before providing liquidity or trading. */
export async function fundQuote(
  signer: Signer,
  { lyra, optionMarket, pool }: OptionVenue,
  amountMicroUsd: bigint,
): Promise<void> {
  await sent(deployedAt("TestToken", lyra.cash, signer), "approve", lyra.pegModule.target, amountMicroUsd);
  await sent(lyra.pegModule.connect(signer), "toQuote", amountMicroUsd, await signer.getAddress());
  for (const spender of [optionMarket, pool])
    await sent(lyra.quote.connect(signer), "approve", spender.target, MaxUint256);
}

/** Gives the pool `amountMicroUsd` of the signer's cash: it takes the other side of every option, and hedges. */
export async function addOptionLiquidity(signer: Signer, venue: OptionVenue, amountMicroUsd: bigint): Promise<void> {
  const { pool, hedger } = venue;
  await fundQuote(signer, venue, amountMicroUsd);
  await refreshGreeks(signer, venue);
  await sent(pool.connect(signer), "initiateDeposit", await signer.getAddress(), amountMicroUsd * MICRO);
  // Needed where strikes are listed already: deposits then go into a queue.
  await sent(pool.connect(signer), "processDepositQueue", 10);
  if ((await hedger.getFunction("shortId")()) === 0n) await sent(hedger.connect(signer), "openShortAccount");
}

/**
 * Lists strikes that expire together; governance's of the option market.
 * @param terms.expiry seconds since 1970
 * @param terms.vols of a year, one for each strike: 0.8 is eighty per cent
 */
export async function createBoard(
  signer: Signer,
  { optionMarket }: OptionVenue,
  terms: { expiry: number; strikesMicroUsd: readonly bigint[]; vols: readonly number[] },
): Promise<OptionBoard> {
  const { expiry, strikesMicroUsd, vols } = terms;
  // A strike's vol is the board's times its skew.
  const boardVol = vols.reduce((sum, vol) => sum + vol, 0) / vols.length;
  const skews = vols.map((vol) => e18(vol / boardVol));
  const market = optionMarket.connect(signer) as Contract;
  const receipt = await sent(
    market,
    "createOptionBoard",
    expiry,
    e18(boardVol),
    strikesMicroUsd.map((strike) => strike * MICRO),
    skews,
    false,
  );
  for (const log of receipt.logs) {
    const event = market.interface.parseLog(log);
    if (event?.name !== "BoardCreated") continue;
    const boardId = event.args["boardId"] as bigint;
    return { boardId, strikeIds: [...((await market.getFunction("getBoardStrikes")(boardId)) as bigint[])] };
  }
  throw new TacitError("NO_BOARD", "the option market created no board");
}

/** Sets what the underlying is worth to the option market. The owner's of the test double. */
export async function setSpot(signer: Signer, venue: OptionVenue, priceMicroUsd: bigint): Promise<void> {
  await sent(venue.lyra.exchangeRates.connect(signer), "setRateAndInvalid", venue.key, priceMicroUsd * MICRO, false);
  await refreshGreeks(signer, venue);
}

/** Brings the cached Greeks of all strikes that have not expired up to date: anybody's. */
async function refreshGreeks(signer: Signer, { optionMarket, greekCache }: OptionVenue): Promise<void> {
  const now = (await signer.provider!.getBlock("latest"))!.timestamp;
  for (const boardId of (await optionMarket.getFunction("getLiveBoards")()) as bigint[]) {
    const { expiry } = (await optionMarket.getFunction("getOptionBoard")(boardId)) as { expiry: bigint };
    if (expiry > BigInt(now) + 60n) await sent(greekCache.connect(signer), "updateBoardCachedGreeks", boardId);
  }
}

/**
 * Opens options (18 decimals) for the signer, whatever they cost.
 * @param kind of `OPTION`
 * @param collateralMicroUsd of a short, its premium included
 * @returns the position's id
 */
export async function openOption(
  signer: Signer,
  { optionMarket }: OptionVenue,
  terms: { strikeId: bigint; kind: number; amount: bigint; collateralMicroUsd?: bigint },
): Promise<bigint> {
  const market = optionMarket.connect(signer) as Contract;
  const { strikeId, kind, amount, collateralMicroUsd = 0n } = terms;
  const receipt = await sent(
    market,
    "openPosition",
    tradeInput({ strikeId, positionId: 0n, kind, amount, collateral: collateralMicroUsd * MICRO }),
  );
  for (const log of receipt.logs) {
    const event = log.address === market.target ? market.interface.parseLog(log) : null;
    if (event?.name === "Trade") return event.args["positionId"] as bigint;
  }
  throw new TacitError("NO_POSITION", "the option market opened no position");
}

/** Closes a whole position of the signer, whatever it costs. */
export async function closeOption(
  signer: Signer,
  { optionMarket, optionToken }: OptionVenue,
  positionId: bigint,
): Promise<void> {
  const { strikeId, optionType, amount } = (await optionToken.getFunction("positions")(positionId)) as {
    strikeId: bigint;
    optionType: bigint;
    amount: bigint;
  };
  await sent(
    optionMarket.connect(signer),
    "closePosition",
    tradeInput({ strikeId, positionId, kind: Number(optionType), amount, collateral: 0n }),
  );
}

/** After expiry: settles a board and positions on it. Anybody's. */
export async function settleOptions(
  signer: Signer,
  { optionMarket, shortCollateral }: OptionVenue,
  boardId: bigint,
  positionIds: readonly bigint[],
): Promise<void> {
  await sent(optionMarket.connect(signer), "settleExpiredBoard", boardId);
  if (positionIds.length > 0) await sent(shortCollateral.connect(signer), "settleOptions", positionIds);
}

/** Vol of a strike, of a year, as the next trade starts from it. */
export async function strikeVol({ optionMarket }: OptionVenue, strikeId: bigint): Promise<number> {
  const [strike, board] = (await optionMarket.getFunction("getStrikeAndBoard")(strikeId)) as [
    { skew: bigint },
    { iv: bigint },
  ];
  return (Number(strike.skew) * Number(board.iv)) / 1e36;
}

/**
 * Trades calls of a strike until its vol stands at a target, or as far as 1,000 contracts go, or not at all where Lyra
 * takes no trades any more: an arbitrageur, or an attacker. Other strikes of the board move with it. The signer needs
 * quote (`fundQuote`); shorts are backed by three times the spot.
 * @returns where the vol stands
 */
export async function moveVol(signer: Signer, venue: OptionVenue, strikeId: bigint, vol: number): Promise<number> {
  const [strike, board] = (await venue.optionMarket.getFunction("getStrikeAndBoard")(strikeId)) as [
    { skew: bigint },
    { iv: bigint },
  ];
  const [skew, iv] = [Number(strike.skew) / 1e18, Number(board.iv) / 1e18];
  // Lyra: n·standardSize contracts move the board's vol by n points and the skew by `factor` times that.
  const { standardSize, skewAdjustmentFactor } = (await venue.pricer.getFunction("getPricingParams")()) as {
    standardSize: bigint;
    skewAdjustmentFactor: bigint;
  };
  const factor = Number(skewAdjustmentFactor) / 1e18;
  const middle = iv * factor + skew;
  const points = (100 * (Math.sqrt(middle ** 2 + 4 * factor * (vol - iv * skew)) - middle)) / (2 * factor);
  const wanted = (e18(Math.abs(points)) * standardSize) / 10n ** 18n;
  const amount = least(wanted, MOST_CONTRACTS);
  if (amount > 0n) await tradeCalls(signer, venue, strikeId, points > 0 ? amount : -amount);
  return strikeVol(venue, strikeId);
}

/** Buys (> 0) or sells calls, first out of what the signer has of the other side, as far as Lyra lets it. */
async function tradeCalls(
  signer: Signer,
  { lyra, optionMarket, optionToken }: OptionVenue,
  strikeId: bigint,
  change: bigint,
): Promise<void> {
  const market = optionMarket.connect(signer) as Contract;
  const spot = (await lyra.synthetixAdapter.getFunction("getSpotPriceForMarket")(optionMarket.target)) as bigint;
  type Position = { positionId: bigint; strikeId: bigint; optionType: bigint; amount: bigint };
  const positions = (await optionToken.getFunction("getOwnerPositions")(await signer.getAddress())) as Position[];
  const held = (kind: number): Position | undefined =>
    positions.find((position) => position.strikeId === strikeId && Number(position.optionType) === kind);
  const trade = async (
    name: "openPosition" | "closePosition",
    kind: number,
    amount: bigint,
    left: bigint,
  ): Promise<void> => {
    const collateral = kind === OPTION.shortCall && left > 0n ? (3n * spot * left) / 10n ** 18n + e18(1_000) : 0n;
    const input = tradeInput({ strikeId, positionId: held(kind)?.positionId ?? 0n, kind, amount, collateral });
    const taken = await market
      .getFunction(name)
      .staticCall(input)
      .then(
        () => true,
        () => false,
      );
    if (taken) await sent(market, name, input);
  };
  const size = change > 0n ? change : -change;
  const [same, other] = change > 0n ? [OPTION.longCall, OPTION.shortCall] : [OPTION.shortCall, OPTION.longCall];
  const closing = least(size, held(other)?.amount ?? 0n);
  if (closing > 0n) await trade("closePosition", other, closing, held(other)!.amount - closing);
  if (size > closing) await trade("openPosition", same, size - closing, (held(same)?.amount ?? 0n) + size - closing);
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const lyraArtifact = (path: string): ContractArtifact =>
  packageArtifact(`${ARTIFACTS}/${path}.sol/${path.split("/").at(-1)!}.json`);

const tradeInput = (terms: {
  strikeId: bigint;
  positionId: bigint;
  kind: number;
  amount: bigint;
  collateral: bigint;
}): Record<string, unknown> => ({
  strikeId: terms.strikeId,
  positionId: terms.positionId,
  iterations: 1,
  optionType: terms.kind,
  amount: terms.amount,
  setCollateralTo: terms.collateral,
  minTotalCost: 0,
  maxTotalCost: MaxUint256,
});
