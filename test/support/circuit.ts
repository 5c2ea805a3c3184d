import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { CIRCOM_FLAGS, mainFile } from "../../circuits/build/compile.ts";
import { hashJson } from "../../circuits/build/hashing.ts";
import { CACHE_FOLDER, CIRCUITS_FOLDER, libraryFolder, packageVersion } from "../../circuits/build/paths.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import type { ProfileName } from "../../circuits/format.ts";
import { includedSources } from "../../circuits/build/sources.ts";
import type { IncludeRoot } from "../../circuits/build/sources.ts";
import { computeWitness } from "../../prover/proving/circuitWitness.ts";
import type { CircuitInputs } from "../../prover/proving/port.ts";
import { toWord } from "../../prover/base/field.ts";
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
  circuits: ["lib", "strategy", "rebalance.circom"],
  node_modules: ["circomlib/circuits"],
};

/** Where circom leaves the witness generator of circuit.circom. */
const GENERATOR = "circuit_js/circuit.wasm";

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
  [
    "pragma circom 2.2.0;",
    ...includes.map((file) => `include "${file}";`),
    body,
    `component main {public [${inputs.join(", ")}]} = ${template};`,
    "",
  ].join("\n");

/** Wire of a signal; absent where the compiler has eliminated it. */
type Symbols = ReadonlyMap<string, number>;

/** Template_<number of the statement>_<place in the file>: only the place survives the removal of assertions. */
const ANONYMOUS = /_\d+_(\d+)(?=[.[]|$)/g;

function readSymbols(path: string): Symbols {
  const wireOf = new Map<string, number>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [, wire, , name] = line.split(",");
    if (name !== undefined && wire !== "-1")
      wireOf.set(name.replace(/^main\./, "").replace(ANONYMOUS, "_$1"), Number(wire));
  }
  return wireOf;
}

/** Where the values start in a `wtns` file: after its header, section 1 with the prime, and the head of section 2. */
const VALUES_AT = 76;

/** Reads the value of a wire from a `wtns` file. */
function wireReader(wtns: Uint8Array): (wire: number) => bigint {
  const view = new DataView(wtns.buffer, wtns.byteOffset, wtns.byteLength);
  return (wire) => {
    let value = 0n;
    for (let word = 3; word >= 0; word--)
      value = (value << 64n) | view.getBigUint64(VALUES_AT + 32 * wire + 8 * word, true);
    return value;
  };
}

const readWitness = (wtns: Uint8Array): bigint[] =>
  Array.from({ length: (wtns.byteLength - VALUES_AT) / 32 }, (_, wire) => wire).map(wireReader(wtns));

/**
 * Runs the compiler on `main` and lets `read` take what it wants from the folder with circuit.*.
 * @param keep so that the next call for the same sources finds it made
 */
function compiled<T>(
  main: string,
  flags: readonly string[],
  roots: readonly IncludeRoot[],
  keep: boolean,
  read: (folder: string) => T,
): T {
  const sources = includedSources(main, roots).map(({ name, sha256 }) => [name, sha256]);
  const folder = join(TEST_CACHE, hashJson({ circom2: packageVersion("circom2"), flags, main, sources }));
  if (existsSync(folder)) return read(folder);
  mkdirSync(TEST_CACHE, { recursive: true });
  const workFolder = mkdtempSync(join(TEST_CACHE, "work-"));
  try {
    writeFileSync(join(workFolder, "circuit.circom"), main);
    const entry = fileURLToPath(new URL("../../circuits/build/circom.ts", import.meta.url));
    const run = spawnSync(
      process.execPath,
      [entry, workFolder, "circuit.circom", JSON.stringify(flags), JSON.stringify(roots)],
      { encoding: "utf8" },
    );
    if (run.status !== 0) throw new CompileError(`circom refused the test circuit:\n${run.stdout}${run.stderr}`);
    if (!keep) return read(workFolder);
    // Another process may have been faster with the same circuit: either result will do.
    if (!existsSync(folder)) renameSync(workFolder, folder);
    return read(folder);
  } finally {
    rmSync(workFolder, { recursive: true, force: true });
  }
}

export class CompileError extends Error {
  override readonly name = "CompileError";
}

/** Runs `use` on a copy of the sources with edits applied. */
function withEditedSources<T>(edits: readonly Edit[], use: (roots: readonly IncludeRoot[]) => T): T {
  mkdirSync(TEST_CACHE, { recursive: true });
  const folder = mkdtempSync(join(TEST_CACHE, "sources-"));
  try {
    const roots = SOURCE_ROOTS.map(({ label, folder: from }) => {
      for (const path of COPIED[label]!) {
        for (const file of filesIn(from, path)) {
          const copy = join(folder, label, file);
          mkdirSync(dirname(copy), { recursive: true });
          writeFileSync(
            copy,
            edits.reduce((text, edit) => edit(`${label}/${file}`, text), readFileSync(join(from, file), "utf8")),
          );
        }
      }
      return { label, folder: join(folder, label) };
    });
    return use(roots);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function filesIn(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return path.endsWith(".circom") ? [path] : [];
  return readdirSync(join(root, path)).flatMap((name) => filesIn(root, join(path, name)));
}

/** The constraints of a circuit as written, with every signal a wire, and the signals' names by wire. */
export function unoptimised(main: string): { r1cs: R1cs; names: ReadonlyMap<number, string> } {
  return compiled(main, ["--r1cs", "--sym", "--O0"], SOURCE_ROOTS, true, (folder) => ({
    r1cs: new R1cs(join(folder, "circuit.r1cs")),
    names: new Map([...readSymbols(join(folder, "circuit.sym"))].map(([name, wire]) => [wire, name])),
  }));
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A compiled circuit and its two provers. */
export class Circuit {
  readonly r1cs: R1cs;
  readonly #symbols: Symbols;
  readonly #honest: () => WebAssembly.Module;
  readonly #forger: () => Forger;

  /**
   * @param edits of the sources of this circuit; the dishonest prover's are those with no assertions
   * @param flags of the compiler; those of released circuits if left out. Without --wasm there is no honest prover
   * @param made what the build made of the same, so that nothing is compiled for the constraints
   * @throws CompileError with what circom says
   */
  constructor(
    test: TestMain | string,
    edits: readonly Edit[] = [],
    flags: readonly string[] = CIRCOM_FLAGS,
    made?: Pick<CircuitArtifacts, "r1cs" | "sym" | "wasm">,
  ) {
    const main = typeof test === "string" ? test : mainText(test);
    const own = edits.length === 0;
    const read = (r1cs: string, sym: string, wasm: string): [R1cs, Symbols, Buffer | undefined] => [
      new R1cs(r1cs),
      readSymbols(sym),
      existsSync(wasm) ? readFileSync(wasm) : undefined,
    ];
    const readFolder = (folder: string): ReturnType<typeof read> =>
      read(join(folder, "circuit.r1cs"), join(folder, "circuit.sym"), join(folder, GENERATOR));
    const [r1cs, symbols, generator] =
      made !== undefined
        ? read(made.r1cs, made.sym, made.wasm)
        : own
          ? compiled(main, flags, SOURCE_ROOTS, true, readFolder)
          : withEditedSources(edits, (roots) => compiled(main, flags, roots, false, readFolder));
    this.r1cs = r1cs;
    this.#symbols = symbols;
    this.#honest = once(() => new WebAssembly.Module(generator!));
    this.#forger = once(() => new Forger(this, new WitnessGenerator(main, [...edits, withoutAssertions], own)));
  }

  /**
   * The rebalance circuit as the build made it.
   * @throws ArtifactsError if it has not, or of other sources
   */
  static released = (profile: ProfileName): Circuit =>
    new Circuit(mainFile(findCircuit(profile, "rebalance")), [], CIRCOM_FLAGS, loadArtifacts(profile, "rebalance"));

  /** @throws ProvingError if an assertion of the generator fails */
  prove = (inputs: CircuitInputs): bigint[] => readWitness(computeWitness(this.#honest(), inputs).wtns);

  /** A witness with every signal as computed, whatever it violates, and then some set to other values. */
  forge(inputs: CircuitInputs, set: Readonly<Record<string, bigint>> = {}): bigint[] {
    const witness = this.#forger().witness(inputs);
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

/** A generator of witnesses from edited sources, with a wire for every signal. It knows no constraints. */
export class WitnessGenerator {
  readonly wires: Symbols;
  readonly #module: WebAssembly.Module;

  /**
   * @param keep so that the next one of the same sources finds it made
   * @throws CompileError with what circom says
   */
  constructor(test: TestMain | string, edits: readonly Edit[], keep: boolean) {
    const main = typeof test === "string" ? test : mainText(test);
    [this.wires, this.#module] = withEditedSources(edits, (roots) =>
      compiled(main, ["--wasm", "--sym", "--O0"], roots, keep, (folder) => [
        readSymbols(join(folder, "circuit.sym")),
        new WebAssembly.Module(readFileSync(join(folder, GENERATOR))),
      ]),
    );
  }

  /** The value of each wire. */
  values = (inputs: CircuitInputs): ((wire: number) => bigint) => wireReader(computeWitness(this.#module, inputs).wtns);
}

/** The generator without assertions. Its wires are those of an unoptimised circuit and are matched by name. */
class Forger {
  readonly #generator: WitnessGenerator;
  /** For each wire of the circuit the generator's. */
  readonly #wires: number[];

  constructor(circuit: Circuit, generator: WitnessGenerator) {
    this.#generator = generator;
    this.#wires = Array<number>(circuit.r1cs.wires).fill(0);
    for (const [name, wire] of circuit.wires()) {
      const from = generator.wires.get(name);
      if (from === undefined) throw new Error(`the dishonest generator has no signal ${name}`);
      this.#wires[wire] = from;
    }
  }

  witness = (inputs: CircuitInputs): bigint[] => this.#wires.map(this.#generator.values(inputs));
}
