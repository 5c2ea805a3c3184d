import { multiplyBase, SUBGROUP_ORDER } from "./curve.ts";
import type { Point } from "./curve.ts";
import { deriveScalar } from "./randomness.ts";
import type { Seed } from "./randomness.ts";

/** A member's key pair: PK = sk·BASE8. */
export interface MemberKey {
  secretKey: bigint;
  publicKey: Point;
}

/**
 * The member's key pair number `index`, from its own seed; a new index is a new, unrelated key.
 */
export function deriveMemberKey(seed: Seed, index: bigint): MemberKey {
  const secretKey = deriveScalar(seed, "memberKey", [index], SUBGROUP_ORDER);
  return { secretKey, publicKey: multiplyBase(secretKey) };
}
