import { expect } from "chai";
import { USD, connection, deployVault, newVault, vaultTerms } from "../support/vault.ts";
import type { VaultFixture } from "../support/vault.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

describe("A vault with a token that is not what it should be", () => {
  const requestDeposit = ({ vault, alice }: VaultFixture) =>
    vault.connect(alice).requestDeposit(100n * USD, alice.address, alice.address);

  it("refuses one that keeps a fee on transfer", async () => {
    const f = await deployVault("FeeToken");
    await expect(requestDeposit(f))
      .to.be.revertedWithCustomError(f.vault, "InexactTransfer")
      .withArgs(100n * USD, 99n * USD);
  });

  it("refuses one that says false instead of reverting", async () => {
    const f = await deployVault("FalseToken");
    await expect(requestDeposit(f)).to.be.revertedWithCustomError(f.vault, "SafeERC20FailedOperation");
  });

  it("refuses one without six decimals", async () => {
    const f = await deployVault();
    const token = await ethers.deployContract("TestToken", ["Ether", "ETH", 18]);
    await expect(
      newVault(f.market.address, f.market.address, token.target, f.manager.target, 60, vaultTerms(f.owner.address)),
    )
      .to.be.revertedWithCustomError(f.vault, "NotMicroDollars")
      .withArgs(18n);
  });

  describe("that calls back during a transfer", () => {
    let f: VaultFixture;
    const fixture = () => deployVault("ReentrantToken");
    beforeEach(async () => {
      f = await networkHelpers.loadFixture(fixture);
    });
    const reenter = (name: string, ...args: unknown[]) =>
      f.token.prepare(f.vault.target, f.vault.interface.encodeFunctionData(name, args));

    it("re-enters none of its functions from a deposit request", async () => {
      const token = f.token.target;
      const calls: [string, ...unknown[]][] = [
        ["requestDeposit", 1n, token, token],
        ["requestRedeem", 1n, token, token],
        ["deposit(uint256,address,address)", 0n, token, token],
        ["mint(uint256,address)", 0n, token],
        ["redeem", 0n, token, token],
        ["withdraw", 0n, token, token],
        ["cancelDepositRequest", 0n, token],
        ["cancelRedeemRequest", 0n, token],
        ["claimCancelDepositRequest", 0n, token, token],
        ["claimCancelRedeemRequest", 0n, token, token],
      ];
      for (const [name, ...args] of calls) {
        await reenter(name, ...args);
        await expect(requestDeposit(f), name).to.be.revertedWithCustomError(f.vault, "ReentrancyGuardReentrantCall");
      }
    });

    it("re-enters no claim from a claim", async () => {
      const { vault, token, market, alice } = f;
      await requestDeposit(f);
      await vault.connect(market).deal(0n, 0n, await time.latest(), 0n);
      await vault.connect(alice).getFunction("deposit(uint256,address)")(100n * USD, alice.address);
      const shares = await vault.balanceOf(alice.address);
      await vault.connect(alice).requestRedeem(shares, alice.address, alice.address);
      await vault.connect(market).deal(100n * USD, shares, await time.latest(), 0n);
      await vault.connect(alice).setOperator(token.target, true);

      await reenter("redeem", shares / 2n, token.target, alice.address);
      await expect(
        vault.connect(alice).redeem(shares / 2n, alice.address, alice.address),
      ).to.be.revertedWithCustomError(vault, "ReentrancyGuardReentrantCall");
    });

    it("deals nothing while a request's money is on its way", async () => {
      const { vault, manager, token, owner, alice } = f;
      // Here the token is the market as well.
      const own = await newVault(
        token.target,
        token.target,
        token.target,
        manager.target,
        60,
        vaultTerms(owner.address),
      );
      await token.connect(alice).approve(own.target, 100n * USD);
      await token.prepare(own.target, vault.interface.encodeFunctionData("deal", [0n, 0n, 2n ** 40n, 0n]));
      await expect(
        own.connect(alice).requestDeposit(100n * USD, alice.address, alice.address),
      ).to.be.revertedWithCustomError(own, "ReentrancyGuardReentrantCall");
    });
  });
});
