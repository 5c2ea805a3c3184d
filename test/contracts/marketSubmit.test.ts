import { genesisCommitment, genesisBook } from "../../prover/book/book.ts";
import { expect } from "chai";
import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import { setHashOf } from "../../prover/committee/sums.ts";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { parseSealedWords } from "../../prover/format/transcript.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  CONFIG,
  deployMarket,
  openEpoch,
  passDeadline,
  prepare,
  proven,
  spotSnapshot,
  STATUS,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";

const DEPOSIT = 50_000n * USD;

describe("A submission", () => {
  let world: World, owner: Owner, other: Owner;
  let market: any, desk: any, lens: any, cash: any;
  let start: { restore(): Promise<void> };

  before(async () => {
    world = await deployMarket({ cash: "ReentrantToken" });
    ({ market, desk, lens, cash } = world);
    owner = await addVault(world, 1);
    other = await addVault(world, 2);
    await openEpoch(world);
    start = await world.networkHelpers.takeSnapshot();
  });
  afterEach(async () => {
    await start.restore();
    owner.book = other.book = genesisBook(world.profile.slots);
  });
  after(closeProvers);

  const ORDER = { 0: 10_000n };
  const deposit = () => prepare(world, owner, ORDER, { cashFlow: DEPOSIT });

  it("takes the deposits in, turns the commitment and tells everything it brought", async () => {
    const built = await deposit();
    const submission = await proven(world, built);
    const before = await cash.balanceOf(owner.address);
    await expect(market.connect(world.outsider).submit(submission))
      .to.emit(market, "Submitted")
      .withArgs(
        1n,
        owner.address,
        0n,
        genesisCommitment(world.profile),
        submission.newCommitment,
        DEPOSIT,
        0n,
        submission.nav,
        false,
        submission.h,
        submission.sealedWords,
      );
    expect(before - (await cash.balanceOf(owner.address))).to.equal(DEPOSIT);
    expect(await cash.balanceOf(desk)).to.equal(DEPOSIT);
    expect([...(await market.vaultState(owner.address))].slice(0, 4)).to.deep.equal([
      submission.newCommitment,
      1n,
      STATUS.active,
      0n,
    ]);
    expect((await market.epochState()).submissions).to.equal(1n);
    expect(await owner.vault.dealtCutoff()).to.equal((await market.observedAt()) - BigInt(CONFIG.dealMargin));
    expect(await owner.vault.dealtNav()).to.equal(0n);

    const { profile, chainId } = world;
    expect(await market.setHash()).to.equal(
      setHashOf({
        chainId,
        market: BigInt(market.target),
        epoch: 1n,
        snapshotHash: 0n,
        submissions: [
          {
            vault: BigInt(owner.address),
            oldCommitment: 0n,
            newCommitment: submission.newCommitment,
            sealed: parseSealedWords(profile, submission.sealedWords),
          },
        ],
      }),
    );
  });

  it("is taken once per vault and epoch, in the submit phase, of a registered vault", async () => {
    const submission = await proven(world, await deposit());
    await market.submit(submission);
    await expect(market.submit(submission))
      .to.be.revertedWithCustomError(market, "AlreadySubmitted")
      .withArgs(owner.address, 1n);
    await expect(market.submit({ ...submission, vault: world.outsider.address })).to.be.revertedWithCustomError(
      market,
      "VaultNotActive",
    );
    await expect(market.register(owner.address)).to.be.revertedWithCustomError(market, "AlreadyRegistered");
    await passDeadline(world);
    await market.close();
    await expect(market.submit({ ...submission, vault: other.address })).to.be.revertedWithCustomError(
      market,
      "WrongPhase",
    );
  });

  it("moves no cash and redeems no shares outside a dealing, nor for an insolvent vault", async () => {
    const submission = await proven(world, await deposit());
    await owner.vault.setTerms(owner.strategyCommitment, await owner.vault.mandatePointer(), false);
    await expect(market.submit({ ...submission, redeemShares: 1n }))
      .to.be.revertedWithCustomError(market, "NothingDealt")
      .withArgs(1n);
    await owner.vault.setTerms(owner.strategyCommitment, await owner.vault.mandatePointer(), true);
    await expect(market.submit({ ...submission, redeemShares: 1n, insolvent: 1n })).to.be.revertedWithCustomError(
      market,
      "NothingDealt",
    );
    expect((await lens.transcriptWords({ ...submission, insolvent: 1n }))[7]).to.equal(0n);
  });

  it("never deals at a NAV that is negative or too large to be one", async () => {
    const submission = await proven(world, await deposit());
    for (const nav of [1n << 50n, FIELD_ORDER - 1n]) {
      await expect(market.submit({ ...submission, nav }))
        .to.be.revertedWithCustomError(market, "NavOutOfRange")
        .withArgs(nav);
    }
  });

  it("deals nothing when the proof fails: the vault's dealing is undone with everything else", async () => {
    const submission = await proven(world, await deposit());
    await expect(market.submit({ ...submission, h: 1n })).to.be.revertedWithCustomError(market, "InvalidProof");
    expect(await owner.vault.deals()).to.equal(0n);
    expect((await market.vaultState(owner.address)).commitment).to.equal(genesisCommitment(world.profile));
  });

  it("is made by another contract as well, whose transaction shows no payload: the event does", async () => {
    const submission = await proven(world, await deposit());
    const relay: any = await deploy(world.governor, contractArtifact("Relay"));
    await relay.prepare(market.target, market.interface.encodeFunctionData("submit", [submission]));
    const receipt = await (await relay.run()).wait();
    const [event] = await market.queryFilter("Submitted", receipt.blockNumber);
    expect([...event.args.sealedWords]).to.deep.equal(submission.sealedWords);
  });

  it("can't be entered again, from the vault or from the cash token", async () => {
    const built = await deposit();
    const submission = await proven(world, built);
    const attempts: [any, string][] = [
      [market, market.interface.encodeFunctionData("submit", [submission])],
      [market, market.interface.encodeFunctionData("clear", [0, [0n, 0n], 0n])],
      [desk, desk.interface.encodeFunctionData("fundInsurance", [1n])],
      [market, market.interface.encodeFunctionData("finishChallenge", [owner.address])],
    ];
    for (const [target, call] of attempts) {
      await owner.vault.setCallback(target, call);
      await expect(market.submit(submission)).to.be.revertedWithCustomError(market, "ReentrancyGuardReentrantCall");
      await owner.vault.setCallback(world.ethers.ZeroAddress, "0x");
      await cash.prepare(target, call);
      await expect(market.submit(submission)).to.be.revertedWithCustomError(market, "ReentrancyGuardReentrantCall");
      await cash.prepare(world.ethers.ZeroAddress, "0x");
    }
    await market.submit(submission);
  });

  it("pays redemptions out to the vault, in the epoch of the dealing", async () => {
    const { built } = await submit(world, owner, ORDER, { cashFlow: DEPOSIT });
    expect(built.newBook.nav).to.equal(DEPOSIT);
    await passDeadline(world);
    // One of two is too few for a batch: the order lapses, the dealing stands.
    await market.close();
    await openEpoch(world);
    const before = await cash.balanceOf(owner.address);
    const redeemed = await submit(world, owner, {}, { cashFlow: -20_000n * USD, redeemShares: 77n });
    expect((await cash.balanceOf(owner.address)) - before).to.equal(20_000n * USD);
    expect(await cash.balanceOf(desk)).to.equal(DEPOSIT - 20_000n * USD);
    expect(await owner.vault.dealtShares()).to.equal(77n);
    expect(await owner.vault.dealtNav()).to.equal(DEPOSIT);
    expect(redeemed.built.words[9]).to.equal(1n);
  });

  it("of an insolvent vault settles it, moves no cash, and takes it out of the market for good", async () => {
    const batch = [
      (await submit(world, owner, ORDER, { cashFlow: DEPOSIT })).built,
      (await submit(world, other, {}, { cashFlow: 0n })).built,
    ];
    await closeAndTally(world, batch);
    for (const group of [0, 1]) await clear(world, group, batch);

    // A snapshot in which a lot is a debt of three dollars: no price does that to spot, but the words can say it.
    const snapshot = spotSnapshot(world.profile.slots, world.profile.scenarios);
    const debt = {
      ...snapshot,
      slots: snapshot.slots.map((slot, i) =>
        i === 0 ? { ...slot, value: (-slot.value * 3n) as typeof slot.value } : slot,
      ),
    };
    await openEpoch(world, { snapshot: debt });
    const insolvent = await prepare(world, owner, {}, { cashFlow: 0n });
    expect(insolvent.submission.insolvent).to.equal(1n);
    await owner.vault.setCashFlow(1_000n * USD);
    const held = await cash.balanceOf(desk);
    await expect(market.submit(await proven(world, insolvent)))
      .to.emit(market, "VaultInsolvent")
      .withArgs(owner.address, 2n);
    expect(await cash.balanceOf(desk)).to.equal(held);
    expect(await owner.vault.stopped()).to.equal(true);
    expect((await market.vaultState(owner.address)).status).to.equal(STATUS.insolvent);
    expect((await market.epochState()).active).to.equal(1n);

    await expect(market.close(), "the other one may still come").to.be.revertedWithCustomError(
      market,
      "DeadlineNotPassed",
    );
    await passDeadline(world);
    await market.close();
    await openEpoch(world);
    const again = { ...insolvent.submission, proof: Array(8).fill(0n) };
    await expect(market.submit(again))
      .to.be.revertedWithCustomError(market, "VaultNotActive")
      .withArgs(owner.address, STATUS.insolvent);
  });
});
