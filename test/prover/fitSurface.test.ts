import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { parseDeribitChain } from "../../prover/node/recorded/deribit.ts";
import { modelPath } from "../../prover/data/model.ts";
import { modelChain } from "../../prover/data/optionModel.ts";
import { SECONDS_PER_YEAR } from "../../prover/base/time.ts";
import { black76Price, black76Vol } from "../../prover/surface/black76.ts";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";
import { fitSurface, MIN_STRIKES, MISFIT_LIMIT } from "../../prover/surface/fitSurface.ts";
import type { OptionQuote } from "../../prover/surface/quotes.ts";
import { impliedVol, sviTotalVariance } from "../../prover/surface/surface.ts";
import type { SviSlice, VolSurface } from "../../prover/surface/surface.ts";
import { closeTo } from "../support/closeTo.ts";
import { CHAIN_TIME, quotesOf, SMILES, volAt } from "../support/optionQuotes.ts";
import { largest, referencePath } from "../support/sharedData.ts";

/**
 * Prices arbitrage in a surface from its definition, not from g: on a grid finer than the fit's, a call's price as a
 * function of its strike has a slope from −1 to 0 and never bends down, and a later one of the same moneyness is
 * worth no less. Forward 1. At the fitted expiries and half-way between them.
 */
function expectNoArbitrage(surface: VolSurface) {
  const STEP = 2e-3;
  const strikes = Array.from({ length: 1_450 }, (_, i) => 0.1 + i * STEP);
  let before: number[] = strikes.map((strike) => Math.max(0, 1 - strike));
  const fitted = surface.expiries.map(({ expiryUtc }) => expiryUtc);
  const between = fitted.slice(1).map((expiry, i) => (expiry + fitted[i]!) / 2);
  for (const expiryUtc of [...fitted, ...between].sort((a, b) => a - b)) {
    const years = (expiryUtc - surface.asOfUtc) / SECONDS_PER_YEAR;
    const calls = strikes.map((strike) =>
      black76Price({ forward: 1, strike, years, isCall: true, vol: impliedVol(surface, strike, 1, expiryUtc) }),
    );
    const slopes = calls.slice(1).map((price, i) => (price - calls[i]!) / STEP);
    const densities = slopes.slice(1).map((slope, i) => (slope - slopes[i]!) / STEP);
    expect(Math.min(...slopes), "the slope of calls").to.be.at.least(-1 - 1e-9);
    expect(Math.max(...slopes), "the slope of calls").to.be.at.most(1e-9);
    expect(Math.min(...densities), "the density").to.be.at.least(-1e-8);
    expect(Math.min(...calls.map((price, i) => price - before[i]!)), "a calendar spread").to.be.at.least(-1e-12);
    before = calls;
  }
}

/** Deterministic noise, uniform in ±size. */
const wobble = (size: number) => (index: number) => size * (2 * (((index + 1) * 0.618033988749895) % 1) - 1);

describe("A surface fitted to option quotes", function () {
  it("gives exact SVI quotes back to 1e-6, inside their strikes and out to k = ±1", function () {
    const { surface, slices, refused, skipped, refusedQuotes } = fitSurface(CHAIN_TIME, quotesOf(SMILES));
    expect([refused, skipped, refusedQuotes]).to.deep.equal([[], [], []]);
    SMILES.forEach(({ expiryUtc, slice }, i) => {
      const fitted = surface!.expiries[i]!;
      expect(fitted.expiryUtc).to.equal(expiryUtc);
      for (let k = -1; k <= 1; k += 0.05) {
        expect(sviTotalVariance(fitted.slice, k)).to.satisfy(closeTo(sviTotalVariance(slice, k), 1e-6));
      }
      expect(slices[i]!.worstVolPoints).to.be.below(1e-4);
    });
    expectNoArbitrage(surface!);
  });

  it("is the same to the last bit for the same quotes", function () {
    const quotes = quotesOf(SMILES, { halfSpread: 0.01, noise: wobble(0.01) });
    expect(fitSurface(CHAIN_TIME, quotes)).to.deep.equal(fitSurface(CHAIN_TIME, structuredClone(quotes)));
  });

  it("lies within half a volatility point of the truth when each quote is off by up to one", function () {
    const { surface } = fitSurface(CHAIN_TIME, quotesOf(SMILES, { halfSpread: 0.01, noise: wobble(0.01) }));
    SMILES.forEach(({ expiryUtc, slice }, i) => {
      for (const x of [-2, -1, 0, 1, 2]) {
        const k = x * Math.sqrt(sviTotalVariance(slice, 0));
        expect(volAt(surface!.expiries[i]!.slice, k, expiryUtc)).to.satisfy(closeTo(volAt(slice, k, expiryUtc), 0.005));
      }
    });
    expectNoArbitrage(surface!);
  });

  it("is the same from prices as from volatilities", function () {
    const quotes = quotesOf(SMILES, { halfSpread: 0.005 });
    const priced = quotes.map((quote): OptionQuote => {
      const price = (vol: number) =>
        black76Price({
          forward: quote.forwardUsd,
          strike: quote.strikeUsd,
          years: (quote.expiryUtc - CHAIN_TIME) / SECONDS_PER_YEAR,
          vol,
          isCall: quote.isCall,
        });
      return { ...quote, unit: "usd", bid: price(quote.bid), ask: price(quote.ask) };
    });
    const [a, b] = [quotes, priced].map((some) => fitSurface(CHAIN_TIME, some).surface!.expiries);
    a!.forEach(({ slice }, i) => {
      for (const k of [-0.5, 0, 0.5])
        expect(sviTotalVariance(slice, k)).to.satisfy(closeTo(sviTotalVariance(b![i]!.slice, k), 1e-8));
    });
  });

  it("refuses Vogt's smile, whose quotes are themselves a butterfly that pays for nothing", function () {
    const vogt = {
      expiryUtc: CHAIN_TIME + SECONDS_PER_YEAR,
      slice: { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 },
    };
    const { surface, refused, slices } = fitSurface(CHAIN_TIME, quotesOf([vogt], { strikes: 31, reach: 10 }));
    expect(surface).to.equal(undefined);
    expect(slices).to.deep.equal([]);
    expect(refused).to.have.length(1);
    expect(refused[0]).to.include({ reason: "butterfly", expiryUtc: vogt.expiryUtc });
    expect(refused[0]!.message).to.match(
      /^the quotes themselves are arbitrage: its density is negative at log-moneyness 0\.\d+/,
    );
  });

  it("mends a smile whose arbitrage lies only beyond its quoted strikes", function () {
    const vogt = {
      expiryUtc: CHAIN_TIME + SECONDS_PER_YEAR,
      slice: { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 },
    };
    const quotes = quotesOf([vogt], { strikes: 31, reach: 4 });
    const { surface, slices } = fitSurface(CHAIN_TIME, quotes);
    expect(slices[0]!.worstVolPoints).to.be.within(0.01, 0.5);
    expectNoArbitrage(surface!);
  });

  it("refuses quotes of a later expiry with less total variance than the one before, and says where", function () {
    const [near, far] = SMILES;
    const crossed = { ...far!, slice: { ...far!.slice, a: 0.0005, b: 0.01 } };
    const { surface, refused, slices } = fitSurface(CHAIN_TIME, quotesOf([near!, crossed]));
    expect(surface).to.equal(undefined);
    expect(slices).to.have.length(1);
    expect(refused[0]).to.include({ expiryUtc: far!.expiryUtc, reason: "calendar" });
    expect(refused[0]!.message).to.match(
      /its total variance is [\d.]+ % below that of the expiry before it at log-moneyness -?[\d.]+/,
    );
  });

  it("lifts a slice whose wing, where nobody quotes, crosses the one before by hundredths of a per cent", function () {
    // Narrow strikes of near expiries: two markets of this kind were refused for 0.01 and 0.02 %.
    const markets: SviSlice[][] = [
      [
        { a: 0.00128, b: 0.032, rho: -0.21, m: 0.00053, sigma: 0.042 },
        { a: 0.000966, b: 0.043, rho: -0.34, m: 0.00016, sigma: 0.11 },
        { a: 0.003, b: 0.041, rho: -0.04, m: 0.0098, sigma: 0.14 },
      ],
      [
        { a: 0.000658, b: 0.027, rho: -0.31, m: 0.018, sigma: 0.065 },
        { a: 0.0028, b: 0.04, rho: -0.17, m: 0.002, sigma: 0.072 },
        { a: 0.00352, b: 0.035, rho: -0.04, m: -0.0013, sigma: 0.15 },
      ],
    ];
    for (const slices of markets) {
      const smiles = slices.map((slice, i) => ({ expiryUtc: CHAIN_TIME + [6, 13, 20][i]! * 86_400, slice }));
      const quotes = quotesOf(smiles, { strikes: 9, reach: 1.6, halfSpread: 0.008, noise: wobble(0.003) });
      const { surface, refused, slices: fitted } = fitSurface(CHAIN_TIME, quotes);
      expect(refused).to.deep.equal([]);
      for (const { halfSpreads } of fitted) expect(halfSpreads).to.be.at.most(MISFIT_LIMIT);
      expectNoArbitrage(surface!);
    }
  });

  it("refuses one strike that is bid above what the next expiry offers, however well the others fit", function () {
    const clean = quotesOf(SMILES.slice(0, 2), { strikes: 31, halfSpread: 0.01 });
    expect(fitSurface(CHAIN_TIME, clean).refused).to.deep.equal([]);
    const [near, far] = SMILES;
    const [nearYears, farYears] = [near!, far!].map(({ expiryUtc }) => (expiryUtc - CHAIN_TIME) / SECONDS_PER_YEAR);
    // The near call at 12 % out of the money, bid at more total variance than the later expiry has there.
    const at = clean.findIndex(({ strikeUsd, expiryUtc }) => expiryUtc === near!.expiryUtc && strikeUsd > 2_240);
    const k = Math.log(clean[at]!.strikeUsd / 2_000);
    const offered = volAt(far!.slice, k, far!.expiryUtc) + 0.01;
    const bid = offered * Math.sqrt(farYears! / nearYears!) + 0.02;
    const crossed = clean.with(at, { ...clean[at]!, bid, ask: bid + 0.02 });
    const { surface, refused } = fitSurface(CHAIN_TIME, crossed);
    expect(surface).to.equal(undefined);
    expect(refused.map(({ reason, expiryUtc }) => [reason, expiryUtc])).to.deep.include(["calendar", far!.expiryUtc]);
    expect(refused.find(({ reason }) => reason === "calendar")!.message).to.match(
      /^the quotes themselves are arbitrage: its total variance is [\d.]+ % below that of the expiry before it at log-moneyness 0\.1/,
    );
  });

  it("accepts thirty days of real chains", function () {
    this.timeout(60_000);
    const folder = referencePath(this, "chains");
    for (const file of readdirSync(folder)) {
      const { asOfUtc, quotes } = parseDeribitChain(readFileSync(join(folder, file), "utf8"), file, "market");
      const { surface, refused } = fitSurface(asOfUtc, quotes);
      expect(refused, file).to.deep.equal([]);
      expectNoArbitrage(surface!);
    }
  });

  it("refuses quotes that no smile comes near", function () {
    const quotes = quotesOf([SMILES[1]!], { noise: (i) => (i % 2 === 0 ? 0.1 : 0) });
    const { surface, refused } = fitSurface(CHAIN_TIME, quotes);
    expect(surface).to.equal(undefined);
    expect(refused[0]!.reason).to.equal("misfit");
    expect(refused[0]!.message).to.match(
      /^the closest slice misses the quotes by [\d.]+ half-spreads, [\d.]+ volatility points$/,
    );
  });

  it("goes without an expiry of too few strikes, and says so", function () {
    const quotes = [...quotesOf([SMILES[0]!], { strikes: MIN_STRIKES - 1 }), ...quotesOf([SMILES[1]!])];
    const { surface, skipped } = fitSurface(CHAIN_TIME, quotes);
    expect(surface!.expiries.map(({ expiryUtc }) => expiryUtc)).to.deep.equal([SMILES[1]!.expiryUtc]);
    expect(skipped).to.deep.equal([
      { expiryUtc: SMILES[0]!.expiryUtc, reason: "too-few-strikes", message: "5 usable strikes, 6 are needed" },
    ]);
  });

  it("has no surface without quotes", function () {
    expect(fitSurface(CHAIN_TIME, [])).to.deep.equal({
      asOfUtc: CHAIN_TIME,
      surface: undefined,
      slices: [],
      refused: [],
      skipped: [],
      refusedQuotes: [],
    });
  });

  const good = quotesOf([SMILES[1]!], { halfSpread: 0.01 });
  const wrong: [string, Partial<OptionQuote>, string][] = [
    ["is crossed", { bid: 0.8, ask: 0.7 }, "crossed"],
    ["has no bid", { bid: 0 }, "no-market"],
    ["has no offer", { ask: 0 }, "no-market"],
    ["has a negative bid", { bid: -0.1 }, "no-market"],
    ["is not a number", { bid: NaN }, "not-a-number"],
    ["is infinite", { ask: Infinity }, "not-a-number"],
    ["has no strike", { strikeUsd: 0 }, "not-a-number"],
    ["has no forward", { forwardUsd: -1 }, "not-a-number"],
    ["has expired", { expiryUtc: CHAIN_TIME }, "expired"],
    ["is in the money", { isCall: true }, "in-the-money"],
    ["is quoted twice", {}, "duplicate"],
    ["has a strike far from the forward", { strikeUsd: 10 }, "far"],
    ["costs more than its underlying could pay", { unit: "usd", bid: 3_000, ask: 3_100 }, "no-vol"],
    ["has a volatility of 3,000 %", { bid: 29, ask: 30 }, "no-vol"],
  ];
  for (const [name, change, fault] of wrong) {
    it(`does not count a quote that ${name}`, function () {
      const odd = { ...good[0]!, ...change };
      const fit = fitSurface(CHAIN_TIME, [...good, odd]);
      expect(fit.refusedQuotes).to.deep.equal([{ quote: odd, fault }]);
      expect(fit.surface).to.deep.equal(fitSurface(CHAIN_TIME, good).surface);
    });
  }

  it("refuses a time that is none", function () {
    expect(() => fitSurface(NaN, []))
      .to.throw(SnapshotError)
      .with.property("code", "invalid-input");
  });

  it("comes or is refused with a reason, but never throws, whatever the quotes hold", function () {
    const number = fc.oneof(
      fc.double(),
      fc.constantFrom(0, -1, 1e-320, 1e308),
      fc.double({ min: 0, max: 5_000, noNaN: true }),
    );
    const quote = fc.record({
      strikeUsd: number,
      expiryUtc: fc.oneof(number, fc.constant(CHAIN_TIME + 86_400), fc.constant(CHAIN_TIME + 1)),
      isCall: fc.boolean(),
      forwardUsd: fc.oneof(number, fc.constant(2_000)),
      unit: fc.constantFrom("vol" as const, "usd" as const),
      bid: number,
      ask: number,
    });
    fc.assert(
      fc.property(fc.array(quote, { maxLength: 40 }), (quotes) => {
        const { surface, slices, refused } = fitSurface(CHAIN_TIME, quotes);
        expect(surface === undefined).to.equal(refused.length > 0 || slices.length === 0);
      }),
      { numRuns: 50 },
    );
  });

  it("never throws for wild but usable quotes either, and is free of arbitrage where it is accepted", function () {
    this.timeout(60_000);
    const vols = fc.array(fc.double({ min: 0.05, max: 3, noNaN: true }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(vols, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (some, spread) => {
        const quotes = some.map((vol, i): OptionQuote => {
          const k = (i - 3.5) / 5;
          return {
            strikeUsd: 2_000 * Math.exp(k),
            expiryUtc: CHAIN_TIME + 30 * 86_400,
            isCall: k >= 0,
            forwardUsd: 2_000,
            unit: "vol",
            bid: vol * (1 - spread),
            ask: vol * (1 + spread),
          };
        });
        const { surface, slices } = fitSurface(CHAIN_TIME, quotes);
        if (surface !== undefined) expectNoArbitrage(surface);
        for (const { halfSpreads } of slices) expect(halfSpreads).to.be.at.most(MISFIT_LIMIT);
      }),
      { numRuns: 20 },
    );
  });

  it("is free of arbitrage on a finer grid, by prices alone, for noisy chains of any shape", function () {
    this.timeout(60_000);
    let accepted = 0;
    const slice = fc.record<SviSlice>({
      a: fc.double({ min: 0.001, max: 0.03, noNaN: true }),
      b: fc.double({ min: 0.01, max: 0.3, noNaN: true }),
      rho: fc.double({ min: -0.8, max: 0.8, noNaN: true }),
      m: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
      sigma: fc.double({ min: 0.03, max: 0.6, noNaN: true }),
    });
    fc.assert(
      fc.property(
        slice,
        fc.double({ min: 1, max: 2.5, noNaN: true }),
        fc.double({ min: 0, max: 0.02, noNaN: true }),
        (near, growth, size) => {
          const far = { ...near, a: near.a * growth, b: near.b * growth };
          const expiries = [
            { expiryUtc: CHAIN_TIME + 30 * 86_400, slice: near },
            { expiryUtc: CHAIN_TIME + 60 * 86_400, slice: far },
          ];
          const { surface } = fitSurface(
            CHAIN_TIME,
            quotesOf(expiries, { strikes: 11, halfSpread: 0.015, noise: wobble(size) }),
          );
          if (surface !== undefined) {
            accepted++;
            expectNoArbitrage(surface);
          }
        },
      ),
      { numRuns: 25 },
    );
    expect(accepted).to.be.above(0);
  });

  it("misses the chains of the price model by less than 0.01 volatility points", function () {
    const path = modelPath({ hours: 1_500 });
    for (const hour of [0, 700, 1_499]) {
      const { asOfUtc, quotes } = modelChain(path, "ETH", hour);
      const fit = fitSurface(asOfUtc, quotes);
      expect(largest(fit.slices.map(({ rmseVolPoints }) => rmseVolPoints))).to.be.below(0.01);
      expectNoArbitrage(fit.surface!);
    }
  });

  const chains = [
    {
      file: "btc_chain_greeks_2026-03.csv",
      asOf: "2026-03-01T13:49:02Z",
      expiries: 8,
      usable: 83,
      rmse: 0.2,
      worst: 0.5,
      vegaRmse: 0.2,
      within: 1,
    },
    {
      file: "eth_book_summary_2024-01-08.csv",
      asOf: undefined,
      expiries: 11,
      usable: 326,
      rmse: 2.6,
      worst: 10,
      vegaRmse: 1.3,
      within: 0.9,
    },
  ];
  for (const { file, asOf, expiries, usable, rmse, worst, vegaRmse, within } of chains) {
    it(`accepts all ${expiries} expiries of Deribit's ${file.slice(0, 3).toUpperCase()} chain, each within ${rmse} volatility points (root mean square) and ${worst} at worst`, function () {
      this.timeout(60_000);
      const { asOfUtc, quotes } = parseDeribitChain(
        readFileSync(referencePath(this, `deribit/${file}`), "utf8"),
        file,
        "market",
        asOf,
      );
      const { surface, slices, refused } = fitSurface(asOfUtc, quotes);
      expect(refused).to.deep.equal([]);
      expect(slices).to.have.length(expiries);
      const sum = (f: (slice: (typeof slices)[number]) => number) =>
        slices.reduce((total, slice) => total + f(slice), 0);
      expect(sum(({ strikes }) => strikes)).to.equal(usable);
      expect(largest(slices.map(({ rmseVolPoints }) => rmseVolPoints))).to.be.below(rmse);
      expect(largest(slices.map(({ worstVolPoints }) => worstVolPoints))).to.be.below(worst);
      expect(largest(slices.map(({ vegaRmseVolPoints }) => vegaRmseVolPoints))).to.be.below(vegaRmse);
      expect(sum(({ withinSpread }) => withinSpread) / usable).to.be.at.least(within);
      expectNoArbitrage(surface!);
    });
  }
});

describe("The volatility of a price", function () {
  it("prices the option again to a relative 1e-9, wherever the price has any time value", function () {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 3, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: 0.01, max: 2, noNaN: true }),
        fc.boolean(),
        (vol, x, years, isCall) => {
          const option = { forward: 2_000, strike: 2_000 * Math.exp(2 * x * vol * Math.sqrt(years)), years, isCall };
          const price = black76Price({ ...option, vol });
          expect(black76Price({ ...option, vol: black76Vol({ ...option, price })! }) / price).to.satisfy(
            closeTo(1, 1e-9),
          );
        },
      ),
    );
  });

  it("is none below intrinsic value and none above the forward", function () {
    const option = { forward: 2_000, strike: 1_500, years: 0.5, isCall: true };
    for (const price of [499, 500, 2_000, NaN, -1]) expect(black76Vol({ ...option, price })).to.equal(undefined);
  });
});
