import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { DemoReport } from "../../client/demo/model.ts";
import { CLI, DEMO, runProgram } from "../support/program.ts";
import { misworded } from "../support/wording.ts";
import type { Run } from "../support/program.ts";

/** The whole product as `npm start` runs it, parties in processes of their own; prices come from the built-in model. */
describe("npm start", function () {
  this.timeout(1_800_000);
  let folder: string;
  let demo: Run;
  let report: DemoReport;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-demo-"));
    // Without --data it is the price model, whatever data lies beside the project.
    demo = await runProgram(
      DEMO,
      ["--profile", "small", "--epochs", "3", "--vaults", "2", "--json", "--state", folder],
      (errors) => {
        const market = /npx --no-install tacit market show (--rpc \S+ --deployment \S+)/.exec(errors)?.[1];
        if (market !== undefined) newcomer ??= comeIn(market.split(" "));
      },
    );
    if (demo.code !== 0) throw new Error(`the demo ended with exit code ${demo.code}: ${demo.errors.slice(-2_000)}`);
    report = JSON.parse(demo.output) as DemoReport;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** While the market runs: governance's account does more than the demo asks of it. */
  let newcomer: Promise<Run[]> | undefined;
  async function comeIn(market: string[]): Promise<Run[]> {
    const me = ["--state", join(folder, "newcomer"), ...market];
    return [await runProgram(CLI, ["local", "fund", ...me]), await runProgram(CLI, ["local", "approve", ...me])];
  }

  const file = (...path: string[]): string => readFileSync(join(folder, ...path), "utf8");
  const logs = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".log"));

  it("ends well, with exactly one JSON object on standard output", () => {
    expect(demo.code).to.equal(0);
    expect(demo.output.trim().split("\n")).to.have.length(1);
    expect(report.ok).to.equal(true);
    expect(report.epochs.map(({ seen }) => seen.epoch)).to.deep.equal([1, 2, 3]);
    expect(report.data).to.match(/model/);
  });

  it("lets somebody new be funded and approved meanwhile", async () => {
    for (const { code, errors } of (await newcomer)!) expect(code, errors).to.equal(0);
  });

  it("checks every conservation law and audits every submission", () => {
    expect(report.invariants).to.have.length.greaterThan(4);
    for (const { claim, ok, detail } of report.invariants) expect(ok, `${claim}: ${detail}`).to.equal(true);
    expect(report.outcomes.traded).to.include(1);
    expect(Object.values(report.outcomes).flat().toSorted()).to.deep.equal([1, 2, 3]);
  });

  it("trades perps and options at their venues; a series expires and the next one takes its slot", () => {
    expect(report.venues.map(({ name }) => name.replace(/\d.*-/, "…-"))).to.deep.equal(["ETH-PERP", "ETH-…-P"]);
    for (const { name, marginMoves } of report.venues) expect(marginMoves, name).to.be.greaterThan(0);
    const puts = report.epochs.map(({ slots }) => slots.find(({ name }) => name.endsWith("-P"))!.name);
    expect(puts[2]).to.not.equal(puts[0]);
    // Perps stay off their index, so somebody pays somebody.
    expect(BigInt(report.venues[0]!.fundingMicroUsd!)).to.not.equal(0n);
  });

  it("gives an observer nothing to tell the strategies apart by: every submission has the same length", () => {
    const { footprints } = report;
    expect(footprints.map(({ strategy, submissions }) => [strategy, submissions])).to.deep.equal([
      ["delta-neutral", 1],
      ["gamma-vega", 1],
    ]);
    expect(new Set(footprints.flatMap(({ calldataBytes: { low, high } }) => [low, high])).size).to.equal(1);
    // The first of the epoch's two submissions pays for the batch's storage.
    expect(footprints.filter(({ gas }) => gas !== null)).to.have.length(1);
  });

  it("settles a deposit and a redemption at a proven NAV in the dealing epochs, and prints none in between", () => {
    const [first, second, third] = report.epochs;
    const flows = (epoch: typeof first): bigint[] =>
      epoch!.seen.submissions.map(({ cashFlowMicroUsd }) => BigInt(cashFlowMicroUsd));
    const printed = (epoch: typeof first): (bigint | null)[] =>
      epoch!.seen.submissions.map(({ printedNavMicroUsd }) =>
        printedNavMicroUsd === null ? null : BigInt(printedNavMicroUsd),
      );
    expect(
      flows(first).every((flow) => flow > 0n),
      "the first deposits",
    ).to.equal(true);
    expect(printed(first)).to.deep.equal([0n, 0n]);
    expect([flows(second), printed(second)]).to.deep.equal([
      [0n, 0n],
      [null, null],
    ]);
    // The first vault's depositor asked to leave in part, the second one's added.
    const bySign = Object.fromEntries(
      third!.seen.submissions.map(({ vault, cashFlowMicroUsd }) => [vault, BigInt(cashFlowMicroUsd) > 0n]),
    );
    expect(bySign).to.deep.equal({ "vault-1": false, "vault-2": true });
    for (const { vault, printedNavMicroUsd, cashFlowMicroUsd } of third!.seen.submissions) {
      const { navMicroUsd } = third!.hidden.find((truth) => truth.vault === vault)!;
      expect(BigInt(printedNavMicroUsd!) + BigInt(cashFlowMicroUsd)).to.equal(BigInt(navMicroUsd));
      expect(BigInt(printedNavMicroUsd!) > 0n).to.equal(true);
    }
  });

  it("keeps seeds and private keys out of every log, the report and the deployment file", () => {
    const secrets = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /(^|\/)(seed|key\.hex)$/.test(path))
      .map((path) => file(path).trim().replace(/^0x/, ""));
    expect(secrets.length).to.be.greaterThan(10);
    for (const [name, text] of publicTexts()) {
      for (const secret of secrets) {
        expect(text.toLowerCase().includes(secret.toLowerCase()), name).to.equal(false);
        expect(text.includes(BigInt(`0x${secret}`).toString()), `${name}, as a number`).to.equal(false);
      }
    }
  });

  it("keeps books, orders, salts and strategies out of every log and the deployment file", () => {
    const words =
      /"?(targetBps|bandBps|speedBps|positions|cashAdj|salt|bookKey|ephemeral|rho0|orderCoef|navBefore)"?\s*[:=]/;
    for (const [name, text] of publicTexts().filter(([name]) => name !== "standard output"))
      expect(text, name).to.not.match(words);
    // The report shows what the vaults did on purpose, but neither salts nor what they go by.
    expect(demo.output).to.not.match(/"?(targetBps|bandBps|speedBps|cashAdj|salt|bookKey|seed|ephemeral)"?\s*:/);
    for (const { hidden } of report.epochs) {
      for (const { navMicroUsd } of hidden) {
        for (const log of logs()) expect(file(log).includes(String(navMicroUsd)), `${log} holds a NAV`).to.equal(false);
      }
    }
  });

  it("logs names and numbers in their one form, and the committee that an owner takes for its own as no warning", () => {
    for (const name of logs().filter((log) => log !== "chain.log"))
      expect(misworded(file(name)), name).to.deep.equal([]);
    const greeting = file("owner-1.log")
      .split("\n")
      .find((line) => line.includes("are accepted from now on"))!;
    expect(JSON.parse(greeting)).to.include({ level: 30 });
  });

  it("leaves no secret readable to other users", () => {
    for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!/(^|\/)(seed|key\.hex|strategy\.json|.*\.book|.*\.log)$/.test(path)) continue;
      expect(statSync(join(folder, path)).mode & 0o077, path).to.equal(0);
    }
  });

  const publicTexts = (): [string, string][] => [
    ...logs().map((name): [string, string] => [name, file(name)]),
    ["tacit.json", file("tacit.json")],
    ["standard output", demo.output],
    ["standard error", demo.errors],
  ];
});

describe("A command given wrongly", () => {
  const cases: [string, string, string[], RegExp][] = [
    ["the demo, too few epochs", DEMO, ["--epochs", "1"], /a whole number from 2 to 1000/],
    ["the demo, too many vaults", DEMO, ["--vaults", "99"], /a whole number from 1 to 16/],
    ["the demo, an unknown profile", DEMO, ["--profile", "large"], /standard, small/],
    ["the demo, an unknown option", DEMO, ["--fast"], /unknown option/],
    ["tacit, a vault that is no address", CLI, ["verify", "0x12", "1"], /not an address/],
    ["tacit, no epoch", CLI, ["verify", "0x0000000000000000000000000000000000000001"], /missing required argument/],
    [
      "tacit, an amount that is none",
      CLI,
      ["deposit", "0x0000000000000000000000000000000000000001", "-5x", "--state", "x"],
      /not an amount|unknown option/,
    ],
  ];
  it("says in one line what is wrong, prints nothing else, and exits with 2", async () => {
    const runs = await Promise.all(cases.map(([, program, args]) => runProgram(program, args)));
    runs.forEach(({ code, output, errors }, i) => {
      const [name, , , message] = cases[i]!;
      expect(code, name).to.equal(2);
      expect(output, name).to.equal("");
      const lines = errors.trim().split("\n");
      expect(lines[0], name).to.match(message);
      expect(lines.slice(1).join("\n"), name).to.match(/^(\(add --help for what it takes\))?$/);
    });
  });

  it("that can't be carried out exits with 1 and one sentence without a stack", async () => {
    const account = "0x0000000000000000000000000000000000000001";
    const failures = await Promise.all([
      runProgram(CLI, ["vault", "show", account, "--deployment", "no-such-file.json"]),
      runProgram(CLI, ["market", "show", "--rpc", "http://127.0.0.1:9", "--deployment", "no-such-file.json"]),
      runProgram(DEMO, ["--data", join(tmpdir(), "no-such-folder"), "--epochs", "2"]),
      // A folder that holds something, and a file.
      runProgram(DEMO, ["--state", "test"]),
      runProgram(DEMO, ["--state", "package.json"]),
    ]);
    for (const { code, output, errors } of failures) {
      expect(code).to.equal(1);
      expect(output).to.equal("");
      expect(errors.trim().split("\n"), errors).to.have.length(1);
      expect(errors)
        .to.match(/^(tacit|npm start): /)
        .and.not.match(/\n\s+at |node_modules|\.ts:\d/);
    }
  });
});
