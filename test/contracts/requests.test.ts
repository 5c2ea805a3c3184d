import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";

const MAX_OPEN = 16;
const { ethers, networkHelpers } = await hre.network.create({ override: { allowBlocksWithSameTimestamp: true } });
const [alice, bob, carol] = [1, 2, 3].map((i) => ethers.zeroPadValue(ethers.toBeHex(i), 20)) as [
  string,
  string,
  string,
];

describe("A queue of requests that are dealt in batches", () => {
  let queue: any;
  const fresh = async () => (await ethers.deployContract("RequestsHarness")) as any;
  beforeEach(async () => {
    queue = await networkHelpers.loadFixture(fresh);
  });

  /** The amounts of the claim event: [in, out]. */
  async function claimed(transaction: Promise<any>): Promise<[bigint, bigint]> {
    const receipt = await (await transaction).wait();
    const { args } = queue.interface.parseLog(receipt.logs[0]);
    return [args[0], args[1]];
  }

  it("counts a request made in the very second of the cut-off, and none made after it", async () => {
    const t = (await networkHelpers.time.latest()) + 100;
    for (const [second, amount] of [
      [0, 5n],
      [1, 7n],
      [1, 11n],
      [3, 13n],
    ] as const) {
      await networkHelpers.time.setNextBlockTimestamp(t + second);
      await queue.push(alice, amount, false);
    }
    const upTo = async (second: number) => queue.pendingUpTo(t + second);
    const found = (): Promise<bigint[]> => Promise.all([-1, 0, 1, 2, 3, 1000].map(upTo));
    expect(await found()).to.deep.equal([0n, 5n, 23n, 23n, 36n, 36n]);
    expect(await queue.pendingUpTo(2n ** 64n - 1n)).to.equal(36n);
    await queue.deal(20n, 1n);
    expect(await found(), "less what is dealt").to.deep.equal([0n, 0n, 3n, 3n, 16n, 16n]);
    await queue.deal(16n, 1n);
    expect(await found(), "all is dealt").to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n]);
  });

  it("deals the oldest first, across several dealings with prices of their own", async () => {
    await queue.push(alice, 100n, false);
    await queue.push(bob, 50n, false);
    await queue.push(alice, 10n, false);
    await queue.deal(120n, 240n);
    expect(await queue.claimableOf(alice)).to.deep.equal([100n, 200n]);
    expect(await queue.claimableOf(bob)).to.deep.equal([20n, 40n]);
    expect([await queue.pendingOf(alice), await queue.pendingOf(bob)]).to.deep.equal([10n, 30n]);
    await queue.deal(35n, 350n);
    expect(await queue.claimableOf(bob)).to.deep.equal([50n, 340n]);
    expect(await queue.claimableOf(alice)).to.deep.equal([105n, 250n]);
    expect([await queue.pendingOf(alice), await queue.pending()]).to.deep.equal([5n, 5n]);
  });

  it("refuses to deal more than was requested, and to claim more than was dealt", async () => {
    await queue.push(alice, 100n, false);
    await expect(queue.deal(101n, 1n)).to.be.revertedWithCustomError(queue, "ExceedsRequested").withArgs(101n, 100n);
    await queue.deal(60n, 30n);
    await expect(queue.deal(41n, 1n)).to.be.revertedWithCustomError(queue, "ExceedsRequested").withArgs(41n, 40n);
    await expect(queue.claimIn(alice, 61n)).to.be.revertedWithCustomError(queue, "ExceedsClaimable").withArgs(61n, 60n);
    await expect(queue.claimOut(alice, 31n))
      .to.be.revertedWithCustomError(queue, "ExceedsClaimable")
      .withArgs(31n, 30n);
    await expect(queue.claimIn(bob, 1n)).to.be.revertedWithCustomError(queue, "ExceedsClaimable").withArgs(1n, 0n);
  });

  it("rounds a claim of inputs down and the charge for a claim of outputs up", async () => {
    await queue.push(alice, 10n, false);
    await queue.deal(10n, 3n);
    expect(await claimed(queue.claimIn(alice, 3n))).to.deep.equal([3n, 0n]);
    expect(await claimed(queue.claimOut(alice, 1n))).to.deep.equal([3n, 1n]);
    expect(await claimed(queue.claimOut(alice, 2n))).to.deep.equal([4n, 2n]);
    expect(await queue.claimableOf(alice)).to.deep.equal([0n, 0n]);
  });

  it("lets requests that were dealt for nothing be claimed for nothing", async () => {
    await queue.push(alice, 10n, false);
    await queue.deal(10n, 0n);
    expect(await claimed(queue.claimIn(alice, 10n))).to.deep.equal([10n, 0n]);
  });

  it("keeps half of a controller's open requests out of strangers' reach", async () => {
    for (let i = 0; i < MAX_OPEN / 2; i++) await queue.push(alice, 1n, true);
    await expect(queue.push(alice, 1n, true))
      .to.be.revertedWithCustomError(queue, "TooManyOpenRequests")
      .withArgs(alice);
    for (let i = 0; i < MAX_OPEN / 2; i++) await queue.push(alice, 1n, false);
    await expect(queue.push(alice, 1n, false)).to.be.revertedWithCustomError(queue, "TooManyOpenRequests");
    await queue.push(bob, 1n, true);
    await queue.deal(1n, 1n);
    await queue.push(alice, 1n, false);
  });

  it("gives an undealt request back once", async () => {
    await queue.push(alice, 10n, false);
    await queue.push(alice, 20n, false);
    await queue.deal(4n, 8n);
    expect(await claimed(queue.takeBack(alice))).to.deep.equal([26n, 26n]);
    expect(await claimed(queue.takeBack(alice))).to.deep.equal([0n, 0n]);
    expect(await queue.claimableOf(alice)).to.deep.equal([4n, 8n]);
    expect(await queue.pendingOf(alice)).to.equal(0n);
  });

  it("pays everybody their share of each dealing, at most, whatever the order of requests, dealings and claims", async () => {
    const who = fc.constantFrom(alice, bob, carol);
    const amount = fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 10n ** 18n));
    const step = fc.oneof(
      fc.record({ kind: fc.constant("push" as const), who, amount }),
      fc.record({
        kind: fc.constant("deal" as const),
        part: fc.integer({ min: 1, max: 100 }),
        out: fc.oneof(fc.bigInt(0n, 30n), fc.bigInt(0n, 10n ** 20n)),
      }),
      fc.record({ kind: fc.constant("claimIn" as const), who, part: fc.integer({ min: 1, max: 100 }) }),
      fc.record({ kind: fc.constant("claimOut" as const), who, part: fc.integer({ min: 1, max: 100 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        queue = await fresh();
        const requests: { who: string; start: bigint; end: bigint }[] = [];
        const dealings: { start: bigint; end: bigint; out: bigint }[] = [];
        const account = new Map([alice, bob, carol].map((who) => [who, { in: 0n, out: 0n, roundings: 0n }]));
        let [line, dealt] = [0n, 0n];

        for (const step of steps) {
          if (step.kind === "push") {
            if (requests.filter(({ who, end }) => who === step.who && end > dealt).length >= MAX_OPEN) continue;
            await queue.push(step.who, step.amount, false);
            requests.push({ who: step.who, start: line, end: line + step.amount });
            line += step.amount;
          } else if (step.kind === "deal") {
            const amount = ((line - dealt) * BigInt(step.part)) / 100n;
            await queue.deal(amount, amount === 0n ? 0n : step.out);
            if (amount !== 0n) dealings.push({ start: dealt, end: dealt + amount, out: step.out });
            dealt += amount;
          } else {
            const total = (await queue.claimableOf(step.who))[step.kind === "claimIn" ? 0 : 1] as bigint;
            const [taken, given] = await claimed(queue[step.kind](step.who, (total * BigInt(step.part)) / 100n));
            const of = account.get(step.who)!;
            of.in += taken;
            of.out += given;
            of.roundings += 2n;
          }
        }

        let paid = 0n;
        for (const [who, of] of account) {
          const [claimableIn, claimableOut] = (await queue.claimableOf(who)) as [bigint, bigint];
          const own = requests.filter((request) => request.who === who);
          const overlap = (a: { start: bigint; end: bigint }, b: { start: bigint; end: bigint }) => {
            const [low, high] = [a.start > b.start ? a.start : b.start, a.end < b.end ? a.end : b.end];
            return high > low ? high - low : 0n;
          };
          const dealtIn = own.reduce((sum, request) => sum + overlap(request, { start: 0n, end: dealt }), 0n);
          expect(of.in + claimableIn, "every dealt unit is claimed or claimable").to.equal(dealtIn);
          expect(await queue.pendingOf(who), "the rest is pending").to.equal(
            own.reduce((sum, { start, end }) => sum + end - start, 0n) - dealtIn,
          );

          const due = own.flatMap((request) =>
            dealings.map((dealing) => ({ part: overlap(request, dealing), ...dealing })),
          );
          const exact = 10n ** 6n;
          const entitled = due.reduce(
            (sum, { part, out, start, end }) => sum + (part * out * exact) / (end - start),
            0n,
          );
          const received = (of.out + claimableOut) * exact;
          expect(received <= entitled + BigInt(due.length), "nobody gets more than their share").to.equal(true);
          // A request loses less than two units to rounding each time it matures.
          const lost = 2n * (BigInt(own.length) + of.roundings + BigInt(steps.length)) * exact;
          expect(received + lost >= entitled, "nobody loses more than rounding").to.equal(true);
          paid += of.out + claimableOut;
        }
        expect(paid <= dealings.reduce((sum, { out }) => sum + out, 0n), "the claims are covered").to.equal(true);
      }),
      { numRuns: 25 },
    );
  });
});
