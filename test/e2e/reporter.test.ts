import { parseSignalWords, Replay, signalWords, usualFunding } from "../../prover/index.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { Result } from "ethers";
import { serve } from "../../client/node/http.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { snapshotDomain, snapshotMessage, SNAPSHOT_TYPES } from "../../client/sdk/chain/snapshotStatement.ts";
import { deployedAt, sent } from "../../client/deploy/artifacts.ts";
import { WAIT_SECONDS } from "../../client/deploy/local/market.ts";
import { askReporter, Reporter } from "../../client/sdk/roles/reporter.ts";
import type { SnapshotStatement } from "../../client/sdk/chain/snapshotStatement.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import type { MarketData, MarketSignals, PricePath } from "../../prover/index.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/** The market's prices, the same in every hour, as another exchange has them. */
const dearerBy = (market: WholeMarket, bps: number): PricePath => {
  const prices = Object.fromEntries(
    [...market.prices].map(([symbol, price]) => [symbol, (Number(price) / 1e6) * (1 + bps / 10_000)]),
  );
  return {
    assets: [...market.prices.keys()],
    hours: 100,
    history: 0,
    source: "modelled",
    description: `dearer by ${bps} bps`,
    at: () => ({ timeUtc: 1_700_000_000, prices, volumes: {} }),
  };
};

const HOUR_SECONDS = 3_600;

/** Three reporters of whom two make a quorum. */
describe("A reporter that follows another", () => {
  let market: WholeMarket;
  let folder: string;
  let toStart: () => Promise<void>;
  let startTimestamp: number;
  let programs = 0;
  const closers: (() => void)[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-reporter-"));
    market = await WholeMarket.open();
    await market.refreshPrices();
    startTimestamp = (await market.chain.status()).now;
    toStart = await market.checkpoint();
  });
  beforeEach(() => toStart());
  after(async () => {
    closers.forEach((close) => close());
    rmSync(folder, { recursive: true, force: true });
    await market.close();
  });

  interface Program {
    bps?: number;
    follow?: string;
    secondsPerHour?: number;
    /** A new one where left out. */
    stateFolder?: string;
    /** The market's prices where left out. */
    data?: MarketData;
  }
  /** The program of the market's reporter of this number. */
  function run(
    number: number,
    { bps = 0, follow, secondsPerHour = HOUR_SECONDS, stateFolder = `${programs++}`, data }: Program = {},
  ): Reporter {
    const state = new StateFolder(join(folder, stateFolder));
    writeFileSync(state.file("key.hex"), market.reporters[number]!.privateKey, { mode: 0o600 });
    return new Reporter({
      chain: market.chain,
      state,
      data: data ?? new Replay(dearerBy(market, bps), usualFunding, { startTimestamp, secondsPerHour }),
      ...(follow === undefined ? {} : { follow }),
    });
  }
  async function publish(answer: () => unknown): Promise<string> {
    const server = await serve({ snapshot: answer }, 0);
    closers.push(server.close);
    return server.url;
  }
  const keeperOf = async (...reporters: Reporter[]): Promise<Keeper> =>
    new Keeper({
      chain: market.chain,
      signer: market.keeper,
      members: [],
      reporters: await Promise.all(reporters.map((one) => publish(() => one.latest()))),
    });

  /** What its program does, with its pauses. */
  async function untilSigned(reporter: Reporter): Promise<{ words: string; tooFar: string[]; seconds: number }> {
    for (const started = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 200))) {
      const done = await reporter.step();
      if (done !== undefined)
        return { words: done.words, tooFar: done.tooFar, seconds: (performance.now() - started) / 1_000 };
    }
  }

  /** An honest statement of the first reporter, changed and signed by whoever. */
  async function statement(
    changes: Partial<SnapshotStatement> = {},
    signer: Wallet = market.reporters[0]!,
  ): Promise<SnapshotStatement> {
    const honest = (await run(0).step())!.statement;
    const message = snapshotMessage({ ...honest, ...changes });
    const signature = await signer.signTypedData(snapshotDomain(market.chain.deployment), SNAPSHOT_TYPES, message);
    return { ...honest, ...changes, signature };
  }

  it("signs what that one has signed, its own prices being 10 bps higher, and the epoch opens", async () => {
    const leader = run(0);
    const follower = run(1, { bps: 10, follow: await publish(() => leader.latest()) });
    expect(await follower.step(), "waits").to.equal(undefined);
    const { statement: first } = (await leader.step())!;
    const step = await follower.step();
    expect(step).to.include({ words: "followed" });
    expect(step!.statement.words).to.deep.equal(first.words);
    expect(await follower.step(), "signs once").to.equal(undefined);
    expect((await (await keeperOf(leader, follower)).step())?.detail).to.equal("2 reporters");
    expect(await market.chain.status()).to.include({ epoch: 1, observedAt: first.observedAt });
  });

  it("signs anew for a table to which a series has come since, not for one that has lost one", async () => {
    const { governance, local, chain } = market;
    const desk = deployedAt("Desk", local.deployment.desk, governance);
    const manager = deployedAt("Authority", local.deployment.accessManager, governance);
    const slot = local.deployment.slots.findIndex((listed) => listed?.kind === "spot");
    const listing = desk.interface.encodeFunctionData("list", [slot, await desk.slot(slot)]);
    await sent(manager, "schedule", local.deployment.desk, listing, 0);
    await market.passSeconds(WAIT_SECONDS + 1);

    const reporter = run(0);
    const epoch = (await chain.status()).epoch + 1;
    const { statement: first } = (await reporter.step())!;
    await sent(desk, "endSeries", slot);
    expect(await reporter.step(), "what is left of the table is as it was").to.equal(undefined);
    const url = await publish(() => first);
    expect((await askReporter(chain, url, epoch))?.signature).to.equal(first.signature);

    await (await governance.sendTransaction({ to: local.deployment.desk, data: listing })).wait();
    expect(await askReporter(chain, url, epoch), "of the table before").to.equal(undefined);
    const { statement: second } = (await reporter.step())!;
    expect(second.listings).to.equal(first.listings + 1);
    expect((await askReporter(chain, await publish(() => second), epoch))?.signature).to.equal(second.signature);
  });

  it("would open no epoch with its own words, however near they are", async () => {
    const [one, other] = [run(0), run(1, { bps: 10 })];
    for (const reporter of [one, other]) await reporter.step();
    expect(await (await keeperOf(one, other)).step()).to.equal(undefined);
  });

  it("signs its own where they are 3 % apart, says in which lanes, and signs nothing else", async () => {
    const leader = run(0, { bps: 300 });
    await leader.step();
    const follower = run(1, { follow: await publish(() => leader.latest()) });
    const step = (await follower.step())!;
    expect(step.words).to.equal("own");
    expect(step.tooFar).to.include.members(
      [0, 1, 2, 3].flatMap((i) =>
        ["value", "delta", "notional", "slip", "stress[0]"].map((lane) => `slot[${i}].${lane}`),
      ),
    );
    expect(step.tooFar.join()).to.not.match(/drawdown|Vol|funding|liquidity|gamma/);
    expect(step.statement.words).to.deep.equal((await run(2).step())!.statement.words);
    expect(await follower.step()).to.equal(undefined);
  });

  it("does not sign a signal that was moved one unit beyond its tolerance, and does sign one at it", async () => {
    const moved = async (change: (signals: MarketSignals) => MarketSignals) => {
      const { words } = await statement();
      const signals = change(parseSignalWords(market.profile, words.slice(-2) as [bigint, bigint]));
      const answer = await statement({ words: [...words.slice(0, -2), ...signalWords(market.profile, signals)] });
      const step = (await run(1, { follow: await publish(() => answer) }).step())!;
      return [step.words, ...step.tooFar];
    };
    const drawdown = (by: bigint) =>
      moved((signals) => ({ ...signals, features: signals.features.with(5, signals.features[5]! + by) }));
    const funding = (by: bigint) =>
      moved((signals) => ({ ...signals, features: signals.features.with(6, signals.features[6]! + by) }));
    expect(await drawdown(2n)).to.deep.equal(["followed"]);
    expect(await drawdown(3n)).to.deep.equal(["own", "drawdown"]);
    expect(await funding(-10n)).to.deep.equal(["followed"]);
    expect(await funding(-11n)).to.deep.equal(["own", "funding"]);
  });

  it("is stopped by no server that lies, keeps silent or is not there: it signs its own within seconds", async () => {
    const honest = await statement();
    const stranger = Wallet.createRandom();
    const answers: Record<string, unknown> = {
      "another epoch": await statement({ epoch: 2 }),
      "another hour": await statement({ observedAt: honest.observedAt - 1 }),
      "another market": {
        ...(await statement({ market: market.chain.deployment.vaultFactory })),
        market: honest.market,
      },
      "a stranger's signature": await statement({}, stranger as unknown as Wallet),
      "a stranger's signature in a reporter's name": {
        ...(await statement({}, stranger as unknown as Wallet)),
        reporter: honest.reporter,
      },
      "a signature of other words": { ...honest, words: honest.words.with(0, 1n) },
      "no signature": { ...honest, signature: "0x" },
      "words that are none": { ...honest, words: honest.words.map((word) => `0x${word.toString(16)}`) },
      "numbers for words": { ...honest, words: honest.words.map(Number) },
      "a word beyond 256 bits": { ...honest, words: honest.words.map(() => 10n ** 78n - 1n) },
      "no list": { ...honest, words: "0" },
      nothing: undefined,
      null: null,
      "a number": 0,
      "a megabyte": "x".repeat(1 << 21),
    };
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    closers.push(() => void silent.close().closeAllConnections());
    const urls: [string, string][] = [
      ["silence", `http://127.0.0.1:${(silent.address() as AddressInfo).port}`],
      ["nobody there", "http://127.0.0.1:9"],
    ];
    for (const [what, answer] of Object.entries(answers)) urls.push([what, await publish(() => answer)]);
    const signed = await Promise.all(
      urls.map(async ([what, follow]) => ({ what, ...(await untilSigned(run(1, { follow }))) })),
    );
    for (const { what, words, tooFar, seconds } of signed) {
      expect({ words, tooFar }, what).to.deep.equal({ words: "own", tooFar: [] });
      expect(seconds, what).to.be.within(4, 15);
    }
  });

  it("signs its own at once if what a reporter signed can't be read as a snapshot", async () => {
    const { words } = await statement();
    for (const [change, tooFar] of [
      [words.slice(1), ["number of words"]],
      [words.with(0, 2n ** 255n), ["slot[0].rows"]],
      [words.with(-2, 2n ** 254n), ["signals"]],
    ] as const) {
      const answer = await statement({ words: [...change] });
      const step = (await run(1, { follow: await publish(() => answer) }).step())!;
      expect(step).to.deep.include({ words: "own", tooFar });
    }
  });

  it("waits no longer where two follow each other", async () => {
    const pair: Reporter[] = [];
    for (const i of [0, 1]) pair.push(run(i, { follow: await publish(() => pair[1 - i]!.latest()) }));
    await Promise.all(pair.map(untilSigned));
    expect((await (await keeperOf(...pair)).step())?.step).to.equal("publish");
  });

  it("signs once while its statement can be used, also after a restart, and anew when it can't, whatever the followed one says meanwhile", async () => {
    const SECONDS_PER_HOUR = 120;
    // Governance may have the oracle take younger snapshots only: for two statements it is their whole life that
    // counts.
    const { oracle } = market.local;
    const limits = (await oracle.getFunction("limits")()) as Result;
    await oracle.getFunction("tighten")({ ...limits.toObject(), maxAgeSeconds: SECONDS_PER_HOUR / 2 });
    const life = await market.chain.statementLifeSeconds();
    const usable = Math.floor(life / SECONDS_PER_HOUR);
    let answer: SnapshotStatement | undefined;
    const follow = await publish(() => answer);
    const start = (): Reporter =>
      run(1, { bps: 10, follow, secondsPerHour: SECONDS_PER_HOUR, stateFolder: "restarted" });
    const leader = async (): Promise<SnapshotStatement> =>
      (await run(0, { secondsPerHour: SECONDS_PER_HOUR }).step())!.statement;
    const follower = start();
    const first = (answer = await leader());
    expect((await follower.step())!.words).to.equal("followed");
    for (let hour = 1; hour <= usable; hour++) {
      await market.passSeconds(SECONDS_PER_HOUR);
      answer = await leader();
      expect(answer.observedAt - first.observedAt).to.equal(hour * SECONDS_PER_HOUR);
      for (const reporter of [follower, start()])
        expect(await reporter.step(), `after ${hour} hours`).to.equal(undefined);
    }
    await market.passSeconds(SECONDS_PER_HOUR);
    answer = await leader();
    const anew = (await follower.step())!;
    expect(anew).to.include({ words: "followed" });
    expect(anew.statement.observedAt - first.observedAt).to.be.greaterThan(life);
  });
});
