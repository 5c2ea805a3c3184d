import { expect } from "chai";
import { contractArtifact, deploy, packageArtifact } from "../../client/deploy/artifacts.ts";
import { addressAfterMarket, deployPrepared, prepareMarket } from "../../client/deploy/market.ts";
import { genesisCommitment } from "../../prover/book/book.ts";
import { profiles } from "../../prover/format/profile.ts";
import { deployMarket } from "../support/market.ts";
import type { World } from "../support/market.ts";

const YEAR = 365 * 86_400;
const LIMITS = {
  quorum: 1,
  maxAgeSeconds: 60,
  deviationBps: 100,
  moveBps: 5_000,
  optionMoveBps: 5_000,
  moveWindowSeconds: 3_600,
  sequencerGraceSeconds: 0,
};
/** The longest regular length of an epoch of such a market, as its deployer computes it. */
const longestEpoch = ({ config }: World): number => config.epochSeconds + config.snapshotWindow;

/**
 * docs/threat-model.md: who deploys can't "wire a market to … [parts] that are not its own, so that what is paid in
 * never comes out: each contract looks at what it is given as soon as both stand; no vault comes in before". Nobody
 * looks at the committee, nor at what the factory is told of authority and epochs.
 */
describe("A market that is wired wrongly", () => {
  let world: World;
  let ready: { restore(): Promise<void> };
  before(async () => {
    world = await deployMarket({ slots: [], acceptAll: true });
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());

  /** Market, oracle and factory; a part may be another than it should be. */
  async function build(wrong: { committee?: string; factoryAuthority?: string; epochSeconds?: number } = {}) {
    const { governor, authority, cash, committee, verifiers, config, ethers } = world;
    const prepared = await prepareMarket(governor, profiles.small);
    const oracle = await addressAfterMarket(governor);
    const { market, desk } = await deployPrepared(governor, prepared, {
      authority: authority.target,
      cash: cash.target,
      oracle,
      committee: wrong.committee ?? committee.target,
      verifiers: verifiers.target,
      config,
    });
    await deploy(
      governor,
      contractArtifact("SnapshotOracle"),
      authority.target,
      YEAR,
      market.target,
      ethers.ZeroAddress,
      60,
      LIMITS,
      [world.outsider.address],
    );
    await deploy(
      governor,
      contractArtifact("VaultFactory"),
      wrong.factoryAuthority ?? authority.target,
      market.target,
      wrong.epochSeconds ?? longestEpoch(world),
      ethers.ZeroAddress,
      ethers.ZeroAddress,
      ethers.ZeroHash,
    );
    return { market, desk };
  }
  const isBuilt = (wrong: Parameters<typeof build>[0]): Promise<boolean> =>
    build(wrong).then(
      () => true,
      () => false,
    );

  it("right, stands", async () => {
    expect(await isBuilt({})).to.equal(true);
  });

  it("to a committee of another size, or to none, takes no bond: no epoch would ever open, and no bond come back", async () => {
    const { slots, groups, scenarios, members } = profiles.standard;
    const { governor, authority, ethers } = world;
    const stub = await deploy(governor, contractArtifact("VerifierStub"), 0);
    const verifiers = await deploy(
      governor,
      contractArtifact("VerifierRegistry"),
      authority.target,
      86_400,
      [slots, groups, scenarios, members, genesisCommitment(profiles.standard)],
      stub.target,
    );
    const larger: any = await deploy(
      governor,
      contractArtifact("CommitteeRegistry"),
      authority.target,
      verifiers.target,
    );
    expect({
      larger: await isBuilt({ committee: larger.target }),
      none: await isBuilt({ committee: ethers.ZeroAddress }),
    }).to.deep.equal({ larger: false, none: false });
  });

  it("to a factory of another authority is refused: its vaults' mandates are that one's to loosen", async () => {
    const strangers: any = await deploy(
      world.governor,
      packageArtifact("@openzeppelin/contracts/build/contracts/AccessManager.json"),
      world.outsider.address,
    );
    expect(await isBuilt({ factoryAuthority: strangers.target })).to.equal(false);
  });

  it("to a factory that takes epochs for shorter than they are is refused: nobody could leave before a change", async () => {
    expect(await isBuilt({ epochSeconds: 1 })).to.equal(false);
  });
});
