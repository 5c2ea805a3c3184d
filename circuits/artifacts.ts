// The built circuits, as the prover and the deployment scripts get them: typed, and checked against
// the hashes that the build wrote down, so that a stale or damaged file is an error here and not a
// proof that fails later.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { VerificationKey } from "snarkjs";
import { compileInputs } from "./build/inputs.ts";
import { ARTIFACTS_FOLDER } from "./build/paths.ts";
import { damagedOutput, type OutputHash } from "./build/stage.ts";
import type { VerifierArtifact } from "./build/verifier.ts";
import { CircuitError } from "./errors.ts";
import type { Contribution } from "./keys.ts";
import type { ProfileName } from "./format.ts";
import { findCircuit } from "./manifest.ts";

export type { VerifierArtifact } from "./build/verifier.ts";

export const OUTPUTS = [
  "circuit.r1cs",
  "circuit.wasm",
  "circuit.sym",
  "circuit.zkey",
  "vkey.json",
  "verifier.json",
] as const;
export type ArtifactName = (typeof OUTPUTS)[number];

export interface ArtifactManifest {
  readonly schema: 1;
  readonly circuit: string;
  readonly profile: ProfileName;
  readonly template: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** True if the key comes from the public development trapdoor: its proofs prove nothing. */
  readonly development: boolean;
  /** SHA-256 of the r1cs, which the verifier contract also returns. */
  readonly circuitHash: string;
  readonly size: {
    readonly constraints: number;
    readonly wires: number;
    readonly publicSignals: number;
    readonly privateInputs: number;
    readonly domain: number;
  };
  readonly key: {
    readonly powersOfTau: string;
    readonly contributions: readonly Contribution[];
  };
  readonly tools: Readonly<Record<string, string>>;
  readonly inputs: {
    readonly key: string;
    readonly flags: readonly string[];
    readonly sources: readonly { readonly name: string; readonly sha256: string }[];
  };
  readonly outputs: Readonly<Record<ArtifactName, OutputHash>>;
}

export interface CircuitArtifacts {
  readonly manifest: ArtifactManifest;
  readonly folder: string;
  /** Paths of the files. */
  readonly wasm: string;
  readonly r1cs: string;
  readonly sym: string;
  readonly zkey: string;
  readonly verificationKey: VerificationKey;
  readonly verifier: VerifierArtifact;
}

export class ArtifactsError extends CircuitError {
  override readonly name = "ArtifactsError";
}

export function artifactFolder(profile: ProfileName, circuit: string, root = ARTIFACTS_FOLDER): string {
  return join(root, profile, circuit);
}

export function loadArtifacts(profile: ProfileName, circuit: string, root = ARTIFACTS_FOLDER): CircuitArtifacts {
  const spec = findCircuit(profile, circuit);
  const loaded = loadArtifactFolder(artifactFolder(profile, circuit, root), profile);
  if (loaded.manifest.inputs.key !== compileInputs(spec).key) {
    throw new ArtifactsError(`the source of ${profile}/${circuit} changed after it was built; ${remedy(profile)}`);
  }
  return loaded;
}

/** Without asking whether the sources have changed since. */
export function loadArtifactFolder(folder: string, profile: ProfileName): CircuitArtifacts {
  let manifest: ArtifactManifest;
  try {
    manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as ArtifactManifest;
  } catch {
    throw new ArtifactsError(`there is no built circuit in ${folder}; ${remedy(profile)}`);
  }
  const damaged = damagedOutput(folder, manifest.outputs);
  if (damaged !== undefined) {
    throw new ArtifactsError(`${damaged} in ${folder} is missing or not what was built; ${remedy(profile)}`);
  }
  const file = (name: ArtifactName): string => join(folder, name);
  const json = (name: ArtifactName): unknown => JSON.parse(readFileSync(file(name), "utf8"));
  return {
    manifest,
    folder,
    wasm: file("circuit.wasm"),
    r1cs: file("circuit.r1cs"),
    sym: file("circuit.sym"),
    zkey: file("circuit.zkey"),
    verificationKey: json("vkey.json") as VerificationKey,
    verifier: json("verifier.json") as VerifierArtifact,
  };
}

function remedy(profile: ProfileName): string {
  return `run: npm run build:circuits -- --profile ${profile}`;
}
