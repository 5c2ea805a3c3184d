import { expect } from "chai";
import { microUsd } from "../../prover/base/units.ts";
import { buildSubmission } from "../../prover/submission/witness.ts";
import { requestFor } from "../support/adherence.ts";
import { SMALL, smallRebalance } from "../support/rebalance.ts";
import { holding, perpSlot, situationOf, snapshotOf, spotSlot, strategyOf } from "../support/strategy.ts";

// A limit of what is proven, not a defence: docs/threat-model.md, known limits.
describe("What an owner can still choose", function () {
  this.timeout(600_000);

  // The vault is to sell half of what it holds. Its owner, who has a dust request in the queue, either deals nothing
  // and sells, or pays a micro-dollar of the queue and does not. Both are proven, in the same epoch, on the same
  // snapshot and book.
  it("whether a dealing epoch trades at all: paying a micro-dollar of the queue stops the order", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, { weightBps: [2_000n, 0n, 0n, 0n] });
    const request = requestFor(SMALL, strategy, situationOf(SMALL, snapshot, holding(snapshot, { 0: 400n }, 600_000n)));
    const dealing = (cashFlow: bigint) =>
      buildSubmission({
        ...request,
        redeemShares: cashFlow === 0n ? 0n : 1_000_000n,
        chain: { ...request.chain, dealing: true, outflow: cashFlow < 0n, cashFlow: microUsd(cashFlow) },
      });
    const [trades, stands] = [dealing(0n), dealing(-1n)];
    for (const { inputs } of [trades, stands]) smallRebalance().run(inputs);
    expect(trades.newBook.order[0]).to.equal(-200n);
    expect(stands.newBook.order[0]).to.equal(0n);
  });

  it("not even a retreat that its margin asks for is sent then", () => {
    const snapshot = snapshotOf(SMALL, { 0: spotSlot(1_000n), 1: perpSlot(1_000n) });
    const strategy = strategyOf(SMALL, { weightBps: [0n, 9_000n, 0n, 0n] }, { marginTriggerBps: 1_000n });
    const request = requestFor(
      SMALL,
      strategy,
      situationOf(SMALL, snapshot, holding(snapshot, { 1: 900n }, 1_000_000n)),
    );
    const dealing = (cashFlow: bigint) =>
      buildSubmission({
        ...request,
        redeemShares: cashFlow === 0n ? 0n : 1_000_000n,
        chain: { ...request.chain, dealing: true, outflow: cashFlow < 0n, cashFlow: microUsd(cashFlow) },
      });
    expect(dealing(0n).decision.mode).to.equal("defend");
    expect(dealing(0n).newBook.order[1]).to.equal(-225n);
    expect(dealing(-1n).newBook.order[1]).to.equal(0n);
    smallRebalance().run(dealing(-1n).inputs);
  });
});
