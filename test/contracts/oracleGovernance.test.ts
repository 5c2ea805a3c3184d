import { expect } from "chai";
import { DAY, DELAY, LIMITS, LISTINGS, STATEMENT_LIFE, oracleFixture } from "./oracleFixture.ts";
import type { Limits, OracleFixture } from "./oracleFixture.ts";

describe("The snapshot oracle: who may change what, and when", () => {
  let f: OracleFixture;
  beforeEach(async () => {
    f = await oracleFixture();
  });
  const TIGHTER: Partial<Limits>[] = [
    { quorum: 4 },
    { maxAgeSeconds: 299 },
    { deviationBps: 99 },
    { moveBps: 999 },
    { optionMoveBps: 499 },
    { moveWindowSeconds: DAY + 1 },
    { sequencerGraceSeconds: 3_601 },
  ];
  const LOOSER: Partial<Limits>[] = [
    { quorum: 2 },
    { maxAgeSeconds: 301 },
    { deviationBps: 101 },
    { moveBps: 1_001 },
    { optionMoveBps: 501 },
    { moveWindowSeconds: DAY - 1 },
    { sequencerGraceSeconds: 3_599 },
  ];
  const BEYOND: [keyof Limits, number][] = [
    ["quorum", 0],
    ["quorum", 6],
    ["maxAgeSeconds", STATEMENT_LIFE + 1],
    ["deviationBps", 1_001],
    ["moveBps", 5_001],
    ["optionMoveBps", 5_001],
    ["moveWindowSeconds", 3_599],
    ["moveWindowSeconds", 30 * DAY + 1],
    ["sequencerGraceSeconds", DAY + 1],
  ];
  const current = async (): Promise<Limits> =>
    Object.fromEntries(
      Object.entries((await f.oracle.limits()).toObject()).map(([name, value]) => [name, Number(value)]),
    ) as Limits;
  const calldata = (name: string, ...args: unknown[]): string => f.oracle.interface.encodeFunctionData(name, args);
  const announceAndWait = async (call: string) => {
    await f.oracle.announce(call);
    await f.time.increase(DELAY);
  };

  it("tightens every limit at once", async () => {
    let limits = LIMITS;
    for (const change of TIGHTER) {
      limits = { ...limits, ...change };
      await expect(f.oracle.tighten(limits)).to.emit(f.oracle, "LimitsSet");
      expect(await current()).to.deep.equal(limits);
    }
  });

  it("loosens no limit at once, not even beside a tighter one", async () => {
    for (const change of LOOSER) {
      await expect(f.oracle.tighten({ ...LIMITS, ...change })).to.be.revertedWithCustomError(f.oracle, "NotTighter");
      await expect(
        f.oracle.tighten({ ...LIMITS, ...Object.assign({}, ...TIGHTER), ...change }),
      ).to.be.revertedWithCustomError(f.oracle, "NotTighter");
    }
  });

  it("loosens a limit after it was announced and the delay is over, by anyone", async () => {
    for (const change of LOOSER) {
      const from = await current();
      const to = { ...from, ...change };
      const byAnyone = f.oracle.connect(f.anyone);
      await expect(byAnyone.changeLimits(from, to)).to.be.revertedWithCustomError(f.oracle, "NotAnnounced");
      await expect(f.oracle.changeLimits(from, to)).to.be.revertedWithCustomError(f.oracle, "NotAnnounced");
      await f.oracle.announce(calldata("changeLimits", from, to));
      await f.time.increase(DELAY - 10);
      await expect(byAnyone.changeLimits(from, to)).to.be.revertedWithCustomError(f.oracle, "StillWaiting");
      await f.time.increase(10);
      await byAnyone.changeLimits(from, to);
      expect(await current()).to.deep.equal(to);
    }
  });

  it("voids a waiting announcement by tightening meanwhile, or by revoking it", async () => {
    const looser = { ...LIMITS, deviationBps: 900 };
    const call = calldata("changeLimits", LIMITS, looser);
    await announceAndWait(call);
    await f.oracle.tighten({ ...LIMITS, deviationBps: 50 });
    await expect(f.oracle.changeLimits(LIMITS, looser)).to.be.revertedWithCustomError(f.oracle, "LimitsHaveChanged");
    expect((await current()).deviationBps).to.equal(50);

    await f.oracle.revoke(call);
    await expect(f.oracle.changeLimits(LIMITS, looser)).to.be.revertedWithCustomError(f.oracle, "NotAnnounced");
  });

  it("goes beyond no hard bound, announced or not, from the first day on", async () => {
    for (const [name, value] of BEYOND) {
      const to = { ...LIMITS, [name]: value };
      await announceAndWait(calldata("changeLimits", LIMITS, to));
      await expect(f.oracle.changeLimits(LIMITS, to), name)
        .to.be.revertedWithCustomError(f.oracle, "LimitOutOfRange")
        .withArgs(f.ethers.encodeBytes32String(name));
      const args = [
        f.authority,
        DELAY,
        f.market,
        f.sequencer,
        STATEMENT_LIFE,
        to,
        f.reporters.map(({ address }: any) => address),
      ];
      await expect(f.ethers.deployContract("SnapshotOracle", args), name).to.be.revertedWithCustomError(
        f.oracle,
        "LimitOutOfRange",
      );
    }
  });

  describe("together with the market's pace", () => {
    const small = { moveBps: 100, optionMoveBps: 200, moveWindowSeconds: DAY };
    const rules = {
      prices: "moveBps * epochSeconds / moveWindowSeconds > 3 * PRICE_TOLERANCE_BPS",
      options: "optionMoveBps * epochSeconds / moveWindowSeconds > 3 * OPTION_TOLERANCE_BPS",
      statements: "statementLifeSeconds <= snapshotWindow",
    };
    const deploy = (limits: Partial<Limits>): Promise<any> =>
      f.ethers.deployContract("SnapshotOracle", [
        f.authority,
        DELAY,
        f.market,
        f.sequencer,
        STATEMENT_LIFE,
        { ...LIMITS, ...limits },
        f.reporters.map(({ address }: any) => address),
      ]);
    const contradicts = (deployment: Promise<unknown>, rule: string) =>
      expect(deployment, rule).to.be.revertedWithCustomError(f.oracle, "SettingsContradict").withArgs(rule);

    it("buckets have to drain faster than reporters who disagree honestly fill them", async () => {
      await deploy({ ...small, moveBps: 76, optionMoveBps: 151 });
      await contradicts(deploy({ ...small, moveBps: 75 }), rules.prices);
      await contradicts(deploy({ ...small, optionMoveBps: 150 }), rules.options);
      // The market's pace, and a day's window, as they were deployed before.
      await f.market.setPace(3_600, DAY);
      await contradicts(deploy({ moveBps: 2_000, optionMoveBps: 1_000, moveWindowSeconds: DAY }), rules.options);
      await deploy({ moveBps: 2_000, optionMoveBps: 1_000, moveWindowSeconds: DAY / 6 });
    });

    it("no change of limits takes that away, tightened or announced", async () => {
      const from = LIMITS;
      await contradicts(f.oracle.tighten({ ...from, optionMoveBps: 150 }), rules.options);
      await contradicts(f.oracle.tighten({ ...from, moveWindowSeconds: 14 * DAY }), rules.prices);
      const to = { ...from, moveBps: 75 };
      await announceAndWait(calldata("changeLimits", from, to));
      await contradicts(f.oracle.changeLimits(from, to), rules.prices);
    });

    it("statements may not outlive the market's patience", async () => {
      await f.market.setPace(DAY, STATEMENT_LIFE - 1);
      await contradicts(deploy({}), rules.statements);
      await f.market.setPace(DAY, STATEMENT_LIFE);
      await deploy({});
    });
  });

  it("can't be deployed with statements that live over a day, a sequencer feed without code, or a reporter twice", async () => {
    const [first] = f.reporters.map(({ address }: any) => address);
    const deploy = (change: Partial<Record<"feed" | "life" | "reporters", unknown>>) =>
      f.ethers.deployContract("SnapshotOracle", [
        f.authority,
        DELAY,
        f.market,
        change.feed ?? f.sequencer,
        change.life ?? STATEMENT_LIFE,
        { ...LIMITS, quorum: 1 },
        change.reporters ?? [first],
      ]);
    await expect(deploy({ life: DAY + 1 })).to.be.revertedWithCustomError(f.oracle, "LimitOutOfRange");
    await expect(deploy({ feed: f.anyone.address })).to.be.revertedWithCustomError(f.oracle, "NotAFeed");
    await expect(deploy({ reporters: [first, first] })).to.be.revertedWithCustomError(f.oracle, "CannotAddReporter");
    await expect(deploy({ reporters: [f.ethers.ZeroAddress] })).to.be.revertedWithCustomError(
      f.oracle,
      "CannotAddReporter",
    );
    await deploy({ feed: f.ethers.ZeroAddress });
  });

  it("works without a sequencer feed where there is no sequencer", async () => {
    const args = [
      f.authority,
      DELAY,
      f.market,
      f.ethers.ZeroAddress,
      STATEMENT_LIFE,
      LIMITS,
      f.reporters.map(({ address }: any) => address),
    ];
    const oracle: any = await f.ethers.deployContract("SnapshotOracle", args);
    const publication = await f.publication({ signed: { oracle: await oracle.getAddress() } });
    expect(await oracle.publish.staticCall(...publication)).to.equal(true);
  });

  it("takes in a reporter only after an announcement, and none twice", async () => {
    const next = f.anyone.address;
    await expect(f.oracle.addReporter(next)).to.be.revertedWithCustomError(f.oracle, "NotAnnounced");
    await announceAndWait(calldata("addReporter", next));
    await expect(f.oracle.connect(f.anyone).addReporter(next)).to.emit(f.oracle, "ReporterAdded").withArgs(next);
    expect(await f.oracle.reporterCount()).to.equal(6n);
    await expect(f.oracle.addReporter(next)).to.be.revertedWithCustomError(f.oracle, "NotAnnounced");
    for (const reporter of [next, f.ethers.ZeroAddress]) {
      await announceAndWait(calldata("addReporter", reporter));
      await expect(f.oracle.addReporter(reporter)).to.be.revertedWithCustomError(f.oracle, "CannotAddReporter");
    }
  });

  it("removes a reporter at once, even below the quorum: then there is no snapshot", async () => {
    for (const { address } of f.reporters.slice(0, 3)) {
      await expect(f.oracle.removeReporter(address)).to.emit(f.oracle, "ReporterRemoved").withArgs(address);
      await expect(f.oracle.removeReporter(address)).to.be.revertedWithCustomError(f.oracle, "NotAReporter");
    }
    await expect(f.publish()).to.be.revertedWithCustomError(f.oracle, "NotAReporter");
    await expect(f.publish({ signers: f.sorted(f.reporters.slice(3)) })).to.be.revertedWithCustomError(
      f.oracle,
      "NotEnoughSignatures",
    );
  });

  it("never takes an equivocator back, not by an announcement that was waiting", async () => {
    const [liar] = f.reporters;
    const observedAt = await f.time.latest();
    const statements = await Promise.all(
      [f.PRICE, f.PRICE + 1n].map(async (price) => {
        const words = f.toWords(f.reportsAt(price));
        return {
          observedAt,
          wordsHash: f.hashWords(words),
          signature: await f.sign(liar, { epoch: 1n, observedAt, words }),
        };
      }),
    );
    await announceAndWait(calldata("addReporter", liar!.address));
    await f.oracle.reportEquivocation(1, LISTINGS, ...statements);
    await expect(f.oracle.addReporter(liar!.address)).to.be.revertedWithCustomError(f.oracle, "CannotAddReporter");
  });

  it("obeys governance alone", async () => {
    const anyone = f.oracle.connect(f.anyone);
    const call = calldata("addReporter", f.anyone.address);
    await f.oracle.announce(call);
    for (const attempt of [
      anyone.tighten({ ...LIMITS, quorum: 5 }),
      anyone.removeReporter(f.reporters[0]!.address),
      anyone.announce(calldata("changeLimits", LIMITS, LIMITS)),
      anyone.revoke(call),
    ])
      await expect(attempt).to.be.revertedWithCustomError(f.oracle, "AccessManagedUnauthorized");
  });

  it("gains nobody the right to a governance call by announcing it", async () => {
    const tighten = calldata("tighten", { ...LIMITS, quorum: 5 });
    await announceAndWait(tighten);
    await expect(
      f.anyone.sendTransaction({ to: await f.oracle.getAddress(), data: tighten }),
    ).to.be.revertedWithCustomError(f.oracle, "AccessManagedUnauthorized");
  });
});
