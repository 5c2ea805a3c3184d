import { expect } from "chai";
import fc from "fast-check";
import { settleBook } from "../../prover/book.ts";
import type { Settlement } from "../../prover/book.ts";
import { evaluateMandate, MandateRefused, requireMandate } from "../../prover/mandate.ts";
import { profiles } from "../../prover/profile.ts";
import type { Profile } from "../../prover/profile.ts";
import { commitStrategy, parseStrategy, StrategyError } from "../../prover/strategy/constantMix.ts";
import type { ConstantMix } from "../../prover/strategy/constantMix.ts";
import { decide } from "../../prover/strategy/decide.ts";
import type { Situation } from "../../prover/strategy/decide.ts";
import { noSignals } from "../../prover/strategy/signals.ts";
import type { Mandate, Snapshot } from "../../prover/transcript.ts";
import { bps, lots, microUsd } from "../../prover/units.ts";
import type { Lots } from "../../prover/units.ts";
import { arbitraryScenario } from "../support/scenario.ts";

const { small } = profiles;
const WHOLE = 10_000n;

// A market of two underlyings, spot and perp each: slots 0 and 2 are spot, 1 and 3 perps.
const SPOT = [0, 2];
const PERPS = [1, 3];
const DOLLAR = 1_000_000n;

const LOOSE: Mandate = {
  deltaBps: bps(200_000n), gammaBps: bps(200_000n), vegaBps: bps(200_000n), concentrationBps: bps(200_000n), participationBps: bps(WHOLE), grossBps: bps(200_000n),
  netBps: bps(200_000n), cashFloorBps: bps(0n), turnoverBps: bps(200_000n), initialMarginBps: bps(200_000n), maintenanceMarginBps: bps(200_000n), breachEpochs: 5n,
};

const within = (low: bigint, high: bigint): fc.Arbitrary<bigint> => fc.bigInt({ min: low, max: high });
const perSlot = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { minLength: small.slots, maxLength: small.slots });

/** Lots of 100 to 5,000 dollars, plenty of liquidity unless said otherwise. */
const market = (liquidity = within(1n << 20n, 1n << 24n)): fc.Arbitrary<Snapshot> =>
  perSlot(fc.record({ price: within(100n * DOLLAR, 5_000n * DOLLAR), liquidity })).map((slots) => ({
    slots: slots.map(({ price, liquidity }, i) => ({
      value: microUsd(PERPS.includes(i) ? 0n : price),
      delta: microUsd(price),
      gamma: microUsd(0n),
      vega: microUsd(0n),
      stress: [-2_000n, -1_000n, 1_000n, 2_000n].map((shock) => microUsd((price * shock) / WHOLE)),
      carryIndex: microUsd(0n),
      notional: microUsd(price),
      slip: microUsd(price / 100n),
      contingency: microUsd(PERPS.includes(i) ? price / 50n : 0n),
      liquidity: lots(liquidity),
      positionCap: lots(1n << 24n),
    })),
    mayBeShort: slots.map((_, i) => PERPS.includes(i)),
    chargesLong: slots.map((_, i) => PERPS.includes(i)),
    signals: noSignals(small),
  }));

/** A settled book by what it holds. */
function holding(snapshot: Snapshot, positions: readonly bigint[], cashMicroUsd: bigint): Settlement {
  const nav = positions.reduce((sum, q, i) => sum + q * snapshot.slots[i]!.value, cashMicroUsd);
  return {
    filled: positions.map(() => lots(0n)), positions: positions.map(lots), cash: microUsd(cashMicroUsd), cashFlow: microUsd(0n), cashAdj: microUsd(cashMicroUsd),
    navBefore: microUsd(nav), nav: microUsd(nav), capital: microUsd(nav > 0n ? nav : 0n), insolvent: nav < 0n, baseAge: 0n,
  };
}

const calm = (snapshot: Snapshot, settlement: Settlement, mandate = LOOSE): Situation => ({ snapshot, settlement, mandate, outflow: false, halted: false });

/** Targets that capital can pay for: spot weights up to 40 % each, perps up to 100 % long or short. */
const strategies = (terms: Partial<Record<"speedBps" | "participationBps", fc.Arbitrary<bigint>>> = {}): fc.Arbitrary<ConstantMix> =>
  fc
    .record({
      targetBps: fc.tuple(within(0n, 4_000n), within(-WHOLE, WHOLE), within(0n, 4_000n), within(-WHOLE, WHOLE)),
      bandBps: perSlot(within(0n, 2_000n)),
      speedBps: terms.speedBps ?? within(1n, WHOLE),
      participationBps: terms.participationBps ?? within(0n, WHOLE),
    })
    .map(({ targetBps, bandBps, speedBps, participationBps }) => ({
      kind: "constant-mix",
      targetBps: targetBps.map(bps),
      bandBps: bandBps.map(bps),
      speedBps: bps(speedBps),
      participationBps: bps(participationBps),
    }));
const atOnce = strategies({ speedBps: fc.constant(WHOLE), participationBps: fc.constant(WHOLE) });

const positions = perSlot(within(0n, 1_000n)).chain((held) => perSlot(fc.boolean()).map((short) => held.map((q, i) => (PERPS.includes(i) && short[i] ? -q : q))));
const cash = within(5_000_000n * DOLLAR, 20_000_000n * DOLLAR);

/** Distance of slot i's exposure from its band, µUSD; 0 inside. Signed: positive above. */
function outsideBand(strategy: ConstantMix, snapshot: Snapshot, capital: bigint, q: readonly bigint[], i: number): bigint {
  const exposure = q[i]! * snapshot.slots[i]!.notional;
  const target = (strategy.targetBps[i]! * capital) / WHOLE;
  const band = (strategy.bandBps[i]! * capital) / WHOLE;
  return exposure > target + band ? exposure - target - band : exposure < target - band ? exposure - target + band : 0n;
}

const size = (x: bigint): bigint => (x < 0n ? -x : x);
const plus = (q: readonly bigint[], order: readonly bigint[]): bigint[] => q.map((held, i) => held + order[i]!);
const nothing = (order: readonly Lots[]): boolean => order.every((delta) => delta === 0n);

describe("The decision of a constant-mix strategy", () => {
  const everywhere = (profile: Profile, numRuns: number): void =>
    fc.assert(
      fc.property(arbitraryScenario(profile), strategies(), ({ request }, { targetBps, bandBps, ...terms }) => {
        const { chain, book } = request;
        const settlement = settleBook(profile, book, chain.settle, chain.snapshot, chain.cashFlow);
        const around = (list: ConstantMix["targetBps"]): ConstantMix["targetBps"] => Array.from({ length: profile.slots }, (_, i) => list[i % list.length]!);
        const strategy = { ...terms, targetBps: around(targetBps), bandBps: around(bandBps) };
        try {
          requireMandate(evaluateMandate(profile, { ...chain, settlement, order: decide(profile, strategy, { ...chain, settlement }) }));
        } catch (error) {
          // It may find no order that the mandate allows, but only where doing nothing is forbidden as well.
          if (!(error instanceof MandateRefused)) throw error;
          const order = settlement.positions.map(() => lots(0n));
          expect(() => requireMandate(evaluateMandate(profile, { ...chain, settlement, order }))).to.throw(MandateRefused);
        }
      }),
      { numRuns },
    );

  it("sells towards the cash that redemptions wait for, and buys nothing with it", () => {
    fc.assert(
      fc.property(market(), within(1n, 100n), (snapshot, share) => {
        const mix = parseStrategy(small, JSON.stringify({ kind: "constant-mix", speedBps: 10_000, participationBps: 10_000, slots: [{ slot: 0, targetBps: 9_000, bandBps: 0 }] }));
        const price = snapshot.slots[0]!.value;
        const settlement = holding(snapshot, [900n, 0n, 0n, 0n], 100n * price);
        const cashWanted = microUsd((settlement.nav * share) / 100n);
        const order = decide(small, mix, { ...calm(snapshot, settlement), cashWanted });
        const wanted = (9n * (settlement.nav - cashWanted)) / 10n / price;
        expect(settlement.positions[0]! + order[0]!).to.satisfy((held: bigint) => held >= wanted && held <= wanted + 1n);
      }),
      { numRuns: 30 },
    );
  });

  it("never breaks its mandate, in any market, with any book and any parameters", () => {
    everywhere(small, 200);
    everywhere(profiles.standard, 5);
  });

  it("does nothing while every exposure is inside its band", () => {
    fc.assert(
      fc.property(market(), atOnce, cash, (snapshot, strategy, cashMicroUsd) => {
        // As many whole lots as the targets ask for are inside any band of a lot or more.
        const wide = { ...strategy, bandBps: strategy.bandBps.map((band) => bps(band + 100n)) };
        const capital = cashMicroUsd;
        const held = snapshot.slots.map(({ notional }, i) => (wide.targetBps[i]! * capital) / WHOLE / notional);
        const paid = held.reduce((sum, q, i) => sum + q * snapshot.slots[i]!.value, 0n);
        const settlement = holding(snapshot, held, cashMicroUsd - paid);
        expect(nothing(decide(small, wide, calm(snapshot, settlement)))).to.equal(true);
      }),
    );
  });

  it("trades to the edge of the band and then rests", () => {
    fc.assert(
      fc.property(market(), atOnce, positions, cash, (snapshot, strategy, held, cashMicroUsd) => {
        const settlement = holding(snapshot, held, cashMicroUsd);
        const order = decide(small, strategy, calm(snapshot, settlement));
        const after = plus(held, order);
        for (const i of [...SPOT, ...PERPS]) {
          const gap = outsideBand(strategy, snapshot, settlement.capital, held, i);
          const rest = outsideBand(strategy, snapshot, settlement.capital, after, i);
          expect(size(rest) < snapshot.slots[i]!.notional, "less than a lot is left").to.equal(true);
          expect(gap * rest >= 0n, "it does not cross the edge").to.equal(true);
        }
        // Filled at the mark, the NAV is the same, and so is the target.
        const spent = order.reduce((sum, delta, i) => sum + delta * snapshot.slots[i]!.value, 0n);
        const settled = holding(snapshot, after, cashMicroUsd - spent);
        expect(nothing(decide(small, strategy, calm(snapshot, settled)))).to.equal(true);
      }),
    );
  });

  it("treats buys and sells alike", () => {
    fc.assert(
      fc.property(market(), strategies(), positions, cash, (snapshot, strategy, held, cashMicroUsd) => {
        // Perps only: selling spot brings cash and buying it takes some, which is no symmetry of the world.
        const perpsOnly = (list: readonly bigint[]): bigint[] => list.map((x, i) => (PERPS.includes(i) ? x : 0n));
        const mix = { ...strategy, targetBps: perpsOnly(strategy.targetBps).map(bps) };
        const mirror = { ...mix, targetBps: mix.targetBps.map((target) => bps(-target)) };
        const q = perpsOnly(held);
        const there = decide(small, mix, calm(snapshot, holding(snapshot, q, cashMicroUsd)));
        const back = decide(small, mirror, calm(snapshot, holding(snapshot, q.map((x) => -x), cashMicroUsd)));
        expect(back.map((delta) => -delta)).to.deep.equal(there.map((delta) => delta + 0n));
      }),
    );
  });

  it("closes the gap by its speed, and by a lot at least, until less than a lot is left", () => {
    fc.assert(
      fc.property(market(), strategies({ participationBps: fc.constant(WHOLE) }), positions, cash, (snapshot, strategy, held, cashMicroUsd) => {
        const settlement = holding(snapshot, held, cashMicroUsd);
        decide(small, strategy, calm(snapshot, settlement)).forEach((delta, i) => {
          const gap = -outsideBand(strategy, snapshot, settlement.capital, held, i) / snapshot.slots[i]!.notional;
          const share = (gap * strategy.speedBps) / WHOLE;
          expect(delta).to.equal(share !== 0n ? share : gap > 0n ? 1n : gap < 0n ? -1n : 0n);
        });
      }),
    );
  });

  it("takes no more than its share of a slot's liquidity", () => {
    fc.assert(
      fc.property(market(within(0n, 1_000n)), strategies(), positions, cash, (snapshot, strategy, held, cashMicroUsd) => {
        const order = decide(small, strategy, calm(snapshot, holding(snapshot, held, cashMicroUsd)));
        order.forEach((delta, i) => expect(size(delta) * WHOLE <= strategy.participationBps * snapshot.slots[i]!.liquidity).to.equal(true));
      }),
    );
  });

  it("never asks for more cash than an empty book has, at the worst prices", () => {
    fc.assert(
      fc.property(market(), atOnce, within(0n, 10_000_000n * DOLLAR), perSlot(within(0n, 100_000n)), (snapshot, strategy, cashMicroUsd, greedy) => {
        const mix = { ...strategy, targetBps: greedy.map(bps) };
        const order = decide(small, mix, calm(snapshot, holding(snapshot, greedy.map(() => 0n), cashMicroUsd)));
        const outlay = order.reduce((sum, delta, i) => sum + delta * snapshot.slots[i]!.value + size(delta) * snapshot.slots[i]!.slip, 0n);
        expect(outlay <= cashMicroUsd).to.equal(true);
      }),
    );
  });

  it("counts on no sale of another group to pay for a purchase", () => {
    fc.assert(
      fc.property(market(), atOnce, positions, within(0n, 1_000n * DOLLAR), (snapshot, strategy, held, cashMicroUsd) => {
        const situation = calm(snapshot, holding(snapshot, held, cashMicroUsd));
        // A margin call has to be met at once: a vault of perps alone and without cash can't.
        fc.pre(!evaluateMandate(small, { ...situation, order: held.map(() => lots(0n)) }).called);
        const order = decide(small, strategy, situation);
        const outlays = [0, 1].map((group) =>
          [2 * group, 2 * group + 1].reduce((sum, i) => sum + order[i]! * snapshot.slots[i]!.value + size(order[i]!) * snapshot.slots[i]!.slip, 0n),
        );
        expect(outlays.reduce((sum, outlay) => sum + (outlay > 0n ? outlay : 0n), 0n) <= cashMicroUsd).to.equal(true);
      }),
    );
  });

  it("sends nothing while the market is halted or the vault insolvent", () => {
    fc.assert(
      fc.property(market(), strategies(), positions, cash, (snapshot, strategy, held, cashMicroUsd) => {
        const solvent = holding(snapshot, held, cashMicroUsd);
        expect(nothing(decide(small, strategy, { ...calm(snapshot, solvent), halted: true }))).to.equal(true);
        const insolvent = { ...solvent, capital: microUsd(0n), insolvent: true };
        expect(nothing(decide(small, strategy, calm(snapshot, insolvent)))).to.equal(true);
      }),
    );
  });

  describe("when the market has pushed the book outside its mandate", () => {
    /** A hedged book, net long, whose delta limit has come to lie below what it holds. */
    const outside = fc.tuple(market(), fc.tuple(within(100n, 1_000n), within(-90n, 0n), within(100n, 1_000n), within(-90n, 0n)), strategies(), within(10n, 90n)).map(
      ([snapshot, held, strategy, share]) => {
        const prices = snapshot.slots.map(({ delta }) => delta);
        const flat = { ...snapshot, slots: snapshot.slots.map((slot, i) => ({ ...slot, ...pick(snapshot, i & ~1), value: PERPS.includes(i) ? microUsd(0n) : prices[i & ~1]! })) };
        const settlement = holding(flat, held, 1_000_000n * DOLLAR);
        const deltas = [0, 2].map((i) => (held[i]! + held[i + 1]!) * prices[i]!);
        const worst = deltas[0]! > deltas[1]! ? deltas[0]! : deltas[1]!;
        const mandate = { ...LOOSE, deltaBps: bps((worst * WHOLE * share) / 100n / settlement.capital) };
        return { strategy, situation: calm(flat, settlement, mandate), limit: (mandate.deltaBps * settlement.capital) / WHOLE };
      },
    );
    const pick = ({ slots }: Snapshot, i: number) => {
      const { delta, stress, notional, slip } = slots[i]!;
      return { delta, stress, notional, slip };
    };
    const groupDelta = ({ snapshot }: Situation, q: readonly bigint[], g: number): bigint =>
      [2 * g, 2 * g + 1].reduce((sum, i) => sum + q[i]! * snapshot.slots[i]!.delta, 0n);

    it("moves back inside, and no exposure grows", () => {
      fc.assert(
        fc.property(outside, ({ strategy, situation, limit }) => {
          const held = situation.settlement.positions;
          const after = plus(held, decide(small, strategy, situation));
          after.forEach((q, i) => expect(size(q) <= size(held[i]!)).to.equal(true));
          for (const g of [0, 1]) expect(groupDelta(situation, after, g) <= limit).to.equal(true);
        }),
      );
    });

    it("reduces what liquidity allows if that is not enough at once, also strictly when the breach is old", () => {
      fc.assert(
        fc.property(outside, within(100n, 300n), ({ strategy, situation, limit }, liquidity) => {
          const { snapshot, settlement } = situation;
          const thin = { ...snapshot, slots: snapshot.slots.map((slot, i) => ({ ...slot, liquidity: lots(liquidity + BigInt(i)) })) };
          const mandate = { ...situation.mandate, participationBps: bps(1_000n) };
          const old = { ...situation, snapshot: thin, mandate, settlement: { ...settlement, baseAge: 6n } };
          const order = decide(small, strategy, old);
          requireMandate(evaluateMandate(small, { ...old, order }));
          for (const g of [0, 1]) {
            const before = groupDelta(old, settlement.positions, g);
            if (before > limit) expect(groupDelta(old, plus(settlement.positions, order), g) < before).to.equal(true);
          }
        }),
      );
    });

    it("says which rows stand in the way if no order at all is allowed", () => {
      fc.assert(
        fc.property(outside, ({ strategy, situation }) => {
          expect(() => decide(small, strategy, { ...situation, outflow: true })).to.throw(MandateRefused, "delta of group");
        }),
        { numRuns: 5 },
      );
    });

    it("reduces a margin that is called by what can be closed without cash, where the rest can't", () => {
      // The second group is a short perp that costs cash to close, the first is hedged with spot that brings some.
      const price = 100n * DOLLAR;
      const [snapshot] = fc.sample(market(), { numRuns: 1, seed: 1 }).map((any) => ({
        ...any,
        slots: any.slots.map((slot, i) => ({
          ...slot, value: microUsd(PERPS.includes(i) ? 0n : price), delta: microUsd(price), notional: microUsd(price), slip: microUsd(DOLLAR), contingency: microUsd(DOLLAR),
          stress: [-2_000n, -1_000n, 1_000n, 2_000n].map((shock) => microUsd((price * shock) / WHOLE)),
        })),
      })) as [Snapshot];
      const settlement = holding(snapshot, [500n, -900n, 0n, -800n], 0n);
      const situation = calm(snapshot, settlement, { ...LOOSE, initialMarginBps: bps(3_000n), maintenanceMarginBps: bps(5_000n) });
      const nothingPlanned = parseStrategy(small, JSON.stringify({ kind: "constant-mix", speedBps: 10_000, participationBps: 10_000, slots: [{ slot: 0, targetBps: 0, bandBps: 0 }] }));
      const order = decide(small, nothingPlanned, situation);
      const report = evaluateMandate(small, { ...situation, order });
      requireMandate(report);
      expect(report.called).to.equal(true);
      const left = { ...situation, settlement: holding(snapshot, plus(settlement.positions, order), 0n), order: settlement.positions.map(() => lots(0n)) };
      expect(evaluateMandate(small, left).margin < report.margin).to.equal(true);
    });

    it("raises cash when the floor is under water, and buys nothing", () => {
      fc.assert(
        fc.property(market(), strategies(), perSlot(within(100n, 1_000n)), within(-1_000n * DOLLAR, 0n), (snapshot, strategy, lotsHeld, cashMicroUsd) => {
          const held = lotsHeld.map((q, i) => (SPOT.includes(i) ? q : 0n));
          const situation = calm(snapshot, holding(snapshot, held, cashMicroUsd - 1n));
          const order = decide(small, strategy, situation);
          const proceeds = order.reduce((sum, delta, i) => sum - delta * snapshot.slots[i]!.value - size(delta) * snapshot.slots[i]!.slip, 0n);
          expect(order.every((delta) => delta <= 0n)).to.equal(true);
          expect(cashMicroUsd - 1n + proceeds >= 0n).to.equal(true);
        }),
      );
    });
  });
});

describe("A strategy's commitment and file", () => {
  const seed = new Uint8Array(32).fill(7);
  const file = {
    kind: "constant-mix",
    speedBps: 2_500,
    participationBps: 1_000,
    slots: [
      { slot: 0, targetBps: 4_000, bandBps: 250 },
      { slot: 3, targetBps: -1_500, bandBps: 100 },
    ],
  };
  const parse = (value: unknown): ConstantMix => parseStrategy(small, JSON.stringify(value));

  it("reads every parameter, and leaves slots that are not listed empty", () => {
    expect(parse(file)).to.deep.equal({
      kind: "constant-mix",
      targetBps: [4_000n, 0n, 0n, -1_500n],
      bandBps: [250n, 0n, 0n, 100n],
      speedBps: 2_500n,
      participationBps: 1_000n,
    });
  });

  it("commits to every parameter, and tells nobody without the seed", () => {
    const commitment = commitStrategy(parse(file), seed);
    const others = [
      { ...file, speedBps: 2_501 },
      { ...file, participationBps: 1_001 },
      { ...file, slots: [{ ...file.slots[0], targetBps: 4_001 }, file.slots[1]] },
      { ...file, slots: [{ ...file.slots[0], bandBps: 251 }, file.slots[1]] },
      { ...file, slots: [{ ...file.slots[0], slot: 1 }, file.slots[1]] },
    ];
    const commitments = [commitment, ...others.map((other) => commitStrategy(parse(other), seed)), commitStrategy(parse(file), seed.with(0, 8))];
    expect(new Set(commitments).size).to.equal(commitments.length);
    expect(commitStrategy(parse({ ...file, slots: file.slots.toReversed() }), seed)).to.equal(commitment);
  });

  const wrong: [string, unknown, string][] = [
    ["another kind", { ...file, kind: "momentum" }, 'kind must be "constant-mix"'],
    ["a missing parameter", { ...file, speedBps: undefined }, "the strategy lacks speedBps"],
    ["an unknown parameter", { ...file, leverage: 3 }, "and nothing else"],
    ["a speed of zero", { ...file, speedBps: 0 }, "speedBps must be a whole number from 1 to 10000"],
    ["a share above one", { ...file, participationBps: 10_001 }, "participationBps must be a whole number from 0 to 10000"],
    ["a fraction", { ...file, speedBps: 0.5 }, "speedBps must be a whole number"],
    ["a number in quotes", { ...file, speedBps: "2500" }, "speedBps must be a whole number"],
    ["slots that are no list", { ...file, slots: {} }, "slots must be a list"],
    ["a slot that is no object", { ...file, slots: [4_000] }, "slots[0] must be an object"],
    ["a slot the market lacks", { ...file, slots: [{ slot: 4, targetBps: 1, bandBps: 1 }] }, "slots[0].slot must be a whole number from 0 to 3"],
    ["a slot listed twice", { ...file, slots: [file.slots[0], file.slots[0]] }, "slots[1] lists a slot a second time"],
    ["a target beyond bounds", { ...file, slots: [{ slot: 0, targetBps: 100_001, bandBps: 1 }] }, "slots[0].targetBps must be a whole number from -100000 to 100000"],
    ["a negative band", { ...file, slots: [{ slot: 0, targetBps: 1, bandBps: -1 }] }, "slots[0].bandBps must be a whole number from 0 to 100000"],
    ["a missing band", { ...file, slots: [{ slot: 0, targetBps: 1 }] }, "slots[0] lacks bandBps"],
    ["a list instead of a strategy", [file], "the strategy must be an object"],
  ];
  for (const [what, value, message] of wrong) {
    it(`refuses ${what} and says where it stands`, () => {
      expect(() => parse(value)).to.throw(StrategyError, message);
    });
  }

  it("refuses what is not JSON without quoting it", () => {
    expect(() => parseStrategy(small, '{"kind": secret-4711')).to.throw(StrategyError, "not valid JSON").with.property("message").that.does.not.include("4711");
  });
});
