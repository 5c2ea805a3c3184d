import { expect } from "chai";
import type { Mandate, SnapshotSlot } from "../../prover/format/transcript.ts";
import { bps, lots } from "../../prover/base/units.ts";
import type { Circuit } from "../support/circuit.ts";
import { brokenRows } from "../support/brokenRows.ts";
import { allowed, insist, judge, SMALL, smallMandate, smallRebalance } from "../support/rebalance.ts";
import type { Ordered } from "../support/rebalance.ts";
import { randomScenario } from "../support/scenario.ts";
import type { ScenarioKind } from "../support/scenario.ts";

type LimitName = Exclude<keyof Mandate, "breachEpochs">;
const MOST_BPS = (1n << 18n) - 1n;

const withMandate = (request: Ordered, change: Partial<Mandate>): Ordered => ({
  ...request,
  chain: { ...request.chain, mandate: { ...request.chain.mandate, ...change } },
});

/** The last value in [from, to], walking that way, at which the order is allowed. */
function lastAllowed(request: Ordered, name: LimitName, from: bigint, to: bigint): bigint {
  const at = (value: bigint): boolean => allowed(withMandate(request, { [name]: bps(value) }));
  let [good, bad] = [from, to];
  if (at(bad)) return bad;
  while (good - bad > 1n || bad - good > 1n) {
    const middle = (good + bad) / 2n;
    if (at(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

const scenario = (seed: number, kind: ScenarioKind): Ordered => {
  const { request, decision } = randomScenario(SMALL, seed, kind);
  return { ...request, order: decision.order };
};

/** Seeded scenarios until `find` finds what it looks for. */
function search<T>(kind: ScenarioKind, find: (request: Ordered) => T | undefined): T {
  for (let seed = 1; seed < 400; seed++) {
    const found = find(scenario(seed, kind));
    if (found !== undefined) return found;
  }
  throw new Error("no scenario has what the test needs");
}

describe("A limit of the mandate", () => {
  let circuit: Circuit;
  before(() => {
    circuit = smallMandate();
  });

  const expectAccepted = (request: Ordered): void => {
    circuit.run(insist(request).inputs);
  };
  /** Refused whatever is claimed of the settled book: that it is inside, or has been outside since any time. */
  const expectRefused = (request: Ordered): void => {
    for (const breachSince of new Set([0n, request.chain.epoch, request.book.breachSince]))
      expect(circuit.refuses(insist(request, { breachSince }).inputs)).to.equal(true);
  };

  // With redemptions paid no row may lean on a relaxation, so that the limit itself decides.
  const limits: readonly LimitName[] = [
    "deltaBps",
    "gammaBps",
    "vegaBps",
    "concentrationBps",
    "participationBps",
    "grossBps",
    "netBps",
    "turnoverBps",
    "initialMarginBps",
  ];
  for (const name of limits) {
    it(`${name} allows an order at the limit and refuses it one basis point below`, () => {
      // Nothing is traded where redemptions are paid.
      const { request, least } = search(
        name === "participationBps" || name === "turnoverBps" ? "inside" : "redeeming",
        (candidate) => {
          const most = name === "participationBps" ? 10_000n : MOST_BPS;
          const lowest = lastAllowed(candidate, name, most, 0n);
          return lowest > 0n && lowest < most ? { request: candidate, least: lowest } : undefined;
        },
      );
      expectAccepted(withMandate(request, { [name]: bps(least) }));
      expectRefused(withMandate(request, { [name]: bps(least - 1n) }));
    });
  }

  it("cashFloorBps allows an order at the floor and refuses it one basis point above", () => {
    const { request, most } = search("inside", (candidate) => {
      const highest = lastAllowed(candidate, "cashFloorBps", 0n, MOST_BPS);
      return highest < MOST_BPS ? { request: candidate, most: highest } : undefined;
    });
    expectAccepted(withMandate(request, { cashFloorBps: bps(most) }));
    expectRefused(withMandate(request, { cashFloorBps: bps(most + 1n) }));
  });

  const withSlot = (request: Ordered, slot: number, change: Partial<SnapshotSlot>): Ordered => {
    const slots = request.chain.snapshot.slots.map((row, i) => (i === slot ? { ...row, ...change } : row));
    return { ...request, chain: { ...request.chain, snapshot: { ...request.chain.snapshot, slots } } };
  };
  const held = (request: Ordered): bigint[] =>
    insist(request).settlement.positions.map((q, i) => q + request.order[i]!);

  it("positionCap allows a position of its size and refuses one lot more, long or short", () => {
    for (const sign of [1n, -1n]) {
      const { request, slot, size } = search("inside", (candidate) => {
        const at = held(candidate).findIndex((q, i) => q * sign > 1n && candidate.order[i]! * sign > 0n);
        return at < 0 ? undefined : { request: candidate, slot: at, size: held(candidate)[at]! * sign };
      });
      expectAccepted(withSlot(request, slot, { positionCap: lots(size) }));
      expectRefused(withSlot(request, slot, { positionCap: lots(size - 1n) }));
    }
  });

  it("refuses a short position in a slot that may not be short", () => {
    const { request, slot } = search("inside", (candidate) => {
      const at = held(candidate).findIndex((q) => q < 0n);
      return at < 0 ? undefined : { request: candidate, slot: at };
    });
    expectAccepted(request);
    const mayBeShort = request.chain.snapshot.mayBeShort.map((may, i) => may && i !== slot);
    expectRefused({ ...request, chain: { ...request.chain, snapshot: { ...request.chain.snapshot, mayBeShort } } });
  });

  it("gives a slot without cap and liquidity no position and no order (dummy slots)", () => {
    const empty = { positionCap: lots(0n), liquidity: lots(0n) };
    const { request, slot } = search("inside", (candidate) => {
      const at = candidate.order.findIndex(
        (delta, i) => delta === 0n && insist(candidate).settlement.positions[i] === 0n,
      );
      return at < 0 ? undefined : { request: withSlot(candidate, at, empty), slot: at };
    });
    expectAccepted(request);
    expectRefused({ ...request, order: request.order.map((delta, i) => (i === slot ? lots(1n) : delta)) });
    expectRefused({ ...request, order: request.order.map((delta, i) => (i === slot ? lots(-1n) : delta)) });
  });

  for (const [k, { why }] of brokenRows().entries()) {
    it(`is not passed by the order that the strategy decides: ${why}`, () => {
      expect(smallRebalance().refuses(brokenRows()[k]!.inputs)).to.equal(true);
    });
  }

  it("halted and insolvent vaults send no order", () => {
    for (const kind of ["halted", "insolvent"] as const) {
      const request = scenario(4, kind);
      expectAccepted(request);
      expectRefused({ ...request, order: request.order.map((_, i) => lots(i === 1 ? 1n : 0n)) });
    }
  });

  it("vaults that pay redemptions send no order", () => {
    const request = scenario(4, "redeeming");
    expectAccepted(request);
    expectRefused({ ...request, order: request.order.map((_, i) => lots(i === 1 ? 1n : 0n)) });
  });

  it("that the settled book is beyond is known to the next epoch: it is never called inside", () => {
    const request = search("relaxed", (candidate) => (judge(candidate).breachSince === 0n ? undefined : candidate));
    expectAccepted(request);
    expect(circuit.refuses(insist(request, { breachSince: 0n }).inputs)).to.equal(true);
  });
});
