import { expect } from "chai";
import {
  alike,
  arrivalHours,
  byArrival,
  byNets,
  firstDeposit,
  FOUNDED,
  navByFitting,
  navByLearning,
  navScore,
  netScore,
  poolOf,
  probe,
  WINDOW_HOURS,
} from "../../bench/leak/attacks.ts";
import type { Arrival } from "../../bench/leak/attacks.ts";
import { DEFAULTS, NONE } from "../../bench/leak/defences.ts";
import type { Defences } from "../../bench/leak/defences.ts";
import { excludedByOnePrint, roundStrategies } from "../../bench/leak/dictionary.ts";
import { bookFromPrints, reduceLattice } from "../../bench/leak/lattice.ts";
import { leakMarket } from "../../bench/leak/market.ts";
import { allocationOf, luckOf, simulate } from "../../bench/leak/model.ts";
import type { Paths, Story } from "../../bench/leak/model.ts";
import { BookScore } from "../../bench/leak/score.ts";
import { drawVault, play } from "../../bench/leak/vaults.ts";
import { randomStream } from "../../prover/data/model.ts";
import { calmNetwork } from "../../prover/index.ts";

const VAULTS = 16;
const POOL = 1_000;
const CHANCE: Defences = { ...NONE, tradeShare: 0.5 };

/** Small versions of the attacks of `npm run bench -- --only leak`, each against its defence. */
describe("what the market prints of strategies", function () {
  this.timeout(120_000);
  let market: ReturnType<typeof leakMarket>;
  before(() => {
    market = leakMarket(undefined, 5, WINDOW_HOURS, calmNetwork());
  });

  const storyOf = (defences: Defences, more: Partial<Story> = {}): Story => ({
    hours: WINDOW_HOURS,
    defences,
    inflows: FOUNDED,
    missed: [],
    ...more,
  });
  function vaultsOf(defences: Defences) {
    const [drawn, luck] = [randomStream("test", "vaults"), randomStream("test", "luck")];
    return Array.from({ length: VAULTS }, () => ({
      strategy: drawVault(market, drawn.uniform),
      luck: luckOf(luck.uniform, WINDOW_HOURS, defences),
    }));
  }
  const truths = new Map<string, Paths>();
  /** Vaults as the decision function leads them. */
  function truth(defences: Defences, more: Partial<Story> = {}): Paths {
    const key = JSON.stringify([defences.tradeShare, [...(more.inflows ?? [])], more.hours]);
    const found = truths.get(key) ?? play(market, vaultsOf(defences), storyOf(defences, more));
    truths.set(key, found);
    return found;
  }
  const pool = (defences: Defences, more: Partial<Story> = {}): Paths =>
    simulate(market, poolOf(market, POOL, defences, randomStream("test", "pool")), storyOf(defences, more));

  it("is attacked with a copy of the decision that agrees with it, with chance and without", () => {
    for (const defences of [NONE, CHANCE]) {
      const vaults = vaultsOf(defences).map(({ strategy, luck }) => ({
        allocation: allocationOf(market, strategy),
        luck,
      }));
      const copy = simulate(market, vaults, storyOf(defences));
      const real = truth(defences);
      let [misses, squares] = [0, 0];
      real.orders.forEach((order, k) => {
        misses += (order - copy.orders[k]!) ** 2;
        squares += order ** 2;
      });
      expect(Math.sqrt(misses / squares)).to.be.below(0.01);
      real.nav.forEach((nav, k) => expect(nav / copy.nav[k]!).to.be.within(0.999, 1.001));
    }
  });

  it("tells the next order of a vault that always trades by its NAV, and next to nothing of one that a coin holds back", () => {
    const takenWith = (defences: Defences): number => {
      const score = navScore();
      navByLearning(score, truth(defences), pool(defences), defences);
      return score.orders.taken;
    };
    expect(takenWith(NONE)).to.be.above(0.8);
    expect(takenWith(DEFAULTS)).to.be.below(0.4);
  });

  it("lets all parameters be fitted to NAV prints, unless chance is in them", () => {
    const takenWith = (defences: Defences): number => {
      const score = navScore();
      const few = { ...truth(defences), vaults: 4 };
      navByFitting(score, market, few, pool(defences), defences, randomStream("test", "fit"));
      return score.orders.taken;
    };
    expect(takenWith({ ...NONE, interval: 24 })).to.be.above(0.8);
    expect(takenWith({ ...CHANCE, interval: 24 })).to.be.below(0.6);
  });

  it("tells by nets alone about one part in as many as there are vaults, and with chance less", () => {
    const takenWith = (defences: Defences, size: number): number => {
      const score = netScore();
      byNets(score, market, alike(truth(defences)), alike(pool(defences)), size);
      return score.victim.taken;
    };
    expect(takenWith(NONE, 1)).to.be.above(0.8);
    expect(takenWith(NONE, 2)).to.be.within(0.3, 0.7);
    expect(takenWith(NONE, 8)).to.be.within(0.02, 0.25);
    expect(takenWith(CHANCE, 8)).to.be.below(takenWith(NONE, 8));
    expect(takenWith(CHANCE, 2)).to.be.below(0.3);
  });

  it("shows the book that a first deposit or a probe buys, less of it in tranches, least where all vaults start together", () => {
    const errorWith = (defences: Defences, arrivalOf: (defences: Defences) => Arrival, together = false): number => {
      const arrival = arrivalOf(defences);
      const more = { inflows: arrival.inflows, hours: arrivalHours(arrival) };
      const [victims, known] = [truth(defences, more), pool(defences, more)];
      const score = new BookScore();
      const others = together ? [victims, known] : [truth(defences), pool(defences)];
      byArrival(score, { victims, others: others[0]! }, { victims: known, others: others[1]! }, 8, arrival);
      return score.error;
    };
    const tranches = { ...NONE, tranches: 4, interval: 24 };
    expect(errorWith(NONE, firstDeposit)).to.be.below(0.03);
    expect(errorWith(NONE, probe)).to.be.below(0.05);
    expect(errorWith({ ...tranches, tradeShare: 0.5 }, probe)).to.be.above(1.5 * errorWith(NONE, probe));
    expect(errorWith(NONE, firstDeposit, true)).to.be.above(0.1);
  });

  it("excludes nearly every set of round parameters by one exact NAV, and fewer by one on the grid with chance in it", () => {
    const sets = roundStrategies(market, false).slice(0, 300);
    const excluded = (defences: Defences): number =>
      excludedByOnePrint(market, sets, defences, randomStream("test", "dictionary"), 4);
    expect(excluded(NONE)).to.be.above(0.98);
    expect(excluded(DEFAULTS)).to.be.below(0.7);
  });

  it("gives a quiet book to the lot by lattice reduction, and not where NAV has steps", () => {
    const random = randomStream("test", "book");
    const whole = (most: number): bigint => BigInt(Math.floor(random.uniform() * most));
    const book = Array.from({ length: 8 }, () => whole(200_000));
    const moves = Array.from({ length: 6 }, () => book.map(() => whole(40_000) - 20_000n));
    const nav = moves.map((move) => move.reduce((sum, value, i) => sum + value * book[i]!, 0n));
    // Fewer prints than positions: what makes it possible is that lots are whole numbers.
    expect(bookFromPrints(nav, moves, 200_000n, 1n)).to.deep.equal(book);
    const step = 20_000_000n;
    expect(
      bookFromPrints(
        nav.map((value) => (value / step) * step),
        moves,
        200_000n,
        step,
      ),
    ).not.to.deep.equal(book);
  });

  it("is attacked with a lattice reduction that keeps the lattice and shortens its basis", () => {
    // Cohen's example of a lattice with a short vector that its basis hides.
    const basis = [
      [1n, 0n, 0n, 1345n],
      [0n, 1n, 0n, 35n],
      [0n, 0n, 1n, 154n],
    ];
    const reduced = reduceLattice(basis);
    for (const row of reduced) expect(row[3]).to.equal(1345n * row[0]! + 35n * row[1]! + 154n * row[2]!);
    const [[a, b, c], [d, e, f], [g, h, i]] = reduced as [bigint[], bigint[], bigint[]] as [
      [bigint, bigint, bigint],
      [bigint, bigint, bigint],
      [bigint, bigint, bigint],
    ];
    const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    expect([1n, -1n]).to.include(determinant);
    for (const row of reduced) expect(Number(row.reduce((sum, value) => sum + value * value, 0n))).to.be.below(500);
  });
});
