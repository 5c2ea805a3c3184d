import { expect } from "chai";
import fc from "fast-check";
import hre from "hardhat";
import { babyjubjub } from "@noble/curves/misc.js";
import { BASE8 } from "../../circuits/format/generators.ts";

// The reference is an independent implementation: @noble/curves.
const { Point } = babyjubjub;
type CurvePoint = typeof Point.BASE;
const r = Point.CURVE().p;
const l = Point.CURVE().n;

/** Same point, another z. */
const projective = (p: CurvePoint, z = 1n) => {
  const { x, y } = p.toAffine();
  return { x: (x * z) % r, y: (y * z) % r, z };
};
const multiple = (k: bigint): CurvePoint => Point.BASE.multiplyUnsafe(k % l);

// A point of order 8: l times a point of the whole curve. Its multiples are the eight points of small order.
const wholeCurve = (() => {
  for (let y = 2n; ; y++) {
    try {
      const p = Point.fromBytes(Uint8Array.from({ length: 32 }, (_, i) => Number((y >> BigInt(8 * i)) & 255n)));
      if (
        !p
          .multiplyUnsafe(l - 1n)
          .add(p)
          .multiplyUnsafe(4n)
          .is0()
      )
        return p;
    } catch {
      // No such point: next y.
    }
  }
})();
const order8 = wholeCurve.multiplyUnsafe(l - 1n).add(wholeCurve);
const smallOrder = Array.from({ length: 8 }, (_, k) => (k === 0 ? Point.ZERO : order8.multiplyUnsafe(BigInt(k))));

describe("The curve on chain", () => {
  let curve: any;
  before(async () => {
    const { ethers } = await hre.network.create();
    curve = await ethers.deployContract("CurveHarness");
  });

  const expectPoint = async (actual: any, expected: CurvePoint) => {
    const { x, y } = expected.toAffine();
    expect(await curve.equals({ x: actual.x, y: actual.y, z: actual.z }, { x, y, z: 1n })).to.equal(true);
  };

  it("adds as an independent library does, on random points and any z", async () => {
    const scalar = fc.bigInt({ min: 1n, max: l - 1n });
    await fc.assert(
      fc.asyncProperty(scalar, scalar, fc.bigInt({ min: 1n, max: r - 1n }), async (a, b, z) => {
        const q = multiple(b).toAffine();
        await expectPoint(await curve.addAffine(projective(multiple(a), z), q.x, q.y), multiple(a).add(multiple(b)));
      }),
      { numRuns: 30 },
    );
  });

  it("adds right where incomplete formulas break: identity, doubles, opposites, points of small order", async () => {
    const p = multiple(123456789n);
    const points = [...smallOrder, p, p.negate(), p.add(order8), p.double()];
    for (const a of points)
      for (const b of points) {
        const { x, y } = b.toAffine();
        await expectPoint(await curve.addAffine(projective(a, 77n), x, y), a.add(b));
      }
  });

  it("multiplies as an independent library does, for scalars up to 2^256 − 1", async () => {
    const p = multiple(42n);
    const { x, y } = p.toAffine();
    for (const k of [0n, 1n, 2n, 3n, l - 1n, l, l + 1n, r, 2n ** 255n, 2n ** 256n - 1n])
      await expectPoint(await curve.mul(x, y, k), p.multiplyUnsafe(k % l));
    const scalars = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
    await fc.assert(
      fc.asyncProperty(scalars, async (k) => expectPoint(await curve.mul(x, y, k), p.multiplyUnsafe(k % l))),
      { numRuns: 10 },
    );
  });

  it("multiplies points of small order right", async () => {
    for (const [k, p] of smallOrder.entries()) {
      const { x, y } = p.toAffine();
      await expectPoint(await curve.mul(x, y, 5n), smallOrder[(5 * k) % 8]!);
      await expectPoint(await curve.mul(x, y, 8n), Point.ZERO);
    }
  });

  it("has circomlib's base point as its base point", () => {
    expect(Point.BASE.toAffine()).to.deep.equal({ x: BASE8[0], y: BASE8[1] });
  });

  it("knows its points: a coordinate off by one, swapped or not reduced is none", async () => {
    const { x, y } = multiple(7n).toAffine();
    expect(await curve.isOnCurve(x, y)).to.equal(true);
    expect(await curve.isOnCurve(0n, 1n)).to.equal(true);
    expect(await curve.isOnCurve(x, y + 1n)).to.equal(false);
    expect(await curve.isOnCurve(y, x)).to.equal(false);
    expect(await curve.isOnCurve(0n, 0n)).to.equal(false);
    expect(await curve.isOnCurve(x + r, y)).to.equal(false);
    expect(await curve.isOnCurve(x, y + r)).to.equal(false);
    expect(await curve.isOnCurve(0n, r + 1n)).to.equal(false);
  });

  it("tells the prime subgroup from the seven other cosets", async () => {
    const p = multiple(987654321n);
    for (const [k, small] of smallOrder.entries()) {
      for (const q of [small, p.add(small)]) {
        const { x, y } = q.toAffine();
        expect(await curve.isOnCurve(x, y)).to.equal(true);
        expect(await curve.isInSubgroup(x, y), `coset ${k}`).to.equal(k === 0);
      }
    }
  });

  it("finds a point with z = 0 equal to nothing, not even to itself", async () => {
    const nothing = { x: 0n, y: 0n, z: 0n };
    const p = projective(multiple(3n));
    expect(await curve.equals(nothing, nothing)).to.equal(false);
    expect(await curve.equals(p, nothing)).to.equal(false);
    expect(await curve.equals(nothing, p)).to.equal(false);
    expect(await curve.equals(p, projective(multiple(3n), 9n))).to.equal(true);
    expect(await curve.equals(p, projective(multiple(3n).negate()))).to.equal(false);
    expect(await curve.equals(p, projective(multiple(4n)))).to.equal(false);
  });

  it("costs under 1,500 gas an addition and under 300,000 a subgroup check", async () => {
    const { x, y } = multiple(5n).toAffine();
    const { gasUsedAdd, gasUsedSubgroup } = await curve.gasOf(x, y);
    console.log(`      addition ${gasUsedAdd} gas, subgroup check ${gasUsedSubgroup} gas`);
    expect(gasUsedAdd < 1_500n).to.equal(true);
    expect(gasUsedSubgroup < 300_000n).to.equal(true);
  });
});
