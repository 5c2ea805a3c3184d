import { genesisCommitment } from "../../prover/book/book.ts";
import { expect } from "chai";
import { deployPrepared, prepareMarket, storeWords } from "../../client/deploy/market.ts";
import { poseidonConstants } from "../../circuits/format/poseidon.ts";
import { snapshotHash, snapshotWords } from "../../prover/format/transcript.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  CONFIG,
  deployMarket,
  openEpoch,
  passDeadline,
  PHASE,
  spotSnapshot,
  submit,
  USD,
} from "../support/market.ts";
import type { World } from "../support/market.ts";

const DEPOSIT = 50_000n * USD;

describe("The epochs of a market", () => {
  let world: World;
  let market: any, desk: any, lens: any;
  let start: { restore(): Promise<void> };

  before(async () => {
    world = await deployMarket();
    ({ market, desk, lens } = world);
    start = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => start.restore());
  after(closeProvers);

  const phase = async (): Promise<bigint> => market.phase();
  const settings = (changes: object) => ({ ...CONFIG, ...changes });

  describe("A deployment", () => {
    const deployWith =
      (config: object, overrides: Partial<Record<"cash" | "constants", string>> = {}) =>
      async () => {
        const prepared = await prepareMarket(world.governor, world.profile);
        return deployPrepared(
          world.governor,
          { ...prepared, constants: overrides.constants ?? prepared.constants },
          {
            authority: world.authority.target,
            cash: overrides.cash ?? world.cash.target,
            oracle: world.oracle.address,
            committee: world.committee.target,
            verifiers: world.verifiers.target,
            config: settings(config) as any,
          },
        );
      };
    const refused = (deployment: () => Promise<unknown>, error: string) =>
      expect(deployment()).to.be.revertedWithCustomError(market, error);

    it("refuses every setting outside its hard bounds", async () => {
      const bounds: Record<string, [number, number]> = {
        submitWindow: [60, 604_800],
        clearWindow: [60, 604_800],
        epochSeconds: [120, 2_592_000],
        snapshotWindow: [60, 604_800],
        challengeWindow: [3_600, 2_592_000],
        haltCoolDown: [60, 2_592_000],
        dealMargin: [10, 604_800],
        heartbeatLimit: [1, 1_000],
        minShareBps: [1, 10_000],
        epsilonBps: [1, 500],
        kappaBps: [0, 5_000],
      };
      for (const [setting, [min, max]] of Object.entries(bounds)) {
        if (min > 0) await refused(deployWith({ [setting]: min - 1 }), "ConfigOutOfRange");
        await refused(deployWith({ [setting]: max + 1 }), "ConfigOutOfRange");
      }
      await deployWith(Object.fromEntries(Object.entries(bounds).map(([setting, [, max]]) => [setting, max])))();
      await deployWith(Object.fromEntries(Object.entries(bounds).map(([setting, [min]]) => [setting, min])))();
    });

    it("refuses a margin before which two changes of a vault's terms may lie: it remembers but one", async () => {
      const { epochSeconds } = CONFIG;
      await refused(deployWith({ dealMargin: epochSeconds + 1 }), "ConfigOutOfRange");
      await deployWith({ dealMargin: epochSeconds })();
    });

    it("refuses windows that are longer together than what lies between two snapshots, and says so", async () => {
      const { submitWindow, clearWindow } = CONFIG;
      await expect(deployWith({ epochSeconds: submitWindow + clearWindow - 1 })())
        .to.be.revertedWithCustomError(market, "SettingsContradict")
        .withArgs("submitWindow + clearWindow <= epochSeconds");
      await deployWith({ epochSeconds: submitWindow + clearWindow })();
    });

    it("refuses cash that isn't counted in micro-dollars, and book-hash constants that give another genesis", async () => {
      await refused(deployWith({}, { cash: world.tokens[0].target }), "CashNeedsSixDecimals");
      const wrong = poseidonConstants(world.profile.bookWords);
      wrong[17]! ^= 1n;
      await refused(deployWith({}, { constants: await storeWords(world.governor, wrong) }), "WrongPoseidonConstants");
    });

    it("shows its settings and its profile", async () => {
      expect({ ...(await lens.config()).toObject(), ...(await desk.config()).toObject() }).to.deep.equal(
        Object.fromEntries(Object.entries(CONFIG).map(([k, v]) => [k, BigInt(v)])),
      );
      const { slots, groups, scenarios, members } = world.profile;
      expect([...(await market.profile())]).to.deep.equal([
        BigInt(slots),
        BigInt(groups),
        BigInt(scenarios),
        BigInt(members),
        genesisCommitment(world.profile),
      ]);
    });
  });

  describe("Waiting for a snapshot", () => {
    it("takes one from the oracle only, and only between epochs", async () => {
      const words = snapshotWords(world.profile, world.snapshot);
      const pointer = await storeWords(world.governor, words);
      const args = [pointer, snapshotHash(words), 1, false];
      for (const caller of [world.governor, world.guardian, world.outsider]) {
        await expect(market.connect(caller).openEpoch(...args)).to.be.revertedWithCustomError(market, "OnlyOracle");
      }
      await market.connect(world.oracle).openEpoch(...args);
      await expect(market.connect(world.oracle).openEpoch(...args))
        .to.be.revertedWithCustomError(market, "WrongPhase")
        .withArgs(PHASE.submit);
    });

    it("refuses a snapshot of another length, or under a hash that isn't its own", async () => {
      const words = snapshotWords(world.profile, world.snapshot);
      const open = (pointer: string, hash: bigint) => market.connect(world.oracle).openEpoch(pointer, hash, 1, false);
      for (const wrong of [words.slice(1), [...words, 0n]]) {
        await expect(open(await storeWords(world.governor, wrong), snapshotHash(words))).to.be.revertedWithCustomError(
          market,
          "WrongBlobLength",
        );
      }
      await expect(
        open(await storeWords(world.governor, words), snapshotHash(words) - 1n),
      ).to.be.revertedWithCustomError(market, "WrongSnapshotHash");
    });

    it("opens an epoch with everything frozen that proofs will speak of", async () => {
      await openEpoch(world);
      const [pointer, version] = await world.committee.current();
      const [event] = await market.queryFilter("EpochOpened");
      expect(event.args.toObject()).to.include({
        epoch: 1n,
        snapshotHash: await lens.snapshotHash(),
        snapshotPointer: await market.snapshotPointer(),
        observedAt: await market.observedAt(),
        submitBy: await market.deadline(),
        halted: false,
        committeeVersion: version,
      });
      expect(pointer).to.match(/^0x/);
      expect(await phase()).to.equal(PHASE.submit);
      expect(await market.epoch()).to.equal(1n);
      expect(await lens.snapshotHash()).to.equal(snapshotHash(snapshotWords(world.profile, world.snapshot)));
    });

    it("halts, when reporters stay away past the deadline, at anybody's push, and goes on waiting", async () => {
      await expect(market.connect(world.outsider).haltStale()).to.be.revertedWithCustomError(
        market,
        "DeadlineNotPassed",
      );
      await passDeadline(world);
      await expect(market.connect(world.outsider).haltStale())
        .to.emit(market, "Halted")
        .withArgs(world.ethers.encodeBytes32String("no snapshot"));
      expect((await market.epochState()).halted).to.equal(true);
      const { epochSeconds, snapshotWindow } = CONFIG;
      expect(await market.deadline()).to.equal(BigInt((await world.time.latest()) + epochSeconds + snapshotWindow));
      await expect(market.haltStale()).to.be.revertedWithCustomError(market, "DeadlineNotPassed");
      await openEpoch(world);
      expect((await market.epochState()).openedHalted).to.equal(true);
    });

    it("waits for the reporters' next observation and the window after it, however early an epoch is settled", async () => {
      const { epochSeconds, snapshotWindow } = CONFIG;
      const owner = await addVault(world, 1);
      const first = (await world.time.latest()) + 60;
      // Published in the first second that there is for it, then in one of the last.
      for (const [k, late] of [0, snapshotWindow - 10].entries()) {
        const due = first + k * epochSeconds;
        await world.time.increaseTo(due + late);
        await openEpoch(world, { observedAt: due });
        expect((await market.epochState()).openedHalted, `epoch ${k + 1}`).to.equal(false);
        const { built } = await submit(world, owner);
        await closeAndTally(world, [built]);
        for (const group of [0, 1]) await clear(world, group, [built]);
        expect(await phase()).to.equal(PHASE.awaitSnapshot);
        await expect(market.connect(world.outsider).haltStale())
          .to.be.revertedWithCustomError(market, "DeadlineNotPassed")
          .withArgs(due + epochSeconds + snapshotWindow);
      }
    });

    it("waits for the observation after, where an epoch is settled after the next one was due", async () => {
      const { epochSeconds, snapshotWindow } = CONFIG;
      await openEpoch(world);
      await world.time.increase(epochSeconds + 10);
      await market.close();
      expect(await market.deadline()).to.equal(BigInt((await world.time.latest()) + epochSeconds + snapshotWindow));
    });

    it("takes a late snapshot if nobody pushed the halt", async () => {
      await passDeadline(world);
      await openEpoch(world);
      expect((await market.epochState()).halted).to.equal(false);
      await expect(market.haltStale()).to.be.revertedWithCustomError(market, "WrongPhase");
    });
  });

  describe("Closing", () => {
    it("waits for the window, and with no submission at all goes on at once", async () => {
      await addVault(world, 1);
      await expect(market.close()).to.be.revertedWithCustomError(market, "WrongPhase").withArgs(PHASE.awaitSnapshot);
      await openEpoch(world);
      await expect(market.close()).to.be.revertedWithCustomError(market, "DeadlineNotPassed");
      await passDeadline(world);
      await expect(market.connect(world.outsider).close())
        .to.emit(market, "EpochSettled")
        .withArgs(1n, world.ethers.ZeroAddress, 0n);
      expect(await phase()).to.equal(PHASE.awaitSnapshot);
      await expect(market.close()).to.be.revertedWithCustomError(market, "WrongPhase");
    });

    it("does not end the window early because there are no vaults", async () => {
      await openEpoch(world);
      await expect(market.close()).to.be.revertedWithCustomError(market, "DeadlineNotPassed");
      await passDeadline(world);
      await market.close();
      expect(await phase()).to.equal(PHASE.awaitSnapshot);
    });
  });

  describe("A batch of too few", () => {
    it("is cancelled: its orders aren't opened, and all lapse at the close", async () => {
      const owners = [await addVault(world, 1), await addVault(world, 2)];
      await openEpoch(world);
      await submit(world, owners[0]!, { 0: 100n }, { cashFlow: DEPOSIT });
      await passDeadline(world);
      await expect(market.close())
        .to.emit(market, "EpochClosed")
        .withArgs(1n, 1n, await market.setHash(), true);
      expect(await phase()).to.equal(PHASE.awaitSnapshot);
      const [event] = await market.queryFilter("EpochSettled");
      expect([event.args.settlePointer, event.args.fillFlags]).to.deep.equal([world.ethers.ZeroAddress, 0n]);
      expect((await lens.settleWords(owners[0]!.address))[0]! & 3n).to.equal(0n);
    });
  });

  describe("Groups without a listed slot", () => {
    it("need no clearing and count as filled; with none listed at all the close settles", async () => {
      for (const slot of [2, 3]) await desk.endSeries(slot);
      const owner = await addVault(world, 1);
      const snapshot = spotSnapshot(world.profile.slots, world.profile.scenarios, { unlisted: [2, 3] });
      await openEpoch(world, { snapshot });
      const { built } = await submit(world, owner, { 0: 10n }, { cashFlow: DEPOSIT });
      await closeAndTally(world, [built]);
      const inClear = await world.networkHelpers.takeSnapshot();
      await expect(market.lapse(1)).to.be.revertedWithCustomError(market, "DeadlineNotPassed");
      expect((await market.epochState()).pendingGroups).to.equal(1n);
      await expect(clear(world, 0, [built])).to.emit(market, "EpochSettled");
      expect((await lens.settleWords(owner.address))[0]! & 3n).to.equal(3n);
      await inClear.restore();
      await passDeadline(world);
      await market.lapse(0);
      expect((await lens.settleWords(owner.address))[0]! & 3n).to.equal(2n);
    });
  });

  describe("Halted", () => {
    it("an epoch takes submissions without orders, settles at its close and deals all the same", async () => {
      const owner = await addVault(world, 1);
      await openEpoch(world, { halt: true });
      expect((await market.epochState()).halted).to.equal(true);
      const { built } = await submit(world, owner, {}, { cashFlow: DEPOSIT });
      expect(built.words[13]).to.equal(1n);
      expect(await world.cash.balanceOf(desk)).to.equal(DEPOSIT);
      await expect(market.close()).to.emit(market, "EpochSettled").withArgs(1n, world.ethers.ZeroAddress, 0n);
      expect(await phase()).to.equal(PHASE.awaitSnapshot);
    });

    it("ends by governance at once, by anybody only when it has cooled down since the last trip", async () => {
      await expect(market.resume()).to.be.revertedWithCustomError(market, "NotHalted");
      await market.connect(world.guardian).halt();
      await expect(market.connect(world.outsider).resume()).to.be.revertedWithCustomError(
        market,
        "AccessManagedUnauthorized",
      );
      await expect(market.connect(world.guardian).resume()).to.be.revertedWithCustomError(
        market,
        "AccessManagedUnauthorized",
      );
      await expect(market.connect(world.governor).resume()).to.emit(market, "Resumed");

      await market.connect(world.guardian).halt();
      await world.time.increase(CONFIG.haltCoolDown - 10);
      await market.connect(world.guardian).halt();
      await world.time.increase(CONFIG.haltCoolDown - 10);
      await expect(market.connect(world.outsider).resume()).to.be.revertedWithCustomError(
        market,
        "AccessManagedUnauthorized",
      );
      await world.time.increase(20);
      await market.connect(world.outsider).resume();
      expect((await market.epochState()).halted).to.equal(false);
    });

    it("a resume reaches the next epoch, not the running one", async () => {
      await addVault(world, 1);
      await openEpoch(world, { halt: true });
      await market.connect(world.governor).resume();
      expect((await market.epochState()).openedHalted).to.equal(true);
      await passDeadline(world);
      await market.close();
      await openEpoch(world);
      expect((await market.epochState()).openedHalted).to.equal(false);
    });
  });

  it("give governance's steps to governance only", async () => {
    const outsider = desk.connect(world.outsider);
    const slot = (await desk.slot(0)).toObject();
    for (const attempt of [
      market.connect(world.outsider).register(world.outsider.address),
      outsider.list(0, slot),
      outsider.endSeries(0),
      outsider.tightenOrderCap(0, 1),
    ]) {
      await expect(attempt).to.be.revertedWithCustomError(market, "AccessManagedUnauthorized");
    }
  });
});
