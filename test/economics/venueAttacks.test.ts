import { expect } from "chai";
import { depositMargin, movePerpPrice, refreshIndex, tradePerp } from "../../client/deploy/local/curie.ts";
import { fundQuote, moveVol, setSpot } from "../../client/deploy/local/lyra.ts";
import { OPTION, PERP, VENUE_RULE } from "../support/derivatives.ts";
import { USD } from "../support/market.ts";
import { deployRealTable, ETH, PERP_FEE_PIPS } from "../support/realVenues.ts";
import type { RealTable } from "../support/realVenues.ts";
import { revertReason } from "../support/thrown.ts";

/** $20,000 of perp, of what moves a pool of $5 million a side by a fifth of a per cent. */
const NET_LOTS = 1_000n;
/** A slot that allows Curie's fee and five basis points; κ adds ten for a hundredth of the liquidity. */
const FEE_BPS = 10n;
const SMALL_LOTS = 100n;
const LOT_MICRO_USD = ETH / 100n;
const SLIP_BPS = 50n;
const HEARTBEAT_SECONDS = 7_200;
const EPSILON_BPS = 100n;
const BPS = 10_000n;
const QUOTE = 10n ** 12n;
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
const shifted = (price: bigint, bps: bigint): bigint => price + (price * bps) / BPS;

/**
 * What is tried on prices of Uniswap pools is in `crossing.test.ts` and `sandwich.test.ts`; adapters that lie are in
 * `test/contracts/derivativesVenue.test.ts`.
 */
describe("Attacks on the real Curie and Lyra around a clearing", () => {
  let world: RealTable;
  let ready: { restore(): Promise<void> };
  before(async () => {
    world = await deployRealTable(FEE_BPS, HEARTBEAT_SECONDS);
    await depositMargin(world.curie, world.attacker, 100_000_000n * USD);
    await fundQuote(world.attacker, world.lyra, 10_000_000n * USD);
    await world.open(SLIP_BPS);
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());

  const clear = (perp: bigint, option = 0n): Promise<string | undefined> =>
    revertReason(async () => (await world.table.executeGroup(0, [perp, option])).wait());
  const chargeOf = async (slot: number): Promise<bigint> => (await world.table.fill(slot)).chargeMicroUsd;
  const markOf = async (): Promise<bigint> => BigInt((await world.table.venue(PERP))[1].markMicroUsd);
  /** Everything of the market's that a failed clearing must leave alone. */
  const holdings = async (): Promise<unknown[]> => [
    await world.cash.balanceOf(world.table),
    await world.table.insuranceMicroUsd(),
    ...(await Promise.all([PERP, OPTION].map((i) => world.table.slotAccount(i)))),
    await world.perps.positionLots(PERP),
    await world.options.positionLots(OPTION),
    await world.options.cashMicroUsd(OPTION),
  ];

  describe("The perp's pool, pushed before the clearing and traded back after it,", () => {
    /** @returns µUSD that the attacker has gained, and why the group failed if it did */
    async function sandwich(pushBps: bigint, lots: bigint): Promise<{ gained: bigint; failure: string | undefined }> {
      const { curie, attacker, perp } = world;
      const worth = async (): Promise<bigint> =>
        ((await curie.clearingHouse.getFunction("getAccountValue")(attacker.address)) as bigint) / QUOTE;
      const before = await worth();
      if (pushBps !== 0n) await movePerpPrice(curie, attacker, perp, shifted(ETH, pushBps));
      const failure = await clear(lots);
      const size = (await curie.accountBalance.getFunction("getTakerPositionSize")(
        attacker.address,
        perp.baseToken.target,
      )) as bigint;
      if (size !== 0n) await tradePerp(curie, attacker, perp, -size);
      return { gained: (await worth()) - before, failure };
    }

    for (const side of [1n, -1n]) {
      it(`trades nothing beyond ε, and the push is paid by who made it (${side > 0n ? "buying" : "selling"})`, async () => {
        const before = await holdings();
        for (const pushBps of [EPSILON_BPS + 10n, 300n, -EPSILON_BPS - 10n, -300n]) {
          const { gained, failure } = await sandwich(pushBps, side * NET_LOTS);
          expect(failure, `pushed by ${pushBps}`).to.equal("VenueOffReference");
          expect(gained < 0n).to.equal(true);
          expect(await holdings()).to.deep.equal(before);
          await ready.restore();
        }
      });

      it(`within ε it earns no more than the slip that proofs allow for, less Curie's fee (${side > 0n ? "buying" : "selling"})`, async () => {
        const most = (NET_LOTS * LOT_MICRO_USD * (SLIP_BPS - BigInt(PERP_FEE_PIPS) / 100n)) / BPS;
        for (const push of [10n, 30n, 45n, 95n]) {
          for (const pushBps of [push, -push]) {
            const { gained, failure } = await sandwich(pushBps, side * NET_LOTS);
            if (failure === undefined) expect((await chargeOf(PERP)) * BPS <= SLIP_BPS * LOT_MICRO_USD).to.equal(true);
            else expect(failure).to.be.oneOf(["AboveSlip", "LimitExceeded"]);
            expect(gained <= most, `pushed by ${pushBps}: ${gained} µUSD`).to.equal(true);
            await ready.restore();
          }
        }
      });
    }

    it("gets a small net for the slot's own fee and not for the slip: a push of a fifth of a per cent fills nothing", async () => {
      expect((await sandwich(20n, SMALL_LOTS)).failure).to.equal("LimitExceeded");
      await ready.restore();
      const { gained, failure } = await sandwich(8n, SMALL_LOTS);
      expect([failure, gained < 0n]).to.deep.equal([undefined, true]);
    });

    it("has hardly moved the mark that all orders cross at, and keeping it there for half an hour moves it no further than the feed's clamp", async () => {
      const { curie, attacker, perp, time, table } = world;
      await movePerpPrice(curie, attacker, perp, shifted(ETH, 900n));
      await table.checkpoint();
      expect(abs((await markOf()) - LOT_MICRO_USD) * 1_000n <= LOT_MICRO_USD).to.equal(true);
      const clampBps = 100n;
      await table.setVenueRule(PERP, { ...VENUE_RULE, clampBps });
      await time.increase(1_800);
      await refreshIndex(attacker, perp);
      await table.checkpoint();
      expect((await world.perps.markMicroUsd(PERP)) > shifted(LOT_MICRO_USD, 2n * clampBps)).to.equal(true);
      expect(await markOf()).to.equal(shifted(LOT_MICRO_USD, clampBps));
    });
  });

  describe("Lyra's price, moved before the clearing,", () => {
    it("fills within the band or not at all, whichever way its spot is off the feed's", async () => {
      const outcomes = new Set<string>();
      for (const dollars of [1_900n, 1_960n, 1_985n, 1_995n, 2_005n, 2_015n, 2_040n, 2_100n]) {
        for (const lots of [SMALL_LOTS, -SMALL_LOTS]) {
          const before = await holdings();
          await setSpot(world.governor, world.lyra, dollars * USD);
          const failure = await clear(0n, lots);
          outcomes.add(failure ?? "cleared");
          if (failure === undefined)
            expect((await chargeOf(OPTION)) * BPS <= (FEE_BPS + 10n) * LOT_MICRO_USD + BPS).to.equal(true);
          else expect(await holdings()).to.deep.equal(before);
          await ready.restore();
        }
      }
      // Or Lyra wants more than the most that the market has sent there for the premium.
      expect([...outcomes]).to.have.members([
        "cleared",
        "VenueOffReference",
        "LimitExceeded",
        "ERC20: transfer amount exceeds balance",
      ]);
    });

    it("fills nothing at a vol that somebody has bought up", async () => {
      const { attacker, lyra, strikeId } = world;
      await moveVol(attacker, lyra, strikeId, 1.2);
      for (const lots of [SMALL_LOTS, -SMALL_LOTS]) expect(await clear(0n, lots)).to.equal("VenueOffReference");
    });
  });

  describe("A venue that has stopped", () => {
    it("knowing prices: while Curie's index is old, the mark is held to the feed, and a pool that has gone on fills nothing", async () => {
      const { feed, curie, attacker, perp, table } = world;
      const rule = { ...VENUE_RULE, clampBps: 500n };
      await table.setVenueRule(PERP, rule);
      await feed.updateAnswer((shifted(ETH, -800n) * 10n ** 8n) / USD);
      await table.checkpoint();
      const now = shifted(LOT_MICRO_USD, -800n);
      expect(await markOf()).to.equal(now + (now * rule.clampBps) / BPS);
      await movePerpPrice(curie, attacker, perp, shifted(ETH, -800n));
      expect(await clear(NET_LOTS)).to.equal("VenueOffReference");
      expect(await clear(-NET_LOTS)).to.equal("VenueOffReference");
    });

    it("because the feed has been silent for longer than its heartbeat: neither slot trades however good the last price looks, and both do when it speaks again", async () => {
      const { feed, table, time } = world;
      const mark = await markOf();
      const before = await holdings();
      const { updatedAt } = await feed.latestRoundData();
      await time.increaseTo(updatedAt + BigInt(HEARTBEAT_SECONDS));
      expect(
        [await clear(SMALL_LOTS), await clear(0n, SMALL_LOTS)],
        "the snapshot was made while it spoke",
      ).to.deep.equal(["ReferenceNotFresh", "ReferenceNotFresh"]);
      await table.checkpoint();
      expect([await clear(SMALL_LOTS), await clear(0n, SMALL_LOTS)]).to.deep.equal([
        "ReferenceNotFresh",
        "ReferenceNotFresh",
      ]);
      expect([await holdings(), await markOf()]).to.deep.equal([before, mark]);

      await world.price(ETH / USD);
      await world.open(SLIP_BPS);
      expect([await clear(SMALL_LOTS), await clear(0n, SMALL_LOTS)]).to.deep.equal([undefined, undefined]);
    });

    it("because the feed says nothing: neither slot trades, and no mark moves", async () => {
      const mark = await markOf();
      await world.feed.updateAnswer(0);
      expect([await clear(SMALL_LOTS), await clear(0n, SMALL_LOTS)]).to.deep.equal([
        "ReferenceNotFresh",
        "ReferenceNotFresh",
      ]);
      await world.table.checkpoint();
      expect([await clear(SMALL_LOTS), await clear(0n, SMALL_LOTS), await markOf()]).to.deep.equal([
        "ReferenceNotFresh",
        "ReferenceNotFresh",
        mark,
      ]);
    });

    it("is passed over: with Lyra paused or its rate invalid the perp clears, with Curie paused the option does, and snapshots go on", async () => {
      const { lyra: venue, curie, table } = world;
      const { synthetixAdapter, exchangeRates } = venue.lyra as any;
      for (const stop of [
        () => synthetixAdapter.setMarketPaused(venue.optionMarket.target, true),
        () => exchangeRates.setRateAndInvalid(venue.key, 2_000n * 10n ** 18n, true),
      ]) {
        await (await stop()).wait();
        const before = await holdings();
        expect(await clear(SMALL_LOTS, SMALL_LOTS)).to.equal("VenueSilent");
        expect(await holdings()).to.deep.equal(before);
        expect(await clear(SMALL_LOTS)).to.equal(undefined);
        await table.checkpoint();
        await ready.restore();
      }
      await (curie.clearingHouse as any).pause();
      const before = await holdings();
      expect(await clear(SMALL_LOTS)).to.equal("Pausable: paused");
      expect(await holdings()).to.deep.equal(before);
      await table.checkpoint();
      await table.setVenueRule(OPTION, { ...VENUE_RULE, epsilonBps: EPSILON_BPS });
      expect(await clear(0n, -SMALL_LOTS)).to.equal(undefined);
    });

    it("having liquidity: an order beyond what Curie or Lyra fill at all, or near the mark, changes nothing", async () => {
      const before = await holdings();
      expect(await clear(60_000n), "Curie's own bound on what a trade may move").to.equal("EX_OPB");
      for (const side of [1n, -1n]) expect(await clear(side * 20_000n)).to.equal("AboveSlip");
      expect(await clear(0n, 60_000n)).to.equal("AboveSlip");
      expect(await holdings()).to.deep.equal(before);
    });
  });
});
