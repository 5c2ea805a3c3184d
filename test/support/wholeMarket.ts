import {
  deriveMemberKey,
  openGroup,
  profiles,
  provePossession,
  settleBook,
  snapshotVol,
  snapshotWordsAt,
  sumCommitments,
  sumShares,
  usualFunding,
} from "../../prover/index.ts";
import hre from "hardhat";
import { Wallet } from "ethers";
import type { ContractTransactionReceipt, Signer } from "ethers";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { sent } from "../../client/deploy/artifacts.ts";
import { arbitrage } from "../../client/deploy/local/derivatives.ts";
import type { OptionPlan, PerpPlan } from "../../client/deploy/local/derivatives.ts";
import {
  appointCommittee,
  approveOwner,
  DEFAULT_CONFIG,
  deployMarket,
  mintCash,
  scheduleCall,
  setPrice,
  WAIT_SECONDS,
} from "../../client/deploy/local/market.ts";
import type { LocalMarket, MemberRegistration, SpotPlan } from "../../client/deploy/local/market.ts";
import type { MarketConfig } from "../../client/deploy/market.ts";
import type { Deployment } from "../../client/sdk/deployment.ts";
import { readBatch, tallyArgs } from "../../client/sdk/chain/batch.ts";
import type { ContractOf, StepArgs, StepName } from "../../client/sdk/chain/contract.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { vaultCode } from "../../client/node/vaultCode.ts";
import { nextCommitment, requireCommitted } from "../../client/sdk/roles/decision.ts";
import { createVault } from "../../client/sdk/roles/owner.ts";
import { Depositor } from "../../client/sdk/roles/depositor.ts";
import { snapshotDomain, snapshotMessage, SNAPSHOT_TYPES } from "../../client/sdk/chain/snapshotStatement.ts";
import type { SnapshotStatement } from "../../client/sdk/chain/snapshotStatement.ts";
import type {
  Book,
  BuiltSubmission,
  ChainState,
  GroupOpening,
  Lots,
  MemberKey,
  MicroUsd,
  Observation,
  Profile,
  ProfileName,
  Seed,
  Settlement,
  SumStatement,
} from "../../prover/index.ts";
import { genesisBook } from "../../prover/book/book.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { anyOrderCircuit, buildOrdered } from "./anyOrder.ts";
import { prove } from "./market.ts";
import { plainStrategy } from "./rebalance.ts";

/**
 * A market as `npm start` deploys it, on a chain in this process: real contracts, real Uniswap pools, real proofs and a
 * real committee. Every party is at the test's command, so that any of them can fall silent, lie or attack. Orders are
 * the test's own rather than a strategy's.
 */
export const USD = 10n ** 6n;

/** Bps of NAV; loose enough for any long-only book. */
export const LOOSE_MANDATE = {
  deltaBps: 20_000,
  gammaBps: 1_000,
  vegaBps: 1_000,
  concentrationBps: 12_000,
  participationBps: 10_000,
  grossBps: 20_000,
  netBps: 20_000,
  cashFloorBps: 0,
  turnoverBps: 20_000,
  initialMarginBps: 5_000,
  maintenanceMarginBps: 7_500,
  breachEpochs: 8,
};

const ASSETS = [
  { symbol: "ETH", decimals: 18, priceMicroUsd: 3_000n * USD },
  { symbol: "BTC", decimals: 8, priceMicroUsd: 60_000n * USD },
  { symbol: "SOL", decimals: 9, priceMicroUsd: 150n * USD },
  { symbol: "LINK", decimals: 18, priceMicroUsd: 15n * USD },
] as const;

/** A spot slot of about $10 a lot beside a pool of $400 million a side. */
export function spotPlan(slot: number, changes: Partial<SpotPlan> = {}): SpotPlan {
  const { symbol, decimals, priceMicroUsd } = ASSETS[slot]!;
  return {
    slot,
    symbol,
    decimals,
    priceMicroUsd,
    lotSize: (10n * USD * 10n ** BigInt(decimals)) / priceMicroUsd,
    poolDepthMicroUsd: 400_000_000n * USD,
    orderCap: 500_000,
    positionCap: 4_000_000,
    threshold: 5,
    inventoryCap: 100,
    assumedVolumeTokens: Number((50_000_000n * USD) / priceMicroUsd),
    ...changes,
  };
}

export interface WholeMarketOptions {
  /** Small where left out. Orders of the test's own are proven at the small size only. */
  profile?: ProfileName;
  config?: Partial<MarketConfig>;
  /** The four of `spotPlan` where left out. */
  spots?: readonly SpotPlan[];
  perps?: readonly PerpPlan[];
  /** What options to list, given the chain's first time in seconds since 1970. */
  options?: (now: number) => readonly OptionPlan[];
  /** A circuit of the profile; where left out, one that takes any order. */
  circuit?: CircuitArtifacts;
  /** Where the chain's clock stands at first; at this machine's time where left out. */
  network?: { initialDate?: string };
}

export interface MarketMember {
  /** 1 … M */
  number: number;
  key: MemberKey;
  seed: Uint8Array;
  wallet: Wallet;
}

export interface MarketVault {
  address: string;
  seed: Seed;
  /** The book behind the vault's commitment, known to its owner. */
  book: Book;
}

export interface VaultSchedule {
  /** Every epoch where left out. */
  dealingInterval?: number;
  dealingOffset?: number;
  /** Changes of `LOOSE_MANDATE`. */
  mandate?: Readonly<Partial<typeof LOOSE_MANDATE>>;
}

/** An order: lots by slot. */
export type Order = Readonly<Record<number, bigint>>;

const REPORTERS = 3;
/** Longer than the market's deal margin, so that what was asked before an observation is dealt. */
const LEAD_SECONDS = 120;
/** Accounts 0 … 3 are governance, keeper, outsider and attacker; members and reporters have keys of their own. */
const FIRST_DEPOSITOR = 4;
const FIRST_OWNER = 10;

type Connection = Awaited<ReturnType<typeof hre.network.create>>;

export class WholeMarket {
  readonly connection: Connection;
  readonly local: LocalMarket;
  readonly chain: MarketChain;
  readonly profile: Profile;
  readonly governance: Signer;
  readonly keeper: Signer;
  /** Nobody in particular: has no role and no stake. */
  readonly outsider: Signer;
  readonly attacker: Signer;
  readonly reporters: readonly Wallet[];
  /** Those of the latest committee. */
  members: readonly MarketMember[];
  readonly vaults: MarketVault[] = [];
  /** µUSD per whole token; feeds and pools are set to them before each observation. */
  readonly prices: Map<string, bigint>;
  readonly #signers: readonly Signer[];
  readonly #bondMicroUsd: number;

  private constructor(
    connection: Connection,
    local: LocalMarket,
    signers: readonly Signer[],
    reporters: readonly Wallet[],
    members: readonly MarketMember[],
    prices: Map<string, bigint>,
    bondMicroUsd: number,
  ) {
    this.connection = connection;
    this.local = local;
    this.chain = new MarketChain(connection.ethers.provider, local.deployment);
    this.profile = this.chain.profile;
    this.#signers = signers;
    [this.governance, this.keeper, this.outsider, this.attacker] = signers as [Signer, Signer, Signer, Signer];
    this.reporters = reporters;
    this.members = members;
    this.prices = prices;
    this.#bondMicroUsd = bondMicroUsd;
  }

  static async open({
    profile = "small",
    config = {},
    spots = [0, 1, 2, 3].map((slot) => spotPlan(slot)),
    perps = [],
    options = () => [],
    circuit,
    network = {},
  }: WholeMarketOptions = {}): Promise<WholeMarket> {
    const connection = await hre.network.create({ override: network });
    const signers = (await connection.ethers.getSigners()) as unknown as Signer[];
    const reporters = Array.from({ length: REPORTERS }, (_, i) => new Wallet(walletKey(1, i)));
    const local = await deployMarket(signers[0]!, {
      profile,
      spots,
      perps,
      options: options(await connection.networkHelpers.time.latest()),
      config,
      reporters: reporters.map(({ address }) => address),
      limits: { quorum: 2 },
      ...(circuit !== undefined ? { circuit } : profile === "small" ? { circuit: await anyOrderCircuit() } : {}),
    });
    const members = Array.from({ length: profiles[profile].members }, (_, j): MarketMember => {
      const seed = new Uint8Array(32).fill(j + 1);
      return { number: j + 1, seed, key: deriveMemberKey(seed, 0n), wallet: new Wallet(walletKey(2, j)) };
    });
    await appointCommittee(signers[0]!, local.deployment, registrations(local.deployment, members));
    return new WholeMarket(
      connection,
      local,
      signers,
      reporters,
      members,
      new Map(spots.map(({ symbol, priceMicroUsd }) => [symbol, priceMicroUsd])),
      config.minBondMicroUsd ?? DEFAULT_CONFIG.minBondMicroUsd,
    );
  }

  close = (): Promise<void> => this.connection.close();

  /** A new version of the committee, for epochs that are opened from now on. */
  async appoint(members: readonly MarketMember[]): Promise<void> {
    const { committee, deployment } = this.local;
    const registered = registrations(deployment, members);
    await scheduleCall(this.governance, deployment, committee, "appoint", [registered]);
    await this.passSeconds(WAIT_SECONDS);
    await sent(committee, "appoint", registered);
    this.members = members;
  }

  // ---- vaults and depositors

  /** The account that owns the vault of this number, counted from 0. */
  ownerAccount = (number: number): Signer => this.#signers[FIRST_OWNER + number]!;

  async addVault({ dealingInterval = 1, dealingOffset = 0, mandate = {} }: VaultSchedule = {}): Promise<MarketVault> {
    const number = this.vaults.length;
    const owner = this.ownerAccount(number);
    await approveOwner(this.governance, this.local.deployment, await owner.getAddress());
    await mintCash(this.governance, this.local.deployment, await owner.getAddress(), BigInt(this.#bondMicroUsd));
    const seed = new Uint8Array(32).fill(100 + number);
    const account = await owner.getAddress();
    const address = await createVault(this.chain, owner, vaultCode(), {
      name: `Vault ${number}`,
      symbol: `V${number}`,
      owner: account,
      strategyCommitment: await nextCommitment(this.chain, account, plainStrategy(this.profile), seed),
      mandate: { ...LOOSE_MANDATE, ...mandate },
      dealingInterval,
      dealingOffset,
      changeDelay: 365 * 86_400,
    });
    const vault: MarketVault = { address, seed, book: genesisBook(this.profile.slots) };
    this.vaults.push(vault);
    return vault;
  }

  /** A depositor's account at a vault, with cash to spare. */
  async depositor(vault: Pick<MarketVault, "address">, number = 0): Promise<Depositor> {
    const signer = this.depositorAccount(number);
    const cash = this.local.cash;
    const account = await signer.getAddress();
    if (((await cash.getFunction("balanceOf")(account)) as bigint) === 0n)
      await (await cash.getFunction("mint")(account, 10n ** 9n * USD)).wait();
    return new Depositor(this.chain, vault.address, signer);
  }

  depositorAccount = (number: number): Signer => this.#signers[FIRST_DEPOSITOR + number]!;
  depositorAddress = (number: number): Promise<string> => this.depositorAccount(number).getAddress();

  // ---- the epoch's steps

  /** Brings feeds and pools to `prices`. */
  async refreshPrices(): Promise<void> {
    for (const [symbol, price] of this.prices) await setPrice(this.governance, this.local.deployment, symbol, price);
    const now = await this.latestTime();
    const price = (symbol: string): bigint => this.prices.get(symbol)!;
    await arbitrage(this.governance, this.local.derivatives, await this.chain.slots(), {
      spotMicroUsd: price,
      perpMicroUsd: price,
      vol: (slot) => snapshotVol(slot, this.#observed(now)),
    });
  }

  /** What each reporter signs for the next epoch, observed at the latest block. */
  async statements(): Promise<SnapshotStatement[]> {
    const { deployment } = this.local;
    const [{ epoch: last }, observedAt] = await Promise.all([this.chain.status(), this.latestTime()]);
    const epoch = last + 1;
    const words = snapshotWordsAt(
      this.profile,
      await this.chain.slots(),
      this.#observed(observedAt),
      await this.chain.clearedBy(observedAt),
    );
    const said = { market: deployment.market, epoch, observedAt, listings: await this.chain.listings(), words };
    return Promise.all(
      this.reporters.map(async (reporter) => ({
        ...said,
        reporter: reporter.address,
        signature: await reporter.signTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, snapshotMessage(said)),
      })),
    );
  }

  publish(statements: readonly SnapshotStatement[], by: Signer = this.keeper): Promise<ContractTransactionReceipt> {
    const sorted = statements.toSorted((a, b) => (BigInt(a.reporter) < BigInt(b.reporter) ? -1 : 1));
    const { epoch, observedAt, words } = sorted[0]!;
    return sendStep(this.chain.oracle.connect(by), "publish", [
      epoch,
      observedAt,
      words,
      sorted.map(({ signature }) => signature),
    ]);
  }

  /** Lets a little time pass, sets the venues to `prices` and opens the next epoch on them. */
  async openEpoch(): Promise<void> {
    await this.refreshPrices();
    await this.passSeconds(LEAD_SECONDS);
    await this.publish((await this.statements()).slice(0, 2));
  }

  /**
   * The vault's book with its last order settled at the open epoch's snapshot, and the chain's words for its
   * submission.
   */
  async settled(vault: MarketVault): Promise<{ state: ChainState; settlement: Settlement }> {
    const state = await this.chain.chainState(vault.address, { cashFlow: 0n });
    return { state, settlement: settleBook(this.profile, vault.book, state.settle, state.snapshot, microUsd(0n)) };
  }

  /** Shares the vault has to redeem in the open epoch, which deals: what deposits pay for. */
  async leastRedeemed(vault: MarketVault, navBefore: bigint): Promise<bigint> {
    return (await this.chain.vault(vault.address).getFunction("leastRedeemedShares")(
      navBefore,
      await this.chain.dealCutoff(),
      await this.chain.haircutPpb(),
    )) as bigint;
  }

  /** Shares the vault may redeem in the open epoch. */
  async redeemable(vault: MarketVault): Promise<bigint> {
    return (await this.chain.vault(vault.address).getFunction("redeemableShares")(
      await this.chain.dealCutoff(),
    )) as bigint;
  }

  /**
   * What the owner would submit.
   * @throws MandateRefused
   */
  async prepare(vault: MarketVault, order: Order = {}, redeemShares = 0n): Promise<BuiltSubmission> {
    const { state, settlement } = await this.settled(vault);
    const flow = await this.#cashFlow(vault, state, settlement, redeemShares);
    const full: Lots[] = settlement.positions.map((_, i) => lots(order[i] ?? 0n));
    const { cashWanted } = await this.chain.terms(vault.address, Number(state.epoch), {
      redeemShares,
      cutoff: await this.chain.dealCutoff(),
    });
    const chain = { ...state, cashFlow: flow, outflow: flow < 0n, cashWanted };
    return buildOrdered({
      profile: this.profile,
      chain,
      book: vault.book,
      order: full,
      redeemShares,
      seed: vault.seed,
      strategySalt: await requireCommitted(
        { chain: this.chain, vault: vault.address, strategy: plainStrategy(this.profile), seed: vault.seed },
        state,
      ),
    });
  }

  /** Proves and sends what `prepare` built, and turns the owner's page. */
  async send(
    vault: MarketVault,
    built: BuiltSubmission,
    by: Signer = this.keeper,
  ): Promise<ContractTransactionReceipt> {
    const { proof } = await prove(built);
    const submission = { ...built.submission, proof: [...proof.a, ...proof.b.flat(), ...proof.c] };
    const receipt = await sendStep(this.chain.market.connect(by), "submit", [submission]);
    vault.book = built.newBook;
    return receipt;
  }

  async submit(vault: MarketVault, order: Order = {}, redeemShares = 0n): Promise<BuiltSubmission> {
    const built = await this.prepare(vault, order, redeemShares);
    await this.send(vault, built);
    return built;
  }

  /** A step of the market that anybody may take. */
  step = <Name extends StepName<ContractOf<"Market">>>(
    name: Name,
    args = [] as unknown as StepArgs<ContractOf<"Market">, Name>,
    by: Signer = this.keeper,
  ): Promise<ContractTransactionReceipt> => sendStep(this.chain.market.connect(by), name, args);

  /** Freezes the batch, after the window unless everybody is in, and adds up what is in it. */
  async closeEpoch(by: Signer = this.keeper): Promise<void> {
    try {
      await this.step("close", [], by);
    } catch {
      await this.passDeadline();
      await this.step("close", [], by);
    }
    const { epoch, phase } = await this.chain.status();
    if (phase !== "clear") return;
    const tally = await tallyArgs(this.chain, await readBatch(this.chain, epoch));
    if (tally !== undefined) await this.step("tally", tally, by);
  }

  /** Sums of the given members over the frozen batch. */
  async sums(members: readonly MarketMember[] = this.members): Promise<SumStatement[]> {
    const { epoch } = await this.chain.status();
    const [batch, closing] = await Promise.all([readBatch(this.chain, epoch), this.chain.closing(epoch)]);
    return members.map(({ key, number }) => sumShares(this.profile, batch, closing!.setHash, number, key));
  }

  /** @throws ProverError `opening-not-found` */
  async opening(group: number, statements?: readonly SumStatement[]): Promise<GroupOpening> {
    const { epoch } = await this.chain.status();
    const batch = await readBatch(this.chain, epoch);
    return openGroup(
      this.profile,
      group,
      sumCommitments(batch, group),
      batch.submissions.length,
      statements ?? (await this.sums()),
    );
  }

  /** @returns whether the group was cleared, or could not be traded now */
  async clear(group: number, by: Signer = this.keeper): Promise<boolean> {
    const { nets, rho } = await this.opening(group);
    await this.step("clear", [group, nets, rho], by);
    const { epoch } = await this.chain.status();
    return (await this.chain.clearings(epoch)).some((cleared) => cleared.group === group);
  }

  /** Closes and clears every group. */
  async finishEpoch(): Promise<void> {
    await this.closeEpoch();
    await this.clearAll();
  }

  async clearAll(): Promise<void> {
    const { epoch } = await this.chain.status();
    for (const group of await this.chain.pendingGroups()) {
      if (!(await this.clear(group))) throw new Error(`group ${group} of epoch ${epoch} could not be traded`);
    }
  }

  // ---- time

  /** When the latest block was made, seconds since 1970. */
  latestTime = async (): Promise<number> => (await this.chain.provider.getBlock("latest"))!.timestamp;

  passSeconds = async (seconds: number): Promise<void> =>
    void (await this.connection.networkHelpers.time.increase(seconds));

  async passDeadline(): Promise<void> {
    const [{ deadlineAt }, now] = await Promise.all([this.chain.status(), this.latestTime()]);
    if (now <= deadlineAt) await this.connection.networkHelpers.time.increaseTo(deadlineAt + 1);
  }

  /**
   * @returns a function that brings chain, prices and books back to now. It can be used again and again, until an
   *   earlier one is: then it has to be reached anew, for which no proof has to be made again.
   */
  async checkpoint(): Promise<() => Promise<void>> {
    const chain = await this.connection.networkHelpers.takeSnapshot();
    const books = this.vaults.map(({ book }) => book);
    const prices = new Map(this.prices);
    return async () => {
      await chain.restore();
      this.vaults.forEach((vault, i) => (vault.book = books[i]!));
      for (const [symbol, price] of prices) this.prices.set(symbol, price);
    };
  }

  async #cashFlow(
    vault: MarketVault,
    state: ChainState,
    { insolvent, navBefore }: Settlement,
    redeemShares: bigint,
  ): Promise<MicroUsd> {
    if (!state.dealing || insolvent) return microUsd(0n);
    const cutoff = await this.chain.dealCutoff();
    return microUsd(
      (await this.chain.vault(vault.address).getFunction("previewDeal")(
        navBefore,
        redeemShares,
        cutoff,
        await this.chain.haircutPpb(),
      )) as bigint,
    );
  }

  #observed(observedAt: number): Observation {
    const prices = Object.fromEntries([...this.prices].map(([symbol, price]) => [symbol, Number(price) / 1e6]));
    return {
      observedAt,
      path: {
        assets: [...this.prices.keys()],
        hours: 1,
        history: 0,
        source: "modelled",
        description: "as the test says",
        at: () => ({ timeUtc: 1_700_000_000, prices, volumes: {} }),
      },
      funding: usualFunding,
    };
  }
}

/** Keys of accounts that only sign. */
const walletKey = (kind: number, i: number): string =>
  `0x${(1000n * BigInt(kind) + BigInt(i) + 1n).toString(16).padStart(64, "0")}`;

/** Orders of the two vaults of `tradedMarket` in epoch 1, which has cleared, and those they may send in epoch 2. */
const FIRST_ORDERS: readonly [Order, Order] = [
  { 0: 20_000n, 1: 5_000n, 2: 8_000n },
  { 0: 10_000n, 2: 5_000n, 3: 4_000n },
];
export const SECOND_ORDERS: readonly [Order, Order] = [
  { 0: -6_000n, 2: -1_000n },
  { 0: 5_900n, 3: 1_000n },
];
/** Each vault's first deposit, µUSD. */
export const FIRST_DEPOSIT = 1_000_000n * USD;

/**
 * A market after its first epoch: two vaults that deal in every epoch have taken a deposit each and traded. The shares
 * of the first are there to be claimed; with the second, their owner has asked for a quarter of them back. Every market
 * opened like this goes the same way, so that tests share the proofs.
 */
export async function tradedMarket(
  options: WholeMarketOptions = {},
): Promise<WholeMarket & { vaults: readonly [MarketVault, MarketVault] }> {
  const market = await WholeMarket.open(options);
  for (const vault of [await market.addVault(), await market.addVault()])
    await (await market.depositor(vault)).requestDeposit(FIRST_DEPOSIT);
  await market.openEpoch();
  for (const [i, vault] of market.vaults.entries()) await market.submit(vault, FIRST_ORDERS[i]!);
  await market.finishEpoch();
  const leaver = await market.depositor(market.vaults[1]!);
  const { claimedShareUnits } = await leaver.claim();
  await leaver.requestRedeem(claimedShareUnits / 4n);
  return market as WholeMarket & { vaults: readonly [MarketVault, MarketVault] };
}

/** Members in their order, with proofs that they have their keys. */
const registrations = (
  { chainId, committeeRegistry: registry }: Deployment,
  members: readonly Pick<MarketMember, "key" | "wallet">[],
): MemberRegistration[] =>
  members.map(({ key, wallet }) => {
    const { commitment, response } = provePossession(key.secretKey, {
      chainId: BigInt(chainId),
      registry,
      account: wallet.address,
    });
    const [keyX, keyY] = key.publicKey;
    return { account: wallet.address, keyX, keyY, proofX: commitment[0], proofY: commitment[1], proofS: response };
  });
