import { randomStream } from "../../prover/data/model.ts";
import {
  alike,
  arrivalHours,
  byArrival,
  byNets,
  firstDeposit,
  FOUNDED,
  MISSED,
  navByFitting,
  navByLearning,
  navScore,
  netScore,
  poolOf,
  probe,
  WINDOW_HOURS,
} from "../leak/attacks.ts";
import type { Arrival, NavScore, NetScore } from "../leak/attacks.ts";
import { DEFAULTS, NONE } from "../leak/defences.ts";
import type { Defences } from "../leak/defences.ts";
import { excludedByOnePrint, roundStrategies } from "../leak/dictionary.ts";
import { bookFromPrints } from "../leak/lattice.ts";
import { leakMarket, MOST_WINDOWS, networkOf } from "../leak/market.ts";
import type { LeakMarket } from "../leak/market.ts";
import { luckOf, simulate } from "../leak/model.ts";
import type { Paths, Story } from "../leak/model.ts";
import { BookScore } from "../leak/score.ts";
import { drawVault, play } from "../leak/vaults.ts";
import type { Played } from "../leak/vaults.ts";
import type { Section } from "../section.ts";

const HOURS_PER_YEAR = 8_760;
const SIZES = [1, 2, 4, 8, 16] as const;
type Size = (typeof SIZES)[number];
/** The company that targets are stated for, and how many of it an attacker may own. */
const COMPANY: Size = 8;
const OWNED = 6;
/** Prints that a quiet book is watched for. */
const QUIET_PRINTS = 9;
const DICTIONARY_VICTIMS = 12;

interface Extent {
  readonly windows: number;
  readonly vaults: number;
  readonly pool: number;
  readonly fitted: number;
}
const BRIEF: Extent = { windows: 4, vaults: 16, pool: 1_500, fitted: 4 };
const FULL: Extent = { windows: MOST_WINDOWS, vaults: 40, pool: 3_000, fitted: 8 };

/** Settings of defences, each with one switch more than nothing, then all of them. */
const SETTINGS: readonly { readonly name: string; readonly defences: Defences }[] = [
  { name: "none", defences: NONE },
  { name: "dealing every 24 epochs", defences: { ...NONE, interval: 24 } },
  { name: "NAV in steps of 1 bp", defences: { ...NONE, navGridBps: 1 } },
  { name: "one dealing in four prints", defences: { ...NONE, printShare: 0.25 } },
  { name: "inflows in four tranches", defences: { ...NONE, tranches: 4 } },
  { name: "at least 8 vaults", defences: { ...NONE, minVaults: 8 } },
  { name: "chance, 1/2", defences: { ...NONE, tradeShare: 0.5 } },
  { name: "all: the defaults", defences: DEFAULTS },
];

/** Other kinds of chance, the rest as the defaults: what each buys, and at what price. */
const CHANCES: readonly { readonly name: string; readonly defences: Defences }[] = [
  { name: "none", defences: { ...DEFAULTS, tradeShare: 1 } },
  { name: "share 3/4", defences: { ...DEFAULTS, tradeShare: 0.75 } },
  { name: "share 1/2", defences: DEFAULTS },
  { name: "share 1/4", defences: { ...DEFAULTS, tradeShare: 0.25 } },
  { name: "share 1/8", defences: { ...DEFAULTS, tradeShare: 0.125 } },
  { name: "share 1/2, a coin for 4 epochs", defences: { ...DEFAULTS, holdEpochs: 4 } },
  { name: "share 1/2, a coin for 24 epochs", defences: { ...DEFAULTS, holdEpochs: 24 } },
  { name: "share 1/2, pace not quickened", defences: { ...DEFAULTS, quicken: false } },
  { name: "jittered pace alone", defences: { ...DEFAULTS, tradeShare: 1, paceJitter: 1 } },
  { name: "share 1/2 and jittered pace", defences: { ...DEFAULTS, paceJitter: 1 } },
  { name: "share 1/2, NAV in steps of 10 bps", defences: { ...DEFAULTS, navGridBps: 10 } },
  { name: "share 1/2, one dealing in seven prints", defences: { ...DEFAULTS, printShare: 1 / 7 } },
];

interface Attacked {
  readonly name: string;
  /** By market size; null where the batch is not opened. */
  readonly takenByNets: Readonly<Record<Size, number | null>>;
  /** By whoever owns six of eight vaults. */
  readonly takenByOwner: number | null;
  readonly takenAfterMiss: number;
  /** By the better of the two: the attacker that models chance, and the one that fits parameters without. */
  readonly takenByNav: number;
  readonly takenByModellingChance: number;
  readonly takenByFit: number;
  readonly sideOverPrior: number;
  readonly bookErrorRatio: number;
  readonly bookError: number;
  readonly netForecastR2OverMarket: number;
  readonly netForecastR2FromNav: number;
  readonly firstDepositError: number;
  /** Where all vaults start together. */
  readonly startedTogetherError: number;
  readonly probeError: number;
  readonly exactBooks: number;
  readonly setsExcludedByOnePrint: number;
  readonly costBpsPerYear: number;
  readonly trackingErrorPercent: number;
}

interface Figures {
  readonly data: string;
  readonly extent: Extent;
  readonly sets: number;
  /** What one who knows the template only misses of a book. */
  readonly priorBookError: number;
  readonly settings: readonly Attacked[];
  readonly chances: readonly Attacked[];
}

/** What the market prints of a strategy, to attackers that know everything but its numbers. */
export const leak: Section<Figures> = {
  async measure({ data, full, brief, progress }) {
    const extent = full ? FULL : BRIEF;
    const network = networkOf(data);
    const windows = Array.from({ length: extent.windows }, (_, w) =>
      leakMarket(data, w * (MOST_WINDOWS / extent.windows), WINDOW_HOURS, network),
    );
    const wanted = brief ? SETTINGS.slice(-1) : SETTINGS;
    const task = progress.start("leak: attackers");
    const chances = full ? CHANCES : [];
    const campaign = new Campaign(windows, extent);
    let done = 0;
    const attacked: Attacked[] = [];
    let priorBookError = 0;
    for (const { name, defences } of [...wanted, ...chances]) {
      const outcome = attack(name, defences, campaign, full);
      priorBookError = outcome.priorBookError;
      attacked.push(outcome.attacked);
      task.update(++done, wanted.length + chances.length);
    }
    task.end();
    return {
      data: data === undefined ? "prices of the model" : "recorded prices",
      extent,
      sets: roundStrategies(windows[0]!, full).length,
      priorBookError,
      settings: attacked.slice(0, wanted.length),
      chances: attacked.slice(wanted.length),
    };
  },

  summary({ settings }) {
    const { name: _, ...figures } = settings.at(-1)!;
    return figures;
  },

  tables: ({ data, extent, sets, priorBookError, settings, chances }) => {
    const percent = (share: number | null): number | null => (share === null ? null : Math.round(1_000 * share) / 10);
    const digits = (value: number): number => Number(value.toFixed(3));
    const columns: readonly [string, (one: Attacked) => string | number | null][] = [
      ["defence", ({ name }) => name],
      ...SIZES.map((count): [string, (one: Attacked) => number | null] => [
        `nets, ${count}`,
        ({ takenByNets }) => percent(takenByNets[count]),
      ]),
      [`owns ${OWNED} of ${COMPANY}`, ({ takenByOwner }) => percent(takenByOwner)],
      ["missed epoch", ({ takenAfterMiss }) => percent(takenAfterMiss)],
      ["NAV, modelling chance", ({ takenByModellingChance }) => percent(takenByModellingChance)],
      ["NAV, fit without chance", ({ takenByFit }) => percent(takenByFit)],
      ["side, points", ({ sideOverPrior }) => percent(sideOverPrior)],
      ["book error", ({ bookError }) => digits(bookError)],
      ["ratio", ({ bookErrorRatio }) => digits(bookErrorRatio)],
      ["exact books", ({ exactBooks }) => percent(exactBooks)],
      ["sets excluded", ({ setsExcludedByOnePrint }) => percent(setsExcludedByOnePrint)],
      ["first deposit", ({ firstDepositError }) => digits(firstDepositError)],
      ["together", ({ startedTogetherError }) => digits(startedTogetherError)],
      ["probe", ({ probeError }) => digits(probeError)],
      ["next net, R²", ({ netForecastR2OverMarket }) => digits(netForecastR2OverMarket)],
      ["from all NAV", ({ netForecastR2FromNav }) => digits(netForecastR2FromNav)],
      ["charges, bps a year", ({ costBpsPerYear }) => Math.round(costBpsPerYear)],
      ["tracking error, %", ({ trackingErrorPercent }) => digits(trackingErrorPercent)],
    ];
    const table = (title: string, rows: readonly Attacked[], notes: string[]) => ({
      title,
      columns: columns.map(([column]) => column),
      rows: rows.map((row) => columns.map(([, cell]) => cell(row))),
      notes,
    });
    return [
      table("What the market prints of a strategy, by defence", settings, [
        `${data}: ${extent.windows} windows of 30 days, ${extent.vaults} vaults each, ${sets} round parameter sets. One who knows the template only misses ${digits(priorBookError)} of a book.`,
        "Columns of nets, NAV and missed epoch: per cent of the prior's uncertainty about the next order that is taken. –: not opened.",
      ]),
      ...(chances.length === 0 ? [] : [table("Kinds of chance, the other defences at their defaults", chances, [])]),
    ];
  },
};

/** Whether a vault trades, and how fast: what orders depend on. */
const chanceOf = ({ tradeShare, quicken, holdEpochs, paceJitter }: Defences): string =>
  JSON.stringify([tradeShare, quicken, holdEpochs, paceJitter]);

/** What is played and attacked under several settings is so once. */
class Campaign {
  readonly windows: readonly LeakMarket[];
  readonly extent: Extent;
  readonly #kept = new Map<string, unknown>();

  constructor(windows: readonly LeakMarket[], extent: Extent) {
    this.windows = windows;
    this.extent = extent;
  }

  once<T>(key: readonly unknown[], work: () => T): T {
    const name = JSON.stringify(key);
    if (!this.#kept.has(name)) this.#kept.set(name, work());
    return this.#kept.get(name) as T;
  }

  /** The vaults that are attacked, the same whatever the defences: what these cost is told by the difference. */
  truth(window: number, story: Story): Played {
    const market = this.windows[window]!;
    return this.once(["truth", window, chanceOf(story.defences), ...storyKey(story)], () => {
      const [drawn, luck] = [randomStream("leak", `vaults ${window}`), randomStream("leak", `luck ${window}`)];
      const vaults = Array.from({ length: this.extent.vaults }, () => ({
        strategy: drawVault(market, drawn.uniform),
        luck: luckOf(luck.uniform, WINDOW_HOURS, story.defences),
      }));
      return play(market, vaults, story);
    });
  }

  /** Vaults that attackers play. Not kept: they are played in a moment. */
  pool(window: number, story: Story): Paths {
    const market = this.windows[window]!;
    return simulate(
      market,
      poolOf(market, this.extent.pool, story.defences, randomStream("leak", `pool ${window}`)),
      story,
    );
  }
}

const storyKey = ({ hours, inflows, missed }: Story): unknown[] => [hours, [...inflows], missed];

interface NetAttack {
  readonly nets: ReadonlyMap<Size, NetScore>;
  readonly missed: NetScore;
}

/** The attacks on nets alone, for a kind of chance. */
function attackNets(campaign: Campaign, defences: Defences): NetAttack {
  const nets = new Map(SIZES.map((count): [Size, NetScore] => [count, netScore()]));
  const missed = netScore();
  campaign.windows.forEach((market, window) => {
    const story: Story = { hours: WINDOW_HOURS, defences, inflows: FOUNDED, missed: [] };
    const late: Story = { ...story, missed: MISSED };
    const [truth, pool] = [campaign.truth(window, story), campaign.pool(window, story)];
    for (const [count, score] of nets) byNets(score, market, alike(truth), alike(pool), count);
    const victims = { truth: campaign.truth(window, late), pool: campaign.pool(window, late) };
    byNets(missed, market, { victims: victims.truth, others: truth }, { victims: victims.pool, others: pool }, COMPANY);
  });
  return { nets, missed };
}

interface NavAttack {
  readonly learned: NavScore;
  readonly fitted: NavScore;
}

function attackNav(campaign: Campaign, defences: Defences): NavAttack {
  const [learned, fitted] = [navScore(), navScore()];
  campaign.windows.forEach((market, window) => {
    const story: Story = { hours: WINDOW_HOURS, defences, inflows: FOUNDED, missed: [] };
    const [truth, pool] = [campaign.truth(window, story), campaign.pool(window, story)];
    navByLearning(learned, truth, pool, defences);
    const few = { ...truth, vaults: campaign.extent.fitted };
    navByFitting(fitted, market, few, pool, defences, randomStream("leak", `fit ${window}`));
  });
  return { learned, fitted };
}

/** What nets show of money that comes in; `together`: into all vaults at once. */
function attackArrival(campaign: Campaign, defences: Defences, arrival: Arrival, together: boolean): BookScore {
  const score = new BookScore();
  campaign.windows.forEach((_, window) => {
    const founded: Story = { hours: WINDOW_HOURS, defences, inflows: FOUNDED, missed: [] };
    const story: Story = { ...founded, hours: arrivalHours(arrival), inflows: arrival.inflows };
    const [victims, known] = [campaign.truth(window, story), campaign.pool(window, story)];
    const others = together
      ? { truth: victims, pool: known }
      : { truth: campaign.truth(window, founded), pool: campaign.pool(window, founded) };
    byArrival(score, { victims, others: others.truth }, { victims: known, others: others.pool }, COMPANY, arrival);
  });
  return score;
}

/** What a kind of chance costs a year, beside the same vaults without: charges in bps, and how far returns are off. */
function costOf(campaign: Campaign, defences: Defences): { chargesBps: number; trackingErrorPercent: number } {
  let [charges, squares, hours] = [0, 0, 0];
  campaign.windows.forEach((_, window) => {
    const story: Story = { hours: WINDOW_HOURS, defences, inflows: FOUNDED, missed: [] };
    const [defended, plain] = [campaign.truth(window, story), campaign.truth(window, { ...story, defences: NONE })];
    charges += defended.charges - plain.charges;
    hours += WINDOW_HOURS * defended.vaults;
    for (let at = 1; at < defended.nav.length; at++) {
      if (at % WINDOW_HOURS === 0) continue;
      const change = ({ nav }: Played): number => Math.log(nav[at]! / nav[at - 1]!);
      squares += (change(defended) - change(plain)) ** 2;
    }
  });
  return {
    chargesBps: (charges * 10_000 * HOURS_PER_YEAR) / hours,
    trackingErrorPercent: 100 * Math.sqrt((squares / hours) * HOURS_PER_YEAR),
  };
}

/** Share of books that lattice reduction reads to the lot. */
function exactBooks(campaign: Campaign, defences: Defences): number {
  const read = campaign.windows.flatMap((market, window) => {
    const truth = campaign.truth(window, { hours: WINDOW_HOURS, defences, inflows: FOUNDED, missed: [] });
    return Array.from({ length: truth.vaults }, (_, vault) => Number(readExactly(market, truth, vault, defences)));
  });
  return read.reduce((a, b) => a + b) / read.length;
}

function attack(
  name: string,
  defences: Defences,
  campaign: Campaign,
  full: boolean,
): { attacked: Attacked; priorBookError: number } {
  const chance = chanceOf(defences);
  const { navGridBps, interval, printShare, tranches, minVaults } = defences;
  const { nets, missed } = campaign.once(["nets", chance], () => attackNets(campaign, defences));
  const { learned, fitted } = campaign.once(["nav", chance, navGridBps, interval, printShare], () =>
    attackNav(campaign, defences),
  );
  const arrives = (arrival: Arrival, together = false): number =>
    campaign.once(["arrival", chance, [...arrival.inflows], tranches, together], () =>
      attackArrival(campaign, defences, arrival, together),
    ).error;
  const { chargesBps, trackingErrorPercent } = campaign.once(["cost", chance], () => costOf(campaign, defences));
  const excluded = campaign.once(["dictionary", chance, navGridBps, interval], () => {
    const market = campaign.windows[0]!;
    const random = randomStream("leak", "dictionary");
    return excludedByOnePrint(market, roundStrategies(market, full), defences, random, DICTIONARY_VICTIMS);
  });
  const taken = (count: Size): number | null => (count >= minVaults ? nets.get(count)!.victim.taken : null);
  const [byLearning, byFit] = [learned.orders.taken, fitted.orders.taken];
  const best = byFit > byLearning ? fitted : learned;
  return {
    priorBookError: learned.book.error / learned.book.ratio,
    attacked: {
      name,
      takenByNets: Object.fromEntries(SIZES.map((count) => [count, taken(count)])) as Record<Size, number | null>,
      takenByOwner: nets.get((COMPANY - OWNED) as Size)!.victim.taken,
      takenAfterMiss: missed.victim.taken,
      takenByNav: Math.max(byLearning, byFit),
      takenByModellingChance: byLearning,
      takenByFit: byFit,
      sideOverPrior: best.orders.sideOverPrior,
      bookErrorRatio: Math.min(learned.book.ratio, fitted.book.ratio),
      bookError: Math.min(learned.book.error, fitted.book.error),
      netForecastR2OverMarket: nets.get(COMPANY)!.net.r2OverPrior,
      netForecastR2FromNav: learned.net.r2OverPrior,
      firstDepositError: arrives(firstDeposit(defences)),
      startedTogetherError: arrives(firstDeposit(defences), true),
      probeError: arrives(probe(defences)),
      exactBooks: exactBooks(campaign, defences),
      setsExcludedByOnePrint: excluded,
      costBpsPerYear: chargesBps,
      trackingErrorPercent,
    },
  };
}

/** Whether a book that stays as it is for some prints is read to the lot. */
function readExactly(
  market: LeakMarket,
  { lastBooks }: Played,
  vault: number,
  { interval, navGridBps }: Defences,
): boolean {
  const book = market.spots.map((slot) => lastBooks[vault]![slot]!);
  const every = Math.min(interval, Math.floor((WINDOW_HOURS - 1) / QUIET_PRINTS));
  const valueAt = (k: number): bigint[] =>
    market.spots.map((slot) => market.hours[WINDOW_HOURS - 1 - k * every]!.snapshot.slots[slot]!.value);
  const worth = (values: readonly bigint[]): bigint => book.reduce((sum, q, i) => sum + q * values[i]!, 0n);
  const values = Array.from({ length: QUIET_PRINTS }, (_, k) => valueAt(k));
  const step = navGridBps === 0 ? 1n : (worth(values[0]!) * BigInt(navGridBps)) / 10_000n;
  const printed = values.map((list) => (worth(list) / step) * step);
  const moves = values.slice(1).map((list, k) => list.map((value, i) => value - values[k]![i]!));
  const changes = printed.slice(1).map((nav, k) => nav - printed[k]!);
  const most = book.reduce((a, b) => (b > a ? b : a), 1n);
  return bookFromPrints(changes, moves, most, step).every((lots, i) => lots === book[i]);
}
