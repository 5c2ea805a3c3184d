// Writes everything that follows from format.ts:
//
//   npm run generate             renews the files
//   npm run generate -- --check  fails if one of them is not what the description says
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { circomSource } from "./format/circom.ts";
import { protocolPage } from "./format/docs.ts";
import { generatorsCircom, generatorsSolidity } from "./format/generators.ts";
import { soliditySource } from "./format/solidity.ts";

/** What each generated file should hold, by its path in the repository; a page keeps what is not generated. */
export const GENERATED: Readonly<Record<string, (present: string) => string>> = {
  "circuits/lib/format.circom": circomSource,
  "circuits/lib/generators.circom": generatorsCircom,
  "contracts/format/Format.sol": soliditySource,
  "contracts/curve/Generators.sol": generatorsSolidity,
  "docs/protocol.md": protocolPage,
};

if (import.meta.main) {
  const check = process.argv.includes("--check");
  const root = fileURLToPath(new URL("..", import.meta.url));
  for (const [path, source] of Object.entries(GENERATED)) {
    const present = readFileSync(join(root, path), "utf8");
    const wanted = source(present);
    if (present === wanted) continue;
    if (!check) writeFileSync(join(root, path), wanted);
    else {
      console.error(`${path} is not what circuits/format.ts says: run \`npm run generate\` and commit the result`);
      process.exitCode = 1;
    }
  }
}
