import { expect } from "chai";
import fc from "fast-check";
import { DAY, HEARTBEAT, HOUR, KIND, LIMITS, feedAnswer, oracleFixture } from "./oracleFixture.ts";
import type { OracleFixture, Overrides } from "./oracleFixture.ts";

const BPS = 10_000n;
const PPB = 10n ** 9n;

describe("The snapshot oracle: circuit breakers", () => {
  let f: OracleFixture;
  beforeEach(async () => {
    f = await oracleFixture();
  });
  const eventsOf = (receipt: any): any[] => receipt.logs.map((log: any) => f.oracle.interface.parseLog(log));
  const check = (name: string): string => f.ethers.encodeBytes32String(name);

  /** Trips a breaker and changes nothing, instead of reverting. */
  const notAccepted = async (o: Overrides, slot: number, name: string) => {
    const before = [await f.market.epoch(), await f.market.snapshotHash(), ...(await f.oracle.buckets(0))];
    expect(await f.wouldAccept(o)).to.equal(false);
    const receipt = await (await f.publish(o)).wait();
    const trips = eventsOf(receipt).map(({ args }) => [args.slot, args.check]);
    expect(trips).to.deep.include([BigInt(slot), check(name)]);
    expect([await f.market.epoch(), await f.market.snapshotHash(), ...(await f.oracle.buckets(0))]).to.deep.equal(
      before,
    );
  };
  const withMark = (slot: number, change: object) =>
    f.reportsAt(f.PRICE).map((report, i) => (i === slot ? { ...report!, ...change } : report));

  describe("a mark against its feed", () => {
    const most = (20_000_000n * BigInt(LIMITS.deviationBps)) / BPS;

    it("may be off by the limit and no further, for spot and for perp, up and down", async () => {
      for (const [slot, at] of [
        [0, (mark: bigint) => ({ value: mark })],
        [1, (mark: bigint) => ({ delta: mark, notional: mark })],
      ] as const)
        for (const sign of [1n, -1n]) {
          const mark = f.PRICE + sign * most;
          expect(await f.wouldAccept({ reports: withMark(slot, at(mark)) })).to.equal(true);
          await notAccepted({ reports: withMark(slot, at(mark + sign)) }, slot, "deviation");
        }
    });

    it("is refused at any distance: zero, half, a thousandfold", async () => {
      for (const value of [0n, f.PRICE / 2n, 240_000_000n])
        await notAccepted({ reports: withMark(0, { value }) }, 0, "deviation");
      for (const mark of [0n, f.PRICE / 2n, 240_000_000n])
        await notAccepted({ reports: withMark(1, { delta: mark, notional: mark }) }, 1, "deviation");
    });

    it("follows the feed's decimals and the token's", async () => {
      const feed = await f.ethers.deployContract("TestFeed", [18, 2_000n * 10n ** 18n]);
      const token = await f.ethers.deployContract("TestToken", ["Six", "SIX", 6]);
      const change = { feed: await feed.getAddress(), token: await token.getAddress(), lotSize: 10n ** 4n };
      await f.market.setSlot(0, await f.ethSlot(KIND.spot, change), 0n);
      expect(await f.wouldAccept()).to.equal(true);
      await notAccepted({ reports: withMark(0, { value: f.PRICE + most + 1n }) }, 0, "deviation");
    });

    it("is published once the feed has caught up: the same snapshot, not signed again", async () => {
      const later = (f.PRICE * 11n) / 10n;
      const publication = await f.publication({ reports: f.reportsAt(later) });
      expect(await f.oracle.publish.staticCall(...publication)).to.equal(false);
      await f.oracle.publish(...publication);
      await f.feed.updateAnswer(feedAnswer(later));
      await f.oracle.publish(...publication);
      expect(await f.market.epoch()).to.equal(1n);
    });
  });

  describe("a feed that can't confirm", () => {
    it("is one that is older than its own heartbeat, slot by slot", async () => {
      await f.market.setSlot(1, await f.ethSlot(KIND.perp, { feedHeartbeat: 3 * HEARTBEAT }), 0n);
      await f.market.setSlot(2, await f.ethSlot(KIND.option, { feedHeartbeat: 3 * HEARTBEAT }), 0n);
      const [, , , updatedAt] = await f.feed.latestRoundData();
      const publish = async (age: number) => {
        const publication = await f.publication({ observedAt: Number(updatedAt) + age });
        await f.time.setNextBlockTimestamp(Number(updatedAt) + age);
        const receipt = await (await f.oracle.publish(...publication)).wait();
        return eventsOf(receipt).map(({ name, args }: any) =>
          name === "BreakerTripped" ? Number(args.slot) : "accepted",
        );
      };
      expect(await publish(HEARTBEAT)).to.deep.equal(["accepted"]);
      expect(await publish(HEARTBEAT + 1)).to.deep.equal([0]);
      expect(await publish(3 * HEARTBEAT + 1)).to.deep.equal([0, 1, 2]);
    });

    it("is one with an answer of zero or less, absurdly large, or from the future", async () => {
      const now = await f.time.latest();
      for (const answer of [0n, -1n, -feedAnswer(f.PRICE), 2n ** 128n, 2n ** 255n - 1n]) {
        await f.feed.updateAnswer(answer);
        await notAccepted({}, 0, "feed");
      }
      await f.feed.updateRoundData(99, feedAnswer(f.PRICE), now + DAY, now);
      await notAccepted({}, 0, "feed");
    });

    it("is one that reverts, or repeats an old round", async () => {
      const feed: any = await f.ethers.deployContract("FaultyFeed", [8, feedAnswer(f.PRICE)]);
      await f.market.setSlot(0, await f.ethSlot(KIND.spot, { feed: await feed.getAddress() }), 0n);
      expect(await f.wouldAccept()).to.equal(true);
      await feed.setAnsweredInRound(1);
      await notAccepted({}, 0, "feed");
      await feed.setAnsweredInRound(2);
      await feed.setBroken(true);
      await notAccepted({}, 0, "feed");
      await feed.setBroken(false);
      expect(await f.wouldAccept()).to.equal(true);
    });

    it("also stops an option, whose move is measured in it", async () => {
      const feed: any = await f.ethers.deployContract("FaultyFeed", [8, feedAnswer(f.PRICE)]);
      await feed.setBroken(true);
      await f.market.setSlot(2, await f.ethSlot(KIND.option, { feed: await feed.getAddress() }), 0n);
      await notAccepted({}, 2, "feed");
    });
  });

  describe("the sequencer", () => {
    const round = async (answer: number, startedAt: number) =>
      f.sequencer.updateRoundData(
        Number(await f.sequencer.latestRound()) + 1,
        answer,
        await f.time.latest(),
        startedAt,
      );

    it("must be up, and have been for the grace period", async () => {
      const now = await f.time.latest();
      await round(1, now - DAY);
      await notAccepted({}, 255, "sequencer");
      await round(0, now);
      await notAccepted({}, 255, "sequencer");
      await f.time.increaseTo(now + HOUR - 10);
      await f.feed.updateAnswer(feedAnswer(f.PRICE));
      await notAccepted({}, 255, "sequencer");
      await f.time.increase(20);
      await f.publish();
      expect(await f.market.epoch()).to.equal(1n);
    });

    it("is not trusted in a round that has not started", async () => {
      await round(0, 0);
      await notAccepted({}, 255, "sequencer");
      await round(0, (await f.time.latest()) + DAY);
      await notAccepted({}, 255, "sequencer");
    });
  });

  describe("moves", () => {
    const halted = async (): Promise<boolean> => f.market.openedHalted();
    const percent = (price: bigint, by: number): bigint => (price * BigInt(100 + by)) / 100n;

    it("open the epoch halted beyond the capacity, at the real prices", async () => {
      const start = await f.time.latest();
      await f.publishAt(start + 100, f.PRICE);
      const crashed = percent(f.PRICE, -30);
      const tx = await f.publishAt(start + 200, crashed);
      await expect(tx).to.emit(f.oracle, "SnapshotAccepted");
      const trips = eventsOf(await tx.wait()).filter(({ name }) => name === "BreakerTripped");
      expect(trips.map(({ args }) => [args.slot, args.check, args.value, args.bound])).to.deep.equal([
        [0n, check("move"), 300_000_000n, 100_000_000n],
        [1n, check("move"), 300_000_000n, 100_000_000n],
      ]);
      expect(await f.market.epoch()).to.equal(2n);
      expect(await halted()).to.equal(true);
      expect((await f.storedWords())[0]).to.equal(f.toWords(f.reportsAt(crashed))[0]);
    });

    it("count up and down alike, and add up over epochs", async () => {
      let at = await f.time.latest();
      await f.publishAt((at += 100), f.PRICE);
      await f.publishAt((at += 100), percent(f.PRICE, 6));
      expect(await halted()).to.equal(false);
      await f.publishAt((at += 100), f.PRICE);
      expect(await halted()).to.equal(true);
    });

    it("leak away with time", async () => {
      let at = await f.time.latest();
      await f.publishAt((at += 100), f.PRICE);
      await f.publishAt((at += 100), percent(f.PRICE, 9));
      expect((await f.oracle.buckets(0)).levelPpb).to.equal(90_000_000n);
      // 9 % of 10 % has drained after 0.9 windows.
      await f.publishAt((at += (DAY * 8) / 10), percent(f.PRICE, 9));
      expect((await f.oracle.buckets(0)).levelPpb).to.equal(10_000_000n);
      await f.publishAt((at += DAY), percent(f.PRICE, 18));
      expect(await halted()).to.equal(false);
    });

    it("have no window whose end one could wait for: twice the limit in a moment is caught at any time", async () => {
      let at = await f.time.latest();
      await f.publishAt((at += 100), f.PRICE);
      // A day passes since the first observation, to the second; then a limit's worth on either side of its end.
      await f.publishAt((at += DAY - 60), percent(f.PRICE, 9));
      expect(await halted()).to.equal(false);
      await f.publishAt((at += 120), percent(f.PRICE, 18));
      expect(await halted()).to.equal(true);
    });

    it("are counted right over tiny intervals", async () => {
      let at = await f.time.latest();
      let price = f.PRICE;
      await f.publishAt((at += 100), price);
      for (let step = 0; step < 5; step++) await f.publishAt((at += 3), (price = percent(price, 1)));
      expect(await halted()).to.equal(false);
      expect((await f.oracle.buckets(0)).levelPpb > 49_900_000n).to.equal(true);
      const oneSecond = await f.publication({ observedAt: at, reports: f.reportsAt(price) });
      await f.oracle.publish(...oneSecond);
      expect(await halted()).to.equal(false);
    });

    it("stop trading for one window at most after the last of them", async () => {
      let at = await f.time.latest();
      await f.publishAt((at += 100), f.PRICE);
      const crashed = percent(f.PRICE, -80);
      await f.publishAt((at += 100), crashed);
      await f.publishAt((at += DAY / 2), crashed);
      expect(await halted()).to.equal(true);
      await f.publishAt((at += DAY / 2), crashed);
      expect(await halted()).to.equal(false);
    });

    it("of an option are measured in its underlying: the bound on a vol jump", async () => {
      let at = await f.time.latest();
      const option = (value: bigint) =>
        f.reportsAt(f.PRICE).map((report, i) => (i === 2 ? { ...report!, value } : report));
      const capacity = (f.PRICE * BigInt(LIMITS.optionMoveBps)) / BPS;
      await f.publishAt((at += 100), f.PRICE, option(0n));
      await f.publishAt((at += 100), f.PRICE, option(capacity));
      expect(await halted()).to.equal(false);
      await f.publishAt((at += 100), f.PRICE, option(capacity - 20_000n));
      expect(await halted()).to.equal(true);
      await f.publishAt((at += 2 * DAY), f.PRICE, option(0n));
      expect(await halted()).to.equal(false);
    });

    it("of reporters who disagree as far as they may fill no bucket, at the narrowest limits that are taken", async () => {
      const limits = { ...LIMITS, moveBps: 76, optionMoveBps: 151 };
      await f.oracle.tighten(limits);
      let at = await f.time.latest();
      const swung = (bps: bigint): bigint => (f.PRICE * (BPS + bps)) / BPS;
      const optionBps = (bps: bigint): bigint => (f.PRICE * bps) / BPS;
      for (let epoch = 0; epoch < 12; epoch++) {
        const high = epoch % 2 === 0;
        // Two reporters are 25 bps apart: the price of one and 25 bps, that of the other less 25. Options: twice that.
        const price = swung(high ? 38n : -37n);
        const value = optionBps(high ? 275n : 125n);
        const reports = f.reportsAt(price).map((report, i) => (i === 2 ? { ...report!, value } : report));
        await f.time.increaseTo((at += DAY) - 2);
        await f.feed.updateAnswer(feedAnswer(f.PRICE));
        await f.publish({ reports, observedAt: at - 1 });
        expect(await halted(), `epoch ${epoch}`).to.equal(false);
      }
    });

    it("start anew with another series, and only then", async () => {
      let at = await f.time.latest();
      const option = (value: bigint) =>
        f.reportsAt(f.PRICE).map((report, i) => (i === 2 ? { ...report!, value } : report));
      await f.publishAt((at += 100), f.PRICE, option(0n));
      await f.market.setSlot(2, await f.ethSlot(KIND.option, { strike: 5n, orderCap: 60_000n }), 0n);
      await f.publishAt((at += 100), f.PRICE, option(9_000_000n));
      expect(await halted()).to.equal(false);
      await f.market.setSlot(2, await f.ethSlot(KIND.option, { strike: 5n, orderCap: 5_000n, positionCap: 7n }), 0n);
      await f.publishAt((at += 100), f.PRICE, option(0n));
      expect(await halted()).to.equal(true);
    });

    it("of unhalted epochs never add up to more than capacity·(1 + t / window), over any time t", async () => {
      const step = fc.record({
        seconds: fc.integer({ min: 5, max: DAY / 3 }),
        bps: fc.integer({ min: -700, max: 700 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 14 }), async (steps) => {
          f = await oracleFixture();
          let at = await f.time.latest();
          let price = f.PRICE;
          await f.publishAt((at += 100), price);
          const moves: { at: number; ppb: bigint }[] = [];
          for (const { seconds, bps } of steps) {
            const next = (price * (BPS + BigInt(bps))) / BPS;
            const size = next > price ? next - price : price - next;
            await f.publishAt((at += seconds), next);
            if (!(await halted())) moves.push({ at, ppb: (size * PPB) / price });
            price = next;
          }
          const capacity = BigInt(LIMITS.moveBps) * (PPB / BPS);
          for (let i = 0; i < moves.length; i++)
            for (let j = i, sum = 0n; j < moves.length; j++) {
              sum += moves[j]!.ppb;
              const t = BigInt(moves[j]!.at - moves[i]!.at);
              expect(sum <= capacity + (capacity * t) / BigInt(LIMITS.moveWindowSeconds), `${i} to ${j}`).to.equal(
                true,
              );
            }
        }),
        { numRuns: 6 },
      );
    });
  });
});
