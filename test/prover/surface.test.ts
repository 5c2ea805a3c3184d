import { expect } from "chai";
import fc from "fast-check";
import { SECONDS_PER_YEAR } from "../../prover/base/time.ts";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";
import { flatSurface, impliedVol, sviTotalVariance, totalVariance, volSurface } from "../../prover/surface/surface.ts";
import type { SviSlice } from "../../prover/surface/surface.ts";
import { referenceJson } from "../support/sharedData.ts";
import { closeTo } from "../support/closeTo.ts";

interface SviVectors {
  svi: {
    vogt: SviSlice & { t: number; jw: { v: number; psi: number; vTilde: number } };
    lyra: (SviSlice & { tau: number; F: number; K: number[]; vol: number[] })[];
  };
}

const NOW = 1_700_000_000;
const near: SviSlice = { a: 0.02, b: 0.1, rho: -0.3, m: 0.02, sigma: 0.1 };
const far: SviSlice = { a: 0.09, b: 0.15, rho: -0.2, m: 0, sigma: 0.2 };
const inYears = (years: number) => NOW + years * SECONDS_PER_YEAR;
const surface = volSurface(NOW, [
  { expiryUtc: inYears(0.25), slice: near },
  { expiryUtc: inYears(1), slice: far },
]);

describe("The volatility surface", function () {
  it("gives Lyra's 12 volatilities from their SVI slices to 1e-14", function () {
    const { svi } = referenceJson<SviVectors>(this, "vectors/results.json");
    expect(svi.lyra).to.have.length(3);
    for (const row of svi.lyra) {
      const ours = volSurface(0, [{ expiryUtc: row.tau * SECONDS_PER_YEAR, slice: row }]);
      row.K.forEach((strike, i) => {
        expect(impliedVol(ours, strike, row.F, row.tau * SECONDS_PER_YEAR)).to.satisfy(closeTo(row.vol[i]!, 1e-14));
      });
    }
  });

  it("gives the level, slope and lowest variance of Vogt's slice to 1e-11", function () {
    const { vogt } = referenceJson<SviVectors>(this, "vectors/results.json").svi;
    const { v, psi, vTilde } = vogt.jw;
    expect(sviTotalVariance(vogt, 0) / vogt.t).to.satisfy(closeTo(v, 1e-11));
    const slope = (sviTotalVariance(vogt, 1e-5) - sviTotalVariance(vogt, -1e-5)) / 2e-5;
    expect(slope / (2 * Math.sqrt(v * vogt.t))).to.satisfy(closeTo(psi, 1e-8));
    const lowest = vogt.m - (vogt.rho * vogt.sigma) / Math.sqrt(1 - vogt.rho ** 2);
    expect(sviTotalVariance(vogt, lowest) / vogt.t).to.satisfy(closeTo(vTilde, 1e-11));
  });

  it("gives a hand-computed SVI value: a + b·(ρ·(k−m) + 5) for a 3-4-5 triangle", function () {
    expect(sviTotalVariance({ a: 1, b: 2, rho: 0.5, m: 1, sigma: 4 }, 4)).to.equal(1 + 2 * (0.5 * 3 + 5));
  });

  it("is linear in total variance between two expiries", function () {
    for (const k of [-0.7, 0, 0.4]) {
      const [start, middle, end] = [0.25, 0.55, 1].map((years) => totalVariance(surface, k, inYears(years)));
      expect(middle!).to.satisfy(closeTo(start! + (0.3 / 0.75) * (end! - start!), 1e-12));
    }
  });

  it("passes through its slices", function () {
    expect(totalVariance(surface, 0.1, inYears(0.25))).to.satisfy(closeTo(sviTotalVariance(near, 0.1), 1e-15));
    expect(totalVariance(surface, 0.1, inYears(1))).to.satisfy(closeTo(sviTotalVariance(far, 0.1), 1e-15));
  });

  it("holds the volatility constant before the first and after the last expiry", function () {
    expect(impliedVol(surface, 1, 1, inYears(0.1))).to.satisfy(
      closeTo(Math.sqrt(sviTotalVariance(near, 0) / 0.25), 1e-12),
    );
    expect(impliedVol(surface, 1, 1, inYears(3))).to.satisfy(closeTo(Math.sqrt(sviTotalVariance(far, 0)), 1e-12));
  });

  it("has a volatility, and no variance, when expiry is exactly now", function () {
    expect(totalVariance(surface, 0, NOW)).to.equal(0);
    expect(impliedVol(surface, 1, 1, NOW)).to.satisfy(closeTo(Math.sqrt(sviTotalVariance(near, 0) / 0.25), 1e-12));
  });

  it("is flat when it is made flat, for any strike and expiry", function () {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: 0, max: 5 * SECONDS_PER_YEAR }),
        (vol, strike, seconds) => {
          expect(impliedVol(flatSurface(NOW, vol), strike, 1, NOW + seconds)).to.satisfy(closeTo(vol, 1e-12));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("refuses an expiry in the past", function () {
    expect(() => impliedVol(surface, 1, 1, NOW - 1))
      .to.throw(SnapshotError)
      .with.property("code", "expired");
  });

  for (const [name, wrong] of Object.entries({
    "a negative slope b": { b: -0.1 },
    "a tilt rho of one": { rho: 1 },
    "a vertex without roundness": { sigma: 0 },
    "variance below zero at its lowest point": { a: -0.05 },
    "a parameter that is not a number": { m: NaN },
  })) {
    it(`refuses a slice with ${name}`, function () {
      expect(() => volSurface(NOW, [{ expiryUtc: NOW + 1, slice: { ...near, ...wrong } }]))
        .to.throw(SnapshotError)
        .with.property("code", "invalid-input");
    });
  }

  it("refuses to be empty, unsorted, or to start in the past", function () {
    const at = (expiryUtc: number) => ({ expiryUtc, slice: near });
    for (const expiries of [[], [at(NOW + 2), at(NOW + 1)], [at(NOW + 1), at(NOW + 1)], [at(NOW)]]) {
      expect(() => volSurface(NOW, expiries))
        .to.throw(SnapshotError)
        .with.property("code", "invalid-input");
    }
  });
});
