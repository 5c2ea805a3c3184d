import fc from "fast-check";
import { MandateRefused } from "../../prover/book/mandate.ts";
import { slotsOfGroup } from "../../prover/format/profile.ts";
import type { StrategySituation } from "../../prover/strategy/decide.ts";
import type { StrategyParameters } from "../../prover/strategy/parameters.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/submission/witness.ts";
import { insistOn, requestFor } from "./adherence.ts";
import {
  arbitrarySituation,
  arbitraryStrategy,
  DOLLAR,
  holding,
  LOOSE,
  optionSlot,
  perpSlot,
  situationOf,
  snapshotOf,
  spotSlot,
  standard,
  strategyOf,
} from "./strategy.ts";

// Options stand in groups of four only, which the small circuit has not.

/** Options in all groups, with targets that the market can serve, in an epoch in which it is the turn of `group`. */
function withOptions(
  strategy: StrategyParameters,
  situation: StrategySituation,
  group: number,
): [StrategyParameters, StrategySituation] {
  const small = (target: bigint): bigint => target % 40n;
  const none = (list: readonly bigint[]): bigint[] => list.map(() => 0n);
  const regimes = strategy.regimes.map((table) => ({
    ...table,
    weightBps: none(table.weightBps),
    deltaBps: none(table.deltaBps),
    gammaBps: table.gammaBps.map(small),
    vegaBps: table.vegaBps.map(small),
    gammaBandBps: none(table.gammaBandBps),
    vegaBandBps: none(table.vegaBandBps),
    participationBps: 10_000n,
    speed: 128n,
  }));
  const slots = situation.snapshot.slots.map((slot) => ({
    ...slot,
    liquidity: lots(1_000_000n),
    slip: microUsd(0n),
    positionCap: lots(1n << 22n),
  }));
  return [
    {
      ...strategy,
      regimes,
      tradesOptions: [true, true, true, true],
      hedgesDelta: [true, true, true, false],
      rollDays: strategy.rollDays / 4n,
      marginTriggerBps: 10_000n,
    },
    {
      ...situation,
      mandate: LOOSE,
      epoch: situation.epoch * BigInt(standard.groups) + BigInt(group),
      halvings: situation.halvings % 2,
      settlement: { ...situation.settlement, breachSince: 0n },
      snapshot: { ...situation.snapshot, slots },
    },
  ];
}

export interface StandardOrder {
  request: SubmissionRequest;
  built: BuiltSubmission;
}

/** Random submissions of the standard size, two of three with options in every group; the same on every run. */
export const standardOrders = (): readonly StandardOrder[] => (orders ??= makeOrders());
let orders: readonly StandardOrder[] | undefined;

function makeOrders(): StandardOrder[] {
  const found: StandardOrder[] = [];
  for (const [n, { strategy, situation }] of fc
    .sample(fc.record({ strategy: arbitraryStrategy(standard), situation: arbitrarySituation(standard) }), {
      seed: 3,
      numRuns: 60,
    })
    .entries()) {
    const request = requestFor(
      standard,
      ...(n % 3 === 0 ? ([strategy, situation] as const) : withOptions(strategy, situation, n % standard.groups)),
    );
    try {
      found.push({ request, built: buildSubmission(request) });
    } catch (error) {
      if (!(error instanceof MandateRefused)) throw error;
    }
  }
  return found;
}

/** The group whose options are traded, if one's are. */
export function groupInTurn({ built: { decision } }: StandardOrder): number | undefined {
  const option = decision.reasons.find(({ role, order }) => role === "option" && order !== 0n);
  return option === undefined || decision.refused.length > 0
    ? undefined
    : Math.floor(option.slot / standard.groupSlots);
}

/** The same submission with an order that is `by` lots off in a slot, and all else as if that were the one decided. */
export const off = ({ request, built }: StandardOrder, slot: number, by: bigint): BuiltSubmission =>
  insistOn(
    request,
    built.decision.order.map((delta, i) => lots(i === slot ? delta + by : delta)),
  );

/** A vault of a million dollars that sells puts and buys calls at a weight in a group whose delta its perp hedges. */
export function weighedOptions(group: number): StandardOrder {
  const [spot, perp, put, call] = slotsOfGroup(standard, group) as [number, number, number, number];
  const snapshot = snapshotOf(standard, {
    [spot]: spotSlot(1_000n),
    [perp]: perpSlot(1_000n),
    [put]: optionSlot(10n, 10n, { delta: microUsd(-300n * DOLLAR) }),
    [call]: optionSlot(10n, 10n, { delta: microUsd(450n * DOLLAR) }),
  });
  const weights = Array<bigint>(standard.slots).fill(0n).with(put, -4_000n).with(call, 2_000n);
  const hedgesDelta = Array.from({ length: standard.groups }, (_, g) => g === group);
  const request = requestFor(
    standard,
    strategyOf(standard, { weightBps: weights }, { hedgesDelta }),
    situationOf(standard, snapshot, holding(snapshot, {}, 1_000_000n)),
  );
  return { request, built: buildSubmission(request) };
}

/** The option slots of a group. */
export const optionsOf = (group: number): number[] => slotsOfGroup(standard, group).slice(2);
