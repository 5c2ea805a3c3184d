import { expect } from "chai";
import { black76, yearsToExpiry } from "../../prover/surface/black76.ts";
import { largest, num, referenceCsv } from "../support/sharedData.ts";
import { closeTo } from "../support/closeTo.ts";

/**
 * Black-76 against published numbers. The bound in each title is the largest error over all rows; what it
 * measures against prints few digits where the bound is loose.
 */
describe("Black-76 against published numbers", function () {
  describe("Deribit's BTC chain of 2026-03-01, 166 options", function () {
    // The chain's own instant, inferred from it. Prices are in BTC, delta and gamma are of the forward,
    // vega is per vol point, theta per day.
    const OBSERVED_UTC = Date.UTC(2026, 2, 1, 13, 49, 2) / 1_000;

    function errors(
      rows: Record<string, string>[],
      error: (row: Record<string, string>, ours: ReturnType<typeof black76>) => number,
    ): number {
      return largest(
        rows.map((row) => {
          const ours = black76({
            forward: num(row, "underlying_price"),
            strike: num(row, "strike"),
            years: yearsToExpiry(OBSERVED_UTC, num(row, "expiration_timestamp") / 1_000),
            vol: num(row, "mark_iv") / 100,
            isCall: row["type"] === "call",
          });
          return error(row, ours);
        }),
      );
    }

    const file = "deribit/btc_chain_greeks_2026-03.csv";

    it("gives the exchange's deltas to 2.61e-5", function () {
      expect(errors(referenceCsv(this, file), (row, ours) => ours.delta - num(row, "delta"))).to.be.below(2.61e-5);
    });
    it("gives the exchange's vegas to a relative 3.7e-5", function () {
      expect(errors(referenceCsv(this, file), (row, ours) => ours.vegaPerPoint / num(row, "vega") - 1)).to.be.below(
        3.7e-5,
      );
    });
    it("gives the exchange's gammas to 5e-6, half their last printed digit", function () {
      expect(errors(referenceCsv(this, file), (row, ours) => ours.gamma - num(row, "gamma"))).to.be.below(5e-6);
    });
    it("gives the exchange's thetas to a relative 1.35e-4", function () {
      expect(errors(referenceCsv(this, file), (row, ours) => ours.thetaPerDay / num(row, "theta") - 1)).to.be.below(
        1.35e-4,
      );
    });
    it("gives the exchange's marks to 7.75e-5 BTC", function () {
      const error = errors(
        referenceCsv(this, file),
        (row, ours) => ours.price / num(row, "underlying_price") - num(row, "mark_price"),
      );
      expect(error).to.be.below(7.75e-5);
    });
  });

  it("keeps the put-call parity that Deribit's 342 pairs of ETH marks keep to 8.4e-5 ETH (2024-01-08)", function () {
    const rows = referenceCsv(this, "deribit/eth_book_summary_2024-01-08.csv");
    const key = (row: Record<string, string>) => `${row["expire_date"]} ${row["strike_price"]}`;
    const puts = new Map(rows.filter((row) => row["option_type"] === "P").map((row) => [key(row), row]));
    const gaps: number[] = [];
    for (const call of rows.filter((row) => row["option_type"] === "C")) {
      const put = puts.get(key(call));
      if (put === undefined) {
        continue;
      }
      const forward = num(call, "underlying_price");
      const strike = num(call, "strike_price");
      const contract = { forward, strike, years: 0.1, vol: 0.5 };
      const ours = black76({ ...contract, isCall: true }).price - black76({ ...contract, isCall: false }).price;
      gaps.push(num(call, "mark_price") - num(put, "mark_price") - ours / forward);
    }
    expect(gaps).to.have.length(342);
    expect(largest(gaps)).to.be.below(8.4e-5);
  });

  it("gives QuantLib's price to 1e-14 of the forward, delta to 1e-14, gamma, vega and theta to a relative 1e-12 (400 points)", function () {
    const rows = referenceCsv(this, "vectors/black76_quantlib_golden.csv");
    const worst = { price: 0, delta: 0, gamma: 0, vega: 0, theta: 0 };
    for (const row of rows) {
      const forward = num(row, "forward");
      const ours = black76({
        forward,
        strike: num(row, "strike"),
        years: num(row, "t_years"),
        vol: num(row, "sigma"),
        discount: num(row, "discount"),
        isCall: row["type"] === "call",
      });
      worst.price = largest([worst.price, (ours.price - num(row, "price")) / forward]);
      worst.delta = largest([worst.delta, ours.delta - num(row, "delta_fwd")]);
      worst.gamma = largest([worst.gamma, ours.gamma / num(row, "gamma_fwd") - 1]);
      worst.vega = largest([worst.vega, ours.vegaPerUnit / num(row, "vega") - 1]);
      worst.theta = largest([worst.theta, ours.thetaPerYear / num(row, "theta_calendar_r0") - 1]);
    }
    expect(rows).to.have.length(400);
    expect(worst.price).to.be.below(1e-14);
    expect(worst.delta).to.be.below(1e-14);
    expect(worst.gamma).to.be.below(1e-12);
    expect(worst.vega).to.be.below(1e-12);
    expect(worst.theta).to.be.below(1e-12);
  });

  // Haug quotes options on spot with a rate r and a yield q: F = S·e^((r−q)T), D = e^(−rT).
  function haug(row: Record<string, string>, strikeColumn = "strike") {
    const [spot, q, r, years] = [num(row, "spot"), num(row, "q"), num(row, "r"), num(row, "t")];
    const growth = Math.exp((r - q) * years);
    const forward = spot * growth;
    const ours = black76({
      forward,
      strike: num(row, strikeColumn),
      years,
      vol: num(row, "vol"),
      discount: Math.exp(-r * years),
      isCall: row["type"] === "C",
    });
    return { spot, q, r, years, growth, forward, ours };
  }

  it("gives Haug's 43 printed prices to 5.6e-5 (he prints 1.8734 for 1.87334), and QuantLib's values of them to 1e-12", function () {
    const rows = referenceCsv(this, "vectors/haug_bsm_prices.csv");
    expect(rows).to.have.length(43);
    for (const row of rows) {
      const { ours } = haug(row);
      expect(ours.price).to.satisfy(closeTo(num(row, "price_4dp"), 5.6e-5));
      expect(ours.price).to.satisfy(closeTo(num(row, "price_quantlib"), 1e-12));
    }
  });

  it("gives Haug's 11 Greeks of spot, by the chain rule, to their 4 decimals, and QuantLib's values to 1e-10", function () {
    const rows = referenceCsv(this, "vectors/haug_bsm_greeks.csv");
    expect(rows).to.have.length(11);
    for (const row of rows) {
      const { spot, q, r, years, growth, forward, ours } = haug(row);
      const thetaOfSpot = ours.thetaPerYear - (r - q) * forward * ours.delta + r * ours.price;
      const greeks: Record<string, number> = {
        delta: ours.delta * growth,
        gamma: ours.gamma * growth * growth,
        elasticity: (ours.delta * growth * spot) / ours.price,
        vega: ours.vegaPerUnit,
        theta: thetaOfSpot,
        thetaPerDay: thetaOfSpot / 365,
        rho: years * (forward * ours.delta - ours.price),
        dividendRho: -years * forward * ours.delta,
      };
      const greek = greeks[row["greek"]!]!;
      expect(greek, row["greek"]).to.satisfy(closeTo(num(row, "value_4dp"), 0.5001e-4));
      expect(greek, row["greek"]).to.satisfy(closeTo(num(row, "quantlib"), 1e-10));
    }
  });

  it("gives Lyra's four Black-76 points to 2e-13 of price and 1e-15 of delta", function () {
    const rows = referenceCsv(this, "vectors/lyra_black76.csv");
    expect(rows).to.have.length(4);
    for (const row of rows) {
      const contract = {
        forward: num(row, "fwd"),
        strike: num(row, "strike"),
        years: yearsToExpiry(0, num(row, "seconds")),
        vol: num(row, "vol"),
        discount: num(row, "discount"),
      };
      const call = black76({ ...contract, isCall: true });
      expect(call.price).to.satisfy(closeTo(num(row, "call"), 2e-13));
      expect(black76({ ...contract, isCall: false }).price).to.satisfy(closeTo(num(row, "put"), 2e-13));
      expect(call.delta / contract.discount).to.satisfy(closeTo(num(row, "call_delta_undiscounted"), 1e-15));
    }
  });
});
