import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import {
  addPerpLiquidity,
  createPerp,
  deployCurie,
  depositMargin,
  movePerpPrice,
  perpPriceMicroUsd,
  refreshIndex,
} from "../../client/deploy/local/curie.ts";
import { closeTo } from "../support/closeTo.ts";

const { ethers, networkHelpers } = await hre.network.create();
const USD = 10n ** 6n;
const PRICE = 2_000n * USD;
/** A lot is a hundredth of an ETH: 20 dollars. */
const LOT_SIZE = 10n ** 16n;
const SLOT = 1;
const OTHER = 2;
const UNLISTED = 15;
const ANY_COST = 2n ** 120n;

async function setUp() {
  const [governance, market, maker, stranger] = await ethers.getSigners();
  const { abi, bytecode } = contractArtifact("AccessManager");
  const manager: any = await new ethers.ContractFactory(abi as any, bytecode, governance).deploy(governance!.address);
  const cash: any = await ethers.deployContract("TestToken", ["Test dollar", "tUSD", 6]);
  const feed: any = await ethers.deployContract("TestFeed", [8, PRICE * 100n]);
  const curie = await deployCurie(governance!, cash.target);
  const perp = await createPerp(curie, governance!, {
    symbol: "ETH",
    feed: feed.target,
    priceMicroUsd: PRICE,
    feePips: 500,
  });
  for (const account of [market!, maker!]) await cash.mint(account.address, 100_000_000n * USD);
  await depositMargin(curie, maker!, 50_000_000n * USD);
  await addPerpLiquidity(curie, maker!, perp, 5_000_000n * USD);
  const adapter: any = await ethers.deployContract("CurieAdapter", [
    manager.target,
    market!.address,
    cash.target,
    curie.clearingHouse.target,
  ]);
  for (const slot of [SLOT, OTHER]) await adapter.list(slot, perp.baseToken.target, LOT_SIZE);
  await cash.connect(market).approve(adapter.target, ethers.MaxUint256);
  // Funding runs by the second and would blur every other sum; its own test turns it on.
  await (curie.config as any).setMaxFundingRate(0);
  return {
    governance: governance!,
    market: market!,
    maker: maker!,
    stranger: stranger!,
    cash,
    feed,
    curie,
    perp,
    adapter,
  };
}

describe("Perp trading on Perpetual Protocol v2", () => {
  let f: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(setUp);
  });

  const asMarket = (): any => f.adapter.connect(f.market);
  const deposit = (amount: bigint, slot = SLOT) => asMarket().deposit(slot, amount);
  const trade = (lots: bigint, limit = lots > 0n ? ANY_COST : 0n, slot = SLOT) => asMarket().trade(slot, lots, limit);
  const lots = (slot = SLOT): Promise<bigint> => f.adapter.positionLots(slot);
  const cash = (slot = SLOT): Promise<bigint> => f.adapter.cashMicroUsd(slot);
  const mark = (): Promise<bigint> => f.adapter.markMicroUsd(SLOT);
  const equity = async (): Promise<bigint> => (await cash()) + (await lots()) * (await mark());
  const holder = (): Promise<string> => f.adapter.holders(SLOT);
  /** What a trade would cost, or bring, read off the account's cash. */
  async function quoted(size: bigint): Promise<bigint> {
    const snapshot = await networkHelpers.takeSnapshot();
    const before = await cash();
    await trade(size);
    const moved = (await cash()) - before;
    await snapshot.restore();
    return moved < 0n ? -moved : moved;
  }
  /** The index, and the pool with it, ten per cent at most. */
  async function price(dollars: bigint): Promise<void> {
    await networkHelpers.time.increase(15);
    await f.feed.updateAnswer(dollars * 10n ** 8n);
    await refreshIndex(f.maker, f.perp);
    await movePerpPrice(f.curie, f.maker, f.perp, dollars * USD);
  }
  /** Until marks have caught up. */
  async function settle(): Promise<void> {
    await networkHelpers.time.increase(1_900);
    await refreshIndex(f.maker, f.perp);
  }

  describe("trades", () => {
    beforeEach(() => deposit(100_000n * USD));

    it("exactly the lots asked for, both ways and across zero, at about the pool's price and its fee", async () => {
      let held = 0n;
      for (const size of [100n, -40n, -160n, 250n, -150n]) {
        const [before, marginal] = [await cash(), (await f.adapter.marginalPriceMicroUsd(SLOT)) as bigint];
        await trade(size);
        held += size;
        expect(await lots()).to.equal(held);
        const paid = before - (await cash());
        const perLot = Number(paid) / Number(size);
        expect(perLot / Number(marginal)).to.satisfy(closeTo(size > 0n ? 1.001 : 0.999, 0.0009));
      }
      expect(held).to.equal(0n);
    });

    it("keeps positions exact over any trades, for all that Curie rounds", async () => {
      const sizes = fc.array(
        fc.integer({ min: -300, max: 300 }).filter((size) => size !== 0),
        { minLength: 1, maxLength: 8 },
      );
      await fc.assert(
        fc.asyncProperty(sizes, async (sizes) => {
          const start = await lots();
          for (const size of sizes) await trade(BigInt(size));
          const sum = sizes.reduce((a, b) => a + b, 0);
          expect(await lots()).to.equal(start + BigInt(sum));
        }),
        { numRuns: 4 },
      );
    });

    it("within its limit to two µUSD, and not beyond", async () => {
      for (const size of [50n, -50n]) {
        const cost = await quoted(size);
        const [enough, tooTight] = size > 0n ? [cost + 2n, cost - 1n] : [cost - 2n, cost + 1n];
        await expect(trade(size, tooTight)).to.be.revertedWithCustomError(f.adapter, "LimitExceeded");
        await trade(size, enough);
      }
    });

    it("the slot's account alone, and no cash of the market", async () => {
      await deposit(50_000n * USD, OTHER);
      const before = await f.cash.balanceOf(f.market.address);
      await trade(100n);
      expect(await f.cash.balanceOf(f.market.address)).to.equal(before);
      expect([await lots(OTHER), await cash(OTHER)]).to.deep.equal([0n, 50_000n * USD]);
    });

    it("for about a million gas", async () => {
      for (const size of [100n, -200n, 100n]) {
        const receipt = await (await trade(size)).wait();
        expect(Number(receipt.gasUsed)).to.be.lessThan(1_200_000);
      }
      for (const view of ["cashMicroUsd", "markMicroUsd", "positionLots", "marginalPriceMicroUsd"]) {
        expect(Number(await f.adapter.getFunction(view).estimateGas(SLOT))).to.be.lessThan(600_000);
      }
    });

    it("not at all without margin, without liquidity, paused, of nothing or unlisted", async () => {
      await asMarket().withdraw(SLOT, 99_000n * USD);
      await expect(trade(1_000n)).to.be.revertedWith("CH_NEFCI");
      await deposit(50_000_000n * USD);
      await expect(trade(90_000n)).to.revert(ethers);
      await expect(trade(-90_000n)).to.revert(ethers);
      await expect(trade(0n)).to.be.revertedWithCustomError(f.adapter, "ZeroLots");
      await expect(trade(1n, ANY_COST, UNLISTED))
        .to.be.revertedWithCustomError(f.adapter, "NotListed")
        .withArgs(UNLISTED);
      for (const view of ["cashMicroUsd", "markMicroUsd", "positionLots", "marginalPriceMicroUsd"]) {
        await expect(f.adapter[view](UNLISTED)).to.be.revertedWithCustomError(f.adapter, "NotListed");
      }
      await (f.curie.clearingHouse as any).pause();
      await expect(trade(1n)).to.revert(ethers);
      expect(await lots()).to.equal(0n);
    });
  });

  it("leaves in cash what closing brought: the whole account can then be withdrawn, to the last µUSD", async () => {
    for (const size of [400n, -400n]) {
      await deposit(10_000n * USD);
      await trade(size);
      await price(size > 0n ? 2_080n : 1_990n);
      await trade(-size);
      const left = await cash();
      const before = await f.cash.balanceOf(f.market.address);
      await asMarket().withdraw(SLOT, ANY_COST);
      expect((await f.cash.balanceOf(f.market.address)) - before).to.be.closeTo(left, 1n);
      expect(await cash()).to.be.closeTo(0n, 1n);
    }
  });

  it("has funding in its cash as it accrues, of both signs, whether Curie has settled it or not", async () => {
    await (f.curie.config as any).setMaxFundingRate(100_000);
    await deposit(50_000n * USD);
    await trade(-500n);
    for (const [premium, gains] of [
      [102n, true],
      [98n, false],
    ] as const) {
      await movePerpPrice(f.curie, f.maker, f.perp, (PRICE * premium) / 100n);
      await settle();
      const before = await cash();
      await networkHelpers.time.increase(3_600);
      const after = await cash();
      // A short of 10,000 dollars for an hour at two per cent a day.
      expect(Number(after - before) / 1e6).to.satisfy(closeTo(((gains ? 1 : -1) * 10_000 * 0.02) / 24, 1));
      // Another second's funding comes with the block.
      const sent = 1_234_567_891n;
      await asMarket().withdraw(SLOT, sent);
      expect(await cash()).to.be.closeTo(after - sent, 5_000n);
    }
  });

  it("moves cash of the market only as far as it says, and no more than the venue lets go", async () => {
    await deposit(20_000n * USD);
    await trade(1_000n);
    for (let i = 0; i < 3; i++) {
      const [held, before] = [await f.cash.balanceOf(f.market.address), await cash()];
      await asMarket().withdraw(SLOT, 500_000_001n);
      const got = (await f.cash.balanceOf(f.market.address)) - held;
      expect(got).to.equal(500_000_001n);
      expect(before - (await cash())).to.equal(got);
    }
    const [held, before] = [await f.cash.balanceOf(f.market.address), await cash()];
    await asMarket().withdraw(SLOT, ANY_COST);
    expect((await f.cash.balanceOf(f.market.address)) - held).to.equal(before - (await cash()));
    await asMarket().withdraw(SLOT, ANY_COST);
    expect(await f.curie.vault.getFunction("getFreeCollateral")(await holder())).to.be.at.most(1n);
  });

  describe("tells what Curie wants", () => {
    for (const [name, size] of [
      ["long", 2_000n],
      ["short", -2_000n],
    ] as const) {
      for (const [move, to] of [
        ["unchanged", 2_000n],
        ["up", 2_080n],
        ["down", 1_930n],
      ] as const) {
        it(`for a ${name} position, the price ${move}: what is free is what is above it`, async () => {
          await deposit(20_000n * USD);
          await trade(size);
          await price(to);
          await settle();
          await asMarket().withdraw(SLOT, ANY_COST);
          const [initial, maintenance] = (await f.adapter.requirementMicroUsd(SLOT, size)) as [bigint, bigint];
          // Marks move on with the averages, a second a block.
          expect(Number(await equity()) / Number(initial)).to.satisfy(closeTo(1, 1e-4));
          const own = (await f.curie.accountBalance.getFunction("getMarginRequirementForLiquidation")(
            await holder(),
          )) as bigint;
          expect(maintenance).to.be.closeTo(own / 10n ** 12n, 2n);
        });
      }
    }

    it("to open a position: with that, and its costs, it opens, and with a little less it does not", async () => {
      for (const size of [1_000n, -1_000n]) {
        const snapshot = await networkHelpers.takeSnapshot();
        const [initial] = (await f.adapter.requirementMicroUsd(SLOT, size)) as [bigint, bigint];
        expect(Number(initial) / 1e6).to.satisfy(closeTo(2_000, 2));
        await deposit((initial * 97n) / 100n);
        await expect(trade(size)).to.be.revertedWith("CH_NEFCI");
        await deposit((initial * 6n) / 100n);
        await trade(size);
        await snapshot.restore();
      }
      expect(await f.adapter.requirementMicroUsd(SLOT, 0n)).to.deep.equal([0n, 0n]);
    });
  });

  it("shows a liquidation at the venue as fewer lots and less cash", async () => {
    await deposit(2_200n * USD);
    await trade(-1_000n);
    await price(2_150n);
    await settle();
    const [, maintenance] = (await f.adapter.requirementMicroUsd(SLOT, -1_000n)) as [bigint, bigint];
    const before = await equity();
    expect(before).to.be.lessThan(maintenance);
    await (f.curie.clearingHouse.connect(f.maker) as any)["liquidate(address,address)"](
      await holder(),
      f.perp.baseToken.target,
    );
    const left = await lots();
    expect(left).to.be.greaterThan(-1_000n);
    // A penalty of two and a half per cent on what was taken over.
    const taken = Number(left + 1_000n) * Number(await mark());
    expect(Number(before - (await equity())) / taken).to.satisfy(closeTo(0.025, 0.001));
  });

  it("settles a perp that Curie has closed for good, at the price it was closed at, and only then", async () => {
    await deposit(20_000n * USD);
    await trade(500n);
    await expect(f.adapter.settleExpired(SLOT)).to.be.revertedWithCustomError(f.adapter, "NotExpired").withArgs(SLOT);
    const token = f.perp.baseToken as any;
    await token.pause();
    await expect(trade(-1n)).to.be.revertedWith("CH_MNO");
    expect(await mark()).to.equal(20n * USD);
    await token.getFunction("close(uint256)")(2_100n * 10n ** 18n);
    expect(await mark()).to.equal(21n * USD);
    const before = await cash();
    await f.adapter.connect(f.stranger).settleExpired(SLOT);
    expect(await lots()).to.equal(0n);
    expect((await cash()) - before).to.be.closeTo(500n * 21n * USD, 2n);
    expect(await f.adapter.settleExpired.staticCall(SLOT)).to.equal(21n * USD);
  });

  it("prices a lot as the pool stands and as Curie marks it", async () => {
    await movePerpPrice(f.curie, f.maker, f.perp, 2_060n * USD);
    expect(await f.adapter.marginalPriceMicroUsd(SLOT)).to.be.closeTo((await perpPriceMicroUsd(f.perp)) / 100n, 1n);
    expect(await mark()).to.be.closeTo(20n * USD, 20_000n);
  });

  describe("obeys", () => {
    it("nobody but the market and governance", async () => {
      for (const who of [f.stranger, f.governance]) {
        const adapter = f.adapter.connect(who);
        await expect(adapter.trade(SLOT, 1n, ANY_COST)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
        await expect(adapter.deposit(SLOT, 1n)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
        await expect(adapter.withdraw(SLOT, 1n)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
        const account: any = await ethers.getContractAt("AccountHolder", await holder(), who);
        await expect(account.execute(f.cash.target, "0x")).to.be.revertedWithCustomError(account, "NotAdapter");
      }
      for (const who of [f.stranger, f.market]) {
        await expect(f.adapter.connect(who).list(5, f.perp.baseToken.target, LOT_SIZE)).to.be.revertedWithCustomError(
          f.adapter,
          "AccessManagedUnauthorized",
        );
      }
    });

    it("a new listing only once the slot's position is closed, and keeps the account", async () => {
      await deposit(20_000n * USD);
      await trade(5n);
      await expect(f.adapter.list(SLOT, f.perp.baseToken.target, 1n))
        .to.be.revertedWithCustomError(f.adapter, "StillOpen")
        .withArgs(SLOT, 5n);
      await trade(-5n);
      const [account, left] = [await holder(), await cash()];
      await f.adapter.list(SLOT, f.perp.baseToken.target, LOT_SIZE * 2n);
      expect([await holder(), await cash()]).to.deep.equal([account, left]);
      await trade(3n);
      expect(await lots()).to.equal(3n);
      await expect(f.adapter.list(5, f.cash.target, LOT_SIZE)).to.revert(ethers);
      await expect(f.adapter.list(5, f.perp.baseToken.target, 0n)).to.be.revertedWithCustomError(f.adapter, "ZeroLots");
    });

    it("only a clearing house that settles in cash", async () => {
      const factory = await ethers.getContractFactory("CurieAdapter");
      const other = await ethers.deployContract("TestToken", ["Other", "O", 6]);
      await expect(
        factory.deploy(f.governance.address, f.market.address, other.target, f.curie.clearingHouse.target),
      ).to.be.revertedWithCustomError(f.adapter, "NotCash");
    });
  });
});
