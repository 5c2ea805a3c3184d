import { expect } from "chai";
import { lots, microUsd } from "../../prover/base/units.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  MANDATE,
  openEpoch,
  opening,
  PHASE,
  priceOf,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";
import {
  callTerms,
  DAY,
  derivativeSnapshot,
  FAULT,
  FEED,
  listPerpAndOption,
  OPTION,
  PERP,
  PREMIUM,
  VENUE_RULE,
} from "../support/derivatives.ts";
import type { Quotes } from "../support/derivatives.ts";

const DEPOSIT = 50_000n * USD;
const SPOT = 2;

describe("A market with a perp, an option and a spot slot", () => {
  let world: World & { feed: any; venue: any },
    market: any,
    desk: any,
    lens: any,
    venue: any,
    feed: any,
    spotVenue: any;
  let owners: Owner[];
  let ready: { restore(): Promise<void> };
  let books: Owner["book"][];

  // Slots 0 and 1 are one group, 2 is in the other. Epoch 1: the first vault is long 100 lots of the perp and has 40
  // options, the second is short 30 of the perp and has 10 options.
  before(async () => {
    const spot = await deployMarket({ slots: [SPOT], config: { minShareBps: 4_000 } });
    ({ market, desk, lens, venue: spotVenue } = spot);
    world = { ...spot, ...(await listPerpAndOption(spot, desk)) };
    ({ feed, venue } = world);
    await desk.fundInsurance(1_000n * USD);
    owners = [await addVault(world, 1, MANDATE), await addVault(world, 2, MANDATE)];

    await open();
    const batch = [
      (await submit(world, owners[0]!, { [PERP]: 100n, [OPTION]: 40n }, { cashFlow: DEPOSIT })).built,
      (await submit(world, owners[1]!, { [PERP]: -30n, [OPTION]: 10n }, { cashFlow: DEPOSIT })).built,
    ];
    await closeAndTally(world, batch);
    for (const group of [0, 1]) await expect(clear(world, group, batch)).to.emit(market, "GroupCleared");
    books = owners.map(({ book }) => book);
    ready = await world.networkHelpers.takeSnapshot();
  });
  beforeEach(() => owners.forEach((owner, i) => (owner.book = books[i]!)));
  afterEach(() => ready.restore());
  after(closeProvers);

  /** What the oracle does in one transaction. */
  async function open(quotes: Quotes = {}): Promise<void> {
    await market.connect(world.oracle).checkpoint();
    const carryIndex = await desk.carryIndex(PERP);
    await openEpoch(world, { snapshot: derivativeSnapshot({ unlisted: [3], ...quotes, carryIndex }) });
  }
  const fault = (slot: number, names: readonly string[], kind: number) =>
    Promise.all(names.map((name) => venue.setFault(slot, venue.interface.getFunction(name).selector, kind)));
  const EVERYTHING = [
    "positionLots",
    "cashMicroUsd",
    "markMicroUsd",
    "marginalPriceMicroUsd",
    "requirementMicroUsd",
    "trade",
    "deposit",
    "withdraw",
    "settleExpired",
  ];
  /** What there is, by the venue's own books, perps at the market's mark. */
  const assets = async (mark: bigint, value: bigint): Promise<bigint> => {
    const [perp, option] = [await venue.accounts(PERP), await venue.accounts(OPTION)];
    return (
      (await world.cash.balanceOf(desk)) +
      perp.cashMicroUsd +
      perp.positionLots * mark +
      option.cashMicroUsd +
      option.positionLots * value
    );
  };

  it("settles perps at the carry index: a vault's cash gains what its lots gained, long or short, funding included", async () => {
    await world.time.increase(DAY);
    await venue.setPrice(PERP, FEED + 40_000n);
    await venue.pay(PERP, 70n * 500n);
    await open({ mark: FEED + 40_000n, value: PREMIUM });
    expect(await desk.carryIndex(PERP)).to.equal(40_500n);
    const settled = [await submit(world, owners[0]!), await submit(world, owners[1]!)].map(
      ({ built }) => built.settlement,
    );
    expect(settled.map(({ navBefore }) => navBefore)).to.deep.equal([
      DEPOSIT + 100n * 40_500n,
      DEPOSIT - 30n * 40_500n,
    ]);
    const total = settled.reduce((sum, { navBefore }) => sum + navBefore, 0n);
    expect(await assets(FEED + 40_000n, PREMIUM)).to.equal(total + (await desk.insuranceMicroUsd()));
  });

  it("trades a perp bought later at the carry index of that moment", async () => {
    await venue.setPrice(PERP, FEED + 20_000n);
    await open({ mark: FEED + 20_000n });
    const batch = [(await submit(world, owners[0]!, { [PERP]: 10n })).built, (await submit(world, owners[1]!)).built];
    await closeAndTally(world, batch);
    await venue.setPrice(PERP, FEED + 30_000n);
    await clear(world, 0, batch);
    await clear(world, 1, batch);
    expect([...(await lens.settleWords(owners[0]!.address))].slice(1, 3)).to.deep.equal([30_000n, 0n]);
    await venue.setPrice(PERP, FEED + 35_000n);
    await open({ mark: FEED + 35_000n });
    const { settlement } = (await submit(world, owners[0]!)).built;
    expect(settlement.navBefore).to.equal(DEPOSIT + 100n * 35_000n + 10n * 5_000n);
  });

  describe("whose perp and option venues fail in every way", () => {
    for (const kind of [FAULT.silent, FAULT.eatGas, FAULT.bomb]) {
      it(`opens its epoch, clears its other group, and says of theirs that it failed (${kind})`, async () => {
        for (const slot of [PERP, OPTION]) await fault(slot, EVERYTHING, kind);
        await open();
        const batch = [
          (await submit(world, owners[0]!, { [PERP]: 5n, [SPOT]: 7n })).built,
          (await submit(world, owners[1]!)).built,
        ];
        await closeAndTally(world, batch);
        const receipt = await (await clear(world, 0, batch)).wait();
        expect(market.interface.parseError(receipt.logs[0].args.reason)?.name).to.equal("VenueSilent");
        await expect(clear(world, 1, batch)).to.emit(market, "GroupCleared");
        for (const slot of [PERP, OPTION]) await fault(slot, EVERYTHING, FAULT.none);
        await expect(clear(world, 0, batch)).to.emit(market, "GroupCleared");
        expect(await market.phase()).to.equal(PHASE.awaitSnapshot);
      });
    }

    it("still crosses what cancels: no dead venue stops the perp beside it", async () => {
      await fault(OPTION, EVERYTHING, FAULT.eatGas);
      await open();
      const batch = [
        (await submit(world, owners[0]!, { [PERP]: 5n, [OPTION]: 3n })).built,
        (await submit(world, owners[1]!, { [OPTION]: -3n })).built,
      ];
      await closeAndTally(world, batch);
      await expect(clear(world, 0, batch)).to.emit(market, "GroupCleared");
      expect((await desk.slotAccount(PERP)).positionLots).to.equal(75n);
    });

    it("reverts a clearing that was sent too little gas, rather than call it a failure", async () => {
      await open();
      const batch = [(await submit(world, owners[0]!, { [PERP]: 5n })).built, (await submit(world, owners[1]!)).built];
      await closeAndTally(world, batch);
      const { nets, rho } = opening(world, 0, batch);
      await expect(market.clear(0, nets, rho, { gasLimit: 2_500_000n })).to.be.revertedWithCustomError(
        market,
        "ClearingOutOfGas",
      );
    });
  });

  describe("when an option expires", () => {
    const seven = async (feedAt: bigint, payoff: bigint) => {
      await world.time.increase(8 * DAY);
      await feed.updateAnswer(feedAt * 100n);
      await venue.setPayoff(OPTION, payoff);
      await desk.connect(world.outsider).proposeExit(OPTION);
    };
    const next = async () => {
      await venue.reset(OPTION);
      await venue.setPrice(OPTION, PREMIUM);
      await feed.updateAnswer(FEED * 100n);
      await desk.list(OPTION, await callTerms(world));
    };
    const exit = async (owner: Owner) => [...(await lens.settleWords(owner.address))][3 * (OPTION + 1)];
    /** An epoch in which one vault trades and the other is silent. */
    const alone = async (owner: Owner, order: Record<number, bigint>): Promise<BuiltSubmission> => {
      await world.feeds[SPOT].updateAnswer(priceOf(SPOT) * 100n);
      await open();
      const { built } = await submit(world, owner, order);
      await world.time.increase(601);
      await closeAndTally(world, [built]);
      for (const group of [0, 1]) await clear(world, group, [built]);
      return built;
    };

    it("anyone ends its series and its slot takes the next; a vault silent across two expiries is paid the first", async () => {
      await seven(FEED + 800_000n, 800_000n);
      await expect(desk.connect(world.outsider).endSeries(OPTION))
        .to.emit(desk, "SeriesEnded")
        .withArgs(OPTION, 2n, 800_000n);
      await next();
      const built = await alone(owners[0]!, { [OPTION]: 20n });
      expect(built.settlement.positions[OPTION]).to.equal(0n);
      expect((await desk.slotAccount(OPTION)).positionLots).to.equal(20n);
      await seven(FEED + 100_000n, 100_000n);
      await desk.connect(world.outsider).endSeries(OPTION);
      await next();
      expect(await exit(owners[0]!)).to.equal(100_000n);
      expect(await exit(owners[1]!)).to.equal(800_000n);
      await open();
      const { settlement } = (await submit(world, owners[1]!)).built;
      expect(settlement.positions).to.deep.equal([lots(-30n), lots(0n), lots(0n), lots(0n)]);
      expect(settlement.navBefore).to.equal(microUsd(DEPOSIT - 10n * PREMIUM + 10n * 800_000n));
    });

    it("nobody but governance ends a series that is not over, and only the guardian vetoes", async () => {
      const outsider = desk.connect(world.outsider);
      for (const attempt of [
        outsider.endSeries(OPTION),
        outsider.endSeries(PERP),
        outsider.vetoExit(OPTION),
        outsider.setExit(OPTION, 1n),
        outsider.setVenueRule(PERP, VENUE_RULE),
        outsider.lowerTradeCap(PERP, 1n),
      ]) {
        await expect(attempt).to.be.revertedWithCustomError(market, "AccessManagedUnauthorized");
      }
      await expect(market.connect(world.outsider).checkpoint()).to.be.revertedWithCustomError(market, "OnlyOracle");
      await seven(FEED, 2_000_000n);
      await expect(outsider.endSeries(OPTION)).to.be.revertedWithCustomError(market, "AccessManagedUnauthorized");
      await desk.vetoExit(OPTION);
      await desk.setExit(OPTION, 0n);
      await outsider.endSeries(OPTION);
      expect(await exit(owners[0]!)).to.equal(0n);
    });
  });

  it("ends the series of a perp that its venue has liquidated, by anyone's hand", async () => {
    await venue.liquidate(PERP, 70n, FEED, 70n * 1_000n);
    await expect(desk.connect(world.outsider).endSeries(PERP)).to.emit(desk, "SeriesEnded").withArgs(PERP, 2n, -1_000n);
    await openEpoch(world, { snapshot: derivativeSnapshot({ unlisted: [PERP, 3] }) });
    const { settlement } = (await submit(world, owners[0]!)).built;
    expect(settlement.navBefore).to.equal(DEPOSIT - 100n * 1_000n);
  });

  it("shows rule, account and proposal of a slot", async () => {
    const [rule, account, proposal] = await desk.venue(PERP);
    expect(rule.toObject()).to.deep.equal(VENUE_RULE);
    expect(account.markMicroUsd).to.equal(FEED);
    expect(account.transferredMicroUsd).to.equal((2n * 70n * FEED) / 10n);
    expect(proposal.disputeEnds).to.equal(0n);
    await expect(desk.venue(4)).to.be.revertedWithCustomError(market, "NoSuchSlot");
    expect(spotVenue.target).to.not.equal(venue.target);
  });

  it("nobody enters it from a venue that trades", async () => {
    await open();
    const batch = [(await submit(world, owners[0]!, { [PERP]: 5n })).built, (await submit(world, owners[1]!)).built];
    await closeAndTally(world, batch);
    for (const [target, call, args] of [
      [desk, "rebalanceMargin", [PERP]],
      [desk, "proposeExit", [OPTION]],
      [desk, "endSeries", [OPTION]],
      [market, "clear", [1, [0n, 0n], 0n]],
    ] as const) {
      await venue.setCallback(target, target.interface.encodeFunctionData(call, args));
      const receipt = await (await clear(world, 0, batch)).wait();
      expect(market.interface.parseError(receipt.logs[0].args.reason)?.name, call).to.equal(
        "ReentrancyGuardReentrantCall",
      );
    }
  });
});
