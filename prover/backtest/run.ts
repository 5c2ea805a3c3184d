import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { signalsOfPath } from "../snapshot/signalsOfPath.ts";
import { signalSources } from "../snapshot/words.ts";
import { MandateRefused } from "../book/mandate.ts";
import { slotsOfGroup } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import type { Funding } from "../data/funding.ts";
import { meanImpliedVol, noImpliedVol } from "../data/impliedVol.ts";
import type { ImpliedVol } from "../data/impliedVol.ts";
import { SECONDS_PER_HOUR } from "../base/time.ts";
import type { PricePath } from "../data/path.ts";
import { REGIMES } from "../strategy/network.ts";
import { strategyWords } from "../strategy/parameters.ts";
import type { StrategyParameters } from "../strategy/parameters.ts";
import type { Mandate } from "../format/transcript.ts";
import { bps, toMicroUsd } from "../base/units.ts";
import { BacktestAccount } from "./account.ts";
import type { CostModel } from "./account.ts";
import { BacktestMarket, backtestSlots, inMemory } from "./market.ts";
import type { BacktestSlot, MarketHour } from "./market.ts";

/** What trading and holding has cost, dollars. */
export interface Costs {
  readonly spreadDollars: number;
  readonly impactDollars: number;
  readonly feesDollars: number;
  /** Paid on perps, negative if received. */
  readonly fundingDollars: number;
}

export const NO_COSTS: Costs = { spreadDollars: 0, impactDollars: 0, feesDollars: 0, fundingDollars: 0 };

/** The mandate of a backtest that names none: wide enough for every template. */
export const WIDE_MANDATE: Mandate = {
  deltaBps: bps(12_000n),
  gammaBps: bps(500n),
  vegaBps: bps(500n),
  concentrationBps: bps(9_500n),
  participationBps: bps(5_000n),
  grossBps: bps(30_000n),
  netBps: bps(12_000n),
  cashFloorBps: bps(100n),
  turnoverBps: bps(20_000n),
  initialMarginBps: bps(5_000n),
  maintenanceMarginBps: bps(7_000n),
  breachEpochs: 24n,
};

export interface BacktestInput {
  readonly profile: Profile;
  readonly strategy: StrategyParameters;
  readonly mandate: Mandate;
  readonly path: PricePath;
  readonly costs: CostModel;
  readonly capitalDollars: number;
  readonly fundingPpb: Funding;
  /** What feature 7 is of; none where left out, and the feature is 0. */
  readonly impliedVol?: ImpliedVol;
  /** Hours before the first decision, whose prices only feed the signals. */
  readonly warmupHours: number;
}

export interface BacktestRun {
  readonly slots: readonly BacktestSlot[];
  /** Decisions, one an hour. */
  readonly hours: number;
  readonly fromUtc: number;
  /** When each NAV was, in hours since the first: one after the other but where prices are missing. */
  readonly elapsedHours: readonly number[];
  /** NAV at each hour, dollars; one more than decisions. */
  readonly nav: readonly number[];
  /** Regime of each decision. */
  readonly regimes: readonly number[];
  /** Net delta of hedged groups less its target, bps of NAV, at each decision; empty if nothing is hedged. */
  readonly hedgingErrorBps: readonly number[];
  /** Notional bought and sold, dollars. */
  readonly tradedDollars: number;
  readonly costs: Costs;
  /** Decisions that were held back by the mandate, that defended, and that found no valid order. */
  readonly held: number;
  readonly defended: number;
  readonly stuck: number;
  /** Share of NAV in each slot's notional at the end, bps. */
  readonly finalExposureBps: readonly number[];
}

/** The version of checkpoints: one of another version counts as another run's. */
const CHECKPOINT_FORMAT = 3;

/** All that a run needs to go on; plain JSON. */
export interface Checkpoint {
  /** A hash of input and format. */
  readonly fingerprint: string;
  readonly hour: number;
  readonly positions: readonly string[];
  readonly cash: string;
  readonly breachSince: string;
  readonly halvings: number;
  readonly series: readonly [slot: number, series: { strikeUsd: number; expiryUtc: number }][];
  readonly totals: {
    traded: number;
    spread: number;
    impact: number;
    fees: number;
    funding: number;
    held: number;
    defended: number;
    stuck: number;
  };
  readonly nav: readonly number[];
  readonly regimes: readonly number[];
  readonly hedgingErrorBps: readonly number[];
}

/** A pause of a run, at which it can be left. */
export interface BacktestPause {
  /** Decisions made, and to make in all. */
  readonly done: number;
  readonly of: number;
  readonly checkpoint: () => Checkpoint;
}

const PAUSE_HOURS = 500;

/** Plays a backtest without pauses. @throws as `backtestSteps` */
export function runBacktest(input: BacktestInput, checkpoint?: Checkpoint): BacktestRun {
  const steps = backtestSteps(input, checkpoint);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Plays the decision function over a path: an order is decided on the hour's snapshot and filled at the next hour's prices. The
 * same input gives the same result, interrupted or not. Pauses before the first decision and every so often.
 * @param checkpoint where an earlier run of the same input stopped; one of another input or format is ignored
 * @throws RangeError for a path no longer than the warm-up
 */
export function* backtestSteps(input: BacktestInput, checkpoint?: Checkpoint): Generator<BacktestPause, BacktestRun> {
  const { profile, strategy, mandate, costs, warmupHours, impliedVol = noImpliedVol } = input;
  const path = inMemory(input.path);
  if (path.hours < warmupHours + 2)
    throw new RangeError(
      `the data has ${path.hours} hours; ${warmupHours} feed the signals before the first decision: take more`,
    );
  const market = new BacktestMarket(
    profile,
    path,
    backtestSlots(profile, path.assets, strategy.tradesOptions.some(Boolean)),
  );
  const fingerprint = fingerprintOf(input, path);
  const from = checkpoint?.fingerprint === fingerprint ? checkpoint : undefined;

  const account = new BacktestAccount(profile, from ? BigInt(from.cash) : toMicroUsd(input.capitalDollars));
  if (from) {
    account.positions = from.positions.map(BigInt);
    account.breachSince = BigInt(from.breachSince);
    account.halvings = from.halvings;
  }
  const totals = {
    traded: 0,
    spread: 0,
    impact: 0,
    fees: 0,
    funding: 0,
    held: 0,
    defended: 0,
    stuck: 0,
    ...from?.totals,
  };
  const nav = [...(from?.nav ?? [])];
  const regimes = [...(from?.regimes ?? [])];
  const hedgingErrorBps = [...(from?.hedgingErrorBps ?? [])];
  const start = from?.hour ?? warmupHours;
  if (from) market.series = from.series;
  else market.expire(start);
  const observed = { path, funding: input.fundingPpb, impliedVol };
  const signals = signalsOfPath(path, signalSources(profile, market.listed(), observed), start);

  let now = market.at(start);
  if (!from) nav.push(dollars(account.nav(now)));
  for (let hour = start; hour < path.hours - 1; hour++) {
    const done = hour - warmupHours;
    if (hour === start || done % PAUSE_HOURS === 0) {
      yield {
        done,
        of: path.hours - 1 - warmupHours,
        checkpoint: () => ({
          fingerprint,
          hour,
          positions: account.positions.map(String),
          cash: String(account.cash),
          breachSince: String(account.breachSince),
          halvings: account.halvings,
          series: market.series,
          totals: { ...totals },
          nav: [...nav],
          regimes: [...regimes],
          hedgingErrorBps: [...hedgingErrorBps],
        }),
      };
    }
    const found = signals.next().value!;
    const navNow = account.nav(now);
    let order: readonly bigint[] = account.positions.map(() => 0n);
    try {
      const decision = account.decide(strategy, mandate, hour, now, found);
      order = decision.order;
      regimes.push(decision.regime);
      if (decision.refused.length > 0) totals.held++;
      if (decision.mode === "defend") totals.defended++;
    } catch (error) {
      if (!(error instanceof MandateRefused)) throw error;
      totals.stuck++;
      regimes.push(regimes.at(-1) ?? 0);
    }
    const error = hedgingError(profile, strategy, now, account.positions, navNow, regimes.at(-1)!);
    if (error !== undefined) hedgingErrorBps.push(error);

    // The next hour: perps are settled in cash, the order is filled, options that expire are paid.
    const before = now;
    now = market.at(hour + 1);
    totals.funding += dollars(account.settlePerps(market.slots, before, now, input.fundingPpb));
    const { traded, spread, impact, fees } = account.fill(order, market.slots, now, costs);
    totals.traded += traded;
    totals.spread += spread;
    totals.impact += impact;
    totals.fees += fees;
    const payoffs = market.expire(hour + 1);
    account.payOff(payoffs);
    if (payoffs.size > 0) now = market.at(hour + 1);
    nav.push(dollars(account.nav(now)));
  }
  const last = nav.at(-1)!;
  const { spread: spreadDollars, impact: impactDollars, fees: feesDollars, funding: fundingDollars } = totals;
  return {
    slots: market.slots,
    hours: regimes.length,
    fromUtc: path.at(warmupHours).timeUtc,
    elapsedHours: nav.map(
      (_, k) => (path.at(warmupHours + k).timeUtc - path.at(warmupHours).timeUtc) / SECONDS_PER_HOUR,
    ),
    nav,
    regimes,
    hedgingErrorBps,
    tradedDollars: totals.traded,
    costs: { spreadDollars, impactDollars, feesDollars, fundingDollars },
    held: totals.held,
    defended: totals.defended,
    stuck: totals.stuck,
    finalExposureBps: account.positions.map((q, slot) =>
      Math.round((10_000 * Number(q) * dollars(now.snapshot.slots[slot]!.notional)) / last),
    ),
  };
}

const dollars = (amountMicroUsd: bigint): number => Number(amountMicroUsd) / 1e6;

/** Largest distance of a hedged group's delta from its target, bps of NAV. */
function hedgingError(
  profile: Profile,
  strategy: StrategyParameters,
  { snapshot }: MarketHour,
  positions: readonly bigint[],
  nav: bigint,
  regime: number,
): number | undefined {
  const errors = strategy.hedgesDelta.flatMap((hedged, group) => {
    if (!hedged) return [];
    const delta = slotsOfGroup(profile, group).reduce(
      (sum, slot) => sum + positions[slot]! * snapshot.slots[slot]!.delta,
      0n,
    );
    return [
      Math.abs(
        (10_000 * Number(delta)) / Math.max(1, Number(nav)) -
          Number(strategy.regimes[regime % REGIMES]!.deltaBps[group]!),
      ),
    ];
  });
  return errors.length === 0 ? undefined : Math.max(...errors);
}

/** Tells inputs and formats apart, so that no run goes on from another's checkpoint. */
function fingerprintOf(
  {
    profile,
    strategy,
    mandate,
    costs,
    capitalDollars,
    warmupHours,
    fundingPpb,
    impliedVol = noImpliedVol,
  }: BacktestInput,
  path: PricePath,
): string {
  const hash = sha256.create();
  hash.update(
    utf8ToBytes(
      JSON.stringify(
        [
          CHECKPOINT_FORMAT,
          profile.name,
          strategyWords(strategy),
          mandate,
          costs,
          capitalDollars,
          warmupHours,
          path.assets,
          path.hours,
        ],
        (_, value: unknown) => (typeof value === "bigint" ? String(value) : value),
      ),
    ),
  );
  const width = 2 + 3 * path.assets.length;
  const table = new Float64Array(path.hours * width);
  for (let hour = 0; hour < path.hours; hour++) {
    const { timeUtc, prices, volumes } = path.at(hour);
    table.set([timeUtc, Number(meanImpliedVol(impliedVol, path.assets, timeUtc) ?? NaN)], hour * width);
    path.assets.forEach((asset, k) =>
      table.set([prices[asset]!, volumes[asset] ?? NaN, Number(fundingPpb(asset, timeUtc))], hour * width + 2 + 3 * k),
    );
  }
  hash.update(new Uint8Array(table.buffer));
  return bytesToHex(hash.digest());
}
