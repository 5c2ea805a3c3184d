import { deployedAt } from "../../client/deploy/artifacts.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { BLOCK_LOTS } from "../../prover/index.ts";
import type { GroupOpening } from "../../prover/index.ts";
import type { WholeMarket } from "../../test/support/wholeMarket.ts";
import { arenasAtRest, requireExpected } from "./batch.ts";
import type { Arena, Batch, Venues } from "./batch.ts";
import type { Bot } from "./bot.ts";
import type { NaiveResult } from "./naive.ts";
import type { Move } from "./pool.ts";
import { bestPlay } from "./search.ts";
import { chargeAt, clearing, fillCostUsd } from "./trades.ts";
import type { SlotClearing } from "./trades.ts";

const WHOLE = Number(BLOCK_LOTS);

/** When a group is cleared: before the feeds have seen prices go on, or after. And how much of it. */
interface Way {
  readonly feeds: "stale" | "fresh";
  readonly sixteenths: number;
}
const EARLY: readonly Way[] = [
  { feeds: "stale", sixteenths: WHOLE },
  { feeds: "fresh", sixteenths: WHOLE },
];
/** In the second half of the window, if it has not been cleared by then. */
const LATE: readonly Way[] = Array.from({ length: WHOLE }, (_, k) => ({ feeds: "fresh", sixteenths: WHOLE - k }));
/** Below it, what the chain rounds may be all there is to earn. */
const LEAST_PROFIT_USD = 0.1;
const MICRO = 1e6;
const MICRO_TO_FEED = 100n;

export interface TacitResult extends NaiveResult {
  /** What of the bot's earnings is the better fill of the vault it owns. */
  readonly ofVaultUsd: number;
}

/** A slot of the group to be cleared. */
interface Slot {
  readonly arena: Arena;
  /** What the bot's own vault orders. */
  readonly ownLots: number;
  readonly at: (way: Way) => SlotClearing;
}

interface GroupPlay {
  readonly way: Way;
  readonly before: readonly Move[];
  readonly afterwards: readonly Move[];
  readonly profitUsd: number;
  /** What the bot's own order would have cost without it. */
  readonly elseUsd: number;
}

/**
 * The batch's clearing, with the bot around it; where it gains nothing the keeper clears. The bot owns the vault that
 * serves it best in this epoch, or none: that vault's order is one of the batch's, as it is.
 */
export async function playTacit(market: WholeMarket, bot: Bot, venues: Venues, batch: Batch): Promise<TacitResult> {
  const arenas = await arenasAtRest(market, venues, batch);
  const clearings = {
    stale: await slotClearings(market, batch, market.prices),
    fresh: await slotClearings(market, batch, batch.truth),
  };
  const slotsOf = ({ group }: GroupOpening, own?: readonly bigint[]): Slot[] =>
    arenas
      .filter(({ slot }) => Math.floor(slot / market.profile.groupSlots) === group)
      .map((arena) => ({
        arena,
        ownLots: Number(own?.[arena.slot] ?? 0n),
        at: ({ feeds, sixteenths }: Way) => clearings[feeds].get(arena.slot)![sixteenths]!,
      }));
  const plans = [undefined, ...batch.orders].map((own) => {
    const plays = new Map(batch.openings.map((opening) => [opening.group, bestGroupPlay(slotsOf(opening, own))]));
    return { own, plays, profitUsd: [...plays.values()].reduce((sum, play) => sum + (play?.profitUsd ?? 0), 0) };
  });
  const plan = plans.reduce((best, one) => (one.profitUsd > best.profitUsd ? one : best));

  const beforeUsd = await bot.worthUsd(arenas);
  const late: GroupOpening[] = [];
  const update = (opening: GroupOpening): Promise<void> => updateFeeds(market, batch, slotsOf(opening));
  for (const opening of batch.openings) {
    const play = plan.plays.get(opening.group);
    if (play && !LATE.includes(play.way)) {
      if (play.way.feeds === "fresh") await update(opening);
      await bot.clear(opening, play.before, play.afterwards);
    } else if (play) {
      late.push(opening);
    } else if (!(await keeperClears(market, opening))) {
      await update(opening);
      if (!(await keeperClears(market, opening))) late.push(opening);
    }
  }
  if (late.length > 0) await market.passHalfOfClearing();
  for (const opening of late) {
    const play = plan.plays.get(opening.group);
    await update(opening);
    if (play) await bot.clear(opening, play.before, play.afterwards);
    else await keeperClears(market, opening);
  }
  const poolUsd = (await bot.worthUsd(arenas)) - beforeUsd;

  let ofVaultUsd = 0;
  let filledUsd = 0;
  for (const { group, fraction, references, charges } of await market.chain.clearings(batch.epoch)) {
    const play = plan.plays.get(group);
    const slots = slotsOf(batch.openings.find((opening) => opening.group === group)!, plan.own);
    for (const { arena, ownLots } of slots) {
      const part = Number(fraction) / WHOLE;
      filledUsd += batch.orders.reduce(
        (sum, order) => sum + part * Math.abs(Number(order[arena.slot]!)) * arena.truePrice,
        0,
      );
      const k = arena.slot % market.profile.groupSlots;
      if (play)
        ofVaultUsd -= fillCostUsd(
          part * ownLots,
          arena.truePrice,
          Number(references[k]!) / MICRO,
          Number(charges[k]!) / MICRO,
        );
    }
    ofVaultUsd += play?.elseUsd ?? 0;
  }
  requireExpected("the clearing", plan.profitUsd, poolUsd + ofVaultUsd);
  return { botUsd: poolUsd + ofVaultUsd, ofVaultUsd, filledUsd };
}

/** Undefined where the bot gains nothing, or the group clears at no prices it can make. */
function bestGroupPlay(slots: readonly Slot[]): GroupPlay | undefined {
  const honest = honestWay(slots);
  const elseUsd = slots.map((slot) => (honest === undefined ? 0 : ownCostUsd(slot, honest)));
  // What a keeper can clear in the first half is gone by the second.
  const ways = honest !== undefined && EARLY.includes(honest) ? EARLY : [...EARLY, ...LATE];
  const plays = ways.flatMap((way): GroupPlay[] => {
    const played = slots.map((slot, k) => {
      const { truePrice, price } = slot.arena;
      return bestPlay(slot.arena, truePrice, price, [
        clearing(slot.arena, slot.at(way), { lots: partOfOwn(slot, way), truePrice, elseUsd: elseUsd[k]! }),
      ]);
    });
    if (played.some(({ stages }) => stages.length === 0)) return [];
    const pricesAt = (stage: 0 | 1): number[] => played.map(({ stages }) => stages[stage]!.price);
    if (LATE.includes(way) && searchedWay(slots, pricesAt(0)) !== way) return [];
    const movesAt = (stage: 0 | 1): Move[] => pricesAt(stage).map((price, k) => slots[k]!.arena.moveTo(price));
    return [
      {
        way,
        before: movesAt(0),
        afterwards: movesAt(1),
        profitUsd: sum(played.map(({ profitUsd }) => profitUsd)),
        elseUsd: sum(elseUsd),
      },
    ];
  });
  return plays.filter(({ profitUsd }) => profitUsd > LEAST_PROFIT_USD).sort((a, b) => b.profitUsd - a.profitUsd)[0];
}

const clearsAt = (slots: readonly Slot[], prices: readonly number[], way: Way): boolean =>
  slots.every(({ arena, at }, k) => chargeAt(arena, at(way), prices[k]!) !== undefined);

/** Whole if that fits, or else the part that contracts/market/Batch.sol finds. Undefined if it finds none. */
function searchedWay(slots: readonly Slot[], prices: readonly number[]): Way | undefined {
  const wayOf = (sixteenths: number): Way => LATE[WHOLE - sixteenths]!;
  if (clearsAt(slots, prices, wayOf(WHOLE))) return wayOf(WHOLE);
  let [fits, fails] = [0, WHOLE];
  while (fails - fits > 1) {
    const tried = (fits + fails) >> 1;
    if (clearsAt(slots, prices, wayOf(tried))) fits = tried;
    else fails = tried;
  }
  return fits === 0 ? undefined : wayOf(fits);
}

/** How the keeper would clear, as soon as it can. Undefined if it never could. */
function honestWay(slots: readonly Slot[]): Way | undefined {
  const prices = slots.map(({ arena }) => arena.price);
  return EARLY.find((way) => clearsAt(slots, prices, way)) ?? searchedWay(slots, prices);
}

/** What of the bot's own order is filled, lots. */
const partOfOwn = ({ ownLots }: Slot, { sixteenths }: Way): number => (ownLots * sixteenths) / WHOLE;

/** What the bot's own order costs where nobody interferes. */
function ownCostUsd(slot: Slot, way: Way): number {
  const { arena, at } = slot;
  const { chargeUsd } = chargeAt(arena, at(way), arena.price)!;
  return fillCostUsd(partOfOwn(slot, way), arena.truePrice, at(way).reference, chargeUsd);
}

async function keeperClears(market: WholeMarket, { group, nets, rho }: GroupOpening): Promise<boolean> {
  await market.step("clear", [group, nets, rho]);
  return !(await market.chain.pendingGroups()).includes(group);
}

async function updateFeeds(
  { local, governance }: WholeMarket,
  { truth }: Batch,
  slots: readonly Slot[],
): Promise<void> {
  for (const { arena } of slots) {
    const { feed, symbol } = local.deployment.slots[arena.slot]!;
    await sendStep(deployedAt("TestFeed", feed, governance), "updateAnswer", [truth.get(symbol)! * MICRO_TO_FEED]);
  }
}

/** What each slot would be cleared with while feeds say these prices (µUSD a token by symbol), by sixteenths. */
async function slotClearings(
  { chain, profile }: WholeMarket,
  { openings, epoch }: Batch,
  feeds: ReadonlyMap<string, bigint>,
): Promise<Map<number, readonly SlotClearing[]>> {
  const snapshot = chain.parseSnapshot((await chain.opening(epoch)).snapshotWords);
  const { epsilonBps, kappaBps } = (await chain.desk.getFunction("config")()) as {
    epsilonBps: bigint;
    kappaBps: bigint;
  };
  const slots = new Map<number, readonly SlotClearing[]>();
  for (const { group, nets } of openings) {
    for (const [k, net] of nets.entries()) {
      const slot = group * profile.groupSlots + k;
      const info = chain.deployment.slots[slot];
      if (info?.kind !== "spot") continue;
      const { value, slip, liquidity } = snapshot.slots[slot]!;
      const reference = (feeds.get(info.symbol)! * BigInt(info.lotSize)) / 10n ** BigInt(info.decimals);
      const tradedLots = await crossing(chain, slot, reference);
      const { feeBps } = (await chain.desk.getFunction("slot")(slot)) as { feeBps: bigint };
      const partOf = (sixteenths: number): SlotClearing => {
        const lots = tradedLots((net / BLOCK_LOTS) * BigInt(sixteenths));
        // Whole basis points, as contracts/desk/VenueTrade.sol has them.
        const bandBps = feeBps + (liquidity === 0n ? 0n : (kappaBps * (lots < 0n ? -lots : lots)) / liquidity);
        return {
          lots: Number(lots),
          reference: Number(reference) / MICRO,
          mark: Number(value) / MICRO,
          slip: Number(slip) / MICRO,
          epsilon: Number(epsilonBps) / 1e4,
          band: Number(bandBps) / 1e4,
        };
      };
      slots.set(
        slot,
        Array.from({ length: WHOLE + 1 }, (_, sixteenths) => partOf(sixteenths)),
      );
    }
  }
  return slots;
}

/** What of a net reaches the venue: contracts/desk/Crossing.sol. */
async function crossing(
  { desk }: WholeMarket["chain"],
  slot: number,
  reference: bigint,
): Promise<(net: bigint) => bigint> {
  const [{ inventoryLots }, { threshold, inventoryCap }, insurance] = (await Promise.all([
    desk.getFunction("slotAccount")(slot),
    desk.getFunction("slot")(slot),
    desk.getFunction("insuranceMicroUsd")(),
  ])) as [{ inventoryLots: bigint }, { threshold: bigint; inventoryCap: bigint }, bigint];
  return (net) => {
    const lots = net - inventoryLots;
    const size = lots < 0n ? -lots : lots;
    return size < threshold && size <= inventoryCap && size * reference <= insurance ? 0n : lots;
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
