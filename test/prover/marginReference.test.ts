import { expect } from "chai";
import { evaluateMandate } from "../../prover/book/mandate.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { DEFAULT_ROW_PARAMS, instrumentRows } from "../../prover/snapshot/rows.ts";
import { SMALL_SCENARIOS } from "../../prover/snapshot/scenarios.ts";
import { parseSnapshotWords, snapshotWords } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import { REFERENCE_23, REFERENCE_4, referenceMargin } from "../support/marginReference.ts";
import { randomPortfolio } from "../support/randomPortfolio.ts";
import type { Portfolio } from "../support/randomPortfolio.ts";
import { emptySnapshot } from "../support/snapshot.ts";

const NOW = 1_700_000_000;
const LOT_SIZE = 10n ** 16n;

/** The prover's margin, µUSD, of rows that went through the words of a snapshot. */
function proverMargin(profile: Profile, { snapshot, positions }: Pick<Portfolio, "snapshot" | "positions">): bigint {
  const none = microUsd(0n);
  const loose = bps(10_000n);
  return evaluateMandate(profile, {
    snapshot: parseSnapshotWords(profile, snapshotWords(profile, snapshot)),
    mandate: {
      deltaBps: loose,
      gammaBps: loose,
      vegaBps: loose,
      concentrationBps: loose,
      participationBps: loose,
      grossBps: loose,
      netBps: loose,
      cashFloorBps: loose,
      turnoverBps: loose,
      initialMarginBps: loose,
      maintenanceMarginBps: loose,
      breachEpochs: 0n,
    },
    settlement: {
      filled: positions.map(() => lots(0n)),
      positions: positions.map(lots),
      cash: none,
      cashFlow: none,
      cashAdj: none,
      navBefore: none,
      nav: none,
      capital: none,
      insolvent: false,
      breachSince: 0n,
    },
    order: positions.map(() => lots(0n)),
    epoch: 1n,
    outflow: false,
    halted: false,
  }).margin;
}

describe("The margin of a portfolio", () => {
  const runs = [
    { profile: profiles.standard, scenarios: REFERENCE_23, portfolios: 1_000 },
    { profile: profiles.small, scenarios: REFERENCE_4, portfolios: 300 },
  ];
  for (const { profile, scenarios, portfolios } of runs) {
    it(`of up to ${profile.slots} slots is what the reference computes from the definitions, rounded up by less than 4 µUSD a lot (${portfolios} portfolios)`, function () {
      this.timeout(60_000);
      const seen = { options: 0, shorts: 0, expired: 0, hedged: 0 };
      for (let seed = 1; seed <= portfolios; seed++) {
        const portfolio = randomPortfolio(profile, seed);
        const { positions, reference, slices } = portfolio;
        const wanted = referenceMargin(reference, slices, scenarios) * 1e6;
        const size = Number(positions.reduce((sum, q) => sum + (q < 0n ? -q : q), 0n));
        const notional = reference.reduce((sum, { tokens, price }) => sum + Math.abs(tokens) * price, 0) * 1e6;
        // Doubles, on both sides.
        const noise = 1e-11 * notional;
        const above = Number(proverMargin(profile, portfolio)) - wanted;
        expect(above, `portfolio ${seed}`).to.be.within(-noise, 4 * size + noise);

        const options = reference.filter(({ kind }) => kind === "option");
        seen.options += options.length;
        seen.shorts += options.filter(({ tokens }) => tokens < 0).length;
        seen.expired += options.filter(({ daysLeft }) => daysLeft! <= 0).length;
        if (wanted > 0 && wanted < 0.05 * notional) seen.hedged++;
      }
      for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.above(portfolios / 50);
    });
  }

  it("of a fixed book: 1 ETH perp short at $2,000 against 1 ETH of spot needs the basis alone, 2 % of $2,000 and 0.0002 dollars for rounding", () => {
    const rows = (kind: "spot" | "perp") =>
      instrumentRows(
        { kind, underlying: "ETH", lotSize: LOT_SIZE, orderCap: 1_000n },
        { timeUtc: NOW, spotUsd: 2_000, volumeTokens: 0 },
        { ...DEFAULT_ROW_PARAMS, scenarios: SMALL_SCENARIOS },
      );
    const snapshot = emptySnapshot(profiles.small, [rows("spot"), { ...rows("perp"), chargesLong: true }]);
    expect(proverMargin(profiles.small, { snapshot, positions: [100n, -100n, 0n, 0n] })).to.equal(40_000_200n);
  });
});
