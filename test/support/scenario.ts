import fc from "fast-check";
import { uniformBigInt } from "pure-rand/distribution/uniformBigInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { absolute } from "../../prover/base/integers.ts";
import { commitBook, genesisBook } from "../../prover/book/book.ts";
import { settleBook } from "../../prover/book/settlement.ts";
import type { Book } from "../../prover/book/book.ts";
import { deriveMemberKey } from "../../prover/committee/sums.ts";
import type { FrozenBatch, MemberKey } from "../../prover/committee/sums.ts";
import { toWord } from "../../prover/base/field.ts";
import { evaluateMandate, limitOf, MandateRefused } from "../../prover/book/mandate.ts";
import type { MandateInputs, RowName } from "../../prover/book/mandate.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { deriveRandomness } from "../../prover/crypto/randomness.ts";
import type { Randomness } from "../../prover/crypto/randomness.ts";
import { seal } from "../../prover/committee/sealing.ts";
import { decide } from "../../prover/strategy/decide.ts";
import type { Decision } from "../../prover/strategy/decide.ts";
import { HIDDEN, REGIMES } from "../../prover/strategy/network.ts";
import { commitStrategy } from "../../prover/strategy/parameters.ts";
import type { StrategyParameters } from "../../prover/strategy/parameters.ts";
import { FEATURE_BOUND, FEATURES, MOST_DAYS, optionSlots, sleeveSlots } from "../../prover/format/signals.ts";
import type { MarketSignals } from "../../prover/format/signals.ts";
import { emptySettle, snapshotHash, snapshotWords } from "../../prover/format/transcript.ts";
import type { Mandate, Settle, Snapshot, SnapshotSlot } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import type { Lots, MicroUsd } from "../../prover/base/units.ts";
import type { SubmissionRequest } from "../../prover/submission/witness.ts";

/**
 * Random submissions that are valid: a snapshot anywhere in the ranges of docs/protocol.md §1, a book within its caps,
 * settle words, a strategy, and a mandate that allows what it decides, often with nothing to spare.
 */
export const SCENARIO_KINDS = ["first", "inside", "relaxed", "depositing", "redeeming", "halted", "insolvent"] as const;

/**
 * - `first`: the genesis book takes its first deposit.
 * - `inside`: limits hold, and something is traded; the old book may have been outside for any time.
 * - `relaxed`: a reducing order and limits as tight as can be, so that most rows that may lean on their relaxation do.
 * - `depositing`, `redeeming`: dealing epochs; only the latter has an outflow.
 * - `halted`, `insolvent`: no order.
 */
export type ScenarioKind = (typeof SCENARIO_KINDS)[number];

export interface Scenario {
  kind: ScenarioKind;
  request: SubmissionRequest;
  /** What the strategy decides. */
  decision: Decision;
  /** Keys behind `request.chain.committeeKeys`, member 1 first. */
  committee: MemberKey[];
}

/** Repeatable random numbers. */
export class Dice {
  readonly #generator;

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** Uniform in [low, high]; `low` if the range is empty. */
  between = (low: bigint, high: bigint): bigint => (high <= low ? low : uniformBigInt(this.#generator, low, high));
  index = (count: number): number => Number(this.between(0n, BigInt(count - 1)));
  /** True once in `n` throws. */
  oneIn = (n: number): boolean => this.index(n) === 0;
  pick = <T>(list: readonly T[]): T => list[this.index(list.length)]!;
  /** In [0, high], small and large magnitudes alike, the ends included now and then. */
  magnitude(high: bigint): bigint {
    if (high <= 0n) return 0n;
    if (this.oneIn(12)) return this.pick([0n, high]);
    const bits = this.between(1n, BigInt(high.toString(2).length));
    const x = this.between(0n, (1n << bits) - 1n);
    return x > high ? high : x;
  }
  signed = (high: bigint): bigint => (this.oneIn(2) ? 1n : -1n) * this.magnitude(high);
  bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => this.index(256));
  word = (): bigint => toWord(this.between(0n, 1n << 256n));
}

const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Largest |q·index| and cost of a fill a random slot brings, so that 16 of them leave cashAdj in its range. */
const CARRY_BUDGET = 1n << 57n;
const COST_BUDGET = 1n << 54n;
const MAX_ORDER = (1n << 31n) - 1n;
const MAX_BPS = (1n << 18n) - 1n;
const GROUP_BUDGET = (1n << 48n) - 1n;

function randomSignals(profile: Profile, dice: Dice): MarketSignals {
  const assets = sleeveSlots(profile).length;
  const common = dice.between(0n, 110n);
  return {
    features: FEATURES.map(() => dice.signed(FEATURE_BOUND)),
    daysToExpiry: optionSlots(profile).map(() => dice.between(0n, MOST_DAYS)),
    volatility: list(assets, () => (dice.oneIn(5) ? 0n : dice.between(20n, 250n))),
    correlation: list((assets * (assets - 1)) / 2, () => common + dice.signed(3n)),
  };
}

/** Any strategy a file can hold; in defence from the first micro-dollar of margin if `defends`. */
function randomStrategy(profile: Profile, dice: Dice, defends: boolean): StrategyParameters {
  const lanes = (count: number, bound: bigint): bigint[] => list(count, () => dice.signed(bound));
  const naturals = (count: number, bound: bigint): bigint[] => list(count, () => dice.magnitude(bound));
  const bits = (possible: boolean): boolean[] => list(profile.groups, () => possible && dice.oneIn(2));
  const TARGET = 16_383n;
  return {
    network: {
      hidden: list(HIDDEN, () => lanes(FEATURES.length, 127n)),
      hiddenBias: lanes(HIDDEN, TARGET),
      output: list(REGIMES, () => lanes(HIDDEN, 127n)),
      outputBias: lanes(REGIMES, TARGET),
    },
    regimes: list(REGIMES, () => ({
      weightBps: lanes(profile.slots, TARGET),
      deltaBps: lanes(profile.groups, TARGET),
      gammaBps: lanes(profile.groups, TARGET),
      vegaBps: lanes(profile.groups, TARGET),
      sleeveBps: dice.magnitude(WHOLE_BPS),
      participationBps: defends ? WHOLE_BPS : dice.magnitude(WHOLE_BPS),
      riskTolerance: dice.magnitude(4_095n),
      stressMix: dice.magnitude(7n),
      speed: dice.magnitude(128n),
      weightBandBps: naturals(profile.groups, TARGET),
      deltaBandBps: naturals(profile.groups, TARGET),
      gammaBandBps: naturals(profile.groups, TARGET),
      vegaBandBps: naturals(profile.groups, TARGET),
    })),
    viewsBps: lanes(sleeveSlots(profile).length, TARGET),
    hedgesDelta: bits(true),
    tradesOptions: bits(optionSlots(profile).length > 0),
    rollDays: dice.magnitude(127n),
    defencePace: dice.between(1n, 128n),
    marginTriggerBps: defends ? 0n : dice.pick([WHOLE_BPS, dice.magnitude(WHOLE_BPS)]),
  };
}

function randomSnapshot(profile: Profile, dice: Dice): Snapshot {
  const budget = GROUP_BUDGET / BigInt(profile.groupSlots);
  const slots = list(profile.slots, (i): SnapshotSlot => {
    const isPerp = i % profile.groupSlots === 1;
    const positionCap = 1n + dice.magnitude((1n << 40n) - 2n);
    const liquidity = dice.magnitude(MAX_ORDER);
    const row = (): MicroUsd => microUsd(dice.signed(budget / positionCap));
    const notional = microUsd(dice.magnitude(budget / positionCap));
    // Margins of all groups together stay within what a NAV can be.
    const marginBudget = budget / positionCap / BigInt(2 * profile.groups);
    return {
      // A quarter of the budget: values of all groups together then stay within a NAV's range.
      value: microUsd(isPerp ? 0n : dice.magnitude(budget / positionCap / BigInt(profile.groups))),
      delta: isPerp ? notional : row(),
      gamma: row(),
      vega: row(),
      stress: list(profile.scenarios, () => microUsd(dice.signed(marginBudget))),
      carryIndex: microUsd(dice.signed(CARRY_BUDGET / positionCap)),
      notional,
      slip: microUsd(dice.magnitude(budget / (liquidity + 1n) / BigInt(profile.groups))),
      contingency: microUsd(dice.magnitude(marginBudget)),
      liquidity: lots(liquidity),
      positionCap: lots(positionCap),
    };
  });
  return {
    slots,
    mayBeShort: slots.map((_, i) => i % profile.groupSlots === 1 || dice.oneIn(2)),
    chargesLong: slots.map(() => dice.oneIn(2)),
    signals: randomSignals(profile, dice),
  };
}

/** The positions a slot may hold. */
function positionRange({ slots, mayBeShort }: Snapshot, i: number): { low: bigint; high: bigint } {
  const cap = slots[i]!.positionCap;
  return { low: mayBeShort[i] ? -cap : 0n, high: cap };
}

/** A move from a position that stays in the slot's range and within `most` lots; towards zero if `reducing`. */
function randomMove(dice: Dice, snapshot: Snapshot, i: number, from: bigint, most: bigint, reducing = false): Lots {
  const range = positionRange(snapshot, i);
  const low = reducing && from >= 0n ? 0n : range.low;
  const high = reducing && from <= 0n ? 0n : range.high;
  if (dice.oneIn(4)) return lots(0n);
  const down = reducing ? from > 0n : dice.oneIn(2);
  const room = down ? from - low : high - from;
  const size = dice.magnitude(room < most ? room : most);
  return lots(down ? -size : size);
}

function randomBook(profile: Profile, dice: Dice, snapshot: Snapshot, epoch: bigint): Book {
  const positions = list(profile.slots, (i) => {
    const { low, high } = positionRange(snapshot, i);
    return lots(low < 0n && dice.oneIn(2) ? -dice.magnitude(-low) : dice.magnitude(high));
  });
  return {
    positions,
    order: positions.map((q, i) => randomMove(dice, snapshot, i, q, MAX_ORDER)),
    cashAdj: microUsd(0n),
    nav: microUsd(dice.signed((1n << 50n) - 1n)),
    breachSince: dice.oneIn(2) ? 0n : dice.between(epoch > 12n ? epoch - 12n : 1n, epoch - 1n),
    halvings: dice.magnitude(7n),
    salt: toWord(dice.word()),
  };
}

function randomSettle(profile: Profile, dice: Dice, snapshot: Snapshot, book: Book): Settle {
  return {
    groupFilled: list(profile.groups, () => !dice.oneIn(3)),
    keep: list(profile.slots, () => !dice.oneIn(5)),
    slots: list(profile.slots, (i) => {
      const perLot = COST_BUDGET / (absolute(book.order[i]!) + 1n);
      return {
        debit: microUsd(dice.signed(perLot)),
        charge: microUsd(dice.magnitude(perLot < GROUP_BUDGET ? perLot : GROUP_BUDGET)),
        exitIndex: microUsd(dice.signed(CARRY_BUDGET / snapshot.slots[i]!.positionCap)),
      };
    }),
  };
}

const LIMIT_OF_ROW: Partial<Record<RowName, Exclude<keyof Mandate, "breachEpochs">>> = {
  delta: "deltaBps",
  gamma: "gammaBps",
  vega: "vegaBps",
  concentration: "concentrationBps",
  gross: "grossBps",
  net: "netBps",
  margin: "initialMarginBps",
  turnover: "turnoverBps",
};

const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

const WHOLE_BPS = 10_000n;
const mostBps = (name: keyof Mandate): bigint => (name === "initialMarginBps" ? WHOLE_BPS : MAX_BPS);

/** A mandate that allows the order: every limit at least what rows without a relaxation need. */
function fittingMandate(
  profile: Profile,
  dice: Dice,
  kind: ScenarioKind,
  inputs: Omit<MandateInputs, "mandate">,
  terms: Pick<Mandate, "participationBps" | "breachEpochs">,
): Mandate {
  const { capital, cash, cashFlow } = inputs.settlement;
  const none = bps(0n);
  const mandate: Mandate = {
    ...terms,
    deltaBps: none,
    gammaBps: none,
    vegaBps: none,
    concentrationBps: none,
    grossBps: none,
    netBps: none,
    // With the floor out of reach the cash row passes only through its relaxation.
    cashFloorBps: bps(MAX_BPS),
    turnoverBps: none,
    initialMarginBps: none,
    // No margin call as long as the margin is within the capital.
    maintenanceMarginBps: bps(WHOLE_BPS),
  };
  const bare = evaluateMandate(profile, { ...inputs, mandate }).rows.filter(
    ({ verdict }) => verdict === "refused" || (kind === "inside" && verdict === "relaxed"),
  );
  const tight = kind === "relaxed" || dice.oneIn(3);
  for (const name of new Set(Object.values(LIMIT_OF_ROW))) {
    const needed = bare
      .filter(({ row }) => LIMIT_OF_ROW[row] === name)
      .reduce(
        (most, { before, after }) => [most, after, inputs.outflow ? before : after].reduce((a, b) => (a > b ? a : b)),
        0n,
      );
    const least = needed === 0n ? 0n : ceilDiv(needed * 10_000n, capital);
    mandate[name] = bps(tight ? least : least + dice.magnitude(mostBps(name) - least));
  }
  const called = { ...mandate, maintenanceMarginBps: mandate.initialMarginBps };
  const { margin, rows } = evaluateMandate(profile, { ...inputs, mandate: called });
  const leastMaintenance = rows.some(({ row, verdict }) => row === "margin" && verdict === "refused")
    ? ceilDiv(margin * WHOLE_BPS, capital)
    : mandate.initialMarginBps;
  mandate.maintenanceMarginBps = bps(
    tight ? leastMaintenance : leastMaintenance + dice.magnitude(WHOLE_BPS - leastMaintenance),
  );
  const cashRow = bare.find(({ row }) => row === "cash");
  if (cashRow && capital > 0n) {
    const most = ((cash + cashFlow - cashRow.after) * 10_000n) / capital;
    mandate.cashFloorBps = bps(
      tight ? (most < MAX_BPS ? most : MAX_BPS) : dice.magnitude(most < MAX_BPS ? most : MAX_BPS),
    );
    // Rounding the floor up again could have passed what there is by one basis point.
    while (limitOf(capital, mandate.cashFloorBps) > cash + cashFlow - cashRow.after)
      mandate.cashFloorBps = bps(mandate.cashFloorBps - 1n);
  } else if (!tight) {
    mandate.cashFloorBps = bps(dice.magnitude(MAX_BPS));
  }
  return mandate;
}

/** Limits that nothing reaches. */
const OPEN: Omit<Mandate, "participationBps" | "breachEpochs"> = {
  deltaBps: bps(MAX_BPS),
  gammaBps: bps(MAX_BPS),
  vegaBps: bps(MAX_BPS),
  concentrationBps: bps(MAX_BPS),
  grossBps: bps(MAX_BPS),
  netBps: bps(MAX_BPS),
  cashFloorBps: bps(0n),
  turnoverBps: bps(MAX_BPS),
  initialMarginBps: bps(WHOLE_BPS),
  maintenanceMarginBps: bps(WHOLE_BPS),
};

/**
 * The valid submission number `seed`.
 * @param kind any if left out
 */
export function randomScenario(profile: Profile, seed: number, kind?: ScenarioKind): Scenario {
  const dice = new Dice(seed);
  const chosen = kind ?? dice.pick(SCENARIO_KINDS);
  for (;;) {
    const found = attempt(profile, dice, chosen);
    if (found !== undefined) return found;
  }
}

/** A scenario, unless the tight mandate made for the order changes what is decided. */
function attempt(profile: Profile, dice: Dice, chosen: ScenarioKind): Scenario | undefined {
  const snapshot = randomSnapshot(profile, dice);
  const epoch = dice.between(2n, (1n << 32n) - 1n);
  const first = chosen === "first";
  const held = first ? genesisBook(profile.slots) : randomBook(profile, dice, snapshot, epoch);
  const settle = first ? emptySettle(profile) : randomSettle(profile, dice, snapshot, held);
  const halted = chosen === "halted";
  const insolvent = chosen === "insolvent";
  const outflow = chosen === "redeeming";
  const dealing = first || outflow || chosen === "depositing" || dice.oneIn(4);

  // NAV: enough that limits in their ranges can hold any exposure within the caps.
  const unfunded = settleBook(profile, held, settle, snapshot, microUsd(0n));
  const nav = insolvent ? -1n - dice.magnitude(1n << 49n) : (1n << 49n) + dice.magnitude((1n << 49n) - 1n);
  const cashFlow = microUsd(
    first ? nav : outflow ? dice.signed(nav / 2n) : chosen === "depositing" ? dice.magnitude(nav) : 0n,
  );
  const book: Book = first ? held : { ...held, cashAdj: microUsd(nav - cashFlow - unfunded.navBefore) };
  const settlement = settleBook(profile, book, settle, snapshot, cashFlow);

  const strategy = randomStrategy(profile, dice, chosen === "relaxed");
  const situation = {
    snapshot,
    settlement,
    outflow,
    halted,
    epoch,
    signals: snapshot.signals,
    halvings: Number(book.halvings),
    cashWanted: microUsd(insolvent ? 0n : dice.magnitude(nav / 2n)),
  };
  const terms = { participationBps: bps(dice.magnitude(WHOLE_BPS)), breachEpochs: dice.magnitude(10n) };
  let mandate: Mandate;
  let decision: Decision;
  try {
    const { order } = decide(profile, strategy, { ...situation, mandate: { ...OPEN, ...terms } });
    mandate = fittingMandate(profile, dice, chosen, { ...situation, order }, terms);
    decision = decide(profile, strategy, { ...situation, mandate });
    if (decision.order.some((delta, i) => delta !== order[i])) return undefined;
  } catch (error) {
    if (error instanceof MandateRefused) return undefined;
    throw error;
  }
  if (decision.report.rows.some(({ verdict }) => verdict === "refused")) return undefined;
  const idles = decision.order.every((delta) => delta === 0n);
  const leans = decision.report.rows.some(({ verdict }) => verdict === "relaxed");
  if ((chosen === "relaxed" && !leans) || (chosen === "inside" && (idles || leans))) return undefined;

  const committee = list(profile.members, (j) => deriveMemberKey(dice.bytes(32), BigInt(j)));
  const seed = dice.bytes(32);
  const strategySalt = toWord(dice.word());
  return {
    kind: chosen,
    committee,
    decision,
    request: {
      profile,
      book,
      strategy,
      strategySalt,
      redeemShares: outflow ? 1n + dice.magnitude(1n << 100n) : 0n,
      seed,
      chain: {
        chainId: 31337n,
        market: dice.between(1n, (1n << 160n) - 1n),
        vault: dice.between(1n, (1n << 160n) - 1n),
        epoch: situation.epoch,
        snapshotHash: snapshotHash(snapshotWords(profile, snapshot)),
        oldCommitment: commitBook(book),
        cashFlow,
        outflow,
        dealing,
        halted,
        strategyCommitment: commitStrategy(strategy, strategySalt),
        cashWanted: situation.cashWanted,
        mandate,
        snapshot,
        settle,
        committeeKeys: committee.map(({ publicKey }) => publicKey),
      },
    },
  };
}

/** A batch of sealed orders of one market and epoch. */
export interface RandomBatch {
  batch: FrozenBatch;
  committee: MemberKey[];
  /** Per submission. */
  orders: Lots[][];
  secrets: Randomness[];
}

/** The batch number `seed`, of random orders; what lies behind the books' commitments doesn't matter to a committee. */
export function randomBatch(profile: Profile, seed: number, vaults: number): RandomBatch {
  const dice = new Dice(seed);
  const committee = list(profile.members, (j) => deriveMemberKey(dice.bytes(32), BigInt(j)));
  const common = {
    chainId: 31337n,
    market: dice.between(1n, (1n << 160n) - 1n),
    epoch: dice.between(1n, (1n << 32n) - 1n),
    snapshotHash: dice.word(),
  };
  const sealedOrders = list(vaults, () => {
    const vault = dice.between(1n, (1n << 160n) - 1n);
    const oldCommitment = dice.word();
    const order = list(profile.slots, () => lots(dice.signed(MAX_ORDER)));
    const moment = { ...common, vault, oldCommitment };
    const secrets = deriveRandomness(profile, dice.bytes(32), moment, order);
    const book: Book = { ...genesisBook(profile.slots), order, salt: secrets.salt };
    const sealed = seal(
      profile,
      moment,
      book,
      committee.map(({ publicKey }) => publicKey),
      secrets,
    );
    return { order, secrets, submission: { vault, oldCommitment, newCommitment: commitBook(book), sealed } };
  });
  return {
    batch: { ...common, submissions: sealedOrders.map(({ submission }) => submission) },
    committee,
    orders: sealedOrders.map(({ order }) => order),
    secrets: sealedOrders.map(({ secrets }) => secrets),
  };
}

/** Any valid submission, or any of one kind. */
export const arbitraryScenario = (profile: Profile, kind?: ScenarioKind): fc.Arbitrary<Scenario> =>
  fc.noShrink(fc.integer()).map((seed) => randomScenario(profile, seed, kind));
