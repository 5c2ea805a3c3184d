import { expect } from "chai";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  MANDATE,
  openEpoch,
  submit,
  USD,
} from "../support/market.ts";
import type { Owner, World } from "../support/market.ts";
import { derivativeSnapshot, listPerpAndOption, OPTION, PERP, PREMIUM } from "../support/derivatives.ts";

const DEPOSIT = 50_000n * USD;
const HEARTBEAT = 3_600;
const LOTS = 40n;

/**
 * A checkpoint with an old feed leaves 0 where the option's feed is noted, and `SeriesEnd` takes that 0 together with a
 * desk that holds nothing for a series that no epoch has seen. But options that crossed are held by vaults on both
 * sides, while the desk holds none.
 *
 * Real market, desk, vault books and proofs; the venue is not asked at any step of it. An account stands in the
 * oracle's place: `SnapshotOracle.publish` does the checkpoint that is done here, and keeps what it did when a feed is
 * too old (it returns false, it does not revert).
 */
describe("An option series whose orders crossed, while its feed is old", () => {
  let world: World & { feed: any };
  let market: any, desk: any;
  let owners: [Owner, Owner];

  before(async () => {
    const bare = await deployMarket({ slots: [2], config: { minShareBps: 4_000 } });
    ({ market, desk } = bare);
    world = { ...bare, ...(await listPerpAndOption(bare, desk, { terms: { feedHeartbeat: HEARTBEAT } })) };
    owners = [await addVault(world, 1, MANDATE), await addVault(world, 2, MANDATE)];
    await open();
    const batch = [
      (await submit(world, owners[0], { [OPTION]: LOTS }, { cashFlow: DEPOSIT })).built,
      (await submit(world, owners[1], { [OPTION]: -LOTS }, { cashFlow: DEPOSIT })).built,
    ];
    await closeAndTally(world, batch);
    for (const group of [0, 1]) await expect(clear(world, group, batch)).to.emit(market, "GroupCleared");
    expect((await desk.slotAccount(OPTION)).positionLots, "the desk holds none").to.equal(0n);
  });
  after(closeProvers);

  async function open(unlisted: readonly number[] = [3]): Promise<void> {
    await market.connect(world.oracle).checkpoint();
    const snapshot = derivativeSnapshot({ unlisted });
    const mayBeShort = snapshot.mayBeShort.map((_, i) => [PERP, OPTION].includes(i) && !unlisted.includes(i));
    await openEpoch(world, { snapshot: { ...snapshot, mayBeShort } });
  }

  it("is not ended without a price: the holders would get nothing, and the writers all of it", async () => {
    await world.time.increase(2 * HEARTBEAT);
    // So long as nobody has tried to publish, the end is refused for want of a price.
    await expect(desk.endSeries.staticCall(OPTION)).to.be.revertedWithCustomError(market, "ReferenceNotFresh");
    await market.connect(world.oracle).checkpoint();
    const refused = await desk.endSeries.staticCall(OPTION).then(
      () => false,
      () => true,
    );
    if (!refused) {
      await desk.endSeries(OPTION);
      const navs: bigint[] = [];
      await open([OPTION, 3]);
      for (const owner of owners) navs.push((await submit(world, owner)).built.settlement.navBefore);
      expect(navs, "the holder's and the writer's, who paid and got the premium").to.deep.equal([DEPOSIT, DEPOSIT]);
    }
    expect(PREMIUM > 0n && refused).to.equal(true);
  });
});
