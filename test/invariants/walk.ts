import { movePrice } from "../../client/deploy/local/uniswap.ts";
import { TacitError } from "../../client/sdk/errors.ts";
import { MandateRefused, slotsOfGroup } from "../../prover/index.ts";
import type { BuiltSubmission, ChainState, Settlement } from "../../prover/index.ts";
import { Dice } from "../support/scenario.ts";
import { USD } from "../support/wholeMarket.ts";
import type { MarketVault, WholeMarket } from "../support/wholeMarket.ts";
import { gatherFacts } from "./facts.ts";
import type { EpochFacts } from "./facts.ts";
import { abs, Ledger } from "./ledger.ts";

/**
 * What befalls an epoch besides random prices, orders, deposits, redemptions and claims:
 * - `calm`: nothing
 * - `pushed`: somebody holds a pool of the first group away from its price until the group lapses
 * - `unopened`: the committee gives out no sums, so that every group lapses
 * - `missed`: one vault does not submit
 * - `cancelled`: too few vaults submit
 * - `empty`: none does
 * - `halted`: the guardian halts before the snapshot, and the market resumes after the epoch
 * - `stale`: no snapshot comes in time; the market halts and resumes before one does
 * - `tripped`: prices jump so far that the breaker halts the epoch
 */
export const EVENTS = [
  "calm",
  "pushed",
  "unopened",
  "missed",
  "cancelled",
  "empty",
  "halted",
  "stale",
  "tripped",
] as const;
export type EpochEvent = (typeof EVENTS)[number];

const DEPOSITORS = 3;
const MOST_DEPOSIT = 1_500_000n * USD;
/** In which the breaker forgets the jump. */
const BREAKER_SECONDS = 2 * 86_400;
/** $300,000: a slot's net then moves its pool by less than what the proofs allow for. */
const MOST_LOTS = 30_000n;

export type WalkedEpoch = EpochFacts & { event: EpochEvent };

/** Plays epochs with random parties. The first takes deposits for everyone, so that there is something to lose. */
export async function walk(
  market: WholeMarket,
  seed: number,
  events: readonly EpochEvent[],
  seen: (epoch: WalkedEpoch) => void,
): Promise<void> {
  const dice = new Dice(seed);
  const ledger = new Ledger(market.profile);
  for (const vault of market.vaults) await (await market.depositor(vault, 0)).requestDeposit(MOST_DEPOSIT);
  for (const [i, event] of (["calm", ...events] as EpochEvent[]).entries()) {
    if (i > 0) {
      await depositorsAct(market, dice);
      movePrices(market, dice, event === "tripped" ? 30n : 3n);
    }
    seen({ event, ...(await playEpoch(market, ledger, dice, event)) });
  }
}

async function playEpoch(market: WholeMarket, ledger: Ledger, dice: Dice, event: EpochEvent): Promise<EpochFacts> {
  const { chain, vaults } = market;
  if (event === "halted") await market.step("halt", [], market.governance);
  if (event === "stale") {
    await market.passDeadline();
    await market.step("haltStale", [], market.outsider);
    await market.step("resume", [], market.governance);
  }
  await market.openEpoch();
  const { epoch } = await chain.status();
  const settleWordsBefore = new Map(
    await Promise.all(vaults.map(async ({ address }) => [address, (await chain.settleWords(address)).join()] as const)),
  );

  const orders = new Map<string, readonly bigint[]>();
  const prints: EpochFacts["prints"] = [];
  for (const vault of shuffled(dice, vaults).slice(0, submitters(event, vaults.length))) {
    const { state } = await market.settled(vault);
    const marks = state.snapshot.slots.map(({ value }) => value);
    const built = await randomSubmission(market, dice, vault);
    const onPaper = ledger.navMicroUsd(vault.address, marks);
    await market.send(vault, built);
    const [submitted] = await chain.submissions({ epoch, vault: vault.address });
    ledger.flow(vault.address, submitted!.cashFlow);
    prints.push({ vault: vault.address, dealing: state.dealing, printed: submitted!.nav, onPaper });
    orders.set(vault.address, built.newBook.order);
  }

  await market.closeEpoch();
  for (const group of await chain.pendingGroups()) {
    if (event === "unopened") break;
    const pushed = event === "pushed" && group === 0;
    if (pushed) await push(market, slotsOfGroup(market.profile, group)[0]!, dice.oneIn(2) ? 102n : 98n);
    await market.clear(group, market.outsider);
  }
  const unresolved = await chain.pendingGroups();
  if (unresolved.length > 0) await market.passDeadline();
  for (const group of unresolved) await market.step("lapse", [group], market.outsider);

  const clearings = await chain.clearings(epoch);
  for (const clearing of clearings) ledger.fill(clearing, orders);
  const depositors = await Promise.all(Array.from({ length: DEPOSITORS }, (_, i) => market.depositorAddress(i)));
  const facts = await gatherFacts(market, ledger, { epoch, orders, clearings, prints, settleWordsBefore, depositors });
  if (facts.after.halted) await market.step("resume", [], market.governance);
  if (event === "tripped") await market.passSeconds(BREAKER_SECONDS);
  return facts;
}

const submitters = (event: EpochEvent, vaults: number): number =>
  ({ empty: 0, cancelled: 1, missed: vaults - 1 })[event as string] ?? vaults;

function shuffled<T>(dice: Dice, list: readonly T[]): T[] {
  const left = [...list];
  return list.map(() => left.splice(dice.index(left.length), 1)[0]!);
}

/** Requests, claims and cancellations of depositors, each with some vault. */
async function depositorsAct(market: WholeMarket, dice: Dice): Promise<void> {
  for (const vault of market.vaults) {
    const depositor = await market.depositor(vault, dice.index(DEPOSITORS));
    if (dice.oneIn(2)) await depositor.claim();
    const { shareUnits } = await depositor.account();
    if (dice.oneIn(2)) await depositor.requestDeposit(1n + dice.magnitude(MOST_DEPOSIT));
    if (shareUnits > 0n && dice.oneIn(2)) await depositor.requestRedeem(1n + dice.between(0n, shareUnits - 1n));
    const { pendingDepositMicroUsd, pendingRedeemShareUnits } = await depositor.account();
    if (pendingDepositMicroUsd + pendingRedeemShareUnits > 0n && dice.oneIn(5))
      await depositor.cancel().catch(unlessTakenIn);
  }
}

function unlessTakenIn(error: unknown): undefined {
  if (!(error instanceof TacitError && error.code === "TAKEN_IN")) throw error;
}

/** Up or down by at most so many per cent, not quite in whole dollars. */
function movePrices(market: WholeMarket, dice: Dice, percent: bigint): void {
  for (const [symbol, price] of market.prices) {
    const most = (price * percent) / 100n;
    // A jump that has to be one goes all the way.
    const move = percent > 10n ? most : dice.between(-most, most);
    market.prices.set(symbol, price + move);
  }
}

/** Moves the pool of a slot to so many per cent of its price. */
async function push(market: WholeMarket, slot: number, percent: bigint): Promise<void> {
  const { pool } = market.local.spots.get(slot)!;
  const price = market.prices.get(market.local.deployment.slots[slot]!.symbol)!;
  await movePrice(market.governance, market.local.deployment.uniswapRouter, pool, (price * percent) / 100n);
}

/** Any order the mandate allows or, in a dealing epoch, any part of the queue it lets out. */
async function randomSubmission(market: WholeMarket, dice: Dice, vault: MarketVault): Promise<BuiltSubmission> {
  const { state, settlement } = await market.settled(vault);
  const deals = state.dealing && !settlement.insolvent;
  const [asked, least] = deals
    ? [await market.redeemable(vault), await market.leastRedeemed(vault, settlement.navBefore)]
    : [0n, 0n];
  let redeemShares = dice.oneIn(3) ? asked : dice.oneIn(2) ? dice.between(least, asked) : least;
  let order = state.halted ? [] : randomOrder(dice, state, settlement);
  for (;;) {
    try {
      // An epoch that pays beyond its deposits takes no order.
      return await market.prepare(vault, redeemShares > least ? {} : Object.fromEntries(order.entries()), redeemShares);
    } catch (error) {
      if (!(error instanceof MandateRefused)) throw error;
      if (redeemShares === least && order.every((size) => size === 0n)) throw error;
      if (redeemShares > least) redeemShares = least + (redeemShares - least) / 2n;
      else order = order.map((size) => size / 2n);
    }
  }
}

/** Towards random weights, now and then to nothing at all, small enough for the pools. */
function randomOrder(dice: Dice, { snapshot }: ChainState, { positions, capital }: Settlement): bigint[] {
  // Before its first dealing a vault has nothing but a request.
  const budget = capital === 0n ? MOST_DEPOSIT : capital;
  return positions.map((q, i) => {
    if (dice.oneIn(5)) return 0n;
    // Nets below the threshold try the inventory account.
    if (dice.oneIn(5)) return dice.between(q > 3n ? -3n : -q, 3n);
    const wanted = dice.oneIn(5) ? 0n : dice.between(0n, budget / snapshot.slots[i]!.value / 3n);
    const size = wanted - q;
    return abs(size) <= MOST_LOTS ? size : size > 0n ? MOST_LOTS : -MOST_LOTS;
  });
}
