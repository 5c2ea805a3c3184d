import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { ReplayError } from "../../../prover/data/errors.ts";
import { formatUtc, parseUtc } from "../../../prover/data/time.ts";
import { loadFolder, loadSeries, parseHourlyCsv } from "../../../prover/node/recorded/csv.ts";
import { assetOf } from "../../../prover/node/recorded/fileName.ts";
import type { PathSelection, PricePath } from "../../../prover/data/path.ts";

const HOUR = 3_600;
const NEW_YEAR = Date.UTC(2025, 0, 1) / 1_000;
const read = (text: string) => parseHourlyCsv(text, "eth.csv", "ETH");

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(ReplayError);
    return (error as ReplayError).message;
  }
  throw new Error("nothing was refused");
}

/** A folder that is there while it is looked at. */
function inFolder<T>(files: Readonly<Record<string, string | Uint8Array>>, look: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tacit-tables-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return look(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lines of hours, the first `from` hours after New Year, every `step` seconds. */
const lines = (count: number, { from = 0, step = HOUR } = {}): string =>
  Array.from(
    { length: count },
    (_, i) => `${new Date((NEW_YEAR + from * HOUR + i * step) * 1_000).toISOString()},${3_000 + (i % 7)}.5,4.25`,
  ).join("\n");
const prices = (count: number, more = {}): string => `time,close,volume\n${lines(count, more)}\n`;

describe("The asset of a file", function () {
  it("is what stands before dollars, whatever dollars and however they are written, for prices and funding alike", function () {
    for (const [asset, files] of Object.entries({
      BTC: "BTCUSDT.csv BTC-USDT.csv BTC_USDT-1h.csv BTCFDUSD.csv BTCUSDC-1h-2025-01.csv BTCDAI.csv Binance_BTCUSDT_1h.csv.gz BTC-USDT_bybit_2021-01-01_funding_history.csv BTC-USDT-SWAP.csv XBTUSD.csv XBTUSD_60.csv XXBTZUSD.csv btcusdt.CSV",
      ETH: "ETHBUSD.csv ETH-USD.csv ETHUSDT-fundingRate-2025-01.csv eth.csv ETH_1h.csv",
      BNB: "BNBUSD.csv BNBBUSD.csv",
      DOT: "DOTUSD.csv DOTTUSD.csv",
      STRAX: "STRAXBUSD.csv",
      "1INCH": "1INCHUSDT.csv",
      USDC: "USDCUSDT.csv",
    }))
      for (const file of files.split(" ")) expect(assetOf(file), file).to.equal(asset);
  });

  it("is asked for where a name says none, or two, or one in other money", function () {
    for (const [file, message] of [
      ["ETHBTC.csv", /is a pair in BTC: prices must be in dollars/],
      ["BTCEUR.csv", /is a pair in EUR/],
      ["ETH-BTC.csv", /does not say of which asset it is: name it after its pair, such as ETH-USDT\.csv/],
      ["USDT_BTC.csv", /does not say of which asset/],
      ["ETH1H.csv", /write the interval apart/],
      ["ARBUSD.csv", /as AR in BUSD and as ARB in USD/],
    ] as const)
      expect(refusal(() => assetOf(file)))
        .to.match(new RegExp(`^${file.replace(".", "\\.")}: `))
        .and.to.match(message);
  });
});

describe("A price file in another dialect", function () {
  const plain = read("time,close,volume\n2025-01-01T00:00Z,3000.5,4.25\n2025-01-01T01:00Z,2964.88,5.5\n");
  const same = (text: string | Uint8Array): void => {
    const [series] = inFolder({ "eth.csv": text }, (folder) => loadSeries(folder));
    expect([series!.times, series!.closes, series!.volumes]).to.deep.equal([plain.times, plain.closes, plain.volumes]);
  };
  const TEXT = "time,close,volume\n2025-01-01T00:00Z,3000.5,4.25\n2025-01-01T01:00Z,2964.88,5.5\n";

  it("is read: semicolons with decimal commas or points, tabs, a line sep=, byte order marks, UTF-16, gzip", function () {
    same(TEXT.replaceAll(",", ";").replaceAll("\n", "\r\n"));
    same(TEXT.replaceAll(",", ";").replaceAll(/(\d)\.(\d)/g, "$1,$2"));
    same(TEXT.replaceAll(",", "\t"));
    same(`sep=,\r\n${TEXT}`);
    same(`\uFEFFsep=;\n${TEXT.replaceAll(",", ";")}`);
    same(`\uFEFF${TEXT}`);
    same(`${TEXT},,\n`);
    for (const mark of ["\uFEFF", ""]) {
      const wide = Buffer.from(mark + TEXT, "utf16le");
      same(wide);
      same(Buffer.from(wide).swap16());
    }
    same(gzipSync(TEXT));
  });

  it("is refused by its fault and line where numbers can be read in two ways, or columns can't be told apart", function () {
    const semicolons = (...numbers: string[]): string =>
      `time;close\n${numbers.map((number, i) => `2025-01-01T0${i}:00Z;${number}`).join("\n")}\n`;
    expect(refusal(() => read(semicolons("3.000", "2.964")))).to.match(
      /^eth\.csv, line 2: "3\.000" and all .* two ways/,
    );
    expect(refusal(() => read(semicolons("3,000", "2,964")))).to.match(/line 2: "3,000" and all .* two ways/);
    expect(refusal(() => read(semicolons("3.000,50")))).to.match(/line 2: "3\.000,50" has points and commas/);
    expect(refusal(() => read(semicolons("2964,88", "2964.88")))).to.match(
      /line 3: .* another decimal mark than "2964,88"/,
    );
    expect(read(semicolons("2964,880", "3000,500")).closes).to.deep.equal([2_964.88, 3_000.5]);
    expect(refusal(() => read("time,close\n2025-01-01T00:00Z,3000,50\n"))).to.match(
      /^eth\.csv, line 2: it has 3 of 2 fields, which stand apart by commas; .*separate by semicolons if/,
    );
    expect(refusal(() => read("https://example.com\ntime,close\n2025-01-01T00:00Z,1\n"))).to.match(
      /line 2: it has 2 fields, line 1 above it has one; take that off/,
    );
    expect(refusal(() => read("time,close\n2025-01-01T00:00Z,1\n\0\0\n"))).to.match(
      /line 3: it holds bytes that are no text/,
    );
    for (const number of ["NaN", "null", "0x10", "Infinity", "95,000"])
      expect(
        refusal(() => read(`time,close\n2025-01-01T00:00Z,"${number}"\n`)),
        number,
      ).to.match(/line 2: .* is not a price/);
  });

  it("is read in seconds, milliseconds, microseconds and nanoseconds, with a decimal part or without", function () {
    for (const stamp of [
      "1735689600",
      "1735689600.0",
      "1735689600000",
      "1735689600000.000",
      "1735689600000000",
      "1735689600000000000",
    ])
      expect(parseUtc(stamp), stamp).to.equal(NEW_YEAR);
    for (const stamp of ["1.7356896e9", "173568960000000000000000", "20250101"])
      expect(
        refusal(() => parseUtc(stamp)),
        stamp,
      ).to.match(/is not a time/);
  });

  it("without a heading is read as an exchange's candles, and refused where it can't be these", function () {
    const candles = (order: (t: number) => string): string =>
      Array.from({ length: 3 }, (_, i) => order(NEW_YEAR + i * HOUR)).join("\n");
    const series = read(candles((t) => `${t}000000,1,2,0.5,1.5,7,${t + 3_599}999999`));
    expect(series.times[0]).to.equal(NEW_YEAR + HOUR);
    expect([series.closes, series.volumes]).to.deep.equal([
      [1.5, 1.5, 1.5],
      [7, 7, 7],
    ]);
    expect(refusal(() => read(candles((t) => `${t},7,1.5,1,2,0.5`)))).to.match(
      /line 1: without a heading the columns are taken as open_time, open, high, low, close, volume, which this line does not fit/,
    );
    expect(refusal(() => read(candles((t) => `${t},1.5`)))).to.match(
      /line 1: no time column among .* must name the columns/,
    );
  });

  it("knows a close an hour after the stamp wherever the stamp is a candle's opening", function () {
    const first = (heading: string, line: string): number => read(`${heading}\n${line}\n`).times[0]! - NEW_YEAR;
    expect(first("timestamp,open,high,low,close", "1735689600000,1,2,1,2")).to.equal(HOUR);
    expect(first("time,open,high,low,close", "1735689600,1,2,1,2")).to.equal(HOUR);
    expect(first("Open time,Open,High,Low,Close,Volume", "1735689600000,1,2,1,2,5")).to.equal(HOUR);
    expect(first("timestamp,close", "1735689600000,2")).to.equal(0);
    expect(first("Datetime,Close,Adj Close", "2025-01-01 00:00:00+00:00,2,2")).to.equal(0);
  });

  it("is refused where its lines are no hour apart, with the line, the first two times and the spacing", function () {
    expect(refusal(() => read("date,close\n2020-01-01,4\n2020-01-02,5\n2020-01-03,6\n"))).to.equal(
      'eth.csv, line 3: lines are a day apart ("2020-01-01", then "2020-01-02"); give hourly prices',
    );
    for (const [step, words] of [
      [300, "5 minutes"],
      [900, "15 minutes"],
      [4 * HOUR, "4 hours"],
    ] as const)
      expect(refusal(() => read(prices(50, { step })))).to.contain(`lines are ${words} apart`);
    expect(refusal(() => read(prices(50, { step: -HOUR })))).to.contain("the file has the newest line first");
  });
});

describe("A folder of prices as people have them", function () {
  const path = (files: Readonly<Record<string, string | Uint8Array>>, selection: PathSelection = {}): PricePath =>
    inFolder(files, (folder) => loadFolder(folder, undefined, selection));

  it("joins files of one asset that follow each other, and says of others what to do", function () {
    const whole = path({ "ETHUSDT.csv": prices(744 + 100) });
    const months = path({
      "ETHUSDT-1h-2025-02.csv": prices(100, { from: 744 }).replaceAll("3000.5", "3002.5"),
      "ETHUSDT-1h-2025-01.csv": prices(744),
    });
    expect([months.hours, months.notes]).to.deep.equal([844, []]);
    expect(months.at(843).timeUtc).to.equal(whole.at(843).timeUtc);
    expect(refusal(() => path({ "ETH-01.csv": prices(744), "ETH-02.csv": prices(100, { from: 740 }) }))).to.match(
      /ETH-01\.csv and ETH-02\.csv both hold ETH at 2025-01-31T20:00Z; keep one .* follow each other are joined/,
    );
    expect(
      refusal(() => path({ "ETH-01.csv": prices(744), "ETH-03.csv": prices(100, { from: 744 + 28 * 24 }) })),
    ).to.match(/^ETH-03\.csv, line 2: no price of ETH from 2025-01-31T23:00Z to 2025-03-01T00:00Z, 28 days/);
  });

  it("does without what the system and office programs keep there, and names what is packed", function () {
    const good = { "ETHUSDT.csv": prices(5) };
    const hidden = {
      ".DS_Store": "x",
      "._ETHUSDT.csv": new Uint8Array([0, 5, 22, 7]),
      "~$ETHUSDT.csv": "x",
      "notes.txt": "x",
    };
    expect(path({ ...good, ...hidden, "ETHUSDT.zip": "PK" }).assets).to.deep.equal(["ETH"]);
    expect(refusal(() => path({ ...good, "BTCUSDT-1h.zip": "PK" }))).to.match(
      /^BTCUSDT-1h\.zip: it is packed: unpack it/,
    );
    expect(refusal(() => path({ ...good, "BTCUSDT.xlsx": "PK" }))).to.match(
      /^BTCUSDT\.xlsx: it is no CSV: save it as CSV/,
    );
  });

  it("says which series begins last and ends first, and for how many hours", function () {
    const long = prices(900);
    expect(path({ "ETH.csv": long, "BTC.csv": long }).notes).to.deep.equal([]);
    const delisted = { "ETH.csv": long, "BTC.csv": long, "FTTUSDT.csv": prices(760) };
    expect(path(delisted).notes).to.deep.equal([
      "FTT (FTTUSDT.csv) ends 2025-02-01T15:00Z: 140 hours that BTC,ETH have after it are left out (--assets BTC,ETH plays them)",
    ]);
    expect(path(delisted, { to: "2025-01-20" }).notes, "not played anyhow").to.deep.equal([]);
    expect(path(delisted, { hours: 100 }).notes, "not played anyhow").to.deep.equal([]);
    expect(path(delisted, { to: "2025-03-01" }).notes).to.have.length(2);
    const listed = { "ETH.csv": long, "BTC.csv": long, "NEWUSDT.csv": prices(100, { from: 800 }) };
    expect(path(listed).notes![0]).to.match(/^NEW \(NEWUSDT\.csv\) begins 2025-02-03T08:00Z: 800 hours/);
    expect(refusal(() => path(listed, { history: 720 }))).to.match(
      /the series share 100 hours; it takes more than 720.*; NEW \(NEWUSDT\.csv\) begins 2025-02-03T08:00Z.*--assets BTC,ETH/,
    );
  });

  it("plays over hours that are missing and says how many, and refuses a hole of days by file and line", function () {
    const gap = (hours: number): string => `${prices(200)}${lines(200, { from: 200 + hours })}\n`;
    const short = path({ "ETH.csv": gap(5), "BTC.csv": prices(405) });
    expect([short.hours, short.notes]).to.deep.equal([
      400,
      [
        "5 hours that lack a price of ETH (first 2025-01-09T08:00Z, ETH.csv, before line 202): returns reach over them, funding is paid for them",
      ],
    ]);
    expect(refusal(() => path({ "ETH.csv": gap(240), "BTC.csv": prices(700) }))).to.match(
      /^ETH\.csv, line 202: no price of ETH from 2025-01-09T07:00Z to 2025-01-19T08:00Z, 10 days; .*--from, --to.*--assets/,
    );
    const behind = path({ "ETH.csv": gap(240) }, { from: "2025-01-20" });
    expect([formatUtc(behind.at(0).timeUtc), behind.notes]).to.deep.equal(["2025-01-20T00:00Z", []]);
    const sessions = Array.from({ length: 40 }, (_, day) => lines(7, { from: 24 * day })).join("\n");
    expect(refusal(() => path({ "ETH.csv": `time,close,volume\n${sessions}\n` }))).to.match(
      /hours lack a price of ETH/,
    );
  });

  it("reads tokens of a billionth of a dollar, and refuses by line what has too few digits", function () {
    expect(read("time,close\n2025-01-01T00:00Z,4.3532e-9\n").closes).to.deep.equal([4.3532e-9]);
    expect(refusal(() => read("time,close\n2025-01-01T00:00Z,4e-13\n"))).to.match(
      /^eth\.csv, line 2: "4e-13" is not a price/,
    );
  });
});
