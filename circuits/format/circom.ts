// The circuit's side of the format: lib/format.circom.

import {
  FEATURES,
  lanesPerWord,
  MANDATE_ROWS,
  MISC_LANES,
  OPTION_SLOTS,
  ORDER_LANE,
  POSITION_LANE,
  PROFILES,
  ROW_BITS,
  ROW_LANE,
  ROW_LANES,
  SEALED_ORDER_LANE,
  SECTIONS,
  SIGNAL_LANES,
} from "../format.ts";
import type { FlagFormat, LaneFormat, RowFormat, SectionFormat, Times, WordFormat } from "../format.ts";
import { constantName, countFormula, isRecord, multiple } from "./layout.ts";
import type { Entry } from "./layout.ts";

const SIZE: Readonly<Record<string, string>> = { RW: "ROW_WORDS(S)", BW: "BOOK_WORDS(N)" };
const size = (name: string): string => SIZE[name] ?? name;
const INDEX: Readonly<Record<Times, string>> = { N: "i", U: "g", M: "j", RW: "w", BW: "w" };
const count = (entries: readonly Entry[]): string => countFormula(entries, { size, times: " * " });
const fieldOf = ({ name, circuit }: { name: string; circuit?: string }): string => circuit ?? name;
const indent = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);
const sections: readonly SectionFormat[] = SECTIONS;

// ------------------------------------------------------------------------------------------------ constants

const constant = (name: string, value: number): string => `function ${name}() { return ${value}; }`;

const laneConstants = (name: string, plural: string, lane: LaneFormat): string[] => [
  constant(`${name}_LANE`, lane.width ?? lane.bits),
  constant(`${plural}_PER_WORD`, lanesPerWord(lane)),
];

function miscConstants(): string[] {
  let at = 0;
  return MISC_LANES.flatMap((lane: LaneFormat & { readonly name: string }) => {
    const own = [
      constant(`${constantName(lane.name)}_BITS`, lane.signed ? lane.bits - 1 : lane.bits),
      constant(`${constantName(lane.name)}_AT`, at),
    ];
    at += lane.width ?? lane.bits;
    return own;
  });
}

const signalConstants = (): string[] =>
  [...SIGNAL_LANES.signals, ...SIGNAL_LANES.correlations].map(({ name, bits }) =>
    constant(`${constantName(name)}_BITS`, bits),
  );

function sleeveFunctions(): string {
  const sleeves = Object.values(PROFILES).map(({ sizes: { N }, sleeveSlots }) => ({ N, sleeveSlots }));
  const known = sleeves.map(({ N }) => `N == ${N}`).join(" || ");
  const each = (line: (sleeve: (typeof sleeves)[number]) => string): string =>
    sleeves.map((sleeve) => `    ${line(sleeve)}\n`).join("");
  return `// Assets of the mean-variance sleeve, and the slot at which each stands.
function SLEEVE_ASSETS(N) {
    assert(${known});
    var count = 0;
${each(({ N, sleeveSlots }) => `if (N == ${N}) count = ${sleeveSlots.length};`)}    return count;
}

function SLEEVE_SLOT(N, k) {
    assert(${known});
    var slot = 0;
${each(({ N, sleeveSlots }) => `var of${N}[${sleeveSlots.length}] = [${sleeveSlots.join(", ")}];`)}${each(
  ({ N }) => `if (N == ${N}) slot = of${N}[k];`,
)}    return slot;
}`;
}

function rowFunctions(): string {
  const rows: readonly RowFormat[] = MANDATE_ROWS;
  const sizeOf = ({ of }: RowFormat): string => ({ group: "U", slot: "N", vault: "1" })[of];
  const countOf = (row: RowFormat): string =>
    row.of === "vault" ? String(row.sides) : multiple(row.sides, sizeOf(row), { times: " * " });
  const functions = rows.map((row, i) => {
    const arguments_ = ["N", "U", ...(row.sides === 2 ? ["side"] : []), ...(row.of === "vault" ? [] : ["place"])];
    const terms = [
      ...rows.slice(0, i).map(countOf),
      ...(row.sides === 2 ? [row.of === "vault" ? "side" : `side * ${sizeOf(row)}`] : []),
      ...(row.of === "vault" ? [] : ["place"]),
    ];
    return `function ${row.name.toUpperCase()}_ROW(${arguments_.join(", ")}) { return ${terms.join(" + ") || "0"}; }`;
  });
  return `// Rows by which an order can be refused, and the number of each: by group or slot where it has a place, sides 0 upper,
// 1 lower.
function ROWS(N, U) { return ${rows.map(countOf).join(" + ")}; }
${functions.join("\n")}`;
}

// ------------------------------------------------------------------------------------------------ buses

/** What the circuit may know of a word when it has read it. */
function tagsOf({ kind, bits, max, bare }: WordFormat): string {
  if (bare) return "";
  if (kind === "flag") return "{binary} ";
  return kind === "natural" && (bits ?? max) !== undefined ? "{natural, maxAbs} " : "";
}

function commentOf({ name, kind, unit, bits, max, groupSumBy, note }: WordFormat): string {
  const value = [
    unit,
    kind === "signed" ? "signed" : undefined,
    bits === undefined ? (max === undefined ? undefined : `at most ${max}`) : `< 2^${bits}`,
  ];
  const sum = groupSumBy === undefined ? undefined : `Σ ${groupSumBy}·${name} of a group < 2^${ROW_BITS}`;
  return [value.filter(Boolean).join(", "), sum, note].filter(Boolean).join("; ");
}

const COMMENT_COLUMN = 44;
const WIDTH = 120;
/** Lines of a statement with its comment, which stands above if there is no room beside. */
function declaration(code: string, comment: string): string[] {
  if (comment === "") return [code];
  const line = `${code.padEnd(COMMENT_COLUMN - 1)} // ${comment}`;
  return 4 + line.length > WIDTH ? [`// ${comment}`, code] : [line];
}

const repeated = (name: string, times: Times | undefined): string =>
  times === undefined ? name : `${name}[${size(times)}]`;

/** Fields of single words, lists, and the flags of the section that belong to the record. */
function busFields(words: readonly WordFormat[], flags: readonly FlagFormat[] = []): string[] {
  const gated = flags.flatMap(({ gates }) => gates ?? []);
  return words.flatMap((word) => [
    ...declaration(`signal ${tagsOf(word)}${repeated(fieldOf(word), word.times)};`, commentOf(word)),
    ...gated
      .filter((gate) => gate.word === word.name)
      .flatMap(({ name, note }) => declaration(`signal ${name};`, note)),
  ]);
}

const flagFields = (flags: readonly FlagFormat[]): string[] =>
  flags.flatMap((flag) => declaration(`signal {binary} ${fieldOf(flag)};`, flag.note));

/** The sizes that a bus depends on. */
const parametersOf = (words: readonly WordFormat[]): string =>
  [...new Set(words.flatMap(({ times }) => (times === undefined ? [] : times === "RW" ? ["S"] : [times])))].join(", ");

const bus = (name: string, parameters: string, fields: readonly string[]): string =>
  `bus ${name}(${parameters}) {\n${indent(fields).join("\n")}\n}`;

function sectionBuses({ bus: name, entries }: SectionFormat): string[] {
  if (name !== undefined) return [bus(name, "", busFields(entries as readonly WordFormat[]))];
  return entries.flatMap((entry, at) => {
    if (!isRecord(entry)) return [];
    const flagsIn = (some: readonly Entry[]): FlagFormat[] =>
      some
        .flatMap((other) => (isRecord(other) ? [] : (other.flags ?? [])))
        .filter(({ record }) => record === entry.circuit);
    const [before, after] = [flagsIn(entries.slice(0, at)), flagsIn(entries.slice(at))];
    const fields = [...flagFields(before), ...busFields(entry.words, [...before, ...after]), ...flagFields(after)];
    return [bus(entry.bus, parametersOf(entry.words), fields)];
  });
}

function transcriptFields({ name: section, bus: own, entries }: SectionFormat): string[] {
  if (own !== undefined) return [`${own}() ${section};`];
  return entries.flatMap((entry): string[] => {
    const field = repeated(entry.circuit ?? (entry.name || section), entry.times);
    if (isRecord(entry)) return [`${entry.bus}(${parametersOf(entry.words)}) ${field};`];
    if (entry.kind === "point") return [`Point() ${field};`];
    if (entry.flags === undefined) return [`signal ${tagsOf(entry)}${field};`];
    return entry.flags
      .filter(({ record }) => record === undefined)
      .flatMap((flag) => declaration(`signal {binary} ${repeated(fieldOf(flag), flag.times)};`, flag.note));
  });
}

// ------------------------------------------------------------------------------------------------ reading

/** The words of a run, one after the other, each as its field. */
function readWord(word: WordFormat, source: string): string {
  if (tagsOf(word) === "{binary} ") return `Bit()(${source})`;
  if (tagsOf(word) === "") return source;
  return `TrustedNatural(${word.bits === undefined ? word.max : `2 ** ${word.bits} - 1`})(${source})`;
}

const wordAt = (k: number): string => (k === 0 ? "words[at]" : `words[at + ${k}]`);

const loop = (times: Times, body: readonly string[]): string[] => {
  const head = `for (var ${INDEX[times]} = 0; ${INDEX[times]} < ${size(times)}; ${INDEX[times]}++)`;
  return body.length === 1 ? [`${head} ${body[0]}`] : [`${head} {`, ...indent(body), "}"];
};

/** Statements that read entries to fields of `path`, from words[at] on. */
function readEntries(entries: readonly Entry[], path: string, section: string): string[] {
  const lines: string[] = [];
  let run = 0;
  const endRun = (): void => {
    if (run > 0) lines.push(`at += ${run};`);
    run = 0;
  };
  for (const entry of entries) {
    const field = `${path}.${entry.circuit ?? (entry.name || section)}`;
    if (!isRecord(entry) && entry.times === undefined && entry.kind !== "point" && entry.flags === undefined) {
      lines.push(`${field} <== ${readWord(entry, wordAt(run++))};`);
      continue;
    }
    endRun();
    lines.push(...readComposite(entry, field, path, section));
  }
  endRun();
  return lines;
}

function readComposite(entry: Entry, field: string, path: string, section: string): string[] {
  const each = entry.times === undefined ? field : `${field}[${INDEX[entry.times]}]`;
  if (!isRecord(entry) && entry.flags !== undefined) return readFlags(entry.name, entry.flags, path, section);
  if (!isRecord(entry) && entry.kind !== "point") {
    const times = entry.times!;
    return [
      ...loop(times, [`${each} <== ${readWord(entry, `words[at + ${INDEX[times]}]`)};`]),
      `at += ${size(times)};`,
    ];
  }
  const body = isRecord(entry)
    ? readEntries(entry.words, each, section)
    : [`${each}.x <== words[at];`, `${each}.y <== words[at + 1];`, "at += 2;"];
  return entry.times === undefined ? body : loop(entry.times, body);
}

function readFlags(name: string, flags: readonly FlagFormat[], path: string, section: string): string[] {
  const component = name === "flags" ? `${section}Flags` : name;
  const bits = countFormula(
    flags.map(({ times }) => ({ name, kind: "flag", times })),
    { size, times: " * " },
  );
  const lines = [`component ${component} = Bits(${bits});`, `${component}.in <== words[at];`];
  const loops: { readonly times: Times; readonly body: string[] }[] = [];
  flags.forEach((flag, k) => {
    const index = INDEX[flag.times];
    const bit = `${component}.out[${[...flags.slice(0, k).map(({ times }) => times), index].join(" + ")}]`;
    const owner = flag.record === undefined ? path : `${path}.${flag.record}[${index}]`;
    const body = [`${owner}.${fieldOf(flag)}${flag.record === undefined ? `[${index}]` : ""} <== ${bit};`];
    if (flag.gates) body.push(`${owner}.${flag.gates.name} <== ${bit} * ${owner}.${flag.gates.word};`);
    const last = loops.at(-1);
    if (last?.times === flag.times) last.body.push(...body);
    else loops.push({ times: flag.times, body });
  });
  return [...lines, ...loops.flatMap(({ times, body }) => loop(times, body)), "at += 1;"];
}

function readSection(section: SectionFormat, number: number): string[] {
  const { name, title, bus, reader, entries } = section;
  const head = ["", `// ${number}. ${title}`];
  if (reader === undefined) return [...head, ...readEntries(entries, bus === undefined ? "out" : `out.${name}`, name)];
  return [
    ...head,
    `component ${name} = ${reader}();`,
    `for (var i = 0; i < ${entries.length}; i++) ${name}.words[i] <== words[at + i];`,
    `out.${name} <== ${name}.out;`,
    `at += ${entries.length};`,
  ];
}

/** The template of a section that is read by one of its own. */
function readerTemplate({ bus, reader, entries }: SectionFormat): string[] {
  if (reader === undefined) return [];
  const reads = (entries as readonly WordFormat[]).map(
    (word, k) => `out.${fieldOf(word)} <== ${readWord(word, `words[${k}]`)};`,
  );
  return [
    `template ${reader}() {`,
    ...indent([`signal input words[${entries.length}];`, `output ${bus}() out;`]),
    "",
    ...indent(reads),
    "}",
    "",
  ];
}

// ------------------------------------------------------------------------------------------------ the file

const rule = (title: string): string => `// ${"-".repeat(96)} ${title}`;

export function circomSource(): string {
  return `pragma circom 2.2.0;

include "./numeric.circom";

// Written by \`npm run generate\` from circuits/format.ts: do not edit. docs/protocol.md, sections 1 to 3.

${rule("sizes and lanes")}

function CEIL_DIV(a, b) {
    return (a + b - 1) \\ b;
}

// Row words of a slot: ${ROW_LANES.join(", ")} and S stress lanes, side by side.
${constant("ROW_BITS", ROW_BITS)}
${constant("LANE_BITS", ROW_LANE.bits)}
${constant("LANES_PER_WORD", lanesPerWord(ROW_LANE))}
${constant("PLAIN_LANES", ROW_LANES.length)}
function ROW_WORDS(S) { return CEIL_DIV(PLAIN_LANES() + S, LANES_PER_WORD()); }

// Book words: positions, orders, misc, salt. Bits of a signed field are those of its absolute value.
${laneConstants("POSITION", "POSITIONS", POSITION_LANE).join("\n")}
${laneConstants("ORDER", "ORDERS", ORDER_LANE).join("\n")}
${miscConstants().join("\n")}
function BOOK_WORDS(N) { return CEIL_DIV(N, POSITIONS_PER_WORD()) + CEIL_DIV(N, ORDERS_PER_WORD()) + 2; }

// Orders of a group as they are sealed: sums over all vaults of a market fit.
${constant("SEALED_ORDER_LANE", SEALED_ORDER_LANE.width)}

// Lanes of the two words of signals.
${constant("FEATURES", FEATURES.length)}
${signalConstants().join("\n")}

// Options stand at the last slots of every group of ${OPTION_SLOTS.ofGroup}.
function OPTION_SLOTS(N, U) { return N \\ U == ${OPTION_SLOTS.ofGroup} ? ${OPTION_SLOTS.ofGroup - OPTION_SLOTS.first} * U : 0; }
function OPTION_SLOT(g, k) { return ${OPTION_SLOTS.ofGroup} * g + ${OPTION_SLOTS.first} + k; }

${sleeveFunctions()}

${rowFunctions()}

function TRANSCRIPT_WORDS(N, U, S, M) {
    var count = 0;
${indent(sections.flatMap(({ entries, title }) => declaration(`count += ${count(entries)};`, title))).join("\n")}
    return count;
}

${rule("parts")}

bus Point() {
    signal x;
    signal y;
}

${sections.flatMap(sectionBuses).join("\n\n")}

bus Transcript(N, U, S, M) {
${indent(sections.flatMap(transcriptFields)).join("\n")}
}

${rule("reading")}

// A word that the chain keeps at or below BOUND (docs/protocol.md, section 1). Adds no constraint.
template TrustedNatural(BOUND) {
    signal input in;
    signal output {natural, maxAbs} out;
    out.maxAbs = BOUND;
    out <== in;
}

${sections.flatMap(readerTemplate).join("\n")}
// The parts of the transcript. Flags are checked to be bits; ranges of chain-held words are taken on trust, here only.
template ReadTranscript(N, U, S, M) {
    signal input words[TRANSCRIPT_WORDS(N, U, S, M)];
    output Transcript(N, U, S, M) out;

    var at = 0;
${sections
  .flatMap((section, k) => readSection(section, k + 1))
  .map((line) => (line === "" ? "" : `    ${line}`))
  .join("\n")}
}
`;
}
