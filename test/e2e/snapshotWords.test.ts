import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { demoAssets, demoPlans, fairPrices } from "../../client/demo/plan.ts";
import { StateFolder } from "../../client/node/stateFolder.ts";
import type { OptionSlot } from "../../client/sdk/deployment.ts";
import type { MarketChain } from "../../client/sdk/chain/reader.ts";
import { Reporter } from "../../client/sdk/roles/reporter.ts";
import { BacktestMarket, backtestSlots } from "../../prover/backtest/market.ts";
import { alignSeries, pathUntil } from "../../prover/data/path.ts";
import type { HourlySeries } from "../../prover/data/path.ts";
import { modelChain, modelSurface } from "../../prover/data/optionModel.ts";
import { unpackSlot } from "../../prover/format/lanes.ts";
import { ReplayError } from "../../prover/data/errors.ts";
import { DEFAULT_ROW_PARAMS, instrumentRows } from "../../prover/snapshot/rows.ts";
import { scenariosOf } from "../../prover/snapshot/scenarios.ts";
import { signalsOfPath } from "../../prover/snapshot/signalsOfPath.ts";
import { signalSources, slotRows, slotWords, snapshotVol, snapshotWordsAt } from "../../prover/snapshot/words.ts";
import type { ListedSlot } from "../../prover/snapshot/words.ts";
import { flatSurface } from "../../prover/surface/surface.ts";
import {
  HISTORY_HOURS,
  parseSignalWords,
  profiles,
  Replay,
  REPORTED_FIELDS,
  signalWords,
  usualFunding,
} from "../../prover/index.ts";
import type { Funding, MarketData, Observation, OptionChain, PricePath, ProfileName } from "../../prover/index.ts";
import { openReplay } from "../../prover/node.ts";
import { closeTo } from "../support/closeTo.ts";

const HOUR = 3_600;
const START = 1_800_000_000;
const HOURS = 30;
/** Until when a snapshot's orders may be cleared, after its observation. */
const LIFE = 1_500;
/** Changes with the hour, so that a wrong hour shows. */
const funding: Funding = (symbol, timeUtc) => BigInt(symbol.length * 1_000 + ((timeUtc / HOUR) % 977));

/** A reporter of a chain that waits for a snapshot at `now()` and lists these slots. */
function reporterOn(
  profileName: ProfileName,
  slots: readonly (ListedSlot | null)[],
  data: MarketData,
  state: StateFolder,
  now: () => number,
): Reporter {
  const chain = {
    deployment: { chainId: 31_337, market: `0x${"11".repeat(20)}`, snapshotOracle: `0x${"22".repeat(20)}` },
    profile: profiles[profileName],
    status: async () => ({ phase: "await snapshot", now: now(), observedAt: 0, epoch: 0 }),
    slots: async () => slots,
    listings: async () => slots.length,
    clearedBy: async (observedAt: number) => observedAt + LIFE,
    statementLifeSeconds: async () => 300,
  } as unknown as MarketChain;
  return new Reporter({ chain, state, data });
}

describe("A snapshot's words", () => {
  let folder: string;
  let states = 0;
  const newState = (): StateFolder => new StateFolder(join(folder, String(states++)));
  before(() => (folder = mkdtempSync(join(tmpdir(), "tacit-words-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of ["standard", "small"] as const) {
    const profile = profiles[name];
    const stored = profile.rowWords + REPORTED_FIELDS.length;
    const assets = name === "standard" ? ["ETH", "BTC", "SOL", "BNB"] : ["ETH", "BTC"];
    const path = openReplay({ assets, seed: "7", hours: HOURS, history: HISTORY_HOURS });
    const replay = new Replay(path, funding, { startTimestamp: START, secondsPerHour: HOUR });

    it(`are the same for a reporter and in a backtest, ${name} profile`, async () => {
      const market = new BacktestMarket(profile, path, backtestSlots(profile, assets, false));
      market.expire(0);
      const listed = market.listed();
      const signals = signalsOfPath(path, signalSources(profile, listed, { path, funding }));
      for (let hour = 0; hour < HOURS; hour++) {
        const now = START + hour * HOUR + 59;
        const { words } = (await reporterOn(name, listed, replay, newState(), () => now).step())!.statement;
        const { snapshot, daysToExpiry } = market.at(hour);
        const played = snapshot.slots.flatMap((rows, i) =>
          listed[i] === null ? Array<bigint>(stored).fill(0n) : slotWords(rows),
        );
        expect([...played, ...signalWords(profile, { ...signals.next().value!, daysToExpiry })]).to.deep.equal(words);
      }
    });

    it(`price the demo's instruments as the demo lists and trades them, ${name} profile`, async () => {
      const demo = openReplay({ assets: demoAssets(name), seed: "7", hours: HOURS, history: HISTORY_HOURS });
      const data = new Replay(demo, funding, { startTimestamp: START, secondsPerHour: HOUR });
      const first = data.atHour(0);
      const { spots, perps, options } = demoPlans(name, first);
      const slots = Array<ListedSlot | null>(profile.slots).fill(null);
      const common = <Plan extends { lotSize: bigint }>(plan: Plan) => ({ ...plan, lotSize: String(plan.lotSize) });
      for (const plan of spots) slots[plan.slot] = { ...common(plan), kind: "spot" };
      for (const plan of perps) slots[plan.slot] = { ...common(plan), kind: "perp" };
      for (const plan of options)
        slots[plan.slot] = { ...common(plan), kind: "option", strikeMicroUsd: String(plan.strikeMicroUsd) };
      const { words } = (await reporterOn(name, slots, data, newState(), () => START).step())!.statement;
      expect(words).to.deep.equal(snapshotWordsAt(profile, slots, first, START + LIFE));
      const fair = fairPrices(first);
      const { timeUtc, prices } = demo.at(0);
      expect(options).to.have.length.above(0);
      for (const { slot, symbol, vol, strikeMicroUsd, expiry, isCall, lotSize, orderCap, ...plan } of options) {
        const terms = { symbol, strikeMicroUsd: String(strikeMicroUsd), expiry, isCall };
        expect(vol).to.equal(snapshotVol(terms, first));
        expect(fair.vol(terms as OptionSlot)).to.equal(vol);
        const rows = instrumentRows(
          {
            kind: "option",
            underlying: symbol,
            lotSize,
            orderCap: BigInt(orderCap),
            strikeUsd: Number(strikeMicroUsd) / 1e6,
            expiryUtc: timeUtc + expiry - START,
            isCall,
          },
          {
            timeUtc,
            spotUsd: prices[symbol]!,
            surface: flatSurface(timeUtc, vol),
            volumeTokens: expiry > START + LIFE ? plan.assumedVolumeTokens : 0,
          },
          { ...DEFAULT_ROW_PARAMS, scenarios: scenariosOf(profile) },
        );
        const [mine, theirs] = [slotWords(rows), words.slice(slot * stored, (slot + 1) * stored)];
        expect(theirs.slice(profile.rowWords)).to.deep.equal(mine.slice(profile.rowWords));
        expect(theirs).to.deep.equal(mine);
      }
    }).timeout(30_000);
  }

  it("of options in a backtest are those of a reporter who has the model's surface instead of one fitted to its quotes", () => {
    const profile = profiles.standard;
    const path = openReplay({ assets: ["ETH", "BTC"], seed: "7", hours: HOURS, history: HISTORY_HOURS });
    const market = new BacktestMarket(profile, path, backtestSlots(profile, path.assets, true));
    market.expire(0);
    const listed = market.listed();
    for (const hour of [0, HOURS - 1]) {
      const observation = { path: pathUntil(path, hour), observedAt: path.at(hour).timeUtc };
      const model = slotRows(profile, listed, observation, 0, (symbol) => modelSurface(path, symbol, hour));
      const fitted = slotRows(profile, listed, observation, 0);
      const { slots } = market.at(hour).snapshot;
      for (const i of [0, 1, 2, 3, 4, 5]) {
        expect(slotWords(slots[i]!), `slot ${i}`).to.deep.equal(slotWords(model[i]!));
        // Quotes are rounded to a hundredth of a volatility point.
        const far = Number(model[i]!.value - fitted[i]!.value) / Number(model[i]!.notional);
        expect(Math.abs(far), `slot ${i}`).to.be.below(1e-4);
      }
    }
  });

  it("of spot and perps come without a surface in force, which takes orders from its options alone", () => {
    const profile = profiles.standard;
    const path = openReplay({ assets: ["ETH", "BTC"], seed: "7", hours: HOURS, history: HISTORY_HOURS });
    const market = new BacktestMarket(profile, path, backtestSlots(profile, path.assets, true));
    market.expire(0);
    const listed = market.listed();
    const hour = HOURS - 1;
    const stored = profile.rowWords + REPORTED_FIELDS.length;
    const words = (chains?: readonly OptionChain[]): bigint[][] => {
      const observed = pathUntil({ ...path, ...(chains === undefined ? {} : { chains }) }, hour);
      const all = snapshotWordsAt(profile, listed, { path: observed, observedAt: path.at(hour).timeUtc, funding }, 0);
      return Array.from({ length: profile.slots + 1 }, (_, slot) => all.slice(slot * stored, (slot + 1) * stored));
    };
    const fresh = words();
    const chain = modelChain(path, "ETH", hour);
    const ages: [string, OptionChain[]][] = [
      ["seven hours old", [{ ...chain, asOfUtc: chain.asOfUtc - 7 * HOUR }]],
      ["none accepted", [{ ...chain, quotes: chain.quotes.slice(0, 3) }]],
      [
        "all expiries passed",
        [
          {
            ...modelChain(path, "ETH", -HISTORY_HOURS),
            quotes: chain.quotes.map((quote) => ({ ...quote, expiryUtc: chain.asOfUtc - 1 })),
            asOfUtc: chain.asOfUtc - 30 * 24 * HOUR,
          },
        ],
      ],
    ];
    const liquidityAt = profile.rowWords + REPORTED_FIELDS.indexOf("liquidity");
    for (const [age, chains] of ages) {
      const stale = words(chains);
      fresh.forEach((slot, i) => {
        if (listed[i]?.kind !== "option") return void expect(stale[i], `${age}, slot ${i}`).to.deep.equal(slot);
        expect(slot[liquidityAt]! > 0n, age).to.equal(true);
        expect(stale[i]![liquidityAt], age).to.equal(0n);
        const [then, now] = [stale[i]!, slot].map(
          (own) => unpackSlot(own.slice(0, profile.rowWords), profile.scenarios).value,
        );
        expect(Number(then) / Number(now), `${age}: what options are worth`).to.be.within(0.9, 1.1);
      });
    }
  });

  it("have the index's implied volatility less the realised one as feature 7, and 0 without an index", () => {
    const profile = profiles.standard;
    const path = openReplay({ assets: ["ETH", "BTC"], seed: "7", hours: HOURS, history: HISTORY_HOURS });
    const market = new BacktestMarket(profile, path, backtestSlots(profile, path.assets, true));
    market.expire(0);
    const impliedVol = Object.assign((symbol: string) => (symbol === "BTC" ? 900_000n : undefined), {
      recorded: ["BTC"],
    });
    const features = (more: Partial<Observation>): readonly bigint[] => {
      const observation = { path: pathUntil(path, 1), observedAt: path.at(1).timeUtc, funding, ...more };
      const words = snapshotWordsAt(profile, market.listed(), observation, 0);
      return parseSignalWords(profile, words.slice(-2) as [bigint, bigint]).features;
    };
    expect(features({})[7]).to.equal(0n);
    const [, long, , , , , , implied] = features({ impliedVol });
    expect(Number(900n - implied!)).to.satisfy(closeTo(Number(long), 1));
  });

  describe("from a source with gaps and late data", () => {
    const times = Array.from({ length: 800 }, (_, hour) => START - 799 * HOUR + hour * HOUR);
    const series = (asset: string, price: number, missing: readonly number[] = []): HourlySeries => {
      const kept = times.filter((time) => !missing.includes(time));
      return { asset, source: "test", times: kept, closes: kept.map((time) => price * (1 + (time % 77_003) / 1e6)) };
    };
    const GAP = START - 10 * HOUR;
    const slots: readonly (ListedSlot | null)[] = [
      {
        kind: "spot",
        symbol: "ETH",
        lotSize: "10000000000000000",
        decimals: 18,
        orderCap: 1_000,
        assumedVolumeTokens: 9,
      },
      { kind: "perp", symbol: "ETH", lotSize: "10000000000000000", orderCap: 1_000, assumedVolumeTokens: 9 },
      { kind: "spot", symbol: "BTC", lotSize: "100000", decimals: 8, orderCap: 1_000, assumedVolumeTokens: 9 },
      null,
    ];

    /**
     * What a live source does: asks somebody, who has had the last hour's prices for some minutes, or does not have
     * them yet.
     */
    class LiveSource implements MarketData {
      readonly description = "live";
      readonly #series: readonly HourlySeries[];
      readonly #delaySeconds: (time: number) => number;
      constructor(own: readonly HourlySeries[], delaySeconds: (time: number) => number = () => 0) {
        this.#series = own;
        this.#delaySeconds = delaySeconds;
      }
      async at(time: number): Promise<Observation | undefined> {
        const come = this.#series.map((one): HourlySeries => {
          const rows = one.times.filter((stamp) => stamp + this.#delaySeconds(stamp) <= time).length;
          return { ...one, times: one.times.slice(0, rows), closes: one.closes.slice(0, rows) };
        });
        if (come.some((one) => one.times.length === 0)) return undefined;
        const all = alignSeries(come);
        const known = Math.min(all.hours, HISTORY_HOURS + 1);
        const path: PricePath = alignSeries(come, { from: all.at(all.hours - 1).timeUtc, history: known - 1 });
        return { observedAt: path.at(0).timeUtc, path, funding: usualFunding };
      }
    }
    const wordsAt = async (data: MarketData, now: number) =>
      (await reporterOn("small", slots, data, newState(), () => now).step())?.statement;

    it("leave out the hour that lacks a price: those of a source that never had it, and not of one that has it", async () => {
      const [whole, gap, never] = [[], [GAP], [GAP]].map(
        (missing, i) => new LiveSource([series("ETH", 2_000, i === 2 ? [GAP] : []), series("BTC", 40_000, missing)]),
      );
      const [a, b, c] = await Promise.all([whole, gap, never].map((source) => wordsAt(source!, START + 60)));
      expect(b!.words).to.deep.equal(c!.words);
      expect(b!.words).not.to.deep.equal(a!.words);
      expect(b!.words.slice(0, -2), "prices of the hour itself").to.deep.equal(a!.words.slice(0, -2));
    });

    it("are of the hour before while the hour's prices have not come, and of the hour once they have", async () => {
      const own = [series("ETH", 2_000), series("BTC", 40_000)];
      const onTime = new LiveSource(own);
      const late = new LiveSource(own, (stamp) => (stamp === START ? 600 : 0));
      const early = (await wordsAt(late, START + 599))!;
      expect(early.observedAt).to.equal(START - HOUR);
      expect(early.words).to.deep.equal((await wordsAt(onTime, START - 1))!.words);
      const then = (await wordsAt(late, START + 600))!;
      expect(then.observedAt).to.equal(START);
      expect(then.words).to.deep.equal((await wordsAt(onTime, START))!.words);
      expect(await wordsAt(late, times[0]! - 1), "nothing known yet").to.equal(undefined);
    });

    it("are those of the same hours in a replay", async () => {
      const own = [series("ETH", 2_000, [GAP]), series("BTC", 40_000)];
      const path = alignSeries(own, { from: START - HOUR, history: HISTORY_HOURS });
      const replay = new Replay(path, usualFunding, { startTimestamp: START - HOUR, secondsPerHour: HOUR });
      for (const now of [START - 1, START + 59])
        expect((await wordsAt(replay, now))!.words).to.deep.equal((await wordsAt(new LiveSource(own), now))!.words);
    });
  });
});

describe("A replay", () => {
  const path = openReplay({ assets: ["ETH"], seed: "7", hours: 3, history: 5 });
  const replay = new Replay(path, usualFunding, { startTimestamp: START, secondsPerHour: 60 });

  it("has an hour's prices from the hour on, the same at all its instants, and none before the first", () => {
    expect(replay.at(START - 1)).to.equal(undefined);
    for (const [time, hour] of [
      [START, 0],
      [START + 59, 0],
      [START + 60, 1],
      [START + 179, 2],
    ] as const) {
      const { observedAt, path: known } = replay.at(time)!;
      expect([observedAt, known.hours]).to.deep.equal([START + hour * 60, hour + 1]);
      expect(known.at(hour)).to.deep.equal(path.at(hour));
      expect(known.at(-5)).to.deep.equal(path.at(-5));
    }
  });

  it("shows no later hour", () => {
    expect(() => replay.at(START)!.path.at(1))
      .to.throw(ReplayError, "hour 1 is not one of -5 … 0")
      .with.property("code", "no-such-hour");
  });

  it("says when its data has ended", () => {
    expect(() => replay.at(START + 180))
      .to.throw(ReplayError, "the price data ends at hour 2: give a longer range")
      .with.property("code", "data-ends");
  });
});
