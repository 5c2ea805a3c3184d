import fc from "fast-check";
import { uniformBigInt } from "pure-rand/distribution/uniformBigInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { absolute, commitBook, genesisBook, settleBook } from "../../prover/book.ts";
import type { Book } from "../../prover/book.ts";
import { deriveMemberKey } from "../../prover/committee.ts";
import type { FrozenBatch, MemberKey } from "../../prover/committee.ts";
import { toWord } from "../../prover/field.ts";
import { evaluateMandate, limitOf, requireMandate } from "../../prover/mandate.ts";
import type { MandateInputs, RowName } from "../../prover/mandate.ts";
import type { Profile } from "../../prover/profile.ts";
import { deriveRandomness } from "../../prover/randomness.ts";
import type { Randomness } from "../../prover/randomness.ts";
import { seal } from "../../prover/sealing.ts";
import { emptySettle, snapshotHash, snapshotWords } from "../../prover/transcript.ts";
import type { Mandate, Settle, Snapshot, SnapshotSlot } from "../../prover/transcript.ts";
import { bps, lots, microUsd } from "../../prover/units.ts";
import type { Lots, MicroUsd } from "../../prover/units.ts";
import type { SubmissionRequest } from "../../prover/witness.ts";

/**
 * Random submissions that are valid: a snapshot anywhere in the ranges of docs/protocol.md §1, a book within its caps,
 * settle words, an order, and a mandate that allows it, often with nothing to spare.
 */
export const SCENARIO_KINDS = ["first", "inside", "relaxed", "depositing", "redeeming", "halted", "insolvent"] as const;

/**
 * - `first`: the genesis book takes its first deposit.
 * - `inside`: limits hold; the breach age may be anything.
 * - `relaxed`: a reducing order and limits as tight as can be, so that most rows that may lean on their relaxation do.
 * - `depositing`, `redeeming`: dealing epochs; only the latter has an outflow.
 * - `halted`, `insolvent`: no order.
 */
export type ScenarioKind = (typeof SCENARIO_KINDS)[number];

export interface Scenario {
  kind: ScenarioKind;
  request: SubmissionRequest;
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

function randomSnapshot(profile: Profile, dice: Dice): Snapshot {
  const budget = GROUP_BUDGET / BigInt(profile.groupSlots);
  const slots = list(profile.slots, (i): SnapshotSlot => {
    const isPerp = i % profile.groupSlots === 1;
    const positionCap = 1n + dice.magnitude((1n << 40n) - 2n);
    const liquidity = dice.magnitude((1n << 40n) - 1n);
    const row = (): MicroUsd => microUsd(dice.signed(budget / positionCap));
    // Margins of all groups together stay within what a NAV can be.
    const marginBudget = budget / positionCap / BigInt(2 * profile.groups);
    return {
      // A quarter of the budget: values of all groups together then stay within a NAV's range.
      value: microUsd(isPerp ? 0n : dice.magnitude(budget / positionCap / BigInt(profile.groups))),
      delta: row(),
      gamma: row(),
      vega: row(),
      stress: list(profile.scenarios, () => microUsd(dice.signed(marginBudget))),
      carryIndex: microUsd(dice.signed(CARRY_BUDGET / positionCap)),
      notional: microUsd(dice.magnitude(budget / positionCap)),
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

function randomBook(profile: Profile, dice: Dice, snapshot: Snapshot): Book {
  const positions = list(profile.slots, (i) => {
    const { low, high } = positionRange(snapshot, i);
    return lots(low < 0n && dice.oneIn(2) ? -dice.magnitude(-low) : dice.magnitude(high));
  });
  return {
    positions,
    order: positions.map((q, i) => randomMove(dice, snapshot, i, q, MAX_ORDER)),
    cashAdj: microUsd(0n),
    nav: microUsd(dice.signed((1n << 50n) - 1n)),
    age: dice.magnitude(12n),
    clean: dice.oneIn(2),
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
function fittingMandate(profile: Profile, dice: Dice, kind: ScenarioKind, inputs: Omit<MandateInputs, "mandate">, terms: Pick<Mandate, "participationBps" | "breachEpochs">): Mandate {
  const { capital, cash, cashFlow } = inputs.settlement;
  const none = bps(0n);
  const mandate: Mandate = {
    ...terms,
    deltaBps: none, gammaBps: none, vegaBps: none, concentrationBps: none, grossBps: none, netBps: none,
    // With the floor out of reach the cash row passes only through its relaxation.
    cashFloorBps: bps(MAX_BPS), turnoverBps: none, initialMarginBps: none,
    // No margin call as long as the margin is within the capital.
    maintenanceMarginBps: bps(WHOLE_BPS),
  };
  const bare = evaluateMandate(profile, { ...inputs, mandate }).rows.filter((row) => row.verdict === "refused");
  const tight = kind === "relaxed" || dice.oneIn(3);
  for (const name of new Set(Object.values(LIMIT_OF_ROW))) {
    const needed = bare
      .filter(({ row }) => LIMIT_OF_ROW[row] === name)
      .reduce((most, { before, after }) => [most, after, inputs.outflow ? before : after].reduce((a, b) => (a > b ? a : b)), 0n);
    const least = needed === 0n ? 0n : ceilDiv(needed * 10_000n, capital);
    mandate[name] = bps(tight ? least : least + dice.magnitude(mostBps(name) - least));
  }
  const called = { ...mandate, maintenanceMarginBps: mandate.initialMarginBps };
  const { margin, rows } = evaluateMandate(profile, { ...inputs, mandate: called });
  const leastMaintenance = rows.some(({ row, verdict }) => row === "margin" && verdict === "refused") ? ceilDiv(margin * WHOLE_BPS, capital) : mandate.initialMarginBps;
  mandate.maintenanceMarginBps = bps(tight ? leastMaintenance : leastMaintenance + dice.magnitude(WHOLE_BPS - leastMaintenance));
  const cashRow = bare.find(({ row }) => row === "cash");
  if (cashRow && capital > 0n) {
    const most = ((cash + cashFlow - cashRow.after) * 10_000n) / capital;
    mandate.cashFloorBps = bps(tight ? (most < MAX_BPS ? most : MAX_BPS) : dice.magnitude(most < MAX_BPS ? most : MAX_BPS));
    // Rounding the floor up again could have passed what there is by one basis point.
    while (limitOf(capital, mandate.cashFloorBps) > cash + cashFlow - cashRow.after) mandate.cashFloorBps = bps(mandate.cashFloorBps - 1n);
  } else if (!tight) {
    mandate.cashFloorBps = bps(dice.magnitude(MAX_BPS));
  }
  return mandate;
}

/**
 * The valid submission number `seed`.
 * @param kind any if left out
 */
export function randomScenario(profile: Profile, seed: number, kind?: ScenarioKind): Scenario {
  const dice = new Dice(seed);
  const chosen = kind ?? dice.pick(SCENARIO_KINDS);
  const snapshot = randomSnapshot(profile, dice);
  const first = chosen === "first";
  const held = first ? genesisBook(profile.slots) : randomBook(profile, dice, snapshot);
  const settle = first ? emptySettle(profile) : randomSettle(profile, dice, snapshot, held);
  const halted = chosen === "halted";
  const insolvent = chosen === "insolvent";
  const outflow = chosen === "redeeming";
  const dealing = first || outflow || chosen === "depositing" || dice.oneIn(4);

  const unfunded = settleBook(profile, held, settle, snapshot, microUsd(0n));
  const participationBps = bps(dice.magnitude(10_000n));
  const order = unfunded.positions.map((q, i) => {
    const within = (participationBps * snapshot.slots[i]!.liquidity) / 10_000n;
    return halted || insolvent ? lots(0n) : randomMove(dice, snapshot, i, q, within < MAX_ORDER ? within : MAX_ORDER, chosen === "relaxed");
  });

  // NAV: enough that limits in their ranges can hold every exposure, and that the order can be paid.
  const terms = { participationBps, breachEpochs: dice.magnitude(10n) };
  const capital = evaluateMandate(profile, {
    mandate: { ...terms, deltaBps: bps(0n), gammaBps: bps(0n), vegaBps: bps(0n), concentrationBps: bps(0n), grossBps: bps(0n), netBps: bps(0n), cashFloorBps: bps(0n), turnoverBps: bps(0n), initialMarginBps: bps(0n), maintenanceMarginBps: bps(0n) },
    snapshot, settlement: unfunded, order, outflow, halted,
  }).rows.reduce((most, { row, before, after }) => {
    const limit = LIMIT_OF_ROW[row];
    // Capital under which `mostBps` would not be enough.
    return limit ? [before, after].reduce((a, b) => (a > (b * WHOLE_BPS) / mostBps(limit) ? a : (b * WHOLE_BPS) / mostBps(limit)), most) : most;
  }, 0n);
  const worth = unfunded.positions.reduce((sum, q, i) => sum + q * snapshot.slots[i]!.value, 0n);
  const outlay = order.reduce((sum, delta, i) => sum + absolute(delta) * (snapshot.slots[i]!.value + snapshot.slots[i]!.slip), 0n);
  const least = capital + absolute(worth) + outlay + 1n;
  const nav = insolvent ? -1n - dice.magnitude(1n << 49n) : least + dice.magnitude((1n << 50n) - 1n - least);
  const cashFlow = microUsd(first ? nav : outflow ? dice.signed(nav / 2n) : chosen === "depositing" ? dice.magnitude(nav) : 0n);
  const book: Book = first ? held : { ...held, cashAdj: microUsd(nav - cashFlow - unfunded.navBefore) };

  const settlement = settleBook(profile, book, settle, snapshot, cashFlow);
  const inputs = { snapshot, settlement, order, outflow, halted };
  const mandate = fittingMandate(profile, dice, chosen, inputs, terms);
  requireMandate(evaluateMandate(profile, { ...inputs, mandate }));

  const committee = list(profile.members, (j) => deriveMemberKey(dice.bytes(32), BigInt(j)));
  return {
    kind: chosen,
    committee,
    request: {
      profile,
      book,
      order,
      redeemShares: outflow ? 1n + dice.magnitude(1n << 100n) : 0n,
      seed: dice.bytes(32),
      chain: {
        chainId: 31337n,
        market: dice.between(1n, (1n << 160n) - 1n),
        vault: dice.between(1n, (1n << 160n) - 1n),
        epoch: dice.between(1n, (1n << 32n) - 1n),
        snapshotHash: snapshotHash(snapshotWords(profile, snapshot)),
        oldCommitment: commitBook(book),
        cashFlow,
        outflow,
        dealing,
        halted,
        strategyCommitment: dice.word(),
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
  const common = { chainId: 31337n, market: dice.between(1n, (1n << 160n) - 1n), epoch: dice.between(1n, (1n << 32n) - 1n), snapshotHash: dice.word() };
  const sealedOrders = list(vaults, () => {
    const vault = dice.between(1n, (1n << 160n) - 1n);
    const oldCommitment = dice.word();
    const order = list(profile.slots, () => lots(dice.signed(MAX_ORDER)));
    const moment = { ...common, vault, oldCommitment };
    const secrets = deriveRandomness(profile, dice.bytes(32), moment, order);
    const book: Book = { ...genesisBook(profile.slots), order, salt: secrets.salt };
    const sealed = seal(profile, moment, book, committee.map(({ publicKey }) => publicKey), secrets);
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
