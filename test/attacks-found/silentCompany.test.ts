import { expect } from "chai";
import { readVaultLeak } from "../../client/sdk/views/leak.ts";
import { USD, WholeMarket } from "../support/wholeMarket.ts";

const LOTS = 40n;

/**
 * `tacit vault leak` names as company the "vaults that submit", and says how much of the next order nets give away "at
 * most". It counts those that are not challenged yet, whether they submit or not.
 */
describe("What nets give away of a vault whose company is silent", () => {
  let market: WholeMarket;
  before(async () => {
    market = await WholeMarket.open();
  });
  after(() => market.close());

  it("is all of its order, and tacit vault leak says so", async () => {
    const vaults = [await market.addVault(), await market.addVault()] as const;
    for (const vault of vaults) await (await market.depositor(vault)).requestDeposit(50_000n * USD);
    await market.openEpoch();
    for (const vault of vaults) await market.submit(vault);
    await market.finishEpoch();
    // The other one falls silent.
    for (let epoch = 0; epoch < 2; epoch++) {
      await market.openEpoch();
      await market.submit(vaults[0], { 0: LOTS });
      await market.finishEpoch();
    }
    const { epoch } = await market.chain.status();
    const [cleared] = await market.chain.clearings(epoch);
    expect(cleared!.nets[0], "the net is the order").to.equal(LOTS);
    expect((await market.chain.submissions({ epoch })).length).to.equal(1);
    const { company, takenByNets } = await readVaultLeak(market.chain, vaults[0].address);
    expect({ company, takenByNets }).to.deep.equal({ company: 1, takenByNets: 1 });
  });
});
