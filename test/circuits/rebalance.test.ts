import { expect } from "chai";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { Circuit } from "../support/circuit.ts";
import { SMALL, smallRebalance } from "../support/rebalance.ts";
import { randomScenario, SCENARIO_KINDS } from "../support/scenario.ts";

describe("A submission", () => {
  let circuit: Circuit;
  before(() => {
    circuit = smallRebalance();
  });

  for (const kind of SCENARIO_KINDS) {
    it(`is accepted when its vault is ${kind}, with the digest, sum and challenge that the contract computes`, () => {
      for (const seed of [1, 2, 3]) {
        const { inputs, signals } = buildSubmission(randomScenario(SMALL, seed, kind).request);
        expect(circuit.run(inputs)).to.deep.equal([signals.h, signals.d, signals.x]);
      }
    });
  }

  for (const kind of SCENARIO_KINDS) {
    it(`leaves no wire free when its vault is ${kind}: changing any one of them breaks a constraint`, () => {
      const witness = circuit.prove(buildSubmission(randomScenario(SMALL, 5, kind).request).inputs);
      const loose = circuit.r1cs.loose(witness, (value) => [value + 1n, value - 1n, 1n - value, -value, 0n]);
      const names = loose.map((wire) => circuit.namesOf(wire).at(0)!);
      expect(names).to.deep.equal([]);
    });
  }

  describe("is refused when the prover changes, and leaves the words as they are,", () => {
    const { request } = randomScenario(SMALL, 1, "inside");
    const { inputs } = buildSubmission(request);
    const shift = (value: bigint | bigint[] | bigint[][], at: number, by: bigint): typeof value => {
      let index = 0;
      const visit = <T>(part: T): T =>
        (Array.isArray(part) ? part.map(visit) : index++ === at ? (part as bigint) + by : part) as T;
      return visit(value);
    };
    const secrets = [
      "q0",
      "order0",
      "cashAdj0",
      "nav0",
      "breachSince0",
      "halvings0",
      "salt0",
      "strategyWords",
      "order",
      "salt",
      "rho",
      "ephemeral",
      "bookKey",
      "orderCoef",
      "rhoCoef",
      "bookKeyCoef",
    ];
    for (const name of secrets) {
      const count = [inputs[name]!].flat(2).length;
      for (let at = 0; at < count; at++) {
        it(count === 1 ? name : `${name}, number ${at}`, () => {
          // An even ephemeral is no ephemeral at all; the next odd one is the harder case.
          const by = name === "ephemeral" ? 2n : 1n;
          expect(circuit.refuses({ ...inputs, [name]: shift(inputs[name]!, at, by) })).to.equal(true);
        });
      }
    }

    it("losses, below the worst one", () => {
      const { request: losing } = randomScenario(SMALL, 3, "redeeming");
      const { inputs: honest, report } = buildSubmission(losing);
      for (const name of ["lossBefore", "lossAfter"] as const) {
        expect(
          report[name].some((loss) => loss > 0n),
          name,
        ).to.equal(true);
        report[name].forEach((loss, g) => {
          if (loss > 0n)
            expect(circuit.refuses({ ...honest, [name]: shift(honest[name]!, g, -1n) }), `${name}[${g}]`).to.equal(
              true,
            );
        });
      }
    });
  });
});
