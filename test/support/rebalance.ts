import { mainFile } from "../../circuits/build/compile.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import { settleBook } from "../../prover/book/settlement.ts";
import { evaluateMandate } from "../../prover/book/mandate.ts";
import type { MandateReport } from "../../prover/book/mandate.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { commitStrategy } from "../../prover/strategy/parameters.ts";
import type { StrategyParameters } from "../../prover/strategy/parameters.ts";
import type { Lots } from "../../prover/base/units.ts";
import { assembleSubmission } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/submission/witness.ts";
import { Circuit } from "./circuit.ts";
import type { Edit } from "./circuit.ts";
import { strategyOf } from "./strategy.ts";

export const SMALL = profiles.small;

const MAIN = mainFile(findCircuit("small", "rebalance"));

/** The rebalance circuit of the small profile as released. */
export const smallRebalance = (): Circuit => (circuit ??= Circuit.released("small"));
let circuit: Circuit | undefined;

/** Takes out what holds the order of a slot to the strategy: assertions about it, and both of its remainders. */
export const withoutAdherence: Edit = (file, text) =>
  file !== "circuits/strategy/orders.circom"
    ? text
    : text.replace(/^.*[^=]===[^=].*;.*$/gm, "").replace(/\.in <== (lower|upper)OfTrade.*;/g, ".in <== 0;");

/** The same circuit, in which any order may be sent that the mandate allows: for tests of the mandate. */
export const smallMandate = (): Circuit => (mandate ??= new Circuit(MAIN, [withoutAdherence]));
let mandate: Circuit | undefined;

/**
 * Takes out what has nothing to do with the decision and takes nearly all of a witness's time: the seal, and the
 * digests of the words.
 */
export const withoutSeal: Edit = (file, text) =>
  file === "circuits/rebalance.circom"
    ? text.replace(/ {4}\/\/ -+ 8\. the seal\n[\s\S]*$/, "}\n").replace(/^ {4}(h|d) <== .*;$/gm, "    $1 <== 0;")
    : text;

/** The same circuit up to the new book: for many decisions. */
export const smallDecision = (): Circuit => (decision ??= new Circuit(MAIN, [withoutSeal]));
let decision: Circuit | undefined;

/** Trades without limits of its own. */
export const plainStrategy = (profile: Profile): StrategyParameters => strategyOf(profile);

/** A request for an order of the test's choice. */
export type Ordered = Omit<SubmissionRequest, "strategy"> & { order: readonly Lots[] };

/** What the mandate's rows say of a request. */
export function judge({ profile, chain, book, order }: Ordered): MandateReport {
  const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
  return evaluateMandate(profile, { ...chain, settlement, order });
}

/** Whether the order may be sent. */
export const allowed = (request: Ordered): boolean => judge(request).rows.every(({ verdict }) => verdict !== "refused");

/**
 * A request's words and witness whatever the mandate says of it, with parts of the report replaced. The order is not
 * one that a strategy decides: `smallMandate` takes it.
 */
export function insist(request: Ordered, claims: Partial<MandateReport> = {}): BuiltSubmission {
  const { profile, chain, book, order } = request;
  const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
  const report = { ...judge(request), ...claims };
  const idle = chain.halted || chain.outflow || settlement.insolvent;
  const strategy = plainStrategy(profile);
  return assembleSubmission(
    { ...request, strategy, chain: { ...chain, strategyCommitment: commitStrategy(strategy, request.strategySalt) } },
    settlement,
    {
      order,
      report,
      halvings: Math.max(0, Number(book.halvings) - (idle ? 0 : 1)),
      regime: 0,
      scores: [],
      mode: "trade",
      refused: [],
      sleeve: { weights: order.map(() => 0n), price: 0n },
      reasons: order.map((delta, slot) => ({ slot, role: "weight", towards: delta, wanted: delta, order: delta })),
    },
  );
}
