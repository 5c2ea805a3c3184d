// npm run bench:snapshots: measures what every contract weighs and every step costs, keeps it in gas.json and
// sizes.json here, and writes the tables of docs/contracts.md from these. With --check it only says what has changed,
// or what table is stale: sizes at once; with --gas the gas of the small size too, which takes a market's whole life,
// and with --standard that of the standard size.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { differences } from "./compare.ts";
import type { Gas } from "./gas.ts";
import { contractSizes } from "./sizes.ts";
import { docTables, withTables } from "./tables.ts";

const RENEW = "npm run bench:snapshots";
const GAS = resolve(import.meta.dirname, "gas.json");
const SIZES = resolve(import.meta.dirname, "sizes.json");
const DOC = resolve(import.meta.dirname, "../../docs/contracts.md");

const read = (path: string): string => readFileSync(path, "utf8");
const write = (path: string, value: object): void => writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
// Hardhat takes its time to load.
const measureGas: typeof import("./gas.ts").measureGas = async (parts) => (await import("./gas.ts")).measureGas(parts);

if (process.argv.includes("--check")) {
  const [gas, sizes] = [JSON.parse(read(GAS)) as Gas, JSON.parse(read(SIZES)) as Record<string, number>];
  const found = differences("size", sizes, contractSizes());
  if (withTables(read(DOC), docTables(gas, sizes)) !== read(DOC)) found.push("docs/contracts.md: its tables are stale");
  const parts: (keyof Gas)[] = [];
  if (process.argv.includes("--gas")) parts.push("verification", "small", "derivatives");
  if (process.argv.includes("--standard")) parts.push("standard");
  const measured: Partial<Gas> = parts.length === 0 ? {} : await measureGas(parts);
  for (const part of parts) found.push(...differences(`gas (${part})`, gas[part], measured[part]!));
  for (const line of found) console.error(line);
  if (found.length > 0) {
    console.error(`if that is meant, renew what is kept: ${RENEW}`);
    process.exitCode = 1;
  }
} else {
  const gas = await measureGas(["verification", "small", "standard", "derivatives"]);
  const sizes = contractSizes();
  write(GAS, gas);
  write(SIZES, sizes);
  writeFileSync(DOC, withTables(read(DOC), docTables(gas, sizes)));
}
