import { expect } from "chai";
import fc from "fast-check";
import { toWord } from "../../prover/field.ts";
import { Circuit } from "../support/circuit.ts";

const includes = ["lib/numeric.circom"];
const numeric = (template: string, inputs: readonly string[], body?: string): Promise<Circuit> =>
  Circuit.compile({ includes, template, inputs, ...(body === undefined ? {} : { body }) });

/** A template of two integers with |a| <= A and |b| <= B, taken on trust. */
const tagged = (call: string, a: bigint, b: bigint, tags = "maxAbs"): string => `
template Tagged() {
    signal input a;
    signal input b;
    signal {${tags}} x;
    signal {${tags}} y;
    x.maxAbs = ${a};
    y.maxAbs = ${b};
    x <== a;
    y <== b;
    ${call}
}`;

describe("Ranges", () => {
  describe("of a natural number below 2^8", () => {
    let circuit: Circuit;
    before(async () => { circuit = await numeric("Natural(8)", ["in"]); });

    it("hold at 0, 1 and 255", () => {
      for (const x of [0n, 1n, 255n]) expect(circuit.run({ in: x })).to.deep.equal([x, x]);
    });

    it("refuse 256, 257, -1 and the largest field element below -1, whatever the prover leaves out", () => {
      for (const x of [256n, 257n, -1n, -2n, 1n << 252n]) expect(circuit.refuses({ in: x }), `${x}`).to.equal(true);
    });

    it("have one decomposition: no bit can be another, no bit can be 2", () => {
      const bit = (i: number): string => `bits.out[${i}]`;
      expect(circuit.refuses({ in: 4n }, { [bit(1)]: 2n, [bit(2)]: 0n })).to.equal(true);
      // The compiler has solved bit 7 away: it is what the others leave of the number.
      for (let i = 0; i < 7; i++) expect(circuit.refuses({ in: 4n }, { [bit(i)]: i === 2 ? 0n : 1n })).to.equal(true);
    });
  });

  describe("of an integer in [-2^8, 2^8)", () => {
    let circuit: Circuit;
    before(async () => { circuit = await numeric("Integer(8)", ["in"]); });

    it("hold at both ends and tell the sign; zero is not negative", () => {
      for (const x of [-256n, -255n, -1n, 0n, 1n, 255n]) {
        const witness = circuit.prove({ in: x });
        expect(circuit.accepts(witness)).to.equal(true);
        expect(circuit.value(witness, "isNatural")).to.equal(x >= 0n ? 1n : 0n);
      }
    });

    it("refuse -257 and 256", () => {
      for (const x of [-257n, 256n, 1n << 200n]) expect(circuit.refuses({ in: x }), `${x}`).to.equal(true);
    });

    it("give zero one sign only (non-canonical sign of zero)", () => {
      const forged = circuit.forge({ in: 0n });
      forged[circuit.wire("isNatural")] = 0n;
      expect(circuit.accepts(forged)).to.equal(false);
    });
  });

  it("of 253 bits still have one decomposition, and the compiler refuses 254 (Num2Bits(254) aliasing)", async () => {
    const circuit = await numeric("Bits(253)", ["in"]);
    expect(circuit.accepts(circuit.prove({ in: (1n << 253n) - 1n }))).to.equal(true);
    for (const x of [1n << 253n, -1n]) expect(circuit.refuses({ in: x }), `${x}`).to.equal(true);
    const wide = await numeric("Bits(254)", ["in"]).then(() => "compiled", (error: Error) => error.message);
    expect(wide).to.match(/assert/i);
  });
});

describe("Bits", () => {
  it("are 0 or 1 and nothing else", async () => {
    const circuit = await numeric("Bit()", ["in"]);
    for (const x of [0n, 1n]) expect(circuit.run({ in: x })).to.deep.equal([x, x]);
    for (const x of [2n, -1n]) expect(circuit.refuses({ in: x }), `${x}`).to.equal(true);
  });

  it("of a choice: none or one may be set, not two, and not one of value 2", async () => {
    const circuit = await numeric("AtMostOne(4)", ["in"]);
    for (const list of [[0n, 0n, 0n, 0n], [0n, 1n, 0n, 0n], [0n, 0n, 0n, 1n]]) circuit.run({ in: list });
    for (const list of [[1n, 1n, 0n, 0n], [1n, 1n, 1n, 1n], [2n, 0n, 0n, 0n], [-1n, 1n, 0n, 0n], [-1n, 1n, 1n, 0n]]) {
      expect(circuit.refuses({ in: list }), `${list}`).to.equal(true);
    }
  });
});

describe("Whether a number is zero", () => {
  let circuit: Circuit;
  before(async () => { circuit = await numeric("EqualsZero()", ["in"]); });

  it("is told for 0, 1 and -1", () => {
    for (const x of [0n, 1n, -1n]) expect(circuit.run({ in: x })[0]).to.equal(x === 0n ? 1n : 0n);
  });

  it("can't be told the other way round, with any inverse", () => {
    for (const x of [0n, 1n, 7n]) {
      for (const inverse of [0n, 1n, 5n]) expect(circuit.refuses({ in: x }, { out: x === 0n ? 0n : 1n, inverse })).to.equal(true);
    }
  });
});

describe("A comparison", () => {
  const bound = (1n << 20n) - 1n;

  it("that must hold does so up to equality, for integers of both signs", async () => {
    const circuit = await numeric("Tagged()", ["a", "b"], tagged("AssertAtMost()(x, y);", bound, bound));
    for (const [a, b] of [[4n, 5n], [5n, 5n], [-bound, bound], [-1n, 0n], [-6n, -5n], [0n, 0n]] as const) circuit.run({ a, b });
    for (const [a, b] of [[6n, 5n], [bound, -bound], [0n, -1n], [-5n, -6n]] as const) {
      expect(circuit.refuses({ a, b }), `${a} <= ${b}`).to.equal(true);
    }
  });

  it("takes no signal without a range: circom refuses an untagged one", async () => {
    const untagged = tagged("", 1n, 1n).replace(/\}$/, "    AssertAtMost()(a, b);\n}");
    const message = await numeric("Tagged()", ["a", "b"], untagged).then(() => "compiled", (error: Error) => error.message);
    expect(message).to.match(/tag/i);
  });

  it("that is wider than the field is refused by the compiler", async () => {
    const message = await numeric("Tagged()", ["a", "b"], tagged("AssertAtMost()(x, y);", 1n << 252n, 1n)).then(() => "compiled", (error: Error) => error.message);
    expect(message).to.match(/assert/i);
  });

  it("finds the larger number and can't be made to find the smaller", async () => {
    const body = tagged("signal output above;\n    signal output larger;\n    above <== IsAbove()(x, y);\n    larger <== Maximum()(x, y);", bound, bound);
    const circuit = await numeric("Tagged()", ["a", "b"], body);
    const integer = fc.bigInt(-bound, bound);
    fc.assert(fc.property(integer, integer, (a, b) => {
      const [above, larger] = circuit.run({ a, b });
      expect(above).to.equal(a > b ? 1n : 0n);
      expect(larger).to.equal(toWord(a > b ? a : b));
    }), { numRuns: 30, examples: [[5n, 5n], [5n, 6n], [6n, 5n], [-bound, bound], [bound, -bound], [-5n, -6n]] });
    for (const [a, b] of [[4n, 5n], [5n, 4n], [5n, 5n], [-bound, bound]] as const) {
      expect(circuit.refuses({ a, b }, { above: a > b ? 0n : 1n })).to.equal(true);
      expect(circuit.refuses({ a, b }, { larger: (a > b ? a : b) + 1n })).to.equal(true);
    }
  });
});

describe("A magnitude", () => {
  it("is the number without its sign, and no other", async () => {
    const body = `
template Tagged() {
    signal input in;
    signal output out;
    component integer = Integer(16);
    integer.in <== in;
    out <== Magnitude()(integer.out, integer.isNatural);
}`;
    const circuit = await numeric("Tagged()", ["in"], body);
    for (const x of [0n, 1n, -1n, 65_535n, -65_536n]) {
      expect(circuit.run({ in: x })[0]).to.equal(x < 0n ? -x : x);
      expect(circuit.refuses({ in: x }, { out: x === 0n ? 1n : x < 0n ? x : -x })).to.equal(true);
    }
  });
});

describe("A division by 10^4", () => {
  const most = (1n << 68n) - 1n;
  const body = `
template Tagged() {
    signal input in;
    signal output out;
    signal {natural, maxAbs} x;
    x.maxAbs = ${most};
    x <== in;
    out <== DivideFloor(10000)(x);
}`;
  let circuit: Circuit;
  before(async () => { circuit = await numeric("Tagged()", ["in"], body); });

  it("rounds down", () => {
    fc.assert(fc.property(fc.bigInt(0n, most), (x) => {
      expect(circuit.run({ in: x })[0]).to.equal(x / 10_000n);
    }), { numRuns: 20, examples: [[0n], [1n], [9_999n], [10_000n], [10_001n], [19_999n], [most]] });
  });

  it("has one quotient: one less, one more or a field quotient are refused (unranged quotient and remainder)", async () => {
    // The dishonest prover's quotient, and everything that follows from it.
    for (const quotient of ["in \\ DIVISOR - 1", "in \\ DIVISOR + 1", "in / DIVISOR", "0"]) {
      const forged = await Circuit.compile({ includes, template: "Tagged()", inputs: ["in"], body }, [
        (file, text) => (file === "circuits/lib/numeric.circom" ? text.replace("quotient <-- in \\ DIVISOR;", `quotient <-- ${quotient};`) : text),
      ]);
      for (const x of [10_001n, 123_456_789n, 29_999n, most]) expect(forged.refuses({ in: x }), `${x}, ${quotient}`).to.equal(true);
    }
  });
});

describe("A quotient in the field", () => {
  it("times the divisor is the dividend, and no other number is taken", async () => {
    const circuit = await numeric("FieldQuotient()", ["a", "b"]);
    expect(circuit.run({ a: 12n, b: 4n })[0]).to.equal(3n);
    expect(circuit.run({ a: 0n, b: 4n })[0]).to.equal(0n);
    expect(circuit.refuses({ a: 12n, b: 4n }, { out: 4n })).to.equal(true);
    expect(circuit.refuses({ a: 12n, b: 0n })).to.equal(true);
  });
});
