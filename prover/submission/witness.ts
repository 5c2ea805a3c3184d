import { bit } from "../base/integers.ts";
import { getAddress, toBeHex } from "ethers";
import { bookWords, commitBook, requireOpening } from "../book/book.ts";
import { settleBook } from "../book/settlement.ts";
import type { Book } from "../book/book.ts";
import type { Settlement } from "../book/settlement.ts";
import type { Point } from "../crypto/curve.ts";
import { toWord } from "../base/field.ts";
import { keccakWords } from "../crypto/hash.ts";
import { requireMandate } from "../book/mandate.ts";
import type { MandateReport } from "../book/mandate.ts";
import type { Profile } from "../format/profile.ts";
import { deriveRandomness } from "../crypto/randomness.ts";
import type { Randomness, Seed } from "../crypto/randomness.ts";
import { seal } from "../committee/sealing.ts";
import { adherenceInputs } from "./adherence.ts";
import { decide } from "../strategy/decide.ts";
import type { Decision, StrategySituation } from "../strategy/decide.ts";
import type { StrategyParameters } from "../strategy/parameters.ts";
import {
  mandateWords,
  publicSignals,
  sealedWords,
  settleWords,
  snapshotWords,
  transcriptWords,
} from "../format/transcript.ts";
import type { Header, Mandate, PublicSignals, Settle, Snapshot } from "../format/transcript.ts";
import { microUsd } from "../base/units.ts";
import type { MicroUsd, Word } from "../base/units.ts";

/** What the chain holds for a vault's next submission: it is read, never chosen. */
export interface ChainState {
  chainId: bigint;
  /** Address as an integer. */
  market: bigint;
  /** Address as an integer. */
  vault: bigint;
  epoch: bigint;
  snapshotHash: bigint;
  /** The commitment the old book opens. */
  oldCommitment: bigint;
  /** What the vault deals at the printed NAV and the redeemed shares. */
  cashFlow: MicroUsd;
  /** Redemptions are paid in this epoch. */
  outflow: boolean;
  dealing: boolean;
  halted: boolean;
  strategyCommitment: bigint;
  /** What redemption requests that this epoch does not pay would be worth at the last NAV. */
  cashWanted: MicroUsd;
  mandate: Mandate;
  snapshot: Snapshot;
  settle: Settle;
  committeeKeys: Point[];
}

export interface SubmissionRequest {
  profile: Profile;
  chain: ChainState;
  /** The book behind `chain.oldCommitment`. */
  book: Book;
  /** The strategy behind `chain.strategyCommitment`. */
  strategy: StrategyParameters;
  /** The salt of that commitment. */
  strategySalt: Word;
  /** Shares the owner redeems from the queue. */
  redeemShares: bigint;
  seed: Seed;
}

/** The named inputs of the rebalance circuit. Signed values are field elements. */
export type SubmissionInputs = Record<string, bigint | bigint[] | bigint[][]>;

/** What goes to `IMarket.submit`, all but the proof. */
export interface SubmissionFields {
  vault: string;
  h: bigint;
  newCommitment: bigint;
  redeemShares: bigint;
  nav: bigint;
  insolvent: bigint;
  sealedWords: bigint[];
}

export interface BuiltSubmission {
  words: Word[];
  signals: PublicSignals;
  inputs: SubmissionInputs;
  /** The book of the next epoch: what the owner keeps, and can rebuild from chain data. */
  newBook: Book;
  settlement: Settlement;
  /** Why the order is what it is. */
  decision: Decision;
  /** The mandate's rows on the order that is sent. */
  report: MandateReport;
  submission: SubmissionFields;
}

/**
 * Settles the book, decides the order, seals it and builds transcript and witness.
 * @throws ProverError `wrong-opening` if the book is not the vault's, `out-of-range` for numbers no book can hold
 * @throws MandateRefused where the mandate asks for a reduction and the strategy's is none, or pays redemptions from a
 * book outside it
 */
export function buildSubmission(request: SubmissionRequest): BuiltSubmission {
  const { profile, chain, book, strategy } = request;
  requireOpening(book, chain.oldCommitment);
  const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
  const decision = decide(profile, strategy, situationOf(request, settlement));
  requireMandate(decision.report);
  return assembleSubmission(request, settlement, decision);
}

/** What the strategy decides on. */
export const situationOf = (
  { chain, book }: Pick<SubmissionRequest, "chain" | "book">,
  settlement: Settlement,
): StrategySituation => ({
  ...chain,
  settlement,
  signals: chain.snapshot.signals,
  halvings: Number(book.halvings),
});

/**
 * The second half of `buildSubmission`: takes settlement and decision as they are. A false one gives a witness
 * that satisfies no circuit.
 */
export function assembleSubmission(
  request: SubmissionRequest,
  settlement: Settlement,
  decision: Decision,
): BuiltSubmission {
  const { profile, chain, book, strategy, strategySalt, redeemShares, seed } = request;
  const { order, report } = decision;
  const unsalted: Book = {
    positions: settlement.positions,
    order: [...order],
    cashAdj: settlement.cashAdj,
    nav: settlement.nav,
    breachSince: report.breachSince,
    halvings: BigInt(decision.halvings),
    salt: toWord(0n),
  };
  const secrets = deriveRandomness(profile, seed, chain, sealingContent(request, unsalted));
  const newBook: Book = { ...unsalted, salt: secrets.salt };
  const { mandate, snapshot, settle, committeeKeys } = chain;
  const sealed = seal(profile, chain, newBook, committeeKeys, secrets);
  const header: Header = {
    ...chain,
    newCommitment: commitBook(newBook),
    redeemShares,
    nav: chain.dealing && !settlement.insolvent ? settlement.navBefore : microUsd(0n),
    insolvent: settlement.insolvent,
  };
  const words = transcriptWords(profile, { header, ...sealed, mandate, snapshot, settle, committeeKeys });
  const signals = publicSignals(words);
  return {
    words,
    signals,
    inputs: {
      ...circuitInputs({ words, x: signals.x, book, newBook, secrets, report }),
      ...adherenceInputs(profile, strategy, strategySalt, situationOf(request, settlement), decision),
    },
    newBook,
    settlement,
    decision,
    report,
    submission: {
      vault: getAddress(toBeHex(chain.vault, 20)),
      h: signals.h,
      newCommitment: header.newCommitment,
      redeemShares,
      nav: toWord(header.nav),
      insolvent: header.insolvent ? 1n : 0n,
      sealedWords: sealedWords(profile, words),
    },
  };
}

/**
 * What makes the randomness of a submission its own.
 * @param book the new one, with salt 0
 */
export const sealingContent = ({ profile, chain, redeemShares }: SealingRequest, book: Book): bigint[] => [
  ...bookWords(book),
  BigInt(
    keccakWords(
      [
        redeemShares,
        ...[chain.cashFlow, chain.cashWanted, chain.strategyCommitment],
        ...[chain.outflow, chain.dealing, chain.halted].map(bit),
        ...mandateWords(chain.mandate),
        ...snapshotWords(profile, chain.snapshot),
        ...settleWords(profile, chain.settle),
        ...chain.committeeKeys.flat(),
      ].map(toWord),
    ),
  ),
];
type SealingRequest = Pick<SubmissionRequest, "profile" | "chain" | "redeemShares">;

interface WitnessParts {
  words: Word[];
  x: Word;
  book: Book;
  newBook: Book;
  secrets: Randomness;
  report: MandateReport;
}

function circuitInputs({ words, x, book, newBook, secrets, report }: WitnessParts): SubmissionInputs {
  return {
    words,
    x,
    q0: book.positions.map(toWord),
    order0: book.order.map(toWord),
    cashAdj0: toWord(book.cashAdj),
    nav0: toWord(book.nav),
    breachSince0: book.breachSince,
    halvings0: book.halvings,
    salt0: book.salt,
    salt: newBook.salt,
    rho: secrets.rho,
    ephemeral: secrets.ephemeral,
    bookKey: secrets.bookKey,
    orderCoef: secrets.orderCoef,
    rhoCoef: secrets.rhoCoef,
    bookKeyCoef: secrets.bookKeyCoef,
    lossBefore: [...report.lossBefore],
  };
}
