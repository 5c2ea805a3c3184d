import { expect } from "chai";
import type { VaultFixture } from "../support/vault.ts";
import {
  CHANGE_DELAY,
  connection,
  DEAL_MARGIN,
  DEALING_INTERVAL,
  deal,
  deployVault,
  LIMITS,
  newVault,
  PHASE,
  SHARES_PER_MICRO_USD,
  USD,
  vaultTerms,
} from "../support/vault.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const HUNDRED = 100n * USD;

describe("Requests to a vault", () => {
  let f: VaultFixture;
  const fixture = () => deployVault();
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(fixture);
  });
  const requestDeposit = (who: any, assets: bigint) =>
    f.vault.connect(who).requestDeposit(assets, who.address, who.address);
  const requestRedeem = (who: any, shares: bigint) =>
    f.vault.connect(who).requestRedeem(shares, who.address, who.address);
  const claimDeposit = async (who: any) =>
    f.vault.connect(who).getFunction("deposit(uint256,address)")(await f.vault.maxDeposit(who.address), who.address);
  /** Gives `who` shares of a vault at one dollar. */
  async function shares(who: any, assets: bigint, navBefore = 0n): Promise<bigint> {
    await requestDeposit(who, assets);
    await deal(f, navBefore);
    await claimDeposit(who);
    return f.vault.balanceOf(who.address);
  }

  describe("as ERC-7540 wants them", () => {
    it("says which standards the vault keeps, by their published ids", async () => {
      const deposits = ["0xce3bbe50", "0x8bf840e3"];
      const redemptions = ["0x620ee8e4", "0xe76cffc7"];
      for (const id of ["0x01ffc9a7", "0xe3bc4e65", ...deposits, ...redemptions, "0x2f0a18c5", "0xf815c03d"]) {
        expect(await f.vault.supportsInterface(id), id).to.equal(true);
      }
      for (const id of ["0xffffffff", "0x00000000"]) expect(await f.vault.supportsInterface(id), id).to.equal(false);
      expect(await f.vault.share()).to.equal(f.vault.target);
      expect(await f.vault.asset()).to.equal(f.token.target);
      expect(await f.vault.getFunction("vault")(f.token.target), "its share's vault for the asset").to.equal(
        f.vault.target,
      );
      expect(await f.vault.getFunction("vault")(f.alice.address)).to.equal(connection.ethers.ZeroAddress);
    });

    it("knows of no request but those of id 0", async () => {
      const all = await shares(f.alice, HUNDRED);
      await requestDeposit(f.alice, HUNDRED);
      await requestRedeem(f.alice, all);
      const views = ["Deposit", "Redeem"].flatMap((kind) =>
        [`pending${kind}Request`, `claimable${kind}Request`, `claimableCancel${kind}Request`].map((name) => ({
          name,
          amount: async (id: bigint): Promise<bigint> => f.vault[name](id, f.alice.address),
        })),
      );
      const none = async (): Promise<void> => {
        for (const id of [1n, 7n, 2n ** 256n - 1n])
          for (const { name, amount } of views) expect(await amount(id), `${name} of ${id}`).to.equal(0n);
      };
      const shown = async (): Promise<string[]> => {
        await none();
        const amounts = await Promise.all(views.map(({ amount }) => amount(0n)));
        return views.filter((_, i) => amounts[i]! > 0n).map(({ name }) => name);
      };
      expect(await shown()).to.deep.equal(["pendingDepositRequest", "pendingRedeemRequest"]);
      await deal(f, HUNDRED, all);
      expect(await shown()).to.deep.equal(["claimableDepositRequest", "claimableRedeemRequest"]);
      for (const name of ["cancelDepositRequest", "cancelRedeemRequest"])
        await expect(f.vault.connect(f.alice)[name](1n, f.alice.address))
          .to.be.revertedWithCustomError(f.vault, "NoSuchRequest")
          .withArgs(1n);
      for (const name of ["claimCancelDepositRequest", "claimCancelRedeemRequest"])
        await expect(
          f.vault.connect(f.alice)[name](1n, f.alice.address, f.alice.address),
        ).to.be.revertedWithCustomError(f.vault, "NoSuchRequest");
    });

    it("previews nothing: nobody knows the price of the next dealing", async () => {
      for (const name of ["previewDeposit", "previewMint", "previewRedeem", "previewWithdraw"]) {
        await expect(f.vault[name](1n)).to.be.revertedWithCustomError(f.vault, "NoPreview");
      }
    });

    it("takes a deposit through pending, claimable and claimed", async () => {
      await expect(requestDeposit(f.alice, HUNDRED))
        .to.emit(f.vault, "DepositRequest")
        .withArgs(f.alice.address, f.alice.address, 0n, f.alice.address, HUNDRED);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(HUNDRED);
      expect(await f.vault.claimableDepositRequest(0, f.alice.address)).to.equal(0n);

      const { cashFlow } = await deal(f, 0n);
      expect(cashFlow).to.equal(HUNDRED);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.claimableDepositRequest(0, f.alice.address)).to.equal(HUNDRED);
      expect(await f.vault.maxDeposit(f.alice.address)).to.equal(HUNDRED);
      expect(await f.vault.maxMint(f.alice.address)).to.equal(HUNDRED * SHARES_PER_MICRO_USD);
      expect(await f.vault.balanceOf(f.alice.address), "nothing is pushed to her").to.equal(0n);

      await expect(claimDeposit(f.alice))
        .to.emit(f.vault, "Deposit")
        .withArgs(f.alice.address, f.alice.address, HUNDRED, HUNDRED * SHARES_PER_MICRO_USD);
      expect(await f.vault.balanceOf(f.alice.address)).to.equal(HUNDRED * SHARES_PER_MICRO_USD);
      expect(await f.vault.maxDeposit(f.alice.address)).to.equal(0n);
    });

    it("takes a redemption through pending, claimable and claimed", async () => {
      const all = await shares(f.alice, HUNDRED);
      await expect(requestRedeem(f.alice, all))
        .to.emit(f.vault, "RedeemRequest")
        .withArgs(f.alice.address, f.alice.address, 0n, f.alice.address, all);
      expect(await f.vault.balanceOf(f.alice.address)).to.equal(0n);
      expect(await f.vault.pendingRedeemRequest(0, f.alice.address)).to.equal(all);

      const { cashFlow } = await deal(f, HUNDRED, all);
      expect(cashFlow).to.equal(-HUNDRED);
      expect(await f.vault.pendingRedeemRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.claimableRedeemRequest(0, f.alice.address)).to.equal(all);
      expect(await f.vault.maxRedeem(f.alice.address)).to.equal(all);
      expect(await f.vault.maxWithdraw(f.alice.address)).to.equal(HUNDRED);
      expect(await f.vault.totalSupply(), "redeemed shares are burnt at the dealing").to.equal(0n);

      await expect(f.vault.connect(f.alice).redeem(all, f.bob.address, f.alice.address))
        .to.emit(f.vault, "Withdraw")
        .withArgs(f.alice.address, f.bob.address, f.alice.address, HUNDRED, all);
      expect(await f.token.balanceOf(f.vault.target)).to.equal(0n);
    });

    it("claims by shares and by assets alike", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await deal(f, 0n);
      await f.vault.connect(f.alice).getFunction("mint(uint256,address)")(
        30n * USD * SHARES_PER_MICRO_USD,
        f.alice.address,
      );
      await f.vault.connect(f.alice).getFunction("deposit(uint256,address)")(70n * USD, f.alice.address);
      const all = await f.vault.balanceOf(f.alice.address);
      expect(all).to.equal(HUNDRED * SHARES_PER_MICRO_USD);

      await requestRedeem(f.alice, all);
      await deal(f, HUNDRED, all);
      await f.vault.connect(f.alice).withdraw(40n * USD, f.alice.address, f.alice.address);
      expect(await f.vault.maxRedeem(f.alice.address)).to.equal(60n * USD * SHARES_PER_MICRO_USD);
      await f.vault.connect(f.alice).redeem(60n * USD * SHARES_PER_MICRO_USD, f.alice.address, f.alice.address);
      expect(await f.token.balanceOf(f.vault.target)).to.equal(0n);
    });

    it("aggregates several requests of one controller under request id 0", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await requestDeposit(f.alice, 2n * HUNDRED);
      await f.vault.connect(f.bob).requestDeposit(HUNDRED, f.alice.address, f.bob.address);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(4n * HUNDRED);
    });

    it("refuses requests of nothing", async () => {
      await expect(requestDeposit(f.alice, 0n)).to.be.revertedWithCustomError(f.vault, "ZeroAmount");
      await expect(requestRedeem(f.alice, 0n)).to.be.revertedWithCustomError(f.vault, "ZeroAmount");
    });
  });

  describe("made and claimed by operators", () => {
    it("lets nobody request with another's money, or claim for another, unless made an operator", async () => {
      const as = f.vault.connect(f.bob);
      await expect(as.requestDeposit(HUNDRED, f.bob.address, f.alice.address))
        .to.be.revertedWithCustomError(f.vault, "NotOperator")
        .withArgs(f.bob.address, f.alice.address);
      const all = await shares(f.alice, HUNDRED);
      await expect(as.requestRedeem(all, f.bob.address, f.alice.address)).to.be.revertedWithCustomError(
        f.vault,
        "ERC20InsufficientAllowance",
      );

      await requestDeposit(f.alice, HUNDRED);
      await requestRedeem(f.alice, all);
      await deal(f, HUNDRED, all);
      const claims = [
        as.getFunction("deposit(uint256,address,address)")(HUNDRED, f.bob.address, f.alice.address),
        as.getFunction("mint(uint256,address,address)")(1n, f.bob.address, f.alice.address),
        as.redeem(all, f.bob.address, f.alice.address),
        as.withdraw(1n, f.bob.address, f.alice.address),
      ];
      for (const claim of claims) await expect(claim).to.be.revertedWithCustomError(f.vault, "NotOperator");
    });

    it("lets an operator do all of it, until the approval is withdrawn", async () => {
      await expect(f.vault.connect(f.alice).setOperator(f.bob.address, true))
        .to.emit(f.vault, "OperatorSet")
        .withArgs(f.alice.address, f.bob.address, true);
      const as = f.vault.connect(f.bob);
      await as.requestDeposit(HUNDRED, f.alice.address, f.alice.address);
      await deal(f, 0n);
      await as.getFunction("deposit(uint256,address,address)")(HUNDRED, f.alice.address, f.alice.address);
      const all = await f.vault.balanceOf(f.alice.address);
      await as.requestRedeem(all, f.alice.address, f.alice.address);
      await deal(f, HUNDRED, all);
      await f.vault.connect(f.alice).setOperator(f.bob.address, false);
      await expect(as.redeem(all, f.bob.address, f.alice.address)).to.be.revertedWithCustomError(
        f.vault,
        "NotOperator",
      );
    });

    it("spends a share allowance for a redemption request of somebody who is no operator", async () => {
      const all = await shares(f.alice, HUNDRED);
      await f.vault.connect(f.alice).approve(f.bob.address, all - 1n);
      await expect(
        f.vault.connect(f.bob).requestRedeem(all, f.bob.address, f.alice.address),
      ).to.be.revertedWithCustomError(f.vault, "ERC20InsufficientAllowance");
      await f.vault.connect(f.bob).requestRedeem(all - 1n, f.bob.address, f.alice.address);
      expect(await f.vault.allowance(f.alice.address, f.bob.address)).to.equal(0n);
      expect(await f.vault.pendingRedeemRequest(0, f.bob.address)).to.equal(all - 1n);
    });

    it("leaves a controller all of its own requests when strangers fill the queue in its name", async () => {
      for (let i = 0; i < 16; i++) await f.vault.connect(f.bob).requestDeposit(1n, f.alice.address, f.bob.address);
      await expect(
        f.vault.connect(f.bob).requestDeposit(1n, f.alice.address, f.bob.address),
      ).to.be.revertedWithCustomError(f.vault, "TooManyOpenRequests");
      for (let i = 0; i < 16; i++) await requestDeposit(f.alice, HUNDRED);
      await expect(requestDeposit(f.alice, 1n)).to.be.revertedWithCustomError(f.vault, "TooManyOpenRequests");
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(16n * HUNDRED + 16n);
    });
  });

  describe("at the cut-off", () => {
    it("does not deal a deposit sent after the reporters signed but before the snapshot landed", async () => {
      const margin = 60n;
      await requestDeposit(f.alice, HUNDRED);
      await time.increase(600);
      const observedAt = BigInt(await time.latest());
      await time.increase(5);
      await requestDeposit(f.bob, HUNDRED);
      expect((await deal(f, 0n, 0n, observedAt - margin)).cashFlow).to.equal(HUNDRED);
      expect(await f.vault.maxDeposit(f.alice.address)).to.equal(HUNDRED);
      expect(await f.vault.pendingDepositRequest(0, f.bob.address)).to.equal(HUNDRED);
      await deal(f, HUNDRED, 0n, observedAt + 3600n);
      expect(await f.vault.maxDeposit(f.bob.address)).to.equal(HUNDRED);
    });

    it("deals a request of the cut-off's own second and leaves one of the next second", async () => {
      await requestDeposit(f.alice, HUNDRED);
      const cutoff = BigInt(await time.latest());
      await requestDeposit(f.bob, HUNDRED);
      await deal(f, 0n, 0n, cutoff);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.pendingDepositRequest(0, f.bob.address)).to.equal(HUNDRED);
    });

    it("does not redeem shares whose request came after it", async () => {
      const all = await shares(f.alice, HUNDRED);
      const cutoff = BigInt(await time.latest());
      await requestRedeem(f.alice, all);
      expect(await f.vault.redeemableShares(cutoff)).to.equal(0n);
      await expect(deal(f, HUNDRED, 1n, cutoff))
        .to.be.revertedWithCustomError(f.vault, "ExceedsRequestedShares")
        .withArgs(1n, 0n);
      expect(await f.vault.redeemableShares(cutoff + 1n)).to.equal(all);
    });

    it("deals nothing twice when the cut-off does not move", async () => {
      await requestDeposit(f.alice, HUNDRED);
      const cutoff = BigInt(await time.latest());
      expect((await deal(f, 0n, 0n, cutoff)).cashFlow).to.equal(HUNDRED);
      expect((await deal(f, HUNDRED, 0n, cutoff)).cashFlow).to.equal(0n);
      expect((await deal(f, HUNDRED, 0n, cutoff - 50n)).cashFlow).to.equal(0n);
    });
  });

  describe("dealt in part", () => {
    it("pays redemptions first come, first served over several dealings, each at its own price", async () => {
      const [a, b] = [await shares(f.alice, HUNDRED), await shares(f.bob, HUNDRED, HUNDRED)];
      await requestRedeem(f.alice, a);
      await requestRedeem(f.bob, b);

      await deal(f, 2n * HUNDRED, a / 2n);
      expect(await f.vault.maxWithdraw(f.alice.address)).to.equal(HUNDRED / 2n);
      expect(await f.vault.maxWithdraw(f.bob.address), "bob waits behind alice").to.equal(0n);

      await deal(f, 3n * HUNDRED, a / 2n + b / 4n);
      expect(await f.vault.pendingRedeemRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.maxWithdraw(f.alice.address)).to.be.closeTo(HUNDRED / 2n + HUNDRED, 2n);
      expect(await f.vault.maxWithdraw(f.bob.address)).to.be.closeTo(HUNDRED / 2n, 2n);

      await deal(f, await f.vault.lastNavMicroUsd(), b - b / 4n);
      expect(await f.vault.maxRedeem(f.bob.address)).to.equal(b);
      for (const [who, count] of [
        [f.alice, a],
        [f.bob, b],
      ] as const)
        await f.vault.connect(who).redeem(count, who.address, who.address);
      expect(await f.token.balanceOf(f.vault.target), "no more than dust stays").to.be.lessThan(4n);
    });

    it("pays those who leave out of the dealing's deposits first, whatever the owner would rather", async () => {
      const all = await shares(f.alice, HUNDRED);
      await requestRedeem(f.alice, all);
      await f.vault.connect(f.bob).requestDeposit(HUNDRED / 4n, f.bob.address, f.bob.address);
      const now = BigInt(await time.latest());
      // At a NAV of three hundred a share is worth three times what it was.
      const least: bigint = await f.vault.leastRedeemedShares(3n * HUNDRED, now, 0n);
      expect(least).to.be.closeTo(all / 12n, all / 10_000n);
      for (const fewer of [0n, least - 1n]) {
        await expect(f.vault.previewDeal(3n * HUNDRED, fewer, now, 0n))
          .to.be.revertedWithCustomError(f.vault, "RedeemsTooFewShares")
          .withArgs(fewer, least);
      }
      expect(await f.vault.previewDeal(3n * HUNDRED, least, now, 0n), "the book sees neither").to.equal(0n);
      expect(await f.vault.leastRedeemedShares(3n * HUNDRED, now, 1n), "deposits wait under a haircut").to.equal(0n);
      expect((await deal(f, 3n * HUNDRED, least)).cashFlow).to.equal(0n);
      await f.vault.connect(f.bob).requestDeposit(5n * HUNDRED, f.bob.address, f.bob.address);
      expect(
        await f.vault.leastRedeemedShares(3n * HUNDRED, BigInt(await time.latest()), 0n),
        "no more than was asked for",
      ).to.equal(all - least);
    });

    it("lets the owner redeem nothing for a while, and never more than was asked for", async () => {
      const all = await shares(f.alice, HUNDRED);
      await requestRedeem(f.alice, all);
      expect((await deal(f, HUNDRED, 0n)).cashFlow).to.equal(0n);
      await expect(deal(f, HUNDRED, all + 1n))
        .to.be.revertedWithCustomError(f.vault, "ExceedsRequestedShares")
        .withArgs(all + 1n, all);
      expect((await deal(f, HUNDRED, all)).cashFlow).to.equal(-HUNDRED);
    });

    it("nets deposits against redemptions, and leaves the vault exactly the cash it owes", async () => {
      const all = await shares(f.alice, HUNDRED);
      await requestRedeem(f.alice, all);
      await requestDeposit(f.bob, 3n * HUNDRED);
      expect((await deal(f, HUNDRED, all)).cashFlow).to.equal(2n * HUNDRED);
      expect(await f.token.balanceOf(f.vault.target)).to.equal(HUNDRED);
      expect(await f.token.allowance(f.vault.target, f.market.address), "the allowance is used up").to.equal(0n);
      await f.vault.connect(f.alice).redeem(all, f.alice.address, f.alice.address);
      await claimDeposit(f.bob);
      expect(await f.vault.balanceOf(f.bob.address)).to.equal(3n * HUNDRED * SHARES_PER_MICRO_USD);
    });
  });

  describe("when the vault goes into recovery", () => {
    it("gives undealt deposits back, and keeps priced claims payable", async () => {
      const all = await shares(f.alice, HUNDRED);
      await requestRedeem(f.alice, all);
      await requestDeposit(f.bob, HUNDRED);
      await deal(f, HUNDRED, all);
      await requestDeposit(f.carol, 5n * HUNDRED);
      expect(await f.vault.claimableCancelDepositRequest(0, f.carol.address)).to.equal(0n);

      await expect(f.vault.connect(f.market).onStopped())
        .to.emit(f.vault, "DepositsVoided")
        .withArgs(5n * HUNDRED);
      await expect(
        f.vault.connect(f.bob).claimCancelDepositRequest(0, f.bob.address, f.carol.address),
      ).to.be.revertedWithCustomError(f.vault, "NotOperator");
      await expect(f.vault.connect(f.carol).claimCancelDepositRequest(0, f.bob.address, f.carol.address))
        .to.emit(f.vault, "CancelDepositClaim")
        .withArgs(f.carol.address, f.bob.address, 0n, f.carol.address, 5n * HUNDRED);
      expect(await f.vault.claimableCancelDepositRequest(0, f.carol.address), "once").to.equal(0n);

      await f.vault.connect(f.alice).redeem(all, f.alice.address, f.alice.address);
      await claimDeposit(f.bob);
      expect(await f.vault.balanceOf(f.bob.address)).to.equal(HUNDRED * SHARES_PER_MICRO_USD);
      expect(await f.token.balanceOf(f.vault.target)).to.equal(0n);
    });

    it("takes no further deposits and deals nothing, so that nothing is both taken back and dealt", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await f.vault.connect(f.market).onStopped();
      await expect(requestDeposit(f.alice, 1n)).to.be.revertedWithCustomError(f.vault, "VaultStopped");
      await expect(deal(f, 0n)).to.be.revertedWithCustomError(f.vault, "VaultStopped");
      await expect(f.vault.connect(f.market).deal(0n, 0n, await time.latest(), 0n)).to.be.revertedWithCustomError(
        f.vault,
        "VaultStopped",
      );
    });
  });

  describe("cancelled", () => {
    /** An epoch takes submissions, with a snapshot of now; the vault has not submitted. */
    const openEpoch = async (epoch: number): Promise<bigint> => {
      const now = BigInt(await time.latest());
      await f.scripted.set(PHASE.submit, epoch, now + 600n, now, epoch - 1);
      return now - DEAL_MARGIN;
    };
    const cancel = (who: any, of = who) => f.vault.connect(who).cancelDepositRequest(0, of.address);
    const DEALING = 1 + DEALING_INTERVAL;

    it("a deposit is claimable at once, by its controller or its operator, to whom they say, and once", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await f.vault.connect(f.bob).requestDeposit(HUNDRED, f.alice.address, f.bob.address);
      await expect(cancel(f.bob, f.alice)).to.be.revertedWithCustomError(f.vault, "NotOperator");
      await f.vault.connect(f.alice).setOperator(f.bob.address, true);
      await expect(cancel(f.bob, f.alice))
        .to.emit(f.vault, "CancelDepositRequest")
        .withArgs(f.alice.address, 0n, f.bob.address);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.pendingCancelDepositRequest(0, f.alice.address), "it waits for nothing").to.equal(false);
      expect(await f.vault.claimableCancelDepositRequest(0, f.alice.address)).to.equal(2n * HUNDRED);
      expect((await deal(f, 0n)).cashFlow, "none of it is dealt").to.equal(0n);

      const before: bigint = await f.token.balanceOf(f.carol.address);
      await expect(f.vault.connect(f.alice).claimCancelDepositRequest(0, f.carol.address, f.alice.address))
        .to.emit(f.vault, "CancelDepositClaim")
        .withArgs(f.alice.address, f.carol.address, 0n, f.alice.address, 2n * HUNDRED);
      expect(BigInt(await f.token.balanceOf(f.carol.address)) - before).to.equal(2n * HUNDRED);
      await f.vault.connect(f.alice).claimCancelDepositRequest(0, f.carol.address, f.alice.address);
      expect(BigInt(await f.token.balanceOf(f.carol.address)) - before).to.equal(2n * HUNDRED);
      await expect(cancel(f.alice)).to.be.revertedWithCustomError(f.vault, "NothingToCancel").withArgs(f.alice.address);
    });

    it("a redemption gives back the shares that are not dealt, and keeps what is", async () => {
      const [a, b] = [await shares(f.alice, HUNDRED), await shares(f.bob, HUNDRED, HUNDRED)];
      await requestRedeem(f.alice, a);
      await requestRedeem(f.bob, b);
      await deal(f, 2n * HUNDRED, a / 4n);
      await expect(f.vault.connect(f.alice).cancelRedeemRequest(0, f.alice.address))
        .to.emit(f.vault, "CancelRedeemRequest")
        .withArgs(f.alice.address, 0n, f.alice.address);
      expect(await f.vault.pendingRedeemRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.claimableCancelRedeemRequest(0, f.alice.address)).to.equal(a - a / 4n);
      expect(await f.vault.redeemableShares(await time.latest()), "bob has moved up").to.equal(b);
      await deal(f, HUNDRED + (3n * HUNDRED) / 4n, b);
      await expect(f.vault.connect(f.alice).claimCancelRedeemRequest(0, f.alice.address, f.alice.address))
        .to.emit(f.vault, "CancelRedeemClaim")
        .withArgs(f.alice.address, f.alice.address, 0n, f.alice.address, a - a / 4n);
      expect(await f.vault.balanceOf(f.alice.address)).to.equal(a - a / 4n);
      expect(await f.vault.maxWithdraw(f.alice.address)).to.equal(HUNDRED / 4n);
      expect(await f.vault.maxWithdraw(f.bob.address)).to.be.closeTo(HUNDRED, 2n);
      expect(await f.vault.balanceOf(f.vault.target), "nobody's shares stay behind").to.equal(0n);
    });

    it("stays, if the cut-off of a dealing epoch has taken it in, until the vault has submitted or can't any more", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await time.increase(DEAL_MARGIN);
      const cutoff = await openEpoch(DEALING);
      const flow = (): Promise<bigint> => f.vault.previewDeal(0n, 0n, cutoff, 0n);
      expect(await flow()).to.equal(HUNDRED);
      await expect(cancel(f.alice))
        .to.be.revertedWithCustomError(f.vault, "TakenIn")
        .withArgs(await f.scripted.deadline());
      await requestDeposit(f.alice, 7n);
      await cancel(f.alice);
      expect(await f.vault.claimableCancelDepositRequest(0, f.alice.address), "only what came later").to.equal(7n);
      expect(await flow(), "the owner's proof stands").to.equal(HUNDRED);
      const open = await networkHelpers.takeSnapshot();
      await f.scripted.set(PHASE.submit, DEALING, await f.scripted.deadline(), await f.scripted.observedAt(), DEALING);
      await cancel(f.alice);
      await open.restore();
      for (const phase of [PHASE.clear, PHASE.awaitSnapshot]) {
        await f.scripted.set(phase, DEALING, await f.scripted.deadline(), await f.scripted.observedAt(), 0);
        await cancel(f.alice);
        await open.restore();
      }
      await time.increaseTo((await f.scripted.deadline()) as bigint);
      await cancel(f.alice);
      expect(await flow()).to.equal(0n);
    });

    it("stays once the observation of a dealing is due, so that nobody chooses between its price and none, until no snapshot can come", async () => {
      const SNAPSHOT_WINDOW = 900n;
      const all = await shares(f.bob, HUNDRED);
      await requestDeposit(f.alice, HUNDRED);
      await requestRedeem(f.bob, all);
      const due = BigInt(await time.latest()) + 1_000n;
      const waitFor = (epoch: number) =>
        f.scripted.set(PHASE.awaitSnapshot, epoch - 1, due + SNAPSHOT_WINDOW, due - 3_600n, epoch - 1);
      await waitFor(DEALING);
      const waiting = await networkHelpers.takeSnapshot();
      const cancels = [
        () => cancel(f.alice),
        () => f.vault.connect(f.bob).cancelRedeemRequest(0, f.bob.address),
      ] as const;
      /** What both are told at a second. */
      const at = async (second: bigint, isRefused: boolean): Promise<void> => {
        for (const one of cancels) {
          await time.setNextBlockTimestamp(second);
          if (isRefused)
            await expect(one())
              .to.be.revertedWithCustomError(f.vault, "TakenIn")
              .withArgs(due + SNAPSHOT_WINDOW);
          else await one();
          await waiting.restore();
        }
      };
      await at(due - DEAL_MARGIN, false);
      await at(due - DEAL_MARGIN + 1n, true);
      await at(due + SNAPSHOT_WINDOW, true);
      await at(due + SNAPSHOT_WINDOW + 1n, false);

      await time.increaseTo(due + 100n);
      await requestDeposit(f.alice, 7n);
      await cancel(f.alice);
      expect(
        await f.vault.claimableCancelDepositRequest(0, f.alice.address),
        "no snapshot can have taken in what was asked for a moment ago",
      ).to.equal(7n);
      await waitFor(DEALING + 1);
      for (const one of cancels) await one();
      expect(await f.vault.claimableCancelDepositRequest(0, f.alice.address)).to.equal(HUNDRED + 7n);
    });

    it("at the second of the cut-off stays, a second later goes", async () => {
      await requestDeposit(f.alice, HUNDRED);
      const at = BigInt(await time.latest());
      for (const [observedAt, goes] of [
        [at + DEAL_MARGIN, false],
        [at + DEAL_MARGIN - 1n, true],
      ] as const) {
        await f.scripted.set(PHASE.submit, DEALING, at + 10_000n, observedAt, 0);
        expect(await f.vault.redeemableShares(observedAt - DEAL_MARGIN)).to.equal(0n);
        if (goes) await cancel(f.alice);
        else await expect(cancel(f.alice)).to.be.revertedWithCustomError(f.vault, "TakenIn");
      }
    });

    it("goes in an epoch that does not deal it; a redemption, for which every epoch raises cash, does not", async () => {
      const all = await shares(f.bob, HUNDRED);
      await requestDeposit(f.alice, HUNDRED);
      await requestRedeem(f.bob, all);
      await time.increase(DEAL_MARGIN);
      const cutoff = await openEpoch(DEALING + 1);
      await cancel(f.alice);
      const { cashWantedMicroUsd } = await f.vault.terms(DEALING + 1, 0n, cutoff);
      expect(cashWantedMicroUsd).to.equal(HUNDRED);
      await expect(f.vault.connect(f.bob).cancelRedeemRequest(0, f.bob.address)).to.be.revertedWithCustomError(
        f.vault,
        "TakenIn",
      );
      await f.scripted.set(PHASE.clear, DEALING + 1, 0n, await f.scripted.observedAt(), 0);
      await f.vault.connect(f.bob).cancelRedeemRequest(0, f.bob.address);
      expect((await f.vault.terms(DEALING + 1, 0n, cutoff)).cashWantedMicroUsd).to.equal(0n);
    });

    it("makes room for others' requests and one's own", async () => {
      const capacity: bigint = await f.vault.CAPACITY_MICRO_USD();
      for (const who of [f.alice, f.bob]) await f.token.mint(who.address, capacity);
      await requestDeposit(f.alice, capacity);
      await expect(requestDeposit(f.bob, 1n)).to.be.revertedWithCustomError(f.vault, "CapacityReached");
      await cancel(f.alice);
      await requestDeposit(f.bob, capacity);
      expect((await deal(f, 0n)).cashFlow).to.equal(capacity);
    });
  });

  describe("when the terms change", () => {
    const announce = async (): Promise<number> => {
      await f.vault.connect(f.owner).setStrategy(12n);
      return time.latest();
    };
    const LOOSER = { ...LIMITS, deltaBps: LIMITS.deltaBps + 1n };

    it("gives back the deposits asked for before the announcement, and deals those asked for after it", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await announce();
      await requestDeposit(f.bob, HUNDRED);
      await time.increase(CHANGE_DELAY);
      await expect(f.vault.connect(f.carol).applyStrategy()).to.emit(f.vault, "DepositsVoided").withArgs(HUNDRED);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(0n);
      expect(await f.vault.claimableCancelDepositRequest(0, f.alice.address)).to.equal(HUNDRED);
      expect((await deal(f, 0n)).cashFlow).to.equal(HUNDRED);
      expect(await f.vault.maxDeposit(f.bob.address)).to.equal(HUNDRED);
      await f.vault.connect(f.alice).claimCancelDepositRequest(0, f.alice.address, f.alice.address);
      expect(await f.token.balanceOf(f.vault.target)).to.equal(0n);
    });

    it("does so for a looser mandate as well, but not for a tighter one, nor while a change waits", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await f.vault.connect(f.governance).setMandate({ ...LIMITS, deltaBps: LIMITS.deltaBps - 1n });
      await f.vault.connect(f.governance).setMandate(LOOSER);
      await time.increase(CHANGE_DELAY);
      expect(await f.vault.pendingDepositRequest(0, f.alice.address)).to.equal(HUNDRED);
      await expect(f.vault.applyMandate()).to.emit(f.vault, "DepositsVoided").withArgs(HUNDRED);
    });

    it("lets one that was dealt before stay, and counts from the latest announcement", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await announce();
      await requestDeposit(f.bob, HUNDRED);
      await deal(f, 0n);
      await requestDeposit(f.carol, HUNDRED);
      await f.vault.connect(f.owner).setStrategy(13n);
      await time.increase(CHANGE_DELAY);
      await expect(f.vault.applyStrategy()).to.emit(f.vault, "DepositsVoided").withArgs(HUNDRED);
      expect(await f.vault.claimableCancelDepositRequest(0, f.carol.address)).to.equal(HUNDRED);
      expect(await f.vault.maxDeposit(f.bob.address)).to.equal(HUNDRED);
    });

    it("waits while the open epoch may deal what it would give back: no proof is voided", async () => {
      await requestDeposit(f.alice, HUNDRED);
      await announce();
      await time.increase(CHANGE_DELAY);
      const now = BigInt(await time.latest());
      await f.scripted.set(PHASE.submit, 1 + DEALING_INTERVAL, now + 600n, now, 0);
      await expect(f.vault.applyStrategy())
        .to.be.revertedWithCustomError(f.vault, "DepositsTakenIn")
        .withArgs(now + 600n);
      await time.increaseTo(now + 600n);
      await f.vault.applyStrategy();
      expect(await f.vault.claimableCancelDepositRequest(0, f.alice.address)).to.equal(HUNDRED);
    });
  });

  describe("that an epoch does not pay", () => {
    const wanted = async (redeemShares: bigint, cutoff: number): Promise<bigint> =>
      (await f.vault.terms(1, redeemShares, cutoff)).cashWantedMicroUsd;

    it("are worth in the strategy's eyes what they were at the last NAV, whatever else is asked after the cut-off", async () => {
      const held = await shares(f.alice, HUNDRED);
      await requestRedeem(f.alice, held / 4n);
      const cutoff = await time.latest();
      expect(await wanted(0n, cutoff)).to.equal(25n * USD);
      expect(await wanted(held / 8n, cutoff), "but for what is paid").to.equal(12_500_000n);
      expect(await wanted(held / 4n, cutoff)).to.equal(0n);
      expect(await wanted(held, cutoff), "too much is refused by the dealing").to.equal(0n);
      expect(await wanted(0n, cutoff - 1)).to.equal(0n);
      await requestRedeem(f.alice, held / 4n);
      expect(await wanted(0n, cutoff), "nobody can void a proof by asking").to.equal(25n * USD);
    });

    it("are worth no more than a proof can carry", async () => {
      const held = await shares(f.alice, HUNDRED);
      // A NAV just below 2^50, with deposits on top.
      await requestDeposit(f.bob, 2n ** 48n);
      await deal(f, 2n ** 50n - 1n);
      await requestRedeem(f.alice, held);
      expect(await f.vault.lastNavMicroUsd()).to.equal(2n ** 50n - 1n + 2n ** 48n);
      expect(await wanted(0n, await time.latest())).to.be.lessThan(2n ** 50n);
    });
  });

  describe("in its schedule", () => {
    it("marks every interval-th epoch, from the offset on, as a dealing epoch", async () => {
      for (let epoch = 0; epoch < 3 * DEALING_INTERVAL; epoch++) {
        const { dealing } = await f.vault.terms(epoch, 0, 0);
        expect(dealing, `epoch ${epoch}`).to.equal(epoch % DEALING_INTERVAL === 1);
      }
    });

    it("refuses a schedule that never deals", async () => {
      for (const [dealingInterval, dealingOffset] of [
        [0, 0],
        [4, 4],
      ]) {
        await expect(deployVault("TestToken", { dealingInterval, dealingOffset })).to.be.revertedWithCustomError(
          f.vault,
          "BadSchedule",
        );
      }
    });
  });

  describe("is the market's to deal", () => {
    it("lets nobody else deal or report a recovery", async () => {
      for (const who of [f.owner, f.governance, f.alice]) {
        await expect(f.vault.connect(who).deal(0n, 0n, 0n, 0n)).to.be.revertedWithCustomError(f.vault, "NotMarket");
        await expect(f.vault.connect(who).onStopped()).to.be.revertedWithCustomError(f.vault, "NotMarket");
      }
    });

    it("moves no tokens in a dealing, and allows the market its cash flow and no more", async () => {
      await requestDeposit(f.alice, HUNDRED);
      const cutoff = BigInt(await time.latest());
      await f.vault.connect(f.market).deal(0n, 0n, cutoff, 0n);
      expect(await f.token.balanceOf(f.vault.target)).to.equal(HUNDRED);
      await requestDeposit(f.bob, HUNDRED);
      await expect(
        f.token.connect(f.market).transferFrom(f.vault.target, f.market.address, HUNDRED + 1n),
      ).to.be.revertedWithCustomError(f.token, "ERC20InsufficientAllowance");
    });
  });

  it("is created with ways out and delays that end", async () => {
    const day = 86_400;
    const interval = (90 * day) / 3_600 - 1;
    const fits = { dealingInterval: interval, dealingOffset: 0, changeDelay: 365 * day };
    await deployVault("TestToken", fits);
    await expect(deployVault("TestToken", { ...fits, dealingInterval: interval + 1 })).to.be.revertedWithCustomError(
      f.vault,
      "ExitTooLong",
    );
    await expect(deployVault("TestToken", { ...fits, dealingInterval: 2 ** 32 - 1 })).to.be.revertedWithCustomError(
      f.vault,
      "ExitTooLong",
    );
    await expect(deployVault("TestToken", { changeDelay: 365 * day + 1 })).to.be.revertedWithCustomError(
      f.vault,
      "DelayTooLong",
    );
  });

  it("counts its dealing epochs between two others", async () => {
    for (const [dealingInterval, dealingOffset] of [
      [4, 1],
      [1, 0],
      [3, 2],
    ] as const) {
      const { vault } = await deployVault("TestToken", { dealingInterval, dealingOffset });
      for (const [from, to] of [
        [0, 0],
        [0, 1],
        [1, 5],
        [1, 4],
        [5, 1],
        [2, 30],
      ] as const) {
        const wanted = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + 1 + i);
        expect(await vault.dealings(from, to), `(${from}, ${to}]`).to.equal(
          BigInt(wanted.filter((epoch) => epoch % dealingInterval === dealingOffset).length),
        );
      }
    }
  });

  it("is created with a delay of two exit periods or more", async () => {
    await expect(deployVault("TestToken", { changeDelay: CHANGE_DELAY - 1 }))
      .to.be.revertedWithCustomError(f.vault, "DelayTooShort")
      .withArgs(CHANGE_DELAY - 1, CHANGE_DELAY);
    await newVault(
      f.market.address,
      f.market.address,
      f.token.target,
      f.manager.target,
      60,
      vaultTerms(f.owner.address),
    );
  });
});
