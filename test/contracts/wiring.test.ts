import { expect } from "chai";
import { FIELD_ORDER } from "../../circuits/format.ts";
import { poseidonConstants } from "../../circuits/format/poseidon.ts";
import { contractArtifact, deploy, packageArtifact } from "../../client/deploy/artifacts.ts";
import { deployPrepared, prepareMarket, storeWords } from "../../client/deploy/market.ts";
import { bookWords, genesisBook, genesisCommitment } from "../../prover/book/book.ts";
import { poseidon } from "../../prover/crypto/poseidon.ts";
import { profiles } from "../../prover/format/profile.ts";
import { deployMarket } from "../support/market.ts";
import type { World } from "../support/market.ts";

const profile = profiles.small;
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

describe("A market's contracts look at what they are given:", () => {
  let world: World;
  let ready: { restore(): Promise<void> };
  before(async () => {
    world = await deployMarket({ slots: [], acceptAll: true });
    ready = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => ready.restore());

  /** Address of the contract that the governor deploys after so many others. */
  const later = async (transactions: number): Promise<string> =>
    world.ethers.getCreateAddress({
      from: world.governor.address,
      nonce: (await world.governor.getNonce()) + transactions,
    });

  /** Deploys a market, and for it a desk that may know of other parts. */
  async function marketWith(desk: { authority?: string; verifiers?: string } = {}, constants?: string): Promise<any> {
    const { governor, authority, cash, oracle, committee, verifiers, config, ethers } = world;
    const prepared = await prepareMarket(governor, profile);
    const at = await later(1);
    const deskParts = [desk.authority ?? authority.target, at, cash.target, desk.verifiers ?? verifiers.target, config];
    const { target } = await deploy(governor, prepared.desk, ...deskParts);
    const parts = [authority, target, oracle, committee, verifiers, constants ?? prepared.constants, config];
    return new ethers.ContractFactory(prepared.market.abi as any, prepared.market.bytecode, governor).deploy(...parts);
  }

  it("the market at its desk, which must be its own", async () => {
    await (await marketWith()).waitForDeployment();

    const { slots, groups, scenarios, members } = profiles.standard;
    const others: any = await deploy(
      world.governor,
      contractArtifact("VerifierRegistry"),
      world.authority.target,
      86_400,
      [slots, groups, scenarios, members, genesisCommitment(profiles.standard)],
      (await deploy(world.governor, contractArtifact("VerifierStub"), 0)).target,
    );
    await expect(marketWith({ verifiers: others.target }))
      .to.be.revertedWithCustomError(world.market, "Miswired")
      .withArgs("the desk's verifiers", others.target, world.verifiers.target);

    const nobodys: any = await deploy(
      world.governor,
      packageArtifact("@openzeppelin/contracts/build/contracts/AccessManager.json"),
      world.outsider.address,
    );
    await expect(marketWith({ authority: nobodys.target }))
      .to.be.revertedWithCustomError(world.market, "Miswired")
      .withArgs("the desk's authority", nobodys.target, world.authority.target);
  });

  it("the market at its oracle's address: without one no epoch would ever open, and no deposit come back", async () => {
    const { governor, authority, cash, committee, verifiers, config, ethers } = world;
    const deployed = deployPrepared(governor, await prepareMarket(governor, profile), {
      authority: authority.target,
      cash: cash.target,
      oracle: ethers.ZeroAddress,
      committee: committee.target,
      verifiers: verifiers.target,
      config,
    });
    await expect(deployed)
      .to.be.revertedWithCustomError(world.market, "NoContract")
      .withArgs("the market's oracle", ethers.ZeroAddress);
  });

  const oracleOf = (market: string): Promise<any> =>
    deploy(
      world.governor,
      contractArtifact("SnapshotOracle"),
      world.authority.target,
      YEAR,
      market,
      world.ethers.ZeroAddress,
      60,
      LIMITS,
      [world.outsider.address],
    );

  it("the oracle at its market, which must have it for its oracle", async () => {
    const at = await later(0);
    await expect(oracleOf(world.market.target))
      .to.be.revertedWithCustomError(new world.ethers.Contract(at, contractArtifact("SnapshotOracle").abi), "Miswired")
      .withArgs("the market's oracle", world.oracle.address, at);
  });

  it("the factory at the oracle: no vault comes in before that stands, and names the market", async () => {
    const { governor, authority, cash, committee, verifiers, config, ethers } = world;
    const { ZeroAddress, ZeroHash } = ethers;
    const factoryOf = (market: string): Promise<any> =>
      deploy(
        governor,
        contractArtifact("VaultFactory"),
        authority.target,
        market,
        3_600,
        ZeroAddress,
        ZeroAddress,
        ZeroHash,
      );
    await expect(factoryOf(world.market.target))
      .to.be.revertedWithCustomError(world.market, "NoContract")
      .withArgs("the market's oracle", world.oracle.address);

    const prepared = await prepareMarket(governor, profile);
    const marketOf = async (oracle: string): Promise<string> => {
      const parts = { committee: committee.target, verifiers: verifiers.target, config, oracle };
      const deployed = await deployPrepared(governor, prepared, {
        authority: authority.target,
        cash: cash.target,
        ...parts,
      });
      return String(deployed.market.target);
    };
    const market = await marketOf(await later(3));
    const oracle = await oracleOf(market);
    await factoryOf(market);
    const another = await marketOf(oracle.target);
    await expect(factoryOf(another))
      .to.be.revertedWithCustomError(world.market, "Miswired")
      .withArgs("the oracle's market", market, another);
  });

  it("the market at the Poseidon constants, all of them: some others hash the empty book right and hardly another", async () => {
    const constants = await storeWords(world.governor, forgedConstants());
    const libraries: any = await deploy(world.governor, contractArtifact("MarketLibraries"));
    const hash = (words: readonly bigint[]): Promise<bigint> => libraries.poseidon(constants, words);
    const empty = bookWords(genesisBook(profile.slots)).map(BigInt);
    expect(await hash(empty)).to.equal(genesisCommitment(profile));
    expect(await hash([...empty.slice(0, -1), 1n])).to.not.equal(poseidon([...empty.slice(0, -1), 1n]));
    await expect(marketWith({}, constants)).to.be.revertedWithCustomError(world.market, "WrongPoseidonConstants");
  });
});

// ---- constants that are wrong, and hash the empty book to what the right ones do

const mod = (value: bigint): bigint => ((value % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}
const inverse = (value: bigint): bigint => power(value, FIELD_ORDER - 2n);
/** The x with x^5 = value: 5 does not divide r − 1. */
function fifthRoot(value: bigint): bigint {
  let times = 1n;
  while ((times * (FIELD_ORDER - 1n) + 1n) % 5n !== 0n) times++;
  return power(value, (times * (FIELD_ORDER - 1n) + 1n) / 5n);
}

/** The state before the last round's constants are added, as contracts/curve/Poseidon.sol goes. */
function beforeLastRound(constants: readonly bigint[], inputs: readonly bigint[]): bigint[] {
  const t = inputs.length + 1;
  const rounds = constants.length / t - t;
  let state = [0n, ...inputs];
  for (let round = 0; round < rounds - 1; round++) {
    const full = round < 4 || round >= rounds - 4;
    const raised = state.map((value, i) => {
      const sum = mod(value + constants[round * t + i]!);
      return full || i === 0 ? power(sum, 5n) : sum;
    });
    state = raised.map((_, i) =>
      mod(raised.reduce((sum, value, j) => sum + constants[(rounds + i) * t + j]! * value, 0n)),
    );
  }
  return state;
}

/** The first constant is another one, and one of the last round makes up for it where the book is empty. */
function forgedConstants(): bigint[] {
  const constants = poseidonConstants(profile.bookWords);
  const inputs = bookWords(genesisBook(profile.slots)).map(BigInt);
  const t = inputs.length + 1;
  const rounds = constants.length / t - t;
  constants[0] = mod(constants[0]! + 1n);
  const state = beforeLastRound(constants, inputs);
  const last = (rounds - 1) * t;
  const row = constants.slice(rounds * t, rounds * t + t);
  const rest = state.reduce(
    (sum, value, j) => (j === 0 ? sum : sum + row[j]! * power(value + constants[last + j]!, 5n)),
    0n,
  );
  const wanted = mod((BigInt(genesisCommitment(profile)) - rest) * inverse(row[0]!));
  constants[last] = mod(fifthRoot(wanted) - state[0]!);
  return constants;
}
