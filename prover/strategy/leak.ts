import { sum } from "../base/integers.ts";
import { groupOfSlot } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import { sleeveSlots } from "../format/signals.ts";
import { isTrained } from "./network.ts";
import { strategyTemplate, TEMPLATES } from "./templates.ts";
import type { TemplateName } from "./templates.ts";
import type { StrategyNotes, StrategyParameters } from "./parameters.ts";

/**
 * Where a network comes from. `untrained`: everybody knows it. `reproducible`: whoever has the same prices trains the
 * same, since its seed was named. `own`: no seed is noted.
 */
export type NetworkOrigin = "untrained" | "reproducible" | "own";

/** What an attacker is spared who guesses at a strategy's numbers. */
export interface StrategyLeak {
  /** Numbers other than 0, the network's left out. */
  readonly numbers: number;
  /** How many of them are the template's, of the template that the strategy is closest to. */
  readonly asInTemplate: number;
  readonly template: TemplateName;
  /** How many of the rest people would type: multiples of fifty, or one digit and noughts. */
  readonly round: number;
  readonly network: NetworkOrigin;
  /** Slots that the strategy may hold. */
  readonly held: number;
}

export const networkOrigin = ({ network }: StrategyParameters, { trainedOn }: StrategyNotes): NetworkOrigin =>
  !isTrained(network) ? "untrained" : trainedOn?.seed === undefined ? "own" : "reproducible";

export function strategyLeak(profile: Profile, strategy: StrategyParameters, notes: StrategyNotes): StrategyLeak {
  const own = numbersOf(strategy);
  const numbers = own.filter((value) => value !== 0n).length;
  const [template, asInTemplate] = TEMPLATES.map((name): [TemplateName, number] => {
    const known = numbersOf(strategyTemplate(profile, name));
    return [name, own.filter((value, k) => value !== 0n && value === known[k]).length];
  }).reduce((closest, one) => (one[1] > closest[1] ? one : closest));
  const known = numbersOf(strategyTemplate(profile, template));
  return {
    numbers,
    asInTemplate,
    template,
    round: own.filter((value, k) => value !== 0n && value !== known[k] && isRound(value)).length,
    network: networkOrigin(strategy, notes),
    held: heldSlots(profile, strategy),
  };
}

const numbersOf = ({ regimes, viewsBps, rollDays, defencePace, marginTriggerBps }: StrategyParameters): bigint[] => [
  ...regimes.flatMap((table) => Object.values(table).flat() as bigint[]),
  ...viewsBps,
  rollDays,
  defencePace,
  marginTriggerBps,
];

const isRound = (value: bigint): boolean => {
  const text = String(value < 0n ? -value : value).replace(/0+$/, "");
  return value % 50n === 0n || (text.length === 1 && value % 10n === 0n);
};

function heldSlots(profile: Profile, { regimes, hedgesDelta, tradesOptions }: StrategyParameters): number {
  const sleeve = sleeveSlots(profile);
  return Array.from({ length: profile.slots }, (_, slot) => slot).filter((slot) => {
    const [group, place] = [groupOfSlot(profile, slot), slot % profile.groupSlots];
    return (
      regimes.some(({ weightBps, sleeveBps }) => weightBps[slot] !== 0n || (sleeveBps > 0n && sleeve.includes(slot))) ||
      (hedgesDelta[group] === true && place === 1) ||
      (tradesOptions[group] === true && place >= 2)
    );
  }).length;
}

/**
 * The most of a vault's next order that nets alone give away, as a share: its part of what all orders vary by, where
 * orders are as large as vaults are. One in as many as there are, if all are alike.
 */
export function takenByNets(navMicroUsd: bigint, others: readonly bigint[]): number {
  const square = (nav: bigint): bigint => (nav > 0n ? nav * nav : 0n);
  const all = square(navMicroUsd) + sum(others.map(square));
  return all === 0n ? 1 : Number((square(navMicroUsd) * 1_000_000n) / all) / 1e6;
}
