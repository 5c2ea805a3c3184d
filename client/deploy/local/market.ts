// A whole market on a local chain: tokens that anybody mints, feeds that anybody sets, pools that the deployer fills.
import { genesisCommitment, profiles } from "../../../prover/index.ts";
import { ZeroAddress, keccak256, toQuantity } from "ethers";
import type { BaseContract, JsonRpcProvider, Provider, Signer } from "ethers";
import { loadArtifacts } from "../../../circuits/artifacts.ts";
import type { CircuitArtifacts } from "../../../circuits/artifacts.ts";
import { LOCAL_CHAINS } from "../../../circuits/build/verifier.ts";
import { assertKeySound } from "../../../circuits/keys.ts";
import type { ProfileName } from "../../../prover/index.ts";
import { TacitError } from "../../sdk/errors.ts";
import { deployedAt, deploy, deployContract, sent } from "../artifacts.ts";
import type { Deployed } from "../artifacts.ts";
import type { StepName } from "../../sdk/chain/contract.ts";
import type { Deployment, SlotInfo, SpotSlot } from "../../sdk/deployment.ts";
import { addressAfterMarket, deployPrepared, deployVaultLibraries, linkedVault, prepareMarket } from "../market.ts";
import type { MarketConfig } from "../market.ts";
import { listDerivatives, slotFeeBps } from "./derivatives.ts";
import type { LocalDerivatives, OptionPlan, PerpPlan, SlotPlan, VenueHost } from "./derivatives.ts";
import { addLiquidity, createPool, deployUniswap, movePrice, poolAt } from "./uniswap.ts";
import type { SpotPool, Uniswap } from "./uniswap.ts";

/** A spot slot to be listed, with a token, a feed and a pool of its own. */
export interface SpotPlan extends SlotPlan {
  /** The token's decimals. */
  decimals: number;
  /** µUSD on each side of the pool. */
  poolDepthMicroUsd: bigint;
  /** Millionths; 3,000 where left out. */
  poolFeePips?: number;
  /** `Slot.feeBps`; what the pool takes and a little more where left out. */
  feeBps?: number;
}

/** Limits of contracts/oracle/SnapshotOracle.sol. */
export interface OracleLimits {
  quorum: number;
  maxAgeSeconds: number;
  deviationBps: number;
  moveBps: number;
  optionMoveBps: number;
  moveWindowSeconds: number;
  sequencerGraceSeconds: number;
}

export interface MarketPlan {
  profile: ProfileName;
  spots: readonly SpotPlan[];
  /** None where left out; their underlyings need a spot slot. */
  perps?: readonly PerpPlan[];
  options?: readonly OptionPlan[];
  /** Accounts of the reporters. */
  reporters: readonly string[];
  /** Where left out: `DEFAULT_CONFIG`, `DEFAULT_LIMITS` with a quorum of more than half. */
  config?: Partial<MarketConfig>;
  limits?: Partial<OracleLimits>;
  /** The built circuit of the profile where left out. */
  circuit?: CircuitArtifacts;
}

export interface LocalSpot {
  readonly token: Deployed<"TestToken">;
  readonly feed: Deployed<"TestFeed">;
  readonly pool: SpotPool;
}

export interface LocalMarket {
  readonly deployment: Deployment;
  readonly accessManager: Deployed<"Authority">;
  readonly cash: Deployed<"TestToken">;
  readonly market: Deployed<"Market">;
  readonly desk: Deployed<"Desk">;
  readonly oracle: Deployed<"SnapshotOracle">;
  readonly committee: Deployed<"CommitteeRegistry">;
  readonly verifierRegistry: Deployed<"VerifierRegistry">;
  readonly vaultFactory: Deployed<"VaultFactory">;
  readonly adapter: Deployed<"UniswapV3Adapter">;
  readonly uniswap: Uniswap;
  /** By slot. */
  readonly spots: ReadonlyMap<number, LocalSpot>;
  readonly derivatives: LocalDerivatives;
  /** For listing further series: `renewSeries`. */
  readonly host: VenueHost;
}

/** What a member hands in to be appointed; `tacit member key` prints it. */
export interface MemberRegistration {
  account: string;
  keyX: bigint | string;
  keyY: bigint | string;
  proofX: bigint | string;
  proofY: bigint | string;
  proofS: bigint | string;
}

/** Roles of the authority that act at once. Governance, its admin, waits, whatever it does. */
const ROLES = { registrar: 1n, guardian: 2n, operator: 3n } as const;

export const DEFAULT_CONFIG: MarketConfig = {
  submitWindow: 600,
  clearWindow: 600,
  epochSeconds: 3_600,
  snapshotWindow: 1_200,
  challengeWindow: 3_600,
  haltCoolDown: 600,
  dealMargin: 60,
  heartbeatLimit: 3,
  minShareBps: 5_000,
  epsilonBps: 50,
  kappaBps: 500,
  // Sized in docs/margin.md.
  maxInitialMarginBps: 5_000,
  maxMaintenanceMarginBps: 7_500,
  minBondMicroUsd: 10_000_000_000,
};

export const DEFAULT_LIMITS: Omit<OracleLimits, "quorum"> = {
  maxAgeSeconds: 300,
  deviationBps: 100,
  moveBps: 2_000,
  optionMoveBps: 1_000,
  // Moves of 20 % at once and of 5 % an hour in the long run. They count an hour's ups and downs alike, so a day's
  // window, 0.8 % an hour, halts for weeks without a crash (test/economics/breakerWindow.test.ts).
  moveWindowSeconds: 4 * 3_600,
  sequencerGraceSeconds: 0,
};

const FEED_DECIMALS = 8;
const FEED_HEARTBEAT_SECONDS = 3_600;
const POOL_FEE_PIPS = 3_000;
/** Between the announcement of what governance does and its doing, everywhere. */
export const WAIT_SECONDS = 86_400;
const RICH = 10n ** 36n;

/**
 * Deploys and wires everything but the committee, whose members must know the registry's address to register. The
 * signer becomes governance, operator and guardian, and holds plenty of every token. Nobody waits for anything before
 * the committee is appointed (`appointCommittee`).
 * @throws TacitError `NOT_A_LOCAL_CHAIN`, `DEVELOPMENT_KEY`, `NOT_COMPILED`; ArtifactsError, UnsoundKeyError
 */
export async function deployMarket(signer: Signer, plan: MarketPlan): Promise<LocalMarket> {
  const chainId = await chainIdOf(signer);
  if (!isLocal(chainId)) {
    throw new TacitError(
      "NOT_A_LOCAL_CHAIN",
      `chain ${chainId} is not a local one (${LOCAL_CHAINS.join(", ")}): the tokens and feeds deployed here are for anybody to mint and set`,
    );
  }
  const profile = profiles[plan.profile];
  const config = { ...DEFAULT_CONFIG, ...plan.config };
  const limits = { ...DEFAULT_LIMITS, quorum: Math.floor(plan.reporters.length / 2) + 1, ...plan.limits };
  const deployBlock = (await providerOf(signer).getBlockNumber()) + 1;
  const me = await signer.getAddress();

  const accessManager = await deployContract(signer, "Authority", me, WAIT_SECONDS);
  const cash = await deployContract(signer, "TestToken", "Test dollar", "tUSD", 6);
  await sent(cash, "mint", me, RICH);
  const uniswap = await deployUniswap(signer);

  const verifier = await deployVerifier(signer, plan.circuit ?? loadArtifacts(plan.profile, "rebalance"));
  const { slots, groups, scenarios, members } = profile;
  const verifierRegistry = await deployContract(
    signer,
    "VerifierRegistry",
    accessManager.target,
    WAIT_SECONDS,
    { slots, groups, scenarios, members, genesisCommitment: genesisCommitment(profile) },
    verifier,
  );
  const committee = await deployContract(signer, "CommitteeRegistry", accessManager.target, verifierRegistry.target);

  // Oracle and market name each other: the market goes first, with the address the oracle will have, which holds its
  // limits against the market's settings.
  const prepared = await prepareMarket(signer, profile);
  const oracleAddress = await addressAfterMarket(signer);
  const addressOf = (contract: BaseContract): string => String(contract.target);
  const { market, desk, lens } = await deployPrepared(signer, prepared, {
    authority: addressOf(accessManager),
    cash: addressOf(cash),
    oracle: oracleAddress,
    committee: addressOf(committee),
    verifiers: addressOf(verifierRegistry),
    config,
  });
  const oracle = await deployContract(
    signer,
    "SnapshotOracle",
    accessManager.target,
    WAIT_SECONDS,
    market.target,
    ZeroAddress,
    limits.maxAgeSeconds,
    limits,
    plan.reporters,
  );
  if (oracle.target !== oracleAddress)
    throw new TacitError("NONCE_MOVED", "another transaction of the deployer came in between; deploy again");

  const epochSeconds = config.epochSeconds + config.snapshotWindow;
  const libraries = await deployVaultLibraries(signer);
  const vaultFactory = await deployContract(
    signer,
    "VaultFactory",
    accessManager.target,
    market.target,
    epochSeconds,
    libraries.Terms,
    libraries.Requests,
    keccak256(linkedVault(libraries)),
  );
  const adapter = await deployContract(
    signer,
    "UniswapV3Adapter",
    accessManager.target,
    desk.target,
    cash.target,
    uniswap.factory.target,
  );

  const infos: (SlotInfo | null)[] = Array<null>(slots).fill(null);
  const spots = new Map<number, LocalSpot>();
  for (const spot of plan.spots) {
    const listed = await listSpot(signer, { desk, cash, adapter, uniswap }, spot);
    infos[spot.slot] = listed.info;
    spots.set(spot.slot, listed);
  }
  const host: VenueHost = {
    desk,
    cash,
    accessManager,
    feedHeartbeatSeconds: FEED_HEARTBEAT_SECONDS,
    feedOf: (symbol) => {
      const spot = plan.spots.find((one) => one.symbol === symbol);
      if (spot === undefined)
        throw new TacitError(
          "NO_FEED",
          `a perp or option on ${symbol} is planned, but no spot slot, whose feed it would share`,
        );
      return spots.get(spot.slot)!.feed;
    },
  };
  const derivatives = await listDerivatives(signer, host, { perps: plan.perps ?? [], options: plan.options ?? [] });
  for (const [slot, info] of derivatives.infos) infos[slot] = info;

  await sent(accessManager, "grantRole", ROLES.registrar, vaultFactory.target, 0);
  for (const role of [ROLES.guardian, ROLES.operator]) await sent(accessManager, "grantRole", role, me, 0);
  const give = <C extends BaseContract>(role: bigint, target: C, functions: readonly StepName<C>[]): Promise<unknown> =>
    sent(accessManager, "setTargetFunctionRole", target.target, selectorsOf(target, functions), role);
  await give(ROLES.registrar, market, ["register"]);
  await give(ROLES.guardian, market, ["halt"]);
  await give(ROLES.guardian, desk, ["vetoExit", "lowerTradeCap"]);
  // What makes nothing looser, is announced where it is called, or can't be wrong by more than an order.
  await give(ROLES.operator, market, ["resume"]);
  await give(ROLES.operator, desk, ["tightenOrderCap", "endSeries", "renew"]);
  await give(ROLES.operator, oracle, ["tighten", "removeReporter", "announce", "revoke"]);
  await give(ROLES.operator, verifierRegistry, ["announce", "revoke"]);
  await give(ROLES.operator, vaultFactory, ["approveOwner"]);
  for (const lyra of new Set([...derivatives.options.values()].map((option) => option.adapter)))
    await give(ROLES.operator, lyra, ["list"]);

  const deployment: Deployment = {
    schema: 2,
    chainId,
    profile: plan.profile,
    deployBlock,
    accessManager: addressOf(accessManager),
    cash: addressOf(cash),
    market: addressOf(market),
    desk: addressOf(desk),
    lens: addressOf(lens),
    snapshotOracle: addressOf(oracle),
    committeeRegistry: addressOf(committee),
    verifierRegistry: addressOf(verifierRegistry),
    verifier,
    vaultFactory: addressOf(vaultFactory),
    uniswapAdapter: addressOf(adapter),
    uniswapFactory: addressOf(uniswap.factory),
    uniswapRouter: addressOf(uniswap.router),
    slots: infos,
  };
  return {
    deployment,
    accessManager,
    cash,
    market,
    desk,
    oracle,
    committee,
    verifierRegistry,
    vaultFactory,
    adapter,
    uniswap,
    spots,
    derivatives,
    host,
  };
}

/**
 * Deploys the verifier of a built circuit.
 * @returns its address
 * @throws TacitError `DEVELOPMENT_KEY`; UnsoundKeyError
 */
export async function deployVerifier(signer: Signer, circuit: CircuitArtifacts): Promise<string> {
  const chainId = await chainIdOf(signer);
  if (circuit.manifest.development && !isLocal(chainId)) {
    throw new TacitError(
      "DEVELOPMENT_KEY",
      `the key of ${circuit.manifest.circuit} is a development key, under which anybody can forge proofs: run the ceremony (npm run ceremony) before deploying to chain ${chainId}`,
    );
  }
  assertKeySound(circuit.zkey);
  assertKeySound(circuit.verificationKey);
  const { abi, bytecode } = circuit.verifier;
  const verifier = await deploy(signer, { abi: JSON.stringify(abi), bytecode });
  return String(verifier.target);
}

/**
 * Appoints the first committee, in the order of its members' indices, which is the last thing that happens without a
 * wait: another one has to be scheduled (`scheduleCall`).
 * @throws TacitError `NO_WAIT`
 */
export async function appointCommittee(
  governance: Signer,
  deployment: Deployment,
  members: readonly MemberRegistration[],
): Promise<void> {
  const { committeeRegistry, accessManager } = deployment;
  await sent(deployedAt("CommitteeRegistry", committeeRegistry, governance), "appoint", members);
  await sent(deployedAt("Authority", accessManager, governance), "finishSetUp", Object.values(ROLES));
  await requireWaits(governance, deployment);
}

/** Announces a call of governance's, which can be made once the authority's wait is over. */
export const scheduleCall = <C extends BaseContract>(
  governance: Signer,
  { accessManager }: Pick<Deployment, "accessManager">,
  target: C,
  name: StepName<C>,
  args: readonly unknown[],
): Promise<unknown> =>
  sent(
    deployedAt("Authority", accessManager, governance),
    "schedule",
    target.target,
    target.interface.encodeFunctionData(name, args),
    0,
  );

/** Reads from the chain that governance waits for what it can do people harm with. @throws TacitError `NO_WAIT` */
export async function requireWaits(governance: Signer, deployment: Deployment): Promise<void> {
  const authority = deployedAt("Authority", deployment.accessManager, governance);
  const me = await governance.getAddress();
  const wait = await authority.getFunction("waitSeconds")();
  for (const [target, selector, name] of waitingCalls(governance, deployment)) {
    const [immediate, delay] = await authority.getFunction("canCall")(me, target, selector);
    if (immediate || delay < wait)
      throw new TacitError(
        "NO_WAIT",
        `governance can call ${name} of ${target} after ${delay} s instead of ${wait} s: let its set-up finish, and give the function to no role that acts at once`,
      );
  }
}

/** The functions by which governance could take or expose something: address, selector, name. */
export function waitingCalls(runner: Signer, deployment: Deployment): [string, string, string][] {
  const { desk, committeeRegistry, uniswapAdapter, accessManager, slots } = deployment;
  const of = <C extends BaseContract>(target: C, functions: readonly StepName<C>[]): [string, string, string][] =>
    selectorsOf(target, functions).map((selector, k) => [String(target.target), selector, functions[k]!]);
  const perps = new Set(slots.flatMap((slot) => (slot?.kind === "perp" ? [slot.adapter] : [])));
  return [
    ...of(deployedAt("Desk", desk, runner), ["list", "setVenueRule", "forceEndSeries", "setExit"]),
    ...of(deployedAt("CommitteeRegistry", committeeRegistry, runner), ["appoint"]),
    ...of(deployedAt("UniswapV3Adapter", uniswapAdapter, runner), ["list"]),
    ...[...perps].flatMap((adapter) => of(deployedAt("CurieAdapter", adapter, runner), ["list"])),
    ...of(deployedAt("Authority", accessManager, runner), [
      "grantRole",
      "setTargetFunctionRole",
      "setRoleAdmin",
      "setGrantDelay",
      "setTargetAdminDelay",
    ]),
  ];
}

/** Lets `owner` create `vaults` vaults. */
export const approveOwner = (
  governance: Signer,
  { vaultFactory }: Deployment,
  owner: string,
  vaults = 1,
): Promise<unknown> => sent(deployedAt("VaultFactory", vaultFactory, governance), "approveOwner", owner, vaults);

/** Plenty for thousands of transactions. */
export const FUNDED_ETHER = 1_000n;

/** Gives an account `FUNDED_ETHER`. */
export const fundEther = (provider: JsonRpcProvider, account: string): Promise<void> =>
  provider.send("hardhat_setBalance", [account, toQuantity(FUNDED_ETHER * 10n ** 18n)]) as Promise<void>;

/** Makes test dollars, µUSD. */
export const mintCash = (signer: Signer, { cash }: Deployment, account: string, amount: bigint): Promise<unknown> =>
  sent(deployedAt("TestToken", cash, signer), "mint", account, amount);

/**
 * Sets the price of an underlying on the local chain: its feeds say it, and the signer trades the pools to it.
 * @param priceMicroUsd µUSD per whole token
 */
export async function setPrice(
  signer: Signer,
  deployment: Deployment,
  symbol: string,
  priceMicroUsd: bigint,
): Promise<void> {
  const slots = deployment.slots.flatMap((slot) => (slot?.symbol === symbol ? [slot] : []));
  for (const feed of new Set(slots.map(({ feed }) => feed))) {
    await sent(deployedAt("TestFeed", feed, signer), "updateAnswer", feedAnswer(priceMicroUsd));
  }
  for (const slot of slots) {
    if (slot.kind === "spot")
      await movePrice(signer, deployment.uniswapRouter, poolAt(signer, deployment.cash, slot), priceMicroUsd);
  }
}

type Listing = Pick<LocalMarket, "desk" | "cash" | "adapter" | "uniswap">;

async function listSpot(
  signer: Signer,
  { desk, cash, adapter, uniswap }: Listing,
  spot: SpotPlan,
): Promise<LocalSpot & { info: SpotSlot }> {
  const {
    slot,
    symbol,
    decimals,
    lotSize,
    orderCap,
    positionCap,
    threshold,
    inventoryCap,
    assumedVolumeTokens,
    poolFeePips = POOL_FEE_PIPS,
    feeBps = slotFeeBps(poolFeePips),
  } = spot;
  const token = await deployContract(signer, "TestToken", `Test ${symbol}`, `t${symbol}`, decimals);
  await sent(token, "mint", await signer.getAddress(), RICH);
  const feed = await deployContract(signer, "TestFeed", FEED_DECIMALS, feedAnswer(spot.priceMicroUsd));
  const pool = await createPool(uniswap, signer, {
    cash: String(cash.target),
    base: String(token.target),
    baseDecimals: decimals,
    feePips: poolFeePips,
    priceMicroUsd: spot.priceMicroUsd,
  });
  await addLiquidity(uniswap, signer, pool, spot.poolDepthMicroUsd);
  await sent(adapter, "list", slot, pool.contract.target, lotSize);
  const SPOT = 1;
  await sent(desk, "list", slot, {
    kind: SPOT,
    adapter: adapter.target,
    token: token.target,
    feed: feed.target,
    feedHeartbeat: FEED_HEARTBEAT_SECONDS,
    scaleDecimals: 0,
    lotSize,
    strike: 0,
    expiry: 0,
    isCall: false,
    orderCap,
    positionCap,
    threshold,
    inventoryCap,
    feeBps,
  });
  const info: SpotSlot = {
    kind: "spot",
    adapter: String(adapter.target),
    symbol,
    token: String(token.target),
    decimals,
    lotSize: lotSize.toString(),
    orderCap,
    positionCap,
    feed: String(feed.target),
    pool: String(pool.contract.target),
    poolFeePips,
    assumedVolumeTokens,
  };
  return { token, feed, pool, info };
}

const selectorsOf = <C extends BaseContract>(target: C, functions: readonly StepName<C>[]): string[] =>
  functions.map((name) => target.interface.getFunction(name)!.selector);

const feedAnswer = (microUsd: bigint): bigint => microUsd * 10n ** BigInt(FEED_DECIMALS - 6);
const isLocal = (chainId: number): boolean => (LOCAL_CHAINS as readonly number[]).includes(chainId);
const chainIdOf = async (signer: Signer): Promise<number> => Number((await providerOf(signer).getNetwork()).chainId);

function providerOf(signer: Signer): Provider {
  if (signer.provider === null) throw new TacitError("NO_PROVIDER", "the signer is not connected to a chain");
  return signer.provider;
}
