import { expect } from "chai";
import { deployedAt, sent } from "../../client/deploy/artifacts.ts";
import { scheduleCall, WAIT_SECONDS } from "../../client/deploy/local/market.ts";
import { readSlots } from "../../client/sdk/views/market.ts";
import { WholeMarket } from "../support/wholeMarket.ts";

/**
 * `SlotState.markMicroUsd`: "Price of a lot in the last snapshot; none before the first one, or if the series is not in
 * it." Between a series' end and the next snapshot the slot's new series is shown with the mark of the one before: here
 * ten times too small, for a renewed option the worthless one's under the new one's name.
 */
describe("A series listed after the last snapshot", () => {
  let market: WholeMarket;
  before(async () => {
    market = await WholeMarket.open();
  });
  after(() => market.close());

  it("is shown without a mark, not with that of the series before it", async () => {
    await market.openEpoch();
    await market.closeEpoch();
    const desk = deployedAt("Desk", market.local.deployment.desk, market.governance);
    const [before] = await readSlots(market.chain);
    const { lotSize, ...terms } = (await desk.getFunction("slot")(0)).toObject();
    await sent(desk, "endSeries", 0);
    const listed = [0, { ...terms, lotSize: 10n * BigInt(lotSize) }] as const;
    await scheduleCall(market.governance, market.local.deployment, desk as never, "list", listed);
    await market.passSeconds(WAIT_SECONDS);
    await sent(desk, "list", ...listed);
    const [slot] = await readSlots(market.chain);
    expect(BigInt(slot!.lotSize)).to.equal(10n * BigInt(before!.lotSize));
    expect(slot!.markMicroUsd, "a lot is ten times as large").to.not.equal(before!.markMicroUsd);
    expect(slot!.markMicroUsd).to.equal(undefined);
  });
});
