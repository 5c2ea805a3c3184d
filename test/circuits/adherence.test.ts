import { expect } from "chai";
import fc from "fast-check";
import { MandateRefused } from "../../prover/book/mandate.ts";
import { lots } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionInputs, SubmissionRequest } from "../../prover/submission/witness.ts";
import { insistOn, refusedRetreat, requestFor, unnamedRetreat } from "../support/adherence.ts";
import type { Circuit } from "../support/circuit.ts";
import { SMALL, smallRebalance } from "../support/rebalance.ts";
import { arbitrarySituation, arbitraryStrategy } from "../support/strategy.ts";

const CASES = process.env["TACIT_SLOW"] === undefined ? 24 : 300;
const ROWS = 6 * SMALL.groups + SMALL.slots + 6;
const NONE = Array<bigint>(ROWS).fill(0n);

interface Case {
  request: SubmissionRequest;
  built: BuiltSubmission;
}

/** Random strategies in random situations that have a valid submission, the same on every run. */
function cases(): Case[] {
  const found: Case[] = [];
  for (const { strategy, situation } of fc.sample(
    fc.record({ strategy: arbitraryStrategy(SMALL), situation: arbitrarySituation(SMALL) }),
    { seed: 2, numRuns: 2 * CASES },
  )) {
    const request = requestFor(SMALL, strategy, { ...situation, halted: situation.epoch % 17n === 0n });
    try {
      found.push({ request, built: buildSubmission(request) });
    } catch (error) {
      if (!(error instanceof MandateRefused)) throw error;
    }
  }
  return found.slice(0, CASES);
}

describe("The order of a submission", () => {
  let circuit: Circuit;
  let all: Case[];
  before(() => {
    circuit = smallRebalance();
    all = cases();
  });
  const trading = (mode: string): Case[] =>
    all.filter(({ built }) => built.decision.mode === mode && built.decision.refused.length === 0);
  const expectRefused = (inputs: SubmissionInputs, why: string): void => {
    expect(circuit.refuses(inputs), why).to.equal(true);
  };

  it("is accepted where it is the one that the committed strategy decides", () => {
    const seen = new Set<string>();
    for (const {
      built: { inputs, signals, decision },
    } of all) {
      expect(circuit.run(inputs)).to.deep.equal([signals.h, signals.d, signals.x]);
      seen.add(decision.mode);
      if (decision.refused.length > 0) seen.add("refused");
      for (const { clip } of decision.reasons) if (clip !== undefined) seen.add(clip);
    }
    expect([...seen].sort()).to.include.members([
      "cash",
      "defend",
      "idle",
      "participation",
      "position",
      "refused",
      "trade",
    ]);
  });

  for (const mode of ["trade", "defend"]) {
    it(`is refused where a vault that is to ${mode} sends a lot more or less than decided, whatever limit is named`, () => {
      trading(mode)
        .slice(0, 2)
        .forEach(({ request, built: { decision, inputs: honest } }, n) => {
          for (const slot of [n % 4, (n + 1) % 4]) {
            for (const by of [1n, -1n]) {
              const { inputs } = insistOn(
                request,
                decision.order.map((delta, i) => lots(i === slot ? delta + by : delta)),
              );
              const claims = honest["clips"] as bigint[][];
              for (const named of [undefined, 0, 1]) {
                const clips =
                  named === undefined
                    ? claims
                    : claims.with(
                        slot,
                        [0, 1, 2].map((k) => (k === named ? 1n : 0n)),
                      );
                expectRefused({ ...inputs, clips }, `case ${n}, slot ${slot}, by ${by}, limit ${named}`);
              }
            }
          }
        });
    });
  }

  it("is refused where nothing is sent for a row that holds", () => {
    const moving = trading("trade")
      .filter(({ built }) => built.decision.order.some((delta) => delta !== 0n))
      .slice(0, 2);
    expect(moving.length).to.equal(2);
    for (const { request, built } of moving) {
      const halvings = Number(request.book.halvings) + 1 > 7 ? 7 : Number(request.book.halvings) + 1;
      const { decision } = built;
      const { inputs } = insistOn(
        request,
        decision.order.map(() => lots(0n)),
        { halvings },
      );
      for (const row of [0, ROWS - 2, ROWS - 1]) {
        expectRefused(
          {
            ...inputs,
            order: built.inputs["order"]!,
            lossAfter: built.inputs["lossAfter"]!,
            directions: built.inputs["directions"]!,
            refusedRow: NONE.with(row, 1n),
          },
          `row ${row}`,
        );
      }
      expectRefused(inputs, "as if nothing were decided");
    }
  });

  it("is refused where a vault retreats that is to trade, and trades that is to retreat", () => {
    for (const { request, built } of trading("trade")
      .filter(({ built }) => built.settlement.positions.some((q) => q !== 0n))
      .slice(0, 3)) {
      const order = built.settlement.positions.map((q) => lots(-q / 4n));
      expectRefused(insistOn(request, order).inputs, "a retreat");
    }
    for (const { request, built } of trading("defend")
      .filter(({ built }) => built.decision.order.some((delta) => delta !== 0n))
      .slice(0, 3)) {
      expectRefused(
        insistOn(
          request,
          built.decision.order.map(() => lots(0n)),
        ).inputs,
        "nothing",
      );
    }
  });

  it("is refused where a retreat does not name the slot that holds it up", () => {
    expectRefused(unnamedRetreat(), "unnamed");
  });

  it("is refused where a vault that has to shrink sends nothing, though a row refuses what it decided", () => {
    expectRefused(refusedRetreat(), "nothing");
  });

  it("is refused where a pace is halved though an order was sent", () => {
    const { request, built } = trading("trade")[0]!;
    expectRefused(
      insistOn(request, built.decision.order, { halvings: built.decision.halvings + 1 }).inputs,
      "halvings",
    );
  });

  it("is refused where a strategy decides that the vault is not committed to", () => {
    const { request, built } = trading("trade")[0]!;
    const other = buildSubmission({
      ...request,
      strategy: { ...request.strategy, viewsBps: request.strategy.viewsBps.map((view) => view + 1n) },
    });
    expectRefused(other.inputs, "another strategy");
    expectRefused(
      { ...other.inputs, strategyWords: built.inputs["strategyWords"]! },
      "another strategy behind the words of the one",
    );
  });

  it("is refused where a private input of the decision is another, and the words stay as they are", () => {
    for (const {
      built: { inputs },
    } of [trading("trade")[1]!, trading("defend")[0]!]) {
      for (const name of ["order", "strategyWords", "lossBefore", "lossAfter", "halvings0", "refusedRow"]) {
        const value = inputs[name]!;
        if (!Array.isArray(value)) expectRefused({ ...inputs, [name]: value + 1n }, name);
        else
          for (const at of [value.length - 1])
            expectRefused(
              { ...inputs, [name]: (value as bigint[]).with(at, (value as bigint[])[at]! + 1n) },
              `${name}, number ${at}`,
            );
      }
    }
  });
});
