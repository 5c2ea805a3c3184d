import { expect } from "chai";
import { Breaker, pricesAt } from "../../bench/soak/replay.ts";
import { SPOT_ASSETS } from "../../client/demo/plan.ts";
import { DEFAULT_LIMITS } from "../../client/deploy/local/market.ts";
import { openReplay } from "../../prover/node.ts";
import { referencePath } from "../support/sharedData.ts";

const DAY_SECONDS = 86_400;

describe("The breaker on moves, over all hours on record of what npm start lists as spot and perp,", () => {
  /** The share of hours that are halted, in per cent. */
  function halted(test: Mocha.Context, moveWindowSeconds: number): number {
    const path = openReplay({ assets: SPOT_ASSETS, data: referencePath(test, "perp-hourly"), seed: "1", history: 0 });
    const breaker = new Breaker({ moveBps: DEFAULT_LIMITS.moveBps, moveWindowSeconds });
    let stopped = 0;
    for (let hour = 0; hour < path.hours; hour++) stopped += Number(breaker.trips(pricesAt(path, hour)));
    return (100 * stopped) / path.hours;
  }

  it("stops fewer than one in two hundred of them with the window of local markets", function () {
    expect(halted(this, DEFAULT_LIMITS.moveWindowSeconds)).to.be.within(0.1, 0.5);
  });

  it("would stop more than half of them with a window of a day: an hour's ups and downs both count", function () {
    expect(halted(this, DAY_SECONDS)).to.be.within(50, 60);
  });
});
