import { expect } from "chai";
import { BrowserProvider } from "ethers";
import { contractArtifact, deploy, link } from "../../client/deploy/artifacts.ts";
import { deployVaultLibraries } from "../../client/deploy/market.ts";
import { TacitError } from "../../client/sdk/errors.ts";
import { Depositor } from "../../client/sdk/roles/depositor.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { CONFIG, deployMarket, openEpoch, passDeadline, postBond, readerOf, STATUS, USD } from "../support/market.ts";
import type { World } from "../support/market.ts";
import { LIMITS } from "../support/vault.ts";

const INTERVAL = 3;
const OFFSET = 1;
const EPOCH_SECONDS = CONFIG.submitWindow + CONFIG.clearWindow + CONFIG.snapshotWindow;
const DEPOSIT = 5_000n * USD;

/**
 * A market that takes every proof, so that only what the contracts themselves insist on protects a depositor, and a
 * real vault.
 */
describe("A depositor of a vault whose owner does as it likes", () => {
  let world: World, market: any, cash: any, vault: any;
  let depositor: any;
  let fresh: { restore(): Promise<void> };

  before(async () => {
    world = await deployMarket({ acceptAll: true });
    ({ market, cash, governor: depositor } = world);
    const libraries = await deployVaultLibraries(world.governor);
    vault = await deploy(
      world.governor,
      link(contractArtifact("Vault"), { ...libraries }),
      market.target,
      world.desk.target,
      cash.target,
      world.authority.target,
      EPOCH_SECONDS,
      {
        name: "Vault",
        symbol: "V",
        owner: world.outsider.address,
        strategyCommitment: 11n,
        mandate: LIMITS,
        dealingInterval: INTERVAL,
        dealingOffset: OFFSET,
        changeDelay: 2 * (INTERVAL + 1) * EPOCH_SECONDS,
      },
    );
    await postBond(world, vault.target);
    await market.register(vault.target);
    await cash.approve(vault.target, 10n ** 30n);
    fresh = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => fresh.restore());

  const request = () => vault.requestDeposit(DEPOSIT, depositor.address, depositor.address);
  const pending = (): Promise<bigint> => vault.pendingDepositRequest(0, depositor.address);
  const cancel = () => vault.cancelDepositRequest(0, depositor.address);
  /** Cancels, and has the money back at once. */
  const takeBack = async (): Promise<void> => {
    const before: bigint = await cash.balanceOf(depositor.address);
    await cancel();
    await vault.claimCancelDepositRequest(0, depositor.address, depositor.address);
    expect(BigInt(await cash.balanceOf(depositor.address)) - before).to.equal(DEPOSIT);
  };
  const submit = (changes: object = {}) => {
    const { groups: U, members: M, bookWords } = world.profile;
    return market.connect(world.keeper).submit({
      vault: vault.target,
      h: 1n,
      proof: Array(8).fill(1n),
      newCommitment: 5n,
      redeemShares: 0n,
      nav: 0n,
      insolvent: 0n,
      sealedWords: Array(2 * U + 2 + M * (2 * U + 1) + bookWords).fill(1n),
      ...changes,
    });
  };
  const finish = async (): Promise<void> => {
    await passDeadline(world);
    await market.close();
    if ((await market.phase()) !== 2n) return;
    await passDeadline(world);
    for (let g = 0; g < world.profile.groups; g++) await market.lapse(g);
  };
  const isDealing = async (): Promise<boolean> => Number(await market.epoch()) % INTERVAL === OFFSET;
  /** An epoch in which the owner submits, unless it `skips`. */
  const epoch = async (skips: (dealing: boolean) => boolean = () => false): Promise<void> => {
    await openEpoch(world);
    if (!skips(await isDealing())) await submit();
    await finish();
  };
  const skippingDealings = (): Promise<void> => epoch((dealing) => dealing);
  const status = async (): Promise<bigint> => (await market.vaultState(vault.target)).status;

  describe("that submits in every epoch but those it would have to deal in", () => {
    // Until a dealing has been missed twice, in epochs 1 and 4.
    const missTwo = async (): Promise<void> => {
      for (let e = 1; e <= 4; e++) {
        await expect(market.startRecovery(vault.target)).to.be.revertedWithCustomError(market, "NotMissing");
        await skippingDealings();
      }
    };

    it("sees it challenged after two dealings, and ended if it misses the next one as well", async () => {
      await request();
      await missTwo();
      await market.startRecovery(vault.target);
      expect(await status()).to.equal(STATUS.challenged);
      for (let e = 5; e <= 6; e++) {
        await skippingDealings();
        await world.time.increase(CONFIG.challengeWindow);
        expect(await status(), "what it submits besides does not answer the challenge").to.equal(STATUS.challenged);
        await expect(
          market.finishChallenge(vault.target),
          "it has had no epoch to deal in",
        ).to.be.revertedWithCustomError(market, "ChallengeRunning");
      }
      await skippingDealings();
      await market.finishChallenge(vault.target);
      expect(await status()).to.equal(STATUS.recovering);
      expect(await vault.claimableCancelDepositRequest(0, depositor.address)).to.equal(DEPOSIT);
    });

    it("has keepers do so unasked, and a claim in words for what it gets back", async () => {
      const keeper = new Keeper({ chain: readerOf(world), signer: world.keeper, reporters: [], members: [] });
      const me = new Depositor(readerOf(world), vault.target, depositor);
      const pushed = async (): Promise<string | undefined> => (await keeper.step())?.step;
      await me.requestDeposit(DEPOSIT);
      await missTwo();
      expect(await pushed()).to.equal("startRecovery");
      for (let e = 5; e <= 7; e++) await skippingDealings();
      await world.time.increase(CONFIG.challengeWindow);
      expect(await pushed()).to.equal("finishChallenge");
      expect(await status()).to.equal(STATUS.recovering);
      expect((await me.account()).returnedDepositMicroUsd).to.equal(DEPOSIT);
      expect((await me.claim()).claimedMicroUsd).to.equal(DEPOSIT);
    });

    it("sees the challenge end with a dealing", async () => {
      await request();
      await world.time.increase(CONFIG.dealMargin);
      await missTwo();
      await market.startRecovery(vault.target);
      await epoch();
      await epoch();
      expect(await status()).to.equal(STATUS.challenged);
      await openEpoch(world);
      await expect(submit()).to.emit(market, "RecoveryCancelled").withArgs(vault.target);
      expect(await vault.maxDeposit(depositor.address)).to.equal(DEPOSIT);
      await finish();
      await expect(market.startRecovery(vault.target)).to.be.revertedWithCustomError(market, "NotMissing");
    });

    it("isn't told so of an owner that misses one dealing and makes the next, nor while the second is open", async () => {
      for (const skips of [false, true]) {
        for (let e = 1; e <= 3; e++) await skippingDealings();
        await openEpoch(world);
        await expect(market.startRecovery(vault.target)).to.be.revertedWithCustomError(market, "NotMissing");
        if (!skips) await submit();
        await finish();
        if (skips) await market.startRecovery(vault.target);
        else await expect(market.startRecovery(vault.target)).to.be.revertedWithCustomError(market, "NotMissing");
        await fresh.restore();
      }
    });

    it("has had its deposit back long before", async () => {
      await request();
      await world.time.increase(CONFIG.dealMargin);
      for (let e = 1; e <= 3; e++) {
        await openEpoch(world);
        if (await isDealing()) await expect(cancel()).to.be.revertedWithCustomError(vault, "TakenIn");
        else await submit();
        await finish();
        const opened = await world.networkHelpers.takeSnapshot();
        await takeBack();
        await opened.restore();
      }
    });
  });

  it("takes back what is not dealt when no epoch opens any more", async () => {
    await request();
    for (let k = 0; k < 10; k++) {
      await passDeadline(world);
      await market.haltStale();
    }
    await takeBack();
  });

  it("is told why it can't cancel, what it has got back, and that there is nothing to cancel", async () => {
    // A signer as programs have it: Hardhat's own throws errors of its own.
    const { provider } = world.ethers;
    const node = new BrowserProvider(
      { request: ({ method, params = [] }) => provider.send(method, params as unknown[]) },
      undefined,
      { cacheTimeout: -1, pollingInterval: 20 },
    );
    const me = new Depositor(readerOf(world), vault.target, await node.getSigner(depositor.address));
    const refusal = async (): Promise<string> => {
      try {
        await me.cancel();
        return "";
      } catch (error) {
        return error instanceof TacitError ? `${error.code}: ${error.message}` : String(error);
      }
    };
    expect(await refusal()).to.match(/^NOTHING_TO_CANCEL: nothing of 0x\w+ waits/);
    await me.requestDeposit(DEPOSIT);
    await world.time.increase(CONFIG.dealMargin);
    await openEpoch(world);
    expect(await refusal()).to.match(/^TAKEN_IN: epoch 1 has taken the request in.* or after \d{4}-\d\d-\d\dT/);
    await me.requestDeposit(7n);
    expect(await me.cancel()).to.deep.equal({
      returnedDepositMicroUsd: 7n,
      returnedRedeemShareUnits: 0n,
      pendingDepositMicroUsd: DEPOSIT,
      pendingRedeemShareUnits: 0n,
    });
    await passDeadline(world);
    expect((await me.cancel()).returnedDepositMicroUsd).to.equal(DEPOSIT);
  });

  it("takes back what is not dealt when nobody closes an epoch, or clears it", async () => {
    await request();
    await world.time.increase(CONFIG.dealMargin);
    await openEpoch(world);
    await passDeadline(world);
    const late = await world.networkHelpers.takeSnapshot();
    await takeBack();
    await late.restore();
    await market.close();
    await takeBack();
  });

  it("can't void the proof that the owner is making, and what it deals is dealt", async () => {
    await request();
    await world.time.increase(CONFIG.dealMargin);
    await openEpoch(world);
    const { groups: U, members: M, bookWords } = world.profile;
    const words = (): Promise<bigint[]> =>
      world.lens.transcriptWords({
        vault: vault.target,
        h: 1n,
        proof: Array(8).fill(1n),
        newCommitment: 5n,
        redeemShares: 0n,
        nav: 0n,
        insolvent: 0n,
        sealedWords: Array(2 * U + 2 + M * (2 * U + 1) + bookWords).fill(1n),
      });
    const before = await words();
    await expect(cancel()).to.be.revertedWithCustomError(vault, "TakenIn");
    await request();
    await cancel();
    expect(await words(), "what came after the cut-off is nothing to it").to.deep.equal(before);
    await submit();
    expect(await vault.maxDeposit(depositor.address)).to.equal(DEPOSIT);
    expect(await pending()).to.equal(0n);
  });

  it("is not dealt into another strategy or a looser mandate than was known when it asked", async () => {
    await request();
    await vault.connect(world.outsider).setStrategy(12n);
    await vault.setMandate({ ...LIMITS, deltaBps: LIMITS.deltaBps + 1n });
    const { effectiveAt } = await vault.pendingMandate();
    while (BigInt(await world.time.latest()) < effectiveAt) await skippingDealings();
    await vault.applyStrategy();
    await vault.applyMandate();
    expect(await pending()).to.equal(0n);
    expect(await vault.claimableCancelDepositRequest(0, depositor.address)).to.equal(DEPOSIT);
    do await epoch();
    while (!(await isDealing()));
    expect(await vault.maxDeposit(depositor.address)).to.equal(0n);
    await vault.claimCancelDepositRequest(0, depositor.address, depositor.address);
    expect(await cash.balanceOf(vault.target)).to.equal(0n);
  });
});
