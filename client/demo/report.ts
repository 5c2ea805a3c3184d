import type { Profile } from "../../prover/index.ts";
import { describeTrip } from "../sdk/views/market.ts";
import { runs } from "../cli/text/layout.ts";
import { count, number, short, usd } from "../sdk/format.ts";
import type { EpochView, Footprint, VaultTruth } from "./observe.ts";
import type { DemoReport } from "./model.ts";

const signed = (lots: bigint): string => (lots > 0n ? `+${lots}` : String(lots));

interface Column {
  slot: number;
  name: string;
}

/** One epoch: what was seen above what was hidden, lots per slot. */
export function epochTable(
  { slots }: Profile,
  columns: readonly Column[],
  seen: EpochView,
  hidden: readonly VaultTruth[],
): string {
  return table(columns, slots, seen, hidden);
}

function table(columns: readonly Column[], slotCount: number, seen: EpochView, hidden: readonly VaultTruth[]): string {
  const perGroup = seen.groups[0]?.netLots.length ?? slotCount;
  const row = (name: string, cells: readonly string[], rest: string): string =>
    `  ${name.padEnd(22)}${cells.map((cell, i) => cell.padStart(Math.max(10, columns[i]!.name.length + 2))).join("")}   ${rest}`;
  const net = ({ slot }: Column): string => {
    const group = seen.groups.find((one) => one.group === Math.floor(slot / perGroup));
    return group === undefined ? (seen.halted ? "halted" : "lapsed") : signed(group.netLots[slot % perGroup]!);
  };
  const printed = (vault: string): string => {
    const submission = seen.submissions.find((one) => one.vault === vault);
    if (submission === undefined) return "did not submit";
    const nav =
      submission.printedNavMicroUsd === null
        ? "NAV not printed"
        : `NAV ${usd(submission.printedNavMicroUsd)}, flow ${usd(submission.cashFlowMicroUsd)}`;
    return `${short(submission.bookCommitment)}  ${nav}`;
  };
  const nameOf = (slot: number): string | undefined => columns.find((column) => column.slot === slot)?.name;
  const halted =
    seen.trips.length > 0
      ? `a breaker tripped: ${seen.trips.map((trip) => describeTrip(trip, nameOf)).join("; ")}`
      : "nobody had ended an earlier halt";
  return [
    `epoch ${seen.epoch}${seen.halted ? `, opened halted, without orders: ${halted}` : ""}`,
    row(
      "",
      columns.map(({ name }) => name),
      "",
    ),
    row("seen: net traded", columns.map(net), ""),
    ...seen.submissions.map(({ vault }) =>
      row(
        `seen: ${vault}`,
        columns.map(() => "·"),
        printed(vault),
      ),
    ),
    ...hidden.map(({ vault, orderLots, navMicroUsd }) =>
      row(
        `hidden: ${vault}`,
        columns.map(({ slot }) => signed(orderLots[slot]!)),
        `NAV ${usd(navMicroUsd)}`,
      ),
    ),
  ].join("\n");
}

/** Beside each other: what is hidden, and all that could tell it. */
function footprintLines(footprints: readonly Footprint[]): string[] {
  if (footprints.length === 0)
    return ["no epoch took orders and dealt with nobody: run more epochs to see what could tell the strategies apart"];
  const span = ({ low, high }: { low: number; high: number }): string =>
    low === high ? number(low) : `${number(low)} … ${number(high)}`;
  const cells = (...[vault, strategy, count, bytes, gas]: string[]): string =>
    `  ${vault!.padEnd(10)}${strategy!.padEnd(20)}${count!.padStart(12)}${bytes!.padStart(16)}${gas!.padStart(24)}`;
  return [
    "What could tell the strategies apart: submissions of epochs with orders and without a dealing (commitments, sealed words and proof look random to all others)",
    cells("", "hidden: strategy", "submissions", "calldata bytes", "gas beyond calldata"),
    ...footprints.map(({ vault, strategy, submissions, calldataBytes, gas }) =>
      cells(vault, strategy, String(submissions), span(calldataBytes), gas === null ? "·" : span(gas)),
    ),
  ];
}

/** What the claims were put to: those that hold because nothing traded say little. */
function verdict({ epochs, outcomes: { traded, halted, idle }, invariants }: DemoReport): string[] {
  const some = (numbers: readonly number[], what: string): string[] =>
    numbers.length === 0 ? [] : [`${numbers.length} ${what} (${runs(numbers)})`];
  const unchecked = invariants.filter(({ ok }) => ok === null).length;
  return [
    `of ${count(epochs.length, "epoch")} ${[`${traded.length} traded`, ...some(halted, "opened halted and took no orders"), ...some(idle, "filled no order")].join(", ")}`,
    invariants.some(({ ok }) => ok === false)
      ? "NOT every invariant held"
      : traded.length === 0
        ? "NOTHING traded: that no invariant failed shows little"
        : unchecked > 0
          ? `every invariant held but ${unchecked} (--) that this run had nothing to check on`
          : "every invariant held",
  ];
}

export function printReport(report: DemoReport): string {
  const gas = Object.entries(report.gas).sort(([a], [b]) => a.localeCompare(b));
  return [
    "",
    "What an observer saw, beside what each vault did (lots; · = nothing to see)",
    ...report.epochs.map(({ slots, seen, hidden }) => table(slots, Number.MAX_SAFE_INTEGER, seen, hidden)),
    "",
    ...footprintLines(report.footprints),
    "",
    ...report.venues.map(
      ({ name, fundingMicroUsd, marginMoves, marginMicroUsd }) =>
        `  ${name.padEnd(22)}margin there ${usd(marginMicroUsd)}, moved ${count(marginMoves, "time")}${fundingMicroUsd === null ? "" : `; funding credited to the vaults ${usd(fundingMicroUsd, 6)}`}`,
    ),
    "",
    `proving time      median ${number(report.provingMs.median / 1000, 1)} s, longest ${number(report.provingMs.max / 1000, 1)} s (all vaults prove at once here)`,
    `wall time         setup ${number(report.seconds.setup)} s, ${count(report.epochs.length, "epoch")} ${number(report.seconds.epochs)} s`,
    `machine           ${report.machine}, ${report.profile} profile`,
    `data              ${report.data}`,
    "",
    `  ${"gas per step".padEnd(22)}${"calls".padStart(8)}${"median".padStart(12)}${"max".padStart(12)}`,
    ...gas.map(
      ([name, { calls, median, max }]) =>
        `  ${name.padEnd(22)}${String(calls).padStart(8)}${number(median).padStart(12)}${number(max).padStart(12)}`,
    ),
    "",
    ...report.invariants.map(
      ({ ok, claim, detail }) => `${ok === null ? "  --   " : ok ? "  ok   " : "  FAIL "} ${claim} (${detail})`,
    ),
    "",
    ...verdict(report),
    "",
  ].join("\n");
}
