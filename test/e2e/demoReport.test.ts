import { expect } from "chai";
import { outcomesOf } from "../../client/demo/observe.ts";
import type { EpochView, VaultTruth } from "../../client/demo/observe.ts";
import { printReport } from "../../client/demo/report.ts";
import type { DemoReport } from "../../client/demo/model.ts";
import { profiles } from "../../prover/index.ts";
import { lots, microUsd } from "../../prover/base/units.ts";

/** Epochs made up as an observer would see them: two vaults, of which the second orders nothing. */
describe("The account that npm start gives of its epochs", () => {
  const { slots, groupSlots } = profiles.small;
  const none = Array.from({ length: slots }, () => 0n);
  const seen = (epoch: number, change: Partial<EpochView> = {}): EpochView => ({
    epoch,
    halted: false,
    trips: [],
    submissions: [],
    groups: [],
    lapsedGroups: [],
    ...change,
  });
  const vault = (name: string, order: readonly bigint[]): VaultTruth => ({
    vault: name,
    orderLots: order.map(lots),
    positionLots: none.map(lots),
    navMicroUsd: microUsd(0n),
    cashMicroUsd: microUsd(0n),
  });
  const cleared = (group: number, netLots: bigint[]) => [
    { group, netLots, referencesMicroUsd: none, chargesMicroUsd: none },
  ];
  const buys = none.map((_, slot) => (slot === groupSlots ? 5n : 0n));
  const entry = (
    view: EpochView,
    order: readonly bigint[] = none,
    other: readonly bigint[] = none,
  ): DemoReport["epochs"][number] => ({
    slots: [{ slot: 0, name: "ETH" }],
    seen: view,
    hidden: [vault("vault-1", order), vault("vault-2", other)],
  });
  const trip = { slot: 0, check: "move", movesPpb: 213_000_000n, limitPpb: 200_000_000n } as const;
  const halts = (epoch: number) => entry(seen(epoch, { halted: true, trips: [{ epoch, ...trip }] }));
  const report = (epochs: DemoReport["epochs"], ok: (boolean | null)[]): string => {
    const outcomes = outcomesOf(profiles.small, epochs);
    const invariants = ok.map((one, i) => ({ claim: `claim ${i}`, ok: one, detail: "detail" }));
    return printReport({
      ok: true,
      machine: "machine",
      profile: "small",
      data: "data",
      epochs,
      outcomes,
      footprints: [],
      venues: [],
      provingMs: { median: 1, max: 1 },
      gas: {},
      invariants,
      seconds: { setup: 1, epochs: 1 },
    });
  };

  it("counts as traded what had an order in a group that cleared, also where the orders of two vaults cancel out", () => {
    const zeros = Array.from({ length: groupSlots }, () => 0n);
    const epochs = [
      entry(seen(1, { groups: cleared(1, [5n, ...zeros.slice(1)]) }), buys),
      entry(
        seen(2, { groups: cleared(1, zeros) }),
        buys,
        buys.map((one) => -one),
      ),
      entry(seen(3, { groups: cleared(0, zeros) }), buys),
      entry(seen(4, { lapsedGroups: [1] }), buys),
      entry(seen(5, { groups: cleared(1, zeros) })),
      halts(6),
    ];
    expect(outcomesOf(profiles.small, epochs)).to.deep.equal({ traded: [1, 2], halted: [6], idle: [3, 4, 5] });
  });

  it("says beside its claims how many epochs traded and which were halted, and why", () => {
    const traded = entry(seen(1, { groups: cleared(1, [5n, 0n]) }), buys);
    const text = report([traded, halts(2), halts(3), halts(4), entry(seen(5)), halts(6)], [true, null]);
    expect(text).to.contain("of 6 epochs 1 traded, 4 opened halted and took no orders (2–4, 6), 1 filled no order (5)");
    expect(text).to.contain(
      "epoch 2, opened halted, without orders: a breaker tripped: ETH: its moves add up to 21.3 %, the limit is 20.0 %",
    );
    expect(text)
      .to.contain("every invariant held but 1 (--) that this run had nothing to check on")
      .and.contain("  --    claim 1");
    expect(report([traded], [true])).to.match(/of 1 epoch 1 traded\nevery invariant held\n/);
    expect(report([traded, halts(2)], [true, false])).to.contain("NOT every invariant held");
  });

  it("calls no run a success in which nothing traded", () => {
    expect(report([halts(1), halts(2)], [true, true]))
      .to.contain("NOTHING traded: that no invariant failed shows little")
      .and.not.contain("every invariant held");
  });
});
