import { bn254 } from "@noble/curves/bn254.js";
import { FIELD_ORDER } from "../base/field.ts";
import type { Groth16Proof } from "./port.ts";

/** A circuit's verification key as `vkey.json` has it: decimal coordinates, the lower coefficient of Fp2 first. */
export interface VerificationKey {
  readonly vk_alpha_1: readonly string[];
  readonly vk_beta_2: readonly (readonly string[])[];
  readonly vk_gamma_2: readonly (readonly string[])[];
  readonly vk_delta_2: readonly (readonly string[])[];
  readonly IC: readonly (readonly string[])[];
}

const { G1, G2, fields } = bn254;
type G1Point = InstanceType<typeof G1.Point>;
type G2Point = InstanceType<typeof G2.Point>;

/**
 * Whether the proof shows the statement of the key's circuit for these public signals:
 * e(A, B) = e(α, β)·e(Σ, γ)·e(C, δ) with Σ the key's points weighted with the signals. What is no point of its group,
 * or no word, is no proof.
 */
export function verifyProof(key: VerificationKey, signals: readonly bigint[], proof: Groth16Proof): boolean {
  const [first, ...points] = key.IC.map(([x, y]) => g1([BigInt(x!), BigInt(y!)]));
  if (signals.length !== points.length || signals.some((word) => word < 0n || word >= FIELD_ORDER)) return false;
  let a: G1Point, b: G2Point, c: G1Point;
  try {
    [a, b, c] = [g1(proof.a), g2(proof.b.map(([c1, c0]) => [c0, c1])), g1(proof.c)];
  } catch {
    return false;
  }
  const weighted = points.reduce((sum, point, i) => sum.add(point.multiplyUnsafe(signals[i]!)), first!);
  const product = bn254.pairingBatch([
    { g1: a.negate(), g2: b },
    { g1: g1(key.vk_alpha_1.map(BigInt)), g2: g2(key.vk_beta_2.map((pair) => pair.map(BigInt))) },
    { g1: weighted, g2: g2(key.vk_gamma_2.map((pair) => pair.map(BigInt))) },
    { g1: c, g2: g2(key.vk_delta_2.map((pair) => pair.map(BigInt))) },
  ]);
  return fields.Fp12.eql(product, fields.Fp12.ONE);
}

/** @throws unless it is a point of the group, in the form a contract would take: coordinates below the modulus */
function g1([x, y]: readonly bigint[]): G1Point {
  const point = G1.Point.fromAffine({ x: x!, y: y! });
  point.assertValidity();
  return point;
}

function g2([x, y]: readonly (readonly bigint[])[]): G2Point {
  const point = G2.Point.fromAffine({ x: { c0: x![0]!, c1: x![1]! }, y: { c0: y![0]!, c1: y![1]! } });
  point.assertValidity();
  return point;
}
