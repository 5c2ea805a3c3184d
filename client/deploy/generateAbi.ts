// Writes what TypeScript knows of the compiled contracts: `npm run generate:abi`; with --check it only says what is
// stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { BaseContract, Interface } from "ethers";
import type { InterfaceAbi } from "ethers";
import { contractArtifact } from "./artifacts.ts";

/** What the SDK talks to, on any chain. */
const SDK_CONTRACTS = [
  "Market",
  "Desk",
  "Lens",
  "SnapshotOracle",
  "CommitteeRegistry",
  "VerifierRegistry",
  "VaultFactory",
  "Vault",
  "Bonds",
  "IVerifier",
  "IDerivativeVenue",
  "IERC20",
];
/** What only deployers talk to. */
const DEPLOYED_CONTRACTS = ["Authority", "TestToken", "TestFeed", "UniswapV3Adapter", "CurieAdapter", "LyraAdapter"];

const HEAD = "// Written by client/deploy/generateAbi.ts from the compiled contracts: `npm run generate:abi`.\n";

export function generatedFiles(): Record<string, string> {
  return {
    "../sdk/chain/abi.ts": shapesOf(SDK_CONTRACTS),
    "abi.ts": shapesOf(DEPLOYED_CONTRACTS),
  };
}

interface Param {
  name: string;
  type: string;
  /** "struct Mandate.Limits[]" */
  internalType?: string;
  components?: readonly Param[];
  indexed?: boolean;
}
type Fragment = {
  type: string;
  name: string;
  inputs: readonly Param[];
  outputs?: readonly Param[];
  stateMutability?: string;
};
/** Text by name. */
type Structs = Map<string, string>;

function shapesOf(names: readonly string[]): string {
  const structs: Structs = new Map();
  const contracts = names.map((name) => {
    const abi = contractArtifact(name).abi as readonly Fragment[];
    const functions = abi.filter(({ type }) => type === "function");
    const isView = ({ stateMutability = "" }: Fragment): boolean => ["view", "pure"].includes(stateMutability);
    const linesOf = (some: readonly Fragment[]): string[] => some.map((one) => functionLine(one, functions, structs));
    const shape = [
      `export interface ${name}Shape {`,
      ...block("views", linesOf(functions.filter(isView))),
      ...block("steps", linesOf(functions.filter((one) => !isView(one)))),
      ...block(
        "events",
        abi.filter(({ type }) => type === "event").map((one) => eventLine(one, structs)),
      ),
      "}",
    ].join("\n");
    const fragments = new Interface(abi as InterfaceAbi).format().filter((text) => !text.startsWith("constructor"));
    return { name, shape, abi: [`  ${name}: [`, ...fragments.map((text) => `    ${JSON.stringify(text)},`), "  ],"] };
  });
  return [
    `${HEAD}// Structs, then each contract's functions and events, then the ABIs as ethers reads them.`,
    ...[...structs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
    ...contracts.map(({ shape }) => shape),
    ["export interface Contracts {", ...names.map((name) => `  ${name}: ${name}Shape;`), "}"].join("\n"),
    ["export const ABI = {", ...contracts.flatMap(({ abi }) => abi), "} as const;"].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

const block = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [`  ${name}: Record<never, never>;`] : [`  ${name}: {`, ...lines.toSorted(), "  };"];

function functionLine({ name, inputs, outputs = [] }: Fragment, all: readonly Fragment[], structs: Structs): string {
  const isOverloaded = all.filter((other) => other.name === name).length > 1;
  if (!isOverloaded && name in BaseContract.prototype)
    throw new Error(`${name} is something else on every contract of ethers: call it by its signature`);
  const key = isOverloaded ? JSON.stringify(`${name}(${inputs.map(({ type }) => type).join(",")})`) : name;
  return `    ${key}(${fieldsOf(inputs, structs).join(", ")}): ${resultOf(outputs, structs)};`;
}

/** As ethers gives it: the value of a function with one, else all of them. */
function resultOf(outputs: readonly Param[], structs: Structs): string {
  if (outputs.length === 0) return "void";
  return outputs.length === 1 ? typeOf(outputs[0]!, structs) : `[${fieldsOf(outputs, structs).join(", ")}]`;
}

function eventLine({ name, inputs }: Fragment, structs: Structs): string {
  const fields = (indexed: boolean): string => {
    const some = fieldsOf(
      inputs.filter((input) => input.indexed === indexed),
      structs,
    );
    return some.length === 0 ? "Record<never, never>" : `{ ${some.join("; ")} }`;
  };
  return `    ${name}: { indexed: ${fields(true)}; data: ${fields(false)} };`;
}

const fieldsOf = (params: readonly Param[], structs: Structs): string[] =>
  params.map((param, i) => `${param.name || `arg${i}`}: ${typeOf(param, structs)}`);

/** As ethers gives it: integers of all sizes are bigints. */
function typeOf(param: Param, structs: Structs): string {
  const { type, internalType = "", components = [] } = param;
  const array = /^(.*)\[\d*\]$/.exec(type);
  if (array) {
    const item = typeOf({ ...param, type: array[1]!, internalType: internalType.replace(/\[\d*\]$/, "") }, structs);
    return `readonly ${item.startsWith("readonly") ? `(${item})` : item}[]`;
  }
  if (type === "tuple") {
    const name = internalType.replace(/^struct /, "").replaceAll(".", "");
    const text = [
      `export interface ${name} {`,
      ...fieldsOf(components, structs).map((field) => `  ${field};`),
      "}",
    ].join("\n");
    if ((structs.get(name) ?? text) !== text)
      throw new Error(`there are two structs ${name}: name one of them otherwise`);
    structs.set(name, text);
    return name;
  }
  if (/^u?int/.test(type)) return "bigint";
  return type === "bool" ? "boolean" : "string";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isCheck = process.argv.includes("--check");
  const found = Object.entries(generatedFiles()).map(([name, text]) => ({
    path: fileURLToPath(new URL(name, import.meta.url)),
    text,
  }));
  const stale = found.filter(({ path, text }) => !existsSync(path) || readFileSync(path, "utf8") !== text);
  if (!isCheck) for (const { path, text } of stale) writeFileSync(path, text);
  for (const { path } of stale)
    console.log(
      `${relative(process.cwd(), path)} ${isCheck ? "is not what the contracts say: npm run generate:abi" : "written"}`,
    );
  if (isCheck && stale.length > 0) process.exitCode = 1;
}
