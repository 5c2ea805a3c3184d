import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect } from "chai";
import { contractSizes } from "../../bench/snapshots/sizes.ts";
import { differences } from "../../bench/snapshots/compare.ts";
import { readSource, readSources, violations } from "../sources/imports.ts";

/** Each of these passes `.ci/check` and runs, and breaks a rule that the layout or the snapshots say they hold. */
describe("What an honest mistake gets past the rules for sources", () => {
  const sources = readSources();
  const known = new Set(violations(sources));
  const planted = (file: string, text: string): string[] =>
    violations(new Map([...sources, [file, readSource(file, text)]])).filter((line) => !known.has(line));
  const isRefused = (file: string, text: string): void => {
    expect(planted(file, text), text).to.have.length.greaterThan(0);
  };

  it("a type by the name that the file has after compilation", () => {
    isRefused("prover/book/x.ts", 'import type { Decision } from "../strategy/decide.js";');
  });

  it("an import of a path that is put together", () => {
    isRefused(
      "prover/book/x.ts",
      ["export const load = (name: string) => import(`../strategy/$", "{name}.ts`);"].join(""),
    );
    isRefused("prover/book/x.ts", 'export const load = () => import("../strategy/" + "decide.ts");');
  });

  it("require, which Node 24 lets load a module of TypeScript", () => {
    isRefused("client/node/x.ts", 'const require = createRequire(import.meta.url);\nrequire("../cli/context.ts");');
    isRefused("client/node/x.ts", 'createRequire(import.meta.url)("../cli/context.ts");');
  });

  it("a worker's module by its URL", () => {
    isRefused("client/node/x.ts", 'new Worker(new URL("../cli/context.ts", import.meta.url));');
  });

  it("the project by its own name, through package.json", () => {
    isRefused("prover/book/x.ts", 'import type { Deployment } from "tacit";');
  });

  it("a type's module that another one adds to", () => {
    isRefused(
      "prover/book/x.ts",
      'declare module "../strategy/decide.ts" {\n  interface Decision {\n    x: 1;\n  }\n}',
    );
  });

  it("an import of Solidity after a comment in its line", () => {
    isRefused("contracts/format/X.sol", '/* What it keeps. */ import {Market} from "../Market.sol";');
  });

  it("an indented include of circom, which no formatter straightens", () => {
    isRefused("circuits/lib/x.circom", '  include "../strategy/decision.circom";');
  });

  it("Node in the core: by a module's old name, as a property of import.meta, as a name that is on no list", () => {
    isRefused("prover/book/x.ts", 'import { readFileSync } from "fs";');
    isRefused("prover/book/x.ts", "export const here = import.meta.dirname;");
    isRefused("prover/book/x.ts", "export const turn = () => new Promise((resolve) => setImmediate(resolve));");
    isRefused("prover/book/x.ts", 'export const shell = globalThis["process"].env;');
  });

  it("Node in the core: a name that is declared in another scope of the file", () => {
    isRefused(
      "prover/book/x.ts",
      "export const nameOf = (process: { name: string }) => process.name;\nexport const shell = process.env;",
    );
  });

  it("a source whose file ends in .mts: no rule reads it", () => {
    const planted = resolve("prover/book/attack.mts");
    writeFileSync(planted, 'export { decide } from "../strategy/decide.ts";\n');
    try {
      expect(violations(readSources()).filter((line) => line.includes("attack.mts"))).to.have.length.greaterThan(0);
    } finally {
      rmSync(planted);
    }
  });

  it("a second contract of a name: the sizes kept are of one of them, and the other grows as it likes", () => {
    const kept = contractSizes();
    const path = resolve("artifacts/contracts/zzz/Bonds.sol/Bonds.json");
    const sizedAs = (bytes: number): void =>
      writeFileSync(path, JSON.stringify({ contractName: "Bonds", deployedBytecode: `0x${"00".repeat(bytes)}` }));
    mkdirSync(dirname(path), { recursive: true });
    try {
      sizedAs(20_000);
      expect(differences("size", kept, contractSizes())).to.have.length.greaterThan(0);
    } finally {
      rmSync(resolve("artifacts/contracts/zzz"), { recursive: true });
    }
  });

  it("a contract that was made lighter and then heavier again: what is kept is the old weight", () => {
    // Kept 1,000; a change saves 300, which nothing asks to be kept; a later one adds 300 and nobody is told.
    expect(differences("gas", { close: 1_000 }, { close: 700 })).to.have.length.greaterThan(0);
  });

  it("a comment wider than the formatters' 120 columns, which they leave as it is", () => {
    const wide = globSync("{contracts,circuits,prover,client,bench,test}/**/*.{ts,sol}", {
      exclude: (path) => /node_modules|artifacts|\.cache|abi\.ts/.test(path),
    }).flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .flatMap((line, i) => (/^\s*(\/\/|\/\*|\*)/.test(line) && line.length > 120 ? [`${path}:${i + 1}`] : [])),
    );
    expect(wide.length).to.equal(0);
  });
});
