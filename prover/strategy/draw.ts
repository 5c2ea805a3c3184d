import { least, sum } from "../base/integers.ts";
import { sleeveSlots } from "../format/signals.ts";
import { groupOfSlot } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import type { RegimeTable, StrategyParameters } from "./parameters.ts";

/** Numbers in [0, 1), one after the other. */
export type Uniform = () => number;

const WHOLE_BPS = 10_000n;
/** What a drawn table leaves free of weights and their bands: the cash of redemptions. */
const FREE_BPS = 300n;
/** How far from the template's a number may be drawn: between its 1/factor and its factor-fold. */
const FACTOR = { weight: 6, view: 1.75, regime: 1.3, band: 2, greek: 1.5, pace: 1.3, defence: 1.25 } as const;
/** The least share of the template's weights and sleeve that a drawn strategy takes. */
const LEAST_EXPOSURE = 0.7;
/** The least share of the template's margin trigger: a higher one could stand above a mandate's margin. */
const LEAST_TRIGGER = 0.85;
const MOST_PACE = 128n;

/**
 * A strategy of a template's kind with numbers of its own: whoever knows the template does not know them. The range is public;
 * the same uniforms give the same strategy. What is 0 in the template stays 0, and its network stays as it is.
 */
export function drawStrategy(profile: Profile, template: StrategyParameters, uniform: Uniform): StrategyParameters {
  const factor = (widest: number): number => widest ** (2 * uniform() - 1);
  const between = (low: number, high: number): number => low + (high - low) * uniform();
  const scaled = (value: bigint, by: number): bigint => BigInt(Math.round(Number(value) * by));
  const first = template.regimes[0]!;

  // The same for all regimes: what is favoured, how much of it, how close it is followed.
  const taste = first.weightBps.map((_, slot) =>
    template.regimes.some(({ weightBps }) => weightBps[slot] !== 0n) ? factor(FACTOR.weight) : 1,
  );
  const exposure = between(LEAST_EXPOSURE, 1);
  const bands = first.weightBandBps.map(() => factor(FACTOR.band));
  const greekBands = factor(FACTOR.band);
  const greeks = first.deltaBps.map(() => factor(FACTOR.greek));
  const pace = factor(FACTOR.pace);
  const participation = factor(FACTOR.pace);
  const riskTolerance = factor(FACTOR.greek);

  const regimes = template.regimes.map((table, regime): RegimeTable => {
    // A template that is the same in all regimes has its reason: it stays so.
    const turn = regime > 0 && !sameExposure(table, first) ? factor(FACTOR.regime) : 1;
    const weightBandBps = table.weightBandBps.map((band, group) => scaled(band, bands[group]!));
    const wanted = Number(sum(table.weightBps));
    const tasted = sum(table.weightBps.map((weight, slot) => scaled(weight, taste[slot]!)));
    const size = tasted === 0n ? 1 : wanted / Number(tasted);
    const room = roomOf(profile, table, weightBandBps);
    const share = (value: number): number => Math.min(value * exposure * turn, Number(room));
    const total = wanted === 0 ? 1 : share(wanted) / wanted;
    return {
      ...table,
      weightBps: table.weightBps.map((weight, slot) => scaled(weight, taste[slot]! * size * total)),
      weightBandBps,
      deltaBandBps: table.deltaBandBps.map((band) => scaled(band, greekBands)),
      gammaBps: table.gammaBps.map((gamma, group) => scaled(gamma, greeks[group]!)),
      gammaBandBps: table.gammaBandBps.map((band) => scaled(band, greekBands)),
      vegaBps: table.vegaBps.map((vega, group) => scaled(vega, greeks[group]!)),
      vegaBandBps: table.vegaBandBps.map((band) => scaled(band, greekBands)),
      sleeveBps: BigInt(Math.floor(share(Number(table.sleeveBps)))),
      riskTolerance: scaled(table.riskTolerance, riskTolerance),
      participationBps: scaled(table.participationBps, participation),
      speed: least(scaled(table.speed, pace), MOST_PACE),
    };
  });
  return {
    ...template,
    regimes,
    viewsBps: template.viewsBps.map((view) => (view === 0n ? 0n : scaled(view, factor(FACTOR.view)))),
    rollDays: template.rollDays + BigInt(Math.floor(3 * uniform())),
    defencePace: least(scaled(template.defencePace, factor(FACTOR.defence)), MOST_PACE),
    marginTriggerBps: scaled(template.marginTriggerBps, between(LEAST_TRIGGER, 1)),
  };
}

const sameExposure = (a: RegimeTable, b: RegimeTable): boolean =>
  a.sleeveBps === b.sleeveBps && a.weightBps.every((weight, slot) => weight === b.weightBps[slot]);

/** What weights or a sleeve may add up to, so that a book at the upper edges of its bands still has cash. */
function roomOf(profile: Profile, { weightBps, sleeveBps }: RegimeTable, weightBandBps: readonly bigint[]): bigint {
  const sleeve = sleeveSlots(profile);
  const bands = sum(
    weightBps.map((weight, slot) =>
      weight !== 0n || (sleeveBps !== 0n && sleeve.includes(slot)) ? weightBandBps[groupOfSlot(profile, slot)]! : 0n,
    ),
  );
  const room = WHOLE_BPS - FREE_BPS - bands;
  return room > 0n ? room : 0n;
}
