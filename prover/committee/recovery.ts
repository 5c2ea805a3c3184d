import { verifyTypedData } from "ethers";
import type { Signer, TypedDataDomain } from "ethers";
import type { Book } from "../book/book.ts";
import { addressOf } from "../base/field.ts";
import { choices, marketDomain, signedBy } from "./sums.ts";
import type { MemberKey } from "./sums.ts";
import { multiplyPoint } from "../crypto/curve.ts";
import { ProverError } from "../base/errors.ts";
import type { Profile } from "../format/profile.ts";
import { openShares, reconstruct } from "./sealing.ts";
import { parseSealedWords } from "../format/transcript.ts";
import type { Word } from "../base/units.ts";
import { momentOfLast, openSealedBook } from "./sealedBook.ts";
import type { LastSubmission, VaultId } from "./sealedBook.ts";

/**
 * Opening the book of a vault that ends without its owner: each member gives out its share of the latest book key, and
 * anyone with T_BOOK + 1 of them has the book. docs/protocol.md §6, §10.
 */

/** A member's share of the key of one submission's book: the EIP-712 struct BookShare. */
export interface BookShare extends VaultId {
  epoch: bigint;
  /** To the book, as the submission left it. */
  commitment: bigint;
  /** 1 … M */
  member: number;
  share: Word;
}

export interface SignedBookShare {
  statement: BookShare;
  signature: string;
}

/**
 * A member's share. It shows no other share of the submission, and with it alone nothing is opened.
 * @param last the vault's latest submission. Never give out a share of an earlier one: it opens the past.
 */
export function shareOfBook(
  profile: Profile,
  vault: VaultId,
  last: LastSubmission,
  member: number,
  { secretKey }: MemberKey,
): BookShare {
  const { chainId, market } = vault;
  const sealed = parseSealedWords(profile, last.sealedWords);
  const { bookKeyShare } = openShares(
    profile,
    sealed,
    momentOfLast(vault, last),
    member,
    multiplyPoint(secretKey, sealed.ephemeral),
  );
  return {
    chainId,
    market,
    vault: vault.vault,
    epoch: last.epoch,
    commitment: last.newCommitment,
    member,
    share: bookKeyShare,
  };
}

const BOOK_SHARE_TYPES = {
  BookShare: [
    { name: "market", type: "address" },
    { name: "vault", type: "address" },
    { name: "epoch", type: "uint32" },
    { name: "commitment", type: "uint256" },
    { name: "member", type: "uint8" },
    { name: "share", type: "uint256" },
  ],
};

function bookShareTypedData({
  chainId,
  market,
  vault,
  ...rest
}: BookShare): [TypedDataDomain, typeof BOOK_SHARE_TYPES, Record<string, unknown>] {
  return [
    marketDomain(chainId, market),
    BOOK_SHARE_TYPES,
    { market: addressOf(market), vault: addressOf(vault), ...rest },
  ];
}

export const signBookShare = async (
  signer: Pick<Signer, "signTypedData">,
  statement: BookShare,
): Promise<SignedBookShare> => ({
  statement,
  signature: await signer.signTypedData(...bookShareTypedData(statement)),
});

/** Whether the account signed the share. */
export const isBookShareSignedBy = (account: string, { statement, signature }: SignedBookShare): boolean =>
  signedBy(account, () => verifyTypedData(...bookShareTypedData(statement), signature));

/**
 * The book from the shares of any T_BOOK + 1 members. A wrong share gives a book that does not fit the commitment; then
 * other members are tried, so up to M − T_BOOK − 1 liars are harmless.
 * @param shares of this submission, signatures checked
 * @throws ProverError `opening-not-found`
 */
export function openBookFrom(
  profile: Profile,
  vault: VaultId,
  last: LastSubmission,
  shares: readonly Pick<BookShare, "member" | "share">[],
): { book: Book; members: number[] } {
  const needed = profile.bookDegree + 1;
  for (const chosen of choices(profile, shares, needed)) {
    try {
      return {
        book: openSealedBook(profile, vault, last, reconstruct(chosen)),
        members: chosen.map(({ member }) => member),
      };
    } catch (error) {
      if (!(error instanceof ProverError)) throw error;
    }
  }
  throw new ProverError(
    "opening-not-found",
    `no ${needed} of the ${shares.length} shares open the vault's book; ask further members for theirs`,
  );
}
