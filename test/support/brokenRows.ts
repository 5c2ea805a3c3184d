import { evaluateMandate } from "../../prover/book/mandate.ts";
import { settleBook } from "../../prover/book/settlement.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import type { Mandate, SnapshotSlot } from "../../prover/format/transcript.ts";
import { decide } from "../../prover/strategy/decide.ts";
import type { Decision } from "../../prover/strategy/decide.ts";
import type { StrategyParameters } from "../../prover/strategy/parameters.ts";
import { assembleSubmission, situationOf } from "../../prover/submission/witness.ts";
import type { SubmissionInputs } from "../../prover/submission/witness.ts";
import { requestFor } from "./adherence.ts";
import {
  DOLLAR,
  holding,
  LOOSE,
  perpSlot,
  situationOf as strategySituationOf,
  small,
  snapshotOf,
  spotSlot,
  strategyOf,
} from "./strategy.ts";

/** A submission that is as it has to be, but for one row of the mandate that it breaks. */
export interface BrokenRow {
  readonly why: string;
  readonly inputs: SubmissionInputs;
}

interface Case {
  readonly why: string;
  /** Beside which every limit is loose. */
  readonly mandate: Partial<Mandate>;
  /** Lots of the first slot, spot, and of the second, a perp. */
  readonly held?: readonly [spot: bigint, perp: bigint];
  readonly spot?: Partial<SnapshotSlot>;
  readonly perp?: Partial<SnapshotSlot>;
  readonly strategy?: StrategyParameters;
  /** Outside for longer than the mandate bears. */
  readonly overdue?: true;
  readonly outflow?: true;
}

/** Nothing can be traded, so that a book that has to shrink can't. */
const DRY: Partial<SnapshotSlot> = { liquidity: lots(0n) };
const buys = strategyOf(small, { weightBps: [6_000n, 0n, 0n, 0n] });
const cases: readonly Case[] = [
  { why: "delta above its limit", mandate: { deltaBps: bps(5_999n) }, strategy: buys },
  {
    why: "gamma above its limit",
    mandate: { gammaBps: bps(59n) },
    spot: { gamma: microUsd(10n * DOLLAR) },
    strategy: buys,
  },
  {
    why: "vega above its limit, on the lower side",
    mandate: { vegaBps: bps(59n) },
    spot: { vega: microUsd(-10n * DOLLAR) },
    strategy: buys,
  },
  { why: "a slot above its limit", mandate: { concentrationBps: bps(5_999n) }, strategy: buys },
  {
    why: "gross, of an old breach, not reduced",
    mandate: { grossBps: bps(1_000n) },
    held: [600n, 0n],
    spot: DRY,
    overdue: true,
  },
  {
    why: "net, of an old breach on the upper side, not reduced",
    mandate: { netBps: bps(1_000n) },
    held: [600n, 0n],
    spot: DRY,
    overdue: true,
  },
  {
    why: "net, of an old breach on the lower side, not reduced",
    mandate: { netBps: bps(1_000n) },
    held: [0n, -600n],
    perp: DRY,
    overdue: true,
  },
  {
    why: "margin, of an old breach, not reduced",
    mandate: { initialMarginBps: bps(100n) },
    held: [600n, 0n],
    spot: DRY,
    overdue: true,
  },
  {
    why: "margin, called, not reduced",
    mandate: { initialMarginBps: bps(100n), maintenanceMarginBps: bps(100n) },
    held: [600n, 0n],
    spot: DRY,
  },
  {
    why: "cash, of an old breach, not brought in",
    mandate: { cashFloorBps: bps(9_000n) },
    held: [600n, 0n],
    spot: DRY,
    overdue: true,
  },
  {
    why: "a redemption paid from a book that is outside",
    mandate: { concentrationBps: bps(1_000n) },
    held: [600n, 0n],
    outflow: true,
  },
];

/** What a prover sends who makes everything of the order that is decided, but sends it though a row forbids that. */
function broken({ why, mandate, held = [0n, 0n], spot, perp, strategy = strategyOf(small), ...more }: Case): BrokenRow {
  const snapshot = snapshotOf(small, { 0: spotSlot(1_000n, spot), 1: perpSlot(1_000n, perp) });
  const value = held[0] * 1_000n;
  const situation = strategySituationOf(
    small,
    snapshot,
    {
      ...holding(snapshot, { 0: held[0], 1: held[1] }, 1_000_000n - value),
      breachSince: more.overdue ? 1n : 0n,
    },
    { mandate: { ...LOOSE, ...mandate }, outflow: more.outflow ?? false },
  );
  const request = requestFor(small, strategy, situation);
  const settlement = settleBook(small, request.book, request.chain.settle, snapshot, request.chain.cashFlow);
  const bare = situationOf(request, settlement);
  // Without the limit the same is decided, but for the defence that a strict mandate asks for.
  const decision = decide(small, strategy, { ...bare, mandate: LOOSE });
  const idle = more.outflow === true;
  const retreats = evaluateMandate(small, { ...bare, order: decision.order }).strict;
  const reasons: Decision["reasons"] = retreats
    ? settlement.positions.map((q, slot) => ({
        slot,
        role: "weight",
        towards: q > 0n ? -1n : 1n,
        wanted: 0n,
        order: lots(0n),
        ...(q === 0n ? {} : { clip: "participation" as const }),
      }))
    : decision.reasons;
  const order = idle || retreats ? settlement.positions.map(() => lots(0n)) : decision.order;
  const { inputs } = assembleSubmission(request, settlement, {
    ...decision,
    reasons: idle ? [] : reasons,
    order,
    report: evaluateMandate(small, { ...bare, order }),
  });
  return { why, inputs };
}

export const brokenRows = (): BrokenRow[] => cases.map(broken);
