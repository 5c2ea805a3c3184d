import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ReplayError } from "../../../prover/data/errors.ts";
import { meanImpliedVol, noImpliedVol } from "../../../prover/data/impliedVol.ts";
import type { ImpliedVol } from "../../../prover/data/impliedVol.ts";
import { openImpliedVol } from "../../../prover/node/recorded/impliedVol.ts";
import { referencePath } from "../../support/sharedData.ts";

const HOUR = 3_600;
const NEW_YEAR = Date.UTC(2025, 0, 1) / 1_000;

function index(files: Readonly<Record<string, string>>, assets?: readonly string[]): ImpliedVol {
  const folder = mkdtempSync(join(tmpdir(), "tacit-volatility-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return openImpliedVol(folder, assets);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const candles = (closes: readonly number[]): string =>
  `timestamp,open,high,low,close\n${closes.map((close, i) => `${(NEW_YEAR + i * HOUR) * 1_000},50,99,1,${close}`).join("\n")}\n`;

describe("An index of implied volatility", function () {
  it("is known when its hour has closed, counts for six hours, and is none before and after", function () {
    const found = index({ "BTC_dvol_1h.csv": candles([50, 60.25]) }, ["BTC", "ETH"]);
    expect(found.recorded).to.deep.equal(["BTC"]);
    const at = (hours: number) => found("BTC", NEW_YEAR + hours * HOUR);
    expect([0.5, 1, 1.5, 2, 8, 8.5].map(at)).to.deep.equal([
      undefined,
      500_000n,
      500_000n,
      602_500n,
      602_500n,
      undefined,
    ]);
    expect(found("ETH", NEW_YEAR + HOUR)).to.equal(undefined);
  });

  it("is the mean over the underlyings that have one", function () {
    const found = index({ "BTC.csv": candles([50, 60]), "ETH-USD.csv": candles([70]) });
    const mean = (symbols: readonly string[], hours: number) => meanImpliedVol(found, symbols, NEW_YEAR + hours * HOUR);
    expect(mean(["BTC", "ETH", "SOL"], 1)).to.equal(600_000n);
    expect(mean(["BTC"], 2)).to.equal(600_000n);
    expect(mean(["SOL"], 1)).to.equal(undefined);
    expect(meanImpliedVol(noImpliedVol, ["BTC"], NEW_YEAR)).to.equal(undefined);
  });

  it("is refused where it is of other assets, or no per cent a year", function () {
    expect(() => index({ "BTC.csv": candles([50]) }, ["ETH"])).to.throw(
      ReplayError,
      "has volatility indices of BTC, the prices are of ETH",
    );
    expect(() => index({ "BTC.csv": candles([50, 0.65]) })).to.throw(
      ReplayError,
      "BTC.csv, line 3: 0.65 is no volatility in per cent a year, from 3 to 2000; write 65.2 for 65.2 %",
    );
    expect(() => index({})).to.throw(ReplayError, "holds no .csv or .csv.gz file");
  });

  it("reads a recorded one, whose first close, 84.88 %, is of 2021-03-24 01:00 UTC", function () {
    const found = openImpliedVol(referencePath(this, "iv"));
    expect(found("BTC", Date.parse("2021-03-24T01:00Z") / 1_000)).to.equal(848_800n);
    expect(found("BTC", Date.parse("2021-03-24T00:00Z") / 1_000)).to.equal(undefined);
    expect(found("BTC", Date.parse("2022-06-18T12:00Z") / 1_000)! > 1_000_000n).to.equal(true);
  });
});
