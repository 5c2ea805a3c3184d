import { findCircuit } from "../../../circuits/manifest.ts";
import type { ProfileName } from "../../../circuits/format.ts";
import { toWord } from "../../../prover/base/field.ts";
import { wordIndex } from "../../../prover/format/profile.ts";
import { publicSignals } from "../../../prover/format/transcript.ts";
import { lots } from "../../../prover/base/units.ts";
import { assembleSubmission, buildSubmission } from "../../../prover/submission/witness.ts";
import type { CircuitInput } from "../../../prover/proving/port.ts";
import type { BuiltSubmission, SubmissionInputs } from "../../../prover/submission/witness.ts";
import { brokenRows } from "../../support/brokenRows.ts";
import { insistOn, quietHalt, refusedRetreat, unnamedRetreat } from "../../support/adherence.ts";
import type { Edit } from "../../support/circuit.ts";
import { SMALL, withoutSeal } from "../../support/rebalance.ts";
import { randomScenario, SCENARIO_KINDS } from "../../support/scenario.ts";
import type { Scenario } from "../../support/scenario.ts";
import { groupInTurn, off, optionsOf, standardOrders } from "../../support/standardOrders.ts";
import { standard } from "../../support/strategy.ts";
import type { Accepted, Refused, TemplateCases } from "../templates/template.ts";

/**
 * Templates that make sense in the whole circuit only. Their cases are submissions; where the template has nothing to
 * do with the seal, the circuit goes without.
 */

/** Words that follow from what is the owner's, and the signals that the circuit says they are. */
const CLAIMED: readonly (readonly [index: number, signal: string])[] = SMALL.wordNames.flatMap(
  (name): [number, string][] => {
    const point = /^orderCommitments\[(\d+)\]\.([xy])$/.exec(name);
    const share = /^payload\.member\[(\d+)\]\.(orderShare|rhoShare)\[(\d+)\]$/.exec(name);
    const keyShare = /^payload\.member\[(\d+)\]\.bookKeyShare$/.exec(name);
    const book = /^payload\.book\[(\d+)\]$/.exec(name);
    const own: Readonly<Record<string, string>> = {
      "header.newCommitment": "newCommitment",
      "header.oldCommitment": "old.opened",
      "header.strategyCommitment": "strategy.opened",
      "header.nav": "value.printed",
      "header.insolvent": "value.insolvent",
      "ephemeral.x": "seal.ephemeralKey.x",
      "ephemeral.y": "seal.ephemeralKey.y",
    };
    const signal = point
      ? `seal.orderCommitments[${point[1]}].${point[2]}`
      : share
        ? `seal.shares[${Number(share[1]) - 1}].${share[2] === "orderShare" ? "order" : "rho"}[${share[3]}]`
        : keyShare
          ? `seal.shares[${Number(keyShare[1]) - 1}].bookKey`
          : book
            ? `seal.sealedBook[${book[1]}]`
            : own[name];
    return signal === undefined ? [] : [[wordIndex(SMALL, name), signal]];
  },
);

const withWords = (inputs: SubmissionInputs, words: readonly bigint[]): SubmissionInputs => ({
  ...inputs,
  words: [...words],
  x: publicSignals(words as Parameters<typeof publicSignals>[0]).x,
});

/** The words that the circuit then says are right. */
const repair: NonNullable<TemplateCases["repair"]> = (inputs, read) => {
  const words = inputs["words"] as bigint[];
  const right = CLAIMED.reduce((all, [index, signal]) => all.with(index, read(signal)), words);
  return right.every((word, i) => word === words[i]) ? inputs : withWords(inputs as SubmissionInputs, right);
};

const mainOf = (profile: ProfileName): TemplateCases["main"] => {
  const { source, template, parameters } = findCircuit(profile, "rebalance");
  return { includes: [source], template: `${template}(${Object.values(parameters).join(", ")})`, inputs: ["x"] };
};

const scenarios = (seeds: readonly number[]): Accepted[] =>
  SCENARIO_KINDS.flatMap((kind) =>
    seeds.map((seed) => ({ why: kind, inputs: buildSubmission(randomScenario(SMALL, seed, kind).request).inputs })),
  );

/** A submission with a false word, each of those that the owner claims. */
function falseWords({ inputs, words }: BuiltSubmission): Refused[] {
  return CLAIMED.map(([index, signal]) => ({
    why: `a false word for ${signal}`,
    inputs: withWords(inputs, words.with(index, toWord(words[index]! + 1n))),
  }));
}

/** Claims of a proof of which no other value will do. */
const CLAIMS = ["lossBefore", "lossAfter", "refusedRow", "clips", "retreatBy", "ephemeral"] as const;

/** A submission with a false claim, one too many wherever there is one. */
function falseClaims({ inputs }: BuiltSubmission): Refused[] {
  const oneMore = (value: CircuitInput): CircuitInput =>
    typeof value === "bigint" ? value + 1n : value.map((one) => oneMore(one));
  return CLAIMS.map((name) => ({
    why: `one more in ${name}`,
    inputs: { ...inputs, [name]: oneMore(inputs[name]!) },
  }));
}

/** A submission about another book than the vault's, sealed for it. */
function anotherBook({ request }: Scenario): Refused {
  const { settlement, decision } = buildSubmission(request);
  const oldCommitment = toWord(request.chain.oldCommitment + 1n);
  const { inputs } = assembleSubmission(
    { ...request, chain: { ...request.chain, oldCommitment } },
    settlement,
    decision,
  );
  return { why: "another book than the vault's", inputs };
}

/** In a halted market, the order of one that is not. */
const tradeWhileHalted = ({ inputs, words }: BuiltSubmission): Refused => ({
  why: "the order of a market that is not halted",
  inputs: withWords(inputs, words.with(wordIndex(SMALL, "header.halted"), toWord(1n))),
});

/** An order where none may be. */
function ordersWhileHalted(): Refused[] {
  const request = quietHalt();
  return request.book.order.map((_, slot) => ({
    why: `an order in slot ${slot} of a halted market`,
    inputs: insistOn(
      request,
      request.book.order.map((_, i) => lots(i === slot ? 1n : 0n)),
    ).inputs,
  }));
}

/** Takes out what hides things: seal, digests and commitments. They take most of the time. */
const inTheOpen: Edit = (file, text) =>
  withoutSeal(file, text)
    .replace(/^ {4}\/\/ -+ 7\. the new book\n[\s\S]*$/m, "}\n")
    .replace(/^ {4}(signal )?opened (<==|===) .*;$/gm, "");

const ofSmall = (file: string, template: string, path: readonly string[]): TemplateCases => ({
  file,
  template,
  main: mainOf("small"),
  path,
  edits: [inTheOpen],
  accepts: scenarios([1, 2]),
  refuses: [],
});

/**
 * A few submissions of the standard size in which everything occurs, and orders that are off by a lot or out of turn.
 */
function decisions(): Pick<TemplateCases, "accepts" | "refuses"> {
  const all = standardOrders();
  const seen = new Set<string>();
  const chosen = all.filter((one) => {
    const { decision } = one.built;
    const group = groupInTurn(one);
    const shows = [
      decision.mode,
      ...(decision.refused.length > 0 ? ["refused"] : []),
      ...(group === undefined ? [] : [`group ${group}`]),
      ...decision.reasons.flatMap(({ clip, role }) => (clip === undefined ? [] : [`${role} at its limit of ${clip}`])),
    ].filter((what) => !seen.has(what));
    for (const what of shows) seen.add(what);
    return shows.length > 0;
  });
  const traded = chosen.filter((one) => groupInTurn(one) !== undefined).slice(0, 2);
  return {
    accepts: chosen.map(({ built }) => ({ why: `a vault that is to ${built.decision.mode}`, inputs: built.inputs })),
    refuses: traded.flatMap((one) => {
      const group = groupInTurn(one)!;
      const first = group * standard.groupSlots;
      const outOfTurn = optionsOf((group + 1) % standard.groups)[0]!;
      return [first, first + 1, ...optionsOf(group), outOfTurn].flatMap((slot) =>
        [1n, -1n].map((by) => ({ why: `slot ${slot}, by ${by} lot`, inputs: off(one, slot, by).inputs })),
      );
    }),
  };
}

const DECISION = "strategy/decision.circom";
const ofStandard = (template: string, path: readonly string[]): TemplateCases => ({
  file: DECISION,
  template,
  main: mainOf("standard"),
  path,
  edits: [inTheOpen],
  ...(standardDecisions ??= decisions()),
});
let standardDecisions: ReturnType<typeof decisions> | undefined;

/** Cases by template, made when they are asked for. */
export const whole: ReadonlyMap<string, () => TemplateCases[]> = new Map<string, () => TemplateCases[]>([
  ["WithinMandate", () => [{ ...ofSmall("lib/mandate.circom", "WithinMandate", ["mandate"]), refuses: brokenRows() }]],
  ["TargetWeights", () => [ofSmall(DECISION, "TargetWeights", ["target"])]],
  // Without options a few statements stand in the place of others.
  [
    "Decide",
    () => [
      ofStandard("Decide", ["decide"]),
      {
        ...ofSmall(DECISION, "Decide", ["decide"]),
        refuses: [{ why: "a retreat by what a slot can trade, which is not named", inputs: unnamedRetreat() }],
      },
    ],
  ],
  ["OptionsInTurn", () => [ofStandard("OptionsInTurn", ["decide", "options"])]],
  [
    "Rebalance",
    () => {
      const scenario = randomScenario(SMALL, 1, "inside");
      const inside = buildSubmission(scenario.request);
      return [
        {
          file: "rebalance.circom",
          template: "Rebalance",
          main: mainOf("small"),
          path: [],
          accepts: [
            ...scenarios([1]),
            { why: "a halted vault that no scenario moves", inputs: buildSubmission(quietHalt()).inputs },
          ],
          refuses: [
            ...falseClaims(inside),
            anotherBook(scenario),
            tradeWhileHalted(inside),
            { why: "nothing sent by a vault that has to shrink", inputs: refusedRetreat() },
            ...falseWords(inside),
            ...ordersWhileHalted(),
          ],
          repair,
        },
      ];
    },
  ],
]);
