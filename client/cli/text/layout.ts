import { percentOfPpb } from "../../sdk/format.ts";

export const haircutText = (ppb: bigint): string =>
  ppb === 0n ? "none" : `${percentOfPpb(ppb, 3)} of what is redeemed; deposits wait`;
export const list = (rows: readonly (readonly [string, unknown])[]): string =>
  rows.map(([name, value]) => `${name.padEnd(22)} ${String(value)}`).join("\n");

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function grid(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]! + 3))).join("")}`.trimEnd(),
    )
    .join("\n");
}

/** Numbers in ascending order, with runs as first–last. */
export function runs(numbers: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const n of numbers) {
    const last = spans.at(-1);
    if (last?.[1] === n - 1) last[1] = n;
    else spans.push([n, n]);
  }
  return spans.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(", ");
}
