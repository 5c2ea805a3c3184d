import { expect } from "chai";
import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import { deployPrepared, prepareMarket } from "../../client/deploy/market.ts";
import { MarketChain } from "../../client/sdk/chain/reader.ts";
import { genesisCommitment } from "../../prover/book/book.ts";
import { profiles } from "../../prover/format/profile.ts";
import { KIND, oracleFixture } from "../contracts/oracleFixture.ts";
import { derivativeTerms, deployTable, listPerpAndOption, OPTION, PERP } from "../support/derivatives.ts";
import { deployMarket, SLOT_KIND, USD } from "../support/market.ts";

/** STOP: takes every call and answers with nothing, as an upgraded proxy with a bare fallback does. */
const ANSWERS_NOTHING = "0x00";
/** JUMPDEST, PUSH1 0, JUMP. */
const EATS_ALL_GAS = "0x5b600056";
const LIMIT = { gasLimit: 16_000_000 };

describe("A feed that answers badly, rather than not at all", () => {
  for (const [what, code] of [
    ["with nothing", ANSWERS_NOTHING],
    ["never, and eats all gas", EATS_ALL_GAS],
  ] as const) {
    it(`${what}: the oracle does not confirm, instead of failing`, async () => {
      const f = await oracleFixture();
      const publication = await f.publication();
      await f.ethers.provider.send("hardhat_setCode", [await f.feed.getAddress(), code]);
      await (await f.oracle.publish(...publication, LIMIT)).wait();
      expect(await f.market.epoch()).to.equal(0n);
    });

    it(`${what}: does not stop the checkpoint before everybody's snapshot`, async () => {
      const spot = await deployMarket({ slots: [2], acceptAll: true });
      const { feed } = await listPerpAndOption(spot, spot.desk);
      await spot.ethers.provider.send("hardhat_setCode", [feed.target, code]);
      await (await spot.market.connect(spot.oracle).checkpoint(LIMIT)).wait();
    });
  }

  it("with nothing: can be the feed of a perp that governance takes off by force, so that the market goes on", async () => {
    const spot = await deployMarket({ slots: [2], acceptAll: true });
    const { market, desk, oracle } = spot;
    const { feed } = await listPerpAndOption(spot, desk);
    await market.connect(oracle).checkpoint();
    await spot.ethers.provider.send("hardhat_setCode", [feed.target, ANSWERS_NOTHING]);
    for (const i of [PERP, OPTION]) await (await desk.forceEndSeries(i, 1n, LIMIT)).wait();
    await (await market.connect(oracle).checkpoint(LIMIT)).wait();
    expect((await desk.slot(PERP)).kind).to.equal(0n);
  });
});

describe("A series", () => {
  it("of options ends by force at a price that proofs have room for, not at a wish", async () => {
    const { table, cash } = await deployTable();
    await table.fundInsurance(1_000n * USD);
    await table.executeGroup(0, [0n, 10n]);
    const there = await cash.balanceOf(table.target);
    // Five dollars, as somebody types them who thinks in 18 decimals: above the 2^60 of `exitIndex` in circuits/format.ts.
    await table.endSeries(OPTION, 2, 5n * 10n ** 18n).catch(() => undefined);
    expect(await table.exitIndex(OPTION, 2)).to.be.lessThan(1n << 60n);
    expect(-(await table.insuranceMicroUsd()), "what the purse is missing").to.be.lessThan(there);
  });

  it("that no epoch saw leaves no loss behind that no account knows of", async () => {
    const world = await deployTable();
    const { table, venue, cash } = world;
    const STOLEN = 400_000n * USD;
    const claims = async () => (await table.insuranceMicroUsd()) - (await cash.balanceOf(table.target));
    await table.endSeries(PERP, 2, 0n);
    await table.list(PERP, derivativeTerms(world, SLOT_KIND.perp));
    const before = await claims();
    // A stranger asks for margin; the venue says that the account owes it, and then that it holds something else.
    await venue.pay(PERP, -STOLEN);
    await table.rebalanceMargin(PERP);
    await venue.liquidate(PERP, 1n, 0n, 0n);
    expect(await table.isOver(PERP)).to.equal(true);
    await table.endSeries(PERP, 2, 0n);
    expect(before - (await claims()), "what cash has lost, and the insurance account has not").to.equal(0n);
  });
});

describe("A snapshot that reporters have signed", () => {
  it("speaks of the table it was signed for, and is not published for the option that is listed meanwhile", async () => {
    const f = await oracleFixture();
    const publication = await f.publication();
    await f.market.setSlot(2, await f.ethSlot(KIND.option, { strike: 200n * 10n ** 18n }), 0n);
    const accepted = await f.oracle.publish.staticCall(...publication).catch(() => false);
    expect(accepted).to.equal(false);
  });
});

describe("A market", () => {
  it("refuses a desk of another circuit profile, whose words lie elsewhere", async () => {
    const { governor, authority, cash, oracle, committee, verifiers, config, profile, ethers } = await deployMarket({
      slots: [],
      acceptAll: true,
    });
    const { slots, groups, scenarios, members } = profiles.standard;
    const others = await deploy(
      governor,
      contractArtifact("VerifierRegistry"),
      authority.target,
      86_400,
      [slots, groups, scenarios, members, genesisCommitment(profiles.standard)],
      (await deploy(governor, contractArtifact("VerifierStub"), 0)).target,
    );
    const prepared = await prepareMarket(governor, profile);
    const at = ethers.getCreateAddress({ from: governor.address, nonce: (await governor.getNonce()) + 1 });
    const { desk: deskArtifact, market: marketArtifact } = prepared;
    const desk = await deploy(governor, deskArtifact, authority.target, at, cash.target, others.target, config);
    const parts = [authority, desk, oracle, committee, verifiers, prepared.constants, config];
    const factory = new ethers.ContractFactory(marketArtifact.abi as any, marketArtifact.bytecode, governor);
    await expect(factory.deploy(...parts)).to.be.revert(ethers);
  });

  it("refuses an oracle that is none, since no epoch would ever open and no deposit come back", async () => {
    const world = await deployMarket({ slots: [], acceptAll: true });
    const { governor, authority, cash, committee, verifiers, config, profile, ethers } = world;
    const prepared = await prepareMarket(governor, profile);
    const deployed = deployPrepared(governor, prepared, {
      authority: authority.target,
      cash: cash.target,
      oracle: ethers.ZeroAddress,
      committee: committee.target,
      verifiers: verifiers.target,
      config,
    });
    expect(await deployed.then(() => "deployed").catch(() => "refused")).to.equal("refused");
  });
});

describe("A reader of the chain", () => {
  it("is told when its deployment file names the desk of another market, before a bond goes there", async () => {
    const { governor, authority, cash, oracle, committee, verifiers, config, profile, ethers, market, lens } =
      await deployMarket({ slots: [], acceptAll: true });
    const others = await deployPrepared(governor, await prepareMarket(governor, profile), {
      authority: authority.target,
      cash: cash.target,
      oracle: oracle.address,
      committee: committee.target,
      verifiers: verifiers.target,
      config,
    });
    const addresses = {
      market,
      desk: others.desk,
      lens,
      cash,
      committeeRegistry: committee,
      verifierRegistry: verifiers,
    };
    const deployment = {
      schema: 2,
      chainId: 31337,
      profile: "small",
      deployBlock: 0,
      slots: [null, null, null, null],
      ...Object.fromEntries(Object.entries(addresses).map(([name, contract]) => [name, String(contract.target)])),
      snapshotOracle: oracle.address,
    };
    const chain = new MarketChain(ethers.provider, deployment as any);
    const bonds = await chain.bonds().catch(() => undefined);
    expect(bonds === undefined ? market.target : await bonds.market()).to.equal(market.target);
  });
});
