import { expect } from "chai";
import { disagreements, signalDisagreements } from "../../../prover/snapshot/tolerance.ts";
import type { ListedInstrument } from "../../../prover/snapshot/tolerance.ts";
import { profiles, REPORTED_FIELDS } from "../../../prover/format/profile.ts";
import { packSlot } from "../../../prover/format/lanes.ts";
import { DEFAULT_ROW_PARAMS, instrumentRows } from "../../../prover/snapshot/rows.ts";
import type { Instrument } from "../../../prover/snapshot/rows.ts";
import { SMALL_SCENARIOS } from "../../../prover/snapshot/scenarios.ts";
import { slotWords } from "../../../prover/snapshot/words.ts";
import { flatSurface } from "../../../prover/surface/surface.ts";
import { FEATURES, noSignals, signalWords } from "../../../prover/format/signals.ts";

const TOLERANCES = [5n, 5n, 4n, 4n, 8n, 2n, 10n, 20n];

describe("A reporter with prices of its own", () => {
  const own = { ...noSignals(profiles.standard), volatility: noSignals(profiles.standard).volatility.map(() => 100n) };

  it("signs signals that are as near to its own as they have to be, and names each one that is not", () => {
    expect(signalDisagreements(own, own)).to.deep.equal([]);
    for (const sign of [1n, -1n]) {
      expect(signalDisagreements(own, { ...own, features: TOLERANCES.map((t) => sign * t) })).to.deep.equal([]);
      for (const [k, name] of FEATURES.entries()) {
        expect(
          signalDisagreements(own, { ...own, features: own.features.with(k, sign * (TOLERANCES[k]! + 1n)) }),
        ).to.deep.equal([name]);
      }
      expect(signalDisagreements(own, { ...own, volatility: own.volatility.with(3, 100n + sign) })).to.deep.equal([]);
      expect(signalDisagreements(own, { ...own, volatility: own.volatility.with(3, 100n + 2n * sign) })).to.deep.equal([
        "volatility[3]",
      ]);
      expect(signalDisagreements(own, { ...own, correlation: own.correlation.with(5, sign) })).to.deep.equal([]);
      expect(signalDisagreements(own, { ...own, correlation: own.correlation.with(5, 2n * sign) })).to.deep.equal([
        "correlation[5]",
      ]);
    }
  });

  it("signs no other day of expiry, and no asset that is not in the market", () => {
    expect(signalDisagreements(own, { ...own, daysToExpiry: own.daysToExpiry.with(1, 126n) })).to.deep.equal([
      "daysToExpiry[1]",
    ]);
    const without = { ...own, volatility: own.volatility.with(0, 0n) };
    expect(signalDisagreements(without, { ...own, volatility: own.volatility.with(0, 1n) })).to.deep.equal([
      "volatility[0]",
    ]);
  });
});

describe("A reporter asked to sign the words of another", () => {
  const profile = profiles.small;
  type Rows = Record<string, bigint>;
  interface Kind {
    listed: ListedInstrument;
    /** µUSD a lot; liquidity in lots. */
    own: Rows;
    /** By how much each may differ. */
    tolerance: Rows;
  }
  const KINDS: readonly Kind[] = [
    {
      listed: { kind: "spot", orderCap: 500_000 },
      own: {
        value: 10_000_000n,
        delta: 10_000_000n,
        gamma: 0n,
        vega: 0n,
        s0: -2_000_000n,
        s1: -1_000_000n,
        s2: 0n,
        s3: 1_000_000n,
        notional: 10_000_000n,
        slip: 50_000n,
        contingency: 0n,
        liquidity: 5_000n,
      },
      tolerance: {
        value: 25_001n,
        delta: 25_001n,
        gamma: 0n,
        vega: 0n,
        s0: 5_001n,
        s1: 2_501n,
        s2: 0n,
        s3: 2_501n,
        notional: 25_001n,
        slip: 126n,
        contingency: 0n,
        liquidity: 500n,
      },
    },
    {
      listed: { kind: "perp", orderCap: 500_000 },
      own: {
        value: 0n,
        delta: 10_000_000n,
        gamma: 0n,
        vega: 0n,
        s0: -2_000_000n,
        s1: -1_000_000n,
        s2: 0n,
        s3: 1_000_000n,
        notional: 10_000_000n,
        slip: 50_000n,
        contingency: 200_002n,
        liquidity: 5_000n,
      },
      tolerance: {
        value: 0n,
        delta: 25_001n,
        gamma: 0n,
        vega: 0n,
        s0: 5_001n,
        s1: 2_501n,
        s2: 0n,
        s3: 2_501n,
        notional: 25_001n,
        slip: 126n,
        contingency: 501n,
        liquidity: 500n,
      },
    },
    {
      listed: { kind: "option", orderCap: 500_000 },
      own: {
        value: 1_000_000n,
        delta: 5_000_000n,
        gamma: 170_000n,
        vega: 11_000n,
        s0: -900_000n,
        s1: -600_000n,
        s2: 0n,
        s3: 600_000n,
        notional: 10_000_000n,
        slip: 100_000n,
        contingency: 500_002n,
        liquidity: 100n,
      },
      // Gamma is 5 % of itself, vega, which is small, 1 bp of notional.
      tolerance: {
        value: 50_000n,
        delta: 92_500n,
        gamma: 8_500n,
        vega: 1_000n,
        s0: 50_000n,
        s1: 50_000n,
        s2: 50_000n,
        s3: 50_000n,
        notional: 25_001n,
        slip: 251n,
        contingency: 50_000n,
        liquidity: 10n,
      },
    },
  ];
  const slots = [...KINDS.map(({ listed }) => listed), null];
  const nameOf = (lane: string): string => lane.replace(/^s(\d)$/, "stress[$1]");

  const wordsOf = (rows: readonly Rows[]): bigint[] => [
    ...rows.flatMap((row) => [
      ...packSlot({
        value: row["value"]!,
        delta: row["delta"]!,
        gamma: row["gamma"]!,
        vega: row["vega"]!,
        stress: ["s0", "s1", "s2", "s3"].map((s) => row[s]!),
      }),
      ...REPORTED_FIELDS.map((field) => row[field]!),
    ]),
    ...Array<bigint>(profile.rowWords + REPORTED_FIELDS.length).fill(0n),
    ...signalWords(profile, noSignals(profile)),
  ];
  const rows = KINDS.map((kind) => kind.own);
  const own = wordsOf(rows);
  const changed = (i: number, lane: string, value: bigint): bigint[] =>
    wordsOf(
      rows.map((row, k) =>
        k === i ? { ...row, ...Object.fromEntries(lanesWith(i, lane).map((one) => [one, value])) } : row,
      ),
    );
  /** A perp's notional is its delta: the two move together. */
  const lanesWith = (i: number, lane: string): string[] =>
    KINDS[i]!.listed.kind === "perp" && ["delta", "notional"].includes(lane) ? ["delta", "notional"] : [lane];
  const check = (other: readonly bigint[], mine = own, listed: readonly (ListedInstrument | null)[] = slots) =>
    disagreements(profile, listed, mine, other);

  for (const [
    i,
    {
      listed: { kind },
      own: lanes,
      tolerance,
    },
  ] of KINDS.entries()) {
    it(`signs each lane of ${kind} at the edge of its tolerance, above and below, and names it one unit beyond`, () => {
      for (const [lane, value] of Object.entries(lanes)) {
        for (const sign of [1n, -1n]) {
          const words = (by: bigint): bigint[] => changed(i, lane, value + sign * by);
          expect(check(words(tolerance[lane]!)), lane).to.deep.equal([]);
          expect(check(words(tolerance[lane]! + 1n)), lane).to.deep.equal(
            lanesWith(i, lane).map((one) => `slot[${i}].${nameOf(one)}`),
          );
        }
      }
    });
  }

  it("signs all lanes at their edges together, and names all of them beyond", () => {
    const at = (more: bigint): bigint[] =>
      wordsOf(
        KINDS.map(({ own: lanes, tolerance }) =>
          Object.fromEntries(Object.entries(lanes).map(([lane, value]) => [lane, value + tolerance[lane]! + more])),
        ),
      );
    expect(check(at(0n))).to.deep.equal([]);
    expect(check(at(1n))).to.have.length(3 * 12);
  });

  it("signs nothing that the oracle would not publish: a negative value, more liquidity than the order cap, a perp whose notional is not its delta", () => {
    const worthless = changed(2, "value", 0n);
    for (const [lane, by] of [
      ["delta", 1n],
      ["notional", -1n],
    ] as const) {
      const apart = wordsOf(rows.map((row, k) => (k === 1 ? { ...row, [lane]: row[lane]! + by } : row)));
      expect(check(apart), lane).to.deep.equal(["slot[1].notional"]);
    }
    expect(check(changed(2, "value", -1n), worthless)).to.deep.equal(["slot[2].value"]);
    const capped = slots.map((slot) => slot && { ...slot, orderCap: 5_000 });
    expect(check(changed(0, "liquidity", 5_001n), own, capped)).to.deep.equal(["slot[0].liquidity"]);
    expect(check(changed(0, "liquidity", 4_500n), own, capped)).to.deep.equal([]);
  });

  it("signs no liquidity where there is none, and none away where there is some", () => {
    const shut = changed(2, "liquidity", 0n);
    expect(check(changed(2, "liquidity", 1n), shut)).to.deep.equal(["slot[2].liquidity"]);
    expect(check(shut)).to.deep.equal(["slot[2].liquidity"]);
  });

  it("signs no word in an empty slot", () => {
    const perSlot = own.length - 2 - 3 * (profile.rowWords + REPORTED_FIELDS.length);
    for (let w = 0; w < perSlot; w++) expect(check(own.with(own.length - 3 - w, 1n))).to.deep.equal(["slot[3]"]);
  });

  it("signs nothing that is no snapshot, and says where it is not", () => {
    expect(check([])).to.deep.equal(["number of words"]);
    expect(check([...own, 0n])).to.deep.equal(["number of words"]);
    for (const word of [2n ** 256n - 1n, 2n ** 255n, 2n ** 253n]) {
      expect(check(own.with(1, word))).to.deep.equal(["slot[0].rows"]);
      expect(check(own.with(-2, word))).to.deep.equal(["signals"]);
      expect(check(own.with(-1, word))).to.deep.equal(["signals"]);
      expect(check(own.with(profile.rowWords, word))).to.deep.equal(["slot[0].notional"]);
    }
    // Lanes of 2^48, and padding.
    expect(check(own.with(0, 1n << 48n))).to.deep.equal(["slot[0].rows"]);
    expect(check(own.with(1, 1n << 200n))).to.deep.equal(["slot[0].rows"]);
  });

  it("judges signals in the words as it judges them by themselves", () => {
    const drawdown = (value: bigint): bigint[] => [
      ...own.slice(0, -2),
      ...signalWords(profile, { ...noSignals(profile), features: noSignals(profile).features.with(5, value) }),
    ];
    expect(check(drawdown(2n))).to.deep.equal([]);
    expect(check(drawdown(3n))).to.deep.equal(["drawdown"]);
  });

  it("agrees on real rows whose prices are 20 bps apart, and on none whose prices are 3 % apart", () => {
    const NOW = 1_700_000_000;
    const DAY = 86_400;
    const common = { underlying: "ETH", lotSize: 10n ** 16n, orderCap: 500_000n };
    for (const [days, vol] of [
      [30, 0.6],
      [7, 0.9],
      [180, 0.5],
    ] as const) {
      for (const strike of [1_600, 2_000, 2_400]) {
        const words = (bps: number): bigint[] => {
          const spotUsd = 2_000 * (1 + bps / 10_000);
          const state = { timeUtc: NOW, spotUsd, surface: flatSurface(NOW, vol), volumeTokens: 1_000 };
          const params = { ...DEFAULT_ROW_PARAMS, scenarios: SMALL_SCENARIOS };
          const wordsOf = (instrument: Instrument) => slotWords(instrumentRows(instrument, state, params));
          return [
            ...wordsOf({ ...common, kind: "spot" }),
            ...wordsOf({ ...common, kind: "perp" }),
            ...wordsOf({
              ...common,
              kind: "option",
              strikeUsd: strike,
              expiryUtc: NOW + days * DAY,
              isCall: strike !== 1_600,
            }),
            ...own.slice(-2 - profile.rowWords - REPORTED_FIELDS.length),
          ];
        };
        for (const bps of [20, -20]) expect(check(words(bps), words(0)), `${days} days, ${strike}`).to.deep.equal([]);
        for (const bps of [300, -300])
          expect(check(words(bps), words(0)), `${days} days, ${strike}`).to.include.members([
            "slot[0].value",
            "slot[1].delta",
            "slot[2].notional",
          ]);
      }
    }
  });
});
