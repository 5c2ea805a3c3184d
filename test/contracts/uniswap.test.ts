import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import {
  addLiquidity,
  createPool,
  deployUniswap,
  movePrice,
  poolPriceMicroUsd,
} from "../../client/deploy/local/uniswap.ts";
import type { SpotPool } from "../../client/deploy/local/uniswap.ts";

const { ethers, networkHelpers } = await hre.network.create();
const USD = 10n ** 6n;
const FEE_PIPS = 3_000;

/** Slots of the test: both orders of the two tokens in a pool, 18 and 8 decimals. */
const SLOTS = [
  {
    name: "a token of 18 decimals below cash",
    decimals: 18,
    cashIsToken0: false,
    price: 3_000n * USD,
    lotSize: 10n ** 16n,
  },
  {
    name: "a token of 18 decimals above cash",
    decimals: 18,
    cashIsToken0: true,
    price: 3_000n * USD,
    lotSize: 10n ** 16n,
  },
  {
    name: "a token of 8 decimals below cash",
    decimals: 8,
    cashIsToken0: false,
    price: 60_000n * USD,
    lotSize: 10n ** 5n,
  },
  {
    name: "a token of 8 decimals above cash",
    decimals: 8,
    cashIsToken0: true,
    price: 60_000n * USD,
    lotSize: 10n ** 5n,
  },
] as const;
const EMPTY_SLOT = SLOTS.length;
const DEPTH = 5_000_000n * USD;

async function setUp() {
  const [governance, market, trader] = await ethers.getSigners();
  const { abi, bytecode } = contractArtifact("AccessManager");
  const manager: any = await new ethers.ContractFactory(abi as any, bytecode, governance).deploy(governance!.address);
  const uniswap = await deployUniswap(governance!);
  const deployToken = async (decimals: number): Promise<any> =>
    ethers.deployContract("TestToken", ["Token", "T", decimals]);
  const cash = await deployToken(6);
  const adapter: any = await ethers.deployContract("UniswapV3Adapter", [
    manager.target,
    market!.address,
    cash.target,
    uniswap.factory.target,
  ]);

  const pools: SpotPool[] = [];
  const bases: any[] = [];
  for (const [i, slot] of SLOTS.entries()) {
    let base: any;
    do base = await deployToken(slot.decimals);
    while (BigInt(cash.target) < BigInt(base.target) !== slot.cashIsToken0);
    const terms = {
      cash: cash.target,
      base: base.target,
      baseDecimals: slot.decimals,
      feePips: FEE_PIPS,
      priceMicroUsd: slot.price,
    };
    const pool = await createPool(uniswap, governance!, terms);
    for (const account of [governance, market, trader]) await base.mint(account!.address, 10n ** 30n);
    for (const account of [governance, market, trader]) await cash.mint(account!.address, 10n ** 30n);
    await addLiquidity(uniswap, governance!, pool, DEPTH);
    await adapter.list(i, pool.contract.target, slot.lotSize);
    pools.push(pool);
    bases.push(base);
  }
  const dry = await deployToken(18);
  await dry.mint(market!.address, 10n ** 30n);
  const empty = await createPool(uniswap, governance!, {
    cash: cash.target,
    base: dry.target,
    baseDecimals: 18,
    feePips: FEE_PIPS,
    priceMicroUsd: USD,
  });
  await adapter.list(EMPTY_SLOT, empty.contract.target, 10n ** 16n);
  return {
    governance: governance!,
    market: market!,
    trader: trader!,
    manager,
    uniswap,
    cash,
    adapter,
    pools,
    bases,
    dry,
  };
}

describe("Spot trading on Uniswap v3", () => {
  let f: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(setUp);
  });

  const exactly = (slot: number, lots: bigint) => (lots < 0n ? -lots : lots) * SLOTS[slot]!.lotSize;
  async function quote(slot: number, lots: bigint): Promise<bigint> {
    const { cash, base, feePips } = f.pools[slot]!;
    const common = { amount: exactly(slot, lots), fee: feePips, sqrtPriceLimitX96: 0 };
    const [amount] =
      lots > 0n
        ? await f.uniswap.quoter
            .getFunction("quoteExactOutputSingle")
            .staticCall({ tokenIn: cash, tokenOut: base, ...common })
        : await f.uniswap.quoter
            .getFunction("quoteExactInputSingle")
            .staticCall({ tokenIn: base, tokenOut: cash, amountIn: common.amount, ...common });
    return amount as bigint;
  }
  /** As the market trades: an allowance of just what the trade may take. */
  async function trade(slot: number, lots: bigint, limit: bigint) {
    if (lots > 0n) await f.cash.connect(f.market).approve(f.adapter.target, limit);
    else await f.bases[slot]!.connect(f.market).approve(f.adapter.target, exactly(slot, lots));
    return f.adapter.connect(f.market).trade(slot, lots, limit);
  }
  const holdings = async (slot: number, who: string): Promise<bigint[]> => [
    await f.cash.balanceOf(who),
    await f.bases[slot]!.balanceOf(who),
  ];

  for (const [slot, { name, price, lotSize, decimals }] of SLOTS.entries()) {
    describe(`in a pool with ${name}`, () => {
      it("buys and sells exactly the lots asked for, at what Uniswap's own quoter says, and keeps nothing", async () => {
        for (const lots of [1n, -1n, 250n, -250n]) {
          const quoted = await quote(slot, lots);
          const [cashBefore, baseBefore] = await holdings(slot, f.market.address);
          await trade(slot, lots, quoted);
          const [cashAfter, baseAfter] = await holdings(slot, f.market.address);
          expect(baseAfter! - baseBefore!, `${lots} lots`).to.equal(lots * lotSize);
          expect(cashAfter! - cashBefore!, `${lots} lots`).to.equal(lots > 0n ? -quoted : quoted);
          expect(await holdings(slot, f.adapter.target)).to.deep.equal([0n, 0n]);
          expect(await f.cash.allowance(f.market.address, f.adapter.target)).to.equal(0n);
        }
      });

      it("gives up a trade that is one µUSD beyond its limit", async () => {
        for (const lots of [100n, -100n]) {
          const quoted = await quote(slot, lots);
          const limit = lots > 0n ? quoted - 1n : quoted + 1n;
          await expect(trade(slot, lots, limit))
            .to.be.revertedWithCustomError(f.adapter, "LimitExceeded")
            .withArgs(quoted, limit);
        }
      });

      it("tells the pool's price per lot to the last µUSD, wherever it stands", async () => {
        const one = 10n ** BigInt(decimals);
        const factor = fc.integer({ min: 300, max: 3_000 });
        await fc.assert(
          fc.asyncProperty(factor, async (perMille) => {
            await movePrice(
              f.trader,
              f.uniswap.router.target as string,
              f.pools[slot]!,
              (price * BigInt(perMille)) / 1_000n,
            );
            const [root] = (await f.pools[slot]!.contract.getFunction("slot0")()) as [bigint];
            const exact = SLOTS[slot]!.cashIsToken0 ? (lotSize << 192n) / root ** 2n : (lotSize * root ** 2n) >> 192n;
            expect(await f.adapter.marginalPriceMicroUsd(slot)).to.equal(exact);
            expect(exact).to.be.closeTo(((await poolPriceMicroUsd(f.pools[slot]!)) * lotSize) / one, 1n);
          }),
          { numRuns: 8 },
        );
      });
    });
  }

  it("prices a lot exactly over the whole range a pool can stand at", async () => {
    const stub: any = await ethers.deployContract("PoolStub");
    const adapter: any = await ethers.deployContract("UniswapV3Adapter", [
      f.manager.target,
      f.market.address,
      f.cash.target,
      stub.target,
    ]);
    // From 2^32 to 2^160, as many of each size.
    const root = fc
      .integer({ min: 33, max: 160 })
      .chain((bits) => fc.bigInt({ min: 2n ** BigInt(bits - 1), max: 2n ** BigInt(bits) - 1n }));
    const lotSize = fc.bigInt({ min: 1n, max: 2n ** 90n });
    for (const cashIsToken0 of [true, false]) {
      await fc.assert(
        fc.asyncProperty(root, lotSize, async (root, lotSize) => {
          await stub.set(f.cash.target, f.dry.target, cashIsToken0, root);
          await adapter.list(0, stub.target, lotSize);
          const exact = cashIsToken0 ? (lotSize << 192n) / root ** 2n : (lotSize * root ** 2n) >> 192n;
          fc.pre(exact < 2n ** 128n);
          expect(await adapter.marginalPriceMicroUsd(0)).to.equal(exact);
        }),
        { numRuns: 60 },
      );
    }
  });

  describe("takes nothing from the market", () => {
    it("when somebody else trades, even with the market's allowance standing", async () => {
      await f.cash.connect(f.market).approve(f.adapter.target, ethers.MaxUint256);
      for (const who of [f.trader, f.governance]) {
        await expect(f.adapter.connect(who).trade(0, 1n, 2n ** 100n)).to.be.revertedWithCustomError(
          f.adapter,
          "NotDesk",
        );
      }
    });

    it("when a stranger, a fake pool or an idle real pool calls back", async () => {
      await f.cash.connect(f.market).approve(f.adapter.target, ethers.MaxUint256);
      const data = ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [f.cash.target, 2n ** 100n]);
      await expect(f.adapter.connect(f.trader).uniswapV3SwapCallback(1n, -1n, data))
        .to.be.revertedWithCustomError(f.adapter, "NotTradedPool")
        .withArgs(f.trader.address);
      const fake: any = await ethers.deployContract("FakePool", [f.bases[0]!.target, f.cash.target]);
      await expect(fake.collect(f.adapter.target, f.cash.target, 10n ** 6n))
        .to.be.revertedWithCustomError(f.adapter, "NotTradedPool")
        .withArgs(fake.target);

      const pool = f.pools[0]!.contract.target as string;
      await networkHelpers.impersonateAccount(pool);
      await networkHelpers.setBalance(pool, 10n ** 18n);
      await expect(
        f.adapter.connect(await ethers.getSigner(pool)).uniswapV3SwapCallback(1n, -1n, data),
      ).to.be.revertedWithCustomError(f.adapter, "NotTradedPool");
    });

    it("when a base token calls back in the middle of a trade", async () => {
      const token: any = await ethers.deployContract("ReentrantToken");
      await token.mint(f.market.address, 10n ** 12n);
      await token.mint(f.governance.address, 10n ** 15n);
      const pool = await createPool(f.uniswap, f.governance, {
        cash: f.cash.target,
        base: token.target,
        baseDecimals: 6,
        feePips: FEE_PIPS,
        priceMicroUsd: USD,
      });
      await addLiquidity(f.uniswap, f.governance, pool, 10n ** 12n);
      await f.adapter.list(9, pool.contract.target, 10n ** 6n);
      await f.cash.connect(f.market).approve(f.adapter.target, ethers.MaxUint256);
      await token.connect(f.market).approve(f.adapter.target, ethers.MaxUint256);

      const data = ethers.AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [f.cash.target, 2n ** 100n]);
      await token.prepare(
        f.adapter.target,
        f.adapter.interface.encodeFunctionData("uniswapV3SwapCallback", [10n ** 6n, -1n, data]),
      );
      await expect(f.adapter.connect(f.market).trade(9, -5n, 0n))
        .to.be.revertedWithCustomError(f.adapter, "NotTradedPool")
        .withArgs(token.target);
      await token.prepare(f.adapter.target, f.adapter.interface.encodeFunctionData("trade", [9, 5n, 2n ** 100n]));
      await expect(f.adapter.connect(f.market).trade(9, -5n, 0n)).to.be.revertedWithCustomError(f.adapter, "NotDesk");
    });

    it("beyond the allowance of the call", async () => {
      const quoted = await quote(0, 10n);
      await f.cash.connect(f.market).approve(f.adapter.target, quoted - 1n);
      await expect(f.adapter.connect(f.market).trade(0, 10n, quoted)).to.be.revertedWithCustomError(
        f.cash,
        "ERC20InsufficientAllowance",
      );
    });
  });

  describe("refuses", () => {
    it("a trade that the pool has no liquidity for, without walking the whole price range", async () => {
      await expect(trade(0, 10_000_000n, 2n ** 127n)).to.be.revertedWithCustomError(f.adapter, "NotEnoughLiquidity");
      await expect(trade(0, -10_000_000n, 0n)).to.be.revertedWithCustomError(f.adapter, "NotEnoughLiquidity");
      await f.cash.connect(f.market).approve(f.adapter.target, ethers.MaxUint256);
      await f.dry.connect(f.market).approve(f.adapter.target, ethers.MaxUint256);
      for (const lots of [5n, -5n]) {
        const limit = lots > 0n ? 2n ** 100n : 0n;
        await expect(f.adapter.connect(f.market).trade(EMPTY_SLOT, lots, limit))
          .to.be.revertedWithCustomError(f.adapter, "NotEnoughLiquidity")
          .withArgs(5n * 10n ** 16n, 0n);
        await expect(
          f.adapter.connect(f.market).trade(EMPTY_SLOT, lots, limit, { gasLimit: 300_000 }),
        ).to.be.revertedWithCustomError(f.adapter, "NotEnoughLiquidity");
      }
    });

    it("a trade of nothing, and a slot without a pool", async () => {
      await expect(trade(0, 0n, 0n)).to.be.revertedWithCustomError(f.adapter, "ZeroLots");
      const unlisted = 15;
      await expect(f.adapter.connect(f.market).trade(unlisted, 1n, 1n))
        .to.be.revertedWithCustomError(f.adapter, "NotListed")
        .withArgs(unlisted);
      await expect(f.adapter.marginalPriceMicroUsd(unlisted)).to.be.revertedWithCustomError(f.adapter, "NotListed");
    });

    it("pools that are not the factory's, without cash, or listed by anybody but governance", async () => {
      const fake = await ethers.deployContract("FakePool", [f.bases[0]!.target, f.cash.target]);
      await expect(f.adapter.list(5, fake.target, 1n))
        .to.be.revertedWithCustomError(f.adapter, "NotAPool")
        .withArgs(fake.target);
      const cashless = await createPool(f.uniswap, f.governance, {
        cash: f.bases[0]!.target,
        base: f.bases[1]!.target,
        baseDecimals: 18,
        feePips: FEE_PIPS,
        priceMicroUsd: USD,
      });
      await expect(f.adapter.list(5, cashless.contract.target, 1n)).to.be.revertedWithCustomError(
        f.adapter,
        "NotAPool",
      );
      await expect(f.adapter.list(5, f.pools[0]!.contract.target, 0n)).to.be.revertedWithCustomError(
        f.adapter,
        "ZeroLots",
      );
      await expect(f.adapter.connect(f.trader).list(5, f.pools[0]!.contract.target, 1n)).to.be.revertedWithCustomError(
        f.adapter,
        "AccessManagedUnauthorized",
      );
    });
  });
});
