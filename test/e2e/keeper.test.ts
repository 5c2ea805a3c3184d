import { expect } from "chai";
import { serve } from "../../client/node/http.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import type { SnapshotStatement } from "../../client/sdk/chain/snapshotStatement.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/** Three reporters of whom two make a quorum: one may lie. */
describe("A keeper whose reporters include a liar", () => {
  let market: WholeMarket;
  const closers: (() => void)[] = [];
  before(async () => {
    market = await WholeMarket.open();
  });
  after(async () => {
    closers.forEach((close) => close());
    await market.close();
  });

  async function publish(answer: unknown): Promise<string> {
    const server = await serve({ snapshot: () => answer }, 0);
    closers.push(server.close);
    return server.url;
  }
  const keeperOf = async (answers: unknown[]): Promise<Keeper> =>
    new Keeper({
      chain: market.chain,
      signer: market.keeper,
      members: [],
      reporters: await Promise.all(answers.map(publish)),
    });

  it("publishes what two honest ones sign now, although the third hands on what one of them signed too long ago", async () => {
    await market.refreshPrices();
    const [outdated] = await market.statements();
    const TOO_OLD_SECONDS = 1_000;
    await market.passSeconds(TOO_OLD_SECONDS);
    await market.refreshPrices();
    const [first, second] = (await market.statements()) as [SnapshotStatement, SnapshotStatement];
    const start = await market.checkpoint();
    for (const answers of [
      [first, second, outdated],
      [outdated, first, second],
    ]) {
      await start();
      expect((await (await keeperOf(answers)).step())?.step).to.equal("publish");
      expect(await market.chain.status()).to.include({ epoch: 1, observedAt: first.observedAt });
    }
  });

  it("counts one reporter once, however many servers hand its statement on", async () => {
    await market.passDeadline();
    await market.step("close");
    await market.refreshPrices();
    await market.passSeconds(10);
    const [first] = await market.statements();
    expect(await (await keeperOf([first, first, first, null, 0, "", []])).step()).to.equal(undefined);
  });
});

describe("A keeper on a chain where nobody else does anything", () => {
  it("closes an epoch when its window is over, and ends it", async () => {
    const LEFT_SECONDS = 4;
    const market = await WholeMarket.open();
    try {
      await market.addVault();
      const keeper = new Keeper({ chain: market.chain, signer: market.keeper, members: [], reporters: [] });
      await market.openEpoch();
      const { deadlineAt } = await market.chain.status();
      await market.passSeconds(deadlineAt - LEFT_SECONDS - (await market.latestTime()));
      expect(await keeper.step(), "the window is open").to.equal(undefined);
      await new Promise((resolve) => setTimeout(resolve, (LEFT_SECONDS + 1) * 1_000));
      expect(await keeper.step()).to.include({ step: "close", detail: "after the window" });
      expect((await market.chain.status()).phase).to.equal("await snapshot");
    } finally {
      await market.close();
    }
  });
});
