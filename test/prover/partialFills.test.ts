import { expect } from "chai";
import fc from "fast-check";
import { BLOCK_LOTS } from "../../circuits/format.ts";
import { bps, lots } from "../../prover/base/units.ts";
import { evaluateMandate, MandateRefused } from "../../prover/book/mandate.ts";
import { groupOfSlot } from "../../prover/format/profile.ts";
import { decide } from "../../prover/strategy/decide.ts";
import { arbitrarySituation, arbitraryStrategy, small, standard } from "../support/strategy.ts";

describe("An order that fills in part", () => {
  for (const profile of [small, standard]) {
    it(`keeps every row that its whole keeps, each group at a fraction of its own (${profile.name})`, () => {
      let filled = 0;
      fc.assert(
        fc.property(
          arbitraryStrategy(profile),
          arbitrarySituation(profile),
          fc.array(fc.bigInt({ min: 0n, max: BLOCK_LOTS }), { minLength: profile.groups, maxLength: profile.groups }),
          (strategy, situation, fractions) => {
            // What a strict mandate asks for beyond these rows, a row that shrinks, is not asked of what does not fill.
            const mandate = { ...situation.mandate, breachEpochs: 1_000n, maintenanceMarginBps: bps(1_000_000n) };
            const patient = { ...situation, mandate };
            let order: readonly bigint[];
            try {
              ({ order } = decide(profile, strategy, patient));
            } catch (error) {
              if (error instanceof MandateRefused) return;
              throw error;
            }
            const part = order.map((delta, slot) => {
              expect(delta % BLOCK_LOTS).to.equal(0n);
              return lots((delta / BLOCK_LOTS) * fractions[groupOfSlot(profile, slot)]!);
            });
            if (part.some((fill) => fill !== 0n)) filled++;
            const { rows } = evaluateMandate(profile, { ...patient, order: part });
            expect(rows.filter(({ verdict }) => verdict === "refused")).to.deep.equal([]);
          },
        ),
        { numRuns: profile === small ? 400 : 150 },
      );
      expect(filled, "orders that filled").to.be.above(10);
    });
  }
});
