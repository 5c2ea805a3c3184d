/** What keeps attackers from reading vaults, as switches. */
export interface Defences {
  /** A group trades in an epoch with this probability, by a secret coin; 1 is always. */
  readonly tradeShare: number;
  /** Whether the pace of a group that trades is as much faster as it trades more seldom. */
  readonly quicken: boolean;
  /** Epochs that a coin holds for. */
  readonly holdEpochs: number;
  /** How far an epoch's pace may be from the table's, as a share of it, by the secret coin's other lanes. */
  readonly paceJitter: number;
  /** Step of the public grid of NAV prints, bps; 0 is exact to the micro-dollar. */
  readonly navGridBps: number;
  /** Epochs from one dealing to the next. */
  readonly interval: number;
  /** Share of dealing epochs in which somebody deals: in others nothing is printed. */
  readonly printShare: number;
  /** Dealings over which an inflow is taken in. */
  readonly tranches: number;
  /** Vaults below which a batch is not opened. */
  readonly minVaults: number;
}

export const NONE: Defences = {
  tradeShare: 1,
  quicken: true,
  holdEpochs: 1,
  paceJitter: 0,
  navGridBps: 0,
  interval: 6,
  printShare: 1,
  tranches: 1,
  minVaults: 1,
};

/** What a market and the templates set. An attacker can have every dealing print by dealing itself: all do. */
export const DEFAULTS: Defences = { ...NONE, tradeShare: 0.5, navGridBps: 1, interval: 24, tranches: 4, minVaults: 8 };

/** Pace that is as fast in the mean where a group trades in a share of epochs. */
export const quickened = (pace: number, { tradeShare, quicken }: Defences): number =>
  Math.min(1, quicken ? pace / tradeShare : pace);

/** The luck of one vault: numbers in [0, 1), two for each group and epoch, the coin and the jitter of the pace. */
export type Luck = ArrayLike<number>;
const luckIndex = (hour: number, group: number, { holdEpochs }: Defences): number =>
  2 * (Math.floor(hour / holdEpochs) * 2 + group);
export const luckLength = (hours: number, defences: Defences): number => luckIndex(hours, 1, defences) + 2;

/** What an epoch's coin makes of the pace; 0: the group does not trade. */
export function paceOf(pace: number, luck: Luck, hour: number, group: number, defences: Defences): number {
  const at = luckIndex(hour, group, defences);
  if (luck[at]! >= defences.tradeShare) return 0;
  return Math.min(1, quickened(pace, defences) * (1 + defences.paceJitter * (2 * luck[at + 1]! - 1)));
}

/** When money comes in: dollars per dollar of one vault's capital, by hour. */
export type Inflows = ReadonlyMap<number, number>;

/** An inflow of one capital at a dealing, in as many parts as there are tranches. */
export function inflow(at: number, { tranches, interval }: Defences): [number, number][] {
  return Array.from({ length: tranches }, (_, k) => [at + k * interval, 1 / tranches]);
}
