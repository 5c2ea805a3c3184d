import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { deployedAt, sent } from "../../client/deploy/artifacts.ts";
import { WAIT_SECONDS } from "../../client/deploy/local/market.ts";
import { serve } from "../../client/node/http.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { snapshotMessage } from "../../client/sdk/chain/snapshotStatement.ts";
import type { SnapshotStatement } from "../../client/sdk/chain/snapshotStatement.ts";
import { Reporter } from "../../client/sdk/roles/reporter.ts";
import { Replay, usualFunding } from "../../prover/index.ts";
import type { PricePath } from "../../prover/index.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

const HOUR_SECONDS = 3_600;

/**
 * A reporter "signs at most one vector for an epoch while it could still be used". It remembers its last statement alone,
 * and signs again as soon as the table's number is another than in that one, also a smaller one: after a reorganisation
 * that takes a listing back, or between a node that is ahead and one that is behind. Whoever asked it before and after
 * has two statements of the same epoch and table, and with them removes it for good (`reportEquivocation`).
 */
describe("A reporter whose chain lists a series and takes that back", () => {
  let market: WholeMarket;
  let folder: string;
  const closers: (() => void)[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "tacit-equivocates-"));
    market = await WholeMarket.open();
    await market.refreshPrices();
  });
  after(async () => {
    closers.forEach((close) => close());
    rmSync(folder, { recursive: true, force: true });
    await market.close();
  });

  /** Prices of the market, dearer by so many bps. */
  const pathOf = (bps: number): PricePath => ({
    assets: [...market.prices.keys()],
    hours: 100,
    history: 0,
    source: "modelled",
    description: "the market's",
    at: () => ({
      timeUtc: 1_700_000_000,
      prices: Object.fromEntries(
        [...market.prices].map(([symbol, price]) => [symbol, (Number(price) / 1e6) * (1 + bps / 10_000)]),
      ),
      volumes: {},
    }),
  });
  async function signed(reporter: Reporter): Promise<SnapshotStatement> {
    for (;;) {
      const done = await reporter.step();
      if (done !== undefined) return done.statement;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  const evidence = ({ observedAt, signature, ...said }: SnapshotStatement) => ({
    observedAt,
    wordsHash: snapshotMessage({ ...said, observedAt }).wordsHash,
    signature,
  });

  it("has signed nothing that removes it", async function () {
    this.timeout(120_000);
    const { governance, local, chain } = market;
    const desk = deployedAt("Desk", local.deployment.desk, governance);
    const manager = deployedAt("Authority", local.deployment.accessManager, governance);
    const slot = local.deployment.slots.findIndex((listed) => listed?.kind === "spot");
    const listing = desk.interface.encodeFunctionData("list", [slot, await desk.slot(slot)]);
    await sent(manager, "schedule", local.deployment.desk, listing, 0);
    await market.passSeconds(WAIT_SECONDS + 1);

    const { now: startTimestamp } = await chain.status();
    const clock = { startTimestamp, secondsPerHour: HOUR_SECONDS };
    const run = (number: number, bps: number, follow?: string): Reporter => {
      const state = new StateFolder(join(folder, String(number)));
      writeFileSync(state.file("key.hex"), market.reporters[number]!.privateKey, { mode: 0o600 });
      const data = new Replay(pathOf(bps), usualFunding, clock);
      return new Reporter({ chain, state, data, ...(follow === undefined ? {} : { follow }) });
    };
    const leader = run(0, 0);
    let isLeaderUp = false;
    const server = await serve({ snapshot: () => (isLeaderUp ? leader.latest() : undefined) }, 0);
    closers.push(server.close);
    const follower = run(1, 10, server.url);

    // The one it follows is away: its own words.
    const first = await signed(follower);
    const reorganise = await market.checkpoint();
    await sent(desk, "endSeries", slot);
    await (await governance.sendTransaction({ to: local.deployment.desk, data: listing })).wait();
    expect((await signed(follower)).listings).to.equal(first.listings + 1);
    await reorganise();
    // By now the other is back, and its words are followed.
    isLeaderUp = true;
    await signed(leader);
    let second: SnapshotStatement | undefined;
    for (let tries = 0; tries < 20 && second === undefined; tries++) second = (await follower.step())?.statement;

    const account = market.reporters[1]!.address;
    if (second !== undefined && second.listings === first.listings) {
      expect([second.epoch, second.observedAt]).to.deep.equal([first.epoch, first.observedAt]);
      const oracle = chain.oracle.connect(market.outsider);
      await (await oracle.reportEquivocation(first.epoch, first.listings, evidence(first), evidence(second))).wait();
    }
    expect(await chain.isReporter(account), "whether it still is a reporter").to.equal(true);
  });
});
