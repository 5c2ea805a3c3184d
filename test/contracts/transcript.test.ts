import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";
import { contractArtifact } from "../../client/deploy/artifacts.ts";
import { storeWords } from "../../client/deploy/market.ts";
import { bookWords } from "../../prover/book/book.ts";
import { settleBook } from "../../prover/book/settlement.ts";
import { microUsd } from "../../prover/base/units.ts";
import { poseidonConstants } from "../../circuits/format/poseidon.ts";
import { poseidon } from "../../prover/crypto/poseidon.ts";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { profiles } from "../../prover/format/profile.ts";
import { publicSignals, settleWords, snapshotWords } from "../../prover/format/transcript.ts";
import { arbitraryScenario } from "../support/scenario.ts";

const r = FIELD_ORDER;
const word = fc.bigInt({ min: 0n, max: r - 1n });
const runs = { numRuns: 20 };

describe("The market's libraries", () => {
  let ethers: any, networkHelpers: any, signer: any, libraries: any, errors: any;

  before(async () => {
    ({ ethers, networkHelpers } = await hre.network.create());
    [signer] = await ethers.getSigners();
    libraries = await ethers.deployContract("MarketLibraries");
    errors = { interface: new ethers.Interface(contractArtifact("Market").abi as any) };
  });

  it("settle an opened book as a proof does: fills, ended series, all positions and the cash", async () => {
    let [filled, ended] = [0, 0];
    for (const profile of Object.values(profiles)) {
      await fc.assert(
        fc.asyncProperty(
          arbitraryScenario(profile),
          async ({
            request: {
              book,
              chain: { settle, snapshot },
            },
          }) => {
            const expected = settleBook(profile, book, settle, snapshot, microUsd(0n));
            const [lots, cashAdj] = await libraries.settleBook(
              bookWords(book),
              settleWords(profile, settle),
              profile.slots,
              profile.groups,
            );
            expect([...lots]).to.deep.equal(expected.positions);
            expect(cashAdj).to.equal(expected.cashAdj);
            filled += settle.groupFilled.filter(Boolean).length;
            ended += settle.keep.filter((keep) => !keep).length;
          },
        ),
        { numRuns: 60 },
      );
    }
    expect(filled > 0 && ended > 0, "both happen").to.equal(true);
  });

  describe("The transcript", () => {
    const words = fc.array(word, { minLength: 1, maxLength: 40 });

    it("has the challenge and the value that the prover computes, at every length", async () => {
      await fc.assert(
        fc.asyncProperty(words, word, async (list, h) => {
          const x = await libraries.challenge(list, h);
          let d = 0n;
          for (const w of list.toReversed()) d = (d * x + w) % r;
          expect(await libraries.evaluate(list, x)).to.equal(d);
        }),
        runs,
      );
      for (let n = 0; n <= 9; n++) {
        const list = Array.from({ length: n }, (_, i) => r - 1n - BigInt(i));
        expect(await libraries.evaluate(list, 2n)).to.equal(list.reduceRight((sum, w) => (2n * sum + w) % r, 0n));
      }
    });

    it("gives both profiles' public signals", async () => {
      for (const { wordNames } of Object.values(profiles)) {
        const list = wordNames.map((_, i) => BigInt(i + 1) ** 40n % r);
        const { h, d, x } = publicSignals(list as any);
        expect(await libraries.challenge(list, h)).to.equal(x);
        expect(await libraries.evaluate(list, x)).to.equal(d);
      }
    });

    it("changes its challenge with every word and with h", async () => {
      const list = [1n, 2n, 3n, 4n, 5n];
      const seen = new Set([
        await libraries.challenge(list, 7n),
        await libraries.challenge(list, 8n),
        await libraries.challenge(list.slice(1), 7n),
      ]);
      for (const k of list.keys()) seen.add(await libraries.challenge(list.with(k, 9n), 7n));
      expect(seen.size).to.equal(3 + list.length);
    });

    it("writes a negative number as the field's order less its size", async () => {
      for (const [value, expected] of [
        [0n, 0n],
        [5n, 5n],
        [-1n, r - 1n],
        [-(2n ** 62n), r - 2n ** 62n],
      ])
        expect(await libraries.signed(value)).to.equal(expected);
    });

    it("takes the caller's words to their place, and refuses one that is not reduced by its number", async () => {
      const source = [11n, 12n, 13n, 14n];
      expect(await libraries.putCalldata([1n, 2n, 3n, 4n], 1, source, 2, 2)).to.deep.equal([1n, 13n, 14n, 4n]);
      for (const bad of [r, r + 1n, 2n * r, 2n ** 256n - 1n]) {
        await expect(libraries.putCalldata([0n, 0n, 0n, 0n, 0n], 1, source.with(2, bad), 0, 4))
          .to.be.revertedWithCustomError(errors, "WordNotInField")
          .withArgs(3);
      }
      expect(await libraries.putCalldata([0n], 0, [r - 1n], 0, 1)).to.deep.equal([r - 1n]);
      await expect(libraries.putCalldata([0n, 0n], 1, source, 0, 2)).to.be.revertedWithPanic(1);
      await expect(libraries.putCalldata([0n, 0n], 0, source, 3, 2)).to.be.revertedWithPanic(1);
    });

    it("takes stored words to their place, and nothing that is longer or shorter", async () => {
      const pointer = await storeWords(signer, [7n, 8n]);
      expect(await libraries.putBlob([1n, 2n, 3n], 1, pointer, 2)).to.deep.equal([1n, 7n, 8n]);
      for (const count of [0, 1, 3]) {
        await expect(libraries.putBlob([1n, 2n, 3n], 0, pointer, count))
          .to.be.revertedWithCustomError(errors, "WrongBlobLength")
          .withArgs(pointer, count);
      }
      await expect(libraries.putBlob([1n], 0, signer.address, 1)).to.be.revertedWithCustomError(
        errors,
        "WrongBlobLength",
      );
    });
  });

  it("keep an epoch's fills as they were stored, negative debits and extremes included", async () => {
    const fill = fc.tuple(
      fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }),
      fc.bigInt({ min: 0n, max: 2n ** 48n - 1n }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fill, { minLength: 1, maxLength: 16 }),
        fc.bigInt({ min: 0n, max: 255n }),
        async (fills, flags) => {
          const pointer = await libraries.storeFills.staticCall(flags, fills);
          await libraries.storeFills(flags, fills);
          const [stored, words] = await libraries.loadFills(pointer, fills.length);
          expect(stored).to.equal(flags);
          expect([...words]).to.deep.equal(
            fills.flatMap(([debit, charge]) => [debit < 0n ? r + debit : debit, charge, 0n]),
          );
        },
      ),
      runs,
    );
  });

  it("read mark, slip and liquidity of a slot out of a stored snapshot, whatever the other lanes are", async () => {
    const { small } = profiles;
    await fc.assert(
      fc.asyncProperty(
        arbitraryScenario(small),
        async ({
          request: {
            chain: { snapshot },
          },
        }) => {
          const pointer = await storeWords(signer, snapshotWords(small, snapshot));
          for (const [i, slot] of snapshot.slots.entries()) {
            expect([...(await libraries.snapshotSlot(pointer, i, small.rowWords))]).to.deep.equal([
              slot.value,
              slot.delta,
              slot.slip,
              slot.liquidity,
            ]);
          }
        },
      ),
      { numRuns: 5 },
    );
  });

  describe("The book's hash", () => {
    it("is circomlib's Poseidon at the widths of both profiles", async () => {
      for (const inputs of [4, 8]) {
        const constants = await storeWords(signer, poseidonConstants(inputs));
        await fc.assert(
          fc.asyncProperty(fc.array(word, { minLength: inputs, maxLength: inputs }), async (list) => {
            expect(await libraries.poseidon(constants, list)).to.equal(poseidon(list));
          }),
          { numRuns: 3 },
        );
        expect(await libraries.poseidon(constants, Array(inputs).fill(r - 1n))).to.equal(
          poseidon(Array(inputs).fill(r - 1n)),
        );
      }
    });

    it("is refused with the constants of a width that can't be right", async () => {
      const constants = await storeWords(signer, poseidonConstants(4));
      await expect(libraries.poseidon(constants, [1n, 2n, 3n])).to.be.revertedWithCustomError(
        libraries,
        "WrongConstantsLength",
      );
      await expect(libraries.poseidon(signer.address, [1n])).to.be.revertedWithCustomError(
        libraries,
        "WrongConstantsLength",
      );
    });
  });

  describe("The reference price", () => {
    const slotOf = (feed: string, token: string, changes = {}) => ({
      kind: 1,
      adapter: ethers.ZeroAddress,
      token,
      feed,
      feedHeartbeat: 3_600,
      scaleDecimals: 0,
      lotSize: 10n ** 15n,
      strike: 0,
      expiry: 0,
      isCall: false,
      orderCap: 0,
      positionCap: 0,
      threshold: 0,
      inventoryCap: 0,
      feeBps: 0,
      ...changes,
    });
    let token: any;
    before(async () => (token = await ethers.deployContract("TestToken", ["Ether", "ETH", 18])));
    const feedOf = (answer: bigint, decimals = 8) =>
      ethers.deployContract("TestFeed", [decimals, answer]) as Promise<any>;
    const read = async (feed: any, changes = {}, from = token) => [
      ...(await libraries.readReference(slotOf(feed.target, from.target, changes))),
    ];

    it("is the feed's answer per lot in µUSD, rounded down, for any decimals", async () => {
      expect(await read(await feedOf(2_806_12345678n))).to.deep.equal([true, 2_806_123n]);
      expect(await read(await feedOf(2_806n * 10n ** 18n, 18))).to.deep.equal([true, 2_806_000n]);
      const six: any = await ethers.deployContract("TestToken", ["Six", "SIX", 6]);
      expect(await read(await feedOf(150_000000n, 6), { lotSize: 2_000_000n }, six)).to.deep.equal([
        true,
        300_000_000n,
      ]);
    });

    it("is none when the feed is silent, stale, of the future, not positive or absurd, by the slot's own heartbeat", async () => {
      const feed = await feedOf(2_000n * 10n ** 8n);
      const none = [false, 0n];
      const at = await networkHelpers.time.latest();
      await networkHelpers.time.increaseTo(at + 3_600);
      expect(await read(feed)).to.deep.equal([true, 2_000_000n]);
      await networkHelpers.time.increaseTo(at + 3_602);
      expect(await read(feed)).to.deep.equal(none);
      expect(await read(feed, { feedHeartbeat: 3_700 })).to.deep.equal([true, 2_000_000n]);

      const now = await networkHelpers.time.latest();
      await feed.updateRoundData(9, 2_000n * 10n ** 8n, now + 1_000, now + 1_000);
      expect(await read(feed)).to.deep.equal(none);
      for (const answer of [0n, -1n, -(2n ** 255n), 2n ** 255n - 1n, 2n ** 128n, 1n]) {
        await feed.updateAnswer(answer);
        expect(await read(feed)).to.deep.equal(none);
      }
      const broken: any = await ethers.deployContract("FaultyFeed", [8, 10n ** 8n]);
      await broken.setBroken(true);
      expect(await read(broken)).to.deep.equal(none);
    });
  });
});
