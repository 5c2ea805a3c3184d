import { Signature } from "ethers";
import type { Wallet } from "ethers";
import { disagreements, snapshotWordsAt } from "../../../prover/index.ts";
import type { MarketData } from "../../../prover/index.ts";
import type { MarketChain } from "../chain/reader.ts";
import { SNAPSHOT_TYPES, signerOfStatement, snapshotDomain, snapshotMessage } from "../chain/snapshotStatement.ts";
import type { SnapshotStatement } from "../chain/snapshotStatement.ts";
import { fetchJson } from "../json.ts";
import type { PartyState } from "../ports.ts";

/**
 * What a reporter's server has signed for the epoch; undefined if it is away, has nothing, or has anything but the statement of a
 * reporter of this market about its table as it stands. `reporter` is whoever signed it.
 */
export async function askReporter(
  chain: MarketChain,
  url: string,
  epoch: number,
  timeoutMs?: number,
): Promise<SnapshotStatement | undefined> {
  const statement = parseStatement(
    await fetchJson<unknown>(`${url}/snapshot`, timeoutMs),
    chain.deployment.market,
    epoch,
  );
  const reporter = statement && signerOfStatement(chain.deployment, statement);
  if (reporter === undefined || statement!.listings !== (await chain.listings())) return undefined;
  return (await chain.isReporter(reporter)) ? { ...statement!, reporter } : undefined;
}

/** A reporter's answer as a statement for this epoch, whoever signed it and for whichever market: that its signature tells. Undefined if it is anything else. */
function parseStatement(
  answer: unknown,
  market: string,
  epoch: number,
): Omit<SnapshotStatement, "reporter"> | undefined {
  try {
    const { epoch: of, observedAt, listings, words, signature } = answer as Record<string, unknown>;
    if (of !== epoch || ![observedAt, listings].every(Number.isSafeInteger) || !Array.isArray(words)) return undefined;
    if (!words.every((word) => typeof word === "string" && DECIMAL_WORD.test(word))) return undefined;
    // The contract's way of reading signatures, which is stricter than this library's: 65 bytes, v = 27 or 28, low s.
    const { serialized } = Signature.from(String(signature));
    return {
      market,
      epoch,
      observedAt: observedAt as number,
      listings: listings as number,
      words: words.map(BigInt),
      signature: serialized,
    };
  } catch {
    return undefined;
  }
}

/** Has the digits of 2^256 at most; a larger number of as many is nothing that can be signed. */
const DECIMAL_WORD = /^[0-9]{1,78}$/;

/** How long a reporter waits for the one it follows, from when an epoch's snapshot is due, and for each of its answers. */
const PATIENCE_MS = 5_000;
const ANSWER_MS = 1_000;

export interface ReporterConfig {
  chain: MarketChain;
  state: PartyState;
  data: MarketData;
  /** Base URL of a reporter whose words are signed instead of its own, where no lane is farther from its own than it may be. */
  follow?: string;
}

export interface ReporterStep {
  statement: SnapshotStatement;
  /** Whose words it has signed. */
  words: "own" | "followed";
  /** Lanes that kept it from signing the followed reporter's words. */
  tooFar: string[];
}

/**
 * One market reporter. Signs at most one vector for an epoch while it could still be used: a second one only after the
 * first has grown too old for the oracle to accept, or a series has been listed since, since two usable statements let
 * whoever publishes choose.
 *
 * One that follows another may have prices of its own and still sign the same words. It waits for nobody longer than
 * `PATIENCE_MS`, and signs nothing that it would not nearly have said itself.
 */
export class Reporter {
  readonly #config: ReporterConfig;
  readonly #wallet: Wallet;
  /** Since when it has waited for the followed reporter's statement of an epoch, milliseconds of this process. */
  #waiting: { epoch: number; since: number } | undefined;

  constructor(config: ReporterConfig) {
    this.#config = config;
    this.#wallet = config.state.wallet();
  }

  get address(): string {
    return this.#wallet.address;
  }

  /** The statement now standing, if any. */
  latest(): SnapshotStatement | undefined {
    const kept = this.#config.state.readJson<SnapshotStatement & { words: string[] }>("statement.json");
    return kept && { ...kept, words: kept.words.map(BigInt) };
  }

  /**
   * Signs the next epoch's snapshot if the market waits for one and the market data has a newer hour.
   * @returns undefined if there is nothing to sign, or the followed reporter is waited for
   */
  async step(): Promise<ReporterStep | undefined> {
    const { chain, state, data, follow } = this.#config;
    const { deployment, profile } = chain;
    const status = await chain.status();
    if (status.phase !== "await snapshot") return undefined;
    const observation = await data.at(status.now);
    if (observation === undefined || observation.observedAt <= status.observedAt) return undefined;
    const { observedAt } = observation;
    const epoch = status.epoch + 1;

    // Before the table itself: what is listed in between makes the statement void, and another is signed.
    const listings = await chain.listings();
    const last = this.latest();
    const stands = last?.epoch === epoch && last.listings === listings;
    if (stands && observedAt - last.observedAt <= (await chain.statementLifeSeconds())) return undefined;

    const followed = follow === undefined ? undefined : await askReporter(chain, follow, epoch, ANSWER_MS);
    const theirs = followed?.observedAt === observedAt ? followed.words : undefined;
    if (follow !== undefined && theirs === undefined && this.#mayWait(epoch)) return undefined;
    this.#waiting = undefined;

    const slots = await chain.slots();
    const own = snapshotWordsAt(profile, slots, observation, await chain.clearedBy(observedAt));
    const tooFar = theirs === undefined ? [] : disagreements(profile, slots, own, theirs);
    const following = theirs !== undefined && tooFar.length === 0;
    const words = following ? theirs : own;
    const said = { market: deployment.market, epoch, observedAt, listings, words };
    const signature = await this.#wallet.signTypedData(
      snapshotDomain(deployment),
      SNAPSHOT_TYPES,
      snapshotMessage(said),
    );
    const statement: SnapshotStatement = { ...said, reporter: this.address, signature };
    state.writeJson("statement.json", statement);
    return { statement, words: following ? "followed" : "own", tooFar };
  }

  #mayWait(epoch: number): boolean {
    if (this.#waiting?.epoch !== epoch) this.#waiting = { epoch, since: performance.now() };
    return performance.now() - this.#waiting.since < PATIENCE_MS;
  }
}
