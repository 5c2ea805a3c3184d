import { expect } from "chai";
import { USD } from "../support/market.ts";
import { DAY, deployTable, FAULT, FEED, open, PERP, setFeed } from "../support/derivatives.ts";
import type { TableWorld } from "../support/derivatives.ts";

describe("Carry of a perp", () => {
  let world: TableWorld, table: any, venue: any;
  let ready: { restore(): Promise<void> };
  before(async () => {
    world = await deployTable();
    ({ table, venue } = world);
    await table.executeGroup(0, [100n, 0n]);
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());

  const index = async (): Promise<bigint> => (await table.venue(PERP))[1].carryIndexMicroUsd;
  const booked = async (): Promise<bigint> => (await table.venue(PERP))[1].cashMicroUsd;
  const fault = (name: string, kind: number) => venue.setFault(PERP, venue.interface.getFunction(name).selector, kind);
  /** A day later. */
  const tomorrow = () => world.time.increase(DAY);

  it("crosses at the mark of that moment: a lot costs its carry index and nothing else", async () => {
    const { debitMicroUsd, chargeMicroUsd } = await table.fill(PERP);
    expect([debitMicroUsd, chargeMicroUsd]).to.deep.equal([0n, 0n]);
    await venue.setPrice(PERP, FEED + 70_000n);
    await venue.setMarginal(PERP, FEED + 70_000n);
    await table.executeGroup(0, [50n, 0n]);
    expect((await table.fill(PERP)).debitMicroUsd).to.equal(70_000n);
    expect((await table.slotAccount(PERP)).positionLots).to.equal(150n);
  });

  it("pays every lot the move of the mark and its part of the funding", async () => {
    await tomorrow();
    await venue.setPrice(PERP, FEED + 200_000n);
    await venue.pay(PERP, -100n * 3_000n);
    await table.checkpoint();
    expect(await index()).to.equal(200_000n - 3_000n);
    await venue.pay(PERP, 100n * 1_000n);
    await tomorrow();
    await table.checkpoint();
    expect(await index()).to.equal(200_000n - 2_000n);
    expect(await table.insuranceMicroUsd()).to.equal(0n);
  });

  for (const [side, net] of [
    ["long", 0n],
    ["short", -300n],
  ] as const) {
    it(`rounds funding against the vaults when the market is ${side}, and what is left waits for the next time`, async () => {
      if (net !== 0n) await table.executeGroup(0, [net, 0n]);
      const P = (await table.slotAccount(PERP)).positionLots as bigint;
      const before = await booked();
      for (const gain of [250n, -250n, 77n, -1n]) {
        await tomorrow();
        await venue.pay(PERP, gain);
        const last = await index();
        await table.checkpoint();
        const waiting = (await venue.cashMicroUsd(PERP)) - (await booked());
        expect(waiting >= 0n && waiting < (P < 0n ? -P : P), `${waiting} waits`).to.equal(true);
        expect(((await index()) - last) * P <= gain + 2n * (P < 0n ? -P : P)).to.equal(true);
      }
      expect((await booked()) - before).to.equal((await index()) * P);
    });
  }

  it("is not worn away by calling often: 1,000 µUSD of funding in forty parts of 25 reach a hundred lots as 10 each", async () => {
    for (let k = 0; k < 40; k++) {
      await world.time.increase(3_600);
      await venue.pay(PERP, 25n);
      await table.checkpoint();
    }
    expect(await index()).to.equal(10n);
  });

  it("holds the venue's mark within the feed's clamp", async () => {
    for (const [said, counted] of [
      [2n * FEED, (FEED * 105n) / 100n],
      [FEED / 2n, (FEED * 95n) / 100n],
      [FEED + 1n, FEED + 1n],
    ] as const) {
      await venue.setMark(PERP, said);
      await table.checkpoint();
      expect((await table.venue(PERP))[1].markMicroUsd).to.equal(counted);
      expect(await index()).to.equal(counted - FEED);
    }
  });

  it("does not let a gift to an account with a small net move the two sides by more than a day's funding bound", async () => {
    await table.executeGroup(0, [-99n, 0n]);
    await tomorrow();
    await venue.pay(PERP, 1_000n * USD);
    await table.checkpoint();
    const most = (FEED * 100n) / 10_000n;
    expect((await index()) <= (most * 10_001n) / 10_000n && (await index()) >= most).to.equal(true);
    expect(await table.insuranceMicroUsd()).to.equal(0n);
  });

  it("charges a loss beyond all funding to the insurance account, which later gains repay first", async () => {
    await tomorrow();
    await venue.pay(PERP, -150n * USD);
    await expect(table.checkpoint()).to.emit(
      new world.ethers.Contract(table.target, VENUE_LOSS, world.governor),
      "VenueLoss",
    );
    const [funding, insurance] = [await index(), await table.insuranceMicroUsd()];
    expect(funding < 0n && insurance < 0n).to.equal(true);
    expect(insurance + 100n * funding).to.equal(-150n * USD);
    await tomorrow();
    await venue.pay(PERP, 150n * USD);
    await table.checkpoint();
    expect(await table.insuranceMicroUsd()).to.equal(0n);
  });

  it("ends a loss where the account is worth nothing: what is owed beyond that is the venue's", async () => {
    await tomorrow();
    await venue.pay(PERP, -5_000n * USD);
    await table.checkpoint();
    expect((await table.insuranceMicroUsd()) + 100n * (await index())).to.equal(-200n * USD);
    expect(await booked()).to.equal(-100n * FEED);
  });

  it("reads no funding off a venue that is silent, loud, greedy for gas or absurd, and its mark then only follows the feed's clamp", async () => {
    for (const view of ["markMicroUsd", "cashMicroUsd", "positionLots"]) {
      for (const kind of [FAULT.silent, FAULT.loud, FAULT.eatGas, FAULT.bomb, FAULT.absurd]) {
        await ready.restore();
        ready = await world.networkHelpers.takeSnapshot();
        await tomorrow();
        await venue.pay(PERP, 5_000n);
        await venue.setPrice(PERP, FEED + 100n);
        await fault(view, kind);
        await table.checkpoint();
        expect(await index(), `${view} ${kind}`).to.equal(view === "markMicroUsd" ? 0n : 100n);
        await setFeed(world, (FEED * 110n) / 100n);
        await table.checkpoint();
        expect(await index()).to.equal((FEED * 110n * 95n) / 10_000n - FEED);
        await setFeed(world, FEED);
        await fault(view, FAULT.none);
        await table.checkpoint();
        expect(await index()).to.equal(150n);
      }
    }
  });

  it("stays where it is while the feed is silent", async () => {
    await world.feed.updateAnswer(0);
    await venue.setPrice(PERP, FEED + 100n);
    await table.checkpoint();
    expect(await index()).to.equal(0n);
    await expect(table.executeGroup(0, [1n, 0n])).to.be.revert(world.ethers);
  });

  it("crosses orders that cancel without asking the venue, so a dead one stops nobody's other slots", async () => {
    for (const view of ["markMicroUsd", "cashMicroUsd", "positionLots", "marginalPriceMicroUsd", "trade"])
      await fault(view, FAULT.eatGas);
    await expect(table.executeGroup(0, [1n, 0n])).to.be.revert(world.ethers);
    await open(world);
    await table.executeGroup(0, [0n, 0n]);
    expect((await table.fill(PERP)).debitMicroUsd).to.equal(0n);
  });

  it("accrues to the inventory's lots too", async () => {
    const small = await deployTable({ terms: { threshold: 20n, inventoryCap: 40n } });
    await small.table.fundInsurance(10_000n * USD);
    await small.table.executeGroup(0, [7n, 0n]);
    expect((await small.table.slotAccount(PERP)).inventoryLots).to.equal(-7n);
    expect(await small.table.inventoryMicroUsd()).to.equal(0n);
    await small.venue.setPrice(PERP, FEED + 1_000n);
    await small.table.checkpoint();
    expect(await small.table.inventoryMicroUsd()).to.equal(-7_000n);
  });

  it("costs this much gas a perp at a checkpoint", async () => {
    await tomorrow();
    await venue.pay(PERP, 5_000n);
    const receipt = await (await table.checkpoint()).wait();
    expect(Number(receipt.gasUsed)).to.be.below(120_000);
  });
});

const VENUE_LOSS = ["event VenueLoss(uint8 indexed slot, int256 lossMicroUsd)"];
