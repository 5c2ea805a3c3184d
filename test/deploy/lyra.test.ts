import { expect } from "chai";
import hre from "hardhat";
import {
  OPTION,
  addOptionLiquidity,
  closeOption,
  createBoard,
  createOptionVenue,
  deployLyra,
  fundQuote,
  moveVol,
  openOption,
  setSpot,
  settleOptions,
  strikeVol,
} from "../../client/deploy/local/lyra.ts";
import { closeTo } from "../support/closeTo.ts";

const { ethers, networkHelpers } = await hre.network.create();
const USD = 10n ** 6n;
const ETHER = 10n ** 18n;
const MONTH = 30 * 86_400;

async function setUp() {
  const [owner, lp, trader] = await ethers.getSigners();
  const cash: any = await ethers.deployContract("TestToken", ["Test dollar", "tUSD", 6]);
  for (const account of [lp!, trader!]) await cash.mint(account.address, 100_000_000n * USD);
  const lyra = await deployLyra(owner!, cash.target);
  const venue = await createOptionVenue(lyra, owner!, { symbol: "ETH", priceMicroUsd: 2_000n * USD });
  await addOptionLiquidity(lp!, venue, 5_000_000n * USD);
  const expiry = (await networkHelpers.time.latest()) + MONTH;
  const board = await createBoard(owner!, venue, {
    expiry,
    strikesMicroUsd: [1_800n, 2_000n, 2_200n].map((k) => k * USD),
    vols: [0.82, 0.8, 0.81],
  });
  await fundQuote(trader!, venue, 10_000_000n * USD);
  return { owner: owner!, lp: lp!, trader: trader!, cash, lyra, venue, expiry, board };
}

describe("Lyra v1 on a local chain", () => {
  let f: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(setUp);
  });
  const quote = (): Promise<bigint> => f.lyra.quote.getFunction("balanceOf")(f.trader.address);
  /** Dollars the trader has less after something. */
  async function spent(act: () => Promise<unknown>): Promise<number> {
    const before = await quote();
    await act();
    return Number(before - (await quote())) / 1e18;
  }

  it("sells and buys back calls and puts near their Black-Scholes value", async () => {
    const [low, middle] = f.board.strikeIds as [bigint, bigint, bigint];
    // 80 % of vol, a month, at the money: 0.4·2,000·0.8·√(30/365) and a little more, and Lyra's fees.
    const call = await spent(() =>
      openOption(f.trader, f.venue, { strikeId: middle, kind: OPTION.longCall, amount: 10n * ETHER }),
    );
    expect(call / 10).to.satisfy(closeTo(190, 8));
    let put = 0n;
    const paid = await spent(
      async () =>
        (put = await openOption(f.trader, f.venue, { strikeId: low, kind: OPTION.longPut, amount: 10n * ETHER })),
    );
    expect(paid / 10).to.satisfy(closeTo(104, 8));
    expect(-(await spent(() => closeOption(f.trader, f.venue, put)))).to.satisfy(closeTo(paid * 0.93, paid * 0.05));
  });

  it("pays an expired option what it is worth exactly, long and short", async () => {
    const [low, middle, high] = f.board.strikeIds as [bigint, bigint, bigint];
    const kinds = [
      { strikeId: middle, kind: OPTION.longCall, worth: 300 },
      { strikeId: middle, kind: OPTION.longPut, worth: 0 },
      { strikeId: high, kind: OPTION.shortCall, worth: -100 },
      { strikeId: low, kind: OPTION.shortPut, worth: 0 },
    ];
    const collateralMicroUsd = 20_000n * USD;
    const ids = new Map<(typeof kinds)[number], bigint>();
    for (const option of kinds)
      ids.set(option, await openOption(f.trader, f.venue, { ...option, amount: 10n * ETHER, collateralMicroUsd }));
    await networkHelpers.time.increaseTo(f.expiry + 1);
    await setSpot(f.owner, f.venue, 2_300n * USD);
    await settleOptions(f.lp, f.venue, f.board.boardId, []);
    for (const option of kinds) {
      const back = -(await spent(() =>
        (f.venue.shortCollateral.connect(f.lp) as any).settleOptions([ids.get(option)]),
      ));
      expect(back.toFixed(9)).to.equal(((option.kind > OPTION.longPut ? 20_000 : 0) + 10 * option.worth).toFixed(9));
    }
  });

  it("has its vol moved where somebody trades it, and takes more liquidity while strikes are listed", async () => {
    const [, middle] = f.board.strikeIds as [bigint, bigint, bigint];
    for (const vol of [0.9, 0.75, 0.76]) {
      expect(await moveVol(f.trader, f.venue, middle, vol)).to.satisfy(closeTo(vol, 1e-6));
      expect(await strikeVol(f.venue, middle)).to.satisfy(closeTo(vol, 1e-6));
    }
    // What is left of going up and down is one short position, not everything ever traded.
    expect(await f.venue.optionToken.getFunction("balanceOf")(f.trader.address)).to.equal(1n);
    const before = (await f.venue.pool.getFunction("getTotalPoolValueQuote")()) as bigint;
    await addOptionLiquidity(f.lp, f.venue, 500_000n * USD);
    expect(Number((await f.venue.pool.getFunction("getTotalPoolValueQuote")()) - before) / 1e18).to.satisfy(
      closeTo(500_000, 10_000),
    );
  });

  it("has a market for a second underlying beside the first", async () => {
    const other = await createOptionVenue(f.lyra, f.owner, { symbol: "BTC", priceMicroUsd: 30_000n * USD });
    await addOptionLiquidity(f.lp, other, 3_000_000n * USD);
    const board = await createBoard(f.owner, other, {
      expiry: f.expiry,
      strikesMicroUsd: [30_000n * USD],
      vols: [0.6],
    });
    await fundQuote(f.trader, other, 10n * USD);
    const call = await spent(() =>
      openOption(f.trader, other, { strikeId: board.strikeIds[0]!, kind: OPTION.longCall, amount: 2n * ETHER }),
    );
    expect(call / 2).to.satisfy(closeTo(2_100, 80));
    await setSpot(f.owner, other, 31_000n * USD);
    expect(await f.lyra.synthetixAdapter.getFunction("getSpotPriceForMarket")(f.venue.optionMarket.target)).to.equal(
      2_000n * ETHER,
    );
  });
});
