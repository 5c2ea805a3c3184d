import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { parseStrategy } from "../../prover/strategy/parameters.ts";
import { profiles } from "../../prover/profile.ts";

const CLI = join(import.meta.dirname, "../../client/cli/main.ts");
const run = promisify(execFile);

interface Ended {
  stdout: string;
  stderr: string;
  code: number;
}

describe("tacit strategy and tacit backtest, from the command line", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => { folder = mkdtempSync(join(tmpdir(), "tacit-strategy-")); });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const tacit = async (...args: string[]): Promise<Ended> => {
    try {
      return { ...(await run(process.execPath, [CLI, ...args], { cwd: folder })), code: 0 };
    } catch (error) {
      return error as Ended;
    }
  };
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");

  it("writes a strategy for its owner's eyes, with a schema beside it, and overwrites none", async () => {
    expect((await tacit("strategy", "new", "--out", "mine.json", "--template", "mean-variance", "--profile", "small")).code).to.equal(0);
    expect(parseStrategy(profiles.small, text("mine.json")).viewsBps.length).to.equal(4);
    expect(JSON.parse(text("strategy-small.schema.json"))).to.have.property("$schema");
    if (process.platform !== "win32") expect(statSync(join(folder, "mine.json")).mode & 0o077).to.equal(0);
    const again = await tacit("strategy", "new", "--out", "mine.json");
    expect(again.code).to.equal(1);
    expect(again.stderr).to.contain("is there already");
  });

  it("refuses a template that a mandate leaves no room for", async () => {
    const fields = ["deltaBps", "gammaBps", "vegaBps", "concentrationBps", "participationBps", "grossBps", "netBps", "cashFloorBps", "turnoverBps", "initialMarginBps", "maintenanceMarginBps", "breachEpochs"];
    writeFileSync(join(folder, "tight.json"), JSON.stringify(Object.fromEntries(fields.map((name) => [name, 100]))));
    const { code, stderr } = await tacit("strategy", "new", "--out", "tight-strategy.json", "--mandate", "tight.json");
    expect(code).to.equal(1);
    expect(stderr).to.contain("outside the mandate").and.to.contain("regime 0");
  });

  it("trains the network to the same file from the same seed", async () => {
    for (const name of ["one.json", "two.json"]) {
      await tacit("strategy", "new", "--out", name, "--profile", "small");
      const { code, stdout } = await tacit("strategy", "train", "--strategy", name, "--hours", "3000", "--states", "2", "--folds", "1", "--json");
      expect(code).to.equal(0);
      expect((JSON.parse(stdout) as { agreement: number }).agreement).to.be.above(0.98);
    }
    expect(text("one.json")).to.equal(text("two.json"));
    expect(parseStrategy(profiles.small, text("one.json")).network.hidden.flat().some((w) => w !== 0n)).to.equal(true);
  });

  it("commits to a file and a seed: the same pair, the same commitment", async () => {
    const commit = async (state: string): Promise<string> => (await tacit("strategy", "commit", "--strategy", "one.json", "--state", state)).stdout.trim();
    const first = await commit("alice");
    expect(first).to.match(/^[0-9]{70,78}$/);
    expect(await commit("alice")).to.equal(first);
    expect(await commit("bob")).to.not.equal(first);
  });

  it("backtests to a page and a file, the same bytes each time, and leaves no checkpoint", async () => {
    const play = (out: string): Promise<Ended> => tacit("backtest", "--strategy", "one.json", "--from", "2024-02-01", "--to", "2024-03-01", "--out", out, "--json");
    const first = await play("out");
    expect(first.stderr).to.equal("");
    expect((JSON.parse(first.stdout) as { contestants: unknown[] }).contestants.length).to.equal(5);
    await play("again");
    for (const file of ["backtest.html", "backtest.json"]) expect(text(join("again", file))).to.equal(text(join("out", file)));
    expect(text("out/backtest.html")).to.contain("<svg").and.not.to.contain("http-equiv").and.not.to.contain("src=");
    expect(() => statSync(join(folder, "out/backtest.checkpoint"))).to.throw();
  });

  it("keeps reports for the owner's eyes, and says which dates the data allows and what was decided", async () => {
    if (process.platform !== "win32") for (const file of ["backtest.html", "backtest.json"]) expect(statSync(join(folder, "out", file)).mode & 0o077, file).to.equal(0);
    const { stdout } = await tacit("backtest", "--strategy", "one.json", "--from", "2024-02-01", "--to", "2024-02-03", "--out", "short");
    expect(stdout).to.match(/48 decisions from 2024-02-01T00:00:00Z to 2024-02-03T00:00:00Z/).and.match(/held back by the mandate in \d+ hours/).and.match(/buy and hold +-?[\d.]+ % +·/);
    for (const [args, message] of [
      [["--from", "2024-02-03", "--to", "2024-02-01"], /--to must be later than --from/],
      [["--from", "soon"], /is no date/],
      [["--from", "2024-02-01", "--to", "2024-02-03", "--out", "one.json"], /can't make the folder one\.json/],
    ] as const) {
      const { code, stderr } = await tacit("backtest", "--strategy", "one.json", ...args);
      expect(code).to.equal(1);
      expect(stderr).to.match(message);
    }
    expect((await tacit("strategy", "train", "--strategy", "one.json", "--states", "7")).code).to.equal(2);
    expect((await tacit("strategy", "new", "--out", "no/such/folder.json")).stderr).to.match(/can't write no\/such\/folder\.json/);
    expect((await tacit("strategy", "new", "--out", "options.json", "--template", "gamma-vega", "--profile", "small")).stderr).to.match(/needs the standard profile/);
  });

  it("says what is wrong with a strategy file without quoting it", async () => {
    writeFileSync(join(folder, "bad.json"), text("one.json").replace('"rollDays": 3', '"rollDays": 987'));
    const { code, stderr } = await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice");
    expect(code).to.equal(1);
    expect(stderr).to.contain("rollDays must be a whole number from 0 to 127").and.not.to.contain("987");
  });
});
