import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CIRCOM_FLAGS } from "../../circuits/build/compile.ts";
import { hashJson } from "../../circuits/build/hashing.ts";
import { CACHE_FOLDER, CIRCUITS_FOLDER, libraryFolder, packageVersion } from "../../circuits/build/paths.ts";
import { includedSources } from "../../circuits/build/sources.ts";
import type { IncludeRoot } from "../../circuits/build/sources.ts";
import { computeWitness } from "../../prover/proving/circuitWitness.ts";
import type { CircuitInputs } from "../../prover/proving/circuitWitness.ts";
import { toWord } from "../../prover/field.ts";
import { R1cs } from "./r1cs.ts";

/**
 * Circuits for tests, with two provers: an honest one, whose witness generator stops at the first assertion that fails,
 * and a dishonest one, whose generator asserts nothing and whose wires can be set at will. What the second one makes
 * only the constraints can refuse.
 */

const TEST_CACHE = join(CACHE_FOLDER, "test");
const SOURCE_ROOTS: readonly IncludeRoot[] = [
  { label: "circuits", folder: CIRCUITS_FOLDER },
  { label: "node_modules", folder: libraryFolder() },
];
/** The sources that a dishonest generator, or a mutant, has its own copy of. */
const COPIED: Readonly<Record<string, readonly string[]>> = {
  circuits: ["lib", "rebalance.circom"],
  node_modules: ["circomlib/circuits"],
};

/** Changes the text of a source file, named like "circuits/lib/rows.circom". */
export type Edit = (file: string, text: string) => string;

/** A line that holds an assertion and nothing else; every assertion here and in circomlib is such a line. */
const ASSERTION_LINE = /^.*[^=]===[^=].*;.*$/gm;
/** Leaves every other character at its place: circom names anonymous components by where they stand. */
const withoutAssertions: Edit = (_, text) => text.replace(ASSERTION_LINE, (line) => " ".repeat(line.length));

export interface TestMain {
  /** Source files, relative to circuits/. */
  includes: readonly string[];
  /** The main component, like "Natural(8)". */
  template: string;
  /** Its inputs: made public, so that the compiler can't solve them away and an assignment says what they are. */
  inputs: readonly string[];
  /** Templates of the test's own, for instance to tag inputs. */
  body?: string;
}

const mainText = ({ includes, template, inputs, body = "" }: TestMain): string =>
  ["pragma circom 2.2.0;", ...includes.map((file) => `include "${file}";`), body, `component main {public [${inputs.join(", ")}]} = ${template};`, ""].join("\n");

/** Wire of a signal; absent where the compiler has eliminated it. */
type Symbols = ReadonlyMap<string, number>;

/** Template_<number of the statement>_<place in the file>: only the place survives the removal of assertions. */
const ANONYMOUS = /_\d+_(\d+)(?=[.[]|$)/g;

function readSymbols(path: string): Symbols {
  const wireOf = new Map<string, number>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [, wire, , name] = line.split(",");
    if (name !== undefined && wire !== "-1") wireOf.set(name.replace(/^main\./, "").replace(ANONYMOUS, "_$1"), Number(wire));
  }
  return wireOf;
}

/** The values in a `wtns` file: after its header, section 1 with the prime, and the head of section 2. */
function readWitness(wtns: Uint8Array): bigint[] {
  const values: bigint[] = [];
  const view = new DataView(wtns.buffer, wtns.byteOffset, wtns.byteLength);
  for (let at = 76; at < wtns.byteLength; at += 32) {
    let value = 0n;
    for (let word = 3; word >= 0; word--) value = (value << 64n) | view.getBigUint64(at + 8 * word, true);
    values.push(value);
  }
  return values;
}

/** Runs the compiler on `main`, or finds what it made of the same sources before; the folder holds circuit.*. */
async function compiled(main: string, flags: readonly string[], roots: readonly IncludeRoot[]): Promise<string> {
  const sources = includedSources(main, roots).map(({ name, sha256 }) => [name, sha256]);
  const key = hashJson({ circom2: packageVersion("circom2"), flags, main, sources });
  const folder = join(TEST_CACHE, key);
  if (existsSync(folder)) return folder;
  mkdirSync(TEST_CACHE, { recursive: true });
  const workFolder = mkdtempSync(join(TEST_CACHE, "work-"));
  try {
    writeFileSync(join(workFolder, "circuit.circom"), main);
    const entry = fileURLToPath(new URL("../../circuits/build/circom.ts", import.meta.url));
    const child = spawn(process.execPath, [entry, workFolder, "circuit.circom", JSON.stringify(flags), JSON.stringify(roots)]);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    const code = await new Promise((done, failed) => child.on("error", failed).on("close", done));
    if (code !== 0) throw new Error(`circom refused the test circuit:\n${said}`);
    // Another process may have been faster with the same circuit: either result will do.
    if (!existsSync(folder)) renameSync(workFolder, folder);
    return folder;
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

/** Runs `use` on a copy of the sources with an edit applied. */
async function withEditedSources<T>(edits: readonly Edit[], use: (roots: readonly IncludeRoot[]) => Promise<T>): Promise<T> {
  mkdirSync(TEST_CACHE, { recursive: true });
  const folder = mkdtempSync(join(TEST_CACHE, "sources-"));
  try {
    for (const root of SOURCE_ROOTS) {
      for (const path of COPIED[root.label]!) {
        cpSync(join(root.folder, path), join(folder, root.label, path), {
          recursive: true,
          filter: (from) => !/\.(md|json)$/.test(from),
        });
      }
    }
    const roots = SOURCE_ROOTS.map(({ label }) => ({ label, folder: join(folder, label) }));
    const visit = (label: string, inside: string): void => {
      const path = join(folder, label, inside);
      if (statSync(path).isDirectory()) return readdirSync(path).forEach((name) => visit(label, join(inside, name)));
      const text = readFileSync(path, "utf8");
      const edited = edits.reduce((sum, edit) => edit(`${label}/${inside}`, sum), text);
      if (edited !== text) writeFileSync(path, edited);
    };
    for (const { label } of roots) visit(label, "");
    return await use(roots);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A compiled circuit and its two provers. */
export class Circuit {
  readonly r1cs: R1cs;
  readonly #symbols: Symbols;
  readonly #honest: WebAssembly.Module;
  readonly #forger: Forger;

  private constructor(folder: string, forger: Forger) {
    this.r1cs = new R1cs(join(folder, "circuit.r1cs"));
    this.#symbols = readSymbols(join(folder, "circuit.sym"));
    this.#honest = new WebAssembly.Module(readFileSync(join(folder, "circuit_js/circuit.wasm")));
    this.#forger = forger;
  }

  /** @param edits of the sources of this circuit; the dishonest prover's are those with no assertions. */
  static async compile(test: TestMain | string, edits: readonly Edit[] = []): Promise<Circuit> {
    const main = typeof test === "string" ? test : mainText(test);
    const folder =
      edits.length === 0
        ? await compiled(main, CIRCOM_FLAGS, SOURCE_ROOTS)
        : await withEditedSources(edits, (roots) => compiled(main, CIRCOM_FLAGS, roots));
    return new Circuit(folder, await Forger.compile(main, edits));
  }

  /** @throws ProvingError if an assertion of the generator fails */
  prove = (inputs: CircuitInputs): bigint[] => readWitness(computeWitness(this.#honest, inputs).wtns);

  /** A witness with every signal as computed, whatever it violates, and then some set to other values. */
  forge(inputs: CircuitInputs, set: Readonly<Record<string, bigint>> = {}): bigint[] {
    const witness = this.#forger.witness(this, inputs);
    for (const [name, value] of Object.entries(set)) witness[this.wire(name)] = toWord(value);
    return witness;
  }

  accepts = (witness: readonly bigint[]): boolean => this.r1cs.satisfied(witness);

  /** Whether inputs that the honest generator refuses are refused by the constraints too. */
  refuses(inputs: CircuitInputs, set: Readonly<Record<string, bigint>> = {}): boolean {
    return !this.accepts(this.forge(inputs, set));
  }

  /** The outputs and public inputs of an honest witness, which the constraints accept. */
  run(inputs: CircuitInputs): bigint[] {
    const witness = this.prove(inputs);
    const broken = this.r1cs.violations(witness);
    if (broken.length > 0) throw new Error(`the honest witness breaks constraints ${broken.join(", ")}`);
    return witness.slice(1, 1 + this.r1cs.publicSignals);
  }

  /** @throws if the compiler has eliminated the signal */
  wire(name: string): number {
    const wire = this.#symbols.get(name);
    if (wire === undefined) throw new Error(`the circuit has no wire for ${name}`);
    return wire;
  }

  value = (witness: readonly bigint[], name: string): bigint => witness[this.wire(name)]!;

  /** The names of a wire. */
  namesOf = (wire: number): string[] => [...this.#symbols].filter(([, w]) => w === wire).map(([name]) => name);
  /** Every signal that is left, with its wire. */
  wires = (): ReadonlyMap<string, number> => this.#symbols;
}

/** The generator without assertions. Its wires are those of an unoptimised circuit and are matched by name. */
class Forger {
  readonly #generator: WebAssembly.Module;
  readonly #symbols: Symbols;
  /** For each wire of the circuit the generator's. */
  #matched: number[] | undefined;

  private constructor(folder: string) {
    this.#generator = new WebAssembly.Module(readFileSync(join(folder, "circuit_js/circuit.wasm")));
    this.#symbols = readSymbols(join(folder, "circuit.sym"));
  }

  static async compile(main: string, edits: readonly Edit[]): Promise<Forger> {
    return withEditedSources([...edits, withoutAssertions], async (roots) => new Forger(await compiled(main, ["--wasm", "--sym", "--O0"], roots)));
  }

  witness(circuit: Circuit, inputs: CircuitInputs): bigint[] {
    this.#matched ??= this.#match(circuit);
    const values = readWitness(computeWitness(this.#generator, inputs).wtns);
    return this.#matched.map((wire) => values[wire]!);
  }

  #match(circuit: Circuit): number[] {
    const matched = Array<number>(circuit.r1cs.wires).fill(0);
    for (const [name, wire] of circuit.wires()) {
      const from = this.#symbols.get(name);
      if (from === undefined) throw new Error(`the dishonest generator has no signal ${name}`);
      matched[wire] = from;
    }
    return matched;
  }
}
