import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

export const CIRCUITS_FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const ARTIFACTS_FOLDER = join(CIRCUITS_FOLDER, "artifacts");
/** Files that belong to no circuit: powers of tau. */
export const CACHE_FOLDER = join(CIRCUITS_FOLDER, ".cache");

/** The folder that holds circomlib, wherever npm put it. */
export function libraryFolder(): string {
  return realpathSync(join(dirname(require.resolve("circomlib/package.json")), ".."));
}

export function packageVersion(name: string): string {
  return (require(packageFile(name, "package.json")) as { version: string }).version;
}

/** A file of an installed package, also where the package does not export it. */
export function packageFile(name: string, file: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return realpathSync(join(folder, name, file));
    } catch {
      // not in this node_modules; look in the next one up
    }
  }
  throw new Error(`the package ${name} is not installed; run: npm ci`);
}
