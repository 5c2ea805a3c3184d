import { formatUnits } from "ethers";
import { BPS, groupOfSlot } from "../../../prover/index.ts";
import { instrumentName, VENUES } from "../deployment.ts";
import { percentOfPpb, usd } from "../format.ts";
import type { SlotInfo } from "../deployment.ts";
import type { BreakerTrip } from "../chain/types.ts";
import { contractAt } from "../chain/contract.ts";
import type { MarketChain } from "../chain/reader.ts";

/** A slot as everybody sees it. Money in µUSD, sizes in lots. */
export interface SlotState {
  slot: number;
  group: number;
  name: string;
  kind: SlotInfo["kind"];
  venue: string;
  /** As in the deployment's `SlotInfo.lotSize`. */
  lotSize: string;
  /** What that is: tokens of a spot slot, contracts of others. */
  lot: string;
  /** Chain time, seconds since 1970; options only. */
  expiresAt?: number;
  /** What the market's own account holds: all vaults' net and the inventory. Negative is short. */
  positionLots: bigint;
  /** What of it is the inventory account's. */
  inventoryLots: bigint;
  /** Price of a lot in the last snapshot; none before the first one, or if the series is not in it. */
  markMicroUsd: bigint | undefined;
  carryIndexMicroUsd: bigint;
  /** The market's account at the venue of a perp or an option; none where the venue does not answer. */
  account?: VenueMargin | undefined;
}

export interface VenueMargin {
  /**
   * What backs the position: cash and what the position is worth, but nothing for long options, which can't be drawn
   * on.
   */
  equityMicroUsd: bigint;
  /** What the venue wants to open the position, and not to liquidate it. */
  initialMicroUsd: bigint;
  maintenanceMicroUsd: bigint;
  /** Equity over maintenance, in bps; none where nothing is wanted. Under 10,000 the venue liquidates. */
  healthBps: bigint | undefined;
}

const CONTRACT_DECIMALS = 18;

/** All listed slots, from public data. */
export async function readSlots(chain: MarketChain): Promise<SlotState[]> {
  const [slots, { epoch }] = await Promise.all([chain.slots(), chain.status()]);
  const snapshot = epoch > 0 ? chain.parseSnapshot((await chain.opening(epoch)).snapshotWords) : undefined;
  return Promise.all(
    slots
      .flatMap((slot, i) => (slot ? [{ slot, i }] : []))
      .map(async ({ slot, i }) => {
        const [{ positionLots, inventoryLots }, carryIndexMicroUsd] = await Promise.all([
          chain.desk.slotAccount(i),
          chain.desk.carryIndex(i),
        ]);
        const rows = snapshot?.slots[i];
        // A perp has no value of its own: a lot's dollar delta is its price.
        const mark = slot.kind === "perp" ? rows?.delta : rows?.value;
        return {
          slot: i,
          group: groupOfSlot(chain.profile, i),
          name: instrumentName(slot),
          kind: slot.kind,
          venue: VENUES[slot.kind],
          lotSize: slot.lotSize,
          lot: formatUnits(slot.lotSize, slot.kind === "spot" ? slot.decimals : CONTRACT_DECIMALS),
          ...(slot.kind === "option" ? { expiresAt: slot.expiry } : {}),
          positionLots,
          inventoryLots,
          carryIndexMicroUsd,
          markMicroUsd: rows?.notional ? mark : undefined,
          ...(slot.kind === "spot" ? {} : { account: await readMargin(chain, slot, i, positionLots) }),
        };
      }),
  );
}

/** What tripped, as a sentence. @param nameOf of the instrument in a slot, if there is one */
export function describeTrip(
  { slot, check, movesPpb = 0n, limitPpb = 0n, markMicroUsd = 0n, feedMicroUsd = 0n }: BreakerTrip,
  nameOf: (slot: number) => string | undefined,
): string {
  const name = (slot === undefined ? undefined : nameOf(slot)) ?? `slot ${slot}`;
  switch (check) {
    case "move":
      return `${name}: its moves add up to ${percentOfPpb(movesPpb, 1)}, the limit is ${percentOfPpb(limitPpb, 1)}`;
    case "deviation":
      return `${name}: a snapshot was refused that said ${usd(markMicroUsd)} a lot, where its feed said ${usd(feedMicroUsd)}`;
    case "feed":
      return `${name}: a snapshot was refused because its feed was too old or silent`;
    case "sequencer":
      return "a snapshot was refused because the chain's sequencer was down, or had just come back";
  }
}

/**
 * When what a breaker has counted of moves will have drained to its limit, should prices stand still: chain time,
 * seconds.
 */
export function drainedAt(
  { movesPpb = 0n, limitPpb = 1n }: BreakerTrip,
  observedAt: number,
  windowSeconds: number,
): number {
  // The oracle keeps twice the limit at most.
  const held = movesPpb < 2n * limitPpb ? movesPpb : 2n * limitPpb;
  return observedAt + Math.ceil((Number(held - limitPpb) / Number(limitPpb)) * windowSeconds);
}

/**
 * The market's account at a venue, for a position. Venues revert while they are paused: then there is nothing to tell.
 */
export async function readMargin(
  { provider }: MarketChain,
  { kind, adapter }: SlotInfo,
  slot: number,
  lots: bigint,
): Promise<VenueMargin | undefined> {
  const venue = contractAt("IDerivativeVenue", adapter, provider);
  try {
    const [cash, mark, [initialMicroUsd, maintenanceMicroUsd]] = await Promise.all([
      venue.cashMicroUsd(slot),
      venue.markMicroUsd(slot),
      venue.requirementMicroUsd(slot, lots),
    ]);
    return marginOf(kind, { cash, mark, lots, initialMicroUsd, maintenanceMicroUsd });
  } catch {
    return undefined;
  }
}

/** Whether a margin is for the market to bring back to its target (`IMarket.rebalanceMargin`), and from where. */
export function marginDue(
  { equityMicroUsd, initialMicroUsd }: VenueMargin,
  { lowBps, highBps }: { lowBps: number | bigint; highBps: number | bigint },
): "low" | "high" | undefined {
  const scaled = equityMicroUsd * BPS;
  if (scaled < initialMicroUsd * BigInt(lowBps)) return "low";
  return scaled > initialMicroUsd * BigInt(highBps) ? "high" : undefined;
}

/** Margin from what a venue says of the account. */
export function marginOf(
  kind: SlotInfo["kind"],
  {
    cash,
    mark,
    lots,
    initialMicroUsd,
    maintenanceMicroUsd,
  }: { cash: bigint; mark: bigint; lots: bigint; initialMicroUsd: bigint; maintenanceMicroUsd: bigint },
): VenueMargin {
  const worth = lots * mark;
  const equityMicroUsd = cash + (kind === "option" && worth > 0n ? 0n : worth);
  return {
    equityMicroUsd,
    initialMicroUsd,
    maintenanceMicroUsd,
    healthBps: maintenanceMicroUsd > 0n ? (equityMicroUsd * BPS) / maintenanceMicroUsd : undefined,
  };
}
