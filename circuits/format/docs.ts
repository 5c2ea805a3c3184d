// The tables of docs/protocol.md: what stands there between a mark <!-- format: NAME --> and <!-- format end -->.

import {
  HEADER,
  laneOffset,
  lanesPerWord,
  MANDATE,
  MISC_LANES,
  ORDER_LANE,
  POSITION_LANE,
  PROFILES,
  ROW_BITS,
  ROW_LANE,
  ROW_LANES,
  SECTIONS,
  SETTLE_SLOT,
  SLOT,
} from "../format.ts";
import type { FlagFormat, LaneFormat, SectionFormat, SizeName, Times, WordFormat } from "../format.ts";
import { allSizes, countFormula, isRecord, sectionWordNames } from "./layout.ts";
import type { AllSizes, Entry } from "./layout.ts";

const sections: readonly SectionFormat[] = SECTIONS;
const code = (text: string): string => `\`${text}\``;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`.replace(/ +/g, " ")).join("\n");

// ------------------------------------------------------------------------------------------------ section 1

function parameters(): string {
  const [standard, small] = [allSizes(PROFILES.standard.sizes), allSizes(PROFILES.small.sizes)];
  const rows: [SizeName | "RW" | "PW" | "OW" | "BW" | "N/U", string][] = [
    ["N", "slots"],
    ["U", "clearing groups"],
    ["N/U", "slots of a group; slot `i` belongs to group `floor(i / (N/U))`"],
    ["S", "stress scenarios"],
    ["M", "committee members"],
    ["T_ORDER", "degree of the order sharing (opens with `T_ORDER + 1`)"],
    ["T_BOOK", "degree of the book-key sharing (opens with `T_BOOK + 1`)"],
    ["RW", `row words of a slot, \`ceil((${ROW_LANES.length} + S) / ${lanesPerWord(ROW_LANE)})\``],
    ["PW", `position words, \`ceil(N / ${lanesPerWord(POSITION_LANE)})\``],
    ["OW", `order words, \`ceil(N / ${lanesPerWord(ORDER_LANE)})\``],
    ["BW", "book words, `PW + OW + 2`"],
  ];
  const value = (sizes: AllSizes, name: (typeof rows)[number][0]): string =>
    String(name === "N/U" ? sizes.N / sizes.U : sizes[name]);
  return table(
    ["name", "meaning", "standard", "small"],
    rows.map(([name, meaning]) => [code(name), meaning, value(standard, name), value(small, name)]),
  );
}

/** "`carryIndex_i`, `debit_i`" */
const named = (words: readonly WordFormat[], index: string): string =>
  words.map(({ name }) => code(`${name}${index}`)).join(", ");

/** What there is to say of a word that has a row for itself. */
const noteOf = ([word, ...others]: readonly WordFormat[]): string =>
  word?.note === undefined || others.length > 0 ? "" : `; ${word.note}`;

function ranges(): string {
  const slotWords: readonly WordFormat[] = [...SLOT, ...SETTLE_SLOT];
  const limits: readonly WordFormat[] = MANDATE;
  const bounded = (words: readonly WordFormat[], kind: WordFormat["kind"], index: string): string[][] =>
    [
      ...Map.groupBy(
        words.filter((word) => word.kind === kind && word.bits !== undefined),
        ({ bits }) => bits,
      ),
    ].map(([bits, alike]) => [
      named(alike, index),
      `${kind === "signed" ? "absolute value " : ""}< 2^${bits}${noteOf(alike)}`,
    ]);
  const largest = [
    ...Map.groupBy(
      limits.filter(({ max }) => max !== undefined),
      ({ max }) => max,
    ),
  ];
  const sums = slotWords.flatMap((word) => {
    const { name, groupSumBy } = word;
    return groupSumBy === undefined
      ? []
      : [[code(`${name}_i`), `Σ over a group of ${groupSumBy}_i·${name}_i < 2^${ROW_BITS}${noteOf([word])}`]];
  });
  const cap = slotWords.find(({ name }) => name === "positionCap")!;
  return table(
    ["quantity", "range"],
    [
      ["position `q`", `\\|q\\| ≤ positionCap < 2^${cap.bits}`],
      ["order `Δ`", `\\|Δ\\| < 2^${ORDER_LANE.bits - 1}`],
      [
        "a row per lot",
        `\\|row\\| < 2^${ROW_BITS}, and in each group and lane Σ positionCap_i·\\|row_i\\| < 2^${ROW_BITS}`,
      ],
      ...sums,
      ...bounded(slotWords, "signed", "_i"),
      ...bounded(slotWords, "natural", "_i"),
      ...bounded(HEADER, "natural", ""),
      ...bounded(limits, "natural", ""),
      ...largest.map(([max, alike]) => [named(alike, ""), `≤ ${max!.toLocaleString("en")}`]),
      ["member keys", "on the curve, in the prime subgroup, not the identity"],
    ],
  );
}

// ------------------------------------------------------------------------------------------------ section 2

const formula = (entries: readonly Entry[]): string => countFormula(entries, { size: (name) => name, times: "·" });

const flagsText = (name: string, flags: readonly FlagFormat[]): string => {
  const letter: Readonly<Record<Times, string>> = { N: "i", U: "g", M: "j", RW: "w", BW: "w" };
  const bits = flags.map(({ name: flag, times, note }, k) => {
    const bit = [...flags.slice(0, k).map((before) => before.times), letter[times]].join(" + ");
    return `bit ${bit} = ${code(`${flag}_${letter[times]}`)}, ${note}`;
  });
  return `${code(name)}: ${bits.join("; ")}`;
};

function entriesText(entries: readonly Entry[]): string {
  const parts: string[] = [];
  let run: string[] = [];
  const endRun = (): void => {
    if (run.length > 0) parts.push(code(run.join(", ")));
    run = [];
  };
  for (const entry of entries) {
    if (!isRecord(entry) && entry.times === undefined && !["point", "flags", "lanes"].includes(entry.kind)) {
      run.push(entry.name);
      continue;
    }
    endRun();
    parts.push(entryText(entry));
  }
  endRun();
  return parts.join("; ");
}

function entryText(entry: Entry): string {
  if (isRecord(entry)) return `for each of ${entry.times} ${entry.name}s: ${entriesText(entry.words)}`;
  if (entry.flags !== undefined) return flagsText(entry.name, entry.flags);
  const times = entry.times === undefined ? "" : `${entry.times} times `;
  if (entry.kind === "point") return `${times}${code(`${entry.note}.x, ${entry.note}.y`)}`;
  return `${times}${code(entry.name)}${entry.note === undefined ? "" : `, ${entry.note}`}`;
}

function transcript(): string {
  const rows = sections.map(({ title, entries }) => [title, formula(entries), entriesText(entries)]);
  const words = Object.entries(PROFILES).map(([name, { sizes }]) => {
    const count = sections.flatMap((section) => sectionWordNames(section, allSizes(sizes))).length;
    return `${name} ${count}`;
  });
  return `${table(["part", "count", "words"], rows)}\n\nWords in all: ${words.join(", ")}.`;
}

const caller = (): string =>
  `Only these are the caller's: \`${HEADER.filter((word: WordFormat) => word.from === "caller")
    .map(({ name }) => name)
    .join(", ")}\`, order commitments, \`R\`, sealed payload.`;

function rows(): string {
  const perWord = lanesPerWord(ROW_LANE);
  return `Lanes of a slot: \`[${ROW_LANES.join(", ")}, stress_0 … stress_{S−1}]\`, zero padded to a multiple of ${perWord}; \
word w = Σ_{k<${perWord}} lane_{${perWord}w+k}·2^(${ROW_LANE.bits}k), signed, mod r.`;
}

// ------------------------------------------------------------------------------------------------ section 3

const offset = (lane: LaneFormat): string => `2^${laneOffset(lane).toString(2).length - 1}`;

function book(): string {
  const packed = (title: string, letter: string, lane: LaneFormat): string => {
    const perWord = lanesPerWord(lane);
    return `- ${title}: word w = Σ_{k<${perWord}} (${letter}_{${perWord}w+k} + ${offset(lane)})·2^(${lane.bits}k), absent slots contribute 0;`;
  };
  let at = 0;
  const misc = MISC_LANES.map((lane: LaneFormat & { readonly name: string }) => {
    const value = lane.signed ? `(${lane.name} + ${offset(lane)})` : lane.name;
    const term = at === 0 ? value : `${value}·2^${at}`;
    at += lane.width ?? lane.bits;
    return term;
  });
  const natural = MISC_LANES.filter((lane: LaneFormat) => !lane.signed && lane.bits > 1);
  return [
    packed("positions", "q", POSITION_LANE),
    packed("orders", "Δ", ORDER_LANE),
    `- misc = ${misc.join(" + ")}, ${natural.map(({ name, bits }) => `${name} < 2^${bits}`).join(", ")};`,
    "- salt.",
  ].join("\n");
}

const BLOCKS: Readonly<Record<string, () => string>> = { parameters, ranges, transcript, caller, rows, book };

/**
 * The page with its generated parts renewed.
 * @throws Error if a part has no place in the page
 */
export function protocolPage(page: string): string {
  let text = page;
  for (const [name, block] of Object.entries(BLOCKS)) {
    const [start, end] = [`<!-- format: ${name} -->\n`, "\n<!-- format end -->"];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/protocol.md has no place marked "${start.trim()}" for this part`);
    text = text.slice(0, from + start.length) + block() + text.slice(to);
  }
  return text;
}
