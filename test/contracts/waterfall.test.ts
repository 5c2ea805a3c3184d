import { expect } from "chai";
import fc from "fast-check";
import { contractArtifact, deployedAt, deploy } from "../../client/deploy/artifacts.ts";
import { serve } from "../../client/node/http.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { latestSubmission } from "../../client/sdk/roles/recovery.ts";
import { bookWords } from "../../prover/book/book.ts";
import { shareOfBook, signBookShare } from "../../prover/committee/recovery.ts";
import { bps } from "../../prover/base/units.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  MANDATE,
  openEpoch,
  passDeadline,
  PHASE,
  postBond,
  prepare,
  readerOf,
  priceOf,
  proven,
  STATUS,
  submit,
  USD,
} from "../support/market.ts";
import type { Flows, Order, Owner, World } from "../support/market.ts";
import { derivativeSnapshot, FEED, listPerpAndOption, PERP } from "../support/derivatives.ts";

const SPOT = 2;
const PPB = 10n ** 9n;
const BOND = 50n * USD;
const DEPOSIT = 1_000n * USD;
/** Lots of the perp that the loser is short and the winner long: 1.9 times the loser's capital. */
const LOTS = 190n;
/** The mark after which the loser has lost 140 dollars more than it had. */
const AFTER = (FEED * 16n) / 10n;
const SLIP_BPS = 100n;
const UNWINDING = LOTS * ((AFTER * SLIP_BPS) / 10_000n);
const DEFICIT = LOTS * (AFTER - FEED) - DEPOSIT;
const LIQUIDITY = 1_000n;
/** Twice the capital in one slot. */
const WIDE = { ...MANDATE, concentrationBps: bps(20_000n) };

describe("When a vault has lost more than it had", () => {
  let world: World & { feed: any; venue: any }, market: any, desk: any, bonds: any, cash: any;
  let loser: Owner, winner: Owner, honest: Owner;
  let owners: Owner[];
  let ready: { restore(): Promise<void> };
  let books: Owner["book"][];
  let quotes = { mark: FEED };

  // Epoch 1: loser and winner cross 190 lots of the perp; the honest vault buys 100 lots of spot.
  before(async () => {
    const spot = await deployMarket({ slots: [SPOT], config: { minBondMicroUsd: Number(BOND), minShareBps: 1 } });
    ({ market, desk, cash } = spot);
    world = { ...spot, ...(await listPerpAndOption(spot, desk)) };
    owners = [loser, winner, honest] = [
      await addVault(world, 1, WIDE),
      await addVault(world, 2, WIDE),
      await addVault(world, 3),
    ];
    bonds = deployedAt("Bonds", await desk.bonds(), world.governor);
    await open();
    await trade([{ [PERP]: -LOTS }, { [PERP]: LOTS }, { [SPOT]: 100n }], { cashFlow: DEPOSIT });
    books = owners.map(({ book }) => book);
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(async () => {
    await ready.restore();
    owners.forEach((owner, i) => (owner.book = books[i]!));
    quotes = { mark: FEED };
  });
  after(closeProvers);

  /** What the oracle does in one transaction. */
  async function open(halt = false): Promise<void> {
    await market.connect(world.oracle).checkpoint();
    const carryIndex = await desk.carryIndex(PERP);
    await openEpoch(world, {
      halt,
      snapshot: derivativeSnapshot({
        unlisted: [3],
        ...quotes,
        slipBps: SLIP_BPS,
        liquidity: [LIQUIDITY, LIQUIDITY],
        carryIndex,
      }),
    });
  }
  /** Submits for those with an order and clears. */
  async function trade(orders: readonly (Order | undefined)[], flows: Flows = {}): Promise<void> {
    const batch: BuiltSubmission[] = [];
    for (const [i, order] of orders.entries())
      if (order) batch.push((await submit(world, owners[i]!, order, flows)).built);
    await passDeadline(world);
    await closeAndTally(world, batch);
    for (const group of [0, 1]) await expect(clear(world, group, batch)).to.emit(market, "GroupCleared");
  }
  /** The price jumps, and the loser says what it has come to. */
  async function declare(): Promise<void> {
    await world.feed.updateAnswer(AFTER * 100n);
    await world.venue.setPrice(PERP, AFTER);
    quotes = { mark: AFTER };
    await open();
    const { built } = await submit(world, loser);
    expect(built.settlement.navBefore).to.equal(-DEFICIT);
    expect((await market.vaultState(loser.address)).status).to.equal(STATUS.insolvent);
  }
  const idle = async (): Promise<void> => {
    await passDeadline(world);
    await market.close();
    if ((await market.phase()) === 2n) {
      await passDeadline(world);
      for (const group of [0, 1]) await market.lapse(group);
    }
  };
  /** Ends the vaults of owners that have been silent long enough when the open epoch ends. */
  const end = async (...owners: Owner[]): Promise<void> => {
    await idle();
    for (const { address } of owners) await market.startRecovery(address);
    await open();
    await idle();
    await world.time.increase(world.config.challengeWindow);
    for (const { address } of owners) await market.finishChallenge(address);
    await open();
  };
  const commitmentOf = async ({ address }: Owner): Promise<bigint> => (await market.vaultState(address)).commitment;
  const resolve = () => market.connect(world.outsider).openBook(loser.address, bookWords(loser.book));
  /** Declared, and the next epoch open. */
  const toResolving = async (): Promise<void> => {
    await declare();
    await idle();
    await open();
  };
  /** From the next opening on, everybody bears what a book has brought to light. */
  const nextEpoch = async (): Promise<void> => {
    await idle();
    await open();
  };
  /** Adds to what stands behind the loser until it is `amount`. */
  const bondOf = async (amount: bigint): Promise<void> => void (await postBond(world, loser.address, amount - BOND));
  const accounts = async (): Promise<bigint> => (await desk.insuranceMicroUsd()) + (await desk.inventoryMicroUsd());
  /** A vault's NAV at the open snapshot. */
  const navOf = async (owner: Owner): Promise<bigint> => (await prepare(world, owner)).settlement.navBefore;
  /** Redeems, and tells what the vault got. */
  const redeem = async (owner: Owner, amount: bigint): Promise<bigint> => {
    const before: bigint = await cash.balanceOf(owner.address);
    await submit(world, owner, {}, { cashFlow: -amount, redeemShares: 1n });
    return BigInt(await cash.balanceOf(owner.address)) - before;
  };
  const leftover = DEFICIT + UNWINDING;

  it("its owner's bond pays the deficit and what unwinding may cost, the owner has the rest back, and nobody else pays anything", async () => {
    await bondOf(leftover + 1_000n * USD);
    await toResolving();
    const before = await accounts();
    await expect(resolve()).to.emit(desk, "VaultResolved").withArgs(loser.address, -DEFICIT, UNWINDING, leftover, 0n);
    expect((await market.vaultState(loser.address)).status).to.equal(STATUS.resolved);
    expect(await loser.vault.resolved()).to.equal(true);
    expect((await accounts()) - before).to.equal(UNWINDING);
    expect([await desk.haircutPpb(), await desk.owedMicroUsd(loser.address)]).to.deep.equal([0n, 0n]);
    expect((await desk.slotAccount(PERP)).inventoryLots).to.equal(-LOTS);

    const mine = await cash.balanceOf(world.governor.address);
    await bonds.withdraw(loser.address);
    expect((await cash.balanceOf(world.governor.address)) - mine).to.equal(1_000n * USD);
    const [won, kept] = [await navOf(winner), await navOf(honest)];
    expect([won, await redeem(winner, 100n * USD), await redeem(honest, kept / 2n)]).to.deep.equal([
      DEPOSIT + LOTS * (AFTER - FEED),
      100n * USD,
      kept / 2n,
    ]);
  });

  it("the insurance account pays what the bond does not, to the last micro-dollar, and nobody else", async () => {
    await desk.fundInsurance(DEFICIT - BOND);
    await toResolving();
    const { logs } = await (await resolve()).wait();
    const resolved = logs
      .map((log: any) => desk.interface.parseLog(log))
      .find((event: any) => event?.name === "VaultResolved");
    expect([...resolved.args]).to.deep.equal([loser.address, -DEFICIT, UNWINDING, BOND, 0n]);
    expect([await desk.haircutPpb(), await accounts()]).to.deep.equal([0n, 0n]);
    expect(await bonds.bondMicroUsd(loser.address)).to.equal(0n);
    const kept = await navOf(honest);
    expect(await redeem(honest, kept / 2n)).to.equal(kept / 2n);
  });

  it("is found out all the same if it stays silent, a recovery later: meanwhile the winner leaves in full, as far as its mandate lets it", async () => {
    await desk.fundInsurance(DEFICIT);
    await world.feed.updateAnswer(AFTER * 100n);
    await world.venue.setPrice(PERP, AFTER);
    quotes = { mark: AFTER };
    await open();
    expect(await redeem(winner, 500n * USD)).to.equal(500n * USD);
    for (let missed = 1; missed < world.config.heartbeatLimit; missed++) {
      await idle();
      await open();
    }
    await end(loser);
    await expect(resolve()).to.emit(desk, "VaultResolved").withArgs(loser.address, -DEFICIT, UNWINDING, BOND, 0n);
    expect(await desk.haircutPpb()).to.equal(0n);
  });

  it("is opened by a keeper with the members' shares alone, if its owner does no more than say so", async () => {
    await toResolving();
    const { ethers, members, config } = world;
    const chain = readerOf(world);
    const { last, endedAt } = (await latestSubmission(chain, loser.address))!;
    expect([last.newCommitment, endedAt]).to.deep.equal([
      await commitmentOf(loser),
      (await chain.submissions({ vault: loser.address })).at(-1)!.blockNumber,
    ]);
    const servers = await Promise.all(
      (await chain.committeeAccounts(1)).map(async (account, j) => {
        const share = shareOfBook(chain.profile, chain.vaultId(loser.address), last, j + 1, members[j]!);
        const signed = await signBookShare(await ethers.getSigner(account), share);
        return serve({ book: () => signed }, 0);
      }),
    );
    const keeper = new Keeper({ chain, signer: world.keeper, reporters: [], members: servers.map(({ url }) => url) });
    expect(await keeper.step()).to.include({ step: "openBook" });
    servers.forEach(({ close }) => close());
    expect((await market.vaultState(loser.address)).status).to.equal(STATUS.resolved);
    expect(config.heartbeatLimit > 1, "nobody else had been silent for long").to.equal(true);
  });

  it("sells what it held in the batches, and the purse alone gains or loses by the price it gets", async () => {
    await bondOf(leftover);
    await toResolving();
    await resolve();
    const won = await navOf(winner);
    // A tenth of 1,000 lots.
    for (const left of [90n, 0n]) {
      await trade([undefined, undefined, {}]);
      expect((await desk.slotAccount(PERP)).inventoryLots).to.equal(-left);
      await open();
      expect(await navOf(winner)).to.equal(won);
    }
    expect((await desk.slotAccount(PERP)).positionLots).to.equal(LOTS);
    expect(await desk.haircutPpb()).to.equal(0n);
  });

  it("sells it in halted epochs too, once in each, at anybody's push, and only where it can be traded within bounds", async () => {
    await bondOf(leftover);
    await toResolving();
    await resolve();
    await expect(market.unwind(0), "orders do it in an open epoch").to.be.revertedWithCustomError(
      market,
      "GroupNotPending",
    );
    const anybody = market.connect(world.outsider);
    for (const left of [90n, 0n]) {
      await idle();
      await open(true);
      const won = await navOf(winner);
      await world.venue.setMarginal(PERP, AFTER * 2n);
      await expect(anybody.unwind(0), "a venue that was pushed").to.be.revertedWithCustomError(
        market,
        "NothingUnwound",
      );
      await world.venue.setMarginal(PERP, AFTER);
      await expect(anybody.unwind(0)).to.emit(market, "GroupUnwound");
      expect((await desk.slotAccount(PERP)).inventoryLots).to.equal(-left);
      await expect(anybody.unwind(0)).to.be.revertedWithCustomError(market, "GroupNotPending");
      await expect(anybody.unwind(1), "it holds nothing there").to.be.revertedWithCustomError(market, "NothingUnwound");
      expect(await navOf(winner)).to.equal(won);
    }
    await passDeadline(world);
    await expect(anybody.unwind(1)).to.be.revertedWithCustomError(market, "DeadlinePassed");
    expect((await desk.slotAccount(PERP)).positionLots).to.equal(LOTS);
    expect(await desk.haircutPpb()).to.equal(0n);
  });

  it("paying a resolved vault leaves the insurance account what it had: the vault's own cash is in the other one", async () => {
    await desk.fundInsurance(20n * USD);
    await open();
    await idle();
    await open();
    await end(honest);
    await market.openBook(honest.address, bookWords(honest.book));
    await market.payResolved(honest.address);
    expect(await desk.insuranceMicroUsd()).to.equal(20n * USD);
  });

  it("pays a resolved vault while the marks are fresh alone: not after the submit deadline, but in the next epoch", async () => {
    await open();
    await idle();
    await open();
    await end(honest);
    await market.openBook(honest.address, bookWords(honest.book));
    await passDeadline(world);
    expect(await market.phase(), "nobody has closed the epoch").to.equal(PHASE.submit);
    const { deadline } = await market.epochState();
    await expect(market.payResolved(honest.address))
      .to.be.revertedWithCustomError(market, "DeadlinePassed")
      .withArgs(deadline);
    const owed: bigint = await desk.owedMicroUsd(honest.address);
    await idle();
    await open();
    await market.payResolved(honest.address);
    expect(await desk.owedMicroUsd(honest.address)).to.be.lessThan(owed);
  });

  it("nobody but governance can have its positions sold once no vault is left to submit: no batch is cleared", async () => {
    await open();
    await idle();
    await open();
    await end(...owners);
    for (const owner of owners) await market.openBook(owner.address, bookWords(owner.book));
    for (let k = 0; k < 2; k++) {
      await idle();
      await open();
      expect((await desk.slotAccount(SPOT)).inventoryLots).to.equal(100n);
    }
    await idle();
    await expect(desk.connect(world.outsider).endSeries(SPOT)).to.be.revertedWithCustomError(
      market,
      "AccessManagedUnauthorized",
    );
    await desk.endSeries(SPOT);
  });

  describe("and bond and insurance are too little", () => {
    const INSURANCE = 20n * USD;
    const MISSING = DEFICIT - BOND - INSURANCE;
    beforeEach(async () => {
      await desk.fundInsurance(INSURANCE);
      await toResolving();
    });

    it("one public number says by how much all claims are cut, from the next opening on, and before that nobody is", async () => {
      const left = await redeem(honest, 100n * USD);
      expect(left).to.equal(100n * USD);
      const claims =
        (await cash.balanceOf(desk)) + BOND + 100n * priceOf(SPOT) + MISSING + (await desk.venue(PERP))[1].cashMicroUsd;
      const haircut = (MISSING * PPB + claims - 1n) / claims;
      await resolve();
      expect(await desk.haircutPpb()).to.equal(0n);
      await nextEpoch();
      const [{ args }] = (await desk.queryFilter("HaircutSet")).slice(-1);
      expect([...args]).to.deep.equal([haircut, -MISSING, claims]);
      expect([
        await desk.haircutPpb(),
        await deployedAt("Desk", desk.target, world.governor).getFunction("haircutPpb")(),
      ]).to.deep.equal([haircut, haircut]);
    });

    it("whoever leaves after it is paid the same part, in whatever order and in whichever epoch: first or last, winner or not", async () => {
      await resolve();
      await nextEpoch();
      const asked: [Owner, bigint][] = [
        [winner, 500n * USD],
        [honest, 400n * USD],
      ];
      const haircut: bigint = await desk.haircutPpb();
      expect(haircut > 0n).to.equal(true);
      const opened = await world.networkHelpers.takeSnapshot();
      const before = owners.map(({ book }) => book);
      const parts: bigint[][] = [];
      for (const order of [asked, asked.toReversed()]) {
        const got = new Map<Owner, bigint>();
        for (const [owner, amount] of order) got.set(owner, await redeem(owner, amount));
        await idle();
        await open();
        // The next epoch's is the same but for what rounding up has kept back.
        const next: bigint = await desk.haircutPpb();
        expect(next <= haircut && haircut - next <= 2n, `${haircut} then ${next}`).to.equal(true);
        const last = await redeem(honest, 400n * USD);
        parts.push([...asked.map(([owner]) => got.get(owner)!), last]);
        await opened.restore();
        owners.forEach((owner, i) => (owner.book = before[i]!));
      }
      for (const [own, other] of parts[0]!.map((part, k) => [part, parts[1]![k]!] as const))
        expect(own - other <= 2n && other - own <= 2n).to.equal(true);
      const cut = (amount: bigint): bigint => (amount * (PPB - haircut)) / PPB;
      expect(parts[0]!.slice(0, 2)).to.deep.equal([cut(500n * USD), cut(400n * USD)]);
      expect(parts[0]![2]! - cut(400n * USD) <= 2n).to.equal(true);
    });

    it("a vault resolved besides is paid the same part, out of what is there in cash, and takes nothing from anybody's", async () => {
      // The honest owner has been silent since the first epoch.
      await end(honest);
      await resolve();
      await nextEpoch();
      const haircut: bigint = await desk.haircutPpb();
      await market.openBook(honest.address, bookWords(honest.book));
      await nextEpoch();
      expect(await desk.haircutPpb(), "what is taken over and owed alike moves nothing but the slip").to.be.closeTo(
        haircut,
        1_000_000n,
      );
      const now: bigint = await desk.haircutPpb();
      const owed: bigint = await desk.owedMicroUsd(honest.address);
      const before: bigint = await cash.balanceOf(honest.address);
      await market.connect(world.outsider).payResolved(honest.address);
      const paid = BigInt(await cash.balanceOf(honest.address)) - before;
      // All it is owed but its hundred lots of spot, which are still to be sold.
      expect(paid).to.equal(owed - 100n * priceOf(SPOT));
      const settled = owed - BigInt(await desk.owedMicroUsd(honest.address));
      expect(settled).to.equal((paid * PPB + PPB - now - 1n) / (PPB - now));
      await expect(market.payResolved(honest.address)).to.be.revertedWithCustomError(market, "NothingToPay");
      await idle();
      await open();
      const next: bigint = await desk.haircutPpb();
      expect(next <= now && now - next <= 2n, `${now} then ${next}`).to.equal(true);
      expect(await redeem(winner, 500n * USD)).to.equal((500n * USD * (PPB - next)) / PPB);
    });

    it("nobody can have a resolved vault paid less in the seconds after the insurance account has been filled", async () => {
      await end(honest);
      await resolve();
      await nextEpoch();
      expect((await desk.haircutPpb()) > 0n).to.equal(true);
      await market.openBook(honest.address, bookWords(honest.book));
      const owed: bigint = await desk.owedMicroUsd(honest.address);
      await desk.fundInsurance(2n * MISSING);
      const before: bigint = await cash.balanceOf(honest.address);
      await market.connect(world.outsider).payResolved(honest.address);
      const paid = BigInt(await cash.balanceOf(honest.address)) - before;
      expect(paid).to.equal(owed - BigInt(await desk.owedMicroUsd(honest.address)));
    });

    it("a vault resolved in the epoch that brings the deficit to light is cut like those who leave later", async () => {
      await end(honest);
      await market.openBook(honest.address, bookWords(honest.book));
      await resolve();
      expect(await desk.haircutPpb()).to.equal(0n);
      const owed: bigint = await desk.owedMicroUsd(honest.address);
      const before: bigint = await cash.balanceOf(honest.address);
      await market.payResolved(honest.address);
      const paid = BigInt(await cash.balanceOf(honest.address)) - before;
      expect(paid < owed - BigInt(await desk.owedMicroUsd(honest.address))).to.equal(true);
    });

    it("a proof that was being made when the book was opened stands: nothing of it has changed", async () => {
      const built = await prepare(world, honest, {}, { cashFlow: 7n * USD });
      const signals = () => world.lens.publicSignals({ ...built.submission, proof: Array(8).fill(0n) });
      const before = await signals();
      await resolve();
      expect(await signals()).to.deep.equal(before);
      await market.submit(await proven(world, built));
    });

    it("the haircut goes when somebody fills the insurance account, from the next snapshot on", async () => {
      await resolve();
      await nextEpoch();
      await desk.fundInsurance(MISSING);
      expect((await desk.haircutPpb()) > 0n).to.equal(true);
      await idle();
      await open();
      expect(await desk.haircutPpb()).to.equal(0n);
      expect(await redeem(honest, 400n * USD)).to.equal(400n * USD);
    });
  });

  describe("and next to nothing is missing", () => {
    const shortBy = async (missing: bigint): Promise<void> => {
      await desk.fundInsurance(DEFICIT - BOND - missing);
      await toResolving();
      await resolve();
      await nextEpoch();
    };

    it("nobody is cut, and deposits are dealt as ever, until a ten-thousandth of all claims is", async () => {
      await shortBy(1n);
      expect((await desk.insuranceMicroUsd()) + (await desk.inventoryMicroUsd()) < UNWINDING + DEFICIT).to.equal(true);
      expect(await desk.haircutPpb()).to.equal(0n);
      expect(await redeem(honest, 100n * USD)).to.equal(100n * USD);
    });

    it("from there on everybody is", async () => {
      await shortBy(50n * USD);
      const cut: bigint = await desk.haircutPpb();
      expect(cut >= PPB / 10_000n, String(cut)).to.equal(true);
    });
  });

  describe("its book", () => {
    it("is not taken before the fills of its last epoch are known, nor while anybody trades", async () => {
      await expect(resolve())
        .to.be.revertedWithCustomError(market, "BookStaysSealed")
        .withArgs(loser.address, STATUS.active);
      await declare();
      await expect(resolve()).to.be.revertedWithCustomError(market, "NotSettled").withArgs(2n);
      await idle();
      await expect(resolve()).to.be.revertedWithCustomError(market, "WrongPhase");
      await open();
      const { built } = await submit(world, honest, { [SPOT]: 1n });
      await passDeadline(world);
      await closeAndTally(world, [built]);
      await expect(resolve()).to.be.revertedWithCustomError(market, "WrongPhase");
    });

    it("is taken once, and only as it was committed to", async () => {
      await toResolving();
      const words: bigint[] = bookWords(loser.book);
      for (const k of words.keys())
        await expect(market.openBook(loser.address, words.with(k, words[k]! ^ 1n))).to.be.revertedWithCustomError(
          market,
          "NotTheBook",
        );
      await expect(market.openBook(honest.address, bookWords(honest.book))).to.be.revertedWithCustomError(
        market,
        "BookStaysSealed",
      );
      await resolve();
      await expect(resolve())
        .to.be.revertedWithCustomError(market, "BookStaysSealed")
        .withArgs(loser.address, STATUS.resolved);
      const submission = {
        vault: loser.address,
        h: 0n,
        proof: Array(8).fill(0n),
        newCommitment: 0n,
        redeemShares: 0n,
        nav: 0n,
        insolvent: 0n,
        sealedWords: [],
      };
      await expect(market.submit(submission))
        .to.be.revertedWithCustomError(market, "VaultNotActive")
        .withArgs(loser.address, STATUS.resolved);
      await expect(market.register(loser.address)).to.be.revertedWithCustomError(market, "AlreadyRegistered");
    });
  });

  it("is paid in no other phase than its book is taken in, and nothing where nothing is owed", async () => {
    await bondOf(leftover);
    await toResolving();
    await resolve();
    for (const vault of [loser.address, honest.address, world.outsider.address]) {
      await expect(market.payResolved(vault)).to.be.revertedWithCustomError(market, "NothingToPay").withArgs(vault);
    }
    await idle();
    await expect(market.payResolved(loser.address)).to.be.revertedWithCustomError(market, "WrongPhase");
  });

  describe("its bond", () => {
    it("is the market's condition for taking a vault in", async () => {
      const vault: any = await deploy(world.governor, contractArtifact("ScriptedVault"), cash.target, desk.target);
      await expect(market.register(vault.target))
        .to.be.revertedWithCustomError(bonds, "BondBelowMinimum")
        .withArgs(vault.target, 0n, BOND);
      await postBond(world, vault.target, BOND - 1n);
      await expect(market.register(vault.target)).to.be.revertedWithCustomError(bonds, "BondBelowMinimum");
      await bonds.withdraw(vault.target);
      await postBond(world, vault.target);
      await market.register(vault.target);
      await expect(bonds.withdraw(vault.target))
        .to.be.revertedWithCustomError(bonds, "BondStays")
        .withArgs(vault.target, STATUS.active);
    });

    it("can't be withdrawn before the vault is resolved, by another than its owner, or taken by anybody but the market", async () => {
      const other = bonds.connect(world.outsider);
      const stays = () => expect(bonds.withdraw(loser.address)).to.be.revertedWithCustomError(bonds, "BondStays");
      await stays();
      await declare();
      await stays();
      await idle();
      await open();
      await stays();
      await expect(other.take(loser.address, 1n)).to.be.revertedWithCustomError(bonds, "NotDesk");
      await resolve();
      await expect(other.withdraw(loser.address)).to.be.revertedWithCustomError(bonds, "NotOwner");
      await bonds.withdraw(loser.address);
      await bonds.withdraw(loser.address);
      expect(await cash.balanceOf(bonds.target)).to.equal(2n * BOND);
    });
  });

  it("a mandate looser than the market's margin limits can't trade: nobody brings a risk the others did not agree to", async () => {
    await open();
    for (const change of [{ initialMarginBps: bps(5_001n) }, { maintenanceMarginBps: bps(7_501n) }]) {
      const loose = { ...MANDATE, ...change };
      const vault = await addVault(world, 9, loose);
      await idle();
      await open();
      await expect(market.submit(await proven(world, await prepare(world, vault))))
        .to.be.revertedWithCustomError(market, "MandateTooLoose")
        .withArgs(loose.initialMarginBps, loose.maintenanceMarginBps);
    }
  });

  it("cuts every exit alike, whatever is redeemed in which order while the haircut stands", () => {
    const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
    const amount = fc.bigInt(1n, 10n ** 14n);
    fc.assert(
      fc.property(fc.array(amount, { minLength: 2, maxLength: 20 }), amount, (claims, gap) => {
        let total = claims.reduce((a, b) => a + b, 0n);
        let missing = gap % total;
        const held = total - missing;
        const first = ceil(missing * PPB, total);
        let paid = 0n;
        for (const claim of claims) {
          // Each in an epoch of its own, by the number of that epoch.
          const haircut = missing <= 0n ? 0n : ceil(missing * PPB, total);
          const part = (claim * (PPB - haircut)) / PPB;
          const equal = (claim * (PPB - first)) / PPB;
          // Rounding up in parts of 10^9 favours those who stay, by that and no more.
          expect(part >= equal - 1n).to.equal(true);
          paid += part;
          missing -= claim - part;
          total -= claim;
        }
        expect(paid <= held).to.equal(true);
      }),
    );
  });
});
