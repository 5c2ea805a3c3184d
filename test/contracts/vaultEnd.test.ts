import { expect } from "chai";
import fc from "fast-check";
import { connection, deal, deployVault, SHARES_PER_MICRO_USD, USD } from "../support/vault.ts";
import type { VaultFixture } from "../support/vault.ts";

const { networkHelpers } = connection;
const PPB = 10n ** 9n;
const HUNDRED = 100n * USD;

describe("A vault that the market has resolved", () => {
  let f: VaultFixture;
  let fresh: { restore(): Promise<void> };
  before(async () => {
    f = await deployVault();
    fresh = await networkHelpers.takeSnapshot();
  });
  afterEach(() => fresh.restore());

  const requestDeposit = (who: { address: string }, amount: bigint) =>
    f.vault.connect(who).requestDeposit(amount, who.address, who.address);
  const claimDeposit = async (who: { address: string }) =>
    f.vault
      .connect(who)
      ["deposit(uint256,address,address)"](await f.vault.maxDeposit(who.address), who.address, who.address);
  const pay = async (amount: bigint) => {
    await f.token.connect(f.market).transfer(f.vault.target, amount);
    await f.vault.connect(f.market).onResolved(amount);
  };
  const collect = async (who: { address: string }): Promise<bigint> => {
    const before: bigint = await f.token.balanceOf(who.address);
    await f.vault.connect(who).collect(who.address, who.address);
    return BigInt(await f.token.balanceOf(who.address)) - before;
  };
  /** Alice holds her shares, Bob has asked to redeem his, Carol has not claimed hers. */
  const end = async () => {
    for (const [who, amount] of [
      [f.alice, 3n * HUNDRED],
      [f.bob, 2n * HUNDRED],
      [f.carol, HUNDRED],
    ] as const)
      await requestDeposit(who, amount);
    await deal(f, 0n);
    for (const who of [f.alice, f.bob]) await claimDeposit(who);
    await f.vault.connect(f.bob).requestRedeem(2n * HUNDRED * SHARES_PER_MICRO_USD, f.bob.address, f.bob.address);
    await requestDeposit(f.carol, 7n);
    await f.vault.connect(f.market).onStopped();
    await f.vault.connect(f.market).onResolved(0n);
  };

  it("gives every share the same, held, waiting to be redeemed or not claimed, and the undealt deposit back besides", async () => {
    await end();
    await pay(60n * USD);
    expect(await collect(f.bob)).to.equal(20n * USD);
    expect(await collect(f.alice)).to.equal(30n * USD);
    expect(await collect(f.carol)).to.equal(10n * USD);
    expect(await f.vault.totalSupply()).to.equal(0n);
    expect(await f.vault.claimableCancelDepositRequest(0, f.carol.address)).to.equal(7n);
  });

  it("counts shares whose redemption was cancelled and which were not taken back", async () => {
    await end();
    await f.vault.connect(f.bob).cancelRedeemRequest(0, f.bob.address);
    await pay(60n * USD);
    expect(await collect(f.bob)).to.equal(20n * USD);
    expect(await f.vault.claimableCancelRedeemRequest(0, f.bob.address)).to.equal(0n);
  });

  it("pays on as more comes in, once each, whoever hands in first", async () => {
    await end();
    await pay(60n * USD);
    expect(await collect(f.alice)).to.equal(30n * USD);
    expect(await collect(f.alice)).to.equal(0n);
    await pay(6n * USD);
    expect(await collect(f.alice)).to.equal(3n * USD);
    expect(await collect(f.carol)).to.equal(11n * USD);
    // Shares that change hands take what they are due along.
    await expect(f.vault.connect(f.carol).collect(f.carol.address, f.bob.address)).to.be.revertedWithCustomError(
      f.vault,
      "NotOperator",
    );
    await f.vault.connect(f.bob).setOperator(f.carol.address, true);
    await f.vault.connect(f.carol).collect(f.carol.address, f.bob.address);
    expect(await f.vault.collectedMicroUsd(f.bob.address)).to.equal(22n * USD);
  });

  it("never pays more than came in, whatever comes in and is handed in when, and leaves no more than a micro-dollar a holder", async () => {
    await end();
    const ended = await networkHelpers.takeSnapshot();
    const step = fc.oneof(fc.bigInt(1n, 10n ** 9n), fc.constantFrom("alice", "bob", "carol"));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const own: bigint = await f.token.balanceOf(f.vault.target);
        let received = 0n;
        for (const one of steps) {
          if (typeof one === "bigint") {
            await pay(one);
            received += one;
          } else await collect(f[one as "alice" | "bob" | "carol"]);
        }
        for (const who of [f.alice, f.bob, f.carol]) await collect(who);
        const left = BigInt(await f.token.balanceOf(f.vault.target)) - own;
        expect(left >= 0n && left <= 3n, `${left} left of ${received}`).to.equal(true);
        await ended.restore();
      }),
      { numRuns: 15 },
    );
  });

  it("is told so by the market alone, and pays nobody before", async () => {
    await expect(f.vault.connect(f.alice).onResolved(0n)).to.be.revertedWithCustomError(f.vault, "NotMarket");
    await expect(f.vault.connect(f.alice).collect(f.alice.address, f.alice.address)).to.be.revertedWithCustomError(
      f.vault,
      "NotResolved",
    );
  });

  it("before its end, under a haircut, credits what really came and lets deposits wait", async () => {
    await requestDeposit(f.alice, 4n * HUNDRED);
    await deal(f, 0n);
    await claimDeposit(f.alice);
    await f.vault.connect(f.alice).requestRedeem(HUNDRED * SHARES_PER_MICRO_USD, f.alice.address, f.alice.address);
    await requestDeposit(f.bob, HUNDRED);
    const haircut = 123_456_789n;
    const { cashFlow } = await deal(f, 4n * HUNDRED, HUNDRED * SHARES_PER_MICRO_USD, undefined, haircut);
    expect(cashFlow, "the NAV loses all of it").to.equal(-HUNDRED);
    const paid = (HUNDRED * (PPB - haircut)) / PPB;
    expect(await f.vault.maxWithdraw(f.alice.address)).to.equal(paid);
    expect(await f.vault.pendingDepositRequest(0, f.bob.address)).to.equal(HUNDRED);
    expect(await f.token.balanceOf(f.vault.target)).to.equal(paid + HUNDRED);
    await f.vault.connect(f.alice).redeem(HUNDRED * SHARES_PER_MICRO_USD, f.alice.address, f.alice.address);
  });
});
