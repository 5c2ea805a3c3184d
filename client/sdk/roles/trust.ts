import { keccakWords, snapshotHash } from "../../../prover/index.ts";
import type { ChainState } from "../../../prover/index.ts";
import type { MarketChain } from "../chain/reader.ts";
import { signersOfSnapshot } from "../chain/snapshotSigners.ts";
import type { EpochOpening } from "../chain/types.ts";
import { TacitError } from "../errors.ts";
import { toJson } from "../json.ts";
import type { PartyState } from "../ports.ts";

/** Whom an owner seals its orders for, and whose prices it decides on. */
export interface Trusted {
  /** keccak256 of the committee's key words: members show the same. */
  readonly committee: string;
  /** Accounts. */
  readonly reporters: readonly string[];
  /** Signatures of these that a snapshot needs. */
  readonly quorum: number;
}

export interface TrustConfig {
  readonly chain: MarketChain;
  /** Where the owner's word is kept. */
  readonly state: Pick<PartyState, "readJson" | "writeJson">;
  /** The same chain as another node shows it: what the two don't agree on is not sealed. */
  readonly second?: MarketChain;
}

/**
 * What an owner holds a node's answers against, so that a node that lies learns as little as one that doesn't
 * (docs/threat-model.md):
 *
 * - the committee and the reporters are those the owner has accepted: the first ones it is shown, later ones by its word;
 * - a snapshot is that of its hash, and a quorum of those reporters has signed its words;
 * - in one epoch only one state of the vault is ever answered: a NAV at other prices, another order, would tell of the book;
 * - a second node, where there is one, shows the same.
 */
export class OwnerTrust {
  readonly #config: TrustConfig;

  constructor(config: TrustConfig) {
    this.#config = config;
  }

  /** What the node shows now. */
  async shown(): Promise<Trusted> {
    const { chain } = this.#config;
    const [words, added, quorum] = await Promise.all([
      chain.committeeKeyWords(),
      chain.events(chain.oracle, "ReporterAdded"),
      chain.quorum(),
    ]);
    const accounts = [...new Set(added.map(({ args }) => args.reporter))];
    const active = await Promise.all(accounts.map((account) => chain.isReporter(account)));
    return { committee: keccakWords(words), reporters: accounts.filter((_, i) => active[i]), quorum };
  }

  /** What the owner has accepted of this market; undefined before the first time. */
  accepted(): Trusted | undefined {
    return this.#config.state.readJson<Trusted>(this.#file);
  }

  accept(trusted: Trusted): void {
    this.#config.state.writeJson(this.#file, trusted);
  }

  /** What the owner has accepted; at first use what the node shows, which is then accepted. */
  async establish(): Promise<Trusted & { readonly isNew: boolean }> {
    const known = this.accepted();
    if (known !== undefined) return { ...known, isNew: false };
    const shown = await this.shown();
    this.accept(shown);
    return { ...shown, isNew: true };
  }

  /**
   * Refuses a state that nothing of the vault's may be answered to. Call it before anything is told that depends on the
   * book.
   * @param state with no cash flow yet
   * @throws TacitError `COMMITTEE_CHANGED`, `BAD_SNAPSHOT`, `STATE_CHANGED`, `NODES_DISAGREE`
   */
  async requireTrusted(vault: string, state: ChainState): Promise<void> {
    const { chain, second } = this.#config;
    const { committee, reporters, quorum } = await this.establish();
    const keys = keccakWords(state.committeeKeys.flat());
    if (keys !== committee)
      throw new TacitError(
        "COMMITTEE_CHANGED",
        `the node shows a committee with the fingerprint ${keys}, not the accepted ${committee}: compare with what members say, then tacit owner trust --accept ${keys}`,
      );
    await requireSigned(chain, await chain.opening(Number(state.epoch)), state, { reporters, quorum });
    if (second !== undefined) {
      const other = await second.chainState(vault, { cashFlow: 0n });
      if (toJson(other) !== toJson(state))
        throw new TacitError(
          "NODES_DISAGREE",
          `the two nodes show different states of vault ${vault} in epoch ${state.epoch}: wait until both are synced, or find out which one lies`,
        );
    }
    this.#answerOnce(vault, state);
  }

  #answerOnce(vault: string, state: ChainState): void {
    const { state: records } = this.#config;
    const file = `answered-${vault}.json`;
    const answered = { epoch: Number(state.epoch), state: fingerprint(toJson(state)) };
    const before = records.readJson<typeof answered>(file);
    if (before?.epoch === answered.epoch && before.state !== answered.state)
      throw new TacitError(
        "STATE_CHANGED",
        `in epoch ${state.epoch} the node has shown another state of vault ${vault} before, and one was answered: no second one is. The next epoch goes on; use another node if this repeats`,
      );
    if (before?.epoch !== answered.epoch) records.writeJson(file, answered);
  }

  get #file(): string {
    return `trust-${this.#config.chain.deployment.market}.json`;
  }
}

const fingerprint = (text: string): string => keccakWords([...text].map((letter) => BigInt(letter.codePointAt(0)!)));

/** @throws TacitError `BAD_SNAPSHOT` */
async function requireSigned(
  chain: MarketChain,
  opening: EpochOpening,
  state: ChainState,
  { reporters, quorum }: Pick<Trusted, "reporters" | "quorum">,
): Promise<void> {
  const bad = (what: string): TacitError =>
    new TacitError(
      "BAD_SNAPSHOT",
      `the node's snapshot of epoch ${opening.epoch} ${what}: nothing is decided on it. Ask another node (--rpc); if reporters have changed, tacit owner trust shows it`,
    );
  if (snapshotHash(opening.snapshotWords) !== state.snapshotHash) throw bad("is not that of its hash");
  const signers = await signersOfSnapshot(chain, opening);
  const known = signers.filter((signer) => reporters.includes(signer)).length;
  if (known < quorum) throw bad(`is signed by ${known} of the ${quorum} accepted reporters that it needs`);
}
