import hre from "hardhat";
import { contractArtifact } from "../../client/deploy/artifacts.ts";

/** A vault alone on a chain of its own, with a market that says what it is told to say. */
export const connection = await hre.network.create();
const { ethers, networkHelpers } = connection;

const EPOCH_SECONDS = 3_600;
export const DEALING_INTERVAL = 4;
/** dealingInterval + 1 epochs. */
export const EXIT_SECONDS = 5 * EPOCH_SECONDS;
export const CHANGE_DELAY = 2 * EXIT_SECONDS;
export const SHARES_PER_MICRO_USD = 10n ** 6n;
export const USD = 10n ** 6n;

export const LIMITS = {
  deltaBps: 10_000n,
  gammaBps: 500n,
  vegaBps: 500n,
  concentrationBps: 5_000n,
  participationBps: 1_000n,
  grossBps: 20_000n,
  netBps: 10_000n,
  cashFloorBps: 500n,
  turnoverBps: 5_000n,
  initialMarginBps: 3_000n,
  maintenanceMarginBps: 4_500n,
  breachEpochs: 8n,
};

export const vaultTerms = (owner: string, changes: object = {}) => ({
  name: "Tacit vault",
  symbol: "TCT",
  owner,
  strategyCommitment: 11n,
  mandate: LIMITS,
  dealingInterval: DEALING_INTERVAL,
  dealingOffset: 1,
  changeDelay: CHANGE_DELAY,
  ...changes,
});

/** Deploys a vault, linked. @param args of its constructor */
export async function newVault(...args: unknown[]): Promise<any> {
  const [Terms, Requests] = await Promise.all(
    ["Terms", "Requests"].map(async (name) => (await ethers.deployContract(name)).target as string),
  );
  return ethers.deployContract("Vault", args as any[], { libraries: { Terms: Terms!, Requests: Requests! } });
}

/** Seconds before its snapshot from which on requests wait for another epoch. */
export const DEAL_MARGIN = 60n;
export const PHASE = { awaitSnapshot: 0, submit: 1, clear: 2 } as const;

export async function deployVault(tokenName = "TestToken", changes: object = {}) {
  const [governance, owner, , alice, bob, carol] = await ethers.getSigners();
  const scripted: any = await ethers.deployContract("ScriptedMarket");
  await networkHelpers.impersonateAccount(scripted.target);
  await networkHelpers.setBalance(scripted.target, 10n ** 24n);
  const market = await ethers.getSigner(scripted.target);
  const token: any = await ethers.deployContract(tokenName, tokenName === "TestToken" ? ["Dollar", "USD", 6] : []);
  const { abi, bytecode } = contractArtifact("AccessManager");
  const manager: any = await new ethers.ContractFactory(abi as any, bytecode, governance).deploy(governance!.address);
  const vault = await newVault(
    // It moves the cash as well.
    market.address,
    market.address,
    token.target,
    manager.target,
    EPOCH_SECONDS,
    vaultTerms(owner!.address, changes),
  );
  for (const account of [market, alice, bob, carol]) {
    await token.mint(account!.address, 10n ** 9n * USD);
    await token.connect(account).approve(vault.target, ethers.MaxUint256);
  }
  return {
    vault,
    token,
    manager,
    governance: governance!,
    owner: owner!,
    market,
    /** What the market says of its epoch. */
    scripted,
    alice: alice!,
    bob: bob!,
    carol: carol!,
  };
}

export type VaultFixture = Awaited<ReturnType<typeof deployVault>>;

/**
 * One dealing as the market does it: the preview, the dealing, then the cash flow.
 * @param cutoff seconds; just now if left out
 */
export async function deal(
  { vault, token, market }: VaultFixture,
  nav: bigint,
  redeemShares = 0n,
  cutoff?: bigint,
  haircutPpb = 0n,
) {
  const at = cutoff ?? BigInt(await networkHelpers.time.latest());
  const cashFlow: bigint = await vault.previewDeal(nav, redeemShares, at, haircutPpb);
  const transaction = await vault.connect(market).deal(nav, redeemShares, at, haircutPpb);
  if (cashFlow > 0n) await token.connect(market).transferFrom(vault.target, market.address, cashFlow);
  if (cashFlow < 0n)
    await token.connect(market).transfer(vault.target, (-cashFlow * (10n ** 9n - haircutPpb)) / 10n ** 9n);
  return { cashFlow, transaction };
}

/** What the vault must hold: undealt deposits, and what paid redemptions have not claimed yet, of these accounts. */
export async function owed({ vault }: VaultFixture, accounts: { address: string }[]): Promise<bigint> {
  let sum = 0n;
  for (const { address } of accounts)
    sum += (await vault.pendingDepositRequest(0, address)) + (await vault.maxWithdraw(address));
  return sum;
}
