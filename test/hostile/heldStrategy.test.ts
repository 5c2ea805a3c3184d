import { expect } from "chai";
import { CHANGE_DELAY, DEALING_INTERVAL, EPOCH_SECONDS, EXIT_SECONDS, USD, connection, deal, deployVault } from "../support/vault.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;

describe("An announced strategy", () => {
  // The owner keeps a due announcement from being applied by an unpaid dust request of its own, for as long as it likes, and lets it go
  // when the market suits it. Somebody who asked to leave long before that moment is neither paid nor waited for.
  it("is held in hand by a dust request, and put in force the moment the owner likes, over the heads of those who have asked to leave", async () => {
    const f = await deployVault();
    const shares = async (who: any, usd: bigint): Promise<bigint> => {
      await f.vault.connect(who).requestDeposit(usd * USD, who.address, who.address);
      await deal(f, await f.vault.lastNavMicroUsd());
      await f.vault.connect(who).getFunction("deposit(uint256,address)")(usd * USD, who.address);
      return f.vault.balanceOf(who.address);
    };
    await shares(f.owner === undefined ? f.alice : f.alice, 1n); // the owner's other account
    const bobs = await shares(f.bob, 1_000n);
    const dust = 1_000_000n;
    await f.vault.connect(f.alice).requestRedeem(dust, f.alice.address, f.alice.address);
    await f.vault.connect(f.owner).setStrategy(12n);

    // 1. Due, and nobody can apply it. A hundred dealing intervals pass.
    await time.increase(CHANGE_DELAY);
    await expect(f.vault.connect(f.carol).applyStrategy()).to.be.revertedWithCustomError(f.vault, "ExitsPending").withArgs(dust);
    await time.increase(100 * DEALING_INTERVAL * EPOCH_SECONDS);

    // 2. Bob asks to leave, and has waited ten times as long as a request may take.
    await f.vault.connect(f.bob).requestRedeem(bobs, f.bob.address, f.bob.address);
    await time.increase(10 * EXIT_SECONDS);
    await expect(f.vault.applyStrategy()).to.be.revertedWithCustomError(f.vault, "ExitsPending").withArgs(dust);

    // 3. The moment has come: a micro-dollar is paid.
    await deal(f, await f.vault.lastNavMicroUsd(), dust);
    await f.vault.applyStrategy();
    expect(await f.vault.strategyCommitment()).to.equal(12n);
    expect(await f.vault.pendingRedeemRequest(0, f.bob.address), "bob").to.equal(bobs);
  });
});
