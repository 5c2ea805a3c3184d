import { expect } from "chai";
import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import { storeWords } from "../../client/deploy/market.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import type { Deployment } from "../../client/sdk/deployment.ts";
import { Keeper } from "../../client/sdk/roles/keeper.ts";
import { mandateWords } from "../../prover/format/transcript.ts";
import { addVault, deployMarket, MANDATE, openEpoch, opening, prepare, USD } from "../support/market.ts";
import type { World } from "../support/market.ts";

const VAULTS = 1_000;
/** What nodes take into their pools (geth: four times 32 KiB), and what a signature and the rest add. */
const MOST_BYTES = 128 * 1024;
const ENVELOPE_BYTES = 150;
/** EIP-7623: at the least, for each byte that is not zero. */
const FLOOR_GAS_PER_BYTE = 40n;

describe("A batch of a thousand vaults", () => {
  let world: World;
  const sizes: number[] = [];
  before(async () => {
    world = await deployMarket({
      acceptAll: true,
      config: { minBondMicroUsd: 0, submitWindow: 86_400, epochSeconds: 172_800 },
    });
    refuseLarge(world);
  });

  /** From now on the chain takes no transaction that a node would not. */
  function refuseLarge({ ethers }: World): void {
    const { provider } = ethers as unknown as {
      provider: { send(method: string, params: unknown[]): Promise<unknown> };
    };
    const send = provider.send.bind(provider);
    provider.send = async (method, params) => {
      if (method === "eth_sendTransaction") {
        const { data = "0x" } = params[0] as { data?: string };
        const size = (data.length - 2) / 2 + ENVELOPE_BYTES;
        sizes.push(size);
        if (size > MOST_BYTES) throw new Error(`oversized data: transaction size ${size}, limit ${MOST_BYTES}`);
      }
      return send(method, params);
    };
  }

  it("is tallied by a keeper in transactions that every node takes, and clears", async () => {
    const { market, governor, keeper, profile, ethers } = world;
    const first = await addVault(world, 1);
    const mandate = await storeWords(governor, mandateWords(MANDATE));
    const strategy = first.strategyCommitment;
    const artifact = contractArtifact("ScriptedVault");
    const vaults: string[] = [first.address];
    while (vaults.length < VAULTS) {
      const vault: any = await deploy(governor, artifact, world.cash.target, world.desk.target);
      await vault.setTerms(strategy, mandate, false);
      await market.register(vault.target);
      vaults.push(vault.target);
    }
    await openEpoch(world);
    // Nobody looks into the proofs here: one vault's sealed order serves all.
    const built = await prepare(world, first, { 0: 3n, 2: 1n }, { cashFlow: 50_000n * USD });
    const proof = Array<bigint>(8).fill(1n);
    for (const vault of vaults)
      await market.connect(keeper).submit({ ...built.submission, vault, proof }, { gasLimit: 2_000_000n });
    await market.connect(keeper).close();

    const chain = new MarketChain(ethers.provider as any, deploymentOf(world));
    const steps: string[] = [];
    sizes.length = 0;
    const role = new Keeper({ chain, signer: keeper, reporters: [], members: [] });
    for (let done = await role.step(); done !== undefined; done = await role.step()) steps.push(done.step);
    expect(new Set(steps)).to.deep.equal(new Set(["tally"]));
    expect((await market.epochState()).untallied).to.equal(0n);
    const words = 2n + 2n * BigInt(profile.groups);
    expect(sizes.length).to.equal(Math.ceil(VAULTS / Math.floor((126 * 1024) / Number(32n * words))));
    expect(BigInt(Math.max(...sizes)) * FLOOR_GAS_PER_BYTE < 2n ** 24n / 2n, "gas").to.equal(true);

    const { nets, rho } = opening(world, 0, Array(VAULTS).fill(built));
    expect(nets[0]).to.equal(BigInt(3 * VAULTS));
    await expect(market.connect(keeper).clear(0, nets, rho)).to.emit(market, "GroupCleared");
  });
});

const deploymentOf = ({
  market,
  desk,
  lens,
  oracle,
  committee,
  verifiers,
  cash,
  authority,
  profile,
  chainId,
}: World): Deployment => ({
  schema: 2,
  chainId: Number(chainId),
  profile: profile.name,
  deployBlock: 0,
  accessManager: authority.target,
  cash: cash.target,
  market: market.target,
  desk: desk.target,
  lens: lens.target,
  snapshotOracle: oracle.address,
  committeeRegistry: committee.target,
  verifierRegistry: verifiers.target,
  verifier: verifiers.target,
  vaultFactory: market.target,
  uniswapAdapter: market.target,
  uniswapFactory: market.target,
  uniswapRouter: market.target,
  slots: Array<null>(profile.slots).fill(null),
});
