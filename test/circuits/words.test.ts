import { expect } from "chai";
import { toWord } from "../../prover/base/field.ts";
import { describeWord, wordIndex } from "../../prover/format/profile.ts";
import { publicSignals } from "../../prover/format/transcript.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import type { Circuit } from "../support/circuit.ts";
import { SMALL, smallRebalance } from "../support/rebalance.ts";
import { randomScenario } from "../support/scenario.ts";

const { inputs, words, signals } = buildSubmission(randomScenario(SMALL, 2, "redeeming").request);
const changed = (index: number): bigint[] => words.map((word, i) => (i === index ? toWord(word + 1n) : word));

/** Words the circuit computes itself, by the start of their names. */
const COMPUTED =
  /^(header\.(oldCommitment|newCommitment|cashFlow|nav|insolvent|strategyCommitment)|orderCommitments|ephemeral|payload)/;
/** Words that enter what is sealed, so that a seal made for others does not open here. */
const IN_CONTEXT = /^(header\.(chainId|market|vault|epoch|snapshotHash)|committeeKeys)/;

describe("The words of a submission", () => {
  let circuit: Circuit;
  before(() => {
    circuit = smallRebalance();
  });

  describe("can't differ between prover and contract: the proof is refused when the contract holds another", () => {
    SMALL.wordNames.forEach((_, index) => {
      it(describeWord(SMALL, index), () => {
        // The prover used another word; digest, sum and challenge are those of the contract.
        const forged = circuit.forge({ ...inputs, words: changed(index) });
        forged[circuit.wire("h")] = signals.h;
        forged[circuit.wire("d")] = signals.d;
        expect(circuit.accepts(forged)).to.equal(false);
      });
    });
  });

  describe("that state a result, or that the seal is made for, are refused when false, with prover and contract agreeing on them", () => {
    SMALL.wordNames.forEach((name, index) => {
      if (!COMPUTED.test(name) && !IN_CONTEXT.test(name)) return;
      it(describeWord(SMALL, index), () => {
        const others = changed(index);
        expect(circuit.refuses({ ...inputs, words: others, x: publicSignals(others).x })).to.equal(true);
      });
    });
  });

  it("of which nothing depends are bound all the same: redeemed shares", () => {
    const others = changed(wordIndex(SMALL, "header.redeemShares"));
    const { h, d, x } = publicSignals(others);
    expect(circuit.run({ ...inputs, words: others, x })).to.deep.equal([h, d, x]);
    expect(h).not.to.equal(signals.h);
  });
});
