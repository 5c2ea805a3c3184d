import { absolute } from "../base/integers.ts";
import { lots, microUsd } from "../base/units.ts";
import type { Settlement } from "../book/settlement.ts";
import { fundingBetween } from "../data/funding.ts";
import type { Funding } from "../data/funding.ts";
import type { Profile } from "../format/profile.ts";
import type { MarketSignals } from "../format/signals.ts";
import type { Mandate } from "../format/transcript.ts";
import { decide } from "../strategy/decide.ts";
import type { Decision } from "../strategy/decide.ts";
import type { StrategyParameters } from "../strategy/parameters.ts";
import type { BacktestSlot, MarketHour } from "./market.ts";

/** What trading costs, by kind of slot. */
export interface CostModel {
  /** Half the spread, bps of notional. */
  readonly halfSpreadBps: Readonly<Record<BacktestSlot["kind"], number>>;
  /** The venue's fee, bps of notional; an option's notional is its underlying's price. */
  readonly feeBps: Readonly<Record<BacktestSlot["kind"], number>>;
  /** What an option costs besides: half the spread, in volatility points. */
  readonly optionVolPoints: number;
  /** Impact of an order of a slot's whole liquidity, bps; in proportion below. */
  readonly impactBps: number;
}

export const DEFAULT_COSTS: CostModel = {
  halfSpreadBps: { spot: 1, perp: 1, option: 0 },
  feeBps: { spot: 5, perp: 3, option: 3 },
  optionVolPoints: 0.75,
  impactBps: 25,
};

/** What an order has traded and paid, dollars. */
export interface Fill {
  readonly traded: number;
  readonly spread: number;
  readonly impact: number;
  readonly fees: number;
}

/** What a backtest's vault holds from hour to hour: decided with the decision function, filled at the next hour's prices. */
export class BacktestAccount {
  positions: bigint[];
  /** µUSD */
  cash: bigint;
  breachSince = 0n;
  halvings = 0;
  readonly #profile: Profile;

  constructor(profile: Profile, cash: bigint) {
    this.#profile = profile;
    this.positions = Array<bigint>(profile.slots).fill(0n);
    this.cash = cash;
  }

  /** µUSD */
  nav({ snapshot }: MarketHour): bigint {
    return this.positions.reduce(
      (total, q, slot) => (q === 0n ? total : total + q * snapshot.slots[slot]!.value),
      this.cash,
    );
  }

  /** @throws MandateRefused as `decide`; the account stays as it is */
  decide(
    strategy: StrategyParameters,
    mandate: Mandate,
    hour: number,
    now: MarketHour,
    signals: MarketSignals,
  ): Decision {
    const nav = this.nav(now);
    const settlement: Settlement = {
      filled: this.positions.map(() => lots(0n)),
      positions: this.positions.map(lots),
      cash: microUsd(this.cash),
      cashFlow: microUsd(0n),
      cashAdj: microUsd(this.cash),
      navBefore: microUsd(nav),
      nav: microUsd(nav),
      capital: microUsd(nav > 0n ? nav : 0n),
      insolvent: nav < 0n,
      breachSince: this.breachSince,
    };
    const decision = decide(this.#profile, strategy, {
      mandate,
      snapshot: now.snapshot,
      settlement,
      outflow: false,
      halted: false,
      epoch: BigInt(hour),
      signals: { ...signals, daysToExpiry: now.daysToExpiry },
      cashWanted: microUsd(0n),
      halvings: this.halvings,
    });
    this.halvings = decision.halvings;
    this.breachSince = decision.report.breachSince;
    return decision;
  }

  /** Settles perps in cash for the hour that has passed. Answers the funding paid, µUSD. */
  settlePerps(slots: readonly BacktestSlot[], before: MarketHour, now: MarketHour, fundingPpb: Funding): bigint {
    let paid = 0n;
    for (const { slot, kind, symbol } of slots) {
      if (kind !== "perp") continue;
      const held = this.positions[slot]!;
      const { notional } = now.snapshot.slots[slot]!;
      const rate = fundingBetween(fundingPpb, symbol, before.prices.timeUtc, now.prices.timeUtc);
      const funding = (held * notional * rate) / 1_000_000_000n;
      this.cash += held * (notional - before.snapshot.slots[slot]!.notional) - funding;
      paid += funding;
    }
    return paid;
  }

  fill(order: readonly bigint[], slots: readonly BacktestSlot[], now: MarketHour, costs: CostModel): Fill {
    const fill = { traded: 0, spread: 0, impact: 0, fees: 0 };
    for (const { slot, kind } of slots) {
      const delta = order[slot]!;
      if (delta === 0n) continue;
      const { value, notional, vega, liquidity } = now.snapshot.slots[slot]!;
      const size = Number(absolute(delta));
      const impact = costs.impactBps * Math.min(1, size / Math.max(1, Number(liquidity)));
      const rate = costs.halfSpreadBps[kind] + costs.feeBps[kind] + impact;
      const volSpread = kind === "option" ? costs.optionVolPoints * Number(vega) : 0;
      this.cash -= delta * value + BigInt(Math.ceil(size * ((Number(notional) * rate) / 10_000 + volSpread)));
      const traded = (size * Number(notional)) / 1e6;
      fill.traded += traded;
      fill.spread += (traded * costs.halfSpreadBps[kind]) / 10_000 + (size * volSpread) / 1e6;
      fill.impact += (traded * impact) / 10_000;
      fill.fees += (traded * costs.feeBps[kind]) / 10_000;
    }
    this.positions = this.positions.map((q, slot) => q + order[slot]!);
    return fill;
  }

  /** Closes series that have expired. @param payoffs µUSD a lot */
  payOff(payoffs: ReadonlyMap<number, bigint>): void {
    for (const [slot, payoff] of payoffs) {
      this.cash += this.positions[slot]! * payoff;
      this.positions[slot] = 0n;
    }
  }
}
