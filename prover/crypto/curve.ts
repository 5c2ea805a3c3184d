import { babyjubjub } from "@noble/curves/misc.js";
import { ProverError } from "../base/errors.ts";
import { FIELD_ORDER, inverse, mod } from "../base/field.ts";

/**
 * BabyJubJub in circomlib's chart, the only one used here: a·x² + y² = 1 + d·x²·y² with a = 168700, d = 168696.
 *
 * Points are affine pairs in [0, r). Every point that enters is checked to be on the curve; whether it is in the
 * subgroup of prime order l costs a multiplication and is asked for with `requireSubgroup` where a point arrives from
 * outside. Scalars are reduced mod l before use, which is exact for points of the subgroup.
 */
export type Point = readonly [x: bigint, y: bigint];

type CurvePoint = typeof babyjubjub.Point.BASE;
const Curve = babyjubjub.Point;

/** l, the order of the prime subgroup. */
export const SUBGROUP_ORDER: bigint = Curve.Fn.ORDER;
export const IDENTITY: Point = [0n, 1n];
/** circomlib's base point of the prime subgroup. */
export const BASE8: Point = toAffine(Curve.BASE);

function toAffine(point: CurvePoint): Point {
  const { x, y } = point.toAffine();
  return [x, y];
}

/** @throws ProverError `not-on-curve` */
function fromAffine([x, y]: Point): CurvePoint {
  if (x === 0n && y === 1n) return Curve.ZERO;
  try {
    // The library takes coordinates up to 2^256 and would let one point have several names.
    if (x < FIELD_ORDER && y < FIELD_ORDER) {
      const point = Curve.fromAffine({ x, y });
      point.assertValidity();
      return point;
    }
  } catch {
    // Not a point: as if out of range.
  }
  throw new ProverError("not-on-curve", "the point is not on BabyJubJub (a = 168700); check its coordinates and chart");
}

function multiply(point: CurvePoint, scalar: bigint): CurvePoint {
  const k = mod(scalar, SUBGROUP_ORDER);
  return k === 0n || point.is0() ? Curve.ZERO : point.multiply(k);
}

/** 1/8 mod l, 8 being the cofactor. */
const INVERSE_OF_8 = inverse(8n, SUBGROUP_ORDER);

export const samePoint = (a: Point, b: Point): boolean => a[0] === b[0] && a[1] === b[1];

export const addPoints = (a: Point, b: Point): Point => toAffine(fromAffine(a).add(fromAffine(b)));

/**
 * scalar·point for a point of the subgroup; the scalar may be any integer. Computed as (scalar/8)·(8·point): whatever a
 * stranger's point has outside the subgroup is dropped, and a secret scalar shows nothing of itself there.
 */
export const multiplyPoint = (scalar: bigint, point: Point): Point =>
  toAffine(multiply(fromAffine(point).clearCofactor(), scalar * INVERSE_OF_8));

/** scalar·BASE8 for any integer. */
export const multiplyBase = (scalar: bigint): Point => toAffine(multiply(Curve.BASE, scalar));

/** Σ scalar_i·point_i for points of the subgroup. */
export const sumOfMultiples = (scalars: readonly bigint[], points: readonly Point[]): Point =>
  toAffine(points.reduce<CurvePoint>((sum, point, i) => sum.add(multiply(fromAffine(point), scalars[i]!)), Curve.ZERO));

/** Whether the point is on the curve, in the subgroup of order l, and not the identity. */
export function isSubgroupPoint(point: Point): boolean {
  try {
    const p = fromAffine(point);
    return !p.is0() && p.isTorsionFree();
  } catch (error) {
    if (error instanceof ProverError) return false;
    throw error;
  }
}

/** @throws ProverError `not-in-subgroup`, naming the point. */
export function requireSubgroup(name: string, point: Point): void {
  if (!isSubgroupPoint(point)) {
    throw new ProverError(
      "not-in-subgroup",
      `${name} is not a point of BabyJubJub's prime subgroup; reject whoever sent it`,
    );
  }
}
