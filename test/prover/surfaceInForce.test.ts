import { expect } from "chai";
import fc from "fast-check";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";
import { fitSurface } from "../../prover/surface/fitSurface.ts";
import { calendarFault, sliceFault } from "../../prover/surface/noArbitrage.ts";
import { impliedVol, volSurface } from "../../prover/surface/surface.ts";
import { carriedForward, SurfaceInForce } from "../../prover/surface/surfaceInForce.ts";
import { closeTo } from "../support/closeTo.ts";
import { CHAIN_TIME, quotesOf, SMILES } from "../support/optionQuotes.ts";

const HOUR = 3_600;
const LIMIT = 6 * HOUR;
const [near, far] = SMILES;
const good = fitSurface(CHAIN_TIME, quotesOf(SMILES.slice(0, 2), { halfSpread: 0.01 }));
const crossed = quotesOf([near!, { ...far!, slice: { ...far!.slice, a: 0.0005, b: 0.01 } }]);
const refusedAt = (utc: number) => fitSurface(utc, crossed);

describe("The surface in force", function () {
  it("is the one accepted last, with the time of its fit", function () {
    const inForce = new SurfaceInForce(LIMIT);
    expect(inForce.fittedAtUtc).to.equal(undefined);
    expect(inForce.offer(good)).to.equal(true);
    expect(inForce.fittedAtUtc).to.equal(CHAIN_TIME);
    expect(inForce.at(CHAIN_TIME)).to.deep.equal(good.surface);
    const later = fitSurface(CHAIN_TIME + HOUR, quotesOf(SMILES.slice(0, 2), { halfSpread: 0.01 }));
    expect(inForce.offer(later)).to.equal(true);
    expect(inForce.at(CHAIN_TIME + HOUR)).to.deep.equal(later.surface);
  });

  it("never goes back to an older one", function () {
    const inForce = new SurfaceInForce(LIMIT);
    inForce.offer(good);
    expect(inForce.offer(fitSurface(CHAIN_TIME - HOUR, quotesOf(SMILES)))).to.equal(false);
    expect(inForce.offer(good)).to.equal(false);
    expect(inForce.fittedAtUtc).to.equal(CHAIN_TIME);
  });

  it("is kept when a newer chain is refused, at unchanged volatilities, up to its age limit and no longer", function () {
    const inForce = new SurfaceInForce(LIMIT);
    inForce.offer(good);
    expect(inForce.offer(refusedAt(CHAIN_TIME + HOUR))).to.equal(false);
    expect(inForce.fittedAtUtc).to.equal(CHAIN_TIME);
    const kept = inForce.at(CHAIN_TIME + LIMIT);
    expect(kept.asOfUtc).to.equal(CHAIN_TIME + LIMIT);
    for (const strike of [1_600, 2_000, 2_600]) {
      expect(impliedVol(kept, strike, 2_000, far!.expiryUtc)).to.satisfy(
        closeTo(impliedVol(good.surface!, strike, 2_000, far!.expiryUtc), 1e-12),
      );
    }
    expect(() => inForce.at(CHAIN_TIME + LIMIT + 1))
      .to.throw(SnapshotError)
      .with.property("code", "stale-surface");
  });

  it("says when it is stale how old it is, and why newer chains were refused", function () {
    const inForce = new SurfaceInForce(LIMIT);
    inForce.offer(good);
    inForce.offer(refusedAt(CHAIN_TIME + HOUR));
    expect(() => inForce.at(CHAIN_TIME + 7 * HOUR)).to.throw(
      /^the surface of 1700000000 is 25200 s old, its limit is 21600 s: fit newer quotes; the chain of 1700003600 was refused \(expiry \d+: .*total variance.*\)$/,
    );
    expect(
      inForce.offer(fitSurface(CHAIN_TIME + 7 * HOUR, quotesOf(SMILES.slice(0, 2), { halfSpread: 0.01 }))),
    ).to.equal(true);
    expect(inForce.at(CHAIN_TIME + 7 * HOUR).asOfUtc).to.equal(CHAIN_TIME + 7 * HOUR);
  });

  it("is missing, with the reason, until a chain is accepted", function () {
    const inForce = new SurfaceInForce(LIMIT);
    expect(() => inForce.at(CHAIN_TIME))
      .to.throw("no chain of option quotes has been accepted yet")
      .with.property("code", "no-surface");
    inForce.offer(fitSurface(CHAIN_TIME, []));
    expect(() => inForce.at(CHAIN_TIME)).to.throw("(it holds no usable quote)");
    inForce.offer(refusedAt(CHAIN_TIME));
    expect(() => inForce.at(CHAIN_TIME)).to.throw("total variance");
  });

  it("says nothing of a time before it, nor of one that is none", function () {
    const inForce = new SurfaceInForce(LIMIT);
    inForce.offer(good);
    expect(() => inForce.at(CHAIN_TIME - 1))
      .to.throw(SnapshotError)
      .with.property("code", "invalid-input");
    expect(() => inForce.at(NaN)).to.throw(SnapshotError);
    expect(() => new SurfaceInForce(0)).to.throw(SnapshotError);
  });

  it("drops expiries that have passed, and is stale when none is left", function () {
    const at = near!.expiryUtc;
    expect(carriedForward(good.surface!, at).expiries.map(({ expiryUtc }) => expiryUtc)).to.deep.equal([
      far!.expiryUtc,
    ]);
    expect(() => carriedForward(good.surface!, far!.expiryUtc))
      .to.throw(SnapshotError)
      .with.property("code", "stale-surface");
  });

  it("stays free of arbitrage however far it is carried", function () {
    const surface = volSurface(CHAIN_TIME, SMILES);
    fc.assert(
      fc.property(fc.integer({ min: CHAIN_TIME, max: SMILES.at(-1)!.expiryUtc - 1 }), (utc) => {
        carriedForward(surface, utc).expiries.forEach(({ slice }, i, all) => {
          expect(sliceFault(slice)).to.equal(undefined);
          if (i > 0) expect(calendarFault(all[i - 1]!.slice, slice)).to.equal(undefined);
        });
      }),
      { numRuns: 50 },
    );
  });
});
