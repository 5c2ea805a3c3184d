import { AbiCoder, keccak256 } from "ethers";
import type { Point } from "../crypto/curve.ts";
import { keccakWords } from "../crypto/hash.ts";
import { ProverError, requireLength } from "../base/errors.ts";
import { evaluate, fromWord, requireWord, toWord } from "../base/field.ts";
import { transcriptHash } from "../crypto/poseidon.ts";
import { describeWord, HEADER_FIELDS, MANDATE_FIELDS, SETTLE_FIELDS, SNAPSHOT_FIELDS } from "./profile.ts";
import type { Profile, SectionName } from "./profile.ts";
import { packSlot, unpackSlot } from "./rowLanes.ts";
import { parseSignalWords, signalWords } from "./signals.ts";
import type { MarketSignals } from "./signals.ts";
import { bps, lots, microUsd } from "../base/units.ts";
import type { Bps, Lots, MicroUsd, Word } from "../base/units.ts";

/** All public data of a submission in its parts: docs/protocol.md §2. */
export interface Transcript {
  header: Header;
  /** C_g */
  orderCommitments: Point[];
  /** R */
  ephemeral: Point;
  mandate: Mandate;
  snapshot: Snapshot;
  settle: Settle;
  /** PK_j, member 1 first */
  committeeKeys: Point[];
  payload: SealedPayload;
}

export interface Header {
  chainId: bigint;
  /** Address as an integer. */
  market: bigint;
  /** Address as an integer. */
  vault: bigint;
  epoch: bigint;
  snapshotHash: bigint;
  oldCommitment: bigint;
  newCommitment: bigint;
  /** Deposits taken in minus redemptions paid. */
  cashFlow: MicroUsd;
  redeemShares: bigint;
  /** Redemptions are paid in this epoch. */
  outflow: boolean;
  /** NAV is printed in this epoch. */
  dealing: boolean;
  /** navBefore in a dealing epoch of a solvent vault, else 0. */
  nav: MicroUsd;
  insolvent: boolean;
  halted: boolean;
  strategyCommitment: bigint;
  /** What redemption requests that this epoch does not pay would be worth at the last NAV, 0 … 2^50 − 1. */
  cashWanted: MicroUsd;
}

/** Limits in basis points of NAV; participation of a slot's liquidity. */
export interface Mandate {
  deltaBps: Bps;
  gammaBps: Bps;
  vegaBps: Bps;
  concentrationBps: Bps;
  participationBps: Bps;
  grossBps: Bps;
  netBps: Bps;
  cashFloorBps: Bps;
  turnoverBps: Bps;
  /** Margin an order may build up to; at most 10^4. */
  initialMarginBps: Bps;
  /** Margin of the settled book above which an order has to reduce it at once; from `initialMarginBps` to 10^4. */
  maintenanceMarginBps: Bps;
  /** Epochs a row may stay outside before it must shrink. */
  breachEpochs: bigint;
}

/** One slot of the snapshot; amounts are per lot. */
export interface SnapshotSlot {
  value: MicroUsd;
  /** Dollar delta. */
  delta: MicroUsd;
  /** Dollar gamma per 1 % move. */
  gamma: MicroUsd;
  /** Per vol point. */
  vega: MicroUsd;
  /** Profit (positive) or loss (negative) in each scenario. */
  stress: MicroUsd[];
  carryIndex: MicroUsd;
  notional: MicroUsd;
  slip: MicroUsd;
  /** Margin of a short lot for what no scenario covers; of a long one too where `chargesLong`. */
  contingency: MicroUsd;
  /** Lots traded per epoch. */
  liquidity: Lots;
  positionCap: Lots;
}

export interface Snapshot {
  slots: SnapshotSlot[];
  /** Per slot: perps and options may, spot may not. */
  mayBeShort: boolean[];
  /** Per slot: the contingency is charged on long lots too, as it is for perps. */
  chargesLong: boolean[];
  /** What strategies read of the market's history. */
  signals: MarketSignals;
}

/** What the chain knows of the vault's last order. */
export interface Settle {
  /** f_g */
  groupFilled: boolean[];
  /** keep_i: the series the position is in still runs */
  keep: boolean[];
  slots: SettleSlot[];
}

/** Per lot. */
export interface SettleSlot {
  debit: MicroUsd;
  charge: MicroUsd;
  exitIndex: MicroUsd;
}

export interface SealedPayload {
  /** Member 1 first. */
  members: SealedShares[];
  book: Word[];
}

/** Shares of one member with its pads on top. */
export interface SealedShares {
  orderShares: Word[];
  rhoShares: Word[];
  bookKeyShare: Word;
}

/** The settle words of a vault without an order to settle: everything kept, nothing filled. */
export function emptySettle(profile: Profile): Settle {
  const nothing: SettleSlot = { debit: microUsd(0n), charge: microUsd(0n), exitIndex: microUsd(0n) };
  return {
    groupFilled: Array<boolean>(profile.groups).fill(false),
    keep: Array<boolean>(profile.slots).fill(true),
    slots: Array<SettleSlot>(profile.slots).fill(nothing),
  };
}

const bit = (b: boolean): bigint => (b ? 1n : 0n);
const flags = (bits: readonly boolean[]): bigint => bits.reduce((sum, b, i) => sum + (bit(b) << BigInt(i)), 0n);

/** The snapshot part: per slot its row words and SNAPSHOT_FIELDS, then slotFlags and the two words of signals. */
export function snapshotWords(profile: Profile, snapshot: Snapshot): Word[] {
  requireLength("snapshot slots", snapshot.slots, profile.slots);
  requireLength("flags of slots that may be short", snapshot.mayBeShort, profile.slots);
  requireLength("flags of slots that charge long lots", snapshot.chargesLong, profile.slots);
  return [
    ...snapshot.slots.flatMap((slot, i) => {
      requireLength(`stress rows of slot ${i}`, slot.stress, profile.scenarios);
      return [...packSlot(slot), ...SNAPSHOT_FIELDS.map((field) => slot[field])];
    }),
    flags([...snapshot.mayBeShort, ...snapshot.chargesLong]),
    ...signalWords(profile, snapshot.signals),
  ].map(toWord);
}

/** The settle part: flags, then SETTLE_FIELDS per slot. */
export function settleWords(profile: Profile, settle: Settle): Word[] {
  requireLength("fill flags", settle.groupFilled, profile.groups);
  requireLength("keep flags", settle.keep, profile.slots);
  requireLength("settle slots", settle.slots, profile.slots);
  return [
    flags([...settle.groupFilled, ...settle.keep]),
    ...settle.slots.flatMap((slot) => SETTLE_FIELDS.map((field) => slot[field])),
  ].map(toWord);
}

export const mandateWords = (mandate: Mandate): Word[] => MANDATE_FIELDS.map((field) => toWord(mandate[field]));

export function payloadWords(profile: Profile, payload: SealedPayload): Word[] {
  requireLength("sealed members", payload.members, profile.members);
  requireLength("sealed book", payload.book, profile.bookWords);
  for (const { orderShares, rhoShares } of payload.members) {
    requireLength("order shares", orderShares, profile.groups);
    requireLength("ρ shares", rhoShares, profile.groups);
  }
  return flattenPayload(payload);
}

/** A payload's words in their order, whatever its size. */
export const flattenPayload = ({ members, book }: SealedPayload): Word[] => [
  ...members.flatMap(({ orderShares, rhoShares, bookKeyShare }) => [...orderShares, ...rhoShares, bookKeyShare]),
  ...book,
];

/**
 * The transcript as one vector of words.
 * @throws ProverError `wrong-length` for a part that does not fit the profile
 */
export function transcriptWords(profile: Profile, t: Transcript): Word[] {
  requireLength("order commitments", t.orderCommitments, profile.groups);
  requireLength("committee keys", t.committeeKeys, profile.members);
  const words = [
    ...HEADER_FIELDS.map((field) => {
      const value = t.header[field];
      return toWord(typeof value === "boolean" ? bit(value) : value);
    }),
    ...t.orderCommitments.flat().map(toWord),
    ...t.ephemeral.map(toWord),
    ...mandateWords(t.mandate),
    ...snapshotWords(profile, t.snapshot),
    ...settleWords(profile, t.settle),
    ...t.committeeKeys.flat().map(toWord),
    ...payloadWords(profile, t.payload),
  ];
  requireLength("transcript", words, profile.wordNames.length);
  return words;
}

/** The words a submission hands to the contract after its four header words: C_g, R, sealed payload. */
export function sealedWords(profile: Profile, words: readonly bigint[]): bigint[] {
  const part = (name: SectionName): bigint[] => section(profile, words, name);
  return [...part("orderCommitments"), ...part("ephemeral"), ...part("payload")];
}

/** The words of one part. */
export function section(profile: Profile, words: readonly bigint[], name: SectionName): bigint[] {
  const { first, count } = profile.sections[name];
  return words.slice(first, first + count);
}

/**
 * The parts behind a vector of words: the inverse of `transcriptWords`.
 * @throws ProverError `wrong-length`; `not-canonical` for a word that is not what its place wants, naming the word
 * @throws SnapshotError for row words that no packing produces
 */
export function parseTranscript(profile: Profile, words: readonly bigint[]): Transcript {
  requireLength("transcript", words, profile.wordNames.length);
  words.forEach((word, i) => requireWord(describeWord(profile, i), word));
  const reader = new WordReader(profile, words);
  return {
    header: {
      chainId: reader.word(),
      market: reader.word(),
      vault: reader.word(),
      epoch: reader.word(),
      snapshotHash: reader.word(),
      oldCommitment: reader.word(),
      newCommitment: reader.word(),
      cashFlow: microUsd(reader.signed()),
      redeemShares: reader.word(),
      outflow: reader.bit(),
      dealing: reader.bit(),
      nav: microUsd(reader.signed()),
      insolvent: reader.bit(),
      halted: reader.bit(),
      strategyCommitment: reader.word(),
      cashWanted: microUsd(reader.word()),
    },
    orderCommitments: reader.points(profile.groups),
    ephemeral: reader.point(),
    mandate: parseMandate(reader),
    snapshot: parseSnapshot(profile, reader),
    settle: parseSettle(profile, reader),
    committeeKeys: reader.points(profile.members),
    payload: parsePayload(profile, reader),
  };
}

/** The snapshot behind its words, as the market stores them. Errors as `parseTranscript`. */
export const parseSnapshotWords = (profile: Profile, words: readonly bigint[]): Snapshot =>
  parseSnapshot(profile, new WordReader(profile, words, "snapshot"));

/** The settle words the market answers with. Errors as `parseTranscript`. */
export const parseSettleWords = (profile: Profile, words: readonly bigint[]): Settle =>
  parseSettle(profile, new WordReader(profile, words, "settle"));

/** The mandate words a vault stores. Errors as `parseTranscript`. */
export const parseMandateWords = (profile: Profile, words: readonly bigint[]): Mandate =>
  parseMandate(new WordReader(profile, words, "mandate"));

/** What a submission's sealed words hold: the inverse of `sealedWords`. Errors as `parseTranscript`. */
export function parseSealedWords(
  profile: Profile,
  words: readonly bigint[],
): Pick<Transcript, "orderCommitments" | "ephemeral" | "payload"> {
  const { orderCommitments, ephemeral, payload } = profile.sections;
  requireLength("sealed words", words, orderCommitments.count + ephemeral.count + payload.count);
  const front = new WordReader(profile, words.slice(0, orderCommitments.count), "orderCommitments");
  const key = new WordReader(
    profile,
    words.slice(orderCommitments.count, orderCommitments.count + ephemeral.count),
    "ephemeral",
  );
  const back = new WordReader(profile, words.slice(orderCommitments.count + ephemeral.count), "payload");
  return {
    orderCommitments: front.points(profile.groups),
    ephemeral: key.point(),
    payload: parsePayload(profile, back),
  };
}

function parseMandate(reader: WordReader): Mandate {
  return Object.fromEntries(
    MANDATE_FIELDS.map((field) => [field, field === "breachEpochs" ? reader.word() : bps(reader.word())]),
  ) as unknown as Mandate;
}

function parseSnapshot(profile: Profile, reader: WordReader): Snapshot {
  const slots = Array.from({ length: profile.slots }, (): SnapshotSlot => {
    const rows = unpackSlot(reader.words(profile.rowWords), profile.scenarios);
    return {
      value: microUsd(rows.value),
      delta: microUsd(rows.delta),
      gamma: microUsd(rows.gamma),
      vega: microUsd(rows.vega),
      stress: rows.stress.map(microUsd),
      carryIndex: microUsd(reader.signed()),
      notional: microUsd(reader.word()),
      slip: microUsd(reader.word()),
      contingency: microUsd(reader.word()),
      liquidity: lots(reader.word()),
      positionCap: lots(reader.word()),
    };
  });
  const bits = reader.flags(2 * profile.slots);
  const signals = parseSignalWords(profile, [reader.word(), reader.word()]);
  return { slots, mayBeShort: bits.slice(0, profile.slots), chargesLong: bits.slice(profile.slots), signals };
}

function parseSettle(profile: Profile, reader: WordReader): Settle {
  const bits = reader.flags(profile.groups + profile.slots);
  return {
    groupFilled: bits.slice(0, profile.groups),
    keep: bits.slice(profile.groups),
    slots: Array.from({ length: profile.slots }, () => ({
      debit: microUsd(reader.signed()),
      charge: microUsd(reader.word()),
      exitIndex: microUsd(reader.signed()),
    })),
  };
}

function parsePayload(profile: Profile, reader: WordReader): SealedPayload {
  return {
    members: Array.from({ length: profile.members }, () => ({
      orderShares: reader.words(profile.groups),
      rhoShares: reader.words(profile.groups),
      bookKeyShare: reader.word(),
    })),
    book: reader.words(profile.bookWords),
  };
}

/** Reads a vector word by word; its errors name the word that is wrong. */
class WordReader {
  readonly #profile: Profile;
  readonly #words: readonly bigint[];
  readonly #offset: number;
  #next = 0;

  constructor(profile: Profile, words: readonly bigint[], part?: SectionName) {
    if (part) requireLength(`${part} words`, words, profile.sections[part].count);
    this.#profile = profile;
    this.#words = words;
    this.#offset = part ? profile.sections[part].first : 0;
  }

  word(): Word {
    const at = this.#next++;
    return requireWord(describeWord(this.#profile, this.#offset + at), this.#words[at] ?? -1n);
  }

  words = (count: number): Word[] => Array.from({ length: count }, () => this.word());
  signed = (): bigint => fromWord(this.word());
  point = (): Point => [this.word(), this.word()];
  points = (count: number): Point[] => Array.from({ length: count }, () => this.point());
  bit = (): boolean => this.flags(1)[0]!;

  flags(count: number): boolean[] {
    const word = this.word();
    if (word >> BigInt(count) !== 0n) {
      const name = describeWord(this.#profile, this.#offset + this.#next - 1);
      throw new ProverError("not-canonical", `${name} must have at most ${count} bits`);
    }
    return Array.from({ length: count }, (_, i) => ((word >> BigInt(i)) & 1n) === 1n);
  }
}

/** keccak256 of the snapshot part's words, mod r. */
export const snapshotHash = (words: readonly bigint[]): Word => toWord(BigInt(keccakWords(words)));

/** The three public signals of a proof, in the verifier's order. */
export interface PublicSignals {
  h: Word;
  d: Word;
  x: Word;
}

/** x = keccak256(abi.encode(h, keccak256(words))) mod r */
export function challenge(h: bigint, words: readonly bigint[]): Word {
  return toWord(BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32"], [h, keccakWords(words)]))));
}

/**
 * h, d = Σ words_j·x^j, x.
 * @throws ProverError `not-canonical` for a word outside the field
 */
export function publicSignals(words: readonly bigint[]): PublicSignals {
  words.forEach((word, i) => requireWord(`word ${i}`, word));
  const h = transcriptHash(words);
  const x = challenge(h, words);
  return { h, d: evaluate(words, x), x };
}
