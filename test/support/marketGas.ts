import { contractArtifact, deploy } from "../../client/deploy/artifacts.ts";
import type { ProfileName } from "../../prover/format/profile.ts";
import type { BuiltSubmission } from "../../prover/submission/witness.ts";
import { addVault, clear, deployMarket, openEpoch, prepare, proven, submit, tallyOf, USD } from "./market.ts";
import type { Flows, Order, Owner } from "./market.ts";

/** Gas of each step of an epoch with two vaults, each step as in any epoch but the market's first. */
export interface GasTable {
  openEpoch: bigint;
  submit: bigint;
  close: bigint;
  tally: bigint;
  /** The first group, and the last, which stores the epoch's fills. Two slots of the group are traded. */
  clear: bigint;
  clearLast: bigint;
}

/**
 * @param options.verify false: with a verifier that accepts everything at hardly any cost, for sizes whose proofs take
 * too long; add `verificationGas`
 */
export async function gasTable(profile: ProfileName, { verify = true } = {}): Promise<GasTable> {
  const world = await deployMarket({ profile, acceptAll: !verify });
  const { market, oracle } = world;
  const owners = [await addVault(world, 1), await addVault(world, 2)];
  const gasUsed = async (sent: Promise<any>): Promise<bigint> => (await (await sent).wait()).gasUsed;

  async function send(owner: Owner, order: Order, flows: Flows): Promise<{ built: BuiltSubmission; gas: bigint }> {
    if (verify) {
      const { built, receipt } = await submit(world, owner, order, flows);
      return { built, gas: receipt.gasUsed };
    }
    const built = await prepare(world, owner, order, flows);
    // As long as a proof: a third of a per cent of a real one's bytes are zero.
    const gas = await gasUsed(market.submit({ ...built.submission, proof: Array(8).fill((1n << 254n) - 1n) }));
    owner.book = built.newBook;
    return { built, gas };
  }

  let table: GasTable | undefined;
  for (const flows of [{ cashFlow: 100_000n * USD }, {}]) {
    await openEpoch(world);
    const opened = (await market.connect(oracle).queryFilter("EpochOpened")).at(-1);
    const first = await send(owners[0]!, { 0: 100n, 1: 10n }, flows);
    const second = await send(owners[1]!, { 0: 50n }, flows);
    const batch = [first.built, second.built];
    const close = await gasUsed(market.close());
    const tally = await gasUsed(market.tally(...(await tallyOf(world, batch))));
    const cleared: bigint[] = [];
    for (let group = 0; group < world.profile.groups; group++) cleared.push(await gasUsed(clear(world, group, batch)));
    table = {
      openEpoch: (await opened.getTransactionReceipt()).gasUsed,
      submit: first.gas > second.gas ? first.gas : second.gas,
      close,
      tally,
      clear: cleared[0]!,
      clearLast: cleared.at(-1)!,
    };
  }
  return table!;
}

/**
 * Gas that verifying a proof takes within a submission beyond what `VerifierStub` takes there: the same for every
 * circuit of three public signals. Added to a submission that the stub accepted, it gives what the real one costs.
 */
export async function verificationGas(): Promise<bigint> {
  const world = await deployMarket();
  const owner = await addVault(world, 1);
  await openEpoch(world);
  const built = await prepare(world, owner);
  const { proof } = await proven(world, built);
  const meter: any = await deploy(world.governor, contractArtifact("VerifierMeter"));
  const [a, b, c] = [proof.slice(0, 2), [proof.slice(2, 4), proof.slice(4, 6)], proof.slice(6)];
  const { h, d, x } = built.signals;
  const stub: any = await deploy(world.governor, contractArtifact("VerifierStub"), 0);
  const gasOf = async (verifier: string): Promise<bigint> => meter.gasOf(verifier, a, b, c, [h, d, x]);
  return (await gasOf(await world.verifiers.verifier())) - (await gasOf(await stub.getAddress()));
}
