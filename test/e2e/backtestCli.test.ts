import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { toBeHex } from "ethers";
import { hash } from "../../client/sdk/format.ts";
import { writeDeployment } from "../../client/node/deploymentFile.ts";
import type { Deployment } from "../../client/sdk/deployment.ts";
import { readSeedFile } from "../../prover/node/seedFile.ts";
import { profiles } from "../../prover/format/profile.ts";
import { formatStrategy, freshCommitment } from "../../prover/strategy/parameters.ts";
import { strategyTemplate } from "../../prover/strategy/templates.ts";
import { CLI_FILE, commandIn } from "../support/program.ts";
import type { Run } from "../support/program.ts";

/** A strategy of the small market whose network finds regime 2 always. */
const untrained = strategyTemplate(profiles.small, "regime-allocator");
const lively = { ...untrained, network: { ...untrained.network, outputBias: [0n, 0n, 5n, 0n] } };

/** A market of which only its name is asked. */
const MARKET = {
  schema: 2,
  chainId: 31_337,
  profile: "small",
  deployBlock: 0,
  slots: [null, null, null, null],
  ...Object.fromEntries(
    [
      ...["accessManager", "cash", "market", "desk", "lens", "snapshotOracle", "committeeRegistry", "vaultFactory"],
      ...["verifierRegistry", "verifier", "uniswapAdapter", "uniswapFactory", "uniswapRouter"],
    ].map((name, i) => [name, toBeHex(i + 1, 20)]),
  ),
} as unknown as Deployment;

describe("tacit backtest, from the command line", function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "tacit-backtest-"));
    writeFileSync(join(folder, "one.json"), formatStrategy(profiles.small, lively), { mode: 0o600 });
    writeFileSync(join(folder, "untrained.json"), formatStrategy(profiles.small, untrained), { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const tacit = (...args: string[]): Promise<Run> => commandIn(folder)(...args);
  const text = (file: string): string => readFileSync(join(folder, file), "utf8");

  it("backtests to a page and a file, the same bytes each time, and leaves no checkpoint", async () => {
    const play = (out: string): Promise<Run> =>
      tacit("backtest", "--strategy", "one.json", "--from", "2024-02-01", "--to", "2024-03-01", "--out", out, "--json");
    const first = await play("out");
    expect(first.errors).to.equal("");
    const printed = JSON.parse(first.output) as { contestants: unknown[]; prices: string };
    expect(printed.contestants.length).to.equal(5);
    expect(printed).to.include({ prices: "modelled" });
    await play("again");
    for (const file of ["backtest.html", "backtest.json"])
      expect(text(join("again", file))).to.equal(text(join("out", file)));
    expect(text("out/backtest.html"))
      .to.contain("new uPlot")
      .and.not.to.contain("http-equiv")
      .and.not.to.contain("src=");
    expect(() => statSync(join(folder, "out/backtest.checkpoint"))).to.throw();
  });

  it("says in page and file what was played: capital, commitment, mandate, and the command that plays it again", async () => {
    const limits = { deltaBps: 11000, gammaBps: 1000, vegaBps: 1000, concentrationBps: 9500, participationBps: 5000 };
    const more = { grossBps: 18000, netBps: 11000, cashFloorBps: 300, turnoverBps: 8000, breachEpochs: 24 };
    const mandate = { ...limits, ...more, initialMarginBps: 4000, maintenanceMarginBps: 6000 };
    writeFileSync(join(folder, "the mandate.json"), JSON.stringify(mandate));
    const { account } = JSON.parse((await tacit("key", "--state", "me", "--json")).output) as { account: string };
    writeDeployment(join(folder, "market.json"), MARKET);
    const commitment = hash(
      freshCommitment(
        lively,
        readSeedFile(join(folder, "me/seed")),
        { chainId: BigInt(MARKET.chainId), market: BigInt(MARKET.market), owner: BigInt(account) },
        new Set(),
      ),
    );
    const days = ["--from", "2024-02-01", "--to", "2024-02-03"];
    const named = [
      "--mandate",
      "the mandate.json",
      "--state",
      "me",
      "--deployment",
      "market.json",
      "--capital",
      "250000",
    ];
    const { errors } = await tacit("backtest", "--strategy", "one.json", ...days, ...named, "--out", "named");
    expect(errors).to.equal("");
    const command =
      "tacit backtest --strategy one.json --model-seed 1 --from 2024-02-01 --to 2024-02-03 --mandate 'the mandate.json' --state me --deployment market.json --capital 250000";
    const report = JSON.parse(text("named/backtest.json")) as Record<string, unknown>;
    expect(report).to.deep.include({
      capitalDollars: 250_000,
      strategyCommitment: commitment,
      mandateFile: "the mandate.json",
      command,
    });
    expect(report["mandate"]).to.deep.equal(mandate);
    for (const words of [commitment, "$250,000", "the mandate.json", command, "small profile", "11,000"])
      expect(text("named/backtest.html")).to.contain(words);
    await tacit("backtest", "--strategy", "one.json", ...days, "--out", "unnamed");
    expect(JSON.parse(text("unnamed/backtest.json"))).to.include({ strategyCommitment: null, mandateFile: null });
    expect(text("unnamed/backtest.html"))
      .to.contain("depends on the owner's seed and the market: --state FOLDER --deployment FILE show it")
      .and.to.contain("none named: a wide one");
    const wrong = await tacit("backtest", "--strategy", "one.json", "--state", "nobody", "--out", "unnamed");
    expect(wrong.errors).to.contain("there is no state folder nobody");
  });

  it("keeps reports for the owner's eyes, and says which dates the data allows and what was decided", async () => {
    if (process.platform !== "win32")
      for (const file of ["backtest.html", "backtest.json"])
        expect(statSync(join(folder, "out", file)).mode & 0o077, file).to.equal(0);
    const { output } = await tacit(
      "backtest",
      "--strategy",
      "one.json",
      "--from",
      "2024-02-01",
      "--to",
      "2024-02-03",
      "--out",
      "short",
    );
    expect(output)
      .to.match(/48 decisions from 2024-02-01T00:00:00Z to 2024-02-03T00:00:00Z/)
      .and.match(/in-sample: not known: the strategy file does not say/)
      .and.match(/held back by the mandate in \d+ hours/)
      .and.match(/buy and hold +-?[\d.]+ % +·/)
      .and.match(
        /modelled prices, not market data; funding 0\.01 % every eight hours, none recorded \(--data FOLDER plays your own\)/,
      )
      .and.match(/costs +spread +impact +fees +funding paid/)
      .and.match(/fees: spot 5, perp 3, option 3 bps/)
      .and.match(/hours in regimes 0 to 3/)
      .and.match(/hedging error: not applicable/);
    expect(
      (
        await tacit(
          "backtest",
          "--strategy",
          "untrained.json",
          "--from",
          "2024-02-01",
          "--to",
          "2024-02-03",
          "--out",
          "short",
        )
      ).output,
    ).to.contain("network untrained: always regime 0");
    for (const [args, message] of [
      [["--from", "2024-02-03", "--to", "2024-02-01"], /--to must be later than --from/],
      [["--from", "soon"], /is no date/],
      [["--from", "2022"], /--from "2022" is no date: write 2021-05-01/],
      [["--to", "2022-02-30"], /--to "2022-02-30" is no date/],
      [["--from", "2024-02-01", "--to", "2024-02-03", "--out", "one.json"], /one\.json is a file, not a folder/],
    ] as const) {
      const { code, errors } = await tacit("backtest", "--strategy", "one.json", ...args);
      expect(code).to.equal(1);
      expect(errors).to.match(message);
    }
  });

  it("plays data up to its end and says so, and from where the signals have their month", async () => {
    mkdirSync(join(folder, "prices"));
    const start = Date.UTC(2024, 0, 1);
    for (const [name, price] of [
      ["ETH", 2_000],
      ["BTC", 40_000],
    ] as const) {
      // Two days in the third week are missing.
      const lines = Array.from({ length: 900 }, (_, hour) => hour)
        .filter((hour) => hour < 400 || hour >= 448)
        .map((hour) => `${new Date(start + hour * 3_600_000).toISOString()},${price + (hour % 24)}`);
      writeFileSync(join(folder, "prices", `${name}.csv`), `time,close\n${lines.join("\n")}\n`);
    }
    const play = (...args: string[]): Promise<Run> =>
      tacit("backtest", "--strategy", "one.json", "--data", "prices", "--out", "data", ...args);
    const late = await play("--from", "2024-02-03", "--to", "2024-03-01");
    expect(late.errors).to.contain("played to 2024-02-07T11:00:00Z: the data has no later hour up to --to 2024-03-01");
    expect(late.output)
      .to.match(/decisions from 2024-02-03T00:00:00Z to 2024-02-07T11:00:00Z/)
      .and.contain("recorded prices; funding");
    const day = await play("--from", "2024-02-03", "--to", "2024-02-04");
    expect(day.errors).to.equal("");
    expect(day.output).to.match(/^24 decisions from 2024-02-03T00:00:00Z to 2024-02-04T00:00:00Z/);
    const early = await play("--from", "2024-01-20");
    expect(early.errors).to.contain("with this data --from is 2024-02-02T00:00:00Z at the earliest");
    expect((await play("--from", "2024-02-02", "--to", "2024-02-03")).output).to.match(
      /^24 decisions from 2024-02-02T00:00:00Z/,
    );
  });

  it("says on Ctrl-C where it stopped, and in the next run that it goes on there, to the same bytes", async () => {
    const args = ["backtest", "--strategy", "one.json"];
    const child = spawn(process.execPath, [CLI_FILE, ...args, "--out", "stopped"], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    while (!existsSync(join(folder, "stopped/backtest.checkpoint")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const [code] = (await once(child, "close")) as [number];
    expect(code).to.equal(130);
    const [, stoppedAfter = ""] =
      /^tacit: stopped after ([\d,]+) of [\d,]+ decisions: the same command goes on from there \(stopped\/backtest\.checkpoint\)\n$/.exec(
        stderr,
      ) ?? [];
    expect(Number(stoppedAfter.replaceAll(",", ""))).to.be.at.least(4_000);
    const resumed = await tacit(...args, "--out", "stopped");
    expect(resumed.errors).to.match(
      new RegExp(`^going on after ${stoppedAfter} of [\\d,]+ decisions, where an earlier run was stopped\n$`),
    );
    await tacit(...args, "--out", "whole");
    for (const file of ["backtest.html", "backtest.json"])
      expect(text(join("stopped", file))).to.equal(text(join("whole", file)));
    writeFileSync(join(folder, "whole/backtest.checkpoint"), '{"fingerprint":"another"}');
    expect((await tacit(...args, "--from", "2025-02-01", "--to", "2025-02-02", "--out", "whole")).errors).to.contain(
      "is of another run: starting from the beginning",
    );
  });

  it("says what it left out, in the terminal, in the page and in the file, and what training did", async () => {
    mkdirSync(join(folder, "delisted"));
    const start = Date.UTC(2024, 0, 1);
    const hourly = (count: number, line: (time: string, hour: number) => string): string =>
      Array.from({ length: count }, (_, hour) => line(new Date(start + hour * 3_600_000).toISOString(), hour)).join(
        "\n",
      );
    const prices = (count: number): string =>
      `time,close\n${hourly(count, (time, hour) => `${time},${2_000 + (hour % 24)}`)}\n`;
    for (const name of ["ETH-USDT", "BTC_USDT-1h"])
      writeFileSync(join(folder, "delisted", `${name}.csv`), prices(3_000));
    writeFileSync(join(folder, "delisted", "FTTUSDT.csv"), prices(760));
    mkdirSync(join(folder, "dvol"));
    writeFileSync(join(folder, "dvol", "BTC_dvol.csv"), `time,close\n${hourly(750, (time) => `${time},55.5`)}\n`);
    const args = ["--strategy", "one.json", "--data", "delisted"];
    const cut =
      "FTT (FTTUSDT.csv) ends 2024-02-01T15:00Z: 2240 hours that BTC,ETH have after it are left out (--assets BTC,ETH plays them)";
    const short = await tacit("backtest", ...args, "--volatility", "dvol", "--out", "left");
    expect(short.errors).to.equal("");
    expect(short.output)
      .to.contain("implied volatility: as recorded for BTC")
      .and.contain(`left out, or assumed:\n  ${cut}\n  no implied volatility for 4 of 40 hours`);
    expect((JSON.parse(text("left/backtest.json")) as { leftOut: string[] }).leftOut[0]).to.equal(cut);
    expect(text("left/backtest.html")).to.contain("Left out, or assumed").and.contain(`<li>${cut}</li>`);
    const { command } = JSON.parse(text("left/backtest.json")) as { command: string };
    expect(command).to.contain("--data delisted --volatility dvol");
    const all = await tacit("backtest", ...args, "--assets", "eth,BTC", "--out", "left", "--json");
    const printed = JSON.parse(all.output) as { hours: number; leftOut: string[]; impliedVolRecorded: string[] };
    expect(printed).to.include({ hours: 2_279 });
    expect(all.output).to.contain("--data delisted --assets ETH,BTC");
    expect([printed.leftOut, printed.impliedVolRecorded]).to.deep.equal([[], []]);
    const train = ["strategy", "train", ...args, "--assets", "BTC,ETH", "--folds", "1"];
    const trained = await tacit(...train, "--volatility", "dvol");
    expect(trained.output)
      .to.contain("implied volatility: as recorded for BTC")
      .and.contain("no implied volatility for 2244 of 2280 hours");
    const plain = JSON.parse((await tacit(...train, "--json")).output) as {
      leftOut: string[];
      impliedVolRecorded: string[];
    };
    expect([plain.leftOut, plain.impliedVolRecorded]).to.deep.equal([[], []]);
    const untold = await tacit("strategy", "train", ...args);
    expect(untold.errors).to.contain("hours are too few");
  });

  it("writes an allocator for the spot that data or a market lists", async () => {
    const weights = async (file: string, ...args: string[]): Promise<string[]> => {
      const { errors } = await tacit(
        "strategy",
        "new",
        "--template",
        "regime-allocator",
        "--plain",
        "--out",
        file,
        ...args,
      );
      expect(errors).to.equal("");
      return (JSON.parse(text(file)) as { regimes: { weightBps: string[] }[] }).regimes[0]!.weightBps.map(String);
    };
    const held = (list: readonly string[]): string[] => list.filter((weight) => weight !== "0");
    expect(held(await weights("usual.json"))).to.deep.equal(["2250", "2250", "2250", "2250"]);
    expect(held(await weights("three.json", "--data", "delisted"))).to.deep.equal(["3000", "3000", "3000"]);
  });

  it("refuses a funding folder without funding, for training and backtests alike", async () => {
    mkdirSync(join(folder, "nothing"));
    for (const command of [["strategy", "train"], ["backtest"]]) {
      const { code, errors } = await tacit(...command, "--strategy", "one.json", "--funding", "nothing");
      expect(code).to.equal(1);
      expect(errors).to.contain("nothing holds no .csv or .csv.gz file of funding");
    }
  });
});
