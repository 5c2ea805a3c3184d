import {
  dataSlice,
  decodeBytes32String,
  formatUnits,
  Interface,
  isAddress,
  isCallException,
  NonceManager,
} from "ethers";
import type {
  BaseContract,
  BlockTag,
  Contract,
  ContractTransactionReceipt,
  ContractTransactionResponse,
  EventLog,
  Provider,
  Signer,
} from "ethers";
import { parseMandateWords, parseSettleWords, parseSnapshotWords, profiles } from "../../../prover/index.ts";
import type {
  ChainState,
  Mandate,
  MicroUsd,
  Point,
  Profile,
  Settle,
  Snapshot,
  VaultChainReader,
  VaultId,
} from "../../../prover/index.ts";
import { contractArtifact, contractAt } from "../../deploy/artifacts.ts";
import { SLOT_KINDS } from "../deployment.ts";
import type { Deployment, SlotInfo } from "../deployment.ts";
import { TacitError } from "../errors.ts";

/** Decimals of the cash token: its unit is a µUSD. */
const CASH_DECIMALS = 6;
/** Chain time that nothing on chain comes after. */
const NOW = Number.MAX_SAFE_INTEGER;
export const PHASES = ["await snapshot", "submit", "clear"] as const;
export type PhaseName = (typeof PHASES)[number];
export const VAULT_STATUSES = ["unknown", "active", "challenged", "recovering", "insolvent", "resolved"] as const;

export interface MarketStatus {
  epoch: number;
  phase: PhaseName;
  /** End of the phase, chain time in seconds. */
  deadline: number;
  /** As the market stands: whether the next epoch takes orders. */
  halted: boolean;
  /** As the epoch was opened: whether it took orders. */
  openedHalted: boolean;
  /** When the data of the last snapshot was seen, seconds since 1970. */
  observedAt: number;
  /** Time of the latest block, seconds since 1970, and its hash. */
  now: number;
  block: string;
}

/** What can halt a market: a breaker on moves, reporters who are late, the guardian's hand. */
export type HaltReason = "breaker" | "no snapshot" | "guardian";

/** All that has halted a market since it last ran. Times are the chain's, seconds since 1970. */
export interface HaltRecord {
  since: number;
  /** Each once, in the order in which they came. */
  reasons: HaltReason[];
  /** What the breakers said when one of them halted it last, and of the latest snapshot that the market was shown and waits for in vain. */
  trips: BreakerTrip[];
  /** An epoch has opened with the last of the reasons, or since. */
  openedSince: boolean;
  /** From then on anybody may resume it, governance before. */
  resumableAt: number;
}

/** `BreakerTripped` of contracts/oracle/SnapshotOracle.sol. */
export interface BreakerTrip {
  epoch: number;
  /** None where it is about no slot. */
  slot?: number;
  check: "move" | "deviation" | "feed" | "sequencer";
  /** Move: what the bucket would hold and what it can, parts of 10^9. Deviation: mark and feed, µUSD a lot. Else 0. */
  value: bigint;
  bound: bigint;
}

/** `EpochOpened` and what it points to. */
export interface EpochOpening {
  epoch: number;
  blockNumber: number;
  snapshotHash: bigint;
  observedAt: number;
  submitBy: number;
  halted: boolean;
  committeeVersion: number;
  /** As stored: docs/protocol.md §2. */
  snapshotWords: bigint[];
}

export interface SubmittedEvent {
  epoch: number;
  /** Position in the epoch's set. */
  index: number;
  vault: string;
  oldCommitment: bigint;
  newCommitment: bigint;
  cashFlow: bigint;
  redeemShares: bigint;
  nav: bigint;
  insolvent: boolean;
  h: bigint;
  sealedWords: bigint[];
  blockNumber: number;
  transactionHash: string;
}

export interface EpochClosing {
  epoch: number;
  submissions: number;
  setHash: string;
  cancelled: boolean;
  blockNumber: number;
}

/** Epochs of a vault that sent no order by what its owner did, which is public: docs/threat-model.md, known limits. */
export interface OwnerRecord {
  submissions: number;
  /** Without a submission, from the first one to the last frozen batch. */
  missedEpochs: number[];
  /** Paid redemptions beyond deposits. */
  payingEpochs: number[];
}

export interface GroupClearing {
  epoch: number;
  group: number;
  nets: bigint[];
  rho: bigint;
  references: bigint[];
  charges: bigint[];
  blockNumber: number;
}

export interface VaultRecord {
  commitment: bigint;
  lastEpoch: number;
  status: (typeof VAULT_STATUSES)[number];
  challengeEnds: number;
}

/** Of a perp or option slot. */
export interface VenueRecord {
  /** Equity over what the venue wants for the position, bps: outside of these it is brought back to the target. */
  rule: { lowBps: bigint; highBps: bigint };
  /** `disputeEnds` 0: nothing is proposed. */
  proposal: { disputeEnds: number; disputable: boolean; vetoed: boolean };
  /** As the market has traded. */
  positionLots: bigint;
  /** What of the account's cash has been credited to anyone; with a perp's position at its mark, all that has. */
  bookedMicroUsd: bigint;
  /** Perp: its mark at the last checkpoint. */
  markMicroUsd: bigint;
}

/**
 * A market as its chain shows it. Reads only; every party and the auditor build on it.
 * Methods reject with `TacitError` where the chain lacks what was asked for.
 */
export class MarketChain {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly profile: Profile;
  readonly market: Contract;
  readonly oracle: Contract;
  readonly committee: Contract;

  constructor(provider: Provider, deployment: Deployment) {
    this.provider = provider;
    this.deployment = deployment;
    this.profile = profiles[deployment.profile];
    this.market = contractAt("Market", deployment.market, provider);
    this.oracle = contractAt("SnapshotOracle", deployment.snapshotOracle, provider);
    this.committee = contractAt("CommitteeRegistry", deployment.committeeRegistry, provider);
  }

  vault(address: string): Contract {
    return contractAt("Vault", address, this.provider);
  }

  /** Of all vaults' owners (contracts/vault/Bonds.sol). */
  async bonds(): Promise<Contract> {
    return contractAt("Bonds", (await this.market.getFunction("bonds")()) as string, this.provider);
  }

  /** Parts of 10^9 that claims are paid less; 0 unless more is claimed of the market than it has. */
  haircutPpb = (): Promise<bigint> => this.market.getFunction("haircutPpb")() as Promise<bigint>;

  async status(): Promise<MarketStatus> {
    const block = await this.provider.getBlock("latest");
    const head = at(block!.number);
    const [{ number, phase, deadline, halted, openedHalted }, observedAt] = (await Promise.all([
      this.market.getFunction("epochState")(head),
      this.market.getFunction("observedAt")(head),
    ])) as [{ number: bigint; phase: bigint; deadline: bigint; halted: boolean; openedHalted: boolean }, bigint];
    return {
      epoch: Number(number),
      phase: PHASES[Number(phase)]!,
      deadline: Number(deadline),
      halted,
      openedHalted,
      observedAt: Number(observedAt),
      now: block!.timestamp,
      block: block!.hash!,
    };
  }

  /** @returns undefined unless the market is halted */
  async halt(): Promise<HaltRecord | undefined> {
    const { epoch, halted } = await this.status();
    if (!halted) return undefined;
    const resumed = (await this.events("Resumed", [])).at(-1);
    const [halts, [opening]] = await Promise.all([
      this.events("Halted", [], resumed?.blockNumber),
      this.events("EpochOpened", [epoch]),
    ]);
    const causes = halts
      .filter((log) => resumed === undefined || isAfter(log, resumed))
      .map((log) => ({ log, reason: decodeBytes32String(log.args[0] as string) as HaltReason }));
    const [first, last] = [causes[0]?.log, causes.at(-1)?.log];
    // Somebody has just resumed it.
    if (first === undefined || last === undefined) return undefined;
    const openedSince = opening !== undefined && isAfter(opening, last);
    const breaker = causes.findLast(({ reason }) => reason === "breaker")?.log;
    const [begin, end, { haltCoolDown }, tripped, refused] = await Promise.all([
      first.getBlock(),
      last.getBlock(),
      this.market.getFunction("config")() as Promise<{ haltCoolDown: bigint }>,
      breaker === undefined ? [] : this.#trips(null, breaker.blockNumber),
      openedSince ? [] : this.#trips(epoch + 1, opening?.blockNumber ?? this.deployment.deployBlock),
    ]);
    return {
      since: begin.timestamp,
      reasons: [...new Set(causes.map(({ reason }) => reason))],
      trips: [
        ...tripped.filter(({ transactionHash }) => transactionHash === breaker?.transactionHash),
        ...refused.filter(({ transactionHash }) => transactionHash === refused.at(-1)!.transactionHash),
      ].map(({ trip }) => trip),
      openedSince,
      resumableAt: end.timestamp + Number(haltCoolDown),
    };
  }

  /** What the breakers said of the snapshot that an epoch opened halted on; nothing where it did for another reason. */
  haltTrips = async (epoch: number): Promise<BreakerTrip[]> =>
    // Only moves let a snapshot pass.
    (await this.#trips(epoch, this.deployment.deployBlock)).flatMap(({ trip }) =>
      trip.check === "move" ? [trip] : [],
    );

  /** @param epoch null: any */
  async #trips(epoch: number | null, fromBlock: number): Promise<{ trip: BreakerTrip; transactionHash: string }[]> {
    const NO_SLOT = 255n;
    const logs = (await this.oracle.queryFilter(
      this.oracle.filters["BreakerTripped"]!(epoch),
      fromBlock,
    )) as EventLog[];
    return logs.map(({ args, transactionHash }) => {
      const [of, slot, check, value, bound] = args as unknown as [bigint, bigint, string, bigint, bigint];
      const trip = { epoch: Number(of), check: decodeBytes32String(check) as BreakerTrip["check"], value, bound };
      return { trip: slot === NO_SLOT ? trip : { ...trip, slot: Number(slot) }, transactionHash };
    });
  }

  /** The deployment's slots as they are listed now: null where a series has ended, with the running series' terms else. */
  async slots(): Promise<(SlotInfo | null)[]> {
    return Promise.all(
      this.deployment.slots.map(async (slot, i) => {
        if (!slot) return null;
        const { kind, lotSize, orderCap, positionCap, strike, expiry, isCall } = (await this.market.getFunction("slot")(
          i,
        )) as ListedSlot;
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
    const [[rule, account, proposal], { positionLots }] = (await Promise.all([
      this.market.getFunction("venue")(slot),
      this.market.getFunction("slotAccount")(slot),
    ])) as [
      [
        VenueRecord["rule"],
        { cashMicroUsd: bigint; markMicroUsd: bigint },
        { disputeEnds: bigint; disputable: boolean; vetoed: boolean },
      ],
      { positionLots: bigint },
    ];
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
    return (await this.events("VaultRegistered", [])).map((log) => String(log.args[0]));
  }

  async vaultRecord(vault: string, blockTag?: BlockTag): Promise<VaultRecord> {
    const [commitment, lastEpoch, status, challengeEnds] = (await this.market.getFunction("vaultState")(
      vault,
      at(blockTag),
    )) as [bigint, bigint, bigint, bigint];
    return {
      commitment,
      lastEpoch: Number(lastEpoch),
      status: VAULT_STATUSES[Number(status)]!,
      challengeEnds: Number(challengeEnds),
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
    const log = (await this.events("EpochOpened", [epoch]))[0];
    if (log === undefined)
      throw new TacitError("NO_EPOCH", `epoch ${epoch} has not opened; see tacit market show for the current one`);
    const [, snapshotHash, pointer, observedAt, submitBy, halted, committeeVersion] = log.args as unknown as [
      bigint,
      bigint,
      string,
      bigint,
      bigint,
      boolean,
      bigint,
    ];
    return {
      epoch,
      blockNumber: log.blockNumber,
      snapshotHash,
      observedAt: Number(observedAt),
      submitBy: Number(submitBy),
      halted,
      committeeVersion: Number(committeeVersion),
      snapshotWords: await this.storedWords(pointer),
    };
  }

  /** Submissions of an epoch in the order of its set; of one vault over all epochs with `vault` alone. */
  async submissions(filter: { epoch?: number; vault?: string }): Promise<SubmittedEvent[]> {
    const logs = await this.events("Submitted", [filter.epoch ?? null, filter.vault ?? null]);
    return logs.map((log) => {
      const {
        epoch,
        vault,
        index,
        oldCommitment,
        newCommitment,
        cashFlow,
        redeemShares,
        nav,
        insolvent,
        h,
        sealedWords,
      } = log.args.toObject() as Record<string, never> as unknown as {
        epoch: bigint;
        vault: string;
        index: bigint;
        oldCommitment: bigint;
        newCommitment: bigint;
        cashFlow: bigint;
        redeemShares: bigint;
        nav: bigint;
        insolvent: boolean;
        h: bigint;
        sealedWords: bigint[];
      };
      return {
        epoch: Number(epoch),
        index: Number(index),
        vault,
        oldCommitment,
        newCommitment,
        cashFlow,
        redeemShares,
        nav,
        insolvent,
        h,
        sealedWords: [...sealedWords],
        blockNumber: log.blockNumber,
        transactionHash: log.transactionHash,
      };
    });
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
    const log = (await this.events("EpochClosed", [epoch]))[0];
    if (log === undefined) return undefined;
    const [, submissions, setHash, cancelled] = log.args as unknown as [bigint, bigint, string, boolean];
    return { epoch, submissions: Number(submissions), setHash, cancelled, blockNumber: log.blockNumber };
  }

  async clearings(epoch: number): Promise<GroupClearing[]> {
    return (await this.events("GroupCleared", [epoch])).map((log) => {
      const [, group, nets, rho, references, charges] = log.args as unknown as [
        bigint,
        bigint,
        bigint[],
        bigint,
        bigint[],
        bigint[],
      ];
      return {
        epoch,
        group: Number(group),
        nets: [...nets],
        rho,
        references: [...references],
        charges: [...charges],
        blockNumber: log.blockNumber,
      };
    });
  }

  /** Groups of the epoch that are neither cleared nor lapsed are missing here. */
  async resolvedGroups(epoch: number): Promise<Set<number>> {
    const logs = [...(await this.events("GroupCleared", [epoch])), ...(await this.events("GroupLapsed", [epoch]))];
    return new Set(logs.map((log) => Number(log.args[1])));
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
    const [pointer] = (await (version === undefined
      ? this.committee.getFunction("current")()
      : this.committee.getFunction("committee")(version))) as [string, unknown];
    return this.storedWords(pointer);
  }

  /** Keys of a committee version, member 1 first; of the current one when left out. */
  async committeeKeys(version?: number): Promise<Point[]> {
    const words = await this.committeeKeyWords(version);
    return Array.from({ length: words.length / 2 }, (_, j) => [words[2 * j]!, words[2 * j + 1]!] as const);
  }

  /** Accounts of a committee version's members, member 1 first. */
  async committeeAccounts(version: number): Promise<string[]> {
    const [, accounts] = (await this.committee.getFunction("committee")(version)) as [string, string[]];
    return [...accounts];
  }

  /** Signatures a snapshot needs. */
  async quorum(blockTag?: BlockTag): Promise<number> {
    return Number(((await this.oracle.getFunction("limits")(at(blockTag))) as { quorum: bigint }).quorum);
  }

  async verifierAt(blockTag: BlockTag): Promise<string> {
    const registry = contractAt("VerifierRegistry", this.deployment.verifierRegistry, this.provider);
    return (await registry.getFunction("verifier")(at(blockTag))) as string;
  }

  async isReporter(account: string, blockTag?: BlockTag): Promise<boolean> {
    const ACTIVE = 1n;
    return (
      isAddress(account) &&
      ((await this.oracle.getFunction("reporterStatus")(account, at(blockTag))) as bigint) === ACTIVE
    );
  }

  /** For so long after one statement a second one for the same epoch costs a reporter its seat. */
  async statementLifeSeconds(): Promise<number> {
    return Number(await this.oracle.getFunction("statementLifeSeconds")());
  }

  /** Until when orders that a snapshot observed then lets in may be cleared, however late it is published: chain time. */
  async clearedBy(observedAt: number): Promise<number> {
    const [life, { submitWindow, clearWindow }] = await Promise.all([
      this.statementLifeSeconds(),
      this.market.getFunction("config")() as Promise<{ submitWindow: bigint; clearWindow: bigint }>,
    ]);
    return observedAt + life + Number(submitWindow + clearWindow);
  }

  /** Groups of the epoch in its clear phase that are neither cleared nor lapsed. */
  async pendingGroups(): Promise<number[]> {
    const { pendingGroups } = (await this.market.getFunction("epochState")()) as { pendingGroups: bigint };
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

  /** A vault's terms as they were at `cutoff`, now where left out, and what leaving it would take, beyond `redeemShares`, of those who asked for it up to then. */
  async terms(
    vault: string,
    epoch: number,
    { redeemShares = 0n, cutoff = NOW, blockTag }: TermsQuery = {},
  ): Promise<VaultTerms> {
    const [strategyCommitment, pointer, dealing, cashWanted] = (await this.vault(vault).getFunction("terms")(
      epoch,
      redeemShares,
      cutoff,
      at(blockTag),
    )) as [bigint, string, boolean, bigint];
    const mandateWords = await this.storedWords(pointer);
    return {
      strategyCommitment,
      mandateWords,
      mandate: parseMandateWords(this.profile, mandateWords),
      dealing,
      cashWanted: cashWanted as MicroUsd,
    };
  }

  /** When a vault's strategy became another one, and when an announced one may; not what it does, which only its owner knows. */
  async strategyHistory(vault: string): Promise<StrategyHistory> {
    const contract = this.vault(vault);
    const [logs, [commitment, effectiveAt]] = await Promise.all([
      contract.queryFilter(contract.filters["StrategyChanged"]!(), this.deployment.deployBlock) as Promise<EventLog[]>,
      contract.getFunction("pendingStrategy")() as Promise<[bigint, bigint]>,
    ]);
    // An announcement that is taken back repeats the commitment in force.
    const changed = logs.filter((log, i) => i > 0 && log.args[0] !== logs[i - 1]!.args[0]);
    const changedAt = await Promise.all(changed.map(async (log) => (await log.getBlock()).timestamp));
    return {
      changedAt,
      ...(effectiveAt === 0n ? {} : { announced: { commitment, effectiveAt: Number(effectiveAt) } }),
    };
  }

  async settle(vault: string): Promise<Settle> {
    return parseSettleWords(this.profile, await this.settleWords(vault));
  }

  /** The settle words of the vault's next submission, as of a block. */
  async settleWords(vault: string, blockTag?: BlockTag): Promise<bigint[]> {
    return [...((await this.market.getFunction("settleWords")(vault, at(blockTag))) as bigint[])];
  }

  /** Requests made up to this chain time are dealt in the open epoch: `observedAt` less the market's margin. */
  async dealCutoff(): Promise<number> {
    return this.dealCutoffOf(Number((await this.market.getFunction("observedAt")()) as bigint));
  }

  /** The same in an epoch observed at `observedAt`. */
  async dealCutoffOf(observedAt: number): Promise<number> {
    const { dealMargin } = (await this.market.getFunction("config")()) as { dealMargin: bigint };
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

  /** The market's events of a name, oldest first, all where no first block is given. @param args of the indexed ones; null: any */
  async events(
    name: string,
    args: (number | string | null)[],
    fromBlock = this.deployment.deployBlock,
  ): Promise<EventLog[]> {
    const filter = this.market.filters[name]!(...args);
    return (await this.market.queryFilter(filter, fromBlock)) as EventLog[];
  }
}

/** Chain times in seconds. */
export interface StrategyHistory {
  changedAt: number[];
  announced?: { commitment: bigint; effectiveAt: number };
}

export interface TermsQuery {
  redeemShares?: bigint;
  /** Chain time. */
  cutoff?: number;
  blockTag?: BlockTag;
}

export interface VaultTerms {
  strategyCommitment: bigint;
  mandate: Mandate;
  mandateWords: bigint[];
  dealing: boolean;
  cashWanted: MicroUsd;
}

/** Of the contracts' `Slot`. `strike` is 1e-18 USD per token. */
interface ListedSlot {
  kind: bigint;
  lotSize: bigint;
  orderCap: bigint;
  positionCap: bigint;
  strike: bigint;
  expiry: bigint;
  isCall: boolean;
}
const STRIKE_PER_MICRO_USD = 10n ** 12n;

const isAfter = (a: EventLog, b: EventLog): boolean =>
  a.blockNumber > b.blockNumber || (a.blockNumber === b.blockNumber && a.index > b.index);

const at = (blockTag?: BlockTag): { blockTag?: BlockTag } => (blockTag === undefined ? {} : { blockTag });

/** What a transaction may ask for at most (EIP-7825). A group of perps and options comes near it: each venue has room to spare. */
const MOST_GAS = 2n ** 24n;

/**
 * Sends a transaction and waits for it. The reason of a revert is found by a call first, so that nothing is paid for it.
 * @throws TacitError `STEP_REVERTED` with the contract's own error name
 */
export async function sendStep(
  contract: BaseContract,
  name: string,
  args: unknown[],
): Promise<ContractTransactionReceipt> {
  const step = contract.getFunction(name);
  try {
    await step.staticCall(...args);
    // The estimate is for the state of now: a submission that arrives before costs another one more, and a clearing
    // that runs short of gas inside only fails its group. Gas that is not used is not paid.
    const twice = 2n * (await step.estimateGas(...args));
    const gasLimit = twice < MOST_GAS ? twice : MOST_GAS;
    const sent = (await step.send(...args, { gasLimit })) as ContractTransactionResponse;
    const receipt = await sent.wait();
    if (receipt?.status !== 1)
      throw new TacitError(
        "STEP_REVERTED",
        `${name} was mined and reverted: somebody was faster, look at the state again`,
      );
    return receipt;
  } catch (error) {
    // A transaction that was never sent must not leave a gap in the nonces counted here.
    if (contract.runner instanceof NonceManager) contract.runner.reset();
    throw asTacitError(name, contract.interface, error);
  }
}

/** The contract's error as a sentence; other errors as they are. */
function asTacitError(name: string, contractInterface: Interface, error: unknown): unknown {
  if (!isCallException(error)) return error;
  const data = error.data ?? undefined;
  // A contract that calls or creates another passes its errors on.
  const interfaces = [
    contractInterface,
    ...["Vault", "Market", "SnapshotOracle"].map((name) => new Interface(contractArtifact(name).abi)),
  ];
  const parsed =
    error.revert ??
    (data === undefined ? undefined : interfaces.map((one) => one.parseError(data)).find((found) => found !== null));
  const reason = parsed
    ? `${parsed.name}(${[...parsed.args].map(String).join(", ")})`
    : (error.reason ?? data ?? "no reason given");
  return new TacitError("STEP_REVERTED", `${name} was refused by the contract: ${reason}`);
}

/** Lets `spender` take `amount` µUSD of the cash of the account that `cash` is connected to. @throws TacitError `NO_CASH` */
export async function allow(cash: Contract, spender: string, amount: bigint, purpose: string): Promise<void> {
  const me = await (cash.runner as Signer).getAddress();
  const balance = (await cash.getFunction("balanceOf")(me)) as bigint;
  if (balance < amount)
    throw new TacitError(
      "NO_CASH",
      `the account holds $${formatUnits(balance, CASH_DECIMALS)}, and ${purpose} takes $${formatUnits(amount, CASH_DECIMALS)}: get more, or lower the amount`,
    );
  const allowance = (await cash.getFunction("allowance")(me, spender)) as bigint;
  if (allowance < amount) await sendStep(cash, "approve", [spender, amount]);
}
