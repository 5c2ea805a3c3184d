import { samePoint, shareOfBook, signBookShare, signStatement, sumShares, toWord } from "../../../prover/index.ts";
import type { MemberKey, SignedBookShare, SignedStatement, SumStatement } from "../../../prover/index.ts";
import type { Wallet } from "ethers";
import { readBatch } from "../chain/batch.ts";
import type { MarketChain } from "../chain/reader.ts";
import { Refusal, TacitError } from "../errors.ts";
import { count } from "../format.ts";
import { latestSubmission } from "./recovery.ts";
import type { Keyring, PartyState } from "../ports.ts";

export interface MemberOptions {
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
  readonly #keyring: Keyring;
  readonly #wallet: Wallet;
  /** Block at which a key, by its x, was first found to be needed no more. */
  readonly #idleSince = new Map<bigint, number>();

  constructor(chain: MarketChain, state: PartyState, keyring: Keyring, options: MemberOptions) {
    this.#chain = chain;
    this.#state = state;
    this.#options = options;
    this.#keyring = keyring;
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
      status.now > status.deadlineAt ||
      this.statement(status.epoch) !== undefined
    )
      return undefined;
    const closing = await this.#chain.closing(status.epoch);
    if (closing === undefined || closing.cancelled || closing.submissions === 0) return undefined;
    const head = await this.#chain.provider.getBlockNumber();
    if (head - closing.blockNumber < this.#options.finalityBlocks) return undefined;

    const batch = await readBatch(this.#chain, status.epoch);
    const { member, key } = await this.#seat(status.epoch);
    const statement = sumShares(this.#chain.profile, batch, closing.setHash, member, key);
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
        `the vault ended ${count(depth, "block")} ago: ask again when it is ${this.#options.finalityBlocks}`,
      );
    const { member, key } = await this.#seat(Number(last.epoch));
    return signBookShare(this.#wallet, shareOfBook(this.#chain.profile, this.#chain.vaultId(vault), last, member, key));
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

  /**
   * Erases keys of earlier committees that no batch and no book needs any more, as many blocks after that as sums wait.
   * A key is needed while its committee is the present one or that of the present epoch, and while the latest submission
   * of a vault that is not resolved was sealed for it: its book may have to be opened. A key that was never appointed
   * stays.
   * @returns how many
   */
  async eraseOldKeys(): Promise<number> {
    const keys = this.#keyring.keys();
    const versions = await this.#versionsOf(keys);
    if (keys.every((_, i) => versions[i]!.length === 0)) return 0;
    const [needed, head] = await Promise.all([this.#neededVersions(), this.#chain.provider.getBlockNumber()]);
    const idle = keys.filter((_, i) => versions[i]!.length > 0 && !versions[i]!.some((version) => needed.has(version)));
    for (const { publicKey } of keys.filter((key) => !idle.includes(key))) this.#idleSince.delete(publicKey[0]);
    const old = idle.filter(({ publicKey: [x] }) => {
      const since = this.#idleSince.get(x) ?? head;
      this.#idleSince.set(x, since);
      return head - since >= this.#options.finalityBlocks;
    });
    old.forEach((key) => this.#keyring.erase(key));
    return old.length;
  }

  /** Versions of the committee that each key is in. */
  async #versionsOf(keys: readonly MemberKey[]): Promise<number[][]> {
    const latest = Number(await this.#chain.committee.latestVersion());
    const committees = await Promise.all(
      Array.from({ length: latest }, (_, i) =>
        this.#chain.committeeKeys(i + 1).then((list) => ({ version: i + 1, list })),
      ),
    );
    return keys.map(({ publicKey }) =>
      committees.filter(({ list }) => list.some((key) => samePoint(key, publicKey))).map(({ version }) => version),
    );
  }

  async #neededVersions(): Promise<Set<number>> {
    const chain = this.#chain;
    const [{ epoch }, latest, vaults] = await Promise.all([
      chain.status(),
      chain.committee.latestVersion(),
      chain.vaults(),
    ]);
    const records = await Promise.all(vaults.map((vault) => chain.vaultRecord(vault)));
    const epochs = records.filter(({ status }) => status !== "resolved").map(({ lastEpoch }) => lastEpoch);
    const openings = await Promise.all(
      [...new Set([...epochs, epoch])].filter((e) => e > 0).map((e) => chain.opened(e)),
    );
    return new Set([Number(latest), ...openings.map((opened) => Number(opened!.args.committeeVersion))]);
  }

  /** 1 … M and the key, by the committee that the epoch was opened with. */
  async #seat(epoch: number): Promise<{ member: number; key: MemberKey }> {
    const { committeeVersion } = await this.#chain.opening(epoch);
    const committee = await this.#chain.committeeKeys(committeeVersion);
    for (const key of this.#keyring.keys()) {
      const index = committee.findIndex((other) => samePoint(other, key.publicKey));
      if (index >= 0) return { member: index + 1, key };
    }
    throw new Refusal(
      "NOT_A_MEMBER",
      `no key of this member is in the committee of epoch ${epoch}: register one, or check the folder`,
    );
  }
}

/** What a member's server answers, read only and for anybody: `GET /sums/EPOCH`, `GET /book/VAULT`. */
export const memberRoutes = (member: Member): Record<"sums" | "book", (named?: string) => unknown> => ({
  sums: (epoch = "") => (/^[0-9]+$/.test(epoch) ? member.statement(Number(epoch)) : undefined),
  book: (vault = "") => member.bookShare(vault),
});

const recordName = (epoch: number): string => `sums-${epoch}.json`;
