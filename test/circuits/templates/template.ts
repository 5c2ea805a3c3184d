import type { CircuitInputs } from "../../../prover/proving/port.ts";
import type { Edit, TestMain } from "../../support/circuit.ts";

/**
 * One template with inputs that it must accept and inputs that it must refuse. The tests run them, and the mutation run
 * asks which of them notice a weakened constraint.
 */
export interface TemplateCases {
  /** File and name of the template under test. */
  file: string;
  template: string;
  main: TestMain;
  accepts: readonly Accepted[];
  refuses: readonly Refused[];
  /** Where the template is in the main component, if not its component t; and edits of the sources. */
  path?: readonly string[];
  edits?: readonly Edit[];
  /**
   * What a dishonest prover changes of the inputs once he sees what his circuit computes; the same object if nothing.
   */
  repair?: (inputs: CircuitInputs, read: (signal: string) => bigint) => CircuitInputs;
}

export type Values = Readonly<Record<string, bigint | readonly bigint[]>>;

/** A commitment that its opening gives, whatever was opened. */
export const toCommitment: NonNullable<TemplateCases["repair"]> = (inputs, read) =>
  inputs["commitment"] === read("t.opened") ? inputs : { ...inputs, commitment: read("t.opened") };

export interface Accepted {
  why: string;
  inputs: CircuitInputs;
  /** The outputs in the order of `wrap`. */
  outputs?: readonly bigint[];
}

export interface Refused {
  why: string;
  inputs: CircuitInputs;
  /** Wires of the harness that a dishonest prover sets; the template is the component t. */
  set?: Readonly<Record<string, bigint>>;
  /** Where the template is in the main component, if not its component t; and edits of the sources. */
  path?: readonly string[];
  edits?: readonly Edit[];
  /** What a dishonest prover computes instead: a piece of the source and what stands in its place. */
  forge?: readonly [from: string, to: string];
}

/** Applies a case's own forgery to the sources. */
export const forgery = (file: string, { forge }: Refused): Edit[] =>
  forge === undefined
    ? []
    : [
        (source, text) => {
          if (source !== `circuits/${file}`) return text;
          if (!text.includes(forge[0])) throw new Error(`${source} has no "${forge[0]}" to forge`);
          return text.replace(...forge);
        },
      ];

/** What an input carries. The harness tags without a check: that is the caller's business. */
export interface Kind {
  tags: string;
  maxAbs?: bigint;
  size?: number;
}

/** A field element. */
export const word: Kind = { tags: "" };
export const bit: Kind = { tags: "{binary} " };
/** |x| <= 2^bits */
export const integer = (bits: number): Kind => ({ tags: "{maxAbs} ", maxAbs: 1n << BigInt(bits) });
/** 0 <= x < 2^bits */
export const natural = (bits: number): Kind => ({ tags: "{natural, maxAbs} ", maxAbs: (1n << BigInt(bits)) - 1n });
export const list = (size: number, kind: Kind): Kind => ({ ...kind, size });

/** The name of a harness input for a path like "fills[0].keep": "fills_0_keep". */
const nameOf = (path: string): string => path.replace(/[[.]/g, "_").replace(/\]/g, "");

/**
 * A main component with plain inputs and outputs around a template with tagged ones and buses.
 * @param inputs by path in the template, "terms.strict" for a signal of a bus
 * @param outputs paths; an array's with its size, as ["out", 3]
 */
export function wrap(
  file: string,
  call: string,
  inputs: Readonly<Record<string, Kind>>,
  outputs: readonly (string | readonly [string, number])[] = [],
): TestMain {
  const lines: string[] = [`component t = ${call};`];
  for (const [path, { tags, maxAbs, size }] of Object.entries(inputs)) {
    const name = nameOf(path);
    const dimension = size === undefined ? "" : `[${size}]`;
    lines.unshift(`signal input ${name}${dimension};`);
    lines.push(`signal ${tags}tagged_${name}${dimension};`);
    if (maxAbs !== undefined) lines.push(`tagged_${name}.maxAbs = ${maxAbs};`);
    lines.push(`tagged_${name} <== ${name};`, `t.${path} <== tagged_${name};`);
  }
  for (const output of outputs) {
    const [path, size] = typeof output === "string" ? [output, undefined] : output;
    const name = `${nameOf(path)}_out`;
    lines.push(`signal output ${name}${size === undefined ? "" : `[${size}]`};`, `${name} <== t.${path};`);
  }
  return {
    includes: [file],
    template: "Harness()",
    inputs: Object.keys(inputs).map(nameOf),
    body: ["template Harness() {", ...lines.map((line) => `    ${line}`), "}"].join("\n"),
  };
}
