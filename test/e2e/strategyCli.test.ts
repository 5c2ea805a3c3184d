import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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

  it("makes the folders of a new strategy, and lets the file name the schema beside it, before and after training", async () => {
    expect((await tacit("strategy", "new", "--out", "a/b/deep.json", "--profile", "small")).code).to.equal(0);
    const schemaOf = (): unknown => (JSON.parse(text("a/b/deep.json")) as Record<string, unknown>)["$schema"];
    expect(schemaOf()).to.equal("./strategy-small.schema.json");
    expect(existsSync(join(folder, "a/b/strategy-small.schema.json"))).to.equal(true);
    writeFileSync(join(folder, "a/b/deep.json"), text("a/b/deep.json").replace("./strategy-small", "../elsewhere"));
    expect((await tacit("strategy", "train", "--strategy", "a/b/deep.json", "--hours", "2200", "--states", "2", "--folds", "1")).code).to.equal(0);
    expect(schemaOf()).to.equal("../elsewhere.schema.json");
  });

  it("refuses folds, states and hours out of range, and leaves the file as it was", async () => {
    await tacit("strategy", "new", "--out", "untouched.json", "--profile", "small");
    const before = text("untouched.json");
    for (const [code, message, ...args] of [
      [2, /not a whole number from 1 to 20/, "--folds", "0"],
      [2, /not a whole number from 1 to 20/, "--folds", "21"],
      [2, /not a whole number from 2 to 4/, "--states", "1"],
      [1, /hours is 0; it must be a whole number from 1/, "--hours", "0"],
      [1, /2161 hours are too few: --folds 1 takes at least 2162/, "--hours", "2161", "--folds", "1"],
    ] as const) {
      const ended = await tacit("strategy", "train", "--strategy", "untouched.json", ...args);
      expect(ended.code, args.join(" ")).to.equal(code);
      expect(ended.stderr).to.match(message);
    }
    expect(text("untouched.json")).to.equal(before);
  });

  it("refuses a funding folder without funding, for training and backtests alike", async () => {
    mkdirSync(join(folder, "nothing"));
    await tacit("strategy", "new", "--out", "funded.json", "--profile", "small");
    for (const command of [["strategy", "train"], ["backtest"]]) {
      const { code, stderr } = await tacit(...command, "--strategy", "funded.json", "--funding", "nothing");
      expect(code).to.equal(1);
      expect(stderr).to.contain("nothing holds no .csv or .csv.gz file of funding");
    }
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
    const printed = JSON.parse(first.stdout) as { contestants: unknown[]; prices: string };
    expect(printed.contestants.length).to.equal(5);
    expect(printed).to.include({ prices: "modelled" });
    await play("again");
    for (const file of ["backtest.html", "backtest.json"]) expect(text(join("again", file))).to.equal(text(join("out", file)));
    expect(text("out/backtest.html")).to.contain("<svg").and.not.to.contain("http-equiv").and.not.to.contain("src=");
    expect(() => statSync(join(folder, "out/backtest.checkpoint"))).to.throw();
  });

  it("keeps reports for the owner's eyes, and says which dates the data allows and what was decided", async () => {
    if (process.platform !== "win32") for (const file of ["backtest.html", "backtest.json"]) expect(statSync(join(folder, "out", file)).mode & 0o077, file).to.equal(0);
    const { stdout } = await tacit("backtest", "--strategy", "one.json", "--from", "2024-02-01", "--to", "2024-02-03", "--out", "short");
    expect(stdout).to.match(/48 decisions from 2024-02-01T00:00:00Z to 2024-02-03T00:00:00Z/).and.match(/held back by the mandate in \d+ hours/).and.match(/buy and hold +-?[\d.]+ % +·/)
      .and.match(/modelled prices, not market data; funding 0\.01 % every eight hours, none recorded \(--data FOLDER plays your own\)/).and.match(/costs +spread +impact +fees +funding paid/)
      .and.match(/fees: spot 5, perp 3, option 3 bps/).and.match(/hours in regimes 0 to 3/).and.match(/hedging error: not applicable/);
    expect((await tacit("backtest", "--strategy", "untouched.json", "--from", "2024-02-01", "--to", "2024-02-03", "--out", "short")).stdout).to.contain("network untrained: always regime 0");
    for (const [args, message] of [
      [["--from", "2024-02-03", "--to", "2024-02-01"], /--to must be later than --from/],
      [["--from", "soon"], /is no date/],
      [["--from", "2022"], /--from "2022" is no date: write 2021-05-01/],
      [["--to", "2022-02-30"], /--to "2022-02-30" is no date/],
      [["--from", "2024-02-01", "--to", "2024-02-03", "--out", "one.json"], /can't make the folder one\.json/],
    ] as const) {
      const { code, stderr } = await tacit("backtest", "--strategy", "one.json", ...args);
      expect(code).to.equal(1);
      expect(stderr).to.match(message);
    }
    expect((await tacit("strategy", "new", "--out", "one.json/folder.json")).stderr).to.match(/can't make the folder one\.json/);
    expect((await tacit("strategy", "new", "--out", "options.json", "--template", "gamma-vega", "--profile", "small")).stderr).to.match(/needs the standard profile \(npm start --profile small holds a put/);
  });

  it("plays data up to its end and says so, and from where the signals have their month", async () => {
    mkdirSync(join(folder, "prices"));
    const start = Date.UTC(2024, 0, 1);
    for (const [name, price] of [["ETH", 2_000], ["BTC", 40_000]] as const) {
      // Two days in the third week are missing.
      const lines = Array.from({ length: 900 }, (_, hour) => hour).filter((hour) => hour < 400 || hour >= 448).map((hour) => `${new Date(start + hour * 3_600_000).toISOString()},${price + (hour % 24)}`);
      writeFileSync(join(folder, "prices", `${name}.csv`), `time,close\n${lines.join("\n")}\n`);
    }
    const play = (...args: string[]): Promise<Ended> => tacit("backtest", "--strategy", "one.json", "--data", "prices", "--out", "data", ...args);
    const late = await play("--from", "2024-02-03", "--to", "2024-03-01");
    expect(late.stderr).to.contain("played to 2024-02-07T11:00:00Z: the data has no later hour up to --to 2024-03-01");
    expect(late.stdout).to.match(/decisions from 2024-02-03T00:00:00Z to 2024-02-07T11:00:00Z/).and.contain("recorded prices; funding");
    const day = await play("--from", "2024-02-03", "--to", "2024-02-04");
    expect(day.stderr).to.equal("");
    expect(day.stdout).to.match(/^24 decisions from 2024-02-03T00:00:00Z to 2024-02-04T00:00:00Z/);
    const early = await play("--from", "2024-01-20");
    expect(early.stderr).to.contain("with this data --from is 2024-02-02T00:00:00Z at the earliest");
    expect((await play("--from", "2024-02-02", "--to", "2024-02-03")).stdout).to.match(/^24 decisions from 2024-02-02T00:00:00Z/);
  });

  it("says on Ctrl-C where it stopped, and in the next run that it goes on there, to the same bytes", async () => {
    const args = ["backtest", "--strategy", "one.json"];
    const child = spawn(process.execPath, [CLI, ...args, "--out", "stopped"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    while (!existsSync(join(folder, "stopped/backtest.checkpoint"))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(130);
    const [, stoppedAfter] = /^tacit: stopped after (\d+) of \d+ decisions: the same command goes on from there \(stopped\/backtest\.checkpoint\)\n$/.exec(stderr) ?? [];
    expect(Number(stoppedAfter)).to.be.at.least(4_000);
    const resumed = await tacit(...args, "--out", "stopped");
    expect(resumed.stderr).to.match(new RegExp(`^going on after ${stoppedAfter} of \\d+ decisions, where an earlier run was stopped\n$`));
    await tacit(...args, "--out", "whole");
    for (const file of ["backtest.html", "backtest.json"]) expect(text(join("stopped", file))).to.equal(text(join("whole", file)));
    writeFileSync(join(folder, "whole/backtest.checkpoint"), '{"fingerprint":"another"}');
    expect((await tacit(...args, "--from", "2025-02-01", "--to", "2025-02-02", "--out", "whole")).stderr).to.contain("is of another run: starting from the beginning");
  });

  it("says what is wrong with a strategy file without quoting it", async () => {
    writeFileSync(join(folder, "bad.json"), text("one.json").replace('"rollDays": 3', '"rollDays": 987'));
    const { code, stderr } = await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice");
    expect(code).to.equal(1);
    expect(stderr).to.contain("rollDays must be a whole number from 0 to 127").and.not.to.contain("987");
    const changed = JSON.parse(text("one.json")) as Record<string, unknown>;
    writeFileSync(join(folder, "bad.json"), JSON.stringify({ ...changed, leverage: 4321 }));
    expect((await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice")).stderr).to.contain('no field called "leverage"').and.not.to.contain("4321");
    writeFileSync(join(folder, "bad.json"), JSON.stringify({ ...changed, profile: "huge" }));
    expect((await tacit("strategy", "commit", "--strategy", "bad.json", "--state", "alice")).stderr).to.contain('profile must be "standard" or "small"');
  });
});
