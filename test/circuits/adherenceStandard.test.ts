import { expect } from "chai";
import { groth16 } from "snarkjs";
import { loadArtifacts } from "../../circuits/artifacts.ts";
import { buildCircuit } from "../../circuits/build/pipeline.ts";
import { silent } from "../../circuits/build/progress.ts";
import { closeSnarkjs } from "../../circuits/build/snarkjs.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import { openProvingBackend } from "../../prover/node/proving/backend.ts";
import type { Proven } from "../../prover/proving/port.ts";
import { Circuit } from "../support/circuit.ts";
import { slotsOfGroup } from "../../prover/format/profile.ts";
import { lots } from "../../prover/base/units.ts";
import { insistOn } from "../support/adherence.ts";
import { groupInTurn, off, optionsOf, standardOrders, weighedOptions } from "../support/standardOrders.ts";
import type { StandardOrder } from "../support/standardOrders.ts";
import { standard } from "../support/strategy.ts";

describe("The order of a submission of the standard size", () => {
  const slowly = process.env["TACIT_SLOW"] === undefined ? it.skip : it;
  let circuit: Circuit;
  let all: readonly StandardOrder[];

  before(async () => {
    // Nothing is done where the build is up to date.
    await buildCircuit(findCircuit("standard", "rebalance"), { progress: silent });
    circuit = Circuit.released("standard");
    all = standardOrders();
  });
  after(closeSnarkjs);

  /** The first submission that trades options of each group. */
  const ofEachGroup = (): StandardOrder[] =>
    Array.from({ length: standard.groups }, (_, group) => all.find((one) => groupInTurn(one) === group)!);
  const expectAccepted = ({ built: { inputs, signals } }: StandardOrder): void => {
    expect(circuit.run(inputs)).to.deep.equal([signals.h, signals.d, signals.x]);
  };
  const expectRefused = (one: StandardOrder, slot: number, by: bigint): void => {
    expect(circuit.refuses(off(one, slot, by).inputs), `slot ${slot}, by ${by}`).to.equal(true);
  };
  const tradedOption = ({ built: { decision } }: StandardOrder): number =>
    decision.reasons.find(({ role, order }) => role === "option" && order !== 0n)!.slot;

  it("is accepted where it is the one decided, whichever group's options are in turn", () => {
    for (const one of ofEachGroup()) expectAccepted(one);
  });

  it("is refused where an option's is a lot off", () => {
    for (const one of ofEachGroup()) for (const by of [1n, -1n]) expectRefused(one, tradedOption(one), by);
  });

  it("is refused where an option is traded out of turn", () => {
    for (const one of ofEachGroup()) {
      const inTurn = groupInTurn(one)!;
      for (let group = 0; group < standard.groups; group++)
        if (group !== inTurn) expectRefused(one, optionsOf(group)[inTurn % 2]!, 1n);
    }
  });

  it("hedges options that are held at a weight at their delta, whichever group's: not at their notional, and not a lot off", () => {
    for (let group = 0; group < standard.groups; group++) {
      const { request, built } = weighedOptions(group);
      const [, perp, put, call] = slotsOfGroup(standard, group) as [number, number, number, number];
      circuit.run(built.inputs);
      // 400 puts of −300 dollars are sold, 200 calls of 450 bought: 210,000 dollars of delta.
      expect([perp, put, call].map((slot) => built.newBook.order[slot])).to.deep.equal([-210n, -400n, 200n]);
      for (const order of [200n, 0n, -211n, -209n])
        expect(
          circuit.refuses(insistOn(request, built.newBook.order.with(perp, lots(order))).inputs),
          `group ${group}, ${order} lots`,
        ).to.equal(true);
    }
  });

  it("is proven, and its proof holds for nothing else", async () => {
    const { built } = ofEachGroup()[0]!;
    const artifacts = loadArtifacts("standard", "rebalance");
    const backend = openProvingBackend(artifacts);
    const verifies = ({ proof: { a, b, c }, signals }: Proven): Promise<boolean> =>
      groth16.verify(artifacts.verificationKey, signals, {
        pi_a: [...a, 1n].map(String),
        pi_b: [...b.map(([upper, lower]) => [lower, upper]), [1n, 0n]].map((pair) => pair.map(String)),
        pi_c: [...c, 1n].map(String),
        protocol: "groth16",
        curve: "bn128",
      });
    try {
      const proven = await backend.prove(built.inputs);
      expect(proven.signals).to.deep.equal([built.signals.h, built.signals.d, built.signals.x]);
      expect(await verifies(proven)).to.equal(true);
      for (const i of [0, 1, 2]) {
        const signals = proven.signals.with(i, proven.signals[i]! + 1n) as unknown as Proven["signals"];
        expect(await verifies({ ...proven, signals })).to.equal(false);
      }
      const { proof } = proven;
      expect(await verifies({ ...proven, proof: { ...proof, a: proof.c, c: proof.a } })).to.equal(false);
    } finally {
      await backend.close();
    }
  });

  slowly("is accepted, and refused where an option's is a lot off, in many situations", () => {
    let traded = 0;
    for (const one of all) {
      expectAccepted(one);
      if (groupInTurn(one) === undefined) continue;
      if (++traded > 3) continue;
      for (const by of [1n, -1n]) expectRefused(one, tradedOption(one), by);
    }
    expect(traded).to.be.above(10);
  });
});
