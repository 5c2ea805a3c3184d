import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Bytes that a contract may have (EIP-170). */
export const SIZE_LIMIT = 24_576;
/** What a library without a function of its own deploys to: it is compiled into others, never deployed. */
const EMPTY_LIBRARY = 100;
const ARTIFACTS = resolve(import.meta.dirname, "../../artifacts/contracts");

/**
 * Deployed bytes of every contract and library of the project, as they were last compiled, by name.
 * @throws Error if nothing is compiled, or two have one name
 */
export function contractSizes(artifacts = ARTIFACTS): Record<string, number> {
  const found = new Map<string, { path: string; bytes: number }>();
  for (const path of globSync("**/*.json", { cwd: artifacts, exclude: ["test/**", "local/**"] })) {
    const { contractName, deployedBytecode = "0x" } = JSON.parse(readFileSync(resolve(artifacts, path), "utf8")) as {
      contractName: string;
      deployedBytecode?: string;
    };
    const bytes = (deployedBytecode.length - 2) / 2;
    if (bytes <= EMPTY_LIBRARY) continue;
    const other = found.get(contractName)?.path;
    if (other !== undefined) throw new Error(`a name for two contracts: ${other} and ${path}; rename one`);
    found.set(contractName, { path, bytes });
  }
  if (found.size === 0) throw new Error("nothing is compiled; run: npm run build:contracts");
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { bytes }]) => [name, bytes]));
}
