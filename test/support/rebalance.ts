import { mainFile } from "../../circuits/build/compile.ts";
import { findCircuit } from "../../circuits/manifest.ts";
import { settleBook } from "../../prover/book.ts";
import { evaluateMandate } from "../../prover/mandate.ts";
import type { MandateReport, Relaxations } from "../../prover/mandate.ts";
import { profiles } from "../../prover/profile.ts";
import { assembleSubmission } from "../../prover/witness.ts";
import type { BuiltSubmission, SubmissionRequest } from "../../prover/witness.ts";
import { Circuit } from "./circuit.ts";

/** The rebalance circuit of the small profile as released. */
export const smallRebalance = (): Circuit => (circuit ??= new Circuit(mainFile(findCircuit("small", "rebalance"))));
let circuit: Circuit | undefined;

export const SMALL = profiles.small;

/** What the mandate's rows say of a request. */
export function judge(request: SubmissionRequest): MandateReport {
  const { profile, chain, book, order } = request;
  const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
  return evaluateMandate(profile, { ...chain, settlement, order });
}

/** Whether the order may be sent. */
export const allowed = (request: SubmissionRequest): boolean => judge(request).rows.every(({ verdict }) => verdict !== "refused");

/** A request's words and witness whatever the mandate says of it, with parts of the report replaced. */
export function insist(request: SubmissionRequest, claims: Partial<MandateReport> = {}): BuiltSubmission {
  const { profile, chain, book } = request;
  const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
  return assembleSubmission(request, settlement, { ...judge(request), ...claims });
}

/** Every relaxation bit set, or none. */
export function relaxations(set: boolean): Relaxations {
  const sides = (): [boolean, boolean] => [set, set];
  const groups = (): [boolean, boolean][] => Array.from({ length: SMALL.groups }, sides);
  return {
    delta: groups(),
    gamma: groups(),
    vega: groups(),
    concentration: Array<boolean>(SMALL.slots).fill(set),
    gross: set,
    net: sides(),
    margin: set,
    cash: set,
  };
}
