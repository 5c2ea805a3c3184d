// The trusted setup of a release, step by step: npm run ceremony -- <step> --help
import { Command, InvalidArgumentError, Option } from "commander";
import { compileCircuit } from "./build/pipeline.ts";
import { stderrProgress } from "./build/progress.ts";
import { closeSnarkjs } from "./build/snarkjs.ts";
import { applyBeacon, contribute, exportKey, newKey, verifyKey } from "./ceremony/phase2.ts";
import {
  checkPowersOfTau,
  type ExpectedHash,
  findPowersOfTau,
  importPowersOfTau,
  PTAU_STORE,
  PUBLISHED,
} from "./ceremony/powersOfTau.ts";
import { CircuitError } from "./errors.ts";
import { PROFILE_NAMES, type ProfileName } from "./format.ts";
import { findCircuit, isProfile } from "./manifest.ts";

interface CircuitOptions {
  readonly profile: ProfileName;
  readonly circuit: string;
  readonly r1cs?: string;
}

interface PtauOptions {
  readonly ptau: string;
  readonly store: string;
}

const program = new Command("npm run ceremony --")
  .description(
    "Make a key that nobody holds the secret of. In order:\n" +
      "  import      take in a published powers-of-tau file, known here or by the hash you name\n" +
      "  new         begin a key from the circuit's constraints\n" +
      "  contribute  mix in a secret; once for each participant, one after the other\n" +
      "  beacon      close with a public random value that was fixed beforehand\n" +
      "  verify      check the key and every contribution; anybody can\n" +
      "  export      make it the circuit's key, with a verifier for public chains",
  )
  .showHelpAfterError();

const profileOption = (): Option =>
  new Option("-p, --profile <profile>", "the circuit's size")
    .choices(PROFILE_NAMES)
    .default("standard")
    .argParser(parseProfile);
const circuitOption = (): Option => new Option("-c, --circuit <name>", "the circuit").default("rebalance");
const r1csOption = (): Option => new Option("--r1cs <file>", "a constraints file instead of one of the circuits here");
const storeOption = (): Option =>
  new Option("--store <folder>", "where imported files are kept").default(PTAU_STORE, "circuits/.cache/ptau");
const ptauOption = (): Option =>
  new Option("-t, --ptau <file or hash>", "powers of tau: an imported file, or its hash").makeOptionMandatory();

program
  .command("import")
  .description(
    `take in a powers-of-tau file that is prepared for phase 2. Known by their hashes: ${Object.keys(PUBLISHED).join(", ")}; of any other name the hash that was published`,
  )
  .argument("<file>", "the .ptau file")
  .option("--sha256 <hex>", "its published SHA-256")
  .option("--blake2b <hex>", "its published BLAKE2b-512")
  .option("--check", "also check every point of it (long)", false)
  .addOption(storeOption())
  .action(async (file: string, options: { sha256?: string; blake2b?: string; check: boolean; store: string }) => {
    const expected = expectedHash(options);
    if (options.check) await checkPowersOfTau(file);
    const { sha256, power } = importPowersOfTau(file, expected, options.store);
    say(`imported powers of tau up to 2^${power}`, `use it as: --ptau ${sha256.slice(0, 16)}`);
  });

program
  .command("new")
  .description("begin a key; nothing may be proved under it before somebody contributed")
  .argument("<key>", "the .zkey file to write")
  .addOption(profileOption())
  .addOption(circuitOption())
  .addOption(r1csOption())
  .addOption(ptauOption())
  .addOption(storeOption())
  .action(async (key: string, options: CircuitOptions & PtauOptions) => {
    const ptau = findPowersOfTau(options.ptau, options.store);
    const hash = await newKey(await constraints(options), ptau, key);
    say(`wrote ${key}`, `circuit hash ${hash}`);
  });

program
  .command("contribute")
  .description("mix a secret from this machine into the key, and forget it")
  .argument("<from>", "the .zkey file of the participant before")
  .argument("<to>", "the .zkey file to write, for the next one")
  .option("-n, --name <name>", "under which the contribution is recorded")
  .option("--entropy <text>", "mixed in as well, beside what the operating system gives")
  .action(async (from: string, to: string, options: { name?: string; entropy?: string }) => {
    const hash = await contribute(from, to, options.name, options.entropy);
    say(`wrote ${to}`, `publish your contribution's hash: ${hash}`);
  });

program
  .command("beacon")
  .description("close the ceremony with a public random value")
  .argument("<from>", "the last participant's .zkey file")
  .argument("<to>", "the .zkey file to write")
  .requiredOption("--value <hex>", "the public value, for example the hash of a block announced beforehand")
  .option("--iterations <log2>", "how often it is hashed, as a power of two", parseInteger, 10)
  .option("-n, --name <name>", "where the value comes from")
  .action(async (from: string, to: string, options: { value: string; iterations: number; name?: string }) => {
    const hash = await applyBeacon(from, to, options.name, options.value, options.iterations);
    say(`wrote ${to}`, `contribution hash ${hash}`);
  });

program
  .command("verify")
  .description("check a key against the circuit and the powers of tau, and list its contributions")
  .argument("<key>", "the .zkey file")
  .addOption(profileOption())
  .addOption(circuitOption())
  .addOption(r1csOption())
  .addOption(ptauOption())
  .addOption(storeOption())
  .option("--json", "as JSON", false)
  .action(async (key: string, options: CircuitOptions & PtauOptions & { json: boolean }) => {
    const ptau = findPowersOfTau(options.ptau, options.store);
    const verified = await verifyKey(key, await constraints(options), ptau);
    if (options.json) {
      say(JSON.stringify({ ...verified, powersOfTau: ptau.sha256 }, undefined, 2));
      return;
    }
    say(
      `${key} is valid; its contributions:`,
      ...verified.contributions.map(({ type, name, hash }, i) => `  ${i + 1}. ${type}, ${name ?? "no name"}: ${hash}`),
    );
  });

program
  .command("export")
  .description("verify a finished key and make it the circuit's own")
  .argument("<key>", "the .zkey file")
  .addOption(profileOption())
  .addOption(circuitOption())
  .addOption(ptauOption())
  .addOption(storeOption())
  .action(async (key: string, options: CircuitOptions & PtauOptions) => {
    const ptau = findPowersOfTau(options.ptau, options.store);
    const spec = findCircuit(options.profile, options.circuit);
    const progress = stderrProgress();
    try {
      const { folder, manifest } = await exportKey(spec, key, ptau, { progress });
      progress.close();
      say(`installed in ${folder}`, `key SHA-256 ${manifest.outputs["circuit.zkey"].sha256}`);
    } finally {
      progress.close();
    }
  });

async function constraints({ profile, circuit, r1cs }: CircuitOptions): Promise<string> {
  if (r1cs !== undefined) return r1cs;
  const progress = stderrProgress();
  try {
    return (await compileCircuit(findCircuit(profile, circuit), { progress })).r1cs;
  } finally {
    progress.close();
  }
}

function expectedHash({ sha256, blake2b }: { sha256?: string; blake2b?: string }): ExpectedHash | undefined {
  if (sha256 !== undefined && blake2b !== undefined)
    throw new CircuitError("give one hash that was published for the file: --sha256 <hex> or --blake2b <hex>");
  if (sha256 !== undefined) return { algorithm: "sha256", hex: sha256 };
  return blake2b === undefined ? undefined : { algorithm: "blake2b512", hex: blake2b };
}

function parseProfile(text: string): ProfileName {
  if (isProfile(text)) return text;
  throw new InvalidArgumentError(`choose one of: ${PROFILE_NAMES.join(", ")}`);
}

function parseInteger(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("give a whole number");
  return Number(text);
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CircuitError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await closeSnarkjs();
}
