import { expect } from "chai";
import fc from "fast-check";
import { mainFile } from "../../circuits/build/compile.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import { MandateRefused } from "../../prover/book/mandate.ts";
import type { StrategySituation } from "../../prover/strategy/decide.ts";
import type { StrategyParameters } from "../../prover/strategy/parameters.ts";
import { lots, microUsd } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import { insistOn, requestFor } from "../support/adherence.ts";
import { Circuit } from "../support/circuit.ts";
import { arbitrarySituation, arbitraryStrategy, LOOSE, standard } from "../support/strategy.ts";

/** Options in all groups, with targets that the market can serve. */
function withOptions(
  strategy: StrategyParameters,
  situation: StrategySituation,
): [StrategyParameters, StrategySituation] {
  const small = (target: bigint): bigint => target % 40n;
  const none = (list: readonly bigint[]): bigint[] => list.map(() => 0n);
  const regimes = strategy.regimes.map((table) => ({
    ...table,
    weightBps: none(table.weightBps),
    deltaBps: none(table.deltaBps),
    gammaBps: table.gammaBps.map(small),
    vegaBps: table.vegaBps.map(small),
    gammaBandBps: none(table.gammaBandBps),
    vegaBandBps: none(table.vegaBandBps),
    participationBps: 10_000n,
    speed: 128n,
  }));
  const slots = situation.snapshot.slots.map((slot) => ({
    ...slot,
    liquidity: lots(1_000_000n),
    slip: microUsd(0n),
    positionCap: lots(1n << 22n),
  }));
  return [
    {
      ...strategy,
      regimes,
      tradesOptions: [true, true, true, true],
      hedgesDelta: [true, true, true, false],
      rollDays: strategy.rollDays / 4n,
      marginTriggerBps: 10_000n,
    },
    {
      ...situation,
      mandate: LOOSE,
      halvings: situation.halvings % 2,
      settlement: { ...situation.settlement, baseAge: 0n },
      snapshot: { ...situation.snapshot, slots },
    },
  ];
}

// Options stand in groups of four only, which the small circuit has not.
describe("The order of a submission of the standard size", () => {
  const slowly = process.env["TACIT_SLOW"] === undefined ? it.skip : it;

  slowly(
    "is accepted where it is the one decided, options included, and refused where an option's is a lot off",
    () => {
      const circuit = new Circuit(mainFile(findCircuit("standard", "rebalance")));
      let traded = 0;
      for (const [n, { strategy, situation }] of fc
        .sample(fc.record({ strategy: arbitraryStrategy(standard), situation: arbitrarySituation(standard) }), {
          seed: 3,
          numRuns: 60,
        })
        .entries()) {
        const request = requestFor(
          standard,
          ...(n % 3 === 0 ? ([strategy, situation] as const) : withOptions(strategy, situation)),
        );
        try {
          const { inputs, signals, decision } = buildSubmission(request);
          expect(circuit.run(inputs)).to.deep.equal([signals.h, signals.d, signals.x]);
          const option = decision.reasons.find(({ role, order }) => role === "option" && order !== 0n);
          if (option === undefined || decision.refused.length > 0) continue;
          if (++traded > 3) continue;
          for (const by of [1n, -1n]) {
            const forged = insistOn(
              request,
              decision.order.map((delta, slot) => lots(slot === option.slot ? delta + by : delta)),
            );
            expect(circuit.refuses(forged.inputs), `slot ${option.slot}, by ${by}`).to.equal(true);
          }
        } catch (error) {
          if (!(error instanceof MandateRefused)) throw error;
        }
      }
      expect(traded).to.be.above(10);
    },
  );
});
