import type { RandomStream } from "../../prover/data/model.ts";
import { inflow, luckLength } from "./defences.ts";
import type { Defences, Inflows } from "./defences.ts";
import { assimilate, learn, learnBent } from "./learn.ts";
import type { LeakMarket } from "./market.ts";
import { allocationOf, luckOf, simulate } from "./model.ts";
import type { Paths, Simulated, Story } from "./model.ts";
import { BookScore, Score } from "./score.ts";
import { drawVault } from "./vaults.ts";

/** Hours of a window: 30 days are watched, then orders are called for as many epochs as lie between dealings today. */
const WATCHED_HOURS = 720;
const CALLED_HOURS = 6;
export const WINDOW_HOURS = WATCHED_HOURS + CALLED_HOURS;
/** When orders are called: the last dealings of a window. */
const MOMENTS = [552, 576, 600, 624, 648, 672, 696, 720];
/** Vaults whose orders add up to a net where that is called from their NAV. */
const COMPANY = 8;

/** A vault is there from the first hour, with all its capital. */
export const FOUNDED: Inflows = new Map([[0, 1]]);

/** Vaults of the prior, as an attacker plays them. */
export function poolOf(market: LeakMarket, size: number, defences: Defences, random: RandomStream): Simulated[] {
  return Array.from({ length: size }, () => ({
    allocation: allocationOf(market, drawVault(market, random.uniform)),
    luck: luckOf(random.uniform, WINDOW_HOURS, defences),
  }));
}

/** What is seen and what is wanted, of one vault or market after the other. */
interface Examples {
  readonly seen: readonly Float64Array[];
  readonly wanted: readonly Float64Array[];
}

const meanOf = (rows: readonly Float64Array[]): Float64Array =>
  rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);

/** What a vault prints up to an hour: the logarithm of NAV on its grid, print to print. */
function prints(
  { nav, hours }: Paths,
  vault: number,
  until: number,
  { navGridBps, interval, printShare }: Defences,
): Float64Array {
  const seen: number[] = [];
  let last = 0;
  const every = Math.round(interval / printShare);
  for (let hour = until % every || every; hour <= until; hour += every) {
    const exact = Math.log(nav[vault * hours + hour]!);
    const print = navGridBps === 0 ? exact : Math.round((exact * 1e4) / navGridBps) * (navGridBps / 1e4);
    seen.push(print - last);
    last = print;
  }
  return Float64Array.from(seen);
}

const slice = (list: Float32Array, { hours, spots }: Paths, vault: number, from: number, count = 1): Float32Array =>
  list.subarray((vault * hours + from) * spots, (vault * hours + from + count) * spots);

function navExamples(paths: Paths, defences: Defences, moment: number): Examples {
  const vaults = Array.from({ length: paths.vaults }, (_, vault) => vault);
  return {
    seen: vaults.map((vault) => prints(paths, vault, moment, defences)),
    wanted: vaults.map((vault) =>
      Float64Array.of(
        ...slice(paths.orders, paths, vault, moment, CALLED_HOURS),
        ...slice(paths.weights, paths, vault, moment),
      ),
    ),
  };
}

/** How far each weight is from its target, at the first and the last order that is called. */
const gapsOf = (paths: Paths, moment: number): Float64Array[] =>
  Array.from({ length: paths.vaults }, (_, vault) =>
    Float64Array.of(
      ...slice(paths.gaps, paths, vault, moment),
      ...slice(paths.gaps, paths, vault, moment + CALLED_HOURS - 1),
    ),
  );

export interface NavScore {
  readonly orders: Score;
  readonly book: BookScore;
  /** The next net of some vaults, each called by its own prints. */
  readonly net: Score;
}

export const navScore = (): NavScore => ({ orders: new Score(), book: new BookScore(), net: new Score() });

function addNav(
  { orders, book }: NavScore,
  spots: number,
  rows: readonly [Float64Array, Float64Array, Float64Array],
): void {
  const at = spots * CALLED_HOURS;
  const part = (from: number, to?: number) =>
    rows.map((row) => row.subarray(from, to)) as [Float64Array, Float64Array, Float64Array];
  orders.add(...part(0, at));
  book.add(...part(at));
}

/** NAV prints, by what vaults of the prior teach: chance, grid and schedule are as they are, and all known. */
export function navByLearning(score: NavScore, truth: Paths, pool: Paths, defences: Defences): void {
  for (const moment of MOMENTS) {
    const examples = navExamples(pool, defences, moment);
    const call = learnBent(examples.seen, examples.wanted, gapsOf(pool, moment));
    const prior = meanOf(examples.wanted);
    const real = navExamples(truth, defences, moment);
    const called = real.seen.map(call);
    called.forEach((said, v) => addNav(score, truth.spots, [real.wanted[v]!, said, prior]));
    for (let v = 0; v + COMPANY <= truth.vaults; v += COMPANY) {
      const net = (rows: readonly Float64Array[]): Float64Array =>
        Float64Array.from({ length: truth.spots }, (_, i) => rows.reduce((total, row) => total + row[i]!, 0));
      const all = Array<Float64Array>(COMPANY).fill(prior);
      score.net.add(net(real.wanted.slice(v, v + COMPANY)), net(called.slice(v, v + COMPANY)), net(all));
    }
  }
}

const ENSEMBLE = 300;
/** What the model of an attacker leaves out, in logarithms of NAV. */
const MODEL_ERROR = 2e-5;

/** NAV prints, by a fit of all parameters to each vault: without chance, whether there is some or not. */
export function navByFitting(
  score: NavScore,
  market: LeakMarket,
  truth: Paths,
  pool: Paths,
  defences: Defences,
  random: RandomStream,
): void {
  const certain: Defences = { ...defences, tradeShare: 1, paceJitter: 0 };
  const luck = new Float64Array(luckLength(WINDOW_HOURS, certain));
  const story: Story = { hours: WINDOW_HOURS, defences: certain, inflows: FOUNDED, missed: [] };
  const real = navExamples(truth, defences, WATCHED_HOURS);
  const prior = meanOf(navExamples(pool, defences, WATCHED_HOURS).wanted);
  const noise = Math.hypot(MODEL_ERROR, (defences.navGridBps / 1e4) * Math.sqrt(1 / 6));
  let numbers = 0;
  drawVault(market, () => {
    numbers++;
    return 0.5;
  });
  real.seen.forEach((observed, vault) => {
    const fitted = assimilate(
      (states) => {
        const vaults = states.map((state) => {
          let at = 0;
          return {
            allocation: allocationOf(
              market,
              drawVault(market, () => state[at++]!),
            ),
            luck,
          };
        });
        const { seen, wanted } = navExamples(simulate(market, vaults, story), defences, WATCHED_HOURS);
        return seen.map((row, k) => ({ seen: row, wanted: wanted[k]! }));
      },
      numbers,
      observed,
      observed.map(() => noise),
      random.normal,
      ENSEMBLE,
    );
    addNav(score, truth.spots, [real.wanted[vault]!, fitted, prior]);
  });
}

/** Hours of nets that are looked at one by one, and days before them that are added up. */
const HOURLY = 12;
const DAYS = 6;

/** What a vault adds to what nets show up to an hour: holdings, sums of days of orders, then orders by the hour. */
function added({ prices }: LeakMarket, { orders, hours, spots }: Paths, vault: number, moment: number): Float64Array {
  const seen: number[] = [];
  const order = (hour: number, i: number): number => orders[(vault * hours + hour) * spots + i]!;
  const sum = (from: number, to: number): void => {
    for (let i = 0; i < spots; i++) {
      let total = 0;
      for (let hour = from; hour < to; hour++) total += order(hour, i);
      seen.push(total);
    }
  };
  for (let i = 0; i < spots; i++) {
    // Lots add up whatever prices did since.
    let lots = 0;
    for (let hour = 0; hour < moment; hour++) lots += order(hour, i) / prices[hour * spots + i]!;
    seen.push(lots * prices[moment * spots + i]!);
  }
  for (let day = DAYS; day > 0; day--) sum(moment - HOURLY - 24 * day, moment - HOURLY - 24 * (day - 1));
  for (let hour = moment - HOURLY; hour < moment; hour++) sum(hour, hour + 1);
  return Float64Array.from(seen);
}

const total = (rows: readonly Float64Array[]): Float64Array =>
  rows[0]!.map((_, k) => rows.reduce((sum, row) => sum + row[k]!, 0));

/** A market and its victim: what the nets of both together show. */
interface Company {
  readonly victim: number;
  readonly others: readonly number[];
}

function netExamples(
  market: LeakMarket,
  victims: Paths,
  others: Paths,
  companies: readonly Company[],
  moment: number,
): Examples {
  const shown = (paths: Paths): Float64Array[] =>
    Array.from({ length: paths.vaults }, (_, vault) => added(market, paths, vault, moment));
  const next = (paths: Paths): Float64Array[] =>
    Array.from({ length: paths.vaults }, (_, vault) => Float64Array.from(slice(paths.orders, paths, vault, moment)));
  const [victimsShow, victimsNext] = [shown(victims), next(victims)];
  const [othersShow, othersNext] = victims === others ? [victimsShow, victimsNext] : [shown(others), next(others)];
  return {
    seen: companies.map((one) => total([victimsShow[one.victim]!, ...one.others.map((other) => othersShow[other]!)])),
    wanted: companies.map((one) => {
      const order = victimsNext[one.victim]!;
      return Float64Array.of(...order, ...total([order, ...one.others.map((other) => othersNext[other]!)]));
    }),
  };
}

/** Markets of `size` vaults, each vault the victim of as many; none is beside itself. */
function companiesOf(victims: number, others: number, size: number, count: number): Company[] {
  return Array.from({ length: count }, (_, m) => ({
    victim: m % victims,
    others: Array.from({ length: size - 1 }, (_, k) => (m + (k + 1) * (1 + Math.floor(m / victims))) % others),
  }));
}

const PLAYED_MARKETS = 2_000;

export interface NetScore {
  /** The victim's next order. */
  readonly victim: Score;
  /** The next net. */
  readonly net: Score;
}

export const netScore = (): NetScore => ({ victim: new Score(), net: new Score() });

/** Vaults as they are, and those that attackers have played: victims, and who stands beside them. */
export interface Sides {
  readonly victims: Paths;
  readonly others: Paths;
}

export const alike = (paths: Paths): Sides => ({ victims: paths, others: paths });

/** The nets of a market of `size` vaults, of equal capital. */
export function byNets({ victim, net }: NetScore, market: LeakMarket, truth: Sides, pool: Sides, size: number): void {
  const markets = ({ victims, others }: Sides, count: number): Company[] =>
    companiesOf(victims.vaults, others.vaults, size, count);
  for (const moment of MOMENTS) {
    const examples = netExamples(market, pool.victims, pool.others, markets(pool, PLAYED_MARKETS), moment);
    const call = learn(examples.seen, examples.wanted);
    const prior = meanOf(examples.wanted);
    const real = netExamples(market, truth.victims, truth.others, markets(truth, truth.victims.vaults), moment);
    const n = truth.victims.spots;
    real.seen.forEach((seen, m) => {
      const [is, said] = [real.wanted[m]!, call(seen)];
      victim.add(is.subarray(0, n), said.subarray(0, n), prior.subarray(0, n));
      net.add(is.subarray(n), said.subarray(n), prior.subarray(n));
    });
  }
}

/** Epochs that a vault misses: those before its orders are called. */
export const MISSED: readonly number[] = MOMENTS.map((moment) => moment - 1);

/** Money that comes into the victim's vault, and when an attacker has seen enough. */
export interface Arrival {
  readonly inflows: Inflows;
  /** Hours of dealings that brought money. */
  readonly dealings: readonly number[];
}

const ARRIVES = 240;
/** Epochs after a dealing in which what it brought is invested. */
const INVESTED = 8;
const BEFORE = 2;

export const firstDeposit = (defences: Defences): Arrival => arrival(new Map(), defences);
/** A deposit of as much as the vault has, by whoever wants to see what is bought for it. */
export const probe = (defences: Defences): Arrival => arrival(FOUNDED, defences);

function arrival(before: Inflows, defences: Defences): Arrival {
  const parts = inflow(ARRIVES, defences);
  return { inflows: new Map([...before, ...parts]), dealings: parts.map(([hour]) => hour) };
}

/** Hours that an arrival is played for. */
export const arrivalHours = ({ dealings }: Arrival): number => dealings.at(-1)! + INVESTED + 1;

function arrivalExamples({ victims, others }: Sides, size: number, { dealings }: Arrival): Examples {
  const last = dealings.at(-1)! + INVESTED;
  const shown = (paths: Paths): Float64Array[] =>
    Array.from({ length: paths.vaults }, (_, vault) =>
      // The hours before show what the others were about to do.
      Float64Array.from(
        dealings.flatMap((dealing) => [...slice(paths.orders, paths, vault, dealing - BEFORE, BEFORE + INVESTED)]),
      ),
    );
  const [mine, theirs] = [shown(victims), shown(others)];
  const companies = companiesOf(victims.vaults, others.vaults, size, victims.vaults);
  return {
    seen: companies.map((one) => total([mine[one.victim]!, ...one.others.map((other) => theirs[other]!)])),
    wanted: mine.map((_, victim) => Float64Array.from(slice(victims.weights, victims, victim, last))),
  };
}

/** The victim's book, from the nets of a market of `size` vaults after money has come into its vault. */
export function byArrival(score: BookScore, truth: Sides, pool: Sides, size: number, story: Arrival): void {
  const examples = arrivalExamples(pool, size, story);
  const call = learn(examples.seen, examples.wanted);
  const prior = meanOf(examples.wanted);
  const real = arrivalExamples(truth, size, story);
  real.seen.forEach((seen, v) => score.add(real.wanted[v]!, call(seen), prior));
}
