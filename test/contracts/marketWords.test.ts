import { expect } from "chai";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { HEADER_FIELDS, MANDATE_FIELDS } from "../../prover/format/profile.ts";
import { mandateWords, snapshotWords } from "../../prover/format/transcript.ts";
import { storeWords } from "../../client/deploy/market.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  MANDATE,
  openEpoch,
  prepare,
  proven,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";

const r = FIELD_ORDER;
const DEPOSIT = 50_000n * USD;

/** A proof is for one transcript: whatever of it is changed, by the caller or on chain, the market refuses it. */
describe("Every word of a submission's transcript", function () {
  let world: World, owner: Owner, built: BuiltSubmission, submission: Awaited<ReturnType<typeof proven>>;
  let restore: () => Promise<void>;

  before(async () => {
    // The market's own margin caps are no part of the words.
    world = await deployMarket({ config: { maxInitialMarginBps: 10_000, maxMaintenanceMarginBps: 10_000 } });
    owner = await addVault(world, 1);
    await openEpoch(world);
    built = await prepare(world, owner, { 0: 100n }, { cashFlow: DEPOSIT });
    submission = await proven(world, built);
    const snapshot = await world.networkHelpers.takeSnapshot();
    restore = () => snapshot.restore();
  });
  afterEach(() => restore());
  after(closeProvers);

  const refused = async (change: object, error = "InvalidProof", ...args: unknown[]) => {
    const check = expect(world.market.submit.staticCall({ ...submission, ...change })).to.be.revertedWithCustomError(
      world.market,
      error,
    );
    await (args.length === 0 ? check : check.withArgs(...args));
  };
  const index = (name: string): number => world.profile.wordNames.indexOf(name);

  it("is laid down by the contract as the prover lays it down", async () => {
    expect([...(await world.lens.transcriptWords(submission))]).to.deep.equal(built.words);
    const { h, d, x } = built.signals;
    expect([...(await world.lens.publicSignals(submission))]).to.deep.equal([h, d, x]);
    await world.market.submit.staticCall(submission);
  });

  describe("of the caller", () => {
    it("is refused when it is another", async () => {
      await refused({ newCommitment: submission.newCommitment + 1n });
      await refused({ redeemShares: 1n });
      await refused({ nav: 1n });
      await refused({ insolvent: 1n });
      for (const k of submission.sealedWords.keys()) {
        await refused({ sealedWords: submission.sealedWords.with(k, (submission.sealedWords[k]! + 1n) % r) });
      }
    });

    it("is refused when the field's order is added to it", async () => {
      await refused({ newCommitment: submission.newCommitment + r }, "WordNotInField", index("header.newCommitment"));
      await refused({ redeemShares: r }, "WordNotInField", index("header.redeemShares"));
      await refused({ nav: r }, "WordNotInField", index("header.nav"));
      await refused({ insolvent: r }, "InsolventNotABit");
      await refused({ insolvent: 2n }, "InsolventNotABit");
      const points = 2 * world.profile.groups + 2;
      for (const [k, word] of submission.sealedWords.entries()) {
        const at = k < points ? HEADER_FIELDS.length + k : world.profile.sections.payload.first + k - points;
        await refused({ sealedWords: submission.sealedWords.with(k, word + r) }, "WordNotInField", at);
      }
    });

    it("is refused when one is missing or one too many", async () => {
      await refused(
        { sealedWords: submission.sealedWords.slice(1) },
        "WrongSealedLength",
        submission.sealedWords.length - 1,
        submission.sealedWords.length,
      );
      await refused(
        { sealedWords: [...submission.sealedWords, 0n] },
        "WrongSealedLength",
        submission.sealedWords.length + 1,
        submission.sealedWords.length,
      );
      await refused({ sealedWords: [] }, "WrongSealedLength");
    });

    it("comes with its own proof and digest only", async () => {
      await refused({ h: submission.h + 1n });
      await refused({ h: submission.h + r }, "SignalNotInField");
      for (const k of submission.proof.keys())
        await refused({ proof: submission.proof.with(k, submission.proof[k]! ^ 1n) });
      await refused({ proof: submission.proof.map(() => 0n) });
    });
  });

  describe("of the chain", () => {
    /** The transcript as it is now differs from the proven one in these words and no other, and is refused. */
    async function differsIn(...names: string[]): Promise<void> {
      const now: bigint[] = [...(await world.lens.transcriptWords(submission))];
      expect(now.flatMap((word, k) => (word === built.words[k] ? [] : [world.profile.wordNames[k]!]))).to.have.members(
        names,
      );
      await refused({});
    }
    const terms = (changes: { strategy?: bigint; mandate?: string; dealing?: boolean }) => async () => {
      const { vault, strategyCommitment } = owner;
      await vault.setTerms(
        changes.strategy ?? strategyCommitment,
        changes.mandate ?? (await vault.mandatePointer()),
        changes.dealing ?? true,
      );
    };

    it("is refused in another epoch", async () => {
      await world.time.increase(700);
      await world.market.close();
      await openEpoch(world);
      await differsIn("header.epoch");
    });

    it("is refused once it has been used: the old commitment is spent", async () => {
      await world.market.submit(submission);
      await refused({}, "AlreadySubmitted");
      await world.market.close();
      await world.time.increase(700);
      for (const group of [0, 1]) await world.market.lapse(group);
      await openEpoch(world);
      await differsIn("header.epoch", "header.oldCommitment");
    });

    it("is refused for another vault, at another market and on another chain", async () => {
      const other = await addVault(world, 2);
      await world.time.increase(700);
      await world.market.close();
      await openEpoch(world);
      await other.vault.setTerms(owner.strategyCommitment, await owner.vault.mandatePointer(), true);
      await other.vault.setCashFlow(DEPOSIT);
      submission.vault = other.address;
      await differsIn("header.vault", "header.epoch");
      submission.vault = owner.address;

      const elsewhere = [
        // Addresses follow from who deployed what in which order: here only the chain is another.
        [{ chainId: 1337 }, ["header.chainId"]],
        [{ earlierTransactions: 1 }, ["header.market", "header.vault"]],
      ] as const;
      for (const [options, different] of elsewhere) {
        const twin = await deployMarket(options);
        const twinOwner = await addVault(twin, 1);
        await openEpoch(twin);
        await twinOwner.vault.setTerms(owner.strategyCommitment, await twinOwner.vault.mandatePointer(), true);
        await twinOwner.vault.setCashFlow(DEPOSIT);
        const there = { ...submission, vault: twinOwner.address };
        const words: bigint[] = [...(await twin.lens.transcriptWords(there))];
        expect(
          words.flatMap((word, k) => (word === built.words[k] ? [] : [world.profile.wordNames[k]!])),
        ).to.have.members([...different]);
        await expect(twin.market.submit.staticCall(there)).to.be.revertedWithCustomError(twin.market, "InvalidProof");
      }
    });

    it("is refused with another cash flow, in the other direction, and outside a dealing", async () => {
      await owner.vault.setCashFlow(DEPOSIT + 1n);
      await differsIn("header.cashFlow");
      await owner.vault.setCashFlow(-DEPOSIT);
      await differsIn("header.cashFlow", "header.outflow");
      await terms({ dealing: false })();
      await differsIn("header.cashFlow", "header.dealing");
    });

    it("is refused under another strategy", async () => {
      await terms({ strategy: owner.strategyCommitment + 1n })();
      await differsIn("header.strategyCommitment");
    });

    it("is refused when other redemptions wait than it says", async () => {
      await owner.vault.setCashWanted(1n);
      await differsIn("header.cashWanted");
    });

    it("is refused under a mandate with another limit in any row", async () => {
      for (const [k, row] of MANDATE_FIELDS.entries()) {
        const words = mandateWords(MANDATE);
        await terms({ mandate: await storeWords(world.governor, words.with(k, (words[k]! + 1n) as any)) })();
        await differsIn(`mandate.${row}`);
      }
      const long = await storeWords(world.governor, [...mandateWords(MANDATE), 0n]);
      await terms({ mandate: long })();
      await refused({}, "WrongBlobLength", long, MANDATE_FIELDS.length);
    });

    it("is refused against a snapshot with any word changed", async () => {
      const words = snapshotWords(world.profile, world.snapshot);
      await world.time.increase(700);
      await world.market.close();
      for (const k of words.keys()) {
        const before = await world.networkHelpers.takeSnapshot();
        await openEpoch(world, { words: words.with(k, ((words[k]! + 1n) % r) as any) });
        await differsIn(
          "header.epoch",
          "header.snapshotHash",
          world.profile.wordNames[world.profile.sections.snapshot.first + k]!,
        );
        await before.restore();
      }
    });

    it("is refused in an epoch opened halted", async () => {
      await world.time.increase(700);
      await world.market.close();
      await openEpoch(world, { halt: true });
      await differsIn("header.epoch", "header.halted");
    });

    it("is refused under the keys of another committee", async () => {
      const pointer = await storeWords(
        world.governor,
        world.members.flatMap(({ publicKey }) => publicKey).toReversed(),
      );
      await world.time.increase(700);
      await world.market.close();
      const registry: any = world.committee.target;
      const stub = await world.ethers.deployContract("CommitteeStub", [pointer, 2]);
      await world.networkHelpers.setCode(registry, await world.ethers.provider.getCode(stub));
      await openEpoch(world);
      await differsIn("header.epoch", ...world.profile.wordNames.filter((name) => name.startsWith("committeeKeys[")));
    });

    it("is refused with other settle words: a group filled, or a series ended", async () => {
      const { built: last } = await submit(world, owner, { 0: 100n }, { cashFlow: DEPOSIT });
      await closeAndTally(world, [last]);
      const unfilled = await world.networkHelpers.takeSnapshot();
      await world.time.increase(700);
      for (const group of [0, 1]) await world.market.lapse(group);
      await openEpoch(world);
      const next = await prepare(world, owner, {}, { cashFlow: 0n });
      const nextSubmission = await proven(world, next);
      await world.market.submit.staticCall(nextSubmission);
      await unfilled.restore();

      for (const group of [0, 1]) await clear(world, group, [last]);
      await world.desk.endSeries(0);
      await openEpoch(world);
      await owner.vault.setTerms(owner.strategyCommitment, await owner.vault.mandatePointer(), true);
      await owner.vault.setCashFlow(0n);
      const words: bigint[] = [...(await world.lens.transcriptWords(nextSubmission))];
      expect(words.flatMap((word, k) => (word === next.words[k] ? [] : [world.profile.wordNames[k]!]))).to.have.members(
        ["settle.flags", ...[0, 1, 2, 3].map((i) => `settle.slot[${i}].debit`), "settle.slot[0].exitIndex"],
      );
      await expect(world.market.submit.staticCall(nextSubmission)).to.be.revertedWithCustomError(
        world.market,
        "InvalidProof",
      );
    });
  });
});
