import { expect } from "chai";
import { lots } from "../../prover/base/units.ts";
import type { Snapshot } from "../../prover/format/transcript.ts";
import {
  addVault,
  clear,
  closeAndTally,
  closeProvers,
  deployMarket,
  openEpoch,
  submit,
  USD,
} from "../support/market.ts";
import type { Order, Owner, World } from "../support/market.ts";

const SLOT = 2;

describe("When the inventory account is short of a token that vaults hold", () => {
  let world: World, market: any, desk: any, owners: Owner[];

  const account = async (): Promise<bigint[]> => {
    const { positionLots, inventoryLots } = await desk.slotAccount(SLOT);
    return [positionLots, inventoryLots];
  };
  const thin = (liquidity: bigint): Snapshot => ({
    ...world.snapshot,
    slots: world.snapshot.slots.map((slot, i) => (i === SLOT ? { ...slot, liquidity: lots(liquidity) } : slot)),
  });
  /** An epoch in which the slot has traded `liquidity` lots. */
  async function epoch(liquidity: bigint, orders: readonly Order[], cashFlow?: bigint): Promise<void> {
    await openEpoch(world, { snapshot: thin(liquidity) });
    const batch = [];
    for (const [i, order] of orders.entries())
      batch.push((await submit(world, owners[i]!, order, cashFlow === undefined ? {} : { cashFlow })).built);
    await closeAndTally(world, batch);
    await expect(clear(world, 1, batch), "the group with the slot").to.emit(market, "GroupCleared");
  }

  before(async () => {
    // The other group has nothing to clear.
    world = await deployMarket({ slots: [SLOT] });
    ({ market, desk } = world);
    await desk.fundInsurance(100n * USD);
    owners = [await addVault(world, 1), await addVault(world, 2)];
  });
  after(closeProvers);

  it("the vaults can still sell all of it, in a market too thin to buy the difference back at once", async () => {
    await epoch(20n, [{ [SLOT]: 20n }, { [SLOT]: 20n }], 1_000n * USD);
    await epoch(20n, [{ [SLOT]: 4n }, {}]);
    expect(await account(), "40 tokens for 44 lots").to.deep.equal([40n, -4n]);
    await epoch(24n, [{ [SLOT]: -24n }, { [SLOT]: -20n }]);
    expect(await account()).to.deep.equal([0n, 0n]);
  });
});
