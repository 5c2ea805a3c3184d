import { expect } from "chai";
import { mainFile } from "../../circuits/build/compile.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import { unoptimised } from "../support/circuit.ts";
import { determinism } from "../support/determinism.ts";

describe("The rebalance circuit", () => {
  it("leaves nothing to choose beyond its inputs: each signal follows from them, by divisions only where the divisor is argued", () => {
    const { r1cs, names } = unoptimised(mainFile(findCircuit("small", "rebalance")));
    // Quotient and remainder are unique together, by the remainder's bound: DivideFloor, forged in
    // templates/numeric.ts.
    const quotients = [...names].filter(([, name]) => /\.Limit_\d+\.quotient\.out$/.test(name)).map(([wire]) => wire);
    expect(quotients.length).to.equal(10);
    const { undetermined, divided } = determinism(r1cs, quotients);
    expect(undetermined.map((wire) => names.get(wire))).to.deep.equal([]);
    const argued = [
      // FieldQuotient in DoubleAndAdd: curve.circom, OddMultiple
      /shared\[\d+\]\.step\[\d+\]\.FieldQuotient_\d+\.out$/,
      // MontgomeryAdd and MontgomeryDouble on points of order l: OddMultiple, and circomlib on constant points
      /\.lamda$/,
      // changes of chart: OddMultiple, and circomlib on constant points
      /\.(montgomery|edwards|e2m|m2e|cm2e)(\[\d+\])?\.out\[[01]\]$/,
      // BabyAdd, complete because d is not a square
      /\.(xout|yout)$/,
    ];
    const unargued = divided
      .map((wire) => names.get(wire)!)
      .filter((name) => !argued.some((pattern) => pattern.test(name)));
    expect(unargued).to.deep.equal([]);
  });
});
