import { deployedAt } from "../../client/deploy/artifacts.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
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

/** A group is cleared before the feeds have seen prices go on, or after. */
const TIMINGS = ["stale", "fresh"] as const;
type Timing = (typeof TIMINGS)[number];
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
  /** At either time. */
  readonly at: Readonly<Record<Timing, SlotClearing>>;
}

interface GroupPlay {
  readonly timing: Timing;
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
        at: { stale: clearings.stale.get(arena.slot)!, fresh: clearings.fresh.get(arena.slot)! },
      }));
  const plans = [undefined, ...batch.orders].map((own) => {
    const plays = new Map(batch.openings.map((opening) => [opening.group, bestGroupPlay(slotsOf(opening, own))]));
    return { own, plays, profitUsd: [...plays.values()].reduce((sum, play) => sum + (play?.profitUsd ?? 0), 0) };
  });
  const plan = plans.reduce((best, one) => (one.profitUsd > best.profitUsd ? one : best));

  const beforeUsd = await bot.worthUsd(arenas);
  for (const opening of batch.openings) {
    const play = plan.plays.get(opening.group);
    const update = (): Promise<void> => updateFeeds(market, batch, slotsOf(opening));
    if (play) {
      if (play.timing === "fresh") await update();
      await bot.clear(opening, play.before, play.afterwards);
    } else if (!(await keeperClears(market, opening))) {
      await update();
      await keeperClears(market, opening);
    }
  }
  const poolUsd = (await bot.worthUsd(arenas)) - beforeUsd;

  let ofVaultUsd = 0;
  let filledUsd = 0;
  for (const { group, references, charges } of await market.chain.clearings(batch.epoch)) {
    const play = plan.plays.get(group);
    const slots = slotsOf(batch.openings.find((opening) => opening.group === group)!, plan.own);
    for (const { arena, ownLots } of slots) {
      filledUsd += batch.orders.reduce((sum, order) => sum + Math.abs(Number(order[arena.slot]!)) * arena.truePrice, 0);
      const k = arena.slot % market.profile.groupSlots;
      if (play)
        ofVaultUsd -= fillCostUsd(
          ownLots,
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
  const elseUsd = honestCosts(slots);
  const plays = TIMINGS.flatMap((timing): GroupPlay[] => {
    const played = slots.map(({ arena, ownLots, at }, k) => {
      const { truePrice, price } = arena;
      return bestPlay(arena, truePrice, price, [
        clearing(arena, at[timing], { lots: ownLots, truePrice, elseUsd: elseUsd[k]! }),
      ]);
    });
    if (played.some(({ stages }) => stages.length === 0)) return [];
    const movesAt = (stage: 0 | 1): Move[] =>
      played.map(({ stages }, k) => slots[k]!.arena.moveTo(stages[stage]!.price));
    return [
      {
        timing,
        before: movesAt(0),
        afterwards: movesAt(1),
        profitUsd: sum(played.map(({ profitUsd }) => profitUsd)),
        elseUsd: sum(elseUsd),
      },
    ];
  });
  return plays.filter(({ profitUsd }) => profitUsd > LEAST_PROFIT_USD).sort((a, b) => b.profitUsd - a.profitUsd)[0];
}

/** What the bot's own orders would cost if the keeper cleared, as soon as it can; nothing if it never could. */
function honestCosts(slots: readonly Slot[]): number[] {
  for (const timing of TIMINGS) {
    const charges = slots.map(({ arena, at }) => chargeAt(arena, at[timing], arena.price));
    if (charges.some((charge) => charge === undefined)) continue;
    return slots.map(({ arena, ownLots, at }, k) =>
      fillCostUsd(ownLots, arena.truePrice, at[timing].reference, charges[k]!.chargeUsd),
    );
  }
  return slots.map(() => 0);
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

/** What each slot would be cleared with while feeds say these prices (µUSD a token by symbol). */
async function slotClearings(
  { chain, profile }: WholeMarket,
  { openings, epoch }: Batch,
  feeds: ReadonlyMap<string, bigint>,
): Promise<Map<number, SlotClearing>> {
  const snapshot = chain.parseSnapshot((await chain.opening(epoch)).snapshotWords);
  const { epsilonBps, kappaBps } = (await chain.desk.getFunction("config")()) as {
    epsilonBps: bigint;
    kappaBps: bigint;
  };
  const slots = new Map<number, SlotClearing>();
  for (const { group, nets } of openings) {
    for (const [k, net] of nets.entries()) {
      const slot = group * profile.groupSlots + k;
      const info = chain.deployment.slots[slot];
      if (info?.kind !== "spot") continue;
      const { value, slip, liquidity } = snapshot.slots[slot]!;
      const reference = (feeds.get(info.symbol)! * BigInt(info.lotSize)) / 10n ** BigInt(info.decimals);
      const lots = await tradedLots(chain, slot, net, reference);
      const { feeBps } = (await chain.desk.getFunction("slot")(slot)) as { feeBps: bigint };
      // Whole basis points, as contracts/desk/VenueTrade.sol has them.
      const bandBps = feeBps + (liquidity === 0n ? 0n : (kappaBps * (lots < 0n ? -lots : lots)) / liquidity);
      slots.set(slot, {
        lots: Number(lots),
        reference: Number(reference) / MICRO,
        mark: Number(value) / MICRO,
        slip: Number(slip) / MICRO,
        epsilon: Number(epsilonBps) / 1e4,
        band: Number(bandBps) / 1e4,
      });
    }
  }
  return slots;
}

/** What of a net reaches the venue: contracts/desk/Crossing.sol. */
async function tradedLots(
  { desk }: WholeMarket["chain"],
  slot: number,
  net: bigint,
  reference: bigint,
): Promise<bigint> {
  const [{ inventoryLots }, { threshold, inventoryCap }, insurance] = (await Promise.all([
    desk.getFunction("slotAccount")(slot),
    desk.getFunction("slot")(slot),
    desk.getFunction("insuranceMicroUsd")(),
  ])) as [{ inventoryLots: bigint }, { threshold: bigint; inventoryCap: bigint }, bigint];
  const lots = net - inventoryLots;
  const size = lots < 0n ? -lots : lots;
  return size < threshold && size <= inventoryCap && size * reference <= insurance ? 0n : lots;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
