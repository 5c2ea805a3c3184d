import { expect } from "chai";
import { SHARES_PER_MICRO_USD, USD, connection, deal, deployVault } from "../support/vault.ts";
import type { VaultFixture } from "../support/vault.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
/** A dealing takes in so much, or a quarter of NAV. */
const INFLOW = 250n * USD;

describe("The inflow of a dealing", () => {
  let f: VaultFixture;
  const fixture = () => deployVault("TestToken", { leastMicroUsd: USD, inflowMicroUsd: INFLOW, inflowBps: 2_500 });
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(fixture);
  });
  const requestDeposit = (who: any, assets: bigint) =>
    f.vault.connect(who).requestDeposit(assets, who.address, who.address);
  const requestRedeem = (who: any, shares: bigint) =>
    f.vault.connect(who).requestRedeem(shares, who.address, who.address);
  const claim = async (who: any): Promise<void> => {
    const dealt = await f.vault.maxDeposit(who.address);
    await f.vault.connect(who).getFunction("deposit(uint256,address)")(dealt, who.address);
  };
  const waiting = (who: any): Promise<bigint> => f.vault.pendingDepositRequest(0, who.address);

  it("lets a first deposit in by parts, each claimable as it is dealt, until all of it is there", async () => {
    await requestDeposit(f.alice, 1_000n * USD);
    let nav = 0n;
    for (let part = 1n; part <= 4n; part++) {
      const { cashFlow } = await deal(f, nav);
      expect(cashFlow, `part ${part}`).to.equal(INFLOW);
      nav += cashFlow;
      expect(await waiting(f.alice)).to.equal(1_000n * USD - part * INFLOW);
      expect(await f.vault.maxDeposit(f.alice.address)).to.equal(INFLOW);
      await claim(f.alice);
    }
    expect((await deal(f, nav)).cashFlow).to.equal(0n);
    const shares: bigint = await f.vault.balanceOf(f.alice.address);
    // Three of the parts pay up to a step more than the print.
    expect(shares).to.be.closeTo(1_000n * USD * SHARES_PER_MICRO_USD, (shares * 2n) / 10_000n);
    expect(shares <= 1_000n * USD * SHARES_PER_MICRO_USD).to.equal(true);
  });

  it("is a part of NAV where that is more, so that a deposit of one NAV takes four dealings", async () => {
    await requestDeposit(f.alice, INFLOW);
    await deal(f, 0n);
    let nav = 100_000n * USD;
    await requestDeposit(f.bob, nav);
    const flows: bigint[] = [];
    while ((await waiting(f.bob)) > 0n) {
      const { cashFlow, printed } = await deal(f, nav);
      expect(cashFlow <= printed / 4n, `${cashFlow} at ${printed}`).to.equal(true);
      flows.push(cashFlow);
      nav += cashFlow;
    }
    expect(flows.length).to.equal(4);
  });

  it("serves the queue in order: what came later waits, and moves up when the rest before it is taken back", async () => {
    await requestDeposit(f.alice, 400n * USD);
    await requestDeposit(f.bob, 100n * USD);
    await deal(f, 0n);
    expect([await waiting(f.alice), await waiting(f.bob)]).to.deep.equal([150n * USD, 100n * USD]);
    await claim(f.alice);

    await f.vault.connect(f.alice).cancelDepositRequest(0, f.alice.address);
    expect(await f.vault.claimableCancelDepositRequest(0, f.alice.address), "the part not dealt").to.equal(150n * USD);
    await f.vault.connect(f.alice).claimCancelDepositRequest(0, f.alice.address, f.alice.address);
    expect((await deal(f, 250n * USD)).cashFlow).to.equal(100n * USD);
    expect([await waiting(f.alice), await waiting(f.bob)]).to.deep.equal([0n, 0n]);
    expect(await f.vault.balanceOf(f.alice.address), "the part that was dealt stays").to.equal(
      250n * USD * SHARES_PER_MICRO_USD,
    );
  });

  it("can't be widened by somebody who asks for a lot and takes it back", async () => {
    await requestDeposit(f.alice, 1_000n * USD);
    await requestDeposit(f.bob, 1_000_000n * USD);
    expect((await deal(f, 0n)).cashFlow).to.equal(INFLOW);
    await f.vault.connect(f.bob).cancelDepositRequest(0, f.bob.address);
    expect((await deal(f, INFLOW)).cashFlow).to.equal(INFLOW);
  });

  it("never slows who leaves: what pays them takes no room, and all that deposits cover is paid", async () => {
    for (let nav = 0n; nav < 4n * INFLOW; nav += INFLOW) {
      await requestDeposit(f.alice, INFLOW);
      await deal(f, nav);
      await claim(f.alice);
    }
    const shares: bigint = await f.vault.balanceOf(f.alice.address);
    await requestRedeem(f.alice, (shares * 9n) / 10n);
    await requestDeposit(f.bob, 5_000n * USD);
    const cutoff = BigInt(await time.latest());
    const asked: bigint = await f.vault.redeemableShares(cutoff);
    expect(await f.vault.leastRedeemedShares(0n, cutoff, 0n)).to.equal(asked);
    const { cashFlow } = await deal(f, 4n * INFLOW, asked);
    expect(cashFlow > INFLOW - 2n && cashFlow <= INFLOW, `net of who left: ${cashFlow}`).to.equal(true);
    expect(await f.vault.maxWithdraw(f.alice.address)).to.be.closeTo((4n * INFLOW * 9n) / 10n, USD / 2n);
    expect(await f.vault.pendingRedeemRequest(0, f.alice.address)).to.equal(0n);
  });

  it("is at least the least deposit, and a vault's for good", async () => {
    await expect(
      deployVault("TestToken", { leastMicroUsd: 2n * USD, inflowMicroUsd: USD }),
    ).to.be.revertedWithCustomError(f.vault, "InflowTooSmall");
    await expect(deployVault("TestToken", { leastMicroUsd: 0n, inflowMicroUsd: USD })).to.be.revertedWithCustomError(
      f.vault,
      "ZeroAmount",
    );
    expect([await f.vault.inflowMicroUsd(), await f.vault.inflowBps()]).to.deep.equal([INFLOW, 2_500n]);
  });
});
