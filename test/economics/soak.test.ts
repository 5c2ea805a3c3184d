import { expect } from "chai";
import { INSURANCE_MICRO_USD } from "../../bench/soak/market.ts";
import { soak } from "../../bench/soak/replay.ts";
import type { SoakResult } from "../../bench/soak/replay.ts";
import type { PricePath } from "../../prover/index.ts";

/** Ether's closes, dollars, of the hours to 12 March 2020 15:00 UTC: with the fifth that it lost within one of them. */
const CLOSES = [181.75, 173.8, 169.54, 167.97, 132.91, 136.59, 136.99];
const CRASH: PricePath = {
  assets: ["ETH"],
  hours: CLOSES.length,
  history: 0,
  source: "recorded",
  description: "12 March 2020",
  at: (hour) => ({ timeUtc: 1_583_992_800 + 3_600 * hour, prices: { ETH: CLOSES[hour]! }, volumes: {} }),
};
const NOT_LIQUIDATED_BPS = 10_000;

/** The whole of the worst weeks: `npm run bench -- --only soak`. */
describe("The market's accounts at Curie in the worst hours on record, long and short near the position cap,", () => {
  const lowest = ({ slots }: SoakResult): number => Math.min(...slots.map(({ lowestHealthBps }) => lowestHealthBps));
  const liquidated = ({ slots }: SoakResult): number =>
    slots.filter(({ liquidatedHour }) => liquidatedHour !== undefined).length;

  it("are topped up in time by keepers that look at them every quarter of an hour: none is liquidated, no cent is missing", async () => {
    const result = await soak({ path: CRASH, looks: 4, jumps: false });
    const [long] = result.slots;
    expect(long!.topUps).to.be.greaterThan(1);
    expect(liquidated(result)).to.equal(0);
    expect(lowest(result)).to.be.greaterThan(1.5 * NOT_LIQUIDATED_BPS);
    expect(result.insuranceLowUsd * 1e6).to.be.at.least(Number(INSURANCE_MICRO_USD));
    expect(result.imbalanceMicroUsd).to.equal(0);
    expect(result.halted).to.be.greaterThan(0);
  });

  it("would not be by keepers that look at them between epochs only: the long one is liquidated within the hour, and its loss is accounted for", async () => {
    const result = await soak({ path: CRASH, looks: 1, jumps: false });
    expect(result.slots.map(({ liquidatedHour }) => liquidatedHour === undefined)).to.deep.equal([false, true]);
    expect(lowest(result)).to.be.below(NOT_LIQUIDATED_BPS);
    expect(result.imbalanceMicroUsd).to.equal(0);
  });
});
