import { expect } from "chai";
import { WholeMarket } from "../support/wholeMarket.ts";

/**
 * docs/threat-model.md: "Misses are public, and `vault show` lists them." It counts from the first submission, so that
 * an owner that has never submitted, while deposits wait in its queue, has missed nothing.
 */
describe("A vault whose owner has never submitted", () => {
  let market: WholeMarket;
  before(async () => {
    market = await WholeMarket.open();
  });
  after(() => market.close());

  it("is shown with the epochs that it has missed since it may submit", async () => {
    const { address } = await market.addVault();
    for (let epoch = 0; epoch < 2; epoch++) {
      await market.openEpoch();
      await market.closeEpoch();
    }
    const { firstEpoch } = await market.chain.market.vaultState(address);
    expect(Number(firstEpoch)).to.equal(1);
    expect((await market.chain.ownerRecord(address)).missedEpochs).to.deep.equal([1, 2]);
  });
});
