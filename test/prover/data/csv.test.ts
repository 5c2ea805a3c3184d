import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { loadFolder, loadSeries, parseHourlyCsv } from "../../../prover/node/recorded/csv.ts";
import { ReplayError } from "../../../prover/data/errors.ts";
import { alignSeries } from "../../../prover/data/path.ts";
import { formatUtc, parseUtc } from "../../../prover/data/time.ts";
import { referencePath } from "../../support/sharedData.ts";
import { closeTo } from "../../support/closeTo.ts";

const NEW_YEAR = Date.UTC(2024, 0, 1) / 1_000;

function refusal(run: () => unknown): ReplayError {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(ReplayError);
    return error as ReplayError;
  }
  throw new Error("nothing was refused");
}

describe("Reading time stamps", function () {
  it("takes an offset into account, and means UTC without one", function () {
    for (const stamp of [
      "2024-01-01T00:00:00Z",
      "2024-01-01 00:00:00",
      "2024-01-01T03:00+03:00",
      "2024-01-01 03:00:00+0300",
      "2023-12-31 19:00:00-05:00",
      "2024-01-01 00:00 UTC",
      "2024-01-01T00:00:00.000Z",
      "2024-01-01",
      "1704067200",
      "1704067200000",
    ]) {
      expect(parseUtc(stamp), stamp).to.equal(NEW_YEAR);
    }
    expect(formatUtc(NEW_YEAR)).to.equal("2024-01-01T00:00Z");
  });

  it("refuses what is not a time, 30 February included", function () {
    for (const stamp of ["", "yesterday", "01/02/2024", "2024-02-30", "2024-13-01", "2024-01-01T25:00Z", "12"]) {
      expect(refusal(() => parseUtc(stamp)).code, stamp).to.equal("bad-time");
    }
  });
});

describe("Reading a price file", function () {
  const read = (text: string) => parseHourlyCsv(text, "btc.csv", "BTC");

  it("takes time, close and volume, in any column order and with other columns beside them", function () {
    expect(read("volume,other,close,time\n5,x,100,2024-01-01T00:00Z\n0,y,101.5,2024-01-01T01:00Z\n")).to.deep.include({
      asset: "BTC",
      source: "btc.csv",
      times: [NEW_YEAR, NEW_YEAR + 3_600],
      closes: [100, 101.5],
      volumes: [5, 0],
    });
  });

  it("knows the close of a candle only an hour after it opens", function () {
    expect(read("open_time,close\n2024-01-01 03:00:00+03:00,100\n").times).to.deep.equal([NEW_YEAR + 3_600]);
    expect(read("date,BTCUSDT_close,BTCUSDT_volume\n2024-01-01 00:00:00,100,9\n")).to.deep.include({
      times: [NEW_YEAR + 3_600],
    });
  });

  it("has no volumes where none are given, or only in a column whose unit is unknown", function () {
    expect(read("time,close\n2024-01-01,100\n")).not.to.have.property("volumes");
    expect(read("date,BTCUSDT_close,BTCUSDT_volume\n2024-01-01,100,9\n")).not.to.have.property("volumes");
  });

  const good = "2024-01-01T00:00Z,100,1\n";
  const cases: [string, string, string, number | undefined, RegExp][] = [
    ["a price that is no number", `${good}2024-01-01T01:00Z,abc,1\n`, "bad-price", 3, /"abc" is not a price/],
    ["a price of zero", `${good}2024-01-01T01:00Z,0,1\n`, "bad-price", 3, /correct the line or remove it/],
    ["an empty price", `${good}2024-01-01T01:00Z,,1\n`, "bad-price", 3, /above zero/],
    ["a negative volume", `${good}2024-01-01T01:00Z,100,-1\n`, "bad-volume", 3, /zero or more/],
    ["a time that is none", "soon,100,1\n", "bad-time", 2, /"soon" is not a time/],
    ["a time inside an hour", "2024-01-01T00:30Z,100,1\n", "bad-time", 2, /resample/],
    ["the same hour twice", good + good, "unsorted", 3, /repeats the hour/],
    ["an earlier hour below a later one", `${good}2023-12-31T23:00Z,99,1\n`, "unsorted", 3, /sort by time/],
    ["a line with a field too few", `${good}2024-01-01T01:00Z,100\n`, "bad-file", 3, /correct the line/],
    ["a blank line before the fault, counted", `\n${good}\nsoon,100,1\n`, "bad-time", 5, /not a time/],
    ["no prices below the header", "", "bad-file", undefined, /no prices/],
  ];
  for (const [name, body, code, line, message] of cases) {
    it(`refuses ${name}, and says where`, function () {
      const error = refusal(() => read(`time,close,volume\n${body}`));
      expect(error).to.include({ code, file: "btc.csv", line });
      expect(error.message)
        .to.match(/^btc\.csv/)
        .and.match(message);
    });
  }

  it("refuses a file without a time or close column, or with two, and names what it needs", function () {
    for (const text of ["when,close\n", "time,price\n", "time,a_close,b_close\n", "time,date,close\n"]) {
      const error = refusal(() => read(text));
      expect(error.code).to.equal("missing-column");
      expect(error.message).to.match(/time,close\[,volume\]/);
    }
    expect(refusal(() => read("")).code).to.equal("bad-file");
  });
});

describe("Reading a folder of prices", function () {
  let folder = "";
  before(function () {
    folder = mkdtempSync(path.join(tmpdir(), "tacit-replay-"));
    writeFileSync(
      path.join(folder, "btc.csv"),
      "time,close\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n2024-01-01T03:00Z,4\n",
    );
    const eth =
      "open_time,close,volume\n2024-01-01 03:00:00+03:00,20,7\n2024-01-01 05:00:00+03:00,40,8\n2024-01-01 06:00:00+03:00,50,9\n";
    writeFileSync(path.join(folder, "Venue_ETHUSDT_1h.csv.gz"), gzipSync(eth));
    writeFileSync(path.join(folder, "readme.txt"), "not prices");
  });
  after(function () {
    rmSync(folder, { recursive: true });
  });

  it("finds the assets by file name, plain or gzipped", function () {
    expect(loadSeries(folder).map((series) => series.asset)).to.deep.equal(["ETH", "BTC"]);
    expect(loadSeries(folder, ["btc"])).to.have.length(1);
  });

  it("aligns the assets on the hours they share, without filling gaps", function () {
    const prices = loadFolder(folder, ["BTC", "ETH"]);
    expect(prices).to.include({ hours: 2 });
    expect(prices.assets).to.deep.equal(["BTC", "ETH"]);
    expect(prices.at(0)).to.deep.equal({ timeUtc: NEW_YEAR + 3_600, prices: { BTC: 2, ETH: 20 }, volumes: { ETH: 7 } });
    expect(prices.at(1)).to.deep.equal({
      timeUtc: NEW_YEAR + 3 * 3_600,
      prices: { BTC: 4, ETH: 40 },
      volumes: { ETH: 8 },
    });
    expect(prices.description).to.match(/BTC, ETH: 2 common hours, 2024-01-01T01:00Z to 2024-01-01T03:00Z/);
  });

  it("knows as many of the wanted hours before the first as there are, and starts late enough for all of them where nobody says when", () => {
    const series = alignSeries(
      [
        {
          asset: "A",
          source: "test",
          times: [0, 1, 2, 3, 4].map((hour) => hour * 3_600),
          closes: [10, 11, 12, 13, 14],
        },
      ],
      { history: 2 },
    );
    expect([series.hours, series.history, series.at(0).prices["A"], series.at(-2).prices["A"]]).to.deep.equal([
      3, 2, 12, 10,
    ]);
    const early = alignSeries(
      [{ asset: "A", source: "test", times: [0, 1, 2].map((hour) => hour * 3_600), closes: [10, 11, 12] }],
      { history: 2, from: 3_600 },
    );
    expect([early.hours, early.history, early.at(-1).prices["A"]]).to.deep.equal([2, 1, 10]);
    expect(refusal(() => early.at(-2)).code).to.equal("no-such-hour");
    expect(
      refusal(() => alignSeries([{ asset: "A", source: "test", times: [0], closes: [10] }], { history: 2 })).code,
    ).to.equal("no-overlap");
  });

  it("starts at the asked time and stops after the asked number of hours", function () {
    expect(loadFolder(folder, ["BTC"], { from: "2024-01-01T01:00Z" }).at(0).prices).to.deep.equal({ BTC: 2 });
    expect(loadFolder(folder, ["BTC"], { from: NEW_YEAR + 1, hours: 1 })).to.include({ hours: 1 });
    expect(refusal(() => loadFolder(folder, ["BTC"], { from: "2025-01-01" })).code).to.equal("no-overlap");
    expect(refusal(() => loadFolder(folder, ["BTC"], { hours: 0 })).code).to.equal("bad-option");
  });

  it("ends with the last hour that is not after the asked one, gaps or not", function () {
    const last = (to: string): number => {
      const prices = loadFolder(folder, ["BTC"], { to });
      return prices.at(prices.hours - 1).prices["BTC"]!;
    };
    expect(["2024-01-01T01:00Z", "2024-01-01T02:30Z", "2024-01-01T03:00Z", "2025-01-01"].map(last)).to.deep.equal([
      2, 2, 4, 4,
    ]);
    expect(
      refusal(() => loadFolder(folder, ["BTC"], { from: "2024-01-01T02:00Z", to: "2024-01-01T02:30Z" })).message,
    ).to.contain("no common hour from 2024-01-01T02:00Z to 2024-01-01T02:30Z");
    expect(refusal(() => loadFolder(folder, ["BTC"], { history: 3 })).message).to.contain(
      "the series share 3 hours; it takes more than 3",
    );
  });

  it("refuses an hour outside the path", function () {
    const prices = loadFolder(folder, ["BTC"]);
    for (const hour of [-1, 3, 0.5]) {
      expect(refusal(() => prices.at(hour)).code).to.equal("no-such-hour");
    }
  });

  it("says what is missing: the folder, files in it, an asset, a common hour", function () {
    expect(refusal(() => loadSeries(path.join(folder, "none"))).code).to.equal("no-folder");
    const empty = path.join(folder, "empty");
    mkdirSync(empty);
    expect(refusal(() => loadSeries(empty)).code).to.equal("no-series");
    const error = refusal(() => loadSeries(folder, ["DOGE"]));
    expect(error.code).to.equal("unknown-asset");
    expect(error.message).to.match(/no file for DOGE; it has ETH, BTC/);
    const series = (asset: string, time: number) => ({ asset, source: "x", times: [time], closes: [1] });
    expect(refusal(() => alignSeries([series("A", 0), series("B", 3_600)])).code).to.equal("no-overlap");
    expect(refusal(() => alignSeries([])).code).to.equal("no-series");
  });

  it("refuses two files of one asset and a broken archive", function () {
    const double = path.join(folder, "double");
    mkdirSync(double);
    writeFileSync(path.join(double, "BTCUSDT.csv"), "");
    expect(() => loadSeries(double))
      .to.throw(ReplayError)
      .with.property("code", "bad-file");
    const prices = "time,close\n2024-01-01T00:00Z,100\n";
    writeFileSync(path.join(double, "BTCUSDT.csv"), prices);
    writeFileSync(path.join(double, "btc.csv.gz"), gzipSync(prices));
    const error = refusal(() => loadSeries(double));
    expect(error.code).to.equal("duplicate-asset");
    expect(error.message).to.contain("BTCUSDT.csv and btc.csv.gz both hold BTC at 2024-01-01T00:00Z");
    rmSync(path.join(double, "BTCUSDT.csv"));
    writeFileSync(path.join(double, "btc.csv.gz"), "not gzip");
    expect(refusal(() => loadSeries(double)).message).to.match(/btc\.csv\.gz: not readable as gzip/);
  });
});

describe("Reading the recorded history", function () {
  it("gives 31,973 hours of BTC and ETH perps, their +03:00 stamps turned into UTC", function () {
    const prices = loadFolder(referencePath(this, "perp-hourly"), ["BTC", "ETH"]);
    expect(prices.hours).to.equal(31_973);
    expect(formatUtc(prices.at(0).timeUtc)).to.equal("2020-10-23T09:00Z"); // the close of the 08:00 candle
    expect(formatUtc(prices.at(31_972).timeUtc)).to.equal("2024-06-16T13:00Z");
    expect(prices.at(0).prices["BTC"]).to.equal(12_919.12);
    expect(prices.at(0).volumes["BTC"]).to.equal(9_856.01);
  });

  it("holds the hour of 2020-03-12 in which BTC fell 18 % (log return −0.201), known at 11:00 UTC and not before", function () {
    const prices = loadFolder(referencePath(this, "spot-hourly"), ["BTC"], { from: "2020-03-12T10:00Z", hours: 2 });
    const [before, after] = [prices.at(0), prices.at(1)];
    expect(formatUtc(after.timeUtc)).to.equal("2020-03-12T11:00Z");
    expect(Math.log(after.prices["BTC"]! / before.prices["BTC"]!)).to.satisfy(closeTo(-0.201, 5e-4));
    expect(after.volumes).to.deep.equal({});
  });
});
