import { dataSlice, getAddress, id, isAddress, isError, toBeHex } from "ethers";
import type { BaseContract, BlockTag, JsonRpcApiProvider, Log, Provider } from "ethers";
import { parseMandateWords, parseSettleWords, parseSnapshotWords, profiles } from "../../../prover/index.ts";
import type {
  Committer,
  ChainState,
  MicroUsd,
  Point,
  Profile,
  Settle,
  Snapshot,
  VaultChainReader,
  VaultId,
} from "../../../prover/index.ts";
import { SLOT_KINDS } from "../deployment.ts";
import type { Deployment, SlotInfo } from "../deployment.ts";
import { TacitError } from "../errors.ts";
import { contractAt } from "./contract.ts";
import type { ContractOf, EventArgs, EventFilter, EventName } from "./contract.ts";
import { LogSource } from "./logs.ts";
import type { BlockRange } from "./logs.ts";
import { PHASES, VAULT_STATUSES } from "./types.ts";
import type {
  ChainEvent,
  EpochClosing,
  EpochOpening,
  GroupClearing,
  MarketStatus,
  OwnerRecord,
  StrategyHistory,
  SubmittedEvent,
  TermsInForce,
  TermsQuery,
  VaultRecord,
  VenueRecord,
} from "./types.ts";

/** Chain time that nothing on chain comes after. */
const NOW = Number.MAX_SAFE_INTEGER;
/**
 * A market as its chain shows it. Reads only; every party and the auditor build on it.
 * Methods reject with `TacitError` where the chain lacks what was asked for.
 */
export class MarketChain {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly profile: Profile;
  readonly market: ContractOf<"Market">;
  /** Custody: cash, tokens, the instrument table, accounts at venues. */
  readonly desk: ContractOf<"Desk">;
  /** Views over the market. */
  readonly lens: ContractOf<"Lens">;
  readonly oracle: ContractOf<"SnapshotOracle">;
  readonly committee: ContractOf<"CommitteeRegistry">;
  readonly #logs: LogSource;
  /** What the logs that `#logs` keeps say: they are asked for again and again. */
  readonly #decoded = new WeakMap<Log, ChainEvent<unknown>>();

  /**
   * The market that a deployment file names, once its contracts have said that they are one market's: bonds and
   * deposits go where the file says, and nothing vouches for it.
   * @throws TacitError `WRONG_DEPLOYMENT`
   */
  static async open(provider: Provider, deployment: Deployment): Promise<MarketChain> {
    const chain = new MarketChain(provider, deployment);
    await chain.#requireOneMarket();
    return chain;
  }

  /** Asks nobody: for a deployment that was just made, or looked at before (`open`). */
  constructor(provider: Provider, deployment: Deployment) {
    this.provider = provider;
    this.deployment = deployment;
    this.profile = profiles[deployment.profile];
    this.market = contractAt("Market", deployment.market, provider);
    this.desk = contractAt("Desk", deployment.desk, provider);
    this.lens = contractAt("Lens", deployment.lens, provider);
    this.oracle = contractAt("SnapshotOracle", deployment.snapshotOracle, provider);
    this.committee = contractAt("CommitteeRegistry", deployment.committeeRegistry, provider);
    this.#logs = new LogSource(provider);
  }

  async #requireOneMarket(): Promise<void> {
    const { market, deployment, profile } = this;
    const desk = contractAt("Desk", await market.desk(), this.provider);
    const [sizes, marketOfLens, ...parts] = await Promise.all([
      market.profile(),
      this.lens.market().catch(() => undefined),
      part("desk", market.desk()),
      part("cash", desk.cash()),
      part("snapshotOracle", market.oracle()),
      part("committeeRegistry", market.committee()),
      part("verifierRegistry", market.verifiers()),
      part("accessManager", market.authority()),
    ]);
    const wrong = (what: string): TacitError =>
      new TacitError(
        "WRONG_DEPLOYMENT",
        `the deployment file is not of one market: ${what}. Take the file that the governance of market ${deployment.market} has published`,
      );
    for (const { name, is } of parts)
      if (getAddress(deployment[name]) !== is)
        throw wrong(`it names ${deployment[name]} as ${name}, the market's is ${is}`);
    if (marketOfLens !== getAddress(deployment.market))
      throw wrong(`its lens ${deployment.lens} is of ${marketOfLens ?? "no market"}`);
    // The factory says itself whose it is, and takes bonds: what makes it the market's is that it may register vaults.
    const authority = contractAt("Authority", deployment.accessManager, this.provider);
    const { selector } = market.interface.getFunction("register")!;
    const [mayRegister] = await authority.canCall(deployment.vaultFactory, deployment.market, selector);
    if (!mayRegister) throw wrong(`its vaultFactory ${deployment.vaultFactory} may register no vault with it`);
    const { slots, groups, scenarios, members } = profile;
    const same = [sizes.slots, sizes.groups, sizes.scenarios, sizes.members].join();
    if ([slots, groups, scenarios, members].join() !== same)
      throw wrong(`its profile ${deployment.profile} is not the market's, which has ${sizes.slots} slots`);
  }

  vault(address: string): ContractOf<"Vault"> {
    return contractAt("Vault", address, this.provider);
  }

  /** The contract that holds all owners' bonds (contracts/vault/Bonds.sol). */
  async bonds(): Promise<ContractOf<"Bonds">> {
    return contractAt("Bonds", await this.desk.bonds(), this.provider);
  }

  /** Parts of 10^9 that claims are paid less; 0 unless more is claimed of the market than it has. */
  haircutPpb = (): Promise<bigint> => this.desk.haircutPpb();

  async status(): Promise<MarketStatus> {
    const [block, toCome] = await Promise.all([this.provider.getBlock("latest"), this.#timeOfBlockToCome()]);
    const head = at(block!.number);
    const [{ number, phase, deadline, halted, openedHalted }, observedAt] = await Promise.all([
      this.market.epochState(head),
      this.market.observedAt(head),
    ]);
    return {
      epoch: Number(number),
      phase: PHASES[Number(phase)]!,
      deadlineAt: Number(deadline),
      halted,
      openedHalted,
      observedAt: Number(observedAt),
      now: Math.max(block!.timestamp, toCome),
      blockHash: block!.hash!,
    };
  }

  /**
   * Without it a chain on which nothing happens, such as a local one, would seem to stand still. Ethers takes no block
   * that has no number yet, and not every node has one.
   * @returns 0 where it is not known
   */
  async #timeOfBlockToCome(): Promise<number> {
    const node = this.provider as Partial<Pick<JsonRpcApiProvider, "send">>;
    const block = await node.send?.("eth_getBlockByNumber", ["pending", false]).catch(() => undefined);
    return Number((block as { timestamp?: string } | null | undefined)?.timestamp ?? 0);
  }

  /**
   * The deployment's slots as they are listed now: null where a series has ended, with the running series' terms else.
   */
  async slots(): Promise<(SlotInfo | null)[]> {
    return Promise.all(
      this.deployment.slots.map(async (slot, i) => {
        if (!slot) return null;
        const { kind, lotSize, orderCap, positionCap, strike, expiry, isCall } = await this.desk.slot(i);
        if (SLOT_KINDS[Number(kind) - 1] !== slot.kind) return null;
        const terms = { lotSize: lotSize.toString(), orderCap: Number(orderCap), positionCap: Number(positionCap) };
        if (slot.kind !== "option") return { ...slot, ...terms };
        return {
          ...slot,
          ...terms,
          strikeMicroUsd: (strike / STRIKE_PER_MICRO_USD).toString(),
          expiry: Number(expiry),
          isCall,
        };
      }),
    );
  }

  /** How the market keeps its account at the venue of a perp or option slot, and what an expired option is to pay. */
  async venue(slot: number): Promise<VenueRecord> {
    const [[rule, account, proposal], { positionLots }] = await Promise.all([
      this.desk.venue(slot),
      this.desk.slotAccount(slot),
    ]);
    const { disputeEnds, disputable, vetoed } = proposal;
    return {
      rule: { lowBps: rule.lowBps, highBps: rule.highBps },
      proposal: { disputeEnds: Number(disputeEnds), disputable, vetoed },
      positionLots,
      bookedMicroUsd: account.cashMicroUsd,
      markMicroUsd: account.markMicroUsd,
    };
  }

  /** Addresses of all vaults ever registered. */
  async vaults(): Promise<string[]> {
    return (await this.events(this.market, "VaultRegistered")).map(({ args }) => args.vault);
  }

  async vaultRecord(vault: string, blockTag?: BlockTag): Promise<VaultRecord> {
    const { commitment, lastEpoch, status, challengeEnds, dealtEpoch } = await this.market.vaultState(
      vault,
      at(blockTag),
    );
    return {
      commitment,
      lastEpoch: Number(lastEpoch),
      status: VAULT_STATUSES[Number(status)]!,
      challengeEnds: Number(challengeEnds),
      dealtEpoch: Number(dealtEpoch),
    };
  }

  /** @throws TacitError `NOT_A_VAULT` unless the market has registered the address */
  async requireVault(vault: string): Promise<VaultRecord> {
    const record = await this.vaultRecord(vault);
    if (record.status === "unknown")
      throw new TacitError("NOT_A_VAULT", `${vault} is no vault of this market: tacit market show lists them`);
    return record;
  }

  /** @throws TacitError `NO_EPOCH` if the epoch never opened */
  async opening(epoch: number): Promise<EpochOpening> {
    const log = await this.opened(epoch);
    if (log === undefined)
      throw new TacitError("NO_EPOCH", `epoch ${epoch} has not opened; see tacit market show for the current one`);
    const { snapshotHash, snapshotPointer, observedAt, submitBy, halted, committeeVersion } = log.args;
    return {
      epoch,
      blockNumber: log.blockNumber,
      snapshotHash,
      observedAt: Number(observedAt),
      submitBy: Number(submitBy),
      halted,
      committeeVersion: Number(committeeVersion),
      snapshotWords: await this.storedWords(snapshotPointer),
    };
  }

  /** The event that opened an epoch; undefined if it has not opened. */
  async opened(epoch: number): Promise<ChainEvent<EventArgs<ContractOf<"Market">, "EpochOpened">> | undefined> {
    return (await this.events(this.market, "EpochOpened")).find(({ args }) => args.epoch === BigInt(epoch));
  }

  /** The blocks in which an epoch ran; undefined if it has not opened. */
  async #blocksOf(epoch: number): Promise<BlockRange | undefined> {
    const [opening, next] = await Promise.all([this.opened(epoch), this.opened(epoch + 1)]);
    return opening && { fromBlock: opening.blockNumber, ...(next ? { toBlock: next.blockNumber } : {}) };
  }

  /** What happened in an epoch. */
  async #during<Name extends EventName<ContractOf<"Market">>>(
    epoch: number,
    name: Name,
    filter: EventFilter<ContractOf<"Market">, Name>,
  ): Promise<ChainEvent<EventArgs<ContractOf<"Market">, Name>>[]> {
    const blocks = await this.#blocksOf(epoch);
    return blocks === undefined ? [] : this.events(this.market, name, filter, blocks);
  }

  /** The block in which a vault was registered, before which it has no history. */
  async #birthOf(vault: string): Promise<Partial<BlockRange>> {
    const found = await this.events(this.market, "VaultRegistered");
    return { fromBlock: found.find(({ args }) => args.vault === getAddress(vault))?.blockNumber };
  }

  /** The epoch in which a vault was created: the latest that had opened, 0 before the first. */
  async epochOfBirth(vault: string): Promise<number> {
    const [{ fromBlock = 0 }, openings] = await Promise.all([
      this.#birthOf(vault),
      this.events(this.market, "EpochOpened"),
    ]);
    return Number(openings.findLast(({ blockNumber }) => blockNumber <= fromBlock)?.args.epoch ?? 0n);
  }

  /** Submissions of an epoch in the order of its set; of one vault over all epochs with `vault` alone. */
  async submissions({ epoch, vault }: { epoch?: number; vault?: string }): Promise<SubmittedEvent[]> {
    const logs =
      epoch !== undefined
        ? await this.#during(epoch, "Submitted", { epoch, vault })
        : await this.events(this.market, "Submitted", { vault }, vault === undefined ? {} : await this.#birthOf(vault));
    return logs.map(({ args, blockNumber, transactionHash }) => ({
      epoch: Number(args.epoch),
      index: Number(args.index),
      vault: args.vault,
      oldCommitment: args.oldCommitment,
      newCommitment: args.newCommitment,
      cashFlow: args.cashFlow,
      redeemShares: args.redeemShares,
      nav: args.nav,
      insolvent: args.insolvent,
      h: args.h,
      sealedWords: [...args.sealedWords],
      blockNumber,
      transactionHash,
    }));
  }

  async ownerRecord(vault: string): Promise<OwnerRecord> {
    const [submissions, { status }, { epoch, phase }] = await Promise.all([
      this.submissions({ vault }),
      this.vaultRecord(vault),
      this.status(),
    ]);
    const submitted = submissions.map((submission) => submission.epoch);
    const ended = status === "insolvent" || status === "resolved";
    const end = ended ? (submitted.at(-1) ?? 0) : phase === "submit" ? epoch - 1 : epoch;
    const since = submitted[0] ?? end + 1;
    return {
      submissions: submissions.length,
      missedEpochs: Array.from({ length: Math.max(0, end - since + 1) }, (_, i) => since + i).filter(
        (e) => !submitted.includes(e),
      ),
      payingEpochs: submissions.filter(({ cashFlow }) => cashFlow < 0n).map((submission) => submission.epoch),
    };
  }

  async closing(epoch: number): Promise<EpochClosing | undefined> {
    const [log] = await this.#during(epoch, "EpochClosed", { epoch });
    if (log === undefined) return undefined;
    const { submissions, setHash, cancelled } = log.args;
    return { epoch, submissions: Number(submissions), setHash, cancelled, blockNumber: log.blockNumber };
  }

  async clearings(epoch: number): Promise<GroupClearing[]> {
    return (await this.#during(epoch, "GroupCleared", { epoch })).map(({ args, blockNumber }) => ({
      epoch,
      group: Number(args.group),
      nets: [...args.nets],
      rho: args.rho,
      references: [...args.references],
      charges: [...args.charges],
      blockNumber,
    }));
  }

  /** Groups of the epoch that are neither cleared nor lapsed are missing here. */
  async resolvedGroups(epoch: number): Promise<Set<number>> {
    const logs = await Promise.all([
      this.#during(epoch, "GroupCleared", { epoch }),
      this.#during(epoch, "GroupLapsed", { epoch }),
    ]);
    return new Set(logs.flat().map(({ args }) => Number(args.group)));
  }

  /** Words kept as contract code (SSTORE2): everything after the leading STOP byte. */
  async storedWords(pointer: string): Promise<bigint[]> {
    const code = await this.provider.getCode(pointer);
    if (code === "0x")
      throw new TacitError(
        "NO_STORED_WORDS",
        `nothing is stored at ${pointer}: is the node of the same chain, and synced?`,
      );
    const bytes = dataSlice(code, 1);
    return Array.from({ length: (bytes.length - 2) / 64 }, (_, i) =>
      BigInt(`0x${bytes.slice(2 + 64 * i, 66 + 64 * i)}`),
    );
  }

  /** Key words of a committee version, of the current one when left out. */
  async committeeKeyWords(version?: number): Promise<bigint[]> {
    const [pointer] = await (version === undefined ? this.committee.current() : this.committee.committee(version));
    return this.storedWords(pointer);
  }

  /** Keys of a committee version, member 1 first; of the current one when left out. */
  async committeeKeys(version?: number): Promise<Point[]> {
    const words = await this.committeeKeyWords(version);
    return Array.from({ length: words.length / 2 }, (_, j) => [words[2 * j]!, words[2 * j + 1]!] as const);
  }

  /** Accounts of a committee version's members, member 1 first. */
  async committeeAccounts(version: number): Promise<string[]> {
    const [, accounts] = await this.committee.committee(version);
    return [...accounts];
  }

  /** Signatures a snapshot needs. */
  async quorum(blockTag?: BlockTag): Promise<number> {
    return Number((await this.oracle.limits(at(blockTag))).quorum);
  }

  async verifierAt(blockTag: BlockTag): Promise<string> {
    const registry = contractAt("VerifierRegistry", this.deployment.verifierRegistry, this.provider);
    return registry.verifier(at(blockTag));
  }

  /**
   * Whether proofs verified as of a block may be forged by anybody, as the verifier says; one that says nothing counts
   * as one of those.
   */
  async hasDevelopmentKey(blockTag: BlockTag): Promise<boolean> {
    const data = id("DEVELOPMENT_KEY()").slice(0, 10);
    try {
      const answer = await this.provider.call({ to: await this.verifierAt(blockTag), data, blockTag });
      return answer !== toBeHex(0, 32);
    } catch (error) {
      if (isError(error, "CALL_EXCEPTION")) return true;
      throw error;
    }
  }

  async isReporter(account: string, blockTag?: BlockTag): Promise<boolean> {
    const ACTIVE = 1n;
    return isAddress(account) && (await this.oracle.reporterStatus(account, at(blockTag))) === ACTIVE;
  }

  /** How many series have been listed so far: which table a statement of reporters is about. */
  async listings(): Promise<number> {
    return Number(await this.desk.listings());
  }

  /** For so long after one statement a second one for the same epoch costs a reporter its seat. */
  async statementLifeSeconds(): Promise<number> {
    return Number(await this.oracle.statementLifeSeconds());
  }

  /**
   * Until when orders that a snapshot observed then lets in may be cleared, however late it is published: chain time.
   */
  async clearedBy(observedAt: number): Promise<number> {
    const [life, { submitWindow, clearWindow }] = await Promise.all([this.statementLifeSeconds(), this.lens.config()]);
    return observedAt + life + Number(submitWindow + clearWindow);
  }

  /** Groups of the epoch in its clear phase that are neither cleared nor lapsed. */
  async pendingGroups(): Promise<number[]> {
    const { pendingGroups } = await this.market.epochState();
    return Array.from({ length: this.profile.groups }, (_, g) => g).filter((g) => (pendingGroups >> BigInt(g)) & 1n);
  }

  /** What the chain holds for the next submission of a vault, if it redeems `redeemShares` and deals `cashFlow`. */
  async chainState(vault: string, flows: { cashFlow: bigint; redeemShares?: bigint }): Promise<ChainState> {
    const status = await this.status();
    const [opening, cutoff] = await Promise.all([this.opening(status.epoch), this.dealCutoff()]);
    const [record, terms, settle, keys] = await Promise.all([
      this.vaultRecord(vault),
      this.terms(vault, status.epoch, { redeemShares: flows.redeemShares ?? 0n, cutoff }),
      this.settle(vault),
      this.committeeKeys(opening.committeeVersion),
    ]);
    return {
      chainId: BigInt(this.deployment.chainId),
      market: BigInt(this.deployment.market),
      vault: BigInt(vault),
      epoch: BigInt(status.epoch),
      snapshotHash: opening.snapshotHash,
      oldCommitment: record.commitment,
      cashFlow: flows.cashFlow as MicroUsd,
      outflow: flows.cashFlow < 0n,
      dealing: terms.dealing,
      halted: opening.halted,
      strategyCommitment: terms.strategyCommitment,
      cashWanted: terms.cashWanted,
      mandate: terms.mandate,
      snapshot: this.parseSnapshot(opening.snapshotWords),
      settle,
      committeeKeys: keys,
    };
  }

  parseSnapshot(words: readonly bigint[]): Snapshot {
    return parseSnapshotWords(this.profile, words);
  }

  /**
   * A vault's terms as they were at `cutoff`, now where left out, and what leaving it would take, beyond
   * `redeemShares`, of those who asked for it up to then.
   */
  async terms(
    vault: string,
    epoch: number,
    { redeemShares = 0n, cutoff = NOW, blockTag }: TermsQuery = {},
  ): Promise<TermsInForce> {
    const [strategyCommitment, pointer, dealing, cashWanted] = await this.vault(vault).terms(
      epoch,
      redeemShares,
      cutoff,
      at(blockTag),
    );
    const mandateWords = await this.storedWords(pointer);
    return {
      strategyCommitment,
      mandateWords,
      mandate: parseMandateWords(this.profile, mandateWords),
      dealing,
      cashWanted: cashWanted as MicroUsd,
    };
  }

  /**
   * When a vault's strategy became another one, and when an announced one may; not what it does, which only its owner
   * knows.
   */
  /** All commitments to strategies that an account has published as an owner: in force, announced, or given up. */
  async strategyCommitments(owner: string): Promise<Set<bigint>> {
    const factory = contractAt("VaultFactory", this.deployment.vaultFactory, this.provider);
    const vaults = await this.events(factory, "VaultCreated", { owner });
    const logs = await Promise.all(
      vaults.flatMap(({ args: { vault }, blockNumber: fromBlock }) => [
        this.events(this.vault(vault), "StrategyChanged", {}, { fromBlock }),
        this.events(this.vault(vault), "StrategyAnnounced", {}, { fromBlock }),
      ]),
    );
    return new Set(logs.flat().map(({ args }) => args.commitment));
  }

  /** Who commits to a vault's strategies. */
  committer = (owner: string): Committer => ({
    chainId: BigInt(this.deployment.chainId),
    market: BigInt(this.deployment.market),
    owner: BigInt(owner),
  });

  async strategyHistory(vault: string): Promise<StrategyHistory> {
    const contract = this.vault(vault);
    const [logs, [commitment, effectiveAt]] = await Promise.all([
      this.#birthOf(vault).then((birth) => this.events(contract, "StrategyChanged", {}, birth)),
      contract.pendingStrategy(),
    ]);
    // An announcement that is taken back repeats the commitment in force.
    const changed = logs.filter(({ args }, i) => i > 0 && args.commitment !== logs[i - 1]!.args.commitment);
    const changedAt = await Promise.all(changed.map((log) => this.timeOf(log)));
    return {
      changedAt,
      ...(effectiveAt === 0n
        ? {}
        : { announced: { strategyCommitment: commitment, effectiveAt: Number(effectiveAt) } }),
    };
  }

  async settle(vault: string): Promise<Settle> {
    return parseSettleWords(this.profile, await this.settleWords(vault));
  }

  /** The settle words of the vault's next submission, as of a block. */
  async settleWords(vault: string, blockTag?: BlockTag): Promise<bigint[]> {
    return [...(await this.lens.settleWords(vault, at(blockTag)))];
  }

  /** Requests made up to this chain time are dealt in the open epoch: `observedAt` less the market's margin. */
  async dealCutoff(): Promise<number> {
    return this.dealCutoffOf(Number(await this.market.observedAt()));
  }

  /** The same in an epoch observed at `observedAt`. */
  async dealCutoffOf(observedAt: number): Promise<number> {
    const { dealMargin } = await this.lens.config();
    return observedAt - Number(dealMargin);
  }

  vaultId = (vault: string): VaultId => ({
    chainId: BigInt(this.deployment.chainId),
    market: BigInt(this.deployment.market),
    vault: BigInt(vault),
  });

  /** The reader a vault's private state is rebuilt through. */
  stateReader(vault: string): VaultChainReader {
    return {
      commitment: async () => (await this.vaultRecord(vault)).commitment,
      lastSubmission: async () => {
        const [last] = await this.submissions({ vault, epoch: (await this.vaultRecord(vault)).lastEpoch });
        if (last === undefined) return undefined;
        const { snapshotHash } = await this.opening(last.epoch);
        return { ...last, epoch: BigInt(last.epoch), snapshotHash };
      },
    };
  }

  /**
   * Events of a contract of this market, oldest first.
   * @param filter on indexed arguments
   * @param range all since the market's deployment where left out
   */
  async events<C extends BaseContract, Name extends EventName<C>>(
    contract: C,
    name: Name,
    filter?: EventFilter<C, Name>,
    { fromBlock = this.deployment.deployBlock, toBlock }: Partial<BlockRange> = {},
  ): Promise<ChainEvent<EventArgs<C, Name>>[]> {
    const face = contract.interface;
    const event = face.getEvent(name)!;
    const wanted = event.inputs
      .filter(({ indexed }) => indexed)
      .map((input) => (filter as Record<string, unknown> | undefined)?.[input.name] ?? null);
    const logs = await this.#logs.logs(
      { address: await contract.getAddress(), topics: face.encodeFilterTopics(event, wanted) },
      { fromBlock, ...(toBlock === undefined ? {} : { toBlock }) },
    );
    return logs.map((log) => {
      const { topics, data, blockNumber, blockHash, index, transactionHash } = log;
      const known = this.#decoded.get(log);
      if (known !== undefined) return known as ChainEvent<EventArgs<C, Name>>;
      const args = face.decodeEventLog(event, data, topics) as unknown as EventArgs<C, Name>;
      const found = { args, blockNumber, blockHash, index, transactionHash };
      this.#decoded.set(log, found);
      return found;
    });
  }

  /** When it happened, chain time in seconds. */
  async timeOf({ blockHash }: ChainEvent<unknown>): Promise<number> {
    return (await this.provider.getBlock(blockHash))!.timestamp;
  }
}

const STRIKE_PER_MICRO_USD = 10n ** 12n;

const at = (blockTag?: BlockTag): { blockTag?: BlockTag } => (blockTag === undefined ? {} : { blockTag });

/** What the market says one of its contracts is. */
const part = async <Name extends keyof Deployment>(name: Name, is: Promise<string>) => ({ name, is: await is });
