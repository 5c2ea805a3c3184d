import { expect } from "chai";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { profiles } from "../../prover/format/profile.ts";
import { noSignals, signalWords } from "../../prover/format/signals.ts";
import type { MarketSignals } from "../../prover/format/signals.ts";
import { KIND, ORDER_CAP, oracleFixture } from "./oracleFixture.ts";
import type { OracleFixture, SlotReport } from "./oracleFixture.ts";

const BOUND = 2n ** 48n;
const ROW_WORDS = 2;
const SLOT_WORDS = ROW_WORDS + 4;

/** A row word of lanes that may be out of range. */
const rawWord = (lanes: bigint[]): bigint => {
  const total = lanes.reduce((sum, lane, k) => sum + (lane << BigInt(50 * k)), 0n);
  return ((total % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
};

describe("The snapshot oracle: ranges the proofs rely on", () => {
  let f: OracleFixture;
  let words: bigint[];
  beforeEach(async () => {
    f = await oracleFixture();
    words = f.toWords(f.reportsAt(f.PRICE));
  });

  const refused = async (changed: bigint[], error: string, ...args: unknown[]) =>
    expect(f.publish({ words: changed }))
      .to.be.revertedWithCustomError(f.oracle, error)
      .withArgs(...args);
  const withWord = (index: number, word: bigint): bigint[] => words.map((old, i) => (i === index ? word : old));
  const withReport = (slot: number, change: Partial<SlotReport>): bigint[] =>
    f.toWords(f.reportsAt(f.PRICE).map((report, i) => (i === slot ? { ...report!, ...change } : report)));
  const caps = async (slot: number, positionCap: bigint, orderCap = ORDER_CAP) =>
    f.market.setSlot(slot, await f.ethSlot([KIND.spot, KIND.perp, KIND.option][slot]!, { positionCap, orderCap }), 0n);

  it("takes no more and no fewer words than the profile has", async () => {
    await refused(words.slice(1), "WrongWordCount", 25, 26);
    await refused([...words, 0n], "WrongWordCount", 27, 26);
    await refused([], "WrongWordCount", 0, 26);
  });

  it("takes no word that is not below the field, though it be the same number", async () => {
    await refused(withWord(0, words[0]! + FIELD_ORDER), "NotLanes", 0, 0);
    await refused(withWord(0, 2n ** 256n - 1n), "NotLanes", 0, 0);
    await refused(withWord(SLOT_WORDS + 1, FIELD_ORDER), "NotLanes", 1, 1);
  });

  it("takes no word with anything beyond its five lanes", async () => {
    await refused(withWord(0, 2n ** 250n), "NotLanes", 0, 0);
    await refused(withWord(0, FIELD_ORDER - 2n ** 250n), "NotLanes", 0, 0);
    await refused(withWord(0, rawWord([1n, 0n, 0n, 0n, -(2n ** 49n) - 1n])), "NotLanes", 0, 0);
  });

  it("keeps every lane below 2^48, on both sides", async () => {
    await caps(0, 1n);
    await caps(1, 1n);
    for (let lane = 1; lane < 5; lane++)
      for (const value of [BOUND, -BOUND, 2n ** 49n - 1n, -(2n ** 49n)]) {
        const lanes = [f.PRICE, 0n, 0n, 0n, 0n];
        lanes[lane] = value;
        await refused(withWord(0, rawWord(lanes)), "LaneOutOfRange", 0, 0);
      }
    const perp = f.reportsAt(f.PRICE)[1]!;
    const far = BOUND - 1n - f.PRICE;
    expect(
      await f.wouldAccept({
        words: withReport(1, { ...perp, gamma: BOUND - 1n, vega: 1n - BOUND, stress: [far, -far, 0n, 0n] }),
      }),
    ).to.equal(true);
  });

  it("has nothing in the lanes beyond the last scenario", async () => {
    await refused(withWord(1, rawWord([0n, 0n, 0n, 1n, 0n])), "PaddingNotZero", 0);
    await refused(withWord(1, rawWord([0n, 0n, 0n, 0n, -1n])), "PaddingNotZero", 0);
    await refused(withWord(SLOT_WORDS + 1, rawWord([0n, 0n, 0n, 0n, 1n])), "PaddingNotZero", 1);
  });

  it("lets no group's lane overflow, whatever positions up to the caps are taken", async () => {
    await caps(0, 1_000n);
    await caps(1, 3n);
    const row = 10n ** 10n;
    const rest = BOUND - 1n - 1_000n * row;
    const gammaOf = (slot0: bigint, slot1: bigint): bigint[] =>
      f.toWords(
        f
          .reportsAt(f.PRICE)
          .map((report, i) =>
            i === 0 ? { ...report!, gamma: slot0 } : i === 1 ? { ...report!, gamma: slot1 } : report,
          ),
      );
    // The bound is on sizes: opposite signs don't cancel.
    for (const sign of [1n, -1n]) {
      expect(await f.wouldAccept({ words: gammaOf(row, (sign * rest) / 3n) })).to.equal(true);
      await refused(gammaOf(row, sign * (rest / 3n + 1n)), "LaneOverflow", 1, 0);
    }
    // Another group has its own lanes.
    await caps(2, 1n);
    expect(await f.wouldAccept({ words: withReport(2, { gamma: BOUND - 1n }) })).to.equal(true);
    await caps(2, 2n ** 40n - 1n);
    await refused(
      withReport(2, { gamma: 2n ** 8n + 1n, value: 0n, delta: 0n, vega: 0n, stress: [0n, 0n, 0n, 0n], notional: 0n }),
      "LaneOverflow",
      2,
      0,
    );
  });

  it("takes no negative value, and none at all of a perp", async () => {
    await refused(withReport(0, { value: -1n }), "ValueOutOfRange", 0, -1);
    await refused(withReport(2, { value: -1n }), "ValueOutOfRange", 2, -1);
    await refused(withReport(1, { value: 1n }), "ValueOutOfRange", 1, 1);
    await refused(withReport(1, { value: -1n }), "ValueOutOfRange", 1, -1);
  });

  it("keeps notional, slip and contingency below 2^48, spot without a contingency, and liquidity within the order cap", async () => {
    await refused(withReport(0, { notional: BOUND }), "NotionalOutOfRange", 0, BOUND);
    await refused(withReport(0, { slip: BOUND }), "SlipOutOfRange", 0, BOUND);
    await refused(withReport(0, { liquidity: ORDER_CAP + 1n }), "LiquidityOutOfRange", 0, ORDER_CAP + 1n);
    await refused(withWord(2, FIELD_ORDER - 1n), "NotionalOutOfRange", 0, FIELD_ORDER - 1n);
    await refused(withWord(3, 2n ** 256n - 1n), "SlipOutOfRange", 0, 2n ** 256n - 1n);
    await refused(withWord(4, 1n), "ContingencyOutOfRange", 0, 1n);
    await refused(withReport(1, { contingency: BOUND }), "ContingencyOutOfRange", 1, BOUND);
    await refused(withReport(2, { contingency: BOUND }), "ContingencyOutOfRange", 2, BOUND);
    await refused(withWord(SLOT_WORDS + 4, FIELD_ORDER - 1n), "ContingencyOutOfRange", 1, FIELD_ORDER - 1n);
    await refused(withWord(5, 2n ** 256n - 1n), "LiquidityOutOfRange", 0, 2n ** 256n - 1n);
    expect(await f.wouldAccept({ words: withReport(0, { liquidity: ORDER_CAP }) })).to.equal(true);
  });

  it("takes no perp whose notional is not its mark, and asks nothing of the kind of spot and options", async () => {
    await refused(withReport(1, { delta: f.PRICE + 1n }), "NotionalNotTheMark", 1, f.PRICE, f.PRICE + 1n);
    await refused(withReport(1, { notional: f.PRICE + 1n }), "NotionalNotTheMark", 1, f.PRICE + 1n, f.PRICE);
    await refused(withReport(1, { delta: -f.PRICE }), "NotionalNotTheMark", 1, f.PRICE, -f.PRICE);
    for (const slot of [0, 2])
      expect(await f.wouldAccept({ words: withReport(slot, { delta: -f.PRICE }) })).to.equal(true);
  });

  it("bounds Σ positionCap·notional, Σ liquidity·slip and Σ positionCap·contingency over a group", async () => {
    await caps(0, 2n);
    // A perp's notional is bound to its mark.
    await f.market.setSlot(1, await f.ethSlot(KIND.option, { positionCap: 1n }), 0n);
    const both = (change0: Partial<SlotReport>, change1: Partial<SlotReport>): bigint[] =>
      f.toWords(
        f
          .reportsAt(f.PRICE)
          .map((report, i) => (i === 0 ? { ...report!, ...change0 } : i === 1 ? { ...report!, ...change1 } : report)),
      );
    const half = BOUND / 2n;
    expect(await f.wouldAccept({ words: both({ notional: half / 2n }, { notional: half - 1n }) })).to.equal(true);
    await refused(both({ notional: half / 2n }, { notional: half }), "NotionalOverflow", 1);
    await refused(both({ notional: half }, {}), "NotionalOverflow", 0);
    expect(
      await f.wouldAccept({ words: both({ slip: half, liquidity: 1n }, { slip: half - 1n, liquidity: 1n }) }),
    ).to.equal(true);
    await refused(both({ slip: half, liquidity: 1n }, { slip: half, liquidity: 1n }), "SlipOverflow", 1);
    await refused(both({ slip: half, liquidity: 2n }, {}), "SlipOverflow", 0);

    await f.market.setSlot(0, await f.ethSlot(KIND.option, { positionCap: 2n }), 0n);
    expect(await f.wouldAccept({ words: both({ contingency: half / 2n }, { contingency: half - 1n }) })).to.equal(true);
    await refused(both({ contingency: half / 2n }, { contingency: half }), "ContingencyOverflow", 1);
    await refused(both({ contingency: half }, {}), "ContingencyOverflow", 0);
  });

  it("stores nothing of a slot without an instrument, whatever was signed: nobody voids a snapshot by ending a series", async () => {
    const signed = await f.publication({ words });
    await f.market.setSlot(2, await f.ethSlot(KIND.none), 0n);
    await expect(f.oracle.publish(...signed))
      .to.emit(f.oracle, "SlotsLeftOut")
      .withArgs(1, words);
    expect(await f.market.epoch()).to.equal(1n);
    const stored = await f.storedWords();
    const perSlot = SLOT_WORDS + 2;
    expect(stored.slice(0, perSlot).every((word) => word === 0n)).to.equal(false);
    expect(stored.slice(2 * perSlot, 4 * perSlot).every((word) => word === 0n)).to.equal(true);

    for (let w = 0; w < SLOT_WORDS; w++)
      expect(await f.wouldAccept({ words: withWord(3 * SLOT_WORDS + w, 2n ** 256n - 1n) })).to.equal(true);
  });

  describe("in the words of signals", () => {
    const SIGNALS = 4 * SLOT_WORDS;
    const none = noSignals(profiles.small);
    const accepted = (signals: MarketSignals): Promise<boolean> =>
      f.wouldAccept({ words: f.toWords(f.reportsAt(f.PRICE), signals) });

    it("takes whatever reporters can find, the largest and the smallest", async () => {
      for (const sign of [1n, -1n]) {
        const features = none.features.map(() => sign * 2_047n);
        expect(
          await accepted({
            ...none,
            features,
            volatility: [511n, 0n, 0n, 0n],
            correlation: none.correlation.map(() => sign * 127n),
          }),
        ).to.equal(true);
      }
    });

    it("takes no lane that no signal has", async () => {
      const [signals, correlations] = signalWords(profiles.small, none);
      for (let k = 0; k < 8; k++) {
        const word = signals - (2_048n << BigInt(12 * k));
        await refused(withWord(SIGNALS, word), "NotSignals", word);
      }
      for (let k = 0; k < 6; k++) {
        const word = correlations - (128n << BigInt(8 * k));
        await refused(withWord(SIGNALS + 1, word), "NotSignals", word);
      }
    });

    it("takes nothing above the lanes", async () => {
      const [signals, correlations] = signalWords(profiles.small, none);
      for (const more of [1n << 132n, 1n << 255n])
        await refused(withWord(SIGNALS, signals + more), "NotSignals", signals + more);
      for (const more of [1n << 48n, 1n << 255n])
        await refused(withWord(SIGNALS + 1, correlations + more), "NotSignals", correlations + more);
    });

    it("takes no volatility of a slot with something else than spot, and stores none of a slot that holds nothing", async () => {
      const volatile = (asset: number): bigint[] =>
        f.toWords(f.reportsAt(f.PRICE), { ...none, volatility: none.volatility.with(asset, 1n) });
      for (const asset of [1, 2]) await refused(volatile(asset), "VolatilityWithoutSpot", asset);
      await f.publish({ words: volatile(3) });
      expect((await f.storedWords()).slice(-2)).to.deep.equal(signalWords(profiles.small, none));
    });

    it("stores no days to expiry of an option whose series has ended since they were signed", async () => {
      f = await oracleFixture("standard");
      const standard = noSignals(profiles.standard);
      const signals = { ...standard, daysToExpiry: standard.daysToExpiry.with(0, 3n) };
      const signed = await f.publication({ words: f.toWords(f.reportsAt(f.PRICE), signals) });
      await f.oracle.publish.staticCall(...signed);
      await f.market.setSlot(2, await f.ethSlot(KIND.none), 0n);
      await f.oracle.publish(...signed);
      expect((await f.storedWords()).slice(-2)).to.deep.equal(signalWords(profiles.standard, standard));
    });
  });
});
