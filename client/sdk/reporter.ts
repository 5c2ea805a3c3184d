import { concat, keccak256, toBeHex, verifyTypedData } from "ethers";
import type { Wallet } from "ethers";
import {
  DEFAULT_ROW_PARAMS, HISTORY_HOURS, impliedVol, MOST_DAYS, noSignals, optionSlots, priceMicroUsd, REPORTED_FIELDS, ReplayMarket, SignalHistory, signalWords, sleeveSlots, slotWords,
  SMALL_SCENARIOS, STANDARD_SCENARIOS, usualFunding,
} from "../../prover/index.ts";
import type { Instrument, MarketSignals, PricePath, Profile, RowParams } from "../../prover/index.ts";
import type { Deployment, OptionSlot, SlotInfo } from "../deploy/deployment.ts";
import type { MarketChain } from "./chain.ts";
import { TacitError } from "./errors.ts";
import type { StateFolder } from "./stateFolder.ts";

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
export const hashWords = (words: readonly bigint[]): string => keccak256(concat(words.map((word) => toBeHex(word, 32))));

/** Who signed a statement; undefined if the signature is malformed. */
export function signerOf(deployment: Deployment, { market, epoch, observedAt, words, signature }: Omit<SnapshotStatement, "reporter">): string | undefined {
  try {
    return verifyTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, { market, epoch, observedAt, wordsHash: hashWords(words) }, signature);
  } catch {
    return undefined;
  }
}

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
 * @throws SnapshotError, ReplayError
 */
export function snapshotWordsAt(profile: Profile, slots: readonly (SlotInfo | null)[], path: PricePath, hour: number, moment: Moment): bigint[] {
  const market = new ReplayMarket(path);
  const params: RowParams = { ...DEFAULT_ROW_PARAMS, scenarios: profile.name === "standard" ? STANDARD_SCENARIOS : SMALL_SCENARIOS };
  const words = Array.from({ length: profile.slots }, (_, i) => {
    const slot = slots[i];
    if (!slot) return Array<bigint>(profile.rowWords + REPORTED_FIELDS.length).fill(0n);
    const instrument = instrumentOf(slot, path.at(hour).timeUtc - moment.observedAt);
    const takesOrders = slot.kind !== "option" || slot.expiry > moment.clearedBy;
    const { volumeTokens, ...state } = market.stateAt(hour, instrument, slot.assumedVolumeTokens);
    return slotWords(instrument, { ...state, volumeTokens: takesOrders ? volumeTokens : 0 }, params);
  });
  return [...words.flat(), ...signalWords(profile, marketSignals(profile, slots, path, hour, moment))];
}

const SECONDS_PER_DAY = 86_400;
/** Term of the volatility that feature 7 compares with what was realised. */
const IMPLIED_DAYS = 30;

/** Signals at an hour of a price path: docs/strategy.md §2. Underlyings count in the order of their first slots. */
export function marketSignals(profile: Profile, slots: readonly (SlotInfo | null)[], path: PricePath, hour: number, { observedAt }: Moment): MarketSignals {
  const listed = slots.filter((slot) => slot !== null);
  const symbols = (kind?: SlotInfo["kind"]): string[] => [...new Set(listed.filter((slot) => kind === undefined || slot.kind === kind).map(({ symbol }) => symbol))];
  const assets = symbols();
  if (assets.length === 0) return noSignals(profile);
  const sleeve = sleeveSlots(profile).map((i) => (slots[i]?.kind === "spot" ? assets.indexOf(slots[i].symbol) : undefined));
  const history = new SignalHistory(assets.length, sleeve);
  const mean = (values: readonly bigint[]): bigint => (values.length === 0 ? 0n : values.reduce((a, b) => a + b, 0n) / BigInt(values.length));
  for (let h = Math.max(-path.history, hour - HISTORY_HOURS); h <= hour; h++) {
    const { prices, timeUtc } = path.at(h);
    const implied = h === hour ? symbols("option").map((symbol) => monthVolPpm(path, symbol, h)) : [];
    history.push({
      pricesMicroUsd: assets.map((symbol) => priceMicroUsd(prices[symbol]!)),
      fundingPpb: mean(symbols("perp").map((symbol) => usualFunding(symbol, timeUtc))),
      ...(implied.length === 0 ? {} : { impliedVolPpm: mean(implied) }),
    });
  }
  return history.signals(optionSlots(profile).map((i) => {
    const slot = slots[i];
    if (slot?.kind !== "option") return MOST_DAYS;
    const days = BigInt(Math.max(0, Math.floor((slot.expiry - observedAt) / SECONDS_PER_DAY)));
    return days < MOST_DAYS ? days : MOST_DAYS;
  }));
}

/** At-the-money volatility of a month, parts per 10^6 a year. */
function monthVolPpm(path: PricePath, symbol: string, hour: number): bigint {
  const { timeUtc, prices } = path.at(hour);
  const vol = impliedVol(new ReplayMarket(path).surfaceAt(symbol, hour), prices[symbol]!, prices[symbol]!, timeUtc + IMPLIED_DAYS * SECONDS_PER_DAY);
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
  strikeUsd: Number(strikeMicroUsd) / 1e6, expiryUtc: expiry + dataLead, isCall,
});

/**
 * One market reporter. Signs at most one vector for an epoch while it could still be used: a second one only after the
 * first has grown too old for the oracle to accept, since two usable statements let whoever publishes choose.
 */
export class Reporter {
  readonly #chain: MarketChain;
  readonly #wallet: Wallet;
  readonly #state: StateFolder;
  readonly #path: PricePath;

  constructor(chain: MarketChain, state: StateFolder, path: PricePath) {
    this.#chain = chain;
    this.#state = state;
    this.#wallet = state.wallet();
    this.#path = path;
  }

  get address(): string {
    return this.#wallet.address;
  }

  /** The statement now standing, if any. */
  latest(): SnapshotStatement | undefined {
    const kept = this.#state.readJson<SnapshotStatement & { words: string[] }>("statement.json");
    return kept && { ...kept, words: kept.words.map(BigInt) };
  }

  /**
   * Signs the next epoch's snapshot if the market waits for one and the replay has a newer hour.
   * @returns the new statement, or undefined if there is nothing to sign
   */
  async step(): Promise<SnapshotStatement | undefined> {
    const { deployment, profile } = this.#chain;
    const status = await this.#chain.status();
    if (status.phase !== "await snapshot") return undefined;
    const { startTimestamp, secondsPerHour } = deployment.replay;
    const hour = Math.floor((status.now - startTimestamp) / secondsPerHour);
    const observedAt = startTimestamp + hour * secondsPerHour;
    const epoch = status.epoch + 1;
    if (hour < 0 || observedAt <= status.observedAt) return undefined;
    if (hour >= this.#path.hours) throw new TacitError("DATA_ENDS", `the price data ends at hour ${this.#path.hours - 1}: give a longer range`);

    const last = this.latest();
    if (last?.epoch === epoch && observedAt - last.observedAt <= deployment.replay.maxAgeSeconds) return undefined;

    const words = snapshotWordsAt(profile, await this.#chain.slots(), this.#path, hour, momentOf(deployment, observedAt));
    const message = { market: deployment.market, epoch, observedAt, wordsHash: hashWords(words) };
    const signature = await this.#wallet.signTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, message);
    const statement: SnapshotStatement = { market: deployment.market, epoch, observedAt, words, reporter: this.address, signature };
    this.#state.writeJson("statement.json", statement);
    return statement;
  }
}
