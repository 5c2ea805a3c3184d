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
 * - `relaxed`: outside as the settled book is, and the order does not worsen it (or shrinks it, where the breach is old).
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

export interface MandateReport {
  rows: RowResult[];
  /** The epoch since which the settled book is outside a row, this one if it was not before; 0 if it is inside. */
  breachSince: bigint;
  /** Worst loss of each group over the scenarios, ≥ 0; what the margin counts beside the contingency. */
  lossBefore: MicroUsd[];
  lossAfter: MicroUsd[];
  /** Margin of the settled book, all groups: worst losses and contingencies. */
  margin: MicroUsd;
  /** The book has to shrink: it is outside for longer than the mandate bears, or its margin is above the maintenance limit. */
  strict: boolean;
}

export interface MandateInputs {
  epoch: bigint;
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

/** A row as it is measured. */
interface Measured extends Pick<RowResult, "row" | "group" | "slot" | "side" | "before" | "after" | "limit"> {
  /**
   * - `single`: of one group or slot. Where `before` is outside, `after` may be too, if it is no worse.
   * - `spanning`: across groups, of which any may lapse: each counts with the larger of before and after. `filled` is
   *   Σ_g after_g.
   * - `hard`: holds whatever was before.
   */
  shape: "single" | "spanning" | "hard";
  filled?: bigint;
}

/** Evaluates every row; refuses nothing by itself. */
export function evaluateMandate(profile: Profile, inputs: MandateInputs): MandateReport {
  const { mandate, snapshot, settlement, order, outflow, halted, epoch } = inputs;
  const { positions: q, capital } = settlement;
  const forced = halted || settlement.insolvent;
  const after = q.map((held, i) => held + order[i]!);
  const groups = Array.from({ length: profile.groups }, (_, g) => g);
  const limit = (name: Exclude<keyof Mandate, "breachEpochs">): bigint => limitOf(capital, mandate[name]);
  const rows: Measured[] = [];

  type Place = Pick<RowResult, "row" | "group" | "slot" | "side">;
  const single = (place: Place, before: bigint, afterwards: bigint, bound: bigint): void => {
    rows.push({ ...place, shape: "single", before, after: afterwards, limit: bound });
  };
  const spanning = (place: Place, before: readonly bigint[], afterwards: readonly bigint[], bound: bigint): void => {
    const highest = sum(before.map((b, g) => max(b, afterwards[g]!)));
    const filled = sum(afterwards);
    rows.push({ ...place, shape: "spanning", before: sum(before), after: highest, filled, limit: bound });
  };
  const hard = (place: Place, before: bigint, afterwards: bigint, bound: bigint): void => {
    rows.push({ ...place, shape: "hard", before, after: afterwards, limit: bound });
  };

  const total = (book: readonly bigint[], g: number, lane: (slot: SnapshotSlot) => bigint): bigint =>
    sum(slotsOfGroup(profile, g).map((i) => book[i]! * lane(snapshot.slots[i]!)));
  const totals = (book: readonly bigint[], lane: (slot: SnapshotSlot) => bigint): bigint[] =>
    groups.map((g) => total(book, g, lane));
  const onSide = (side: Side, x: bigint): bigint => (side === "upper" ? x : -x);

  for (const row of ["delta", "gamma", "vega"] as const) {
    const [was, is] = [q, after].map((book) => totals(book, (slot) => slot[row])) as [bigint[], bigint[]];
    for (const group of groups)
      for (const side of SIDES)
        single({ row, group, side }, onSide(side, was[group]!), onSide(side, is[group]!), limit(`${row}Bps`));
  }

  snapshot.slots.forEach(({ notional }, slot) => {
    const of = (book: readonly bigint[]): bigint => absolute(book[slot]!) * notional;
    single({ row: "concentration", slot }, of(q), of(after), limit("concentrationBps"));
  });

  snapshot.slots.forEach(({ liquidity, positionCap }, slot) => {
    hard({ row: "participation", slot }, 0n, absolute(order[slot]!) * 10_000n, mandate.participationBps * liquidity);
    hard({ row: "positionCap", slot }, absolute(q[slot]!), absolute(after[slot]!), positionCap);
    if (!snapshot.mayBeShort[slot]) hard({ row: "shortPosition", slot }, -q[slot]!, -after[slot]!, 0n);
    if (forced) hard({ row: "forcedHold", slot }, 0n, absolute(order[slot]!), 0n);
  });

  const grossOf = (book: readonly bigint[]): bigint[] => totals(book.map(absolute), (slot) => slot.notional);
  spanning({ row: "gross" }, grossOf(q), grossOf(after), limit("grossBps"));

  const deltasOf = (book: readonly bigint[], side: Side): bigint[] => totals(book, (slot) => onSide(side, slot.delta));
  for (const side of SIDES) spanning({ row: "net", side }, deltasOf(q, side), deltasOf(after, side), limit("netBps"));

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
  const margin = microUsd(sum(marginBefore));
  spanning({ row: "margin" }, marginBefore, marginOf(after, lossAfter), limit("initialMarginBps"));

  const outlays = groups.map((g) =>
    sum(
      slotsOfGroup(profile, g).map(
        (i) => order[i]! * snapshot.slots[i]!.value + absolute(order[i]!) * snapshot.slots[i]!.slip,
      ),
    ),
  );
  const spendable = settlement.cash + settlement.cashFlow - limit("cashFloorBps");
  const none = outlays.map(() => 0n);
  spanning({ row: "cash" }, none, outlays, spendable);

  const turnover = sum(order.map((delta, i) => absolute(delta) * snapshot.slots[i]!.notional));
  hard({ row: "turnover" }, 0n, turnover, limit("turnoverBps"));

  const outside = rows.some(({ shape, before, limit: bound }) => shape !== "hard" && before > bound);
  const breachSince = !outside ? 0n : settlement.breachSince === 0n ? epoch : settlement.breachSince;
  const overdue = outside && epoch - breachSince > mandate.breachEpochs && !forced;
  const called = margin > limit("maintenanceMarginBps") && !forced;
  return {
    rows: rows.map((row) => judge(row, overdue || (row.row === "margin" && called), outflow)),
    breachSince,
    lossBefore,
    lossAfter,
    margin,
    strict: overdue || called,
  };
}

/**
 * @param strict a row outside has to shrink
 * @param outflow nothing may be outside, and the settled book is what is judged
 */
function judge({ shape, filled, ...row }: Measured, strict: boolean, outflow: boolean): RowResult {
  const { before, after, limit } = row;
  const outside = (shape === "single" && outflow ? max(after, before) : after) - limit;
  if (outside <= 0n) return { ...row, verdict: "inside", excess: 0n };
  if (shape === "hard" || outflow) return { ...row, verdict: "refused", excess: outside };
  const most = strict ? before - 1n : before;
  const worse = filled === undefined ? after - most : max(after - before, filled - most);
  if (worse <= 0n) return { ...row, verdict: "relaxed", excess: 0n };
  return { ...row, verdict: "refused", excess: worse < outside ? worse : outside };
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
