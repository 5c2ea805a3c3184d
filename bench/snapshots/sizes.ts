import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Bytes that a contract may have (EIP-170). */
export const SIZE_LIMIT = 24_576;
/** What a library without a function of its own deploys to: it is compiled into others, never deployed. */
const EMPTY_LIBRARY = 100;
const ARTIFACTS = resolve(import.meta.dirname, "../../artifacts/contracts");

/** Deployed bytes of every contract and library of the project, as they were last compiled, by name. */
export function contractSizes(): Record<string, number> {
  const sizes = globSync("**/*.json", { cwd: ARTIFACTS, exclude: ["test/**", "local/**"] }).flatMap((path) => {
    const { contractName, deployedBytecode = "0x" } = JSON.parse(readFileSync(resolve(ARTIFACTS, path), "utf8")) as {
      contractName: string;
      deployedBytecode?: string;
    };
    const bytes = (deployedBytecode.length - 2) / 2;
    return bytes > EMPTY_LIBRARY ? [[contractName, bytes] as const] : [];
  });
  if (sizes.length === 0) throw new Error("nothing is compiled; run: npm run build:contracts");
  return Object.fromEntries(sizes.sort(([a], [b]) => (a < b ? -1 : 1)));
}
