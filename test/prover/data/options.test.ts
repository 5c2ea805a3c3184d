import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { loadChains, parseDeribitChain } from "../../../prover/node/recorded/deribit.ts";
import type { OptionChain } from "../../../prover/surface/quotes.ts";
import { ReplayError } from "../../../prover/data/errors.ts";
import { modelPath } from "../../../prover/data/model.ts";
import { openReplay } from "../../../prover/node/recorded/open.ts";
import { modelChain, modelSurface } from "../../../prover/data/optionModel.ts";
import { alignSeries } from "../../../prover/data/path.ts";
import type { PricePath } from "../../../prover/data/path.ts";
import { MarketSurfaces, SURFACE_MAX_AGE_SECONDS } from "../../../prover/snapshot/marketSurfaces.ts";
import { black76Price } from "../../../prover/surface/black76.ts";
import { SnapshotError } from "../../../prover/base/snapshotErrors.ts";
import { calendarFault, sliceFault } from "../../../prover/surface/noArbitrage.ts";
import { packSlot, unpackSlot } from "../../../prover/format/lanes.ts";
import { instrumentRows } from "../../../prover/snapshot/rows.ts";
import type { Instrument, OptionInstrument, PerpInstrument } from "../../../prover/snapshot/rows.ts";
import { quoteOf, slotWords } from "../../../prover/snapshot/words.ts";
import { flatSurface, impliedVol } from "../../../prover/surface/surface.ts";
import { closeTo } from "../../support/closeTo.ts";
import { CHAIN_TIME, quotesOf, SMILES } from "../../support/optionQuotes.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const modelled = modelPath({ hours: 1_000 });

/** Prices that jump up by `step`, as a log return, at every odd hour, and back down at the next. */
function wavering(hours: number, step: (hour: number) => number): PricePath {
  const times = Array.from({ length: hours }, (_, h) => CHAIN_TIME - (CHAIN_TIME % HOUR) + h * HOUR);
  return alignSeries([
    {
      asset: "ETH",
      source: "made up",
      times,
      closes: times.map((_, h) => 2_000 * Math.exp(h % 2 === 0 ? 0 : step(h))),
    },
  ]);
}

describe("Modelled option chains", function () {
  it("are the same for the same prices", function () {
    expect(modelChain(modelled, "ETH", 500)).to.deep.equal(modelChain(modelPath({ hours: 501 }), "ETH", 500));
  });

  it("quote 15 strikes of six Fridays at 08:00 UTC, at least a week away", function () {
    const { asOfUtc, quotes, asset } = modelChain(modelled, "BTC", 100);
    expect(asset).to.equal("BTC");
    expect(quotes).to.have.length(90);
    for (const { expiryUtc, bid, ask } of quotes) {
      expect(new Date(expiryUtc * 1_000).toUTCString()).to.match(/^Fri, .* 08:00:00 GMT$/);
      expect(expiryUtc - asOfUtc).to.be.at.least(7 * DAY);
      expect(ask).to.be.above(bid);
    }
  });

  it("are free of arbitrage at every hour", function () {
    for (let hour = 0; hour < modelled.hours; hour += 37) {
      modelSurface(modelled, "ETH", hour).expiries.forEach(({ slice }, i, all) => {
        expect(sliceFault(slice)).to.equal(undefined);
        if (i > 0) expect(calendarFault(all[i - 1]!.slice, slice)).to.equal(undefined);
      });
    }
  });

  it("stand a little above realised volatility, from 20 % to 300 % whatever prices do", function () {
    const atTheMoney = (step: number) => {
      const surface = modelSurface(
        wavering(900, () => step),
        "ETH",
        899,
      );
      return surface.expiries.map(({ expiryUtc }) => impliedVol(surface, 2_000, 2_000, expiryUtc));
    };
    const realised = 0.008 * Math.sqrt(8_760);
    for (const vol of atTheMoney(0.008)) expect(vol / realised).to.be.within(1.05, 1.1);
    // what is believed before any price counts for a day
    for (const vol of atTheMoney(0)) expect(vol).to.be.within(0.2, 0.28);
    for (const vol of atTheMoney(0.1)) expect(vol).to.satisfy(closeTo(3, 1e-12));
  });

  it("rise with realised volatility, short expiries more than long ones, and then skew towards puts", function () {
    const path = wavering(1_000, (hour) => (hour < 900 ? 0.006 : 0.02));
    const [calm, wild] = [850, 999].map((hour) => {
      const surface = modelSurface(path, "ETH", hour);
      const vol = (strike: number, i: number) => impliedVol(surface, strike, 2_000, surface.expiries[i]!.expiryUtc);
      return { short: vol(2_000, 0), long: vol(2_000, 5), skew: vol(1_700, 0) - vol(2_350, 0) };
    });
    expect(wild!.short - calm!.short).to.be.above(0.2);
    expect(wild!.long - calm!.long).to.be.within(0, wild!.short - calm!.short);
    expect(wild!.skew).to.be.above(calm!.skew);
  });
});

describe("Deribit's option chains", function () {
  const GREEKS =
    "instrument_name,currency,type,strike,expiration_timestamp,mark_price,underlying_price,mark_iv,bid_iv,ask_iv\n" +
    "BTC-13MAR26-61000-P,BTC,put,61000.0,1773388800000,0.02,66342.3,63.29,28.16,74.21\n";
  const SUMMARY =
    "creation_timestamp,base_currency,underlying_price,mark_price,ask_price,bid_price,expire_date,strike_price,option_type\n" +
    "1704712781414,ETH,2241.65,0.000853,0.001,0.0004,26JAN24,1200,P\n1704712781429,ETH,2269.04,0.030491,,0.03,9FEB24,2800,C\n";
  const fault = (text: string, asOf?: string) => {
    try {
      parseDeribitChain(text, "chain.csv", "market", asOf);
    } catch (error) {
      return (error as ReplayError).code;
    }
    return undefined;
  };

  it("are read with volatilities in percent", function () {
    expect(parseDeribitChain(GREEKS, "chain.csv", "market", "2026-03-01T13:49:02Z")).to.deep.equal({
      asset: "BTC",
      asOfUtc: Date.UTC(2026, 2, 1, 13, 49, 2) / 1_000,
      quotes: [
        {
          strikeUsd: 61_000,
          expiryUtc: 1_773_388_800,
          isCall: false,
          forwardUsd: 66_342.3,
          unit: "vol",
          bid: 28.16 * 0.01,
          ask: 74.21 * 0.01,
        },
      ],
    });
    expect(parseDeribitChain(GREEKS, "chain.csv", "mark", 5).quotes[0]).to.include({
      bid: 63.29 * 0.01,
      ask: 63.29 * 0.01,
    });
  });

  it("are read with prices in tokens and expiries at 08:00 UTC, as of the last line's time", function () {
    const { asset, asOfUtc, quotes } = parseDeribitChain(SUMMARY, "chain.csv", "market");
    expect([asset, asOfUtc]).to.deep.equal(["ETH", 1_704_712_781.429]);
    expect(quotes).to.deep.equal([
      {
        strikeUsd: 1_200,
        expiryUtc: Date.UTC(2024, 0, 26, 8) / 1_000,
        isCall: false,
        forwardUsd: 2_241.65,
        unit: "usd",
        bid: 0.0004 * 2_241.65,
        ask: 0.001 * 2_241.65,
      },
      {
        strikeUsd: 2_800,
        expiryUtc: Date.UTC(2024, 1, 9, 8) / 1_000,
        isCall: true,
        forwardUsd: 2_269.04,
        unit: "usd",
        bid: 0.03 * 2_269.04,
        ask: 0,
      },
    ]);
  });

  it("are refused without a time, a column, a readable expiry or any line", function () {
    expect(fault(GREEKS)).to.equal("bad-time");
    expect(fault(GREEKS, "yesterday")).to.equal("bad-time");
    expect(fault(GREEKS.replace("bid_iv", "bid"), "2026-03-01")).to.equal("missing-column");
    expect(fault(SUMMARY.replace("9FEB24", "9FEV24"))).to.equal("bad-option");
    expect(fault("")).to.equal("bad-file");
    expect(fault(`${GREEKS}1,2\n`, "2026-03-01")).to.equal("bad-file");
  });

  /** Lines of a book summary; each call's and put's price is a hundredth of a token. */
  const summaryOf = (lines: readonly [stamp: string, strike: number][], more: [string, string] = ["", ""]): string =>
    `creation_timestamp,base_currency,underlying_price,mark_price,ask_price,bid_price,expire_date,strike_price,option_type${more[0]}\n${lines
      .map(([stamp, strike]) => `${stamp},ETH,2000,0.01,0.011,0.009,26JAN24,${strike},C${more[1]}`)
      .join("\n")}\n`;
  const STRIKES = [2_000, 2_100, 2_200, 2_300, 2_400, 2_500];
  const snapshot = (utc: string, strikes = STRIKES): [string, number][] =>
    strikes.map((strike) => [String(Date.parse(utc)), strike]);
  const refusal = (text: string): string => {
    try {
      parseDeribitChain(text, "chain.csv", "market");
    } catch (error) {
      expect(error).to.be.instanceOf(ReplayError);
      return (error as ReplayError).message;
    }
    throw new Error("nothing was refused");
  };

  it("taken one after the other into one file are as many chains, each of its own time and quotes", function () {
    const folder = mkdtempSync(path.join(tmpdir(), "tacit-options-"));
    try {
      // Three days apart, and five minutes apart with a series that was listed between.
      const times = ["2024-01-08T11:00Z", "2024-01-11T11:00Z", "2024-01-11T11:05Z"];
      const text = summaryOf([
        ...snapshot(times[0]!),
        ...snapshot(times[2]!, [1_900, ...STRIKES]),
        ...snapshot(times[1]!),
      ]);
      writeFileSync(path.join(folder, "chains.csv"), text);
      const chains = loadChains(folder);
      expect(chains.map(({ asOfUtc }) => asOfUtc)).to.deep.equal(times.map((time) => Date.parse(time) / 1_000));
      expect(chains.map(({ quotes }) => quotes.length)).to.deep.equal([6, 6, 7]);
      expect(parseDeribitChain(text, "chains.csv", "market")).to.deep.equal(chains[2]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are refused with the line that is of another time than all others, or of none, or quotes a series twice", function () {
    const good = snapshot("2024-01-08T11:00Z");
    expect(refusal(summaryOf(good.with(3, [String(Date.parse("2024-01-11T11:00Z")), 2_300])))).to.match(
      /^chain\.csv, line 5: it is of 2024-01-11T11:00Z, 3 days from others, and too few lines are of its time/,
    );
    expect(refusal(summaryOf(good.with(3, ["", 2_300])))).to.match(/^chain\.csv, line 5: "" is not a time/);
    expect(refusal(summaryOf([...good, good[0]!]))).to.match(
      /^chain\.csv, line 8: it quotes the call of strike 2000 again/,
    );
  });

  it("are read in dollars where they are quoted in dollars, and one of them a file", function () {
    const good = snapshot("2024-01-08T11:00Z");
    const scaleIn = (currency: string): number =>
      parseDeribitChain(summaryOf(good, [",quote_currency", `,${currency}`]), "chain.csv", "market").quotes[0]!.bid;
    expect(scaleIn("ETH")).to.equal(0.009 * 2_000);
    expect(scaleIn("USDC")).to.equal(0.009);
    expect(refusal(summaryOf(good, [",quote_currency", ",EUR"]))).to.match(/line 2: quote_currency is "EUR"/);
    const mixed = summaryOf(good, [",quote_currency", ",ETH"]).replace(/ETH\n$/, "USDC\n");
    expect(refusal(mixed)).to.match(/line 7: it is an option quoted in USDC, those above ETH/);
    expect(refusal(summaryOf(good).replace(/,ETH,(?=[^\n]*\n$)/, ",BTC,"))).to.match(
      /line 7: it is an option on BTC, those above ETH/,
    );
  });

  it("are refused where a type is neither call nor put, and where volatilities are fractions", function () {
    expect(refusal(summaryOf(snapshot("2024-01-08T11:00Z")).replace(",C\n", ",X\n"))).to.match(
      /line 2: "X" is neither a call \(C\) nor a put \(P\)/,
    );
    const fractions = GREEKS.replace("\n", ",as_of\n").replace(
      "63.29,28.16,74.21\n",
      "0.6329,0.2816,0.7421,1772372942\n",
    );
    expect(refusal(fractions)).to.match(/ask_iv holds fractions; write volatilities in per cent/);
  });

  it("come with the prices of a folder that has a folder of options", function () {
    const folder = mkdtempSync(path.join(tmpdir(), "tacit-options-"));
    try {
      writeFileSync(path.join(folder, "BTC.csv"), "time,close\n2026-03-01T13:00Z,66000\n2026-03-01T14:00Z,66100\n");
      expect(openReplay({ data: folder }).chains).to.deep.equal([]);
      mkdirSync(path.join(folder, "options"));
      writeFileSync(
        path.join(folder, "options", "chain.csv"),
        GREEKS.replace("\n", ",as_of\n").replace(/\n$/, ",2026-03-01T13:49:02Z\n"),
      );
      const replay = openReplay({ data: folder });
      expect(replay.hours).to.equal(2);
      expect(replay.chains!.map(({ asset, asOfUtc, quotes }) => [asset, asOfUtc, quotes.length])).to.deep.equal([
        ["BTC", 1_772_372_942, 1],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("A replayed market", function () {
  const flat = wavering(48, () => 0.005);
  const start = flat.at(0).timeUtc;
  const chainAt = (utc: number, halfSpread = 0.01): OptionChain => ({
    asset: "ETH",
    asOfUtc: utc,
    quotes: quotesOf(SMILES, { halfSpread }),
  });
  const bad = (utc: number): OptionChain => ({
    ...chainAt(utc),
    quotes: quotesOf([SMILES[1]!], { noise: (i) => (i % 2) * 0.1 }),
  });

  it("models the chains of an asset without option data", function () {
    const surface = new MarketSurfaces(modelled).at("ETH", 800);
    const { timeUtc, prices } = modelled.at(800);
    expect(surface.asOfUtc).to.equal(timeUtc);
    const expiry = surface.expiries[2]!.expiryUtc;
    expect(impliedVol(surface, prices.ETH!, prices.ETH!, expiry)).to.satisfy(
      closeTo(impliedVol(modelSurface(modelled, "ETH", 800), prices.ETH!, prices.ETH!, expiry), 1e-4),
    );
  });

  it("uses recorded chains where there are some, once they could be known", function () {
    const market = new MarketSurfaces(flat, [chainAt(start + HOUR + 60)]);
    expect(() => market.at("ETH", 1))
      .to.throw(SnapshotError)
      .with.property("code", "no-surface");
    const surface = market.at("ETH", 2);
    expect(surface.asOfUtc).to.equal(start + 2 * HOUR);
    expect(surface.expiries.map(({ expiryUtc }) => expiryUtc)).to.deep.equal(SMILES.map(({ expiryUtc }) => expiryUtc));
  });

  it("keeps the surface before a refused chain in force for six hours, then says so", function () {
    const market = new MarketSurfaces(flat, [chainAt(start), bad(start + HOUR), bad(start + 5 * HOUR)]);
    expect(SURFACE_MAX_AGE_SECONDS).to.equal(6 * HOUR);
    expect(market.at("ETH", 6).asOfUtc).to.equal(start + 6 * HOUR);
    expect(() => market.at("ETH", 7))
      .to.throw(SnapshotError, `is ${7 * HOUR} s old`)
      .with.property("code", "stale-surface");
    expect(() => market.at("ETH", 7)).to.throw(`the chain of ${start + 5 * HOUR} was refused`);
  });

  it("values options off the last surface, however old, or the model's, and takes no orders for them, where none is in force", function () {
    const stale = new MarketSurfaces(flat, [chainAt(start), bad(start + HOUR)]);
    expect(stale.valuing("ETH", 6)).to.deep.equal(stale.at("ETH", 6));
    const old = stale.valuing("ETH", 40);
    expect(old).to.deep.include({ asOfUtc: start + 40 * HOUR, valuesOnly: true });
    const [month] = SMILES.filter(({ expiryUtc }) => expiryUtc > start + 20 * DAY);
    const volAt = (hour: number) => impliedVol(stale.valuing("ETH", hour), 2_000, 2_000, month!.expiryUtc);
    expect(volAt(40)).to.satisfy(closeTo(volAt(6), 1e-9));
    const none = new MarketSurfaces(flat, [bad(start), chainAt(start + 30 * HOUR)]);
    expect(none.valuing("ETH", 20)).to.deep.equal({ ...modelSurface(flat, "ETH", 20), valuesOnly: true });
  });

  it("has the same surface at an hour, whenever and in whatever order it is asked", function () {
    const chains = [chainAt(start), bad(start + HOUR), chainAt(start + 3 * HOUR, 0.02)];
    const one = new MarketSurfaces(flat, chains);
    one.at("ETH", 5);
    expect(one.at("ETH", 2)).to.deep.equal(new MarketSurfaces(flat, [...chains].reverse()).at("ETH", 2));
  });

  it("refuses an asset that the path does not have", function () {
    expect(() => new MarketSurfaces(modelled).at("XYZ", 3))
      .to.throw(ReplayError)
      .with.property("code", "unknown-asset");
  });
});

describe("A slot's signed words", function () {
  const surfaces = new MarketSurfaces(modelled);
  const hour = 900;
  const quote = (instrument: Instrument) =>
    quoteOf(modelled.at(hour), instrument, 50, (symbol) => surfaces.at(symbol, hour));
  const { timeUtc, prices } = modelled.at(hour);
  const lot = { underlying: "ETH", lotSize: 10n ** 16n, orderCap: 1_000_000n };
  const perp: PerpInstrument = { ...lot, kind: "perp" };
  const option = (isCall: boolean): OptionInstrument => ({
    ...lot,
    kind: "option",
    strikeUsd: Math.round(prices.ETH! * 1.05),
    expiryUtc: timeUtc + 20 * DAY,
    isCall,
  });

  it("of a perp carry no value, the price as delta, and the losses of each scenario", function () {
    const words = slotWords(instrumentRows(perp, quote(perp)));
    expect(words).to.have.length(6 + 4);
    const rows = unpackSlot(words.slice(0, 6), 23);
    const lotUsd = prices.ETH! * 0.01;
    expect(rows.value).to.equal(0n);
    expect(Number(rows.delta)).to.satisfy(closeTo(lotUsd * 1e6, 1));
    expect(Number(rows.stress[0])).to.satisfy(closeTo(-0.2 * lotUsd * 1e6, 1));
    expect(words[6]! - rows.delta <= 1n).to.equal(true); // rounded up, delta to the nearest
    expect(Number(words[8]!)).to.satisfy(closeTo(0.02 * lotUsd * 1e6 + 2, 1)); // basis, and 2 for rounding
  });

  for (const isCall of [true, false]) {
    it(`of a ${isCall ? "call" : "put"} are Black-76 at the fitted volatility of its own strike and expiry, assets down and charges up`, function () {
      const instrument = option(isCall);
      const state = quote(instrument);
      const words = slotWords(instrumentRows(instrument, state));
      const rows = unpackSlot(words.slice(0, 6), 23);
      const vol = impliedVol(
        modelSurface(modelled, "ETH", hour),
        instrument.strikeUsd,
        prices.ETH!,
        instrument.expiryUtc,
      );
      const price = black76Price({ forward: prices.ETH!, strike: instrument.strikeUsd, years: 20 / 365, vol, isCall });
      expect(Number(rows.value) / (price * 1e4)).to.satisfy(closeTo(1, 1e-3));
      const exact = instrumentRows(instrument, state);
      expect(words).to.deep.equal([...packSlot(exact), exact.notional, exact.slip, exact.contingency, exact.liquidity]);
      expect(exact.liquidity).to.equal(500n); // a tenth of 50 tokens, in lots of 0.01
      expect(exact.slip).to.equal((exact.notional + 99n) / 100n);
    });
  }

  it("of options of one strike and expiry keep put-call parity to two micro-dollars a lot", function () {
    const [call, put] = [true, false].map((isCall) => instrumentRows(option(isCall), quote(option(isCall))));
    const parity = (prices.ETH! - option(true).strikeUsd) * 0.01 * 1e6;
    expect(Number(call!.value - put!.value)).to.satisfy(closeTo(parity, 2));
    expect(Number(call!.delta - put!.delta)).to.satisfy(closeTo(prices.ETH! * 1e4, 2));
    expect(Number(call!.vega - put!.vega)).to.satisfy(closeTo(0, 1));
  });

  it("lose at most what a long option cost, in every scenario, off the fitted surface", function () {
    for (const isCall of [true, false]) {
      const { value, stress } = instrumentRows(option(isCall), quote(option(isCall)));
      for (const profit of stress) expect(profit >= -value - 1n).to.equal(true);
    }
  });

  it("of an option that has expired and is not settled yet are its payoff, without time value", function () {
    const expired = { ...option(false), expiryUtc: timeUtc - 1 };
    const rows = unpackSlot(slotWords(instrumentRows(expired, quote(expired))).slice(0, 6), 23);
    expect(Number(rows.value)).to.satisfy(closeTo((expired.strikeUsd - prices.ETH!) * 1e4, 2));
    expect(rows).to.include({ gamma: 0n, vega: 0n });
  });

  it("can't be had off the surface of another instant", function () {
    const stale = { ...quote(option(true)), surface: flatSurface(timeUtc - 1, 0.6) };
    expect(() => slotWords(instrumentRows(option(true), stale)))
      .to.throw(SnapshotError)
      .with.property("code", "stale-surface");
  });
});
