import { expect } from "chai";
import fc from "fast-check";
import { SHARES_PER_MICRO_USD, USD, connection, deal, deployVault, owed } from "../support/vault.ts";
import type { VaultFixture } from "../support/vault.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const NAV_BOUND = 2n ** 50n;

describe("The price of a share", () => {
  let f: VaultFixture;
  const fixture = () => deployVault();
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(fixture);
  });
  const requestDeposit = (who: any, assets: bigint) =>
    f.vault.connect(who).requestDeposit(assets, who.address, who.address);
  const requestRedeem = (who: any, shares: bigint) =>
    f.vault.connect(who).requestRedeem(shares, who.address, who.address);
  async function claimAll(who: any): Promise<void> {
    const [deposit, redeem] = [await f.vault.maxDeposit(who.address), await f.vault.maxRedeem(who.address)];
    await f.vault.connect(who).getFunction("deposit(uint256,address)")(deposit, who.address);
    await f.vault.connect(who).redeem(redeem, who.address, who.address);
  }

  it("does not move when somebody sends the vault money or shares", async () => {
    await requestDeposit(f.alice, 100n * USD);
    await deal(f, 0n);
    await claimAll(f.alice);
    const price = async () => [
      await f.vault.convertToAssets(10n ** 12n),
      await f.vault.convertToShares(USD),
      await f.vault.totalAssets(),
    ];
    const before = await price();
    await f.token.connect(f.bob).transfer(f.vault.target, 10n ** 6n * USD);
    await f.vault.connect(f.alice).transfer(f.vault.target, 10n ** 12n);
    expect(await price()).to.deep.equal(before);

    await requestDeposit(f.bob, 100n * USD);
    await deal(f, 100n * USD);
    expect(await f.vault.maxMint(f.bob.address)).to.equal(100n * USD * SHARES_PER_MICRO_USD);
  });

  it("can't be inflated against the next depositor: a first depositor of one µUSD loses what is gained for the others", async () => {
    await requestDeposit(f.alice, 1n);
    await deal(f, 0n);
    await claimAll(f.alice);
    // Even if the attacker could make a profit of $10,000 appear in the vault.
    const nav = 10_000n * USD;
    await requestDeposit(f.bob, 1_000n * USD);
    await deal(f, nav);
    await claimAll(f.bob);
    const bobs = await f.vault.convertToAssets(await f.vault.balanceOf(f.bob.address));
    expect(bobs, "bob loses less than a ten-thousandth").to.be.greaterThan((1_000n * USD * 9_999n) / 10_000n);
    const alices = await f.vault.convertToAssets(await f.vault.balanceOf(f.alice.address));
    expect(alices, "the attacker loses nearly half of what was put in").to.be.lessThan((nav * 51n) / 100n);
  });

  it("is a dollar at the start, and proven NAV over supply from then on", async () => {
    expect(await f.vault.convertToShares(USD)).to.equal(10n ** 12n);
    expect(await f.vault.decimals()).to.equal(12n);
    await requestDeposit(f.alice, 100n * USD);
    await deal(f, 0n);
    await deal(f, 150n * USD);
    expect(await f.vault.convertToAssets(10n ** 12n)).to.be.closeTo((3n * USD) / 2n, 1n);
  });

  it("lets deposits wait, and the vault go on, when shares have become worthless", async () => {
    const deposit = 2n ** 30n;
    for (const lossIsTotal of [0n, 0n]) {
      await requestDeposit(f.alice, deposit);
      await deal(f, lossIsTotal);
    }
    await requestDeposit(f.bob, 2n ** 36n);
    expect((await deal(f, 0n)).cashFlow, "2^36 µUSD at this price are more shares than can be counted").to.equal(0n);
    expect(await f.vault.pendingDepositRequest(0, f.bob.address)).to.equal(2n ** 36n);
    expect((await deal(f, deposit)).cashFlow, "dealt once a share is worth something").to.equal(2n ** 36n);
  });

  it("stops taking requests where deposits could make a proof impossible", async () => {
    const capacity: bigint = await f.vault.CAPACITY_MICRO_USD();
    expect(capacity).to.equal(NAV_BOUND / 2n);
    await f.token.mint(f.alice.address, NAV_BOUND);
    await requestDeposit(f.alice, capacity - 10n);
    await expect(requestDeposit(f.bob, 11n)).to.be.revertedWithCustomError(f.vault, "CapacityReached").withArgs(10n);
    await deal(f, 0n);
    await expect(requestDeposit(f.bob, 11n)).to.be.revertedWithCustomError(f.vault, "CapacityReached").withArgs(10n);
    await requestDeposit(f.bob, 10n);
  });

  describe("over random requests, dealings, profits and losses", () => {
    const who = fc.integer({ min: 0, max: 2 });
    const part = fc.integer({ min: 1, max: 100 });
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("deposit" as const),
        who,
        amount: fc.oneof(fc.bigInt(1n, 50n), fc.bigInt(1n, 10n ** 13n)),
      }),
      fc.record({ kind: fc.constant("redeem" as const), who, part }),
      fc.record({
        kind: fc.constant("deal" as const),
        part,
        change: fc.integer({ min: -60, max: 90 }),
        extra: fc.bigInt(0n, 5n),
      }),
      fc.record({ kind: fc.constant("deal" as const), part, change: fc.constant(0), extra: fc.constant(0n) }),
      fc.record({ kind: fc.constant("claim" as const), who, part, byOutput: fc.boolean() }),
      fc.record({ kind: fc.constant("donate" as const), amount: fc.bigInt(1n, 10n ** 12n) }),
    );

    it("never falls by rounding, previews what it deals, and always covers what it owes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 30 }), async (steps) => {
          f = await deployVault();
          const people = [f.alice, f.bob, f.carol];
          let [nav, donated] = [0n, 0n];

          for (const step of steps) {
            if (step.kind === "deposit") {
              await requestDeposit(people[step.who], step.amount);
            } else if (step.kind === "redeem") {
              const shares = ((await f.vault.balanceOf(people[step.who]!.address)) * BigInt(step.part)) / 100n;
              if (shares > 0n) await requestRedeem(people[step.who], shares).catch(expectTooMany);
            } else if (step.kind === "deal") {
              nav = (nav * BigInt(100 + step.change)) / 100n + step.extra;
              const cutoff = BigInt(await time.latest());
              const [least, most]: bigint[] = await Promise.all([
                f.vault.leastRedeemedShares(nav, cutoff, 0n),
                f.vault.redeemableShares(cutoff),
              ]);
              const redeemShares = least! + ((most! - least!) * BigInt(step.part)) / 100n;
              for (const outside of [least! - 1n, most! + 1n].filter((shares) => shares >= 0n))
                await expect(f.vault.previewDeal(nav, outside, cutoff, 0n)).to.be.revert(connection.ethers);
              const supplyBefore: bigint = await f.vault.totalSupply();
              const preview: bigint = await f.vault.previewDeal(nav, redeemShares, cutoff, 0n);
              expect(
                await f.vault.connect(f.market).deal.staticCall(nav, redeemShares, cutoff, 0n),
                "previewDeal == deal",
              ).to.equal(preview);
              const { cashFlow } = await deal(f, nav, redeemShares, cutoff);
              expect(cashFlow).to.equal(preview);
              const [navAfter, supplyAfter] = [nav + cashFlow, (await f.vault.totalSupply()) as bigint];
              expect(await f.vault.lastNavMicroUsd()).to.equal(navAfter);
              expect(navAfter >= 0n).to.equal(true);
              // (nav + 1) / (supply + 10^6), before and after
              expect(
                (navAfter + 1n) * (supplyBefore + SHARES_PER_MICRO_USD) >=
                  (nav + 1n) * (supplyAfter + SHARES_PER_MICRO_USD),
                "a dealing never lowers the price",
              ).to.equal(true);
              nav = navAfter;
            } else if (step.kind === "claim") {
              const { address } = people[step.who]!;
              const vault = f.vault.connect(people[step.who]);
              const fraction = (amount: bigint) => (amount * BigInt(step.part)) / 100n;
              if (step.byOutput) {
                await vault.getFunction("mint(uint256,address)")(fraction(await f.vault.maxMint(address)), address);
                await vault.withdraw(fraction(await f.vault.maxWithdraw(address)), address, address);
              } else {
                await vault.getFunction("deposit(uint256,address)")(
                  fraction(await f.vault.maxDeposit(address)),
                  address,
                );
                await vault.redeem(fraction(await f.vault.maxRedeem(address)), address, address);
              }
            } else {
              await f.token.connect(f.market).transfer(f.vault.target, step.amount);
              donated += step.amount;
            }
            const held: bigint = await f.token.balanceOf(f.vault.target);
            expect(held >= donated + (await owed(f, people)), "the vault holds what it owes").to.equal(true);
            let sharesOwed = 0n;
            for (const { address } of people)
              sharesOwed += (await f.vault.pendingRedeemRequest(0, address)) + (await f.vault.maxMint(address));
            expect((await f.vault.balanceOf(f.vault.target)) >= sharesOwed, "shares in its keeping too").to.equal(true);
          }

          for (const person of people) await claimAll(person);
          let waiting = 0n;
          for (const { address } of people) waiting += await f.vault.pendingDepositRequest(0, address);
          const dust = (await f.token.balanceOf(f.vault.target)) - donated - waiting;
          expect(
            dust >= 0n && dust <= 4n * BigInt(steps.length),
            "only dust is left when everybody has claimed",
          ).to.equal(true);
        }),
        { numRuns: 12 },
      );
    });
  });
});

function expectTooMany(error: Error): void {
  if (!error.message.includes("TooManyOpenRequests")) throw error;
}
