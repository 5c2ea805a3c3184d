import { expect } from "chai";
import fc from "fast-check";
import { DEALING_INTERVAL, USD, connection, deal, deployVault, navStep, owed } from "../support/vault.ts";
import type { VaultFixture } from "../support/vault.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const DEALING = 1;
const VIRTUAL_SHARES = 10n ** 6n;
const LEAST = 100n * USD;

describe("The grid that a NAV is printed on", () => {
  let f: VaultFixture;
  const fixture = () => deployVault("TestToken", { leastMicroUsd: LEAST });
  beforeEach(async () => {
    f = await networkHelpers.loadFixture(fixture);
  });
  const now = async (): Promise<bigint> => BigInt(await time.latest());
  const step = async (haircutPpb = 0n): Promise<bigint> => navStep(f, await now(), haircutPpb);
  const requestDeposit = (who: any, assets: bigint) =>
    f.vault.connect(who).requestDeposit(assets, who.address, who.address);
  const requestRedeem = (who: any, shares: bigint) =>
    f.vault.connect(who).requestRedeem(shares, who.address, who.address);
  /** Deposits, dealt at a NAV, with the shares claimed. */
  async function enter(who: any, assets: bigint, nav: bigint): Promise<bigint> {
    await requestDeposit(who, assets);
    await deal(f, nav);
    const dealt = await f.vault.maxDeposit(who.address);
    await f.vault.connect(who).getFunction("deposit(uint256,address)")(dealt, who.address);
    return f.vault.balanceOf(who.address);
  }

  it("is not there where nobody has asked for anything, nor for what came too late or was taken back", async () => {
    expect(await step()).to.equal(0n);
    const before = await now();
    await time.increase(10);
    await requestDeposit(f.alice, LEAST);
    expect(await navStep(f, before), "after the cut-off").to.equal(0n);
    expect(await step(1n), "a haircut lets deposits wait").to.equal(0n);
    expect((await step()) > 0n).to.equal(true);
    for (let epoch = 0; epoch < 2 * DEALING_INTERVAL; epoch++) {
      const { navStepMicroUsd } = await f.vault.terms(epoch, 0n, await now());
      expect(navStepMicroUsd !== 0n, `epoch ${epoch}`).to.equal(epoch % DEALING_INTERVAL === DEALING);
    }
    await f.vault.connect(f.alice).cancelDepositRequest(0, f.alice.address);
    expect(await step()).to.equal(0n);
  });

  it("is there for a redemption that waits, whatever part of it the owner redeems", async () => {
    const shares = await enter(f.alice, 1_000n * USD, 0n);
    expect(await step()).to.equal(0n);
    await requestRedeem(f.alice, shares);
    const wanted = await step();
    for (const redeemed of [0n, 1n, shares]) {
      const { navStepMicroUsd } = await f.vault.terms(DEALING, redeemed, await now());
      expect(navStepMicroUsd).to.equal(wanted);
    }
    expect(await step(1n), "under a haircut too").to.equal(wanted);
  });

  it("has steps of about a basis point of the last print, whatever the NAV is now", async () => {
    for (const dollars of [1_000n, 123_456n, 9_876_543n]) {
      f = await fixture();
      await enter(f.alice, dollars * USD, 0n);
      await requestDeposit(f.bob, LEAST);
      const found = await step();
      const nav = dollars * USD;
      expect(found & (found - 1n), "a power of two").to.equal(0n);
      expect(found * 16_384n > nav && found * 8_192n <= nav, `${found} of ${nav}`).to.equal(true);
    }
  });

  it("refuses a NAV that is not on it, and one where there is none", async () => {
    const asMarket = f.vault.connect(f.market);
    await expect(asMarket.deal(0n, 0n, await now(), 0n))
      .to.be.revertedWithCustomError(f.vault, "NavOffGrid")
      .withArgs(0n, 0n);
    await enter(f.alice, 1_000n * USD, 0n);
    await requestDeposit(f.bob, LEAST);
    const grid = await step();
    const printed = 1_000n * USD - ((1_000n * USD) % grid);
    for (const off of [printed + 1n, printed + grid / 2n, printed - 1n]) {
      await expect(asMarket.deal(off, 0n, await now(), 0n))
        .to.be.revertedWithCustomError(f.vault, "NavOffGrid")
        .withArgs(off, grid);
    }
    await asMarket.deal(printed, 0n, await now(), 0n);
  });

  it("is coarser where less waits than the least amount, by all that waits and not by what is redeemed", async () => {
    const shares = await enter(f.alice, 10_000n * USD, 0n);
    await requestRedeem(f.alice, shares / 1_000n);
    const coarse = await step();
    expect(coarse * 256n > 10_000n * USD && coarse * 128n <= 10_000n * USD, `${coarse}`).to.equal(true);
    await f.vault.connect(f.alice).transfer(f.bob.address, shares / 10n);
    await requestRedeem(f.bob, shares / 10n);
    expect(await step(), "others who leave make it fine").to.equal(coarse / 64n);
    await expect(requestDeposit(f.carol, LEAST - 1n))
      .to.be.revertedWithCustomError(f.vault, "BelowLeastDeposit")
      .withArgs(LEAST - 1n, LEAST);
  });

  it("stays when all have left: what remains of the book is not told to the micro-dollar either", async () => {
    const nav = 10_000_000n * USD;
    const shares = await enter(f.alice, nav, 0n);
    await requestRedeem(f.alice, shares);
    const { step: last } = await deal(f, nav + 12_345_678n, shares);
    expect(await f.vault.totalSupply()).to.equal(0n);
    await requestDeposit(f.bob, 1_000n * USD);
    const next = await step();
    expect(next * 16_384n >= last, `${next} after ${last}`).to.equal(true);
    // Nobody has a part in it: who comes next starts at a dollar a share.
    await deal(f, 12_345_678n % last);
    expect(await f.vault.maxMint(f.bob.address)).to.equal(1_000n * USD * VIRTUAL_SHARES);
  });

  it("prices who comes at its upper edge and who leaves at its lower one", async () => {
    const half = (await enter(f.alice, 1_000n * USD, 0n)) / 2n;
    await requestDeposit(f.bob, 500n * USD);
    await requestRedeem(f.alice, half);
    const supply: bigint = await f.vault.totalSupply();
    const { printed, step: grid } = await deal(f, 1_100n * USD, half);
    expect(await f.vault.maxMint(f.bob.address)).to.equal((500n * USD * (supply + VIRTUAL_SHARES)) / (printed + grid));
    expect(await f.vault.maxWithdraw(f.alice.address)).to.equal((half * (printed + 1n)) / (supply + VIRTUAL_SHARES));
  });

  it("gives whoever goes in and out by turns nothing, wherever in the step the NAV lies", async () => {
    await enter(f.alice, 5_000n * USD, 0n);
    let nav = 5_000n * USD;
    const bobs = async (): Promise<bigint> => f.token.balanceOf(f.bob.address);
    const start = await bobs();
    // Enough that what comes back is no dust: less would be told in coarser steps, and lose more.
    const stake = 2n * LEAST;
    for (let turn = 0; turn < 8; turn++) {
      // The attacker may know the rest: the trade comes when it is the largest, and when it is none.
      await requestDeposit(f.bob, stake);
      const into = await step();
      nav += turn % 2 === 0 ? into - 1n - (nav % into) : (into - (nav % into)) % into;
      nav += (await deal(f, nav)).cashFlow;
      await f.vault.connect(f.bob).getFunction("deposit(uint256,address)")(stake, f.bob.address);
      const shares: bigint = await f.vault.balanceOf(f.bob.address);
      await requestRedeem(f.bob, shares);
      nav += (await deal(f, nav, shares)).cashFlow;
      await f.vault.connect(f.bob).redeem(shares, f.bob.address, f.bob.address);
      const lost = start - (await bobs());
      expect(
        lost >= 0n && lost <= (BigInt(turn) + 1n) * ((stake * 5n) / 10_000n + 2n),
        `turn ${turn}: ${lost}`,
      ).to.equal(true);
    }
    expect(nav >= 5_000n * USD, "and those who stay lose nothing").to.equal(true);
  });

  it("tells who asks, cancels and asks again nothing: the step is the same, and nothing is dealt", async () => {
    await enter(f.alice, 5_000n * USD, 0n);
    const last = [await f.vault.lastNavMicroUsd(), await f.vault.totalAssets()];
    const steps = new Set<bigint>();
    for (let turn = 0; turn < 3; turn++) {
      await requestDeposit(f.bob, LEAST);
      steps.add(await step());
      await f.vault.connect(f.bob).cancelDepositRequest(0, f.bob.address);
      steps.add(await step());
    }
    expect(steps.size, "that, and none").to.equal(2);
    expect([await f.vault.lastNavMicroUsd(), await f.vault.totalAssets()]).to.deep.equal(last);
  });

  it("rounds against whoever deals, so that nobody who stays loses, over random dealings", async () => {
    const act = fc.record({
      who: fc.integer({ min: 0, max: 2 }),
      deposits: fc.boolean(),
      part: fc.integer({ min: 1, max: 100 }),
      amount: fc.bigInt(LEAST, 100_000n * USD),
      change: fc.integer({ min: -30, max: 40 }),
      rest: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 10 }), async (acts) => {
        f = await deployVault("TestToken", {
          leastMicroUsd: LEAST,
          inflowMicroUsd: 20_000n * USD,
          inflowBps: 2_500,
        });
        const people = [f.alice, f.bob, f.carol];
        let nav = 0n;
        let flows = 0n;
        let gains = 0n;
        for (const { who, deposits, part, amount, change, rest } of acts) {
          const person = people[who]!;
          const shares = ((await f.vault.balanceOf(person.address)) * BigInt(part)) / 100n;
          if (deposits || shares === 0n) await requestDeposit(person, amount);
          else await requestRedeem(person, shares);
          const grid = await step();
          // Anywhere between two prints, to the micro-dollar.
          const moved = (nav * BigInt(100 + change)) / 100n;
          const next = nav === 0n ? 0n : moved - (moved % grid) + BigInt(Math.floor(rest * Number(grid - 1n)));
          gains += next - nav;
          nav = next;
          const cutoff = await now();
          const printed = nav - (nav % grid);
          const [asked, least]: bigint[] = [
            await f.vault.redeemableShares(cutoff),
            await f.vault.leastRedeemedShares(printed, cutoff, 0n),
          ];
          const redeemed = least! + ((asked! - least!) * BigInt(part)) / 100n;
          const supply: bigint = await f.vault.totalSupply();
          const { cashFlow } = await deal(f, nav, redeemed, cutoff);
          const after: bigint = await f.vault.totalSupply();
          if (supply > 0n)
            expect(
              (nav + cashFlow + 1n) * (supply + VIRTUAL_SHARES) >= (nav + 1n) * (after + VIRTUAL_SHARES),
              "a share that is not dealt is worth no less",
            ).to.equal(true);
          nav += cashFlow;
          flows += cashFlow;
          expect(nav, "conserved to the micro-dollar").to.equal(flows + gains);
          expect((await f.token.balanceOf(f.vault.target)) >= (await owed(f, people))).to.equal(true);
          const claimable: bigint = await f.vault.maxDeposit(person.address);
          if (claimable > 0n)
            await f.vault.connect(person).getFunction("deposit(uint256,address)")(claimable, person.address);
        }
      }),
      { numRuns: 12 },
    );
  });
});
