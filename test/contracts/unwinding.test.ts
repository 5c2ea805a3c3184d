import { expect } from "chai";
import { deployTable, FAULT, FEED, open, OPTION, PERP, PREMIUM } from "../support/derivatives.ts";
import type { TableWorld } from "../support/derivatives.ts";
import { USD } from "../support/market.ts";

/** What the market takes over, the batches sell: a tenth of the slot's liquidity a clearing. */
const LIQUIDITY = 10_000n;
const PART = LIQUIDITY / 10n;
const HELD = 2_500n;

describe("Positions that were taken over from a vault", () => {
  let world: TableWorld, table: any, venue: any;
  let fresh: { restore(): Promise<void> };

  // One vault held 2,500 lots of the perp and of the option; it has been resolved.
  before(async () => {
    world = await deployTable();
    ({ table, venue } = world);
    await table.fundInsurance(100_000n * USD);
    await table.executeGroup(0, [HELD, HELD]);
    for (const slot of [PERP, OPTION]) await table.takeOver(slot, HELD);
    fresh = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => fresh.restore());

  const held = async (slot: number): Promise<{ position: bigint; inventory: bigint }> => {
    const { positionLots, inventoryLots } = await table.slotAccount(slot);
    return { position: positionLots as bigint, inventory: inventoryLots as bigint };
  };
  /** What the market has and what its own purse claims of it: their difference is the vaults', and must not move. */
  const vaultsShare = async (): Promise<bigint> => {
    const [perp, option] = [(await table.venue(PERP))[1], (await table.venue(OPTION))[1]];
    const [p, o] = [await held(PERP), await held(OPTION)];
    const assets: bigint =
      (await world.cash.balanceOf(table)) +
      perp.cashMicroUsd +
      p.position * BigInt(perp.markMicroUsd) +
      option.cashMicroUsd +
      o.position * PREMIUM;
    return assets - (await table.insuranceMicroUsd()) - (await table.inventoryMicroUsd()) - o.inventory * PREMIUM;
  };

  it("are sold though nobody else trades, epoch by epoch, until none is left, and no vault gains or loses by it", async () => {
    const share = await vaultsShare();
    await venue.setPrices(PERP, FEED + 10_000n, FEED - 10_000n);
    await venue.setPrices(OPTION, PREMIUM + 2_000n, PREMIUM - 2_000n);
    for (const left of [HELD - PART, HELD - 2n * PART, 0n]) {
      await table.executeGroup(0, [0n, 0n]);
      for (const slot of [PERP, OPTION])
        expect(await held(slot), `slot ${slot}`).to.deep.equal({ position: left, inventory: left });
      expect(await vaultsShare()).to.equal(share);
      await open(world);
    }
  });

  it("are bought back the same way when they are short", async () => {
    await table.executeGroup(0, [-HELD - 700n, 0n]);
    await table.takeOver(PERP, -HELD - 700n);
    expect(await held(PERP)).to.deep.equal({ position: -700n - PART, inventory: -700n - PART });
    for (const left of [-700n, 0n]) {
      await table.executeGroup(0, [0n, 0n]);
      expect(await held(PERP)).to.deep.equal({ position: left, inventory: left });
    }
  });

  it("cross with the vaults' orders first: only the difference reaches the venue", async () => {
    await table.executeGroup(0, [PART, -400n]);
    expect(await held(PERP)).to.deep.equal({ position: HELD, inventory: HELD - PART });
    expect(await held(OPTION)).to.deep.equal({ position: HELD - 400n - PART, inventory: HELD - PART });
  });

  it("are no obstacle to anybody: where they can't be sold the group clears without them, the venue dead or too dear", async () => {
    const trade = venue.interface.getFunction("trade").selector;
    for (const fault of [FAULT.silent, FAULT.loud, FAULT.eatGas, FAULT.bomb]) {
      await venue.setFault(PERP, trade, fault);
      await table.executeGroup(0, [0n, 0n], { gasLimit: 25_000_000n });
      expect(await held(PERP)).to.deep.equal({ position: HELD, inventory: HELD });
      expect((await held(OPTION)).inventory > 0n).to.equal(true);
      await fresh.restore();
    }
    await venue.setPrices(PERP, FEED * 2n, FEED / 2n);
    await table.executeGroup(0, [0n, 0n]);
    expect(await held(PERP)).to.deep.equal({ position: HELD, inventory: HELD });
    expect((await held(OPTION)).inventory).to.equal(HELD - PART);
  });

  it("can't be kept from being sold by whoever clears with too little gas", async () => {
    const call = table.executeGroup.populateTransaction(0, [0n, 0n]);
    for (const gasLimit of [400_000n, 800_000n, 1_500_000n, 3_000_000n, 6_000_000n]) {
      try {
        await (await world.governor.sendTransaction({ ...(await call), gasLimit })).wait();
      } catch {
        continue;
      }
      expect((await held(PERP)).inventory, `${gasLimit} gas`).to.equal(HELD - PART);
      await fresh.restore();
    }
  });
});
