import { bit } from "../base/integers.ts";
import { AbiCoder, keccak256 } from "ethers";
import { HEADER, MANDATE, SETTLE_SLOT, SLOT } from "../../circuits/format.ts";
import type { ROW_LANES, WordFormat } from "../../circuits/format.ts";
import type { Point } from "../crypto/curve.ts";
import { keccakWords } from "../crypto/hash.ts";
import { ProverError, requireLength } from "../base/errors.ts";
import { evaluate, fromWord, requireWord, toWord } from "../base/field.ts";
import { transcriptHash } from "../crypto/poseidon.ts";
import { describeWord } from "./profile.ts";
import type { Profile, SectionName } from "./profile.ts";
import { packSlot, unpackSlot } from "./lanes.ts";
import type { LaneRows } from "./lanes.ts";
import { parseSignalWords, signalWords } from "./signals.ts";
import type { MarketSignals } from "./signals.ts";
import { microUsd } from "../base/units.ts";
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

/** What a word of `circuits/format.ts` is read as. */
type Value<W extends WordFormat> = W extends { kind: "flag" }
  ? boolean
  : W extends { unit: "µUSD" }
    ? MicroUsd
    : W extends { unit: "bps" }
      ? Bps
      : W extends { unit: "lots" }
        ? Lots
        : bigint;
type Fields<Words extends readonly WordFormat[]> = { [W in Words[number] as W["name"]]: Value<W> };

/** Addresses are integers. */
export type Header = Fields<typeof HEADER>;
export type Mandate = Fields<typeof MANDATE>;

/** One slot of the snapshot; amounts are per lot. */
export type SnapshotSlot = Fields<typeof SLOT> &
  Record<(typeof ROW_LANES)[number], MicroUsd> & {
    /** Profit (positive) or loss (negative) in each scenario. */
    stress: MicroUsd[];
  };

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
export type SettleSlot = Fields<typeof SETTLE_SLOT>;

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

/** Values in the order of their words, not reduced. */
const inOrder = <Words extends readonly WordFormat[]>(words: Words, values: Fields<Words>): bigint[] =>
  words.map(({ name }) => {
    const value = values[name as keyof Fields<Words>] as bigint | boolean;
    return typeof value === "boolean" ? bit(value) : value;
  });

/** What the words of a header come from: the caller sees to it that each is below r, or takes it mod r. */
export const headerValues = (header: Header): bigint[] => inOrder(HEADER, header);
const flags = (bits: readonly boolean[]): bigint => bits.reduce((sum, b, i) => sum + (bit(b) << BigInt(i)), 0n);

/** The snapshot part: per slot its row words and the others, then slotFlags and the two words of signals. */
export function snapshotWords(profile: Profile, snapshot: Snapshot): Word[] {
  requireLength("snapshot slots", snapshot.slots, profile.slots);
  requireLength("flags of slots that may be short", snapshot.mayBeShort, profile.slots);
  requireLength("flags of slots that charge long lots", snapshot.chargesLong, profile.slots);
  return [
    ...snapshot.slots.flatMap((slot, i) => {
      requireLength(`stress rows of slot ${i}`, slot.stress, profile.scenarios);
      return [...packSlot(slot), ...inOrder(SLOT, slot)];
    }),
    flags([...snapshot.mayBeShort, ...snapshot.chargesLong]),
    ...signalWords(profile, snapshot.signals),
  ].map(toWord);
}

/** The settle part: flags, then the words of each slot. */
export function settleWords(profile: Profile, settle: Settle): Word[] {
  requireLength("fill flags", settle.groupFilled, profile.groups);
  requireLength("keep flags", settle.keep, profile.slots);
  requireLength("settle slots", settle.slots, profile.slots);
  return [
    flags([...settle.groupFilled, ...settle.keep]),
    ...settle.slots.flatMap((slot) => inOrder(SETTLE_SLOT, slot)),
  ].map(toWord);
}

export const mandateWords = (mandate: Mandate): Word[] => inOrder(MANDATE, mandate).map(toWord);

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
    ...headerValues(t.header).map(toWord),
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
    header: reader.fields(HEADER),
    orderCommitments: reader.points(profile.groups),
    ephemeral: reader.point(),
    mandate: reader.fields(MANDATE),
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
  new WordReader(profile, words, "mandate").fields(MANDATE);

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

function parseSnapshot(profile: Profile, reader: WordReader): Snapshot {
  const slots = Array.from({ length: profile.slots }, (): SnapshotSlot => {
    const rows = unpackSlot(reader.words(profile.rowWords), profile.scenarios);
    return { ...(rows as Pick<SnapshotSlot, keyof LaneRows>), ...reader.fields(SLOT) };
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
    slots: Array.from({ length: profile.slots }, () => reader.fields(SETTLE_SLOT)),
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

  fields<Words extends readonly WordFormat[]>(words: Words): Fields<Words> {
    const read = ({ kind }: WordFormat): bigint | boolean =>
      kind === "flag" ? this.bit() : kind === "signed" ? this.signed() : this.word();
    return Object.fromEntries(words.map((word) => [word.name, read(word)])) as Fields<Words>;
  }

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
