import { genesisCommitment } from "../../prover/book/book.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Contract } from "ethers";
import hre from "hardhat";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { contractArtifact, deployedAt } from "../../client/deploy/artifacts.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { vaultCode } from "../../client/node/vaultCode.ts";
import { createVault } from "../../client/sdk/roles/owner.ts";
import { readDeployment, writeDeployment } from "../../client/node/deploymentFile.ts";
import { readReplayClock, writeReplayClock } from "../../client/node/files.ts";
import {
  appointCommittee,
  approveOwner,
  DEFAULT_CONFIG,
  deployMarket,
  deployVerifier,
  mintCash,
  requireWaits,
  scheduleCall,
  setPrice,
  waitingCalls,
} from "../../client/deploy/local/market.ts";
import type { LocalMarket, MarketPlan } from "../../client/deploy/local/market.ts";
import { deployPrepared, prepareMarket } from "../../client/deploy/market.ts";
import { TacitError } from "../../client/sdk/errors.ts";
import type { Deployment } from "../../client/sdk/deployment.ts";
import { poolPriceMicroUsd } from "../../client/deploy/local/uniswap.ts";
import { deriveMemberKey, profiles, provePossession } from "../../prover/index.ts";
import { LIMITS } from "../support/vault.ts";

const USD = 10n ** 6n;
const ETH_PRICE = 3_000n * USD;

const plan = (reporters: string[]): MarketPlan => ({
  profile: "small",
  reporters,
  spots: [
    {
      slot: 0,
      symbol: "ETH",
      decimals: 18,
      lotSize: 10n ** 16n,
      priceMicroUsd: ETH_PRICE,
      poolDepthMicroUsd: 5_000_000n * USD,
      orderCap: 50_000,
      positionCap: 1_000_000,
      threshold: 10,
      inventoryCap: 100,
      assumedVolumeTokens: 1_000,
    },
    {
      slot: 2,
      symbol: "BTC",
      decimals: 8,
      lotSize: 10n ** 5n,
      priceMicroUsd: 60_000n * USD,
      poolDepthMicroUsd: 5_000_000n * USD,
      orderCap: 50_000,
      positionCap: 1_000_000,
      threshold: 10,
      inventoryCap: 100,
      assumedVolumeTokens: 100,
    },
  ],
});

describe("A market deployed on a local chain", () => {
  let deployed: LocalMarket;
  let signers: any[];
  let hreEthers: any;
  let takeSnapshot: () => Promise<{ restore(): Promise<void> }>;
  let increase: (seconds: number) => Promise<unknown>;
  before(async () => {
    const { ethers, networkHelpers } = await hre.network.create();
    hreEthers = ethers;
    ({ takeSnapshot } = networkHelpers);
    increase = (seconds) => networkHelpers.time.increase(seconds);
    signers = await ethers.getSigners();
    deployed = await deployMarket(signers[0], plan(signers.slice(1, 4).map(({ address }) => address)));
  });

  it("lists its slots at the price of their feeds and pools, and holds none of what it lists", async () => {
    const { desk, adapter, deployment, spots } = deployed;
    for (const [slot, { pool, token, feed }] of spots) {
      const info = deployment.slots[slot]!;
      const terms = await desk.getFunction("slot")(slot);
      expect([terms.adapter, terms.token, terms.feed, terms.lotSize]).to.deep.equal([
        adapter.target,
        token.target,
        feed.target,
        BigInt(info.lotSize),
      ]);
      const listing = await adapter.getFunction("listings")(slot);
      expect([listing.pool, listing.base, listing.lotSize]).to.deep.equal([
        pool.contract.target,
        token.target,
        terms.lotSize,
      ]);
      expect(await token.getFunction("balanceOf")(desk.target)).to.equal(0n);
    }
    expect(deployment.slots.map((slot) => slot?.symbol)).to.deep.equal(["ETH", undefined, "BTC", undefined]);
    // 0.01 ETH at $3,000
    expect(await adapter.getFunction("marginalPriceMicroUsd")(0)).to.be.closeTo(30n * USD, 2n);
  });

  it("verifies with the circuit that was built, and with a key somebody contributed to", async () => {
    const { verifierRegistry, deployment } = deployed;
    const { manifest } = loadArtifacts("small", "rebalance");
    expect(await verifierRegistry.getFunction("verifier")()).to.equal(deployment.verifier);
    const verifier: any = verifierAt(deployment.verifier);
    expect(await verifier.CIRCUIT_HASH()).to.equal(`0x${manifest.circuitHash}`);
    expect(await verifier.DEVELOPMENT_KEY()).to.equal(manifest.development);
    const { slots } = profiles.small;
    const onChain = await deployed.market.getFunction("profile")();
    expect([onChain.slots, onChain.genesisCommitment]).to.deep.equal([
      BigInt(slots),
      genesisCommitment(profiles.small),
    ]);
  });

  it("names oracle, desk and market to each other", async () => {
    expect(await deployed.desk.getFunction("market")()).to.equal(deployed.market.target);
    expect(await deployed.market.getFunction("desk")()).to.equal(deployed.desk.target);
    expect(await deployed.oracle.getFunction("market")()).to.equal(deployed.market.target);
    expect(await deployed.market.getFunction("oracle")()).to.equal(deployed.oracle.target);
  });

  it("is opened by a file that names its own contracts alone: a bond goes where the file says", async () => {
    const { deployment, accessManager, committee, verifierRegistry } = deployed;
    const [governor] = signers;
    expect((await MarketChain.open(governor.provider, deployment)).deployment).to.equal(deployment);

    // Another market of the same governance, whose desk answers as well as this one's.
    const prepared = await prepareMarket(governor, profiles.small);
    const another = await deployPrepared(governor, prepared, {
      authority: String(accessManager.target),
      cash: deployment.cash,
      oracle: deployment.snapshotOracle,
      committee: String(committee.target),
      verifiers: String(verifierRegistry.target),
      config: DEFAULT_CONFIG,
    });
    const stranger = signers[9].address;
    const wrong: [Partial<Deployment>, string][] = [
      [{ desk: String(another.desk.target) }, `as desk, the market's is ${deployment.desk}`],
      [{ lens: String(another.lens.target) }, `its lens ${another.lens.target} is of ${another.market.target}`],
      [{ lens: stranger }, `its lens ${stranger} is of no market`],
      [{ vaultFactory: stranger }, `its vaultFactory ${stranger} is of no market`],
      [{ cash: stranger }, `it names ${stranger} as cash, the market's is ${deployment.cash}`],
      [{ snapshotOracle: stranger }, "as snapshotOracle"],
      [{ committeeRegistry: stranger }, "as committeeRegistry"],
      [{ verifierRegistry: stranger }, "as verifierRegistry"],
      [{ accessManager: stranger }, "as accessManager"],
      [{ profile: "standard" }, "its profile standard is not the market's, which has 4 slots"],
    ];
    for (const [change, what] of wrong) {
      const opened = await MarketChain.open(governor.provider, { ...deployment, ...change }).catch((error) => error);
      expect(opened, what).to.be.instanceOf(TacitError);
      expect(opened.code).to.equal("WRONG_DEPLOYMENT");
      expect(opened.message).to.contain(what).and.to.contain(`governance of market ${deployment.market}`);
    }
  });

  it("lets only the factory register vaults, and only approved owners create them", async () => {
    const [governance, stranger, owner] = [signers[0], signers[5], signers[6]];
    const { market, deployment } = deployed;
    for (const who of [governance, stranger]) {
      await expect((market.connect(who) as any).register(stranger.address)).to.be.revertedWithCustomError(
        market,
        "AccessManagedUnauthorized",
      );
    }
    const terms = {
      name: "Vault",
      symbol: "V",
      owner: owner.address,
      strategyCommitment: 1n,
      mandate: LIMITS,
      dealingInterval: 2,
      dealingOffset: 0,
      changeDelay: 10 * 86_400,
    };
    const chain = new MarketChain(owner.provider, deployment);
    await rejects(createVault(chain, owner, vaultCode(), terms), "NOT_APPROVED");
    await approveOwner(governance, deployment, owner.address);
    await rejects(createVault(chain, owner, vaultCode(), terms), "NO_CASH");
    await mintCash(governance, deployment, owner.address, BigInt(DEFAULT_CONFIG.minBondMicroUsd));
    const vault = await createVault(chain, owner, vaultCode(), terms);
    const { commitment, status } = await market.getFunction("vaultState")(vault);
    expect([commitment, status]).to.deep.equal([genesisCommitment(profiles.small), 1n]);
    expect(await deployedAt("Vault", vault, owner).getFunction("asset")()).to.equal(deployment.cash);
  });

  it("appoints a committee of registered members", async () => {
    const { deployment, committee } = deployed;
    const members = [1, 2, 3].map((j) => {
      const { address } = signers[10 + j];
      const { secretKey, publicKey } = deriveMemberKey(new Uint8Array(32).fill(j), 0n);
      const { commitment, response } = provePossession(secretKey, {
        chainId: 31337n,
        registry: deployment.committeeRegistry,
        account: address,
      });
      return {
        account: address,
        keyX: publicKey[0],
        keyY: publicKey[1],
        proofX: commitment[0],
        proofY: commitment[1],
        proofS: response,
      };
    });
    await appointCommittee(signers[0], deployment, members);
    expect(await committee.getFunction("latestVersion")()).to.equal(1n);
  });

  describe("From the appointment of its committee on, governance", () => {
    const WAIT = 86_400n;
    const authority = (): any => deployedAt("Authority", deployed.deployment.accessManager, signers[0]);

    it("waits for whatever could take or expose something", async () => {
      const calls = waitingCalls(signers[0], deployed.deployment);
      expect(calls.map(([, , name]) => name)).to.include.members(["list", "setVenueRule", "forceEndSeries", "appoint"]);
      for (const [target, selector, name] of calls)
        expect([...(await authority().canCall(signers[0].address, target, selector))], name).to.deep.equal([
          false,
          WAIT,
        ]);
      await requireWaits(signers[0], deployed.deployment);
    });

    it("does nothing at once but what makes nothing looser", async () => {
      const { desk, market, oracle, committee, verifierRegistry, vaultFactory, adapter } = deployed;
      const targets: Record<string, any> = {
        Desk: desk,
        Market: market,
        SnapshotOracle: oracle,
        CommitteeRegistry: committee,
        VerifierRegistry: verifierRegistry,
        VaultFactory: vaultFactory,
        UniswapV3Adapter: adapter,
      };
      const atOnce: string[] = [];
      for (const [name, target] of Object.entries(targets))
        for (const { name: step, selector } of target.interface.fragments.filter(
          ({ type }: any) => type === "function",
        ))
          if ((await authority().canCall(signers[0].address, target.target, selector))[0])
            atOnce.push(`${name}.${step}`);
      expect(atOnce.toSorted()).to.deep.equal([
        "Desk.endSeries",
        "Desk.lowerTradeCap",
        "Desk.renew",
        "Desk.tightenOrderCap",
        "Desk.vetoExit",
        "Market.halt",
        "Market.resume",
        "SnapshotOracle.announce",
        "SnapshotOracle.removeReporter",
        "SnapshotOracle.revoke",
        "SnapshotOracle.tighten",
        "VaultFactory.approveOwner",
        "VerifierRegistry.announce",
        "VerifierRegistry.revoke",
      ]);
    });

    it("finds no way round that in the authority, and gets there by waiting", async () => {
      const [governance, , , , , accomplice] = signers;
      const { desk, deployment } = deployed;
      const byForce = desk.interface.getFunction("forceEndSeries")!.selector;
      const me = authority();
      for (const attempt of [
        () => me.setTargetFunctionRole(desk.target, [byForce], 3n),
        () => me.setTargetFunctionRole(desk.target, [byForce], 9n),
        () => me.grantRole(0n, accomplice.address, 0),
        () => me.grantRole(3n, accomplice.address, 0),
        () => me.setTargetAdminDelay(desk.target, 0),
        () => me.updateAuthority(desk.target, accomplice.address),
        () => (desk.connect(governance) as any).forceEndSeries(0, 1n),
      ])
        await expect(attempt()).to.be.revert(hreEthers);
      const snapshot = await takeSnapshot();
      await scheduleCall(governance, deployment, desk, "forceEndSeries", [0, 1n]);
      await increase(Number(WAIT));
      await (await (desk.connect(governance) as any).forceEndSeries(0, 1n)).wait();
      expect((await desk.getFunction("slot")(0)).kind).to.equal(0n);
      await snapshot.restore();
    });

    it("is told where a market's set-up is not over", async () => {
      const unfinished = await deployMarket(signers[0], plan([signers[1].address]));
      await rejects(requireWaits(signers[0], unfinished.deployment), "NO_WAIT");
    });
  });

  it("is refused where limits and pace contradict each other, with the rule", async () => {
    const wrong = { ...plan([signers[1].address]), limits: { moveWindowSeconds: 86_400 } };
    await expect(deployMarket(signers[0], wrong)).to.be.revertedWithCustomError(deployed.oracle, "SettingsContradict");
  });

  it("moves feed and pool of an underlying together", async () => {
    const { deployment, spots, adapter } = deployed;
    for (const price of [3_300n * USD, 2_800n * USD]) {
      await setPrice(signers[0], deployment, "ETH", price);
      expect(await poolPriceMicroUsd(spots.get(0)!.pool)).to.be.closeTo(price, 1n);
      expect(await spots.get(0)!.feed.getFunction("latestAnswer")()).to.equal(price * 100n);
      expect(await adapter.getFunction("marginalPriceMicroUsd")(0)).to.be.closeTo(price / 100n, 1n);
    }
  });

  it("is written to a file from which it is read back whole", () => {
    withFolder((folder) => {
      const path = join(folder, "deployment.json");
      writeDeployment(path, deployed.deployment);
      expect(readDeployment(path)).to.deep.equal(deployed.deployment);
    });
  });

  it("is read from no file that lacks a part, and says which", () => {
    withFolder((folder) => {
      const path = join(folder, "deployment.json");
      expect(() => readDeployment(path)).to.throw("there is no deployment file");
      const address = deployed.deployment.market;
      const wrong: [object, string][] = [
        [{ schema: 3 }, "its schema is not 2"],
        [{ schema: undefined }, "its schema is not 2"],
        [{ chainId: "1" }, "chainId"],
        [{ profile: "large" }, "profile"],
        [{ market: "0x12" }, "market must be an address"],
        [{ slots: [] }, "slots must list all 4 slots"],
        [
          { slots: [{ ...deployed.deployment.slots[0], kind: "future" }, null, null, null] },
          "slot 0: kind must be one of spot, perp, option",
        ],
        [
          { slots: [null, { ...deployed.deployment.slots[0], kind: "perp" }, null, null] },
          "slot 1: baseToken must be an address",
        ],
        [
          {
            slots: [
              null,
              { ...deployed.deployment.slots[0], kind: "option", optionMarket: address, strikeMicroUsd: "2000.5" },
              null,
              null,
            ],
          },
          "slot 1: strikeMicroUsd must be a whole number",
        ],
        [{ slots: [{ ...deployed.deployment.slots[0], lotSize: 10 }, null, null, null] }, "slot 0: lotSize"],
      ];
      for (const [change, complaint] of wrong) {
        writeFileSync(path, JSON.stringify({ ...deployed.deployment, ...change }));
        expect(() => readDeployment(path)).to.throw(complaint);
      }
      writeFileSync(path, "{");
      expect(() => readDeployment(path)).to.throw("it is not JSON");
    });
  });

  it("is not read from a file of schema 1, and says what to do with it", () => {
    withFolder((folder) => {
      const path = join(folder, "deployment.json");
      const replay = { startTimestamp: 1, secondsPerHour: 3_600, maxAgeSeconds: 300, clearSeconds: 1_200 };
      writeFileSync(path, JSON.stringify({ ...deployed.deployment, schema: 1, replay }));
      expect(() => readDeployment(path))
        .to.throw(
          'has schema 1, this version reads schema 2: deploy anew, or set "schema": 2, take "replay" out and put its startTimestamp and secondsPerHour into a file of their own for tacit reporter run --replay',
        )
        .with.property("code", "OLD_DEPLOYMENT");
      const { startTimestamp, secondsPerHour } = replay;
      writeFileSync(path, JSON.stringify({ startTimestamp, secondsPerHour }));
      expect(readReplayClock(path)).to.deep.equal({ startTimestamp, secondsPerHour });
    });
  });

  it("has its replay's clock in a file of its own, which is read whole or not at all", () => {
    withFolder((folder) => {
      const path = join(folder, "replay.json");
      const clock = { startTimestamp: 1_800_000_000, secondsPerHour: 3_600 };
      writeReplayClock(path, clock);
      expect(readReplayClock(path)).to.deep.equal(clock);
      for (const [text, complaint] of [
        ["{", "it is not JSON"],
        ["null", "startTimestamp must be a whole number above 0"],
        [JSON.stringify({ ...clock, secondsPerHour: 0 }), "secondsPerHour must be a whole number above 0"],
        [JSON.stringify({ ...clock, startTimestamp: "now" }), "startTimestamp must be a whole number above 0"],
      ] as const) {
        writeFileSync(path, text);
        expect(() => readReplayClock(path))
          .to.throw(complaint)
          .with.property("code", "BAD_REPLAY");
      }
      expect(() => readReplayClock(join(folder, "none.json"))).to.throw("can't read the replay file");
    });
  });

  it("tells which command to run when a contract is not compiled", () => {
    expect(() => contractArtifact("NoSuchContract")).to.throw("npm run build:contracts");
  });

  it("is refused on any other chain, and so is a development key by itself", async () => {
    const { ethers } = await hre.network.create({ override: { chainId: 10 } });
    const [deployer] = await ethers.getSigners();
    await rejects(deployMarket(deployer!, plan([deployer!.address])), "NOT_A_LOCAL_CHAIN");
    const circuit = loadArtifacts("small", "rebalance");
    await rejects(
      deployVerifier(deployer!, { ...circuit, manifest: { ...circuit.manifest, development: true } }),
      "DEVELOPMENT_KEY",
    );
    expect(await ethers.provider.getTransactionCount(deployer!.address), "nothing was sent").to.equal(0);
  });

  const verifierAt = (address: string): any =>
    new Contract(address, JSON.stringify(loadArtifacts("small", "rebalance").verifier.abi), signers[0]);
});

async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error as { code?: string },
  );
  expect(error?.code).to.equal(code);
}

function withFolder(run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tacit-"));
  try {
    run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
