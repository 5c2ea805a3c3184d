import { expect } from "chai";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";
import { DEFAULT_VOL_SHOCK, SMALL_SCENARIOS, STANDARD_SCENARIOS, volFactor } from "../../prover/snapshot/scenarios.ts";
import { closeTo } from "../support/closeTo.ts";

describe("The stress scenarios", function () {
  it("are 23 in the standard profile and 4 in the small one, all different", function () {
    for (const [scenarios, count] of [
      [STANDARD_SCENARIOS, 23],
      [SMALL_SCENARIOS, 4],
    ] as const) {
      expect(new Set(scenarios.map((s) => `${s.spotShockBps} ${s.volShock}`))).to.have.length(count);
      expect(scenarios).to.have.length(count);
    }
  });

  it("move spot from −20 % to +20 % in steps of 5 %, with vol up only at the two ends", function () {
    const shocks = [...new Set(STANDARD_SCENARIOS.map((s) => s.spotShockBps))];
    expect(shocks).to.deep.equal([-2000, -1500, -1000, -500, 0, 500, 1000, 1500, 2000]);
    for (const shock of shocks) {
      const vols = STANDARD_SCENARIOS.filter((s) => s.spotShockBps === shock).map((s) => s.volShock);
      expect(vols).to.deep.equal(Math.abs(shock) === 2000 ? ["up"] : ["up", "unchanged", "down"]);
    }
  });

  it("of the small profile are among the standard ones", function () {
    expect(STANDARD_SCENARIOS).to.deep.include.members([...SMALL_SCENARIOS]);
  });

  it("shock the volatility of a 30-day option by the base, up 45 % or down 30 %", function () {
    expect(volFactor("up", 30)).to.satisfy(closeTo(1.45, 1e-15));
    expect(volFactor("down", 30)).to.satisfy(closeTo(0.7, 1e-15));
    expect(volFactor("unchanged", 30)).to.equal(1);
  });

  it("shock a short-dated volatility by (30/days)^0.3 and a long-dated one by (30/days)^0.13", function () {
    expect(volFactor("up", 7)).to.satisfy(closeTo(1 + 0.45 * (30 / 7) ** 0.3, 1e-15));
    expect(volFactor("down", 120)).to.satisfy(closeTo(1 - 0.3 * 0.25 ** 0.13, 1e-15));
  });

  it("treat the last day as one whole day", function () {
    expect(volFactor("up", 0)).to.equal(volFactor("up", 1));
    expect(volFactor("up", 1)).to.satisfy(closeTo(2.2484, 1e-4));
    expect(volFactor("down", 0.5)).to.satisfy(closeTo(0.1677, 1e-4));
  });

  it("never push a volatility below zero", function () {
    expect(volFactor("down", 1, { ...DEFAULT_VOL_SHOCK, baseDown: 0.9 })).to.equal(0);
  });

  it("refuse an option that expired", function () {
    expect(() => volFactor("up", -1))
      .to.throw(SnapshotError)
      .with.property("code", "invalid-input");
  });
});
