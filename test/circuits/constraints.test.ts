import { expect } from "chai";
import { smallRebalance } from "../support/rebalance.ts";

// A change of a count is a change of the statement, of the key and of the time to prove. If it is meant:
//   1. node bench/circuits.ts small, and put the total and the wires here;
//   2. node bench/circuits.ts standard, and put the table into docs/circuits.md. The standard circuit has to stay
//      below 2^16 - 4 constraints.
const SMALL = { constraints: 27_252, wires: 27_126, publicSignals: 3 };

describe("The size of the small rebalance circuit", () => {
  it("is what it was when it was last looked at", () => {
    const { r1cs } = smallRebalance();
    expect({
      constraints: r1cs.constraints.length,
      wires: r1cs.wires,
      publicSignals: r1cs.publicSignals,
    }).to.deep.equal(SMALL);
  });
});
