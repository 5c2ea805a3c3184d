import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import {
  adapterParts,
  addOptionLiquidity,
  createBoard,
  createOptionVenue,
  deployLyra,
  fundQuote,
  moveVol,
  setSpot,
} from "../../client/deploy/local/lyra.ts";
import { closeTo } from "../support/closeTo.ts";

const { ethers, networkHelpers } = await hre.network.create();
const USD = 10n ** 6n;
const ETHER = 10n ** 18n;
/** A lot is a tenth of a contract. */
const LOT_SIZE = 10n ** 17n;
const CALL = 1;
const PUT = 2;
const OTHER = 3;
const UNLISTED = 15;
const ANY_COST = 2n ** 120n;
const MONTH = 30 * 86_400;
const HOUR = 3_600;

async function setUp() {
  const [governance, market, lp, trader] = await ethers.getSigners();
  const { abi, bytecode } = contractArtifact("AccessManager");
  const manager: any = await new ethers.ContractFactory(abi as any, bytecode, governance).deploy(governance!.address);
  const cash: any = await ethers.deployContract("TestToken", ["Test dollar", "tUSD", 6]);
  for (const account of [market!, lp!, trader!]) await cash.mint(account.address, 100_000_000n * USD);
  const lyra = await deployLyra(governance!, cash.target);
  const venue = await createOptionVenue(lyra, governance!, { symbol: "ETH", priceMicroUsd: 2_000n * USD });
  await addOptionLiquidity(lp!, venue, 5_000_000n * USD);
  const expiry = (await networkHelpers.time.latest()) + MONTH;
  const board = await createBoard(governance!, venue, {
    expiry,
    strikesMicroUsd: [1_800n, 2_000n, 2_200n].map((k) => k * USD),
    vols: [0.82, 0.8, 0.81],
  });
  await fundQuote(trader!, venue, 10_000_000n * USD);
  const adapter: any = await ethers.deployContract("LyraAdapter", [
    manager.target,
    market!.address,
    cash.target,
    adapterParts(venue),
    HOUR,
  ]);
  const [, strikeId] = board.strikeIds as [bigint, bigint, bigint];
  await adapter.list(CALL, strikeId, true, LOT_SIZE);
  await adapter.list(PUT, strikeId, false, LOT_SIZE);
  await adapter.list(OTHER, strikeId, true, LOT_SIZE);
  await cash.connect(market).approve(adapter.target, ethers.MaxUint256);
  return {
    governance: governance!,
    market: market!,
    lp: lp!,
    trader: trader!,
    cash,
    lyra,
    venue,
    expiry,
    board,
    strikeId,
    adapter,
  };
}

describe("Option trading on Lyra v1", () => {
  let f: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(setUp);
  });

  const asMarket = (): any => f.adapter.connect(f.market);
  const deposit = (amount: bigint, slot = CALL) => asMarket().deposit(slot, amount);
  const trade = (lots: bigint, slot = CALL, limit = lots > 0n ? ANY_COST : 0n) => asMarket().trade(slot, lots, limit);
  const lots = (slot = CALL): Promise<bigint> => f.adapter.positionLots(slot);
  const cash = (slot = CALL): Promise<bigint> => f.adapter.cashMicroUsd(slot);
  const mark = (slot = CALL): Promise<bigint> => f.adapter.markMicroUsd(slot);
  const marginal = (slot = CALL): Promise<bigint> => f.adapter.marginalPriceMicroUsd(slot);
  /** What the market got from a step, µUSD. */
  async function received(act: () => Promise<unknown>): Promise<bigint> {
    const before = (await f.cash.balanceOf(f.market.address)) as bigint;
    await act();
    return (await f.cash.balanceOf(f.market.address)) - before;
  }
  async function expire(dollars: bigint): Promise<void> {
    await networkHelpers.time.increaseTo(f.expiry + 1);
    await setSpot(f.governance, f.venue, dollars * USD);
  }
  /** Spot jumps and the cached Greeks with it. */
  const jump = (dollars: bigint): Promise<void> => setSpot(f.governance, f.venue, dollars * USD);

  for (const [name, slot] of [
    ["calls", CALL],
    ["puts", PUT],
  ] as const) {
    describe(`of ${name}`, () => {
      it("trades exactly the lots asked for, both ways and across zero, at about the quoted price and Lyra's fees", async () => {
        await deposit(100_000n * USD, slot);
        let held = 0n;
        for (const size of [50n, -20n, -80n, 20n, 60n, -30n]) {
          const [before, price] = [await cash(slot), await marginal(slot)];
          await trade(size, slot);
          held += size;
          expect(await lots(slot)).to.equal(held);
          const perLot = Number(before - (await cash(slot))) / Number(size);
          // A tenth of a per cent of spot, one per cent of the premium, and the vol it moved.
          const off = (perLot - Number(price)) * (size > 0n ? 1 : -1);
          expect(off / 1e6).to.satisfy(closeTo(0.8, 0.7));
        }
        expect(held).to.equal(0n);
      });

      it("leaves in cash what closing brought: the whole account can then be withdrawn, to the last µUSD", async () => {
        for (const size of [50n, -50n]) {
          await deposit(20_000n * USD, slot);
          await trade(size, slot);
          await jump(size > 0n ? 2_050n : 1_980n);
          await trade(-size, slot);
          const left = await cash(slot);
          expect(await received(() => asMarket().withdraw(slot, ANY_COST))).to.equal(left);
          expect(await cash(slot)).to.equal(0n);
        }
      });

      for (const [money, spot] of [
        ["in", slot === CALL ? 2_345n : 1_765n],
        ["at", 2_000n],
        ["out of", slot === CALL ? 1_700n : 2_500n],
      ] as const) {
        it(`pays what it is worth when it expires ${money} the money, long and short`, async () => {
          const payoff = money === "in" ? (slot === CALL ? 34_500_000n : 23_500_000n) : 0n;
          for (const size of [40n, -40n]) {
            const snapshot = await networkHelpers.takeSnapshot();
            await deposit(30_000n * USD, slot);
            await trade(size, slot);
            await expire(spot);
            expect(await mark(slot)).to.equal(payoff);
            const before = await cash(slot);
            await f.adapter.connect(f.trader).settleExpired(slot);
            expect(await lots(slot)).to.equal(0n);
            expect((await cash(slot)) - before).to.equal(size * payoff);
            expect(await f.adapter.settleExpired.staticCall(slot)).to.equal(payoff);
            expect(await mark(slot)).to.equal(payoff);
            expect(await received(() => asMarket().withdraw(slot, ANY_COST))).to.equal(before + size * payoff);
            await snapshot.restore();
          }
        });
      }
    });
  }

  it("keeps positions exact over any trades", async () => {
    await deposit(1_000_000n * USD);
    const sizes = fc.array(
      fc.integer({ min: -60, max: 60 }).filter((size) => size !== 0),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(sizes, async (sizes) => {
        const [start, before] = [await lots(), await cash()];
        for (const size of sizes) await trade(BigInt(size));
        expect(await lots()).to.equal(start + BigInt(sizes.reduce((a, b) => a + b, 0)));
        expect(await cash()).to.be.lessThan(before + 1_000_000n * USD);
      }),
      { numRuns: 4 },
    );
  });

  it("trades within its limit, and not one µUSD beyond", async () => {
    await deposit(50_000n * USD);
    for (const size of [30n, -50n, 50n]) {
      const time = (await networkHelpers.time.latest()) + 100;
      const snapshot = await networkHelpers.takeSnapshot();
      const before = await cash();
      await networkHelpers.time.setNextBlockTimestamp(time);
      await trade(size);
      const moved = (await cash()) - before;
      await snapshot.restore();
      const limit = size > 0n ? -moved : moved;
      await networkHelpers.time.setNextBlockTimestamp(time);
      await expect(
        asMarket().trade.staticCall(CALL, size, size > 0n ? limit - 1n : limit + 1n, { blockTag: "pending" }),
      ).to.be.revertedWithCustomError(f.adapter, "LimitExceeded");
      await networkHelpers.time.setNextBlockTimestamp(time);
      await trade(size, CALL, limit);
    }
  });

  it("trades for a million and a half gas, and twice that across zero", async () => {
    await deposit(50_000n * USD);
    for (const [size, most] of [
      [30n, 1_500_000],
      [20n, 1_500_000],
      [-80n, 3_000_000],
      [10n, 1_700_000],
    ] as const) {
      const receipt = await (await trade(size)).wait();
      expect(Number(receipt.gasUsed)).to.be.lessThan(most);
    }
    for (const view of ["cashMicroUsd", "markMicroUsd", "positionLots", "marginalPriceMicroUsd"]) {
      expect(Number(await f.adapter.getFunction(view).estimateGas(CALL))).to.be.lessThan(600_000);
    }
  });

  it("uses the slot's account alone, and no cash of the market", async () => {
    await deposit(20_000n * USD, OTHER);
    await deposit(20_000n * USD);
    expect(await received(() => trade(-30n))).to.equal(0n);
    expect([await lots(OTHER), await cash(OTHER)]).to.deep.equal([0n, 20_000n * USD]);
    await expect(trade(2_000n)).to.revert(ethers);
  });

  it("makes all cash of a short its collateral, and gives back what is above the initial requirement", async () => {
    await deposit(20_000n * USD);
    await trade(-50n);
    const [initial, maintenance] = (await f.adapter.requirementMicroUsd(CALL, -50n)) as [bigint, bigint];
    const before = await cash();
    const got = await received(() => asMarket().withdraw(CALL, ANY_COST));
    expect(got).to.be.greaterThan(0n);
    expect(before - (await cash())).to.equal(got);
    // Equity, as the market reckons it for options.
    const equity = (await cash()) - 50n * (await mark());
    expect(equity).to.be.closeTo(initial, 50_000n);
    expect(initial).to.be.greaterThan(maintenance);
    expect(await received(() => asMarket().withdraw(CALL, ANY_COST))).to.be.lessThan(50_000n);
    await deposit(1_000n * USD);
    expect(await received(() => asMarket().withdraw(CALL, 400n * USD))).to.equal(400n * USD);
  });

  it("asks for what Lyra wants: above it a short is safe, below it Lyra liquidates, and the rest of the account remains", async () => {
    await deposit(20_000n * USD);
    await trade(-50n);
    await asMarket().withdraw(CALL, ANY_COST);
    const liquidate = (): Promise<unknown> =>
      f.adapter
        .listings(CALL)
        .then(({ positionId }: any) =>
          (f.venue.optionMarket.connect(f.trader) as any).liquidatePosition(positionId, f.trader.address),
        );
    const equity = async (): Promise<bigint> => (await cash()) + (await lots()) * (await mark());
    await jump(2_050n);
    expect(await equity()).to.be.greaterThan((await f.adapter.requirementMicroUsd(CALL, -50n))[1]);
    await expect(liquidate()).to.revert(ethers);
    await jump(2_300n);
    expect(await equity()).to.be.lessThan((await f.adapter.requirementMicroUsd(CALL, -50n))[1]);
    const before = await equity();
    await liquidate();
    expect(await lots()).to.equal(0n);
    expect(await cash())
      .to.be.lessThan(before)
      .and.greaterThan(0n);
    const left = await cash();
    expect(await received(() => asMarket().withdraw(CALL, ANY_COST))).to.equal(left);
    // The slot can trade on.
    await deposit(20_000n * USD);
    await trade(-5n);
    expect(await lots()).to.equal(-5n);
  });

  it("wants nothing for a long option or none, and lets all cash beside it go", async () => {
    await deposit(20_000n * USD);
    await trade(40n);
    expect(await f.adapter.requirementMicroUsd(CALL, 40n)).to.deep.equal([0n, 0n]);
    expect(await f.adapter.requirementMicroUsd(CALL, 0n)).to.deep.equal([0n, 0n]);
    const left = await cash();
    expect(await received(() => asMarket().withdraw(CALL, ANY_COST))).to.equal(left);
    // What closing brings is there for the next order.
    await trade(-40n);
    expect(await cash()).to.be.greaterThan(40n * 16n * USD);
  });

  it("marks by an hour's average, while the marginal price is that of the moment", async () => {
    const [averaged, now] = [await mark(), await marginal()];
    expect(Number(averaged) / Number(now)).to.satisfy(closeTo(1, 1e-6));
    // 2,000 · 0.4 · 0.8 · √(30/365) and a little less.
    expect(Number(now) / 1e5).to.satisfy(closeTo(182.5, 1));
    await moveVol(f.trader, f.venue, f.strikeId, 0.9);
    expect(Number(await marginal()) / Number(now)).to.satisfy(closeTo(1.125, 0.002));
    expect(Number(await mark()) / Number(averaged)).to.satisfy(closeTo(1, 0.001));
    await networkHelpers.time.increase(HOUR / 2);
    expect(Number(await mark()) / Number(averaged)).to.satisfy(closeTo(1.062, 0.004));
  });

  it("closes at Lyra's worse price what Lyra takes no ordinary trades in any more", async () => {
    await deposit(20_000n * USD);
    await deposit(20_000n * USD, PUT);
    await trade(20n);
    await trade(-20n, PUT);
    await networkHelpers.time.increaseTo(f.expiry - 120);
    await jump(2_100n);
    await expect(trade(1n)).to.revert(ethers);
    await trade(-20n);
    await trade(20n, PUT);
    expect([await lots(), await lots(PUT)]).to.deep.equal([0n, 0n]);
  });

  it("gives up cleanly where Lyra is paused, has no liquidity, no price or no more time", async () => {
    await deposit(50_000n * USD);
    await deposit(40_000_000n * USD);
    await trade(10n);
    const unchanged = async (act: () => Promise<unknown>): Promise<void> => {
      const before = [await lots(), await cash()];
      await expect(act()).to.revert(ethers);
      expect([await lots(), await cash()]).to.deep.equal(before);
    };
    await unchanged(() => trade(25_000n));
    await unchanged(() => trade(0n));
    const adapter = f.lyra.synthetixAdapter as any;
    await adapter.setMarketPaused(f.venue.optionMarket.target, true);
    await unchanged(() => trade(1n));
    await expect(mark()).to.revert(ethers);
    await adapter.setMarketPaused(f.venue.optionMarket.target, false);
    await unchanged(() => f.adapter.settleExpired(CALL));
    await (f.lyra.exchangeRates as any).setRateAndInvalid(f.venue.key, 2_000n * ETHER, true);
    await unchanged(() => trade(1n));
    await jump(2_000n);
    await expire(2_000n);
    await unchanged(() => trade(1n));
    await expect(trade(1n, UNLISTED)).to.be.revertedWithCustomError(f.adapter, "NotListed").withArgs(UNLISTED);
    for (const view of ["cashMicroUsd", "markMicroUsd", "positionLots", "marginalPriceMicroUsd"]) {
      await expect(f.adapter[view](UNLISTED)).to.be.revertedWithCustomError(f.adapter, "NotListed");
    }
  });

  it("pays the same when others settled at Lyra before", async () => {
    await deposit(20_000n * USD);
    await trade(40n);
    await expire(2_100n);
    const before = await cash();
    await (f.venue.optionMarket.connect(f.trader) as any).settleExpiredBoard(f.board.boardId);
    const { positionId } = await f.adapter.listings(CALL);
    await (f.venue.shortCollateral.connect(f.trader) as any).settleOptions([positionId]);
    expect([await lots(), (await cash()) - before]).to.deep.equal([0n, 40n * 10n * USD]);
    expect(await f.adapter.settleExpired.staticCall(CALL)).to.equal(10n * USD);
  });

  it("lists the next strike in a slot once the last has settled, and keeps its cash", async () => {
    await deposit(20_000n * USD);
    await trade(-40n);
    const next = await createBoard(f.governance, f.venue, {
      expiry: f.expiry + MONTH,
      strikesMicroUsd: [2_100n * USD],
      vols: [0.8],
    });
    const [strikeId] = next.strikeIds as [bigint];
    await expect(f.adapter.list(CALL, strikeId, true, LOT_SIZE))
      .to.be.revertedWithCustomError(f.adapter, "StillOpen")
      .withArgs(CALL, -40n);
    await expire(1_900n);
    await f.adapter.settleExpired(CALL);
    const left = await cash();
    await expect(f.adapter.list(CALL, f.strikeId, true, LOT_SIZE)).to.be.revertedWithCustomError(
      f.adapter,
      "NotAStrike",
    );
    await f.adapter.list(CALL, strikeId, true, LOT_SIZE);
    expect([await lots(), await cash()]).to.deep.equal([0n, left]);
    await trade(7n);
    expect(await lots()).to.equal(7n);
  });

  it("obeys nobody but the market and governance", async () => {
    const account = await ethers.getContractAt("AccountHolder", await f.adapter.holders(CALL));
    for (const who of [f.trader, f.governance]) {
      const adapter = f.adapter.connect(who);
      await expect(adapter.trade(CALL, 1n, ANY_COST)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
      await expect(adapter.deposit(CALL, 1n)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
      await expect(adapter.withdraw(CALL, 1n)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
      await expect((account.connect(who) as any).execute(f.cash.target, "0x")).to.be.revertedWithCustomError(
        account,
        "NotAdapter",
      );
    }
    for (const who of [f.trader, f.market]) {
      await expect(f.adapter.connect(who).list(5, f.strikeId, true, LOT_SIZE)).to.be.revertedWithCustomError(
        f.adapter,
        "AccessManagedUnauthorized",
      );
    }
    await expect(f.adapter.list(5, 99n, true, LOT_SIZE)).to.be.revertedWithCustomError(f.adapter, "NotAStrike");
    await expect(f.adapter.list(5, f.strikeId, true, 0n)).to.be.revertedWithCustomError(f.adapter, "ZeroLots");
  });
});
