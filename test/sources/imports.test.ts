import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { readSource, readSources, type Sources, violations } from "./imports.ts";

const PICTURE = fileURLToPath(new URL("./picture.ts", import.meta.url));
const { name } = JSON.parse(readFileSync("package.json", "utf8")) as { name: string };

/** The rules are data in `layout.ts`; `docs/layout.svg` draws what this test lets through. */
describe("Imports", () => {
  let sources: Sources;
  before(() => {
    sources = readSources();
  });

  it("run one way: no circle, nothing upward or sideways, through doors only", () => {
    expect(sources.size).to.be.greaterThan(300);
    expect(violations(sources)).to.deep.equal([]);
  });

  /** What the rules say of one more file, or of one file with other content. */
  function planted(file: string, text: string): string[] {
    const known = new Set(violations(sources));
    return violations(new Map([...sources, [file, readSource(file, text)]])).filter((line) => !known.has(line));
  }

  it("are refused upward, for a type as for a value, in every language", () => {
    expect(planted("prover/book/x.ts", 'import type { Curve } from "../strategy/decide.ts";')).to.deep.equal([
      "prover/book/x.ts imports prover/strategy/decide.ts: upward",
    ]);
    expect(planted("prover/book/x.ts", 'export * from "../strategy/decide.ts";')).to.have.length(1);
    expect(planted("prover/book/x.ts", 'const late = () => import("../strategy/decide.ts");')).to.have.length(1);
    expect(planted("prover/book/x.ts", 'type T = import("../strategy/decide.ts").Decision;')).to.have.length(1);
    expect(planted("contracts/format/X.sol", 'import {Market} from "../Market.sol";')).to.deep.equal([
      "contracts/format/X.sol imports contracts/Market.sol: upward",
    ]);
    expect(planted("circuits/lib/x.circom", 'include "../strategy/decision.circom";')).to.deep.equal([
      "circuits/lib/x.circom imports circuits/strategy/decision.circom: upward",
    ]);
  });

  it("are refused sideways", () => {
    expect(planted("contracts/registry/X.sol", 'import {Vault} from "../vault/Vault.sol";')).to.deep.equal([
      "contracts/registry/X.sol imports contracts/vault/Vault.sol: sideways",
    ]);
  });

  it("are refused past a part's doors, from a part that is not above, and from tests", () => {
    expect(planted("client/cli/x.ts", 'import { book } from "../../prover/book/book.ts";')).to.deep.equal([
      "client/cli/x.ts imports prover/book/book.ts: from outside, only index.ts, node.ts, base/codedError.ts of prover are open",
    ]);
    expect(planted("circuits/build/x.ts", 'import { R } from "../../prover/index.ts";')).to.deep.equal([
      "circuits/build/x.ts imports prover/index.ts: circuits knows nothing of prover",
    ]);
    expect(planted("client/cli/x.ts", 'import { closeTo } from "../../test/support/closeTo.ts";')).to.deep.equal([
      "client/cli/x.ts imports test/support/closeTo.ts: it is no part of the product",
    ]);
  });

  it("are refused in a circle, also where one box holds it", () => {
    const circle = new Map([
      ["prover/base/x.ts", readSource("prover/base/x.ts", 'import type { Y } from "./y.ts";')],
      ["prover/base/y.ts", readSource("prover/base/y.ts", 'import type { X } from "./x.ts";')],
    ]);
    expect(violations(circle)).to.deep.equal(["a circle: prover/base/x.ts → prover/base/y.ts → prover/base/x.ts"]);
  });

  it("are seen however they are written", () => {
    const upward = ["prover/book/x.ts imports prover/strategy/decide.ts: upward"];
    for (const text of [
      'import late = require("../strategy/decide.ts");',
      'declare module "../strategy/decide.ts" { interface Decision { x: 1 } }',
      '/// <reference path="../strategy/decide.ts" />',
      'new Worker(new URL("../strategy/decide.ts", import.meta.url));',
      'spawn(process.execPath, [join(import.meta.dirname, "../strategy/decide.ts")]);',
      'const url = import.meta.resolve("../strategy/decide.ts");',
      'spawn(process.execPath, ["prover/strategy/decide.ts"]);',
    ]) {
      expect(planted("prover/book/x.ts", text), text).to.deep.equal(upward);
    }
    expect(planted("prover/book/x.ts", 'new URL("../strategy/missing.ts", import.meta.url);')).to.have.length(1);
    expect(planted("client/node/x.ts", 'new Worker(new URL("index.ts", import.meta.url));')).to.deep.equal([]);
    expect(planted("client/demo/x.ts", 'const ROOT = new URL("../..", import.meta.url);')).to.deep.equal([]);
  });

  it("are seen behind comments and in any place of a line, and not in comments, in Solidity and circom", () => {
    const market = ["contracts/format/X.sol imports contracts/Market.sol: upward"];
    for (const text of [
      '/* What it keeps. */ import {Market} from "../Market.sol";',
      "pragma solidity ^0.8.0; import {Market} from '../Market.sol';",
      'import {\n  Market // "of epochs"\n} from "../Market.sol";',
      '  import "contracts/Market.sol";',
    ]) {
      expect(planted("contracts/format/X.sol", text), text).to.deep.equal(market);
    }
    expect(planted("circuits/lib/x.circom", 'template T() {}\n  include "../strategy/decision.circom";')).to.deep.equal(
      ["circuits/lib/x.circom imports circuits/strategy/decision.circom: upward"],
    );
    expect(
      planted("contracts/format/X.sol", '/*\nimport "../Market.sol";\n*/ // import "../Market.sol";'),
    ).to.deep.equal([]);
    expect(planted("circuits/lib/x.circom", 'include "circomlib/circuits/bitify.circom";')).to.deep.equal([]);
  });

  it("are refused where they name no source: a rule can't place what it can't find", () => {
    expect(planted("prover/book/x.ts", 'import type { Decision } from "../strategy/decide.js";')).to.deep.equal([
      "prover/book/x.ts imports prover/strategy/decide.js: there is no such source",
    ]);
    expect(planted("prover/book/x.ts", 'import "../strategy/decide.ts?again";')).to.have.length(1);
    expect(planted("prover/book/x.ts", 'import "#decide";')).to.have.length(1);
    expect(planted("prover/book/x.ts", 'import "../../scripts/x.ts";')).to.have.length(1);
    expect(planted("contracts/format/X.sol", 'import "../Missing.sol";')).to.have.length(1);
    expect(planted("circuits/lib/x.circom", 'include "missing.circom";')).to.have.length(1);
  });

  it("are followed through the project's own name", () => {
    expect(planted("prover/book/x.ts", `import type { Deployment } from "${name}";`)).to.deep.equal([
      "prover/book/x.ts imports client/sdk/index.ts: prover knows nothing of client",
    ]);
    expect(planted("client/sdk/x.ts", `import { openVault } from "${name}/node";`)).to.deep.equal([
      "client/sdk/x.ts imports client/node/index.ts: upward",
    ]);
    expect(planted("client/sdk/x.ts", `import code from "${name}/Vault.json";`)).to.deep.equal([]);
    expect(planted("client/sdk/x.ts", `import code from "${name}/client/cli/context.ts";`)).to.have.length(1);
  });

  it("are refused where no string says what is loaded", () => {
    const how = ["import(", "import.meta.resolve(", "new URL("];
    const what = [`\`../strategy/\${name}.ts\``, '"../strategy/" + "decide.ts"', "path"];
    const loads = how.flatMap((how) =>
      what.map((what) => `${how}${what}${how === "new URL(" ? ", import.meta.url" : ""})`),
    );
    for (const load of loads) {
      expect(planted("prover/book/x.ts", `export const late = () => ${load};`)).to.deep.equal([
        `prover/book/x.ts loads what no plain string names: ${load}`,
      ]);
    }
    expect(planted("client/node/x.ts", 'createRequire(import.meta.url)("../cli/context.ts");')).to.deep.equal([
      "client/node/x.ts loads what no plain string names: createRequire",
      "client/node/x.ts imports client/cli/context.ts: upward",
    ]);
  });

  it("leave no file of the product without its place", () => {
    expect(planted("prover/new/x.ts", "")).to.deep.equal(["prover/new/x.ts is in no box of the layout"]);
  });

  it("leave no script that is not TypeScript, but for those that have to be", () => {
    for (const ending of ["mts", "cts", "tsx", "d.mts", "js", "jsx", "mjs", "cjs"]) {
      expect(planted(`prover/book/x.${ending}`, ""), ending).to.deep.equal([
        `prover/book/x.${ending}: the project's scripts are .ts`,
      ]);
    }
  });

  it("are drawn only where they keep to the rules; else the picture's command says what breaks them", () => {
    const folder = mkdtempSync(join(tmpdir(), "tacit-layout-"));
    try {
      for (const box of ["book", "strategy"]) mkdirSync(join(folder, "prover", box), { recursive: true });
      writeFileSync(join(folder, "prover/book/x.ts"), 'import "../strategy/y.ts";');
      writeFileSync(join(folder, "prover/strategy/y.ts"), 'import "../book/x.ts";');
      writeFileSync(join(folder, "prover/strategy/attack.mts"), "");
      const { status, stdout, stderr } = spawnSync(process.execPath, [PICTURE], { cwd: folder, encoding: "utf8" });
      expect(stderr).to.equal("");
      expect(stdout.trim().split("\n")).to.deep.equal([
        "prover/book/x.ts imports prover/strategy/y.ts: upward",
        "a circle: prover/book/x.ts → prover/strategy/y.ts → prover/book/x.ts",
        "prover/strategy/attack.mts: the project's scripts are .ts",
      ]);
      expect(status).to.equal(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
