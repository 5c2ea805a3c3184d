import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseStrategy } from "../../prover/strategy/parameters.ts";
import { strategyTemplate } from "../../prover/strategy/templates.ts";
import { profiles } from "../../prover/format/profile.ts";
import { commandIn } from "../support/program.ts";
import type { Run } from "../support/program.ts";

describe("tacit strategy, from the command line", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tacit-strategy-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const tacit = (...args: string[]): Promise<Run> => commandIn(folder)(...args);
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");

  it("writes a strategy for its owner's eyes, with a schema beside it, and overwrites none", async () => {
    expect(
      (await tacit("strategy", "new", "--out", "mine.json", "--template", "mean-variance", "--profile", "small")).code,
    ).to.equal(0);
    expect(parseStrategy(profiles.small, text("mine.json")).viewsBps.length).to.equal(4);
    expect(JSON.parse(text("strategy-small.schema.json"))).to.have.property("$schema");
    if (process.platform !== "win32") expect(statSync(join(folder, "mine.json")).mode & 0o077).to.equal(0);
    const again = await tacit("strategy", "new", "--out", "mine.json");
    expect(again.code).to.equal(1);
    expect(again.errors).to.contain("is there already");
    expect((await tacit("strategy", "new", "--out", "mine.json/folder.json")).errors).to.match(
      /mine\.json is a file, not a folder/,
    );
    expect(
      (await tacit("strategy", "new", "--out", "options.json", "--template", "gamma-vega", "--profile", "small"))
        .errors,
    ).to.match(/needs the standard profile \(npm start --profile small holds a put/);
  });

  it("draws a new strategy's numbers, another one's each time, and the same from the same seed", async () => {
    for (const name of ["drawn-1", "drawn-2"]) await tacit("strategy", "new", "--out", `${name}.json`);
    expect(text("drawn-1.json")).not.to.equal(text("drawn-2.json"));
    for (const name of ["seeded-1", "seeded-2"]) await tacit("strategy", "new", "--out", `${name}.json`, "--seed", "s");
    expect(text("seeded-1.json")).to.equal(text("seeded-2.json"));
    await tacit("strategy", "new", "--out", "plain.json", "--plain");
    expect(parseStrategy(profiles.standard, text("plain.json"))).to.deep.equal(
      strategyTemplate(profiles.standard, "regime-allocator"),
    );
  });

  it("says in figures what a strategy's numbers, its schedule and its company give away", async () => {
    const leakOf = async (...args: string[]) => JSON.parse((await tacit("strategy", "leak", ...args, "--json")).output);
    const plain = await leakOf("plain.json");
    expect(plain).to.include({ template: "regime-allocator", network: "untrained", held: 4, vaults: 8 });
    expect(plain.asInTemplate).to.equal(plain.numbers);
    expect(plain).to.include({ printsIn720Epochs: 120, epochsToReadABookAtRest: 30, takenByNets: 0.125 });
    const drawn = await leakOf("seeded-1.json", "--vaults", "2", "--dealing-interval", "24");
    expect(drawn).to.include({ printsIn720Epochs: 30, epochsToReadABookAtRest: 120, takenByNets: 0.5 });
    expect(drawn.asInTemplate).to.be.below(drawn.numbers / 4);
    const { output } = await tacit("strategy", "leak", "plain.json");
    expect(output).to.contain("everybody knows them").and.to.contain("12.5 % of an order at most");
  });

  it("makes the folders of a new strategy, and lets the file name the schema beside it, before and after training", async () => {
    expect((await tacit("strategy", "new", "--out", "a/b/deep.json", "--profile", "small")).code).to.equal(0);
    const schemaOf = (): unknown => (JSON.parse(text("a/b/deep.json")) as Record<string, unknown>)["$schema"];
    expect(schemaOf()).to.equal("./strategy-small.schema.json");
    expect(existsSync(join(folder, "a/b/strategy-small.schema.json"))).to.equal(true);
    writeFileSync(join(folder, "a/b/deep.json"), text("a/b/deep.json").replace("./strategy-small", "../elsewhere"));
    expect(
      (
        await tacit(
          "strategy",
          "train",
          "--strategy",
          "a/b/deep.json",
          "--hours",
          "2200",
          "--states",
          "2",
          "--folds",
          "1",
        )
      ).code,
    ).to.equal(0);
    expect(schemaOf()).to.equal("../elsewhere.schema.json");
    expect(JSON.parse(text("a/b/deep.json")).network.$trainedOn).to.deep.equal({
      prices: "modelled (seed 1)",
      from: "2025-01-01T00:00Z",
      to: "2025-04-02T15:00Z",
    });
  });

  it("refuses folds, states and hours out of range, and leaves the file as it was", async () => {
    await tacit("strategy", "new", "--out", "untouched.json", "--profile", "small");
    const before = text("untouched.json");
    for (const [code, message, ...args] of [
      [2, /not a whole number from 1 to 20/, "--folds", "0"],
      [2, /not a whole number from 1 to 20/, "--folds", "21"],
      [2, /not a whole number from 2 to 4/, "--states", "1"],
      [1, /hours is 0; it must be a whole number from 1/, "--hours", "0"],
      [1, /2,161 hours are too few: --folds 1 takes at least 2162/, "--hours", "2161", "--folds", "1"],
    ] as const) {
      const ended = await tacit("strategy", "train", "--strategy", "untouched.json", ...args);
      expect(ended.code, args.join(" ")).to.equal(code);
      expect(ended.errors).to.match(message);
    }
    expect(text("untouched.json")).to.equal(before);
  });

  it("refuses a template that a mandate leaves no room for", async () => {
    const fields = [
      "deltaBps",
      "gammaBps",
      "vegaBps",
      "concentrationBps",
      "participationBps",
      "grossBps",
      "netBps",
      "cashFloorBps",
      "turnoverBps",
      "initialMarginBps",
      "maintenanceMarginBps",
      "breachEpochs",
    ];
    writeFileSync(join(folder, "tight.json"), JSON.stringify(Object.fromEntries(fields.map((name) => [name, 100]))));
    const { code, errors } = await tacit("strategy", "new", "--out", "tight-strategy.json", "--mandate", "tight.json");
    expect(code).to.equal(1);
    expect(errors).to.contain("outside the mandate").and.to.contain("regime 0");
  });

  it("trains the network to the same file from the same seed", async () => {
    // What a crash or somebody else left there keeps nothing open.
    writeFileSync(join(folder, "one.json.new"), "");
    for (const name of ["one.json", "two.json"]) {
      await tacit("strategy", "new", "--out", name, "--profile", "small", "--seed", "mine");
      const { code, output } = await tacit(
        "strategy",
        "train",
        "--strategy",
        name,
        "--seed",
        "1",
        "--hours",
        "3000",
        "--states",
        "2",
        "--folds",
        "1",
        "--json",
      );
      expect(code).to.equal(0);
      expect((JSON.parse(output) as { agreement: number }).agreement).to.be.above(0.98);
    }
    expect(text("one.json")).to.equal(text("two.json"));
    if (process.platform !== "win32") expect(statSync(join(folder, "one.json")).mode & 0o077).to.equal(0);
    expect(
      parseStrategy(profiles.small, text("one.json"))
        .network.hidden.flat()
        .some((w) => w !== 0n),
    ).to.equal(true);
  });

  it("says what is wrong with a strategy file without quoting it", async () => {
    writeFileSync(join(folder, "bad.json"), text("one.json").replace(/"rollDays": \d+/, '"rollDays": 987'), {
      mode: 0o600,
    });
    const { code, errors } = await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice");
    expect(code).to.equal(1);
    expect(errors).to.contain("rollDays must be a whole number from 0 to 127").and.not.to.contain("987");
    const changed = JSON.parse(text("one.json")) as Record<string, unknown>;
    writeFileSync(join(folder, "bad.json"), JSON.stringify({ ...changed, leverage: 4321 }), { mode: 0o600 });
    expect((await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice")).errors)
      .to.contain('no field called "leverage"')
      .and.not.to.contain("4321");
    writeFileSync(join(folder, "bad.json"), JSON.stringify({ ...changed, profile: "huge" }), { mode: 0o600 });
    expect((await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice")).errors).to.contain(
      'profile must be "standard" or "small"',
    );
  });
});
