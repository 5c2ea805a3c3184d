import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ReplayError } from "../../../prover/data/errors.ts";
import { fundingBetween, meanPaidFunding, USUAL_FUNDING_PPB } from "../../../prover/data/funding.ts";
import type { Funding } from "../../../prover/data/funding.ts";
import { loadFunding } from "../../../prover/node/recorded/funding.ts";

const HOUR = 3_600;
const NEW_YEAR = Date.UTC(2025, 0, 1) / 1_000;
const USUAL = Number(USUAL_FUNDING_PPB);

function funding(files: Readonly<Record<string, string>>): Funding {
  const folder = mkdtempSync(join(tmpdir(), "tacit-funding-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return loadFunding(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const refusal = (files: Readonly<Record<string, string>>): string => {
  try {
    funding(files);
  } catch (error) {
    expect(error).to.be.instanceOf(ReplayError);
    return (error as ReplayError).message;
  }
  throw new Error("nothing was refused");
};

/** A file with a rate at each of these hours since New Year. */
const stamped = (hours: readonly number[], rate: string | ((hour: number) => string), zone = ""): string =>
  `Date,Funding Rate\n${hours
    .map((hour) => {
      const stamp = new Date((NEW_YEAR + hour * HOUR) * 1_000).toISOString().slice(0, 19).replace("T", " ");
      return `${stamp}${zone},${typeof rate === "string" ? rate : rate(hour)}`;
    })
    .join("\n")}\n`;
const every = (step: number, until = 96): number[] => Array.from({ length: until / step + 1 }, (_, i) => i * step);
/** Parts per 10^9 of ETH in the hours that end so many hours after New Year. */
const ofHours = (found: Funding, hours: readonly number[]): number[] =>
  hours.map((hour) => Number(found("ETH", NEW_YEAR + hour * HOUR)));

describe("Recorded funding", function () {
  it("is the same of one market, whether it was recorded every eight, four, two hours or every hour", function () {
    for (const [step, rate] of [
      [8, "0.0008"],
      [4, "0.0004"],
      [2, "0.0002"],
      [1, "0.0001"],
    ] as const) {
      const found = funding({ "ETH-USDT.csv": stamped(every(step), rate) });
      expect(ofHours(found, [1, 9, 50, 96]), `${step} h`).to.deep.equal([100_000, 100_000, 100_000, 100_000]);
      expect(fundingBetween(found, "ETH", NEW_YEAR, NEW_YEAR + 96 * HOUR)).to.equal(9_600_000n);
      expect(meanPaidFunding(found, ["ETH"], NEW_YEAR + 50 * HOUR)).to.equal(100_000n);
      expect(found.notes).to.deep.equal([]);
    }
  });

  it("belongs to the time since the stamp before, also where the interval changes, and not to a hole", function () {
    const change = funding({ "ETH.csv": stamped([0, 8, 16, 20, 24, 28], "0.0008") });
    expect(ofHours(change, [16, 17, 20, 21])).to.deep.equal([100_000, 200_000, 200_000, 200_000]);
    const begins = funding({ "ETH.csv": stamped([0, 8, 12, 16, 24], "0.0008") });
    expect(ofHours(begins, [1, 8, 9, 24])).to.deep.equal([100_000, 100_000, 200_000, 100_000]);
    const hole = funding({ "ETH.csv": stamped([0, 8, 24, 32], "0.0008") });
    expect(ofHours(hole, [8, 9, 16, 17, 24, 33])).to.deep.equal([100_000, USUAL, USUAL, 100_000, 100_000, USUAL]);
    expect([9, 17].map((hour) => hole.has!("ETH", NEW_YEAR + hour * HOUR))).to.deep.equal([false, true]);
    const hourly = funding({ "ETH.csv": stamped([0, 1, 2, 8, 9, 10], "0.0001") });
    expect(ofHours(hourly, [2, 3, 7, 8])).to.deep.equal([100_000, USUAL, USUAL, 100_000]);
  });

  it("is known at its stamp and not before", function () {
    const found = funding({ "ETH.csv": stamped([0, 1, 2, 3], (hour) => `0.000${hour + 1}`) });
    const known = (hours: number): bigint => meanPaidFunding(found, ["ETH"], NEW_YEAR + hours * HOUR);
    expect([0, 1, 1.5, 2, 3, 5].map(known)).to.deep.equal([
      100_000n,
      200_000n,
      200_000n,
      300_000n,
      400_000n,
      USUAL_FUNDING_PPB,
    ]);
    // Paid at 4, 12, 20 hours UTC, as one exchange does.
    const late = funding({ "ETH.csv": stamped([4, 12, 20], (hour) => (hour === 4 ? "0.0008" : "0.0016"), "Z") });
    expect(ofHours(late, [4, 5, 12])).to.deep.equal([100_000, 200_000, 200_000]);
    expect(meanPaidFunding(late, ["ETH"], NEW_YEAR + 11 * HOUR)).to.equal(100_000n);
  });

  it("is read from exchanges' archives, a file a month, and in the dialects of price files", function () {
    const archive = (lines: string): string => `calc_time,funding_interval_hours,last_funding_rate\n${lines}`;
    const months = funding({
      "ETHUSDT-fundingRate-2025-01.csv": archive(
        "1735689600005,8,0.0008\n1735718400000,8,0.0008\n1735732800001,4,0.0004\n",
      ),
      "ETHUSDT-fundingRate-2025-02.csv": archive("1738368000000,8,0.0016\n"),
    });
    expect(ofHours(months, [0, 8, 9, 12, 13, 744])).to.deep.equal([100_000, 100_000, 100_000, 100_000, USUAL, 200_000]);
    const wide = "\uFEFFDate;Funding Rate\r\n2025-01-01 00:00:00;0,0008\r\n2025-01-01 08:00:00;0,0008\r\n";
    expect(ofHours(funding({ "ETH_USDT.csv": wide }), [8])).to.deep.equal([100_000]);
    const overlap = funding({ "ETH-1.csv": stamped([0, 8, 16], "0.0008"), "ETH-2.csv": stamped([16, 24], "0.0008") });
    expect([ofHours(overlap, [24]), overlap.notes]).to.deep.equal([[100_000], []]);
  });

  it("says what it left out, and which clock it took stamps to be of", function () {
    const two = funding({ "ETH-1.csv": stamped([0, 8, 16], "0.0008"), "ETH-2.csv": stamped([8, 16], "0.0001") });
    expect(two.notes).to.deep.equal(["ETH-2.csv is left out: ETH's funding of the same time is read from ETH-1.csv"]);
    expect(ofHours(two, [16])).to.deep.equal([100_000]);
    const local = funding({ "ETH.csv": stamped([3, 11, 19], (hour) => (hour === 11 ? "0.0016" : "0.0008")) });
    expect(local.notes![0]).to.match(/^ETH\.csv: its stamps are taken as of a clock 3 hours ahead of UTC/);
    expect(ofHours(local, [8, 9])).to.deep.equal([200_000, 100_000]);
    const mixed = funding({ "ETH.csv": stamped([3, 11, 15, 23], "0.0008") });
    expect(ofHours(mixed, [8, 9, 12, 13])).to.deep.equal([100_000, 200_000, 200_000, 100_000]);
    expect(funding({ "ETH.csv": stamped([0, 8, 16], "0.0008", "+03:00") }).notes).to.deep.equal([]);
  });

  it("is refused with file and line where a rate is empty, none, in per cent, or a time is none", function () {
    const file = (rate: string): Record<string, string> => ({ "ETH.csv": stamped([0, 8, 16], rate) });
    expect(refusal(file(""))).to.match(/^ETH\.csv, line 2: the rate is empty: write a fraction/);
    expect(refusal(file("NaN"))).to.match(/^ETH\.csv, line 2: "NaN" is no rate/);
    expect(refusal(file("0.0800%"))).to.match(
      /^ETH\.csv, line 2: "0\.0800%" is no rate: write a fraction, 0\.0001 for 0\.01 %/,
    );
    expect(refusal(file("0.01"))).to.match(/^ETH\.csv: half the rates are beyond 0\.01, as if in per cent/);
    expect(refusal(file("2"))).to.match(/^ETH\.csv, line 2: "2" is no rate/);
    expect(refusal({ "ETH.csv": `${stamped([0, 8], "0.0001")}soon,0.0001\n` })).to.match(
      /^ETH\.csv, line 4: "soon" is not a time/,
    );
    expect(refusal({ "ETH.csv": `${stamped([0, 8], "0.0001")}2025-01-01 16:00:00,0.0001,1\n` })).to.match(
      /^ETH\.csv, line 4: it has 3 of 2 fields/,
    );
    expect(refusal({ "ETH.csv": stamped([0, 8, 8], "0.0001") })).to.match(/^ETH\.csv, line 4: .* is not later/);
    expect(refusal({ "ETH.csv": stamped([0, 24, 48], "0.0001") })).to.match(/^ETH\.csv, line 3: lines are a day apart/);
    expect(refusal({ "ETH.csv": stamped([0, 8, 15, 23], "0.0001") })).to.match(
      /^ETH\.csv, line 4: the rate at .* would be of 7 hours/,
    );
    expect(refusal({ "ETH.csv": stamped([5.5, 13.5], "0.0001") })).to.match(/^ETH\.csv, line 2: .* is not a full hour/);
    expect(refusal({ "ETH.csv": "Date,Funding Rate (%)\n" })).to.match(/^ETH\.csv, line 1: no rate column/);
  });
});
