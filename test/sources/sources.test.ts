import { readFileSync, globSync } from "node:fs";
import { expect } from "chai";

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
});
