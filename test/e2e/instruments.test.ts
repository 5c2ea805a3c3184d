import { expect } from "chai";
import { instrumentName } from "../../client/sdk/deployment.ts";
import type { OptionSlot, PerpSlot, SlotInfo, SpotSlot } from "../../client/sdk/deployment.ts";
import { marginOf } from "../../client/sdk/views/market.ts";
import { riskOf } from "../../client/sdk/views/privateBook.ts";
import {
  noSignals,
  parseSignalWords,
  profiles,
  Replay,
  REPORTED_FIELDS,
  signalWords,
  snapshotWordsAt,
  usualFunding,
} from "../../prover/index.ts";
import type { Funding, Observation } from "../../prover/index.ts";
import { openReplay } from "../../prover/node.ts";
import { unpackSlot } from "../../prover/format/lanes.ts";
import { emptySnapshot } from "../support/snapshot.ts";

const profile = profiles.small;
const path = openReplay({ assets: ["ETH"], seed: "1", hours: 200 });
const HOUR = 3_600;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000;
const ADDRESS = "0x0000000000000000000000000000000000000001";
const common = {
  symbol: "ETH",
  lotSize: (10n ** 16n).toString(),
  orderCap: 10_000,
  positionCap: 100_000,
  feed: ADDRESS,
  adapter: ADDRESS,
  assumedVolumeTokens: 5_000,
};
const spot: SpotSlot = { ...common, kind: "spot", token: ADDRESS, decimals: 18, pool: ADDRESS, poolFeePips: 3_000 };
const perp: PerpSlot = { ...common, kind: "perp", baseToken: ADDRESS };
const call = (expiry: number, strikeUsd: number): OptionSlot => ({
  ...common,
  kind: "option",
  optionMarket: ADDRESS,
  expiry,
  strikeMicroUsd: String(Math.round(strikeUsd * 1e6)),
  isCall: true,
});

/** An hour of the path, which the chain sees at `observedAt`. */
const observed = (hour: number, observedAt = NOW, funding: Funding = usualFunding): Observation =>
  new Replay(path, funding, { startTimestamp: observedAt - hour * HOUR, secondsPerHour: HOUR }).atHour(hour);

/** Lanes and liquidity of each slot in a snapshot at an hour of the path. */
function snapshot(slots: readonly (SlotInfo | null)[], { hour = 100, observedAt = NOW, clearedBy = NOW + HOUR } = {}) {
  const words = snapshotWordsAt(profile, slots, observed(hour, observedAt), clearedBy);
  const stored = profile.rowWords + REPORTED_FIELDS.length;
  return slots.map((_, i) => {
    const own = words.slice(i * stored, (i + 1) * stored);
    return { ...unpackSlot(own.slice(0, profile.rowWords), profile.scenarios), liquidity: own.at(-1)! };
  });
}
const price = (hour = 100): number => path.at(hour).prices["ETH"]!;

describe("Instruments of a market", () => {
  it("are called what people call them", () => {
    const put: OptionSlot = { ...call(Date.UTC(2026, 10, 7, 8) / 1000, 2_000), isCall: false };
    expect([spot, perp, call(Date.UTC(2026, 10, 27, 8) / 1000, 1_850.5), put].map(instrumentName)).to.deep.equal([
      "ETH",
      "ETH-PERP",
      "ETH-27NOV-1850.5-C",
      "ETH-7NOV-2000-P",
    ]);
  });

  describe("in the reporters' words", () => {
    it("are worth their price as spot, nothing as a perp, which moves alike, and less than spot as an option", () => {
      const [owned, future, option] = snapshot([spot, perp, call(NOW + 30 * DAY, price()), null]);
      expect(owned!.value).to.equal(owned!.delta);
      expect(future!.value).to.equal(0n);
      expect([future!.delta, future!.stress]).to.deep.equal([owned!.delta, owned!.stress]);
      expect(option!.value > 0n && option!.value < owned!.value).to.equal(true);
      expect(option!.gamma > 0n && option!.vega > 0n).to.equal(true);
    });

    it("give an option the time it has left on the chain, whatever the data's calendar", () => {
      const valueIn = (observedAt: number) =>
        snapshot([call(observedAt + 30 * DAY, 2_000), null, null, null], {
          observedAt,
          clearedBy: observedAt + HOUR,
        })[0];
      expect(valueIn(NOW)).to.deep.equal(valueIn(NOW + 777 * DAY));
      const [long, short] = [30, 3].map(
        (days) => snapshot([call(NOW + days * DAY, price()), null, null, null])[0]!.value,
      );
      expect(long! > short!).to.equal(true);
    });

    it("let no order into an option that may expire before it is cleared, and say no other thing about it", () => {
      const expiry = NOW + 2 * HOUR;
      const [open, shut] = [expiry - 1, expiry].map(
        (clearedBy) => snapshot([call(expiry, price()), null, null, null], { clearedBy })[0],
      );
      expect(open!.liquidity > 0n).to.equal(true);
      expect(shut).to.deep.equal({ ...open, liquidity: 0n });
    });

    it("come with the funding that was paid on the perps that are listed: a mean of the last day, a year's worth", () => {
      const since = path.at(96).timeUtc;
      const paid = (symbol: string, timeUtc: number): bigint => (symbol === "ETH" && timeUtc >= since ? 100_000n : 0n);
      const funding = (slots: readonly (SlotInfo | null)[], rates?: typeof paid, hour = 100) =>
        parseSignalWords(
          profile,
          snapshotWordsAt(profile, slots, observed(hour, NOW, rates), NOW).slice(-2) as [bigint, bigint],
        ).features[6];
      expect(funding([spot, perp, null, null], paid), "paid at hour 96, known in five hours of the day").to.equal(
        (5n * 100_000n * 8_760n) / 24n / 1_000_000n,
      );
      expect(funding([spot, perp, null, null], paid, 95), "not paid yet").to.equal(0n);
      expect(funding([spot, null, null, null], paid), "no perp").to.equal(0n);
      expect(funding([spot, perp, null, null]), "the usual rate").to.equal(109n);
    });

    it("are nothing where nothing is listed", () => {
      expect(snapshotWordsAt(profile, [null, null, null, null], observed(0), NOW)).to.deep.equal([
        ...Array<bigint>(profile.slots * (profile.rowWords + REPORTED_FIELDS.length)).fill(0n),
        ...signalWords(profile, noSignals(profile)),
      ]);
    });
  });

  describe("in an owner's view", () => {
    it("add up to Greeks and stresses by group, the worst scenario of each group marked", () => {
      const rows = emptySnapshot(profile, [
        { delta: 10n, gamma: 3n, vega: 2n, stress: [-5n, 4n, -2n, 2n] },
        { delta: -1n, gamma: 1n, vega: 1n, stress: [1n, -1n, 1n, -1n] },
        { delta: 7n, stress: [0n, 9n, 0n, 4n] },
      ]).slots;
      const { byGroup, bySlot, stress } = riskOf(profile, [2n, -3n, 1n, 0n], rows);
      expect(bySlot[1]).to.deep.equal({ delta: 3n, gamma: -3n, vega: -3n });
      expect(byGroup).to.deep.equal([
        { delta: 23n, gamma: 3n, vega: 1n },
        { delta: 7n, gamma: 0n, vega: 0n },
      ]);
      expect(stress.map(({ byGroupMicroUsd: profit }) => profit)).to.deep.equal([
        [-13n, 0n],
        [11n, 9n],
        [-7n, 0n],
        [7n, 4n],
      ]);
      expect(
        stress.map(({ worstOfGroups }) => worstOfGroups),
        "group 1 can't lose",
      ).to.deep.equal([[0], [], [], []]);
      expect(stress[3]!.scenario).to.equal("spot +10 %, vol unchanged");
    });
  });

  describe("in the market's accounts at venues", () => {
    it("are backed by cash and a perp's gains, but by no long option", () => {
      const margin = { mark: 100n, initialMicroUsd: 1_000n, maintenanceMicroUsd: 500n };
      expect(marginOf("perp", { ...margin, cash: -200n, lots: 10n })).to.include({
        equityMicroUsd: 800n,
        healthBps: 16_000n,
      });
      expect(marginOf("perp", { ...margin, cash: 1_500n, lots: -10n })).to.include({
        equityMicroUsd: 500n,
        healthBps: 10_000n,
      });
      expect(marginOf("option", { ...margin, cash: 700n, lots: 10n }).equityMicroUsd).to.equal(700n);
      expect(marginOf("option", { ...margin, cash: 1_700n, lots: -10n }).equityMicroUsd).to.equal(700n);
      expect(
        marginOf("perp", { cash: 5n, mark: 1n, lots: 0n, initialMicroUsd: 0n, maintenanceMicroUsd: 0n }).healthBps,
      ).to.equal(undefined);
    });
  });
});
