import { AbiCoder, keccak256 } from "ethers";
import { addPoints, BASE8, isSubgroupPoint, multiplyBase, multiplyPoint, samePoint, SUBGROUP_ORDER } from "./curve.ts";
import type { Point } from "./curve.ts";
import { mod, wordBytes } from "../base/field.ts";
import { deriveScalar } from "./randomness.ts";

/**
 * Two short proofs about logarithms on BabyJubJub, made non-interactive with keccak256 mod l: that a member has the
 * key it registers, and that a shared point is the one two public points determine. Nonces are derived from the secret
 * and the statement, so the same statement gives the same proof.
 */

const LABELS = { possession: "TACIT_POP", sameLogarithm: "TACIT_DLEQ" };

function challengeOf(types: readonly string[], values: readonly unknown[]): bigint {
  return mod(BigInt(keccak256(AbiCoder.defaultAbiCoder().encode([...types], [...values]))), SUBGROUP_ORDER);
}

const nonce = (secret: bigint, label: string, statement: readonly bigint[]): bigint =>
  deriveScalar(wordBytes(mod(secret, SUBGROUP_ORDER)), label, statement, SUBGROUP_ORDER);

/** Who registers a key and where: what a proof of possession is good for. */
export interface Registration {
  chainId: bigint;
  /** Address of the committee registry. */
  registry: string;
  /** Account the member registers and signs with. */
  account: string;
}

/** Schnorr: s·BASE8 = A + c·PK. */
export interface PossessionProof {
  /** A */
  commitment: Point;
  /** s < l */
  response: bigint;
}

const possessionChallenge = ({ chainId, registry, account }: Registration, key: Point, commitment: Point): bigint =>
  challengeOf(
    ["string", "uint256", "address", "address", "uint256", "uint256", "uint256", "uint256"],
    [LABELS.possession, chainId, registry, account, ...key, ...commitment],
  );

/** Proof that whoever registers PK = secretKey·BASE8 knows the secret key. */
export function provePossession(secretKey: bigint, registration: Registration): PossessionProof {
  const { chainId, registry, account } = registration;
  const key = multiplyBase(secretKey);
  const a = nonce(secretKey, "possessionNonce", [chainId, BigInt(registry), BigInt(account)]);
  const commitment = multiplyBase(a);
  const c = possessionChallenge(registration, key, commitment);
  return { commitment, response: mod(a + c * secretKey, SUBGROUP_ORDER) };
}

/** The check the registry makes on chain. */
export function verifyPossession(
  key: Point,
  registration: Registration,
  { commitment, response }: PossessionProof,
): boolean {
  if (response < 0n || response >= SUBGROUP_ORDER || !isSubgroupPoint(key) || !isSubgroupPoint(commitment))
    return false;
  const c = possessionChallenge(registration, key, commitment);
  return samePoint(multiplyBase(response), addPoints(commitment, multiplyPoint(c, key)));
}

/** Chaum–Pedersen, as challenge and response. */
export interface SameLogarithmProof {
  challenge: bigint;
  response: bigint;
}

/** There is an s with point = s·BASE8 and shared = s·base. */
export interface SameLogarithm {
  point: Point;
  base: Point;
  shared: Point;
}

const sameLogarithmChallenge = ({ point, base, shared }: SameLogarithm, a: Point, b: Point): bigint =>
  challengeOf(
    ["string", ...Array<string>(10).fill("uint256")],
    [LABELS.sameLogarithm, ...point, ...base, ...shared, ...a, ...b],
  );

export function proveSameLogarithm(secret: bigint, statement: SameLogarithm): SameLogarithmProof {
  const k = nonce(secret, "sameLogarithmNonce", [...statement.base, ...statement.shared]);
  const challenge = sameLogarithmChallenge(statement, multiplyBase(k), multiplyPoint(k, statement.base));
  return { challenge, response: mod(k + challenge * secret, SUBGROUP_ORDER) };
}

export function verifySameLogarithm(statement: SameLogarithm, { challenge, response }: SameLogarithmProof): boolean {
  const { point, base, shared } = statement;
  if (![point, base, shared].every(isSubgroupPoint)) return false;
  if ([challenge, response].some((scalar) => scalar < 0n || scalar >= SUBGROUP_ORDER)) return false;
  // a = s·base − c·point is what the prover committed to, if it was honest.
  const committed = (of: Point, result: Point): Point =>
    addPoints(multiplyPoint(response, of), multiplyPoint(-challenge, result));
  return challenge === sameLogarithmChallenge(statement, committed(BASE8, point), committed(base, shared));
}
