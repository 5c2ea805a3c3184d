import { sum, absolute } from "../base/integers.ts";
import type { Settlement } from "./settlement.ts";
import { ProverError } from "../base/errors.ts";
import { slotsOfGroup } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import type { Mandate, Snapshot, SnapshotSlot } from "../format/transcript.ts";
import { microUsd } from "../base/units.ts";
import type { Bps, Lots, MicroUsd } from "../base/units.ts";

/**
 * Whether an order may be sent: every row of docs/protocol.md §5 on the settled book and on the book after the order.
 */
export type RowName =
  | "delta"
  | "gamma"
  | "vega"
  | "concentration"
  | "participation"
  | "positionCap"
  | "shortPosition"
  | "gross"
  | "net"
  | "margin"
  | "cash"
  | "turnover"
  | "forcedHold";

export type Side = "upper" | "lower";
const SIDES: readonly Side[] = ["upper", "lower"];

/**
 * - `inside`: within its limit.
 * - `relaxed`: outside, and the order does not worsen it (or shrinks it, where the breach is old).
 * - `refused`: the order can't be sent.
 */
export type Verdict = "inside" | "relaxed" | "refused";

/** One row, in the unit of its limit: µUSD; lots for positionCap and shortPosition; 10^-4 lots for participation. */
export interface RowResult {
  row: RowName;
  group?: number;
  slot?: number;
  side?: Side;
  /** For rows across groups: Σ_g before_g. */
  before: bigint;
  /** For rows across groups: Σ_g max(before_g, after_g), what holds whichever groups fill. */
  after: bigint;
  limit: bigint;
  verdict: Verdict;
  /** By how much the row misses the easiest way to be allowed; 0 unless refused. */
  excess: bigint;
}

/** Relaxation bits as the circuit takes them; [upper, lower] where a row has sides. */
export interface Relaxations {
  delta: [upper: boolean, lower: boolean][];
  gamma: [upper: boolean, lower: boolean][];
  vega: [upper: boolean, lower: boolean][];
  concentration: boolean[];
  gross: boolean;
  net: [upper: boolean, lower: boolean];
  margin: boolean;
  cash: boolean;
}

export interface MandateReport {
  rows: RowResult[];
  relaxations: Relaxations;
  /** No row needs its relaxation bit. */
  clean: boolean;
  /** Worst loss of each group over the scenarios, ≥ 0; what the margin counts beside the contingency. */
  lossBefore: MicroUsd[];
  lossAfter: MicroUsd[];
  /** Margin of the settled book, all groups: worst losses and contingencies. */
  margin: MicroUsd;
  /** The margin is above the maintenance limit: an order has to reduce it. */
  called: boolean;
}

export interface MandateInputs {
  mandate: Mandate;
  snapshot: Snapshot;
  settlement: Settlement;
  /** New order per slot. */
  order: readonly Lots[];
  outflow: boolean;
  halted: boolean;
}

/** floor(bps·capital / 10^4) */
export const limitOf = (capital: MicroUsd, bps: Bps): MicroUsd => microUsd((bps * capital) / 10_000n);

/** The margin that no scenario accounts for, on short lots, and on long ones where the slot charges them. */
const contingencyOf = ({ slots, chargesLong }: Snapshot, slot: number, position: bigint): bigint =>
  position < 0n || chargesLong[slot] ? absolute(position) * slots[slot]!.contingency : 0n;

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Evaluates every row; refuses nothing by itself. */
export function evaluateMandate(profile: Profile, inputs: MandateInputs): MandateReport {
  const { mandate, snapshot, settlement, order, outflow, halted } = inputs;
  const { positions: q, capital } = settlement;
  const forced = halted || settlement.insolvent;
  const strict = settlement.baseAge > mandate.breachEpochs && !forced ? 1n : 0n;
  const after = q.map((held, i) => held + order[i]!);
  const groups = Array.from({ length: profile.groups }, (_, g) => g);
  const limit = (name: Exclude<keyof Mandate, "breachEpochs">): bigint => limitOf(capital, mandate[name]);
  const rows: RowResult[] = [];

  /** A row of one group or slot: after ≤ limit, or relaxed after ≤ before − strict. With outflow also before ≤ limit. */
  const single = (
    place: Pick<RowResult, "row" | "group" | "slot" | "side">,
    before: bigint,
    afterwards: bigint,
    bound: bigint,
  ): boolean => {
    const outside = max(afterwards, outflow ? before : afterwards) - bound;
    const worse = afterwards - (before - strict);
    return judge(rows, { ...place, before, after: afterwards, limit: bound }, outside, outflow ? undefined : worse);
  };

  /** A row across groups: any of them may lapse, so each counts with the larger of before and after. */
  const spanning = (
    place: Pick<RowResult, "row" | "side">,
    before: readonly bigint[],
    afterwards: readonly bigint[],
    bound: bigint,
    shrink = strict,
  ): boolean => {
    const total = sum(before);
    const highest = sum(before.map((b, g) => max(b, afterwards[g]!)));
    const worse = max(highest - total, sum(afterwards) - (total - shrink));
    return judge(
      rows,
      { ...place, before: total, after: highest, limit: bound },
      highest - bound,
      outflow ? undefined : worse,
    );
  };

  /** A row that has no relaxation bit. */
  const hard = (place: Pick<RowResult, "row" | "slot">, before: bigint, afterwards: bigint, bound: bigint): void => {
    judge(rows, { ...place, before, after: afterwards, limit: bound }, afterwards - bound, undefined);
  };

  const total = (book: readonly bigint[], g: number, lane: (slot: SnapshotSlot) => bigint): bigint =>
    sum(slotsOfGroup(profile, g).map((i) => book[i]! * lane(snapshot.slots[i]!)));
  const totals = (book: readonly bigint[], lane: (slot: SnapshotSlot) => bigint): bigint[] =>
    groups.map((g) => total(book, g, lane));
  const onSide = (side: Side, x: bigint): bigint => (side === "upper" ? x : -x);

  const greek = (row: "delta" | "gamma" | "vega"): [boolean, boolean][] => {
    const [was, is] = [q, after].map((book) => totals(book, (slot) => slot[row])) as [bigint[], bigint[]];
    return groups.map(
      (group) =>
        SIDES.map((side) =>
          single({ row, group, side }, onSide(side, was[group]!), onSide(side, is[group]!), limit(`${row}Bps`)),
        ) as [boolean, boolean],
    );
  };

  const delta = greek("delta");
  const gamma = greek("gamma");
  const vega = greek("vega");

  const concentration = snapshot.slots.map(({ notional }, slot) =>
    single(
      { row: "concentration", slot },
      absolute(q[slot]!) * notional,
      absolute(after[slot]!) * notional,
      limit("concentrationBps"),
    ),
  );

  snapshot.slots.forEach(({ liquidity, positionCap }, slot) => {
    hard({ row: "participation", slot }, 0n, absolute(order[slot]!) * 10_000n, mandate.participationBps * liquidity);
    hard({ row: "positionCap", slot }, absolute(q[slot]!), absolute(after[slot]!), positionCap);
    if (!snapshot.mayBeShort[slot]) hard({ row: "shortPosition", slot }, -q[slot]!, -after[slot]!, 0n);
    if (forced) hard({ row: "forcedHold", slot }, 0n, absolute(order[slot]!), 0n);
  });

  const grossOf = (book: readonly bigint[]): bigint[] => totals(book.map(absolute), (slot) => slot.notional);
  const gross = spanning({ row: "gross" }, grossOf(q), grossOf(after), limit("grossBps"));

  const deltasOf = (book: readonly bigint[], side: Side): bigint[] => totals(book, (slot) => onSide(side, slot.delta));
  const net = SIDES.map((side) =>
    spanning({ row: "net", side }, deltasOf(q, side), deltasOf(after, side), limit("netBps")),
  );

  const lossesOf = (book: readonly bigint[]): MicroUsd[][] =>
    groups.map((g) =>
      Array.from({ length: profile.scenarios }, (_, s) => microUsd(-total(book, g, (slot) => slot.stress[s]!))),
    );
  const worst = (losses: readonly MicroUsd[]): MicroUsd => microUsd(losses.reduce(max, 0n));
  const lossBefore = lossesOf(q).map(worst);
  const lossAfter = lossesOf(after).map(worst);
  const marginOf = (book: readonly bigint[], losses: readonly bigint[]): bigint[] =>
    groups.map((g) => losses[g]! + sum(slotsOfGroup(profile, g).map((i) => contingencyOf(snapshot, i, book[i]!))));
  const marginBefore = marginOf(q, lossBefore);
  const held = microUsd(sum(marginBefore));
  const called = held > limit("maintenanceMarginBps");
  const margin = spanning(
    { row: "margin" },
    marginBefore,
    marginOf(after, lossAfter),
    limit("initialMarginBps"),
    called && !forced ? 1n : strict,
  );

  const outlays = groups.map((g) =>
    sum(
      slotsOfGroup(profile, g).map(
        (i) => order[i]! * snapshot.slots[i]!.value + absolute(order[i]!) * snapshot.slots[i]!.slip,
      ),
    ),
  );
  const spendable = settlement.cash + settlement.cashFlow - limit("cashFloorBps");
  const cash = spanning(
    { row: "cash" },
    outlays.map(() => 0n),
    outlays,
    spendable,
  );

  hard(
    { row: "turnover" },
    0n,
    sum(order.map((delta, i) => absolute(delta) * snapshot.slots[i]!.notional)),
    limit("turnoverBps"),
  );

  return {
    rows,
    relaxations: { delta, gamma, vega, concentration, gross, net: net as [boolean, boolean], margin, cash },
    clean: rows.every((row) => row.verdict !== "relaxed"),
    lossBefore,
    lossAfter,
    margin: held,
    called,
  };
}

/**
 * Adds a row's result.
 * @param outside by how much the limit is missed; inside if ≤ 0
 * @param worse by how much the relaxed branch is missed; undefined where it is closed
 * @returns whether the row needs its relaxation bit
 */
function judge(
  rows: RowResult[],
  row: Omit<RowResult, "verdict" | "excess">,
  outside: bigint,
  worse: bigint | undefined,
): boolean {
  const verdict: Verdict = outside <= 0n ? "inside" : worse !== undefined && worse <= 0n ? "relaxed" : "refused";
  const excess = verdict !== "refused" ? 0n : worse !== undefined && worse < outside ? worse : outside;
  rows.push({ ...row, verdict, excess });
  return verdict === "relaxed";
}

/** An order that breaks its mandate, with the rows it breaks. The rows tell of the book: show them to the owner only. */
export class MandateRefused extends ProverError {
  override readonly name = "MandateRefused";
  /** The refused rows only. */
  readonly rows: readonly RowResult[];

  constructor(rows: readonly RowResult[]) {
    super(
      "mandate-refused",
      `the order breaks its mandate: ${rows.map(describeRow).join("; ")}. Shrink or turn the order on these rows; in an epoch with redemptions, redeem fewer shares`,
    );
    this.rows = rows;
  }
}

/** "delta of group 1, upper side": where a row stands, without amounts. */
export function describeRow({ row, group, slot, side }: Pick<RowResult, "row" | "group" | "slot" | "side">): string {
  const place = group !== undefined ? ` of group ${group}` : slot !== undefined ? ` of slot ${slot}` : "";
  return `${row}${place}${side ? `, ${side} side` : ""}`;
}

/** @throws MandateRefused if any row is refused */
export function requireMandate(report: MandateReport): void {
  const refused = report.rows.filter((row) => row.verdict === "refused");
  if (refused.length > 0) throw new MandateRefused(refused);
}
