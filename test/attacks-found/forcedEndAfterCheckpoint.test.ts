import { expect } from "chai";
import { deployTable, FAULT, OPTION, PREMIUM } from "../support/derivatives.ts";

const HEARTBEAT = 3_600;

/**
 * contracts/desk/SeriesEnd.sol: of what a venue fails to bring when a series ends, holders "bear as much per lot as
 * `clampBps` of the underlying's price, the insurance account the rest". The underlying's price is the one that was noted
 * at the last checkpoint, and a checkpoint with an old feed notes 0. But a series is ended by force when its feed or its
 * venue has died: then the insurance account, and by the haircut everybody else, bears all of it.
 */
describe("An option that is ended by force at a dead venue, with a dead feed", () => {
  it("costs its holders the same, whether somebody tried to publish a snapshot meanwhile or not", async () => {
    const world = await deployTable({ terms: { feedHeartbeat: HEARTBEAT } });
    const { table, venue } = world;
    await table.executeGroup(0, [0n, 100n]);
    for (const name of ["positionLots", "cashMicroUsd", "trade", "withdraw"])
      await venue.setFault(OPTION, venue.interface.getFunction(name).selector, FAULT.silent);
    await world.time.increase(2 * HEARTBEAT);

    const exits: bigint[] = [];
    for (const tries of [0, 1]) {
      const before = await world.networkHelpers.takeSnapshot();
      if (tries === 1) await table.checkpoint();
      await table.endSeries(OPTION, 2, PREMIUM);
      exits.push(await table.exitIndex(OPTION, 2));
      await before.restore();
    }
    expect(exits[0]! < PREMIUM, "holders bear a part of what is missing").to.equal(true);
    expect(exits[1]).to.equal(exits[0]);
  });
});
