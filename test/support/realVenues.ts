import hre from "hardhat";
import { contractArtifact, deploy, link } from "../../client/deploy/artifacts.ts";
import {
  addPerpLiquidity,
  createPerp,
  deployCurie,
  depositMargin,
  movePerpPrice,
  refreshIndex,
} from "../../client/deploy/local/curie.ts";
import {
  adapterParts,
  addOptionLiquidity,
  createBoard,
  createOptionVenue,
  deployLyra,
  setSpot,
} from "../../client/deploy/local/lyra.ts";
import { deployLibraries, storeWords } from "../../client/deploy/market.ts";
import { profiles } from "../../prover/format/profile.ts";
import { snapshotWords } from "../../prover/format/transcript.ts";
import { DAY, derivativeSnapshot, derivativeTerms, OPTION, PERP, VENUE_RULE } from "./derivatives.ts";
import { SLOT_KIND, USD } from "./market.ts";

/** A lot is a hundredth of an ETH of $2,000: $20. */
const LOT_SIZE = 10n ** 16n;
export const ETH = 2_000n * USD;
export const START = 1_000_000n * USD;
/** Millionths, of Curie. */
export const PERP_FEE_PIPS = 500;

/**
 * The market's table with an ETH perp at the real Curie in slot 0, and a call at the money for thirty days at the real
 * Lyra in slot 1; nets are handed in as if they had been opened.
 */
export async function deployRealTable(feeBps = 30n, feedHeartbeat = 1_000 * DAY) {
  const { ethers, networkHelpers } = await hre.network.create();
  const { time } = networkHelpers;
  const [governor, maker, attacker] = (await ethers.getSigners()) as any[];
  const named = (name: string, ...args: unknown[]): Promise<any> => deploy(governor, contractArtifact(name), ...args);
  const cash = await named("TestToken", "Test dollar", "tUSD", 6);
  const feed = await named("TestFeed", 8, ETH * 100n);
  const manager = await named("AccessManager", governor.address);
  const terms = {
    cash: cash.target,
    snapshot: ethers.ZeroAddress,
    rowWords: profiles.small.rowWords,
    epsilonBps: 50,
    kappaBps: 1_000,
  };
  const table: any = await deploy(
    governor,
    link(contractArtifact("TableHarness"), await deployLibraries(governor)),
    terms,
  );
  await cash.mint(table.target, START);
  for (const { address } of [maker, attacker]) await cash.mint(address, 200_000_000n * USD);

  const curie = await deployCurie(governor, cash.target);
  const perp = await createPerp(curie, governor, {
    symbol: "ETH",
    feed: feed.target,
    priceMicroUsd: ETH,
    feePips: PERP_FEE_PIPS,
  });
  await depositMargin(curie, maker, 50_000_000n * USD);
  await addPerpLiquidity(curie, maker, perp, 5_000_000n * USD);
  const perps = await named("CurieAdapter", manager.target, table.target, cash.target, curie.clearingHouse.target);
  await perps.list(PERP, perp.baseToken.target, LOT_SIZE);

  const lyra = await createOptionVenue(await deployLyra(governor, cash.target), governor, {
    symbol: "ETH",
    priceMicroUsd: ETH,
  });
  await addOptionLiquidity(maker, lyra, 5_000_000n * USD);
  const expiry = (await time.latest()) + 30 * DAY;
  const { strikeIds } = await createBoard(governor, lyra, { expiry, strikesMicroUsd: [ETH], vols: [0.8] });
  const options = await named("LyraAdapter", manager.target, table.target, cash.target, adapterParts(lyra), 3_600);
  await options.list(OPTION, strikeIds[0], true, LOT_SIZE);

  for (const i of [PERP, OPTION]) await table.setVenueRule(i, { ...VENUE_RULE, clampBps: 1_000n, epsilonBps: 100n });
  await table.list(
    PERP,
    derivativeTerms({ venue: perps, feed }, SLOT_KIND.perp, { lotSize: LOT_SIZE, feeBps, feedHeartbeat }),
  );
  await table.list(
    OPTION,
    derivativeTerms({ venue: options, feed }, SLOT_KIND.option, {
      lotSize: LOT_SIZE,
      strike: 2_000n * 10n ** 18n,
      expiry: BigInt(expiry),
      isCall: true,
      feeBps,
      feedHeartbeat,
    }),
  );

  return {
    ethers,
    networkHelpers,
    time,
    governor,
    maker,
    attacker,
    table,
    cash,
    feed,
    curie,
    perp,
    perps,
    lyra,
    options,
    expiry,
    strikeId: strikeIds[0]!,
    /**
     * What the oracle does: a checkpoint, then a snapshot of the venues' marks.
     * @returns the option's value, µUSD a lot
     */
    async open(slipBps = 500n): Promise<bigint> {
      await (await table.checkpoint()).wait();
      const value: bigint = await options.markMicroUsd(OPTION);
      const mark = BigInt((await table.venue(PERP))[1].markMicroUsd);
      const words = snapshotWords(
        profiles.small,
        derivativeSnapshot({ mark, value, delta: (mark * 55n) / 100n, slipBps }),
      );
      await (await table.setSnapshot(await storeWords(governor, words))).wait();
      return value;
    },
    /** The underlying goes to a price, and half an hour later everybody has noticed. */
    async price(dollars: bigint): Promise<void> {
      await time.increase(60);
      await feed.updateAnswer(dollars * 10n ** 8n);
      await refreshIndex(maker, perp);
      await movePerpPrice(curie, maker, perp, dollars * USD);
      await setSpot(governor, lyra, dollars * USD);
      await time.increase(1_900);
      await refreshIndex(maker, perp);
    },
  };
}

export type RealTable = Awaited<ReturnType<typeof deployRealTable>>;
