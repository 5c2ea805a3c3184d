// Perps and options of a local market: Curie and Lyra with the market's adapters in front, liquidity, and whoever moves
// their prices.
import { ZeroAddress } from "ethers";
import type { BaseContract, Signer } from "ethers";
import { deployContract, sent } from "../artifacts.ts";
import type { Deployed } from "../artifacts.ts";
import { addPerpLiquidity, createPerp, deployCurie, depositMargin, movePerpPrice, refreshIndex } from "./curie.ts";
import type { Curie, Perp } from "./curie.ts";
import { SLOT_KINDS } from "../../sdk/deployment.ts";
import type { OptionSlot, PerpSlot, SlotInfo } from "../../sdk/deployment.ts";
import {
  adapterParts,
  addOptionLiquidity,
  createBoard,
  createOptionVenue,
  deployLyra,
  fundQuote,
  moveVol,
  setSpot,
} from "./lyra.ts";
import type { Lyra, OptionVenue } from "./lyra.ts";

/** A slot to be listed. */
export interface SlotPlan {
  slot: number;
  /**
   * The underlying's symbol, as in price data. A perp or option shares the feed of the underlying's spot slot, which it
   * needs.
   */
  symbol: string;
  /** Spot: smallest token units in one lot; perps and options: 1e-18 contracts. */
  lotSize: bigint;
  /** µUSD per whole token of the underlying. */
  priceMicroUsd: bigint;
  /** Lots. */
  orderCap: number;
  positionCap: number;
  threshold: number;
  inventoryCap: number;
  /** Whole tokens, or contracts, an epoch, where the price data has no volume. */
  assumedVolumeTokens: number;
}

export interface PerpPlan extends SlotPlan {
  /** Virtual µUSD on each side of the pool, within a factor 4 of the price. */
  poolDepthMicroUsd: bigint;
}

/** A series of options. */
export interface SeriesTerms {
  strikeMicroUsd: bigint;
  /** Chain time, seconds since 1970. */
  expiry: number;
  isCall: boolean;
  /** Volatility a year at which the series opens: 0.8 is eighty per cent. */
  vol: number;
}

export interface OptionPlan extends SlotPlan, SeriesTerms {
  /** µUSD in the pool that takes the other side; of the underlying's first plan. */
  poolMicroUsd: bigint;
}

/** `VenueRule` of contracts/interfaces/Types.sol. */
export interface VenueRule {
  clampBps: number;
  fundingBpsPerDay: number;
  epsilonBps: number;
  lowBps: number;
  targetBps: number;
  highBps: number;
  floorBps: number;
  capMicroUsd: bigint;
  tradeCapMicroUsd: bigint;
  disputeSeconds: number;
  toleranceBps: number;
}

/** A quarter of an account's equity may go before it is topped up, and another third before the venue liquidates. */
export const DEFAULT_VENUE_RULE: VenueRule = {
  clampBps: 500,
  fundingBpsPerDay: 200,
  epsilonBps: 100,
  lowBps: 15_000,
  targetBps: 20_000,
  highBps: 30_000,
  floorBps: 11_000,
  capMicroUsd: 50_000_000_000_000n,
  tradeCapMicroUsd: 50_000_000_000_000n,
  disputeSeconds: 60,
  toleranceBps: 100,
};

/** What the lists of perps and options need of the market they are listed in. */
export interface VenueHost {
  readonly desk: Deployed<"Desk">;
  readonly cash: Deployed<"TestToken">;
  readonly accessManager: Deployed<"Authority">;
  /** Price feed of an underlying. */
  feedOf(symbol: string): Deployed<"TestFeed">;
  readonly feedHeartbeatSeconds: number;
}

export interface LocalPerp {
  readonly curie: Curie;
  readonly perp: Perp;
}

export interface LocalOption {
  /** The underlying's symbol. */
  readonly symbol: string;
  readonly venue: OptionVenue;
  readonly adapter: Deployed<"LyraAdapter">;
  /** Lyra's id of the running series' strike. */
  readonly strikeId: bigint;
}

export interface LocalDerivatives {
  readonly perps: ReadonlyMap<number, LocalPerp>;
  /** By slot; changes when a slot is listed anew. */
  readonly options: Map<number, LocalOption>;
  readonly infos: ReadonlyMap<number, PerpSlot | OptionSlot>;
}

/**
 * How long Curie averages marks here, seconds: replayed hours pass in minutes, and with Curie's own half an hour a mark
 * would be that of the hour before.
 */
const AVERAGE_SECONDS = 120;
export const PERP_FEE_PIPS = 500;
/** What pools' prices may be off the feed when a batch is traded; whoever pushes them can have it. */
const FEE_ALLOWANCE_BPS = 5;
/** A perp's reference is an average over time, from which the pool's price strays further. */
const MARK_ALLOWANCE_BPS = 20;
/** In parts of the underlying's price: Lyra takes a tenth of a per cent of it, and one per cent of the premium. */
const OPTION_FEE_BPS = 50;
/** µUSD: margin of whoever makes the market at Curie and trades its prices straight. */
const MAKER_MICRO_USD = 1_000_000_000_000_000n;
const ARBITRAGE_QUOTE_MICRO_USD = 1_000_000_000_000n;
const STRIKE_PER_MICRO_USD = 10n ** 12n;

/** `Slot.feeBps` of a slot whose pool takes so many millionths. */
export const slotFeeBps = (poolFeePips: number, allowanceBps = FEE_ALLOWANCE_BPS): number =>
  Math.ceil(poolFeePips / 100) + allowanceBps;

export const PERP_FEE_BPS = slotFeeBps(PERP_FEE_PIPS, MARK_ALLOWANCE_BPS);

/** Deploys the venues that the plans need, lists their slots, and provides liquidity from the signer's cash. */
export async function listDerivatives(
  signer: Signer,
  host: VenueHost,
  { perps, options }: { perps: readonly PerpPlan[]; options: readonly OptionPlan[] },
): Promise<LocalDerivatives> {
  const infos = new Map<number, PerpSlot | OptionSlot>();
  const localPerps = new Map<number, LocalPerp>();
  const localOptions = new Map<number, LocalOption>();
  const { desk, cash, accessManager } = host;

  if (perps.length > 0) {
    const curie = await deployCurie(signer, String(cash.target), AVERAGE_SECONDS);
    const adapter = await deployContract(
      signer,
      "CurieAdapter",
      accessManager.target,
      desk.target,
      cash.target,
      curie.clearingHouse.target,
    );
    await depositMargin(curie, signer, MAKER_MICRO_USD);
    for (const plan of perps) {
      const { slot, symbol, lotSize, priceMicroUsd, poolDepthMicroUsd } = plan;
      const perp = await createPerp(curie, signer, {
        symbol,
        feed: String(host.feedOf(symbol).target),
        priceMicroUsd,
        feePips: PERP_FEE_PIPS,
      });
      await addPerpLiquidity(curie, signer, perp, poolDepthMicroUsd);
      await sent(adapter, "list", slot, perp.baseToken.target, lotSize);
      await listSlot(host, adapter, plan, "perp", { strike: 0, expiry: 0, isCall: false, feeBps: PERP_FEE_BPS });
      localPerps.set(slot, { curie, perp });
      infos.set(slot, { ...baseInfo(host, adapter, plan), kind: "perp", baseToken: String(perp.baseToken.target) });
    }
  }

  const bySymbol = Map.groupBy(options, ({ symbol }) => symbol);
  const lyra: Lyra | undefined = options.length > 0 ? await deployLyra(signer, String(cash.target)) : undefined;
  for (const [symbol, plans] of bySymbol) {
    const [{ priceMicroUsd, poolMicroUsd }] = plans as [OptionPlan, ...OptionPlan[]];
    const venue = await createOptionVenue(lyra!, signer, { symbol, priceMicroUsd });
    await addOptionLiquidity(signer, venue, poolMicroUsd);
    await fundQuote(signer, venue, ARBITRAGE_QUOTE_MICRO_USD);
    const adapter = await deployContract(
      signer,
      "LyraAdapter",
      accessManager.target,
      desk.target,
      cash.target,
      adapterParts(venue),
      AVERAGE_SECONDS,
    );
    for (const plan of plans) {
      localOptions.set(plan.slot, await openSeries(signer, { symbol, venue, adapter }, plan));
      const { strikeMicroUsd, expiry, isCall } = plan;
      const terms = { strike: strikeOf(plan), expiry, isCall, feeBps: OPTION_FEE_BPS };
      await listSlot(host, adapter, plan, "option", terms);
      infos.set(plan.slot, {
        ...baseInfo(host, adapter, plan),
        kind: "option",
        optionMarket: String(venue.optionMarket.target),
        strikeMicroUsd: strikeMicroUsd.toString(),
        expiry,
        isCall,
      });
    }
  }
  return { perps: localPerps, options: localOptions, infos };
}

/** Lists the next series in a slot whose last one has ended: other strike and expiry, everything else alike. */
export async function renewSeries(
  signer: Signer,
  { desk }: Pick<VenueHost, "desk">,
  last: LocalOption,
  plan: Pick<SlotPlan, "slot" | "lotSize"> & SeriesTerms,
): Promise<LocalOption> {
  const next = await openSeries(signer, last, plan);
  await sent(desk, "renew", plan.slot, strikeOf(plan), plan.expiry);
  return next;
}

/** A series on a board of its own at Lyra. */
async function openSeries(
  signer: Signer,
  { symbol, venue, adapter }: Omit<LocalOption, "strikeId">,
  { slot, strikeMicroUsd, expiry, isCall, lotSize, vol }: Pick<SlotPlan, "slot" | "lotSize"> & SeriesTerms,
): Promise<LocalOption> {
  const { strikeIds } = await createBoard(signer, venue, { expiry, strikesMicroUsd: [strikeMicroUsd], vols: [vol] });
  const strikeId = strikeIds[0]!;
  await sent(adapter, "list", slot, strikeId, isCall, lotSize);
  return { symbol, venue, adapter, strikeId };
}

const strikeOf = ({ strikeMicroUsd }: SeriesTerms): bigint => strikeMicroUsd * STRIKE_PER_MICRO_USD;

/** What arbitrageurs believe, besides the feeds, which must say so already. */
export interface FairPrices {
  /** µUSD per token. */
  spotMicroUsd(symbol: string): bigint;
  perpMicroUsd(symbol: string): bigint;
  /** Volatility a year; none for a series that has expired. */
  vol(slot: OptionSlot): number | undefined;
}

/**
 * Arbitrageurs at Curie and Lyra: perps are traded to their price, ten per cent at most as Curie has it, and options to
 * their vol; Lyra learns the spot price.
 * @param slots as they are listed now
 */
export async function arbitrage(
  signer: Signer,
  { perps, options }: LocalDerivatives,
  slots: readonly (SlotInfo | null)[],
  fair: FairPrices,
): Promise<void> {
  for (const [slot, { curie, perp }] of perps) {
    await refreshIndex(signer, perp);
    if (slots[slot]) await movePerpPrice(curie, signer, perp, fair.perpMicroUsd(slots[slot].symbol));
  }
  const told = new Set<OptionVenue>();
  for (const [slot, { venue, symbol, strikeId }] of options) {
    if (!told.has(venue)) await setSpot(signer, venue, fair.spotMicroUsd(symbol));
    told.add(venue);
    const info = slots[slot];
    const vol = info?.kind === "option" ? fair.vol(info) : undefined;
    if (vol !== undefined) await moveVol(signer, venue, strikeId, vol);
  }
}

async function listSlot(
  { desk, feedOf, feedHeartbeatSeconds }: VenueHost,
  adapter: BaseContract,
  plan: SlotPlan,
  kind: SlotInfo["kind"],
  terms: { strike: bigint | number; expiry: number; isCall: boolean; feeBps: number },
): Promise<void> {
  const { slot, symbol, lotSize, orderCap, positionCap, threshold, inventoryCap } = plan;
  await sent(desk, "setVenueRule", slot, DEFAULT_VENUE_RULE);
  await sent(desk, "list", slot, {
    kind: SLOT_KINDS.indexOf(kind) + 1,
    adapter: adapter.target,
    token: ZeroAddress,
    feed: feedOf(symbol).target,
    feedHeartbeat: feedHeartbeatSeconds,
    scaleDecimals: 0,
    lotSize,
    ...terms,
    orderCap,
    positionCap,
    threshold,
    inventoryCap,
  });
}

const baseInfo = (
  { feedOf }: VenueHost,
  adapter: BaseContract,
  { symbol, lotSize, orderCap, positionCap, assumedVolumeTokens }: SlotPlan,
) => ({
  symbol,
  lotSize: lotSize.toString(),
  orderCap,
  positionCap,
  assumedVolumeTokens,
  feed: String(feedOf(symbol).target),
  adapter: String(adapter.target),
});
