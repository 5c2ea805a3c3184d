import fc from "fast-check";
import type { Settlement } from "../../prover/book/settlement.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import type { StrategySituation } from "../../prover/strategy/decide.ts";
import { calmNetwork, HIDDEN, REGIMES } from "../../prover/strategy/network.ts";
import type { RegimeNetwork } from "../../prover/strategy/network.ts";
import type { RegimeTable, StrategyParameters } from "../../prover/strategy/parameters.ts";
import { FEATURES, noSignals, optionSlots, sleeveSlots } from "../../prover/format/signals.ts";
import type { MarketSignals } from "../../prover/format/signals.ts";
import type { Mandate, Snapshot, SnapshotSlot } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";

export const DOLLAR = 1_000_000n;

/** A mandate that refuses nothing of what the tests do. */
export const LOOSE: Mandate = {
  deltaBps: bps(200_000n),
  gammaBps: bps(200_000n),
  vegaBps: bps(200_000n),
  concentrationBps: bps(200_000n),
  participationBps: bps(10_000n),
  grossBps: bps(200_000n),
  netBps: bps(200_000n),
  cashFloorBps: bps(0n),
  turnoverBps: bps(200_000n),
  initialMarginBps: bps(10_000n),
  maintenanceMarginBps: bps(10_000n),
  breachEpochs: 5n,
};

/** A table that wants nothing and trades at once. */
function emptyTable(profile: Profile): RegimeTable {
  const perGroup = Array<bigint>(profile.groups).fill(0n);
  return {
    weightBps: Array<bigint>(profile.slots).fill(0n),
    deltaBps: perGroup,
    gammaBps: perGroup,
    vegaBps: perGroup,
    sleeveBps: 0n,
    participationBps: 10_000n,
    riskTolerance: 0n,
    stressMix: 0n,
    speed: 128n,
    weightBandBps: perGroup,
    deltaBandBps: perGroup,
    gammaBandBps: perGroup,
    vegaBandBps: perGroup,
  };
}

/** A strategy whose tables are all `table`. */
export function strategyOf(
  profile: Profile,
  table: Partial<RegimeTable> = {},
  more: Partial<StrategyParameters> = {},
): StrategyParameters {
  const none = Array<boolean>(profile.groups).fill(false);
  return {
    network: calmNetwork(),
    regimes: Array.from({ length: REGIMES }, () => ({ ...emptyTable(profile), ...table })),
    viewsBps: sleeveSlots(profile).map(() => 0n),
    hedgesDelta: none,
    tradesOptions: none,
    rollDays: 3n,
    defencePace: 32n,
    marginTriggerBps: 10_000n,
    ...more,
  };
}

/** A spot slot of a price in dollars a lot. */
export const spotSlot = (dollars: bigint, more: Partial<SnapshotSlot> = {}): SnapshotSlot => ({
  value: microUsd(dollars * DOLLAR),
  delta: microUsd(dollars * DOLLAR),
  gamma: microUsd(0n),
  vega: microUsd(0n),
  stress: [-2_000n, 2_000n, -1_000n, 1_000n].map((shock) => microUsd((dollars * DOLLAR * shock) / 10_000n)),
  carryIndex: microUsd(0n),
  notional: microUsd(dollars * DOLLAR),
  slip: microUsd((dollars * DOLLAR) / 200n),
  contingency: microUsd(0n),
  liquidity: lots(1_000_000n),
  positionCap: lots(1n << 24n),
  ...more,
});

export const perpSlot = (dollars: bigint, more: Partial<SnapshotSlot> = {}): SnapshotSlot =>
  spotSlot(dollars, { value: microUsd(0n), contingency: microUsd((dollars * DOLLAR) / 50n), ...more });

/** An option on a lot of 1,000 dollars; gamma and vega in dollars a lot. */
export const optionSlot = (gammaDollars: bigint, vegaDollars: bigint, more: Partial<SnapshotSlot> = {}): SnapshotSlot =>
  spotSlot(1_000n, {
    value: microUsd(50n * DOLLAR),
    delta: microUsd(500n * DOLLAR),
    gamma: microUsd(gammaDollars * DOLLAR),
    vega: microUsd(vegaDollars * DOLLAR),
    contingency: microUsd(50n * DOLLAR),
    ...more,
  });

const NOTHING: SnapshotSlot = spotSlot(0n, { liquidity: lots(0n), positionCap: lots(0n) });

/** A snapshot of the slots given; perps where nothing of value is and options where gamma is may be short. */
export function snapshotOf(profile: Profile, listed: Readonly<Record<number, SnapshotSlot>>): Snapshot {
  const stressOf = (slot: SnapshotSlot) =>
    Array.from({ length: profile.scenarios }, (_, s) => slot.stress[s % slot.stress.length]!);
  const slots = Array.from({ length: profile.slots }, (_, i) => listed[i] ?? NOTHING).map((slot) => ({
    ...slot,
    stress: stressOf(slot),
  }));
  return {
    slots,
    mayBeShort: slots.map(({ value, notional, gamma }) => notional > 0n && (value === 0n || gamma !== 0n)),
    chargesLong: slots.map(({ value, notional }) => notional > 0n && value === 0n),
    signals: noSignals(profile),
  };
}

/** A settled book by what it holds. */
export function holding(snapshot: Snapshot, held: Readonly<Record<number, bigint>>, cashDollars: bigint): Settlement {
  const positions = snapshot.slots.map((_, i) => lots(held[i] ?? 0n));
  const cash = cashDollars * DOLLAR;
  const nav = positions.reduce<bigint>((sum, q, i) => sum + q * snapshot.slots[i]!.value, cash);
  return {
    filled: positions.map(() => lots(0n)),
    positions,
    cash: microUsd(cash),
    cashFlow: microUsd(0n),
    cashAdj: microUsd(cash),
    navBefore: microUsd(nav),
    nav: microUsd(nav),
    capital: microUsd(nav > 0n ? nav : 0n),
    insolvent: nav < 0n,
    breachSince: 0n,
  };
}

export function situationOf(
  profile: Profile,
  snapshot: Snapshot,
  settlement: Settlement,
  more: Partial<StrategySituation> = {},
): StrategySituation {
  return {
    mandate: LOOSE,
    snapshot,
    settlement,
    outflow: false,
    halted: false,
    epoch: 100n,
    signals: noSignals(profile),
    cashWanted: microUsd(0n),
    halvings: 0,
    ...more,
  };
}

const within = (low: bigint, high: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: low, max: high });
const list = <T>(of: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
  fc.array(of, { minLength: length, maxLength: length });

export const arbitraryNetwork = (): fc.Arbitrary<RegimeNetwork> => {
  const weight = within(-128n, 127n);
  const bias = within(-16_383n, 16_383n);
  return fc.record({
    hidden: list(list(weight, FEATURES.length), HIDDEN),
    hiddenBias: list(bias, HIDDEN),
    output: list(list(weight, HIDDEN), REGIMES),
    outputBias: list(bias, REGIMES),
  });
};

export const arbitrarySignals = (profile: Profile): fc.Arbitrary<MarketSignals> => {
  const n = sleeveSlots(profile).length;
  return fc.record({
    features: list(within(-2_047n, 2_047n), FEATURES.length),
    daysToExpiry: list(within(0n, 127n), optionSlots(profile).length),
    volatility: list(
      fc.oneof(
        { weight: 5, arbitrary: within(20n, 250n) },
        { weight: 1, arbitrary: within(1n, 511n) },
        { weight: 1, arbitrary: fc.constant(0n) },
      ),
      n,
    ),
    // One factor and noise, as shrunk estimates have it: always a correlation matrix with the ridge.
    correlation: within(0n, 110n).chain((common) => list(within(common - 3n, common + 3n), (n * (n - 1)) / 2)),
  });
};

/** Any strategy a file can hold, with weights that a market could bear. */
export function arbitraryStrategy(profile: Profile): fc.Arbitrary<StrategyParameters> {
  const target = within(-3_000n, 3_000n);
  const band = within(0n, 500n);
  const perGroup = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T[]> => list(of, profile.groups);
  const table = fc.record<RegimeTable>({
    weightBps: list(target, profile.slots),
    deltaBps: perGroup(target),
    gammaBps: perGroup(target),
    vegaBps: perGroup(target),
    sleeveBps: within(0n, 10_000n),
    participationBps: within(0n, 10_000n),
    riskTolerance: within(0n, 4_095n),
    stressMix: within(0n, 7n),
    speed: within(0n, 128n),
    weightBandBps: perGroup(band),
    deltaBandBps: perGroup(band),
    gammaBandBps: perGroup(band),
    vegaBandBps: perGroup(band),
  });
  return fc.record<StrategyParameters>({
    network: arbitraryNetwork(),
    regimes: list(table, REGIMES),
    viewsBps: list(within(-8_000n, 8_000n), sleeveSlots(profile).length),
    hedgesDelta: perGroup(fc.boolean()),
    tradesOptions: optionSlots(profile).length > 0 ? perGroup(fc.boolean()) : perGroup(fc.constant(false)),
    rollDays: within(0n, 127n),
    defencePace: within(1n, 128n),
    marginTriggerBps: within(0n, 10_000n),
  });
}

/**
 * Market and book of a profile with every slot listed: spot, perp, options in groups of four; spot and perp in groups
 * of two.
 */
export function arbitrarySituation(profile: Profile): fc.Arbitrary<StrategySituation> {
  const slot = (i: number): fc.Arbitrary<SnapshotSlot> =>
    fc
      .record({
        price: within(1n, 5_000n),
        liquidity: fc.oneof(within(0n, 20_000n), fc.constant(0n)),
        greek: within(0n, 30n),
        vega: within(0n, 30n),
        // Calls and puts of 1,000 dollars a lot.
        delta: within(-1_000n, 1_000n),
        positionCap: within(1n, 1n << 20n),
      })
      .map(({ price, liquidity, greek, vega, delta, positionCap }) => {
        const more = { liquidity: lots(liquidity), positionCap: lots(positionCap) };
        const place = i % profile.groupSlots;
        return place === 0
          ? spotSlot(price, more)
          : place === 1
            ? perpSlot(price, more)
            : optionSlot(greek, vega, { ...more, delta: microUsd(delta * DOLLAR) });
      });
  return fc
    .record({
      slots: fc.tuple(...Array.from({ length: profile.slots }, (_, i) => slot(i))),
      share: list(within(-100n, 100n), profile.slots),
      cash: within(-100_000n, 20_000_000n),
      age: fc.oneof(fc.constant(0n), within(0n, 12n)),
      signals: arbitrarySignals(profile),
      epoch: within(20n, 1_000n),
      halvings: fc.integer({ min: 0, max: 7 }),
      cashWanted: within(0n, 1_000_000n),
      limits: within(2_000n, 20_000n),
      cashFloorBps: within(0n, 2_000n),
      participationBps: within(0n, 10_000n),
      outflow: fc.constant(false),
      halted: fc.constant(false),
    })
    .map(({ slots, share, cash, age, limits, cashFloorBps, participationBps, cashWanted, ...more }) => {
      const snapshot = snapshotOf(profile, slots);
      const held = slots.map(({ positionCap }, i) => {
        const q = (positionCap * share[i]!) / 2_000n;
        return q < 0n && !snapshot.mayBeShort[i] ? -q : q;
      });
      const settlement = {
        ...holding(snapshot, Object.fromEntries(held.entries()), cash),
        breachSince: age === 0n ? 0n : more.epoch - age,
      };
      const mandate: Mandate = {
        ...LOOSE,
        deltaBps: bps(limits),
        gammaBps: bps(limits),
        vegaBps: bps(limits),
        concentrationBps: bps(limits),
        grossBps: bps(2n * limits),
        netBps: bps(limits),
        turnoverBps: bps(limits),
        cashFloorBps: bps(cashFloorBps),
        participationBps: bps(participationBps),
        initialMarginBps: bps(6_000n),
        maintenanceMarginBps: bps(8_000n),
      };
      return { ...more, mandate, snapshot, settlement, cashWanted: microUsd(cashWanted * DOLLAR) };
    });
}

export const { small, standard } = profiles;
