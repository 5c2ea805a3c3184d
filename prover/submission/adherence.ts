import { bit } from "../base/integers.ts";
import { mandateRowCount, mandateRowIndex } from "../../circuits/format/layout.ts";
import { toWord } from "../base/field.ts";
import { evaluateMandate } from "../book/mandate.ts";
import type { MandateReport, RowResult } from "../book/mandate.ts";
import type { Profile } from "../format/profile.ts";
import { lots } from "../base/units.ts";
import type { Lots, Word } from "../base/units.ts";
import type { Decision, StrategySituation } from "../strategy/decide.ts";
import { strategyOpening } from "../strategy/parameters.ts";
import type { StrategyParameters } from "../strategy/parameters.ts";

/** What a proof claims about a decision; each claim is checked by the circuit (docs/strategy.md). Secret, all of it. */
export interface AdherenceInputs {
  strategyWords: bigint[];
  sleeveWeights: bigint[];
  sleevePrice: bigint;
  /** The order decided, also where a row refuses it. */
  order: bigint[];
  directions: bigint[];
  clips: bigint[][];
  retreatBy: bigint[];
  refusedRow: bigint[];
  lossAfter: bigint[];
}

const CLIPS = ["participation", "position", "cash"] as const;

/** The claims of a decision, and what the mandate says of the order that is sent. */
export function adherenceInputs(
  profile: Profile,
  strategy: StrategyParameters,
  strategySalt: Word,
  situation: StrategySituation,
  decision: Decision,
): AdherenceInputs {
  const slots = Array.from({ length: profile.slots }, (_, slot) => slot);
  const reasonOf = (slot: number): Decision["reasons"][number] | undefined => decision.reasons[slot];
  const order: Lots[] = slots.map((slot) => lots(reasonOf(slot)?.order ?? 0n));
  const [refused] = decision.refused;
  const decided: MandateReport =
    refused === undefined ? decision.report : evaluateMandate(profile, { ...situation, order });
  return {
    strategyWords: strategyOpening(strategy, strategySalt),
    sleeveWeights: [...decision.sleeve.weights],
    sleevePrice: decision.sleeve.price,
    order: order.map(toWord),
    directions: slots.map((slot) => bit((reasonOf(slot)?.towards ?? 0n) >= 0n)),
    clips: slots.map((slot) => CLIPS.map((clip) => bit(reasonOf(slot)?.clip === clip))),
    retreatBy: slots.map((slot) => bit(slot === decision.retreatBy)),
    refusedRow: namedRow(profile, refused),
    lossAfter: [...decided.lossAfter],
  };
}

/** One-hot over the rows in the circuit's order; all 0 for none. */
function namedRow({ sizes }: Profile, row: RowResult | undefined): bigint[] {
  const names = Array<bigint>(mandateRowCount(sizes)).fill(0n);
  if (row === undefined) return names;
  const index = mandateRowIndex(sizes, row.row, row.side === "lower", row.group ?? row.slot ?? 0);
  // Participation and position limits are not here: a decided order keeps them before the mandate is asked.
  if (index === undefined) throw new RangeError(`no decided order breaks the row ${row.row}`);
  names[index] = 1n;
  return names;
}
