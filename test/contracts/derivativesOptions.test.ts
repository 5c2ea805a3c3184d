import { expect } from "chai";
import { Contract } from "ethers";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import {
  callTerms,
  DAY,
  deployTable,
  derivativeTerms,
  FAULT,
  FEED,
  open,
  OPTION,
  PREMIUM,
  setFeed,
} from "../support/derivatives.ts";
import type { TableWorld } from "../support/derivatives.ts";
import { LOT, SLOT_KIND } from "../support/market.ts";

describe("The life of an option", () => {
  let world: TableWorld, table: any, venue: any;
  let ready: { restore(): Promise<void> };
  before(async () => {
    world = await deployTable();
    ({ table, venue } = world);
    await table.executeGroup(0, [0n, 100n]);
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());

  const fault = (name: string, kind: number) =>
    venue.setFault(OPTION, venue.interface.getFunction(name).selector, kind);
  const proposal = async () => (await table.venue(OPTION))[2];
  const expire = () => world.time.increase(7 * DAY);
  const atFeed = async (feed: bigint, payoff: bigint) => {
    await expire();
    await setFeed(world, feed);
    await venue.setPayoff(OPTION, payoff);
  };
  const refused = (call: Promise<unknown>, error: string) =>
    expect(call).to.be.revertedWithCustomError(new Contract(table.target, contractArtifact("Desk").abi), error);

  describe("before expiry", () => {
    it("orders cross at the snapshot's value, moved by its delta with the feed since the epoch was opened", async () => {
      for (const [feed, price] of [
        [FEED, PREMIUM],
        [FEED + 100_000n, PREMIUM + 50_000n],
        [FEED - 100_000n, PREMIUM - 50_000n],
        [FEED - 2_000_000n, 0n],
      ] as const) {
        await setFeed(world, feed);
        await open(world, {});
        // The epoch was opened at the feed's first price.
        await setFeed(world, FEED);
        await open(world, { slipBps: 5_000n });
        await setFeed(world, feed);
        await venue.setPrice(OPTION, price);
        await table.executeGroup(0, [0n, 1n]);
        expect((await table.fill(OPTION)).debitMicroUsd).to.equal(price);
        await ready.restore();
        ready = await world.networkHelpers.takeSnapshot();
      }
    });

    it("the venue's marginal price must be close to that, measured in the underlying", async () => {
      const epsilon = (FEED * 50n) / 10_000n;
      await venue.setMarginal(OPTION, PREMIUM + epsilon);
      await table.executeGroup.staticCall(0, [0n, 1n]);
      await venue.setMarginal(OPTION, PREMIUM + epsilon + 1n);
      await refused(table.executeGroup.staticCall(0, [0n, 1n]), "VenueOffReference");
      await table.executeGroup.staticCall(0, [0n, 0n]);
    });

    it("slip bounds what gamma and vega have done since the snapshot", async () => {
      await open(world, { slipBps: 40n });
      await setFeed(world, FEED + 100_000n);
      await venue.setPrice(OPTION, PREMIUM + 50_000n);
      await expect(table.executeGroup.staticCall(0, [0n, 1n])).to.be.revert(world.ethers);
    });

    it("without liquidity in the snapshot it has no orders, and asks nothing of feed or venue", async () => {
      await open(world, { liquidity: [10_000n, 0n] });
      for (const call of ["positionLots", "cashMicroUsd", "markMicroUsd", "marginalPriceMicroUsd", "trade"])
        await fault(call, FAULT.eatGas);
      await refused(table.executeGroup.staticCall(0, [5n, 1n]), "NoLiquidity");
      await table.executeGroup(0, [5n, 0n]);
      expect((await table.slotAccount(0)).positionLots).to.equal(5n);
      await open(world, { liquidity: [0n, 0n] });
      await setFeed(world, 0n);
      await table.executeGroup(0, [0n, 0n]);
    });

    it("nothing is proposed, and ended early it is sold like any position", async () => {
      await refused(table.proposeExit.staticCall(OPTION), "NotExpired");
      const before = await world.cash.balanceOf(table);
      const { transferredMicroUsd } = (await table.venue(OPTION))[1];
      await table.endSeries(OPTION, 2, 0n);
      expect(await table.exitIndex(OPTION, 2)).to.equal(PREMIUM);
      expect((await world.cash.balanceOf(table)) - before).to.equal(transferredMicroUsd);
    });
  });

  describe("at expiry", () => {
    for (const [name, feed, payoff] of [
      ["in the money", FEED + 700_000n, 700_000n],
      ["at the money", FEED, 0n],
      ["out of the money", FEED - 1n, 0n],
    ] as const) {
      it(`${name}: pays each lot what the venue paid, at once where the feed says the same`, async () => {
        await atFeed(feed, payoff);
        await refused(table.executeGroup.staticCall(0, [0n, 1n]), "OptionExpired");
        await refused(table.endSeries.staticCall(OPTION, 2, 0n), "NoExit");
        const before = (await world.cash.balanceOf(table)) - (await table.insuranceMicroUsd());
        const booked = (await table.venue(OPTION))[1].cashMicroUsd;
        await table.connect(world.thief).proposeExit(OPTION);
        expect(await table.isOver(OPTION)).to.equal(true);
        await refused(table.proposeExit.staticCall(OPTION), "AlreadyProposed");
        await table.endSeries(OPTION, 2, 0n);
        expect(await table.exitIndex(OPTION, 2)).to.equal(payoff);
        expect((await world.cash.balanceOf(table)) - (await table.insuranceMicroUsd()) - before).to.equal(
          booked + 100n * payoff,
        );
        expect(await table.insuranceMicroUsd()).to.equal(0n);
      });
    }

    it("a put pays what its call does not", async () => {
      await venue.setPrice(3, PREMIUM);
      await table.setVenueRule(3, [...(await table.venue(OPTION))[0]]);
      await table.list(
        3,
        derivativeTerms(world, SLOT_KIND.option, {
          strike: 10n * LOT,
          expiry: BigInt(await world.time.latest()) + 100n,
        }),
      );
      await world.time.increase(100);
      await setFeed(world, FEED - 300_000n);
      await table.proposeExit(3);
      expect((await table.venue(3))[2].payoffMicroUsd).to.equal(300_000n);
    });

    it("the venue is asked again while it has not settled, and not needed where nothing is held", async () => {
      await expire();
      await refused(table.proposeExit.staticCall(OPTION), "VenueFailed");
      await fault("settleExpired", FAULT.eatGas);
      await refused(table.proposeExit.staticCall(OPTION), "VenueFailed");
      await fault("settleExpired", FAULT.none);
      await venue.setPayoff(OPTION, 0n);
      await table.proposeExit.staticCall(OPTION);
      await ready.restore();
      ready = await world.networkHelpers.takeSnapshot();
      await table.executeGroup(0, [0n, -100n]);
      await table.rebalanceMargin(OPTION);
      await fault("settleExpired", FAULT.eatGas);
      await fault("positionLots", FAULT.eatGas);
      await expire();
      await setFeed(world, FEED + 5n);
      await table.proposeExit(OPTION);
      await table.endSeries(OPTION, 2, 0n);
      expect(await table.exitIndex(OPTION, 2)).to.equal(5n);
    });
  });

  describe("a payoff that is off the feed's", () => {
    const tolerance = (FEED * 100n) / 10_000n;

    it("stands its time, then ends the series", async () => {
      await atFeed(FEED, tolerance + 1n);
      await table.proposeExit(OPTION);
      expect(await table.isOver(OPTION)).to.equal(false);
      await refused(table.endSeries.staticCall(OPTION, 2, 0n), "NoExit");
      await world.time.increase(3_601);
      await refused(table.vetoExit.staticCall(OPTION), "NotDisputable");
      expect(await table.isOver(OPTION)).to.equal(true);
      await table.endSeries(OPTION, 2, 0n);
      expect(await table.exitIndex(OPTION, 2)).to.equal(tolerance + 1n);
    });

    it("by no more than the tolerance can't be vetoed", async () => {
      await atFeed(FEED, tolerance);
      await table.proposeExit(OPTION);
      await refused(table.vetoExit.staticCall(OPTION), "NotDisputable");
    });

    it("can be vetoed, and then governance says what it pays, within what such an option can pay; the difference is the insurance account's", async () => {
      await atFeed(FEED, 5n * tolerance);
      await table.proposeExit(OPTION);
      await refused(table.setExit.staticCall(OPTION, 0n), "NotVetoed");
      await table.vetoExit(OPTION);
      await refused(table.vetoExit.staticCall(OPTION), "NotDisputable");
      await world.time.increase(3_601);
      expect(await table.isOver(OPTION)).to.equal(false);
      await refused(table.setExit.staticCall(OPTION, 2n * FEED + 1n), "PayoffAboveBound");
      await table.setExit(OPTION, 7n);
      await table.endSeries(OPTION, 2, 0n);
      expect(await table.exitIndex(OPTION, 2)).to.equal(7n);
      expect(await table.insuranceMicroUsd()).to.equal(100n * (5n * tolerance - 7n));
    });

    it("above all such an option can pay is not even proposed", async () => {
      await atFeed(FEED, 2n * FEED + 1n);
      await refused(table.proposeExit.staticCall(OPTION), "PayoffAboveBound");
      await table.endSeries(OPTION, 2, 1n);
      expect((await table.exitIndex(OPTION, 2)) >= 0n).to.equal(true);
    });
  });

  describe("ended by force", () => {
    // The dollars that somebody types who thinks in 18 decimals.
    const TYPED = 5n * 10n ** 18n;
    const BOUND = 1n << 49n;
    const isRefused = (floor: bigint, bound: bigint) =>
      expect(table.endSeries(OPTION, 2, floor))
        .to.be.revertedWithCustomError(desk, "FloorAboveBound")
        .withArgs(OPTION, floor, bound);
    const desk = new Contract("0x0000000000000000000000000000000000000001", contractArtifact("Desk").abi);

    it("pays no more than a lot can be worth: no price reaches 2^49 µUSD", async () => {
      await isRefused(TYPED, BOUND - 1n);
      await isRefused(BOUND, BOUND - 1n);
      await table.endSeries.staticCall(OPTION, 2, BOUND - 1n);
      await expect(table.endSeries(0, 2, BOUND), "a perp").to.be.revertedWithCustomError(desk, "FloorAboveBound");
    });

    it("pays no more than the bound of a payoff that was proposed", async () => {
      await atFeed(FEED, 0n);
      await table.proposeExit(OPTION);
      await isRefused(2n * FEED + 1n, 2n * FEED);
      await table.endSeries.staticCall(OPTION, 2, 2n * FEED);
    });

    it("pays no more for a put than its strike", async () => {
      await table.endSeries(OPTION, 2, PREMIUM);
      await venue.reset(OPTION);
      await venue.setPrice(OPTION, PREMIUM);
      await table.list(OPTION, await callTerms(world, { isCall: false }));
      await open(world);
      await table.executeGroup(0, [0n, 10n]);
      const strike = 10n * 10n ** 6n;
      await expect(table.endSeries(OPTION, 3, strike + 1n))
        .to.be.revertedWithCustomError(desk, "FloorAboveBound")
        .withArgs(OPTION, strike + 1n, strike);
      await table.endSeries(OPTION, 3, strike);
    });
  });

  it("its slot takes the next option, whose account starts empty", async () => {
    await atFeed(FEED + 10n, 10n);
    await table.proposeExit(OPTION);
    await table.endSeries(OPTION, 2, 0n);
    await venue.reset(OPTION);
    await venue.setPrice(OPTION, PREMIUM);
    await table.list(OPTION, await callTerms(world));
    expect((await proposal()).disputeEnds).to.equal(0n);
    await setFeed(world, FEED);
    await open(world);
    await table.executeGroup(0, [0n, 30n]);
    expect((await table.slotAccount(OPTION)).positionLots).to.equal(30n);
  });
});
