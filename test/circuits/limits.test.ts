import { expect } from "chai";
import type { Mandate, SnapshotSlot } from "../../prover/transcript.ts";
import { bps, lots } from "../../prover/units.ts";
import type { SubmissionRequest } from "../../prover/witness.ts";
import type { Circuit } from "../support/circuit.ts";
import { allowed, insist, relaxations, SMALL, smallRebalance } from "../support/rebalance.ts";
import { randomScenario } from "../support/scenario.ts";
import type { ScenarioKind } from "../support/scenario.ts";

type LimitName = Exclude<keyof Mandate, "breachEpochs">;
const MOST_BPS = (1n << 18n) - 1n;

const withMandate = (request: SubmissionRequest, change: Partial<Mandate>): SubmissionRequest => ({
  ...request,
  chain: { ...request.chain, mandate: { ...request.chain.mandate, ...change } },
});

/** The last value in [from, to], walking that way, at which the order is allowed. */
function lastAllowed(request: SubmissionRequest, name: LimitName, from: bigint, to: bigint): bigint {
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

/** Seeded scenarios until `find` finds what it looks for. */
function search<T>(kind: ScenarioKind, find: (request: SubmissionRequest) => T | undefined): T {
  for (let seed = 1; seed < 400; seed++) {
    const found = find(randomScenario(SMALL, seed, kind).request);
    if (found !== undefined) return found;
  }
  throw new Error("no scenario has what the test needs");
}

describe("A limit of the mandate", () => {
  let circuit: Circuit;
  before(() => { circuit = smallRebalance(); });

  const expectAccepted = (request: SubmissionRequest): void => {
    circuit.run(insist(request).inputs);
  };
  /** Refused with the report as it is, with no relaxation claimed, and with all of them. */
  const expectRefused = (request: SubmissionRequest): void => {
    for (const claims of [{}, { relaxations: relaxations(false), clean: true }, { relaxations: relaxations(true), clean: false }]) {
      expect(circuit.refuses(insist(request, claims).inputs)).to.equal(true);
    }
  };

  // With redemptions paid no row may lean on a relaxation, so that the limit itself decides.
  const limits: readonly LimitName[] = [
    "deltaBps", "gammaBps", "vegaBps", "concentrationBps", "participationBps", "grossBps", "netBps", "turnoverBps", "initialMarginBps",
  ];
  for (const name of limits) {
    it(`${name} allows an order at the limit and refuses it one basis point below`, () => {
      const { request, least } = search("redeeming", (candidate) => {
        const most = name === "participationBps" ? 10_000n : MOST_BPS;
        const lowest = lastAllowed(candidate, name, most, 0n);
        return lowest > 0n && lowest < most ? { request: candidate, least: lowest } : undefined;
      });
      expectAccepted(withMandate(request, { [name]: bps(least) }));
      expectRefused(withMandate(request, { [name]: bps(least - 1n) }));
    });
  }

  it("cashFloorBps allows an order at the floor and refuses it one basis point above", () => {
    const { request, most } = search("redeeming", (candidate) => {
      const highest = lastAllowed(candidate, "cashFloorBps", 0n, MOST_BPS);
      return highest < MOST_BPS ? { request: candidate, most: highest } : undefined;
    });
    expectAccepted(withMandate(request, { cashFloorBps: bps(most) }));
    expectRefused(withMandate(request, { cashFloorBps: bps(most + 1n) }));
  });

  const withSlot = (request: SubmissionRequest, slot: number, change: Partial<SnapshotSlot>): SubmissionRequest => {
    const slots = request.chain.snapshot.slots.map((row, i) => (i === slot ? { ...row, ...change } : row));
    return { ...request, chain: { ...request.chain, snapshot: { ...request.chain.snapshot, slots } } };
  };
  const held = (request: SubmissionRequest): bigint[] => insist(request).settlement.positions.map((q, i) => q + request.order[i]!);

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
      const at = candidate.order.findIndex((delta, i) => delta === 0n && insist(candidate).settlement.positions[i] === 0n);
      return at < 0 ? undefined : { request: withSlot(candidate, at, empty), slot: at };
    });
    expectAccepted(request);
    expectRefused({ ...request, order: request.order.map((delta, i) => (i === slot ? lots(1n) : delta)) });
    expectRefused({ ...request, order: request.order.map((delta, i) => (i === slot ? lots(-1n) : delta)) });
  });

  it("halted and insolvent vaults send no order", () => {
    for (const kind of ["halted", "insolvent"] as const) {
      const { request } = randomScenario(SMALL, 4, kind);
      expectAccepted(request);
      expectRefused({ ...request, order: request.order.map((_, i) => lots(i === 1 ? 1n : 0n)) });
    }
  });

  it("in an epoch with redemptions holds for the settled book too, not only for the book after the order", () => {
    const tighter = (request: SubmissionRequest, least: bigint, outflow: boolean): SubmissionRequest => {
      const { chain, ...rest } = withMandate(request, { concentrationBps: bps(least - 1n) });
      return { ...rest, chain: { ...chain, outflow } };
    };
    const { request, least } = search("redeeming", (candidate) => {
      const { positions } = insist(candidate).settlement;
      const { slots } = candidate.chain.snapshot;
      // The largest concentration is one that the order takes down.
      const shrinking = (i: number): boolean => positions[i]! * candidate.order[i]! < 0n;
      const [before, after] = [positions, held(candidate)].map((book) => book.map((q, i) => (q < 0n ? -q : q) * slots[i]!.notional));
      const top = before!.reduce((best, x, i) => (x > before![best]! ? i : best), 0);
      const lowest = lastAllowed(candidate, "concentrationBps", MOST_BPS, 0n);
      return lowest > 0n && shrinking(top) && after!.every((x) => x < before![top]!) && allowed(tighter(candidate, lowest, false))
        ? { request: candidate, least: lowest }
        : undefined;
    });
    expectAccepted(tighter(request, least, false));
    expectRefused(tighter(request, least, true));
  });

  it("that an order leans beyond is known to the next epoch: such an order is never clean", () => {
    const request = search("relaxed", (candidate) => (insist(candidate).report.clean ? undefined : candidate));
    expectAccepted(request);
    expect(circuit.refuses(insist(request, { clean: true }).inputs)).to.equal(true);
  });
});
