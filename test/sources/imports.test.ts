import { expect } from "chai";
import { readSource, readSources, type Sources, violations } from "./imports.ts";

/** The rules are data in `layout.ts`; `docs/layout.svg` draws what this test lets through. */
describe("Imports", () => {
  let sources: Sources;
  before(() => {
    sources = readSources();
  });

  it("run one way: no circle, nothing upward or sideways, through doors only, and no Node in the core", () => {
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

  it("bring no Node into the core, neither at once nor through what it imports", () => {
    expect(planted("prover/book/x.ts", 'import { readFileSync } from "node:fs";')).to.deep.equal([
      "prover/book/x.ts is core and imports node:fs",
    ]);
    expect(planted("prover/book/x.ts", "export const x = Buffer.from([]);")).to.deep.equal([
      "prover/book/x.ts is core and mentions Buffer",
    ]);
    expect(planted("prover/book/x.ts", "export const x = globalThis.process?.env;")).to.deep.equal([
      "prover/book/x.ts is core and mentions process",
    ]);
    expect(planted("prover/book/x.ts", "export const x = (job: Job) => ({ process: job.process });")).to.deep.equal([]);
    expect(planted("circuits/keys.ts", 'import { readFileSync } from "node:fs";')).to.deep.equal([]);
    const through = new Map([
      ["prover/base/x.ts", readSource("prover/base/x.ts", 'import { y } from "../../circuits/keys.ts";')],
      ["circuits/keys.ts", readSource("circuits/keys.ts", 'import { readFileSync } from "node:fs";')],
    ]);
    expect(violations(through)).to.deep.equal(["prover/base/x.ts → circuits/keys.ts is core and imports node:fs"]);
  });

  it("leave no file of the product without its place", () => {
    expect(planted("prover/new/x.ts", "")).to.deep.equal(["prover/new/x.ts is in no box of the layout"]);
  });
});
