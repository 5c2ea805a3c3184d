import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { runBenchmarks } from "../../../prover/backtest/benchmarks.ts";
import { BacktestMarket, backtestSlots, backtestSpots, inMemory } from "../../../prover/backtest/market.ts";
import { reportBacktest } from "../../../prover/backtest/report.ts";
import type { BacktestSubject } from "../../../prover/backtest/report.ts";
import { DEFAULT_COSTS } from "../../../prover/backtest/account.ts";
import type { CostModel } from "../../../prover/backtest/account.ts";
import { backtestSteps, runBacktest } from "../../../prover/backtest/run.ts";
import type { BacktestInput, BacktestPause, Checkpoint } from "../../../prover/backtest/run.ts";
import { drawdowns, performanceOf, shortfall } from "../../../prover/backtest/statistics.ts";
import { ReplayError } from "../../../prover/data/errors.ts";
import { loadFunding, openFunding } from "../../../prover/node/recorded/funding.ts";
import { usualFunding, USUAL_FUNDING_PPB } from "../../../prover/data/funding.ts";
import { alignSeries } from "../../../prover/data/path.ts";
import type { PricePath } from "../../../prover/data/path.ts";
import { formatUtc } from "../../../prover/data/time.ts";
import type { Funding } from "../../../prover/data/funding.ts";
import { regimeFeatures } from "../../../prover/snapshot/signalsOfPath.ts";
import { modelPath } from "../../../prover/data/model.ts";
import { outsideMandate, strategyTemplate, TEMPLATES } from "../../../prover/strategy/templates.ts";
import { bps } from "../../../prover/base/units.ts";
import { backtestPage } from "../../../client/cli/text/backtestPage.ts";
import { LOOSE, small, standard, strategyOf } from "../../support/strategy.ts";
import { referencePath } from "../../support/sharedData.ts";
import { closeTo } from "../../support/closeTo.ts";
import type { Mandate } from "../../../prover/format/transcript.ts";
import { demoAssets, demoPlans, demoStrategy, DEMO_MANDATE } from "../../../client/demo/plan.ts";
import { groupOfSlot } from "../../../prover/format/profile.ts";
import { Replay } from "../../../prover/index.ts";

const MODEL = modelPath({ assets: ["BTC", "ETH", "SOL", "BNB"], hours: 1_500, seed: "2" });
const NOTHING = { spot: 0, perp: 0, option: 0 };
const FREE: CostModel = { halfSpreadBps: NOTHING, feeBps: NOTHING, optionVolPoints: 0, impactBps: 0 };
const inputOf = (more: Partial<BacktestInput> = {}): BacktestInput => ({
  profile: standard,
  strategy: strategyTemplate(standard, "regime-allocator"),
  mandate: LOOSE,
  path: MODEL,
  costs: DEFAULT_COSTS,
  capitalDollars: 1_000_000,
  fundingPpb: usualFunding,
  warmupHours: 720,
  ...more,
});

const SUBJECT: BacktestSubject = {
  name: "test",
  strategyCommitment: null,
  mandateFile: null,
  command: "tacit backtest",
  trainedOn: null,
  prices: "recorded",
};

/** Prices of ETH and BTC that the test names, an hour each. */
const pathOf = (eth: readonly number[], btc = eth.map(() => 30_000)): PricePath => {
  const times = eth.map((_, hour) => 1_600_000_000 - (1_600_000_000 % 3_600) + 3_600 * hour);
  const volumes = eth.map(() => 1e9);
  return alignSeries([
    { asset: "ETH", source: "test", times, closes: eth, volumes },
    { asset: "BTC", source: "test", times, closes: btc, volumes },
  ]);
};
const slots = (entries: Readonly<Record<number, bigint>>): bigint[] =>
  Array.from({ length: standard.slots }, (_, i) => entries[i] ?? 0n);

describe("a backtest", () => {
  for (const name of TEMPLATES) {
    it(`plays the ${name} template to an end with the mandate's rows intact and no money from nowhere`, () => {
      const run = runBacktest(inputOf({ strategy: strategyTemplate(standard, name) }));
      expect(run.hours).to.equal(MODEL.hours - 721);
      expect(run.nav.length).to.equal(run.hours + 1);
      expect(run.stuck).to.equal(0);
      expect(run.nav[0]).to.equal(1_000_000);
      expect(run.nav.every((value) => value > 100_000 && value < 10_000_000)).to.equal(true);
      expect(run.tradedDollars).to.be.above(0);
    });
  }

  it("fills an order at the next hour's price and earns what the price then does", () => {
    // Decided at 1,000, filled at 1,100, worth 1,210 an hour later.
    const path = pathOf([1_000, 1_100, 1_210]);
    const strategy = strategyOf(standard, { weightBps: slots({ 0: 5_000n }) });
    const bought = runBacktest(inputOf({ path, costs: FREE, warmupHours: 0, strategy }));
    expect(bought.nav[1]).to.equal(1_000_000);
    // 500,000 lots of a thousandth of a token, 1.10 dollars each when bought.
    expect(bought.nav[2]).to.satisfy(closeTo(1_000_000 + 500_000 * 0.11, 1));
  });

  it("pays a perp's gains and funding in cash", () => {
    const path = pathOf([1_000, 1_000, 1_010]);
    const strategy = strategyOf(standard, { weightBps: slots({ 1: -5_000n }) });
    const {
      nav,
      costs: { fundingDollars },
    } = runBacktest(inputOf({ path, costs: FREE, warmupHours: 0, strategy, fundingPpb: () => 1_000_000n }));
    // 500,000 lots short at a dollar: down 5,000, and a thousandth of 505,000 received.
    expect(nav[2]).to.satisfy(closeTo(1_000_000 - 5_000 + 505, 0.01));
    expect(fundingDollars).to.satisfy(closeTo(-505, 0.01));
  });

  it("charges spread, fee and impact, and says how much of each", () => {
    const path = pathOf([1_000, 1_000]);
    const strategy = strategyOf(standard, { weightBps: slots({ 0: 5_000n }) });
    const costs = { ...FREE, halfSpreadBps: { ...NOTHING, spot: 4 }, feeBps: { ...NOTHING, spot: 6 } };
    const charged = runBacktest(inputOf({ path, costs, warmupHours: 0, strategy }));
    expect(charged.costs).to.include({ impactDollars: 0, fundingDollars: 0 });
    expect(charged.costs.spreadDollars).to.satisfy(closeTo(200, 0.01));
    expect(charged.costs.feesDollars).to.satisfy(closeTo(300, 0.01));
    expect(charged.nav[1]).to.satisfy(closeTo(1_000_000 - 500, 0.01));
    // A thousandth of the volume's tenth is the whole liquidity here.
    const thin = { ...path, at: (hour: number) => ({ ...path.at(hour), volumes: { ETH: 5_000, BTC: 5_000 } }) };
    expect(
      runBacktest(inputOf({ path: thin, costs: { ...FREE, impactBps: 20 }, warmupHours: 0, strategy })).costs
        .impactDollars,
    ).to.satisfy(closeTo(1_000, 1));
  });

  it("pays an option's holder what it is worth at expiry, and lists the next series", () => {
    const path = inMemory(modelPath({ assets: ["ETH", "BTC"], hours: 1_200, seed: "5" }));
    const market = new BacktestMarket(standard, path, backtestSlots(standard, path.assets, true));
    market.expire(0);
    const first = new Map(market.series).get(2)!;
    let paid: bigint | undefined;
    let hour = 0;
    while (paid === undefined) paid = market.expire(++hour).get(2);
    const { timeUtc, prices } = path.at(hour);
    expect(timeUtc >= first.expiryUtc && timeUtc < first.expiryUtc + 3_600).to.equal(true);
    expect(Number(paid)).to.satisfy(
      closeTo((Math.max(0, prices["ETH"]! - first.strikeUsd) / path.at(0).prices["ETH"]!) * 1e6, 2),
    );
    expect(new Map(market.series).get(2)!.expiryUtc).to.be.above(timeUtc + 10 * 86_400 - 1);
  });

  it("gives the same bytes again, interrupted or not", () => {
    const input = inputOf({
      strategy: strategyTemplate(standard, "gamma-vega"),
      path: modelPath({ assets: ["BTC", "ETH"], hours: 5_000, seed: "4" }),
    });
    let checkpoint: Checkpoint | undefined;
    for (const pause of backtestSteps(input))
      if (pause.done === 4_000) checkpoint = JSON.parse(JSON.stringify(pause.checkpoint())) as Checkpoint;
    expect(checkpoint!.hour).to.equal(4_720);
    const whole = runBacktest(input);
    const page = (run: typeof whole): string => backtestPage(reportBacktest(SUBJECT, input, run));
    expect(backtestSteps(input, checkpoint).next().value).to.include({ done: 4_000, of: 4_279 });
    expect(page(runBacktest(input, checkpoint))).to.equal(page(whole));
    expect(runBacktest(input)).to.deep.equal(whole);
  }).timeout(30_000);

  it("does not go on from the checkpoint of another input, not even of one whose funding differs in a single hour, nor of another format", () => {
    const run = runBacktest(inputOf());
    const other: Checkpoint = {
      fingerprint: "another",
      hour: 1_000,
      positions: [],
      cash: "0",
      breachSince: "0",
      halvings: 0,
      series: [],
      nav: [],
      regimes: [],
      hedgingErrorBps: [],
      totals: { traded: 0, spread: 0, impact: 0, fees: 0, funding: 0, held: 0, defended: 0, stuck: 0 },
    };
    expect(runBacktest(inputOf(), other)).to.deep.equal(run);
    const begun = (input: BacktestInput, checkpoint?: Checkpoint): BacktestPause =>
      backtestSteps(input, checkpoint).next().value as BacktestPause;
    const mine = { ...begun(inputOf()).checkpoint(), hour: 1_000 };
    const dearAt = MODEL.at(1_100).timeUtc;
    expect(begun(inputOf(), mine).done).to.equal(280);
    expect(begun(inputOf({ fundingPpb: (_, timeUtc) => (timeUtc === dearAt ? 1n : 12_500n) }), mine).done).to.equal(0);
    expect(begun(inputOf(), {} as Checkpoint).done, "a file that is no checkpoint").to.equal(0);
  });

  it("plays a token at a millionth of a cent as it plays a million of them at a time", () => {
    const month = modelPath({ assets: ["ETH", "SOL"], hours: 900, seed: "9" });
    const strategy = strategyTemplate(standard, "regime-allocator", backtestSpots(standard, month.assets));
    /** SOL's prices in other units, under a name that comes after ETH. */
    const inUnits = (tokens: number): PricePath => ({
      ...month,
      at(hour) {
        const { timeUtc, prices } = month.at(hour);
        const price = Number((prices["SOL"]! / tokens).toPrecision(9));
        return { timeUtc, prices: { ETH: prices["ETH"]!, SOL: price }, volumes: { ETH: 1e9, SOL: 1e9 * tokens } };
      },
    });
    const [whole, millionth, tiny] = [1, 1e6, 1e10].map((tokens) =>
      runBacktest(inputOf({ path: inUnits(tokens), strategy })),
    );
    for (const run of [millionth!, tiny!]) {
      expect(run.regimes).to.deep.equal(whole!.regimes);
      // A lot is a dollar, rounded to a millionth of it.
      run.nav.forEach((nav, hour) => expect(nav / whole!.nav[hour]!).to.satisfy(closeTo(1, 5e-6)));
    }
    expect(whole!.nav.at(-1)).not.to.satisfy(closeTo(1_000_000, 100));
  });

  it("refuses options on a token too cheap for their strikes", () => {
    const path = pathOf([2.4e-6, 2.4e-6]);
    const strategy = strategyTemplate(standard, "gamma-vega");
    expect(() => runBacktest(inputOf({ path, warmupHours: 0, strategy }))).to.throw(
      ReplayError,
      "ETH costs 0.0000024 USD at 2020-09-13T12:00Z, too little for options, whose strikes are whole µUSD",
    );
  });

  it("pays funding for the hours that are missing, and tells figures of a year by the calendar", () => {
    const rates = (_: string, timeUtc: number): bigint => BigInt(timeUtc % 7_200 === 0 ? 1_000_000 : 3_000_000);
    const strategy = strategyOf(standard, { weightBps: slots({ 1: -5_000n }) });
    const play = (kept: readonly number[]) => {
      const whole = pathOf(Array<number>(6).fill(1_000));
      const path = { ...whole, hours: kept.length, at: (hour: number) => whole.at(kept[hour]!) };
      return reportBacktest(
        SUBJECT,
        inputOf({ path, strategy, costs: FREE, warmupHours: 0, fundingPpb: rates }),
        runBacktest(inputOf({ path, costs: FREE, warmupHours: 0, strategy, fundingPpb: rates })),
      );
    };
    const [all, gap] = [play([0, 1, 2, 3, 4, 5]), play([0, 1, 4, 5])].map(({ contestants }) => contestants);
    expect(all![0]!.costs.fundingDollars).to.be.below(0);
    // What was paid grows the book that pays on: by dollars of the thousands.
    for (const i of [0, 4])
      expect(gap![i]!.costs.fundingDollars).to.satisfy(closeTo(all![i]!.costs.fundingDollars, 20));
    const nav = [100, 101, 102, 103];
    const hourly = performanceOf(nav);
    const sparse = performanceOf(nav, [0, 2, 4, 6]);
    expect(1 + sparse.annualReturn).to.satisfy(closeTo(Math.sqrt(1 + hourly.annualReturn), 1e-6));
    expect(sparse.volatility).to.satisfy(closeTo(hourly.volatility / Math.SQRT2, 1e-12));
  });

  it("says what it left out or assumed, in the report as on the page", () => {
    const notes = ["FTT ends 2022-11-08: 140 hours are left out"];
    const recordedUntil = MODEL.at(1_000).timeUtc;
    const funding: Funding = Object.assign(() => 20_000n, {
      recorded: ["ETH", "BTC"],
      has: (symbol: string, timeUtc: number) => symbol === "ETH" || timeUtc <= recordedUntil,
      notes: ["ETH-2.csv is left out: <another>"],
    });
    const input = inputOf({
      path: { ...MODEL, notes, chains: [{ asset: "ETH", asOfUtc: 0, quotes: [] }] },
      strategy: strategyOf(standard, { weightBps: slots({ 0: 4_000n, 8: 1_000n, 9: 2_000n }) }),
      fundingPpb: funding,
      impliedVol: Object.assign((_: string, timeUtc: number) => (timeUtc <= recordedUntil ? 600_000n : undefined), {
        recorded: ["BTC"],
      }),
    });
    const report = reportBacktest(SUBJECT, input, runBacktest(input));
    expect(report.impliedVolRecorded).to.deep.equal(["BTC"]);
    const from = formatUtc(recordedUntil + 3_600);
    const to = formatUtc(MODEL.at(MODEL.hours - 1).timeUtc);
    expect(report.leftOut).to.deep.equal([
      ...notes,
      "ETH-2.csv is left out: <another>",
      `no recorded funding of BTC for 499 of 780 hours, from ${from} to ${to}: 0.01 % every eight hours counts`,
      `no implied volatility for 499 of 780 hours, from ${from} to ${to}: feature 7 is 0`,
      "nothing is listed in slots 8, 9, of which the strategy wants up to 30 % of NAV: that stays cash (tacit strategy new --data makes a template for what is listed)",
      "recorded option chains are not played: options have the price model's volatilities",
    ]);
    const page = backtestPage(report);
    expect(page)
      .to.contain("<h2>Left out, or assumed</h2>")
      .and.to.contain("<li>ETH-2.csv is left out: &lt;another&gt;</li>");
    expect(page).to.contain("implied volatility: as recorded for BTC");
    const plain = reportBacktest(SUBJECT, inputOf(), runBacktest(inputOf()));
    expect(plain.leftOut).to.deep.equal([]);
    const silent = backtestPage(plain);
    expect(silent).not.to.contain("Left out");
    expect(silent).to.contain("implied volatility: none recorded, so feature 7 is 0");
  });

  it("says from when a token that lost nearly everything is told in fewer digits", () => {
    const eth = [1_000, 1_000, 0.5, 0.4];
    const input = inputOf({
      path: pathOf(eth),
      warmupHours: 0,
      strategy: strategyOf(standard, { weightBps: slots({ 4: 1n }) }),
    });
    expect(reportBacktest(SUBJECT, input, runBacktest(input)).leftOut[0]).to.match(
      /^ETH has lost all but a thousandth of its price by 2020-09-13T14:00Z/,
    );
  });

  it("decides on the implied volatility that a network was trained on, hour by hour", () => {
    const path = modelPath({ assets: ["ETH", "BTC"], hours: 800, seed: "3" });
    const impliedVol = Object.assign(
      (symbol: string, timeUtc: number) =>
        symbol === "BTC" ? BigInt(500_000 + ((timeUtc / 3_600) % 97_000)) : undefined,
      {
        recorded: ["BTC"],
      },
    );
    // A network that finds regime 2 where feature 7 is above what it is in half of the hours.
    const trained = regimeFeatures(path, usualFunding, impliedVol);
    const sorted = trained.map((features) => features[7]!).sort((a, b) => Number(a - b));
    const middle = sorted[sorted.length >> 1]!;
    const zero = strategyTemplate(standard, "regime-allocator").network;
    const network = {
      ...zero,
      hidden: zero.hidden.with(0, [0n, 0n, 0n, 0n, 0n, 0n, 0n, 64n]),
      hiddenBias: zero.hiddenBias.with(0, -2n * middle),
      output: zero.output.with(2, zero.output[2]!.with(0, 1n)),
    };
    const found = (more: Partial<BacktestInput>): number[] => [
      ...runBacktest(
        inputOf({ path, strategy: { ...strategyTemplate(standard, "regime-allocator"), network }, ...more }),
      ).regimes,
    ];
    const expected = trained.slice(0, -1).map((features) => (features[7]! > middle ? 2 : 0));
    expect(new Set(expected)).to.deep.equal(new Set([0, 2]));
    expect(found({ impliedVol })).to.deep.equal(expected);
    expect(new Set(found({})).size, "without an index the feature is 0").to.equal(1);
  });

  it("says how many hours are missing", () => {
    expect(() => runBacktest(inputOf({ path: pathOf([1, 1, 1]) }))).to.throw("take more");
  });

  it("reads recorded funding at its UTC stamp, and knows the usual rate elsewhere", function () {
    const funding = loadFunding(referencePath(this, "funding"));
    // 2020-01-01 03:00 in the file is midnight UTC: −0.012359 % over eight hours.
    expect(funding("BTC", Date.parse("2020-01-01T00:00Z") / 1_000)).to.equal(-15_449n);
    expect(funding("BTC", Date.parse("2019-06-01T00:00Z") / 1_000)).to.equal(USUAL_FUNDING_PPB);
    expect(funding("DOGE", Date.parse("2022-01-01T00:00Z") / 1_000)).to.equal(USUAL_FUNDING_PPB);
    expect(funding.recorded).to.deep.equal(["BTC", "ETH"]);
  });

  it("refuses a funding folder that holds nothing it could use", () => {
    const folder = mkdtempSync(join(tmpdir(), "tacit-funding-"));
    try {
      expect(() => openFunding(folder)).to.throw(ReplayError, "holds no .csv or .csv.gz file of funding");
      writeFileSync(join(folder, "ETH-USDT.csv"), "Date,Funding Rate\n");
      expect(() => openFunding(folder)).to.throw(ReplayError, "ETH-USDT.csv: the file has no rates");
      writeFileSync(join(folder, "ETH-USDT.csv"), "Date,Funding Rate\n2024-01-01 03:00:00,0.0001\n");
      expect(openFunding(folder, ["ETH", "BTC"]).recorded).to.deep.equal(["ETH"]);
      expect(() => openFunding(folder, ["BTC"])).to.throw(ReplayError, "has funding of ETH, the prices are of BTC");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("a backtest's figures", () => {
  it("are those of a series worked out by hand", () => {
    const found = performanceOf([100, 110, 99, 108.9]);
    expect(found.totalReturn).to.satisfy(closeTo(0.089, 1e-12));
    expect(found.maxDrawdown).to.satisfy(closeTo(0.1, 1e-12));
    const mean = 0.1 / 3;
    expect(found.volatility).to.satisfy(
      closeTo(Math.sqrt((((0.1 - mean) ** 2 * 2 + (-0.1 - mean) ** 2) / 3) * 8_760), 1e-9),
    );
    expect(found.sortino!).to.satisfy(closeTo((mean / Math.sqrt(0.01 / 3)) * Math.sqrt(8_760), 1e-9));
    expect(drawdowns([1, 2, 1, 4])).to.deep.equal([0, 0, 0.5, 0]);
    expect(shortfall([-0.5, ...Array<number>(99).fill(0.01)], 0.01)).to.equal(0.5);
    expect(
      shortfall(
        Array.from({ length: 100 }, (_, i) => (i - 50) / 100),
        0.05,
      )!,
    ).to.satisfy(closeTo(0.48, 1e-12));
  });

  it("leave out a shortfall whose tail is less than one whole day, and say how many days the others are the mean of", () => {
    const days = (count: number) =>
      performanceOf(Array.from({ length: 24 * count + 1 }, (_, hour) => 100 + (hour % 7)));
    expect(days(1)).to.include({ expectedShortfall95: null, expectedShortfall99: null, tailDays95: 0, tailDays99: 0 });
    expect(days(19).expectedShortfall95).to.equal(null);
    expect(days(20)).to.include({ tailDays95: 1, tailDays99: 0, expectedShortfall99: null });
    expect(days(20).expectedShortfall95).to.be.a("number");
    expect(days(100)).to.include({ tailDays95: 5, tailDays99: 1 });
    expect(performanceOf([1, 2, 3]).sortino, "no hour lost").to.equal(null);
  });

  it("say nothing of a year where there are fewer than 30 days, in the page as in the file", () => {
    const reportOf = (hours: number) => {
      const input = inputOf({ path: modelPath({ assets: ["ETH", "BTC"], hours: 720 + hours + 1, seed: "6" }) });
      return reportBacktest(SUBJECT, input, runBacktest(input));
    };
    const day = reportOf(24);
    for (const c of day.contestants)
      expect(c).to.include({
        annualReturn: null,
        volatility: null,
        sortino: null,
        annualTurnover: null,
        expectedShortfall95: null,
      });
    expect(backtestPage(day))
      .to.contain(
        "ES is the mean loss of the worst of 1 day: 95 % takes 20 days, 99 % takes 100 days; figures a year take 30 days",
      )
      .and.not.to.contain("× NAV");
    const month = reportOf(720);
    for (const c of month.contestants) expect(c.annualReturn).to.be.a("number");
    expect(backtestPage(month)).to.contain("95 % over 1 day, 99 % takes 100 days").and.to.contain("× NAV");
  });

  it("break costs down for everybody and name the rates, the source of prices and funding, and the slots", () => {
    const input = inputOf({
      strategy: strategyTemplate(standard, "delta-neutral"),
      fundingPpb: Object.assign(() => 20_000n, { recorded: ["BTC", "DOGE"] }),
    });
    const run = runBacktest(input);
    const report = reportBacktest(SUBJECT, input, run);
    expect(report).to.include({ schema: 4, prices: "modelled" });
    expect(report.fundingRecorded).to.deep.equal(["BTC"]);
    expect(report.costModel).to.deep.equal(DEFAULT_COSTS);
    expect(report.slots.slice(0, 2)).to.deep.equal([
      { slot: 0, kind: "spot", symbol: "ETH" },
      { slot: 1, kind: "perp", symbol: "ETH" },
    ]);
    const [own, hold, , , hedge] = report.contestants;
    expect(own!.costs.impactDollars).to.be.above(0);
    // Shorts receive what longs pay.
    expect(own!.costs.fundingDollars).to.be.below(0);
    expect(hedge!.costs.fundingDollars).to.be.below(0);
    // A million of spot, bought once: 1 bp and 5 bps.
    expect(hold!.costs.spreadDollars).to.satisfy(closeTo(100, 1e-3));
    expect(hold!.costs.feesDollars).to.satisfy(closeTo(500, 1e-3));
    expect(hold!.costs).to.include({ impactDollars: 0, fundingDollars: 0 });
    const page = backtestPage(report);
    expect(page)
      .to.contain("not market data")
      .and.to.contain("funding as recorded for BTC, 0.01 % every eight hours where no rate is")
      .and.to.contain("fees: spot 5, perp 3, option 3 bps")
      .and.to.contain('<th scope="row">static delta hedge</th>');
    expect(page).to.match(/hedging error<\/th><td>\d+ bps of NAV/);
  });

  it("say that a network of zeros is untrained, and that nothing is hedged where nothing is", () => {
    const input = inputOf();
    const report = reportBacktest(SUBJECT, input, runBacktest(input));
    expect(report.strategy).to.include({ networkTrained: false, hedgingErrorRmsBps: null });
    expect(backtestPage(report))
      .to.contain("network untrained: always regime 0")
      .and.to.contain("not applicable: no group hedges its delta")
      .and.not.to.contain("hours in regime 0,");
    const network = { ...input.strategy.network, outputBias: [0n, 0n, 5n, 0n] };
    const other = { ...input, strategy: { ...input.strategy, network } };
    const told = reportBacktest(SUBJECT, other, runBacktest(other));
    expect(told.strategy.networkTrained).to.equal(true);
    expect(backtestPage(told)).to.contain("hours in regime 2, lively</th><td>100.0 %");
  });

  it("count ruin as the loss of everything", () => {
    expect(performanceOf([100, 50, -1, 20])).to.include({ totalReturn: -1, maxDrawdown: 1 });
    expect(performanceOf([...Array<number>(24 * 100).fill(100), -1]), "the last of a hundred days").to.include({
      tailDays99: 1,
      expectedShortfall99: 1,
    });
  });

  it("compare with what anybody could have done", () => {
    const path = pathOf([1_000, 1_000, 2_000], [30_000, 30_000, 30_000]);
    const [hold, mix, , hedge] = runBenchmarks(path, 0, 1_000, FREE, () => 0n);
    expect(hold!.nav).to.deep.equal([1_000, 1_000, 1_500]);
    expect(mix!.tradedDollars).to.equal(1_000 + 250 * 2);
    expect(hedge!.nav.at(-1)).to.equal(1_000);
  });
});

describe("the templates", () => {
  it("want nothing that a mandate of their kind forbids, and say what one forbids", () => {
    for (const profile of [small, standard])
      for (const name of TEMPLATES)
        expect(outsideMandate(profile, strategyTemplate(profile, name), LOOSE)).to.deep.equal([]);
    const faults = outsideMandate(standard, strategyTemplate(standard, "regime-allocator"), {
      ...LOOSE,
      concentrationBps: bps(2_200n),
    });
    expect(faults[0]).to.equal("regime 0: the exposure of slot 0 can reach 2250 bps, the mandate ends at 2200");
    expect(
      outsideMandate(standard, strategyTemplate(standard, "gamma-vega"), { ...LOOSE, gammaBps: bps(59n) }),
    ).to.have.length(1);
    // Two spots of 40 % and the perps against them.
    const neutral = strategyTemplate(standard, "delta-neutral");
    expect(outsideMandate(standard, neutral, { ...LOOSE, grossBps: bps(16_000n) })).to.deep.equal([]);
    expect(outsideMandate(standard, neutral, { ...LOOSE, grossBps: bps(15_999n) })[0]).to.equal(
      "regime 0: gross exposure can reach 16000 bps, the mandate ends at 15999",
    );
    // A quarter of that is closed at once in defence.
    expect(outsideMandate(standard, neutral, { ...LOOSE, turnoverBps: bps(4_000n) })).to.deep.equal([]);
    expect(outsideMandate(standard, neutral, { ...LOOSE, turnoverBps: bps(3_999n) })[0]).to.equal(
      "regime 0: the turnover of a retreat can reach 4000 bps, the mandate ends at 3999",
    );
  });

  it("that allocate divide by the spot that is listed: npm start's, a backtest's, or as named", () => {
    const weights = (spots?: readonly number[]) =>
      strategyTemplate(standard, "regime-allocator", spots).regimes[0]!.weightBps.map(Number);
    const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    expect(weights().flatMap((weight, slot) => (weight > 0 ? [slot] : []))).to.deep.equal([0, 4, 6, 7]);
    for (const assets of [["ETH"], ["ETH", "PEPE"], MODEL.assets, [..."ABCDEFGHIJ"]]) {
      const spots = backtestSpots(standard, assets);
      expect(spots).to.have.length(assets.length);
      expect(total(weights(spots))).to.equal(9_000);
      expect(weights(spots).flatMap((weight, slot) => (weight > 0 ? [slot] : []))).to.deep.equal(
        spots.toSorted((a, b) => a - b),
      );
    }
    const two = modelPath({ assets: ["ETH", "BTC"], hours: 900, seed: "2" });
    const strategy = strategyTemplate(standard, "regime-allocator", backtestSpots(standard, two.assets));
    const { finalExposureBps } = runBacktest(inputOf({ path: two, strategy }));
    expect(total(finalExposureBps)).to.be.within(8_500, 9_500);
    for (const profile of [small, standard]) {
      const { spots } = demoPlans(profile.name, { path: MODEL, observedAt: 0, funding: usualFunding });
      const template = strategyTemplate(profile, "regime-allocator").regimes[0]!.weightBps;
      expect(spots.map(({ slot }) => slot)).to.deep.equal(
        template.flatMap((weight, slot) => (weight > 0n ? [slot] : [])),
      );
    }
  });

  it("fit the markets that npm start lists: perps where they hedge, and no weight on what nobody listed or on an option", () => {
    for (const profile of [small, standard]) {
      const path = modelPath({ assets: demoAssets(profile.name), hours: 1, history: 720, seed: "7" });
      const clock = { startTimestamp: 1_800_000_000, secondsPerHour: 3_600 };
      const { spots, perps } = demoPlans(profile.name, new Replay(path, usualFunding, clock).atHour(0));
      const among = (plans: readonly { slot: number }[], slot: number): boolean =>
        plans.some((plan) => plan.slot === slot);
      const neutral = strategyTemplate(profile, "delta-neutral");
      for (const [group, hedges] of neutral.hedgesDelta.entries())
        if (hedges) expect(among(perps, group * profile.groupSlots + 1), `group ${group}'s perp`).to.equal(true);
      for (const { weightBps } of neutral.regimes) {
        for (const [slot, weight] of weightBps.entries()) {
          if (weight === 0n) continue;
          expect(among(spots, slot), `slot ${slot} is spot`).to.equal(true);
          expect(neutral.hedgesDelta[groupOfSlot(profile, slot)], `slot ${slot} is hedged`).to.equal(true);
        }
        expect(weightBps.some((weight) => weight > 0n)).to.equal(true);
      }
      expect(demoStrategy(profile.name, 0), "what npm start's own vault follows").to.deep.equal(neutral);
    }
  });

  it("fit the mandate that npm start gives its vaults", () => {
    const mandate = Object.fromEntries(
      Object.entries(DEMO_MANDATE).map(([name, limit]) => [name, bps(BigInt(limit))]),
    ) as unknown as Mandate;
    for (const profile of [small, standard])
      for (let vault = 0; vault < TEMPLATES.length; vault++)
        expect(outsideMandate(profile, demoStrategy(profile.name, vault), mandate)).to.deep.equal([]);
  });
});
