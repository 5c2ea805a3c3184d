import { expect } from "chai";
import { readHalt } from "../../client/sdk/chain/halt.ts";
import type { BreakerTrip } from "../../client/sdk/chain/types.ts";
import { serve } from "../../client/node/http.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import type { KeeperStep } from "../../client/sdk/roles/keeper.ts";
import { commandOn } from "../support/program.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Longer than the time in which an epoch takes submissions, which is ten minutes. */
const COOL_DOWN_SECONDS = 1_800;

/** What ends a halt, and what does not: real prices in real feeds and pools move, the real oracle halts. */
describe("A halt", function () {
  this.timeout(120_000);
  let market: WholeMarket;
  let keeper: Keeper;
  let urls: string[];
  let toStart: () => Promise<void>;
  let present: boolean;
  const closers: (() => void)[] = [];
  before(async () => {
    market = await WholeMarket.open({ config: { haltCoolDown: COOL_DOWN_SECONDS, snapshotWindow: DAY } });
    urls = await Promise.all(
      market.reporters.map(async (_, i) => {
        const { url, close } = await serve(
          { snapshot: async () => (present ? (await market.statements())[i] : undefined) },
          0,
        );
        closers.push(close);
        return url;
      }),
    );
    await market.openEpoch();
    await endEpoch();
    toStart = await market.checkpoint();
  });
  beforeEach(async () => {
    await toStart();
    toStart = await market.checkpoint();
    present = false;
    keeper = new Keeper({ chain: market.chain, signer: market.keeper, members: [], reporters: urls });
  });
  after(async () => {
    closers.forEach((close) => close());
    await market.close();
  });

  async function endEpoch(): Promise<void> {
    await market.passDeadline();
    await market.step("close");
  }
  /** What the keeper does until nothing is due. */
  async function steps(): Promise<KeeperStep["step"][]> {
    const done = await keeper.step();
    return done === undefined ? [] : [done.step, ...(await steps())];
  }
  /** The reporters sign once, on prices that feeds and pools have. */
  async function withReporters(): Promise<KeeperStep["step"][]> {
    await market.refreshPrices();
    await market.passSeconds(120);
    present = true;
    const taken = await steps();
    present = false;
    return taken;
  }
  const opened = async (): Promise<{ epoch: number; halted: boolean }> => {
    const { epoch, openedHalted } = await market.chain.status();
    return { epoch, halted: openedHalted };
  };
  const crash = (): void => void market.prices.set("ETH", (market.prices.get("ETH")! * 75n) / 100n);

  it("by a crash ends at a keeper's hand when it has cooled down, and not before", async () => {
    crash();
    expect(await withReporters()).to.deep.equal(["publish"]);
    expect(await opened()).to.deep.equal({ epoch: 2, halted: true });
    const halt = (await readHalt(market.chain))!;
    expect(halt).to.deep.include({
      reasons: ["breaker"],
      openedSince: true,
      resumableAt: halt.haltedAt + COOL_DOWN_SECONDS,
    });
    const [{ movesPpb, ...trip }, ...others] = halt.trips as [BreakerTrip, ...BreakerTrip[]];
    expect([trip, others]).to.deep.equal([{ epoch: 2, slot: 0, check: "move", limitPpb: 200_000_000n }, []]);
    expect(Number(movesPpb), "a quarter").to.be.closeTo(250_000_000, 100);

    await market.passDeadline();
    expect(await steps(), "the epoch goes on without orders").to.deep.equal(["close"]);
    await market.passSeconds(halt.resumableAt - (await market.chain.status()).now - 5);
    expect(await steps(), "a few seconds early").to.deep.equal([]);
    await market.passSeconds(5);
    expect(await steps()).to.deep.equal(["resume"]);
    expect(await market.chain.status()).to.include({ epoch: 2, halted: false, openedHalted: true });
  });

  it("comes back with the next snapshot while the move is still too far, and not when it has drained", async () => {
    crash();
    await withReporters();
    await endEpoch();
    await market.passSeconds(COOL_DOWN_SECONDS);
    // The keeper goes first, so that no snapshot is opened halted only because nobody had looked.
    expect(await withReporters()).to.deep.equal(["resume", "publish"]);
    expect(await opened()).to.deep.equal({ epoch: 3, halted: true });
    expect((await readHalt(market.chain))!.trips.map(({ epoch }) => epoch)).to.deep.equal([3]);
    await endEpoch();
    // Five of the twenty-five per cent have to drain, of twenty in a day.
    await market.passSeconds(6 * HOUR);
    expect(await withReporters()).to.deep.equal(["resume", "publish"]);
    expect(await opened()).to.deep.equal({ epoch: 4, halted: false });
  });

  it("by the guardian's hand is left to people, also where a breaker has tripped before or since", async () => {
    for (const trips of [false, true]) {
      if (trips) {
        crash();
        await withReporters();
        await endEpoch();
      }
      await market.step("halt", [], market.governance);
      await market.passSeconds(COOL_DOWN_SECONDS);
      expect(await steps(), trips ? "after a breaker" : "alone").to.deep.equal([]);
      expect(await withReporters(), "the epoch opens halted").to.deep.equal(["publish"]);
      await endEpoch();
      await market.passSeconds(COOL_DOWN_SECONDS);
      expect(await steps()).to.deep.equal([]);
      await market.step("resume", [], market.outsider);
    }
  });

  it("for want of a snapshot lasts for the first epoch after the silence, and no longer", async () => {
    await market.passDeadline();
    expect(await steps()).to.deep.equal(["haltStale"]);
    await market.passSeconds(COOL_DOWN_SECONDS + 1);
    expect(await steps(), "there is none yet").to.deep.equal([]);
    expect(await readHalt(market.chain)).to.deep.include({ reasons: ["no snapshot"], openedSince: false });
    expect(await withReporters()).to.deep.equal(["publish", "resume"]);
    expect(await opened()).to.deep.equal({ epoch: 2, halted: true });
    await endEpoch();
    expect(await withReporters()).to.deep.equal(["publish"]);
    expect(await opened()).to.deep.equal({ epoch: 3, halted: false });
  });

  describe("on the command line", () => {
    let command: Awaited<ReturnType<typeof commandOn>>;
    before(async () => void (command = await commandOn(market)));
    after(() => command.close());

    it("says since when, why, and how it ends, and can be ended by anybody once it has cooled down", async () => {
      const { tacit, answer, refusal, at } = command;
      const me = ["--state", at("anybody")];
      await answer("local", "fund", ...me);
      expect((await tacit("market", "show")).output).to.match(/halted +no\n/);
      expect(await refusal("market", "resume", ...me)).to.match(/the market is not halted/);

      crash();
      await withReporters();
      const { haltedAt, resumableAt } = (await readHalt(market.chain))!;
      const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(".000", "");
      const shown = (await tacit("market", "show")).output;
      expect(shown)
        .to.contain(`since ${iso(haltedAt)} by a breaker`)
        .and.contain("ETH: its moves add up to 25.0 %, the limit is 20.0 %");
      expect(shown)
        .to.contain(`keepers end it; from ${iso(resumableAt)} on anybody may end it (tacit market resume)`)
        .and.match(/at standing prices none does from \S+Z on/);
      expect(await refusal("market", "resume", ...me)).to.contain(`anybody may resume it from ${iso(resumableAt)} on`);
      await endEpoch();
      await market.passSeconds(COOL_DOWN_SECONDS);
      expect(await answer("market", "resume", ...me)).to.include({ resumed: true });
      expect((await tacit("market", "show")).output).to.match(/no longer: epoch 2 opened halted/);

      await market.step("halt", [], market.governance);
      expect((await tacit("market", "show")).output)
        .to.contain("by the guardian's hand")
        .and.contain("not by itself");
    });

    it("by silence names what the feeds had against the snapshot that was shown", async () => {
      market.prices.set("ETH", (market.prices.get("ETH")! * 102n) / 100n);
      await market.passSeconds(120);
      await market.publish((await market.statements()).slice(0, 2));
      await market.passDeadline();
      expect(await steps()).to.deep.equal(["haltStale"]);
      const shown = (await command.tacit("market", "show")).output;
      expect(shown)
        .to.contain("by a snapshot that did not come in time")
        .and.contain("keepers end it when a snapshot has come");
      expect(shown).to.match(/ETH: a snapshot was refused that said \$10\.20 a lot, where its feed said \$10\.00/);
    });
  });
});
