import { expect } from "chai";
import { toWord } from "../../../prover/field.ts";
import { Circuit } from "../../support/circuit.ts";
import type { TemplateCases } from "./template.ts";

/** Runs the cases: an honest prover is accepted; what the generator refuses the constraints refuse too. */
export function describeTemplates(title: string, templates: readonly TemplateCases[]): void {
  describe(title, () => {
    for (const { template, main, accepts, refuses } of templates) {
      describe(`${template}, as ${/component t = (.*);/.exec(main.body!)![1]},`, () => {
        let circuit: Circuit;
        before(() => { circuit = new Circuit(main); });

        it(`accepts ${accepts.map(({ why }) => why).join("; ")}`, () => {
          for (const { why, inputs, outputs } of accepts) {
            const found = circuit.run(inputs);
            if (outputs !== undefined) expect(found.slice(0, outputs.length), why).to.deep.equal(outputs.map(toWord));
          }
        });

        for (const { why, inputs } of refuses) {
          it(`refuses ${why}`, () => {
            expect(() => circuit.prove(inputs)).to.throw(/contradict/);
            expect(circuit.refuses(inputs)).to.equal(true);
          });
        }
      });
    }
  });
}
