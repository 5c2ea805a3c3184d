import { expect } from "chai";
import { settleBook } from "../../prover/book/settlement.ts";
import { SUBGROUP_ORDER } from "../../prover/crypto/curve.ts";
import { parseSettleWords } from "../../prover/format/transcript.ts";
import { microUsd } from "../../prover/base/units.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  LOT,
  openEpoch,
  opening,
  PHASE,
  priceOf,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";

const DEPOSIT = 50_000n * USD;
const PRICE = priceOf(0);

describe("Clearing a group", () => {
  let world: World, market: any, desk: any, lens: any, venue: any, cash: any;
  let owners: Owner[], batch: BuiltSubmission[];
  let ready: { restore(): Promise<void> };

  // Epoch 1 buys; in epoch 2 the first vault sells 400 lots of slot 0 to the second's 100 and, on balance, the venue's
  // 300; slot 1 nets to nothing; in group 1 somebody buys 3 lots of slot 2.
  before(async () => {
    world = await deployMarket();
    ({ market, desk, lens, venue, cash } = world);
    owners = [await addVault(world, 1), await addVault(world, 2)];
    await openEpoch(world);
    const first = [
      (await submit(world, owners[0]!, { 0: 1_000n, 1: 50n }, { cashFlow: DEPOSIT })).built,
      (await submit(world, owners[1]!, { 0: 200n }, { cashFlow: DEPOSIT })).built,
    ];
    await closeAndTally(world, first);
    for (const group of [0, 1]) await clear(world, group, first);
    await openEpoch(world);
    batch = [
      (await submit(world, owners[0]!, { 0: -400n, 1: -20n })).built,
      (await submit(world, owners[1]!, { 0: 100n, 1: 20n, 2: 3n })).built,
    ];
    await closeAndTally(world, batch);
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());
  after(closeProvers);

  const failure = async (group = 0): Promise<string> => {
    const receipt = await (await clear(world, group, batch)).wait();
    const event = receipt.logs.find((log: any) => log.fragment?.name === "GroupFailed");
    expect(event, "the group was cleared").to.not.equal(undefined);
    expect(receipt.logs).to.have.length(1);
    return (market.interface.parseError(event.args.reason) ?? cash.interface.parseError(event.args.reason))?.name;
  };
  const lotsHeld = async (i: number): Promise<bigint> => (await world.tokens[i].balanceOf(desk)) / LOT;
  const account = async (i: number): Promise<bigint[]> => [...(await desk.slotAccount(i))];
  /** debit and charge of a slot. */
  const fill = async (i: number): Promise<bigint[]> =>
    [...(await lens.settleWords(owners[0]!.address))].slice(1 + 3 * i, 3 + 3 * i);
  const finish = async () => {
    for (const group of [0, 1]) await clear(world, group, batch);
  };

  it("crosses at the reference and trades only the net, at the venue, in that transaction", async () => {
    const [cashBefore, heldBefore] = [await cash.balanceOf(desk), await lotsHeld(0)];
    const { nets, rho } = opening(world, 0, batch);
    expect(nets).to.deep.equal([-300n, 0n]);
    await expect(clear(world, 0, batch))
      .to.emit(market, "GroupCleared")
      .withArgs(2n, 0n, nets, rho, [PRICE, priceOf(1)], [0n, 0n]);
    expect(await lotsHeld(0)).to.equal(heldBefore - 300n);
    expect((await cash.balanceOf(desk)) - cashBefore).to.equal(300n * PRICE);
    expect(await account(0)).to.deep.equal([900n, 0n]);
    expect(await market.phase()).to.equal(PHASE.clear);
    await clear(world, 1, batch);
    expect(await market.phase()).to.equal(PHASE.awaitSnapshot);
    expect(await fill(0)).to.deep.equal([PRICE, 0n]);
    expect((await lens.settleWords(owners[0]!.address))[0]).to.equal(0b111111n);
  });

  it("charges every lot, bought or sold, what the net cost beyond the reference, rounded up", async () => {
    await venue.setPrices(0, PRICE + 1_000n, PRICE - 1_001n);
    await venue.setPrices(2, priceOf(2) + 7n, priceOf(2));
    await finish();
    expect(await fill(0)).to.deep.equal([PRICE, 1_001n]);
    expect(await fill(2)).to.deep.equal([priceOf(2), 7n]);
    expect(await fill(1)).to.deep.equal([priceOf(1), 0n]);
  });

  it("charges nothing where the venue gave more than the reference, and the insurance account keeps that", async () => {
    await venue.setPrices(0, PRICE, PRICE + 500n);
    await finish();
    expect(await fill(0)).to.deep.equal([PRICE, 0n]);
    expect(await desk.insuranceMicroUsd()).to.equal(300n * 500n);
  });

  it("books what all know and leaves what can't be known: the market's cash covers all books and accounts, with the hidden charges over", async () => {
    await venue.setPrices(0, PRICE + 999n, PRICE - 999n);
    await finish();
    const books = await Promise.all(
      owners.map(async ({ address, book }) =>
        settleBook(
          world.profile,
          book,
          parseSettleWords(world.profile, [...(await lens.settleWords(address))]),
          world.snapshot,
          microUsd(0n),
        ),
      ),
    );
    const owned =
      books.reduce((sum, { cashAdj }) => sum + cashAdj, 0n) +
      (await desk.insuranceMicroUsd()) +
      (await desk.inventoryMicroUsd());
    // 500 lots were ordered, 300 of them met the venue: the charges on the other 200 are known to nobody.
    expect((await cash.balanceOf(desk)) - owned).to.equal(200n * 999n);
    for (const i of [0, 1, 2, 3])
      expect(books.reduce((sum, { positions }) => sum + positions[i]!, 0n)).to.equal((await account(i))[0]);
  });

  it("refuses every opening but the true one, and changes nothing by refusing", async () => {
    const { nets, rho } = opening(world, 0, batch);
    const refused = (error: string, group: number, wrong: bigint[], blinding: bigint) =>
      expect(market.clear(group, wrong, blinding)).to.be.revertedWithCustomError(market, error);
    await refused("NotTheOpening", 0, [nets[0]! + 1n, nets[1]!], rho);
    await refused("NotTheOpening", 0, [nets[0]! + 1n, nets[1]! - 1n], rho);
    await refused("NotTheOpening", 0, nets, rho + 1n);
    await refused("NotTheOpening", 0, nets.toReversed(), rho);
    await refused("NotTheOpening", 1, nets, rho);
    await refused("NetOutOfRange", 0, [nets[0]! + SUBGROUP_ORDER, nets[1]!], rho);
    await refused("NetOutOfRange", 0, [nets[0]! - SUBGROUP_ORDER, nets[1]!], rho);
    await refused("BlindingOutOfRange", 0, nets, rho + SUBGROUP_ORDER);
    await refused("WrongNetCount", 0, nets.slice(1), rho);
    await refused("WrongNetCount", 0, [...nets, 0n], rho);
    for (const group of [2, 8, 255]) await refused("GroupNotPending", group, nets, rho);
    await clear(world, 0, batch);
    await refused("GroupNotPending", 0, nets, rho);
  });

  describe("fails, and can be tried again until the deadline,", () => {
    const thenClears = async () => {
      await expect(clear(world, 0, batch)).to.emit(market, "GroupCleared");
      expect(await account(0)).to.deep.equal([900n, 0n]);
    };

    it("when the venue's price is pushed away from the reference, on either side", async () => {
      for (const pushed of [PRICE + PRICE / 100n, PRICE - PRICE / 100n]) {
        await venue.setMarginal(0, pushed);
        expect(await failure()).to.equal("VenueOffReference");
        expect(await market.clear.staticCall(0, ...Object.values(opening(world, 0, batch)))).to.equal(false);
      }
      await venue.setMarginal(0, PRICE + PRICE / 200n);
      await thenClears();
    });

    it("when a feed is stale or wrong", async () => {
      await world.feeds[1].updateAnswer(0);
      expect(await failure()).to.equal("ReferenceNotFresh");
      await world.feeds[1].updateAnswer(priceOf(1) * 100n);
      await thenClears();
    });

    it("when reference and charge lie further from the mark than the proofs allowed for", async () => {
      const moved = PRICE + (PRICE * 101n) / 10_000n;
      await world.feeds[0].updateAnswer(moved * 100n);
      await venue.setQuote(0, world.tokens[0].target, LOT, moved);
      expect(await failure()).to.equal("AboveSlip");
      await world.feeds[0].updateAnswer(PRICE * 100n);
      await venue.setQuote(0, world.tokens[0].target, LOT, PRICE);
      await thenClears();
    });

    it("whole: a slot that fails takes back the trade of the one before it, and no other group waits for it", async () => {
      await venue.setMarginal(1, priceOf(1) * 2n);
      const [cashBefore, heldBefore] = [await cash.balanceOf(desk), await lotsHeld(0)];
      expect(await failure()).to.equal("VenueOffReference");
      expect([await cash.balanceOf(desk), await lotsHeld(0)]).to.deep.equal([cashBefore, heldBefore]);
      await expect(clear(world, 1, batch)).to.emit(market, "GroupCleared");
      await venue.setMarginal(1, priceOf(1));
      await thenClears();
    });
  });

  describe("trusts the adapter with nothing:", () => {
    it("it can't sell below the band or buy above it", async () => {
      // fee 30 bps + κ 1000 bps·300 / 10,000 = 60 bps.
      const band = (PRICE * 60n) / 10_000n;
      await venue.setPrices(0, PRICE, PRICE - band - 1n);
      expect(await failure()).to.equal("FillOutsideBand");
      await venue.setPrices(0, PRICE, PRICE - band);
      await expect(clear(world, 0, batch)).to.emit(market, "GroupCleared");
      await venue.setPrices(2, priceOf(2) + (priceOf(2) * 31n) / 10_000n, priceOf(2));
      expect(await failure(1)).to.equal("ERC20InsufficientAllowance");
    });

    it("it can't take more than the trade, of cash or of tokens, nor bring less", async () => {
      for (const [tokensOff, grab, group] of [
        [-1n, 0n, 0],
        [1n, 0n, 0],
        [0n, 300n * PRICE, 0],
        [-1n, 0n, 1],
        [1n, 0n, 1],
        [0n, USD, 1],
      ] as const) {
        await venue.misbehave(tokensOff, grab);
        const before = [await cash.balanceOf(desk), await lotsHeld(0), await lotsHeld(2)];
        await failure(group);
        expect([await cash.balanceOf(desk), await lotsHeld(0), await lotsHeld(2)]).to.deep.equal(before);
      }
      await venue.misbehave(0n, 0n);
      await finish();
    });

    it("it is left without an allowance", async () => {
      await finish();
      for (const token of [cash, ...world.tokens]) expect(await token.allowance(desk, venue)).to.equal(0n);
    });

    it("it can't enter the market while it trades", async () => {
      const { nets, rho } = opening(world, 1, batch);
      for (const [target, call] of [
        [market, market.interface.encodeFunctionData("clear", [1, nets, rho])],
        [desk, desk.interface.encodeFunctionData("fundInsurance", [0])],
        [
          market,
          market.interface.encodeFunctionData("submit", [{ ...batch[0]!.submission, proof: Array(8).fill(0n) }]),
        ],
      ]) {
        await venue.setCallback(target, call);
        expect(await failure()).to.equal("ReentrancyGuardReentrantCall");
      }
    });
  });

  describe("The inventory account", () => {
    const fund = (amount: bigint) => desk.connect(world.governor).fundInsurance(amount);

    it("takes a net below the threshold at the reference, if the insurance account can lose all of it", async () => {
      await expect(fund(3n * priceOf(2))).to.emit(desk, "InsuranceFunded");
      const held = await cash.balanceOf(desk);
      await finish();
      expect(await account(2)).to.deep.equal([0n, -3n]);
      expect(await desk.inventoryMicroUsd()).to.equal(3n * priceOf(2));
      expect((await cash.balanceOf(desk)) - held).to.equal(300n * PRICE);
      expect(await fill(2)).to.deep.equal([priceOf(2), 0n]);
    });

    it("stays out when the insurance account is a micro-dollar short of that: the venue trades it", async () => {
      await fund(3n * priceOf(2) - 1n);
      await finish();
      expect(await account(2)).to.deep.equal([3n, 0n]);
      expect(await desk.inventoryMicroUsd()).to.equal(0n);
    });

    it("is evened out by the next trade of the slot, and pays the charge like everybody", async () => {
      await fund(100n * USD);
      await finish();
      await openEpoch(world);
      const next = [(await submit(world, owners[0]!, { 2: 20n })).built, (await submit(world, owners[1]!)).built];
      await closeAndTally(world, next);
      await venue.setPrices(2, priceOf(2) + 100n, priceOf(2));
      const insurance = await desk.insuranceMicroUsd();
      const paid = await cash.balanceOf(desk);
      for (const group of [0, 1]) await clear(world, group, next);
      expect(await account(2)).to.deep.equal([23n, 0n]);
      expect(paid - (await cash.balanceOf(desk))).to.equal(23n * (priceOf(2) + 100n));
      // It had sold three lots at the price they are bought back at: what is left of it is the charge.
      expect(await desk.inventoryMicroUsd()).to.equal(-3n * 100n);
      expect(await desk.insuranceMicroUsd()).to.equal(insurance);
    });
  });
});
