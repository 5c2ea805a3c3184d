import { AbiCoder, keccak256, verifyTypedData } from "ethers";
import type { Signer, TypedDataDomain } from "ethers";
import { addPoints, IDENTITY, multiplyBase, multiplyPoint, samePoint, SUBGROUP_ORDER } from "../crypto/curve.ts";
import type { Point } from "../crypto/curve.ts";
import { keccakWords } from "../crypto/hash.ts";
import { ProverError } from "../base/errors.ts";
import { addressOf, toWord } from "../base/field.ts";
import type { Profile } from "../format/profile.ts";
import { deriveScalar } from "../crypto/randomness.ts";
import type { Moment, Seed } from "../crypto/randomness.ts";
import { commitGroup, openShares, reconstruct, unpackNets } from "./sealing.ts";
import type { OpenShares, Sealed } from "./sealing.ts";
import { flattenPayload } from "../format/transcript.ts";
import type { Lots, Word } from "../base/units.ts";

/**
 * The committee's side of a batch: members sum their shares over the frozen set and sign the sums; anyone with
 * T_ORDER + 1 of them opens the net of each group, and nobody with fewer. docs/protocol.md §6, §7.
 */

/** A member's key pair: PK = sk·BASE8. */
export interface MemberKey {
  secretKey: bigint;
  publicKey: Point;
}

/** The member's key pair number `index`, from its own seed; a new index is a new, unrelated key. */
export function deriveMemberKey(seed: Seed, index: bigint): MemberKey {
  const secretKey = deriveScalar(seed, "memberKey", [index], SUBGROUP_ORDER);
  return { secretKey, publicKey: multiplyBase(secretKey) };
}

/** The submissions of an epoch in the order the market took them: what it froze at the close. */
export interface FrozenBatch {
  chainId: bigint;
  /** Address as an integer. */
  market: bigint;
  epoch: bigint;
  snapshotHash: bigint;
  submissions: FrozenSubmission[];
}

export interface FrozenSubmission {
  /** Address as an integer. */
  vault: bigint;
  oldCommitment: bigint;
  newCommitment: bigint;
  sealed: Sealed;
}

const abiHash = (types: string[], values: unknown[]): string =>
  keccak256(AbiCoder.defaultAbiCoder().encode(types, values));

/** keccak256 of what a submission brought besides its order commitments: new commitment, ephemeral key, payload. */
export const contentHash = ({ newCommitment, sealed }: FrozenSubmission): string =>
  keccakWords([newCommitment, ...sealed.ephemeral, ...flattenPayload(sealed.payload)]);

/** The hash the market freezes: a chain over the submissions. Members compute it themselves before they sign. */
export function setHashOf({ chainId, market, epoch, submissions }: FrozenBatch): string {
  return submissions.reduce(
    (hash, submission, index) => {
      const orders = keccakWords(submission.sealed.orderCommitments.flat());
      return abiHash(
        ["bytes32", "address", "uint256", "bytes32", "bytes32"],
        [hash, addressOf(submission.vault), index, contentHash(submission), orders],
      );
    },
    abiHash(["uint256", "address", "uint256"], [chainId, addressOf(market), epoch]),
  );
}

/** The moment one submission of a batch was sealed for. */
export const momentOf = (batch: FrozenBatch, { vault, oldCommitment }: FrozenSubmission): Moment => ({
  ...batch,
  vault,
  oldCommitment,
});

/** A member's sums over a frozen set, per group. */
export interface ShareSums {
  orderSums: Word[];
  rhoSums: Word[];
}

const addShares = (a: ShareSums, b: Pick<OpenShares, "orderShares" | "rhoShares">): ShareSums => ({
  orderSums: a.orderSums.map((sum, g) => toWord(sum + b.orderShares[g]!)),
  rhoSums: a.rhoSums.map((sum, g) => toWord(sum + b.rhoShares[g]!)),
});

/**
 * Sums of a member's shares.
 * @param member 1 … M
 * @param sharedWith K_j of a submission, in the order of the batch
 */
export function sumOpenShares(
  profile: Profile,
  batch: FrozenBatch,
  member: number,
  sharedWith: (submission: FrozenSubmission, index: number) => Point,
): ShareSums {
  const zero = Array<Word>(profile.groups).fill(toWord(0n));
  return batch.submissions.reduce<ShareSums>(
    (sums, submission, index) =>
      addShares(
        sums,
        openShares(profile, submission.sealed, momentOf(batch, submission), member, sharedWith(submission, index)),
      ),
    { orderSums: zero, rhoSums: zero },
  );
}

/** What a member gives out once per epoch, for one set only: the EIP-712 struct SumShare. */
export interface SumStatement extends ShareSums {
  chainId: bigint;
  /** Address as an integer. */
  market: bigint;
  epoch: bigint;
  setHash: string;
  /** 1 … M */
  member: number;
}

export interface SignedStatement {
  statement: SumStatement;
  signature: string;
}

/**
 * A member's sums over what the market froze.
 * @param frozenSetHash from the market's EpochClosed, of a block that is final
 * @throws ProverError `wrong-opening` if the submissions at hand are not the frozen set. Sums for two sets that differ
 *   by one vault open that vault: never sign for another set of the same epoch.
 */
export function sumShares(
  profile: Profile,
  batch: FrozenBatch,
  frozenSetHash: string,
  member: number,
  { secretKey }: MemberKey,
): SumStatement {
  const setHash = setHashOf(batch);
  if (setHash !== frozenSetHash.toLowerCase()) {
    throw new ProverError(
      "wrong-opening",
      "these submissions are not the set the market froze; read the epoch's Submitted events again from a final block",
    );
  }
  const { chainId, market, epoch } = batch;
  const sums = sumOpenShares(profile, batch, member, ({ sealed }) => multiplyPoint(secretKey, sealed.ephemeral));
  return { chainId, market, epoch, setHash, member, ...sums };
}

const SUM_SHARE_TYPES = {
  SumShare: [
    { name: "market", type: "address" },
    { name: "epoch", type: "uint32" },
    { name: "setHash", type: "bytes32" },
    { name: "member", type: "uint8" },
    { name: "orderSums", type: "uint256[]" },
    { name: "rhoSums", type: "uint256[]" },
  ],
};

/** The EIP-712 domain of what members sign. */
export const marketDomain = (chainId: bigint, market: bigint): TypedDataDomain => ({
  name: "Tacit",
  version: "1",
  chainId,
  verifyingContract: addressOf(market),
});

/** Arguments of ethers' `signTypedData` for a statement: the market's domain, the SumShare type, the message. */
function sumShareTypedData(
  statement: SumStatement,
): [TypedDataDomain, typeof SUM_SHARE_TYPES, Record<string, unknown>] {
  const { chainId, epoch, setHash, member, orderSums, rhoSums } = statement;
  return [
    marketDomain(chainId, statement.market),
    SUM_SHARE_TYPES,
    { market: addressOf(statement.market), epoch, setHash, member, orderSums, rhoSums },
  ];
}

export const signStatement = async (
  signer: Pick<Signer, "signTypedData">,
  statement: SumStatement,
): Promise<SignedStatement> => ({
  statement,
  signature: await signer.signTypedData(...sumShareTypedData(statement)),
});

/** Whether the account signed the statement. */
export const isSignedBy = (account: string, { statement, signature }: SignedStatement): boolean =>
  signedBy(account, () => verifyTypedData(...sumShareTypedData(statement), signature));

/** @param recover gives the signer; it throws at what is no message or no signature */
export function signedBy(account: string, recover: () => string): boolean {
  try {
    return recover().toLowerCase() === account.toLowerCase();
  } catch {
    return false;
  }
}

/** What a group clears against. */
export interface GroupOpening {
  group: number;
  /** Σ over the batch, lots per slot of the group */
  nets: Lots[];
  /** Σ ρ */
  rho: bigint;
  /** The members whose sums gave it. */
  members: number[];
}

/** Sum of the batch's order commitments of a group. */
export const sumCommitments = (batch: FrozenBatch, group: number): Point =>
  batch.submissions.reduce((sum, { sealed }) => addPoints(sum, sealed.orderCommitments[group]!), IDENTITY);

/** ρ of one vault is below 2^240. */
const RHO_BITS = 240n;

/**
 * Opens a group from the sums of any T_ORDER + 1 members. A wrong sum gives an opening that does not fit the summed
 * commitments; then other members are tried, so up to M − T_ORDER − 1 liars are harmless.
 * @param summed sum of the group's order commitments, as `sumCommitments` or the market holds it
 * @param count submissions in the batch, ≥ 1
 * @param statements of the frozen set, signatures checked; malformed ones and several of one member do no harm
 * @throws ProverError `opening-not-found`
 */
export function openGroup(
  profile: Profile,
  group: number,
  summed: Point,
  count: number,
  statements: readonly ({ member: number } & ShareSums)[],
): GroupOpening {
  const { groups } = profile;
  const usable = statements.filter(
    ({ orderSums, rhoSums }) => orderSums.length === groups && rhoSums.length === groups,
  );
  for (const chosen of choices(profile, usable, profile.orderDegree + 1)) {
    const members = chosen.map(({ member }) => member);
    const interpolate = (sums: "orderSums" | "rhoSums"): Word =>
      reconstruct(chosen.map((statement) => ({ member: statement.member, share: statement[sums][group]! })));
    const nets = unpackNets(profile, interpolate("orderSums"), BigInt(count));
    const rho = interpolate("rhoSums");
    if (!nets || rho >= BigInt(count) << RHO_BITS) continue;
    if (samePoint(commitGroup(profile, group, nets, rho, BigInt(count)), summed)) return { group, nets, rho, members };
  }
  throw new ProverError(
    "opening-not-found",
    `no ${profile.orderDegree + 1} of the ${statements.length} statements open group ${group}; ask further members for their sums`,
  );
}

/** Opens every group of a batch from the same statements. Errors as `openGroup`. */
export const openBatch = (
  profile: Profile,
  batch: FrozenBatch,
  statements: readonly ({ member: number } & ShareSums)[],
): GroupOpening[] =>
  Array.from({ length: profile.groups }, (_, g) =>
    openGroup(profile, g, sumCommitments(batch, g), batch.submissions.length, statements),
  );

/** Every way to take what `size` different members of the committee said. */
export function* choices<T extends { member: number }>(
  profile: Profile,
  said: readonly T[],
  size: number,
): Generator<T[]> {
  const usable = said.filter(({ member }) => Number.isInteger(member) && member >= 1 && member <= profile.members);
  for (const chosen of combinations(usable, size)) {
    if (new Set(chosen.map(({ member }) => member)).size === size) yield chosen;
  }
}

function* combinations<T>(list: readonly T[], size: number): Generator<T[]> {
  if (size === 0) yield [];
  else
    for (let i = 0; i + size <= list.length; i++)
      for (const rest of combinations(list.slice(i + 1), size - 1)) yield [list[i]!, ...rest];
}
