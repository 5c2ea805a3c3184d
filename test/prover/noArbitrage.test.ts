import { expect } from "chai";
import { butterflyG, calendarFault, sliceFault } from "../../prover/surface/noArbitrage.ts";
import type { SviSlice } from "../../prover/surface/surface.ts";
import { closeTo } from "../support/closeTo.ts";
import { referenceJson } from "../support/sharedData.ts";

/** Axel Vogt's slice, Gatheral and Jacquier 2014, Example 3.1; one year. */
const VOGT: SviSlice = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };
/** The same in SVI jump-wings form (their Section 5.1): v, ψ, p, c, ṽ. */
const VOGT_JW = { v: 0.01742625, psi: -0.1752111, p: 0.6997381, c: 1.316798, vTilde: 0.0116249 };

/** Jump wings at one year to raw SVI, their Lemma 3.2. */
function rawFromJw({ v, psi, p, c, vTilde }: typeof VOGT_JW): SviSlice {
  const root = Math.sqrt(v);
  const b = (root / 2) * (c + p);
  const rho = 1 - (p * root) / b;
  const beta = rho - (2 * psi * root) / b;
  const alpha = Math.sign(beta) * Math.sqrt(1 / beta ** 2 - 1);
  const m =
    (v - vTilde) / (b * (-rho + Math.sign(alpha) * Math.sqrt(1 + alpha ** 2) - alpha * Math.sqrt(1 - rho ** 2)));
  const sigma = alpha * m;
  return { a: vTilde - b * sigma * Math.sqrt(1 - rho ** 2), b, rho, m, sigma };
}

const scan = Array.from({ length: 60_001 }, (_, i) => -3 + i * 1e-4);
const lowestG = (slice: SviSlice) => Math.min(...scan.map((k) => butterflyG(slice, k)));

describe("A volatility slice's arbitrage", function () {
  it("is found in Vogt's slice, whose density is negative from k = 0.6425 to 1.2569 and lowest, g = −0.03286, at 0.8793", function () {
    const negative = scan.filter((k) => butterflyG(VOGT, k) < 0);
    expect(negative[0]!).to.satisfy(closeTo(0.6425, 1e-4));
    expect(negative.at(-1)!).to.satisfy(closeTo(1.2569, 1e-4));
    expect(lowestG(VOGT)).to.satisfy(closeTo(-0.0328636, 1e-7));
    expect(butterflyG(VOGT, 0.8793)).to.satisfy(closeTo(-0.0328636, 1e-7));
    const fault = sliceFault(VOGT)!;
    expect(fault.kind).to.equal("butterfly");
    expect(fault.k).to.be.within(0.86, 0.9);
    expect(fault.message).to.equal("its density is negative at log-moneyness 0.875 (g = -0.0329)");
  });

  it("agrees with an independent computation of that example to 1e-12", function () {
    const { vogt } = referenceJson<{ svi: { vogt: SviSlice & { minG: number; argminK: number } } }>(
      this,
      "vectors/results.json",
    ).svi;
    expect(vogt).to.include(VOGT);
    const near = Array.from({ length: 20_001 }, (_, i) => vogt.argminK + (i - 10_000) * 1e-8);
    expect(Math.min(...near.map((k) => butterflyG(vogt, k)), butterflyG(vogt, vogt.argminK))).to.satisfy(
      closeTo(vogt.minG, 1e-9),
    );
  });

  it("is gone from the two slices that Gatheral and Jacquier put in its place", function () {
    const { v, psi, p } = VOGT_JW;
    const raw = rawFromJw(VOGT_JW);
    for (const name of ["a", "b", "rho", "m", "sigma"] as const)
      expect(raw[name]).to.satisfy(closeTo(VOGT[name], 2e-6));
    const c = p + 2 * psi;
    const guaranteed = { ...VOGT_JW, c, vTilde: (v * 4 * p * c) / (p + c) ** 2 };
    expect([guaranteed.c, guaranteed.vTilde].map((x) => Number(x.toFixed(7)))).to.deep.equal([0.3493159, 0.0154818]);
    const optimal = { ...VOGT_JW, c: 0.8564763 };
    for (const jw of [guaranteed, optimal]) {
      expect(sliceFault(rawFromJw(jw))).to.equal(undefined);
      expect(lowestG(rawFromJw(jw))).to.be.above(0);
    }
  });

  it("is a wing that rises by more than 2", function () {
    const steep: SviSlice = { a: 0.1, b: 1.5, rho: 0.5, m: 0, sigma: 0.5 };
    expect(sliceFault(steep)).to.include({ kind: "wing", k: Infinity });
    expect(sliceFault({ ...steep, rho: -0.5 })).to.include({ kind: "wing", k: -Infinity });
  });

  it("is none in a flat slice, where the density is the normal one and g is 1", function () {
    const flat: SviSlice = { a: 0.04, b: 0, rho: 0, m: 0, sigma: 1 };
    expect(sliceFault(flat)).to.equal(undefined);
    expect(lowestG(flat)).to.equal(1);
    expect(sliceFault({ ...flat, a: 0 })?.kind).to.equal("butterfly");
  });

  it("is more total variance at an earlier expiry, wherever it is", function () {
    const near: SviSlice = { a: 0.03, b: 0.1, rho: 0, m: 0, sigma: 0.1 };
    const far: SviSlice = { a: 0.025, b: 0.12, rho: 0, m: 0, sigma: 0.1 };
    expect(calendarFault(near, { ...near, a: 0.031 })).to.equal(undefined);
    expect(calendarFault(near, near)).to.equal(undefined);
    expect(calendarFault(near, far)).to.include({ kind: "calendar", k: 0 });
    expect(calendarFault(near, { ...far, a: 0.03, b: 0.099 })?.k).to.satisfy((k: number) => Math.abs(k) === 3);
  });
});
