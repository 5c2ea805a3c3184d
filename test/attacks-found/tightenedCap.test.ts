import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { deployedAt, sent } from "../../client/deploy/artifacts.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import { Reporter } from "../../client/sdk/roles/reporter.ts";
import { Replay, usualFunding } from "../../prover/index.ts";
import type { PricePath } from "../../prover/index.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/**
 * What a series' end did to a snapshot that was signed already, and does no more, a tighter order cap still does: it is
 * refused (`LiquidityOutOfRange`), and reporters, who look at nothing but the number of listings, do not sign anew before
 * there is a newer observation. An hour of the market is lost, and with it usually the next one: it is halted meanwhile.
 * The operator's step is at once, and its author means to make the market safer.
 */
describe("An order cap that is tightened after the reporters have signed", () => {
  let market: WholeMarket;
  const folder = mkdtempSync(join(tmpdir(), "tacit-tightened-"));
  before(async () => {
    market = await WholeMarket.open();
    await market.refreshPrices();
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await market.close();
  });

  it("does not void the snapshot, or they sign another", async () => {
    const { chain, governance, local } = market;
    const path: PricePath = {
      assets: [...market.prices.keys()],
      hours: 100,
      history: 0,
      source: "modelled",
      description: "the market's",
      at: () => ({
        timeUtc: 1_700_000_000,
        prices: Object.fromEntries([...market.prices].map(([symbol, price]) => [symbol, Number(price) / 1e6])),
        volumes: {},
      }),
    };
    const { now: startTimestamp } = await chain.status();
    const reporters = [0, 1].map((number) => {
      const state = new StateFolder(join(folder, String(number)));
      writeFileSync(state.file("key.hex"), market.reporters[number]!.privateKey, { mode: 0o600 });
      const data = new Replay(path, usualFunding, { startTimestamp, secondsPerHour: 3_600 });
      return new Reporter({ chain, state, data });
    });
    for (const reporter of reporters) await reporter.step();
    const publish = (): Promise<unknown> => market.publish(reporters.map((reporter) => reporter.latest()!));
    const untouched = await market.checkpoint();
    await publish();
    expect((await chain.status()).epoch, "as it should be").to.equal(1);
    await untouched();

    const desk = deployedAt("Desk", local.deployment.desk, governance);
    await sent(desk, "tightenOrderCap", 0, 1);
    for (const reporter of reporters) await reporter.step();
    const refusal = await publish().then(
      () => undefined,
      ({ message }: Error) => message,
    );
    expect(refusal).to.equal(undefined);
    expect((await chain.status()).epoch).to.equal(1);
  });
});
