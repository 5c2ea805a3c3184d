import { ProverError, requireLength, requireRange } from "../base/errors.ts";
import { toWord } from "../base/field.ts";
import { poseidon } from "../crypto/poseidon.ts";
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
  /** Epochs in a row with a row outside its limit, < 2^32. */
  age: bigint;
  /** No row of the pending order needs its relaxation bit. */
  clean: boolean;
  /** How often the strategy's pace is halved, 0 … 7. */
  halvings: bigint;
  /** Random word that hides the rest. */
  salt: Word;
}

const POSITION_BITS = 40n;
const POSITIONS_PER_WORD = 6;
const POSITION_LANE_BITS = 41n;
const ORDER_BITS = 31n;
const ORDERS_PER_WORD = 7;
const ORDER_LANE_BITS = 32n;
const CASH_BITS = 62n;
const NAV_BITS = 50n;
const AGE_BITS = 32n;
const MOST_HALVINGS = 7n;

/** Offset that makes an order a natural number: 2^31. */
export const ORDER_OFFSET = 1n << ORDER_BITS;

/** The book of a vault before its first submission. */
export function genesisBook(slots: number): Book {
  const nothing = Array<Lots>(slots).fill(lots(0n));
  return {
    positions: nothing,
    order: nothing,
    cashAdj: microUsd(0n),
    nav: microUsd(0n),
    age: 0n,
    clean: true,
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

/** A signed value as a natural number, |value| < 2^bits. */
function offset(name: string, value: bigint, bits: bigint): bigint {
  const half = 1n << bits;
  requireRange(name, value, 1n - half, half - 1n);
  return value + half;
}

function pack(lanes: readonly bigint[], perWord: number, laneBits: bigint): bigint[] {
  const words: bigint[] = [];
  lanes.forEach((lane, i) => {
    const w = Math.floor(i / perWord);
    words[w] = (words[w] ?? 0n) + (lane << (laneBits * BigInt(i % perWord)));
  });
  return words;
}

function unpack(words: readonly bigint[], count: number, perWord: number, laneBits: bigint): bigint[] {
  const lanes: bigint[] = [];
  words.forEach((word, w) => {
    let rest = word;
    for (let k = 0; k < Math.min(perWord, count - w * perWord); k++) {
      lanes.push(BigInt.asUintN(Number(laneBits), rest));
      rest >>= laneBits;
    }
    if (rest !== 0n) notABook();
  });
  return lanes;
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
  const positions = book.positions.map((q, i) => offset(`position of slot ${i}`, q, POSITION_BITS));
  const orders = book.order.map((delta, i) => offset(`order of slot ${i}`, delta, ORDER_BITS));
  requireRange("breach age", book.age, 0n, (1n << AGE_BITS) - 1n);
  requireRange("halvings", book.halvings, 0n, MOST_HALVINGS);
  const misc =
    offset("cashAdj", book.cashAdj, CASH_BITS) +
    (offset("nav", book.nav, NAV_BITS) << 64n) +
    (book.age << 128n) +
    ((book.clean ? 1n : 0n) << 160n) +
    (book.halvings << 161n);
  return [
    ...pack(positions, POSITIONS_PER_WORD, POSITION_LANE_BITS),
    ...pack(orders, ORDERS_PER_WORD, ORDER_LANE_BITS),
    misc,
    book.salt,
  ].map(toWord);
}

/**
 * The inverse of `bookWords`.
 * @throws ProverError `wrong-length`; `not-canonical` for words no book has
 */
export function parseBook(profile: Profile, words: readonly bigint[]): Book {
  requireLength("book words", words, profile.bookWords);
  const { slots, positionWords, orderWords } = profile;
  const positions = unpack(words.slice(0, positionWords), slots, POSITIONS_PER_WORD, POSITION_LANE_BITS);
  const orders = unpack(
    words.slice(positionWords, positionWords + orderWords),
    slots,
    ORDERS_PER_WORD,
    ORDER_LANE_BITS,
  );
  const misc = words.at(-2)!;
  const book: Book = {
    positions: positions.map((lane) => lots(lane - (1n << POSITION_BITS))),
    order: orders.map((lane) => lots(lane - ORDER_OFFSET)),
    cashAdj: microUsd(BigInt.asUintN(64, misc) - (1n << CASH_BITS)),
    nav: microUsd(BigInt.asUintN(64, misc >> 64n) - (1n << NAV_BITS)),
    age: BigInt.asUintN(32, misc >> 128n),
    clean: BigInt.asUintN(1, misc >> 160n) === 1n,
    halvings: misc >> 161n,
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
