import { mainFile } from "../../../circuits/build/compile.ts";
import { findCircuit } from "../../../circuits/manifest.ts";
import { toWord } from "../../../prover/base/field.ts";
import { wordIndex } from "../../../prover/format/profile.ts";
import { publicSignals } from "../../../prover/format/transcript.ts";
import { buildSubmission } from "../../../prover/submission/witness.ts";
import type { BuiltSubmission } from "../../../prover/submission/witness.ts";
import { Circuit } from "../../support/circuit.ts";
import { insistOn } from "../../support/adherence.ts";
import { SMALL } from "../../support/rebalance.ts";
import { randomScenario, SCENARIO_KINDS } from "../../support/scenario.ts";
import { equivalent } from "./equivalent.ts";
import { makeMutant, mutantsOf } from "./mutants.ts";
import type { Mutant, Outcome } from "./mutants.ts";

const FILES: Readonly<Record<string, string>> = { WithinMandate: "lib/mandate.circom", Rebalance: "rebalance.circom" };
const MAIN = mainFile(findCircuit("small", "rebalance"));

/** Words of the owner's, and the signals that the circuit says they are. */
const CLAIMED: ReadonlyMap<number, string> = new Map(
  SMALL.wordNames
    .flatMap((name): [string, string][] => {
      const point = /^orderCommitments\[(\d+)\]\.([xy])$/.exec(name);
      const share = /^payload\.member\[(\d+)\]\.(orderShare|rhoShare)\[(\d+)\]$/.exec(name);
      const keyShare = /^payload\.member\[(\d+)\]\.bookKeyShare$/.exec(name);
      const book = /^payload\.book\[(\d+)\]$/.exec(name);
      if (point) return [[name, `seal.orderCommitments[${point[1]}].${point[2]}`]];
      if (share)
        return [
          [name, `seal.shares[${Number(share[1]) - 1}].${share[2] === "orderShare" ? "order" : "rho"}[${share[3]}]`],
        ];
      if (keyShare) return [[name, `seal.shares[${Number(keyShare[1]) - 1}].bookKey`]];
      if (book) return [[name, `seal.sealedBook[${book[1]}]`]];
      const own: Readonly<Record<string, string>> = {
        "header.newCommitment": "newCommitment",
        "header.nav": "value.printed",
        "header.insolvent": "value.insolvent",
        "ephemeral.x": "seal.ephemeralKey.x",
        "ephemeral.y": "seal.ephemeralKey.y",
      };
      return own[name] === undefined ? [] : [[name, own[name]]];
    })
    .map(([name, signal]) => [wordIndex(SMALL, name), signal]),
);

const FLAGS = ["--r1cs", "--sym", "--O0"];

/** Mutants of the templates that only make sense in the whole circuit. */
export function wholeCircuit(template: string, report: (mutant: Mutant, outcome: Outcome) => void): void {
  const honest = SCENARIO_KINDS.flatMap((kind) =>
    [1, 2].map((seed) => buildSubmission(randomScenario(SMALL, seed, kind).request)),
  );
  const mutants = mutantsOf(FILES[template]!, template);
  let noticed = 0;
  for (const mutant of mutants) {
    const outcome = mutant.kind === "removed" ? judgeRemoved(mutant, honest) : judgeLoosened(mutant, honest);
    if (outcome === "noticed") noticed++;
    report(mutant, outcome === "survived" && equivalent(mutant) !== undefined ? "equivalent" : outcome);
  }
  console.log(`${template}: ${noticed} of ${mutants.length} noticed`);
}

/** A submission with false words, or with an order where none may be. */
function judgeRemoved(mutant: Mutant, honest: readonly BuiltSubmission[]): Outcome {
  const circuit = makeMutant(mutant, 0n, (edit) => new Circuit(MAIN, [edit], FLAGS));
  if (circuit === undefined) return "not made";
  const { words, inputs } = honest[2]!;
  for (const index of CLAIMED.keys()) {
    const others = words.map((word, i) => (i === index ? toWord(word + 1n) : word));
    if (!circuit.refuses({ ...inputs, words: others, x: publicSignals(others).x })) return "noticed";
  }
  const { request, decision } = randomScenario(SMALL, 4, "halted");
  for (let slot = 0; slot < SMALL.slots; slot++) {
    const order = decision.order.map((delta, i) => (i === slot ? ((delta + 1n) as typeof delta) : delta));
    if (!circuit.refuses(insistOn(request, order).inputs)) return "noticed";
  }
  return "survived";
}

/** A submission whose witness follows from one false value, with the words that the circuit then says are right. */
function judgeLoosened(mutant: Mutant, honest: readonly BuiltSubmission[]): Outcome {
  let made = false;
  for (const shift of [1n, -1n]) {
    const circuit = makeMutant(mutant, shift, (edit) => new Circuit(MAIN, [edit], FLAGS));
    if (circuit === undefined) continue;
    made = true;
    for (const { words, inputs } of honest) {
      const first = circuit.forge(inputs);
      const others = words.map((word, i) => (CLAIMED.has(i) ? circuit.value(first, CLAIMED.get(i)!) : word));
      if (!circuit.refuses({ ...inputs, words: others, x: publicSignals(others).x })) return "noticed";
    }
  }
  return made ? "survived" : "not made";
}
