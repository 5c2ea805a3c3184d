import { expect } from "chai";
import { buildBabyjub } from "circomlibjs";
import type { BabyJub } from "circomlibjs";
import fc from "fast-check";
import {
  addPoints,
  BASE8,
  IDENTITY,
  isSubgroupPoint,
  multiplyBase,
  multiplyPoint,
  requireSubgroup,
  samePoint,
  SUBGROUP_ORDER,
  sumOfMultiples,
} from "../../prover/crypto/curve.ts";
import type { Point } from "../../prover/crypto/curve.ts";
import { FIELD_ORDER, inverse, mod } from "../../prover/base/field.ts";
import { G, H } from "../../circuits/format/generators.ts";
import { thrown } from "../support/thrown.ts";

const scalar = fc.bigInt({ min: 0n, max: SUBGROUP_ORDER - 1n });
/** Points of order 2 and of order 4: (a^-1/2, 0) for a = 168700. */
const ORDER_2: Point = [0n, FIELD_ORDER - 1n];
const ORDER_4: Point = [squareRootOf(inverse(168700n, FIELD_ORDER)), 0n];

describe("BabyJubJub", () => {
  let reference: BabyJub;
  before(async () => void (reference = await buildBabyjub()));

  const toReference = ([x, y]: Point): [Uint8Array, Uint8Array] => [reference.F.e(x), reference.F.e(y)];
  const fromReference = ([x, y]: [Uint8Array, Uint8Array]): Point => [reference.F.toObject(x), reference.F.toObject(y)];

  it("has circomlib's chart and base point", () => {
    expect(BASE8).to.deep.equal(fromReference(reference.Base8));
  });

  it("adds and multiplies as circomlib's own library does", () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const [p, q] = [multiplyBase(a), multiplyBase(b)];
        expect(p).to.deep.equal(fromReference(reference.mulPointEscalar(reference.Base8, a)));
        expect(addPoints(p, q)).to.deep.equal(fromReference(reference.addPoint(toReference(p), toReference(q))));
        expect(multiplyPoint(b, p)).to.deep.equal(fromReference(reference.mulPointEscalar(toReference(p), b)));
      }),
      { numRuns: 15 },
    );
  });

  it("sums multiples as single multiplications would", () => {
    const sum = (scalars: bigint[]): Point => sumOfMultiples(scalars, [G[0]!, G[1]!, H]);
    fc.assert(
      fc.property(scalar, scalar, scalar, (a, b, c) => {
        const expected = addPoints(addPoints(multiplyPoint(a, G[0]!), multiplyPoint(b, G[1]!)), multiplyPoint(c, H));
        expect(sum([a, b, c])).to.deep.equal(expected);
      }),
      { numRuns: 15 },
    );
    expect(sum([0n, 0n, 0n])).to.deep.equal(IDENTITY);
  });

  it("takes negative and oversized scalars, on which circomlibjs loops for ever, mod the group order", () => {
    expect(addPoints(multiplyBase(-5n), multiplyBase(5n))).to.deep.equal(IDENTITY);
    for (const k of [0n, 1n, -1n, 7n]) {
      expect(multiplyBase(SUBGROUP_ORDER + k)).to.deep.equal(multiplyBase(k));
      expect(multiplyPoint(k - SUBGROUP_ORDER, H)).to.deep.equal(multiplyPoint(k, H));
    }
    expect(multiplyBase(SUBGROUP_ORDER - 1n)).to.deep.equal([FIELD_ORDER - BASE8[0], BASE8[1]]);
  });

  it("tells points of the prime subgroup from small-order and mixed ones", () => {
    expect(isSubgroupPoint(BASE8)).to.equal(true);
    for (const bad of [IDENTITY, ORDER_2, ORDER_4, addPoints(BASE8, ORDER_2), addPoints(BASE8, ORDER_4)]) {
      expect(isSubgroupPoint(bad)).to.equal(false);
      expect(thrown(() => requireSubgroup("a key", bad)))
        .to.include({ code: "not-in-subgroup" })
        .with.property("message")
        .that.matches(/^a key/);
    }
    expect(isSubgroupPoint([1n, 1n])).to.equal(false);
  });

  it("shows nothing of a secret scalar on a stranger's small-order point", () => {
    for (const k of [1n, 2n, 3n, 12345n]) {
      expect(multiplyPoint(k, ORDER_2)).to.deep.equal(IDENTITY);
      expect(multiplyPoint(k, ORDER_4)).to.deep.equal(IDENTITY);
      expect(samePoint(multiplyPoint(k, addPoints(H, ORDER_4)), multiplyPoint(k, H))).to.equal(true);
    }
  });

  it("refuses points off the curve, of the other chart and outside the field", () => {
    const [x, y] = BASE8;
    for (const bad of [
      [x, y + 1n],
      [mod(x * 168700n, FIELD_ORDER), y],
      [x + FIELD_ORDER, y],
      [-1n, 1n],
    ] as Point[]) {
      expect(thrown(() => addPoints(bad, BASE8))).to.include({ code: "not-on-curve" });
      expect(thrown(() => multiplyPoint(3n, bad))).to.include({ code: "not-on-curve" });
    }
  });
});

/** By Tonelli–Shanks with r − 1 = 2^28·odd. */
function squareRootOf(a: bigint): bigint {
  const power = (base: bigint, e: bigint): bigint => {
    let result = 1n;
    for (let b = base; e > 0n; e >>= 1n, b = (b * b) % FIELD_ORDER) if (e & 1n) result = (result * b) % FIELD_ORDER;
    return result;
  };
  const odd = (FIELD_ORDER - 1n) >> 28n;
  let [m, c, t, root] = [28, power(5n, odd), power(a, odd), power(a, (odd + 1n) / 2n)];
  while (t !== 1n) {
    let i = 0;
    for (let s = t; s !== 1n; s = (s * s) % FIELD_ORDER) i++;
    const b = power(c, 1n << BigInt(m - i - 1));
    [m, c] = [i, (b * b) % FIELD_ORDER];
    [t, root] = [(t * c) % FIELD_ORDER, (root * b) % FIELD_ORDER];
  }
  return root;
}
