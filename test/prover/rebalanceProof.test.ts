import { expect } from "chai";
import hre from "hardhat";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { profiles } from "../../prover/format/profile.ts";
import { openProvingBackend } from "../../prover/node/proving/backend.ts";
import { ProvingError } from "../../prover/proving/errors.ts";
import type { Proven, ProvingBackend } from "../../prover/proving/port.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/submission/witness.ts";
import { insistOn } from "../support/adherence.ts";
import { randomScenario } from "../support/scenario.ts";
import type { ScenarioKind } from "../support/scenario.ts";

const { small } = profiles;
/** A scenario of a kind, in which something is traded where anything may be. */
function trading(kind: ScenarioKind): SubmissionRequest {
  for (let seed = 0; ; seed++) {
    const { request, decision } = randomScenario(small, seed, kind);
    if (kind === "redeeming" || decision.order.some((delta) => delta !== 0n)) return request;
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
    const following: SubmissionRequest = {
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
          slots: chain.settle.slots.map((slot, i) => ({
            ...slot,
            debit: microUsd(chain.snapshot.slots[i]!.value + chain.snapshot.slots[i]!.carryIndex),
          })),
        },
      },
    };
    const next = buildSubmission(following);
    expect(next.settlement.positions).to.deep.equal(built.newBook.order.map((delta, i) => (i < 2 ? delta : 0n)));
    await proves(next);
  });

  for (const kind of ["inside", "relaxed", "redeeming"] as const) {
    it(`is accepted as the strategy decides it, and for no other statement (${kind})`, async () => {
      await proves(buildSubmission(trading(kind)));
    });
  }

  it("refuses to prove another order than the strategy's", async () => {
    const request = trading("inside");
    const { decision } = buildSubmission(request);
    const forged = insistOn(request, decision.order.with(0, lots(decision.order[0]! + 1n)));
    const error: unknown = await backend.prove(forged.inputs).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ProvingError).with.property("code", "refused");
    expect((error as ProvingError).message).to.match(/^The inputs contradict the circuit, at .+ line \d+/);
  });
});
