import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CIRCUITS_FOLDER } from "../../../circuits/build/paths.ts";
import { CompileError } from "../../support/circuit.ts";
import type { Circuit, Edit } from "../../support/circuit.ts";

/**
 * One constraint of a template, weakened.
 *
 * `removed`: an assertion that is gone; every dishonest prover may ignore it.
 * `loosened`: `<==` made `<--`, with a generator that computes something else there by `shift`. A forgery is the whole
 * witness that follows from it.
 */
export interface Mutant {
  template: string;
  line: number;
  statement: string;
  kind: "removed" | "loosened";
  /** Ways to write it, the first that compiles counts; each with the shift put in. */
  edits: (shift: bigint) => readonly Edit[];
}

const ASSERTION = /^\s*(.*[^=]===[^=].*;)\s*(\/\/.*)?$/;
const ASSERTING_CALL = /^\s*((?:AssertAtMost)\(\)\(.*\);)\s*$/;
const ASSIGNMENT = /([A-Za-z_][\w.]*(?:\[[^\]]*\][\w.]*)*) <== (.*);/;
const CALL = /^([A-Z]\w*)\((.*?)\)\((.*)\)$/;
/** Signals of buses whose signals are all scalars. */
const BUS_FIELDS: readonly (readonly string[])[] = [
  ["x", "y"],
  ["strict", "outflow"],
  [
    "deltaBps",
    "gammaBps",
    "vegaBps",
    "concentrationBps",
    "participationBps",
    "grossBps",
    "netBps",
    "cashFloorBps",
    "turnoverBps",
    "initialMarginBps",
    "maintenanceMarginBps",
    "breachEpochs",
  ],
];
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 248, 250, 240];

/** The constraints of a template of `file`, which is relative to circuits/. */
export function mutantsOf(file: string, template: string): Mutant[] {
  const lines = readFileSync(join(CIRCUITS_FOLDER, file), "utf8").split("\n");
  const first = lines.findIndex((line) => line.startsWith(`template ${template}(`));
  if (first < 0) throw new Error(`${file} has no template ${template}`);
  const last = lines.findIndex((line, i) => i > first && line === "}");
  const mutants: Mutant[] = [];
  for (let i = first + 1; i < last; i++) {
    const line = lines[i]!;
    const replacing =
      (statement: string, by: string): Edit =>
      (source, text) => {
        if (source !== `circuits/${file}`) return text;
        const edited = text.split("\n");
        edited[i] = line.replace(statement, () => by);
        // A statement of several may stand behind a loop's or a condition's head.
        if (by.includes("z_")) {
          edited[i] = line.replace(statement, () => `{ ${by} }`);
          edited[first] += CARRIER;
        }
        return edited.join("\n");
      };
    const add = (kind: Mutant["kind"], statement: string, ways: (shift: bigint) => readonly string[]): void => {
      mutants.push({
        template,
        line: i + 1,
        statement,
        kind,
        edits: (shift) => ways(shift).map((way) => replacing(statement, way)),
      });
    };
    const assertion = ASSERTION.exec(line) ?? ASSERTING_CALL.exec(line);
    if (assertion !== null) add("removed", assertion[1]!, () => [""]);
    const assignment = ASSIGNMENT.exec(line);
    if (assignment !== null) add("loosened", assignment[0], (shift) => loosened(assignment[1]!, assignment[2]!, shift));
  }
  return mutants;
}

export type Outcome = "noticed" | "survived" | "equivalent" | "not made";

const wayOf = new WeakMap<Mutant, number>();

/** The first way to write the mutant that compiles, or undefined. */
export function makeMutant(mutant: Mutant, shift: bigint, compile: (edit: Edit) => Circuit): Circuit | undefined {
  for (const [way, edit] of mutant.edits(shift).entries()) {
    if (way < (wayOf.get(mutant) ?? 0)) continue;
    try {
      const circuit = compile(edit);
      wayOf.set(mutant, way);
      return circuit;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
    }
  }
  return undefined;
}

/** Signals for a forged value on its way to an input that wants tags, and the next free one. */
const CARRIER = " signal {binary, natural, maxAbs} z_[64]; var z_n = 0;";

/**
 * Ways to assign `from` to `to` without a constraint and off by `shift`: as a number, an array, a bus, with the tags that
 * its place wants.
 */
function loosened(to: string, from: string, shift: bigint): string[] {
  const off = (k: number): string => (k === 0 ? ` + (${shift})` : "");
  const literal = /^\[(.*)\]$/.exec(from);
  if (literal !== null)
    return [
      literal[1]!
        .split(", ")
        .map((part, k) => `${to}[${k}] <-- ${part}${off(k)};`)
        .join(" "),
    ];
  const call = CALL.exec(from);
  if (call !== null) {
    // What a checked call hands through is its input; of any other call the forger writes a number of its own.
    const [, name, parameters, inputs] = call;
    const value = ["Bit", "Natural", "TrustedNatural"].includes(name!) ? `${inputs}${off(0)}` : `${shift + 1n}`;
    const bound = name === "Natural" ? `2 ** (${parameters}) - 1` : name === "TrustedNatural" ? parameters! : "2 ** 55";
    return [
      `${to} <-- ${value};`,
      `${to}.maxAbs = ${bound}; ${to} <-- ${value};`,
      ...carried(bound, [`z_[z_n] <-- ${value}; ${to} <== z_[z_n]; z_n++;`]),
      ...SIZES.map((size) => loop(size, `${to}[z_i] <-- ${value};`)),
    ];
  }
  const shifted = `(z_i == 0 ? ${shift} : 0)`;
  return [
    `${to} <-- ${from}${off(0)};`,
    `${to}.maxAbs = ${from}.maxAbs; ${to} <-- ${from}${off(0)};`,
    ...["2 ** 56", `${from}.maxAbs`].flatMap((bound) =>
      carried(bound, [`z_[z_n] <-- ${from}${off(0)}; ${to} <== z_[z_n]; z_n++;`]),
    ),
    ...BUS_FIELDS.map((fields) => fields.map((field, k) => `${to}.${field} <-- ${from}.${field}${off(k)};`).join(" ")),
    ...BUS_FIELDS.flatMap((fields) =>
      carried("2 ** 56", [
        fields.map((field, k) => `z_[z_n] <-- ${from}.${field}${off(k)}; ${to}.${field} <== z_[z_n]; z_n++;`).join(" "),
      ]),
    ),
    ...SIZES.flatMap((size) => [
      loop(size, `${to}[z_i] <-- ${from}[z_i] + ${shifted};`),
      ...carried(`${from}.maxAbs`, [
        loop(size, `z_[z_n] <-- ${from}[z_i] + ${shifted}; ${to}[z_i] <== z_[z_n]; z_n++;`),
      ]),
      ...carried("1", [loop(size, `z_[z_n] <-- ${from}[z_i] + ${shifted}; ${to}[z_i] <== z_[z_n]; z_n++;`)]),
    ]),
    ...[1, 2].flatMap((size) => [
      loop(size, `${to}[z_i][0] <-- ${from}[z_i][0] + ${shifted}; ${to}[z_i][1] <-- ${from}[z_i][1];`),
      ...carried("1", [
        loop(
          size,
          `z_[z_n] <-- ${from}[z_i][0] + ${shifted}; ${to}[z_i][0] <== z_[z_n]; z_n++; z_[z_n] <-- ${from}[z_i][1]; ${to}[z_i][1] <== z_[z_n]; z_n++;`,
        ),
      ]),
    ]),
  ];
}

const loop = (size: number, body: string): string => `for (var z_i = 0; z_i < ${size}; z_i++) { ${body} }`;
const carried = (bound: string, bodies: readonly string[]): string[] =>
  bodies.map((body) => `if (z_n == 0) { z_.maxAbs = ${bound}; } ${body}`);
