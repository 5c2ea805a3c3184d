import { expect } from "chai";
import { closeProvers } from "../support/market.ts";
import { gasTable, verificationGas } from "../support/marketGas.ts";

const LIMIT = 400_000n;

describe("The gas of a market", () => {
  after(closeProvers);

  it("stays under 400,000 for a submission of the standard size, verification included", async () => {
    const { submit } = await gasTable("standard", { verify: false });
    expect(submit + (await verificationGas()) <= LIMIT, `${submit} and verification`).to.equal(true);
  });
});
