import { genesisCommitment, genesisBook, isBookShareSignedBy, openBookFrom, toWord } from "../../../prover/index.ts";
import { isAddress } from "ethers";
import type { Book, BookShare, LastSubmission } from "../../../prover/index.ts";
import { askMembers } from "./askMembers.ts";
import type { Wire } from "./askMembers.ts";
import type { MarketChain } from "../chain/reader.ts";
import { Refusal } from "../errors.ts";

/** What is to be opened of a vault, and since which block. */
export interface Ended {
  last: LastSubmission;
  endedAt: number;
}

/**
 * The submission that holds the book of a vault which is to be opened: in recovery, or insolvent.
 * @returns undefined if the vault has never submitted
 * @throws Refusal `NOT_A_VAULT`, `BOOK_STAYS_SEALED`, `CHAIN_MOVED`
 */
export async function latestSubmission(chain: MarketChain, vault: string): Promise<Ended | undefined> {
  const { status, commitment } = isAddress(vault)
    ? await chain.vaultRecord(vault)
    : { status: "unknown" as const, commitment: 0n };
  if (status === "unknown") throw new Refusal("NOT_A_VAULT", "this is no vault of this market");
  if (status === "resolved") throw new Refusal("BOOK_STAYS_SEALED", "the vault has ended: its book is on the chain");
  if (status !== "recovering" && status !== "insolvent")
    throw new Refusal(
      "BOOK_STAYS_SEALED",
      `the vault is ${status}: its book is opened once it is in recovery or insolvent`,
    );
  if (commitment === genesisCommitment(chain.profile)) return undefined;
  const [last, [ended]] = await Promise.all([
    chain.stateReader(vault).lastSubmission(),
    chain.events(chain.market, status === "insolvent" ? "VaultInsolvent" : "RecoveryFinished", { vault }),
  ]);
  if (last?.newCommitment !== commitment || ended === undefined)
    throw new Refusal(
      "CHAIN_MOVED",
      "the vault's commitment is not that of its last submission: ask again, or check the node",
    );
  return { last, endedAt: ended.blockNumber };
}

/**
 * The book of a vault in recovery or insolvent, by anybody who reaches T_BOOK + 1 of its members.
 * @param members base URLs of the members' servers. Any of them may be away, or lie
 * @returns with the members whose shares gave it; none for a vault that has never submitted
 * @throws Refusal as `latestSubmission`; ProverError `opening-not-found`
 */
export async function recoverBook(
  chain: MarketChain,
  vault: string,
  members: readonly string[],
): Promise<{ book: Book; members: number[] }> {
  const latest = await latestSubmission(chain, vault);
  if (latest === undefined) return { book: genesisBook(chain.profile.slots), members: [] };
  const { last } = latest;
  const id = chain.vaultId(vault);
  const { committeeVersion } = await chain.opening(Number(last.epoch));
  const accounts = await chain.committeeAccounts(committeeVersion);
  const shares = await askMembers<BookShare>(members, accounts, {
    path: `book/${vault}`,
    parse: parseShare,
    about: { ...id, commitment: last.newCommitment },
    isSignedBy: isBookShareSignedBy,
  });
  return openBookFrom(chain.profile, id, last, shares);
}

const parseShare = ({ chainId, market, vault, epoch, commitment, member, share }: Wire<BookShare>): BookShare => ({
  chainId: BigInt(chainId),
  market: BigInt(market),
  vault: BigInt(vault),
  epoch: BigInt(epoch),
  commitment: BigInt(commitment),
  member: Number(member),
  share: toWord(BigInt(share)),
});
