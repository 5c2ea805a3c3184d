// From market data to the words that reporters sign: the one way to make a snapshot, for reporters and backtests alike.
import { SECONDS_PER_DAY } from "../base/time.ts";
import { MICRO } from "../base/units.ts";
import { meanPaidFunding } from "../data/funding.ts";
import { meanImpliedVol, noImpliedVol } from "../data/impliedVol.ts";
import { lastHour } from "../data/path.ts";
import type { PriceHour, PricePath } from "../data/path.ts";
import type { Observation } from "../data/source.ts";
import { REPORTED_FIELDS } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import { packSlot } from "../format/lanes.ts";
import { MOST_DAYS, noSignals, optionSlots, signalWords, sleeveSlots } from "../format/signals.ts";
import type { MarketSignals } from "../format/signals.ts";
import type { Snapshot } from "../format/transcript.ts";
import { impliedVol } from "../surface/surface.ts";
import type { VolSurface } from "../surface/surface.ts";
import { MarketSurfaces } from "./marketSurfaces.ts";
import { DEFAULT_ROW_PARAMS, instrumentRows } from "./rows.ts";
import type { Instrument, InstrumentRows, Quote, RowParams } from "./rows.ts";
import { scenariosOf } from "./scenarios.ts";
import { signalsOfPath } from "./signalsOfPath.ts";
import type { SignalSources } from "./signalsOfPath.ts";

/** A slot of a market, as it is listed. */
export type ListedSlot = ListedSpot | ListedPerp | ListedOption;

/** What of every listed slot decides its words. */
export interface Listed {
  /** The underlying's symbol, as in price data: "ETH". */
  readonly symbol: string;
  /**
   * In one lot, decimal. Spot: smallest units of the token. Perps and options: 1e-18 contracts, each for one whole
   * token.
   */
  readonly lotSize: string;
  /** Lots. */
  readonly orderCap: number;
  /** Tokens an epoch, where the price data has no volume. */
  readonly assumedVolumeTokens: number;
}

interface ListedSpot extends Listed {
  readonly kind: "spot";
  /** The token's decimals. */
  readonly decimals: number;
}

interface ListedPerp extends Listed {
  readonly kind: "perp";
}

interface ListedOption extends Listed, OptionTerms {
  readonly kind: "option";
}

/** The terms of an option series. */
export interface OptionTerms {
  readonly symbol: string;
  /** µUSD per token, decimal. */
  readonly strikeMicroUsd: string;
  /** Chain time, seconds since 1970. */
  readonly expiry: number;
  readonly isCall: boolean;
}

/** The surface that an underlying's options are valued off at the observed hour. @throws SnapshotError, ReplayError */
type SurfaceOf = (symbol: string) => VolSurface;

type Slots = readonly (ListedSlot | null)[];

/**
 * The words that reporters sign: what an observation and the listing determine, the same for whoever computes them. Per
 * slot its packed row words, then what REPORTED_FIELDS name, and zeros where nothing is listed; then the two words of
 * signals.
 * @param slots as they are listed now
 * @param clearedBy until when orders that this snapshot lets in may be cleared, chain time
 * @throws SnapshotError, ReplayError
 */
export function snapshotWordsAt(profile: Profile, slots: Slots, observation: Observation, clearedBy: number): bigint[] {
  const surfaceOf = surfacesAt(observation.path);
  const nothing = Array<bigint>(profile.rowWords + REPORTED_FIELDS.length).fill(0n);
  const rows = slotRows(profile, slots, observation, clearedBy, surfaceOf);
  return [
    ...rows.flatMap((row) => (row === null ? nothing : slotWords(row))),
    ...signalWords(profile, marketSignals(profile, slots, observation)),
  ];
}

/** What reporters sign for one slot. @throws SnapshotError `out-of-range` */
export const slotWords = (rows: InstrumentRows): bigint[] => [
  ...packSlot(rows),
  ...REPORTED_FIELDS.map((field) => rows[field]),
];

/**
 * Rows of every slot of the profile, null where nothing is listed. An option has as much time left in the data as it
 * has on the chain, and one that expires before its orders were cleared takes none, as one without a surface in force.
 * @param surfaceOf those of the path's chains where left out
 * @throws SnapshotError, ReplayError
 */
export function slotRows(
  profile: Profile,
  slots: Slots,
  { path, observedAt }: Pick<Observation, "path" | "observedAt">,
  clearedBy: number,
  surfaceOf: SurfaceOf = surfacesAt(path),
): (InstrumentRows | null)[] {
  const now = lastHour(path);
  const params: RowParams = { ...DEFAULT_ROW_PARAMS, scenarios: scenariosOf(profile) };
  return Array.from({ length: profile.slots }, (_, i) => {
    const slot = slots[i];
    if (!slot) return null;
    const instrument = instrumentOf(slot, now.timeUtc - observedAt);
    const quote = quoteOf(now, instrument, slot.assumedVolumeTokens, surfaceOf);
    const takesOrders = slot.kind !== "option" || slot.expiry > clearedBy;
    return instrumentRows(instrument, takesOrders ? quote : { ...quote, volumeTokens: 0 }, params);
  });
}

/**
 * What `instrumentRows` needs. Forwards are the spot price (r = 0).
 * @param assumedVolumeTokens tokens an epoch where the data has no volume, which is so for all options
 * @throws SnapshotError, ReplayError as `surfaceOf`
 */
export function quoteOf(
  { timeUtc, prices, volumes }: PriceHour,
  { kind, underlying }: Pick<Instrument, "kind" | "underlying">,
  assumedVolumeTokens: number,
  surfaceOf: SurfaceOf,
): Quote {
  const spotUsd = prices[underlying]!;
  if (kind !== "option") return { timeUtc, spotUsd, volumeTokens: volumes[underlying] ?? assumedVolumeTokens };
  const surface = surfaceOf(underlying);
  return { timeUtc, spotUsd, surface, volumeTokens: surface.valuesOnly ? 0 : assumedVolumeTokens };
}

/** What positions in a slot may be, by what is listed there. The market sets these flags by the same rule. */
export const slotFlags = (
  slots: readonly (Pick<ListedSlot, "kind"> | null)[],
): Pick<Snapshot, "mayBeShort" | "chargesLong"> => ({
  mayBeShort: slots.map((slot) => slot !== null && slot.kind !== "spot"),
  chargesLong: slots.map((slot) => slot?.kind === "perp"),
});

/** Whole days that are left of each option position's series; MOST_DAYS where there are more, or no option. */
export const daysToExpiry = (profile: Profile, slots: Slots, observedAt: number): bigint[] =>
  optionSlots(profile).map((i) => {
    const slot = slots[i];
    if (slot?.kind !== "option") return MOST_DAYS;
    const days = BigInt(Math.max(0, Math.floor((slot.expiry - observedAt) / SECONDS_PER_DAY)));
    return days < MOST_DAYS ? days : MOST_DAYS;
  });

/** What a listing's signals are of. Underlyings count in the order of their first slots. */
export function signalSources(
  profile: Profile,
  slots: Slots,
  { path, funding, impliedVol = noImpliedVol }: Omit<Observation, "observedAt">,
): SignalSources {
  const [assets, perps] = [symbolsOf(slots), symbolsOf(slots, "perp")];
  return {
    assets,
    sleeve: sleeveSlots(profile).map((i) => (slots[i]?.kind === "spot" ? slots[i].symbol : undefined)),
    fundingPpb: (hour) => meanPaidFunding(funding, perps, path.at(hour).timeUtc),
    impliedVolPpm: (hour) => meanImpliedVol(impliedVol, assets, path.at(hour).timeUtc),
  };
}

/**
 * Volatility that a snapshot prices an option with, of a year; none once it has expired.
 * @throws SnapshotError, ReplayError
 */
export function snapshotVol(option: OptionTerms, { path, observedAt }: Observation): number | undefined {
  if (option.expiry <= observedAt) return undefined;
  const { timeUtc, prices } = lastHour(path);
  const { strikeUsd, expiryUtc } = termsOf(option, timeUtc - observedAt);
  return impliedVol(surfacesAt(path)(option.symbol), strikeUsd, prices[option.symbol]!, expiryUtc);
}

/** Signals of an observation: docs/strategy.md §2. */
function marketSignals(profile: Profile, slots: Slots, observation: Observation): MarketSignals {
  if (symbolsOf(slots).length === 0) return noSignals(profile);
  const { path, observedAt } = observation;
  const signals = signalsOfPath(path, signalSources(profile, slots, observation), path.hours - 1);
  return { ...signals.next().value!, daysToExpiry: daysToExpiry(profile, slots, observedAt) };
}

/** Surfaces at the last hour of a path. */
function surfacesAt(path: PricePath): SurfaceOf {
  const surfaces = new MarketSurfaces(path);
  return eachOnce((symbol) => surfaces.valuing(symbol, path.hours - 1));
}

/** Looks each underlying's surface up once. */
export function eachOnce(surfaceOf: SurfaceOf): SurfaceOf {
  const found = new Map<string, VolSurface>();
  return (symbol) => {
    const surface = found.get(symbol) ?? surfaceOf(symbol);
    found.set(symbol, surface);
    return surface;
  };
}

/** Each underlying once, of one kind of slots or of all. */
const symbolsOf = (slots: Slots, kind?: ListedSlot["kind"]): string[] => [
  ...new Set(slots.flatMap((slot) => (slot && (kind ?? slot.kind) === slot.kind ? [slot.symbol] : []))),
];

/** Decimals that the rows count tokens of a lot in. */
const LOT_DECIMALS = 18;

/** @param dataLead seconds by which the data's calendar is ahead of the chain's */
function instrumentOf(slot: ListedSlot, dataLead: number): Instrument {
  const { symbol: underlying, kind } = slot;
  const orderCap = BigInt(slot.orderCap);
  const lotSize = BigInt(slot.lotSize);
  switch (kind) {
    case "spot":
      return { kind, underlying, orderCap, lotSize: lotSize * 10n ** BigInt(LOT_DECIMALS - slot.decimals) };
    case "perp":
      return { kind, underlying, orderCap, lotSize };
    case "option":
      return { kind, underlying, orderCap, lotSize, ...termsOf(slot, dataLead) };
  }
}

const termsOf = ({ strikeMicroUsd, expiry, isCall }: OptionTerms, dataLead: number) => ({
  strikeUsd: Number(strikeMicroUsd) / MICRO,
  expiryUtc: expiry + dataLead,
  isCall,
});
