import { isSignedBy, setHashOf, sumOpenShares } from "./sums.ts";
import type { FrozenBatch, FrozenSubmission, MemberKey, SignedStatement } from "./sums.ts";
import { multiplyPoint } from "../crypto/curve.ts";
import type { Point } from "../crypto/curve.ts";
import { ProverError } from "../base/errors.ts";
import type { Profile } from "../format/profile.ts";
import { proveSameLogarithm, verifySameLogarithm } from "../crypto/proofs.ts";
import type { SameLogarithmProof } from "../crypto/proofs.ts";

/**
 * Showing that a member signed a wrong sum.
 *
 * That an opening works with some members and not with others proves nothing: two liars whose errors cancel make an
 * honest third look wrong. Blame therefore recomputes the member's own sum from the ciphertexts on chain. For that the
 * point K = sk_j·R = k·PK_j of every submission is revealed, by the member or by the owners who sealed for it, each
 * with a proof that it is the right one.
 *
 * Whoever sees the K of member j reads j's shares of that epoch's orders and book keys. Those of T_ORDER members show
 * nothing; one member more opens every single order of the epoch. And each revealed member is one fewer whom colluders
 * have to win. So at most T_ORDER members of an epoch may ever be revealed, all parties together: `RevealLedger` keeps
 * count and refuses the next.
 */

/** K of one submission for one member, with its proof. */
export interface RevealedSecret {
  /**
   * `member`: sk_j is the logarithm of PK_j and of K to the base R; `dealer`: k that of R, and of K to the base PK_j.
   */
  by: "member" | "dealer";
  shared: Point;
  proof: SameLogarithmProof;
}

/** Whose shares have been revealed, per market and epoch; keep its JSON, and add what others publish. */
export class RevealLedger {
  readonly #limit: number;
  readonly #revealed: Map<string, Set<number>>;

  /** @param kept what `toJSON` gave */
  constructor(profile: Profile, kept: Record<string, number[]> = {}) {
    this.#limit = profile.orderDegree;
    this.#revealed = new Map(Object.entries(kept).map(([epoch, members]) => [epoch, new Set(members)]));
  }

  /**
   * Notes that a member's shares of the batch's epoch are, or are about to be, public.
   * @throws ProverError `blame-limit` if that would make them more than T_ORDER members'
   */
  add({ chainId, market, epoch }: FrozenBatch, member: number): void {
    const key = `${chainId}/${market.toString(16)}/${epoch}`;
    const members = new Set(this.#revealed.get(key)).add(member);
    if (members.size > this.#limit) {
      throw new ProverError(
        "blame-limit",
        `shares of ${this.#limit} members of this epoch are public already; those of member ${member} would open single orders. Blame it for another epoch`,
      );
    }
    this.#revealed.set(key, members);
  }

  toJSON = (): Record<string, number[]> =>
    Object.fromEntries([...this.#revealed].map(([key, members]) => [key, [...members]]));
}

/**
 * A member's own evidence, one K per submission of the batch.
 * @throws ProverError `blame-limit`
 */
export function revealAsMember(
  ledger: RevealLedger,
  batch: FrozenBatch,
  member: number,
  { secretKey, publicKey }: MemberKey,
): RevealedSecret[] {
  ledger.add(batch, member);
  return batch.submissions.map(({ sealed }) => {
    const shared = multiplyPoint(secretKey, sealed.ephemeral);
    return {
      by: "member",
      shared,
      proof: proveSameLogarithm(secretKey, { point: publicKey, base: sealed.ephemeral, shared }),
    };
  });
}

/**
 * The evidence of the owner who sealed a submission, for one member.
 * @param ephemeral the submission's secret k, from `deriveRandomness`
 * @throws ProverError `blame-limit`
 */
export function revealAsDealer(
  ledger: RevealLedger,
  batch: FrozenBatch,
  submission: FrozenSubmission,
  member: number,
  memberKey: Point,
  ephemeral: bigint,
): RevealedSecret {
  ledger.add(batch, member);
  const shared = multiplyPoint(ephemeral, memberKey);
  return {
    by: "dealer",
    shared,
    proof: proveSameLogarithm(ephemeral, { point: submission.sealed.ephemeral, base: memberKey, shared }),
  };
}

/** The member that is accused, as registered. */
export interface Accused {
  /** 1 … M */
  member: number;
  key: Point;
  account: string;
}

/**
 * Whether the member signed a sum that is not the sum of its shares. An honest member's never differs, whatever others
 * signed.
 * @param revealed one per submission, in the order of the batch
 * @throws ProverError `bad-proof` if the evidence says nothing: another set or signer, a K missing or unproven
 */
export function verifyBlame(
  profile: Profile,
  batch: FrozenBatch,
  accused: Accused,
  signed: SignedStatement,
  revealed: readonly RevealedSecret[],
): boolean {
  const { statement } = signed;
  const reject = (why: string): never => {
    throw new ProverError("bad-proof", `the evidence against member ${statement.member} does not count: ${why}`);
  };
  const { chainId, market, epoch } = batch;
  if (statement.member !== accused.member) reject(`it is about member ${accused.member}`);
  if (
    statement.chainId !== chainId ||
    statement.market !== market ||
    statement.epoch !== epoch ||
    statement.setHash !== setHashOf(batch)
  ) {
    reject("the statement is about another set of submissions");
  }
  if (!isSignedBy(accused.account, signed)) reject("the accused did not sign the statement");
  if (revealed.length !== batch.submissions.length) reject("a shared secret is missing");
  batch.submissions.forEach(({ sealed }, i) => {
    const { by, shared, proof } = revealed[i]!;
    const [point, base] = by === "member" ? [accused.key, sealed.ephemeral] : [sealed.ephemeral, accused.key];
    if (!verifySameLogarithm({ point, base, shared }, proof))
      reject(`the shared secret of submission ${i} is not proven`);
  });
  const sums = sumOpenShares(profile, batch, statement.member, (_, i) => revealed[i]!.shared);
  const same = (a: readonly bigint[], b: readonly bigint[]): boolean =>
    a.length === b.length && a.every((x, i) => x === b[i]);
  return !same(sums.orderSums, statement.orderSums) || !same(sums.rhoSums, statement.rhoSums);
}
