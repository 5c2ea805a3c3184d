import { commitBook } from "../../prover/book/book.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { emptySettle, snapshotHash, snapshotWords } from "../../prover/format/transcript.ts";
import type { Mandate, Snapshot } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import type { Ordered } from "./rebalance.ts";
import { randomScenario } from "./scenario.ts";

const MOST = bps((1n << 18n) - 1n);

/** A mandate that leaves the decision to the margin: every other limit is as loose as can be. */
export const marginMandate = (initialMarginBps: bigint, maintenanceMarginBps: bigint): Mandate => ({
  deltaBps: MOST,
  gammaBps: MOST,
  vegaBps: MOST,
  concentrationBps: MOST,
  participationBps: bps(10_000n),
  grossBps: MOST,
  netBps: MOST,
  cashFloorBps: bps(0n),
  turnoverBps: MOST,
  initialMarginBps: bps(initialMarginBps),
  maintenanceMarginBps: bps(maintenanceMarginBps),
  breachEpochs: 1_000n,
});

export interface MarginBook {
  snapshot: Snapshot;
  held: readonly bigint[];
  order?: readonly bigint[];
  /** µUSD. */
  nav: bigint;
  mandate: Mandate;
  outflow?: boolean;
}

/** The submission of a vault that holds what is given and is worth `nav`. */
export function marginRequest(
  profile: Profile,
  { snapshot, held, order = held.map(() => 0n), nav, mandate, outflow = false }: MarginBook,
): Ordered {
  const { request } = randomScenario(profile, 1, "inside");
  const worth = held.reduce((sum, q, i) => sum + q * (snapshot.slots[i]!.value + snapshot.slots[i]!.carryIndex), 0n);
  const book = {
    ...request.book,
    positions: held.map(lots),
    order: held.map(() => lots(0n)),
    cashAdj: microUsd(nav - worth),
    nav: microUsd(nav),
    breachSince: 0n,
  };
  return {
    ...request,
    book,
    order: order.map(lots),
    chain: {
      ...request.chain,
      snapshot,
      mandate,
      outflow,
      cashFlow: microUsd(0n),
      settle: emptySettle(profile),
      snapshotHash: snapshotHash(snapshotWords(profile, snapshot)),
      oldCommitment: commitBook(book),
    },
  };
}
