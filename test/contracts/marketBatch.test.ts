import { expect } from "chai";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  openEpoch,
  opening,
  passDeadline,
  PHASE,
  prepare,
  proven,
  STATUS,
  submit,
  tallyOf,
  USD,
} from "../support/market.ts";
import type { Order, Owner, World } from "../support/market.ts";

const DEPOSIT = 50_000n * USD;

describe("A batch with two of three vaults in", () => {
  let world: World;
  let market: any, lens: any;
  let owners: Owner[];
  let batch: BuiltSubmission[];
  let submitted: { restore(): Promise<void> };

  before(async () => {
    world = await deployMarket();
    ({ market, lens } = world);
    owners = [await addVault(world, 1), await addVault(world, 2), await addVault(world, 3)];
    await openEpoch(world);
    batch = [];
    const orders: Order[] = [{ 0: 100n }, { 0: 40n, 3: 7n }];
    for (const [k, order] of orders.entries())
      batch.push((await submit(world, owners[k]!, order, { cashFlow: DEPOSIT })).built);
    submitted = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => submitted.restore());
  after(closeProvers);

  const phase = async (): Promise<bigint> => market.phase();

  it("cannot close before the window's end, and closes at the first second after it", async () => {
    await world.time.setNextBlockTimestamp(await market.deadline());
    await expect(market.close()).to.be.revertedWithCustomError(market, "DeadlineNotPassed");
    await passDeadline(world);
    await expect(market.close())
      .to.emit(market, "EpochClosed")
      .withArgs(1n, 2n, await market.setHash(), false);
    expect(await phase()).to.equal(PHASE.clear);
  });

  it("takes the last vault up to the deadline and not a second later", async () => {
    const last = await proven(world, await prepare(world, owners[2]!, {}, { cashFlow: DEPOSIT }));
    await world.networkHelpers.mine(1);
    const inTime = await world.networkHelpers.takeSnapshot();
    await passDeadline(world);
    await expect(market.submit(last)).to.be.revertedWithCustomError(market, "DeadlinePassed");
    await inTime.restore();
    await world.time.setNextBlockTimestamp(await market.deadline());
    await market.submit(last);
    await market.close();
    expect(await phase()).to.equal(PHASE.clear);
  });

  it("freezes the set: nobody submits after the close, and nobody closes twice", async () => {
    const last = await proven(world, await prepare(world, owners[2]!, {}, { cashFlow: DEPOSIT }));
    await passDeadline(world);
    await market.close();
    await expect(market.submit(last)).to.be.revertedWithCustomError(market, "WrongPhase").withArgs(PHASE.clear);
    await expect(market.close()).to.be.revertedWithCustomError(market, "WrongPhase");
  });

  it("tallies with the frozen submissions only, in their order", async () => {
    await expect(market.tally(...(await tallyOf(world, batch)))).to.be.revertedWithCustomError(market, "WrongPhase");
    await passDeadline(world);
    await market.close();
    const [from, before, vaults, contents, orders] = await tallyOf(world, batch);
    const refused = (error: string, ...args: unknown[]) =>
      expect(market.tally(...args)).to.be.revertedWithCustomError(market, error);
    await refused("NotTheBatch", from, before, vaults.toReversed(), contents, orders);
    await refused("NotTheBatch", from, before, vaults, contents.toReversed(), orders);
    for (const k of orders.keys())
      await refused("NotTheBatch", from, before, vaults, contents, orders.with(k, orders[k]! + 1n));
    await refused("NotTheBatch", from, world.ethers.ZeroHash, vaults, contents, orders);
    await refused("NotTheBatch", 1, before, vaults.slice(0, 1), contents.slice(0, 1), orders.slice(0, 4));
    await refused("WrongTally", from, before, vaults.slice(0, 1), contents.slice(0, 1), orders.slice(0, 4));
    await refused(
      "WrongTally",
      from,
      before,
      [...vaults, vaults[0]!],
      [...contents, contents[0]!],
      [...orders, ...orders.slice(0, 4)],
    );
    for (const beyond of [1, 2, world.ethers.MaxUint256])
      await refused("WrongTally", beyond, before, vaults, contents, orders);
    await refused("WrongTally", from, before, vaults, contents, orders.slice(1));
    await refused("WrongTally", from, before, vaults, contents.slice(1), orders);
    await refused("WrongTally", from, before, [], [], []);
    const { nets, rho } = opening(world, 0, batch);
    await expect(market.clear(0, nets, rho))
      .to.be.revertedWithCustomError(market, "NotTallied")
      .withArgs(2n);
    await market.connect(world.outsider).tally(from, before, vaults, contents, orders);
    await refused("WrongTally", from, before, vaults, contents, orders);
    await clear(world, 0, batch);
  });

  it("tallies in parts as well, the latest first, to the same sums", async () => {
    await passDeadline(world);
    await market.close();
    await market.tally(...(await tallyOf(world, batch, 1)));
    const { nets, rho } = opening(world, 0, batch);
    await expect(market.clear(0, nets, rho))
      .to.be.revertedWithCustomError(market, "NotTallied")
      .withArgs(1n);
    const first = await tallyOf(world, batch.slice(0, 1));
    await expect(market.tally(...(await tallyOf(world, batch, 1))))
      .to.be.revertedWithCustomError(market, "WrongTally")
      .withArgs(1n);
    await expect(market.tally(...first))
      .to.emit(market, "BatchTallied")
      .withArgs(1n, 0n);
    for (const group of [0, 1]) await expect(clear(world, group, batch)).to.emit(market, "GroupCleared");
    expect(await phase()).to.equal(PHASE.awaitSnapshot);
  });

  it("tallies the whole batch although a stranger's small tally got in first, counting nothing twice", async () => {
    await passDeadline(world);
    await market.close();
    const whole = await tallyOf(world, batch);
    await market.connect(world.outsider).tally(...(await tallyOf(world, batch, 1)));
    const [from, before, vaults, contents, orders] = whole;
    await expect(
      market.tally(from, before, vaults, contents, orders.with(0, orders[0]! + 1n)),
    ).to.be.revertedWithCustomError(market, "NotTheBatch");
    await expect(market.tally(...whole))
      .to.emit(market, "BatchTallied")
      .withArgs(1n, 0n);
    for (const group of [0, 1]) await expect(clear(world, group, batch)).to.emit(market, "GroupCleared");
  });

  it("lapses group by group when nobody clears, at anybody's push after the deadline, and the next epoch opens", async () => {
    await passDeadline(world);
    await market.close();
    await expect(market.lapse(0)).to.be.revertedWithCustomError(market, "DeadlineNotPassed");
    await passDeadline(world);
    await market.connect(world.outsider).lapse(1);
    for (const group of [1, 2, 7, 8, 255])
      await expect(market.lapse(group)).to.be.revertedWithCustomError(market, "GroupNotPending").withArgs(group);
    await expect(market.lapse(0)).to.emit(market, "EpochSettled").withArgs(1n, world.ethers.ZeroAddress, 0n);
    expect((await lens.settleWords(owners[0]!.address))[0]).to.equal(((1n << 4n) - 1n) << 2n);
    await openEpoch(world);
    expect(await market.epoch()).to.equal(2n);
  });

  it("clears no group after the deadline: when to look is nobody's option", async () => {
    await passDeadline(world);
    await closeAndTally(world, batch);
    await passDeadline(world);
    const { nets, rho } = opening(world, 0, batch);
    await expect(market.clear(0, nets, rho)).to.be.revertedWithCustomError(market, "DeadlinePassed");
  });

  it("does not say how an order settled before the epoch is settled", async () => {
    await expect(lens.settleWords(owners[0]!.address)).to.be.revertedWithCustomError(market, "NotSettled").withArgs(1n);
    expect((await lens.settleWords(owners[2]!.address))[0]).to.equal(((1n << 4n) - 1n) << 2n);
  });

  it("counts a vault registered during the epoch in the next one only", async () => {
    const late = await addVault(world, 4);
    expect((await market.epochState()).expected).to.equal(3n);
    const submission = {
      vault: late.address,
      h: 0n,
      proof: Array(8).fill(0n),
      newCommitment: 0n,
      redeemShares: 0n,
      nav: 0n,
      insolvent: 0n,
      sealedWords: [],
    };
    await expect(market.submit(submission))
      .to.be.revertedWithCustomError(market, "VaultNotYetIn")
      .withArgs(late.address, 2n);
  });

  describe("and halted", () => {
    it("the guardian's halt stops the clearing at once, and the groups lapse", async () => {
      await passDeadline(world);
      await closeAndTally(world, batch);
      await expect(market.connect(world.outsider).halt()).to.be.revertedWithCustomError(
        market,
        "AccessManagedUnauthorized",
      );
      await expect(market.connect(world.guardian).halt()).to.emit(market, "Halted");
      const { nets, rho } = opening(world, 0, batch);
      await expect(market.clear(0, nets, rho)).to.be.revertedWithCustomError(market, "MarketHalted");
      await passDeadline(world);
      for (const group of [0, 1]) await market.lapse(group);
      expect(await phase()).to.equal(PHASE.awaitSnapshot);
    });

    it("a halt in mid-epoch leaves the proofs of that epoch good", async () => {
      const last = await prepare(world, owners[2]!, {}, { cashFlow: DEPOSIT });
      await market.connect(world.guardian).halt();
      await market.submit(await proven(world, last));
      expect((await market.vaultState(owners[2]!.address)).status).to.equal(STATUS.active);
    });
  });
});
