import { expect } from "chai";
import fc from "fast-check";
import { black76 } from "../../prover/surface/black76.ts";
import { SnapshotError } from "../../prover/base/snapshotErrors.ts";
import { packSlot, unpackSlot } from "../../prover/format/lanes.ts";
import { DEFAULT_ROW_PARAMS, instrumentRows } from "../../prover/snapshot/rows.ts";
import type { Instrument, Quote, OptionInstrument } from "../../prover/snapshot/rows.ts";
import { SMALL_SCENARIOS, STANDARD_SCENARIOS } from "../../prover/snapshot/scenarios.ts";
import type { VolShock } from "../../prover/snapshot/scenarios.ts";
import { flatSurface } from "../../prover/surface/surface.ts";
import { closeTo } from "../support/closeTo.ts";

const NOW = 1_700_000_000;
const DAY = 86_400;
const lot = { underlying: "ETH", lotSize: 10n ** 16n, orderCap: 1_000_000n }; // 0.01 token
const spot: Instrument = { ...lot, kind: "spot" };
const perp: Instrument = { ...lot, kind: "perp" };
const option: OptionInstrument = { ...lot, kind: "option", strikeUsd: 2_200, expiryUtc: NOW + 30 * DAY, isCall: true };
const market: Quote = {
  timeUtc: NOW,
  spotUsd: 2_000,
  forwardUsd: 2_010,
  surface: flatSurface(NOW, 0.6),
  volumeTokens: 12_345.678,
};
const scenario = (bps: number, shock: VolShock) =>
  STANDARD_SCENARIOS.findIndex((s) => s.spotShockBps === bps && s.volShock === shock);

describe("The rows of one lot", function () {
  it("of spot are its price: 0.01 ETH at $2,000 is 20,000,000 micro-dollars of value, delta and notional", function () {
    const rows = instrumentRows(spot, market);
    expect(rows).to.include({ value: 20_000_000n, delta: 20_000_000n, gamma: 0n, vega: 0n, notional: 20_000_000n });
    expect(rows.stress[scenario(-2000, "up")]).to.equal(-4_000_000n);
    expect(rows.stress[scenario(500, "down")]).to.equal(1_000_000n);
    expect(rows.stress[scenario(0, "unchanged")]).to.equal(0n);
  });

  it("of a perp have no value and the delta of its own mark", function () {
    const rows = instrumentRows(perp, market);
    expect(rows).to.include({ value: 0n, delta: 20_100_000n, notional: 20_100_000n });
    expect(rows.stress[scenario(-2000, "up")]).to.equal(-4_020_000n);
  });

  it("of an option are Black-76 on its forward, within one micro-dollar", function () {
    const rows = instrumentRows(option, market);
    const model = black76({ forward: 2_010, strike: 2_200, years: 30 / 365, vol: 0.6, isCall: true });
    const scale = 0.01 * 1e6;
    const near = (row: bigint, real: number) => expect(Number(row)).to.satisfy(closeTo(real * scale, 1));
    near(rows.value, model.price);
    near(rows.delta, model.delta * 2_010);
    near(rows.gamma, (model.gamma * 2_010 ** 2) / 100);
    near(rows.vega, model.vegaPerPoint);
    near(rows.notional, 2_010);
    const crash = black76({ forward: 2_010 * 0.8, strike: 2_200, years: 30 / 365, vol: 0.6 * 1.45, isCall: true });
    near(rows.stress[scenario(-2000, "up")]!, crash.price - model.price);
  });

  it("say what gamma says: a 1 % move changes the option's share count by gamma dollars", function () {
    const rows = instrumentRows(option, market);
    const deltaAt = (forwardUsd: number) =>
      Number(instrumentRows(option, { ...market, forwardUsd }).delta) / forwardUsd;
    const move = (deltaAt(2_010 * 1.005) - deltaAt(2_010 * 0.995)) * 2_010;
    expect(move / Number(rows.gamma)).to.satisfy(closeTo(1, 1e-3));
  });

  it("lose at most the premium for a long option, in every scenario", function () {
    for (const isCall of [true, false]) {
      const rows = instrumentRows({ ...option, isCall }, market);
      for (const profit of rows.stress) {
        expect(profit >= -rows.value - 1n).to.equal(true);
      }
    }
  });

  it("round assets down, losses up, charges up and liquidity down", function () {
    const odd = { ...market, spotUsd: 1.000001, volumeTokens: 1.0999999 };
    const rows = instrumentRows({ ...spot, lotSize: 10n ** 18n / 3n }, odd, {
      ...DEFAULT_ROW_PARAMS,
      liquidityShareBps: 10_000,
    });
    expect(rows.value).to.equal(333_333n); // 333,333.67
    expect(rows.delta).to.equal(333_334n);
    expect(rows.notional).to.equal(333_334n);
    expect(rows.stress[scenario(-500, "up")]).to.equal(-16_667n); // −16,666.68
    expect(rows.stress[scenario(500, "up")]).to.equal(16_666n);
    expect(rows.slip).to.equal(1_667n); // 50 bps of 333,334 is 1,666.67
    expect(rows.liquidity).to.equal(3n);
  });

  it("allow slippage of 50 basis points of notional for spot and perps, 100 for options", function () {
    expect(instrumentRows(spot, market).slip).to.equal(100_000n);
    expect(instrumentRows(perp, market).slip).to.equal(100_500n);
    expect(instrumentRows(option, market).slip).to.equal(201_000n);
  });

  it("of spot have no contingency, of a perp 2 % of notional for its basis and 2 µUSD for rounding", function () {
    expect(instrumentRows(spot, market).contingency).to.equal(0n);
    expect(instrumentRows(perp, market).contingency).to.equal(402_002n);
    expect(instrumentRows({ ...perp, lotSize: 1n }, market).contingency).to.equal(3n);
  });

  it("of an option have a contingency of 5 % of notional less what it is out of the money, at least 2 %", function () {
    const contingency = (strikeUsd: number, isCall: boolean) =>
      instrumentRows({ ...option, strikeUsd, isCall }, market).contingency;
    // The forward is $2,010, a lot 0.01 token: 5 % is $1.005, 2 % is $0.402.
    for (const isCall of [true, false]) {
      const away = isCall ? 1 : -1;
      expect(contingency(2_010, isCall)).to.equal(1_005_002n);
      expect(contingency(2_010 - away * 500, isCall), "in the money").to.equal(1_005_002n);
      expect(contingency(2_010 + away * 60, isCall)).to.equal(405_002n);
      expect(contingency(2_010 + away * 60.3, isCall)).to.equal(402_002n);
      expect(contingency(2_010 + away * 60.4, isCall)).to.equal(402_002n);
      expect(contingency(2_010 + away * 1_000, isCall)).to.equal(402_002n);
    }
  });

  it("count a tenth of the traded volume as liquidity, never more than the order cap", function () {
    expect(instrumentRows(spot, market).liquidity).to.equal(123_456n);
    expect(instrumentRows({ ...spot, orderCap: 1_000n }, market).liquidity).to.equal(1_000n);
    expect(instrumentRows(spot, { ...market, volumeTokens: 0 }).liquidity).to.equal(0n);
  });

  it("price at the spot mark when no forward is given", function () {
    expect(instrumentRows(perp, { ...market, forwardUsd: undefined }).delta).to.equal(20_000_000n);
  });

  it("of an option that expires exactly now are its payoff", function () {
    const rows = instrumentRows({ ...option, strikeUsd: 1_910, expiryUtc: NOW }, market);
    expect(rows).to.include({ value: 1_000_000n, delta: 20_100_000n, gamma: 0n, vega: 0n });
    expect(rows.stress[scenario(-2000, "up")]).to.equal(-1_000_000n);
    expect(rows.stress[scenario(1000, "down")]).to.equal(2_010_000n);
  });

  it("of an option that has expired and is not settled yet are its payoff still, surface or none", function () {
    const late = { ...option, strikeUsd: 1_910, expiryUtc: NOW - DAY };
    expect(instrumentRows(late, { ...market, surface: undefined })).to.deep.equal(
      instrumentRows({ ...late, expiryUtc: NOW }, market),
    );
  });

  it("are S stress lanes for the profile's scenarios", function () {
    const rows = instrumentRows(option, market, { ...DEFAULT_ROW_PARAMS, scenarios: SMALL_SCENARIOS });
    expect(rows.stress).to.have.length(4);
    expect(rows.stress[0]).to.equal(instrumentRows(option, market).stress[scenario(-2000, "up")]);
  });

  it("survive packing, for options of any strike, age and volatility", function () {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 800 * DAY }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        fc.boolean(),
        (strikeUsd, seconds, vol, isCall) => {
          const rows = instrumentRows(
            { ...option, strikeUsd, isCall, expiryUtc: NOW + seconds },
            { ...market, surface: flatSurface(NOW, vol) },
          );
          const { value, delta, gamma, vega, stress } = rows;
          expect(unpackSlot(packSlot(rows), 23)).to.deep.equal({ value, delta, gamma, vega, stress });
        },
      ),
      { numRuns: 100 },
    );
  });

  const refusals: [string, Instrument, Quote, string][] = [
    ["a surface of another instant", option, { ...market, surface: flatSurface(NOW - 1, 0.6) }, "stale-surface"],
    ["an option without a surface", option, { ...market, surface: undefined }, "invalid-input"],
    ["a price of zero", spot, { ...market, spotUsd: 0 }, "invalid-input"],
    ["a price that is not a number", spot, { ...market, spotUsd: NaN }, "invalid-input"],
    ["a negative volume", spot, { ...market, volumeTokens: -1 }, "invalid-input"],
    ["a lot of nothing", { ...spot, lotSize: 0n }, market, "invalid-input"],
    ["an order cap beyond 2^31 lots", { ...spot, orderCap: 1n << 31n }, market, "invalid-input"],
    ["a lot worth 2^48 micro-dollars or more", { ...spot, lotSize: 10n ** 24n }, market, "out-of-range"],
  ];
  it("are refused for a contingency in fractions of a basis point, or of more than the notional", function () {
    for (const basisBps of [0.5, -1, 10_001]) {
      const params = { ...DEFAULT_ROW_PARAMS, contingency: { ...DEFAULT_ROW_PARAMS.contingency, basisBps } };
      expect(() => instrumentRows(perp, market, params))
        .to.throw(SnapshotError)
        .with.property("code", "invalid-input");
    }
  });
  for (const [name, instrument, state, code] of refusals) {
    it(`are refused for ${name}`, function () {
      expect(() => instrumentRows(instrument, state))
        .to.throw(SnapshotError)
        .with.property("code", code);
    });
  }
});
