import { readFileSync } from "node:fs";
import { babyjubjub } from "@noble/curves/misc.js";
import { expect } from "chai";
import { BASE8, G, generatorsCircom, generatorsSolidity, H } from "../../circuits/format/generators.ts";

const bases = [...G, H, BASE8].map(([x, y]) => babyjubjub.Point.fromAffine({ x, y }));

describe("The bases of the order commitments", () => {
  it("are the same in the circuit, the contracts and the derivation", () => {
    for (const [path, source] of [
      ["circuits/lib/generators.circom", generatorsCircom],
      ["contracts/curve/Generators.sol", generatorsSolidity],
    ] as const)
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"), path).to.equal(source());
  });

  it("lie on the curve, in the subgroup of prime order, and none is the identity", () => {
    for (const base of bases) {
      base.assertValidity();
      expect(base.isTorsionFree()).to.equal(true);
      expect(base.is0()).to.equal(false);
    }
  });

  it("are all different, also up to sign, so that no order can stand for another", () => {
    const ordinates = new Set(bases.map((base) => base.toAffine().y));
    expect(ordinates.size).to.equal(18);
  });
});
