// Why a market is halted, from what its contracts have said.
import { decodeBytes32String } from "ethers";
import type { BlockRange } from "./logs.ts";
import type { MarketChain } from "./reader.ts";
import type { BreakerTrip, ChainEvent, HaltReason, HaltRecord } from "./types.ts";

/** @returns undefined unless the market is halted */
export async function readHalt(chain: MarketChain): Promise<HaltRecord | undefined> {
  const { epoch, halted } = await chain.status();
  if (!halted) return undefined;
  const resumed = (await chain.events(chain.market, "Resumed")).at(-1);
  const [halts, opening] = await Promise.all([
    chain.events(chain.market, "Halted", {}, { fromBlock: resumed?.blockNumber }),
    chain.opened(epoch),
  ]);
  const causes = halts
    .filter((log) => resumed === undefined || isAfter(log, resumed))
    .map((log) => ({ log, reason: decodeBytes32String(log.args.reason) as HaltReason }));
  const [first, last] = [causes[0]?.log, causes.at(-1)?.log];
  // Somebody has just resumed it.
  if (first === undefined || last === undefined) return undefined;
  const openedSince = opening !== undefined && isAfter(opening, last);
  const breaker = causes.findLast(({ reason }) => reason === "breaker")?.log;
  const [begin, end, { haltCoolDown }, tripped, refused] = await Promise.all([
    chain.timeOf(first),
    chain.timeOf(last),
    chain.lens.config(),
    breaker === undefined ? [] : readTrips(chain, {}, { fromBlock: breaker.blockNumber, toBlock: breaker.blockNumber }),
    openedSince ? [] : readTrips(chain, { epoch: epoch + 1 }, { fromBlock: opening?.blockNumber }),
  ]);
  return {
    haltedAt: begin,
    reasons: [...new Set(causes.map(({ reason }) => reason))],
    trips: [
      ...tripped.filter(({ transactionHash }) => transactionHash === breaker?.transactionHash),
      ...refused.filter(({ transactionHash }) => transactionHash === refused.at(-1)!.transactionHash),
    ].map(({ trip }) => trip),
    openedSince,
    resumableAt: end + Number(haltCoolDown),
  };
}

/** What the breakers said of the snapshot that an epoch opened halted on; nothing where it did for another reason. */
export async function readHaltTrips(chain: MarketChain, epoch: number): Promise<BreakerTrip[]> {
  const [before, opening] = await Promise.all([chain.opened(epoch - 1), chain.opened(epoch)]);
  const trips = await readTrips(chain, { epoch }, { fromBlock: before?.blockNumber, toBlock: opening?.blockNumber });
  // Only the check on moves lets its snapshot pass.
  return trips.flatMap(({ trip }) => (trip.check === "move" ? [trip] : []));
}

async function readTrips(
  chain: MarketChain,
  filter: { epoch?: number },
  range: Partial<BlockRange>,
): Promise<{ trip: BreakerTrip; transactionHash: string }[]> {
  const NO_SLOT = 255n;
  const logs = await chain.events(chain.oracle, "BreakerTripped", filter, range);
  return logs.map(({ args: { epoch, slot, check, value, bound }, transactionHash }) => {
    const name = decodeBytes32String(check) as BreakerTrip["check"];
    const found =
      name === "move"
        ? { movesPpb: value, limitPpb: bound }
        : name === "deviation"
          ? { markMicroUsd: value, feedMicroUsd: bound }
          : {};
    const where = slot === NO_SLOT ? {} : { slot: Number(slot) };
    return { trip: { epoch: Number(epoch), ...where, check: name, ...found }, transactionHash };
  });
}

const isAfter = (a: ChainEvent<unknown>, b: ChainEvent<unknown>): boolean =>
  a.blockNumber > b.blockNumber || (a.blockNumber === b.blockNumber && a.index > b.index);
