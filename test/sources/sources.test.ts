import { readFileSync, globSync } from "node:fs";
import { expect } from "chai";
import { readSources } from "./imports.ts";
import { misnamed, subjectless, tooWide } from "./spelling.ts";

/** What reviewers would otherwise have to look for each time. */
describe("The sources", () => {
  const lines = (pattern: string): string[] =>
    globSync(pattern, { exclude: (path) => String(path).includes(".cache") }).flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .map((line) => `${path}: ${line.replace(/\/\/.*$/, "").trim()}`),
    );

  it("assign without a constraint in the numeric library alone", () => {
    const circuits = lines("circuits/**/*.circom");
    expect(circuits.length).to.be.greaterThan(1_000);
    expect(
      circuits.filter((line) => /<--|-->/.test(line) && !line.startsWith("circuits/lib/numeric.circom:")),
    ).to.deep.equal([]);
  });

  it("ask no contract who began a transaction, delegate to no code from outside, and destroy none", () => {
    const contracts = lines("contracts/**/*.sol");
    expect(contracts.length).to.be.greaterThan(3_000);
    expect(contracts.filter((line) => /tx\.origin|delegatecall|selfdestruct/.test(line))).to.deep.equal([]);
  });

  it("are spelt one way: files that are not are named", () => {
    const right = ["a/circuitWitness.ts", "a/x.test.ts", "a/x.d.ts", "a/mandate.circom", "a/SnapshotFormat.sol"];
    expect(misnamed(right)).to.deep.equal([]);
    const wrong = ["a/dev-key.ts", "a/replay_csv.test.ts", "a/Book.ts", "a/Book.circom", "a/market.sol", "a/x.mts"];
    expect(misnamed(wrong)).to.have.length(wrong.length);
    expect(misnamed(readSources().keys())).to.deep.equal([]);
  });

  it("are no wider than a reader's window: circuits, and comments, which no formatter breaks", () => {
    const wide = "x".repeat(121);
    expect(tooWide("a/x.circom", `${"x".repeat(120)}\n${wide}`)).to.deep.equal([
      "a/x.circom:2: 121 columns, 120 at most",
    ]);
    for (const mark of ["// ", "  /// ", "/** ", "   * ", "/* ", "f(x); // "]) {
      expect(tooWide("test/x.ts", mark + wide), mark).to.have.length(1);
      expect(tooWide("contracts/venues/X.sol", mark + wide), mark).to.have.length(1);
    }
    expect(tooWide("test/x.ts", `it("${wide}", () => {});`)).to.deep.equal([]);
    expect([...readSources().keys()].flatMap((file) => tooWide(file, readFileSync(file, "utf8")))).to.deep.equal([]);
  });

  it("write numbers for people in one place", () => {
    const elsewhere = lines("{client,bench}/**/*.ts").filter(
      (line) =>
        !line.startsWith("client/sdk/format.ts:") &&
        /toLocaleString\(|\? "" : "s"|\$\$\{format|\.toFixed\(|toISOString\(\)\.(slice|replace)/.test(line) &&
        !/Number\(.*\.toFixed\(/.test(line),
    );
    expect(elsewhere).to.deep.equal([]);
  });

  it("have comments that say what they are about: none begins with “Of”", () => {
    const wrong = ["/** ", "  /// ", "// ", " * "].map((mark) => `${mark}Of the token.`);
    expect(wrong.flatMap((line) => subjectless("x.ts", line))).to.have.length(wrong.length);
    expect(subjectless("x.ts", "/** The token's decimals. Of use to nobody else. */")).to.deep.equal([]);
    expect([...readSources().keys()].flatMap((file) => subjectless(file, readFileSync(file, "utf8")))).to.deep.equal(
      [],
    );
  });
});
