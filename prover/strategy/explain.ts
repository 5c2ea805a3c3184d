import { BPS } from "../../circuits/format.ts";
import { describeRow } from "../book/mandate.ts";
import { groupOfSlot, slotsOfGroup } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import { baseOf, weightTargets } from "./decide.ts";
import type { Clip, Decision, SlotRole, StrategySituation } from "./decide.ts";
import { WEIGHT_SHIFT } from "./meanVariance.ts";
import type { StrategyParameters } from "./parameters.ts";
import { FEATURES, sleeveSlots } from "../format/signals.ts";

/** Why a decision is what it is, for its owner. Secret, all of it. Targets, bands and exposures in bps of `baseMicroUsd`. */
export interface Explanation {
  readonly mode: Decision["mode"];
  readonly regime: number;
  /** One per regime; the first of the largest is in force. */
  readonly scores: readonly bigint[];
  readonly features: readonly { readonly name: string; readonly value: bigint }[];
  /** A of docs/strategy.md: capital less what waiting redemptions are worth. */
  readonly baseMicroUsd: bigint;
  readonly marginBps: bigint;
  readonly marginTriggerBps: bigint;
  /** How often the pace is halved, for this decision and for the next. */
  readonly halvings: number;
  readonly halvingsAfter: number;
  /** Rows of the mandate that hold the whole order back. */
  readonly refused: readonly string[];
  readonly slots: readonly SlotExplanation[];
  /** Only groups whose delta a perp hedges, or whose gamma and vega options keep. */
  readonly greeks: readonly GreekExplanation[];
  /** The view and the weight of each sleeve asset in the market. */
  readonly sleeve: readonly { readonly slot: number; readonly viewBps: bigint; readonly weightBps: bigint }[];
}

export interface SlotExplanation {
  readonly slot: number;
  readonly role: SlotRole;
  readonly heldLots: bigint;
  readonly exposureBps: bigint;
  /** Only slots held at a weight have a target; perps and options serve their group's Greeks. */
  readonly targetBps?: bigint;
  readonly bandBps?: bigint;
  /** What the rule asks for, and what limits leave of it. */
  readonly wantedLots: bigint;
  readonly decidedLots: bigint;
  readonly clip?: Clip;
  /** What is sent: nothing where a row of the mandate is refused. */
  readonly sentLots: bigint;
}

export interface GreekExplanation {
  readonly group: number;
  readonly greek: "delta" | "gamma" | "vega";
  readonly nowBps: bigint;
  readonly targetBps: bigint;
  readonly bandBps: bigint;
  /** With the order filled. */
  readonly afterBps: bigint;
}

export function explain(
  profile: Profile,
  parameters: StrategyParameters,
  situation: StrategySituation,
  decision: Decision,
): Explanation {
  const { settlement, snapshot, signals } = situation;
  const table = parameters.regimes[decision.regime]!;
  const targets = weightTargets(profile, table, decision.sleeve);
  const base = baseOf(situation);
  const bps = (microUsd: bigint): bigint => (base === 0n ? 0n : (BPS * microUsd) / base);

  const slots = snapshot.slots.flatMap(({ notional }, slot): SlotExplanation[] => {
    const held = settlement.positions[slot]!;
    if (notional === 0n && held === 0n) return [];
    const { role = "weight", wanted = 0n, order = 0n, clip } = decision.reasons[slot] ?? {};
    const group = groupOfSlot(profile, slot);
    return [
      {
        slot,
        role,
        heldLots: held,
        exposureBps: bps(held * notional),
        ...(role === "weight" ? { targetBps: targets[slot]!, bandBps: table.weightBandBps[group]! } : {}),
        wantedLots: wanted,
        decidedLots: order,
        ...(clip === undefined ? {} : { clip }),
        sentLots: decision.order[slot]!,
      },
    ];
  });

  const greeks = Array.from({ length: profile.groups }, (_, group) => group).flatMap((group) => {
    const members = slotsOfGroup(profile, group);
    const kept = (greek: GreekExplanation["greek"]): GreekExplanation => {
      const total = (lots: (slot: number) => bigint): bigint =>
        members.reduce((sum, slot) => sum + lots(slot) * snapshot.slots[slot]![greek], 0n);
      return {
        group,
        greek,
        nowBps: bps(total((slot) => settlement.positions[slot]!)),
        targetBps: table[`${greek}Bps`][group]!,
        bandBps: table[`${greek}BandBps`][group]!,
        afterBps: bps(total((slot) => settlement.positions[slot]! + decision.order[slot]!)),
      };
    };
    return [
      ...(parameters.hedgesDelta[group] ? [kept("delta")] : []),
      ...(parameters.tradesOptions[group] ? [kept("gamma"), kept("vega")] : []),
    ];
  });

  return {
    mode: decision.mode,
    regime: decision.regime,
    scores: decision.scores,
    features: FEATURES.map((name, k) => ({ name, value: signals.features[k]! })),
    baseMicroUsd: base,
    marginBps: settlement.capital === 0n ? 0n : (BPS * decision.report.margin) / settlement.capital,
    marginTriggerBps: parameters.marginTriggerBps,
    halvings: situation.halvings,
    halvingsAfter: decision.halvings,
    refused: decision.refused.map(describeRow),
    slots,
    greeks,
    sleeve: sleeveSlots(profile).flatMap((slot, asset) =>
      signals.volatility[asset] === 0n
        ? []
        : [{ slot, viewBps: parameters.viewsBps[asset]!, weightBps: decision.sleeve.weights[asset]! >> WEIGHT_SHIFT }],
    ),
  };
}
