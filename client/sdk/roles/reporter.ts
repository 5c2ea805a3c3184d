import { concat, keccak256, Signature, toBeHex, verifyTypedData } from "ethers";
import type { Wallet } from "ethers";
import {
  DEFAULT_ROW_PARAMS,
  disagreements,
  HISTORY_HOURS,
  impliedVol,
  meanPaidFunding,
  MOST_DAYS,
  noSignals,
  optionSlots,
  priceMicroUsd,
  REPORTED_FIELDS,
  ReplayMarket,
  SignalHistory,
  signalWords,
  sleeveSlots,
  slotWords,
  SMALL_SCENARIOS,
  STANDARD_SCENARIOS,
  usualFunding,
} from "../../../prover/index.ts";
import type { Funding, Instrument, MarketSignals, PricePath, Profile, RowParams } from "../../../prover/index.ts";
import type { Deployment, OptionSlot, SlotInfo } from "../deployment.ts";
import type { MarketChain } from "../chain/reader.ts";
import { TacitError } from "../errors.ts";
import { fetchJson } from "../json.ts";
import type { PartyState } from "../ports.ts";

/** What a reporter publishes: words and an EIP-712 signature over them. */
export interface SnapshotStatement {
  market: string;
  epoch: number;
  observedAt: number;
  /** Per slot: RW row words, notional, slip, contingency, liquidity; then the two words of signals. */
  words: bigint[];
  /** Whose statement it says it is; `signerOf` tells whose it is. */
  reporter: string;
  signature: string;
}

export const SNAPSHOT_TYPES = {
  Snapshot: [
    { name: "market", type: "address" },
    { name: "epoch", type: "uint32" },
    { name: "observedAt", type: "uint64" },
    { name: "wordsHash", type: "bytes32" },
  ],
};

export const snapshotDomain = (deployment: Deployment) => ({
  name: "Tacit SnapshotOracle",
  version: "1",
  chainId: deployment.chainId,
  verifyingContract: deployment.snapshotOracle,
});

/** keccak256 of words as 32-byte big-endian. */
export const hashWords = (words: readonly bigint[]): string =>
  keccak256(concat(words.map((word) => toBeHex(word, 32))));

/** Who signed a statement; undefined if the signature is malformed. */
export function signerOf(
  deployment: Deployment,
  { market, epoch, observedAt, words, signature }: Omit<SnapshotStatement, "reporter">,
): string | undefined {
  try {
    return verifyTypedData(
      snapshotDomain(deployment),
      SNAPSHOT_TYPES,
      { market, epoch, observedAt, wordsHash: hashWords(words) },
      signature,
    );
  } catch {
    return undefined;
  }
}

/**
 * What a reporter's server has signed for the epoch; undefined if it is away, has nothing, or has anything but the statement of a
 * reporter of this market. `reporter` is whoever signed it.
 */
export async function askReporter(
  chain: MarketChain,
  url: string,
  epoch: number,
  timeoutMs?: number,
): Promise<SnapshotStatement | undefined> {
  const statement = parseStatement(
    await fetchJson<unknown>(`${url}/snapshot`, timeoutMs),
    chain.deployment.market,
    epoch,
  );
  const reporter = statement && signerOf(chain.deployment, statement);
  return reporter !== undefined && (await chain.isReporter(reporter)) ? { ...statement!, reporter } : undefined;
}

/** A reporter's answer as a statement for this epoch, whoever signed it and for whichever market: that its signature tells. Undefined if it is anything else. */
function parseStatement(
  answer: unknown,
  market: string,
  epoch: number,
): Omit<SnapshotStatement, "reporter"> | undefined {
  try {
    const { epoch: of, observedAt, words, signature } = answer as Record<string, unknown>;
    if (of !== epoch || !Number.isSafeInteger(observedAt) || !Array.isArray(words)) return undefined;
    if (!words.every((word) => typeof word === "string" && DECIMAL_WORD.test(word))) return undefined;
    // The contract's way of reading signatures, which is stricter than this library's: 65 bytes, v = 27 or 28, low s.
    const { serialized } = Signature.from(String(signature));
    return { market, epoch, observedAt: observedAt as number, words: words.map(BigInt), signature: serialized };
  } catch {
    return undefined;
  }
}

/** Has the digits of 2^256 at most; a larger number of as many is nothing that can be signed. */
const DECIMAL_WORD = /^[0-9]{1,78}$/;

/** Decimals of a lot of tokens against the 1e-18 tokens of the snapshot maths. */
const LOT_DECIMALS = 18;

/** When on the chain a price path's hour is seen, seconds since 1970. */
export interface Moment {
  observedAt: number;
  /** Orders that this snapshot lets in may be cleared until then: an option that expires before takes none. */
  clearedBy: number;
}

/** The moment of a snapshot observed at `observedAt`, whenever it is published. */
export const momentOf = ({ replay }: Deployment, observedAt: number): Moment => ({
  observedAt,
  clearedBy: observedAt + replay.maxAgeSeconds + replay.clearSeconds,
});

/**
 * The reporters' words at an hour of a price path: a function of public data, the same for every reporter.
 * Slots without an instrument are zero words. An option has as much time left in the data as it has on the chain.
 * @param slots as they are listed now: `MarketChain.slots`
 * @param funding of perps, at the data's own times
 * @throws SnapshotError, ReplayError
 */
export function snapshotWordsAt(
  profile: Profile,
  slots: readonly (SlotInfo | null)[],
  path: PricePath,
  hour: number,
  moment: Moment,
  funding: Funding = usualFunding,
): bigint[] {
  const market = new ReplayMarket(path);
  const params: RowParams = {
    ...DEFAULT_ROW_PARAMS,
    scenarios: profile.name === "standard" ? STANDARD_SCENARIOS : SMALL_SCENARIOS,
  };
  const words = Array.from({ length: profile.slots }, (_, i) => {
    const slot = slots[i];
    if (!slot) return Array<bigint>(profile.rowWords + REPORTED_FIELDS.length).fill(0n);
    const instrument = instrumentOf(slot, path.at(hour).timeUtc - moment.observedAt);
    const takesOrders = slot.kind !== "option" || slot.expiry > moment.clearedBy;
    const { volumeTokens, ...state } = market.stateAt(hour, instrument, slot.assumedVolumeTokens);
    return slotWords(instrument, { ...state, volumeTokens: takesOrders ? volumeTokens : 0 }, params);
  });
  return [...words.flat(), ...signalWords(profile, marketSignals(profile, slots, path, hour, moment, funding))];
}

const SECONDS_PER_DAY = 86_400;
/** Term of the volatility that feature 7 compares with what was realised. */
const IMPLIED_DAYS = 30;

/** Signals at an hour of a price path: docs/strategy.md §2. Underlyings count in the order of their first slots. */
function marketSignals(
  profile: Profile,
  slots: readonly (SlotInfo | null)[],
  path: PricePath,
  hour: number,
  { observedAt }: Moment,
  funding: Funding,
): MarketSignals {
  const listed = slots.filter((slot) => slot !== null);
  const symbols = (kind?: SlotInfo["kind"]): string[] => [
    ...new Set(listed.filter((slot) => kind === undefined || slot.kind === kind).map(({ symbol }) => symbol)),
  ];
  const assets = symbols();
  if (assets.length === 0) return noSignals(profile);
  const sleeve = sleeveSlots(profile).map((i) =>
    slots[i]?.kind === "spot" ? assets.indexOf(slots[i].symbol) : undefined,
  );
  const history = new SignalHistory(assets.length, sleeve);
  const mean = (values: readonly bigint[]): bigint =>
    values.length === 0 ? 0n : values.reduce((a, b) => a + b, 0n) / BigInt(values.length);
  for (let h = Math.max(-path.history, hour - HISTORY_HOURS); h <= hour; h++) {
    const { prices, timeUtc } = path.at(h);
    const implied = h === hour ? symbols("option").map((symbol) => monthVolPpm(path, symbol, h)) : [];
    history.push({
      pricesMicroUsd: assets.map((symbol) => priceMicroUsd(prices[symbol]!)),
      fundingPpb: meanPaidFunding(funding, symbols("perp"), timeUtc),
      ...(implied.length === 0 ? {} : { impliedVolPpm: mean(implied) }),
    });
  }
  return history.signals(
    optionSlots(profile).map((i) => {
      const slot = slots[i];
      if (slot?.kind !== "option") return MOST_DAYS;
      const days = BigInt(Math.max(0, Math.floor((slot.expiry - observedAt) / SECONDS_PER_DAY)));
      return days < MOST_DAYS ? days : MOST_DAYS;
    }),
  );
}

/** At-the-money volatility of a month, parts per 10^6 a year. */
function monthVolPpm(path: PricePath, symbol: string, hour: number): bigint {
  const { timeUtc, prices } = path.at(hour);
  const vol = impliedVol(
    new ReplayMarket(path).surfaceAt(symbol, hour),
    prices[symbol]!,
    prices[symbol]!,
    timeUtc + IMPLIED_DAYS * SECONDS_PER_DAY,
  );
  return BigInt(Math.round(vol * 1e6));
}

/** @param dataLead seconds by which the data's calendar is ahead of the chain's */
function instrumentOf(slot: SlotInfo, dataLead: number): Instrument {
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

export type OptionTerms = Pick<OptionSlot, "symbol" | "strikeMicroUsd" | "expiry" | "isCall">;

/**
 * Volatility that the snapshot at an hour of a path prices an option with, of a year; none once it has expired.
 * @throws SnapshotError, ReplayError
 */
export function snapshotVol(slot: OptionTerms, path: PricePath, hour: number, observedAt: number): number | undefined {
  if (slot.expiry <= observedAt) return undefined;
  const { timeUtc, prices } = path.at(hour);
  const { strikeUsd, expiryUtc } = termsOf(slot, timeUtc - observedAt);
  return impliedVol(new ReplayMarket(path).surfaceAt(slot.symbol, hour), strikeUsd, prices[slot.symbol]!, expiryUtc);
}

const termsOf = ({ strikeMicroUsd, expiry, isCall }: OptionTerms, dataLead: number) => ({
  strikeUsd: Number(strikeMicroUsd) / 1e6,
  expiryUtc: expiry + dataLead,
  isCall,
});

/** How long a reporter waits for the one it follows, from when an epoch's snapshot is due, and for each of its answers. */
const PATIENCE_MS = 5_000;
const ANSWER_MS = 1_000;

export interface ReporterConfig {
  chain: MarketChain;
  state: PartyState;
  path: PricePath;
  /** Of perps, at the path's own times. */
  funding: Funding;
  /** Base URL of a reporter whose words are signed instead of its own, where no lane is farther from its own than it may be. */
  follow?: string;
}

export interface ReporterStep {
  statement: SnapshotStatement;
  /** Whose words it has signed. */
  words: "own" | "followed";
  /** Lanes that kept it from signing the followed reporter's words. */
  tooFar: string[];
}

/**
 * One market reporter. Signs at most one vector for an epoch while it could still be used: a second one only after the
 * first has grown too old for the oracle to accept, since two usable statements let whoever publishes choose.
 *
 * One that follows another may have prices of its own and still sign the same words. It waits for nobody longer than
 * `PATIENCE_MS`, and signs nothing that it would not nearly have said itself.
 */
export class Reporter {
  readonly #config: ReporterConfig;
  readonly #wallet: Wallet;
  /** Since when it has waited for the followed reporter's statement of an epoch, milliseconds of this process. */
  #waiting: { epoch: number; since: number } | undefined;

  constructor(config: ReporterConfig) {
    this.#config = config;
    this.#wallet = config.state.wallet();
  }

  get address(): string {
    return this.#wallet.address;
  }

  /** The statement now standing, if any. */
  latest(): SnapshotStatement | undefined {
    const kept = this.#config.state.readJson<SnapshotStatement & { words: string[] }>("statement.json");
    return kept && { ...kept, words: kept.words.map(BigInt) };
  }

  /**
   * Signs the next epoch's snapshot if the market waits for one and the replay has a newer hour.
   * @returns undefined if there is nothing to sign, or the followed reporter is waited for
   */
  async step(): Promise<ReporterStep | undefined> {
    const { chain, state, path, funding, follow } = this.#config;
    const { deployment, profile } = chain;
    const status = await chain.status();
    if (status.phase !== "await snapshot") return undefined;
    const { startTimestamp, secondsPerHour } = deployment.replay;
    const hour = Math.floor((status.now - startTimestamp) / secondsPerHour);
    const observedAt = startTimestamp + hour * secondsPerHour;
    const epoch = status.epoch + 1;
    if (hour < 0 || observedAt <= status.observedAt) return undefined;
    if (hour >= path.hours)
      throw new TacitError("DATA_ENDS", `the price data ends at hour ${path.hours - 1}: give a longer range`);

    const last = this.latest();
    if (last?.epoch === epoch && observedAt - last.observedAt <= (await chain.statementLifeSeconds())) return undefined;

    const followed = follow === undefined ? undefined : await askReporter(chain, follow, epoch, ANSWER_MS);
    const theirs = followed?.observedAt === observedAt ? followed.words : undefined;
    if (follow !== undefined && theirs === undefined && this.#mayWait(epoch)) return undefined;
    this.#waiting = undefined;

    const slots = await chain.slots();
    const own = snapshotWordsAt(profile, slots, path, hour, momentOf(deployment, observedAt), funding);
    const tooFar = theirs === undefined ? [] : disagreements(profile, slots, own, theirs);
    const following = theirs !== undefined && tooFar.length === 0;
    const words = following ? theirs : own;
    const message = { market: deployment.market, epoch, observedAt, wordsHash: hashWords(words) };
    const signature = await this.#wallet.signTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, message);
    const statement: SnapshotStatement = {
      market: deployment.market,
      epoch,
      observedAt,
      words,
      reporter: this.address,
      signature,
    };
    state.writeJson("statement.json", statement);
    return { statement, words: following ? "followed" : "own", tooFar };
  }

  #mayWait(epoch: number): boolean {
    if (this.#waiting?.epoch !== epoch) this.#waiting = { epoch, since: performance.now() };
    return performance.now() - this.#waiting.since < PATIENCE_MS;
  }
}
