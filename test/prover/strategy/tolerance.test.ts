import { expect } from "chai";
import { signalDisagreements } from "../../../prover/features/tolerance.ts";
import { profiles } from "../../../prover/profile.ts";
import { FEATURES, noSignals } from "../../../prover/strategy/signals.ts";

const TOLERANCES = [5n, 5n, 4n, 4n, 8n, 2n, 10n, 20n];

describe("A reporter with prices of its own", () => {
  const own = { ...noSignals(profiles.standard), volatility: noSignals(profiles.standard).volatility.map(() => 100n) };

  it("signs signals that are as near to its own as they have to be, and names each one that is not", () => {
    expect(signalDisagreements(own, own)).to.deep.equal([]);
    for (const sign of [1n, -1n]) {
      expect(signalDisagreements(own, { ...own, features: TOLERANCES.map((t) => sign * t) })).to.deep.equal([]);
      for (const [k, name] of FEATURES.entries()) {
        expect(signalDisagreements(own, { ...own, features: own.features.with(k, sign * (TOLERANCES[k]! + 1n)) })).to.deep.equal([name]);
      }
      expect(signalDisagreements(own, { ...own, volatility: own.volatility.with(3, 100n + sign) })).to.deep.equal([]);
      expect(signalDisagreements(own, { ...own, volatility: own.volatility.with(3, 100n + 2n * sign) })).to.deep.equal(["volatility[3]"]);
      expect(signalDisagreements(own, { ...own, correlation: own.correlation.with(5, sign) })).to.deep.equal([]);
      expect(signalDisagreements(own, { ...own, correlation: own.correlation.with(5, 2n * sign) })).to.deep.equal(["correlation[5]"]);
    }
  });

  it("signs no other day of expiry, and no asset that is not in the market", () => {
    expect(signalDisagreements(own, { ...own, daysToExpiry: own.daysToExpiry.with(1, 126n) })).to.deep.equal(["daysToExpiry[1]"]);
    const without = { ...own, volatility: own.volatility.with(0, 0n) };
    expect(signalDisagreements(without, { ...own, volatility: own.volatility.with(0, 1n) })).to.deep.equal(["volatility[0]"]);
  });
});
