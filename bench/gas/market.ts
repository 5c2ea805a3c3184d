import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signer, Wallet } from "ethers";
import hre from "hardhat";
import type { CircuitArtifacts } from "../../circuits/artifacts.ts";
import { appointCommittee, approveOwner, createVault, deployMarket, setPrice } from "../../client/deploy/local.ts";
import type { LocalMarket, SpotPlan } from "../../client/deploy/local.ts";
import { readBatch, tallyArgs } from "../../client/sdk/batch.ts";
import { MarketChain, sendStep } from "../../client/sdk/chain.ts";
import { Depositor } from "../../client/sdk/depositor.ts";
import { Owner } from "../../client/sdk/owner.ts";
import { Reporter } from "../../client/sdk/reporter.ts";
import { StateFolder } from "../../client/sdk/stateFolder.ts";
import {
  commitStrategy, deriveMemberKey, openBatch, openProvingBackend, parseStrategy, profiles, provePossession, sumShares,
} from "../../prover/index.ts";
import type { MemberKey, PricePath, Profile, ProfileName, ProvingBackend } from "../../prover/index.ts";

export const USD = 10n ** 6n;
const SYMBOL = "ETH";
const REPORTERS = 3;
/** Dealing epochs are those e with e mod 3 = 1. */
const DEALING = { dealingInterval: 3, dealingOffset: 1 };
/** The least a vault of this schedule and `DEFAULT_CONFIG`'s epochs may have: 2·(dealingInterval + 1) epochs, seconds. */
const CHANGE_DELAY_SECONDS = 2 * 4 * 4_800;
/** Before an observation, to leave room for the trades that move the pools. */
const PREPARATION_SECONDS = 600;

export const MANDATE = {
  deltaBps: 11_000n, gammaBps: 1_000n, vegaBps: 1_000n, concentrationBps: 5_000n, participationBps: 5_000n, grossBps: 11_000n,
  netBps: 11_000n, cashFloorBps: 300n, turnoverBps: 8_000n, stressBps: 4_000n, breachEpochs: 24n,
};

/** $10 a lot at first; a slot's pool is about as deep as ether's largest. */
const spotPlan = (slot: number): SpotPlan => ({
  slot, symbol: SYMBOL, decimals: 18, lotSize: 5n * 10n ** 15n, priceMicroUsd: priceAt(0), poolDepthMicroUsd: 400_000_000n * USD,
  orderCap: 500_000, positionCap: 4_000_000, threshold: 5, inventoryCap: 100, assumedVolumeTokens: 60_000,
});

/** µUSD per token; a little more each hour, so that every epoch stores other numbers. */
const priceAt = (hour: number): bigint => (2_000n + BigInt(hour)) * USD;

const pricePath: PricePath = {
  assets: [SYMBOL],
  hours: 1_000,
  description: "made up",
  at: (hour) => ({ timeUtc: 1_700_000_000 + 3_600 * hour, prices: { [SYMBOL]: Number(priceAt(hour) / USD) }, volumes: {} }),
};

/** 96 % of NAV, spread over all slots; half the way each epoch. */
const strategyJson = ({ slots }: Profile): string =>
  JSON.stringify({
    kind: "constant-mix", speedBps: 5_000, participationBps: 5_000,
    slots: Array.from({ length: slots }, (_, slot) => ({ slot, targetBps: Math.floor(9_600 / slots), bandBps: 10 })),
  });

export interface Vault {
  readonly address: string;
  readonly owner: Owner;
  readonly ownerAccount: Signer;
}

type Connection = Awaited<ReturnType<typeof hre.network.create>>;

interface Parts {
  readonly connection: Connection;
  readonly local: LocalMarket;
  readonly members: readonly MemberKey[];
  readonly reporters: readonly StateFolder[];
  readonly backend: ProvingBackend;
  /** Of the parties' private files. */
  readonly folder: string;
}

/**
 * A market on a chain in this process with all its parties at hand: every slot listed and traded on Uniswap, a
 * committee, reporters, the real verifier, real proofs.
 */
export class BenchMarket {
  readonly connection: Connection;
  readonly local: LocalMarket;
  readonly chain: MarketChain;
  readonly governance: Signer;
  /** Pushes the market's steps. */
  readonly keeper: Signer;
  readonly reporterAccounts: readonly Wallet[];
  readonly #parts: Parts;
  readonly #reporters: readonly Reporter[];
  readonly #owners: readonly Signer[];
  #vaults = 0;
  #hour = 0;

  private constructor(parts: Parts, [governance, keeper, ...owners]: readonly Signer[]) {
    this.#parts = parts;
    this.connection = parts.connection;
    this.local = parts.local;
    this.chain = new MarketChain(this.connection.ethers.provider, this.local.deployment);
    this.governance = governance!;
    this.keeper = keeper!;
    this.reporterAccounts = parts.reporters.map((state) => state.wallet());
    this.#reporters = parts.reporters.map((state) => new Reporter(this.chain, state, pricePath));
    this.#owners = owners;
  }

  static async open(profileName: ProfileName, circuit: CircuitArtifacts): Promise<BenchMarket> {
    const profile = profiles[profileName];
    const connection = await hre.network.create();
    const signers: Signer[] = await connection.ethers.getSigners();
    const governance = signers[0]!;
    const folder = mkdtempSync(join(tmpdir(), "tacit-gas-"));
    const reporters = Array.from({ length: REPORTERS }, (_, i) => new StateFolder(join(folder, `reporter-${i}`)));
    const local = await deployMarket(governance, {
      profile: profileName,
      spots: Array.from({ length: profile.slots }, (_, slot) => spotPlan(slot)),
      reporters: reporters.map((state) => state.wallet().address),
      circuit,
    });
    const { chainId, committeeRegistry: registry } = local.deployment;
    const members = Array.from({ length: profile.members }, (_, j) => deriveMemberKey(new Uint8Array(32).fill(j + 1), 0n));
    const registrations = members.map(async ({ secretKey, publicKey: [keyX, keyY] }, j) => {
      const account = await signers.at(-1 - j)!.getAddress();
      const { commitment, response } = provePossession(secretKey, { chainId: BigInt(chainId), registry, account });
      return { account, keyX, keyY, proofX: commitment[0], proofY: commitment[1], proofS: response };
    });
    await appointCommittee(governance, local.deployment, await Promise.all(registrations));
    return new BenchMarket({ connection, local, members, reporters, backend: openProvingBackend(circuit), folder }, signers);
  }

  async close(): Promise<void> {
    await this.#parts.backend.close();
    await this.connection.close();
    rmSync(this.#parts.folder, { recursive: true });
  }

  /** A vault of an account of its own. */
  async addVault(): Promise<Vault> {
    const number = this.#vaults++;
    const { chain } = this;
    const { backend, folder, local } = this.#parts;
    const signer = this.#owners[number]!;
    const ownerAddress = await signer.getAddress();
    const seed = new Uint8Array(32).fill(100 + number);
    const strategy = parseStrategy(chain.profile, strategyJson(chain.profile));
    await approveOwner(this.governance, local.deployment, ownerAddress);
    const address = await createVault(signer, local.deployment, {
      name: `Vault ${number}`, symbol: `V${number}`, owner: ownerAddress, strategyCommitment: commitStrategy(strategy, seed),
      mandate: MANDATE, ...DEALING, changeDelay: CHANGE_DELAY_SECONDS,
    });
    const stateFolder = join(folder, `books-${number}`);
    return { address, owner: new Owner({ chain, vault: address, signer, seed, strategy, backend, stateFolder }), ownerAccount: signer };
  }

  /** Governance as a depositor: it holds plenty of cash. */
  depositorAt = (vault: Vault): Depositor => new Depositor(this.chain, vault.address, this.governance);

  /** Lets the next hour come, with feeds and pools at its price, and publishes its snapshot. */
  async openEpoch(): Promise<void> {
    const { epoch, now } = await this.chain.status();
    const { startTimestamp, secondsPerHour } = this.local.deployment.replay;
    this.#hour = Math.ceil((now + PREPARATION_SECONDS - startTimestamp) / secondsPerHour);
    const observedAt = startTimestamp + this.#hour * secondsPerHour;
    await this.travelTo(observedAt - PREPARATION_SECONDS);
    await this.refreshPrices();
    await this.travelTo(observedAt + 1);

    const statements = await Promise.all(this.#reporters.map((reporter) => reporter.step()));
    const quorum = await this.chain.quorum();
    const signed = statements.map((statement) => statement!).sort((a, b) => (BigInt(a.reporter) < BigInt(b.reporter) ? -1 : 1)).slice(0, quorum);
    const args = [epoch + 1, observedAt, signed[0]!.words, signed.map(({ signature }) => signature)];
    await sendStep(this.chain.oracle.connect(this.keeper), "publish", args);
  }

  /** Brings feeds and pools to the price of the last observed hour. */
  refreshPrices = (): Promise<void> => setPrice(this.governance, this.local.deployment, SYMBOL, priceAt(this.#hour));

  /** Ends the window and freezes the batch. */
  async closeEpoch(): Promise<void> {
    await this.passDeadline();
    await this.step("close");
  }

  /** Adds up the batch's commitments. */
  async tally(): Promise<void> {
    const { epoch } = await this.chain.status();
    await this.step("tally", ...(await tallyArgs(this.chain, await readBatch(this.chain, epoch)))!);
  }

  /** Opens the tallied batch as a majority of the committee does, and clears every group. */
  async clearAll(): Promise<void> {
    const { profile } = this.chain;
    const { epoch } = await this.chain.status();
    const [batch, closing] = await Promise.all([readBatch(this.chain, epoch), this.chain.closing(epoch)]);
    const openers = this.#parts.members.slice(0, profile.orderDegree + 1);
    const statements = openers.map((key, j) => sumShares(profile, batch, closing!.setHash, j + 1, key));
    for (const { group, nets, rho } of openBatch(profile, batch, statements)) await this.step("clear", group, nets, rho);
    const cleared = await this.chain.clearings(epoch);
    if (cleared.length !== profile.groups) throw new Error(`${profile.groups - cleared.length} groups of epoch ${epoch} could not be traded`);
  }

  /** Gives up on every group. */
  async lapseAll(): Promise<void> {
    await this.passDeadline();
    for (let group = 0; group < this.chain.profile.groups; group++) await this.step("lapse", group);
  }

  /** A step of the market that anybody may take. */
  step = (name: string, ...args: unknown[]): Promise<unknown> => sendStep(this.chain.market.connect(this.keeper), name, args);

  passDeadline = async (): Promise<void> => this.travelTo((await this.chain.status()).deadline + 1);

  travel = async (seconds: number): Promise<void> => this.travelTo((await this.chain.status()).now + seconds);

  async travelTo(time: number): Promise<void> {
    await this.connection.networkHelpers.time.increaseTo(time);
  }
}
