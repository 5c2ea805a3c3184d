import { number } from "../client/sdk/format.ts";

/** Rows under a heading, as Markdown: readable in a terminal, pasted into a document as it is. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What the figures leave out, a sentence each. */
  readonly notes?: readonly string[];
}

/** null: not measured. */
export type Cell = string | number | null;

export function renderTable({ title, columns, rows, notes = [] }: Table): string {
  const body = rows.map((row) => row.map(show));
  const widths = columns.map((column, i) => Math.max(column.length, ...body.map((row) => row[i]!.length)));
  const isText = columns.map((_, i) => rows.every((row) => typeof row[i] === "string"));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (isText[i] ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => "-".repeat(width + 1) + (isText[i] ? "-" : ":")).join("|")}|`;
  return [`### ${title}`, "", line(columns), rule, ...body.map(line), "", ...notes.flatMap((note) => [note, ""])].join(
    "\n",
  );
}

const show = (cell: Cell): string => (cell === null ? "–" : typeof cell === "number" ? number(cell, 0, 3) : cell);
