import { expect } from "chai";
import fc from "fast-check";
import { toWord } from "../../prover/base/field.ts";
import { Circuit, CompileError } from "../support/circuit.ts";
import { integer, natural, word, wrap } from "./templates/template.ts";

// Cases that every template must accept or refuse are in templates/numeric.ts; here is what takes a prover who computes
// something else, or a compiler.
const file = "lib/numeric.circom";

describe("Ranges", () => {
  it("give zero one sign only (non-canonical sign of zero)", () => {
    const circuit = new Circuit(wrap(file, "Integer(8)", { in: word }, ["isNatural"]));
    expect(circuit.run({ in: 0n })[0]).to.equal(1n);
    expect(circuit.refuses({ in: 0n }, { isNatural_out: 0n })).to.equal(true);
  });

  it("of 253 bits still have one decomposition, and the compiler refuses 254 (Num2Bits(254) aliasing)", () => {
    const circuit = new Circuit(wrap(file, "Bits(253)", { in: word }));
    expect(circuit.accepts(circuit.prove({ in: (1n << 253n) - 1n }))).to.equal(true);
    for (const x of [1n << 253n, -1n]) expect(circuit.refuses({ in: x }), `${x}`).to.equal(true);
    expect(() => new Circuit(wrap(file, "Bits(254)", { in: word }))).to.throw(CompileError, /assert/i);
  });
});

describe("A comparison", () => {
  const bound = 1n << 20n;

  it("takes no signal without a range: circom refuses an untagged one (comparator fed an unranged input)", () => {
    for (const call of ["AssertAtMost()", "IsAbove()", "Maximum()"]) {
      expect(() => new Circuit(wrap(file, call, { a: word, b: word })), call).to.throw(CompileError, /tag/i);
    }
  });

  it("that is wider than the field is refused by the compiler", () => {
    for (const call of ["AssertAtMost()", "IsAbove()", "Maximum()"]) {
      expect(() => new Circuit(wrap(file, call, { a: integer(252), b: integer(252) })), call).to.throw(
        CompileError,
        /assert/i,
      );
    }
  });

  it("finds the larger of any two numbers", () => {
    const circuit = new Circuit(wrap(file, "Maximum()", { a: integer(20), b: integer(20) }, ["out"]));
    fc.assert(
      fc.property(fc.bigInt(-bound, bound), fc.bigInt(-bound, bound), (a, b) => {
        expect(circuit.run({ a, b })[0]).to.equal(toWord(a > b ? a : b));
      }),
      { numRuns: 50 },
    );
  });

  it("can't be made to find the smaller one", () => {
    const above = new Circuit(wrap(file, "IsAbove()", { a: integer(20), b: integer(20) }, ["out"]));
    const larger = new Circuit(wrap(file, "Maximum()", { a: integer(20), b: integer(20) }, ["out"]));
    for (const [a, b] of [
      [4n, 5n],
      [5n, 4n],
      [-bound, bound],
    ] as const) {
      expect(above.refuses({ a, b }, { out_out: a > b ? 0n : 1n })).to.equal(true);
      expect(larger.refuses({ a, b }, { out_out: a > b ? b : a })).to.equal(true);
    }
  });
});

describe("A division by 10^4", () => {
  const main = wrap(file, "DivideFloor(10000, 55)", { in: natural(68) }, ["out"]);

  it("rounds any number down", () => {
    const circuit = new Circuit(main);
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 68n) - 1n), (x) => {
        expect(circuit.run({ in: x })[0]).to.equal(x / 10_000n);
      }),
      { numRuns: 50 },
    );
  });

  it("that needs more bits than it is given is refused by the compiler", () => {
    expect(() => new Circuit(wrap(file, "DivideFloor(10000, 54)", { in: natural(68) }))).to.throw(
      CompileError,
      /assert/i,
    );
  });

  it("that could wrap around the field is refused by the compiler", () => {
    expect(() => new Circuit(wrap(file, "DivideFloor(10000, 235)", { in: natural(248) }))).to.throw(
      CompileError,
      /assert/i,
    );
  });
});
