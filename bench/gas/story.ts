import { ZeroAddress, keccak256 } from "ethers";
import type { Contract, Signer } from "ethers";
import { sendStep } from "../../client/sdk/chain.ts";
import { SNAPSHOT_TYPES, snapshotDomain } from "../../client/sdk/reporter.ts";
import { genesisBook } from "../../prover/book.ts";
import { bookWords } from "../../prover/index.ts";
import { MANDATE, USD } from "./market.ts";
import type { BenchMarket, Vault } from "./market.ts";

const DAY_SECONDS = 86_400;

/**
 * Lives through whatever a market can be asked to do, in circumstances as they usually are. What it cost is read from
 * the chain afterwards (steps.ts). Epochs 1 and 4 are dealing ones; in epoch 1 most storage is written for the first time.
 */
export async function liveThrough(market: BenchMarket): Promise<void> {
  const first = await market.addVault();
  const second = await market.addVault();
  const third = await market.addVault();
  const silent = await market.addVault();
  for (const vault of [first, second, third]) await market.depositorAt(vault).requestDeposit(1_000_000n * USD);
  await market.depositorAt(silent).requestDeposit(1_000n * USD);

  await market.openEpoch();
  await submit(first, second, third);
  await market.closeEpoch();
  await market.tally();
  await market.clearAll();
  await depositorsCome(market, first, second, third);

  await market.openEpoch();
  await submit(first, second, third);
  await market.closeEpoch();
  await market.tally();
  await market.clearAll();

  // A smaller batch, to tell what a vault more costs.
  await market.openEpoch();
  await submit(first, second);
  await market.closeEpoch();
  await market.tally();
  await market.lapseAll();
  await market.step("startRecovery", silent.address);

  await market.openEpoch();
  await submit(first, second, third);
  await market.closeEpoch();
  await market.tally();
  await market.clearAll();
  await depositorsGo(market, first, second);
  await recover(market, silent);

  await haltAndResume(market);
  await governTable(market);
  await governVault(market, first);
  await governRegistries(market);
}

async function submit(...vaults: Vault[]): Promise<void> {
  for (const { owner } of vaults) await owner.step();
}

const callsOf = (contract: Contract, signer: Signer) => (name: string, ...args: unknown[]): Promise<unknown> =>
  sendStep(contract.connect(signer), name, args);

/** Shares are claimed in both ways; one vault is asked for a tenth of its money, the others are given more. */
async function depositorsCome(market: BenchMarket, first: Vault, second: Vault, third: Vault): Promise<void> {
  const me = await market.governance.getAddress();
  await market.depositorAt(first).claim();
  const { claimableDeposit } = await market.depositorAt(second).account();
  const vault = market.chain.vault(second.address);
  const shares = (await vault.getFunction("maxMint")(me)) as bigint;
  if (claimableDeposit === 0n) throw new Error("the first dealing dealt nothing");
  await callsOf(vault, market.governance)("mint(uint256,address,address)", shares, me, me);

  const held = (await market.depositorAt(first).account()).shares;
  await market.depositorAt(first).requestRedeem(held / 10n);
  for (const other of [second, third]) await market.depositorAt(other).requestDeposit(100_000n * USD);
}

/** Cash is claimed in both ways, then a few things that any token can do. */
async function depositorsGo(market: BenchMarket, first: Vault, second: Vault): Promise<void> {
  const me = await market.governance.getAddress();
  const keeper = await market.keeper.getAddress();
  const vault = market.chain.vault(first.address);
  const call = callsOf(vault, market.governance);
  const half = ((await vault.getFunction("maxRedeem")(me)) as bigint) / 2n;
  await call("redeem", half, me, me);
  await call("withdraw", await vault.getFunction("maxWithdraw")(me), me, me);
  await market.depositorAt(second).claim();
  await call("transfer", keeper, 1_000n);
  await call("approve", keeper, 1_000n);
  await callsOf(vault, market.keeper)("transferFrom", me, keeper, 1_000n);
  await call("setOperator", keeper, true);
}

/** The owner never submitted: its book is the one every vault starts from, its depositor takes the deposit back. */
async function recover(market: BenchMarket, silent: Vault): Promise<void> {
  const { chain, governance } = market;
  const me = await governance.getAddress();
  await market.step("finishChallenge", silent.address);
  await market.step("openBook", silent.address, bookWords(genesisBook(chain.profile.slots)));
  await callsOf(chain.vault(silent.address), governance)("takeBackDeposit", me, me);
}

async function haltAndResume(market: BenchMarket): Promise<void> {
  const coolDown = async (): Promise<void> => {
    await market.travel(3_600);
    await market.step("resume");
  };
  await market.passDeadline();
  await market.step("haltStale");
  await coolDown();
  await callsOf(market.chain.market, market.governance)("halt");
  await coolDown();
}

async function governTable(market: BenchMarket): Promise<void> {
  const { governance, local, chain } = market;
  await callsOf(local.cash, governance)("approve", local.market.target, USD);
  const call = callsOf(chain.market, governance);
  await call("fundInsurance", USD);
  const { orderCap } = (await chain.market.getFunction("slot")(0)) as { orderCap: bigint };
  await call("tightenOrderCap", 0, orderCap / 2n);
  await market.refreshPrices();
  await call("endSeries", 0);

  // At any price above a tenth of a lot's: an emergency, which governance must have scheduled.
  const emergency = [1, USD] as const;
  const scheduled = chain.market.interface.encodeFunctionData("forceEndSeries", emergency);
  await callsOf(local.accessManager, governance)("schedule", local.market.target, scheduled, 0);
  await market.travel(DAY_SECONDS + 1);
  await call("forceEndSeries", ...emergency);
}

async function governVault(market: BenchMarket, { address, ownerAccount }: Vault): Promise<void> {
  const vault = market.chain.vault(address);
  const govern = callsOf(vault, market.governance);
  const own = callsOf(vault, ownerAccount);
  await govern("setMandate", { ...MANDATE, stressBps: MANDATE.stressBps - 1n });
  await govern("setMandate", MANDATE);
  await own("setStrategy", 1n);
  await market.travelTo(Number((await vault.getFunction("pendingStrategy")()).effectiveAt));
  await govern("applyMandate");
  await govern("applyStrategy");
  await govern("abdicate");
}

/** What is announced is carried out after the wait, but for one call that is revoked. */
async function governRegistries(market: BenchMarket): Promise<void> {
  const { governance, local, chain, reporterAccounts } = market;
  const { oracle, verifierRegistry, deployment } = local;
  const onOracle = callsOf(oracle, governance);
  const onVerifiers = callsOf(verifierRegistry, governance);
  const newcomer = await governance.getAddress();
  const limits = (await chain.oracle.getFunction("limits")()).toObject() as Record<string, bigint>;
  const tight = { ...limits, moveBps: limits["moveBps"]! - 1n };
  await onOracle("tighten", tight);

  const codeHash = keccak256(await chain.provider.getCode(deployment.verifier));
  const announced: [Contract, string, unknown[]][] = [
    [oracle, "changeLimits", [tight, limits]],
    [oracle, "addReporter", [newcomer]],
    [verifierRegistry, "setVerifier", [deployment.verifier, codeHash]],
  ];
  const encode = (contract: Contract, name: string, args: unknown[]): string => contract.interface.encodeFunctionData(name, args);
  for (const [contract, name, args] of announced) await callsOf(contract, governance)("announce", encode(contract, name, args));
  const unwanted = [encode(oracle, "addReporter", [ZeroAddress]), encode(verifierRegistry, "setVerifier", [ZeroAddress, codeHash])] as const;
  for (const [i, call] of [onOracle, onVerifiers].entries()) {
    await call("announce", unwanted[i]);
    await call("revoke", unwanted[i]);
  }
  await market.travel(Number(await oracle.getFunction("delaySeconds")()) + 1);
  for (const [contract, name, args] of announced) await callsOf(contract, governance)(name, ...args);
  await onOracle("removeReporter", newcomer);

  const { epoch, now } = await chain.status();
  const [liar] = reporterAccounts;
  const statement = async (observedAt: number) => {
    const wordsHash = keccak256("0x");
    const message = { market: deployment.market, epoch: epoch + 1, observedAt, wordsHash };
    return { observedAt, wordsHash, signature: await liar!.signTypedData(snapshotDomain(deployment), SNAPSHOT_TYPES, message) };
  };
  await onOracle("reportEquivocation", epoch + 1, await statement(now), await statement(now + 1));
}
