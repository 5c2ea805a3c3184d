import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { mod, toWord, wordBytes } from "../base/field.ts";
import type { Word } from "../base/units.ts";
import { multiplyBase } from "./curve.ts";
import type { Point } from "./curve.ts";

/**
 * Everything random in a submission, derived from the owner's seed: docs/protocol.md §6.
 *
 *   HMAC-SHA512(seed, "tacit/1/" ‖ purpose padded to 32 bytes ‖ chainId ‖ market ‖ vault ‖ epoch ‖ snapshotHash ‖
 *               oldCommitment ‖ content ‖ index),  every part a 32-byte word
 *
 * The content is the new book's words with salt 0, and a hash of all that the chain is said to hold for the submission,
 * committee keys included. So two submissions share no secret, unless they are the same: a node that lies about the
 * committee and then tells the truth can't open the second with what the first gave it. An owner with nothing but the
 * seed has to find the book key, so its content is what every submission shows: the ephemeral key R, itself made with
 * the content above.
 */
export type Purpose = "salt" | "rho" | "ephemeral" | "orderCoef" | "rhoCoef" | "bookKeyCoef" | "bookKey";

/** The moment a submission is made for. */
export interface Moment {
  chainId: bigint;
  market: bigint;
  vault: bigint;
  epoch: bigint;
  snapshotHash: bigint;
  oldCommitment: bigint;
}

/** At least 32 bytes of entropy, kept by the owner alone. */
export type Seed = Uint8Array;

/** HMAC-SHA512 under a secret of "tacit/1/" ‖ label, padded to 32 bytes, and of words of 32 bytes each: 512 bits. */
export function keyedHash(secret: Uint8Array, label: string, words: readonly bigint[]): bigint {
  const mac = hmac.create(sha512, secret).update(utf8ToBytes(`tacit/1/${label}`.padEnd(32, "\0")));
  for (const word of words) mac.update(wordBytes(word));
  return BigInt(`0x${bytesToHex(mac.digest())}`);
}

function derive(seed: Seed, purpose: Purpose, moment: Moment, content: readonly bigint[], index: number): bigint {
  const { chainId, market, vault, epoch, snapshotHash, oldCommitment } = moment;
  const words = [chainId, market, vault, epoch, snapshotHash, oldCommitment, ...content, BigInt(index)];
  return keyedHash(seed, purpose, words.map(toWord));
}

/** ρ_g < 2^240. */
const RHO_BITS = 240;
/** k < 2^250 < l, odd and with its top bit set. */
const EPHEMERAL_BITS = 250;
const EPHEMERAL_SET_BITS = (1n << 249n) | 1n;

/** The secrets of one submission. Coefficients: first index the secret, second the power less one. */
export interface Randomness {
  salt: Word;
  rho: bigint[];
  ephemeral: bigint;
  bookKey: Word;
  orderCoef: Word[][];
  rhoCoef: Word[][];
  bookKeyCoef: Word[];
}

/** The key of the book that a submission with this ephemeral key encrypts; the seed and chain data suffice. */
export const deriveBookKey = (seed: Seed, moment: Moment, ephemeralKey: Point): Word =>
  toWord(derive(seed, "bookKey", moment, ephemeralKey, 0));

/**
 * All secrets of a submission at a moment.
 * @param content what is sealed, and for whom: see above
 */
export function deriveRandomness(
  sizes: { groups: number; orderDegree: number; bookDegree: number },
  seed: Seed,
  moment: Moment,
  content: readonly bigint[],
): Randomness {
  const draw = (purpose: Purpose, index: number): bigint => derive(seed, purpose, moment, content, index);
  const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  const coefficients = (purpose: Purpose, polynomial: number, degree: number): Word[] =>
    list(degree, (l) => toWord(draw(purpose, polynomial * degree + l)));
  const { groups, orderDegree, bookDegree } = sizes;
  const ephemeral = BigInt.asUintN(EPHEMERAL_BITS, draw("ephemeral", 0)) | EPHEMERAL_SET_BITS;
  return {
    salt: toWord(draw("salt", 0)),
    rho: list(groups, (g) => BigInt.asUintN(RHO_BITS, draw("rho", g))),
    ephemeral,
    bookKey: deriveBookKey(seed, moment, multiplyBase(ephemeral)),
    orderCoef: list(groups, (g) => coefficients("orderCoef", g, orderDegree)),
    rhoCoef: list(groups, (g) => coefficients("rhoCoef", g, orderDegree)),
    bookKeyCoef: coefficients("bookKeyCoef", 0, bookDegree),
  };
}

/** A scalar in [1, modulus) from a secret, a label and 32-byte words, for keys and the nonces of proofs. */
export const deriveScalar = (secret: Uint8Array, label: string, words: readonly bigint[], modulus: bigint): bigint =>
  mod(keyedHash(secret, label, words), modulus - 1n) + 1n;
