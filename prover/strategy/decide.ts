import { BPS } from "../../circuits/format.ts";
import { absolute, clamp, least, sign, soft } from "../base/integers.ts";
import { ORDER_OFFSET } from "../book/book.ts";
import { evaluateMandate, limitOf, MandateRefused } from "../book/mandate.ts";
import type { MandateInputs, MandateReport, RowResult } from "../book/mandate.ts";
import { groupOfSlot, slotsOfGroup } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import type { SnapshotSlot } from "../format/transcript.ts";
import { lots } from "../base/units.ts";
import type { Bps, Lots, MicroUsd } from "../base/units.ts";
import { solveSleeve, WEIGHT_SHIFT } from "./meanVariance.ts";
import type { SleeveProblem, SleeveSolution } from "./meanVariance.ts";
import { regimeOf, regimeScores } from "./network.ts";
import type { RegimeTable, StrategyParameters } from "./parameters.ts";
import { optionSlots, sleeveSlots } from "../format/signals.ts";
import type { MarketSignals } from "../format/signals.ts";

/** All a decision depends on besides the strategy: docs/strategy.md §1. */
export type StrategySituation = Omit<MandateInputs, "order"> & {
  readonly signals: MarketSignals;
  /** What redemption requests that this epoch does not pay would be worth, ≥ 0. */
  readonly cashWanted: MicroUsd;
  /** How often the book's pace is halved, 0 … 7. */
  readonly halvings: number;
};

export type SlotRole = "weight" | "perp" | "option";
export type Clip = "participation" | "position" | "cash";

/** Why a slot's order is what it is; lots. */
export interface SlotReason {
  readonly slot: number;
  readonly role: SlotRole;
  /** On which side of its band the slot is: 1 above, −1 below, 0 inside. It is also set where the gap is too small for an order. */
  readonly towards: bigint;
  /** What the rule asks for, before limits. */
  readonly wanted: bigint;
  readonly order: bigint;
  /** The limit that binds. */
  readonly clip?: Clip;
}

/** Secret, all of it. */
export interface Decision {
  readonly order: readonly Lots[];
  /** For the new book. */
  readonly halvings: number;
  readonly regime: number;
  readonly scores: readonly bigint[];
  readonly sleeve: SleeveSolution;
  /** `idle`: no order may be sent in this epoch. `trade`: towards the table's targets. `defend`: every position shrinks in proportion. */
  readonly mode: "idle" | "trade" | "defend";
  /** The rows for which an order was held back; then `order` is 0. */
  readonly refused: readonly RowResult[];
  /** The order that the strategy wants, before the mandate is asked. */
  readonly reasons: readonly SlotReason[];
  /** In defence: the slot whose participation sets the share of the book that is closed; none if the strategy's own pace does. */
  readonly retreatBy?: number;
  /** The mandate's rows on the order that is sent. */
  readonly report: MandateReport;
}

/** Unit of paces. */
const WHOLE_PACE = 128n;
const MOST_HALVINGS = 7;
/** 16·|det| below the sum of its products: the two options are one. */
const CONDITION = 16n;
const NOTHING_WANTED: [towards: bigint, lots: bigint] = [0n, 0n];

/**
 * The order a strategy sends: docs/strategy.md. Whole lots per slot, always one the mandate allows.
 * @throws MandateRefused where the mandate asks for a reduction and the book can't be reduced in proportion
 */
export function decide(profile: Profile, parameters: StrategyParameters, situation: StrategySituation): Decision {
  const { settlement, mandate, halted, outflow } = situation;
  const scores = regimeScores(parameters.network, situation.signals.features);
  const regime = regimeOf(scores);
  const table = parameters.regimes[regime]!;
  const sleeve = solveSleeve(sleeveProblem(parameters, table, situation.signals));
  const about = { regime, scores, sleeve };
  const holding = (): Pick<Decision, "order" | "report"> => {
    const order = settlement.positions.map(() => lots(0n));
    return { order, report: evaluateMandate(profile, { ...situation, order }) };
  };
  if (halted || settlement.insolvent || outflow)
    return { ...about, ...holding(), halvings: situation.halvings, mode: "idle", refused: [], reasons: [] };

  const caps = situation.snapshot.slots.map((slot) => participationCap(slot, table, mandate.participationBps));
  const judge = (reasons: readonly SlotReason[]): MandateReport =>
    evaluateMandate(profile, { ...situation, order: reasons.map(({ order }) => lots(order)) });
  let retreatBy: number | undefined;
  let reasons = new Trade(profile, parameters, situation, table, sleeve, caps).reasons();
  let report = judge(reasons);
  const defends = report.strict || report.margin * BPS > parameters.marginTriggerBps * settlement.capital;
  if (defends) {
    ({ reasons, retreatBy } = retreat(parameters, situation, caps));
    report = judge(reasons);
  }
  const refused = report.rows.filter((row) => row.verdict === "refused");
  const mode = defends ? "defend" : "trade";
  if (refused.length === 0) {
    return {
      ...about,
      ...(retreatBy === undefined ? {} : { retreatBy }),
      order: reasons.map(({ order }) => lots(order)),
      halvings: Math.max(0, situation.halvings - 1),
      mode,
      refused,
      reasons,
      report,
    };
  }
  if (report.strict) throw new MandateRefused(refused);
  return {
    ...about,
    ...(retreatBy === undefined ? {} : { retreatBy }),
    ...holding(),
    halvings: Math.min(MOST_HALVINGS, situation.halvings + 1),
    mode,
    refused,
    reasons,
  };
}

const sleeveProblem = (
  parameters: StrategyParameters,
  table: RegimeTable,
  { volatility, correlation }: MarketSignals,
): SleeveProblem => ({
  volatility,
  correlation,
  viewsBps: parameters.viewsBps,
  riskTolerance: table.riskTolerance,
  stressMix: table.stressMix,
  budgetBps: table.sleeveBps,
});

/** A: capital less what waiting redemptions are worth, µUSD. */
export const baseOf = ({ settlement: { capital }, cashWanted }: StrategySituation): bigint =>
  capital > cashWanted ? capital - cashWanted : 0n;

/** Weight wanted of each slot, the sleeve's included, bps of A. */
export function weightTargets(profile: Profile, table: RegimeTable, sleeve: SleeveSolution): bigint[] {
  const assets = sleeveSlots(profile);
  return table.weightBps.map((weight, slot) => {
    const asset = assets.indexOf(slot);
    return asset < 0 ? weight : weight + (sleeve.weights[asset]! >> WEIGHT_SHIFT);
  });
}

function participationCap({ liquidity }: SnapshotSlot, { participationBps }: RegimeTable, mandateBps: Bps): bigint {
  return least((least(participationBps, mandateBps) * liquidity) / BPS, ORDER_OFFSET - 1n);
}

/** The ordinary order, §4.4. */
class Trade {
  readonly #profile: Profile;
  readonly #parameters: StrategyParameters;
  readonly #situation: StrategySituation;
  readonly #table: RegimeTable;
  readonly #caps: readonly bigint[];
  readonly #weightBps: readonly bigint[];
  /** A */
  readonly #base: bigint;
  readonly #cashIsShort: boolean;

  constructor(
    profile: Profile,
    parameters: StrategyParameters,
    situation: StrategySituation,
    table: RegimeTable,
    sleeve: SleeveSolution,
    caps: readonly bigint[],
  ) {
    const { settlement, mandate } = situation;
    this.#profile = profile;
    this.#parameters = parameters;
    this.#situation = situation;
    this.#table = table;
    this.#caps = caps;
    this.#weightBps = weightTargets(profile, table, sleeve);
    this.#base = baseOf(situation);
    this.#cashIsShort = settlement.cash + settlement.cashFlow < limitOf(settlement.capital, mandate.cashFloorBps);
  }

  reasons(): SlotReason[] {
    const reasons = this.#caps.map(
      (_, slot): SlotReason => ({ slot, role: "weight", towards: 0n, wanted: 0n, order: 0n }),
    );
    for (let group = 0; group < this.#profile.groups; group++) {
      const slots = slotsOfGroup(this.#profile, group);
      const perp = this.#perpOf(group);
      const options = this.#parameters.tradesOptions[group] ? slots.slice(2, 4) : [];
      this.#tradeOptions(group, options).forEach((reason) => (reasons[reason.slot] = reason));
      for (const slot of slots) if (slot !== perp && !options.includes(slot)) reasons[slot] = this.#towardsWeight(slot);
      if (perp !== undefined) reasons[perp] = this.#hedge(group, perp, reasons);
    }
    return reasons;
  }

  #towardsWeight(slot: number): SlotReason {
    const { notional } = this.#snapshotSlot(slot);
    const gap = this.#weightBps[slot]! * this.#base - BPS * this.#held(slot) * notional;
    const band = this.#table.weightBandBps[groupOfSlot(this.#profile, slot)]! * this.#base;
    return this.#clip(
      slot,
      "weight",
      sign(gap),
      gapLots(soft(gap, band), this.#pace(this.#table.speed), BPS * notional),
    );
  }

  /** The perp that hedges a group's delta, if the strategy wants that and there is one. */
  #perpOf(group: number): number | undefined {
    const slot = slotsOfGroup(this.#profile, group)[1]!;
    return this.#parameters.hedgesDelta[group] && this.#situation.snapshot.chargesLong[slot] ? slot : undefined;
  }

  /** Brings the group's net delta to the edge of its band; the group's other orders are known. */
  #hedge(group: number, perp: number, reasons: readonly SlotReason[]): SlotReason {
    const moved = slotsOfGroup(this.#profile, group).reduce(
      (delta, slot) => (slot === perp ? delta : delta + reasons[slot]!.order * this.#snapshotSlot(slot).delta),
      0n,
    );
    const gap = this.#table.deltaBps[group]! * this.#base - BPS * (this.#total(group, "delta") + moved);
    const band = this.#table.deltaBandBps[group]! * this.#base;
    return this.#clip(
      perp,
      "perp",
      sign(gap),
      gapLots(soft(gap, band), this.#pace(WHOLE_PACE), BPS * this.#snapshotSlot(perp).notional),
    );
  }

  #tradeOptions(group: number, options: readonly number[]): SlotReason[] {
    const inTurn = this.#situation.epoch % BigInt(this.#profile.groups) === BigInt(group);
    if (!inTurn || options.length === 0)
      return options.map((slot) => ({ slot, role: "option", towards: 0n, wanted: 0n, order: 0n }));

    const positions = optionSlots(this.#profile);
    const rolling = (slot: number): boolean =>
      this.#situation.signals.daysToExpiry[positions.indexOf(slot)]! < this.#parameters.rollDays;
    const closing = new Map(
      options
        .filter(rolling)
        .map((slot) => [slot, this.#clip(slot, "option", -sign(this.#held(slot)), -this.#held(slot))]),
    );
    const beyond = (lane: "gamma" | "vega"): bigint => {
      const total = [...closing].reduce(
        (sum, [slot, { order }]) => sum + order * this.#snapshotSlot(slot)[lane],
        this.#total(group, lane),
      );
      return soft(
        this.#table[`${lane}Bps`][group]! * this.#base - BPS * total,
        this.#table[`${lane}BandBps`][group]! * this.#base,
      );
    };
    const [gammaGap, vegaGap] = [beyond("gamma"), beyond("vega")];
    const pace = this.#pace(this.#table.speed);
    const usable = options.filter(
      (slot) => !closing.has(slot) && this.#snapshotSlot(slot).gamma > 0n && this.#snapshotSlot(slot).vega > 0n,
    );
    const wanted = new Map<number, [towards: bigint, lots: bigint]>();
    const want = (slot: number, gap: bigint, divisor: bigint) =>
      wanted.set(slot, [sign(gap) * sign(divisor), gapLots(gap, pace, BPS * divisor)]);
    const [a, b] = usable;
    if (a !== undefined) want(a, gammaGap, this.#snapshotSlot(a).gamma);
    if (a !== undefined && b !== undefined) {
      const [one, two] = [this.#snapshotSlot(a), this.#snapshotSlot(b)];
      const [left, right] = [one.gamma * two.vega, two.gamma * one.vega];
      const det = left - right;
      if (CONDITION * absolute(det) >= left + right) {
        want(a, gammaGap * two.vega - vegaGap * two.gamma, det);
        want(b, vegaGap * one.gamma - gammaGap * one.vega, det);
      }
    }
    return options.map(
      (slot) => closing.get(slot) ?? this.#clip(slot, "option", ...(wanted.get(slot) ?? NOTHING_WANTED)),
    );
  }

  #clip(slot: number, role: SlotRole, towards: bigint, wanted: bigint): SlotReason {
    const { positionCap } = this.#snapshotSlot(slot);
    const { mayBeShort, chargesLong } = this.#situation.snapshot;
    const held = this.#held(slot);
    const limits: [Clip, bigint][] = [
      ["participation", clamp(wanted, -this.#caps[slot]!, this.#caps[slot]!)],
      ["position", clamp(held + wanted, mayBeShort[slot] ? -positionCap : 0n, positionCap) - held],
    ];
    // A perp's order costs its slip, and the mandate allows no cost while cash is short.
    if (this.#cashIsShort) limits.push(["cash", chargesLong[slot] || held < 0n ? 0n : clamp(wanted, -held, 0n)]);
    const [clip, order] = limits.reduce((tightest, limit) =>
      absolute(limit[1]) < absolute(tightest[1]) ? limit : tightest,
    );
    return order === wanted ? { slot, role, towards, wanted, order } : { slot, role, towards, wanted, order, clip };
  }

  #pace(share: bigint): bigint {
    return share >> BigInt(this.#situation.halvings);
  }

  #held(slot: number): bigint {
    return this.#situation.settlement.positions[slot]!;
  }

  #snapshotSlot(slot: number): SnapshotSlot {
    return this.#situation.snapshot.slots[slot]!;
  }

  #total(group: number, lane: "delta" | "gamma" | "vega"): bigint {
    return slotsOfGroup(this.#profile, group).reduce(
      (sum, slot) => sum + this.#held(slot) * this.#snapshotSlot(slot)[lane],
      0n,
    );
  }
}

/** Lots that close pace/128 of a gap; `divisor` may be negative, and 0 gives 0. */
function gapLots(gap: bigint, pace: bigint, divisor: bigint): bigint {
  return divisor === 0n ? 0n : (gap * pace) / (WHOLE_PACE * divisor);
}

/** The whole book in proportion towards nothing, §4.5: as much as the strategy and the least liquid slot allow. */
function retreat(
  { defencePace }: StrategyParameters,
  { settlement: { positions } }: StrategySituation,
  caps: readonly bigint[],
): { reasons: SlotReason[]; retreatBy: number | undefined } {
  const share = positions.reduce<{ part: bigint; of: bigint; slot?: number }>(
    (lowest, q, slot) => {
      const [cap, size] = [caps[slot]!, absolute(q)];
      return size > 0n && cap > 0n && cap * lowest.of < lowest.part * size ? { part: cap, of: size, slot } : lowest;
    },
    { part: defencePace, of: WHOLE_PACE },
  );
  const reasons = positions.map((q, slot): SlotReason => {
    const wanted = (absolute(q) * share.part + share.of - 1n) / share.of;
    const order = -sign(q) * least(wanted, caps[slot]!);
    return {
      slot,
      role: "weight",
      towards: -sign(q),
      wanted: -sign(q) * wanted,
      order,
      ...(wanted > caps[slot]! || slot === share.slot ? { clip: "participation" as const } : {}),
    };
  });
  return { reasons, retreatBy: share.slot };
}
