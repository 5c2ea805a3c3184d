import { expect } from "chai";
import { bookWords } from "../../prover/book/book.ts";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import {
  addVault,
  closeProvers,
  CONFIG,
  deployMarket,
  openEpoch,
  passDeadline,
  prepare,
  proven,
  STATUS,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";

const DEPOSIT = 50_000n * USD;

describe("A vault whose owner falls silent", () => {
  let world: World, market: any;
  let owner: Owner;
  let silent: { restore(): Promise<void> };

  // The owner submits in epoch 1 and then no more.
  before(async () => {
    world = await deployMarket();
    ({ market } = world);
    owner = await addVault(world, 1);
    await openEpoch(world);
    await submit(world, owner, { 0: 10n }, { cashFlow: DEPOSIT });
    await passDeadline(world);
    await market.close();
    await passDeadline(world);
    for (const group of [0, 1]) await market.lapse(group);
    silent = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => silent.restore());
  after(closeProvers);

  const missEpoch = async (halt = false) => {
    await openEpoch(world, { halt });
    await passDeadline(world);
    await market.close();
  };
  const status = async (): Promise<bigint> => (await market.vaultState(owner.address)).status;
  const challenge = async () => {
    for (let i = 0; i < CONFIG.heartbeatLimit; i++) await missEpoch();
    await market.connect(world.outsider).startRecovery(owner.address);
  };
  const recover = async () => {
    await challenge();
    await missEpoch();
    await world.time.increase(CONFIG.challengeWindow);
    await market.connect(world.outsider).finishChallenge(owner.address);
  };

  it("can be challenged by anybody once it has missed the limit of open epochs, and not before", async () => {
    const refused = (missed: bigint) =>
      expect(market.startRecovery(owner.address))
        .to.be.revertedWithCustomError(market, "NotMissing")
        .withArgs(owner.address, missed, CONFIG.heartbeatLimit);
    await refused(0n);
    await missEpoch();
    await refused(1n);
    await openEpoch(world);
    await refused(1n);
    await passDeadline(world);
    await market.close();
    await expect(market.connect(world.outsider).startRecovery(owner.address)).to.emit(market, "RecoveryStarted");
    expect(await status()).to.equal(STATUS.challenged);
    await expect(market.startRecovery(owner.address)).to.be.revertedWithCustomError(market, "VaultNotActive");
    await expect(market.startRecovery(world.outsider.address)).to.be.revertedWithCustomError(market, "VaultNotActive");
  });

  it("isn't blamed for epochs that never opened", async () => {
    await missEpoch();
    await passDeadline(world);
    await market.haltStale();
    await expect(market.startRecovery(owner.address))
      .to.be.revertedWithCustomError(market, "NotMissing")
      .withArgs(owner.address, 1n, 2n);
  });

  it("is blamed for halted ones, which take submissions: no halt stops the clock", async () => {
    await missEpoch(true);
    await missEpoch(true);
    await market.connect(world.outsider).startRecovery(owner.address);
    await world.time.increase(CONFIG.challengeWindow + 1);
    await missEpoch(true);
    await market.connect(world.outsider).finishChallenge(owner.address);
    expect(await status()).to.equal(STATUS.recovering);
    await openEpoch(world, { halt: true });
    await market.connect(world.outsider).openBook(owner.address, bookWords(owner.book));
    expect(await status()).to.equal(STATUS.resolved);
  });

  it("isn't blamed for epochs before it came in, nor for the one it was registered in", async () => {
    await missEpoch();
    await openEpoch(world);
    const late = await addVault(world, 2);
    await passDeadline(world);
    await market.close();
    await missEpoch();
    await expect(market.startRecovery(late.address))
      .to.be.revertedWithCustomError(market, "NotMissing")
      .withArgs(late.address, 1n, 2n);
    await missEpoch();
    await market.startRecovery(late.address);
  });

  it("is back with one valid submission in the challenge window", async () => {
    await challenge();
    await openEpoch(world);
    await expect(market.submit(await proven(world, await prepare(world, owner))))
      .to.emit(market, "RecoveryCancelled")
      .withArgs(owner.address);
    expect([...(await market.vaultState(owner.address))].slice(2, 4)).to.deep.equal([STATUS.active, 0n]);
    await expect(market.finishChallenge(owner.address)).to.be.revertedWithCustomError(market, "NotChallenged");
  });

  it("has the whole window, and in it an epoch that opened after the challenge", async () => {
    await challenge();
    await world.time.increase(CONFIG.challengeWindow + 1);
    await expect(market.finishChallenge(owner.address), "no epoch yet").to.be.revertedWithCustomError(
      market,
      "ChallengeRunning",
    );
    await openEpoch(world);
    await expect(market.finishChallenge(owner.address), "it may still submit").to.be.revertedWithCustomError(
      market,
      "ChallengeRunning",
    );
    await passDeadline(world);
    await market.close();
    await expect(market.connect(world.outsider).finishChallenge(owner.address)).to.emit(market, "RecoveryFinished");
    expect(await status()).to.equal(STATUS.recovering);

    await silent.restore();
    await challenge();
    await missEpoch();
    await expect(market.finishChallenge(owner.address), "the window is open").to.be.revertedWithCustomError(
      market,
      "ChallengeRunning",
    );
  });

  it("in recovery submits no more, is expected no more, and knows it", async () => {
    await recover();
    expect(await owner.vault.stopped()).to.equal(true);
    expect((await market.epochState()).active).to.equal(0n);
    await openEpoch(world);
    expect((await market.epochState()).expected).to.equal(0n);
    const submission = {
      vault: owner.address,
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
      .withArgs(owner.address, STATUS.recovering);
    await expect(market.register(owner.address)).to.be.revertedWithCustomError(market, "AlreadyRegistered");
    await expect(market.finishChallenge(owner.address)).to.be.revertedWithCustomError(market, "NotChallenged");
  });

  it("has its book opened by anybody who knows it, and by nothing but the true words", async () => {
    const words: bigint[] = bookWords(owner.book);
    await expect(market.openBook(owner.address, words))
      .to.be.revertedWithCustomError(market, "BookStaysSealed")
      .withArgs(owner.address, STATUS.active);
    await challenge();
    await expect(market.openBook(owner.address, words)).to.be.revertedWithCustomError(market, "BookStaysSealed");
    await silent.restore();
    await recover();
    await expect(market.openBook(owner.address, words), "nobody knows today's prices").to.be.revertedWithCustomError(
      market,
      "WrongPhase",
    );
    await openEpoch(world);
    for (const k of words.keys()) {
      await expect(market.openBook(owner.address, words.with(k, words[k]! ^ 1n))).to.be.revertedWithCustomError(
        market,
        "NotTheBook",
      );
      await expect(market.openBook(owner.address, words.with(k, words[k]! + FIELD_ORDER)))
        .to.be.revertedWithCustomError(market, "WordNotInField")
        .withArgs(k);
    }
    for (const wrong of [words.slice(1), [...words, 0n], []])
      await expect(market.openBook(owner.address, wrong)).to.be.revertedWithCustomError(market, "NotTheBook");
    const inTime = await world.networkHelpers.takeSnapshot();
    await passDeadline(world);
    await expect(market.openBook(owner.address, words), "its snapshot is old").to.be.revertedWithCustomError(
      market,
      "DeadlinePassed",
    );
    await inTime.restore();
    const receipt = await (await market.connect(world.outsider).openBook(owner.address, words)).wait();
    const [event] = await market.queryFilter("BookOpened", receipt.blockNumber);
    expect([event.args.vault, [...event.args.words]]).to.deep.equal([owner.address, words]);
  });
});
