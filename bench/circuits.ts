/**
 * Where a circuit's constraints go.
 *
 *   node bench/circuits.ts [small|standard]   prints the table as Markdown
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../circuits/build/compile.ts";
import { compileInputs } from "../circuits/build/inputs.ts";
import { R1csReader } from "../circuits/build/r1cs.ts";
import { findCircuit, isProfile } from "../circuits/manifest.ts";
import type { ProfileName } from "../circuits/format.ts";
import { number } from "../client/sdk/format.ts";

export interface ConstraintRow {
  /** What the constraints are for. */
  part: string;
  /** The templates that state it. */
  templates: string;
  constraints: number;
}

export interface ConstraintTable {
  profile: ProfileName;
  rows: ConstraintRow[];
  /** All constraints of the circuit: the sum of the rows. */
  total: number;
  wires: number;
  /** log2 of the Groth16 domain. */
  domainLog: number;
}

/** Component paths, without indices, of each part; the first that fits counts. */
const PARTS: readonly [part: string, templates: string, path: RegExp][] = [
  ["digest of the words", "Sponge", /^Sponge/],
  ["sum of the words at the challenge", "Evaluate", /^Evaluate/],
  ["reading the words", "ReadTranscript", /^(ReadTranscript|transcript)/],
  ["opening of the old book", "OpenBook", /^old/],
  ["settlement of the last order", "Settle", /^settle/],
  ["NAV and breach", "NetAssetValue, Breach", /^(value|mandate\.breach)/],
  ["rows of the settled book", "Expose, GroupTotals", /^before/],
  ["rows of the book after the order", "Expose, GroupTotals", /^exposed/],
  ["delta, gamma, vega, concentration", "TwoSided, Outside, Rows", /^mandate\.(delta|gamma|vega|Outside|Rows)/],
  ["participation", "ParticipationRow", /^mandate\.participation/],
  ["position caps", "PositionCapRow", /^mandate\.positionCap/],
  [
    "gross, net, margin, cash",
    "Spanning, SpanningRow, Shrinks",
    /^mandate\.(gross|net|margin|cash|outlays|spendable|Gross|Margins|Shrinks)/,
  ],
  ["turnover", "TurnoverRow", /^mandate\.turnover/],
  ["limits in µUSD", "Limit", /^mandate\.Limit/],
  ["signals of the snapshot", "ReadSignals", /^market/],
  ["opening of the strategy", "Sponge", /^strategy\.Sponge/],
  ["network of the regime", "ReadNetwork, Regime", /^strategy\.(network|regime)/],
  ["table of the regime, common parameters", "PickTable, ReadTable, ReadCommon", /^strategy/],
  ["mean-variance sleeve", "Sleeve", /^target/],
  ["limits of the decided orders", "Clips", /^decide\.clip/],
  ["weights, hedges and retreat", "SlotOrder, RetreatShare, Paces", /^decide\.(slot|share|paces)/],
  ["options of the group in turn", "OptionsInTurn, OptionOrders", /^decide\.options/],
  ["targets, gaps and mode", "Decide, Mode, CapitalInUse", /^(decide|mode|CapitalInUse|moves)/],
  ["the row that refuses", "RefusedRow", /^(refused|refusal)/],
  ["the new book", "BookWords, BookCommitment", /^(book|cashAdj|BookWords|BookCommitment|halvings)/],
  ["order commitments", "OrderCommitment", /^seal\.(commitment|rhoBits)/],
  ["ephemeral key", "FixedBase", /^seal\.(base|keyBits)/],
  ["shared points with the members", "OddMultiple", /^seal\.shared/],
  ["pads of the members", "Pads, Share", /^seal\.(pads|orderShare|rhoShare|bookKeyShare)/],
  ["encrypted book", "Pads", /^seal\.bookPads/],
  ["context of the seal", "SealingContext", /^seal\.SealingContext/],
];
const REST: readonly [part: string, templates: string] = ["order, bits, equalities with the words", "Rebalance"];

/**
 * Compiles the circuit as released and gives each constraint to the part that most of its wires belong to: a constraint
 * between two parts counts in one of them, so rows are right to a few tens and their sum is exact.
 */
export async function constraintTable(profile: ProfileName): Promise<ConstraintTable> {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "tacit-constraints-"));
  try {
    const { mainText, roots } = compileInputs(findCircuit(profile, "rebalance"));
    await compile(mainText, roots, folder);
    const partsOfWire = readParts(join(folder, "circuit.sym"));
    const reader = new R1csReader(join(folder, "circuit.r1cs"));
    const counts = Array<number>(PARTS.length + 1).fill(0);
    for (const sides of reader.constraints()) {
      const votes = Array<number>(PARTS.length + 1).fill(0);
      for (const { wire } of sides.flat()) {
        const parts = partsOfWire.get(wire) ?? [];
        for (const part of parts) votes[part]! += 1 / parts.length;
      }
      // Wires of no component vote for no part: the rest wins only where no part has a wire.
      const most = Math.max(...votes.slice(0, -1));
      counts[most > 0 ? votes.indexOf(most) : PARTS.length]!++;
    }
    const { constraints: total, wires, domainLog } = reader.header;
    reader.close();
    const rows = [...PARTS, REST].map(([part, templates], i) => ({ part, templates, constraints: counts[i]! }));
    return { profile, rows, total, wires, domainLog };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For each wire the parts that have a signal on it. */
function readParts(symFile: string): Map<number, number[]> {
  const parts = new Map<number, Set<number>>();
  for (const line of readFileSync(symFile, "utf8").split("\n")) {
    const [, wire, , name] = line.split(",");
    if (name === undefined || wire === "-1") continue;
    const path = name.replace(/^main\./, "").replace(/\[\d+\]/g, "");
    const part = PARTS.findIndex(([, , pattern]) => path.includes(".") && pattern.test(path));
    if (part < 0) continue;
    const known = parts.get(Number(wire)) ?? new Set();
    parts.set(Number(wire), known.add(part));
  }
  return new Map([...parts].map(([wire, set]) => [wire, [...set]]));
}

/** The table as Markdown. */
function formatConstraintTable({ profile, rows, total, domainLog }: ConstraintTable): string {
  return [
    `| ${profile}: part | templates | constraints |`,
    "|---|---|---:|",
    ...rows.map(({ part, templates, constraints }) => `| ${part} | ${templates} | ${number(constraints)} |`),
    `| **total**, domain 2^${domainLog} | | **${number(total)}** |`,
  ].join("\n");
}

if (import.meta.main) {
  const profile = process.argv[2] ?? "standard";
  if (!isProfile(profile)) throw new Error(`there is no profile "${profile}"; choose small or standard`);
  console.log(formatConstraintTable(await constraintTable(profile)));
}
