// What follows from the description for given sizes: counts, names and numbers.

import {
  lanesPerWord,
  MANDATE_ROWS,
  ORDER_LANE,
  POSITION_LANE,
  ROW_LANE,
  ROW_LANES,
  type SECTIONS,
} from "../format.ts";
import type { RecordFormat, RowFormat, SectionFormat, Sizes, WordFormat } from "../format.ts";

export interface AllSizes extends Sizes {
  /** Row words of a slot. */
  readonly RW: number;
  /** Words of the book: positions, orders, all. */
  readonly PW: number;
  readonly OW: number;
  readonly BW: number;
}

export function allSizes(sizes: Sizes): AllSizes {
  const RW = Math.ceil((ROW_LANES.length + sizes.S) / lanesPerWord(ROW_LANE));
  const PW = Math.ceil(sizes.N / lanesPerWord(POSITION_LANE));
  const OW = Math.ceil(sizes.N / lanesPerWord(ORDER_LANE));
  return { ...sizes, RW, PW, OW, BW: PW + OW + 2 };
}

export type Entry = WordFormat | RecordFormat;
export const isRecord = (entry: Entry): entry is RecordFormat => "words" in entry;

export type SectionName = (typeof SECTIONS)[number]["name"];

/** The name of every word of a section, in order: "snapshot.slot[2].carryIndex", "payload.member[1].rhoShare[0]". */
export const sectionWordNames = ({ name, entries }: SectionFormat, sizes: AllSizes): string[] =>
  entries.flatMap((entry) => entryWordNames(entry, name, sizes));

function entryWordNames(entry: Entry, path: string, sizes: AllSizes): string[] {
  const own = entry.name === "" ? path : `${path}.${entry.name}`;
  const first = entry.first ?? 0;
  const paths =
    entry.times === undefined ? [own] : Array.from({ length: sizes[entry.times] }, (_, i) => `${own}[${first + i}]`);
  if (isRecord(entry)) return paths.flatMap((each) => entry.words.flatMap((word) => entryWordNames(word, each, sizes)));
  return entry.kind === "point" ? paths.flatMap((each) => [`${each}.x`, `${each}.y`]) : paths;
}

/** How a formula is written: the name of a size, and what stands between factors. */
export interface FormulaStyle {
  readonly size: (name: string) => string;
  readonly times: string;
}

/** The number of words of some entries, as a formula in the sizes. */
export function countFormula(entries: readonly Entry[], style: FormulaStyle): string {
  let single = 0;
  const repeated = new Map<string, number>();
  const records: string[] = [];
  for (const entry of entries) {
    const inner = isRecord(entry) ? countFormula(entry.words, style) : entry.kind === "point" ? "2" : "1";
    if (entry.times === undefined) single += Number(inner);
    else if (/^\d+$/.test(inner)) repeated.set(entry.times, (repeated.get(entry.times) ?? 0) + Number(inner));
    else records.push(`${style.size(entry.times)}${style.times}(${inner})`);
  }
  return [
    ...records,
    ...[...repeated].map(([name, factor]) => multiple(factor, style.size(name), style)),
    ...(single === 0 ? [] : [String(single)]),
  ].join(" + ");
}

/** "U", "2·U" */
export const multiple = (factor: number, size: string, { times }: Pick<FormulaStyle, "times">): string =>
  factor === 1 ? size : `${factor}${times}${size}`;

/** How many times a row is judged: of each group or slot, on each side. */
const rowCount = ({ of, sides }: RowFormat, { N, U }: Sizes): number =>
  sides * (of === "group" ? U : of === "slot" ? N : 1);

/** Rows there are to name. */
export const mandateRowCount = (sizes: Sizes): number =>
  MANDATE_ROWS.reduce((sum, row) => sum + rowCount(row, sizes), 0);

/** The number of a row; undefined of one that refuses no order by itself. `place` is a group or a slot. */
export function mandateRowIndex(sizes: Sizes, name: string, lower: boolean, place: number): number | undefined {
  let first = 0;
  for (const row of MANDATE_ROWS) {
    const count = rowCount(row, sizes);
    if (row.name === name) return first + (lower ? count / row.sides : 0) + (row.of === "vault" ? 0 : place);
    first += count;
  }
  return undefined;
}

/** "carryIndex" as CARRY_INDEX, what constants are called. */
export const constantName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
