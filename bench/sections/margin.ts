import { loadSeries } from "../../prover/node/recorded/csv.ts";
import { modelPath } from "../../prover/data/model.ts";
import type { HourlySeries } from "../../prover/data/path.ts";
import { DAYS_PER_YEAR } from "../../prover/base/time.ts";
import { black76Price } from "../../prover/surface/black76.ts";
import { contingencyMicroUsd, DEFAULT_CONTINGENCY, LOT_SCALE } from "../../prover/snapshot/contingency.ts";
import { toPrice } from "../../prover/base/units.ts";
import { STANDARD_SCENARIOS, volFactor } from "../../prover/snapshot/scenarios.ts";
import { SPOT_ASSETS } from "../../client/demo/plan.ts";
import { DEFAULT_CONFIG, DEFAULT_LIMITS } from "../../client/deploy/local/market.ts";
import { date } from "../../client/sdk/format.ts";
import { openReplay } from "../../prover/node.ts";
import type { Section } from "../section.ts";
import { Breaker, pricesAt } from "../soak/replay.ts";
import type { Table } from "../table.ts";

/** Maintenance limits that are held against the data, bps. */
const CAPS_BPS = [2_500, 3_000, 4_000, 5_000, 6_000, 7_500, 10_000];
/** Hours from a call that nobody answers to a book that is unwound. */
const HOURS = [3, 6, 12, 24, 48];
const MODEL_HOURS = 8_760;
const HOUR_SECONDS = 3_600;
const PRICE = 1_000;
const VOL = 0.8;
const FARTHEST_PERCENT = 99;

/** A book of one kind: what one unit of notional loses when the price moves, and its margin. Parts of the notional. */
interface Book {
  readonly name: string;
  loss(move: number, vol: number): number;
  readonly contingency: number;
  /** Days to expiry; none for what has no volatility. */
  readonly days?: number;
}

const lot = { mark: toPrice(PRICE), lotSize: LOT_SCALE };
const partOf = (charge: bigint): number => Number(charge) / 1e6 / PRICE;

const perp: Book = {
  name: "perp, on the wrong side",
  loss: (move) => Math.abs(move),
  contingency: partOf(contingencyMicroUsd({ kind: "perp", ...lot }, DEFAULT_CONTINGENCY)),
};
const spot: Book = { name: "spot, long", loss: (move) => -Math.min(move, 0), contingency: 0 };

/** A short call and a short put, `otm` out of the money each, `days` before they expire. */
function shortStrangle(otm: number, days: number): Book {
  const legs = [
    { isCall: true, strike: PRICE * (1 + otm) },
    { isCall: false, strike: PRICE * (1 - otm) },
  ];
  const worth = (move: number, vol: number): number =>
    legs.reduce(
      (sum, leg) =>
        sum + black76Price({ forward: PRICE * (1 + move), years: days / DAYS_PER_YEAR, vol, discount: 1, ...leg }),
      0,
    ) / PRICE;
  return {
    name: otm === 0 ? `short straddle, ${days} days` : `short strangle, ${otm * 100} % out, ${days} days`,
    days,
    loss: (move, vol) => worth(move, vol) - worth(0, VOL),
    contingency: legs.reduce(
      (sum, { isCall, strike }) =>
        sum +
        partOf(
          contingencyMicroUsd(
            { kind: "option", ...lot, strike: toPrice(Math.round(strike)), isCall },
            DEFAULT_CONTINGENCY,
          ),
        ),
      0,
    ),
  };
}

const BOOKS: readonly Book[] = [
  spot,
  perp,
  shortStrangle(0, 4),
  shortStrangle(0, 30),
  shortStrangle(0.1, 4),
  shortStrangle(0.1, 30),
];

/** Margin of one unit of notional (docs/margin.md). */
const marginOf = (book: Book): number =>
  book.contingency +
  Math.max(
    0,
    ...STANDARD_SCENARIOS.map(({ spotShockBps, volShock }) =>
      book.loss(spotShockBps / 10_000, VOL * (book.days === undefined ? 1 : volFactor(volShock, book.days))),
    ),
  );

/**
 * Smallest move, in per cent, after which a book at the limit has lost all its capital; null if none up to 99 % does.
 */
function ruinPercent(book: Book, capBps: number): number | null {
  const capital = (marginOf(book) * 10_000) / capBps;
  for (let percent = 1; percent <= FARTHEST_PERCENT; percent++) {
    if (Math.max(book.loss(percent / 100, VOL), book.loss(-percent / 100, VOL)) >= capital) return percent;
  }
  return null;
}

interface WorstMove {
  readonly asset: string;
  readonly hours: number;
  readonly from: string;
  readonly fallPercent: number;
  readonly risePercent: number;
}

/** Halts by the breaker on moves, with the limits of local markets. */
interface Halts {
  readonly hours: number;
  readonly haltedHours: number;
  readonly longestHours: number;
  /** From the last hour that took orders to any of a halt, or the first after it: while nobody could reduce a book. */
  readonly moves: readonly { asset: string; fallPercent: number; risePercent: number }[];
}

interface Figures {
  readonly recorded: boolean;
  readonly caps: readonly { capBps: number; ruinPercent: Readonly<Record<string, number | null>> }[];
  readonly moves: readonly WorstMove[];
  readonly halts: Halts;
}

/** How far prices may move before a book at a margin limit owes more than it has, against how far they have moved. */
export const margin: Section<Figures> = {
  async measure({ data, progress }) {
    const task = progress.start("margin: the worst moves of the price data");
    const series = data === undefined ? modelled() : loadSeries(data);
    const moves = series.flatMap((one) => HOURS.flatMap((hours) => worstMove(one, hours) ?? []));
    const caps = CAPS_BPS.map((capBps) => ({
      capBps,
      ruinPercent: Object.fromEntries(BOOKS.map((book) => [book.name, ruinPercent(book, capBps)])),
    }));
    const halts = measureHalts(data);
    task.end();
    return { recorded: data !== undefined, caps, moves, halts };
  },

  summary: ({ recorded, caps, moves, halts }) => ({ recorded, caps, worst: worstByHours(moves), halts }),

  tables: ({ recorded, caps, moves, halts }) => [
    {
      title: "Move of the underlying that takes all of a vault's capital, in per cent, by the margin it holds",
      columns: ["margin / capital, bps", ...BOOKS.map(({ name }) => name)],
      rows: caps.map(({ capBps, ruinPercent: percent }) => [capBps, ...BOOKS.map(({ name }) => percent[name] ?? null)]),
      notes: [`One move at once, volatility staying at ${VOL * 100} %. –: no move up to ${FARTHEST_PERCENT} % does.`],
    },
    movesTable(moves, recorded),
    delayTable(halts, recorded),
    {
      title: "Worst moves while nobody could send an order, from the last hour before a halt on, in per cent",
      columns: ["asset", "fall", "rise"],
      rows: halts.moves.map(({ asset, fallPercent, risePercent }) => [asset, fallPercent, risePercent]),
      notes: recorded ? [] : ["Prices of the model: there is no folder of recorded ones (--data)."],
    },
  ],
};

/** From the last book inside its maintenance limit on, by who acts. */
function delayTable({ hours, haltedHours, longestHours }: Halts, recorded: boolean): Table {
  const { epochSeconds, heartbeatLimit, challengeWindow } = DEFAULT_CONFIG;
  const epoch = epochSeconds / HOUR_SECONDS;
  const missed = heartbeatLimit * epoch;
  // Its window, and until the epoch that opened after it began has closed.
  const challenge = Math.max(challengeWindow / HOUR_SECONDS, epoch);
  const silent = missed + challenge + epoch;
  return {
    title: "Hours in which a vault above its maintenance limit may go on losing",
    columns: ["", "no halt", "halted throughout"],
    rows: [
      ["its owner is silent: missed epochs", missed, missed],
      ["challenge", challenge, challenge],
      ["until its book is opened", epoch, epoch],
      ["unwinding of a book of a tenth of an epoch's liquidity, then of each tenth more", epoch, epoch],
      ["in all, for a book of an epoch's liquidity", silent + 10 * epoch, silent + 10 * epoch],
      ["its owner reduces itself", epoch, epoch + longestHours],
    ],
    notes: [
      `By the breaker on moves ${haltedHours} of ${hours} hours${recorded ? " on record" : " of the model"} would have been halted, ${longestHours} in a row at most.`,
    ],
  };
}

function measureHalts(data: string | undefined): Halts {
  const path = openReplay({
    assets: SPOT_ASSETS,
    seed: "1",
    history: 0,
    ...(data === undefined ? { hours: MODEL_HOURS } : { data }),
  });
  const breaker = new Breaker(DEFAULT_LIMITS);
  const worst = new Map(path.assets.map((asset) => [asset, { fall: 0, rise: 0 }]));
  let [haltedHours, run, longestHours] = [0, 0, 0];
  let open = path.at(0).prices;
  for (let hour = 0; hour < path.hours; hour++) {
    const { prices } = path.at(hour);
    const trips = breaker.trips(pricesAt(path, hour));
    if (trips || run > 0)
      for (const [asset, extremes] of worst) {
        const move = prices[asset]! / open[asset]! - 1;
        [extremes.fall, extremes.rise] = [Math.min(extremes.fall, move), Math.max(extremes.rise, move)];
      }
    if (!trips) open = prices;
    run = trips ? run + 1 : 0;
    haltedHours += Number(trips);
    longestHours = Math.max(longestHours, run);
  }
  const moves = [...worst].map(([asset, { fall, rise }]) => ({
    asset,
    fallPercent: tenths(-fall),
    risePercent: tenths(rise),
  }));
  return { hours: path.hours, haltedHours, longestHours, moves };
}

const tenths = (part: number): number => Math.round(part * 1_000) / 10;

function movesTable(moves: readonly WorstMove[], recorded: boolean): Table {
  return {
    title: "Worst moves between closes of hours, in per cent",
    columns: ["asset", "hours", "fall", "rise", "data from"],
    rows: [...moves, ...worstByHours(moves)].map(({ asset, hours, fallPercent, risePercent, from }) => [
      asset,
      hours,
      fallPercent,
      risePercent,
      from,
    ]),
    notes: recorded ? [] : ["Prices of the model: there is no folder of recorded ones (--data)."],
  };
}

const worstByHours = (moves: readonly WorstMove[]): WorstMove[] =>
  HOURS.flatMap((hours) => {
    const those = moves.filter((move) => move.hours === hours);
    if (those.length === 0) return [];
    return [
      {
        asset: "worst of all",
        hours,
        from: those.map(({ from }) => from).sort()[0]!,
        fallPercent: Math.max(...those.map(({ fallPercent }) => fallPercent)),
        risePercent: Math.max(...those.map(({ risePercent }) => risePercent)),
      },
    ];
  });

/** Over all hours between whose closes no more than `hours` lie. */
function worstMove({ asset, times, closes }: HourlySeries, hours: number): WorstMove | undefined {
  let [fall, rise] = [0, 0];
  for (let i = 0; i < times.length; i++) {
    for (let k = i + 1; k < times.length && times[k]! - times[i]! <= hours * 3_600; k++) {
      const move = closes[k]! / closes[i]! - 1;
      [fall, rise] = [Math.min(fall, move), Math.max(rise, move)];
    }
  }
  if (times.length < 2) return undefined;
  return {
    asset,
    hours,
    fallPercent: tenths(-fall),
    risePercent: tenths(rise),
    from: date(times[0]!),
  };
}

function modelled(): HourlySeries[] {
  const path = modelPath({ hours: MODEL_HOURS });
  const hours = Array.from({ length: path.hours }, (_, hour) => path.at(hour));
  return path.assets.map((asset) => ({
    asset,
    source: path.description,
    times: hours.map(({ timeUtc }) => timeUtc),
    closes: hours.map(({ prices }) => prices[asset]!),
  }));
}
