// A circuit of 209 constraints that stands in for the real one where only the tooling is tested.
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "../../circuits/build/pipeline.ts";
import type { CircuitSpec } from "../../circuits/manifest.ts";

export const TOY: CircuitSpec = {
  name: "toy",
  profile: "small",
  source: "toy.circom",
  template: "Toy",
  parameters: { ROUNDS: 100 },
  publicInputs: ["x"],
};

export interface Workspace {
  readonly folder: string;
  readonly sources: string;
  readonly options: BuildOptions;
  remove(): void;
}

/** A copy of the toy's sources and a place for its artefacts, or of another workspace, so that tests may spoil both. */
export function workspace(from?: Workspace): Workspace {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "tacit-circuits-"));
  const sources = join(folder, "sources");
  if (from === undefined) cpSync(resolve(fileURLToPath(import.meta.url), "../fixtures"), sources, { recursive: true });
  else cpSync(from.folder, folder, { recursive: true });
  return {
    folder,
    sources,
    options: { sourceFolder: sources, artifactsFolder: join(folder, "artifacts") },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
