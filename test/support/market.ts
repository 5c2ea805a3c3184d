import { genesisCommitment, genesisBook } from "../../prover/book/book.ts";
import hre from "hardhat";
import { contractArtifact, deployedAt, deploy, packageArtifact } from "../../client/deploy/artifacts.ts";
import { deployPrepared, prepareMarket, storeWords } from "../../client/deploy/market.ts";
import type { MarketConfig } from "../../client/deploy/market.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import type { Deployment } from "../../client/sdk/deployment.ts";
import type { Book } from "../../prover/book/book.ts";
import { deriveMemberKey } from "../../prover/committee/sums.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { ProfileName } from "../../prover/format/profile.ts";
import { provePossession } from "../../prover/crypto/proofs.ts";
import { openProvingBackend } from "../../prover/node/proving/backend.ts";
import type { Proven, ProvingBackend } from "../../prover/proving/port.ts";
import { toWord } from "../../prover/base/field.ts";
import type { Word } from "../../prover/base/units.ts";
import { mandateWords, parseSettleWords, snapshotHash, snapshotWords } from "../../prover/format/transcript.ts";
import type { Mandate, Snapshot } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import { noSignals } from "../../prover/format/signals.ts";
import { commitStrategy } from "../../prover/strategy/parameters.ts";
import type { BuiltSubmission, ChainState } from "../../prover/submission/witness.ts";
import { anyOrderCircuit, buildOrdered } from "./anyOrder.ts";
import { plainStrategy } from "./rebalance.ts";

/**
 * A market with everything around it that it must not trust: real proofs, a real committee and registries; vaults and a
 * venue that do as the test says; an account in the oracle's place.
 */

export const USD = 10n ** 6n;
export const LOT = 10n ** 18n;
export const SLOT_KIND = { none: 0, spot: 1, perp: 2, option: 3 } as const;
export const PHASE = { awaitSnapshot: 0n, submit: 1n, clear: 2n } as const;
export const STATUS = { none: 0n, active: 1n, challenged: 2n, recovering: 3n, insolvent: 4n, resolved: 5n } as const;

export const CONFIG: MarketConfig = {
  submitWindow: 600,
  clearWindow: 600,
  epochSeconds: 1_200,
  snapshotWindow: 900,
  challengeWindow: 7_200,
  haltCoolDown: 3_600,
  dealMargin: 60,
  heartbeatLimit: 2,
  minShareBps: 6_000,
  epsilonBps: 50,
  kappaBps: 1_000,
  maxInitialMarginBps: 5_000,
  maxMaintenanceMarginBps: 7_500,
  minBondMicroUsd: 1_000_000_000,
};

export const MANDATE: Mandate = {
  deltaBps: bps(20_000n),
  gammaBps: bps(500n),
  vegaBps: bps(500n),
  concentrationBps: bps(10_000n),
  participationBps: bps(10_000n),
  grossBps: bps(20_000n),
  netBps: bps(20_000n),
  cashFloorBps: bps(0n),
  turnoverBps: bps(20_000n),
  initialMarginBps: bps(5_000n),
  maintenanceMarginBps: bps(7_500n),
  breachEpochs: 8n,
};

/** µUSD per lot of slot i. */
export const priceOf = (i: number): bigint => [2n * USD, USD / 2n, USD, 3n * USD][i % 4]!;

const DEPOSIT = 100_000n * USD;
const HEARTBEAT = 86_400;
const ORDER_CAP = 10_000n;
const POSITION_CAP = 1_000_000n;

// ---- proofs: one proving process for all tests of a run, and no proof made twice

let backend: Promise<ProvingBackend> | undefined;
const proofs = new Map<bigint, Promise<Proven>>();

/** Proves a submission of the small size; its order may be any. */
export function prove(built: BuiltSubmission): Promise<Proven> {
  const key = built.signals.x;
  let proof = proofs.get(key);
  if (proof === undefined) {
    backend ??= anyOrderCircuit().then((circuit) => openProvingBackend(circuit));
    proofs.set(key, (proof = backend.then((opened) => opened.prove(built.inputs))));
  }
  return proof;
}

export async function closeProvers(): Promise<void> {
  await (await backend)?.close();
  backend = undefined;
}

// ---- the market

export interface Options {
  profile?: ProfileName;
  config?: Partial<MarketConfig>;
  /** Name of the cash token's contract. */
  cash?: string;
  /** Slots to list; all if left out. */
  slots?: readonly number[];
  chainId?: number;
  /** A verifier that accepts everything, where only the gas around it counts. */
  acceptAll?: boolean;
  /** Transactions sent before anything is deployed: other addresses for everything. */
  earlierTransactions?: number;
}

export async function deployMarket(options: Options = {}) {
  const { ethers, networkHelpers } = await hre.network.create(
    options.chainId === undefined ? {} : { override: { chainId: options.chainId } },
  );
  const profile = profiles[options.profile ?? "small"];
  const [governor, guardian, oracle, keeper, outsider, ...accounts] = await ethers.getSigners();
  for (let i = 0; i < (options.earlierTransactions ?? 0); i++)
    await governor!.sendTransaction({ to: governor!.address });
  const named = (name: string, ...args: unknown[]): Promise<any> => deploy(governor!, contractArtifact(name), ...args);

  const cashName = options.cash ?? "TestToken";
  const cash = await named(cashName, ...(cashName === "TestToken" ? ["Dollar", "USD", 6] : []));
  const authority = (await deploy(
    governor!,
    packageArtifact("@openzeppelin/contracts/build/contracts/AccessManager.json"),
    governor!.address,
  )) as any;
  const verifier: any = options.acceptAll
    ? await named("VerifierStub", 0)
    : await deploy(governor!, (await anyOrderCircuit()).verifier as any);
  const { slots: N, groups: U, scenarios: S, members: M } = profile;
  const verifiers = await named(
    "VerifierRegistry",
    authority.target,
    86_400,
    [N, U, S, M, genesisCommitment(profile)],
    verifier.target,
  );
  const committee = await named("CommitteeRegistry", authority.target, verifiers.target);
  const registry: string = committee.target;
  const members = Array.from({ length: M }, (_, j) => deriveMemberKey(new Uint8Array(32).fill(j + 1), BigInt(j)));
  const chainId = BigInt(options.chainId ?? 31337);
  const appointed = members.map(({ secretKey, publicKey: [keyX, keyY] }, j) => {
    const account = accounts[j]!.address;
    const { commitment, response } = provePossession(secretKey, { chainId, registry, account });
    return { account, keyX, keyY, proofX: commitment[0], proofY: commitment[1], proofS: response };
  });
  await committee.appoint(appointed);

  const config = { ...CONFIG, ...options.config };
  const prepared = await prepareMarket(governor!, profile);
  const { market, desk, lens }: Record<"market" | "desk" | "lens", any> = await deployPrepared(governor!, prepared, {
    authority: authority.target,
    cash: cash.target,
    oracle: oracle!.address,
    committee: registry,
    verifiers: verifiers.target,
    config,
  });
  const GUARDIAN = 7n;
  await authority.setTargetFunctionRole(market.target, [market.interface.getFunction("halt").selector], GUARDIAN);
  await authority.grantRole(GUARDIAN, guardian!.address, 0);

  const venue = await named("ScriptedVenue", cash.target);
  const tokens: any[] = [];
  const feeds: any[] = [];
  for (let i = 0; i < N; i++) {
    tokens.push(await named("TestToken", `Token ${i}`, `T${i}`, 18));
    feeds.push(await named("TestFeed", 8, priceOf(i) * 100n));
    await tokens[i].mint(venue.target, 10n ** 9n * LOT);
    await venue.setQuote(i, tokens[i].target, LOT, priceOf(i));
  }
  await cash.mint(venue.target, 10n ** 9n * USD);
  await cash.mint(governor!.address, 10n ** 9n * USD);
  await cash.approve(desk.target, ethers.MaxUint256);

  const world = {
    ethers,
    networkHelpers,
    time: networkHelpers.time,
    chainId,
    profile,
    config,
    authority,
    verifiers,
    committee,
    members,
    market,
    desk,
    lens,
    cash,
    venue,
    tokens,
    feeds,
    governor: governor!,
    guardian: guardian!,
    oracle: oracle!,
    keeper: keeper!,
    outsider: outsider!,
    /** What the last epoch was opened on. */
    snapshot: spotSnapshot(profile.slots, profile.scenarios),
  };
  const all = Array.from({ length: N }, (_, i) => i);
  const listed = options.slots ?? all;
  for (const i of listed) await desk.list(i, slotTerms(world, i));
  world.snapshot = spotSnapshot(N, S, { unlisted: all.filter((i) => !listed.includes(i)) });
  return world;
}

export type World = Awaited<ReturnType<typeof deployMarket>>;

export const slotTerms = (world: Pick<World, "venue" | "tokens" | "feeds">, i: number, changes: object = {}) => ({
  kind: SLOT_KIND.spot,
  adapter: world.venue.target as string,
  token: world.tokens[i].target as string,
  feed: world.feeds[i].target as string,
  feedHeartbeat: HEARTBEAT,
  scaleDecimals: 0,
  lotSize: LOT,
  strike: 0n,
  expiry: 0n,
  isCall: false,
  orderCap: ORDER_CAP,
  positionCap: POSITION_CAP,
  threshold: 5n,
  inventoryCap: 10n,
  feeBps: 30n,
  ...changes,
});

/** Spot at the prices of `priceOf`; slots in `unlisted` have zeros. */
export function spotSnapshot(
  slots: number,
  scenarios: number,
  { unlisted = [] as readonly number[], slipBps = 100n } = {},
): Snapshot {
  return {
    slots: Array.from({ length: slots }, (_, i) => {
      const price = unlisted.includes(i) ? 0n : priceOf(i);
      return {
        value: microUsd(price),
        delta: microUsd(price),
        gamma: microUsd(0n),
        vega: microUsd(0n),
        stress: Array.from({ length: scenarios }, (_, s) => microUsd((price * BigInt(s - 2)) / 20n)),
        carryIndex: microUsd(0n),
        notional: microUsd(price),
        slip: microUsd((price * slipBps) / 10_000n),
        contingency: microUsd(0n),
        liquidity: lots(price === 0n ? 0n : ORDER_CAP),
        positionCap: lots(price === 0n ? 0n : POSITION_CAP),
      };
    }),
    mayBeShort: Array.from({ length: slots }, () => false),
    chargesLong: Array.from({ length: slots }, () => false),
    signals: noSignals(slots === profiles.standard.slots ? profiles.standard : profiles.small),
  };
}

/** What programs read of this market. Nobody has published its addresses, and its oracle is an account. */
export const readerOf = (world: World): MarketChain =>
  new MarketChain(world.ethers.provider, {
    chainId: Number(world.chainId),
    profile: "small",
    deployBlock: 0,
    market: world.market.target,
    desk: world.desk.target,
    lens: world.lens.target,
    cash: world.cash.target,
    committeeRegistry: world.committee.target,
    snapshotOracle: world.ethers.ZeroAddress,
    verifierRegistry: world.ethers.ZeroAddress,
    slots: [],
  } as unknown as Deployment);

// ---- owners and their vaults

export interface Owner {
  vault: any;
  address: string;
  strategyCommitment: bigint;
  strategySalt: Word;
  mandate: Mandate;
  seed: Uint8Array;
  /** Behind the vault's commitment. */
  book: Book;
}

/** Posts a vault's bond: the market's least where left out. */
export async function postBond(
  { desk, cash, governor, config }: Pick<World, "desk" | "cash" | "governor" | "config">,
  vault: string,
  amount = BigInt(config.minBondMicroUsd),
): Promise<any> {
  const bonds = deployedAt("Bonds", await desk.bonds(), governor);
  await cash.approve(bonds.target, amount);
  await bonds.getFunction("post")(vault, amount);
  return bonds;
}

/** Registers a vault with a mandate and a stock of cash. */
export async function addVault(world: World, number: number, mandate = MANDATE): Promise<Owner> {
  const { market, desk, cash, governor } = world;
  const vault: any = await deploy(governor, contractArtifact("ScriptedVault"), cash.target, desk.target);
  const seed = new Uint8Array(32).fill(100 + number);
  const strategySalt = toWord(BigInt(number) + 1_000n);
  const strategyCommitment = commitStrategy(plainStrategy(world.profile), strategySalt);
  await vault.setTerms(strategyCommitment, await storeWords(governor, mandateWords(mandate)), false);
  await cash.mint(vault.target, 10n * DEPOSIT);
  await postBond(world, vault.target);
  await market.register(vault.target);
  const book = genesisBook(world.profile.slots);
  return { vault, address: vault.target, strategyCommitment, strategySalt, mandate, seed, book };
}

export interface EpochOptions {
  snapshot?: Snapshot;
  halt?: boolean;
  /** Words to store instead of the snapshot's. */
  words?: readonly bigint[];
  /** Now where left out. */
  observedAt?: number;
}

/** Opens the next epoch in the oracle's name. */
export async function openEpoch(
  world: World,
  { snapshot = world.snapshot, halt = false, words, observedAt }: EpochOptions = {},
): Promise<void> {
  const stored = words ?? snapshotWords(world.profile, snapshot);
  const pointer = await storeWords(world.governor, stored);
  world.snapshot = snapshot;
  await world.market
    .connect(world.oracle)
    .openEpoch(pointer, snapshotHash(stored as any), observedAt ?? (await world.time.latest()), halt);
}

export interface Flows {
  /** µUSD; given, the epoch is a dealing one for the vault. */
  cashFlow?: bigint;
  redeemShares?: bigint;
  /** What redemptions that are not paid would be worth, µUSD. */
  cashWanted?: bigint;
}

/** An order: lots by slot. */
export type Order = Readonly<Record<number, bigint>>;

/** Sets the vault's terms to these flows and builds the submission of the open epoch. */
export async function prepare(
  world: World,
  owner: Owner,
  order: Order = {},
  flows: Flows = {},
): Promise<BuiltSubmission> {
  const { market, lens, profile, members } = world;
  const { cashFlow = 0n, redeemShares = 0n, cashWanted = 0n } = flows;
  const dealing = flows.cashFlow !== undefined;
  await owner.vault.setTerms(owner.strategyCommitment, await owner.vault.mandatePointer(), dealing);
  await owner.vault.setCashFlow(cashFlow);
  await owner.vault.setCashWanted(cashWanted);
  const [commitment] = await market.vaultState(owner.address);
  const chain: ChainState = {
    chainId: world.chainId,
    market: BigInt(market.target),
    vault: BigInt(owner.address),
    epoch: await market.epoch(),
    snapshotHash: await lens.snapshotHash(),
    oldCommitment: commitment,
    cashFlow: microUsd(cashFlow),
    outflow: cashFlow < 0n,
    dealing,
    halted: (await market.epochState()).openedHalted,
    strategyCommitment: owner.strategyCommitment,
    cashWanted: microUsd(cashWanted),
    mandate: owner.mandate,
    snapshot: world.snapshot,
    settle: parseSettleWords(profile, [...(await lens.settleWords(owner.address))]),
    committeeKeys: members.map(({ publicKey }) => publicKey),
  };
  const wanted = Array.from({ length: profile.slots }, (_, i) => lots(order[i] ?? 0n));
  const { book, seed, strategySalt } = owner;
  return buildOrdered({ profile, chain, book, order: wanted, redeemShares, seed, strategySalt });
}

/** The argument of `IMarket.submit`. */
export async function proven(world: World, built: BuiltSubmission) {
  if (world.profile.name !== "small") throw new Error("orders of a test's own are proven at the small size only");
  const { proof } = await prove(built);
  return { ...built.submission, proof: [...proof.a, ...proof.b.flat(), ...proof.c] };
}

/** Proves, submits and turns the owner's page. */
export async function submit(world: World, owner: Owner, order: Order = {}, flows: Flows = {}) {
  const built = await prepare(world, owner, order, flows);
  const transaction = await world.market.connect(world.keeper).submit(await proven(world, built));
  owner.book = built.newBook;
  return { built, receipt: (await transaction.wait())! };
}

/** What a majority of the committee would open: nets and blinding of a group. */
export function opening(
  world: World,
  group: number,
  batch: readonly BuiltSubmission[],
): { nets: bigint[]; rho: bigint } {
  const { groupSlots } = world.profile;
  const sum = (values: bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
  return {
    nets: Array.from({ length: groupSlots }, (_, k) =>
      sum(batch.map(({ newBook }) => newBook.order[group * groupSlots + k]!)),
    ),
    rho: sum(batch.map(({ inputs }) => (inputs["rho"] as bigint[])[group]!)),
  };
}

/** Arguments of `tally` for the submissions of the running epoch, from number `from` on. */
export async function tallyOf(
  world: World,
  batch: readonly BuiltSubmission[],
  from = 0,
): Promise<[number, string, string[], string[], bigint[]]> {
  const { ethers, profile, market, chainId } = world;
  const hash = (types: string[], values: unknown[]): string =>
    ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(types, values));
  const packed = (words: bigint[]): string =>
    ethers.solidityPackedKeccak256(
      words.map(() => "uint256"),
      words,
    );
  const content = ({ submission }: BuiltSubmission): string =>
    packed([submission.newCommitment, ...submission.sealedWords.slice(2 * profile.groups)]);
  const orders = ({ submission }: BuiltSubmission): bigint[] => submission.sealedWords.slice(0, 2 * profile.groups);
  const before = batch.slice(0, from).reduce(
    (chain, built, index) => {
      const own = packed(orders(built));
      return hash(
        ["bytes32", "address", "uint256", "bytes32", "bytes32"],
        [chain, built.submission.vault, index, content(built), own],
      );
    },
    hash(["uint256", "address", "uint256"], [chainId, market.target, await market.epoch()]),
  );
  const rest = batch.slice(from);
  return [from, before, rest.map(({ submission }) => submission.vault), rest.map(content), rest.flatMap(orders)];
}

/** Closes the epoch and tallies its batch. */
export async function closeAndTally(world: World, batch: readonly BuiltSubmission[]): Promise<void> {
  await world.market.connect(world.keeper).close();
  await world.market.connect(world.keeper).tally(...(await tallyOf(world, batch)));
}

/** Clears a group with its true opening. */
export async function clear(world: World, group: number, batch: readonly BuiltSubmission[]) {
  const { nets, rho } = opening(world, group, batch);
  return world.market.connect(world.keeper).clear(group, nets, rho);
}

/** Lets time pass until the phase's deadline lies behind. */
export const passDeadline = async (world: World): Promise<void> =>
  world.time.setNextBlockTimestamp((await world.market.deadline()) + 1n);
