import { groupOfSlot, slotsOfGroup } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import type { Mandate } from "../format/transcript.ts";
import { calmNetwork, REGIMES } from "./network.ts";
import type { RegimeTable, StrategyParameters } from "./parameters.ts";
import { optionSlots, sleeveSlots } from "../format/signals.ts";

/**
 * Strategies to begin with, one per way of using the parameters. Slots as npm start lays them out: spot, perp and two options of the
 * first underlying in group 0, spot and perp of the second and two more spots in group 1, spots after that. In the small market, whose
 * groups are of two, the first underlying alone has a perp.
 */
export const TEMPLATES = ["delta-neutral", "gamma-vega", "regime-allocator", "mean-variance"] as const;
export type TemplateName = (typeof TEMPLATES)[number];

/** Exposure left in each regime, calm to turbulent, in per cent: what "targets shrink" means in the templates. */
const SHRINK = [100n, 80n, 50n, 20n] as const;

/** Slots in which npm start lists spot. */
const usualSpots = ({ groupSlots, slots }: Profile): number[] =>
  [0, groupSlots, groupSlots + 2, groupSlots + 3].filter((slot) => slot < slots);

/** @param spots slots in which the market lists spot, npm start's where left out: an allocator divides by them */
export function strategyTemplate(
  profile: Profile,
  name: TemplateName,
  spots: readonly number[] = usualSpots(profile),
): StrategyParameters {
  const perGroup = (value: bigint): bigint[] => Array<bigint>(profile.groups).fill(value);
  const inGroups = (...groups: number[]): boolean[] =>
    Array.from({ length: profile.groups }, (_, g) => groups.includes(g));
  const only = (group: number, value: bigint): bigint[] => perGroup(0n).with(group, value);
  const slots = (weight: (slot: number) => bigint): bigint[] =>
    Array.from({ length: profile.slots }, (_, slot) => weight(slot));
  const first = (slot: number): boolean => slot === 0 || slot === profile.groupSlots;

  const base: RegimeTable = {
    weightBps: slots(() => 0n),
    deltaBps: perGroup(0n),
    gammaBps: perGroup(0n),
    vegaBps: perGroup(0n),
    sleeveBps: 0n,
    participationBps: 2_000n,
    riskTolerance: 0n,
    stressMix: 0n,
    speed: 64n,
    weightBandBps: perGroup(100n),
    deltaBandBps: perGroup(50n),
    gammaBandBps: perGroup(0n),
    vegaBandBps: perGroup(0n),
  };
  const tables = (of: (shrink: bigint, regime: number) => Partial<RegimeTable>): RegimeTable[] =>
    Array.from({ length: REGIMES }, (_, regime) => ({ ...base, ...of(SHRINK[regime]!, regime) }));
  const whole: StrategyParameters = {
    network: calmNetwork(),
    regimes: tables(() => ({})),
    viewsBps: sleeveSlots(profile).map(() => 0n),
    hedgesDelta: inGroups(),
    tradesOptions: inGroups(),
    rollDays: 3n,
    defencePace: 32n,
    marginTriggerBps: 3_500n,
  };

  switch (name) {
    case "delta-neutral": {
      // Spot of the underlyings that have a perp against it: earns funding. The same in all regimes: moving both legs costs more than it saves.
      const hedgesDelta = profile.groupSlots >= 4 ? inGroups(0, 1) : inGroups(0);
      return {
        ...whole,
        hedgesDelta,
        regimes: tables(() => ({
          weightBps: slots((slot) => (first(slot) && hedgesDelta[groupOfSlot(profile, slot)] ? 4_000n : 0n)),
          deltaBandBps: perGroup(100n),
        })),
      };
    }
    case "gamma-vega":
      // Long gamma and vega on the first underlying, delta by its perp; the more turbulent, the more gamma and the less vega.
      return {
        ...whole,
        hedgesDelta: inGroups(0),
        tradesOptions: optionSlots(profile).length > 0 ? inGroups(0) : inGroups(),
        regimes: tables((_, regime) => ({
          gammaBps: only(0, [20n, 30n, 40n, 50n][regime]!),
          vegaBps: only(0, 2n),
          gammaBandBps: only(0, 10n),
          vegaBandBps: only(0, 1n),
          deltaBandBps: perGroup(100n),
          speed: 128n,
        })),
      };
    case "regime-allocator":
      return {
        ...whole,
        regimes: tables((shrink) => ({
          weightBps: slots((slot) => (spots.includes(slot) ? (9_000n * shrink) / 100n / BigInt(spots.length) : 0n)),
          weightBandBps: perGroup(150n),
        })),
      };
    case "mean-variance":
      return {
        ...whole,
        viewsBps: sleeveSlots(profile).map(
          (_, i) => [6_000n, 5_000n, 9_000n, 6_000n, 5_000n, 5_000n, 5_000n, 5_000n][i]!,
        ),
        regimes: tables((shrink, regime) => ({
          sleeveBps: 90n * shrink,
          riskTolerance: 128n,
          stressMix: BigInt(regime * 2),
          weightBandBps: perGroup(150n),
          speed: 32n,
        })),
      };
  }
}

/**
 * Targets that an order could never reach inside a mandate, in words. A strategy with such targets stands still at the
 * edge. Only what follows from the two files is looked at, not what a market may do.
 */
export function outsideMandate(
  profile: Profile,
  { regimes, hedgesDelta, tradesOptions, defencePace }: StrategyParameters,
  mandate: Mandate,
): string[] {
  const size = (x: bigint): bigint => (x < 0n ? -x : x);
  return regimes.flatMap((table, regime) => {
    const faults: string[] = [];
    const require = (what: string, wanted: bigint, limit: bigint): void => {
      if (wanted > limit)
        faults.push(`regime ${regime}: ${what} can reach ${wanted} bps, the mandate ends at ${limit}`);
    };
    const assets = sleeveSlots(profile);
    // A perp that hedges has no weight of its own: it ends up against the rest of its group, the sleeve's part included.
    const exposures = table.weightBps.map((weight, slot) => {
      const group = groupOfSlot(profile, slot);
      if (!hedgesDelta[group] || slot % profile.groupSlots !== 1) return size(weight);
      const others = slotsOfGroup(profile, group).filter((other) => other !== slot);
      const sleeve = others.some((other) => assets.includes(other)) ? table.sleeveBps : 0n;
      return size(table.deltaBps[group]! - others.reduce((sum, other) => sum + table.weightBps[other]!, 0n)) + sleeve;
    });
    exposures.forEach((exposure, slot) => require(`the exposure of slot ${slot}`, exposure, mandate.concentrationBps));
    const gross = exposures.reduce((sum, exposure) => sum + exposure, table.sleeveBps);
    require("gross exposure", gross, mandate.grossBps);
    // A retreat is not slowed by halvings: one beyond the turnover would be refused again and again, and leave a called vault without a submission.
    require("the turnover of a retreat", (gross * defencePace + 127n) / 128n, mandate.turnoverBps);
    for (let group = 0; group < profile.groups; group++) {
      if (hedgesDelta[group])
        require(`delta of group ${group}, band included,`, size(table.deltaBps[group]!) +
          table.deltaBandBps[group]!, mandate.deltaBps);
      if (!tradesOptions[group]) continue;
      require(`gamma of group ${group}, band included,`, size(table.gammaBps[group]!) +
        table.gammaBandBps[group]!, mandate.gammaBps);
      require(`vega of group ${group}, band included,`, size(table.vegaBps[group]!) +
        table.vegaBandBps[group]!, mandate.vegaBps);
    }
    return faults;
  });
}
