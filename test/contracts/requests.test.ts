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
  /** What the library raises. */
  let errors: any;
  const fresh = async () => {
    const Requests = (await ethers.deployContract("Requests")).target as string;
    return (await ethers.deployContract("RequestsHarness", [], { libraries: { Requests } })) as any;
  };
  beforeEach(async () => {
    queue = await networkHelpers.loadFixture(fresh);
    errors = await ethers.getContractAt("RequestsErrors", queue.target);
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
    expect(await queue.claimableOf(alice)).to.deep.equal([100n, 200n, 0n]);
    expect(await queue.claimableOf(bob)).to.deep.equal([20n, 40n, 0n]);
    expect([await queue.pendingOf(alice), await queue.pendingOf(bob)]).to.deep.equal([10n, 30n]);
    await queue.deal(35n, 350n);
    expect(await queue.claimableOf(bob)).to.deep.equal([50n, 340n, 0n]);
    expect(await queue.claimableOf(alice)).to.deep.equal([105n, 250n, 0n]);
    expect([await queue.pendingOf(alice), await queue.pending()]).to.deep.equal([5n, 5n]);
  });

  it("refuses to deal more than was requested, and to claim more than was dealt", async () => {
    await queue.push(alice, 100n, false);
    await expect(queue.deal(101n, 1n)).to.be.revertedWithCustomError(errors, "ExceedsRequested").withArgs(101n, 100n);
    await queue.deal(60n, 30n);
    await expect(queue.deal(41n, 1n)).to.be.revertedWithCustomError(errors, "ExceedsRequested").withArgs(41n, 40n);
    await expect(queue.claimIn(alice, 61n))
      .to.be.revertedWithCustomError(errors, "ExceedsClaimable")
      .withArgs(61n, 60n);
    await expect(queue.claimOut(alice, 31n))
      .to.be.revertedWithCustomError(errors, "ExceedsClaimable")
      .withArgs(31n, 30n);
    await expect(queue.claimIn(bob, 1n)).to.be.revertedWithCustomError(errors, "ExceedsClaimable").withArgs(1n, 0n);
  });

  it("rounds a claim of inputs down and the charge for a claim of outputs up", async () => {
    await queue.push(alice, 10n, false);
    await queue.deal(10n, 3n);
    expect(await claimed(queue.claimIn(alice, 3n))).to.deep.equal([3n, 0n]);
    expect(await claimed(queue.claimOut(alice, 1n))).to.deep.equal([3n, 1n]);
    expect(await claimed(queue.claimOut(alice, 2n))).to.deep.equal([4n, 2n]);
    expect(await queue.claimableOf(alice)).to.deep.equal([0n, 0n, 0n]);
  });

  it("lets requests that were dealt for nothing be claimed for nothing", async () => {
    await queue.push(alice, 10n, false);
    await queue.deal(10n, 0n);
    expect(await claimed(queue.claimIn(alice, 10n))).to.deep.equal([10n, 0n]);
  });

  it("keeps a controller's own open requests out of strangers' reach", async () => {
    for (const byStranger of [true, false]) {
      for (let i = 0; i < MAX_OPEN; i++) await queue.push(alice, 1n, byStranger);
      await expect(queue.push(alice, 1n, byStranger))
        .to.be.revertedWithCustomError(errors, "TooManyOpenRequests")
        .withArgs(alice);
    }
    await queue.push(bob, 1n, true);
    await queue.deal(BigInt(MAX_OPEN + 1), 1n);
    await queue.push(alice, 1n, false);
    await queue.push(alice, 1n, true);
    await queue.cancel(alice, 0n);
    for (let i = 0; i < MAX_OPEN; i++) await queue.push(alice, 1n, false);
  });

  it("gives an undealt request back once, and moves up those behind it", async () => {
    await queue.push(alice, 10n, false);
    await queue.push(bob, 7n, false);
    await queue.push(alice, 20n, true);
    await queue.push(carol, 5n, false);
    await queue.deal(4n, 8n);
    expect(await claimed(queue.cancel(alice, 0n))).to.deep.equal([26n, 26n]);
    expect(await claimed(queue.cancel(alice, 0n))).to.deep.equal([0n, 0n]);
    expect(await queue.claimableOf(alice)).to.deep.equal([4n, 8n, 26n]);
    expect(await claimed(queue.takeBack(alice))).to.deep.equal([26n, 26n]);
    expect(await claimed(queue.takeBack(alice))).to.deep.equal([0n, 0n]);
    expect([await queue.pendingOf(alice), await queue.pending()]).to.deep.equal([0n, 12n]);
    await expect(queue.deal(13n, 1n)).to.be.revertedWithCustomError(errors, "ExceedsRequested");
    await queue.deal(9n, 90n);
    expect(await queue.claimableOf(bob)).to.deep.equal([7n, 70n, 0n]);
    expect(await queue.claimableOf(carol)).to.deep.equal([2n, 20n, 0n]);
  });

  it("leaves what a cut-off has taken in, and counts what is cancelled on either side of one", async () => {
    const t = (await networkHelpers.time.latest()) + 100;
    for (const [second, who, amount] of [
      [0, alice, 5n],
      [1, bob, 7n],
      [2, alice, 11n],
      [3, bob, 13n],
    ] as const) {
      await networkHelpers.time.setNextBlockTimestamp(t + second);
      await queue.push(who, amount, false);
    }
    expect(await claimed(queue.cancel(alice, t + 1))).to.deep.equal([11n, 11n]);
    expect(await claimed(queue.cancel(bob, t + 3)), "the very second of the cut-off is taken in").to.deep.equal([
      0n,
      0n,
    ]);
    const upTo = (second: number): Promise<bigint> => queue.pendingUpTo(t + second);
    expect(await Promise.all([0, 1, 2, 3].map(upTo))).to.deep.equal([5n, 12n, 12n, 25n]);
    expect(await claimed(queue.cancel(bob, t))).to.deep.equal([20n, 20n]);
    expect(await Promise.all([0, 1, 2, 3].map(upTo))).to.deep.equal([5n, 5n, 5n, 5n]);
  });

  it("voids what was asked for up to a time, and deals the rest as if it had never been there", async () => {
    await queue.push(alice, 10n, false);
    await queue.deal(4n, 40n);
    await queue.push(bob, 20n, false);
    const until = await networkHelpers.time.latest();
    await networkHelpers.time.increase(1);
    await queue.push(alice, 30n, false);
    await queue.void(until);
    expect([await queue.pending(), await queue.pendingOf(bob), await queue.pendingOf(alice)]).to.deep.equal([
      30n,
      0n,
      30n,
    ]);
    expect(await queue.claimableOf(bob)).to.deep.equal([0n, 0n, 20n]);
    await queue.deal(15n, 300n);
    expect(await queue.claimableOf(alice)).to.deep.equal([19n, 340n, 6n]);
    await queue.void(2n ** 48n);
    expect(await queue.claimableOf(alice)).to.deep.equal([19n, 340n, 21n]);
    expect(await claimed(queue.takeBack(alice))).to.deep.equal([21n, 21n]);
    expect(await claimed(queue.claimIn(alice, 19n))).to.deep.equal([19n, 340n]);
  });

  it("pays everybody their share of each dealing, gives back what is cancelled and voided, and loses nothing, whatever the order of steps", async () => {
    const who = fc.constantFrom(alice, bob, carol);
    const amount = fc.oneof(fc.bigInt(1n, 20n), fc.bigInt(1n, 10n ** 18n));
    const part = fc.integer({ min: 1, max: 100 });
    const ago = fc.integer({ min: 0, max: 12 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("push" as const), who, amount, other: fc.boolean() }) },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant("deal" as const),
          part,
          out: fc.oneof(fc.bigInt(0n, 30n), fc.bigInt(0n, 10n ** 20n)),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), who, ago }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("void" as const), ago }) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constantFrom("claimIn" as const, "claimOut" as const), who, part }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("takeBack" as const), who }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        queue = await fresh();
        // The model: a plain list of what waits, oldest first, from which dealings, cancellations and voids take.
        let waiting: { who: string; other: boolean; time: number; amount: bigint }[] = [];
        const of = new Map(
          [alice, bob, carol].map((who) => [
            who,
            // `entitled` in millionths.
            { entitled: 0n, dealtIn: 0n, in: 0n, out: 0n, refund: 0n, refunded: 0n, roundings: 0n },
          ]),
        );
        const sum = (requests: typeof waiting): bigint => requests.reduce((total, { amount }) => total + amount, 0n);
        const EXACT = 10n ** 6n;
        let [pushed, dealtOut] = [0n, 0n];

        for (const step of steps) {
          const now = await networkHelpers.time.latest();
          if (step.kind === "push") {
            const open = waiting.filter(({ who, other }) => who === step.who && other === step.other).length;
            if (open >= MAX_OPEN) continue;
            await queue.push(step.who, step.amount, step.other);
            const time = await networkHelpers.time.latest();
            waiting.push({ who: step.who, other: step.other, time, amount: step.amount });
            pushed += step.amount;
          } else if (step.kind === "deal") {
            const amount = (sum(waiting) * BigInt(step.part)) / 100n;
            await queue.deal(amount, step.out);
            if (amount === 0n) continue;
            dealtOut += step.out;
            let left = amount;
            waiting = waiting.flatMap((request) => {
              const taken = request.amount < left ? request.amount : left;
              left -= taken;
              const account = of.get(request.who)!;
              account.dealtIn += taken;
              account.entitled += (taken * step.out * EXACT) / amount;
              if (taken > 0n) account.roundings += 3n;
              return taken === request.amount ? [] : [{ ...request, amount: request.amount - taken }];
            });
          } else if (step.kind === "cancel") {
            const takenInUpTo = now - step.ago;
            const goes = (request: { who: string; time: number }): boolean =>
              request.who === step.who && request.time > takenInUpTo;
            const amount = sum(waiting.filter(goes));
            expect((await claimed(queue.cancel(step.who, takenInUpTo)))[0], "cancelled").to.equal(amount);
            of.get(step.who)!.refund += amount;
            waiting = waiting.filter((request) => !goes(request));
          } else if (step.kind === "void") {
            await queue.void(now - step.ago);
            for (const { who, time, amount } of waiting) if (time <= now - step.ago) of.get(who)!.refund += amount;
            waiting = waiting.filter(({ time }) => time > now - step.ago);
          } else if (step.kind === "takeBack") {
            const account = of.get(step.who)!;
            const [amount] = await claimed(queue.takeBack(step.who));
            account.refunded += amount;
            expect(account.refunded, "all that was cancelled or voided so far").to.equal(account.refund);
          } else {
            const total = (await queue.claimableOf(step.who))[step.kind === "claimIn" ? 0 : 1] as bigint;
            const [taken, given] = await claimed(queue[step.kind](step.who, (total * BigInt(step.part)) / 100n));
            const account = of.get(step.who)!;
            account.in += taken;
            account.out += given;
            account.roundings += 2n;
          }

          expect(await queue.pending(), "waiting").to.equal(sum(waiting));
          const cutoff = now - 3;
          expect(await queue.pendingUpTo(cutoff), "waiting since before a cut-off").to.equal(
            sum(waiting.filter(({ time }) => time <= cutoff)),
          );
        }

        let [paid, accounted] = [0n, 0n];
        for (const [who, account] of of) {
          const [claimableIn, claimableOut, refundable] = (await queue.claimableOf(who)) as [bigint, bigint, bigint];
          const pending = (await queue.pendingOf(who)) as bigint;
          expect(account.in + claimableIn, "every dealt unit is claimed or claimable").to.equal(account.dealtIn);
          expect(account.refunded + refundable, "every unit that left undealt comes back").to.equal(account.refund);
          expect(pending, "the rest waits").to.equal(sum(waiting.filter((request) => request.who === who)));
          const received = (account.out + claimableOut) * EXACT;
          expect(received <= account.entitled + account.roundings, "nobody gets more than their share").to.equal(true);
          const lost = (account.roundings + BigInt(2 * steps.length)) * EXACT;
          expect(received + lost >= account.entitled, "nobody loses more than rounding").to.equal(true);
          paid += account.out + claimableOut;
          accounted += account.in + claimableIn + account.refunded + refundable + pending;
        }
        expect(accounted, "nothing is lost or made of what was put in").to.equal(pushed);
        expect(paid <= dealtOut, "the claims are covered").to.equal(true);
      }),
      { numRuns: 60 },
    );
  });
});
