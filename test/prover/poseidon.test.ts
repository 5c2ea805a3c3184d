import { expect } from "chai";
import { buildPoseidonReference } from "circomlibjs";
import type { Poseidon } from "circomlibjs";
import { FIELD_ORDER } from "../../prover/base/field.ts";
import { poseidon, poseidonEx, transcriptHash } from "../../prover/crypto/poseidon.ts";
import { Dice } from "../support/scenario.ts";

describe("Poseidon", () => {
  let reference: Poseidon;
  before(async () => void (reference = await buildPoseidonReference()));

  it("gives circomlib's published value for (1, 2)", () => {
    expect(poseidon([1n, 2n])).to.equal(7853200120776062878684798364095072458815029376092732009249414926327459813530n);
  });

  it("agrees with the unoptimised reference for every number of inputs and outputs", () => {
    const dice = new Dice(1);
    for (let n = 1; n <= 16; n++) {
      const inputs = Array.from({ length: n }, () => dice.word());
      const state = reference(inputs, 0n, n + 1) as Uint8Array[];
      const expected = state.map((element) => reference.F.toObject(element));
      expect(poseidon(inputs)).to.equal(expected[0]);
      for (const outputs of [1, 2, n + 1])
        expect(poseidonEx(inputs, outputs)).to.deep.equal(expected.slice(0, outputs));
    }
  });

  it("takes signed inputs mod r", () => {
    expect(poseidon([-1n])).to.equal(poseidon([FIELD_ORDER - 1n]));
  });

  it("chains 15 words a block behind the word count", () => {
    const words = Array.from({ length: 20 }, (_, i) => BigInt(i + 1));
    const first = poseidon([20n, ...words.slice(0, 15)]);
    expect(transcriptHash(words)).to.equal(poseidon([first, ...words.slice(15), ...Array<bigint>(10).fill(0n)]));
  });

  it("tells a vector from the same with zeros behind it", () => {
    expect(transcriptHash([1n, 2n])).to.not.equal(transcriptHash([1n, 2n, 0n]));
    expect(transcriptHash([])).to.not.equal(transcriptHash([0n]));
  });
});
