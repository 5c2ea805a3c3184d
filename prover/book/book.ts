import { laneOffset, MISC_LANES, ORDER_LANE, POSITION_LANE } from "../../circuits/format.ts";
import type { LaneFormat } from "../../circuits/format.ts";
import { ProverError, requireLength, requireRange } from "../base/errors.ts";
import { toWord } from "../base/field.ts";
import { poseidon } from "../crypto/poseidon.ts";
import { laneRange, packLanes, packList, unpackLanes, unpackList } from "../format/lanes.ts";
import type { Lane } from "../format/lanes.ts";
import type { Profile } from "../format/profile.ts";
import { lots, microUsd } from "../base/units.ts";
import type { Lots, MicroUsd, Word } from "../base/units.ts";

/** What a vault holds and has promised, known to its owner and hidden in a commitment. */
export interface Book {
  /** Per slot, |q| < 2^40. */
  positions: Lots[];
  /** The pending order per slot, |Δ| < 2^31; the next submission settles it. */
  order: Lots[];
  /** Cash − Σ q_i·carryIndex_i, |cashAdj| < 2^62. */
  cashAdj: MicroUsd;
  /** NAV after the flows of the book's epoch, |nav| < 2^50. */
  nav: MicroUsd;
  /** The epoch since which the settled book is outside its mandate, 0 if it is inside; < 2^32. */
  breachSince: bigint;
  /** How often the strategy's pace is halved, 0 … 7. */
  halvings: bigint;
  /** Random word that hides the rest. */
  salt: Word;
}

/** Offset that makes an order a natural number: 2^31. */
export const ORDER_OFFSET = laneOffset(ORDER_LANE);

/** The book of a vault before its first submission. */
export function genesisBook(slots: number): Book {
  const nothing = Array<Lots>(slots).fill(lots(0n));
  return {
    positions: nothing,
    order: nothing,
    cashAdj: microUsd(0n),
    nav: microUsd(0n),
    breachSince: 0n,
    halvings: 0n,
    salt: toWord(0n),
  };
}

const genesisCommitments = new Map<number, Word>();

/** The commitment that every vault of a market starts from: that of its profile's genesis book. */
export function genesisCommitment({ slots }: Pick<Profile, "slots">): Word {
  const known = genesisCommitments.get(slots) ?? commitBook(genesisBook(slots));
  genesisCommitments.set(slots, known);
  return known;
}

/** What messages call a field, if not by its name. */
const MISC_NAMES: Partial<Record<keyof Book, string>> = { breachSince: "epoch of the breach" };

function requireLane(name: string, value: bigint, lane: LaneFormat): bigint {
  requireRange(name, value, ...laneRange(lane));
  return value;
}

function notABook(): never {
  throw new ProverError(
    "not-canonical",
    "the words are not those of a book; the key or the context they were decrypted with is wrong",
  );
}

/**
 * The BW words of a book: positions, orders, misc, salt.
 * @throws ProverError `out-of-range`, naming the value
 */
export function bookWords(book: Book): Word[] {
  const positions = book.positions.map((q, i) => requireLane(`position of slot ${i}`, q, POSITION_LANE));
  const orders = book.order.map((delta, i) => requireLane(`order of slot ${i}`, delta, ORDER_LANE));
  const misc = MISC_LANES.map((lane): Lane => {
    const value = book[lane.name];
    return { ...lane, value: requireLane(MISC_NAMES[lane.name] ?? lane.name, value, lane) };
  });
  return [...packList(positions, POSITION_LANE), ...packList(orders, ORDER_LANE), packLanes(misc), book.salt].map(
    toWord,
  );
}

/**
 * The inverse of `bookWords`.
 * @throws ProverError `wrong-length`; `not-canonical` for words no book has
 */
export function parseBook(profile: Profile, words: readonly bigint[]): Book {
  requireLength("book words", words, profile.bookWords);
  const { slots, positionWords, orderWords } = profile;
  const positions = unpackList(words.slice(0, positionWords), slots, POSITION_LANE);
  const orders = unpackList(words.slice(positionWords, positionWords + orderWords), slots, ORDER_LANE);
  const misc = unpackLanes(words.at(-2)!, MISC_LANES);
  if (positions === undefined || orders === undefined || misc === undefined) return notABook();
  const [cashAdj, nav, breachSince, halvings] = misc as [bigint, bigint, bigint, bigint];
  const book: Book = {
    positions: positions.map(lots),
    order: orders.map(lots),
    cashAdj: microUsd(cashAdj),
    nav: microUsd(nav),
    breachSince,
    halvings,
    salt: words.at(-1)! as Word,
  };
  try {
    if (bookWords(book).every((word, i) => word === words[i])) return book;
  } catch (error) {
    if (!(error instanceof ProverError)) throw error;
  }
  return notABook();
}

/** Poseidon over the book words. */
export const commitBook = (book: Book): Word => poseidon(bookWords(book));

/** @throws ProverError `wrong-opening` unless the book opens the commitment. */
export function requireOpening(book: Book, commitment: bigint): void {
  if (commitBook(book) !== commitment) {
    throw new ProverError(
      "wrong-opening",
      "the book does not open the vault's commitment; rebuild it from chain data with the owner's seed",
    );
  }
}
