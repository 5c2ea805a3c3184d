import { expect } from "chai";
import fc from "fast-check";
import { squareRoot } from "../../../prover/base/integers.ts";
import { SignalHistory } from "../../../prover/snapshot/signalHistory.ts";
import { signalsOfPath } from "../../../prover/snapshot/signalsOfPath.ts";
import { loadFolder } from "../../../prover/node/recorded/csv.ts";
import { modelPath } from "../../../prover/data/model.ts";
import { FEATURES, parseSignalWords, signalWords } from "../../../prover/format/signals.ts";
import type { MarketSignals } from "../../../prover/format/signals.ts";
import { referencePath } from "../../support/sharedData.ts";
import { arbitrarySignals, small, standard } from "../../support/strategy.ts";

/** The definition of docs/strategy.md §2 once more, from whole series and with bigints only. */
function reference(
  prices: readonly (readonly bigint[])[],
  sleeve: readonly (number | undefined)[],
): Pick<MarketSignals, "features" | "volatility" | "correlation"> {
  const clamp = (x: bigint, bound: bigint): bigint => (x > bound ? bound : x < -bound ? -bound : x);
  const assets = prices[0]!.length;
  const hours = prices.length;
  const r = (k: number, t: number): bigint =>
    t < 1 ? 0n : clamp(((prices[t]![k]! - prices[t - 1]![k]!) * 1_000_000n) / prices[t - 1]![k]!, 200_000n);
  const m = (t: number): bigint =>
    t < 1 ? 0n : Array.from({ length: assets }, (_, k) => r(k, t)).reduce((a, b) => a + b, 0n) / BigInt(assets);
  const sum = (n: number, end: number, term: (t: number) => bigint): bigint =>
    Array.from({ length: n }, (_, i) => term(end - i)).reduce((a, b) => a + b, 0n);
  const root = (x: bigint): bigint => {
    let low = 0n;
    let high = x + 1n;
    while (high - low > 1n) {
      const middle = (low + high) / 2n;
      if (middle * middle <= x) low = middle;
      else high = middle;
    }
    return low;
  };
  const sd = (series: (t: number) => bigint, n: number, end = hours - 1): bigint =>
    root((sum(n, end, (t) => series(t) ** 2n) * 8_760n) / BigInt(n));
  const c = (i: number, j: number, n: number): bigint => {
    const norm = root(sum(n, hours - 1, (t) => r(i, t) ** 2n) * sum(n, hours - 1, (t) => r(j, t) ** 2n));
    return norm === 0n ? 0n : (1_024n * sum(n, hours - 1, (t) => r(i, t) * r(j, t))) / norm;
  };
  const pairs = <T>(list: readonly T[]): [T, T][] =>
    list.flatMap((a, i) => list.slice(i + 1).map((b): [T, T] => [a, b]));
  const mean = (list: readonly bigint[]): bigint =>
    list.length === 0 ? 0n : list.reduce((a, b) => a + b, 0n) / BigInt(list.length);
  const [short, long] = [sd(m, 24), sd(m, 720)];
  const blocks = Array.from({ length: 30 }, (_, j) => sd(m, 24, hours - 1 - 24 * j));
  const average = blocks.reduce((a, b) => a + b, 0n) / 30n;
  const spread = root(blocks.reduce((a, b) => a + (b - average) ** 2n, 0n) / 30n);
  let [level, highest] = [10_000_000n, 10_000_000n];
  for (let t = Math.max(0, hours - 720); t < hours; t++) {
    level = (level * (1_000_000n + m(t))) / 1_000_000n;
    if (level > highest) highest = level;
  }
  const live = sleeve.filter((k) => k !== undefined);
  const common = mean(pairs(live).map(([i, j]) => c(i, j, 720)));
  return {
    features: [
      short / 1_000n,
      long / 1_000n,
      (short * 256n) / (long || 1n),
      (spread * 256n) / (average || 1n),
      mean(pairs(Array.from({ length: assets }, (_, k) => k)).map(([i, j]) => c(i, j, 168))),
      ((highest - level) * 1_000n) / highest,
      0n,
      0n,
    ].map((x) => clamp(x, 2_047n)),
    volatility: sleeve.map((k) => {
      if (k === undefined) return 0n;
      const vol = (sd((t) => r(k, t), 720) * 128n) / 1_000_000n;
      return vol < 1n ? 1n : vol > 511n ? 511n : vol;
    }),
    correlation: pairs(sleeve).map(([i, j]) =>
      i === undefined || j === undefined ? 0n : clamp((3n * c(i, j, 720) + common) / 4n / 8n, 127n),
    ),
  };
}

describe("market signals", () => {
  it("are those of their definition to the bit, from the first hour on and across the windows' ends", () => {
    const path = modelPath({ assets: ["BTC", "ETH", "SOL"], hours: 1_500, seed: "7" });
    const sleeve = ["ETH", undefined, "SOL", "BTC"];
    const prices = Array.from({ length: path.hours }, (_, h) =>
      path.assets.map((asset) => BigInt(Math.round(path.at(h).prices[asset]! * 1e6))),
    );
    const places = sleeve.map((symbol) => (symbol === undefined ? undefined : path.assets.indexOf(symbol)));
    let hour = 0;
    for (const { features, volatility, correlation } of signalsOfPath(path, { sleeve })) {
      hour++;
      if ([1, 2, 24, 25, 168, 169, 720, 721, 744, 1_499].includes(hour)) {
        expect({ features, volatility, correlation }, `hour ${hour}`).to.deep.equal(
          reference(prices.slice(0, hour), places),
        );
      }
    }
  });

  it("show a price that stands still as no volatility at all", () => {
    const history = new SignalHistory(2, [0, 1]);
    for (let hour = 0; hour < 800; hour++) history.push({ prices: [5n, 7n] });
    expect(history.signals()).to.deep.equal({
      features: Array<bigint>(8).fill(0n),
      daysToExpiry: [],
      volatility: [1n, 1n],
      correlation: [0n],
    });
  });

  it("winsorise an hour's move at a fifth, and every feature at its lane", () => {
    const history = new SignalHistory(1, [0]);
    for (let hour = 0; hour < 800; hour++)
      history.push({ prices: [hour % 2 === 0 ? 1_000n : 100_000n], fundingPpb: 10n ** 9n, impliedVolPpm: 0n });
    const { features, volatility } = history.signals();
    expect(features[0]).to.equal(2_047n);
    expect(features[6]).to.equal(2_047n);
    expect(features[7]).to.equal(-2_047n);
    expect(volatility).to.deep.equal([511n]);
  });

  it("annualise a funding of a hundredth of a per cent every eight hours as 10.9 %", () => {
    const history = new SignalHistory(1, []);
    for (let hour = 0; hour < 30; hour++) history.push({ prices: [1n], fundingPpb: 12_500n });
    expect(history.signals().features[FEATURES.indexOf("funding")]).to.equal(109n);
  });

  for (const profile of [small, standard]) {
    it(`survive their words (${profile.name})`, () => {
      fc.assert(
        fc.property(
          arbitrarySignals(profile),
          (signals) => void expect(parseSignalWords(profile, signalWords(profile, signals))).to.deep.equal(signals),
        ),
        { numRuns: 200 },
      );
    });
  }

  it("are refused out of range, and words that hold anything else with them", () => {
    const [signals] = fc.sample(arbitrarySignals(standard), 1);
    expect(() => signalWords(standard, { ...signals!, features: signals!.features.with(3, 2_048n) })).to.throw(
      "features",
    );
    const [first, second] = signalWords(standard, signals!);
    expect(() => parseSignalWords(standard, [first, second + (1n << 224n)])).to.throw("word 1");
    // A feature lane of 0 is −2,048.
    expect(() => parseSignalWords(standard, [(first >> 12n) << 12n, second])).to.throw("word 0");
  });

  it("have exact square roots", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 1n << 110n }),
        (x) => squareRoot(x) ** 2n <= x && (squareRoot(x) + 1n) ** 2n > x,
      ),
      { numRuns: 2_000 },
    );
    for (const x of [0n, 1n, 3n, 4n, (1n << 60n) - 1n, 1n << 60n]) expect(squareRoot(x) ** 2n <= x).to.equal(true);
  });

  it("see November 2022 as turbulent and the summer of 2023 as calm on recorded prices", function () {
    this.timeout(30_000);
    const path = loadFolder(referencePath(this, "perp-hourly"), ["BTC", "ETH"], { from: "2022-09-01", hours: 9_000 });
    const at = new Map<string, readonly bigint[]>();
    let hour = 0;
    for (const { features } of signalsOfPath(path, { sleeve: [] }))
      at.set(new Date(path.at(hour++).timeUtc * 1_000).toISOString().slice(0, 13), features);
    const [crash, calm] = [at.get("2022-11-10T12")!, at.get("2023-07-20T12")!];
    expect(crash[0]! > 1_000n && calm[0]! < 400n, "short volatility above 100 %, below 40 %").to.equal(true);
    expect(crash[5]! > 200n && calm[5]! < 100n, "drawdown").to.equal(true);
  });
});
