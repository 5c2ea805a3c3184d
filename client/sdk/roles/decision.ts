import {
  buildSubmission,
  decide,
  explain,
  freshCommitment,
  ProverError,
  saltBehind,
  settleBook,
  situationOf,
} from "../../../prover/index.ts";
import type {
  Book,
  BuiltSubmission,
  Explanation,
  MicroUsd,
  Seed,
  StrategyParameters,
  SubmissionRequest,
  PrivateBooks,
  Word,
} from "../../../prover/index.ts";
import type { MarketChain } from "../chain/reader.ts";
import type { TermsInForce } from "../chain/types.ts";
import { TacitError } from "../errors.ts";
import { readPrivateBook } from "../views/privateBook.ts";
import type { OwnerTrust } from "./trust.ts";

/** Whose decision: all but `chain` and `vault` is secret. */
export interface Decider {
  chain: MarketChain;
  vault: string;
  seed: Seed;
  strategy: StrategyParameters;
  trust: OwnerTrust;
}

type Committed = Omit<Decider, "trust">;

/** The salt behind a vault's commitment; undefined if it is not one to this strategy under this seed. */
export async function saltOf(
  { chain, vault, strategy, seed }: Committed,
  { strategyCommitment }: Pick<TermsInForce, "strategyCommitment">,
): Promise<Word | undefined> {
  return saltBehind(strategy, seed, chain.committer(await chain.vault(vault).owner()), strategyCommitment);
}

/** @throws TacitError `WRONG_STRATEGY` */
export async function requireCommitted(
  decider: Committed,
  terms: Pick<TermsInForce, "strategyCommitment">,
): Promise<Word> {
  const salt = await saltOf(decider, terms);
  if (salt !== undefined) return salt;
  throw new TacitError(
    "WRONG_STRATEGY",
    "strategy file and seed are not those the vault is committed to: name the state folder and the file it was created with, or that of the strategy it changed to",
  );
}

/**
 * What an owner commits to a strategy with next: a number that nothing it has published before can be compared with.
 * @throws StrategyError if it has committed to the very same too often
 */
export const nextCommitment = async (
  chain: MarketChain,
  owner: string,
  strategy: StrategyParameters,
  seed: Seed,
): Promise<Word> => freshCommitment(strategy, seed, chain.committer(owner), await chain.strategyCommitments(owner));

/**
 * The part of a queue that is paid where cash and mandate don't let out the whole: sixteenths of what deposits don't pay for. It is public, and a finer part would tell the book's
 * cash. Less than one waits, since an epoch that pays trades nothing, and so brings in no cash for the rest.
 */
const QUEUE_PARTS = 16n;

export interface Prepared {
  request: SubmissionRequest;
  built: BuiltSubmission;
}

/**
 * The submission of the open epoch, decided and built, paying as much of the redemption queue as cash and mandate let out.
 * @throws MandateRefused; TacitError `WRONG_STRATEGY`, and what `OwnerTrust.requireTrusted` throws
 */
export async function prepareSubmission({ book, ...decider }: Decider & { book: Book }): Promise<Prepared> {
  const { chain, vault, seed, strategy, trust } = decider;
  const { profile } = chain;
  const contract = chain.vault(vault);
  const before = await chain.chainState(vault, { cashFlow: 0n });
  const strategySalt = await requireCommitted(decider, before);
  await trust.requireTrusted(vault, before);
  const prepare = (request: Pick<SubmissionRequest, "chain" | "redeemShares">): Prepared => {
    const whole: SubmissionRequest = { profile, book, strategy, strategySalt, seed, ...request };
    return { request: whole, built: buildSubmission(whole) };
  };
  const settled = settleBook(profile, book, before.settle, before.snapshot, 0n as MicroUsd);
  if (!before.dealing || settled.insolvent) return prepare({ chain: before, redeemShares: 0n });

  const [cutoff, haircutPpb] = await Promise.all([chain.dealCutoff(), chain.haircutPpb()]);
  const dealing = async (redeemShares: bigint): Promise<Prepared> => {
    const [cashFlow, { cashWanted }] = await Promise.all([
      contract.previewDeal(settled.navBefore, redeemShares, cutoff, haircutPpb) as Promise<MicroUsd>,
      chain.terms(vault, Number(before.epoch), { redeemShares, cutoff }),
    ]);
    return prepare({ chain: { ...before, cashFlow, outflow: cashFlow < 0n, cashWanted }, redeemShares });
  };
  const [asked, least] = await Promise.all([
    contract.redeemableShares(cutoff),
    contract.leastRedeemedShares(settled.navBefore, cutoff, haircutPpb),
  ]);
  // What deposits pay for goes in any case. More is an epoch without an order: once in a round of the groups' turns, or whoever asks for a little
  // each time stops the vault, or the same group's options, from trading.
  if (asked === least || (await paidLately(chain, vault, before.epoch))) return dealing(least);
  const whole = await dealing(asked).catch(refusedOnly);
  if (whole) return whole;
  let best: Prepared | undefined;
  let [low, high] = [0n, QUEUE_PARTS];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    const tried = await dealing(least + ((asked - least) * middle) / QUEUE_PARTS).catch(refusedOnly);
    if (tried) [best, low] = [tried, middle];
    else high = middle;
  }
  return best ?? dealing(least);
}

/** Whether the vault paid more than it took in within the last epochs, as many as there are groups. */
async function paidLately(chain: MarketChain, vault: string, epoch: bigint): Promise<boolean> {
  const epochs = Array.from({ length: chain.profile.groups }, (_, i) => Number(epoch) - 1 - i).filter((e) => e > 0);
  const submissions = await Promise.all(epochs.map((e) => chain.submissions({ vault, epoch: e })));
  return submissions.flat().some(({ cashFlow }) => cashFlow < 0n);
}

/** Turns the mandate's refusal, or a book without the cash, into undefined; other errors stay errors. */
function refusedOnly(error: unknown): undefined {
  if (!(error instanceof ProverError)) throw error;
}

export interface NextDecision {
  epoch: number;
  /** Whether this is what the open epoch's submission will send; else what the last snapshot would lead to, once more, if nothing that is sealed is filled. */
  final: boolean;
  explanation: Explanation;
}

/**
 * What the vault's next submission sends, and why. Secret.
 * @throws MandateRefused, PrivateBooksError; TacitError `WRONG_STRATEGY`, `NO_EPOCH` before the first snapshot
 */
export async function nextDecision({ books, ...decider }: Decider & { books: PrivateBooks }): Promise<NextDecision> {
  const { chain, vault, strategy } = decider;
  const { profile } = chain;
  const [status, record] = await Promise.all([chain.status(), chain.vaultRecord(vault)]);
  const { book, settlement, snapshot } = await readPrivateBook(chain, vault, books);
  if (status.phase === "submit" && record.lastEpoch < status.epoch) {
    const { request, built } = await prepareSubmission({ ...decider, book });
    return {
      epoch: status.epoch,
      final: true,
      explanation: explain(profile, strategy, situationOf(request, built.settlement), built.decision),
    };
  }
  const terms = await chain.terms(vault, status.epoch + 1, { cutoff: status.now });
  await requireCommitted(decider, terms);
  const situation = {
    ...terms,
    settlement,
    snapshot,
    signals: snapshot.signals,
    epoch: BigInt(status.epoch + 1),
    halted: false,
    outflow: false,
    halvings: Number(book.halvings),
  };
  return {
    epoch: status.epoch + 1,
    final: false,
    explanation: explain(profile, strategy, situation, decide(profile, strategy, situation)),
  };
}
