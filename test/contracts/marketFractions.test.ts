import { expect } from "chai";
import { settleBook } from "../../prover/book/settlement.ts";
import { microUsd } from "../../prover/base/units.ts";
import { closeProvers } from "../support/market.ts";
import type { Order } from "../support/market.ts";
import { USD, WholeMarket } from "../support/wholeMarket.ts";
import type { MarketVault } from "../support/wholeMarket.ts";

/** What a mandate may let a vault order of the venue's liquidity; a third of it does not fit within the slip. */
const MANDATE = { participationBps: 4_000 };
const LARGE = 170_000n - (170_000n % 16n);
const HONEST: readonly Order[] = [
  { 0: 3_008n, 1: 2_000n },
  { 0: 2_000n, 1: 1_008n, 2: 1_008n },
];

describe("A group whose orders do not fit whole", () => {
  let market: WholeMarket;
  let large: MarketVault;
  let honest: MarketVault[];
  let ready: () => Promise<void>;

  // In epoch 1 one vault orders a third of a slot's volume, as its mandate lets it, beside two that order little.
  before(async () => {
    market = await WholeMarket.open();
    large = await market.addVault({ mandate: MANDATE });
    honest = [await market.addVault({ mandate: MANDATE }), await market.addVault({ mandate: MANDATE })];
    await (await market.depositor(large, 0)).requestDeposit(20n * LARGE * USD);
    for (const vault of honest) await (await market.depositor(vault, 1)).requestDeposit(1_000_000n * USD);
    await market.openEpoch();
    await market.submit(large, { 0: LARGE });
    for (const [k, vault] of honest.entries()) await market.submit(vault, HONEST[k]);
    await market.closeEpoch();
    ready = await market.checkpoint();
  });
  afterEach(() => ready());
  after(async () => {
    await market?.close();
    await closeProvers();
  });

  const failureOf = async (group: number): Promise<string> => {
    const { nets, rho } = await market.opening(group);
    const receipt = await market.step("clear", [group, nets, rho]);
    const events = receipt.logs.map((log) => market.chain.market.interface.parseLog(log));
    const failed = events.find((event) => event?.name === "GroupFailed");
    return market.chain.market.interface.parseError(failed!.args["reason"] as string)!.name;
  };
  /** Every part of the first group's nets, tried out. */
  const largestThatFits = async (nets: readonly bigint[]): Promise<bigint> => {
    const { desk, market: contract } = market.chain;
    const { networkHelpers } = market.connection;
    const snapshot = (await contract.getFunction("snapshotPointer")()) as string;
    const address = await contract.getAddress();
    await networkHelpers.impersonateAccount(address);
    const rehearse = desk.connect(await market.connection.ethers.getSigner(address)).getFunction("rehearse");
    let largest = 0n;
    for (let part = 1n; part <= 16n; part++) {
      const lots = nets.map((net) => (net / 16n) * part);
      const error = await rehearse.staticCall(snapshot, 0, lots).then(
        () => undefined,
        (reason: { data?: string }) => desk.interface.parseError(reason.data ?? "0x")?.name,
      );
      expect(error, `${part} sixteenths`).to.be.oneOf(["Rehearsed", "AboveSlip"]);
      if (error === "Rehearsed") largest = part;
    }
    await networkHelpers.stopImpersonatingAccount(address);
    return largest;
  };

  it("is cleared whole or not at all in the first half of its window, while others go on", async () => {
    expect(await failureOf(0)).to.equal("AboveSlip");
    expect(await market.clear(1)).to.equal(true);
    expect(await market.chain.pendingGroups()).to.deep.equal([0]);
  });

  it("is cleared in the second half by the largest fraction that fits, the same for all slots and vaults", async () => {
    const { nets } = await market.opening(0);
    await market.passHalfOfClearing();
    const largest = await largestThatFits(nets);
    expect(await market.clear(0)).to.equal(true);
    expect(await market.clear(1)).to.equal(true);
    const { epoch } = await market.chain.status();
    const clearings = await market.chain.clearings(epoch);
    const { fraction } = clearings.find(({ group }) => group === 0)!;
    expect(fraction > 0n && fraction < 16n, `${fraction} sixteenths`).to.equal(true);
    expect(fraction).to.equal(largest);
    expect(clearings.find(({ group }) => group === 1)!.fraction).to.equal(16n);

    // What the market has traded are so many lots of each block, and what vaults settle by adds up to it.
    const lotsOf = async (slot: number): Promise<bigint> =>
      (await market.chain.desk.slotAccount(slot)).positionLots as bigint;
    expect(await lotsOf(0)).to.equal((nets[0]! / 16n) * fraction);
    expect(await lotsOf(1)).to.equal((nets[1]! / 16n) * fraction);
    expect(await lotsOf(2)).to.equal(1_008n);
    await market.openEpoch();
    const settled = await Promise.all(
      [large, ...honest].map(async (vault) => (await market.settled(vault)).settlement),
    );
    for (const slot of [0, 1, 2])
      expect(settled.reduce((sum, { positions }) => sum + positions[slot]!, 0n)).to.equal(await lotsOf(slot));
    expect(settled[1]!.positions.slice(0, 2)).to.deep.equal([(3_008n / 16n) * fraction, (2_000n / 16n) * fraction]);
    expect(settled.map(({ cut }) => cut)).to.deep.equal([true, true, true]);
    console.log(
      `      one vault's order of a third of the slot's volume leaves the others ${fraction}/16 of theirs in that epoch`,
    );
  });

  it("is not cut smaller by a caller who sends too little gas: that call reverts, whatever it sends", async () => {
    await market.passHalfOfClearing();
    const { nets, rho } = await market.opening(0);
    const before = await market.checkpoint();
    await market.clear(0);
    const { epoch } = await market.chain.status();
    const whole = (await market.chain.clearings(epoch))[0]!.fraction;
    await before();
    const found = new Set<bigint>();
    for (let gasLimit = 2_000_000; gasLimit <= 16_000_000; gasLimit += 1_000_000) {
      const undo = await market.checkpoint();
      try {
        await (await market.chain.market.connect(market.keeper).clear(0, nets, rho, { gasLimit })).wait();
        for (const cleared of await market.chain.clearings(epoch)) found.add(cleared.fraction);
      } catch {
        // Out of gas: nothing has happened.
      }
      await undo();
    }
    expect(
      [...found].every((fraction) => fraction === whole),
      [...found].join(),
    ).to.equal(true);
  });

  it("refuses nets that are no whole blocks", async () => {
    const { nets, rho } = await market.opening(0);
    await expect(
      market.chain.market.connect(market.keeper).clear(0, [nets[0]! + 1n, nets[1]!], rho),
    ).to.be.revertedWithCustomError(market.chain.market, "NotInBlocks");
  });

  it("lapses after the window as before, if nobody clears it", async () => {
    await market.passDeadline();
    await market.step("lapse", [0]);
    expect(await market.chain.pendingGroups()).to.deep.equal([1]);
    await market.step("lapse", [1]);
    await market.openEpoch();
    const { state, settlement } = await market.settled(large);
    expect(state.settle.fraction).to.deep.equal([0n, 0n]);
    expect(settlement.cut).to.equal(true);
    expect(settleBook(market.profile, large.book, state.settle, state.snapshot, microUsd(0n)).filled).to.deep.equal([
      0n,
      0n,
      0n,
      0n,
    ]);
  });
});
