import { expect } from "chai";
import hre from "hardhat";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { settleBook } from "../../prover/book.ts";
import { MandateRefused } from "../../prover/mandate.ts";
import { profiles } from "../../prover/profile.ts";
import { openProvingBackend, ProvingError } from "../../prover/proving/backend.ts";
import type { Proven, ProvingBackend } from "../../prover/proving/backend.ts";
import type { ConstantMix } from "../../prover/strategy/constantMix.ts";
import { decide } from "../../prover/strategy/decide.ts";
import { bps, lots, microUsd } from "../../prover/units.ts";
import { assembleSubmission, buildSubmission } from "../../prover/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/witness.ts";
import { randomScenario } from "../support/scenario.ts";
import type { ScenarioKind } from "../support/scenario.ts";

const { small } = profiles;
const STRATEGY: ConstantMix = {
  kind: "constant-mix",
  targetBps: [3_000n, -2_000n, 2_000n, 1_000n].map(bps),
  bandBps: [100n, 100n, 100n, 100n].map(bps),
  speedBps: bps(8_000n),
  participationBps: bps(10_000n),
};

function decided(request: SubmissionRequest): SubmissionRequest {
  const { chain, book } = request;
  const settlement = settleBook(small, book, chain.settle, chain.snapshot, chain.cashFlow);
  return { ...request, order: decide(small, STRATEGY, { ...chain, settlement }) };
}

/** A scenario of a kind in which the strategy trades. */
function trading(kind: ScenarioKind): SubmissionRequest {
  for (let seed = 0; ; seed++) {
    try {
      const request = decided(randomScenario(small, seed, kind).request);
      if (request.order.some((delta) => delta !== 0n)) return request;
    } catch (error) {
      if (!(error instanceof MandateRefused)) throw error;
    }
  }
}

describe("A rebalance, decided, proven and checked on chain", function () {
  let backend: ProvingBackend;
  let isAccepted: (proven: Proven) => Promise<boolean>;

  before(async () => {
    const artifacts = loadArtifacts("small", "rebalance");
    backend = openProvingBackend(artifacts);
    const { ethers } = await hre.network.create();
    const [deployer] = await ethers.getSigners();
    const { abi, bytecode } = artifacts.verifier;
    const verifier = await new ethers.ContractFactory(abi as never, bytecode, deployer).deploy();
    isAccepted = ({ proof: { a, b, c }, signals }) => verifier.getFunction("verifyProof").staticCall(a, b, c, signals);
  });

  after(() => backend.close());

  /** The submission has a proof that the chain accepts, for its own transcript and no other. */
  const proves = async (built: BuiltSubmission): Promise<void> => {
    const proven = await backend.prove(built.inputs);
    const { signals } = proven;
    expect(signals).to.deep.equal([built.signals.h, built.signals.d, built.signals.x]);
    expect(await isAccepted(proven)).to.equal(true);
    for (const i of [0, 1, 2]) {
      const other = signals.with(i, signals[i]! + 1n) as unknown as Proven["signals"];
      expect(await isAccepted({ ...proven, signals: other })).to.equal(false);
    }
  };

  it("carries a vault from its first deposit through the settlement of its first fills", async () => {
    const first = trading("first");
    const built = buildSubmission(first);
    await proves(built);

    // The next epoch: the first group was filled at the reference, the second lapsed.
    const { chain } = first;
    const following = decided({
      ...first,
      book: built.newBook,
      chain: {
        ...chain,
        epoch: chain.epoch + 1n,
        oldCommitment: built.submission.newCommitment,
        cashFlow: microUsd(0n),
        dealing: false,
        settle: {
          ...chain.settle,
          groupFilled: [true, false],
          slots: chain.settle.slots.map((slot, i) => ({ ...slot, debit: microUsd(chain.snapshot.slots[i]!.value + chain.snapshot.slots[i]!.carryIndex) })),
        },
      },
    });
    const next = buildSubmission(following);
    expect(next.settlement.positions).to.deep.equal(built.newBook.order.map((delta, i) => (i < 2 ? delta : 0n)));
    await proves(next);
  });

  for (const kind of ["inside", "relaxed", "redeeming"] as const) {
    it(`is accepted as the strategy decides it, and for no other statement (${kind})`, async () => {
      await proves(buildSubmission(trading(kind)));
    });
  }

  it("refuses to prove an order outside its mandate, even with the mandate report forged", async () => {
    const request = trading("inside");
    const honest = buildSubmission(request);
    const { liquidity } = request.chain.snapshot.slots[0]!;
    const order = request.order.with(0, lots(liquidity + 1n));
    expect(() => buildSubmission({ ...request, order })).to.throw(MandateRefused, "participation of slot 0");

    const forged = assembleSubmission({ ...request, order }, honest.settlement, honest.report);
    const error: unknown = await backend.prove(forged.inputs).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ProvingError).with.property("code", "refused");
    expect((error as ProvingError).message).to.match(/^The inputs contradict the circuit, at .+ line \d+/);
  });
});
