import { expect } from "chai";
import { BASE8 } from "../../circuits/format/generators.ts";
import { multiplyPoint, SUBGROUP_ORDER } from "../../prover/crypto/curve.ts";
import { Circuit, CompileError } from "../support/circuit.ts";
import { bit, list, word, wrap } from "./templates/template.ts";

// Products that come out right are in templates/sealing.ts; here is what must not come out at all.
const file = "lib/curve.circom";

describe("A multiple of a fixed point", () => {
  it("of 247 to 249 bits, where circomlib loses some, is refused by the compiler (circomlib issue 138)", () => {
    for (const width of [247, 248, 249]) {
      expect(
        () => new Circuit(wrap("lib/sealing.circom", `FixedBase(${width}, BASE8())`, { bits: list(width, bit) })),
        `${width}`,
      ).to.throw(CompileError, /assert/i);
    }
  });
});

describe("The odd multiple of a member's key", () => {
  it("of more than 250 bits, whose steps could meet the group order, is refused by the compiler", () => {
    expect(
      () => new Circuit(wrap(file, "OddMultiple(251)", { bits: list(249, bit), "point.x": word, "point.y": word })),
    ).to.throw(CompileError, /assert/i);
    expect(2n ** 250n < SUBGROUP_ORDER && SUBGROUP_ORDER < 2n ** 251n).to.equal(true);
  });

  it("can't be another point: not its inverse, not a neighbour, not the identity", () => {
    const circuit = new Circuit(
      wrap(file, "OddMultiple(5)", { bits: list(3, bit), "point.x": word, "point.y": word }, ["out.x", "out.y"]),
    );
    const inputs = { bits: [1n, 0n, 1n], point_x: BASE8[0], point_y: BASE8[1] };
    const k = 0b11011n;
    expect(circuit.run(inputs).slice(0, 2)).to.deep.equal([...multiplyPoint(k, BASE8)]);
    for (const other of [-k, k + 1n, k - 1n, k + 2n, 0n]) {
      const [x, y] = other === 0n ? [0n, 1n] : multiplyPoint(other, BASE8);
      expect(circuit.refuses(inputs, { out_x_out: x!, out_y_out: y! }), `${other}`).to.equal(true);
    }
  });
});
