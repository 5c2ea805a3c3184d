import { commitBook } from "../../prover/book/book.ts";
import { settleBook } from "../../prover/book/settlement.ts";
import type { Book } from "../../prover/book/book.ts";
import { deriveMemberKey } from "../../prover/committee/sums.ts";
import { toWord } from "../../prover/base/field.ts";
import { profiles } from "../../prover/format/profile.ts";
import type { Profile } from "../../prover/format/profile.ts";
import { decide } from "../../prover/strategy/decide.ts";
import type { Decision, SlotReason, StrategySituation } from "../../prover/strategy/decide.ts";
import { commitStrategy } from "../../prover/strategy/parameters.ts";
import type { StrategyParameters } from "../../prover/strategy/parameters.ts";
import { emptySettle, snapshotHash, snapshotWords } from "../../prover/format/transcript.ts";
import { bps, lots, microUsd } from "../../prover/base/units.ts";
import { evaluateMandate } from "../../prover/book/mandate.ts";
import type { Lots } from "../../prover/base/units.ts";
import { assembleSubmission, buildSubmission, situationOf } from "../../prover/submission/witness.ts";
import type { BuiltSubmission, SubmissionInputs, SubmissionRequest } from "../../prover/submission/witness.ts";
import {
  holding,
  LOOSE,
  perpSlot,
  situationOf as strategySituationOf,
  snapshotOf,
  spotSlot,
  strategyOf,
} from "./strategy.ts";

const STRATEGY_SALT = toWord(1_234_567_890_123n);

/** A submission of a vault that stands in `situation` and has no order to settle. */
export function requestFor(
  profile: Profile,
  strategy: StrategyParameters,
  situation: StrategySituation,
): SubmissionRequest {
  const { settlement, mandate, outflow, halted, epoch, cashWanted } = situation;
  const snapshot = { ...situation.snapshot, signals: situation.signals };
  const seed = new Uint8Array(32).fill(7);
  const book: Book = {
    positions: [...settlement.positions],
    order: settlement.positions.map(() => lots(0n)),
    cashAdj: settlement.cashAdj,
    nav: settlement.nav,
    breachSince: settlement.breachSince,
    halvings: BigInt(situation.halvings),
    salt: toWord(99n),
  };
  return {
    profile,
    book,
    strategy,
    strategySalt: STRATEGY_SALT,
    redeemShares: 0n,
    seed,
    chain: {
      chainId: 31_337n,
      market: 1n,
      vault: 2n,
      epoch,
      snapshotHash: snapshotHash(snapshotWords(profile, snapshot)),
      oldCommitment: commitBook(book),
      cashFlow: settlement.cashFlow,
      outflow,
      dealing: false,
      halted,
      strategyCommitment: commitStrategy(strategy, STRATEGY_SALT),
      cashWanted,
      mandate,
      snapshot,
      settle: emptySettle(profile),
      committeeKeys: Array.from(
        { length: profile.members },
        (_, j) => deriveMemberKey(new Uint8Array(32).fill(j + 1), BigInt(j)).publicKey,
      ),
    },
  };
}

/**
 * The submission of a prover who sends another order than the one decided: words, book and seal are of that order, and
 * the claims about the decision are the honest ones' where nothing else is said.
 */
export function insistOn(
  request: SubmissionRequest,
  order: readonly Lots[],
  change: Partial<Decision> = {},
): BuiltSubmission {
  const { profile, chain, book, strategy } = request;
  const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
  const situation = situationOf(request, settlement);
  const decision = decide(profile, strategy, situation);
  // Where nothing may be ordered, nothing was decided.
  const nothing: Omit<SlotReason, "slot"> = { role: "weight", towards: 0n, wanted: 0n, order: 0n };
  const reasons = order.map((delta, slot) => {
    const reason = decision.reasons[slot] ?? { ...nothing, slot };
    return { ...reason, order: delta, towards: delta === 0n ? reason.towards : delta };
  });
  return assembleSubmission(request, settlement, {
    ...decision,
    reasons,
    order,
    report: evaluateMandate(profile, { ...situation, order }),
    ...change,
  });
}

/**
 * The inputs of a vault that has to shrink and sends nothing, because a row refuses what it decided: in whole lots its
 * perp shrinks less than what it hedges.
 */
export function refusedRetreat(): SubmissionInputs {
  const { small } = profiles;
  const snapshot = snapshotOf(small, { 0: spotSlot(3_000n), 1: perpSlot(1_000n) });
  const mandate = { ...LOOSE, grossBps: bps(4_000n), netBps: bps(1_500n), breachEpochs: 1n };
  const held = { ...holding(snapshot, { 0: 1n, 1: -4n }, 10_000n), breachSince: 97n };
  const strategy = strategyOf(small);
  const situation = strategySituationOf(small, snapshot, held, { mandate });
  const decision = decide(small, strategy, { ...situation, mandate: { ...mandate, netBps: LOOSE.netBps } });
  const report = evaluateMandate(small, { ...situation, order: decision.order });
  return assembleSubmission(requestFor(small, strategy, situation), held, {
    ...decision,
    order: decision.order.map(() => lots(0n)),
    halvings: situation.halvings + 1,
    refused: report.rows.filter(({ verdict }) => verdict === "refused"),
    report,
  }).inputs;
}

/** The inputs of a vault that shrinks by as much as one slot can trade, and does not say which. */
export function unnamedRetreat(): SubmissionInputs {
  const { small } = profiles;
  const snapshot = snapshotOf(small, { 0: spotSlot(1_000n, { liquidity: lots(10n) }), 1: perpSlot(1_000n) });
  const situation = strategySituationOf(small, snapshot, holding(snapshot, { 0: 100n, 1: -100n }, 900_000n));
  const { inputs } = buildSubmission(requestFor(small, strategyOf(small, {}, { marginTriggerBps: 0n }), situation));
  if ((inputs["retreatBy"] as bigint[])[0] !== 1n) throw new Error("the first slot is not what holds the retreat up");
  return { ...inputs, retreatBy: Array<bigint>(small.slots).fill(0n) };
}

/**
 * A halted vault that holds something of every slot, in a market whose prices no scenario moves, under a mandate that
 * refuses nothing. What a prover says of its positions then changes no claim about losses and meets no limit: what
 * holds it is that positions are handed on as they are, and that a halted market takes no order.
 */
export function quietHalt(): SubmissionRequest {
  const { small } = profiles;
  const calm = { stress: [microUsd(0n)], slip: microUsd(0n) };
  const slots = Object.fromEntries(Array.from({ length: small.slots }, (_, i) => [i, spotSlot(1_000n, calm)]));
  const snapshot = snapshotOf(small, slots);
  const held = Object.fromEntries(Object.keys(slots).map((slot) => [slot, 100n]));
  const situation = strategySituationOf(small, snapshot, holding(snapshot, held, 100_000n), { halted: true });
  return requestFor(small, strategyOf(small), situation);
}
