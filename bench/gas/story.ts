import { ZeroAddress, keccak256 } from "ethers";
import type { BaseContract, Signer } from "ethers";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { scheduleCall } from "../../client/deploy/local/market.ts";
import type { SpotPlan } from "../../client/deploy/local/market.ts";
import { sendStep } from "../../client/sdk/chain/send.ts";
import { SNAPSHOT_TYPES, snapshotDomain, snapshotMessage } from "../../client/sdk/chain/snapshotStatement.ts";
import { genesisBook } from "../../prover/book/book.ts";
import { bookWords, profiles, strategyTemplate } from "../../prover/index.ts";
import type { Profile, ProfileName, ProvingBackend, StrategyParameters } from "../../prover/index.ts";
import { USD, WholeMarket } from "../../test/support/wholeMarket.ts";
import type { WholeMarketOptions } from "../../test/support/wholeMarket.ts";
import { Owners } from "../owners.ts";
import type { OwnedVault } from "../owners.ts";
const SYMBOL = "ETH";
const DAY_SECONDS = 86_400;
const CHALLENGE_SECONDS = 3_600;

const MANDATE = {
  deltaBps: 11_000n,
  gammaBps: 1_000n,
  vegaBps: 1_000n,
  concentrationBps: 5_000n,
  participationBps: 5_000n,
  grossBps: 11_000n,
  netBps: 11_000n,
  cashFloorBps: 300n,
  turnoverBps: 8_000n,
  initialMarginBps: 4_000n,
  maintenanceMarginBps: 6_000n,
  breachEpochs: 24n,
};

/** Dealing epochs are those e with e mod 3 = 1. */
const VAULT_TERMS = {
  mandate: MANDATE,
  dealingInterval: 3,
  dealingOffset: 1,
  /** The least for this schedule and `DEFAULT_CONFIG`'s epochs: 2·(dealingInterval + 1) epochs. */
  changeDelay: 2 * 4 * 4_800,
};

/** µUSD per token; a little more each epoch, so that every epoch stores other numbers. */
const priceAt = (epoch: number): bigint => (2_000n + BigInt(epoch)) * USD;

/** $10 a lot at first; a slot's pool is about as deep as ether's largest. */
const spotPlan = (slot: number): SpotPlan => ({
  slot,
  symbol: SYMBOL,
  decimals: 18,
  lotSize: 5n * 10n ** 15n,
  priceMicroUsd: priceAt(0),
  poolDepthMicroUsd: 400_000_000n * USD,
  orderCap: 500_000,
  positionCap: 4_000_000,
  threshold: 5,
  inventoryCap: 100,
  assumedVolumeTokens: 60_000,
});

/** 96 % of NAV, spread over all slots; half the way each epoch. */
function evenMix(profile: Profile): StrategyParameters {
  const base = strategyTemplate(profile, "regime-allocator");
  const table = {
    weightBps: Array<bigint>(profile.slots).fill(9_600n / BigInt(profile.slots)),
    weightBandBps: Array<bigint>(profile.groups).fill(10n),
    participationBps: 5_000n,
    speed: 64n,
  };
  return { ...base, regimes: base.regimes.map((regime) => ({ ...regime, ...table })) };
}

/** A market with every slot listed and traded on Uniswap. */
export const openMarket = (
  profile: ProfileName,
  circuit: CircuitArtifacts,
  network: WholeMarketOptions["network"] = {},
): Promise<WholeMarket> =>
  WholeMarket.open({
    profile,
    circuit,
    network,
    spots: Array.from({ length: profiles[profile].slots }, (_, slot) => spotPlan(slot)),
  });

/**
 * Lives through whatever a market can be asked to do, in circumstances as they usually are. What it cost is read from
 * the chain afterwards (steps.ts). Epochs 1 and 4 are dealing ones; in epoch 1 most storage is written for the first
 * time.
 */
export async function liveThrough(market: WholeMarket, backend: ProvingBackend): Promise<void> {
  const owners = new Owners(market, backend);
  try {
    await live(market, () => owners.addVault(evenMix(market.profile), VAULT_TERMS));
  } finally {
    await owners.close();
  }
}

async function live(market: WholeMarket, addVault: () => Promise<OwnedVault>): Promise<void> {
  const [first, second, third, silent] = [await addVault(), await addVault(), await addVault(), await addVault()];
  for (const vault of [first, second, third]) await (await market.depositor(vault)).requestDeposit(1_000_000n * USD);
  await (await market.depositor(silent)).requestDeposit(1_000n * USD);

  await openEpoch(market);
  await submit(first, second, third);
  await market.finishEpoch();
  await depositorsCome(market, first, second, third);

  await openEpoch(market);
  await submit(first, second, third);
  await market.finishEpoch();

  // A smaller batch, to tell what a vault more costs.
  await openEpoch(market);
  await submit(first, second);
  await market.closeEpoch();
  await market.passDeadline();
  for (const group of await market.chain.pendingGroups()) await market.step("lapse", [group]);
  await market.step("startRecovery", [silent.address]);

  await openEpoch(market);
  await submit(first, second, third);
  await market.finishEpoch();
  await depositorsGo(market, first, second);
  await recover(market, silent);

  await haltAndResume(market);
  await governTable(market);
  await governVault(market, first);
  await governRegistries(market);
}

async function openEpoch(market: WholeMarket): Promise<void> {
  market.prices.set(SYMBOL, priceAt((await market.chain.status()).epoch + 1));
  await market.openEpoch();
}

async function submit(...vaults: OwnedVault[]): Promise<void> {
  for (const { owner } of vaults) await owner.step();
}

const callsOf =
  (contract: BaseContract, signer: Signer) =>
  (name: string, ...args: unknown[]): Promise<unknown> =>
    sendStep(contract.connect(signer), name, args);

/** Shares are claimed in both ways; one vault is asked for a tenth of its money, the others are given more. */
async function depositorsCome(
  market: WholeMarket,
  first: OwnedVault,
  second: OwnedVault,
  third: OwnedVault,
): Promise<void> {
  const depositor = market.depositorAccount(0);
  const me = await depositor.getAddress();
  await (await market.depositor(first)).claim();
  const { claimableDepositMicroUsd } = await (await market.depositor(second)).account();
  const vault = market.chain.vault(second.address);
  const shares = (await vault.getFunction("maxMint")(me)) as bigint;
  if (claimableDepositMicroUsd === 0n) throw new Error("the first dealing dealt nothing");
  await callsOf(vault, depositor)("mint(uint256,address,address)", shares, me, me);

  const atFirst = await market.depositor(first);
  await atFirst.requestRedeem((await atFirst.account()).shareUnits / 10n);
  for (const other of [second, third]) await (await market.depositor(other)).requestDeposit(100_000n * USD);
}

/** Cash is claimed in both ways, then a few things that any token can do. */
async function depositorsGo(market: WholeMarket, first: OwnedVault, second: OwnedVault): Promise<void> {
  const depositor = market.depositorAccount(0);
  const me = await depositor.getAddress();
  const keeper = await market.keeper.getAddress();
  const vault = market.chain.vault(first.address);
  const call = callsOf(vault, depositor);
  const half = ((await vault.getFunction("maxRedeem")(me)) as bigint) / 2n;
  await call("redeem", half, me, me);
  await call("withdraw", await vault.getFunction("maxWithdraw")(me), me, me);
  await (await market.depositor(second)).claim();
  await call("transfer", keeper, 1_000n);
  await call("approve", keeper, 1_000n);
  await callsOf(vault, market.keeper)("transferFrom", me, keeper, 1_000n);
  await call("setOperator", keeper, true);
}

/** The owner never submitted: its book is the one every vault starts from, its depositor takes the deposit back. */
async function recover(market: WholeMarket, silent: OwnedVault): Promise<void> {
  const { chain } = market;
  const depositor = market.depositorAccount(0);
  const me = await depositor.getAddress();
  await market.passSeconds(CHALLENGE_SECONDS);
  await market.step("finishChallenge", [silent.address]);
  await openEpoch(market);
  await market.step("openBook", [silent.address, bookWords(genesisBook(chain.profile.slots))]);
  await market.closeEpoch();
  await callsOf(chain.vault(silent.address), depositor)("claimCancelDepositRequest", 0n, me, me);
}

async function haltAndResume(market: WholeMarket): Promise<void> {
  const coolDown = async (): Promise<void> => {
    await market.passSeconds(3_600);
    await market.step("resume");
  };
  await market.passDeadline();
  await market.step("haltStale");
  await coolDown();
  await callsOf(market.chain.market, market.governance)("halt");
  await coolDown();
}

async function governTable(market: WholeMarket): Promise<void> {
  const { governance, local, chain } = market;
  await callsOf(local.cash, governance)("approve", local.desk.target, USD);
  const call = callsOf(chain.desk, governance);
  await call("fundInsurance", USD);
  const { orderCap } = (await chain.desk.getFunction("slot")(0)) as { orderCap: bigint };
  await call("tightenOrderCap", 0, orderCap / 2n);
  await market.refreshPrices();
  await call("endSeries", 0);

  // At any price above a tenth of a lot's: an emergency.
  const emergency = [1, USD] as const;
  await afterWait(market, chain.desk, "forceEndSeries", ...emergency);
}

/** Governance announces a call, waits, and makes it. */
async function afterWait(
  { governance, local, passSeconds }: WholeMarket,
  contract: BaseContract,
  name: string,
  ...args: unknown[]
): Promise<void> {
  await scheduleCall(governance, local.deployment, contract, name, args);
  await passSeconds(DAY_SECONDS + 1);
  await callsOf(contract, governance)(name, ...args);
}

async function governVault(market: WholeMarket, { address, account }: OwnedVault): Promise<void> {
  const vault = market.chain.vault(address);
  const govern = (name: string, ...args: unknown[]): Promise<void> => afterWait(market, vault, name, ...args);
  const anybody = callsOf(vault, market.outsider);
  const own = callsOf(vault, account);
  await govern("setMandate", { ...MANDATE, initialMarginBps: MANDATE.initialMarginBps - 1n });
  await govern("setMandate", MANDATE);
  await own("setStrategy", 1n);
  await market.connection.networkHelpers.time.increaseTo(
    Number((await vault.getFunction("pendingStrategy")()).effectiveAt),
  );
  await anybody("applyMandate");
  await anybody("applyStrategy");
  await govern("abdicate");
}

/** What is announced is carried out after the wait, but for one call that is revoked. */
async function governRegistries(market: WholeMarket): Promise<void> {
  const { governance, local, chain, reporters } = market;
  const { oracle, verifierRegistry, deployment } = local;
  const onOracle = callsOf(oracle, governance);
  const onVerifiers = callsOf(verifierRegistry, governance);
  const newcomer = await governance.getAddress();
  const limits = (await chain.oracle.getFunction("limits")()).toObject() as Record<string, bigint>;
  const tight = { ...limits, moveBps: limits["moveBps"]! - 1n };
  await onOracle("tighten", tight);

  const codeHash = keccak256(await chain.provider.getCode(deployment.verifier));
  const announced: [BaseContract, string, unknown[]][] = [
    [oracle, "changeLimits", [tight, limits]],
    [oracle, "addReporter", [newcomer]],
    [verifierRegistry, "setVerifier", [deployment.verifier, codeHash]],
  ];
  const encode = (contract: BaseContract, name: string, args: unknown[]): string =>
    contract.interface.encodeFunctionData(name, args);
  for (const [contract, name, args] of announced)
    await callsOf(contract, governance)("announce", encode(contract, name, args));
  const unwanted = [
    encode(oracle, "addReporter", [ZeroAddress]),
    encode(verifierRegistry, "setVerifier", [ZeroAddress, codeHash]),
  ] as const;
  for (const [i, call] of [onOracle, onVerifiers].entries()) {
    await call("announce", unwanted[i]);
    await call("revoke", unwanted[i]);
  }
  await market.passSeconds(Number(await oracle.getFunction("delaySeconds")()) + 1);
  for (const [contract, name, args] of announced) await callsOf(contract, governance)(name, ...args);
  await onOracle("removeReporter", newcomer);

  const [{ epoch, now }, listings] = await Promise.all([chain.status(), chain.listings()]);
  const [liar] = reporters;
  const statement = async (observedAt: number) => {
    const message = snapshotMessage({ market: deployment.market, epoch: epoch + 1, observedAt, listings, words: [] });
    return {
      observedAt,
      wordsHash: message.wordsHash,
      signature: await liar!.signTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, message),
    };
  };
  await onOracle("reportEquivocation", epoch + 1, listings, await statement(now), await statement(now + 1));
}
