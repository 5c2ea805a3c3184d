/**
 * Weakens every constraint of the project's templates in turn and asks whether a forgery gets through: if none does,
 * either the constraint says nothing that others don't, or the cases miss it.
 *
 *   node test/circuits/mutation/main.ts [template …]
 *
 * Takes tens of minutes; no part of the default tests.
 */
import { Circuit } from "../../support/circuit.ts";
import type { Edit } from "../../support/circuit.ts";
import { templates } from "../templates/index.ts";
import { forgery } from "../templates/template.ts";
import type { TemplateCases } from "../templates/template.ts";
import { equivalent } from "./equivalent.ts";
import { makeMutant, mutantsOf } from "./mutants.ts";
import type { Mutant, Outcome } from "./mutants.ts";
import { wholeCircuit } from "./whole.ts";

/** Whether a mutant lets a forgery of one of the template's cases through. */
function judge(mutant: Mutant, all: readonly TemplateCases[]): Outcome {
  let made = false;
  for (const cases of all) {
    // A way that compiles in one harness may not in another.
    const own = { ...mutant };
    const compile = (shift: bigint, more: readonly Edit[] = []): Circuit | undefined =>
      makeMutant(own, shift, (edit) => new Circuit(cases.main, [edit, ...more]));
    // 1. The constraint is gone: is there something refused that is taken now?
    const bare = compile(0n);
    if (bare === undefined) continue;
    made = true;
    const takes = cases.refuses.some((refused) => {
      const forger = refused.forge === undefined ? bare : compile(0n, forgery(cases.file, refused));
      return forger !== undefined && !forger.refuses(refused.inputs, refused.set);
    });
    if (takes) return "noticed";
    // 2. A false value stands in its place, and all that follows from it: is anything else in its way?
    if (mutant.kind === "removed") continue;
    for (const shift of [1n, -1n]) {
      const forger = compile(shift);
      if (forger !== undefined && [...cases.accepts, ...cases.refuses].some(({ inputs }) => !forger.refuses(inputs)))
        return "noticed";
    }
  }
  if (!made) return "not made";
  return equivalent(mutant) === undefined ? "survived" : "equivalent";
}

function run(only: readonly string[]): void {
  const byTemplate = Map.groupBy(templates, ({ file, template }) => `${file} ${template}`);
  const counts: Record<Outcome, number> = { noticed: 0, survived: 0, equivalent: 0, "not made": 0 };
  const report = (mutant: Mutant, outcome: Outcome): void => {
    counts[outcome]++;
    if (outcome !== "noticed")
      console.log(
        `${outcome}: ${mutant.template}, line ${mutant.line}: ${mutant.statement}${outcome === "equivalent" ? ` (${equivalent(mutant)})` : ""}`,
      );
  };
  for (const all of byTemplate.values()) {
    const { file, template } = all[0]!;
    if (only.length > 0 && !only.includes(template)) continue;
    const mutants = mutantsOf(file, template);
    const before = counts.noticed;
    for (const mutant of mutants) report(mutant, judge(mutant, all));
    console.log(`${template}: ${counts.noticed - before} of ${mutants.length} noticed`);
  }
  for (const template of ["WithinMandate", "Rebalance"]) {
    if (only.length > 0 && !only.includes(template)) continue;
    wholeCircuit(template, report);
  }
  const made = counts.noticed + counts.survived + counts.equivalent;
  console.log(
    `${counts.noticed} of ${made} weakened constraints are noticed, ${counts.equivalent} change nothing, ${counts.survived} survive; ${counts["not made"]} could not be made`,
  );
  if (counts.survived > 0) process.exitCode = 1;
}

if (import.meta.main) run(process.argv.slice(2));
