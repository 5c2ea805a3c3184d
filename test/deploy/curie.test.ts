import { expect } from "chai";
import hre from "hardhat";
import {
  addPerpLiquidity,
  createPerp,
  deployCurie,
  depositMargin,
  movePerpPrice,
  perpPriceMicroUsd,
  refreshIndex,
  tradePerp,
} from "../../client/deploy/local/curie.ts";
import { closeTo } from "../support/closeTo.ts";

const { ethers, networkHelpers } = await hre.network.create();
const USD = 10n ** 6n;
const ETHER = 10n ** 18n;
const PRICE = 2_000n * USD;
const HOUR = 3_600;

async function setUp() {
  const [owner, maker, taker] = await ethers.getSigners();
  const cash: any = await ethers.deployContract("TestToken", ["Test dollar", "tUSD", 6]);
  const feed: any = await ethers.deployContract("TestFeed", [8, PRICE * 100n]);
  const curie = await deployCurie(owner!, cash.target);
  const perp = await createPerp(curie, owner!, {
    symbol: "ETH",
    feed: feed.target,
    priceMicroUsd: PRICE,
    feePips: 3_000,
  });
  for (const account of [maker!, taker!]) {
    await cash.mint(account.address, 10_000_000n * USD);
    await depositMargin(curie, account, 5_000_000n * USD);
  }
  await addPerpLiquidity(curie, maker!, perp, 1_000_000n * USD);
  return { cash, feed, curie, perp, maker: maker!, taker: taker! };
}

describe("Perpetual Protocol v2 on a local chain", () => {
  let f: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(setUp);
  });
  const size = (): Promise<bigint> =>
    f.curie.accountBalance.getFunction("getTakerPositionSize")(f.taker.address, f.perp.baseToken.target);
  const value = (): Promise<bigint> => f.curie.clearingHouse.getFunction("getAccountValue")(f.taker.address);

  it("opens a short, pays it funding while the perp is above the index, closes it and lets the collateral go", async () => {
    await movePerpPrice(f.curie, f.maker, f.perp, (PRICE * 103n) / 100n);
    await tradePerp(f.curie, f.taker, f.perp, -2n * ETHER);
    expect(await size()).to.equal(-2n * ETHER);
    await networkHelpers.time.increase(HOUR);
    const pending = (await f.curie.exchange.getFunction("getPendingFundingPayment")(
      f.taker.address,
      f.perp.baseToken.target,
    )) as bigint;
    // Close to 3 % of 4,000 dollars a day, averaged over the first quarter of an hour.
    expect(Number(-pending) / 1e18).to.satisfy(closeTo(4.4, 0.6));

    await tradePerp(f.curie, f.taker, f.perp, 2n * ETHER);
    expect(await size()).to.equal(0n);
    const free = (await f.curie.vault.getFunction("getFreeCollateral")(f.taker.address)) as bigint;
    // Two fees of 0.3 % and some funding later, in 18 decimals and in six.
    expect(Number(free) / 1e6).to.satisfy(closeTo(5_000_000 - 24 + 5, 5));
    expect(free).to.be.closeTo((await value()) / 10n ** 12n, 1n);
    const before = (await f.cash.balanceOf(f.taker.address)) as bigint;
    await (f.curie.vault.connect(f.taker) as any).withdraw(f.cash.target, free);
    expect(await f.cash.balanceOf(f.taker.address)).to.equal(before + free);
  });

  it("follows a price, ten per cent a quarter of a minute, and the index follows its feed", async () => {
    for (const [to, reached] of [
      [2_050n, 2_050n],
      [1_950n, 1_950n],
      [2_500n, 2_144n],
      [2_500n, 2_357n],
    ] as const) {
      await f.feed.updateAnswer(to * 10n ** 8n);
      await refreshIndex(f.maker, f.perp);
      await networkHelpers.time.increase(15);
      const stands = await movePerpPrice(f.curie, f.maker, f.perp, to * USD);
      expect(Number(stands) / 1e6).to.satisfy(closeTo(Number(reached), 1));
      expect(await perpPriceMicroUsd(f.perp)).to.equal(stands);
      expect(await f.perp.baseToken.getFunction("getIndexPrice")(0)).to.equal(to * ETHER);
    }
  });

  it("marks a perp by an average, not by its last trade", async () => {
    await movePerpPrice(f.curie, f.maker, f.perp, (PRICE * 105n) / 100n);
    const mark = (await f.curie.accountBalance.getFunction("getMarkPrice")(f.perp.baseToken.target)) as bigint;
    expect(Number(mark) / 1e18).to.satisfy(closeTo(2_000, 2));
  });

  it("has a perp of a second underlying beside the first, on the same account", async () => {
    const [owner] = await ethers.getSigners();
    const feed: any = await ethers.deployContract("TestFeed", [8, 30_000n * 10n ** 8n]);
    const other = await createPerp(f.curie, owner!, {
      symbol: "BTC",
      feed: feed.target,
      priceMicroUsd: 30_000n * USD,
      feePips: 3_000,
    });
    await addPerpLiquidity(f.curie, f.maker, other, 1_000_000n * USD);
    await tradePerp(f.curie, f.taker, f.perp, ETHER);
    await tradePerp(f.curie, f.taker, other, -ETHER / 10n);
    expect(await size()).to.equal(ETHER);
    expect(
      await f.curie.accountBalance.getFunction("getTakerPositionSize")(f.taker.address, other.baseToken.target),
    ).to.equal(-ETHER / 10n);
    expect(Number(await perpPriceMicroUsd(other)) / 1e6).to.satisfy(closeTo(29_910, 100));
  });
});
