import { SEALED_ORDER_LANE } from "../../circuits/format.ts";
import { G, H } from "../../circuits/format/generators.ts";
import { ORDER_OFFSET, bookWords, parseBook } from "../book/book.ts";
import type { Book } from "../book/book.ts";
import { multiplyBase, multiplyPoint, sumOfMultiples } from "../crypto/curve.ts";
import type { Point } from "../crypto/curve.ts";
import { ProverError, requireLength } from "../base/errors.ts";
import { evaluate, interpolateAtZero, toWord } from "../base/field.ts";
import { POSEIDON_MAX_INPUTS, poseidon, poseidonEx } from "../crypto/poseidon.ts";
import { packLanes } from "../format/lanes.ts";
import { slotsOfGroup } from "../format/profile.ts";
import type { Profile } from "../format/profile.ts";
import type { Moment, Randomness } from "../crypto/randomness.ts";
import type { SealedPayload, SealedShares } from "../format/transcript.ts";
import { lots } from "../base/units.ts";
import type { Lots, Word } from "../base/units.ts";

/**
 * How an order leaves the vault: committed per group, shared among the committee, and the book with it under a fresh
 * key. docs/protocol.md §6.
 */

const MEMBER_PAD_DOMAIN = 1n;
const BOOK_PAD_DOMAIN = 2n;

/**
 * Σ (amount_i + count·2^31)·G_i + ρ·H over the slots of a group: one vault's order commitment with count 1, or the sum
 * of `count` of them for the net and the summed ρ.
 */
export function commitGroup(
  profile: Profile,
  group: number,
  amounts: readonly bigint[],
  rho: bigint,
  count = 1n,
): Point {
  const scalars = amounts.map((amount) => amount + count * ORDER_OFFSET);
  return sumOfMultiples([...scalars, rho], [...slotsOfGroup(profile, group).map((i) => G[i]!), H]);
}

/** The part of a per-slot list that belongs to a group. */
const ofGroup = <T>(profile: Profile, list: readonly T[], group: number): T[] =>
  slotsOfGroup(profile, group).map((i) => list[i]!);

/** The orders of a group in one word, with room in each lane for the sum over all vaults of a market. */
export const packOrders = (amounts: readonly Lots[]): Word =>
  toWord(packLanes(amounts.map((value) => ({ ...SEALED_ORDER_LANE, value }))));

/**
 * The nets behind a sum of `count` order words.
 * @returns undefined if the word is no such sum
 */
export function unpackNets(profile: Profile, word: bigint, count: bigint): Lots[] | undefined {
  const nets: Lots[] = [];
  let rest = word;
  for (let s = 0; s < profile.groupSlots; s++) {
    const lane = BigInt.asUintN(SEALED_ORDER_LANE.width, rest);
    if (lane >= count << BigInt(SEALED_ORDER_LANE.bits)) return undefined;
    nets.push(lots(lane - count * ORDER_OFFSET));
    rest >>= BigInt(SEALED_ORDER_LANE.width);
  }
  return rest === 0n ? nets : undefined;
}

/** ctx: binds every pad to the moment and the order commitments. */
export function sealingContext(moment: Moment, orderCommitments: readonly Point[]): Word {
  const { chainId, market, vault, epoch, snapshotHash, oldCommitment } = moment;
  return poseidon([chainId, market, vault, epoch, snapshotHash, oldCommitment, ...orderCommitments.flat()]);
}

/** Share of member j: the polynomial secret + Σ coefficients_l·j^l at j, mod r. */
export const shareOf = (secret: bigint, coefficients: readonly bigint[], member: number): Word =>
  evaluate([toWord(secret), ...coefficients], BigInt(member));

/**
 * The secret behind shares: T + 1 of them or more.
 * @param shares of distinct members, 1 … M
 */
export const reconstruct = (shares: readonly { member: number; share: bigint }[]): Word =>
  interpolateAtZero(shares.map(({ member, share }) => ({ x: BigInt(member), y: share })));

const permute = (inputs: readonly bigint[], outputs: number): Word[] =>
  poseidonEx([...inputs, ...Array<bigint>(POSEIDON_MAX_INPUTS - inputs.length).fill(0n)], outputs);

/** The 2U + 1 pads of member j. K is fed forward: the permutation alone could be inverted. */
const memberPads = (profile: Profile, shared: Point, ctx: bigint, member: number): bigint[] =>
  permute([...shared, ctx, BigInt(member), MEMBER_PAD_DOMAIN], 2 * profile.groups + 1).map((out) => out + shared[0]);

const bookPads = (profile: Profile, bookKey: bigint, ctx: bigint): bigint[] =>
  permute([bookKey, ctx, BOOK_PAD_DOMAIN], profile.bookWords).map((out) => out + bookKey);

/** A member's shares without pads. */
export type OpenShares = SealedShares;

const mapShares = (profile: Profile, shares: SealedShares, pads: readonly bigint[], sign: 1n | -1n): SealedShares => {
  const { groups } = profile;
  const move = (share: Word, k: number): Word => toWord(share + sign * pads[k]!);
  return {
    orderShares: shares.orderShares.map((share, g) => move(share, g)),
    rhoShares: shares.rhoShares.map((share, g) => move(share, groups + g)),
    bookKeyShare: move(shares.bookKeyShare, 2 * groups),
  };
};

/** What a sealed order consists of on chain. */
export interface Sealed {
  orderCommitments: Point[];
  ephemeral: Point;
  payload: SealedPayload;
}

/** Commits to the order, shares it and the book key among the members and encrypts the book. */
export function seal(
  profile: Profile,
  moment: Moment,
  book: Book,
  committeeKeys: readonly Point[],
  secrets: Randomness,
): Sealed {
  requireLength("committee keys", committeeKeys, profile.members);
  const groups = Array.from({ length: profile.groups }, (_, g) => g);
  const orderCommitments = groups.map((g) => commitGroup(profile, g, ofGroup(profile, book.order, g), secrets.rho[g]!));
  const ctx = sealingContext(moment, orderCommitments);
  const members = committeeKeys.map((key, i) => {
    const member = i + 1;
    const open: OpenShares = {
      orderShares: groups.map((g) =>
        shareOf(packOrders(ofGroup(profile, book.order, g)), secrets.orderCoef[g]!, member),
      ),
      rhoShares: groups.map((g) => shareOf(secrets.rho[g]!, secrets.rhoCoef[g]!, member)),
      bookKeyShare: shareOf(secrets.bookKey, secrets.bookKeyCoef, member),
    };
    return mapShares(profile, open, memberPads(profile, multiplyPoint(secrets.ephemeral, key), ctx, member), 1n);
  });
  return {
    orderCommitments,
    ephemeral: multiplyBase(secrets.ephemeral),
    payload: { members, book: encryptBook(profile, book, secrets.bookKey, ctx) },
  };
}

/** The sealed words of a book under its key. */
export function encryptBook(profile: Profile, book: Book, bookKey: bigint, ctx: bigint): Word[] {
  const pads = bookPads(profile, bookKey, ctx);
  return bookWords(book).map((word, k) => toWord(word + pads[k]!));
}

/**
 * The book behind its sealed words.
 * @throws ProverError `wrong-key` if key, context or words don't belong together
 */
export function decryptBook(profile: Profile, sealedBook: readonly bigint[], bookKey: bigint, ctx: bigint): Book {
  const pads = bookPads(profile, bookKey, ctx);
  try {
    return parseBook(
      profile,
      sealedBook.map((word, k) => toWord(word - pads[k]!)),
    );
  } catch (error) {
    if (error instanceof ProverError && error.code === "not-canonical") {
      throw new ProverError(
        "wrong-key",
        "the sealed book does not open; use the seed, epoch and order commitments it was sealed with",
      );
    }
    throw error;
  }
}

/**
 * A member's shares of one submission.
 * @param shared K_j = sk_j·R = k·PK_j
 */
export const openShares = (
  profile: Profile,
  sealed: Sealed,
  moment: Moment,
  member: number,
  shared: Point,
): OpenShares =>
  mapShares(
    profile,
    sealed.payload.members[member - 1]!,
    memberPads(profile, shared, sealingContext(moment, sealed.orderCommitments), member),
    -1n,
  );
