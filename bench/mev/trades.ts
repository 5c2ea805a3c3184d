// What a bot can order in a block besides its own trades: a vault's own swap, and a clearing.
import { swap } from "./search.ts";
import type { Event, Pool } from "./search.ts";

/** A vault that trades by itself, with the worst it takes: dollars to pay at most (+), to receive at least (−). */
export const vaultSwap = (pool: Pool, lots: number, limitUsd: number, price: number): Event => ({
  required: false,
  reach: reachOf(pool, lots, price),
  at(price) {
    const swapped = swap(pool, price, lots);
    return swapped && swapped.costUsd <= limitUsd ? { price: swapped.price, bonusUsd: 0 } : undefined;
  },
});

/** A slot of an opened batch, dollars a lot. */
export interface SlotClearing {
  /** Net of the batch and of the market's inventory. */
  readonly lots: number;
  readonly reference: number;
  readonly mark: number;
  readonly slip: number;
  /** How far the pool may stand from the reference, as a part of it. */
  readonly epsilon: number;
  /** How far the fill may be from it on average: `Slot.feeBps`, and the market's κ for the size, as a part of it. */
  readonly band: number;
}

/** What each lot of the batch is charged if the pool stands at a price. Undefined if the slot does not clear there. */
export function chargeAt(
  pool: Pool,
  { lots, reference, mark, slip, epsilon, band }: SlotClearing,
  price: number,
): { chargeUsd: number; price: number } | undefined {
  if (Math.abs(price - reference) > reference * epsilon) return undefined;
  const swapped = lots === 0 ? { costUsd: 0, price } : swap(pool, price, lots);
  if (swapped === undefined) return undefined;
  const excessUsd = Math.max(0, swapped.costUsd - lots * reference);
  const chargeUsd = excessUsd === 0 ? 0 : excessUsd / Math.abs(lots);
  if (chargeUsd > reference * band) return undefined;
  return Math.abs(reference - mark) + chargeUsd <= slip ? { chargeUsd, price: swapped.price } : undefined;
}

/**
 * A clearing with the bot's own order, of a vault it owns, among those that it fills.
 * @param own.lots  of that order; 0 if the bot owns none
 * @param own.truePrice dollars a lot
 * @param own.elseUsd what the order would have cost had nobody interfered
 */
export const clearing = (
  pool: Pool,
  slot: SlotClearing,
  own: { lots: number; truePrice: number; elseUsd: number },
): Event => ({
  required: true,
  reach: reachOf(pool, slot.lots, slot.reference),
  at(price) {
    const cleared = chargeAt(pool, slot, price);
    return (
      cleared && {
        price: cleared.price,
        bonusUsd: own.elseUsd - fillCostUsd(own.lots, own.truePrice, slot.reference, cleared.chargeUsd),
      }
    );
  },
});

/** What an order pays beyond the true price: it fills at the reference and is charged on every lot. */
export const fillCostUsd = (lots: number, truePrice: number, reference: number, chargeUsd: number): number =>
  lots * (reference - truePrice) + Math.abs(lots) * chargeUsd;

const reachOf = (pool: Pool, lots: number, price: number): number =>
  Math.abs(Math.log((swap(pool, price, lots)?.price ?? price) / price));
