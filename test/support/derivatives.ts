import hre from "hardhat";
import type { Signer } from "ethers";
import { contractArtifact, deploy, link } from "../../client/deploy/artifacts.ts";
import { deployLibraries, storeWords } from "../../client/deploy/market.ts";
import { profiles } from "../../prover/format/profile.ts";
import { snapshotWords } from "../../prover/format/transcript.ts";
import type { Snapshot } from "../../prover/format/transcript.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { LOT, SLOT_KIND, spotSnapshot, USD } from "./market.ts";

/**
 * The market's table with a perp in slot 0 and an option in slot 1 at a scripted venue, without epochs and proofs: the
 * test hands in nets, and keeps the books of the vaults behind them itself.
 */
export const PERP = 0;
export const OPTION = 1;
/** The first prices of a lot of the underlying and of the option. */
export const FEED = 10n * USD;
export const PREMIUM = USD / 2n;
export const DAY = 86_400;

export const VENUE_RULE = {
  clampBps: 500n,
  fundingBpsPerDay: 100n,
  epsilonBps: 50n,
  lowBps: 12_000n,
  targetBps: 20_000n,
  highBps: 30_000n,
  floorBps: 11_000n,
  capMicroUsd: 1_000_000n * USD,
  tradeCapMicroUsd: 1_000_000n * USD,
  disputeSeconds: 3_600n,
  toleranceBps: 100n,
};
export const FAULT = { none: 0, silent: 1, loud: 2, eatGas: 3, bomb: 4, zero: 5, absurd: 6 } as const;

const profile = profiles.small;

/** What a snapshot says of perp and option; the other two slots are spot, or unused. */
export interface Quotes {
  unlisted?: readonly number[];
  mark?: bigint;
  value?: bigint;
  /** Dollar delta of the option. */
  delta?: bigint;
  liquidity?: readonly [bigint, bigint];
  slipBps?: bigint;
  carryIndex?: bigint;
}

export function derivativeSnapshot({
  mark = FEED,
  value = PREMIUM,
  delta = FEED / 2n,
  liquidity = [10_000n, 10_000n],
  slipBps = 1_000n,
  carryIndex = 0n,
  unlisted = [2, 3],
}: Quotes = {}): Snapshot {
  const rest = spotSnapshot(profile.slots, profile.scenarios, { unlisted: [PERP, OPTION, ...unlisted] });
  const slip = microUsd((mark * slipBps) / 10_000n);
  const terms = { notional: microUsd(mark), slip, positionCap: lots(1_000_000n) };
  const quoted = [
    {
      ...terms,
      value: microUsd(0n),
      delta: microUsd(mark),
      carryIndex: microUsd(carryIndex),
      liquidity: lots(liquidity[PERP]),
    },
    { ...terms, value: microUsd(value), delta: microUsd(delta), liquidity: lots(liquidity[OPTION]) },
  ];
  return {
    ...rest,
    slots: rest.slots.map((slot, i) => (i > OPTION || unlisted.includes(i) ? slot : { ...slot, ...quoted[i] })),
    mayBeShort: rest.mayBeShort.map((_, i) => i === PERP && !unlisted.includes(PERP)),
  };
}

/** Terms of a perp, or of a call at the money that expires in a week. */
export const derivativeTerms = (world: { venue: any; feed: any }, kind: number, changes: object = {}) => ({
  kind,
  adapter: world.venue.target as string,
  token: "0x0000000000000000000000000000000000000000",
  feed: world.feed.target as string,
  feedHeartbeat: 1_000 * DAY,
  scaleDecimals: 0,
  lotSize: LOT,
  strike: 0n,
  expiry: 0n,
  isCall: false,
  orderCap: 10_000n,
  positionCap: 1_000_000n,
  threshold: 0n,
  inventoryCap: 0n,
  feeBps: 30n,
  ...changes,
});

export async function deployTable({
  terms = {},
  rule = {},
  cashMicroUsd = 1_000_000n * USD,
}: {
  terms?: object;
  rule?: object;
  cashMicroUsd?: bigint;
} = {}) {
  const { ethers, networkHelpers } = await hre.network.create();
  const [governor, thief] = await ethers.getSigners();
  const cash: any = await deploy(governor!, contractArtifact("TestToken"), "Dollar", "USD", 6);
  const tradeTerms = {
    cash: cash.target,
    snapshot: ethers.ZeroAddress,
    rowWords: profile.rowWords,
    epsilonBps: 50,
    kappaBps: 1_000,
  };
  const table: any = await deploy(
    governor!,
    link(contractArtifact("TableHarness"), await deployLibraries(governor!)),
    tradeTerms,
  );
  await cash.mint(table.target, cashMicroUsd);
  const bare = { ethers, networkHelpers, time: networkHelpers.time, cash, table, thief: thief!, governor: governor! };
  const world = { ...bare, ...(await listPerpAndOption(bare, table, { terms, rule })) };
  await open(world);
  return world;
}

export type TableWorld = Awaited<ReturnType<typeof deployTable>>;

/** Lists the perp and the option at a scripted venue with plenty of cash. @param at a market, or a table */
export async function listPerpAndOption(
  { governor, cash, time }: { governor: Signer; cash: any; time: any },
  at: any,
  { terms = {}, rule = {} }: { terms?: object; rule?: object } = {},
): Promise<{ feed: any; venue: any }> {
  const feed = await deploy(governor, contractArtifact("TestFeed"), 8, FEED * 100n);
  const venue: any = await deploy(governor, contractArtifact("ScriptedDerivatives"), cash.target);
  await cash.mint(venue.target, 10n ** 9n * USD);
  for (const i of [PERP, OPTION]) await at.setVenueRule(i, { ...VENUE_RULE, ...rule });
  await venue.setPrice(PERP, FEED);
  await venue.setMargin(PERP, 1_000n, 500n);
  await venue.setPrice(OPTION, PREMIUM);
  await at.list(PERP, derivativeTerms({ feed, venue }, SLOT_KIND.perp, terms));
  await at.list(OPTION, await callTerms({ feed, venue, time }, terms));
  return { feed, venue };
}

/** A call struck at the money that expires in a week. */
export const callTerms = async (world: { venue: any; feed: any; time: any }, changes: object = {}) =>
  derivativeTerms(world, SLOT_KIND.option, {
    strike: 10n * LOT,
    expiry: BigInt(await world.time.latest()) + BigInt(7 * DAY),
    isCall: true,
    ...changes,
  });

/** What the oracle does: a checkpoint, then a snapshot. */
export async function open(
  { table, governor }: Pick<TableWorld, "table" | "governor">,
  quotes: Quotes = {},
): Promise<void> {
  await (await table.checkpoint()).wait();
  await (
    await table.setSnapshot(await storeWords(governor, snapshotWords(profile, derivativeSnapshot(quotes))))
  ).wait();
}

export const setFeed = ({ feed }: Pick<TableWorld, "feed">, microUsdPerLot: bigint): Promise<unknown> =>
  feed.updateAnswer(microUsdPerLot * 100n);
