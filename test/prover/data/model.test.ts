import { expect } from "chai";
import { ReplayError } from "../../../prover/data/errors.ts";
import { MODEL_ASSETS, modelPath } from "../../../prover/data/model.ts";
import { openReplay } from "../../../prover/node/recorded/open.ts";
import { alignSeries } from "../../../prover/data/path.ts";
import type { PricePath } from "../../../prover/data/path.ts";
import { realisedVol } from "../../../prover/data/volatility.ts";
import { closeTo } from "../../support/closeTo.ts";

const YEAR = 8_760;

function returns(path: PricePath, asset: string): number[] {
  const prices = Array.from({ length: path.hours }, (_, hour) => path.at(hour).prices[asset]!);
  return prices.slice(1).map((price, i) => Math.log(price / prices[i]!));
}

function correlation(a: number[], b: number[]): number {
  const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const covariance = mean(a.map((x, i) => (x - meanA) * (b[i]! - meanB)));
  return covariance / Math.sqrt(mean(a.map((x) => (x - meanA) ** 2)) * mean(b.map((x) => (x - meanB) ** 2)));
}

describe("The price model", function () {
  it("gives the same prices for the same seed, and others for another", function () {
    const hours = (seed: string | number) => {
      const path = modelPath({ seed, hours: 50 });
      return Array.from({ length: 50 }, (_, hour) => path.at(hour));
    };
    expect(hours(7)).to.deep.equal(hours(7));
    expect(hours("7")).to.deep.equal(hours(7));
    expect(hours(8)).not.to.deep.equal(hours(7));
  });

  it("gives the prices that it gave when this test was written", function () {
    const { prices, timeUtc } = modelPath({ seed: "fixed", hours: 1_000 }).at(999);
    expect(timeUtc).to.equal(Date.UTC(2025, 0, 1) / 1_000 + 999 * 3_600);
    expect(prices).to.deep.equal({ BTC: 59_780.995854, ETH: 2_582.699966 });
  });

  it("gives an asset the same prices however many hours and other assets are asked for", function () {
    const wide = modelPath({ seed: 3, assets: ["SOL", "BTC", "LINK"], hours: 300 });
    const narrow = modelPath({ seed: 3, assets: ["BTC"], hours: 100 });
    for (const hour of [0, 50, 99]) {
      expect(wide.at(hour).prices["BTC"]).to.equal(narrow.at(hour).prices["BTC"]);
    }
  });

  it("starts where it is told to, at each asset's start price, and names itself a model", function () {
    const path = modelPath({
      from: "2026-02-01",
      assets: ["btc", { asset: "XYZ", startPrice: 2, annualVol: 0.5, dailyVolumeUsd: 0 }],
      hours: 2,
    });
    expect(path.assets).to.deep.equal(["BTC", "XYZ"]);
    expect(path.at(0)).to.deep.include({ timeUtc: Date.UTC(2026, 1, 1) / 1_000, prices: { BTC: 60_000, XYZ: 2 } });
    expect(path.at(0).volumes["XYZ"]).to.equal(0);
    expect(path.at(1).timeUtc - path.at(0).timeUtc).to.equal(3_600);
    expect(path.description).to.match(/modelled hours.*not market data/);
  });

  it("has positive prices in whole micro-dollars and volumes of zero or more", function () {
    const path = modelPath({ assets: MODEL_ASSETS, hours: 200, seed: 11 });
    for (let hour = 0; hour < path.hours; hour++) {
      const { prices, volumes } = path.at(hour);
      for (const asset of path.assets) {
        expect(prices[asset]).to.be.above(0);
        expect(Math.round(prices[asset]! * 1e6) / 1e6).to.equal(prices[asset]);
        expect(volumes[asset]).to.be.at.least(0);
      }
    }
  });

  describe("over four years", function () {
    let path: PricePath;
    let btc: number[];
    let eth: number[];
    before(function () {
      path = modelPath({ seed: 5, hours: 4 * YEAR });
      btc = returns(path, "BTC");
      eth = returns(path, "ETH");
    });

    it("has the volatility it says, to a fifth: 65 % for BTC, 80 % for ETH", function () {
      const vol = (xs: number[]) => Math.sqrt((xs.reduce((sum, x) => sum + x * x, 0) / xs.length) * YEAR);
      expect(vol(btc) / 0.65).to.be.within(0.8, 1.2);
      expect(vol(eth) / 0.8).to.be.within(0.8, 1.2);
    });

    it("moves BTC and ETH together, with a correlation of 0.65 to 0.9", function () {
      expect(correlation(btc, eth)).to.be.within(0.65, 0.9);
    });

    it("has volatility clusters: large moves follow large moves, an hour and a day later", function () {
      const size = btc.map(Math.abs);
      expect(correlation(size.slice(0, -1), size.slice(1))).to.be.above(0.08);
      expect(correlation(size.slice(0, -24), size.slice(24))).to.be.above(0.05);
    });

    it("has fat tails: kurtosis above 6, where a normal distribution has 3", function () {
      const moment = (power: number) => btc.reduce((sum, x) => sum + x ** power, 0) / btc.length;
      expect(moment(4) / moment(2) ** 2).to.be.above(6);
    });
  });

  it("pays no drift: 400 seeds of 30 days end at their start on average, to two standard errors", function () {
    const ends = Array.from(
      { length: 400 },
      (_, seed) => modelPath({ seed, assets: ["ETH"], hours: 720 }).at(719).prices["ETH"]! / 3_000,
    );
    const mean = ends.reduce((sum, x) => sum + x, 0) / ends.length;
    const deviation = Math.sqrt(ends.reduce((sum, x) => sum + (x - mean) ** 2, 0) / ends.length);
    expect(Math.abs(mean - 1)).to.be.below((2 * deviation) / Math.sqrt(ends.length));
  });

  it("refuses an unknown asset, the same one twice, and parameters outside their range", function () {
    const code = (options: Parameters<typeof modelPath>[0], expected: string) =>
      expect(() => modelPath(options))
        .to.throw(ReplayError)
        .with.property("code", expected);
    code({ assets: ["DOGE"] }, "unknown-asset");
    code({ assets: ["BTC", "btc"] }, "duplicate-asset");
    code({ assets: [] }, "duplicate-asset");
    code({ assets: [{ asset: "X", startPrice: 0, annualVol: 1, dailyVolumeUsd: 1 }] }, "bad-option");
    code({ hours: 1.5 }, "bad-option");
    code({ from: "someday" }, "bad-time");
    expect(() => modelPath({ hours: 5 }).at(5))
      .to.throw(ReplayError)
      .with.property("code", "no-such-hour");
  });

  it("knows hours before the first, the same series begun earlier", () => {
    const path = modelPath({ hours: 3, history: 5, from: "2024-01-31", assets: ["ETH"] });
    expect([path.hours, path.history]).to.deep.equal([3, 5]);
    expect(path.at(0).timeUtc).to.equal(Date.UTC(2024, 0, 31) / 1_000);
    const whole = modelPath({ hours: 8, assets: ["ETH"] });
    for (let hour = -5; hour < 3; hour++) expect(path.at(hour).prices).to.deep.equal(whole.at(hour + 5).prices);
    for (const hour of [-6, 3])
      expect(() => path.at(hour))
        .to.throw(ReplayError)
        .with.property("code", "no-such-hour");
  });

  it("ends where it is told to", function () {
    expect(modelPath({ from: "2024-01-31", to: "2024-02-01" })).to.include({ hours: 25, source: "modelled" });
    expect(modelPath({ from: "2024-01-31", to: "2024-02-01", hours: 3 }).hours).to.equal(3);
    expect(() => modelPath({ from: "2024-01-31", to: "2024-01-30" })).to.throw("its last hour can't be earlier");
  });

  it("is what a replay uses when no data folder is named", function () {
    expect(openReplay({ seed: 2, hours: 3, assets: ["ETH"] }).at(2)).to.deep.equal(
      modelPath({ seed: 2, hours: 3, assets: ["ETH"] }).at(2),
    );
    expect(() => openReplay({ data: "no such folder" }))
      .to.throw(ReplayError)
      .with.property("code", "no-folder");
  });
});

describe("Realised volatility", function () {
  const hourly = (closes: number[], times = closes.map((_, i) => i * 3_600)) =>
    alignSeries([{ asset: "A", source: "test", times, closes }]);
  const plain = { priorVol: 0, priorHours: 1e-9 };

  it("is 1 % an hour times √8760 for prices that move 1 % every hour", function () {
    const path = hourly(Array.from({ length: 50 }, (_, i) => Math.exp(0.01 * (i % 2))));
    expect(realisedVol(path, "A", 49, plain)).to.satisfy(closeTo(0.01 * Math.sqrt(YEAR), 1e-9));
  });

  it("is what was believed before, at the first hour, and follows prices after", function () {
    const path = hourly(Array.from({ length: 500 }, (_, i) => Math.exp(0.01 * (i % 2))));
    expect(realisedVol(path, "A", 0)).to.satisfy(closeTo(0.7, 1e-12));
    expect(realisedVol(path, "A", 499, { windowHours: 400 })).to.be.within(0.9, 0.936);
  });

  it("sees only its window and never the future", function () {
    const calmThenWild = [...Array<number>(100).fill(1), ...Array.from({ length: 20 }, (_, i) => 1 + (i % 2))];
    const path = hourly(calmThenWild);
    expect(realisedVol(path, "A", 99, plain)).to.be.below(1e-9);
    expect(realisedVol(path, "A", 119, { ...plain, windowHours: 5 })).to.satisfy(
      closeTo(Math.log(2) * Math.sqrt(YEAR), 1e-6),
    );
  });

  it("counts a gap as one move over a longer time", function () {
    const path = hourly([1, Math.exp(0.02)], [0, 4 * 3_600]);
    expect(realisedVol(path, "A", 1, plain)).to.satisfy(closeTo(0.01 * Math.sqrt(YEAR), 1e-9));
  });

  it("refuses an asset the path does not have, an hour outside it and an empty window", function () {
    const path = hourly([1, 2]);
    const code = (run: () => unknown, expected: string) =>
      expect(run).to.throw(ReplayError).with.property("code", expected);
    code(() => realisedVol(path, "B", 0), "unknown-asset");
    code(() => realisedVol(path, "A", 2), "no-such-hour");
    code(() => realisedVol(path, "A", -1), "no-such-hour");
    code(() => realisedVol(path, "A", 1, { windowHours: 0 }), "bad-option");
  });
});
