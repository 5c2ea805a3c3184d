import { expect } from "chai";
import { toWord } from "../../../prover/base/field.ts";
import { Circuit } from "../../support/circuit.ts";
import { forgery } from "./template.ts";
import type { TemplateCases } from "./template.ts";

/** Runs the cases: an honest prover is accepted; what the generator refuses the constraints refuse too. */
export function describeTemplates(title: string, templates: readonly TemplateCases[]): void {
  describe(title, () => {
    for (const { file, template, main, accepts, refuses } of templates) {
      describe(`${template}, as ${/component t = (.*);/.exec(main.body!)![1]},`, () => {
        let circuit: Circuit;
        before(() => {
          circuit = new Circuit(main);
        });

        it(`accepts ${accepts.map(({ why }) => why).join("; ")}`, () => {
          for (const { why, inputs, outputs } of accepts) {
            const found = circuit.run(inputs);
            if (outputs !== undefined) expect(found.slice(0, outputs.length), why).to.deep.equal(outputs.map(toWord));
          }
        });

        for (const refused of refuses) {
          const { why, inputs, set, forge } = refused;
          it(`refuses ${why}`, () => {
            if (set === undefined && forge === undefined) expect(() => circuit.prove(inputs)).to.throw(/contradict/);
            const forger = forge === undefined ? circuit : new Circuit(main, forgery(file, refused));
            expect(forger.refuses(inputs, set)).to.equal(true);
          });
        }
      });
    }
  });
}
