import { expect } from "chai";
import { SNAPSHOT_FIELDS } from "../../prover/format/profile.ts";
import { snapshotHash, snapshotWords } from "../../prover/format/transcript.ts";
import type { Snapshot } from "../../prover/format/transcript.ts";
import { noSignals } from "../../prover/format/signals.ts";
import { KIND, LISTINGS, POSITION_CAP, STATEMENT_LIFE, LIMITS, oracleFixture } from "./oracleFixture.ts";
import type { OracleFixture, Overrides } from "./oracleFixture.ts";

describe("The snapshot oracle: what is a snapshot", () => {
  let f: OracleFixture;
  beforeEach(async () => {
    f = await oracleFixture();
  });
  const refused = async (o: Overrides, error: string) =>
    expect(f.publish(o)).to.be.revertedWithCustomError(f.oracle, error);

  /** The other signature that secp256k1 has for the same message and key: s to n − s. */
  const malleableTwin = (signature: string): string => {
    const { r, s, v } = f.ethers.Signature.from(signature);
    const n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    return f.ethers.concat([r, f.ethers.toBeHex(n - BigInt(s), 32), v === 27 ? "0x1c" : "0x1b"]);
  };
  it("opens the next epoch with the words that the prover makes of the same market", async () => {
    expect(await f.wouldAccept()).to.equal(true);
    await expect(f.publish()).to.emit(f.oracle, "SnapshotAccepted");
    const empty = {
      value: 0n,
      delta: 0n,
      gamma: 0n,
      vega: 0n,
      stress: [0n, 0n, 0n, 0n],
      carryIndex: 0n,
      notional: 0n,
      slip: 0n,
      contingency: 0n,
      liquidity: 0n,
      positionCap: 0n,
    };
    const snapshot = {
      slots: f
        .reportsAt(f.PRICE)
        .map((report, i) =>
          report ? { ...report, carryIndex: i === 1 ? f.CARRY : 0n, positionCap: POSITION_CAP } : empty,
        ),
      mayBeShort: [false, true, true, false],
      chargesLong: [false, true, false, false],
      signals: noSignals(f.profile),
    } as unknown as Snapshot;
    const words = snapshotWords(f.profile, snapshot);
    expect(await f.storedWords()).to.deep.equal(words);
    expect(await f.market.snapshotHash()).to.equal(snapshotHash(words));
    expect(await f.market.epoch()).to.equal(1n);
    expect(await f.market.openedHalted()).to.equal(false);
  });

  describe("signatures", () => {
    it("needs the quorum, and takes more than the quorum", async () => {
      await refused({ signers: f.sorted(f.reporters.slice(0, 2)) }, "NotEnoughSignatures");
      await refused({ signers: [] }, "NotEnoughSignatures");
      await f.publish({ signers: f.sorted(f.reporters) });
    });

    it("counts every reporter once", async () => {
      const [a, b] = f.sorted(f.reporters);
      await refused({ signers: [a, a, b] }, "SignersNotSorted");
      await refused({ signers: [a, b, a] }, "SignersNotSorted");
      await refused({ signers: [b, a, ...f.sorted(f.reporters).slice(2)] }, "SignersNotSorted");
    });

    it("takes reporters only, also beyond the quorum", async () => {
      const stranger = new f.ethers.Wallet(f.ethers.toBeHex(0xbad, 32));
      await refused({ signers: f.sorted([...f.reporters.slice(0, 2), stranger]) }, "NotAReporter");
      await refused({ signers: f.sorted([...f.reporters, stranger]) }, "NotAReporter");
    });

    it("refuses signatures over other words, another time, epoch, market, oracle or chain", async () => {
      const words = f.toWords(f.reportsAt(f.PRICE + 1n));
      const now = await f.time.latest();
      for (const signed of [
        { words },
        { observedAt: now - 1 },
        { epoch: 2n },
        { market: f.anyone.address },
        { oracle: f.anyone.address },
        { chainId: 1 },
      ])
        await refused({ signed, observedAt: now }, "NotAReporter");
    });

    it("can't be replayed once its epoch is over", async () => {
      const first = await f.publication();
      await f.oracle.publish(...first);
      await expect(f.oracle.publish(...first)).to.be.revertedWithCustomError(f.oracle, "WrongEpoch");
      await refused({ epoch: 2n, signed: { epoch: 1n } }, "NotAReporter");
    });

    it("refuses the malleable twin of a signature, and signatures that are none", async () => {
      const [epoch, observedAt, words, signatures] = await f.publication();
      const { r, s } = f.ethers.Signature.from(signatures[0]!);
      const twin = malleableTwin(signatures[0]!);
      const publish = (first: string) => f.oracle.publish(epoch, observedAt, words, [first, ...signatures.slice(1)]);
      await expect(publish(twin)).to.be.revertedWithCustomError(f.oracle, "ECDSAInvalidSignatureS");
      await expect(publish(signatures[0]!.slice(0, -2))).to.be.revertedWithCustomError(
        f.oracle,
        "ECDSAInvalidSignatureLength",
      );
      await expect(publish(f.ethers.concat([r, s, "0x1d"]))).to.be.revertedWithCustomError(
        f.oracle,
        "ECDSAInvalidSignature",
      );
      await f.oracle.publish(epoch, observedAt, words, signatures);
    });
  });

  describe("time", () => {
    it("takes epochs in their turn", async () => {
      await refused({ epoch: 0n }, "WrongEpoch");
      await refused({ epoch: 2n }, "WrongEpoch");
      await f.publish();
      await f.publish({ epoch: 2n });
    });

    it("takes no observation older than the limit and none from the future", async () => {
      const now = (await f.time.latest()) + 10;
      await f.time.setNextBlockTimestamp(now);
      await refused({ observedAt: now - LIMITS.maxAgeSeconds - 1 }, "TooOld");
      await f.time.setNextBlockTimestamp(now + 10);
      await refused({ observedAt: now + 11 }, "FromTheFuture");
      const oldest = await f.publication({ observedAt: now + 20 - LIMITS.maxAgeSeconds });
      await f.time.setNextBlockTimestamp(now + 20);
      await f.oracle.publish(...oldest);
    });

    it("takes no observation that isn't later than the last", async () => {
      const observedAt = await f.time.latest();
      await f.publish({ observedAt });
      await refused({ observedAt }, "NotNewer");
      await refused({ observedAt: observedAt - 1 }, "NotNewer");
      await f.publish({ observedAt: observedAt + 1 });
    });
  });

  it("brings carry up to date before it lays down the words", async () => {
    await f.market.setCarryAtCheckpoint(1, 777n);
    await f.publish();
    const { rowWords } = f.profile;
    expect((await f.storedWords())[rowWords + SNAPSHOT_FIELDS.length + rowWords]).to.equal(777n);
  });

  it("takes no orders for an option that could expire before they are cleared", async () => {
    /** Publishes with an option that expires so long after the epoch's last clearing. */
    const publishWith = async (seconds: number, liquidity: bigint) => {
      f = await oracleFixture();
      const now = (await f.time.latest()) + 10;
      const expiry = BigInt(now + seconds) + (await f.market.EPOCH_SECONDS());
      await f.market.setSlot(2, await f.ethSlot(KIND.option, { expiry }), 0n);
      const [spot, perp, option] = f.reportsAt(f.PRICE);
      const publication = await f.publication({ reports: [spot!, perp!, { ...option!, liquidity }, null] });
      await f.time.setNextBlockTimestamp(now);
      return f.oracle.publish(...publication);
    };
    for (const seconds of [0, -5_000]) {
      await expect(publishWith(seconds, 1n)).to.be.revertedWithCustomError(f.oracle, "ExpiresTooSoon");
      await publishWith(seconds, 0n);
    }
    await publishWith(1, 1n);
  });

  describe("of another instrument table", () => {
    it("is none: words say nothing of what they are about, and something else has been listed since they were signed", async () => {
      const publication = await f.publication();
      await f.market.setSlot(2, await f.ethSlot(KIND.option, { strike: 200n * 10n ** 18n }), 0n);
      await expect(f.oracle.publish(...publication)).to.be.revertedWithCustomError(f.oracle, "NotAReporter");
      await f.publish();
    });

    it("is none that a reporter signs for a listing to come", async () => {
      await refused({ signed: { listings: LISTINGS + 1 } }, "NotAReporter");
      await f.market.setSlot(3, await f.ethSlot(KIND.spot), 0n);
      await f.publish({
        signed: { listings: LISTINGS + 1 },
        reports: [...f.reportsAt(f.PRICE).slice(0, 3), f.reportsAt(f.PRICE)[0]!],
      });
    });

    it("is none that ends a series: who may do that voids no snapshot", async () => {
      const publication = await f.publication();
      await f.market.setSlot(2, await f.ethSlot(KIND.none), 0n);
      await expect(f.oracle.publish(...publication)).to.emit(f.oracle, "SlotsLeftOut");
    });

    it("may be signed beside another, in good faith: it is no second one", async () => {
      const [honest] = f.reporters;
      const observedAt = await f.time.latest();
      const signed = async (price: bigint, listings: number) => {
        const words = f.toWords(f.reportsAt(price));
        const signature = await f.sign(honest, { epoch: 1n, observedAt, words, listings });
        return { observedAt, wordsHash: f.hashWords(words), signature };
      };
      const pair = [await signed(f.PRICE, LISTINGS), await signed(f.PRICE + 1n, LISTINGS + 1)];
      for (const listings of [LISTINGS, LISTINGS + 1])
        await expect(f.oracle.reportEquivocation(1, listings, ...pair)).to.be.revertedWithCustomError(
          f.oracle,
          "DifferentSigners",
        );
    });
  });

  describe("equivocation", () => {
    const statement = async (signer: any, price: bigint, observedAt: number, epoch = 1n) => {
      const words = f.toWords(f.reportsAt(price));
      return {
        observedAt,
        wordsHash: f.hashWords(words),
        signature: await f.sign(signer, { epoch, observedAt, words }),
      };
    };

    it("costs a reporter its seat for good", async () => {
      const [liar] = f.reporters;
      const now = await f.time.latest();
      const evidence = [await statement(liar, f.PRICE, now), await statement(liar, f.PRICE + 1n, now)];
      await expect(f.oracle.connect(f.anyone).reportEquivocation(1, LISTINGS, ...evidence))
        .to.emit(f.oracle, "ReporterEquivocated")
        .withArgs(liar!.address, 1);
      expect(await f.oracle.reporterCount()).to.equal(4n);
      await refused({}, "NotAReporter");
      await f.publish({ signers: f.sorted(f.reporters.slice(1, 4)) });
      await expect(f.oracle.reportEquivocation(1, LISTINGS, ...evidence)).to.be.revertedWithCustomError(
        f.oracle,
        "NotAReporter",
      );
    });

    it("is also two times of observation while both could be published", async () => {
      const now = await f.time.latest();
      const [liar] = f.reporters;
      await f.oracle.reportEquivocation(
        1,
        LISTINGS,
        await statement(liar, f.PRICE, now),
        await statement(liar, f.PRICE, now - STATEMENT_LIFE),
      );
    });

    it("is not signing again once the first statement has expired, nor signing another epoch", async () => {
      const now = await f.time.latest();
      const [honest] = f.reporters;
      const first = await statement(honest, f.PRICE, now);
      const later = await statement(honest, f.PRICE, now + STATEMENT_LIFE + 1);
      for (const pair of [
        [first, later],
        [later, first],
      ])
        await expect(f.oracle.reportEquivocation(1, LISTINGS, ...pair)).to.be.revertedWithCustomError(
          f.oracle,
          "StatementsFarApart",
        );
      const next = await statement(honest, f.PRICE + 1n, now, 2n);
      await expect(f.oracle.reportEquivocation(1, LISTINGS, first, next)).to.be.revertedWithCustomError(
        f.oracle,
        "DifferentSigners",
      );
    });

    it("can't be made up: same statement, two signers, a stranger, a twin signature", async () => {
      const now = await f.time.latest();
      const [a, b] = f.reporters;
      const first = await statement(a, f.PRICE, now);
      const stranger = new f.ethers.Wallet(f.ethers.toBeHex(0xbad, 32));
      const useless = (error: string, ...pair: unknown[]) =>
        expect(f.oracle.reportEquivocation(1, LISTINGS, ...pair)).to.be.revertedWithCustomError(f.oracle, error);
      await useless("SameStatement", first, first);
      await useless("DifferentSigners", first, await statement(b, f.PRICE + 1n, now));
      await useless("NotAReporter", await statement(stranger, 1n, now), await statement(stranger, 2n, now));
      const other = await statement(a, f.PRICE + 1n, now);
      await useless("ECDSAInvalidSignatureS", first, { ...other, signature: malleableTwin(other.signature) });
    });
  });

  for (const profile of ["small", "standard"] as const) {
    it(`publishes the ${profile} profile`, async () => {
      f = await oracleFixture(profile);
      if (profile === "standard")
        for (let i = 3; i < 16; i++) await f.market.setSlot(i, await f.ethSlot(KIND.perp), 0n);
      const perp = f.reportsAt(f.PRICE)[1]!;
      const reports =
        profile === "standard" ? [...f.reportsAt(f.PRICE).slice(0, 3), ...Array(13).fill(perp)] : f.reportsAt(f.PRICE);
      const first = await (await f.publish({ reports })).wait();
      const next = await (await f.publish({ reports })).wait();
      console.log(`      ${profile}: first ${first.gasUsed} gas, then ${next.gasUsed} gas`);
      expect(next.gasUsed < (profile === "small" ? 800_000n : 3_000_000n)).to.equal(true);
      expect(await f.market.epoch()).to.equal(2n);
    });
  }
});
