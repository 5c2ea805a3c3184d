// circuit → compile → key → verifier → manifest, each stage only if something it depends on changed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Logger, type VerificationKey, zKey } from "snarkjs";
import { artifactFolder, type ArtifactManifest } from "../artifacts.ts";
import { CircuitError } from "../errors.ts";
import { assertKeySound, type Contribution, isDevelopmentKey, readKeyFacts } from "../keys.ts";
import type { CircuitSpec } from "../manifest.ts";
import { CIRCOM_FLAGS, compile, COMPILE_OUTPUTS } from "./compile.ts";
import { devContribution } from "./devkey/contribution.ts";
import { writeDevKey } from "./devkey/key.ts";
import {
  DEV_ALPHA,
  DEV_BEACON,
  DEV_BEACON_ITERATIONS,
  DEV_BETA,
  DEV_CONTRIBUTION_NAME,
  DEV_TAU,
} from "./devkey/trapdoor.ts";
import { writeDevPtau } from "./devkey/ptau.ts";
import { FixedBasePool } from "./devkey/fixedBase.ts";
import { hashJson, sha256, type Json } from "./hashing.ts";
import { type CompileInputs, compileInputs } from "./inputs.ts";
import { withLock } from "./lock.ts";
import { ARTIFACTS_FOLDER, CACHE_FOLDER, CIRCUITS_FOLDER, packageVersion } from "./paths.ts";
import { type Progress, silent } from "./progress.ts";
import { readR1csHeader } from "./r1cs.ts";
import { verifyAgainstConstraints } from "./snarkjs.ts";
import { damagedOutput, readRecord, removeLeftovers, runStage, type StageResult, writeAtomically } from "./stage.ts";
import { makeVerifier, VERIFIER_SETTINGS } from "./verifier.ts";

/** Raise when a stage itself changes what it makes. */
const KEY_STAGE = 2;
const VERIFIER_STAGE = 1;
const PTAU_STAGE = 1;
const TRAPDOOR = hashJson([DEV_TAU, DEV_ALPHA, DEV_BETA].map(String));

const KEY_OUTPUTS = ["circuit.zkey", "vkey.json"] as const;
const VERIFIER_OUTPUTS = ["verifier.json"] as const;
export const STAGES = ["compile", "key", "verifier"] as const;
export type Stage = (typeof STAGES)[number];

export interface BuildOptions {
  /** Where the circuit's sources are. */
  readonly sourceFolder?: string;
  /** Where artefacts go. */
  readonly artifactsFolder?: string;
  readonly progress?: Progress;
  /** Give up a ceremony's key that no longer fits the circuit, and make a development key. */
  readonly discardCeremonyKey?: boolean;
}

export interface StageReport {
  /** Why the stage ran; null if nothing had changed. */
  readonly ran: string | null;
  readonly milliseconds: number;
}

export interface BuildReport {
  readonly circuit: string;
  readonly profile: string;
  readonly folder: string;
  readonly stages: Readonly<Record<Stage, StageReport>>;
  readonly manifest: ArtifactManifest;
}

class BuildError extends CircuitError {
  override readonly name = "BuildError";
}

/** What is known of a key without opening it. */
type KeyRecord = {
  readonly kind: "development" | "ceremony";
  readonly circuitHash: string;
  readonly powersOfTau: string;
  readonly contributions: readonly { readonly type: "person" | "beacon"; readonly name: string | null }[];
};

interface CompileResult extends StageResult<null> {
  readonly circuitHash: string;
}

interface Place {
  readonly spec: CircuitSpec;
  readonly folder: string;
  readonly progress: Progress;
}

/** A key made elsewhere, by a ceremony, and already verified. */
export interface CeremonyKey {
  readonly zkey: string;
  /** Hash of the powers-of-tau file it grew from. */
  readonly powersOfTau: string;
}

export async function buildCircuit(spec: CircuitSpec, options: BuildOptions = {}): Promise<BuildReport> {
  return inFolder(spec, options, async (place) => {
    const inputs = compileInputs(spec, options.sourceFolder ?? CIRCUITS_FOLDER);
    const compiled = await compileStage(place, inputs);
    const key = await keyStage(place, compiled.circuitHash, options.discardCeremonyKey ?? false);
    return finish(place, inputs, compiled, key);
  });
}

/** Compiles only, and returns the path of the r1cs. */
export async function compileCircuit(
  spec: CircuitSpec,
  options: BuildOptions = {},
): Promise<{ readonly r1cs: string; readonly circuitHash: string }> {
  return inFolder(spec, options, async (place) => {
    const { circuitHash } = await compileStage(place, compileInputs(spec, options.sourceFolder ?? CIRCUITS_FOLDER));
    return { r1cs: join(place.folder, "circuit.r1cs"), circuitHash };
  });
}

/** Puts a ceremony's key in the place of the development key. The caller has verified it against the r1cs. */
export async function installCeremonyKey(
  spec: CircuitSpec,
  key: CeremonyKey,
  options: BuildOptions = {},
): Promise<BuildReport> {
  return inFolder(spec, options, async (place) => {
    const inputs = compileInputs(spec, options.sourceFolder ?? CIRCUITS_FOLDER);
    const compiled = await compileStage(place, inputs);
    const bytes = readFileSync(key.zkey);
    const stageKey = hashJson({
      stage: KEY_STAGE,
      kind: "ceremony",
      zkey: sha256(bytes),
      circuit: compiled.circuitHash,
    });
    const installed = await runStage(place.folder, "key", stageKey, KEY_OUTPUTS, async (temporary) => {
      writeFileSync(join(temporary, "circuit.zkey"), bytes);
      return describeKey(temporary, "ceremony", compiled.circuitHash, key.powersOfTau);
    });
    return finish(place, inputs, compiled, installed);
  });
}

/**
 * Lets snarkjs check a built key against the circuit's constraints, from powers of tau that were made
 * another way than the key. Minutes at the standard size.
 */
export async function verifyDevelopmentKey(
  report: BuildReport,
  { progress = silent, cacheFolder }: Pick<DevelopmentPtauOptions, "progress" | "cacheFolder"> = {},
): Promise<void> {
  const name = `${report.profile}/${report.circuit}`;
  if (!report.manifest.development)
    throw new BuildError(`${name} has a ceremony's key; run: npm run ceremony -- verify`);
  const domain = Math.log2(report.manifest.size.domain);
  const ptau = await developmentPtau(domain + 1, { progress, onlyDomain: domain, cacheFolder });
  const task = progress.start(`${name}: check the key with snarkjs`);
  const valid = await verifyAgainstConstraints(
    join(report.folder, "circuit.r1cs"),
    ptau,
    join(report.folder, "circuit.zkey"),
    stepLogger((done, total) => task.update(done, total)),
  );
  task.end(valid ? "valid" : "INVALID");
  if (!valid) throw new BuildError(`snarkjs says that the key of ${name} is not one for its constraints`);
}

export interface DevelopmentPtauOptions {
  /** Only what keys of this domain, as a log, need. */
  readonly onlyDomain?: number;
  readonly progress?: Progress;
  readonly cacheFolder?: string | undefined;
}

/** The development powers of tau up to 2^log, kept for the next time. */
export async function developmentPtau(log: number, options: DevelopmentPtauOptions = {}): Promise<string> {
  const { onlyDomain, progress = silent, cacheFolder = CACHE_FOLDER } = options;
  const folder = join(cacheFolder, `development-ptau-${log}${onlyDomain === undefined ? "" : `-only-${onlyDomain}`}`);
  return withLock(`${folder}.lock`, async () => {
    removeLeftovers(folder);
    const key = hashJson({ stage: PTAU_STAGE, log, onlyDomain: onlyDomain ?? null, trapdoor: TRAPDOOR });
    await runStage(folder, "ptau", key, ["development.ptau"], async (temporary) => {
      const task = progress.start(`development powers of tau up to 2^${log}`);
      const pool = await FixedBasePool.start();
      try {
        const report = (done: number, total: number): void => task.update(done, total);
        await writeDevPtau(join(temporary, "development.ptau"), log, pool, { onlyDomain, progress: report });
      } finally {
        await pool.close();
      }
      task.end();
      return null;
    });
    return join(folder, "development.ptau");
  });
}

async function inFolder<T>(spec: CircuitSpec, options: BuildOptions, work: (place: Place) => Promise<T>): Promise<T> {
  const folder = artifactFolder(spec.profile, spec.name, options.artifactsFolder ?? ARTIFACTS_FOLDER);
  const progress = options.progress ?? silent;
  return withLock(
    `${folder}.lock`,
    () => {
      removeLeftovers(folder);
      return work({ spec, folder, progress });
    },
    (owner) => progress.note(`${spec.profile}/${spec.name}: ${owner} is building it; waiting`),
  );
}

async function compileStage({ spec, folder, progress }: Place, inputs: CompileInputs): Promise<CompileResult> {
  const result = await runStage(folder, "compile", inputs.key, COMPILE_OUTPUTS, async (temporary) => {
    const task = progress.start(`${spec.profile}/${spec.name}: compile`);
    await compile(inputs.mainText, inputs.roots, temporary);
    task.end(`${readR1csHeader(join(temporary, "circuit.r1cs")).constraints} constraints`);
    return null;
  });
  return { ...result, circuitHash: result.outputs["circuit.r1cs"]!.sha256 };
}

async function keyStage(
  place: Place,
  circuitHash: string,
  discardCeremonyKey: boolean,
): Promise<StageResult<KeyRecord>> {
  const { folder, spec } = place;
  const present = readRecord<KeyRecord>(folder, "key");
  if (present?.facts.kind === "ceremony" && !discardCeremonyKey) {
    const damaged = damagedOutput(folder, present.outputs);
    if (present.facts.circuitHash === circuitHash && damaged === undefined) {
      return { ...present, ran: undefined, milliseconds: 0 };
    }
    throw new BuildError(
      `${spec.profile}/${spec.name} has a key from a ceremony, ` +
        (damaged === undefined ? "made for other constraints than the circuit has now" : `but ${damaged} is damaged`) +
        "; export the right key again (npm run ceremony -- export), or give it up with --discard-ceremony-key",
    );
  }

  const key = hashJson({
    stage: KEY_STAGE,
    kind: "development",
    trapdoor: TRAPDOOR,
    contribution: [DEV_BEACON, DEV_BEACON_ITERATIONS, DEV_CONTRIBUTION_NAME],
    circuit: circuitHash,
    snarkjs: packageVersion("snarkjs"),
  });
  return runStage(folder, "key", key, KEY_OUTPUTS, async (temporary) => {
    await makeDevelopmentKey(place, join(folder, "circuit.r1cs"), temporary);
    return describeKey(temporary, "development", circuitHash, "public development trapdoor");
  });
}

async function makeDevelopmentKey({ spec, progress }: Place, r1cs: string, temporary: string): Promise<void> {
  const task = progress.start(`${spec.profile}/${spec.name}: key`);
  const pool = await FixedBasePool.start();
  try {
    const zkey = join(temporary, "circuit.zkey");
    await writeDevKey(r1cs, zkey, await devContribution(), pool, (done, total) => task.update(done, total));
  } finally {
    await pool.close();
  }
  task.end();
}

/** snarkjs tells how far it is only in its debug messages, as "…: 4096/57600". */
function stepLogger(step: (done: number, total: number) => void): Logger {
  const ignore = (): void => {};
  return {
    debug(message) {
      const [, done, total] = /(\d+)\/(\d+)/.exec(message) ?? [];
      if (done !== undefined && total !== undefined) step(Number(done), Number(total));
    },
    info: ignore,
    warn: ignore,
    error: ignore,
  };
}

/** Writes the verification key beside the .zkey, and refuses both if they are unsound. */
async function describeKey(
  folder: string,
  kind: KeyRecord["kind"],
  circuitHash: string,
  powersOfTau: string,
): Promise<KeyRecord> {
  const zkey = join(folder, "circuit.zkey");
  const facts = readKeyFacts(zkey);
  assertKeySound(facts);
  const verificationKey: VerificationKey = await zKey.exportVerificationKey(zkey);
  assertKeySound(verificationKey);
  if (isDevelopmentKey(facts) !== (kind === "development")) {
    throw new BuildError("the key comes from the public development trapdoor; it cannot pass for a ceremony's");
  }
  writeFileSync(join(folder, "vkey.json"), `${JSON.stringify(verificationKey, undefined, 1)}\n`);
  return {
    kind,
    circuitHash,
    powersOfTau,
    contributions: facts.contributions.map(({ type, name }) => ({ type, name: name ?? null })),
  };
}

async function verifierStage(place: Place, key: StageResult<KeyRecord>): Promise<StageResult<null>> {
  const { spec, folder, progress } = place;
  const { kind, circuitHash } = key.facts;
  const inputs: Json = {
    stage: VERIFIER_STAGE,
    name: spec.name,
    zkey: key.outputs["circuit.zkey"]!.sha256,
    circuit: circuitHash,
    kind,
    solc: packageVersion("solc"),
    snarkjs: packageVersion("snarkjs"),
    settings: VERIFIER_SETTINGS,
  };
  return runStage(folder, "verifier", hashJson(inputs), VERIFIER_OUTPUTS, async (temporary) => {
    const task = progress.start(`${spec.profile}/${spec.name}: verifier contract`);
    const verifier = await makeVerifier(join(folder, "circuit.zkey"), spec.name, circuitHash, kind === "development");
    writeFileSync(join(temporary, "verifier.json"), `${JSON.stringify(verifier, undefined, 1)}\n`);
    task.end();
    return null;
  });
}

async function finish(
  place: Place,
  inputs: CompileInputs,
  compiled: CompileResult,
  key: StageResult<KeyRecord>,
): Promise<BuildReport> {
  const { spec, folder } = place;
  const verifier = await verifierStage(place, key);
  const header = readR1csHeader(join(folder, "circuit.r1cs"));
  const manifest: ArtifactManifest = {
    schema: 1,
    circuit: spec.name,
    profile: spec.profile,
    template: spec.template,
    parameters: spec.parameters,
    development: key.facts.kind === "development",
    circuitHash: compiled.circuitHash,
    size: {
      constraints: header.constraints,
      wires: header.wires,
      publicSignals: header.publicInputs + header.publicOutputs,
      privateInputs: header.privateInputs,
      domain: 2 ** header.domainLog,
    },
    key: {
      powersOfTau: key.facts.powersOfTau,
      contributions: key.facts.contributions.map(({ type, name }): Contribution => ({ type, name: name ?? undefined })),
    },
    tools: Object.fromEntries(["circom2", "circomlib", "snarkjs", "solc"].map((name) => [name, packageVersion(name)])),
    inputs: { key: inputs.key, flags: CIRCOM_FLAGS, sources: inputs.sources },
    outputs: { ...compiled.outputs, ...key.outputs, ...verifier.outputs } as ArtifactManifest["outputs"],
  };
  const path = join(folder, "manifest.json");
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeAtomically(path, text);
  return {
    circuit: spec.name,
    profile: spec.profile,
    folder,
    stages: { compile: report(compiled), key: report(key), verifier: report(verifier) },
    manifest,
  };
}

function report({ ran, milliseconds }: StageResult<Json>): StageReport {
  return { ran: ran ?? null, milliseconds };
}
