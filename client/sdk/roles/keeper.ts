import {
  keccakWords,
  bookWords,
  isSignedBy,
  openGroup,
  ProverError,
  sumCommitments,
  toWord,
} from "../../../prover/index.ts";
import type { ContractTransactionReceipt, EventLog, Interface, Signer } from "ethers";
import type { FrozenBatch, SumStatement } from "../../../prover/index.ts";
import { instrumentName } from "../deployment.ts";
import type { SlotInfo } from "../deployment.ts";
import { askMembers } from "./askMembers.ts";
import type { Wire } from "./askMembers.ts";
import { readBatch, tallyArgs } from "../chain/batch.ts";
import type { ContractOf, StepArgs } from "../chain/contract.ts";
import { readHalt } from "../chain/halt.ts";
import { preview, accepts, sendStep } from "../chain/send.ts";
import { StepReverted } from "../errors.ts";
import { count } from "../format.ts";
import type { HaltRecord, MarketStatus } from "../chain/types.ts";
import type { MarketChain } from "../chain/reader.ts";
import { marginDue, readMargin } from "../views/market.ts";
import { recoverBook } from "./recovery.ts";
import { askReporter } from "./reporter.ts";
import type { SnapshotStatement } from "../chain/snapshotStatement.ts";

export interface KeeperConfig {
  chain: MarketChain;
  signer: Signer;
  /** Base URLs of the reporters' and the members' servers. Any of them may be away. */
  reporters: readonly string[];
  members: readonly string[];
}

export interface KeeperStep {
  step:
    | "publish"
    | "close"
    | "tally"
    | "clear"
    | "lapse"
    | "unwind"
    | "haltStale"
    | "resume"
    | "proposeExit"
    | "endSeries"
    | "rebalanceMargin"
    | "startRecovery"
    | "finishChallenge"
    | "openBook"
    | "payResolved";
  epoch: number;
  detail: string;
  receipt: ContractTransactionReceipt;
}

/** Steps of the desk, and of the market itself. */
type DeskStep = "proposeExit" | "endSeries" | "rebalanceMargin";
type MarketStep = Exclude<KeeperStep["step"], DeskStep | "publish">;

/** Dealings in a row that a vault may not miss (contracts/market/Absence.sol). */
const MISSED_DEALINGS = 2n;

/** A group that failed so often is tried again after this time only: each try costs gas, and prices have to move first. */
const PATIENT_TRIES = 3;
const TRY_AGAIN_SECONDS = 30;
/** Where a top-up is not enough, because the slot's cap is reached, it is tried again after this time. */
const TOP_UP_SECONDS = 60;
/** What is due in the block to come, and refused by a node that asks the latest one. */
const NOT_YET: ReadonlySet<string | undefined> = new Set(["DeadlineNotPassed", "FromTheFuture"]);
/** Members that gave no share of a book are asked again after this time: they may be away, or waiting for finality. */
const ASK_AGAIN_SECONDS = 60;

/** A closed batch. */
interface Frozen {
  setHash: string;
  batch: FrozenBatch;
  /** The accounts of the committee it was sealed for, member 1 first. */
  accounts: readonly string[];
}

/** Pushes whatever step of the market is due. Has no rights that anybody else lacks, and needs no trust. */
export class Keeper {
  readonly #config: KeeperConfig;
  /** How often the clearing of "epoch:group" failed, and when last, chain time in seconds. */
  readonly #failed = new Map<string, { times: number; at: number }>();
  /** Hashes of snapshots that the oracle was shown and did not accept. */
  readonly #refused = new Set<string>();
  /** When it last asked for a slot's margin to be brought up, chain time in seconds, and in which epoch to be brought down. */
  readonly #broughtUp = new Map<number, number>();
  readonly #broughtDown = new Map<number, number>();
  /** When the members were last asked for a vault's book, chain time in seconds. */
  readonly #askedFor = new Map<string, number>();
  #heartbeatLimit: number | undefined;
  /** When it looks again whether something can be unwound in a halted epoch, chain time in seconds. */
  #unwindAt = 0;
  /**
   * Vaults for which something may be due in an epoch, of all when it begins, and those of them that are resolved and may be
   * owed something. An active vault that is in touch can't be challenged, or opened, before the next epoch.
   */
  #watched = { epoch: -1, vaults: new Set<string>(), resolved: new Set<string>() };
  /** As of a block, given by its hash. */
  #slots: { block: string; slots: (SlotInfo | null)[] } | undefined;
  /** What an epoch froze, given by the hash of its set. */
  #frozen: Frozen | undefined;
  /** The market's halt in an epoch, as it was when it was last looked up. */
  #halt: { epoch: number; record: HaltRecord } | undefined;
  /** Hash of the block in which no margin had to be moved. */
  #marginsFine: string | undefined;

  constructor(config: KeeperConfig) {
    this.#config = config;
  }

  /** Pushes at most one step. @returns undefined when nothing is due */
  async step(): Promise<KeeperStep | undefined> {
    const status = await this.#config.chain.status();
    try {
      return (
        (await this.#endings(status)) ??
        (await this.#resume(status)) ??
        (await this.#nextOf(status)) ??
        (await this.#margins(status))
      );
    } catch (error) {
      // What is due in the block to come is refused by nodes that ask the latest one.
      if (error instanceof StepReverted && NOT_YET.has(error.reason)) return undefined;
      throw error;
    }
  }

  /**
   * Ends a halt after its cool-down, before the next snapshot, which meets the breakers like any other. Two it leaves alone:
   * one by the guardian's hand, which is for a person to end, and one for want of a snapshot while there is none, so that the
   * first epoch after the silence takes no orders.
   */
  async #resume({ epoch, now, halted }: MarketStatus): Promise<KeeperStep | undefined> {
    const waits = ({ reasons, openedSince, resumableAt }: HaltRecord): boolean =>
      reasons.includes("guardian") || !openedSince || now < resumableAt;
    if (!halted) this.#halt = undefined;
    // A further halt makes the wait no shorter.
    if (!halted || (this.#halt?.epoch === epoch && waits(this.#halt.record))) return undefined;
    const record = await readHalt(this.#config.chain);
    if (record === undefined) return undefined;
    this.#halt = { epoch, record };
    return waits(record)
      ? undefined
      : this.#send("resume", [], epoch, `halted by ${record.reasons.join(", ")}, cooled down`);
  }

  async #nextOf(status: MarketStatus): Promise<KeeperStep | undefined> {
    const late = status.now > status.deadlineAt;
    switch (status.phase) {
      case "await snapshot":
        return (
          (await this.#publish(status.epoch + 1)) ??
          (late ? this.#send("haltStale", [], status.epoch, "no snapshot in time") : this.#expired(status))
        );
      case "submit":
        return (
          (late ? undefined : ((await this.#payResolved(status.epoch)) ?? (await this.#unwind(status)))) ??
          (late || (await this.#everybodySubmitted())
            ? this.#send("close", [], status.epoch, late ? "after the window" : "all vaults are in")
            : undefined)
        );
      case "clear":
        return late || status.halted ? (late ? this.#lapse(status.epoch) : undefined) : this.#clear(status);
    }
  }

  /** Between epochs: settles expired options, and ends series whose payoff stands. */
  async #expired({ epoch, now, blockHash }: MarketStatus): Promise<KeeperStep | undefined> {
    const { chain } = this.#config;
    for (const [i, slot] of (await this.#slotsAt(blockHash)).entries()) {
      if (slot?.kind !== "option" || now < slot.expiry) continue;
      const { proposal } = await chain.venue(i);
      if (proposal.disputeEnds === 0) return this.#sendToDesk("proposeExit", [i], epoch, instrumentName(slot));
      if (!proposal.vetoed && (now > proposal.disputeEnds || !proposal.disputable))
        return this.#sendToDesk("endSeries", [i], epoch, instrumentName(slot));
    }
    return undefined;
  }

  /**
   * At any time: keeps the market's accounts at venues at their targets. An epoch is too long to leave one alone: prices have
   * fallen by a fifth within an hour. A venue that gives nothing back is asked once an epoch.
   */
  async #margins({ epoch, now, blockHash }: MarketStatus): Promise<KeeperStep | undefined> {
    if (blockHash === this.#marginsFine) return undefined;
    const { chain } = this.#config;
    for (const [i, slot] of (await this.#slotsAt(blockHash)).entries()) {
      if (slot === null || slot.kind === "spot" || (slot.kind === "option" && now >= slot.expiry)) continue;
      const { rule, positionLots } = await chain.venue(i);
      const margin = await readMargin(chain, slot, i, positionLots);
      const due = margin && marginDue(margin, rule);
      if (due === "low" && now >= (this.#broughtUp.get(i) ?? 0) + TOP_UP_SECONDS) this.#broughtUp.set(i, now);
      else if (due === "high" && this.#broughtDown.get(i) !== epoch) this.#broughtDown.set(i, epoch);
      else continue;
      return this.#sendToDesk("rebalanceMargin", [i], epoch, instrumentName(slot));
    }
    this.#marginsFine = blockHash;
    return undefined;
  }

  async #slotsAt(block: string): Promise<(SlotInfo | null)[]> {
    if (this.#slots?.block !== block) this.#slots = { block, slots: await this.#config.chain.slots() };
    return this.#slots.slots;
  }

  /**
   * Ends vaults whose owner is gone or that owe more than they have. First of all, because each of its steps has its
   * phase, and the next step of the epoch would end that; each at most once a vault, so nothing waits for long.
   */
  async #endings({ epoch, phase, now }: MarketStatus): Promise<KeeperStep | undefined> {
    const { chain } = this.#config;
    this.#heartbeatLimit ??= Number((await chain.lens.config()).heartbeatLimit);
    if (this.#watched.epoch !== epoch)
      this.#watched = { epoch, vaults: new Set(await chain.vaults()), resolved: new Set() };
    const { vaults, resolved } = this.#watched;
    for (const vault of vaults) {
      const { status, lastEpoch, challengeEnds, dealtEpoch } = await chain.vaultRecord(vault);
      const silent =
        status === "active" &&
        (epoch - lastEpoch >= this.#heartbeatLimit ||
          (await chain.vault(vault).dealings(dealtEpoch, epoch)) >= MISSED_DEALINGS);
      if (status === "resolved") resolved.add(vault);
      if (status === "resolved" || (status === "active" && !silent)) vaults.delete(vault);
      if (silent && (await this.#accepts("startRecovery", [vault])))
        return this.#send("startRecovery", [vault], epoch, vault);
      const challenged = status === "challenged" && phase !== "submit" && now > challengeEnds;
      if (challenged && (await this.#accepts("finishChallenge", [vault])))
        return this.#send("finishChallenge", [vault], epoch, vault);
      const ended = (status === "recovering" || status === "insolvent") && phase === "submit" && lastEpoch < epoch;
      const opened =
        ended && now >= (this.#askedFor.get(vault) ?? 0) + ASK_AGAIN_SECONDS
          ? await this.#openBook(vault, epoch, now)
          : undefined;
      if (opened) return opened;
    }
    return undefined;
  }

  /** @returns undefined if too few members gave a share, or the market can't take the vault over now */
  async #openBook(vault: string, epoch: number, now: number): Promise<KeeperStep | undefined> {
    this.#askedFor.set(vault, now);
    const recovered = await recoverBook(this.#config.chain, vault, this.#config.members).catch(notEnoughShares);
    if (recovered === undefined) return undefined;
    const args = [vault, bookWords(recovered.book)] as const;
    if (!(await this.#accepts("openBook", args))) return undefined;
    const by = recovered.members.length === 0 ? "never submitted" : `opened by members ${recovered.members.join(", ")}`;
    return this.#send("openBook", args, epoch, `${vault}, ${by}`);
  }

  /** In a halted epoch: sells of what the market took over what its venues take. */
  async #unwind({ epoch, openedHalted, now }: MarketStatus): Promise<KeeperStep | undefined> {
    const { chain } = this.#config;
    if (!openedHalted || now < this.#unwindAt) return undefined;
    const { unwindGroups } = await chain.market.epochState();
    for (let group = 0; group < chain.profile.groups; group++)
      if ((unwindGroups >> BigInt(group)) & 1n && (await this.#accepts("unwind", [group])))
        return this.#send("unwind", [group], epoch, `group ${group}`);
    this.#unwindAt = now + TRY_AGAIN_SECONDS;
    return undefined;
  }

  /** Pays a resolved vault what is there for it, if anything. */
  async #payResolved(epoch: number): Promise<KeeperStep | undefined> {
    const { chain } = this.#config;
    const { resolved } = this.#watched;
    for (const vault of resolved) {
      if ((await chain.desk.owedMicroUsd(vault)) === 0n) resolved.delete(vault);
      else if (await this.#accepts("payResolved", [vault])) return this.#send("payResolved", [vault], epoch, vault);
    }
    return undefined;
  }

  /** The market closes before its window ends once every active vault is in; it is asked whether that is so. */
  #everybodySubmitted = (): Promise<boolean> => this.#accepts("close", []);

  /** Whether the market would take the step now. */
  #accepts<Name extends MarketStep>(step: Name, args: StepArgs<ContractOf<"Market">, Name>): Promise<boolean> {
    return accepts(this.#config.chain.market, step, args);
  }

  /** The first vector that enough reporters signed. An answer that is no such statement is as good as none. */
  async #publish(epoch: number): Promise<KeeperStep | undefined> {
    const { chain, reporters } = this.#config;
    const statements = await Promise.all(reporters.map((url) => askReporter(chain, url, epoch)));
    // By content first: whoever hands on a reporter's outdated statement does not thereby hide its present one.
    const byContent = new Map<string, Map<string, SnapshotStatement>>();
    for (const statement of statements) {
      if (statement === undefined) continue;
      const content = keccakWords([BigInt(statement.observedAt), BigInt(statement.listings), ...statement.words]);
      byContent.set(
        content,
        (byContent.get(content) ?? new Map<string, SnapshotStatement>()).set(statement.reporter, statement),
      );
    }
    if (byContent.size === 0) return undefined;
    const quorum = await chain.quorum();
    for (const [content, bySigner] of byContent) {
      const signed = [...bySigner];
      if (signed.length < quorum) continue;
      const { observedAt, words } = signed[0]![1];
      const inOrder = signed.toSorted(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1)).slice(0, quorum);
      const args = [epoch, observedAt, words, inOrder.map(([, { signature }]) => signature)] as const;
      // A snapshot that the feeds contradict is sent once, so that the breaker's event is on record, and again only when
      // they have come to agree.
      const acceptable = await preview(chain.oracle, "publish", args);
      if (!acceptable && this.#refused.has(content)) continue;
      if (!acceptable) this.#refused.add(content);
      const receipt = await sendStep(chain.oracle.connect(this.#config.signer), "publish", args);
      const tripped = namesOf(receipt, chain.oracle.interface).includes("BreakerTripped");
      return {
        step: "publish",
        epoch,
        detail: `${count(signed.length, "reporter")}${tripped ? ", breaker tripped" : ""}`,
        receipt,
      };
    }
    return undefined;
  }

  async #clear({ epoch, now }: MarketStatus): Promise<KeeperStep | undefined> {
    const { chain } = this.#config;
    const pending = await chain.pendingGroups();
    if (pending.length === 0) return undefined;
    const frozen = await this.#frozenIn(epoch);
    const { batch } = frozen;
    const tally = await tallyArgs(chain, batch);
    if (tally !== undefined) return this.#send("tally", tally, epoch, count(batch.submissions.length, "submission"));
    const statements = await this.#sums(frozen);
    if (statements.length <= chain.profile.orderDegree) return undefined;
    // One that can't be traded now must not keep the others waiting.
    const failures = (g: number): { times: number; at: number } =>
      this.#failed.get(`${epoch}:${g}`) ?? { times: 0, at: 0 };
    const group = pending
      .filter((g) => failures(g).times < PATIENT_TRIES || now >= failures(g).at + TRY_AGAIN_SECONDS)
      .toSorted((a, b) => failures(a).times - failures(b).times)[0];
    if (group === undefined) return undefined;
    const { nets, rho, members } = openGroup(
      chain.profile,
      group,
      sumCommitments(batch, group),
      batch.submissions.length,
      statements,
    );
    const attempt = this.#send(
      "clear",
      [group, nets, rho],
      epoch,
      `group ${group}, opened by members ${members.join(", ")}`,
    );
    const noteFailure = (): void =>
      void this.#failed.set(`${epoch}:${group}`, { times: failures(group).times + 1, at: now });
    // A failed trade is an event; short of gas the whole call reverts.
    attempt.catch(noteFailure);
    const done = await attempt;
    const failed = done.receipt.logs
      .map((log) => chain.market.interface.parseLog(log))
      .find((event) => event?.name === "GroupFailed");
    if (!failed) return done;
    noteFailure();
    const data = failed.args["reason"] as string;
    const reason = data.length < 10 ? null : chain.market.interface.parseError(data);
    const why = reason === null ? "its venue refuses" : `${reason.name}(${reason.args.join(", ")})`;
    return { ...done, detail: `${done.detail}: not tradable now (${why}), will be tried again` };
  }

  async #frozenIn(epoch: number): Promise<Frozen> {
    const { chain } = this.#config;
    const { setHash } = (await chain.closing(epoch))!;
    if (this.#frozen?.setHash !== setHash) {
      const [batch, { committeeVersion }] = await Promise.all([readBatch(chain, epoch), chain.opening(epoch)]);
      this.#frozen = { setHash, batch, accounts: await chain.committeeAccounts(committeeVersion) };
    }
    return this.#frozen;
  }

  /** Statements of the members for the frozen set, with their signatures checked against the registry. */
  #sums({ batch, setHash, accounts }: Frozen): Promise<SumStatement[]> {
    const { epoch, market, chainId } = batch;
    return askMembers<SumStatement>(this.#config.members, accounts, {
      path: `sums/${epoch}`,
      parse: parseSums,
      about: { setHash, chainId, market, epoch },
      isSignedBy,
    });
  }

  async #lapse(epoch: number): Promise<KeeperStep | undefined> {
    const [group] = await this.#config.chain.pendingGroups();
    return group === undefined ? undefined : this.#send("lapse", [group], epoch, `group ${group}`);
  }

  async #send<Name extends MarketStep>(
    step: Name,
    args: StepArgs<ContractOf<"Market">, Name>,
    epoch: number,
    detail: string,
  ): Promise<KeeperStep> {
    const { chain, signer } = this.#config;
    const receipt = await sendStep(chain.market.connect(signer), step, args);
    return { step, epoch, detail, receipt };
  }

  async #sendToDesk<Name extends DeskStep>(
    step: Name,
    args: StepArgs<ContractOf<"Desk">, Name>,
    epoch: number,
    detail: string,
  ): Promise<KeeperStep> {
    const { chain, signer } = this.#config;
    const receipt = await sendStep(chain.desk.connect(signer), step, args);
    return { step, epoch, detail, receipt };
  }
}

/** Turns too few shares into undefined; other errors stay errors. */
function notEnoughShares(error: unknown): undefined {
  if (!(error instanceof ProverError)) throw error;
}

const parseSums = ({
  chainId,
  market,
  epoch,
  setHash,
  member,
  orderSums,
  rhoSums,
}: Wire<SumStatement>): SumStatement => ({
  chainId: BigInt(chainId),
  market: BigInt(market),
  epoch: BigInt(epoch),
  setHash: String(setHash),
  member: Number(member),
  orderSums: orderSums.map((sum) => toWord(BigInt(sum))),
  rhoSums: rhoSums.map((sum) => toWord(BigInt(sum))),
});

const namesOf = (receipt: ContractTransactionReceipt, contractInterface: Interface): string[] =>
  receipt.logs.flatMap((log) => (log as EventLog).eventName ?? contractInterface.parseLog(log)?.name ?? []);
