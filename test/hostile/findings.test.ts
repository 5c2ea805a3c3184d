import { expect } from "chai";
import { MandateRefused } from "../../prover/mandate.ts";
import { profiles } from "../../prover/profile.ts";
import { decide } from "../../prover/strategy/decide.ts";
import { solveSleeve } from "../../prover/strategy/meanVariance.ts";
import { bps, microUsd } from "../../prover/units.ts";
import { buildSubmission } from "../../prover/witness.ts";
import { requestFor } from "../support/adherence.ts";
import { smallRebalance } from "../support/rebalance.ts";
import { DOLLAR, holding, LOOSE, perpSlot, situationOf, snapshotOf, spotSlot, strategyOf } from "../support/strategy.ts";

const SMALL = profiles.small;

describe("What an owner can still choose", function () {
  this.timeout(600_000);

  // The vault is to sell half of what it holds. Its owner, who has a dust request in the queue, either deals nothing and sells, or pays a
  // micro-dollar of the queue and does not. Both are proven, in the same epoch, on the same snapshot and book.
  it("whether a dealing epoch trades at all: paying a micro-dollar of the queue stops the order", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, { weightBps: [2_000n, 0n, 0n, 0n] });
    const request = requestFor(SMALL, strategy, situationOf(SMALL, snapshot, holding(snapshot, { 0: 400n }, 600_000n)));
    const dealing = (cashFlow: bigint) => buildSubmission({ ...request, redeemShares: cashFlow === 0n ? 0n : 1_000_000n, chain: { ...request.chain, dealing: true, outflow: cashFlow < 0n, cashFlow: microUsd(cashFlow) } });
    const [trades, stands] = [dealing(0n), dealing(-1n)];
    for (const { inputs } of [trades, stands]) smallRebalance().run(inputs);
    expect(trades.newBook.order[0]).to.equal(-200n);
    expect(stands.newBook.order[0]).to.equal(0n);
  });

  it("not even a retreat that its margin asks for is sent then", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, { weightBps: [0n, 9_000n, 0n, 0n] }, { marginTriggerBps: 1_000n });
    const request = requestFor(SMALL, strategy, situationOf(SMALL, snapshot, holding(snapshot, { 1: 900n }, 1_000_000n)));
    const dealing = (cashFlow: bigint) => buildSubmission({ ...request, redeemShares: cashFlow === 0n ? 0n : 1_000_000n, chain: { ...request.chain, dealing: true, outflow: cashFlow < 0n, cashFlow: microUsd(cashFlow) } });
    expect(dealing(0n).decision.mode).to.equal("defend");
    expect(dealing(0n).newBook.order[1]).to.equal(-225n);
    expect(dealing(-1n).newBook.order[1]).to.equal(0n);
    smallRebalance().run(dealing(-1n).inputs);
  });
});

describe("What an owner can still choose by how much of the queue deposits pay for", function () {
  this.timeout(600_000);

  /** A dealing epoch: $500,000 of deposits, redemptions worth as much in the queue, of which `part` of 8 is paid; the last dealing was at 80 % of today's price. */
  function dealing(part: bigint, more: Parameters<typeof strategyOf>[2] = {}, held: Readonly<Record<number, bigint>> = { 0: 400n }, cash = 600_000n) {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, { weightBps: [2_000n, 9_000n * (held[1] === undefined ? 0n : 1n), 0n, 0n] }, more);
    const request = requestFor(SMALL, strategy, situationOf(SMALL, snapshot, holding(snapshot, held, cash)));
    const half = 500_000n * DOLLAR;
    const chain = { ...request.chain, dealing: true, outflow: false, cashFlow: microUsd(half - (half * part) / 8n), cashWanted: microUsd((((half * (8n - part)) / 8n) * 8n) / 10n) };
    return buildSubmission({ ...request, redeemShares: part, chain });
  }

  it("the size of the order: a dial between the last price and today's", () => {
    const orders = [0n, 2n, 4n, 6n, 8n].map((part) => { const built = dealing(part); smallRebalance().run(built.inputs); return built.newBook.order[0]; });
    expect(orders).to.deep.equal([-180n, -185n, -190n, -195n, -200n]);
  });

  it("and whether the vault defends", () => {
    const modes = [0n, 8n].map((part) => { const built = dealing(part, { marginTriggerBps: 1_700n }, { 1: 900n }, 1_000_000n); smallRebalance().run(built.inputs); return [built.decision.mode, built.newBook.order[1]]; });
    expect(modes[0]![0]).to.equal("trade");
    expect(modes[1]![0]).to.equal("defend");
  });
});

describe("A vault that stands still", () => {
  // A quarter of the book a time is more than the mandate lets it turn over. Halvings do not slow a retreat: nothing is sent, ever.
  it("in defence, for ever: a retreat beyond the turnover limit is refused at every number of halvings", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, {}, { marginTriggerBps: 1_000n, defencePace: 32n });
    for (let halvings = 0; halvings <= 7; halvings++) {
      const situation = situationOf(SMALL, snapshot, holding(snapshot, { 1: 900n }, 1_000_000n), { halvings, mandate: { ...LOOSE, turnoverBps: bps(2_000n) } });
      const { mode, refused, order } = decide(SMALL, strategy, situation);
      expect(mode).to.equal("defend");
      expect(refused.map(({ row }) => row)).to.deep.equal(["turnover"]);
      expect(order.every((delta) => delta === 0n)).to.equal(true);
    }
  });

  it("and once margin is called there is no submission at all, until the book is opened", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, {}, { defencePace: 32n });
    const called = { ...LOOSE, turnoverBps: bps(2_000n), initialMarginBps: bps(1_000n), maintenanceMarginBps: bps(1_500n) };
    for (let halvings = 0; halvings <= 7; halvings++) {
      const situation = situationOf(SMALL, snapshot, holding(snapshot, { 1: 900n }, 1_000_000n), { halvings, mandate: called });
      expect(() => decide(SMALL, strategy, situation)).to.throw(MandateRefused);
    }
  });

  // Its spot would pay for it hundreds of times, but stands in another group, which may lapse.
  it("called for margin, under its cash floor, with its perps in one group and its spot in another", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 3: perpSlot(1_000n) });
    const called = { ...LOOSE, cashFloorBps: bps(500n), initialMarginBps: bps(1_000n), maintenanceMarginBps: bps(1_500n) };
    const at = (cash: bigint) => decide(SMALL, strategyOf(SMALL), situationOf(SMALL, snapshot, holding(snapshot, { 0: 900n, 3: -900n }, cash), { mandate: called }));
    expect(() => at(40_000n)).to.throw(MandateRefused, "cash");
    expect(at(60_000n).mode).to.equal("defend");
  });

  // k reporters could: the oracle takes any lanes of correlation.
  it("where the correlations signed are no correlation matrix: the optimiser gives up and nothing is submitted", () => {
    expect(() => solveSleeve({
      volatility: [80n, 80n, 80n, 80n], correlation: Array<bigint>(6).fill(-127n), viewsBps: [5_000n, 5_000n, 5_000n, 5_000n], riskTolerance: 128n, stressMix: 0n, budgetBps: 9_000n,
    })).to.throw(RangeError);
  });
});
