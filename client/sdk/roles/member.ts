import {
  deriveMemberKey,
  samePoint,
  shareOfBook,
  signBookShare,
  signStatement,
  sumShares,
  toWord,
} from "../../../prover/index.ts";
import type { MemberKey, SignedBookShare, SignedStatement, SumStatement } from "../../../prover/index.ts";
import type { Wallet } from "ethers";
import { readBatch } from "../chain/batch.ts";
import type { MarketChain } from "../chain/reader.ts";
import { Refusal, TacitError } from "../errors.ts";
import { latestSubmission } from "./recovery.ts";
import type { PartyState } from "../ports.ts";

export interface MemberOptions {
  /** Which of the member's keys is registered; 0 for the first. */
  keyIndex?: bigint;
  /** Blocks to wait after the close before sums leave this machine, and after a vault's end before a share of its book does. */
  finalityBlocks: number;
}

type KeptStatement = { setHash: string; signature: string; orderSums: string[]; rhoSums: string[]; member: number };

/**
 * A committee member. Gives out its signed sums once per epoch and for one set hash only, and only for the set that
 * the market froze: sums for two sets that differ by one vault would open that vault. Shares of a book only of vaults that
 * the market has given up on, and of each its latest.
 */
export class Member {
  readonly #chain: MarketChain;
  readonly #state: PartyState;
  readonly #options: MemberOptions;
  readonly #key: MemberKey;
  readonly #wallet: Wallet;

  constructor(chain: MarketChain, state: PartyState, seed: Uint8Array, options: MemberOptions) {
    this.#chain = chain;
    this.#state = state;
    this.#options = options;
    this.#key = deriveMemberKey(seed, options.keyIndex ?? 0n);
    this.#wallet = state.wallet();
  }

  get address(): string {
    return this.#wallet.address;
  }

  /**
   * Signs the sums of the batch now waiting to be opened.
   * @returns undefined when there is none, or it is not final yet
   * @throws TacitError `SECOND_SET` if the chain shows another set than the one already signed for
   */
  async step(): Promise<SumStatement | undefined> {
    const status = await this.#chain.status();
    // What can't be cleared any more, because the market halted or the deadline has passed, is not opened either.
    if (
      status.phase !== "clear" ||
      status.halted ||
      status.now > status.deadline ||
      this.statement(status.epoch) !== undefined
    )
      return undefined;
    const closing = await this.#chain.closing(status.epoch);
    if (closing === undefined || closing.cancelled || closing.submissions === 0) return undefined;
    const head = await this.#chain.provider.getBlockNumber();
    if (head - closing.blockNumber < this.#options.finalityBlocks) return undefined;

    const batch = await readBatch(this.#chain, status.epoch);
    const statement = sumShares(
      this.#chain.profile,
      batch,
      closing.setHash,
      await this.#memberNumber(status.epoch),
      this.#key,
    );
    const { signature } = await signStatement(this.#wallet, statement);
    this.#keep(status.epoch, statement, signature);
    return statement;
  }

  /** The signed sums of an epoch, if they were given out. */
  statement(epoch: number): SignedStatement | undefined {
    const kept = this.#state.readJson<KeptStatement>(recordName(epoch));
    if (kept === undefined) return undefined;
    const { deployment } = this.#chain;
    const { setHash, signature, member } = kept;
    return {
      signature,
      statement: {
        chainId: BigInt(deployment.chainId),
        market: BigInt(deployment.market),
        epoch: BigInt(epoch),
        setHash,
        member,
        orderSums: kept.orderSums.map((sum) => toWord(BigInt(sum))),
        rhoSums: kept.rhoSums.map((sum) => toWord(BigInt(sum))),
      },
    };
  }

  /**
   * This member's signed share of the key of a vault's latest book, for whoever asks, once the vault is in recovery or
   * insolvent for good: it takes no more submissions then, so nothing is remembered to keep from opening a second book.
   * @throws Refusal `NOT_A_VAULT`, `BOOK_STAYS_SEALED`, `NO_BOOK`, `NOT_FINAL`, `NOT_A_MEMBER`
   */
  async bookShare(vault: string): Promise<SignedBookShare> {
    const latest = await latestSubmission(this.#chain, vault);
    if (latest === undefined)
      throw new Refusal("NO_BOOK", "the vault has never submitted: its book is the empty one, no share is needed");
    const { last, endedAt } = latest;
    const depth = (await this.#chain.provider.getBlockNumber()) - endedAt;
    if (depth < this.#options.finalityBlocks)
      throw new Refusal(
        "NOT_FINAL",
        `the vault ended ${depth} blocks ago: ask again when it is ${this.#options.finalityBlocks}`,
      );
    const member = await this.#memberNumber(Number(last.epoch));
    return signBookShare(
      this.#wallet,
      shareOfBook(this.#chain.profile, this.#chain.vaultId(vault), last, member, this.#key),
    );
  }

  #keep(epoch: number, { setHash, member, orderSums, rhoSums }: SumStatement, signature: string): void {
    const before = this.statement(epoch);
    if (before !== undefined && before.statement.setHash !== setHash) {
      throw new TacitError(
        "SECOND_SET",
        `sums for another set of epoch ${epoch} were given out already: never sign two sets; check the node`,
      );
    }
    this.#state.writeJson(recordName(epoch), { setHash, member, signature, orderSums, rhoSums });
  }

  /** 1 … M, by the keys of the committee that the epoch was opened with. */
  async #memberNumber(epoch: number): Promise<number> {
    const { committeeVersion } = await this.#chain.opening(epoch);
    const keys = await this.#chain.committeeKeys(committeeVersion);
    const index = keys.findIndex((key) => samePoint(key, this.#key.publicKey));
    if (index < 0)
      throw new Refusal(
        "NOT_A_MEMBER",
        `this member's key is not in the committee of epoch ${epoch}: register it, or check the seed and key index`,
      );
    return index + 1;
  }
}

/** What a member's server answers, read only and for anybody: `GET /sums/EPOCH`, `GET /book/VAULT`. */
export const memberRoutes = (member: Member): Record<"sums" | "book", (named?: string) => unknown> => ({
  sums: (epoch = "") => (/^[0-9]+$/.test(epoch) ? member.statement(Number(epoch)) : undefined),
  book: (vault = "") => member.bookShare(vault),
});

const recordName = (epoch: number): string => `sums-${epoch}.json`;
