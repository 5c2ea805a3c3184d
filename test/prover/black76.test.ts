import { expect } from "chai";
import fc from "fast-check";
import { black76, black76Price, normalDistribution, yearsToExpiry } from "../../prover/surface/black76.ts";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";
import { closeTo } from "../support/closeTo.ts";

const base = { forward: 100, strike: 100, years: 0.5, vol: 0.6, isCall: true };

describe("Black-76 on its own", function () {
  it("agrees with 50-digit values of the normal distribution to a relative 1e-13, in both tails", function () {
    const reference: [number, number][] = [
      [-37, 5.725571222524577e-300],
      [-20, 2.7536241186062337e-89],
      [-10, 7.619853024160527e-24],
      [-5, 2.866515718791939e-7],
      [-1.96, 0.024997895148220435],
      [0, 0.5],
      [1, 0.8413447460685429],
      [3, 0.9986501019683699],
    ];
    for (const [x, value] of reference) {
      expect(Math.abs(normalDistribution(x) / value - 1), `N(${x})`).to.be.below(1e-13);
    }
  });

  it("prices a textbook at-the-money option (F = K = 100, one year, 20 %) at 7.965567455405804", function () {
    expect(black76Price({ ...base, years: 1, vol: 0.2 })).to.satisfy(closeTo(7.965567455405804, 1e-13));
  });

  it("is worth its payoff when expiry is exactly now, and moves with the forward only in the money", function () {
    const inTheMoney = black76({ ...base, forward: 110, years: 0 });
    expect(inTheMoney).to.deep.equal({
      price: 10,
      delta: 1,
      gamma: 0,
      vegaPerUnit: 0,
      vegaPerPoint: 0,
      thetaPerYear: 0,
      thetaPerDay: 0,
    });
    const put = black76({ ...base, forward: 110, years: 0, isCall: false });
    expect(put.price).to.equal(0);
    expect(put.delta).to.equal(0);
    expect(black76({ ...base, forward: 90, years: 0, isCall: false }).delta).to.equal(-1);
  });

  it("has half a delta at the strike when expiry is exactly now", function () {
    expect(black76({ ...base, years: 0 }).delta).to.equal(0.5);
    expect(black76({ ...base, years: 0, isCall: false }).delta).to.equal(-0.5);
  });

  it("is worth its payoff without volatility, and keeps a vega only at the strike", function () {
    expect(black76({ ...base, strike: 90, vol: 0 })).to.include({ price: 10, delta: 1, gamma: 0, vegaPerUnit: 0 });
    const atStrike = black76({ ...base, vol: 0 });
    expect(atStrike.price).to.equal(0);
    expect(atStrike.vegaPerUnit).to.satisfy(closeTo(black76({ ...base, vol: 1e-9 }).vegaPerUnit, 1e-9));
  });

  it("goes over into its limits without a jump as time and volatility vanish", function () {
    for (const forward of [80, 100, 125]) {
      for (const isCall of [true, false]) {
        const at = black76({ ...base, forward, isCall, years: 0 });
        const near = black76({ ...base, forward, isCall, years: 1e-14 });
        expect(near.price).to.satisfy(closeTo(at.price, 1e-5));
        expect(near.delta).to.satisfy(closeTo(at.delta, 1e-6));
      }
    }
  });

  it("has finite Greeks at the strike however small the volatility is", function () {
    for (const vol of [5e-324, 1e-200, 1e-13, 1e-11]) {
      expect(Object.values(black76({ ...base, vol })).every(Number.isFinite), `${vol}`).to.equal(true);
    }
  });

  it("stays finite and inside its bounds for strikes from a millionth to a million times the forward", function () {
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        fc.boolean(),
        (strike, years, vol, isCall) => {
          const option = black76({ forward: 1, strike, years, vol, isCall });
          const intrinsic = Math.max(0, isCall ? 1 - strike : strike - 1);
          expect(Object.values(option).every(Number.isFinite)).to.equal(true);
          expect(option.price).to.be.at.least(intrinsic);
          expect(option.price).to.be.at.most((isCall ? 1 : strike) * (1 + 1e-15));
          expect(Math.abs(option.delta)).to.be.at.most(1);
          expect(option.gamma).to.be.at.least(0);
          expect(option.thetaPerYear).to.be.at.most(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps put-call parity to 1e-12 of the forward", function () {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0.5, max: 1, noNaN: true }),
        (strike, vol, discount) => {
          const contract = { forward: 1, strike, years: 0.3, vol, discount };
          const gap = black76Price({ ...contract, isCall: true }) - black76Price({ ...contract, isCall: false });
          expect(Math.abs(gap - discount * (1 - strike))).to.be.at.most(1e-12 * Math.max(1, strike));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("has Greeks equal to finite differences of its own price to a relative 1e-6", function () {
    for (const isCall of [true, false]) {
      const option = { ...base, strike: 115, isCall, discount: 0.97 };
      const greeks = black76(option);
      const slope = (change: (h: number) => object, h: number) =>
        (black76Price({ ...option, ...change(h) }) - black76Price({ ...option, ...change(-h) })) / (2 * h);
      expect(slope((h) => ({ forward: 100 + h }), 1e-3) / greeks.delta).to.satisfy(closeTo(1, 1e-6));
      expect(slope((h) => ({ vol: 0.6 + h }), 1e-5) / greeks.vegaPerUnit).to.satisfy(closeTo(1, 1e-6));
      expect(slope((h) => ({ years: 0.5 - h }), 1e-5) / greeks.thetaPerYear).to.satisfy(closeTo(1, 1e-6));
      const deltaAt = (forward: number) => black76({ ...option, forward }).delta;
      expect((deltaAt(100.001) - deltaAt(99.999)) / 0.002 / greeks.gamma).to.satisfy(closeTo(1, 1e-6));
      expect(greeks.vegaPerPoint).to.equal(greeks.vegaPerUnit / 100);
      expect(greeks.thetaPerDay).to.equal(greeks.thetaPerYear / 365);
    }
  });

  it("counts time in years of 365 days and refuses an expiry in the past", function () {
    expect(yearsToExpiry(0, 365 * 86_400)).to.equal(1);
    expect(yearsToExpiry(7, 7)).to.equal(0);
    expect(() => yearsToExpiry(8, 7))
      .to.throw(SnapshotError)
      .with.property("code", "expired");
  });

  for (const [name, wrong] of Object.entries({
    "a forward of zero": { forward: 0 },
    "a negative strike": { strike: -1 },
    "a negative time": { years: -1e-9 },
    "a negative volatility": { vol: -0.1 },
    "a volatility that is not a number": { vol: NaN },
    "a discount factor above one": { discount: 1.01 },
  })) {
    it(`refuses ${name}`, function () {
      expect(() => black76({ ...base, ...wrong }))
        .to.throw(SnapshotError)
        .with.property("code", "invalid-input");
    });
  }
});
