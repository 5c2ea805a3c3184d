import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Dice } from "../support/scenario.ts";
import { judge } from "./mutation/judge.ts";
import { ALL, describeVerdict, isFailure, judgeTemplate, STATEMENTS, withoutCases } from "./mutation/run.ts";
import { word, wrap } from "./templates/template.ts";
import type { TemplateCases } from "./templates/template.ts";

/** What an order is held against. */
const DECISION = ["Decide", "OptionsInTurn", "OptionOrders", "SlotOrder", "Clips", "RetreatShare", "Turn", "Mode"];
/** Another sample every day; TACIT_MUTATION_SEED repeats one. */
const SEED = Number(process.env["TACIT_MUTATION_SEED"] ?? new Date().toISOString().slice(0, 10).replaceAll("-", ""));
const SAMPLE = 8;
/** Takes minutes; the tests of the whole circuit change each of its wires and words. */
const TOO_LONG = "Rebalance";

/** Templates of the sample, in random order. */
function sample(): string[] {
  const dice = new Dice(SEED);
  const left = ALL.filter((name) => !DECISION.includes(name) && name !== TOO_LONG);
  return Array.from({ length: SAMPLE }, () => left.splice(dice.index(left.length), 1)[0]!);
}

/** A template of the test's own. */
const own = (body: string, cases: Pick<TemplateCases, "accepts" | "refuses">): TemplateCases => {
  const main = wrap("lib/numeric.circom", "Own()", { a: word, b: word }, []);
  return { file: "main", template: "Own", main: { ...main, body: `${body}\n${main.body}` }, ...cases };
};

describe("Weakened, a statement lets a forgery through that is refused otherwise:", () => {
  const check = (template: string): void => {
    it(`each of ${template}`, () => {
      const verdicts = judgeTemplate(template);
      expect(verdicts.length).to.be.above(0);
      expect(verdicts.filter(isFailure).map(describeVerdict)).to.deep.equal([]);
    });
  };
  DECISION.forEach(check);
  describe(`today's sample, TACIT_MUTATION_SEED=${SEED}:`, () => sample().forEach(check));
});

describe("The mutation run", () => {
  it("has cases for every template, and its result for every statement is in docs/circuits.md", () => {
    expect(withoutCases()).to.deep.equal([]);
    const page = readFileSync(new URL("../../docs/circuits.md", import.meta.url), "utf8");
    expect(page).to.include(` of ${STATEMENTS} weakened statements are noticed`);
  });

  const outcomes = (body: string, refuses: readonly [bigint, bigint][]): string[] =>
    judge([
      own(body, {
        accepts: [{ why: "equal numbers", inputs: { a: 2n, b: 2n } }],
        refuses: refuses.map(([a, b]) => ({ why: `${a} and ${b}`, inputs: { a, b } })),
      }),
    ]).map(({ outcome }) => outcome);
  const OWN = "template Own() { signal input a; signal input b;";

  it("notices an assertion that a case needs", () => {
    expect(outcomes(`${OWN} a === b; }`, [[1n, 2n]])).to.deep.equal(["noticed"]);
  });

  it("finds one that no case needs, and one that says what another says", () => {
    expect(outcomes(`${OWN} a === b; }`, [])).to.deep.equal(["survived"]);
    expect(outcomes(`${OWN} a === b; b === a; }`, [[1n, 2n]])).to.deep.equal(["survived", "survived"]);
  });

  it("finds a value that something else pins", () => {
    expect(outcomes(`${OWN} signal c; c <== a; c === b; }`, [])).to.deep.equal(["survived", "survived"]);
    expect(outcomes(`${OWN} signal c; c <== a; c === b; }`, [[1n, 2n]])).to.deep.equal(["noticed", "noticed"]);
  });

  it("says of what no harness has that it was not made", () => {
    expect(outcomes(`${OWN} if (1 == 2) { a === b; } }`, [])).to.deep.equal(["not made"]);
  });

  it("refuses cases that are not what they say", () => {
    expect(() => outcomes(`${OWN} a === b; }`, [[2n, 2n]])).to.throw("Own does not refuse 2 and 2");
    expect(() => outcomes(`${OWN} a === b + 1; }`, [])).to.throw("Own does not accept equal numbers");
  });
});
